package checker_test

import (
	"context"
	"fmt"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
)

// jugs is the puzzle of two jugs, of 3 and of 5 litres, without marks: how does one measure 4 litres?
type jugs struct{}

var jugInfo = model.Info{
	Name:          "jugs",
	StateWords:    2, // what is in each
	Actions:       []model.Action{{Name: "Fill", Params: []string{"jug"}}, {Name: "Empty", Params: []string{"jug"}}, {Name: "Pour", Params: []string{"from"}}},
	Properties:    []model.Property{{Name: "NeverFour", Kind: model.Invariant}},
	Deterministic: true,
}

func (jugs) Info() *model.Info       { return &jugInfo }
func (jugs) NewRunner() model.Runner { return &jugRunner{} }

type jugRunner struct{ s model.State }

var room = model.State{3, 5}

func (r *jugRunner) Init(emit func(model.State, *model.Fault)) { emit(model.State{0, 0}, nil) }
func (r *jugRunner) Load(s model.State)                        { r.s = append(r.s[:0], s...) }

func (r *jugRunner) Next(emit func(model.Label, model.State, *model.Fault)) {
	for jug := range r.s {
		full, empty, poured := [2]uint64(r.s), [2]uint64(r.s), [2]uint64(r.s)
		full[jug], empty[jug] = room[jug], 0
		flow := min(r.s[jug], room[1-jug]-r.s[1-jug])
		poured[jug] -= flow
		poured[1-jug] += flow
		for action, t := range [][2]uint64{full, empty, poured} {
			if t != [2]uint64(r.s) {
				emit(model.Label{Action: model.ActionID(action), Args: uint32(jug)}, t[:], nil)
			}
		}
	}
}

func (r *jugRunner) Holds(model.PropertyID) (bool, *model.Fault) {
	return r.s[0] != 4 && r.s[1] != 4, nil
}
func (r *jugRunner) HoldsStep(model.PropertyID) (bool, *model.Fault) { return true, nil }
func (r *jugRunner) Value(model.PropertyID) (int64, *model.Fault)    { return 0, nil }
func (r *jugRunner) Antecedent(model.PropertyID, int) bool           { return true }

func (r *jugRunner) Describe(_ model.State, l model.Label) model.StepText {
	a := jugInfo.Actions[l.Action]
	return model.StepText{Action: a.Name, Args: []model.Binding{{Name: a.Params[0], Value: model.Int(int64(room[l.Args]))}}}
}

func (r *jugRunner) Render(s model.State) []model.Binding {
	return []model.Binding{{Name: "small", Value: model.Int(int64(s[0]))}, {Name: "large", Value: model.Int(int64(s[1]))}}
}

func ExampleCheck() {
	r, err := checker.Check(context.Background(), jugs{}, checker.Config{Workers: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Stats.Distinct, "states,", r.Verdict)
	for _, step := range r.Properties[0].Trace.Steps[1:] {
		fmt.Println(step.State[0].Value, step.State[1].Value, step.Step)
	}
	// Output:
	// 16 states, violated
	// 0 5 Fill(jug=5)
	// 3 2 Pour(from=5)
	// 0 2 Empty(jug=3)
	// 2 0 Pour(from=5)
	// 2 5 Fill(jug=5)
	// 3 4 Pour(from=5)
}
