package cpu

import (
	"fmt"
	"math"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// RoundRobin schedules virtual machines on the CPUs of one host by weighted round-robin: ready machines wait in one
// queue, the head of the queue gets an idle CPU, and a machine with share s keeps it for at most s ticks before it goes
// to the tail (round-robin as in A. Silberschatz, P. B. Galvin and G. Gagne, Operating System Concepts, 10th ed., 5.3.3,
// with slices of different lengths). The worlds and what leads from one to another are ESXi's READY, RUN and WAIT.
//
// What it guarantees, checked in round_robin.bh: a machine runs on at most one CPU, and only while it is powered on and the host
// up; the queue holds exactly the ready machines, each once; a machine that became ready sees at most n-1 dispatches of others, and at most as many ticks of others
// as their shares sum to, before its own dispatch.
//
// Its scope is scheduling: a machine is powered off only by a crash of the host, after which nothing runs until the host
// boots. A machine that waits for ever stands for one that is gone.
//
// The zero RoundRobin has no machine and no CPU; make one with NewRoundRobin.
type RoundRobin struct {
	shares []int // by VM-1, ticks
	worlds []World
	queue  []VM
	runs   []VM  // by CPU-1; 0 is idle
	left   []int // by CPU-1, ticks left of the slice; 0 when idle
	down   bool  // the host has crashed
}

// NewRoundRobin makes a scheduler of len(shares) machines, all off, on idle CPUs. A share is the length of a slice in
// ticks, at least 1, and the shares add up to an int at most, which keeps WaitLimit exact.
func NewRoundRobin(shares []int, cpus int) (*RoundRobin, error) {
	if cpus < 1 {
		return nil, fmt.Errorf("got %d CPUs, want at least 1", cpus)
	}
	sum := 0
	for i, s := range shares {
		if s < 1 {
			return nil, fmt.Errorf("VM %d: got share %d, want at least 1", i+1, s)
		}
		if s > math.MaxInt-sum {
			return nil, fmt.Errorf("VM %d: the shares up to %d add up to more than %d ticks", i+1, s, math.MaxInt)
		}
		sum += s
	}
	return &RoundRobin{
		shares: slices.Clone(shares),
		worlds: make([]World, len(shares)),
		queue:  make([]VM, 0, len(shares)),
		runs:   make([]VM, cpus),
		left:   make([]int, cpus),
	}, nil
}

// Clone returns an independent copy.
func (r *RoundRobin) Clone() *RoundRobin {
	return &RoundRobin{
		shares: slices.Clone(r.shares),
		worlds: slices.Clone(r.worlds),
		queue:  slices.Clone(r.queue),
		runs:   slices.Clone(r.runs),
		left:   slices.Clone(r.left),
		down:   r.down,
	}
}

// HostUp tells whether the host is up, as a new one is.
func (r *RoundRobin) HostUp() bool { return !r.down }

// VMs is the number of virtual machines.
func (r *RoundRobin) VMs() int { return len(r.worlds) }

// CPUs is the number of physical CPUs.
func (r *RoundRobin) CPUs() int { return len(r.runs) }

// Share is the slice of v in ticks.
func (r *RoundRobin) Share(v VM) int {
	mustName("VM", int(v), len(r.shares))
	return r.shares[v-1]
}

// World is what v is doing.
func (r *RoundRobin) World(v VM) World {
	mustName("VM", int(v), len(r.worlds))
	return r.worlds[v-1]
}

// Queue is the ready machines in the order of their turns. The caller may keep it.
func (r *RoundRobin) Queue() []VM { return slices.Clone(r.queue) }

// Runs is the machine on CPU c, or 0.
func (r *RoundRobin) Runs(c CPU) VM {
	mustName("CPU", int(c), len(r.runs))
	return r.runs[c-1]
}

// Left is the number of ticks left of the slice on CPU c, 0 when it is idle.
func (r *RoundRobin) Left(c CPU) int {
	mustName("CPU", int(c), len(r.left))
	return r.left[c-1]
}

// Next is the decision that the scheduler would take now: the head of the queue on the idle CPU with the lowest number.
// It is false when nothing is ready or no CPU is idle.
func (r *RoundRobin) Next() (VM, CPU, bool) {
	idle := slices.Index(r.runs, 0)
	if len(r.queue) == 0 || idle < 0 {
		return 0, 0, false
	}
	return r.queue[0], CPU(idle + 1), true
}

// WaitLimit is the greatest number of ticks of the other machines' running that v can see between becoming ready and
// being dispatched: every other machine gets at most one slice, because whoever leaves a CPU queues up behind v. (This
// is the bound (n-1)q of round-robin with unequal slices.)
func (r *RoundRobin) WaitLimit(v VM) int {
	mustName("VM", int(v), len(r.shares))
	sum := 0
	for i, s := range r.shares {
		if VM(i+1) != v {
			sum += s
		}
	}
	return sum
}

// PowerOn makes a machine that is off ready, at the tail of the queue.
func (r *RoundRobin) PowerOn(v VM) error { return r.enqueue("power on", v, Off) }

// Resume makes a suspended machine ready, at the tail of the queue.
func (r *RoundRobin) Resume(v VM) error { return r.enqueue("resume", v, Suspended) }

// Wake makes a waiting machine ready, at the tail of the queue.
func (r *RoundRobin) Wake(v VM) error { return r.enqueue("wake", v, Waiting) }

func (r *RoundRobin) enqueue(step string, v VM, from World) error {
	if err := r.known(step, v); err != nil {
		return err
	}
	if r.down {
		return model.Refuse("%s VM %d: the host is down", step, v)
	}
	if w := r.World(v); w != from {
		return model.Refuse("%s VM %d: got world %s, want %s", step, v, w, from)
	}
	r.worlds[v-1] = Ready
	r.queue = append(r.queue, v)
	return nil
}

// Dispatch starts the slice of v, which must be the head of the queue, on the idle CPU c.
func (r *RoundRobin) Dispatch(v VM, c CPU) error {
	if err := r.onCPU("dispatch", c); err != nil {
		return err
	}
	if len(r.queue) == 0 || r.queue[0] != v {
		return model.Refuse("dispatch VM %d: it is not the head of the queue %v", v, r.queue)
	}
	if u := r.runs[c-1]; u != 0 {
		return model.Refuse("dispatch VM %d: CPU %d runs VM %d", v, c, u)
	}
	r.queue = slices.Delete(r.queue, 0, 1)
	r.worlds[v-1] = Running
	r.runs[c-1] = v
	r.left[c-1] = r.shares[v-1]
	return nil
}

// Tick says that the machine on CPU c ran for a tick. The last tick of a slice takes the CPU away and sends the machine
// to the tail of the queue.
func (r *RoundRobin) Tick(c CPU) error {
	if err := r.onCPU("tick", c); err != nil {
		return err
	}
	v := r.runs[c-1]
	if v == 0 {
		return model.Refuse("tick: CPU %d is idle", c)
	}
	r.left[c-1]--
	if r.left[c-1] == 0 {
		r.runs[c-1] = 0
		r.worlds[v-1] = Ready
		r.queue = append(r.queue, v)
	}
	return nil
}

// Block says that the running machine v waits for something; the rest of its slice is lost.
func (r *RoundRobin) Block(v VM) error {
	if err := r.known("block", v); err != nil {
		return err
	}
	c := slices.Index(r.runs, v)
	if c < 0 {
		return model.Refuse("block VM %d: got world %s, want %s", v, r.World(v), Running)
	}
	r.runs[c] = 0
	r.left[c] = 0
	r.worlds[v-1] = Waiting
	return nil
}

// Suspend takes from v, which must be powered on, its CPU or its place in the queue. Its state is on disk from then on, and
// outlives the host.
func (r *RoundRobin) Suspend(v VM) error {
	if err := r.known("suspend", v); err != nil {
		return err
	}
	if w := r.World(v); !w.On() {
		return model.Refuse("suspend VM %d: got world %s, want one that is powered on", v, w)
	}
	if c := slices.Index(r.runs, v); c >= 0 {
		r.runs[c] = 0
		r.left[c] = 0
	}
	if i := slices.Index(r.queue, v); i >= 0 {
		r.queue = slices.Delete(r.queue, i, i+1)
	}
	r.worlds[v-1] = Suspended
	return nil
}

// Crash says that the host is down: what was powered on is off, what was suspended still is.
func (r *RoundRobin) Crash() error {
	if r.down {
		return model.Refuse("crash: the host is down")
	}
	r.down = true
	for i, w := range r.worlds {
		if w.On() {
			r.worlds[i] = Off
		}
	}
	r.queue = r.queue[:0]
	clear(r.runs)
	clear(r.left)
	return nil
}

// Boot brings the host up again.
func (r *RoundRobin) Boot() error {
	if !r.down {
		return model.Refuse("boot: the host is up")
	}
	r.down = false
	return nil
}

func (r *RoundRobin) known(step string, v VM) error {
	if v < 1 || int(v) > len(r.worlds) {
		return model.Refuse("%s VM %d: want 1 to %d", step, v, len(r.worlds))
	}
	return nil
}

func (r *RoundRobin) onCPU(step string, c CPU) error {
	if c < 1 || int(c) > len(r.runs) {
		return model.Refuse("%s on CPU %d: want 1 to %d", step, c, len(r.runs))
	}
	return nil
}
