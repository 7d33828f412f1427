package spec_test

import (
	"flag"
	"os"
	"testing"
)

// fewer draws n models instead of rapid's hundred in a test that takes long over each; every run draws others. Where
// -rapid.checks or BULKHEAD_SOAK is set, it leaves the number alone.
func fewer(t *testing.T, n string) {
	const name = "rapid.checks"
	if was := flag.Lookup(name).Value.String(); was == flag.Lookup(name).DefValue && os.Getenv("BULKHEAD_SOAK") == "" {
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
