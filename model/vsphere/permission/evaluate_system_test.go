package permission

import (
	"iter"
	"slices"
	"sync"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

var (
	evaluated  = []Entity{"root", "folder", "pool", "vm"}
	principals = []Principal{{Name: "user"}, {Name: "ops", Group: true}, {Name: "dev", Group: true}}
	grantable  = []RoleID{NoAccess, 1, 2}
	roleNames  = map[RoleID]string{NoAccess: "no_access", 1: "powers", 2: "snapshots"}
)

// anybody is a user who may do everything, and whose permission does not concern others.
const anybody = "administrator"

func evaluateConfig() Config {
	return Config{
		Objects: []Object{
			{Name: "root"},
			{Name: "folder", Parents: []Entity{"root"}},
			{Name: "pool", Parents: []Entity{"root"}},
			{Name: "vm", Parents: []Entity{"folder", "pool"}},
		},
		Root:       "root",
		Users:      map[string][]string{"user": {"ops", "dev"}, anybody: nil},
		Privileges: PrivilegesOf(PowerOn, CreateSnapshot),
		Rules:      Rules{GrantsUnheld: true, EntityAlone: true}, // of who changes permissions, which is not what is asked here
		Roles:      []Role{{ID: 1, Name: "Powers", Privileges: PrivilegesOf(PowerOn)}, {ID: 2, Name: "Snapshots", Privileges: PrivilegesOf(CreateSnapshot)}},
	}
}

// evaluation is a state of evaluate.bh: the permissions by entity and principal, 0 for none and 1 and more for a role,
// twice: without and with propagation.
type evaluation struct {
	grants [4][3]int8
	last   string
	asked  int8 // the entity that was asked for, from 1; 0 is none
}

func (s evaluation) grant(e, p int) (RoleID, bool, bool) {
	g := s.grants[e][p] - 1
	if g < 0 {
		return 0, false, false
	}
	return grantable[g/2], g%2 == 1, true
}

func (s evaluation) count() int {
	n := 0
	for _, of := range s.grants {
		for _, g := range of {
			if g > 0 {
				n++
			}
		}
	}
	return n
}

// evaluations are the authorizations that were made, by their permissions.
var evaluations sync.Map

// once gives what was made for a key, for reading only.
func once[K comparable](made *sync.Map, k K, make func() *Authorization) *Authorization {
	if a, ok := made.Load(k); ok {
		return a.(*Authorization)
	}
	a := make()
	made.Store(k, a)
	return a
}

// authorization is the permissions of the state, set one after another.
func (s evaluation) authorization() *Authorization {
	return once(&evaluations, s.grants, func() *Authorization {
		a, err := New(evaluateConfig(), Permission{"root", Principal{Name: anybody}, Admin, true})
		if err != nil {
			panic(err)
		}
		for e := range evaluated {
			for p := range principals {
				if role, propagate, ok := s.grant(e, p); ok {
					if err := a.Set(anybody, Permission{evaluated[e], principals[p], role, propagate}); err != nil {
						panic(err)
					}
				}
			}
		}
		return a
	})
}

// told is what a user has of the two privileges that the model has.
func told(a *Authorization, user string, e Entity) model.Value {
	var out []string
	got := a.Effective(user, e)
	for _, p := range []struct {
		id   Privilege
		name string
	}{{PowerOn, "power"}, {CreateSnapshot, "snapshot"}} {
		if got.Has(p.id) {
			out = append(out, p.name)
		}
	}
	return modelcheck.Names(out)
}

func (s evaluation) bindings() []model.Binding {
	permission := model.Value{Shape: model.Map}
	for e := range evaluated {
		for p := range principals {
			v := modelcheck.None()
			if role, propagate, ok := s.grant(e, p); ok {
				v = modelcheck.Some(model.Value{Shape: model.Record, Elems: []model.Elem{
					{Key: "role", Value: model.Text(roleNames[role])}, {Key: "propagate", Value: model.Bool(propagate)},
				}})
			}
			permission.Elems = append(permission.Elems, model.Elem{Key: string(evaluated[e]) + ", " + principals[p].Name, Value: v})
		}
	}
	answer := modelcheck.None()
	if s.asked > 0 {
		e := evaluated[s.asked-1]
		answer = modelcheck.Some(model.Value{Shape: model.Record, Elems: []model.Elem{
			{Key: "entity", Value: model.Text(string(e))}, {Key: "privileges", Value: told(s.authorization(), "user", e)},
		}})
	}
	return []model.Binding{
		{Name: "permission", Value: permission},
		{Name: "last", Value: model.Text(s.last)},
		{Name: "answer", Value: answer},
	}
}

// effects are what the user has by each of the evaluations, without the privileges of the system, which come with every
// role but No Access.
var effects sync.Map

func (s evaluation) effective() [4]Privileges {
	if known, ok := effects.Load(s.grants); ok {
		return known.([4]Privileges)
	}
	var out [4]Privileges
	a := s.authorization()
	for i, e := range evaluated {
		var ids []Privilege
		for _, id := range a.Effective("user", e).ids {
			if !system.Has(id) {
				ids = append(ids, id)
			}
		}
		out[i] = PrivilegesOf(ids...)
	}
	effects.Store(s.grants, out)
	return out
}

// change makes a step of an authorization and notes whether some privilege was taken, or given.
func (s evaluation) change(step func(*Authorization) error, grant func(*evaluation), surprise func(before, after Privileges) bool, name string) (evaluation, error) {
	a := s.authorization().Clone()
	if err := step(a); err != nil {
		return s, err
	}
	before := s.effective()
	grant(&s)
	if !slices.Equal(a.Permissions(), s.authorization().Permissions()) {
		panic("the step made other permissions than those of the state after it")
	}
	s.last, s.asked = "plain", 0
	for i, after := range s.effective() {
		if surprise(before[i], after) {
			s.last = name
		}
	}
	return s, nil
}

// evaluateSystem is the system of evaluate.bh over Authorization.
func evaluateSystem(most int) model.System {
	return model.MustDefine(model.Definition[evaluation]{
		Name: "Evaluate",
		Init: func(yield func(evaluation) bool) { yield(evaluation{last: "plain"}) },
		Actions: []model.ActionOf[evaluation]{
			{Name: "Add", Params: []string{"e", "p", "r", "propagate"}, Next: func(s evaluation) iter.Seq2[model.Args, evaluation] {
				return func(yield func(model.Args, evaluation) bool) {
					for e := range evaluated {
						for p := range principals {
							if s.grants[e][p] != 0 || s.count() >= most {
								continue
							}
							for r := range grantable {
								for _, propagate := range []bool{false, true} {
									next, err := s.change(
										func(a *Authorization) error {
											return a.Set(anybody, Permission{evaluated[e], principals[p], grantable[r], propagate})
										},
										func(s *evaluation) {
											s.grants[e][p] = int8(2*r + 1)
											if propagate {
												s.grants[e][p]++
											}
										},
										func(before, after Privileges) bool { return !after.Contains(before) }, "took")
									if err != nil {
										panic(err)
									}
									if !yield(model.Args{string(evaluated[e]), principals[p].Name, roleNames[grantable[r]], propagate}, next) {
										return
									}
								}
							}
						}
					}
				}
			}},
			{Name: "Remove", Params: []string{"e", "p"}, Next: func(s evaluation) iter.Seq2[model.Args, evaluation] {
				return func(yield func(model.Args, evaluation) bool) {
					for e := range evaluated {
						for p := range principals {
							next, err := s.change(
								func(a *Authorization) error { return a.Remove(anybody, evaluated[e], principals[p]) },
								func(s *evaluation) { s.grants[e][p] = 0 },
								func(before, after Privileges) bool { return !before.Contains(after) }, "gave")
							if err == nil && !yield(model.Args{string(evaluated[e]), principals[p].Name}, next) {
								return
							}
						}
					}
				}
			}},
			{Name: "Ask", Params: []string{"e"}, Next: func(s evaluation) iter.Seq2[model.Args, evaluation] {
				return func(yield func(model.Args, evaluation) bool) {
					if s.last != "plain" || s.count() == 0 {
						return
					}
					for e := range evaluated {
						next := s
						next.asked = int8(e + 1)
						if !yield(model.Args{string(evaluated[e])}, next) {
							return
						}
					}
				}
			}},
		},
		Show: evaluation.bindings,
	})
}
