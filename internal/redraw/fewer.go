package redraw

import (
	"flag"
	"os"
	"testing"
)

// Fewer draws n times in a test that takes long over each draw, instead of rapid's hundred; every run draws other things. Where
// -rapid.checks is set, or Thorough, it leaves the number alone.
func Fewer(t *testing.T, n string) {
	t.Helper()
	const name = "rapid.checks"
	if was := flag.Lookup(name).Value.String(); was == flag.Lookup(name).DefValue && !Thorough() {
		if err := flag.Set(name, n); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := flag.Set(name, was); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// Thorough tells whether tests are to look at all that there is, however long it takes: in CI's make check, where BULKHEAD_MODELS is set,
// and in make soak.
func Thorough() bool { return os.Getenv("BULKHEAD_MODELS") != "" || os.Getenv("BULKHEAD_SOAK") != "" }
