package confine

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bulkheadlang/bulkhead/model/linux/capability"
	"github.com/bulkheadlang/bulkhead/model/linux/namespace"
	"github.com/bulkheadlang/bulkhead/model/linux/seccomp"
)

// Confinement is what holds of a container: the walls around it, which stay as they are while it runs, and the authority of one
// of its processes, at first the one that it was started with.
type Confinement struct {
	Options Options
	Host    Host

	// Cred is of the process in question. DockerExec gives the same container with that of another one.
	Cred   capability.Cred
	Groups []capability.ID

	Namespaces [namespace.KindCount]Namespace
	// Users is the map of its user namespace to the users of the host.
	Users namespace.IDMap

	Masked   []string // paths that read as empty
	Readonly []string // paths that are read-only, whatever the mount around them is
	// SysWritable and CgroupWritable say that /sys and /sys/fs/cgroup are mounted to be written.
	SysWritable, CgroupWritable bool

	Seccomp  seccomp.Stack // empty for none
	AppArmor string        // the profile; "" where the host has no AppArmor
	Devices  []DeviceRule  // of the device cgroup, of which the last one that matches counts; nil for no device cgroup
	// AllDevices says that the nodes of all devices of the host are in /dev.
	AllDevices bool
}

// Namespace is the one of a kind that a container is in: one of its own where both fields are zero.
type Namespace struct {
	Host bool   // that of the daemon, which is the initial one unless the daemon is rootless; see Host.Rootless
	Of   string // that of the container of this name
}

// Own tells whether the container has it for itself.
func (n Namespace) Own() bool { return n == Namespace{} }

// DeviceRule is a rule of the device cgroup.
type DeviceRule struct {
	Allow       bool
	Type        DeviceType
	Major       int64 // -1 for any
	Minor       int64
	Permissions string // some of "rwm"
}

func (h Host) kernel() Kernel {
	if h.Kernel == (Kernel{}) {
		return Kernel{6, 6}
	}
	return h.Kernel
}

func (h Host) arch() string {
	if h.Arch == "" {
		return "amd64"
	}
	return h.Arch
}

// New gives the confinement of a container. The errors are Refusals with the daemon's words; a map of userns-remap that does not fit
// into that of a rootless daemon is refused with the kernel's EPERM.
//
// Sources: Moby v2.0.0-beta.24, daemon/daemon_unix.go (adaptContainerSettings, verifyPlatformContainerSettings), daemon/oci_linux.go
// and daemon/pkg/oci, whose rules Docker 28.5.2 has, too, where Host.Version does not say otherwise.
func New(o Options, h Host) (Confinement, error) {
	o.Mounts, o.Devices, o.DeviceCgroupRules = slices.Clone(o.Mounts), slices.Clone(o.Devices), slices.Clone(o.DeviceCgroupRules)
	c := Confinement{Options: o, Host: h, Groups: slices.Clone(o.GroupAdd)}
	for _, step := range []func() error{
		c.checkModes, c.checkUsers, c.setCapabilities, c.setNamespaces, c.setDevices, c.checkMounts, c.setPaths, c.setSeccomp,
	} {
		if err := step(); err != nil {
			return Confinement{}, err
		}
	}
	c.setAppArmor()
	return c, nil
}

// container gives the name in a mode "container:NAME".
func container(mode string) (string, bool) {
	name, ok := strings.CutPrefix(mode, "container:")
	return name, ok
}

func (c *Confinement) checkModes() error {
	o := &c.Options
	named := func(mode string) bool { name, ok := container(mode); return ok && name != "" }
	switch {
	case !named(o.IpcMode) && !slices.Contains([]string{"", "none", "private", "shareable", "host"}, o.IpcMode):
		return refuse(InvalidParameter, "invalid IPC mode: %v", o.IpcMode)
	case !named(o.PidMode) && !slices.Contains([]string{"", "host"}, o.PidMode):
		return refuse(InvalidParameter, "invalid PID mode: %v", o.PidMode)
	case !slices.Contains([]string{"", "host"}, o.UTSMode):
		return refuse(InvalidParameter, "invalid UTS mode: %v", o.UTSMode)
	case !slices.Contains([]string{"", "private", "host"}, o.CgroupnsMode):
		return refuse(InvalidParameter, "invalid cgroup namespace mode: %v", o.CgroupnsMode)
	}
	return nil
}

// remapped tells whether the container gets a user namespace by userns-remap.
func (c *Confinement) remapped() bool {
	return !c.Host.UsernsRemap.Empty() && c.Options.UsernsMode != "host"
}

func (c *Confinement) checkUsers() error {
	if !c.remapped() {
		return nil
	}
	switch {
	case c.Options.Privileged:
		return refuse(Conflicting, "privileged mode is incompatible with user namespaces.  You must run the container in the host namespace when running privileged mode")
	case c.Options.NetworkMode == "host":
		return refuse(Conflicting, "cannot share the host's network namespace when user namespaces are enabled")
	case c.Options.PidMode == "host":
		return refuse(Conflicting, "cannot share the host PID namespace when user namespaces are enabled")
	}
	return nil
}

// setCapabilities starts the first process: the runtime gives it the bounding set, makes it the user's, and executes the program,
// at which everybody but root loses what he has permitted.
func (c *Confinement) setCapabilities() error {
	bounding, err := Tweak(DefaultCaps, c.Options.CapAdd, c.Options.CapDrop, c.Options.Privileged)
	if err != nil {
		return err
	}
	c.Cred = c.start(c.Options.User, bounding)
	return nil
}

func (c *Confinement) start(user capability.ID, bounding capability.Set) capability.Cred {
	cred := capability.Root(bounding)
	cred.UID, cred.EUID, cred.SUID = user, user, user
	cred.NoNewPrivs = c.Host.NoNewPrivileges
	if p := c.Options.NoNewPrivileges; p != nil {
		cred.NoNewPrivs = *p
	}
	if c.Host.InheritableCaps {
		cred.Inheritable = bounding
	}
	cred, _ = cred.Exec(capability.File{}, false, capability.Rules{}) // a plain file is never refused
	return cred
}

func (c *Confinement) setNamespaces() error {
	o, h := &c.Options, c.Host
	place := func(kind namespace.Kind, mode string) {
		name, _ := container(mode)
		c.Namespaces[kind] = Namespace{Host: mode == "host", Of: name}
	}
	ipc := o.IpcMode
	if ipc == "" {
		ipc = h.IpcMode
	}
	place(namespace.NetKind, o.NetworkMode)
	place(namespace.PIDKind, o.PidMode)
	place(namespace.IPCKind, ipc)
	place(namespace.UTSKind, o.UTSMode)
	place(namespace.CgroupKind, c.cgroupns())
	c.Namespaces[namespace.TimeKind].Host = h.Version != V2 || !h.kernel().AtLeast(5, 6)

	c.Users = namespace.InitialMap()
	if !h.Rootless.Empty() {
		c.Users = h.Rootless
	}
	users := &c.Namespaces[namespace.UserKind]
	if !c.remapped() {
		users.Host = true
		return nil
	}
	inner, err := h.UsernsRemap.Under(c.Users)
	if err != nil {
		return err
	}
	c.Users = inner
	// Who shares a namespace of these kinds with a container shares its users; of several, the last one counts.
	for _, kind := range []namespace.Kind{namespace.NetKind, namespace.IPCKind, namespace.PIDKind} {
		if of := c.Namespaces[kind].Of; of != "" {
			users.Of = of
		}
	}
	return nil
}

// cgroupns is the mode of the cgroup namespace once the daemon has filled it in.
func (c *Confinement) cgroupns() string {
	switch {
	case c.Options.CgroupnsMode != "":
		return c.Options.CgroupnsMode
	case c.Options.Privileged && c.Host.CgroupV1:
		return "host"
	case c.Host.CgroupnsMode != "":
		return c.Host.CgroupnsMode
	case c.Host.CgroupV1:
		return "host"
	}
	return "private"
}

// runtimeDevices are what runc puts behind the rules of the engine: every node may be made, and the devices of the runtime
// specification may be used (opencontainers/runc, libcontainer/specconv, AllowedDevices).
func (h Host) runtimeDevices() []DeviceRule {
	rules := []DeviceRule{{true, CharDevice, -1, -1, "m"}, {true, BlockDevice, -1, -1, "m"}}
	for _, d := range standardDevices {
		rules = append(rules, DeviceRule{true, d.Type, int64(d.Major), int64(d.Minor), "rwm"})
	}
	rules = append(rules, DeviceRule{true, CharDevice, 136, -1, "rwm"}, DeviceRule{true, CharDevice, 5, 2, "rwm"})
	if !h.NoTun {
		rules = append(rules, DeviceRule{true, CharDevice, 10, 200, "rwm"})
	}
	return rules
}

// standardDevices are in /dev of every container: null, random, full, tty, zero, urandom (runtime-spec config-linux.md, Default
// Devices).
var standardDevices = []Device{
	{CharDevice, 1, 3, true},
	{CharDevice, 1, 8, true},
	{CharDevice, 1, 7, true},
	{CharDevice, 5, 0, true},
	{CharDevice, 1, 5, true},
	{CharDevice, 1, 9, true},
}

// engineDevices are the rules that the engine begins with (Moby, daemon/pkg/oci/defaults.go): nothing, then null, zero, random,
// urandom, tty and console, and never fuse.
var engineDevices = []DeviceRule{
	{false, AllDevices, -1, -1, "rwm"},
	{true, CharDevice, 1, 5, "rwm"},
	{true, CharDevice, 1, 3, "rwm"},
	{true, CharDevice, 1, 9, "rwm"},
	{true, CharDevice, 1, 8, "rwm"},
	{true, CharDevice, 5, 0, "rwm"},
	{true, CharDevice, 5, 1, "rwm"},
	{false, CharDevice, 10, 229, "rwm"},
}

func (c *Confinement) setDevices() error {
	o, h := &c.Options, c.Host
	rules := slices.Clone(engineDevices)
	if o.Privileged {
		c.AllDevices = true
		rules = append(rules, DeviceRule{true, AllDevices, -1, -1, "rwm"})
	} else {
		for _, m := range o.Devices {
			if m.Permissions == "" {
				m.Permissions = "rwm"
			}
			if m.Type != CharDevice && m.Type != BlockDevice {
				return refuse(InvalidParameter, "error gathering device information while adding custom device: not a device node")
			}
			if strings.Trim(m.Permissions, "rwm") != "" {
				return refuse(InvalidParameter, "invalid device mode: %s", m.Permissions)
			}
			rules = append(rules, DeviceRule{true, m.Type, int64(m.Major), int64(m.Minor), m.Permissions})
		}
		for _, text := range o.DeviceCgroupRules {
			rule, ok := parseDeviceRule(text)
			if !ok {
				return refuse(InvalidParameter, "invalid device cgroup rule format: '%s'", text)
			}
			rules = append(rules, rule)
		}
	}
	// A rootless daemon has no right to a device cgroup: what the files permit holds.
	if h.Rootless.Empty() {
		c.Devices = append(rules, h.runtimeDevices()...)
	}
	return nil
}

// parseDeviceRule reads such as "c 10:* rwm" (Moby, daemon/pkg/oci/oci.go).
func parseDeviceRule(text string) (DeviceRule, bool) {
	kind, rest, ok1 := strings.Cut(text, " ")
	numbers, permissions, ok2 := strings.Cut(rest, " ")
	majorText, minorText, ok3 := strings.Cut(numbers, ":")
	if !ok1 || !ok2 || !ok3 || len(kind) != 1 || !strings.Contains("acb", kind) ||
		len(permissions) < 1 || len(permissions) > 3 || strings.Trim(permissions, "rwm") != "" {
		return DeviceRule{}, false
	}
	number := func(s string) (int64, bool) {
		if s == "*" {
			return -1, true
		}
		n, err := strconv.ParseUint(s, 10, 63)
		return int64(n), err == nil
	}
	major, ok1 := number(majorText)
	minor, ok2 := number(minorText)
	return DeviceRule{true, DeviceType(kind[0]), major, minor, permissions}, ok1 && ok2
}

func (c *Confinement) checkMounts() error {
	seen := map[string]bool{}
	for _, m := range c.Options.Mounts {
		target := clean(m.Target)
		switch {
		case target == "/":
			return refuse(InvalidParameter, "invalid specification: destination can't be '/'")
		case seen[target]:
			return refuse(InvalidParameter, "Duplicate mount point: %s", m.Target)
		case !strings.HasPrefix(m.Target, "/"):
			return refuse(InvalidParameter, "invalid mount path: '%s' mount path must be absolute", m.Target)
		case !slices.Contains([]Propagation{"", Private, RPrivate, Slave, RSlave, Shared, RShared}, m.Propagation):
			return refuse(InvalidParameter, "invalid propagation mode: %s", m.Propagation)
		case m.Type == Bind && c.Host.PrivateTree && (m.Propagation == Shared || m.Propagation == RShared):
			return refuse(Conflicting, "path %s is mounted on %s but it is not a shared mount", m.Source, "/")
		case m.Type == Bind && c.Host.PrivateTree && (m.Propagation == Slave || m.Propagation == RSlave):
			return refuse(Conflicting, "path %s is mounted on %s but it is not a shared or slave mount", m.Source, "/")
		}
		seen[target] = true
	}
	return nil
}

// MaskedPaths are what the engine masks (Moby, daemon/pkg/oci/defaults.go).
var MaskedPaths = []string{
	"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
	"/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
}

// ReadonlyPaths are what the engine makes read-only (Moby, daemon/pkg/oci/defaults.go).
var ReadonlyPaths = []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}

func (c *Confinement) setPaths() error {
	o, h := &c.Options, c.Host
	if !o.Privileged && !o.SystemPathsUnconfined {
		c.Masked = slices.Clone(MaskedPaths)
		for _, cpu := range h.ThrottleCPUs {
			c.Masked = append(c.Masked, "/sys/devices/system/cpu/cpu"+strconv.Itoa(cpu)+"/thermal_throttle")
		}
		c.Readonly = slices.Clone(ReadonlyPaths)
	}
	c.SysWritable = o.Privileged
	c.CgroupWritable = o.Privileged
	if w := o.WritableCgroups; w != nil {
		if !h.Rootless.Empty() || !h.UsernsRemap.Empty() {
			return refuse(Conflicting, "option WritableCgroups conflicts with user namespaces and rootless mode")
		}
		c.CgroupWritable = *w
	}
	// Where the daemon remaps users, runc could not make the mount read-only in time.
	c.CgroupWritable = c.CgroupWritable || !h.UsernsRemap.Empty()
	return nil
}

func (c *Confinement) setSeccomp() error {
	o, h := &c.Options, c.Host
	switch {
	case o.Seccomp == Unconfined || o.Privileged && o.Seccomp == "":
		return nil
	case o.Seccomp != "" && o.Seccomp != Custom && (o.Privileged || o.Seccomp != DefaultProfile):
		// Of a privileged container even the name of the default profile is read as a profile.
		return refuse(InvalidParameter, "decoding seccomp profile failed: invalid character %q looking for beginning of value", o.Seccomp[0])
	case o.Privileged:
		c.Seccomp = seccomp.Stack{o.SeccompFilter}
	case h.NoSeccomp && o.Seccomp == Custom:
		return refuse(NotAvailable, "seccomp is not enabled in your kernel, cannot run a custom seccomp profile")
	case h.NoSeccomp || o.Seccomp == "" && h.SeccompUnconfined:
		return nil
	case o.Seccomp == Custom:
		c.Seccomp = seccomp.Stack{o.SeccompFilter}
	default:
		c.Seccomp = seccomp.Stack{DefaultFilter(c.Cred.Bounding, h)}
	}
	return nil
}

func (c *Confinement) setAppArmor() {
	switch {
	case c.Host.NoAppArmor || !c.Host.Rootless.Empty(): // a rootless daemon may not set profiles
	case c.Options.AppArmor != "":
		c.AppArmor = c.Options.AppArmor
	case c.Options.Privileged:
		c.AppArmor = Unconfined
	default:
		c.AppArmor = DockerDefault
	}
}
