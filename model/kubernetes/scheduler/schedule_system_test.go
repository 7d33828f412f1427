package scheduler

import (
	"errors"
	"slices"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

const (
	cpuUnit    = 100       // of schedule.bh, in thousandths of a core
	memoryUnit = 200 << 20 // in bytes
)

// shop is a state of schedule.bh: up to 3 pods and 2 nodes.
type shop struct {
	asks  [3][2]int8
	avoid [2]int8
	place [3]int8 // 0 is nowhere
	said  [3]int8 // of said
}

var said = []string{"pending", "placed", "unschedulable"}

// shopOf are the constants of schedule.bh, of two nodes.
type shopOf struct {
	pods, most  int
	cpu, memory [2]int64
	rooms       int
	options     Options
}

func (o shopOf) constants() constants {
	pair := func(v [2]int64) string {
		return "{1 -> " + strconv.FormatInt(v[0], 10) + ", 2 -> " + strconv.FormatInt(v[1], 10) + "}"
	}
	return constants{
		"PODS": strconv.Itoa(o.pods), "MOST": strconv.Itoa(o.most), "CPU": pair(o.cpu), "MEMORY": pair(o.memory),
		"ROOMS": strconv.Itoa(o.rooms), "BALANCED": strconv.FormatInt(o.options.Weights.BalancedAllocation, 10),
	}
}

func (o shopOf) pod(s *shop, p int) *Pod {
	a := s.asks[p]
	return &Pod{Name: strconv.Itoa(p + 1), Containers: []Container{{Requests: Resources{
		CPU: int64(a[0]) * cpuUnit, Memory: int64(a[1]) * memoryUnit,
	}}}}
}

func (o shopOf) cluster(s *shop) *Cluster {
	var nodes []Node
	for n := range 2 {
		node := Node{
			Name: strconv.Itoa(n + 1), MaxPods: o.rooms,
			Allocatable: Resources{CPU: o.cpu[n] * cpuUnit, Memory: o.memory[n] * memoryUnit},
		}
		if s.avoid[n] > 0 {
			node.Taints = []Taint{{Key: "avoid", Effect: PreferNoSchedule}}
		}
		nodes = append(nodes, node)
	}
	c := must(NewCluster(nodes...))
	for p := range o.pods {
		if s.place[p] > 0 {
			if err := c.Bind(o.pod(s, p), strconv.Itoa(int(s.place[p]))); err != nil {
				panic(err)
			}
		}
	}
	return c
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (o shopOf) schedule(s *shop, p, n int) error {
	if s.said[p-1] == 1 {
		return errNo
	}
	best, err := o.cluster(s).Schedule(o.pod(s, p-1), o.options)
	if err != nil || !slices.Contains(best, strconv.Itoa(n)) {
		return errNo
	}
	s.place[p-1], s.said[p-1] = int8(n), 1
	return nil
}

func (o shopOf) fail(s *shop, p int) error {
	if s.said[p-1] != 0 {
		return errNo
	}
	var fit *FitError
	if _, err := o.cluster(s).Schedule(o.pod(s, p-1), o.options); !errors.As(err, &fit) {
		return errNo
	}
	s.said[p-1] = 2
	return nil
}

func (o shopOf) end(s *shop, p int) error {
	if err := o.cluster(s).Remove(strconv.Itoa(p)); err != nil {
		return err
	}
	s.place[p-1], s.said[p-1] = 0, 0
	for q := range s.said {
		if s.said[q] == 2 {
			s.said[q] = 0
		}
	}
	return nil
}

func (o shopOf) bindings(s shop) []model.Binding {
	return []model.Binding{
		{Name: "asks", Value: modelcheck.Map(1, o.pods, func(i int) model.Value {
			return model.Value{Shape: model.Record, Elems: []model.Elem{
				{Key: "cpu", Value: modelcheck.Int(int(s.asks[i-1][0]))}, {Key: "memory", Value: modelcheck.Int(int(s.asks[i-1][1]))},
			}}
		})},
		{Name: "avoid", Value: modelcheck.Map(1, 2, func(i int) model.Value { return modelcheck.Int(int(s.avoid[i-1])) })},
		{Name: "place", Value: modelcheck.Map(1, o.pods, func(i int) model.Value { return modelcheck.Option(int(s.place[i-1])) })},
		{Name: "said", Value: modelcheck.Map(1, o.pods, func(i int) model.Value { return model.Text(said[s.said[i-1]]) })},
	}
}

func (o shopOf) system() model.System {
	pods := modelcheck.Numbers[int](o.pods)
	return model.MustDefine(model.Definition[shop]{
		Name: "Scheduler",
		Init: func(yield func(shop) bool) {
			for asks := range modelcheck.Vectors(2*o.pods, o.most+1) {
				s, sorted := shop{}, true
				for p := range o.pods {
					s.asks[p] = [2]int8{int8(asks[2*p] - 1), int8(asks[2*p+1] - 1)}
					sorted = sorted && (p == 0 || slices.Compare(s.asks[p-1][:], s.asks[p][:]) <= 0)
				}
				for avoid := range 4 {
					s.avoid = [2]int8{int8(avoid / 2), int8(avoid % 2)}
					if sorted && !yield(s) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[shop]{
			{Name: "Schedule", Params: []string{"p", "n"}, Next: modelcheck.Call2(pods, []int{1, 2}, o.schedule)},
			{Name: "Fail", Params: []string{"p"}, Next: modelcheck.Call1(pods, o.fail)},
			{Name: "End", Params: []string{"p"}, Next: modelcheck.Call1(pods, o.end)},
		},
		Show: o.bindings,
	})
}

func (o shopOf) pair(name string) modelcheck.Pair {
	return modelcheck.Pair{Name: name, System: o.system(), File: "schedule.bh", Constants: o.constants()}
}

// onlyLeast are the options of the configuration least.
func onlyLeast() Options {
	o := DefaultOptions
	o.Weights.BalancedAllocation = 0
	return o
}
