package confine

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/linux/capability"
	"github.com/bulkheadlang/bulkhead/model/linux/namespace"
	"github.com/bulkheadlang/bulkhead/model/linux/seccomp"
	"github.com/bulkheadlang/bulkhead/model/modeltest"
)

// must is New of what is not refused.
func must(t testing.TB, o Options, h Host) Confinement {
	t.Helper()
	c, err := New(o, h)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func truth(b bool) *bool { return &b }

// remap is a host with userns-remap as dockremap has it: 65536 users from 100000 on.
func remap(t testing.TB) Host {
	t.Helper()
	m, err := namespace.NewIDMap(namespace.Extent{Inside: 0, Outside: 100_000, Count: 65_536})
	if err != nil {
		t.Fatal(err)
	}
	return Host{UsernsRemap: m}
}

// rootless is a host whose daemon is user 1000's.
func rootless(t testing.TB) Host {
	t.Helper()
	m, err := namespace.NewIDMap(namespace.Extent{Inside: 0, Outside: 1000, Count: 1}, namespace.Extent{Inside: 1, Outside: 100_000, Count: 65_536})
	if err != nil {
		t.Fatal(err)
	}
	return Host{Rootless: m}
}

// The 14 capabilities, and the masks that CapBnd in /proc/PID/status shows (Moby, daemon/pkg/oci/caps/defaults.go).
func TestDefaultCapabilities(t *testing.T) {
	want := strings.Fields("AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT")
	var got []string
	for _, c := range DefaultCaps.Caps() {
		got = append(got, c.String())
	}
	slices.Sort(got)
	if !slices.Equal(got, want) || DefaultCaps != 0xa80425fb {
		t.Errorf("got %v, %#x", got, uint64(DefaultCaps))
	}
	root := must(t, Options{}, Host{}).Cred
	if root.Bounding != DefaultCaps || root.Permitted != DefaultCaps || root.Effective != DefaultCaps || root.Inheritable != 0 || root.Ambient != 0 {
		t.Errorf("root has %+v", root)
	}
	user := must(t, Options{User: 1000}, Host{}).Cred
	if user.Bounding != DefaultCaps || user.Permitted != 0 || user.Effective != 0 || user.Inheritable != 0 || user.Ambient != 0 {
		t.Errorf("another user has %+v", user)
	}
	// Even what is added for him is in the bounding set alone.
	admin := must(t, Options{User: 1000, CapAdd: []string{"SYS_ADMIN"}}, Host{}).Cred
	if !admin.Bounding.Has(capability.SysAdmin) || admin.Effective != 0 {
		t.Errorf("another user with --cap-add has %+v", admin)
	}
	if got := must(t, Options{Privileged: true}, Host{}).Cred.Effective; got != 0x1ffffffffff {
		t.Errorf("privileged has %#x", uint64(got))
	}
}

// TweakCapabilities.
func TestTweak(t *testing.T) {
	list := strings.Fields
	raw, admin := capability.Of(capability.NetRaw), capability.Of(capability.SysAdmin)
	for _, test := range []struct {
		add, drop  []string
		privileged bool
		want       capability.Set
	}{
		{nil, nil, false, DefaultCaps},
		{list("ALL"), nil, false, capability.All},
		{list("all"), list("NET_RAW"), false, capability.All &^ raw},
		{nil, list("ALL"), false, 0},
		{list("cap_net_raw"), list("All"), false, raw},
		{list("SYS_ADMIN"), list("NET_RAW"), false, DefaultCaps&^raw | admin},
		{list("NET_RAW"), list("NET_RAW"), false, DefaultCaps},
		{list("ALL NET_RAW"), list("NET_RAW"), false, capability.All &^ raw}, // it was there before ALL was added
		{list("ALL"), list("ALL"), false, capability.All},
		{list("NONSENSE"), list("ALL"), true, capability.All},
	} {
		if got, err := Tweak(DefaultCaps, test.add, test.drop, test.privileged); err != nil || got != test.want {
			t.Errorf("add %v, drop %v, privileged %t: got %s, %v, want %s", test.add, test.drop, test.privileged, got, err, test.want)
		}
	}
}

// What the daemon refuses, in its words.
func TestRefusals(t *testing.T) {
	bind := func(target string, p Propagation) Options {
		return Options{Mounts: []Mount{{Source: "/srv", Target: target, Propagation: p}}}
	}
	remapped, user1000 := remap(t), rootless(t)
	for _, test := range []struct {
		o    Options
		h    Host
		kind Kind
		want string
	}{
		{Options{Privileged: true}, remapped, Conflicting, "privileged mode is incompatible with user namespaces.  You must run the container in the host namespace when running privileged mode"},
		{Options{NetworkMode: "host"}, remapped, Conflicting, "cannot share the host's network namespace when user namespaces are enabled"},
		{Options{PidMode: "host"}, remapped, Conflicting, "cannot share the host PID namespace when user namespaces are enabled"},
		{Options{WritableCgroups: truth(true)}, remapped, Conflicting, "option WritableCgroups conflicts with user namespaces and rootless mode"},
		{Options{WritableCgroups: truth(false)}, user1000, Conflicting, "option WritableCgroups conflicts with user namespaces and rootless mode"},
		{Options{CapAdd: []string{"net_magic"}}, Host{}, InvalidParameter, `unknown capability: "CAP_NET_MAGIC"`},
		{Options{CapDrop: []string{"CAP_ALL"}}, Host{}, InvalidParameter, `unknown capability: "CAP_ALL"`},
		{Options{IpcMode: "public"}, Host{}, InvalidParameter, "invalid IPC mode: public"},
		{Options{PidMode: "private"}, Host{}, InvalidParameter, "invalid PID mode: private"},
		{Options{PidMode: "container:"}, Host{}, InvalidParameter, "invalid PID mode: container:"},
		{Options{UTSMode: "private"}, Host{}, InvalidParameter, "invalid UTS mode: private"},
		{Options{CgroupnsMode: "none"}, Host{}, InvalidParameter, "invalid cgroup namespace mode: none"},
		{Options{DeviceCgroupRules: []string{"c 10 rwm"}}, Host{}, InvalidParameter, "invalid device cgroup rule format: 'c 10 rwm'"},
		{Options{DeviceCgroupRules: []string{"d 1:3 r"}}, Host{}, InvalidParameter, "invalid device cgroup rule format: 'd 1:3 r'"},
		{Options{DeviceCgroupRules: []string{"c 1:3 rwmr"}}, Host{}, InvalidParameter, "invalid device cgroup rule format: 'c 1:3 rwmr'"},
		{Options{DeviceCgroupRules: []string{"c 1:3 "}}, Host{}, InvalidParameter, "invalid device cgroup rule format: 'c 1:3 '"},
		{Options{DeviceCgroupRules: []string{"c -1:3 r"}}, Host{}, InvalidParameter, "invalid device cgroup rule format: 'c -1:3 r'"},
		{Options{Devices: []DeviceMapping{{Device: Device{Major: 8}}}}, Host{}, InvalidParameter, "error gathering device information while adding custom device: not a device node"},
		{Options{Devices: []DeviceMapping{{Device: Device{Type: AllDevices, Major: 8}}}}, Host{}, InvalidParameter, "error gathering device information while adding custom device: not a device node"},
		{Options{Seccomp: Custom}, Host{NoSeccomp: true}, NotAvailable, "seccomp is not enabled in your kernel, cannot run a custom seccomp profile"},
		{Options{Privileged: true, Seccomp: DefaultProfile}, Host{}, InvalidParameter, "decoding seccomp profile failed: invalid character 'b' looking for beginning of value"},
		{bind("/", ""), Host{}, InvalidParameter, "invalid specification: destination can't be '/'"},
		{bind("/a/..", ""), Host{}, InvalidParameter, "invalid specification: destination can't be '/'"},
		{bind("a", ""), Host{}, InvalidParameter, "invalid mount path: 'a' mount path must be absolute"},
		{bind("/a", "sideways"), Host{}, InvalidParameter, "invalid propagation mode: sideways"},
		{bind("/a", RShared), Host{PrivateTree: true}, Conflicting, "path /srv is mounted on / but it is not a shared mount"},
		{bind("/a", RSlave), Host{PrivateTree: true}, Conflicting, "path /srv is mounted on / but it is not a shared or slave mount"},
		{Options{Mounts: []Mount{{Target: "/a", Type: Tmpfs}, {Target: "/a/"}}}, Host{}, InvalidParameter, "Duplicate mount point: /a/"},
	} {
		_, err := New(test.o, test.h)
		var refused *Refusal
		if !errors.As(err, &refused) || !errors.Is(err, model.ErrRefused) || refused.Kind != test.kind || err.Error() != test.want {
			t.Errorf("got %v, want %s: %s", err, test.kind, test.want)
		}
	}
	// With the host's users it is not refused.
	for _, o := range []Options{{Privileged: true, UsernsMode: "host"}, {NetworkMode: "host", UsernsMode: "host"}, {PidMode: "host", UsernsMode: "host"}} {
		if c := must(t, o, remapped); !c.HostRoot() || !c.InitialUsers() {
			t.Errorf("%+v is not in the host's user namespace", o)
		}
	}
}

// Namespaces by default, by version, and by option (Moby, daemon/oci_linux.go, WithNamespaces).
func TestNamespaces(t *testing.T) {
	host := func(c Confinement) namespace.Kinds {
		var out namespace.Kinds
		for k, n := range c.Namespaces {
			if n.Host {
				out |= namespace.KindsOf(namespace.Kind(k))
			}
		}
		return out
	}
	of := namespace.KindsOf
	for _, test := range []struct {
		name string
		o    Options
		h    Host
		want namespace.Kinds
	}{
		{"Docker 28", Options{}, Host{}, of(namespace.UserKind, namespace.TimeKind)},
		{"Moby v2", Options{}, Host{Version: V2}, of(namespace.UserKind)},
		{"Moby v2 before Linux 5.6", Options{}, Host{Version: V2, Kernel: Kernel{5, 5}}, of(namespace.UserKind, namespace.TimeKind)},
		{"cgroup v1", Options{}, Host{CgroupV1: true}, of(namespace.UserKind, namespace.TimeKind, namespace.CgroupKind)},
		{"cgroup v1, private", Options{CgroupnsMode: "private"}, Host{CgroupV1: true}, of(namespace.UserKind, namespace.TimeKind)},
		{"cgroup v1, the daemon says private", Options{}, Host{CgroupV1: true, CgroupnsMode: "private"}, of(namespace.UserKind, namespace.TimeKind)},
		{"and privileged all the same", Options{Privileged: true}, Host{CgroupV1: true, CgroupnsMode: "private"}, of(namespace.UserKind, namespace.TimeKind, namespace.CgroupKind)},
		{"privileged joins nothing of the host's", Options{Privileged: true}, Host{}, of(namespace.UserKind, namespace.TimeKind)},
		{"remapped", Options{}, remap(t), of(namespace.TimeKind)},
		{"rootless", Options{}, rootless(t), of(namespace.UserKind, namespace.TimeKind)},
		{
			"all of the host's",
			Options{NetworkMode: "host", PidMode: "host", IpcMode: "host", UTSMode: "host", CgroupnsMode: "host"},
			Host{},
			namespace.AllKinds &^ of(namespace.MountKind),
		},
		{"the daemon shares ipc", Options{}, Host{IpcMode: "host"}, of(namespace.UserKind, namespace.TimeKind, namespace.IPCKind)},
		{"a named network", Options{NetworkMode: "backend", IpcMode: "shareable"}, Host{}, of(namespace.UserKind, namespace.TimeKind)},
	} {
		if got := host(must(t, test.o, test.h)); got != test.want {
			t.Errorf("%s: on the host in %s, want %s", test.name, got, test.want)
		}
	}
	joined := must(t, Options{NetworkMode: "container:web", PidMode: "container:db"}, remap(t))
	if joined.Namespaces[namespace.NetKind].Of != "web" || joined.Namespaces[namespace.UserKind].Of != "db" {
		t.Errorf("got %+v: who joins a container's namespace has its users", joined.Namespaces)
	}
	if n := must(t, Options{NetworkMode: "container:web"}, Host{}).Namespaces; !n[namespace.UserKind].Host || !n[namespace.PIDKind].Own() {
		t.Errorf("got %+v", n)
	}
}

// Users: root of the host, or not.
func TestUsers(t *testing.T) {
	for _, test := range []struct {
		name    string
		o       Options
		h       Host
		user    uint32
		initial bool
	}{
		{"default", Options{}, Host{}, 0, true},
		{"another user", Options{User: 1000}, Host{}, 1000, true},
		{"remapped", Options{}, remap(t), 100_000, false},
		{"remapped, another user", Options{User: 33}, remap(t), 100_033, false},
		{"rootless", Options{}, rootless(t), 1000, false},
		{"rootless, another user", Options{User: 33}, rootless(t), 100_032, false},
		{"rootless, privileged", Options{Privileged: true}, rootless(t), 1000, false},
	} {
		c := must(t, test.o, test.h)
		if user, ok := c.HostUser(); !ok || user != test.user || c.HostRoot() != (user == 0) || c.InitialUsers() != test.initial {
			t.Errorf("%s: is %d on the host, %t, want %d", test.name, user, c.InitialUsers(), test.user)
		}
	}
	if _, ok := must(t, Options{User: 70_000}, remap(t)).HostUser(); ok {
		t.Error("a user beyond the map is somebody")
	}
}

// Paths: the lists by name, and what each option opens.
func TestPaths(t *testing.T) {
	c := must(t, Options{}, Host{ThrottleCPUs: []int{0, 3}})
	wantMasked := strings.Fields("/proc/acpi /proc/asound /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/sched_debug /proc/scsi " +
		"/proc/timer_list /proc/timer_stats /sys/devices/virtual/powercap /sys/firmware " +
		"/sys/devices/system/cpu/cpu0/thermal_throttle /sys/devices/system/cpu/cpu3/thermal_throttle")
	if !slices.Equal(c.Masked, wantMasked) || !slices.Equal(c.Readonly, strings.Fields("/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger")) {
		t.Errorf("masked %v, read-only %v", c.Masked, c.Readonly)
	}
	const core = "/proc/sys/kernel/core_pattern"
	open := Options{SystemPathsUnconfined: true}
	bare := Options{SystemPathsUnconfined: true, AppArmor: Unconfined}
	bareUser := bare
	bareUser.User = 1000
	hostProc := func(readonly bool) Options {
		return Options{Mounts: []Mount{{Source: "/proc", Target: "/host/proc", ReadOnly: readonly}}}
	}
	for _, test := range []struct {
		name, path string
		o          Options
		h          Host
		want       Wall
	}{
		{"default", core, Options{}, Host{}, ByReadonly},
		{"dots", "/tmp/../proc/./sys//kernel/core_pattern", Options{}, Host{}, ByReadonly},
		{"systempaths=unconfined", core, open, Host{}, ByAppArmor},
		{"and AppArmor unconfined", core, bare, Host{}, NoWall},
		{"as another user", core, bareUser, Host{}, ByOwner},
		{"remapped", core, bare, remap(t), ByOwner},
		{"rootless", core, bare, rootless(t), ByOwner},
		{"privileged", core, Options{Privileged: true}, Host{}, NoWall},
		{"privileged rootless", core, Options{Privileged: true}, rootless(t), ByOwner},
		{"the host's /proc", "/host" + core, hostProc(false), Host{}, NoWall},
		{"the host's /proc, remapped", "/host" + core, hostProc(false), remap(t), ByOwner},
		{"the host's /proc, read-only", "/host" + core, hostProc(true), Host{}, ByMount},
		{"modprobe", "/proc/sys/kernel/modprobe", open, Host{}, ByAppArmor},
		{"rootless, where there is no AppArmor", "/proc/sys/kernel/modprobe", open, rootless(t), ByOwner},
		{"shared memory is let by the profile", "/proc/sys/kernel/shmmax", open, Host{}, NoWall},
		{"so is sysrq, which begins like it", "/proc/sys/kernel/sysrq", open, Host{}, NoWall},
		{"vm", "/proc/sys/vm/drop_caches", open, Host{}, ByAppArmor},
		{"sysrq-trigger", "/proc/sysrq-trigger", open, Host{}, ByAppArmor},
		{"kcore is masked", "/proc/kcore", Options{}, Host{}, ByMask},
		{"masked, below", "/sys/firmware/efi/vars", Options{}, Host{}, ByMask},
		{"not masked, beside", "/sys/firmware2/x", Options{AppArmor: Unconfined}, Host{}, ByMount},
		{"a process", "/proc/17/oom_score_adj", Options{}, Host{}, NoWall},
		{"itself", "/proc/self/attr/current", Options{}, Host{}, NoWall},
		{"uevent_helper", "/sys/kernel/uevent_helper", Options{}, Host{}, ByAppArmor},
		{"uevent_helper, no AppArmor", "/sys/kernel/uevent_helper", Options{}, Host{NoAppArmor: true}, ByMount},
		{"uevent_helper, privileged", "/sys/kernel/uevent_helper", Options{Privileged: true}, Host{}, NoWall},
		{"uevent_helper, privileged with a profile", "/sys/kernel/uevent_helper", Options{Privileged: true, AppArmor: DockerDefault}, Host{}, ByAppArmor},
		{"cgroups", "/sys/fs/cgroup/cgroup.procs", Options{}, Host{}, ByMount},
		{"cgroups, privileged", "/sys/fs/cgroup/cgroup.procs", Options{Privileged: true}, Host{}, NoWall},
		{"cgroups, privileged and told not to", "/sys/fs/cgroup/cgroup.procs", Options{Privileged: true, WritableCgroups: truth(false)}, Host{}, ByMount},
		{"cgroups, told to", "/sys/fs/cgroup/cgroup.procs", Options{WritableCgroups: truth(true)}, Host{}, NoWall},
		{"cgroups, told to, as another user", "/sys/fs/cgroup/cgroup.procs", Options{WritableCgroups: truth(true), User: 5}, Host{}, ByOwner},
		{"cgroups, remapped", "/sys/fs/cgroup/cgroup.procs", Options{}, remap(t), NoWall},
		{"its own files", "/etc/passwd", Options{}, Host{}, NoWall},
		{"read-only", "/etc/passwd", Options{ReadonlyRootfs: true}, Host{}, ByMount},
		{"read-only, and /dev is not", "/dev/shm/x", Options{ReadonlyRootfs: true}, Host{}, NoWall},
		{"read-only, a tmpfs", "/tmp/x", Options{ReadonlyRootfs: true, Mounts: []Mount{{Type: Tmpfs, Target: "/tmp"}}}, Host{}, NoWall},
		{"read-only, a volume within", "/srv/data/x", Options{Mounts: []Mount{{Target: "/srv", ReadOnly: true}, {Type: Volume, Target: "/srv/data/"}}}, Host{}, NoWall},
	} {
		if got := must(t, test.o, test.h).MayWrite(test.path); got != test.want {
			t.Errorf("%s: %s: got %q, want %q", test.name, test.path, got, test.want)
		}
	}
	for _, test := range []struct {
		path string
		o    Options
		want Wall
	}{
		{"/proc/kcore", Options{}, ByMask},
		{"/proc/kcore", open, ByAppArmor},
		{"/proc/kcore", bare, NoWall},
		{core, Options{}, NoWall},
		{"/sys/kernel/security/lsm", Options{}, ByAppArmor},
		{"/sys/kernel/uevent_helper", Options{}, NoWall},
	} {
		if got := must(t, test.o, Host{}).MayRead(test.path); got != test.want {
			t.Errorf("reading %s: got %q, want %q", test.path, got, test.want)
		}
	}
}

// docker-default, rule by rule (moby/profiles, apparmor v0.1.0): d is denied for writing, r for reading as well.
func TestAppArmor(t *testing.T) {
	for path, want := range map[string]string{
		"/proc/version": "d", "/proc/1/mem": "", "/proc/42/attr/exec": "", "/proc/bus/pci": "", "/proc/fs/nfsd": "d", "/proc/irq/1/smp_affinity": "d",
		"/proc/scsi/scsi": "d", "/proc/driver/x": "d", "/proc/sys/net/ipv4/ip_forward": "d", "/proc/sys/fs/binfmt_misc/register": "d",
		"/proc/sys/kernel/hostname": "d", "/proc/sys/kernel/domainname": "", "/proc/sys/kernel/shm_rmid_forced": "",
		"/proc/sysrq-trigger": "dr", "/proc/kcore": "dr", "/sys/kernel/uevent_helper": "d", "/sys/fs/cgroup/x": "", "/sys/fs/cgroup/a/b": "",
		"/sys/fs/bpf/x": "d", "/sys/fs/fuse/connections/1/abort": "d", "/sys/class/net/eth0/mtu": "d", "/sys/firmware/efi": "dr",
		"/sys/devices/virtual/powercap/intel-rapl/x": "dr", "/sys/kernel/security/apparmor/profiles": "dr", "/etc/passwd": "", "/sys/x": "",
	} {
		got := ""
		if profileDenies(path, 'w') {
			got += "d"
		}
		if profileDenies(path, 'r') {
			got += "r"
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

// Devices: node, capability, device cgroup, owner.
func TestDevices(t *testing.T) {
	null := Device{CharDevice, 1, 3, true}
	fuse := Device{CharDevice, 10, 229, true}
	tun := Device{CharDevice, 10, 200, true}
	kvm := Device{CharDevice, 10, 232, false}
	mapped := func(d Device, permissions string) Options {
		return Options{Devices: []DeviceMapping{{d, permissions}}}
	}
	for _, test := range []struct {
		name   string
		d      Device
		access byte
		o      Options
		h      Host
		want   Wall
	}{
		{"null", null, 'w', Options{User: 1000}, Host{}, NoWall},
		{"null, remapped", null, 'w', Options{}, remap(t), NoWall},
		{"any node can be made", sda, 'm', Options{}, Host{}, NoWall},
		{"and not be used", sda, 'r', Options{}, Host{}, ByDeviceCgroup},
		{"without MKNOD there is none", sda, 'r', Options{CapDrop: []string{"MKNOD"}}, Host{}, ByNode},
		{"as another user", sda, 'm', Options{User: 1000}, Host{}, ByCapability},
		{"--device", sda, 'w', mapped(sda, ""), Host{}, NoWall},
		{"--device :r", sda, 'w', mapped(sda, "r"), Host{}, ByDeviceCgroup},
		{"--device :r", sda, 'r', mapped(sda, "r"), Host{}, NoWall},
		{"--device, as another user", kvm, 'r', Options{User: 1000, Devices: []DeviceMapping{{kvm, ""}}}, Host{}, ByOwner},
		{"--device, remapped", sda, 'w', mapped(sda, ""), remap(t), ByOwner},
		{"--device, rootless", sda, 'w', mapped(sda, ""), rootless(t), ByOwner},
		{"--device-cgroup-rule", sda, 'w', Options{DeviceCgroupRules: []string{"b 8:* rwm"}}, Host{}, NoWall},
		{"--device-cgroup-rule of another type", sda, 'w', Options{DeviceCgroupRules: []string{"c 8:* rwm"}}, Host{}, ByDeviceCgroup},
		{"--device-cgroup-rule of all", sda, 'w', Options{DeviceCgroupRules: []string{"a *:* rw"}}, Host{}, NoWall},
		{"--device-cgroup-rule without a node", sda, 'w', Options{DeviceCgroupRules: []string{"b 8:0 w"}, CapDrop: []string{"ALL"}}, Host{}, ByNode},
		{"privileged", sda, 'w', Options{Privileged: true}, Host{}, NoWall},
		{"privileged, as another user", sda, 'w', Options{Privileged: true, User: 1000}, Host{}, ByOwner},
		{"privileged, rootless", sda, 'w', Options{Privileged: true}, rootless(t), ByOwner},
		{"fuse", fuse, 'r', Options{}, Host{}, ByDeviceCgroup},
		{"--device fuse", fuse, 'r', mapped(fuse, ""), Host{}, NoWall},
		{"fuse, rootless", fuse, 'r', Options{}, rootless(t), ByNode},
		{"--device fuse:r, rootless, where there is no device cgroup", fuse, 'w', mapped(fuse, "r"), rootless(t), NoWall},
		{"tun", tun, 'w', Options{}, Host{}, NoWall},
		{"tun, runc 1.2.0", tun, 'w', Options{}, Host{NoTun: true}, ByDeviceCgroup},
		{"a mount of /dev", sda, 'w', Options{CapDrop: []string{"MKNOD"}, Mounts: []Mount{{Source: "/dev", Target: "/host/dev"}}}, Host{}, ByDeviceCgroup},
		{"seccomp without mknod", sda, 'm', Options{Seccomp: Custom}, Host{}, BySeccomp},
	} {
		if got := must(t, test.o, test.h).MayUseDevice(test.d, test.access); got != test.want {
			t.Errorf("%s, %c: got %q, want %q", test.name, test.access, got, test.want)
		}
	}
	if _, err := New(mapped(sda, "x"), Host{}); !errors.Is(err, model.ErrRefused) {
		t.Errorf("a device mode x: %v", err)
	}
}

// The daemon's socket, the host's files, its abstract sockets, and mounts that come to the host.
func TestHost(t *testing.T) {
	socket := func(source string, readonly bool) Options {
		return Options{Mounts: []Mount{{Source: source, Target: "/host", ReadOnly: readonly}}}
	}
	group := socket("/var/run/docker.sock", false)
	group.User, group.GroupAdd = 1000, []capability.ID{998}
	rootGroup := group
	rootGroup.GroupAdd = []capability.ID{0}
	for _, test := range []struct {
		name string
		o    Options
		h    Host
		want Wall
	}{
		{"default", Options{Privileged: true}, Host{}, ByAbsence},
		{"its socket, read-only", socket("/var/run/docker.sock", true), Host{}, NoWall},
		{"a directory that has it", socket("/run", false), Host{}, NoWall},
		{"another one", socket("/run/docker.sock.d", false), Host{}, ByAbsence},
		{"/var/run, which is a link", socket("/var/run", false), Host{}, NoWall},
		{"/var, in which the link leads elsewhere", socket("/var", false), Host{}, ByAbsence},
		{"everything", socket("/", false), Host{}, NoWall},
		{"remapped", socket("/run/docker.sock", false), remap(t), ByOwner},
		{"in its group", group, Host{SocketGroup: 998}, NoWall},
		{"in another group", group, Host{SocketGroup: 997}, ByOwner},
		{"in root's group, where the socket's is not known", rootGroup, Host{}, ByOwner},
	} {
		if got := must(t, test.o, test.h).MayCommandEngine(); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}

	both := must(t, Options{Mounts: []Mount{{Source: "/etc", Target: "/a", ReadOnly: true}, {Source: "/", Target: "/b"}}}, Host{})
	if inside, writable, ok := both.HostPath("/etc/shadow"); inside != "/b/etc/shadow" || !writable || !ok {
		t.Errorf("got %s, %t, %t", inside, writable, ok)
	}
	if _, _, ok := must(t, socket("/srv", false), Host{}).HostPath("/srv2"); ok {
		t.Error("/srv2 is seen through a mount of /srv")
	}
	if must(t, Options{}, Host{}).MayReachAbstract() != ByNamespace || must(t, Options{NetworkMode: "host"}, Host{}).MayReachAbstract() != NoWall {
		t.Error("abstract sockets are those of the network namespace")
	}
	shared := Options{CapAdd: []string{"SYS_ADMIN"}, AppArmor: Unconfined, Mounts: []Mount{{Source: "/srv", Target: "/srv", Propagation: RShared}}}
	slave := shared
	slave.Mounts = []Mount{{Source: "/srv", Target: "/srv", Propagation: RSlave}}
	if got := must(t, shared, Host{}).MayMountOntoHost(); got != NoWall {
		t.Errorf("a shared mount: got %q", got)
	}
	if got := must(t, slave, Host{}).MayMountOntoHost(); got != ByAbsence {
		t.Errorf("a slave mount: got %q", got)
	}
	shared.CapAdd = nil
	if got := must(t, shared, Host{}).MayMountOntoHost(); got != BySeccomp {
		t.Errorf("a shared mount without the capability: got %q", got)
	}
}

// docker exec --privileged gives the process all capabilities, and leaves the walls.
func TestDockerExec(t *testing.T) {
	c := must(t, Options{User: 1000, NoNewPrivileges: truth(true)}, Host{})
	plain, given := c.DockerExec(ExecOptions{}), c.DockerExec(ExecOptions{Privileged: true})
	if plain.Cred.Effective != DefaultCaps || given.Cred.Effective != capability.All || !given.Cred.NoNewPrivs || given.Cred.UID != 0 {
		t.Errorf("got %s and %s", plain.Cred.Effective, given.Cred.Effective)
	}
	mount := seccomp.Call{Name: "mount"}
	if got := given.MayCall(mount); got != BySeccomp {
		t.Errorf("mount: got %q", got)
	}
	if got := given.MayWrite("/proc/sys/kernel/core_pattern"); got != ByReadonly {
		t.Errorf("core_pattern: got %q", got)
	}
	// Where seccomp is unconfined, AppArmor still stands.
	c = must(t, Options{Seccomp: Unconfined}, Host{})
	if got := c.DockerExec(ExecOptions{Privileged: true}).MayCall(mount); got != ByAppArmor {
		t.Errorf("mount, no seccomp: got %q", got)
	}
	if got := c.DockerExec(ExecOptions{User: 5, Privileged: true}).Cred; got.Effective != 0 || got.Bounding != capability.All {
		t.Errorf("as another user: got %s of %s", got.Effective, got.Bounding)
	}
}

// no-new-privileges is off by default, and what a container says counts before what the daemon says.
func TestNoNewPrivileges(t *testing.T) {
	for _, test := range []struct {
		daemon bool
		option *bool
		want   bool
	}{{false, nil, false}, {true, nil, true}, {true, truth(false), false}, {false, truth(true), true}} {
		if got := must(t, Options{NoNewPrivileges: test.option}, Host{NoNewPrivileges: test.daemon}).Cred.NoNewPrivs; got != test.want {
			t.Errorf("daemon %t: got %t", test.daemon, got)
		}
	}
}

// Before Moby 20.10.14 capabilities were inheritable: a file with them in its inheritable set gave them to anybody
// (CVE-2022-24769).
func TestInheritableCapabilities(t *testing.T) {
	file := capability.File{Caps: &capability.FileCaps{Inheritable: capability.Of(capability.NetRaw), Effective: true}}
	for _, old := range []bool{false, true} {
		got, err := must(t, Options{User: 1000}, Host{InheritableCaps: old}).Cred.Exec(file, false, capability.Rules{})
		if err != nil || got.Effective.Has(capability.NetRaw) != old {
			t.Errorf("inheritable %t: got %s, %v", old, got.Effective, err)
		}
	}
}

// The Go system of inside.bh decides by itself, too, where a process can come to mount.
func TestInside(t *testing.T) { modeltest.Check(t, insideSystem()) }
