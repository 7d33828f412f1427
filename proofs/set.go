package proofs

import (
	"encoding/binary"
	"io"
	"math"
	"slices"
	"sort"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/model"
)

// set is the closed set of a certificate, in the bytes in which it came, so that it takes the memory that they take.
type set struct {
	width  int
	states int64
	data   []byte
	blocks []int           // where each block begins in data
	firsts []uint64        // the first state of each, in words
	near   []atomic.Uint64 // by state, a bit: it is reached from a nearer one
}

// read reads the blocks of a certificate. It checks that they are in order and in form, and that their numbers are those of the
// header.
func (c *Certificate) read(width int) (*set, error) {
	h := &c.Header
	if h.States < 0 || h.Initial < 0 || h.Depth < 0 || h.Initial > h.States {
		return nil, damaged("its numbers of states are none")
	}
	s := &set{width: width}
	last := []uint64(nil)
	initial, depth := int64(0), 0
	cur := &cursor{s: s, state: make([]uint64, width)}
	for s.states < h.States {
		n, err := binary.ReadUvarint(c)
		most := uint64(blockStates * (width + 2) * binary.MaxVarintLen64)
		if err != nil || n > most {
			return nil, damaged("a block has no length")
		}
		at := len(s.data)
		s.data = slices.Grow(s.data, int(n))[:at+int(n)]
		if _, err := io.ReadFull(c, s.data[at:]); err != nil {
			return nil, damaged("it ends within a block")
		}
		s.blocks = append(s.blocks, at)
		want := min(blockStates, h.States-s.states)
		s.states += want
		cur.open(len(s.blocks) - 1)
		for i := range want {
			if !cur.next() {
				return nil, damaged("block %d is not in form", len(s.blocks))
			}
			if last != nil && slices.Compare(last, cur.state) >= 0 {
				return nil, damaged("its states are not in order")
			}
			last = append(last[:0], cur.state...)
			if i == 0 {
				s.firsts = append(s.firsts, cur.state...)
			}
			if cur.depth == 0 {
				initial++
			}
			depth = max(depth, cur.depth)
		}
		if cur.at != len(s.data) {
			return nil, damaged("block %d has more than its states", len(s.blocks))
		}
	}
	if initial != h.Initial || depth != h.Depth {
		return nil, damaged("its numbers are not those of its states")
	}
	s.data = slices.Clip(s.data)
	s.near = make([]atomic.Uint64, (s.states+63)/64)
	return s, nil
}

// cursor goes through the states of a block.
type cursor struct {
	s     *set
	at    int // in data
	first bool
	state []uint64
	depth int
}

// open goes before the first state of a block.
func (c *cursor) open(block int) {
	c.at, c.first = c.s.blocks[block], true
	clear(c.state)
}

// next goes to the next state; it is false where there is none in form.
func (c *cursor) next() bool {
	same, ok := c.number()
	if !ok || same >= uint64(len(c.state)) {
		return false
	}
	more, ok := c.number()
	before := c.state[same]
	if !ok || more > math.MaxUint64-before || more == 0 && !c.first {
		return false
	}
	c.first = false
	c.state[same] = before + more
	for k := int(same) + 1; k < len(c.state); k++ {
		if c.state[k], ok = c.number(); !ok {
			return false
		}
	}
	depth, ok := c.number()
	c.depth = int(depth)
	return ok && depth <= math.MaxInt32
}

func (c *cursor) number() (uint64, bool) {
	v, n := binary.Uvarint(c.s.data[c.at:])
	if n <= 0 {
		return 0, false
	}
	c.at += n
	return v, true
}

// find gives the number of a state and its distance, and false when it is not in the set.
func (c *cursor) find(t model.State) (int64, int, bool) {
	s := c.s
	if len(t) != s.width {
		return 0, 0, false
	}
	block := sort.Search(len(s.blocks), func(i int) bool {
		return slices.Compare(s.firsts[i*s.width:(i+1)*s.width], t) > 0
	}) - 1
	if block < 0 {
		return 0, 0, false
	}
	c.open(block)
	for i := range s.in(block) {
		c.next()
		switch slices.Compare(c.state, t) {
		case 0:
			return int64(block*blockStates + i), c.depth, true
		case 1:
			return 0, 0, false
		}
	}
	return 0, 0, false
}

// in is the number of states in a block.
func (s *set) in(block int) int {
	return int(min(blockStates, s.states-int64(block)*blockStates))
}

// reached notes that a state is reached from one that is nearer by one step, or is an initial one.
func (s *set) reached(i int64) { s.near[i/64].Or(1 << (i % 64)) }

func (s *set) isReached(i int64) bool { return s.near[i/64].Load()&(1<<(i%64)) != 0 }
