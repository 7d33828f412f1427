package access

import (
	"iter"
	"slices"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

var (
	twoUsers   = []string{"alice", "bob"}
	threeRoles = []string{"payer", "approver", "officer"}
)

// staffing is a state of roles.bh: sets by the places of their members.
type staffing struct {
	Assigned, Active [2]uint8
	Granted          [3]uint8
	Done             uint8 // 0 is none, else the user and the permission, from 1
}

func rolesConfig(perms int) RolesConfig {
	c := RolesConfig{
		Users: twoUsers, Roles: threeRoles, Officer: "officer",
		Static:   []Exclusion{{[]string{"payer", "approver"}, 1}},
		Dynamic:  []Exclusion{{[]string{"payer", "officer"}, 1}},
		Assigned: map[string][]string{"alice": {"officer"}, "bob": {"officer"}},
	}
	for p := range perms {
		c.Permissions = append(c.Permissions, string(rune('1'+p)))
	}
	return c
}

// members are those of all whose places are in a set.
func members(all []string, set uint8) []string {
	out := []string{}
	for i, name := range all {
		if set&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// places is the set of the places of some of all.
func places(all, some []string) uint8 {
	var out uint8
	for i, name := range all {
		if slices.Contains(some, name) {
			out |= 1 << i
		}
	}
	return out
}

// step takes a step of Roles, and notes what was done.
func (s *staffing) step(c RolesConfig, done uint8, do func(*Roles) error) error {
	r := &Roles{c, map[string][]string{}, map[string][]string{}, map[string][]string{}}
	for i, u := range twoUsers {
		r.assigned[u], r.active[u] = members(threeRoles, s.Assigned[i]), members(threeRoles, s.Active[i])
	}
	for i, role := range threeRoles {
		r.granted[role] = members(c.Permissions, s.Granted[i])
	}
	if err := do(r); err != nil {
		return err
	}
	for i, u := range twoUsers {
		s.Assigned[i], s.Active[i] = places(threeRoles, r.Assigned(u)), places(threeRoles, r.Active(u))
	}
	for i, role := range threeRoles {
		s.Granted[i] = places(c.Permissions, r.Granted(role))
	}
	s.Done = done
	return nil
}

// over3 is the Next of an action with three parameters.
func over3[S any](ps, qs, rs []string, step func(*S, string, string, string) error) func(S) iter.Seq2[model.Args, S] {
	return func(s S) iter.Seq2[model.Args, S] {
		return func(yield func(model.Args, S) bool) {
			for _, p := range ps {
				for _, q := range qs {
					for _, r := range rs {
						next := s
						if step(&next, p, q, r) == nil && !yield(model.Args{p, q, r}, next) {
							return
						}
					}
				}
			}
		}
	}
}

// rolesSystem is the system of roles.bh over Roles.
func rolesSystem(perms int) model.System {
	c := rolesConfig(perms)
	made, err := NewRoles(c)
	if err != nil {
		panic(err)
	}
	change := func(do func(*Roles, string, string, string) error) func(*staffing, string, string, string) error {
		return func(s *staffing, by, x, y string) error {
			return s.step(c, 0, func(r *Roles) error { return do(r, by, x, y) })
		}
	}
	session := func(do func(*Roles, string, string) error) func(staffing) iter.Seq2[model.Args, staffing] {
		return modelcheck.Call2(twoUsers, threeRoles, func(s *staffing, u, role string) error {
			return s.step(c, 0, func(r *Roles) error { return do(r, u, role) })
		})
	}
	show := func(all []string, keys []string, sets []uint8) model.Value {
		out := model.Value{Shape: model.Map}
		for i, k := range keys {
			out.Elems = append(out.Elems, model.Elem{Key: k, Value: modelcheck.Names(members(all, sets[i]))})
		}
		return out
	}
	return model.MustDefine(model.Definition[staffing]{
		Name: "Roles",
		Init: func(yield func(staffing) bool) {
			var s staffing
			for i, u := range twoUsers {
				s.Assigned[i] = places(threeRoles, made.Assigned(u))
			}
			yield(s)
		},
		Actions: []model.ActionOf[staffing]{
			{Name: "Assign", Params: []string{"by", "u", "r"}, Next: over3(twoUsers, twoUsers, threeRoles, change((*Roles).Assign))},
			{Name: "Deassign", Params: []string{"by", "u", "r"}, Next: over3(twoUsers, twoUsers, threeRoles, change((*Roles).Deassign))},
			{Name: "Grant", Params: []string{"by", "r", "p"}, Next: over3(twoUsers, threeRoles, c.Permissions, change((*Roles).Grant))},
			{Name: "Revoke", Params: []string{"by", "r", "p"}, Next: over3(twoUsers, threeRoles, c.Permissions, change((*Roles).Revoke))},
			{Name: "Activate", Params: []string{"u", "r"}, Next: session((*Roles).Activate)},
			{Name: "Drop", Params: []string{"u", "r"}, Next: session((*Roles).Drop)},
			{Name: "Perform", Params: []string{"u", "p"}, Next: modelcheck.Call2(twoUsers, c.Permissions, func(s *staffing, u, p string) error {
				done := 1 + uint8(slices.Index(twoUsers, u)) + 2*uint8(slices.Index(c.Permissions, p))
				return s.step(c, done, func(r *Roles) error { return r.Perform(u, p) })
			})},
		},
		Show: func(s staffing) []model.Binding {
			done := modelcheck.None()
			if s.Done > 0 {
				done = modelcheck.Some(model.Value{Shape: model.Record, Elems: []model.Elem{
					{Key: "user", Value: model.Text(twoUsers[(s.Done-1)%2])}, {Key: "perm", Value: model.Text(c.Permissions[(s.Done-1)/2])},
				}})
			}
			return []model.Binding{
				{Name: "assigned", Value: show(threeRoles, twoUsers, s.Assigned[:])},
				{Name: "granted", Value: show(c.Permissions, threeRoles, s.Granted[:])},
				{Name: "active", Value: show(threeRoles, twoUsers, s.Active[:])},
				{Name: "done", Value: done},
			}
		},
	})
}
