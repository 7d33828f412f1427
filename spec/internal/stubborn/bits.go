package stubborn

import "math/bits"

// set is a set of small numbers, a bit each.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) has(i int) bool { return s[i>>6]>>(i&63)&1 == 1 }
func (s set) add(i int)      { s[i>>6] |= 1 << (i & 63) }
func (s set) remove(i int)   { s[i>>6] &^= 1 << (i & 63) }

func (s set) count() (n int) {
	for _, x := range s {
		n += bits.OnesCount64(x)
	}
	return n
}

func (s set) addAll(t set) {
	for w := range s {
		s[w] |= t[w]
	}
}

// each calls f for the numbers in s, in increasing order.
func (s set) each(f func(int)) {
	for w, x := range s {
		for ; x != 0; x &= x - 1 {
			f(w<<6 + bits.TrailingZeros64(x))
		}
	}
}

func (s set) list() (out []int) {
	s.each(func(i int) { out = append(out, i) })
	return out
}
