package gen

import "fmt"

// integer draws any expression of integers.
func (w *world) integer(s scope, d int) string {
	w.budget--
	if d <= 0 || w.budget <= 0 {
		return w.leaf(s, intType)
	}
	return w.one(
		func() string { return w.leaf(s, intType) },
		func() string { return w.arithmetic(s, d-1) },
		func() string { return w.arithmetic(s, d-1) },
		func() string { return w.expr(s, intType, d-1) })
}

// arithmetic draws an expression of integers that is no literal.
func (w *world) arithmetic(s scope, d int) string {
	whole := func() string { return w.integer(s, d) }
	binary := func(op string) func() string {
		return func() string { return "(" + whole() + op + whole() + ")" }
	}
	divided := func() string {
		op := pick(w, []string{" / ", " % "})
		divisor := w.one(
			func() string { return number(int64(w.between(1, 3))) },
			func() string { return number(-int64(w.between(1, 3))) },
			func() string { return "max(1, " + whole() + ")" },
			func() string { return fmt.Sprintf("(if %s then 0 else %d)", w.expr(s, boolType, d), w.between(1, 3)) })
		return "(" + whole() + op + divisor + ")"
	}
	over := func(op string) func() string {
		return func() string {
			text, in := w.binders(s, d)
			body := func() string { return w.integer(in, d) }
			if op == "count" {
				body = func() string { return w.expr(in, boolType, d) }
			}
			return fmt.Sprintf("(%s %s%s: %s)", op, text, w.where(in, d), body())
		}
	}
	ways := []func() string{
		binary(" + "), binary(" - "), binary(" * "), divided,
		func() string { return "(-" + w.arithmetic(s, d-1) + ")" },
		func() string { return "abs(" + whole() + ")" },
		func() string { return "min(" + whole() + ", " + whole() + ")" },
		func() string { return "max(" + whole() + ", " + whole() + ", " + whole() + ")" },
		func() string { return w.sized(s, d) },
		func() string { return w.sized(s, d) },
	}
	if d <= 0 || w.budget <= 0 {
		return "(" + w.leaf(s, intType) + " + " + w.leaf(s, intType) + ")"
	}
	ways = append(ways, over("count"), over("sum"), over("min"), over("max"),
		func() string {
			return fmt.Sprintf("%s({%s, %s})", pick(w, []string{"min", "max"}), w.small(s, 1), w.small(s, 1))
		},
		func() string {
			text, t, _ := w.domain(s, d)
			if !t.isInt() {
				return w.sized(s, d)
			}
			return pick(w, []string{"min", "max"}) + "(" + text + ")"
		})
	if w.oneIn(12) {
		big := pick(w, []string{"9223372036854775807", "(-9223372036854775807)", "4611686018427387904", "3037000500"})
		ways = []func() string{
			func() string { return "(" + big + " + " + whole() + ")" },
			func() string { return "(" + whole() + " - " + big + ")" },
			func() string { return "(" + big + " * " + whole() + ")" },
			func() string { return "(" + big + " / " + "max(1, " + whole() + "))" },
			func() string { return "(((-9223372036854775807) - 1) / (0 - abs(" + whole() + ") - 1))" },
			func() string {
				text, in := w.binders(s, d)
				return fmt.Sprintf("(sum %s: (%s - %s))", text, big, w.integer(in, d))
			},
		}
	}
	return w.one(ways...)
}

// sized draws how many elements there are in something.
func (w *world) sized(s scope, d int) string {
	var fitting []*typ
	for _, t := range w.drawn {
		if (t.kind == setKind || t.kind == seqKind || t.kind == bagKind) && w.some(s, t) {
			fitting = append(fitting, t)
		}
	}
	if len(fitting) == 0 || w.oneIn(4) {
		text, _, _ := w.domain(s, d)
		return "size(" + text + ")"
	}
	t := pick(w, fitting)
	for _, u := range fitting {
		if u.kind == bagKind && w.oneIn(2) {
			t = u
		}
	}
	if t.kind == bagKind && w.constructible(s, t.elem) && w.upTo(3) > 0 {
		return "multiplicity(" + w.synth(s, t, d) + ", " + w.expr(s, t.elem, d) + ")"
	}
	return "size(" + w.synth(s, t, d) + ")"
}

// ranged lists the ways to make an integer of a range: mostly one that is sure to be in it.
func (w *world) ranged(s scope, t *typ, d int) []func() string {
	lo, hi := number(t.lo), number(t.hi)
	out := []func() string{
		func() string { return fmt.Sprintf("min(max(%s, %s), %s)", w.integer(s, d), lo, hi) },
		func() string { return fmt.Sprintf("max(%s, min(%s, %s))", lo, hi, w.integer(s, d)) },
	}
	if t.card < manyValues {
		out = append(out, func() string { return fmt.Sprintf("(%s + %s %% %d)", lo, w.arithmetic(s, d), t.card) })
	}
	if w.oneIn(5) {
		out = append(out, func() string { return w.arithmetic(s, d) })
	}
	return out
}

// conditions lists the ways to make a condition.
func (w *world) conditions(s scope, d int) []func() string {
	cond := func() string { return w.expr(s, boolType, d) }
	whole := func() string { return w.integer(s, d) }
	joined := func() string {
		return "(" + cond() + pick(w, []string{" and ", " or ", " implies ", " iff ", " and ", " or "}) + cond() + ")"
	}
	compared := func() string {
		return "(" + whole() + pick(w, []string{" < ", " <= ", " > ", " >= ", " == ", " != "}) + whole() + ")"
	}
	equal := func() string {
		t := w.known(s, d)
		return "(" + w.synth(s, t, d) + pick(w, []string{" == ", " != "}) + w.beside(s, t, d) + ")"
	}
	over := func() string {
		text, in := w.binders(s, d)
		return fmt.Sprintf("(%s %s%s: %s)", pick(w, []string{"forall", "exists"}), text, w.where(in, d), w.expr(in, boolType, d))
	}
	made := func() string {
		text, arms := w.scrutinee(s, d)
		v := pick(w, arms)
		if v.name == "true" || v.name == "false" {
			return cond()
		}
		return "(" + text + " is " + v.name + ")"
	}
	out := []func() string{
		joined, joined, func() string { return "(not " + cond() + ")" }, compared, equal, over, over, made,
		func() string { return w.member(s, d) }, func() string { return w.included(s, d) },
	}
	if !s.constant {
		out = append(out, func() string { return w.mixedSets(s, d) })
	}
	return out
}

// member draws `x in S`.
func (w *world) member(s scope, d int) string {
	in := pick(w, []string{" in ", " in ", " not in "})
	for _, t := range w.drawn {
		if (t.kind == setKind || t.kind == seqKind || t.kind == bagKind) && w.some(s, t) && w.constructible(s, t.elem) && w.oneIn(2) {
			if t.elem.kind == setKind && t.elem.elem.isInt() && !s.constant && w.oneIn(2) {
				return "(" + w.mixed(s, d) + in + w.synth(s, t, d) + ")"
			}
			return "(" + w.expr(s, t.elem, d) + in + w.synth(s, t, d) + ")"
		}
	}
	text, t, _ := w.domain(s, d)
	if !w.some(s, t) {
		return "(exists " + w.name("q") + " in " + text + ": true)"
	}
	return "(" + w.synth(s, t, d) + in + text + ")"
}

// included draws `S subset T`.
func (w *world) included(s scope, d int) string {
	for _, t := range w.drawn {
		if (t.kind == setKind || t.kind == bagKind) && w.some(s, t) && w.oneIn(2) {
			return "(" + w.synth(s, t, d) + " subset " + w.beside(s, t, d) + ")"
		}
	}
	return "(" + w.integer(s, d) + " <= " + w.integer(s, d) + ")"
}
