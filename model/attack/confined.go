package attack

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/model/docker/confine"
	"github.com/bulkheadlang/bulkhead/model/linux/capability"
	"github.com/bulkheadlang/bulkhead/model/linux/namespace"
	"github.com/bulkheadlang/bulkhead/model/linux/seccomp"
)

// SensitivePaths are the directories of the host of which a mount counts as Facts.SensitiveMount: those that the CIS Docker
// Benchmark names (5.6), and others from which root runs or reads something.
var SensitivePaths = []string{
	"/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr",
	"/bin", "/lib64", "/sbin", "/root", "/run", "/var/run", "/var/lib/docker", "/var/lib/containerd",
}

// sockets are where the engine listens.
var sockets = []string{confine.DockerSocket, "/var" + confine.DockerSocket}

// containerds are where the containerd of the engine listens, to root alone. Whoever commands it has what the engine has, and no
// plugin of the engine is asked.
var containerds = []string{"/run/containerd/containerd.sock", "/run/docker/containerd/containerd.sock"}

// below tells whether p is dir or below it. Both are clean.
func below(p, dir string) bool {
	return p == dir || dir == "/" || strings.HasPrefix(p, dir+"/")
}

// sensitive tells whether a mount from a path shows something of SensitivePaths, more than the engine's socket.
func sensitive(source string) bool {
	source = path.Clean("/" + source)
	return !slices.Contains(sockets, source) &&
		slices.ContainsFunc(SensitivePaths, func(p string) bool { return below(source, p) || below(p, source) })
}

// Confined gives the facts of a process in a container of a Docker engine: those that its confinement decides, and the others,
// of the host, the releases and the use, from base. Where the confinement leaves something open the worse is taken: a profile
// of AppArmor that is not docker-default counts as none, and so does one that does not see move_mount; a seccomp filter that
// lets anybody make a user namespace as none; a device cgroup that allows some disk as one that allows the host's; and the PID or
// network namespace of another container as the host's, in which that one may be, but with userns-remap, where the engine refuses
// that one.
func Confined(c confine.Confinement, base Facts) Facts {
	f := base
	f.Root = c.Cred.EUID == 0 || c.HostRoot()
	f.NoNewPrivileges = c.Cred.NoNewPrivs
	switch {
	case c.InitialUsers() || c.HostRoot():
		f.Users = HostIDs
	case !c.Host.Rootless.Empty():
		f.Users = Rootless
	default:
		f.Users = Remapped
	}

	f.Privileged = c.Options.Privileged
	caps := c.Cred.Effective | c.Cred.Bounding // what it has, and what a setuid program could give it
	f.SysAdmin, f.SysModule = caps.Has(capability.SysAdmin), caps.Has(capability.SysModule)
	f.SysPtrace, f.DacReadSearch = caps.Has(capability.SysPtrace), caps.Has(capability.DACReadSearch)
	f.Mknod = caps.Has(capability.Mknod)
	f.Seccomp = !slices.ContainsFunc(makeUsers, func(call seccomp.Call) bool { return c.MayCall(call).Open() })
	f.AppArmor = c.AppArmor == confine.DockerDefault && !c.Host.MoveMountUnseen
	f.UnmaskedProc = !slices.Contains(c.Readonly, "/proc/sys")
	hosts := func(n confine.Namespace) bool { return n.Host || n.Of != "" && f.Users != Remapped }
	f.HostPID, f.HostNet = hosts(c.Namespaces[namespace.PIDKind]), hosts(c.Namespaces[namespace.NetKind])
	f.OnBridge = !c.Namespaces[namespace.NetKind].Host && c.Options.NetworkMode != "none"
	f.CgroupV1 = base.CgroupV1 || c.Host.CgroupV1

	nodes := slices.ContainsFunc(c.Options.Mounts, func(m confine.Mount) bool {
		source := path.Clean("/" + m.Source)
		return m.Type == confine.Bind && (below(source, "/dev") || below("/dev", source))
	})
	nodes = nodes || slices.ContainsFunc(c.Options.Devices, func(m confine.DeviceMapping) bool { return m.Type == confine.BlockDevice })
	f.DeviceRule = c.Devices == nil || slices.ContainsFunc(c.Devices, func(r confine.DeviceRule) bool {
		return r.Allow && r.Type != confine.CharDevice && strings.ContainsAny(r.Permissions, "rw")
	})
	// Who can write devices.allow of its own device cgroup, which is one of cgroup v1, makes the rule. The kernel asks for
	// CAP_SYS_ADMIN in the initial user namespace (security/device_cgroup.c, devcgroup_update_access).
	f.DeviceRule = f.DeviceRule || c.Host.CgroupV1 && c.CgroupWritable && f.SysAdmin && f.Users == HostIDs
	f.Device = nodes && f.DeviceRule // a --device comes with its rule
	mounts(&f, c)
	return f
}

// newUser is CLONE_NEWUSER, the flags of unshare and of clone; on some architectures clone has them second.
const newUser = 0x10000000

// makeUsers are calls that make a user namespace. clone has the signal of its end in its flags, mostly SIGCHLD; those of clone3 are
// in memory, where no filter sees them.
var makeUsers = []seccomp.Call{
	{Name: "unshare", Args: []uint64{newUser}},
	{Name: "clone", Args: []uint64{newUser, newUser}},
	{Name: "clone", Args: []uint64{newUser | 17, newUser | 17}},
	{Name: "clone3"},
}

// mounts gives what the mounts of a container decide.
func mounts(f *Facts, c confine.Confinement) {
	shown := func(p string) bool { _, _, ok := c.HostPath(p); return ok }
	unasked := slices.ContainsFunc(containerds, shown)
	f.Socket = unasked || slices.ContainsFunc(sockets, shown)
	f.Authorization = f.Authorization && !unasked
	f.SocketGroup = slices.ContainsFunc(c.Groups, func(g capability.ID) bool {
		outside, ok := c.Users.Out(uint32(g))
		return ok && capability.ID(outside) == c.Host.SocketGroup
	})
	f.Shared, f.SensitiveMount, f.ReadOnlyMount, f.SeparateMounts = false, false, true, false
	for _, m := range c.Options.Mounts {
		if m.Type != confine.Bind {
			continue
		}
		f.Shared = f.Shared || m.Propagation == confine.Shared || m.Propagation == confine.RShared
		if sensitive(m.Source) {
			f.SensitiveMount = true
			f.ReadOnlyMount = f.ReadOnlyMount && m.ReadOnly
		}
	}
}
