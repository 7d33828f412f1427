package visited

// tree is the visited set for states of a fixed width of three words or more. Such a state differs from its predecessor in
// few words, and its parts occur in many other states. So it is folded: the words are the leaves of a balanced tree, each
// word is numbered by an interner, each pair of numbers is a word again and so numbered, and the pair at the root is the
// key of the state, which a compact set stores (Laarman, van de Pol and Weber, "Parallel recursive state compression for
// free", SPIN 2011). Folding is one to one: from the key the state is unfolded. All nodes share one interner, so
// that equal parts are stored once wherever in a state they stand; which node a number belongs to is known by the way to it.
//
// The frontier holds keys. A whole state takes some hundred bytes, and a frontier may be a tenth of all states or more;
// against that stands the unfolding of each state once, of which neighbours in the frontier share the most. States of one
// or two words, cut into halves, are hardly longer than their keys, and lie there whole.
type tree struct {
	*compact
	*Order
	words int      // of a state
	cut   uint     // the leaves are two halves of a state, of which the first has so many bits (halves.go); 0: they are words
	joins []join   // of the nodes above the leaves, the root last
	above []uint32 // by node but the root: the node above it, noNode where that is the root
	parts *interner
}

// join is a node above two others. Nodes are numbered: the words of the state, then the joins.
type join struct{ left, right uint32 }

const noNode = ^uint32(0)

// newTree makes an empty set for states of so many words, found by actions with numbers below actions.
func newTree(o *Order, words, actions int, memory, most int64) (*tree, error) {
	c, err := newCompact(newKeys(), actions, memory, most)
	if err != nil {
		return nil, err
	}
	t := &tree{compact: c, Order: o, words: words}
	t.grow()
	if t.parts, err = newInterner(c.takeBeside, func(n int64) { c.beside.Add(-n) }); err != nil {
		c.Close()
		return nil, err
	}
	return t, nil
}

// grow makes the nodes above the words.
func (t *tree) grow() {
	t.joins = nil
	t.pair(0, t.words)
	root := len(t.joins) - 1
	t.above = make([]uint32, t.words+root)
	for k, j := range t.joins {
		node := uint32(t.words + k)
		if k == root {
			node = noNode
		}
		t.above[j.left], t.above[j.right] = node, node
	}
}

// pair makes the nodes above words lo to hi-1 and gives the number of the uppermost.
func (t *tree) pair(lo, hi int) uint32 {
	if hi-lo == 1 {
		return uint32(lo)
	}
	mid := t.middle(lo, hi)
	left := t.pair(lo, mid)
	t.joins = append(t.joins, join{left, t.pair(mid, hi)})
	return uint32(t.words + len(t.joins) - 1)
}

// middle is where words lo to hi-1 are divided so that there is about as much to either side.
func (t *tree) middle(lo, hi int) int {
	all := 0
	for _, w := range t.weights[lo:hi] {
		all += w
	}
	mid, before := lo+1, t.weights[lo]
	for mid < hi-1 && 2*before+t.weights[mid] <= all {
		before += t.weights[mid]
		mid++
	}
	if all == 0 {
		mid = (lo + hi) / 2
	}
	return mid
}

func (t *tree) Close() {
	t.compact.Close()
	t.parts.close()
}

// LimitParts changes how many parts of states are numbered.
func (t *tree) LimitParts(n uint64) { t.parts.most = n }

func (t *tree) Visitor(fresh []int64) Visitor {
	v := &compactVisitor{c: t.compact, fresh: fresh}
	if t.cut > 0 {
		v.pairs = newFolding(t, true)
	} else {
		v.fold = newFolding(t, true)
	}
	return v
}
