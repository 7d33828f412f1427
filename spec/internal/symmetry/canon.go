package symmetry

import "slices"

// mostLeaves is the number of orders of the identities that are tried for one state.
const mostLeaves = 5040

// Canonizer finds representatives, for one goroutine.
type Canonizer struct {
	g       *Group
	p       painter
	exact   bool
	leaves  int
	found   bool
	order   []uint16 // scratch: the permutation of a leaf
	best    []uint16 // the permutation to the least state so far
	least   []int64
	trial   []int64
	sorted  []uint64
	swapped []uint16
	ids     []int
	kinds   []int
}

// NewCanonizer makes one for states of n cells.
func (g *Group) NewCanonizer(n int) *Canonizer {
	c := &Canonizer{
		g: g, p: painter{g: g, colours: make([]uint64, g.size), next: make([]uint64, g.size)},
		order: make([]uint16, g.size), best: make([]uint16, g.size), swapped: make([]uint16, g.size),
		least: make([]int64, n), trial: make([]int64, n), sorted: make([]uint64, 0, g.size),
		ids: make([]int, 0, g.size), kinds: make([]int, 0, g.size),
	}
	for i := range c.swapped {
		c.swapped[i] = uint16(i)
	}
	return c
}

// Canonize replaces a state by its representative. With by, the permutation that does it is written there. exact is false
// where other states of the orbit may have another representative.
func (c *Canonizer) Canonize(cells []int64, by []uint16) (exact bool) {
	for i := range c.g.types {
		for k := c.g.first[i]; k < c.g.first[i+1]; k++ {
			c.p.colours[k] = uint64(i)
		}
	}
	c.exact, c.leaves, c.found = true, 0, false
	c.refine(cells, c.classes())
	c.search(cells)
	copy(cells, c.least)
	if by != nil {
		copy(by, c.best)
	}
	return c.exact
}

// refine gives identities new colours until no more are told apart. n is the number of colours now.
func (c *Canonizer) refine(cells []int64, n int) {
	for n < c.g.size {
		c.p.paint(cells)
		// Colours of types must differ as they did: what is said begins with the colour before.
		c.p.colours, c.p.next = c.p.next, c.p.colours
		now := c.classes()
		if now <= n {
			return
		}
		n = now
	}
}

// classes counts the colours.
func (c *Canonizer) classes() int {
	c.sorted = append(c.sorted[:0], c.p.colours...)
	slices.Sort(c.sorted)
	n := 0
	for i, x := range c.sorted {
		if i == 0 || x != c.sorted[i-1] {
			n++
		}
	}
	return n
}

// search follows the ways from the present colours to orders of all identities.
func (c *Canonizer) search(cells []int64) {
	class := c.split(cells)
	if class == nil {
		c.leaf(cells)
		return
	}
	colours := slices.Clone(c.p.colours)
	n := c.classes()
	for i, id := range class {
		if c.leaves >= mostLeaves {
			c.exact = false
			return
		}
		if i > 0 {
			copy(c.p.colours, colours)
		}
		c.p.colours[id] = mix(colours[id], 5)
		c.refine(cells, n+1)
		c.search(cells)
	}
	copy(c.p.colours, colours)
}

// sort gives the identities of type number t ordered by colour, and those of one colour by number.
func (c *Canonizer) sort(t int) []int {
	ids := c.ids[:0]
	for id := c.g.first[t]; id < c.g.first[t+1]; id++ {
		k := len(ids)
		ids = append(ids, id)
		for ; k > 0 && c.p.colours[ids[k-1]] > c.p.colours[id]; k-- {
			ids[k] = ids[k-1]
		}
		ids[k] = id
	}
	return ids
}

// split gives identities of one colour, one of each kind that may be exchanged without a change of the state, of the
// least such colour of which there is more than one kind; or nil.
func (c *Canonizer) split(cells []int64) []int {
	for t := range c.g.types {
		ids := c.sort(t)
		for i := 0; i < len(ids); {
			k := i + 1
			for k < len(ids) && c.p.colours[ids[k]] == c.p.colours[ids[i]] {
				k++
			}
			kinds := c.kinds[:0]
			for _, id := range ids[i:k] {
				if !slices.ContainsFunc(kinds, func(other int) bool { return c.alike(cells, other, id) }) {
					kinds = append(kinds, id)
				}
			}
			if len(kinds) > 1 {
				return slices.Clone(kinds)
			}
			i = k
		}
	}
	return nil
}

// alike tells whether exchanging two identities leaves the state as it is.
func (c *Canonizer) alike(cells []int64, a, b int) bool {
	c.swapped[a], c.swapped[b] = uint16(b), uint16(a)
	c.g.Apply(c.trial, cells, c.swapped)
	c.swapped[a], c.swapped[b] = uint16(a), uint16(b)
	return slices.Equal(c.trial, cells)
}

// leaf orders the identities by colour, those of one colour, which can be exchanged, anyhow, and keeps the state that this
// makes if it is the least.
func (c *Canonizer) leaf(cells []int64) {
	c.leaves++
	for t := range c.g.types {
		for place, id := range c.sort(t) {
			c.order[id] = uint16(c.g.first[t] + place)
		}
	}
	c.g.Apply(c.trial, cells, c.order)
	if !c.found || slices.Compare(c.trial, c.least) < 0 {
		c.found = true
		copy(c.least, c.trial)
		copy(c.best, c.order)
	}
}
