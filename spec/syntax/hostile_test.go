package syntax

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Hostile files get an answer, and soon. The times allowed are a multiple of what they take, for slow machines.
func TestHostile(t *testing.T) {
	long := strings.Repeat("a", 1<<20)
	for _, c := range []struct{ name, src, want string }{
		{"brackets", "assume " + strings.Repeat("(", 100_000), "1:264: brackets are nested more than 256 deep"},
		{"mixed brackets", "assume " + strings.Repeat("([{", 100_000), "1:264: brackets are nested more than 256 deep"},
		{"blocks", "init " + strings.Repeat("{ if x ", 100_000), "1:1798: brackets are nested more than 256 deep"},
		{"not", "assume " + strings.Repeat("not ", 1<<18) + "x", "1:8008: the expression is more than 2000 levels"},
		{"minus", "assume " + strings.Repeat("-", 1<<17) + "x", "1:2008: the expression is more than 2000 levels"},
		{"plus", "assume " + strings.Repeat("1+", 1<<19) + "1", "1:4007: the expression is more than 2000 levels deep"},
		{"tokens", "assume f(x" + strings.Repeat(",x", 1<<19) + ")", "1:1048583: the file has more than 1048576 tokens"},
		{"implies", "assume " + strings.Repeat("x implies ", 1<<16) + "x", "the expression is more than 2000 levels"},
		{"forall", "assume " + strings.Repeat("forall x in S: ", 1<<16) + "x", "the expression is more than 2000 levels"},
		{"if", "assume " + strings.Repeat("if a then b else ", 1<<16) + "x", "the expression is more than 2000 levels"},
		{"let", "assume " + strings.Repeat("let a = b: ", 1<<16) + "x", "the expression is more than 2000 levels"},
		{"let values", "assume " + strings.Repeat("let a = ", 1<<16) + "x", "the expression is more than 2000 levels"},
		{"fields", "assume x" + strings.Repeat(".x", 1<<17), "the expression is more than 2000 levels"},
		{"indices", "assume x" + strings.Repeat("[1]", 1<<17), "the expression is more than 2000 levels"},
		{"updates", "assume x" + strings.Repeat(" with {f = 1}", 1<<16), "the expression is more than 2000 levels"},
		{"maps", "type T = " + strings.Repeat("map[K]", 1<<16) + "K", "types are nested more than 256 deep"},
		{"symmetric", "type T = " + strings.Repeat("symmetric ", 1<<16), "want a range"},
		{"else if", "init { if x { skip }" + strings.Repeat(" else if x { skip }", 20_000) + " }", ""},
		{"either", "init { either { skip }" + strings.Repeat(" or { skip }", 20_000) + " }", ""},
		{"arguments", "assume f(x" + strings.Repeat(",x", 200_000) + ")", ""},
		{"statements", "init {" + strings.Repeat("skip;", 50_000) + "}", ""},
		{"semicolons", "assume x" + strings.Repeat(";", 1<<20), ""},
		{"newlines", strings.Repeat("\n", 1<<22), ""},
		{"carriage returns", strings.Repeat("\r", 1<<22), ""},
		{"comments", strings.Repeat("/**/", 1<<18), ""},
		{"size", strings.Repeat(" ", 1<<22+1), "1:1: the file has 4194305 bytes, more than the limit of 4194304"},
		{"name", "const " + long + " = 1", ""},
		{"long name", "const " + long + " 1", "1:1048584: got `1`, want `=`"},
		{"name misplaced", "const A = 1 " + long, "1:13: got `" + long[:40] + "…`, want end of line"},
		{"digits", "const A = " + strings.Repeat("9", 1<<20), "want at most 9223372036854775807"},
		{"string", `import "` + long, "the string is not closed"},
		{"comment", "/*" + long, "the comment `/*` is not closed"},
		{"zeros", strings.Repeat("\x00", 1<<20), "1:1: a NUL byte"},
		{"bytes", strings.Repeat("\xfe", 1<<20), "1:1: invalid UTF-8: byte 0xfe"},
		{"closing", strings.Repeat("}", 1<<17), "1:1: got `}`, want a declaration"},
		{"words", strings.Repeat("model ", 100_000), "1:7: got the keyword `model`, want a name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			_, err := Parse("h.bh", []byte(c.src))
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
			switch {
			case c.want == "" && err != nil:
				t.Errorf("got %.300s, want no error", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %.300s, want %s", fmt.Sprint(err), c.want)
			}
		})
	}
}

// What is long but well-formed is formatted without trouble.
func TestFormatLong(t *testing.T) {
	for _, src := range []string{
		"init { if x { skip }" + strings.Repeat(" else if x { skip }", 5_000) + " }",
		"init " + strings.Repeat("{ if x ", 255) + "{ skip }" + strings.Repeat(" }", 255),
		"init { " + strings.Repeat("if x { skip }; ", 5_000) + "}",
		"assume f(x" + strings.Repeat(",\nx", 20_000) + ")",
		"assume " + strings.Repeat("1+", 1999) + "1",
		"assume " + strings.Repeat("not ", 1998) + "x",
		strings.Repeat("// c\n", 20_000),
		"assume x " + strings.Repeat("/* c */", 20_000),
	} {
		checkLaws(t, []byte(src))
	}
}

func TestCRLF(t *testing.T) {
	unix := "model A // one\n\nstate {\n  x: 0..3 = 1 /* two\nthree */\n  y: bool = any\n}\naction B {\n  x = 2\n}\n"
	a, err := Parse("a.bh", []byte(unix))
	if err != nil {
		t.Fatal(err)
	}
	dos := []byte(strings.ReplaceAll(unix, "\n", "\r\n"))
	b, err := Parse("a.bh", dos)
	if err != nil {
		t.Fatal(err)
	}
	if !Equal(a, b) {
		t.Error("a file with CRLF gives another tree")
	}
	if out, err := Format("a.bh", dos); err != nil || strings.Contains(string(out), "\r") {
		t.Errorf("got %q, %v, want line feeds only", out, err)
	}
	checkLaws(t, dos)
}

// Brackets with nothing in them stay or go, and what follows keeps its place.
func TestFormatEmptyBrackets(t *testing.T) {
	for _, text := range []string{
		"use \"p.bh\" as p { }\ncheck p.P", "use \"p.bh\" as p[i: I] { // none\n}\nhide p.A", "use \"p.bh\" as p {;}; check p.P",
		"acts d(t) = { }\nhide p.A", "acts d(t) = { A() }\nhide p.A", "config c { }\nhide p.A", "state { }\ninit { }\naction A() { }\naction B { A(); p.A() }",
		"property P { always happens A() }\nproperty Q { p ~> q within 1 A() }\nbound B { longest(p until q) <= 1 A() }\nhide p.A",
		"scenario S { }\nscenario T { A(); refuse p.A(); p[1].A() }\nmutant M of A breaks P { }\nhide p.A",
	} {
		checkLaws(t, []byte(text))
		if _, err := Parse("a.bh", []byte(text)); err != nil && !strings.Contains(text, ";}") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
