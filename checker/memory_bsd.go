//go:build (darwin || freebsd || netbsd || openbsd || dragonfly) && !race

package checker

const discards = false

// advise does nothing: these systems choose large pages by themselves.
func advise([]byte) {}

// drop does nothing: their package syscall has no madvise.
func drop([]byte) {}

// populate does nothing: pages come when they are first written.
func populate([]uint64) {}
