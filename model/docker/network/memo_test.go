package network

import "sync"

// memo gives a function that works out each of its values once. A system asks for the successors of a state many times, and
// sites are dear.
func memo[K comparable, V any](f func(K) V) func(K) V {
	var known sync.Map
	return func(k K) V {
		if v, ok := known.Load(k); ok {
			return v.(V)
		}
		v := f(k)
		known.Store(k, v)
		return v
	}
}
