package checker

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/model"
)

// Graph is the state graph of a small system. States are numbered in the order in which a sequential breadth-first
// search meets them, which is the same every time. Its methods use one Runner and are not for several goroutines at once.
type Graph struct {
	Info    *model.Info
	Nodes   []model.State  // by number
	Depth   []int          // of each node: its distance from an initial state
	Initial []int          // numbers of the initial states
	Faults  []*model.Fault // of Init
	Edges   [][]Edge       // from each node, in the order of Next
	Cut     []bool         // of each node: it has successors that are not in the graph
	Partial string         // why nodes are missing, such as "state limit 100 reached", or ""

	runner model.Runner
}

// Edge is a transition, or an instance of an action that faults.
type Edge struct {
	Label model.Label
	To    int          // number of the node, or -1 for a fault
	Fault *model.Fault // or nil
}

// Render gives the values of the variables in node n.
func (g *Graph) Render(n int) []model.Binding { return g.runner.Render(g.Nodes[n]) }

// Describe puts an edge from node n into words.
func (g *Graph) Describe(n int, e Edge) model.StepText { return g.runner.Describe(g.Nodes[n], e.Label) }

// Explore gives the graph of all reachable states of sys or, with cfg.MaxStates, of the first so many, or, with
// cfg.MaxDepth, of those at most so deep: Graph.Partial then says what is missing. The fields of cfg about workers,
// memory, properties and progress have no meaning here. When ctx is done the graph so far is returned, partial.
// The error is not nil when the system is wrong: it panics, has no initial state, emits what it should not or, as far as
// cfg.Recheck looks, contradicts itself.
func Explore(ctx context.Context, sys model.System, cfg Config) (*Graph, error) {
	g := &Graph{}
	x := &explorer{g: g, cfg: cfg, numbers: map[string]int{}}
	x.examiner = examiner{sys: sys, failed: func(err error) { x.err = err }}
	if err := shield("Info", func() { g.Info = sys.Info() }); err != nil {
		return nil, err
	}
	x.guard(func() { x.explore(ctx) })
	if x.err != nil {
		return nil, x.err
	}
	if len(g.Edges) < len(g.Nodes) { // left in the middle
		g.Partial = reasonOfContext(ctx)
	}
	for n := len(g.Edges); n < len(g.Nodes); n++ {
		g.Edges, g.Cut = append(g.Edges, nil), append(g.Cut, true)
	}
	g.runner = x.runner
	return g, nil
}

type explorer struct {
	examiner
	g       *Graph
	cfg     Config
	numbers map[string]int
	err     error

	names  []uint64     // digests of the names of actions
	second model.Runner // for rechecks; nil where there are none
}

// sampled tells whether node n is to be expanded twice.
func (x *explorer) sampled(n int) bool {
	every := uint64(recheckEvery)
	if x.cfg.Recheck > 0 {
		every = uint64(x.cfg.Recheck)
	}
	return x.second != nil && (n < alwaysSampled || hash.Of(x.g.Nodes[n])%every == 0)
}

// compare notes that the second time gave something else.
func (x *explorer) compare(what string) {
	if what != "" && x.err == nil {
		x.err = &NondeterminismError{What: what}
	}
}

func (x *explorer) explore(ctx context.Context) {
	g := x.g
	halted := func() bool { return ctx.Err() != nil }
	if x.cfg.Recheck > 0 || x.cfg.Recheck == 0 && !g.Info.Deterministic {
		x.names = nameDigests(g.Info)
		x.calling = callNewRunner
		x.second = x.sys.NewRunner()
	}
	var first listing
	x.calling = callInit
	x.runner.Init(func(t model.State, f *model.Fault) {
		x.calling = none
		first.add(0, t, f)
		if len(g.Nodes)%1024 == 1023 && ctx.Err() != nil {
			panic(enough{})
		}
		if f != nil {
			g.Faults = append(g.Faults, f)
		} else if n := x.number(t, 0); n == len(g.Initial) { // a new one; a repeated one has a smaller number
			g.Initial = append(g.Initial, n)
		}
		x.calling = callInit
	})
	x.calling = none
	if len(g.Nodes) == 0 && len(g.Faults) == 0 && x.err == nil && ctx.Err() == nil {
		x.err = errors.New("the system has no initial state")
	}
	if x.second != nil && x.err == nil && first.count <= fewInitial {
		x.compare(first.initDiffers(x.listInit(x.second, halted)))
	}
	for n := 0; n < len(g.Nodes) && x.err == nil; n++ {
		if ctx.Err() != nil {
			return
		}
		first := x.expand(ctx, n)
		if x.err == nil && x.sampled(n) {
			x.compare(first.differs(x.listNext(x.second, g.Nodes[n], x.names, halted)))
		}
	}
}

// expand adds the edges that leave node n and, for a recheck, lists them.
func (x *explorer) expand(ctx context.Context, n int) (list listing) {
	g := x.g
	sampled := x.sampled(n)
	var edges []Edge
	cut := false
	x.calling = callLoad
	x.runner.Load(g.Nodes[n])
	x.calling = callNext
	x.runner.Next(func(l model.Label, t model.State, f *model.Fault) {
		x.calling = none
		if len(edges)%1024 == 1023 && ctx.Err() != nil {
			panic(enough{})
		}
		defer func() { x.calling = callNext }()
		if uint(l.Action) >= uint(len(g.Info.Actions)) {
			x.err = fmt.Errorf("the system emitted a step of action %d, want one of 0..%d", l.Action, len(g.Info.Actions)-1)
			return
		}
		if sampled {
			list.add(x.names[l.Action], t, f)
		}
		if f != nil {
			edges = append(edges, Edge{l, -1, f})
			return
		}
		if to := x.number(t, g.Depth[n]+1); to >= 0 {
			edges = append(edges, Edge{l, to, nil})
		} else {
			cut = true
		}
	})
	x.calling = none
	g.Edges, g.Cut = append(g.Edges, edges), append(g.Cut, cut)
	return list
}

// number gives the number of state t, a new one if it has none; -1 when it has none and a limit forbids one.
func (x *explorer) number(t model.State, depth int) int {
	g := x.g
	if w := g.Info.StateWords; w > 0 && len(t) != w {
		x.err = fmt.Errorf("the system emitted a state of %d words, want %d", len(t), w)
		return -1
	}
	key := hash.Key(t)
	if n, ok := x.numbers[key]; ok {
		return n
	}
	switch {
	case x.cfg.MaxDepth > 0 && depth > x.cfg.MaxDepth:
		if g.Partial == "" {
			g.Partial = fmt.Sprintf("depth limit %d reached", x.cfg.MaxDepth)
		}
		return -1
	case x.cfg.MaxStates > 0 && int64(len(g.Nodes)) >= x.cfg.MaxStates:
		g.Partial = fmt.Sprintf("state limit %d reached", x.cfg.MaxStates)
		return -1
	}
	n := len(g.Nodes)
	x.numbers[key] = n
	g.Nodes, g.Depth = append(g.Nodes, slices.Clone(t)), append(g.Depth, depth)
	return n
}
