package alloc

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/redraw"
)

// permutations calls yield with every order of the numbers from k on.
func permutations(of []int, k int, yield func([]int) bool) bool {
	if k == len(of) {
		return yield(of)
	}
	for i := k; i < len(of); i++ {
		of[k], of[i] = of[i], of[k]
		if !permutations(of, k+1, yield) {
			return false
		}
		of[k], of[i] = of[i], of[k]
	}
	return true
}

// someOrder tries all orders of clients.
func someOrder(free []int, holds, needs [][]int) bool {
	clients := make([]int, len(holds))
	for i := range clients {
		clients[i] = i
	}
	return !permutations(clients, 0, func(order []int) bool {
		work := slices.Clone(free)
		for _, c := range order {
			for k := range work {
				if needs[c][k] > work[k] {
					return true // try the next one
				}
				work[k] += holds[c][k]
			}
		}
		return false
	})
}

// The greedy test says yes exactly where one of all orders of up to five clients does, and gives one that does.
func TestSafeIsSomeOrder(t *testing.T) {
	safe := map[bool]int{}
	redraw.Until(t, func() bool { return safe[true] > 0 && safe[false] > 0 }, func(t *rapid.T) {
		clients, kinds := rapid.IntRange(0, 5).Draw(t, "clients"), rapid.IntRange(1, 3).Draw(t, "kinds")
		row := rapid.SliceOfN(rapid.IntRange(0, 3), kinds, kinds)
		table := rapid.SliceOfN(row, clients, clients)
		free, holds, needs := row.Draw(t, "free"), table.Draw(t, "holds"), table.Draw(t, "needs")
		order, got := Order(free, holds, needs)
		if want := someOrder(free, holds, needs); got != want {
			t.Fatalf("got safe %t, want %t", got, want)
		}
		safe[got]++
		work := slices.Clone(free)
		for _, c := range order {
			if !within(needs[c-1], work) {
				t.Fatalf("order %v: client %d cannot get %v of %v", order, c, needs[c-1], work)
			}
			for k, n := range holds[c-1] {
				work[k] += n
			}
		}
		for i := range holds { // nobody is left out who could go on
			if !slices.Contains(order, Client(i+1)) && within(needs[i], work) {
				t.Fatalf("order %v: client %d could go on", order, i+1)
			}
		}
	})
	if safe[true] == 0 || safe[false] == 0 {
		t.Errorf("got %v", safe)
	}
}

// The snapshot of A. Silberschatz, P. B. Galvin and G. Gagne, Operating System Concepts, 10th ed., 8.6.3.3: five
// threads and 10, 5 and 7 units. T1 may have (1, 0, 2), after which T4 may not have (3, 3, 0), and T0 may not have (0,
// 2, 0).
func TestSilberschatz(t *testing.T) {
	b, err := NewBanker([]int{10, 5, 7}, [][]int{{7, 5, 3}, {3, 2, 2}, {9, 0, 2}, {2, 2, 2}, {4, 3, 3}})
	if err != nil {
		t.Fatal(err)
	}
	for c, has := range [][]int{{0, 1, 0}, {2, 0, 0}, {3, 0, 2}, {2, 1, 1}, {0, 0, 2}} {
		if err := b.Ask(Client(c+1), has...); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := b.Free(), []int{3, 3, 2}; !slices.Equal(got, want) {
		t.Errorf("free: got %v, want %v", got, want)
	}
	if err := b.Ask(2, 1, 0, 2); err != nil {
		t.Errorf("T1: %v", err)
	}
	if order, ok := b.Order(); !ok || !slices.Equal(order, []Client{2, 4, 5, 1, 3}) {
		t.Errorf("got order %v, %t, want T1, T3, T4, T0, T2", order, ok)
	}
	for _, test := range []struct {
		client Client
		units  []int
		want   error
	}{
		{5, []int{3, 3, 0}, ErrWait}, // not free
		{1, []int{0, 2, 0}, ErrWait}, // free, and not safe
		{1, []int{8, 0, 0}, ErrClaim},
		{3, []int{0, 1, 0}, ErrClaim},
		{6, []int{0, 0, 0}, model.ErrRefused},
		{1, []int{0}, model.ErrRefused},
		{1, []int{0, -1, 0}, model.ErrRefused},
	} {
		if err := b.Ask(test.client, test.units...); !errors.Is(err, test.want) || !errors.Is(err, model.ErrRefused) || Waits(err) != (test.want == ErrWait) {
			t.Errorf("client %d asks for %v: got %v, want %v", test.client, test.units, err, test.want)
		}
	}
}

// A client that asks for more than it declared is an error of the client, not something to wait for; without that test,
// the order that was found is worth nothing.
func TestBankerNeedsClaims(t *testing.T) {
	b := made(NewBanker([]int{2}, [][]int{{1}, {2}}))
	if err := b.Ask(1, 1); err != nil {
		t.Fatal(err)
	}
	if err := b.Ask(1, 1); !errors.Is(err, ErrClaim) || Waits(err) {
		t.Errorf("got %v, want %v", err, ErrClaim)
	}
	if !b.Complete(1) || b.Complete(2) || b.Complete(3) {
		t.Error("client 1 alone is complete")
	}
	if err := b.GiveBack(3); !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v", err)
	}
	if err := b.GiveBack(1); err != nil || b.Free()[0] != 2 || b.Has(1)[0] != 0 {
		t.Errorf("got %v, free %v", err, b.Free())
	}
}

// Random requests, and clients that give back when they are complete: as long as somebody is not, somebody can go on,
// and all get through.
func TestBankerNeverDeadlocks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := []int{4, 3}
		claims := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) []int {
			return []int{rapid.IntRange(0, 4).Draw(t, "a"), rapid.IntRange(0, 3).Draw(t, "b")}
		}), 1, 4).Draw(t, "claims")
		b := made(NewBanker(total, claims))
		for range 40 {
			c := Client(rapid.IntRange(1, len(claims)).Draw(t, "client"))
			_ = b.Ask(c, rapid.IntRange(0, 2).Draw(t, "units of a"), rapid.IntRange(0, 2).Draw(t, "units of b"))
			if b.Complete(c) && rapid.Bool().Draw(t, "give back") {
				if err := b.GiveBack(c); err != nil {
					t.Fatal(err)
				}
			}
		}
		order, ok := b.Order()
		if !ok {
			t.Fatal("not safe")
		}
		for _, c := range order {
			missing := slices.Clone(claims[c-1])
			for k, n := range b.Has(c) {
				missing[k] -= n
			}
			if err := b.Ask(c, missing...); err != nil {
				t.Fatalf("client %d cannot get through: %v", c, err)
			}
			if err := b.GiveBack(c); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// place puts all on nodes, and gives where they go; -1 is rejected.
func place(policy Policy, capacity, sizes []int) []int {
	nodes := made(NewNodes(policy, capacity))
	var at []int
	for _, s := range sizes {
		n, err := nodes.Place(s)
		if err != nil {
			n = -1
		}
		at = append(at, n)
	}
	return at
}

// A greedy scheduler is not optimal: best fit on nodes of 4 and 3 rejects the third of 2, 3 and 2, though all can be
// placed. First fit fails elsewhere.
func TestBestFitRejectsThoughAllFit(t *testing.T) {
	for _, test := range []struct {
		policy   Policy
		capacity []int
		sizes    []int
		want     []int
	}{
		{BestFit, []int{4, 3}, []int{2, 3, 2}, []int{1, 0, -1}},
		{FirstFit, []int{4, 3}, []int{2, 3, 2}, []int{0, 1, 0}},
		{FirstFit, []int{4, 3}, []int{3, 4}, []int{0, -1}},
		{BestFit, []int{4, 3}, []int{3, 4}, []int{1, 0}},
		{WorstFit, []int{4, 3}, []int{1, 2, 4}, []int{0, 0, -1}},
	} {
		if got := place(test.policy, test.capacity, test.sizes); !slices.Equal(got, test.want) {
			t.Errorf("%d on %v: %v: got %v, want %v", test.policy, test.capacity, test.sizes, got, test.want)
		}
		if !Packable(test.capacity, test.sizes) {
			t.Errorf("%v do not fit on %v", test.sizes, test.capacity)
		}
	}
}

// packable tries every way.
func packable(left []int, sizes []int) bool {
	if len(sizes) == 0 {
		return true
	}
	for n := range left {
		if left[n] >= sizes[0] {
			next := slices.Clone(left)
			next[n] -= sizes[0]
			if packable(next, sizes[1:]) {
				return true
			}
		}
	}
	return false
}

// Any sizes, any policy: what is placed is placed as the policy says, no node is over, what is refused fits nowhere,
// and what cannot be packed is not.
func TestPlacements(t *testing.T) {
	missed := 0
	rapid.Check(t, func(t *rapid.T) {
		capacity := rapid.SliceOfN(rapid.IntRange(0, 6), 0, 4).Draw(t, "capacity")
		sizes := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 6).Draw(t, "sizes")
		policy := rapid.SampledFrom([]Policy{FirstFit, BestFit, WorstFit}).Draw(t, "policy")
		left, all := slices.Clone(capacity), true
		for i, n := range place(policy, capacity, sizes) {
			if n < 0 {
				all = false
				if len(left) > 0 && slices.Max(left) >= sizes[i] {
					t.Fatalf("size %d was rejected: %v", sizes[i], left)
				}
				continue
			}
			if left[n] < sizes[i] {
				t.Fatalf("size %d on node %d: %v", sizes[i], n, left)
			}
			for m, room := range left {
				if room >= sizes[i] && (policy == FirstFit && m < n || policy == BestFit && room < left[n] || policy == WorstFit && room > left[n]) {
					t.Fatalf("policy %d: size %d on node %d: %v", policy, sizes[i], n, left)
				}
			}
			left[n] -= sizes[i]
		}
		want := packable(capacity, sizes)
		if got := Packable(capacity, sizes); got != want || all && !want {
			t.Fatalf("%v on %v: got packable %t, want %t; placed all %t", sizes, capacity, got, want, all)
		}
		if want && !all {
			missed++
		}
	})
	if missed == 0 {
		t.Log("greedy was optimal in all cases")
	}
}

func TestRemove(t *testing.T) {
	n := made(NewNodes(FirstFit, []int{3}))
	if _, err := n.Place(3); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Place(1); !errors.Is(err, ErrUnschedulable) || !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v, want %v", err, ErrUnschedulable)
	}
	for _, bad := range [][2]int{{-1, 1}, {1, 1}, {0, -1}, {0, 4}} {
		if err := n.Remove(bad[0], bad[1]); !errors.Is(err, model.ErrRefused) {
			t.Errorf("remove %v: got %v", bad, err)
		}
	}
	if err := n.Remove(0, 2); err != nil || n.Room(0) != 2 || n.Room(1) != 0 {
		t.Errorf("got %v, room %d", err, n.Room(0))
	}
	if _, err := n.Place(-1); err == nil {
		t.Error("placed a size below 0")
	}
}

// A limiter that works out the tokens and does not store what is left lets everything pass: 1000 bursts at once. A
// Bucket lets one pass.
func TestTokenBucketMustWriteBack(t *testing.T) {
	const size = 10
	b := made(NewBucket(size, 1, time.Second))
	closure := func(now time.Duration) bool { // what such code does
		tokens := int64(size)
		tokens += int64(now / time.Second)
		return min(tokens, size) >= size
	}
	forgetful, passed := 0, 0
	for range 1000 {
		if closure(0) {
			forgetful++
		}
		if b.Take(0, size) == nil {
			passed++
		}
	}
	if forgetful != 1000 || passed != 1 {
		t.Errorf("got %d and %d bursts of 1000", forgetful, passed)
	}
}

// In every stretch of a random run no more passes than the law allows, counted in whole units of a token over interval,
// and nothing is refused that the law allows for all stretches so far.
func TestTokenBucketLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size, per := rapid.IntRange(1, 6).Draw(t, "size"), rapid.IntRange(1, 5).Draw(t, "per")
		interval := time.Duration(rapid.IntRange(1, 7).Draw(t, "interval"))
		b := made(NewBucket(size, per, interval))
		type event struct {
			at time.Duration
			n  int
		}
		var events []event
		now := rapid.SampledFrom([]time.Duration{0, 3, -20, math.MinInt64}).Draw(t, "begin")
		allowed := func(n int) bool {
			within := func(sum int, start time.Duration) bool {
				return int64(sum)*int64(interval) <= int64(size)*int64(interval)+int64(per)*int64(now-start)
			}
			sum, ok := n, within(n, now)
			for _, e := range slices.Backward(events) {
				sum += e.n
				ok = ok && within(sum, e.at)
			}
			return ok
		}
		for range rapid.IntRange(1, 30).Draw(t, "requests") {
			now += time.Duration(rapid.IntRange(0, 4).Draw(t, "gap"))
			n := rapid.IntRange(1, size+1).Draw(t, "n")
			wait, ever := b.Wait(now, n)
			err := b.Take(now, n)
			if want := allowed(n); (err == nil) != want || err != nil && !errors.Is(err, ErrLimited) {
				t.Fatalf("%d at %d after %v: got %v, want passed %t", n, now, events, err, want)
			}
			if ever != (n <= size) || err == nil && wait != 0 {
				t.Fatalf("%d at %d: got wait %d, %t", n, now, wait, ever)
			}
			if err == nil {
				events = append(events, event{now, n})
				continue
			}
			if !ever {
				continue
			}
			early, due := b, b
			if early.Take(now+wait-1, n) == nil || due.Take(now+wait, n) != nil {
				t.Fatalf("%d at %d: it can pass after %d, not sooner", n, now, wait)
			}
		}
		for i := range events {
			sum := 0
			for k := i; k < len(events); k++ {
				sum += events[k].n
				if limit := b.Limit(events[k].at - events[i].at); sum > limit {
					t.Fatalf("events %d to %d: %d passed, the limit is %d", i, k, sum, limit)
				}
			}
		}
	})
}

func TestBucketTimes(t *testing.T) {
	b := made(NewBucket(Most, Most, time.Hour))
	longest := b
	if err := longest.Take(math.MinInt64, Most); err != nil || longest.Tokens(math.MinInt64+1) != 0 || longest.Tokens(math.MaxInt64) != Most {
		t.Errorf("the longest time: got %v, then %d tokens, want %d", err, longest.Tokens(math.MaxInt64), Most)
	}
	if err := b.Take(0, Most); err != nil {
		t.Error(err)
	}
	if got := b.Tokens(math.MaxInt64); got != Most {
		t.Errorf("the longest time: got %d tokens, want %d", got, Most)
	}
	if got := b.Tokens(-time.Hour); got != 0 {
		t.Errorf("before the last time: got %d tokens, want 0", got)
	}
	if got := b.Tokens(30 * time.Minute); got != Most/2 {
		t.Errorf("half an hour: got %d tokens, want %d", got, Most/2)
	}
	for now, want := range map[time.Duration]time.Duration{0: time.Hour, -time.Minute: time.Hour + time.Minute, math.MinInt64: math.MaxInt64, time.Minute: 59 * time.Minute} {
		if got, ok := b.Wait(now, Most); got != want || !ok {
			t.Errorf("at %s: got wait %s, %t, want %s", now, got, ok, want)
		}
	}
	for stretch, want := range map[time.Duration]int{0: Most, time.Hour: 2 * Most, time.Minute: Most + Most/60, -1: 0, 2 * time.Hour: 0} {
		if got := b.Limit(stretch); got != want {
			t.Errorf("%s: got limit %d, want %d", stretch, got, want)
		}
	}
	for _, n := range []int{-1, 0, Most + 1} {
		if err := b.Take(0, n); !errors.Is(err, model.ErrRefused) {
			t.Errorf("%d tokens: got %v", n, err)
		}
	}
	var none Bucket
	if none.Take(0, 1) == nil || none.Tokens(9) != 0 || none.Limit(0) != 0 {
		t.Error("the zero bucket lets pass")
	}
	if _, ok := none.Wait(0, 0); ok {
		t.Error("the zero bucket has a wait")
	}
}

// belady is the sequence of Belady, Nelson and Shedler.
var belady = []int{1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5}

// More room makes first in, first out worse; not the least recently used.
func TestBeladysAnomaly(t *testing.T) {
	for _, test := range []struct{ room, fifo, lru, best int }{{3, 9, 10, 7}, {4, 10, 8, 6}, {5, 5, 5, 5}} {
		fifo, e1 := FIFOMisses(test.room, belady)
		lru, e2 := Misses(test.room, belady)
		best, e3 := FewestMisses(test.room, belady)
		if err := errors.Join(e1, e2, e3); err != nil || fifo != test.fifo || lru != test.lru || best != test.best {
			t.Errorf("%+v: got %d, %d and %d (%v)", test, fifo, lru, best, err)
		}
	}
}

// fewest tries every eviction.
func fewest(room int, pages []int, requests []int) int {
	switch {
	case len(requests) == 0:
		return 0
	case slices.Contains(pages, requests[0]):
		return fewest(room, pages, requests[1:])
	case len(pages) < room:
		return 1 + fewest(room, append(slices.Clone(pages), requests[0]), requests[1:])
	}
	best := math.MaxInt
	for i := range pages {
		next := slices.Clone(pages)
		next[i] = requests[0]
		best = min(best, 1+fewest(room, next, requests[1:]))
	}
	return best
}

// The best is what trying all evictions finds; the least recently used keeps to its limit against it, and larger caches
// include smaller ones.
func TestCaches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		requests := rapid.SliceOfN(rapid.IntRange(1, 5), 0, 9).Draw(t, "requests")
		fewestOf := map[int]int{}
		for room := 1; room <= 4; room++ {
			got, err := FewestMisses(room, requests)
			if want := fewest(room, nil, requests); err != nil || got != want {
				t.Fatalf("room %d: got %d (%v), want %d", room, got, err, want)
			}
			fewestOf[room] = got
		}
		for k := 1; k <= 4; k++ {
			misses, err := Misses(k, requests)
			if err != nil {
				t.Fatal(err)
			}
			for h := 1; h <= k; h++ {
				limit, err := MissLimit(k, h, fewestOf[h])
				if err != nil || misses > limit {
					t.Fatalf("room %d: got %d misses (%v), want at most %d for %d of %d pages", k, misses, err, limit, fewestOf[h], h)
				}
			}
			small, large := made(NewCache(k)), made(NewCache(k+1))
			for _, p := range requests {
				if hit, hitLarge := small.Get(p), large.Get(p); hit && !hitLarge {
					t.Fatalf("room %d has page %d, and %d has not", k, p, k+1)
				}
				if last := small.Pages(); !slices.Equal(last, large.Pages()[len(large.Pages())-len(last):]) {
					t.Fatalf("room %d has %v, and %d %v", k, last, k+1, large.Pages())
				}
			}
		}
	})
}

// One page more than there is room for, in turn: all are missed, and somebody who knows misses one in k, but for the
// first ones. That is the limit.
func TestMissLimitIsMet(t *testing.T) {
	for k := 2; k <= 6; k++ {
		var requests []int
		for i := range 10 * k * (k + 1) {
			requests = append(requests, i%(k+1))
		}
		lru, best := made(Misses(k, requests)), made(FewestMisses(k, requests))
		limit, err := MissLimit(k, k, best)
		if err != nil || lru > limit || lru < limit-k*k {
			t.Errorf("%d pages: got %d misses (%v), the best %d, limit %d", k, lru, err, best, limit)
		}
	}
	for _, test := range []struct{ k, h, misses, want int }{{3, 3, 10, 32}, {4, 2, 9, 13}, {4, 1, 7, 7}} {
		if got, err := MissLimit(test.k, test.h, test.misses); err != nil || got != test.want {
			t.Errorf("%+v: got %d (%v)", test, got, err)
		}
	}
}

func TestConstructorsRefuse(t *testing.T) {
	for name, err := range map[string]error{
		"negative units":    second(NewBanker([]int{-1}, nil)),
		"too many units":    second(NewBanker([]int{Most + 1}, nil)),
		"claim over all":    second(NewBanker([]int{1}, [][]int{{2}})),
		"negative claim":    second(NewBanker([]int{1}, [][]int{{-1}})),
		"claim of no kind":  second(NewBanker([]int{1}, [][]int{{}})),
		"no policy":         second(NewNodes(WorstFit+1, nil)),
		"negative capacity": second(NewNodes(FirstFit, []int{-1})),
		"great capacity":    second(NewNodes(FirstFit, []int{Most + 1})),
		"no tokens":         second(NewBucket(0, 1, 1)),
		"no rate":           second(NewBucket(1, 0, 1)),
		"great rate":        second(NewBucket(1, Most+1, 1)),
		"no interval":       second(NewBucket(1, 1, 0)),
		"long interval":     second(NewBucket(1, 1, time.Hour+1)),
		"no room":           second(NewCache(0)),
		"no room, misses":   second(Misses(0, nil)),
		"no room, fifo":     second(FIFOMisses(0, nil)),
		"no room, best":     second(FewestMisses(0, nil)),
		"h above k":         second(MissLimit(2, 3, 0)),
		"no h":              second(MissLimit(2, 0, 0)),
		"negative misses":   second(MissLimit(2, 1, -1)),
	} {
		if err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Whatever is refused wraps model.ErrRefused and changes nothing.
func TestRefusedStepsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		banker := made(NewBanker([]int{2, 2}, [][]int{{1, 2}, {2, 1}}))
		nodes, bucket := made(NewNodes(BestFit, []int{3, 2})), made(NewBucket(3, 1, 2))
		for range 20 {
			n, m := rapid.IntRange(-1, 4).Draw(t, "n"), rapid.IntRange(-1, 3).Draw(t, "m")
			for name, step := range modelcheck.InOrder(map[string]func() error{
				"ask": func() error { return banker.Ask(Client(n), m, 1) }, "give back": func() error { return banker.GiveBack(Client(n)) },
				"place": func() error { return second(nodes.Place(n)) }, "remove": func() error { return nodes.Remove(n, m) },
				"take": func() error { return bucket.Take(time.Duration(n), m) },
			}) {
				before := []any{banker.Clone(), nodes.Clone(), bucket}
				if err := step(); err != nil && (!errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(before, []any{banker.Clone(), nodes.Clone(), bucket})) {
					t.Fatalf("%s: got %v, want a refusal that changes nothing", name, err)
				}
			}
		}
	})
}

// What is asked of nothing is nothing.
func TestZero(t *testing.T) {
	var (
		banker Banker
		nodes  Nodes
		cache  Cache
	)
	if _, ok := banker.Order(); !ok || banker.Has(1) != nil || nodes.Room(-1) != 0 || cache.Get(1) || cache.Get(1) || len(cache.Pages()) != 0 {
		t.Error("got something of nothing")
	}
	if _, err := nodes.Next(0); !errors.Is(err, ErrUnschedulable) {
		t.Errorf("got %v", err)
	}
	// Rows of different lengths are no reason to panic.
	if _, ok := Order(nil, [][]int{{1}}, [][]int{{0}}); ok {
		t.Error("a client holds what there is not")
	}
	if _, ok := Order([]int{1}, [][]int{{0}}, nil); ok {
		t.Error("nobody knows what a client needs")
	}
}
