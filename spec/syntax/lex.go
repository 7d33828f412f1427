package syntax

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"
)

// The limits of a source file. They keep hostile input from exhausting memory or the stack.
const (
	maxFileSize = 4 << 20 // bytes
	maxTokens   = 1 << 20
	maxNesting  = 256 // of brackets, and of types
)

// definition is the lexer as participle sees it.
type definition struct{}

var (
	_ lexer.Definition      = definition{}
	_ lexer.BytesDefinition = definition{}
)

func (definition) Symbols() map[string]lexer.TokenType { return symbols }

func (d definition) Lex(filename string, r io.Reader) (lexer.Lexer, error) {
	src, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	if err != nil {
		return nil, err
	}
	return d.LexBytes(filename, src)
}

func (definition) LexBytes(filename string, src []byte) (lexer.Lexer, error) {
	s := scan(filename, src)
	if s.err != nil {
		return nil, s.err
	}
	return &tokenList{tokens: s.tokens}, nil
}

// tokenList is a lexer.Lexer of tokens already read; the last one is the end of the file.
type tokenList struct {
	tokens []lexer.Token
	next   int
}

func (l *tokenList) Next() (lexer.Token, error) {
	t := l.tokens[l.next]
	if !t.EOF() {
		l.next++
	}
	return t, nil
}

// scanner turns a file into tokens. When it meets an error it stops there, as if the file ended, so that an earlier
// error of the grammar can still be found.
type scanner struct {
	src      string
	pos      Pos // of the next byte
	tokens   []lexer.Token
	comments []Comment
	opened   []lexer.Token // the brackets that are open here
	closers  map[int]Pos   // for the offset of each "{", where its "}" is
	head     string        // the first token after the last ";" or "{"
	newline  bool          // a newline lies between the last token and pos
	lineEnd  Pos           // where the first such newline is
	err      *Error
}

// scan reads a whole file. The last token is always the end of the file.
func scan(name string, src []byte) *scanner {
	s := &scanner{pos: Pos{Filename: name, Line: 1, Column: 1}, closers: map[int]Pos{}}
	if len(src) > maxFileSize {
		s.fail(s.pos, "the file has %d bytes, more than the limit of %d", len(src), maxFileSize)
	} else if strings.HasPrefix(string(src[:min(3, len(src))]), "\uFEFF") {
		s.fail(s.pos, "the file begins with a byte order mark: save it as UTF-8 without one")
	} else {
		s.src = string(src)
		s.tokens = make([]lexer.Token, 0, min(len(src)/3+2, maxTokens+2))
	}
	for s.err == nil {
		s.skipSpace()
		if s.err != nil || s.pos.Offset == len(s.src) {
			break
		}
		s.token()
	}
	if s.err == nil && !s.newline {
		s.newline, s.lineEnd = true, s.pos
	}
	end := lexer.EOFToken(s.pos)
	if s.err != nil {
		end.Pos = s.err.Pos
	} else {
		s.endLine(end)
	}
	s.tokens = append(s.tokens, end)
	return s
}

func (s *scanner) fail(pos Pos, format string, args ...any) {
	if s.err == nil {
		s.err = &Error{Pos: pos, Msg: fmt.Sprintf(format, args...)}
	}
}

// peek gives the byte n after the next one, or 0 at the end of the file.
func (s *scanner) peek(n int) byte {
	if i := s.pos.Offset + n; i < len(s.src) {
		return s.src[i]
	}
	return 0
}

// advance passes n bytes of ASCII without newlines.
func (s *scanner) advance(n int) {
	s.pos.Offset += n
	s.pos.Column += n
}

// rune passes one character of free text, which is any but a control character, and reports whether it could.
func (s *scanner) rune() bool {
	c := s.src[s.pos.Offset]
	if c >= 0x20 && c < 0x7f || c == '\t' || c == '\r' {
		s.advance(1)
		return true
	}
	if c == '\n' {
		s.pos.Offset++
		s.pos.Line++
		s.pos.Column = 1
		return true
	}
	r, size := utf8.DecodeRuneInString(s.src[s.pos.Offset:])
	switch {
	case r == utf8.RuneError && size <= 1:
		s.fail(s.pos, "invalid UTF-8: byte 0x%02x", c)
		return false
	case c == 0:
		s.fail(s.pos, "a NUL byte")
		return false
	case c < 0x20 || c == 0x7f:
		s.fail(s.pos, "a control character: %U", r)
		return false
	}
	s.pos.Offset += size
	s.pos.Column++
	return true
}

// skipSpace passes blanks, newlines and comments.
func (s *scanner) skipSpace() {
	s.newline = false
	for s.pos.Offset < len(s.src) {
		switch c := s.src[s.pos.Offset]; {
		case c == ' ' || c == '\t' || c == '\r':
			s.advance(1)
		case c == '\n':
			s.sawNewline(s.pos)
			s.rune()
		case c == '/' && s.peek(1) == '/':
			start := s.pos
			for s.pos.Offset < len(s.src) && s.src[s.pos.Offset] != '\n' {
				if !s.rune() {
					return
				}
			}
			s.comment(start)
		case c == '/' && s.peek(1) == '*':
			start := s.pos
			s.advance(2)
			for s.peek(0) != '*' || s.peek(1) != '/' {
				if s.pos.Offset == len(s.src) {
					s.fail(start, "the comment `/*` is not closed by `*/`")
					return
				}
				if !s.rune() {
					return
				}
			}
			s.advance(2)
			s.comment(start)
			if s.pos.Line > start.Line {
				s.sawNewline(start)
			}
		default:
			return
		}
	}
}

func (s *scanner) sawNewline(pos Pos) {
	if !s.newline {
		s.newline, s.lineEnd = true, pos
	}
}

func (s *scanner) comment(start Pos) {
	text := strings.TrimRight(s.src[start.Offset:s.pos.Offset], "\r")
	s.comments = append(s.comments, Comment{Pos: start, Text: text})
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isNameByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c)
}

// token reads one token.
func (s *scanner) token() {
	switch c := s.src[s.pos.Offset]; {
	case isDigit(c):
		s.number()
	case isNameByte(c):
		s.word()
	case c == '"':
		s.string()
	default:
		s.operator()
	}
}

// afterPoint tells whether the last token is the point of a qualified name or of a field.
func (s *scanner) afterPoint() bool {
	return len(s.tokens) > 0 && s.tokens[len(s.tokens)-1].Value == "."
}

// text gives the bytes from the next one on that satisfy ok.
func (s *scanner) text(ok func(byte) bool) string {
	end := s.pos.Offset
	for end < len(s.src) && ok(s.src[end]) {
		end++
	}
	return s.src[s.pos.Offset:end]
}

func (s *scanner) number() {
	text := s.text(isNameByte)
	n := s.peek(len(text) + 1)
	switch {
	case strings.Trim(text, "0123456789_") != "":
		s.fail(s.pos, "got %s, want a number or a name", quote(text))
	case strings.HasSuffix(text, "_") || strings.Contains(text, "__"):
		s.fail(s.pos, "got %s, want single `_` between digits", quote(text))
	case s.peek(len(text)) == '.' && isDigit(n):
		s.fail(s.pos, "got a fraction, want a whole number")
	default:
		if _, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 64); err != nil {
			s.fail(s.pos, "got %s, want at most 9223372036854775807", quote(text))
			return
		}
		s.emit(intToken, text)
	}
}

func (s *scanner) word() {
	text := s.text(isNameByte)
	kind := identToken
	switch {
	case text == "ensures" && s.afterPoint():
		// ACTION.ensures names what a mutant breaks and a model checks.
	case keywords[text]:
		kind = keywordToken
	case reserved[text] != "":
		kind = reservedToken
	}
	s.emit(kind, text)
}

func (s *scanner) string() {
	start := s.pos
	s.advance(1)
	for s.peek(0) != '"' {
		if s.pos.Offset == len(s.src) || s.peek(0) == '\n' {
			s.fail(start, "the string is not closed by `\"` on its line")
			return
		}
		if s.peek(0) == '\\' {
			s.fail(s.pos, "got `\\`, want a path with `/`: strings have no escapes")
			return
		}
		if !s.rune() {
			return
		}
	}
	s.advance(1)
	after := s.pos
	s.pos = start
	s.emit(stringToken, s.src[start.Offset:after.Offset])
	s.pos = after
}

// foreign are operators of other languages and what stands for them here.
var foreign = []struct{ got, want string }{
	{"<=>", "iff"},
	{"<->", "iff"},
	{"&&", "and"},
	{"||", "or"},
	{"=>", "implies"},
	{":=", "="},
	{"<>", "!="},
	{"&", "and"},
	{"!", "not"},
	{"~", "not"},
}

var (
	operators2 = wordSet("..", "->", "==", "!=", "<=", ">=", "+=", "-=", "~>")
	operators1 = "{}()[],;:.<>=+-*/%|"
)

func (s *scanner) operator() {
	rest := s.src[s.pos.Offset:]
	two := rest[:min(2, len(rest))]
	for _, f := range foreign {
		if strings.HasPrefix(rest, f.got) && (len(f.got) > 1 || !operators2[two]) {
			s.fail(s.pos, "got `%s`, want `%s`", f.got, f.want)
			return
		}
	}
	switch {
	case operators2[two]:
		s.emit(opToken, two)
	case rest[0] == '*' && s.afterPoint(): // PART.* names all of a part, and may end a line
		s.emit(identToken, "*")
	case strings.IndexByte(operators1, rest[0]) >= 0:
		s.emit(opToken, rest[:1])
	case rest[0] < 0x20 || rest[0] >= 0x7f:
		start := s.pos
		if r, _ := utf8.DecodeRuneInString(rest); s.rune() {
			s.fail(start, "got the character %q, want ASCII outside comments and strings", r)
		}
	default:
		s.fail(s.pos, "got the character `%c`, which means nothing here", rest[0])
	}
}

// emit appends the token text, which is ASCII or a string, after the ";" that the newlines before it make, and passes it.
func (s *scanner) emit(kind lexer.TokenType, text string) {
	t := lexer.Token{Type: kind, Value: text, Pos: s.pos}
	if len(s.tokens) >= maxTokens {
		s.fail(s.pos, "the file has more than %d tokens", maxTokens)
		return
	}
	s.endLine(t)
	if !s.bracket(t) {
		return
	}
	if text == ";" && kind == opToken {
		s.semicolon(t)
	} else {
		if s.head == "" {
			s.head = text
		}
		s.tokens = append(s.tokens, t)
		if text == "{" {
			s.head = ""
		}
	}
	s.advance(len(text))
}

// endLine appends a ";" if a newline that ends a statement lies before t.
func (s *scanner) endLine(t lexer.Token) {
	if s.newline && len(s.tokens) > 0 && endsStatement(s.tokens[len(s.tokens)-1]) && !s.continues(t) {
		if n := len(s.opened); n == 0 || s.opened[n-1].Value == "{" {
			s.semicolon(lexer.Token{Type: newlineToken, Value: ";", Pos: s.lineEnd})
		}
	}
}

// continues tells whether t goes on with the line before. A body may begin with "when", so that word does so only in the
// header of an action or a mutant.
func (s *scanner) continues(t lexer.Token) bool {
	if t.Value == "when" {
		switch s.head {
		case "action", "fair", "strong", "mutant":
			return true
		}
		return false
	}
	return t.Type != stringToken && continuing[t.Value]
}

// semicolon appends a ";" unless it follows another one, a "{" or nothing.
func (s *scanner) semicolon(t lexer.Token) {
	if n := len(s.tokens); n > 0 && s.tokens[n-1].Value != ";" && s.tokens[n-1].Value != "{" {
		s.tokens = append(s.tokens, t)
		s.head = ""
	}
}

var closing = map[string]string{"(": ")", "[": "]", "{": "}"}

// bracket keeps the stack of brackets, and reports whether t fits it.
func (s *scanner) bracket(t lexer.Token) bool {
	switch t.Value {
	case "(", "[", "{":
		if len(s.opened) == maxNesting {
			s.fail(t.Pos, "brackets are nested more than %d deep", maxNesting)
			return false
		}
		s.opened = append(s.opened, t)
	case ")", "]", "}":
		n := len(s.opened)
		if n == 0 {
			return true // the grammar will refuse it
		}
		open := s.opened[n-1]
		if closing[open.Value] != t.Value {
			s.fail(t.Pos, "got `%s`, want `%s`", t.Value, closing[open.Value])
			s.err.Notes = []Note{{Pos: open.Pos, Msg: "to close this `" + open.Value + "`"}}
			return false
		}
		s.opened = s.opened[:n-1]
		if t.Value == "}" {
			s.closers[open.Pos.Offset] = t.Pos
			if last := len(s.tokens) - 1; s.tokens[last].Value == ";" {
				s.tokens = s.tokens[:last]
			}
		}
	}
	return true
}
