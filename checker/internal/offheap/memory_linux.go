//go:build linux && !race

package offheap

import (
	"syscall"
	"unsafe"
)

// Discards says that Discard gives pages back at once, so that an old table shrinks while its successor fills.
const Discards = true

// advise asks for huge pages: a probe of a large table then misses the cache but not the address translation as well.
// It is advice; a kernel without them says no, and nothing is lost.
func advise(b []byte) { _ = syscall.Madvise(b, syscall.MADV_HUGEPAGE) }

// drop gives the pages of b back. b begins and ends at pages.
func drop(b []byte) { _ = syscall.Madvise(b, syscall.MADV_DONTNEED) }

// Populate has the pages of words there at once, which costs less than a fault for each, or two where it is read first.
// It is advice, too, which kernels before 5.14 do not take.
func Populate(words []uint64) {
	const populateWrite = 23
	page := uintptr(syscall.Getpagesize())
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*8)
	if skip := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) & (page - 1); uintptr(len(b)) > skip {
		_ = syscall.Madvise(b[skip:], populateWrite)
	}
}
