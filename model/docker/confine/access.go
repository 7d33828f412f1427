package confine

import (
	"path"
	"strings"

	"github.com/bulkheadlang/bulkhead/model/linux/capability"
	"github.com/bulkheadlang/bulkhead/model/linux/namespace"
	"github.com/bulkheadlang/bulkhead/model/linux/seccomp"
)

// Wall is what keeps a process from something; "" is nothing.
type Wall string

// The walls.
const (
	NoWall         Wall = ""
	BySeccomp      Wall = "seccomp"
	ByAppArmor     Wall = "AppArmor"
	ByCapability   Wall = "capability" // it lacks one, or has it in another user namespace
	ByKernel       Wall = "kernel"     // there is no such call
	ByMask         Wall = "masked path"
	ByReadonly     Wall = "read-only path"
	ByMount        Wall = "read-only mount"
	ByOwner        Wall = "owner" // the file belongs to root of the host
	ByDeviceCgroup Wall = "device cgroup"
	ByNode         Wall = "no node" // none is there, and none can be made
	ByAbsence      Wall = "not mounted"
	ByNamespace    Wall = "namespace"
)

// Open tells whether there is no wall.
func (w Wall) Open() bool { return w == NoWall }

func clean(p string) string { return path.Clean("/" + p) }

// within tells whether p is dir or below it. Both are clean.
func within(p, dir string) bool {
	return p == dir || dir == "/" || strings.HasPrefix(p, dir) && p[len(dir)] == '/'
}

// HostUser gives who the process is on the host, and whether he is anybody there.
func (c Confinement) HostUser() (uint32, bool) { return c.Users.Out(uint32(c.Cred.EUID)) }

// HostRoot tells whether the process is root of the host, with whatever capabilities.
func (c Confinement) HostRoot() bool {
	user, ok := c.HostUser()
	return ok && user == 0
}

// InitialUsers tells whether the container is in the initial user namespace, so that its capabilities are those of the host.
func (c Confinement) InitialUsers() bool {
	return c.Namespaces[namespace.UserKind].Host && c.Host.Rootless.Empty()
}

// HoldsOver tells whether the process has a capability over the container's namespace of a kind: it has it effective, and the
// namespace belongs to its user namespace or to one below (user_namespaces(7)). The host's own namespaces belong to the initial
// one. Of what a rootless daemon counts as the host's, its user, mount and network namespaces belong to its own (RootlessKit).
func (c Confinement) HoldsOver(k capability.Cap, kind namespace.Kind) bool {
	if !c.Cred.Effective.Has(k) || kind >= namespace.KindCount {
		return false
	}
	daemons := namespace.KindsOf(namespace.UserKind, namespace.MountKind, namespace.NetKind)
	return !c.Namespaces[kind].Host || c.Namespaces[namespace.UserKind].Host && (c.Host.Rootless.Empty() || daemons.Has(kind))
}

// HoldsInitially tells whether the process has a capability over the host: over what belongs to no namespace, such as modules,
// the clock and file handles.
func (c Confinement) HoldsInitially(k capability.Cap) bool {
	return c.Cred.Effective.Has(k) && c.InitialUsers()
}

// demand is the capability that a call needs at least, however it is made: over the container's namespace of a kind or, where
// initial is set, over the host. One of several will do.
type demand struct {
	caps    []capability.Cap
	kind    namespace.Kind
	initial bool
}

func over(kind namespace.Kind, caps ...capability.Cap) demand { return demand{caps: caps, kind: kind} }

func overHost(caps ...capability.Cap) demand { return demand{caps: caps, initial: true} }

// demands are those of the calls that the default profile does not let everybody make, and of chroot (their manual pages,
// section 2; capabilities(7)). Calls that settings of the host open to everybody, such as perf_event_open, syslog and ptrace, have
// none. That setns asks the owner of the namespace entered, too, is left out.
var demands = map[string]demand{
	"mount": over(namespace.MountKind, capability.SysAdmin), "umount": over(namespace.MountKind, capability.SysAdmin),
	"umount2": over(namespace.MountKind, capability.SysAdmin), "move_mount": over(namespace.MountKind, capability.SysAdmin),
	"fsopen": over(namespace.MountKind, capability.SysAdmin), "fsmount": over(namespace.MountKind, capability.SysAdmin),
	"fspick": over(namespace.MountKind, capability.SysAdmin), "mount_setattr": over(namespace.MountKind, capability.SysAdmin),
	"pivot_root": over(namespace.MountKind, capability.SysAdmin), "sethostname": over(namespace.UTSKind, capability.SysAdmin),
	"setdomainname": over(namespace.UTSKind, capability.SysAdmin), "setns": over(namespace.UserKind, capability.SysAdmin),
	"chroot": over(namespace.UserKind, capability.SysChroot), "reboot": over(namespace.PIDKind, capability.SysBoot),
	"init_module": overHost(capability.SysModule), "finit_module": overHost(capability.SysModule),
	"delete_module": overHost(capability.SysModule), "open_by_handle_at": overHost(capability.DACReadSearch),
	"acct": overHost(capability.SysPacct), "settimeofday": overHost(capability.SysTime), "stime": overHost(capability.SysTime),
	"clock_settime": overHost(capability.SysTime), "clock_settime64": overHost(capability.SysTime),
	"iopl": overHost(capability.SysRawIO), "ioperm": overHost(capability.SysRawIO), "swapon": overHost(capability.SysAdmin),
	"swapoff": overHost(capability.SysAdmin), "kexec_load": overHost(capability.SysBoot),
	"kexec_file_load": overHost(capability.SysBoot), "vhangup": overHost(capability.SysTTYConfig),
	"bpf": overHost(capability.BPF, capability.SysAdmin),
}

// newUser is CLONE_NEWUSER.
const newUser = 0x10000000

// demandOf is the demand of a call, and whether it has one: clone and unshare need CAP_SYS_ADMIN for a new namespace, unless a user
// namespace that comes with it owns it.
func (c Confinement) demandOf(call seccomp.Call) (demand, bool) {
	if call.Name == "unshare" || call.Name == "clone" {
		at := 0
		if call.Name == "clone" && c.Host.arch() == "s390x" {
			at = 1
		}
		flags := uint64(0)
		if at < len(call.Args) {
			flags = call.Args[at]
		}
		needs := flags&NewNamespaces != 0 && flags&newUser == 0
		return over(namespace.UserKind, capability.SysAdmin), needs
	}
	d, ok := demands[call.Name]
	return d, ok
}

// compat are the system calls that only 32-bit programs have on the architectures with 64 bits.
var compat = map[string]bool{"socketcall": true, "ipc": true, "stime": true, "clock_settime64": true, "umount": true}

// since are the versions of Linux that the calls of the newer way of mounting, and clone3, came with (their manual pages).
var since = map[string]Kernel{
	"fsopen": {5, 2}, "fsconfig": {5, 2}, "fsmount": {5, 2}, "fspick": {5, 2}, "move_mount": {5, 2}, "open_tree": {5, 2},
	"clone3": {5, 3}, "mount_setattr": {5, 12},
}

// known tells whether the kernel has a call.
func (h Host) known(name string) bool {
	narrow := h.arch() == "386" || h.arch() == "arm"
	from := since[name]
	return h.kernel().AtLeast(from.Major, from.Minor) && (!compat[name] || !h.NoCompat || narrow)
}

// MayCall gives what keeps the process from a system call with these arguments: seccomp, AppArmor, or a capability that it lacks.
func (c Confinement) MayCall(call seccomp.Call) Wall {
	if !c.Host.known(call.Name) {
		return ByKernel
	}
	if !c.Seccomp.Of(call).Action.Runs() {
		return BySeccomp
	}
	d, needs := c.demandOf(call)
	holds := !needs
	for _, k := range d.caps {
		holds = holds || d.initial && c.HoldsInitially(k) || !d.initial && c.HoldsOver(k, d.kind)
	}
	switch {
	case !holds:
		return ByCapability
	case c.AppArmor == DockerDefault && (call.Name == "mount" || call.Name == "move_mount" && !c.Host.MoveMountUnseen):
		return ByAppArmor
	}
	return NoWall
}

// MayMount gives what keeps the process from mounting, by mount or by move_mount.
func (c Confinement) MayMount() Wall {
	if w := c.MayCall(seccomp.Call{Name: "move_mount"}); w.Open() {
		return w
	}
	return c.MayCall(seccomp.Call{Name: "mount"})
}

// MayMountProc gives what keeps the process from mounting a /proc of its own, which is past all that is masked or read-only in the
// one that is there. In a user namespace other than the initial one the kernel refuses that where anything is
// (fs/namespace.c, mount_too_revealing).
func (c Confinement) MayMountProc() Wall {
	w := c.MayMount()
	if w.Open() && !c.InitialUsers() && len(c.Masked)+len(c.Readonly) > 0 {
		return ByMask
	}
	return w
}

// MayOpenSocket gives what keeps the process from a socket of a family: not what a filter says of socket, where 32-bit programs
// can have the same by socketcall, whose arguments are in memory and so beyond any filter.
func (c Confinement) MayOpenSocket(family uint64) Wall {
	if w := c.MayCall(seccomp.Call{Name: "socket", Args: []uint64{family}}); w.Open() {
		return w
	}
	return c.MayCall(seccomp.Call{Name: "socketcall", Args: []uint64{1}})
}

func (r DeviceRule) matches(d Device, access byte) bool {
	return (r.Type == AllDevices || r.Type == d.Type) && (r.Major < 0 || r.Major == int64(d.Major)) &&
		(r.Minor < 0 || r.Minor == int64(d.Minor)) && strings.IndexByte(r.Permissions, access) >= 0
}

// cgroupAllows asks the device cgroup: the last rule that speaks of the device and the access counts.
func (c Confinement) cgroupAllows(d Device, access byte) bool {
	if c.Devices == nil {
		return true
	}
	allowed := false
	for _, r := range c.Devices {
		if r.matches(d, access) {
			allowed = r.Allow
		}
	}
	return allowed
}

// node tells whether a node of the device is in the container: of every container, of its options, or of the host's.
func (c Confinement) node(d Device) bool {
	if c.AllDevices {
		return true
	}
	same := func(e Device) bool { return e.Type == d.Type && e.Major == d.Major && e.Minor == d.Minor }
	for _, e := range standardDevices {
		if same(e) {
			return true
		}
	}
	for _, m := range c.Options.Devices {
		if same(m.Device) {
			return true
		}
	}
	for _, m := range c.Options.Mounts {
		if m.Type == Bind && (within("/dev", clean(m.Source)) || within(clean(m.Source), "/dev")) {
			return true // of some device at least; the mount does not say of which
		}
	}
	return false
}

// MayUseDevice gives what keeps the process from reading ('r') or writing ('w') a device, or from making its node ('m'). To make
// a node takes CAP_MKNOD in the initial user namespace, and the device cgroup; to open one takes a node, the device cgroup and
// the permissions of the node (mknod(2), cgroups/devices). A device of a bind mount of /dev counts as one with a node.
func (c Confinement) MayUseDevice(d Device, access byte) Wall {
	making := c.mayMakeNode(d)
	if access == 'm' {
		return making
	}
	switch {
	case !c.node(d) && !making.Open():
		return ByNode
	case !c.cgroupAllows(d, access):
		return ByDeviceCgroup
	case d.Open || making.Open() || c.HostRoot() || c.HoldsInitially(capability.DACOverride):
		return NoWall
	}
	return ByOwner
}

func (c Confinement) mayMakeNode(d Device) Wall {
	switch {
	case !c.Seccomp.Of(seccomp.Call{Name: "mknod"}).Action.Runs() && !c.Seccomp.Of(seccomp.Call{Name: "mknodat"}).Action.Runs():
		return BySeccomp
	case !c.HoldsInitially(capability.Mknod):
		return ByCapability
	case !c.cgroupAllows(d, 'm'):
		return ByDeviceCgroup
	}
	return NoWall
}

// mountOf is the mount of the options that a path is on.
func (c Confinement) mountOf(p string) (Mount, bool) {
	var out Mount
	found := false
	for _, m := range c.Options.Mounts {
		if within(p, clean(m.Target)) && (!found || len(clean(m.Target)) > len(clean(out.Target))) {
			out, found = m, true
		}
	}
	return out, found
}

// kernelFile tells whether a path of the host is a file of the kernel that belongs to root and to no process: in /proc or in
// /sys, but for those of processes and of cgroups.
func kernelFile(p string) bool {
	if !within(p, "/proc") || p == "/proc" {
		return within(p, "/sys") && !within(p, "/sys/fs/cgroup")
	}
	name, _, _ := strings.Cut(p[len("/proc/"):], "/")
	return strings.Trim(name, "0123456789") != ""
}

// resolve follows the links in /proc to the process itself, for whose number any will do.
func resolve(p string) string {
	p = clean(p)
	for _, link := range []struct{ from, to string }{
		{"/proc/self", "/proc/1"}, {"/proc/thread-self", "/proc/1/task/1"}, {"/proc/net", "/proc/1/net"}, {"/proc/mounts", "/proc/1/mounts"},
	} {
		if within(p, link.from) {
			return link.to + p[len(link.from):]
		}
	}
	return p
}

// MayWrite gives what keeps the process from writing the file at a path of the container: what is masked, read-only or denied
// by AppArmor, and that it is not root of the host, where the file is one of the kernel's. Permissions of other files are not
// looked at, nor what a process could change by mounting: see MayMountProc. Files of the kernel that belong to a namespace, such as
// those below /proc/sys/net, count as those of the host.
func (c Confinement) MayWrite(p string) Wall {
	p = resolve(p)
	if w := c.pathWall(p, 'w'); !w.Open() {
		return w
	}
	host := p
	m, mounted := c.mountOf(p)
	switch {
	case mounted && m.ReadOnly:
		return ByMount
	case mounted && m.Type == Bind:
		host = clean(onHost(m.Source) + "/" + strings.TrimPrefix(p, clean(m.Target)))
	case mounted:
		return NoWall
	case within(p, "/sys/fs/cgroup"):
		if !c.CgroupWritable {
			return ByMount
		}
		if c.Cred.EUID != 0 {
			return ByOwner
		}
		return NoWall
	case within(p, "/sys"):
		if !c.SysWritable {
			return ByMount
		}
	case within(p, "/proc") || within(p, "/dev"):
	case c.Options.ReadonlyRootfs:
		return ByMount
	default:
		return NoWall
	}
	if kernelFile(host) && !c.HostRoot() {
		return ByOwner
	}
	return NoWall
}

// MayRead gives what keeps the process from reading the file at a path of the container: that it is masked, or denied by
// AppArmor. Permissions are not looked at.
func (c Confinement) MayRead(p string) Wall { return c.pathWall(resolve(p), 'r') }

func (c Confinement) pathWall(p string, access byte) Wall {
	for _, masked := range c.Masked {
		if within(p, masked) {
			return ByMask
		}
	}
	if access == 'w' {
		for _, readonly := range c.Readonly {
			if within(p, readonly) {
				return ByReadonly
			}
		}
	}
	if c.AppArmor == DockerDefault && profileDenies(p, access) {
		return ByAppArmor
	}
	return NoWall
}

// onHost follows the link /var/run of the host, as the daemon does before it mounts.
func onHost(p string) string {
	p = clean(p)
	if within(p, "/var/run") {
		return p[len("/var"):]
	}
	return p
}

// HostPath gives a path of the container at which a bind mount shows the file at a path of the host, whether the mount can be
// written, and whether there is one. One that can be written is preferred. No links of the host are followed but /var/run.
func (c Confinement) HostPath(host string) (inside string, writable, ok bool) {
	host = onHost(host)
	for _, m := range c.Options.Mounts {
		if source := onHost(m.Source); m.Type == Bind && within(host, source) && (!ok || !writable && !m.ReadOnly) {
			inside = clean(clean(m.Target) + "/" + strings.TrimPrefix(host, source))
			writable, ok = !m.ReadOnly, true
		}
	}
	return inside, writable, ok
}

// DockerSocket is where the daemon listens.
const DockerSocket = "/run/docker.sock"

// MayCommandEngine gives what keeps the process from the daemon's socket: no mount that shows it, a read-only one or not, since
// to write to a socket is no change of the file system; or that the process is neither root of the host nor in the socket's
// group.
func (c Confinement) MayCommandEngine() Wall {
	if _, _, mounted := c.HostPath(DockerSocket); !mounted {
		return ByAbsence
	}
	if c.HostRoot() || c.HoldsInitially(capability.DACOverride) {
		return NoWall
	}
	for _, g := range c.Groups {
		if outside, ok := c.Users.Out(uint32(g)); ok && capability.ID(outside) == c.Host.SocketGroup && c.Host.SocketGroup != 0 {
			return NoWall
		}
	}
	return ByOwner
}

// MayReachAbstract gives what keeps the process from the abstract sockets of the host, which belong to its network namespace
// (unix(7)). That of a rootless daemon is another one.
func (c Confinement) MayReachAbstract() Wall {
	if c.Namespaces[namespace.NetKind].Host && c.Host.Rootless.Empty() {
		return NoWall
	}
	return ByNamespace
}

// MayMountOntoHost gives what keeps mounts of the process from appearing on the host: no shared mount, or what keeps it from
// mounting.
func (c Confinement) MayMountOntoHost() Wall {
	for _, m := range c.Options.Mounts {
		if m.Type == Bind && (m.Propagation == Shared || m.Propagation == RShared) && c.Namespaces[namespace.UserKind].Host {
			return c.MayMount()
		}
	}
	return ByAbsence
}

// ExecOptions are what `docker exec` is asked for.
type ExecOptions struct {
	User       capability.ID
	Privileged bool
}

// DockerExec gives the container with the process that `docker exec` starts in it: with the container's bounding set, or with all
// capabilities where it is privileged; behind the same walls either way (Moby, daemon/exec_linux.go, which says of AppArmor that
// it stays; the filter of seccomp is that of the container).
func (c Confinement) DockerExec(e ExecOptions) Confinement {
	bounding := capability.All
	if !e.Privileged {
		bounding, _ = Tweak(DefaultCaps, c.Options.CapAdd, c.Options.CapDrop, c.Options.Privileged) // the names were good for New
	}
	c.Cred = c.start(e.User, bounding)
	return c
}
