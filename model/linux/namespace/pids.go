package namespace

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Process numbers a process, from 1; it is an identity, not a number that any process sees.
type Process int

// HostInit is the process that is always there.
const HostInit Process = 1

// PIDs is a tree of PID namespaces and the processes in it, each with a number in its own namespace and in every one
// above it (pid_namespaces(7); struct pid in the Linux kernel has one number for each level). That is what makes a process
// visible in exactly the namespaces at and above its own: who has no number in a namespace cannot be named there, and so
// cannot be listed, traced or signalled from there.
//
// In each namespace numbers go round, as Linux gives them (kernel/pid.c, idr_alloc_cyclic): the lowest free one after that
// given last or, past the end, the lowest free one. Linux does not go back to the first 300; that is left out.
type PIDs struct {
	parents []NsID  // by NsID; -1 for the host's namespace and for numbers that are not in use
	homes   []NsID  // by Process-1; -1 for no process
	numbers [][]int // by Process-1 and NsID; 0 for no number
	last    []int   // by NsID, the number given last; 0 where there is no namespace
	most    int     // the greatest number
}

const noNs NsID = -1

// NewPIDs makes the host's namespace with its init, with room for so many processes and namespaces, these included. Numbers
// are 1 to most in each namespace, where most (the kernel's pid_max) is at least the number of processes. It panics when
// there is no room for these.
func NewPIDs(processes, namespaces, most int) *PIDs {
	if processes < 1 || namespaces < 1 {
		panic(fmt.Sprintf("namespace: got room for %d processes and %d namespaces, want at least 1 each", processes, namespaces))
	}
	if most < processes {
		panic(fmt.Sprintf("namespace: got %d numbers for %d processes, want at least as many", most, processes))
	}
	p := &PIDs{
		parents: slices.Repeat([]NsID{noNs}, namespaces),
		homes:   slices.Repeat([]NsID{noNs}, processes),
		numbers: make([][]int, processes),
		last:    make([]int, namespaces),
		most:    most,
	}
	for i := range p.numbers {
		p.numbers[i] = make([]int, namespaces)
	}
	p.homes[HostInit-1] = HostNs
	p.numbers[HostInit-1][HostNs] = 1
	p.last[HostNs] = 1
	return p
}

// Clone returns an independent copy.
func (p *PIDs) Clone() *PIDs {
	numbers := make([][]int, len(p.numbers))
	for i, row := range p.numbers {
		numbers[i] = slices.Clone(row)
	}
	return &PIDs{
		parents: slices.Clone(p.parents), homes: slices.Clone(p.homes), numbers: numbers,
		last: slices.Clone(p.last), most: p.most,
	}
}

// Alive tells whether q is there.
func (p *PIDs) Alive(q Process) bool {
	return q >= 1 && int(q) <= len(p.homes) && p.homes[q-1] != noNs
}

// Home is the namespace of q and whether q is there.
func (p *PIDs) Home(q Process) (NsID, bool) {
	if !p.Alive(q) {
		return 0, false
	}
	return p.homes[q-1], true
}

// Parent is the namespace in which the creator of n was, and false for the host's and for one that is not there.
func (p *PIDs) Parent(n NsID) (NsID, bool) {
	if n < 0 || int(n) >= len(p.parents) || p.parents[n] == noNs {
		return 0, false
	}
	return p.parents[n], true
}

// Number is the number of q in namespace n, or 0 when it has none there.
func (p *PIDs) Number(q Process, n NsID) int {
	if !p.Alive(q) || n < 0 || int(n) >= len(p.parents) {
		return 0
	}
	return p.numbers[q-1][n]
}

// Visible tells whether a process in namespace n can name q.
func (p *PIDs) Visible(n NsID, q Process) bool { return p.Number(q, n) != 0 }

// Find is the process that has a number in namespace n.
func (p *PIDs) Find(n NsID, number int) (Process, bool) {
	if number == 0 {
		return 0, false
	}
	for i := range p.homes {
		if p.Number(Process(i+1), n) == number {
			return Process(i + 1), true
		}
	}
	return 0, false
}

// Within tells whether n is a or below it. What is not there is not below anything.
func (p *PIDs) Within(n, a NsID) bool {
	if _, there := p.Parent(n); !there && n != HostNs {
		return false
	}
	for ; n != noNs; n = p.parents[n] {
		if n == a {
			return true
		}
	}
	return false
}

// Fork makes a process in the namespace of q and returns it.
func (p *PIDs) Fork(q Process) (Process, error) { return p.clone(q, false) }

// ForkNew makes a process in a new namespace below that of q, as clone with CLONE_NEWPID does: it is the init of that
// namespace, number 1.
func (p *PIDs) ForkNew(q Process) (Process, error) { return p.clone(q, true) }

func (p *PIDs) clone(q Process, unshare bool) (Process, error) {
	home, ok := p.Home(q)
	if !ok {
		return 0, model.Refuse("no process %d", q)
	}
	slot := slices.Index(p.homes, noNs)
	if slot < 0 {
		return 0, model.Refuse("no room for another process")
	}
	if unshare {
		n := NsID(slices.Index(p.parents[1:], noNs) + 1)
		if n == HostNs {
			return 0, model.Refuse("no room for another namespace")
		}
		p.parents[n] = home
		home = n
	}
	for a := home; a != noNs; a = p.parents[a] {
		p.numbers[slot][a] = p.next(a)
		p.last[a] = p.numbers[slot][a]
	}
	p.homes[slot] = home
	return Process(slot + 1), nil
}

// next is the number that the next process gets in namespace n. There is one, since there are as many as processes.
func (p *PIDs) next(n NsID) int {
	number := p.last[n]%p.most + 1
	for slices.ContainsFunc(p.numbers, func(of []int) bool { return of[n] == number }) {
		number = number%p.most + 1
	}
	return number
}

// Exit ends q. When q is the init of its namespace, the kernel kills all that is left in the namespace and below, and the
// namespaces are gone (pid_namespaces(7)). The host's init does not exit.
func (p *PIDs) Exit(q Process) error {
	home, ok := p.Home(q)
	switch {
	case !ok:
		return model.Refuse("no process %d", q)
	case q == HostInit:
		return model.Refuse("the host's init does not exit")
	case p.Number(q, home) != 1:
		p.clear(q)
		return nil
	}
	for i, h := range p.homes {
		if h != noNs && p.Within(h, home) {
			p.clear(Process(i + 1))
		}
	}
	var gone []NsID
	for n := range p.parents {
		if p.Within(NsID(n), home) {
			gone = append(gone, NsID(n))
		}
	}
	for _, n := range gone {
		p.parents[n] = noNs
		p.last[n] = 0
	}
	return nil
}

func (p *PIDs) clear(q Process) {
	p.homes[q-1] = noNs
	clear(p.numbers[q-1])
}
