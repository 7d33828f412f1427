package memory

import "fmt"

// Basis is what a host of 28 GB or more wants to keep free for its first 28 GB, on which sources disagree.
type Basis int

// The bases.
const (
	// Rounded is 899 MB, as articles say (F. Denneman, "Mem.MinFreePct sliding scale function", 2011) and a host's own esxtop
	// confirms (939 MB on a host of 32672 MB, sysinfo.io).
	Rounded Basis = iota
	// Exact is 901.12 MB, what the sliding scale adds up to.
	Exact
)

// maxMB keeps all products below in an int64: 1 EB.
const maxMB = 1 << 40

// The sliding scale: percent of the memory up to so many MB (6 % of the first 4 GB, and so on).
var scale = [...]struct{ upTo, percent int64 }{{4 << 10, 6}, {12 << 10, 4}, {28 << 10, 2}, {maxMB, 1}}

const rounded = 899_00 // the first 28 GB, in hundredths of a MB

// MinFree is how much of a host's mb megabytes is to be kept free, in hundredths of a megabyte, which are exact: percent of
// the whole if that is positive (Mem.MemMinFreePct; 0 means automatic), else by the sliding scale: 6 % of the first 4 GB, 4 % of the next 8,
// 2 % of the next 16, and 1 % of what is above 28 GB. With basis Rounded it falls by 2.12 MB at 28 GB, as the articles have it.
func MinFree(mb int64, percent int, basis Basis) (int64, error) {
	if mb < 1 || mb > maxMB {
		return 0, fmt.Errorf("got %d MB of memory, want 1 to %d", mb, int64(maxMB))
	}
	if percent < 0 || percent > 100 {
		return 0, fmt.Errorf("got Mem.MemMinFreePct %d, want 0 to 100", percent)
	}
	if percent > 0 {
		return mb * int64(percent), nil
	}
	if first := int64(28 << 10); mb >= first && basis == Rounded {
		return rounded + (mb - first), nil
	}
	var sum, from int64
	for _, s := range scale {
		sum += s.percent * max(0, min(mb, s.upTo)-from)
		from = s.upTo
	}
	return sum, nil
}
