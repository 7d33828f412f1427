//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly) || race

package checker

// Memory from Go's own heap: for systems without anonymous mappings, and under the race detector, which sees only the
// heap. The slices hold no pointers, so that the collector does not scan them.

const discards = false

// chunkBytes is the size of one chunk of an arena: small, because heap memory is cleared when it is allocated.
const chunkBytes = 256 << 10

type region struct{ words []uint64 }

func newRegion(n int, _ bool) (region, error) { return region{make([]uint64, n)}, nil }

func (r *region) free() { *r = region{} }

func discard([]uint64) {}

func populate([]uint64) {}
