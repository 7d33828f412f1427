package access

import (
	"iter"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// review is a state of least.bh: sets by the places of their members.
type review struct {
	Permits              [2]uint8
	Has                  uint8
	Used, Unused, Before uint8
	Reviewed             bool
}

var readerWriter = []string{"reader", "writer"}

func (r review) usage(perms []string) Usage {
	u := Usage{Permits: map[string][]string{}, Used: members(perms, r.Used)}
	for _, role := range members(readerWriter, r.Has) {
		u.Permits[role] = members(perms, r.Permits[places(readerWriter, []string{role})-1])
	}
	return u
}

// leastSystem is the system of least.bh over Usage.
func leastSystem(n int) model.System {
	var perms []string
	for p := range n {
		perms = append(perms, strconv.Itoa(p+1))
	}
	return model.MustDefine(model.Definition[review]{
		Name: "Least",
		Init: func(yield func(review) bool) {
			for i := range uint8(1 << n) {
				for j := range uint8(1 << n) {
					for has := range uint8(4) {
						if !yield(review{Permits: [2]uint8{i, j}, Has: has}) {
							return
						}
					}
				}
			}
		},
		Actions: []model.ActionOf[review]{
			{Name: "Use", Params: []string{"p"}, Next: func(r review) iter.Seq2[model.Args, review] {
				return func(yield func(model.Args, review) bool) {
					granted := places(perms, r.usage(perms).Granted())
					for i, p := range perms {
						next := r
						next.Used |= 1 << i
						if granted&(1<<i) != 0 && (r.Reviewed || r.Used&(1<<i) == 0) && !yield(model.Args{p}, next) {
							return
						}
					}
				}
			}},
			{Name: "Review", Next: model.Guarded(func(r review) bool { return !r.Reviewed }, func(r review) review {
				u := r.usage(perms)
				r.Before, r.Unused, r.Reviewed = places(perms, u.Granted()), places(perms, u.Unused()), true
				for role, kept := range u.Reduced() {
					r.Permits[places(readerWriter, []string{role})-1] = places(perms, kept)
				}
				return r
			})},
		},
		Terminal: func(r review) bool { return r.Reviewed },
		Show: func(r review) []model.Binding {
			set := func(s uint8) model.Value { return modelcheck.Names(members(perms, s)) }
			phase := "working"
			if r.Reviewed {
				phase = "reviewed"
			}
			return []model.Binding{
				{Name: "permits", Value: model.Value{Shape: model.Map, Elems: []model.Elem{{Key: "reader", Value: set(r.Permits[0])}, {Key: "writer", Value: set(r.Permits[1])}}}},
				{Name: "has", Value: modelcheck.Names(members(readerWriter, r.Has))},
				{Name: "used", Value: set(r.Used)},
				{Name: "unused", Value: set(r.Unused)},
				{Name: "before", Value: set(r.Before)},
				{Name: "phase", Value: model.Text(phase)},
			}
		},
	})
}
