package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bulkheadlang/bulkhead/checker"
)

const (
	usualHash = 40        // bits: a state is missed in a million or so
	usualBits = 256 << 20 // bytes, at most, where no limit is given of which to take half
)

// lossyMode is the argument of --lossy: hash or hash:BITS, bits or bits:SIZE.
type lossyMode struct {
	checker.Lossy
	half bool // an array of half the memory
}

// UnmarshalText reads a mode.
func (m *lossyMode) UnmarshalText(text []byte) error {
	name, rest, given := strings.Cut(string(text), ":")
	switch {
	case name == "hash" && !given:
		m.Hash = usualHash
		return nil
	case name == "hash":
		n, err := strconv.Atoi(rest)
		if err != nil || n < checker.LeastHash || n > checker.MostHash {
			return fmt.Errorf("got %q, want hash:BITS with %d to %d bits of a hash, such as hash:48", text, checker.LeastHash, checker.MostHash)
		}
		m.Hash = n
		return nil
	case name == "bits" && !given:
		m.half = true
		return nil
	case name == "bits":
		var n size
		if err := n.UnmarshalText([]byte(rest)); err != nil {
			return err
		}
		if n < checker.LeastBits {
			return fmt.Errorf("got %q, want an array of at least 1KiB, such as bits:1GiB", text)
		}
		m.Bits = int64(n)
		return nil
	}
	return fmt.Errorf("got %q, want hash, hash:BITS, bits or bits:SIZE", text)
}

// mode gives what the argument means beside --memory, which may be nil.
func (m *lossyMode) mode(memory *size) checker.Lossy {
	if !m.half {
		return m.Lossy
	}
	bits := min(usualBits, max(defaultMemory()/2, checker.LeastBits))
	if memory != nil && *memory > 0 {
		bits = max(int64(*memory)/2, checker.LeastBits)
	}
	return checker.Lossy{Bits: bits}
}
