package runs

import (
	"context"
	"slices"
)

// What a search for a shortest cycle may cost: with more than mostWants wants, or more than mostPairs pairs of a node and a
// set of wants, the cycle is put together piece by piece.
const (
	mostWants = 12
	mostPairs = 1 << 22
)

// quest is for a cycle in a set of nodes whose index is their place in the set.
//
// What is wanted of it are bits in words: in the first the acceptance sets, in the others the conditions. A step gains the
// acceptance sets that it is in; the conditions of whose kind it is; and the weak ones that are not enabled in the state
// that it leaves. A strong condition is wanted as soon as the cycle comes to a state where it is enabled.
type quest struct {
	*Product
	ctx  context.Context
	f    *Fairness
	set  []uint32
	home uint32 // the node to begin and end at

	gain, alarm []uint64 // of the step that look was last called for
	enabled     []uint64
}

// cycle gives a cycle through node home, and how many pairs were looked at for it, at most.
func (p *Product) cycle(ctx context.Context, f *Fairness, set []uint32, home uint32) (cycle []Step, pairs int, err error) {
	n := f.words + 1
	q := &quest{Product: p, ctx: ctx, f: f, set: set, home: home, gain: make([]uint64, n), alarm: make([]uint64, n), enabled: make([]uint64, f.words)}
	wants, alarms := q.relevant()
	if k := len(wants) + len(alarms); k <= mostWants && len(set)<<k <= mostPairs && !p.Piecemeal {
		cycle, err = q.exact(wants, alarms)
		return cycle, len(set) << k, err
	}
	cycle, err = q.greedy()
	return cycle, mostPairs, err
}

// look works out gain and alarm of a step from node v.
func (q *quest) look(v, edge uint32, accept uint64) {
	q.f.enabled(q.g, v/q.k, q.enabled)
	q.gain[0] = accept
	for w, taken := range q.f.taken[q.g.Steps[edge]] {
		q.gain[w+1] = taken | q.f.weak[w]&^q.enabled[w]
		q.alarm[w+1] = q.enabled[w] & q.f.strong[w]
	}
}

// inside calls f for every edge within the set that leaves node v, until f says that this is enough.
func (q *quest) inside(v uint32, f func(to, edge uint32) (enough bool)) {
	for c := q.edges(v); ; {
		to, t, ok := q.next(v, &c)
		if !ok {
			return
		}
		if q.index[to] == done {
			continue
		}
		if q.look(v, c.edge, q.marks(v, c.edge, t)); f(to, c.edge) {
			return
		}
	}
}

// relevant gives the bits that not every step in the set gains, and the strong conditions enabled somewhere in it.
func (q *quest) relevant() (wants, alarms []int) {
	n := len(q.gain)
	common, alarm := make([]uint64, n), make([]uint64, n)
	for w := range common {
		common[w] = ^uint64(0)
	}
	for _, v := range q.set {
		q.inside(v, func(uint32, uint32) bool {
			for w := range common {
				common[w] &= q.gain[w]
				alarm[w] |= q.alarm[w]
			}
			return false
		})
	}
	wanted := make([]uint64, n)
	wanted[0] = q.a.All() &^ common[0]
	for w, weak := range q.f.weak {
		wanted[w+1] = (weak | alarm[w+1]) &^ common[w+1]
		alarm[w+1] &^= common[w+1]
	}
	return members(wanted), members(alarm)
}

// exact gives a shortest cycle: a breadth-first search over pairs of a node and what has been gained so far.
func (q *quest) exact(wants, alarms []int) ([]Step, error) {
	k := len(wants) + len(alarms)
	pairs := int64(len(q.set)) << k
	if err := q.meter.Take(8 * pairs); err != nil {
		return nil, err
	}
	defer q.meter.Give(8 * pairs)
	parent := make([]uint32, pairs) // and 1, by place of the node << k | bits gained
	mask := func(old uint32) uint32 {
		for i, b := range wants {
			old |= uint32(q.gain[b>>6]>>(b&63)&1) << i
		}
		for i, b := range alarms {
			old |= uint32(q.alarm[b>>6]>>(b&63)&1) << (len(wants) + i)
		}
		return old
	}
	// A strong condition is wanted only after an alarm.
	good := func(m uint32) bool {
		for i, b := range wants {
			if m>>i&1 == 1 {
				continue
			}
			if j := slices.Index(alarms, b); j < 0 || m>>(len(wants)+j)&1 == 1 {
				return false
			}
		}
		return true
	}
	start := q.index[q.home] << k
	queue := []uint32{start}
	low := uint32(1)<<k - 1
	var end uint32
	found := false
	for i := 0; i < len(queue) && !found; i++ {
		if i%interval == 0 && q.ctx.Err() != nil {
			return nil, q.ctx.Err()
		}
		at := queue[i]
		q.inside(q.set[at>>k], func(to, _ uint32) bool {
			next := q.index[to]<<k | mask(at&low)
			if to == q.home && good(next&low) {
				end, found = at, true
				return true
			}
			if parent[next] == 0 && next != start {
				parent[next] = at + 1
				queue = append(queue, next)
			}
			return false
		})
	}
	if !found {
		panic("runs: no cycle in a fair set")
	}
	chain := []uint32{end}
	for at := end; at != start; {
		at = parent[at] - 1
		chain = append(chain, at)
	}
	slices.Reverse(chain)
	var cycle []Step
	for i, at := range chain {
		q.inside(q.set[at>>k], func(to, edge uint32) bool {
			next := q.index[to]<<k | mask(at&low)
			if i+1 < len(chain) && next != chain[i+1] || i+1 == len(chain) && (to != q.home || !good(next&low)) {
				return false
			}
			cycle = append(cycle, Step{q.set[at>>k] / q.k, edge})
			return true
		})
	}
	return cycle, nil
}

// move is a step in the product.
type move struct{ from, edge, to uint32 }

// greedy gives a cycle that goes to the nearest step that gains something wanted, again and again, and then home. What it
// does twice for nothing is cut out.
func (q *quest) greedy() ([]Step, error) {
	size := 8 * int64(len(q.set))
	if err := q.meter.Take(size); err != nil {
		return nil, err
	}
	defer q.meter.Give(size)
	parent := make([]move, len(q.set))
	seen := make([]uint32, len(q.set))
	round := uint32(0)
	n := len(q.gain)
	got, alarm, missing := make([]uint64, n), make([]uint64, n), make([]uint64, n)
	var path []move
	at := q.home
	for {
		open := false
		for w := range missing {
			if missing[w] = alarm[w] &^ got[w]; w == 0 {
				missing[w] = q.a.All() &^ got[w]
			} else {
				missing[w] |= q.f.weak[w-1] &^ got[w]
			}
			open = open || missing[w] != 0
		}
		if !open && at == q.home && len(path) > 0 {
			break
		}
		// To the nearest step that gains something missing or, when nothing is, to the one that leads home.
		round++
		queue := []uint32{at}
		seen[q.index[at]] = round
		var last move
		found := false
		for i := 0; i < len(queue) && !found; i++ {
			if i%interval == 0 && q.ctx.Err() != nil {
				return nil, q.ctx.Err()
			}
			v := queue[i]
			q.inside(v, func(to, edge uint32) bool {
				if open && meet(q.gain, missing) || !open && to == q.home {
					last, found = move{v, edge, to}, true
					return true
				}
				if seen[q.index[to]] != round {
					seen[q.index[to]] = round
					parent[q.index[to]] = move{v, edge, to}
					queue = append(queue, to)
				}
				return false
			})
		}
		if !found {
			panic("runs: no cycle in a fair set")
		}
		leg := []move{last}
		for v := last.from; v != at; v = leg[len(leg)-1].from {
			leg = append(leg, parent[q.index[v]])
		}
		slices.Reverse(leg)
		path = append(path, leg...)
		q.sum(leg, got, alarm)
		at = last.to
	}
	var cycle []Step
	for _, m := range q.shorten(path) {
		cycle = append(cycle, Step{m.from / q.k, m.edge})
	}
	return cycle, nil
}

// sum adds what the steps of a path gain and ask for. Where several transitions of the automaton go the same way, the path
// may be of any: what all of them gain counts.
func (q *quest) sum(path []move, got, alarm []uint64) {
	for _, m := range path {
		q.inside(m.from, func(to, edge uint32) bool {
			if to == m.to && edge == m.edge {
				for w := range got {
					got[w] |= q.gain[w]
					alarm[w] |= q.alarm[w]
				}
			}
			return false
		})
	}
}

// longestCut is the length of cycles up to which parts are looked for that can be cut out, in time that grows with the cube.
const longestCut = 300

// shorten cuts out parts of a cycle between two visits of a node without which it still has all that is wanted.
func (q *quest) shorten(path []move) []move {
	n := len(q.gain)
	enough := func(path []move) bool {
		got, alarm := make([]uint64, n), make([]uint64, n)
		q.sum(path, got, alarm)
		if q.a.All()&^got[0] != 0 {
			return false
		}
		for w, weak := range q.f.weak {
			if (weak|alarm[w+1])&^got[w+1] != 0 {
				return false
			}
		}
		return true
	}
	if len(path) > longestCut {
		return path
	}
	for i := 0; i < len(path); i++ {
		for j := len(path); j > i; j-- {
			if i == 0 && j == len(path) || path[j-1].to != path[i].from {
				continue
			}
			if cut := slices.Concat(path[:i], path[j:]); enough(cut) {
				path = cut
				j = len(path) + 1
				if i >= len(path) {
					break
				}
			}
		}
	}
	return path
}
