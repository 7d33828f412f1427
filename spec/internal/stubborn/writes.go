package stubborn

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/internal/layout"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// mostValues is beyond what the values that a cell may be given are kept apart.
const mostValues = 16

// body notes what statements read and write, all alternatives together.
func (r *reader) body(list []*ir.Stmt, s *scope) {
	for _, st := range list {
		switch st.Op {
		case ir.Assign:
			r.assign(st, s)
		case ir.LetStmt:
			v, ok := r.expr(st.X, s)
			s = s.bind(st.Local, v, ok)
		case ir.IfElse:
			v, ok := r.expr(st.X, s)
			if !ok || v != 0 {
				r.body(st.Body, s)
			}
			if !ok || v == 0 {
				r.body(st.Else, s)
			}
		case ir.For, ir.Choose:
			r.over(st.Binders, st.Where, s, func(s *scope) { r.body(st.Body, s) })
		case ir.Either:
			for _, b := range st.Branches {
				r.body(b, s)
			}
		case ir.MatchStmt:
			r.expr(st.X, s)
			for _, a := range st.Arms {
				r.body(a.Stmts, arm(a, s))
			}
		default: // Assert, When
			r.expr(st.X, s)
		}
	}
}

// assign notes what an assignment reads and writes. To find the place in a sequence its length is read.
func (r *reader) assign(st *ir.Stmt, s *scope) {
	v, ok := r.expr(st.X, s)
	at, n := r.variable(st.Target.Var)
	exact := true
	for _, step := range st.Target.Path {
		switch t := step.Type; {
		case t.Kind == types.Map:
			rank, known := r.rank(step.X, t.Key, s)
			if exact = exact && known; exact {
				n = r.tb.Must(t.Elem)
				at += int(rank) * n
			}
		case step.X != nil:
			r.expr(step.X, s)
			r.span(at, n)
			exact = false
		case exact:
			at, n = at+r.before(t.Fields, step.Field), r.tb.Must(t.Fields[step.Field].Type)
		}
	}
	t := st.Target.Type
	if v -= offset(t); exact && ok && layout.IsScalar(t) && v >= 0 && uint64(v) < t.Card() {
		r.write(at, v)
		return
	}
	for i := range n {
		r.writes.add(at + i)
		r.values[at+i] = nil
	}
}

// write notes that a cell may be given a value.
func (r *reader) write(cell int, v int64) {
	list, known := r.values[cell]
	switch {
	case known && list == nil || slices.Contains(list, v):
		return
	case len(list) == mostValues:
		list = nil
	default:
		list = append(list, v)
	}
	r.writes.add(cell)
	r.values[cell] = list
}
