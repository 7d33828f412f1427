package engine_test

import (
	"fmt"
	"time"

	"github.com/bulkheadlang/bulkhead/model/docker/engine"
)

// A container that is stopped while it is paused.
func ExampleContainer() {
	var c engine.Container
	fmt.Println(c.Start(engine.Started))
	fmt.Println(c.Create(engine.Config{}), c.Start(engine.Started))
	fmt.Println(c.State(), c.Held)
	fmt.Println(c.Pause(), c.Exit(0, time.Second))
	fmt.Println(c.Stop(), c.Exit(0, time.Second))
	fmt.Println(c.State(), c.Held)
	// Output:
	// 404: no such container
	// <nil> <nil>
	// running {layer, network, namespaces, cgroup}
	// <nil> 409: a container that is paused with signal no does not exit by itself
	// <nil> <nil>
	// exited {layer}
}

// docker kill -s HUP, to have a program read its files again: where no stop signal is set, the container's policy takes it for a stop.
func ExampleContainer_Send() {
	for _, stopSignal := range []string{"", "QUIT"} {
		var c engine.Container
		config := engine.Config{Restart: engine.RestartPolicy{Name: engine.Always}, StopSignal: stopSignal}
		fmt.Println(c.Create(config), c.Start(engine.Started), c.Send("HUP"), c.Exit(1, time.Hour), c.State())
	}
	// Output:
	// <nil> <nil> <nil> <nil> exited
	// <nil> <nil> <nil> <nil> restarting
}

// What the daemon starts when it is back: always, but not unless-stopped, of what was stopped.
func ExampleEngine() {
	e := engine.NewEngine(engine.Moby())
	for _, policy := range []engine.PolicyName{engine.Always, engine.UnlessStopped} {
		name := string(policy)
		for _, call := range []func(*engine.Container) error{
			func(c *engine.Container) error {
				return c.Create(engine.Config{Restart: engine.RestartPolicy{Name: policy}})
			},
			func(c *engine.Container) error { return c.Start(engine.Started) },
			(*engine.Container).Stop,
		} {
			if err := e.Call(name, call); err != nil {
				fmt.Println(err)
			}
		}
		if err := e.Exit(name, 0, time.Hour); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(e.Shutdown(), e.ShutDown(), e.Boot(), e.Phase())
	for _, name := range e.Names() {
		fmt.Println(e.Decide(name, engine.Started), name, e.Container(name).State())
	}
	// Output:
	// <nil> <nil> <nil> restoring
	// <nil> always running
	// <nil> unless-stopped exited
}

// The waits before a program is started again that fails at once.
func ExampleRestartManager() {
	m, err := engine.NewRestartManager(engine.RestartPolicy{Name: engine.OnFailure, MaximumRetryCount: 5}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	for {
		wait, restart, err := m.ShouldRestart(1, false, time.Second)
		if err != nil || !restart {
			fmt.Println(restart, err)
			return
		}
		fmt.Println(wait)
		if err := m.WaitOver(); err != nil {
			fmt.Println(err)
			return
		}
	}
	// Output:
	// 100ms
	// 200ms
	// 400ms
	// 800ms
	// 1.6s
	// false <nil>
}
