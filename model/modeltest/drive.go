package modeltest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/report"
	"github.com/bulkheadlang/bulkhead/model"
)

// DriveOptions says which runs Drive takes. The zero value works.
type DriveOptions struct {
	A, B  View   // of the first and of the second system
	Runs  int    // 0 means 100
	Steps int    // of the longest run; 0 means 30
	Seed  uint64 // of the first run; every run after it has the next seed
}

// Drive takes random runs through two systems at once, for systems that are too large for Same. After every step both
// must offer steps of the same names to states that look the same. Views are those of Same, and a step that faults looks
// like any other step of its name that faults; no run goes on from it.
//
// The runs grow from short ones to one of all the steps. They are the same every time, for the same systems and options;
// another seed takes others. Where several states look the same after the same steps, Drive follows all of them. So it
// never fails on systems with the same runs, bisimilar or not; and it may pass systems that differ.
//
// It fails with a run to the first difference, shorter than the one that found it where leaving out steps allows that,
// and with the options that take this run alone.
func Drive(t testing.TB, a, b model.System, opts ...DriveOptions) {
	t.Helper()
	var o DriveOptions
	for _, given := range opts {
		o = given
	}
	if o.Runs <= 0 {
		o.Runs = 100
	}
	if o.Steps <= 0 {
		o.Steps = 30
	}
	d := newDriver(a, b, o.A, o.B)
	starting := len(d.start.offers[0]) > 0 && len(d.start.offers[1]) > 0 // otherwise that is the difference
	if d.names != nil && len(d.names) == 0 && starting {
		blind(t, a, b, d.showing)
	}
	taken := int64(0)
	for i := range o.Runs {
		seed, steps := o.Seed+uint64(i), (o.Steps*(i+1)+o.Runs-1)/o.Runs
		run, end := d.random(seed, steps)
		if !end.apart {
			taken += int64(max(0, len(run)-1))
			continue
		}
		short, end := d.shorten(run, end)
		t.Fatalf("A, %s, and B, %s, differ at %s\n%s\nthis is run %d of %d, %s; alone it is DriveOptions{Seed: %d, Runs: 1, Steps: %d}",
			describe(a.Info()), describe(b.Info()), where(short), d.difference(short, end),
			i+1, o.Runs, leftOut(run, short), seed, steps)
	}
	t.Logf("%s of %s in all are alike", report.Count(int64(o.Runs), "run"), report.Count(taken, "step"))
}

// random takes a run of at most so many steps, the initial state before them, and gives where it ended: where the systems
// are apart, where there are no more steps or where it has all of them.
func (d *driver) random(seed uint64, steps int) ([]offer, *crossroads) {
	source := rand.New(rand.NewPCG(seed, seed))
	var run []offer
	at := d.start
	for !at.apart && len(at.ways) > 0 && len(run) <= steps {
		way := at.ways[source.IntN(len(at.ways))]
		run, at = append(run, at.offers[0][way]), d.follow(at, way)
	}
	return run, at
}

// again takes the steps of a run by their names, to states that look as they did where it can, up to where the systems
// are apart. It gives nil when it does not come to such a place.
func (d *driver) again(run []offer) ([]offer, *crossroads) {
	at := d.start
	for i, want := range run {
		if at.apart {
			return run[:i], at
		}
		way := -1
		for _, w := range at.ways {
			o := at.offers[0][w]
			if o.step == want.step && (way < 0 || o.seen == want.seen) {
				way = w
			}
		}
		if way < 0 {
			return nil, nil
		}
		run[i], at = at.offers[0][way], d.follow(at, way)
	}
	if !at.apart {
		return nil, nil
	}
	return run, at
}

// patience bounds the steps that are taken to shorten a run.
const patience = 200_000

// shorten leaves steps out of a run to a difference, many at once and then fewer, while it still leads to one.
func (d *driver) shorten(run []offer, end *crossroads) ([]offer, *crossroads) {
	left := patience
	for size := len(run) / 2; size > 0; {
		shorter := false
		for from := 1; from+size <= len(run) && left > 0; {
			left -= len(run)
			if r, e := d.again(slices.Concat(run[:from], run[from+size:])); e != nil {
				run, end, shorter = r, e, true
			} else {
				from += size
			}
		}
		if size > 1 || !shorter || left <= 0 {
			size /= 2
		}
	}
	return run, end
}

// where names the place to which a run leads; the initial state is that of step 0.
func where(run []offer) string {
	if len(run) == 0 {
		return "the start"
	}
	return fmt.Sprintf("step %d", len(run))
}

func leftOut(run, short []offer) string {
	if len(run) == len(short) {
		return "in full"
	}
	return report.Count(int64(len(run)-len(short)), "step") + " left out"
}

// difference tells a run, and how the systems go on differently.
func (d *driver) difference(run []offer, end *crossroads) string {
	var b strings.Builder
	if len(run) > 0 {
		trace := model.Trace{Loop: -1}
		for _, o := range run {
			trace.Steps = append(trace.Steps, model.TraceStep{Step: model.StepText{Action: o.step}, State: d.shown(0, o.states[0])})
		}
		b.WriteString(printed(&trace, nil) + "and then ")
	}
	for side, offers := range end.offers {
		for _, o := range offers {
			if others := end.outcomes(1-side, o.step); len(others) == 0 {
				writeMissing(&b, side, len(run), o)
				return b.String()
			}
		}
	}
	for side, offers := range end.offers {
		for _, o := range offers {
			if others := end.outcomes(1-side, o.step); !slices.ContainsFunc(others, o.like) {
				writeUnlike(&b, side, len(run), o, others)
				return b.String()
			}
		}
	}
	panic("modeltest: the systems do not differ here")
}

// writeMissing tells of a step that only one system has; step 0 is the initial state.
func writeMissing(b *strings.Builder, side, step int, o offer) {
	if step == 0 {
		fmt.Fprintf(b, "%s has initial states and %s has none", sideName[side], sideName[1-side])
		return
	}
	fmt.Fprintf(b, "%s can take step %d, %s, and %s cannot", sideName[side], step, o.step, sideName[1-side])
}

// writeUnlike tells of a step whose outcome in one system looks like none of those in the other.
func writeUnlike(b *strings.Builder, side, step int, o offer, others []offer) {
	if step == 0 {
		fmt.Fprintf(b, "an initial state of %s looks like none of %s", sideName[side], sideName[1-side])
	} else {
		fmt.Fprintf(b, "step %d, %s, leads %s where it does not lead %s", step, o.step, sideName[side], sideName[1-side])
	}
	if len(others) > 1 {
		fmt.Fprintf(b, " (by none of %d ways; the most alike is shown)", len(others))
	}
	nearest := slices.MinFunc(others, func(x, y offer) int { return len(o.beyond(x)) - len(o.beyond(y)) })
	fmt.Fprintf(b, "\n     in %s: %s", sideName[side], strings.Join(o.beyond(nearest), "; "))
	fmt.Fprintf(b, "\n     in %s: %s", sideName[1-side], strings.Join(nearest.beyond(o), "; "))
}
