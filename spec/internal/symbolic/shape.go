package symbolic

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/internal/layout"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Limits beyond which a model is not worked on symbolically.
const (
	DomainBits  = 10              // of a variable that diagrams ask for
	domainLimit = 1 << DomainBits // its values
	widthLimit  = 1 << 14         // numbers in a value
)

// Variable is a part of the packed state that diagrams ask for: a scalar, or one possible element of a set.
type Variable struct {
	Word  int
	Shift uint
	Width uint // in bits; 0 where there is one value only
	Size  int  // number of values
	Var   int  // the state variable that it belongs to
}

// part is one number of a flat value: a whole cell, or a bit of it.
type part struct {
	cell  int
	bit   int // or -1
	limit uint64
}

// parts lists the numbers that values of a type consist of, in order: the cells of package layout, but a set is a truth
// value for every possible element.
func (m *Machine) parts(t *types.Type) []part {
	if p, ok := m.flats[t]; ok {
		return p
	}
	var out []part
	at := 0 // cells so far
	add := func(of *types.Type) {
		for _, p := range m.parts(of) {
			p.cell += at
			out = append(out, p)
		}
		at += m.tb.Must(of)
		if len(out) > widthLimit {
			panic(tooWide{})
		}
	}
	cell := func(limit uint64) {
		out = append(out, part{at, -1, limit})
		at++
	}
	switch {
	case layout.IsScalar(t):
		cell(m.tb.Limits(nil, t)[0])
	case t.Kind == types.Record || t.Kind == types.Tuple:
		for _, f := range t.Fields {
			add(f.Type)
		}
	case t.Kind == types.Union:
		// What the constructors carry lies one over the other: that is plain where all of it is whole cells.
		plain := m.plain(t)
		for _, l := range m.tb.Limits(nil, t) {
			if !plain {
				l = ^uint64(0)
			}
			cell(l)
		}
	case t.Kind == types.Option:
		cell(1)
		add(t.Elem)
	case t.Kind == types.Map:
		for range t.Key.Card() {
			add(t.Elem)
		}
	case t.Kind == types.Set:
		n := t.Elem.Card()
		if n > widthLimit {
			panic(tooWide{})
		}
		for i := range int(n) {
			out = append(out, part{i / 64, i % 64, 1})
		}
	case t.Kind == types.Seq:
		cell(uint64(t.Max))
		for range t.Max {
			add(t.Elem)
		}
	default: // Bag
		for _, l := range m.tb.Limits(nil, t) {
			cell(l)
		}
	}
	m.flats[t] = out
	return out
}

// plain tells whether no constructor of a union carries a set, which is cut into bits. Other unions are only copied.
func (m *Machine) plain(t *types.Type) bool {
	for _, v := range t.Variants {
		for _, f := range v.Fields {
			for _, p := range m.parts(f.Type) {
				if p.bit >= 0 || p.limit == ^uint64(0) {
					return false
				}
			}
		}
	}
	return true
}

// open panics unless values of union t can be looked into.
func (m *Machine) open(t *types.Type) {
	if !m.plain(t) {
		unsupported("it looks into a union that carries sets")
	}
}

// tooWide is the panic of a type that has no flat form.
type tooWide struct{}

// width is the number of numbers in a value of type t.
func (m *Machine) width(t *types.Type) int {
	if layout.IsScalar(t) {
		return 1
	}
	return len(m.parts(t))
}

// layOut makes the diagram variables of the state, in the order of their bits.
func (m *Machine) layOut() {
	type placed struct {
		Variable
		flat int
	}
	var all []placed
	flat := 0
	for i, v := range m.p.Vars {
		m.starts = append(m.starts, flat)
		for _, p := range m.parts(v.Type) {
			word, shift, width := m.pk.Place(m.pk.Offsets[i] + p.cell)
			size := int(min(p.limit, 1<<62)) + 1
			if p.bit >= 0 {
				shift, width = shift+uint(p.bit), 1
				word, shift = word+int(shift/64), shift%64
			}
			all = append(all, placed{Variable{word, shift, width, size, i}, flat})
			flat++
		}
		if flat > widthLimit {
			panic(tooWide{})
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int {
		return a.Word*64 + int(a.Shift) - b.Word*64 - int(b.Shift)
	})
	m.varOf, m.Flat = make([]int, flat), make([]int, 0, flat)
	for i, p := range all {
		m.varOf[p.flat] = i
		m.Vars = append(m.Vars, p.Variable)
		m.Flat = append(m.Flat, p.flat)
	}
}
