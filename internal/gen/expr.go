package gen

import (
	"fmt"
	"strings"
)

// scope is what an expression may refer to.
type scope struct {
	locals   []binding
	state    bool  // the state variables
	old      bool  // old(e) has a meaning
	constant bool  // no functions
	self     *self // the recursive function being defined
	loops    int   // how often the expression may be evaluated, loops around it multiplied
}

// self is a recursive function inside its own body.
type self struct {
	f     *function
	param string
	calls int // that may still be written
}

// mostLoops keeps nested quantifiers cheap.
const mostLoops = 600

func (s scope) with(bs ...binding) scope {
	s.locals = append(s.locals[:len(s.locals):len(s.locals)], bs...)
	return s
}

// identity tells whether some identity of a symmetric type can be had.
func (w *world) identity(s scope, t *typ) bool { return len(w.paths(s, t, 0)) > 0 }

func (w *world) constructible(s scope, t *typ) bool {
	if t.kind == symmetricKind {
		return w.identity(s, t)
	}
	return t.constructible(false)
}

// expr draws an expression that stands where a value of t is wanted.
func (w *world) expr(s scope, t *typ, d int) string {
	w.budget--
	if d <= 0 || w.budget <= 0 {
		return w.leaf(s, t)
	}
	d--
	ways := []func() string{
		func() string { return w.leaf(s, t) },
		func() string { return w.conditional(s, t, d) },
		func() string { return w.letIn(s, d, func(s scope) string { return w.expr(s, t, d) }) },
		func() string { return w.match(s, d, func(s scope) string { return w.expr(s, t, d) }) },
	}
	ways = append(ways, w.calls(s, t, d)...)
	if s.old {
		inner := s
		inner.old = false
		ways = append(ways, func() string { return "old(" + w.expr(inner, t, d) + ")" })
	}
	if !t.hasIdentities() && t.kind != intKind && t.card <= 260 {
		ways = append(ways, func() string { return w.pick(s, t, d) })
	}
	own := w.own(s, t, d)
	for range 1 + len(ways)/max(1, len(own)) { // as likely as the general ways
		ways = append(ways, own...)
	}
	return w.one(ways...)
}

// own lists the ways that belong to one kind of type.
func (w *world) own(s scope, t *typ, d int) []func() string {
	literal := func() string { return w.literal(s, t, d) }
	with := func() string { return w.update(s, t, d) }
	switch t.kind {
	case boolKind:
		return w.conditions(s, d)
	case intKind:
		return []func() string{func() string { return w.integer(s, d) }, func() string { return w.arithmetic(s, d) }}
	case rangeKind:
		return w.ranged(s, t, d)
	case recordKind:
		return []func() string{literal, with}
	case mapKind:
		var out []func() string
		if w.keyed(s, t) {
			out = append(out, with)
		}
		if len(t.keys) == 1 {
			out = append(out, literal, func() string { return w.mapComp(s, t, d) })
		}
		return out
	case setKind:
		return append(w.sets(s, t, d), literal)
	case seqKind:
		return append(w.seqs(s, t, d), literal)
	case bagKind:
		return append(w.bags(s, t, d), literal)
	}
	if !w.constructible(s, t) {
		return nil
	}
	return []func() string{literal}
}

// leaf is a name, a part of what a name stands for, or a small literal.
func (w *world) leaf(s scope, t *typ) string {
	if t.kind == boolKind && w.budget >= 0 && w.oneIn(2) {
		if text := w.compared(s); text != "" {
			return text
		}
	}
	depth := 2
	if w.budget < 0 { // a path has keys, which have paths
		depth = 0
	}
	paths := w.paths(s, t, depth)
	if len(paths) == 0 && !w.constructible(s, t) {
		paths = w.paths(s, t, 2)
	}
	if len(paths) > 0 && (!w.constructible(s, t) || w.upTo(4) > 1) {
		return pick(w, paths)()
	}
	return w.literal(s, t, 0)
}

// compared draws a comparison of a variable or a local, or "".
func (w *world) compared(s scope) string {
	names := append([]binding{}, s.locals...)
	if s.state {
		names = append(names, w.vars...)
	}
	if len(names) == 0 {
		return ""
	}
	b := pick(w, names)
	w.budget--
	other := func() string { return w.beside(s, b.typ, 0) }
	if w.constructible(s, b.typ) && (b.typ.kind != setKind || !b.typ.elem.isInt()) && w.upTo(3) > 0 {
		other = func() string { return w.literal(s, b.typ, 0) }
	}
	return "(" + b.name + pick(w, []string{" == ", " != "}) + other() + ")"
}

// paths lists how to reach a value of exactly type t (or, for int, any integer) from the names in scope.
func (w *world) paths(s scope, t *typ, depth int) []func() string {
	var out []func() string
	partial := w.oneIn(6) // also what may have no value
	fits := func(u *typ) bool { return u.text == t.text || t.kind == intKind && u.isInt() }
	var from func(u *typ, text func() string, depth int)
	from = func(u *typ, text func() string, depth int) {
		if fits(u) {
			out = append(out, text)
		}
		if depth == 0 {
			return
		}
		switch u.kind {
		case recordKind:
			for _, f := range u.fields {
				from(f.typ, func() string { return text() + "." + f.name }, depth-1)
			}
		case optionKind, seqKind:
			if !partial && (t.kind != symmetricKind || s.state) {
				return
			}
		}
		switch u.kind {
		case optionKind:
			from(u.elem, func() string { return text() + ".value" }, depth-1)
		case seqKind:
			from(u.elem, func() string { return "head(" + text() + ")" }, depth-1)
			from(u.elem, func() string { return text() + "[" + w.small(s, 1) + "]" }, depth-1)
		case mapKind:
			if !w.keyed(s, u) {
				return
			}
			from(u.elem, func() string { return text() + "[" + w.keys(s, u, 0) + "]" }, depth-1)
		}
	}
	names := append(append([]binding{}, w.fixed...), s.locals...)
	if s.state {
		names = append(names, w.vars...)
	}
	for _, b := range names {
		from(b.typ, func() string { return b.name }, depth)
	}
	return out
}

// keyed tells whether keys of a map can be written.
func (w *world) keyed(s scope, m *typ) bool {
	for _, k := range m.keys {
		if !w.constructible(s, k) {
			return false
		}
	}
	return true
}

func (w *world) keys(s scope, m *typ, d int) string {
	var parts []string
	for _, k := range m.keys {
		parts = append(parts, w.expr(s, k, d))
	}
	return strings.Join(parts, ", ")
}

// synth draws an expression whose type is t without help from where it stands.
func (w *world) synth(s scope, t *typ, d int) string {
	w.budget--
	switch {
	case t.kind == intKind || t.kind == rangeKind:
		return w.integer(s, d)
	case t.kind == boolKind:
		return w.expr(s, t, d)
	}
	paths := w.paths(s, t, 2)
	if len(paths) == 0 && !t.constructible(false) {
		panic("gen: no value of " + t.text)
	}
	var ways []func() string
	if len(paths) > 0 {
		ways = append(ways, pick(w, paths), pick(w, paths))
	}
	if t.constructible(false) && !s.constant {
		ways = append(ways, func() string { return w.maker(t) })
	}
	if d > 0 && w.budget > 0 {
		ways = append(ways, w.calls(s, t, d-1)...)
		ways = append(ways, func() string {
			return fmt.Sprintf("(if %s then %s else %s)", w.expr(s, boolType, d-1), w.synth(s, t, d-1), w.synth(s, t, d-1))
		})
		switch t.kind {
		case recordKind, mapKind:
			if w.keyed(s, t) {
				ways = append(ways, func() string {
					return "(" + w.synth(s, t, d-1) + " with {" + w.updates(s, t, d-1) + "})"
				})
			}
		case seqKind:
			ways = append(ways, func() string { return "tail(" + w.synth(s, t, d-1) + ")" })
			if w.constructible(s, t.elem) {
				ways = append(ways, func() string { return "append(" + w.synth(s, t, d-1) + ", " + w.expr(s, t.elem, d-1) + ")" })
			}
		case setKind, bagKind:
			ways = append(ways, func() string {
				return "(" + w.synth(s, t, d-1) + pick(w, setOps) + w.beside(s, t, d-1) + ")"
			})
		}
	}
	return w.one(ways...)
}

// beside draws a second operand, which the first has told its type. Two sets of integers may differ in type and both tell.
func (w *world) beside(s scope, t *typ, d int) string {
	if t.kind == setKind && t.elem.isInt() {
		return w.synth(s, t, d)
	}
	return w.expr(s, t, d)
}

// some tells whether synth can give a value of t.
func (w *world) some(s scope, t *typ) bool {
	return !s.constant && t.constructible(false) || len(w.paths(s, t, 2)) > 0
}

// a type that synth can give a value of: one drawn before, or a scalar.
func (w *world) known(s scope, d int) *typ {
	t := w.typ(min(d, 1))
	if !w.some(s, t) {
		return boolType
	}
	return t
}

func (w *world) conditional(s scope, t *typ, d int) string {
	return fmt.Sprintf("(if %s then %s else %s)", w.expr(s, boolType, d), w.expr(s, t, d), w.expr(s, t, d))
}

func (w *world) letIn(s scope, d int, body func(scope) string) string {
	t := w.known(s, d)
	b := binding{w.name("l"), t}
	value := w.synth(s, t, d)
	if t.isInt() {
		b.typ = intType
	}
	return fmt.Sprintf("(let %s = %s: %s)", b.name, value, body(s.with(b)))
}

// scrutinee draws something to match, and its constructors.
func (w *world) scrutinee(s scope, d int) (text string, arms []variant) {
	t := boolType
	var fitting []*typ
	for _, u := range append(append([]*typ{}, w.named...), w.drawn...) {
		if (u.kind == unionKind || u.kind == optionKind || u.kind == enumKind) && w.some(s, u) {
			fitting = append(fitting, u)
		}
	}
	if len(fitting) > 0 {
		t = pick(w, fitting)
	}
	switch t.kind {
	case boolKind:
		arms = []variant{{name: "true"}, {name: "false"}}
	case enumKind:
		for _, m := range t.members {
			arms = append(arms, variant{name: m})
		}
	case optionKind:
		arms = []variant{{name: "none"}, {name: "some", fields: []binding{{typ: t.elem}}}}
	default:
		arms = t.variants
	}
	return w.synth(s, t, d), arms
}

// pattern draws a pattern for a constructor and the names that it brings into scope.
func (w *world) pattern(v variant, s scope) (string, scope) {
	if len(v.fields) == 0 || w.oneIn(5) {
		return v.name, s
	}
	var names []string
	for _, f := range v.fields {
		b := binding{"_", f.typ}
		if w.upTo(3) > 0 {
			b.name = w.name("u")
			s = s.with(b)
		}
		names = append(names, b.name)
	}
	return v.name + "(" + strings.Join(names, ", ") + ")", s
}

func (w *world) match(s scope, d int, body func(scope) string) string {
	text, arms := w.scrutinee(s, d)
	var parts []string
	for i, v := range arms {
		if i > 0 && w.oneIn(4) {
			parts = append(parts, "_ -> "+body(s))
			break
		}
		p, in := w.pattern(v, s)
		parts = append(parts, p+" -> "+body(in))
	}
	return "(match " + text + " { " + strings.Join(parts, " | ") + " })"
}

// calls lists the functions that give a t.
func (w *world) calls(s scope, t *typ, d int) []func() string {
	var out []func() string
	if s.constant {
		return nil
	}
	fits := func(f *function) bool { return f.result.text == t.text || t.isInt() && f.result.isInt() }
	for _, f := range w.callee {
		if fits(f) && (s.state || !f.reads) && w.callable(s, f) && s.loops <= mostLoops {
			out = append(out, func() string { return f.name + "(" + w.arguments(s, f.params, d) + ")" })
		}
	}
	if r := s.self; r != nil && r.calls > 0 && fits(r.f) && s.loops <= 80 && w.callable(s, r.f) {
		again := func() string {
			if r.calls--; r.calls < 0 {
				return w.leaf(s, t)
			}
			measure := "(" + r.param + " - 1)"
			if w.oneIn(12) {
				measure = w.leaf(s, r.f.params[0])
			}
			rest := ""
			if len(r.f.params) > 1 {
				rest = ", " + w.arguments(s, r.f.params[1:], d)
			}
			return r.f.name + "(" + measure + rest + ")"
		}
		out = append(out, again, again, again)
	}
	return out
}

func (w *world) callable(s scope, f *function) bool {
	for _, p := range f.params {
		if !w.constructible(s, p) && len(w.paths(s, p, 2)) == 0 {
			return false
		}
	}
	return true
}

func (w *world) arguments(s scope, params []*typ, d int) string {
	var parts []string
	for _, p := range params {
		parts = append(parts, w.expr(s, p, d))
	}
	return strings.Join(parts, ", ")
}

// update is r with { … }.
func (w *world) update(s scope, t *typ, d int) string {
	return "(" + w.expr(s, t, d) + " with {" + w.updates(s, t, d) + "})"
}

func (w *world) updates(s scope, t *typ, d int) string {
	var parts []string
	for range w.between(1, 2) {
		if t.kind == recordKind {
			f := pick(w, t.fields)
			parts = append(parts, f.name+" = "+w.expr(s, f.typ, d))
			continue
		}
		parts = append(parts, "["+w.keys(s, t, d)+"] = "+w.expr(s, t.elem, d))
	}
	return strings.Join(parts, ", ")
}
