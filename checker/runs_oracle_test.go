package checker

import (
	"github.com/bulkheadlang/bulkhead/model"
)

// An oracle for formulas of linear temporal logic that shares nothing with the engine: neither the automata nor the way in
// which fairness is treated.

// core writes a formula with true, propositions, not, and, next and until alone.
func core(f *model.Formula) *model.Formula {
	var args []*model.Formula
	for _, g := range f.Args {
		args = append(args, core(g))
	}
	not := func(g *model.Formula) *model.Formula { return operator(model.NotOp, g) }
	truth := operator(model.TrueOp)
	or := func(g ...*model.Formula) *model.Formula {
		var list []*model.Formula
		for _, h := range g {
			list = append(list, not(h))
		}
		return not(operator(model.AndOp, list...))
	}
	eventually := func(g *model.Formula) *model.Formula { return operator(model.UntilOp, truth, g) }
	always := func(g *model.Formula) *model.Formula { return not(eventually(not(g))) }
	switch f.Op {
	case model.FalseOp:
		return not(truth)
	case model.OrOp:
		return or(args...)
	case model.ImpliesOp:
		return or(not(args[0]), args[1])
	case model.IffOp:
		return or(operator(model.AndOp, args...), operator(model.AndOp, not(args[0]), not(args[1])))
	case model.AlwaysOp:
		return always(args[0])
	case model.EventuallyOp:
		return eventually(args[0])
	case model.ReleaseOp:
		return not(operator(model.UntilOp, not(args[0]), not(args[1])))
	case model.WeakUntilOp:
		return or(operator(model.UntilOp, args[0], args[1]), always(args[0]))
	case model.LeadsToOp:
		return always(or(not(args[0]), eventually(args[1])))
	default:
		return &model.Formula{Op: f.Op, Prop: f.Prop, Args: args}
	}
}

// tableau is what may be true on runs: its nodes are an edge of the system together with a guess of what will be true after
// it, a bit for each next and until of the formula (Lichtenstein and Pnueli, POPL 1985).
type tableau struct {
	t      *runToy
	f      *model.Formula
	guess  map[*model.Formula]int
	untils []*model.Formula
}

type tableauNode struct {
	edge  int // of list
	guess int
}

func (b *tableau) number(f *model.Formula) {
	if _, numbered := b.guess[f]; numbered {
		return
	}
	for _, g := range f.Args {
		b.number(g)
	}
	if f.Op == model.NextOp || f.Op == model.UntilOp {
		b.guess[f] = len(b.guess)
	}
	if f.Op == model.UntilOp {
		b.untils = append(b.untils, f)
	}
}

func (b *tableau) truth(f *model.Formula, letter uint64, guess int) bool {
	switch f.Op {
	case model.TrueOp:
		return true
	case model.PropositionOp:
		return letter>>f.Prop&1 == 1
	case model.NotOp:
		return !b.truth(f.Args[0], letter, guess)
	case model.AndOp:
		for _, g := range f.Args {
			if !b.truth(g, letter, guess) {
				return false
			}
		}
		return true
	case model.NextOp:
		return guess>>b.guess[f]&1 == 1
	default:
		return b.truth(f.Args[1], letter, guess) || b.truth(f.Args[0], letter, guess) && guess>>b.guess[f]&1 == 1
	}
}

// toyFair is a fairness assumption about moves.
type toyFair struct {
	strong bool
	of     func(e toyEdge) bool
}

func (t *runToy) fairness() (out []toyFair) {
	for _, f := range t.runs.Fairness {
		out = append(out, toyFair{f.Strong, func(e toyEdge) bool { return e.bits>>f.Step&1 == 1 }})
	}
	return out
}

// trueOfRuns tells whether a formula is true of every fair run.
func trueOfRuns(t *runToy, f *model.Formula, fair []toyFair) bool {
	return shortestStem(t, f, fair) < 0
}

// shortestStem gives the least number of steps before the loop of a fair run of which a formula is false, or -1. What is true from a place
// of such a run on is true again a loop later, so that the run is one of a node to itself from there on.
func shortestStem(t *runToy, f *model.Formula, fair []toyFair) int {
	b := &tableau{t: t, f: operator(model.NotOp, core(f)), guess: map[*model.Formula]int{}}
	b.number(b.f)
	var list []toyEdge
	var letters []uint64
	for s := range t.moves {
		for _, e := range append(t.edges(s), t.stops(s)...) {
			list, letters = append(list, e), append(letters, t.letter(e))
		}
	}
	guesses := 1 << len(b.guess)
	type place struct{ state, guess int }
	after := map[place][]tableauNode{} // by the state, and by the guess before that comes true
	for k, e := range list {
		for g := range guesses {
			before := place{state: e.from}
			for h, bit := range b.guess {
				if h.Op == model.NextOp {
					h = h.Args[0]
				}
				if b.truth(h, letters[k], g) {
					before.guess |= 1 << bit
				}
			}
			after[before] = append(after[before], tableauNode{k, g})
		}
	}
	edges, depth := map[tableauNode][]tableauNode{}, map[tableauNode]int{}
	var todo []tableauNode
	for _, s := range t.init {
		for k, e := range list {
			for g := range guesses {
				if n := (tableauNode{k, g}); e.from == int(s[0]) && b.truth(b.f, letters[k], g) {
					todo, depth[n] = append(todo, n), 0
				}
			}
		}
	}
	for ; len(todo) > 0; todo = todo[1:] {
		n := todo[0]
		if _, ok := edges[n]; ok {
			continue
		}
		edges[n] = after[place{list[n.edge].to, n.guess}]
		for _, m := range edges[n] {
			if _, ok := depth[m]; !ok {
				depth[m] = depth[n] + 1
				todo = append(todo, m)
			}
		}
	}
	// A run that has stopped repeats what is true where it stopped, one step sooner.
	least := -1
	shorter := func(n tableauNode) {
		d := depth[n]
		if list[n.edge].from >= len(t.moves) {
			d--
		}
		if least < 0 || d < least {
			least = d
		}
	}
	enabled := func(n tableauNode, f toyFair) bool {
		for _, e := range t.edges(t.at(list[n.edge].from)) {
			if f.of(e) {
				return true
			}
		}
		return false
	}
	// A run is fair to a strong assumption in that it is enabled no more from some point on, or taken for ever. Every
	// choice between the two, for every assumption, is tried.
	var strong []toyFair
	for _, f := range fair {
		if f.strong {
			strong = append(strong, f)
		}
	}
	for off := range 1 << len(strong) {
		allowed := func(n tableauNode) bool {
			for i, f := range strong {
				if off>>i&1 == 1 && enabled(n, f) {
					return false
				}
			}
			return true
		}
		for _, comp := range componentsOf(edges, allowed) {
			good := true
			some := func(f func(n tableauNode) bool) {
				found := false
				for _, n := range comp {
					found = found || f(n)
				}
				good = good && found
			}
			for _, u := range b.untils {
				some(func(n tableauNode) bool {
					return !b.truth(u, letters[n.edge], n.guess) || b.truth(u.Args[1], letters[n.edge], n.guess)
				})
			}
			i := 0
			for _, f := range fair {
				switch {
				case !f.strong: // the node's edge is taken by every way out of it
					some(func(n tableauNode) bool { return f.of(list[n.edge]) || !enabled(n, f) })
				case off>>i&1 == 0:
					some(func(n tableauNode) bool { return f.of(list[n.edge]) })
				}
				if f.strong {
					i++
				}
			}
			for _, n := range comp {
				if good {
					shorter(n)
				}
			}
		}
	}
	return least
}

// componentsOf gives the strongly connected components of the nodes allowed that have a cycle (Kosaraju and Sharir).
func componentsOf(edges map[tableauNode][]tableauNode, allowed func(tableauNode) bool) [][]tableauNode {
	back := map[tableauNode][]tableauNode{}
	seen := map[tableauNode]bool{}
	var order []tableauNode
	var visit func(n tableauNode)
	visit = func(n tableauNode) {
		if seen[n] || !allowed(n) {
			return
		}
		seen[n] = true
		for _, m := range edges[n] {
			if allowed(m) {
				back[m] = append(back[m], n)
				visit(m)
			}
		}
		order = append(order, n)
	}
	for n := range edges {
		visit(n)
	}
	var out [][]tableauNode
	taken := map[tableauNode]bool{}
	for i := len(order) - 1; i >= 0; i-- {
		var comp []tableauNode
		var collect func(n tableauNode)
		collect = func(n tableauNode) {
			if taken[n] {
				return
			}
			taken[n] = true
			comp = append(comp, n)
			for _, m := range back[n] {
				collect(m)
			}
		}
		collect(order[i])
		cyclic := len(comp) > 1
		if len(comp) == 1 {
			for _, m := range edges[comp[0]] {
				cyclic = cyclic || m == comp[0]
			}
		}
		if cyclic {
			out = append(out, comp)
		}
	}
	return out
}

// toyLasso is an infinite run of a toy: some edges, and from edge loop on again.
type toyLasso struct {
	edges []toyEdge
	loop  int
}

// trueOn evaluates a formula at a position of a lasso, by the definition of the operators.
func (t *runToy) trueOn(f *model.Formula, l *toyLasso, i int) bool {
	f = core(f)
	memo := map[*model.Formula][]bool{}
	after := func(i int) int {
		if i == len(l.edges)-1 {
			return l.loop
		}
		return i + 1
	}
	var all func(f *model.Formula) []bool
	all = func(f *model.Formula) []bool {
		if out, ok := memo[f]; ok {
			return out
		}
		out := make([]bool, len(l.edges))
		for i := range out {
			switch f.Op {
			case model.TrueOp:
				out[i] = true
			case model.PropositionOp:
				out[i] = t.letter(l.edges[i])>>f.Prop&1 == 1
			case model.NotOp:
				out[i] = !all(f.Args[0])[i]
			case model.AndOp:
				out[i] = true
				for _, g := range f.Args {
					out[i] = out[i] && all(g)[i]
				}
			case model.NextOp:
				out[i] = all(f.Args[0])[after(i)]
			default:
				a, b := all(f.Args[0]), all(f.Args[1])
				for j, n := i, 0; n <= len(l.edges); j, n = after(j), n+1 {
					if b[j] {
						out[i] = true
						break
					}
					if !a[j] {
						break
					}
				}
			}
		}
		memo[f] = out
		return out
	}
	return all(f)[i]
}

// isFair tells whether the loop of a lasso meets a fairness assumption.
func (t *runToy) isFair(l *toyLasso, f toyFair) bool {
	taken, always, ever := false, true, false
	for _, e := range l.edges[l.loop:] {
		taken = taken || f.of(e)
		enabled := false
		for _, o := range t.edges(e.from) {
			enabled = enabled || f.of(o)
		}
		always, ever = always && enabled, ever || enabled
	}
	if f.strong {
		return taken || !ever
	}
	return taken || !always
}

// holdsIn evaluates a formula without temporal operators on an edge.
func (t *runToy) holdsIn(f *model.Formula, e toyEdge) bool {
	return t.trueOn(f, &toyLasso{edges: []toyEdge{e}}, 0)
}

// canIn gives the states where a formula about what can be reached is true, by the fixpoints that define its operators.
func (t *runToy) canIn(f *model.Formula) []bool {
	n := len(t.moves)
	out := make([]bool, n)
	var args [][]bool
	for _, g := range f.Args {
		args = append(args, t.canIn(g))
	}
	reach := func(goal []bool) []bool {
		set := append([]bool(nil), goal...)
		for range n {
			for s := range n {
				for _, e := range t.edges(s) {
					set[s] = set[s] || set[e.to]
				}
			}
		}
		return set
	}
	not := func(set []bool) []bool {
		out := make([]bool, n)
		for s := range set {
			out[s] = !set[s]
		}
		return out
	}
	switch f.Op {
	case model.CanOp:
		return reach(args[0])
	case model.AlwaysOp:
		return not(reach(not(args[0])))
	}
	for s := range out {
		switch f.Op {
		case model.TrueOp:
			out[s] = true
		case model.PropositionOp:
			out[s] = t.letter(t.edges(s)[0])>>f.Prop&1 == 1
		case model.NotOp:
			out[s] = !args[0][s]
		case model.AndOp:
			out[s] = args[0][s] && args[1][s]
		case model.OrOp:
			out[s] = args[0][s] || args[1][s]
		case model.ImpliesOp:
			out[s] = !args[0][s] || args[1][s]
		case model.IffOp:
			out[s] = args[0][s] == args[1][s]
		}
	}
	return out
}

// reachable gives the states that can be reached.
func (t *runToy) reachable() map[int]bool {
	seen := map[int]bool{}
	var todo []int
	for _, s := range t.init {
		todo = append(todo, int(s[0]))
	}
	for len(todo) > 0 {
		s := todo[0]
		todo = todo[1:]
		if seen[s] {
			continue
		}
		seen[s] = true
		for _, e := range t.edges(s) {
			todo = append(todo, e.to)
		}
	}
	return seen
}

// longestIn gives the longest wait, or endless, and whether any begins: by the greatest number of steps that count on
// paths of ever more steps. What counts in a graph of n states without end counts less than n times.
func (t *runToy) longestIn(w *model.Wait) (longest int, endless, begins bool) {
	n := len(t.moves)
	pending := func(e toyEdge) bool { return !t.holdsIn(w.To, e) && (!w.While || t.holdsIn(w.From, e)) }
	weight := func(e toyEdge) int {
		if w.Unit < 0 || e.bits>>w.Unit&1 == 1 {
			return 1
		}
		return 0
	}
	best := make([]int, n)
	for range (n + 2) * (n + 2) {
		next := make([]int, n)
		for s := range n {
			next[s] = best[s]
			for _, e := range t.edges(s) {
				if pending(e) {
					next[s] = max(next[s], weight(e)+best[e.to])
				}
			}
		}
		best = next
	}
	for s := range t.reachable() {
		for _, e := range t.edges(s) {
			if !t.holdsIn(w.From, e) {
				continue
			}
			begins = true
			if pending(e) {
				longest = max(longest, weight(e)+best[e.to])
			}
		}
	}
	return longest, longest > n, begins
}
