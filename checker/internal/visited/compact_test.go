package visited

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
)

// batchOf makes a batch of states that were reached by actions.
func batchOf(l *Layout, states [][]uint64, actions []uint32) *Batch {
	b := &Batch{Width: l.width}
	for i, s := range states {
		b.Words, b.Hashes = append(b.Words, s...), append(b.Hashes, l.Home(s))
		b.Froms = append(b.Froms, uint64(actions[i]))
	}
	return b
}

// contents gives the states of a compact set as the table has them, with their actions.
func contents(c *compact) map[string]uint64 {
	out := map[string]uint64{}
	for i, s := range c.segments {
		if i > 0 && c.segments[i-1] == s {
			continue
		}
		for _, found := range []bool{false, true} {
			for it := s.iterate(c.depth, found); it.next(); {
				prefix := uint64(0)
				if s.skip > 0 {
					prefix = uint64(i) >> (segmentBits - s.skip) << (64 - s.skip)
				}
				for k := range it.n {
					out[hash.Key(unmix(&c.Layout, prefix|it.hash[k]>>s.skip, it.rest[k]))] = it.action[k]
				}
			}
		}
	}
	return out
}

// frontierOf gives the states of the frontier.
func frontierOf(c *compact, v Visitor) map[string]bool {
	out := map[string]bool{}
	for part, p := range c.parts {
		for i := range p.n {
			s, _ := v.State(part, int64(i))
			out[hash.Key(s)] = true
		}
		v.Seen(part, p.n)
	}
	return out
}

// TestCompactAsMap ties the compact set to a Go map: after any sequence of batches, through several visitors, at several
// depths, it has exactly the states that were put in, each credited to the least action at the depth of its first
// insertion, and the frontier is what was found at a depth.
func TestCompactAsMap(t *testing.T) { rapid.Check(t, compactAsMap) }

// FuzzCompactAsMap is the same, driven by the fuzzer.
func FuzzCompactAsMap(f *testing.F) { f.Fuzz(rapid.MakeFuzz(compactAsMap)) }

func compactAsMap(t *rapid.T) {
	l := drawLayout(t)
	actions := rapid.SampledFrom([]int{1, 2, 3, 16, 256, 257, 300, MaxActions}).Draw(t, "actions")
	c, err := newCompact(l, actions, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	tiny(t, c, rapid.Uint64Range(2, 60).Draw(t, "buckets"))
	fresh := make([]int64, actions)
	visitors := make([]Visitor, rapid.IntRange(1, 3).Draw(t, "visitors"))
	for i := range visitors {
		visitors[i] = c.Visitor(fresh)
	}
	credited := map[string]uint64{}
	depthOf := map[string]int{}
	depth := 0
	insert := func(states [][]uint64, t *rapid.T) {
		by := make([]uint32, len(states))
		for i, s := range states {
			by[i] = uint32(rapid.IntRange(0, actions-1).Draw(t, "action"))
			key, a := hash.Key(s), uint64(by[i])
			if d, there := depthOf[key]; !there {
				depthOf[key], credited[key] = depth, a
			} else if d == depth {
				credited[key] = min(credited[key], a)
			}
		}
		v := rapid.SampledFrom(visitors).Draw(t, "visitor")
		b := batchOf(&l, states, by)
		known := func(when string) {
			for i, s := range states {
				if got, want := v.(Dated).Earlier(s, b.Hashes[i]), depthOf[hash.Key(s)] < depth; got != want {
					t.Fatalf("%s a batch at depth %d, %x was found earlier: got %t", when, depth, s, got)
				}
			}
		}
		known("before")
		if err := v.Insert(b); err != nil {
			t.Fatal(err)
		}
		known("after")
	}
	turn := func() {
		c.Advance(visitors, nil)
		got := frontierOf(c, visitors[0])
		want := 0
		for key, d := range depthOf {
			if d == depth {
				if want++; !got[key] {
					t.Fatalf("%x is not in the frontier", key)
				}
			}
		}
		if len(got) != want {
			t.Fatalf("got %d states in the frontier, want %d", len(got), want)
		}
		depth++
	}
	t.Repeat(map[string]func(*rapid.T){
		"insert": func(t *rapid.T) {
			states := [][]uint64{drawState(t, &l)}
			for range rapid.IntRange(0, 5).Draw(t, "more") {
				states = append(states, drawState(t, &l))
			}
			insert(states, t)
		},
		"run": func(t *rapid.T) { // many states, so that the table grows
			x := rapid.Uint64Range(0, 2000).Draw(t, "from")
			for range 3 {
				var states [][]uint64
				for range 100 {
					s := make([]uint64, l.width)
					s[0] = x & l.mask[0]
					s[len(s)-1] |= x * x & l.mask[len(s)-1]
					states = append(states, s)
					x++
				}
				insert(states, t)
			}
		},
		"advance": func(*rapid.T) { turn() },
		"a long time": func(*rapid.T) { // depths come round again
			turn()
			c.turns += uint64(depthMask/2) - c.turns%(depthMask/2) - 1
			turn()
			turn()
		},
		"": func(t *rapid.T) {
			if c.Distinct() != int64(len(credited)) {
				t.Fatalf("got %d states, want %d", c.Distinct(), len(credited))
			}
		},
	})
	got := contents(c)
	want := make([]int64, actions)
	for key, a := range credited {
		if g, there := got[key]; !there || g != a {
			t.Fatalf("%x is credited to action %d, want %d (there: %v)", key, g, a, there)
		}
		want[a]++
	}
	if len(got) != len(credited) {
		t.Fatalf("got %d states in the table, want %d", len(got), len(credited))
	}
	if !slices.Equal(fresh, want) {
		t.Fatal("the counts of the actions differ from their credits")
	}
}

// tiny gives an empty set a table of n buckets.
func tiny(t interface{ Fatal(...any) }, c *compact, n uint64) {
	s, err := newSegment(newShape(&c.Layout, n, 0, c.actions))
	if err != nil {
		t.Fatal(err)
	}
	c.each(func(old *segment) { old.region.Free() })
	for i := range c.segments {
		c.segments[i] = s
	}
	c.table.Store(s.bytes())
}

// TestCompactConcurrent has goroutines insert overlapping sets of states in batches while the table grows and splits.
func TestCompactConcurrent(t *testing.T) {
	goroutines, each, apart := 4, 120000, 40000
	if !offheap.Discards { // the race detector takes its time
		each, apart = 30000, 10000
	}
	for _, b := range []int{0, 1, 30, 64, 65, 100, 128} { // 0: keys that get longer and longer
		t.Run(fmt.Sprint("bits=", b), func(t *testing.T) {
			l := newLayout((b+63)/64, b)
			if b == 0 {
				l = newKeys()
			}
			const actions = 5
			c, err := newCompact(l, actions, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			stateFor := func(x uint64) []uint64 {
				s := make([]uint64, l.width)
				if l.keys {
					return []uint64{keyOf(uint32(x*x>>8), uint32(x))}
				}
				s[0] = x * hash.A & l.mask[0]
				s[len(s)-1] |= x >> 3 & l.mask[len(s)-1]
				return s
			}
			actionFor := func(g, x int) uint32 { return uint32((g + x) % actions) }
			fresh := make([][]int64, goroutines)
			visitors := make([]Visitor, goroutines)
			var wg sync.WaitGroup
			for g := range goroutines {
				fresh[g] = make([]int64, actions)
				visitors[g] = c.Visitor(fresh[g])
				wg.Go(func() {
					for lo := 0; lo < each; lo += 1000 {
						var states [][]uint64
						var by []uint32
						for k := range 1000 {
							x := g*apart + lo + k
							states, by = append(states, stateFor(uint64(x))), append(by, actionFor(g, x))
						}
						if err := visitors[g].Insert(batchOf(&l, states, by)); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			want := map[string]uint64{}
			for g := range goroutines {
				for x := g * apart; x < g*apart+each; x++ {
					key, a := hash.Key(stateFor(uint64(x))), uint64(actionFor(g, x))
					if old, there := want[key]; !there || a < old {
						want[key] = a
					}
				}
			}
			if c.Distinct() != int64(len(want)) {
				t.Errorf("got %d states, want %d", c.Distinct(), len(want))
			}
			got := contents(c)
			sums := make([]int64, actions)
			for key, a := range want {
				if g, there := got[key]; !there || g != a {
					t.Fatalf("%x is credited to action %d, want %d (there: %v)", key, g, a, there)
				}
				sums[a]++
			}
			for a, sum := range sums {
				total := int64(0)
				for g := range goroutines {
					total += fresh[g][a]
				}
				if total != sum {
					t.Errorf("action %d is credited with %d states, want %d", a, total, sum)
				}
			}
			used := int64(0)
			c.each(func(s *segment) { used += s.used.Load() })
			if used != c.Distinct() {
				t.Errorf("the segments count %d states, want %d", used, c.Distinct())
			}
			sizes := c.Advance(visitors, nil)
			total := int64(0)
			for _, n := range sizes {
				total += n
			}
			if total != c.Distinct() {
				t.Errorf("got %d states in the frontier, want %d", total, c.Distinct())
			}
		})
	}
}

// TestCompactFull fills tables to the last place: one that may not grow says so, and has lost nothing.
func TestCompactFull(t *testing.T) {
	for _, b := range []int{24, 64, 128} {
		l := newLayout((b+63)/64, b)
		const memory = 1 << 20
		c, err := newCompact(l, 3, memory, 0)
		if err != nil {
			t.Fatal(err)
		}
		v := c.Visitor(make([]int64, 3))
		rng := rand.New(rand.NewPCG(1, uint64(b)))
		want := map[string]bool{}
		for err == nil {
			s := make([]uint64, l.width)
			for i := range s {
				s[i] = rng.Uint64() & l.mask[i]
			}
			if err = v.Insert(batchOf(&l, [][]uint64{s}, []uint32{0})); err == nil {
				want[hash.Key(s)] = true
			}
		}
		if err != ErrMemory || c.PeakBytes() > memory {
			t.Errorf("%d bits: got %v, a peak of %d bytes", b, err, c.PeakBytes())
		}
		if got := contents(c); len(got) != len(want) || c.Distinct() != int64(len(want)) {
			t.Errorf("%d bits: got %d states, %d counted, want %d", b, len(got), c.Distinct(), len(want))
		}
		if per := float64(memory) / float64(len(want)); per > 5*float64(l.stride())+8 {
			t.Errorf("%d bits: %.1f bytes a state", b, per)
		}
		c.Close()
	}
}

// fortyBits is an empty set for states of so many bits, of two actions.
func fortyBits(t *testing.T, memory, most int64) (Layout, *compact) {
	l := newLayout(1, 40)
	c, err := newCompact(l, 2, memory, most)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return l, c
}

// TestCompactCollisions has many states share a home: the table grows until they find room.
func TestCompactCollisions(t *testing.T) {
	l, c := fortyBits(t, 0, 0)
	v := c.Visitor(make([]int64, 2))
	for round := range 2 {
		for x := range uint64(1000) {
			s := unmix(&l, 7<<54|x<<44, 0)
			if err := v.Insert(batchOf(&l, [][]uint64{s}, []uint32{1})); err != nil {
				t.Fatal(err)
			}
		}
		if c.Distinct() != 1000 || len(contents(c)) != 1000 {
			t.Fatalf("round %d: got %d states, want 1000", round, c.Distinct())
		}
	}
}

// scattered is a batch of states of one word of which no two are alike, from number n on.
func scattered(l *Layout, n *uint64) *Batch {
	b := &Batch{Width: 1}
	for range BatchStates {
		s := [1]uint64{*n * hash.A & l.mask[0]}
		b.Words, b.Hashes, b.Froms = append(b.Words, s[0]), append(b.Hashes, l.Home(s[:])), append(b.Froms, 1)
		*n++
	}
	return b
}

// TestCompactFill has a table grow past the sizes at which its parts are split: little of it is ever empty.
func TestCompactFill(t *testing.T) {
	l, c := fortyBits(t, 0, 0)
	v := c.Visitor(make([]int64, 2))
	v.Open(1, true)
	for n := uint64(0); n < 3<<20; {
		if err := v.Insert(scattered(&l, &n)); err != nil {
			t.Fatal(err)
		}
		if n < 1<<19 || n%(1<<16) != 0 {
			continue
		}
		room := int64(0)
		c.each(func(s *segment) { room += int64(s.buckets) * int64(s.slots) })
		if share := float64(n) / float64(room); share < 0.55 {
			t.Errorf("%d states: %.2f of the slots are used", n, share)
		}
	}
}

// TestCompactCollisionsAtMost has the table grow in the middle of a batch that is inserted state by state, since not all of it may be.
func TestCompactCollisionsAtMost(t *testing.T) {
	const most = 900
	l, c := fortyBits(t, 0, most)
	var states [][]uint64
	for x := range uint64(1000) {
		states = append(states, unmix(&l, 7<<54|x<<44, 0))
	}
	v := c.Visitor(make([]int64, 2))
	if err := v.Insert(batchOf(&l, states, make([]uint32, len(states)))); err != ErrStates {
		t.Errorf("got error %v, want that no more states are allowed", err)
	}
	got := contents(c)
	for _, s := range states[:most] {
		if _, ok := got[hash.Key(s)]; !ok {
			t.Fatalf("%x is not there", s)
		}
	}
	if len(got) != most || c.Distinct() != most {
		t.Errorf("got %d states, %d counted, want %d", len(got), c.Distinct(), most)
	}
}

// TestCompactUsesMemory fills a table until no more memory is allowed: by then most of that holds states.
func TestCompactUsesMemory(t *testing.T) {
	for _, memory := range []int64{1 << 20, 4 << 20, 6 << 20} {
		l, c := fortyBits(t, memory, 0)
		v := c.Visitor(make([]int64, 2))
		v.Open(1, true)
		var err error
		for n := uint64(0); err == nil; {
			err = v.Insert(scattered(&l, &n))
			c.Advance([]Visitor{v}, nil)
			for part, p := range c.parts { // all of the frontier has been expanded
				v.Seen(part, p.n)
			}
		}
		if err != ErrMemory {
			t.Fatal(err)
		}
		if share := float64(c.Bytes()) / float64(memory); share < 0.75 {
			t.Errorf("of %d bytes %.2f are used", memory, share)
		}
	}
}
