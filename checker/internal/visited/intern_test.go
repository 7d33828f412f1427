package visited

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
)

// unlimited makes an interner that may take what it wants, and counts it.
func unlimited(t interface{ Fatal(...any) }) (*interner, func() int64) {
	var mu sync.Mutex
	taken := int64(0)
	add := func(n int64) error {
		mu.Lock()
		defer mu.Unlock()
		taken += n
		return nil
	}
	in, err := newInterner(add, func(n int64) { _ = add(-n) })
	if err != nil {
		t.Fatal(err)
	}
	return in, func() int64 { mu.Lock(); defer mu.Unlock(); return taken }
}

// TestInternerAsMap ties the interner to a Go map: a word keeps the number that it got first, no other has it, and a word
// that was never entered has none.
func TestInternerAsMap(t *testing.T) { rapid.Check(t, internerAsMap) }

// FuzzInternerAsMap is the same, driven by the fuzzer.
func FuzzInternerAsMap(f *testing.F) { f.Fuzz(rapid.MakeFuzz(internerAsMap)) }

func internerAsMap(t *rapid.T) {
	in, taken := unlimited(t)
	defer in.close()
	owns := make([]numbers, rapid.IntRange(1, 3).Draw(t, "goroutines"))
	byWord := map[uint64]uint32{}
	byNumber := map[uint32]uint64{}
	enter := func(t *rapid.T, word uint64, own *numbers) {
		n, err := in.number(word, own)
		if err != nil {
			t.Fatal(err)
		}
		if old, there := byWord[word]; there && n != old || n == 0 {
			t.Fatalf("word %x has number %d, want %d", word, n, old)
		}
		if old, there := byNumber[n]; there && old != word {
			t.Fatalf("words %x and %x have number %d", old, word, n)
		}
		byWord[word], byNumber[n] = n, word
	}
	t.Repeat(map[string]func(*rapid.T){
		"enter": func(t *rapid.T) {
			word := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 20)).Draw(t, "word")
			enter(t, word, &owns[rapid.IntRange(0, len(owns)-1).Draw(t, "by")])
		},
		"run": func(t *rapid.T) { // many words, so that the index grows
			x := rapid.Uint64Range(0, 20000).Draw(t, "from")
			own := &owns[rapid.IntRange(0, len(owns)-1).Draw(t, "by")]
			for range 3000 {
				enter(t, x, own)
				x++
			}
		},
		"look": func(t *rapid.T) {
			word := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 20)).Draw(t, "word")
			if n, err := in.number(word, nil); n != byWord[word] || err != nil {
				t.Fatalf("word %x is found as number %d, %v, want %d", word, n, err, byWord[word])
			}
		},
	})
	for n, word := range byNumber {
		if got := in.word(n); got != word {
			t.Fatalf("number %d is of word %x, want %x", n, got, word)
		}
	}
	index := int64(0)
	used := int64(0)
	for i := range in.parts {
		index += int64(in.parts[i].buckets) * bucketBytes
		used += in.parts[i].used.Load()
	}
	if used != int64(len(byWord)) {
		t.Fatalf("%d slots are used by %d words", used, len(byWord))
	}
	if want := index + int64(in.next.Load()-1)*8; taken() != want {
		t.Fatalf("%d bytes are counted, want %d", taken(), want)
	}
}

// TestInternerConcurrent has goroutines enter overlapping runs of words while the index grows.
func TestInternerConcurrent(t *testing.T) {
	goroutines, each, apart := 4, 200000, 50000
	if !offheap.Discards { // the race detector takes its time
		each, apart = 40000, 10000
	}
	in, _ := unlimited(t)
	defer in.close()
	got := make([][]uint32, goroutines)
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			var own numbers
			for x := range each {
				n, err := in.number(hash.Mix(uint64(g*apart+x)), &own)
				if err != nil {
					t.Error(err)
					return
				}
				got[g] = append(got[g], n)
			}
		})
	}
	wg.Wait()
	word := map[uint32]uint64{}
	for g := range goroutines {
		for x, n := range got[g] {
			w := hash.Mix(uint64(g*apart + x))
			if old, there := word[n]; n == 0 || there && old != w || in.word(n) != w {
				t.Fatalf("number %d is given to %x and %x", n, old, w)
			}
			word[n] = w
		}
	}
	if want := (goroutines-1)*apart + each; len(word) != want {
		t.Errorf("got %d numbers, want %d", len(word), want)
	}
}

// TestInternerLimits fills interners to the last number and to the last byte: what they have stays.
func TestInternerLimits(t *testing.T) {
	for name, test := range map[string]struct {
		most   uint64
		memory int64
		want   error
	}{
		"numbers":       {most: 1000, memory: 1 << 40, want: ErrNumbers},
		"even numbers":  {most: numbersAtOnce, memory: 1 << 40, want: ErrNumbers},
		"little memory": {most: MostNumbers, memory: 100 << 10, want: ErrMemory},
		"more memory":   {most: MostNumbers, memory: 8 << 20, want: ErrMemory},
	} {
		t.Run(name, func(t *testing.T) {
			taken := int64(0)
			in, err := newInterner(func(n int64) error {
				if taken+n > test.memory {
					return ErrMemory
				}
				taken += n
				return nil
			}, func(n int64) { taken -= n })
			if err != nil {
				t.Fatal(err)
			}
			defer in.close()
			in.most = test.most
			rng := rand.New(rand.NewPCG(1, 2))
			words := map[uint64]uint32{}
			var own numbers
			for err == nil {
				w := rng.Uint64()
				var n uint32
				if n, err = in.number(w, &own); err == nil {
					words[w] = n
				}
			}
			if err != test.want {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if test.want == ErrNumbers && len(words) != int(test.most) {
				t.Errorf("got %d numbers, want %d", len(words), test.most)
			}
			if test.want == ErrMemory && float64(taken)/float64(len(words)) > 21 {
				t.Errorf("%d words take %d bytes", len(words), taken)
			}
			for w, n := range words {
				if got, err := in.number(w, nil); got != n || err != nil {
					t.Fatalf("word %x has number %d, %v, want %d", w, got, err, n)
				}
			}
		})
	}
	if _, err := newInterner(func(int64) error { return ErrMemory }, func(int64) {}); err != ErrMemory {
		t.Errorf("got %v of an interner without memory", err)
	}
}

// BenchmarkInterner measures words entered for the first time, and again.
func BenchmarkInterner(b *testing.B) {
	for _, n := range []int{1 << 16, 1 << 22} {
		b.Run(fmt.Sprint("words=", n), func(b *testing.B) {
			for b.Loop() {
				in, taken := unlimited(b)
				var own numbers
				for range 2 {
					for x := range uint64(n) {
						if _, err := in.number(x*hash.A, &own); err != nil {
							b.Fatal(err)
						}
					}
				}
				b.ReportMetric(float64(taken())/float64(n), "B/word")
				in.close()
			}
		})
	}
}
