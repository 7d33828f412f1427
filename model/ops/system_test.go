package ops

import (
	"errors"
	"iter"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// made is a value that a constructor gives for arguments known to be right.
func made[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// looking is a loop over nodes that keeps the best by Choose of those that it has looked at.
type looking struct {
	Fit   []bool
	Score []int
	Now   int
}

func chooseSystem(nodes, score int) model.System {
	return model.MustDefine(model.Definition[looking]{
		Name: "Choose",
		Init: func(yield func(looking) bool) {
			for fits := range modelcheck.Vectors(nodes, 2) {
				for scores := range modelcheck.Vectors(nodes, 2*score+1) {
					l := looking{Score: scores}
					for i := range scores {
						scores[i] -= score + 1
						l.Fit = append(l.Fit, fits[i] == 2)
					}
					if !yield(l) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[looking]{
			{Name: "Look", Next: modelcheck.Call(func(l *looking) error {
				if l.Now == nodes {
					return model.ErrRefused
				}
				l.Now++
				return nil
			})},
		},
		Terminal: func(l looking) bool { return l.Now == nodes },
		Show: func(l looking) []model.Binding {
			best := modelcheck.None()
			n, ok := Choose(l.Now, func(n int) bool { return l.Fit[n] }, func(n int) int64 { return int64(l.Score[n]) })
			if ok {
				best = modelcheck.Some(modelcheck.Int(n))
			}
			return []model.Binding{
				{Name: "fit", Value: modelcheck.Map(0, nodes-1, func(i int) model.Value { return model.Bool(l.Fit[i]) })},
				{Name: "score", Value: modelcheck.Map(0, nodes-1, func(i int) model.Value { return modelcheck.Int(l.Score[i]) })},
				{Name: "now", Value: modelcheck.Int(l.Now)},
				{Name: "best", Value: best},
			}
		},
	})
}

// chosen is what a scheduler is about to bind; container 0 is none.
type chosen struct{ Container, Node int }

// scheduling is a Cluster and its schedulers. Containers and nodes have the numbers of orchestrator.bh, which begin at 1.
type scheduling struct {
	Cluster Cluster
	Choices []chosen // by scheduler
}

func orchestratorSystem(nodes, containers, schedulers, capacity int) model.System {
	needs := func(c int) int {
		if c == 1 {
			return capacity
		}
		return capacity / 2
	}
	// all goes through a step for every scheduler, container and node.
	all := func(step func(s *scheduling, scheduler, container, node int) error) func(scheduling) iter.Seq2[model.Args, scheduling] {
		return func(from scheduling) iter.Seq2[model.Args, scheduling] {
			return func(yield func(model.Args, scheduling) bool) {
				for s := 1; s <= schedulers; s++ {
					for c := 1; c <= containers; c++ {
						for n := 1; n <= nodes; n++ {
							next := scheduling{from.Cluster.Clone(), append([]chosen(nil), from.Choices...)}
							if step(&next, s, c, n) == nil && !yield(model.Args{s, c, n}, next) {
								return
							}
						}
					}
				}
			}
		}
	}
	cs, ns := modelcheck.Numbers[int](containers), modelcheck.Numbers[int](nodes)
	capacities := make([]int, nodes)
	for i := range capacities {
		capacities[i] = capacity
	}
	return model.MustDefine(model.Definition[scheduling]{
		Name: "Orchestrator",
		Init: func(yield func(scheduling) bool) {
			yield(scheduling{made(NewCluster(capacities)), make([]chosen, schedulers)})
		},
		Actions: []model.ActionOf[scheduling]{
			{Name: "Submit", Params: []string{"c"}, Next: modelcheck.Call1(cs, func(s *scheduling, c int) error {
				return s.Cluster.Submit(strconv.Itoa(c), needs(c))
			})},
			{Name: "Choose", Params: []string{"s", "c", "n"}, Next: all(func(s *scheduling, scheduler, c, n int) error {
				if s.Choices[scheduler-1].Container != 0 || !s.Cluster.Fits(strconv.Itoa(c), n-1) {
					return model.ErrRefused
				}
				s.Choices[scheduler-1] = chosen{c, n}
				return nil
			})},
			{Name: "Bind", Params: []string{"s", "c", "n"}, Next: all(func(s *scheduling, scheduler, c, n int) error {
				if s.Choices[scheduler-1] != (chosen{c, n}) {
					return model.ErrRefused
				}
				s.Choices[scheduler-1] = chosen{}
				if err := s.Cluster.Bind(strconv.Itoa(c), n-1); !errors.Is(err, ErrConflict) {
					return err
				}
				return nil
			})},
			{Name: "Release", Params: []string{"c", "n"}, Next: modelcheck.Call2(cs, ns, func(s *scheduling, c, n int) error {
				if node, placed := s.Cluster.Node(strconv.Itoa(c)); !placed || node != n-1 {
					return model.ErrRefused
				}
				return s.Cluster.Release(strconv.Itoa(c))
			})},
			{Name: "Withdraw", Params: []string{"c"}, Next: modelcheck.Call1(cs, func(s *scheduling, c int) error {
				if _, placed := s.Cluster.Node(strconv.Itoa(c)); placed {
					return model.ErrRefused
				}
				return s.Cluster.Release(strconv.Itoa(c))
			})},
		},
		Show: func(s scheduling) []model.Binding {
			var wanted []int
			runs := make([][]int, nodes)
			for _, c := range cs {
				name := strconv.Itoa(c)
				if _, there := s.Cluster.needs[name]; there {
					wanted = append(wanted, c)
				}
				if n, placed := s.Cluster.Node(name); placed {
					runs[n] = append(runs[n], c)
				}
			}
			return []model.Binding{
				{Name: "wanted", Value: modelcheck.Set(wanted)},
				{Name: "runs", Value: modelcheck.Map(1, nodes, func(i int) model.Value { return modelcheck.Set(runs[i-1]) })},
				{Name: "used", Value: modelcheck.Map(1, nodes, func(i int) model.Value { return modelcheck.Int(s.Cluster.Used(i - 1)) })},
				{Name: "choice", Value: modelcheck.Map(1, schedulers, func(i int) model.Value {
					choice := s.Choices[i-1]
					if choice.Container == 0 {
						return model.Value{Shape: model.Tagged, Text: "Idle"}
					}
					return model.Value{Shape: model.Tagged, Text: "Chosen", Elems: []model.Elem{
						{Key: "c", Value: modelcheck.Int(choice.Container)}, {Key: "n", Value: modelcheck.Int(choice.Node)},
					}}
				})},
			}
		},
	})
}

// paging is an Alert, and what alert.bh counts of notifications and of samples.
type paging struct {
	Alert
	Sent, Above, Below int
	Calm               bool
}

func (p *paging) sample(v int64) {
	count := func(n *int, holds bool, most int) {
		if !holds {
			*n = 0
			return
		}
		*n = min(*n+1, most)
	}
	count(&p.Above, v >= p.t.High, p.t.For)
	count(&p.Below, v <= p.t.Low, p.t.Clear)
	p.Calm = p.Calm || p.Below == p.t.Clear
	switch p.Sample(v) {
	case Raised:
		p.Sent++
		p.Calm = false
	case Cleared:
		p.Sent = 0
	}
}

func alertSystem(t Thresholds, most int) model.System {
	values := make([]int, most+1)
	for i := range values {
		values[i] = i
	}
	return model.MustDefine(model.Definition[paging]{
		Name: "Alert",
		Init: func(yield func(paging) bool) { yield(paging{Alert: made(NewAlert(t)), Calm: true}) },
		Actions: []model.ActionOf[paging]{
			{Name: "Sample", Params: []string{"v"}, Next: modelcheck.Call1(values, func(p *paging, v int) error {
				p.sample(int64(v))
				return nil
			})},
			{Name: "Ack", Next: modelcheck.Call(func(p *paging) error { return p.Ack() })},
		},
		Show: func(p paging) []model.Binding {
			return []model.Binding{
				{Name: "firing", Value: model.Bool(p.Firing())},
				{Name: "acked", Value: model.Bool(p.Acked())},
				{Name: "escalated", Value: model.Bool(p.Escalated())},
				{Name: "row", Value: modelcheck.Int(p.row)},
				{Name: "waits", Value: modelcheck.Int(p.waits)},
				{Name: "sent", Value: modelcheck.Int(p.Sent)},
				{Name: "above", Value: modelcheck.Int(p.Above)},
				{Name: "below", Value: modelcheck.Int(p.Below)},
				{Name: "calm", Value: model.Bool(p.Calm)},
			}
		},
	})
}
