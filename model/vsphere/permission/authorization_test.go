package permission

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

var (
	user1  = Principal{Name: "user 1"}
	groupA = Principal{Name: "A", Group: true}
	groupB = Principal{Name: "B", Group: true}
)

// manual is the inventory of the examples of "Multiple Permission Settings": a folder with VM A and VM B, which are in
// a resource pool too. Role 1 can power on virtual machines, role 2 can take snapshots.
func manual(t *testing.T, permissions ...Permission) *Authorization {
	t.Helper()
	a, err := New(Config{
		Objects: []Object{
			{Name: "global"},
			{Name: "root", Parents: []Entity{"global"}},
			{Name: "datacenter", Parents: []Entity{"root"}},
			{Name: "vm", Parents: []Entity{"datacenter"}, Fixed: true},
			{Name: "folder", Parents: []Entity{"vm"}},
			{Name: "pool", Parents: []Entity{"datacenter"}},
			{Name: "VM A", Parents: []Entity{"folder", "pool"}},
			{Name: "VM B", Parents: []Entity{"folder", "pool"}},
		},
		Root: "root", Users: map[string][]string{"user 1": {"A", "B"}, anybody: nil},
		Privileges: PrivilegesOf(PowerOn, CreateSnapshot),
		Roles:      []Role{{1, "role 1", PrivilegesOf(PowerOn)}, {2, "role 2", PrivilegesOf(CreateSnapshot)}},
	}, append(permissions, Permission{"root", Principal{Name: anybody}, Admin, true})...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The examples and statements of the manual.
func TestDocumentedPermissions(t *testing.T) {
	for _, test := range []struct {
		name, source string
		permissions  []Permission
		want         map[Entity][]Privilege // beside those of the system
	}{
		{
			"example 1: permission inheritance from multiple groups", "vSphere Security 8.0, Example 1",
			[]Permission{{"folder", groupA, 1, true}, {"folder", groupB, 2, true}},
			map[Entity][]Privilege{"VM A": {PowerOn, CreateSnapshot}, "VM B": {PowerOn, CreateSnapshot}},
		},
		{
			"example 2: child permissions overriding parent permissions", "vSphere Security 8.0, Example 2",
			[]Permission{{"folder", groupA, 1, true}, {"VM B", groupB, 2, true}},
			map[Entity][]Privilege{"VM A": {PowerOn}, "VM B": {CreateSnapshot}},
		},
		{
			"example 3: user role overriding group role", "vSphere Security 8.0, Example 3",
			[]Permission{{"folder", groupA, 1, true}, {"folder", user1, NoAccess, true}},
			map[Entity][]Privilege{"folder": nil, "VM A": nil, "VM B": nil},
		},
		{
			"a virtual machine inherits from its folder and its resource pool simultaneously", "vSphere Security 6.5, Hierarchical Inheritance of Permissions",
			[]Permission{{"folder", groupA, 1, true}, {"pool", groupB, 2, true}},
			map[Entity][]Privilege{"VM A": {PowerOn, CreateSnapshot}, "folder": {PowerOn}, "pool": {CreateSnapshot}},
		},
		{
			"to restrict, set permissions on both parents", "vCenter Installation and Setup 5.5, Hierarchical Inheritance of Permissions",
			[]Permission{{"root", groupA, 1, true}, {"folder", user1, NoAccess, true}},
			map[Entity][]Privilege{"VM A": {PowerOn}, "folder": nil},
		},
		{
			"restricted on both", "vCenter Installation and Setup 5.5, Hierarchical Inheritance of Permissions",
			[]Permission{{"root", groupA, 1, true}, {"folder", user1, NoAccess, true}, {"pool", user1, NoAccess, true}},
			map[Entity][]Privilege{"VM A": nil, "datacenter": {PowerOn}},
		},
		{
			"what does not propagate is for the object alone", "vSphere Security 8.0, Hierarchical Inheritance of Permissions",
			[]Permission{{"folder", groupA, 1, false}},
			map[Entity][]Privilege{"folder": {PowerOn}, "VM A": nil},
		},
		{
			"the folders of a datacenter have its permissions, whatever the flag", "vSphere API reference, AuthorizationManager, complex entities",
			[]Permission{{"datacenter", groupA, 1, false}},
			map[Entity][]Privilege{"datacenter": {PowerOn}, "vm": {PowerOn}, "folder": nil},
		},
		{
			"global permissions are above the root folder", "vSphere Security 8.0, Global Permissions",
			[]Permission{{"global", groupA, 1, true}, {"datacenter", groupB, 2, true}},
			map[Entity][]Privilege{"root": {PowerOn}, "datacenter": {CreateSnapshot}, "VM A": {CreateSnapshot}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := manual(t, test.permissions...)
			for e, want := range test.want {
				all := PrivilegesOf(want...)
				if len(want) > 0 {
					all = all.Union(system)
				}
				if got := a.Effective("user 1", e); !got.Equal(all) {
					t.Errorf("%s: got %s, want %s (%s; %v decide)", e, got, all, test.source, a.Deciding("user 1", e))
				}
			}
		})
	}
}

// The roles of the system, and what every other role has (vSphere API reference, AuthorizationManager).
func TestRoles(t *testing.T) {
	a := manual(t)
	for id, want := range map[RoleID]Privileges{
		Admin:         PrivilegesOf(Anonymous, View, Read, ModifyPermissions, PowerOn, CreateSnapshot),
		ReadOnly:      PrivilegesOf(Anonymous, View, Read),
		ViewOnly:      PrivilegesOf(Anonymous, View),
		AnonymousOnly: PrivilegesOf(Anonymous),
		NoAccess:      {},
		1:             PrivilegesOf(Anonymous, View, Read, PowerOn),
	} {
		if got := a.roles[id].Privileges; !got.Equal(want) {
			t.Errorf("role %d: got %s, want %s", id, got, want)
		}
	}
}

// The faults, as the vSphere API reference gives them for setEntityPermissions and removeEntityPermission.
func TestFaults(t *testing.T) {
	start := []Permission{{"folder", groupA, 1, true}, {"root", groupB, ReadOnly, true}}
	for _, test := range []struct {
		name string
		call func(a *Authorization) error
		want Fault // without Detail
	}{
		{"no entity", func(a *Authorization) error { return a.Set(anybody, Permission{"x", user1, 1, true}) }, Fault{Name: ManagedObjectNotFound, Object: "x"}},
		{"a child of a datacenter", func(a *Authorization) error { return a.Set(anybody, Permission{"vm", user1, 1, true}) }, Fault{Name: InvalidArgument, Object: "vm"}},
		{"the View role", func(a *Authorization) error { return a.Set(anybody, Permission{"folder", user1, ViewOnly, true}) }, Fault{Name: InvalidArgument}},
		{"the Anonymous role", func(a *Authorization) error { return a.Set(anybody, Permission{"folder", user1, AnonymousOnly, true}) }, Fault{Name: InvalidArgument}},
		{"no role", func(a *Authorization) error { return a.Set(anybody, Permission{"folder", user1, 7, true}) }, Fault{Name: NotFound}},
		{"no user", func(a *Authorization) error {
			return a.Set(anybody, Permission{"folder", Principal{Name: "A"}, 1, true})
		}, Fault{Name: UserNotFound}},
		{"no group", func(a *Authorization) error {
			return a.Set(anybody, Permission{"folder", Principal{Name: "user 1", Group: true}, 1, true})
		}, Fault{Name: UserNotFound}},
		{"nobody", func(a *Authorization) error { return a.Set("x", Permission{"folder", user1, 1, true}) }, Fault{Name: UserNotFound}},
		{"no permission there", func(a *Authorization) error { return a.Remove(anybody, "folder", groupB) }, Fault{Name: NotFound, Object: "folder"}},
		{"without the privilege", func(a *Authorization) error { return a.Remove("user 1", "folder", groupA) }, Fault{Name: NoPermission, Object: "folder", Privilege: ModifyPermissions}},
		{"the last administrator", func(a *Authorization) error { return a.Remove(anybody, "root", Principal{Name: anybody}) }, Fault{Name: AuthMinimumAdminPermission, Object: "root"}},
		{"the last administrator, replaced", func(a *Authorization) error {
			return a.Set(anybody, Permission{"root", Principal{Name: anybody}, 1, true})
		}, Fault{Name: AuthMinimumAdminPermission, Object: "root"}},
	} {
		a := manual(t, start...)
		before := a.Permissions()
		err := test.call(a)
		var fault *Fault
		if !errors.As(err, &fault) || !errors.Is(err, model.ErrRefused) || !slices.Equal(a.Permissions(), before) {
			t.Errorf("%s: got %v and permissions %v, want %s and no change", test.name, err, a.Permissions(), test.want.Name)
			continue
		}
		got := *fault
		got.Detail = ""
		if got != test.want || !strings.Contains(err.Error(), got.Name) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}

// What operations need ("vSphere Security" 6.7, "Required Privileges for Common Tasks").
func TestDocumentedNeeds(t *testing.T) {
	for _, test := range []struct {
		task string
		got  []Need
		want []Need
	}{
		{"migrate with vMotion", Migration{VM: "vm", PoweredOn: true}.Needs(), []Need{{"vm", "Resource.HotMigrate"}}},
		{
			"migrate with vMotion to another pool", Migration{VM: "vm", PoweredOn: true, Pool: "pool"}.Needs(),
			[]Need{{"vm", "Resource.HotMigrate"}, {"vm", "Resource.AssignVMToPool"}, {"pool", "Resource.AssignVMToPool"}},
		},
		{
			"cold migrate", Migration{VM: "vm", Pool: "pool", Datastore: "ds"}.Needs(),
			[]Need{{"vm", "Resource.ColdMigrate"}, {"vm", "Resource.AssignVMToPool"}, {"pool", "Resource.AssignVMToPool"}, {"ds", "Datastore.AllocateSpace"}},
		},
		{"migrate with Storage vMotion", Migration{VM: "vm", PoweredOn: true, Datastore: "ds"}.Needs(), []Need{{"vm", "Resource.HotMigrate"}, {"ds", "Datastore.AllocateSpace"}}},
		{"migrate to another network", Migration{VM: "vm", PoweredOn: true, Network: "net"}.Needs(), []Need{{"vm", "Resource.HotMigrate"}, {"net", "Network.Assign"}}},
		{
			"create a virtual machine", Creation{"f", "p", "d", "n"}.Needs(),
			[]Need{{"f", "VirtualMachine.Inventory.Create"}, {"f", "VirtualMachine.Config.AddNewDisk"}, {"p", "Resource.AssignVMToPool"}, {"d", "Datastore.AllocateSpace"}, {"n", "Network.Assign"}},
		},
		{
			"move a virtual machine into a resource pool", MoveIntoPool("vm", "p"),
			[]Need{{"vm", "Resource.AssignVMToPool"}, {"vm", "VirtualMachine.Inventory.Move"}, {"p", "Resource.AssignVMToPool"}},
		},
	} {
		if !slices.Equal(test.got, test.want) {
			t.Errorf("%s: got %v, want %v", test.task, test.got, test.want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	admin := Permission{"root", user1, Admin, true}
	ok := func() Config {
		return Config{Objects: []Object{{Name: "root"}, {Name: "f", Parents: []Entity{"root"}}}, Root: "root", Users: map[string][]string{"user 1": nil}}
	}
	if _, err := New(ok(), admin); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(c *Config){
		"twice or without":    func(c *Config) { c.Objects = append(c.Objects, Object{Name: "f"}) },
		"does not stand":      func(c *Config) { c.Objects[1].Parents = []Entity{"f"} },
		"want 1":              func(c *Config) { c.Objects = append(c.Objects, Object{Name: "g", Fixed: true}) },
		"no root folder":      func(c *Config) { c.Root = "x" },
		"a positive one":      func(c *Config) { c.Roles = []Role{{ID: -1}} },
		"two roles":           func(c *Config) { c.Roles = []Role{{ID: 1}, {ID: 1}} },
		"no privilege VM.Fly": func(c *Config) { c.Roles = []Role{{1, "r", PrivilegesOf("VM.Fly")}} },
		"no user user 1":      func(c *Config) { c.Users = nil },
	} {
		c := ok()
		change(&c)
		if _, err := New(c, admin); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := New(ok()); err == nil {
		t.Error("no administrator: got no error")
	}
	if _, err := New(ok(), admin, admin); err == nil {
		t.Error("two permissions: got no error")
	}
}

func TestUnknownPanics(t *testing.T) {
	a := manual(t)
	for _, call := range []func(){func() { a.Effective("x", "root") }, func() { a.Effective("user 1", "x") }} {
		func() {
			defer func() {
				if s, ok := recover().(string); !ok || !strings.HasPrefix(s, "permission: ") {
					t.Errorf("got panic %q, want a sentence of this package", s)
				}
			}()
			call()
		}()
	}
}
