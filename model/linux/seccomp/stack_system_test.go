package seccomp

import (
	"errors"
	"slices"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/linux/errno"
)

// filterName is a filter of stack.bh.
type filterName string

var filterNames = []filterName{"kills", "fails", "passes", "seals"}

// filters are those of stack.bh.
var filters = map[filterName]Filter{
	"kills":  {Default: Allow, Rules: []Rule{{Names: []string{"mount"}, Action: KillProcess}}},
	"fails":  {Default: Allow, Rules: []Rule{{Names: []string{"mount"}, Action: Errno, Number: errno.EPERM}}},
	"passes": {Default: Allow},
	"seals":  {Default: Errno, Number: errno.EPERM},
}

// task is a process of stack.bh. Its stack is kept by names, and made of their filters where it is asked.
type task struct {
	Up, Admin, NNP, Foreign bool
	Stack                   []filterName
}

func (t task) stack() Stack {
	var out Stack
	for _, name := range t.Stack {
		out = append(out, filters[name])
	}
	return out
}

type tasks struct {
	Tasks []task
	Depth int
}

var errNo = errors.New("not enabled")

func (ts *tasks) change(p int, do func(*task) error) error {
	if !ts.Tasks[p-1].Up {
		return errNo
	}
	return do(&ts.Tasks[p-1])
}

func (ts tasks) bindings() []model.Binding {
	show := func(name string, value func(t task) model.Value) model.Binding {
		return model.Binding{Name: name, Value: modelcheck.Map(1, len(ts.Tasks), func(i int) model.Value { return value(ts.Tasks[i-1]) })}
	}
	return []model.Binding{
		show("up", func(t task) model.Value { return model.Bool(t.Up) }),
		show("admin", func(t task) model.Value { return model.Bool(t.Admin) }),
		show("nnp", func(t task) model.Value { return model.Bool(t.NNP) }),
		show("stack", func(t task) model.Value {
			v := modelcheck.Names(t.Stack)
			v.Shape = model.Seq
			return v
		}),
		show("foreign", func(t task) model.Value { return model.Bool(t.Foreign) }),
	}
}

// processesSystem is the system whose states are those of processes with a Stack each.
func processesSystem(procs, depth int) model.System {
	ps := modelcheck.Numbers[int](procs)
	return model.MustDefine(model.Definition[tasks]{
		Name: "Stack",
		Init: func(yield func(tasks) bool) { yield(tasks{make([]task, procs), depth}) },
		Actions: []model.ActionOf[tasks]{
			{Name: "Start", Params: []string{"p", "root"}, Next: modelcheck.Call2(ps, []bool{false, true}, func(ts *tasks, p int, root bool) error {
				if slices.ContainsFunc(ts.Tasks, func(t task) bool { return t.Up }) {
					return errNo
				}
				ts.Tasks[p-1] = task{Up: true, Admin: root}
				return nil
			})},
			{Name: "Fork", Params: []string{"p", "child"}, Next: modelcheck.Call2(ps, ps, func(ts *tasks, p, child int) error {
				if !ts.Tasks[p-1].Up || ts.Tasks[child-1].Up {
					return errNo
				}
				ts.Tasks[child-1] = ts.Tasks[p-1]
				ts.Tasks[child-1].Stack = slices.Clone(ts.Tasks[p-1].Stack)
				return nil
			})},
			{Name: "Exit", Params: []string{"p"}, Next: modelcheck.Call1(ps, func(ts *tasks, p int) error {
				return ts.change(p, func(t *task) error { *t = task{}; return nil })
			})},
			{Name: "ExecSetuid", Params: []string{"p"}, Next: modelcheck.Call1(ps, func(ts *tasks, p int) error {
				return ts.change(p, func(t *task) error { t.Admin = t.Admin || !t.NNP; return nil })
			})},
			{Name: "DropAdmin", Params: []string{"p"}, Next: modelcheck.Call1(ps, func(ts *tasks, p int) error {
				return ts.change(p, func(t *task) error {
					if !t.Admin {
						return errNo
					}
					t.Admin = false
					return nil
				})
			})},
			{Name: "SetNoNewPrivs", Params: []string{"p"}, Next: modelcheck.Call1(ps, func(ts *tasks, p int) error {
				return ts.change(p, func(t *task) error {
					if t.NNP {
						return errNo
					}
					t.NNP = true
					return nil
				})
			})},
			{Name: "Attach", Params: []string{"p", "f"}, Next: modelcheck.Call2(ps, filterNames, func(ts *tasks, p int, f filterName) error {
				return ts.change(p, func(t *task) error {
					if len(t.Stack) == ts.Depth {
						return errNo
					}
					if _, err := t.stack().Attach(Task{NoNewPrivs: t.NNP, SysAdmin: t.Admin}, filters[f]); err != nil {
						return err
					}
					t.Stack = append(t.Stack, f)
					t.Foreign = t.Foreign || !t.Admin
					return nil
				})
			})},
		},
		Steps: []model.Relation[tasks]{{Name: "Tightens", Holds: func(before, after tasks) bool {
			mount := Call{Name: "mount"}
			for i, t := range before.Tasks {
				if next := after.Tasks[i]; t.Up && next.Up && next.stack().Of(mount).Action > t.stack().Of(mount).Action {
					return false
				}
			}
			return true
		}}},
		Show: tasks.bindings,
	})
}
