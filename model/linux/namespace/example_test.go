package namespace_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/linux/capability"
	"github.com/bulkheadlang/bulkhead/model/linux/namespace"
)

// Containers of Docker's default configuration are not isolated in every kind of namespace.
func ExampleNamespaces() {
	anything := func(namespace.ID) namespace.Kinds { return namespace.AllKinds }
	host := namespace.NewNamespaces(2, namespace.Policy{
		WithHost: anything,
		Between:  func(namespace.ID, namespace.ID) namespace.Kinds { return namespace.AllKinds },
	})
	fmt.Println(host.Launch(1, namespace.DockerDefault(namespace.Daemon{TimeNamespace: true})))
	fmt.Println(host.Launch(2, namespace.DockerDefault(namespace.Daemon{TimeNamespace: true})))
	for _, s := range host.Violations(namespace.Policy{WithHost: anything}) {
		fmt.Println(s)
	}
	// Output:
	// <nil>
	// <nil>
	// 1 and 2 share user
}

// A process of a container has a number inside and another one outside.
func ExamplePIDs() {
	pids := namespace.NewPIDs(10, 3, 32_768)
	_, _ = pids.Fork(namespace.HostInit)
	inside, _ := pids.ForkNew(namespace.HostInit)
	home, _ := pids.Home(inside)
	fmt.Println(pids.Number(inside, home), pids.Number(inside, namespace.HostNs))
	fmt.Println(pids.Visible(home, namespace.HostInit))
	// Output:
	// 1 3
	// false
}

// Anybody may make a user namespace, is root in it, and remains who he is on the host.
func ExampleUsers() {
	spaces, err := namespace.NewUsers(2)
	if err != nil {
		fmt.Println(err)
		return
	}
	me, err := spaces.Create(namespace.Task{User: 1000})
	fmt.Println(me.Caps, err)

	root, _ := namespace.NewIDMap(namespace.Extent{Inside: 0, Outside: 0, Count: 1})
	fmt.Println(spaces.WriteMap(me, me.Ns, root))

	self, _ := namespace.NewIDMap(namespace.Extent{Inside: 0, Outside: 1000, Count: 1})
	fmt.Println(spaces.WriteMap(me, me.Ns, self), spaces.HostMap(me.Ns).RootSafe())
	fmt.Println(spaces.Capable(me, namespace.HostNs, capability.SysAdmin))
	// Output:
	// {ALL} <nil>
	// EPERM: to map root of the parent takes CAP_SETFCAP
	// <nil> true
	// false
}
