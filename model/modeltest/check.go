package modeltest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/report"
	"github.com/bulkheadlang/bulkhead/model"
)

// defaultMemory is what a search in a test may take: enough for tens of millions of states, and less than a machine has.
const defaultMemory = 2 << 30

// CheckOptions says how Check searches. The zero value searches everything that fits into 2 GiB.
type CheckOptions struct {
	// Config is as for checker.Check, but for Memory: 0 means 2 GiB, so that a system that is infinite by mistake fails its
	// test, undecided, and does not take the machine with it; negative means no limit.
	Config checker.Config
	Dir    string // of the saved runs; "" means testdata/bulkhead
}

// Check makes every property of sys a sub-test, named like it. The sub-test passes only when an exhaustive search says
// that the property holds; undecided, for whatever reason, is a failure.
//
// A violated property fails its sub-test with the run to the violation. The run is saved as a list of steps in
// testdata/bulkhead/TESTNAME/SYSTEM/PROPERTY.trace.json, a file worth committing. The next time it is replayed first. While it
// still fails, so does the sub-test, at once; there is no search then, and the sub-tests of the other properties are
// skipped. When a search finds that the property holds, the saved run has served, and its file is removed.
//
// SYSTEM is the name of the system, with that of its configuration where it has one: a test may check several systems, and
// those of one name share their saved runs.
//
// The search ends in time for the deadline of the test binary (-timeout), undecided, and so it does when it has taken the
// memory that CheckOptions allow.
func Check(t *testing.T, sys model.System, opts ...CheckOptions) {
	t.Helper()
	var o CheckOptions
	for _, given := range opts {
		o = given
	}
	if o.Dir == "" {
		o.Dir = "testdata/bulkhead"
	}
	o.Config = limited(o.Config)
	dir := folder{path: o.Dir, test: t.Name(), system: systemName(sys.Info())}
	saved, errs := dir.read()
	for _, err := range errs {
		t.Errorf("%v; remove the file if it is of no use", err)
	}
	saved = slices.DeleteFunc(saved, func(r savedRun) bool {
		return len(o.Config.Only) > 0 && !slices.Contains(o.Config.Only, r.Property)
	})
	if replayAll(t, sys, saved, o.Config.Only) {
		return
	}

	ctx, cancel := untilDeadline(t)
	defer cancel()
	res, err := checker.Check(ctx, sys, o.Config)
	if err != nil {
		t.Fatalf("%s cannot be checked: %v%s", sys.Info().Name, err, traceOf(err))
	}
	for _, f := range res.Properties {
		t.Run(f.Property.Name, func(t *testing.T) {
			t.Helper()
			judge(t, res, f, dir)
		})
	}
	if !res.Exhaustive {
		return
	}
	for _, r := range saved {
		known := slices.ContainsFunc(res.Properties, func(f checker.Finding) bool { return r.speaksOf(f.Property) })
		if !known { // a property that is gone, or faults, which are listed only where there are any
			dir.remove(t, r.Property)
		}
	}
	for _, a := range res.Actions {
		if a.Fired == 0 {
			t.Logf("action %s is never taken", a.Name)
		}
	}
}

// limited gives a search its limit of memory.
func limited(c checker.Config) checker.Config {
	switch {
	case c.Memory == 0:
		c.Memory = defaultMemory
	case c.Memory < 0:
		c.Memory = 0
	}
	return c
}

// replayAll replays the saved runs. If any still fails it reports every property, and returns true.
func replayAll(t *testing.T, sys model.System, saved []savedRun, only []string) bool {
	t.Helper()
	type failure struct {
		run  savedRun
		seen *replayed
	}
	var failures []failure
	for _, r := range saved {
		seen, err := replay(sys, r)
		switch {
		case err != nil:
			t.Logf("the saved run of %s is stale: %v", r.Property, err)
		case seen == nil:
			t.Logf("the saved run of %s no longer violates it", r.Property)
		default:
			failures = append(failures, failure{r, seen})
		}
	}
	if len(failures) == 0 {
		return false
	}
	for _, f := range failures {
		t.Run(f.run.Property, func(t *testing.T) {
			t.Helper()
			message := ""
			if f.seen.fault != nil {
				message = ": " + f.seen.fault.Error()
			}
			t.Errorf("%s %s is violated, by the run that was saved%s\n%s",
				f.run.Kind, f.run.Property, message, printed(&f.seen.trace, f.seen.parts))
		})
	}
	for _, p := range sys.Info().Properties {
		again := slices.ContainsFunc(failures, func(f failure) bool { return f.run.speaksOf(p) })
		if !again && (len(only) == 0 || slices.Contains(only, p.Name)) {
			t.Run(p.Name, func(t *testing.T) {
				t.Helper()
				t.Skipf("not searched: the saved run of %s still violates it", failures[0].run.Property)
			})
		}
	}
	return true
}

// judge is the sub-test of one property.
func judge(t *testing.T, res *checker.Result, f checker.Finding, dir folder) {
	t.Helper()
	for _, a := range f.Vacuous {
		t.Logf("says nothing: %s is never met", a)
	}
	message := ""
	if f.Message != "" {
		message = ": " + f.Message
	}
	switch f.Verdict {
	case checker.Holds:
		t.Logf("holds%s (%s)", message, report.Count(res.Stats.Distinct, "distinct state"))
		dir.remove(t, f.Property.Name)
	case checker.Violated:
		text := ""
		if f.Trace != nil {
			text = "\n" + printed(f.Trace, f.Parts)
			dir.write(t, saveRun(res.Info.Name, f.Property, f.Trace))
		}
		if f.Position != "" {
			message += " at " + f.Position
		}
		t.Errorf("%s %s is violated%s%s", f.Property.Kind, f.Property.Name, message, text)
	default:
		reason := res.Reason
		switch {
		case f.Fault != nil:
			reason = "its evaluation fails: " + f.Fault.Error()
		case reason == "":
			reason = "an evaluation on which it rests faults"
		}
		t.Fatalf("%s %s is undecided: %s (after %s)", f.Property.Kind, f.Property.Name, reason,
			report.Count(res.Stats.Distinct, "distinct state"))
	}
}

// untilDeadline gives a context that ends with the test, or shortly before the test binary is killed.
func untilDeadline(t *testing.T) (context.Context, context.CancelFunc) {
	at, ok := t.Deadline()
	if !ok {
		return context.WithCancel(t.Context())
	}
	left := time.Until(at)
	return context.WithDeadline(t.Context(), at.Add(-left/10))
}

func printed(trace *model.Trace, parts []model.Part) string {
	var b strings.Builder
	var why []report.Part
	for _, p := range parts {
		why = append(why, report.Part(p))
	}
	report.WriteTrace(&b, trace, why, report.Style{})
	return b.String()
}

// traceOf gives the run to the state in which a system misbehaved, where the error has it.
func traceOf(err error) string {
	var trace *model.Trace
	var p *checker.PanicError
	var n *checker.NondeterminismError
	switch {
	case errors.As(err, &p):
		trace = p.Trace
	case errors.As(err, &n):
		trace = n.Trace
	}
	if trace == nil {
		return ""
	}
	return "\nafter this run\n" + printed(trace, nil)
}
