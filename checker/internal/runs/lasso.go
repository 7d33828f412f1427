package runs

import (
	"context"
	"slices"
)

// Step is an edge of the graph, taken from a state.
type Step struct {
	State, Edge uint32
}

// Lasso is an infinite run: the steps of Stem, then those of Cycle for ever.
type Lasso struct {
	Stem, Cycle []Step
	// Promise is the number of the state, from 0, with whose letter the automaton last enters the component in which it
	// accepts; 0 where it begins there. From then on the run does what it does for ever.
	Promise int
}

// mostEntries is the number of nodes, equally near, that are tried as the beginning of a cycle.
const mostEntries = 32

// Lasso gives a run into one of some sets of nodes that Fair gave and round a cycle in it that meets every acceptance set
// and condition. No run to any of the nodes has fewer steps than the stem, unless the last of them are those of the cycle,
// which then begins sooner; of the nodes that are as near, the one with the shortest cycle is taken, among the first few.
func (p *Product) Lasso(ctx context.Context, f *Fairness, sets [][]uint32) (*Lasso, error) {
	mark := func(of func(set, i int) uint32) {
		for set, nodes := range sets {
			for i, v := range nodes {
				p.index[v] = of(set, i)
			}
		}
	}
	for i := range p.index {
		p.index[i] = done
	}
	mark(func(set, _ int) uint32 { return uint32(set) })
	paths, err := p.shortest(ctx, mostEntries, func(v uint32) bool { return p.index[v] != done })
	if err != nil {
		return nil, err
	}
	var in []int // the set that each path leads to
	for _, path := range paths {
		in = append(in, int(p.index[path[len(path)-1]]))
	}
	mark(func(int, int) uint32 { return done })
	var cycle []Step
	var stem []uint32
	for i, cost := 0, 0; i < len(paths) && (i == 0 || cost < mostPairs); i++ {
		set := sets[in[i]]
		for k, v := range set {
			p.index[v] = uint32(k)
		}
		home := paths[i][len(paths[i])-1]
		c, pairs, err := p.cycle(ctx, f, set, home)
		if err != nil {
			return nil, err
		}
		cost += pairs
		if cycle == nil || len(c) < len(cycle) {
			cycle, stem = c, paths[i]
		}
		for _, v := range set {
			p.index[v] = done
		}
	}
	return p.join(stem, cycle), nil
}

// join makes a lasso of the nodes of a stem and a cycle.
func (p *Product) join(path []uint32, cycle []Step) *Lasso {
	l := &Lasso{Cycle: cycle}
	last := path[len(path)-1]
	comp := p.a.Components()
	for i, v := range path {
		if comp[v%p.k] != comp[last%p.k] {
			l.Promise = i
		}
	}
	for i, v := range path[:len(path)-1] {
		l.Stem = append(l.Stem, p.step1(v, path[i+1]))
	}
	for n := len(l.Stem); n > l.Promise && n > 0 && l.Stem[n-1] == l.Cycle[len(l.Cycle)-1]; n-- {
		l.Cycle = append([]Step{l.Stem[n-1]}, l.Cycle[:len(l.Cycle)-1]...)
		l.Stem = l.Stem[:n-1]
	}
	return l
}

// step1 gives the first edge of the graph by which one node leads to another.
func (p *Product) step1(from, to uint32) Step {
	for c := p.edges(from); ; {
		w, _, ok := p.next(from, &c)
		if !ok {
			panic("runs: a path has a step that is no edge")
		}
		if w == to {
			return Step{from / p.k, c.edge}
		}
	}
}

// shortest gives the nodes of shortest paths from initial nodes to nodes that goal names: to the nearest of these, at most
// so many.
func (p *Product) shortest(ctx context.Context, most int, goal func(node uint32) bool) ([][]uint32, error) {
	size := 4 * int64(len(p.index))
	if err := p.meter.Take(size); err != nil {
		return nil, err
	}
	defer p.meter.Give(size)
	parent := make([]uint32, len(p.index)) // and 1; of an initial node itself
	var queue, found []uint32
	defer func() { p.meter.Give(4 * int64(cap(queue))) }()
	meet := func(v, from uint32) (err error) {
		if parent[v] != 0 {
			return nil
		}
		parent[v] = from + 1
		if goal(v) {
			found = append(found, v)
		}
		queue, err = Push(p.meter, queue, v, 4)
		return err
	}
	if err := p.starts(func(v uint32) error { return meet(v, v) }); err != nil {
		return nil, err
	}
	for i := 0; i < len(queue) && len(found) == 0; {
		for end := len(queue); i < end && len(found) < most; i++ { // the nodes of one depth
			if i%interval == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			v := queue[i]
			for c := p.edges(v); ; {
				to, _, more := p.next(v, &c)
				if !more {
					break
				}
				if err := meet(to, v); err != nil {
					return nil, err
				}
			}
		}
	}
	var paths [][]uint32
	for _, v := range found {
		path := []uint32{v}
		for ; parent[v]-1 != v; path = append(path, v) {
			v = parent[v] - 1
		}
		slices.Reverse(path)
		paths = append(paths, path)
	}
	return paths, nil
}
