package syntax

import (
	"fmt"
	"strconv"
	"strings"
)

// expr writes an expression. Line breaks of the source stay where there is a space.
func (p *printer) expr(x Expr) {
	p.inExpr++
	p.tree(x)
	p.inExpr--
}

func (p *printer) exprs(opener, closer string, xs []Expr) {
	p.list(opener, closer, len(xs), func(i int) { p.expr(xs[i]) })
}

func (p *printer) tree(x Expr) {
	switch x := x.(type) {
	case *IntLit:
		p.put(intText(x))
	case *BoolLit:
		p.put(strconv.FormatBool(x.Value))
	case *Name:
		p.put(x.Name)
	case *Paren:
		p.list("(", ")", 1, func(int) { p.expr(x.X) })
	case *Unary:
		p.unary(x)
	case *Binary:
		p.tree(x.X)
		for _, word := range strings.Fields(x.Op) {
			p.word(word)
		}
		p.space = true
		p.tree(x.Y)
	case *Within:
		p.tree(x.X)
		p.word("within")
		p.space = true
		p.tree(x.Limit)
		p.unit(x.Unit)
	case *Event:
		p.put(x.Op)
		p.space = true
		p.actionCall(x.Call)
	case *Range:
		p.tree(x.Lo)
		p.put("..")
		p.tree(x.Hi)
	case *Is:
		p.tree(x.X)
		p.word("is")
		p.word(x.Ctor.Name)
	case *If:
		p.put("if")
		p.after(x.Cond)
		p.word("then")
		p.after(x.Then)
		p.word("else")
		p.after(x.Else)
	case *Let:
		p.put("let")
		p.word(x.Name.Name)
		p.value("=", x.Value)
		p.put(":")
		p.after(x.Body)
	case *Match:
		p.match(x)
	case *Quant:
		p.put(x.Op)
		p.binders(x.Binders)
		p.where(x.Where)
		if x.Body != nil {
			p.put(":")
			p.after(x.Body)
		}
	case *SetLit:
		p.exprs("{", "}", x.Elems)
	case *SeqLit:
		p.exprs("[", "]", x.Elems)
	case *BagLit:
		p.put("bag")
		p.exprs("{", "}", x.Elems)
	case *MapLit:
		p.list("{", "}", len(x.Entries), func(i int) {
			p.expr(x.Entries[i].Key)
			p.value("->", x.Entries[i].Value)
		})
	case *RecordLit:
		p.list("{", "}", len(x.Fields), func(i int) {
			p.put(x.Fields[i].Name.Name)
			p.value("=", x.Fields[i].Value)
		})
	case *SetComp:
		p.setComp(x)
	case *MapComp:
		p.braces(1, func() {
			p.tree(x.Key)
			p.value("->", x.Value)
			p.word("for")
			p.binders(x.Binders)
			p.where(x.Where)
		})
	case *Call:
		p.of(x.Of)
		p.put(x.Fun.Name)
		p.list("(", ")", len(x.Args), func(i int) {
			if a := x.Args[i]; a.Name != nil {
				p.put(a.Name.Name)
				p.value("=", a.Value)
			} else {
				p.expr(a.Value)
			}
		})
	case *Index:
		p.tree(x.X)
		p.exprs("[", "]", x.Args)
	case *Field:
		p.tree(x.X)
		p.put(".")
		p.put(x.Name.Name)
	case *With:
		p.tree(x.X)
		p.word("with")
		p.spaced(len(x.Updates), func() {
			for i, u := range x.Updates {
				if i > 0 {
					p.comma()
				}
				p.update(u)
			}
		})
	case *Old:
		p.put("old")
		p.list("(", ")", 1, func(int) { p.expr(x.X) })
	default:
		panic(fmt.Sprintf("an expression of unknown type %T", x))
	}
}

// unary writes `-x`, `not x` or, when it is written so or not written yet, `x not in S`.
func (p *printer) unary(x *Unary) {
	if in, ok := x.X.(*Binary); ok && x.Op == "not" && in.Op == "in" && x.Pos == in.Pos {
		p.tree(in.X)
		p.word("not")
		p.word("in")
		p.after(in.Y)
		return
	}
	p.put(x.Op)
	p.space = x.Op != "-"
	p.tree(x.X)
}

func (p *printer) where(x Expr) {
	if x != nil {
		p.word("where")
		p.after(x)
	}
}

func (p *printer) setComp(x *SetComp) {
	p.braces(1, func() {
		if x.Filter {
			g := x.Binders.Groups[0]
			p.put(g.Names[0].Name)
			p.word("in")
			p.after(g.Domain)
			p.word("|")
			p.after(x.Where)
			return
		}
		p.tree(x.Elem)
		p.word("for")
		p.binders(x.Binders)
		p.where(x.Where)
	})
}

func (p *printer) update(u *Update) {
	if u.Field != nil {
		p.put(u.Field.Name)
	} else {
		p.exprs("[", "]", u.Index)
	}
	p.value("=", u.Value)
}

// match writes the arms one a line when the source begins a line with one of them.
func (p *printer) match(x *Match) {
	p.put("match")
	p.after(x.X)
	starts := make([]Pos, len(x.Arms))
	for i, a := range x.Arms {
		starts[i] = a.Pos
	}
	p.space = true
	p.rows(starts, " |", func(i int) {
		p.pattern(x.Arms[i].Pattern)
		p.value("->", x.Arms[i].Body)
	})
}

// rows writes items between braces, which begin at starts, one a line without separators if the source begins a line
// with any of them, and otherwise with separators. They are items whose separators may be newlines.
func (p *printer) rows(starts []Pos, sep string, item func(int)) {
	if !p.rowsBroken(starts) {
		p.put("{")
		p.brackets = append(p.brackets, bracket{base: p.lineIndent})
		for i := range starts {
			if i > 0 {
				p.write(sep)
			}
			p.space, p.item = true, true
			item(i)
		}
		p.space = true
		p.close("}")
		return
	}
	p.put("{")
	p.brackets = append(p.brackets, bracket{base: p.lineIndent, broken: true})
	for i := range starts {
		p.item, p.hard = true, true
		item(i)
	}
	p.close("}")
}

func (p *printer) rowsBroken(starts []Pos) bool {
	if p.tokens == nil || p.find("{") < 0 {
		return false
	}
	begins := func(offset int) bool {
		i := p.tokenAt(offset)
		j := i - 1
		for p.tokens[j].Value == ";" || p.tokens[j].Value == "," || p.tokens[j].Value == "|" {
			j--
		}
		return p.tokens[i].Pos.Line > p.tokens[j].Pos.Line
	}
	for _, s := range starts {
		if begins(s.Offset) {
			return true
		}
	}
	return begins(p.closers[p.tokens[p.find("{")].Pos.Offset].Offset)
}

// typ writes a type.
func (p *printer) typ(t TypeExpr) {
	p.inExpr++
	defer func() { p.inExpr-- }()
	switch t := t.(type) {
	case *NamedType:
		p.path(t.Name)
	case *RangeType:
		if t.Symmetric {
			p.put("symmetric")
			p.space = true
		}
		p.tree(t.Lo)
		p.put("..")
		p.tree(t.Hi)
	case *EnumType:
		p.put("enum")
		p.enum(t)
	case *RecordType:
		p.put("record")
		starts := make([]Pos, len(t.Fields))
		for i, f := range t.Fields {
			starts[i] = f.Pos
		}
		p.space = true
		p.rows(starts, ",", func(i int) { p.paramGroup(t.Fields[i]) })
	case *UnionType:
		p.put("union")
		p.union(t)
	case *OptionType:
		p.put("option")
		p.list("[", "]", 1, func(int) { p.typ(t.Elem) })
	case *SetType:
		p.put("set")
		p.list("[", "]", 1, func(int) { p.typ(t.Elem) })
	case *MapType:
		p.put("map")
		p.list("[", "]", len(t.Keys), func(i int) { p.typ(t.Keys[i]) })
		p.typ(t.Elem)
	case *SeqType:
		p.put("seq")
		p.sized(t.Elem, t.Max)
	case *BagType:
		p.put("bag")
		p.sized(t.Elem, t.Max)
	default:
		panic(fmt.Sprintf("a type of unknown type %T", t))
	}
}

func (p *printer) sized(elem TypeExpr, most Expr) {
	p.list("[", "]", 2, func(i int) {
		if i == 0 {
			p.typ(elem)
		} else {
			p.expr(most)
		}
	})
}

func (p *printer) enum(t *EnumType) {
	p.spaced(len(t.Members), func() {
		for i, m := range t.Members {
			if i > 0 {
				p.comma()
			}
			p.put(m.Name)
		}
	})
}

func (p *printer) union(t *UnionType) {
	p.spaced(len(t.Variants), func() {
		for i, v := range t.Variants {
			if i > 0 {
				p.item = true
				p.word("|")
				p.space, p.item = true, true
			}
			p.put(v.Name.Name)
			if len(v.Fields) > 0 {
				p.list("(", ")", len(v.Fields), func(i int) { p.paramGroup(v.Fields[i]) })
			}
		}
	})
}
