package gen

import (
	"fmt"
	"strings"
)

// ways counts how many outcomes statements may still multiply to.
type ways struct{ left int }

// block draws statements, d levels deep. The names that it declares end with it.
func (w *world) block(s scope, d int, most *ways) string {
	var lines []string
	for range w.between(1, 3) {
		var line string
		line, s = w.stmt(s, d, most)
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// within draws an expression with a budget of its own.
func (w *world) within(budget int, draw func() string) string {
	saved := w.budget
	w.budget = budget
	text := draw()
	w.budget = saved
	return text
}

func (w *world) condition(s scope, d int) string {
	return w.within(6, func() string { return w.expr(s, boolType, d) })
}

func (w *world) stmt(s scope, d int, most *ways) (string, scope) {
	w.budget--
	if d <= 0 || w.budget <= 0 {
		return w.assign(s, 1), s
	}
	kept := w.budget
	defer func() { w.budget = min(w.budget, kept) }()
	inner := func(in scope) string { return "{\n" + w.block(in, d-1, most) + "\n}" }
	switch w.upTo(15) {
	default:
		return w.assign(s, 2), s
	case 4, 5:
		text := "if " + w.condition(s, 2) + " " + inner(s)
		if w.oneIn(3) {
			text += " else if " + w.condition(s, 1) + " " + inner(s)
		}
		if w.oneIn(2) {
			text += " else " + inner(s)
		}
		return text, s
	case 6, 7:
		return w.loop(s, d, most), s
	case 8, 9:
		if text, t, size := w.domain(s, 1); size <= most.left {
			b := binding{w.name("c"), t}
			in := s.with(b)
			names, before := b.name, most.left
			if size*size <= most.left && w.oneIn(3) {
				second := binding{w.name("c"), t}
				in = in.with(second)
				names += ", " + second.name
				size *= size
			}
			most.left /= max(1, size)
			out := fmt.Sprintf("choose %s in %s%s %s", names, text, w.where(in, 1), inner(in))
			most.left = min(most.left, before/max(1, size))
			return out, s
		}
	case 10:
		if most.left >= 2 {
			most.left /= 2
			text := "either " + inner(s) + " or " + inner(s)
			if most.left >= 2 && w.oneIn(3) {
				most.left /= 2
				text += " or " + inner(s)
			}
			return text, s
		}
	case 11:
		b := binding{w.name("l"), w.known(s, 1)}
		text := "let " + b.name + " = " + w.within(6, func() string { return w.synth(s, b.typ, 2) })
		if b.typ.isInt() {
			b.typ = intType
		}
		return text, s.with(b)
	case 12:
		if w.oneIn(2) {
			return "when " + w.condition(s, 2), s
		}
		return "assert (" + w.condition(s, 1) + " or " + w.condition(s, 1) + ")", s
	case 13:
		text, arms := w.scrutinee(s, 1)
		var parts []string
		for i, v := range arms {
			if i > 0 && w.oneIn(4) {
				parts = append(parts, "_ -> { skip }")
				break
			}
			p, in := w.pattern(v, s)
			parts = append(parts, p+" -> "+inner(in))
		}
		return "match " + text + " { " + strings.Join(parts, " | ") + " }", s
	case 14:
		if w.oneIn(3) {
			return "skip", s
		}
	}
	return w.assign(s, 1), s
}

// loop is a for statement. Inside, choices multiply with every round.
func (w *world) loop(s scope, d int, most *ways) string {
	text, t, size := w.domain(s, 1)
	names := []string{w.name("c")}
	in := s.with(binding{names[0], t})
	if w.oneIn(3) && size <= 4 {
		names = append(names, w.name("c"))
		in = in.with(binding{names[1], t})
		size *= size
	}
	in.loops *= max(1, size)
	each := &ways{left: 1}
	for size <= 3 && power(each.left+1, max(1, size)) <= most.left {
		each.left++
	}
	start := each.left
	body := w.block(in, d-1, each)
	if each.left < start {
		most.left = 1
	}
	return fmt.Sprintf("for %s in %s%s {\n%s\n}", strings.Join(names, ", "), text, w.where(in, 1), body)
}

// assign draws an assignment to a variable or a part of one.
func (w *world) assign(s scope, d int) string {
	v := pick(w, w.vars)
	target, t := v.name, v.typ
	for w.upTo(3) > 0 {
		switch {
		case t.kind == mapKind && w.keyed(s, t):
			target, t = target+"["+w.keys(s, t, 1)+"]", t.elem
			continue
		case t.kind == seqKind && w.oneIn(5):
			target, t = target+"["+w.small(s, 1)+"]", t.elem
			continue
		case t.kind == recordKind:
			f := pick(w, t.fields)
			target, t = target+"."+f.name, f.typ
			continue
		}
		break
	}
	if t.isInt() && w.oneIn(2) {
		return target + pick(w, []string{" += ", " -= "}) + w.one(
			func() string { return number(int64(w.upTo(2))) },
			func() string { return w.within(5, func() string { return w.integer(s, d) }) })
	}
	return target + " = " + w.within(8, func() string { return w.expr(s, t, d) })
}
