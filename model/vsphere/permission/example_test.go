package permission_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/vsphere/permission"
)

// A user of two groups may power on the machines of a folder. A permission for the other group on one of them takes
// that right away there.
func ExampleAuthorization() {
	ops, backup := permission.Principal{Name: "ops", Group: true}, permission.Principal{Name: "backup", Group: true}
	a, err := permission.New(permission.Config{
		Objects: []permission.Object{
			{Name: "root"},
			{Name: "folder", Parents: []permission.Entity{"root"}},
			{Name: "pool", Parents: []permission.Entity{"root"}},
			{Name: "web", Parents: []permission.Entity{"folder", "pool"}},
		},
		Root:       "root",
		Users:      map[string][]string{"admin": nil, "eve": {"ops", "backup"}},
		Privileges: permission.PrivilegesOf(permission.PowerOn, permission.CreateSnapshot),
		Roles: []permission.Role{
			{ID: 1, Name: "Operator", Privileges: permission.PrivilegesOf(permission.PowerOn)},
			{ID: 2, Name: "Backup", Privileges: permission.PrivilegesOf(permission.CreateSnapshot)},
		},
	}, permission.Permission{Entity: "root", Principal: permission.Principal{Name: "admin"}, Role: permission.Admin, Propagate: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Set("admin", permission.Permission{Entity: "folder", Principal: ops, Role: 1, Propagate: true}))
	fmt.Println(a.Check("eve", permission.Need{On: "web", Privilege: permission.PowerOn}))

	fmt.Println(a.Set("admin", permission.Permission{Entity: "web", Principal: backup, Role: 2}))
	fmt.Println(a.Check("eve", permission.Need{On: "web", Privilege: permission.PowerOn}))
	for _, p := range a.Deciding("eve", "web") {
		fmt.Println("decided by", p.Principal, "on", p.Entity)
	}
	fmt.Println(a.Remove("eve", "web", backup))
	// Output:
	// <nil>
	// <nil>
	// <nil>
	// refused: NoPermission: VirtualMachine.Interact.PowerOn on web
	// decided by group backup on web
	// refused: NoPermission: Authorization.ModifyPermissions on web
}
