package visited

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

const (
	filterBytes  = 256 << 10 // of one filter: a share of a core's second-level cache
	filterTrial  = 1 << 16   // states that are looked up before a filter tells whether it pays
	FilterWidest = 8         // words of a state beyond which a filter would hold too few
	FilterFrom   = 1 << 14   // states from which on a filter may pay
)

// Filter remembers states that a worker met not long ago, one for each beginning of a hash, so that most repetitions
// are noticed in the processor's cache and need no look into the table: half of the successors or more in many models.
// It compares whole states. A state that is in the filter has been put into the worker's batch, or into the store.
type Filter struct {
	width int
	shift uint
	words []uint64 // of each entry: the action that led there, or nobody; and the state
	asked int64    // states looked up since Pays last judged
	met   int64    // and found
}

// nobody is the action in an entry that is free: greater than any other.
const nobody = 1 << 62

// NewFilter makes an empty filter for states of width words.
func NewFilter(width int) *Filter {
	n, shift := 1, uint(64)
	for n*2*(width+1)*8 <= filterBytes {
		n, shift = n*2, shift-1
	}
	f := &Filter{width: width, shift: shift, words: make([]uint64, n*(width+1))}
	for k := 0; k < len(f.words); k += width + 1 {
		f.words[k] = nobody
	}
	return f
}

// Pays tells whether at least one in so many of the states that were looked up of late has been met; true where they were few.
func (f *Filter) Pays(share int64) bool {
	if f.asked < filterTrial {
		return true
	}
	pays := f.met*share >= f.asked
	f.asked, f.met = 0, 0
	return pays
}

// Met tells whether s has been met not long ago, by the same action or one with a smaller number, and remembers it.
func (f *Filter) Met(s []uint64, h uint64, action uint32) bool {
	k := int(h>>(f.shift&63)) * (f.width + 1)
	e := f.words[k : k+f.width+1]
	by := uint64(action)
	same := true
	f.asked++
	for i, w := range s {
		if e[i+1] != w {
			same = false
			e[i+1] = w
		}
	}
	if same && e[0] <= by {
		f.met++
		return true
	}
	e[0] = by
	return false
}

// Sift is met for many states of one word each: those that are left are moved together, with their hashes and origins, from
// place at of b on. Their origins are from or, where there are notes, these. There are no branches in it that depend on what is found, which could not be predicted; so the
// processor works on many states at once.
func (f *Filter) Sift(l *Layout, b *Batch, at int, from uint64, actions []model.ActionID, notes []uint32) {
	n, end := len(actions), len(b.Froms)
	b.Froms, b.Hashes = slices.Grow(b.Froms, n)[:end+n], slices.Grow(b.Hashes, n)[:end+n]
	states, froms, hashes, shift := b.Words[at:at+n], b.Froms, b.Hashes, f.shift&63
	out := b.Words[at : at+n]
	kept := 0
	for i, a := range actions {
		t := states[i]
		h := l.home1(t)
		e := f.words[2*(h>>shift):][:2]
		by := uint64(a)
		other := t ^ e[1]
		// The first bit of missed is set where the state is another one, or where the action there is greater.
		missed := (other | -other | by - e[0]) >> 63
		keep := missed - 1 // all ones where it was met
		e[0], e[1] = e[0]&keep|by&^keep, t
		if notes != nil {
			from = uint64(notes[i]) << 32
		}
		out[kept], froms[end+kept], hashes[end+kept] = t, from|by, h
		kept += int(missed)
	}
	f.asked, f.met = f.asked+int64(n), f.met+int64(n-kept)
	b.Words, b.Froms, b.Hashes = b.Words[:at+kept], froms[:end+kept], hashes[:end+kept]
}
