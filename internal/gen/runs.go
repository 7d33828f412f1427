package gen

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// action is a declared action.
type action struct {
	name   string
	params []binding
}

// formulas draws formulas over runs of predicates, which are formulas about one state. Everything is in parentheses.
type formulas struct {
	*world
	predicate func(s scope) string
	copies    int // what the quantifiers around may still multiply a formula to
}

// fairness draws what stands before an action.
func (w *world) fairness(params []binding) string {
	if w.oneIn(2) {
		return ""
	}
	text := pick(w, []string{"fair ", "strong fair "})
	if len(params) > 0 && w.oneIn(2) {
		text += "for " + pick(w, params).name + " "
	}
	return text
}

// declareRuns declares a property of each of some kinds.
func (f *formulas) declareRuns(s scope) {
	name := f.name("R")
	line := ""
	switch f.upTo(5) {
	case 0, 1, 2:
		line = "property " + name + " { " + f.claim(s, func(s scope) string { return f.temporal(s, 3) }) + " }"
	case 3:
		line = "property " + name + " { " + f.claim(s, func(s scope) string { return "(can " + f.possible(s, 2) + ")" }) + " }"
		if f.oneIn(2) {
			line = "property " + name + " { " + f.claim(s, func(s scope) string { return "(always can " + f.possible(s, 2) + ")" }) + " }"
		}
	case 4:
		line = "property " + name + " { " + f.claim(s, func(s scope) string {
			return f.ofState(s, 1) + " ~> " + f.ofState(s, 1) + " within " + f.limit(s)
		}) + " }"
	default:
		line = "bound " + name + " { " + f.claim(s, func(s scope) string {
			return "longest(" + f.ofState(s, 1) + " until " + f.ofState(s, 1) + ") " + pick(f.world, []string{"<= ", "< 1 + "}) + f.limit(s)
		}) + " }"
	}
	f.body = append(f.body, line)
}

// claim draws a formula, perhaps for all values of something.
func (f *formulas) claim(s scope, draw func(scope) string) string {
	f.copies = 16
	if f.oneIn(2) {
		head, in := f.quantifier(s)
		return "forall " + head + ": " + draw(in)
	}
	return draw(s)
}

// quantifier draws what a quantifier around temporal operators goes through.
func (f *formulas) quantifier(s scope) (string, scope) {
	type domain struct {
		text string
		typ  *typ
	}
	domains := []domain{{"bool", boolType}, {"0..1", rangeType(0, 1)}}
	for _, t := range f.named {
		if t.iterable(3) {
			domains = append(domains, domain{t.text, t})
		}
	}
	d := pick(f.world, domains)
	b := binding{f.name("q"), d.typ}
	names, in := b.name, s.with(b)
	f.copies /= d.typ.card
	if f.copies >= d.typ.card && f.oneIn(3) {
		other := binding{f.name("q"), d.typ}
		f.copies /= d.typ.card
		names, in = names+", "+other.name, in.with(other)
		if f.oneIn(2) {
			return names + " in " + d.text + " where " + b.name + " != " + other.name, in
		}
	}
	return names + " in " + d.text, in
}

// temporal draws a formula of linear time with an operator of it outermost.
func (f *formulas) temporal(s scope, d int) string {
	x := func() string { return f.linear(s, d-1) }
	return f.one(
		func() string { return "(always " + x() + ")" },
		func() string { return "(eventually " + x() + ")" },
		func() string { return "(" + x() + " ~> " + x() + ")" },
		func() string { return "(always eventually " + x() + ")" },
		func() string { return "(eventually always " + x() + ")" },
		func() string { return "(next " + x() + ")" },
		func() string {
			return "(" + x() + pick(f.world, []string{" until ", " release ", " weak until "}) + x() + ")"
		},
		func() string { return "(" + x() + " implies " + f.temporal(s, d-1) + ")" },
		func() string { return f.event(s, "happens") })
}

func (f *formulas) linear(s scope, d int) string {
	if d <= 0 {
		return f.one(
			func() string { return f.predicate(s) },
			func() string { return f.event(s, "happens") },
			func() string { return f.event(s, "enabled") })
	}
	return f.one(
		func() string { return f.linear(s, 0) },
		func() string { return f.connected(s, func(s scope) string { return f.linear(s, d-1) }) },
		func() string { return f.temporal(s, d) })
}

// connected joins formulas by the connectives, or draws one quantified.
func (f *formulas) connected(s scope, x func(scope) string) string {
	if f.copies >= 3 && f.oneIn(4) {
		kept := f.copies
		defer func() { f.copies = kept }()
		head, in := f.quantifier(s)
		return "(" + pick(f.world, []string{"forall ", "exists "}) + head + ": " + x(in) + ")"
	}
	if f.oneIn(4) {
		return "(not " + x(s) + ")"
	}
	return "(" + x(s) + pick(f.world, []string{" and ", " or ", " implies ", " iff "}) + x(s) + ")"
}

// ofState draws a formula of predicates and of what is enabled.
func (f *formulas) ofState(s scope, d int) string {
	switch {
	case d <= 0 && f.oneIn(3):
		return f.event(s, "enabled")
	case d <= 0 || f.oneIn(2):
		return f.predicate(s)
	}
	return f.connected(s, func(s scope) string { return f.ofState(s, d-1) })
}

// possible draws a formula that may have can in it.
func (f *formulas) possible(s scope, d int) string {
	if d <= 0 {
		return f.ofState(s, 0)
	}
	return f.one(
		func() string { return f.ofState(s, d) },
		func() string { return "(can " + f.possible(s, d-1) + ")" },
		func() string { return "(always can " + f.possible(s, d-1) + ")" },
		func() string { return "(always (" + f.ofState(s, 0) + " implies can " + f.possible(s, d-1) + "))" },
		func() string { return f.connected(s, func(s scope) string { return f.possible(s, d-1) }) })
}

// event draws an action, with arguments or without.
func (f *formulas) event(s scope, word string) string {
	a := pick(f.world, f.actions)
	text := "(" + word + " " + a.name
	if len(a.params) == 0 || f.oneIn(2) {
		return text + ")"
	}
	var args []string
	for _, p := range a.params {
		arg := "_"
		if f.oneIn(2) && p.typ.constructible(false) && !p.typ.hasIdentities() { // which have numbers in constants alone
			arg = f.literal(scope{constant: true}, p.typ, 0)
		}
		for _, l := range s.locals {
			if l.typ.text == p.typ.text && f.oneIn(2) {
				arg = l.name
			}
		}
		args = append(args, arg)
	}
	return text + "(" + strings.Join(args, ", ") + "))"
}

// limit draws how long a wait may take.
func (f *formulas) limit(s scope) string {
	text := number(int64(f.upTo(5)))
	if f.oneIn(2) {
		call := f.event(s, "")
		text += strings.TrimSuffix(strings.TrimPrefix(call, "("), ")")
	}
	return text
}

// Runs draws a model of at most 54 states, with fairness and up to three properties of whole runs. Nothing in it faults,
// and every state may be the last.
func Runs(t *rapid.T) string {
	w := &world{t: t, makers: map[string]string{}}
	id := w.declare("Id", "symmetric 1..2", &typ{kind: symmetricKind, lo: 1, hi: 2, card: 2})
	initial := func(plain string) string { return pick(w, []string{plain, plain, plain, "any"}) }
	w.state = []string{fmt.Sprintf("state { a: bool = %s; n: 0..2 = %s; m: map[%s]0..2 = %s }",
		initial("false"), initial("0"), id.text, initial("0"))}
	// What the names in scope allow to be said and done.
	conditions := func(s scope) []string {
		out := []string{"a", "n == 0", "n == 2", "n > 0", fmt.Sprintf("(forall i in %s: m[i] == n)", id.text)}
		for i, l := range s.locals {
			switch {
			case l.typ == id:
				out = append(out, "m["+l.name+"] == 0", "m["+l.name+"] > n")
			case l.typ == boolType:
				out = append(out, l.name, "a == "+l.name)
			default:
				out = append(out, l.name+" == 0", "n == "+l.name)
			}
			for _, other := range s.locals[:i] {
				if l.typ.text == other.typ.text {
					out = append(out, l.name+" == "+other.name)
				}
			}
		}
		return out
	}
	changes := func(s scope) []string {
		out := []string{"a = not a", "n = (n + 1) % 3", "n = max(0, n - 1)", "a = true", "skip", "choose k in 0..2 { n = k }"}
		for _, l := range s.locals {
			if l.typ == id {
				out = append(out, "m["+l.name+"] = 2 - m["+l.name+"]", "m["+l.name+"] = 1")
			}
		}
		return out
	}
	predicate := func(s scope) string { return "(" + pick(w, conditions(s)) + ")" }
	for range w.between(2, 4) {
		a := action{name: w.name("Act")}
		s, head := scope{}, a.name
		if w.oneIn(2) {
			a.params = []binding{{w.name("p"), id}}
			s, head = s.with(a.params...), head+"("+a.params[0].name+": "+id.text+")"
		}
		guard := predicate(s)
		if w.oneIn(2) {
			guard = "not " + guard
		}
		body := pick(w, changes(s))
		if w.oneIn(2) {
			body = "either { " + body + " } or { " + pick(w, changes(s)) + " }"
		} else if w.oneIn(2) {
			body += "; " + pick(w, changes(s))
		}
		w.body = append(w.body, w.fairness(a.params)+"action "+head+" when "+guard+" { "+body+" }")
		w.actions = append(w.actions, a)
	}
	f := &formulas{world: w, predicate: predicate}
	for range w.between(1, 3) {
		f.declareRuns(scope{})
	}
	w.body = append(w.body, "terminal { true }")
	return w.text()
}
