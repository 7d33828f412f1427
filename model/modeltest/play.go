package modeltest

import (
	"fmt"
	"slices"
	"strings"
)

// The game of bisimulation: an attacker picks a step of one system, the defender answers with a step of the same name of
// the other, and so on from the two states. The attacker wins when the defender has no answer, or only answers that look
// different. tellApart lets the attacker win as early as the partition says is possible, against a defender who holds out
// as long as possible; where steps of one name have one outcome each, the steps of the play are a shortest run that only
// one of the systems has.

var sideName = [2]string{"A", "B"}

// tellApart gives the play that the attacker wins, or "" when the systems are bisimilar.
func tellApart(g *graph, p *partition) string {
	at, attacker, best := [2]int32{}, 0, -1
	for side := range 2 {
		for _, s := range g.initial[side] {
			answer, d := holdOut(p, s, g.initial[1-side])
			if d < 0 || best >= 0 && d >= best {
				continue
			}
			if answer < 0 {
				return fmt.Sprintf("%s has initial states and %s has none", sideName[side], sideName[1-side])
			}
			at[side], at[1-side] = s, answer
			attacker, best = side, d
		}
	}
	if best < 0 {
		return ""
	}
	var b strings.Builder
	if best == 0 && len(g.initial[1-attacker]) > 0 {
		fmt.Fprintf(&b, "an initial state of %s looks like none of %s\n", sideName[attacker], sideName[1-attacker])
		writeStates(&b, g, at)
		return b.String()
	}
	fmt.Fprintf(&b, "from the initial states\n")
	writeStates(&b, g, at)
	for step := 1; ; step++ {
		m, ok := attack(g, p, at)
		if !ok {
			panic("modeltest: states in different blocks have no move that tells them apart")
		}
		mover, other := sideName[m.side], sideName[1-m.side]
		if m.answer < 0 {
			fmt.Fprintf(&b, "%s can take step %d, %s, and %s cannot:\n", mover, step, g.labels[m.label], other)
			writeStates(&b, g, at)
			return b.String()
		}
		fmt.Fprintf(&b, "  %d  %s", step, g.labels[m.label])
		if m.ways > 1 {
			fmt.Fprintf(&b, " (as %s takes it; %s has %d outcomes, and none will do)", mover, other, m.ways)
		}
		b.WriteByte('\n')
		at[m.side], at[1-m.side] = m.to, m.answer
		if p.distance(at[0], at[1]) == 0 {
			fmt.Fprintf(&b, "and then they look different:\n")
			writeStates(&b, g, at)
			return b.String()
		}
	}
}

// turn is a step of the attacker on one side and the best answer of the defender, or -1.
type turn struct {
	side       int
	label      int32
	to, answer int32
	ways       int // outcomes of the defender's steps of this name
}

// attack gives the turn after which the states are told apart the soonest.
func attack(g *graph, p *partition, at [2]int32) (turn, bool) {
	var out turn
	best := -1
	for side := range 2 {
		for _, e := range g.from(at[side]) {
			answers := successors(g, at[1-side], e.label)
			answer, d := holdOut(p, e.to, answers)
			if len(answers) == 0 {
				return turn{side: side, label: e.label, to: e.to, answer: -1}, true
			}
			if d >= 0 && (best < 0 || d < best) {
				best, out = d, turn{side, e.label, e.to, answer, len(answers)}
			}
		}
	}
	return out, best >= 0
}

// holdOut gives the answer that is the furthest from s and its distance. The distance is -1 when an answer is bisimilar
// to s; the answer is -1 when there is none.
func holdOut(p *partition, s int32, answers []int32) (int32, int) {
	answer, furthest := int32(-1), 0
	for _, t := range answers {
		d := p.distance(s, t)
		if d < 0 {
			return t, -1
		}
		if answer < 0 || d > furthest {
			answer, furthest = t, d
		}
	}
	return answer, furthest
}

func successors(g *graph, s, label int32) []int32 {
	var out []int32
	for _, e := range g.from(s) {
		if e.label == label {
			out = append(out, e.to)
		}
	}
	return out
}

// writeStates writes two states: what makes them look different or, where nothing does, all that they show.
func writeStates(b *strings.Builder, g *graph, at [2]int32) {
	alike := g.seen[at[0]] == g.seen[at[1]]
	for side := range 2 {
		var lines []string
		if alike {
			vars, _ := g.shown(at[side])
			lines = texts(vars)
		} else {
			other := seenLines(g, at[1-side])
			for _, l := range seenLines(g, at[side]) {
				if !slices.Contains(other, l) {
					lines = append(lines, l)
				}
			}
		}
		if len(lines) == 0 {
			lines = []string{"nothing"}
		}
		fmt.Fprintf(b, "     in %s: %s\n", sideName[side], strings.Join(lines, "; "))
	}
}

func seenLines(g *graph, s int32) []string {
	return strings.Split(strings.TrimSuffix(g.look(s), "\n"), "\n")
}
