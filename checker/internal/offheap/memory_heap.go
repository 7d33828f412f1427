//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly) || race

package offheap

// Memory from Go's own heap: for systems without anonymous mappings, and under the race detector, which sees only the
// heap. The slices hold no pointers, so that the collector does not scan them.

// Discards says that Discard gives nothing back.
const Discards = false

// ChunkBytes is the size of one chunk of an arena: small, because heap memory is cleared when it is allocated.
const ChunkBytes = 256 << 10

// Region is zeroed memory.
type Region struct{ Words []uint64 }

// New gives n words.
func New(n int, _ bool) (Region, error) { return Region{make([]uint64, n)}, nil }

// Free lets go of the words.
func (r *Region) Free() { *r = Region{} }

// Discard does nothing: the collector knows what is of use.
func Discard([]uint64) {}

// Populate does nothing: the heap is there.
func Populate([]uint64) {}
