package engine

import (
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// ID numbers a container, from 1.
type ID int

// fleet is a few containers and, of each, whether its processes took an odd number of steps.
type fleet struct {
	Containers []Container
	Work       []bool
}

// on applies an operation to container c, and forgets what only matters to a restart policy and to who asks for exit codes.
func on(op func(*Container) error) func(*fleet, ID) error {
	return func(f *fleet, c ID) error {
		if err := op(&f.Containers[c-1]); err != nil {
			return err
		}
		f.Containers[c-1].ExitCode, f.Containers[c-1].ManuallyStopped, f.Containers[c-1].manager = 0, false, RestartManager{}
		return nil
	}
}

// ending is on for an operation that may end the process, whose steps are not counted any more then.
func ending(op func(*Container) error) func(*fleet, ID) error {
	return func(f *fleet, c ID) error {
		if err := on(op)(f, c); err != nil {
			return err
		}
		f.Work[c-1] = false
		return nil
	}
}

func (f *fleet) run(c ID) error {
	if !f.Containers[c-1].Executes() {
		return refuse(Conflict, "not executing")
	}
	f.Work[c-1] = !f.Work[c-1]
	return nil
}

// create, exit, reap and remove are operations of a container without a policy, whose removal is one step.
func create(c *Container) error { return c.Create(Config{}) }
func exit(c *Container) error   { return c.Exit(0, 0) }
func reap(c *Container) error   { return c.Reap(0) }

func remove(failed bool) func(*Container) error {
	return func(c *Container) error {
		if !c.Dead {
			if err := c.MarkDead(); err != nil {
				return err
			}
		}
		return c.Delete(failed)
	}
}

// life is the state of a container whether or not its removal is under way.
func life(c Container) Status {
	c.RemovalInProgress = false
	return c.State()
}

func (f fleet) bindings() []model.Binding {
	all := func(show func(Container) model.Value) model.Value {
		return modelcheck.Map(1, len(f.Containers), func(i int) model.Value { return show(f.Containers[i-1]) })
	}
	return []model.Binding{
		{Name: "status", Value: all(func(c Container) model.Value { return modelcheck.Text(life(c)) })},
		{Name: "held", Value: all(func(c Container) model.Value { return modelcheck.Names(c.Held.Names()) })},
		{Name: "signal", Value: all(func(c Container) model.Value { return modelcheck.Text(c.Signal) })},
		{Name: "removing", Value: all(func(c Container) model.Value { return model.Bool(c.RemovalInProgress) })},
		{Name: "ran", Value: all(func(c Container) model.Value { return model.Bool(c.Ran) })},
		{Name: "work", Value: modelcheck.Map(1, len(f.Work), func(i int) model.Value { return model.Bool(f.Work[i-1]) })},
	}
}

// fleetSystem is the system whose states are n of Container.
func fleetSystem(n int) model.System {
	ids := modelcheck.Numbers[ID](n)
	bools := []bool{false, true}
	outcomes := []StartOutcome{Started, NetworkFailed, TaskFailed}
	one := func(name string, step func(*fleet, ID) error) model.ActionOf[fleet] {
		return model.ActionOf[fleet]{Name: name, Params: []string{"c"}, Next: modelcheck.Call1(ids, step)}
	}
	return model.MustDefine(model.Definition[fleet]{
		Name: "ContainerLifecycle",
		Init: func(yield func(fleet) bool) { yield(fleet{make([]Container, n), make([]bool, n)}) },
		Actions: []model.ActionOf[fleet]{
			one("Create", on(create)),
			{Name: "Start", Params: []string{"c", "outcome"}, Next: modelcheck.Call2(ids, outcomes,
				func(f *fleet, c ID, o StartOutcome) error {
					return on(func(c *Container) error { return c.Start(o) })(f, c)
				})},
			one("Run", (*fleet).run),
			one("Exit", ending(exit)),
			one("Pause", on((*Container).Pause)),
			one("Unpause", on((*Container).Unpause)),
			one("Stop", on((*Container).Stop)),
			one("Kill", on((*Container).Kill)),
			one("GraceOver", on((*Container).GraceOver)),
			one("Reap", ending(reap)),
			{Name: "Remove", Params: []string{"c", "force"}, Next: modelcheck.Call2(ids, bools,
				func(f *fleet, c ID, force bool) error {
					return on(func(c *Container) error { return c.Remove(force) })(f, c)
				})},
			{Name: "Delete", Params: []string{"c", "failed"}, Next: modelcheck.Call2(ids, bools,
				func(f *fleet, c ID, failed bool) error { return on(remove(failed))(f, c) })},
		},
		Show: fleet.bindings,
	})
}
