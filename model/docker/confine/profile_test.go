package confine

import (
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/model/linux/capability"
	"github.com/bulkheadlang/bulkhead/model/linux/errno"
	"github.com/bulkheadlang/bulkhead/model/linux/namespace"
	"github.com/bulkheadlang/bulkhead/model/linux/seccomp"
)

// opens is what moby/profiles, seccomp v0.3.0, says of the calls that capabilities open, call by call: any of them will do.
var opens = map[string][]capability.Cap{
	"mount": {capability.SysAdmin}, "umount": {capability.SysAdmin}, "umount2": {capability.SysAdmin}, "setns": {capability.SysAdmin},
	"unshare": {capability.SysAdmin}, "fsopen": {capability.SysAdmin}, "fsconfig": {capability.SysAdmin}, "fsmount": {capability.SysAdmin},
	"fspick": {capability.SysAdmin}, "move_mount": {capability.SysAdmin}, "open_tree": {capability.SysAdmin},
	"mount_setattr": {capability.SysAdmin}, "quotactl": {capability.SysAdmin}, "quotactl_fd": {capability.SysAdmin},
	"sethostname": {capability.SysAdmin}, "setdomainname": {capability.SysAdmin}, "fanotify_init": {capability.SysAdmin},
	"lookup_dcookie": {capability.SysAdmin}, "lsm_get_self_attr": {capability.SysAdmin}, "lsm_list_modules": {capability.SysAdmin},
	"lsm_set_self_attr": {capability.SysAdmin}, "clone3": {capability.SysAdmin},
	"bpf": {capability.SysAdmin, capability.BPF}, "perf_event_open": {capability.SysAdmin, capability.Perfmon},
	"syslog": {capability.SysAdmin, capability.Syslog}, "open_by_handle_at": {capability.DACReadSearch},
	"kcmp": {capability.SysPtrace}, "pidfd_getfd": {capability.SysPtrace}, "process_madvise": {capability.SysPtrace},
	"init_module": {capability.SysModule}, "finit_module": {capability.SysModule}, "delete_module": {capability.SysModule},
	"reboot": {capability.SysBoot}, "chroot": {capability.SysChroot}, "iopl": {capability.SysRawIO}, "ioperm": {capability.SysRawIO},
	"settimeofday": {capability.SysTime}, "clock_settime": {capability.SysTime}, "clock_settime64": {capability.SysTime},
	"stime": {capability.SysTime}, "mbind": {capability.SysNice}, "set_mempolicy": {capability.SysNice},
	"get_mempolicy": {capability.SysNice}, "set_mempolicy_home_node": {capability.SysNice}, "acct": {capability.SysPacct},
	"vhangup": {capability.SysTTYConfig},
}

// never are calls that the profile lets nobody make, whatever his capabilities.
var never = []string{
	"io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd", "keyctl", "add_key", "request_key", "kexec_load",
	"kexec_file_load", "pivot_root", "swapon", "swapoff", "move_pages", "migrate_pages", "nfsservctl", "_sysctl", "uselib", "ustat",
	"vm86", "vm86old", "no_such_call", "",
}

// For every set of the capabilities that open something, with one or without: the calls are those of the table.
func TestProfile(t *testing.T) {
	if len(freeCalls) != 361 || !slices.IsSorted(freeCalls) || len(slices.Compact(slices.Clone(freeCalls))) != 361 {
		t.Errorf("got %d calls that are free, want 361 different ones", len(freeCalls))
	}
	var all capability.Set
	for _, by := range opens {
		all |= capability.Of(by...)
	}
	sets := []capability.Set{0, DefaultCaps, all, capability.All, capability.All &^ all}
	for _, c := range all.Caps() {
		sets = append(sets, capability.Of(c), all&^capability.Of(c))
	}
	for _, version := range []Version{V28, V2} {
		for _, set := range sets {
			f := DefaultFilter(set, Host{Version: version})
			for call, by := range opens {
				want := set&capability.Of(by...) != 0
				if got := f.Of(seccomp.Call{Name: call}).Action.Runs(); got != want {
					t.Errorf("%s of %s: got %t, want %t", call, set, got, want)
				}
			}
			for _, call := range never {
				if v := f.Of(seccomp.Call{Name: call}); v.Action != seccomp.Errno || v.Number != errno.EPERM {
					t.Errorf("%s of %s: got %v, want EPERM", call, set, v)
				}
			}
			for _, call := range append([]string{"ptrace", "process_vm_readv", "process_vm_writev", "arch_prctl", "socketcall", "mknod", "clone"}, freeCalls...) {
				if !f.Of(seccomp.Call{Name: call}).Action.Runs() {
					t.Errorf("%s of %s is denied", call, set)
				}
			}
		}
	}
}

// clone by its flags, clone3 by ENOSYS.
func TestCloneFlags(t *testing.T) {
	none, admin := DefaultFilter(0, Host{}), DefaultFilter(capability.Of(capability.SysAdmin), Host{})
	flags := map[string]uint64{ // clone(2)
		"NEWNS": 0x20000, "NEWCGROUP": 0x2000000, "NEWUTS": 0x4000000, "NEWIPC": 0x8000000, "NEWUSER": 0x10000000,
		"NEWPID": 0x20000000, "NEWNET": 0x40000000,
	}
	union := uint64(0)
	for name, flag := range flags {
		union |= flag
		call := seccomp.Call{Name: "clone", Args: []uint64{flag | 0x11}}
		if none.Of(call).Action.Runs() || !admin.Of(call).Action.Runs() {
			t.Errorf("CLONE_%s: without SYS_ADMIN %v, with it %v", name, none.Of(call), admin.Of(call))
		}
		swapped := seccomp.Call{Name: "clone", Args: []uint64{0, flag}}
		if DefaultFilter(0, Host{Arch: "s390x"}).Of(swapped).Action.Runs() || !none.Of(swapped).Action.Runs() {
			t.Errorf("CLONE_%s: the flags are the second argument on s390x, and there alone", name)
		}
	}
	if union != NewNamespaces {
		t.Errorf("the flags together are %#x", union)
	}
	thread := seccomp.Call{Name: "clone", Args: []uint64{0x3d0f00}} // pthread_create
	if !none.Of(thread).Action.Runs() {
		t.Error("threads are denied")
	}
	if v := none.Of(seccomp.Call{Name: "clone3"}); v.Action != seccomp.Errno || v.Number != errno.ENOSYS {
		t.Errorf("clone3: got %v, want ENOSYS", v)
	}
}

// Families of sockets by profile, and the way around by socketcall.
func TestSocketFamilies(t *testing.T) {
	allowed := map[uint64]bool{}
	for _, r := range [][2]uint64{{0, 2}, {7, 10}, {13, 18}, {21, 22}, {24, 24}, {26, 33}, {35, 36}, {39, 39}, {41, 45}} {
		for f := r[0]; f <= r[1]; f++ {
			allowed[f] = true
		}
	}
	for family := range uint64(50) {
		call := seccomp.Call{Name: "socket", Args: []uint64{family, 1, 0}}
		if got := DefaultFilter(DefaultCaps, Host{Version: V2}).Of(call).Action.Runs(); got != allowed[family] {
			t.Errorf("v0.3.0, family %d: got %t", family, got)
		}
		if got := DefaultFilter(DefaultCaps, Host{}).Of(call).Action.Runs(); got != (family != VsockFamily) {
			t.Errorf("v0.1.0, family %d: got %t", family, got)
		}
	}
	for _, test := range []struct {
		family uint64
		h      Host
		want   Wall
	}{
		{2, Host{Version: V2, NoCompat: true}, NoWall},
		{AlgFamily, Host{Version: V2, NoCompat: true}, ByKernel},
		{AlgFamily, Host{Version: V2}, NoWall}, // by socketcall
		{AlgFamily, Host{NoCompat: true}, NoWall},
		{VsockFamily, Host{NoCompat: true}, ByKernel},
		{VsockFamily, Host{}, NoWall},
	} {
		if got := must(t, Options{}, test.h).MayOpenSocket(test.family); got != test.want {
			t.Errorf("family %d, %+v: got %q, want %q", test.family, test.h, got, test.want)
		}
	}
}

// What else the kernel and the architecture decide.
func TestProfileByHost(t *testing.T) {
	for _, test := range []struct {
		h    Host
		call seccomp.Call
		want bool
	}{
		{Host{Kernel: Kernel{4, 7}}, seccomp.Call{Name: "ptrace"}, false},
		{Host{Kernel: Kernel{4, 8}}, seccomp.Call{Name: "ptrace"}, true},
		{Host{Arch: "arm64"}, seccomp.Call{Name: "arch_prctl"}, false},
		{Host{Arch: "arm64"}, seccomp.Call{Name: "cacheflush"}, true},
		{Host{}, seccomp.Call{Name: "cacheflush"}, false},
		{Host{}, seccomp.Call{Name: "personality", Args: []uint64{0x20008}}, true},
		{Host{}, seccomp.Call{Name: "personality", Args: []uint64{0x40000}}, false}, // ADDR_NO_RANDOMIZE
	} {
		if got := must(t, Options{}, test.h).Seccomp.Of(test.call).Action.Runs(); got != test.want {
			t.Errorf("%+v, %v: got %t", test.h, test.call, got)
		}
	}
	// The bounding set decides when the container is created: a user who has nothing may try, and fails for want of the capability.
	user := must(t, Options{User: 1000, CapAdd: []string{"SYS_ADMIN"}, AppArmor: Unconfined}, Host{})
	if got := user.MayCall(seccomp.Call{Name: "mount"}); got != ByCapability {
		t.Errorf("mount: got %q", got)
	}
	// Capabilities in a user namespace of its own count for its own namespaces.
	inner := must(t, Options{CapAdd: []string{"ALL"}, AppArmor: Unconfined}, remap(t))
	for call, want := range map[string]Wall{
		"mount": NoWall, "sethostname": NoWall, "setns": NoWall, "chroot": NoWall, "init_module": ByCapability,
		"open_by_handle_at": ByCapability, "settimeofday": ByCapability, "iopl": ByCapability, "pivot_root": BySeccomp,
	} {
		if got := inner.MayCall(seccomp.Call{Name: call}); got != want {
			t.Errorf("remapped, %s: got %q, want %q", call, got, want)
		}
	}
	shared := must(t, Options{CapAdd: []string{"ALL"}, UTSMode: "host"}, remap(t))
	if got := shared.MayCall(seccomp.Call{Name: "sethostname"}); got != ByCapability {
		t.Errorf("the host's name from a remapped container: got %q", got)
	}
	// A /proc of one's own shows what is masked, so that the kernel refuses it in a user namespace where anything is.
	if got := inner.MayMountProc(); got != ByMask {
		t.Errorf("remapped, a /proc of its own: got %q", got)
	}
	for _, open := range []Confinement{
		must(t, Options{CapAdd: []string{"ALL"}, AppArmor: Unconfined, SystemPathsUnconfined: true}, remap(t)),
		must(t, Options{CapAdd: []string{"ALL"}, AppArmor: Unconfined}, Host{}),
	} {
		if got := open.MayMountProc(); got != NoWall {
			t.Errorf("a /proc of its own: got %q", got)
		}
	}
	// What a rootless daemon counts as the host's: its name is the host's own, its network is not.
	own := must(t, Options{Privileged: true, UTSMode: "host", NetworkMode: "host"}, rootless(t))
	if own.MayCall(seccomp.Call{Name: "sethostname"}) != ByCapability || !own.HoldsOver(capability.NetAdmin, namespace.NetKind) || own.MayReachAbstract().Open() {
		t.Error("the namespaces of a rootless daemon")
	}
	// docker-default denies mounting, and kernels differ in whether it sees the newer way.
	admin := Options{CapAdd: []string{"SYS_ADMIN"}}
	for _, test := range []struct {
		h            Host
		mount, other Wall
		any          Wall
	}{
		{Host{}, ByAppArmor, ByAppArmor, ByAppArmor},
		{Host{MoveMountUnseen: true}, ByAppArmor, NoWall, NoWall},
		{Host{MoveMountUnseen: true, Kernel: Kernel{5, 1}}, ByAppArmor, ByKernel, ByAppArmor},
		{Host{NoAppArmor: true, Kernel: Kernel{5, 2}}, NoWall, NoWall, NoWall},
	} {
		c := must(t, admin, test.h)
		mount, other := c.MayCall(seccomp.Call{Name: "mount"}), c.MayCall(seccomp.Call{Name: "move_mount"})
		if mount != test.mount || other != test.other || c.MayMount() != test.any {
			t.Errorf("%+v: got %q, %q, %q", test.h, mount, other, c.MayMount())
		}
	}
	// A new user namespace asks for nothing where no filter is in the way.
	bare := must(t, Options{User: 1000, Seccomp: Unconfined}, Host{})
	for flags, want := range map[uint64]Wall{0x10000000: NoWall, 0x10020000: NoWall, 0x20000: ByCapability, 0: NoWall} {
		if got := bare.MayCall(seccomp.Call{Name: "unshare", Args: []uint64{flags}}); got != want {
			t.Errorf("unshare(%#x): got %q, want %q", flags, got, want)
		}
	}
}
