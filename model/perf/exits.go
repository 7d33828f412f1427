package perf

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/bulkheadlang/bulkhead/model"
)

// Interval is a quantity that is known to lie between two numbers, both included.
type Interval struct{ Low, High *big.Rat }

// Exactly is the interval of one number.
func Exactly(r *big.Rat) Interval { return Interval{r, r} }

// String gives both ends, as fractions.
func (i Interval) String() string {
	return fmt.Sprintf("[%s, %s]", i.Low.RatString(), i.High.RatString())
}

func (i Interval) check() error {
	if i.Low == nil || i.High == nil || i.Low.Cmp(i.High) > 0 {
		return errors.New("an interval needs a lower end and an upper one that is no less")
	}
	return nil
}

// Below tells whether every number of i is less than every one of j. Neither below the other means that what is known does
// not tell: that a container has no hypervisor does not say that its overhead is less.
func (i Interval) Below(j Interval) bool { return i.High.Cmp(j.Low) < 0 }

// Overhead is a kind of event that takes time away from a guest: how many of them come to pass in each window of its own
// time, as was proved of a model or measured, and what one costs.
type Overhead struct {
	Name        string
	Least, Most int64    // events per window, at least 0
	Cost        Interval // of one event, in the unit of the window, at least 0
}

// Slowdown is the time of work under some overheads divided by its time without: 1 + the sum of count * cost / window, from
// the least to the greatest. The window is a length of the work's own time, and so are the counts those per length of that;
// for events that come by the clock on the wall see Worst.
func Slowdown(window *big.Rat, overheads []Overhead) (Interval, error) {
	if window == nil || window.Sign() <= 0 {
		return Interval{}, errors.New("a window needs a length of more than 0")
	}
	low, high := big.NewRat(1, 1), big.NewRat(1, 1)
	for _, o := range overheads {
		if err := o.Cost.check(); err != nil {
			return Interval{}, fmt.Errorf("%s: %w", o.Name, err)
		}
		if o.Least < 0 || o.Most < o.Least || o.Cost.Low.Sign() < 0 {
			return Interval{}, fmt.Errorf("%s: got %d to %d events that cost %v, want at least 0", o.Name, o.Least, o.Most, o.Cost)
		}
		low.Add(low, share(o.Least, o.Cost.Low, window))
		high.Add(high, share(o.Most, o.Cost.High, window))
	}
	return Interval{low, high}, nil
}

func share(count int64, cost, window *big.Rat) *big.Rat {
	out := new(big.Rat).SetInt64(count)
	return out.Quo(out.Mul(out, cost), window)
}

// MaxTicks bounds gaps, costs and work, in ticks, and MaxCauses the kinds of events.
const (
	MaxTicks  = 1_000_000_000
	MaxCauses = 64
)

// Cause is a kind of event that takes a CPU away from a guest.
type Cause struct {
	Name string
	Gap  int64 // ticks on the wall between two of them, at least: a period, an interval of interrupt moderation, a quantum
	Cost int64 // ticks that handling one takes
}

func checkWork(work int64, causes []Cause) error {
	if work < 1 || work > MaxTicks || len(causes) > MaxCauses {
		return fmt.Errorf("got work of %d ticks and %d causes, want 1 to %d and at most %d", work, len(causes), MaxTicks, MaxCauses)
	}
	for _, c := range causes {
		if c.Gap < 1 || c.Gap > MaxTicks || c.Cost < 1 || c.Cost > MaxTicks {
			return fmt.Errorf("cause %s: got gap %d and cost %d, want 1 to %d", c.Name, c.Gap, c.Cost, MaxTicks)
		}
	}
	return nil
}

// ErrOverload says that handling events takes the whole CPU, so that a guest may never go on. It wraps model.ErrRefused.
var ErrOverload = model.Refuse("events take the whole CPU")

// Elapsed is how long a piece of work takes at most.
type Elapsed struct {
	Wall   int64   // ticks on the wall
	Events []int64 // of each cause meanwhile
}

// Slowdown is the time that the work takes at most divided by the work.
func (e Elapsed) Slowdown(work int64) *big.Rat { return big.NewRat(e.Wall, work) }

// Worst is how long so many ticks of work take at most, and do take where all causes come at once and then as often as they
// may: the least solution of L = work + sum of ceil(L / gap) * cost (M. Joseph and P. Pandya, The Computer Journal 29,
// 1986). Causes of which the sum of cost / gap is 1 or more are ErrOverload.
func Worst(work int64, causes []Cause) (Elapsed, error) {
	if err := checkWork(work, causes); err != nil {
		return Elapsed{}, err
	}
	left := big.NewRat(1, 1) // the share of the CPU that is left to the guest
	for _, c := range causes {
		left.Sub(left, big.NewRat(c.Cost, c.Gap))
	}
	if left.Sign() <= 0 {
		return Elapsed{}, ErrOverload
	}
	// Every solution is at least work / left.
	wall := ceil(new(big.Rat).Quo(new(big.Rat).SetInt64(work), left))
	for range 1_000_000 {
		demand, events := big.NewInt(work), make([]int64, len(causes))
		if !wall.IsInt64() {
			break
		}
		for i, c := range causes {
			events[i] = (wall.Int64()-1)/c.Gap + 1
			demand.Add(demand, new(big.Int).Mul(big.NewInt(events[i]), big.NewInt(c.Cost)))
		}
		if demand.Cmp(wall) == 0 {
			return Elapsed{wall.Int64(), events}, nil
		}
		wall = demand
	}
	return Elapsed{}, fmt.Errorf("%w: the CPU is so nearly taken that the time is too long to work out", ErrOverload)
}

func ceil(r *big.Rat) *big.Int {
	up := new(big.Int).Sub(new(big.Int).Add(r.Num(), r.Denom()), big.NewInt(1))
	return up.Quo(up, r.Denom())
}

// Guest is a guest with a piece of work on a CPU that events take away from it. Events wait for nothing: one that comes while
// another one is handled is handled after it, ahead of the guest.
type Guest struct {
	work   int64
	causes []Cause
	since  []int64
	busy   int64
	open   bool
	done   int64
	wall   int64
	seen   []int64
}

// NewGuest makes a guest with so many ticks of work, which it has not begun, on an idle CPU; each event may come at once.
func NewGuest(work int64, causes []Cause) (*Guest, error) {
	if err := checkWork(work, causes); err != nil {
		return nil, err
	}
	g := &Guest{work: work, causes: append([]Cause(nil), causes...), since: make([]int64, len(causes)), seen: make([]int64, len(causes))}
	for i, c := range causes {
		g.since[i] = c.Gap
	}
	return g, nil
}

// Working tells whether the work has begun and is not done.
func (g *Guest) Working() bool { return g.open }

// Done is how many ticks of the work the guest has had.
func (g *Guest) Done() int64 { return g.done }

// Wall is the number of ticks since the work began, 0 where it is done.
func (g *Guest) Wall() int64 { return g.wall }

// Busy is how many ticks of handling are left.
func (g *Guest) Busy() int64 { return g.busy }

// Seen is the number of events of each cause since the work began, 0 where it is done.
func (g *Guest) Seen() []int64 { return append([]int64(nil), g.seen...) }

// Since is the number of ticks since the last event of each cause, counted up to its gap.
func (g *Guest) Since() []int64 { return append([]int64(nil), g.since...) }

// Begin starts the work, anew where it is done. It is refused while the guest works or an event is handled.
func (g *Guest) Begin() error {
	if g.open || g.busy > 0 {
		return model.Refuse("begin: got working %t and %d ticks of handling, want an idle CPU", g.open, g.busy)
	}
	g.open, g.done = true, 0
	return nil
}

// Exit is an event of the cause with this number, from 0. It is refused where there is none or the last one is nearer than
// its gap.
func (g *Guest) Exit(cause int) error {
	if cause < 0 || cause >= len(g.causes) {
		return model.Refuse("exit: got cause %d, want 0 to %d", cause, len(g.causes)-1)
	}
	if c := g.causes[cause]; g.since[cause] < c.Gap {
		return model.Refuse("exit: the last %s is %d ticks ago, want %d", c.Name, g.since[cause], c.Gap)
	}
	g.since[cause] = 0
	g.busy += g.causes[cause].Cost
	if g.open {
		g.seen[cause]++
	}
	return nil
}

// Tick lets a tick pass: of handling if some is left, else of the work. The last tick of the work ends it.
func (g *Guest) Tick() {
	for i, c := range g.causes {
		g.since[i] = min(g.since[i]+1, c.Gap)
	}
	if g.open {
		g.wall++
	}
	switch {
	case g.busy > 0:
		g.busy--
	case g.open:
		g.done++
		if g.done == g.work {
			g.open, g.wall = false, 0
			clear(g.seen)
		}
	}
}
