package modeltest_test

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/modeltest"
)

// The examples have no output, since a test that passes has none. TestExamples runs them.

var t *testing.T // of the test that the example stands for

func TestExamples(test *testing.T) {
	for name, example := range map[string]func(){
		"Run": ExampleRun, "Same": ExampleSame, "Drive": ExampleDrive,
		"Check": ExampleCheck, "Check_limits": ExampleCheck_limits,
	} {
		test.Run(name, func(test *testing.T) {
			t = test
			example()
		})
	}
}

func ExampleRun() {
	modeltest.Run(t, model.MustDefine(counting(5)))
}

// Two systems that name their steps and their variables differently.
func ExampleSame() {
	a, b := model.MustDefine(counting(5)), model.MustDefine(counting(5))
	n := func(vars []model.Binding) []model.Binding {
		return []model.Binding{{Name: "n", Value: vars[0].Value}}
	}
	modeltest.Same(t, a, b, modeltest.SameOptions{
		A: modeltest.View{Label: func(s model.StepText) string { return s.Action }, Observe: n},
		B: modeltest.View{Label: func(s model.StepText) string { return s.Action }, Observe: n},
	})
}

// Two systems with too many states to compare them all: a thousand random runs, other ones than those of seed 0.
func ExampleDrive() {
	a, b := model.MustDefine(counting(100)), model.MustDefine(counting(100))
	modeltest.Drive(t, a, b, modeltest.DriveOptions{Runs: 1000, Steps: 200, Seed: 1})
}

// Every property is a sub-test.
func ExampleCheck() {
	modeltest.Check(t, model.MustDefine(counting(5)))
}

// The search ends, undecided and so failed, when it takes more memory.
func ExampleCheck_limits() {
	modeltest.Check(t, model.MustDefine(counting(5)), modeltest.CheckOptions{Config: checker.Config{Memory: 1 << 30}})
}
