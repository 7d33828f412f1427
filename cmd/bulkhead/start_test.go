package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestStartsLight checks that starting the command does not compile Graphviz: the module that does so in its package
// initialisation is not linked in.
func TestStartsLight(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Skipf("the go command is not at hand: %v", err)
	}
	if !strings.Contains(string(out), "github.com/bulkheadlang/bulkhead/checker") {
		t.Fatalf("go list -deps gave %q", out)
	}
	if strings.Contains(string(out), "goccy/go-graphviz") {
		t.Error("the command links github.com/goccy/go-graphviz, which takes 70 to 700 ms of every start")
	}
}

// BenchmarkStart measures the start of the command; it should stay below 30 ms on an idle machine.
func BenchmarkStart(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "bulkhead")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	temp := b.TempDir()
	for b.Loop() {
		cmd := exec.Command(bin, "version")
		cmd.Env = append(os.Environ(), "TMPDIR="+temp)
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		b.Errorf("the command left %v in the temporary directory (%v)", left, err)
	}
}
