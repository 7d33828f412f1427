package gen_test

import (
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// Every drawn model is well-typed.
func TestModelsLoad(t *testing.T) {
	t.Run("Model", func(t *testing.T) { load(t, gen.Model) })
	t.Run("Runs", func(t *testing.T) { load(t, gen.Runs) })
	t.Run("Apart", func(t *testing.T) { load(t, gen.Apart) })
	t.Run("Alike", func(t *testing.T) { load(t, gen.Alike) })
}

func load(t *testing.T, draw func(*rapid.T) string) {
	rapid.Check(t, func(t *rapid.T) {
		src := draw(t)
		fsys := fstest.MapFS{"drawn.bh": {Data: []byte(src)}}
		if _, err := spec.Load(fsys, "drawn.bh"); err != nil {
			t.Fatalf("%s\n%s", spec.Detail(err), src)
		}
	})
}

// The models use every operation, every statement and every kind of domain.
func TestModelsUseTheWholeLanguage(t *testing.T) {
	ops, stmts, domains := map[ir.Op]int{}, map[ir.StmtOp]int{}, map[ir.DomainKind]int{}
	formulas, kinds := map[ir.FormulaOp]int{}, map[ir.PropKind]int{}
	expr := func(x *ir.Expr) {
		ir.Walk(x, func(x *ir.Expr) bool {
			ops[x.Op]++
			for _, b := range x.Binders {
				domains[b.Kind]++
			}
			return true
		})
	}
	var block func([]*ir.Stmt)
	block = func(list []*ir.Stmt) {
		for _, st := range list {
			stmts[st.Op]++
			expr(st.X)
			expr(st.Where)
			for _, b := range st.Binders {
				domains[b.Kind]++
			}
			for _, p := range st.Target.Path {
				expr(p.X)
			}
			block(st.Body)
			block(st.Else)
			for _, b := range st.Branches {
				block(b)
			}
			for _, a := range st.Arms {
				block(a.Stmts)
			}
		}
	}
	for seed := range 300 {
		src := rapid.Custom(gen.Model).Example(seed)
		p, err := spec.Load(fstest.MapFS{"drawn.bh": {Data: []byte(src)}}, "drawn.bh")
		if err != nil {
			t.Fatalf("%s\n%s", spec.Detail(err), src)
		}
		code := p.IR()
		for _, v := range code.Vars {
			expr(v.Init)
		}
		for _, f := range code.Funcs {
			expr(f.Body)
		}
		block(code.Init)
		for _, a := range code.Actions {
			expr(a.Guard)
			expr(a.Ensures)
			block(a.Body)
		}
		for _, q := range code.Props {
			expr(q.Expr)
			kinds[q.Kind]++
			if q.Kind.OfRuns() {
				q.Formula.Walk(func(f *ir.Formula) {
					formulas[f.Op]++
					expr(f.Expr)
				})
			}
		}
	}
	for op := ir.Const; op <= ir.Abs; op++ {
		if ops[op] < 3 {
			t.Errorf("operation %d stands %d times in 300 models", op, ops[op])
		}
	}
	for op := ir.Assign; op <= ir.MatchStmt; op++ {
		if stmts[op] < 3 {
			t.Errorf("statement %d stands %d times in 300 models", op, stmts[op])
		}
	}
	for op := ir.StateFormula; op <= ir.ExistsFormula; op++ {
		if formulas[op] < 3 {
			t.Errorf("operator %d of formulas over runs stands %d times in 300 models", op, formulas[op])
		}
	}
	for k := ir.Invariant; k <= ir.Longest; k++ {
		if kinds[k] < 3 {
			t.Errorf("properties of kind %d stand %d times in 300 models", k, kinds[k])
		}
	}
	for k := ir.AllOf; k <= ir.Subsets; k++ {
		if domains[k] < 3 {
			t.Errorf("domain %d stands %d times in 300 models", k, domains[k])
		}
	}
}
