package gen

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// Processes draws a model of a few processes, each with a place and a number of its own, beside what they share. Its steps
// mostly go from one place to another, so that many of them do not depend on each other: for tests of searches that make use
// of that. Some fault, some come to nothing, some choose.
func Processes(t *rapid.T) string {
	p := &processes{world: &world{t: t}}
	p.count, p.places, p.apart = p.between(1, 3), p.between(2, 4), p.oneIn(2)
	var b strings.Builder
	fmt.Fprintf(&b, "model Drawn\n\ntype P = 0..%d\n\nfunc next(p: P) P = (p + 1) %% %d\n\n", p.count-1, p.count)
	fmt.Fprintf(&b, "state {\n  at: map[P]0..%d = 0\n  own: map[P]0..2 = %s\n", p.places-1, pick(p.world, []string{"0", "1", "{p -> p % 2 for p in P}"}))
	b.WriteString("  pair: record { a: 0..2; b: bool } = { a = 0, b = false }\n  lock: option[P] = none\n  queue: seq[0..2, 2] = []\n  on: set[P] = {}\n}\n\n")
	for i := range p.between(2, 6) {
		p.action(&b, i)
	}
	for i := range p.upTo(3) {
		p.claim(&b, i)
	}
	if p.oneIn(3) {
		fmt.Fprintf(&b, "terminal { %s }\n", p.condition("0"))
	}
	return strings.ReplaceAll(b.String(), "next(", "after(")
}

type processes struct {
	*world
	count, places int
	apart         bool // processes have little to do with each other
}

func (p *processes) action(b *strings.Builder, i int) {
	self, params := "p", "(p: P)"
	if p.oneIn(4) {
		self, params = fmt.Sprint(p.upTo(p.count-1)), ""
	}
	guard := []string{fmt.Sprintf("at[%s] == %d", self, p.upTo(p.places-1))}
	for range p.upTo(2) {
		guard = append(guard, p.condition(self))
	}
	if p.oneIn(5) {
		guard = guard[1:]
	}
	if len(guard) > 1 && p.oneIn(4) {
		guard[0], guard[len(guard)-1] = guard[len(guard)-1], guard[0]
	}
	fmt.Fprintf(b, "action A%d%s", i, params)
	if len(guard) > 0 {
		b.WriteString(" when " + strings.Join(guard, " and "))
	}
	b.WriteString(" {\n")
	for range p.upTo(2) {
		b.WriteString("  " + p.change(self, 1) + "\n")
	}
	if !p.oneIn(4) {
		fmt.Fprintf(b, "  at[%s] = %s\n", self, p.one(
			func() string { return fmt.Sprint(p.upTo(p.places - 1)) },
			func() string { return fmt.Sprintf("(at[%s] + 1) %% %d", self, p.places) },
		))
	}
	b.WriteString("}")
	if p.oneIn(8) {
		b.WriteString(" ensures " + p.condition(self))
	}
	b.WriteByte('\n')
}

// number draws a number of 0..2.
func (p *processes) number(self string) string {
	if p.apart && !p.oneIn(6) {
		return pick(p.world, []string{"0", "1", "own[" + self + "]"})
	}
	return p.one(
		func() string { return fmt.Sprint(p.upTo(2)) },
		func() string { return "own[" + self + "]" },
		func() string { return "own[" + p.process(self) + "]" },
		func() string { return "pair.a" },
	)
}

// process draws a process.
func (p *processes) process(self string) string {
	return p.one(
		func() string { return self },
		func() string { return "next(" + self + ")" },
		func() string { return fmt.Sprint(p.upTo(p.count - 1)) },
		func() string { return "next(at[" + self + "] % " + fmt.Sprint(p.count) + ")" },
		func() string { return "(if lock == some(" + self + ") then " + self + " else next(" + self + "))" },
	)
}

func (p *processes) condition(self string) string {
	n := func() string { return p.number(self) }
	if p.apart && !p.oneIn(6) {
		return n() + pick(p.world, []string{" == ", " != ", " < ", " >= "}) + n()
	}
	return p.one(
		func() string { return n() + " == " + n() },
		func() string { return n() + " < 2" },
		func() string { return "lock == none" },
		func() string { return "lock == some(" + self + ")" },
		func() string { return "pair.b" },
		func() string { return "not pair.b" },
		func() string { return fmt.Sprintf("at[%s] != %d", p.process(self), p.upTo(p.places-1)) },
		func() string {
			return fmt.Sprintf("(forall q in P where q != %s: at[q] != %d)", self, p.upTo(p.places-1))
		},
		func() string { return fmt.Sprintf("(exists q in P: at[q] == %d)", p.upTo(p.places-1)) },
		func() string { return "size(queue) < 2" },
		func() string { return "(queue != [] and head(queue) == " + n() + ")" },
		func() string { return self + " in on" },
		func() string { return self + " not in on" },
		func() string { return "(" + p.condition(self) + " or " + p.condition(self) + ")" },
		func() string { return "4 / " + n() + " > 1" },
		func() string { return "head(queue) == " + n() },
		func() string { return "lock.value == " + self },
	)
}

func (p *processes) change(self string, depth int) string {
	n := func() string { return p.number(self) }
	if p.apart && !p.oneIn(4) {
		return "own[" + self + "] = " + pick(p.world, []string{n(), "(" + n() + " + 1) % 3"})
	}
	ways := []func() string{
		func() string { return "own[" + self + "] = " + n() },
		func() string { return "own[" + p.process(self) + "] = " + n() },
		func() string { return "own[" + self + "] = (own[" + self + "] + 1) % 3" },
		func() string { return "pair.a = " + n() },
		func() string { return "pair.b = " + p.condition(self) },
		func() string { return "pair.b = not pair.b" },
		func() string { return "lock = some(" + self + ")" },
		func() string { return "lock = none" },
		func() string { return "on = on union {" + self + "}" },
		func() string { return "on = on minus {" + self + "}" },
		func() string { return "queue = append(queue, " + n() + ")" },
		func() string { return "if queue != [] { queue = tail(queue) }" },
		func() string { return "own[" + self + "] += 1" },
		func() string { return "when " + p.condition(self) },
	}
	if depth > 0 {
		inner := func() string { return p.change(self, depth-1) }
		ways = append(ways,
			func() string { return "if " + p.condition(self) + " { " + inner() + " }" },
			func() string { return "either { " + inner() + " } or { " + inner() + " }" },
			func() string { return "choose c in 0..2 where c != " + n() + " { own[" + self + "] = c }" },
			func() string { return "choose q in P where at[q] == 0 { own[q] = " + n() + " }" },
			func() string { return "for q in P { own[q] = " + n() + " }" },
			func() string { return "assert " + p.condition(self) },
		)
	}
	return p.one(ways...)
}

func (p *processes) claim(b *strings.Builder, i int) {
	c := func() string { return p.condition("0") }
	b.WriteString(p.one(
		func() string { return fmt.Sprintf("invariant C%d { %s or %s }", i, c(), c()) },
		func() string { return fmt.Sprintf("invariant C%d { %s implies %s }", i, c(), c()) },
		func() string {
			return fmt.Sprintf("invariant C%d { forall p in P: not (%s and %s) }", i, p.condition("p"), p.condition("p"))
		},
		func() string { return fmt.Sprintf("reachable C%d { %s and %s }", i, c(), c()) },
		func() string { return fmt.Sprintf("bound C%d { max(own[0] + pair.a) <= %d }", i, p.upTo(4)) },
		func() string { return fmt.Sprintf("bound C%d { min(%s) >= %d }", i, p.number("0"), p.upTo(1)) },
		func() string { return fmt.Sprintf("step C%d { old(own[0]) <= own[0] }", i) },
		func() string { return fmt.Sprintf("step C%d { pair == old(pair) or %s }", i, c()) },
		func() string { return fmt.Sprintf("step C%d { old(%s) implies %s }", i, c(), c()) },
	) + "\n")
}
