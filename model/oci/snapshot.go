package oci

import (
	"fmt"
	"maps"
	"slices"
)

// Snapshot is what somebody who sees the whole host sees of a runtime's containers.
type Snapshot struct {
	Host       Host
	Containers map[string]Seen   // by ID
	Resources  map[string]string // what exists on the host, by name, with the ID of the container whose create made it, or ""
}

// Seen is one container of a Snapshot.
type Seen struct {
	Status  Status
	Program string       // that its process has run, "" where none
	Signals []string     // that reached its process
	Spaces  [Types]Space // of its process; 0 where it has none
}

// Snapshot gives what exists now. It shares nothing with the runtime.
func (r *Runtime) Snapshot() Snapshot {
	out := Snapshot{Host{r.host.Own, r.files()}, map[string]Seen{}, map[string]string{}}
	for _, s := range r.Spaces() {
		out.Resources[spaceName(s)] = ""
	}
	for id, c := range r.containers {
		seen := Seen{Status: c.status, Signals: slices.Clone(c.signals), Spaces: c.spaces}
		if c.ran {
			seen.Program = c.config.Process
		}
		if c.killed {
			seen.Signals = append(seen.Signals, sigkill)
		}
		out.Containers[id] = seen
		if c.others {
			out.Resources["processes of "+id] = id
		}
		if c.env {
			out.Resources["environment of "+id] = id
		}
		for t, s := range c.spaces {
			if s != 0 && c.origins[t] == New {
				out.Resources[spaceName(s)] = id
			}
		}
	}
	return out
}

func spaceName(s Space) string { return fmt.Sprintf("namespace %d", s) }

func (s Snapshot) equal(t Snapshot) bool {
	return s.Host.Own == t.Host.Own && maps.Equal(s.Host.Files, t.Host.Files) && maps.Equal(s.Resources, t.Resources) &&
		maps.EqualFunc(s.Containers, t.Containers, Seen.equal)
}

func (s Seen) equal(t Seen) bool {
	return s.Status == t.Status && s.Program == t.Program && slices.Equal(s.Signals, t.Signals) && s.Spaces == t.Spaces
}

// has tells whether a namespace exists.
func (s Snapshot) has(space Space) bool {
	_, ok := s.Resources[spaceName(space)]
	return ok
}

// inUse tells whether somebody is in a namespace, or it has a name.
func (s Snapshot) inUse(space Space) bool {
	if slices.Contains(s.Host.Own[:], space) {
		return true
	}
	for _, f := range s.Host.Files {
		if f.Space == space {
			return true
		}
	}
	for _, c := range s.Containers {
		if slices.Contains(c.Spaces[:], space) {
			return true
		}
	}
	return false
}
