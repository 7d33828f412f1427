package proofs

import (
	"context"
	"errors"
	"math"
	"slices"
	"sort"

	"github.com/bulkheadlang/bulkhead/model"
)

// graph is the states of a closure and their steps, for whoever finds evidence.
type graph struct {
	digraph
	ctx     context.Context
	runs    *model.Runs
	initial []bool
	state   []uint32 // of each state, the place of its bits in bits; those of enabled come after them
	steps   []uint32 // of each edge
	bits    [][]uint64
}

var errEdges = errors.New("there are too many steps")

// graph makes the graph of a system whose states are those of the closure.
func (c *Closure) graph(ctx context.Context, sys model.System, runs *model.Runs) (*graph, error) {
	r := sys.NewRunner()
	look, err := newOnlooker(runs, r)
	if err != nil {
		return nil, err
	}
	all := &c.parts[0]
	g := &graph{ctx: ctx, runs: runs, digraph: digraph{first: make([]uint32, 1, all.Len()+1)}}
	ids := map[string]uint32{}
	id := func(sets ...[]uint64) uint32 {
		key := ""
		for _, s := range sets {
			key += keyOf(s)
		}
		n, ok := ids[key]
		if !ok {
			n = uint32(len(g.bits))
			ids[key] = n
			for _, s := range sets {
				g.bits = append(g.bits, slices.Clone(s))
			}
		}
		return n
	}
	for i := range all.Len() {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		r.Load(all.state(c.width, i))
		if err := look.begin(all.depths[i] == 0); err != nil {
			return nil, err
		}
		r.Next(func(l model.Label, t model.State, f *model.Fault) {
			if f != nil || err != nil {
				return
			}
			to, ok := all.find(c.width, t)
			if !ok {
				err = errors.New("a step leads to a state that the search has not met")
				return
			}
			look.step(l, int64(to))
		})
		if err != nil {
			return nil, err
		}
		look.end()
		g.initial = append(g.initial, look.initial)
		g.state = append(g.state, id(look.state, look.enabled))
		for _, s := range look.steps {
			g.to, g.steps = append(g.to, uint32(s.to)), append(g.steps, id(s.bits))
		}
		if len(g.to) > math.MaxUint32/2 {
			return nil, errEdges
		}
		g.first = append(g.first, uint32(len(g.to)))
	}
	return g, nil
}

func keyOf(bits []uint64) string {
	out := make([]byte, 0, 8*len(bits))
	for _, w := range bits {
		for k := range 8 {
			out = append(out, byte(w>>(8*k)))
		}
	}
	return string(out) + "/"
}

// find gives the number of a state.
func (p *part) find(width int, s []uint64) (int, bool) {
	return sort.Find(p.Len(), func(i int) int { return slices.Compare(s, p.state(width, i)) })
}

// place fills p with what is known of state i.
func (g *graph) place(i int64, p *place) {
	p.initial, p.state, p.enabled = g.initial[i], g.bits[g.state[i]], g.bits[g.state[i]+1]
	p.steps = p.steps[:0]
	for e := g.first[i]; e < g.first[i+1]; e++ {
		p.steps = append(p.steps, step{int64(g.to[e]), g.bits[g.steps[e]]})
	}
}

// digraph has the edges that leave node n at first[n] up to first[n+1] of to.
type digraph struct {
	first, to  []uint32
	index, low []uint32 // of components
}

func (d *digraph) len() int { return len(d.first) - 1 }

func (d *digraph) out(n uint32) []uint32 { return d.to[d.first[n]:d.first[n+1]] }

func (d *digraph) all() []uint32 {
	out := make([]uint32, d.len())
	for i := range out {
		out[i] = uint32(i)
	}
	return out
}

// reversed gives the graph with all edges the other way round.
func (d *digraph) reversed() *digraph {
	r := &digraph{first: make([]uint32, d.len()+1), to: make([]uint32, len(d.to))}
	for _, t := range d.to {
		r.first[t+1]++
	}
	for n := range d.len() {
		r.first[n+1] += r.first[n]
	}
	at := slices.Clone(r.first)
	for n := range uint32(d.len()) {
		for _, t := range d.out(n) {
			r.to[at[t]] = n
			at[t]++
		}
	}
	return r
}

// components gives the strongly connected components of some nodes and the edges among them, each after those that it leads to
// (Tarjan, Depth-first search and linear graph algorithms, SIAM Journal on Computing 1972).
func (d *digraph) components(nodes []uint32) (out [][]uint32) {
	type frame struct{ node, edge uint32 }
	// Of a node: 0 where it is none of those, else 1 before it is met, and then 2 and more in the order in which they are met; done at last.
	const done = math.MaxUint32
	if d.index == nil {
		d.index, d.low = make([]uint32, d.len()), make([]uint32, d.len())
	}
	index, low := d.index, d.low
	for _, n := range nodes {
		index[n] = 1
	}
	var path []frame
	var stack []uint32
	count := uint32(1)
	enter := func(n uint32) {
		count++
		index[n], low[n] = count, count
		stack, path = append(stack, n), append(path, frame{n, d.first[n]})
	}
	for _, root := range nodes {
		if index[root] == 1 {
			enter(root)
		}
		for len(path) > 0 {
			top := &path[len(path)-1]
			n := top.node
			if top.edge < d.first[n+1] {
				to := d.to[top.edge]
				top.edge++
				switch index[to] {
				case 0, done:
				case 1:
					enter(to)
				default:
					low[n] = min(low[n], index[to])
				}
				continue
			}
			path = path[:len(path)-1]
			if len(path) > 0 {
				above := path[len(path)-1].node
				low[above] = min(low[above], low[n])
			}
			if low[n] == index[n] {
				at := len(stack) - 1
				for stack[at] != n {
					at--
				}
				comp := slices.Clone(stack[at:])
				for _, m := range comp {
					index[m] = done
				}
				stack = stack[:at]
				out = append(out, comp)
			}
		}
	}
	for _, n := range nodes {
		index[n] = 0
	}
	return out
}
