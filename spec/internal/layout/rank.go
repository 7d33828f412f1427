package layout

import "github.com/bulkheadlang/bulkhead/spec/types"

// Rank is the place of the value in cells among all values of its type, from 0. The type has fewer than types.MaxCard.
// Records, maps and sequences count as numbers do, first part most significant; sequences and bags of fewer elements
// come first.
func (tb *Table) Rank(t *types.Type, cells []int64) uint64 {
	if IsScalar(t) {
		return uint64(cells[0])
	}
	switch t.Kind {
	case types.Record, types.Tuple:
		return tb.rankFields(t.Fields, cells)
	case types.Union:
		base := uint64(0)
		for i, v := range t.Variants {
			if int64(i) == cells[0] {
				return base + tb.rankFields(v.Fields, cells[1:])
			}
			base += tb.cardFields(v.Fields)
		}
	case types.Option:
		if cells[0] == 0 {
			return 0
		}
		return 1 + tb.Rank(t.Elem, cells[1:])
	case types.Map:
		n, card, r := tb.Must(t.Elem), t.Elem.Card(), uint64(0)
		for k := range int(t.Key.Card()) {
			r = r*card + tb.Rank(t.Elem, cells[k*n:])
		}
		return r
	case types.Set:
		if len(cells) == 0 {
			return 0
		}
		return uint64(cells[0]) // at most 61 elements, or the type would have MaxCard values
	case types.Seq:
		n, card, r, base, pow := tb.Must(t.Elem), t.Elem.Card(), uint64(0), uint64(0), uint64(1)
		for k := range int(cells[0]) {
			r = r*card + tb.Rank(t.Elem, cells[1+k*n:])
			base += pow
			pow *= card
		}
		return base + r
	case types.Bag:
		// The increasing sequence a_0 <= a_1 … is the combination b_i = a_i + i, ranked in the combinatorial number system
		// (Knuth, TAOCP 4A, 7.2.1.3, Theorem L).
		size := uint64(cells[0])
		if size == 0 {
			return 0
		}
		r := types.Multisets(t.Elem.Card(), size-1)
		for i := range size {
			r += choose(uint64(cells[1+i])+i, i+1)
		}
		return r
	}
	return 0
}

// choose is the binomial coefficient of n over k.
func choose(n, k uint64) uint64 {
	if k > n {
		return 0
	}
	return types.Multisets(n-k, k)
}

func (tb *Table) rankFields(fs []types.Field, cells []int64) uint64 {
	r, at := uint64(0), 0
	for _, f := range fs {
		r = r*f.Type.Card() + tb.Rank(f.Type, cells[at:])
		at += tb.Must(f.Type)
	}
	return r
}

func (tb *Table) cardFields(fs []types.Field) uint64 {
	n := uint64(1)
	for _, f := range fs {
		n *= f.Type.Card()
	}
	return n
}

// Unrank puts the value of a rank into cells, which it fills wholly.
func (tb *Table) Unrank(t *types.Type, r uint64, cells []int64) {
	if IsScalar(t) {
		cells[0] = int64(r)
		return
	}
	switch t.Kind {
	case types.Record, types.Tuple:
		tb.unrankFields(t.Fields, r, cells)
	case types.Union:
		clear(cells[:tb.Must(t)])
		for i, v := range t.Variants {
			n := tb.cardFields(v.Fields)
			if r < n {
				cells[0] = int64(i)
				tb.unrankFields(v.Fields, r, cells[1:])
				return
			}
			r -= n
		}
	case types.Option:
		clear(cells[:tb.Must(t)])
		if r > 0 {
			cells[0] = 1
			tb.Unrank(t.Elem, r-1, cells[1:])
		}
	case types.Map:
		n, card := tb.Must(t.Elem), t.Elem.Card()
		for k := int(t.Key.Card()) - 1; k >= 0; k-- {
			tb.Unrank(t.Elem, r%card, cells[k*n:])
			r /= card
		}
	case types.Set:
		if tb.Must(t) > 0 {
			cells[0] = int64(r)
		}
	case types.Seq:
		clear(cells[:tb.Must(t)])
		n, card, length, pow := tb.Must(t.Elem), t.Elem.Card(), 0, uint64(1)
		for r >= pow {
			r -= pow
			pow *= card
			length++
		}
		cells[0] = int64(length)
		for k := length - 1; k >= 0; k-- {
			tb.Unrank(t.Elem, r%card, cells[1+k*n:])
			r /= card
		}
	case types.Bag:
		clear(cells[:tb.Must(t)])
		n, size := t.Elem.Card(), uint64(0)
		for size < uint64(t.Max) && r >= types.Multisets(n, size) {
			size++
		}
		if size > 0 {
			r -= types.Multisets(n, size-1)
		}
		cells[0] = int64(size)
		top := n + size // b_i < n + size
		for i := size; i > 0; i-- {
			lo, hi := i-1, top-1 // the greatest b with choose(b, i) <= r
			for lo < hi {
				mid := (lo + hi + 1) / 2
				if choose(mid, i) <= r {
					lo = mid
				} else {
					hi = mid - 1
				}
			}
			r -= choose(lo, i)
			cells[i] = int64(lo - (i - 1))
			top = lo
		}
	}
}

func (tb *Table) unrankFields(fs []types.Field, r uint64, cells []int64) {
	at := 0
	offsets := make([]int, len(fs))
	for i, f := range fs {
		offsets[i] = at
		at += tb.Must(f.Type)
	}
	for i := len(fs) - 1; i >= 0; i-- {
		card := fs[i].Type.Card()
		tb.Unrank(fs[i].Type, r%card, cells[offsets[i]:])
		r /= card
	}
}
