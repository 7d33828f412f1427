package proofs_test

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/proofs"
)

// An experiment that was changed is no evidence, nor one for another verdict.
func TestAlteredExperiment(t *testing.T) {
	p := of(t, `
type T = 1..2
state { page: map[T]0..1 = 0; shared: bool = false; slow: map[T]bool = false }
action Write(t: T, v: 0..1) { slow[t] = shared; page[t] = v; shared = false }
action Scan when page[1] == page[2] { shared = true }
observe tenant(t: T) { page[t], slow[t] }
acts tenant(t) = { Write(t, _) }
isolated Tenants { t, u in T where t != u }
`)
	s := search(t, p, 1)
	if err := verify(t, p, s.write(t)); err != nil {
		t.Fatal(err)
	}
	right := *claim(&s.header, "Tenants").Experiment
	if len(right.Inputs) != 3 || right.Removed != 2 {
		t.Fatalf("got the experiment %+v", right)
	}
	for name, change := range map[string]func(c *proofs.Claim){
		"holds":             func(c *proofs.Claim) { c.Holds = true },
		"holds, by it":      func(c *proofs.Claim) { c.Holds, c.Experiment = true, nil },
		"nothing":           func(c *proofs.Claim) { c.Experiment = nil },
		"a run":             func(c *proofs.Claim) { c.Run = &proofs.Run{} },
		"a number":          func(c *proofs.Claim) { c.Extreme = new(int64) },
		"another domain":    func(c *proofs.Claim) { c.Experiment.Domain = "tenant(2)" },
		"no domain":         func(c *proofs.Claim) { c.Experiment.Domain = "tenant(3)" },
		"another start":     func(c *proofs.Claim) { c.Experiment.Start = c.Experiment.Start[1:] },
		"another input":     func(c *proofs.Claim) { c.Experiment.Inputs[0] = "Write(t=1, v=0)" },
		"no input":          func(c *proofs.Claim) { c.Experiment.Inputs[2] = "Read(t=1)" },
		"one input less":    func(c *proofs.Claim) { c.Experiment.Inputs = c.Experiment.Inputs[:2] },
		"its own":           func(c *proofs.Claim) { c.Experiment.Removed = 3 },
		"the environment's": func(c *proofs.Claim) { c.Experiment.Removed = 1 },
		"none removed":      func(c *proofs.Claim) { c.Experiment.Removed = 0 },
		"too far":           func(c *proofs.Claim) { c.Experiment.Removed = 4 },
	} {
		x := right
		x.Inputs = slices.Clone(right.Inputs)
		bad := search(t, p, 1)
		c := claim(&bad.header, "Tenants")
		c.Experiment = &x
		change(c)
		if c.Holds {
			if err := proofs.Prove(t.Context(), p, &bad.header, bad.states); err != nil || len(bad.header.Uncertified) == 0 {
				t.Errorf("%s: got %v and %d that are not certified", name, err, len(bad.header.Uncertified))
			}
			continue
		}
		if err := verify(t, p, bad.write(t)); err == nil {
			t.Errorf("%s: not refused", name)
		}
	}
}

// What passes through others is kept in both sequences of an experiment, and has a partition of its own.
func TestThroughOthers(t *testing.T) {
	p := of(t, `
type Role = enum { Low, High, Other, Guard }
state { box: 0..2 = 0; out: 0..2 = 0; note: 0..1 = 0 }
action Put(v: 0..2) { box = v }
action Note { note = 1 - note }
action Release when box != 2 { out = box }
observe role(r: Role) { if r == Low then out else 0 }
acts role(r) = { Put where r == High, Note where r == Other, Release where r == Guard }
isolated Guarded { t, u in Role where t == Low and u in {High, Other} via d in Role where d == Guard and u == High }
`)
	s := search(t, p, 1)
	if err := verify(t, p, s.write(t)); err != nil || !claim(&s.header, "Guarded").Holds {
		t.Fatal(err)
	}
	c := claim(&s.header, "Guarded")
	c.Holds, c.Experiment = false, &proofs.Experiment{
		Domain: "role(Low)", Start: []proofs.Given{{Name: "box", Value: "0"}, {Name: "out", Value: "0"}, {Name: "note", Value: "0"}},
		Inputs: []string{"Put(v=1)", "Release"}, Removed: 1,
	}
	for range 2 {
		if err := verify(t, p, s.write(t)); err == nil || !strings.Contains(err.Error(), "shows nothing that role(Low) is not to find out") {
			t.Errorf("got %v of what has passed the guard", err)
		}
		c.Experiment.Inputs = append(c.Experiment.Inputs, "Note") // after it
	}
}

// Evidence that a certificate of a property that holds must have is not left out, nor of other states.
func TestAlteredPartition(t *testing.T) {
	p := of(t, `
type T = 1..2
state { page: map[T]0..2 = 0; seen: map[T]0..2 = 0 }
action Write(t: T, v: 0..2) { page[t] = v }
action Read(t: T) { seen[t] = page[t] }
observe tenant(t: T) { seen[t] }
acts tenant(t) = { Write(t, _), Read(t) }
isolated Tenants { t, u in T where t != u }
`)
	s := search(t, p, 1)
	good := s.write(t)
	if err := verify(t, p, good); err != nil {
		t.Fatal(err)
	}
	// A byte of the evidence that is another one, with the sum of the certificate right: a partition with other classes may be as good, but hardly any is.
	refusals := 0
	at := strings.LastIndex(string(good), "}\n") + 2
	evidence := good[len(good)-32-2*81-5 : len(good)-32]
	if at > len(good)-32-len(evidence) {
		t.Fatal("the evidence is not where it is looked for")
	}
	for i := range evidence {
		bad := slices.Clone(good)
		bad[len(good)-32-len(evidence)+i] ^= 1
		if err := verify(t, p, sealed(bad)); err != nil {
			refusals++
		}
	}
	if refusals < len(evidence)-2 {
		t.Errorf("%d of %d changes are refused", refusals, len(evidence))
	}
	text, err := json.Marshal(s.header)
	if err != nil || !strings.Contains(string(text), `"isolated"`) {
		t.Errorf("got %s, %v", text, err)
	}
}

// sealed is a certificate with the sum that it ought to have.
func sealed(c []byte) []byte {
	body := c[:len(c)-sha256.Size]
	sum := sha256.Sum256(body)
	return append(slices.Clone(body), sum[:]...)
}
