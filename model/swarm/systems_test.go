package swarm

import (
	"iter"
	"maps"
	"slices"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// must is for what a test sets up.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// spread is a state of spread.bh, by node-1.
type spread struct {
	Up                   [3]bool
	Tasks, Others, Fails [3]int8
	Late, Failed         bool
}

// cluster makes the Cluster of a state: a task of service s reserves one unit of a node, others none. A failure more or less than
// FAILURES of the model is one more or less than MaxFailures.
func (s spread) cluster(room, failures int, zones bool) *Cluster {
	c := &Cluster{failures: map[failure][]int64{}}
	service := Service{Name: "s", Replicas: 3 * room, Reserve: Resources{MemoryBytes: 1}}
	if zones {
		service.Preferences = []string{"node.labels.zone"}
	}
	must(c.Create(service))
	must(c.Create(Service{Name: "other"}))
	for i := range 3 {
		id := strconv.Itoa(i + 1)
		zone := "west"
		if i == 0 {
			zone = "east"
		}
		if s.Up[i] {
			must(c.Join(Node{ID: id, Labels: map[string]string{"zone": zone}, Resources: Resources{MemoryBytes: int64(room)}}))
		}
		add := func(service string, n int8) {
			for range n {
				c.next++
				c.Tasks = append(c.Tasks, Task{ID: c.next, Service: service, Slot: c.next, Node: id, State: Running, Desired: Running, Alive: true})
			}
		}
		add("s", s.Tasks[i])
		add("other", s.Others[i])
		if f := int(s.Fails[i]); f >= failures {
			c.failures[failure{id, "s"}] = make([]int64, MaxFailures+f-failures)
		} else {
			c.failures[failure{id, "s"}] = make([]int64, f)
		}
	}
	return c
}

// spreadSystem is the system of spread.bh over Cluster.
func spreadSystem(room, failures int, zones bool) model.System {
	nodes := []int{1, 2, 3}
	each := func(value func(i int) model.Value) model.Value { return modelcheck.Map(1, 3, value) }
	return model.MustDefine(model.Definition[spread]{
		Name: "Spread",
		Init: func(yield func(spread) bool) {
			for v := range modelcheck.Vectors(3, 2) {
				s := spread{Up: [3]bool{true, true, true}}
				for i, x := range v {
					s.Others[i] = int8(x - 1)
				}
				late := s
				late.Up[2], late.Late = false, true
				if !yield(s) || !yield(late) {
					return
				}
			}
		},
		Actions: []model.ActionOf[spread]{
			{Name: "Place", Params: []string{"n"}, Next: func(s spread) iter.Seq2[model.Args, spread] {
				return func(yield func(model.Args, spread) bool) {
					c := s.cluster(room, failures, zones)
					for _, id := range c.Choices("s") {
						must(c.Clone().place("s", id))
						n, _ := strconv.Atoi(id)
						next := s
						next.Tasks[n-1]++
						if !yield(model.Args{n}, next) {
							return
						}
					}
				}
			}},
			{Name: "Fail", Params: []string{"n"}, Next: modelcheck.Call1(nodes, func(s *spread, n int) error {
				if int(s.Fails[n-1]) > failures {
					return model.Refuse("the model counts no further")
				}
				c := s.cluster(room, failures, zones)
				before := c.Recent(strconv.Itoa(n), "s")
				for _, t := range c.Tasks {
					if t.Service == "s" && t.Node == strconv.Itoa(n) {
						must(c.Fail(t.ID))
						must(c.Report(t.ID))
						if c.Recent(t.Node, "s") != before+1 || c.count(t.Node, "s") != int(s.Tasks[n-1])-1 {
							panic("a failure is not counted")
						}
						s.Tasks[n-1], s.Fails[n-1], s.Failed = s.Tasks[n-1]-1, s.Fails[n-1]+1, true
						return nil
					}
				}
				return model.Refuse("nothing runs there")
			})},
			{Name: "Forget", Params: []string{"n"}, Next: modelcheck.Call1(nodes, func(s *spread, n int) error {
				if s.Fails[n-1] == 0 {
					return model.Refuse("nothing to forget")
				}
				c := s.cluster(room, failures, zones)
				must(c.Wait(FailureWindow))
				s.Fails[n-1] = int8(c.Recent(strconv.Itoa(n), "s"))
				return nil
			})},
			{Name: "Join", Next: modelcheck.Call(func(s *spread) error {
				if s.Up[2] {
					return model.Refuse("it is there")
				}
				s.Up[2] = true
				return nil
			})},
		},
		Show: func(s spread) []model.Binding {
			return []model.Binding{
				{Name: "up", Value: each(func(i int) model.Value { return model.Bool(s.Up[i-1]) })},
				{Name: "tasks", Value: each(func(i int) model.Value { return modelcheck.Int(int64(s.Tasks[i-1])) })},
				{Name: "others", Value: each(func(i int) model.Value { return modelcheck.Int(int64(s.Others[i-1])) })},
				{Name: "fails", Value: each(func(i int) model.Value { return modelcheck.Int(int64(s.Fails[i-1])) })},
				{Name: "late", Value: model.Bool(s.Late)},
				{Name: "failed", Value: model.Bool(s.Failed)},
			}
		},
	})
}

// place makes a task of a service and puts it on a node.
func (c *Cluster) place(service, node string) error {
	c.next++
	c.Tasks = append(c.Tasks, Task{ID: c.next, Service: service, Slot: c.next, State: Pending, Desired: Running})
	return c.Schedule(c.next, node)
}

// fenced is a state of fencing.bh.
type fenced struct {
	Tasks []Task
	Down  [2]bool
}

var fencingStates = map[State]string{Pending: "pending", Assigned: "assigned", Running: "running", Shutdown: "shutdown", Failed: "failed", Orphaned: "orphaned"}

func (f fenced) cluster() *Cluster {
	c := &Cluster{Tasks: slices.Clone(f.Tasks), next: len(f.Tasks)}
	must(c.Create(Service{Name: "s", Replicas: 1}))
	for i, down := range f.Down {
		must(c.Join(Node{ID: strconv.Itoa(i + 1), Down: down}))
	}
	return c
}

// fencingSystem is the system of fencing.bh over Cluster, with n tasks in all. Any node will do there, which the order of spreading
// is not asked about: Schedule is taken for each node that no filter refuses.
func fencingSystem(n int) model.System {
	tasks, nodes := modelcheck.Numbers[int](n), []int{1, 2}
	do := func(op func(*Cluster, int) error) func(*fenced, int) error {
		return func(f *fenced, i int) error {
			c := f.cluster()
			if err := op(c, i); err != nil {
				return err
			}
			f.Tasks = c.Tasks
			for j := range f.Down {
				f.Down[j] = c.Nodes[j].Down
			}
			return nil
		}
	}
	task := func(name string, op func(*Cluster, int) error) model.ActionOf[fenced] {
		return model.ActionOf[fenced]{Name: name, Params: []string{"t"}, Next: modelcheck.Call1(tasks, do(op))}
	}
	node := func(name string, down bool) model.ActionOf[fenced] {
		return model.ActionOf[fenced]{Name: name, Params: []string{"n"}, Next: modelcheck.Call1(nodes, do(func(c *Cluster, i int) error {
			if down && c.Nodes[2-i].Down {
				return model.Refuse("one node at a time")
			}
			return c.SetDown(strconv.Itoa(i), down)
		}))}
	}
	return model.MustDefine(model.Definition[fenced]{
		Name: "Fencing",
		Init: func(yield func(fenced) bool) { yield(fenced{}) },
		Actions: []model.ActionOf[fenced]{
			{Name: "Replace", Next: modelcheck.Call(func(f *fenced) error {
				if len(f.Tasks) >= n {
					return model.Refuse("all attempts are used up")
				}
				return do(func(c *Cluster, _ int) error { return c.Replace("s", 1) })(f, 0)
			})},
			task("GiveUp", (*Cluster).GiveUp),
			{Name: "Schedule", Params: []string{"t"}, Next: func(f fenced) iter.Seq2[model.Args, fenced] {
				return func(yield func(model.Args, fenced) bool) {
					for _, t := range tasks {
						for _, i := range nodes {
							c := f.cluster()
							if r, err := c.Refusal("s", strconv.Itoa(i)); err != nil || r != None || c.task(t) == nil {
								continue
							}
							for j := range c.Tasks { // the others are not counted, so that every node is a choice
								if c.Tasks[j].ID != t {
									c.Tasks[j].Node += "'"
								}
							}
							if c.Schedule(t, strconv.Itoa(i)) != nil {
								continue
							}
							next := fenced{Down: f.Down}
							for j := range c.Tasks {
								if c.Tasks[j].ID != t {
									c.Tasks[j].Node = f.Tasks[j].Node
								}
							}
							next.Tasks = c.Tasks
							if !yield(model.Args{t}, next) {
								return
							}
						}
					}
				}
			}},
			task("Start", (*Cluster).Start),
			task("Fail", (*Cluster).Fail),
			task("Report", (*Cluster).Report),
			task("Stop", (*Cluster).Stop),
			node("Lose", true),
			node("Return", false),
			task("Orphan", (*Cluster).Orphan),
		},
		Show: func(f fenced) []model.Binding {
			each := func(none model.Value, value func(Task) model.Value) model.Value {
				return modelcheck.Map(1, n, func(i int) model.Value {
					if i > len(f.Tasks) {
						return none
					}
					return value(f.Tasks[i-1])
				})
			}
			return []model.Binding{
				{Name: "tasks", Value: each(model.Text("absent"), func(t Task) model.Value { return model.Text(fencingStates[t.State]) })},
				{Name: "node", Value: each(modelcheck.None(), func(t Task) model.Value {
					i, _ := strconv.Atoi(t.Node)
					return modelcheck.Option(i)
				})},
				{Name: "wants", Value: each(model.Bool(false), func(t Task) model.Value { return model.Bool(t.Desired == Running) })},
				{Name: "alive", Value: each(model.Bool(false), func(t Task) model.Value { return model.Bool(t.Alive) })},
				{Name: "down", Value: modelcheck.Map(1, 2, func(i int) model.Value { return model.Bool(f.Down[i-1]) })},
			}
		},
	})
}

// asked is a state of filters.bh.
type asked struct {
	Health, Op                          int8
	Plugins, SSD, Linux, Busy, Needs    bool
	Free, Reserve, Limit, Placed, Given int8
	Verdict                             Filter
}

var (
	healths = []string{"up", "down", "paused", "drained"}
	ops     = []string{"unconstrained", "equal", "unequal"}
)

func (a asked) cluster() *Cluster {
	n := Node{ID: "n", OS: "windows", Availability: Availability(max(0, a.Health-1)), Down: a.Health == 1, Resources: Resources{NanoCPUs: int64(a.Free + a.Placed*a.Reserve)}}
	if a.Plugins {
		n.Plugins = []string{"Volume/nfs"}
	}
	if a.SSD {
		n.Labels = map[string]string{"disk": "SSD"}
	}
	if a.Linux {
		n.OS = "linux"
	}
	s := Service{Name: "s", Replicas: 9, Reserve: Resources{NanoCPUs: int64(a.Reserve)}, Limit: Resources{NanoCPUs: int64(a.Limit)}, MaxReplicas: 2}
	if a.Op > 0 {
		s.Constraints = []string{"node.labels.disk" + [...]string{"", "==", "!="}[a.Op] + "ssd"}
	}
	if a.Needs {
		s.Plugins, s.Platforms, s.HostPorts = []string{"Volume/nfs"}, []Platform{{OS: "linux", Arch: ""}}, []uint16{80}
	}
	c := &Cluster{}
	must(c.Join(n))
	must(c.Create(s))
	must(c.Create(Service{Name: "other", HostPorts: []uint16{80}}))
	for i := range int(a.Placed) {
		c.Tasks = append(c.Tasks, Task{ID: i + 1, Service: "s", Slot: i + 1, Node: "n", State: Running, Desired: Running})
	}
	if a.Busy {
		c.Tasks = append(c.Tasks, Task{ID: 99, Service: "other", Slot: 1, Node: "n", State: Running, Desired: Running})
	}
	c.next = 100
	return c
}

// filtersSystem is the system of filters.bh over Cluster.
func filtersSystem(free int) model.System {
	return model.MustDefine(model.Definition[asked]{
		Name: "Filters",
		Init: func(yield func(asked) bool) {
			for bits := range 32 {
				for health := range healths {
					for op := range ops {
						a := asked{Health: int8(health), Op: int8(op), Plugins: bits&1 != 0, SSD: bits&2 != 0, Linux: bits&4 != 0, Busy: bits&8 != 0, Needs: bits&16 != 0, Free: int8(free)}
						if !yield(a) {
							return
						}
					}
				}
			}
		},
		Actions: []model.ActionOf[asked]{
			{Name: "Ask", Params: []string{"r", "l"}, Next: func(a asked) iter.Seq2[model.Args, asked] {
				return func(yield func(model.Args, asked) bool) {
					for r := range free + 2 {
						for l := range free + 2 {
							if l > 0 && r > l {
								continue
							}
							next := a
							next.Reserve, next.Limit = int8(r), int8(l)
							f, err := next.cluster().Refusal("s", "n")
							must(err)
							next.Verdict = f
							if !yield(model.Args{r, l}, next) {
								return
							}
						}
					}
				}
			}},
			{Name: "Place", Next: modelcheck.Call(func(a *asked) error {
				if int(a.Placed) > free || a.Given+a.Limit > 9 {
					return model.Refuse("the model counts no further")
				}
				c := a.cluster()
				if err := c.place("s", "n"); err != nil {
					return err
				}
				a.Free, a.Placed, a.Given, a.Verdict = int8(c.Free("n").NanoCPUs), a.Placed+1, a.Given+a.Limit, None
				return nil
			})},
		},
		Show: func(a asked) []model.Binding {
			n := func(name string, x int8) model.Binding {
				return model.Binding{Name: name, Value: modelcheck.Int(int64(x))}
			}
			b := func(name string, x bool) model.Binding { return model.Binding{Name: name, Value: model.Bool(x)} }
			verdict := a.Verdict.String()
			if a.Verdict == None {
				verdict = "nothing"
			}
			return []model.Binding{
				{Name: "health", Value: model.Text(healths[a.Health])},
				b("plugins", a.Plugins), b("ssd", a.SSD), b("linux", a.Linux), b("busy", a.Busy),
				n("free", a.Free), n("reserve", a.Reserve), n("limit", a.Limit),
				{Name: "op", Value: model.Text(ops[a.Op])},
				b("needs", a.Needs),
				{Name: "verdict", Value: model.Text(verdict)},
				n("placed", a.Placed), n("given", a.Given),
			}
		},
	})
}

type constants = map[string]string

func with(c constants, name, value string) constants {
	out := maps.Clone(c)
	out[name] = value
	return out
}
