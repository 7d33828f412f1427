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
			c.classes = map[int][]int{}
			for cell, classes := range r.atoms {
				if !r.reads.has(cell) {
					c.classes[cell] = classes
				}
			}
			for cell := range c.classes {
				r.reads.add(cell)
			}
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
