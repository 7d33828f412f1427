package failures

import (
	"maps"

	"github.com/bulkheadlang/bulkhead/model/attack"
)

// attackOn gives the cases of a model of package attack with some constants in common. What a case forbids is FORBIDDEN: the
// facts that its containers are without. All others may be there or not, in every combination, so that a case in which nothing
// is found is a proof for all of these; and a case differs from another in what it forbids, or in the release.
func attackOn(file string, common values) func(what, property, forbidden string, more values) Case {
	return func(what, property, forbidden string, more values) Case {
		define := maps.Clone(common)
		if define == nil {
			define = values{}
		}
		define["FORBIDDEN"] = "{" + forbidden + "}"
		maps.Copy(define, more)
		return Case{Facts: what, Models: attack.Models, Dir: "attack", File: file, Define: define, Property: property}
	}
}

// only gives the constant that has one release.
func only(constant, release string) values { return values{constant: "{" + release + "}"} }

var (
	onSocket  = attackOn("socket.bh", nil)
	onDevice  = attackOn("device.bh", nil)
	onUpcall  = attackOn("upcall.bh", only("LINUX", "v5_17_rc3"))
	onFiles   = attackOn("files.bh", nil)
	onProcess = attackOn("process.bh", only("CONTAINERD", "v1_4_3"))
	onRunc    = attackOn("runc.bh", nil)
	onVolume  = attackOn("mounts.bh", values{"MENDED": "{cve_2025_31133, cve_2025_52565, cve_2025_52881}"})
	onMask    = attackOn("mounts.bh", values{"MENDED": "{cve_2021_30465, cve_2025_52565, cve_2025_52881}"})
	onConsole = attackOn("mounts.bh", values{"MENDED": "{cve_2021_30465, cve_2025_31133, cve_2025_52881}"})
	onWrites  = attackOn("mounts.bh", values{"MENDED": "{cve_2021_30465, cve_2025_31133, cve_2025_52565}"})
	onCopy    = attackOn("helpers.bh", only("TOOLKIT", "v1_17_8"))
	onHook    = attackOn("helpers.bh", only("DOCKER", "v19_03_1"))
	onKernel  = attackOn("kernel.bh", values{"PATCHED": "{}", "MENDED": "{cve_2016_5195, cve_2022_0847}"})
	onCache   = attackOn("kernel.bh", values{"PATCHED": "{}"})
	onCluster = attackOn("cluster.bh", nil)
)

// attackSettings are the ways out of a container that its configuration opens.
var attackSettings = []Failure{
	{
		ID:     "CT-1",
		Name:   "The engine's socket in a container",
		Story:  "A process in a container that has the engine's socket asks for a privileged container with the host's root mounted, and is root of the host in it.",
		Breaks: []Promise{HostIntegrity, Confidentiality},
		Found: []Case{
			onSocket("nothing is forbidden", "HostIntact", "", nil),
			onSocket("its process is not root, but no-new-privileges is not set", "HostIntact", "as_root, socket_group", nil),
			onSocket("its process is not root, but in the group docker", "HostIntact", "as_root, new_privileges", nil),
			onSocket("the engine is rootless: its user falls, with all that is the user's", "UserIntact", "rootful", nil),
		},
		Blocked: []Case{
			onSocket("the socket is not mounted", "HostIntact", "socket_mounted", nil),
			onSocket("the socket is not mounted: nor does the engine's user fall", "UserIntact", "socket_mounted", nil),
			onSocket("the engine is rootless", "HostIntact", "rootful", nil),
			onSocket("an authorization plugin refuses privileged containers", "HostIntact", "no_authz", nil),
			onSocket("an authorization plugin refuses privileged containers: nor does the engine's user fall", "UserIntact", "no_authz", nil),
			onSocket("userns-remap is set", "UserIntact", "not_remapped, socket_group", nil),
			onSocket("its process is neither root nor in the group docker, and no-new-privileges is set", "UserIntact", "as_root, new_privileges, socket_group", nil),
		},
		Source: `Docker, "Docker daemon attack surface"; CIS Docker Benchmark 1.6.0, 5.32`,
	},
	{
		ID:     "CT-2",
		Name:   "A privileged container",
		Story:  "A privileged container without a user namespace opens the host's disk, names a program that the kernel runs as root, or loads a module.",
		Breaks: []Promise{HostIntegrity},
		Found: []Case{
			onDevice("it is privileged, and no device is given: the disk", "HostIntact", "device_given, device_rule", nil),
			onUpcall("it is privileged, and confined otherwise: core_pattern", "HostIntact", "proc_sys_writable, cap_sys_admin, seccomp_off, apparmor_off, selinux_off", nil),
			onKernel("it is privileged, and has no capability otherwise: a module", "HostIntact", "cap_sys_module, cap_sys_admin, seccomp_off", only("LINUX", "v5_17_rc3")),
		},
		Blocked: []Case{
			onDevice("it is not privileged: the disk", "HostIntact", "privileged, device_given, device_rule", nil),
			onUpcall("it is not privileged: core_pattern", "HostIntact", "privileged, proc_sys_writable, cap_sys_admin, seccomp_off, apparmor_off, selinux_off", nil),
			onKernel("it is not privileged: a module", "HostIntact", "privileged, cap_sys_module, cap_sys_admin, seccomp_off", only("LINUX", "v5_17_rc3")),
			onDevice("it has a user namespace: the disk", "HostIntact", "host_users, device_given, device_rule", nil),
			onUpcall("it has a user namespace: core_pattern", "HostIntact", "host_users, proc_sys_writable, cap_sys_admin, seccomp_off, apparmor_off, selinux_off", nil),
			onKernel("it has a user namespace: a module", "HostIntact", "host_users, cap_sys_module, cap_sys_admin, seccomp_off", only("LINUX", "v5_17_rc3")),
		},
		Source: "Moby, daemon/oci_linux.go; CIS Docker Benchmark 1.6.0, 5.5",
	},
	{
		ID:     "CT-3",
		Name:   "CAP_SYS_ADMIN and cgroup v1",
		Story:  "A container with CAP_SYS_ADMIN mounts a hierarchy of cgroup v1 and names a program as its release agent, which the kernel runs as root of the host.",
		Breaks: []Promise{HostIntegrity},
		Found: []Case{
			onUpcall("CAP_SYS_ADMIN is added, and no LSM denies mount: a release agent is named", "AgentKept", "privileged, proc_sys_writable, seccomp_off", nil),
			onUpcall("the kernel has cgroup v2 only: the host falls all the same, by a /proc that is mounted anew", "HostIntact", "cgroup_v1, privileged, proc_sys_writable, seccomp_off", nil),
		},
		Blocked: []Case{
			onUpcall("the kernel has cgroup v2 only: no release agent is named", "AgentKept", "cgroup_v1, privileged, proc_sys_writable, seccomp_off", nil),
			onUpcall("AppArmor denies mount", "HostIntact", "apparmor_off, privileged, proc_sys_writable, seccomp_off", nil),
			onUpcall("SELinux denies mount", "HostIntact", "selinux_off, privileged, proc_sys_writable, seccomp_off", nil),
			onUpcall("CAP_SYS_ADMIN is dropped", "HostIntact", "cap_sys_admin, privileged, proc_sys_writable, seccomp_off", nil),
			onUpcall("it has a user namespace", "HostIntact", "host_users, privileged, proc_sys_writable, seccomp_off", nil),
		},
		Source: "cgroups(7), release_agent; Moby, profiles/apparmor v0.1.0",
	},
	{
		ID:     "CT-4",
		Name:   "release_agent without a capability (CVE-2022-0492)",
		Story:  "A container without seccomp makes a user namespace, mounts cgroup v1 in it and names a release agent, since the kernel does not ask for the capability in the initial namespace.",
		Breaks: []Promise{HostIntegrity, Authority},
		Found: []Case{
			onUpcall("Linux 5.17-rc2", "HostIntact", "cap_sys_admin, privileged, proc_sys_writable", only("LINUX", "v5_17_rc2")),
			onUpcall("Linux 5.16.5", "HostIntact", "cap_sys_admin, privileged, proc_sys_writable", only("LINUX", "v5_16_5")),
		},
		Blocked: []Case{
			onUpcall("Docker's seccomp profile is in force, on Linux 5.17-rc2", "HostIntact", "seccomp_off, cap_sys_admin, privileged, proc_sys_writable", only("LINUX", "v5_17_rc2")),
			onUpcall("AppArmor denies mount, on Linux 5.17-rc2", "HostIntact", "apparmor_off, cap_sys_admin, privileged, proc_sys_writable", only("LINUX", "v5_17_rc2")),
			onUpcall("SELinux denies mount, on Linux 5.17-rc2", "HostIntact", "selinux_off, cap_sys_admin, privileged, proc_sys_writable", only("LINUX", "v5_17_rc2")),
			onUpcall("users without privileges make no user namespaces, on Linux 5.17-rc2", "HostIntact", "userns_allowed, cap_sys_admin, privileged, proc_sys_writable", only("LINUX", "v5_17_rc2")),
			onUpcall("Linux 5.17-rc3", "HostIntact", "cap_sys_admin, privileged, proc_sys_writable", only("LINUX", "v5_17_rc3")),
			onUpcall("Linux 5.16.6", "HostIntact", "cap_sys_admin, privileged, proc_sys_writable", only("LINUX", "v5_16_6")),
		},
		Source: "CVE-2022-0492; Unit 42, 2022",
	},
	{
		ID:     "CT-5",
		Name:   "Files by handle (shocker)",
		Story:  "A container with CAP_DAC_READ_SEARCH opens the root of the file system that one of its bind mounts is from, by handle, and reads and writes the host's files.",
		Breaks: []Promise{Confidentiality, HostIntegrity},
		Found: []Case{
			onFiles("the capability is added, and nothing else: read", "NotRead", "privileged, sensitive_mount, shared_propagation", nil),
			onFiles("the capability is added, and nothing else: written, since uid 0 may write what is root's", "HostIntact", "privileged, sensitive_mount, shared_propagation", nil),
		},
		Blocked: []Case{
			onFiles("it has Docker's fourteen capabilities", "NotRead", "cap_dac_read_search, privileged, sensitive_mount, shared_propagation", nil),
			onFiles("it has Docker's fourteen capabilities: nor written", "HostIntact", "cap_dac_read_search, privileged, sensitive_mount, shared_propagation", nil),
			onFiles("it has a user namespace", "NotRead", "host_users, privileged, sensitive_mount, shared_propagation", nil),
			onFiles("it has a user namespace: nor written", "HostIntact", "host_users, privileged, sensitive_mount, shared_propagation", nil),
			onFiles("its mounts are from a file system without the host's files", "NotRead", "shares_filesystem, privileged, sensitive_mount, shared_propagation", nil),
			onFiles("its mounts are from a file system without the host's files: nor written", "HostIntact", "shares_filesystem, privileged, sensitive_mount, shared_propagation", nil),
		},
		Source: `S. Krahmer, "shocker", 2014; open_by_handle_at(2)`,
	},
	{
		ID:     "CT-6",
		Name:   "The host's processes",
		Story:  "A container in the host's PID namespace attaches to a process of root's and has it run code, or reads the host's files by way of it.",
		Breaks: []Promise{HostIntegrity, Confidentiality},
		Found: []Case{
			onProcess("it is in the host's PID namespace", "HostIntact", "privileged, host_net", nil),
			onProcess("it is in the host's PID namespace: files, through /proc", "NotRead", "privileged, host_net", nil),
			onProcess("it has not CAP_SYS_PTRACE: a process with as few capabilities", "HostIntact", "cap_sys_ptrace, privileged, host_net", nil),
		},
		Blocked: []Case{
			onProcess("it has a PID namespace of its own", "HostIntact", "host_pid, privileged, host_net", nil),
			onProcess("it has a PID namespace of its own: nor files", "NotRead", "host_pid, privileged, host_net", nil),
			onProcess("AppArmor lets it trace processes of its profile only", "HostIntact", "apparmor_off, privileged, host_net", nil),
			onProcess("AppArmor lets it trace processes of its profile only: nor files", "NotRead", "apparmor_off, privileged, host_net", nil),
			onProcess("it has a user namespace", "HostIntact", "host_users, privileged, host_net", nil),
			onProcess("it has a user namespace: nor files", "NotRead", "host_users, privileged, host_net", nil),
		},
		Source: "ptrace(2); CIS Docker Benchmark 1.6.0, 5.16",
	},
	{
		ID:     "CT-7",
		Name:   "A writable /proc/sys",
		Story:  "A container whose /proc/sys is writable names a program as core_pattern, which the kernel runs as root of the host when a process crashes.",
		Breaks: []Promise{HostIntegrity},
		Found: []Case{
			onUpcall("/proc/sys is writable, and it has no capability more", "HostIntact", "privileged, cap_sys_admin, seccomp_off", nil),
			onUpcall("/proc/sys is read-only, but CAP_SYS_ADMIN is added, and no LSM denies mount", "HostIntact", "proc_sys_writable, cgroup_v1, privileged, seccomp_off", nil),
		},
		Blocked: []Case{
			onUpcall("/proc/sys is read-only", "HostIntact", "proc_sys_writable, privileged, cap_sys_admin, seccomp_off", nil),
			onUpcall("AppArmor denies writing there", "HostIntact", "apparmor_off, privileged, cap_sys_admin, seccomp_off", nil),
			onUpcall("it has a user namespace", "HostIntact", "host_users, privileged, cap_sys_admin, seccomp_off", nil),
		},
		Source: "core(5); Moby, pkg/oci/defaults.go",
	},
	{
		ID:     "CT-8",
		Name:   "The host's disk as a device",
		Story:  "A container that may open the device of the host's disk reads and writes the host's files past all permissions.",
		Breaks: []Promise{HostIntegrity, Confidentiality},
		Found: []Case{
			onDevice("it is not privileged", "HostIntact", "privileged", nil),
			onDevice("no device is given, but a rule allows the disk, and CAP_MKNOD is there by default", "HostIntact", "privileged, device_given", nil),
			onDevice("no device is given, but a rule allows the disk: read", "NotRead", "privileged, device_given", nil),
		},
		Blocked: []Case{
			onDevice("the device cgroup is Docker's default, CAP_MKNOD or not", "HostIntact", "privileged, device_given, device_rule", nil),
			onDevice("the device cgroup is Docker's default, CAP_MKNOD or not: nor read", "NotRead", "privileged, device_given, device_rule", nil),
		},
		Source: "Moby, pkg/oci/defaults.go; CIS Docker Benchmark 1.6.0, 5.18",
	},
	{
		ID:     "CT-21",
		Name:   "A shared mount",
		Story:  "A container with CAP_SYS_ADMIN and a bind mount that is rshared mounts over a path of the host, from which root runs a program.",
		Breaks: []Promise{HostIntegrity},
		Found: []Case{
			onFiles("the mount is rshared", "HostIntact", "privileged, cap_dac_read_search, sensitive_mount", nil),
		},
		Blocked: []Case{
			onFiles("the mount is rprivate or rslave", "HostIntact", "shared_propagation, privileged, cap_dac_read_search, sensitive_mount", nil),
			onFiles("CAP_SYS_ADMIN is not added", "HostIntact", "cap_sys_admin, privileged, cap_dac_read_search, sensitive_mount", nil),
			onFiles("AppArmor denies mount", "HostIntact", "apparmor_off, privileged, cap_dac_read_search, sensitive_mount", nil),
			onFiles("it has a user namespace", "HostIntact", "host_users, privileged, cap_dac_read_search, sensitive_mount", nil),
		},
		Source: "mount_namespaces(7); CIS Docker Benchmark 1.6.0, 5.20",
	},
	{
		ID:     "CT-22",
		Name:   "The token of a service account",
		Story:  "A pod uses the token that is mounted into it to create a privileged pod with the node's files, and is root of the node.",
		Breaks: []Promise{HostIntegrity, Authority},
		Found: []Case{
			onCluster("nothing is forbidden", "HostIntact", "", nil),
			onCluster("nothing is forbidden: a pod is admitted that has more than its creator", "NotRaised", "", nil),
			onCluster("PodSecurity enforces baseline: the secrets of the namespace are read all the same", "SecretsKept", "no_pod_security", nil),
		},
		Blocked: []Case{
			onCluster("automountServiceAccountToken is false", "HostIntact", "token_mounted", nil),
			onCluster("automountServiceAccountToken is false: nor are secrets read", "SecretsKept", "token_mounted", nil),
			onCluster("PodSecurity enforces baseline or restricted", "HostIntact", "no_pod_security", nil),
			onCluster("PodSecurity enforces baseline or restricted: no such pod is admitted", "NotRaised", "no_pod_security", nil),
			onCluster("the account may not create pods", "SecretsKept", "creates_pods", nil),
		},
		Source: `Kubernetes, "RBAC Good Practices"; CIS Kubernetes Benchmark 1.12, 5.1.4, 5.1.6`,
	},
	{
		ID:     "CT-23",
		Name:   "Metadata and services of the host",
		Story:  "A container reaches the cloud's service of metadata, or a service of its host that trusts whoever reaches it, and is given credentials.",
		Breaks: []Promise{Confidentiality},
		Found: []Case{
			onCluster("the cloud serves metadata", "CredentialsKept", "host_net, host_service", nil),
			onCluster("the host has such a service on all addresses", "CredentialsKept", "host_net, metadata_service", nil),
			onCluster("a policy for egress is in force: it does not keep a pod from its own node", "CredentialsKept", "no_egress_policy, host_net", nil),
			onCluster("rules of INPUT are in force: they do not see what is forwarded", "CredentialsKept", "no_input_rule, host_net", nil),
			onCluster("both are in force, and it is in the host's network", "CredentialsKept", "no_egress_policy, no_input_rule", nil),
		},
		Blocked: []Case{
			onCluster("a policy for egress is in force: metadata", "CredentialsKept", "no_egress_policy, host_net, host_service", nil),
			onCluster("rules of INPUT are in force: services of the host", "CredentialsKept", "no_input_rule, host_net, metadata_service", nil),
			onCluster("both are in force", "CredentialsKept", "no_egress_policy, no_input_rule, host_net", nil),
		},
		Source: `Kubernetes, "Network Policies"; CIS Kubernetes Benchmark 1.12, 5.3.2`,
	},
}
