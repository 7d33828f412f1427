package attack

import (
	"errors"
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// Users says whose the user ids of a container are.
type Users uint8

// The ways.
const (
	HostIDs  Users = iota // uid 0 in the container is uid 0 of the host
	Remapped              // userns-remap, or hostUsers: false: the ids are subordinate ones that own nothing
	Rootless              // the engine runs as a user without privileges, who is uid 0 in its containers
)

var userNames = [...]string{"host", "remapped", "rootless"}

// String names the way.
func (u Users) String() string {
	if int(u) < len(userNames) {
		return userNames[u]
	}
	return fmt.Sprintf("users(%d)", uint8(u))
}

// Facts are the configuration of a container, of its host and of those who use both, as far as an attack depends on it. The
// zero Facts are a container with nothing but what this package says of every container; Default is Docker's.
type Facts struct {
	// The process (docker run --user, --security-opt no-new-privileges; image USER).
	Root            bool // uid 0 in the container
	SetuidProgram   bool // the image has a program that is setuid root
	NoNewPrivileges bool
	Users           Users

	// Its confinement (docker run --privileged, --cap-add, --security-opt; Moby pkg/oci/defaults.go).
	Privileged      bool // no seccomp, no AppArmor, no SELinux label, all capabilities and devices, nothing masked
	SysAdmin        bool // CAP_SYS_ADMIN
	SysModule       bool // CAP_SYS_MODULE
	SysPtrace       bool // CAP_SYS_PTRACE
	DacReadSearch   bool // CAP_DAC_READ_SEARCH
	Mknod           bool // CAP_MKNOD, one of the fourteen by default
	Seccomp         bool // Docker's profile or a stricter one
	AppArmor        bool // docker-default or a stricter one
	SELinux         bool // enforcing, with a label of its own
	SysctlLSM       bool // a policy of one's own keeps settings of the kernel, by whatever path they are reached
	UnmaskedProc    bool // /proc/sys is writable as far as the mount goes (--security-opt systempaths=unconfined)
	HostPID         bool // --pid=host
	HostNet         bool // --network=host
	OnBridge        bool // on a network with a gateway; not with --network=none
	EgressPolicy    bool // a policy keeps it from 169.254.169.254
	Token           bool // automountServiceAccountToken
	CreatePods      bool // the role of its service account allows create pods
	PodSecurity     bool // PodSecurity of its namespace enforces baseline or restricted
	GPU             bool // started by NVIDIA's toolkit
	NoCompatHook    bool // with its hook enable-cuda-compat disabled (disable-cuda-compat-lib-hook)
	ForeignImage    bool // of an image that the attacker made
	Exec            bool // people run docker exec in it
	Copy            bool // people run docker cp with it
	PausedForCopy   bool // after docker pause
	ReadOnlyRuntime bool // runc's binary is on a read-only or immutable file

	// What of the host it is given (docker run -v, --device, --device-cgroup-rule).
	Socket         bool // the engine's socket, with or without :ro
	SocketGroup    bool // its process is in the group docker of the host
	Device         bool // a disk of the host
	DeviceRule     bool // a rule that allows the host's disks
	SensitiveMount bool // /, /etc, /usr and the like
	ReadOnlyMount  bool // that with :ro
	Shared         bool // a bind mount with rshared
	SharedVolume   bool // a volume that containers have which are started meanwhile
	SeparateMounts bool // no bind mount is from the file system that has the host's files; /etc/hosts mostly is

	// The host.
	Authorization bool // an authorization plugin refuses privileged containers and mounts of the host
	CgroupV1      bool // hierarchies of cgroup v1 can be mounted, whether in use or not
	NoUserns      bool // users without privileges may not create user namespaces (user.max_user_namespaces=0)
	WeakProcess   bool // a process of root's has no capability that the container lacks
	Service       bool // a service that trusts whoever reaches it, on all addresses
	InputRules    bool // rules of INPUT keep containers from it
	Metadata      bool // a cloud's service of metadata that hands out credentials

	// The releases upstream; the zero Release is a program that is not in use. There is a kernel always.
	Runc, Docker, Containerd, Toolkit, Kernel Release
	// Mended are vulnerabilities that a distribution has mended in an older release.
	Mended []Fact
}

// Default are the facts of `docker run` of an image that runs as root, on a host with AppArmor and cgroup v2, with releases of
// 2026 (runc 1.4.0, Docker 29.0, containerd 2.2, Linux 6.18), nobody using docker exec or docker cp.
func Default() Facts {
	return Facts{
		Root: true, SetuidProgram: true, Mknod: true, Seccomp: true, AppArmor: true, OnBridge: true,
		Runc: MustRelease("1.4.0"), Docker: MustRelease("29.0.0"), Containerd: MustRelease("2.2.0"), Kernel: MustRelease("6.18"),
	}
}

// Weaknesses gives the facts that help an attacker. A configuration that Docker refuses is an error that wraps ErrRefused: with
// userns-remap there is no --privileged, --pid=host nor --network=host (Moby daemon/daemon_unix.go).
func (f Facts) Weaknesses() (Set, error) {
	if int(f.Users) >= len(userNames) {
		return 0, fmt.Errorf("got %s, want one of %v", f.Users, userNames)
	}
	if f.Users == Remapped && (f.Privileged || f.HostPID || f.HostNet) {
		return 0, model.Refuse("privileged containers and those in the PID or network namespace of the host are incompatible with user namespaces")
	}
	if f.Kernel == (Release{}) {
		return 0, errors.New("got no release of the kernel")
	}
	var out Set
	for fact, holds := range map[Fact]bool{
		AsRoot: f.Root, SetuidProgram: f.SetuidProgram, NewPrivileges: !f.NoNewPrivileges,
		HostUsers: f.Users == HostIDs, Rootful: f.Users != Rootless, NotRemapped: f.Users != Remapped,
		PrivilegedFlag: f.Privileged, CapSysAdmin: f.SysAdmin, CapSysModule: f.SysModule, CapSysPtrace: f.SysPtrace,
		CapDacReadSearch: f.DacReadSearch, CapMknod: f.Mknod, SeccompOff: !f.Seccomp, AppArmorOff: !f.AppArmor,
		SELinuxOff: !f.SELinux, NoCustomLSM: !f.SysctlLSM, ProcSysWritable: f.UnmaskedProc, HostPID: f.HostPID,
		HostNet:       f.HostNet && f.Users != Rootless, // the host's network of a rootless engine is its own
		SocketMounted: f.Socket, SocketGroup: f.SocketGroup, DeviceGiven: f.Device, DeviceRule: f.DeviceRule, SharedPropagation: f.Shared,
		SharesFilesystem: !f.SeparateMounts, SharedVolume: f.SharedVolume, GPU: f.GPU, WeakHostProcess: f.WeakProcess,
		SensitiveMount: f.SensitiveMount, MountWritable: !f.ReadOnlyMount, NoAuthz: !f.Authorization, CgroupV1: f.CgroupV1,
		UsernsAllowed: !f.NoUserns, BinaryWritable: !f.ReadOnlyRuntime, ForeignImage: f.ForeignImage, OperatorExecs: f.Exec,
		OperatorCopies: f.Copy, CopiesUnpaused: !f.PausedForCopy, TokenMounted: f.Token, CreatesPods: f.CreatePods,
		NoPodSecurity: !f.PodSecurity, Bridged: f.OnBridge || f.HostNet && f.Users == Rootless, HostService: f.Service,
		NoInputRule: !f.InputRules, MetadataService: f.Metadata, NoEgressPolicy: !f.EgressPolicy, CompatHook: !f.NoCompatHook,
	} {
		if holds {
			out |= NewSet(fact)
		}
	}
	for program, release := range map[Program]Release{
		Runc: f.Runc, Docker: f.Docker, Containerd: f.Containerd, Toolkit: f.Toolkit, Linux: f.Kernel,
	} {
		out |= FlawsOf(program, release)
	}
	return out &^ (NewSet(f.Mended...) & Vulnerabilities), nil
}

// Attack is a way in which a configuration fails.
type Attack struct {
	Cause Set    // the facts that suffice for it, none of which it could do without
	Path  []Rule // a shortest run
}

// Hardened tells whether no container with these facts can come to write files of the host as its root or to run code as its
// root, in any run of the default rules, and otherwise all attacks: one for each least set of facts that suffices.
func Hardened(f Facts) (bool, []Attack, error) {
	weak, err := f.Weaknesses()
	if err != nil {
		return false, nil, err
	}
	var out []Attack
	for _, cause := range Rules().Causes(Host, weak, NoLimit) {
		path, _ := Rules().Path(cause, NoLimit, Host)
		out = append(out, Attack{Cause: cause, Path: path})
	}
	return len(out) == 0, out, nil
}
