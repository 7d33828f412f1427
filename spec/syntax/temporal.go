package syntax

// within reads on from the word behind `p ~> q`.
func (p *parser) within(x *Binary, height int) (Expr, int) {
	pos := p.expect("within")
	limit, h := p.binary(levelAdd)
	w := &Within{at: x.at, X: x, Limit: limit}
	if p.peek().Type == identToken {
		unit, h2 := p.actionCall()
		w.Unit, h = unit, max(h, h2)
	}
	if t := p.peek(); levels[t.Value] > levelLeadsTo {
		p.fail(t.Pos, "got `%s` after `within`: want parentheses around `p ~> q within n`", t.Value)
	}
	return w, p.taller(pos, height, h)
}

// event reads `happens A(x)` or `enabled A(x)`. The two words are names unless a name follows.
func (p *parser) event() (Expr, int) {
	op := *p.peek()
	p.lex.Next()
	call, h := p.actionCall()
	return &Event{at: at{op.Pos}, Op: op.Value, Call: call}, p.taller(op.Pos, h)
}
