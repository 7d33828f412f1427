package coq

import (
	"strconv"
	"strings"
)

// width is how long a line of Coq text may be, as far as terms can be broken; deepest is the column beyond which lines are not indented further.
const (
	width   = 130
	deepest = 90
)

// term is a Coq term: a constructor or a name with arguments, or a list. A note is a comment on it.
type term struct {
	head string
	args []term
	list bool
	note string
}

func call(head string, args ...term) term { return term{head: head, args: args} }

func list(elems []term) term { return term{args: elems, list: true} }

// noted adds a comment, which must not hold the end of one.
func (t term) noted(note string) term {
	t.note = note
	return t
}

// natural is a nat, integer an element of Z.
func natural(n int64) term { return term{head: strconv.FormatInt(n, 10)} }

func integer(n int64) term {
	text := strconv.FormatInt(n, 10)
	if n < 0 {
		text = "(" + text + ")"
	}
	return term{head: text}
}

// option is Some of a term, or None of nil.
func option(t *term) term {
	if t == nil {
		return call("None")
	}
	return call("Some", *t)
}

// flat is the term on one line; inside says that it is an argument.
func (t term) flat(inside bool) string {
	var b strings.Builder
	t.flatten(&b, inside)
	return b.String()
}

func (t term) flatten(b *strings.Builder, inside bool) {
	open, shut := "", ""
	if inside && !t.list && (len(t.args) > 0 || t.note != "") {
		open, shut = "(", ")"
	}
	b.WriteString(open + t.head)
	if t.list {
		b.WriteByte('[')
	}
	for i, a := range t.args {
		switch {
		case !t.list:
			b.WriteByte(' ')
		case i > 0:
			b.WriteString("; ")
		}
		a.flatten(b, !t.list)
	}
	if t.list {
		b.WriteByte(']')
	}
	if t.note != "" {
		b.WriteString(" (* " + t.note + " *)")
	}
	b.WriteString(shut)
}

// write lays the term out, from a column on, and gives what follows it to its last line.
func (t term) write(b *strings.Builder, column int, inside bool, end string) {
	if flat := t.flat(inside); column+len(flat)+len(end) <= width || len(t.args) == 0 {
		b.WriteString(flat + end)
		return
	}
	open, shut, after, apart := "", "", "\n", "\n"
	switch {
	case t.list:
		open, shut, after, apart = "[", "]", " ", ";\n"
	case inside:
		open, shut = "(", ")"
	}
	b.WriteString(open + t.head)
	if t.note != "" {
		b.WriteString(" (* " + t.note + " *)")
		if t.list {
			after = "\n"
		}
	}
	column = min(column+2, deepest)
	for i, a := range t.args {
		switch {
		case i > 0:
			b.WriteString(apart + strings.Repeat(" ", column))
		case after == "\n":
			b.WriteString(after + strings.Repeat(" ", column))
		default:
			b.WriteString(after)
		}
		if i == len(t.args)-1 {
			a.write(b, column, !t.list, shut+end)
		} else {
			a.write(b, column, !t.list, "")
		}
	}
}
