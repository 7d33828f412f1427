package rbac

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// PowerKind says what a power is.
type PowerKind int

// The kinds of power.
const (
	ActAs       PowerKind = iota + 1 // as a user or service account, by its credentials
	Granted                          // a role, to an identity that is held, by a binding that it made
	Rewritten                        // a role that an identity has was given all rules
	ReadSecrets                      // all secrets of a namespace
	Nodes                            // root on the nodes of the cluster
	Everything                       // as a member of system:masters
)

// Power is something that a subject can come to hold. Which fields count depends on its kind; the others are zero.
type Power struct {
	Kind PowerKind
	// Name is the user that acts, or that has the role.
	Name string
	// Group is the group that it acts with, of ActAs, where it is not with its own.
	Group     string
	Role      Key    // of Granted and Rewritten
	Namespace string // of ReadSecrets, and of the binding of Granted; "" is the whole cluster
}

// String says it in a few words.
func (p Power) String() string {
	switch p.Kind {
	case ActAs:
		if p.Group != "" {
			return fmt.Sprintf("acts as %s of %s", p.Name, p.Group)
		}
		return "acts as " + p.Name
	case Granted:
		return fmt.Sprintf("%s has %s in %s", p.Name, p.Role, cmp.Or(p.Namespace, "all namespaces"))
	case Rewritten:
		return fmt.Sprintf("%s allows everything", p.Role)
	case ReadSecrets:
		return "reads the secrets of " + p.Namespace
	case Nodes:
		return "is root on nodes"
	}
	return "is a member of " + Masters
}

// How is a way to a power.
type How string

// The ways, with where they are described: "RBAC good practices" of the Kubernetes documentation ("Privilege escalation risks")
// unless another source stands there.
const (
	Binds        How = "Binds"        // makes a binding by the verb bind
	Rewrites     How = "Rewrites"     // gives a role that it has all rules, by the verb escalate
	Impersonates How = "Impersonates" // acts as another, or as a member of a group
	Requests     How = "Requests"     // requests a token of a service account (serviceaccounts/token)
	Runs         How = "Runs"         // runs a pod: as any service account of its namespace, with any secret and, where admission lets it, any path of the node
	Relabels     How = "Relabels"     // runs a pod in a namespace whose labels it has changed, so that admission lets it have any path of the node
	Execs        How = "Execs"        // runs a program in a pod that is there (pods/exec, pods/attach, pods/ephemeralcontainers)
	Reads        How = "Reads"        // reads the secrets of a namespace, and the token in one
	Mints        How = "Mints"        // makes a secret of type kubernetes.io/service-account-token and reads it
	Proxies      How = "Proxies"      // runs a program in a pod by the kubelet's API (nodes/proxy), past admission and the audit log
	Mounts       How = "Mounts"       // mounts a hostPath by a persistent volume, which no level of Pod Security looks at
	Certifies    How = "Certifies"    // requests and approves a certificate of another user, but not of system:masters (admission plugin CertificateSubjectRestriction)
	Webhooks     How = "Webhooks"     // rewrites what an administrator asks for (mutatingwebhookconfigurations)
	Takes        How = "Takes"        // takes the tokens of the pods on a node, or the credentials of the control plane
)

// RunningPod is a pod that is there.
type RunningPod struct {
	Key
	ServiceAccount string // whose token is in it; "" for none (automountServiceAccountToken: false)
	Node           string
	Privileged     bool // who is in it is root on its node
}

// Surroundings is what there is besides roles and bindings. The zero Surroundings is an empty cluster.
type Surroundings struct {
	ServiceAccounts []Key
	Pods            []RunningPod
	TokenSecrets    map[Key]string // secrets with a token, and of which service account of their namespace
	// Privileged are the namespaces in which admission lets a pod have the paths of its node: those where less than
	// baseline is enforced.
	Privileged []string
	// ControlPlane says that pods can run on the nodes of the control plane, with whose files one is administrator.
	ControlPlane bool
	// ExecByGet says that get is enough for pods/exec, pods/attach and nodes/proxy, by a WebSocket. So it is for the kubelet, and
	// for the API server where it does not ask for create as well (feature gate AuthorizePodWebsocketUpgradeCreatePermission).
	ExecByGet bool
}

// Step is a way by which one comes to a power.
type Step struct {
	Power Power
	How   How     // "" for what one is to begin with
	Uses  []Power // an identity and the roles that were given for it, or Nodes
	// Needs are what the identity must be allowed to do for it: in all of the first list, in one of the second, and so on; nil of
	// Nodes.
	Needs []Request
}

// String is the step in a line.
func (s Step) String() string {
	if s.How == "" {
		return s.Power.String()
	}
	needs := make([]string, len(s.Needs))
	for i, q := range s.Needs {
		needs[i] = q.String()
	}
	out := s.Power.String() + ": " + string(s.How)
	if len(needs) > 0 {
		out += " (" + strings.Join(needs, ", ") + ")"
	}
	return out
}

// Closure is all that a subject can come to hold.
type Closure struct{ steps []Step } // the first is what it is to begin with

// Close works out what a user can come to hold: the least set that holds the user itself and everything that a step by what is
// in it leads to. It is an upper bound: each step is possible if those before it were taken and nobody interferes, and none
// takes away what another uses. Of others that a user acts as, the groups are not known, but for service accounts. Webhooks waits
// for an administrator to do something. Where a rule has resource names, it is taken that what has such a name is there.
func Close(c *Cluster, s Surroundings, u User) *Closure {
	out := &Closure{[]Step{{Power: Power{Kind: ActAs, Name: u.Name}}}}
	for {
		grown := false
		for _, step := range Next(c, s, u, out.Powers()) {
			if !out.Holds(step.Power) {
				out.steps, grown = append(out.steps, step), true
			}
		}
		if !grown {
			return out
		}
	}
}

// Powers lists what can be held, in the order of how many rounds of steps it takes.
func (c *Closure) Powers() []Power {
	out := make([]Power, len(c.steps))
	for i, s := range c.steps {
		out[i] = s.Power
	}
	return out
}

func (c *Closure) index(p Power) int {
	return slices.IndexFunc(c.steps, func(s Step) bool { return s.Power == p })
}

// Holds tells whether a power can be held.
func (c *Closure) Holds(p Power) bool { return c.index(p) >= 0 }

// Path is how one comes to a power, each step after those that it uses; nil where one does not.
func (c *Closure) Path(p Power) []Step {
	if !c.Holds(p) {
		return nil
	}
	needed := map[Power]bool{p: true}
	var path []Step
	for i := c.index(p); i >= 0; i-- {
		if s := c.steps[i]; needed[s.Power] {
			path = append(path, s)
			for _, u := range s.Uses {
				needed[u] = true
			}
		}
	}
	slices.Reverse(path)
	return path
}

// Next lists the steps that are possible for a user who holds some powers already; several may lead to one power, and some to
// powers that are held.
func Next(c *Cluster, s Surroundings, u User, held []Power) []Step {
	w := &world{base: c, here: s, start: u, held: held}
	w.settle()
	var out []Step
	for _, p := range held {
		switch p.Kind {
		case ActAs:
			a := &actor{world: w, power: p, user: w.user(p)}
			for _, way := range ways {
				way(a)
			}
			out = append(out, a.steps...)
		case Nodes:
			for _, pod := range s.Pods {
				if pod.ServiceAccount != "" {
					out = append(out, Step{accountPower(pod.Namespace, pod.ServiceAccount), Takes, []Power{p}, nil})
				}
			}
			if s.ControlPlane {
				out = append(out, Step{Power{Kind: Everything}, Takes, []Power{p}, nil})
			}
		}
	}
	return out
}

func accountPower(namespace, name string) Power {
	return Power{Kind: ActAs, Name: ServiceAccount(namespace, name).Name}
}

// world is a cluster with the roles and bindings that powers stand for.
type world struct {
	base, now  *Cluster
	here       Surroundings
	start      User
	held       []Power
	namespaces []string
}

// with is the base with the changes that some powers stand for.
func (w *world) with(powers []Power) *Cluster {
	c := w.base.Clone()
	for i, p := range powers {
		switch p.Kind {
		case Granted:
			if _, ok := c.role(p.Role); !ok {
				c.roles = put(c.roles, Role{Key: p.Role, Rules: all(p.Role)})
			}
			k := Key{p.Namespace, fmt.Sprintf("made by %s, %d", p.Name, i)}
			c.bindings = put(c.bindings, Binding{k, p.Role, []Subject{{Kind: UserSubject, Name: p.Name}}})
		case Rewritten:
			r, _ := c.Role(p.Role)
			r.Rules = append(r.Rules, all(p.Role)...)
			r.Aggregates = nil // what the controller would put back adds nothing
			c.roles = put(c.roles, r)
		}
	}
	c.aggregate()
	return c
}

// all is every rule that a role can have.
func all(k Key) []Rule {
	if k.Namespace != "" {
		return everything[:1]
	}
	return everything
}

func (w *world) settle() {
	w.now = w.with(w.held)
	add := func(n string) {
		if n != "" && !slices.Contains(w.namespaces, n) {
			w.namespaces = append(w.namespaces, n)
		}
	}
	for _, k := range w.here.ServiceAccounts {
		add(k.Namespace)
	}
	for _, p := range w.here.Pods {
		add(p.Namespace)
	}
	for _, n := range w.here.Privileged {
		add(n)
	}
	for k := range w.here.TokenSecrets {
		add(k.Namespace)
	}
	for _, r := range w.base.roles {
		add(r.Namespace)
	}
	for _, b := range w.base.bindings {
		add(b.Namespace)
	}
	slices.Sort(w.namespaces)
}

// user is the identity of a power.
func (w *world) user(p Power) User {
	switch namespace, name, account := splitServiceAccount(p.Name); {
	case p.Group != "":
		return User{p.Name, []string{p.Group}}.authenticated()
	case p.Name == w.start.Name:
		return w.start
	case account:
		return ServiceAccount(namespace, name)
	}
	return User{Name: p.Name}.authenticated()
}

// actor is an identity that is held, and collects the steps that it can take.
type actor struct {
	*world
	power Power
	user  User
	names []string // the resource names in its rules, and ""; worked out once
	steps []Step
}

// someName stands for any name that a rule speaks of, and for a name of which none speaks.
const someName = All

// can gives the first request of a list that the identity may make on a cluster.
func (a *actor) can(c *Cluster, of []Request) (Request, bool) {
	if a.names == nil {
		a.names = []string{""}
		for _, n := range append([]string{""}, a.namespaces...) {
			for _, r := range a.now.rules(a.user, n) {
				a.names = append(a.names, r.ResourceNames...)
			}
		}
		slices.Sort(a.names)
		a.names = slices.Compact(a.names)
	}
	for _, q := range of {
		names := []string{q.Name}
		if q.Name == someName {
			names = a.names
		}
		for _, n := range names {
			q.Name = n
			if c.Allowed(a.user, q) {
				return q, true
			}
		}
	}
	return Request{}, false
}

// step notes a power that the identity comes to if it may do one of each list.
func (a *actor) step(to Power, how How, needs ...[]Request) { a.stepBy(nil, to, how, needs...) }

// stepBy is step for one that uses other powers besides.
func (a *actor) stepBy(uses []Power, to Power, how How, needs ...[]Request) {
	var used []Request
	for _, of := range needs {
		q, ok := a.can(a.now, of)
		if !ok {
			return
		}
		used = append(used, q)
	}
	a.steps = append(a.steps, Step{to, how, slices.Concat([]Power{a.power}, uses, a.grants(needs)), used})
}

// grants are the roles, among those that were given on the way, that the identity needs for some requests: none, one, or all that
// there are.
func (a *actor) grants(needs [][]Request) []Power {
	enough := func(powers []Power) bool {
		c := a.with(powers)
		return !slices.ContainsFunc(needs, func(of []Request) bool { _, ok := a.can(c, of); return !ok })
	}
	var given []Power
	for _, p := range a.held {
		if p.Kind == Granted && p.Name == a.user.Name || p.Kind == Rewritten {
			given = append(given, p)
		}
	}
	if len(given) == 0 || enough(nil) {
		return nil
	}
	for _, p := range given {
		if enough([]Power{p}) {
			return []Power{p}
		}
	}
	return given
}
