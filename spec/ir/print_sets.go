package ir

import (
	"strconv"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/types"
)

var quantNames = map[Op]string{
	Forall: "forall", Exists: "exists", Count: "count", Sum: "sum", MinOver: "min", MaxOver: "max", Pick: "pick",
}

func (pr *printer) quant(e *Expr, last bool) string {
	switch {
	case e.Op == Count && isConst(e.Args[0], 1) && isWhole(e):
		return "size(" + pr.domain(&e.Binders[0], loosest) + ")"
	case (e.Op == MinOver || e.Op == MaxOver) && isIdentity(e) && e.Where == nil:
		return quantNames[e.Op] + "(" + pr.domain(&e.Binders[0], loosest) + ")"
	}
	text := quantNames[e.Op] + " " + pr.binders(e.Binders) + pr.where(e.Where)
	if e.Op == Pick {
		return text
	}
	return text + ": " + pr.text(e.Args[0], loosest, last)
}

func (pr *printer) where(e *Expr) string {
	if e == nil {
		return ""
	}
	return " where " + pr.text(e, loosest, true)
}

// binders gathers names that go through the same domain.
func (pr *printer) binders(bs []Binder) string {
	var out strings.Builder
	before := ""
	for i := range bs {
		name, domain := pr.name(bs[i].Local), pr.domain(&bs[i], unionLevel)
		switch {
		case i == 0:
		case domain == before:
			out.WriteString(", ")
		default:
			out.WriteString(" in " + before + ", ")
		}
		out.WriteString(name)
		before = domain
	}
	return out.String() + " in " + before
}

// domain is the set that a binder goes through, where something of level want may stand.
func (pr *printer) domain(b *Binder, want int) string {
	text := pr.plainDomain(b)
	if b.Where != nil {
		defer pr.called(b.Local, b.Own)()
		return "{" + pr.name(b.Local) + " in " + text + " | " + pr.text(b.Where, loosest, true) + "}"
	}
	if pr.domainLevel(b) < want {
		return "(" + text + ")"
	}
	return text
}

// called gives a local another name, if there is one, until the function that it returns is called.
func (pr *printer) called(id LocalID, name string) func() {
	if name == "" {
		return func() {}
	}
	if pr.names == nil {
		pr.names = map[LocalID]string{}
	}
	before, had := pr.names[id]
	pr.names[id] = name
	return func() {
		if had {
			pr.names[id] = before
		} else {
			delete(pr.names, id)
		}
	}
}

func (pr *printer) plainDomain(b *Binder) string {
	switch b.Kind {
	case AllOf:
		return setAllText(b.Type)
	case Interval:
		return pr.text(b.Lo, addLevel, false) + ".." + pr.text(b.Hi, addLevel, false)
	case Subsets:
		return "powerset(" + pr.text(b.Set, loosest, true) + ")"
	default:
		return pr.text(b.Set, loosest, false)
	}
}

func (pr *printer) domainLevel(b *Binder) int {
	switch {
	case b.Where != nil:
		return primaryLevel
	case b.Kind == Interval, b.Kind == AllOf && b.Type.Name == "" && b.Type.Kind == types.Range:
		return rangeLevel
	case b.Kind == Members:
		return pr.level(b.Set)
	}
	return primaryLevel
}

// setOver is a comprehension. Build makes one of any set that is gone through, such as 0..3, too.
func (pr *printer) setOver(e *Expr) string {
	if isIdentity(e) {
		b := e.Binders[0]
		if e.Where != nil {
			defer pr.called(b.Local, b.Own)()
			return "{" + pr.name(b.Local) + " in " + pr.domain(&b, unionLevel) + " | " + pr.text(e.Where, loosest, true) + "}"
		}
		return pr.domain(&b, loosest)
	}
	return "{" + pr.text(e.Args[0], loosest, true) + " for " + pr.binders(e.Binders) + pr.where(e.Where) + "}"
}

func setAllText(t *types.Type) string {
	if t.Name == "" && t.Kind == types.Range {
		return strconv.FormatInt(t.Lo, 10) + ".." + strconv.FormatInt(t.Hi, 10)
	}
	return t.String()
}

// betweenParts gives x and the bounds of what Build makes of `x in lo..hi`.
func betweenParts(e *Expr) (x *Expr, bounds [2]*Expr, ok bool) {
	value := (*Expr)(nil)
	body := e
	if e.Op == Let {
		value, body = e.Args[0], e.Args[1]
	}
	if body.Op != And || body.Args[0].Op != Le || body.Args[1].Op != Le {
		return nil, bounds, false
	}
	lo, hi := body.Args[0], body.Args[1]
	if lo.Args[1] != hi.Args[0] { // the same node: written comparisons have one each
		return nil, bounds, false
	}
	x = lo.Args[1]
	if value != nil {
		if x.Op != LoadLocal || x.Local != e.Local {
			return nil, bounds, false
		}
		x = value
	}
	return x, [2]*Expr{lo.Args[0], hi.Args[1]}, true
}

func (pr *printer) member(e *Expr, last bool) (string, bool) {
	if e.Form == Beyond {
		in := e.Args[1].Args[1] // its own left side is made of what stands for the written one
		defer pr.called(e.Local, pr.text(e.Args[0], unionLevel, false))()
		return pr.bare(in, last), true
	}
	x, bounds, ok := betweenParts(e)
	if !ok {
		return "", false
	}
	return pr.text(x, unionLevel, false) + " in " + pr.text(bounds[0], addLevel, false) + ".." + pr.text(bounds[1], addLevel, last), true
}

// IsBetween tells whether e is what Build makes of `x in lo..hi`.
func IsBetween(e *Expr) bool {
	_, _, ok := betweenParts(e)
	return ok
}
