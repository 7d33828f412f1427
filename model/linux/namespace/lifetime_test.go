package namespace

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model/linux/errno"
)

// `ip netns add` and what follows: a network namespace outlives its processes, and its owner outlives its own.
func TestNetworkNamespaceStays(t *testing.T) {
	l, err := NewLifetimes(2, 3)
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(l.Start(1))
	user, err := l.Unshare(1, UserKind)
	must(err)
	net, err := l.Unshare(1, NetKind)
	must(err)
	must(l.Open(1, net))
	must(l.Mount(1, net))
	must(l.Exit(1))
	if !l.There(net) || !l.There(user) {
		t.Fatal("the mount did not hold the namespace, or that its owner")
	}
	if h := l.HeldBy(user); len(h.Processes) != 0 || len(h.Owned) != 1 || h.Owned[0] != net || h.Mounted || len(h.Files) != 0 {
		t.Errorf("the owner is held by %+v", h)
	}
	if k, ok := l.Kind(net); k != NetKind || !ok {
		t.Errorf("it is of kind %s, %t", k, ok)
	}
	must(l.Start(2))
	if err := l.Open(2, user); !refusedWith(err, errno.ENOENT) {
		t.Errorf("opened what no process is in: %v", err)
	}
	must(l.Unmount(2, net))
	if l.There(net) || l.There(user) || l.HeldBy(user).None() != true {
		t.Error("they stay though nothing holds them")
	}
}

// Refusals, by name.
func TestLifetimeRefusals(t *testing.T) {
	l, err := NewLifetimes(2, 1)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, err error, want errno.Errno) {
		t.Helper()
		if !refusedWith(err, want) {
			t.Errorf("%s: got %v, want %s", what, err, want)
		}
	}
	_, err = NewLifetimes(-1, 0)
	try("no room", err, errno.ENAVAIL)
	try("exit of nobody", l.Exit(1), errno.ESRCH)
	try("start of nobody", l.Start(3), errno.ENAVAIL)
	if err := l.Start(1); err != nil {
		t.Fatal(err)
	}
	try("a second first process", l.Start(2), errno.ENAVAIL)
	try("fork to itself", l.Fork(1, 1), errno.ENAVAIL)
	try("fork to nobody", l.Fork(1, 0), errno.ENAVAIL)
	_, err = l.Unshare(1, PIDKind)
	try("another kind", err, errno.EINVAL)
	try("open what is not there", l.Open(1, 1), errno.ENOENT)
	try("open the initial one", l.Open(1, 0), errno.ENOENT)
	n, err := l.Unshare(1, NetKind)
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.Unshare(1, NetKind)
	try("no room for another", err, errno.ENAVAIL)
	try("close what is not open", l.Close(1, n), errno.EBADF)
	try("mount what is not open", l.Mount(1, n), errno.EBADF)
	try("enter what is not open", l.Setns(1, n), errno.EBADF)
	try("unmount what is not mounted", l.Unmount(1, n), errno.EINVAL)
	try("unmount the initial one", l.Unmount(1, 0), errno.EINVAL)
	if err := l.Open(1, n); err != nil {
		t.Fatal(err)
	}
	try("open again", l.Open(1, n), errno.EMFILE)
	try("enter where it is", l.Setns(1, n), errno.EINVAL)
	if err := l.Mount(1, n); err != nil {
		t.Fatal(err)
	}
	try("mount again", l.Mount(1, n), errno.EINVAL)
	if _, ok := l.Of(1, PIDKind); ok {
		t.Error("a kind that is left out")
	}
}

// Whatever happens, what is there is what can be reached from processes, open files and mounts by way of owners, marked anew each
// time.
func TestOnlyWhatIsHeld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, err := NewLifetimes(3, 4)
		if err != nil {
			t.Fatal(err)
		}
		_ = l.Start(1)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			p := Process(rapid.IntRange(1, 3).Draw(t, "p"))
			n := NsID(rapid.IntRange(0, 4).Draw(t, "n"))
			switch rapid.IntRange(0, 8).Draw(t, "step") {
			case 0:
				_ = l.Fork(p, Process(rapid.IntRange(1, 3).Draw(t, "child")))
			case 1:
				_ = l.Exit(p)
			case 2, 3:
				_, _ = l.Unshare(p, rapid.SampledFrom([]Kind{UserKind, NetKind}).Draw(t, "kind"))
			case 4:
				_ = l.Close(p, n)
			case 5:
				_ = l.Mount(p, n)
			case 6:
				_ = l.Unmount(p, n)
			case 7:
				_ = l.Setns(p, n)
			default:
				_ = l.Open(p, n)
			}
			marked := map[NsID]bool{}
			var mark func(n NsID)
			mark = func(n NsID) {
				if n == HostNs || marked[n] {
					return
				}
				marked[n] = true
				if !l.There(n) {
					t.Fatalf("namespace %d is referred to and not there", n)
				}
				owner, _ := l.Owner(n)
				mark(owner)
			}
			for _, h := range l.procs {
				mark(h.User)
				mark(h.Net)
				for _, f := range h.Files {
					mark(f)
				}
			}
			for i, s := range l.spaces {
				if s.Mounted {
					mark(NsID(i + 1))
				}
			}
			for n := NsID(1); n <= 4; n++ {
				if l.There(n) != marked[n] {
					t.Fatalf("namespace %d: there %t, held %t", n, l.There(n), marked[n])
				}
			}
		}
	})
}
