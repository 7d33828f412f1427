package permission

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

var (
	drawnPrivileges = []Privilege{PowerOn, CreateSnapshot, HotMigrate, ModifyPermissions}
	drawnUsers      = []string{"u", "v"}
	drawnGroups     = []string{"g", "h", "k"}
)

// drawAuthorization draws an inventory in which an entity has any of those before it as parents, users in any groups,
// and permissions.
func drawAuthorization(t *rapid.T) *Authorization {
	c := Config{
		Objects:    []Object{{Name: "global"}, {Name: "root", Parents: []Entity{"global"}}},
		Root:       "root",
		Users:      map[string][]string{anybody: nil},
		Groups:     drawnGroups,
		Privileges: PrivilegesOf(drawnPrivileges...),
		Rules:      Rules{GrantsUnheld: rapid.Bool().Draw(t, "unheld"), EntityAlone: rapid.Bool().Draw(t, "alone")},
	}
	names := []Entity{"global", "root"}
	for i := range rapid.IntRange(1, 5).Draw(t, "entities") {
		o := Object{Name: Entity(fmt.Sprint("e", i))}
		o.Parents = rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 2, rapid.ID).Draw(t, "parents")
		o.Fixed = len(o.Parents) == 1 && rapid.IntRange(0, 4).Draw(t, "fixed") == 0
		c.Objects = append(c.Objects, o)
		names = append(names, o.Name)
	}
	for _, u := range drawnUsers {
		c.Users[u] = rapid.SliceOfNDistinct(rapid.SampledFrom(drawnGroups), 0, 3, rapid.ID).Draw(t, "groups")
	}
	for i := range 3 {
		ids := rapid.SliceOfNDistinct(rapid.SampledFrom(drawnPrivileges), 1, 4, rapid.ID).Draw(t, "role")
		c.Roles = append(c.Roles, Role{RoleID(i + 1), fmt.Sprint("role ", i+1), PrivilegesOf(ids...)})
	}
	permissions := []Permission{{"root", Principal{Name: anybody}, Admin, true}}
	for range rapid.IntRange(0, 8).Draw(t, "permissions") {
		p := drawPermission(t, names)
		fixed := slices.ContainsFunc(c.Objects, func(o Object) bool { return o.Name == p.Entity && o.Fixed })
		if !fixed && !slices.ContainsFunc(permissions, func(q Permission) bool { return p.Entity == q.Entity && p.Principal == q.Principal }) {
			permissions = append(permissions, p)
		}
	}
	a, err := New(c, permissions...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func drawPermission(t *rapid.T, entities []Entity) Permission {
	p := Permission{
		Entity:    rapid.SampledFrom(entities).Draw(t, "entity"),
		Role:      rapid.SampledFrom([]RoleID{NoAccess, ReadOnly, Admin, 1, 2, 3}).Draw(t, "role"),
		Propagate: rapid.IntRange(0, 3).Draw(t, "propagate") > 0,
		Principal: Principal{Name: rapid.SampledFrom(drawnUsers).Draw(t, "user")},
	}
	if rapid.Bool().Draw(t, "group") {
		p.Principal = Principal{Name: rapid.SampledFrom(drawnGroups).Draw(t, "group"), Group: true}
	}
	return p
}

func entitiesOf(a *Authorization) []Entity {
	var out []Entity
	for e := range a.objects {
		out = append(out, e)
	}
	slices.Sort(out)
	return out
}

// pathsUp gives every way from an entity to the top.
func pathsUp(a *Authorization, e Entity) [][]Entity {
	parents := a.objects[e].Parents
	if len(parents) == 0 {
		return [][]Entity{{e}}
	}
	var out [][]Entity
	for _, p := range parents {
		for _, rest := range pathsUp(a, p) {
			out = append(out, append([]Entity{e}, rest...))
		}
	}
	return out
}

// oracle works out what a user has on an entity as the manual tells it, from the list of permissions: along every way to the
// top, the first entity with a permission that applies decides, and all ways together count.
func oracle(a *Authorization, user string, e Entity) map[Privilege]bool {
	out := map[Privilege]bool{}
	for _, path := range pathsUp(a, e) {
		own := true // still on the entity, or on one whose permissions it always has
		for _, at := range path {
			if a.objects[at].Fixed {
				continue
			}
			var mine, groups []Permission
			for _, p := range a.permissions {
				if p.Entity != at || !own && !p.Propagate {
					continue
				}
				if !p.Principal.Group && p.Principal.Name == user {
					mine = append(mine, p)
				}
				if p.Principal.Group && slices.Contains(a.users[user], p.Principal.Name) {
					groups = append(groups, p)
				}
			}
			deciding := groups
			if len(mine) > 0 {
				deciding = mine
			}
			for _, p := range deciding {
				for _, id := range a.roles[p.Role].Privileges.ids {
					out[id] = true
				}
			}
			if len(deciding) > 0 {
				break
			}
			own = false
		}
	}
	return out
}

// On drawn inventories the evaluation is that of the oracle.
func TestEffectiveIsTheOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawAuthorization(t)
		for _, u := range drawnUsers {
			for _, e := range entitiesOf(a) {
				want := oracle(a, u, e)
				got := a.Effective(u, e)
				if len(got.ids) != len(want) {
					t.Fatalf("%s on %s: got %s, want %v", u, e, got, want)
				}
				for _, id := range got.ids {
					if !want[id] {
						t.Fatalf("%s on %s: got %s, want %v", u, e, got, want)
					}
				}
			}
		}
	})
}

// On drawn runs: who may not change a permission is refused and changes nothing, by the rules as the sources state
// them; the root folder keeps its administrator; a change shows below its entity only; and what is granted is no more
// than the one who grants it has there, unless the rules allow that.
func TestChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawAuthorization(t)
		entities := entitiesOf(a)
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			by := rapid.SampledFrom(append([]string{anybody}, drawnUsers...)).Draw(t, "by")
			p := drawPermission(t, entities)
			if rapid.IntRange(0, 6).Draw(t, "the administrator") == 0 {
				p.Principal = Principal{Name: anybody}
			}
			before := a.Clone()
			removes := rapid.Bool().Draw(t, "remove")
			old, there := a.find(p.Entity, p.Principal)
			var err error
			if removes {
				err = a.Remove(by, p.Entity, p.Principal)
				p.Role, p.Propagate = old.Role, old.Propagate
			} else {
				err = a.Set(by, p)
			}
			allowed := oracle(before, by, p.Entity)[ModifyPermissions]
			if !a.rules.EntityAlone && p.Entity != "root" {
				for _, parent := range a.objects[p.Entity].Parents {
					allowed = allowed && oracle(before, by, parent)[ModifyPermissions]
				}
			}
			if !a.rules.GrantsUnheld {
				for _, id := range a.roles[p.Role].Privileges.ids {
					allowed = allowed && oracle(before, by, p.Entity)[id]
				}
			}
			want := ""
			switch onRoot := func(q Permission) bool { return q.Entity == "root" && q.Role == Admin && q.Principal != p.Principal }; {
			case a.objects[p.Entity].Fixed:
				want = InvalidArgument
			case removes && !there:
				want = NotFound
			case !allowed:
				want = NoPermission
			case p.Entity == "root" && (removes || p.Role != Admin) && !slices.ContainsFunc(before.permissions, onRoot):
				want = AuthMinimumAdminPermission
			}
			if want != "" {
				var fault *Fault
				if !errors.As(err, &fault) || fault.Name != want || !errors.Is(err, model.ErrRefused) || !slices.Equal(a.permissions, before.permissions) {
					t.Fatalf("%s, %v, removes %t: got %v and %v, want %s and no change of %v", by, p, removes, err, a.permissions, want, before.permissions)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s, %v, removes %t: got %v, want no fault", by, p, removes, err)
			}
			if got, ok := a.find(p.Entity, p.Principal); ok == removes || ok && got != p || len(a.permissions) != len(before.permissions)+map[[2]bool]int{{true, true}: -1, {false, false}: 1}[[2]bool{removes, there}] {
				t.Fatalf("%v, removes %t: got %v", p, removes, a.permissions)
			}
			for _, u := range drawnUsers {
				for _, e := range entities {
					reached := slices.ContainsFunc(pathsUp(a, e), func(path []Entity) bool { return slices.Contains(path, p.Entity) })
					if !reached && !a.Effective(u, e).Equal(before.Effective(u, e)) {
						t.Fatalf("%v, removes %t: %s has something else on %s", p, removes, u, e)
					}
				}
			}
			if user := p.Principal.Name; !removes && !p.Principal.Group && user != anybody && !a.rules.GrantsUnheld && !before.Effective(by, p.Entity).Contains(a.Effective(user, p.Entity)) {
				t.Fatalf("%s gave %v, which it had not", by, p)
			}
		}
	})
}
