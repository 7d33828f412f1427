package sweep

import (
	"fmt"
	"math/bits"
)

// Vectors is the number of functions that are computed at many places of the state at once.
func (p *Program) Vectors() int { return len(p.vectors) }

// Sums is the number of alternatives whose guards are sums of products.
func (p *Program) Sums() (n int) {
	for _, m := range p.summed {
		n += bits.OnesCount64(m)
	}
	return n
}

// Describe says what is in tables and what runs as compiled code, a line each.
func (p *Program) Describe() []string {
	steps, faults, slow := 0, 0, 0
	for i := range p.alternatives {
		switch p.alternatives[i].kind {
		case step:
			steps++
		case fault:
			faults++
		default:
			slow++
		}
	}
	entries := len(p.table) + len(p.direct) + len(p.auto.next)
	out := []string{fmt.Sprintf("%d chunks of the state, %d ways to change it and %d to fault in %d table entries, %d instances as compiled code",
		len(p.chunks), steps, faults, entries, slow)}
	if n := len(p.vectors); n > 0 {
		out = append(out, fmt.Sprintf("%d functions of many places in the state are computed at all of them at once", n))
	}
	for _, f := range p.fallbacks {
		out = append(out, f.String())
	}
	return out
}
