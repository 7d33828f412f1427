package permission

import (
	"iter"
	"sync"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

var (
	folders  = []Entity{"root", "folder"}
	admins   = []Principal{{Name: "alice"}, {Name: "bob"}, {Name: "admins", Group: true}}
	roles    = []RoleID{NoAccess, 1, 2, Admin}
	roleText = []string{"no_access", "operator", "delegate", "admin"}
)

// host stands for all that only an administrator has.
const host Privilege = "Host.Config.Maintenance"

func administerConfig(rules Rules) Config {
	return Config{
		Objects:    []Object{{Name: "root"}, {Name: "folder", Parents: []Entity{"root"}}},
		Root:       "root",
		Users:      map[string][]string{"alice": {"admins"}, "bob": {"admins"}},
		Privileges: PrivilegesOf(PowerOn, host),
		Roles: []Role{
			{ID: 1, Name: "Operator", Privileges: PrivilegesOf(PowerOn)},
			{ID: 2, Name: "Delegate", Privileges: PrivilegesOf(PowerOn, ModifyPermissions)},
		},
		Rules: rules,
	}
}

// administration is a state of administer.bh: a role for each entity and principal, from 1; 0 is none.
type administration struct {
	grants [2][3]int8
	raised bool
}

// administrations are the authorizations that were made, by permissions and rules.
var administrations sync.Map

func (s administration) authorization(rules Rules) *Authorization {
	type key struct {
		grants [2][3]int8
		rules  Rules
	}
	return once(&administrations, key{s.grants, rules}, func() *Authorization {
		var all []Permission
		for e := range folders {
			for p := range admins {
				if g := s.grants[e][p]; g > 0 {
					all = append(all, Permission{folders[e], admins[p], roles[g-1], true})
				}
			}
		}
		a, err := New(administerConfig(rules), all...)
		if err != nil {
			panic(err)
		}
		return a
	})
}

func (s administration) count() int {
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

func (s administration) bindings() []model.Binding {
	permission := model.Value{Shape: model.Map}
	for e := range folders {
		for p := range admins {
			v := modelcheck.None()
			if g := s.grants[e][p]; g > 0 {
				v = modelcheck.Some(model.Text(roleText[g-1]))
			}
			permission.Elems = append(permission.Elems, model.Elem{Key: string(folders[e]) + ", " + admins[p].Name, Value: v})
		}
	}
	last := "plain"
	if s.raised {
		last = "raised"
	}
	return []model.Binding{{Name: "permission", Value: permission}, {Name: "last", Value: model.Text(last)}}
}

// administerSystem is the system of administer.bh over Authorization.
func administerSystem(most int, rules Rules) model.System {
	// step makes a step by a user and notes whether it raised itself.
	step := func(s administration, by string, do func(*Authorization) error, e, p int, grant int8) (administration, bool) {
		a := s.authorization(rules).Clone()
		before := a.Effective(by, "root").Union(a.Effective(by, "folder"))
		if do(a) != nil {
			return s, false
		}
		s.grants[e][p] = grant
		s.raised = !before.Contains(a.Effective(by, "root").Union(a.Effective(by, "folder")))
		return s, true
	}
	return model.MustDefine(model.Definition[administration]{
		Name: "Administer",
		Init: func(yield func(administration) bool) {
			yield(administration{grants: [2][3]int8{{2: 4}}})
		},
		Actions: []model.ActionOf[administration]{
			{Name: "Set", Params: []string{"by", "e", "p", "r"}, Next: func(s administration) iter.Seq2[model.Args, administration] {
				return func(yield func(model.Args, administration) bool) {
					for _, by := range []string{"alice", "bob"} {
						for e := range folders {
							for p := range admins {
								for r := range roles {
									if int(s.grants[e][p]) == r+1 || s.grants[e][p] == 0 && s.count() >= most {
										continue
									}
									set := func(a *Authorization) error { return a.Set(by, Permission{folders[e], admins[p], roles[r], true}) }
									next, ok := step(s, by, set, e, p, int8(r+1))
									if ok && !yield(model.Args{by, string(folders[e]), admins[p].Name, roleText[r]}, next) {
										return
									}
								}
							}
						}
					}
				}
			}},
			{Name: "Remove", Params: []string{"by", "e", "p"}, Next: func(s administration) iter.Seq2[model.Args, administration] {
				return func(yield func(model.Args, administration) bool) {
					for _, by := range []string{"alice", "bob"} {
						for e := range folders {
							for p := range admins {
								next, ok := step(s, by, func(a *Authorization) error { return a.Remove(by, folders[e], admins[p]) }, e, p, 0)
								if ok && !yield(model.Args{by, string(folders[e]), admins[p].Name}, next) {
									return
								}
							}
						}
					}
				}
			}},
		},
		// Nobody can change anything any more.
		Terminal: func(s administration) bool {
			a := s.authorization(rules)
			return !a.Effective("alice", "root").Has(ModifyPermissions) && !a.Effective("bob", "root").Has(ModifyPermissions)
		},
		Show: administration.bindings,
	})
}
