package docker

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/modeltest"
)

// withoutChoices sees a step without what it chose inside, which Go values do not name.
var withoutChoices = modeltest.View{Label: func(s model.StepText) string {
	s.Choices = nil
	return s.String()
}}

// successor is a state and how it looks, with the step that led to it.
type successor struct {
	step, look string
	state      model.State
}

// offers gives the successors of a state, or the initial states for nil, ordered by step and look.
func offers(t rapid.TB, r model.Runner, from model.State) []successor {
	var out []successor
	add := func(s model.State, f *model.Fault) {
		if f != nil {
			t.Fatalf("fault: %v", f)
		}
		out = append(out, successor{look: look(r.Render(s)), state: slices.Clone(s)})
	}
	if from == nil {
		r.Init(add)
	} else {
		var labels []model.Label
		var states []model.State
		r.Load(from)
		r.Next(func(l model.Label, s model.State, f *model.Fault) {
			if f != nil {
				t.Fatalf("fault: %v", f)
			}
			labels, states = append(labels, l), append(states, slices.Clone(s))
		})
		for i, l := range labels {
			add(states[i], nil)
			out[i].step = withoutChoices.Label(r.Describe(from, l))
		}
	}
	slices.SortFunc(out, func(x, y successor) int {
		return cmp.Or(cmp.Compare(x.step, y.step), cmp.Compare(x.look, y.look))
	})
	return out
}

// agree checks that two systems offer the same steps to states that look the same.
func agree(t rapid.TB, a, b []successor) {
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			t.Fatalf("only the second system can %s to\n%s", b[i].step, b[i].look)
		case i >= len(b):
			t.Fatalf("only the first system can %s to\n%s", a[i].step, a[i].look)
		case a[i].step != b[i].step || a[i].look != b[i].look:
			t.Fatalf("the first system can %s to\n%s\nthe second one %s to\n%s", a[i].step, a[i].look, b[i].step, b[i].look)
		}
	}
}

// drive takes random runs through two systems at once and checks after every step that they agree.
func drive(t *testing.T, a, b model.System) {
	t.Helper()
	ra, rb := a.NewRunner(), b.NewRunner()
	startA, startB := offers(t, ra, nil), offers(t, rb, nil)
	agree(t, startA, startB)
	rapid.Check(t, func(t *rapid.T) {
		fromA, fromB := startA, startB
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			if len(fromA) == 0 {
				return
			}
			i := rapid.IntRange(0, len(fromA)-1).Draw(t, "choice")
			fromA, fromB = offers(t, ra, fromA[i].state), offers(t, rb, fromB[i].state)
			agree(t, fromA, fromB)
		}
	})
}

func look(vars []model.Binding) string {
	text := ""
	for _, v := range vars {
		text += v.Name + " = " + v.Value.String() + "\n"
	}
	return text
}
