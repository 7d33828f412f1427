package access

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Exclusion is a set of roles of which nobody may have as many as Most and one more, at once or at all (ANSI INCITS 359-2004, SSD and
// DSD, where the number is that which one may not have).
type Exclusion struct {
	Roles []string
	Most  int // at least 1
}

// RolesConfig describes users, roles and permissions.
type RolesConfig struct {
	Users, Roles, Permissions []string
	// Juniors are, by role, the roles that it inherits all permissions of, directly.
	Juniors map[string][]string
	Static  []Exclusion // of what a user is assigned, with the juniors
	Dynamic []Exclusion // of what a user has active, with the juniors: the standard looks at the roles activated alone
	Officer string      // the role that administers where it is active
	// Assigned is what users have at first.
	Assigned map[string][]string
}

// Roles is role-based access control with one session a user: RBAC3 of Sandhu and others (IEEE Computer 29(2), 1996), the
// standard's hierarchies and separations of duty, and administration by which nobody raises itself. The zero Roles is not to be
// used; make one with NewRoles.
//
// A user has the union of what its roles permit. An officer assigns roles to others and grants permissions to roles that it has
// not; so no step of a user gives that user anything. Two officers can raise one another: separation of duty among
// them is for whoever assigns officers to see to.
type Roles struct {
	config   RolesConfig
	assigned map[string][]string // in the order of the configuration, as all lists here
	active   map[string][]string
	granted  map[string][]string
}

// NewRoles makes a system in which no role has a permission yet, and no session an active role.
func NewRoles(c RolesConfig) (*Roles, error) {
	r := &Roles{c.clone(), map[string][]string{}, map[string][]string{}, map[string][]string{}}
	for _, list := range [][]string{c.Users, c.Roles, c.Permissions} {
		for i, name := range list {
			if name == "" || slices.Contains(list[:i], name) {
				return nil, fmt.Errorf("name %q is there twice, or empty", name)
			}
		}
	}
	for role, juniors := range c.Juniors {
		for _, j := range append([]string{role}, juniors...) {
			if !slices.Contains(c.Roles, j) {
				return nil, fmt.Errorf("there is no role %q", j)
			}
		}
	}
	for _, role := range c.Roles {
		if slices.Contains(r.inherited(c.Juniors[role]...), role) {
			return nil, fmt.Errorf("role %q inherits itself", role)
		}
	}
	for _, e := range slices.Concat(c.Static, c.Dynamic) {
		if e.Most < 1 || e.Most >= len(e.Roles) {
			return nil, fmt.Errorf("%+v excludes nothing, or everything", e)
		}
		for i, role := range e.Roles {
			if !slices.Contains(c.Roles, role) || slices.Contains(e.Roles[:i], role) {
				return nil, fmt.Errorf("there is no role %q, or an exclusion has it twice", role)
			}
		}
	}
	if !slices.Contains(c.Roles, c.Officer) {
		return nil, fmt.Errorf("there is no role %q to administer", c.Officer)
	}
	for u, roles := range c.Assigned {
		for _, role := range roles {
			if err := r.known(u, role); err != nil {
				return nil, err
			}
			if err := r.separate(c.Static, r.assigned[u], role); err != nil {
				return nil, err
			}
			r.assigned[u] = r.ordered(append(r.assigned[u], role))
		}
	}
	return r, nil
}

// clone shares nothing with what the caller may change.
func (c RolesConfig) clone() RolesConfig {
	lists := func(m map[string][]string) map[string][]string {
		m = maps.Clone(m)
		for k, v := range m {
			m[k] = slices.Clone(v)
		}
		return m
	}
	exclusions := func(es []Exclusion) []Exclusion {
		es = slices.Clone(es)
		for i := range es {
			es[i].Roles = slices.Clone(es[i].Roles)
		}
		return es
	}
	c.Users, c.Roles, c.Permissions = slices.Clone(c.Users), slices.Clone(c.Roles), slices.Clone(c.Permissions)
	c.Juniors, c.Assigned = lists(c.Juniors), lists(c.Assigned)
	c.Static, c.Dynamic = exclusions(c.Static), exclusions(c.Dynamic)
	return c
}

// Clone is an independent copy.
func (r *Roles) Clone() *Roles {
	return &Roles{r.config, maps.Clone(r.assigned), maps.Clone(r.active), maps.Clone(r.granted)}
}

// ordered is a set of roles in the order of the configuration, in memory of its own.
func (r *Roles) ordered(roles []string) []string { return order(r.config.Roles, roles) }

// order gives those of all that are in some.
func order(all, some []string) []string {
	var out []string
	for _, name := range all {
		if slices.Contains(some, name) {
			out = append(out, name)
		}
	}
	return out
}

// inherited is a role with all that it inherits from. There is no cycle but where NewRoles looks for one.
func (r *Roles) inherited(roles ...string) []string {
	var out []string
	seen := map[string]bool{}
	add := func(roles []string) {
		for _, role := range roles {
			if !seen[role] {
				seen[role], out = true, append(out, role)
			}
		}
	}
	add(roles)
	for i := 0; i < len(out); i++ {
		add(r.config.Juniors[out[i]])
	}
	return out
}

func (r *Roles) known(u, role string) error {
	if !slices.Contains(r.config.Users, u) || !slices.Contains(r.config.Roles, role) {
		return model.Refuse("there is no user %q or no role %q", u, role)
	}
	return nil
}

// separate refuses one more role that some exclusion forbids.
func (r *Roles) separate(of []Exclusion, has []string, role string) error {
	all := r.inherited(append(slices.Clone(has), role)...)
	for _, e := range of {
		if n := len(order(e.Roles, all)); n > e.Most {
			return model.Refuse("%d of the roles %v, at most %d are for one user", n, e.Roles, e.Most)
		}
	}
	return nil
}

// administers refuses who has not got the officer's role active.
func (r *Roles) administers(by string) error {
	if !slices.Contains(r.inherited(r.active[by]...), r.config.Officer) {
		return model.Refuse("user %q is no officer now", by)
	}
	return nil
}

// Assign gives a role to another user.
func (r *Roles) Assign(by, u, role string) error {
	if err := firstOf(r.known(u, role), r.administers(by)); err != nil {
		return err
	}
	if by == u {
		return model.Refuse("user %q cannot assign itself", by)
	}
	if slices.Contains(r.assigned[u], role) {
		return model.Refuse("user %q has role %q", u, role)
	}
	if err := r.separate(r.config.Static, r.assigned[u], role); err != nil {
		return err
	}
	r.assigned[u] = r.ordered(append(slices.Clone(r.assigned[u]), role))
	return nil
}

// Deassign takes a role from another user, and from its session what it has no longer.
func (r *Roles) Deassign(by, u, role string) error {
	if err := firstOf(r.known(u, role), r.administers(by)); err != nil {
		return err
	}
	if by == u {
		return model.Refuse("user %q cannot change what it is assigned", by)
	}
	if !slices.Contains(r.assigned[u], role) {
		return model.Refuse("user %q has not got role %q", u, role)
	}
	r.assigned[u] = without(r.assigned[u], role)
	r.active[u] = order(r.active[u], r.inherited(r.assigned[u]...))
	return nil
}

func without(list []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == name })
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// change refuses a change of what a role permits that is not by an officer, or that is of a role that the officer has.
func (r *Roles) change(by, role, permission string) error {
	if !slices.Contains(r.config.Roles, role) || !slices.Contains(r.config.Permissions, permission) {
		return model.Refuse("there is no role %q or no permission %q", role, permission)
	}
	if err := r.administers(by); err != nil {
		return err
	}
	if slices.Contains(r.inherited(r.assigned[by]...), role) {
		return model.Refuse("user %q has role %q itself", by, role)
	}
	return nil
}

// Grant gives a permission to a role that the officer has not got, nor any that inherits it.
func (r *Roles) Grant(by, role, permission string) error {
	if err := r.change(by, role, permission); err != nil {
		return err
	}
	if slices.Contains(r.granted[role], permission) {
		return model.Refuse("role %q has permission %q", role, permission)
	}
	r.granted[role] = order(r.config.Permissions, append(slices.Clone(r.granted[role]), permission))
	return nil
}

// Revoke takes a permission from a role that the officer has not got.
func (r *Roles) Revoke(by, role, permission string) error {
	if err := r.change(by, role, permission); err != nil {
		return err
	}
	if !slices.Contains(r.granted[role], permission) {
		return model.Refuse("role %q has not got permission %q", role, permission)
	}
	r.granted[role] = without(r.granted[role], permission)
	return nil
}

// Activate takes a role that the user has, itself or by one that inherits it, into its session.
func (r *Roles) Activate(u, role string) error {
	if err := r.known(u, role); err != nil {
		return err
	}
	if !slices.Contains(r.inherited(r.assigned[u]...), role) || slices.Contains(r.active[u], role) {
		return model.Refuse("user %q has not got role %q, or has it active", u, role)
	}
	if err := r.separate(r.config.Dynamic, r.active[u], role); err != nil {
		return err
	}
	r.active[u] = r.ordered(append(slices.Clone(r.active[u]), role))
	return nil
}

// Drop takes a role out of the session.
func (r *Roles) Drop(u, role string) error {
	if !slices.Contains(r.active[u], role) {
		return model.Refuse("user %q has not got role %q active", u, role)
	}
	r.active[u] = without(r.active[u], role)
	return nil
}

// Perform refuses what no active role of the user permits.
func (r *Roles) Perform(u, permission string) error {
	if !slices.Contains(r.permits(r.active[u]), permission) {
		return model.Refuse("no active role of user %q permits %q", u, permission)
	}
	return nil
}

// permits is the union of what roles permit.
func (r *Roles) permits(roles []string) []string {
	var out []string
	for _, role := range r.inherited(roles...) {
		out = append(out, r.granted[role]...)
	}
	return order(r.config.Permissions, out)
}

// Assigned are the roles that a user was assigned, without those inherited.
func (r *Roles) Assigned(u string) []string { return slices.Clone(r.assigned[u]) }

// Active are the roles in a user's session.
func (r *Roles) Active(u string) []string { return slices.Clone(r.active[u]) }

// Granted are the permissions of a role, without those inherited.
func (r *Roles) Granted(role string) []string { return slices.Clone(r.granted[role]) }

// Rights are all that a user could do with all its roles active: the union of what they permit.
func (r *Roles) Rights(u string) []string { return r.permits(r.assigned[u]) }
