package permission

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Entity is the name of a managed entity.
type Entity string

// Object is an entity with what it inherits permissions from.
type Object struct {
	Name Entity
	// Parents are the entities above: one for most, the folder and the host, cluster or resource pool for a virtual
	// machine, none for what is at the top. What is at the top may be the object of global permissions, with the root
	// folder below it.
	Parents []Entity
	// Fixed says that it always has the permissions of its one parent, propagated or not, and none of its own: the folders
	// directly in a datacenter, the root resource pool of a host or cluster, a standalone host.
	Fixed bool
}

// Principal is a user or a group. A user and a group may have the same name.
type Principal struct {
	Name  string
	Group bool
}

// String names it.
func (p Principal) String() string {
	if p.Group {
		return "group " + p.Name
	}
	return "user " + p.Name
}

// Permission gives a principal a role on an entity and, if it propagates, on what is below.
type Permission struct {
	Entity    Entity
	Principal Principal
	Role      RoleID
	Propagate bool
}

// Config describes an inventory, the users and the roles.
type Config struct {
	Objects []Object // parents before children
	Root    Entity   // the root folder, on which somebody is always administrator
	// Users lists every user with the groups that it is in, directly or through others.
	Users      map[string][]string
	Groups     []string // without members, beside those of Users
	Privileges Privileges
	Roles      []Role
	Rules      Rules
}

// Rules are points on which sources differ.
type Rules struct {
	// GrantsUnheld lets one set and remove permissions whose privileges one does not have. The vSphere API reference
	// forbids it: NoPermission "if current session does not have any privilege in any permission that being set".
	GrantsUnheld bool
	// EntityAlone asks for Authorization.ModifyPermissions on the entity only, as the vSphere API reference says. "vSphere
	// Security", "Permissions Privileges", asks for it on the object and on its parent.
	EntityAlone bool
}

// The names of faults, as in the vSphere API.
const (
	NoPermission               = "NoPermission"
	AuthMinimumAdminPermission = "AuthMinimumAdminPermission"
	InvalidArgument            = "InvalidArgument"
	NotFound                   = "NotFound"
	UserNotFound               = "UserNotFound"
	ManagedObjectNotFound      = "ManagedObjectNotFound"
)

// Fault is the error of a call that the vCenter refuses. It wraps model.ErrRefused, and has changed nothing.
type Fault struct {
	Name      string    // NoPermission and so on
	Object    Entity    // on which a privilege is missing
	Privilege Privilege // that is missing, of NoPermission
	Detail    string
}

// Error names the fault.
func (f *Fault) Error() string {
	if f.Name == NoPermission {
		return fmt.Sprintf("refused: %s: %s on %s", f.Name, f.Privilege, f.Object)
	}
	return fmt.Sprintf("refused: %s: %s", f.Name, f.Detail)
}

// Unwrap gives model.ErrRefused.
func (f *Fault) Unwrap() error { return model.ErrRefused }

// Authorization evaluates the permissions of a vCenter and changes them. Its state is the permissions.
//
// Not modelled: sessions, changes of roles and of memberships (Authorization.ModifyRoles and the identity source decide on
// these), and that a principal with the Administrator role on the root folder is given no further permission.
type Authorization struct {
	objects     map[Entity]Object
	users       map[string][]string
	groups      []string
	roles       map[RoleID]Role
	root        Entity
	rules       Rules
	permissions []Permission // by entity, users before groups, by name
}

// New makes an authorization with the permissions given, one of which at least gives the Administrator role on the root
// folder.
func New(c Config, permissions ...Permission) (*Authorization, error) {
	roles, err := newRoles(c.Privileges, c.Roles)
	if err != nil {
		return nil, err
	}
	a := &Authorization{objects: map[Entity]Object{}, users: map[string][]string{}, groups: slices.Clone(c.Groups), roles: roles, root: c.Root, rules: c.Rules}
	for _, o := range c.Objects {
		if _, ok := a.objects[o.Name]; ok || o.Name == "" {
			return nil, fmt.Errorf("got entity %q twice or without a name", o.Name)
		}
		for _, p := range o.Parents {
			if _, ok := a.objects[p]; !ok {
				return nil, fmt.Errorf("entity %q: its parent %q does not stand before it", o.Name, p)
			}
		}
		if o.Fixed && len(o.Parents) != 1 {
			return nil, fmt.Errorf("entity %q has the permissions of its parent and %d parents, want 1", o.Name, len(o.Parents))
		}
		o.Parents = slices.Clone(o.Parents)
		a.objects[o.Name] = o
	}
	if o, ok := a.objects[c.Root]; !ok || o.Fixed {
		return nil, fmt.Errorf("there is no root folder %q with permissions of its own", c.Root)
	}
	for u, groups := range c.Users {
		a.users[u] = slices.Clone(groups)
		a.groups = append(a.groups, groups...)
	}
	slices.Sort(a.groups)
	a.groups = slices.Compact(a.groups)
	for _, p := range permissions {
		if err := a.check(p); err != nil {
			return nil, err
		}
		if _, ok := a.find(p.Entity, p.Principal); ok {
			return nil, fmt.Errorf("%s has two permissions on %s", p.Principal, p.Entity)
		}
		a.put(p)
	}
	if !a.administered() {
		return nil, errors.New("nobody is administrator on the root folder")
	}
	return a, nil
}

// Clone returns an independent copy.
func (a *Authorization) Clone() *Authorization {
	c := *a
	c.permissions = slices.Clone(a.permissions)
	return &c
}

// Permissions is all permissions, by entity and principal. The caller may keep it.
func (a *Authorization) Permissions() []Permission { return slices.Clone(a.permissions) }

// compare orders permissions by entity, users before groups, and name.
func compare(p, q Permission) int {
	rank := func(p Permission) int {
		if p.Principal.Group {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(p.Entity, q.Entity), cmp.Compare(rank(p), rank(q)), cmp.Compare(p.Principal.Name, q.Principal.Name))
}

func (a *Authorization) index(e Entity, p Principal) (int, bool) {
	return slices.BinarySearchFunc(a.permissions, Permission{Entity: e, Principal: p}, compare)
}

func (a *Authorization) find(e Entity, p Principal) (Permission, bool) {
	i, ok := a.index(e, p)
	if !ok {
		return Permission{}, false
	}
	return a.permissions[i], true
}

func (a *Authorization) put(p Permission) {
	i, ok := a.index(p.Entity, p.Principal)
	if ok {
		a.permissions[i] = p
	} else {
		a.permissions = slices.Insert(a.permissions, i, p)
	}
}

func (a *Authorization) remove(e Entity, p Principal) {
	if i, ok := a.index(e, p); ok {
		a.permissions = slices.Delete(a.permissions, i, i+1)
	}
}

// administered tells whether some principal has the Administrator role on the root folder.
func (a *Authorization) administered() bool {
	return slices.ContainsFunc(a.permissions, func(p Permission) bool { return p.Entity == a.root && p.Role == Admin })
}

// check gives the fault of a permission that cannot be, whoever sets it.
func (a *Authorization) check(p Permission) error {
	o, ok := a.objects[p.Entity]
	if !ok {
		return &Fault{Name: ManagedObjectNotFound, Object: p.Entity, Detail: fmt.Sprintf("there is no entity %q", p.Entity)}
	}
	if o.Fixed {
		return &Fault{Name: InvalidArgument, Object: p.Entity, Detail: fmt.Sprintf("%s has the permissions of %s", p.Entity, o.Parents[0])}
	}
	_, user := a.users[p.Principal.Name]
	if p.Principal.Group && !slices.Contains(a.groups, p.Principal.Name) || !p.Principal.Group && !user {
		return &Fault{Name: UserNotFound, Detail: fmt.Sprintf("there is no %s", p.Principal)}
	}
	if p.Role == ViewOnly || p.Role == AnonymousOnly {
		return &Fault{Name: InvalidArgument, Detail: fmt.Sprintf("role %s cannot be given", a.roles[p.Role].Name)}
	}
	if _, ok := a.roles[p.Role]; !ok {
		return &Fault{Name: NotFound, Detail: fmt.Sprintf("there is no role %d", p.Role)}
	}
	return nil
}

// Deciding lists the permissions that decide what a user has on an entity, by entity and principal: none if nothing applies.
//
// A permission applies on its own entity and, if it propagates, below. On the nearest entities that have one for the
// user or a group of the user, it is the user's own or, without one, those of the groups; where the entity itself has
// none, what its parents yield is taken together ("vSphere Security" 8.0, "Hierarchical Inheritance of Permissions",
// "Multiple Permission Settings"). A user's own permission that does not propagate hides nothing below.
func (a *Authorization) Deciding(user string, e Entity) []Permission {
	if _, ok := a.objects[e]; !ok {
		panic(fmt.Sprintf("permission: there is no entity %q", e))
	}
	if _, ok := a.users[user]; !ok {
		panic(fmt.Sprintf("permission: there is no user %q", user))
	}
	out := a.deciding(user, e, false)
	slices.SortFunc(out, compare)
	return slices.Compact(out)
}

func (a *Authorization) deciding(user string, e Entity, inherited bool) []Permission {
	o := a.objects[e]
	if o.Fixed {
		return a.deciding(user, o.Parents[0], inherited)
	}
	if p, ok := a.find(e, Principal{Name: user}); ok && (p.Propagate || !inherited) {
		return []Permission{p}
	}
	var out []Permission
	for _, g := range a.users[user] {
		if p, ok := a.find(e, Principal{Name: g, Group: true}); ok && (p.Propagate || !inherited) {
			out = append(out, p)
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, parent := range o.Parents {
		out = append(out, a.deciding(user, parent, true)...)
	}
	return out
}

// Effective is what a user may do on an entity.
func (a *Authorization) Effective(user string, e Entity) Privileges {
	var out Privileges
	for i, p := range a.Deciding(user, e) {
		if held := a.roles[p.Role].Privileges; i == 0 {
			out = held
		} else {
			out = out.Union(held)
		}
	}
	return out
}

// Need is a privilege that an operation needs on an entity.
type Need struct {
	On        Entity
	Privilege Privilege
}

// Check gives NoPermission for the first need that a user does not meet. It asks about entities and users that there are.
func (a *Authorization) Check(user string, needs ...Need) error {
	for _, n := range needs {
		if !a.Effective(user, n.On).Has(n.Privilege) {
			return &Fault{Name: NoPermission, Object: n.On, Privilege: n.Privilege}
		}
	}
	return nil
}

// Set has a user set a permission, in the place of the one that its principal has on its entity (setEntityPermissions,
// for one). The faults are those of the vSphere API: ManagedObjectNotFound, InvalidArgument (a fixed entity, or a role
// that cannot be given), UserNotFound, NotFound (a role), NoPermission, and AuthMinimumAdminPermission where the root
// folder would be left without an administrator.
func (a *Authorization) Set(by string, p Permission) error {
	if err := a.check(p); err != nil {
		return err
	}
	if err := a.mayChange(by, p); err != nil {
		return err
	}
	return a.try(func(next *Authorization) { next.put(p) })
}

// Remove has a user remove the permission of a principal on an entity (removeEntityPermission). Without one the fault
// is NotFound; the others are those of Set.
func (a *Authorization) Remove(by string, e Entity, principal Principal) error {
	if err := a.check(Permission{Entity: e, Principal: principal, Role: NoAccess}); err != nil {
		return err
	}
	p, ok := a.find(e, principal)
	if !ok {
		return &Fault{Name: NotFound, Object: e, Detail: fmt.Sprintf("%s has no permission on %s", principal, e)}
	}
	if err := a.mayChange(by, p); err != nil {
		return err
	}
	return a.try(func(next *Authorization) { next.remove(e, principal) })
}

// mayChange checks what the rules ask of whoever sets or removes p.
func (a *Authorization) mayChange(by string, p Permission) error {
	if _, ok := a.users[by]; !ok {
		return &Fault{Name: UserNotFound, Detail: fmt.Sprintf("there is no user %s", by)}
	}
	needs := []Need{{p.Entity, ModifyPermissions}}
	if !a.rules.EntityAlone && p.Entity != a.root {
		for _, parent := range a.objects[p.Entity].Parents {
			needs = append(needs, Need{parent, ModifyPermissions})
		}
	}
	if !a.rules.GrantsUnheld {
		for _, id := range a.roles[p.Role].Privileges.ids {
			needs = append(needs, Need{p.Entity, id})
		}
	}
	return a.Check(by, needs...)
}

// try makes a change unless it leaves the root folder without an administrator.
func (a *Authorization) try(change func(*Authorization)) error {
	next := a.Clone()
	change(next)
	if !next.administered() {
		return &Fault{Name: AuthMinimumAdminPermission, Object: a.root, Detail: "no administrator would be left on " + string(a.root)}
	}
	a.permissions = next.permissions
	return nil
}
