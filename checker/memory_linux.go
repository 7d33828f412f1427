//go:build linux && !race

package checker

import "syscall"

// discards says that discard gives pages back at once, so that an old table shrinks while its successor fills.
const discards = true

// advise asks for huge pages: a probe of a large table then misses the cache but not the address translation as well.
// It is advice; a kernel without them says no, and nothing is lost.
func advise(b []byte) { _ = syscall.Madvise(b, syscall.MADV_HUGEPAGE) }

// drop gives the pages of b back. b begins and ends at pages.
func drop(b []byte) { _ = syscall.Madvise(b, syscall.MADV_DONTNEED) }
