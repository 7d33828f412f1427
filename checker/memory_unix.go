//go:build (linux || darwin || freebsd || netbsd || openbsd || dragonfly) && !race

package checker

import (
	"syscall"
	"unsafe"
)

// chunkBytes is the size of one chunk of an arena: two huge pages of the usual size. Pages are committed when first
// written, so a small model pays for what it touches.
const chunkBytes = 4 << 20

// hugePage is the usual size of a huge page; mappings on such pages start at a multiple of it.
const hugePage = 2 << 20

// smallest is the number of bytes below which the heap serves as well as a mapping.
const smallest = 64 << 10

// region is zeroed memory outside the garbage collector's heap.
type region struct {
	words []uint64
	raw   []byte // the mapping that words lie in
}

// newRegion maps n words, on huge pages where that is asked for and possible. It fails when the machine has no more
// memory to give.
func newRegion(n int, huge bool) (region, error) {
	size := n * 8
	if size < smallest {
		return region{words: make([]uint64, n)}, nil
	}
	span := size
	huge = huge && size >= hugePage
	if huge {
		span += hugePage // room to begin at a huge page
	}
	raw, err := syscall.Mmap(-1, 0, span, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return region{}, errNoMemory
	}
	body := raw
	if huge {
		skip := int(-uintptr(unsafe.Pointer(&raw[0])) & (hugePage - 1))
		body = raw[skip : skip+size]
		advise(body)
	}
	return region{unsafe.Slice((*uint64)(unsafe.Pointer(&body[0])), n), raw}, nil
}

// free unmaps the region. Nothing may use its words afterwards.
func (r *region) free() {
	if r.raw != nil {
		_ = syscall.Munmap(r.raw) // fails only for an address that was never mapped
	}
	*r = region{}
}

// discard gives the pages that lie wholly in words back to the system; they may not be read again.
func discard(words []uint64) {
	drop(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*8))
}
