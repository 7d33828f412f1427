package visited

import (
	"math/bits"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
)

// Folding turns keys into states and states into keys, for one goroutine. Its base is the state that was unfolded last.
// The state before and the one after that differ little, and so do a state and its successors: only the nodes above what
// differs are looked at.
type Folding struct {
	t   *tree
	own *numbers // nil where nothing is to be added to the interner

	// The base: its words, these in the order of the tree, and the numbers of the nodes but for the root. At first it is
	// nothing, with the number 0 everywhere.
	words   []uint64
	leaves  []uint64
	numbers []uint32
	changed []bool // by node; all false between calls

	// Of the state being folded: as in the base between calls.
	newLeaves  []uint64
	newNumbers []uint32

	recent []interned // words met not long ago, one for each beginning of a hash: most need no look into the interner
}

// interned is a word with its number, or with 0.
type interned struct {
	word   uint64
	number uint32
}

// recentBits are the bits of a hash in folding.recent: 128 KiB, a share of a core's second-level cache.
const recentBits = 13

// newFolding makes a folding for a tree; with add it adds to the interner what is not there.
func newFolding(t *tree, add bool) *Folding {
	nodes := t.words + len(t.joins) - 1
	f := &Folding{
		t: t, words: make([]uint64, t.words), leaves: make([]uint64, t.words), numbers: make([]uint32, nodes),
		newLeaves: make([]uint64, t.words), newNumbers: make([]uint32, nodes), changed: make([]bool, nodes),
		recent: make([]interned, 1<<recentBits),
	}
	if add {
		f.own = &numbers{}
	}
	return f
}

// Key gives the key of a state, or 0 where a part of it is in no state and nothing is to be added: no key is 0.
func (f *Folding) Key(s []uint64) (key uint64, err error) {
	t := f.t
	base := f.numbers[0] != 0
	leaves, changed := f.newLeaves, f.changed[:len(f.newLeaves)]
	for i, w := range f.words {
		x := w ^ s[i]
		for to := t.to[64*i:][:64]; x != 0; x &= x - 1 {
			place := to[bits.TrailingZeros64(x)&63]
			leaf := place >> 6
			leaves[leaf] ^= 1 << (place & 63)
			changed[leaf] = true
		}
	}
	known := true
	for i, changed := range f.changed[:t.words] {
		if changed || !base {
			f.newNumbers[i], err = f.number(f.newLeaves[i])
			known = known && f.newNumbers[i] != 0
		}
	}
	root := len(t.joins) - 1
	for k, j := range t.joins[:root] {
		if node := t.words + k; f.changed[j.left] || f.changed[j.right] || !base {
			f.changed[node] = true
			if known {
				f.newNumbers[node], err = f.number(pairOf(f.newNumbers[j.left], f.newNumbers[j.right]))
				known = f.newNumbers[node] != 0
			}
		}
	}
	if known {
		key = pairOf(f.newNumbers[t.joins[root].left], f.newNumbers[t.joins[root].right])
	}
	for node, changed := range f.changed {
		if changed || !base {
			f.newNumbers[node] = f.numbers[node]
			f.changed[node] = false
		}
	}
	copy(leaves, f.leaves)
	return key, err
}

func pairOf(left, right uint32) uint64 { return uint64(left) | uint64(right)<<32 }

// number gives the number of a word, or 0 with an error or where nothing is to be added.
func (f *Folding) number(word uint64) (uint32, error) {
	r := &f.recent[word*hash.A>>(64-recentBits)]
	if r.number != 0 && r.word == word {
		return r.number, nil
	}
	number, err := f.t.parts.number(word, f.own)
	if number != 0 {
		*r = interned{word, number}
	}
	return number, err
}

// unfold gives the state with a key, valid until the next call, and makes it the base.
func (f *Folding) unfold(key uint64) []uint64 {
	t := f.t
	root := len(t.joins) - 1
	f.below(t.joins[root], key)
	for k := root - 1; k >= 0; k-- {
		if node := t.words + k; f.changed[node] {
			f.changed[node] = false
			f.below(t.joins[k], t.parts.word(f.numbers[node]))
		}
	}
	for i, old := range f.leaves {
		if !f.changed[i] {
			continue
		}
		f.changed[i] = false
		leaf := t.parts.word(f.numbers[i])
		f.leaves[i], f.newLeaves[i] = leaf, leaf
		from := t.from[64*i:][:64]
		for x := old ^ leaf; x != 0; x &= x - 1 {
			b := from[bits.TrailingZeros64(x)]
			f.words[b>>6] ^= 1 << (b & 63)
		}
	}
	return f.words
}

// below sets the numbers of the two nodes below a join and marks those that changed.
func (f *Folding) below(j join, pair uint64) {
	left, right := uint32(pair), uint32(pair>>32)
	if f.numbers[j.left] != left {
		f.changed[j.left], f.numbers[j.left], f.newNumbers[j.left] = true, left, left
	}
	if f.numbers[j.right] != right {
		f.changed[j.right], f.numbers[j.right], f.newNumbers[j.right] = true, right, right
	}
}
