package scheduler

import (
	"iter"
	"slices"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// removal is a state of preempt.bh: up to 4 pods on a node, and one that does not fit.
type removal struct {
	asks, priority [4]int8
	guarded        [4]bool
	allowed        int8
	need           int8
	done           bool
	candidate      bool
	victims        [4]bool
}

// removalOf are the constants of preempt.bh.
type removalOf struct{ pods, room, most, highest int }

// guard is the label of the pods that a budget covers.
var guard = map[string]string{"guard": "yes"}

func requesting(name string, priority int, cpu int64) *Pod {
	return &Pod{Name: name, Priority: priority, Containers: []Container{{Requests: Resources{CPU: cpu}}}}
}

func (o removalOf) cluster(s *removal) *Cluster {
	c := must(NewCluster(Node{Name: "node", MaxPods: 100, Allocatable: Resources{CPU: int64(o.room)}}))
	for i := range o.pods {
		p := requesting(pod(i+1), int(s.priority[i]), int64(s.asks[i]))
		p.Start = int64(i)
		if s.guarded[i] {
			p.Labels = guard
		}
		if err := c.Bind(p, "node"); err != nil {
			panic(err)
		}
	}
	return c
}

func (o removalOf) preempt(s *removal) error {
	if s.done {
		return errNo
	}
	s.done = true
	budget := Budget{Labelled(guard), int(s.allowed)}
	for _, c := range must(o.cluster(s).Candidates(requesting("new", o.highest, int64(s.need)), "", []Budget{budget})) {
		s.candidate = true
		for _, v := range c.Victims {
			s.victims[must(strconv.Atoi(v))-1] = true
		}
	}
	return nil
}

func (o removalOf) start() iter.Seq[removal] {
	return func(yield func(removal) bool) {
		for asks := range modelcheck.Vectors(o.pods, o.most) {
			for facts := range modelcheck.Vectors(o.pods, 2*(o.highest+1)) {
				var s removal
				sum := 0
				for i := range o.pods {
					s.asks[i], s.priority[i], s.guarded[i] = int8(asks[i]), int8((facts[i]-1)/2), facts[i]%2 == 0
					sum += asks[i]
				}
				for need := 1; need <= o.room; need++ {
					for allowed := range 2 {
						s.need, s.allowed = int8(need), int8(allowed)
						if sum <= o.room && sum+need > o.room && !yield(s) {
							return
						}
					}
				}
			}
		}
	}
}

// system is the system of preempt.bh over Cluster.Candidates.
func (o removalOf) system() model.System {
	each := func(name string, show func(i int) model.Value) model.Binding {
		return model.Binding{Name: name, Value: modelcheck.Map(1, o.pods, show)}
	}
	return model.MustDefine(model.Definition[removal]{
		Name:     "Preemption",
		Init:     o.start(),
		Actions:  []model.ActionOf[removal]{{Name: "Preempt", Next: modelcheck.Call(o.preempt)}},
		Terminal: func(s removal) bool { return s.done },
		Show: func(s removal) []model.Binding {
			victims := slices.DeleteFunc(modelcheck.Numbers[int](o.pods), func(i int) bool { return !s.victims[i-1] })
			return []model.Binding{
				each("asks", func(i int) model.Value { return modelcheck.Int(int(s.asks[i-1])) }),
				each("priority", func(i int) model.Value { return modelcheck.Int(int(s.priority[i-1])) }),
				each("guarded", func(i int) model.Value { return model.Bool(s.guarded[i-1]) }),
				{Name: "allowed", Value: modelcheck.Int(int(s.allowed))},
				{Name: "need", Value: modelcheck.Int(int(s.need))},
				{Name: "done", Value: model.Bool(s.done)},
				{Name: "candidate", Value: model.Bool(s.candidate)},
				{Name: "victims", Value: modelcheck.Set(victims)},
			}
		},
	})
}

// victim is a pod of pick.bh.
type victim struct {
	level   int8
	guarded bool
	start   int8
}

// selection is a state of pick.bh: one or two victims on each of two nodes.
type selection struct {
	first, second [2]victim
	two           [2]bool // there is a second
	choice        int8    // 0 for none
}

// cluster has nodes that the pod needs whole, so that all their pods are victims.
func (s *selection) cluster() *Cluster {
	c := must(NewCluster(
		Node{Name: "1", MaxPods: 100, Allocatable: Resources{CPU: 2}}, Node{Name: "2", MaxPods: 100, Allocatable: Resources{CPU: 2}}))
	for n := range 2 {
		all := []victim{s.first[n]}
		if s.two[n] {
			all = append(all, s.second[n])
		}
		for i, v := range all {
			p := requesting(pod(n+1)+"-"+pod(i+1), int(v.level)*1_000_000_000, 1)
			p.Start = int64(v.start)
			if v.guarded {
				p.Labels = guard
			}
			if err := c.Bind(p, pod(n+1)); err != nil {
				panic(err)
			}
		}
	}
	return c
}

func (s *selection) pick(n int) error {
	if s.choice != 0 {
		return errNo
	}
	candidates := must(s.cluster().Candidates(requesting("new", 2_000_000_000, 2), "", []Budget{{Selector: Labelled(guard)}}))
	if !slices.ContainsFunc(Pick(candidates), func(c Candidate) bool { return c.Node == pod(n) }) {
		return errNo
	}
	s.choice = int8(n)
	return nil
}

func (v victim) show() model.Value {
	return model.Value{Shape: model.Record, Elems: []model.Elem{
		{Key: "level", Value: modelcheck.Int(int(v.level))},
		{Key: "guarded", Value: model.Bool(v.guarded)},
		{Key: "start", Value: modelcheck.Int(int(v.start))},
	}}
}

// pickSystem is the system of pick.bh over Candidates and Pick.
func pickSystem() model.System {
	var all []victim
	for i := range 8 {
		all = append(all, victim{int8(i / 4), i/2%2 == 1, int8(i % 2)})
	}
	// node gives all that may be on a node.
	node := func(yield func(first, second victim, two bool) bool) {
		for _, v := range all {
			if !yield(v, victim{}, false) {
				return
			}
			for _, w := range all {
				if (w.level < v.level || w.level == v.level && w.start >= v.start) && !yield(v, w, true) {
					return
				}
			}
		}
	}
	return model.MustDefine(model.Definition[selection]{
		Name: "PreemptionNode",
		Init: func(yield func(selection) bool) {
			more := true
			node(func(a, b victim, two bool) bool {
				node(func(c, d victim, too bool) bool {
					more = yield(selection{first: [2]victim{a, c}, second: [2]victim{b, d}, two: [2]bool{two, too}})
					return more
				})
				return more
			})
		},
		Actions: []model.ActionOf[selection]{
			{Name: "Pick", Params: []string{"n"}, Next: modelcheck.Call1([]int{1, 2}, (*selection).pick)},
		},
		Terminal: func(s selection) bool { return s.choice != 0 },
		Show: func(s selection) []model.Binding {
			return []model.Binding{
				{Name: "first", Value: modelcheck.Map(1, 2, func(i int) model.Value { return s.first[i-1].show() })},
				{Name: "second", Value: modelcheck.Map(1, 2, func(i int) model.Value {
					if !s.two[i-1] {
						return modelcheck.None()
					}
					return modelcheck.Some(s.second[i-1].show())
				})},
				{Name: "choice", Value: modelcheck.Option(int(s.choice))},
			}
		},
	})
}
