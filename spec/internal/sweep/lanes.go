package sweep

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/internal/diagram"
)

// A loop over many keys of a map does the same to each of them: what becomes of one variable is a function of a few others,
// and these lie as far from it in the state for every key. Such variables are lanes: a vector computes all of them at once
// (vector.go). What also depends on all lanes is mostly whether any of them changes: a loop that notes that it found
// something. So there becomes an alternative for where some lane changes and one for where none does.

// Limits of lanes.
const (
	leastLanes  = 8  // that a vector pays for
	laneSupport = 4  // variables that a lane depends on
	laneNodes   = 64 // of its diagram

	mostRegisters = 1 << 18 // words of the registers of all vectors of a model
)

// lane is one of the variables that a vector computes, the k-th of those that change.
type lane struct {
	k       int
	support []int
}

// some is a condition on whether a vector changes any lane.
type some struct {
	vector int32
	want   bool
}

// lanes gives the drafts that a draft becomes when what it does to many variables alike is left to vectors.
func (b *builder) lanes(d *draft) []*draft {
	if d == nil {
		return nil
	}
	groups := map[string][]lane{}
	var order []string
	for k, n := range d.next {
		if l, shape, ok := b.shape(d.changed[k], k, n); ok {
			if groups[shape] == nil {
				order = append(order, shape)
			}
			groups[shape] = append(groups[shape], l)
		}
	}
	least := leastLanes
	if b.tuning.Lanes > 0 {
		least = b.tuning.Lanes
	}
	out := []*draft{d}
	taken := map[int]bool{} // of the variables that change
	for _, shape := range order {
		group := groups[shape]
		if len(group) < least {
			continue
		}
		changes := b.anyOf(d, group)
		v := b.vectorOf(d, group, changes != diagram.False)
		if b.tuning.Lanes == 0 && !b.pays(&v, d, group) || b.registers+v.size() > mostRegisters {
			continue
		}
		b.registers += v.size()
		id := int32(len(b.vectors))
		b.vectors = append(b.vectors, v)
		for _, l := range group {
			taken[d.changed[l.k]] = true
		}
		var next []*draft
		for _, e := range out {
			next = append(next, b.apart(e, id, group, d, changes, taken)...)
		}
		out = next
	}
	if len(taken) == 0 {
		return out
	}
	for _, e := range out {
		var changed []int
		var next []node
		for k, i := range e.changed {
			if !taken[i] {
				changed, next = append(changed, i), append(next, e.next[k])
			}
		}
		e.changed, e.next = changed, next
	}
	return out
}

// shape describes what becomes of variable i by places relative to it: what has the same shape is the same function
// elsewhere. It is false where that is none for a vector.
func (b *builder) shape(i, k int, n node) (l lane, shape string, ok bool) {
	v := &b.m.Vars[i]
	if _, ok := b.m.Opaque(n); ok || v.Shift+v.Width > 64 {
		return l, "", false
	}
	if _, ok := b.m.IsConst(n); ok || n == b.m.Now(b.m.Variable(n)) {
		return l, "", false
	}
	support := b.m.Support(n)
	if len(support) > laneSupport || b.m.Count(n) > laneNodes {
		return l, "", false
	}
	var text strings.Builder
	fmt.Fprint(&text, v.Width, v.Size)
	for _, j := range support {
		u := &b.m.Vars[j]
		fmt.Fprint(&text, ";", b.place(j)-b.place(i), u.Width, u.Size)
	}
	seen := map[node]int{}
	var walk func(n node)
	walk = func(n node) {
		if id, ok := seen[n]; ok {
			fmt.Fprint(&text, " #", id)
			return
		}
		seen[n] = len(seen)
		if c, ok := b.m.IsConst(n); ok {
			fmt.Fprint(&text, " ", c)
			return
		}
		j := b.m.Variable(n)
		fmt.Fprint(&text, " (", slices.Index(support, j))
		for x := range b.m.Size(j) {
			walk(b.m.Child(n, x))
		}
		text.WriteString(")")
	}
	walk(n)
	return lane{k, support}, text.String(), true
}

// place is the bit of a state at which variable i begins.
func (b *builder) place(i int) int { return b.m.Vars[i].Word*64 + int(b.m.Vars[i].Shift) }

// moves is where a lane takes another value.
func (b *builder) moves(d *draft, l lane) node {
	return b.m.Not(b.m.Apply(diagram.Eq, d.next[l.k], b.m.Now(d.changed[l.k])))
}

// anyOf is where some lane changes; False where nothing else may depend on that, or where its diagram could be large: lanes
// must not lie between each other.
func (b *builder) anyOf(d *draft, group []lane) node {
	last := len(b.m.Vars)
	out := diagram.False
	for _, l := range slices.Backward(group) {
		n := b.moves(d, l)
		support := b.m.Support(n)
		if len(support) == 0 {
			return diagram.False // it always changes
		}
		if support[len(support)-1] >= last {
			return diagram.False
		}
		last = support[0]
		out = b.m.Apply(diagram.Or, n, out)
	}
	return out
}

// apart tells apart whether some lane changes, if that makes something else simpler. The draft that it gives for where some
// does has the vector; where none does nothing becomes of the lanes.
func (b *builder) apart(e *draft, id int32, group []lane, d *draft, changes node, taken map[int]bool) []*draft {
	with := func(e *draft) *draft {
		e.vectors = append(slices.Clip(e.vectors), id)
		return e
	}
	if changes == diagram.False {
		return []*draft{with(e)}
	}
	still, moved := map[int]int{}, map[int]int{}
	for i, l := range group {
		n := b.moves(d, l)
		b.toward(n, diagram.False, still)
		if i > 0 {
			b.toward(n, diagram.False, moved)
		} else {
			b.toward(n, diagram.True, moved)
		}
	}
	yes, no := *e, *e
	yes.guards, yes.next = slices.Clone(e.guards), slices.Clone(e.next)
	no.guards, no.next = slices.Clone(e.guards), slices.Clone(e.next)
	simpler := false
	divide := func(n node, a, o *node) {
		if c := b.count(n, still); c < 2 {
			return
		}
		x, y := b.at(n, moved), b.at(n, still)
		if b.m.If(changes, x, y) == n {
			*a, *o = x, y
			simpler = true
		}
	}
	for k, n := range e.guards {
		divide(n, &yes.guards[k], &no.guards[k])
	}
	for k, n := range e.next {
		if _, ok := b.m.Opaque(n); !ok && !taken[e.changed[k]] {
			divide(n, &yes.next[k], &no.next[k])
		}
	}
	if !simpler {
		return []*draft{with(e)}
	}
	var out []*draft
	for _, x := range []struct {
		d    *draft
		want bool
	}{{with(&yes), true}, {&no, false}} {
		if slices.Contains(x.d.guards, diagram.False) {
			continue
		}
		x.d.some = append(slices.Clip(x.d.some), some{id, x.want})
		out = append(out, x.d)
	}
	return out
}

// count is the number of variables in values that n depends on.
func (b *builder) count(n node, values map[int]int) (c int) {
	for _, i := range b.m.Support(n) {
		if _, ok := values[i]; ok {
			c++
		}
	}
	return c
}

// toward puts values of variables into values with which n is leaf.
func (b *builder) toward(n, leaf node, values map[int]int) {
	for n != leaf {
		i := b.m.Variable(n)
		for v := range b.m.Size(i) {
			if kid := b.m.Child(n, v); kid == leaf || kid > diagram.True {
				values[i], n = v, kid
				break
			}
		}
	}
}

// at is n where variables have the given values.
func (b *builder) at(n node, values map[int]int) node {
	return b.m.RestrictAll(n, func(i int) int {
		if v, ok := values[i]; ok {
			return v
		}
		return -1
	})
}

// pays estimates whether a vector is faster than tables, by what looking them up and running an instruction take.
func (b *builder) pays(v *vector, d *draft, group []lane) bool {
	lookups := 0
	last := ""
	for _, l := range group { // neighbours that depend on the same chunks share a table
		if slices.ContainsFunc(l.support, func(i int) bool { return b.of[i] < 0 }) {
			return true // no table can be had
		}
		chunks := b.touched(d.next[l.k])
		if key := fmt.Sprint(b.m.Vars[d.changed[l.k]].Word, chunks); key != last {
			lookups += 1 + len(chunks)
			last = key
		}
	}
	return len(v.code)*(6+v.words) < 6*lookups
}
