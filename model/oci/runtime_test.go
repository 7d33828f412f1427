package oci

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
)

// hooked is a config with n hooks of each kind.
func hooked(n int) *Config { return (&single{Hooks: n, Shared: true}).bundle() }

// at gives a runtime whose container c has a status.
func at(t testing.TB, profile Profile, status Status) *Runtime {
	t.Helper()
	r := newRuntime(profile, Host{})
	step := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if status >= Creating {
		step(r.Create(only, hooked(1)))
	}
	if status >= Created {
		r.Finish(only, nil)
	}
	if status >= Running {
		step(r.Start(only))
		r.Finish(only, nil)
	}
	if status == Paused {
		step(r.Pause(only))
	}
	if status == Stopped {
		step(r.Exit(only))
	}
	if got := r.Status(only); got != status {
		t.Fatalf("got %s, want %s", got, status)
	}
	return r
}

// Which operation is an error in which status: runtime.md, Create, Start, Kill, Delete and State; for runc delete.go, start.go and
// libcontainer/container_linux.go.
func TestPreconditions(t *testing.T) {
	ops := map[string]func(*Runtime) error{
		"state":  func(r *Runtime) error { _, err := r.State(only); return err },
		"create": func(r *Runtime) error { return r.Create(only, hooked(0)) },
		"start":  func(r *Runtime) error { return r.Start(only) },
		"kill":   func(r *Runtime) error { return r.Kill(only, "TERM") },
		"delete": func(r *Runtime) error { return r.Delete(only) },
		"pause":  func(r *Runtime) error { return r.Pause(only) },
		"resume": func(r *Runtime) error { return r.Resume(only) },
	}
	const ok = ErrorName("")
	for _, test := range []struct {
		op                                                  string
		absent, creating, created, running, paused, stopped ErrorName
		runcCreated, runcPaused                             ErrorName
	}{
		{"state", ErrNotExist, ok, ok, ok, ok, ok, ok, ok},
		{"create", ok, ErrExist, ErrExist, ErrExist, ErrExist, ErrExist, ErrExist, ErrExist},
		{"start", ErrNotExist, ErrBusy, ok, ErrNotCreated, ErrNotCreated, ErrNotCreated, ok, ErrNotCreated},
		{"kill", ErrNotExist, ErrNotRunning, ok, ok, ErrPaused, ErrNotRunning, ok, ok},
		{"delete", ErrNotExist, ErrBusy, ErrRunning, ErrRunning, ErrPaused, ok, ok, ErrPaused},
		{"pause", ErrNotExist, ErrBusy, ok, ok, ErrNotRunning, ErrNotRunning, ok, ErrNotRunning},
		{"resume", ErrNotExist, ErrNotPaused, ErrNotPaused, ErrNotPaused, ok, ErrNotPaused, ErrNotPaused, ok},
	} {
		for status, want := range []ErrorName{test.absent, test.creating, test.created, test.running, test.paused, test.stopped} {
			answers(t, ops[test.op], test.op, at(t, Profile{}, Status(status)), want)
			switch Status(status) {
			case Created:
				want = test.runcCreated
			case Paused:
				want = test.runcPaused
			}
			answers(t, ops[test.op], "runc: "+test.op, at(t, Runc(), Status(status)), want)
		}
	}
}

func answers(t *testing.T, op func(*Runtime) error, name string, r *Runtime, want ErrorName) {
	t.Helper()
	before, status := r.Snapshot(), r.Status(only)
	err := op(r)
	var e *Error
	got := ErrorName("")
	if errors.As(err, &e) {
		got = e.Name
	}
	if got != want || err != nil && !errors.Is(err, model.ErrRefused) {
		t.Errorf("%s in status %s: got %v, want %q", name, status, err, want)
	}
	if err != nil && !reflect.DeepEqual(before, r.Snapshot()) {
		t.Errorf("%s in status %s: %v, and it had an effect", name, status, err)
	}
}

// What each kind of hook is: config.md, Hooks, Summary; the steps are those of runtime.md, Lifecycle.
func TestHookTable(t *testing.T) {
	for _, test := range []struct {
		kind              HookKind
		name              string
		inside, pathThere bool
		op                Operation
		step              int
		told              Status
	}{
		{Prestart, "prestart", false, false, CreateOp, 3, Creating},
		{CreateRuntime, "createRuntime", false, false, CreateOp, 4, Creating},
		{CreateContainer, "createContainer", true, false, CreateOp, 5, Creating},
		{StartContainer, "startContainer", true, true, StartOp, 7, Created},
		{Poststart, "poststart", false, false, StartOp, 9, Running},
		{Poststop, "poststop", false, false, DeleteOp, 13, Stopped},
	} {
		k := test.kind
		if k.String() != test.name || k.InContainer() != test.inside || k.PathInContainer() != test.pathThere || k.Operation() != test.op || k.Step() != test.step {
			t.Errorf("%s: got %t, %t, %s, step %d; want %+v", k, k.InContainer(), k.PathInContainer(), k.Operation(), k.Step(), test)
		}
		if !toldRightly(Called{Kind: k, Status: test.told}) {
			t.Errorf("%s is told %s", k, test.told)
		}
	}
}

// All sequences of six operations without hooks agree with the statuses of runtime.md, written down as a table.
func TestAllShortRuns(t *testing.T) {
	names := []string{"create", "start", "kill", "delete", "exit"}
	table := map[Status]map[string]Status{
		Absent:  {"create": Created},
		Created: {"start": Running, "kill": Stopped, "exit": Stopped},
		Running: {"kill": Stopped, "exit": Stopped},
		Stopped: {"delete": Absent},
	}
	ops := map[string]func(*Runtime) error{
		"create": func(r *Runtime) error { return r.Create(only, hooked(0)) },
		"start":  func(r *Runtime) error { return r.Start(only) },
		"kill": func(r *Runtime) error {
			if err := r.Kill(only, sigkill); err != nil {
				return err
			}
			return r.Reap(only)
		},
		"delete": func(r *Runtime) error { return r.Delete(only) },
		"exit":   func(r *Runtime) error { return r.Exit(only) },
	}
	for i := range 5 * 5 * 5 * 5 * 5 * 5 {
		r, want := newRuntime(Profile{}, Host{}), Absent
		for j := i; j > 0; j /= 5 {
			op := names[j%5]
			err := ops[op](r)
			r.Finish(only, nil)
			next, ok := table[want][op]
			if ok {
				want = next
			}
			if (err == nil) != ok || r.Status(only) != want {
				t.Fatalf("run %d, %s: got %v and %s, want an error: %t, and %s", i, op, err, r.Status(only), !ok, want)
			}
		}
	}
}

// A hook that fails leaves what was there before create; each one, and as every kind says (runtime.md, Lifecycle, steps 3 to 13).
func TestFailingHooks(t *testing.T) {
	for kind := range HookKind(HookKinds) {
		for index := range 2 {
			r := newRuntime(Profile{}, Host{})
			empty := r.Snapshot()
			var called []string
			fails := func(c Call) bool {
				called = append(called, fmt.Sprint(c.Kind, c.Index))
				return c.Kind == kind && c.Index == index
			}
			run := func(err error) bool {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
				return r.Finish(only, fails)
			}
			ok := run(r.Create(only, hooked(2))) && run(r.Start(only)) && r.Exit(only) == nil && run(r.Delete(only))
			if ok != (kind == Poststop) || !reflect.DeepEqual(r.Snapshot(), empty) {
				t.Errorf("%s hook %d fails: got success %t and %+v", kind, index, ok, r.Snapshot())
			}
			want := 2*int(kind) + index + 1 + 2 // up to the one that fails, and those of poststop
			if kind == Poststop {
				want = 12
			}
			if len(called) != want {
				t.Errorf("%s hook %d fails: got %q, want %d hooks", kind, index, called, want)
			}
		}
	}
}

// What may happen while hooks run: the process is killed, or ends.
func TestMeanwhile(t *testing.T) {
	r := at(t, Profile{}, Created)
	if err := r.Start(only); err != nil {
		t.Fatal(err)
	}
	ok := r.Finish(only, func(c Call) bool {
		if c.Kind == StartContainer {
			if err := errors.Join(r.Kill(only, sigkill), r.Reap(only)); err != nil {
				t.Error(err)
			}
		}
		return false
	})
	if ok || r.Status(only) != Stopped {
		t.Errorf("got success %t and %s, want a start that failed and %s", ok, r.Status(only), Stopped)
	}

	r = at(t, Profile{}, Created)
	if err := r.Start(only); err != nil {
		t.Fatal(err)
	}
	ok = r.Finish(only, func(c Call) bool {
		if c.Kind == Poststart {
			if err := r.Exit(only); err != nil {
				t.Error(err)
			}
		}
		return false
	})
	if !ok || r.Status(only) != Stopped {
		t.Errorf("got success %t and %s, want a start that returned and %s", ok, r.Status(only), Stopped)
	}
}

// What a runtime keeps is its own: neither the bundle nor the host of its maker.
func TestKeepsCopies(t *testing.T) {
	host := Host{Files: map[string]File{blue: {Network, 1}}}
	r, bundle := newRuntime(Profile{}, host), hooked(1)
	delete(host.Files, blue)
	bundle.Namespaces = []Entry{{Network, blue}}
	if err := r.Create(only, bundle); err != nil {
		t.Fatal(err)
	}
	bundle.Process, bundle.Hooks[Prestart][0].Path, bundle.Namespaces[0].Type = "/other", "/evil", PID
	if call, _ := r.Pending(only); call.Hook.Path != "/hook" {
		t.Errorf("got hook %s, want that of create", call.Hook.Path)
	}
	r.Finish(only, nil)
	if err := r.Start(only); err != nil {
		t.Fatal(err)
	}
	r.Finish(only, nil)
	if got := r.Snapshot().Containers[only].Program; got != programs[0] {
		t.Errorf("got %s, want %s", got, programs[0])
	}
	if got, _ := r.Namespace(only, Network); got != 1 {
		t.Errorf("got namespace %d, want 1", got)
	}
}

// What a program has started ends with the container's PID namespace, or with the container (pid_namespaces(7); runc
// libcontainer/state_linux.go, destroy).
func TestProcessesLeft(t *testing.T) {
	for _, list := range [][]Entry{nil, {{Type: PID}}, {{PID, "/pod"}}} {
		r := newRuntime(Profile{}, Host{Files: map[string]File{"/pod": {PID, 1}}})
		bundle := hooked(0)
		bundle.Namespaces = list
		do := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			r.Finish(only, nil)
		}
		do(r.Create(only, bundle))
		if err := r.Fork(only); !errors.Is(err, model.ErrRefused) {
			t.Errorf("got %v of a container that is created", err)
		}
		do(r.Start(only))
		do(r.Fork(only))
		do(r.Exit(only))
		want := len(list) == 0 || list[0].Path != ""
		if _, left := r.Snapshot().Resources["processes of "+only]; left != want {
			t.Errorf("%+v: got processes left: %t", list, left)
		}
		do(r.Delete(only))
		if left := r.Snapshot().Resources["processes of "+only]; left != "" {
			t.Errorf("%+v: processes are left of a container that is gone", list)
		}
	}
}

// Every new namespace of a container is one of its own.
func TestAllNew(t *testing.T) {
	r := newRuntime(Profile{}, Host{Files: map[string]File{blue: {Network, 2}}})
	bundle := hooked(0)
	for ty := range Type(Types) {
		bundle.Namespaces = append(bundle.Namespaces, Entry{Type: ty})
	}
	seen := map[Space]bool{2: true}
	for _, id := range []string{"a", "b"} {
		if err := r.Create(id, bundle); err != nil {
			t.Fatal(err)
		}
		for ty := range Type(Types) {
			space, ok := r.Namespace(id, ty)
			if !ok || seen[space] || space > 1000 {
				t.Errorf("%s of %s: got %d", ty, id, space)
			}
			seen[space] = true
		}
	}
	if _, ok := r.Namespace("a", Types); ok {
		t.Error("got a namespace of a type that there is not")
	}
}

// What cannot be is an error: bundles, IDs, signals, lists, hosts.
func TestBadInput(t *testing.T) {
	r := newRuntime(Profile{}, Host{Files: map[string]File{blue: {Network, 1}}})
	empty := r.Snapshot()
	bad := func(change func(*Config)) *Config {
		c := hooked(1)
		change(c)
		return c
	}
	for name, err := range map[string]error{
		"no bundle":    r.Create(only, nil),
		"no ID":        r.Create("", hooked(0)),
		"dots":         r.Create("..", hooked(0)),
		"slash":        r.Create("a/b", hooked(0)),
		"hook path":    r.Create(only, bad(func(c *Config) { c.Hooks[Poststop][0].Path = "bin/sh" })),
		"hook timeout": r.Create(only, bad(func(c *Config) { c.Hooks[Poststop][0].Timeout = -1 })),
		"many hooks":   r.Create(only, bad(func(c *Config) { c.Hooks[Poststop] = slices.Repeat([]Hook{{Path: "/hook"}}, MaxHooks-4) })),
		"twice":        r.Create(only, bad(func(c *Config) { c.Namespaces = []Entry{{Type: PID}, {Type: PID}} })),
		"wrong type":   r.Create(only, bad(func(c *Config) { c.Namespaces = []Entry{{PID, blue}} })),
		"no file":      r.Create(only, bad(func(c *Config) { c.Namespaces = []Entry{{PID, "/gone"}} })),
		"no type":      r.Create(only, bad(func(c *Config) { c.Namespaces = []Entry{{Type: Types}} })),
		"unknown":      r.Kill("nobody", "TERM"),
		"hook":         r.Hook(only, false),
		"proceed":      r.Proceed(only),
		"unname":       r.Unname("/gone"),
	} {
		if !errors.Is(err, model.ErrRefused) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	if !reflect.DeepEqual(r.Snapshot(), empty) {
		t.Errorf("got %+v, want nothing", r.Snapshot())
	}
	if err := at(t, Profile{}, Running).Kill(only, ""); !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v, want a refusal of no signal", err)
	}
	for _, host := range []Host{{}, {Own: [Types]Space{1, 1, 3, 4, 5, 6, 7, 8}}} {
		if r, err := NewRuntime(Profile{}, host); err == nil {
			t.Errorf("got %+v, want an error", r)
		}
	}
	for _, f := range []File{{Network, 0}, {Types, 9}, {Network, 1001}} {
		if _, err := NewRuntime(Profile{}, Host{Own: newRuntime(Profile{}, Host{}).host.Own, Files: map[string]File{blue: f}}); err == nil {
			t.Errorf("%+v: want an error", f)
		}
	}
	if r := new(Runtime); r.Create(only, hooked(0)) != nil || !r.Finish(only, nil) || r.Status(only) != Created {
		t.Error("the zero Runtime makes no container")
	}
	noProcess := newRuntime(Profile{}, Host{})
	if err := noProcess.Create(only, &Config{}); err != nil || !noProcess.Finish(only, nil) {
		t.Fatalf("got %v: process is not needed to create", err)
	}
	if err := noProcess.Start(only); !errors.Is(err, model.ErrRefused) || noProcess.Status(only) != Created {
		t.Errorf("got %v, want a refusal since process is not set (runtime.md, Start)", err)
	}
}

// IDs as runc takes them (libcontainer/factory_linux.go, validateID).
func TestValidID(t *testing.T) {
	for id, want := range map[string]bool{
		"a": true, "ubuntu01": true, "A_b+c-1.2": true, "...": true, "": false, ".": false, "..": false, "a b": false, "ä": false, "a\x00": false,
	} {
		if got := ValidID(id); got != want {
			t.Errorf("%q: got %t, want %t", id, got, want)
		}
	}
}

// The meaning of a list does not depend on its order, and Resolve agrees with what the list says of each type.
func TestResolve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		host := Host{Files: map[string]File{"/a": {PID, 1}, "/b": {Network, 2}}}
		entry := rapid.Custom(func(t *rapid.T) Entry {
			return Entry{Type(rapid.IntRange(0, Types-1).Draw(t, "type")), rapid.SampledFrom([]string{"", "", "", "/a", "/b", "/c"}).Draw(t, "path")}
		})
		list := rapid.SliceOfN(entry, 0, 5).Draw(t, "list")
		got, err := Resolve(list, host)
		shuffled, again := Resolve(rapid.Permutation(list).Draw(t, "shuffled"), host)
		if got != shuffled || (err == nil) != (again == nil) {
			t.Fatalf("got %v (%v) and, in another order, %v (%v)", got, err, shuffled, again)
		}
		bad := false
		want := Plan{}
		for ty := range Type(Types) {
			n := 0
			for _, e := range list {
				if e.Type != ty {
					continue
				}
				n++
				right := map[string]bool{"": true, "/a": ty == PID, "/b": ty == Network}[e.Path]
				bad = bad || !right || n > 1
				want[ty] = Source{map[bool]Origin{true: New, false: Joined}[e.Path == ""], e.Path}
			}
		}
		if bad != (err != nil) || !bad && got != want {
			t.Fatalf("%v: got %v (%v), want %v (an error: %t)", list, got, err, want, bad)
		}
	})
}

// A signal is the same by its name, with SIG before it, and by its number; what is none is refused.
func TestKillBySpelling(t *testing.T) {
	for _, text := range []string{"KILL", "SIGKILL", "kill", "9"} {
		r := at(t, Profile{}, Running)
		if err := errors.Join(r.Kill(only, text), r.Reap(only)); err != nil || r.Status(only) != Stopped {
			t.Errorf("%s: got %v and a container that is %s", text, err, r.Status(only))
		}
	}
	r := at(t, Profile{}, Running)
	if err := errors.Join(r.Kill(only, "SIGTERM"), r.Kill(only, "15")); err != nil || len(r.Snapshot().Containers[only].Signals) != 1 {
		t.Errorf("got %v and %q, want one signal", err, r.Snapshot().Containers[only].Signals)
	}
	if err := r.Kill(only, "BANANA"); !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v, want a refusal", err)
	}
}

// Files under /proc/PID/ns have the kernel's names.
func TestPath(t *testing.T) {
	for kind, want := range map[Type]string{Network: "/proc/a/ns/net", Mount: "/proc/a/ns/mnt", PID: "/proc/a/ns/pid", Cgroup: "/proc/a/ns/cgroup"} {
		if got := Path("a", kind); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
