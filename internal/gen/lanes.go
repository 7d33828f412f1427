package gen

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// Lanes draws a model whose actions do the same to many places of the state: loops over the keys of maps, and flags that
// say what the loops found.
func Lanes(t *rapid.T) string {
	l := &looper{world: &world{t: t, makers: map[string]string{}}}
	l.size = rapid.SampledFrom([]int{2, 3, 5, 8, 13, 33}).Draw(t, "size")
	l.top = l.between(1, 6)
	var b strings.Builder
	fmt.Fprintf(&b, "model Drawn\n\ntype K = 0..%d\ntype V = 0..%d\n\nstate {\n", l.size-1, l.top)
	for _, decl := range []string{
		"a: map[K]V = 0", "b: map[K]V = 0", "c: map[K]bool = false", "s: set[K] = {}", "f: 0..3 = 0", "g: bool = false",
		"d: map[bool]map[K]V = 0", "w: 0..7 = 0",
	} {
		if l.oneIn(6) { // what comes before a map moves its places
			fmt.Fprintf(&b, "  %s: 0..%d = 0\n", l.name("pad"), l.between(1, 40))
		}
		fmt.Fprintf(&b, "  %s\n", decl)
	}
	fmt.Fprintf(&b, "}\ninit { for n in K { a[n] = (n * %d + %d) %% %d; b[n] = (n * %d) %% %d } }\n",
		l.upTo(5), l.upTo(5), l.top+1, l.upTo(5), l.top+1)
	b.WriteString("action SetA(n: K, v: V) { a[n] = v }\naction SetB(n: K, v: V) when g { b[n] = v }\n")
	b.WriteString("action Toggle(n: K) when f > 0 { c[n] = not c[n]; if n in s { s = s minus {n} } else { s = s union {n} } }\n")
	for i := range l.between(1, 3) {
		fmt.Fprintf(&b, "action L%d(x: bool)", i)
		if l.oneIn(2) {
			fmt.Fprintf(&b, " when %s", l.about(false, 2))
		}
		b.WriteString(" {\n")
		for range l.between(1, 3) {
			b.WriteString("  " + l.statement() + "\n")
		}
		b.WriteString("}\n")
	}
	fmt.Fprintf(&b, "invariant I { %s }\nstep S { %s or f == old(f) }\nreachable R { %s }\n", l.about(false, 2), l.about(false, 1), l.about(false, 2))
	return b.String()
}

// looper is a model of loops being drawn.
type looper struct {
	*world
	size, top int
}

// about draws a condition, on key n if there is one.
func (l *looper) about(key bool, d int) string {
	if d > 0 && l.oneIn(3) {
		return "(" + l.about(key, d-1) + pick(l.world, []string{" and ", " or "}) + l.about(key, d-1) + ")"
	}
	if !key {
		if d > 0 && l.oneIn(2) {
			return pick(l.world, []string{"(exists n in K: ", "(forall n in K: "}) + l.about(true, d-1) + ")"
		}
		return pick(l.world, []string{"g", "f == 1", "f != 2", "w < 5", "a[0] == 0", "not g"})
	}
	return pick(l.world, []string{
		"a[n] < b[n]", "a[n] + 1 < b[n]", "c[n]", "not c[n]", "n in s", "a[n] == 0", "b[n] != 1", "a[n] == d[true][n]", "d[false][n] < a[n]",
		"n % 3 != 1", "g", "f == 1", "a[n] != a[0]", "c[n] == (n in s)",
	})
}

// value draws a value of V for key n.
func (l *looper) value(d int) string {
	if d > 0 && l.oneIn(3) {
		return "(if " + l.about(true, 1) + " then " + l.value(d-1) + " else " + l.value(d-1) + ")"
	}
	return pick(l.world, []string{
		"a[n]", "b[n]", "0", "1", "min(a[n], b[n])", "max(a[n], d[false][n])", fmt.Sprintf("(a[n] + 1) %% %d", l.top+1), "b[n] + 1",
		"d[false][n]", "d[true][n]", fmt.Sprint(l.top), fmt.Sprintf("%d - b[n]", l.top), fmt.Sprintf("(a[n] + n) %% %d", l.top+1), "a[0]",
	})
}

func (l *looper) assignment() string {
	return l.one(
		func() string { return "a[n] = " + l.value(1) },
		func() string { return "b[n] = " + l.value(1) },
		func() string { return "d[" + pick(l.world, []string{"x", "true", "false"}) + "][n] = " + l.value(1) },
		func() string { return "c[n] = " + l.about(true, 1) },
		func() string { return "s = s " + pick(l.world, []string{"union", "minus"}) + " {n}" },
		func() string { return "g = " + pick(l.world, []string{"true", "false", "not g"}) },
		func() string { return pick(l.world, []string{"f = 1", "f = 3", "w = (w + 1) % 8", "w = max(w, a[n])"}) },
	)
}

func (l *looper) statement() string {
	switch l.upTo(6) {
	case 4, 5: // what changes is where it is noted
		return "for n in K where " + pick(l.world, []string{
			"a[n] < b[n] { a[n] = b[n]", "a[n] + 1 < b[n] { b[n] = a[n] + 1", "c[n] { c[n] = false", "n in s { s = s minus {n}",
			"not c[n] { c[n] = true", "d[x][n] != a[n] { d[x][n] = a[n]", "a[n] != 0 { a[n] -= 1",
		}) + "; " + pick(l.world, []string{"g = true", "f = 3", "w = 7", "g = not x", "if g { f = 2 }", "g = true; w = 1"}) + " }"
	case 0:
		return pick(l.world, []string{"g = not g", "f = (f + 1) % 4", "w = 0", "d[x] = a", "b = d[true]", "a = b"})
	case 1:
		return "if " + l.about(false, 2) + " { " + pick(l.world, []string{"f = 2", "g = true", "w = f"}) + " }"
	}
	text := "for n in K"
	if l.oneIn(2) {
		text += " where " + l.about(true, 1)
	}
	text += " { "
	for i := range l.between(1, 3) {
		if i > 0 {
			text += "; "
		}
		text += l.assignment()
	}
	return text + " }"
}
