package spec_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/spec"
)

// hostileModel is a model made to exhaust time or memory: what stands in its state block, and the rest. Want is a part of
// the error, or, where fault is set, of a fault, or, where it is "", nothing. A slow one takes long to load.
type hostileModel struct {
	name, state, rest string
	want              string
	fault, slow       bool
}

func (h *hostileModel) source() string {
	return "model H\nstate { x: bool = true; " + h.state + " }\n" + h.rest + "\n"
}

// each joins what make gives for 0..n-1.
func each(n int, sep string, make func(i int) string) string {
	var parts []string
	for i := range n {
		parts = append(parts, make(i))
	}
	return strings.Join(parts, sep)
}

// doubling declares the name prefix n times, each time of two of the one before.
func doubling(n int, first, format string) string {
	return first + "\n" + each(n, "\n", func(i int) string { return fmt.Sprintf(format, i+1, i) })
}

const tooLong = "evaluation takes more than"

var hostile = []hostileModel{
	{name: "any of a huge range", state: "y: 0..9223372036854775807 = any", want: "any would start from 2^62 or more values"},
	{name: "any of many", state: each(10, ";", func(i int) string { return fmt.Sprintf("y%d: 0..1000 = any", i) }), want: "any gives more than"},
	{name: "any of bags", state: "y: bag[0..100, 60] = any", want: "any would start from 2^62 or more values"},
	{name: "huge set", state: "y: set[0..100000000] = {}", want: "would need a bit for each of 100000001 values"},
	{name: "huge map", state: "y: map[0..9223372036854775807]bool = false", want: "2^62 or more entries"},
	{name: "million bits", state: "y: map[0..15999]0..9223372036854775807 = 0", want: "the limit is 131072"},
	{name: "huge sequence", state: "y: seq[bool, 9223372036854775807] = []", want: "the greatest length is 9223372036854775807"},
	{name: "huge bag", state: "y: bag[0..9223372036854775807, 9] = bag{}", want: "have too many values"},
	{name: "large elements", state: "y: bag[0..4611686018427387902, 60] = bag{}", rest: "action A { y = add(y, 5) }"},
	{name: "many members", rest: "type E = enum { " + each(100_000, ", ", func(i int) string { return fmt.Sprintf("m%d", i) }) + " }", want: "enum has 100000 members"},
	{name: "types that double", rest: doubling(60, "type T0 = record { a: bool }", "type T%d = record { a: T%[2]d, b: T%[2]d }"), want: "more than 65536 types"},
	{name: "unions that double", rest: doubling(60, "type T0 = union { A0 }", "type T%d = union { A%[1]d(a: T%[2]d) | B%[1]d(b: T%[2]d) }"), want: "more than 65536 types"},
	{name: "maps of maps", rest: doubling(60, "type T0 = bool", "type T%d = map[0..1]T%d") + "\nstate { y: T60 = false }", want: "is too large"},
	{name: "type cycle", rest: "type A = record { b: B }; type B = record { a: A }", want: "contains itself"},
	{name: "constant cycle", rest: "const A = B; const B = A + 1", want: "is defined by itself"},
	{name: "constants that double", rest: doubling(40, "const C0: set[0..9] = {1}", "const C%d: set[0..9] = C%[2]d union C%[2]d") + "\ninvariant I { C40 == {1} }"},
	{name: "copies of a large constant", slow: true, rest: "const C: map[0..65535]0..3 = { k -> 0 for k in 0..65535 }\n" + each(5000, "\n", func(i int) string {
		return fmt.Sprintf("const C%d = C", i)
	})},
	{name: "many large constants", slow: true, rest: each(3000, "\n", func(i int) string {
		return fmt.Sprintf("const C%d: map[0..65535]0..3 = { k -> 0 for k in 0..65535 }", i)
	}), want: "cells of memory to run, the limit is"},
	{name: "unused constant without end", rest: "const N = sum i in 0..100000000000: i", want: "constant N has no value: evaluation takes more than"},
	{name: "unused constant without a value", rest: "const N = {1 / (1 - 1)}", want: "constant N has no value: division by zero"},
	{name: "unused set that faults", rest: "const S: set[0..3] = { n + 1 for n in 0..3 }", want: "constant S has no value: value 4 is outside"},
	{name: "recursion over a large map", rest: "func f(m: map[0..65535]bool, k: int) int decreases k = if k == 0 then 0 else f(m with { [k] = true }, k - 1)\n" +
		"func g() int = f({ i -> false for i in 0..65535 }, 3000)\ninvariant I { g() == 0 }", want: "cells of memory", fault: true},
	{name: "many mistakes", rest: each(30_000, "\n", func(i int) string {
		return fmt.Sprintf("action f%d { nn = %d }", i, i%4)
	}), want: "and 29,900 more mistakes from here on"},
	{name: "import of itself", rest: `import "h.bh"`, want: "import each other in a ring"},
	{name: "many parameters", rest: "action A(a, b: 0..1023, c: 0..9) { skip }", want: "more than 1048576 choices"},
	{name: "never enabled", rest: "action A(a, b: 0..99) when false { x = false }"},
	{name: "recursion without end", rest: "func f(n: int) int decreases n = f(n + 1)\ninvariant I { f(0) > 0 }", want: "decreases did not fall", fault: true},
	{name: "deep recursion", rest: "func f(n: int) int decreases n = if n == 0 then 0 else f(n - 1)\ninvariant I { f(1000000000) > 0 }", want: "calls within calls", fault: true},
	{name: "recursive measure", rest: "func f(n: 0..9) int decreases f(n) = f(n)\ninvariant I { f(3) > 0 }", want: "the measure of f calls f"},
	{name: "recursive argument", rest: "func f(n: 0..9) int decreases n = f(f(n))\ninvariant I { f(3) > 0 }", want: "decreases did not fall", fault: true},
	{name: "fibonacci", rest: "func f(n: 0..90) int decreases n = if n < 2 then n else f(n - 1) + f(n - 2)\ninvariant I { f(90) > 0 }", want: tooLong, fault: true},
	{name: "chain of calls", rest: doubling(40, "func f0(n: int) int = if x then n else 1", "func f%d(n: int) int = f%[2]d(n) + f%[2]d(n + 1)") + "\ninvariant I { f40(1) > 0 }", want: tooLong, fault: true},
	{name: "powerset", rest: "type T = 0..59\ninvariant I { powerset(T) == powerset(T) }", want: "would need a bit for each of"},
	{name: "through a powerset", rest: "invariant I { forall s in powerset(0..59): size(s) < 70 }", want: tooLong, fault: true},
	{name: "huge sum", rest: "invariant I { (sum n in 0..9223372036854775807: 0 * n) == 0 }", want: tooLong, fault: true},
	{name: "nested quantifiers", rest: "invariant I { " + each(200, " ", func(i int) string { return fmt.Sprintf("forall v%d in bool:", i) }) + " x }", want: tooLong, fault: true},
	{name: "huge choice", rest: "action A { choose n in 0..1152921504606846976 { x = n == 1 } }"},
	{name: "choice of none", rest: "action A { choose n in 0..1152921504606846976 where n < 0 { skip } }", want: tooLong, fault: true},
	{name: "many choices", rest: "action A { " + strings.Repeat("either { x = true } or { x = false }\n", 60) + " }"},
	{name: "huge loop", rest: "init { for n in 0..9223372036854775807 { skip } }", want: tooLong, fault: true},
	{name: "loop with conditions", rest: "action A { for n in 0..99999999 { when n >= 0 } }", want: "rounds of a loop", fault: true},
	{name: "loop of choices", rest: "action A { for n in 0..99999999 { choose c in {x} { skip } } }", want: "rounds of a loop", fault: true},
	{name: "bodies times instances", slow: true, rest: "action A(a: 0..4000) { " + each(60, "\n", func(i int) string {
		return fmt.Sprintf("if a > %d and (forall n in 0..200: n + a != -%d) { x = not x }", i, i+1)
	}) + " }"},
	{name: "constants in a large model", slow: true, state: "y: map[0..9999]0..3 = 0", rest: "action A(a: 0..3000) { " + each(10, "\n", func(i int) string {
		return fmt.Sprintf("y[(sum n in {a, %d}: n) %% 10000] = (a + %d) %% 4", i, i)
	}) + " }"},
	{name: "large intermediate values", state: "y: map[0..65535]bool = false", rest: "invariant I { " + each(400, " or ", func(i int) string {
		return fmt.Sprintf("(y with { [%d] = true }) == y", i)
	}) + " }", want: "the model needs"},
	{name: "chain of implications", slow: true, rest: "invariant I { " + strings.Repeat("x implies ", 1900) + "x }"},
	{name: "long sum", rest: "invariant I { " + strings.Repeat("1 + ", 1900) + "1 > 0 }"},
	{name: "deep lets", rest: "invariant I { " + each(1500, " ", func(i int) string { return fmt.Sprintf("let v%d = not x:", i) }) + " x }"},
	{name: "many variables", state: each(300, ";", func(i int) string { return fmt.Sprintf("y%d: bool = false", i) }), rest: each(300, "\n", func(i int) string {
		return fmt.Sprintf("action A%d { y%[1]d = not y%[1]d }", i)
	})},
	{name: "literal of far numbers", rest: "invariant I { 5 in elems([0, 9223372036854775807]) }"},
	{name: "set of far numbers", rest: "invariant I { size({0, 9223372036854775807}) == 2 }", want: "would need a bit for each of"},
	{name: "through far numbers", rest: "invariant I { forall n in elems([0, 9223372036854775807]): n >= 0 }", want: "would need a bit for each of"},
	{name: "bag of far numbers", rest: "invariant I { multiplicity(bag{0, 9223372036854775806}, 4) == 0 }"},
	{name: "least integer", state: "y: -9223372036854775807..9223372036854775807 = -9223372036854775807", rest: "action A { y -= 1 }\naction B { y = (y - 1) / -1 }\naction C { y = abs(y - 1) }\ninvariant I { y % -1 == 0 }", want: "value -9223372036854775808 is outside", fault: true},
	{name: "deep formula over runs", rest: "property P { " + strings.Repeat("always ", 1900) + "x }"},
	{name: "deep formula with can", rest: "property P { " + strings.Repeat("always ", 1900) + "can x }"},
	{name: "chain of until", rest: "property P { " + strings.Repeat("x until next ", 900) + "x }"},
	{name: "many quantifiers", rest: "property P { " + each(20, " ", func(i int) string { return fmt.Sprintf("forall a%d in bool:", i) }) + " always x }", want: "more than 10000 instances"},
	{name: "many quantifiers inside", rest: "property P { always " + each(20, " ", func(i int) string { return fmt.Sprintf("exists a%d in bool:", i) }) + " next x }", want: "more than 65536 operators"},
	{name: "empty quantifiers", rest: "property P { always " + each(7, " ", func(i int) string { return fmt.Sprintf("exists a%d in 0..99 where a%[1]d < 0:", i) }) + " next x }"},
	{name: "quantifiers of nothing", slow: true, rest: "property P { exists a, b, c in 0..99: forall d in 0..c where d < 0: next x }", want: "more than 65536 operators"},
	{name: "large conditions", rest: "property P { forall a in 0..9000: always (" + strings.Repeat("x and ", 900) + "a != 3) }", want: "conditions in properties of runs have more than"},
	{name: "quantifier of a huge type", rest: "property P { forall a in powerset(0..60): always size(a) < 61 }", want: "more than 10000 instances"},
	{name: "fairness of many", rest: "fair for a action A(a: 0..99999) { skip }\nproperty P { eventually x }", want: "assumes more than 10000 times"},
	{name: "events of many", rest: "action A(a: 0..99999) { skip }\nproperty P { forall a in 0..999: eventually happens A(a) }"},
	{name: "assumption", slow: true, rest: "assume forall a, b, c in 0..9999: a + b + c >= 0", want: "assumption has no value"},
}

// Hostile models get an error, a fault or an answer, and soon: those whose evaluations are cut short, with a limit that is lower than the
// usual one unless there is time.
func TestHostile(t *testing.T) {
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			fuel := int64(0)
			if h.want == tooLong && h.fault && !redraw.Thorough() {
				fuel = 1 << 22
			}
			got := timed(t, fstest.MapFS{"h.bh": {Data: []byte(h.source())}}, "h.bh", fuel)
			switch {
			case got.err != nil && (h.fault || h.want == "" || !strings.Contains(got.err.Error(), h.want)):
				t.Errorf("got the error %.300s, want %q", spec.Detail(got.err), h.want)
			case got.err == nil && h.want != "" && !h.fault:
				t.Errorf("got no error, want %s", h.want)
			case h.fault && !strings.Contains(fmt.Sprint(got.faults), h.want):
				t.Errorf("got the faults %.300s, want %s", fmt.Sprint(got.faults), h.want)
			}
		})
	}
}
