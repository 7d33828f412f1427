package syntax

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

// grouped writes an expression with parentheses around every operator, so that it shows how operands are grouped.
func grouped(x Expr) string {
	switch x := x.(type) {
	case *Paren:
		return grouped(x.X)
	case *Binary:
		return "(" + grouped(x.X) + " " + x.Op + " " + grouped(x.Y) + ")"
	case *Within:
		return "(" + grouped(x.X) + " within " + grouped(x.Limit) + ")"
	case *Range:
		return "(" + grouped(x.Lo) + ".." + grouped(x.Hi) + ")"
	case *Unary:
		return "(" + x.Op + " " + grouped(x.X) + ")"
	case *Is:
		return "(" + grouped(x.X) + " is " + x.Ctor.Name + ")"
	case *If:
		return "(if " + grouped(x.Cond) + " then " + grouped(x.Then) + " else " + grouped(x.Else) + ")"
	case *Let:
		return "(let " + x.Name.Name + " = " + grouped(x.Value) + ": " + grouped(x.Body) + ")"
	case *Quant:
		s := "(" + x.Op
		for i, g := range x.Binders.Groups {
			if i > 0 {
				s += ","
			}
			for _, n := range g.Names {
				s += " " + n.Name
			}
			s += " in " + grouped(g.Domain)
		}
		if x.Where != nil {
			s += " where " + grouped(x.Where)
		}
		if x.Body != nil {
			s += ": " + grouped(x.Body)
		}
		return s + ")"
	case *Index:
		return grouped(x.X) + "[" + grouped(x.Args[0]) + "]"
	case *Field:
		return grouped(x.X) + "." + x.Name.Name
	case *With:
		return "(" + grouped(x.X) + " with " + grouped(x.Updates[0].Value) + ")"
	}
	return ExprText(x)
}

func TestPrecedence(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"a iff b iff c", "((a iff b) iff c)"},
		{"a implies b implies c", "(a implies (b implies c))"},
		{"a iff b implies c or d and not e == f", "(a iff (b implies (c or (d and (not (e == f))))))"},
		{"a or b and c or d", "((a or (b and c)) or d)"},
		{"not not a and b", "((not (not a)) and b)"},
		{"not a in S", "(not (a in S))"},
		{"a not in S and b", "((not (a in S)) and b)"},
		{"a in S union T minus U intersect V", "(a in ((S union T) minus (U intersect V)))"},
		{"a in lo..hi", "(a in (lo..hi))"},
		{"lo + 1..hi * 2 - 1", "((lo + 1)..((hi * 2) - 1))"},
		{"S union 1..3", "(S union (1..3))"},
		{"a - b - c + d", "(((a - b) - c) + d)"},
		{"a / b * c % d", "(((a / b) * c) % d)"},
		{"-a * -b", "((- a) * (- b))"},
		{"--a", "(- (- a))"},
		{"-a.b[1]", "(- a.b[1])"},
		{"- 3 .. - 1", "((- 3)..(- 1))"},
		{"a < b and c >= d", "((a < b) and (c >= d))"},
		{"m is Prepared and n is none or o is some", "(((m is Prepared) and (n is none)) or (o is some))"},
		{"S subset T iff T == S", "((S subset T) iff (T == S))"},
		{"a and forall x in S: b and c", "(a and (forall x in S: (b and c)))"},
		{"forall x, y in S, z in T where x != y: p", "(forall x y in S, z in T where (x != y): p)"},
		{"forall x in S: exists y in T: x == y", "(forall x in S: (exists y in T: (x == y)))"},
		{"not exists x in S: p or q", "(not (exists x in S: (p or q)))"},
		{"1 + sum x in S: x + 1", "(1 + (sum x in S: (x + 1)))"},
		{"1 + if a then b else c + 1", "(1 + (if a then b else (c + 1)))"},
		{"(if a then b else c) + 1", "((if a then b else c) + 1)"},
		{"a == let x = 1 + 2: x == 3 and b", "(a == (let x = (1 + 2): ((x == 3) and b)))"},
		{"if a then b else if c then d else e", "(if a then b else (if c then d else e))"},
		{"pick x in S where x > 1", "(pick x in S where (x > 1))"},
		{"pick x in S == 3", "((pick x in S) == 3)"},
		{"max x in S: x", "(max x in S: x)"},
		{"max(S) + min(a, b)", "(max(S) + min(a, b))"},
		{"min - max", "(min - max)"},
		{"r with { f = 1 } with { g = 2 }", "((r with 1) with 2)"},
		{"a + r with { f = 1 }", "(a + (r with 1))"},
		{"a.b.c[1][2].d", "a.b.c[1][2].d"},
		{"count x in S: x in T", "(count x in S: (x in T))"},
		{"a * (b + c)", "(a * (b + c))"},
		{"always a == b and c", "((always (a == b)) and c)"},
		{"not always eventually a until next b", "((not (always (eventually a))) until (next b))"},
		{"a until b release c weak until d", "(a until (b release (c weak until d)))"},
		{"a and b until c or d", "((a and (b until c)) or d)"},
		{"a implies b or c ~> d and e", "(a implies ((b or c) ~> (d and e)))"},
		{"a ~> b implies c", "((a ~> b) implies c)"},
		{"a ~> b within N + 1 and c", "ERROR"},
		{"a iff b ~> c within 2 * N - 1 Tick(c, _)", "(a iff ((b ~> c) within ((2 * N) - 1)))"},
		{"a ~> forall x in S: b within 3", "((a ~> (forall x in S: b)) within 3)"},
		{"always can (forall x in S: a)", "(always (can (forall x in S: a)))"},
		{"can forall x in S: a implies b", "(can (forall x in S: (a implies b)))"},
		{"happens A and enabled B(x) or happens", "((happens A and enabled B(x)) or happens)"},
		{"enabled == happens", "(enabled == happens)"},
	} {
		x, err := ParseExpr("p.bh", []byte(c.src))
		if c.want == "ERROR" {
			if err == nil {
				t.Errorf("%s: got %s, want an error", c.src, grouped(x))
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		if got := grouped(x); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

// Each construct gives the node it should; its canonical text is as given, or the same as the source.
func TestConstructs(t *testing.T) {
	for _, c := range []struct {
		src, text string
		want      any
	}{
		{"x", "", &Name{}},
		{"none", "", &Name{}},
		{"1_000", "", &IntLit{}},
		{"true", "", &BoolLit{}},
		{"(x)", "", &Paren{}},
		{"f()", "", &Call{}},
		{"f( a,b )", "f(a, b)", &Call{}},
		{"some(x)", "", &Call{}},
		{"Pod(cpu=2,mem=4)", "Pod(cpu = 2, mem = 4)", &Call{}},
		{"m[a,b]", "m[a, b]", &Index{}},
		{"o.value", "", &Field{}},
		{"{}", "", &SetLit{}},
		{"{ a,b }", "{a, b}", &SetLit{}},
		{"[]", "", &SeqLit{}},
		{"[a,b]", "[a, b]", &SeqLit{}},
		{"bag{}", "", &BagLit{}},
		{"bag{a,a}", "bag{a, a}", &BagLit{}},
		{"{a->1}", "{a -> 1}", &MapLit{}},
		{"{a->1,b->2}", "{a -> 1, b -> 2}", &MapLit{}},
		{"{ f=1 }", "{f = 1}", &RecordLit{}},
		{"{f=1,g=2}", "{f = 1, g = 2}", &RecordLit{}},
		{"{x in S|p}", "{ x in S | p }", &SetComp{}},
		{"{f(x) for x in S}", "{ f(x) for x in S }", &SetComp{}},
		{"{x+y for x in S,y in T where x<y}", "{ x + y for x in S, y in T where x < y }", &SetComp{}},
		{"{x->y for x,y in S where p}", "{ x -> y for x, y in S where p }", &MapComp{}},
		{"{(x in S)}", "", &SetLit{}},
		{"{x == 1}", "", &SetLit{}},
		{"{ {x in S | p} | 1 }", "ERROR", nil},
		{"old(x+1)", "old(x + 1)", &Old{}},
		{"1..3", "", &Range{}},
		{"x is some", "", &Is{}},
		{"r with {f=1,[k]=2,[a,b]=3}", "r with { f = 1, [k] = 2, [a, b] = 3 }", &With{}},
		{"match x {A->1|B(y,_)->y}", "match x { A -> 1 | B(y, _) -> y }", &Match{}},
		{"match x {\n| A -> 1\n| B -> 2\n}", "match x { A -> 1 | B -> 2 }", &Match{}},
		{"match x {\nnone -> 1\nsome(y) -> 2; true -> 3\n}", "match x { none -> 1 | some(y) -> 2 | true -> 3 }", &Match{}},
		{"x not in S", "", &Unary{}},
		{"not x in S", "", &Unary{}},
		{"-x", "", &Unary{}},
		{"a!=b", "a != b", &Binary{}},
		{"min x in S:x", "min x in S: x", &Quant{}},
		{"let a=1:a", "let a = 1: a", &Let{}},
	} {
		x, err := ParseExpr("c.bh", []byte(c.src))
		if c.want == nil {
			if err == nil {
				t.Errorf("%q: got no error", c.src)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.src, err)
			continue
		}
		if reflect.TypeOf(x) != reflect.TypeOf(c.want) {
			t.Errorf("%q: got %T, want %T", c.src, x, c.want)
		}
		want := c.text
		if want == "" {
			want = c.src
		}
		// A tree from a source keeps its `not x in S`.
		if got := ExprText(x); got != want {
			t.Errorf("%q: got the text %q, want %q", c.src, got, want)
		}
	}
}

func TestTypes(t *testing.T) {
	for _, c := range []struct {
		src  string
		want TypeExpr
	}{
		{"bool", &NamedType{}},
		{"int", &NamedType{}},
		{"VM", &NamedType{}},
		{"0..3", &RangeType{}},
		{"-3..N - 1", &RangeType{}},
		{"N + 1..2 * M", &RangeType{}},
		{"LO..HI", &RangeType{}},
		{"(1)..f(2)", &RangeType{}},
		{"symmetric 1..VMS", &RangeType{}},
		{"enum { a, b }", &EnumType{}},
		{"record { f, g: bool, h: 0..3 }", &RecordType{}},
		{"union { A(x: VM, y: bool) | B }", &UnionType{}},
		{"option[VM]", &OptionType{}},
		{"map[K]V", &MapType{}},
		{"map[K1, K2]0..3", &MapType{}},
		{"map[K]map[L]bool", &MapType{}},
		{"set[record { a: bool }]", &SetType{}},
		{"seq[VM, VMS]", &SeqType{}},
		{"bag[union { A | B }, 2 * N]", &BagType{}},
	} {
		f, err := Parse("t.bh", []byte("type T = "+c.src))
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		got := f.Decls[0].(*TypeDecl).Type
		if reflect.TypeOf(got) != reflect.TypeOf(c.want) {
			t.Errorf("%s: got %T, want %T", c.src, got, c.want)
		}
		if text := TypeText(got); text != c.src {
			t.Errorf("%s: got the text %s", c.src, text)
		}
	}
}

func TestDeclarations(t *testing.T) {
	src := `model M
import "lib/a.bh"
const N: int = 3
assume N > 0
type T = 0..N
state { a, b: T = 0; c: bool = any }
init { skip }
func f(x, y: T, z: bool) int decreases x = x + y
func g() bool = true
strong fair for x, y action A(x: T, y: T) when x > y { a = x } ensures a > old(a)
fair action B { skip }
action C() { skip }
invariant I { a <= N }
step S { a >= old(a) }
reachable R { c }
bound Q { min(a + b) >= -1 }
property L { a == 0 ~> b == 0 within 2 A(_, 1) }
bound W { forall x in T where x > 0: longest(a == x until b == x) <= 3 B }
terminal { c }
mutant M1 of A in small breaks A.ensures when true { skip }
mutant M2 of B breaks deadlock when false
mutant M3 of B breaks fault { skip }
scenario X in small from { a == 0 } { A(1, 0); B; C(); refuse A(0, 0); expect c }
config small { N = 2 }
`
	f, err := Parse("d.bh", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, d := range f.Decls {
		kinds = append(kinds, strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%T", d), "*syntax."), "Decl"))
	}
	want := "Import Const Assume Type State Init Func Func Action Action Action Property Property Property Bound Property Bound Terminal " +
		"Mutant Mutant Mutant Scenario Config"
	if got := strings.Join(kinds, " "); got != want {
		t.Errorf("got the declarations %s, want %s", got, want)
	}
	if got := f.Decls[0].(*ImportDecl).Path; got != "lib/a.bh" {
		t.Errorf("got the path %q", got)
	}
	state := f.Decls[4].(*StateDecl)
	if len(state.Vars) != 2 || len(state.Vars[0].Names) != 2 || state.Vars[0].Any || !state.Vars[1].Any || state.Vars[1].Init != nil {
		t.Errorf("got the variables %+v", state.Vars)
	}
	if state.End.Line != 6 || state.End.Column != 36 {
		t.Errorf("got the end of state at %s, want 6:36", state.End)
	}
	a := f.Decls[8].(*ActionDecl)
	if !a.Fair.Strong || len(a.Fair.For) != 2 || len(a.Params) != 2 || a.Guard == nil || a.Ensures == nil {
		t.Errorf("got the action %+v", a)
	}
	if a.Pos.Column != 1 || a.Body.Pos.Column != 54 || a.Body.End.Column != 62 {
		t.Errorf("got the body from %s to %s, want columns 54 to 62", a.Body.Pos, a.Body.End)
	}
	if b := f.Decls[9].(*ActionDecl); b.Fair.Strong || b.Fair.For != nil {
		t.Errorf("got the fairness %+v", b.Fair)
	}
	m := f.Decls[18].(*MutantDecl)
	if m.Config.Name != "small" || m.Breaks.Name != "A.ensures" || m.Guard == nil || m.Body == nil {
		t.Errorf("got the mutant %+v", m)
	}
	x := f.Decls[21].(*ScenarioDecl)
	if x.Config.Name != "small" || x.From == nil || len(x.Steps) != 5 || x.End.Column != 81 {
		t.Errorf("got the scenario %+v", x)
	}
	if c := f.Decls[22].(*ConfigDecl); len(c.Sets) != 1 || c.End.Line != 24 || c.End.Column != 22 {
		t.Errorf("got the configuration %+v", c)
	}
	checkLaws(t, []byte(src))
}

func TestStatements(t *testing.T) {
	src := `init {
  a = 1; b[1].f += 2; c -= 3
  if a { skip } else if b { skip }
  else { skip }
  for x, y in S, z in T where x != y { skip }
  choose x in S { skip }
  either { skip } or { skip }
  or { skip }
  let v: 0..3 = 1
  let w = 2
  assert a
  when b
  skip
  match m { A(x) -> { skip } | _ -> {} }
  match m {
    | none -> { skip }
    some(x) -> { skip }
  }
}`
	f, err := Parse("s.bh", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, s := range f.Decls[0].(*InitDecl).Body.Stmts {
		kinds = append(kinds, strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%T", s), "*syntax."), "Stmt"))
	}
	want := "Assign Assign Assign If For Choose Either Let Let Assert When Skip Match Match"
	if got := strings.Join(kinds, " "); got != want {
		t.Errorf("got the statements %s, want %s", got, want)
	}
	checkLaws(t, []byte(src))
}

// Where a newline ends a statement and where it does not.
func TestNewlines(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"assume a\nand b", "assume a and b"},
		{"assume a and\nb", "assume a and b"},
		{"assume f(\na\n,\nb\n)\n[1]", "ERROR"},
		{"assume f(\na\n,\nb\n)", "assume f(a, b)"},
		{"assume a\n- b", "assume a - b"},
		{"assume a\n\n\n// c\n/* d */ or b", "assume a or b"},
		{"assume a /*\n*/ b", "ERROR"},
		{"const A =\n1;;\n;const B\n= 2", "const A = 1|const B = 2"},
		{"action A\nwhen x\n{ skip }", "ERROR"},
		{"action A\nwhen x { skip }\nensures y", "action A when x {|  skip|} ensures y"},
		{"fair\naction A { x = 1\nwhen y }", "fair action A {|  x = 1|  when y|}"},
		{"action A { if x { skip }\nwhen y\nx = 1 }", "action A {|  if x {|    skip|  }|  when y|  x = 1|}"},
		{"mutant M\nof A\nin C\nbreaks P\nwhen x", "mutant M of A in C breaks P when x"},
		{"func f(x: T) T\ndecreases x\n= x", "func f(x: T) T decreases x = x"},
		{"type R = record {\na: T\nb: T,\nc: T }", "type R = record { a: T, b: T, c: T }"},
		{"init { ; a = 1 ; ; b = 2 ; }", "init {|  a = 1|  b = 2|}"},
		{"init { let a = x is some\nskip }", "init {|  let a = x is some|  skip|}"},
		{"model A\n", "model A"},
		{"model A", "model A"},
		{"", ""},
		{"\n// c\n", ""},
	} {
		f, err := Parse("n.bh", []byte(c.src))
		if c.want == "ERROR" {
			if err == nil {
				t.Errorf("%q: got no error", c.src)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.src, err)
			continue
		}
		if got := strings.ReplaceAll(strings.TrimRight(string(Print(f)), "\n"), "\n", "|"); got != c.want {
			t.Errorf("%q: got %q, want %q", c.src, got, c.want)
		}
		checkLaws(t, []byte(c.src))
	}
}

// Columns count characters, not bytes, and positions carry the name of the file.
func TestPositions(t *testing.T) {
	src := "/* é */ const A = 1 +\n\t/* 日本 */ b[c] // x"
	f, err := Parse("p.bh", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	x := f.Decls[0].(*ConstDecl).Value.(*Binary)
	for _, c := range []struct {
		got  Pos
		want string
	}{
		{f.Pos, "p.bh:1:1"},
		{declPos(f.Decls[0]), "p.bh:1:9"},
		{f.Decls[0].(*ConstDecl).Name.Pos, "p.bh:1:15"},
		{x.Position(), "p.bh:1:19"},
		{x.OpPos, "p.bh:1:21"},
		{x.Y.Position(), "p.bh:2:11"},
		{x.Y.(*Index).Args[0].Position(), "p.bh:2:13"},
		{f.Comments[0].Pos, "p.bh:1:1"},
		{f.Comments[2].Pos, "p.bh:2:16"},
	} {
		if c.got.String() != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
		if got := strings.Count(src[:c.got.Offset], "\n") + 1; got != c.got.Line {
			t.Errorf("offset %d is on line %d, and the position says %d", c.got.Offset, got, c.got.Line)
		}
	}
	if len(f.Comments) != 3 || f.Comments[1].Text != "/* 日本 */" || f.Comments[2].Text != "// x" {
		t.Errorf("got the comments %v", f.Comments)
	}
}

func TestEqual(t *testing.T) {
	parse := func(src string) *File {
		f, err := Parse("e.bh", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	base := "model A\nassume a + b == 1\n"
	if !Equal(parse(base), parse("/* c */ model A;\n\n\tassume a+b==1")) {
		t.Error("layout and comments make a difference")
	}
	for _, other := range []string{
		"model B\nassume a + b == 1", "assume a + b == 1", "model A\nassume a - b == 1", "model A\nassume b + a == 1",
		"model A\nassume (a + b) == 1", "model A\nassume a + b == 2", "model A\nconst a = 1", "model A",
	} {
		if Equal(parse(base), parse(other)) {
			t.Errorf("got %q equal to %q", other, base)
		}
	}
}

// The sample of the language parses, and its canonical layout is the one kept beside it.
func TestSample(t *testing.T) {
	for _, name := range []string{"cpu", "untidy"} {
		src, err := os.ReadFile("testdata/" + name + ".bh")
		if err != nil {
			t.Fatal(err)
		}
		checkLaws(t, src)
		got, err := Format(name+".bh", src)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile("testdata/" + name + ".formatted")
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}
