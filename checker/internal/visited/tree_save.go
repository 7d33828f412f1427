package visited

import (
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/checker/internal/durable"
)

// A tree is saved as its order of bits, which another search might choose otherwise, the compact set of keys, and the
// interner as it lies in memory. Parts of states that were found since the depth began are in it, which does no harm.

type savedTree struct {
	From    []uint32 // the order
	Weights []int
	Cut     uint     // see tree
	Next    uint64   // the first number not handed out
	Buckets []uint64 // of each part of the index
}

func (t *tree) Kind() string {
	if t.cut > 0 {
		return pairsKind
	}
	return "tree"
}

const pairsKind = "pairs"

// index is the memory of the buckets of a part.
func (p *internPart) index() []byte {
	return bytesAt(p.base, int(p.buckets)*bucketBytes)
}

func (t *tree) Save(w *durable.Writer) {
	head := savedTree{From: t.from, Weights: t.weights, Cut: t.cut, Next: t.parts.next.Load()}
	for i := range t.parts.parts {
		head.Buckets = append(head.Buckets, t.parts.parts[i].buckets)
	}
	w.JSON(head)
	t.compact.Save(w)
	_ = t.parts.words.Pieces(head.Next, func(p []uint64) error {
		_, err := w.Write(bytesOf(p))
		return err
	})
	for i := range t.parts.parts {
		_, _ = w.Write(t.parts.parts[i].index())
	}
}

// Load fills a set that is empty with what save wrote, and gives the sizes of the parts of the frontier.
func (t *tree) Load(r *durable.Reader) ([]int64, error) {
	var head savedTree
	if err := r.JSON(&head); err != nil {
		return nil, err
	}
	if len(head.Buckets) != len(t.parts.parts) || head.Next < 1 || head.Next > MostNumbers+numbersAtOnce {
		return nil, durable.ErrDamaged
	}
	if t.cut > 0 {
		if head.Cut < 1 || head.Cut > 64 || t.words == 1 && head.Cut > 63 {
			return nil, durable.ErrDamaged
		}
		t.cut = head.Cut
	} else if err := t.arrange(&head); err != nil {
		return nil, err
	}
	sizes, err := t.compact.Load(r)
	if err != nil {
		return nil, err
	}
	return sizes, t.parts.load(&head, r)
}

// arrange takes over the order of bits.
func (t *tree) arrange(head *savedTree) error {
	if len(head.From) != 64*t.words || len(head.Weights) != t.words {
		return durable.ErrDamaged
	}
	met := make([]bool, 64*t.words)
	for _, b := range head.From {
		if int(b) >= len(met) || met[b] {
			return durable.ErrDamaged
		}
		met[b] = true
	}
	t.Order = newOrder(head.From, head.Weights)
	t.grow()
	return nil
}

func (t *interner) load(head *savedTree, r *durable.Reader) error {
	if err := t.take(int64(head.Next-1) * 8); err != nil {
		return err
	}
	if err := t.words.Reserve(head.Next); err != nil {
		return err
	}
	if err := t.words.Pieces(head.Next, func(p []uint64) error { return r.Full(bytesOf(p)) }); err != nil {
		return err
	}
	t.next.Store(head.Next)
	for i := range t.parts {
		p, buckets := &t.parts[i], head.Buckets[i]
		if buckets < 1 || buckets > 1<<40 {
			return durable.ErrDamaged
		}
		t.give(int64(p.buckets) * bucketBytes)
		p.region.Free()
		if err := t.take(int64(buckets) * bucketBytes); err != nil {
			return err
		}
		if err := p.make(buckets); err != nil {
			return err
		}
		if err := r.Full(p.index()); err != nil {
			return err
		}
		used := int64(0)
		for k := range buckets {
			used += int64(atomic.LoadUint32((*uint32)(p.bucket(k))) >> countShift)
		}
		p.used.Store(used)
		p.limit = max(p.limit, used)
	}
	return nil
}
