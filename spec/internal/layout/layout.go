// Package layout says how values are stored: as cells while they are worked on, and as bits in a packed state.
//
// A cell is a word that holds a number from 0 to a limit. A scalar (bool, range, enum, symmetric identity, option of a
// scalar) is one cell that holds its rank, its place among the values of its type. Composites are runs of cells:
//
//	record, several keys   the fields in turn
//	map[K]V                V for every key, in the order of rank
//	union                  the number of the constructor, then what it carries; cells not used are 0
//	option of a composite  0 or 1, then the value, all 0 for none
//	set[T]                 a bit for every value of T, 64 a cell, lowest first
//	seq[T, N]              the length, then N values of T; those past the length are 0
//	bag[T, N]              the size, then the ranks of its elements in increasing order; those past the size are 0
//
// Unused cells are 0 so that two values are equal exactly when their cells are.
package layout

import (
	"fmt"
	"math/bits"

	"github.com/bulkheadlang/bulkhead/spec/types"
)

// MaxBits is the greatest size of a packed state, and MaxCells of a value being worked on.
const (
	MaxBits  = 1 << 17
	MaxCells = 1 << 17
)

// IsScalar tells whether a value of the type is a single cell that holds its rank.
func IsScalar(t *types.Type) bool {
	switch t.Kind {
	case types.Bool, types.Int, types.Range, types.Enum, types.Symmetric:
		return true
	case types.Option:
		return IsScalar(t.Elem) && t.Elem.Card() < types.MaxCard
	}
	return false
}

// Table remembers the layouts of types. Once Cells was called for a type, everything about that type and its parts is
// known, and several goroutines may use the table for it.
type Table struct {
	sizes map[*types.Type]int
}

// Cells is the number of cells of a value of the type, or an error where there are too many.
func (tb *Table) Cells(t *types.Type) (int, error) {
	if IsScalar(t) {
		return 1, nil
	}
	if n, ok := tb.sizes[t]; ok {
		return n, nil
	}
	n, err := tb.count(t)
	if err == nil && n > MaxCells {
		err = fmt.Errorf("a value of %s is too large: %d cells, the limit is %d", t, n, MaxCells)
	}
	if err != nil {
		return 0, err
	}
	if tb.sizes == nil {
		tb.sizes = map[*types.Type]int{}
	}
	tb.sizes[t] = n
	return n, nil
}

func (tb *Table) count(t *types.Type) (int, error) {
	switch t.Kind {
	case types.Record, types.Tuple:
		return tb.fields(t.Fields)
	case types.Union:
		most := 0
		for _, v := range t.Variants {
			n, err := tb.fields(v.Fields)
			if err != nil {
				return 0, err
			}
			most = max(most, n)
		}
		return 1 + most, nil
	case types.Option:
		n, err := tb.Cells(t.Elem)
		return 1 + n, err
	case types.Map:
		if _, err := tb.Cells(t.Key); err != nil { // known from now on, for rendering
			return 0, err
		}
		n, err := tb.Cells(t.Elem)
		return times(n, t.Key.Card()), err
	case types.Set:
		c := t.Elem.Card()
		if c > types.MaxSet {
			return 0, fmt.Errorf("%s would need a bit for each of its possible elements, the limit is %d", t, types.MaxSet)
		}
		if _, err := tb.Cells(t.Elem); err != nil {
			return 0, err
		}
		return int(c+63) / 64, nil
	case types.Seq:
		n, err := tb.Cells(t.Elem)
		return 1 + times(n, uint64(t.Max)), err
	case types.Bag:
		if _, err := tb.Cells(t.Elem); err != nil {
			return 0, err
		}
		return 1 + int(t.Max), nil
	}
	return 0, fmt.Errorf("%s has no layout", t)
}

func (tb *Table) fields(fs []types.Field) (int, error) {
	sum := 0
	for _, f := range fs {
		n, err := tb.Cells(f.Type)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

func times(n int, k uint64) int {
	hi, lo := bits.Mul64(uint64(n), k)
	if hi != 0 || lo > 1<<30 {
		return 1 << 30
	}
	return int(lo)
}

// Must is Cells of a type whose layout is known to exist.
func (tb *Table) Must(t *types.Type) int {
	n, err := tb.Cells(t)
	if err != nil {
		panic("layout: " + err.Error())
	}
	return n
}

// Limits appends the greatest number that each cell of a value of the type can hold.
func (tb *Table) Limits(dst []uint64, t *types.Type) []uint64 {
	if IsScalar(t) {
		switch t.Kind {
		case types.Range, types.Symmetric, types.Int:
			return append(dst, uint64(t.Hi)-uint64(t.Lo))
		}
		return append(dst, t.Card()-1)
	}
	switch t.Kind {
	case types.Record, types.Tuple:
		for _, f := range t.Fields {
			dst = tb.Limits(dst, f.Type)
		}
	case types.Union:
		payload := make([]uint64, tb.Must(t)-1)
		for _, v := range t.Variants {
			var ls []uint64
			for _, f := range v.Fields {
				ls = tb.Limits(ls, f.Type)
			}
			for i, l := range ls {
				payload[i] = max(payload[i], l)
			}
		}
		dst = append(append(dst, uint64(len(t.Variants)-1)), payload...)
	case types.Option:
		dst = tb.Limits(append(dst, 1), t.Elem)
	case types.Map:
		one := tb.Limits(nil, t.Elem)
		for range t.Key.Card() {
			dst = append(dst, one...)
		}
	case types.Set:
		for c := t.Elem.Card(); c > 0; c -= min(c, 64) {
			dst = append(dst, ^uint64(0)>>(64-min(c, 64)))
		}
	case types.Seq:
		one := tb.Limits(nil, t.Elem)
		dst = append(dst, uint64(t.Max))
		for range t.Max {
			dst = append(dst, one...)
		}
	case types.Bag:
		dst = append(dst, uint64(t.Max))
		for range t.Max {
			dst = append(dst, t.Elem.Card()-1)
		}
	}
	return dst
}
