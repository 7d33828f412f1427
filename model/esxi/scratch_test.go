package esxi

import (
	"fmt"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

func bfs(t *testing.T, sys model.System) {
	r := sys.NewRunner()
	seen := map[string]int{}
	var q []model.State
	gen := 0
	add := func(s model.State, d int) {
		gen++
		k := fmt.Sprint([]uint64(s))
		if _, ok := seen[k]; !ok {
			seen[k] = d
			q = append(q, append(model.State(nil), s...))
		}
	}
	r.Init(func(s model.State, f *model.Fault) { add(s, 0) })
	depth := 0
	viol := map[string]bool{}
	ext := map[string]int64{}
	for i := 0; i < len(q); i++ {
		s := q[i]
		d := seen[fmt.Sprint([]uint64(s))]
		depth = max(depth, d)
		r.Load(s)
		for pi, p := range sys.Info().Properties {
			switch p.Kind {
			case model.Invariant:
				ok, _ := r.Holds(model.PropertyID(pi))
				if !ok && !viol[p.Name] {
					viol[p.Name] = true
					t.Logf("VIOLATED %s at depth %d: %v", p.Name, d, r.Render(s))
				}
			case model.Reachable:
				ok, _ := r.Holds(model.PropertyID(pi))
				if ok && !viol[p.Name] {
					viol[p.Name] = true
					t.Logf("reached %s at depth %d", p.Name, d)
				}
			case model.Bound:
				v, _ := r.Value(model.PropertyID(pi))
				if v > ext[p.Name] {
					ext[p.Name] = v
				}
			}
		}
		n := 0
		r.Next(func(l model.Label, u model.State, f *model.Fault) { n++; add(u, d+1) })
		if n == 0 {
			t.Logf("deadlock %v", r.Render(s))
		}
	}
	t.Logf("%s distinct %d generated %d depth %d words %d ext %v", sys.Info().Name, len(seen), gen, depth, sys.Info().StateBits, ext)
}

func TestScratchRR(t *testing.T) {
	bfs(t, rrSystem(2, 1, 2))
	bfs(t, rrSystem(2, 2, 3))
	bfs(t, rrSystem(3, 1, 2))
	bfs(t, rrSystem(3, 2, 1))
	bfs(t, rrSystem(3, 2, 2))
}

func TestScratchStride(t *testing.T) {
	bfs(t, strideSystem(2, 2, 1))
	bfs(t, strideSystem(2, 3, 1))
	bfs(t, strideSystem(2, 3, 2))
	bfs(t, strideSystem(3, 1, 2))
	bfs(t, strideSystem(3, 2, 1))
	bfs(t, strideSystem(3, 2, 2))
}
