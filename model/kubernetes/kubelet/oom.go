package kubelet

import (
	"fmt"
	"math/big"
	"slices"
)

// Process is what the kernel looks at when the node is out of memory.
type Process struct {
	Pages int64 // resident, swapped out, and those of its page tables
	Adj   int   // oom_score_adj, -1000 to 1000; -1000 is never killed
}

// OOMVictims lists the indices of the processes of which the kernel kills one when a node with so many pages has none left: those
// with the most points, which are their pages and, for each 1000 of adj, as many pages as there are (mm/oom_kill.c, oom_badness). The
// kubelet has no part in it: requests count by way of adj only.
func OOMVictims(total int64, processes []Process) ([]int, error) {
	if total < 1 || total > MaxAmount {
		return nil, fmt.Errorf("got %d pages, want 1 to %d", total, int64(MaxAmount))
	}
	var out []int
	var most *big.Int
	for i, p := range processes {
		if p.Pages < 0 || p.Pages > total || p.Adj < -1000 || p.Adj > 1000 {
			return nil, fmt.Errorf("process %d: got %d pages and adj %d, want 0 to %d and -1000 to 1000", i, p.Pages, p.Adj, total)
		}
		if p.Adj == -1000 {
			continue
		}
		points := big.NewInt(int64(p.Adj) * (total / 1000)) // the kernel divides first
		points.Add(points, big.NewInt(p.Pages))
		c := 1
		if most != nil {
			c = points.Cmp(most)
		}
		if c > 0 {
			out, most = nil, points
		}
		if c >= 0 {
			out = append(out, i)
		}
	}
	return slices.Clip(out), nil
}
