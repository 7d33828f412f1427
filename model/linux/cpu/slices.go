package cpu

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Microseconds of a slice (sched_cfs_bandwidth_slice_us) and of what a processor keeps when it has no thread of the group to
// run (kernel/sched/fair.c, min_cfs_rq_runtime).
const (
	DefaultSlice int64 = 5_000
	DefaultKeep  int64 = 1_000
)

// SliceOptions are how the time of a group is handed to processors.
type SliceOptions struct {
	Slice int64 // microseconds that a processor takes at a time, at least 1
	Keep  int64 // microseconds that it keeps when it is idle, 0 to Slice
	// Expires tells that what processors have is lost at the end of a period, as before Linux 5.4 (commit de53fd7aedb1).
	Expires bool
}

// Slices is the time of one group with a quota and without a burst, handed out to processors slice by slice
// (kernel/sched/fair.c, __assign_cfs_rq_runtime and __return_cfs_rq_runtime). A thread that finds its processor and the pool
// empty waits, though other processors may have some of the quota left.
type Slices struct {
	quota  int64
	opt    SliceOptions
	pool   int64
	locals []int64 // of each processor
}

// NewSlices makes a group with a full pool on so many processors, numbered from 0.
func NewSlices(processors int, quota int64, opt SliceOptions) (*Slices, error) {
	if processors < 1 || quota < 1 || quota > MaxRuntime || opt.Slice < 1 || opt.Slice > MaxPeriod || opt.Keep < 0 || opt.Keep > opt.Slice {
		return nil, fmt.Errorf("got %d processors, a quota of %d us and %+v", processors, quota, opt)
	}
	return &Slices{quota: quota, opt: opt, pool: quota, locals: make([]int64, processors)}, nil
}

// Clone returns an independent copy.
func (s *Slices) Clone() *Slices {
	c := *s
	c.locals = slices.Clone(s.locals)
	return &c
}

// Pool is what no processor has taken yet, in microseconds.
func (s *Slices) Pool() int64 { return s.pool }

// Local is what processor c has, in microseconds.
func (s *Slices) Local(c int) int64 {
	if c < 0 || c >= len(s.locals) {
		panic(fmt.Sprintf("cpu: processor %d: want 0 to %d", c, len(s.locals)-1))
	}
	return s.locals[c]
}

// Run lets a thread of the group run on processor c for so many microseconds, at most a slice. It gives how long it ran:
// less, and the thread waits then, where neither the processor nor the pool had enough.
func (s *Slices) Run(c int, us int64) (int64, error) {
	if c < 0 || c >= len(s.locals) || us < 0 || us > s.opt.Slice {
		return 0, model.Refuse("got %d us on processor %d, want 0 to %d us on 0 to %d", us, c, s.opt.Slice, len(s.locals)-1)
	}
	ran := min(us, s.locals[c])
	s.locals[c] -= ran
	if rest := us - ran; rest > 0 {
		taken := min(s.opt.Slice, s.pool)
		s.pool -= taken
		more := min(rest, taken)
		s.locals[c] = taken - more
		ran += more
	}
	return ran, nil
}

// Idle gives back what processor c has, but for what it keeps, since it has no thread of the group to run.
func (s *Slices) Idle(c int) error {
	if c < 0 || c >= len(s.locals) {
		return model.Refuse("no processor %d", c)
	}
	if back := s.locals[c] - s.opt.Keep; back > 0 {
		s.pool += back
		s.locals[c] = s.opt.Keep
	}
	return nil
}

// EndPeriod fills the pool.
func (s *Slices) EndPeriod() {
	s.pool = s.quota
	if s.opt.Expires {
		clear(s.locals)
	}
}
