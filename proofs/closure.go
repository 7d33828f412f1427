package proofs

import (
	"bufio"
	"encoding/binary"
	"errors"
	"slices"
	"sort"

	"github.com/bulkheadlang/bulkhead/model"
)

// Closure is a set of states and the distance of each from an initial one, on its way into a certificate.
//
// There they stand in the order of their words, the first word first, in blocks of blockStates, the last of which may have fewer. A block
// is its length in bytes and its states, each of which is: the number of its leading words that are those of the state before,
// but of the last word; the difference of the next word to that state's; the words after that; its distance. The first state of a
// block follows the state of which all words are 0. All these are unsigned numbers in base 128 (binary.PutUvarint).
type Closure struct {
	width  int
	parts  []part // by worker
	sorted bool   // they are one, in order
}

// part is what one worker has seen.
type part struct {
	words  []uint64
	depths []uint32
	_      [64]byte // another worker's is on another line of the cache
}

const blockStates = 64

// NewClosure is for a search by some workers of a system whose states all have the same number of words.
func NewClosure(info *model.Info, workers int) (*Closure, error) {
	if info.StateWords == 0 {
		return nil, errors.New("states of different lengths cannot be certified")
	}
	return &Closure{width: info.StateWords, parts: make([]part, workers)}, nil
}

// Visit adds a state. Each worker, from 0, calls it in one goroutine at a time; a state may come again, with the same distance.
func (c *Closure) Visit(worker, depth int, s model.State) {
	p := &c.parts[worker]
	p.words = append(p.words, s...)
	p.depths = append(p.depths, uint32(depth))
}

// Len is the number of states.
func (p *part) Len() int { return len(p.depths) }

// sort brings all parts together, in order.
func (c *Closure) sort() error {
	if c.sorted {
		return nil
	}
	all := part{}
	for i := range c.parts {
		all.words = append(all.words, c.parts[i].words...)
		all.depths = append(all.depths, c.parts[i].depths...)
		c.parts[i] = part{}
	}
	sort.Sort(&sorting{c.width, all})
	n := 0 // states without repetitions
	for i := range all.depths {
		s := all.state(c.width, i)
		if n > 0 && slices.Equal(all.state(c.width, n-1), s) {
			if all.depths[n-1] != all.depths[i] {
				return errors.New("a state came twice, with two distances")
			}
			continue
		}
		copy(all.state(c.width, n), s)
		all.depths[n] = all.depths[i]
		n++
	}
	c.parts, c.sorted = []part{{words: all.words[:n*c.width], depths: all.depths[:n]}}, true
	return nil
}

func (p *part) state(width, i int) []uint64 { return p.words[i*width : (i+1)*width] }

// sorting sorts states and their distances in place.
type sorting struct {
	width int
	part
}

// Less and Swap are for package sort.
func (s *sorting) Less(i, j int) bool {
	return slices.Compare(s.state(s.width, i), s.state(s.width, j)) < 0
}

func (s *sorting) Swap(i, j int) {
	a, b := s.state(s.width, i), s.state(s.width, j)
	for k := range a {
		a[k], b[k] = b[k], a[k]
	}
	s.depths[i], s.depths[j] = s.depths[j], s.depths[i]
}

// numbers counts the states, the initial ones, and gives the greatest distance.
func (c *Closure) numbers() (states, initial int64, depth int) {
	p := &c.parts[0]
	for _, d := range p.depths {
		if d == 0 {
			initial++
		}
		depth = max(depth, int(d))
	}
	return int64(p.Len()), initial, depth
}

// write writes the blocks. Errors show when w is flushed.
func (c *Closure) write(w *bufio.Writer) {
	p := &c.parts[0]
	zero := make([]uint64, c.width)
	var block []byte
	for i := 0; i < p.Len(); i += blockStates {
		block = block[:0]
		before := zero
		for k := i; k < min(i+blockStates, p.Len()); k++ {
			s := p.state(c.width, k)
			block = appendState(block, before, s)
			block = binary.AppendUvarint(block, uint64(p.depths[k]))
			before = s
		}
		_, _ = w.Write(binary.AppendUvarint(nil, uint64(len(block))))
		_, _ = w.Write(block)
	}
}

func appendState(b []byte, before, s []uint64) []byte {
	same := 0
	for same < len(s)-1 && s[same] == before[same] {
		same++
	}
	b = binary.AppendUvarint(b, uint64(same))
	b = binary.AppendUvarint(b, s[same]-before[same])
	for _, word := range s[same+1:] {
		b = binary.AppendUvarint(b, word)
	}
	return b
}
