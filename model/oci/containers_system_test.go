package oci

import (
	"errors"
	"slices"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// blue is the name of a network namespace, number 1, that the administrator has made.
const blue = "/run/netns/blue"

// several is a Runtime with containers 1 to n, of which each operation is one step.
type several struct{ *Runtime }

type number int

func (n number) id() string { return strconv.Itoa(int(n)) }

type origin string

// entries are the lists of namespaces of containers.bh by its names.
var entries = map[origin][]Entry{"inherited": nil, "own": {{Type: Network}}, "named": {{Network, blue}}}

// whole does an operation and all its steps.
func (s *several) whole(n number, op func() error) error {
	if err := op(); err != nil {
		return err
	}
	if !s.Finish(n.id(), nil) {
		return errors.New("failed")
	}
	return nil
}

func (s *several) create(n number, o origin) error { return s.make(n, entries[o]) }

func (s *several) join(n, m number) error {
	return s.make(n, []Entry{{Network, Path(m.id(), Network)}})
}

func (s *several) make(n number, list []Entry) error {
	return s.whole(n, func() error { return s.Create(n.id(), &Config{Process: "/p", Namespaces: list}) })
}

func (s *several) start(n number) error {
	return s.whole(n, func() error { return s.Start(n.id()) })
}

func (s *several) delete(n number) error {
	return s.whole(n, func() error { return s.Delete(n.id()) })
}

func (s several) bindings(n int) []model.Binding {
	net := func(space Space) int {
		if space == s.host.Own[Network] {
			return 0
		}
		return int(space)
	}
	var cgroups, spaces, joined []int
	for i := range n {
		if c, ok := s.containers[number(i+1).id()]; ok {
			if c.env {
				cgroups = append(cgroups, i+1)
			}
			if c.alive() && c.origins[Network] == Joined {
				joined = append(joined, i+1)
			}
		}
	}
	for _, space := range s.Spaces() {
		if space == s.host.Own[Network] || !slices.Contains(s.host.Own[:], space) {
			spaces = append(spaces, net(space))
		}
	}
	_, named := s.host.Files[blue]
	return []model.Binding{
		{Name: "status", Value: modelcheck.Map(1, n, func(i int) model.Value { return modelcheck.Text(s.Status(number(i).id())) })},
		{Name: "net", Value: modelcheck.Map(1, n, func(i int) model.Value {
			space, ok := s.Namespace(number(i).id(), Network)
			if !ok {
				return model.Int(0)
			}
			return modelcheck.Int(net(space))
		})},
		{Name: "cgroup", Value: modelcheck.Set(cgroups)},
		{Name: "spaces", Value: modelcheck.Set(spaces)},
		{Name: "joined", Value: modelcheck.Set(joined)},
		{Name: "name", Value: model.Bool(named)},
	}
}

// severalSystem is the system of n IDs.
func severalSystem(n int) model.System {
	ids := modelcheck.Numbers[number](n)
	return model.MustDefine(model.Definition[several]{
		Name: "OCIContainers",
		Init: func(yield func(several) bool) {
			yield(several{newRuntime(Profile{}, Host{Files: map[string]File{blue: {Network, 1}}})})
		},
		Actions: []model.ActionOf[several]{
			{Name: "Create", Params: []string{"i", "source"}, Next: modelcheck.Call2(ids, []origin{"inherited", "own", "named"}, (*several).create)},
			{Name: "Join", Params: []string{"i", "j"}, Next: modelcheck.Call2(ids, ids, (*several).join)},
			{Name: "Start", Params: []string{"i"}, Next: modelcheck.Call1(ids, (*several).start)},
			{Name: "Stop", Params: []string{"i"}, Next: modelcheck.Call1(ids, func(s *several, i number) error { return s.Exit(i.id()) })},
			{Name: "Delete", Params: []string{"i"}, Next: modelcheck.Call1(ids, (*several).delete)},
			{Name: "Unname", Next: modelcheck.Call(func(s *several) error { return s.Unname(blue) })},
		},
		Show: func(s several) []model.Binding { return s.bindings(n) },
	})
}
