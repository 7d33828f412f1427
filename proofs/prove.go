package proofs

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Prove finds evidence for what a header claims of whole runs and of domains, of a system whose states are those given, which may be compiled: nothing
// rests on it. A claim of which there is none moves to those that are not certified. Of states that are nil, a search that was not
// exhaustive, runs alone are evidence. The error is that of the context.
func Prove(ctx context.Context, sys model.System, h *Header, states *Closure) error {
	var g *graph
	var failed error
	var claims []Claim
	for _, c := range h.Claims {
		var why error
		if c.rests() {
			if c.Kind == model.Isolated {
				c.evidence, why = unwind(ctx, sys, states, &c)
			} else {
				if g == nil && failed == nil {
					g, failed = graphOf(ctx, sys, states)
				}
				if why = failed; why == nil {
					c.evidence, why = find(g, sys.Info(), &c)
				}
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		if why != nil {
			h.Uncertified = append(h.Uncertified, Claim{Property: c.Property, Kind: c.Kind, Holds: c.Holds, Why: why.Error()})
			continue
		}
		claims = append(claims, c)
	}
	h.Claims = claims
	return nil
}

// unwind finds the evidence for a claim about domains.
func unwind(ctx context.Context, sys model.System, states *Closure, c *Claim) ([]byte, error) {
	if states == nil {
		return nil, errors.New("the search was not exhaustive")
	}
	id := slices.IndexFunc(sys.Info().Properties, func(p model.Property) bool { return p.Name == c.Property })
	if id < 0 {
		return nil, errors.New("the model has no such property")
	}
	u, err := newUnwinding(sys, model.PropertyID(id))
	if err == nil {
		err = states.sort()
	}
	if err == nil {
		err = u.prove(ctx, sys, states)
	}
	if err != nil {
		return nil, err
	}
	return u.write([]byte{}), nil
}

func graphOf(ctx context.Context, sys model.System, states *Closure) (*graph, error) {
	if states == nil {
		return nil, errors.New("the search was not exhaustive")
	}
	runs, err := runsOf(sys)
	if err == nil {
		err = states.sort()
	}
	if err != nil {
		return nil, err
	}
	return states.graph(ctx, sys, runs)
}

// find finds the evidence for a claim.
func find(g *graph, info *model.Info, c *Claim) ([]byte, error) {
	id := slices.IndexFunc(info.Properties, func(p model.Property) bool { return p.Name == c.Property })
	if id < 0 {
		return nil, errors.New("the model has no such property")
	}
	of, err := runProperty(g.runs, model.PropertyID(id))
	if err != nil {
		return nil, err
	}
	all, err := proofsOf(c, info.Properties[id], g.runs, of)
	if err != nil {
		return nil, err
	}
	out := []byte{}
	for _, p := range all {
		if err := p.prove(g); err != nil {
			return nil, err
		}
		out = p.write(out)
	}
	if c.Kind == model.Can {
		err = initially(all, c.Holds)
	}
	return out, err
}

// prove finds the numbers, by going back from where each goal is true.
func (r *ranks) prove(g *graph) error {
	back := g.reversed()
	var p place
	for k, f := range r.goals {
		by := make([]uint32, g.len())
		r.by[k] = by
		var queue []uint32
		for i := range by {
			g.place(int64(i), &p)
			if r.goal(f, int64(i), &p) {
				by[i] = 1
				queue = append(queue, uint32(i))
			}
		}
		for at := 0; at < len(queue); at++ {
			for _, from := range back.out(queue[at]) {
				if by[from] == 0 {
					by[from] = by[queue[at]] + 1
					queue = append(queue, from)
				}
			}
		}
	}
	for i := range int64(g.len()) {
		if g.place(i, &p); p.initial && !r.value(r.formula, i, &p) {
			r.fails.Store(true)
		}
	}
	return nil
}

// prove finds what is left: the longest way over which a wait goes on, and nothing where steps count in a cycle.
func (w *waits) prove(g *graph) error {
	d := digraph{first: make([]uint32, 1, g.len()+1)}
	var costs []uint32
	var p place
	for i := range int64(g.len()) {
		g.place(i, &p)
		_ = p.each(i, func(to int64, bits []uint64) error {
			if _, goes, cost := over(w.wait, p.state, bits); goes {
				d.to, costs = append(d.to, uint32(to)), append(costs, cost)
			}
			return nil
		})
		d.first = append(d.first, uint32(len(d.to)))
	}
	w.left = make([]uint32, g.len())
	comp := make([]uint32, g.len())
	for c, nodes := range d.components(d.all()) {
		for _, n := range nodes {
			comp[n] = uint32(c) + 1
		}
		most, bounded := int64(1), true
		for _, n := range nodes {
			for e := d.first[n]; e < d.first[n+1]; e++ {
				to := d.to[e]
				switch {
				case comp[to] == uint32(c)+1:
					bounded = bounded && costs[e] == 0
				case w.left[to] == 0:
					bounded = false
				default:
					most = max(most, int64(w.left[to])+int64(costs[e]))
				}
			}
		}
		if bounded && most <= math.MaxUint32 {
			for _, n := range nodes {
				w.left[n] = uint32(most)
			}
		}
	}
	for i := range int64(g.len()) {
		if g.place(i, &p); w.check(i, &p) != nil {
			return errors.New("waits may be longer on runs that are not fair") // Within alone has been found to hold then
		}
	}
	return nil
}
