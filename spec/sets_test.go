package spec_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/spec"
)

// Each must be true, without a fault: what a set of integers is compared or combined with never matters to whether it has
// a value. s is {1}, n is 0, o is none, ss is {{1}}, far() is 10^12 and the type of s is set[0..2].
var mixedSets = `
({ x + 5 for x in s } union { x + 6 for x in s }) != s
({ x + 5 for x in s } union {6}) != s
({5} union { x + 6 for x in s }) != s
({5} union {6}) != s
{5, 6} != s
{n + 5, 6} != s
({n + 5} union {6}) != s
({n + 5} union {n + 6}) != s
({n + 5} minus {n + 6}) != s
({n + 5} intersect {n + 6}) != s
({ x + 5 for x in s } union s) != s
({ x + 5 for x in s } minus { x + 6 for x in s }) != s
({ x + 5 for x in s } intersect { x + 5 for x in s }) != s
(if n == 0 then { x + 5 for x in s } else {}) != s
(if n == 1 then { x + 5 for x in s } else {}) != s
(if n == 0 then { x + 5 for x in s } else { x + 6 for x in s }) != s
(let k = n: { x + k + 5 for x in s }) != s
{ x + 5 for x in s } != s
(match o { some(v) -> {v + 4} | none -> { x + 5 for x in s } }) != s
{ x in { y + 5 for y in s } | x > 0 } != s
s subset ({ x for x in s } union { x + 6 for x in s })
not (({ x + 5 for x in s } union { x + 6 for x in s }) subset s)
6 in ({ x + 5 for x in s } union { x + 6 for x in s })
({ x + 5 for x in s } union { x + 6 for x in s }) == {n + 6, 7}
{n + 6} union {n + 7} == { x + 5 for x in s } union { x + 6 for x in s }
(s union ({ x + 5 for x in s } union { x + 6 for x in s })) == {1, 6, 7}
(({ x + 5 for x in s } union { x + 6 for x in s }) minus s) == {6, 7}
(s minus ({ x + 5 for x in s } union { x + 6 for x in s })) == s
(s intersect 1..9) == s and (s minus {n - 1, n + 9}) == s
(2..5 union s) != s and s != 2..5 and s subset 1..9 and not (1..9 subset s)
{n + 7} not in ss and {7} not in ss and {n + 1} in ss and {1} in ss
(count x in 0..9: {x} in ss) == 1
s in {{n + 1}, {7}} and s not in {{7}, {n + 8}} and s in { {x} for x in 0..9 }
{n + 7} not in powerset(s) and s in powerset(0..9) and {n + 9} not in powerset(s union {7})
s != {far()} and not ({far()} subset s) and s subset {far(), 1} and {far()} != s union {0} minus {1}
s == s minus {far()} and s intersect {far()} == {} and {n + 1} minus {far()} == s
s == {1, far()} intersect s and (s union {far()}) != s and {far()} not in ss and (if n == 0 then {far()} else s) != s
{n + 100000} != s and { x * 100000 for x in 0..2 } != s and { x * 100000 for x in 0..2 } intersect {0, 1} == {0}
{-far()} != {0} and {-far(), 1} intersect 0..9 == s
size({n + 5} union {n + 70}) == 2 and max({n + 5} union s) == 5 and (sum x in s union {n + 5}: x) == 6
big != small and small subset big union small and not (big subset small) and big minus small == big
{ {x} for x in s } == {{1}} and {{n + 7}, {1}} == {{1}, {7}}
`

const mixedModel = `model Mixed
state {
  s:     set[0..2]          = {1}
  n:     0..3               = 0
  o:     option[0..2]       = none
  ss:    set[set[0..2]]     = {{1}}
%s}
func far() int = 1000000 * 1000000 + n
action A { skip }
invariant I { %s }
`

// mixedLarge are the variables that make a state large.
const mixedLarge = `  big:   set[70000..130000] = {70001}
  small: set[0..60000]      = {1}
`

func load(t *testing.T, src string) *spec.Program {
	t.Helper()
	p, err := spec.Load(fstest.MapFS{"m.bh": {Data: []byte(src)}}, "m.bh")
	if err != nil {
		t.Fatalf("%s\n%s", spec.Detail(err), src)
	}
	return p
}

func search(t *testing.T, src string) *checker.Result {
	t.Helper()
	res, err := checker.Check(context.Background(), load(t, src), checker.Config{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestSetsOfIntegersCombineFreely(t *testing.T) {
	for _, cond := range strings.Split(strings.TrimSpace(mixedSets), "\n") {
		large := ""
		if strings.Contains(cond, "big") {
			large = mixedLarge
		}
		src := fmt.Sprintf(mixedModel, large, cond)
		agree(t, fstest.MapFS{"m.bh": {Data: []byte(src)}}, "m.bh", 10, 200)
		res := search(t, src)
		for _, p := range res.Properties {
			if p.Verdict != checker.Holds {
				t.Errorf("%s: %s: got %v", cond, p.Property.Name, p.Verdict)
			}
		}
	}
}

// What is stored, passed or returned must fit, element by element; what minus and intersect leave out need not.
func TestOnlyStoringASetNarrowsIt(t *testing.T) {
	const head = `model Stored
state { s: set[0..2] = {1}; n: 0..3 = 0 }
func far() int = 1000000 * 1000000 + n
func passed(x: set[0..2]) bool = x == s
func made() set[0..2] = {n + 1} minus {n + 8}
`
	for body, fault := range map[string]string{
		"s = {n + 1} union s":                     "",
		"s = {n + 1, n + 9} minus {9}":            "",
		"s = {far(), 1} intersect {n, 1}":         "",
		"s = s minus {far()}":                     "",
		"when passed(made())":                     "",
		"s = {n + 7}":                             "value 7 is outside 0..2",
		"s = s union {far()}":                     "value 1000000000000 is outside 0..2",
		"s = { x + 5 for x in s }":                "value 6 is outside 0..2",
		"s = s minus {n} union {n + 3}":           "value 3 is outside 0..2",
		"s = {n + 7} intersect {7}":               "value 7 is outside 0..2",
		"when passed({n + 7})":                    "value 7 is outside 0..2",
		"s = if n == 0 then {n + 7} else {}":      "value 7 is outside 0..2",
		"let x = {n + 7}; s = x":                  "value 7 is outside 0..2",
		"let x = {n + 7}; when x != s; n = 0":     "",
		"let x: set[0..3] = {n + 7}; n = size(x)": "value 7 is outside 0..3",
	} {
		src := head + "action A { " + body + " }\n"
		agree(t, fstest.MapFS{"m.bh": {Data: []byte(src)}}, "m.bh", 10, 200)
		got := ""
		for _, p := range search(t, src).Properties {
			if p.Property.Name == "fault" {
				got = p.Message
			}
		}
		if got != fault {
			t.Errorf("%s: got %q, want %q", body, got, fault)
		}
	}
}

// A membership that is taken apart is shown as it is written.
func TestMembershipReadsAsWritten(t *testing.T) {
	res := search(t, `model M
state { n: 0..3 = 0; ss: set[set[0..2]] = {{1}} }
action A { skip }
invariant I { {n + 7} in ss implies n > 7 }
invariant J { not ({n + 1} in ss) }
`)
	for _, f := range res.Properties {
		switch f.Property.Name {
		case "I":
			if want := []string{"{n + 7} in ss"}; !slices.Equal(f.Vacuous, want) {
				t.Errorf("got the antecedents %q, want %q", f.Vacuous, want)
			}
		case "J":
			var got []string
			for _, p := range f.Parts {
				got = append(got, p.Text)
			}
			if want := []string{"{n + 1} in ss", "{n + 1}", "n + 1", "n", "ss"}; !slices.Equal(got, want) {
				t.Errorf("got the parts %q, want %q", got, want)
			}
		}
	}
}
