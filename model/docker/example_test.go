package docker_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/docker"
)

// A container that is stopped while it is paused.
func ExampleContainer() {
	var c docker.Container
	fmt.Println(c.Start(docker.Started))
	fmt.Println(c.Create(), c.Start(docker.Started))
	fmt.Println(c.Status, c.Held)
	fmt.Println(c.Pause(), c.Exit())
	fmt.Println(c.Stop(), c.Exit())
	fmt.Println(c.Status, c.Held)
	// Output:
	// 404: no such container
	// <nil> <nil>
	// running {layer, network, namespaces, cgroup}
	// <nil> 409: a container that is paused with signal no does not exit by itself
	// <nil> <nil>
	// exited {layer}
}

// Containers of Docker's default configuration are not isolated in every kind of namespace.
func ExampleNamespaces() {
	anything := func(docker.ID) docker.Kinds { return docker.AllKinds }
	host := docker.NewNamespaces(2, docker.Policy{
		WithHost: anything,
		Between:  func(docker.ID, docker.ID) docker.Kinds { return docker.AllKinds },
	})
	fmt.Println(host.Launch(1, docker.DockerDefault(docker.Daemon{TimeNamespace: true})))
	fmt.Println(host.Launch(2, docker.DockerDefault(docker.Daemon{TimeNamespace: true})))
	for _, s := range host.Violations(docker.Policy{WithHost: anything}) {
		fmt.Println(s)
	}
	// Output:
	// <nil>
	// <nil>
	// 1 and 2 share user
}

// A process of a container has a number inside and another one outside.
func ExamplePIDs() {
	pids := docker.NewPIDs(10, 3, 32_768)
	_, _ = pids.Fork(docker.HostInit)
	inside, _ := pids.ForkNew(docker.HostInit)
	home, _ := pids.Home(inside)
	fmt.Println(pids.Number(inside, home), pids.Number(inside, docker.HostNs))
	fmt.Println(pids.Visible(home, docker.HostInit))
	// Output:
	// 1 3
	// false
}

// The out-of-memory killer stays in the cgroup that is at its limit.
func ExampleMemory() {
	// Cgroup 0 is the host with 100 pages, 1 and 2 are containers with 10 and no limit of their own.
	m, err := docker.NewMemory([]docker.Cgroup{0, 0, 0}, []int64{100, 10, docker.NoLimit}, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	for p, g := range []docker.Cgroup{1, 1, 2} {
		if err := m.Spawn(docker.Process(p+1), g); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(m.Allocate(3, 60))
	fmt.Println(m.Allocate(1, 8))
	fmt.Println(m.Allocate(2, 5))
	fmt.Println(m.Usage(1), m.Usage(2), m.Usage(docker.Root))
	// Output:
	// {0 []} <nil>
	// {0 []} <nil>
	// {0 [1]} <nil>
	// 5 60 65
}
