package lifecycle

import (
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/vim"
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

// life is a machine of which only the power state is looked at.
type life struct {
	Power          Power
	Destroyed, Ran bool
}

func (l *life) do(op Op) error {
	if l.Destroyed || !Accepts(l.Power, op) {
		return vim.Refuse(vim.InvalidPowerState, "%s", l.Power)
	}
	l.Power, l.Destroyed, l.Ran = After(op), op == Destroy, l.Ran || op == PowerOn
	return nil
}

var allOps = []Op{PowerOn, PowerOff, Suspend, Reset, Destroy}

func tableSystem() model.System {
	return model.MustDefine(model.Definition[life]{
		Name:     "PowerTable",
		Init:     start(life{}),
		Actions:  []model.ActionOf[life]{{Name: "Do", Params: []string{"op"}, Next: modelcheck.Call1(allOps, (*life).do)}},
		Terminal: func(l life) bool { return l.Destroyed },
		Show: func(l life) []model.Binding {
			return []model.Binding{
				{Name: "power", Value: modelcheck.Text(l.Power)},
				{Name: "destroyed", Value: model.Bool(l.Destroyed)},
				{Name: "ran", Value: model.Bool(l.Ran)},
			}
		},
	})
}

func (h *Host) bindings() []model.Binding {
	all := func(show func(Machine) model.Value) model.Value {
		return modelcheck.Map(1, len(h.vms), func(i int) model.Value { return show(h.Machine(VM(i))) })
	}
	return []model.Binding{
		{Name: "power", Value: all(func(m Machine) model.Value { return modelcheck.Text(m.Power) })},
		{Name: "task", Value: all(func(m Machine) model.Value {
			if !m.Busy {
				return modelcheck.None()
			}
			return modelcheck.Some(modelcheck.Text(m.Task))
		})},
		{Name: "place", Value: all(func(m Machine) model.Value { return modelcheck.Text(m.Place) })},
		{Name: "template", Value: all(func(m Machine) model.Value { return model.Bool(m.Template) })},
		{Name: "tools", Value: all(func(m Machine) model.Value { return model.Bool(m.Tools) })},
		{Name: "asked", Value: all(func(m Machine) model.Value { return modelcheck.Text(m.Asked) })},
		{Name: "limit", Value: all(func(m Machine) model.Value { return model.Bool(m.Limited) })},
		{Name: "memory", Value: all(func(m Machine) model.Value { return model.Bool(m.Memory) })},
		{Name: "host", Value: modelcheck.Text(h.Mode())},
	}
}

// pass gives a method of a pointer as a step of it.
func pass[S, P any](step func(S, P) error) func(*S, P) error {
	return func(s *S, p P) error { return step(*s, p) }
}

func pass2[S, P, Q any](step func(S, P, Q) error) func(*S, P, Q) error {
	return func(s *S, p P, q Q) error { return step(*s, p, q) }
}

func hostSystem(n int, options Options) model.System {
	vms := modelcheck.Numbers[VM](n)
	one := func(name string, step func(*Host, VM) error) model.ActionOf[*Host] {
		return model.ActionOf[*Host]{Name: name, Params: []string{"v"}, Next: modelcheck.Call1(vms, pass(step))}
	}
	none := func(name string, step func(*Host) error) model.ActionOf[*Host] {
		return model.ActionOf[*Host]{Name: name, Next: modelcheck.Call(func(h **Host) error { return step(*h) })}
	}
	return model.MustDefine(model.Definition[*Host]{
		Name: "VMPower",
		Init: start(must(NewHost(n, options))),
		Actions: []model.ActionOf[*Host]{
			{Name: "Request", Params: []string{"v", "op"}, Next: modelcheck.Call2(vms, allOps, pass2((*Host).Request))},
			one("Finish", func(h *Host, v VM) error { _, err := h.Finish(v); return err }),
			one("Fail", (*Host).Fail),
			one("ToolsStart", func(h *Host, v VM) error { return h.SetTools(v, true) }),
			one("ToolsStop", func(h *Host, v VM) error { return h.SetTools(v, false) }),
			one("Work", (*Host).Work),
			{Name: "AskGuest", Params: []string{"v", "what"}, Next: modelcheck.Call2(vms, []Ask{Nothing, Shutdown, Reboot, Standby}, pass2((*Host).AskGuest))},
			one("ShutdownWithin", (*Host).ShutdownWithin),
			one("TimeOver", (*Host).TimeOver),
			one("Obey", (*Host).Obey),
			one("Halt", (*Host).Halt),
			one("MarkAsTemplate", (*Host).MarkAsTemplate),
			one("MarkAsVM", (*Host).MarkAsVM),
			one("Unregister", (*Host).Unregister),
			one("Register", (*Host).Register),
			none("EnterMaintenance", (*Host).EnterMaintenance),
			none("Evacuated", (*Host).Evacuated),
			none("LeaveMaintenance", (*Host).LeaveMaintenance),
		},
		Show: (*Host).bindings,
	})
}

// seen is a place for a machine and what vCenter sees of it.
type seen struct {
	Made bool
	View View
}

func viewSystem() model.System {
	step := func(name string, step func(*View) error) model.ActionOf[seen] {
		return model.ActionOf[seen]{Name: name, Next: modelcheck.Call(func(s *seen) error {
			if !s.Made {
				return vim.Refuse(vim.ManagedObjectNotFound, "no machine")
			}
			return step(&s.View)
		})}
	}
	return model.MustDefine(model.Definition[seen]{
		Name: "Connection",
		Init: start(seen{}),
		Actions: []model.ActionOf[seen]{
			{Name: "Create", Next: modelcheck.Call(func(s *seen) error {
				if s.Made {
					return vim.Refuse(vim.AlreadyExists, "there is a machine")
				}
				s.Made = true
				return nil
			})},
			{Name: "Operate", Params: []string{"op"}, Next: modelcheck.Call1(allOps, func(s *seen, op Op) error {
				if !s.Made {
					return vim.Refuse(vim.ManagedObjectNotFound, "no machine")
				}
				return s.View.Operate(op)
			})},
			step("Halt", (*View).Halt),
			step("Unregister", (*View).Unregister),
			step("Register", (*View).Register),
			step("Disconnect", func(v *View) error { return v.SetLinked(false) }),
			step("Connect", func(v *View) error { return v.SetLinked(true) }),
			step("LoseFiles", func(v *View) error { return v.SetReadable(false) }),
			step("FindFiles", func(v *View) error { return v.SetReadable(true) }),
			step("Spoil", func(v *View) error { return v.SetSound(false) }),
			step("Repair", func(v *View) error { return v.SetSound(true) }),
			step("Delete", (*View).Delete),
		},
		Show: func(s seen) []model.Binding {
			return []model.Binding{
				{Name: "made", Value: model.Bool(s.Made)},
				{Name: "power", Value: modelcheck.Text(s.View.Power)},
				{Name: "registered", Value: model.Bool(s.Made && !s.View.Unregistered)},
				{Name: "linked", Value: model.Bool(!s.View.Unlinked)},
				{Name: "readable", Value: model.Bool(!s.View.Unreadable)},
				{Name: "sound", Value: model.Bool(!s.View.Spoilt)},
				{Name: "deleted", Value: model.Bool(s.View.Deleted)},
				{Name: "seen", Value: modelcheck.Text(s.View.Seen)},
			}
		},
	})
}

func (c *Cluster) bindings() []model.Binding {
	all := func(show func(Seat) model.Value) model.Value {
		return modelcheck.Map(1, c.Hosts(), func(i int) model.Value { return show(c.Seat(HostID(i))) })
	}
	return []model.Binding{
		{Name: "up", Value: all(func(s Seat) model.Value { return model.Bool(s.Up) })},
		{Name: "linked", Value: all(func(s Seat) model.Value { return model.Bool(s.Linked) })},
		{Name: "runs", Value: all(func(s Seat) model.Value { return modelcheck.Option(s.Incarnation) })},
		{Name: "born", Value: modelcheck.Int(c.Born())},
		{Name: "memory", Value: all(func(s Seat) model.Value { return modelcheck.Int(s.Memory) })},
		{Name: "disk", Value: modelcheck.Int(c.Disk())},
		{Name: "told", Value: all(func(s Seat) model.Value { return modelcheck.Text(s.Told) })},
		{Name: "wanted", Value: model.Bool(c.Wanted())},
	}
}

var bits = []Data{0, 1}

func clusterSystem(hosts, numbers int) model.System {
	ids := modelcheck.Numbers[HostID](hosts)
	one := func(name string, step func(*Cluster, HostID) error) model.ActionOf[*Cluster] {
		return model.ActionOf[*Cluster]{Name: name, Params: []string{"h"}, Next: modelcheck.Call1(ids, pass(step))}
	}
	return model.MustDefine(model.Definition[*Cluster]{
		Name: "Incarnations",
		Init: start(must(NewCluster(hosts, numbers))),
		Actions: []model.ActionOf[*Cluster]{
			one("PowerOn", (*Cluster).PowerOn),
			one("Restart", (*Cluster).Restart),
			one("PowerOff", (*Cluster).PowerOff),
			{Name: "Write", Params: []string{"h", "b"}, Next: modelcheck.Call2(ids, bits, pass2((*Cluster).Write))},
			one("Flush", (*Cluster).Flush),
			{Name: "Move", Params: []string{"source", "target"}, Next: modelcheck.Call2(ids, ids, pass2((*Cluster).Move))},
			one("Fail", (*Cluster).Fail),
			one("Disconnect", (*Cluster).Disconnect),
			one("Reconnect", (*Cluster).Reconnect),
			one("Declare", (*Cluster).Declare),
			one("Boot", (*Cluster).Boot),
		},
		Show: (*Cluster).bindings,
	})
}

// blocks shows what a map from blocks, which the models count from 1, says.
func blocks(n int, show func(b int) model.Value) model.Value {
	return modelcheck.Map(1, n, func(i int) model.Value { return show(i - 1) })
}

func (d delta) value(n int) model.Value {
	return blocks(n, func(b int) model.Value {
		if v, ok := d[b]; ok {
			return modelcheck.Some(modelcheck.Int(v))
		}
		return modelcheck.None()
	})
}

// bindings shows the disk of the models with n names for snapshots; nil is one that is not made.
func (d *Disk) bindings(prefix string, n, size int) []model.Binding {
	made := d != nil
	if !made {
		d = must(NewDisk(size, 0, 1))
	}
	snaps := func(show func(Snap) model.Value) model.Value {
		return modelcheck.Map(1, n, func(i int) model.Value { return show(Snap(i)) })
	}
	return []model.Binding{
		{Name: prefix + "made", Value: model.Bool(made)},
		{Name: prefix + "taken", Value: modelcheck.Set(d.Snapshots())},
		{Name: prefix + "parent", Value: snaps(func(s Snap) model.Value { return modelcheck.Option(d.Parent(s)) })},
		{Name: prefix + "current", Value: modelcheck.Option(d.Current())},
		{Name: prefix + "base", Value: blocks(size, func(b int) model.Value { return modelcheck.Int(d.At(0, b)) })},
		{Name: prefix + "delta", Value: snaps(func(s Snap) model.Value { return d.nodes[s].delta.value(size) })},
		{Name: prefix + "working", Value: d.working.value(size)},
		{Name: prefix + "guest", Value: blocks(size, func(b int) model.Value { return modelcheck.Int(d.Read(b)) })},
		{Name: prefix + "before", Value: snaps(func(s Snap) model.Value {
			return blocks(size, func(b int) model.Value {
				if d.has(s) != nil {
					return modelcheck.Int(0)
				}
				return modelcheck.Int(d.At(s, b))
			})
		})},
	}
}

// drive is a place for a disk.
type drive struct{ Disk *Disk }

// made gives a step of a disk that is there.
func made[P any](step func(*Disk, P) error) func(*drive, P) error {
	return func(d *drive, p P) error {
		if d.Disk == nil {
			return vim.Refuse(vim.ManagedObjectNotFound, "no disk")
		}
		return step(d.Disk, p)
	}
}

func diskSystem(names, size, levels int) model.System {
	snaps := modelcheck.Numbers[Snap](names)
	one := func(name string, step func(*Disk, Snap) error) model.ActionOf[drive] {
		return model.ActionOf[drive]{Name: name, Params: []string{"s"}, Next: modelcheck.Call1(snaps, made(step))}
	}
	return model.MustDefine(model.Definition[drive]{
		Name: "Disks",
		Init: start(drive{}),
		Actions: []model.ActionOf[drive]{
			{Name: "Create", Params: []string{"d"}, Next: modelcheck.Call1(bits, func(d *drive, v Data) error {
				if d.Disk != nil {
					return vim.Refuse(vim.AlreadyExists, "there is a disk")
				}
				d.Disk = must(NewDisk(size, v, levels))
				return nil
			})},
			{Name: "Write", Params: []string{"b", "d"}, Next: modelcheck.Call2(modelcheck.Numbers[int](size), bits,
				func(d *drive, b int, v Data) error {
					return made(func(k *Disk, b int) error { return k.Write(b-1, v) })(d, b)
				})},
			one("Take", (*Disk).Take),
			one("Revert", (*Disk).Revert),
			one("Remove", (*Disk).Remove),
			one("RemoveTree", (*Disk).RemoveTree),
			{Name: "RemoveAll", Next: modelcheck.Call(func(d *drive) error {
				return made(func(k *Disk, _ int) error { return k.RemoveAll() })(d, 0)
			})},
		},
		Show: func(d drive) []model.Binding { return d.Disk.bindings("", names, size) },
	})
}

// box is a place for a machine.
type box struct{ Machine *Snapshots }

// inside gives a step of a machine that is there.
func inside[P any](step func(*Snapshots, P) error) func(*box, P) error {
	return func(b *box, p P) error {
		if b.Machine == nil {
			return vim.Refuse(vim.ManagedObjectNotFound, "no machine")
		}
		return step(b.Machine, p)
	}
}

func (b box) bindings(names int) []model.Binding {
	m := b.Machine
	var disk *Disk
	if m == nil {
		m = must(NewSnapshots(must(NewDisk(1, 0, 1))))
	} else {
		disk = m.disk
	}
	memory := func(x Memory) model.Value {
		cache := Data(0)
		if len(x.Cache) > 0 {
			cache = x.Cache[0]
		}
		return model.Value{Shape: model.Record, Elems: []model.Elem{
			{Key: "cache", Value: modelcheck.Int(cache)}, {Key: "work", Value: modelcheck.Int(x.Work)},
		}}
	}
	snaps := func(show func(Held) model.Value) model.Value {
		return modelcheck.Map(1, names, func(i int) model.Value { return show(m.Held(Snap(i))) })
	}
	return append(disk.bindings("disks.", names, 1),
		model.Binding{Name: "power", Value: modelcheck.Text(m.Power())},
		model.Binding{Name: "memory", Value: memory(m.Memory())},
		model.Binding{Name: "saved", Value: snaps(func(h Held) model.Value {
			if h.Power == Off {
				return modelcheck.None()
			}
			return modelcheck.Some(memory(h.Memory))
		})},
		model.Binding{Name: "goes", Value: snaps(func(h Held) model.Value { return modelcheck.Text(h.Power) })},
	)
}

func snapshotSystem(names int) model.System {
	snaps := modelcheck.Numbers[Snap](names)
	none := func(name string, step func(*Snapshots) error) model.ActionOf[box] {
		return model.ActionOf[box]{Name: name, Next: modelcheck.Call(func(b *box) error {
			return inside(func(m *Snapshots, _ int) error { return step(m) })(b, 0)
		})}
	}
	one := func(name string, step func(*Snapshots, Snap) error) model.ActionOf[box] {
		return model.ActionOf[box]{Name: name, Params: []string{"s"}, Next: modelcheck.Call1(snaps, inside(step))}
	}
	data := func(name string, step func(*Snapshots, Data) error) model.ActionOf[box] {
		return model.ActionOf[box]{Name: name, Params: []string{"d"}, Next: modelcheck.Call1(bits, inside(step))}
	}
	return model.MustDefine(model.Definition[box]{
		Name: "Snapshots",
		Init: start(box{}),
		Actions: []model.ActionOf[box]{
			{Name: "Create", Next: modelcheck.Call(func(b *box) error {
				if b.Machine != nil {
					return vim.Refuse(vim.AlreadyExists, "there is a machine")
				}
				b.Machine = must(NewSnapshots(must(NewDisk(1, 0, names))))
				return nil
			})},
			none("PowerOn", (*Snapshots).PowerOn),
			none("Resume", (*Snapshots).Resume),
			none("Suspend", (*Snapshots).Suspend),
			none("PowerOff", (*Snapshots).PowerOff),
			data("Write", func(m *Snapshots, v Data) error { return m.Write(0, v) }),
			data("Work", (*Snapshots).Work),
			{Name: "Take", Params: []string{"s", "withMemory"}, Next: modelcheck.Call2(snaps, []bool{false, true},
				func(b *box, s Snap, memory bool) error {
					return inside(func(m *Snapshots, s Snap) error { return m.Take(s, memory) })(b, s)
				})},
			one("Revert", (*Snapshots).Revert),
			one("Remove", (*Snapshots).Remove),
			one("RemoveTree", (*Snapshots).RemoveTree),
			none("RemoveAll", (*Snapshots).RemoveAll),
		},
		Show: func(b box) []model.Binding { return b.bindings(names) },
	})
}
