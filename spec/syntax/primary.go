package syntax

import (
	"strconv"
	"strings"
)

// postfix reads a primary and the calls, indices, fields and updates after it.
func (p *parser) postfix() (Expr, int) {
	x, height := p.primary()
	for {
		t := *p.peek()
		h := 0
		switch t.Value {
		case "(":
			if f, ok := x.(*Field); ok {
				p.lex.Next()
				c, h2 := p.call(f.Name)
				c.Pos, c.Of = x.Position(), f.X
				x, h = c, h2
				break
			}
			p.fail(t.Pos, "got `(`, want an operator: only a name can be called")
		case "[":
			p.lex.Next()
			i := &Index{at: at{x.Position()}, X: x}
			i.Args, h = p.exprs("]")
			if len(i.Args) == 0 {
				p.fail(t.Pos, "got an empty index, want an expression in `[ ]`")
			}
			x = i
		case ".":
			p.lex.Next()
			x = &Field{at: at{x.Position()}, X: x, Name: p.ident()}
		case "with":
			p.lex.Next()
			w := &With{at: at{x.Position()}, X: x}
			w.Updates, h = p.updates()
			x = w
		default:
			return x, height
		}
		height = p.taller(t.Pos, height, h)
	}
}

// list reads items with "," between them up to the closing bracket, which it passes. The opening one has been passed.
func (p *parser) list(closer string, item func() int) (height int) {
	if p.accept(closer) {
		return 0
	}
	for {
		height = max(height, item())
		if p.accept(closer) {
			return height
		}
		if !p.accept(",") {
			p.wanted("`,` or `" + closer + "`")
		}
	}
}

func (p *parser) exprs(closer string) (out []Expr, height int) {
	height = p.list(closer, func() int {
		x, h := p.tree()
		out = append(out, x)
		return h
	})
	return out, height
}

func (p *parser) updates() (out []*Update, height int) {
	p.expect("{")
	height = p.list("}", func() int {
		u := &Update{Pos: p.peek().Pos}
		h := 0
		if p.accept("[") {
			u.Index, h = p.exprs("]")
			if len(u.Index) == 0 {
				p.fail(u.Pos, "got an empty index, want an expression in `[ ]`")
			}
		} else if p.peek().Type == identToken {
			u.Field = p.ident()
		} else {
			p.wanted("a field or `[`")
		}
		p.expect("=")
		v, h2 := p.tree()
		u.Value = v
		out = append(out, u)
		return max(h, h2)
	})
	if len(out) == 0 {
		p.fail(p.peek().Pos, "got `with {}`, want at least one change")
	}
	return out, height
}

func (p *parser) primary() (Expr, int) {
	t := *p.peek()
	pos := at{t.Pos}
	switch t.Type {
	case intToken:
		p.lex.Next()
		// The lexer has made sure that it fits.
		n, _ := strconv.ParseInt(strings.ReplaceAll(t.Value, "_", ""), 10, 64)
		return &IntLit{at: pos, Value: n, Text: t.Value}, 1
	case identToken:
		name := p.ident()
		if p.accept("(") {
			return p.call(name)
		}
		return &Name{at: pos, Name: name.Name}, 1
	}
	if !startsExpr(&t) {
		p.wanted("an expression")
	}
	switch t.Value {
	case "{":
		return p.braces()
	case "match":
		return p.matchExpr()
	}
	p.lex.Next()
	switch t.Value {
	case "true", "false":
		return &BoolLit{at: pos, Value: t.Value == "true"}, 1
	case "none":
		return &Name{at: pos, Name: t.Value}, 1
	case "some":
		p.expect("(")
		return p.call(&Ident{Pos: t.Pos, Name: t.Value})
	case "old":
		p.expect("(")
		x, h := p.tree()
		p.expect(")")
		return &Old{at: pos, X: x}, p.taller(t.Pos, h)
	case "(":
		x, h := p.tree()
		p.expect(")")
		return &Paren{at: pos, X: x}, p.taller(t.Pos, h)
	case "[":
		elems, h := p.exprs("]")
		return &SeqLit{at: pos, Elems: elems}, p.taller(t.Pos, h)
	default: // "bag", the only other token that startsExpr lets through
		p.expect("{")
		elems, h := p.exprs("}")
		return &BagLit{at: pos, Elems: elems}, p.taller(t.Pos, h)
	}
}

// call reads the arguments after `f(`.
func (p *parser) call(fun *Ident) (*Call, int) {
	c := &Call{at: at{fun.Pos}, Fun: fun}
	height := p.list(")", func() int {
		a := &Arg{Pos: p.peek().Pos}
		if p.peek().Type == identToken && p.second().Value == "=" {
			a.Name = p.ident()
			p.expect("=")
		}
		x, h := p.tree()
		a.Value = x
		c.Args = append(c.Args, a)
		return h
	})
	return c, p.taller(fun.Pos, height)
}
