package capability_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/linux/capability"
)

// A container's user who is not root has no capability, and gets those of the bounding set back from the first program with the
// setuid bit of root; with no_new_privs he does not.
func ExampleCred_Exec() {
	user := capability.Cred{UID: 1000, EUID: 1000, SUID: 1000, Bounding: capability.Of(capability.NetRaw, capability.Chown)}
	su := capability.File{SetUID: true, Owner: 0}

	root, err := user.Exec(su, false, capability.Rules{})
	fmt.Println(root.Effective, err)

	still, err := user.SetNoNewPrivs().Exec(su, false, capability.Rules{})
	fmt.Println(still.Effective, err)
	// Output:
	// {CHOWN, NET_RAW} <nil>
	// {} <nil>
}
