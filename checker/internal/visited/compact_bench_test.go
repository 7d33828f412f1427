package visited

import (
	"fmt"
	"testing"
	"time"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
)

// BenchmarkCompact measures insertions into the compact set in batches: of new states, from nothing to some millions,
// and of states that are there. What is measured includes growing, and the frontier.
func BenchmarkCompact(b *testing.B) {
	for _, bits := range []int{36, 64, 75, 128} {
		for _, n := range []int{1 << 20, 5 << 20} {
			b.Run(fmt.Sprintf("bits=%d/states=%dM", bits, n>>20), func(b *testing.B) {
				l := newLayout((bits+63)/64, bits)
				var fill, again time.Duration
				var peak int64
				for b.Loop() {
					c, err := newCompact(l, 8, 0, 0)
					if err != nil {
						b.Fatal(err)
					}
					v := c.Visitor(make([]int64, 8))
					bt := &Batch{Width: l.width}
					for round := range 2 {
						begun := time.Now()
						for x := 0; x < n; {
							bt.Reset()
							for range BatchStates {
								y := uint64(x) * hash.A >> (64 - min(l.Declared, 50))
								bt.Words = append(bt.Words, y)
								if l.width == 2 {
									bt.Words = append(bt.Words, uint64(x)&l.mask[1])
								}
								bt.Hashes = append(bt.Hashes, l.Home(bt.Words[len(bt.Words)-l.width:]))
								bt.Froms = append(bt.Froms, uint64(x&7))
								x++
							}
							if err := v.Insert(bt); err != nil {
								b.Fatal(err)
							}
							if x%(1<<17) == 0 { // depths are a small part of the states
								for part := range c.Advance([]Visitor{v}, nil) {
									v.Seen(part, c.parts[part].n)
								}
							}
						}
						if took := time.Since(begun); round == 0 {
							fill += took
						} else {
							again += took
						}
					}
					n = int(c.Distinct())
					peak = c.PeakBytes()
					c.Close()
				}
				b.ReportMetric(float64(fill.Nanoseconds())/float64(b.N*n), "ns/new")
				b.ReportMetric(float64(again.Nanoseconds())/float64(b.N*n), "ns/known")
				b.ReportMetric(float64(peak)/float64(n), "B/state")
			})
		}
	}
}
