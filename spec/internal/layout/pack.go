package layout

import (
	"fmt"
	"math/bits"

	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Packing is where the cells of all state variables lie in a packed state, each in as many bits as its limit needs; see
// place for their order.
type Packing struct {
	Offsets []int // of each variable, the number of its first cell
	Cells   int
	Bits    int // of all cells
	Used    int // bits of a state up to the last one in use, with gaps
	Words   int // as many as Bits need
	fields  []field
}

type field struct {
	word  int
	shift uint
	width uint
	mask  uint64
}

// NewPacking lays out variables of the given types.
func NewPacking(tb *Table, vars []*types.Type) (*Packing, error) {
	p := &Packing{}
	var limits []uint64
	for _, t := range vars {
		p.Offsets = append(p.Offsets, len(limits))
		n, err := tb.Cells(t)
		if err != nil {
			return nil, err
		}
		if len(limits)+n > MaxCells {
			return nil, fmt.Errorf("the state is too large: more than %d cells", MaxCells)
		}
		limits = tb.Limits(limits, t)
	}
	p.Cells = len(limits)
	widths := make([]uint, len(limits))
	total := 0
	for i, l := range limits {
		widths[i] = uint(bits.Len64(l))
		total += int(widths[i])
	}
	if total > MaxBits {
		return nil, fmt.Errorf("the state is too large: %d bits, the limit is %d", total, MaxBits)
	}
	p.place(groups(tb, vars, p.Offsets), widths)
	return p, nil
}

// Pack writes cells into words, all of them.
func (p *Packing) Pack(words []uint64, cells []int64) {
	clear(words)
	for i := range p.fields {
		f := &p.fields[i]
		v := uint64(cells[i])
		words[f.word] |= v << f.shift
		if f.shift+f.width > 64 {
			words[f.word+1] |= v >> (64 - f.shift)
		}
	}
}

// Unpack reads cells from words.
func (p *Packing) Unpack(cells []int64, words []uint64) {
	for i := range p.fields {
		f := &p.fields[i]
		if f.width == 0 {
			cells[i] = 0
			continue
		}
		v := words[f.word] >> f.shift
		if f.shift+f.width > 64 {
			v |= words[f.word+1] << (64 - f.shift)
		}
		cells[i] = int64(v & f.mask)
	}
}

// Patch packs a few cells over a packed state that it copies.
type Patch struct {
	p     *Packing
	cells []int32 // nil when it is cheaper to pack everything
	all   bool
}

// NewPatch is a patch of the given cells, in increasing order.
func (p *Packing) NewPatch(cells []int) *Patch {
	out := &Patch{p: p, all: len(cells)*3 > p.Cells*2}
	for _, c := range cells {
		if p.fields[c].width > 0 {
			out.cells = append(out.cells, int32(c))
		}
	}
	return out
}

// Apply writes into dst the state of src with the patch's cells taken from cells, which holds all cells of the state.
func (t *Patch) Apply(dst, src []uint64, cells []int64) {
	if t.all {
		t.p.Pack(dst, cells)
		return
	}
	copy(dst, src)
	for _, i := range t.cells {
		f := &t.p.fields[i]
		v := uint64(cells[i])
		dst[f.word] = dst[f.word]&^(f.mask<<f.shift) | v<<f.shift
		if f.shift+f.width > 64 {
			dst[f.word+1] = dst[f.word+1]&^(f.mask>>(64-f.shift)) | v>>(64-f.shift)
		}
	}
}

// Mask gives a packed state's bits of the given cells.
func (p *Packing) Mask(cells []int) []uint64 {
	out := make([]uint64, p.Words)
	for _, c := range cells {
		if f := &p.fields[c]; f.width > 0 {
			out[f.word] |= f.mask << f.shift
			if f.shift+f.width > 64 {
				out[f.word+1] |= f.mask >> (64 - f.shift)
			}
		}
	}
	return out
}
