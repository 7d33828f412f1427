package spec_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
)

// cut are models in which it would be easy to leave out too much, or too little: for some properties, what the slice is to be without.
var cut = map[string]struct {
	src   string
	wants map[string]string // by property, "VARIABLES / ACTIONS" left out
}{
	"what has nothing to do with each other": {
		src: `
		state { x: 0..3 = 0; y: 0..3 = 0 }
		action X when x < 3 { x += 1 }
		action Y when y < 3 { y += 1 }
		invariant PX { x < 3 }
		reachable RY { y == 3 }
		bound     BX { max(x) <= 2 }
		terminal { true }`,
		wants: map[string]string{"PX": "y / Y", "RY": "x / X", "BX": "y / Y", "deadlock": "/", "fault": "/"},
	},
	"a fault in what is assigned aside": {
		src: `
		state { x: 0..1 = 0; y: 0..2 = 0; z: 0..2 = 0 }
		action X when x == 0 { x = 1; y = z + 1 }
		action Z { z = 2 - z }
		invariant P { x == 0 }
		terminal { true }`,
		wants: map[string]string{"P": "/"}, // z decides whether X faults, and y is what would
	},
	"what is assigned aside always fits": {
		src: `
		state { x: 0..1 = 0; y: 0..2 = 0; z: 0..2 = 0 }
		action X when x == 0 { x = 1; y = min(2, z + 1) }
		action Z { z = 2 - z }
		invariant P { x == 0 }
		terminal { y == 2 }`,
		wants: map[string]string{"P": "y, z / Z", "deadlock": "/"},
	},
	"a condition far from what it decides": {
		src: `
		state { x: 0..1 = 0; y: bool = true; z, far: bool = false }
		action X { let w = y; if w { if not z { x = 1 } } }
		action Y { y = far; z = true }
		action Far { far = not far }
		invariant P { x == 0 }`,
		wants: map[string]string{"P": "/"},
	},
	"a choice that may find nothing": {
		src: `
		state { x: 0..1 = 0; s: set[0..2] = {} }
		action X { x = 1; choose k in s { skip } }
		invariant P { x == 0 }
		terminal { true }`,
		wants: map[string]string{"P": "/"},
	},
	"conditions and domains that may have no value, of what is left out": {
		src: `
		state { x: 0..2 = 0; y: 0..1 = 0; a, b, c: 0..1 = 0 }
		action X when x == 0 { x = 1; for k in {1 / a} { y = 0 } }
		action Y when x == 0 { x = 2; if 1 / b == 1 { y = 1 } }
		action Z when x == 2 { match some(1 / c) { some(_) -> { y = 0 } | none -> { skip } }; x = 0 }
		action All { a = 1 - a; b = 1 - b; c = 1 - c }
		invariant P { x != 1 }
		terminal { true }`,
		wants: map[string]string{"P": "y /"},
	},
	"when behind what is assigned": {
		src: `
		state { x: 0..1 = 0; y: bool = false; n: 0..2 = 0 }
		action X { x = 1; when y; n = 2 }
		invariant P { x == 0 }
		terminal { n == 0 }`,
		wants: map[string]string{"P": "n /"},
	},
	"an init block that picks": {
		src: `
		state { x: 0..3 = any; y: 0..3 = any; z: 0..3 = any }
		init { when x + y == 5; z = 1 }
		invariant P { x != 1 }
		action Stay { skip }`,
		wants: map[string]string{"P": "z / Stay"},
	},
	"an initial value that there is not": {
		src: `
		func f(n: 0..1) int = 1 / n
		state { x: 0..1 = 0; y: 0..1 = f(1); z: 0..1 = 1 }
		action X { x = 1 - x }
		invariant P { x == 0 }`,
		wants: map[string]string{"P": "z /"},
	},
	"a function that reads": {
		src: `
		state { x: 0..1 = 0; y: bool = false; z: bool = true }
		func on() bool = y
		func no() bool = z
		action X when on() { x = 1 }
		action Y { y = not y }
		action Z when no() { z = false }
		invariant P { x == 0 }`,
		wants: map[string]string{"P": "z / Z"},
	},
	"a step of all actions, of which one left out is taken": {
		src: `
		state { x: 0..1 = 0; y: 0..1 = 0 }
		action X { x = 1 - x }
		action Y { y = 1 - y }
		step Moves { x != old(x) }
		step Stays { y == old(y) or y != old(y) }`,
		wants: map[string]string{"Moves": "y / Y", "Stays": "x / X"},
	},
	"a step of all actions, of which the one left out is never taken": {
		src: `
		state { x: 0..1 = 0; y: 0..1 = 0 }
		action X { x = 1 - x }
		action Y when y == 1 { y = 0 }
		step Moves { x != old(x) }`,
		wants: map[string]string{"Moves": "y / Y"},
	},
	"what an action ensures that writes nothing of it": {
		src: `
		state { x: 0..2 = 0; y: 0..1 = 0; z: 0..1 = 0 }
		action X when x < 2 { x += 1 }
		action Y when y == 0 { y = 1 } ensures x < 2
		action Z { z = 1 - z }`,
		wants: map[string]string{"Y.ensures": "z / Z"},
	},
	"a fair action aside": {
		src: `
		state { x: 0..1 = 0; y: 0..1 = 0; z: 0..1 = 0 }
		fair action X when x == 0 { x = 1 }
		fair action Y { y = 1 - y }
		action Z { z = 1 - z }
		property Comes { eventually x == 1 }
		property Next { next x == 0 }
		property Taken { always eventually happens Y }
		property Can { always can x == 1 }`,
		// Y is fair: it has to be taken, though nothing depends on what it writes.
		wants: map[string]string{"Comes": "y, z / Z", "Next": "y, z /", "Taken": "y, z /", "Can": "y, z / Y, Z"},
	},
	"an action that is asked whether it is enabled": {
		src: `
		state { x: 0..1 = 0; y: 0..1 = 0; z: 0..1 = 0 }
		action X { x = 1 - x }
		action Y when y == 0 { y = 1 }
		action Z { z = 1 - z }
		property Open { eventually not enabled Y }
		property Shut { can not enabled Y }
		property Quick { enabled Y ~> not enabled Y within 3 }`,
		wants: map[string]string{"Open": "x, z / X, Z", "Shut": "x, z / X, Z", "Quick": "x, z /"},
	},
	"waiting is counted in steps of all": {
		src: `
		state { x: 0..1 = 0; y: 0..1 = 0 }
		fair action X when x == 0 { x = 1 }
		action Y when y == 0 { y = 1 }
		property Soon { x == 0 ~> x == 1 within 1 }
		bound Wait { longest(x == 0 until x == 1) <= 1 }
		terminal { true }`,
		wants: map[string]string{"Soon": "/", "Wait": "/"},
	},
	"a loop that closes later": {
		src: `
		state { x: 0..1 = 0; n: 0..4 = 0; before: 0..1 = 1 }
		action X { x = 1 - x; n = (n + 2) % 5; before = x }
		property Stays { eventually always x == 0 }`,
		wants: map[string]string{"Stays": "n, before /"},
	},
	"a loop that is fair by who takes its steps": {
		src: `
		state { x: 0..1 = 0; n: 0..2 = 0 }
		fair for p action X(p: 0..2) { x = 1 - x; n = p }
		property Stays { eventually always x == 0 }`,
		wants: map[string]string{"Stays": "n /"},
	},
	"a fault in a step that is not taken": {
		src: `
		state { x: 0..2 = 0; y: 0..1 = 0 }
		action X when x == 0 { x = 1 }
		action Y when y == 1 { y = 0 }
		step S { 2 / x > 0 or old(x) == 1 }
		terminal { true }`,
		wants: map[string]string{"S": "y / Y"},
	},
	"a property that reads nothing": {
		src: `
		state { x: 0..1 = 0; y: 0..1 = 0 }
		action X { y = 1 - y }
		invariant P { 1 + 1 == 2 }`,
		wants: map[string]string{"P": "y / X"},
	},
}

// TestSlicesOfParticularModels slices these.
func TestSlicesOfParticularModels(t *testing.T) {
	for name, m := range cut {
		t.Run(name, func(t *testing.T) {
			p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte("model M\n" + m.src)}}, "m.bh")
			if states, _ := slicesAgree(t, p, 1000); states == 0 {
				t.Fatal("nothing was compared")
			}
			for property, want := range m.wants {
				parts, err := p.Slices([]string{property})
				if err != nil || len(parts) != 1 {
					t.Fatalf("%s: %d slices, %v", property, len(parts), err)
				}
				got := strings.TrimSpace(strings.Join(parts[0].LeftOut, ", ") + " / " + strings.Join(parts[0].Actions, ", "))
				if got != want {
					t.Errorf("%s: without %q, want %q", property, got, want)
				}
			}
		})
	}
}

// TestSlicesAreJoined has one slice for what depends on the same.
func TestSlicesAreJoined(t *testing.T) {
	src := "model M\n" + cut["what has nothing to do with each other"].src + "\nstep SX { x >= old(x) }\nproperty EX { eventually x == 3 }\n"
	p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte(src)}}, "m.bh")
	parts, err := p.Slices(nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range parts {
		got = append(got, strings.Join(s.Properties, " "))
	}
	slices.Sort(got)
	// The stand-in for Y is in the slice of SX alone.
	if want := []string{"PX BX EX", "RY", "SX", "deadlock fault"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestSlicesWithOtherReductions combines slices with symmetry and partial order, and ends early.
func TestSlicesWithOtherReductions(t *testing.T) {
	p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte(`model M
		type V = symmetric 1..3
		state { on: set[V] = {}; off: set[V] = {}; n: 0..3 = 0; late: 0..1 = 0 }
		action On(v: V) when v not in on { on = on union {v}; n = size(on) }
		action Off(v: V) when v in on and v not in off { off = off union {v} }
		action Late when late < 1 { late += 1 }
		invariant Few { size(on) < 3 }
		invariant Early { late < 1 }
		reachable All { size(off) == 3 }
		terminal { true }`)}}, "m.bh")
	all := []string{"Few", "Early", "All", "deadlock", "fault"}
	for _, cfg := range []checker.Config{{}, {Symmetry: true}, {PartialOrder: true}} {
		got := bySlices(t, p, nil, cfg)
		want, err := checker.Check(context.Background(), p, cfg)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range got.Properties {
			if g := want.Properties[i]; f.Verdict != g.Verdict || f.Property.Name != all[i] || !cfg.PartialOrder && f.Steps != g.Steps {
				t.Errorf("%+v: %s: got %s in %d steps, want %s in %d", cfg, f.Property.Name, f.Verdict, f.Steps, g.Verdict, g.Steps)
			}
			if f.Trace != nil {
				isRun(t, p, f.Trace)
			}
		}
		if least := got.Slices[0].Result.Stats; least.Symmetry || least.Distinct != 2 { // of Late alone
			t.Errorf("%+v: got %d states of the least slice, want 2", cfg, least.Distinct)
		}
	}
	got := bySlices(t, p, nil, checker.Config{FailFast: true})
	if len(got.Slices) != 1 || got.Verdict != checker.Violated || got.Exhaustive {
		t.Errorf("got %d slices, %s, want one, violated", len(got.Slices), got.Verdict)
	}
	for _, f := range got.Properties {
		if want := checker.Undecided; f.Property.Name != "Early" && (f.Verdict != want || f.Reason == "") {
			t.Errorf("%s: got %s, want %s", f.Property.Name, f.Verdict, want)
		}
	}
	never := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte("model M\n" + cut["a step of all actions, of which the one left out is never taken"].src + "\nstep Wraps { old(x) <= x or x == 0 }")}}, "m.bh")
	if got = bySlices(t, never, []string{"Moves", "Wraps"}, checker.Config{FailFast: true}); got.Verdict != checker.Holds {
		t.Errorf("what looked like a violation ended the search: got %s, %s", got.Verdict, got.Reason)
	}
	got = bySlices(t, p, nil, checker.Config{MaxStates: 10})
	for _, f := range got.Properties {
		decided := f.Property.Name == "Early" || f.Property.Kind == model.Reachable && f.Verdict == checker.Holds || f.Property.Name == "Few" && f.Verdict == checker.Violated
		if decided == (f.Verdict == checker.Undecided) || !decided && f.Reason == "" {
			t.Errorf("with 10 states: %s: got %s, %q", f.Property.Name, f.Verdict, f.Reason)
		}
	}
}

// TestWhatMayFaultIsKept assigns aside from what a property reads: what may fault is kept, with all that it reads, since it decides
// whether the step is taken, and what cannot fault is not.
func TestWhatMayFaultIsKept(t *testing.T) {
	for stmt, total := range map[string]bool{
		"y = 3 - y":                       true,
		"y = y + z":                       false, // and y is read, and so written
		"y = min(3, y + z)":               true,
		"y = (y + z) % 3":                 true,
		"y = 1 / z":                       false,
		"y = 6 / (z + 1) % 3":             true,
		"y = f(z)":                        false,
		"y = g(z)":                        true,
		"y = h(z)":                        false, // it calls itself, as often as it says
		"q[z] = 0":                        false,
		"q = append(q, 1)":                false,
		"q = [z, z]":                      true,
		"y = head(q)":                     false,
		"y = q[0]":                        false,
		"y = size(q)":                     true,
		"b = b union bag{z}":              false,
		"b = bag{z}":                      true,
		"s = s union {z}":                 true,
		"y = min k in s: k":               false,
		"y = pick k in s":                 false,
		"y = count k in s: k > z":         false, // up to 4
		"y = min(3, count k in s: k > z)": true,
		"y = sum k in s: 1":               false, // the sum is of 0..5, which is not within 0..3
		"y = min(3, sum k in s: k)":       true,
		"m = {k -> z for k in 0..1}":      false,
		"m = {k -> z for k in 0..3}":      true,
		"m[y] = z":                        true,
		"m[1 + z] = 1":                    false,
		"o = some(z)":                     true,
		"y = o.value":                     false,
		"y = match o { some(k) -> k | none -> 0 }":     true,
		"y = match o { some(k) -> 1 / k | none -> 0 }": false,
		"y = (if z > 1 then 3 else 1 / z)":             false,
		"assert z < 2":                                 false,
	} {
		src := `model M
			func f(n: 0..3) 0..3 = 3 / n
			func g(n: 0..3) 0..3 = 3 / (n + 1)
			func h(n: 0..3) 0..3 decreases n = if n == 0 then 0 else h(n - 1)
			state { x: 0..1 = 0; y, z: 0..3 = 0; m: map[0..3]0..3 = 0; q: seq[0..3, 2] = []; b: bag[0..3, 2] = bag{}; s: set[0..3] = {}; o: option[0..3] = none }
			action X when x == 0 { x = 1; ` + stmt + ` }
			action Z { z = 3 - z; s = {1, z}; o = some(z) }
			action Q { choose k in 0..2 { q = [1, 2]; when k > 1; q = []; b = bag{0, 1} } }
			invariant P { x == 0 }
			terminal { true }`
		p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte(src)}}, "m.bh")
		if states, _ := slicesAgree(t, p, 5000); states == 0 {
			t.Fatalf("%s: nothing was compared", stmt)
		}
		parts, err := p.Slices([]string{"P"})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"y", "z", "m", "q", "b", "s", "o"} {
			named := slices.Contains(strings.FieldsFunc(stmt, func(r rune) bool { return r < 'a' || r > 'z' }), name)
			kept := slices.Contains(parts[0].Variables, name)
			if named && kept == total {
				t.Errorf("%s: %s is kept: %t", stmt, name, kept)
			}
		}
	}
}
