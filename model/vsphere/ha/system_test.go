package ha

import (
	"iter"
	"slices"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func field(name string, v model.Value) model.Elem { return model.Elem{Key: name, Value: v} }

func amount(r Resources) model.Value {
	return model.Value{Shape: model.Record, Elems: []model.Elem{field("cpu", model.Int(r.CPU)), field("mem", model.Int(r.Memory))}}
}

func hosts(hs []Host) model.Value { return modelcheck.Set(hs) }

// numbered gives the numbers from 1 whose entries are true.
func numbered[T ~int](n int, is func(T) bool) []T {
	return slices.DeleteFunc(modelcheck.Numbers[T](n), func(i T) bool { return !is(i) })
}

// admissionSize is the constants of admission.bh.
type admissionSize struct {
	hosts, vms                         int
	hostCPU, hostMem, mostCPU, mostMem int64
	policy                             Policy
	slots                              Slots      // what vCenter shows, whatever the policy
	percentage                         Percentage // the same
}

// clusterState is a Cluster without its policy.
type clusterState struct {
	Root, Needs []Resources
	Condition   []Condition
	On          []bool
}

func (z admissionSize) cluster(s clusterState) *Cluster {
	return &Cluster{policy: z.policy, root: s.Root, condition: s.Condition, needs: s.Needs, on: s.On}
}

// on gives the step of a Cluster as one of its state.
func clusterStep[P any](z admissionSize, step func(*Cluster, P) error) func(*clusterState, P) error {
	return func(s *clusterState, p P) error { return step(z.cluster(*s), p) }
}

func (z admissionSize) bindings(s clusterState) []model.Binding {
	c := z.cluster(s)
	info := z.slots.Info(c.View())
	cpu, mem := z.percentage.Capacity(c.View())
	return []model.Binding{
		{Name: "root", Value: modelcheck.Map(1, z.hosts, func(i int) model.Value { return amount(s.Root[i-1]) })},
		{Name: "needs", Value: modelcheck.Map(1, z.vms, func(i int) model.Value { return amount(c.Needs(VM(i))) })},
		{Name: "on", Value: modelcheck.Set(numbered(z.vms, c.On))},
		{Name: "failed", Value: modelcheck.Set(numbered(z.hosts, func(h Host) bool { return c.Condition(h) == Failed }))},
		{Name: "info", Value: model.Value{Shape: model.Record, Elems: []model.Elem{
			field("cpu", model.Int(info.Size.CPU)), field("mem", model.Int(info.Size.Memory)), field("used", model.Int(info.Used)),
			field("failover", modelcheck.Int(info.Failover)), field("unreserved", model.Int(info.Unreserved)),
			field("freeCPU", modelcheck.Int(cpu)), field("freeMem", modelcheck.Int(mem)),
		}}},
	}
}

// grid gives all amounts from lo to hi in both, CPU the slower one.
func grid(lo int64, cpu, mem int64) []Resources {
	var out []Resources
	for c := lo; c <= cpu; c++ {
		for m := lo; m <= mem; m++ {
			out = append(out, Resources{CPU: c, Memory: m})
		}
	}
	return out
}

// choices gives every way of taking n of rs, in rising order of their places if sorted.
func choices(rs []Resources, n int, sorted bool) iter.Seq[[]Resources] {
	return func(yield func([]Resources) bool) {
		for places := range modelcheck.Vectors(n, len(rs)) {
			if sorted && !slices.IsSorted(places) {
				continue
			}
			var out []Resources
			for _, i := range places {
				out = append(out, rs[i-1])
			}
			if !yield(out) {
				return
			}
		}
	}
}

// admissionSystem is the system whose states are those of Cluster.
func admissionSystem(z admissionSize) model.System {
	vms, hs := modelcheck.Numbers[VM](z.vms), modelcheck.Numbers[Host](z.hosts)
	return model.MustDefine(model.Definition[clusterState]{
		Name: "Admission",
		Init: func(yield func(clusterState) bool) {
			for root := range choices(grid(1, z.hostCPU, z.hostMem), z.hosts, true) {
				for needs := range choices(grid(0, z.mostCPU, z.mostMem), z.vms, false) {
					c := must(NewCluster(z.policy, root, needs))
					if !yield(clusterState{Root: c.root, Needs: c.needs, Condition: c.condition, On: c.on}) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[clusterState]{
			{Name: "PowerOn", Params: []string{"v"}, Next: modelcheck.Call1(vms, clusterStep(z, (*Cluster).PowerOn))},
			{Name: "Reserve", Params: []string{"v", "r"}, Next: func(s clusterState) iter.Seq2[model.Args, clusterState] {
				return func(yield func(model.Args, clusterState) bool) {
					for _, v := range vms {
						for _, r := range grid(0, z.mostCPU, z.mostMem) {
							c := z.cluster(s).Clone()
							if r == s.Needs[v-1] || c.Reserve(v, r) != nil {
								continue
							}
							if !yield(model.Args{v, amount(r)}, clusterState{Root: c.root, Needs: c.needs, Condition: c.condition, On: c.on}) {
								return
							}
						}
					}
				}
			}},
			{Name: "PowerOff", Params: []string{"v"}, Next: modelcheck.Call1(vms, clusterStep(z, (*Cluster).PowerOff))},
			{Name: "Fail", Params: []string{"h"}, Next: modelcheck.Call1(hs, clusterStep(z, func(c *Cluster, h Host) error { return c.Set(h, Failed) }))},
			{Name: "Repair", Params: []string{"h"}, Next: modelcheck.Call1(hs, clusterStep(z, func(c *Cluster, h Host) error { return c.Set(h, Good) }))},
		},
		Show: z.bindings,
	})
}

// failoverSize is the constants of failover.bh. Its machines reserve memory alone.
type failoverSize struct {
	hosts, vms, failures int
	capacity, size       int64
	policy               Policy
	rules                []Rule
}

// failoverState is a Failover without its policy and rules.
type failoverState struct {
	Needs  []Resources
	On     []Host
	Lost   []bool
	Failed []bool
}

func (z failoverSize) failover(s failoverState) *Failover {
	root := make([]Resources, z.hosts)
	for i := range root {
		root[i] = Resources{CPU: 1000, Memory: z.capacity}
	}
	return &Failover{policy: z.policy, rules: z.rules, root: root, needs: s.Needs, on: s.On, lost: s.Lost, failed: s.Failed}
}

func (z failoverSize) fail(s *failoverState, h Host) error {
	if len(numbered(z.hosts, z.failover(*s).Failed)) >= z.failures {
		return model.Refuse("no more hosts fail")
	}
	return z.failover(*s).Fail(h)
}

func (z failoverSize) repair(s *failoverState, h Host) error {
	if len(z.failover(*s).Waiting()) > 0 {
		return model.Refuse("machines are lost")
	}
	return z.failover(*s).Repair(h)
}

// failoverSystem is the system whose states are those of Failover.
func failoverSystem(z failoverSize) model.System {
	vms, hs := modelcheck.Numbers[VM](z.vms), modelcheck.Numbers[Host](z.hosts)
	place := func(step func(*Failover, VM, Host) error) func(*failoverState, VM, Host) error {
		return func(s *failoverState, v VM, h Host) error { return step(z.failover(*s), v, h) }
	}
	var sizes []Resources
	for n := range z.size {
		sizes = append(sizes, Resources{Memory: n + 1})
	}
	return model.MustDefine(model.Definition[failoverState]{
		Name: "Failover",
		Init: func(yield func(failoverState) bool) {
			for needs := range choices(sizes, z.vms, false) {
				f := must(NewFailover(z.policy, z.failover(failoverState{}).root, needs, z.rules...))
				if !yield(failoverState{Needs: f.needs, On: f.on, Lost: f.lost, Failed: f.failed}) {
					return
				}
			}
		},
		Actions: []model.ActionOf[failoverState]{
			{Name: "PowerOn", Params: []string{"v", "h"}, Next: modelcheck.Call2(vms, hs, place((*Failover).PowerOn))},
			{Name: "PowerOff", Params: []string{"v"}, Next: modelcheck.Call1(vms, func(s *failoverState, v VM) error { return z.failover(*s).PowerOff(v) })},
			{Name: "Fail", Params: []string{"h"}, Next: modelcheck.Call1(hs, z.fail)},
			{Name: "Repair", Params: []string{"h"}, Next: modelcheck.Call1(hs, z.repair)},
			{Name: "Restart", Params: []string{"v", "h"}, Next: modelcheck.Call2(vms, hs, place((*Failover).Restart))},
		},
		Show: func(s failoverState) []model.Binding {
			f := z.failover(s)
			return []model.Binding{
				{Name: "needs", Value: modelcheck.Map(1, z.vms, func(i int) model.Value { return model.Int(s.Needs[i-1].Memory) })},
				{Name: "on", Value: modelcheck.Map(1, z.vms, func(i int) model.Value { return modelcheck.Option(f.On(VM(i))) })},
				{Name: "lost", Value: modelcheck.Set(f.Waiting())},
				{Name: "failed", Value: modelcheck.Set(numbered(z.hosts, f.Failed))},
			}
		},
	})
}

// watchedDomain is a Domain of one machine, and what fdm.bh says of its faults.
type watchedDomain struct {
	*Domain
	Response Response
	Faults   int
}

var responseNames = map[Response]string{NoResponse: "nothing", PowerOff: "powerOff", ShutDown: "shutdown"}

// fault takes one of the faults that are left, where nothing is in the way.
func (w *watchedDomain) fault(clear bool, step error) error {
	if w.Faults == 0 || !clear {
		return model.Refuse("no such fault happens")
	}
	if step == nil {
		w.Faults--
	}
	return step
}

func (w watchedDomain) bindings() []model.Binding {
	n := len(w.hosts)
	segment := []string{"cut", "left", "right"}
	each := func(of func(Host) model.Value) model.Value {
		return modelcheck.Map(1, n, func(i int) model.Value { return of(Host(i)) })
	}
	return []model.Binding{
		{Name: "health", Value: each(func(h Host) model.Value { return modelcheck.Text(w.Health(h)) })},
		{Name: "net", Value: each(func(h Host) model.Value { return model.Text(segment[w.Segment(h)]) })},
		{Name: "disk", Value: hosts(numbered(n, w.Disk))},
		{Name: "role", Value: each(func(h Host) model.Value { return modelcheck.Text(w.Role(h)) })},
		{Name: "dead", Value: each(func(h Host) model.Value { return hosts(w.Dead(h)) })},
		{Name: "runs", Value: hosts(w.Runs(1))},
		{Name: "lock", Value: modelcheck.Option(w.Lock(1))},
		{Name: "home", Value: modelcheck.Option(w.Home(1))},
		{Name: "stopping", Value: hosts(w.Stopping(1))},
		{Name: "response", Value: model.Text(responseNames[w.Response])},
		{Name: "faults", Value: modelcheck.Int(w.Faults)},
	}
}

// domainSystem is the system whose states are those of Domain.
func domainSystem(n, faults int, twoPaths bool) model.System {
	hs := modelcheck.Numbers[Host](n)
	var candidates []Candidate
	for i, h := range hs {
		candidates = append(candidates, Candidate{Datastores: 1 + max(0, 1-i), ID: "host-" + modelcheck.Int(h).String()})
	}
	sight := func(w *watchedDomain) bool {
		return twoPaths || !slices.ContainsFunc(hs, func(h Host) bool { return w.Health(h) == Mute || !w.Disk(h) })
	}
	whole := func(w *watchedDomain) bool {
		return twoPaths || !slices.ContainsFunc(hs, func(h Host) bool { return w.Segment(h) != w.Segment(1) || w.Segment(h) == Cut })
	}
	one := func(step func(*Domain, Host) error) func(watchedDomain) iter.Seq2[model.Args, watchedDomain] {
		return modelcheck.Call1(hs, func(w *watchedDomain, h Host) error { return step(w.Domain, h) })
	}
	failing := func(clear func(*watchedDomain) bool, step func(*Domain, Host) error) func(watchedDomain) iter.Seq2[model.Args, watchedDomain] {
		return modelcheck.Call1(hs, func(w *watchedDomain, h Host) error {
			if w.Faults == 0 || !clear(w) {
				return model.Refuse("no such fault happens")
			}
			return w.fault(true, step(w.Domain, h))
		})
	}
	always := func(*watchedDomain) bool { return true }
	type segmentName = model.Value
	nets := []segmentName{model.Text("left"), model.Text("right"), model.Text("cut")}
	numbers := map[string]Segment{"left": 1, "right": 2, "cut": Cut}
	h, mh := []string{"h"}, []string{"m", "h"}
	pair := func(step func(*Domain, Host, Host) error) func(watchedDomain) iter.Seq2[model.Args, watchedDomain] {
		return modelcheck.Call2(hs, hs, func(w *watchedDomain, m, h Host) error { return step(w.Domain, m, h) })
	}
	return model.MustDefine(model.Definition[watchedDomain]{
		Name: "FaultDomain",
		Init: func(yield func(watchedDomain) bool) {
			for _, r := range []Response{NoResponse, PowerOff, ShutDown} {
				if !yield(watchedDomain{Domain: must(NewDomain(candidates, []Response{r})), Response: r, Faults: faults}) {
					return
				}
			}
		},
		Actions: []model.ActionOf[watchedDomain]{
			{Name: "Crash", Params: h, Next: failing(always, (*Domain).Crash)},
			{Name: "Boot", Params: h, Next: one((*Domain).Boot)},
			{Name: "Mute", Params: h, Next: failing(whole, (*Domain).Silence)},
			{Name: "Unmute", Params: h, Next: one((*Domain).Resume)},
			{Name: "Move", Params: []string{"h", "n"}, Next: modelcheck.Call2(hs, nets, func(w *watchedDomain, h Host, to segmentName) error {
				if w.Faults == 0 || !sight(w) {
					return model.Refuse("no such fault happens")
				}
				return w.fault(true, w.Move(h, numbers[to.Text]))
			})},
			{Name: "Heal", Next: modelcheck.Call(func(w *watchedDomain) error {
				moved := false
				for _, h := range hs {
					moved = w.Move(h, 1) == nil || moved
				}
				if !moved {
					return model.Refuse("the network is whole")
				}
				return nil
			})},
			{Name: "LoseDisk", Params: h, Next: failing(whole, (*Domain).LoseDisk)},
			{Name: "RegainDisk", Params: h, Next: one((*Domain).RegainDisk)},
			{Name: "Elect", Params: h, Next: one((*Domain).Elect)},
			{Name: "Join", Params: h, Next: one((*Domain).Join)},
			{Name: "MissMaster", Params: h, Next: one((*Domain).MissMaster)},
			{Name: "Abdicate", Params: h, Next: one((*Domain).Abdicate)},
			{Name: "Isolate", Params: h, Next: one((*Domain).Isolate)},
			{Name: "Rejoin", Params: h, Next: one((*Domain).Rejoin)},
			{Name: "ShutDown", Params: h, Next: one(func(d *Domain, h Host) error { return d.Stopped(1, h) })},
			{Name: "Declare", Params: mh, Next: pair((*Domain).Declare)},
			{Name: "Retract", Params: mh, Next: pair((*Domain).Retract)},
			{Name: "PowerOn", Params: h, Next: one(func(d *Domain, h Host) error { return d.PowerOn(1, h) })},
			{Name: "PowerOff", Params: h, Next: one(func(d *Domain, h Host) error { return d.PowerOff(1, h) })},
			{Name: "Restart", Params: mh, Next: pair(func(d *Domain, m, h Host) error { return d.Restart(1, m, h) })},
		},
		Invariants: []model.Predicate[watchedDomain]{
			{Name: "OneWriter", Holds: func(w watchedDomain) bool {
				return len(slices.DeleteFunc(w.Runs(1), func(h Host) bool { return !w.Disk(h) })) <= 1
			}},
		},
		Show: watchedDomain.bindings,
	})
}

var readyNames = map[Ready]string{NoCondition: "noCondition", PoweredOn: "poweredOn", GuestGreen: "guestGreen"}

// orderSystem is the system whose states are those of Order.
func orderSystem(vms int, tiers Priority, timeout int) model.System {
	all := modelcheck.Numbers[VM](vms)
	one := func(step func(*Order, VM) error) func(*Order) iter.Seq2[model.Args, *Order] {
		return modelcheck.Call1(all, func(o **Order, v VM) error { return step(*o, v) })
	}
	plain := func(step func(*Order) error) func(*Order) iter.Seq2[model.Args, *Order] {
		return modelcheck.Call(func(o **Order) error { return step(*o) })
	}
	return model.MustDefine(model.Definition[*Order]{
		Name: "RestartOrder",
		Init: func(yield func(*Order) bool) {
			for places := range modelcheck.Vectors(vms, int(tiers)+1) {
				var priorities []Priority
				for _, p := range places {
					priorities = append(priorities, Priority(p-1))
				}
				for _, r := range []Ready{NoCondition, PoweredOn, GuestGreen} {
					if !yield(must(NewOrder(tiers, priorities, r, timeout))) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[*Order]{
			{Name: "Place", Params: []string{"v"}, Next: one((*Order).Place)},
			{Name: "PowerOn", Params: []string{"v"}, Next: one((*Order).PowerOn)},
			{Name: "Heartbeat", Params: []string{"v"}, Next: one((*Order).Heartbeat)},
			{Name: "Tick", Next: plain((*Order).Tick)},
			{Name: "Next", Next: plain((*Order).Next)},
			{Name: "Expire", Next: plain((*Order).Expire)},
		},
		AllowDeadlock: true,
		Show: func(o *Order) []model.Binding {
			return []model.Binding{
				{Name: "priority", Value: modelcheck.Map(1, vms, func(i int) model.Value { return modelcheck.Int(o.priorities[i-1]) })},
				{Name: "readyBy", Value: model.Text(readyNames[o.ready])},
				{Name: "phase", Value: modelcheck.Map(1, vms, func(i int) model.Value { return modelcheck.Text(o.Phase(VM(i))) })},
				{Name: "tier", Value: modelcheck.Int(o.Tier())},
				{Name: "clock", Value: modelcheck.Int(o.clock)},
				{Name: "expired", Value: modelcheck.Set(o.Expired())},
			}
		},
	})
}
