package inductive

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Instance is a model under given constants, run by a plain interpreter. State is a state of given values, one for each
// variable, which are expressions without variables.
type Instance interface {
	model.System
	StateOf(values []*ir.Expr) (model.State, error)
}

// Counterexample is a state in which everything is true that was assumed, and a step from it that breaks the claim.
type Counterexample struct {
	Constants []model.Binding // of the instance
	Trace     *model.Trace    // two states, or an initial one
	Parts     []model.Part    // why the claim is false in the last state
	Fault     *model.Fault    // or what is met on the way
}

// assignment gives integers to the terms that a solver was asked for.
type assignment struct {
	pool   *pool
	values map[string]int64 // by the terms as solvers read them
}

// number evaluates a term without binders.
func (a *assignment) number(t *Term) int64 {
	args := func(i int) int64 { return a.number(t.Args[i]) }
	truth := func(b bool) int64 {
		if b {
			return 1
		}
		return 0
	}
	switch t.Op {
	case Num:
		return t.Int
	case Var:
		return a.values[smtText(t)]
	case App:
		var at []*Term
		for i := range t.Args {
			at = append(at, a.pool.num(args(i)))
		}
		return a.values[smtText(a.pool.app(t.Name, at))]
	case Add:
		n := int64(0)
		for i := range t.Args {
			n += args(i)
		}
		return n
	case Mul:
		return args(0) * args(1)
	case Ite:
		if args(0) != 0 {
			return args(1)
		}
		return args(2)
	case True:
		return 1
	case False:
		return 0
	case Le:
		return truth(args(0) <= args(1))
	case Eq:
		return truth(args(0) == args(1))
	case Not:
		return 1 - args(0)
	case And, Or:
		for i := range t.Args {
			if args(i) == truth(t.Op == Or) {
				return truth(t.Op == Or)
			}
		}
		return truth(t.Op == And)
	}
	panic("inductive: a term that has no value by itself")
}

// leaves lists the parts of a value that a solver is to be asked for.
func (g *gen) leaves(t *types.Type, v value, out []*Term) []*Term {
	switch t.Kind {
	case types.Bool:
		if v.T.Op == Eq {
			for _, a := range v.T.Args {
				if a.Op != Num {
					return append(out, a)
				}
			}
		}
		return out
	case types.Record, types.Tuple:
		for i, f := range t.Fields {
			out = g.leaves(f.Type, v.Parts[i], out)
		}
	case types.Option, types.Union:
		out = append(out, v.Tag)
		for i, ts := range alternatives(t) {
			for j, u := range ts {
				out = g.leaves(u, v.Alts[i][j], out)
			}
		}
	case types.Map:
		for _, k := range g.enumerate(t.Key) {
			out = g.leaves(t.Elem, v.At(k), out)
		}
	case types.Set:
		for _, x := range g.enumerate(t.Elem) {
			out = g.leaves(&types.Type{Kind: types.Bool}, scalar(v.Has(x)), out)
		}
	case types.Bag:
		for _, x := range g.enumerate(t.Elem) {
			out = append(out, v.Count(x))
		}
	case types.Seq:
		out = append(out, v.Len)
		for i := range g.length(t) {
			out = g.leaves(t.Elem, v.At(scalar(g.pool.num(i))), out)
		}
	default:
		out = append(out, v.T)
	}
	return out
}

// written is a value as an expression without variables, by what a solver gave its parts. Keys are those of g, elements are of the
// type as it is loaded.
func (g *gen) written(t *types.Type, v value, a *assignment) *ir.Expr {
	node := func(op ir.Op, n int64, args ...*ir.Expr) *ir.Expr {
		return &ir.Expr{Op: op, Type: t, Int: n, Args: args}
	}
	all := func(ts []*types.Type, vs []value) []*ir.Expr {
		var out []*ir.Expr
		for i, u := range ts {
			out = append(out, g.written(u, vs[i], a))
		}
		return out
	}
	switch t.Kind {
	case types.Record:
		return node(ir.RecordLit, 0, all(fieldTypes(t.Fields), v.Parts)...)
	case types.Tuple:
		return node(ir.Key, 0, all(fieldTypes(t.Fields), v.Parts)...)
	case types.Option, types.Union:
		tag := a.number(v.Tag)
		return node(ir.Ctor, tag, all(alternatives(t)[tag], v.Alts[tag])...)
	case types.Map:
		var args []*ir.Expr
		for _, k := range g.enumerate(t.Key) {
			args = append(args, g.written(t.Key, k, a), g.written(t.Elem, v.At(k), a))
		}
		return node(ir.MapLit, 0, args...)
	case types.Set:
		var args []*ir.Expr
		for _, x := range g.enumerate(t.Elem) {
			if a.number(v.Has(x)) != 0 {
				args = append(args, g.written(t.Elem, x, a))
			}
		}
		return node(ir.SetLit, 0, args...)
	case types.Bag:
		var args []*ir.Expr
		for _, x := range g.enumerate(t.Elem) {
			for range a.number(v.Count(x)) {
				args = append(args, g.written(t.Elem, x, a))
			}
		}
		return node(ir.BagLit, 0, args...)
	case types.Seq:
		var args []*ir.Expr
		for i := range a.number(v.Len) {
			args = append(args, g.written(t.Elem, v.At(scalar(g.pool.num(i))), a))
		}
		return node(ir.SeqLit, 0, args...)
	}
	return node(ir.Const, a.number(v.T))
}

// unconfirmed is why the interpreter does not see what a solver found.
type unconfirmed struct{ why string }

func (u *unconfirmed) Error() string { return u.why }

// confirm looks for the steps in the instance: from a state in which all that is assumed is true, the actions of the
// obligation lead through such states to where its claim is false, or fault.
func confirm(inst Instance, prog *ir.Program, o *Obligation, s model.State) (*Counterexample, error) {
	c := &confirmation{inst: inst, prog: prog, o: o, from: inst.NewRunner(), to: inst.NewRunner()}
	c.out.Constants = inst.Info().Constants
	if o.Begins && o.Action < 0 {
		return c.initial()
	}
	var starts []model.State
	if o.Begins {
		inst.NewRunner().Init(func(t model.State, f *model.Fault) {
			if f == nil {
				starts = append(starts, slices.Clone(t))
			}
		})
	} else {
		starts = []model.State{s}
		if name := c.broken(s); name != "" {
			return nil, &unconfirmed{fmt.Sprintf("%s is false in the state that was found", name)}
		}
	}
	actions := append(slices.Clone(o.Before), o.Action)
	for _, start := range starts {
		first := model.TraceStep{State: c.to.Render(start)}
		if c.along(actions, start, []model.TraceStep{first}) {
			return &c.out, nil
		}
	}
	return nil, &unconfirmed{fmt.Sprintf("no step of %s from the state that was found breaks the claim", prog.Actions[o.Action].Name)}
}

// broken names a claim that is false in a state, or gives "".
func (c *confirmation) broken(s model.State) string {
	r := c.inst.NewRunner()
	r.Load(s)
	for i := range c.prog.Props {
		if k := c.prog.Props[i].Kind; k != ir.Step && Speaks(k) {
			if ok, f := c.holds(r, model.PropertyID(i)); !ok || f != nil {
				return c.prog.Props[i].Name
			}
		}
	}
	return ""
}

// along looks for the actions from a state on, and keeps the run where the last one breaks the claim.
func (c *confirmation) along(actions []int, s model.State, trace []model.TraceStep) bool {
	type step struct {
		label model.Label
		end   model.State
		fault *model.Fault
	}
	var found []step
	o, r := c.o, c.inst.NewRunner()
	r.Load(s)
	r.Next(func(l model.Label, t model.State, f *model.Fault) {
		switch {
		case int(l.Action) != actions[0]:
		case len(actions) > 1:
			if f == nil && len(found) < maxAlong {
				found = append(found, step{l, slices.Clone(t), nil})
			}
		case len(found) > 0:
		case f != nil && (o.Kind == Sound || o.Kind == Typed):
			found = append(found, step{l, nil, f})
		case f != nil:
		case o.Kind == Steps:
			if ok, f := r.HoldsStep(c.property()); !ok || f != nil {
				found = append(found, step{l, slices.Clone(t), f})
			}
		case o.Kind == Claims:
			c.to.Load(t)
			if ok, f := c.holds(c.to, model.PropertyID(o.Prop)); !ok || f != nil {
				found = append(found, step{l, slices.Clone(t), f})
			}
		}
	})
	shows := c.inst.NewRunner()
	for _, f := range found {
		next := model.TraceStep{Step: shows.Describe(s, f.label)}
		if f.end != nil {
			next.State = shows.Render(f.end)
		}
		run := append(trace[:len(trace):len(trace)], next)
		if len(actions) > 1 {
			if c.broken(f.end) == "" && c.along(actions[1:], f.end, run) {
				return true
			}
			continue
		}
		c.out.Fault = f.fault
		c.out.Trace = &model.Trace{Steps: run, Loop: -1}
		if e, ok := shows.(model.Explainer); ok && f.end != nil && f.fault == nil {
			if o.Kind == Steps {
				c.out.Parts = e.Explain(c.property(), s, f.label, f.end)
			} else {
				c.out.Parts = e.Explain(c.property(), f.end, model.Label{}, nil)
			}
		}
		return true
	}
	return false
}

// maxAlong bounds the ways of an action that are tried where several follow each other.
const maxAlong = 10_000

type confirmation struct {
	inst     Instance
	prog     *ir.Program
	o        *Obligation
	from, to model.Runner
	out      Counterexample
}

// property is the number of the claim among those of the instance.
func (c *confirmation) property() model.PropertyID {
	if c.o.Prop >= 0 {
		return model.PropertyID(c.o.Prop)
	}
	return model.PropertyID(slices.IndexFunc(c.inst.Info().Properties, func(q model.Property) bool { return q.Name == c.o.Claim }))
}

// holds tells whether an invariant or a bound is true in the state that is loaded.
func (c *confirmation) holds(r model.Runner, id model.PropertyID) (bool, *model.Fault) {
	q := &c.inst.Info().Properties[id]
	if q.Kind != model.Bound {
		return r.Holds(id)
	}
	n, f := r.Value(id)
	if q.AtLeast {
		return n >= q.Limit, f
	}
	return n <= q.Limit, f
}

// initial looks for an initial state that breaks the claim.
func (c *confirmation) initial() (*Counterexample, error) {
	found := false
	c.inst.NewRunner().Init(func(s model.State, f *model.Fault) {
		switch {
		case found:
		case f != nil:
			found = c.o.Kind == Sound || c.o.Kind == Typed
			if found {
				c.out.Fault = f
				c.out.Trace = &model.Trace{Loop: -1}
			}
		case c.o.Kind == Claims:
			c.to.Load(s)
			ok, f := c.holds(c.to, model.PropertyID(c.o.Prop))
			if ok && f == nil {
				return
			}
			found = true
			c.out.Fault = f
			c.out.Trace = &model.Trace{Steps: []model.TraceStep{{State: c.to.Render(s)}}, Loop: -1}
			if e, ok := c.to.(model.Explainer); ok && f == nil {
				c.out.Parts = e.Explain(model.PropertyID(c.o.Prop), s, model.Label{}, nil)
			}
		}
	})
	if !found {
		return nil, &unconfirmed{"no initial state breaks the claim"}
	}
	return &c.out, nil
}
