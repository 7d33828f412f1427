package podsecurity

import (
	"reflect"
	"slices"
	"testing"
)

func ptr[T any](v T) *T { return &v }

// compliant is a pod that restricted allows at every version.
func compliant() Pod {
	return Pod{
		Security: Security{RunAsNonRoot: ptr(true), Seccomp: ptr("RuntimeDefault")},
		Volumes:  []Volume{{"v", []string{"emptyDir"}}},
		Containers: []Container{{
			Name: "c", AllowPrivilegeEscalation: ptr(false), Drop: []string{"ALL"}, Add: []string{"NET_BIND_SERVICE"},
		}},
	}
}

// One violation of each check, by the tables of "Pod Security Standards" (kubernetes.io/docs/concepts/security), and the
// versions between which it is one (k8s.io/pod-security-admission v0.37.2, policy/check_*.go).
func TestEachCheck(t *testing.T) {
	const never = Version(1 << 20)
	for _, test := range []struct {
		name      string
		check     CheckID
		change    func(*Pod)
		from, til Version // forbidden from the first until before the second
		by        []string
	}{
		{"host network", HostNamespaces, func(p *Pod) { p.HostNetwork = true }, 0, never, []string{"hostNetwork"}},
		{"host PID and IPC", HostNamespaces, func(p *Pod) { p.HostPID, p.HostIPC = true, true }, 0, never, []string{"hostPID", "hostIPC"}},
		{"privileged", Privileged, func(p *Pod) { p.Containers[0].Privileged = true }, 0, never, []string{"c"}},
		{"SYS_ADMIN", CapabilitiesBaseline, func(p *Pod) { p.Containers[0].Add = []string{"SYS_ADMIN"} }, 0, never, []string{"c"}},
		{"NET_RAW is not of the defaults", CapabilitiesBaseline, func(p *Pod) { p.Containers[0].Add = []string{"NET_RAW"} }, 0, never, []string{"c"}},
		{"hostPath", HostPathVolumes, func(p *Pod) { p.Volumes[0].Sources[0] = "hostPath" }, 0, never, []string{"v"}},
		{"host port", HostPorts, func(p *Pod) { p.Containers[0].HostPorts = []int32{0, 80} }, 0, never, []string{"c"}},
		{"host of a probe", HostProbesAndHostLifecycle, func(p *Pod) { p.Containers[0].Hosts = []string{"10.0.0.1"} }, 34, never, []string{"c"}},
		{"AppArmor unconfined", AppArmorProfile, func(p *Pod) { p.Security.AppArmor = ptr("Unconfined") }, 0, never, []string{thePod}},
		{"AppArmor by annotation", AppArmorProfile, func(p *Pod) { p.Annotations = map[string]string{appArmorAnnotation + "c": "unconfined"} }, 0, never, []string{appArmorAnnotation + "c"}},
		{"SELinux user", SELinuxOptions, func(p *Pod) { p.Security.SELinux.User = "u" }, 0, never, []string{thePod}},
		{"SELinux type", SELinuxOptions, func(p *Pod) { p.Containers[0].Security.SELinux.Type = "spc_t" }, 0, never, []string{"c"}},
		{"SELinux type of engines", SELinuxOptions, func(p *Pod) { p.Security.SELinux.Type = "container_engine_t" }, 0, 31, []string{thePod}},
		{"unmasked /proc", ProcMount, func(p *Pod) { p.Containers[0].ProcMount = ptr("Unmasked") }, 0, never, []string{"c"}},
		{"unmasked /proc in a user namespace", ProcMount, func(p *Pod) { p.HostUsers, p.Containers[0].ProcMount = ptr(false), ptr("Unmasked") }, 0, 35, []string{"c"}},
		{"the same under restricted", ProcMountRestricted, func(p *Pod) { p.HostUsers, p.Containers[0].ProcMount = ptr(false), ptr("Unmasked") }, 35, never, []string{"c"}},
		{"seccomp unconfined", SeccompProfileBaseline, func(p *Pod) { p.Security.Seccomp = ptr("Unconfined") }, 19, never, []string{thePod}},
		{"seccomp unconfined by annotation", SeccompProfileBaseline, func(p *Pod) { p.Annotations = map[string]string{seccompPodAnnotation: "unconfined"} }, 0, 19, []string{thePod}},
		{"sysctl", Sysctls, func(p *Pod) { p.Sysctls = []string{"kernel.shm_rmid_forced", "kernel.msgmax"} }, 0, never, []string{"kernel.msgmax"}},
		{"sysctl of 1.27", Sysctls, func(p *Pod) { p.Sysctls = []string{"net.ipv4.ip_local_reserved_ports"} }, 0, 27, []string{"net.ipv4.ip_local_reserved_ports"}},
		{"sysctl of 1.29", Sysctls, func(p *Pod) { p.Sysctls = []string{"net.ipv4.tcp_fin_timeout"} }, 0, 29, []string{"net.ipv4.tcp_fin_timeout"}},
		{"sysctl of 1.32", Sysctls, func(p *Pod) { p.Sysctls = []string{"net.ipv4.tcp_rmem"} }, 0, 32, []string{"net.ipv4.tcp_rmem"}},
		{"sysctl of 1.37", Sysctls, func(p *Pod) { p.Sysctls = []string{"net.ipv4.tcp_notsent_lowat"} }, 0, 37, []string{"net.ipv4.tcp_notsent_lowat"}},
		{"host process", WindowsHostProcess, func(p *Pod) { p.Containers[0].Security.HostProcess = true }, 0, never, []string{"c"}},
		{"nfs", RestrictedVolumes, func(p *Pod) { p.Volumes[0].Sources[0] = "nfs" }, 0, never, []string{"v"}},
		{"escalation not set", AllowPrivilegeEscalation, func(p *Pod) { p.Containers[0].AllowPrivilegeEscalation = nil }, 8, never, []string{"c"}},
		{"escalation not set, Windows", AllowPrivilegeEscalation, func(p *Pod) { p.OS, p.Containers[0].AllowPrivilegeEscalation = "windows", nil }, 8, 25, []string{"c"}},
		{"runAsNonRoot not set", RunAsNonRoot, func(p *Pod) { p.Security.RunAsNonRoot = nil }, 0, never, []string{"c"}},
		{"runAsNonRoot false in a container", RunAsNonRoot, func(p *Pod) { p.Containers[0].Security.RunAsNonRoot = ptr(false) }, 0, never, []string{"c"}},
		{"runAsNonRoot not set, in a user namespace", RunAsNonRoot, func(p *Pod) { p.HostUsers, p.Security.RunAsNonRoot = ptr(false), nil }, 0, 35, []string{"c"}},
		{"uid 0", RunAsUser, func(p *Pod) { p.Security.RunAsUser = ptr(int64(0)) }, 23, never, []string{thePod}},
		{"uid 0 in a user namespace", RunAsUser, func(p *Pod) { p.HostUsers, p.Containers[0].Security.RunAsUser = ptr(false), ptr(int64(0)) }, 23, 35, []string{"c"}},
		{"seccomp not set", SeccompProfileRestricted, func(p *Pod) { p.Security.Seccomp = nil }, 19, never, []string{"c"}},
		{"seccomp not set, Windows", SeccompProfileRestricted, func(p *Pod) { p.OS, p.Security.Seccomp = "windows", nil }, 19, 25, []string{"c"}},
		{"ALL not dropped", CapabilitiesRestricted, func(p *Pod) { p.Containers[0].Drop = []string{"NET_RAW"} }, 22, never, []string{"c"}},
		{"CHOWN added", CapabilitiesRestricted, func(p *Pod) { p.Containers[0].Add = []string{"CHOWN"} }, 22, never, []string{"c"}},
		{"ALL not dropped, Windows", CapabilitiesRestricted, func(p *Pod) { p.OS, p.Containers[0].Drop = "windows", nil }, 22, 25, []string{"c"}},
	} {
		p := compliant()
		test.change(&p)
		for v := range Newest + 3 {
			want := test.from <= v && v < test.til
			if got := Forbids(test.check, v, &p); got != want {
				t.Errorf("%s: %s at %s: got forbidden %t, want %t", test.name, test.check, v, got, want)
			}
			for _, found := range Evaluate(LevelVersion{RestrictedLevel, v}, &p) {
				if found.Check == test.check && !slices.Equal(found.By, test.by) {
					t.Errorf("%s at %s: got by %q, want %q", test.name, v, found.By, test.by)
				}
			}
		}
	}
	p := compliant()
	for v := range Newest + 3 {
		if found := Evaluate(LevelVersion{RestrictedLevel, v}, &p); len(found) > 0 {
			t.Errorf("the compliant pod at %s: got %v", v, found)
		}
	}
}

// The 13 capabilities that baseline lets one add ("Pod Security Standards", Capabilities).
func TestDefaultCapabilities(t *testing.T) {
	if got := len(defaultCapabilities); got != 13 {
		t.Errorf("got %d capabilities, want 13", got)
	}
	for _, name := range defaultCapabilities {
		p := Pod{Containers: []Container{{Name: "c", Add: []string{name}}}}
		if LevelOf(Latest, &p) != BaselineLevel {
			t.Errorf("%s: got %s, want baseline", name, LevelOf(Latest, &p))
		}
	}
}

// Every list of containers is looked at.
func TestEveryListCounts(t *testing.T) {
	for i := range 3 {
		p := compliant()
		bad := []Container{{Name: "bad", Privileged: true}}
		*[]*[]Container{&p.Init, &p.Containers, &p.Ephemeral}[i] = bad
		want := []Violation{{Privileged, []string{"bad"}}}
		if got := Evaluate(LevelVersion{BaselineLevel, Latest}, &p); !reflect.DeepEqual(got, want) {
			t.Errorf("list %d: got %v, want %v", i, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, test := range []struct {
		text string
		want Version
		ok   bool
	}{
		{"latest", Latest, true},
		{"v1.0", 0, true},
		{"v1.25", 25, true},
		{"v1.025", Latest, false},
		{"1.25", Latest, false},
		{"v2.0", Latest, false},
		{"", Latest, false},
		{"v1.99999999999999999999", Latest, false},
		{"v1.25 ", Latest, false},
	} {
		if got, err := ParseVersion(test.text); got != test.want || (err == nil) != test.ok || err == nil && got.String() != test.text {
			t.Errorf("%q: got %s, %v", test.text, got, err)
		}
	}
	for _, l := range []Level{PrivilegedLevel, BaselineLevel, RestrictedLevel} {
		if got, err := ParseLevel(l.String()); got != l || err != nil {
			t.Errorf("%s: got %s, %v", l, got, err)
		}
	}
	if got, err := ParseLevel("Baseline"); got != RestrictedLevel || err == nil {
		t.Errorf("got %s, %v, want restricted and an error", got, err)
	}
	if Evaluate(LevelVersion{RestrictedLevel, Latest}, nil) != nil || Forbids(Privileged, Latest, nil) || Forbids("x", 0, &Pod{}) {
		t.Error("nothing violates something")
	}
}
