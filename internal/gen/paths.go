package gen

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// Paths draws a model of a few processes, as Processes does, with one to three properties of whole runs that speak of few of
// them, mostly without `next` and `happens`. Fairness is of few actions. Nothing faults, and every state may be the last.
func Paths(t *rapid.T) string {
	p := &paths{processes{world: &world{t: t}}}
	p.count, p.places = p.between(2, 3), p.between(2, 3)
	var b strings.Builder
	fmt.Fprintf(&b, "model Drawn\n\ntype P = 0..%d\n\nfunc after(p: P) P = (p + 1) %% %d\n\n", p.count-1, p.count)
	fmt.Fprintf(&b, "state { at: map[P]0..%d = %s; own: map[P]0..1 = 0; n: 0..2 = 0; a: bool = false }\n\n",
		p.places-1, pick(p.world, []string{"0", "0", "any"}))
	for i := range p.between(2, 4) {
		p.act(&b, i)
	}
	for i := range p.between(1, 3) {
		fmt.Fprintf(&b, "property R%d { %s }\n", i, p.claimed())
	}
	b.WriteString("terminal { true }\n")
	return b.String()
}

type paths struct{ processes }

func (p *paths) act(b *strings.Builder, i int) {
	self, params, fair := "p", "(p: P)", ""
	if p.oneIn(3) {
		self, params = fmt.Sprint(p.upTo(p.count-1)), ""
	}
	if p.oneIn(5) {
		fair = pick(p.world, []string{"fair ", "strong fair "})
		if params != "" && p.oneIn(2) {
			fair += "for p "
		}
	}
	p.actions = append(p.actions, action{name: fmt.Sprintf("A%d", i)})
	if params != "" {
		p.actions[i].params = []binding{{"p", rangeType(0, int64(p.count-1))}}
	}
	guard := fmt.Sprintf("at[%s] == %d", self, p.upTo(p.places-1))
	switch p.upTo(5) {
	case 0:
		guard = p.about(self)
	case 1:
		guard += " and " + p.about(self)
	case 2:
		guard = "at[" + self + "] >= 0"
	}
	fmt.Fprintf(b, "%saction A%d%s when %s {", fair, i, params, guard)
	if p.oneIn(5) {
		fmt.Fprintf(b, " when %s;", p.about(self))
	}
	if !p.oneIn(4) {
		fmt.Fprintf(b, " at[%s] = %s;", self, pick(p.world, []string{
			fmt.Sprintf("(at[%s] + 1) %% %d", self, p.places), fmt.Sprint(p.upTo(p.places - 1)),
		}))
	}
	if p.oneIn(2) {
		b.WriteString(" " + p.done(self, 1))
	}
	b.WriteString(" }\n")
}

// about draws a condition, mostly of a process alone.
func (p *paths) about(self string) string {
	own := []string{"own[" + self + "] == 0", fmt.Sprintf("at[%s] != %d", self, p.upTo(p.places-1)), fmt.Sprintf("at[%s] == %d", self, p.upTo(p.places-1))}
	if !p.oneIn(4) {
		return pick(p.world, own)
	}
	return pick(p.world, []string{"a", "not a", "n == 0", "n == 2", "n > 0", "own[after(" + self + ")] == 1", "(exists q in P: at[q] == 1)", "(a or own[" + self + "] == 1)"})
}

// done draws what an action does beside going from place to place.
func (p *paths) done(self string, depth int) string {
	own := []string{"own[" + self + "] = 1 - own[" + self + "]", "own[" + self + "] = 1", "own[" + self + "] = 0"}
	if !p.oneIn(4) {
		return pick(p.world, own)
	}
	more := []string{"a = not a", "a = true", "n = (n + 1) % 3", "n = 2", "when " + p.about(self), "choose k in 0..1 { own[" + self + "] = k }", "skip"}
	if depth > 0 {
		more = append(more, "either { "+p.done(self, 0)+" } or { "+p.done(self, 0)+" }", "if "+p.about(self)+" { "+p.done(self, 0)+" }")
	}
	return pick(p.world, more)
}

// claimed draws a formula with a temporal operator outermost.
func (p *paths) claimed() string {
	x := func() string { return p.path(2) }
	return p.one(
		func() string { return "always " + x() },
		func() string { return "eventually " + x() },
		func() string { return x() + " ~> " + x() },
		func() string { return "always eventually " + x() },
		func() string { return "eventually always " + x() },
		func() string { return x() + pick(p.world, []string{" until ", " release ", " weak until "}) + x() },
		func() string {
			if p.oneIn(4) {
				return pick(p.world, []string{"always next " + x(), "eventually happens A0", "always can " + p.atom()})
			}
			return "forall q in P: always (at[q] == 0 implies eventually at[q] != 0)"
		})
}

func (p *paths) path(d int) string {
	if d == 0 || p.oneIn(3) {
		return "(" + p.atom() + ")"
	}
	x := func() string { return p.path(d - 1) }
	return "(" + p.one(
		func() string { return "not " + x() },
		func() string { return x() + pick(p.world, []string{" and ", " or ", " implies ", " iff "}) + x() },
		func() string { return "eventually " + x() },
		func() string { return "always " + x() },
		func() string {
			return x() + pick(p.world, []string{" until ", " release ", " weak until ", " ~> "}) + x()
		},
	) + ")"
}

// atom draws a condition of a state that speaks of process 0 or of what is shared, or of what is enabled.
func (p *paths) atom() string {
	if p.oneIn(8) {
		a := pick(p.world, p.actions)
		if len(a.params) > 0 && p.oneIn(2) {
			return "enabled " + a.name + "(0)"
		}
		return "enabled " + a.name
	}
	return pick(p.world, []string{"at[0] == 0", "at[0] == 1", "at[0] != 1", "own[0] == 1", "at[0] == own[1]", "a", "n == 0", "n > 0"})
}
