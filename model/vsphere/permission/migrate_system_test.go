package permission

import (
	"fmt"
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

var onVM = []struct {
	id   Privilege
	name string
}{{HotMigrate, "hot"}, {ColdMigrate, "cold"}, {AssignVMToPool, "assign"}, {PowerOn, "power"}}

// migrating is a state of migrate.bh: what the user has on each object, and where the machine is.
type migrating struct {
	vm                   int8    // of onVM, a bit for each
	on                   [3]int8 // pools, datastores, networks: a bit for each place
	running              bool
	pool, store, network int8
}

// migrateAuthorization is a vCenter with one machine and places for it. The privileges are those of the state.
func (s migrating) authorization(places int) *Authorization {
	c := Config{
		Objects: []Object{{Name: "root"}, {Name: "vm", Parents: []Entity{"root"}}},
		Root:    "root", Users: map[string][]string{"user": nil, anybody: nil},
		Privileges: PrivilegesOf(HotMigrate, ColdMigrate, AssignVMToPool, PowerOn, AllocateSpace, AssignNetwork),
	}
	permissions := []Permission{{"root", Principal{Name: anybody}, Admin, true}}
	allow := func(e Entity, ids ...Privilege) {
		role := RoleID(len(c.Roles) + 1)
		c.Roles = append(c.Roles, Role{role, fmt.Sprint("role ", role), PrivilegesOf(ids...)})
		permissions = append(permissions, Permission{e, Principal{Name: "user"}, role, false})
	}
	var held []Privilege
	for i, p := range onVM {
		if s.vm>>i&1 == 1 {
			held = append(held, p.id)
		}
	}
	allow("vm", held...)
	for kind, id := range []Privilege{AssignVMToPool, AllocateSpace, AssignNetwork} {
		for p := range places {
			e := place(kind, p+1)
			c.Objects = append(c.Objects, Object{Name: e, Parents: []Entity{"root"}})
			if s.on[kind]>>p&1 == 1 {
				allow(e, id)
			}
		}
	}
	a, err := New(c, permissions...)
	if err != nil {
		panic(err)
	}
	return a
}

func place(kind, n int) Entity {
	return Entity(fmt.Sprint([]string{"pool", "datastore", "network"}[kind], " ", n))
}

func (s migrating) bindings() []model.Binding {
	var held []string
	for i, p := range onVM {
		if s.vm>>i&1 == 1 {
			held = append(held, p.name)
		}
	}
	places := func(kind int) model.Value {
		var out []int
		for p := range 7 {
			if s.on[kind]>>p&1 == 1 {
				out = append(out, p+1)
			}
		}
		return modelcheck.Set(out)
	}
	return []model.Binding{
		{Name: "on_vm", Value: modelcheck.Names(held)},
		{Name: "on_pool", Value: places(0)},
		{Name: "on_store", Value: places(1)},
		{Name: "on_network", Value: places(2)},
		{Name: "running", Value: model.Bool(s.running)},
		{Name: "pool", Value: model.Int(int64(s.pool))},
		{Name: "store", Value: model.Int(int64(s.store))},
		{Name: "network", Value: model.Int(int64(s.network))},
	}
}

// migrateSystem is the system of migrate.bh over Authorization and Migration.
func migrateSystem(places int) model.System {
	// changed is the entity of a place that a move changes to, else "".
	changed := func(kind int, from, to int8) Entity {
		if from == to {
			return ""
		}
		return place(kind, int(to))
	}
	return model.MustDefine(model.Definition[migrating]{
		Name: "Migrate",
		Init: func(yield func(migrating) bool) {
			for vm := range int8(1 << len(onVM)) {
				for v := range modelcheck.Vectors(3, 1<<places) {
					for _, running := range []bool{false, true} {
						s := migrating{vm: vm, on: [3]int8{int8(v[0] - 1), int8(v[1] - 1), int8(v[2] - 1)}, running: running, pool: 1, store: 1, network: 1}
						if !yield(s) {
							return
						}
					}
				}
			}
		},
		Actions: []model.ActionOf[migrating]{
			{Name: "Power", Next: modelcheck.Call(func(s *migrating) error {
				if err := s.authorization(places).Check("user", Need{"vm", PowerOn}); err != nil {
					return err
				}
				s.running = !s.running
				return nil
			})},
			{Name: "Migrate", Params: []string{"p", "s", "n"}, Next: func(s migrating) iter.Seq2[model.Args, migrating] {
				return func(yield func(model.Args, migrating) bool) {
					a := s.authorization(places)
					for v := range modelcheck.Vectors(3, places) {
						next := s
						next.pool, next.store, next.network = int8(v[0]), int8(v[1]), int8(v[2])
						m := Migration{
							VM: "vm", PoweredOn: s.running,
							Pool: changed(0, s.pool, next.pool), Datastore: changed(1, s.store, next.store), Network: changed(2, s.network, next.network),
						}
						if next == s || a.Check("user", m.Needs()...) != nil {
							continue
						}
						if !yield(model.Args{v[0], v[1], v[2]}, next) {
							return
						}
					}
				}
			}},
		},
		Terminal: func(s migrating) bool { return s.authorization(places).Check("user", Need{"vm", PowerOn}) != nil },
		Show:     migrating.bindings,
	})
}
