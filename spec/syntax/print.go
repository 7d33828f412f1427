package syntax

import (
	"fmt"
	"strconv"
)

func (p *printer) file(f *File) {
	p.statement()
	if f.Model != nil {
		p.put("model")
		p.word(f.Model.Name.Name)
	}
	for _, d := range f.Decls {
		p.statement()
		p.decl(d)
	}
}

func (p *printer) decl(d Decl) {
	switch d := d.(type) {
	case *ImportDecl:
		p.put("import")
		p.word(`"` + d.Path + `"`)
	case *UseDecl:
		p.use(d)
	case *RefinesDecl:
		p.refines(d)
	case *HideDecl:
		p.put("hide")
		p.paths(d.Actions)
	case *CheckDecl:
		p.put("check")
		p.paths(d.Props)
	case *ConstDecl:
		p.put("const")
		p.word(d.Name.Name)
		p.typeOf(d.Type)
		p.cell(constCell)
		p.value("=", d.Value)
	case *AssumeDecl:
		p.put("assume")
		p.after(d.Cond)
	case *TypeDecl:
		p.put("type")
		p.word(d.Name.Name)
		p.cell(typeCell)
		p.word("=")
		p.space = true
		p.typ(d.Type)
	case *StateDecl:
		p.put("state")
		p.braced(len(d.Vars), ";", func(i int) { p.stateVar(d.Vars[i]) })
	case *InitDecl:
		p.put("init")
		p.block(d.Body)
	case *FuncDecl:
		p.put("func")
		p.word(d.Name.Name)
		p.list("(", ")", len(d.Params), func(i int) { p.paramGroup(d.Params[i]) })
		p.space = true
		p.typ(d.Result)
		if d.Decreases != nil {
			p.clause("decreases")
			p.after(d.Decreases)
		}
		p.soft = true
		p.value("=", d.Body)
	case *ActionDecl:
		p.action(d)
	case *PropertyDecl:
		p.put(d.Kind)
		p.space = true
		p.property(d.Name)
		p.spaced(1, func() { p.expr(d.Body) })
	case *BoundDecl:
		p.put("bound")
		p.space = true
		p.property(d.Name)
		p.spaced(1, func() {
			for _, f := range d.Foralls {
				p.put("forall")
				p.inExpr++
				p.binders(f.Binders)
				p.where(f.Where)
				p.put(":")
				p.inExpr--
				p.space = true
			}
			p.put(d.Agg)
			p.list("(", ")", 1, func(int) { p.expr(d.Expr) })
			p.word(d.Op)
			p.after(d.Limit)
			p.unit(d.Unit)
		})
	case *TerminalDecl:
		p.put("terminal")
		p.spaced(1, func() { p.expr(d.Cond) })
	case *ObserveDecl:
		p.put("observe")
		p.word(d.Name.Name)
		p.list("(", ")", 1, func(int) { p.paramGroup(d.Param) })
		p.spaced(len(d.Views), func() { p.separated(len(d.Views), func(i int) { p.expr(d.Views[i]) }) })
	case *ActsDecl:
		p.put("acts")
		p.word(d.Name.Name)
		p.list("(", ")", 1, func(int) { p.put(d.Param.Name) })
		p.word("=")
		if p.space = true; len(d.Acts) == 0 {
			p.list("{", "}", 0, nil)
			return
		}
		p.braces(len(d.Acts), func() {
			p.separated(len(d.Acts), func(i int) {
				p.actionCall(d.Acts[i].Call)
				p.where(d.Acts[i].Where)
			})
		})
	case *IsolatedDecl:
		p.put("isolated")
		p.space = true
		p.property(d.Name)
		p.spaced(1, func() {
			p.inExpr++
			p.binders(d.Binders)
			p.where(d.Where)
			if d.Via != nil {
				p.word("via")
				p.space = true
				p.binders(d.Via.Binders)
				p.where(d.Via.Where)
			}
			p.inExpr--
		})
	case *MutantDecl:
		p.mutant(d)
	case *ScenarioDecl:
		p.put("scenario")
		p.word(d.Name.Name)
		p.inConfig(d.Config)
		if d.From != nil {
			p.clause("from")
			p.spaced(1, func() { p.expr(d.From) })
		}
		p.braced(len(d.Steps), ";", func(i int) { p.scenarioStep(d.Steps[i]) })
	case *ConfigDecl:
		p.put("config")
		p.word(d.Name.Name)
		p.bracedAt(configBodyCell, len(d.Sets), ";", func(i int) { p.configValue(d.Sets[i]) })
	default:
		panic(fmt.Sprintf("a declaration of unknown type %T", d))
	}
}

// separated writes n items with commas between them.
func (p *printer) separated(n int, item func(int)) {
	for i := range n {
		if i > 0 {
			p.comma()
		}
		item(i)
	}
}

func (p *printer) configValue(v *ConfigValue) {
	p.path(v.Name.Name)
	p.cell(configCell)
	p.value("=", v.Value)
}

// after writes an expression after a space.
func (p *printer) after(x Expr) {
	p.space = true
	p.expr(x)
}

// value writes an operator and the expression on its right.
func (p *printer) value(op string, x Expr) {
	p.word(op)
	p.after(x)
}

// typeOf writes `: type` if there is one.
func (p *printer) typeOf(t TypeExpr) {
	if t != nil {
		p.put(":")
		p.space = true
		p.typ(t)
	}
}

func (p *printer) names(names []*Ident) {
	for i, n := range names {
		if i > 0 {
			p.put(",")
			p.space = true
		}
		p.put(n.Name)
	}
}

func (p *printer) stateVar(v *StateVar) {
	p.names(v.Names)
	p.put(":")
	p.cell(varTypeCell)
	p.space = true
	p.typ(v.Type)
	p.cell(varInitCell)
	p.word("=")
	if v.Any {
		p.word("any")
	} else {
		p.after(v.Init)
	}
}

func (p *printer) paramGroup(g *ParamGroup) {
	p.names(g.Names)
	p.typeOf(g.Type)
}

func (p *printer) action(d *ActionDecl) {
	if d.Fair != nil {
		if d.Fair.Strong {
			p.put("strong")
			p.space = true
		}
		p.put("fair")
		if len(d.Fair.For) > 0 {
			p.word("for")
			p.space = true
			p.names(d.Fair.For)
		}
		p.space = true
	}
	p.put("action")
	p.word(d.Name.Name)
	if len(d.Params) > 0 || p.emptyParams() {
		p.list("(", ")", len(d.Params), func(i int) { p.paramGroup(d.Params[i]) })
	}
	if d.Guard != nil {
		p.clause("when")
		p.after(d.Guard)
	}
	p.block(d.Body)
	if d.Ensures != nil {
		p.clause("ensures")
		p.after(d.Ensures)
	}
}

// emptyParams tells whether the source goes on with `()`, which the tree does not show.
func (p *printer) emptyParams() bool {
	i := p.peek()
	return i >= 0 && p.tokens[i].Value == "("
}

func (p *printer) inConfig(config *Ident) {
	if config != nil {
		p.clause("in")
		p.word(config.Name)
	}
}

func (p *printer) mutant(d *MutantDecl) {
	p.put("mutant")
	p.word(d.Name.Name)
	p.clause("of")
	p.space = true
	p.path(d.Of.Name)
	p.inConfig(d.Config)
	p.clause("breaks")
	p.space = true
	p.path(d.Breaks.Name)
	if d.Guard != nil {
		p.clause("when")
		p.after(d.Guard)
	}
	if d.Body != nil {
		p.block(d.Body)
	}
}

func (p *printer) scenarioStep(s ScenarioStep) {
	switch s := s.(type) {
	case *DoStep:
		p.actionCall(s.Call)
	case *RefuseStep:
		p.put("refuse")
		p.space = true
		p.actionCall(s.Call)
	case *ExpectStep:
		p.put("expect")
		p.after(s.Cond)
	default:
		panic(fmt.Sprintf("a scenario step of unknown type %T", s))
	}
}

func (p *printer) actionCall(c *ActionCall) {
	p.of(c.Of)
	p.put(c.Name.Name)
	if len(c.Args) > 0 || p.emptyParams() {
		p.exprs("(", ")", c.Args)
	}
}

// unit writes what a waiting time is counted in.
func (p *printer) unit(c *ActionCall) {
	if c != nil {
		p.space = true
		p.actionCall(c)
	}
}

// property writes the name of a property. Those of consecutive properties stand below each other, and so do the bodies
// that fit one line.
func (p *printer) property(name *Ident) {
	p.cell(propNameCell)
	p.put(name.Name)
	if p.oneLine() {
		p.space = true
		p.cell(propBodyCell)
	}
}

func (p *printer) block(b *Block) {
	p.braced(len(b.Stmts), ";", func(i int) { p.stmt(b.Stmts[i]) })
}

func (p *printer) stmt(s Stmt) {
	switch s := s.(type) {
	case *AssignStmt:
		p.expr(s.Target)
		p.value(s.Op, s.Value)
	case *CallStmt:
		p.of(s.Call.Of)
		p.put(s.Call.Name.Name)
		p.exprs("(", ")", s.Call.Args)
	case *IfStmt:
		for i, c := range s.Conds {
			if i > 0 {
				p.outdent = true
				p.word("else")
				p.space = true
			}
			p.put("if")
			p.after(c.Cond)
			p.block(c.Body)
		}
		if s.Else != nil {
			p.outdent = true
			p.word("else")
			p.block(s.Else)
		}
	case *ForStmt:
		p.put("for")
		p.loop(s.Binders, s.Where, s.Body)
	case *ChooseStmt:
		p.put("choose")
		p.loop(s.Binders, s.Where, s.Body)
	case *EitherStmt:
		p.put("either")
		for i, b := range s.Branches {
			if i > 0 {
				p.outdent = true
				p.word("or")
			}
			p.block(b)
		}
	case *LetStmt:
		p.put("let")
		p.word(s.Name.Name)
		p.typeOf(s.Type)
		p.value("=", s.Value)
	case *AssertStmt:
		p.put("assert")
		p.after(s.Cond)
	case *WhenStmt:
		p.put("when")
		p.after(s.Cond)
	case *SkipStmt:
		p.put("skip")
	case *MatchStmt:
		p.put("match")
		p.after(s.X)
		p.braced(len(s.Arms), " |", func(i int) {
			p.pattern(s.Arms[i].Pattern)
			p.word("->")
			p.block(s.Arms[i].Body)
		})
	default:
		panic(fmt.Sprintf("a statement of unknown type %T", s))
	}
}

func (p *printer) loop(b *Binders, where Expr, body *Block) {
	p.binders(b)
	if where != nil {
		p.clause("where")
		p.after(where)
	}
	p.block(body)
}

func (p *printer) binders(b *Binders) {
	for i, g := range b.Groups {
		if i > 0 {
			p.put(",")
		}
		p.space = true
		p.names(g.Names)
		p.word("in")
		p.after(g.Domain)
	}
}

func (p *printer) pattern(pat *Pattern) {
	p.put(pat.Name)
	if len(pat.Binds) > 0 {
		p.list("(", ")", len(pat.Binds), func(i int) { p.put(pat.Binds[i].Name) })
	}
}

// intText gives a literal as written, or a number that has not been written yet.
func intText(x *IntLit) string {
	if x.Text != "" {
		return x.Text
	}
	return strconv.FormatInt(x.Value, 10)
}
