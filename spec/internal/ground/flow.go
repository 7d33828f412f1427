package ground

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Limits of what is written out about domains.
const (
	maxActing  = 1 << 18 // decisions whether an instance belongs to a domain
	maxVarying = 1 << 12 // instances whose domains depend on the state
	maxKnown   = 1 << 10 // steps of the interpreter for a condition in what a domain sees, to put that into words
)

// Flow writes out what p says of its security domains, and gives nothing where it says nothing. The error is a syntax.Errors.
func Flow(p *ir.Program) (*ir.Flow, error) {
	if p.Domains == nil {
		return nil, nil
	}
	b := &flows{builder: builder{p: p, m: interp.New(p), used: map[*ir.Formula]bool{}}, d: p.Domains}
	b.m.Steps = maxSteps
	for v := range interp.Values(b.d.Type) {
		b.values = append(b.values, v)
	}
	b.views()
	for a := range p.Actions {
		b.action(a)
	}
	for i := range p.Props {
		if p.Props[i].Kind == ir.Isolated {
			b.isolated(i)
		}
	}
	if b.err != nil {
		return nil, syntax.Errors{b.err}
	}
	return &b.flow, nil
}

type flows struct {
	builder
	d      *ir.Domains
	values []interp.Value // of the domains
	flow   ir.Flow
}

// let gives an expression in which a local has a value.
func (b *flows) let(id ir.LocalID, v interp.Value, x *ir.Expr) *ir.Expr {
	value := interp.Literal(b.p.Locals[id].Type, v)
	return &ir.Expr{Op: ir.Let, Type: x.Type, Pos: x.Pos, Local: id, Args: []*ir.Expr{value, x}}
}

func (b *flows) views() {
	for _, v := range b.values {
		var views []*ir.Expr
		var texts []string
		s := interp.Scope{Locals: map[ir.LocalID]interp.Value{b.d.Param: v}}
		var own []*ir.Expr
		for _, x := range b.d.Views {
			views = append(views, b.let(b.d.Param, v, x))
			mine := b.decided(x, s)
			own = append(own, mine)
			if !b.p.Reads(mine) {
				mine = x // always the same: the text says why
			}
			texts = append(texts, b.p.TextWith(mine, b.text(s)))
		}
		b.flow.Views, b.flow.Texts = append(b.flow.Views, views), append(b.flow.Texts, texts)
		b.flow.Shown = append(b.flow.Shown, b.p.Shown(own, b.text(s)))
		b.flow.Domains = append(b.flow.Domains, fmt.Sprintf("%s(%s)", b.d.Name, interp.Render(b.d.Type, v)))
	}
}

// decided gives an expression without the branches that the values in s leave out, whatever the state.
func (b *flows) decided(x *ir.Expr, s interp.Scope) *ir.Expr {
	if x.Op == ir.If {
		if first, known := b.known(x.Args[0], s); known && first {
			return b.decided(x.Args[1], s)
		} else if known {
			return b.decided(x.Args[2], s)
		}
	}
	out := *x
	out.Args = make([]*ir.Expr, len(x.Args))
	for i, a := range x.Args {
		out.Args[i] = b.decided(a, s)
	}
	return &out
}

// known tells whether a condition is true, where the values in s say that.
func (b *flows) known(x *ir.Expr, s interp.Scope) (truth, known bool) {
	_, free := fingerprint(x, s.Locals)
	for _, id := range free {
		if _, ok := s.Locals[id]; !ok {
			return false, false
		}
	}
	if b.p.Reads(x) {
		return false, false
	}
	b.m.Steps = maxKnown
	defer func() { b.m.Steps = maxSteps }()
	truth, fault := b.m.Holds(x, s)
	return truth, fault == nil
}

// action finds the domains of the instances of an action.
func (b *flows) action(a int) {
	reads, writes := b.p.Dependence(&b.p.Actions[a])
	b.flow.Reads, b.flow.Writes = append(b.flow.Reads, reads), append(b.flow.Writes, writes)
	b.flow.Chooses = append(b.flow.Chooses, ir.Choosing(b.p.Actions[a].Body))
	var entries []ir.Acting
	varying := false
	for _, e := range b.d.Acts {
		if e.Action == a {
			entries = append(entries, e)
			varying = varying || e.Where != nil && b.p.Reads(e.Where)
		}
	}
	if b.flow.Fixed = append(b.flow.Fixed, nil); len(entries) == 0 {
		return
	}
	n := uint32(0)
	for args := range b.m.Instances(&b.p.Actions[a]) {
		if b.err != nil {
			return
		}
		if int(n+1)*len(b.values) > maxActing || varying && len(b.flow.Varying) == maxVarying {
			b.fail(entries[0].Pos, "action %s has too many instances to say whose each of them is", b.p.Actions[a].Name)
			return
		}
		if varying {
			b.varies(a, n, args, entries)
		} else {
			b.flow.Fixed[a] = append(b.flow.Fixed[a], b.fixed(args, entries))
		}
		n++
	}
}

// in gives the scope in which an entry says whether an instance belongs to a domain.
func (b *flows) in(e *ir.Acting, domain interp.Value, args []interp.Value) interp.Scope {
	s := interp.Scope{Locals: map[ir.LocalID]interp.Value{b.d.Actor: domain}}
	for k, id := range e.Args {
		if id >= 0 {
			s.Locals[id] = args[k]
		}
	}
	return s
}

// fixed gives the domains of an instance, whatever the state.
func (b *flows) fixed(args []interp.Value, entries []ir.Acting) (set uint64) {
	for d, v := range b.values {
		for i := range entries {
			e := &entries[i]
			holds := e.Where == nil
			if !holds {
				var f *model.Fault
				if holds, f = b.m.Holds(e.Where, b.in(e, v, args)); f != nil {
					b.fail(e.Pos, "whose instances these are cannot be told: %s", f.Message)
				}
			}
			if holds {
				set |= 1 << d
			}
		}
	}
	return set
}

// varies notes an instance whose domains depend on the state.
func (b *flows) varies(a int, n uint32, args []interp.Value, entries []ir.Acting) {
	text := b.p.Actions[a].Name
	for k, id := range b.p.Actions[a].Params {
		sep := ", "
		if k == 0 {
			sep = "("
		}
		text += sep + b.p.Locals[id].Name + "=" + interp.Render(b.p.Locals[id].Type, args[k]).String()
		if k == len(args)-1 {
			text += ")"
		}
	}
	b.flow.Varying = append(b.flow.Varying, model.Instance{Action: model.ActionID(a), Args: n, Text: text})
	var acts []*ir.Expr
	for _, v := range b.values {
		var any *ir.Expr
		for i := range entries {
			x := b.where(&entries[i], v, args)
			if any == nil {
				any = x
				continue
			}
			any = &ir.Expr{Op: ir.Or, Type: types.BoolType(), Pos: x.Pos, Args: []*ir.Expr{any, x}}
		}
		acts = append(acts, any)
	}
	b.flow.Acts = append(b.flow.Acts, acts)
}

// where gives the condition under which an entry says that an instance belongs to a domain.
func (b *flows) where(e *ir.Acting, domain interp.Value, args []interp.Value) *ir.Expr {
	if e.Where == nil {
		return &ir.Expr{Op: ir.Const, Type: types.BoolType(), Pos: e.Pos, Int: 1}
	}
	x := b.let(b.d.Actor, domain, e.Where)
	for k, id := range e.Args {
		if id >= 0 {
			x = b.let(id, args[k], x)
		}
	}
	return x
}

// isolated writes out the pairs of domains of a property.
func (b *flows) isolated(i int) {
	q := &b.p.Props[i]
	b.of = q
	by, via := make([]uint64, len(b.values)), make([][]uint64, len(b.values))
	index := func(v interp.Value) int {
		n := slices.IndexFunc(b.values, func(w interp.Value) bool { return interp.Equal(v, w) })
		if n < 0 {
			b.fail(q.Pos, "%s is no domain", interp.Render(b.d.Type, v))
			n = 0
		}
		return n
	}
	b.each(q.Formula, interp.Scope{}, func(s interp.Scope) {
		t, u := index(s.Locals[q.Formula.Binders[0].Local]), index(s.Locals[q.Formula.Binders[1].Local])
		if t == u && b.err == nil {
			b.fail(q.Pos, "%s would be isolated from itself: want where %s != %s",
				b.flow.Domains[t], b.p.Locals[q.Formula.Binders[0].Local].Name, b.p.Locals[q.Formula.Binders[1].Local].Name)
		}
		by[t] |= 1 << u
		if len(q.Formula.Args) > 0 {
			if via[t] == nil {
				via[t] = make([]uint64, len(b.values))
			}
			via[t][u] |= b.through(q.Formula.Args[0], s, t, u, index)
		}
	})
	if len(q.Formula.Args) > 0 && len(b.flow.Varying) > 0 && b.err == nil {
		b.fail(q.Formula.Args[0].Pos, "whose %s is depends on the state, and what domains may do through others is asked only where that is never so", b.flow.Varying[0].Text)
	}
	for t, set := range by {
		if set != 0 {
			b.flow.Properties = append(b.flow.Properties, model.IsolatedDomain{Property: model.PropertyID(i), Of: t, By: set, Via: via[t]})
		}
	}
}

// through gives the domains through which domain u may affect domain t.
func (b *flows) through(f *ir.Formula, s interp.Scope, t, u int, index func(interp.Value) int) (set uint64) {
	b.each(f, s, func(in interp.Scope) {
		d := index(in.Locals[f.Binders[0].Local])
		if (d == t || d == u) && b.err == nil {
			b.fail(f.Pos, "%s would stand between itself and another one: want another domain than %s and %s",
				b.flow.Domains[d], b.flow.Domains[t], b.flow.Domains[u])
		}
		set |= 1 << d
	})
	return set
}
