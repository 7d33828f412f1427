package lifecycle

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/vim"

	"pgregory.net/rapid"
)

// faultOf is the name of a fault, "" for success; it fails for another error and for a fault that is no refusal.
func faultOf(t testing.TB, err error) vim.FaultName {
	t.Helper()
	if err == nil {
		return ""
	}
	var f *vim.Fault
	if !errors.As(err, &f) || !errors.Is(err, model.ErrRefused) {
		t.Fatalf("got %v, want a fault that wraps ErrRefused", err)
	}
	return f.Name
}

// hostIn gives a host of one machine in a power state, with Tools where it is on.
func hostIn(t testing.TB, p Power) *Host {
	t.Helper()
	h := must(NewHost(1, Options{}))
	for _, op := range map[Power][]Op{Off: {}, On: {PowerOn}, Suspended: {PowerOn, Suspend}}[p] {
		perform(t, h, op)
	}
	if p == On {
		if err := h.SetTools(1, true); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// perform takes a task of machine 1 from its beginning to its end.
func perform(t testing.TB, h *Host, op Op) {
	t.Helper()
	if err := h.Request(1, op); err != nil {
		t.Fatal(err)
	}
	if done, err := h.Finish(1); err != nil || !done {
		t.Fatalf("%s: got %t, %v", op, done, err)
	}
}

// Every operation in every power state. vSphere Automation API, vcenter/vm/power: start powers on what is powered off or
// suspended, stop powers off what is powered on or suspended, suspend and reset are of what is powered on. Web Services API, Fault
// vim.InvalidPowerState and the operations that throw it.
func TestOperations(t *testing.T) {
	const no = vim.InvalidPowerState
	for _, test := range []struct {
		op                 Op
		off, on, suspended vim.FaultName
		leads              Power
	}{
		{PowerOn, "", no, "", On},
		{PowerOff, no, "", "", Off},
		{Suspend, no, "", no, Suspended},
		{Reset, no, "", no, On},
		{Destroy, "", no, no, Off},
	} {
		for p, want := range map[Power]vim.FaultName{Off: test.off, On: test.on, Suspended: test.suspended} {
			h := hostIn(t, p)
			before := h.Clone()
			if got := faultOf(t, h.Request(1, test.op)); got != want {
				t.Errorf("%s of %s: got %q, want %q", test.op, p, got, want)
			}
			if want != "" {
				if !reflect.DeepEqual(h, before) {
					t.Errorf("%s of %s: a fault changed %+v to %+v", test.op, p, before, h)
				}
				continue
			}
			if got := h.Machine(1).Power; got != p {
				t.Errorf("%s of %s: got %s while the task runs, want the old state", test.op, p, got)
			}
			if done, err := h.Finish(1); err != nil || !done || h.Machine(1).Power != test.leads {
				t.Errorf("%s of %s: got %t, %v and %s, want %s", test.op, p, done, err, h.Machine(1).Power, test.leads)
			}
		}
	}
}

// The other faults, by name. vSphere Automation API, error NotAllowedInCurrentState: powering off a machine that is
// being powered on is answered by ResourceBusy, which is vim.TaskInProgress in the Web Services API. ToolsUnavailable: of guest
// operations. EnterMaintenanceMode_Task: while the task runs and in maintenance no machine can be powered on.
func TestFaults(t *testing.T) {
	for _, test := range []struct {
		name   string
		power  Power
		before func(h *Host) error
		op     func(h *Host) error
		want   vim.FaultName
	}{
		{"power off while powering on", Off, func(h *Host) error { return h.Request(1, PowerOn) }, func(h *Host) error { return h.Request(1, PowerOff) }, vim.TaskInProgress},
		{"shut down while suspending", On, func(h *Host) error { return h.Request(1, Suspend) }, func(h *Host) error { return h.AskGuest(1, Shutdown) }, vim.TaskInProgress},
		{"shut down without Tools", On, func(h *Host) error { return h.SetTools(1, false) }, func(h *Host) error { return h.AskGuest(1, Shutdown) }, vim.ToolsUnavailable},
		{"shut down within, without Tools", On, func(h *Host) error { return h.SetTools(1, false) }, func(h *Host) error { return h.ShutdownWithin(1) }, vim.ToolsUnavailable},
		{"shut down what is off", Off, nil, func(h *Host) error { return h.AskGuest(1, Shutdown) }, vim.InvalidPowerState},
		{"stand by what is suspended", Suspended, nil, func(h *Host) error { return h.AskGuest(1, Standby) }, vim.InvalidPowerState},
		{"power on a template", Off, func(h *Host) error { return h.MarkAsTemplate(1) }, func(h *Host) error { return h.Request(1, PowerOn) }, vim.NotSupported},
		{"destroy a template", Off, func(h *Host) error { return h.MarkAsTemplate(1) }, func(h *Host) error { return h.Request(1, Destroy) }, ""},
		{"make a template of what is on", On, nil, func(h *Host) error { return h.MarkAsTemplate(1) }, vim.InvalidPowerState},
		{"make a template of what is suspended", Suspended, nil, func(h *Host) error { return h.MarkAsTemplate(1) }, vim.InvalidPowerState},
		{"make a template of a template", Off, func(h *Host) error { return h.MarkAsTemplate(1) }, func(h *Host) error { return h.MarkAsTemplate(1) }, vim.NotSupported},
		{"make a machine of a machine", Off, nil, func(h *Host) error { return h.MarkAsVM(1) }, vim.NotSupported},
		{"power on while maintenance begins", Off, func(h *Host) error { return h.EnterMaintenance() }, func(h *Host) error { return h.Request(1, PowerOn) }, vim.InvalidState},
		{"resume while maintenance begins", Suspended, func(h *Host) error { return h.EnterMaintenance() }, func(h *Host) error { return h.Request(1, PowerOn) }, vim.InvalidState},
		{"power off while maintenance begins", On, func(h *Host) error { return h.EnterMaintenance() }, func(h *Host) error { return h.Request(1, PowerOff) }, ""},
		{"enter with a machine on", On, func(h *Host) error { return h.EnterMaintenance() }, func(h *Host) error { return h.Evacuated() }, vim.InvalidState},
		{"enter with a machine suspended", Suspended, func(h *Host) error { return h.EnterMaintenance() }, func(h *Host) error { return h.Evacuated() }, ""},
		{"enter twice", Off, func(h *Host) error { return h.EnterMaintenance() }, func(h *Host) error { return h.EnterMaintenance() }, vim.InvalidState},
		{"leave what was not entered", Off, nil, func(h *Host) error { return h.LeaveMaintenance() }, vim.InvalidState},
		{"unregister what is on", On, nil, func(h *Host) error { return h.Unregister(1) }, vim.InvalidPowerState},
		{"unregister what is suspended", Suspended, nil, func(h *Host) error { return h.Unregister(1) }, ""},
		{"power on what is not registered", Off, func(h *Host) error { return h.Unregister(1) }, func(h *Host) error { return h.Request(1, PowerOn) }, vim.ManagedObjectNotFound},
		{"register what is registered", Off, nil, func(h *Host) error { return h.Register(1) }, vim.AlreadyExists},
		{"power off twice", On, func(h *Host) error { return h.Halt(1) }, func(h *Host) error { return h.Request(1, PowerOff) }, vim.InvalidPowerState},
		{"a machine that there is not", Off, nil, func(h *Host) error { return h.Request(2, PowerOn) }, vim.ManagedObjectNotFound},
		{"fail a power-off", On, func(h *Host) error { return h.Request(1, PowerOff) }, func(h *Host) error { return h.Fail(1) }, vim.InvalidState},
	} {
		h := hostIn(t, test.power)
		if test.before != nil {
			if err := test.before(h); err != nil {
				t.Fatalf("%s: %v", test.name, err)
			}
		}
		before := h.Clone()
		if got := faultOf(t, test.op(h)); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		} else if got != "" && !reflect.DeepEqual(h, before) {
			t.Errorf("%s: a fault changed %+v to %+v", test.name, before, h)
		}
	}
}

// A task that the guest has overtaken ends without effect; so does one that fails.
func TestTasksLookAgain(t *testing.T) {
	h := hostIn(t, On)
	if err := errors.Join(h.Request(1, Suspend), h.Halt(1)); err != nil {
		t.Fatal(err)
	}
	if done, err := h.Finish(1); done || err != nil || h.Machine(1) != (Machine{}) {
		t.Errorf("got %t, %v and %+v, want a machine that is off and idle", done, err, h.Machine(1))
	}
	h = hostIn(t, On)
	before := h.Clone()
	if err := errors.Join(h.Request(1, Suspend), h.Fail(1)); err != nil || !reflect.DeepEqual(h, before) {
		t.Errorf("got %v and %+v, want %+v", err, h, before)
	}
}

// On any run of a few machines: what a fault leaves is what was there, and an oracle that knows of each machine only the past of
// its power state agrees on what is in its memory.
func TestHostInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		options := Options{rapid.Bool().Draw(t, "stays on"), rapid.Bool().Draw(t, "stays registered")}
		h := must(NewHost(rapid.IntRange(1, 3).Draw(t, "machines"), options))
		worked := make([]int, h.VMs()) // by the guest since it booted last
		for range rapid.IntRange(0, 80).Draw(t, "steps") {
			v := VM(rapid.IntRange(0, h.VMs()+1).Draw(t, "VM"))
			before := h.Clone()
			var err error
			switch rapid.IntRange(0, 18).Draw(t, "step") {
			case 0, 1, 2:
				err = h.Request(v, rapid.SampledFrom(allOps[:4]).Draw(t, "op"))
			case 3, 4, 5:
				_, err = h.Finish(v)
			case 6:
				err = h.Fail(v)
			case 7:
				err = h.SetTools(v, rapid.Bool().Draw(t, "run"))
			case 8, 9:
				if err = h.Work(v); err == nil {
					worked[v-1]++
				}
			case 10:
				err = h.AskGuest(v, Ask(rapid.IntRange(1, 3).Draw(t, "what")))
			case 11:
				err = h.ShutdownWithin(v)
			case 12:
				err = h.TimeOver(v)
			case 13:
				if err = h.Obey(v); err == nil && before.Machine(v).Asked == Reboot {
					worked[v-1] = 0
				}
			case 14:
				err = h.Halt(v)
			case 15:
				err = errors.Join(h.MarkAsTemplate(v), h.MarkAsVM(v))
			case 16:
				err = errors.Join(h.Unregister(v), h.Register(v))
			case 17:
				if h.Mode() == Normal {
					err = h.EnterMaintenance()
				} else {
					err = h.LeaveMaintenance()
				}
			case 18:
				err = h.Evacuated()
			}
			if err != nil && !errors.Is(err, model.ErrRefused) {
				t.Fatal(err)
			}
			if err != nil && !reflect.DeepEqual(h, before) {
				t.Fatalf("%v changed %+v to %+v", err, before, h)
			}
			for i, m := range h.vms {
				was := before.vms[i]
				if m.Power == Off || was.Busy && was.Task == Reset && !m.Busy && was.Power == On && m.Power == On && err == nil && !m.Tools && !m.Memory {
					worked[i] = 0
				}
				if m.Memory != (worked[i]%2 == 1) {
					t.Fatalf("VM %d: got memory %t after work of %d, %+v", i+1, m.Memory, worked[i], m)
				}
				if was.Power == Off && m.Power == Suspended || m.Place != Present && (m.Power == On || m.Busy) {
					t.Fatalf("VM %d: %+v became %+v", i+1, was, m)
				}
				if h.Mode() == Maintenance && m.Power == On || m.Template && m.Power != Off {
					t.Fatalf("VM %d is on with template %t and host %s", i+1, m.Template, h.Mode())
				}
			}
		}
	})
}

// From wherever a host is, its machines can be destroyed in a few steps.
func TestDisposable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := must(NewHost(1, Options{}))
		for range rapid.IntRange(0, 30).Draw(t, "steps") { // a refusal is as good as a step here
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				_ = h.Request(1, rapid.SampledFrom(allOps).Draw(t, "op"))
			case 1:
				_, _ = h.Finish(1)
			case 2:
				_ = h.Unregister(1)
			case 3:
				_ = h.MarkAsTemplate(1)
			case 4:
				_ = h.EnterMaintenance()
			}
		}
		_, _ = h.Finish(1)
		_ = h.Register(1)
		_ = h.Request(1, PowerOff)
		_, _ = h.Finish(1)
		_ = h.Request(1, Destroy)
		_, _ = h.Finish(1)
		if m := h.Machine(1); m.Place != Gone || m.Power != Off {
			t.Fatalf("got %+v, want a machine that is gone", m)
		}
		if err := h.Register(1); !errors.Is(err, model.ErrRefused) || h.Machine(1).Place != Gone {
			t.Fatalf("register: got %v and %+v", err, h.Machine(1))
		}
	})
}

// Web Services API, VirtualMachineConnectionState, and what one may conclude from each: the power state is an old one but for
// connected machines, and a machine that is not registered does not run.
func TestConnections(t *testing.T) {
	for _, test := range []struct {
		view    View
		want    Connection
		stopped bool
	}{
		{View{}, Connected, true},
		{View{Power: On, Seen: On}, Connected, false},
		{View{Power: Suspended, Seen: Suspended}, Connected, true},
		{View{Unlinked: true}, Disconnected, false},
		{View{Unlinked: true, Unregistered: true, Unreadable: true}, Disconnected, false},
		{View{Unregistered: true, Unreadable: true}, Orphaned, true},
		{View{Unreadable: true, Spoilt: true}, Inaccessible, false},
		{View{Deleted: true}, Inaccessible, false},
		{View{Spoilt: true}, Invalid, false},
	} {
		if got := test.view.Connection(); got != test.want || test.view.Stopped() != test.stopped {
			t.Errorf("%+v: got %s, stopped %t, want %s, %t", test.view, got, test.view.Stopped(), test.want, test.stopped)
		}
	}
}

// Whatever happens to a machine, one that is taken for stopped does not run, and one that is connected is seen as it is.
func TestConclusions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var v View
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			before, fact := v, rapid.Bool().Draw(t, "fact")
			var err error
			switch rapid.IntRange(0, 7).Draw(t, "step") {
			case 0, 1:
				err = v.Operate(rapid.SampledFrom(allOps).Draw(t, "op"))
			case 2:
				err = v.Halt()
			case 3:
				err = v.Unregister()
			case 4:
				err = v.Register()
			case 5:
				err = v.SetLinked(fact)
			case 6:
				err = v.SetReadable(fact)
			case 7:
				err = v.SetSound(fact)
			}
			if err != nil && (!errors.Is(err, model.ErrRefused) || v != before) {
				t.Fatalf("%v, and %+v became %+v", err, before, v)
			}
			if v.Stopped() && v.Power == On || v.Connection() == Connected && v.Seen != v.Power {
				t.Fatalf("%+v is %s, stopped %t", v, v.Connection(), v.Stopped())
			}
			if deleting := v; v.Power == On && deleting.Delete() == nil {
				t.Fatalf("the files of %+v are deleted", v)
			}
		}
	})
}

// On any run of a cluster: at most one incarnation lives, answers are right, and an oracle of writes agrees on what each one has.
func TestClusterInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := must(NewCluster(rapid.IntRange(1, 4).Draw(t, "hosts"), 0))
		var memory, disk Data
		started := 0
		for range rapid.IntRange(0, 80).Draw(t, "steps") {
			h := HostID(rapid.IntRange(0, c.Hosts()+1).Draw(t, "host"))
			to := HostID(rapid.IntRange(0, c.Hosts()+1).Draw(t, "target"))
			before := c.Clone()
			var err error
			switch rapid.IntRange(0, 11).Draw(t, "step") {
			case 0:
				err = c.PowerOn(h)
			case 1, 2:
				err = c.Restart(h)
			case 3:
				err = c.PowerOff(h)
			case 4:
				d := Data(rapid.IntRange(0, 99).Draw(t, "data"))
				if err = c.Write(h, d); err == nil {
					memory = d
				}
			case 5:
				if err = c.Flush(h); err == nil {
					disk = memory
				}
			case 6:
				err = c.Move(h, to)
			case 7:
				err = c.Fail(h)
			case 8:
				err = c.Disconnect(h)
			case 9:
				err = c.Reconnect(h)
			case 10:
				err = c.Declare(h)
			case 11:
				err = c.Boot(h)
			}
			if err != nil && (!errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(c, before)) {
				t.Fatalf("%v, and %+v became %+v", err, before, c)
			}
			if c.Born() != before.Born() {
				started++
				memory = disk
			}
			live := 0
			for i, s := range c.seats {
				if s.Incarnation == 0 {
					if s.Told == Running {
						t.Fatalf("host %d: told that it runs", i+1)
					}
					continue
				}
				live++
				if !s.Up || s.Told == Stopped || s.Incarnation != started || s.Memory != memory {
					t.Fatalf("host %d: got %+v, want incarnation %d with memory %d", i+1, s, started, memory)
				}
			}
			if live > 1 || c.Disk() != disk {
				t.Fatalf("got %d incarnations and disk %d, want one at most and %d", live, c.Disk(), disk)
			}
		}
	})
}

// copies is a disk with snapshots that keeps a whole copy for each: the oracle of Disk.
type copies struct {
	now     []Data
	then    map[Snap][]Data
	parent  map[Snap]Snap
	current Snap
}

// forget takes s out and gives what hung below it to its parent.
func (c *copies) forget(s Snap) {
	for t, p := range c.parent {
		if p == s {
			c.parent[t] = c.parent[s]
		}
	}
	if c.current == s {
		c.current = c.parent[s]
	}
	delete(c.parent, s)
	delete(c.then, s)
}

// below lists s and all that is below it, the deepest last.
func (c *copies) below(s Snap) []Snap {
	out := []Snap{s}
	for i := 0; i < len(out); i++ {
		for _, t := range slices.Sorted(maps.Keys(c.parent)) {
			if c.parent[t] == out[i] {
				out = append(out, t)
			}
		}
	}
	return out
}

// A disk made of deltas says what whole copies say, for the guest and at every snapshot, with the same tree.
func TestDiskAgainstCopies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size, levels := rapid.IntRange(1, 3).Draw(t, "blocks"), rapid.IntRange(1, 5).Draw(t, "levels")
		d := must(NewDisk(size, 7, levels))
		c := copies{now: slices.Repeat([]Data{7}, size), then: map[Snap][]Data{}, parent: map[Snap]Snap{}}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			s := Snap(rapid.IntRange(1, 6).Draw(t, "snapshot"))
			_, known := c.then[s]
			before := d.Clone()
			var err error
			want := known
			switch rapid.IntRange(0, 7).Draw(t, "step") {
			case 0, 1, 2:
				b, v := rapid.IntRange(0, size-1).Draw(t, "block"), Data(rapid.IntRange(0, 9).Draw(t, "data"))
				err, want = d.Write(b, v), true
				c.now[b] = v
			case 3, 4:
				depth := 0
				for p := c.current; p != 0; p = c.parent[p] {
					depth++
				}
				err, want = d.Take(s), !known && depth < levels
				if want {
					c.then[s], c.parent[s], c.current = slices.Clone(c.now), c.current, s
				}
			case 5:
				if err = d.Revert(s); known {
					c.now, c.current = slices.Clone(c.then[s]), s
				}
			case 6:
				if err = d.Remove(s); known {
					c.forget(s)
				}
			case 7:
				if rapid.IntRange(0, 3).Draw(t, "all") == 0 {
					err, want = d.RemoveAll(), len(c.then) > 0
					c.then, c.parent, c.current = map[Snap][]Data{}, map[Snap]Snap{}, 0
				} else if err = d.RemoveTree(s); known {
					for _, u := range slices.Backward(c.below(s)) {
						c.forget(u)
					}
				}
			}
			if (err == nil) != want || err != nil && (!errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(d, before)) {
				t.Fatalf("got %v, want success %t; %+v became %+v", err, want, before, d)
			}
			if d.Current() != c.current || !slices.Equal(d.Snapshots(), slices.Sorted(maps.Keys(c.then))) {
				t.Fatalf("got %v with %d current, want %v with %d", d.Snapshots(), d.Current(), c.then, c.current)
			}
			for b := range size {
				if d.Read(b) != c.now[b] {
					t.Fatalf("block %d: the guest reads %d, want %d", b, d.Read(b), c.now[b])
				}
				for s, then := range c.then {
					if d.At(s, b) != then[b] || d.Parent(s) != c.parent[s] {
						t.Fatalf("block %d at %d, child of %d: got %d, want %d and %d", b, s, d.Parent(s), d.At(s, b), then[b], c.parent[s])
					}
				}
			}
		}
	})
}

// moment is what a machine is at one time.
type moment struct {
	power       Power
	disk, cache []Data
	work        Data
}

func (m *Snapshots) moment() moment {
	out := moment{power: m.Power(), cache: m.Memory().Cache, work: m.Memory().Work}
	for b := range m.disk.Blocks() {
		out.disk = append(out.disk, m.disk.Read(b))
	}
	return out
}

// A machine with snapshots goes back to the moments that an oracle has noted; in between, its cache is right, and taking and
// removing snapshots changes nothing.
func TestSnapshotsAgainstMoments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := must(NewSnapshots(must(NewDisk(2, 0, 4))))
		noted := map[Snap]moment{}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			s := Snap(rapid.IntRange(1, 4).Draw(t, "snapshot"))
			before := m.moment()
			var err error
			step := rapid.IntRange(0, 12).Draw(t, "step")
			keeps := step == 8 || step == 9 || step > 10
			switch step {
			case 0, 1:
				err = m.PowerOn()
			case 2:
				err = m.Resume()
			case 3:
				err = m.Suspend()
			case 4:
				err = m.PowerOff()
			case 5, 6:
				err = m.Write(rapid.IntRange(0, 1).Draw(t, "block"), Data(rapid.IntRange(0, 9).Draw(t, "data")))
			case 7:
				err = m.Work(Data(rapid.IntRange(0, 9).Draw(t, "data")))
			case 8, 9:
				memory := rapid.Bool().Draw(t, "memory")
				if err = m.Take(s, memory); err == nil {
					noted[s] = before
					if before.power == Off || before.power == On && !memory {
						noted[s] = moment{disk: before.disk}
					}
				}
			case 10:
				if err = m.Revert(s); err == nil && !reflect.DeepEqual(m.moment(), noted[s]) {
					t.Fatalf("reverting to %d: got %+v, want %+v", s, m.moment(), noted[s])
				}
			case 11:
				err = m.Remove(s)
			case 12:
				if rapid.Bool().Draw(t, "all") {
					err = m.RemoveAll()
				} else {
					err = m.RemoveTree(s)
				}
			}
			after := m.moment()
			if err != nil && (!errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(after, before)) {
				t.Fatalf("%v changed %+v to %+v", err, before, after)
			}
			if keeps && !reflect.DeepEqual(after, before) {
				t.Fatalf("taking or removing a snapshot changed %+v to %+v", before, after)
			}
			if after.power != Off && !slices.Equal(after.cache, after.disk) {
				t.Fatalf("the guest has %v in its cache, and %v is on its disk", after.cache, after.disk)
			}
		}
	})
}

// vSphere Virtual Machine Administration, "Restoring Snapshots": the state of a machine after it is restored, by its state when
// the snapshot was taken; whatever it does at the moment.
func TestRevertTable(t *testing.T) {
	for _, test := range []struct {
		taken  Power
		memory bool
		want   Power
	}{
		{On, true, On},
		{On, false, Off},
		{Off, false, Off},
		{Off, true, Off},
		{Suspended, true, Suspended},
		{Suspended, false, Suspended},
	} {
		for _, now := range []Power{Off, On, Suspended} {
			m := must(NewSnapshots(must(NewDisk(2, 0, DefaultLevels))))
			turn(t, m, test.taken)
			wantMemory := m.Memory()
			if err := m.Take(1, test.memory); err != nil {
				t.Fatal(err)
			}
			turn(t, m, now)
			if m.Power() == On {
				if err := errors.Join(m.Write(0, 5), m.Work(6)); err != nil {
					t.Fatal(err)
				}
			}
			if err := m.Revert(1); err != nil {
				t.Fatal(err)
			}
			if m.Power() != test.want || m.Disk().Read(0) != 0 {
				t.Errorf("taken %s with memory %t, now %s: got %s and %d, want %s and 0", test.taken, test.memory, now, m.Power(), m.Disk().Read(0), test.want)
			}
			if test.want != Off && !reflect.DeepEqual(m.Memory(), wantMemory) {
				t.Errorf("taken %s with memory %t, now %s: got memory %v, want %v", test.taken, test.memory, now, m.Memory(), wantMemory)
			}
		}
	}
}

// turn brings a machine to a power state, by way of off, with some work done where it is not off.
func turn(t testing.TB, m *Snapshots, p Power) {
	t.Helper()
	if m.Power() != Off {
		if err := m.PowerOff(); err != nil {
			t.Fatal(err)
		}
	}
	if p == Off {
		return
	}
	if err := errors.Join(m.PowerOn(), m.Work(3)); err != nil {
		t.Fatal(err)
	}
	if p == Suspended {
		if err := m.Suspend(); err != nil {
			t.Fatal(err)
		}
	}
}

// A chain of snapshots is 32 long at most, by default.
func TestSnapshotLevels(t *testing.T) {
	d := must(NewDisk(1, 0, DefaultLevels))
	for s := Snap(1); s <= 32; s++ {
		if err := d.Take(s); err != nil {
			t.Fatal(err)
		}
	}
	if got := faultOf(t, d.Take(33)); got != vim.TooManySnapshotLevels {
		t.Errorf("got %q, want %q", got, vim.TooManySnapshotLevels)
	}
	if err := errors.Join(d.Revert(31), d.Take(33)); err != nil || d.Levels(33) != 32 {
		t.Errorf("a branch: got %v and %d levels", err, d.Levels(33))
	}
}

func TestConstructorsRefuse(t *testing.T) {
	for what, err := range map[string]error{
		"machines":                second(NewHost(-1, Options{})),
		"hosts":                   second(NewCluster(0, 0)),
		"one number":              second(NewCluster(1, 1)),
		"negative numbers":        second(NewCluster(1, -1)),
		"blocks":                  second(NewDisk(0, 0, 1)),
		"levels":                  second(NewDisk(1, 0, 0)),
		"no disk":                 second(NewSnapshots(nil)),
		"a snapshot without name": must(NewDisk(1, 0, 1)).Take(0),
		"a block that is not":     must(NewDisk(1, 0, 1)).Write(1, 0),
		"asking for nothing":      must(NewHost(1, Options{})).AskGuest(1, Nothing),
	} {
		if err == nil || errors.Is(err, model.ErrRefused) {
			t.Errorf("%s: got %v, want an error that is no refusal", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Names that there are not have a spelling, and questions about what there is not a sentence.
func TestUnknown(t *testing.T) {
	if got := Power(9).String() + Op(9).String(); got != "power(9)op(9)" || Accepts(Off, 9) {
		t.Errorf("got %q", got)
	}
	for name, call := range map[string]func(){
		"machine": func() { must(NewHost(1, Options{})).Machine(2) },
		"host":    func() { must(NewCluster(1, 0)).Seat(0) },
		"block":   func() { must(NewDisk(1, 0, 1)).Read(1) },
	} {
		func() {
			defer func() {
				if _, ok := recover().(string); !ok {
					t.Errorf("%s: got no sentence", name)
				}
			}()
			call()
		}()
	}
}
