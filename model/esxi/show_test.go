package esxi

import (
	"iter"
	"strconv"

	"github.com/bulkheadlang/bulkhead/model"
)

// The renderings of the language, so that a Go state and a state of a .bh model read the same.

// showMap shows a map from 1..n.
func showMap(n int, value func(i int) model.Value) model.Value {
	out := model.Value{Shape: model.Map}
	for i := 1; i <= n; i++ {
		out.Elems = append(out.Elems, model.Elem{Key: strconv.Itoa(i), Value: value(i)})
	}
	return out
}

// showOption shows VM 0 as none.
func showOption(v VM) model.Value {
	if v == 0 {
		return model.Value{Shape: model.Tagged, Text: "none"}
	}
	return model.Value{Shape: model.Tagged, Text: "some", Elems: []model.Elem{{Value: model.Int(int64(v))}}}
}

func showSeq(vs []VM) model.Value {
	out := model.Value{Shape: model.Seq}
	for _, v := range vs {
		out.Elems = append(out.Elems, model.Elem{Value: model.Int(int64(v))})
	}
	return out
}

// numbers gives 1 to n.
func numbers[T ~int](n int) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = T(i + 1)
	}
	return out
}

// vectors gives every way of filling n places with 1 to limit, the last place changing fastest.
func vectors(n, limit int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		v := make([]int, n)
		for i := range v {
			v[i] = 1
		}
		for {
			if !yield(append([]int(nil), v...)) {
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
