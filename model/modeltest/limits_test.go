package modeltest

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
)

// A search in a test has a limit of memory unless it is told otherwise.
func TestDefaultMemory(t *testing.T) {
	for given, want := range map[int64]int64{0: 2 << 30, -1: 0, 5 << 20: 5 << 20} {
		if got := limited(checker.Config{Memory: given}).Memory; got != want {
			t.Errorf("got a limit of %d bytes for %d, want %d", got, given, want)
		}
	}
}
