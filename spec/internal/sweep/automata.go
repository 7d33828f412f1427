package sweep

import (
	"github.com/bulkheadlang/bulkhead/spec/internal/diagram"
	"github.com/bulkheadlang/bulkhead/spec/internal/symbolic"
)

// root is where an automaton is: at a table for the values of some neighbouring bits of a chunk, those that its state depends
// on. From the lowest bit on it holds the number of the chunk, where the bits begin in it, as many ones as there are bits,
// and where the table begins. Or, where it is negative, it stands for the result ^root. The less a table holds of what does
// not matter, the more of them stay in the processor's nearest cache.
type root int64

const (
	chunkBits = 9
	maxChunks = 1 << chunkBits // that automata look at
	shiftAt   = chunkBits      // of a root
	onesAt    = shiftAt + 4
	tableAt   = onesAt + 16
)

// entry is where the table of a root has what goes with the values of the chunks.
func (r root) entry(values *[maxChunks]uint16) int {
	return int(r>>tableAt) + int(values[r&(maxChunks-1)]>>(r>>shiftAt&15)&uint16(r>>onesAt))
}

// span is some neighbouring variables, lo to hi-1, and the bits that they take.
type span struct {
	lo, hi int
	shift  uint // of the first bit, in its chunk
	ones   uint64
}

// root is that of the table for a span of chunk k that begins at a place.
func (sp *span) root(k, at int) root {
	return root(at)<<tableAt | root(sp.ones)<<onesAt | root(sp.shift)<<shiftAt | root(k)
}

// span gives the variables of a chunk that n depends on, and those between them. There are some.
func (a *automata) span(n node, c *chunk) span {
	lo, hi := c.hi, c.lo
	met := map[node]bool{}
	var visit func(n node)
	visit = func(n node) {
		if _, ok := a.m.IsConst(n); ok || met[n] {
			return
		}
		met[n] = true
		i := a.m.Variable(n)
		if i >= c.hi {
			return
		}
		lo, hi = min(lo, i), max(hi, i+1)
		for x := range a.m.Vars[i].Size {
			visit(a.m.Child(n, x))
		}
	}
	visit(n)
	first, last := &a.m.Vars[lo], &a.m.Vars[hi-1]
	return span{lo, hi, first.Shift - c.shift, 1<<(last.Shift+last.Width-first.Shift) - 1}
}

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
	sp := a.span(n, &a.chunks[k])
	size := int(sp.ones) + 1
	at := len(a.next)
	if at+size > tableLimit {
		panic(diagram.Exhausted{})
	}
	a.next = append(a.next, make([]root, size)...)
	a.descend(n, &sp, func(code int, n node) {
		r := a.add(n)
		a.next[at+code] = r
	})
	r := sp.root(k, at)
	a.states[n], a.made = r, append(a.made, n)
	return r
}

// descend calls visit with every value of the bits of a span and what is left of n there.
func (a *automata) descend(n node, sp *span, visit func(code int, n node)) {
	a.below(n, sp, sp.lo, 0, visit)
}

func (a *automata) below(n node, sp *span, i, code int, visit func(code int, n node)) {
	if i == sp.hi {
		visit(code, n)
		return
	}
	v := &a.m.Vars[i]
	if v.Width == 0 { // it has one value; n does not ask for it
		a.below(n, sp, i+1, code, visit)
		return
	}
	_, isConst := a.m.IsConst(n)
	for x := range v.Size {
		kid := n
		if !isConst && a.m.Variable(n) == i {
			kid = a.m.Child(n, x)
		}
		a.below(kid, sp, i+1, code|x<<(v.Shift-a.m.Vars[sp.lo].Shift), visit)
	}
}

// eval looks a function up for the values of the chunks.
func (a *automata) eval(r root, values *[maxChunks]uint16) int64 {
	for r >= 0 {
		r = a.next[r.entry(values)]
	}
	return a.results[^r]
}
