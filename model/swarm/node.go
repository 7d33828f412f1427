package swarm

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/model"
)

// Resources are amounts of what can be reserved: 10^-9 CPUs, bytes, and generic resources by name.
type Resources struct {
	NanoCPUs, MemoryBytes int64
	Generic               map[string]int64
}

// MaxAmount bounds every amount.
const MaxAmount = 1 << 50

func (r Resources) check() error {
	for _, n := range append([]int64{r.NanoCPUs, r.MemoryBytes}, values(r.Generic)...) {
		if n < 0 || n > MaxAmount {
			return model.Refuse("got an amount of %d, want 0 to %d", n, int64(MaxAmount))
		}
	}
	return nil
}

func values(m map[string]int64) []int64 {
	var out []int64
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// fits tells whether r is within free.
func (r Resources) fits(free Resources) bool {
	for name, n := range r.Generic {
		if n > free.Generic[name] {
			return false
		}
	}
	return r.NanoCPUs <= free.NanoCPUs && r.MemoryBytes <= free.MemoryBytes
}

// minus takes away, of generic resources those that there are.
func (r Resources) minus(s Resources) Resources {
	out := Resources{r.NanoCPUs - s.NanoCPUs, r.MemoryBytes - s.MemoryBytes, map[string]int64{}}
	for name, n := range r.Generic {
		out.Generic[name] = n - s.Generic[name]
	}
	return out
}

// Availability is what an administrator has said of a node.
type Availability int

// The availabilities. A paused node takes no new tasks, a drained one keeps none.
const (
	Active Availability = iota
	Pause
	Drain
)

// Node is a machine of the swarm.
type Node struct {
	ID, Hostname         string
	IP                   netip.Addr
	Manager              bool
	OS, Arch             string
	Labels, EngineLabels map[string]string
	Resources            Resources
	Plugins              []string // of volumes and networks, such as "Volume/nfs"
	Availability         Availability
	// Down says that the managers have not heard of it for a while. What runs there goes on.
	Down bool
}

// Platform is an operating system and an architecture; "" stands for any.
type Platform struct{ OS, Arch string }

// Service is what a replicated service asks for.
type Service struct {
	Name        string
	Replicas    int
	Reserve     Resources
	Limit       Resources // enforced by the kernel; the scheduler does not look at it
	Constraints []string  // "node.labels.zone==a", "node.role != manager"
	Platforms   []Platform
	Plugins     []string
	HostPorts   []uint16 // published in mode host
	MaxReplicas int      // per node; 0 for no limit
	// Preferences are the labels to spread over, the first one at the root: "node.labels.zone", "engine.labels.rack".
	Preferences []string
}

// Filter is one question of the scheduler about a node, in the order in which they are asked (swarmkit manager/scheduler/pipeline.go).
type Filter int

// The filters. None says that all let the node pass.
const (
	None Filter = iota
	ReadyFilter
	ResourceFilter
	PluginFilter
	ConstraintFilter
	PlatformFilter
	HostPortFilter
	MaxReplicasFilter
)

var filterNames = [...]string{"none", "ready", "resource", "plugin", "constraint", "platform", "host_port", "max_replicas"}

// String names a filter.
func (f Filter) String() string {
	if f < 0 || int(f) >= len(filterNames) {
		return fmt.Sprintf("filter(%d)", int(f))
	}
	return filterNames[f]
}

// constraint is one condition of a placement.
type constraint struct {
	key   string
	equal bool
	value string
}

// parseConstraint reads KEY==VALUE or KEY!=VALUE.
func parseConstraint(s string) (constraint, error) {
	for _, op := range []string{"==", "!="} {
		key, value, ok := strings.Cut(s, op)
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if ok && key != "" && value != "" && !strings.ContainsAny(key, "!= ") && known(key) {
			return constraint{strings.ToLower(key[:prefix(key)]) + key[prefix(key):], op == "==", value}, nil
		}
	}
	return constraint{}, model.Refuse("invalid expression: %q; want node.… or engine.labels.…, == or !=, and a value", s)
}

var labelKeys = []string{"node.labels.", "engine.labels."}

// prefix is how much of a key is not the name of a label.
func prefix(key string) int {
	for _, p := range labelKeys {
		if len(key) > len(p) && strings.EqualFold(key[:len(p)], p) {
			return len(p)
		}
	}
	return len(key)
}

func known(key string) bool {
	return prefix(key) < len(key) ||
		slices.Contains([]string{"node.id", "node.hostname", "node.ip", "node.role", "node.platform.os", "node.platform.arch"}, strings.ToLower(key))
}

// met tells whether a node meets a constraint. Values are compared without regard to case, a label that is not there is "", and an
// address may be compared with a subnet.
func (c constraint) met(n Node) bool {
	var got string
	switch name := c.key[prefix(c.key):]; {
	case strings.HasPrefix(c.key, labelKeys[0]):
		got = n.Labels[name]
	case strings.HasPrefix(c.key, labelKeys[1]):
		got = n.EngineLabels[name]
	}
	switch c.key {
	case "node.id":
		got = n.ID
	case "node.hostname":
		got = n.Hostname
	case "node.role":
		got = map[bool]string{true: "manager", false: "worker"}[n.Manager]
	case "node.platform.os":
		got = n.OS
	case "node.platform.arch":
		got = n.Arch
	case "node.ip":
		if p, err := netip.ParsePrefix(c.value); err == nil {
			return p.Contains(n.IP) == c.equal
		}
		a, err := netip.ParseAddr(c.value)
		return err == nil && (a == n.IP) == c.equal
	}
	return strings.EqualFold(got, c.value) == c.equal
}

// supports tells whether a node is one of the platforms; x86_64 is amd64 and aarch64 is arm64.
func (n Node) supports(ps []Platform) bool {
	arch := func(a string) string {
		switch a {
		case "x86_64":
			return "amd64"
		case "aarch64":
			return "arm64"
		}
		return a
	}
	return len(ps) == 0 || slices.ContainsFunc(ps, func(p Platform) bool {
		return (p.OS == "" || strings.EqualFold(p.OS, n.OS)) && (p.Arch == "" || arch(p.Arch) == arch(n.Arch))
	})
}
