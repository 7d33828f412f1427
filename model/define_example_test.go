package model_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
)

// What a virtual machine does on a host.
type power uint8

const (
	off power = iota
	running
	suspended
)

func (p power) String() string { return [...]string{"off", "running", "suspended"}[p] }

// host is the state of a host with three virtual machines and memory for two.
type host struct {
	VM   [3]power
	Free int8 // units of memory
}

var vms = []int{0, 1, 2}

// hostSystem describes the host. A suspended machine gives its memory back, but resume does not look whether there is any.
func hostSystem() model.System {
	set := func(from, to power, memory int8) func(host, int) (host, bool) {
		return func(h host, vm int) (host, bool) {
			enabled := h.VM[vm] == from
			h.VM[vm], h.Free = to, h.Free+memory // an array is a copy: the caller's host stays as it is
			return h, enabled
		}
	}
	start := set(off, running, -1)
	return model.MustDefine(model.Definition[host]{
		Name: "Host",
		Init: slices.Values([]host{{Free: 2}}),
		Actions: []model.ActionOf[host]{
			{Name: "Start", Params: []string{"vm"}, Next: model.Over(vms, func(h host, vm int) (host, bool) {
				next, enabled := start(h, vm)
				return next, enabled && h.Free > 0
			})},
			{Name: "Stop", Params: []string{"vm"}, Next: model.Over(vms, set(running, off, +1))},
			{Name: "Suspend", Params: []string{"vm"}, Next: model.Over(vms, set(running, suspended, +1))},
			{Name: "Resume", Params: []string{"vm"}, Next: model.Over(vms, set(suspended, running, -1))},
		},
		Invariants: []model.Predicate[host]{
			{Name: "MemoryIsNotOvercommitted", Holds: func(h host) bool { return h.Free >= 0 }},
		},
		Reachable: []model.Predicate[host]{
			{Name: "Full", Holds: func(h host) bool { return h.Free == 0 }},
		},
	})
}

// A system from Go values and functions, and the shortest run to the violation of its invariant.
func ExampleDefine() {
	res, err := checker.Check(context.Background(), hostSystem(), checker.Config{Workers: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Properties {
		fmt.Printf("%s %s: %s\n", f.Property.Kind, f.Property.Name, f.Verdict)
		if f.Verdict != checker.Violated {
			continue
		}
		before := f.Trace.Steps[0].State
		for _, step := range f.Trace.Steps[1:] {
			fmt.Println(" ", step.Step)
			for _, c := range model.Diff(before, step.State) {
				fmt.Printf("      %s: %s -> %s\n", c.Path, c.From, c.To)
			}
			before = step.State
		}
	}
	// Output:
	// invariant MemoryIsNotOvercommitted: violated
	//   Start(vm=0)
	//       VM[0]: off -> running
	//       Free: 2 -> 1
	//   Start(vm=1)
	//       VM[1]: off -> running
	//       Free: 1 -> 0
	//   Suspend(vm=0)
	//       VM[0]: running -> suspended
	//       Free: 0 -> 1
	//   Start(vm=2)
	//       VM[2]: off -> running
	//       Free: 1 -> 0
	//   Resume(vm=0)
	//       VM[0]: suspended -> running
	//       Free: 0 -> -1
	// reachable Full: holds
	// deadlock deadlock: holds
}

// A Runner by itself: the successors of the initial state.
func ExampleSystem() {
	r := hostSystem().NewRunner()
	var first model.State
	r.Init(func(s model.State, _ *model.Fault) { first = slices.Clone(s) })
	fmt.Println(r.Render(first))
	r.Load(first)
	r.Next(func(l model.Label, s model.State, _ *model.Fault) {
		fmt.Println(r.Describe(first, l), r.Render(s))
	})
	// Output:
	// [{VM {0 -> off, 1 -> off, 2 -> off}} {Free 2}]
	// Start(vm=0) [{VM {0 -> running, 1 -> off, 2 -> off}} {Free 1}]
	// Start(vm=1) [{VM {0 -> off, 1 -> running, 2 -> off}} {Free 1}]
	// Start(vm=2) [{VM {0 -> off, 1 -> off, 2 -> running}} {Free 1}]
}
