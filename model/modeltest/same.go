package modeltest

import (
	"fmt"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

// View says what one sees of a system when it is compared with another. The zero value sees it as it is.
type View struct {
	// Label names a step; steps with one name are alike. nil means StepText.String, the action with its arguments and
	// choices.
	Label func(model.StepText) string
	// Observe picks, renames or computes what one sees of a state from its variables. nil means the variables as they
	// are; if both views leave it nil, those whose names both systems have, of which there must be one where a system has
	// any.
	Observe func([]model.Binding) []model.Binding
}

func (v View) label(s model.StepText) string {
	if v.Label == nil {
		return s.String()
	}
	return v.Label(s)
}

func (v View) observe(vars []model.Binding) []model.Binding {
	if v.Observe == nil {
		return vars
	}
	return v.Observe(vars)
}

// SameOptions says how Same compares. The zero value works.
type SameOptions struct {
	A, B      View // of the first and of the second system
	MaxStates int  // distinct states of each system, for each of which some 500 bytes are needed; 0 means 1,000,000
}

// Same checks that two systems are bisimilar: that from their initial states on, whatever step one of them takes, the
// other can take a step of the same name to a state that looks the same, and from which this holds again. Properties are
// not compared. Values look the same when their texts do. A step that faults looks like any other step of its name that
// faults.
//
// It fails with a shortest sequence of steps that tells the systems apart, and at once when a system has more states
// than the limit.
func Same(t testing.TB, a, b model.System, opts ...SameOptions) {
	t.Helper()
	var o SameOptions
	for _, given := range opts {
		o = given
	}
	if o.MaxStates == 0 {
		o.MaxStates = 1_000_000
	}
	g := &graph{}
	if err := g.add(0, a, o.A, o.MaxStates); err != nil {
		t.Fatalf("cannot compare: %v", err)
	}
	if err := g.add(1, b, o.B, o.MaxStates); err != nil {
		t.Fatalf("cannot compare: %v", err)
	}
	if o.A.Observe == nil && o.B.Observe == nil {
		both := [2]map[string]bool{g.variables(0), g.variables(1)}
		g.common = map[string]bool{}
		for name := range both[0] {
			if both[1][name] {
				g.common[name] = true
			}
		}
		starting := len(g.initial[0]) > 0 && len(g.initial[1]) > 0 // otherwise that is the difference
		if len(g.common) == 0 && starting {
			blind(t, a, b, len(both[0])+len(both[1]) > 0)
		}
	}
	g.see()
	p := refine(g)
	if text := tellApart(g, p); text != "" {
		t.Fatalf("A, %s, and B, %s, are not bisimilar\n%s", describe(a.Info()), describe(b.Info()), text)
	}
}

// blind speaks of two systems that have no variable of the same name: to compare their steps alone is not what the user
// means where they show anything, and has to be said by a View that shows nothing.
func blind(t testing.TB, a, b model.System, showing bool) {
	t.Helper()
	if showing {
		t.Fatalf("cannot compare: %s and %s have no variable of the same name; give View.Observe to say what to compare, "+
			"nothing to compare only the names of steps", a.Info().Name, b.Info().Name)
	}
	t.Logf("%s and %s show nothing, so only the names of steps are compared", a.Info().Name, b.Info().Name)
}

func describe(i *model.Info) string {
	if i.File != "" {
		return fmt.Sprintf("%s of %s", i.Name, i.File)
	}
	return i.Name
}
