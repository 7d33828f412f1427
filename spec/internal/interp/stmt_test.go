package interp

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestOutcomes runs one action. An outcome is written as the values of the variables that differ from the first state,
// then what was chosen, or as ! and the fault with its column in the text of the action.
func TestOutcomes(t *testing.T) {
	const state = `model Statements
type Color = enum {red, green, blue}
type Pod = record {cpu: 0..7, on: bool}
type Msg = union { Ping(k: 0..3) | Pong }
state {
  x: 0..9 = 1
  y: 0..9 = 2
  z: 0..9 = 0
  m: map[Color]0..9 = 0
  pods: map[Color]Pod = Pod(cpu = 0, on = false)
  q: seq[0..9, 3] = [7, 8]
  s: set[0..9] = {1, 2}
  msg: Msg = Ping(3)
}
`
	for _, c := range []struct {
		name, action string
		want         []string
	}{
		{"assign", `{ x = 3; y = x + 1 }`, []string{"x=3 y=4"}},
		{"old", `{ x = 3; y = old(x) + x }`, []string{"x=3 y=4"}},
		{"add and subtract", `{ x += 4; y -= 1 }`, []string{"x=5 y=1"}},
		{"outside", `{ x = 3; y -= 3 }`, []string{"!15: value -1 is outside 0..9"}},
		{
			"path", `{ m[red] = 4; pods[green].cpu = 5; pods[green].on = true; q[1] = 9 }`,
			[]string{"m={red -> 4, green -> 0, blue -> 0} pods={red -> {cpu = 0, on = false}, green -> {cpu = 5, on = true}, blue -> {cpu = 0, on = false}} q=[7, 9]"},
		},
		{"path outside", `{ q[2] = 0 }`, []string{"!5: index 2 is outside 0..1"}},
		{"value before path", `{ q[2] = 1 / z }`, []string{"!12: division by zero"}},
		{"value before path of the next", `{ x = 1 / z; q[2] = 1 }`, []string{"!9: division by zero"}},
		{"guard", `when x == 2 { x = 3 }`, nil},
		{"guard faults", `when 1 / z == 1 { x = 3 }`, []string{"!8: division by zero"}},
		{"if", `{ if x == 1 { y = 5 } else { y = 6 } }`, []string{"y=5"}},
		{"else if", `{ if x == 2 { y = 5 } else if x == 1 { y = 6 } else { y = 7 } }`, []string{"y=6"}},
		{"no else", `{ if x == 2 { y = 5 } }`, []string{""}},
		{"let", `{ let a = x + 1; x = 9; y = a + 1 }`, []string{"x=9 y=3"}},
		{"assert", `{ assert x == 1; x = 2; assert x == 1 }`, []string{"!25: assertion failed"}},
		{"when", `{ x = 2; when x == 1; y = 3 }`, nil},
		{"when true", `{ x = 2; when x == 2; y = 3 }`, []string{"x=2 y=3"}},
		{"skip", `{ skip }`, []string{""}},
		{"match", `{ match msg { Ping(k) -> { x = k } | Pong -> { x = 9 } } }`, []string{"x=3"}},
		{"match rest", `{ msg = Pong; match msg { Ping(_) -> { x = 8 } | _ -> { x = 9 } } }`, []string{"x=9 msg=Pong"}},
		{"for", `{ for c in Color where c != green { m[c] = x; x += 1 } }`, []string{"x=3 m={red -> 1, green -> 0, blue -> 2}"}},
		{"for of a set that changes", `{ for i in s { s = s minus {i}; x += i } }`, []string{"x=4 s={}"}},
		{"for with inner domain and condition that change", `{ for i in 1..3, j in 1..x where x < 4 { x += 1 } }`, []string{"x=4"}},
		{"for faults", `{ for i in 0..2 { x = 1 / (2 - i) } }`, []string{"!25: division by zero"}},
		{"choose", `{ choose i in s { x = i + 3 } }`, []string{"x=4 (i=1)", "x=5 (i=2)"}},
		{"choose none", `{ choose i in s where i > 2 { x = i } }`, nil},
		{
			"choose two", `{ choose i in s, j in 0..i where i != j { x = i; y = j } }`,
			[]string{"y=0 (i=1 j=0)", "x=2 y=0 (i=2 j=0)", "x=2 y=1 (i=2 j=1)"},
		},
		{
			"choose binds its color", `{ choose c in Color { m[c] = 1 } }`,
			[]string{"m={red -> 1, green -> 0, blue -> 0} (c=red)", "m={red -> 0, green -> 1, blue -> 0} (c=green)", "m={red -> 0, green -> 0, blue -> 1} (c=blue)"},
		},
		{
			"one branch faults", `{ choose i in 0..2 { x = 6 / (1 - i) } }`,
			[]string{"x=6 (i=0)", "!28: division by zero (i=1)", "!28: value -6 is outside 0..9 (i=2)"},
		},
		{
			"a condition faults", `{ choose i in 0..2 where 6 / (1 - i) != 9 { x = i } }`,
			[]string{"x=0 (i=0)", "!28: division by zero"},
		},
		{
			"either", `{ either { x = 3 } or { when y == 9 } or { x = 4; either { y = 0 } or { y = 1 } } }`,
			[]string{"x=3 (either=branch 1)", "x=4 y=0 (either=branch 3 either=branch 1)", "x=4 y=1 (either=branch 3 either=branch 2)"},
		},
		{
			"after a choice", `{ choose i in s { x = i }; either { y = x } or { y = 9 }; z = y }`,
			[]string{"y=1 z=1 (i=1 either=branch 1)", "y=9 z=9 (i=1 either=branch 2)", "x=2 z=2 (i=2 either=branch 1)", "x=2 y=9 z=9 (i=2 either=branch 2)"},
		},
		{
			"choose in for", `{ for c in Color where c != blue { choose i in s { m[c] = i } } }`,
			[]string{
				"m={red -> 1, green -> 1, blue -> 0} (i=1 i=1)", "m={red -> 1, green -> 2, blue -> 0} (i=1 i=2)",
				"m={red -> 2, green -> 1, blue -> 0} (i=2 i=1)", "m={red -> 2, green -> 2, blue -> 0} (i=2 i=2)",
			},
		},
		{"choose a subset", `{ choose u in powerset(s) { s = u } }`, []string{"s={} (u={})", "s={1} (u={1})", "s={2} (u={2})", "(u={1, 2})"}},
		{
			"a domain faults", `{ choose i in 0..2, j in 0..2 / (1 - i) { x = i + j } }`,
			[]string{"x=0 (i=0 j=0)", "(i=0 j=1)", "x=2 (i=0 j=2)", "!31: division by zero"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := state + "action Act " + c.action + "\n"
			m := New(load(t, src))
			before := initial(t, m)
			var got []string
			for _, o := range m.Outcomes(&m.Program.Actions[0], nil, before) {
				got = append(got, m.outcomeText(before, o))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(c.want, "\n\t"))
			}
		})
	}
}

func (m *Machine) outcomeText(before []Value, o Outcome) string {
	var parts []string
	for i, v := range m.Program.Vars {
		if o.Vars != nil && !Equal(before[i], o.Vars[i]) {
			parts = append(parts, v.Name+"="+Render(v.Type, o.Vars[i]).String())
		}
	}
	if o.Fault != nil {
		var line, col int
		if _, err := fmt.Sscanf(o.Fault.Position, "test.bh:%d:%d", &line, &col); err != nil {
			return err.Error()
		}
		parts = append(parts, fmt.Sprintf("!%d: %s", col-len("action Act "), o.Fault.Message))
	}
	var chosen []string
	for _, c := range o.Choices {
		chosen = append(chosen, c.Name+"="+c.Value.String())
	}
	if chosen != nil {
		parts = append(parts, "("+strings.Join(chosen, " ")+")")
	}
	return strings.Join(parts, " ")
}

func TestInstances(t *testing.T) {
	m := New(load(t, `model Instances
type Id = symmetric 3..4
state { x: 0..1 = 0 }
action Act(a: Id, b, c: bool) { skip }
`))
	var got []string
	for args := range m.Instances(&m.Program.Actions[0]) {
		got = append(got, fmt.Sprint(args[0].Int, args[1].Int, args[2].Int))
	}
	want := []string{"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestInitial(t *testing.T) {
	for _, c := range []struct {
		name, src string
		want      []string
	}{
		{
			"any, first variable most significant", `state { a: 0..1 = any; b: bool = true; c: enum {u, v} = any }`,
			[]string{"0 true u", "0 true v", "1 true u", "1 true v"},
		},
		{
			"init", `state { a: 0..2 = any }
init { when a > 0; either { skip } or { assert a < 2; a = 0 } }`,
			[]string{"1", "0", "2", "!4:41: assertion failed"},
		},
		{
			"an initialiser faults", `state { a: 0..2 = any; b: 0..2 = 1 / id(0); c: 0..2 = 3 + id(0) }
func id(k: 0..2) 0..2 = k`,
			[]string{"!3:36: division by zero"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := New(load(t, "model Initial\n\n"+c.src+"\n"))
			var got []string
			for vars, f := range m.Initial() {
				if f != nil {
					got = append(got, "!"+strings.TrimPrefix(f.Error(), "test.bh:"))
					continue
				}
				var parts []string
				for i, v := range m.Program.Vars {
					parts = append(parts, Render(v.Type, vars[i]).String())
				}
				got = append(got, strings.Join(parts, " "))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestLimits: what would take too long, or too deep a stack, is one fault, whatever was still to come.
func TestLimits(t *testing.T) {
	m := New(load(t, `model Limits
state { x: 0..9 = 0 }
func deep(n: int) int decreases n = if n == 0 then 0 else 1 + deep(n - 1)
action Long { choose i in 0..1000000000 { x = 0 } }
action Wide { choose i in 0..99 { if i == 1 { for j in 0..1000000 { x = 0 } } } }
reachable Forever { exists x1, y1, z1 in 0..1000000: x1 + y1 + z1 < 0 }
reachable Deep { deep(1000000) == 0 }
`))
	vars := initial(t, m)
	m.Steps = 10_000
	for i := range m.Program.Actions {
		out := m.Outcomes(&m.Program.Actions[i], nil, vars)
		if len(out) != 1 || out[0].Fault == nil || out[0].Fault.Message != "evaluation takes more than 10000 steps" {
			t.Errorf("%s: got %d outcomes, want one fault", m.Program.Actions[i].Name, len(out))
		}
	}
	if _, f := m.Holds(m.Program.Props[0].Expr, Scope{Vars: vars}); f == nil || f.Message != "evaluation takes more than 10000 steps" {
		t.Errorf("got fault %v", f)
	}
	m.Steps = 0
	if _, f := m.Holds(m.Program.Props[1].Expr, Scope{Vars: vars}); f == nil || !strings.Contains(f.Message, "nests deeper") {
		t.Errorf("got fault %v", f)
	}
}
