package vmm

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Instr is an instruction. The first six are sensitive.
type Instr uint8

// The instructions. Those of the x86 that they stand for are named by Robin and Irvine.
const (
	SetRelocation Instr = iota // of the operands First and Length, as LGDT and MOV to CR3
	GetRelocation              // into the accumulator, as SGDT
	Leave                      // to user mode, as IRET
	GetMode                    // into the accumulator: 1 for supervisor mode, as SMSW and a push of CS
	SetMask                    // of interrupts, if Length > 0; in user mode without a trap it does nothing, as POPF
	GetMask                    // into the accumulator, as PUSHF
	Call                       // of the kernel: traps always, as INT
	Load                       // the word First into the accumulator
	Store                      // Value into the word First
)

// Instrs is a set of instructions.
type Instrs uint16

// Set makes a set.
func Set(is ...Instr) (s Instrs) {
	for _, i := range is {
		s |= 1 << i
	}
	return s
}

// Has tells whether i is in the set.
func (s Instrs) Has(i Instr) bool { return s>>i&1 == 1 }

// Within tells whether all of s is in t.
func (s Instrs) Within(t Instrs) bool { return s&^t == 0 }

// All are the six instructions that a machine may have trap in user mode.
const All Instrs = 1<<(GetMask+1) - 1

// Op is an instruction with its operands, in words. Those that an instruction does not have are 0.
type Op struct {
	Instr  Instr
	First  int // where memory begins, or an address
	Length int // of memory, or whether to mask
	Value  int8
}

// Registers are what an instruction reads and writes beside memory.
type Registers struct {
	Supervisor  bool
	Base, Bound int // memory begins at the word Base and has Bound words, as many as there are
	Masked      bool
	Acc         int
}

// Machine is a machine. Addresses are relative to Base, in both modes.
type Machine struct {
	Registers
	Memory []int8
	Traps  Instrs // in user mode
}

// NewMachine makes a machine of so many words, all 0, that begins in supervisor mode with all its memory.
func NewMachine(traps Instrs, words int) (*Machine, error) {
	if words < 1 || words > 1<<20 || !traps.Within(All) {
		return nil, errors.New("vmm: want 1 to 2^20 words, and traps among the six sensitive instructions")
	}
	return &Machine{Registers: Registers{Supervisor: true, Bound: words}, Memory: make([]int8, words), Traps: traps}, nil
}

// check refuses operands that an instruction cannot have on a machine of so many words.
func (op Op) check(words int) error {
	wantFirst := op.Instr == SetRelocation || op.Instr == Load || op.Instr == Store
	wantLength := op.Instr == SetRelocation || op.Instr == SetMask
	if op.Instr > Store || op.First < 0 || op.First >= words || !wantFirst && op.First != 0 ||
		op.Length < 0 || op.Length > words || !wantLength && op.Length != 0 || op.Instr != Store && op.Value != 0 {
		return model.Refuse("an operand of instruction %d is not one of a machine of %d words", op.Instr, words)
	}
	return nil
}

// Step takes one instruction. What traps enters the kernel, in supervisor mode with all memory, and has no other effect.
func (m *Machine) Step(op Op) error {
	if err := op.check(len(m.Memory)); err != nil {
		return err
	}
	if m.traps(op) {
		m.enter(len(m.Memory))
		return nil
	}
	m.do(op)
	return nil
}

// traps tells whether an instruction does not come to its end.
func (m *Machine) traps(op Op) bool {
	switch op.Instr {
	case Call:
		return true
	case Load, Store:
		return op.First >= m.Bound || m.Base+op.First >= len(m.Memory)
	}
	return !m.Supervisor && m.Traps.Has(op.Instr)
}

func (r *Registers) enter(words int) { r.Supervisor, r.Base, r.Bound = true, 0, words }

// do is the effect of an instruction that does not trap.
func (m *Machine) do(op Op) {
	switch op.Instr {
	case Load:
		m.Acc = int(m.Memory[m.Base+op.First])
	case Store:
		m.Memory[m.Base+op.First] = op.Value
	default:
		m.Registers.do(op)
	}
}

func (r *Registers) do(op Op) {
	bit := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	switch op.Instr {
	case SetRelocation:
		r.Base, r.Bound = op.First, op.Length
	case GetRelocation:
		r.Acc = r.Base
	case Leave:
		r.Supervisor = false
	case GetMode:
		r.Acc = bit(r.Supervisor)
	case SetMask:
		if r.Supervisor {
			r.Masked = op.Length > 0
		}
	case GetMask:
		r.Acc = bit(r.Masked)
	}
}

// Monitor runs a guest in user mode on a machine with one word more than the guest has, of which the first is the monitor's.
type Monitor struct {
	Hardware Machine
	Guest    Registers // as the guest has them; its accumulator is the hardware's
	Hybrid   bool      // the guest's kernel is interpreted: none of its sensitive instructions is executed directly
}

// NewMonitor makes a monitor and a guest of so many words.
func NewMonitor(traps Instrs, words int, hybrid bool) (*Monitor, error) {
	hardware, err := NewMachine(traps, words+1)
	if err != nil || words < 1 {
		return nil, errors.New("vmm: want 1 to 2^20 - 1 words, and traps among the six sensitive instructions")
	}
	m := &Monitor{Hardware: *hardware, Guest: Registers{Supervisor: true, Bound: words}, Hybrid: hybrid}
	m.Hardware.Supervisor = false
	m.dispatch()
	return m, nil
}

// words is how many the guest has.
func (m *Monitor) words() int { return len(m.Hardware.Memory) - 1 }

// dispatch sets the hardware's relocation to what the guest's comes to in its region.
func (m *Monitor) dispatch() {
	m.Hardware.Base = m.Guest.Base + 1
	m.Hardware.Bound = min(m.Guest.Bound, m.words()-m.Guest.Base)
}

// Step has the guest take one instruction.
func (m *Monitor) Step(op Op) error {
	if err := op.check(m.words()); err != nil {
		return err
	}
	interpreted := m.Hybrid && m.Guest.Supervisor && op.Instr <= GetMask
	if !interpreted && !m.Hardware.traps(op) {
		m.Hardware.do(op)
		m.Guest.Acc = m.Hardware.Acc
		return nil
	}
	if op.Instr > GetMask || !m.Guest.Supervisor { // the trap is the guest's
		m.Guest.enter(m.words())
	} else {
		m.Guest.do(op)
	}
	m.Hardware.Acc = m.Guest.Acc
	m.dispatch()
	return nil
}

// Same tells whether a machine and the guest of a monitor are alike as far as programs can look at them: in mode, mask,
// accumulator and memory. A program that wants to know where its memory begins has to ask.
func Same(bare *Machine, m *Monitor) bool {
	return bare.Supervisor == m.Guest.Supervisor && bare.Masked == m.Guest.Masked && bare.Acc == m.Guest.Acc &&
		slices.Equal(bare.Memory, m.Hardware.Memory[1:])
}

// Sensitive are the instructions that give a guest away, or more than is its own, where the hardware executes them for a
// monitor without a trap; userOnly are those that do so in the guest's user mode. They are found by trying each instruction in
// every state of a guest of so many words whose memory is 0, on a machine on which nothing traps: an instruction is not sensitive (innocuous)
// if the guest's registers, shifted into its region, are what the hardware then has. Words are 1 to 16: more show nothing new, and
// take long.
func Sensitive(words int) (all, userOnly Instrs, err error) {
	if words < 1 || words > 16 {
		return 0, 0, errors.New("vmm: want 1 to 16 words")
	}
	for _, supervisor := range []bool{false, true} {
		for state := range 2 * words * (words + 1) {
			r := Registers{Supervisor: supervisor, Masked: state%2 == 1, Base: state / 2 % words, Bound: state / 2 / words}
			for i := SetRelocation; i <= GetMask; i++ {
				yes, err := differs(r, i, words)
				if err != nil {
					return 0, 0, err
				}
				if yes {
					all |= Set(i)
					if !supervisor {
						userOnly |= Set(i)
					}
				}
			}
		}
	}
	return all, userOnly, nil
}

// differs tells whether, for some operands, executing an instruction for the guest and executing it on the guest's own
// registers are two things.
func differs(r Registers, i Instr, words int) (bool, error) {
	for first := range words {
		for length := range words + 1 {
			op := Op{Instr: i, First: first, Length: length}
			if op.check(words) != nil {
				continue
			}
			m, err := NewMonitor(0, words, false)
			if err != nil {
				return false, err
			}
			m.Guest = r
			m.dispatch()
			if err := m.Step(op); err != nil {
				return false, err
			}
			r := r
			r.do(op)
			want := Monitor{Guest: r, Hardware: Machine{Memory: m.Hardware.Memory}}
			want.dispatch()
			// What the monitor has for the guest is what the guest would have, and the hardware is where that comes to.
			m.Guest.Base, m.Guest.Bound = r.Base, r.Bound
			if m.Guest != r || m.Hardware.Base != want.Hardware.Base || m.Hardware.Bound != want.Hardware.Bound {
				return true, nil
			}
		}
	}
	return false, nil
}

var names = [...]string{"set_relocation", "get_relocation", "leave", "get_mode", "set_mask", "get_mask", "call", "load", "store"}

// String gives the spelling of the model.
func (i Instr) String() string {
	if int(i) < len(names) {
		return names[i]
	}
	return fmt.Sprintf("instr(%d)", uint8(i))
}

// Members are the instructions of the set, in order.
func (s Instrs) Members() (out []Instr) {
	for i := SetRelocation; i <= Store; i++ {
		if s.Has(i) {
			out = append(out, i)
		}
	}
	return out
}
