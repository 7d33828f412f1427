package checker

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
)

// Lossy asks for a search that keeps hashes of the states only, for what does not fit otherwise: some states may be taken
// for others and not be explored. What such a search finds is real, but without a violation it is undecided. At most one
// of the fields is set; the zero value is an exact search.
type Lossy struct {
	// Hash is by how many bits of a hash states are told apart, 16 to 64, which are stored exactly (hash compaction; Wolper
	// and Leroy, "Reliable hashing without collision detection", 1993; Stern and Dill, "Improved probabilistic
	// verification by hash compaction", 1995). 40 take about 4 bytes a state, and of 10^6 states half a one is missed.
	Hash int
	// Bits is the size in bytes of an array in which each state sets some bits (Holzmann, "An analysis of bitstate hashing",
	// 1998); it does not grow.
	Bits int64
}

// Bounds of the fields of Lossy.
const (
	LeastHash = 16 // with fewer hardly any state would be met
	MostHash  = 64
	LeastBits = 1 << 10
)

// String gives the mode, such as "hash:40" or "bits:256 MiB", or "".
func (l Lossy) String() string {
	switch {
	case l.Hash != 0:
		return "hash:" + strconv.Itoa(l.Hash)
	case l.Bits != 0:
		return "bits:" + formatBytes(l.Bits)
	}
	return ""
}

// validate refuses what makes no sense, or what a memory of so many bytes, 0 for no limit, cannot hold.
func (l Lossy) validate(memory int64) error {
	switch {
	case l.Hash != 0 && l.Bits != 0:
		return errors.New("a lossy search wants a hash or an array of bits, got both")
	case l.Hash != 0 && (l.Hash < LeastHash || l.Hash > MostHash):
		return fmt.Errorf("a lossy search wants %d to %d bits of a hash, got %d", LeastHash, MostHash, l.Hash)
	case l.Bits != 0 && l.Bits < LeastBits:
		return fmt.Errorf("a lossy search wants an array of at least %d bytes, got %d", LeastBits, l.Bits)
	case memory > 0 && l.Bits > memory:
		return fmt.Errorf("a lossy search wants an array within the memory limit of %s, got %s", formatBytes(memory), formatBytes(l.Bits))
	}
	return nil
}

// reason says why a search without limits is not exhaustive, that found so many states and, of those it met, missed so many
// by expectation. How many only these lead to nobody knows. Where one in a hundred was missed, and was no end, about as many
// again may have been at each of the steps that follow: what is known is then far from all.
func (l Lossy) reason(found int64, missed float64) string {
	by := fmt.Sprintf("%d bits of a hash", l.Hash)
	if l.Bits > 0 {
		by = fmt.Sprintf("%d bits each in an array of %s", visited.Probes, formatBytes(l.Bits))
	}
	known := "of the states met " + roughly(missed) + " were missed, by expectation, and with them what only they lead to"
	if missed > float64(found)/100 {
		known = "at least " + roughly(missed) + " states were missed, by expectation: there is too little room, and many more may have been"
	}
	return fmt.Sprintf("lossy search: states are told apart by %s; %s", by, known)
}

// roughly writes a number with two digits that count.
func roughly(x float64) string {
	switch {
	case x < 0.001:
		return "less than 0.001"
	case x < 10:
		return strconv.FormatFloat(x, 'g', 2, 64)
	}
	return strconv.FormatFloat(x, 'f', 0, 64)
}
