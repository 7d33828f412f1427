package gen

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// Alike draws a model of at most some hundred states about two or three identities that nothing tells apart, with fairness and
// properties of whole runs, most of which name no identity. Nothing in it faults, and every state may be the last.
func Alike(t *rapid.T) string {
	w := &world{t: t, makers: map[string]string{}}
	n := w.between(2, 3)
	id := w.declare("Id", fmt.Sprintf("symmetric 1..%d", n), &typ{kind: symmetricKind, lo: 1, hi: int64(n), card: n})
	w.state = []string{"state { m: map[" + id.text + "]0..2 = " + pick(w, []string{"0", "0", "any"}) + "; o: option[" + id.text + "] = none; s: set[" + id.text + "] = {}; n: 0..1 = 0 }"}
	all := []string{
		"n == 0", "n == 1", "o == none", "o != none", "s == {}", "size(s) == 1", "size(s) > 1", "(forall i in Id1: m[i] == 0)", "(exists i in Id1: m[i] == 2)",
		"(exists i in Id1: m[i] == 1)", "(count i in Id1: m[i] > 0) == 1", "(exists i in s: m[i] == 1)", "(forall i in s: o == some(i))",
	}
	of := []string{"m[@] == 0", "m[@] == 1", "m[@] > 0", "@ in s", "@ not in s", "o == some(@)", "o != some(@)", "o == none"} // @ is an identity
	conditions := func(s scope) []string {
		out := append([]string{}, all...)
		for _, l := range s.locals {
			if l.typ == id {
				for _, c := range of {
					out = append(out, strings.ReplaceAll(c, "@", l.name))
				}
			}
		}
		return out
	}
	predicate := func(s scope) string { return "(" + pick(w, conditions(s)) + ")" }
	for range w.between(2, 4) {
		a := action{name: w.name("Act")}
		head, self := a.name, ""
		changes := []string{"n = 1 - n", "o = none", "s = {}", "skip", "choose c in Id1 { o = some(c) }", "choose c in s { s = s minus {c} }", "choose c in Id1 where m[c] == 0 { m[c] = 2 }"}
		guards := all
		if w.upTo(3) > 0 {
			a.params = []binding{{w.name("p"), id}}
			self = a.params[0].name
			head += "(" + self + ": " + id.text + ")"
			guards = of
			changes = []string{
				"m[@] = (m[@] + 1) % 3", "m[@] = 1", "m[@] = 2 - m[@]", "o = some(@)", "s = s union {@}", "s = s minus {@}", "n = 1 - n",
				"m[@] = 0; s = s union {@}", "o = some(@); n = 1", "if o == some(@) { o = none } else { m[@] = 1 }",
			}
		}
		fair := ""
		if w.oneIn(2) {
			fair = pick(w, []string{"fair ", "fair ", "strong fair "})
			if len(a.params) > 0 && w.oneIn(4) {
				fair += "for " + self + " "
			}
		}
		body := strings.ReplaceAll(pick(w, changes), "@", self)
		if w.oneIn(3) {
			body = "either { " + body + " } or { " + strings.ReplaceAll(pick(w, changes), "@", self) + " }"
		}
		w.body = append(w.body, fair+"action "+head+" when "+strings.ReplaceAll(pick(w, guards), "@", self)+" { "+body+" }")
		w.actions = append(w.actions, a)
	}
	f := &formulas{world: w, predicate: predicate}
	for range w.between(1, 3) {
		f.declareRuns(scope{})
	}
	for range w.upTo(2) { // what is claimed of each identity
		c := func() string { return "(" + strings.ReplaceAll(pick(w, of), "@", "q") + ")" }
		event := func(word string) string {
			a := pick(w, w.actions)
			if len(a.params) == 0 {
				return c()
			}
			return "(" + word + " " + a.name + "(q))"
		}
		name := w.name("R")
		claim := func(text string) string { return "property " + name + " { forall q in Id1: " + text + " }" }
		w.body = append(w.body, w.one(
			func() string { return claim("can " + c()) },
			func() string { return claim("always can " + c()) },
			func() string { return claim("can " + event("enabled")) },
			func() string { return claim("eventually " + event("happens")) },
			func() string { return claim("always eventually " + c()) },
			func() string {
				return claim("(always eventually " + event("happens") + ") implies always eventually " + c())
			},
			func() string { return claim(event("enabled") + " ~> " + c()) },
			func() string { return claim(fmt.Sprintf("%s ~> %s within %d", c(), c(), w.upTo(4))) },
			func() string {
				return fmt.Sprintf("bound %s { forall q in Id1: longest(%s until %s) <= %d }", name, c(), c(), w.upTo(4))
			}))
	}
	w.body = append(w.body, "terminal { true }")
	return w.text()
}
