package cpu

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Group numbers a control group, from 0.
type Group int

const noGroup Group = -1

// Microseconds, as cpu.max and cpu.max.burst count them (kernel/sched/core.c, tg_set_cfs_bandwidth).
const (
	NoQuota       int64 = math.MaxInt64 // a cpu.max of "max"
	DefaultPeriod int64 = 100_000
	MinPeriod     int64 = 1_000
	MaxPeriod     int64 = 1_000_000
	MinQuota      int64 = 1_000
	MaxRuntime    int64 = 1<<44 - 1 // the most that quota and burst may add up to, some 200 days
)

// Max is cpu.max and cpu.max.burst of a control group, in microseconds: in each period the group may run for the quota,
// counted over all processors, and what it leaves is kept for later, up to the burst.
type Max struct {
	Quota, Period, Burst int64
}

// CPUs is the cpu.max that limits to so many thousandths of a processor in the default period, as docker run --cpus and
// the limits of Kubernetes write it, without a burst. It is an error if that is less than MinQuota.
func CPUs(thousandths int64) (Max, error) {
	if thousandths < 10 || thousandths > MaxRuntime/100 {
		return Max{}, fmt.Errorf("got %d thousandths of a processor, want 10 to %d", thousandths, MaxRuntime/100)
	}
	return Max{Quota: thousandths * (DefaultPeriod / 1000), Period: DefaultPeriod}, nil
}

// Check tells whether the kernel takes m; it answers EINVAL where this is an error.
func (m Max) Check() error {
	switch {
	case m.Period < MinPeriod || m.Period > MaxPeriod:
		return fmt.Errorf("got a period of %d us, want %d to %d", m.Period, MinPeriod, MaxPeriod)
	case m.Quota == NoQuota && m.Burst != 0:
		return fmt.Errorf("got a burst of %d us without a quota", m.Burst)
	case m.Quota == NoQuota:
		return nil
	case m.Quota < MinQuota || m.Quota > MaxRuntime:
		return fmt.Errorf("got a quota of %d us, want %d to %d, or none", m.Quota, MinQuota, MaxRuntime)
	case m.Burst < 0 || m.Burst > m.Quota || m.Burst > MaxRuntime-m.Quota:
		return fmt.Errorf("got a burst of %d us, want 0 to %d", m.Burst, min(m.Quota, MaxRuntime-m.Quota))
	}
	return nil
}

// capacity is the most that the pool of a limited group holds.
func (m Max) capacity() int64 { return m.Quota + m.Burst }

// MostIn is the most that a group with limit m has in any interval of so many microseconds, which is at least 0, by its own
// limit: a full pool, and a quota for each refill that may fall into it. It is NoQuota without a limit.
func (m Max) MostIn(interval int64) *big.Int {
	if m.Quota == NoQuota {
		return big.NewInt(NoQuota)
	}
	if interval <= 0 {
		return new(big.Int)
	}
	refills := big.NewInt((interval-1)/m.Period + min((interval-1)%m.Period, 1))
	return refills.Mul(refills, big.NewInt(m.Quota)).Add(refills, big.NewInt(m.capacity()))
}

// WorstDelay is how long, in microseconds, a request is held up at worst by limit m of the group that serves it, alone,
// by so many threads, with a processor for each and work microseconds of work for each. It finds a full pool, since
// requests are far enough apart. For a quota Q, period P, burst B and n threads it is 0 if the request fits in the pool,
// and otherwise P - Q/n for each time that the quota is spent before the work is done, less B/n.
func (m Max) WorstDelay(threads int, work int64) (*big.Rat, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	if threads < 1 || work < 0 {
		return nil, fmt.Errorf("got %d threads with %d us of work, want at least 1 and 0", threads, work)
	}
	if m.Quota == NoQuota {
		return new(big.Rat), nil
	}
	n, q := big.NewInt(int64(threads)), big.NewInt(m.Quota)
	over := new(big.Int).Mul(n, big.NewInt(work))
	over.Sub(over, big.NewInt(m.capacity())) // the work that the pool does not pay for
	if over.Sign() <= 0 {
		return new(big.Rat), nil
	}
	spent := over.Add(over, q).Sub(over, big.NewInt(1)).Quo(over, q) // over / Q, rounded up
	share := new(big.Rat).SetFrac(q, n)
	delay := share.Sub(new(big.Rat).SetInt64(m.Period), share)
	if delay.Sign() <= 0 { // the quota lasts for the period
		return new(big.Rat), nil
	}
	delay.Mul(delay, new(big.Rat).SetInt(spent))
	delay.Sub(delay, new(big.Rat).SetFrac(big.NewInt(m.Burst), n))
	if delay.Sign() < 0 {
		return new(big.Rat), nil
	}
	return delay, nil
}

// LimitedGroup is a control group with its limit.
type LimitedGroup struct {
	Parent Group // less than its own number; not looked at for group 0, the root
	Max    Max
	Passed int64 // microseconds of its first period that are over already, less than the period
}

// Bandwidth is the pools of processor time of a tree of control groups (kernel/sched/fair.c, cfs_bandwidth). Whoever runs is
// charged to the pool of his group and of all above it; who finds one of them empty is throttled until it is filled, at the
// end of a period. Pools are full of one quota at first.
//
// Left out: that each processor takes slices of 5 ms from a pool and may overrun them, and that timers rest while a group
// does nothing.
type Bandwidth struct {
	groups []LimitedGroup
	pools  []int64 // microseconds; 0 without a limit
	passed []int64 // microseconds of the present period
}

// Throttled is the error of running in a group for longer than a pool on its way up has time for.
type Throttled struct {
	At Group // the lowest group with too little in its pool
}

// Error names the group.
func (e *Throttled) Error() string { return fmt.Sprintf("group %d is throttled", e.At) }

// Unwrap makes it a refusal.
func (e *Throttled) Unwrap() error { return model.ErrRefused }

// NewBandwidth makes a tree with full pools. There is at least one group; the limits must be such that the kernel takes
// them. A child may have more than its parent, which is worth nothing.
func NewBandwidth(groups []LimitedGroup) (*Bandwidth, error) {
	if len(groups) == 0 {
		return nil, fmt.Errorf("got no group")
	}
	b := &Bandwidth{groups: slices.Clone(groups), pools: make([]int64, len(groups)), passed: make([]int64, len(groups))}
	for g, l := range b.groups {
		if err := l.Max.Check(); err != nil {
			return nil, fmt.Errorf("group %d: %w", g, err)
		}
		if g > 0 && (l.Parent < 0 || int(l.Parent) >= g) {
			return nil, fmt.Errorf("group %d: got parent %d, want 0 to %d", g, l.Parent, g-1)
		}
		if l.Passed < 0 || l.Passed >= l.Max.Period {
			return nil, fmt.Errorf("group %d: got %d us of the first period, want 0 to %d", g, l.Passed, l.Max.Period-1)
		}
		if l.Max.Quota != NoQuota {
			b.pools[g] = l.Max.Quota
		}
		b.passed[g] = l.Passed
	}
	b.groups[0].Parent = noGroup
	return b, nil
}

// Clone returns an independent copy.
func (b *Bandwidth) Clone() *Bandwidth {
	return &Bandwidth{groups: b.groups, pools: slices.Clone(b.pools), passed: slices.Clone(b.passed)} // groups never change
}

// Limit is the limit of g itself.
func (b *Bandwidth) Limit(g Group) Max {
	mustHave(g, len(b.groups))
	return b.groups[g].Max
}

// Pool is what is left in the pool of g, in microseconds of one processor; NoQuota without a limit.
func (b *Bandwidth) Pool(g Group) int64 {
	mustHave(g, len(b.groups))
	if b.groups[g].Max.Quota == NoQuota {
		return NoQuota
	}
	return b.pools[g]
}

// Passed is how much of the present period of g is over, in microseconds.
func (b *Bandwidth) Passed(g Group) int64 {
	mustHave(g, len(b.groups))
	return b.passed[g]
}

// Room is for how long threads of g may run now, in microseconds of one processor: the least pool on its way up.
func (b *Bandwidth) Room(g Group) int64 {
	mustHave(g, len(b.groups))
	room := NoQuota
	for ; g >= 0; g = b.groups[g].Parent {
		room = min(room, b.Pool(g))
	}
	return room
}

// Run charges so many microseconds of processors, of one or several, to g and all above it, or nothing to any: the error
// is a *Throttled then.
func (b *Bandwidth) Run(g Group, us int64) error {
	if g < 0 || int(g) >= len(b.groups) {
		return model.Refuse("no group %d", g)
	}
	if us < 0 {
		return model.Refuse("got %d us, want at least 0", us)
	}
	for a := g; a >= 0; a = b.groups[a].Parent {
		if us > b.Pool(a) {
			return &Throttled{At: a}
		}
	}
	for a := g; a >= 0; a = b.groups[a].Parent {
		if b.groups[a].Max.Quota != NoQuota {
			b.pools[a] -= us
		}
	}
	return nil
}

// Advance lets time pass, in microseconds: a pool is filled at the end of each period.
func (b *Bandwidth) Advance(us int64) error {
	if us < 0 || us > MaxRuntime {
		return model.Refuse("got %d us, want 0 to %d", us, MaxRuntime)
	}
	for g, l := range b.groups {
		total := b.passed[g] + us
		b.passed[g] = total % l.Max.Period
		if l.Max.Quota != NoQuota {
			b.pools[g] = filled(b.pools[g], total/l.Max.Period, l.Max)
		}
	}
	return nil
}

// filled is what a pool holds after so many refills.
func filled(pool, refills int64, m Max) int64 {
	high, added := bits.Mul64(uint64(refills), uint64(m.Quota))
	if high > 0 || added > uint64(m.capacity()-pool) {
		return m.capacity()
	}
	return pool + int64(added)
}

func mustHave(g Group, n int) {
	if g < 0 || int(g) >= n {
		panic(fmt.Sprintf("cpu: group %d: want 0 to %d", g, n-1))
	}
}
