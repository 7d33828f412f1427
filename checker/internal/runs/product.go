package runs

import (
	"context"
	"math"

	"github.com/bulkheadlang/bulkhead/checker/internal/buchi"
)

// Product is the product of a graph with an automaton, whose letters are what is true of a state and of the edge that
// leaves it. Node s*k+q is state s of the graph together with state q of k of the automaton. Only nodes are stored; edges
// are worked out again each time.
type Product struct {
	g     *Graph
	a     *buchi.Automaton
	k     uint32
	state []uint64 // of each class of states and of steps, the letter
	step  []uint64
	keep  func(state, edge uint32) bool // leaves out edges of the graph; nil keeps all
	meter *Meter
	live  []bool // of each state of the automaton: a run can be accepted in its component

	Piecemeal bool // cycles are put together piece by piece in any case

	index []uint32 // of each node, as scc.go and lasso.go use it
	bytes int64    // taken from meter
}

// NewProduct makes the product of g and a. Close gives its memory back.
func NewProduct(g *Graph, a *buchi.Automaton, m *Meter) (*Product, error) {
	p := &Product{g: g, a: a, k: uint32(len(a.States)), meter: m}
	n := int64(g.Len()) * int64(p.k)
	if n >= int64(reserved) {
		return nil, ErrSize
	}
	p.live = accepting(a)
	for _, bits := range g.StateBits {
		p.state = append(p.state, p.letter(bits))
	}
	for _, bits := range g.StepBits {
		p.step = append(p.step, p.letter(bits))
	}
	if err := m.Take(4 * n); err != nil {
		return nil, err
	}
	p.bytes = 4 * n
	p.index = make([]uint32, n)
	return p, nil
}

// accepting tells of each state of an automaton whether the transitions inside its component are of every acceptance set.
func accepting(a *buchi.Automaton) []bool {
	comp := a.Components()
	marks, cyclic := make([]uint64, len(comp)), make([]bool, len(comp)) // by component
	for q, out := range a.States {
		for _, t := range out {
			if comp[t.To] == comp[q] {
				marks[comp[q]] |= t.Accept | t.Given
				cyclic[comp[q]] = true
			}
		}
	}
	live := make([]bool, len(comp))
	for q := range live {
		live[q] = cyclic[comp[q]] && marks[comp[q]] == a.All()
	}
	return live
}

// Close gives the memory of the product back.
func (p *Product) Close() {
	p.meter.Give(p.bytes)
	p.bytes, p.index = 0, nil
}

func (p *Product) letter(bits []uint64) (letter uint64) {
	for i, prop := range p.a.Props {
		letter |= bits[prop>>6] >> (prop & 63) & 1 << i
	}
	return letter
}

// Special values of index; every other value is below reserved.
const (
	done     = math.MaxUint32     // the node is in a component that was found
	current  = math.MaxUint32 - 1 // the node is in the component that is being looked at
	reserved = math.MaxUint32 - 1
)

// cursor goes through the edges of a node: it has an edge of the graph and a transition of the automaton.
type cursor struct {
	edge, end uint32
	t         uint32 // the transition after the present one
}

func (p *Product) edges(node uint32) cursor {
	lo, hi := p.g.out(node / p.k)
	return cursor{edge: lo, end: hi}
}

// next moves c to the next edge of a node, and gives where it leads and the transition.
func (p *Product) next(node uint32, c *cursor) (to uint32, t *buchi.Transition, ok bool) {
	s, q := node/p.k, node%p.k
	list := p.a.States[q]
	for ; c.edge < c.end; c.edge, c.t = c.edge+1, 0 {
		if c.t == 0 && p.keep != nil && !p.keep(s, c.edge) {
			continue
		}
		letter := p.state[p.g.States[s]] | p.step[p.g.Steps[c.edge]]
		for int(c.t) < len(list) {
			t := &list[c.t]
			c.t++
			if t.Has(letter) {
				return p.g.Targets[c.edge]*p.k + uint32(t.To), t, true
			}
		}
	}
	return 0, nil, false
}

// marks gives the acceptance sets that an edge from a node is in, by way of transition t.
func (p *Product) marks(node, edge uint32, t *buchi.Transition) uint64 {
	if t.Given == 0 {
		return t.Accept
	}
	return p.a.Marks(t, p.state[p.g.States[node/p.k]]|p.step[p.g.Steps[edge]])
}

// waits tells whether the automaton may stay in its first state whatever happens, and is not accepted there. That state is
// then reached together with every state of the graph, and what matters begins where the automaton leaves it.
func (p *Product) waits() bool {
	for _, t := range p.a.States[p.a.Start] {
		if t.To == p.a.Start && t.True == 0 && t.False == 0 {
			return p.keep == nil && !p.live[p.a.Start]
		}
	}
	return false
}

// leaving calls f for the nodes that edges lead to by which the automaton leaves its first state.
func (p *Product) leaving(ctx context.Context, f func(node uint32) error) error {
	for s := range uint32(p.g.Len()) {
		if s%interval == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		node := s*p.k + uint32(p.a.Start)
		for c := p.edges(node); ; {
			to, t, ok := p.next(node, &c)
			if !ok {
				break
			}
			if t.To != p.a.Start {
				if err := f(to); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// starts calls f for the initial nodes.
func (p *Product) starts(f func(node uint32) error) error {
	for _, s := range p.g.Initial {
		if err := f(s*p.k + uint32(p.a.Start)); err != nil {
			return err
		}
	}
	return nil
}
