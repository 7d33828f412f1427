package interp

import (
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

// TestExplain explains formulas that are false, each part as text: value, indented by its depth.
func TestExplain(t *testing.T) {
	const state = `model Explained
type VM = symmetric 1..3
type CPU = symmetric 1..2
type World = enum {off, ready, running}
type Msg = union { Ping(n: 0..3) | Pong }
state {
  world: map[VM]World = off
  runs: map[CPU]option[VM] = none
  left: map[CPU]0..9 = {c -> 4 for c in CPU}
  queue: seq[VM, 3] = []
  on, busy: bool = true
  x: 0..9 = 7
  msg: Msg = Ping(2)
}
init {
  on = false
  choose v in VM { for c in CPU { runs[c] = some(v) }; queue = [v] }
}
func idle() set[CPU] = { c in CPU | runs[c] == none }
func free(c: CPU) bool = runs[c] == none or left[c] == 0
func outer(c: CPU) bool = free(c)
`
	for _, c := range []struct {
		formula string
		want    []string
	}{
		{`x < 3`, []string{"x < 3: false", " x: 7"}},
		{`forall c in CPU: x + left[c] < 3 + x`, []string{
			"c: 1", " x + left[1] < 3 + x: false", "  x + left[1]: 11", "   x: 7", "   left[1]: 4", "  3 + x: 10",
		}},
		{`busy and x < 3 and on`, []string{"x < 3: false", " x: 7", "on: false"}},
		{`x < 3 or on`, []string{"x < 3: false", " x: 7", "on: false"}},
		{`busy implies x > 8`, []string{"busy: true", "x > 8: false", " x: 7"}},
		{`not busy`, []string{"busy: true"}},
		{`not (busy and x > 3)`, []string{"busy: true", "x > 3: true", " x: 7"}},
		{`on iff busy`, []string{"on iff busy: false", " on: false", " busy: true"}},
		{`x in 1..3`, []string{"x in 1..3: false", " x: 7"}},
		{`x not in {left[c] + 3 for c in CPU}`, []string{"x: 7", "c: 1", " 7 == left[1] + 3: true", "  left[1] + 3: 7", "   left[1]: 4"}},
		{`if busy then x < 2 else x > 2`, []string{"busy: true", "x < 2: false", " x: 7"}},
		{`let y = x + 1: y < 3`, []string{"y: 8", " x + 1: 8", "  x: 7", "8 < 3: false"}},
		{`match msg { Ping(n) -> n > 2 | Pong -> true }`, []string{"msg: Ping(n = 2)", "2 > 2: false"}},
		{`forall c, d in CPU: c != d and runs[c] != none implies runs[c] != runs[d]`, []string{
			"c: 1", "d: 2", " 1 != 2: true", " runs[1] != none: true", "  runs[1]: some(2)",
			" runs[1] != runs[2]: false", "  runs[2]: some(2)",
		}},
		{`forall c in CPU: runs[c] != none implies world[runs[c].value] == running`, []string{
			"c: 1", " runs[1] != none: true", "  runs[1]: some(2)", " world[runs[1].value] == running: false",
			"  world[runs[1].value]: off", "   runs[1].value: 2",
		}},
		{`exists c in CPU: left[c] == 0`, []string{"exists c in CPU: left[c] == 0: false"}},
		{`not (exists c in CPU: left[c] == 4)`, []string{"c: 1", " left[1] == 4: true", "  left[1]: 4"}},
		{`exists c in idle(): true`, []string{"exists c in idle(): true: false", " idle(): {}"}},
		{`exists c in CPU: free(c)`, []string{"exists c in CPU: free(c): false"}},
		{`forall c in CPU: free(c)`, []string{
			"c: 1", " free(1): false", "  runs[1] == none: false", "   runs[1]: some(2)", "  left[1] == 0: false", "   left[1]: 4",
		}},
		{`forall c in CPU: outer(c)`, []string{"c: 1", " outer(1): false", "  free(1): false"}},
		{`size(queue) + x <= 7`, []string{"size(queue) + x <= 7: false", " size(queue) + x: 8", "  size(queue): 1", "   queue: [2]", "  x: 7"}},
		{`head(queue) == queue[size(queue) - 1] and on`, []string{"on: false"}},
		{`x / (x - 7) == 1 or on`, []string{"x / (x - 7) == 1 or on: no value: division by zero"}},
		{`busy`, []string{"busy: true"}},
	} {
		t.Run(c.formula, func(t *testing.T) {
			m := New(load(t, state+"invariant P { "+c.formula+" }\n"))
			var vars []Value
			n := 0
			for s, f := range m.Initial() {
				if f != nil {
					t.Fatal(f)
				}
				if n++; n == 2 {
					vars = s
				}
			}
			parts := m.Explain(m.Program.Props[0].Expr, Scope{Vars: vars})
			checkParts(t, parts, c.want...)
		})
	}
}

// TestExplainStep explains a transition: old parts stand beside new ones, parameters as their values.
func TestExplainStep(t *testing.T) {
	sys := systemOf(t, `model Steps
state { x: 0..9 = 4; m: map[bool]0..9 = 1 }
action Down(by: 1..2) { x -= by; m[true] += by } ensures x + by == old(x) + 1
step Up { x >= old(x) and m == old(m) }
`)
	r := sys.NewRunner()
	var s model.State
	r.Init(func(init model.State, _ *model.Fault) { s = slices.Clone(init) })
	r.Load(s)
	explained := 0
	r.Next(func(l model.Label, next model.State, _ *model.Fault) {
		if l.Args != 1 {
			return
		}
		explained++
		e := sys.NewRunner().(model.Explainer)
		checkParts(t, e.Explain(property(sys, "Up"), s, l, next),
			"x >= old(x): false", " old(x): 4", " x: 2",
			"m == old(m): false", " m: {false -> 1, true -> 3}", " old(m): {false -> 1, true -> 1}")
		checkParts(t, e.Explain(property(sys, "Down.ensures"), s, l, next),
			"x + 2 == old(x) + 1: false", " x + 2: 4", "  x: 2", " old(x) + 1: 5", "  old(x): 4")
	})
	if explained != 1 {
		t.Errorf("got %d steps, want 1", explained)
	}
}

func TestExplainIsShort(t *testing.T) {
	conjuncts := strings.TrimSuffix(strings.Repeat("x + y < 1 and ", 5), " and ")
	for i := range 30 {
		conjuncts += " and x + " + string(rune('1'+i%9)) + " < y - " + string(rune('1'+i/9))
	}
	m := New(load(t, "model Long\nstate { x, y: 0..9 = 5 }\ninvariant P { "+conjuncts+" }\n"))
	parts := m.Explain(m.Program.Props[0].Expr, Scope{Vars: initial(t, m)})
	if len(parts) != maxParts {
		t.Errorf("got %d parts, want %d", len(parts), maxParts)
	}
	seen := map[string]bool{}
	for _, p := range parts {
		if seen[p.Text] {
			t.Errorf("%s comes twice", p.Text)
		}
		seen[p.Text] = true
	}
}
