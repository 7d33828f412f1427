package attack

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model/docker/confine"
	"github.com/bulkheadlang/bulkhead/model/linux/capability"
	"github.com/bulkheadlang/bulkhead/model/linux/errno"
	"github.com/bulkheadlang/bulkhead/model/linux/namespace"
	"github.com/bulkheadlang/bulkhead/model/linux/seccomp"
)

// remapped and rootless are maps as Docker sets them up.
var (
	remapped = idMap(namespace.Extent{Inside: 0, Outside: 100_000, Count: 65_536})
	rootless = idMap(namespace.Extent{Inside: 0, Outside: 1000, Count: 1}, namespace.Extent{Inside: 1, Outside: 100_000, Count: 65_536})
)

func idMap(lines ...namespace.Extent) namespace.IDMap {
	m, err := namespace.NewIDMap(lines...)
	if err != nil {
		panic(err)
	}
	return m
}

// drawConfined gives the confinement of some container that an engine creates.
func drawConfined(t *rapid.T) (confine.Confinement, bool) {
	from := func(what string, values ...string) string { return rapid.SampledFrom(values).Draw(t, what) }
	one := func(what string, n int) bool { return rapid.IntRange(1, n).Draw(t, what) == 1 }
	caps := rapid.SliceOfN(rapid.SampledFrom([]string{
		"SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "DAC_READ_SEARCH", "MKNOD", "ALL", "DAC_OVERRIDE",
	}), 0, 2)
	o := confine.Options{
		User:       capability.ID(rapid.SampledFrom([]int{0, 0, 1000}).Draw(t, "user")),
		Privileged: one("privileged", 5), CapAdd: caps.Draw(t, "add"), CapDrop: caps.Draw(t, "drop"),
		Seccomp: from("seccomp", "", "", confine.Unconfined), AppArmor: from("apparmor", "", "", confine.Unconfined, "own"),
		SystemPathsUnconfined: one("paths", 4), NetworkMode: from("net", "", "host", "none"), PidMode: from("pid", "", "host"),
		UsernsMode: from("userns", "", "host"),
	}
	if one("grouped", 4) {
		o.GroupAdd = []capability.ID{capability.ID(rapid.SampledFrom([]int{998, 100998, 5}).Draw(t, "group"))}
	}
	if one("device", 4) {
		o.Devices = []confine.DeviceMapping{{
			Device:      confine.Device{Type: confine.BlockDevice, Major: 8},
			Permissions: from("permissions", "", "r", "rw", "m"),
		}}
	}
	if one("rule", 4) {
		o.DeviceCgroupRules = []string{from("rule is", "b 8:* rwm", "b *:* w", "a *:* rwm", "c *:* rwm", "b 8:0 m")}
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "mounts") {
		o.Mounts = append(o.Mounts, confine.Mount{
			Source: from("source", "/", "/dev/sda", "/srv", "/var", "/proc", "/run", "/var/run/docker.sock", "/run/docker.sock", "/etc/localtime"),
			Target: fmt.Sprint("/data", i), ReadOnly: one("ro", 2),
			Propagation: confine.Propagation(from("propagation", "", "", "rshared", "rslave")),
		})
	}
	h := confine.Host{
		CgroupV1: one("v1", 3), NoAppArmor: one("no apparmor", 3), NoNewPrivileges: one("nnp", 3), SocketGroup: 998,
		SeccompUnconfined: one("daemon", 5), MoveMountUnseen: one("unseen", 4),
	}
	switch rapid.IntRange(0, 3).Draw(t, "users") {
	case 0:
		h.UsernsRemap = remapped
	case 1:
		h.Rootless = rootless
	}
	c, err := confine.New(o, h)
	return c, err == nil
}

// sda is a disk of the host.
var sda = confine.Device{Type: confine.BlockDevice, Major: 8}

// reachable is what follows, where the confinement itself lets something through.
func reachable(c confine.Confinement) map[string][]Power {
	out := map[string][]Power{}
	lets := func(what string, w confine.Wall, powers ...Power) {
		if w.Open() {
			out[what] = powers
		}
	}
	call := func(name string, args ...uint64) confine.Wall { return c.MayCall(seccomp.Call{Name: name, Args: args}) }
	lets("the engine", c.MayCommandEngine(), API)
	lets("to write a disk", c.MayUseDevice(sda, 'w'), Device)
	lets("to read a disk", c.MayUseDevice(sda, 'r'), Device)
	lets("to write core_pattern", c.MayWrite("/proc/sys/kernel/core_pattern"), CorePattern)
	lets("to load a module", call("init_module"), Kernel)
	lets("to open by handle", call("open_by_handle_at"), HostHandle)
	lets("to make a user namespace", call("unshare", newUser), OwnUserns)
	lets("to open a file system's context", call("fsopen"), Kernel)
	if c.Host.Rootless.Empty() {
		lets("to mount onto the host", c.MayMountOntoHost(), HostMount)
	}
	if c.HostRoot() {
		lets("to reach abstract sockets", c.MayReachAbstract(), Shim)
		if c.InitialUsers() {
			lets("to mount a proc", c.MayMountProc(), ProcMount)
		}
	}
	for _, p := range []string{"/proc/sys/kernel/core_pattern", "/etc/shadow", "/usr/bin/runc"} {
		if inside, writable, ok := c.HostPath(p); ok {
			out["to read "+p] = []Power{HostRead}
			if writable && c.HostRoot() && c.MayWrite(inside).Open() {
				out["to write "+p] = []Power{HostWrite}
			}
		}
	}
	return out
}

// vulnerable are the vulnerabilities that reachable asks for.
func vulnerable() Set { return NewSet(CVE2022_0185, CVE2020_15257) }

// Whatever a confinement lets through is found by the rules from its facts; the engine, only where it is let through.
func TestConfinedMissesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, ok := drawConfined(t)
		if !ok {
			t.Skip()
		}
		for _, exec := range []*confine.ExecOptions{nil, {}, {Privileged: true}, {User: 1000, Privileged: true}} {
			c := c
			if exec != nil {
				c = c.DockerExec(*exec)
			}
			weak, err := Confined(c, Facts{Kernel: MustRelease("6.6")}).Weaknesses()
			if err != nil {
				t.Fatal(err)
			}
			holds := Rules().Closure(weak|vulnerable(), NoLimit)
			if c.Cred.EUID == 0 && c.Host.Rootless.Empty() && holds.Has(API) && !c.MayCommandEngine().Open() {
				t.Fatalf("%+v\n%+v\nkeeps from the engine, which is reached from %s", c.Options, c.Host, weak)
			}
			for what, powers := range reachable(c) {
				if !slices.ContainsFunc(powers, holds.Has) {
					t.Fatalf("%+v\n%+v\nlets %s, but from %s only %s is reached", c.Options, c.Host, what, weak, holds)
				}
			}
		}
	})
}

// Every question of reachable is answered by yes for some container, so that TestConfinedMissesNothing asks something.
func TestConfinedIsAsked(t *testing.T) {
	root := []confine.Mount{{Source: "/", Target: "/host"}}
	for what, c := range map[string]struct {
		options confine.Options
		host    confine.Host
	}{
		"the engine":                      {options: confine.Options{Mounts: root}},
		"to write a disk":                 {options: confine.Options{Privileged: true}},
		"to read a disk":                  {options: confine.Options{DeviceCgroupRules: []string{"b *:* r"}}},
		"to write core_pattern":           {options: confine.Options{Privileged: true}},
		"to load a module":                {options: confine.Options{CapAdd: []string{"SYS_MODULE"}}},
		"to open by handle":               {options: confine.Options{CapAdd: []string{"DAC_READ_SEARCH"}}},
		"to make a user namespace":        {options: confine.Options{Seccomp: confine.Unconfined}},
		"to open a file system's context": {options: confine.Options{CapAdd: []string{"SYS_ADMIN"}}},
		"to mount onto the host": {
			options: confine.Options{CapAdd: []string{"SYS_ADMIN"}, Mounts: []confine.Mount{{Source: "/srv", Target: "/srv", Propagation: confine.RShared}}},
			host:    confine.Host{NoAppArmor: true},
		},
		"to mount a proc": {
			options: confine.Options{CapAdd: []string{"SYS_ADMIN"}},
			host:    confine.Host{MoveMountUnseen: true},
		},
		"to reach abstract sockets": {options: confine.Options{NetworkMode: "host"}},
		"to read /etc/shadow":       {options: confine.Options{Mounts: root}},
		"to write /etc/shadow":      {options: confine.Options{Mounts: root}},
	} {
		confined, err := confine.New(c.options, c.host)
		if err != nil {
			t.Errorf("%s: %v", what, err)
		} else if _, ok := reachable(confined)[what]; !ok {
			t.Errorf("%+v is not let %s", c.options, what)
		}
	}
}

// Of a plain `docker run` nothing is found, and of one with a flag what the flag is known for.
func TestConfinedByDefault(t *testing.T) {
	for _, c := range []struct {
		name    string
		options confine.Options
		host    confine.Host
		want    string
	}{
		{"docker run", confine.Options{}, confine.Host{}, ""},
		{"--privileged", confine.Options{Privileged: true}, confine.Host{}, "FindNode OpenDevice WriteDevice"},
		{"-v /var/run/docker.sock", confine.Options{Mounts: []confine.Mount{{Source: "/var/run/docker.sock", Target: "/s", ReadOnly: true}}}, confine.Host{}, "OpenSocket CreateContainer StartContainer EnterHost"},
		{"the same with userns-remap", confine.Options{Mounts: []confine.Mount{{Source: "/var/run/docker.sock", Target: "/s"}}}, confine.Host{UsernsRemap: remapped}, ""},
		{"the same, as a user of the group", confine.Options{User: 1000, GroupAdd: []capability.ID{998}, Mounts: []confine.Mount{{Source: "/run/docker.sock", Target: "/s"}}}, confine.Host{SocketGroup: 998, NoNewPrivileges: true}, "OpenSocketInGroup CreateContainer StartContainer EnterHost"},
		{"-v /etc:/host:ro", confine.Options{Mounts: []confine.Mount{{Source: "/etc", Target: "/host", ReadOnly: true}}}, confine.Host{}, ""},
		{"-v /etc:/host", confine.Options{Mounts: []confine.Mount{{Source: "/etc", Target: "/host"}}}, confine.Host{}, "WriteMount"},
		{"-v /srv:/srv", confine.Options{Mounts: []confine.Mount{{Source: "/srv", Target: "/srv"}}}, confine.Host{}, ""},
		{"--cap-add SYS_MODULE", confine.Options{CapAdd: []string{"SYS_MODULE"}}, confine.Host{}, "LoadModule TakeHost"},
		{"the same, as a user", confine.Options{User: 1000, CapAdd: []string{"SYS_MODULE"}}, confine.Host{}, "BecomeRoot LoadModule TakeHost"},
		{"--cap-add SYS_ADMIN", confine.Options{CapAdd: []string{"SYS_ADMIN"}}, confine.Host{}, ""},
		{"--cap-add SYS_ADMIN without AppArmor", confine.Options{CapAdd: []string{"SYS_ADMIN"}}, confine.Host{NoAppArmor: true}, "MountProc WriteCorePatternThere Crash"},
		{"--pid host --cap-add SYS_PTRACE", confine.Options{PidMode: "host", CapAdd: []string{"SYS_PTRACE"}}, confine.Host{}, ""},
		{"the same, unconfined", confine.Options{PidMode: "host", CapAdd: []string{"SYS_PTRACE"}, AppArmor: confine.Unconfined}, confine.Host{}, "Attach Inject"},
	} {
		confined, err := confine.New(c.options, c.host)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		f := Confined(confined, Default())
		weak, err := f.Weaknesses()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		goal := Host
		if c.name == "--privileged" {
			goal = NewPowers(HostWrite)
			weak &^= NewSet(SharesFilesystem)
		}
		path, ok := Rules().Path(weak, NoLimit, goal)
		if got := steps(path); got != c.want || ok != (c.want != "") {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	plain, err := confine.New(confine.Options{}, confine.Host{})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := Confined(plain, Default()).Weaknesses()
	if want, _ := Default().Weaknesses(); got&^NewSet(MountWritable) != want&^NewSet(MountWritable) {
		t.Errorf("docker run: got %s, want %s", got, want)
	}
	free, err := confine.New(confine.Options{}, confine.Host{Rootless: rootless})
	if f := Confined(free, Default()); err != nil || !f.DeviceRule || f.Device || f.Users != Rootless {
		t.Errorf("rootless, where there is no device cgroup: got %+v, %v", f, err)
	}
	if f := Confined(plain.DockerExec(confine.ExecOptions{Privileged: true}), Default()); !f.SysModule || !f.SysAdmin {
		t.Errorf("docker exec --privileged: got %+v", f)
	}
}

// A filter of one's own that leaves one way open to make a user namespace counts as none, however it treats the others.
func TestConfinedByOwnFilter(t *testing.T) {
	fails := func(name string, args ...seccomp.Condition) seccomp.Rule {
		return seccomp.Rule{Names: []string{name}, Args: args, Action: seccomp.Errno, Number: errno.EPERM}
	}
	unshare, clone3 := fails("unshare"), fails("clone3")
	masked := fails("clone", seccomp.Condition{Op: seccomp.MaskedEqual, Value: newUser, ValueTwo: newUser})
	exact := fails("clone", seccomp.Condition{Op: seccomp.Equal, Value: newUser})
	for _, test := range []struct {
		name   string
		rules  []seccomp.Rule
		kernel confine.Kernel
		want   bool
	}{
		{"all three", []seccomp.Rule{unshare, masked, clone3}, confine.Kernel{}, true},
		{"clone3 is forgotten", []seccomp.Rule{unshare, masked}, confine.Kernel{}, false},
		{"clone3 is forgotten, and the kernel has none", []seccomp.Rule{unshare, masked}, confine.Kernel{Major: 5, Minor: 2}, true},
		{"clone is", []seccomp.Rule{unshare, clone3}, confine.Kernel{}, false},
		{"unshare is", []seccomp.Rule{masked, clone3}, confine.Kernel{}, false},
		{"clone, but for a child without a signal", []seccomp.Rule{unshare, exact, clone3}, confine.Kernel{}, false},
	} {
		o := confine.Options{Seccomp: confine.Custom, SeccompFilter: seccomp.Filter{Default: seccomp.Allow, Rules: test.rules}, AppArmor: confine.Unconfined}
		c, err := confine.New(o, confine.Host{CgroupV1: true, Kernel: test.kernel})
		if err != nil {
			t.Fatal(err)
		}
		base := Default()
		base.Kernel, base.Mended = MustRelease("5.16.5"), []Fact{CVE2022_0847}
		f := Confined(c, base)
		hardened, _, err := Hardened(f)
		if err != nil || f.Seccomp != test.want || hardened != test.want {
			t.Errorf("%s: got seccomp %t, hardened %t, %v, want %t", test.name, f.Seccomp, hardened, err, test.want)
		}
	}
}

// A container may be in the host's namespaces by way of another one.
func TestConfinedByJoining(t *testing.T) {
	o := confine.Options{PidMode: "container:x", NetworkMode: "container:x", CapAdd: []string{"SYS_PTRACE"}, AppArmor: confine.Unconfined}
	c, err := confine.New(o, confine.Host{})
	if err != nil {
		t.Fatal(err)
	}
	f := Confined(c, Default())
	if hardened, _, err := Hardened(f); err != nil || hardened || !f.HostPID || !f.HostNet || !f.OnBridge {
		t.Errorf("got %+v, hardened %t, %v", f, hardened, err)
	}
	c, err = confine.New(o, confine.Host{UsernsRemap: remapped})
	if err != nil {
		t.Fatal(err)
	}
	if hardened, _, err := Hardened(Confined(c, Default())); err != nil || !hardened {
		t.Errorf("with userns-remap: got hardened %t, %v", hardened, err)
	}
}

// A disk's node that is mounted from the host's /dev can be opened, the mount read-only or not, where the device cgroup allows it.
func TestConfinedByMountedNode(t *testing.T) {
	for _, source := range []string{"/dev/sda", "/dev/disk/by-id", "/dev", "/"} {
		o := confine.Options{
			CapDrop: []string{"MKNOD"}, DeviceCgroupRules: []string{"b 8:* rwm"}, Mounts: []confine.Mount{{Source: source, Target: "/x", ReadOnly: true}},
		}
		c, err := confine.New(o, confine.Host{})
		if err != nil {
			t.Fatal(err)
		}
		if w := c.MayUseDevice(sda, 'w'); !w.Open() {
			t.Fatalf("%s: kept from the disk by %s", source, w)
		}
		if f := Confined(c, Default()); !f.Device {
			t.Errorf("%s: got no device", source)
		} else if hardened, _, err := Hardened(f); err != nil || hardened {
			t.Errorf("%s: got hardened %t, %v", source, hardened, err)
		}
	}
}

// Below containerd's socket no plugin of the engine is asked, and a mount with :ro is as good as any.
func TestConfinedByContainerd(t *testing.T) {
	for source, want := range map[string]bool{
		"/run/containerd/containerd.sock": false, "/var/run/containerd": false, "/run/docker/containerd": false, "/run": false, "/run/lock": true, "/srv": true,
	} {
		c, err := confine.New(confine.Options{Mounts: []confine.Mount{{Source: source, Target: "/s", ReadOnly: true}}}, confine.Host{})
		if err != nil {
			t.Fatal(err)
		}
		base := Default()
		base.Authorization = true
		if hardened, _, err := Hardened(Confined(c, base)); err != nil || hardened != want {
			t.Errorf("%s: got hardened %t, %v, want %t", source, hardened, err, want)
		}
	}
}

// Who may write to its device cgroup, one of cgroup v1, lets itself have the disk: with CAP_SYS_ADMIN in the initial user namespace.
func TestConfinedByWritableCgroups(t *testing.T) {
	yes := true
	for _, c := range []struct {
		add  []string
		v1   bool
		want bool
	}{
		{[]string{"SYS_ADMIN"}, true, true},
		{[]string{"SYS_ADMIN"}, false, false},
		{nil, true, false},
	} {
		made, err := confine.New(confine.Options{CapAdd: c.add, WritableCgroups: &yes}, confine.Host{CgroupV1: c.v1})
		if err != nil {
			t.Fatal(err)
		}
		if f := Confined(made, Default()); f.DeviceRule != c.want {
			t.Errorf("%+v: got a rule for the disk %t", c, f.DeviceRule)
		} else if hardened, _, err := Hardened(f); c.want && (err != nil || hardened) {
			t.Errorf("%+v: got hardened %t, %v", c, hardened, err)
		}
	}
}
