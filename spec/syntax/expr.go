package syntax

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The depth that an expression tree may have. It bounds the recursion of everything that walks one.
const maxDepth = 2000

// The levels of precedence, loosest first. Quantifiers, if and let have none: they may stand wherever an operand may, and
// reach as far to the right as they can.
const (
	levelIff = iota + 1
	levelImplies
	levelOr
	levelAnd
	levelNot
	levelCompare
	levelUnion
	levelIntersect
	levelRange
	levelAdd
	levelMul
	levelNeg
)

// levels gives the level of each binary operator. All group to the left but implies, which groups to the right, and
// comparisons and .., which do not chain.
var levels = map[string]int{
	"iff": levelIff, "implies": levelImplies, "or": levelOr, "and": levelAnd,
	"==": levelCompare, "!=": levelCompare, "<": levelCompare, "<=": levelCompare, ">": levelCompare,
	">=": levelCompare, "in": levelCompare, "subset": levelCompare, "is": levelCompare,
	"union": levelUnion, "minus": levelUnion, "intersect": levelIntersect, "..": levelRange,
	"+": levelAdd, "-": levelAdd, "*": levelMul, "/": levelMul, "%": levelMul,
}

// syntaxError says that a token does not fit. What it reads like is decided in explain.go, which sees the whole file.
type syntaxError struct {
	got  lexer.Token
	want string // what would have fitted, in words
}

func (e *syntaxError) Error() string { return e.got.Pos.String() + ": want " + e.want }

// parser reads expressions, types, binders and patterns by recursive descent. Its methods panic with a bailout at the
// first error.
type parser struct {
	lex   *lexer.PeekingLexer
	depth int // of the operands being read
}

type bailout struct{ err error }

// run calls one method of a parser for participle. Participle takes an error for "try something else" unless a token
// has been consumed, so one is.
func run[T any](lex *lexer.PeekingLexer, read func(*parser) T) (out T, err error) {
	start := lex.Cursor()
	defer func() {
		switch r := recover().(type) {
		case nil:
		case bailout:
			err = r.err
			if lex.Cursor() == start {
				lex.Next()
			}
		default:
			panic(r)
		}
	}()
	return read(&parser{lex: lex}), nil
}

func parseExpr(lex *lexer.PeekingLexer) (Expr, error) {
	if !startsExpr(lex.Peek()) {
		return nil, participle.NextMatch
	}
	return run(lex, (*parser).expr)
}

// startsExpr tells whether an expression can begin with t.
func startsExpr(t *lexer.Token) bool {
	switch t.Type {
	case identToken, intToken:
		return true
	}
	switch t.Value {
	case "(", "[", "{", "-", "true", "false", "none", "some", "not", "if", "let", "match", "old", "bag",
		"forall", "exists", "count", "sum", "pick":
		return true
	}
	return false
}

func (p *parser) peek() *lexer.Token { return p.lex.Peek() }

// second gives the token after the next one.
func (p *parser) second() *lexer.Token {
	here := p.lex.MakeCheckpoint()
	p.lex.Next()
	t := p.lex.Peek()
	p.lex.LoadCheckpoint(here)
	return t
}

func (p *parser) at(text string) bool { return p.lex.Peek().Value == text }

// accept passes the next token if it is text.
func (p *parser) accept(text string) bool {
	if p.at(text) {
		p.lex.Next()
		return true
	}
	return false
}

// expect passes the next token, which must be text.
func (p *parser) expect(text string) Pos {
	t := p.lex.Peek()
	if t.Value != text {
		p.wanted("`" + text + "`")
	}
	p.lex.Next()
	return t.Pos
}

// wanted refuses the next token.
func (p *parser) wanted(want string) {
	panic(bailout{&syntaxError{got: *p.lex.Peek(), want: want}})
}

func (p *parser) fail(pos Pos, format string, args ...any) {
	panic(bailout{&Error{Pos: pos, Msg: fmt.Sprintf(format, args...)}})
}

func (p *parser) ident() *Ident {
	t := p.lex.Peek()
	if t.Type != identToken {
		p.wanted("a name")
	}
	p.lex.Next()
	return &Ident{Pos: t.Pos, Name: t.Value}
}

func (p *parser) idents() []*Ident {
	names := []*Ident{p.ident()}
	for p.accept(",") {
		names = append(names, p.ident())
	}
	return names
}

// taller gives the height of a tree at pos over parts of the given heights, which must stay within the limit.
func (p *parser) taller(pos Pos, heights ...int) int {
	most := 0
	for _, h := range heights {
		most = max(most, h)
	}
	if most >= maxDepth {
		p.fail(pos, "the expression is more than %d levels deep: split it into functions", maxDepth)
	}
	return most + 1
}

func (p *parser) expr() Expr {
	x, _ := p.binary(levelIff)
	return x
}

// tree reads an expression with its height.
func (p *parser) tree() (Expr, int) { return p.binary(levelIff) }

// binary reads operands joined by operators of the level min or tighter.
func (p *parser) binary(min int) (Expr, int) {
	x, height := p.operand(min)
	for {
		t := *p.peek()
		level := levels[t.Value]
		negated := t.Value == "not" && p.second().Value == "in"
		if negated {
			level = levelCompare
		}
		if level < min || level == 0 || t.Type == stringToken {
			return x, height
		}
		p.lex.Next()
		if negated {
			p.lex.Next()
		}
		switch {
		case t.Value == "is":
			height = p.taller(t.Pos, height)
			x = &Is{at: at{x.Position()}, X: x, Ctor: p.ctor()}
		default:
			right := level + 1
			if t.Value == "implies" {
				right = level
			}
			y, h := p.binary(right)
			height = p.taller(t.Pos, height, h)
			switch {
			case t.Value == "..":
				x = &Range{at: at{x.Position()}, Lo: x, Hi: y}
			case negated:
				in := &Binary{at: at{x.Position()}, Op: "in", OpPos: t.Pos, X: x, Y: y}
				x, height = &Unary{at: in.at, Op: "not", X: in}, p.taller(t.Pos, height)
			default:
				x = &Binary{at: at{x.Position()}, Op: t.Value, OpPos: t.Pos, X: x, Y: y}
			}
		}
		if level == levelCompare || level == levelRange {
			if negated {
				t.Value = "not in"
			}
			p.unchained(level, t.Value)
		}
	}
}

// unchained refuses an operator of the same level after one that does not chain.
func (p *parser) unchained(level int, before string) {
	t := p.peek()
	if levels[t.Value] != level && (level != levelCompare || t.Value != "not" || p.second().Value != "in") {
		return
	}
	if level == levelRange {
		p.fail(t.Pos, "ranges do not chain: got a second `..`")
	}
	p.fail(t.Pos, "comparisons do not chain: got `%s` after `%s`, want `and` between two comparisons, or parentheses",
		t.Value, before)
}

// ctor reads the name of a constructor after `is`.
func (p *parser) ctor() *Ident {
	t := *p.peek()
	if t.Type != identToken && t.Value != "none" && t.Value != "some" {
		p.wanted("a constructor")
	}
	p.lex.Next()
	return &Ident{Pos: t.Pos, Name: t.Value}
}

// operand reads what stands on one side of an operator of level min: a primary with its postfixes, or a prefix form.
func (p *parser) operand(min int) (Expr, int) {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.peek().Pos, "the expression is more than %d levels deep: split it into functions", maxDepth)
	}
	defer func() { p.depth-- }()
	t := *p.peek()
	switch t.Value {
	case "not":
		if min > levelNot {
			p.fail(t.Pos, "`not` binds looser than the operator before it: want parentheses around the negation")
		}
		p.lex.Next()
		x, h := p.binary(levelNot)
		return &Unary{at: at{t.Pos}, Op: "not", X: x}, p.taller(t.Pos, h)
	case "-":
		p.lex.Next()
		x, h := p.operand(levelNeg)
		return &Unary{at: at{t.Pos}, Op: "-", X: x}, p.taller(t.Pos, h)
	case "if":
		return p.ifExpr()
	case "let":
		return p.letExpr()
	case "forall", "exists", "count", "sum", "pick":
		return p.quant()
	case "min", "max":
		if p.second().Type == identToken {
			return p.quant()
		}
	}
	return p.postfix()
}

func (p *parser) ifExpr() (Expr, int) {
	pos := p.expect("if")
	c, h1 := p.tree()
	p.expect("then")
	a, h2 := p.tree()
	p.expect("else")
	b, h3 := p.tree()
	return &If{at: at{pos}, Cond: c, Then: a, Else: b}, p.taller(pos, h1, h2, h3)
}

func (p *parser) letExpr() (Expr, int) {
	pos := p.expect("let")
	name := p.ident()
	p.expect("=")
	v, h1 := p.tree()
	p.expect(":")
	b, h2 := p.tree()
	return &Let{at: at{pos}, Name: name, Value: v, Body: b}, p.taller(pos, h1, h2)
}

func (p *parser) quant() (Expr, int) {
	op := *p.peek()
	p.lex.Next()
	q := &Quant{at: at{op.Pos}, Op: op.Value}
	var h1, h2, h3 int
	if op.Value == "pick" {
		q.Binders, h1 = p.oneBinder()
	} else {
		q.Binders, h1 = p.binders()
	}
	if p.accept("where") {
		q.Where, h2 = p.tree()
	}
	if op.Value != "pick" {
		p.expect(":")
		q.Body, h3 = p.tree()
	}
	return q, p.taller(op.Pos, h1, h2, h3)
}

// binders reads `a, b in S, c in T`.
func (p *parser) binders() (*Binders, int) {
	b := &Binders{Pos: p.peek().Pos}
	height := 0
	for {
		names := p.idents()
		p.expect("in")
		domain, h := p.binary(levelUnion)
		height = max(height, h)
		b.Groups = append(b.Groups, &BinderGroup{Names: names, Domain: domain})
		if !p.accept(",") {
			return b, height
		}
	}
}

// oneBinder reads `a in S` after `pick`. A comma behind it belongs to what pick stands in.
func (p *parser) oneBinder() (*Binders, int) {
	name := p.ident()
	if t := p.peek(); t.Value == "," {
		p.fail(t.Pos, "got `,`, want one name: `pick x in S where condition`")
	}
	p.expect("in")
	domain, h := p.binary(levelUnion)
	return &Binders{Pos: name.Pos, Groups: []*BinderGroup{{Names: []*Ident{name}, Domain: domain}}}, h
}

// Parse reads binders for participle.
func (b *Binders) Parse(lex *lexer.PeekingLexer) error {
	if lex.Peek().Type != identToken {
		return participle.NextMatch
	}
	read, err := run(lex, func(p *parser) *Binders { b, _ := p.binders(); return b })
	if err == nil {
		*b = *read
	}
	return err
}

// postfix reads a primary and the calls, indices, fields and updates after it.
func (p *parser) postfix() (Expr, int) {
	x, height := p.primary()
	for {
		t := *p.peek()
		h := 0
		switch t.Value {
		case "(":
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
func (p *parser) call(fun *Ident) (Expr, int) {
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
