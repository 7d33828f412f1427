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
	changed []uint64 // a bit for each node; all 0 between calls

	// Of the state being folded: as in the base between calls.
	other      []uint64 // bits that differ from the base
	newLeaves  []uint64
	newNumbers []uint32

	recent []interned // words met not long ago, one for each beginning of a hash: most need no look into the interner
	shift  uint       // of a hash, to its beginning
	sink   uint32     // what the touching of memory gives, so that it is not optimised away
}

// interned is a word with its number, or with 0.
type interned struct {
	word   uint64
	number uint32
}

// recentBits are the bits of a hash in folding.recent: 128 KiB, a share of a core's second-level cache.
const recentBits = 13

// halvesBits are those for halves of states: 1 MiB, which holds nearly all halves of most models; a look into the interner costs
// two misses of the cache.
const halvesBits = 16

// manyBits is how many bits of a state differ from the base at most that are looked at one by one.
const manyBits = 12

// newFolding makes a folding for a tree; with add it adds to the interner what is not there.
func newFolding(t *tree, add bool) *Folding {
	leaves := len(t.joins) + 1
	nodes := leaves + len(t.joins) - 1
	f := &Folding{
		t: t, words: alone[uint64](t.words), other: alone[uint64](t.words), leaves: alone[uint64](leaves), numbers: alone[uint32](nodes),
		newLeaves: alone[uint64](leaves), newNumbers: alone[uint32](nodes), changed: alone[uint64]((nodes + 63) / 64),
		recent: make([]interned, 1<<recentBits), shift: 64 - recentBits,
	}
	if t.cut > 0 {
		f.recent, f.shift = make([]interned, 1<<halvesBits), 64-halvesBits
	}
	if add {
		f.own = &numbers{}
	}
	return f
}

// alone makes a slice that shares no line of the cache with anything else: several goroutines have one each, and write to it all the time.
func alone[T any](n int) []T {
	const line = 128 // bytes, and T has at least 4; lines are fetched in pairs
	return make([]T, n+line/2)[line/4:][:n]
}

// Key gives the key of a state, or 0 where a part of it is in no state and nothing is to be added: no key is 0.
func (f *Folding) Key(s []uint64) (key uint64, err error) {
	t := f.t
	if t.cut > 0 {
		return f.pair(s)
	}
	if f.numbers[0] == 0 { // there is no base yet
		for node := range f.numbers {
			f.mark(uint32(node))
		}
	}
	f.note(s)
	// The nodes come in an order in which whatever is below a node comes before it.
	known := true
	leaves, root := uint32(t.words), len(t.joins)-1
	for i := range f.changed {
		for node, ok := f.next(i, 0); ok; node, ok = f.next(i, node&63+1) {
			var word uint64
			if node < leaves {
				word = f.newLeaves[node]
			} else {
				j := &t.joins[node-leaves]
				word = pairOf(f.newNumbers[j.left], f.newNumbers[j.right])
			}
			if known {
				f.newNumbers[node], err = f.number(word)
				known = f.newNumbers[node] != 0
			}
			if above := t.above[node]; above != noNode {
				f.mark(above)
			}
		}
	}
	if known {
		key = keyOf(f.newNumbers[t.joins[root].left], f.newNumbers[t.joins[root].right])
	}
	for i, m := range f.changed {
		for ; m != 0; m &= m - 1 {
			node := uint32(64*i + bits.TrailingZeros64(m))
			f.newNumbers[node] = f.numbers[node]
			if node < leaves {
				f.newLeaves[node] = f.leaves[node]
			}
		}
		f.changed[i] = 0
	}
	return key, err
}

// note has what differs from the base in a state in the leaves, and marks them: bit by bit, or where there are many, leaf by leaf.
func (f *Folding) note(s []uint64) {
	t, n := f.t, 0
	other := f.other[:len(s)]
	for i, w := range f.words[:len(s)] {
		other[i] = w ^ s[i]
		n += bits.OnesCount64(other[i])
	}
	for i, x := range other {
		to := t.to[64*i:][:64]
		if n <= manyBits {
			for ; x != 0; x &= x - 1 {
				place := to[bits.TrailingZeros64(x)&63]
				f.newLeaves[place>>6] ^= 1 << (place & 63)
				f.mark(place >> 6)
			}
			continue
		}
		for x != 0 {
			leaf := to[bits.TrailingZeros64(x)&63] >> 6
			f.newLeaves[leaf] ^= gather(t.paths[leaf], other)
			f.mark(leaf)
			x = other[i]
		}
	}
}

// pair is Key where the leaves are the halves of a state.
func (f *Folding) pair(s []uint64) (key uint64, err error) {
	left, right := halve(s, f.t.cut)
	l, err := f.number(left)
	if l == 0 {
		return 0, err
	}
	r, err := f.number(right)
	if r == 0 {
		return 0, err
	}
	return keyOf(l, r), nil
}

// touch loads where the numbers of the halves of the states of a batch are remembered: these loads do not wait for each
// other, as those of Key would.
func (f *Folding) touch(b *Batch) {
	sum, shift := f.sink, f.shift&63
	for i := range b.Froms {
		left, right := halve(b.state(i), f.t.cut)
		sum += f.recent[left*hash.A>>shift].number + f.recent[right*hash.A>>shift].number
	}
	f.sink = sum
}

// unpair is unfold where the leaves are the halves of a state.
func (f *Folding) unpair(key uint64) []uint64 {
	l, r := numbersOf(key)
	if f.numbers[0] != l {
		f.numbers[0], f.leaves[0] = l, f.t.parts.word(l)
	}
	if f.numbers[1] != r {
		f.numbers[1], f.leaves[1] = r, f.t.parts.word(r)
	}
	unhalve(f.leaves[0], f.leaves[1], f.t.cut, f.words)
	return f.words
}

// mark marks a node as changed.
func (f *Folding) mark(node uint32) { f.changed[node>>6] |= 1 << (node & 63) }

// next gives the first changed node of group i, of 64 nodes, from number from of them on.
func (f *Folding) next(i int, from uint32) (node uint32, ok bool) {
	m := f.changed[i] >> from << from // nothing is left where from is 64
	return uint32(64*i + bits.TrailingZeros64(m)), m != 0
}

func pairOf(left, right uint32) uint64 { return uint64(left) | uint64(right)<<32 }

// keyOf is one to one as pairOf is, and the less the numbers are the fewer bits it needs: the lower halves come first, and then
// the upper ones, bit by bit by turns.
func keyOf(left, right uint32) uint64 {
	key := uint64(left&0xffff | right<<16)
	if left|right > 0xffff {
		key |= (apart(left>>16) | apart(right>>16)<<1) << 32
	}
	return key
}

// numbersOf undoes keyOf.
func numbersOf(key uint64) (left, right uint32) {
	left, right = uint32(key)&0xffff, uint32(key)>>16
	if key>>32 != 0 {
		left |= together(key>>32) << 16
		right |= together(key>>33) << 16
	}
	return left, right
}

// apart puts a 0 behind each of 16 bits.
func apart(x uint32) uint64 {
	x = (x | x<<8) & 0x00ff00ff
	x = (x | x<<4) & 0x0f0f0f0f
	x = (x | x<<2) & 0x33333333
	return uint64((x | x<<1) & 0x55555555)
}

// together undoes apart, whatever the other bits are.
func together(y uint64) uint32 {
	x := uint32(y) & 0x55555555
	x = (x | x>>1) & 0x33333333
	x = (x | x>>2) & 0x0f0f0f0f
	x = (x | x>>4) & 0x00ff00ff
	return (x | x>>8) & 0xffff
}

// number gives the number of a word, or 0 with an error or where nothing is to be added.
func (f *Folding) number(word uint64) (uint32, error) {
	r := &f.recent[word*hash.A>>(f.shift&63)]
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
	if t.cut > 0 {
		return f.unpair(key)
	}
	leaves, root := uint32(t.words), len(t.joins)-1
	f.below(&t.joins[root], pairOf(numbersOf(key)))
	for i := len(f.changed) - 1; i >= 0; i-- {
		for f.changed[i] != 0 {
			node := uint32(64*i + bits.Len64(f.changed[i]) - 1)
			f.changed[i] &^= 1 << (node & 63)
			word := t.parts.word(f.numbers[node])
			if node >= leaves {
				f.below(&t.joins[node-leaves], word)
				continue
			}
			x := f.leaves[node] ^ word
			f.leaves[node], f.newLeaves[node] = word, word
			if paths := t.paths[node]; bits.OnesCount64(x) > len(paths)/4 { // a path takes a fourth of the time of a bit
				scatter(paths, x, f.words)
				continue
			}
			for from := t.from[64*node:][:64]; x != 0; x &= x - 1 {
				b := from[bits.TrailingZeros64(x)&63]
				f.words[b>>6] ^= 1 << (b & 63)
			}
		}
	}
	return f.words
}

// below sets the numbers of the two nodes below a join and marks those that changed.
func (f *Folding) below(j *join, pair uint64) {
	left, right := uint32(pair), uint32(pair>>32)
	if f.numbers[j.left] != left {
		f.numbers[j.left], f.newNumbers[j.left] = left, left
		f.mark(j.left)
	}
	if f.numbers[j.right] != right {
		f.numbers[j.right], f.newNumbers[j.right] = right, right
		f.mark(j.right)
	}
}
