package rbac

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/model"
)

// Group is the API group of roles and bindings.
const Group = "rbac.authorization.k8s.io"

// Masters is the group whose members may do everything, whatever the roles are.
const Masters = "system:masters"

// User is who makes a request, as it was authenticated.
type User struct {
	Name   string
	Groups []string
}

// serviceAccountPrefix begins the names of users that are service accounts, which end in ":NAMESPACE:NAME".
const serviceAccountPrefix = "system:serviceaccount:"

// ServiceAccount is the user that a service account is, with its groups.
func ServiceAccount(namespace, name string) User {
	return User{
		serviceAccountPrefix + namespace + ":" + name,
		[]string{"system:serviceaccounts", "system:serviceaccounts:" + namespace, allAuthenticated},
	}
}

// Key names a role or a binding: of a namespace, or of the cluster where that is "".
type Key struct{ Namespace, Name string }

// String is NAMESPACE/NAME, or the name alone.
func (k Key) String() string {
	if k.Namespace == "" {
		return k.Name
	}
	return k.Namespace + "/" + k.Name
}

func compareKeys(a, b Key) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// Role is a Role, or a ClusterRole where the namespace is "".
type Role struct {
	Key
	Labels map[string]string
	Rules  []Rule // of a ClusterRole with aggregation, what the controller put there
	// Aggregates are selectors by labels: if any, a controller makes the rules those of all ClusterRoles that one of them selects.
	Aggregates []map[string]string
}

// SubjectKind says what a subject is.
type SubjectKind string

// The kinds of subject.
const (
	UserSubject           SubjectKind = "User"
	GroupSubject          SubjectKind = "Group"
	ServiceAccountSubject SubjectKind = "ServiceAccount"
)

// Subject is to whom a binding gives a role.
type Subject struct {
	Kind      SubjectKind
	Namespace string // of a service account
	Name      string
}

// is tells whether a user is the subject of a binding in a namespace.
func (s Subject) is(u User, namespace string) bool {
	switch s.Kind {
	case UserSubject:
		return u.Name == s.Name
	case GroupSubject:
		return slices.Contains(u.Groups, s.Name)
	case ServiceAccountSubject:
		of := cmp.Or(s.Namespace, namespace)
		return of != "" && u.Name == serviceAccountPrefix+of+":"+s.Name
	}
	return false
}

// Binding is a RoleBinding, or a ClusterRoleBinding where the namespace is "".
type Binding struct {
	Key
	// Role is the role that is given: a ClusterRole where its namespace is "", or a Role of the binding's namespace. A
	// RoleBinding gives the rules of a ClusterRole in its namespace only, and of them nothing about URLs.
	Role     Key
	Subjects []Subject
}

// Cluster is the roles and bindings of a cluster: the authorizer, and the API by which users change them. The zero Cluster is
// not to be used; make one with New.
//
// Not modelled: the other authorizers (Node, Webhook, attributes), role bindings by annotations, and the garbage collector's
// changes, which no guard looks at.
type Cluster struct {
	// Both by key, those of the cluster first. What stands in them is never changed, but replaced.
	roles    []Role
	bindings []Binding
}

// New makes a cluster with roles and bindings as they are, whoever made them. Rules of ClusterRoles that aggregate are worked out.
func New(roles []Role, bindings []Binding) (*Cluster, error) {
	c := &Cluster{}
	for _, r := range roles {
		if _, ok := c.role(r.Key); ok {
			return nil, fmt.Errorf("role %s is there twice", r.Key)
		}
		if err := r.check(); err != nil {
			return nil, err
		}
		c.roles = put(c.roles, r.clone())
	}
	for _, b := range bindings {
		if _, ok := c.binding(b.Key); ok {
			return nil, fmt.Errorf("binding %s is there twice", b.Key)
		}
		if err := b.check(); err != nil {
			return nil, err
		}
		c.bindings = put(c.bindings, b.clone())
	}
	c.aggregate()
	return c, nil
}

// keyed is a role or a binding.
type keyed interface{ key() Key }

func (k Key) key() Key { return k }

func find[T keyed](list []T, k Key) (int, bool) {
	return slices.BinarySearchFunc(list, k, func(t T, k Key) int { return compareKeys(t.key(), k) })
}

// put gives the list with t, in its place or instead of what has its key.
func put[T keyed](list []T, t T) []T {
	i, ok := find(list, t.key())
	if ok {
		list[i] = t
		return list
	}
	return slices.Insert(list, i, t)
}

func remove[T keyed](list []T, k Key) []T {
	if i, ok := find(list, k); ok {
		return slices.Delete(list, i, i+1)
	}
	return list
}

func (c *Cluster) role(k Key) (Role, bool) {
	if i, ok := find(c.roles, k); ok {
		return c.roles[i], true
	}
	return Role{}, false
}

func (c *Cluster) binding(k Key) (Binding, bool) {
	if i, ok := find(c.bindings, k); ok {
		return c.bindings[i], true
	}
	return Binding{}, false
}

// Clone is an independent copy.
func (c *Cluster) Clone() *Cluster { return &Cluster{slices.Clone(c.roles), slices.Clone(c.bindings)} }

// check tells what the API server would not accept (pkg/apis/rbac/validation).
func (r Role) check() error {
	if r.Name == "" {
		return fmt.Errorf("a role has no name")
	}
	if r.Namespace != "" && len(r.Aggregates) > 0 {
		return fmt.Errorf("role %s: only a ClusterRole aggregates", r.Key)
	}
	for _, rule := range r.Rules {
		switch {
		case len(rule.Verbs) == 0:
			return fmt.Errorf("role %s: a rule has no verbs", r.Key)
		case len(rule.NonResourceURLs) > 0 && r.Namespace != "":
			return fmt.Errorf("role %s: namespaced rules cannot apply to non-resource URLs", r.Key)
		case len(rule.NonResourceURLs) > 0 && len(rule.APIGroups)+len(rule.Resources)+len(rule.ResourceNames) > 0:
			return fmt.Errorf("role %s: rules cannot apply to both regular resources and non-resource URLs", r.Key)
		case len(rule.NonResourceURLs) == 0 && (len(rule.APIGroups) == 0 || len(rule.Resources) == 0):
			return fmt.Errorf("role %s: a rule has no API groups or no resources", r.Key)
		}
	}
	return nil
}

func (b Binding) check() error {
	if b.Name == "" || b.Role.Name == "" {
		return fmt.Errorf("a binding or its role has no name")
	}
	if b.Role.Namespace != "" && b.Role.Namespace != b.Namespace {
		return fmt.Errorf("binding %s: role %s is of another namespace", b.Key, b.Role)
	}
	for _, s := range b.Subjects {
		known := s.Kind == UserSubject || s.Kind == GroupSubject || s.Kind == ServiceAccountSubject
		if !known || s.Name == "" || s.Kind == ServiceAccountSubject && s.Namespace == "" && b.Namespace == "" {
			return fmt.Errorf("binding %s: %+v is no subject", b.Key, s)
		}
	}
	return nil
}

func (b Binding) clone() Binding {
	b.Subjects = slices.Clone(b.Subjects)
	return b
}

func (r Role) clone() Role {
	r.Labels = maps.Clone(r.Labels)
	r.Rules = slices.Clone(r.Rules)
	for i := range r.Rules {
		r.Rules[i] = r.Rules[i].clone()
	}
	r.Aggregates = slices.Clone(r.Aggregates)
	for i := range r.Aggregates {
		r.Aggregates[i] = maps.Clone(r.Aggregates[i])
	}
	return r
}

// aggregate is the controller of aggregated ClusterRoles: their rules become those of all that they select, which may aggregate
// themselves, until nothing changes (kubernetes pkg/controller/clusterroleaggregation). Where roles select one another in a circle it
// need not come to an end: three may hand their rules on for ever. Here they keep what they got once the rounds are over after
// which roles that are in no circle are settled, so that all of a circle have the rules that went round in it.
func (c *Cluster) aggregate() {
	round := 0
	for changed := true; changed; round++ {
		changed = false
		for i, r := range c.roles {
			if len(r.Aggregates) == 0 {
				continue
			}
			var rules []Rule
			if round > len(c.roles) {
				rules = slices.Clone(r.Rules)
			}
			for j, o := range c.roles {
				if o.Namespace != "" || i == j || !slices.ContainsFunc(r.Aggregates, func(s map[string]string) bool { return selects(s, o.Labels) }) {
					continue
				}
				for _, rule := range o.Rules {
					if !slices.ContainsFunc(rules, rule.equal) {
						rules = append(rules, rule)
					}
				}
			}
			if !slices.EqualFunc(rules, r.Rules, Rule.equal) {
				c.roles[i].Rules, changed = rules, true
			}
		}
	}
}

// equal tells whether two roles are the same.
func (r Role) equal(o Role) bool {
	return r.Key == o.Key && maps.Equal(r.Labels, o.Labels) && slices.EqualFunc(r.Rules, o.Rules, Rule.equal) &&
		slices.EqualFunc(r.Aggregates, o.Aggregates, maps.Equal[map[string]string])
}

func (r Rule) equal(o Rule) bool {
	return slices.Equal(r.Verbs, o.Verbs) && slices.Equal(r.APIGroups, o.APIGroups) && slices.Equal(r.Resources, o.Resources) &&
		slices.Equal(r.ResourceNames, o.ResourceNames) && slices.Equal(r.NonResourceURLs, o.NonResourceURLs)
}

// selects tells whether a selector selects labels; one that asks for nothing selects all.
func selects(selector, labels map[string]string) bool {
	for k, v := range selector {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// Role is a copy of a role.
func (c *Cluster) Role(k Key) (Role, bool) {
	r, ok := c.role(k)
	return r.clone(), ok
}

// Bindings are all bindings, of the cluster first, by namespace and name. The caller may keep them.
func (c *Cluster) Bindings() []Binding {
	out := make([]Binding, len(c.bindings))
	for i, b := range c.bindings {
		out[i] = b.clone()
	}
	return out
}

// Grant is why a request is allowed.
type Grant struct {
	Binding Key
	Role    Key
	Subject Subject
	Rule    Rule
}

// String says who gives what.
func (g Grant) String() string {
	kind := "RoleBinding"
	if g.Binding.Namespace == "" {
		kind = "ClusterRoleBinding"
	}
	return fmt.Sprintf("%s %s gives %s to %s %s: %s", kind, g.Binding, g.Role, strings.ToLower(string(g.Subject.Kind)), g.Subject.Name, g.Rule)
}

// grants goes through what a user has in a namespace: by bindings of the cluster and, where the namespace is not "", by those of
// the namespace.
func (c *Cluster) grants(u User, namespace string) func(func(Grant) bool) {
	return func(yield func(Grant) bool) {
		for _, b := range c.bindings {
			if b.Namespace != "" && b.Namespace != namespace {
				continue
			}
			i := slices.IndexFunc(b.Subjects, func(s Subject) bool { return s.is(u, b.Namespace) })
			if i < 0 {
				continue
			}
			role, _ := c.role(b.Role)
			for _, rule := range role.Rules {
				if !yield(Grant{b.Key, b.Role, b.Subjects[i], rule}) {
					return
				}
			}
		}
	}
}

// Rules is what a user has in a namespace, or everywhere where that is "".
func (c *Cluster) Rules(u User, namespace string) []Rule {
	out := slices.Clone(c.rules(u, namespace))
	for i := range out {
		out[i] = out[i].clone()
	}
	return out
}

// rules is Rules, which nobody may change.
func (c *Cluster) rules(u User, namespace string) []Rule {
	if slices.Contains(u.Groups, Masters) {
		return everything
	}
	var out []Rule
	for g := range c.grants(u, namespace) {
		out = append(out, g.Rule)
	}
	return out
}

// Allowed tells whether a user may do something.
func (c *Cluster) Allowed(u User, q Request) bool {
	_, ok := c.Why(u, q)
	return ok
}

// Why is what allows a request, the first of several; false where nothing does. For a member of Masters the grant is empty.
// A request for a path that is no resource belongs to no namespace.
func (c *Cluster) Why(u User, q Request) (Grant, bool) {
	if slices.Contains(u.Groups, Masters) {
		return Grant{}, true
	}
	if q.Path != "" {
		q.Namespace = ""
	}
	for g := range c.grants(u, q.Namespace) {
		if g.Rule.Allows(q) {
			return g, true
		}
	}
	return Grant{}, false
}

// Forbidden is the error of a request that is refused: status 403. It wraps model.ErrRefused.
type Forbidden struct {
	User    string
	Request Request
	Missing []Rule // what the user has not got and would give away; none where the request itself is not allowed
}

// Error says what is missing.
func (f *Forbidden) Error() string {
	if len(f.Missing) == 0 {
		return fmt.Sprintf("refused: user %q cannot %s", f.User, f.Request)
	}
	return fmt.Sprintf("refused: user %q (%s) is attempting to grant RBAC permissions not currently held: %v", f.User, f.Request, f.Missing)
}

// Unwrap gives model.ErrRefused.
func (f *Forbidden) Unwrap() error { return model.ErrRefused }

// splitServiceAccount gives the namespace and name of a user that is a service account.
func splitServiceAccount(user string) (namespace, name string, ok bool) {
	rest, ok := strings.CutPrefix(user, serviceAccountPrefix)
	if !ok {
		return "", "", false
	}
	namespace, name, ok = strings.Cut(rest, ":")
	return namespace, name, ok && namespace != "" && name != "" && !strings.Contains(name, ":")
}
