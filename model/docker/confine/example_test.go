package confine_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/docker/confine"
	"github.com/bulkheadlang/bulkhead/model/linux/seccomp"
)

// A container of root, in Docker's default confinement: what keeps it from the kernel's files and from mounting, and what is left
// when the walls are taken down one by one.
func ExampleNew() {
	mount := seccomp.Call{Name: "mount"}
	const corePattern = "/proc/sys/kernel/core_pattern"
	for _, o := range []confine.Options{
		{},
		{CapAdd: []string{"SYS_ADMIN"}},
		{CapAdd: []string{"SYS_ADMIN"}, AppArmor: confine.Unconfined},
		{SystemPathsUnconfined: true, AppArmor: confine.Unconfined},
		{Privileged: true},
	} {
		c, err := confine.New(o, confine.Host{})
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%2d capabilities; mount: %q; core_pattern: %q\n", c.Cred.Effective.Size(), c.MayCall(mount), c.MayWrite(corePattern))
	}
	// Output:
	// 14 capabilities; mount: "seccomp"; core_pattern: "read-only path"
	// 15 capabilities; mount: "AppArmor"; core_pattern: "read-only path"
	// 15 capabilities; mount: ""; core_pattern: "read-only path"
	// 14 capabilities; mount: "seccomp"; core_pattern: ""
	// 41 capabilities; mount: ""; core_pattern: ""
}

// What the daemon would refuse is refused in its words.
func ExampleNew_refused() {
	_, err := confine.New(confine.Options{CapAdd: []string{"SYS_GOD"}}, confine.Host{})
	fmt.Println(err)
	// Output:
	// unknown capability: "CAP_SYS_GOD"
}

// docker exec --privileged gives a process all capabilities, behind the walls of the container.
func ExampleConfinement_DockerExec() {
	c, err := confine.New(confine.Options{}, confine.Host{})
	if err != nil {
		fmt.Println(err)
		return
	}
	c = c.DockerExec(confine.ExecOptions{Privileged: true})
	fmt.Println(c.Cred.Effective, c.MayCall(seccomp.Call{Name: "mount"}))
	// Output:
	// {ALL} seccomp
}
