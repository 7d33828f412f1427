package esxi

import (
	"slices"

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

// drive takes a random run through two systems at once. After every step both offer the same steps to states that look
// the same.
func drive(t *rapid.T, a, b model.Runner) {
	offers := func(r model.Runner, from model.State) []successor {
		var out []successor
		add := func(step string, s model.State, f *model.Fault) {
			if f != nil {
				t.Fatalf("%s faults: %v", step, f)
			}
			out = append(out, successor{step: step, state: slices.Clone(s)})
		}
		if from == nil {
			r.Init(func(s model.State, f *model.Fault) { add("", s, f) })
		} else {
			var labels []model.Label
			r.Load(from)
			r.Next(func(l model.Label, s model.State, f *model.Fault) {
				add("", s, f)
				labels = append(labels, l)
			})
			for i, l := range labels {
				out[i].step = withoutChoices.Label(r.Describe(from, l))
			}
		}
		for i := range out {
			out[i].look = look(r.Render(out[i].state))
		}
		slices.SortFunc(out, func(x, y successor) int {
			return slices.Compare([]string{x.step, x.look}, []string{y.step, y.look})
		})
		return out
	}
	var ofA, ofB model.State
	for range rapid.IntRange(1, 40).Draw(t, "steps") {
		fromA, fromB := offers(a, ofA), offers(b, ofB)
		for i := range max(len(fromA), len(fromB)) {
			switch {
			case i >= len(fromA):
				t.Fatalf("only the second system can %s to\n%s", fromB[i].step, fromB[i].look)
			case i >= len(fromB):
				t.Fatalf("only the first system can %s to\n%s", fromA[i].step, fromA[i].look)
			case fromA[i].step != fromB[i].step || fromA[i].look != fromB[i].look:
				t.Fatalf("the first system can %s to\n%s\nthe second one %s to\n%s", fromA[i].step, fromA[i].look, fromB[i].step, fromB[i].look)
			}
		}
		if len(fromA) == 0 {
			return
		}
		i := rapid.IntRange(0, len(fromA)-1).Draw(t, "choice")
		ofA, ofB = fromA[i].state, fromB[i].state
	}
}

func look(vars []model.Binding) string {
	text := ""
	for _, v := range vars {
		text += v.Name + " = " + v.Value.String() + "\n"
	}
	return text
}
