package rbac

import (
	"errors"
	"iter"
	"slices"
	"sync"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// perms are those of escalation.bh, as rules.
var perms = []struct {
	name string
	rule Rule
}{
	{"read", Rule{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"pods"}}},
	{"write", Rule{Verbs: []string{"create"}, APIGroups: []string{""}, Resources: []string{"pods"}}},
	{"escalate", Rule{Verbs: []string{"escalate"}, APIGroups: []string{Group}, Resources: []string{"roles"}}},
	{"bind", Rule{Verbs: []string{"bind"}, APIGroups: []string{Group}, Resources: []string{"roles"}}},
}

// set is a set of perms by their places.
type set uint8

func (s set) names() []string {
	out := []string{}
	for i, p := range perms {
		if s&(1<<i) != 0 {
			out = append(out, p.name)
		}
	}
	return out
}

func (s set) rules() []Rule {
	var out []Rule
	for i, p := range perms {
		if s&(1<<i) != 0 {
			out = append(out, p.rule)
		}
	}
	return out
}

// editing is a state of escalation.bh.
type editing struct {
	Role  [2]int8    // 0 is none, else a set and one more
	Given [2][2]bool // by user and role
}

var people = []string{"alice", "bob"}

const ns = "ns"

var roleNames = []string{"r1", "r2"}

// clusters are those that were made, by state and what each user has besides.
var clusters sync.Map

// cluster is the state as a Cluster, with what each user has besides.
func (e editing) cluster(own [2]set) *Cluster {
	type key struct {
		editing
		own [2]set
	}
	made, ok := clusters.Load(key{e, own})
	if !ok {
		made = e.build(own)
		clusters.Store(key{e, own}, made)
	}
	return made.(*Cluster).Clone()
}

func (e editing) build(own [2]set) *Cluster {
	roles := []Role{{Key: Key{ns, "editor"}, Rules: []Rule{{
		Verbs: []string{"create", "update", "delete"}, APIGroups: []string{Group}, Resources: []string{"roles", "rolebindings"},
	}}}}
	bindings := []Binding{{Key{ns, "editors"}, Key{ns, "editor"}, []Subject{{Kind: UserSubject, Name: "alice"}, {Kind: UserSubject, Name: "bob"}}}}
	for u, name := range people {
		k := Key{ns, "own-" + name}
		roles = append(roles, Role{Key: k, Rules: own[u].rules()})
		bindings = append(bindings, Binding{k, k, []Subject{{Kind: UserSubject, Name: name}}})
		for r, role := range roleNames {
			if e.Given[u][r] {
				bindings = append(bindings, Binding{Key{ns, name + "-" + role}, Key{ns, role}, []Subject{{Kind: UserSubject, Name: name}}})
			}
		}
	}
	for r, s := range e.Role {
		if s > 0 {
			roles = append(roles, Role{Key: Key{ns, roleNames[r]}, Rules: set(s - 1).rules()})
		}
	}
	c, err := New(roles, bindings)
	if err != nil {
		panic(err)
	}
	return c
}

var errSame = errors.New("nothing changes")

func (e *editing) write(own [2]set, by string, r int, s set) error {
	if e.Role[r-1] == int8(s)+1 {
		return errSame
	}
	err := e.cluster(own).PutRole(User{Name: by}, Role{Key: Key{ns, roleNames[r-1]}, Rules: s.rules()})
	if err == nil {
		e.Role[r-1] = int8(s) + 1
	}
	return err
}

func (e *editing) deleteRole(own [2]set, by string, r int) error {
	err := e.cluster(own).DeleteRole(User{Name: by}, Key{ns, roleNames[r-1]})
	if err == nil {
		e.Role[r-1] = 0
	}
	return err
}

func (e *editing) bind(own [2]set, by, to string, r int) error {
	u := slices.Index(people, to)
	if e.Given[u][r-1] {
		return errSame
	}
	err := e.cluster(own).PutBinding(User{Name: by}, Binding{Key{ns, to + "-" + roleNames[r-1]}, Key{ns, roleNames[r-1]}, []Subject{{Kind: UserSubject, Name: to}}})
	if err == nil {
		e.Given[u][r-1] = true
	}
	return err
}

func (e *editing) unbind(own [2]set, by, to string, r int) error {
	err := e.cluster(own).DeleteBinding(User{Name: by}, Key{ns, to + "-" + roleNames[r-1]})
	if err == nil {
		e.Given[slices.Index(people, to)][r-1] = false
	}
	return err
}

// over3 is the Next of an action with three parameters.
func over3[S, P, Q, R any](ps []P, qs []Q, rs []R, step func(*S, P, Q, R) error) func(S) iter.Seq2[model.Args, S] {
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

// shown gives a set the look of the language.
func shown(next func(editing) iter.Seq2[model.Args, editing]) func(editing) iter.Seq2[model.Args, editing] {
	return func(e editing) iter.Seq2[model.Args, editing] {
		return func(yield func(model.Args, editing) bool) {
			for args, to := range next(e) {
				for i, a := range args {
					if s, ok := a.(set); ok {
						args[i] = modelcheck.Names(s.names())
					}
				}
				if !yield(args, to) {
					return
				}
			}
		}
	}
}

// escalationSystem is the system of escalation.bh over Cluster.
func escalationSystem(roles int, alice, bob set) model.System {
	own := [2]set{alice, bob}
	var sets []set
	for s := range set(1 << len(perms)) {
		sets = append(sets, s)
	}
	numbers := modelcheck.Numbers[int](roles)
	return model.MustDefine(model.Definition[editing]{
		Name: "Escalation",
		Init: func(yield func(editing) bool) { yield(editing{}) },
		Actions: []model.ActionOf[editing]{
			{Name: "Write", Params: []string{"by", "r", "s"}, Next: shown(over3(people, numbers, sets, func(e *editing, by string, r int, s set) error { return e.write(own, by, r, s) }))},
			{Name: "DeleteRole", Params: []string{"by", "r"}, Next: modelcheck.Call2(people, numbers, func(e *editing, by string, r int) error { return e.deleteRole(own, by, r) })},
			{Name: "Bind", Params: []string{"by", "u", "r"}, Next: over3(people, people, numbers, func(e *editing, by, to string, r int) error { return e.bind(own, by, to, r) })},
			{Name: "Unbind", Params: []string{"by", "u", "r"}, Next: over3(people, people, numbers, func(e *editing, by, to string, r int) error { return e.unbind(own, by, to, r) })},
		},
		Show: func(e editing) []model.Binding {
			given := model.Value{Shape: model.Map}
			for u, name := range people {
				for r := range roles {
					given.Elems = append(given.Elems, model.Elem{Key: name + ", " + roleNames[r][1:], Value: model.Bool(e.Given[u][r])})
				}
			}
			return []model.Binding{
				{Name: "role", Value: modelcheck.Map(1, roles, func(r int) model.Value {
					if e.Role[r-1] == 0 {
						return modelcheck.None()
					}
					return modelcheck.Some(modelcheck.Names(set(e.Role[r-1] - 1).names()))
				})},
				{Name: "given", Value: given},
			}
		},
	})
}
