package visited

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Order is in which order the bits of wide states are folded. How well a tree compresses depends on that: below a node
// should lie what changes together. The order of the bits in a state tells little about it, since systems lay states out to be
// fast. So some steps of random walks are looked at before the search. Verdicts, counts and runs do not depend on it.
type Order struct {
	to      []uint32 // by bit of a state: its place
	from    []uint32 // by place: the bit
	weights []int    // by word of 64 places: how many kinds of bits are in it that change
}

const (
	orderSteps  = 1024 // that are looked at; a multiple of 64
	orderGroups = 2048 // kinds of bits that are compared two by two, at most
)

// Changes notes which bits change in steps of a system.
type Changes struct {
	words   int
	columns [][orderSteps / 64]uint64 // by bit: the steps in which it changed
	steps   int
}

// NewChanges is for states of so many words. Where nothing is noted the order is that of the state.
func NewChanges(words int) *Changes {
	return &Changes{words: words, columns: make([][orderSteps / 64]uint64, 64*words)}
}

// Full tells whether no more steps are wanted.
func (o *Changes) Full() bool { return o.steps == orderSteps }

// Note takes a step from s to t.
func (o *Changes) Note(s, t model.State) {
	for i := range t {
		for x := s[i] ^ t[i]; x != 0; x &= x - 1 {
			o.columns[64*i+bits.TrailingZeros64(x)][o.steps/64] |= 1 << (o.steps % 64)
		}
	}
	o.steps++
}

// kind is bits that change in the same steps.
type kind struct {
	bits  []uint32
	steps []uint64
	n     int // of steps
}

// kinds gives the kinds of bits in the order of their first bits, and the bits that do not change.
func (o *Changes) kinds() (out []*kind, rest []uint32) {
	by := map[[orderSteps / 8]byte]*kind{}
	for b := range o.columns {
		var text [orderSteps / 8]byte
		n := 0
		for i, x := range o.columns[b] {
			n += bits.OnesCount64(x)
			binary.LittleEndian.PutUint64(text[8*i:], x)
		}
		if n == 0 {
			rest = append(rest, uint32(b))
			continue
		}
		k := by[text]
		if k == nil {
			k = &kind{steps: o.columns[b][:], n: n}
			by[text] = k
			out = append(out, k)
		}
		k.bits = append(k.bits, uint32(b))
	}
	return out, rest
}

// Order puts kinds of bits one after another as Prim's algorithm visits them: next comes the one that is most like any of
// those before. So what is more alike among itself than it is like anything else stays together.
func (o *Changes) Order() *Order {
	kinds, rest := o.kinds()
	if len(kinds) > 1 && len(kinds) <= orderGroups {
		like := make([]float64, len(kinds)) // to those before; below 0 for these
		at := 0
		var sorted []*kind
		for {
			sorted = append(sorted, kinds[at])
			like[at] = -1
			best := -1
			for i, k := range kinds {
				if like[i] < 0 {
					continue
				}
				like[i] = max(like[i], jaccard(kinds[at], k))
				if best < 0 || like[i] > like[best] {
					best = i
				}
			}
			if best < 0 {
				break
			}
			at = best
		}
		kinds = sorted
	}
	out := &Order{to: make([]uint32, 64*o.words), weights: make([]int, o.words)}
	for _, k := range kinds {
		first := len(out.from) / 64
		out.from = append(out.from, k.bits...)
		for w := first; w <= (len(out.from)-1)/64; w++ {
			out.weights[w]++
		}
	}
	out.from = slices.Concat(out.from, rest)
	for place, b := range out.from {
		out.to[b] = uint32(place)
	}
	return out
}

// jaccard is the share of the steps in which both change among those in which one does.
func jaccard(a, b *kind) float64 {
	both := 0
	for i, x := range a.steps {
		both += bits.OnesCount64(x & b.steps[i])
	}
	return float64(both) / float64(a.n+b.n-both)
}
