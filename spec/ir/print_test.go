package ir_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

const declarations = `model Texts
type Color = enum {red, green}
type Id = symmetric 1..3
type Pod = record {cpu: 0..7, mem: 0..7}
type Msg = union { Ping(n: 0..3, c: Color) | Pong }
state {
  x, y: 0..9 = 0
  t, u: bool = true
  col: Color = red
  p: Pod = Pod(cpu = 0, mem = 0)
  msg: Msg = Pong
  o: option[0..9] = none
  m: map[Color]0..9 = 0
  g: map[bool, Color]0..9 = 0
  runs: map[Id]option[Id] = none
  s: set[0..9] = {}
  ms: set[Msg] = {}
  q: seq[0..9, 3] = []
  b: bag[0..9, 3] = bag{}
}
func idle() set[Id] = { i in Id | runs[i] == none }
func half(k: 0..9) 0..9 = k / 2
`

func build(t testing.TB, src string) *ir.Program {
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

func formula(t testing.TB, text string) (*ir.Program, *ir.Expr) {
	t.Helper()
	p := build(t, declarations+"step P { "+text+" }\n")
	return p, p.Props[0].Expr
}

// TestText prints formulas that come out as they were written. The name a in a comprehension is the printer's own: Build
// keeps one that would read as the variable x.
func TestText(t *testing.T) {
	for _, text := range []string{
		`t and u or not t and (u or t)`,
		`t implies u implies (t iff u)`,
		`(t implies u) implies t`,
		`t iff u iff t`,
		`(t iff (u iff t)) or t`,
		`not (t and u)`,
		`x + y * 2 - 3 < (x + y) * 2`,
		`x - (y - 1) == x / (y * 2) % 3`,
		`-x <= -3 - -(x + 1)`,
		`-(-x) == 3`,
		`x != y and not x < y and x not in s and x in s`,
		`x + 1 in 0..9 and y in x..x + 2`,
		`half(x + 1) in 0..y`,
		`(if t then x else y) + 1 == 2`,
		`t and (if t then u else t)`,
		`t and if t then u else t`,
		`(let z = x + 1: z * z) == 4`,
		`let z = x + 1: z * z == 4 and t`,
		`(forall i in Id: t) and u`,
		`u and forall i in Id: t or u`,
		`forall i, j in Id, k in 0..3 where i != j: runs[i] == some(j) implies k < x`,
		`exists z in s, w in s minus {z}: z < w`,
		`(count z in s: z > 3 - 1 or t) == 2`,
		`(sum z in s where z < 5: z + 1) <= 3 + (min z in 0..4: m[red] * z)`,
		`min(s) + max(x, y, 3) + min({1, 2}) == abs(x - y)`,
		`(pick z in s where z < 5) == 3`,
		`size(s) + size(idle()) + size({a in s | a < x}) + size(q) == 4`,
		`s union {x} subset {a in 0..9 | a < 3} and s intersect {1} == s minus {2}`,
		`{z + w for z in s, w in 0..3 where z < w} == {} or s == 0..x`,
		`s subset s union {3}`,
		`match msg { Ping(n, c) -> n < x and c == col | Pong -> t }`,
		`match msg { Ping(_, c) -> c == red | _ -> u }`,
		`msg is Ping and not msg is Pong and o is none and col is red`,
		`p with {cpu = 1, mem = x} == Pod(cpu = 1, mem = 2) and p.cpu == 3`,
		`(p with {cpu = 1}).mem == 2`,
		`m with {[red] = 1, [col] = 2} == {red -> 1, green -> x}`,
		`{c -> x for c in Color} == m and g[t, red] == g[false, col]`,
		`o == some(x + 1) and o.value == 3 and m[col] == old(m[col] + x)`,
		`q == [x, 2] and q[x + 1] == head(tail(append(q, 3))) and elems(q) == s`,
		`bag{1, x} union b == remove(add(b, 1), 2) and multiplicity(b, 1) == 2`,
		`Ping(2, col) in ms and Pong in ms`,
		`idle() == Id and half(x) == 2 and bool == {t}`,
	} {
		p, e := formula(t, text)
		got := p.Text(e)
		// Comparisons have one direction here, and a quantifier at the end needs no parentheses.
		want := strings.NewReplacer("(if t then u else t)", "if t then u else t",
			"(min z in 0..4: m[red] * z)", "min z in 0..4: m[red] * z").Replace(text)
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
			continue
		}
		p, e = formula(t, got)
		if again := p.Text(e); again != got {
			t.Errorf("%s prints as %s once parsed", got, again)
		}
	}
}

func TestTextWith(t *testing.T) {
	p, e := formula(t, `forall i in Id, z in s: runs[i] == some(i) and x - z < z * 2`)
	body := e.Args[0]
	values := map[string]string{"i": "2", "z": "-1"}
	got := p.TextWith(body, func(id ir.LocalID) (string, bool) {
		v, ok := values[p.Locals[id].Name]
		return v, ok
	})
	if want := "runs[2] == some(2) and x - -1 < -1 * 2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAntecedents(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string // the formula, then | and its text for people where that differs
	}{
		{`x < 3`, nil},
		{`t implies x < 3`, []string{`t`}},
		{`t implies u implies x < 3`, []string{`t`, `t and u`}},
		{`(t implies u) and (u implies t)`, []string{`t`, `u`}},
		{`forall i in Id: runs[i] != none implies x < 3`, []string{`exists i in Id: runs[i] != none|runs[i] != none`}},
		{`forall i, j in Id: i != j implies runs[i] != none implies runs[i] != runs[j]`, []string{
			`exists i, j in Id: i != j|i != j`,
			`exists i, j in Id: i != j and runs[i] != none|i != j and runs[i] != none`,
		}},
		{`forall i in Id: t implies (forall j in Id: runs[j] == some(i) implies u)`, []string{
			`exists i in Id: t|t`,
			`exists i in Id: t and exists j in Id: runs[j] == some(i)|t and exists j in Id: runs[j] == some(i)`,
		}},
		{`forall i in Id: x < 3`, nil},
		{`forall z in 0..5: z < x + 9`, nil},
		{`forall z in s: z < x`, []string{`exists z in s: true|exists z in s`}},
		{`forall z in 0..x: z < 9`, []string{`exists z in 0..x: true|exists z in 0..x`}},
		{`forall i in idle(): x < 3`, []string{`exists i in idle(): true|exists i in idle()`}},
		{`forall z in {w in 0..5 | w > x}: z < 9`, []string{`exists z in {w in 0..5 | w > x}: true|exists z in {w in 0..5 | w > x}`}},
		{`forall z in 0..5 where z > x: z < 9`, []string{`exists z in 0..5 where z > x: true|exists z in 0..5 where z > x`}},
		{`forall z in s: z > 3 implies t`, []string{`exists z in s: true|exists z in s`, `exists z in s: z > 3|z > 3`}},
		{`not (exists z in s: z > x)`, []string{`exists z in s: true|exists z in s`}},
		{`not (exists z in 0..9: z > x)`, nil},
		{`let z = x + 1: z > 3 implies t`, []string{`let z = x + 1: z > 3|z > 3`}},
		{`if t then u implies x < 3 else x > 3 implies u`, []string{`t and u`, `not t and x > 3`}},
		{`if t then x < 3 else true`, []string{`t`}},
		{`if t then true else x < 3`, []string{`not t`}},
		{`old(t implies u)`, []string{`old(t)`}},
		{`match msg { Ping(n, _) -> n < 2 implies t | Pong -> true }`, []string{
			`match msg { Ping(n, _) -> true | Pong -> false }`, `match msg { Ping(n, _) -> n < 2 | Pong -> false }`,
		}},
		{`x in 2..y`, nil},
		{`exists i in Id: t implies u`, nil},
		{`t iff u`, nil},
	} {
		p, e := formula(t, c.text)
		var got, want []string
		for _, a := range ir.Antecedents(e) {
			got = append(got, p.Text(a)+"|"+ir.AntecedentText(p, a))
		}
		for _, w := range c.want {
			if !strings.Contains(w, "|") || strings.HasPrefix(w, "match") {
				w += "|" + w
			}
			want = append(want, w)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\ngot\n\t%s\nwant\n\t%s", c.text, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
	}
}
