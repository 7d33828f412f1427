// Package gen draws random models of the language, as text, for tests that compare two ways to run the same model.
//
// The models are small and well-typed: each uses most of the language, has few states more often than many, and now and
// then an expression without a value, since faults must be the same too. Everything is drawn with rapid, simplest first,
// so that a failing model shrinks.
package gen

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// Model draws a model and gives its text. The text parses and has no type errors.
func Model(t *rapid.T) string {
	w := &world{t: t, makers: map[string]string{}}
	w.declareTypes()
	w.declareConsts()
	w.declareVars()
	w.declareFuncs()
	w.declareInit()
	w.declareActions()
	w.declareProperties()
	return w.text()
}

// text puts the declarations together.
func (w *world) text() string {
	var b strings.Builder
	b.WriteString("model Drawn\n\n")
	for _, part := range [][]string{w.types, w.consts, w.funcs, w.state, w.body} {
		for _, line := range part {
			b.WriteString(line + "\n")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// world is a model being drawn.
type world struct {
	t       *rapid.T
	named   []*typ      // types with a name
	drawn   []*typ      // composite types that were drawn, to be used again
	vars    []binding   // state variables
	fixed   []binding   // constants
	callee  []*function // in order of declaration; each may call those before it
	actions []action
	makers  map[string]string // by the text of a type, a function that gives a value of it
	next    int               // to make names
	numbers []int             // 0, 1, 2 and so on
	budget  int               // nodes that the expression at hand may still have

	types, consts, funcs, state, body []string
}

// binding is a name and the type of what it stands for.
type binding struct {
	name string
	typ  *typ
}

// function is a declared function. One that reads the state cannot be called by an initial value.
type function struct {
	name   string
	params []*typ
	result *typ
	reads  bool
}

func (w *world) name(prefix string) string {
	w.next++
	return fmt.Sprintf("%s%d", prefix, w.next)
}

// upTo draws 0..n, all alike.
func (w *world) upTo(n int) int {
	for len(w.numbers) <= n {
		w.numbers = append(w.numbers, len(w.numbers))
	}
	return rapid.SampledFrom(w.numbers[:n+1]).Draw(w.t, "n")
}

func (w *world) between(lo, hi int) int { return lo + w.upTo(hi-lo) }

// oneIn is true in one of n draws.
func (w *world) oneIn(n int) bool { return w.upTo(n-1) == n-1 }

// one draws one of several ways to make a text.
func (w *world) one(ways ...func() string) string { return ways[w.upTo(len(ways)-1)]() }

func pick[T any](w *world, from []T) T { return from[w.upTo(len(from)-1)] }

func (w *world) declareConsts() {
	for range w.upTo(2) {
		t := w.typ(1)
		if !t.constructible(false) {
			continue
		}
		name := w.name("k")
		w.consts = append(w.consts, fmt.Sprintf("const %s: %s = %s", name, t.text, w.literal(scope{constant: true}, t, 0)))
		w.fixed = append(w.fixed, binding{name, t})
	}
}

func (w *world) declareVars() {
	var lines []string
	add := func(t *typ, init string) {
		name := w.name("v")
		lines = append(lines, fmt.Sprintf("  %s: %s = %s", name, t.text, init))
		w.vars = append(w.vars, binding{name, t})
	}
	any := 1 // initial states
	for _, t := range w.named {
		if t.kind == symmetricKind || t.kind == rangeKind && t.card <= 4 && w.oneIn(3) {
			add(t, "any")
			any *= t.card
		}
	}
	for range w.between(2, 4) {
		t := w.typ(2)
		if !t.constructible(false) {
			t = boolType
		}
		s := scope{loops: 1}
		switch {
		case t.card > 1 && t.card*any <= 24 && w.oneIn(3):
			add(t, "any")
			any *= t.card
		case t.kind == mapKind && t.elem.kind != mapKind && w.oneIn(2):
			w.budget = 8
			add(t, w.literal(s, t.elem, 1)) // fills the map
		case t.kind == mapKind: // anything else that needs to be told its type would be taken for a value to fill the map
			w.budget = 8
			if w.oneIn(2) {
				add(t, w.synth(s, t, 1))
			} else {
				add(t, w.literal(s, t, 1))
			}
		default:
			w.budget = 8
			add(t, w.expr(s, t, 1))
		}
	}
	if keys := w.scalar(); w.oneIn(3) && keys.card <= 6 {
		value := w.scalar()
		if value.kind == symmetricKind {
			value = boolType
		}
		t := mapOf(value, boolType, keys)
		if w.oneIn(2) {
			t = mapOf(value, keys, boolType)
		}
		add(t, w.literal(scope{}, value, 0))
	}
	w.state = append(append([]string{"state {"}, lines...), "}")
}

func (w *world) declareFuncs() {
	for range w.upTo(2) {
		w.declareFunc()
	}
	if w.oneIn(2) {
		w.declareRecursive()
	}
}

func (w *world) declareFunc() {
	f := &function{name: w.name("f"), result: w.typ(1), reads: w.oneIn(2)}
	if w.oneIn(3) {
		f.result = intType
	}
	s := scope{state: f.reads, loops: 4}
	var params []string
	for range w.upTo(2) {
		p := binding{w.name("p"), w.typ(1)}
		if w.oneIn(4) {
			p.typ = intType
		}
		params = append(params, p.name+": "+p.typ.text)
		f.params = append(f.params, p.typ)
		s.locals = append(s.locals, p)
	}
	if !f.result.constructible(false) {
		f.result = boolType
	}
	w.budget = 14
	body := w.expr(s, f.result, 2)
	w.funcs = append(w.funcs, fmt.Sprintf("func %s(%s) %s = %s", f.name, strings.Join(params, ", "), f.result.text, body))
	w.callee = append(w.callee, f)
}

// declareRecursive declares a function that calls itself, mostly with a smaller measure.
func (w *world) declareRecursive() {
	n := w.between(1, 4)
	param := rangeType(0, int64(n))
	f := &function{name: w.name("r"), params: []*typ{param}, result: w.typ(1)}
	if w.oneIn(2) || !f.result.constructible(false) {
		f.result = intType
	}
	p := binding{w.name("p"), param}
	second := w.oneIn(2)
	params, s := p.name+": "+param.text, scope{locals: []binding{p}, loops: 20}
	if second {
		q := binding{w.name("p"), w.typ(0)}
		f.params = append(f.params, q.typ)
		params += ", " + q.name + ": " + q.typ.text
		s.locals = append(s.locals, q)
	}
	s.self = &self{f: f, param: p.name, calls: 2}
	w.budget = 12
	base := w.expr(scope{locals: s.locals, loops: 20}, f.result, 1)
	step := w.expr(s, f.result, 2)
	if w.upTo(3) > 0 {
		w.budget = 4
		again := fmt.Sprintf("%s((%s - 1)%s)", f.name, p.name, strings.Repeat(", "+w.arguments(s, f.params[1:], 1), len(f.params)-1))
		if f.result.isInt() {
			op := pick(w, []string{" + ", " - "}) // what follows the call needs what the call must not change
			if step = "(" + again + op + step + ")"; w.oneIn(2) {
				step = "(" + step + op + p.name + ")"
			}
		} else {
			step = fmt.Sprintf("(let l0 = %s: (if %s > 1 then l0 else %s))", again, p.name, step)
		}
	}
	measure := p.name
	if w.oneIn(6) {
		measure = w.one(
			func() string { return "(2 * " + p.name + ")" },
			func() string { return "(" + p.name + " / 2)" },
			func() string { return "(" + p.name + " - 1)" })
	}
	if strings.Contains(step, f.name+"(") {
		w.funcs = append(w.funcs, fmt.Sprintf("func %s(%s) %s decreases %s = (if %s == 0 then %s else %s)",
			f.name, params, f.result.text, measure, p.name, base, step))
	} else {
		w.funcs = append(w.funcs, fmt.Sprintf("func %s(%s) %s = (if %s == 0 then %s else %s)",
			f.name, params, f.result.text, p.name, base, step))
	}
	w.callee = append(w.callee, f)
}

// maker is a function that gives some value of a type, so that there is always an expression whose type is plain.
func (w *world) maker(t *typ) string {
	if name := w.makers[t.text]; name != "" {
		return name + "()"
	}
	name := w.name("mk")
	w.makers[t.text] = name
	w.funcs = append(w.funcs, fmt.Sprintf("func %s() %s = %s", name, t.text, w.literal(scope{}, t, 0)))
	return name + "()"
}

func (w *world) declareInit() {
	if !w.oneIn(3) {
		return
	}
	w.budget = 20
	b := w.block(scope{state: true, loops: 1}, 2, &ways{left: 4})
	w.body = append(w.body, "init {", b, "}")
}

func (w *world) declareActions() {
	for range w.between(1, 3) {
		s := scope{state: true, loops: 1}
		var params []string
		instances := 1
		for range w.upTo(2) {
			t := w.typ(w.upTo(1))
			if instances*t.card > 12 {
				continue
			}
			instances *= t.card
			p := binding{w.name("a"), t}
			params = append(params, p.name+": "+t.text)
			s.locals = append(s.locals, p)
		}
		a := action{w.name("Act"), s.locals}
		w.actions = append(w.actions, a)
		head := w.fairness(a.params) + "action " + a.name + "(" + strings.Join(params, ", ") + ")"
		if w.oneIn(2) {
			w.budget = 10
			head += " when " + w.expr(s, boolType, 2)
		}
		s.old = true
		w.budget = 16
		head += " {\n" + w.block(s, 2, &ways{left: 8}) + "\n}"
		if w.oneIn(3) {
			w.budget = 12
			head += " ensures " + w.expr(s, boolType, 2)
		}
		w.body = append(w.body, head)
	}
}

func (w *world) declareProperties() {
	s := scope{state: true, loops: 1}
	prop := func(kind string, s scope) {
		w.budget = 14
		w.body = append(w.body, fmt.Sprintf("%s %s { %s }", kind, w.name("P"), w.expr(s, boolType, 3)))
	}
	for range w.between(1, 3) {
		prop("invariant", s)
	}
	if w.oneIn(2) {
		prop("reachable", s)
	}
	if w.oneIn(2) {
		stepping := s
		stepping.old = true
		prop("step", stepping)
	}
	if w.oneIn(2) {
		w.budget = 10
		w.body = append(w.body, w.one(
			func() string {
				return fmt.Sprintf("bound %s { max(%s) <= %d }", w.name("B"), w.integer(s, 2), w.upTo(9))
			},
			func() string {
				return fmt.Sprintf("bound %s { min(%s) > -%d }", w.name("B"), w.integer(s, 2), w.upTo(9))
			}))
	}
	f := &formulas{world: w, predicate: func(s scope) string {
		w.budget = 8
		return w.expr(s, boolType, 2)
	}}
	for range w.upTo(2) {
		f.declareRuns(s)
	}
	for range w.upTo(2) {
		w.budget = 8
		w.body = append(w.body, "terminal { "+w.expr(s, boolType, 2)+" }")
	}
}
