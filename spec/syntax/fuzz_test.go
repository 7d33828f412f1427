package syntax

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// failer is a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// checkLaws checks what holds of every text: Parse gives a tree or one placed error, and Format gives its own fixpoint,
// the same tree and the same comments.
func checkLaws(t failer, src []byte) {
	t.Helper()
	f, err := Parse("fuzz.bh", src)
	if err != nil {
		var es Errors
		if !errors.As(err, &es) || len(es) != 1 {
			t.Fatalf("got the error %#v, want Errors with one in it", err)
		}
		e := es[0]
		if e.Pos.Line < 1 || e.Pos.Column < 1 || e.Pos.Offset > len(src) || e.Msg == "" || strings.Contains(e.Msg, "\n") {
			t.Fatalf("got the error %#v, want a position in the file and a message of one line", e)
		}
		if lines := strings.Split(e.Excerpt(src), "\n"); len(lines) != 2 || !strings.HasSuffix(lines[1], "^") {
			t.Fatalf("got the excerpt %q, want a line and a caret", e.Excerpt(src))
		}
		return
	}
	once, err := Format("fuzz.bh", src)
	if err != nil {
		t.Fatalf("a file that parses does not format: %v\n%s", err, src)
	}
	g, err := Parse("fuzz.bh", once)
	if err != nil {
		t.Fatalf("the formatted file does not parse: %v\n--- source\n%s\n--- formatted\n%s", err, src, once)
	}
	if !Equal(f, g) {
		t.Fatalf("formatting changed the tree\n--- source\n%s\n--- formatted\n%s", src, once)
	}
	if a, b := commentTexts(f), commentTexts(g); a != b {
		t.Fatalf("formatting changed the comments\n--- source\n%s\n--- formatted\n%s", src, once)
	}
	twice, err := Format("fuzz.bh", once)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(once, twice) {
		t.Fatalf("formatting is not stable\n--- source\n%s\n--- once\n%s\n--- twice\n%s", src, once, twice)
	}
	printed := Print(f)
	h, err := Parse("fuzz.bh", printed)
	if err != nil {
		t.Fatalf("the printed tree does not parse: %v\n%s", err, printed)
	}
	if !Equal(f, h) {
		t.Fatalf("printing changed the tree\n--- source\n%s\n--- printed\n%s", src, printed)
	}
}

// commentTexts gives the comments without blanks at the ends of lines, which Format removes.
func commentTexts(f *File) string {
	var b strings.Builder
	for _, c := range f.Comments {
		for l := range strings.SplitSeq(c.Text, "\n") {
			b.WriteString(strings.TrimRight(l, " \t\r") + "\n")
		}
		b.WriteByte(0)
	}
	return b.String()
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.bh")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	for _, c := range errorCases {
		f.Add([]byte(c.src))
	}
	f.Fuzz(func(t *testing.T, src []byte) { checkLaws(t, src) })
}
