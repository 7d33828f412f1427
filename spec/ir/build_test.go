package ir_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// whatever walks everything in a program, by reflection, so that no field is forgotten.
func whatever(v reflect.Value, visit func(*ir.Expr)) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || v.Type() == reflect.TypeFor[*types.Type]() {
			return
		}
		if e, ok := v.Interface().(*ir.Expr); ok {
			visit(e)
		}
		whatever(v.Elem(), visit)
	case reflect.Slice:
		for i := range v.Len() {
			whatever(v.Index(i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				whatever(v.Field(i), visit)
			}
		}
	}
}

// arguments is the number of Args of each operation; -1 stands for any.
var arguments = map[ir.Op]int{
	ir.Const: 0, ir.LoadVar: 0, ir.LoadLocal: 0, ir.Old: 1, ir.Narrow: 1, ir.Not: 1, ir.Neg: 1,
	ir.Add: 2, ir.Sub: 2, ir.Mul: 2, ir.Div: 2, ir.Mod: 2, ir.And: 2, ir.Or: 2, ir.Implies: 2, ir.Eq: 2, ir.Lt: 2, ir.Le: 2,
	ir.If: 3, ir.Let: 2, ir.Match: 1, ir.IsCtor: 1, ir.Forall: 1, ir.Exists: 1, ir.Count: 1, ir.Sum: 1, ir.MinOver: 1,
	ir.MaxOver: 1, ir.Pick: 0, ir.In: 2, ir.Subset: 2, ir.Union: 2, ir.Intersect: 2, ir.Minus: 2, ir.SetLit: -1, ir.SetOver: 1,
	ir.SetAll: 0, ir.Powerset: 1, ir.SeqLit: -1, ir.BagLit: -1, ir.MapFill: 1, ir.MapLit: -1, ir.MapOver: 2, ir.RecordLit: -1,
	ir.Key: -1, ir.Ctor: -1, ir.Index: 2, ir.SeqIndex: 2, ir.Field: 1, ir.Value: 1, ir.WithField: 2, ir.WithKey: 3, ir.Call: -1,
	ir.Size: 1, ir.Head: 1, ir.Tail: 1, ir.Append: 2, ir.Elems: 1, ir.Multiplicity: 2, ir.BagAdd: 2, ir.BagRemove: 2,
	ir.Min: -1, ir.Max: -1, ir.Abs: 1,
}

// What Build makes of any model is whole: every expression has a type and its operands, every number stands for
// something, and values are narrowed exactly where they may not fit.
func TestBuildIsWhole(t *testing.T) {
	paths, err := filepath.Glob("../../examples/*.bh")
	if err != nil || len(paths) < 10 {
		t.Fatalf("got %d examples, %v", len(paths), err)
	}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(src), "\nuse ") || strings.Contains(string(src), "\nrefines ") {
			continue // it is not one file
		}
		p := build(t, string(src))
		whatever(reflect.ValueOf(p), func(e *ir.Expr) {
			if e.Type == nil || e.Type.Kind == types.Bad {
				t.Fatalf("%s: an expression of kind %d at %v has no type", path, e.Op, e.Pos)
			}
			if n, ok := arguments[e.Op]; !ok || n >= 0 && n != len(e.Args) {
				t.Errorf("%s: operation %d at %v has %d operands, want %d", path, e.Op, e.Pos, len(e.Args), n)
			}
			for _, a := range e.Args {
				if a == nil {
					t.Fatalf("%s: an operand of operation %d at %v is missing", path, e.Op, e.Pos)
				}
			}
			switch e.Op {
			case ir.LoadVar:
				if int(e.Var) >= len(p.Vars) || p.Vars[e.Var].Type != e.Type {
					t.Errorf("%s: %v loads variable %d of type %v", path, e.Pos, e.Var, e.Type)
				}
			case ir.LoadLocal:
				if int(e.Local) >= len(p.Locals) || !types.Identical(p.Locals[e.Local].Type, e.Type) {
					t.Errorf("%s: %v loads local %d of type %v", path, e.Pos, e.Local, e.Type)
				}
			case ir.Call:
				if f := p.Funcs[e.Func]; len(f.Params) != len(e.Args) || f.Result != e.Type {
					t.Errorf("%s: the call of %s at %v does not fit it", path, f.Name, e.Pos)
				}
			case ir.Narrow:
				if types.Within(e.Args[0].Type, e.Type) {
					t.Errorf("%s: %v narrows %v to %v, where it is anyway", path, e.Pos, e.Args[0].Type, e.Type)
				}
			case ir.Const:
				if e.Type.IsInt() && (e.Int < e.Type.Lo || e.Int > e.Type.Hi) {
					t.Errorf("%s: the constant %d at %v is outside %v", path, e.Int, e.Pos, e.Type)
				}
			}
		})
	}
}

// Building twice gives the same program.
func TestBuildIsDeterministic(t *testing.T) {
	src, err := os.ReadFile("../../examples/german.bh")
	if err != nil {
		t.Fatal(err)
	}
	texts := func() (out []string) {
		p := build(t, string(src))
		whatever(reflect.ValueOf(p), func(e *ir.Expr) { out = append(out, p.Text(e)) })
		return out
	}
	if a, b := texts(), texts(); !reflect.DeepEqual(a, b) {
		t.Error("two programs of one model differ")
	}
}

// How the text is taken apart.
func TestBuildOperations(t *testing.T) {
	for _, c := range []struct {
		text string
		ops  []ir.Op // those that stand in it somewhere
		not  []ir.Op // those that do not
	}{
		{"x > y", []ir.Op{ir.Lt}, []ir.Op{ir.Le}},
		{"x >= y", []ir.Op{ir.Le}, []ir.Op{ir.Lt}},
		{"x != y", []ir.Op{ir.Not, ir.Eq}, nil},
		{"t iff u", []ir.Op{ir.Eq}, nil},
		{"x == -1", []ir.Op{ir.Const}, []ir.Op{ir.Neg}},
		{"x in 2..5", []ir.Op{ir.Le, ir.And}, []ir.Op{ir.In, ir.SetOver}},
		{"x in {1, y}", []ir.Op{ir.Eq, ir.Or}, []ir.Op{ir.In, ir.SetLit}},
		{"x in s", []ir.Op{ir.In}, nil},
		{"x in s union {y}", []ir.Op{ir.In, ir.Or, ir.Eq}, []ir.Op{ir.Union}},
		{"x in { z in s | z > y }", []ir.Op{ir.In, ir.And, ir.Lt}, []ir.Op{ir.SetOver}},
		{"x in { z + 1 for z in s }", []ir.Op{ir.Exists, ir.Eq}, []ir.Op{ir.SetOver}},
		{"s in powerset(s)", []ir.Op{ir.Subset}, []ir.Op{ir.Powerset, ir.In}},
		{"size({ z in s | z > y }) == 1", []ir.Op{ir.Count}, []ir.Op{ir.SetOver, ir.Size}},
		{"size(s) == 1", []ir.Op{ir.Size}, []ir.Op{ir.Count}},
		{"min(s) == max(x, y)", []ir.Op{ir.MinOver, ir.Max}, []ir.Op{ir.MaxOver}},
		{"forall z in { z in s | z > y }: z > 1", []ir.Op{ir.Forall, ir.LoadVar}, []ir.Op{ir.SetOver}},
		{"s == { z + 1 for z in s }", []ir.Op{ir.SetOver}, nil},
		{"s == 2..3", []ir.Op{ir.SetOver}, nil},
		{"o == some(3)", []ir.Op{ir.Ctor}, []ir.Op{ir.Narrow}},
		{"o == some(x + y)", []ir.Op{ir.Ctor, ir.Narrow}, nil},
		{"m[red] == half(x)", []ir.Op{ir.Index, ir.Call}, []ir.Op{ir.Narrow, ir.Key}},
		{"g[t, red] == half(x + 1)", []ir.Op{ir.Index, ir.Call, ir.Key, ir.Narrow}, nil},
		{"p == p with { cpu = 1, mem = 2 }", []ir.Op{ir.WithField}, []ir.Op{ir.WithKey}},
		{"old(x) == x", []ir.Op{ir.Old}, nil},
	} {
		_, e := formula(t, c.text)
		found := map[ir.Op]bool{}
		whatever(reflect.ValueOf(e), func(x *ir.Expr) { found[x.Op] = true })
		for _, op := range c.ops {
			if !found[op] {
				t.Errorf("%s: operation %d is missing", c.text, op)
			}
		}
		for _, op := range c.not {
			if found[op] {
				t.Errorf("%s: there is an operation %d", c.text, op)
			}
		}
	}
}

// Statements: += reads the place it changes and narrows, an else-if chain nests, skip is nothing.
func TestBuildStatements(t *testing.T) {
	p := build(t, declarations+`
action A(k: 0..3) when x > k {
  m[col] += k
  if t { skip } else if u { x = k } else { x = 0 }
  skip
  p.cpu = 2
  q[0] = x
}
`)
	body := p.Actions[0].Body
	if len(body) != 4 {
		t.Fatalf("got %d statements, want 4 without skip", len(body))
	}
	add := body[0]
	if add.Op != ir.Assign || len(add.Target.Path) != 1 || add.X.Op != ir.Narrow || p.Text(add.X) != "m[col] + k" {
		t.Errorf("got %q as the value of m[col] += k", p.Text(add.X))
	}
	if chain := body[1]; chain.Op != ir.IfElse || len(chain.Body) != 0 || len(chain.Else) != 1 || len(chain.Else[0].Else) != 1 {
		t.Errorf("got %+v of an else-if chain", chain)
	}
	if field := body[2].Target; field.Path[0].X != nil || field.Path[0].Field != 0 || field.Type.Hi != 7 {
		t.Errorf("got the target %+v for p.cpu", field)
	}
	if index := body[3].Target; index.Path[0].X == nil || index.Type.Hi != 9 {
		t.Errorf("got the target %+v for q[0]", index)
	}
}

// Initialisers fill maps to any depth.
func TestBuildFills(t *testing.T) {
	p := build(t, `model Fill
state {
  a: map[0..1]map[bool]0..3 = 2
  b: map[0..1]bool = { i -> i == 0 for i in 0..1 }
  c: 0..3 = any
}
`)
	if e := p.Vars[0].Init; e.Op != ir.MapFill || e.Args[0].Op != ir.MapFill || e.Args[0].Args[0].Int != 2 {
		t.Errorf("got operation %d for a", e.Op)
	}
	if e := p.Vars[1].Init; e.Op != ir.MapOver {
		t.Errorf("got operation %d for b, want a map over its keys", e.Op)
	}
	if p.Vars[2].Init != nil {
		t.Error("got an initialiser for any")
	}
}
