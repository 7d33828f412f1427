package storage

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Propagation is the option of a bind mount (docker run -v SOURCE:TARGET:rslave, or bind-propagation).
type Propagation int

// The kinds. Docker's default is rprivate.
const (
	RPrivate Propagation = iota
	RSlave               // mounts of the source appear, and none goes back
	RShared              // mounts appear both ways
)

// String gives the option.
func (p Propagation) String() string {
	if p < RPrivate || p > RShared {
		return fmt.Sprintf("propagation(%d)", int(p))
	}
	return [...]string{"rprivate", "rslave", "rshared"}[p]
}

// Mounts are the mounts of a host and of the mount namespaces on it, as trees of mount points with their peer groups
// (mount_namespaces(7), "Shared subtrees"; Documentation/filesystems/sharedsubtree.rst).
type Mounts struct {
	all    []mount // by Mount-1; what is unmounted keeps its number
	groups int
}

// Mount numbers a mount, from 1.
type Mount int

type mount struct {
	live   bool
	parent Mount // 0 for a root
	name   string
	fs     string // what is mounted
	group  int    // of peers; 0 for none
	master int    // the group that it is a slave of; 0 for none
}

// MaxMounts bounds how many mounts there may be.
const MaxMounts = 1 << 12

// NewMounts makes the root of a host, shared as systemd makes it, or private as the kernel does.
func NewMounts(shared bool) (*Mounts, Mount) {
	m := &Mounts{}
	root, _ := m.add(mount{fs: "/"})
	if shared {
		m.groups = 1
		m.all[root-1].group = 1
	}
	return m, root
}

func (m *Mounts) add(x mount) (Mount, error) {
	if len(m.all) >= MaxMounts {
		return 0, model.Refuse("mount: there are %d mounts", MaxMounts)
	}
	x.live = true
	m.all = append(m.all, x)
	return Mount(len(m.all)), nil
}

func (m *Mounts) has(x Mount) bool { return x > 0 && int(x) <= len(m.all) && m.all[x-1].live }

// Clone gives a copy that shares nothing.
func (m *Mounts) Clone() *Mounts { return &Mounts{slices.Clone(m.all), m.groups} }

// At gives the mount at a name in another mount, 0 for none.
func (m *Mounts) At(parent Mount, name string) Mount {
	for i, x := range m.all {
		if x.live && x.parent == parent && x.name == name {
			return Mount(i + 1)
		}
	}
	return 0
}

// FS gives what is mounted, "" for a mount that is not there.
func (m *Mounts) FS(x Mount) string {
	if !m.has(x) {
		return ""
	}
	return m.all[x-1].fs
}

// Names lists what is mounted below a mount, as NAME=FS.
func (m *Mounts) Names(x Mount) []string {
	var out []string
	for _, y := range m.all {
		if y.live && x != 0 && y.parent == x {
			out = append(out, fmt.Sprintf("%s=%s", y.name, y.fs))
		}
	}
	slices.Sort(out)
	return out
}

// Bind binds a mount into a new mount namespace, as the runtime does for a container: the copy is private, a slave of the source's
// peers, or one of them. It has what is mounted below the source at that time, each with the same propagation (rbind).
func (m *Mounts) Bind(source Mount, p Propagation) (Mount, error) {
	if !m.has(source) || p < RPrivate || p > RShared {
		return 0, model.Refuse("bind: there is no mount %d, or no propagation %d", source, p)
	}
	if p == RShared && m.all[source-1].group == 0 {
		return 0, model.Refuse("path is mounted on %s but it is not a shared mount", m.all[source-1].fs)
	}
	if p == RSlave && m.all[source-1].group == 0 && m.all[source-1].master == 0 {
		return 0, model.Refuse("path is mounted on %s but it is not a shared or slave mount", m.all[source-1].fs)
	}
	if len(m.all)*2 >= MaxMounts {
		return 0, model.Refuse("bind: there are %d mounts", len(m.all))
	}
	return m.copyTree(source, 0, p), nil
}

func (m *Mounts) copyTree(source, to Mount, p Propagation) Mount {
	x := m.all[source-1]
	x.parent = to
	switch {
	case p == RPrivate:
		x.group, x.master = 0, 0
	case p == RSlave && x.group != 0:
		x.group, x.master = 0, x.group
	}
	n, _ := m.add(x)
	for i := range len(m.all) {
		if y := m.all[i]; y.live && y.parent == source && Mount(i+1) != n {
			m.copyTree(Mount(i+1), n, p)
		}
	}
	return n
}

// receivers are the mounts to which an event on x goes: its peers, the slaves of these, their peers, and so on; x itself first.
// Each comes with the group and the master that a mount made there has, given the group of the one made at x.
func (m *Mounts) receivers(x Mount) []Mount {
	out := []Mount{x}
	for i := 0; i < len(out); i++ {
		at := m.all[out[i]-1]
		if at.group == 0 {
			continue
		}
		for j, y := range m.all {
			if z := Mount(j + 1); y.live && (y.group == at.group || y.master == at.group) && !slices.Contains(out, z) {
				out = append(out, z)
			}
		}
	}
	return out
}

// Mount mounts a file system at a name in a mount, and wherever that propagates to. Where something is mounted at the name already,
// at x itself or at a receiver, it is refused here (EBUSY); the kernel would stack them.
func (m *Mounts) Mount(x Mount, name, fs string) error {
	if !m.has(x) || name == "" || fs == "" {
		return ENOENT
	}
	at := m.receivers(x)
	if len(m.all)+len(at) > MaxMounts {
		return model.Refuse("mount: there are %d mounts", len(m.all))
	}
	for _, r := range at {
		if m.At(r, name) != 0 {
			return EBUSY
		}
	}
	groups := map[int]int{} // of the new mounts, by the group of what they are mounted on
	group := func(of int) int {
		if of == 0 {
			return 0
		}
		if groups[of] == 0 {
			m.groups++
			groups[of] = m.groups
		}
		return groups[of]
	}
	for _, r := range at {
		on := m.all[r-1]
		if _, err := m.add(mount{parent: r, name: name, fs: fs, group: group(on.group), master: groups[on.master]}); err != nil {
			return err
		}
	}
	return nil
}

// Unmount ends the mount at a name, and those that the event propagates to. It is refused while something is mounted on one.
func (m *Mounts) Unmount(x Mount, name string) error {
	if !m.has(x) || m.At(x, name) == 0 {
		return EINVAL
	}
	var gone []Mount
	for _, r := range m.receivers(x) {
		if y := m.At(r, name); y != 0 {
			gone = append(gone, y)
		}
	}
	for i, y := range m.all {
		if y.live && slices.Contains(gone, y.parent) && Mount(i+1) != 0 {
			return EBUSY
		}
	}
	for _, y := range gone {
		m.all[y-1].live = false
	}
	return nil
}

// Leaks tells whether a mount that is made in from appears in to: a way from the one's peers to the other's, over slaves.
func (m *Mounts) Leaks(from, to Mount) bool {
	return m.has(from) && m.has(to) && from != to && slices.Contains(m.receivers(from), to)
}
