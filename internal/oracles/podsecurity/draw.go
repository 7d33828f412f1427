package main

import (
	"math/rand/v2"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/bulkheadlang/bulkhead/model/kubernetes/podsecurity"
)

// draw makes a pod of which most fields are not set, or half of them, or that is nearly restricted.
func draw(r *rand.Rand) podsecurity.Pod {
	d := drawer{r, []int{3, 6, 20}[r.IntN(3)]}
	p := podsecurity.Pod{
		HostNetwork: d.some(), HostPID: d.some(), HostIPC: d.some(),
		HostUsers: pointer(d, d.one(true, false, false)),
		Security:  d.security(),
	}
	if d.some() {
		p.OS = d.text("linux", "windows", "windows")
	}
	for d.some() {
		p.Sysctls = append(p.Sysctls, d.text(sysctls...))
	}
	for i := range r.IntN(3) {
		v := podsecurity.Volume{Name: string(rune('x' + i)), Sources: []string{d.text(sources...)}}
		if d.some() && r.IntN(4) == 0 {
			v.Sources = append(v.Sources, d.text(sources...))
		}
		p.Volumes = append(p.Volumes, v)
	}
	lists := []*[]podsecurity.Container{&p.Init, &p.Containers, &p.Ephemeral}
	names := []string{"i", "c", "e"}
	for i, list := range lists {
		for j := range []int{r.IntN(2), 1 + r.IntN(2), r.IntN(2)}[i] {
			*list = append(*list, d.container(names[i]+string(rune('1'+j))))
		}
	}
	if r.IntN(3) == 0 {
		comply(&p, r)
	}
	for d.some() {
		if p.Annotations == nil {
			p.Annotations = map[string]string{}
		}
		p.Annotations[d.text(
			"seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/c1",
			"container.seccomp.security.alpha.kubernetes.io/other", "container.apparmor.security.beta.kubernetes.io/c1",
			"container.apparmor.security.beta.kubernetes.io/e1", "unrelated")] = d.text(
			"", "runtime/default", "docker/default", "localhost/x", "localhost", "unconfined")
	}
	return p
}

// comply makes restricted allow the pod, but for one thing here and there.
func comply(p *podsecurity.Pod, r *rand.Rand) {
	yes, no, profile := true, false, "RuntimeDefault"
	often := func() bool { return r.IntN(30) > 0 }
	if often() {
		p.Security.RunAsNonRoot = &yes
	}
	if often() {
		p.Security.Seccomp = &profile
	}
	for _, list := range []*[]podsecurity.Container{&p.Init, &p.Containers, &p.Ephemeral} {
		for i := range *list {
			c := &(*list)[i]
			if often() {
				c.AllowPrivilegeEscalation = &no
			}
			if often() {
				c.Drop = append(c.Drop, "ALL")
			}
			if often() {
				c.Add = nil
			}
		}
	}
}

// drawer sets a field once in n times.
type drawer struct {
	*rand.Rand
	n int
}

func (d drawer) some() bool { return d.IntN(d.n) == 0 }

func (d drawer) text(of ...string) string { return of[d.IntN(len(of))] }

func (d drawer) one(of ...bool) bool { return of[d.IntN(len(of))] }

func pointer[T any](d drawer, v T) *T {
	if !d.some() {
		return nil
	}
	return &v
}

func (d drawer) security() podsecurity.Security {
	s := podsecurity.Security{
		AppArmor:     pointer(d, d.text("RuntimeDefault", "Localhost", "Unconfined", "")),
		Seccomp:      pointer(d, d.text("RuntimeDefault", "Localhost", "Unconfined", "")),
		HostProcess:  d.some() && d.some(),
		RunAsNonRoot: pointer(d, d.one(true, true, false)),
		RunAsUser:    pointer(d, int64(d.IntN(2)*1000)),
	}
	if d.some() {
		s.SELinux = podsecurity.SELinux{
			User: d.text("", "", "", "u"), Role: d.text("", "", "", "r"),
			Type: d.text("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t", "unconfined_t"),
		}
	}
	return s
}

func (d drawer) container(name string) podsecurity.Container {
	c := podsecurity.Container{
		Name: name, Security: d.security(), Privileged: d.some() && d.some(),
		AllowPrivilegeEscalation: pointer(d, d.one(true, false)),
		ProcMount:                pointer(d, d.text("Default", "Unmasked", "")),
	}
	for d.some() {
		c.Add = append(c.Add, d.text(capabilities...))
	}
	for d.some() {
		c.Drop = append(c.Drop, d.text("ALL", "all", "NET_RAW"))
	}
	if d.some() {
		c.HostPorts = []int32{int32(d.IntN(2) * 80)}
	}
	if d.some() {
		c.Hosts = []string{d.text("", "10.0.0.1")}
	}
	return c
}

var capabilities = []string{
	"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID",
	"SETPCAP", "SETUID", "SYS_CHROOT", "NET_BIND_SERVICE", "NET_RAW", "SYS_ADMIN", "ALL", "chown",
}

var sysctls = []string{
	"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
	"net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time",
	"net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem",
	"net.ipv4.tcp_wmem", "net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat", "kernel.msgmax",
}

var sources = []string{
	"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
	"hostPath", "hostPath", "nfs", "iscsi", "gitRepo", "fc",
}

// convert is the pod as Kubernetes has it.
func convert(p podsecurity.Pod) (*metav1.ObjectMeta, *corev1.PodSpec) {
	spec := &corev1.PodSpec{HostNetwork: p.HostNetwork, HostPID: p.HostPID, HostIPC: p.HostIPC, HostUsers: p.HostUsers}
	if p.OS != "" {
		spec.OS = &corev1.PodOS{Name: corev1.OSName(p.OS)}
	}
	own := convertSecurity(p.Security)
	spec.SecurityContext = &corev1.PodSecurityContext{
		SELinuxOptions: own.SELinuxOptions, SeccompProfile: own.SeccompProfile, AppArmorProfile: own.AppArmorProfile,
		WindowsOptions: own.WindowsOptions, RunAsNonRoot: own.RunAsNonRoot, RunAsUser: own.RunAsUser,
	}
	for _, name := range p.Sysctls {
		spec.SecurityContext.Sysctls = append(spec.SecurityContext.Sysctls, corev1.Sysctl{Name: name, Value: "1"})
	}
	for _, v := range p.Volumes {
		spec.Volumes = append(spec.Volumes, convertVolume(v))
	}
	for _, c := range p.Init {
		spec.InitContainers = append(spec.InitContainers, convertContainer(c))
	}
	for _, c := range p.Containers {
		spec.Containers = append(spec.Containers, convertContainer(c))
	}
	for _, c := range p.Ephemeral {
		spec.EphemeralContainers = append(spec.EphemeralContainers,
			corev1.EphemeralContainer{EphemeralContainerCommon: corev1.EphemeralContainerCommon(convertContainer(c))})
	}
	return &metav1.ObjectMeta{Annotations: p.Annotations}, spec
}

func convertSecurity(s podsecurity.Security) *corev1.SecurityContext {
	out := &corev1.SecurityContext{RunAsNonRoot: s.RunAsNonRoot, RunAsUser: s.RunAsUser}
	if s.AppArmor != nil {
		out.AppArmorProfile = &corev1.AppArmorProfile{Type: corev1.AppArmorProfileType(*s.AppArmor)}
	}
	if s.Seccomp != nil {
		out.SeccompProfile = &corev1.SeccompProfile{Type: corev1.SeccompProfileType(*s.Seccomp)}
	}
	if s.SELinux != (podsecurity.SELinux{}) {
		out.SELinuxOptions = &corev1.SELinuxOptions{User: s.SELinux.User, Role: s.SELinux.Role, Type: s.SELinux.Type}
	}
	if s.HostProcess {
		out.WindowsOptions = &corev1.WindowsSecurityContextOptions{HostProcess: &s.HostProcess}
	}
	return out
}

func convertContainer(c podsecurity.Container) corev1.Container {
	s := convertSecurity(c.Security)
	if c.Privileged {
		s.Privileged = &c.Privileged
	}
	s.AllowPrivilegeEscalation = c.AllowPrivilegeEscalation
	if c.ProcMount != nil {
		s.ProcMount = (*corev1.ProcMountType)(c.ProcMount)
	}
	if len(c.Add)+len(c.Drop) > 0 {
		s.Capabilities = &corev1.Capabilities{}
		for _, name := range c.Add {
			s.Capabilities.Add = append(s.Capabilities.Add, corev1.Capability(name))
		}
		for _, name := range c.Drop {
			s.Capabilities.Drop = append(s.Capabilities.Drop, corev1.Capability(name))
		}
	}
	if *s == (corev1.SecurityContext{}) {
		s = nil
	}
	out := corev1.Container{Name: c.Name, SecurityContext: s}
	for _, n := range c.HostPorts {
		out.Ports = append(out.Ports, corev1.ContainerPort{HostPort: n})
	}
	for i, h := range c.Hosts {
		handler := corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Host: h}}
		if i%2 == 1 {
			handler = corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Host: h}}
		}
		switch (i + len(c.Name)) % 3 {
		case 0:
			out.LivenessProbe = &corev1.Probe{ProbeHandler: handler}
		case 1:
			out.StartupProbe = &corev1.Probe{ProbeHandler: handler}
		default:
			out.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{HTTPGet: handler.HTTPGet, TCPSocket: handler.TCPSocket}}
		}
	}
	return out
}

func convertVolume(v podsecurity.Volume) corev1.Volume {
	out := corev1.Volume{Name: v.Name}
	for _, s := range v.Sources {
		switch s {
		case "configMap":
			out.ConfigMap = &corev1.ConfigMapVolumeSource{}
		case "csi":
			out.CSI = &corev1.CSIVolumeSource{}
		case "downwardAPI":
			out.DownwardAPI = &corev1.DownwardAPIVolumeSource{}
		case "emptyDir":
			out.EmptyDir = &corev1.EmptyDirVolumeSource{}
		case "ephemeral":
			out.Ephemeral = &corev1.EphemeralVolumeSource{}
		case "image":
			out.Image = &corev1.ImageVolumeSource{}
		case "persistentVolumeClaim":
			out.PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{}
		case "projected":
			out.Projected = &corev1.ProjectedVolumeSource{}
		case "secret":
			out.Secret = &corev1.SecretVolumeSource{}
		case "hostPath":
			out.HostPath = &corev1.HostPathVolumeSource{}
		case "nfs":
			out.NFS = &corev1.NFSVolumeSource{}
		case "iscsi":
			out.ISCSI = &corev1.ISCSIVolumeSource{}
		case "gitRepo":
			out.GitRepo = &corev1.GitRepoVolumeSource{}
		case "fc":
			out.FC = &corev1.FCVolumeSource{}
		default:
			panic("no source " + s)
		}
	}
	return out
}
