package stubborn

import (
	"math/bits"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/eval"
)

// Runner gives the successors of states in two parts; see model.Reducer.
type Runner struct {
	a         *Analysis
	code      Compiled
	dependent []set  // on each instance
	kept      []bool // the properties preserved

	silent set         // instances that write nothing that the preserved properties of states read
	mask   model.State // the bits of a state that these read

	first        []int32 // of each instance, the first conjunct that is false
	active, rest set     // in the current state
	chosen, best set
	queue        []int32
}

// NewRunner gives a runner of a system that runs by code.
func (a *Analysis) NewRunner(code Compiled) *Runner {
	n := len(a.instances)
	return &Runner{
		a: a, code: code, first: make([]int32, n), active: newSet(n), rest: newSet(n),
		chosen: newSet(n), best: newSet(n), silent: newSet(n),
	}
}

// Preserve says which properties are undecided.
func (r *Runner) Preserve(properties []bool) {
	if r.dependent == nil {
		var steps []model.PropertyID
		for p, info := range r.a.system.Info().Properties {
			if properties[p] && (info.Kind == model.Step || info.Kind == model.Ensures) {
				steps = append(steps, model.PropertyID(p))
			}
		}
		r.dependent = r.a.depending(steps)
	}
	if slices.Equal(properties, r.kept) {
		return
	}
	r.kept = slices.Clone(properties)
	seen := newSet(r.a.pk.Cells)
	for p, info := range r.a.system.Info().Properties {
		if properties[p] && (info.Kind == model.Invariant || info.Kind == model.Reachable || info.Kind == model.Bound) {
			seen.addAll(r.a.claims[p])
		}
	}
	r.mask = r.a.pk.Mask(seen.list())
	clear(r.silent)
	for i := range r.a.instances {
		if in := &r.a.instances[i]; !in.never && !in.writes.meets(seen) {
			r.silent.add(i)
		}
	}
}

// Silent tells whether the step to t leaves alone what the preserved properties of states read.
func (r *Runner) Silent(t model.State) bool {
	for w, s := range r.code.Current() {
		if (s^t[w])&r.mask[w] != 0 {
			return false
		}
	}
	return true
}

// NextSome emits the successors by the instances of a stubborn set.
func (r *Runner) NextSome(emit func(model.Label, model.State, *model.Fault)) bool {
	r.code.Probe(r.first)
	clear(r.active)
	seeds := false
	for i, f := range r.first {
		if f < 0 || f == eval.Enabled {
			r.active.add(i)
			seeds = seeds || r.silent.has(i)
		}
	}
	copy(r.best, r.active)
	if seeds {
		r.choose()
	}
	left := uint64(0)
	for w := range r.best {
		r.best[w] &= r.active[w]
		r.rest[w] = r.active[w] &^ r.best[w]
		left |= r.rest[w]
	}
	r.run(r.best, emit)
	return left != 0
}

// NextRest emits the other successors.
func (r *Runner) NextRest(emit func(model.Label, model.State, *model.Fault)) { r.run(r.rest, emit) }

func (r *Runner) run(s set, emit func(model.Label, model.State, *model.Fault)) {
	for w, x := range s {
		for ; x != 0; x &= x - 1 {
			r.code.Run(w<<6+bits.TrailingZeros64(x), emit)
		}
	}
}

// choose finds a stubborn set that has the fewest active instances, of those that grow from a silent one, and leaves it in
// best: a set without silent instances would be of no use to an explorer.
func (r *Runner) choose() {
	fewest := 0
	for _, x := range r.active {
		fewest += bits.OnesCount64(x)
	}
	for w := range r.active {
		for x := r.active[w] & r.silent[w]; x != 0 && fewest > 1; x &= x - 1 {
			if n := r.grow(w<<6+bits.TrailingZeros64(x), fewest); n < fewest {
				fewest = n
				r.best, r.chosen = r.chosen, r.best
			}
		}
	}
}

// grow makes the stubborn set around an active instance and gives the number of its active instances. It ends early once
// there are as many as limit.
func (r *Runner) grow(seed, limit int) int {
	clear(r.chosen)
	r.chosen.add(seed)
	r.queue = append(r.queue[:0], int32(seed))
	n := 1
	for len(r.queue) > 0 && n < limit {
		i := int(r.queue[len(r.queue)-1])
		r.queue = r.queue[:len(r.queue)-1]
		if r.a.instances[i].never {
			continue
		}
		more := r.dependent[i]
		if !r.active.has(i) {
			more = r.enabling(i)
		}
		for w, x := range more {
			x &^= r.chosen[w]
			r.chosen[w] |= x
			n += bits.OnesCount64(x & r.active[w])
			for ; x != 0; x &= x - 1 {
				r.queue = append(r.queue, int32(w<<6+bits.TrailingZeros64(x)))
			}
		}
	}
	return n
}

// enabling gives a necessary enabling set of a disabled instance: of the first conjunct of its guard that is false, or of
// another one that is false whenever it is come to. It takes the one that adds the fewest instances, active ones above all.
func (r *Runner) enabling(i int) set {
	in := &r.a.instances[i]
	first := int(r.first[i])
	best, least := in.guard[first].enable, r.price(in.guard[first].enable)
	cells := r.code.Cells()
	for k := first + 1; k < len(in.guard) && least > 0; k++ {
		g := &in.guard[k]
		if !g.usable || g.table[cells[g.cell]] {
			continue
		}
		if p := r.price(g.enable); p < least {
			best, least = g.enable, p
		}
	}
	return best
}

// price is what it costs to add a set to the chosen one.
func (r *Runner) price(s set) (p int) {
	for w, x := range s {
		x &^= r.chosen[w]
		p += bits.OnesCount64(x) + bits.OnesCount64(x&r.active[w])<<16
	}
	return p
}
