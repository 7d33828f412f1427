package namespace

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/model/linux/capability"
	"github.com/bulkheadlang/bulkhead/model/linux/errno"
)

// namespaces(7), "Namespace types", and what none of them isolates.
func TestIsolatedBy(t *testing.T) {
	by := map[Kind][]Thing{
		PIDKind: {PIDNumbers}, NetKind: {NetInterfaces, NetRoutes, NetFilter, NetPorts, AbstractSockets}, MountKind: {MountTable},
		IPCKind: {SysVIPC, MessageQueues}, UTSKind: {Hostname, DomainName}, UserKind: {UserNumbers, Privileges},
		CgroupKind: {CgroupPaths}, TimeKind: {MonotonicClock, BootClock},
	}
	none := []Thing{
		Kernel, KernelModules, KernelLog, KernelSettings, WallClock, FileContent, OpenFiles, FileHandles, PathSockets, SharedFiles, DeviceNodes,
		CPUTime, ProcessCount, CgroupLimits, PageCache, CPUCaches,
	}
	seen := map[Thing]bool{}
	for kind, things := range by {
		for _, thing := range things {
			seen[thing] = true
			if got, ok := IsolatedBy(thing); !ok || got != kind {
				t.Errorf("thing %d: got %s, %t, want %s", thing, got, ok, kind)
			}
		}
	}
	for _, thing := range none {
		seen[thing] = true
		if got, ok := IsolatedBy(thing); ok {
			t.Errorf("thing %d is isolated by %s", thing, got)
		}
	}
	if len(seen) != ThingCount || len(by) != KindCount {
		t.Errorf("got %d things and %d kinds, want %d and %d", len(seen), len(by), ThingCount, KindCount)
	}
}

// In Docker's default configuration two containers share what no namespace isolates, the numbers of users, and the clocks.
func TestShare(t *testing.T) {
	n := NewNamespaces(3, Policy{WithHost: func(ID) Kinds { return AllKinds }, Between: func(ID, ID) Kinds { return AllKinds }})
	for c := ID(1); c <= 2; c++ {
		if err := n.Launch(c, DockerDefault(Daemon{})); err != nil {
			t.Fatal(err)
		}
	}
	for thing := range Thing(ThingCount) {
		k, isolates := IsolatedBy(thing)
		want := !isolates || k == UserKind || k == TimeKind
		for _, pair := range [][2]ID{{1, 2}, {2, 1}, {0, 1}} {
			if got := n.Share(pair[0], pair[1], thing); got != want {
				t.Errorf("%v share thing %d: got %t", pair, thing, got)
			}
		}
		if n.Share(1, 3, thing) || n.Share(3, 0, thing) {
			t.Errorf("a container that does not run shares thing %d", thing)
		}
	}
}

// Who may make and enter namespaces (unshare(2), setns(2)).
func TestMayCreateAndJoin(t *testing.T) {
	u := users(t, 3)
	plain := Task{User: 1000}
	in, err := u.Create(plain)
	if err != nil {
		t.Fatal(err)
	}
	admin := Task{User: 1000, Caps: capability.Of(capability.SysAdmin)}
	chroot := Task{User: 1000, Caps: capability.Of(capability.SysAdmin, capability.SysChroot)}
	for k := range Kind(KindCount) {
		for _, test := range []struct {
			name         string
			t            Task
			create, join errno.Errno // join one that the initial user namespace owns
			joinBelow    errno.Errno // join one that in's owns
		}{
			{"a user without capabilities", plain, errno.EPERM, errno.EPERM, errno.EPERM},
			{"one with SYS_ADMIN", admin, "", "", ""},
			{"one with SYS_CHROOT as well", chroot, "", "", ""},
			{"root of a namespace of his own", in, "", errno.EPERM, ""},
		} {
			create, join, below := test.create, test.join, test.joinBelow
			switch k {
			case UserKind:
				create, join, below = "", errno.EINVAL, errno.EINVAL
				if test.t.Ns != HostNs {
					create = errno.EPERM // nobody there until the map is written
				}
			case MountKind:
				if test.t == admin {
					join, below = errno.EPERM, errno.EPERM
				}
			}
			for what, got := range map[string]struct {
				err  error
				want errno.Errno
			}{
				"create": {u.MayCreate(test.t, k), create}, "join": {u.MayJoin(test.t, k, HostNs, true), join},
				"join below": {u.MayJoin(test.t, k, in.Ns, true), below},
			} {
				if got.want == "" && got.err != nil || got.want != "" && !refusedWith(got.err, got.want) {
					t.Errorf("%s, %s %s: got %v, want %q", test.name, what, k, got.err, got.want)
				}
			}
		}
	}
	if err := u.MayJoin(chroot, PIDKind, HostNs, false); !refusedWith(err, errno.EINVAL) {
		t.Errorf("a PID namespace above: %v", err)
	}
	if u.MayCreate(plain, KindCount) == nil || u.MayJoin(chroot, NetKind, 9, true) == nil || u.MayCreate(Task{Ns: 9}, UserKind) == nil {
		t.Error("what is not there was made or entered")
	}
}
