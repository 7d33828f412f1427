package attack

import (
	"fmt"
	"math/bits"
	"strings"
)

// Power is something that a principal holds: a foothold, a handle, a right. What is held once is held for good.
type Power uint8

// The powers, in an order in which every step needs earlier ones to give a later one.
const (
	Code            Power = iota + 1 // code in the container; every principal has it
	UID0                             // the same as uid 0 in the container
	API                              // a connection to the engine's socket
	Created                          // a privileged container with the engine's files mounted
	Shim                             // a connection to the shim of a container
	Node                             // a device node of a disk of the host
	Device                           // the disk, open
	OwnUserns                        // every capability in a user namespace of its own, in the container
	CgroupMount                      // a hierarchy of cgroup v1, mounted
	InnerMount                       // the same, mounted in the user namespace of its own
	HostHandle                       // a handle of the root of the host's file system
	HostProcess                      // a process of the host, traced
	HostMount                        // a mount over a path of the host
	ProcMount                        // a /proc of its own, in which nothing is masked or read-only
	RuncInside                       // runc has entered the container and is about to run what it says
	RuncHandle                       // runc's binary, open for reading
	RuncOverwritten                  // runc's binary, with other content
	HostDir                          // a directory of the host as the working directory
	MountSwapped                     // a link where a mount is about to be made
	HostInside                       // a directory of the host mounted in the container
	LinkPlaced                       // a link where runc is about to work in /dev or /proc
	SettingExposed                   // a setting of the kernel mounted in the container, writable
	LabelLost                        // a process without the label that its LSM should confine it by
	Library                          // a library in the container that others load
	PathChecked                      // a copy whose path was resolved and not yet used
	PathSwapped                      // the same, the path now leading outside
	HookRuns                         // a hook of the runtime with the image's environment
	Engine                           // code as the user that the engine runs as, outside all confinement
	OuterUserns                      // every capability in a user namespace, outside the container
	PageCache                        // pages of files that it may only read, changed
	Token                            // a token of the cluster's API
	PodAdmitted                      // a privileged pod with the node's root mounted, admitted
	ReleaseAgent                     // a program of its choice in release_agent
	CorePattern                      // a program of its choice in core_pattern
	Kernel                           // code in the kernel
	HostRead                         // what the host's files say
	HostWrite                        // files of the host written as its root
	HostRoot                         // code as root of the host
	ForeignData                      // what is other tenants'
	Credentials                      // credentials of the host or of the cloud

	powers // one more than the last
)

// powers must fit in Powers.
var _ [64 - powers]struct{}

var powerNames = [powers]string{
	Code: "code", UID0: "uid0", API: "api", Created: "created", Shim: "shim", Node: "node", Device: "device",
	OwnUserns: "own_userns", CgroupMount: "cgroup_mount", InnerMount: "inner_mount", HostHandle: "host_handle",
	HostProcess: "host_process", HostMount: "host_mount", ProcMount: "proc_mount", RuncInside: "runc_inside", RuncHandle: "runc_handle",
	RuncOverwritten: "runc_overwritten", HostDir: "host_dir", MountSwapped: "mount_swapped", HostInside: "host_inside",
	LinkPlaced: "link_placed", SettingExposed: "setting_exposed", LabelLost: "label_lost", Library: "library",
	PathChecked: "path_checked", PathSwapped: "path_swapped", HookRuns: "hook_runs", Engine: "engine",
	OuterUserns: "outer_userns", PageCache: "page_cache", Token: "token", PodAdmitted: "pod_admitted",
	ReleaseAgent: "release_agent", CorePattern: "core_pattern", Kernel: "kernel", HostRead: "host_read",
	HostWrite: "host_write", HostRoot: "host_root", ForeignData: "foreign_data", Credentials: "credentials",
}

// Valid tells whether the power is one of the above.
func (p Power) Valid() bool { return p > 0 && p < powers }

// String gives the spelling of the models.
func (p Power) String() string {
	if p.Valid() {
		return powerNames[p]
	}
	return fmt.Sprintf("power(%d)", uint8(p))
}

// Powers is a set of powers.
type Powers uint64

// NewPowers gives the set of some powers. Those that are not valid are left out.
func NewPowers(ps ...Power) Powers {
	var s Powers
	for _, p := range ps {
		if p.Valid() {
			s |= 1 << p
		}
	}
	return s
}

// Host is what no container may come to hold: host integrity is lost with either. Secrets are what is lost of confidentiality.
const (
	Host    = Powers(1<<HostWrite | 1<<HostRoot)
	Secrets = Powers(1<<HostRead | 1<<ForeignData | 1<<Credentials)
)

// Has tells whether p is in the set.
func (s Powers) Has(p Power) bool { return p.Valid() && s>>p&1 != 0 }

// Within tells whether all of s is in t.
func (s Powers) Within(t Powers) bool { return s&^t == 0 }

// Powers gives the elements in order.
func (s Powers) Powers() []Power {
	var out []Power
	for p := Power(1); p < powers; p++ {
		if s.Has(p) {
			out = append(out, p)
		}
	}
	return out
}

// before are all powers that are earlier than p.
func before(p Power) Powers { return 1<<p - 2 }

// highest is the last of the powers in a set that has one.
func (s Powers) highest() Power { return Power(bits.Len64(uint64(s)) - 1) }

// String gives the elements in braces.
func (s Powers) String() string {
	var names []string
	for _, p := range s.Powers() {
		names = append(names, p.String())
	}
	return "{" + strings.Join(names, ", ") + "}"
}
