package checker

import (
	"errors"
	"math/bits"
	"sync"
	"sync/atomic"
	"unsafe"
)

// errNoMemory says that the machine gives none.
var errNoMemory = errors.New("the machine has no more memory")

// arena is a growing array outside the garbage collector's heap, in chunks that never move: what lies in it can be read
// without a lock while others append. Its items are unit elements of T each, and no item straddles two chunks.
type arena[T uint32 | uint64] struct {
	unit  int
	shift uint   // a chunk holds 1<<shift items
	mask  uint64 // 1<<shift - 1
	dir   atomic.Pointer[[][]T]

	mu      sync.Mutex // of what follows, and of storing dir
	regions []region
}

// newArena makes an empty arena of items of unit elements.
func newArena[T uint32 | uint64](unit int) *arena[T] {
	a := &arena[T]{unit: unit}
	if items := chunkBytes / (unit * int(unsafe.Sizeof(T(0)))); items > 1 {
		a.shift = uint(bits.Len(uint(items)) - 1)
	}
	a.mask = 1<<a.shift - 1
	a.dir.Store(new([][]T))
	return a
}

// at gives item i, which reserve has covered.
func (a *arena[T]) at(i uint64) []T {
	chunk := (*a.dir.Load())[i>>a.shift]
	k := int(i&a.mask) * a.unit
	return chunk[k : k+a.unit : k+a.unit]
}

// cell gives the only element of item i of an arena of unit 1.
func (a *arena[T]) cell(i uint64) *T {
	return &(*a.dir.Load())[i>>a.shift][i&a.mask]
}

// run gives n elements from number i on of an arena of unit 1; they lie in one chunk.
func (a *arena[T]) run(i uint64, n int) []T {
	k := int(i & a.mask)
	return (*a.dir.Load())[i>>a.shift][k : k+n : k+n]
}

// left is how many items there are from number i on in its chunk.
func (a *arena[T]) left(i uint64) uint64 { return a.mask + 1 - i&a.mask }

// reserve makes room for the items before n. Several goroutines may call it at once.
func (a *arena[T]) reserve(n uint64) error {
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
		r, err := newRegion((bytes+7)/8, len(grown) > 0) // small models do not pay for a huge page
		if err != nil {
			return err
		}
		a.regions = append(a.regions, r)
		grown = append(grown, unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(r.words))), a.unit<<a.shift))
	}
	if len(grown) > len(dir) {
		a.dir.Store(&grown)
	}
	return nil
}

// pieces calls f for the elements of the items before n, in order, as the chunks part them.
func (a *arena[T]) pieces(n uint64, f func([]T) error) error {
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

// free gives the memory back. Nothing may use the arena afterwards.
func (a *arena[T]) free() {
	a.dir.Store(new([][]T))
	for i := range a.regions {
		a.regions[i].free()
	}
	a.regions = nil
}
