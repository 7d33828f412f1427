package scheduler

import (
	"iter"
	"slices"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// one is a container that requests one of a resource.
func one(r Resource) []Container {
	var c Container
	c.Requests[r] = 1
	return []Container{c}
}

// zoned is a state of spread.bh and affinity.bh: up to 4 nodes, and how many pods of each of two kinds are on each.
type zoned struct {
	zone     [4]int8
	pods     [2][4]int8
	cordoned [4]bool
	moved    bool
}

// zonedOf are the constants of these models. Kind 0 requests CPU, kind 1 memory.
type zonedOf struct {
	nodes, zones, room int
	kinds              [2]Pod
}

func (o zonedOf) cluster(s *zoned) *Cluster {
	var nodes []Node
	for n := range o.nodes {
		nodes = append(nodes, Node{
			Name: strconv.Itoa(n + 1), Labels: map[string]string{"zone": strconv.Itoa(int(s.zone[n]))}, MaxPods: 100,
			Unschedulable: s.cordoned[n], Allocatable: Resources{CPU: int64(o.room), Memory: int64(o.room)},
		})
	}
	c := must(NewCluster(nodes...))
	for k := range o.kinds {
		for n := range o.nodes {
			for i := range s.pods[k][n] {
				p := o.kinds[k]
				p.Name = strconv.Itoa(k) + "-" + strconv.Itoa(n) + "-" + strconv.Itoa(int(i))
				if err := c.Bind(&p, strconv.Itoa(n+1)); err != nil {
					panic(err)
				}
			}
		}
	}
	return c
}

func (o zonedOf) place(kind int) func(*zoned, int) error {
	return func(s *zoned, n int) error {
		p := o.kinds[kind]
		if must(o.cluster(s).Filter(&p))[n-1].Code != Feasible {
			return errNo
		}
		s.pods[kind][n-1]++
		return nil
	}
}

func (o zonedOf) end(kind int) func(*zoned, int) error {
	return func(s *zoned, n int) error {
		if s.pods[kind][n-1] == 0 {
			return errNo
		}
		s.pods[kind][n-1]--
		return nil
	}
}

func (o zonedOf) cordon(on bool) func(*zoned, int) error {
	return func(s *zoned, n int) error {
		if s.cordoned[n-1] == on {
			return errNo
		}
		s.cordoned[n-1] = on
		return nil
	}
}

func (o zonedOf) start() iter.Seq[zoned] {
	return func(yield func(zoned) bool) {
		var s zoned
		for n := range o.nodes {
			s.zone[n] = int8(min(n+1, o.zones))
		}
		yield(s)
	}
}

func (o zonedOf) count(name string, of func(int) int8) model.Binding {
	return model.Binding{Name: name, Value: modelcheck.Map(1, o.nodes, func(i int) model.Value { return modelcheck.Int(int(of(i - 1))) })}
}

func (o zonedOf) on(name string, step func(*zoned, int) error) model.ActionOf[zoned] {
	return model.ActionOf[zoned]{Name: name, Params: []string{"n"}, Next: modelcheck.Call1(modelcheck.Numbers[int](o.nodes), step)}
}

// spreadSystem is the system of spread.bh over Cluster.
func spreadSystem(nodes, zones, room, skew int) model.System {
	of := map[string]string{"app": "web"}
	web := Pod{
		Name: "new", Labels: of, Containers: one(CPU),
		Spread: []Spread{{Term: Term{Labelled(of), "zone"}, MaxSkew: skew}},
	}
	o := zonedOf{nodes, zones, room, [2]Pod{web, {Name: "none", Containers: one(Memory)}}}
	return model.MustDefine(model.Definition[zoned]{
		Name:    "TopologySpread",
		Init:    o.start(),
		Actions: []model.ActionOf[zoned]{o.on("Place", o.place(0)), o.on("End", o.end(0)), o.on("Cordon", o.cordon(true)), o.on("Uncordon", o.cordon(false))},
		Show: func(s zoned) []model.Binding {
			var cordoned []int
			for n, is := range s.cordoned {
				if is {
					cordoned = append(cordoned, n+1)
				}
			}
			return []model.Binding{o.count("pods", func(n int) int8 { return s.pods[0][n] }), {Name: "cordoned", Value: modelcheck.Set(cordoned)}}
		},
	})
}

// affinitySystem is the system of affinity.bh over Cluster.
func affinitySystem(nodes, zones, room int) model.System {
	labels := func(kind string) map[string]string { return map[string]string{"kind": kind} }
	withA := []Term{{Labelled(labels("a")), "zone"}}
	o := zonedOf{nodes, zones, room, [2]Pod{
		{Name: "a", Labels: labels("a"), Containers: one(CPU), Affinity: withA},
		{Name: "b", Labels: labels("b"), Containers: one(Memory), AntiAffinity: withA},
	}}
	return model.MustDefine(model.Definition[zoned]{
		Name: "PodAffinity",
		Init: o.start(),
		Actions: []model.ActionOf[zoned]{
			o.on("PlaceA", o.place(0)), o.on("PlaceB", o.place(1)), o.on("EndA", o.end(0)), o.on("EndB", o.end(1)),
			{Name: "Relabel", Params: []string{"n", "z"}, Next: modelcheck.Call2(modelcheck.Numbers[int](nodes), modelcheck.Numbers[int](zones),
				func(s *zoned, n, z int) error {
					if s.moved || s.zone[n-1] == int8(z) {
						return errNo
					}
					s.zone[n-1], s.moved = int8(z), true
					return nil
				})},
		},
		Show: func(s zoned) []model.Binding {
			return []model.Binding{
				o.count("zone", func(n int) int8 { return s.zone[n] }),
				o.count("a", func(n int) int8 { return s.pods[0][n] }),
				o.count("b", func(n int) int8 { return s.pods[1][n] }),
				{Name: "moved", Value: model.Bool(s.moved)},
			}
		},
	})
}

// bindings is a state of binding.bh: up to 3 pods, nodes and schedulers.
type promises struct {
	asks  [3]int8
	phase [3]int8 // of bindingPhases
	place [3]int8 // 0 is nowhere
	knows [3][3]bool
}

var bindingPhases = []string{"pending", "assigned", "running", "rejected"}

type promisesOf struct{ schedulers, used, pods, nodes, room int }

func (o promisesOf) pod(s *promises, p int) *Pod {
	return &Pod{Name: strconv.Itoa(p + 1), Containers: []Container{{Requests: Resources{CPU: int64(s.asks[p])}}}}
}

// cluster is the nodes with those pods that are looked at.
func (o promisesOf) cluster(s *promises, looked func(p int) bool) *Cluster {
	var nodes []Node
	for n := range o.nodes {
		nodes = append(nodes, Node{Name: strconv.Itoa(n + 1), MaxPods: 100, Allocatable: Resources{CPU: int64(o.room)}})
	}
	c := must(NewCluster(nodes...))
	for p := range o.pods {
		if s.place[p] > 0 && looked(p) {
			if err := c.Bind(o.pod(s, p), strconv.Itoa(int(s.place[p]))); err != nil {
				panic(err)
			}
		}
	}
	return c
}

func (o promisesOf) bind(s *promises, p, n int) error {
	mine := (p - 1) % o.used
	cache := o.cluster(s, func(q int) bool { return s.knows[mine][q] })
	all := o.cluster(s, func(int) bool { return true })
	pod := o.pod(s, p-1)
	if must(cache.Filter(pod))[n-1].Code != Feasible {
		return errNo
	}
	if err := all.Bind(pod, strconv.Itoa(n)); err != nil {
		return err
	}
	s.phase[p-1], s.place[p-1], s.knows[mine][p-1] = 1, int8(n), true
	return nil
}

func (o promisesOf) hear(s *promises, by, p int) error {
	if s.place[p-1] == 0 || s.knows[by-1][p-1] {
		return errNo
	}
	s.knows[by-1][p-1] = true
	return nil
}

func (o promisesOf) admit(s *promises, p int) error {
	if s.phase[p-1] != 1 {
		return errNo
	}
	runs := o.cluster(s, func(q int) bool { return s.phase[q] == 2 })
	s.phase[p-1] = 2
	if err := runs.Admit(o.pod(s, p-1), strconv.Itoa(int(s.place[p-1]))); err != nil {
		s.phase[p-1] = 3
	}
	return nil
}

func (o promisesOf) end(s *promises, p int) error {
	if s.phase[p-1] < 2 {
		return errNo
	}
	s.phase[p-1], s.place[p-1] = 0, 0
	for by := range s.knows {
		s.knows[by][p-1] = false
	}
	return nil
}

// system is the system of binding.bh over Cluster: a cache of each scheduler, and what the kubelets run.
func (o promisesOf) system() model.System {
	pods := modelcheck.Numbers[int](o.pods)
	byPod := func(show func(i int) model.Value) model.Value { return modelcheck.Map(1, o.pods, show) }
	return model.MustDefine(model.Definition[promises]{
		Name: "Binding",
		Init: func(yield func(promises) bool) {
			for asks := range modelcheck.Vectors(o.pods, o.room) {
				var s promises
				for p, n := range asks {
					s.asks[p] = int8(n)
				}
				if !yield(s) {
					return
				}
			}
		},
		Actions: []model.ActionOf[promises]{
			{Name: "Bind", Params: []string{"p", "n"}, Next: modelcheck.Call2(pods, modelcheck.Numbers[int](o.nodes), o.bind)},
			{Name: "Hear", Params: []string{"s", "p"}, Next: modelcheck.Call2(modelcheck.Numbers[int](o.schedulers), pods, o.hear)},
			{Name: "Admit", Params: []string{"p"}, Next: modelcheck.Call1(pods, o.admit)},
			{Name: "End", Params: []string{"p"}, Next: modelcheck.Call1(pods, o.end)},
		},
		Show: func(s promises) []model.Binding {
			return []model.Binding{
				{Name: "asks", Value: byPod(func(i int) model.Value { return modelcheck.Int(int(s.asks[i-1])) })},
				{Name: "phase", Value: byPod(func(i int) model.Value { return model.Text(bindingPhases[s.phase[i-1]]) })},
				{Name: "place", Value: byPod(func(i int) model.Value { return modelcheck.Option(int(s.place[i-1])) })},
				{Name: "knows", Value: modelcheck.Map(1, o.schedulers, func(by int) model.Value {
					return modelcheck.Set(slices.DeleteFunc(slices.Clone(pods), func(p int) bool { return !s.knows[by-1][p-1] }))
				})},
			}
		},
	})
}
