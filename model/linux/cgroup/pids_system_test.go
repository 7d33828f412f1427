package cgroup

import (
	"errors"
	"fmt"
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// counted is a Pids with the tree of pids.bh, and the rest of its state.
type counted struct {
	*Pids
	Admin, Last string
}

var (
	pidsNames   = []string{"red", "blue", "web", "db"} // cgroups 1 to 4
	pidsParents = []Cgroup{0, 0, 0, 1, 1}
	pidsGroups  = []Cgroup{1, 2, 3, 4}
)

func pidsOption(n int64) model.Value {
	if n == NoLimit {
		return modelcheck.None()
	}
	return modelcheck.Some(model.Int(n))
}

// pidsPair has the constants of pids.bh: the size of the table, and the limits of red, blue, web and db.
func pidsPair(table int64, limits [4]int64) modelcheck.Pair {
	named := func(g Cgroup) string { return pidsNames[g-1] }
	over := func(when func(*counted, Cgroup) bool, step func(*counted, Cgroup) error) func(counted) iter.Seq2[model.Args, counted] {
		return func(c counted) iter.Seq2[model.Args, counted] {
			return func(yield func(model.Args, counted) bool) {
				for _, g := range pidsGroups {
					next := c
					next.Pids = c.Clone()
					if when(&next, g) && step(&next, g) == nil && !yield(model.Args{named(g)}, next) {
						return
					}
				}
			}
		}
	}
	leaf := func(g Cgroup) bool { return g != 1 }
	sys := model.MustDefine(model.Definition[counted]{
		Name: "Pids",
		Init: func(yield func(counted) bool) {
			for _, admin := range []string{"nothing", "moves", "lowers"} {
				p, err := NewPids(pidsParents, append([]int64{table}, limits[:]...))
				if err != nil {
					panic(err)
				}
				if !yield(counted{Pids: p, Admin: admin, Last: "granted"}) {
					return
				}
			}
		},
		Actions: []model.ActionOf[counted]{
			{Name: "Fork", Params: []string{"g"}, Next: over(func(_ *counted, g Cgroup) bool { return leaf(g) }, func(c *counted, g Cgroup) error {
				limited := c.Max(g) != NoLimit || g > 2 && c.Max(1) != NoLimit
				err := c.Fork(g)
				refused := (*ForkRefused)(nil)
				c.Last = "refused"
				switch {
				case err == nil:
					c.Last = "granted"
				case !errors.As(err, &refused):
					return err
				case refused.At == Root && limited:
					c.Last = "starved"
				}
				return nil
			})},
			{Name: "Exit", Params: []string{"g"}, Next: over(func(*counted, Cgroup) bool { return true }, func(c *counted, g Cgroup) error { return c.Exit(g) })},
			{Name: "Move", Params: []string{"g", "h"}, Next: func(c counted) iter.Seq2[model.Args, counted] {
				return func(yield func(model.Args, counted) bool) {
					for _, g := range pidsGroups {
						for _, h := range pidsGroups {
							next := c
							next.Pids = c.Clone()
							if c.Admin == "moves" && leaf(h) && next.Move(g, h) == nil && !yield(model.Args{named(g), named(h)}, next) {
								return
							}
						}
					}
				}
			}},
			{Name: "Lower", Params: []string{"g", "n"}, Next: func(c counted) iter.Seq2[model.Args, counted] {
				return func(yield func(model.Args, counted) bool) {
					for _, g := range pidsGroups {
						for n := range int64(2) {
							next := c
							next.Pids = c.Clone()
							if c.Admin == "lowers" && n < c.Max(g) && next.SetMax(g, n) == nil && !yield(model.Args{named(g), n}, next) {
								return
							}
						}
					}
				}
			}},
		},
		Show: func(c counted) []model.Binding {
			show := func(of func(Cgroup) model.Value) model.Value {
				out := model.Value{Shape: model.Map}
				for _, g := range pidsGroups {
					out.Elems = append(out.Elems, model.Elem{Key: named(g), Value: of(g)})
				}
				return out
			}
			return []model.Binding{
				{Name: "admin", Value: model.Text(c.Admin)},
				{Name: "limit", Value: show(func(g Cgroup) model.Value { return pidsOption(c.Max(g)) })},
				{Name: "procs", Value: show(func(g Cgroup) model.Value { return model.Int(c.Own(g)) })},
				{Name: "last", Value: model.Text(c.Last)},
			}
		},
	})
	text := make([]string, 4)
	for i, n := range limits {
		text[i] = pidsNames[i] + " -> " + pidsOption(n).String()
	}
	return modelcheck.Pair{Name: "pids", System: sys, File: "pids.bh", Constants: constants{
		"TABLE": fmt.Sprint(table), "LIMITS": fmt.Sprintf("{%s, %s, %s, %s}", text[0], text[1], text[2], text[3]),
	}}
}
