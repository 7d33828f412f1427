// Package redraw is for tests on what rapid draws that are to meet something rare: so few draws are made of a kind that is
// dear that the rare one may be missing, which says nothing of what is tested.
package redraw

import (
	"testing"

	"pgregory.net/rapid"
)

// most is how often rapid's number of checks is taken at most: where one round misses what is rare with probability 1/2, all
// do with less than one in a million.
const most = 25

// Until checks a property, and goes on with new draws until they have met enough. Whether they have in the end is for the
// caller to see.
func Until(t *testing.T, enough func() bool, property func(*rapid.T)) {
	t.Helper()
	for range most {
		rapid.Check(t, property)
		if t.Failed() || enough() {
			return
		}
	}
}
