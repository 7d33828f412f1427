package interp

import (
	"iter"
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Values goes through all values of a finite type in increasing order of rank.
func Values(t *types.Type) iter.Seq[Value] {
	switch t.Kind {
	case types.Bool:
		return integers(0, 1)
	case types.Range:
		return integers(t.Lo, t.Hi)
	case types.Symmetric:
		return integers(0, t.Hi-t.Lo)
	case types.Enum:
		return integers(0, int64(len(t.Members))-1)
	case types.Record, types.Tuple:
		return built(Value{Form: Product}, products(fieldTypes(t.Fields)))
	case types.Union:
		return func(yield func(Value) bool) {
			for i, v := range t.Variants {
				for x := range built(Value{Form: Tagged, Int: int64(i)}, products(fieldTypes(v.Fields))) {
					if !yield(x) {
						return
					}
				}
			}
		}
	case types.Option:
		return func(yield func(Value) bool) {
			if !yield(Value{Form: Tagged}) {
				return
			}
			for x := range Values(t.Elem) {
				if !yield(Value{Form: Tagged, Int: 1, Elems: []Value{x}}) {
					return
				}
			}
		}
	case types.Map:
		return func(yield func(Value) bool) {
			keys := slices.Collect(Values(t.Key))
			for x := range built(Value{Form: Mapping, Keys: keys}, products(repeat(t.Elem, len(keys)))) {
				if !yield(x) {
					return
				}
			}
		}
	case types.Set:
		return func(yield func(Value) bool) {
			subsets(slices.Collect(Values(t.Elem)))(yield)
		}
	case types.Seq:
		return func(yield func(Value) bool) {
			for n := range t.Max + 1 {
				for x := range built(Value{Form: Sequence}, products(repeat(t.Elem, int(n)))) {
					if !yield(x) {
						return
					}
				}
			}
		}
	case types.Bag:
		return func(yield func(Value) bool) {
			for n := range t.Max + 1 {
				more := func(vs []Value) bool { return yield(Value{Form: Multiset, Elems: vs}) }
				if !bags(t.Elem, int(n), nil, more) {
					return
				}
			}
		}
	}
	panic("interp: " + t.String() + " has no finite set of values")
}

func fieldTypes(fs []types.Field) []*types.Type {
	var out []*types.Type
	for _, f := range fs {
		out = append(out, f.Type)
	}
	return out
}

func repeat(t *types.Type, n int) []*types.Type {
	out := make([]*types.Type, n)
	for i := range out {
		out[i] = t
	}
	return out
}

func integers(lo, hi int64) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for n := lo; n <= hi; n++ {
			if !yield(Int(n)) || n == hi { // n+1 may not fit
				return
			}
		}
	}
}

// built puts lists of parts into values like v.
func built(v Value, lists iter.Seq[[]Value]) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for parts := range lists {
			x := v
			x.Elems = parts
			if !yield(x) {
				return
			}
		}
	}
}

// products goes through all lists of one value of each type, the first most significant.
func products(ts []*types.Type) iter.Seq[[]Value] {
	return func(yield func([]Value) bool) {
		var from func(done []Value) bool
		from = func(done []Value) bool {
			if len(done) == len(ts) {
				return yield(slices.Clone(done))
			}
			for x := range Values(ts[len(done)]) {
				if !from(append(done, x)) {
					return false
				}
			}
			return true
		}
		from(make([]Value, 0, len(ts)))
	}
}

// subsets goes through the subsets of increasing values in order of rank: the greatest element decides, then the next.
func subsets(elems []Value) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		var from func(i int, chosen []Value) bool
		from = func(i int, chosen []Value) bool {
			if i < 0 {
				s := slices.Clone(chosen)
				slices.Reverse(s)
				return yield(Value{Form: Set, Elems: s})
			}
			return from(i-1, chosen) && from(i-1, append(chosen, elems[i]))
		}
		from(len(elems)-1, make([]Value, 0, len(elems)))
	}
}

// bags goes through the ways to put n elements before those of rest, from the greatest down. None is greater than the
// first of rest.
func bags(elem *types.Type, n int, rest []Value, yield func([]Value) bool) bool {
	if n == 0 {
		return yield(slices.Clone(rest))
	}
	for x := range Values(elem) {
		if len(rest) > 0 && Compare(x, rest[0]) > 0 {
			break
		}
		if !bags(elem, n-1, append([]Value{x}, rest...), yield) {
			return false
		}
	}
	return true
}
