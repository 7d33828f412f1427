//go:build (linux || darwin || freebsd || netbsd || openbsd || dragonfly) && !race

package offheap

import (
	"syscall"
	"unsafe"
)

// ChunkBytes is the size of one chunk of an arena: two huge pages of the usual size. Pages are committed when first
// written, so a small model pays for what it touches.
const ChunkBytes = 4 << 20

// hugePage is the usual size of a huge page; mappings on such pages start at a multiple of it.
const hugePage = 2 << 20

// smallest is the number of bytes below which the heap serves as well as a mapping.
const smallest = 64 << 10

// Region is zeroed memory outside the garbage collector's heap.
type Region struct {
	Words []uint64
	raw   []byte // the mapping that words lie in
}

// New maps n words, on huge pages where that is asked for and possible. It fails when the machine has no more
// memory to give.
func New(n int, huge bool) (Region, error) {
	size := n * 8
	if size < smallest {
		return Region{Words: make([]uint64, n)}, nil
	}
	span := size
	huge = huge && size >= hugePage
	if huge {
		span += hugePage // room to begin at a huge page
	}
	raw, err := syscall.Mmap(-1, 0, span, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return Region{}, ErrNone
	}
	body := raw
	if huge {
		skip := int(-uintptr(unsafe.Pointer(&raw[0])) & (hugePage - 1))
		body = raw[skip : skip+size]
		advise(body)
	}
	return Region{unsafe.Slice((*uint64)(unsafe.Pointer(&body[0])), n), raw}, nil
}

// Free unmaps the region. Nothing may use its words afterwards.
func (r *Region) Free() {
	if r.raw != nil {
		_ = syscall.Munmap(r.raw) // fails only for an address that was never mapped
	}
	*r = Region{}
}

// Discard gives the pages that lie wholly in words back to the system; they may not be read again.
func Discard(words []uint64) {
	drop(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*8))
}
