package runs

// Stopping gives g with the runs that stop: in a state with successors from which no step of a kind in fair leads, a run need
// not go on, but may repeat the state for ever. It has then stopped for good, so that it comes to a state of its own, of the
// same class, which leads to itself. Numbers of the states of g stay, and so do the places of the edges that leave them.
// stutter is a class of steps whose action is Stutter.
func (g *Graph) Stopping(fair []Condition, stutter uint32, m *Meter) (*Graph, error) {
	f := NewFairness(g, fair)
	enabled := make([]uint64, f.words)
	var of []uint32
	for s := range uint32(g.Len()) {
		if lo, _ := g.out(s); g.Actions[g.Steps[lo]] == Stutter {
			continue
		}
		if f.enabled(g, s, enabled); !some(enabled) {
			of = append(of, s)
		}
	}
	if len(of) == 0 {
		return g, nil
	}
	states, edges := g.Len()+len(of), len(g.Targets)+2*len(of)
	if uint64(edges) >= reserved || uint64(states) >= reserved {
		return nil, ErrEdges
	}
	if err := m.Take(4*int64(len(of)) + 8*int64(states+1) + 8*int64(edges)); err != nil {
		return nil, err
	}
	out := *g
	out.Of = of
	out.States = append(make([]uint32, 0, states), g.States...)
	out.Offsets = append(make([]uint32, 0, states+1), 0)
	out.Targets, out.Steps = make([]uint32, 0, edges), make([]uint32, 0, edges)
	end := func() { out.Offsets = append(out.Offsets, uint32(len(out.Targets))) }
	stopped := uint32(g.Len())
	for s := range uint32(g.Len()) {
		lo, hi := g.out(s)
		out.Targets, out.Steps = append(out.Targets, g.Targets[lo:hi]...), append(out.Steps, g.Steps[lo:hi]...)
		if k := stopped - uint32(g.Len()); int(k) < len(of) && of[k] == s {
			out.Targets, out.Steps = append(out.Targets, stopped), append(out.Steps, stutter)
			stopped++
		}
		end()
	}
	for k, s := range of {
		out.States = append(out.States, g.States[s])
		out.Targets, out.Steps = append(out.Targets, uint32(g.Len()+k)), append(out.Steps, stutter)
		end()
	}
	return &out, nil
}

func some(set []uint64) bool {
	for _, w := range set {
		if w != 0 {
			return true
		}
	}
	return false
}

// Where gives the state of the system that a run is in at state s of g.
func (g *Graph) Where(s uint32) uint32 {
	if n := uint32(g.Len() - len(g.Of)); s >= n {
		return g.Of[s-n]
	}
	return s
}

// Halt gives a lasso without the states in which a run has stopped: such a run repeats, in one step, the state in which it
// stopped.
func (g *Graph) Halt(l *Lasso) {
	n := uint32(g.Len() - len(g.Of))
	if l.Cycle[0].State < n {
		return
	}
	for l.Stem[len(l.Stem)-1].State >= n {
		l.Stem = l.Stem[:len(l.Stem)-1]
	}
	last := len(l.Stem) - 1
	l.Stem, l.Cycle = l.Stem[:last], l.Stem[last:]
	l.Promise = min(l.Promise, last)
}
