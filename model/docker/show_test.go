package docker

import (
	"fmt"
	"iter"
	"strconv"

	"github.com/bulkheadlang/bulkhead/model"
)

// The renderings of the language, so that a Go state and a state of a .bh model read the same.

// showMap shows a map from lo..hi.
func showMap(lo, hi int, value func(i int) model.Value) model.Value {
	out := model.Value{Shape: model.Map}
	for i := lo; i <= hi; i++ {
		out.Elems = append(out.Elems, model.Elem{Key: strconv.Itoa(i), Value: value(i)})
	}
	return out
}

func showNone() model.Value { return model.Value{Shape: model.Tagged, Text: "none"} }

func showSome(v model.Value) model.Value {
	return model.Value{Shape: model.Tagged, Text: "some", Elems: []model.Elem{{Value: v}}}
}

func showSet(names []string) model.Value {
	out := model.Value{Shape: model.Set}
	for _, n := range names {
		out.Elems = append(out.Elems, model.Elem{Value: model.Text(n)})
	}
	return out
}

func showInt[T ~int | ~int64](n T) model.Value { return model.Int(int64(n)) }

func showText(s fmt.Stringer) model.Value { return model.Text(s.String()) }

// numbers gives 1 to n.
func numbers[T ~int](n int) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = T(i + 1)
	}
	return out
}

// cloner is a state that steps can change in place once it is cloned.
type cloner[S any] interface{ clone() S }

// each is model.Over for a step that changes its state and refuses by an error.
func each[S cloner[S], P any](values []P, step func(*S, P) error) func(S) iter.Seq2[model.Args, S] {
	return model.Over(values, func(s S, p P) (S, bool) {
		s = s.clone()
		err := step(&s, p)
		return s, err == nil
	})
}

// each2 is each for two parameters.
func each2[S cloner[S], P, Q any](ps []P, qs []Q, step func(*S, P, Q) error) func(S) iter.Seq2[model.Args, S] {
	return model.Over2(ps, qs, func(s S, p P, q Q) (S, bool) {
		s = s.clone()
		err := step(&s, p, q)
		return s, err == nil
	})
}
