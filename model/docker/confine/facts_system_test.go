package confine

import (
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/linux/namespace"
)

// remappedHost is a host with userns-remap, or without.
func remappedHost(remapped bool) Host {
	if !remapped {
		return Host{}
	}
	m, err := namespace.NewIDMap(namespace.Extent{Inside: 0, Outside: 100_000, Count: 65_536})
	if err != nil {
		panic(err)
	}
	return Host{UsernsRemap: m}
}

func showUser(somebody bool) model.Value {
	if somebody {
		return model.Text("somebody")
	}
	return model.Text("root")
}

// facts gives every combination of n facts, and leaves out those that are not allowed.
func facts[S any](n int, state func(bit func(i int) bool) (S, bool)) func(yield func(S) bool) {
	return func(yield func(S) bool) {
		for i := range 1 << n {
			if s, ok := state(func(j int) bool { return i>>j&1 != 0 }); ok && !yield(s) {
				return
			}
		}
	}
}

// setUser makes the user of the container root or somebody.
func (o *Options) setUser(somebody bool) {
	if somebody {
		o.User = 1000
	}
}

// disk is a state of device.bh.
type disk struct {
	Somebody, Mknod, Device, Rule, Privileged, Remapped bool
	Runs, Made, Reads                                   bool
}

var sda = Device{Type: BlockDevice, Major: 8, Minor: 0}

func (d disk) container() (Confinement, error) {
	o := Options{Privileged: d.Privileged}
	o.setUser(d.Somebody)
	if !d.Mknod {
		o.CapDrop = []string{"MKNOD"}
	}
	if d.Device {
		o.Devices = []DeviceMapping{{sda, "r"}}
	}
	if d.Rule {
		o.DeviceCgroupRules = []string{"b 8:0 r"}
	}
	return New(o, remappedHost(d.Remapped))
}

// deviceSystem is the system of device.bh over MayUseDevice.
func deviceSystem() model.System {
	may := func(d *disk, access byte) error {
		c, err := d.container()
		if err != nil || !d.Runs || !c.MayUseDevice(sda, access).Open() {
			return errNo
		}
		return nil
	}
	return model.MustDefine(model.Definition[disk]{
		Name: "Device",
		Init: facts(6, func(bit func(int) bool) (disk, bool) {
			d := disk{Somebody: bit(0), Mknod: bit(1), Device: bit(2), Rule: bit(3), Privileged: bit(4), Remapped: bit(5)}
			_, err := d.container()
			return d, err == nil
		}),
		Actions: []model.ActionOf[disk]{
			{Name: "Start", Next: modelcheck.Call(func(d *disk) error {
				if d.Runs {
					return errNo
				}
				d.Runs = true
				return nil
			})},
			{Name: "MakeNode", Next: modelcheck.Call(func(d *disk) error {
				if d.Made {
					return errNo
				}
				d.Made = true
				return may(d, 'm')
			})},
			{Name: "Open", Next: modelcheck.Call(func(d *disk) error {
				// What MayUseDevice says of a node that could be made is true once it is made.
				if !d.Made && !d.Device && !d.Privileged {
					return errNo
				}
				d.Reads = true
				return may(d, 'r')
			})},
		},
		Terminal: func(d disk) bool {
			c, err := d.container()
			return d.Runs && (d.Reads || err != nil || !c.MayUseDevice(sda, 'r').Open())
		},
		Show: func(d disk) []model.Binding {
			return []model.Binding{
				{Name: "user", Value: showUser(d.Somebody)},
				{Name: "mknod", Value: model.Bool(d.Mknod)},
				{Name: "device", Value: model.Bool(d.Device)},
				{Name: "rule", Value: model.Bool(d.Rule)},
				{Name: "privileged", Value: model.Bool(d.Privileged)},
				{Name: "remapped", Value: model.Bool(d.Remapped)},
				{Name: "runs", Value: model.Bool(d.Runs)},
				{Name: "made", Value: model.Bool(d.Made)},
				{Name: "reads", Value: model.Bool(d.Reads)},
			}
		},
	})
}

// kernelFileState is a state of kernel_file.bh.
type kernelFileState struct {
	Somebody, Remapped, Privileged, Paths, AppArmor, Seccomp, Admin, HostProc bool
	Runs, Mounted, Written                                                    bool
}

func (f kernelFileState) container() (Confinement, error) {
	o := Options{Privileged: f.Privileged, SystemPathsUnconfined: !f.Paths}
	o.setUser(f.Somebody)
	if !f.AppArmor {
		o.AppArmor = Unconfined
	}
	if !f.Seccomp {
		o.Seccomp = Unconfined
	}
	if f.Admin {
		o.CapAdd = []string{"SYS_ADMIN"}
	}
	if f.HostProc || f.Mounted { // what the process mounts is the same file system
		o.Mounts = []Mount{{Source: "/proc", Target: "/mnt"}}
	}
	return New(o, remappedHost(f.Remapped))
}

// write gives what keeps the process from the file, by either path.
func (f kernelFileState) write(elsewhere bool) Wall {
	c, err := f.container()
	switch {
	case err != nil || !f.Runs:
		return ByAbsence
	case !elsewhere:
		return c.MayWrite("/proc/sys/kernel/core_pattern")
	case !f.HostProc && !f.Mounted:
		return ByAbsence
	}
	return c.MayWrite("/mnt/sys/kernel/core_pattern")
}

func (f kernelFileState) mountsProc() bool {
	c, err := f.container()
	return err == nil && f.Runs && !f.Mounted && !f.HostProc && c.MayMountProc().Open()
}

// kernelFileSystem is the system of kernel_file.bh over MayWrite and MayMountProc.
func kernelFileSystem() model.System {
	return model.MustDefine(model.Definition[kernelFileState]{
		Name: "KernelFile",
		Init: facts(8, func(bit func(int) bool) (kernelFileState, bool) {
			f := kernelFileState{
				Somebody: bit(0), Remapped: bit(1), Privileged: bit(2), Paths: bit(3), AppArmor: bit(4), Seccomp: bit(5), Admin: bit(6),
				HostProc: bit(7),
			}
			_, err := f.container()
			return f, err == nil
		}),
		Actions: []model.ActionOf[kernelFileState]{
			{Name: "Start", Next: modelcheck.Call(func(f *kernelFileState) error {
				if f.Runs {
					return errNo
				}
				f.Runs = true
				return nil
			})},
			{Name: "MountProc", Next: modelcheck.Call(func(f *kernelFileState) error {
				if !f.mountsProc() {
					return errNo
				}
				f.Mounted = true
				return nil
			})},
			{Name: "Write", Params: []string{"elsewhere"}, Next: modelcheck.Call1([]bool{false, true}, func(f *kernelFileState, elsewhere bool) error {
				if !f.write(elsewhere).Open() {
					return errNo
				}
				f.Written = true
				return nil
			})},
		},
		Terminal: func(f kernelFileState) bool {
			after := f
			after.Mounted = f.Mounted || f.mountsProc()
			return f.Runs && (f.Written || !after.write(false).Open() && !after.write(true).Open())
		},
		Show: func(f kernelFileState) []model.Binding {
			return []model.Binding{
				{Name: "user", Value: showUser(f.Somebody)},
				{Name: "remapped", Value: model.Bool(f.Remapped)},
				{Name: "privileged", Value: model.Bool(f.Privileged)},
				{Name: "paths", Value: model.Bool(f.Paths)},
				{Name: "apparmor", Value: model.Bool(f.AppArmor)},
				{Name: "seccomp", Value: model.Bool(f.Seccomp)},
				{Name: "admin", Value: model.Bool(f.Admin)},
				{Name: "host_proc", Value: model.Bool(f.HostProc)},
				{Name: "runs", Value: model.Bool(f.Runs)},
				{Name: "mounted", Value: model.Bool(f.Mounted)},
				{Name: "written", Value: model.Bool(f.Written)},
			}
		},
	})
}
