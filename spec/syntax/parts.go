package syntax

import (
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// path reads NAME, PART.NAME and so on.
func (p *parser) path() *Path {
	first := p.ident()
	out := &Path{Pos: first.Pos, Name: first.Name}
	for p.accept(".") {
		out.Name += "." + p.ident().Name
	}
	return out
}

// Parse reads a qualified name for participle.
func (q *Path) Parse(lex *lexer.PeekingLexer) error {
	return parseNamed(lex, (*parser).path, q)
}

// Parse reads an action with its arguments for participle.
func (c *ActionCall) Parse(lex *lexer.PeekingLexer) error {
	return parseNamed(lex, func(p *parser) *ActionCall { call, _ := p.actionCall(); return call }, c)
}

// parseNamed reads into out for participle what begins with a name.
func parseNamed[T any](lex *lexer.PeekingLexer, read func(*parser) *T, out *T) error {
	if lex.Peek().Type != identToken {
		return participle.NextMatch
	}
	x, err := run(lex, read)
	if err == nil {
		*out = *x
	}
	return err
}

// actionCall reads the name of an action, after the part that it is of, and arguments, if there are any.
func (p *parser) actionCall() (*ActionCall, int) {
	name := p.ident()
	call := &ActionCall{Pos: name.Pos, Name: name}
	height := 1
	for p.at("[") || p.at(".") {
		if call.Of == nil {
			call.Of = &Name{at: at{name.Pos}, Name: name.Name}
		} else {
			call.Of = &Field{at: at{call.Pos}, X: call.Of, Name: call.Name}
		}
		if p.accept("[") {
			args, h := p.exprs("]")
			if len(args) == 0 {
				p.fail(p.peek().Pos, "got an empty index, want an expression in `[ ]`")
			}
			call.Of = &Index{at: at{call.Pos}, X: call.Of, Args: args}
			height = max(height, h)
		}
		p.expect(".")
		call.Name = p.ident()
		height = p.taller(call.Pos, height)
	}
	if p.accept("(") {
		args, h := p.exprs(")")
		call.Args, height = args, max(height, h)
	}
	return call, height
}

// Parse reads an action called as a statement for participle. What follows its closing bracket tells it from the mistakes
// that begin like it.
func (s *CallStmt) Parse(lex *lexer.PeekingLexer) error {
	if !callAhead(lex) {
		return participle.NextMatch
	}
	call, err := run(lex, func(p *parser) *ActionCall { call, _ := p.actionCall(); return call })
	s.Call = call
	return err
}

// callAhead tells whether `f(…)`, `a.f(…)` or `a[…].f(…)` comes next, and then the end of a statement.
func callAhead(lex *lexer.PeekingLexer) bool {
	defer lex.LoadCheckpoint(lex.MakeCheckpoint())
	depth, called := 0, false
	for named := false; ; {
		t := lex.Next()
		switch {
		case t.EOF():
			return false
		case t.Value == "[" || t.Value == "(" || t.Value == "{":
			if depth == 0 && (t.Value == "{" || !named || called) {
				return false
			}
			called = called || depth == 0 && t.Value == "("
			depth++
		case depth > 0 && (t.Value == "]" || t.Value == ")" || t.Value == "}"):
			depth--
			if depth == 0 && called {
				next := lex.Peek()
				return next.EOF() || next.Value == ";" || next.Value == "}"
			}
		case depth > 0:
		case t.Value == "." && named:
			named = false
		case t.Type == identToken && !named:
			named = true
		default:
			return false
		}
	}
}

// path writes a qualified name token by token.
func (p *printer) path(name string) {
	for i, part := range strings.Split(name, ".") {
		if i > 0 {
			p.put(".")
		}
		p.put(part)
	}
}

func (p *printer) paths(names []*Path) {
	for i, n := range names {
		if i > 0 {
			p.put(",")
		}
		p.space = true
		p.path(n.Name)
	}
}

// of writes the part that something is of, and the point.
func (p *printer) of(part Expr) {
	if part != nil {
		p.tree(part)
		p.put(".")
	}
}

func (p *printer) use(d *UseDecl) {
	p.put("use")
	p.word(`"` + d.Path + `"`)
	p.word("as")
	p.word(d.Name.Name)
	if len(d.Index) > 0 {
		p.list("[", "]", len(d.Index), func(i int) { p.paramGroup(d.Index[i]) })
	}
	if i := p.peek(); len(d.Sets) > 0 || i >= 0 && p.tokens[i].Value == "{" {
		p.braced(len(d.Sets), ";", func(i int) { p.configValue(d.Sets[i]) })
	}
}

func (p *printer) refines(d *RefinesDecl) {
	p.put("refines")
	p.word(`"` + d.Path + `"`)
	p.word("as")
	p.word(d.Name.Name)
	p.braced(len(d.Sets), ";", func(i int) { p.configValue(d.Sets[i]) })
}
