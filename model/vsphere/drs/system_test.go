package drs

import (
	"iter"
	"slices"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

func vms(c *Cluster) []VM { return modelcheck.Numbers[VM](c.VMs()) }

// hostOf shows where every machine is, as an option where some may be off.
func hostOf(c *Cluster, show func(Host) model.Value) model.Value {
	return modelcheck.Map(1, c.VMs(), func(i int) model.Value { return show(c.At(VM(i))) })
}

// subsets gives the subsets of 1..n.
func subsets[T ~int](n int) [][]T {
	var out [][]T
	for bits := range 1 << n {
		var s []T
		for i := range n {
			if bits&(1<<i) != 0 {
				s = append(s, T(i+1))
			}
		}
		out = append(out, s)
	}
	return out
}

// allRules gives every rule that New accepts, but for those of all hosts.
func allRules(vms, hosts int) []Rule {
	var out []Rule
	for _, kind := range []Kind{Affinity, AntiAffinity, HostAffinity, HostAntiAffinity} {
		for _, members := range subsets[VM](vms) {
			for _, group := range subsets[Host](hosts) {
				for _, must := range []bool{false, true} {
					r := Rule{Name: kind.String(), Kind: kind, VMs: members, Hosts: group, Mandatory: must}
					if r.check(vms, hosts) == nil && len(group) < hosts {
						out = append(out, r)
					}
				}
			}
		}
	}
	return out
}

// tuples gives every way of choosing n of rules, in order.
func tuples(rules []Rule, n int) [][]Rule {
	out := [][]Rule{nil}
	for range n {
		var next [][]Rule
		for _, t := range out {
			for _, r := range rules {
				next = append(next, append(slices.Clone(t), r))
			}
		}
		out = next
	}
	return out
}

func showRules(rules []Rule) model.Value {
	return modelcheck.Map(1, len(rules), func(i int) model.Value {
		r := rules[i-1]
		return model.Value{Shape: model.Record, Elems: []model.Elem{
			{Key: "kind", Value: modelcheck.Text(r.Kind)},
			{Key: "vms", Value: modelcheck.Set(r.VMs)},
			{Key: "hosts", Value: modelcheck.Set(r.Hosts)},
			{Key: "mandatory", Value: model.Bool(r.Mandatory)},
		}}
	})
}

// with keeps the numbers of 1..n for which is is true.
func with[T ~int](n int, is func(T) bool) []T {
	return slices.DeleteFunc(modelcheck.Numbers[T](n), func(x T) bool { return !is(x) })
}

// start makes a cluster that is known to be right.
func start(cfg Config) *Cluster {
	c, err := New(cfg)
	if err != nil {
		panic(err)
	}
	return c
}

// rulesSystem is the system of rules.bh: all choices of so many rules of which no two conflict.
func rulesSystem(nv, nh, rules, capacity int) model.System {
	cfg := Config{}
	for range nh {
		cfg.Hosts = append(cfg.Hosts, Resources{int64(capacity), 1})
	}
	for v := range nv {
		m := Machine{Reservation: Resources{CPU: 1}, Demand: Resources{CPU: int64(v + 1)}}
		if v == 2 {
			m.Reservation.CPU = 2
		}
		cfg.VMs = append(cfg.VMs, m)
	}
	vs, hs := modelcheck.Numbers[VM](nv), modelcheck.Numbers[Host](nh)
	two := func(step func(*Cluster, VM, Host) error) func(Cluster) iter.Seq2[model.Args, Cluster] {
		return modelcheck.Call2(vs, hs, step)
	}
	return model.MustDefine(model.Definition[Cluster]{
		Name: "Rules",
		Init: func(yield func(Cluster) bool) {
			for _, rs := range tuples(allRules(nv, nh), rules) {
				cfg.Rules = rs
				if c := start(cfg); !slices.Contains(c.enabled, false) && !yield(*c) {
					return
				}
			}
		},
		Actions: []model.ActionOf[Cluster]{
			{Name: "PowerOn", Params: []string{"v", "h"}, Next: two((*Cluster).PowerOn)},
			{Name: "Place", Params: []string{"v", "h"}, Next: two((*Cluster).Place)},
			{Name: "PowerOff", Params: []string{"v"}, Next: modelcheck.Call1(vs, (*Cluster).PowerOff)},
			{Name: "Migrate", Params: []string{"v", "h"}, Next: two((*Cluster).Migrate)},
			{Name: "Correct", Params: []string{"v", "h"}, Next: two((*Cluster).Correct)},
			{Name: "Fail", Params: []string{"h"}, Next: modelcheck.Call1(hs, (*Cluster).Fail)},
			{Name: "Repair", Params: []string{"h"}, Next: modelcheck.Call1(hs, (*Cluster).Repair)},
			{Name: "Restart", Params: []string{"v", "h"}, Next: two((*Cluster).Restart)},
		},
		Invariants: []model.Predicate[Cluster]{
			{Name: "MustKept", Holds: func(c Cluster) bool {
				for i, r := range c.cfg.Rules {
					if r.Mandatory && c.Violations(i+1) > 0 {
						return false
					}
				}
				return true
			}},
		},
		Show: func(c Cluster) []model.Binding {
			return []model.Binding{
				{Name: "rule", Value: showRules(c.cfg.Rules)},
				{Name: "on", Value: hostOf(&c, modelcheck.Option[Host])},
				{Name: "lost", Value: modelcheck.Set(with(c.VMs(), c.Lost))},
				{Name: "down", Value: modelcheck.Set(with(c.Hosts(), func(h Host) bool { return c.Mode(h) == Failed }))},
			}
		},
	})
}

// conflictsSystem is the system of conflicts.bh: all choices of so many mandatory rules each of which can be kept.
func conflictsSystem(nv, nh, rules int) model.System {
	cfg := Config{}
	for range nh {
		cfg.Hosts = append(cfg.Hosts, Resources{100, 1})
	}
	cfg.VMs = make([]Machine, nv)
	one := allRules(nv, nh)
	one = slices.DeleteFunc(one, func(r Rule) bool { return !r.Mandatory || !possible(nv, nh, r) })
	return model.MustDefine(model.Definition[Cluster]{
		Name: "Conflicts",
		Init: func(yield func(Cluster) bool) {
			for _, rs := range tuples(one, rules) {
				cfg.Rules = rs
				c := start(cfg)
				clear(c.enabled)
				if !yield(*c) {
					return
				}
			}
		},
		Actions: []model.ActionOf[Cluster]{
			{Name: "Enable", Params: []string{"r"}, Next: modelcheck.Call1(modelcheck.Numbers[int](rules), (*Cluster).Enable)},
			{Name: "Disable", Params: []string{"r"}, Next: modelcheck.Call1(modelcheck.Numbers[int](rules), (*Cluster).Disable)},
		},
		Show: func(c Cluster) []model.Binding {
			return []model.Binding{
				{Name: "rule", Value: showRules(c.cfg.Rules)},
				{Name: "enabled", Value: modelcheck.Set(with(len(c.enabled), func(r int) bool { return c.Enabled(r) }))},
			}
		},
	})
}

// possible tells whether all machines can run somewhere with the rule kept, by trying.
func possible(nv, nh int, r Rule) bool {
	for p := range modelcheck.Vectors(nv, nh) {
		if r.violations(func(v VM) Host { return Host(p[v-1]) }) == 0 {
			return true
		}
	}
	return false
}

// balanced is a Cluster and what balance.bh counts beside it.
type balanced struct {
	*Cluster
	First, Best, Moves int
	caps               []int
	scale, most        int
}

// scaled gives load squared, or load, through capacity, times the scale.
func (b balanced) disorder() int {
	sum := 0
	for i, c := range b.caps {
		load := int(b.Load(Host(i + 1)).CPU)
		sum += load * load * b.scale / c
	}
	return sum
}

func (b *balanced) balance(v VM, h Host) error {
	if err := b.Balance(v, h); err != nil {
		return err
	}
	b.Moves = min(b.Moves+1, b.most)
	return nil
}

// balanceSystem is the system of balance.bh.
func balanceSystem(nv, most int, caps []int, scale int, minGain int64, moves int) model.System {
	vs, hs := modelcheck.Numbers[VM](nv), modelcheck.Numbers[Host](len(caps))
	return model.MustDefine(model.Definition[balanced]{
		Name: "Balance",
		Init: func(yield func(balanced) bool) {
			for x := range modelcheck.Vectors(nv, most) {
				cfg := Config{MinGain: minGain}
				for _, c := range caps {
					cfg.Hosts = append(cfg.Hosts, Resources{int64(c), 1})
				}
				for _, d := range x {
					cfg.VMs = append(cfg.VMs, Machine{Demand: Resources{CPU: int64(d)}})
				}
				best := bestPeak(x, caps, scale)
				for at := range modelcheck.Vectors(nv, len(caps)) {
					b := balanced{Cluster: start(cfg), Best: best, caps: caps, scale: scale, most: moves}
					for v, h := range at {
						if err := b.PowerOn(VM(v+1), Host(h)); err != nil {
							panic(err)
						}
					}
					b.First = b.disorder()
					if !yield(b) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[balanced]{
			{Name: "Move", Params: []string{"v", "h"}, Next: modelcheck.Call2(vs, hs, (*balanced).balance)},
		},
		Terminal: func(b balanced) bool { return len(b.Cluster.Moves()) == 0 },
		Show: func(b balanced) []model.Binding {
			return []model.Binding{
				{Name: "x", Value: modelcheck.Map(1, nv, func(i int) model.Value { return modelcheck.Int(b.cfg.VMs[i-1].Demand.CPU) })},
				{Name: "at", Value: hostOf(b.Cluster, modelcheck.Int[Host])},
				{Name: "first", Value: modelcheck.Int(b.First)},
				{Name: "best", Value: modelcheck.Int(b.Best)},
				{Name: "moves", Value: modelcheck.Int(b.Moves)},
			}
		},
	})
}

// bestPeak is the load through capacity of the most loaded host in the best placement, times scale, by trying all.
func bestPeak(x, caps []int, scale int) int {
	best := -1
	for at := range modelcheck.Vectors(len(x), len(caps)) {
		loads := make([]int, len(caps))
		for v, h := range at {
			loads[h-1] += x[v]
		}
		peak := 0
		for h, l := range loads {
			peak = max(peak, l*scale/caps[h])
		}
		if best < 0 || peak < best {
			best = peak
		}
	}
	return best
}

// maintenanceSystem is the system of maintenance.bh.
func maintenanceSystem(slots []int, nv, failures int, apart []VM, manual bool) model.System {
	cfg := Config{Failures: failures}
	for _, s := range slots {
		cfg.Hosts = append(cfg.Hosts, Resources{int64(s), int64(s)})
	}
	for range nv {
		cfg.VMs = append(cfg.VMs, Machine{Reservation: Resources{1, 1}})
	}
	if len(apart) > 1 {
		cfg.Rules = []Rule{{Name: "apart", Kind: AntiAffinity, VMs: apart, Mandatory: true}}
	}
	vs, hs := modelcheck.Numbers[VM](nv), modelcheck.Numbers[Host](len(slots))
	from := func(m Mode) func(*Cluster, VM, Host) error {
		return func(c *Cluster, v VM, h Host) error {
			if c.Mode(c.At(v)) != m {
				return model.Refuse("VM %d is on a host that is %s", v, c.Mode(c.At(v)))
			}
			return c.Migrate(v, h)
		}
	}
	actions := []model.ActionOf[Cluster]{
		{Name: "Request", Params: []string{"h"}, Next: modelcheck.Call1(hs, func(c *Cluster, h Host) error {
			if slices.ContainsFunc(c.mode, func(m Mode) bool { return m != Working }) {
				return model.Refuse("one host at a time")
			}
			return c.Request(h)
		})},
		{Name: "Balance", Params: []string{"v", "h"}, Next: modelcheck.Call2(vs, hs, from(Working))},
		{Name: "Evacuate", Params: []string{"v", "h"}, Next: modelcheck.Call2(vs, hs, (*Cluster).Evacuate)},
		{Name: "Enter", Params: []string{"h"}, Next: modelcheck.Call1(hs, (*Cluster).Enter)},
		{Name: "Exit", Params: []string{"h"}, Next: modelcheck.Call1(hs, (*Cluster).Exit)},
	}
	if manual {
		actions = append(actions, model.ActionOf[Cluster]{Name: "Migrate", Params: []string{"v", "h"}, Next: modelcheck.Call2(vs, hs, from(Entering))})
	}
	return model.MustDefine(model.Definition[Cluster]{
		Name: "Maintenance",
		Init: func(yield func(Cluster) bool) {
		placements:
			for at := range modelcheck.Vectors(nv, len(slots)) {
				c := start(cfg)
				for v, h := range at {
					if c.PowerOn(VM(v+1), Host(h)) != nil {
						continue placements
					}
				}
				if c.Tolerates() && !yield(*c) {
					return
				}
			}
		},
		Actions: actions,
		Show: func(c Cluster) []model.Binding {
			return []model.Binding{
				{Name: "mode", Value: modelcheck.Map(1, c.Hosts(), func(i int) model.Value { return modelcheck.Text(c.Mode(Host(i))) })},
				{Name: "at", Value: hostOf(&c, modelcheck.Int[Host])},
			}
		},
	})
}

// automationSystem is the system of automation.bh.
func automationSystem(hosts int) model.System {
	call := modelcheck.Call[Advice]
	return model.MustDefine(model.Definition[Advice]{
		Name: "Automation",
		Init: func(yield func(Advice) bool) {
			for level := Manual; level <= FullyAutomated; level++ {
				for _, best := range modelcheck.Numbers[Host](hosts) {
					a, err := NewAdvice(level, hosts, best)
					if err != nil {
						panic(err)
					}
					if !yield(*a) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[Advice]{
			{Name: "Start", Next: call((*Advice).Start)},
			{Name: "Stop", Next: call((*Advice).Stop)},
			{Name: "Shift", Params: []string{"h"}, Next: modelcheck.Call1(modelcheck.Numbers[Host](hosts), (*Advice).Shift)},
			{Name: "Advise", Next: call((*Advice).Advise)},
			{Name: "Act", Next: call((*Advice).Act)},
			{Name: "Agree", Next: call((*Advice).Agree)},
		},
		Show: func(a Advice) []model.Binding {
			return []model.Binding{
				{Name: "level", Value: modelcheck.Text(a.Level())},
				{Name: "wanted", Value: model.Bool(a.Wanted())},
				{Name: "at", Value: modelcheck.Option(a.At())},
				{Name: "best", Value: modelcheck.Int(a.Best())},
				{Name: "advised", Value: modelcheck.Option(a.Recommended())},
				{Name: "did", Value: modelcheck.Text(a.By())},
			}
		},
	})
}
