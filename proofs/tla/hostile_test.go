package tla_test

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/bulkheadlang/bulkhead/proofs/tla"
	"github.com/bulkheadlang/bulkhead/spec"
)

// written exports a model in a few lines, and has it be one by grammar and names.
func written(t *testing.T, src string) (*spec.Program, *tla.Module) {
	t.Helper()
	p, err := spec.Load(fstest.MapFS{"m.bh": &fstest.MapFile{Data: []byte(src)}}, "m.bh")
	if err != nil {
		t.Fatal(err)
	}
	m, err := tla.Export(p.IR(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := well(m); err != nil {
		t.Fatalf("%v\n%s\n%s", err, m.Text, m.Config)
	}
	return p, m
}

// TestWays has conditions of steps be one value: a part of a disjunction has none where one before it is true, and TLC evaluates all ways of a step.
func TestWays(t *testing.T) {
	const model = `model Ways
type Item = 1..2
state { q: seq[Item, 2] = []; n: 0..3 = 0; m: map[Item]bool = false }
func starts(x: Item) bool = size(q) == 0 or head(q) == x
func started() bool = size(q) == 0 or head(q) == 1
func first() option[Item] = if size(q) == 0 then none else some(head(q))
action Push(x: Item) when size(q) < 2 { q = append(q, x) }
action Pop() when size(q) > 0 { q = tail(q) }
%s
terminal { true }
`
	for _, action := range []string{
		"action A(x: Item) when size(q) == 0 or head(q) == x { n = 1 }",
		"action A(x: Item) when n < 2 and (size(q) == 0 or head(q) == x) { n = 1 }",
		"action A(x: Item) when starts(x) { n = 1 }",
		"action A() when started() { n = 1 }",
		"action A(x: Item) when n == 0 implies size(q) == 0 or head(q) == x { n = 1 }",
		"action A() when forall x in Item: size(q) == 0 or head(q) >= x { n = 1 }",
		"action A() when exists x in Item: size(q) == 0 or head(q) == x { n = 1 }",
		"action A(x: Item) when not (size(q) > 0 and head(q) == x) { n = 1 }",
		"action A(x: Item) { when size(q) == 0 or head(q) == x; n = 1 }",
		"action A(x: Item) { let b = size(q) == 0 or head(q) == x; when b; m[x] = b }",
		"action A() { choose x in Item where size(q) == 0 or head(q) == x { n = x } }",
		"action A() { choose x in Item where m[x] or size(q) == 0 or head(q) == x { m[x] = true } }",
		"action A(x: Item) { if size(q) == 0 or head(q) == x { when n < 2; n = 2 } else { when m[x] } }",
		"action A(x: Item) { if n == 0 or size(q) == 0 or head(q) == x { n = 2 } else { when false } }",
		"action A() { for x in Item where size(q) == 0 or head(q) == x { either { n = x } or { m[x] = true } } }",
		"action A(x: Item) when (if n == 0 then size(q) == 0 or head(q) == x else m[x]) { n = 1; m[x] = true }",
		"action A(x: Item) when match first() { none -> true | some(y) -> y == x } { n = 1 }",
		"action A() when size(q) == 0 or m[head(q)] { n = 1; m[1] = true }",
		"action A() when n < 3 { n = n + 1 }\nterminal { size(q) == 0 or head(q) == 1 }",
	} {
		p, m := written(t, fmt.Sprintf(model, action))
		if done, err := same(p, m); err != nil || !done {
			t.Errorf("%s: compared: %v, %v\n%s", action, done, err, m.Text)
		}
	}
}

// TestHostile exports what TLC has no words for, or has itself.
func TestHostile(t *testing.T) {
	for _, src := range []string{
		"model Still\nstate { x: 0..2 = any }",
		"model Still\nstate { x: 0..2 = any }\nterminal { x > 0 }",
		"model Signs\nconst N = -3\nconst BIG = 5_000_000_000\nstate { x: -5..3 = N }\naction A() when x < 0 { x = x + 1 }\ninvariant Small { x < 2 }\nterminal { x == 0 }",
		"model Sequences\nstate { Len: seq[1..2, 1] = [] }\naction Next() when size(Len) == 0 { Len = [1] }\nterminal { true }",
		"model LAMBDA\ntype STRING = enum { IF, TRUE }\nstate { vars: STRING = IF }\naction UNCHANGED() { vars = TRUE }",
		"model Products\ntype One = 1..1\nstate { m: map[1..2, One, 1..2]bool = false }\naction A(i, k: 1..2) { m[i, 1, k] = true }",
	} {
		p, m := written(t, src)
		if done, err := same(p, m); err != nil || !done {
			t.Errorf("%s\ncompared: %v, %v\n%s", src, done, err, m.Text)
		}
	}
}
