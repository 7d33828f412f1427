package syntax

import (
	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

func parseType(lex *lexer.PeekingLexer) (TypeExpr, error) {
	if !startsType(lex.Peek()) {
		return nil, participle.NextMatch
	}
	return run(lex, (*parser).typeExpr)
}

func startsType(t *lexer.Token) bool {
	switch t.Value {
	case "enum", "symmetric", "record", "union", "option", "map", "set", "seq", "bag", "(", "-":
		return true
	}
	return t.Type == identToken || t.Type == intToken
}

func (p *parser) typeExpr() TypeExpr {
	t := *p.peek()
	if !startsType(&t) {
		p.wanted("a type")
	}
	if p.depth++; p.depth > maxNesting {
		p.fail(t.Pos, "types are nested more than %d deep", maxNesting)
	}
	defer func() { p.depth-- }()
	pos := at{t.Pos}
	switch t.Value {
	case "symmetric":
		p.lex.Next()
		return p.rangeType(t.Pos, true)
	case "enum":
		p.lex.Next()
		p.expect("{")
		e := &EnumType{at: pos}
		e.Members = p.idents()
		p.closeBraces()
		return e
	case "record":
		p.lex.Next()
		return p.recordType(t.Pos)
	case "union":
		p.lex.Next()
		return p.unionType(t.Pos)
	case "option":
		p.lex.Next()
		p.expect("[")
		e := p.typeExpr()
		p.expect("]")
		return &OptionType{at: pos, Elem: e}
	case "set":
		p.lex.Next()
		p.expect("[")
		e := p.typeExpr()
		p.expect("]")
		return &SetType{at: pos, Elem: e}
	case "seq":
		p.lex.Next()
		e, n := p.sized()
		return &SeqType{at: pos, Elem: e, Max: n}
	case "bag":
		p.lex.Next()
		e, n := p.sized()
		return &BagType{at: pos, Elem: e, Max: n}
	case "map":
		p.lex.Next()
		return p.mapType(t.Pos)
	}
	if t.Type == identToken && !rangeGoesOn(p.second()) {
		p.lex.Next()
		return &NamedType{at: pos, Name: t.Value}
	}
	return p.rangeType(t.Pos, false)
}

// rangeGoesOn tells whether t, after a name, makes the name the begin of a range rather than a type of its own.
func rangeGoesOn(t *lexer.Token) bool {
	switch t.Value {
	case "..", "+", "-", "*", "/", "%", "(", "[", ".":
		return true
	}
	return false
}

func (p *parser) rangeType(pos Pos, symmetric bool) TypeExpr {
	if p.depth > 1 {
		// Expressions count their own depth, from here.
		defer func(d int) { p.depth = d }(p.depth)
		p.depth = 0
	}
	if t := p.peek(); !startsExpr(t) {
		p.wanted("a range")
	}
	lo, _ := p.binary(levelAdd)
	if name := qualified(lo); name != "" && !symmetric && !p.at("..") {
		return &NamedType{at: at{pos}, Name: name}
	}
	if !p.accept("..") {
		p.wanted("`..` and the upper end of the range")
	}
	hi, _ := p.binary(levelAdd)
	if t := p.peek(); t.Value == ".." {
		p.fail(t.Pos, "ranges do not chain: got a second `..`")
	}
	return &RangeType{at: at{pos}, Symmetric: symmetric, Lo: lo, Hi: hi}
}

// qualified is PART.NAME, as x writes it, or "".
func qualified(x Expr) string {
	f, ok := x.(*Field)
	if !ok {
		return ""
	}
	if n, ok := f.X.(*Name); ok {
		return n.Name + "." + f.Name.Name
	}
	if of := qualified(f.X); of != "" {
		return of + "." + f.Name.Name
	}
	return ""
}

// sized reads `[T, N]`.
func (p *parser) sized() (TypeExpr, Expr) {
	p.expect("[")
	elem := p.typeExpr()
	if !p.at(",") {
		p.wanted("`,` and the greatest size")
	}
	p.lex.Next()
	n := p.expr()
	p.expect("]")
	return elem, n
}

func (p *parser) mapType(pos Pos) TypeExpr {
	m := &MapType{at: at{pos}}
	p.expect("[")
	for {
		m.Keys = append(m.Keys, p.typeExpr())
		if p.accept("]") {
			break
		}
		if !p.accept(",") {
			p.wanted("`,` or `]`")
		}
	}
	m.Elem = p.typeExpr()
	return m
}

func (p *parser) recordType(pos Pos) TypeExpr {
	r := &RecordType{at: at{pos}}
	p.expect("{")
	for {
		r.Fields = append(r.Fields, p.paramGroup())
		if p.accept("}") {
			return r
		}
		if !p.accept(",") && !p.accept(";") {
			p.wanted("`,`, a new line or `}`")
		}
	}
}

func (p *parser) unionType(pos Pos) TypeExpr {
	u := &UnionType{at: at{pos}}
	p.expect("{")
	for {
		name := p.ident()
		v := &Variant{Pos: name.Pos, Name: name}
		if p.accept("(") {
			for {
				v.Fields = append(v.Fields, p.paramGroup())
				if p.accept(")") {
					break
				}
				if !p.accept(",") {
					p.wanted("`,` or `)`")
				}
			}
		}
		u.Variants = append(u.Variants, v)
		if p.accept("}") {
			return u
		}
		if !p.accept("|") {
			p.wanted("`|` or `}`")
		}
	}
}

func (p *parser) paramGroup() *ParamGroup {
	g := &ParamGroup{Pos: p.peek().Pos, Names: p.idents()}
	p.expect(":")
	g.Type = p.typeExpr()
	return g
}

// Parse reads a group of parameters for participle.
func (g *ParamGroup) Parse(lex *lexer.PeekingLexer) error {
	if lex.Peek().Type != identToken {
		return participle.NextMatch
	}
	read, err := run(lex, (*parser).paramGroup)
	if err == nil {
		*g = *read
	}
	return err
}
