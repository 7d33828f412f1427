package sweep

import (
	"math/bits"
	"slices"
)

// Sleep sets (Godefroid, "Using partial orders to improve automatic verification methods", CAV 1990), for searches breadth
// first: where a state t was reached from v by alternative c, and b, which does not depend on c, is taken in t, then b can
// be taken in v, and c after it leads to the same state. One of the two ways is enough: b sleeps in t if c < b.
//
// That leaves out no state, nor the least alternative by which a state is reached at the depth at which it is first. Of
// all pairs (t, b) with t one depth less, take one with the least b. If b slept in t, c would lead from a state of t's depth
// to the same one, and be less.
//
// What is known of t is a set of such c: the alternative b that it was found by and, of those known of the state before, the
// ones that b does not depend on; as many as fit the 32 bits that are kept beside each state that waits to be expanded.
// Fewer only say less.

// sleeping says which alternatives do not depend on each other. A set of alternatives is their numbers from 1 on, of so many
// bits each, from the lowest on; 0 ends it.
type sleeping struct {
	n      int    // alternatives; 0 where all depend on each other
	words  int    // of as many bits as there are alternatives
	bits   uint   // of a number
	useful bitset // those that let others sleep
	apart  bitset // by alternative: those that it does not depend on
	skip   bitset // by alternative: the greater ones among them
}

// mostApart is the number of alternatives up to which each two are compared.
const mostApart = 1 << 11

type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (s bitset) add(i int)      { s[i>>6] |= 1 << (i & 63) }
func (s bitset) has(i int) bool { return s[i>>6]>>(i&63)&1 != 0 }

func (s bitset) or(t bitset) bitset {
	out := slices.Clone(s)
	for w, x := range t {
		out[w] |= x
	}
	return out
}

func (s bitset) meets(t bitset) bool {
	for w := range s {
		if s[w]&t[w] != 0 {
			return true
		}
	}
	return false
}

// footprint is the variables that an alternative depends on and those that it changes. It depends on whatever decides whether
// its instance faults, too, since a state in which an instance faults is left to compiled code.
type footprint struct{ reads, writes bitset }

func (f *footprint) alone(g *footprint) bool {
	return !f.writes.meets(g.reads) && !f.writes.meets(g.writes) && !g.writes.meets(f.reads)
}

// and gives what is in one of two.
func (f *footprint) and(g *footprint) *footprint {
	return &footprint{f.reads.or(g.reads), f.writes.or(g.writes)}
}

// footprint takes down what an alternative, of whose instance faults are to be expected under some guards, does.
func (b *builder) footprint(d *draft, faults []node) *footprint {
	f := &footprint{newBitset(len(b.m.Vars)), newBitset(len(b.m.Vars))}
	read := func(n node) {
		if j, ok := b.m.Opaque(n); ok {
			f.reads.add(j)
			return
		}
		for _, i := range b.m.Support(n) {
			f.reads.add(i)
		}
	}
	for _, list := range [3][]node{d.guards, d.next, faults} {
		for _, n := range list {
			read(n)
		}
	}
	for _, i := range d.changed {
		f.writes.add(i)
	}
	return f
}

// sleep finds out which alternatives do not depend on each other.
func (b *builder) sleep() {
	n := len(b.bits)
	if n > mostApart {
		b.sleeping.Store(&sleeping{})
		return
	}
	s := &sleeping{words: (n + 63) / 64, bits: uint(bits.Len(uint(n + 1))), useful: newBitset(n)}
	s.apart, s.skip = make(bitset, n*s.words), make(bitset, n*s.words)
	for i := range n {
		for k := range i {
			if f, g := b.bits[i].does, b.bits[k].does; f != nil && g != nil && f.alone(g) {
				s.row(s.apart, i).add(k)
				s.row(s.apart, k).add(i)
				s.row(s.skip, k).add(i)
				s.useful.add(k)
				s.n = n
			}
		}
	}
	b.sleeping.Store(s)
}

// row is what a table has for alternative i.
func (s *sleeping) row(of bitset, i int) bitset { return of[i*s.words:][:s.words] }

// past is what is known of a state: the set of alternatives, one of which may be the last on a way to it.
type past struct {
	of    *sleeping
	count int
	last  [32]uint32 // their numbers
	sleep bitset     // the alternatives that sleep
}

// set makes p the set that a number stands for.
func (p *past) set(number uint32) {
	s := p.of
	clear(p.sleep)
	for p.count = 0; number != 0; number >>= s.bits {
		c := number & (1<<s.bits - 1)
		p.last[p.count&31] = c
		p.count++
		for w, x := range s.row(s.skip, int(c-1)) {
			p.sleep[w] |= x
		}
	}
}

// after is the number of the set of the state that alternative k leads to.
func (p *past) after(k int) (number uint32) {
	s, at := p.of, uint(0)
	word, bit := k>>6, k&63
	if s.useful[word]>>bit&1 != 0 {
		number, at = uint32(k+1), s.bits
	}
	for _, c := range p.last[:p.count] {
		if s.apart[int(c-1)*s.words+word]>>bit&1 != 0 && at+s.bits <= 32 {
			number |= c << at
			at += s.bits
		}
	}
	return number
}

// tally counts in how many states each alternative is asleep that could be taken: of 64 alternatives at a time, the counts
// stand one beside another, bit by bit.
type tally struct {
	p      *Program
	states int
	bits   [][tallyBits]uint64 // of the counts, the lowest first, by group of alternatives
	fired  []int64             // earlier counts, by action
}

const tallyBits = 6

func newTally(p *Program) tally {
	return tally{p: p, bits: alone[[tallyBits]uint64]((len(p.alternatives) + 63) / 64), fired: make([]int64, len(p.info.Actions))}
}

// add counts a state in which these alternatives are asleep and could be taken, and gives how many they are.
func (t *tally) add(idle []uint64) (n int) {
	for g, m := range idle {
		if m == 0 {
			continue
		}
		n += bits.OnesCount64(m)
		b := &t.bits[g]
		b[0], m = b[0]^m, b[0]&m
		b[1], m = b[1]^m, b[1]&m
		b[2], m = b[2]^m, b[2]&m
		b[3], m = b[3]^m, b[3]&m
		b[4], m = b[4]^m, b[4]&m
		b[5] ^= m
	}
	if t.states++; t.states == 1<<tallyBits-1 {
		t.empty()
	}
	return n
}

// empty moves the counts to those of the actions.
func (t *tally) empty() {
	t.states = 0
	for g := range t.bits {
		for i, m := range t.bits[g] {
			for ; m != 0; m &= m - 1 {
				t.fired[t.p.alternatives[64*g+bits.TrailingZeros64(m)].action] += 1 << i
			}
		}
		t.bits[g] = [tallyBits]uint64{}
	}
}

// into adds the counts of the actions to others, and begins anew.
func (t *tally) into(fired []int64) {
	t.empty()
	for a, n := range t.fired {
		fired[a] += n
	}
	clear(t.fired)
}
