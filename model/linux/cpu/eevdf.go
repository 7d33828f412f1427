package cpu

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Task numbers a task, from 1.
type Task int

// FairTask is what a task asks the scheduler for.
type FairTask struct {
	Weight int // at least 1; 1024 for nice 0 in the kernel
	Slice  int // ticks that it wants at a time, at least 1
}

// EEVDF is the fair scheduler of Linux since 6.6 on one processor: of the tasks that are not ahead of what they are due, the
// one with the earliest virtual deadline runs (I. Stoica and H. Abdel-Wahab, Earliest eligible virtual deadline first,
// TR-95-22, 1995; Linux, kernel/sched/fair.c, pick_eevdf). The lag of a task is what it was due by its weight, while it was
// awake, less what it had, in ticks. Lags are kept while tasks sleep, as by the feature PLACE_LAG, but not bounded. They are
// exact: their fractions get longer with each sleep.
type EEVDF struct {
	tasks  []FairTask
	parity bool
	awake  []bool
	lags   []*big.Rat // never changed in place
	left   []int      // ticks of the present slice; 0 while it sleeps
	runs   Task       // who is to go on, or 0
}

// NewEEVDF makes a scheduler of tasks that all sleep and are owed nothing. With parity, a task that runs goes on until its
// slice is over or it is ahead, as by the feature RUN_TO_PARITY; without, every tick is decided anew.
func NewEEVDF(tasks []FairTask, parity bool) (*EEVDF, error) {
	s := &EEVDF{
		tasks: slices.Clone(tasks), parity: parity,
		awake: make([]bool, len(tasks)), lags: make([]*big.Rat, len(tasks)), left: make([]int, len(tasks)),
	}
	for i, t := range tasks {
		if t.Weight < 1 || t.Slice < 1 {
			return nil, fmt.Errorf("task %d: got weight %d and a slice of %d ticks, want at least 1", i+1, t.Weight, t.Slice)
		}
		s.lags[i] = nothing()
	}
	return s, nil
}

// Clone returns an independent copy.
func (s *EEVDF) Clone() *EEVDF {
	t := *s // tasks never change
	t.awake, t.lags, t.left = slices.Clone(s.awake), slices.Clone(s.lags), slices.Clone(s.left)
	return &t
}

func (s *EEVDF) has(v Task) bool { return v >= 1 && int(v) <= len(s.tasks) }

func (s *EEVDF) mustKnow(v Task) {
	if !s.has(v) {
		panic(fmt.Sprintf("cpu: task %d: want 1 to %d", v, len(s.tasks)))
	}
}

// Awake tells whether v wants to run.
func (s *EEVDF) Awake(v Task) bool { return s.has(v) && s.awake[v-1] }

// Lag is what v is owed, in ticks; less than 0 where it is ahead. The caller may keep it.
func (s *EEVDF) Lag(v Task) *big.Rat {
	s.mustKnow(v)
	return new(big.Rat).Set(s.lags[v-1])
}

// Left is how many ticks of its slice v has yet to have; 0 while it sleeps.
func (s *EEVDF) Left(v Task) int {
	s.mustKnow(v)
	return s.left[v-1]
}

// Eligible tells whether v is awake and not ahead.
func (s *EEVDF) Eligible(v Task) bool { return s.Awake(v) && s.lags[v-1].Sign() >= 0 }

// deadline is that of v's slice less the virtual time.
func (s *EEVDF) deadline(v Task) *big.Rat {
	d := new(big.Rat).SetInt64(int64(s.left[v-1]))
	d.Sub(d, s.lags[v-1])
	return d.Quo(d, s.weight(v))
}

func (s *EEVDF) weight(v Task) *big.Rat { return new(big.Rat).SetInt64(int64(s.tasks[v-1].Weight)) }

// total is the weight of all that are awake.
func (s *EEVDF) total() *big.Rat {
	sum := new(big.Rat)
	for i, awake := range s.awake {
		if awake {
			sum.Add(sum, s.weight(Task(i+1)))
		}
	}
	return sum
}

// Next lists who may run the next tick: who goes on, or of the eligible those with the earliest deadline. There is somebody
// if anybody is awake.
func (s *EEVDF) Next() []Task {
	if s.Eligible(s.runs) {
		return []Task{s.runs}
	}
	var out []Task
	var earliest *big.Rat
	for i := range s.tasks {
		v := Task(i + 1)
		if !s.Eligible(v) {
			continue
		}
		d := s.deadline(v)
		if earliest == nil || d.Cmp(earliest) < 0 {
			out, earliest = out[:0], d
		}
		if d.Cmp(earliest) == 0 {
			out = append(out, v)
		}
	}
	return out
}

// Tick runs v for a tick; it must be one of Next.
func (s *EEVDF) Tick(v Task) error {
	if !slices.Contains(s.Next(), v) {
		return model.Refuse("task %d is not next", v)
	}
	s.owe(big.NewRat(1, 1))
	s.lags[v-1] = new(big.Rat).Sub(s.lags[v-1], big.NewRat(1, 1))
	s.left[v-1]--
	s.runs = 0
	if s.left[v-1] == 0 {
		s.left[v-1] = s.tasks[v-1].Slice
	} else if s.parity {
		s.runs = v
	}
	return nil
}

// owe adds to the lags of all that are awake, by weight, so much in all.
func (s *EEVDF) owe(ticks *big.Rat) {
	total := s.total()
	for i, awake := range s.awake {
		if awake {
			part := s.weight(Task(i + 1))
			part.Mul(part, ticks).Quo(part, total)
			s.lags[i] = part.Add(part, s.lags[i])
		}
	}
}

// Sleep takes v out of the competition. It keeps its lag; those of the others add up to 0 again, since what is due is
// reckoned without v.
func (s *EEVDF) Sleep(v Task) error {
	if !s.Awake(v) {
		return model.Refuse("task %d is not awake", v)
	}
	s.awake[v-1] = false
	s.left[v-1] = 0
	if s.runs == v {
		s.runs = 0
	}
	s.owe(s.lags[v-1])
	return nil
}

// Wake brings v back with the lag that it left with and a new slice. Who wakes alone is owed nothing.
func (s *EEVDF) Wake(v Task) error {
	if !s.has(v) || s.awake[v-1] {
		return model.Refuse("task %d does not sleep", v)
	}
	if slices.Contains(s.awake, true) {
		s.owe(new(big.Rat).Neg(s.lags[v-1]))
	} else {
		s.lags[v-1] = nothing()
	}
	s.awake[v-1] = true
	s.left[v-1] = s.tasks[v-1].Slice
	return nil
}

// nothing is 0 as arithmetic leaves it, which new(big.Rat) is not part by part.
func nothing() *big.Rat { return big.NewRat(0, 1) }
