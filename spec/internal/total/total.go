// Package total tells which expressions have a value in every state, and soon.
package total

import (
	"math"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// mostTurns is the number of nodes evaluated above which an expression counts as one that may take too long, which is a
// fault.
const mostTurns = 1 << 12

// Judge tells which expressions have a value in every state.
type Judge struct {
	p     *ir.Program
	costs map[*ir.Expr]float64
}

// New gives what judges the expressions of a program.
func New(p *ir.Program) *Judge { return &Judge{p: p, costs: map[*ir.Expr]float64{}} }

// Expr tells whether e, which may be nil, is sure to have a value, and soon.
func (j *Judge) Expr(e *ir.Expr) bool { return j.cost(e) <= mostTurns }

// Assign tells whether an assignment is sure to succeed.
func (j *Judge) Assign(st *ir.Stmt) bool {
	for _, step := range st.Target.Path {
		if step.X != nil && (step.Type.Kind != types.Map || !j.Expr(step.X)) {
			return false
		}
	}
	return j.Expr(st.X)
}

// Binders tells whether it is sure that binders can be gone through.
func (j *Judge) Binders(bs []ir.Binder, where *ir.Expr) bool {
	return j.over(bs, where, 1) <= mostTurns
}

// never is the cost of what may have no value.
var never = math.Inf(1)

// cost is how many nodes are evaluated at most, or infinite where the value is not sure to exist.
func (j *Judge) cost(e *ir.Expr) float64 {
	if e == nil {
		return 0
	}
	if n, ok := j.costs[e]; ok {
		return n
	}
	j.costs[e] = never // of a function that calls itself
	n := j.own(e)
	for _, a := range e.Args {
		if !looping(e.Op) {
			n += j.cost(a)
		}
	}
	for i := range e.Arms {
		n += j.cost(e.Arms[i].Body)
	}
	j.costs[e] = n
	return n
}

func looping(op ir.Op) bool {
	switch op {
	case ir.Forall, ir.Exists, ir.Count, ir.Sum, ir.SetOver, ir.MapOver:
		return true
	}
	return false
}

// own is the cost of a node without its arguments, if it does not evaluate these again and again.
func (j *Judge) own(e *ir.Expr) float64 {
	switch e.Op {
	case ir.Const, ir.LoadVar, ir.LoadLocal, ir.Old, ir.Clip, ir.Not, ir.And, ir.Or, ir.Implies, ir.Eq, ir.Lt, ir.Le, ir.If,
		ir.Let, ir.Match, ir.IsCtor, ir.In, ir.Subset, ir.SetLit, ir.MapFill, ir.RecordLit, ir.Key, ir.Ctor, ir.Index, ir.Field,
		ir.WithField, ir.WithKey, ir.Size, ir.Elems, ir.Multiplicity, ir.Min, ir.Max:
		return 1
	case ir.Union, ir.Intersect, ir.Minus:
		return given(e.Type.Kind == types.Set)
	case ir.Narrow:
		return given(types.Within(e.Args[0].Type, e.Type))
	case ir.Neg, ir.Add, ir.Sub, ir.Mul, ir.Abs:
		return given(bounded(e.Type))
	case ir.Div, ir.Mod:
		by := e.Args[1].Type
		return given(bounded(e.Type) && (by.Lo > 0 || by.Hi < 0))
	case ir.SeqLit, ir.BagLit:
		return given(int64(len(e.Args)) <= e.Type.Max)
	case ir.Forall, ir.Exists, ir.Count, ir.SetOver:
		return j.over(e.Binders, e.Where, 1+j.costs2(e.Args))
	case ir.Sum:
		if t := e.Args[0].Type; t.Lo < math.MinInt32 || t.Hi > math.MaxInt32 {
			return never
		}
		return j.over(e.Binders, e.Where, 1+j.cost(e.Args[0]))
	case ir.MapOver:
		return j.everyKey(e)
	case ir.Call:
		f := &j.p.Funcs[e.Func]
		if f.Decreases != nil {
			return never
		}
		return 1 + j.cost(f.Body)
	}
	return never
}

// costs2 is the cost of several expressions.
func (j *Judge) costs2(list []*ir.Expr) (n float64) {
	for _, e := range list {
		n += j.cost(e)
	}
	return n
}

func given(ok bool) float64 {
	if ok {
		return 1
	}
	return never
}

// bounded tells whether all integers of an interval fit, none of its ends having been cut.
func bounded(t *types.Type) bool { return t.Lo > math.MinInt64 && t.Hi < math.MaxInt64 }

// everyKey is the cost of { k -> X for k in K }, over all keys.
func (j *Judge) everyKey(e *ir.Expr) float64 {
	if len(e.Binders) != 1 || e.Where != nil {
		return never
	}
	b, key := &e.Binders[0], e.Args[0]
	all := b.Kind == ir.AllOf && types.Identical(b.Type, e.Type.Key)
	if t := e.Type.Key; b.Kind == ir.Interval && t.Kind == types.Range {
		all = b.Lo.Op == ir.Const && b.Lo.Int <= t.Lo && b.Hi.Op == ir.Const && b.Hi.Int >= t.Hi
	}
	if !all || b.Where != nil || key.Op != ir.LoadLocal || key.Local != b.Local {
		return never
	}
	return j.over(e.Binders, nil, 1+j.cost(e.Args[1]))
}

// over is the cost of going through binders, with what each turn costs.
func (j *Judge) over(bs []ir.Binder, where *ir.Expr, turn float64) float64 {
	if len(bs) == 0 {
		return turn + j.cost(where)
	}
	b := &bs[0]
	turns := float64(b.Type.Card())
	switch b.Kind {
	case ir.Interval:
		turns = float64(b.Hi.Type.Hi) - float64(b.Lo.Type.Lo) + 1
	case ir.Members:
		if t := b.Set.Type; t.Kind != types.Set {
			turns = float64(t.Max)
		}
	case ir.Subsets:
		turns = math.Exp2(turns)
	}
	return 1 + j.cost(b.Lo) + j.cost(b.Hi) + j.cost(b.Set) + max(0, turns)*(1+j.cost(b.Where)+j.over(bs[1:], where, turn))
}
