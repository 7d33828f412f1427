package visited

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"

	"github.com/bulkheadlang/bulkhead/checker/internal/durable"
	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
)

// What a search puts on disk is runs: files of states that are sorted by hash and, where these are equal, by words; but for
// frontiers that come from memory, which are in no order. They are written from one end to the other and then never
// changed. A run is blocks as in a stream of package durable, without an empty one at the end. A state stands as its significant bytes where
// it has one or two words, else as its words, with their number before them where that varies; of candidates, the number
// of an action stands before it, in two bytes.

// codec says how the states of a system stand in runs, and gives the hash by which they are sorted.
type codec struct {
	width  int     // words of a state, or 0
	layout *Layout // of states of one or two words, or nil
}

func (c *codec) hash(s []uint64) uint64 {
	if c.layout != nil {
		return c.layout.Home(s)
	}
	return hash.Of(s)
}

// put appends a state.
func (c *codec) put(buf []byte, s []uint64) []byte {
	if c.width == 0 {
		buf = binary.AppendUvarint(buf, uint64(len(s)))
	}
	end := len(buf) + 8*len(s)
	if c.layout != nil {
		end = len(buf) + c.layout.stride()
	}
	for _, w := range s {
		buf = binary.LittleEndian.AppendUint64(buf, w)
	}
	return buf[:end]
}

// get reads the state that buf begins with into s, and gives what follows it.
func (c *codec) get(buf []byte, s []uint64) (words []uint64, rest []byte, err error) {
	if l := c.layout; l != nil && len(buf) >= 16 { // the usual case
		s = append(s[:0], binary.LittleEndian.Uint64(buf)&l.mask[0])
		if l.width == 2 {
			s = append(s, binary.LittleEndian.Uint64(buf[8:])&l.mask[1])
		}
		return s, buf[l.stride():], nil
	}
	s = s[:0]
	n, bytes := c.width, 8*c.width
	switch {
	case c.layout != nil:
		bytes = c.layout.stride()
	case n == 0:
		length, k := binary.Uvarint(buf)
		if k <= 0 || length > MostWords {
			return nil, nil, durable.ErrDamaged
		}
		n, bytes, buf = int(length), 8*int(length), buf[k:]
	}
	if len(buf) < bytes {
		return nil, nil, durable.ErrDamaged
	}
	state, rest := buf[:bytes], buf[bytes:]
	for ; n > 0 && len(state) >= 8; n, state = n-1, state[8:] {
		s = append(s, binary.LittleEndian.Uint64(state))
	}
	for ; n > 0; n, state = n-1, nil { // words of which fewer bytes stand there, or none
		var word [8]byte
		copy(word[:], state)
		s = append(s, binary.LittleEndian.Uint64(word[:]))
	}
	return s, rest, nil
}

// record is a state as it is read from a run or from memory.
type record struct {
	hash   uint64
	words  []uint64
	action uint32 // of candidates
}

// before orders records as runs do.
func (r *record) before(o *record) int {
	switch {
	case r.hash < o.hash:
		return -1
	case r.hash > o.hash:
		return 1
	}
	return slices.Compare(r.words, o.words)
}

// runFile is a run.
type runFile struct {
	path       string
	candidates bool // each state has an action
	tier       int  // how often its states have been merged
	states     int64
	bytes      int64
	blocks     []runBlock
	synced     bool
}

// runBlock is where a block begins, the number of its first state, and the hash of that.
type runBlock struct {
	at    int64
	first int64
	hash  uint64
}

const runBlockBytes = 24 // of a runBlock, in memory

// runWriter writes a run. The first error stays.
type runWriter struct {
	*codec
	run  *runFile
	f    io.WriteCloser
	size int // bytes of a block, about
	buf  []byte
	err  error
}

func (w *runWriter) add(r *record) {
	if w.err != nil {
		return
	}
	if len(w.buf) == durable.HeaderBytes {
		w.run.blocks = append(w.run.blocks, runBlock{w.run.bytes, w.run.states, r.hash})
	}
	if w.run.candidates {
		w.buf = binary.LittleEndian.AppendUint16(w.buf, uint16(r.action))
	}
	w.buf = w.put(w.buf, r.words)
	w.run.states++
	if len(w.buf) >= w.size {
		w.flush()
	}
}

func (w *runWriter) flush() {
	durable.Seal(uint64(len(w.run.blocks)-1), w.buf)
	if _, err := w.f.Write(w.buf); err != nil && w.err == nil {
		w.err = err
	}
	w.run.bytes += int64(len(w.buf))
	w.buf = w.buf[:durable.HeaderBytes]
}

// end completes the run.
func (w *runWriter) end() (*runFile, error) {
	if len(w.buf) > durable.HeaderBytes && w.err == nil {
		w.flush()
	}
	if err := w.f.Close(); err != nil && w.err == nil {
		w.err = err
	}
	return w.run, w.err
}

// runReader reads states of a run, one after another; its record is the present one.
type runReader struct {
	record
	*codec
	run   *runFile
	f     *os.File
	block int   // the one being read, or -1
	at    int64 // where the next one begins
	buf   []byte
	left  []byte // of the block
	err   error
}

func (c *codec) read(run *runFile) (*runReader, error) {
	f, err := os.Open(run.path)
	if err != nil {
		return nil, err
	}
	return &runReader{codec: c, run: run, f: f, block: -1}, nil
}

func (r *runReader) close() { _ = r.f.Close() }

// enter begins to read a block: any one, or the next where the run does not know its blocks any more.
func (r *runReader) enter(block int) bool {
	if block < len(r.run.blocks) {
		r.at = r.run.blocks[block].at
	}
	r.block, r.left = block, nil
	if r.at >= r.run.bytes || r.run.blocks != nil && block >= len(r.run.blocks) {
		return false
	}
	if r.buf, r.err = durable.ReadBlock(io.NewSectionReader(r.f, r.at, r.run.bytes-r.at), uint64(block), r.buf); r.err != nil {
		r.err = fmt.Errorf("cannot read %s: %w", r.run.path, r.err)
		return false
	}
	r.at += int64(len(r.buf)) + durable.HeaderBytes
	r.left = r.buf
	return true
}

// next goes to the next state. It tells whether there is one; there is none where err is not nil.
func (r *runReader) next() bool {
	if r.err != nil || len(r.left) == 0 && !r.enter(r.block+1) {
		return false
	}
	return r.decode()
}

func (r *runReader) decode() bool {
	if r.run.candidates {
		if len(r.left) < 2 {
			r.err = durable.ErrDamaged
			return false
		}
		r.action, r.left = uint32(binary.LittleEndian.Uint16(r.left)), r.left[2:]
	}
	if r.words, r.left, r.err = r.get(r.left, r.words); r.err != nil {
		return false
	}
	r.record.hash = r.codec.hash(r.words)
	return true
}

// seek goes on to the first state that is not before o, from the present one, and tells whether there is one. Blocks
// between them are not read.
func (r *runReader) seek(o *record) bool {
	rest := r.run.blocks[min(r.block+1, len(r.run.blocks)):]
	if len(rest) > 0 && rest[0].hash < o.hash { // the last block that begins before o
		k := sort.Search(len(rest), func(i int) bool { return rest[i].hash >= o.hash })
		if !r.enter(r.block+k) || !r.decode() {
			return false
		}
	}
	for r.before(o) < 0 {
		if !r.next() {
			return false
		}
	}
	return true
}

// check reads the whole of a run whose blocks are not known, and finds them out.
func (c *codec) check(run *runFile) error {
	f, err := os.Open(run.path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<16)
	var buf []byte
	var words []uint64
	at, states := int64(0), int64(0)
	for at < run.bytes {
		if buf, err = durable.ReadBlock(in, uint64(len(run.blocks)), buf); err != nil {
			return err
		}
		for left := buf; len(left) > 0; states++ {
			first := len(left) == len(buf)
			if words, left, err = c.get(left, words); err != nil {
				return err
			}
			if first {
				run.blocks = append(run.blocks, runBlock{at, states, c.hash(words)})
			}
		}
		at += int64(len(buf)) + durable.HeaderBytes
	}
	if n, _ := in.Read(make([]byte, 1)); n > 0 || at != run.bytes || states != run.states {
		return durable.ErrDamaged
	}
	return nil
}

// source gives records in the order of runs.
type source interface {
	next() bool
	now() *record
	failure() error
}

func (r *runReader) now() *record   { return &r.record }
func (r *runReader) failure() error { return r.err }

var errHalted = errors.New("the search is halted")

// merge gives the records of all sources in order to take, equal ones once, with the smallest of their actions. It ends
// early when halted says so.
func merge(sources []source, halted func() bool, take func(*record) error) error {
	var heap []source
	down := func(i int) {
		for {
			least := i
			for k := 2*i + 1; k <= 2*i+2 && k < len(heap); k++ {
				if heap[k].now().before(heap[least].now()) < 0 {
					least = k
				}
			}
			if least == i {
				return
			}
			heap[i], heap[least] = heap[least], heap[i]
			i = least
		}
	}
	// advance goes on with the source on top.
	advance := func() error {
		if !heap[0].next() {
			if err := heap[0].failure(); err != nil {
				return err
			}
			heap[0] = heap[len(heap)-1]
			heap = heap[:len(heap)-1]
		}
		down(0)
		return nil
	}
	for _, s := range sources {
		if s.next() {
			heap = append(heap, s)
		} else if err := s.failure(); err != nil {
			return err
		}
	}
	for i := len(heap) - 1; i >= 0; i-- {
		down(i)
	}
	var now record
	for n := 0; len(heap) > 0; n++ {
		if n&0xfff == 0 && halted() {
			return errHalted
		}
		top := heap[0].now()
		now.hash, now.action, now.words = top.hash, top.action, append(now.words[:0], top.words...)
		for len(heap) > 0 && heap[0].now().before(&now) == 0 {
			now.action = min(now.action, heap[0].now().action)
			if err := advance(); err != nil {
				return err
			}
		}
		if err := take(&now); err != nil {
			return err
		}
	}
	return nil
}
