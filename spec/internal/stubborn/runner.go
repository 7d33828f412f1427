package stubborn

import (
	"math"
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

	silent set         // instances whose steps are none for the preserved properties of states, or of runs
	loud   set         // instances that are visible whatever their steps change
	goals  set         // all that may do what is preserved: others, and those that may fault or violate a property of steps
	mask   model.State // the bits of a state that those read

	first        []int32 // of each instance, the first conjunct that is false
	active       set     // in the current state
	taken        set     // the stubborn set whose successors have been emitted
	chosen, best set     // those under consideration
	one          set     // room for a single instance
	now          int     // the instance that is being taken
	live         bool    // there was a successor: an active instance may come to nothing
	emit, pass   func(model.Label, model.State, *model.Fault)
	queue        []int32
}

// NewRunner gives a runner of a system that runs by code.
func (a *Analysis) NewRunner(code Compiled) *Runner {
	n := len(a.instances)
	r := &Runner{
		a: a, code: code, first: make([]int32, n), active: newSet(n), taken: newSet(n),
		chosen: newSet(n), best: newSet(n), one: newSet(n), silent: newSet(n), loud: newSet(n), goals: newSet(n),
	}
	r.pass = r.successor
	return r
}

// Preserve says which properties are undecided.
func (r *Runner) Preserve(properties []bool) {
	if r.dependent == nil {
		var steps []model.PropertyID
		for p, info := range r.a.system.Info().Properties {
			if properties[p] && info.Kind.OfSteps() {
				steps = append(steps, model.PropertyID(p))
			}
		}
		r.dependent = r.a.depending(steps)
	}
	if slices.Equal(properties, r.kept) {
		return
	}
	r.kept = slices.Clone(properties)
	var claims []*claim
	for p, info := range r.a.system.Info().Properties {
		if properties[p] && (info.Kind == model.Invariant || info.Kind == model.Reachable || info.Kind == model.Bound) {
			claims = append(claims, &r.a.claims[p])
		}
	}
	r.keep(claims)
	r.silent.each(func(i int) {
		if r.a.instances[i].faults || r.a.mayBreak(i, properties) {
			r.goals.add(i)
		}
	})
}

// PreserveRuns says which properties of runs are to be decided; see model.RunReducer.
func (r *Runner) PreserveRuns(properties []bool) (some bool) {
	r.dependent = r.a.depending(nil)
	claims, loud := r.a.visible(properties)
	r.loud = loud
	r.keep(claims)
	return r.silent.count() > 0
}

// keep makes the instances goals that are loud or may touch a claim, and the others silent.
func (r *Runner) keep(claims []*claim) {
	seen := newSet(r.a.pk.Cells)
	for _, c := range claims {
		seen.addAll(c.reads)
	}
	r.mask = r.a.pk.Mask(seen.list())
	clear(r.silent)
	clear(r.goals)
	for i := range r.a.instances {
		switch in := &r.a.instances[i]; {
		case in.never:
		case r.loud.has(i), slices.ContainsFunc(claims, in.touches):
			r.goals.add(i)
		default:
			r.silent.add(i)
		}
	}
}

// Silent tells whether the step to t, which is being emitted, is none for the preserved properties of states, or of runs.
func (r *Runner) Silent(t model.State) bool {
	if r.silent.has(r.now) {
		return true
	}
	if r.loud.has(r.now) {
		return false
	}
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
	clear(r.taken)
	r.live = false
	for i, f := range r.first {
		if f < 0 || f == eval.Enabled {
			r.active.add(i)
		}
	}
	return r.NextMore(emit)
}

// NextMore emits the successors by the instances that make a larger stubborn set of the one before. Two of them make one
// together.
func (r *Runner) NextMore(emit func(model.Label, model.State, *model.Fault)) (rest bool) {
	sufficient := r.choose()
	for w, x := range r.best {
		now := x & r.active[w] &^ r.taken[w]
		r.taken[w] |= x
		rest = rest || r.active[w]&^x != 0
		r.best[w] = now
	}
	r.emit = emit
	for w, x := range r.best {
		for ; x != 0; x &= x - 1 {
			r.now = w<<6 + bits.TrailingZeros64(x)
			r.code.Run(r.now, r.pass)
		}
	}
	return rest && !(sufficient && r.live)
}

// successor passes on what compiled code emits.
func (r *Runner) successor(l model.Label, t model.State, f *model.Fault) {
	r.live = r.live || f == nil
	r.emit(l, t, f)
}

// choose finds a stubborn set that has the fewest active instances more than the one taken, and leaves it in best. It tells
// whether the set is sufficient. Others grow from a silent instance: what has no further one is of no use to an explorer.
func (r *Runner) choose() (sufficient bool) {
	fewest := 0
	for w, x := range r.active {
		fewest += bits.OnesCount64(x &^ r.taken[w])
		r.best[w] = r.taken[w] | x
	}
	if n := r.grow(r.goals, fewest); n < fewest {
		sufficient, fewest = true, n
		r.best, r.chosen = r.chosen, r.best
		if fewest == 0 && !r.live { // something is to be taken, whatever it is
			copy(r.taken, r.best)
			return r.seed(r.active, math.MaxInt)
		}
	}
	if r.seed(r.silent, fewest) {
		return false
	}
	return sufficient
}

// seed looks for a set that adds fewer active instances than limit, of those that grow from one of some active instances,
// and tells whether it found one, which it leaves in best.
func (r *Runner) seed(from set, limit int) (found bool) {
	for w := range r.active {
		for x := r.active[w] & from[w] &^ r.taken[w]; x != 0 && limit > 1; x &= x - 1 {
			clear(r.one)
			r.one.add(w<<6 + bits.TrailingZeros64(x))
			if n := r.grow(r.one, limit); n < limit {
				limit, found = n, true
				r.best, r.chosen = r.chosen, r.best
			}
		}
	}
	return found
}

// grow adds to the set taken some instances and all that it takes to be stubborn again, and gives the number of active
// instances that this adds. It ends early once there are as many as limit.
func (r *Runner) grow(by set, limit int) int {
	copy(r.chosen, r.taken)
	r.queue = r.queue[:0]
	n := r.include(by)
	for len(r.queue) > 0 && n < limit {
		i := int(r.queue[len(r.queue)-1])
		r.queue = r.queue[:len(r.queue)-1]
		switch {
		case r.a.instances[i].never:
		case r.active.has(i):
			n += r.include(r.dependent[i])
		default:
			n += r.include(r.enabling(i))
		}
	}
	return n
}

// include adds instances to the chosen ones and gives the number of those that are new and active.
func (r *Runner) include(s set) (n int) {
	for w, x := range s {
		x &^= r.chosen[w]
		r.chosen[w] |= x
		n += bits.OnesCount64(x & r.active[w])
		for ; x != 0; x &= x - 1 {
			r.queue = append(r.queue, int32(w<<6+bits.TrailingZeros64(x)))
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
