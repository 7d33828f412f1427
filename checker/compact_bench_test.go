package checker

import (
	"fmt"
	"testing"
	"time"
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
					v := c.visitor(make([]int64, 8))
					bt := &batch{width: l.width}
					for round := range 2 {
						begun := time.Now()
						for x := 0; x < n; {
							bt.reset()
							for range batchStates {
								y := uint64(x) * mixA >> (64 - min(l.declared, 50))
								bt.words = append(bt.words, y)
								if l.width == 2 {
									bt.words = append(bt.words, uint64(x)&l.mask[1])
								}
								bt.hashes = append(bt.hashes, l.home(bt.words[len(bt.words)-l.width:]))
								bt.froms = append(bt.froms, uint64(x&7))
								x++
							}
							if err := v.insert(bt); err != nil {
								b.Fatal(err)
							}
							if x%(1<<17) == 0 { // depths are a small part of the states
								for part := range c.advance([]visitor{v}, nil) {
									v.seen(part, c.parts[part].n)
								}
							}
						}
						if took := time.Since(begun); round == 0 {
							fill += took
						} else {
							again += took
						}
					}
					n = int(c.distinct())
					peak = c.peakBytes()
					c.close()
				}
				b.ReportMetric(float64(fill.Nanoseconds())/float64(b.N*n), "ns/new")
				b.ReportMetric(float64(again.Nanoseconds())/float64(b.N*n), "ns/known")
				b.ReportMetric(float64(peak)/float64(n), "B/state")
			})
		}
	}
}
