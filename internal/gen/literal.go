package gen

import (
	"fmt"
	"strconv"
	"strings"
)

// number is an integer as written: a negative one in parentheses.
func number(n int64) string {
	if n < 0 {
		return "(" + strconv.FormatInt(n, 10) + ")"
	}
	return strconv.FormatInt(n, 10)
}

// literal draws a value of t written out, its parts of depth d.
func (w *world) literal(s scope, t *typ, d int) string {
	part := func(t *typ) string {
		if s.constant || d == 0 && w.budget <= 0 {
			return w.smallest(s, t)
		}
		return w.expr(s, t, d)
	}
	some := func(most int, elem *typ) []string {
		var out []string
		if w.constructible(s, elem) || len(w.paths(s, elem, 2)) > 0 {
			for range w.upTo(most) {
				out = append(out, part(elem))
			}
		}
		return out
	}
	fields := func(fs []binding, named bool) string {
		var parts []string
		for _, f := range fs {
			text := part(f.typ)
			if named {
				text = f.name + " = " + text
			}
			parts = append(parts, text)
		}
		return strings.Join(parts, ", ")
	}
	switch t.kind {
	case boolKind:
		return w.one(func() string { return "true" }, func() string { return "false" })
	case intKind:
		return number(int64(w.upTo(5) - w.upTo(3)))
	case rangeKind:
		n := t.lo + int64(w.upTo(min(t.card-1, 5)))
		if w.oneIn(4) {
			n = t.hi
		}
		return number(n)
	case enumKind:
		m := pick(w, t.members)
		if !s.constant && w.oneIn(4) {
			return t.text + "." + m
		}
		return m
	case symmetricKind:
		if s.constant { // elsewhere identities have no numbers
			return number(t.lo)
		}
		return pick(w, w.paths(s, t, 2))()
	case recordKind:
		text := fields(t.fields, true)
		if w.oneIn(2) {
			return "{" + text + "}"
		}
		return t.text + "(" + text + ")"
	case unionKind:
		var fitting []variant
		for _, v := range t.variants {
			ok := true
			for _, f := range v.fields {
				ok = ok && w.constructible(s, f.typ)
			}
			if ok {
				fitting = append(fitting, v)
			}
		}
		v := pick(w, fitting)
		if len(v.fields) == 0 {
			return v.name
		}
		return v.name + "(" + fields(v.fields, false) + ")"
	case optionKind:
		if w.oneIn(2) || !w.constructible(s, t.elem) {
			return "none"
		}
		return "some(" + part(t.elem) + ")"
	case mapKind:
		return w.mapLiteral(s, t, part)
	case setKind:
		return "{" + strings.Join(some(3, t.elem), ", ") + "}"
	case seqKind:
		return "[" + strings.Join(some(t.max, t.elem), ", ") + "]"
	default:
		return "bag{" + strings.Join(some(t.max, t.elem), ", ") + "}"
	}
}

// smallest is one fixed literal, whatever the budget.
func (w *world) smallest(s scope, t *typ) string {
	none := map[kind]string{
		boolKind: "false", intKind: "0", optionKind: "none", setKind: "{}", seqKind: "[]", bagKind: "bag{}",
	}
	if text, ok := none[t.kind]; ok {
		return text
	}
	return w.literal(s, t, 0)
}

// mapLiteral writes a map entry by entry where the keys have short names, and as a comprehension elsewhere.
func (w *world) mapLiteral(s scope, t *typ, part func(*typ) string) string {
	key := t.keys[0]
	var names []string
	switch {
	case key.card > 4:
	case key.kind == boolKind:
		names = []string{"false", "true"}
	case key.kind == enumKind:
		names = key.members
	case key.kind == rangeKind:
		for n := key.lo; n <= key.hi; n++ {
			names = append(names, number(n))
		}
	}
	if names == nil || w.oneIn(3) {
		b := binding{w.name("q"), key}
		in := s.with(b)
		value := w.smallest(in, t.elem)
		if w.budget > 0 && !s.constant {
			value = w.expr(in, t.elem, 0)
		}
		return fmt.Sprintf("{%s -> %s for %s in %s}", b.name, value, b.name, key.text)
	}
	var parts []string
	for _, n := range names {
		parts = append(parts, n+" -> "+part(t.elem))
	}
	constants := w.fixed
	w.fixed = nil // a constant key that comes twice is an error
	paths := w.paths(s, key, 1)
	w.fixed = constants
	if len(paths) > 0 && w.oneIn(3) && w.budget > 0 { // a key that comes twice, or instead of another
		entry := pick(w, paths)() + " -> " + part(t.elem)
		if w.oneIn(3) {
			parts[w.upTo(len(parts)-1)] = entry
		} else {
			parts = append(parts, entry)
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// mapComp is { k -> v for … }, over the keys and sometimes less.
func (w *world) mapComp(s scope, t *typ, d int) string {
	key := t.keys[0]
	if w.oneIn(4) && w.constructible(s, key) { // keys may be missing and come several times
		text, in := w.binders(s, d)
		return fmt.Sprintf("{%s -> %s for %s%s}", w.expr(in, key, d), w.expr(in, t.elem, d), text, w.where(in, d))
	}
	b := binding{w.name("q"), key}
	in := s.with(b)
	in.loops *= key.card
	where := ""
	if w.oneIn(6) {
		where = w.where(in, d)
	}
	return fmt.Sprintf("{%s -> %s for %s in %s%s}", b.name, w.expr(in, t.elem, d), b.name, key.text, where)
}
