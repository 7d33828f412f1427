package visited

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
)

// TestMissedHashes draws hashes at random: as many new ones look old as the formula says, up to nearly all.
func TestMissedHashes(t *testing.T) {
	for _, drawn := range []int{10, 1000, 30000, 200000} {
		c, err := newLossy(16, 0, 1, 1, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(1, uint64(drawn)))
		met := map[uint64]bool{}
		for range drawn {
			met[rng.Uint64()&c.cut] = true
		}
		c.compact.promised.Store(int64(len(met)))
		missed := float64(drawn - len(met))
		if got := c.Missed(); math.Abs(got-missed) > 6*math.Sqrt(missed)+1 {
			t.Errorf("%d hashes: %v were missed, %v by expectation", drawn, missed, got)
		}
		c.Close()
	}
}

// TestMissedBits is the same for an array of bits, by several goroutines.
func TestMissedBits(t *testing.T) {
	for _, each := range []uint64{100, 1000, 5000} {
		a, err := newBitArray(8 << 10)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		taken, old := make([]float64, 3), make([]float64, 3)
		for g := range taken {
			wg.Go(func() {
				for x := range each {
					if p, fresh := a.add(hash.Mix(uint64(g)<<32 | x)); fresh {
						taken[g] += p / (1 - p)
					} else {
						old[g]++
					}
				}
			})
		}
		wg.Wait()
		for g := range taken {
			for x := range each {
				if h := hash.Mix(uint64(g)<<32 | x); !a.has(h) {
					t.Fatalf("%d hashes each: one is not there", each)
				}
			}
		}
		expected, missed := taken[0]+taken[1]+taken[2], old[0]+old[1]+old[2]
		if math.Abs(expected-missed) > 6*math.Sqrt(expected)+0.1*expected+1 {
			t.Errorf("%d hashes each: %v were missed, %v by expectation", each, missed, expected)
		}
		a.region.Free()
	}
}
