package sweep

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/internal/diagram"
)

// A guard that is no conjunction of conditions on single chunks is mostly the union of few products, given what it says of the
// chunks one by one: where those conditions hold, it holds if one of the products does. So each product is a bit in the
// tables of guards, behind those of alarms, and the guard holds where one of its bits is set, which are in one word. Guards share
// products: where one says that x is less than 3 or that y is 0, the products are these two conditions. Other guards are automata.

// sum is the products of a guard: bits of a word of the tables.
type sum struct {
	word uint32
	bits uint64
}

// Limits of sums.
const (
	sumProducts = 16      // of a guard
	sumSteps    = 1 << 14 // of diagrams, for a guard
	sumShare    = 8       // at least one alternative in so many has to have a sum in bits added for sums
)

// sumUp makes sums of guards as long as there are bits, of those with the fewest products first.
func (b *builder) sumUp() {
	products, users := map[node][]product{}, map[node]int{} // of guards
	var order []node
	for i := range b.bits {
		if len(b.bits[i].loose) != 1 {
			continue
		}
		g := b.bits[i].loose[0]
		if users[g]++; users[g] == 1 && b.try(sumSteps, func() { products[g], _ = b.productsOf(g) }) == "" && products[g] != nil {
			order = append(order, g)
		}
	}
	slices.SortStableFunc(order, func(g, h node) int { return len(products[g]) - len(products[h]) })

	first := len(b.bits) + len(b.products)
	made, last := b.fit(order, products, first, (first+127)&^127+128)
	more := 0
	for g, s := range made {
		if s.word >= uint32(first+127)>>7<<1 {
			more += users[g]
		}
	}
	if more*sumShare < len(b.bits) {
		made, last = b.fit(order, products, first, (first+127)&^127)
	}
	b.products = append(b.products, last...)
	b.sums, b.summed = make([]sum, len(b.bits)), newBitset(len(b.bits))
	for i := range b.bits {
		if c := &b.bits[i]; len(c.loose) == 1 {
			if s, ok := made[c.loose[0]]; ok {
				c.guards, b.sums[i] = nil, s
				b.summed.add(i)
			}
		}
	}
}

// productsOf gives the products of a guard; false where they are many.
func (b *builder) productsOf(g node) ([]product, bool) {
	each := diagram.True
	for _, p := range b.spread(g).parts {
		each = b.m.Apply(diagram.And, each, p.when)
	}
	return b.cover(b.m.Apply(diagram.Or, g, b.m.Not(each)), g, sumProducts)
}

// fit finds bits for the products of guards, from first to end-1, those of a guard in one word. It gives the sums of the guards
// for which there are bits, and the products by bit, from first on; nil where there is none.
func (b *builder) fit(order []node, products map[node][]product, first, end int) (map[node]sum, []product) {
	type word struct {
		bits map[string]int // of products
		free int            // the first bit that is
	}
	words := make([]word, end>>6)
	for w := first >> 6; w < end>>6; w++ {
		words[w] = word{map[string]int{}, max(0, first-w<<6)}
	}
	made := map[node]sum{}
	placed := make([]product, end-first)
	used := 0
	for _, g := range order {
		var names []string
		for _, p := range products[g] {
			names = append(names, fmt.Sprint(p))
		}
		best, least := 0, sumProducts+1
		for w := first >> 6; w < end>>6; w++ {
			lacks := 0
			for _, name := range names {
				if _, ok := words[w].bits[name]; !ok {
					lacks++
				}
			}
			if lacks < least && words[w].free+lacks <= 64 {
				best, least = w, lacks
			}
		}
		if least > sumProducts {
			continue
		}
		w, s := &words[best], sum{word: uint32(best)}
		for k, p := range products[g] {
			bit, ok := w.bits[names[k]]
			if !ok {
				bit = w.free
				w.bits[names[k]] = bit
				w.free++
				at := best<<6 + bit - first
				placed[at], used = p, max(used, at+1)
			}
			s.bits |= 1 << bit
		}
		made[g] = s
	}
	return made, placed[:used]
}

// addUp takes the alternatives out of what is enabled whose sums do not hold, without a branch for each.
func (r *Runner) addUp() {
	for g, summed := range r.p.summed {
		enabled := r.enabled[g]
		for m := enabled & summed; m != 0; m &= m - 1 {
			k := bits.TrailingZeros64(m)
			s := &r.p.sums[g<<6+k]
			holds := r.enabled[s.word] & s.bits
			enabled &^= ((holds|-holds)>>63 ^ 1) << k
		}
		r.enabled[g] = enabled
	}
}
