package attack

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

// changed are Default's facts but for a change.
func changed(change func(*Facts)) Facts {
	f := Default()
	change(&f)
	return f
}

func TestDefaultIsHardened(t *testing.T) {
	weak, err := Default().Weaknesses()
	want := NewSet(AsRoot, SetuidProgram, NewPrivileges, HostUsers, Rootful, NotRemapped, CapMknod, SELinuxOff, NoCustomLSM,
		SharesFilesystem, MountWritable, NoAuthz, UsernsAllowed, BinaryWritable, CopiesUnpaused, NoPodSecurity, Bridged, NoInputRule,
		NoEgressPolicy, CompatHook)
	if err != nil || weak != want {
		t.Errorf("got %s, %v, want %s", weak, err, want)
	}
	ok, attacks, err := Hardened(Default())
	if !ok || len(attacks) != 0 || err != nil {
		t.Errorf("got %t, %v, %v", ok, attacks, err)
	}
	if got := Rules().Closure(weak, NoLimit) & (Host | Secrets); got != 0 {
		t.Errorf("got %s", got)
	}
}

// One change of Docker's default for each row of the table of failures, with what is lost by it and the shortest run to it: the
// flags and releases of which the row speaks.
func TestRows(t *testing.T) {
	kernel := func(text string) func(*Facts) { return func(f *Facts) { f.Kernel = MustRelease(text) } }
	runc := func(text string, more func(*Facts)) func(*Facts) {
		return func(f *Facts) { f.Runc = MustRelease(text); more(f) }
	}
	for _, c := range []struct {
		row    string
		change func(*Facts)
		goal   Powers
		want   string
	}{
		{"CT-1", func(f *Facts) { f.Socket = true }, Host, "OpenSocket CreateContainer StartContainer EnterHost"},
		{"CT-1", func(f *Facts) { f.Socket, f.Root = true, false }, Host, "BecomeRoot OpenSocket CreateContainer StartContainer EnterHost"},
		{"CT-1", func(f *Facts) {
			f.Socket, f.SocketGroup, f.Root, f.NoNewPrivileges = true, true, false, true
		}, Host, "OpenSocketInGroup CreateContainer StartContainer EnterHost"},
		{"CT-1", func(f *Facts) { f.Socket, f.Users = true, Rootless }, NewPowers(Engine), "OpenSocket CreateContainer StartContainer"},
		{"CT-2", func(f *Facts) { f.Privileged = true }, NewPowers(HostRoot), "WriteCorePattern Crash"},
		{"CT-2", func(f *Facts) { f.Privileged, f.SeparateMounts = true, true }, NewPowers(HostWrite), "FindNode OpenDevice WriteDevice"},
		{"CT-2", func(f *Facts) { f.SysModule = true }, Host, "LoadModule TakeHost"},
		{"CT-3", func(f *Facts) { f.SysAdmin, f.AppArmor, f.CgroupV1 = true, false, true }, NewPowers(ReleaseAgent), "MountCgroup SetAgent"},
		{"CT-7", func(f *Facts) { f.SysAdmin, f.AppArmor = true, false }, Host, "MountProc WriteCorePatternThere Crash"},
		{"CT-4", func(f *Facts) {
			f.Seccomp, f.AppArmor, f.CgroupV1, f.Kernel = false, false, true, MustRelease("5.17-rc2")
			f.Mended = []Fact{CVE2022_0847}
		}, Host, "Unshare MountInside SetAgentUnchecked EmptyCgroup"},
		{"CT-5", func(f *Facts) { f.DacReadSearch = true }, Host, "OpenByHandle WriteByHandle"},
		{"CT-6", func(f *Facts) { f.HostPID, f.SysPtrace, f.AppArmor = true, true, false }, Host, "Attach Inject"},
		{"CT-7", func(f *Facts) { f.UnmaskedProc, f.AppArmor = true, false }, Host, "WriteCorePattern Crash"},
		{"CT-8", func(f *Facts) { f.Device = true }, Host, "FindNode OpenDevice WriteDevice"},
		{"CT-8", func(f *Facts) { f.DeviceRule = true }, Host, "MakeNode OpenDevice WriteDevice"},
		{"CT-9", runc("1.0.0-rc6", func(f *Facts) { f.Exec = true }), Host, "EnterContainer OpenRunc OverwriteRunc RunAgain"},
		{"CT-10", func(f *Facts) { f.Docker, f.Copy = MustRelease("19.03.0"), true }, Host, "ReplaceLibrary CopyWithLibrary EnterHost"},
		{"CT-11", func(f *Facts) { f.Docker, f.Copy = MustRelease("18.06.1-ce"), true }, Host, "ResolvePath SwapPath WriteOutside"},
		{"CT-12", func(f *Facts) { f.Containerd, f.HostNet = MustRelease("1.4.2"), true }, Host, "ReachShim StartByShim"},
		{"CT-13", runc("1.0.0-rc92", func(f *Facts) {
			f.SharedVolume, f.Mended = true, []Fact{CVE2025_31133, CVE2025_52565, CVE2025_52881}
		}), Host, "SwapDestination MountOutside WriteInside"},
		{"CT-14", runc("1.1.11", func(f *Facts) {
			f.ForeignImage, f.Mended = true, []Fact{CVE2025_31133, CVE2025_52565, CVE2025_52881}
		}), Host, "StartInLeakedDir WriteHostDir"},
		{"CT-15", runc("1.3.2", func(f *Facts) { f.ForeignImage, f.Mended = true, []Fact{CVE2025_52565, CVE2025_52881} }), Host, "PlaceLink MaskOver WriteExposed Crash"},
		{"CT-16", runc("1.3.2", func(f *Facts) { f.ForeignImage, f.Mended = true, []Fact{CVE2025_31133, CVE2025_52881} }), Host, "PlaceLink BindConsole WriteExposed Crash"},
		{"CT-17", runc("1.3.2", func(f *Facts) { f.ForeignImage, f.Mended = true, []Fact{CVE2025_31133, CVE2025_52565} }), Host, "PlaceLink RedirectWrite Crash"},
		{"CT-18", func(f *Facts) { f.Seccomp, f.Kernel = false, MustRelease("5.4.172") }, Host, "Unshare ConfigureFs TakeHost"},
		{"CT-19", kernel("4.8.2"), Host, "RaceCopyOnWrite RunCached"},
		{"CT-19", kernel("5.16.10"), Host, "SplicePipe RunCached"},
		{"CT-20", func(f *Facts) { f.Toolkit, f.GPU, f.ForeignImage = MustRelease("1.17.7"), true, true }, Host, "StartWithGPU LoadFromImage EnterHost"},
		{"CT-21", func(f *Facts) { f.Shared, f.SysAdmin, f.AppArmor = true, true, false }, Host, "MountOver RunFromMount"},
		{"CT-22", func(f *Facts) { f.Token, f.CreatePods = true, true }, Host, "ReadToken CreatePod RunPod"},
		{"CT-23", func(f *Facts) { f.Metadata = true }, NewPowers(Credentials), "AskMetadata"},
		{"CT-23", func(f *Facts) { f.Service, f.EgressPolicy = true, true }, NewPowers(Credentials), "AskHost"},
		{"CIS 5.6", func(f *Facts) { f.SensitiveMount = true }, Host, "WriteMount"},
	} {
		f := changed(c.change)
		weak, err := f.Weaknesses()
		if err != nil {
			t.Errorf("%s: %v", c.row, err)
			continue
		}
		path, _ := Rules().Path(weak, NoLimit, c.goal)
		if got := steps(path); got != c.want {
			t.Errorf("%s: got %q, want %q", c.row, got, c.want)
		}
		ok, attacks, err := Hardened(f)
		if ok != (Rules().Closure(weak, NoLimit)&Host == 0) || err != nil {
			t.Errorf("%s: got hardened %t, %v", c.row, ok, err)
		}
		for _, a := range attacks {
			if !a.Cause.Within(weak) || len(a.Path) == 0 {
				t.Errorf("%s: got attack %s by %s", c.row, steps(a.Path), a.Cause)
			}
		}
	}
}

func steps(path []Rule) string {
	var out []string
	for _, r := range path {
		out = append(out, r.Name)
	}
	return strings.Join(out, " ")
}

// A rootless engine with the worst of settings loses its user, and the host only by the kernel; user namespaces do as much.
func TestUsers(t *testing.T) {
	worst := func(f *Facts) {
		f.Socket, f.SysAdmin, f.SysPtrace, f.SysModule, f.DacReadSearch = true, true, true, true, true
		f.Seccomp, f.AppArmor, f.UnmaskedProc, f.Device, f.DeviceRule, f.Shared, f.SensitiveMount = false, false, true, true, true, true, true
	}
	for users, loses := range map[Users]Powers{HostIDs: Host | NewPowers(Engine), Remapped: 0, Rootless: NewPowers(Engine)} {
		weak, err := changed(func(f *Facts) { worst(f); f.Users = users }).Weaknesses()
		if err != nil {
			t.Fatal(err)
		}
		if got := Rules().Closure(weak, NoLimit) & (Host | NewPowers(Engine)); got != loses {
			t.Errorf("%s: got %s, want %s", users, got, loses)
		}
		weak |= NewSet(CVE2022_0185)
		if got := Rules().Closure(weak, 1) & Host; !got.Has(HostRoot) {
			t.Errorf("%s, and a kernel with CVE-2022-0185: got %s", users, got)
		}
	}
}

// With userns-remap the engine is root still: what runc writes itself, it writes as root (CVE-2025-52881).
func TestRemappedEngineIsRoot(t *testing.T) {
	f := changed(func(f *Facts) { f.Users, f.ForeignImage, f.Runc = Remapped, true, MustRelease("1.3.2") })
	_, attacks, err := Hardened(f)
	if err != nil || len(attacks) != 1 || steps(attacks[0].Path) != "PlaceLink RedirectWrite Crash" {
		t.Errorf("got %v, %v", attacks, err)
	}
	f.Users = Rootless
	if ok, attacks, err := Hardened(f); !ok || err != nil {
		t.Errorf("rootless: got %v, %v", attacks, err)
	}
}

// Out of a container of a rootless engine and on by the kernel takes two vulnerabilities.
func TestBudget(t *testing.T) {
	f := changed(func(f *Facts) {
		f.Users, f.ForeignImage, f.Runc, f.Kernel = Rootless, true, MustRelease("1.1.11"), MustRelease("5.4.172")
	})
	weak, err := f.Weaknesses()
	if err != nil {
		t.Fatal(err)
	}
	for budget, want := range []string{"", "", "StartInLeakedDir WriteProfile UnshareOutside ConfigureFsOutside TakeHost"} {
		path, ok := Rules().Path(weak, budget, Host)
		if got := steps(path); got != want || ok != (want != "") || ok != (Rules().Closure(weak, budget)&Host != 0) {
			t.Errorf("with %d: got %q, %t, want %q", budget, got, ok, want)
		}
	}
	fixes := Rules().Fixes(weak, NewSet(AsRoot), Host, NoLimit)
	for _, want := range []Set{NewSet(CVE2024_21626), NewSet(CVE2022_0185), NewSet(ForeignImage), NewSet(UsernsAllowed), NewSet(NotRemapped)} {
		if !slices.Contains(fixes, want) {
			t.Errorf("got fixes %v, want %s among them", fixes, want)
		}
	}
	if len(fixes) != 5 {
		t.Errorf("got %d fixes", len(fixes))
	}
}

// Docker refuses what userns-remap is incompatible with (Moby daemon/daemon_unix.go).
func TestConfigurationsThatAreRefused(t *testing.T) {
	for name, change := range map[string]func(*Facts){
		"privileged": func(f *Facts) { f.Privileged = true },
		"host pid":   func(f *Facts) { f.HostPID = true },
		"host net":   func(f *Facts) { f.HostNet = true },
	} {
		for users, refused := range map[Users]bool{HostIDs: false, Remapped: true, Rootless: false} {
			f := changed(func(f *Facts) { change(f); f.Users = users })
			if _, err := f.Weaknesses(); errors.Is(err, model.ErrRefused) != refused {
				t.Errorf("%s with %s: got %v", name, users, err)
			}
			if _, _, err := Hardened(f); errors.Is(err, model.ErrRefused) != refused {
				t.Errorf("%s with %s: got %v", name, users, err)
			}
		}
	}
	for name, f := range map[string]Facts{"no kernel": {}, "unknown users": changed(func(f *Facts) { f.Users = 7 })} {
		if _, err := f.Weaknesses(); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// A vulnerability that a distribution mended is gone; what is no vulnerability cannot be mended so.
func TestMended(t *testing.T) {
	f := changed(func(f *Facts) { f.Kernel, f.Mended = MustRelease("5.4.172"), []Fact{CVE2022_0185, AsRoot, 200} })
	weak, err := f.Weaknesses()
	if err != nil || weak.Has(CVE2022_0185) || !weak.Has(CVE2022_0492) || !weak.Has(AsRoot) {
		t.Errorf("got %s, %v", weak, err)
	}
}

// The network of the host that a container of a rootless engine is in is that of the engine's user.
func TestRootlessNetwork(t *testing.T) {
	weak, err := changed(func(f *Facts) { f.Users, f.HostNet, f.OnBridge = Rootless, true, false }).Weaknesses()
	if err != nil || weak.Has(HostNet) || !weak.Has(Bridged) {
		t.Errorf("got %s, %v", weak, err)
	}
}
