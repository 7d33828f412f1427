package controller

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
)

// 5 ms, doubled, 1000 s at most: DefaultTypedControllerRateLimiter.
func TestDelay(t *testing.T) {
	for failures, want := range []int64{0, 5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240, 20_480, 40_960, 81_920, 163_840, 327_680, 655_360, 1_000_000, 1_000_000} {
		if got := DefaultLimits.Delay(failures); got != want {
			t.Errorf("after %d failures: got %d ms, want %d", failures, got, want)
		}
	}
	if got := (Limits{1, maxTime}).Delay(math.MaxInt); got != maxTime {
		t.Errorf("got %d, want the longest", got)
	}
	for _, l := range []Limits{{}, {2, 1}, {1, math.MaxInt64}} {
		if _, err := NewQueue(l); err == nil {
			t.Errorf("%+v: want an error", l)
		}
	}
}

// Whatever is done to a queue, no key is twice in it or with two workers, and a key that was added after it was last given out is
// given out again once all are done.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := must(NewQueue(Limits{1, 8}))
		owed := map[string]bool{}
		var have []string
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			k := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key")
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0, 1:
				q.Add(k)
				owed[k] = true
			case 2:
				got, err := q.Get()
				if err != nil {
					continue
				}
				if slices.Contains(have, got) {
					t.Fatalf("%s is given to two workers", got)
				}
				have = append(have, got)
				owed[got] = false
			case 3:
				if slices.Contains(have, k) {
					have = without(have, k)
					if rapid.Bool().Draw(t, "fails") {
						if err := q.Fail(k); err != nil {
							t.Fatal(err)
						}
						owed[k] = true
					} else if err := q.Done(k); err != nil || q.Failures(k) != 0 {
						t.Fatalf("got %v and %d failures", err, q.Failures(k))
					}
				} else if err := q.Done(k); !errors.Is(err, model.ErrRefused) {
					t.Fatalf("%s is with nobody: got %v", k, err)
				}
			case 4:
				if err := q.Advance(rapid.Int64Range(1, 5).Draw(t, "ms")); err != nil {
					t.Fatal(err)
				}
			}
			keys := q.Keys()
			slices.Sort(keys)
			if len(slices.Compact(keys)) != q.Len() {
				t.Fatalf("a key is twice in %v", q.Keys())
			}
		}
		for _, k := range have {
			if err := q.Done(k); err != nil {
				t.Fatal(err)
			}
		}
		if err := q.Advance(8); err != nil {
			t.Fatal(err)
		}
		for k, is := range owed {
			if is && !slices.Contains(q.Keys(), k) {
				t.Fatalf("%s is lost: %v", k, q.Keys())
			}
		}
	})
}

// Syncs against counting by hand: what they say, done, gives what is wanted, in bursts of 500 as the controller has them.
func TestSync(t *testing.T) {
	for _, test := range []struct {
		desired, cached, burst int
		want                   Plan
	}{
		{3, 1, BurstReplicas, Plan{Create: 2}},
		{1, 3, BurstReplicas, Plan{Delete: 2}},
		{2, 2, BurstReplicas, Plan{}},
		{1200, 0, BurstReplicas, Plan{Create: 500}},
		{0, 1200, BurstReplicas, Plan{Delete: 500}},
	} {
		var r Replicas
		got, err := r.Sync(test.desired, test.cached, test.burst)
		if err != nil || got != test.want || r.Settled() != (got == Plan{}) {
			t.Errorf("%+v: got %+v and %v, settled %t", test, got, err, r.Settled())
		}
		again, err := r.Sync(test.desired, test.cached, test.burst)
		if err != nil || again != (Plan{}) {
			t.Errorf("%+v: asked again, got %+v and %v", test, again, err)
		}
	}
	for _, bad := range [][3]int{{-1, 0, 1}, {0, -1, 1}, {0, 0, 0}, {MaxReplicas + 1, 0, 1}} {
		var r Replicas
		if _, err := r.Sync(bad[0], bad[1], bad[2]); err == nil {
			t.Errorf("%v: want an error", bad)
		}
	}
}

// What is expected ends by being seen, or after five minutes, and not before.
func TestExpectations(t *testing.T) {
	var r Replicas
	if _, err := r.Sync(2, 0, BurstReplicas); err != nil {
		t.Fatal(err)
	}
	r.SeenCreation()
	r.SeenDeletion() // nothing expects it
	if r.Settled() {
		t.Error("one creation is not seen: want it to be expected")
	}
	if err := r.Advance(ExpectationsTimeout); err != nil || r.Settled() {
		t.Errorf("after five minutes: got %t and %v", r.Settled(), err)
	}
	if err := r.Advance(1); err != nil || !r.Settled() {
		t.Errorf("after more than five minutes: got %t and %v", r.Settled(), err)
	}
	if plan, err := r.Sync(2, 1, BurstReplicas); err != nil || plan != (Plan{Create: 1}) {
		t.Errorf("got %+v and %v, want one more", plan, err)
	}
	r.SeenCreation()
	r.SeenCreation()
	if !r.Settled() || r.Creations != 0 {
		t.Errorf("got %+v, want nothing expected", r)
	}
	if err := r.Advance(0); !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v, want a refusal", err)
	}
}

// The delay comes to an end with any limits.
func TestDelayOfNothing(t *testing.T) {
	if got := (Limits{First: -1, Most: 10}).Delay(math.MaxInt); got > 10 {
		t.Errorf("got %d, want 10 at most", got)
	}
}
