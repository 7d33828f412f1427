package oci

import (
	"errors"
	"slices"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

const only = "c" // the ID of the only container

// single is a Runtime with one ID, the version of config.json in the bundle, and the hooks that were run, by number.
type single struct {
	*Runtime
	Hooks  int  // of each kind
	Shared bool // its PID namespace is the runtime's
	File   int
	Ran    []int
}

// programs are what the versions of config.json want to be run.
var programs = []string{"/old", "/new"}

func (s *single) bundle() *Config {
	c := &Config{Process: programs[s.File]}
	if !s.Shared {
		c.Namespaces = []Entry{{Type: PID}}
	}
	for k := range c.Hooks {
		for range s.Hooks {
			c.Hooks[k] = append(c.Hooks[k], Hook{Path: "/hook"})
		}
	}
	return c
}

func (s *single) edit() error {
	if s.File == 1 {
		return errors.New("edited already")
	}
	s.File = 1
	return nil
}

func (s *single) hook(fails bool) error {
	call, _ := s.Pending(only)
	if err := s.Hook(only, fails); err != nil {
		return err
	}
	s.Ran = append(s.Ran, int(call.Kind)*s.Hooks+call.Index)
	slices.Sort(s.Ran)
	return nil
}

// proceed is the step of an operation that is none of hooks.
func proceed(step Step) func(*single) error {
	return func(s *single) error {
		if s.Next(only) != step {
			return errors.New("not next")
		}
		if step == Forget {
			s.Ran = nil
		}
		return s.Proceed(only)
	}
}

func do(op func(*Runtime, string) error) func(*single) error {
	return func(s *single) error { return op(s.Runtime, only) }
}

func (s single) bindings() []model.Binding {
	c, program := container{}, modelcheck.None()
	if found, ok := s.containers[only]; ok {
		c = *found
		if c.ran {
			program = modelcheck.Some(modelcheck.Int(slices.Index(programs, c.config.Process)))
		}
	}
	return []model.Binding{
		{Name: "status", Value: modelcheck.Text(c.status)},
		{Name: "op", Value: modelcheck.Text(c.op)},
		{Name: "answer", Value: modelcheck.Text(s.Answer(only))},
		{Name: "place", Value: modelcheck.Int(c.place)},
		{Name: "env", Value: model.Bool(c.env)},
		{Name: "killed", Value: model.Bool(c.killed)},
		{Name: "file", Value: modelcheck.Int(s.File)},
		{Name: "applied", Value: modelcheck.Int(max(0, slices.Index(programs, c.config.Process)))},
		{Name: "program", Value: program},
		{Name: "ran", Value: modelcheck.Set(s.Ran)},
		{Name: "shared", Value: model.Bool(s.Shared)},
		{Name: "others", Value: model.Bool(c.others)},
	}
}

// singleSystem is the system of one ID, with hooks of each kind.
func singleSystem(profile Profile, hooks int) model.System {
	one := func(name string, step func(*single) error) model.ActionOf[single] {
		return model.ActionOf[single]{Name: name, Next: modelcheck.Call(step)}
	}
	return model.MustDefine(model.Definition[single]{
		Name: "OCILifecycle",
		Init: func(yield func(single) bool) {
			for _, shared := range []bool{false, true} {
				if !yield(single{Runtime: newRuntime(profile, Host{}), Hooks: hooks, Shared: shared}) {
					return
				}
			}
		},
		Actions: []model.ActionOf[single]{
			one("Edit", (*single).edit),
			one("Create", func(s *single) error { return s.Create(only, s.bundle()) }),
			one("Created", proceed(ReturnCreate)),
			{Name: "Hook", Params: []string{"fails"}, Next: modelcheck.Call1([]bool{false, true}, (*single).hook)},
			one("Start", do((*Runtime).Start)),
			one("Exec", proceed(Exec)),
			one("Started", proceed(ReturnStart)),
			one("Fork", do((*Runtime).Fork)),
			one("Kill", func(s *single) error { return s.Kill(only, sigkill) }),
			one("Exit", do((*Runtime).Exit)),
			one("Reap", do((*Runtime).Reap)),
			one("Pause", do((*Runtime).Pause)),
			one("Resume", do((*Runtime).Resume)),
			one("Delete", do((*Runtime).Delete)),
			one("Destroy", proceed(Destroy)),
			one("Gone", proceed(Forget)),
		},
		Show: single.bindings,
	})
}

// newRuntime is NewRuntime on a host whose own namespaces have the numbers that are missing, from 1001.
func newRuntime(profile Profile, host Host) *Runtime {
	for t := range host.Own {
		if host.Own[t] == 0 {
			host.Own[t] = Space(1001 + t)
		}
	}
	r, err := NewRuntime(profile, host)
	if err != nil {
		panic(err)
	}
	return r
}
