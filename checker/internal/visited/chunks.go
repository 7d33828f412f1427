package visited

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
)

// States that wait to be expanded lie in chunks, one after another, each in as many bytes as its significant bits need. What
// is noted of each lies at the end of the chunk, the first note last.
// Chunks are used again as soon as all states in them have been expanded, so that they take what the widest depth needs.
const (
	pieceBytes = 8 << 10 // of a chunk
	pieceSlack = 16      // bytes of it that are not used, so that whole words can be written
	noteBytes  = 4       // of what is noted of a state
	mostSlab   = 64      // chunks that are mapped at once, at most
)

type chunk struct {
	base unsafe.Pointer
	n    int          // states
	from int64        // where in the frontier before was what leads to them, about
	left atomic.Int64 // of them, not yet expanded
}

// pool hands out chunks. claim asks whether so many more bytes are allowed.
type pool struct {
	claim func(int64) error

	mu      sync.Mutex
	free    []*chunk
	all     []*chunk
	regions []offheap.Region
	bytes   atomic.Int64
}

func (p *pool) take() (*chunk, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) == 0 {
		n := min(max(len(p.all)/2, 1), mostSlab)
		size := int64(n * pieceBytes)
		if err := p.claim(size); err != nil {
			return nil, err
		}
		r, err := offheap.New(n*pieceBytes/8, false)
		if err != nil {
			return nil, err
		}
		p.regions = append(p.regions, r)
		for i := range n {
			c := &chunk{base: unsafe.Pointer(&r.Words[i*pieceBytes/8])}
			p.all, p.free = append(p.all, c), append(p.free, c)
		}
		p.bytes.Add(size)
		// The claim is noted by whoever made it.
	}
	c := p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	c.n = 0
	return c, nil
}

func (p *pool) give(c *chunk) {
	p.mu.Lock()
	p.free = append(p.free, c)
	p.mu.Unlock()
}

// reclaim takes all chunks back. Nothing may use them any more.
func (p *pool) reclaim() { p.free = append(p.free[:0], p.all...) }

func (p *pool) close() {
	for i := range p.regions {
		p.regions[i].Free()
	}
	p.free, p.all, p.regions = nil, nil, nil
}

// stride is the number of bytes of a state in a chunk.
func (l *Layout) stride() int { return int(l.Declared+7) / 8 }

// perChunk is the number of states that a chunk holds.
func (l *Layout) perChunk() int { return (pieceBytes - pieceSlack) / (l.stride() + noteBytes) }

// put appends a state to a chunk that has room for it.
func (l *Layout) put(c *chunk, s []uint64) {
	p := unsafe.Add(c.base, c.n*l.stride())
	store64(p, s[0])
	if l.extra > 0 {
		store64(unsafe.Add(p, 8), s[1])
	}
	c.n++
}

// get writes state i of a chunk to s.
func (l *Layout) get(c *chunk, i int, s []uint64) {
	p := unsafe.Add(c.base, i*l.stride())
	s[0] = load64(p) & l.mask[0]
	if l.extra > 0 {
		s[1] = load64(unsafe.Add(p, 8)) & l.mask[1]
	}
}

// note is where what is noted of state i stands, 0 in a chunk that is used for the first time.
func (c *chunk) note(i int) *uint32 {
	return (*uint32)(unsafe.Add(c.base, pieceBytes-noteBytes*(i+1)))
}
