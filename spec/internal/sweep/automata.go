package sweep

import (
	"github.com/bulkheadlang/bulkhead/spec/internal/diagram"
	"github.com/bulkheadlang/bulkhead/spec/internal/symbolic"
)

// root is where an automaton starts: the number of a state, or, where it is negative, the result ^root.
type root int32

// automata are all functions of a model that are looked up chunk by chunk, with the parts that they have in common.
type automata struct {
	at      []int32 // of each state, where its table begins
	chunkOf []int32 // and the chunk whose value it is for
	next    []root
	results []int64

	// Only while they are made.
	m      *symbolic.Machine
	chunks []chunk
	of     []int
	states map[node]root
}

// forget drops what is not needed any more.
func (a *automata) forget() { a.m, a.states, a.chunks, a.of = nil, nil, nil, nil }

// add gives the automaton of a function.
func (a *automata) add(n node) root {
	if r, ok := a.states[n]; ok {
		return r
	}
	if v, ok := a.m.IsConst(n); ok {
		r := ^root(len(a.results))
		a.results = append(a.results, v)
		a.states[n] = r
		return r
	}
	k := a.of[a.m.Variable(n)]
	if k < 0 {
		panic(diagram.Exhausted{})
	}
	c := &a.chunks[k]
	size := int(c.mask) + 1
	at := len(a.next)
	if at+size > tableLimit {
		panic(diagram.Exhausted{})
	}
	a.next = append(a.next, make([]root, size)...)
	a.descend(n, c, c.lo, 0, func(code int, n node) {
		r := a.add(n)
		a.next[at+code] = r
	})
	r := root(len(a.at))
	a.at, a.chunkOf = append(a.at, int32(at)), append(a.chunkOf, int32(k))
	a.states[n] = r
	return r
}

// descend calls visit with every value of a chunk and what is left of n there.
func (a *automata) descend(n node, c *chunk, i, code int, visit func(code int, n node)) {
	if i == c.hi {
		visit(code, n)
		return
	}
	v := &a.m.Vars[i]
	if v.Width == 0 { // it has one value; n does not ask for it
		a.descend(n, c, i+1, code, visit)
		return
	}
	_, isConst := a.m.IsConst(n)
	for x := range v.Size {
		kid := n
		if !isConst && a.m.Variable(n) == i {
			kid = a.m.Child(n, x)
		}
		a.descend(kid, c, i+1, code|x<<(v.Shift-c.shift), visit)
	}
}

// eval looks a function up for the values of the chunks.
func (a *automata) eval(r root, values []uint16) int64 {
	for r >= 0 {
		r = a.next[int(a.at[r])+int(values[a.chunkOf[r]])]
	}
	return a.results[^r]
}
