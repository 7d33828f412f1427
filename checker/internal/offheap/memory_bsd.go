//go:build (darwin || freebsd || netbsd || openbsd || dragonfly) && !race

package offheap

// Discards says that Discard gives nothing back.
const Discards = false

// advise does nothing: these systems choose large pages by themselves.
func advise([]byte) {}

// drop does nothing: their package syscall has no madvise.
func drop([]byte) {}

// Populate does nothing: pages come when they are first written.
func Populate([]uint64) {}
