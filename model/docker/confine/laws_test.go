package confine

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/linux/capability"
	"github.com/bulkheadlang/bulkhead/model/linux/namespace"
	"github.com/bulkheadlang/bulkhead/model/linux/seccomp"
)

// questions are what can be asked of a confinement; each answer is a wall or none.
var questions = func() map[string]func(Confinement) Wall {
	out := map[string]func(Confinement) Wall{
		"engine":   Confinement.MayCommandEngine,
		"abstract": Confinement.MayReachAbstract,
		"onto":     Confinement.MayMountOntoHost,
		"mount":    Confinement.MayMount,
		"proc":     Confinement.MayMountProc,
		"alg":      func(c Confinement) Wall { return c.MayOpenSocket(AlgFamily) },
	}
	calls := []string{"read", "ptrace", "pivot_root", "keyctl"}
	for call := range opens {
		calls = append(calls, call)
	}
	for _, call := range calls {
		out["call "+call] = func(c Confinement) Wall { return c.MayCall(seccomp.Call{Name: call}) }
	}
	for _, flags := range []uint64{0, 0x20000, 0x10000000} {
		for _, name := range []string{"clone", "unshare"} {
			out[fmt.Sprintf("call %s %#x", name, flags)] = func(c Confinement) Wall {
				return c.MayCall(seccomp.Call{Name: name, Args: []uint64{flags}})
			}
		}
	}
	for _, d := range []Device{{CharDevice, 1, 3, true}, {BlockDevice, 8, 0, false}, {CharDevice, 10, 229, true}} {
		for _, access := range "rwm" {
			out[fmt.Sprintf("device %c %d:%d %c", d.Type, d.Major, d.Minor, access)] = func(c Confinement) Wall {
				return c.MayUseDevice(d, byte(access))
			}
		}
	}
	for _, p := range []string{
		"/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/kcore", "/sys/kernel/uevent_helper", "/sys/firmware/x",
		"/sys/fs/cgroup/x", "/etc/passwd", "/data/x", "/data/proc/sys/kernel/modprobe", "/proc/7/mem", "/proc/bus/x",
	} {
		out["write "+p] = func(c Confinement) Wall { return c.MayWrite(p) }
		out["read "+p] = func(c Confinement) Wall { return c.MayRead(p) }
	}
	for k := range capability.Cap(capability.Count) {
		out["holds "+k.String()] = func(c Confinement) Wall {
			if c.HoldsInitially(k) {
				return NoWall
			}
			return ByCapability
		}
		out["over "+k.String()] = func(c Confinement) Wall {
			for kind := range namespace.Kind(namespace.KindCount) {
				if !c.HoldsOver(k, kind) {
					return ByCapability
				}
			}
			return NoWall
		}
	}
	return out
}()

var (
	anyCaps = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 9).Draw(t, "all") == 0 {
			return "ALL"
		}
		return capability.Cap(rapid.IntRange(0, capability.Count-1).Draw(t, "cap")).String()
	}), 0, 4)
	anyOptions = rapid.Custom(func(t *rapid.T) Options {
		from := func(what string, values ...string) string { return rapid.SampledFrom(values).Draw(t, what) }
		o := Options{
			User:       capability.ID(rapid.SampledFrom([]int{0, 0, 1000}).Draw(t, "user")),
			Privileged: rapid.IntRange(0, 3).Draw(t, "privileged") == 0, CapAdd: anyCaps.Draw(t, "add"), CapDrop: anyCaps.Draw(t, "drop"),
			Seccomp: from("seccomp", "", Unconfined), AppArmor: from("apparmor", "", Unconfined),
			SystemPathsUnconfined: rapid.Bool().Draw(t, "paths"), ReadonlyRootfs: rapid.Bool().Draw(t, "readonly"),
			NetworkMode: from("net", "", "host", "container:x"), PidMode: from("pid", "", "host"), IpcMode: from("ipc", "", "host"),
			UTSMode: from("uts", "", "host"), UsernsMode: from("userns", "", "host"),
		}
		if rapid.Bool().Draw(t, "device") {
			o.Devices = []DeviceMapping{{Device{BlockDevice, 8, 0, false}, from("permissions", "", "r", "rw")}}
		}
		if rapid.Bool().Draw(t, "rule") {
			o.DeviceCgroupRules = []string{from("rule", "c 10:* rwm", "b 8:0 r", "a *:* rwm")}
		}
		if rapid.Bool().Draw(t, "mount") {
			o.Mounts = []Mount{{
				Source: from("source", "/", "/srv", "/run", "/dev"), Target: "/data", ReadOnly: rapid.Bool().Draw(t, "ro"),
				Propagation: Propagation(from("propagation", "", "rslave", "rshared")),
			}}
		}
		return o
	})
)

func anyHost(t *rapid.T, hosts []Host) Host {
	h := rapid.SampledFrom(hosts).Draw(t, "host")
	h.Version = rapid.SampledFrom([]Version{V28, V2}).Draw(t, "version")
	h.CgroupV1 = rapid.Bool().Draw(t, "v1")
	h.NoAppArmor = rapid.IntRange(0, 3).Draw(t, "noapparmor") == 0
	h.NoCompat = rapid.Bool().Draw(t, "nocompat")
	h.MoveMountUnseen = rapid.Bool().Draw(t, "unseen")
	return h
}

// Options that open and those that close: what each of them does to every answer, on any container on any host.
func TestLaws(t *testing.T) {
	hosts := []Host{{}, {}, remap(t), rootless(t)}
	rapid.Check(t, func(t *rapid.T) {
		o, h := anyOptions.Draw(t, "options"), anyHost(t, hosts)
		before, err := New(o, h)
		if err != nil {
			return
		}
		k := capability.Cap(rapid.IntRange(0, capability.Count-1).Draw(t, "cap")).String()
		more := func(change func(*Options)) Options {
			next := o
			next.CapAdd, next.CapDrop = append([]string{}, o.CapAdd...), append([]string{}, o.CapDrop...)
			change(&next)
			return next
		}
		for name, law := range map[string]struct {
			o     Options
			opens bool // otherwise it closes
		}{
			"adding a capability":    {more(func(o *Options) { o.CapAdd = append(o.CapAdd, k) }), true},
			"dropping a capability":  {more(func(o *Options) { o.CapDrop = append(o.CapDrop, k) }), false},
			"dropping ALL":           {more(func(o *Options) { o.CapDrop = append(o.CapDrop, "ALL") }), false},
			"--privileged":           {more(func(o *Options) { o.Privileged = true }), true},
			"seccomp unconfined":     {more(func(o *Options) { o.Seccomp = Unconfined }), true},
			"AppArmor unconfined":    {more(func(o *Options) { o.AppArmor = Unconfined }), true},
			"docker-default":         {more(func(o *Options) { o.AppArmor = DockerDefault }), false},
			"systempaths unconfined": {more(func(o *Options) { o.SystemPathsUnconfined = true }), true},
			"a read-only root":       {more(func(o *Options) { o.ReadonlyRootfs = true }), false},
			"root":                   {more(func(o *Options) { o.User = 0 }), true},
			"another user":           {more(func(o *Options) { o.User = 1000 }), false},
			"no-new-privileges":      {more(func(o *Options) { o.NoNewPrivileges = truth(true) }), false},
			"a device": {more(func(o *Options) {
				o.Devices = append(o.Devices, DeviceMapping{Device: Device{CharDevice, 10, 229, true}})
			}), true},
			"a device rule":      {more(func(o *Options) { o.DeviceCgroupRules = append(o.DeviceCgroupRules, "b *:* rw") }), true},
			"the host's network": {more(func(o *Options) { o.NetworkMode = "host" }), !before.remapped()},
			"writable cgroups":   {more(func(o *Options) { o.WritableCgroups = truth(true) }), true},
			"the host's users":   {more(func(o *Options) { o.UsernsMode = "host" }), true},
			"a mount of the whole host": {more(func(o *Options) {
				o.Mounts = append(append([]Mount{}, o.Mounts...), Mount{Source: "/", Target: "/all", Propagation: RShared})
			}), true},
		} {
			after, err := New(law.o, h)
			if err != nil {
				continue
			}
			for what, ask := range questions {
				is, was := ask(after), ask(before)
				if law.opens && was.Open() && !is.Open() || !law.opens && is.Open() && !was.Open() {
					t.Fatalf("%s: %s: was %q, is %q\n%+v\n%+v", name, what, was, is, o, h)
				}
			}
			if a, b := after.Cred.Reach(), before.Cred.Reach(); law.opens && !b.In(a) || !law.opens && !a.In(b) {
				t.Fatalf("%s: the reach was %s and is %s", name, b, a)
			}
		}
		// Nothing that a container of another user namespace has is a capability over the host, and it is not root there.
		if !before.InitialUsers() {
			for k := range capability.Cap(capability.Count) {
				if before.HoldsInitially(k) || before.HostRoot() {
					t.Fatalf("holds %s over the host, root %t", k, before.HostRoot())
				}
			}
		}
	})
}

// Whatever is written into the options, New gives a confinement or a refusal, and every question an answer.
func TestHostile(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "host", "container:", "container:x", "ALL", "CAP_", "c *:* rwm", "a :: ", "/..", "/proc/../"}))
	hosts := []Host{{}, remap(t), rootless(t)}
	both := rootless(t)
	both.UsernsRemap = hosts[1].UsernsRemap
	hosts = append(hosts, both)
	made := 0
	redraw.Until(t, func() bool { return made > 0 }, func(t *rapid.T) {
		some := func(what string) string {
			if rapid.IntRange(0, 5).Draw(t, what+"?") > 0 {
				return ""
			}
			return text.Draw(t, what)
		}
		list := func(what string) []string {
			if s := some(what); s != "" {
				return []string{s}
			}
			return nil
		}
		o := Options{
			User: capability.ID(rapid.Uint32().Draw(t, "user")), Privileged: rapid.Bool().Draw(t, "privileged"), CapAdd: list("add"),
			CapDrop: list("drop"), Seccomp: some("seccomp"), AppArmor: some("apparmor"), DeviceCgroupRules: list("rule"),
			NetworkMode: some("net"), PidMode: some("pid"), IpcMode: some("ipc"), UTSMode: some("uts"), UsernsMode: some("userns"),
			CgroupnsMode: some("cgroupns"), Mounts: []Mount{{Source: some("source"), Target: "/" + some("target") + "x", Propagation: Propagation(some("propagation"))}},
			Devices: []DeviceMapping{{Device{rapid.SampledFrom([]DeviceType{CharDevice, BlockDevice, CharDevice, BlockDevice, 0}).Draw(t, "type"), rapid.Uint32().Draw(t, "major"), 1, false}, some("permissions")}},
		}
		c, err := New(o, rapid.SampledFrom(hosts).Draw(t, "host"))
		if err != nil {
			if !errors.Is(err, model.ErrRefused) {
				t.Fatal(err)
			}
			return
		}
		made++
		for _, ask := range questions {
			ask(c)
			ask(c.DockerExec(ExecOptions{User: o.User}))
		}
		c.MayWrite(text.Draw(t, "path"))
		c.HostPath(text.Draw(t, "host path"))
	})
	if made == 0 {
		t.Error("everything was refused")
	}
}

// The device cgroup as the kernel's version 1 keeps it, written down for every device of a small world and every access, rule
// after rule: the last rule that speaks of one counts.
func TestDeviceCgroup(t *testing.T) {
	type entry struct {
		kind         DeviceType
		major, minor uint32
		access       byte
	}
	rule := rapid.Custom(func(t *rapid.T) DeviceRule {
		return DeviceRule{
			Allow: rapid.Bool().Draw(t, "allow"), Type: rapid.SampledFrom([]DeviceType{'a', 'b', 'c'}).Draw(t, "type"),
			Major: rapid.Int64Range(-1, 1).Draw(t, "major"), Minor: rapid.Int64Range(-1, 1).Draw(t, "minor"),
			Permissions: rapid.SampledFrom([]string{"r", "w", "m", "rw", "rwm"}).Draw(t, "permissions"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		table := map[entry]bool{}
		rules := rapid.SliceOfN(rule, 1, 6).Draw(t, "rules")
		for _, r := range rules {
			for _, kind := range []DeviceType{'b', 'c'} {
				for major := range uint32(2) {
					for minor := range uint32(2) {
						for _, access := range []byte(r.Permissions) {
							if (r.Type == 'a' || r.Type == kind) && (r.Major == -1 || uint32(r.Major) == major) && (r.Minor == -1 || uint32(r.Minor) == minor) {
								table[entry{kind, major, minor, access}] = r.Allow
							}
						}
					}
				}
			}
		}
		c := Confinement{Devices: rules}
		for _, kind := range []DeviceType{'b', 'c'} {
			for major := range uint32(2) {
				for minor := range uint32(2) {
					for _, access := range []byte("rwm") {
						if got, want := c.cgroupAllows(Device{Type: kind, Major: major, Minor: minor}, access), table[entry{kind, major, minor, access}]; got != want {
							t.Fatalf("%c %d:%d %c: got %t, want %t", kind, major, minor, access, got, want)
						}
					}
				}
			}
		}
	})
}
