package buchi

import (
	"cmp"
	"context"
	"slices"
)

// simulated is the number of states up to which simulations are looked for, which takes time that grows with its square.
const simulated = 300

// reduce removes states and transitions without which the automaton accepts the same words.
func (a *Automaton) reduce(ctx context.Context) error {
	a.dropSets()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		before := a.size()
		a.trim()
		if len(a.States) > 0 && len(a.States) <= simulated {
			if err := a.simulate(ctx); err != nil {
				return err
			}
			a.trim()
		}
		a.dropSets()
		if a.size() == before {
			return nil
		}
	}
}

func (a *Automaton) size() [3]int {
	n := 0
	for _, out := range a.States {
		n += len(out)
	}
	return [3]int{len(a.States), n, a.Sets}
}

// trim removes the states that are on no accepted run, and what acceptance sets say of transitions that a run takes only
// finitely often.
func (a *Automaton) trim() {
	comp := a.Components()
	marks := map[int]uint64{}
	inside := map[int]bool{}
	for s, out := range a.States {
		for _, t := range out {
			if comp[s] == comp[t.To] {
				marks[comp[s]] |= t.Accept | t.Given
				inside[comp[s]] = true
			}
		}
	}
	accepts := func(s int) bool { return inside[comp[s]] && marks[comp[s]] == a.All() }
	for s, out := range a.States {
		for i := range out {
			if comp[s] != comp[out[i].To] || !accepts(s) {
				out[i].Accept, out[i].Given = 0, 0
			}
		}
	}
	useful := make([]bool, len(a.States))
	for s := range a.States {
		useful[s] = accepts(s)
	}
	for changed := true; changed; {
		changed = false
		for s, out := range a.States {
			if !useful[s] && slices.ContainsFunc(out, func(t Transition) bool { return useful[t.To] }) {
				useful[s], changed = true, true
			}
		}
	}
	a.keep(func(s int) bool { return useful[s] })
}

// keep removes all states but those that are reachable by way of states that f names.
func (a *Automaton) keep(f func(s int) bool) {
	number := make([]int, len(a.States))
	var order []int
	visit := func(s int) {
		if number[s] == 0 && f(s) {
			order = append(order, s)
			number[s] = len(order)
		}
	}
	if len(a.States) > 0 {
		visit(a.Start)
	}
	var states [][]Transition
	for i := 0; i < len(order); i++ {
		var out []Transition
		for _, t := range a.States[order[i]] {
			if visit(t.To); number[t.To] > 0 {
				out = append(out, t)
			}
		}
		states = append(states, out)
	}
	for _, out := range states {
		for i := range out {
			out[i].To = number[out[i].To] - 1
		}
		slices.SortFunc(out, compareTransitions)
	}
	a.States, a.Start = states, 0
	if len(states) == 0 {
		a.Sets, a.Goals = 0, nil
	}
}

func compareTransitions(t, u Transition) int {
	return cmp.Or(cmp.Compare(t.To, u.To), cmp.Compare(t.True, u.True), cmp.Compare(t.False, u.False),
		cmp.Compare(t.Accept, u.Accept), cmp.Compare(t.Given, u.Given))
}

// Components gives the strongly connected component of each state, by number: a component has a greater number than those
// that can be reached from it (Tarjan).
func (a *Automaton) Components() []int {
	n := len(a.States)
	comp, low, index := make([]int, n), make([]int, n), make([]int, n)
	for s := range comp {
		comp[s] = -1
	}
	count, found := 0, 0
	var stack []int
	type frame struct{ s, i int }
	for root := range a.States {
		if index[root] > 0 {
			continue
		}
		calls := []frame{{root, 0}}
		for len(calls) > 0 {
			f := &calls[len(calls)-1]
			s := f.s
			if f.i == 0 {
				count++
				index[s], low[s] = count, count
				stack = append(stack, s)
			} else {
				low[s] = min(low[s], low[a.States[s][f.i-1].To])
			}
			for f.i < len(a.States[s]) {
				to := a.States[s][f.i].To
				f.i++
				if index[to] == 0 {
					calls = append(calls, frame{to, 0})
					break
				}
				if comp[to] < 0 {
					low[s] = min(low[s], index[to])
				}
			}
			if calls[len(calls)-1].s != s || calls[len(calls)-1].i < len(a.States[s]) {
				continue
			}
			calls = calls[:len(calls)-1]
			if low[s] == index[s] {
				for {
					t := stack[len(stack)-1]
					stack = stack[:len(stack)-1]
					comp[t] = found
					if t == s {
						break
					}
				}
				found++
			}
		}
	}
	return comp
}

// dropSets removes the acceptance sets that contain another one, and renumbers the rest.
func (a *Automaton) dropSets() {
	inside := make([]uint64, a.Sets) // of each set, those that all its transitions are in
	for i := range inside {
		inside[i] = a.All()
		below := a.below(i)
		for _, out := range a.States {
			for _, t := range out {
				if t.Accept>>i&1 == 1 {
					inside[i] &= t.Accept
				}
				if t.Given>>i&1 == 1 {
					inside[i] &= t.Accept | t.Given&below
				}
			}
		}
	}
	var kept []int
	gone := uint64(0)
	for j := range a.Sets {
		for i := range a.Sets {
			if i != j && gone>>i&1 == 0 && inside[i]>>j&1 == 1 {
				gone |= 1 << j
				break
			}
		}
		if gone>>j&1 == 0 {
			kept = append(kept, j)
		}
	}
	for _, out := range a.States {
		for i := range out {
			accept, given := uint64(0), uint64(0)
			for k, j := range kept {
				accept |= out[i].Accept >> j & 1 << k
				given |= out[i].Given >> j & 1 << k
			}
			out[i].Accept, out[i].Given = accept, given
		}
	}
	goals := make([][]Label, len(kept))
	for k, j := range kept {
		goals[k] = a.Goals[j]
	}
	a.Sets, a.Goals = len(kept), goals
}

// below gives the sets whose goals all letters of the goal of set i are of.
func (a *Automaton) below(i int) (sets uint64) {
	sets = a.All()
	for _, l := range a.Goals[i] {
		sets &= a.sure(l)
	}
	return sets
}

// sure gives the sets of whose goals the letters of a label are.
func (a *Automaton) sure(l Label) (sets uint64) {
	for i, goal := range a.Goals {
		if slices.ContainsFunc(goal, l.within) {
			sets |= 1 << i
		}
	}
	return sets
}

// settle makes Given of t say of no set what its label decides.
func (a *Automaton) settle(t *Transition) {
	t.Accept |= t.Given & a.sure(t.Label)
	t.Given &^= t.Accept
	for i, goal := range a.Goals {
		if !slices.ContainsFunc(goal, func(l Label) bool { _, ok := l.and(t.Label); return ok }) {
			t.Given &^= 1 << i
		}
	}
}

// simulate makes one state of those that simulate each other, and removes the transitions beside which there is another
// one that is taken by more letters, is in more acceptance sets, and leads to a state that simulates where they lead
// (direct simulation: Etessami, Wilke and Schuller, Fair simulation relations, parity games, and state space reduction
// for Büchi automata, ICALP 2001).
func (a *Automaton) simulate(ctx context.Context) error {
	n := len(a.States)
	above := make([][]bool, n) // above[p][q]: q can do whatever p can
	for p := range above {
		above[p] = make([]bool, n)
		for q := range above[p] {
			above[p][q] = true
		}
	}
	covers := func(t, u Transition) bool {
		return above[t.To][u.To] && t.within(u.Label) &&
			t.Accept&^u.Accept&^(u.Given&a.sure(t.Label)) == 0 && t.Given&^(u.Accept|u.Given) == 0
	}
	for changed := true; changed; {
		changed = false
		for p := range n {
			if err := ctx.Err(); err != nil {
				return err
			}
			for q := range n {
				if !above[p][q] {
					continue
				}
				for _, t := range a.States[p] {
					if !slices.ContainsFunc(a.States[q], func(u Transition) bool { return covers(t, u) }) {
						above[p][q], changed = false, true
						break
					}
				}
			}
		}
	}
	first := make([]int, n) // the first state that simulates and is simulated
	for p := range n {
		for q := range n {
			if above[p][q] && above[q][p] {
				first[p] = q
				break
			}
		}
	}
	for p, out := range a.States {
		var left []Transition
		for i, t := range out {
			worse := false
			for j, u := range out {
				if i != j && covers(t, u) && (j < i || !covers(u, t)) {
					worse = true
					break
				}
			}
			if !worse {
				t.To = first[t.To]
				left = append(left, t)
			}
		}
		a.States[p] = left
	}
	if n > 0 {
		a.Start = first[a.Start]
	}
	return nil
}
