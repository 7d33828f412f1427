package balance

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/big"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/model"
)

// Ring maps keys to nodes by consistent hashing (D. Karger et al., Consistent hashing and random trees, STOC 1997):
// each node has some points on a ring of 2^64 places, and a key belongs to the node of the first point at or after the
// place that it hashes to. Of nodes with a point at the same place, it is the least name's.
//
// What it guarantees, checked in ring.bh: a key has one node as long as there is any, which depends on the nodes alone
// and not on the order in which they came; a node that comes takes keys from others, and no key moves between these;
// one that goes leaves its keys to others, and no other key moves. It does not guarantee balance: see Share.
//
// The zero Ring has no node and is ready to use.
type Ring struct {
	points []point // by place, then by name
}

type point struct {
	at   uint64
	node string
}

func (p point) compare(q point) int {
	switch {
	case p.at < q.at:
		return -1
	case p.at > q.at:
		return 1
	}
	return strings.Compare(p.node, q.node)
}

// Clone returns an independent copy.
func (r *Ring) Clone() Ring { return Ring{points: slices.Clone(r.points)} }

// Place is where a key or a name hashes to: 64-bit FNV-1a, with the bits mixed as MurmurHash3 does at its end (fmix64),
// since FNV alone leaves names that differ in their last letter close together.
func Place(key string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key)) // it never fails
	x := h.Sum64()
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// Points is where the points of a node of this name are, if it has so many, 0 to Most.
func Points(node string, count int) []uint64 {
	var points []uint64
	for i := range min(max(count, 0), Most) {
		points = append(points, Place(node+"\x00"+string(binary.BigEndian.AppendUint32(nil, uint32(i)))))
	}
	return points
}

// Nodes is the names of the nodes, in order. The caller may keep it.
func (r *Ring) Nodes() []string {
	var names []string
	for _, p := range r.points {
		names = append(names, p.node)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (r *Ring) has(node string) bool {
	return slices.ContainsFunc(r.points, func(p point) bool { return p.node == node })
}

// Add adds a node with points at these places, such as Points gives. It is refused if there is a node of this name, or
// no place is given.
func (r *Ring) Add(node string, places []uint64) error {
	if r.has(node) {
		return model.Refuse("add node %q: it is there", node)
	}
	if len(places) == 0 {
		return model.Refuse("add node %q: it has no point", node)
	}
	for _, at := range places {
		r.points = append(r.points, point{at, node})
	}
	slices.SortFunc(r.points, point.compare)
	r.points = slices.Compact(r.points)
	return nil
}

// Remove removes a node. It is refused if there is none of this name.
func (r *Ring) Remove(node string) error {
	if !r.has(node) {
		return model.Refuse("remove node %q: it is not there", node)
	}
	r.points = slices.DeleteFunc(r.points, func(p point) bool { return p.node == node })
	return nil
}

// Owner is the node of a place, and false if there is no node.
func (r *Ring) Owner(at uint64) (string, bool) {
	if len(r.points) == 0 {
		return "", false
	}
	i, _ := slices.BinarySearchFunc(r.points, at, func(p point, at uint64) int {
		if p.at < at {
			return -1
		}
		return 1
	})
	return r.points[i%len(r.points)].node, true
}

// Share is the part of all places that belongs to a node, exactly; 0 for one that is not there.
func (r *Ring) Share(node string) *big.Rat {
	owned := new(big.Int)
	for i, p := range r.points {
		if p.node != node || i > 0 && r.points[i-1].at == p.at {
			continue // of points at one place the first has its arc
		}
		before := r.points[(i+len(r.points)-1)%len(r.points)].at
		arc := new(big.Int).SetUint64(p.at - before) // modulo 2^64, as the ring
		if p.at == before {
			arc.Lsh(big.NewInt(1), 64) // all points are here
		}
		owned.Add(owned, arc)
	}
	return new(big.Rat).SetFrac(owned, new(big.Int).Lsh(big.NewInt(1), 64))
}

// String shows the nodes and their points.
func (r *Ring) String() string {
	var b strings.Builder
	for i, p := range r.points {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%s@%d", p.node, p.at)
	}
	return b.String()
}
