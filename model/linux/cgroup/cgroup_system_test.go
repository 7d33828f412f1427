package cgroup

import (
	"errors"
	"iter"
	"slices"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"

	"github.com/bulkheadlang/bulkhead/model"
)

// tenants is a Memory with the tree of cgroup.bh: host, red with web and db, blue.
type tenants struct{ *Memory }

var (
	tenantNames   = []string{"host", "red", "web", "db", "blue"}
	tenantParents = []Cgroup{0, 0, 1, 1, 0}
)

func (t tenants) clone() tenants { return tenants{t.Clone()} }

// stuckAt is the cgroup that refuses p one page more.
func (t tenants) stuckAt(p Process, most int64) (Cgroup, bool) {
	g, alive := t.In(p)
	if !alive || t.Pages(p) >= most {
		return 0, false
	}
	return t.Blocker(g, 1)
}

func (t tenants) bindings() []model.Binding {
	groups := func(show func(Cgroup) model.Value) model.Value {
		out := model.Value{Shape: model.Map}
		for g, name := range tenantNames {
			out.Elems = append(out.Elems, model.Elem{Key: name, Value: show(Cgroup(g))})
		}
		return out
	}
	pages := func(of func(Cgroup) int64) func(Cgroup) model.Value {
		return func(g Cgroup) model.Value { return modelcheck.Int(of(g)) }
	}
	n := len(t.procs)
	return []model.Binding{
		{Name: "limit", Value: groups(func(g Cgroup) model.Value {
			if t.Limit(g) == NoLimit {
				return modelcheck.None()
			}
			return modelcheck.Some(modelcheck.Int(t.Limit(g)))
		})},
		{Name: "usage", Value: groups(pages(t.Usage))},
		{Name: "cache", Value: groups(pages(t.Cache))},
		{Name: "home", Value: modelcheck.Map(1, n, func(i int) model.Value {
			g, alive := t.In(Process(i))
			if !alive {
				return modelcheck.None()
			}
			return modelcheck.Some(model.Text(tenantNames[g]))
		})},
		{Name: "pages", Value: modelcheck.Map(1, n, func(i int) model.Value { return modelcheck.Int(t.Pages(Process(i))) })},
	}
}

var errNo = errors.New("not enabled")

// tenantsSystem is the system whose states are those of Memory; the names are the constants of cgroup.bh.
func tenantsSystem(procs int, pages, cache, host, limit int64) model.System {
	all := modelcheck.Numbers[Process](procs)
	groups := []Cgroup{0, 1, 2, 3, 4}
	return model.MustDefine(model.Definition[tenants]{
		Name: "CgroupMemory",
		Init: func(yield func(tenants) bool) {
			limits := []int64{host, 1, 1, 1, 1}
			var fill func(g int) bool
			fill = func(g int) bool {
				if g == len(limits) {
					m, err := NewMemory(tenantParents, limits, procs)
					if err != nil {
						panic(err)
					}
					return yield(tenants{m})
				}
				for limits[g] = 1; limits[g] <= limit; limits[g]++ {
					if !fill(g + 1) {
						return false
					}
				}
				limits[g] = NoLimit
				return fill(g + 1)
			}
			fill(1)
		},
		Actions: []model.ActionOf[tenants]{
			{Name: "Spawn", Params: []string{"p", "g"}, Next: overGroups(all, groups, func(t *tenants, p Process, g Cgroup) error {
				return t.Spawn(p, g)
			})},
			{Name: "Touch", Params: []string{"p"}, Next: modelcheck.Call1(all, func(t *tenants, p Process) error {
				if t.Pages(p) == pages {
					return errNo
				}
				return t.Touch(p, 1)
			})},
			{Name: "Read", Params: []string{"p"}, Next: modelcheck.Call1(all, func(t *tenants, p Process) error {
				if g, alive := t.In(p); alive && t.Cache(g) == cache {
					return errNo
				}
				return t.Read(p, 1)
			})},
			{Name: "Reclaim", Params: []string{"p", "g"}, Next: overGroups(all, groups, func(t *tenants, p Process, from Cgroup) error {
				at, stuck := t.stuckAt(p, pages)
				if !stuck || !slices.Contains(t.Reclaimable(at), from) {
					return errNo
				}
				return t.Reclaim(from, 1)
			})},
			{Name: "Kill", Params: []string{"p"}, Next: func(t tenants) iter.Seq2[model.Args, tenants] {
				return func(yield func(model.Args, tenants) bool) {
					for _, p := range all {
						at, stuck := t.stuckAt(p, pages)
						if !stuck || len(t.Reclaimable(at)) > 0 {
							continue
						}
						for _, v := range t.Victims(at) {
							next := t.clone()
							if next.Exit(v) == nil && !yield(model.Args{p}, next) {
								return
							}
						}
					}
				}
			}},
			{Name: "Exit", Params: []string{"p"}, Next: modelcheck.Call1(all, func(t *tenants, p Process) error { return t.Exit(p) })},
		},
		Invariants: []model.Predicate[tenants]{
			{Name: "WithinLimits", Holds: func(t tenants) bool {
				return !slices.ContainsFunc(groups, func(g Cgroup) bool { return t.Usage(g) > t.Limit(g) })
			}},
		},
		Show: tenants.bindings,
	})
}

// overGroups is each2 with the groups shown by name.
func overGroups(ps []Process, gs []Cgroup, step func(*tenants, Process, Cgroup) error) func(tenants) iter.Seq2[model.Args, tenants] {
	next := modelcheck.Call2(ps, gs, step)
	return func(t tenants) iter.Seq2[model.Args, tenants] {
		return func(yield func(model.Args, tenants) bool) {
			for args, after := range next(t) {
				if !yield(model.Args{args[0], tenantNames[args[1].(Cgroup)]}, after) {
					return
				}
			}
		}
	}
}
