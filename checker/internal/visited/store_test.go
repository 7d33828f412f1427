package visited

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
)

// add puts one state into a store, by the way that workers take.
func add(t interface{ Fatal(...any) }, in *Inserter, s []uint64, parent StateID) outcome {
	if err := in.st.begin(1); err != nil {
		t.Fatal(err)
	}
	o, _, err := in.add(s, hash.Of(s), parent, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 1
	if o == added {
		n = 0
	}
	in.st.end(n)
	return o
}

// resize gives an empty store a table of 1<<log slots.
func resize(t interface{ Fatal(...any) }, st *Store, log uint) {
	other, err := newTable(log)
	if err != nil {
		t.Fatal(err)
	}
	st.table.region.Free()
	st.adopt(other)
}

// TestStoreAsMap ties the store to a Go map: after any sequence of insertions through several inserters it has exactly
// the states that were put in, each with the parent of its first insertion.
func TestStoreAsMap(t *testing.T) { rapid.Check(t, storeAsMap) }

// FuzzStoreAsMap is the same, driven by the fuzzer.
func FuzzStoreAsMap(f *testing.F) { f.Fuzz(rapid.MakeFuzz(storeAsMap)) }

func storeAsMap(t *rapid.T) {
	width := rapid.IntRange(0, 3).Draw(t, "width")
	st, err := NewStore(width, rapid.IntRange(1, 300).Draw(t, "actions"), 2, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	resize(t, st, 4)
	ins := make([]*Inserter, rapid.IntRange(1, 3).Draw(t, "inserters"))
	for i := range ins {
		ins[i] = &Inserter{st: st, size: rapid.IntRange(1, 40).Draw(t, "block")}
	}
	model := map[string]StateID{} // state to parent
	words := map[string][]uint64{}
	var all []span
	t.Repeat(map[string]func(*rapid.T){
		"insert": func(t *rapid.T) {
			n := width
			if n == 0 {
				n = rapid.SampledFrom([]int{0, 1, 2, 9, stretchWords - 1, stretchWords, stretchWords + 1}).Draw(t, "length")
			}
			s := make([]uint64, n)
			for i := range min(n, 3) {
				s[i] = rapid.Uint64Range(0, 3).Draw(t, "word") << 62
			}
			parent := StateID(rapid.Uint32().Draw(t, "parent"))
			o := add(t, rapid.SampledFrom(ins).Draw(t, "inserter"), s, parent)
			if _, there := model[hash.Key(s)]; there == (o == added) {
				t.Fatalf("got outcome %d of a state that was there: %v", o, there)
			} else if !there {
				model[hash.Key(s)], words[hash.Key(s)] = parent, s
			}
		},
		"run": func(t *rapid.T) { // many states, so that tables grow
			from := rapid.Uint64Range(0, 2000).Draw(t, "from")
			in := rapid.SampledFrom(ins).Draw(t, "inserter")
			for x := from; x < from+300; x++ {
				s := []uint64{x, x * x, 7}[:max(width, 1)]
				if o, there := add(t, in, s, StateID(x)), model[hash.Key(s)]; (o == added) != (words[hash.Key(s)] == nil) {
					t.Fatalf("got outcome %d of %v with parent %d", o, s, there)
				}
				if words[hash.Key(s)] == nil {
					model[hash.Key(s)], words[hash.Key(s)] = StateID(x), slices.Clone(s)
				}
			}
		},
		"finish": func(t *rapid.T) {
			for _, in := range ins {
				all = in.finish(all)
			}
		},
	})
	for _, in := range ins {
		all = in.finish(all)
	}
	if got := st.promised.Load(); got != int64(len(model)) {
		t.Fatalf("got %d states, want %d", got, len(model))
	}
	for _, sp := range all {
		for id := sp.lo; id < sp.hi; id++ {
			key := hash.Key(st.State(id))
			if parent, ok := model[key]; !ok || parent != st.parent(id) {
				t.Fatalf("state %d is %v with parent %d, want parent %d (there: %v)", id, st.State(id), st.parent(id), parent, ok)
			}
			delete(model, key)
			if _, ok := ins[0].find(st.State(id), hash.Of(st.State(id))); !ok {
				t.Fatalf("state %d is not found", id)
			}
		}
	}
	if len(model) > 0 {
		t.Fatalf("%d states are in no span", len(model))
	}
}

// TestStoreConcurrent has goroutines insert overlapping sets of states in batches while the table grows.
func TestStoreConcurrent(t *testing.T) {
	for _, width := range []int{0, 1, 2, 5} {
		t.Run(fmt.Sprint("width=", width), func(t *testing.T) {
			const goroutines, each, apart = 4, 30000, 10000
			st, err := NewStore(width, 3, goroutines, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			stateFor := func(x uint64) []uint64 {
				n := width
				if n == 0 {
					n = 1 + int(x%7)
				}
				s := make([]uint64, n)
				s[0], s[n-1] = x, s[n-1]^x
				return s
			}
			ins := make([]*Inserter, goroutines)
			fresh := make([]int, goroutines)
			var wg sync.WaitGroup
			for g := range goroutines {
				ins[g] = &Inserter{st: st, size: 64}
				wg.Go(func() {
					for lo := 0; lo < each; lo += 100 {
						if err := st.begin(100); err != nil {
							t.Error(err)
							return
						}
						count := 0
						for k := range 100 {
							s := stateFor(uint64(g*apart + lo + k))
							o, _, err := ins[g].add(s, hash.Of(s), StateID(g), uint32(g%3), 0)
							if err != nil {
								t.Error(err)
							}
							if o == added {
								count++
							}
						}
						st.end(100 - count)
						fresh[g] += count
					}
				})
			}
			wg.Wait()
			const distinct = (goroutines-1)*apart + each
			sum := 0
			for _, n := range fresh {
				sum += n
			}
			if sum != distinct || st.promised.Load() != distinct {
				t.Errorf("got %d states added, %d promised, want %d", sum, st.promised.Load(), distinct)
			}
			met := map[string]bool{}
			var spans []span
			for _, in := range ins {
				spans = in.finish(spans)
			}
			for _, sp := range spans {
				for id := sp.lo; id < sp.hi; id++ {
					met[hash.Key(st.State(id))] = true
				}
			}
			for x := range uint64(distinct) {
				if !met[hash.Key(stateFor(x))] {
					t.Fatalf("state %d is not there", x)
				}
			}
			if len(met) != distinct {
				t.Errorf("got %d states in the spans, want %d", len(met), distinct)
			}
		})
	}
}

// TestTableMove fills tables of every size class and has them grow.
func TestTableMove(t *testing.T) {
	logs := []uint{6, 12, 16}
	if offheap.Discards { // the race detector takes its time
		logs = append(logs, 20)
	}
	for _, log := range logs {
		st, err := NewStore(1, 1, 3, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		resize(t, st, log)
		in := &Inserter{st: st, size: 1000}
		n := usualRoom(1 << log)
		for x := range uint64(n) {
			add(t, in, []uint64{x}, noState)
		}
		if len(st.table.slots) != 1<<log {
			t.Fatalf("the table grew before it was full")
		}
		add(t, in, []uint64{uint64(n)}, noState)
		if len(st.table.slots) <= 1<<log {
			t.Fatalf("the table did not grow")
		}
		for x := range uint64(n) + 1 {
			if _, ok := in.find([]uint64{x}, hash.Of([]uint64{x})); !ok {
				t.Fatalf("state %d of a table of %d slots is lost", x, 1<<log)
			}
		}
		used := 0
		for _, slot := range st.table.slots {
			if slot != 0 {
				used++
			}
		}
		if used != int(n)+1 {
			t.Errorf("got %d slots in use, want %d", used, n+1)
		}
		st.Close()
	}
}

// TestHash looks for weak bits: small states that differ little must spread over slots and tags.
func TestHash(t *testing.T) {
	for _, width := range []int{1, 2, 3, 4, 7} {
		const n = 1 << 16
		top, low := make([]uint8, n), make([]uint8, n)
		tops, lows := 0, 0
		for x := range uint64(n) {
			s := make([]uint64, width)
			s[int(x)%width] = x / uint64(width)
			s[width-1] += x % uint64(width) << 60
			h := hash.Of(s)
			if top[h>>48]++; top[h>>48] == 1 {
				tops++
			}
			if low[h&(n-1)]++; low[h&(n-1)] == 1 {
				lows++
			}
		}
		// n balls in n bins leave 1-1/e = 63.2 % of them occupied, give or take 0.2 %.
		for _, got := range []int{tops, lows} {
			if got < n*62/100 || got > n*65/100 {
				t.Errorf("width %d: %d of %d values occur, want about %d", width, got, n, n*632/1000)
			}
		}
	}
}

// TestEqualHashes gives different states one hash: no verdict rests on hashes, so none may be taken for another.
func TestEqualHashes(t *testing.T) {
	for _, width := range []int{0, 1, 3} {
		st, err := NewStore(width, 1, 1, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		in := &Inserter{st: st, size: 10}
		for round, want := range []outcome{added, known} {
			for x := range uint64(500) {
				s := []uint64{5, 0, 7}
				s[2*min(width/3, 1)] = x
				if o, _, err := in.add(s[:max(width, 1)], 0x1234_5678_9abc_def0, noState, 0, 0); err != nil || o != want {
					t.Fatalf("width %d, round %d: got outcome %d, %v of state %d, want %d", width, round, o, err, x, want)
				}
			}
		}
		st.Close()
	}
}
