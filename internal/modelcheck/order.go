package modelcheck

import (
	"iter"
	"maps"
	"slices"
)

// InOrder goes through a map in the order of its keys, so that a test that fails does so again.
func InOrder[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}
