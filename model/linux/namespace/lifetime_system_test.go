package namespace

import (
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

type lives struct{ *Lifetimes }

func (l lives) bindings() []model.Binding {
	procs := func(value func(p Process) model.Value) model.Value {
		return modelcheck.Map(1, len(l.procs), func(i int) model.Value { return value(Process(i)) })
	}
	spaces := func(value func(n NsID) model.Value) model.Value {
		return modelcheck.Map(1, len(l.spaces), func(i int) model.Value { return value(NsID(i)) })
	}
	in := func(k Kind) model.Value {
		return procs(func(p Process) model.Value { n, _ := l.Of(p, k); return modelcheck.Int(n) })
	}
	var mounts []NsID
	for i, s := range l.spaces {
		if s.Mounted {
			mounts = append(mounts, NsID(i+1))
		}
	}
	return []model.Binding{
		{Name: "up", Value: procs(func(p Process) model.Value { return model.Bool(l.Up(p)) })},
		{Name: "uns", Value: in(UserKind)},
		{Name: "nns", Value: in(NetKind)},
		{Name: "files", Value: procs(func(p Process) model.Value { return modelcheck.Set(l.procs[p-1].Files) })},
		{Name: "mounts", Value: modelcheck.Set(mounts)},
		{Name: "kind", Value: spaces(func(n NsID) model.Value {
			k, ok := l.Kind(n)
			if !ok {
				return modelcheck.None()
			}
			return modelcheck.Some(modelcheck.Text(k))
		})},
		{Name: "owner", Value: spaces(func(n NsID) model.Value { o, _ := l.Owner(n); return modelcheck.Int(o) })},
	}
}

// livesSystem is the system of lifetime.bh over Lifetimes.
func livesSystem(processes, count int) model.System {
	procs, ids := modelcheck.Numbers[Process](processes), modelcheck.Numbers[NsID](count)
	on := func(step func(*Lifetimes, Process, NsID) error) func(lives) iter.Seq2[model.Args, lives] {
		return modelcheck.Call2(procs, ids, func(l *lives, p Process, n NsID) error { return step(l.Lifetimes, p, n) })
	}
	return model.MustDefine(model.Definition[lives]{
		Name: "Lifetime",
		Init: func(yield func(lives) bool) {
			l, err := NewLifetimes(processes, count)
			if err != nil {
				panic(err)
			}
			yield(lives{l})
		},
		Actions: []model.ActionOf[lives]{
			{Name: "Start", Params: []string{"p"}, Next: modelcheck.Call1(procs, func(l *lives, p Process) error { return l.Start(p) })},
			{Name: "Fork", Params: []string{"p", "q"}, Next: modelcheck.Call2(procs, procs, func(l *lives, p, q Process) error { return l.Fork(p, q) })},
			{Name: "Exit", Params: []string{"p"}, Next: modelcheck.Call1(procs, func(l *lives, p Process) error { return l.Exit(p) })},
			{Name: "Unshare", Params: []string{"p", "k"}, Next: modelcheck.Call2(procs, []Kind{UserKind, NetKind}, func(l *lives, p Process, k Kind) error {
				_, err := l.Unshare(p, k)
				return err
			})},
			{Name: "Open", Params: []string{"p", "n"}, Next: on((*Lifetimes).Open)},
			{Name: "Close", Params: []string{"p", "n"}, Next: on((*Lifetimes).Close)},
			{Name: "Mount", Params: []string{"p", "n"}, Next: on((*Lifetimes).Mount)},
			{Name: "Unmount", Params: []string{"p", "n"}, Next: on((*Lifetimes).Unmount)},
			{Name: "Setns", Params: []string{"p", "n"}, Next: on((*Lifetimes).Setns)},
		},
		Invariants: []model.Predicate[lives]{{Name: "Held", Holds: func(l lives) bool {
			for _, n := range ids {
				if l.There(n) == l.HeldBy(n).None() {
					return false
				}
			}
			return true
		}}},
		Show: lives.bindings,
	})
}
