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
	to, from []uint32 // by bit of a state: its place; by place: the bit
	weights  []int    // by word of 64 places: how many kinds of bits are in it that change
	paths    [][]path // by word of places: from where its bits come
}

// path is where some bits of a word of places come from: one word, by one rotation.
type path struct {
	mask   uint64 // of the bits there
	word   uint32
	rotate uint8
}

// newOrder makes an order from the bits, each of which stands there once, and weights.
func newOrder(from []uint32, weights []int) *Order {
	o := &Order{to: make([]uint32, len(from)), from: from, weights: weights, paths: make([][]path, len(weights))}
	for place, b := range from {
		o.to[b] = uint32(place)
		p := path{1 << (b & 63), b >> 6, uint8(place-int(b)) & 63}
		of := &o.paths[place>>6]
		if k := slices.IndexFunc(*of, func(q path) bool { return q.word == p.word && q.rotate == p.rotate }); k >= 0 {
			(*of)[k].mask |= p.mask
		} else {
			*of = append(*of, p)
		}
	}
	return o
}

// gather takes the bits of a word of places from a state, where they become 0.
func gather(paths []path, s []uint64) (word uint64) {
	for i := range paths {
		p := &paths[i]
		w := &s[p.word]
		word |= bits.RotateLeft64(*w&p.mask, int(p.rotate))
		*w &^= p.mask
	}
	return word
}

// scatter changes in a state what is 1 in a word of places.
func scatter(paths []path, word uint64, s []uint64) {
	for i := range paths {
		p := &paths[i]
		s[p.word] ^= bits.RotateLeft64(word, -int(p.rotate)) & p.mask
	}
}

const (
	orderSteps  = 1024 // that are looked at; a multiple of 64
	orderGroups = 2048 // kinds of bits that are compared two by two, at most
	orderWords  = 1 << 18
)

// Changes notes which bits change in steps of a system.
type Changes struct {
	words   int
	columns [][orderSteps / 64]uint64 // by bit: the steps in which it changed
	steps   int
	states  []uint64 // that the first steps led to, orderWords in all at most
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
	if len(o.states)+len(t) <= orderWords {
		o.states = append(o.states, t...)
	}
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

// Order gives the better of two orders: that of the state, which often keeps together what belongs to one process, and that of
// similar. The better one is that by which the trees of the states met have fewer different nodes.
func (o *Changes) Order() *Order {
	kinds, rest := o.kinds()
	own := o.spread(kinds, rest, func(kinds []*kind) (bits []uint32) {
		for _, k := range kinds {
			bits = append(bits, k.bits...)
		}
		slices.Sort(bits)
		return bits
	})
	if len(kinds) <= 1 || len(kinds) > orderGroups {
		return own
	}
	alike := o.spread(kinds, rest, func(kinds []*kind) (bits []uint32) {
		for _, k := range similar(kinds) {
			bits = append(bits, k.bits...)
		}
		return bits
	})
	if o.nodes(alike) < o.nodes(own) {
		return alike
	}
	return own
}

// similar puts kinds of bits one after another as Prim's algorithm visits them: next comes the one that is most like any of
// those before. So what is more alike among itself than it is like anything else stays together.
func similar(kinds []*kind) (sorted []*kind) {
	like := make([]float64, len(kinds)) // to those before; below 0 for these
	for at := 0; at >= 0; {
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
		at = best
	}
	return sorted
}

// spread makes the order in which the bits that change come as arrange says, as many of them in each word: a word that is full
// of them is in hardly two states the same, and the other words are hardly of use. Bits that do not change fill the words up.
func (o *Changes) spread(kinds []*kind, rest []uint32, arrange func([]*kind) []uint32) *Order {
	var places []uint32
	weights := make([]int, o.words)
	first := make([]bool, 64*o.words) // of their kinds
	for _, k := range kinds {
		first[k.bits[0]] = true
	}
	changing := arrange(kinds)
	for w := range weights {
		some := changing[len(changing)*w/o.words : len(changing)*(w+1)/o.words]
		for _, b := range some {
			if first[b] {
				weights[w]++
			}
		}
		fill := 64 - len(some)
		places = append(places, placed(some, rest[:fill])...)
		rest = rest[fill:]
	}
	return newOrder(places, weights)
}

// placed gives the 64 bits of some and rest in the order of their places in a word. Which bits are in a word matters for how well
// the tree compresses, not where; so bits of some that come from one word keep their distances, as far as there is room.
func placed(some, rest []uint32) []uint32 {
	by := map[uint32]uint64{}
	var words []uint32
	for _, b := range some {
		if by[b>>6] == 0 {
			words = append(words, b>>6)
		}
		by[b>>6] |= 1 << (b & 63)
	}
	slices.SortStableFunc(words, func(a, b uint32) int { return bits.OnesCount64(by[b]) - bits.OnesCount64(by[a]) })
	out, free := make([]uint32, 64), ^uint64(0)
	for _, w := range words {
		for by[w] != 0 {
			best := 0
			for k := range 64 {
				if bits.OnesCount64(bits.RotateLeft64(by[w], k)&free) > bits.OnesCount64(bits.RotateLeft64(by[w], best)&free) {
					best = k
				}
			}
			fit := bits.RotateLeft64(by[w], best) & free
			free &^= fit
			by[w] &^= bits.RotateLeft64(fit, -best)
			for ; fit != 0; fit &= fit - 1 {
				place := bits.TrailingZeros64(fit)
				out[place] = w<<6 | uint32(place-best)&63
			}
		}
	}
	for _, b := range rest {
		out[bits.TrailingZeros64(free)] = b
		free &= free - 1
	}
	return out
}

// nodes counts the different nodes below the roots of the trees of the states that were met, folded in an order.
func (o *Changes) nodes(by *Order) int {
	t := &tree{Order: by, words: o.words}
	t.grow()
	numbers := map[uint64]uint32{}
	number := func(word uint64) uint32 {
		if numbers[word] == 0 {
			numbers[word] = uint32(len(numbers) + 1)
		}
		return numbers[word]
	}
	of, leaves := make([]uint32, o.words+len(t.joins)), make([]uint64, o.words)
	for at := 0; at < len(o.states); at += o.words {
		clear(leaves)
		for i, w := range o.states[at : at+o.words] {
			for ; w != 0; w &= w - 1 {
				place := by.to[64*i+bits.TrailingZeros64(w)]
				leaves[place>>6] |= 1 << (place & 63)
			}
		}
		for i, w := range leaves {
			of[i] = number(w)
		}
		for k, j := range t.joins[:len(t.joins)-1] {
			of[o.words+k] = number(pairOf(of[j.left], of[j.right]))
		}
	}
	return len(numbers)
}

// jaccard is the share of the steps in which both change among those in which one does.
func jaccard(a, b *kind) float64 {
	both := 0
	for i, x := range a.steps {
		both += bits.OnesCount64(x & b.steps[i])
	}
	return float64(both) / float64(a.n+b.n-both)
}
