package oci

import "fmt"

// Type is a type of Linux namespace (config-linux.md, Namespaces).
type Type uint8

// The types.
const (
	PID Type = iota
	Network
	Mount
	IPC
	UTS
	User
	Cgroup
	Time
)

// Types is the number of types.
const Types = 8

var typeNames = [Types]string{"pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"}

// String gives the name in config.json.
func (t Type) String() string { return name("type", typeNames[:], t) }

// file gives the name under /proc/PID/ns, which differs for two types (namespaces(7)).
func (t Type) file() string {
	switch t {
	case Network:
		return "net"
	case Mount:
		return "mnt"
	}
	return t.String()
}

// Entry is an entry of the list linux.namespaces in config.json.
type Entry struct {
	Type Type
	Path string // of a file that is a namespace, such as /proc/1234/ns/net; "" for a new one
}

// Space identifies a namespace on its host, by the number of its inode.
type Space int

// File is what a path leads to.
type File struct {
	Type  Type
	Space Space
}

// Host is what the runtime finds on its host.
type Host struct {
	Own   [Types]Space    // the namespaces of the runtime itself
	Files map[string]File // the paths that are namespaces; others are none
}

// Origin says where the namespace of a container comes from.
type Origin uint8

// The origins.
const (
	Inherited Origin = iota // the list leaves the type out: the runtime's own
	New                     // no path: made for this container
	Joined                  // that of a path
)

var originNames = [...]string{"Inherited", "New", "Joined"}

// String gives the spelling of the models.
func (o Origin) String() string { return name("origin", originNames[:], o) }

// Source is where the namespace of one type comes from.
type Source struct {
	Origin Origin
	Path   string // of a joined one
}

// Plan is, by type, the namespaces of a container. The zero Plan inherits all.
type Plan [Types]Source

// Resolve gives what a list of namespaces means on a host. A type that it leaves out is inherited. It is an error if a type is
// named twice or unknown, or a path is not a namespace of its type (config-linux.md, Namespaces).
func Resolve(entries []Entry, host Host) (Plan, error) {
	var plan Plan
	for i, e := range entries {
		if err := plan.add(e, host); err != nil {
			return Plan{}, fmt.Errorf("namespaces[%d]: %w", i, err)
		}
	}
	return plan, nil
}

func (p *Plan) add(e Entry, host Host) error {
	if e.Type >= Types {
		return refuse(ErrInvalidConfig, "got %s, want one of the %d types", e.Type, Types)
	}
	if p[e.Type].Origin != Inherited {
		return refuse(ErrInvalidConfig, "%s is there twice", e.Type)
	}
	if e.Path == "" {
		p[e.Type] = Source{Origin: New}
		return nil
	}
	if f, ok := host.Files[e.Path]; !ok || f.Type != e.Type {
		return refuse(ErrInvalidConfig, "%s is not a namespace of type %s", e.Path, e.Type)
	}
	p[e.Type] = Source{Joined, e.Path}
	return nil
}
