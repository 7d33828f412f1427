package syntax

import (
	"fmt"

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
	levelLeadsTo
	levelOr
	levelAnd
	levelUntil
	levelNot
	levelCompare
	levelUnion
	levelIntersect
	levelRange
	levelAdd
	levelMul
	levelNeg
)

// levels gives the level of each binary operator. All group to the left but implies and those of until, which group to
// the right, and ~>, comparisons and .., which do not chain.
var levels = map[string]int{
	"iff": levelIff, "implies": levelImplies, "~>": levelLeadsTo, "or": levelOr, "and": levelAnd,
	"until": levelUntil, "release": levelUntil, "weak": levelUntil,
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
		"forall", "exists", "count", "sum", "pick", "always", "eventually", "next", "can":
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
		op := t.Value
		if op == "weak" {
			p.expect("until")
			op = "weak until"
		}
		switch {
		case t.Value == "is":
			height = p.taller(t.Pos, height)
			x = &Is{at: at{x.Position()}, X: x, Ctor: p.ctor()}
		default:
			right := level + 1
			if level == levelImplies || level == levelUntil {
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
				x = &Binary{at: at{x.Position()}, Op: op, OpPos: t.Pos, X: x, Y: y}
			}
		}
		if level == levelLeadsTo && p.at("within") {
			x, height = p.within(x.(*Binary), height)
		}
		if level == levelCompare || level == levelRange || level == levelLeadsTo {
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
	switch level {
	case levelRange:
		p.fail(t.Pos, "ranges do not chain: got a second `..`")
	case levelLeadsTo:
		p.fail(t.Pos, "`~>` does not chain: want parentheses around one of the two")
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
	case "not", "always", "eventually", "next", "can":
		if min > levelNot {
			what := "`" + t.Value + "`"
			if t.Value == "not" {
				what = "the negation"
			}
			p.fail(t.Pos, "`%s` binds looser than the operator before it: want parentheses around %s", t.Value, what)
		}
		p.lex.Next()
		x, h := p.binary(levelNot)
		return &Unary{at: at{t.Pos}, Op: t.Value, X: x}, p.taller(t.Pos, h)
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
	case "happens", "enabled":
		if p.second().Type == identToken {
			return p.event()
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
