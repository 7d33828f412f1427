package memory

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// NoLimit is a memory.high or memory.max of "max".
const NoLimit = maxPages

// maxPages is more than any machine has.
const maxPages int64 = 1 << 52

// Throttle is a control group of one process under memory.high and memory.max, in pages (mm/memcontrol.c,
// try_charge_memcg and mem_cgroup_handle_over_high). A charge that takes it above memory.high succeeds, and the process is held
// until the kernel has given back what it can; if the group is still above, the process sleeps and goes on. A charge
// that does not fit memory.max gives back first, and where nothing is left to give back, the process is killed. memory.high kills
// nobody.
type Throttle struct {
	high, most   int64
	kept, cached int64
	above        bool
	killed       bool
}

// NewThrottle makes an empty group. Limits are in pages, at least 1.
func NewThrottle(high, most int64) (*Throttle, error) {
	for _, limit := range []int64{high, most} {
		if limit < 1 || limit > NoLimit {
			return nil, fmt.Errorf("got a limit of %d pages, want 1 to %d", limit, NoLimit)
		}
	}
	return &Throttle{high: high, most: most}, nil
}

// Clone returns an independent copy.
func (t *Throttle) Clone() *Throttle {
	c := *t
	return &c
}

// Usage is memory.current, in pages.
func (t *Throttle) Usage() int64 { return t.kept + t.cached }

// Kept is the pages that cannot be given back: anonymous memory, without swap.
func (t *Throttle) Kept() int64 { return t.kept }

// Cached is the pages that can be given back and read again.
func (t *Throttle) Cached() int64 { return t.cached }

// High is memory.high, in pages.
func (t *Throttle) High() int64 { return t.high }

// Above tells whether the process is held because the group went above memory.high.
func (t *Throttle) Above() bool { return t.above }

// Killed tells whether the process was killed for want of memory.
func (t *Throttle) Killed() bool { return t.killed }

// Touch charges a page that cannot be given back. It may kill the process; see Killed.
func (t *Throttle) Touch() error { return t.charge(&t.kept) }

// Read charges a page that can be given back. It may kill the process; see Killed.
func (t *Throttle) Read() error { return t.charge(&t.cached) }

func (t *Throttle) charge(pages *int64) error {
	if t.killed || t.above {
		return model.Refuse("the process does not run")
	}
	if t.Usage() >= t.most {
		if t.cached == 0 {
			t.killed = true
			return nil
		}
		t.cached--
	}
	*pages++
	t.above = t.Usage() > t.high
	return nil
}

// Reclaim gives back a page of a group that is above memory.high.
func (t *Throttle) Reclaim() error {
	if !t.above || t.killed || t.Usage() <= t.high || t.cached == 0 {
		return model.Refuse("there is no need or nothing to give back")
	}
	t.cached--
	return nil
}

// Return lets the process go on, when the group is within memory.high again or, after a sleep, when nothing more can be
// given back.
func (t *Throttle) Return() error {
	if !t.above || t.killed || t.Usage() > t.high && t.cached > 0 {
		return model.Refuse("the process is not held, or there is more to give back")
	}
	t.above = false
	return nil
}

// Free gives back all the pages that could not be taken, of a process that runs.
func (t *Throttle) Free() error {
	if t.killed || t.above {
		return model.Refuse("the process does not run")
	}
	t.kept = 0
	return nil
}

// SetHigh writes memory.high, in pages. Whoever is held stays so until Return.
func (t *Throttle) SetHigh(high int64) error {
	if high < 1 || high > NoLimit {
		return model.Refuse("got a limit of %d pages, want 1 to %d", high, NoLimit)
	}
	t.high = high
	return nil
}
