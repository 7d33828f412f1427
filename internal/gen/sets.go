package gen

import (
	"fmt"
	"strings"
)

var setOps = []string{" union ", " minus ", " intersect "}

// small draws an integer near 0, so that ranges between two of them are short.
func (w *world) small(s scope, d int) string {
	ways := []func() string{func() string { return number(int64(w.upTo(3) - w.upTo(2))) }}
	names := append([]binding{}, s.locals...)
	if s.state {
		names = append(names, w.vars...)
	}
	for _, b := range names {
		if b.typ.kind == rangeKind && b.typ.card <= 8 {
			ways = append(ways, func() string { return b.name })
		}
	}
	if d > 0 {
		if b := w.collection(s, setKind, seqKind, bagKind); b != "" {
			ways = append(ways, func() string { return "size(" + b + ")" })
		}
		ways = append(ways, func() string { return "(" + w.small(s, d-1) + " + " + w.small(s, 0) + ")" })
	}
	return w.one(ways...)
}

// collection is the name of a local or a variable of one of the kinds, or "".
func (w *world) collection(s scope, kinds ...kind) string {
	var found []string
	names := append([]binding{}, s.locals...)
	if s.state {
		names = append(names, w.vars...)
	}
	for _, b := range names {
		for _, k := range kinds {
			if b.typ.kind == k {
				found = append(found, b.name)
			}
		}
	}
	if len(found) == 0 {
		return ""
	}
	return pick(w, found)
}

// elemsOf draws a sequence or bag whose elements are of type t, or "".
func (w *world) elemsOf(s scope, t *typ, d int) string {
	for _, u := range w.drawn {
		if (u.kind == seqKind || u.kind == bagKind) && u.elem.text == t.text && w.some(s, u) {
			return w.synth(s, u, d)
		}
	}
	return ""
}

// domain draws a set to go through: what it is written as, the type of its elements, and about how many there are.
func (w *world) domain(s scope, d int) (text string, elem *typ, size int) {
	for range 4 {
		text, elem, size = w.domainOnce(s, d)
		if s.loops*size <= mostLoops {
			return text, elem, size
		}
	}
	return "bool", boolType, 2
}

func (w *world) domainOnce(s scope, d int) (text string, elem *typ, size int) {
	w.budget--
	var named []*typ
	for _, t := range w.named {
		if t.iterable(40) {
			named = append(named, t)
		}
	}
	choice := w.upTo(7)
	if d <= 0 || w.budget <= 0 {
		choice = min(choice, 2)
	}
	switch choice {
	case 0, 1:
		t := pick(w, append(named, boolType))
		return t.text, t, t.card
	case 2:
		return fmt.Sprintf("(%s..%s)", w.small(s, d), w.small(s, d)), rangeType(-99, 99), 5
	case 3: // a filter
		inner, t, n := w.domain(s, d-1)
		b := binding{w.name("q"), t}
		in := s.with(b)
		in.loops *= n
		return fmt.Sprintf("{%s in %s | %s}", b.name, inner, w.expr(in, boolType, d-1)), t, n
	case 4:
		t := setOf(pick(w, append(named, boolType)))
		if t.elem.card <= 4 {
			return "powerset(" + w.synth(s, t, d-1) + ")", t, 1 << t.elem.card
		}
		return w.synth(s, t, d-1), t.elem, t.elem.card
	case 5:
		for _, t := range w.drawn {
			if t.kind == setKind && t.elem.card > 64 && w.some(s, t.elem) && w.oneIn(2) {
				part := func() string { return w.synth(s, t.elem, d-1) }
				if t.elem.kind == rangeKind { // others, of another interval, may be in none of the sets that are looked up
					part = func() string { return w.literal(s, t.elem, 0) }
				}
				parts := []string{part(), part()}
				return "powerset({" + strings.Join(parts, ", ") + "})", t, 8
			}
			if t.kind == setKind && w.some(s, t) && w.oneIn(2) {
				return w.synth(s, t, d-1), t.elem, min(t.elem.card, 20)
			}
		}
	case 6:
		t := pick(w, append(named, boolType))
		if text := w.elemsOf(s, t, d-1); text != "" {
			return "elems(" + text + ")", t, 3
		}
	}
	t := pick(w, append(named, boolType))
	if !w.some(s, t) {
		return t.text, t, t.card
	}
	var parts []string
	for range w.between(1, 3) {
		if t.isInt() {
			parts = append(parts, w.small(s, d))
		} else {
			parts = append(parts, w.synth(s, t, d-1))
		}
	}
	if t.isInt() {
		t = rangeType(-99, 99)
	}
	return "{" + strings.Join(parts, ", ") + "}", t, len(parts)
}

// binders draws what follows forall and the like, and the scope inside.
func (w *world) binders(s scope, d int) (string, scope) {
	var groups []string
	for range w.between(1, 2) {
		text, t, size := w.domain(s, d)
		var names []string
		for range w.between(1, 2) {
			if s.loops *= max(1, size); s.loops > 4*mostLoops && len(names) > 0 {
				break
			}
			b := binding{w.name("q"), t}
			names = append(names, b.name)
			s = s.with(b)
		}
		groups = append(groups, strings.Join(names, ", ")+" in "+text)
		if s.loops > mostLoops || w.upTo(2) > 0 {
			break
		}
	}
	return strings.Join(groups, ", "), s
}

// where draws a condition on binders, or "".
func (w *world) where(in scope, d int) string {
	if w.oneIn(2) {
		return " where " + w.expr(in, boolType, d)
	}
	return ""
}

// pick is `pick x in D where p` of type t, over a domain of exactly that type.
func (w *world) pick(s scope, t *typ, d int) string {
	b := binding{w.name("q"), t}
	in := s.with(b)
	in.loops *= min(t.card, 20)
	if in.loops > 4*mostLoops {
		return w.leaf(s, t)
	}
	domain := t.text
	if set := setOf(t); !t.iterable(40) || w.some(s, set) && w.oneIn(2) {
		domain = w.synth(s, set, d)
	}
	where := w.where(in, d)
	if b.typ.isInt() && w.oneIn(3) {
		domain = fmt.Sprintf("(%s..%s)", w.small(s, d), w.small(s, d))
	}
	return fmt.Sprintf("(pick %s in %s%s)", b.name, domain, where)
}

// sets lists the ways to make a set.
func (w *world) sets(s scope, t *typ, d int) []func() string {
	operand := func() string {
		if t.elem.isInt() && w.some(s, t) { // sets of integers may differ in type, and both tell
			return w.synth(s, t, d)
		}
		return w.expr(s, t, d)
	}
	binary := func() string { return "(" + operand() + pick(w, setOps) + operand() + ")" }
	comp := func() string {
		text, in := w.binders(s, d)
		return fmt.Sprintf("{%s for %s%s}", w.expr(in, t.elem, d), text, w.where(in, d))
	}
	out := []func() string{binary}
	if t.elem.isInt() && s.constant {
		out = nil
	}
	if w.constructible(s, t.elem) || len(w.paths(s, t.elem, 2)) > 0 {
		out = append(out, comp)
	}
	filter := func(domain string) func() string {
		return func() string {
			b := binding{w.name("q"), t.elem}
			in := s.with(b)
			in.loops *= min(t.elem.card, 20)
			if in.loops > 4*mostLoops {
				return "{}"
			}
			return fmt.Sprintf("{%s in %s | %s}", b.name, domain, w.expr(in, boolType, d))
		}
	}
	if t.elem.iterable(260) {
		out = append(out, filter(t.elem.text), func() string { return t.elem.text })
	}
	if w.some(s, t) && t.text[0] == 's' { // of a name the elements would have another
		out = append(out, func() string { return filter(w.synth(s, t, d))() })
	}
	if t.elem.kind == rangeKind {
		out = append(out, func() string { return fmt.Sprintf("(%s..%s)", w.small(s, d), w.small(s, d)) })
	}
	if t.elem.kind == setKind && t.elem.elem.card <= 6 {
		out = append(out, func() string { return "powerset(" + w.expr(s, t.elem, d) + ")" })
	}
	if text := w.elemsOf(s, t.elem, 0); text != "" {
		out = append(out, func() string { return "elems(" + text + ")" })
	}
	if t.elem.isInt() && !s.constant && w.oneIn(3) { // an element may be outside
		out = append(out, func() string { return "(" + w.mixed(s, d) + pick(w, setOps[1:]) + w.mixed(s, d) + ")" })
	}
	return out
}

// mixed draws a set of integers of whichever interval. Its elements are near 0.
func (w *world) mixed(s scope, d int) string {
	w.budget--
	literal := func() string {
		var parts []string
		for range w.between(1, 3) {
			parts = append(parts, w.small(s, 1))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	ways := []func() string{literal, func() string { return fmt.Sprintf("(%s..%s)", w.small(s, d), w.small(s, d)) }}
	if s.state {
		for _, b := range w.vars {
			if b.typ.kind == setKind && b.typ.elem.isInt() {
				ways = append(ways, func() string { return b.name }, func() string { return b.name })
			}
		}
	}
	if d <= 0 || w.budget <= 0 {
		return w.one(ways...)
	}
	d--
	ways = append(ways,
		func() string { return "(" + w.mixed(s, d) + pick(w, setOps) + w.mixed(s, d) + ")" },
		func() string { return "(" + w.mixed(s, d) + pick(w, setOps) + w.mixed(s, d) + ")" },
		func() string {
			text, in := w.binders(s, d)
			return fmt.Sprintf("{%s for %s%s}", w.small(in, 1), text, w.where(in, d))
		},
		func() string {
			other := "{}"
			if w.oneIn(2) {
				other = w.mixed(s, d)
			}
			return fmt.Sprintf("(if %s then %s else %s)", w.expr(s, boolType, d), w.mixed(s, d), other)
		},
		func() string { return w.letIn(s, d, func(s scope) string { return w.mixed(s, d) }) },
		func() string { return w.match(s, d, func(s scope) string { return w.mixed(s, d) }) },
		func() string { return "(" + w.mixed(s, d) + pick(w, setOps[1:]) + w.far(s, d) + ")" })
	if s.old {
		inner := s
		inner.old = false
		ways = append(ways, func() string { return "old(" + w.mixed(inner, d) + ")" })
	}
	return w.one(ways...)
}

// far draws a set of an integer that may be anywhere.
func (w *world) far(s scope, d int) string {
	factor := ""
	if w.oneIn(2) {
		factor = " * 99999"
	}
	return "{" + w.integer(s, d) + factor + "}"
}

// mixedSets draws a comparison of sets of integers of two intervals, one of which may be of any size.
func (w *world) mixedSets(s scope, d int) string {
	x, y := w.mixed(s, d), w.mixed(s, d)
	if w.oneIn(4) {
		y = fmt.Sprintf("(%s union %s)", y, w.far(s, d))
	}
	if w.oneIn(2) {
		x, y = y, x
	}
	return "(" + x + pick(w, []string{" == ", " != ", " subset "}) + y + ")"
}

func (w *world) seqs(s scope, t *typ, d int) []func() string {
	out := []func() string{func() string { return "tail(" + w.synth(s, t, d) + ")" }}
	if w.constructible(s, t.elem) {
		out = append(out, func() string { return "append(" + w.expr(s, t, d) + ", " + w.expr(s, t.elem, d) + ")" })
	}
	return out
}

func (w *world) bags(s scope, t *typ, d int) []func() string {
	out := []func() string{func() string { return "(" + w.expr(s, t, d) + pick(w, setOps) + w.expr(s, t, d) + ")" }}
	if w.constructible(s, t.elem) {
		for _, op := range []string{"add", "remove"} {
			out = append(out, func() string { return op + "(" + w.expr(s, t, d) + ", " + w.expr(s, t.elem, d) + ")" })
		}
	}
	return out
}
