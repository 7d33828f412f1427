//go:build unix

package peers

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/spec"
)

// BenchmarkTermination measures what a property of whole runs costs: that two-phase commit with seven resource managers
// (296,448 states, 2,744,705 transitions) terminates under weak fairness of 15 kinds of step, beside a search that checks
// all its other properties. Both are measured in processor time of the user, with one worker.
func BenchmarkTermination(b *testing.B) {
	program, err := spec.LoadWith(os.DirFS("../../examples"), "two_phase_commit.bh", spec.Options{Config: "seven"})
	if err != nil {
		b.Fatal(err)
	}
	check := func(only ...string) time.Duration {
		before := userTime(b)
		r, err := checker.Check(b.Context(), program, checker.Config{Workers: 1, Only: only, NoWitnesses: true})
		if err != nil || r.Verdict != checker.Holds {
			b.Fatalf("got %v, %v", r, err)
		}
		return userTime(b) - before
	}
	check("fault") // the tables are made on first use
	var states, runs time.Duration
	for b.Loop() {
		states += check(safety...)
		runs += check("Terminates")
	}
	b.ReportMetric(states.Seconds()/float64(b.N), "s/safety")
	b.ReportMetric(runs.Seconds()/float64(b.N), "s/termination")
	b.ReportMetric(runs.Seconds()/states.Seconds(), "ratio")
}

// userTime is the processor time that this process has used outside the kernel.
func userTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano())
}
