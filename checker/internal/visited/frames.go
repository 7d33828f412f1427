package visited

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
)

// frame holds whole states of any width, one after another, that wait to be expanded. Frames are used again as soon as all
// states in them have been expanded.
type frame struct {
	region offheap.Region
	words  []uint64
	ends   []int // where each ends in words, if they vary in length
	n      int   // states
	left   atomic.Int64
}

// frameWords is the size of a frame: 64 KiB. A longer state has one of its own.
const frameWords = 8 << 10

// state gives state i, one of width words or, with 0, of varying length.
func (f *frame) state(i, width int) []uint64 {
	if width > 0 {
		return f.words[i*width : i*width+width]
	}
	lo := 0
	if i > 0 {
		lo = f.ends[i-1]
	}
	return f.words[lo:f.ends[i]]
}

// frames hands out frames, on the account of a compact set.
type frames struct {
	c    *compact
	mu   sync.Mutex
	free []*frame
	all  []*frame
}

// take gives an empty frame with room for n words.
func (p *frames) take(n int) (*frame, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := slices.IndexFunc(p.free, func(f *frame) bool { return len(f.region.Words) >= n })
	if k < 0 {
		n = max(n, frameWords)
		if err := p.c.pool.claim(int64(8 * n)); err != nil {
			return nil, err
		}
		r, err := offheap.New(n, false)
		if err != nil {
			return nil, err
		}
		p.c.beside.Add(int64(8 * n))
		f := &frame{region: r}
		p.all, p.free = append(p.all, f), append(p.free, f)
		k = len(p.free) - 1
	}
	f := p.free[k]
	p.free = slices.Delete(p.free, k, k+1)
	f.words, f.ends, f.n = f.region.Words[:0], f.ends[:0], 0
	return f, nil
}

func (p *frames) give(f *frame) {
	p.mu.Lock()
	p.free = append(p.free, f)
	p.mu.Unlock()
}

// reclaim takes all frames back. Nothing may use them any more.
func (p *frames) reclaim() { p.free = append(p.free[:0], p.all...) }

func (p *frames) close() {
	for _, f := range p.all {
		f.region.Free()
	}
	p.free, p.all = nil, nil
}

// frameWriter fills frames for one goroutine.
type frameWriter struct {
	frames *frames
	width  int // words of a state, or 0
	found  []*frame
}

// room sees to it that put has room for n words.
func (w *frameWriter) room(n int) error {
	if k := len(w.found); k > 0 {
		if f := w.found[k-1]; len(f.words)+n <= len(f.region.Words) {
			return nil
		}
	}
	f, err := w.frames.take(n)
	if err == nil {
		w.found = append(w.found, f)
	}
	return err
}

// put appends a state for which there is room.
func (w *frameWriter) put(s []uint64) {
	f := w.found[len(w.found)-1]
	f.words = append(f.words, s...)
	if w.width == 0 {
		f.ends = append(f.ends, len(f.words))
	}
	f.n++
}

// take gives the frames filled and begins anew.
func (w *frameWriter) take() []*frame {
	found := slices.DeleteFunc(w.found, func(f *frame) bool {
		if f.n == 0 {
			w.frames.give(f)
		}
		return f.n == 0
	})
	w.found = nil
	for _, f := range found {
		f.left.Store(int64(f.n))
	}
	return found
}
