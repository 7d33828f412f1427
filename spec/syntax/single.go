package syntax

import "github.com/alecthomas/participle/v2/lexer"

// ParseExpr reads a single expression, such as the value of a constant given on a command line. The error, if any, is of
// type Errors and holds the first mistake.
func ParseExpr(name string, src []byte) (Expr, error) {
	s := scan(name, src)
	tokens, err := lexer.Upgrade(&tokenList{tokens: s.tokens})
	if err != nil {
		panic("a list of tokens cannot fail: " + err.Error())
	}
	x, err := run(tokens, func(p *parser) Expr {
		x := p.expr()
		p.accept(";")
		if !p.peek().EOF() {
			p.wanted("end of the expression")
		}
		return x
	})
	if err != nil {
		return nil, Errors{s.first(err)}
	}
	if s.err != nil {
		return nil, Errors{s.err}
	}
	return x, nil
}
