package visited

import (
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

// TestFilterAsMap: a filter has met no state that it has not, nor by an action with a greater number; states one after
// another and many at a time are the same to it.
func TestFilterAsMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLayout(1, rapid.IntRange(3, 64).Draw(t, "bits"))
		one, many := NewFilter(1), NewFilter(1)
		least := map[uint64]uint32{}
		for range rapid.IntRange(1, 20).Draw(t, "batches") {
			b := &Batch{Width: 1}
			var actions []model.ActionID
			var notes []uint32
			var kept []uint64
			for range rapid.IntRange(1, 30).Draw(t, "states") {
				s := rapid.Uint64Range(0, 60).Draw(t, "state") * hash.A & l.mask[0]
				a := rapid.Uint32Range(0, 3).Draw(t, "action")
				b.Words, actions, notes = append(b.Words, s), append(actions, model.ActionID(a)), append(notes, uint32(s)^a)
				old, there := least[s]
				if one.Met([]uint64{s}, l.Home([]uint64{s}), a) {
					if !there || a < old {
						t.Fatalf("state %x has been met by action %d, which came by %d (%v)", s, a, old, there)
					}
					continue
				}
				kept = append(kept, s, uint64(uint32(s)^a)<<32|uint64(a), l.Home([]uint64{s}))
				if !there || a < old {
					least[s] = a
				}
			}
			many.Sift(&l, b, 0, 0, actions, notes)
			var got []uint64
			for i, s := range b.Words {
				got = append(got, s, b.Froms[i], b.Hashes[i])
			}
			if !slices.Equal(got, kept) {
				t.Fatalf("many at a time %x are left, one after another %x", got, kept)
			}
		}
		if one.asked != many.asked || one.met != many.met {
			t.Fatalf("%d of %d have been met one after another, %d of %d many at a time", one.met, one.asked, many.met, many.asked)
		}
	})
}

// TestFilterPays: few states tell nothing, and what was long ago does not count.
func TestFilterPays(t *testing.T) {
	f := NewFilter(2)
	look := func(n, different int) {
		for i := range n {
			s := []uint64{uint64(i % different), 7}
			f.Met(s, hash.Of(s), 0)
		}
	}
	if look(filterTrial/2, filterTrial); !f.Pays(4) {
		t.Error("half a trial should not tell that a filter does not pay")
	}
	if look(filterTrial, 2*filterTrial); f.Pays(4) {
		t.Error("a filter that meets nothing should not pay")
	}
	if look(filterTrial, 100); !f.Pays(4) {
		t.Error("a filter that meets nearly everything should pay, whatever was before")
	}
}
