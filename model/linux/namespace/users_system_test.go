package namespace

import (
	"errors"
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/linux/capability"
)

var errNo = errors.New("not enabled")

// written is a state of idmap.bh, whose numbers are the last ones that there are, so that lines can go beyond them.
type written struct {
	First, Second, Parent Extent // Second with Count 0 for none
	Tried, Taken          bool
	Host                  [8]int8 // by user inside; -1 for nobody
}

// line shows an extent as the models write it.
func line(e Extent) model.Value {
	return model.Value{Shape: model.Record, Elems: []model.Elem{
		{Key: "inside", Value: model.Int(int64(e.Inside))},
		{Key: "outside", Value: model.Int(int64(e.Outside))},
		{Key: "n", Value: model.Int(int64(e.Count))},
	}}
}

func optionalLine(e Extent) model.Value {
	if e.Count == 0 {
		return modelcheck.None()
	}
	return modelcheck.Some(line(e))
}

// extents lists the lines over users 0 to users-1 of up to long users.
func extents(users, long uint32) []Extent {
	var out []Extent
	for in := range users {
		for outside := range users {
			for n := range long {
				out = append(out, Extent{in, outside, n + 1})
			}
		}
	}
	return out
}

// idmapSystem is the system of idmap.bh over IDMap.
func idmapSystem(users uint32) model.System {
	top := func(e Extent) Extent {
		return Extent{e.Inside + (NoID - users), e.Outside + (NoID - users), e.Count}
	}
	return model.MustDefine(model.Definition[written]{
		Name: "IDMap",
		Init: func(yield func(written) bool) {
			all := extents(users, users)
			for _, parent := range all {
				if _, err := NewIDMap(top(parent)); err != nil {
					continue
				}
				for _, first := range all {
					for _, second := range append([]Extent{{}}, all...) {
						s := written{First: first, Second: second, Parent: parent}
						for u := range s.Host {
							s.Host[u] = -1
						}
						if !yield(s) {
							return
						}
					}
				}
			}
		},
		Actions: []model.ActionOf[written]{{Name: "Write", Next: modelcheck.Call(func(s *written) error {
			if s.Tried {
				return errNo
			}
			s.Tried = true
			lines := []Extent{top(s.First)}
			if s.Second.Count > 0 {
				lines = append(lines, top(s.Second))
			}
			parent, err := NewIDMap(top(s.Parent))
			if err != nil {
				return err
			}
			m, err := NewIDMap(lines...)
			if err == nil {
				m, err = m.Under(parent)
			}
			s.Taken = err == nil
			for u := range users {
				if host, ok := m.Out(u + (NoID - users)); ok && s.Taken {
					s.Host[u] = int8(host - (NoID - users))
				}
			}
			return nil
		})}},
		Terminal: func(s written) bool { return s.Tried },
		Show: func(s written) []model.Binding {
			return []model.Binding{
				{Name: "first", Value: line(s.First)},
				{Name: "second", Value: optionalLine(s.Second)},
				{Name: "parent", Value: line(s.Parent)},
				{Name: "tried", Value: model.Bool(s.Tried)},
				{Name: "taken", Value: model.Bool(s.Taken)},
				{Name: "host", Value: modelcheck.Map(0, int(users)-1, func(u int) model.Value {
					if s.Host[u] < 0 {
						return modelcheck.None()
					}
					return modelcheck.Some(model.Int(int64(s.Host[u])))
				})},
			}
		},
	})
}

// adversary is a state of users.bh.
type adversary struct {
	spaces *Users
	tasks  []Task
	helped []bool // by namespace
}

func (a adversary) clone() adversary {
	return adversary{a.spaces.Clone(), append([]Task{}, a.tasks...), append([]bool{}, a.helped...)}
}

// showUserCaps shows what users.bh has of a set.
func showUserCaps(s capability.Set) model.Value {
	var out []string
	for _, c := range []struct {
		name string
		cap  capability.Cap
	}{{"setuid", capability.SetUID}, {"sys_admin", capability.SysAdmin}, {"setfcap", capability.SetFCap}} {
		if s.Has(c.cap) {
			out = append(out, c.name)
		}
	}
	return modelcheck.Names(out)
}

func (a adversary) bindings() []model.Binding {
	last, u := a.spaces.room-1, a.spaces
	spaces := func(value func(n NsID) model.Value) model.Value {
		return modelcheck.Map(0, last, func(i int) model.Value { return value(NsID(i)) })
	}
	tasks := func(value func(t Task) model.Value) model.Value {
		return modelcheck.Map(1, len(a.tasks), func(i int) model.Value { return value(a.tasks[i-1]) })
	}
	return []model.Binding{
		{Name: "made", Value: model.Int(int64(u.Len() - 1))},
		{Name: "parent", Value: spaces(func(n NsID) model.Value { p, _ := u.Parent(n); return modelcheck.Int(p) })},
		{Name: "owner", Value: spaces(func(n NsID) model.Value { o, _ := u.Owner(n); return model.Int(int64(o)) })},
		{Name: "fcap", Value: spaces(func(n NsID) model.Value { return model.Bool(u.has(n) && u.spaces[n].setfcap) })},
		{Name: "lines", Value: spaces(func(n NsID) model.Value {
			out := model.Value{Shape: model.Seq}
			for _, e := range u.Map(n).Extents() {
				out.Elems = append(out.Elems, model.Elem{Value: line(e)})
			}
			return out
		})},
		{Name: "helped", Value: spaces(func(n NsID) model.Value { return model.Bool(a.helped[n]) })},
		{Name: "at", Value: tasks(func(t Task) model.Value { return modelcheck.Int(t.Ns) })},
		{Name: "user", Value: tasks(func(t Task) model.Value { return model.Int(int64(t.User)) })},
		{Name: "caps", Value: tasks(func(t Task) model.Value { return showUserCaps(t.Caps) })},
	}
}

// usersSystem is the system of users.bh over Users.
func usersSystem(procs, room int, long uint32) model.System {
	root := Task{Ns: HostNs, User: 0, Caps: capability.All}
	given := func(e Extent) bool { return e.Outside != 0 }
	type change struct {
		args model.Args
		do   func(*adversary) error
	}
	// action gives the Next of an action by its changes, in order.
	action := func(changes []change) func(adversary) iter.Seq2[model.Args, adversary] {
		return func(a adversary) iter.Seq2[model.Args, adversary] {
			return func(yield func(model.Args, adversary) bool) {
				for _, c := range changes {
					next := a.clone()
					if c.do(&next) == nil && !yield(c.args, next) {
						return
					}
				}
			}
		}
	}
	// task changes one task by a step that gives the next one.
	task := func(p int, do func(*Users, Task) (Task, error)) func(*adversary) error {
		return func(a *adversary) error {
			next, err := do(a.spaces, a.tasks[p-1])
			a.tasks[p-1] = next
			return err
		}
	}
	write := func(u *Users, t Task, n NsID, lines ...Extent) error {
		for _, e := range lines {
			if e.Inside+e.Count > 3 || e.Outside+e.Count > 3 { // the model's numbers end there
				return errNo
			}
		}
		m, err := NewIDMap(lines...)
		if err != nil {
			return err
		}
		return u.WriteMap(t, n, m)
	}
	var create, writes, helper, enter, setuid, drop []change
	for p := 1; p <= procs; p++ {
		create = append(create, change{model.Args{p}, task(p, (*Users).Create)})
		drop = append(drop, change{model.Args{p}, task(p, func(_ *Users, t Task) (Task, error) { t.Caps = 0; return t, nil })})
		for n := range NsID(room) {
			enter = append(enter, change{model.Args{p, int(n)}, task(p, func(u *Users, t Task) (Task, error) { return u.Enter(t, n) })})
			for _, e := range extents(3, long) {
				writes = append(writes, change{model.Args{p, int(n), line(e)}, func(a *adversary) error {
					return write(a.spaces, a.tasks[p-1], n, e)
				}})
			}
		}
		for id := range uint32(3) {
			setuid = append(setuid, change{model.Args{p, int(id)}, task(p, func(u *Users, t Task) (Task, error) {
				next, err := u.Setuid(t, id)
				if next.User == t.User {
					err = errNo
				}
				return next, err
			})})
		}
	}
	for n := range NsID(room) {
		for _, a := range extents(3, long) {
			for _, b := range append([]Extent{{}}, extents(3, long)...) {
				lines := []Extent{a}
				if b.Count > 0 {
					lines = append(lines, b)
				}
				helper = append(helper, change{model.Args{int(n), line(a), optionalLine(b)}, func(s *adversary) error {
					parent, ok := s.spaces.Parent(n)
					owner, _ := s.spaces.Owner(n)
					if !ok || parent != HostNs || owner != 1 || !given(a) || b.Count > 0 && !given(b) {
						return errNo
					}
					s.helped[n] = true
					return write(s.spaces, root, n, lines...)
				}})
			}
		}
	}
	return model.MustDefine(model.Definition[adversary]{
		Name: "UserNamespaces",
		Init: func(yield func(adversary) bool) {
			spaces, err := NewUsers(room)
			if err != nil {
				panic(err)
			}
			a := adversary{spaces, make([]Task, procs), make([]bool, room)}
			for i := range a.tasks {
				a.tasks[i].User = 1
			}
			yield(a)
		},
		Actions: []model.ActionOf[adversary]{
			{Name: "Create", Params: []string{"p"}, Next: action(create)},
			{Name: "WriteMap", Params: []string{"p", "n", "l"}, Next: action(writes)},
			{Name: "Helper", Params: []string{"n", "a", "b"}, Next: action(helper)},
			{Name: "Enter", Params: []string{"p", "n"}, Next: action(enter)},
			{Name: "Setuid", Params: []string{"p", "u"}, Next: action(setuid)},
			{Name: "Drop", Params: []string{"p"}, Next: action(drop)},
		},
		Invariants: []model.Predicate[adversary]{{Name: "RootSafe", Holds: func(a adversary) bool {
			for n := 1; n < a.spaces.Len(); n++ {
				if !a.spaces.HostMap(NsID(n)).RootSafe() {
					return false
				}
			}
			return true
		}}},
		Show: adversary.bindings,
	})
}
