package ir

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Text is the expression in the syntax of the language, with the parentheses that it needs and no others. Conversions,
// which the language does not write, are left out, and what Build took apart (membership, !=, sizes) is put together.
func (p *Program) Text(e *Expr) string { return p.TextWith(e, nil) }

// TextWith is Text with a value in the place of each local for which value gives one.
func (p *Program) TextWith(e *Expr, value func(LocalID) (string, bool)) string {
	return (&printer{p: p, value: value}).text(e, loosest, true)
}

type printer struct {
	p     *Program
	value func(LocalID) (string, bool)
	names map[LocalID]string // of locals that are called otherwise for now
}

// text is e where something of level want may stand. Last says that nothing follows to the right, so that a quantifier,
// which extends as far as it can, needs no parentheses.
func (pr *printer) text(e *Expr, want int, last bool) string {
	level := pr.level(e)
	if level < want && !(level == quantLevel && last) {
		return "(" + pr.bare(e, true) + ")"
	}
	return pr.bare(e, last)
}

func (pr *printer) bare(e *Expr, last bool) string {
	if s, ok := pr.member(e, last); ok {
		return s
	}
	if op, ok := infixes[e.Op]; ok {
		return pr.infix(e, op, last)
	}
	arg := func(i int) string { return pr.text(e.Args[i], loosest, true) }
	switch e.Op {
	case Const:
		return constText(e)
	case LoadVar:
		return pr.p.Vars[e.Var].Name
	case LoadLocal:
		return pr.local(e.Local)
	case Narrow, Clip, MapFill:
		return pr.bare(e.Args[0], last)
	case Not:
		return pr.not(e.Args[0], last)
	case Neg:
		return "-" + pr.text(e.Args[0], postfixLevel, last) // two signs in a row would read badly
	case If:
		return "if " + arg(0) + " then " + arg(1) + " else " + pr.text(e.Args[2], loosest, last)
	case Let:
		return "let " + pr.name(e.Local) + " = " + arg(0) + ": " + pr.text(e.Args[1], loosest, last)
	case Match:
		return pr.match(e)
	case IsCtor:
		return pr.text(e.Args[0], unionLevel, false) + " is " + ctorName(e.Args[0].Type, int(e.Int))
	case Forall, Exists, Count, Sum, MinOver, MaxOver, Pick:
		return pr.quant(e, last)
	case SetOver:
		return pr.setOver(e)
	case SetAll:
		return setAllText(e.Type.Elem)
	case SetLit:
		return "{" + pr.list(e.Args) + "}"
	case SeqLit:
		return "[" + pr.list(e.Args) + "]"
	case BagLit:
		return "bag{" + pr.list(e.Args) + "}"
	case MapLit:
		var parts []string
		for i := 0; i+1 < len(e.Args); i += 2 {
			parts = append(parts, pr.key(e.Args[i])+" -> "+arg(i+1))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case MapOver:
		return "{" + pr.key(e.Args[0]) + " -> " + arg(1) + " for " + pr.binders(e.Binders) + pr.where(e.Where) + "}"
	case RecordLit:
		return pr.record(e)
	case Key:
		return pr.list(e.Args)
	case Ctor:
		name := ctorName(e.Type, int(e.Int))
		if len(e.Args) == 0 {
			return name
		}
		return name + "(" + pr.list(e.Args) + ")"
	case Index:
		return pr.text(e.Args[0], postfixLevel, false) + "[" + pr.key(e.Args[1]) + "]"
	case SeqIndex:
		return pr.text(e.Args[0], postfixLevel, false) + "[" + arg(1) + "]"
	case Field:
		return pr.text(e.Args[0], postfixLevel, false) + "." + e.Args[0].Type.Fields[e.Int].Name
	case Value:
		return pr.text(e.Args[0], postfixLevel, false) + ".value"
	case WithField, WithKey:
		return pr.with(e)
	case Call:
		return pr.p.Funcs[e.Func].Name + "(" + pr.list(e.Args) + ")"
	default:
		return builtinNames[e.Op] + "(" + pr.list(e.Args) + ")"
	}
}

var builtinNames = map[Op]string{
	Old: "old", Powerset: "powerset", Size: "size", Head: "head", Tail: "tail", Append: "append", Elems: "elems",
	Multiplicity: "multiplicity", BagAdd: "add", BagRemove: "remove", Min: "min", Max: "max", Abs: "abs",
}

var infixes = map[Op]string{
	Add: "+", Sub: "-", Mul: "*", Div: "/", Mod: "%", And: "and", Or: "or", Implies: "implies", Eq: "==", Lt: "<",
	Le: "<=", In: "in", Subset: "subset", Union: "union", Intersect: "intersect", Minus: "minus",
}

func (pr *printer) infix(e *Expr, op string, last bool) string {
	level := pr.level(e)
	left, right := level, level+1
	switch e.Op {
	case Eq, Lt, Le, In, Subset: // they do not chain
		left = level + 1
		if isIff(e) {
			op, left = "iff", level
		}
		if e.Form == Greater {
			op = map[Op]string{Lt: ">", Le: ">="}[e.Op]
			return pr.text(e.Args[1], left, false) + " " + op + " " + pr.text(e.Args[0], right, last)
		}
	case Implies:
		left, right = level+1, level
	case And, Or: // associative, so that a chain needs no parentheses on either side
		right = level
	}
	return pr.text(e.Args[0], left, false) + " " + op + " " + pr.text(e.Args[1], right, last)
}

func (pr *printer) not(x *Expr, last bool) string {
	infix := func(op string) string {
		return pr.text(x.Args[0], unionLevel, false) + " " + op + " " + pr.text(x.Args[1], unionLevel, last)
	}
	switch {
	case x.Op == Eq && !isIff(x):
		return infix("!=")
	case x.Op == In:
		return infix("not in")
	}
	return "not " + pr.text(x, notLevel, last)
}

func (pr *printer) local(id LocalID) string {
	if pr.value != nil {
		if s, ok := pr.value(id); ok {
			return s
		}
	}
	return pr.name(id)
}

// name is the name of a local. A written one hides no other name; one that Build made gets another where it would.
func (pr *printer) name(id LocalID) string {
	if name, ok := pr.names[id]; ok {
		return name
	}
	name := pr.p.Locals[id].Name
	if !pr.p.declares(name) {
		return name
	}
	for c := 'a'; c <= 'z'; c++ {
		other := string(c)
		if !pr.p.declares(other) && !slices.ContainsFunc(pr.p.Locals, func(l Local) bool { return l.Name == other }) {
			return other
		}
	}
	return name + strconv.Itoa(int(id))
}

func (p *Program) declares(name string) bool {
	return slices.ContainsFunc(p.Vars, func(v Var) bool { return v.Name == name }) ||
		slices.ContainsFunc(p.Funcs, func(f Func) bool { return f.Name == name })
}

func (pr *printer) list(es []*Expr) string {
	var parts []string
	for _, e := range es {
		parts = append(parts, pr.text(e, loosest, true))
	}
	return strings.Join(parts, ", ")
}

// key is the key of a map; several are written without brackets of their own.
func (pr *printer) key(e *Expr) string { return pr.text(e, loosest, true) }

func (pr *printer) record(e *Expr) string {
	var parts []string
	for i, a := range e.Args {
		parts = append(parts, e.Type.Fields[i].Name+" = "+pr.text(a, loosest, true))
	}
	body := strings.Join(parts, ", ")
	if e.Type.Name != "" {
		return e.Type.Name + "(" + body + ")"
	}
	return "{" + body + "}"
}

// with gathers the updates of one with, which Build nests.
func (pr *printer) with(e *Expr) string {
	var updates []string
	for e.Op == WithField || e.Op == WithKey {
		u := ""
		if e.Op == WithField {
			u = e.Type.Fields[e.Int].Name + " = " + pr.text(e.Args[1], loosest, true)
		} else {
			u = "[" + pr.key(e.Args[1]) + "] = " + pr.text(e.Args[2], loosest, true)
		}
		updates = append([]string{u}, updates...)
		e = e.Args[0]
	}
	return pr.text(e, withLevel, false) + " with {" + strings.Join(updates, ", ") + "}"
}

func (pr *printer) match(e *Expr) string {
	var arms []string
	for _, a := range e.Arms {
		pattern := "_"
		if a.Ctor >= 0 {
			pattern = ctorName(e.Args[0].Type, a.Ctor)
		}
		if len(a.Binds) > 0 {
			var names []string
			for _, id := range a.Binds {
				if id < 0 {
					names = append(names, "_")
				} else {
					names = append(names, pr.name(id))
				}
			}
			pattern += "(" + strings.Join(names, ", ") + ")"
		}
		arms = append(arms, pattern+" -> "+pr.text(a.Body, loosest, true))
	}
	return "match " + pr.text(e.Args[0], loosest, true) + " { " + strings.Join(arms, " | ") + " }"
}

func constText(e *Expr) string {
	switch e.Type.Kind {
	case types.Bool:
		return strconv.FormatBool(e.Int != 0)
	case types.Enum:
		return e.Type.Members[e.Int]
	case types.Symmetric:
		return strconv.FormatInt(e.Type.Lo+e.Int, 10)
	}
	return strconv.FormatInt(e.Int, 10)
}

func ctorName(t *types.Type, i int) string {
	switch t.Kind {
	case types.Union:
		return t.Variants[i].Name
	case types.Enum:
		return t.Members[i]
	case types.Bool:
		return strconv.FormatBool(i != 0)
	}
	if i == 1 {
		return "some"
	}
	return "none"
}
