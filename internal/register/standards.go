package register

// The standards, in the order in which they are shown. Nothing here says that a host complies with one of them: an item is an
// obligation of people, too, and what a model leaves out may break it.
const (
	containers   = "NIST SP 800-190, Application Container Security Guide"
	full         = "NIST SP 800-125, Guide to Security for Full Virtualization Technologies"
	hypervisors  = "NIST SP 800-125A revision 1, Security Recommendations for Server-based Hypervisor Platforms"
	cisDocker    = "CIS Docker Benchmark 1.6.0"
	cisKube      = "CIS Kubernetes Benchmark 1.12"
	runtimeSpec  = "OCI Runtime Specification 1.3.0"
	podStandards = "Kubernetes Pod Security Standards"
	iso27001     = "ISO/IEC 27001:2022, Annex A"
)

// scanned is why something cannot be derived.
const scanned = "a fact about contents, from a scanner: it goes in, and cannot be derived"

// Items are the recommendations.
var Items = []Item{
	{containers, "4.1.1", "Image vulnerabilities", "no image has a known vulnerability", nil, scanned},
	{
		containers, "4.1.2", "Image configuration defects", "the user of an image is not root, and it has no sshd",
		[]Evidence{holds("kubernetes/podsecurity/inherit", "NotRoot"), fails("CT-9")},
		"",
	},
	{containers, "4.1.3", "Embedded malware", "no image has malware", nil, scanned},
	{containers, "4.1.4", "Embedded clear text secrets", "no secret stands in the environment, the labels or the configuration", nil, scanned},
	{containers, "4.1.5", "Use of untrusted images", "images are named by digest, from registries that are trusted", nil, "what an image is called is configuration, and no model reads it"},
	{containers, "4.2", "Registries: connections, stale images, authentication", "connections are encrypted, tags are not latest, access is authenticated", nil, "a registry is outside all models of this library"},
	{
		containers, "4.3.1, 4.3.2", "Administrative and unauthorised access to the orchestrator", "what a subject can come to hold is what was declared for it",
		[]Evidence{holds("kubernetes/rbac/closure", "CausesOfEverything", "CausesSuffice"), holds("kubernetes/rbac/escalation", "Conserved"), fails("CT-22")},
		"",
	},
	{
		containers, "4.3.3", "Poorly separated inter-container traffic", "nothing outside a zone reaches into it, through others neither",
		[]Evidence{holds("docker/network/reach", "NetworksApart", "InternalIsClosed"), holds("docker/network/relay", "OnlyByChains", "ApartIsSafe"), holds("kubernetes/netpolicy/policy", "Nobody", "BothEnds"), fails("NS-1")},
		"",
	},
	{
		containers, "4.3.4", "Mixing of workload sensitivity levels", "a node has containers of one level, also after preemption and rescheduling",
		[]Evidence{holds("kubernetes/scheduler/affinity", "Apart", "NobodyObjects"), shows("kubernetes/scheduler/affinity", "Ignored")},
		"",
	},
	{
		containers, "4.3.5", "Orchestrator node trust", "who holds a node holds no other one",
		[]Evidence{holds("attack/cluster", "HostIntact", "OnlyBy"), holds("kubernetes/rbac/closure", "CausesOfNodes"), fails("CT-22")},
		"",
	},
	{
		containers, "4.4.1", "Vulnerabilities within the runtime software", "the version of the runtime is outside the ranges of its advisories",
		[]Evidence{holds("attack/runc", "OnlyBy", "Suffices"), holds("attack/releases", "NewestSound"), fails("CT-9", "CT-13", "CT-14", "CT-15", "CT-16", "CT-17")},
		"",
	},
	{
		containers, "4.4.2", "Unbounded network access from containers", "what leaves is denied unless it is allowed",
		[]Evidence{holds("kubernetes/netpolicy/policy", "BothEnds", "Settles"), fails("CT-23")},
		"",
	},
	{
		containers, "4.4.3", "Insecure container runtime configurations", "not privileged, with seccomp and a security module, few capabilities, no namespace of the host",
		[]Evidence{holds("attack/chain", "HostIntact"), holds("docker/confine/inside", "WithinContainer", "NobodyStays"), holds("docker/confine/tweak", "NothingElse"), fails("CT-2", "CT-3", "CT-6")},
		"",
	},
	{
		containers, "4.4.4, 4.4.5", "App vulnerabilities and rogue containers", "what a container writes to its root file system stays its own; what runs was admitted",
		[]Evidence{holds("docker/storage/volume", "OwnAlone"), holds("kubernetes/podsecurity/admission", "Enforced")},
		"",
	},
	{
		containers, "4.5.1, 4.5.2, 4.5.3", "The host's surface, a shared kernel, components", "tenants that need a machine apart do not share a kernel, and the kernel's version is outside the ranges of its advisories",
		[]Evidence{holds("isolation/kernel", "Machines"), holds("attack/kernel", "OnlyBy"), shows("attack/kernel", "DespiteAll"), fails("CT-18", "CT-19")},
		"",
	},
	{
		containers, "4.5.4, 4.5.5", "Improper user rights and file system tampering", "nobody is in the group of the engine's socket; no sensitive path of the host is mounted for writing",
		[]Evidence{holds("attack/socket", "HostIntact", "OnlyBy"), holds("attack/files", "HostIntact", "NotRead"), fails("CT-1", "CT-5")},
		"",
	},

	{
		full, "guest isolation", "Partitioned resources, the management network, devices", "machines have what is reserved for them, guests do not reach the management network, what is not used is not there",
		[]Evidence{holds("esxi/cpu/dispatch", "Delivered", "Limited"), holds("esxi/memory/reclaim", "Reserved"), holds("esxi/network/management", "HostIntact"), fails("VM-3")},
		"",
	},
	{
		hypervisors, "HY-BF1", "Process isolation of machines", "no machine reads or writes memory of another one or of the hypervisor, and each gets what is reserved for it",
		[]Evidence{holds("esxi/memory/frames", "Protected", "HostsOwn", "HostData"), holds("isolation/memory", "Tenants"), holds("esxi/pool/entitlement", "Guarantee"), fails("VM-4", "VM-5")},
		"",
	},
	{
		hypervisors, "HY-BF2", "Device emulation and access control", "a device of one machine writes only where that machine's table lets it, and a fault in its emulation stays in its process",
		[]Evidence{holds("esxi/memory/frames", "DmaWithin"), holds("isolation/dma", "Tenants"), holds("esxi/escape/device", "HostIntact"), fails("VM-1")},
		"",
	},
	{
		hypervisors, "HY-BF3", "Execution of privileged operations", "what a guest hands to the host is read once and checked",
		[]Evidence{holds("esxi/escape/vmx", "KernelIntact", "InBounds"), fails("VM-2")},
		"",
	},
	{
		hypervisors, "HY-BF4", "Management of machines", "the steps of a life-cycle are those of its table, and a migration leaves one owner",
		[]Evidence{holds("esxi/lifecycle/power", "ByTheTable", "OneTask"), holds("vsphere/vmotion/migrate", "OneOwner", "NotLost")},
		"",
	},
	{
		hypervisors, "HY-BF5", "Administration of the platform", "only who has the privileges acts, and management is on a network of its own",
		[]Evidence{holds("vsphere/permission/administer", "Powerless"), holds("vsphere/permission/migrate", "Allowed"), fails("VM-3")},
		"",
	},

	{
		cisDocker, "2.2", "Network traffic is restricted between containers on the default bridge", "no container of the bridge reaches another one, but by a port that is published and the proxy",
		[]Evidence{holds("docker/network/reach", "OnlyByProxy")},
		"",
	},
	{
		cisDocker, "2.9", "User namespace support is enabled", "root of a container is not root of the host",
		[]Evidence{holds("linux/namespace/users", "RootSafe"), holds("linux/namespace/idmap", "RootSafe")},
		"",
	},
	{
		cisDocker, "2.12", "Client commands are authorised", "who has the engine's socket does not have the host by it",
		[]Evidence{holds("attack/socket", "OnlyBy", "Suffices")},
		"",
	},
	{
		cisDocker, "2.14", "Containers are restricted from acquiring new privileges", "no exec adds a capability",
		[]Evidence{holds("linux/capability/exec", "NoNewPrivs", "NoNewUser")},
		"",
	},
	{
		cisDocker, "2.15", "Live restore is enabled", "what runs goes on while the engine is away",
		[]Evidence{tests("model/docker/engine", "TestAfterDaemonRestart")},
		"",
	},
	{
		cisDocker, "2.16", "The userland proxy is disabled", "no proxy carries what the rules of the bridge would drop",
		[]Evidence{holds("docker/network/reach", "OnlyByProxy"), shows("docker/network/reach", "NeighbourServed")},
		"",
	},
	{
		cisDocker, "2.17", "A custom seccomp profile is applied", "another profile on top never allows more",
		[]Evidence{holds("linux/seccomp/stack", "Tightens")},
		"",
	},
	{
		cisDocker, "3.15, 3.16", "The socket belongs to root and its group, with mode 660", "only root and who is in the group asks the engine for anything",
		[]Evidence{holds("attack/socket", "HostIntact", "OnlyBy"), fails("CT-1")},
		"",
	},
	{
		cisDocker, "4.1", "A user for the container has been made", "what runs is not root, and stays so",
		[]Evidence{holds("docker/confine/inside", "NobodyStays"), holds("kubernetes/podsecurity/inherit", "NotRoot")},
		"",
	},
	{cisDocker, "5.1", "Swarm mode is not enabled unless it is needed", "swarm is inactive", nil, "a setting of the engine, which nothing in the models depends on"},
	{
		cisDocker, "5.2, 5.3, 5.22", "AppArmor, SELinux and seccomp are not disabled", "no profile is unconfined",
		[]Evidence{holds("docker/confine/kernel_file", "EitherWill"), holds("linux/seccomp/stack", "Tightens"), fails("CT-4", "CT-18")},
		"",
	},
	{
		cisDocker, "5.4", "Linux capabilities are restricted", "capabilities are among those allowed",
		[]Evidence{holds("docker/confine/tweak", "Plain", "NothingElse", "DroppedIsGone"), fails("CT-5")},
		"",
	},
	{
		cisDocker, "5.5", "Privileged containers are not used", "no container is privileged",
		[]Evidence{holds("docker/confine/tweak", "PrivilegedHasAll"), fails("CT-2", "CT-8")},
		"",
	},
	{
		cisDocker, "5.6", "Sensitive host directories are not mounted", "no mount is of /, /boot, /dev, /etc, /lib, /proc, /sys or /usr",
		[]Evidence{holds("attack/files", "NotRead", "ReadOnlyBy"), fails("CT-5", "CT-7")},
		"",
	},
	{cisDocker, "5.7", "sshd is not run within containers", "no process is sshd", nil, scanned},
	{
		cisDocker, "5.8, 5.9, 5.14", "Ports: none below 1024, only those needed, each on one interface", "a published port is reached from where it is meant to be",
		[]Evidence{holds("docker/network/publish", "PublishedKept"), holds("docker/network/reach", "OnlyPublishedFromOutside"), fails("NS-2")},
		"",
	},
	{
		cisDocker, "5.10, 5.16, 5.17, 5.21, 5.31", "The host's namespaces are not shared", "no container is in the host's network, PID, IPC, UTS or user namespace",
		[]Evidence{holds("linux/namespace/namespaces", "HostIsolation"), fails("CT-6", "CT-12")},
		"",
	},
	{
		cisDocker, "5.11, 5.12, 5.19, 5.25, 5.29", "Memory, CPU, files and PIDs are limited", "a container that takes all it can leaves its neighbours what is theirs",
		[]Evidence{holds("linux/cgroup/cgroup", "WithinEffective"), holds("linux/cpu/weights", "Sure"), holds("linux/cgroup/pids", "Innocent"), fails("RS-3")},
		"",
	},
	{
		cisDocker, "5.13", "The root file system is mounted read only", "no write to the root file system succeeds; where one does, no layer of the image changes",
		[]Evidence{holds("docker/storage/overlay", "LowerFixed"), fails("CT-9")},
		"",
	},
	{
		cisDocker, "5.15", "Restart on failure is limited to 5", "a container that fails always is started at most five times more",
		[]Evidence{holds("docker/engine/backoff", "Attempts"), holds("docker/engine/restart", "Counted"), fails("RS-10")},
		"",
	},
	{
		cisDocker, "5.18", "Host devices are not directly exposed", "no device of the host can be opened",
		[]Evidence{holds("docker/confine/device", "Needs", "Suffices"), fails("CT-8")},
		"",
	},
	{
		cisDocker, "5.20", "Mount propagation is not shared", "no mount of a container shows on the host",
		[]Evidence{holds("docker/storage/propagate", "PrivateApart", "HostIntact"), fails("CT-21")},
		"",
	},
	{
		cisDocker, "5.23, 5.24", "exec is not used with --privileged or as root", "no such command is in a run",
		[]Evidence{holds("docker/confine/inside", "WithinContainer")},
		"",
	},
	{
		cisDocker, "5.26", "Containers are restricted from acquiring additional privileges", "no exec adds a capability",
		[]Evidence{holds("linux/capability/exec", "NoNewPrivs")},
		"",
	},
	{cisDocker, "5.27, 5.28", "Health is checked; images are the latest", "a check is configured; a version is the latest", nil, "what the latest version is stands outside"},
	{
		cisDocker, "5.30", "The default bridge is not used", "no container is on docker0",
		[]Evidence{holds("docker/network/attach", "Names")},
		"",
	},
	{
		cisDocker, "5.32", "The Docker socket is not mounted", "no container can ask the engine for another one",
		[]Evidence{holds("attack/socket", "HostIntact", "OnlyBy"), fails("CT-1")},
		"",
	},

	{
		cisKube, "5.1", "RBAC and service accounts", "what a subject can come to hold, by pods, secrets, binding, escalation and impersonation, is what was declared for it",
		[]Evidence{holds("kubernetes/rbac/escalation", "Conserved", "Revocable"), holds("kubernetes/rbac/closure", "CausesOfEverything", "CausesOfSecrets", "CausesOfAccount"), fails("CT-22")},
		"",
	},
	{
		cisKube, "5.2", "Pod Security Standards", "a mechanism is active, and each field obeys its level",
		[]Evidence{holds("kubernetes/podsecurity/inherit", "Monotone", "NotRoot", "Filtered"), holds("kubernetes/podsecurity/capabilities", "DefaultsAtMost", "Masked"), tests("model/kubernetes/podsecurity", "TestVerdictsOfKubernetes", "TestLevelsAreMonotone")},
		"",
	},
	{
		cisKube, "5.3", "Network policies", "every namespace has policies, and what they do not allow is not delivered",
		[]Evidence{holds("kubernetes/netpolicy/policy", "Open", "Nobody", "BothEnds")},
		"",
	},
	{cisKube, "5.4", "Secrets management", "secrets are files or stand outside", nil, scanned},
	{cisKube, "5.5", "Extensible admission control", "where an image comes from is checked", nil, "what an image is called is configuration, and no model reads it"},
	{
		cisKube, "5.6", "General policies", "namespaces are boundaries, seccomp is RuntimeDefault",
		[]Evidence{holds("kubernetes/podsecurity/inherit", "Filtered"), holds("kubernetes/podsecurity/admission", "Enforced")},
		"",
	},

	{
		runtimeSpec, "runtime.md", "Operations and life-cycle", "each operation has its precondition, and an error has no effect",
		[]Evidence{holds("oci/lifecycle", "InOrder", "DeletesStopped", "Undone", "EditsHaveNoEffect"), holds("oci/namespaces", "TwiceIsError", "ErrorMakesNothing"), tests("model/oci", "TestSpecConforms", "TestEveryMust", "TestEachDeparture")},
		"",
	},
	{
		podStandards, "baseline, restricted", "One check for each control", "each check as its version says, and levels include one another",
		[]Evidence{holds("kubernetes/podsecurity/inherit", "Monotone"), holds("kubernetes/podsecurity/capabilities", "Monotone"), tests("model/kubernetes/podsecurity", "TestVerdictsOfKubernetes", "TestLevelsAreMonotone")},
		"",
	},

	{
		iso27001, "A.5.15, A.8.2, A.8.3", "Access control, privileged access, restriction of access to information", "what is done is permitted, and nobody raises itself",
		[]Evidence{holds("vsphere/permission/evaluate", "Founded", "NearestDecides"), holds("vsphere/permission/administer", "Powerless")},
		"",
	},
	{iso27001, "A.8.5", "Secure authentication", "who acts is who it says it is", nil, "models take the principal of a step as given"},
	{
		iso27001, "A.8.6", "Capacity management", "what is admitted can be given what it was promised, also after the failures that are planned for",
		[]Evidence{holds("esxi/pool/admission", "Fits"), holds("vsphere/ha/admission", "Capacity"), fails("VM-8", "VM-12")},
		"",
	},
	{
		iso27001, "A.8.8", "Management of technical vulnerabilities", "versions are outside the ranges of advisories",
		[]Evidence{holds("attack/releases", "NewestSound"), shows("attack/releases", "ComesBack"), fails("CT-19", "VM-2")},
		"",
	},
	{
		iso27001, "A.8.9", "Configuration management", "what runs becomes what is declared",
		[]Evidence{holds("kubernetes/controller/reconcile", "Converges"), holds("deploy/apply", "Converges", "Recorded")},
		"",
	},
	{
		iso27001, "A.5.29, A.5.30, A.8.14", "Continuity and redundancy", "after the failure of any one host every protected machine runs again, within a bound",
		[]Evidence{holds("vsphere/ha/failover", "Restarted", "Outage"), fails("VM-9", "VM-10", "VM-16")},
		"",
	},
	{
		iso27001, "A.8.13", "Information backup", "a snapshot gives back what was taken",
		[]Evidence{holds("esxi/lifecycle/snapshots", "Revert.ensures", "Consistent", "HeldForEver")},
		"",
	},
	{
		iso27001, "A.8.12, A.8.15, A.8.16", "Leakage prevention, logging, monitoring", "what is done is logged, and nobody sees what another one does",
		[]Evidence{holds("access/audit", "Logged", "Evident"), holds("ops/alert", "Exact"), holds("access/monitor", "Contained")},
		"",
	},
	{
		iso27001, "A.8.18", "Privileged utility programs", "no socket of the engine, no privileged exec",
		[]Evidence{holds("attack/socket", "HostIntact"), holds("docker/confine/inside", "WithinContainer"), fails("CT-1")},
		"",
	},
	{
		iso27001, "A.8.20 to A.8.22", "Networks: security, services, segregation", "who reaches whom is what the policy says",
		[]Evidence{holds("esxi/network/vlan", "OnlyIfLinked", "NoHopping"), holds("esxi/network/private", "OnlyIfAllowed"), holds("esxi/network/security", "Hardened"), fails("VM-6")},
		"",
	},
	{
		iso27001, "A.8.31", "Separation of development, test and production", "no node has two of these labels, and what is on one network or kernel does not reach, or is not seen on, another one",
		[]Evidence{holds("docker/network/reach", "NetworksApart"), holds("isolation/kernel", "Machines"), holds("kubernetes/scheduler/affinity", "Apart", "NobodyObjects"), shows("kubernetes/scheduler/affinity", "Ignored")},
		"",
	},
}
