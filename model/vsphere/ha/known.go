package ha

import "github.com/bulkheadlang/bulkhead/model"

// known refuses a number that names nothing: those of machines and hosts go from 1 to n.
func known[T ~int](what string, i T, n int) error {
	if i < 1 || int(i) > n {
		return model.Refuse("%s %d: want 1 to %d", what, i, n)
	}
	return nil
}
