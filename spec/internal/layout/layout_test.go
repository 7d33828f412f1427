package layout_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
	"github.com/bulkheadlang/bulkhead/spec/internal/layout"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// maxCells keeps the values of a test small enough to make many.
const maxCells = 600

// drawType draws a type of any kind that has a layout of at most maxCells.
func drawType(t *rapid.T, depth int) *types.Type {
	for {
		u := drawAny(t, depth)
		if n, err := (&layout.Table{}).Cells(u); err == nil && n <= maxCells {
			return u
		}
	}
}

func drawAny(t *rapid.T, depth int) *types.Type {
	kinds := []types.Kind{types.Bool, types.Range, types.Enum, types.Symmetric}
	if depth > 0 {
		kinds = append(kinds, types.Record, types.Union, types.Option, types.Map, types.Set, types.Seq, types.Bag)
	}
	u := &types.Type{Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
	length := func(lo, hi int) int { return rapid.IntRange(lo, hi).Draw(t, "length") }
	fields := func(least int) []types.Field {
		var fs []types.Field
		for i := range length(least, 3) {
			fs = append(fs, types.Field{Name: fmt.Sprintf("f%d", i), Type: drawType(t, depth-1)})
		}
		return fs
	}
	switch u.Kind {
	case types.Bool:
		return types.BoolType()
	case types.Range:
		b := rapid.SampledFrom([][2]int64{
			{0, 0},
			{-3, -3},
			{0, 1},
			{-2, 4},
			{0, 9},
			{5, 70},
			{0, 255},
			{-1000, 1000},
			{0, 1<<62 - 2},
			{-1 << 61, 1 << 61},
			{0, math.MaxInt64},
			{math.MinInt64, math.MaxInt64},
		}).Draw(t, "bounds")
		u.Lo, u.Hi = b[0], b[1]
	case types.Symmetric:
		u.Lo = rapid.SampledFrom([]int64{-2, 0, 1}).Draw(t, "lo")
		u.Hi = u.Lo + int64(length(0, 9))
	case types.Enum:
		u.Members = []string{"a", "b", "c", "d", "e"}[:length(1, 5)]
	case types.Record:
		u.Fields = fields(1)
	case types.Union:
		for i := range length(1, 4) {
			u.Variants = append(u.Variants, types.Variant{Name: fmt.Sprintf("V%d", i), Fields: fields(0)})
		}
	case types.Map:
		u.Elem = drawType(t, depth-1)
		if rapid.Bool().Draw(t, "two keys") {
			u.Key = &types.Type{Kind: types.Tuple, Fields: []types.Field{{Type: drawType(t, depth-1)}, {Type: drawType(t, 0)}}}
		} else {
			u.Key = drawType(t, depth-1)
		}
	case types.Seq, types.Bag:
		u.Max = int64(length(0, 4))
		u.Elem = drawType(t, depth-1)
		if u.Kind == types.Bag && u.Elem.Card() >= types.MaxCard {
			u.Elem = types.BoolType() // the type checker refuses more
		}
	default:
		u.Elem = drawType(t, depth-1)
	}
	return u
}

// drawValue draws a value of a type.
func drawValue(t *rapid.T, u *types.Type) interp.Value {
	number := func(lo, hi int64) int64 { return rapid.Int64Range(lo, hi).Draw(t, "number") }
	list := func(form interp.Form, ts ...*types.Type) interp.Value {
		v := interp.Value{Form: form}
		for _, w := range ts {
			v.Elems = append(v.Elems, drawValue(t, w))
		}
		return v
	}
	of := func(fs []types.Field) []*types.Type {
		var ts []*types.Type
		for _, f := range fs {
			ts = append(ts, f.Type)
		}
		return ts
	}
	switch u.Kind {
	case types.Bool:
		return interp.Int(number(0, 1))
	case types.Range:
		return interp.Int(number(u.Lo, u.Hi))
	case types.Symmetric:
		return interp.Int(number(0, u.Hi-u.Lo))
	case types.Enum:
		return interp.Int(number(0, int64(len(u.Members))-1))
	case types.Record, types.Tuple:
		return list(interp.Product, of(u.Fields)...)
	case types.Union:
		i := number(0, int64(len(u.Variants))-1)
		v := list(interp.Tagged, of(u.Variants[i].Fields)...)
		v.Int = i
		return v
	case types.Option:
		if number(0, 2) == 0 {
			return interp.Value{Form: interp.Tagged}
		}
		v := list(interp.Tagged, u.Elem)
		v.Int = 1
		return v
	case types.Map:
		keys := slices.Collect(interp.Values(u.Key))
		v := list(interp.Mapping, slices.Repeat([]*types.Type{u.Elem}, len(keys))...)
		v.Keys = keys
		return v
	case types.Set:
		v := list(interp.Set, slices.Repeat([]*types.Type{u.Elem}, int(number(0, 6)))...)
		slices.SortFunc(v.Elems, interp.Compare)
		v.Elems = slices.CompactFunc(v.Elems, interp.Equal)
		return v
	case types.Seq:
		return list(interp.Sequence, slices.Repeat([]*types.Type{u.Elem}, int(number(0, u.Max)))...)
	default:
		v := list(interp.Multiset, slices.Repeat([]*types.Type{u.Elem}, int(number(0, u.Max)))...)
		slices.SortFunc(v.Elems, interp.Compare)
		return v
	}
}

func encode(tb *layout.Table, u *types.Type, v interp.Value) []int64 {
	cells := make([]int64, tb.Must(u))
	for i := range cells {
		cells[i] = -1 // whatever was there
	}
	interp.Encode(tb, u, v, cells)
	return cells
}

// TestCells: cells give their value back, stay within the limits, and are equal exactly when the values are.
func TestCells(t *testing.T) { rapid.Check(t, cellsLaw) }

// FuzzCells is TestCells over inputs that the fuzzer finds.
func FuzzCells(f *testing.F) { f.Fuzz(rapid.MakeFuzz(cellsLaw)) }

func cellsLaw(t *rapid.T) {
	tb := &layout.Table{}
	u := drawType(t, 3)
	v, w := drawValue(t, u), drawValue(t, u)
	limits := tb.Limits(nil, u)
	if len(limits) != tb.Must(u) {
		t.Fatalf("%s: %d limits for %d cells", u, len(limits), tb.Must(u))
	}
	cv, cw := encode(tb, u, v), encode(tb, u, w)
	for i, c := range cv {
		if uint64(c) > limits[i] {
			t.Errorf("%s: cell %d is %d, the limit is %d", u, i, uint64(c), limits[i])
		}
	}
	if back := interp.Decode(tb, u, cv); !interp.Equal(back, v) {
		t.Errorf("%s: got %v, want %v", u, interp.Render(u, back), interp.Render(u, v))
	}
	if slices.Equal(cv, cw) != interp.Equal(v, w) {
		t.Errorf("%s: %v and %v have cells %v and %v", u, interp.Render(u, v), interp.Render(u, w), cv, cw)
	}
	if got, want := tb.Render(u, cv), interp.Render(u, v); !got.Equal(want) {
		t.Errorf("%s: shown as %v, want %v", u, got, want)
	}
}

// TestRank: the rank of a value is below the number of values, orders them as values, and gives the value back.
func TestRank(t *testing.T) { rapid.Check(t, rankLaw) }

// FuzzRank is TestRank over inputs that the fuzzer finds.
func FuzzRank(f *testing.F) { f.Fuzz(rapid.MakeFuzz(rankLaw)) }

func rankLaw(t *rapid.T) {
	tb := &layout.Table{}
	u := drawType(t, 3)
	card := u.Card()
	if card >= types.MaxCard {
		return
	}
	v, w := drawValue(t, u), drawValue(t, u)
	cv := encode(tb, u, v)
	rv, rw := tb.Rank(u, cv), tb.Rank(u, encode(tb, u, w))
	if rv >= card || rw >= card {
		t.Fatalf("%s: ranks %d and %d of %d values", u, rv, rw, card)
	}
	order := 0
	switch {
	case rv < rw:
		order = -1
	case rv > rw:
		order = 1
	}
	if got := interp.Compare(v, w); got != order {
		t.Errorf("%s: %v (rank %d) and %v (rank %d) compare as %d", u, interp.Render(u, v), rv, interp.Render(u, w), rw, got)
	}
	back := slices.Repeat([]int64{-1}, len(cv))
	if tb.Unrank(u, rv, back); !slices.Equal(back, cv) {
		t.Errorf("%s: rank %d gives %v, want %v", u, rv, back, cv)
	}
	r := rapid.Uint64Range(0, card-1).Draw(t, "rank")
	tb.Unrank(u, r, back)
	if got := tb.Rank(u, back); got != r {
		t.Errorf("%s: rank %d gives %v, of rank %d", u, r, back, got)
	}
	if text := tb.RankText(u, rv); u.Kind != types.Tuple && text != interp.Render(u, v).String() {
		t.Errorf("%s: rank %d shows as %s, want %v", u, rv, text, interp.Render(u, v))
	}
}

// TestAllValues goes through whole types: the ranks 0, 1, 2, … are the values in order, as many as Card says.
func TestAllValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tb := &layout.Table{}
		u := drawType(t, 2)
		if u.Card() > 3000 {
			return
		}
		r := uint64(0)
		for v := range interp.Values(u) {
			cells := encode(tb, u, v)
			if got := tb.Rank(u, cells); got != r {
				t.Fatalf("%s: value %d, %v, has rank %d", u, r, interp.Render(u, v), got)
			}
			r++
		}
		if r != u.Card() {
			t.Fatalf("%s: %d values, want %d", u, r, u.Card())
		}
	})
}

// TestPacking: what is packed is unpacked, and equal words are equal states.
func TestPacking(t *testing.T) { rapid.Check(t, packingLaw) }

// FuzzPacking is TestPacking over inputs that the fuzzer finds.
func FuzzPacking(f *testing.F) { f.Fuzz(rapid.MakeFuzz(packingLaw)) }

func packingLaw(t *rapid.T) {
	tb := &layout.Table{}
	var us []*types.Type
	for range rapid.IntRange(0, 4).Draw(t, "variables") {
		us = append(us, drawType(t, 2))
	}
	p, err := layout.NewPacking(tb, us)
	if err != nil {
		t.Fatal(err)
	}
	if want := max(1, (p.Bits+63)/64); p.Words != want {
		t.Fatalf("%d bits in %d words, want %d", p.Bits, p.Words, want)
	}
	var cells [2][]int64
	var words [2][]uint64
	for k := range 2 {
		for i, u := range us {
			if p.Offsets[i] != len(cells[k]) {
				t.Fatalf("variable %d begins at cell %d, want %d", i, p.Offsets[i], len(cells[k]))
			}
			cells[k] = append(cells[k], encode(tb, u, drawValue(t, u))...)
		}
		if len(cells[k]) != p.Cells {
			t.Fatalf("%d cells, want %d", len(cells[k]), p.Cells)
		}
		words[k] = slices.Repeat([]uint64{math.MaxUint64}, p.Words) // whatever was there
		p.Pack(words[k], cells[k])
		back := slices.Repeat([]int64{-1}, p.Cells)
		if p.Unpack(back, words[k]); !slices.Equal(back, cells[k]) {
			t.Fatalf("%v: got %v, want %v", us, back, cells[k])
		}
		if used := p.Used - 64*(p.Words-1); p.Used < p.Bits || used < 64 && words[k][p.Words-1]>>max(0, used) != 0 {
			t.Errorf("%v: bits past %d are set: %x", us, p.Used, words[k])
		}
	}
	if slices.Equal(words[0], words[1]) != slices.Equal(cells[0], cells[1]) {
		t.Errorf("%v: cells %v and %v give words %x and %x", us, cells[0], cells[1], words[0], words[1])
	}
}

func TestSizes(t *testing.T) {
	rng := func(lo, hi int64) *types.Type { return &types.Type{Kind: types.Range, Lo: lo, Hi: hi} }
	set := func(elem *types.Type) *types.Type { return &types.Type{Kind: types.Set, Elem: elem} }
	option := func(elem *types.Type) *types.Type { return &types.Type{Kind: types.Option, Elem: elem} }
	pod := &types.Type{Kind: types.Record, Fields: []types.Field{{Name: "a", Type: rng(0, 5)}, {Name: "b", Type: types.BoolType()}}}
	for _, c := range []struct {
		t           *types.Type
		cells, bits int
	}{
		{rng(7, 7), 1, 0},
		{rng(0, 4), 1, 3},
		{rng(math.MinInt64, math.MaxInt64), 1, 64},
		{option(rng(0, 6)), 1, 3},
		{option(option(rng(0, 5))), 1, 3},
		{option(rng(0, math.MaxInt64)), 2, 64},
		{option(pod), 3, 5},
		{set(rng(0, 63)), 1, 64},
		{set(rng(0, 99)), 2, 100},
		{set(set(rng(0, 3))), 1, 16},
		{&types.Type{Kind: types.Map, Key: pod, Elem: rng(0, 2)}, 12, 24},
		{&types.Type{Kind: types.Seq, Elem: pod, Max: 4}, 9, 3 + 4*4},
		{&types.Type{Kind: types.Bag, Elem: pod, Max: 4}, 5, 3 + 4*4},
		{&types.Type{Kind: types.Union, Variants: []types.Variant{{Name: "A", Fields: pod.Fields}, {Name: "B", Fields: []types.Field{{Name: "c", Type: rng(0, 99)}}}, {Name: "C"}}}, 3, 2 + 7 + 1},
	} {
		p, err := layout.NewPacking(&layout.Table{}, []*types.Type{c.t})
		if err != nil {
			t.Fatal(err)
		}
		if p.Cells != c.cells || p.Bits != c.bits {
			t.Errorf("%s: got %d cells and %d bits, want %d and %d", c.t, p.Cells, p.Bits, c.cells, c.bits)
		}
	}
}

func TestTooLarge(t *testing.T) {
	rng := func(hi int64) *types.Type { return &types.Type{Kind: types.Range, Hi: hi} }
	mapTo := func(n int64, elem *types.Type) *types.Type {
		return &types.Type{Kind: types.Map, Key: rng(n - 1), Elem: elem}
	}
	for _, us := range [][]*types.Type{
		{mapTo(1<<16, mapTo(1<<16, rng(1)))},
		{mapTo(1<<16, mapTo(1<<16, mapTo(1<<16, mapTo(1<<16, rng(1)))))},
		{mapTo(1<<10, rng(1<<62)), mapTo(1<<10, rng(1<<62)), mapTo(1<<10, rng(1<<62))}, // bits
		{mapTo(1<<16, rng(0)), mapTo(1<<16, rng(0)), mapTo(1<<16, rng(0))},             // cells
		{{Kind: types.Set, Elem: rng(1 << 16)}},
		{{Kind: types.Seq, Max: 1 << 16, Elem: mapTo(1<<16, rng(1))}},
		{{Kind: types.Option, Elem: mapTo(1<<16, mapTo(4, rng(1)))}},
	} {
		if p, err := layout.NewPacking(&layout.Table{}, us); err == nil {
			t.Errorf("%v: got %d cells and %d bits, want an error", us, p.Cells, p.Bits)
		}
	}
}
