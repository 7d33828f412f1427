package attack

import (
	"fmt"
	"iter"
	"math/bits"
	"strings"
)

// Fact is something about a configuration that helps an attacker: a setting that relaxes the confinement of a container, a way
// in which people use it, or a vulnerability of a release. A fact that does not hold never helps: the less facts, the better.
type Fact uint8

// The facts about the process and the user it runs as.
const (
	AsRoot        Fact = iota + 1 // its process has uid 0 in the container (image USER, --user)
	SetuidProgram                 // it has a program that is setuid root
	NewPrivileges                 // no-new-privileges is not set (Docker's default): setuid bits count
	HostUsers                     // no user namespace: uid 0 in it is uid 0 of the host
	Rootful                       // the engine runs as root
	NotRemapped                   // its uid 0 is the user that the engine runs as: no userns-remap
)

// The facts about what confines it.
const (
	PrivilegedFlag   Fact = iota + 7 // --privileged
	CapSysAdmin                      // CAP_SYS_ADMIN added
	CapSysModule                     // CAP_SYS_MODULE added
	CapSysPtrace                     // CAP_SYS_PTRACE added
	CapDacReadSearch                 // CAP_DAC_READ_SEARCH added
	CapMknod                         // CAP_MKNOD, which Docker's default has
	SeccompOff                       // seccomp=unconfined; Kubernetes' default without seccompDefault
	AppArmorOff                      // no profile of AppArmor
	SELinuxOff                       // SELinux does not enforce, or label=disable
	NoCustomLSM                      // no policy of one's own denies writing to settings of the kernel by whatever path
	ProcSysWritable                  // /proc/sys is not read-only (systempaths=unconfined, or another mount of proc)
)

// The facts about what of the host it is given.
const (
	HostPID           Fact = iota + 18 // --pid=host
	HostNet                            // --network=host
	SocketMounted                      // the engine's socket is mounted, with or without :ro
	SocketGroup                        // its process is of the socket's group on the host (--group-add, without userns-remap)
	DeviceGiven                        // a disk of the host by --device
	DeviceRule                         // the device cgroup allows the host's disks (--device-cgroup-rule)
	SharedPropagation                  // a bind mount with propagation rshared
	SharesFilesystem                   // a bind mount from the file system with the host's files, as /etc/hosts mostly is
	SharedVolume                       // it shares a volume with containers that are started meanwhile
	GPU                                // it is started by NVIDIA's toolkit
	WeakHostProcess                    // a process of the host's root has no capability that the container lacks
	SensitiveMount                     // a directory of the host that matters to it is mounted (/, /etc, /usr; CIS Docker 5.6)
	MountWritable                      // the same without :ro
)

// The facts about the host, the engine and those who use them.
const (
	NoAuthz         Fact = iota + 31 // no authorization plugin refuses privileged containers
	CgroupV1                         // hierarchies of cgroup v1 can be mounted
	UsernsAllowed                    // users without privileges may create user namespaces
	BinaryWritable                   // runc's binary is on a writable file system
	ForeignImage                     // an image is run that the principal made
	OperatorExecs                    // the operator runs docker exec
	OperatorCopies                   // the operator runs docker cp
	CopiesUnpaused                   // without docker pause around it
	TokenMounted                     // the token of a service account is mounted
	CreatesPods                      // its role allows create pods
	NoPodSecurity                    // no admission of PodSecurity baseline or stricter
	Bridged                          // it is on a network with a gateway
	HostService                      // the host offers a service that trusts whoever reaches it, on all addresses
	NoInputRule                      // no rule in INPUT keeps containers from it
	MetadataService                  // the cloud's service of metadata answers on 169.254.169.254
	NoEgressPolicy                   // no policy of the network keeps containers from it
	CompatHook                       // NVIDIA's toolkit runs its hook enable-cuda-compat (disable-cuda-compat-lib-hook is not set)
)

// The vulnerabilities. Affects tells in which releases they are.
const (
	CVE2019_5736  Fact = iota + 48 // runc: its binary can be opened from the container
	CVE2021_30465                  // runc: a mount's destination is exchanged for a link
	CVE2024_21626                  // runc: a descriptor of a directory of the host is left open
	CVE2025_31133                  // runc: /dev/null, that masks paths, is exchanged for a link
	CVE2025_52565                  // runc: the bind mount of /dev/console follows a link
	CVE2025_52881                  // runc: writes to /proc are redirected
	CVE2019_14271                  // Docker: docker-tar loads libraries from the container
	CVE2018_15664                  // Docker: a path is exchanged for a link while docker cp works
	CVE2020_15257                  // containerd: the shim listens on an abstract socket
	CVE2025_23266                  // NVIDIA Container Toolkit: a hook has the image's environment
	CVE2016_5195                   // Linux: DirtyCOW
	CVE2022_0847                   // Linux: DirtyPipe
	CVE2022_0185                   // Linux: legacy_parse_param of the file system context
	CVE2022_0492                   // Linux: release_agent without a check of capabilities

	facts // one more than the last
)

// facts must fit in a Set.
var _ [64 - facts]struct{}

var factNames = [facts]string{
	AsRoot: "as_root", SetuidProgram: "setuid_program", NewPrivileges: "new_privileges", HostUsers: "host_users",
	Rootful: "rootful", NotRemapped: "not_remapped", PrivilegedFlag: "privileged", CapSysAdmin: "cap_sys_admin",
	CapSysModule: "cap_sys_module", CapSysPtrace: "cap_sys_ptrace", CapDacReadSearch: "cap_dac_read_search",
	CapMknod: "cap_mknod", SeccompOff: "seccomp_off", AppArmorOff: "apparmor_off", SELinuxOff: "selinux_off",
	NoCustomLSM: "no_custom_lsm", ProcSysWritable: "proc_sys_writable", HostPID: "host_pid", HostNet: "host_net",
	SocketMounted: "socket_mounted", SocketGroup: "socket_group", DeviceGiven: "device_given", DeviceRule: "device_rule",
	SharedPropagation: "shared_propagation", SharesFilesystem: "shares_filesystem", SharedVolume: "shared_volume", GPU: "gpu",
	WeakHostProcess: "weak_host_process", SensitiveMount: "sensitive_mount", MountWritable: "mount_writable", NoAuthz: "no_authz", CgroupV1: "cgroup_v1", UsernsAllowed: "userns_allowed",
	BinaryWritable: "binary_writable", ForeignImage: "foreign_image", OperatorExecs: "operator_execs",
	OperatorCopies: "operator_copies", CopiesUnpaused: "copies_unpaused", TokenMounted: "token_mounted",
	CreatesPods: "creates_pods", NoPodSecurity: "no_pod_security", Bridged: "bridged", HostService: "host_service",
	NoInputRule: "no_input_rule", MetadataService: "metadata_service", NoEgressPolicy: "no_egress_policy",
	CompatHook:   "compat_hook",
	CVE2019_5736: "cve_2019_5736", CVE2021_30465: "cve_2021_30465", CVE2024_21626: "cve_2024_21626",
	CVE2025_31133: "cve_2025_31133", CVE2025_52565: "cve_2025_52565", CVE2025_52881: "cve_2025_52881",
	CVE2019_14271: "cve_2019_14271", CVE2018_15664: "cve_2018_15664", CVE2020_15257: "cve_2020_15257",
	CVE2025_23266: "cve_2025_23266", CVE2016_5195: "cve_2016_5195", CVE2022_0847: "cve_2022_0847",
	CVE2022_0185: "cve_2022_0185", CVE2022_0492: "cve_2022_0492",
}

// Valid tells whether the fact is one of the above.
func (f Fact) Valid() bool { return f > 0 && f < facts }

// Vulnerability tells whether the fact is a mistake in a release, that its maker has mended, and no matter of configuration.
func (f Fact) Vulnerability() bool { return f >= CVE2019_5736 && f < facts }

// String gives the spelling of the models.
func (f Fact) String() string {
	if f.Valid() {
		return factNames[f]
	}
	return fmt.Sprintf("fact(%d)", uint8(f))
}

// Set is a set of facts.
type Set uint64

// Vulnerabilities are all facts that are vulnerabilities, and All all there are.
const (
	All             = Set(1)<<facts - 2
	Vulnerabilities = All &^ (Set(1)<<CVE2019_5736 - 1)
)

// NewSet gives the set of some facts. Those that are not valid are left out.
func NewSet(fs ...Fact) Set {
	var s Set
	for _, f := range fs {
		if f.Valid() {
			s |= 1 << f
		}
	}
	return s
}

// Has tells whether f is in the set.
func (s Set) Has(f Fact) bool { return f.Valid() && s>>f&1 != 0 }

// Within tells whether all of s is in t.
func (s Set) Within(t Set) bool { return s&^t == 0 }

// Len is the number of facts.
func (s Set) Len() int { return bits.OnesCount64(uint64(s & All)) }

// Facts gives the elements in order.
func (s Set) Facts() iter.Seq[Fact] {
	return func(yield func(Fact) bool) {
		for f := Fact(1); f < facts; f++ {
			if s.Has(f) && !yield(f) {
				return
			}
		}
	}
}

// String gives the elements in braces.
func (s Set) String() string {
	var names []string
	for f := range s.Facts() {
		names = append(names, f.String())
	}
	return "{" + strings.Join(names, ", ") + "}"
}
