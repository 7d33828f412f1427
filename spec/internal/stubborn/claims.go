package stubborn

import (
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/eval"
	"github.com/bulkheadlang/bulkhead/spec/internal/layout"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// claim is what a property reads. Of most cells a property of states wants to know little: where it only compares one with
// constants, values of it with the same outcomes are one class, and a step within a class is none for the property.
type claim struct {
	reads   set           // cells
	classes map[int][]int // of some of them, the class of each value
}

// claimsOf finds what the properties of states and steps read. Those of an action's ensures come after all others.
func claimsOf(s *eval.System, pk *layout.Packing, tb *layout.Table, limits []uint64) (out []claim) {
	p := s.Program()
	props := s.Info().Properties
	for i := range props {
		r := newReader(p, pk, tb)
		var c claim
		switch {
		case i < len(p.Props) && (p.Props[i].Kind == ir.Step || p.Props[i].Kind == ir.Refines):
			r.expr(p.Props[i].Expr, nil)
		case i < len(p.Props) && p.Props[i].Expr != nil && p.Props[i].Kind != ir.Fair:
			r.atoms, r.limit = map[int][]int{}, limits
			r.expr(p.Props[i].Expr, nil)
			for _, x := range ir.Antecedents(p.Props[i].Expr) {
				r.expr(x, nil)
			}
			c.classes = r.classes()
		case props[i].Kind == model.Ensures:
			act := &p.Actions[props[i].Action]
			r.expr(act.Ensures, nil)
			for _, x := range ir.Ensuring(act) {
				r.expr(x, nil)
			}
		}
		c.reads = r.reads
		out = append(out, c)
	}
	return out
}

// classes gives those of the cells of which nothing but comparisons was noted, and counts the cells as read.
func (r *reader) classes() map[int][]int {
	out := map[int][]int{}
	for cell, classes := range r.atoms {
		if !r.reads.has(cell) {
			out[cell] = classes
		}
	}
	for cell := range out {
		r.reads.add(cell)
	}
	return out
}

// propositions finds what the propositions of runs read. Those of steps are enabled by what the guards and the bodies of their
// instances read: a body may come to nothing.
func (a *Analysis) propositions(tb *layout.Table, limits []uint64) {
	p := a.system.Program()
	list, _ := a.system.Instances()
	runs := a.system.Runs()
	a.happening = make([]set, len(runs.Propositions))
	bits := newSet(len(runs.Propositions))
	for i := range list {
		clear(bits)
		a.system.Happens(i, bits)
		bits.each(func(k int) {
			if a.happening[k] == nil {
				a.happening[k] = newSet(len(list))
			}
			a.happening[k].add(i)
		})
	}
	for k, proposition := range runs.Propositions {
		r := newReader(p, a.pk, tb)
		r.atoms, r.limit = map[int][]int{}, limits
		switch {
		case proposition.Kind == model.OfState:
			r.expr(p.Runs.Code[k].Expr, nil)
		case proposition.Kind == model.OfStep && a.happening[k] != nil:
			a.happening[k].each(func(i int) { r.enabling(&list[i]) })
		}
		c := claim{classes: r.classes()}
		c.reads = r.reads
		a.sayings = append(a.sayings, c)
	}
}

// enabling notes what it depends on whether an instance has a step.
func (r *reader) enabling(in *eval.Instance) {
	if in.Never {
		return
	}
	act := &r.p.Actions[in.Action]
	s := r.parameters(act, in.Ranks)
	for _, g := range in.Guard {
		r.left = mostNodes
		r.expr(g.X, s)
	}
	body := newReader(r.p, r.pk, r.tb)
	body.writes, body.values = newSet(r.pk.Cells), map[int][]int64{}
	body.body(act.Body, s)
	r.reads.addAll(body.reads)
}

// visible gives what makes instances visible for some properties of runs: what is read, and which steps fairness is about.
func (a *Analysis) visible(properties []bool) (claims []*claim, loud set) {
	runs := a.system.Runs()
	loud = newSet(len(a.instances))
	spoken := newSet(len(a.sayings))
	for _, f := range runs.Fairness {
		spoken.add(f.Step)
		if steps := a.happening[f.Step]; steps != nil {
			loud.addAll(steps)
		}
	}
	var formula func(f *model.Formula)
	formula = func(f *model.Formula) {
		if f.Op == model.PropositionOp {
			k := f.Prop
			if runs.Propositions[k].Kind == model.OfEnabled {
				k = runs.Propositions[k].Step
			}
			spoken.add(k)
		}
		for _, g := range f.Args {
			formula(g)
		}
	}
	for _, p := range runs.Properties {
		if !properties[p.Property] {
			continue
		}
		for _, in := range p.Instances {
			if in.Formula != nil {
				formula(in.Formula)
			}
			if in.Wait != nil {
				formula(in.Wait.From)
				formula(in.Wait.To)
			}
		}
	}
	spoken.each(func(k int) { claims = append(claims, &a.sayings[k]) })
	return claims, loud
}

// atom notes a comparison of a single cell with a constant, apart from what is read, if this is one.
func (r *reader) atom(x *ir.Expr, s *scope) bool {
	if r.atoms == nil {
		return false
	}
	for side, arg := range x.Args {
		other := x.Args[1-side]
		if arg.Op != ir.LoadVar && arg.Op != ir.Index && arg.Op != ir.Field || !layout.IsScalar(arg.Type) {
			continue
		}
		if !(arg.Type.IsInt() && other.Type.IsInt() || x.Op == ir.Eq && types.Identical(arg.Type, other.Type)) {
			continue
		}
		constant, known := r.expr(other, s)
		if !known {
			continue
		}
		at, _, ok := r.place(arg, s)
		if !ok || r.limit[at] >= mostTable {
			continue
		}
		r.distinguish(at, func(rank int) bool {
			v := int64(rank) + offset(arg.Type)
			switch {
			case x.Op == ir.Eq:
				return v == constant
			case (x.Op == ir.Lt) == (side == 0): // v < c, or c <= v
				return x.Op == ir.Lt && v < constant || x.Op == ir.Le && constant <= v
			default: // c < v, or v <= c
				return x.Op == ir.Lt && constant < v || x.Op == ir.Le && v <= constant
			}
		})
		return true
	}
	return false
}

// distinguish splits the classes of the values of a cell by a condition.
func (r *reader) distinguish(cell int, holds func(rank int) bool) {
	old := r.atoms[cell]
	if old == nil {
		old = make([]int, r.limit[cell]+1)
	}
	classes := make([]int, len(old))
	numbers := map[[2]int]int{}
	for v := range classes {
		key := [2]int{old[v], 0}
		if holds(v) {
			key[1] = 1
		}
		if _, ok := numbers[key]; !ok {
			numbers[key] = len(numbers)
		}
		classes[v] = numbers[key]
	}
	r.atoms[cell] = classes
}

// touches tells whether a step of an instance may be one for a property.
func (in *instance) touches(c *claim) (yes bool) {
	in.writes.each(func(cell int) {
		if yes || !c.reads.has(cell) {
			return
		}
		classes, moves := c.classes[cell], in.moves[cell]
		yes = classes == nil || moves == nil
		for _, m := range moves {
			yes = yes || classes[m[0]] != classes[m[1]]
		}
	})
	return yes
}
