package spec_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/spec"
)

// drawnParts is a model of parts with its files.
func drawnParts(t *rapid.T) fstest.MapFS {
	files := fstest.MapFS{}
	for name, text := range gen.Parts(t).Files {
		files[name] = source(text)
	}
	return files
}

// oneFile is a model that is one file.
func oneFile(draw func(*rapid.T) string) func(*rapid.T) fstest.MapFS {
	return func(t *rapid.T) fstest.MapFS { return fstest.MapFS{"main.bh": source(draw(t))} }
}

// limited draws how a search ends early, what it looks at, and what it leaves out.
func limited(t *rapid.T, p *spec.Program, all *checker.Result) checker.Config {
	cfg := checker.Config{Workers: rapid.IntRange(1, 2).Draw(t, "workers"), NoWitnesses: rapid.Bool().Draw(t, "no witnesses")}
	cfg.FailFast = rapid.Bool().Draw(t, "fail fast")
	switch rapid.IntRange(0, 5).Draw(t, "limit") {
	case 0:
		cfg.MaxStates = rapid.Int64Range(1, all.Stats.Distinct).Draw(t, "states")
	case 1:
		cfg.MaxDepth = rapid.IntRange(1, all.Stats.Depth+1).Draw(t, "depth")
	case 2:
		cfg.Memory = rapid.Int64Range(16<<10, 200<<10).Draw(t, "memory")
	}
	switch rapid.IntRange(0, 2).Draw(t, "reduction") {
	case 0:
		cfg.Symmetry = len(p.Symmetries().Kinds) > 0
	case 1:
		cfg.PartialOrder = p.Irreducible() == ""
	}
	for _, f := range all.Properties {
		if rapid.IntRange(0, 3).Draw(t, "only") == 0 {
			cfg.Only = append(cfg.Only, f.Property.Name)
		}
	}
	return cfg
}

// TestSameVerdictsWithLimits searches drawn models in ways that end early, look at some properties only, leave out states, and search
// slices: what they say that holds does, and what they say is violated is, in a search of everything.
func TestSameVerdictsWithLimits(t *testing.T) {
	for name, draw := range map[string]func(*rapid.T) fstest.MapFS{
		"runs": oneFile(gen.Runs), "apart": oneFile(gen.Apart), "alike": oneFile(gen.Alike), "tenants": oneFile(drawFaultyTenants), "parts": drawnParts,
	} {
		t.Run(name, func(t *testing.T) {
			told, open := 0, 0
			redraw.Fewer(t, "40")
			rapid.Check(t, func(t *rapid.T) {
				files := draw(t)
				for name, f := range files {
					t.Logf("-- %s --\n%s", name, f.Data)
				}
				p := mustLoad(t, files, "main.bh")
				all := plainly(t, p, checker.Config{Workers: 1, MaxStates: 500})
				if all == nil || !all.Exhaustive || all.Stats.Distinct == 0 {
					return
				}
				want := map[string]checker.Verdict{}
				for _, f := range all.Properties {
					want[f.Property.Name] = f.Verdict
				}
				for range 2 {
					cfg := limited(t, p, all)
					var got *checker.Result
					if rapid.Bool().Draw(t, "by slices") {
						got = bySlices(t, p, cfg.Only, cfg).Result
					} else {
						got = plainly(t, p, cfg)
					}
					for _, f := range got.Properties {
						switch v := want[f.Property.Name]; {
						case f.Verdict == checker.Undecided:
							if open++; got.Exhaustive && f.Reason == "" && f.Fault == nil {
								t.Fatalf("%s is undecided, and nothing says why: %+v", f.Property.Name, cfg)
							}
						case f.Verdict != v && v != checker.Undecided:
							t.Fatalf("%s: got %s, want %s: %+v", f.Property.Name, f.Verdict, v, cfg)
						default:
							told++
						}
						if f.Trace != nil {
							isRun(t, p, f.Trace)
						}
					}
					if got.Verdict == checker.Holds && all.Verdict != checker.Holds && len(cfg.Only) == 0 {
						t.Fatalf("the model holds, want that it is %s: %+v", all.Verdict, cfg)
					}
				}
			})
			t.Logf("%d verdicts, %d undecided", told, open)
		})
	}
}

// drawFaultyTenants draws tenants of which some see or own what may have no value.
func drawFaultyTenants(t *rapid.T) string {
	text := drawTenants(t)
	from, to := "observe tenant(t: T) { x[t]", "observe tenant(t: T) { x[t] / (1 - g * x[t])"
	faulty := rapid.IntRange(0, 4).Draw(t, "faulty")
	if faulty == 1 && strings.Contains(text, " via ") { // whose an action is may not depend on the state then
		faulty = 0
	}
	switch faulty {
	case 0:
		text = strings.Replace(text, from, to, 1)
	case 1:
		text = strings.Replace(text, "acts tenant(t) = { A(t, _)", "acts tenant(t) = { A(t, _) where 1 / (2 - g - x[t]) >= 0", 1)
	case 2:
		text += "property L { always (1 / (2 - g - (max k in T: x[k])) >= 0 or eventually g == 0) }\n"
	case 3:
		text += "property L { always eventually g == 1 }\ninvariant I { g == 0 or o == none }\n"
	}
	return text
}
