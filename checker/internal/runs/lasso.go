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

// Lasso gives a run into one of some sets of nodes that Fair gave and round a cycle in it that meets every acceptance set
// and condition. No run to any of the nodes has fewer steps than the stem.
func (p *Product) Lasso(ctx context.Context, f *Fairness, sets [][]uint32) (*Lasso, error) {
	for i := range p.index {
		p.index[i] = done
	}
	for i, set := range sets {
		for _, v := range set {
			p.index[v] = uint32(i)
		}
	}
	path, err := p.shortest(ctx, func(v uint32) bool { return p.index[v] != done })
	if err != nil {
		return nil, err
	}
	l := &Lasso{}
	for i, v := range path[:len(path)-1] {
		l.Stem = append(l.Stem, p.step1(v, path[i+1]))
	}
	last := path[len(path)-1]
	comp := p.a.Components()
	for i, v := range path {
		if comp[v%p.k] != comp[last%p.k] {
			l.Promise = i
		}
	}
	set := sets[p.index[last]]
	for i := range p.index {
		p.index[i] = done
	}
	for i, v := range set {
		p.index[v] = uint32(i)
	}
	l.Cycle, err = p.cycle(ctx, f, set, last)
	return l, err
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

// shortest gives the nodes of a shortest path from an initial node to one that goal names; nil where there is none.
func (p *Product) shortest(ctx context.Context, goal func(node uint32) bool) ([]uint32, error) {
	size := 4 * int64(len(p.index))
	if err := p.meter.Take(size); err != nil {
		return nil, err
	}
	defer p.meter.Give(size)
	parent := make([]uint32, len(p.index)) // and 1; of an initial node itself
	var queue []uint32
	defer func() { p.meter.Give(4 * int64(cap(queue))) }()
	found, ok := uint32(0), false
	meet := func(v, from uint32) (err error) {
		if parent[v] != 0 || ok {
			return nil
		}
		parent[v] = from + 1
		if goal(v) {
			found, ok = v, true
		}
		queue, err = Push(p.meter, queue, v, 4)
		return err
	}
	if err := p.starts(func(v uint32) error { return meet(v, v) }); err != nil {
		return nil, err
	}
	for i := 0; i < len(queue) && !ok; i++ {
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
	if !ok {
		return nil, nil
	}
	path := []uint32{found}
	for v := found; parent[v]-1 != v; {
		v = parent[v] - 1
		path = append(path, v)
	}
	slices.Reverse(path)
	return path, nil
}
