package namespace

import (
	"github.com/bulkheadlang/bulkhead/model/linux/capability"
	"github.com/bulkheadlang/bulkhead/model/linux/errno"
)

// Thing is something that processes could have to themselves.
type Thing uint8

// The things, in the order of the kinds of namespace that isolate them, and then those that none does.
const (
	PIDNumbers    Thing = iota // numbers of processes, and who sees and signals whom
	NetInterfaces              // with addresses
	NetRoutes
	NetFilter // rules of iptables and nftables
	NetPorts  // TCP and UDP
	AbstractSockets
	MountTable
	SysVIPC
	MessageQueues // of POSIX
	Hostname
	DomainName
	UserNumbers
	Privileges // what capabilities are worth
	CgroupPaths
	MonotonicClock
	BootClock

	Kernel // the code, its faults and its panic
	KernelModules
	KernelLog
	KernelSettings // what of /proc/sys is not of another thing, such as core_pattern
	WallClock
	FileContent // of what is mounted in both, by whatever path
	OpenFiles   // descriptors that were passed or inherited
	FileHandles // open_by_handle_at
	PathSockets // Unix sockets with a path
	SharedFiles // of memory, on a shared mount
	DeviceNodes // the device cgroup decides
	CPUTime     // a limit of the cgroup
	ProcessCount
	CgroupLimits
	PageCache
	CPUCaches
)

// ThingCount is the number of things.
const ThingCount = 32

// isolated is what namespaces(7) and the page of each kind say; what is not in it is isolated by none.
var isolated = map[Thing]Kind{
	PIDNumbers: PIDKind, NetInterfaces: NetKind, NetRoutes: NetKind, NetFilter: NetKind, NetPorts: NetKind, AbstractSockets: NetKind,
	MountTable: MountKind, SysVIPC: IPCKind, MessageQueues: IPCKind, Hostname: UTSKind, DomainName: UTSKind, UserNumbers: UserKind,
	Privileges: UserKind, CgroupPaths: CgroupKind, MonotonicClock: TimeKind, BootClock: TimeKind,
}

// IsolatedBy gives the kind of namespace that isolates a thing, and false where none does: two containers on one kernel share that,
// whatever namespaces they are in (namespaces(7); network_namespaces(7), ipc_namespaces(7), uts_namespaces(7), time_namespaces(7)).
func IsolatedBy(t Thing) (Kind, bool) {
	k, ok := isolated[t]
	return k, ok
}

// Share tells whether two running containers have a thing in common, or a container and the host, which is 0. Who does not run
// shares nothing.
func (n *Namespaces) Share(a, b ID, t Thing) bool {
	k, isolates := IsolatedBy(t)
	inA, okA := n.Of(a, k)
	inB, okB := n.Of(b, k)
	return okA && okB && (!isolates || inA == inB)
}

// MayCreate tells whether a task may make a namespace of a kind by itself: one of users needs nothing but to be somebody, any other
// CAP_SYS_ADMIN in the task's user namespace, which then owns it (clone(2), unshare(2)).
func (u *Users) MayCreate(t Task, k Kind) error {
	switch {
	case k >= KindCount || !u.has(t.Ns):
		return errno.Refuse(errno.EINVAL, "there is no namespace of %s, or no user namespace %d", k, t.Ns)
	case k == UserKind && !u.maps(t.Ns, t.User):
		return errno.Refuse(errno.EPERM, "user %d is nobody in user namespace %d", t.User, t.Ns)
	case k != UserKind && !u.Capable(t, t.Ns, capability.SysAdmin):
		return errno.Refuse(errno.EPERM, "a new namespace of %s needs CAP_SYS_ADMIN", k)
	}
	return nil
}

// MayJoin tells whether a task may enter a namespace of a kind other than user, which user namespace owner owns: it needs
// CAP_SYS_ADMIN over owner and over its own user namespace and, to enter a mount namespace, CAP_SYS_CHROOT over its own. A PID
// namespace must be the task's own one or below it, which below says (setns(2)). For user namespaces see Enter.
func (u *Users) MayJoin(t Task, k Kind, owner NsID, below bool) error {
	switch {
	case k >= KindCount || k == UserKind || !u.has(t.Ns) || !u.has(owner):
		return errno.Refuse(errno.EINVAL, "no namespace of %s of user namespace %d to enter", k, owner)
	case !u.Capable(t, owner, capability.SysAdmin) || !u.Capable(t, t.Ns, capability.SysAdmin):
		return errno.Refuse(errno.EPERM, "a namespace of %s needs CAP_SYS_ADMIN over its owner and over one's own", k)
	case k == MountKind && !u.Capable(t, t.Ns, capability.SysChroot):
		return errno.Refuse(errno.EPERM, "a mount namespace needs CAP_SYS_CHROOT")
	case k == PIDKind && !below:
		return errno.Refuse(errno.EINVAL, "a PID namespace above or aside cannot be entered")
	}
	return nil
}
