package layout

import "github.com/bulkheadlang/bulkhead/spec/types"

// Where cells go in a packed state decides how fast a model runs: whoever looks a guard up in a table wants the cells
// that the guard reads side by side, within eight bits that no word boundary cuts. So maps with the same keys lie woven
// into each other, everything about one machine together, and a group of cells that would straddle two words waits for
// the next word where later cells can fill the gap, or where the last word has bits to spare.

// octet is the number of bits that a table is made for.
const octet = 8

// most values of a key for which maps are woven into each other
const wovenKeys = 1 << 10

// groups lists the cells of variables in the order in which they are packed, in groups that should stay together: all that
// belongs to one value of a key. A map of maps has several keys, and goes by the one that most cells have.
func groups(tb *Table, vars []*types.Type, offsets []int) [][]int {
	weights := map[*types.Type]int{} // by one type of those that are identical
	same := func(key *types.Type) *types.Type {
		for k := range weights {
			if types.Identical(k, key) {
				return k
			}
		}
		return key
	}
	for _, t := range vars {
		for _, key := range keysOf(t) {
			weights[same(key)] += tb.Must(t)
		}
	}
	by := make([]*types.Type, len(vars)) // of each map, the key that it goes by
	for i, t := range vars {
		for _, key := range keysOf(t) {
			if key = same(key); by[i] == nil || weights[key] > weights[by[i]] {
				by[i] = key
			}
		}
	}
	var out [][]int
	done := make([]bool, len(vars))
	for i, t := range vars {
		switch {
		case done[i]:
		case by[i] == nil:
			for c := range tb.Must(t) {
				out = append(out, []int{offsets[i] + c})
			}
		default:
			for r := range int(by[i].Card()) {
				var group []int
				for k := i; k < len(vars); k++ {
					if by[k] == by[i] {
						group = append(group, entries(tb, vars[k], by[i], offsets[k], r)...)
						done[k] = true
					}
				}
				out = append(out, group)
			}
		}
	}
	return out
}

// keysOf lists the types of the keys of a map, of the maps in it, and so on, the outermost first.
func keysOf(t *types.Type) (out []*types.Type) {
	for ; t.Kind == types.Map; t = t.Elem {
		if t.Key.Card() <= wovenKeys {
			out = append(out, t.Key)
		}
	}
	return out
}

// entries lists the cells of a map, or of the maps in it, under the value of rank r of a key. The map begins at cell at.
func entries(tb *Table, t, key *types.Type, at, r int) (out []int) {
	n := tb.Must(t.Elem)
	if types.Identical(t.Key, key) {
		for c := range n {
			out = append(out, at+r*n+c)
		}
		return out
	}
	for k := range int(t.Key.Card()) {
		out = append(out, entries(tb, t.Elem, key, at+k*n, r)...)
	}
	return out
}

// place gives every cell its field. Cells of one value take no bits.
func (p *Packing) place(order [][]int, widths []uint) {
	p.fields = make([]field, len(widths))
	for _, w := range widths {
		p.Bits += int(w)
	}
	p.Words = max(1, (p.Bits+63)/64)
	spare := 64*p.Words - p.Bits
	width := func(group []int) (n uint) {
		for _, c := range group {
			n += widths[c]
		}
		return n
	}
	at := 0
	put := func(group []int) {
		for _, c := range group {
			if w := widths[c]; w > 0 {
				p.fields[c] = field{word: at / 64, shift: uint(at % 64), width: w, mask: ^uint64(0) >> (64 - w)}
				at += int(w)
			}
		}
	}
	taken := make([]bool, len(order))
	for i, group := range order {
		if taken[i] {
			continue
		}
		parts := [][]int{group}
		if width(group) > octet { // too large to stay together
			parts = parts[:0]
			for _, c := range group {
				parts = append(parts, []int{c})
			}
		}
		for _, part := range parts {
			w := int(width(part))
			gap := 64 - at%64
			if w <= gap || w > 64 {
				put(part)
				continue
			}
			for k := i + 1; k < min(len(order), i+256) && gap > 0; k++ {
				if v := int(width(order[k])); !taken[k] && v > 0 && v <= gap {
					put(order[k])
					taken[k] = true
					gap -= v
				}
			}
			if gap <= spare {
				spare -= gap
				at += gap
			}
			put(part)
		}
	}
	p.Used = at
}

// Place is where a cell lies in a packed state: width bits of a word from shift on. Where shift+width is above 64, the
// rest is in the next word.
func (p *Packing) Place(cell int) (word int, shift, width uint) {
	f := &p.fields[cell]
	return f.word, f.shift, f.width
}
