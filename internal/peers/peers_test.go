package peers

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/peers/suite"
	"github.com/bulkheadlang/bulkhead/spec"
)

// soak says whether slow and extra cases run too.
func soak() bool { return os.Getenv("BULKHEAD_SOAK") != "" }

// chosen lists the cases of this run.
func chosen() []Case {
	return slices.DeleteFunc(Cases(), func(c Case) bool { return c.Slow && !soak() })
}

// ours counts a case with our engine, and sees that the case names the constants of the configuration rightly.
func ours(t *testing.T, c Case) counts {
	t.Helper()
	program, err := spec.LoadWith(os.DirFS("../../examples"), c.Model+".bh", spec.Options{Config: c.Config})
	if err != nil {
		t.Fatal(err)
	}
	constants := map[string]string{}
	for _, b := range program.Info().Constants {
		constants[b.Name] = b.Value.String()
	}
	for _, k := range c.Constants {
		if got, want := constants[k.Name], strconv.Itoa(k.Value); got != want {
			t.Fatalf("constant %s of %s: got %s in the model, want %s as the case says", k.Name, c.Name(), got, want)
		}
	}
	r, err := checker.Check(t.Context(), program, checker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Exhaustive {
		t.Fatalf("the search was not exhaustive: %s", r.Reason)
	}
	return counts{distinct: r.Stats.Distinct, generated: r.Stats.Generated, depth: r.Stats.Depth}
}

// TestNaive compares the engine with the searches written by hand, also in depth.
func TestNaive(t *testing.T) {
	for _, c := range chosen() {
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			search, ok := naive[c.Model]
			if !ok {
				t.Fatalf("no search by hand for %s", c.Model)
			}
			var k []int
			for _, constant := range c.Constants {
				k = append(k, constant.Value)
			}
			want := search(k...)
			want.stuck = 0 // the engine counts those that the model accepts only
			if got := ours(t, c); got != want {
				t.Errorf("got %+v from the engine, want %+v as counted by hand", got, want)
			}
		})
	}
}

// TestSpin compares the engine with SPIN.
func TestSpin(t *testing.T) {
	compare(t, spin, func(c Case) bool { return c.Spin != "" }, "spin", "gcc")
}

// TestMurphi compares the engine with rumur.
func TestMurphi(t *testing.T) {
	compare(t, murphi, func(c Case) bool { return c.Murphi != "" }, "rumur", "gcc")
}

// peer counts one run of a case in a directory of its own.
type peer func(ctx context.Context, dir string, c Case, more []Constant) (counts, error)

func compare(t *testing.T, p peer, has func(Case) bool, tools ...string) {
	need(t, tools...)
	for _, c := range chosen() {
		if !has(c) || c.Extra && !soak() {
			continue
		}
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			runs := c.Runs
			if runs == nil {
				runs = [][]Constant{nil}
			}
			var sum counts
			for _, more := range runs {
				one, err := p(t.Context(), t.TempDir(), c, more)
				if err != nil {
					t.Fatal(err)
				}
				sum.distinct += one.distinct
				sum.generated += one.generated
			}
			got := ours(t, c)
			got.depth = 0 // the peers search depth first, or do not say
			if got != sum {
				t.Errorf("got %+v from the engine, want %+v as the peer counts", got, sum)
			}
		})
	}
}

// need skips a test where other tools are not asked for, or one is not installed.
func need(t *testing.T, tools ...string) {
	t.Helper()
	if why := suite.Asked(); why != "" {
		t.Skip(why)
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed, so there is nothing to compare with (Debian: apt-get install spin rumur gcc)", tool)
		}
	}
}

// TestFilesUsed sees that no model of a peer and no search by hand lies about unused.
func TestFilesUsed(t *testing.T) {
	used := map[string]bool{}
	models := map[string]bool{}
	for _, c := range Cases() {
		used[c.Spin+".pml"] = true
		used[c.Murphi+".m"] = true
		models[c.Model] = true
	}
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !used[f.Name()] {
			t.Errorf("testdata/%s belongs to no case", f.Name())
		}
	}
	for _, model := range slices.Sorted(maps.Keys(naive)) {
		if !models[model] {
			t.Errorf("the search by hand for %s belongs to no case", model)
		}
		if _, err := os.Stat(filepath.Join("../../examples", model+".bh")); err != nil {
			t.Error(err)
		}
	}
}

// TestDivergence counts, by hand, the states in which the unrepaired store is at rest and its replicas differ.
func TestDivergence(t *testing.T) {
	_, found := replicatedStates(2, 2, 2)
	diverged := 0
	for s := range found {
		rest := s.writes == 2
		for _, n := range s.node[:2] {
			for _, u := range n.pending {
				rest = rest && u.counter <= n.at.counter
			}
		}
		if rest && s.node[0].value != s.node[1].value {
			diverged++
		}
	}
	if diverged != 2 {
		t.Errorf("got %d states at rest with different values, want 2", diverged)
	}
}
