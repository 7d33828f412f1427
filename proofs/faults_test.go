package proofs_test

import (
	"errors"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/proofs"
	"github.com/bulkheadlang/bulkhead/spec"
)

// Models in which something has no value somewhere: a condition of each kind of property.
var faulty = map[string]string{
	"invariant": `invariant I { 6 / (x - 2) != 0 }`,
	"bound":     `bound B { max(6 / (x - 2)) <= 9 }`,
	"step":      `step S { 1 / (x - 2) < 5 }`,
	"reachable": `reachable R { 1 / (x - 2) == 7 }`,
	"terminal":  `terminal { 1 / (x - 2) == 1 }`,
	"runs":      `property P { always eventually 1 / (x - 2) == -1 }`,
	"can":       `property P { always can 1 / (x - 2) == 1 }`,
	"within":    `property P { x == 1 ~> 1 / (x - 2) == 1 within 2 }`,
	"observe": `observe d(t: 1..2) { t + 1 / (x - 2) }
		acts d(t) = { Up where t == 1 }
		isolated I { t, u in 1..2 where t != u }`,
	"acts": `observe d(t: 1..2) { t }
		acts d(t) = { Up where t == 1 / (x - 2) }
		isolated I { t, u in 1..2 where t != u }`,
	"of nobody": `observe d(t: 1..2) { t + 1 / (x - 2) }
		acts d(t) = { Up where t == 1 / (x - 2) }`,
	"refines": `refines "a.bh" as A { A.n = 1 / (x - 2) }`,
}

// What has no value is neither true nor false, and faults, whatever else is claimed.
func TestNoValue(t *testing.T) {
	for name, text := range faulty {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{
				"m.bh": {Data: []byte("model M\nstate { x: 0..3 = 0 }\naction Up when x < 2 { x += 1 }\naction Down when x == 1 { x = 0 }\n" + text)},
				"a.bh": {Data: []byte("model A\nstate { n: -2..2 = 0 }\naction Any { choose m in -2..2 { n = m } }")},
			}
			p, err := spec.Load(files, "m.bh")
			if err != nil {
				t.Fatal(err)
			}
			everyClaim(t, p)
		})
	}
}

// The certificate of a drawn model is evidence of the verdicts, and of no others.
func TestDrawnClaims(t *testing.T) {
	kinds := []func(*rapid.T) string{gen.Model, gen.Model, gen.Lanes, gen.Apart, gen.Processes, gen.Paths, gen.Runs}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(kinds).Draw(t, "of")(t)
		p, err := spec.Load(fstest.MapFS{"m.bh": {Data: []byte(text)}}, "m.bh")
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		res, err := checker.Check(ctx(t), p, checker.Config{MaxStates: 500, NoWitnesses: true})
		if err != nil || !res.Exhaustive || res.Stats.Distinct == 0 {
			return
		}
		everyClaim(t, p)
	})
}

// everyClaim compares certificates of each verdict on each property, which only differ in that and are without runs, with what a search finds.
func everyClaim(t failer, p *spec.Program) {
	t.Helper()
	s, all := search(t, p, 1), placements(t, p)
	if s.states == nil {
		t.Fatalf("got a search that is not exhaustive")
	}
	if err := verify(t, p, s.write(t)); len(s.header.Claims) > 0 && err != nil {
		t.Errorf("%v", err)
	}
	for i, c := range s.header.Claims {
		if c.Run == nil || c.Holds != (c.Kind == model.Reachable) { // of a wait, too, which all states are needed for
			continue
		}
		alone := s
		alone.states, alone.header.Claims = nil, s.header.Claims[i:i+1:i+1]
		alone.header.Claims[0].Extreme = nil
		if err := verify(t, p, alone.write(t)); err != nil {
			t.Errorf("%s, by a run alone: %v", c.Property, err)
		}
	}
	for _, property := range p.Info().Properties {
		switch property.Kind {
		case model.Isolated, model.LTL, model.Can, model.Within, model.Longest: // which need evidence, or a run
			continue
		}
		for _, holds := range []bool{true, false} {
			found := false
			for _, c := range s.header.Claims {
				found = found || c.Property == property.Name && c.Holds == holds
			}
			err := verify(t, p, s.altered(t, all, func(h *proofs.Header) {
				h.Claims = []proofs.Claim{{Property: property.Name, Kind: property.Kind, Holds: holds}}
			}))
			var refused *proofs.RefusedError
			switch {
			case found && err != nil:
				t.Errorf("%s, holds %v: %v", property.Name, holds, err)
			case !found && !errors.As(err, &refused):
				t.Errorf("%s, holds %v: got %v, want it refused", property.Name, holds, err)
			}
		}
	}
}
