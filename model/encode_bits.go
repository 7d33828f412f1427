package model

import "fmt"

// bitWriter packs values of 0 to 64 bits into words, the first bit lowest. Bits past the last value are zero.
type bitWriter struct {
	words []uint64
	bits  uint // written so far
	depth int  // of pointers, slices and maps around the value being written
}

func (w *bitWriter) reset() {
	w.words, w.bits, w.depth = w.words[:0], 0, 0
}

// put writes the lowest n bits of v.
func (w *bitWriter) put(v uint64, n uint) {
	if n == 0 {
		return
	}
	v &= ^uint64(0) >> (64 - n)
	shift := w.bits & 63
	if shift == 0 {
		w.words = append(w.words, v)
	} else {
		w.words[len(w.words)-1] |= v << shift
		if shift+n > 64 {
			w.words = append(w.words, v>>(64-shift))
		}
	}
	w.bits += n
}

// putLength writes a length in groups of three bits, lowest first, each behind a bit that says whether more follow. No
// such code is the beginning of another, so neither is any encoding built of them.
func (w *bitWriter) putLength(n int) {
	u := uint64(n)
	for u >= 8 {
		w.put(u<<1&0xe|1, 4)
		u >>= 3
	}
	w.put(u<<1, 4)
}

func (w *bitWriter) putString(s string) {
	w.putLength(len(s))
	for len(s) >= 8 {
		w.put(uint64(s[0])|uint64(s[1])<<8|uint64(s[2])<<16|uint64(s[3])<<24|
			uint64(s[4])<<32|uint64(s[5])<<40|uint64(s[6])<<48|uint64(s[7])<<56, 64)
		s = s[8:]
	}
	for i := range len(s) {
		w.put(uint64(s[i]), 8)
	}
}

// putBits writes what o holds.
func (w *bitWriter) putBits(o *bitWriter) {
	left := o.bits
	for _, word := range o.words {
		n := min(left, 64)
		w.put(word, n)
		left -= n
	}
}

// bitReader reads what a bitWriter wrote. Reading past the end is a programmer's error: the words are no state.
type bitReader struct {
	words []uint64
	bits  uint // read so far
}

func (r *bitReader) get(n uint) uint64 {
	if n == 0 {
		return 0
	}
	if r.bits+n > uint(len(r.words))*64 {
		r.fail()
	}
	i, shift := r.bits>>6, r.bits&63
	v := r.words[i] >> shift
	if shift+n > 64 {
		v |= r.words[i+1] << (64 - shift)
	}
	r.bits += n
	return v & (^uint64(0) >> (64 - n))
}

func (r *bitReader) getLength() int {
	var u uint64
	for shift := uint(0); ; shift += 3 {
		g := r.get(4)
		u |= g >> 1 << shift
		if g&1 == 0 {
			return int(u)
		}
	}
}

// getCount reads the length of something whose elements take at least so many bits each, and refuses one that the words
// cannot hold before anything is allocated for it.
func (r *bitReader) getCount(least uint) int {
	n := r.getLength()
	if n < 0 || least > 0 && uint(n) > (uint(len(r.words))*64-r.bits)/least {
		r.fail()
	}
	return n
}

func (r *bitReader) fail() {
	panic(fmt.Sprintf("model: %d words are no state of this system", len(r.words)))
}

func (r *bitReader) getString() string {
	n := r.getCount(8)
	if n == 0 {
		return ""
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.get(8))
	}
	return string(b)
}
