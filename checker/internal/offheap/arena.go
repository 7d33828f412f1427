// Package offheap gives memory outside the garbage collector's heap, where the system has any to give.
package offheap

import (
	"errors"
	"math/bits"
	"sync"
	"sync/atomic"
	"unsafe"
)

// ErrNone says that the machine gives no more memory.
var ErrNone = errors.New("the machine has no more memory")

// Arena is a growing array outside the garbage collector's heap, in chunks that never move: what lies in it can be read
// without a lock while others append. Its items are unit elements of T each, and no item straddles two chunks.
type Arena[T uint32 | uint64] struct {
	unit  int
	shift uint   // a chunk holds 1<<shift items
	mask  uint64 // 1<<shift - 1
	dir   atomic.Pointer[[][]T]

	mu      sync.Mutex // of what follows, and of storing dir
	regions []Region
}

// NewArena makes an empty arena of items of unit elements.
func NewArena[T uint32 | uint64](unit int) *Arena[T] {
	a := &Arena[T]{unit: unit}
	if items := ChunkBytes / (unit * int(unsafe.Sizeof(T(0)))); items > 1 {
		a.shift = uint(bits.Len(uint(items)) - 1)
	}
	a.mask = 1<<a.shift - 1
	a.dir.Store(new([][]T))
	return a
}

// At gives item i, which Reserve has covered.
func (a *Arena[T]) At(i uint64) []T {
	chunk := (*a.dir.Load())[i>>a.shift]
	k := int(i&a.mask) * a.unit
	return chunk[k : k+a.unit : k+a.unit]
}

// Cell gives the only element of item i of an arena of unit 1.
func (a *Arena[T]) Cell(i uint64) *T {
	return &(*a.dir.Load())[i>>a.shift][i&a.mask]
}

// Run gives n elements from number i on of an arena of unit 1; they lie in one chunk.
func (a *Arena[T]) Run(i uint64, n int) []T {
	k := int(i & a.mask)
	return (*a.dir.Load())[i>>a.shift][k : k+n : k+n]
}

// Left is how many items there are from number i on in its chunk.
func (a *Arena[T]) Left(i uint64) uint64 { return a.mask + 1 - i&a.mask }

// Reserve makes room for the items before n. Several goroutines may call it at once.
func (a *Arena[T]) Reserve(n uint64) error {
	want := int((n + a.mask) >> a.shift)
	if len(*a.dir.Load()) >= want {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	dir := *a.dir.Load()
	grown := append(make([][]T, 0, want), dir...)
	for len(grown) < want {
		bytes := a.unit * int(unsafe.Sizeof(T(0))) << a.shift
		r, err := New((bytes+7)/8, len(grown) > 0) // small models do not pay for a huge page
		if err != nil {
			return err
		}
		a.regions = append(a.regions, r)
		grown = append(grown, unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(r.Words))), a.unit<<a.shift))
	}
	if len(grown) > len(dir) {
		a.dir.Store(&grown)
	}
	return nil
}

// Pieces calls f for the elements of the items before n, in order, as the chunks part them.
func (a *Arena[T]) Pieces(n uint64, f func([]T) error) error {
	for _, chunk := range *a.dir.Load() {
		if n == 0 {
			return nil
		}
		k := min(n, a.mask+1)
		if err := f(chunk[:int(k)*a.unit]); err != nil {
			return err
		}
		n -= k
	}
	return nil
}

// Free gives the memory back. Nothing may use the arena afterwards.
func (a *Arena[T]) Free() {
	a.dir.Store(new([][]T))
	for i := range a.regions {
		a.regions[i].Free()
	}
	a.regions = nil
}
