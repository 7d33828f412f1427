package attack_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/attack"
)

// A container of a build server, with the engine's socket and an old runc.
func Example() {
	f := attack.Default()
	f.Socket = true
	f.ForeignImage = true
	f.Runc = attack.MustRelease("1.1.11")
	f.Mended = []attack.Fact{attack.CVE2025_31133, attack.CVE2025_52565, attack.CVE2025_52881}

	ok, attacks, err := attack.Hardened(f)
	fmt.Println("hardened:", ok, err)
	for _, a := range attacks[:2] {
		fmt.Println("because of", a.Cause)
		for _, r := range a.Path {
			fmt.Println(" ", r.Name, r.Row, r.Text)
		}
	}

	// What to change, if the image has to run and the process stays root. The first is an engine without root, the second
	// one with userns-remap.
	weak, _ := f.Weaknesses()
	keep := attack.NewSet(attack.ForeignImage, attack.AsRoot)
	for _, fix := range attack.Rules().Fixes(weak, keep, attack.Host, attack.NoLimit) {
		fmt.Println("change", fix)
	}
	// Output:
	// hardened: false <nil>
	// because of {as_root, host_users, foreign_image, cve_2024_21626}
	//   StartInLeakedDir CT-14 starts a process whose working directory is a descriptor that runc left open
	//   WriteHostDir CT-14 writes the host's files from there
	// because of {as_root, rootful, not_remapped, socket_mounted, no_authz}
	//   OpenSocket CT-1 connects to the engine
	//   CreateContainer CT-1 asks for a privileged container with / mounted
	//   StartContainer CT-1 starts it: it is whom the engine runs as
	//   EnterHost CT-1 and that is root
	// change {host_users, rootful}
	// change {host_users, not_remapped}
	// change {rootful, cve_2024_21626}
	// change {not_remapped, cve_2024_21626}
	// change {socket_mounted, cve_2024_21626}
	// change {no_authz, cve_2024_21626}
}

// What is left to an attacker of a container that is confined by default, on an old kernel.
func ExampleBook_Closure() {
	f := attack.Default()
	f.Kernel = attack.MustRelease("5.16.10")
	weak, err := f.Weaknesses()
	if err != nil {
		fmt.Println(err)
		return
	}
	for budget := range 2 {
		fmt.Println(budget, attack.Rules().Closure(weak, budget)&attack.Host)
	}
	// Output:
	// 0 {}
	// 1 {host_root}
}
