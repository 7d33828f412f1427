package checker

import (
	"encoding/binary"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/checker/internal/runs"
)

// What domains see of states, as numbers.

// views numbers what a domain sees: equal bytes have equal numbers. Those of at most 7 bytes are words, with how many they are in
// the eighth; they stand in a table of open addressing, which is never more than half full and whose length is a power of two.
type views struct {
	words   []uint64 // 0 for none
	numbers []uint32
	short   int // how many words there are
	long    map[string]uint32
	cost    int64 // bytes that are counted
}

func newViews() views {
	const first = 64
	return views{words: make([]uint64, first), numbers: make([]uint32, first), long: map[string]uint32{}}
}

func (v *views) len() int { return v.short + len(v.long) }

// viewWord gives key as a word, or 0 where it is too long.
func viewWord(key []byte) (word uint64) {
	if len(key) > 7 {
		return 0
	}
	for i, b := range key {
		word |= uint64(b) << (8 * i)
	}
	return word | uint64(len(key)+1)<<56
}

// slot gives where a word stands, or is to stand.
func (v *views) slot(word uint64) int {
	last := len(v.words) - 1
	at := int(hash.Mix(word)) & last
	for v.words[at] != word && v.words[at] != 0 {
		at = (at + 1) & last
	}
	return at
}

// find gives the number of key, if it has one.
func (v *views) find(key []byte) (n uint32, ok bool) {
	if word := viewWord(key); word != 0 {
		at := v.slot(word)
		return v.numbers[at], v.words[at] == word
	}
	n, ok = v.long[string(key)]
	return n, ok
}

// remember is add for one of several workers, who forget when it gets too much.
func (v *views) remember(m *runs.Meter, key []byte, n uint32) error {
	if v.len() >= mostKnown {
		m.Give(v.cost)
		*v = newViews()
	}
	return v.add(m, key, n)
}

// add gives key, which has none, a number.
func (v *views) add(m *runs.Meter, key []byte, n uint32) error {
	word := viewWord(key)
	cost := int64(viewCost)
	if word == 0 {
		cost += int64(len(key))
	}
	if err := m.Take(cost); err != nil {
		return err
	}
	v.cost += cost
	if word == 0 {
		v.long[string(key)] = n
		return nil
	}
	if 2*(v.short+1) > len(v.words) {
		old := *v
		v.words, v.numbers = make([]uint64, 2*len(old.words)), make([]uint32, 2*len(old.words))
		for i, w := range old.words {
			if w != 0 {
				v.set(w, old.numbers[i])
			}
		}
	}
	v.set(word, n)
	v.short++
	return nil
}

func (v *views) set(word uint64, n uint32) {
	at := v.slot(word)
	v.words[at], v.numbers[at] = word, n
}

// viewCost is what a view takes, at most and while its table grows, beside the bytes of a long one; in a map, about that.
const viewCost = 72

// mostKnown is how many views of a domain a worker remembers by itself.
const mostKnown = 1 << 12

// column is a number for each state, all in as few bytes as the greatest of them so far takes: 1, 2 or 4.
type column struct {
	width int // 0 at the start, as 1
	bytes []byte
}

func (c *column) len() int { return len(c.bytes) / max(1, c.width) }

// room makes room for n more numbers, none of them greater than most.
func (c *column) room(m *runs.Meter, n int, most uint32) (err error) {
	width := 1
	if most >= 1<<16 {
		width = 4
	} else if most >= 1<<8 {
		width = 2
	}
	if width > c.width {
		if err := c.widen(m, width, n); err != nil {
			return err
		}
	}
	c.bytes, err = runs.Grow(m, c.bytes, n*c.width, 1)
	return err
}

// widen makes each number take more bytes, and keeps the room there is.
func (c *column) widen(m *runs.Meter, width, more int) error {
	wide := column{width: width}
	var err error
	room := max(c.len()+more, cap(c.bytes)/max(1, c.width))
	if wide.bytes, err = runs.Grow(m, wide.bytes, room*width, 1); err != nil {
		return err
	}
	for s := range c.len() {
		wide.push(c.at(s))
	}
	m.Give(int64(cap(c.bytes)))
	*c = wide
	return nil
}

// push appends a number for which there is room.
func (c *column) push(n uint32) {
	switch c.width {
	case 1:
		c.bytes = append(c.bytes, byte(n))
	case 2:
		c.bytes = binary.LittleEndian.AppendUint16(c.bytes, uint16(n))
	default:
		c.bytes = binary.LittleEndian.AppendUint32(c.bytes, n)
	}
}

// at gives the number of a state.
func (c *column) at(s int) uint32 {
	switch c.width {
	case 1:
		return uint32(c.bytes[s])
	case 2:
		return uint32(binary.LittleEndian.Uint16(c.bytes[2*s:]))
	default:
		return binary.LittleEndian.Uint32(c.bytes[4*s:])
	}
}
