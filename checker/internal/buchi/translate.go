package buchi

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
)

// cover is one way to make formulas true: what must be true and false now, and which formulas must be true from the next
// position on. promises tells which eventualities, by the number of their goal, were put off; given, which are put off
// unless their goal is true now.
type cover struct {
	Label
	next            []id // ascending
	promises, given uint64
}

// better tells whether c asks for no more than d.
func (c *cover) better(d *cover) bool {
	return d.within(c.Label) && c.promises&^d.promises == 0 && c.given&^(d.given|d.promises) == 0 && subset(c.next, d.next)
}

func subset(a, b []id) bool {
	for _, x := range a {
		if _, ok := slices.BinarySearch(b, x); !ok {
			return false
		}
	}
	return true
}

func compareCovers(c, d cover) int {
	return cmp.Or(cmp.Compare(bits.OnesCount64(c.promises), bits.OnesCount64(d.promises)), cmp.Compare(len(c.next), len(d.next)),
		slices.Compare(c.next, d.next), cmp.Compare(c.promises, d.promises), cmp.Compare(c.given, d.given),
		cmp.Compare(c.True, d.True), cmp.Compare(c.False, d.False))
}

// translator makes an automaton of a formula.
type translator struct {
	*table
	covers map[id][]cover
	goals  map[id]int // of the eventualities; the acceptance sets
	labels [][]Label  // of the goals that are plain
	ctx    context.Context
	err    error
}

// A state of the automaton is a set of formulas; what leaves it are the covers of their conjunction. A run that makes the
// right choices keeps all of them true, but may put an eventuality off for ever: so there is an acceptance set for every
// goal, of the transitions that do not put it off. Sets of formulas with the same covers are one state.
//
// Where an eventuality without temporal operators in its goal is to be true again and again, nothing is chosen: it is put
// off by the letters of which its goal is false. Otherwise k such formulas would have 2^k covers.
func translate(ctx context.Context, t *table, root id) (*Automaton, error) {
	tr := &translator{ctx: ctx, table: t, covers: map[id][]cover{}, goals: map[id]int{}}
	var states [][]cover
	numbers := map[string]int{}
	bySet := map[string]int{}
	number := func(set []id) int {
		var key []byte
		for _, f := range set {
			key = binary.AppendUvarint(key, uint64(f))
		}
		if n, ok := bySet[string(key)]; ok {
			return n
		}
		cs := tr.all(set)
		look := keyOf(cs)
		n, ok := numbers[look]
		if !ok {
			n = len(states)
			numbers[look] = n
			states = append(states, cs)
		}
		bySet[string(key)] = n
		return n
	}
	a := &Automaton{Start: number(tr.split(root))}
	transitions := 0
	for s := 0; s < len(states) && tr.err == nil; s++ {
		var out []Transition
		for _, c := range states[s] {
			out = append(out, Transition{To: number(c.next), Label: c.Label, Accept: c.promises | c.given, Given: c.given &^ c.promises})
		}
		a.States = append(a.States, out)
		if transitions += len(out); len(states) > mostStates || transitions > mostTransitions {
			return nil, fmt.Errorf("%w: its automaton has more than %d states or %d transitions", ErrTooLarge, mostStates, mostTransitions)
		}
	}
	if tr.err != nil {
		return nil, tr.err
	}
	a.Sets, a.Goals = len(tr.goals), tr.labels
	for _, out := range a.States {
		for i := range out {
			out[i].Accept ^= a.All()
			a.settle(&out[i])
		}
	}
	return a, nil
}

func keyOf(cs []cover) string {
	var key []byte
	for _, c := range cs {
		for _, n := range []uint64{c.True, c.False, c.promises, c.given, uint64(len(c.next))} {
			key = binary.AppendUvarint(key, n)
		}
		for _, f := range c.next {
			key = binary.AppendUvarint(key, uint64(f))
		}
	}
	return string(key)
}

// split gives the set of formulas that a formula is the conjunction of.
func (tr *translator) split(f id) []id {
	switch {
	case f == idTrue:
		return nil
	case tr.is(f, opAnd):
		return tr.nodes[f].kids
	default:
		return []id{f}
	}
}

// all gives the covers of the conjunction of formulas.
func (tr *translator) all(set []id) []cover {
	out := []cover{{}}
	for _, f := range set {
		out = tr.both(out, tr.of(f))
	}
	return out
}

// of gives the covers of a formula.
func (tr *translator) of(f id) []cover {
	if cs, ok := tr.covers[f]; ok {
		return cs
	}
	n := tr.nodes[f]
	var out []cover
	switch n.op {
	case opTrue:
		out = []cover{{}}
	case opFalse:
	case opLiteral:
		out = []cover{{Label: Label{True: 1 << n.prop}}}
		if n.not {
			out = []cover{{Label: Label{False: 1 << n.prop}}}
		}
	case opAnd:
		out = tr.all(n.kids)
	case opOr:
		for _, k := range n.kids {
			out = append(out, tr.of(k)...)
		}
		out = tr.least(out)
	case opNext:
		out = []cover{{next: tr.split(n.kids[0])}}
	case opUntil:
		wait := tr.both(tr.of(n.kids[0]), []cover{{next: []id{f}, promises: tr.goal(n.kids[1])}})
		out = tr.least(append(slices.Clone(tr.of(n.kids[1])), wait...))
	case opRelease:
		out = tr.release(f, n.kids[0], n.kids[1])
	}
	tr.covers[f] = out
	return out
}

// release gives the covers of f, which is a release b.
func (tr *translator) release(f, a, b id) []cover {
	on := cover{next: []id{f}}
	if a != idFalse {
		return tr.both(tr.of(b), tr.least(append(slices.Clone(tr.of(a)), on)))
	}
	var rest []id
	for _, g := range tr.split(b) {
		n := &tr.nodes[g]
		if n.op == opUntil && n.kids[0] == idTrue && tr.plain(n.kids[1]) && len(tr.of(n.kids[1])) <= mostLabels {
			on.given |= tr.goal(n.kids[1])
		} else {
			rest = append(rest, g)
		}
	}
	return tr.both(tr.all(rest), []cover{on})
}

// plain tells whether a formula is without temporal operators.
func (tr *translator) plain(f id) bool {
	n := &tr.nodes[f]
	return n.op <= opLiteral || n.op <= opOr && !slices.ContainsFunc(n.kids, func(k id) bool { return !tr.plain(k) })
}

// goal gives the bit of the goal of an eventuality.
func (tr *translator) goal(f id) uint64 {
	i, ok := tr.goals[f]
	if !ok {
		if i = len(tr.goals); i == mostSets {
			if tr.err == nil {
				tr.err = fmt.Errorf("%w: it has more than %d eventualities", ErrTooLarge, mostSets)
			}
			return 0
		}
		tr.goals[f] = i
		var labels []Label
		if tr.plain(f) {
			for _, c := range tr.of(f) {
				labels = append(labels, c.Label)
			}
		}
		tr.labels = append(tr.labels, labels)
	}
	return 1 << i
}

// both gives the covers of a conjunction.
func (tr *translator) both(as, bs []cover) []cover {
	var out []cover
	for _, a := range as {
		for _, b := range bs {
			label, ok := a.and(b.Label)
			if !ok {
				continue
			}
			c := cover{Label: label, promises: a.promises | b.promises, given: a.given | b.given}
			c.next = slices.Concat(a.next, b.next)
			slices.Sort(c.next)
			c.next = slices.Compact(c.next)
			out = append(out, c)
			if len(out) > 8*mostCovers {
				out = tr.least(out)
			}
			if tr.err != nil {
				return nil
			}
		}
	}
	return tr.least(out)
}

// least leaves out the covers that others make superfluous: whatever run is accepted by way of one, another that makes
// the same choices as it later, as far as it has to, is accepted too.
func (tr *translator) least(cs []cover) []cover {
	slices.SortFunc(cs, compareCovers)
	out := cs[:0:0]
	for i := range cs {
		if i%64 == 63 && tr.err == nil {
			tr.err = tr.ctx.Err()
		}
		if tr.err != nil {
			return nil
		}
		worse := false
		for j := range cs {
			// Of two that are equal the first stays.
			if i != j && cs[j].better(&cs[i]) && (j < i || !cs[i].better(&cs[j])) {
				worse = true
				break
			}
		}
		if !worse {
			out = append(out, cs[i])
		}
	}
	if len(out) > mostCovers && tr.err == nil {
		tr.err = fmt.Errorf("%w: there are more than %d ways to make a part of it true", ErrTooLarge, mostCovers)
	}
	return out
}
