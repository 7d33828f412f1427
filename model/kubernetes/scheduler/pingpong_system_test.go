package scheduler

import (
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// game is a state of pingpong.bh.
type game struct {
	on          int8 // of gamePlaces
	lower       bool
	high        int8 // of gameStages
	nominated   bool
	preemptions int8
}

var (
	gamePlaces = []string{"low", "ending", "free", "taken"}
	gameStages = []string{"absent", "active", "parked", "backingOff", "done"}
)

// room is the node with what is on it.
func (g *game) room() *Cluster {
	c := must(NewCluster(Node{Name: "n", MaxPods: 9, Allocatable: Resources{CPU: 1}}))
	p := *lowPod
	switch g.on {
	case 1:
		p.Terminating = true
	case 2:
		return c
	case 3:
		p = *preemptorPod
	}
	p.Name += " on n"
	if err := c.Bind(&p, "n"); err != nil {
		panic(err)
	}
	return c
}

func (g *game) preempt() error {
	if g.high != 1 {
		return errNo
	}
	node := ""
	if g.nominated {
		node = "n"
	}
	candidates, err := g.room().Candidates(preemptorPod, node, nil)
	if err != nil || len(Pick(candidates)) == 0 {
		return errNo
	}
	g.on, g.high, g.nominated = 1, 2, true
	g.preemptions = min(2, g.preemptions+1)
	return nil
}

func (g *game) placeHigh() error {
	if g.high != 1 {
		return errNo
	}
	if _, err := g.room().Schedule(preemptorPod, DefaultOptions); err != nil {
		return err
	}
	g.on, g.high = 3, 4
	return nil
}

// placeLow is by who looks at nominations, or does not.
func (g *game) placeLow(looks bool) error {
	var nominations []Nomination
	if looks && g.nominated {
		nominations = append(nominations, Nomination{preemptorPod, "n"})
	}
	if !g.lower || must(g.room().FilterBeside(lowPod, nominations))[0].Code != Feasible {
		return errNo
	}
	g.on, g.lower = 0, false
	return nil
}

// when makes a step that happens where a condition is true.
func when(condition func(*game) bool, step func(*game)) func(*game) error {
	return func(g *game) error {
		if !condition(g) {
			return errNo
		}
		step(g)
		return nil
	}
}

// gameSystem is the system of pingpong.bh over Cluster.
func gameSystem(looks bool) model.System {
	act := func(name string, step func(*game) error) model.ActionOf[game] {
		return model.ActionOf[game]{Name: name, Next: modelcheck.Call(step)}
	}
	return model.MustDefine(model.Definition[game]{
		Name: "PreemptionPingPong",
		Init: func(yield func(game) bool) { yield(game{}) },
		Actions: []model.ActionOf[game]{
			act("Comes", when(func(g *game) bool { return g.high == 0 }, func(g *game) { g.high = 1 })),
			act("Leaves", when(func(g *game) bool { return g.high == 4 }, func(g *game) { *g = game{on: 2, lower: g.lower} })),
			act("Preempt", (*game).preempt),
			act("Ends", when(func(g *game) bool { return g.on == 1 }, func(g *game) {
				g.on, g.lower = 2, true
				if g.high == 2 {
					g.high = 3
				}
			})),
			act("BackoffOver", when(func(g *game) bool { return g.high == 3 }, func(g *game) { g.high = 1 })),
			act("PlaceHigh", (*game).placeHigh),
			act("PlaceLow", func(g *game) error { return g.placeLow(looks) }),
		},
		Show: func(g game) []model.Binding {
			return []model.Binding{
				{Name: "on", Value: model.Text(gamePlaces[g.on])},
				{Name: "lower", Value: model.Bool(g.lower)},
				{Name: "high", Value: model.Text(gameStages[g.high])},
				{Name: "nominated", Value: model.Bool(g.nominated)},
				{Name: "preemptions", Value: modelcheck.Int(int(g.preemptions))},
			}
		},
	})
}
