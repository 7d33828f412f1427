package checker

import (
	"context"
	"testing"
)

func TestCounter(t *testing.T) {
	for _, workers := range []int{1, 2, 4} {
		r, err := Check(context.Background(), counter(4, 10), Config{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if r.Stats.Distinct != 10000 || r.Stats.Generated != 36001 || r.Stats.Depth != 36 || r.Verdict != Holds || r.Stats.Terminal != 1 {
			t.Errorf("%d workers: %+v", workers, r)
		}
	}
}
