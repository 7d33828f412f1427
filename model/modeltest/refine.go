package modeltest

import (
	"encoding/binary"
	"slices"
	"sort"
)

// Bisimilarity by partition refinement. States start in blocks by what one sees of them; each round splits the blocks
// by signature, the set of pairs (label, block of the successor), until no block splits. After round k two states are in
// one block exactly when no game of k moves tells them apart. (S. Blom, S. Orzan: A distributed algorithm for strong
// bisimulation reduction of state spaces, 2002.)
//
// A round computes anew only the signatures of states with a successor that changed its block, and where a block splits
// the largest part keeps its number, so that a state changes its block at most log2 n times (J. Hopcroft: An n log n
// algorithm for minimizing states in a finite automaton, 1971).
type partition struct {
	block   []int32    // by state
	members [][]int32  // by block
	place   []int32    // by state, in members of its block
	history [][]change // by state, in the order of rounds
	rounds  int
}

// change says that a state came into a block in a round.
type change struct {
	round, block int32
}

func refine(g *graph) *partition {
	n := g.size()
	p := &partition{block: make([]int32, n), place: make([]int32, n), history: make([][]change, n)}
	blocks := map[int32]int32{}
	for s, seen := range g.seen {
		b, ok := blocks[seen]
		if !ok {
			b = p.newBlock()
			blocks[seen] = b
		}
		p.join(int32(s), b, 0)
	}
	before := predecessors(g)
	dirty := make([]int32, n)
	for s := range dirty {
		dirty[s] = int32(s)
	}
	for round := int32(1); len(dirty) > 0; round++ {
		moves := p.split(g, dirty)
		if len(moves) > 0 {
			p.rounds = int(round)
		}
		mark := map[int32]bool{}
		for _, m := range moves {
			p.leave(m.state)
			p.join(m.state, m.to, round)
			for _, s := range before[m.state] {
				mark[s] = true
			}
		}
		dirty = dirty[:0]
		for s := range mark {
			dirty = append(dirty, s)
		}
		slices.Sort(dirty)
	}
	return p
}

type move struct {
	state, to int32
}

// split gives the states that leave their blocks, by the signatures before any of them does.
func (p *partition) split(g *graph, dirty []int32) []move {
	isDirty := make(map[int32]bool, len(dirty))
	byBlock := map[int32][]int32{}
	var order []int32
	for _, s := range dirty {
		isDirty[s] = true
		b := p.block[s]
		if byBlock[b] == nil {
			order = append(order, b)
		}
		byBlock[b] = append(byBlock[b], s)
	}
	var moves []move
	for _, b := range order {
		// The other members have the signature that all members had a round ago, and it has not changed.
		parts := map[string][]int32{}
		var signatures []string
		put := func(s int32) {
			k := p.signature(g, s)
			if parts[k] == nil {
				signatures = append(signatures, k)
			}
			parts[k] = append(parts[k], s)
		}
		others, common := len(p.members[b])-len(byBlock[b]), ""
		if others > 0 {
			for _, s := range p.members[b] {
				if !isDirty[s] {
					common = p.signature(g, s)
					signatures = append(signatures, common)
					parts[common] = []int32{}
					break
				}
			}
		}
		for _, s := range byBlock[b] {
			put(s)
		}
		size := func(k string) int {
			if others > 0 && k == common {
				return len(parts[k]) + others
			}
			return len(parts[k])
		}
		largest := signatures[0]
		for _, k := range signatures {
			if size(k) > size(largest) {
				largest = k
			}
		}
		for _, k := range signatures {
			if k == largest {
				continue
			}
			leaving := parts[k]
			if others > 0 && k == common {
				for _, s := range p.members[b] {
					if !isDirty[s] {
						leaving = append(leaving, s)
					}
				}
			}
			to := p.newBlock()
			for _, s := range leaving {
				moves = append(moves, move{s, to})
			}
		}
	}
	return moves
}

// signature gives the set of pairs (label, block of the successor) of a state, as a string.
func (p *partition) signature(g *graph, s int32) string {
	edges := g.from(s)
	pairs := make([]uint64, 0, len(edges))
	for _, e := range edges {
		pairs = append(pairs, uint64(e.label)<<32|uint64(p.block[e.to]))
	}
	slices.Sort(pairs)
	pairs = slices.Compact(pairs)
	b := make([]byte, 0, 8*len(pairs))
	for _, pair := range pairs {
		b = binary.LittleEndian.AppendUint64(b, pair)
	}
	return string(b)
}

func (p *partition) newBlock() int32 {
	p.members = append(p.members, nil)
	return int32(len(p.members) - 1)
}

func (p *partition) join(s, b, round int32) {
	p.block[s], p.place[s] = b, int32(len(p.members[b]))
	p.members[b] = append(p.members[b], s)
	p.history[s] = append(p.history[s], change{round, b})
}

func (p *partition) leave(s int32) {
	m := p.members[p.block[s]]
	last := m[len(m)-1]
	m[p.place[s]] = last
	p.place[last] = p.place[s]
	p.members[p.block[s]] = m[:len(m)-1]
}

// distance gives the number of moves that tell two states apart, 0 where one sees it at once, or -1 when they are
// bisimilar.
func (p *partition) distance(s, t int32) int {
	if p.block[s] == p.block[t] {
		return -1
	}
	return sort.Search(p.rounds, func(k int) bool { return p.blockAt(s, k) != p.blockAt(t, k) })
}

func (p *partition) blockAt(s int32, round int) int32 {
	h := p.history[s]
	return h[sort.Search(len(h), func(i int) bool { return int(h[i].round) > round })-1].block
}

func predecessors(g *graph) [][]int32 {
	out := make([][]int32, g.size())
	for s := range int32(g.size()) {
		for _, e := range g.from(s) {
			if b := out[e.to]; len(b) == 0 || b[len(b)-1] != s {
				out[e.to] = append(b, s)
			}
		}
	}
	return out
}
