package stubborn

import (
	"github.com/bulkheadlang/bulkhead/spec/internal/layout"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Limits of how closely a piece of a model is looked at; beyond them every variable that it names counts, whole.
const (
	mostNodes = 1 << 13 // expressions evaluated for an instance or a property
	mostTurns = 64      // values of one binder that are gone through
	mostCalls = 64      // calls within calls
)

// reader finds out which cells of a state a piece of a model may read, and write. It goes through it as an evaluation
// would, with the parameters of an instance fixed and nothing known of the state: quantifiers over few values are gone
// through one by one, conditions that are known for all states decide, and functions are entered. A subscript that is
// known means one entry of a map; any other means all of them. Where an evaluation ends early, by a fault or because the
// result is known, the reader may go on: it finds more than is read, never less.
type reader struct {
	p     *ir.Program
	tb    *layout.Table
	pk    *layout.Packing
	reads set
	left  int // nodes that may yet be evaluated
	calls int

	atoms map[int][]int // see claim; nil where they are not wanted
	limit []uint64      // then, the greatest value of each cell

	writes set             // of a body
	values map[int][]int64 // that assignments may give to cells, where all of them are known; nil where they are not
}

func newReader(p *ir.Program, pk *layout.Packing, tb *layout.Table) *reader {
	return &reader{p: p, tb: tb, pk: pk, reads: newSet(pk.Cells), left: mostNodes}
}

// scope is what is known of locals: the values of scalars, integers as they are and others by rank.
type scope struct {
	id    ir.LocalID
	value int64
	known bool
	next  *scope
}

func (s *scope) bind(id ir.LocalID, value int64, known bool) *scope {
	return &scope{id, value, known, s}
}

func (s *scope) lookup(id ir.LocalID) (int64, bool) {
	for ; s != nil; s = s.next {
		if s.id == id {
			return s.value, s.known
		}
	}
	return 0, false
}

// offset is what a scalar's value is more than its rank.
func offset(t *types.Type) int64 {
	if t.Kind == types.Range {
		return t.Lo
	}
	return 0
}

// parameters gives the scope of an action's parameters of the given ranks.
func (r *reader) parameters(a *ir.Action, ranks []uint64) (s *scope) {
	for k, id := range a.Params {
		t := r.p.Locals[id].Type
		s = s.bind(id, int64(ranks[k])+offset(t), layout.IsScalar(t))
	}
	return s
}

func (r *reader) span(at, n int) {
	for i := range n {
		r.reads.add(at + i)
	}
}

func (r *reader) variable(id ir.VarID) (at, n int) {
	return r.pk.Offsets[id], r.tb.Must(r.p.Vars[id].Type)
}

// all counts every variable that an expression names, or that a function does which it calls.
func (r *reader) all(x *ir.Expr) {
	entered := map[ir.FuncID]bool{}
	var visit func(x *ir.Expr) bool
	visit = func(x *ir.Expr) bool {
		switch {
		case x.Op == ir.LoadVar:
			r.span(r.variable(x.Var))
		case x.Op == ir.Call && !entered[x.Func]:
			entered[x.Func] = true
			ir.Walk(r.p.Funcs[x.Func].Body, visit)
			ir.Walk(r.p.Funcs[x.Func].Decreases, visit)
		}
		return true
	}
	ir.Walk(x, visit)
}

// expr notes what an expression reads, and gives its value if it is a scalar and the same in all states in which it has
// one.
func (r *reader) expr(x *ir.Expr, s *scope) (value int64, known bool) {
	if x == nil {
		return 0, false
	}
	if r.left--; r.left < 0 {
		r.all(x)
		return 0, false
	}
	switch x.Op {
	case ir.Const:
		return x.Int, layout.IsScalar(x.Type)
	case ir.LoadLocal:
		return s.lookup(x.Local)
	case ir.LoadVar, ir.Old, ir.Index, ir.Field:
		if at, n, ok := r.place(x, s); ok {
			r.span(at, n)
			return 0, false
		}
	case ir.And, ir.Or, ir.Implies:
		return r.logic(x, s)
	case ir.If:
		if c, ok := r.expr(x.Args[0], s); ok {
			return r.expr(x.Args[2-c], s)
		}
		r.expr(x.Args[1], s)
		r.expr(x.Args[2], s)
	case ir.Eq, ir.Lt, ir.Le:
		if r.atom(x, s) {
			return 0, false
		}
		return r.operation(x, s)
	case ir.Let:
		v, ok := r.expr(x.Args[0], s)
		return r.expr(x.Args[1], s.bind(x.Local, v, ok))
	case ir.Match:
		r.expr(x.Args[0], s)
		for _, a := range x.Arms {
			r.expr(a.Body, arm(a, s))
		}
	case ir.Call:
		return r.call(x, s)
	case ir.Forall, ir.Exists, ir.Count, ir.Sum, ir.MinOver, ir.MaxOver, ir.Pick, ir.SetOver, ir.MapOver:
		r.over(x.Binders, x.Where, s, func(s *scope) {
			for _, a := range x.Args {
				r.expr(a, s)
			}
		})
	default:
		return r.operation(x, s)
	}
	return 0, false
}

// arm is the scope in an arm of a match.
func arm(a ir.Arm, s *scope) *scope {
	for _, id := range a.Binds {
		if id >= 0 {
			s = s.bind(id, 0, false)
		}
	}
	return s
}

// logic decides as early as an evaluation does; what is false whatever the state is so even where it stands behind
// something that is not known, since there it has no value or this one.
func (r *reader) logic(x *ir.Expr, s *scope) (int64, bool) {
	decisive := int64(0) // the value of the left side that decides
	if x.Op == ir.Or {
		decisive = 1
	}
	result := decisive
	if x.Op == ir.Implies {
		result = 1
	}
	a, ok := r.expr(x.Args[0], s)
	if ok && a == decisive {
		return result, true
	}
	b, known := r.expr(x.Args[1], s)
	if known && (ok || x.Op == ir.And && b == 0 || x.Op != ir.And && b == 1) {
		return b, true
	}
	return 0, false
}

// operation is one that evaluates all its arguments.
func (r *reader) operation(x *ir.Expr, s *scope) (int64, bool) {
	var args [2]int64
	all := len(x.Args) > 0 && len(x.Args) <= 2
	for i, a := range x.Args {
		v, ok := r.expr(a, s)
		if all = all && ok && magnitude(v) < 1<<30; all {
			args[i] = v
		}
	}
	if x.Op == ir.Ctor && len(x.Args) == 0 && x.Type.Kind == types.Option && layout.IsScalar(x.Type) {
		return 0, true
	}
	if !all {
		return 0, false
	}
	a, b := args[0], args[1]
	truth := func(t bool) (int64, bool) {
		if t {
			return 1, true
		}
		return 0, true
	}
	switch x.Op {
	case ir.Not:
		return 1 - a, true
	case ir.Neg:
		return -a, true
	case ir.Add:
		return a + b, true
	case ir.Sub:
		return a - b, true
	case ir.Mul:
		return a * b, true
	case ir.Mod:
		if b > 0 {
			return ((a % b) + b) % b, true
		}
	case ir.Narrow:
		return a, a >= x.Type.Lo && a <= x.Type.Hi
	case ir.Clip:
		return max(x.Type.Lo, min(x.Type.Hi, a)), true
	case ir.Eq:
		if t, u := x.Args[0].Type, x.Args[1].Type; t.IsInt() && u.IsInt() || types.Identical(t, u) {
			return truth(a == b)
		}
	case ir.Lt:
		return truth(a < b)
	case ir.Le:
		return truth(a <= b)
	case ir.Ctor: // some
		if x.Type.Kind == types.Option && layout.IsScalar(x.Type) {
			return 1 + a - offset(x.Type.Elem), true
		}
	}
	return 0, false
}

func magnitude(v int64) int64 {
	if v < 0 {
		return -(v + 1)
	}
	return v
}

// call enters a function.
func (r *reader) call(x *ir.Expr, s *scope) (int64, bool) {
	f := &r.p.Funcs[x.Func]
	var inner *scope
	for i, a := range x.Args {
		v, ok := r.expr(a, s)
		inner = inner.bind(f.Params[i], v, ok)
	}
	if r.calls == mostCalls {
		r.all(f.Body)
		r.all(f.Decreases)
		return 0, false
	}
	r.calls++
	defer func() { r.calls-- }()
	r.expr(f.Decreases, inner)
	return r.expr(f.Body, inner)
}

// over goes through binders.
func (r *reader) over(bs []ir.Binder, where *ir.Expr, s *scope, body func(*scope)) {
	if len(bs) == 0 {
		if v, ok := r.expr(where, s); !ok || v != 0 {
			body(s)
		}
		return
	}
	b := &bs[0]
	turn := func(v int64, known bool) {
		s := s.bind(b.Local, v, known)
		if v, ok := r.expr(b.Where, s); !ok || v != 0 {
			r.over(bs[1:], where, s, body)
		}
	}
	lo, hi, ok := r.domain(b, s)
	for ; ok && lo <= hi && r.left >= 0; lo++ {
		turn(lo, true)
	}
	if !ok || r.left < 0 {
		turn(0, false)
	}
}

// domain gives the values of a binder, if they are few and known.
func (r *reader) domain(b *ir.Binder, s *scope) (lo, hi int64, ok bool) {
	r.expr(b.Set, s)
	lo, known := r.expr(b.Lo, s)
	hi, ok = r.expr(b.Hi, s)
	switch b.Kind {
	case ir.Interval:
		return lo, hi, known && ok && magnitude(lo) < 1<<30 && magnitude(hi) < 1<<30 && hi-lo < mostTurns
	case ir.AllOf:
		if layout.IsScalar(b.Type) && b.Type.Card() <= mostTurns {
			return offset(b.Type), offset(b.Type) + int64(b.Type.Card()) - 1, true
		}
	}
	return 0, 0, false
}

// place gives the cells that are the value of an expression, if it is a part of a variable that is known. What it takes to
// find the part is noted, and where it is not known all that it is a part of.
func (r *reader) place(x *ir.Expr, s *scope) (at, n int, ok bool) {
	switch x.Op {
	case ir.LoadVar:
		at, n = r.variable(x.Var)
		return at, n, true
	case ir.Old:
		return r.place(x.Args[0], s)
	case ir.Field:
		if at, _, ok = r.place(x.Args[0], s); !ok {
			return 0, 0, false
		}
		fs := x.Args[0].Type.Fields
		return at + r.before(fs, int(x.Int)), r.tb.Must(fs[x.Int].Type), true
	case ir.Index:
		t := x.Args[0].Type
		at, n, ok = r.place(x.Args[0], s)
		rank, known := r.rank(x.Args[1], t.Key, s)
		if !ok {
			return 0, 0, false
		}
		if !known {
			r.span(at, n)
			return 0, 0, false
		}
		n = r.tb.Must(t.Elem)
		return at + int(rank)*n, n, true
	}
	r.expr(x, s)
	return 0, 0, false
}

// before is the number of cells in front of a field.
func (r *reader) before(fs []types.Field, i int) (n int) {
	for _, f := range fs[:i] {
		n += r.tb.Must(f.Type)
	}
	return n
}

// rank gives the rank of a value among those of a type, if it is known.
func (r *reader) rank(x *ir.Expr, t *types.Type, s *scope) (rank int64, known bool) {
	if (x.Op == ir.Key || x.Op == ir.RecordLit) && len(x.Args) == len(t.Fields) {
		known = true
		for i, a := range x.Args {
			v, ok := r.rank(a, t.Fields[i].Type, s)
			known = known && ok
			rank = rank*int64(t.Fields[i].Type.Card()) + v
		}
		return rank, known
	}
	v, ok := r.expr(x, s)
	v -= offset(t)
	return v, ok && layout.IsScalar(t) && v >= 0 && uint64(v) < t.Card()
}
