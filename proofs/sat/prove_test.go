package sat_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/proofs/sat"
	"github.com/bulkheadlang/bulkhead/spec"
)

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func load(t failer, text string) *spec.Program {
	t.Helper()
	p, err := spec.Load(fstest.MapFS{"m.bh": {Data: []byte(text)}}, "m.bh")
	if err != nil {
		t.Fatalf("%v\n%s", spec.Detail(err), text)
	}
	return p
}

func prove(t failer, p *spec.Program, opt sat.Options) (*sat.Report, error) {
	t.Helper()
	plain, err := p.Plain()
	if err != nil {
		t.Fatalf("%v", err)
	}
	return sat.Prove(context.Background(), p.IR(), plain.(sat.Plain), opt)
}

// agree compares verdicts with those of the checker, which has gone through all states, and counts them by kind of agreement.
func agree(t failer, text string, r *sat.Report, res *checker.Result, depth int, seen map[string]int) {
	t.Helper()
	faults := false
	for _, f := range res.Properties {
		faults = faults || f.Property.Kind == model.FaultFree && f.Verdict == checker.Violated
	}
	for i, f := range r.Findings {
		c := res.Properties[i]
		if c.Property.Name != f.Property.Name {
			t.Fatalf("property %d is %s and %s", i, f.Property.Name, c.Property.Name)
		}
		what := fmt.Sprintf("%s %s, and the checker says %s", f.Property.Kind, f.Verdict, c.Verdict)
		wrong := func(why string) {
			t.Fatalf("%s: %s (%s): %s; %d steps, %+v\n%s", f.Property.Name, what, f.Why, why, c.Steps, f.Counter, text)
		}
		seen[what]++
		switch {
		case f.Verdict == sat.Holds:
			if c.Verdict != checker.Holds {
				wrong("it does not hold")
			}
			if f.Property.Kind == model.Reachable && len(f.Counter.Trace.Steps)-1 != c.Steps {
				wrong("the run is not the shortest")
			}
		case f.Verdict == sat.Refuted && f.Counter.Fault != nil:
			if !faults {
				wrong("nothing faults")
			}
		case f.Verdict == sat.Refuted:
			if c.Verdict != checker.Violated {
				wrong("it is not violated")
			}
			if len(f.Counter.Trace.Steps)-1 != c.Steps {
				wrong("the run is not the shortest")
			}
		case f.Verdict == sat.Open:
			found := c.Verdict == checker.Violated
			if f.Property.Kind == model.Reachable {
				found = c.Verdict == checker.Holds
			}
			gaveUp := !strings.HasPrefix(f.Why, "not by induction") && !strings.HasPrefix(f.Why, "no run of")
			if found && c.Steps < depth && !gaveUp {
				wrong("a shorter run is not found")
			}
		}
	}
}

// What is proved of drawn models holds, what is refuted is violated, and by runs as short as the checker's.
func TestDrawnVerdicts(t *testing.T) {
	seen := map[string]int{}
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]func(*rapid.T) string{gen.Model, gen.Model, gen.Lanes, gen.Apart, gen.Processes}).Draw(t, "of")(t)
		p := load(t, text)
		res, wrong := checker.Check(context.Background(), p, checker.Config{Workers: 1, MaxStates: 20_000})
		if wrong == nil && !res.Exhaustive {
			t.Skip("many states")
		}
		opt := sat.Options{K: rapid.IntRange(1, 3).Draw(t, "k"), Depth: 3, Distinct: rapid.Bool().Draw(t, "distinct"), Nodes: 1 << 18, Conflicts: 5000}
		r, err := prove(t, p, opt)
		if errors.As(err, new(*sat.RefusedError)) {
			refused++
			return
		}
		if wrong != nil || err != nil {
			t.Fatalf("%v, %v\n%s", wrong, err, text)
		}
		agree(t, text, r, res, opt.Depth, seen)
	})
	for what, n := range seen {
		t.Logf("%5d %s", n, what)
	}
	t.Logf("%d refused", refused)
}
