package syntax

import (
	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// braces reads what `{` begins: a set, a map, a record or a comprehension. It reads one expression, and the token after
// it tells which.
func (p *parser) braces() (Expr, int) {
	pos := p.expect("{")
	if p.accept("}") {
		return &SetLit{at: at{pos}}, 1
	}
	if p.peek().Type == identToken && p.second().Value == "=" {
		return p.recordLit(pos)
	}
	x, h := p.tree()
	switch t := *p.peek(); t.Value {
	case "->":
		return p.mapBraces(pos, x, h)
	case "|":
		return p.filter(pos, x, h)
	case "for":
		p.lex.Next()
		b, w, h2 := p.compTail()
		return &SetComp{at: at{pos}, Elem: x, Binders: b, Where: w}, p.taller(pos, h, h2)
	}
	set := &SetLit{at: at{pos}, Elems: []Expr{x}}
	for p.accept(",") {
		y, h2 := p.tree()
		h = max(h, h2)
		set.Elems = append(set.Elems, y)
	}
	if p.at("|") {
		p.fail(p.peek().Pos, "got `|` after several expressions, want one binder: `{x in S | condition}`")
	}
	p.closeBraces()
	return set, p.taller(pos, h)
}

func (p *parser) closeBraces() {
	if !p.accept("}") {
		p.wanted("`,` or `}`")
	}
}

func (p *parser) recordLit(pos Pos) (Expr, int) {
	r := &RecordLit{at: at{pos}}
	h := p.list("}", func() int {
		f := &FieldInit{Pos: p.peek().Pos, Name: p.ident()}
		p.expect("=")
		v, h := p.tree()
		f.Value = v
		r.Fields = append(r.Fields, f)
		return h
	})
	return r, p.taller(pos, h)
}

// mapBraces reads on from the first `->`.
func (p *parser) mapBraces(pos Pos, key Expr, height int) (Expr, int) {
	p.expect("->")
	v, h := p.tree()
	height = max(height, h)
	if p.accept("for") {
		b, w, h := p.compTail()
		return &MapComp{at: at{pos}, Key: key, Value: v, Binders: b, Where: w}, p.taller(pos, height, h)
	}
	m := &MapLit{at: at{pos}, Entries: []*MapEntry{{Pos: key.Position(), Key: key, Value: v}}}
	for p.accept(",") {
		k, h1 := p.tree()
		p.expect("->")
		v, h2 := p.tree()
		height = max(height, h1, h2)
		m.Entries = append(m.Entries, &MapEntry{Pos: k.Position(), Key: k, Value: v})
	}
	p.closeBraces()
	return m, p.taller(pos, height)
}

// filter reads on from the `|` of `{x in S | condition}`, where head is `x in S`.
func (p *parser) filter(pos Pos, head Expr, height int) (Expr, int) {
	in, ok := head.(*Binary)
	if !ok || in.Op != "in" {
		p.fail(p.peek().Pos, "got `|` after an expression, want it after `x in S`: `{x in S | condition}`")
	}
	name, ok := in.X.(*Name)
	if !ok || name.Name == "none" {
		p.fail(in.X.Position(), "got an expression, want a name before `in`: `{x in S | condition}`")
	}
	p.expect("|")
	w, h := p.tree()
	if !p.accept("}") {
		p.wanted("`}`")
	}
	binders := &Binders{Pos: name.Pos, Groups: []*BinderGroup{{
		Names: []*Ident{{Pos: name.Pos, Name: name.Name}}, Domain: in.Y,
	}}}
	return &SetComp{at: at{pos}, Filter: true, Binders: binders, Where: w}, p.taller(pos, height, h)
}

// compTail reads `binders [where condition] }`, which ends a comprehension.
func (p *parser) compTail() (b *Binders, where Expr, height int) {
	b, height = p.binders()
	if p.accept("where") {
		w, h := p.tree()
		where, height = w, max(height, h)
	}
	if !p.accept("}") {
		p.wanted("`}`")
	}
	return b, where, height
}

func (p *parser) matchExpr() (Expr, int) {
	pos := p.expect("match")
	x, height := p.tree()
	m := &Match{at: at{pos}, X: x}
	p.expect("{")
	p.accept("|")
	for {
		arm := &ExprArm{Pos: p.peek().Pos, Pattern: p.pattern()}
		p.expect("->")
		body, h := p.tree()
		arm.Body, height = body, max(height, h)
		m.Arms = append(m.Arms, arm)
		if p.accept("}") {
			return m, p.taller(pos, height)
		}
		semicolon := p.accept(";")
		if bar := p.accept("|"); !semicolon && !bar {
			p.wanted("`|`, a new line or `}`")
		}
	}
}

func startsPattern(t *lexer.Token) bool {
	switch t.Value {
	case "none", "some", "true", "false":
		return true
	}
	return t.Type == identToken
}

func (p *parser) pattern() *Pattern {
	t := *p.peek()
	if !startsPattern(&t) {
		p.wanted("a pattern")
	}
	p.lex.Next()
	pat := &Pattern{Pos: t.Pos, Name: t.Value}
	if p.accept("(") {
		pat.Binds = p.idents()
		p.expect(")")
	}
	return pat
}

// Parse reads a pattern for participle.
func (pat *Pattern) Parse(lex *lexer.PeekingLexer) error {
	if !startsPattern(lex.Peek()) {
		return participle.NextMatch
	}
	read, err := run(lex, (*parser).pattern)
	if err == nil {
		*pat = *read
	}
	return err
}
