package namespace

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/model"
)

// Kind is a kind of Linux namespace (namespaces(7); runtime-spec config-linux.md, Namespaces).
type Kind uint8

// The eight kinds.
const (
	PIDKind Kind = iota
	NetKind
	MountKind
	IPCKind
	UTSKind
	UserKind
	CgroupKind
	TimeKind
)

// KindCount is the number of kinds.
const KindCount = 8

var kindNames = [KindCount]string{"pid", "net", "mnt", "ipc", "uts", "user", "cgroup", "time"}

// String gives the name under /proc/PID/ns, which the models use too.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Kinds is a set of kinds.
type Kinds uint8

// AllKinds is the set of all kinds.
const AllKinds Kinds = 1<<KindCount - 1

// KindsOf makes a set.
func KindsOf(kinds ...Kind) Kinds {
	var out Kinds
	for _, k := range kinds {
		out |= 1 << k
	}
	return out
}

// Has tells whether k is a member.
func (s Kinds) Has(k Kind) bool { return s>>k&1 != 0 }

// String gives the members in braces, in the order of declaration.
func (s Kinds) String() string {
	var names []string
	for k := range Kind(KindCount) {
		if s.Has(k) {
			names = append(names, k.String())
		}
	}
	return "{" + strings.Join(names, ", ") + "}"
}

// ID numbers a container, from 1. The zero ID is the host.
type ID int

// NsID numbers a namespace among those of its kind. HostNs is the one that the host's own processes are in.
type NsID int

// HostNs is the initial namespace of every kind.
const HostNs NsID = 0

// Mode is how a container gets its namespace of one kind. The zero Mode is a new one of its own.
type Mode struct {
	kind modeKind
	with ID // of a join
}

type modeKind uint8

const (
	privateMode modeKind = iota
	hostMode
	joinMode
)

// Private makes a new namespace; in runtime-spec, a listed type without a path.
var Private = Mode{}

// Host stays in the host's namespace; in runtime-spec, a type that is not listed.
var Host = Mode{kind: hostMode}

// Join enters the namespace of another container; in runtime-spec, a listed type with a path. Launch refuses it unless c
// runs; so it does Join(0): the host's namespace is not what a forgotten ID should lead to.
func Join(c ID) Mode { return Mode{kind: joinMode, with: c} }

// String gives private, host or container:ID, as docker run's options do.
func (m Mode) String() string {
	switch m.kind {
	case hostMode:
		return "host"
	case joinMode:
		return fmt.Sprintf("container:%d", m.with)
	default:
		return "private"
	}
}

// Spec is the mode of every kind. The zero Spec is private in all.
type Spec [KindCount]Mode

// Daemon is what of a Docker daemon and its host decides over the default namespaces. The zero Daemon is Moby v28.5.2 as
// installed, on a host with cgroup v2.
type Daemon struct {
	// UsernsRemap says that the daemon runs with userns-remap. Each container has a user namespace of its own then,
	// though all of them map to the same users of the host.
	UsernsRemap bool
	// TimeNamespace says that containers get a time namespace, as in v2.0.0-beta.24 (pkg/oci/defaults.go).
	TimeNamespace bool
	// HostCgroups says that containers stay in the host's cgroup namespace: the default on a host with cgroup v1, and
	// the daemon's option default-cgroupns-mode on any.
	HostCgroups bool
}

// DockerDefault is what docker run does without options: private in all kinds but user, time and cgroup, for which the
// daemon decides.
func DockerDefault(d Daemon) Spec {
	var s Spec
	if !d.UsernsRemap {
		s[UserKind] = Host
	}
	if !d.TimeNamespace {
		s[TimeKind] = Host
	}
	if d.HostCgroups {
		s[CgroupKind] = Host
	}
	return s
}

// Policy says which kinds of namespace may be shared. A nil function allows none.
type Policy struct {
	Between  func(c, d ID) Kinds // by two containers; symmetric
	WithHost func(c ID) Kinds    // by a container and the host
}

func (p Policy) allows(c, d ID, k Kind) bool {
	if c == 0 || d == 0 {
		return p.WithHost != nil && p.WithHost(max(c, d)).Has(k)
	}
	return p.Between != nil && p.Between(c, d).Has(k)
}

// Sharing is a namespace that two parties are both in.
type Sharing struct {
	A, B ID // A < B; A is 0 for the host
	Kind Kind
}

// String gives such as "1 and 2 share net".
func (s Sharing) String() string {
	if s.A == 0 {
		return fmt.Sprintf("the host and %d share %s", s.B, s.Kind)
	}
	return fmt.Sprintf("%d and %d share %s", s.A, s.B, s.Kind)
}

// Namespaces is which container is in which namespace of each kind. It admits a container only when what the container
// would share is allowed: isolation is stated per kind, and relative to a policy, because in general containers do share
// (the user namespace in Docker's default configuration, the network in a pod).
type Namespaces struct {
	policy Policy
	up     []bool            // by ID-1
	ns     [][KindCount]NsID // by ID-1; zero when not up
}

// NewNamespaces makes a host without running containers, for n of them at most. It panics when n is negative.
func NewNamespaces(n int, policy Policy) *Namespaces {
	if n < 0 {
		panic(fmt.Sprintf("namespace: got room for %d containers, want at least 0", n))
	}
	return &Namespaces{policy: policy, up: make([]bool, n), ns: make([][KindCount]NsID, n)}
}

// Clone returns an independent copy with the same policy.
func (n *Namespaces) Clone() *Namespaces {
	return &Namespaces{policy: n.policy, up: slices.Clone(n.up), ns: slices.Clone(n.ns)}
}

// Up tells whether container c runs.
func (n *Namespaces) Up(c ID) bool { return c >= 1 && int(c) <= len(n.up) && n.up[c-1] }

// Of is the namespace of kind k that c is in, HostNs for the host. It is false, and the number means nothing, when there
// is no such kind or c does not run and so is in no namespace.
func (n *Namespaces) Of(c ID, k Kind) (NsID, bool) {
	switch {
	case k >= KindCount:
		return 0, false
	case c == 0:
		return HostNs, true
	case !n.Up(c):
		return 0, false
	}
	return n.ns[c-1][k], true
}

// Launch runs c with the namespaces that its spec asks for. It refuses what the policy does not allow of the namespaces
// that c would be in: a mode alone does not tell, since joining a container that is in the host's namespace is the same
// as asking for the host's.
//
// Whatever the policy says, it refuses the host's network or PID namespace together with a user namespace other than the
// host's, as Moby does with userns-remap unless --userns=host is given (daemon/daemon_unix.go). Moby looks at the modes
// alone and lets pass who joins a container that is in the host's network.
func (n *Namespaces) Launch(c ID, spec Spec) error {
	if c < 1 || int(c) > len(n.up) {
		return model.Refuse("container %d: want 1 to %d", c, len(n.up))
	}
	if n.up[c-1] {
		return model.Refuse("container %d runs already", c)
	}
	var got [KindCount]NsID
	for k := range Kind(KindCount) {
		switch m := spec[k]; {
		case m.kind == hostMode:
			got[k] = HostNs
		case m.kind == privateMode:
			got[k] = n.fresh(c, k)
		case !n.Up(m.with):
			return model.Refuse("container %d cannot join the %s namespace of %d, which does not run", c, k, m.with)
		default:
			got[k] = n.ns[m.with-1][k]
		}
	}
	for _, k := range []Kind{NetKind, PIDKind} {
		if got[k] == HostNs && got[UserKind] != HostNs {
			return model.Refuse("container %d cannot be in the host's %s namespace with users of its own", c, k)
		}
	}
	for k := range Kind(KindCount) {
		if got[k] == HostNs && !n.policy.allows(0, c, k) {
			return model.Refuse("policy: %s", Sharing{0, c, k})
		}
		for i, up := range n.up {
			if d := ID(i + 1); up && n.ns[i][k] == got[k] && !n.policy.allows(c, d, k) {
				return model.Refuse("policy: %s", Sharing{min(c, d), max(c, d), k})
			}
		}
	}
	n.up[c-1] = true
	n.ns[c-1] = got
	return nil
}

// fresh gives c's own number or, where running containers use that, the lowest that none uses. A namespace lives as long
// as something is in it, so a container that joined it keeps it when its creator stops; the number must not be given again
// before.
func (n *Namespaces) fresh(c ID, k Kind) NsID {
	used := func(id NsID) bool {
		return slices.ContainsFunc(n.ns, func(of [KindCount]NsID) bool { return of[k] == id })
	}
	id := NsID(c)
	if used(id) {
		for id = HostNs + 1; used(id); id++ {
		}
	}
	return id
}

// Stop ends c. A namespace that nobody is in any more is gone.
func (n *Namespaces) Stop(c ID) error {
	if !n.Up(c) {
		return model.Refuse("container %d does not run", c)
	}
	n.up[c-1] = false
	n.ns[c-1] = [KindCount]NsID{}
	return nil
}

// Shared lists what running containers share with one another and with the host, in the order of A, B and Kind.
func (n *Namespaces) Shared() []Sharing {
	var out []Sharing
	for a := ID(0); int(a) <= len(n.up); a++ {
		for b := a + 1; int(b) <= len(n.up); b++ {
			if (a != 0 && !n.Up(a)) || !n.Up(b) {
				continue
			}
			for k := range Kind(KindCount) {
				inA, _ := n.Of(a, k)
				if inB, _ := n.Of(b, k); inA == inB {
					out = append(out, Sharing{a, b, k})
				}
			}
		}
	}
	return out
}

// Violations lists what is shared against a policy: nothing, exactly when every pair is isolated in every kind in which
// the policy wants it to be.
func (n *Namespaces) Violations(p Policy) []Sharing {
	return slices.DeleteFunc(n.Shared(), func(s Sharing) bool { return p.allows(s.A, s.B, s.Kind) })
}
