package access_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/access"
)

// An officer assigns roles to others; nobody is both payer and approver, and nobody serves itself.
func ExampleRoles() {
	r, err := access.NewRoles(access.RolesConfig{
		Users: []string{"ann", "ben"}, Roles: []string{"payer", "approver", "officer"}, Permissions: []string{"pay"},
		Static:  []access.Exclusion{{Roles: []string{"payer", "approver"}, Most: 1}},
		Officer: "officer", Assigned: map[string][]string{"ann": {"officer"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Activate("ann", "officer"), r.Grant("ann", "payer", "pay"), r.Assign("ann", "ben", "payer"))
	fmt.Println(r.Assign("ann", "ann", "payer"))
	fmt.Println(r.Assign("ann", "ben", "approver"))
	fmt.Println(r.Perform("ben", "pay"))
	fmt.Println(r.Activate("ben", "payer"), r.Perform("ben", "pay"))
	// Output:
	// <nil> <nil> <nil>
	// refused: user "ann" cannot assign itself
	// refused: 2 of the roles [payer approver], at most 1 are for one user
	// refused: no active role of user "ben" permits "pay"
	// <nil> <nil>
}

// A log is cut short; the seal tells.
func ExampleVerify() {
	var log access.Log
	for _, deed := range []string{"login ann", "delete backups", "logout ann"} {
		log.Append(deed)
	}
	entries := log.Entries()
	fmt.Println(access.Verify(entries, log.Seal()))
	entries[1].Record = "read backups"
	fmt.Println(access.Verify(entries, log.Seal()))
	// Output:
	// <nil>
	// entry 1 does not fit what is before it
}

// What was granted by two roles and never used.
func ExampleUsage_Unused() {
	u := access.Usage{
		Permits: map[string][]string{"viewer": {"pods.get"}, "deployer": {"pods.get", "pods.create", "secrets.list"}},
		Used:    []string{"pods.get", "pods.create"},
	}
	fmt.Println(u.Granted(), u.Unused())
	// Output: [pods.create pods.get secrets.list] [secrets.list]
}
