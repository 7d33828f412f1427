package permission

import (
	"fmt"
	"slices"
	"strings"
)

// Privilege is the id of a privilege, as in the vSphere API.
type Privilege string

// Privileges that rules of this package speak of.
const (
	Anonymous         Privilege = "System.Anonymous"
	View              Privilege = "System.View"
	Read              Privilege = "System.Read"
	ModifyPermissions Privilege = "Authorization.ModifyPermissions"

	PowerOn        Privilege = "VirtualMachine.Interact.PowerOn"
	CreateSnapshot Privilege = "VirtualMachine.State.CreateSnapshot"
	CreateVM       Privilege = "VirtualMachine.Inventory.Create"
	MoveVM         Privilege = "VirtualMachine.Inventory.Move"
	AddNewDisk     Privilege = "VirtualMachine.Config.AddNewDisk"
	HotMigrate     Privilege = "Resource.HotMigrate"  // Migrate powered on virtual machine
	ColdMigrate    Privilege = "Resource.ColdMigrate" // Migrate powered off virtual machine
	AssignVMToPool Privilege = "Resource.AssignVMToPool"
	AllocateSpace  Privilege = "Datastore.AllocateSpace"
	AssignNetwork  Privilege = "Network.Assign"
)

// Privileges is a set of privileges. The zero Privileges is empty.
type Privileges struct{ ids []Privilege } // ascending

// PrivilegesOf makes a set.
func PrivilegesOf(ids ...Privilege) Privileges {
	sorted := slices.Sorted(slices.Values(ids))
	return Privileges{slices.Compact(sorted)}
}

// List is the set in ascending order. The caller may keep it.
func (p Privileges) List() []Privilege { return slices.Clone(p.ids) }

// Has tells whether id is in the set.
func (p Privileges) Has(id Privilege) bool {
	_, found := slices.BinarySearch(p.ids, id)
	return found
}

// Missing is the first of q that p has not; false when it has all.
func (p Privileges) Missing(q Privileges) (Privilege, bool) {
	for _, id := range q.ids {
		if !p.Has(id) {
			return id, true
		}
	}
	return "", false
}

// Contains tells whether p has all of q.
func (p Privileges) Contains(q Privileges) bool {
	_, missing := p.Missing(q)
	return !missing
}

// Union is what is in one of them.
func (p Privileges) Union(q Privileges) Privileges {
	return PrivilegesOf(slices.Concat(p.ids, q.ids)...)
}

// Equal tells whether both have the same.
func (p Privileges) Equal(q Privileges) bool { return slices.Equal(p.ids, q.ids) }

// String lists the set.
func (p Privileges) String() string {
	out := make([]string, len(p.ids))
	for i, id := range p.ids {
		out[i] = string(id)
	}
	return "{" + strings.Join(out, ", ") + "}"
}

// RoleID is the number of a role. Those of the system are negative, as in the vSphere API.
type RoleID int

// The roles of the system (AuthorizationManager in the vSphere API reference).
const (
	Admin         RoleID = -1 // all privileges
	ReadOnly      RoleID = -2 // System.Anonymous, System.View and System.Read
	ViewOnly      RoleID = -3 // System.Anonymous and System.View; cannot be given to anybody
	AnonymousOnly RoleID = -4 // System.Anonymous; cannot be given to anybody
	NoAccess      RoleID = -5 // nothing
)

// system is the privileges that every role of a user's making has ("For user-defined roles, the system-defined
// privileges System.Anonymous, System.View and System.Read are always present").
var system = PrivilegesOf(Anonymous, View, Read)

// Role is a named set of privileges.
type Role struct {
	ID         RoleID
	Name       string
	Privileges Privileges
}

// newRoles makes the table of roles: those of the system, and those of the user with the privileges of the system
// added. all is every privilege that there is.
func newRoles(all Privileges, roles []Role) (map[RoleID]Role, error) {
	all = all.Union(system).Union(PrivilegesOf(ModifyPermissions))
	out := map[RoleID]Role{
		Admin:         {Admin, "Admin", all},
		ReadOnly:      {ReadOnly, "ReadOnly", system},
		ViewOnly:      {ViewOnly, "View", PrivilegesOf(Anonymous, View)},
		AnonymousOnly: {AnonymousOnly, "Anonymous", PrivilegesOf(Anonymous)},
		NoAccess:      {NoAccess, "NoAccess", Privileges{}},
	}
	for _, r := range roles {
		if r.ID <= 0 {
			return nil, fmt.Errorf("role %q: got id %d, want a positive one", r.Name, r.ID)
		}
		if _, ok := out[r.ID]; ok {
			return nil, fmt.Errorf("there are two roles %d", r.ID)
		}
		if id, missing := all.Missing(r.Privileges); missing {
			return nil, fmt.Errorf("role %q: there is no privilege %s", r.Name, id)
		}
		out[r.ID] = Role{r.ID, r.Name, r.Privileges.Union(system)}
	}
	return out, nil
}
