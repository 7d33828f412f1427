package namespace

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model/linux/capability"
	"github.com/bulkheadlang/bulkhead/model/linux/errno"
)

func users(t testing.TB, room int) *Users {
	t.Helper()
	u, err := NewUsers(room)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Rule by rule: who may write which map (user_namespaces(7), "Defining user and group ID mappings: writing to uid_map").
func TestWriteMap(t *testing.T) {
	host := Task{Ns: HostNs, User: 1000}
	root := Task{Ns: HostNs, User: 0, Caps: capability.All}
	self, sub, rootMap := idmap(t, Extent{0, 1000, 1}), idmap(t, Extent{0, 100_000, 10}), idmap(t, Extent{0, 0, 1})
	caps := func(c ...capability.Cap) Task { return Task{Ns: HostNs, User: 1000, Caps: capability.Of(c...)} }
	for _, test := range []struct {
		name   string
		maker  Task
		writer func(inside Task) Task
		m      IDMap
		want   errno.Errno
	}{
		{"its maker maps himself, from inside", host, func(in Task) Task { return in }, self, ""},
		{"and from outside", host, func(Task) Task { return host }, self, ""},
		{"but not others", host, func(in Task) Task { return in }, sub, errno.EPERM},
		{"nor root", host, func(in Task) Task { return in }, rootMap, errno.EPERM},
		{"another user in it maps himself", host, func(in Task) Task { in.User = 5; return in }, idmap(t, Extent{0, 5, 1}), errno.EPERM},
		{"somebody without power over it", host, func(Task) Task { return Task{User: 2000} }, idmap(t, Extent{0, 2000, 1}), errno.EPERM},
		{"the maker's capabilities are given up, inside", host, func(in Task) Task { in.Caps = 0; return in }, self, errno.EPERM},
		{"the helper maps others", host, func(Task) Task { return root }, sub, ""},
		{"CAP_SETUID outside, and the maker", host, func(Task) Task { return caps(capability.SetUID) }, sub, ""},
		{"CAP_SETUID outside, not for root", host, func(Task) Task { return caps(capability.SetUID) }, rootMap, errno.EPERM},
		{"CAP_SETFCAP as well", host, func(Task) Task { return caps(capability.SetUID, capability.SetFCap) }, rootMap, ""},
		{"root made it and maps himself inside", root, func(in Task) Task { return in }, rootMap, ""},
		{"root without CAP_SETFCAP does not", Task{Caps: capability.All &^ capability.Of(capability.SetFCap)}, func(in Task) Task { return in }, rootMap, errno.EPERM},
		{"no line", host, func(in Task) Task { return in }, IDMap{}, errno.EINVAL},
	} {
		u := users(t, 2)
		in, err := u.Create(test.maker)
		if err != nil {
			t.Fatal(err)
		}
		err = u.WriteMap(test.writer(in), in.Ns, test.m)
		if test.want == "" && err != nil || test.want != "" && !refusedWith(err, test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
		if written := !u.Map(in.Ns).Empty(); written != (test.want == "") {
			t.Errorf("%s: written %t", test.name, written)
		}
		if test.want == "" {
			if err := u.WriteMap(root, in.Ns, sub); !refusedWith(err, errno.EPERM) {
				t.Errorf("%s: written again: %v", test.name, err)
			}
		}
	}
}

// Capabilities go down, and never up or aside.
func TestCapable(t *testing.T) {
	u := users(t, 5)
	host := Task{User: 1000}
	a, _ := u.Create(host) // below the initial one
	if err := u.WriteMap(a, a.Ns, idmap(t, Extent{0, 1000, 1})); err != nil {
		t.Fatal(err)
	}
	b, err := u.Create(a) // below a
	if err != nil {
		t.Fatal(err)
	}
	other, _ := u.Create(Task{User: 2000})
	k := capability.SysAdmin
	for _, test := range []struct {
		name string
		t    Task
		n    NsID
		want bool
	}{
		{"in its own", a, a.Ns, true},
		{"below", a, b.Ns, true},
		{"above", b, a.Ns, false},
		{"the host", a, HostNs, false},
		{"aside", a, other.Ns, false},
		{"its maker, from the parent", host, a.Ns, true},
		{"and what is below", host, b.Ns, true},
		{"another user in the parent", Task{User: 2000}, a.Ns, false},
		{"its own without the capability", Task{Ns: a.Ns, User: 1000}, a.Ns, false},
		{"below, made by its own user", Task{Ns: a.Ns, User: 1000}, b.Ns, true},
		{"root of the host", Task{Caps: capability.All}, b.Ns, true},
		{"nowhere", a, 9, false},
		{"from nowhere", Task{Ns: -1, Caps: capability.All}, a.Ns, false},
	} {
		if got := u.Capable(test.t, test.n, k); got != test.want {
			t.Errorf("%s: got %t", test.name, got)
		}
	}
	if _, err := u.Enter(b, a.Ns); !refusedWith(err, errno.EPERM) {
		t.Errorf("entered the namespace above: %v", err)
	}
	if _, err := u.Enter(a, a.Ns); !refusedWith(err, errno.EINVAL) {
		t.Errorf("entered its own: %v", err)
	}
	if got, err := u.Enter(host, b.Ns); err != nil || got.Caps != capability.All || got.User != 1000 {
		t.Errorf("its maker entered as %+v, %v", got, err)
	}
	if _, err := u.Create(b); !refusedWith(err, errno.EPERM) {
		t.Errorf("made one where its user is nobody: %v", err)
	}
	if u.Depth(b.Ns) != 2 || u.Depth(HostNs) != 0 || u.Depth(77) != 0 || u.Len() != 4 {
		t.Error("depth")
	}
}

// Nesting ends where the parent is at level 33.
func TestDepth(t *testing.T) {
	u := users(t, 50)
	task := Task{User: 1000}
	for depth := 1; ; depth++ {
		next, err := u.Create(task)
		if err != nil {
			if depth != MaxDepth+1 || !refusedWith(err, errno.ENOSPC) {
				t.Errorf("at depth %d: %v", depth, err)
			}
			break
		}
		if err := u.WriteMap(next, next.Ns, idmap(t, Extent{1000, 1000, 1})); err != nil && depth == 1 {
			t.Fatal(err)
		}
		task = next
	}
	if _, err := NewUsers(0); !refusedWith(err, errno.ENAVAIL) {
		t.Errorf("room for none: %v", err)
	}
	small := users(t, 1)
	if _, err := small.Create(Task{}); !refusedWith(err, errno.ENAVAIL) {
		t.Errorf("no room: %v", err)
	}
	for _, n := range []NsID{-1, 0, 5} {
		if small.Map(n).Empty() != true || small.WriteMap(Task{Caps: capability.All}, n, InitialMap()) == nil {
			t.Errorf("namespace %d has a map", n)
		}
	}
}

// setuid inside: to who is mapped, with the capability; root loses his capabilities.
func TestSetuid(t *testing.T) {
	u := users(t, 2)
	in, _ := u.Create(Task{User: 1000})
	if _, err := u.Setuid(in, 0); !refusedWith(err, errno.EINVAL) {
		t.Errorf("nobody is mapped: %v", err)
	}
	if err := u.WriteMap(Task{Caps: capability.All}, in.Ns, idmap(t, Extent{0, 1000, 1}, Extent{1, 100_000, 9})); err != nil {
		t.Fatal(err)
	}
	got, err := u.Setuid(in, 5)
	if err != nil || got.User != 100_004 || got.Caps != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := u.Setuid(got, 0); !refusedWith(err, errno.EPERM) {
		t.Errorf("back to root: %v", err)
	}
	if _, err := u.Setuid(Task{Ns: 7}, 0); !refusedWith(err, errno.EINVAL) {
		t.Errorf("nowhere: %v", err)
	}
	if id, ok := u.Inside(in); id != 0 || !ok {
		t.Errorf("is %d, %t", id, ok)
	}
}

// Whatever tasks without capabilities on the host do among themselves, none of them becomes a user who was not one of theirs, and
// none has a capability over the host.
func TestUsersStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u, err := NewUsers(6)
		if err != nil {
			t.Fatal(err)
		}
		tasks := []Task{{User: 1}, {User: 2}, {User: 2}}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			i := rapid.IntRange(0, len(tasks)-1).Draw(t, "task")
			n := NsID(rapid.IntRange(0, 6).Draw(t, "ns"))
			next := tasks[i]
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				next, _ = u.Create(next)
			case 1:
				m, err := NewIDMap(Extent{rapid.Uint32Range(0, 2).Draw(t, "in"), rapid.Uint32Range(0, 3).Draw(t, "out"), rapid.Uint32Range(1, 2).Draw(t, "n")})
				if err != nil {
					t.Fatal(err)
				}
				_ = u.WriteMap(next, n, m)
			case 2:
				next, _ = u.Enter(next, n)
			default:
				next, _ = u.Setuid(next, rapid.Uint32Range(0, 3).Draw(t, "id"))
			}
			tasks[i] = next
			for _, task := range tasks {
				if task.User != 1 && task.User != 2 {
					t.Fatalf("a task is user %d", task.User)
				}
				for k := range capability.Cap(capability.Count) {
					if u.Capable(task, HostNs, k) {
						t.Fatalf("a task has %s over the host", k)
					}
				}
			}
			for n := 1; n < u.Len(); n++ {
				if m := u.HostMap(NsID(n)); !m.RootSafe() {
					t.Fatalf("%s: somebody is root of the host", m)
				}
			}
		}
	})
}
