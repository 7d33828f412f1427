package cpu

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Stride schedules virtual machines on one physical CPU in proportion to their weights (ESXi's shares), by stride
// scheduling: each machine has a pass, using the CPU for a tick advances the pass by a stride that is inversely
// proportional to the weight, and the least pass runs next (C. A. Waldspurger and W. E. Weihl, Stride Scheduling:
// Deterministic Proportional-Share Resource Management, MIT/LCS/TM-528, 1995). ESXi's published rule, least MHzUsed per
// share first, is the same one. A machine that stops before the end of its quantum is charged for what it used, as that
// report asks under "Nonuniform Quanta".
//
// A machine that resumes gets the greater of its own pass and the virtual time, which is the pass at which the last
// dispatch took place: what it owes is not forgotten, what it did not use while suspended is not saved up. That is the
// start tag of P. Goyal, H. M. Vin and H. Cheng, Start-time Fair Queuing, SIGCOMM 1996. (The report keeps a signed
// remainder against a weighted average instead; what is guaranteed below is not claimed for that rule.)
//
// Only Lead, the distance of a pass from the virtual time, is stored, as a whole number in units of which every weight
// makes a whole stride. It lies between 0 and Quantum times the stride, so nothing grows, overflows or loses precision
// however long the scheduler runs, whatever the weights are. It needs as many bits as the least common multiple of the
// weights, which for custom shares of many machines are more than a machine word has.
//
// What it guarantees, checked in stride.bh, with w the weights, W their sum, n the number of machines and q the quantum:
// over any interval in which machines i and j stay runnable, |c_i/w_i - c_j/w_j| <= q(1/w_i + 1/w_j) for the ticks c that
// they used, and <= q max(1/w_i, 1/w_j) when their passes were equal at its start; and a machine that stays runnable
// waits for at most q(W/w_i + n - 2) ticks of the others.
//
// The zero Stride has no machine; make one with NewStride.
type Stride struct {
	quantum int
	weights []int
	strides []*big.Int // lcm of the weights over each weight
	worlds  []World
	leads   []*big.Int // by VM-1, pass less virtual time; a new one for each value, so copies may share them
	runs    VM         // 0 is idle
}

// NewStride makes a scheduler of len(weights) machines, all suspended and with equal passes. Weights and the quantum,
// in ticks, are at least 1; any such weights will do.
func NewStride(weights []int, quantum int) (*Stride, error) {
	if quantum < 1 {
		return nil, fmt.Errorf("got a quantum of %d ticks, want at least 1", quantum)
	}
	strides, err := stridesOf(weights)
	if err != nil {
		return nil, err
	}
	leads := make([]*big.Int, len(weights))
	worlds := make([]World, len(weights))
	for i := range weights {
		leads[i] = new(big.Int)
		worlds[i] = Suspended
	}
	return &Stride{
		quantum: quantum,
		weights: slices.Clone(weights),
		strides: strides,
		worlds:  worlds,
		leads:   leads,
	}, nil
}

// stridesOf gives what a tick adds to the pass of each machine: the least common multiple of all weights, over its weight.
// Weights are at least 1.
func stridesOf(weights []int) ([]*big.Int, error) {
	unit := big.NewInt(1)
	for i, w := range weights {
		if w < 1 {
			return nil, fmt.Errorf("VM %d: got weight %d, want at least 1", i+1, w)
		}
		weight := big.NewInt(int64(w))
		common := new(big.Int).GCD(nil, nil, unit, weight)
		unit.Mul(unit, weight.Quo(weight, common))
	}
	strides := make([]*big.Int, len(weights))
	for i, w := range weights {
		strides[i] = new(big.Int).Quo(unit, big.NewInt(int64(w)))
	}
	return strides, nil
}

// Clone returns an independent copy.
func (s *Stride) Clone() *Stride {
	t := *s // weights and strides never change
	t.worlds = slices.Clone(s.worlds)
	t.leads = slices.Clone(s.leads)
	return &t
}

// VMs is the number of virtual machines.
func (s *Stride) VMs() int { return len(s.worlds) }

// Quantum is the longest time, in ticks, between two decisions.
func (s *Stride) Quantum() int { return s.quantum }

// Weight is the weight of v.
func (s *Stride) Weight(v VM) int {
	mustName("VM", int(v), len(s.weights))
	return s.weights[v-1]
}

// World is what v is doing: Ready, Running or Suspended.
func (s *Stride) World(v VM) World {
	mustName("VM", int(v), len(s.worlds))
	return s.worlds[v-1]
}

// Lead is how far the pass of v is ahead of the virtual time, in units of which one tick of v takes Stride(v).
// The caller may keep it.
func (s *Stride) Lead(v VM) *big.Int {
	mustName("VM", int(v), len(s.leads))
	return new(big.Int).Set(s.leads[v-1])
}

// Stride is what one tick adds to the pass of v: the least common multiple of all weights, over the weight of v.
// The caller may keep it.
func (s *Stride) Stride(v VM) *big.Int {
	mustName("VM", int(v), len(s.strides))
	return new(big.Int).Set(s.strides[v-1])
}

// Runs is the machine that has the CPU, or 0.
func (s *Stride) Runs() VM { return s.runs }

// Runnable tells whether v is ready or running.
func (s *Stride) Runnable(v VM) bool { return s.World(v) != Suspended }

// Next is the decision that the scheduler would take now: the ready machine with the least pass, the lowest number
// among equals. It is false when the CPU is taken or nothing is ready.
func (s *Stride) Next() (VM, bool) {
	if s.runs != 0 {
		return 0, false
	}
	best := VM(0)
	for i, w := range s.worlds {
		if w == Ready && (best == 0 || s.leads[i].Cmp(s.leads[best-1]) < 0) {
			best = VM(i + 1)
		}
	}
	return best, best != 0
}

// Dispatch gives the idle CPU to v, which must be ready and have the least pass of all ready machines; which of several
// is up to the caller, and no guarantee depends on it. The virtual time becomes the pass of v.
func (s *Stride) Dispatch(v VM) error {
	if err := s.in("dispatch", v, Ready); err != nil {
		return err
	}
	if s.runs != 0 {
		return model.Refuse("dispatch VM %d: the CPU runs VM %d", v, s.runs)
	}
	advance := s.leads[v-1]
	for i, w := range s.worlds {
		if w == Ready && s.leads[i].Cmp(advance) < 0 {
			return model.Refuse("dispatch VM %d: VM %d has a smaller pass", v, i+1)
		}
	}
	for i, lead := range s.leads {
		s.leads[i] = new(big.Int) // a suspended machine may be behind; it will start from the virtual time
		if lead.Cmp(advance) > 0 {
			s.leads[i].Sub(lead, advance)
		}
	}
	s.worlds[v-1] = Running
	s.runs = v
	return nil
}

// Stop takes the CPU from the machine that has it, which used it for the given number of ticks, 1 to Quantum; less than
// Quantum is an early yield. The machine is ready again.
func (s *Stride) Stop(used int) error { return s.stop("stop", used, Ready) }

// Block is Stop for a machine that suspends instead of being ready again.
func (s *Stride) Block(used int) error { return s.stop("block", used, Suspended) }

func (s *Stride) stop(step string, used int, to World) error {
	v := s.runs
	if v == 0 {
		return model.Refuse("%s: the CPU is idle", step)
	}
	if used < 1 || used > s.quantum {
		return model.Refuse("%s VM %d: got %d ticks, want 1 to %d", step, v, used, s.quantum)
	}
	charge := new(big.Int).Mul(big.NewInt(int64(used)), s.strides[v-1])
	s.leads[v-1] = charge.Add(charge, s.leads[v-1])
	s.worlds[v-1] = to
	s.runs = 0
	return nil
}

// Suspend takes a ready machine out of the competition. Its pass stays what it is.
func (s *Stride) Suspend(v VM) error {
	if err := s.in("suspend", v, Ready); err != nil {
		return err
	}
	s.worlds[v-1] = Suspended
	return nil
}

// Resume brings a suspended machine back, at the greater of its pass and the virtual time.
func (s *Stride) Resume(v VM) error {
	if err := s.in("resume", v, Suspended); err != nil {
		return err
	}
	s.worlds[v-1] = Ready
	return nil
}

func (s *Stride) in(step string, v VM, want World) error {
	if v < 1 || int(v) > len(s.worlds) {
		return model.Refuse("%s VM %d: want 1 to %d", step, v, len(s.worlds))
	}
	if w := s.World(v); w != want {
		return model.Refuse("%s VM %d: got world %s, want %s", step, v, w, want)
	}
	return nil
}
