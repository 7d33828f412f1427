// Package modeltest tests systems in go test: Run checks that a System keeps the contract of package model, Same that
// two systems are bisimilar, Drive that random runs of two larger systems agree, and Check every property that a system
// claims of itself.
package modeltest

import (
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

// RunOptions bounds Run. The zero value works.
type RunOptions struct {
	MaxStates int // distinct states to look at, nearest first; 0 means 2,000
}

// Run checks that sys keeps the contract that explorers rely on, over its first states in breadth-first order:
//
//   - Info is sane, and stays as it is;
//   - Init, Next, Holds, HoldsStep, Value, Antecedent, Describe and Render give the same every time: on the same runner,
//     after it looked at other states, on another runner, and on one in another goroutine (run it with -race);
//   - a state has the number of words that Info tells, and can be loaded again from a copy that is later overwritten;
//   - Describe and Render do not disturb Next, nor does it when the receiver writes over the words it was given;
//   - every successor has its own label, and Describe names its action and its parameters as Info does;
//   - it does not panic with a message of package model, as when an action changes the state it was given, or what a user
//     gave for encoding and decoding states is not inverse;
//   - every state shows the same variables. (That two states look alike is logged, and is no failure.)
//
// It says nothing of whether properties hold.
func Run(t testing.TB, sys model.System, opts ...RunOptions) {
	t.Helper()
	c := &conformance{t: t, sys: sys, info: sys.Info(), limit: 2000}
	for _, o := range opts {
		if o.MaxStates > 0 {
			c.limit = o.MaxStates
		}
	}
	defer func() {
		t.Helper()
		if v := recover(); v != nil {
			t.Fatalf("the system panicked: %s", misuse(v))
		}
	}()
	c.checkInfo()
	c.checkInit()
	c.checkStates()
	c.checkConcurrent()
	c.checkRenderings()
}

// misuse gives the message by which package model refuses a system. Any other panic goes on.
func misuse(v any) string {
	text, ok := v.(string)
	if !ok || !strings.HasPrefix(text, "model: ") {
		panic(v)
	}
	return text
}
