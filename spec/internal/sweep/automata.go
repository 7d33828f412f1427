package sweep

import (
	"github.com/bulkheadlang/bulkhead/spec/internal/diagram"
	"github.com/bulkheadlang/bulkhead/spec/internal/symbolic"
)

// root is where an automaton is: where the table of its state begins, times maxChunks, and the chunk whose value that is
// for; or, where it is negative, the result ^root.
type root int32

const (
	chunkBits = 9
	maxChunks = 1 << chunkBits // that automata look at
)

// automata are all functions of a model that are looked up chunk by chunk, with the parts that they have in common.
type automata struct {
	next    []root
	results []int64

	// Only while they are made.
	m      *symbolic.Machine
	chunks []chunk
	of     []int
	states map[node]root
	made   []node // in the order in which they came
	asked  []bool // by chunk, whether something asks for it
}

// mark remembers what there is, for back, which forgets what came later.
func (a *automata) mark() [3]int { return [3]int{len(a.made), len(a.next), len(a.results)} }

func (a *automata) back(mark [3]int) {
	for _, n := range a.made[mark[0]:] {
		delete(a.states, n)
	}
	a.made, a.next, a.results = a.made[:mark[0]], a.next[:mark[1]], a.results[:mark[2]]
}

// forget drops what is not needed any more.
func (a *automata) forget() {
	a.m, a.states, a.chunks, a.of, a.made, a.asked = nil, nil, nil, nil, nil, nil
}

// add gives the automaton of a function.
func (a *automata) add(n node) root {
	if r, ok := a.states[n]; ok {
		return r
	}
	if v, ok := a.m.IsConst(n); ok {
		r := ^root(len(a.results))
		a.results = append(a.results, v)
		a.states[n], a.made = r, append(a.made, n)
		return r
	}
	k := a.of[a.m.Variable(n)]
	if k < 0 || k >= maxChunks {
		panic(diagram.Exhausted{})
	}
	a.asked[k] = true
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
	r := root(at<<chunkBits | k)
	a.states[n], a.made = r, append(a.made, n)
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
		r = a.next[int(r>>chunkBits)+int(values[r&(maxChunks-1)])]
	}
	return a.results[^r]
}
