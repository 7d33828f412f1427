package symmetry_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/spec/internal/layout"
	"github.com/bulkheadlang/bulkhead/spec/internal/symmetry"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// drawType draws a type in which some of the symmetric types occur.
func drawType(t *rapid.T, of []*types.Type, depth int) *types.Type {
	for {
		u := drawAny(t, of, depth)
		if n, err := (&layout.Table{}).Cells(u); err == nil && n <= 200 {
			return u
		}
	}
}

// drawElem draws a type whose values have ranks that can be counted.
func drawElem(t *rapid.T, of []*types.Type, depth int) *types.Type {
	for {
		if u := drawType(t, of, depth); u.Card() <= 64 {
			return u
		}
	}
}

func drawAny(t *rapid.T, of []*types.Type, depth int) *types.Type {
	kinds := []types.Kind{types.Bool, types.Symmetric, types.Symmetric}
	if depth > 0 {
		kinds = append(kinds, types.Record, types.Union, types.Option, types.Map, types.Map, types.Set, types.Set, types.Seq, types.Bag)
	}
	kind := rapid.SampledFrom(kinds).Draw(t, "kind")
	u := &types.Type{Kind: kind}
	fields := func(least int) (fs []types.Field) {
		for range rapid.IntRange(least, 2).Draw(t, "fields") {
			fs = append(fs, types.Field{Name: "f", Type: drawType(t, of, depth-1)})
		}
		return fs
	}
	switch kind {
	case types.Bool:
		return types.BoolType()
	case types.Symmetric:
		return rapid.SampledFrom(of).Draw(t, "of")
	case types.Record:
		u.Fields = fields(1)
	case types.Union:
		for range rapid.IntRange(1, 3).Draw(t, "variants") {
			u.Variants = append(u.Variants, types.Variant{Name: "V", Fields: fields(0)})
		}
	case types.Option:
		u.Elem = drawType(t, of, depth-1)
	case types.Map:
		if rapid.Bool().Draw(t, "two keys") {
			u.Key = &types.Type{Kind: types.Tuple, Fields: []types.Field{{Type: drawElem(t, of, 0)}, {Type: drawElem(t, of, 0)}}}
		} else {
			u.Key = drawElem(t, of, depth-1)
		}
		u.Elem = drawType(t, of, depth-1)
	case types.Seq:
		u.Max, u.Elem = rapid.Int64Range(1, 3).Draw(t, "max"), drawType(t, of, depth-1)
	case types.Set:
		u.Elem = drawElem(t, of, depth-1)
	case types.Bag:
		u.Max, u.Elem = rapid.Int64Range(1, 3).Draw(t, "max"), drawElem(t, of, depth-1)
	}
	return u
}

// drawCells draws a value: small numbers, so that there are many symmetric ones.
func drawCells(t *rapid.T, tb *layout.Table, u *types.Type, cells []int64) {
	small := func(n uint64) int64 {
		return int64(min(rapid.Uint64Range(0, min(n-1, 7)).Draw(t, "rank"), n-1))
	}
	if layout.IsScalar(u) {
		cells[0] = small(u.Card())
		return
	}
	fields := func(fs []types.Field, cells []int64) {
		for _, f := range fs {
			n := tb.Must(f.Type)
			drawCells(t, tb, f.Type, cells[:n])
			cells = cells[n:]
		}
	}
	clear(cells)
	switch u.Kind {
	case types.Record, types.Tuple:
		fields(u.Fields, cells)
	case types.Union:
		cells[0] = small(uint64(len(u.Variants)))
		fields(u.Variants[cells[0]].Fields, cells[1:])
	case types.Option:
		if cells[0] = small(2); cells[0] == 1 {
			drawCells(t, tb, u.Elem, cells[1:])
		}
	case types.Map:
		n := tb.Must(u.Elem)
		for k := range int(u.Key.Card()) {
			drawCells(t, tb, u.Elem, cells[k*n:k*n+n])
		}
	case types.Set:
		for r := range u.Elem.Card() {
			if rapid.IntRange(0, 2).Draw(t, "in") == 0 {
				cells[r/64] |= 1 << (r % 64)
			}
		}
	case types.Seq:
		cells[0] = small(uint64(u.Max) + 1)
		n := tb.Must(u.Elem)
		for k := range int(cells[0]) {
			drawCells(t, tb, u.Elem, cells[1+k*n:1+k*n+n])
		}
	case types.Bag:
		cells[0] = small(uint64(u.Max) + 1)
		for k := range cells[0] {
			cells[1+k] = small(u.Elem.Card())
		}
		slices.Sort(cells[1 : 1+cells[0]])
	}
}

// TestCanonize: a state and what any permutation makes of it have one representative, which is what a permutation makes of
// them; and states have one representative only if some permutation makes one of the other, which is found by trying all.
func TestCanonize(t *testing.T) { rapid.Check(t, canonizeLaw) }

// FuzzCanonize is TestCanonize over inputs that the fuzzer finds.
func FuzzCanonize(f *testing.F) { f.Fuzz(rapid.MakeFuzz(canonizeLaw)) }

func canonizeLaw(t *rapid.T) {
	var of []*types.Type
	for range rapid.IntRange(1, 2).Draw(t, "symmetric types") {
		of = append(of, &types.Type{Kind: types.Symmetric, Lo: 1, Hi: rapid.Int64Range(1, 4).Draw(t, "identities")})
	}
	tb := &layout.Table{}
	var vars []*types.Type
	var offsets []int
	n := 0
	for range rapid.IntRange(1, 3).Draw(t, "variables") {
		u := drawType(t, of, 3)
		vars, offsets = append(vars, u), append(offsets, n)
		n += tb.Must(u)
	}
	g := symmetry.New(tb, vars, offsets)
	if g == nil {
		return
	}
	draw := func() []int64 {
		cells := make([]int64, n)
		for i, u := range vars {
			drawCells(t, tb, u, cells[offsets[i]:offsets[i]+tb.Must(u)])
		}
		return cells
	}
	c := g.NewCanonizer(n)
	canonical := func(cells []int64) []int64 {
		by, out, made := make([]uint16, g.Size()), slices.Clone(cells), make([]int64, n)
		if !c.Canonize(out, by) {
			t.Fatalf("%v: at most 576 orders, and not exact", cells)
		}
		if g.Apply(made, cells, by); !slices.Equal(made, out) {
			t.Fatalf("%v: the permutation %v gives %v, want %v", cells, by, made, out)
		}
		return out
	}
	x, y := draw(), draw()
	cx, cy := canonical(x), canonical(y)
	orbit := false
	for _, by := range permutations(g.Types()) {
		made := make([]int64, n)
		g.Apply(made, x, by)
		if got := canonical(made); !slices.Equal(got, cx) {
			t.Fatalf("%v by %v is %v, whose representative is %v, want %v", x, by, made, got, cx)
		}
		orbit = orbit || slices.Equal(made, y)
	}
	if orbit != slices.Equal(cx, cy) {
		t.Fatalf("%v and %v are of one orbit: %v; representatives %v and %v", x, y, orbit, cx, cy)
	}
}

// permutations lists all elements of the group.
func permutations(of []*types.Type) [][]uint16 {
	out := [][]uint16{nil}
	for _, u := range of {
		var longer [][]uint16
		for _, p := range out {
			first := uint16(len(p))
			var arrange func(left []uint16, q []uint16)
			arrange = func(left, q []uint16) {
				if len(left) == 0 {
					longer = append(longer, slices.Clone(q))
				}
				for i, id := range left {
					arrange(slices.Delete(slices.Clone(left), i, i+1), append(slices.Clone(q), id))
				}
			}
			var ids []uint16
			for k := range uint16(u.Card()) {
				ids = append(ids, first+k)
			}
			arrange(ids, p)
		}
		out = longer
	}
	return out
}

// TestManyAlike: identities that nothing tells apart need no search, however many they are.
func TestManyAlike(t *testing.T) {
	vm := &types.Type{Kind: types.Symmetric, Lo: 1, Hi: 40}
	tb := &layout.Table{}
	u := &types.Type{Kind: types.Map, Key: vm, Elem: &types.Type{Kind: types.Range, Lo: 0, Hi: 3}}
	g := symmetry.New(tb, []*types.Type{u}, []int{0})
	c := g.NewCanonizer(40)
	cells := make([]int64, 40)
	for i := range cells {
		cells[i] = int64(i*7) % 4
	}
	other := slices.Clone(cells)
	slices.Reverse(other)
	if !c.Canonize(cells, nil) || !c.Canonize(other, nil) || !slices.Equal(cells, other) {
		t.Errorf("got %v and %v", cells, other)
	}
}

// TestRing: a ring looks the same from everywhere, so that one identity has to be singled out.
func TestRing(t *testing.T) {
	const n = 9
	p := &types.Type{Kind: types.Symmetric, Lo: 1, Hi: n}
	tb := &layout.Table{}
	u := &types.Type{Kind: types.Map, Key: p, Elem: p}
	g := symmetry.New(tb, []*types.Type{u}, []int{0})
	c := g.NewCanonizer(n)
	ring, two := make([]int64, n), make([]int64, n)
	for i := range ring {
		ring[i] = int64(i+1) % n
		two[i] = int64(i+2) % n // one ring as well, in another order
	}
	cut := slices.Clone(ring) // a ring of 4 and one of 5
	cut[3], cut[8] = 0, 4
	exact := c.Canonize(ring, nil) && c.Canonize(two, nil) && c.Canonize(cut, nil)
	if !exact || !slices.Equal(ring, two) || slices.Equal(ring, cut) {
		t.Errorf("got %v, %v and %v, exact %v", ring, two, cut, exact)
	}
}
