package docker

import (
	"os"
	"testing"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

func TestScratchParse(t *testing.T) {
	for _, f := range []string{"lifecycle.bh", "namespaces.bh", "pids.bh", "cgroup.bh", "../esxi/cpu.bh", "../esxi/stride.bh"} {
		b, _ := os.ReadFile(f)
		_, err := syntax.Parse(f, b)
		t.Logf("%s: %v", f, err)
	}
}
