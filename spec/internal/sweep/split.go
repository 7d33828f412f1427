package sweep

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/diagram"
	"github.com/bulkheadlang/bulkhead/spec/internal/symbolic"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// draft is an alternative that is still functions of the state.
type draft struct {
	guards  []node
	changed []int  // variables
	next    []node // and what becomes of them
	checks  []look
	vectors []int32 // that change other variables
	some    []some
}

// both is a condition together with guards.
func (b *builder) both(n node, guards []node) node {
	for _, g := range guards {
		n = b.m.Apply(diagram.And, n, g)
	}
	return n
}

// look is something watched on the step, and where there is something to see.
type look struct {
	id   int32
	when node
}

// draft takes down an alternative of an instance, with what is watched on its step.
func (b *builder) draft(id model.ActionID, a *ir.Action, ranks []uint64, alt *symbolic.Alternative) *draft {
	d := &draft{}
	var possible bool
	if d.guards, possible = b.together(alt.Guards); !possible {
		return nil
	}
	for i := range b.m.Vars {
		n := alt.Next[i]
		if n == b.m.Now(i) || b.m.Vars[i].Width == 0 {
			continue
		}
		if _, ok := b.m.Opaque(n); !ok {
			n = b.given(d.guards, n)
		}
		d.changed, d.next = append(d.changed, i), append(d.next, n)
	}
	add := func(p model.PropertyID, k int, n node) {
		if n == diagram.False {
			return
		}
		n = b.given(d.guards, n)
		if b.both(n, d.guards) != diagram.False {
			d.checks = append(d.checks, look{b.watch(p, k), n})
		}
	}
	about := func(p model.PropertyID, owner *ir.Action, x *ir.Expr, antecedents []*ir.Expr) {
		holds, faults := b.m.After(owner, ranks, alt, x)
		add(p, itself, b.m.Apply(diagram.Or, b.m.Not(holds), faults))
		add(p, itsFaults, faults)
		for k, cond := range antecedents {
			met, faults := b.m.After(owner, ranks, alt, cond)
			add(p, k, b.m.Apply(diagram.And, met, b.m.Not(faults)))
		}
	}
	for p := range b.info.Properties {
		switch prop := &b.info.Properties[p]; {
		case prop.Kind == model.Step:
			x := b.code.Props[p].Expr
			about(model.PropertyID(p), nil, x, ir.Antecedents(x))
		case prop.Kind == model.Ensures && prop.Action == id:
			about(model.PropertyID(p), a, a.Ensures, ir.Ensuring(a))
		}
	}
	return d
}

// spread is how a condition lies over the chunks: what it says of each of them, and whether that is all it says.
type spread struct {
	parts  []part
	exact  bool
	chunks int
}

func (b *builder) spread(g node) spread {
	if sp, ok := b.about[g]; ok {
		return sp
	}
	var sp spread
	all := diagram.True
	for _, k := range b.touched(g) {
		n := b.m.Project(g, b.chunks[k].lo, b.chunks[k].hi)
		if n != diagram.True {
			sp.parts = append(sp.parts, part{k, n})
		}
		all = b.m.Apply(diagram.And, all, n)
		sp.chunks++
	}
	sp.exact = all == g
	b.about[g] = sp
	return sp
}

// touched lists the chunks that a function depends on.
func (b *builder) touched(n node) []int {
	var out []int
	for _, i := range b.m.Support(n) {
		if k := b.of[i]; k < 0 {
			panic(symbolic.Unsupported{What: "it computes with a number that two words share"})
		} else if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// Limits of splitting: an alternative may become several, by the value of a variable, where what is left of it is
// simpler then.
const (
	splitDomain  = 64 // values of the variable
	splitCases   = 8  // cases to be told apart
	splitInto    = 16 // alternatives, in all
	splitTries   = 4  // variables that are tried each time
	splitPenalty = 0.15
)

// cost estimates what an alternative takes when it is tried and taken, in tables looked up.
func (b *builder) cost(d *draft) (c float64) {
	for _, g := range d.guards {
		if sp := b.spread(g); !sp.exact {
			c += 2 + float64(sp.chunks)
		}
	}
	for _, n := range d.next {
		if _, ok := b.m.Opaque(n); ok {
			continue
		}
		if _, ok := b.m.IsConst(n); ok {
			continue
		}
		switch chunks := len(b.touched(n)); {
		case chunks == 1:
			c += 0.5
		default:
			c += 1 + float64(chunks)
		}
	}
	return c
}

// split gives the alternatives that an alternative is best made of.
func (b *builder) split(d *draft) []*draft {
	if d == nil {
		return nil
	}
	out := []*draft{d}
	for i := 0; i < len(out); i++ {
		for len(out) < splitInto {
			parts := b.halve(out[i])
			if parts == nil || len(out)+len(parts)-1 > splitInto {
				break
			}
			out = slices.Replace(out, i, i+1, parts...)
		}
	}
	return out
}

// halve splits an alternative by the variable that makes what is left simplest, or gives nil.
func (b *builder) halve(d *draft) (best []*draft) {
	now := b.cost(d)
	if now < 2 {
		return nil
	}
	// The variables that functions of several chunks depend on, the most frequent first.
	counts := map[int]int{}
	var names []int
	count := func(n node) {
		for _, i := range b.m.Support(n) {
			if b.m.Size(i) <= splitDomain {
				if counts[i] == 0 {
					names = append(names, i)
				}
				counts[i]++
			}
		}
	}
	for _, g := range d.guards {
		if !b.spread(g).exact {
			count(g)
		}
	}
	for _, n := range d.next {
		if _, ok := b.m.Opaque(n); !ok {
			if _, ok := b.m.IsConst(n); !ok && len(b.touched(n)) > 1 {
				count(n)
			}
		}
	}
	slices.SortStableFunc(names, func(x, y int) int { return counts[y] - counts[x] })
	least := now - 1
	for _, i := range names[:min(len(names), splitTries)] {
		parts := b.cases(d, i)
		sum := 0.0
		for _, p := range parts {
			sum += b.cost(p)
		}
		if len(parts) > 0 {
			if c := sum/float64(len(parts)) + splitPenalty*float64(len(parts)); c < least {
				best, least = parts, c
			}
		}
	}
	return best
}

// cases tells the values of a variable apart by what they leave of an alternative: it gives an alternative for each case,
// or nil where there are too many.
func (b *builder) cases(d *draft, i int) (out []*draft) {
	type group struct {
		left []node // of guards, changes and checks
		when node   // the variable has one of the values
	}
	var groups []group
next:
	for v := range b.m.Size(i) {
		is := b.m.Apply(diagram.Eq, b.m.Now(i), b.m.Const(int64(v)))
		var left []node
		for _, g := range d.guards {
			r := b.m.Restrict(g, i, v)
			if r == diagram.False {
				continue next
			}
			left = append(left, r)
		}
		for _, n := range d.next {
			if _, ok := b.m.Opaque(n); !ok {
				n = b.m.Restrict(n, i, v)
			}
			left = append(left, n)
		}
		for _, l := range d.checks {
			left = append(left, b.m.Restrict(l.when, i, v))
		}
		for k := range groups {
			if slices.Equal(groups[k].left, left) {
				groups[k].when = b.m.Apply(diagram.Or, groups[k].when, is)
				continue next
			}
		}
		if groups = append(groups, group{left, is}); len(groups) > splitCases {
			return nil
		}
	}
	for _, g := range groups {
		e := &draft{changed: d.changed, vectors: d.vectors, some: d.some}
		var possible bool
		if e.guards, possible = b.together(append(slices.Clone(g.left[:len(d.guards)]), g.when)); !possible {
			continue
		}
		rest := g.left[len(d.guards):]
		for _, n := range rest[:len(d.next)] {
			if _, ok := b.m.Opaque(n); !ok {
				n = b.given(e.guards, n)
			}
			e.next = append(e.next, n)
		}
		for k, l := range d.checks {
			n := b.given(e.guards, rest[len(d.next)+k])
			if b.both(n, e.guards) != diagram.False {
				e.checks = append(e.checks, look{l.id, n})
			}
		}
		out = append(out, e)
	}
	return out
}
