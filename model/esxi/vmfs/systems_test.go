package vmfs

import (
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// must gives a value that is known to be made.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// start is the one initial state.
func start[S any](s S) iter.Seq[S] { return func(yield func(S) bool) { yield(s) } }

func (i Image) value() model.Value {
	return model.Value{Shape: model.Record, Elems: []model.Elem{
		{Key: "mode", Value: modelcheck.Text(i.Mode)}, {Key: "holders", Value: modelcheck.Set(i.Holders)},
	}}
}

func (s *Sector) bindings() []model.Binding {
	return []model.Binding{
		{Name: "sector", Value: s.Image().value()},
		{Name: "read", Value: modelcheck.Map(1, len(s.read), func(i int) model.Value {
			if s.read[i-1] == nil {
				return modelcheck.None()
			}
			return modelcheck.Some(s.read[i-1].value())
		})},
		{Name: "holds", Value: modelcheck.Map(1, len(s.holds), func(i int) model.Value { return modelcheck.Text(s.Holds(Host(i))) })},
		{Name: "failed", Value: model.Bool(s.Failed())},
	}
}

func sectorSystem(n int) model.System {
	hosts := modelcheck.Numbers[Host](n)
	one := func(name string, step func(*Sector, Host) error) model.ActionOf[*Sector] {
		return model.ActionOf[*Sector]{
			Name: name, Params: []string{"h"},
			Next: modelcheck.Call1(hosts, func(s **Sector, h Host) error { return step(*s, h) }),
		}
	}
	return model.MustDefine(model.Definition[*Sector]{
		Name: "TestAndSet",
		Init: start(must(NewSector(n))),
		Actions: []model.ActionOf[*Sector]{
			one("Read", (*Sector).Read),
			{Name: "Set", Params: []string{"h", "want"}, Next: modelcheck.Call2(hosts, []Mode{Free, Exclusive, Reading, Writing},
				func(s **Sector, h Host, want Mode) error { _, err := (*s).Set(h, want); return err })},
			one("GiveUp", (*Sector).GiveUp),
			one("Release", (*Sector).Release),
		},
		Show: (*Sector).bindings,
	})
}

// most is how many ticks make a difference.
func (c Config) most() int { return max(c.Lease, c.Response) }

// normal replaces times by how long ago they were and generations by whether they are those of their slots, which is all
// that the steps depend on: so that a volume has finitely many states.
func (v *Volume) normal() {
	most := v.config.most()
	for i := range v.hosts {
		m := &v.hosts[i]
		began, beat, generation := 0, 0, uint64(0)
		if m.watching {
			began = most - min(v.watched(m), v.config.Lease)
		}
		if m.slot != 0 {
			beat, generation = most-min(v.now-m.beat, most), 1
			if v.kept(m) {
				generation = 2
			}
		}
		m.began, m.beat, m.generation = began, beat, generation
	}
	if v.lock.owner != 0 {
		generation := uint64(1)
		if v.fresh() {
			generation = 2
		}
		v.lock.generation = generation
	}
	for i := range v.slots {
		v.slots[i].generation, v.slots[i].changed = 2, 0
	}
	v.now = most
}

func (v *Volume) bindings() []model.Binding {
	hosts := func(show func(*member) model.Value) model.Value {
		return modelcheck.Map(1, v.Hosts(), func(i int) model.Value { return show(v.must(Host(i))) })
	}
	return []model.Binding{
		{Name: "up", Value: hosts(func(m *member) model.Value { return model.Bool(m.up) })},
		{Name: "path", Value: hosts(func(m *member) model.Value { return modelcheck.Text(m.path) })},
		{Name: "holder", Value: modelcheck.Map(1, len(v.slots), func(i int) model.Value { return modelcheck.Option(v.slots[i-1].holder) })},
		{Name: "lock", Value: modelcheck.Option(v.Owner())},
		{Name: "named", Value: modelcheck.Option(v.lock.slot)},
		{Name: "fresh", Value: model.Bool(v.fresh())},
		{Name: "slot", Value: hosts(func(m *member) model.Value { return modelcheck.Option(m.slot) })},
		{Name: "kept", Value: hosts(func(m *member) model.Value { return model.Bool(v.kept(m)) })},
		{Name: "since", Value: hosts(func(m *member) model.Value {
			if m.slot == 0 {
				return model.Int(0)
			}
			return modelcheck.Int(min(v.now-m.beat, v.config.most()))
		})},
		{Name: "live", Value: hosts(func(m *member) model.Value { return model.Bool(m.live) })},
		{Name: "sent", Value: hosts(func(m *member) model.Value { return model.Bool(m.sent) })},
		{Name: "watch", Value: hosts(func(m *member) model.Value {
			if !m.watching {
				return modelcheck.None()
			}
			return modelcheck.Some(modelcheck.Int(min(v.watched(m), v.config.Lease)))
		})},
	}
}

// steps is the Next of an action of volumes with the parameters that args gives. It takes copies itself, which is much faster than
// what modelcheck does for any type, and not one for a step that is refused, since that changes nothing.
func steps[P any](ps []P, args func(P) model.Args, step func(*Volume, P) error) func(*Volume) iter.Seq2[model.Args, *Volume] {
	return func(v *Volume) iter.Seq2[model.Args, *Volume] {
		return func(yield func(model.Args, *Volume) bool) {
			next := v.Clone()
			for _, p := range ps {
				if step(next, p) != nil {
					continue
				}
				next.normal()
				if !yield(args(p), next) {
					return
				}
				next = v.Clone()
			}
		}
	}
}

// place is a host and a slot or a state of its path.
type place[T any] struct {
	host Host
	at   T
}

func places[T any](hosts []Host, ts ...T) []place[T] {
	var out []place[T]
	for _, h := range hosts {
		for _, t := range ts {
			out = append(out, place[T]{h, t})
		}
	}
	return out
}

func volumeSystem(c Config) model.System {
	hosts := modelcheck.Numbers[Host](c.Hosts)
	one := func(name string, step func(*Volume, Host) error) model.ActionOf[*Volume] {
		return model.ActionOf[*Volume]{
			Name: name, Params: []string{"h"},
			Next: steps(hosts, func(h Host) model.Args { return model.Args{h} }, step),
		}
	}
	first := must(NewVolume(c))
	first.normal()
	return model.MustDefine(model.Definition[*Volume]{
		Name: "Locks",
		Init: start(first),
		Actions: []model.ActionOf[*Volume]{
			// The slot is a choice in the model, and no parameter.
			{Name: "Mount", Params: []string{"h"}, Next: steps(places(hosts, modelcheck.Numbers[Slot](c.Slots)...),
				func(p place[Slot]) model.Args { return model.Args{p.host} },
				func(v *Volume, p place[Slot]) error { return v.Mount(p.host, p.at) })},
			one("Beat", (*Volume).Beat),
			one("Lose", (*Volume).Lose),
			one("Open", (*Volume).Open),
			one("Close", (*Volume).Close),
			one("Send", (*Volume).Send),
			one("Arrive", (*Volume).Arrive),
			one("Watch", (*Volume).Watch),
			one("Break", (*Volume).Break),
			{Name: "Stall", Params: []string{"h", "how"}, Next: steps(places(hosts, Stalled, Cut),
				func(p place[Path]) model.Args { return model.Args{p.host, p.at} },
				func(v *Volume, p place[Path]) error { return v.Stall(p.host, p.at) })},
			one("Heal", (*Volume).Heal),
			one("PowerOff", (*Volume).PowerOff),
			one("Crash", (*Volume).Crash),
			one("Boot", (*Volume).Boot),
			{Name: "Tick", Next: steps([]int{0}, func(int) model.Args { return nil }, func(v *Volume, _ int) error { return v.Tick() })},
		},
		Show: (*Volume).bindings,
	})
}
