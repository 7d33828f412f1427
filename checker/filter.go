package checker

const (
	filterBytes  = 256 << 10 // of one filter: a share of a core's second-level cache
	filterWidest = 8         // words of a state beyond which a filter would hold too few
	filterFrom   = 1 << 14   // states from which on a filter pays
)

// filter remembers states that a worker met not long ago, one for each beginning of a hash, so that most repetitions
// are noticed in the processor's cache and need no look into the table: half of the successors or more in many models.
// It compares whole states. A state that is in the filter has been put into the worker's batch, or into the store.
type filter struct {
	width int
	shift uint
	words []uint64 // of each entry: the action that led there plus 1, or 0 where it is free; and the state
}

// newFilter makes an empty filter for states of width words.
func newFilter(width int) *filter {
	n, shift := 1, uint(64)
	for n*2*(width+1)*8 <= filterBytes {
		n, shift = n*2, shift-1
	}
	return &filter{width, shift, make([]uint64, n*(width+1))}
}

// met tells whether s has been met not long ago, by the same action or one with a smaller number, and remembers it.
func (f *filter) met(s []uint64, h uint64, action uint32) bool {
	k := int(h>>(f.shift&63)) * (f.width + 1)
	e := f.words[k : k+f.width+1]
	by := uint64(action) + 1
	same := e[0] != 0
	for i, w := range s {
		if e[i+1] != w {
			same = false
			e[i+1] = w
		}
	}
	if same && e[0] <= by {
		return true
	}
	e[0] = by
	return false
}
