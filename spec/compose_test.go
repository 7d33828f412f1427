package spec_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/spec"
)

// composed is what two ways to write a model must agree on.
type composed struct {
	verdict                      checker.Verdict
	initial, distinct, generated int64
	depth                        int
	exhaustive                   bool
	properties                   string
}

// searchParts explores the model of a file; false where it is not done within a limit.
func searchParts(t failer, files fstest.MapFS, name string, rename func(string) string) (composed, bool) {
	t.Helper()
	p, err := spec.Load(files, name)
	if err != nil {
		t.Fatalf("%s\n%s", spec.Detail(err), files[name].Data)
	}
	r, err := checker.Check(context.Background(), p, checker.Config{Workers: 1, MaxStates: 3000})
	if err != nil { // as of a model without initial states
		return composed{properties: err.Error()}, true
	}
	out := composed{
		verdict: r.Verdict, initial: r.Stats.Initial, distinct: r.Stats.Distinct, generated: r.Stats.Generated,
		depth: r.Stats.Depth, exhaustive: r.Exhaustive,
	}
	var lines []string
	for _, f := range r.Properties {
		lines = append(lines, fmt.Sprintf("%s %v %d", rename(f.Property.Name), f.Verdict, len(f.Vacuous)))
	}
	slices.Sort(lines)
	out.properties = strings.Join(lines, "\n")
	return out, r.Exhaustive
}

func asItIs(name string) string { return name }

// sameSearch compares two files, the names of whose properties may be told apart by rename.
func sameSearch(t failer, files fstest.MapFS, a, b string, rename func(string) string) {
	t.Helper()
	x, whole := searchParts(t, files, a, rename)
	y, _ := searchParts(t, files, b, rename)
	if !whole { // where the search stops depends on the order of actions only, which is the same
		x.depth, y.depth = 0, 0
	}
	if x != y {
		t.Fatalf("got for %s\n%+v\nfor %s\n%+v\n%s\n%s", a, x, b, y, files[a].Data, files[b].Data)
	}
}

func source(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// drawn is a random model that loads: a few have a number where an identity is wanted.
func drawn(t *rapid.T, draw func(*rapid.T) string) string {
	text := draw(t)
	if _, err := spec.Load(fstest.MapFS{"part.bh": source(text)}, "part.bh"); err != nil {
		t.Skip("the model drawn does not load")
	}
	return text
}

// A model that is nothing but one part is that part.
func TestOnePartIsTheModel(t *testing.T) {
	redraw.Fewer(t, "40")
	rapid.Check(t, func(t *rapid.T) {
		files := fstest.MapFS{
			"part.bh":  source(drawn(t, gen.Model)),
			"whole.bh": source("model Whole\nuse \"part.bh\" as part\ncheck part.*\n"),
			"outer.bh": source("model Outer\nuse \"whole.bh\" as whole\ncheck whole.*\n"),
		}
		if !regexp.MustCompile(`(?m)^(invariant|step|reachable|bound|property) |ensures`).Match(files["part.bh"].Data) {
			files["whole.bh"] = source("model Whole\nuse \"part.bh\" as part\n")
			files["outer.bh"] = source("model Outer\nuse \"whole.bh\" as whole\n")
		}
		bare := func(name string) string {
			return strings.TrimPrefix(strings.TrimPrefix(name, "whole."), "part.")
		}
		sameSearch(t, files, "part.bh", "whole.bh", bare)
		sameSearch(t, files, "whole.bh", "outer.bh", bare)
	})
}

// An array of parts is as many single ones. Transitions are compared by the counts of generated states; the verdicts of
// properties by those of the conjunction of their copies.
func TestArrayIsUnrolled(t *testing.T) {
	redraw.Fewer(t, "40")
	rapid.Check(t, func(t *rapid.T) {
		part := drawn(t, gen.Model)
		files := fstest.MapFS{
			"part.bh":  source(part),
			"array.bh": source("model Array\ntype I = 1..2\nuse \"part.bh\" as part[i: I]\n"),
			"pair.bh":  source("model Pair\nuse \"part.bh\" as one\nuse \"part.bh\" as two\n"),
		}
		sameSearch(t, files, "array.bh", "pair.bh", asItIs)
		for _, kind := range []string{"invariant", "reachable", "bound", "step"} {
			var array, pair, names []string
			for _, m := range regexp.MustCompile(`(?m)^`+kind+` (\w+)`).FindAllStringSubmatch(part, -1) {
				array = append(array, "part."+m[1])
				pair = append(pair, "one."+m[1], "two."+m[1])
				names = append(names, m[1])
			}
			if len(names) == 0 {
				continue
			}
			files["arrayed.bh"] = source(string(files["array.bh"].Data) + "check " + strings.Join(array, ", ") + "\n")
			files["paired.bh"] = source(string(files["pair.bh"].Data) + "check " + strings.Join(pair, ", ") + "\n")
			x, whole := verdicts(t, files, "arrayed.bh")
			y, _ := verdicts(t, files, "paired.bh")
			for _, name := range names {
				one, two := y["one."+name], y["two."+name]
				want := one && two
				if kind == "reachable" {
					want = one || two
				}
				if whole && x["part."+name] != want {
					t.Fatalf("%s %s: got %v of the array, %v and %v of the two\n%s", kind, name, x["part."+name], one, two, part)
				}
			}
		}
	})
}

// verdicts says which properties hold.
func verdicts(t failer, files fstest.MapFS, name string) (map[string]bool, bool) {
	t.Helper()
	p, err := spec.Load(files, name)
	if err != nil {
		t.Fatalf("%s\n%s", spec.Detail(err), files[name].Data)
	}
	r, err := checker.Check(context.Background(), p, checker.Config{Workers: 1, MaxStates: 3000})
	if err != nil {
		return nil, false
	}
	out := map[string]bool{}
	for _, f := range r.Properties {
		out[f.Property.Name] = f.Verdict == checker.Holds
	}
	return out, r.Exhaustive
}

// Processes with formulas over runs, whose fairness comes in with them.
func TestRunsOfParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		files := fstest.MapFS{
			"part.bh":  source(drawn(t, gen.Runs)),
			"whole.bh": source("model Whole\nuse \"part.bh\" as part\ncheck part.*\n"),
		}
		sameSearch(t, files, "part.bh", "whole.bh", func(name string) string { return strings.TrimPrefix(name, "part.") })
	})
}

// An action called as a statement is its guard and its body, written where the call stands.
func TestCallIsWrittenOut(t *testing.T) {
	for _, c := range []struct{ called, written string }{
		{"action B { up(); up() }", "action B { when x < 3; x += 1; when x < 3; x += 1 }"},
		{"action B { x = 0; put(2); up() }", "action B { x = 0; when 2 != x; x = 2; y = 2; when x < 3; x += 1 }"},
		{"action B { put(x); up() }", "action B { let k = x; when k != x; x = k; y = k; when x < 3; x += 1 }"},
		{"action B { if x == 1 { put(3) } else { up() } }", "action B { if x == 1 { when 3 != x; x = 3; y = 3 } else { when x < 3; x += 1 } }"},
		{"action B { for i in 1..2 { up() } }", "action B { for i in 1..2 { when x < 3; x += 1 } }"},
		{"action B { either { up() } or { put(0) } }", "action B { either { when x < 3; x += 1 } or { when 0 != x; x = 0; y = 0 } }"},
		{"action B { any_of(); up() }", "action B { choose k in 0..3 where k < x { y = k }; when x < 3; x += 1 }"},
		{"action B { any_of(); any_of() }", "action B { choose k in 0..3 where k < x { y = k }; choose k in 0..3 where k < x { y = k } }"},
		{"action B { twice() }", "action B { when x < 3; x += 1; when x < 3; x += 1 }"},
		{"action B { before(); up() }", "action B { y = old(x); x = 0; when x < 3; x += 1 }"},
		{"action B(k: 0..3) when k > 1 { let j = k - 1; put(j) }", "action B(k: 0..3) when k > 1 { let j = k - 1; when j != x; x = j; y = j }"},
		{"action B { m[x] = 1; put(m[x]) }", "action B { m[x] = 1; let k = m[x]; when k != x; x = k; y = k }"},
		{"init { up(); put(2) }", "init { when x < 3; x += 1; when 2 != x; x = 2; y = 2 }"},
	} {
		const head = `model Calls
state { x: 0..3 = any; y: 0..3 = 0; m: map[0..3]0..3 = 0 }
action up when x < 3 { x += 1 }
action put(k: 0..3) when k != x { x = k; y = k }
action any_of { choose k in 0..3 where k < x { y = k } }
action before { y = old(x); x = 0 }
action Down when x == 3 { x = 0; y = 0 }
invariant Few { x + y < 6 }
`
		files := fstest.MapFS{
			"called.bh":  source(head + "action twice { up(); up() }\n" + c.called + "\n"),
			"written.bh": source(head + "action twice { when x < 3; x += 1; when x < 3; x += 1 }\n" + c.written + "\n"),
		}
		sameSearch(t, files, "called.bh", "written.bh", asItIs)
	}
}

// The parts of a host, nested, in one file, and with names that they share.
func TestNestedAndFlat(t *testing.T) {
	files := fstest.MapFS{
		"proc.bh": source(`model Process
const LEVELS = 2
type Level = 0..LEVELS
type Mode  = enum { idle, busy }
state { mode: Mode = idle; level: Level = 0 }
func ready() bool = mode == idle and level < LEVELS
action Work(by: 1..2) when ready() { mode = busy; level = min(LEVELS, level + by) }
fair action Rest when mode == busy { mode = idle }
action Reset when level == LEVELS { level = 0 }
invariant Low { level <= LEVELS }
property Rests { mode == busy ~> mode == idle }
`),
		"box.bh": source(`model Box
const PROCS = 2
type Proc = symmetric 1..PROCS
use "proc.bh" as proc[p: Proc] { LEVELS = 1 }
hide proc.Reset
state { open: bool = false }
action Open when not open { open = true }
action Clear(p: Proc) when open { proc[p].Reset(); open = false }
check proc.*
invariant Busy { (count p in Proc: proc[p].mode == proc.busy) <= PROCS }
`),
		"host.bh": source(`model Host
type Box = 1..2
use "box.bh" as box[b: Box] { PROCS = 1 }
check box.*
`),
		"flat.bh": source(`model Flat
type Box = 1..2
type Proc = symmetric 1..1
type Mode = enum { idle, busy }
state { mode: map[Box, Proc]Mode = idle; level: map[Box, Proc]0..1 = 0; open: map[Box]bool = false }
action Work(b: Box, p: Proc, by: 1..2) when mode[b, p] == idle and level[b, p] < 1 { mode[b, p] = busy; level[b, p] = 1 }
fair for b, p action Rest(b: Box, p: Proc) when mode[b, p] == busy { mode[b, p] = idle }
action Open(b: Box) when not open[b] { open[b] = true }
action Clear(b: Box, p: Proc) when open[b] and level[b, p] == 1 { level[b, p] = 0; open[b] = false }
invariant Low { forall b in Box, p in Proc: level[b, p] <= 1 }
property Rests { forall b in Box, p in Proc: mode[b, p] == busy ~> mode[b, p] == idle }
invariant Busy { forall b in Box: (count p in Proc: mode[b, p] == busy) <= 1 }
`),
	}
	x, _ := searchParts(t, files, "host.bh", asItIs)
	y, _ := searchParts(t, files, "flat.bh", asItIs)
	x.properties, y.properties = "", ""
	if x != y || x.distinct != 64 || x.verdict != checker.Holds {
		t.Errorf("got %+v of the parts and %+v written by hand, want 64 states: (2 modes, 2 levels, 2 of open)^2", x, y)
	}
}

// Hostile compositions are refused, quickly.
func TestHostileParts(t *testing.T) {
	part := "model Part\nstate { x: 0..1 = 0 }\naction A { x = 1 - x }\n"
	double := fstest.MapFS{"p0.bh": source(part)}
	for i := 1; i <= 40; i++ {
		double[fmt.Sprintf("p%d.bh", i)] = source(fmt.Sprintf("model P\nuse \"p%d.bh\" as a\nuse \"p%d.bh\" as b\n", i-1, i-1))
	}
	var many, calls strings.Builder
	many.WriteString("model Many\n")
	for i := range 3000 {
		fmt.Fprintf(&many, "use \"p0.bh\" as a%d\n", i)
	}
	double["many.bh"] = source(many.String())
	calls.WriteString("model Calls\nstate { x: 0..1 = 0 }\naction A0 { x = 1 - x }\n")
	for i := 1; i <= 60; i++ {
		fmt.Fprintf(&calls, "action A%d { A%d(); A%d() }\n", i, i-1, i-1)
	}
	double["calls.bh"] = source(calls.String())
	double["self.bh"] = source("model Self\nuse \"self.bh\" as a\n")
	double["ring1.bh"] = source("model Ring\nuse \"ring2.bh\" as a\n")
	double["ring2.bh"] = source("model Ring\nimport \"ring1.bh\"\nstate { x: bool = true }\n")
	double["huge.bh"] = source("model Huge\ntype I = 0..9_000_000_000\nuse \"p0.bh\" as a[i: I]\n")
	double["domains.bh"] = source(part + "observe who(w: bool) { x }\nacts who(w) = { A }\nisolated Apart { v, w in bool where v != w }\n")
	double["domains1.bh"] = source("model Domains\nuse \"domains.bh\" as d\ncheck d.Apart\n")
	double["domains2.bh"] = source("model Domains\nuse \"domains3.bh\" as e\ncheck e.d.Apart\n")
	double["domains3.bh"] = source("model Domains\nuse \"domains.bh\" as d\n")
	deep := "x"
	for range 80 {
		deep = "a[" + deep + "].b.c.d"
	}
	double["deep.bh"] = source("model Deep\ntype I = 1..2\nuse \"p0.bh\" as a[i: I]\ninvariant D { " + deep + " }\n")
	for name, want := range map[string]string{
		"p40.bh":   "more than 4096 parts",
		"many.bh":  "",
		"calls.bh": "more than 1,048,576 expressions and statements together",
		"self.bh":  "files use each other in a ring: self.bh -> self.bh",
		"ring1.bh": "files import each other in a ring: ring1.bh -> ring2.bh -> ring1.bh",
		"huge.bh":  "9000000001 entries, the limit is 65536",
		"deep.bh":  "unknown name a.b",

		"domains1.bh": "d.Apart is about the domains of the part, which stay behind",
		"domains2.bh": "e.d.Apart is about the domains of the part, which stay behind",
	} {
		_, err := spec.Load(double, name)
		if want == "" && err == nil {
			continue
		}
		if err == nil || want == "" || !strings.Contains(spec.Detail(err), want) {
			t.Errorf("%s: got the error %v, want one with %q", name, err, want)
		}
	}
}

// What holds of a model of parts, in particular cases.
func TestPartsOf(t *testing.T) {
	files := fstest.MapFS{
		"ends.bh":  source("model Ends\nstate { x: 0..1 = 0 }\naction A when x == 0 { x = 1 }\nterminal { x == 1 }\nreachable One { x == 1 }\n"),
		"stuck.bh": source("model Stuck\nstate { x: 0..1 = 0 }\naction A when x == 0 { x = 1 }\n"),
		"inner.bh": source("model Inner\nstate { x: 0..1 = 0 }\naction A { x = 1 - x }\ninvariant Kept { x <= 1 }\ninvariant Broken { x == 0 }\n"),
		"outer.bh": source("model Outer\nuse \"inner.bh\" as in1\ncheck in1.Kept\n"),
		"lib.bh":   source("const i = 1\n"),
		"rows.bh":  source("model Rows\ntype I = 1..2\nuse \"names.bh\" as c[i: I]\n"),
		"names.bh": source(`model Names
type K = 1..2
state { m: map[K]0..1 = 0; n: 0..1 = 0 }
func total() int = sum i in K: m[i]
action A(i: K) when m[i] == 0 { m[i] = 1 }
action B { for i in K where m[i] == 1 { m[i] = 0 } }
invariant Few { (count i in K: m[i] == 1) == total() }
`),
	}
	for name, c := range map[string]struct {
		text     string
		distinct int64
		depth    int
		verdicts string
	}{
		// A part ends when all do, and where one does not, nothing does.
		"all end":  {"use \"ends.bh\" as a\nuse \"ends.bh\" as b", 4, 2, "deadlock holds fault holds"},
		"one does": {"use \"ends.bh\" as a\nuse \"stuck.bh\" as b", 4, 2, "deadlock violated fault holds"},
		"own end":  {"use \"ends.bh\" as a\nuse \"stuck.bh\" as b\nterminal { a.x == 1 and b.x == 1 }", 4, 2, "deadlock holds fault holds"},
		"array":    {"type I = 1..3\nuse \"ends.bh\" as a[i: I]", 8, 3, "deadlock holds fault holds"},
		// One of an array is enough to reach something.
		"some": {
			"type I = 1..3\nuse \"ends.bh\" as a[i: I]\nhide a.A\naction Go when forall i in I: a[i].x == 0 { choose i in I { a[i].A() } }\nterminal { true }\ncheck a.One",
			4, 1, "a.One holds deadlock holds fault holds",
		},
		// Star means what a part claims, not all that its own parts do.
		"claimed": {"use \"outer.bh\" as out\ncheck out.*", 2, 1, "deadlock holds fault holds out.in1.Kept holds"},
		"deeper":  {"use \"outer.bh\" as out\ncheck out.in1.Broken", 2, 1, "deadlock holds fault holds out.in1.Broken violated"},
		// Indices of arrays in arrays come in the order in which they are written.
		"order": {
			"type J = 1..2\nuse \"rows.bh\" as r[j: J]\nhide r.c.*\naction Go { r[1].c[2].A(1) }\nterminal { true }\nreachable There { r[1].c[2].m[1] == 1 and r.c.total(1, 2) == 1 }\n" +
				"invariant Else { r[2].c[1].total() == 0 and r.c.m[2][1][1] == 0 }", 2, 1, "Else holds There holds deadlock holds fault holds",
		},
		// The name of an index may be one inside the part, and that of the model's own things.
		"index": {
			"type I = 1..2\nstate { k: 0..1 = 0 }\nuse \"names.bh\" as a[i: I]\ncheck a.Few\naction Go(i: I) when a[i].total() == 2 { a[i].B() }", 16, 4,
			"a.Few holds deadlock holds fault holds",
		},
		"shared names": {"const i = 1\nfunc total() int = 3\nstate { m: 0..1 = 0 }\nuse \"names.bh\" as a\ncheck a.Few", 4, 2, "a.Few holds deadlock holds fault holds"},
		"imported":     {"import \"lib.bh\"\nuse \"names.bh\" as a\ncheck a.Few", 4, 2, "a.Few holds deadlock holds fault holds"},
		// The initial state may be changed by calls.
		"initial": {"use \"names.bh\" as a\ninit { a.A(2); a.n = 1 }", 4, 2, "deadlock holds fault holds"},
	} {
		files["main.bh"] = source("model Main\n" + c.text + "\n")
		got, _ := searchParts(t, files, "main.bh", asItIs)
		verdicts := regexp.MustCompile(` \d+(\n|$)`).ReplaceAllString(got.properties, "$1")
		if got.distinct != c.distinct || got.depth != c.depth || strings.ReplaceAll(verdicts, "\n", " ") != c.verdicts {
			t.Errorf("%s: got %d states, depth %d, %q; want %d, %d, %q", name, got.distinct, got.depth, verdicts, c.distinct, c.depth, c.verdicts)
		}
	}
}
