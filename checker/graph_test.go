package checker

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkheadlang/bulkhead/model"
)

// TestGraphRandomSystems compares the graph with what Check counts.
func TestGraphRandomSystems(t *testing.T) {
	for seed := range uint64(150) {
		sys := randomToy(seed)
		r, err := Check(context.Background(), sys, Config{})
		if err != nil {
			t.Fatal(err)
		}
		g, err := Explore(context.Background(), sys, Config{})
		if err != nil {
			t.Fatal(err)
		}
		edges := int64(len(sys.init))
		deepest := 0
		for n := range g.Nodes {
			deepest = max(deepest, g.Depth[n])
			moves := sys.next(g.Nodes[n])
			if len(moves) != len(g.Edges[n]) || g.Cut[n] {
				t.Fatalf("seed %d: node %d has %d edges, want %d", seed, n, len(g.Edges[n]), len(moves))
			}
			for i, e := range g.Edges[n] {
				m := moves[i]
				if e.Label != m.label || (e.To < 0) != (m.fault != nil) || e.Fault != m.fault || e.To >= 0 && !slices.Equal(g.Nodes[e.To], m.to) {
					t.Fatalf("seed %d: edge %d of node %d is %+v, want %+v", seed, i, n, e, m)
				}
				if e.To >= 0 {
					edges++
					if g.Depth[e.To] > g.Depth[n]+1 {
						t.Fatalf("seed %d: the depths of %d and %d do not fit", seed, n, e.To)
					}
				}
			}
		}
		if int64(len(g.Nodes)) != r.Stats.Distinct || edges != r.Stats.Generated || deepest != r.Stats.Depth || int64(len(g.Initial)) != r.Stats.Initial {
			t.Errorf("seed %d: got %d nodes, %d edges, depth %d, want %+v", seed, len(g.Nodes), edges, deepest, r.Stats)
		}
		if !slices.IsSorted(g.Depth) || g.Partial != "" || (len(g.Faults) > 0) != (sys.initFault != nil) {
			t.Errorf("seed %d: got depths %v, partial %q, faults %v", seed, g.Depth, g.Partial, g.Faults)
		}
	}
}

func TestGraphLimits(t *testing.T) {
	g, err := Explore(context.Background(), endless(), Config{MaxDepth: 3})
	if err != nil || len(g.Nodes) != 10 || g.Partial != "depth limit 3 reached" {
		t.Fatalf("got %+v, %v, want 10 nodes", g, err)
	}
	for n := range g.Nodes {
		if g.Cut[n] != (g.Depth[n] == 3) || len(g.Edges[n]) != 2 && !g.Cut[n] {
			t.Errorf("node %d at depth %d: cut %v", n, g.Depth[n], g.Cut[n])
		}
	}
	g, err = Explore(context.Background(), endless(), Config{MaxStates: 4})
	if err != nil || len(g.Nodes) != 4 || g.Partial != "state limit 4 reached" || !slices.Equal(g.Cut, []bool{false, true, true, true}) {
		t.Fatalf("got %+v, %v, want 4 nodes", g, err)
	}
	// 0,1 is met by two ways; the node for 1,1 is the last that fits, so that both edges to it are there.
	g, err = Explore(context.Background(), endless(), Config{MaxStates: 5})
	if err != nil || len(g.Edges[1]) != 2 || len(g.Edges[2]) != 1 || g.Edges[1][1].To != g.Edges[2][0].To {
		t.Fatalf("got %+v, %v", g.Edges, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	g, err = Explore(ctx, endless(), Config{})
	if err != nil || g.Partial != "interrupted" || len(g.Nodes) != 1 || len(g.Edges) != 1 || !g.Cut[0] {
		t.Errorf("got %+v, %v of a context that was done", g, err)
	}
}

func TestGraphText(t *testing.T) {
	g, err := Explore(context.Background(), counter(2, 3), Config{})
	if err != nil {
		t.Fatal(err)
	}
	want := []model.Binding{{Name: "w0", Value: model.Int(1)}, {Name: "w1", Value: model.Int(0)}}
	if d := cmp.Diff(want, g.Render(1)); d != "" {
		t.Errorf("node 1 (-want +got):\n%s", d)
	}
	if got := g.Describe(1, g.Edges[1][1]).Action; got != "inc1" {
		t.Errorf("got action %q, want inc1", got)
	}
	sys := counter(1, 3)
	sys.next = func(model.State) []move { panic("boom") }
	if _, err := Explore(context.Background(), sys, Config{}); !errors.As(err, new(*PanicError)) {
		t.Errorf("got %v, want a panic", err)
	}
}
