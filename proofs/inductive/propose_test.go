package inductive

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/bulkheadlang/bulkhead/checker"
	draw "github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
	"pgregory.net/rapid"
)

// proposable are models whose claims are not inductive alone.
var proposable = map[string]string{
	"two processes": `
model Two
type P = 0..1
type At = enum { idle, wants, waits, inside }
state { at: map[P]At = idle; flag: map[P]bool = false; turn: P = 0 }
action Want(p: P) when at[p] == idle { flag[p] = true; at[p] = wants }
action Yield(p: P) when at[p] == wants { turn = 1 - p; at[p] = waits }
action Enter(p: P) when at[p] == waits and (not flag[1 - p] or turn == p) { at[p] = inside }
action Leave(p: P) when at[p] == inside { flag[p] = false; at[p] = idle }
invariant Mutex { not (at[0] == inside and at[1] == inside) }
`,
	"a lock that is held": `
model Lock
type Host = enum { a, b, c }
state { holds: set[Host] = {}; open: bool = true; last: Host = a }
action Take(h: Host) when open { holds = holds union {h}; open = false; last = h }
action Give(h: Host) when h in holds { holds = holds minus {h}; open = true }
invariant Alone { (count h in Host: h in holds) <= 1 }
`,
	"a machine in a record": `
model Machine
type M = record { up: bool, pages: 0..6 }
state { m: M = M(up = false, pages = 0); left: 0..6 = 6 }
action Start when not m.up { m.up = true }
action Take when m.up and left > 0 and m.pages < 6 { m.pages += 2; left -= 2 }
action Stop when m.up { left += m.pages; m.pages = 0; m.up = false }
invariant All { m.up or left == 6 }
`,
	"who may be there": `
model Guest
type P = 0..2
state { inside: option[P] = none; free: bool = true }
action Enter(p: P) when free { inside = some(p); free = false }
action Leave when inside != none { inside = none; free = true }
step One { old(inside) == none or inside == none or inside == old(inside) }
`,
}

// proposal has z3 propose an invariant for a model, and gives the model with it.
func proposal(t testing.TB, text string, limit time.Duration) (string, error) {
	p, _, err := loadText(text, nil)
	if err != nil {
		t.Fatalf("%s\n%s", spec.Detail(err), text)
	}
	said, err := Propose(context.Background(), p.IR(), limit)
	if err != nil {
		return "", err
	}
	return text + "\ninvariant Proposed {\n  " + said + "\n}\n", nil
}

// TestPropose has what is proposed proved as any other claim is, and looked at in every state.
func TestPropose(t *testing.T) {
	solvers(t)
	if _, err := exec.LookPath("z3"); err != nil {
		t.Skip("z3 is not installed")
	}
	for name, text := range proposable {
		t.Run(name, func(t *testing.T) {
			if _, report := proveText(t, text, nil, false, ""); report.Verdict() != Refuted {
				t.Fatalf("got %v without a proposal, want refuted", report.Verdict())
			}
			with, err := proposal(t, text, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			p, report := proveText(t, with, nil, false, "")
			if report.Verdict() != Proved {
				t.Errorf("got %v, want proved\n%s", report.Verdict(), with)
			}
			if res, err := checker.Check(context.Background(), p, checker.Config{}); err != nil || res.Verdict != checker.Holds {
				t.Errorf("the checker says %v, %v\n%s", res.Verdict, err, with)
			}
		})
	}
	broken := strings.Replace(proposable["two processes"], "turn = 1 - p; ", "", 1)
	if _, err := proposal(t, broken, time.Minute); !errors.Is(err, ErrNoProposal) || !strings.Contains(err.Error(), "a run breaks a claim") {
		t.Errorf("of a model that is violated: got %v", err)
	}
}

// TestProposeDrawn looks at drawn models: what is proposed is true in every state, and where z3 says that there is nothing to propose the checker
// finds a violation or a fault.
func TestProposeDrawn(t *testing.T) {
	solvers(t)
	if _, err := exec.LookPath("z3"); err != nil {
		t.Skip("z3 is not installed")
	}
	proposed, none := 0, 0
	redraw.Until(t, func() bool { return proposed >= 5 && none >= 2 }, func(rt *rapid.T) {
		text := rapid.SampledFrom([]func(*rapid.T) string{draw.Lanes, draw.Paths, draw.Apart, draw.Model}).Draw(rt, "kind")(rt)
		p, _, err := loadText(text, nil)
		if err != nil {
			rt.Skip(err.Error())
		}
		before, err := checker.Check(context.Background(), p, checker.Config{MaxStates: 20_000})
		if err != nil || !before.Exhaustive {
			rt.Skip("too large")
		}
		said, err := Propose(context.Background(), p.IR(), 2*time.Second)
		switch {
		case errors.As(err, new(*Unsupported)):
			return
		case errors.Is(err, ErrNoProposal):
			if strings.Contains(err.Error(), "a run breaks") {
				if none++; !spoken(before) {
					rt.Fatalf("z3 says that a run breaks a claim, the checker does not\n%s", text)
				}
			}
			return
		case err != nil:
			rt.Fatalf("%v\n%s", err, text)
		}
		proposed++
		with := text + "\ninvariant Proposed {\n  " + said + "\n}\n"
		q, _, err := loadText(with, nil)
		if err != nil {
			rt.Fatalf("%s\n%s", spec.Detail(err), with)
		}
		after, err := checker.Check(context.Background(), q, checker.Config{})
		if err != nil {
			rt.Fatal(err)
		}
		for _, f := range after.Properties {
			if f.Property.Name == "Proposed" && (f.Verdict != checker.Holds || f.Fault != nil) {
				rt.Fatalf("what is proposed is %s\n%s", f.Verdict, with)
			}
		}
	})
	t.Logf("%d proposals, %d violated", proposed, none)
	if proposed < 5 || none < 2 {
		t.Error("too few were met")
	}
}

// spoken tells whether a claim that obligations speak of is violated, or faults.
func spoken(res *checker.Result) bool {
	for i := range res.Properties {
		f := &res.Properties[i]
		switch f.Property.Kind {
		case model.Invariant, model.Bound, model.Step, model.Ensures, model.FaultFree:
			if f.Verdict == checker.Violated || f.Fault != nil {
				return true
			}
		}
	}
	return false
}
