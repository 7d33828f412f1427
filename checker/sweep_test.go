package checker

import (
	"slices"
	"testing"
)

// TestUnion: what is asked of all states of a batch is asked of every one, in both words.
func TestUnion(t *testing.T) {
	for _, c := range []struct {
		width        int
		states, want []uint64
	}{
		{1, nil, []uint64{0, 0}},
		{1, []uint64{1, 4, 2}, []uint64{7, 0}},
		{2, []uint64{1, 8, 2, 0, 4, 16}, []uint64{7, 24}},
		{2, []uint64{4, 16, 0, 0}, []uint64{4, 16}},
	} {
		if got := union(c.states, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%d words each, %x: got %x, want %x", c.width, c.states, got, c.want)
		}
	}
}
