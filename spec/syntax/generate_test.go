package syntax

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// generator draws random trees of bounded depth. Operands that precedence would group otherwise stand in Paren nodes.
type generator struct{ t *rapid.T }

func (g generator) upTo(n int) int { return rapid.IntRange(0, n).Draw(g.t, "n") }

func (g generator) yes() bool { return rapid.Bool().Draw(g.t, "yes") }

func (g generator) one(words ...string) string { return rapid.SampledFrom(words).Draw(g.t, "word") }

func (g generator) name() string {
	name := g.one("a", "b", "world", "VM", "x1", "_", "min", "max", "deadlock", "value", "size", "a_b", "Ready", "lo",
		"happens", "enabled", "longest", "")
	if name == "" { // lines of all widths
		return "w" + strings.Repeat("i", g.upTo(40))
	}
	return name
}

func (g generator) ident() *Ident { return &Ident{Name: g.name()} }

// some draws from least to least+2 things.
func some[T any](g generator, least int, draw func() T) []T {
	var out []T
	for range least + g.upTo(2) {
		out = append(out, draw())
	}
	return out
}

func (g generator) idents() []*Ident { return some(g, 1, g.ident) }

func (g generator) exprs(least, depth int) []Expr {
	return some(g, least, func() Expr { return g.expr(depth) })
}

// level is the level of precedence of a tree: as an operand of a tighter operator it needs parentheses.
func level(x Expr) int {
	switch x := x.(type) {
	case *Binary:
		return levels[strings.Fields(x.Op)[0]]
	case *Within:
		return levelLeadsTo
	case *Event:
		return levelNeg
	case *Range:
		return levelRange
	case *Is:
		return levelCompare
	case *Unary:
		if x.Op == "-" {
			return levelNeg
		}
		return levelNot
	case *Quant, *If, *Let:
		return 0
	}
	return levelNeg + 1
}

// operand draws an operand of an operator of level min.
func (g generator) operand(min, depth int) Expr {
	x := g.expr(depth)
	if level(x) < min {
		return &Paren{X: x}
	}
	return x
}

func (g generator) atom() Expr {
	switch g.upTo(3) {
	case 0:
		n := rapid.Int64Range(0, 1<<62).Draw(g.t, "int")
		return &IntLit{Value: n, Text: fmt.Sprint(n)}
	case 1:
		return &BoolLit{Value: g.yes()}
	case 2:
		return &Name{Name: "none"}
	}
	return &Name{Name: g.name()}
}

func (g generator) expr(depth int) Expr {
	if depth <= 0 {
		return g.atom()
	}
	d := depth - 1
	switch g.upTo(26) {
	case 0, 1, 2:
		ops := []string{
			"iff", "implies", "or", "and", "==", "!=", "<", "<=", ">", ">=", "in", "subset", "union", "minus", "intersect",
			"+", "-", "*", "/", "%", "~>", "until", "release", "weak until",
		}
		op := g.one(ops...)
		l := levels[strings.Fields(op)[0]]
		left, right := l, l+1
		switch l {
		case levelImplies, levelUntil:
			left, right = l+1, l
		case levelCompare, levelLeadsTo:
			left = l + 1
		}
		return &Binary{Op: op, X: g.operand(left, d), Y: g.operand(right, d)}
	case 3:
		return &Range{Lo: g.operand(levelRange+1, d), Hi: g.operand(levelRange+1, d)}
	case 4:
		ctor := g.ident()
		if g.yes() {
			ctor.Name = g.one("none", "some")
		}
		return &Is{X: g.operand(levelCompare+1, d), Ctor: ctor}
	case 5:
		if g.yes() {
			return &Unary{Op: "-", X: g.operand(levelNeg, d)}
		}
		return &Unary{Op: g.one("not", "always", "eventually", "next", "can"), X: g.operand(levelNot, d)}
	case 6:
		return &If{Cond: g.expr(d), Then: g.expr(d), Else: g.expr(d)}
	case 7:
		return &Let{Name: g.ident(), Value: g.expr(d), Body: g.expr(d)}
	case 8:
		return &Match{X: g.expr(d), Arms: some(g, 1, func() *ExprArm {
			return &ExprArm{Pattern: g.pattern(), Body: g.expr(d)}
		})}
	case 9:
		q := &Quant{Op: g.one("forall", "exists", "count", "sum", "min", "max"), Binders: g.binders(d), Body: g.expr(d)}
		if g.yes() {
			q.Where = g.expr(d)
		}
		return q
	case 10:
		b := &Binders{Groups: []*BinderGroup{{Names: []*Ident{g.ident()}, Domain: g.operand(levelUnion, d)}}}
		q := &Quant{Op: "pick", Binders: b}
		if g.yes() {
			q.Where = g.expr(d)
		}
		return q
	case 11:
		return &SetLit{Elems: g.exprs(0, d)}
	case 12:
		return &SeqLit{Elems: g.exprs(0, d)}
	case 13:
		return &BagLit{Elems: g.exprs(0, d)}
	case 14:
		return &MapLit{Entries: some(g, 1, func() *MapEntry { return &MapEntry{Key: g.expr(d), Value: g.expr(d)} })}
	case 15:
		return &RecordLit{Fields: some(g, 1, func() *FieldInit { return &FieldInit{Name: g.ident(), Value: g.expr(d)} })}
	case 16:
		if g.yes() {
			b := &Binders{Groups: []*BinderGroup{{Names: []*Ident{g.ident()}, Domain: g.operand(levelUnion, d)}}}
			return &SetComp{Filter: true, Binders: b, Where: g.expr(d)}
		}
		c := &SetComp{Elem: g.expr(d), Binders: g.binders(d)}
		if g.yes() {
			c.Where = g.expr(d)
		}
		return c
	case 17:
		c := &MapComp{Key: g.expr(d), Value: g.expr(d), Binders: g.binders(d)}
		if g.yes() {
			c.Where = g.expr(d)
		}
		return c
	case 18:
		c := &Call{Fun: g.ident()}
		if g.yes() {
			c.Fun.Name = "some"
		} else {
			c.Of = g.part(d)
		}
		c.Args = some(g, 0, func() *Arg {
			a := &Arg{Value: g.expr(d)}
			if g.yes() {
				a.Name = g.ident()
			}
			return a
		})
		return c
	case 19:
		return &Index{X: g.operand(levelNeg+1, d), Args: g.exprs(1, d)}
	case 20:
		return &Field{X: g.operand(levelNeg+1, d), Name: g.ident()}
	case 21:
		return &With{X: g.operand(levelNeg+1, d), Updates: some(g, 1, func() *Update {
			if g.yes() {
				return &Update{Field: g.ident(), Value: g.expr(d)}
			}
			return &Update{Index: g.exprs(1, d), Value: g.expr(d)}
		})}
	case 22, 23:
		return &Event{Op: g.one("happens", "enabled"), Call: g.call(d)}
	case 24, 25:
		leads := &Binary{Op: "~>", X: g.operand(levelLeadsTo+1, d), Y: g.operand(levelLeadsTo+1, d)}
		w := &Within{X: leads, Limit: g.operand(levelAdd, d)}
		if g.yes() {
			w.Limit, w.Unit = g.limit(d), g.call(d)
		}
		return w
	}
	return &Old{X: g.expr(d)}
}

// limit draws a number before the name of an action. A name there might begin something else with that one.
func (g generator) limit(depth int) Expr {
	if g.yes() {
		return &IntLit{Value: 8, Text: "8"}
	}
	return &Paren{X: g.expr(depth)}
}

// call draws an action with arguments.
func (g generator) call(depth int) *ActionCall {
	return &ActionCall{Of: g.part(depth), Name: g.ident(), Args: g.exprs(0, depth)}
}

func (g generator) binders(depth int) *Binders {
	return &Binders{Groups: some(g, 1, func() *BinderGroup {
		return &BinderGroup{Names: g.idents(), Domain: g.operand(levelUnion, depth)}
	})}
}

func (g generator) pattern() *Pattern {
	switch g.upTo(2) {
	case 0:
		return &Pattern{Name: g.one("none", "true", "false", "_")}
	case 1:
		return &Pattern{Name: "some", Binds: []*Ident{g.ident()}}
	}
	return &Pattern{Name: g.name(), Binds: some(g, 0, g.ident)}
}

func (g generator) params(least, depth int) []*ParamGroup {
	return some(g, least, func() *ParamGroup { return &ParamGroup{Names: g.idents(), Type: g.typ(depth)} })
}

func (g generator) typ(depth int) TypeExpr {
	if depth <= 0 {
		return &NamedType{Name: g.path().Name}
	}
	d := depth - 1
	switch g.upTo(8) {
	case 0:
		return &RangeType{Symmetric: g.yes(), Lo: g.bound(d), Hi: g.bound(d)}
	case 1:
		return &EnumType{Members: g.idents()}
	case 2:
		return &RecordType{Fields: g.params(1, d)}
	case 3:
		return &UnionType{Variants: some(g, 1, func() *Variant {
			return &Variant{Name: g.ident(), Fields: g.params(0, d)}
		})}
	case 4:
		return &OptionType{Elem: g.typ(d)}
	case 5:
		return &SetType{Elem: g.typ(d)}
	case 6:
		return &MapType{Keys: some(g, 1, func() TypeExpr { return g.typ(d) }), Elem: g.typ(d)}
	case 7:
		return &SeqType{Elem: g.typ(d), Max: g.expr(d)}
	}
	return &BagType{Elem: g.typ(d), Max: g.expr(d)}
}

// bound draws one end of a range type, which begins as a number does.
func (g generator) bound(depth int) Expr {
	switch g.upTo(3) {
	case 0:
		return &Name{Name: g.name()}
	case 1:
		return &Unary{Op: "-", X: &IntLit{Value: 3, Text: "3"}}
	case 2:
		return &Paren{X: g.expr(depth)}
	}
	return &Binary{Op: g.one("+", "-"), X: &IntLit{Value: 7, Text: "7"}, Y: &Name{Name: g.name()}}
}

func (g generator) block(depth int) *Block {
	return &Block{Stmts: some(g, 0, func() Stmt { return g.stmt(depth) })}
}

func (g generator) stmt(depth int) Stmt {
	where := func() Expr {
		if g.yes() {
			return g.expr(2)
		}
		return nil
	}
	d := depth - 1
	n := 5
	if depth > 0 {
		n = 10
	}
	switch g.upTo(n) - 1 {
	case -1:
		return &CallStmt{Call: g.call(2)}
	case 0:
		return &SkipStmt{}
	case 1:
		l := &LetStmt{Name: g.ident(), Value: g.expr(2)}
		if g.yes() {
			l.Type = g.typ(1)
		}
		return l
	case 2:
		return &AssertStmt{Cond: g.expr(2)}
	case 3:
		return &WhenStmt{Cond: g.expr(2)}
	case 4:
		var target Expr = &Name{Name: g.name()}
		for range g.upTo(2) {
			if g.yes() {
				target = &Index{X: target, Args: g.exprs(1, 1)}
			} else {
				target = &Field{X: target, Name: g.ident()}
			}
		}
		return &AssignStmt{Target: target, Op: g.one("=", "+=", "-="), Value: g.expr(3)}
	case 5:
		s := &IfStmt{Conds: some(g, 1, func() *CondBlock { return &CondBlock{Cond: g.expr(2), Body: g.block(d)} })}
		if g.yes() {
			s.Else = g.block(d)
		}
		return s
	case 6:
		return &ForStmt{Binders: g.binders(1), Where: where(), Body: g.block(d)}
	case 7:
		return &ChooseStmt{Binders: g.binders(1), Where: where(), Body: g.block(d)}
	case 8:
		return &EitherStmt{Branches: some(g, 2, func() *Block { return g.block(d) })}
	}
	return &MatchStmt{X: g.expr(1), Arms: some(g, 1, func() *StmtArm {
		return &StmtArm{Pattern: g.pattern(), Body: g.block(d)}
	})}
}

func (g generator) decl() Decl {
	maybe := func() *Ident {
		if g.yes() {
			return g.ident()
		}
		return nil
	}
	switch g.upTo(20) {
	case 19:
		return &RefinesDecl{Path: g.one("a.bh", "lib/b.bh"), Name: g.ident(), Sets: g.values()}
	case 16:
		return &UseDecl{Path: g.one("a.bh", "lib/b.bh"), Name: g.ident(), Index: g.params(0, 1), Sets: g.values()}
	case 17:
		return &HideDecl{Actions: g.paths()}
	case 18:
		return &CheckDecl{Props: g.paths()}
	case 0:
		return &ImportDecl{Path: g.one("a.bh", "lib/b.bh", "é x.bh")}
	case 1:
		c := &ConstDecl{Name: g.ident(), Value: g.expr(2)}
		if g.yes() {
			c.Type = g.typ(1)
		}
		return c
	case 2:
		return &AssumeDecl{Cond: g.expr(4)}
	case 3:
		return &TypeDecl{Name: g.ident(), Type: g.typ(4)}
	case 4:
		return &StateDecl{Vars: some(g, 0, func() *StateVar {
			v := &StateVar{Names: g.idents(), Type: g.typ(3)}
			if v.Any = g.yes(); !v.Any {
				v.Init = g.expr(2)
			}
			return v
		})}
	case 5:
		return &InitDecl{Body: g.block(3)}
	case 6:
		f := &FuncDecl{Name: g.ident(), Params: g.params(0, 2), Result: g.typ(2), Body: g.expr(4)}
		if g.yes() {
			f.Decreases = g.expr(2)
		}
		return f
	case 7:
		a := &ActionDecl{Name: g.ident(), Params: g.params(0, 2), Body: g.block(3)}
		if g.yes() {
			a.Fair = &Fairness{Strong: g.yes(), For: some(g, 0, g.ident)}
		}
		if g.yes() {
			a.Guard = g.expr(3)
		}
		if g.yes() {
			a.Ensures = g.expr(3)
		}
		return a
	case 8:
		return &PropertyDecl{Kind: g.one("invariant", "step", "reachable", "property"), Name: g.ident(), Body: g.expr(5)}
	case 9:
		b := &BoundDecl{
			Name: g.ident(), Agg: g.one("max", "min", "longest"), Expr: g.expr(2), Op: g.one("<", "<=", ">", ">="), Limit: g.expr(1),
		}
		if g.yes() {
			b.Foralls = some(g, 0, func() *BoundForall {
				f := &BoundForall{Binders: g.binders(1)}
				if g.yes() {
					f.Where = g.expr(1)
				}
				return f
			})
		}
		if g.yes() {
			b.Limit, b.Unit = g.limit(1), g.call(1)
		}
		return b
	case 10:
		return &TerminalDecl{Cond: g.expr(3)}
	case 11:
		m := &MutantDecl{Name: g.ident(), Of: g.path(), Config: maybe(), Breaks: g.path(), Body: g.block(2)}
		if g.yes() {
			m.Breaks.Name += ".ensures"
		}
		if g.yes() {
			m.Guard = g.expr(2)
			if g.yes() {
				m.Body = nil
			}
		}
		return m
	case 12:
		s := &ScenarioDecl{Name: g.ident(), Config: maybe()}
		if g.yes() {
			s.From = g.expr(3)
		}
		s.Steps = some(g, 0, func() ScenarioStep {
			call := g.call(2)
			switch g.upTo(2) {
			case 0:
				return &DoStep{Call: call}
			case 1:
				return &RefuseStep{Call: call}
			}
			return &ExpectStep{Cond: g.expr(3)}
		})
		return s
	case 13:
		return &ObserveDecl{Name: g.ident(), Param: g.params(1, 2)[0], Views: g.exprs(1, 3)}
	case 14:
		return &ActsDecl{Name: g.ident(), Param: g.ident(), Acts: some(g, 0, func() *ActsEntry {
			e := &ActsEntry{Call: g.call(1)}
			if g.yes() {
				e.Where = g.expr(3)
			}
			return e
		})}
	case 15:
		d := &IsolatedDecl{Name: g.ident(), Binders: g.binders(1)}
		if g.yes() {
			d.Where = g.expr(2)
		}
		return d
	}
	return &ConfigDecl{Name: g.ident(), Sets: g.values()}
}

func (g generator) values() []*ConfigValue {
	return some(g, 0, func() *ConfigValue { return &ConfigValue{Name: g.path(), Value: g.expr(2)} })
}

// path draws a name, qualified or not.
func (g generator) path() *Path {
	return &Path{Name: strings.Join(some(g, 1, g.name), ".")}
}

func (g generator) paths() []*Path {
	return some(g, 1, func() *Path {
		p := g.path()
		if g.yes() {
			p.Name += "." + g.one("*", "ensures")
		}
		return p
	})
}

// part draws what stands before the point of something that is of a part, or nil.
func (g generator) part(depth int) Expr {
	if g.yes() {
		return nil
	}
	var x Expr = &Name{Name: g.name()}
	if g.yes() {
		x = &Field{X: x, Name: g.ident()}
	}
	if g.yes() {
		x = &Index{X: x, Args: g.exprs(1, depth)}
	}
	return x
}

func (g generator) file() *File {
	f := &File{Decls: some(g, 1, g.decl)}
	if g.yes() {
		f.Model = &ModelDecl{Name: g.ident()}
	}
	return f
}

// untidy writes the tokens of a file with random blanks, comments and newlines between them, which do not change what
// the file means.
func (g generator) untidy(text []byte) []byte {
	s := scan("g.bh", text)
	if s.err != nil {
		g.t.Fatalf("the printed text has an error: %v\n%s", s.err, text)
	}
	var out strings.Builder
	var open []string
	// In one mode of three, whole declarations stand on one line, however long; in another, all but a few breaks are left out.
	joined := g.upTo(2)
	for i, t := range s.tokens {
		gaps := []string{" ", " ", " ", " ", "  ", "\t", " /* c */ ", " /**/ "}
		if i > 0 {
			before := s.tokens[i-1]
			n := len(open)
			inside := n > 0 && open[n-1] != "{"
			if continuing[t.Value] || inside || !endsStatement(before) {
				breaks := []string{"\n", "\n\n\n", " // c\n", "\n  // c\n\n", " /* c\n d */", "\n/* c */\n", "\n/* c */ ", "\n// c\n// d\n "}
				switch {
				case joined == 0:
					gaps = append(gaps, breaks...)
				case joined == 1 && g.upTo(40) == 0:
					gaps = breaks
				case g.upTo(20) > 0:
					gaps = []string{" "}
				}
			}
		}
		gap := g.one(gaps...)
		switch t.Value {
		case "(", "[", "{":
			open = append(open, t.Value)
		case ")", "]", "}":
			open = open[:len(open)-1]
		case ";":
			if len(open) > 0 && (joined == 2 || joined == 1 && g.upTo(8) > 0) {
				out.WriteString(";")
				continue
			}
			out.WriteString(g.one(";", ";", " ; ;", "\n", "\n", "\n\n", "\n\n\n", " // c\n", "\n// c\n", "\n\n// c\n\n", "; // c\n"))
			continue
		}
		out.WriteString(gap)
		out.WriteString(t.Value)
	}
	return []byte(out.String())
}
