package confine

import (
	"github.com/bulkheadlang/bulkhead/model/linux/capability"
	"github.com/bulkheadlang/bulkhead/model/linux/namespace"
	"github.com/bulkheadlang/bulkhead/model/linux/seccomp"
)

// Options are what a container is created with, as far as they decide over its confinement: the fields of HostConfig and Config in
// the API of the engine, with its names. The zero Options are `docker run IMAGE` of an image that names no user.
type Options struct {
	User     capability.ID   // of the first process; Config.User
	GroupAdd []capability.ID // its supplementary groups

	Privileged      bool
	CapAdd, CapDrop []string // such as "NET_ADMIN", "CAP_NET_ADMIN" and "ALL"

	// Seccomp is the seccomp= of --security-opt: "" for the daemon's profile, DefaultProfile, Unconfined, or Custom, which
	// stands for a file whose filter is SeccompFilter.
	Seccomp       string
	SeccompFilter seccomp.Filter
	// AppArmor is the apparmor= of --security-opt: "" for docker-default, Unconfined, or the name of a loaded profile.
	AppArmor string
	// NoNewPrivileges is the no-new-privileges of --security-opt; nil for what the daemon says.
	NoNewPrivileges *bool
	// WritableCgroups is the writable-cgroups of --security-opt; nil for writable exactly where privileged.
	WritableCgroups *bool
	// SystemPathsUnconfined is the systempaths=unconfined of --security-opt: nothing is masked and nothing read-only.
	SystemPathsUnconfined bool

	ReadonlyRootfs    bool
	Devices           []DeviceMapping
	DeviceCgroupRules []string // "c 10:* rwm"
	Mounts            []Mount

	NetworkMode  string // "", "bridge", "none", the name of a network, "host", "container:NAME"
	PidMode      string // "", "host", "container:NAME"
	IpcMode      string // "", "none", "private", "shareable", "host", "container:NAME"
	UTSMode      string // "", "host"
	UsernsMode   string // "host"; anything else is ""
	CgroupnsMode string // "", "private", "host"
}

// Values of Options.Seccomp and Options.AppArmor.
const (
	DefaultProfile = "builtin"
	Unconfined     = "unconfined"
	Custom         = "custom"
)

// DockerDefault is the name of the AppArmor profile that the engine loads.
const DockerDefault = "docker-default"

// DeviceType is what a device node stands for.
type DeviceType byte

// The types; AllDevices is of rules only.
const (
	CharDevice  DeviceType = 'c'
	BlockDevice DeviceType = 'b'
	AllDevices  DeviceType = 'a'
)

// Device is a device of the host.
type Device struct {
	Type         DeviceType
	Major, Minor uint32
	// Open says that everybody may read and write its node (mode 0666), as of null and fuse. Otherwise root may, and whoever
	// overrides permissions.
	Open bool
}

// DeviceMapping is one --device.
type DeviceMapping struct {
	Device
	// Permissions are of the device cgroup, some of "rwm"; "" for all, as the command line fills in.
	Permissions string
}

// Propagation is how mounts below a mount pass to and from where it came from (mount_namespaces(7)). "" is rprivate for a
// container's mounts.
type Propagation string

// The propagations.
const (
	Private  Propagation = "private"
	RPrivate Propagation = "rprivate"
	Slave    Propagation = "slave"
	RSlave   Propagation = "rslave"
	Shared   Propagation = "shared"
	RShared  Propagation = "rshared"
)

// MountType is what is mounted.
type MountType uint8

// The types.
const (
	Bind   MountType = iota // a file or directory of the host
	Volume                  // a directory that the engine keeps
	Tmpfs                   // memory
)

// Mount is one mount of a container.
type Mount struct {
	Type        MountType
	Source      string // the path on the host of a Bind
	Target      string
	ReadOnly    bool
	Propagation Propagation
}

// Version is a version of the engine.
type Version uint8

// The versions whose rules are known here.
const (
	V28 Version = iota // Docker 28.5.2, with profile seccomp v0.1.0
	V2                 // Moby v2.0.0-beta.24, with profile seccomp v0.3.0
)

// Kernel is a version of Linux.
type Kernel struct{ Major, Minor int }

// AtLeast tells whether k is major.minor or later.
func (k Kernel) AtLeast(major, minor int) bool {
	return k.Major > major || k.Major == major && k.Minor >= minor
}

// Host is what of a host and its daemon decides over confinement. The zero Host is Docker 28.5.2 as installed on Linux 6.6 for
// amd64, with cgroup v2, AppArmor and 32-bit programs.
type Host struct {
	Version Version
	Kernel  Kernel // zero for 6.6
	Arch    string // of runtime.GOARCH; "" for amd64

	CgroupV1    bool
	NoAppArmor  bool // such as where SELinux is in its place
	NoSeccomp   bool // the kernel has none
	NoCompat    bool // the kernel runs no 32-bit programs (CONFIG_IA32_EMULATION)
	PrivateTree bool // mounts of the host are private: systemd makes them shared
	// MoveMountUnseen says that AppArmor does not see what move_mount does, as in Linux from 5.2 to 6.6.2 ("apparmor: Fix
	// regression in mount mediation").
	MoveMountUnseen bool

	// UsernsRemap is the map of userns-remap; empty without it. What inside is 0 is by default a subordinate user from 100000
	// on.
	UsernsRemap namespace.IDMap
	// Rootless is the map of the user namespace that a rootless daemon is in, as RootlessKit writes it: 0 is the daemon's user,
	// and 1 and so on are his subordinate users; empty for a daemon of root. The daemon is in a mount and a network namespace of its
	// own then, too, and in the host's of the other kinds.
	Rootless namespace.IDMap

	NoNewPrivileges   bool   // of the daemon: no-new-privileges in daemon.json
	SeccompUnconfined bool   // of the daemon: seccomp-profile=unconfined
	CgroupnsMode      string // of the daemon: default-cgroupns-mode; "" for private with cgroup v2, host with v1
	IpcMode           string // of the daemon: default-ipc-mode; "" for private

	SocketGroup capability.ID // of docker.sock: the group docker; 0 for not known
	// InheritableCaps says that containers start with inheritable capabilities, as before Moby 20.10.14 (CVE-2022-24769).
	InheritableCaps bool
	// NoTun says that runc leaves 10:200 out of the devices that every container may use: runc 1.2.0 to 1.2.3.
	NoTun bool
	// ThrottleCPUs are the processors with a thermal_throttle in /sys, which is masked.
	ThrottleCPUs []int
}
