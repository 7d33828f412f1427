package syntax

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// Error is a mistake in a source file.
type Error struct {
	Pos   Pos
	Msg   string // lower case, without a full stop
	Notes []Note // the other places it is about
}

// Note is a place that an Error is also about.
type Note struct {
	Pos Pos
	Msg string
}

// Error gives file:line:col: message. Notes are left out.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s", e.Pos, e.Msg)
}

// Errors are the mistakes in a source file, in order of position. Parse and later stages return their errors so, also
// when there is one only.
type Errors []*Error

// Error joins the errors by newlines.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the errors one by one.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}

// How much of a long line Excerpt shows on either side of the caret, in characters.
const excerptSide = 60

// excerptBytes is enough for more characters than that, of 4 bytes at most.
const excerptBytes = 4 * (excerptSide + 2)

// Excerpt gives the source line of the error and, under it, a line with a caret; src is the text of the file. There is
// no newline at the end. It is empty where the position lies outside src.
func (e *Error) Excerpt(src []byte) string { return excerpt(e.Pos, src) }

// Excerpt does for the place of a note what Error.Excerpt does for that of an error.
func (n Note) Excerpt(src []byte) string { return excerpt(n.Pos, src) }

func excerpt(pos Pos, src []byte) string {
	if pos.Line < 1 || pos.Offset < 0 || pos.Offset > len(src) {
		return ""
	}
	// What stands further away on a long line is not looked at, so that many excerpts of one do not take long.
	near := src[max(0, pos.Offset-excerptBytes):min(len(src), pos.Offset+excerptBytes)]
	at := min(pos.Offset, excerptBytes)
	start := bytes.LastIndexByte(near[:at], '\n') + 1
	before := []rune(string(near[start:at]))
	after, _, _ := bytes.Cut(near[at:], []byte{'\n'})
	rest := []rune(string(bytes.TrimRight(after, "\r")))
	var line, caret strings.Builder
	if len(before) > excerptSide {
		before = before[len(before)-excerptSide:]
		line.WriteRune('…')
		caret.WriteByte(' ')
	}
	cut := len(rest) > excerptSide
	if cut {
		rest = rest[:excerptSide]
	}
	for _, r := range before {
		line.WriteRune(visible(r))
		if r == '\t' {
			caret.WriteByte('\t') // so that the caret stands right however wide tabs are
		} else {
			caret.WriteByte(' ')
		}
	}
	for _, r := range rest {
		line.WriteRune(visible(r))
	}
	if cut {
		line.WriteRune('…')
	}
	caret.WriteByte('^')
	return line.String() + "\n" + caret.String()
}

// visible replaces what a terminal might act upon.
func visible(r rune) rune {
	if r == '\t' || unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}

// quote gives source text between backquotes, cut when it is long.
func quote(text string) string {
	const most = 40
	if runes := []rune(text[:min(len(text), 4*most+4)]); len(runes) > most {
		return "`" + string(runes[:most]) + "…`"
	}
	return "`" + text + "`"
}
