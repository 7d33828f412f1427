package attack

import (
	"iter"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// lists are the programs of releases.bh with their constructors and releases.
var lists = []struct {
	program            Program
	constructor, field string
	releases           string
}{
	{Runc, "RuncIs", "r", runcReleases},
	{Docker, "DockerIs", "d", dockerReleases},
	{Containerd, "ContainerdIs", "c", containerdReleases},
	{Toolkit, "ToolkitIs", "t", toolkitReleases},
	{Linux, "LinuxIs", "l", linuxReleases},
}

// machine is a program that is upgraded: which, to which of its releases, and what that has and an upgrade took away.
type machine struct {
	List, At    uint8
	Has, Mended Set
}

func (m machine) installed() model.Value {
	l := lists[m.List]
	return model.Value{
		Shape: model.Tagged, Text: l.constructor,
		Elems: []model.Elem{{Key: l.field, Value: model.Text(strings.Fields(l.releases)[m.At])}},
	}
}

// releasesPair is releases.bh and the same over the implementation.
func releasesPair() modelcheck.Pair {
	var all []machine
	number := map[machine]Release{} // of those of all
	for i, l := range lists {
		for at, name := range strings.Fields(l.releases) {
			m := machine{List: uint8(i), At: uint8(at), Has: FlawsOf(l.program, named(name))}
			all, number[m] = append(all, m), named(name)
		}
	}
	upgrade := func(m machine) iter.Seq2[model.Args, machine] {
		now := number[machine{List: m.List, At: m.At, Has: m.Has}]
		return func(yield func(model.Args, machine) bool) {
			for _, to := range all {
				if to.List != m.List || number[to].Compare(now) <= 0 {
					continue
				}
				next := machine{List: to.List, At: to.At, Has: to.Has, Mended: m.Mended | m.Has&^to.Has}
				if !yield(model.Args{to.installed()}, next) {
					return
				}
			}
		}
	}
	sys := model.MustDefine(model.Definition[machine]{
		Name: "releases", Init: slices.Values(all), AllowDeadlock: true,
		Actions: []model.ActionOf[machine]{
			{Name: "Upgrade", Params: []string{"to"}, Next: upgrade},
			{Name: "Run", Next: modelcheck.Call(func(*machine) error { return nil })},
		},
		Show: func(m machine) []model.Binding {
			return []model.Binding{
				{Name: "installed", Value: m.installed()},
				{Name: "has", Value: factsShown(m.Has)},
				{Name: "mended", Value: factsShown(m.Mended)},
			}
		},
	})
	return modelcheck.Pair{Name: "releases", System: sys, File: "releases.bh"}
}
