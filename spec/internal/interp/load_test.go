package interp

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// load makes a program of a text that has no errors.
func load(t testing.TB, src string) *ir.Program {
	t.Helper()
	f, err := syntax.Parse("test.bh", []byte(src))
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	info, err := types.Check([]*syntax.File{f}, types.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	return ir.Build(info)
}

// initial is the one initial state of a program.
func initial(t testing.TB, m *Machine) []Value {
	t.Helper()
	var out [][]Value
	for vars, f := range m.Initial() {
		if f != nil {
			t.Fatal(f)
		}
		out = append(out, vars)
	}
	if len(out) != 1 {
		t.Fatalf("got %d initial states, want 1", len(out))
	}
	return out[0]
}
