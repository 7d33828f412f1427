package oci_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/oci"
)

// host is a host whose own namespaces have the numbers 1 to 8.
func host() oci.Host {
	var h oci.Host
	for t := range h.Own {
		h.Own[t] = oci.Space(t + 1)
	}
	return h
}

// A container whose startContainer hook fails: start is an error, and nothing is left of it.
func ExampleRuntime() {
	r, err := oci.NewRuntime(oci.Profile{}, host())
	if err != nil {
		fmt.Println(err)
		return
	}
	config := &oci.Config{Process: "/bin/web", Namespaces: []oci.Entry{{Type: oci.PID}, {Type: oci.Network}}}
	config.Hooks[oci.StartContainer] = []oci.Hook{{Path: "/sbin/ldconfig"}}
	config.Hooks[oci.Poststop] = []oci.Hook{{Path: "/usr/sbin/cleanup.sh"}}

	say := func(c oci.Call) bool {
		fmt.Println("hook", c.Kind, c.Hook.Path, "is told", c.Status)
		return c.Kind == oci.StartContainer
	}
	fmt.Println(r.Create("web", config), r.Finish("web", say), r.Status("web"))
	fmt.Println(r.Delete("web"))
	fmt.Println(r.Start("web"), r.Finish("web", say), r.Status("web"))
	// Output:
	// <nil> true created
	// ErrRunning: cannot delete a container in the created state
	// hook startContainer /sbin/ldconfig is told created
	// hook poststop /usr/sbin/cleanup.sh is told stopped
	// <nil> false absent
}

// What a runtime breaks of the specification that deletes a container which is only created, as runc does.
func ExampleConform() {
	r, err := oci.NewRuntime(oci.Runc(), host())
	if err != nil {
		fmt.Println(err)
		return
	}
	config := &oci.Config{Process: "/bin/web"}
	create := oci.Event{Op: oci.CreateOp, ID: "web", Bundle: config, Before: r.Snapshot()}
	create.Failed = r.Create("web", config) != nil || !r.Finish("web", nil)
	create.After = r.Snapshot()
	remove := oci.Event{Op: oci.DeleteOp, ID: "web", Before: r.Snapshot()}
	remove.Failed = r.Delete("web") != nil || !r.Finish("web", nil)
	remove.After = r.Snapshot()

	breaches, err := oci.Conform([]oci.Event{create, remove})
	fmt.Println(breaches, err)
	// Output:
	// [event 1: delete: an error unless the container is stopped: delete of "web" succeeded] <nil>
}
