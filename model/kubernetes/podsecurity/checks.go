package podsecurity

import (
	"maps"
	"slices"
	"strings"
)

// CheckID names a check, as in the source of Kubernetes.
type CheckID string

// The checks of both levels (k8s.io/pod-security-admission v0.37.2, policy/check_*.go).
const (
	AppArmorProfile            CheckID = "appArmorProfile"
	CapabilitiesBaseline       CheckID = "capabilities_baseline"
	HostNamespaces             CheckID = "hostNamespaces"
	HostPathVolumes            CheckID = "hostPathVolumes"
	HostPorts                  CheckID = "hostPorts"
	HostProbesAndHostLifecycle CheckID = "hostProbesAndHostLifecycle"
	Privileged                 CheckID = "privileged"
	ProcMount                  CheckID = "procMount"
	SELinuxOptions             CheckID = "seLinuxOptions"
	SeccompProfileBaseline     CheckID = "seccompProfile_baseline"
	Sysctls                    CheckID = "sysctls"
	WindowsHostProcess         CheckID = "windowsHostProcess"

	AllowPrivilegeEscalation CheckID = "allowPrivilegeEscalation"
	CapabilitiesRestricted   CheckID = "capabilities_restricted"
	ProcMountRestricted      CheckID = "procMount_restricted"
	RestrictedVolumes        CheckID = "restrictedVolumes"
	RunAsNonRoot             CheckID = "runAsNonRoot"
	RunAsUser                CheckID = "runAsUser"
	SeccompProfileRestricted CheckID = "seccompProfile_restricted"
)

// rule gives what a pod sets that a check forbids: names of containers, of volumes, of sysctls, or thePod.
type rule func(*Pod) []string

// check is a check with its versions.
type check struct {
	id    CheckID
	level Level
	// overrides is a check of baseline that is not made where this one is; "" for none.
	overrides CheckID
	since     []since // ascending
}

// since is what a check is from a version on, up to the next.
type since struct {
	version Version
	rule    rule
}

// checks are all checks: those of baseline first, then by name, as the product evaluates them.
var checks = []check{
	{AppArmorProfile, BaselineLevel, "", []since{{0, appArmor}}},
	{CapabilitiesBaseline, BaselineLevel, "", []since{{0, baselineCapabilities}}},
	{HostNamespaces, BaselineLevel, "", []since{{0, hostNamespaces}}},
	{HostPathVolumes, BaselineLevel, "", []since{{0, hostPath}}},
	{HostPorts, BaselineLevel, "", []since{{0, hostPorts}}},
	{HostProbesAndHostLifecycle, BaselineLevel, "", []since{{34, handlerHosts}}},
	{Privileged, BaselineLevel, "", []since{{0, privileged}}},
	{ProcMount, BaselineLevel, "", []since{{0, procMount}, {35, hostUsersOnly(procMount)}}},
	{SELinuxOptions, BaselineLevel, "", []since{{0, seLinux(seLinuxTypes)}, {31, seLinux(append(slices.Clone(seLinuxTypes), "container_engine_t"))}}},
	{SeccompProfileBaseline, BaselineLevel, "", []since{{0, seccompAnnotations}, {19, seccomp}}},
	{Sysctls, BaselineLevel, "", sysctls()},
	{WindowsHostProcess, BaselineLevel, "", []since{{0, hostProcess}}},
	{AllowPrivilegeEscalation, RestrictedLevel, "", []since{{8, escalation}, {25, linuxOnly(escalation)}}},
	{CapabilitiesRestricted, RestrictedLevel, CapabilitiesBaseline, []since{{22, restrictedCapabilities}, {25, linuxOnly(restrictedCapabilities)}}},
	{ProcMountRestricted, RestrictedLevel, ProcMount, []since{{35, procMount}}},
	{RestrictedVolumes, RestrictedLevel, HostPathVolumes, []since{{0, volumes}}},
	{RunAsNonRoot, RestrictedLevel, "", []since{{0, nonRoot}, {35, hostUsersOnly(nonRoot)}}},
	{RunAsUser, RestrictedLevel, "", []since{{23, rootUser}, {35, hostUsersOnly(rootUser)}}},
	{SeccompProfileRestricted, RestrictedLevel, SeccompProfileBaseline, []since{{19, seccompRequired}, {25, linuxOnly(seccompRequired)}}},
}

// at is the rule at a version, nil where there is none yet.
func (c check) at(v Version) rule {
	var r rule
	for _, s := range c.since {
		if s.version <= v {
			r = s.rule
		}
	}
	return r
}

// hostUsersOnly is r for pods that share the user namespace of the host: uid 0 of another one is nobody there (KEP-127).
func hostUsersOnly(r rule) rule {
	return func(p *Pod) []string {
		if p.inUserNamespace() {
			return nil
		}
		return r(p)
	}
}

// linuxOnly is r for pods that are not of Windows, in which the API accepts none of the fields.
func linuxOnly(r rule) rule {
	return func(p *Pod) []string {
		if p.OS == windows {
			return nil
		}
		return r(p)
	}
}

// one is name where it is forbidden.
func one(forbidden bool, name string) []string {
	if forbidden {
		return []string{name}
	}
	return nil
}

func goodProfile(kind string) bool { return kind == "RuntimeDefault" || kind == "Localhost" }

const appArmorAnnotation = "container.apparmor.security.beta.kubernetes.io/"

func appArmor(p *Pod) []string {
	out := p.setters(func(s Security) bool { return s.AppArmor != nil && !goodProfile(*s.AppArmor) })
	for _, k := range slices.Sorted(maps.Keys(p.Annotations)) {
		v := p.Annotations[k]
		if strings.HasPrefix(k, appArmorAnnotation) && v != "" && v != "runtime/default" && !strings.HasPrefix(v, "localhost/") {
			out = append(out, k)
		}
	}
	return out
}

// defaultCapabilities may be added under baseline: what engines give by default, without NET_RAW.
var defaultCapabilities = []string{
	"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID",
	"SETPCAP", "SETUID", "SYS_CHROOT",
}

func baselineCapabilities(p *Pod) []string {
	return p.containers(func(c *Container) bool { return len(without(c.Add, defaultCapabilities)) > 0 })
}

func restrictedCapabilities(p *Pod) []string {
	return p.containers(func(c *Container) bool {
		return !slices.Contains(c.Drop, "ALL") || len(without(c.Add, []string{"NET_BIND_SERVICE"})) > 0
	})
}

func hostNamespaces(p *Pod) []string {
	return slices.Concat(one(p.HostNetwork, "hostNetwork"), one(p.HostPID, "hostPID"), one(p.HostIPC, "hostIPC"))
}

func hostPath(p *Pod) []string {
	return p.volumes(func(v Volume) bool { return slices.Contains(v.Sources, "hostPath") })
}

// volumes are the names of those for which bad is true.
func (p *Pod) volumes(bad func(Volume) bool) []string {
	var out []string
	for _, v := range p.Volumes {
		if bad(v) {
			out = append(out, v.Name)
		}
	}
	return out
}

// restrictedSources may be used under restricted. A volume with one of them passes, whatever else it has.
var restrictedSources = []string{
	"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
}

func volumes(p *Pod) []string {
	return p.volumes(func(v Volume) bool {
		return !slices.ContainsFunc(v.Sources, func(s string) bool { return slices.Contains(restrictedSources, s) })
	})
}

func hostPorts(p *Pod) []string {
	return p.containers(func(c *Container) bool { return slices.ContainsFunc(c.HostPorts, func(n int32) bool { return n != 0 }) })
}

func handlerHosts(p *Pod) []string {
	return p.containers(func(c *Container) bool { return slices.ContainsFunc(c.Hosts, func(h string) bool { return h != "" }) })
}

func privileged(p *Pod) []string {
	return p.containers(func(c *Container) bool { return c.Privileged })
}

func procMount(p *Pod) []string {
	return p.containers(func(c *Container) bool { return c.ProcMount != nil && *c.ProcMount != "Default" })
}

var seLinuxTypes = []string{"", "container_t", "container_init_t", "container_kvm_t"}

func seLinux(types []string) rule {
	return func(p *Pod) []string {
		return p.setters(func(s Security) bool {
			return s.SELinux.User != "" || s.SELinux.Role != "" || !slices.Contains(types, s.SELinux.Type)
		})
	}
}

const (
	seccompPodAnnotation       = "seccomp.security.alpha.kubernetes.io/pod"
	seccompContainerAnnotation = "container.seccomp.security.alpha.kubernetes.io/" // and the name of the container
)

// seccompAnnotations is what baseline looked at before there was a field.
func seccompAnnotations(p *Pod) []string {
	bad := func(key string) bool {
		v, ok := p.Annotations[key]
		return ok && v != "runtime/default" && v != "docker/default" && !strings.HasPrefix(v, "localhost/")
	}
	return append(one(bad(seccompPodAnnotation), thePod),
		p.containers(func(c *Container) bool { return bad(seccompContainerAnnotation + c.Name) })...)
}

func badSeccomp(s Security) bool { return s.Seccomp != nil && !goodProfile(*s.Seccomp) }

func seccomp(p *Pod) []string { return p.setters(badSeccomp) }

// seccompRequired wants a good profile of every container, its own or that of the pod.
func seccompRequired(p *Pod) []string {
	inherits := p.Security.Seccomp != nil && !badSeccomp(p.Security)
	return append(one(badSeccomp(p.Security), thePod), p.containers(func(c *Container) bool {
		return badSeccomp(c.Security) || c.Security.Seccomp == nil && !inherits
	})...)
}

// sysctls are safe in that they are of a namespace of the pod; more of them as kernels learned to part them.
func sysctls() []since {
	var out []since
	var safe []string
	for _, s := range []struct {
		version Version
		names   []string
	}{
		{0, []string{"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start"}},
		{27, []string{"net.ipv4.ip_local_reserved_ports"}},
		{29, []string{"net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes"}},
		{32, []string{"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"}},
		{37, []string{"net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"}},
	} {
		safe = slices.Concat(safe, s.names)
		allowed := safe
		out = append(out, since{s.version, func(p *Pod) []string { return without(p.Sysctls, allowed) }})
	}
	return out
}

func hostProcess(p *Pod) []string { return p.setters(func(s Security) bool { return s.HostProcess }) }

func escalation(p *Pod) []string {
	return p.containers(func(c *Container) bool { return c.AllowPrivilegeEscalation == nil || *c.AllowPrivilegeEscalation })
}

// nonRoot wants runAsNonRoot of every container, its own or that of the pod, and false of nobody.
func nonRoot(p *Pod) []string {
	refuses := func(s Security) bool { return s.RunAsNonRoot != nil && !*s.RunAsNonRoot }
	inherits := p.Security.RunAsNonRoot != nil && *p.Security.RunAsNonRoot
	return append(one(refuses(p.Security), thePod), p.containers(func(c *Container) bool {
		return refuses(c.Security) || c.Security.RunAsNonRoot == nil && !inherits
	})...)
}

func rootUser(p *Pod) []string {
	return p.setters(func(s Security) bool { return s.RunAsUser != nil && *s.RunAsUser == 0 })
}
