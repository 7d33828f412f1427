package visited

import (
	"fmt"
	"io"
	"sort"

	"github.com/bulkheadlang/bulkhead/checker/internal/durable"
	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
)

// diskVisitor is the visitor of a disk set: it gathers candidates, and reads the frontier block by block.
type diskVisitor struct {
	d          *Disk
	in         *Inserter // of the store of a generation
	generation int
	size       int

	block int   // of the frontier, the one that is read, or -1
	first int64 // the number of the first state in it
	buf   []byte
	left  []byte // of the block, from state number at of it on
	at    int64
	words []uint64
	of    *runFile // whose block it is
}

// Visitor makes a visitor.
func (d *Disk) Visitor([]int64) Visitor {
	return &diskVisitor{d: d, block: -1, size: BatchStates, words: []uint64{}}
}

func (v *diskVisitor) Folding() *Folding { return nil }

func (v *diskVisitor) Open(size int, _ bool) { v.size = size }

func (v *diskVisitor) Seen(int, int) {}

// Insert adds candidates. As often as there is no more room for them they are written to disk.
func (v *diskVisitor) Insert(b *Batch) error {
	d := v.d
	b.hash(d.layout)
	for done := 0; done < len(b.Froms); {
		d.grow.RLock()
		if d.set == nil {
			d.grow.RUnlock()
			return ErrMemory
		}
		if v.in == nil || v.generation != d.generation {
			v.in, v.generation = &Inserter{st: d.set, size: v.size}, d.generation
		}
		generation := v.generation
		n, err := v.in.some(b, done)
		d.grow.RUnlock()
		done += n
		if err == ErrMemory || err == ErrStates || err == offheap.ErrNone && d.set.Distinct() > 0 {
			err = d.flush(generation, err)
		}
		if err != nil {
			return onDisk(err)
		}
	}
	return nil
}

// some adds states of a batch from number done on, until it fails, and gives how many. Nothing is credited yet.
func (in *Inserter) some(b *Batch, done int) (n int, err error) {
	st, want := in.st, len(b.Froms)-done
	for err = st.begin(want); err != nil && want > 1; err = st.begin(want) {
		want /= 2
	}
	if err != nil {
		return 0, err
	}
	count := 0
	for ; n < want && err == nil; n++ {
		i := done + n
		var o outcome
		if o, _, err = in.add(b.state(i), b.Hashes[i], noState, uint32(b.Froms[i]), 0); err != nil {
			break
		}
		if o == added {
			count++
		}
	}
	st.end(want - count)
	return n, err
}

// State gives state i of the frontier. Where that cannot be read, it says so to fail and gives nil.
func (v *diskVisitor) State(_ int, i int64) ([]uint64, StateID) {
	if err := v.find(i); err != nil {
		v.d.Fail(DiskError{fmt.Errorf("cannot read %s: %w", v.d.frontier.path, err)})
		return nil, 0
	}
	return v.words, 0
}

func (v *diskVisitor) find(i int64) (err error) {
	run := v.d.frontier
	if v.of != run || i < v.first+v.at || v.block+1 < len(run.blocks) && i >= run.blocks[v.block+1].first {
		k := sort.Search(len(run.blocks), func(k int) bool { return run.blocks[k].first > i }) - 1
		v.of, v.block, v.first, v.at = run, k, run.blocks[k].first, 0
		at := run.blocks[k].at
		if v.buf, err = durable.ReadBlock(io.NewSectionReader(v.d.file, at, run.bytes-at), uint64(k), v.buf); err != nil {
			v.of = nil
			return err
		}
		v.left = v.buf
	}
	for ; v.first+v.at <= i; v.at++ {
		if v.words, v.left, err = v.d.get(v.left, v.words); err != nil {
			return err
		}
	}
	return nil
}
