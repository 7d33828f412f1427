package syntax

import (
	"bytes"
	"fmt"
	"math"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"
)

// How the canonical layout looks.
const (
	indentWidth  = 2   // of a block, in columns
	continuation = 4   // of the later lines of a statement
	lineWidth    = 120 // to which a block may stand on one line
)

// Format gives the canonical layout of a source file. The result parses to the same tree, keeps every comment, and is
// its own canonical layout. The error is that of Parse.
//
// Where the source breaks a line between two operands, two items of a list or two clauses of a declaration, the result
// breaks it too; a block stays on one line when it was on one and fits 120 columns. Blank lines between
// declarations and between statements stay, but never more than one.
func Format(name string, src []byte) ([]byte, error) {
	f, s, err := parse(name, src)
	if err != nil {
		return nil, Errors{err}
	}
	p := &printer{tokens: s.tokens, closers: s.closers, comments: f.Comments}
	p.file(f)
	if p.lost != "" {
		return nil, fmt.Errorf("%s: the formatter lost its place before %s, which is a mistake in it", name, quote(p.lost))
	}
	return p.finish(), nil
}

// Print gives the text of a tree in the canonical layout, without comments and without regard to how its source, if any,
// broke lines. Where the tree groups otherwise than precedence would, it must hold Paren nodes.
func Print(f *File) []byte {
	p := &printer{}
	p.file(f)
	return p.finish()
}

// ExprText gives an expression on one line.
func ExprText(x Expr) string {
	p := &printer{}
	p.expr(x)
	return string(p.out)
}

// BindersText gives what a quantifier goes through, `a in S where w`, on one line.
func BindersText(b *Binders, where Expr) string {
	p := &printer{}
	p.binders(b)
	p.where(where)
	return strings.TrimSpace(string(p.out))
}

// CallText gives an action with its arguments on one line.
func CallText(c *ActionCall) string {
	p := &printer{}
	p.actionCall(c)
	return string(p.out)
}

// TypeText gives a type on one line.
func TypeText(t TypeExpr) string {
	p := &printer{}
	p.typ(t)
	return string(p.out)
}

// printer writes a tree token by token. When it has the tokens of the source it walks along them, so that it knows
// which comments and which line breaks stand before each token that it writes.
type printer struct {
	out      []byte
	column   int // characters on this line
	tokens   []lexer.Token
	next     int         // the source token after the last one written
	closers  map[int]Pos // as in scanner
	comments []Comment   // those not written yet
	line     int         // of the source, where the last thing written ends
	lost     string      // the token that was not found in the source

	indent     int       // of the statement being written
	lineIndent int       // of the line being written
	brackets   []bracket // open inside the statement
	inExpr     int       // above 0, source line breaks stay wherever there is a space

	due

	first    *int // if not nil, where to note the place in the text of the next token
	flat     int  // above 0, blocks stand on one line
	overflow bool // a line that had to be flat was too long
}

// due is what is to come before the next token.
type due struct {
	space   bool // a space
	soft    bool // a line break where the source has one
	newLine bool // a line break between statements, with a blank line where the source has one
	noBlank bool // but no blank line
	must    bool // a line break, because a // comment was written
	item    bool // an item of the innermost bracket
	hard    bool // a line break inside a bracket
	outdent bool // if there is a line break, no continuation
	ownLine bool // nothing: the last thing written is a comment that began its line
}

// bracket is an open bracket. The items of a broken one begin on lines of their own.
type bracket struct {
	base   int // the indentation of the line that it is on
	broken bool
	single bool // it holds one item, whose later lines need not stand out from others
}

// finish gives the text.
func (p *printer) finish() []byte {
	p.newLine = true
	p.flush(math.MaxInt)
	if len(p.out) == 0 {
		return nil
	}
	p.out = append(p.out, '\n')
	return align(p.out)
}

func (p *printer) write(text string) {
	if p.overflow {
		return
	}
	p.out = append(p.out, text...)
	p.column += utf8.RuneCountInString(text)
	if p.flat > 0 && p.column > lineWidth {
		p.overflow = true
	}
}

func (p *printer) breakLine(indent int, blank bool) {
	if len(p.out) == 0 {
		return
	}
	p.out = append(bytes.TrimRight(p.out, " "), '\n')
	if blank {
		p.out = append(p.out, '\n')
	}
	p.out = append(p.out, strings.Repeat(" ", indent)...)
	p.column, p.lineIndent = indent, indent
}

// continued is the indentation of a further line of the statement.
func (p *printer) continued() int {
	n := len(p.brackets)
	switch {
	case n > 0 && p.brackets[n-1].broken && (p.item || p.brackets[n-1].single):
		return p.brackets[n-1].base + indentWidth
	case n > 0 && p.brackets[n-1].broken:
		return p.brackets[n-1].base + indentWidth + continuation
	case n > 0:
		return p.brackets[n-1].base + continuation
	case p.outdent:
		return p.indent
	}
	return p.indent + continuation
}

// peek gives the index of the source token that comes next, or -1 without a source.
func (p *printer) peek() int {
	i := p.next
	for i < len(p.tokens) && p.tokens[i].Value == ";" {
		i++
	}
	if i >= len(p.tokens) {
		return -1
	}
	return i
}

// find gives the index of the next source token, which must be text, or -1 without a source. Separators that the layout
// chooses by itself are passed over.
func (p *printer) find(text string) int {
	if p.tokens == nil {
		return -1
	}
	for i := p.next; i < len(p.tokens); i++ {
		switch t := p.tokens[i].Value; {
		case t == text:
			return i
		case t != ";" && t != "," && t != "|":
			i = len(p.tokens)
		}
	}
	if p.lost == "" {
		p.lost = text
	}
	return -1
}

// put writes a token, after what is due before it.
func (p *printer) put(text string) {
	var t *lexer.Token
	if i := p.find(text); i >= 0 {
		t, p.next = &p.tokens[i], i+1
		p.flush(t.Pos.Offset)
	}
	later := t != nil && t.Pos.Line > p.line
	switch {
	case p.newLine && p.ownLine && !later && !p.must:
		p.write(" ") // the statement stood on the line of the comment
	case p.newLine:
		p.breakLine(p.indent, later && t.Pos.Line > p.line+1 && !p.noBlank)
	case p.must, p.hard, later && p.space && (p.soft || p.inExpr > 0):
		p.breakLine(p.continued(), false)
	case p.space && len(p.out) > 0:
		p.write(" ")
	}
	p.due = due{}
	if p.first != nil {
		*p.first, p.first = len(p.out), nil
	}
	p.write(text)
	if t != nil {
		p.line = t.Pos.Line
	}
}

// flush writes the comments before a byte offset of the source.
func (p *printer) flush(offset int) {
	for len(p.comments) > 0 && p.comments[0].Pos.Offset < offset {
		c := p.comments[0]
		p.comments = p.comments[1:]
		later := c.Pos.Line > p.line
		block := strings.HasPrefix(c.Text, "/*")
		switch {
		case len(p.out) == 0:
			p.ownLine = true
		case later && p.newLine:
			p.breakLine(p.indent, c.Pos.Line > p.line+1 && !p.noBlank)
			p.ownLine, p.noBlank = true, false
		case later:
			p.breakLine(p.continued(), false)
		default:
			if !block {
				p.out = append(p.out, commentCell)
			}
			p.write(" ")
		}
		p.comment(c.Text)
		p.line = c.Pos.Line + strings.Count(c.Text, "\n")
		p.must, p.space = !block, true
	}
}

// comment writes a comment, whose lines stay as they are but for blanks at their ends.
func (p *printer) comment(text string) {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t\r")
	}
	p.write(strings.Join(lines, "\n"))
	if n := len(lines); n > 1 {
		p.column = utf8.RuneCountInString(lines[n-1])
	}
}

// word writes a token after a space.
func (p *printer) word(text string) {
	p.space = true
	p.put(text)
}

// clause writes a token before which a declaration may go on with a new line.
func (p *printer) clause(text string) {
	p.space, p.soft = true, true
	p.put(text)
}

// open writes an opening bracket. The bracket is broken when the source begins a new line after it.
func (p *printer) open(text string, single bool) {
	p.put(text)
	next := p.peek()
	broken := next >= 0 && p.tokens[next].Pos.Line > p.line
	p.brackets = append(p.brackets, bracket{base: p.lineIndent, broken: broken, single: single})
	p.item, p.hard = true, broken
}

// close writes a closing bracket.
func (p *printer) close(text string) {
	last := len(p.brackets) - 1
	b := p.brackets[last]
	if b.broken {
		if i := p.find(text); i >= 0 {
			p.item = true
			p.flush(p.tokens[i].Pos.Offset)
		}
		p.breakLine(b.base, false)
		p.space, p.must, p.item = false, false, false
	}
	p.brackets = p.brackets[:last]
	p.put(text)
}

// list writes n items between brackets, with commas between them.
func (p *printer) list(opener, closer string, n int, item func(int)) {
	if n == 0 {
		p.put(opener)
		p.put(closer)
		return
	}
	p.open(opener, n == 1)
	p.separated(n, item)
	p.close(closer)
}

// comma writes the comma between two items.
func (p *printer) comma() {
	p.put(",")
	p.space, p.item = true, true
}

// spaced writes `{ items }` after a space.
func (p *printer) spaced(n int, body func()) {
	p.space = true
	p.braces(n, body)
}

// braces writes `{ items }`, after a space only if one is due.
func (p *printer) braces(n int, body func()) {
	p.open("{", n == 1)
	p.space = true
	body()
	p.space = true
	p.close("}")
}

// statement begins a new statement or declaration.
func (p *printer) statement() {
	p.newLine = true
}

// tokenAt gives the index of the source token at an offset.
func (p *printer) tokenAt(offset int) int {
	return sort.Search(len(p.tokens)-1, func(i int) bool { return p.tokens[i].Pos.Offset >= offset })
}

// braced writes n items between braces: all on one line, if the source has them so and they fit, else each on a line of
// its own, but for short ones that the source joins by semicolons.
func (p *printer) braced(n int, sep string, item func(int)) { p.bracedAt(0, n, sep, item) }

// bracedAt is braced with a mark before what stands on one line, or 0.
func (p *printer) bracedAt(mark byte, n int, sep string, item func(int)) {
	if p.flat > 0 || p.oneLine() {
		saved := *p
		if mark != 0 {
			p.space = true
			p.cell(mark)
		}
		p.flat++
		p.bracedFlat(n, sep, item)
		p.flat--
		if p.flat > 0 || !p.overflow {
			return
		}
		*p = saved
	}
	p.word("{")
	open := p.next - 1
	if n == 0 && !p.commentInside(open) {
		p.put("}")
		return
	}
	p.indent += indentWidth
	p.noBlank = true
	began := -1 // the source line of the last item, if it stands wholly on it
	first := 0  // where the line of the last items begins in the text, which must be one line there too
	for i := range n {
		line := p.nextLine()
		join := sep == ";" && i > 0 && line == began && line == p.line && bytes.IndexByte(p.out[first:], '\n') < 0
		if !join || !p.joined(func() { item(i) }) {
			p.statement()
			p.first = &first
			item(i)
		}
		began = line
	}
	if p.tokens != nil {
		p.newLine = true
		p.flush(p.closers[p.tokens[open].Pos.Offset].Offset)
	}
	p.indent -= indentWidth
	p.newLine, p.noBlank, p.ownLine = true, true, false
	p.put("}")
}

// nextLine gives the source line of the token that comes next, or -1 without a source.
func (p *printer) nextLine() int {
	if i := p.peek(); i >= 0 {
		return p.tokens[i].Pos.Line
	}
	return -1
}

// joined writes an item behind the one before it, after a semicolon; false, and nothing is written, if it does not fit.
func (p *printer) joined(item func()) bool {
	saved := *p
	p.write(";")
	p.space = true
	p.flat++
	item()
	p.flat--
	if p.overflow {
		*p = saved
		return false
	}
	return true
}

func (p *printer) bracedFlat(n int, sep string, item func(int)) {
	p.word("{")
	for i := range n {
		if i > 0 {
			p.write(sep)
		}
		p.space = true
		item(i)
	}
	p.space = n > 0
	p.put("}")
}

// oneLine tells whether the brace that comes next in the source is closed on its line, and not so far away that what it
// holds could not fit a line.
func (p *printer) oneLine() bool {
	open := p.peek()
	if open < 0 || p.tokens[open].Value != "{" {
		return false
	}
	end := p.closers[p.tokens[open].Pos.Offset]
	return end.Line == p.tokens[open].Pos.Line && p.tokenAt(end.Offset)-open <= 2*lineWidth
}

// commentInside tells whether a comment stands directly after the brace that is source token open.
func (p *printer) commentInside(open int) bool {
	return p.tokens != nil && len(p.comments) > 0 &&
		p.comments[0].Pos.Offset < p.closers[p.tokens[open].Pos.Offset].Offset
}
