package deploy

import (
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// made is a value that a constructor gives for arguments known to be right.
func made[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// resolving is the arguments of Fenceposts, percentages in steps of 5, and what it gives.
type resolving struct {
	Replicas, Surge, Unavailable int
	Resolved                     bool
	GotSurge, GotUnavailable     int
}

func fencepostSystem(most int) model.System {
	return model.MustDefine(model.Definition[resolving]{
		Name: "Fenceposts",
		Init: func(yield func(resolving) bool) {
			for n := 0; n <= most; n++ {
				for surge := 0; surge <= 20; surge++ {
					for unavailable := 0; unavailable <= 20; unavailable++ {
						if surge+unavailable > 0 && !yield(resolving{Replicas: n, Surge: surge, Unavailable: unavailable}) {
							return
						}
					}
				}
			}
		},
		Actions: []model.ActionOf[resolving]{
			{Name: "Resolve", Next: modelcheck.Call(func(r *resolving) error {
				if r.Resolved {
					return model.ErrRefused
				}
				var err error
				r.Resolved = true
				r.GotSurge, r.GotUnavailable, err = Fenceposts(r.Replicas, Percent(5*r.Surge), Percent(5*r.Unavailable))
				return err
			})},
		},
		Terminal: func(r resolving) bool { return r.Resolved },
		Show: func(r resolving) []model.Binding {
			return []model.Binding{
				{Name: "replicas", Value: modelcheck.Int(r.Replicas)},
				{Name: "maxSurge", Value: modelcheck.Int(r.Surge)},
				{Name: "maxMissing", Value: modelcheck.Int(r.Unavailable)},
				{Name: "resolved", Value: model.Bool(r.Resolved)},
				{Name: "surge", Value: modelcheck.Int(r.GotSurge)},
				{Name: "unavailable", Value: modelcheck.Int(r.GotUnavailable)},
			}
		},
	})
}

// rollout is a Deployment, which revisions work, and whether nobody interferes any more.
type rollout struct {
	Deployment
	Works []bool
	Calm  bool
}

func rollingSystem(replicas, surge, unavailable, revisions, deadline int) model.System {
	all := modelcheck.Numbers[Revision](revisions)
	// when lets a step happen where a condition is true.
	when := func(holds func(*rollout) bool, step func(*rollout) error) func(*rollout) error {
		return func(r *rollout) error {
			if !holds(r) {
				return model.ErrRefused
			}
			return step(r)
		}
	}
	sync := func(r *rollout) error { return r.Sync() }
	return model.MustDefine(model.Definition[rollout]{
		Name: "RollingUpdate",
		Init: func(yield func(rollout) bool) {
			for bits := range modelcheck.Vectors(revisions-1, 2) {
				works := []bool{true}
				for _, b := range bits {
					works = append(works, b == 2)
				}
				if !yield(rollout{Deployment: made(NewDeployment(replicas, surge, unavailable, revisions, deadline)), Works: works}) {
					return
				}
			}
		},
		Actions: []model.ActionOf[rollout]{
			{Name: "Calm", Next: modelcheck.Call(func(r *rollout) error {
				if r.Calm {
					return model.ErrRefused
				}
				r.Calm = true
				return nil
			})},
			{Name: "Update", Params: []string{"r"}, Next: modelcheck.Call1(all, func(r *rollout, to Revision) error {
				if r.Calm {
					return model.ErrRefused
				}
				return r.Update(to)
			})},
			{Name: "ScaleUp", Next: modelcheck.Call(when(func(r *rollout) bool { return r.raise() > 0 }, sync))},
			{Name: "ScaleDown", Next: modelcheck.Call(when(func(r *rollout) bool { return r.raise() == 0 }, sync))},
			{Name: "Ready", Params: []string{"r"}, Next: modelcheck.Call1(all, func(r *rollout, of Revision) error {
				if !r.Works[of-1] {
					return model.ErrRefused
				}
				return r.Ready(of)
			})},
			{Name: "Fail", Params: []string{"r"}, Next: modelcheck.Call1(all, func(r *rollout, of Revision) error {
				if r.Calm {
					return model.ErrRefused
				}
				return r.Fail(of)
			})},
			{Name: "Tick", Next: modelcheck.Call(func(r *rollout) error { return r.Tick() })},
		},
		Terminal: func(r rollout) bool { return r.Calm && (r.Complete() || r.Exceeded()) },
		Invariants: []model.Predicate[rollout]{
			{Name: "Pods", Holds: func(r rollout) bool {
				total, _ := r.Total()
				most, _ := r.Limits()
				return total <= most
			}},
		},
		Show: func(r rollout) []model.Binding {
			by := func(of []int) model.Value {
				return modelcheck.Map(1, revisions, func(i int) model.Value { return modelcheck.Int(of[i-1]) })
			}
			return []model.Binding{
				{Name: "works", Value: modelcheck.Map(1, revisions, func(i int) model.Value { return model.Bool(r.Works[i-1]) })},
				{Name: "target", Value: modelcheck.Int(r.Target())},
				{Name: "pods", Value: by(r.pods)},
				{Name: "up", Value: by(r.up)},
				{Name: "calm", Value: model.Bool(r.Calm)},
				{Name: "done", Value: model.Bool(r.done)},
				{Name: "quiet", Value: modelcheck.Int(r.quiet)},
			}
		},
	})
}

// versions shows those of the two resources, numbered from 1.
func versions(of []int) model.Value {
	return modelcheck.Map(1, 2, func(i int) model.Value { return modelcheck.Int(of[i-1]) })
}

// workspaceSystem is the system of apply.bh: two resources, of which the second needs the first.
func workspaceSystem(users, most int) model.System {
	all, resources := modelcheck.Numbers[User](users), []int{1, 2}
	return model.MustDefine(model.Definition[Workspace]{
		Name: "Apply",
		Init: func(yield func(Workspace) bool) { yield(made(NewWorkspace([][]int{nil, {0}}, users))) },
		Actions: []model.ActionOf[Workspace]{
			{Name: "MakePlan", Params: []string{"u", "first", "second"}, Next: func(w Workspace) iter.Seq2[model.Args, Workspace] {
				return func(yield func(model.Args, Workspace) bool) {
					for _, u := range all {
						for first := 0; first <= most; first++ {
							for second := 0; second <= most; second++ {
								if next := w.Clone(); next.Plan(u, first, second) == nil && !yield(model.Args{u, first, second}, next) {
									return
								}
							}
						}
					}
				}
			}},
			{Name: "Discard", Params: []string{"u"}, Next: modelcheck.Call1(all, (*Workspace).Discard)},
			{Name: "Begin", Params: []string{"u"}, Next: modelcheck.Call1(all, (*Workspace).Begin)},
			{Name: "Change", Params: []string{"u", "r"}, Next: func(w Workspace) iter.Seq2[model.Args, Workspace] {
				return func(yield func(model.Args, Workspace) bool) {
					for _, u := range all {
						for _, r := range resources {
							for _, step := range []func(*Workspace, User, int) error{(*Workspace).Change, (*Workspace).Fail} {
								if next := w.Clone(); step(&next, u, r-1) == nil && !yield(model.Args{u, r}, next) {
									return
								}
							}
						}
					}
				}
			}},
			{Name: "End", Params: []string{"u"}, Next: modelcheck.Call1(all, (*Workspace).End)},
			{Name: "Kill", Next: modelcheck.Call((*Workspace).Kill)},
			{Name: "ForceUnlock", Next: modelcheck.Call((*Workspace).ForceUnlock)},
		},
		Invariants: []model.Predicate[Workspace]{{Name: "Sound", Holds: func(w Workspace) bool { return w.sound(w.actual) }}},
		Show: func(w Workspace) []model.Binding {
			lock, running := w.Lock()
			return []model.Binding{
				{Name: "actual", Value: versions(w.actual)},
				{Name: "recorded", Value: versions(w.Actual())},
				{Name: "plan", Value: modelcheck.Map(1, users, func(i int) model.Value {
					p := w.plans[i-1]
					if !p.made {
						return modelcheck.None()
					}
					return modelcheck.Some(model.Value{Shape: model.Record, Elems: []model.Elem{
						{Key: "saw", Value: versions(p.saw)}, {Key: "wants", Value: versions(p.wants)}, {Key: "stale", Value: model.Bool(p.stale)},
					}})
				})},
				{Name: "lock", Value: modelcheck.Option(lock)},
				{Name: "running", Value: model.Bool(running)},
			}
		},
	})
}
