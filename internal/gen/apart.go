package gen

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// Apart draws a model of some small variables of which each action knows one or two, and properties of one or two: for tests of
// what leaves out that on which a property does not depend. Some actions fault, choose, are fair, or come to nothing.
func Apart(t *rapid.T) string {
	w := &apart{world: &world{t: t}}
	w.count = w.between(2, 5)
	var lines []string
	for i := range w.count {
		init := w.one(
			func() string { return "0" },
			func() string { return "1" },
			func() string { return pick(w.world, []string{"any", "0"}) },
			func() string { return pick(w.world, []string{"start(1)", "start(2)", "0"}) })
		lines = append(lines, fmt.Sprintf("x%d: 0..2 = %s", i, init))
	}
	w.state = []string{"func start(n: 0..3) int = n / n + n - 2", "state { " + strings.Join(lines, "; ") + "; m: map[0..1]0..2 = 0 }"}
	if w.oneIn(3) {
		w.body = append(w.body, "init { "+w.change(0, "0", 2)+" }")
	}
	for range w.between(1, 5) {
		w.action()
	}
	for range w.between(1, 4) {
		w.claim()
	}
	if w.oneIn(2) {
		w.body = append(w.body, "terminal { "+pick(w.world, []string{"true", w.condition(w.upTo(w.count-1), "0")})+" }")
	}
	return w.text()
}

type apart struct {
	*world
	count int
}

// action declares an action that is about one variable.
func (w *apart) action() {
	a := action{name: w.name("Act")}
	own, self, head := w.upTo(w.count-1), "0", a.name
	if w.oneIn(3) {
		a.params = []binding{{"p", &typ{kind: rangeKind, lo: 0, hi: 1, card: 2, text: "0..1"}}}
		self, head = "p", head+"(p: 0..1)"
	}
	if w.oneIn(2) {
		head += " when " + w.condition(own, self)
	}
	var body []string
	for range w.between(1, 3) {
		about := own
		if w.oneIn(3) {
			about = w.upTo(w.count - 1)
		}
		body = append(body, w.change(about, self, 2))
	}
	fair := ""
	if w.oneIn(3) {
		fair = w.fairness(a.params)
	}
	text := fair + "action " + head + " {\n  " + strings.Join(body, "\n  ") + "\n}"
	if w.oneIn(6) {
		text += " ensures " + w.condition(own, self)
	}
	w.body = append(w.body, text)
	w.actions = append(w.actions, a)
}

// variable is the one that is spoken of or, now and then, another.
func (w *apart) variable(own int) string {
	if w.oneIn(6) {
		own = w.upTo(w.count - 1)
	}
	return fmt.Sprintf("x%d", own)
}

func (w *apart) condition(own int, self string) string {
	x := func() string { return w.variable(own) }
	return w.one(
		func() string { return x() + fmt.Sprintf(" == %d", w.upTo(2)) },
		func() string { return x() + fmt.Sprintf(" != %d", w.upTo(2)) },
		func() string { return x() + fmt.Sprintf(" < %d", w.upTo(2)) },
		func() string { return x() + " == " + x() },
		func() string { return "m[" + self + "] == " + x() },
		func() string { return "2 / " + x() + " > 0" },
		func() string { return "(" + w.condition(own, self) + " or " + w.condition(own, self) + ")" })
}

func (w *apart) change(own int, self string, depth int) string {
	x := func() string { return w.variable(own) }
	to := fmt.Sprintf("x%d = ", own)
	inner := func() string { return w.change(own, self, depth-1) }
	simple := []func() string{
		func() string { return to + fmt.Sprint(w.upTo(2)) },
		func() string { return to + "(" + x() + " + 1) % 3" },
		func() string { return to + "min(2, " + x() + " + 1)" },
		func() string { return to + x() },
		func() string { return fmt.Sprintf("x%d += 1", own) },
		func() string { return to + "2 / " + x() },
		func() string { return "m[" + self + "] = " + x() },
		func() string { return to + "m[" + self + "]" },
		func() string { return fmt.Sprintf("m[%s] = (m[%s] + 1) %% 3", self, self) },
		func() string { l := w.name("l"); return "let " + l + " = " + x() + "\n  " + to + l },
		func() string { l := w.name("l"); return "let " + l + " = 2 / " + x() + "\n  " + to + x() },
	}
	if depth > 0 {
		simple = append(simple,
			func() string { return "when " + w.condition(own, self) },
			func() string { return "assert " + w.condition(own, self) },
			func() string { return "if " + w.condition(own, self) + " { " + inner() + " } else { " + inner() + " }" },
			func() string { return "if " + w.condition(own, self) + " { " + inner() + " }" },
			func() string { return "either { " + inner() + " } or { " + inner() + " }" },
			func() string {
				c := w.name("c")
				return "choose " + c + " in 0..2 where " + c + " != " + x() + " { " + to + c + " }"
			},
			func() string {
				c := w.name("c")
				return "choose " + c + " in 0..2 where " + c + " > " + x() + " { " + inner() + " }"
			},
			func() string { return "for k in 0..1 where m[k] != " + x() + " { m[k] = " + x() + " }" },
		)
	}
	return w.one(simple...)
}

// claim declares a property, mostly of one variable.
func (w *apart) claim() {
	own, name := w.upTo(w.count-1), w.name("P")
	c := func() string { return w.condition(own, "0") }
	x := fmt.Sprintf("x%d", own)
	calm := func() string { // a formula that cannot tell repeated states
		return w.one(
			func() string { return "always eventually " + c() },
			func() string { return "eventually always " + c() },
			func() string { return "(" + c() + ") ~> (" + c() + ")" },
			func() string { return "(" + c() + ") until (" + c() + ")" },
			func() string { return "eventually (" + c() + " and always " + c() + ")" },
			func() string { return "always eventually enabled " + pick(w.world, w.actions).name },
			func() string {
				return "always (enabled " + pick(w.world, w.actions).name + " implies eventually " + c() + ")"
			})
	}
	w.body = append(w.body, w.one(
		func() string { return "invariant " + name + " { " + c() + " }" },
		func() string { return "invariant " + name + " { " + c() + " implies " + c() + " }" },
		func() string { return "reachable " + name + " { " + c() + " and " + c() + " }" },
		func() string {
			return fmt.Sprintf("bound %s { max(%s + %s) <= %d }", name, x, w.variable(own), w.upTo(4))
		},
		func() string { return fmt.Sprintf("step %s { old(%s) <= %s }", name, x, x) },
		func() string { return fmt.Sprintf("step %s { old(%s) != %s }", name, x, x) },
		func() string { return fmt.Sprintf("step %s { old(%s) implies %s }", name, c(), c()) },
		func() string { return "property " + name + " { " + calm() + " }" },
		func() string { return "property " + name + " { " + calm() + " }" },
		func() string { return "property " + name + " { " + calm() + " }" },
		func() string { return "property " + name + " { next " + c() + " }" },
		func() string {
			return "property " + name + " { always eventually happens " + pick(w.world, w.actions).name + " }"
		},
		func() string { return "property " + name + " { always can (" + c() + ") }" },
		func() string {
			return "property " + name + " { can (" + c() + " and enabled " + pick(w.world, w.actions).name + ") }"
		},
		func() string { return fmt.Sprintf("property %s { (%s) ~> (%s) within %d }", name, c(), c(), w.upTo(3)) },
		func() string {
			return fmt.Sprintf("bound %s { longest((%s) until (%s)) <= %d }", name, c(), c(), w.upTo(3))
		},
	))
}
