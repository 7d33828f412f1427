package visited

import (
	"encoding/binary"
	"unsafe"
)

// steps is a log of how states were met, depth after depth: of each state how many places its parent is after that of
// the state before, and the number of the successor.
type steps struct {
	chunks  []*chunk // from the first that is kept
	dropped int      // chunks before them
	starts  []int64  // of each depth, the number of bytes before it
	size    int64
	oldest  int // the first depth that is kept
}

// ordinalBits of the first number of an entry are the number of the successor; the greatest says that another follows.
const ordinalBits = 4

func (l *steps) begin() { l.starts = append(l.starts, l.size) }

// add appends an entry. take gives room.
func (l *steps) add(distance, ordinal uint64, take func() (*chunk, error)) error {
	const most = 1<<ordinalBits - 1
	if x := distance<<ordinalBits | ordinal; ordinal < most && x < 0x80 && l.size%pieceBytes != 0 {
		*l.at(l.size) = byte(x)
		l.size++
		return nil
	}
	var buf [2 * binary.MaxVarintLen64]byte
	n := binary.PutUvarint(buf[:], distance<<ordinalBits|min(ordinal, most))
	if ordinal >= most {
		n += binary.PutUvarint(buf[n:], ordinal-most)
	}
	for _, b := range buf[:n] {
		if l.size%pieceBytes == 0 {
			c, err := take() // may drop chunks
			if err != nil {
				return err
			}
			l.chunks = append(l.chunks, c)
		}
		*l.at(l.size) = b
		l.size++
	}
	return nil
}

func (l *steps) at(i int64) *byte {
	return (*byte)(unsafe.Add(l.chunks[int(i/pieceBytes)-l.dropped].base, i%pieceBytes))
}

// drop lets go of the oldest depths, but for the last, until a chunk is free. It tells whether one is.
func (l *steps) drop(p *pool) bool {
	for l.oldest < len(l.starts)-1 {
		l.oldest++
		if int64(l.dropped+1)*pieceBytes <= l.starts[l.oldest] && len(l.chunks) > 0 {
			p.give(l.chunks[0])
			l.chunks = l.chunks[1:]
			l.dropped++
			return true
		}
	}
	return false
}

// read gives the place of the parent of a state at the depth before, and the number of the successor that it is.
func (l *steps) read(depth int, place int64) (parent int64, ordinal uint32) {
	i := l.starts[depth]
	number := func() (x uint64) {
		for shift := uint(0); ; shift += 7 {
			b := *l.at(i)
			i++
			if x |= uint64(b&0x7f) << shift; b < 0x80 {
				return x
			}
		}
	}
	for ; place >= 0; place-- {
		x := number()
		parent += int64(x >> ordinalBits)
		ordinal = uint32(x & (1<<ordinalBits - 1))
		if ordinal == 1<<ordinalBits-1 {
			ordinal += uint32(number())
		}
	}
	return parent, ordinal
}
