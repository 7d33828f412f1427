package symmetry

import (
	"math"
	"math/bits"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Order is where a model depends on the order in which identities are gone through, or on their numbers, so that they are
// not interchangeable after all. A constant may hold an identity by its number; and the language goes through the values of
// a type in turn, which shows in three places:
//
//   - A loop whose turns write what others read or write: the last one wins.
//   - A comprehension of a map that gives one key several values: the last one stays.
//   - What ends as soon as the result is known, such as forall: whether it comes to an evaluation that faults. There a
//     state may fault and another one of its orbit not.
type Order struct {
	// Pos and Reason say what makes the model depend on the order; Reason is "" where nothing does.
	Pos    syntax.Pos
	Reason string
	// FaultPos and Fault say where it may depend on the order whether something faults; Fault is "" where nowhere.
	FaultPos syntax.Pos
	Fault    string
}

// Ordered finds out where a model depends on the order of identities.
func Ordered(p *ir.Program) Order {
	o := &ordering{p: p, reads: map[ir.FuncID]map[ir.VarID]bool{}, faults: map[ir.FuncID]int{}}
	for _, v := range p.Vars {
		o.expr(v.Init)
	}
	for i := range p.Funcs {
		o.expr(p.Funcs[i].Body)
	}
	o.stmts(p.Init)
	for i := range p.Actions {
		o.action(&p.Actions[i])
	}
	for i := range p.Mutants {
		if a := p.Mutants[i].Replaced; a != nil {
			o.action(a)
		}
	}
	for i := range p.Props {
		o.expr(p.Props[i].Expr)
	}
	for _, e := range p.Terminal {
		o.expr(e)
	}
	return o.out
}

type ordering struct {
	p      *ir.Program
	out    Order
	reads  map[ir.FuncID]map[ir.VarID]bool // variables that a function reads
	faults map[ir.FuncID]int               // whether it may fault: 1 no, 2 yes, 0 not known
}

func (o *ordering) depends(pos syntax.Pos, reason string) {
	if o.out.Reason == "" {
		o.out.Pos, o.out.Reason = pos, reason
	}
}

func (o *ordering) mayFault(pos syntax.Pos, what string) {
	if o.out.Fault == "" {
		o.out.FaultPos, o.out.Fault = pos, what
	}
}

func (o *ordering) action(a *ir.Action) {
	o.expr(a.Guard)
	o.stmts(a.Body)
	o.expr(a.Ensures)
}

// identities gives the locals of binders that go through identities, of which there are several.
func identities(bs []ir.Binder) (out []ir.LocalID) {
	for _, b := range bs {
		if b.Type.HasSymmetric() && b.Type.Card() > 1 {
			out = append(out, b.Local)
		}
	}
	return out
}

// expr looks through an expression.
func (o *ordering) expr(e *ir.Expr) {
	ir.Walk(e, func(x *ir.Expr) bool {
		if x.Op == ir.Const && numbered(x) {
			o.depends(x.Pos, "an identity is known by its number")
		}
		ids := identities(x.Binders)
		if len(ids) == 0 {
			return true
		}
		switch x.Op {
		case ir.Forall, ir.Exists:
			if o.faulty(x.Args[0], nil) || o.faultyBinders(x) {
				o.mayFault(x.Pos, "what is quantified over identities may fault, and is evaluated until the result is known")
			}
		case ir.Sum:
			if !small(x) {
				o.mayFault(x.Pos, "whether a sum fits may depend on the order in which it is added")
			}
		case ir.MapOver:
			if !owns(x.Args[0], ids) {
				o.depends(x.Pos, "of several values for one key the last one stays, in the order of identities")
			}
		case ir.Pick:
			o.depends(x.Pos, "pick takes the first one, in the order of identities")
		}
		return true
	})
}

// numbered tells whether a constant is one of several identities, or contains one.
func numbered(x *ir.Expr) bool {
	t, n := x.Type, x.Int
	for t.Kind == types.Option && n > 0 {
		t, n = t.Elem, n-1
	}
	return t.HasSymmetric() && t.Kind != types.Option && t.Card() > 1
}

func (o *ordering) faultyBinders(x *ir.Expr) bool {
	for i := range x.Binders {
		b := &x.Binders[i]
		if o.faulty(b.Where, nil) || o.faulty(b.Set, nil) || o.faulty(b.Lo, nil) || o.faulty(b.Hi, nil) {
			return true
		}
	}
	return o.faulty(x.Where, nil)
}

// small tells whether no partial sum can be outside int64.
func small(x *ir.Expr) bool {
	n := uint64(1)
	for _, b := range x.Binders {
		hi, lo := bits.Mul64(n, b.Type.Card())
		if hi != 0 {
			return false
		}
		n = lo
	}
	t := x.Args[0].Type
	most := max(magnitude(t.Lo), magnitude(t.Hi))
	hi, lo := bits.Mul64(n, most)
	return hi == 0 && lo <= math.MaxInt64
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

func (o *ordering) stmts(list []*ir.Stmt) {
	for _, s := range list {
		o.stmt(s)
	}
}

func (o *ordering) stmt(s *ir.Stmt) {
	o.expr(s.X)
	o.expr(s.Where)
	for i := range s.Binders {
		b := &s.Binders[i]
		o.expr(b.Set)
		o.expr(b.Where)
	}
	for _, step := range s.Target.Path {
		o.expr(step.X)
	}
	if ids := identities(s.Binders); len(ids) > 0 {
		switch s.Op {
		case ir.For:
			o.loop(s, ids)
		case ir.Choose:
			if faults := o.conditions(s); faults {
				o.mayFault(s.Pos, "the condition of a choice among identities may fault, which ends the choice")
			}
		}
	}
	o.stmts(s.Body)
	o.stmts(s.Else)
	for _, b := range s.Branches {
		o.stmts(b)
	}
	for i := range s.Arms {
		o.stmts(s.Arms[i].Stmts)
	}
}

func (o *ordering) conditions(s *ir.Stmt) bool {
	for i := range s.Binders {
		b := &s.Binders[i]
		if o.faulty(b.Where, nil) || o.faulty(b.Set, nil) {
			return true
		}
	}
	return o.faulty(s.Where, nil)
}

// loop tells whether the turns of a loop over identities commute: each writes places of its own only, those under keys made
// of the identities of its turn, or adds to a place what no turn changes; and reads, of what turns write, only places of
// its own.
func (o *ordering) loop(s *ir.Stmt, ids []ir.LocalID) {
	l := &turn{o: o, ids: ids, written: map[ir.VarID]bool{}, signs: map[ir.VarID]int{}}
	l.writes(s.Body)
	l.read(s.Where)
	for i := range s.Binders {
		if i > 0 { // what the first goes through is evaluated once, before the loop
			l.read(s.Binders[i].Set)
			l.read(s.Binders[i].Lo)
			l.read(s.Binders[i].Hi)
		}
		l.read(s.Binders[i].Where)
	}
	l.body(s.Body)
	if l.shared != nil {
		o.depends(*l.shared, "a loop goes through identities in order, and what one turn does may depend on another")
	}
	if l.stops && l.faults {
		o.mayFault(s.Pos, "a turn of a loop over identities may fault or end the action")
	}
}

// turn is one turn of a loop.
type turn struct {
	o       *ordering
	ids     []ir.LocalID
	written map[ir.VarID]bool
	signs   map[ir.VarID]int // of what is added to variables
	shared  *syntax.Pos      // where something is read or written that other turns write or read
	stops   bool             // it may end the action without a step
	faults  bool
}

func (l *turn) share(pos syntax.Pos) {
	if l.shared == nil {
		l.shared = &pos
	}
}

// all calls f for all statements, those inside included.
func all(list []*ir.Stmt, f func(*ir.Stmt)) {
	for _, s := range list {
		f(s)
		all(s.Body, f)
		all(s.Else, f)
		for _, b := range s.Branches {
			all(b, f)
		}
		for i := range s.Arms {
			all(s.Arms[i].Stmts, f)
		}
	}
}

func (l *turn) writes(list []*ir.Stmt) {
	all(list, func(s *ir.Stmt) {
		if s.Op == ir.Assign {
			l.written[s.Target.Var] = true
		}
	})
}

func (l *turn) body(list []*ir.Stmt) {
	all(list, func(s *ir.Stmt) {
		switch s.Op {
		case ir.Assign:
			l.assign(s)
			return
		case ir.When, ir.Choose:
			l.stops = true
		case ir.Assert:
			l.faults = true
		}
		l.read(s.X)
		l.read(s.Where)
		for i := range s.Binders {
			l.read(s.Binders[i].Set)
			l.read(s.Binders[i].Where)
		}
	})
}

func (l *turn) assign(s *ir.Stmt) {
	own := false
	for _, step := range s.Target.Path {
		own = own || owns(step.X, l.ids)
		l.read(step.X)
	}
	if own {
		l.read(s.X)
		return
	}
	// place = place + e, where e has one sign, so that a partial sum fits if the whole does.
	x := s.X
	if x.Op == ir.Narrow {
		x = x.Args[0]
	}
	if (x.Op == ir.Add || x.Op == ir.Sub) && len(s.Target.Path) == 0 && x.Args[0].Op == ir.LoadVar && x.Args[0].Var == s.Target.Var {
		t, sign := x.Args[1].Type, 0
		if t.Lo >= 0 {
			sign = 1
		} else if t.Hi <= 0 {
			sign = -1
		}
		if x.Op == ir.Sub {
			sign = -sign
		}
		if was, ok := l.signs[s.Target.Var]; sign != 0 && (!ok || was == sign) {
			l.signs[s.Target.Var] = sign
			l.read(x.Args[1])
			return
		}
	}
	l.share(s.Pos)
}

// read looks at what an expression reads in a turn.
func (l *turn) read(e *ir.Expr) {
	l.faults = l.faults || l.o.faulty(e, nil)
	ir.Walk(e, func(x *ir.Expr) bool {
		switch x.Op {
		case ir.Old:
			return false // nobody writes what was before the step
		case ir.Index:
			if owns(x.Args[1], l.ids) && path(x.Args[0]) {
				l.read(x.Args[1])
				return false
			}
		case ir.LoadVar:
			if l.written[x.Var] {
				l.share(x.Pos)
			}
		case ir.Call:
			for v := range l.o.readBy(x.Func) {
				if l.written[v] {
					l.share(x.Pos)
				}
			}
		}
		return true
	})
}

// path tells whether e is a variable or a part of one found by constant ways, of which Index takes a part in turn.
func path(e *ir.Expr) bool {
	for e.Op == ir.Field {
		e = e.Args[0]
	}
	return e.Op == ir.LoadVar
}

// owns tells whether a key is different for different identities of a turn: it consists of all of them.
func owns(key *ir.Expr, ids []ir.LocalID) bool {
	if key == nil {
		return false
	}
	parts := []*ir.Expr{key}
	if key.Op == ir.Key {
		parts = key.Args
	}
	for _, id := range ids {
		found := false
		for _, x := range parts {
			found = found || x.Op == ir.LoadLocal && x.Local == id
		}
		if !found {
			return false
		}
	}
	return true
}

// readBy gives the variables that a function reads.
func (o *ordering) readBy(f ir.FuncID) map[ir.VarID]bool {
	if vs, ok := o.reads[f]; ok {
		return vs
	}
	vs := map[ir.VarID]bool{}
	o.reads[f] = vs // for one that calls itself
	ir.Walk(o.p.Funcs[f].Body, func(x *ir.Expr) bool {
		switch x.Op {
		case ir.LoadVar:
			vs[x.Var] = true
		case ir.Call:
			for v := range o.readBy(x.Func) {
				vs[v] = true
			}
		}
		return true
	})
	return vs
}

// faulty tells whether the evaluation of e may fault, as far as is seen at once. some lists options that have a value
// where e is evaluated.
func (o *ordering) faulty(e *ir.Expr, some []*ir.Expr) bool {
	if e == nil {
		return false
	}
	switch e.Op {
	case ir.Const, ir.LoadVar, ir.LoadLocal:
		return false
	case ir.And:
		return o.faulty(e.Args[0], some) || o.faulty(e.Args[1], known(some, e.Args[0], true))
	case ir.Implies:
		return o.faulty(e.Args[0], some) || o.faulty(e.Args[1], known(some, e.Args[0], true))
	case ir.Or:
		return o.faulty(e.Args[0], some) || o.faulty(e.Args[1], known(some, e.Args[0], false))
	case ir.If:
		return o.faulty(e.Args[0], some) || o.faulty(e.Args[1], known(some, e.Args[0], true)) || o.faulty(e.Args[2], known(some, e.Args[0], false))
	case ir.Narrow:
		x := e.Args[0]
		if x.Type.Lo < e.Type.Lo || x.Type.Hi > e.Type.Hi {
			return true
		}
	case ir.Neg, ir.Add, ir.Sub, ir.Mul, ir.Sum:
		if e.Type.Lo == math.MinInt64 || e.Type.Hi == math.MaxInt64 {
			return true
		}
	case ir.Div, ir.Mod:
		if t := e.Args[1].Type; t.Lo <= 0 && t.Hi >= 0 {
			return true
		}
	case ir.Value:
		ok := false
		for _, x := range some {
			ok = ok || equal(x, e.Args[0])
		}
		if !ok {
			return true
		}
	case ir.MinOver, ir.MaxOver, ir.Pick, ir.SeqIndex, ir.Head, ir.Tail, ir.Append, ir.BagAdd, ir.BagRemove, ir.MapLit, ir.MapOver:
		return true
	case ir.Call:
		if o.faults[e.Func] == 0 {
			o.faults[e.Func] = 2 // for one that calls itself
			if o.p.Funcs[e.Func].Decreases == nil && !o.faulty(o.p.Funcs[e.Func].Body, nil) {
				o.faults[e.Func] = 1
			}
		}
		if o.faults[e.Func] == 2 {
			return true
		}
	}
	if o.faultyBinders(e) {
		return true
	}
	for _, a := range e.Args {
		if o.faulty(a, some) {
			return true
		}
	}
	for i := range e.Arms {
		if o.faulty(e.Arms[i].Body, some) {
			return true
		}
	}
	return false
}

// known adds to some the options that have a value where e is the given truth value.
func known(some []*ir.Expr, e *ir.Expr, value bool) []*ir.Expr {
	switch {
	case e.Op == ir.Not:
		return known(some, e.Args[0], !value)
	case e.Op == ir.And && value, e.Op == ir.Or && !value:
		return known(known(some, e.Args[0], value), e.Args[1], value)
	case e.Op == ir.Eq && !value:
		for i, x := range e.Args {
			if x.Op == ir.Ctor && x.Int == 0 && x.Type.Kind == types.Option || x.Op == ir.Const && x.Int == 0 && x.Type.Kind == types.Option {
				return append(some[:len(some):len(some)], e.Args[1-i])
			}
		}
	case e.Op == ir.Eq && value:
		for i, x := range e.Args {
			if x.Op == ir.Ctor && x.Int == 1 && x.Type.Kind == types.Option {
				return append(some[:len(some):len(some)], e.Args[1-i])
			}
		}
	case e.Op == ir.IsCtor && e.Args[0].Type.Kind == types.Option && value == (e.Int == 1):
		return append(some[:len(some):len(some)], e.Args[0])
	}
	return some
}

// equal tells whether two expressions are built alike.
func equal(a, b *ir.Expr) bool {
	if a.Op != b.Op || a.Int != b.Int || a.Var != b.Var || a.Local != b.Local || a.Func != b.Func ||
		len(a.Args) != len(b.Args) || len(a.Binders)+len(b.Binders)+len(a.Arms)+len(b.Arms) > 0 {
		return false
	}
	for i := range a.Args {
		if !equal(a.Args[i], b.Args[i]) {
			return false
		}
	}
	return true
}
