package confine

import (
	"errors"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/linux/capability"
)

// tweaked is a state of tweak.bh: the options, each a set of its three capabilities as bits, and what the container has.
type tweaked struct {
	Privileged, AddedAll, DroppedAll, Created bool
	Added, Dropped                            uint8
	Bounding                                  capability.Set
}

var tweakCaps = []struct {
	name string
	cap  capability.Cap
}{{"chown", capability.Chown}, {"net_raw", capability.NetRaw}, {"sys_admin", capability.SysAdmin}}

// names gives the capabilities of a set of bits as the API of the engine takes them, with ALL.
func names(bits uint8, all bool) []string {
	var out []string
	for i, c := range tweakCaps {
		if bits>>i&1 != 0 {
			out = append(out, "CAP_"+c.cap.String())
		}
	}
	if all {
		out = append(out, "ALL")
	}
	return out
}

func showBits(bits uint8) model.Value {
	var out []string
	for i, c := range tweakCaps {
		if bits>>i&1 != 0 {
			out = append(out, c.name)
		}
	}
	return modelcheck.Names(out)
}

func bits(s capability.Set) uint8 {
	var out uint8
	for i, c := range tweakCaps {
		if s.Has(c.cap) {
			out |= 1 << i
		}
	}
	return out
}

var errNo = errors.New("not enabled")

// tweakSystem is the system of tweak.bh over Tweak.
func tweakSystem() model.System {
	return model.MustDefine(model.Definition[tweaked]{
		Name: "Tweak",
		Init: func(yield func(tweaked) bool) {
			for i := range 1 << 9 {
				s := tweaked{
					Added: uint8(i & 7), Dropped: uint8(i >> 3 & 7),
					AddedAll: i>>6&1 != 0, DroppedAll: i>>7&1 != 0, Privileged: i>>8 != 0,
				}
				if !yield(s) {
					return
				}
			}
		},
		Actions: []model.ActionOf[tweaked]{{Name: "Create", Next: modelcheck.Call(func(s *tweaked) error {
			if s.Created {
				return errNo
			}
			got, err := Tweak(DefaultCaps, names(s.Added, s.AddedAll), names(s.Dropped, s.DroppedAll), s.Privileged)
			s.Created, s.Bounding = true, got
			return err
		})}},
		Terminal: func(s tweaked) bool { return s.Created },
		Show: func(s tweaked) []model.Binding {
			return []model.Binding{
				{Name: "privileged", Value: model.Bool(s.Privileged)},
				{Name: "added", Value: showBits(s.Added)},
				{Name: "dropped", Value: showBits(s.Dropped)},
				{Name: "added_all", Value: model.Bool(s.AddedAll)},
				{Name: "dropped_all", Value: model.Bool(s.DroppedAll)},
				{Name: "created", Value: model.Bool(s.Created)},
				{Name: "bounding", Value: showBits(bits(s.Bounding))},
			}
		},
	})
}
