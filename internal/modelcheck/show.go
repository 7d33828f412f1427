package modelcheck

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"github.com/bulkheadlang/bulkhead/model"
)

// The renderings of the language, so that a Go state and a state of a .bh model read the same.

// Map shows a map from the integers lo..hi.
func Map(lo, hi int, value func(i int) model.Value) model.Value {
	out := model.Value{Shape: model.Map}
	for i := lo; i <= hi; i++ {
		out.Elems = append(out.Elems, model.Elem{Key: strconv.Itoa(i), Value: value(i)})
	}
	return out
}

// None shows none.
func None() model.Value { return model.Value{Shape: model.Tagged, Text: "none"} }

// Some shows some(v).
func Some(v model.Value) model.Value {
	return model.Value{Shape: model.Tagged, Text: "some", Elems: []model.Elem{{Value: v}}}
}

// Option shows n as an option whose none is the zero value.
func Option[T ~int](n T) model.Value {
	if n == 0 {
		return None()
	}
	return Some(Int(n))
}

// Seq shows a sequence of integers.
func Seq[T ~int](ns []T) model.Value {
	out := model.Value{Shape: model.Seq}
	for _, n := range ns {
		out.Elems = append(out.Elems, model.Elem{Value: Int(n)})
	}
	return out
}

// Set shows a set of integers, in their order whatever the order of ns.
func Set[T ~int](ns []T) model.Value {
	out := Seq(slices.SortedFunc(slices.Values(ns), cmp.Compare))
	out.Shape = model.Set
	return out
}

// Names shows a set of names, in the order given, which is that of their type.
func Names[T ~string](names []T) model.Value {
	out := model.Value{Shape: model.Set}
	for _, n := range names {
		out.Elems = append(out.Elems, model.Elem{Value: model.Text(string(n))})
	}
	return out
}

// Int shows an integer.
func Int[T ~int | ~int64](n T) model.Value { return model.Int(int64(n)) }

// Text shows the name that a value has.
func Text(s fmt.Stringer) model.Value { return model.Text(s.String()) }

// Numbers gives 1 to n.
func Numbers[T ~int](n int) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = T(i + 1)
	}
	return out
}

// Vectors gives every way of filling n places with 1 to limit, the last place changing fastest.
func Vectors(n, limit int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		v := make([]int, n)
		for i := range v {
			v[i] = 1
		}
		for {
			if !yield(slices.Clone(v)) {
				return
			}
			i := n - 1
			for i >= 0 && v[i] == limit {
				v[i] = 1
				i--
			}
			if i < 0 {
				return
			}
			v[i]++
		}
	}
}

// Call is the Next of an action without parameters whose step changes a state and refuses by an error.
func Call[S any](step func(*S) error) func(S) iter.Seq2[model.Args, S] {
	once := Call1([]struct{}{{}}, func(s *S, _ struct{}) error { return step(s) })
	return func(s S) iter.Seq2[model.Args, S] {
		return func(yield func(model.Args, S) bool) {
			for _, next := range once(s) {
				if !yield(nil, next) {
					return
				}
			}
		}
	}
}

// Call1 is Call for a step with one parameter.
func Call1[S, P any](ps []P, step func(*S, P) error) func(S) iter.Seq2[model.Args, S] {
	return model.Over(ps, func(s S, p P) (S, bool) {
		err := step(&s, p)
		return s, err == nil
	})
}

// Call2 is Call for a step with two parameters.
func Call2[S, P, Q any](ps []P, qs []Q, step func(*S, P, Q) error) func(S) iter.Seq2[model.Args, S] {
	return model.Over2(ps, qs, func(s S, p P, q Q) (S, bool) {
		err := step(&s, p, q)
		return s, err == nil
	})
}
