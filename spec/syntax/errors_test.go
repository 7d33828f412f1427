package syntax

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// errorCases are mistakes, one a file, with their message and, where there is one, its note.
var errorCases = []struct{ src, want, note string }{
	{"model A; model B", "1:10: got a second `model`, want one in a file", "1:1: the first one is here"},
	{"const A = 1; model B", "1:14: `model` must stand before all declarations", ""},
	{"invarient X { a }", "1:1: got `invarient`, want a declaration: did you mean `invariant`?", ""},
	{"modle X", "1:1: got `modle`, want a declaration: did you mean `model`?", ""},
	{"observe tenant { x }", "1:16: got `{`, want `(`", ""},
	{"observe tenant(t: T) { }", "1:24: got `}`, want an expression", ""},
	{"acts tenant(t) { A }", "1:16: got `{`, want `=`", ""},
	{"acts tenant(t) = { A where }", "1:28: got `}`, want an expression", ""},
	{"isolated { t, u in T }", "1:10: got `{`, want a name", ""},
	{`use "a.bh"`, "1:11: got end of line, want `as`", ""},
	{`use "a.bh" as a[]`, "1:17: got `]`, want a parameter", ""},
	{`use "a.bh" as a { N }`, "1:21: got `}`, want `=`", ""},
	{"hide", "1:5: got end of file, want a name", ""},
	{"check a.", "1:9: got end of file, want a name", ""},
	{"check a.* b", "1:11: got `b`, want end of line", ""},
	{"action A { a[].B() }", "1:15: got an empty index, want an expression in `[ ]`", ""},
	{"action A { a.B }", "1:16: got an expression, want a statement: `=`, `+=` or `-=` is missing", ""},
	{"scenario S { a[1](2) }", "1:18: got `(`, want `.`", ""},
	{"type T = a.B.3", "1:14: got `3`, want a name", ""},
	{`refines "a.bh" as A`, "1:20: got end of line, want `{`", ""},
	{`refines "a.bh" as A { A.x }`, "1:27: got `}`, want `=`", ""},
	{"action A prob 3 { skip }", "1:10: probabilities (`prob`) are not built yet", ""},
	{"const rate = 3", "1:7: rates (`rate`) are not built yet, and their word cannot be a name", ""},
	{"state { rate: bool = true }", "1:9: rates (`rate`) are not built yet, and their word cannot be a name", ""},
	{"assume a < b < c", "1:14: comparisons do not chain: got `<` after `<`, want `and` between two comparisons, or parentheses", ""},
	{"assume a not in b == c", "1:19: comparisons do not chain: got `==` after `not in`, want `and` between two comparisons, or parentheses", ""},
	{"assume a == b in c", "1:15: comparisons do not chain: got `in` after `==`, want `and` between two comparisons, or parentheses", ""},
	{"assume a = b", "1:10: got `=`, want `==`: `=` does not compare", ""},
	{"action A when x = 3 { skip }", "1:17: got `=`, want `==`: `=` does not compare", ""},
	{"invariant X { x = 3 }", "1:17: got `=`, want `==`: `=` does not compare", ""},
	{"assume a && b", "1:10: got `&&`, want `and`", ""},
	{"assume a || b", "1:10: got `||`, want `or`", ""},
	{"assume !a", "1:8: got `!`, want `not`", ""},
	{"assume a => b", "1:10: got `=>`, want `implies`", ""},
	{"assume a <=> b", "1:10: got `<=>`, want `iff`", ""},
	{"const N := 3", "1:9: got `:=`, want `=`", ""},
	{"assume a <> b", "1:10: got `<>`, want `!=`", ""},
	{"property P { a ~> b ~> c }", "1:21: `~>` does not chain: want parentheses around one of the two", ""},
	{"property P { a == always b }", "1:19: `always` binds looser than the operator before it: want parentheses around `always`", ""},
	{"property P { a weak b }", "1:21: got `b`, want `until`", ""},
	{"property P { a ~> b within 3 and c }", "1:30: got `and` after `within`: want parentheses around `p ~> q within n`", ""},
	{"property P { a within 3 }", "1:16: got `within`, want `}`", ""},
	{"property P { a ~> b within }", "1:28: got `}`, want an expression", ""},
	{"property P { happens A(1 }", "1:26: got `}`, want `)`", "1:23: to close this `(`"},
	{"bound B { forall v in V longest(a until b) <= 3 }", "1:25: got `longest`, want `:`", ""},
	{"bound B { longest(a until b) <= 3 4 }", "1:35: got `4`, want `}`", ""},
	{"const next = 3", "1:7: got the keyword `next`, want a name", ""},
	{"assume 1..2..3", "1:12: ranges do not chain: got a second `..`", ""},
	{"const state = 3", "1:7: got the keyword `state`, want a name", ""},
	{"action A { state = 3 }", "1:12: got the keyword `state`, want a statement or `}`", ""},
	{"action A(v: V) { x = 1 } when v > 2", "1:26: `when` stands before the body: `action A when condition { … }`", ""},
	{"action A {\n  x = 1\n}\nwhen v > 2", "4:1: `when` stands before the body: `action A when condition { … }`", ""},
	{"const N 3", "1:9: got `3`, want `=`", ""},
	{"const N =", "1:10: got end of file, want an expression", ""},
	{"const = 3", "1:7: got `=`, want a name", ""},
	{"const N = 3 4", "1:13: got `4`, want end of line", ""},
	{"action A { x == 3 }", "1:19: got a comparison, want a statement: `=` assigns, `==` compares", ""},
	{"action A { tick }", "1:17: got an expression, want a statement: `=`, `+=` or `-=` is missing", ""},
	{"action A { skip; x }", "1:20: got an expression, want a statement: `=`, `+=` or `-=` is missing", ""},
	{"action A { chose x in S { skip } }", "1:18: got `x` after `chose`, want `=`, `+=` or `-=`: did you mean `choose`?", ""},
	{"action A { skip skip }", "1:17: got `skip`, want end of line or `}`", ""},
	{"action A { x = 1", "1:17: got end of file, want a statement or `}`", "1:10: this `{` is not closed"},
	{"action A {\n  x = 1\naction B { skip }", "3:1: got the keyword `action`, want a statement or `}`", "1:10: this `{` is not closed"},
	{"action A\n{\n  skip\n}", "1:9: got end of line, want `{` on the same line", ""},
	{"action A { if x { skip } els { skip } }", "1:26: got `els`, want end of line or `}`: did you mean `else`?", ""},
	{"action A { either { skip } }", "1:28: got `}`, want `or`", ""},
	{"action A { match x { } }", "1:22: got `}`, want a pattern", ""},
	{"action A { x = match y { } }", "1:26: got `}`, want a pattern", ""},
	{"action A { x = any }", "1:16: `any` stands only as the whole initialiser of a state variable", ""},
	{"action A { f(x) = 3 }", "1:12: got an expression, want a variable, an element or a field to assign to", ""},
	{"action A { x + 1 = 3 }", "1:12: got an expression, want a variable, an element or a field to assign to", ""},
	{"action A { none = 3 }", "1:12: got `none`, want a variable, an element or a field to assign to", ""},
	{"action A { none[2] = 3 }", "1:12: got `none`, want a variable, an element or a field to assign to", ""},
	{"init = { skip }", "1:6: got `=`, want `{`", ""},
	{"action { skip }", "1:8: got `{`, want a name", ""},
	{"state { x: bool }", "1:17: got `}`, want `=`", ""},
	{"state { x = 3 }", "1:11: got `=`, want `:`", ""},
	{"state { 3 }", "1:9: got `3`, want a variable or `}`", ""},
	{"state { x: bool = true y: bool = false }", "1:24: got `y`, want end of line or `}`", ""},
	{"state { x: 0..3 = any + 1 }", "1:23: got `+`, want end of line or `}`", ""},
	{"func f(x: T) = 3", "1:14: got `=`, want a type", ""},
	{"func f(5) int = 3", "1:8: got `5`, want a parameter or `)`", ""},
	{"func f(x T) int = 3", "1:10: got `T`, want `:`", ""},
	{"if x { skip }", "1:1: got `if`, want a declaration: statements stand in the braces of an action or of `init`", ""},
	{"}", "1:1: got `}`, want a declaration", ""},
	{"x = 3", "1:1: got `x`, want a declaration", ""},
	{"bound B { max(x) == 3 }", "1:18: got `==`, want `<=`, `<`, `>=` or `>`", ""},
	{"bound B { sum(x) <= 3 }", "1:11: got `sum`, want `max`, `min` or `longest`", ""},
	{"mutant M of A", "1:14: got end of line, want `breaks`", ""},
	{"mutant M of A breaks P", "1:1: a mutant must have a guard, a body or both", ""},
	{"mutant M of A breaks A. when x", "1:25: got the keyword `when`, want a name", ""},
	{"scenario S { A(1) B(2) }", "1:19: got `B`, want end of line or `}`", ""},
	{"scenario S { const }", "1:14: got the keyword `const`, want an action or `}`", ""},
	{"scenario S { expect }", "1:21: got `}`, want an expression", ""},
	{"config c { N 3 }", "1:14: got `3`, want `=`", ""},
	{"config c { 3 }", "1:12: got `3`, want a constant or `}`", ""},
	{"import foo", "1:8: got `foo`, want a path in quotes", ""},
	{`import "a\b"`, "1:10: got `\\`, want a path with `/`: strings have no escapes", ""},
	{`import "abc`, "1:8: the string is not closed by `\"` on its line", ""},
	{"invariant X { a b }", "1:17: got `b`, want `}`", ""},
	{"invariant X {}", "1:14: got `}`, want an expression", ""},
	{"assume x.state", "1:10: got the keyword `state`, want a name", ""},
	{"assume f(1, 2", "1:14: got end of file, want `,` or `)`", "1:9: this `(` is not closed"},
	{"assume f(1, 2]", "1:14: got `]`, want `)`", "1:9: to close this `(`"},
	{"assume {x, y in S | p}", "1:19: got `|` after several expressions, want one binder: `{x in S | condition}`", ""},
	{"assume {1 | p}", "1:11: got `|` after an expression, want it after `x in S`: `{x in S | condition}`", ""},
	{"assume {1 in S | p}", "1:9: got an expression, want a name before `in`: `{x in S | condition}`", ""},
	{"assume {x in S | p, q}", "1:19: got `,`, want `}`", ""},
	{"assume {a = 1, 2}", "1:16: got `2`, want a name", ""},
	{"assume {a -> 1, b}", "1:18: got `}`, want `->`", ""},
	{"assume {x for x in S, p}", "1:24: got `}`, want `in`", ""},
	{"assume a == not b", "1:13: `not` binds looser than the operator before it: want parentheses around the negation", ""},
	{"assume 5(3)", "1:9: got `(`, want an operator: only a name can be called", ""},
	{"assume x[]", "1:9: got an empty index, want an expression in `[ ]`", ""},
	{"assume x with {}", "1:17: got `with {}`, want at least one change", ""},
	{"assume x with {3}", "1:16: got `3`, want a field or `[`", ""},
	{"assume m is 5", "1:13: got `5`, want a constructor", ""},
	{"assume some", "1:12: got end of line, want `(`", ""},
	{"assume 1.5", "1:8: got a fraction, want a whole number", ""},
	{"assume 99999999999999999999", "1:8: got `99999999999999999999`, want at most 9223372036854775807", ""},
	{"assume 1__0", "1:8: got `1__0`, want single `_` between digits", ""},
	{"assume 12ab", "1:8: got `12ab`, want a number or a name", ""},
	{"assume x # y", "1:10: got the character `#`, which means nothing here", ""},
	{"assume x @ y", "1:10: got the character `@`, which means nothing here", ""},
	{"assume é", "1:8: got the character 'é', want ASCII outside comments and strings", ""},
	{"assume x /* abc", "1:10: the comment `/*` is not closed by `*/`", ""},
	{"assume a\x00b", "1:9: a NUL byte", ""},
	{"assume \"a\x01b\"", "1:10: a control character: U+0001", ""},
	{"assume \xff", "1:8: invalid UTF-8: byte 0xff", ""},
	{"// \xc3(", "1:4: invalid UTF-8: byte 0xc3", ""},
	{"\ufeffmodel A", "1:1: the file begins with a byte order mark: save it as UTF-8 without one", ""},
	{"type T = enum { a b }", "1:19: got `b`, want `,` or `}`", ""},
	{"type T = enum {}", "1:16: got `}`, want a name", ""},
	{"type T = set[bool", "1:18: got end of file, want `]`", "1:13: this `[` is not closed"},
	{"type T = seq[bool]", "1:18: got `]`, want `,` and the greatest size", ""},
	{"type T = record { a: bool b: bool }", "1:27: got `b`, want `,`, a new line or `}`", ""},
	{"type T = union { A B }", "1:20: got `B`, want `|` or `}`", ""},
	{"type T = union { A() }", "1:20: got `)`, want a name", ""},
	{"type T = 3", "1:11: got end of line, want `..` and the upper end of the range", ""},
	{"type T = 1..2..3", "1:14: ranges do not chain: got a second `..`", ""},
	{"type T = symmetric bool", "1:24: got end of line, want `..` and the upper end of the range", ""},
	{"type T =", "1:9: got end of file, want a type", ""},
	{"let x = 3", "1:1: got `let`, want a declaration: statements stand in the braces of an action or of `init`", ""},
	{"fair A {}", "1:6: got `A`, want `action`", ""},
	{"fair for action A {}", "1:10: got the keyword `action`, want a name", ""},
	{"assume pick x, y in S", "1:14: got `,`, want one name: `pick x in S where condition`", ""},
	{"assume pick x in S, y in T", "1:19: got `,`, want end of line", ""},
	{"assume forall x, y: p", "1:19: got `:`, want `in`", ""},
	{"assume forall x in S p", "1:22: got `p`, want `:`", ""},
	{"assume if a then b", "1:19: got end of line, want `else`", ""},
	{"assume let x: 3", "1:13: got `:`, want `=`", ""},
	{"assume match x { A -> 1 B -> 2 }", "1:25: got `B`, want `|`, a new line or `}`", ""},
	{"assume a and", "1:13: got end of file, want an expression", ""},
	{"assume (a", "1:10: got end of file, want `)`", "1:8: this `(` is not closed"},
	{"assume a)", "1:9: got `)`, want end of line", ""},
	{"assume old x", "1:12: got `x`, want `(`", ""},
	{"bouund X { max(a) <= 3 }", "1:1: got `bouund`, want a declaration: did you mean `bound`?", ""},
}

func TestErrors(t *testing.T) {
	for _, c := range errorCases {
		_, err := Parse("e.bh", []byte(c.src))
		var es Errors
		if !errors.As(err, &es) || len(es) != 1 {
			t.Errorf("%q: got the error %v, want Errors with one in it", c.src, err)
			continue
		}
		if got := es.Error(); got != "e.bh:"+c.want {
			t.Errorf("%q:\n got %s\nwant e.bh:%s", c.src, got, c.want)
		}
		note := ""
		for _, n := range es[0].Notes {
			note += fmt.Sprintf("%d:%d: %s", n.Pos.Line, n.Pos.Column, n.Msg)
		}
		if note != c.note {
			t.Errorf("%q: got the note %q, want %q", c.src, note, c.note)
		}
	}
}

// Each reserved word is refused by name wherever it stands.
func TestReservedWords(t *testing.T) {
	for word := range reserved {
		for _, src := range []string{word, "assume " + word, "assume x " + word, "init { " + word + " }", "state { " + word} {
			_, err := Parse("e.bh", []byte(src))
			if err == nil || !strings.Contains(err.Error(), "(`"+word+"`) are not built yet") {
				t.Errorf("%q: got %v, want that `%s` is not built yet", src, err, word)
			}
		}
	}
}

// Keywords are never names.
func TestKeywordsAreNotNames(t *testing.T) {
	for word := range keywords {
		_, err := Parse("e.bh", []byte("const "+word+" = 1"))
		if want := "e.bh:1:7: got the keyword `" + word + "`, want a name"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestFirstErrorWins(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"const = 3\nassume #", "e.bh:1:7: got `=`, want a name"},
		{"assume #\nconst = 3", "e.bh:1:8: got the character `#`, which means nothing here"},
		{"assume (\nconst # = 3", "e.bh:2:1: got the keyword `const`, want an expression"},
	} {
		if _, err := Parse("e.bh", []byte(c.src)); err == nil || err.Error() != c.want {
			t.Errorf("%q: got %v, want %s", c.src, err, c.want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	long := "assume " + strings.Repeat("x", 93) + "#" + strings.Repeat("y", 100)
	for _, c := range []struct{ src, want string }{
		{"const A = 1\n\tassume é # x\nconst B = 2", "\tassume é # x\n\t       ^"},
		{"assume é\r\n", "assume é\n       ^"},
		{"assume a /* é */ #", "assume a /* é */ #\n                 ^"},
		{long, "…" + strings.Repeat("x", 60) + "#" + strings.Repeat("y", 59) + "…\n" + strings.Repeat(" ", 61) + "^"},
		{"assume \xff", "assume \uFFFD\n       ^"},
		{"assume", "assume\n      ^"},
	} {
		_, err := Parse("e.bh", []byte(c.src))
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("%q: got the error %v, want an *Error", c.src, err)
		}
		if got := e.Excerpt([]byte(c.src)); got != c.want {
			t.Errorf("%q: got the excerpt\n%s\nwant\n%s", c.src, got, c.want)
		}
	}
	if got := (&Error{Pos: Pos{Line: 3, Offset: 99}}).Excerpt([]byte("x")); got != "" {
		t.Errorf("got the excerpt %q of a position outside the source, want none", got)
	}
}

func TestErrorsUnwrap(t *testing.T) {
	first := &Error{Pos: Pos{Filename: "a.bh", Line: 1, Column: 2}, Msg: "one"}
	es := Errors{first, {Pos: Pos{Filename: "a.bh", Line: 3, Column: 4}, Msg: "two"}}
	var e *Error
	if !errors.As(error(es), &e) || e != first {
		t.Errorf("got %v out of Errors, want the first", e)
	}
	if got, want := es.Error(), "a.bh:1:2: one\na.bh:3:4: two"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
