package peers

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/spec"
)

// safety are the properties of two-phase commit that speak of states and steps.
var safety = []string{"Consistent", "OneDecision", "Final", "AllCommit", "AllAbort", "deadlock", "fault"}

// BenchmarkTwoPhaseCommit explores two-phase commit with eight resource managers: 1,745,408 states, 18,507,777
// transitions. SPIN runs without partial-order reduction on one core, its time as its verifier reports it, without
// compiling; ours is the time of the search, in which all properties of the model are checked but that of whole
// runs; SPIN checks none.
func BenchmarkTwoPhaseCommit(b *testing.B) {
	const model, config = "two_phase_commit", "eight"
	c := Case{Model: model, Config: config, Constants: []Constant{{"RMS", 8}}, Spin: model, Slow: true}
	for _, workers := range []int{1, 2} {
		b.Run("bulkhead/workers="+strconv.Itoa(workers), func(b *testing.B) {
			program, err := spec.LoadWith(os.DirFS("../../examples"), model+".bh", spec.Options{Config: config})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				r, err := checker.Check(b.Context(), program, checker.Config{Workers: workers, Only: safety})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(r.Stats.Distinct)/r.Stats.Elapsed.Seconds(), "states/s")
				b.ReportMetric(float64(r.Stats.PeakBytes)/float64(r.Stats.Distinct), "B/state")
			}
		})
	}
	b.Run("spin", func(b *testing.B) {
		for _, tool := range []string{"spin", "gcc"} {
			if _, err := exec.LookPath(tool); err != nil {
				b.Skipf("%s is not installed (Debian: apt-get install spin gcc)", tool)
			}
		}
		dir := b.TempDir()
		if _, err := spin(b.Context(), dir, c, nil); err != nil { // makes and compiles the verifier
			b.Fatal(err)
		}
		for b.Loop() {
			out, err := run(b.Context(), dir, filepath.Join(dir, "pan"), "-m1000000", "-w24", "-E", "-A")
			if err != nil {
				b.Fatal(err)
			}
			rate := regexp.MustCompile(`pan: rate +([0-9.]+) states/second`).FindStringSubmatch(out)
			if rate == nil {
				b.Fatalf("SPIN reports no rate:\n%s", out)
			}
			perSecond, err := strconv.ParseFloat(rate[1], 64)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(perSecond, "states/s")
		}
	})
}
