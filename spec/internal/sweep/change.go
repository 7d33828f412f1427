package sweep

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/diagram"
	"github.com/bulkheadlang/bulkhead/spec/internal/symbolic"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// question is about a variable under a condition.
type question struct {
	guard    node
	variable int
}

// forced tells what is certain under a condition: the values of variables that have one only.
func (b *builder) forced(guards []node, i int) (int, bool) {
	for _, g := range guards {
		value, ok := b.certain[question{g, i}]
		if !ok {
			value = b.only(b.m.Project(g, i, i+1), i)
			b.certain[question{g, i}] = value
		}
		if value >= 0 {
			return value, true
		}
	}
	return 0, false
}

// only gives the value of a variable for which a condition on it alone holds, or -1 where there are several.
func (b *builder) only(n node, i int) int {
	if n == diagram.True {
		return -1
	}
	value := -1
	for v := range b.m.Size(i) {
		if b.m.Child(n, v) != diagram.False {
			if value >= 0 {
				return -1
			}
			value = v
		}
	}
	return value
}

// given is n under guards: with what they force put in.
func (b *builder) given(guards []node, n node) node {
	for _, i := range b.m.Support(n) {
		if v, ok := b.forced(guards, i); ok {
			n = b.m.Restrict(n, i, v)
		}
	}
	return n
}

// change compiles what an alternative does to the state.
func (b *builder) change(c *candidate, d *draft) {
	type key struct {
		word   int
		chunks string // that the new bits depend on
	}
	constant := map[int]*patch{}
	at := func(word int) *patch {
		if constant[word] == nil {
			constant[word] = &patch{word: word, keep: ^uint64(0)}
		}
		return constant[word]
	}
	groups := map[key]node{}
	var order []key
	for k, i := range d.changed {
		v, n := &b.m.Vars[i], d.next[k]
		if v.Shift+v.Width > 64 {
			panic(symbolic.Unsupported{What: "it changes a number that two words share"})
		}
		mask := (^uint64(0) >> (64 - v.Width)) << v.Shift
		p := at(v.Word)
		p.keep &^= mask
		if j, ok := b.m.Opaque(n); ok {
			b.move(c, v, &b.m.Vars[j])
			continue
		}
		if k, ok := b.m.IsConst(n); ok {
			p.set |= uint64(k) << v.Shift
			continue
		}
		if j := b.m.Variable(n); n == b.m.Now(j) {
			b.move(c, v, &b.m.Vars[j])
			continue
		}
		var chunks []byte
		for _, j := range b.m.Support(n) {
			if k := b.of[j]; k < 0 {
				panic(symbolic.Unsupported{What: "it computes with a number that two words share"})
			} else if s := string(rune(k)); len(chunks) == 0 || string(chunks[max(0, len(chunks)-len(s)):]) != s {
				chunks = append(chunks, s...)
			}
		}
		k := key{v.Word, string(chunks)}
		placed := b.m.Map(n, func(x int64) int64 { return x << v.Shift })
		if old, ok := groups[k]; ok {
			placed = b.m.Apply(diagram.Join, old, placed)
		} else {
			order = append(order, k)
		}
		groups[k] = placed
	}
	for _, k := range order {
		c.ops = append(c.ops, b.compute(k.word, groups[k]))
	}
	for _, id := range d.vectors {
		v := &b.vectors[id]
		for k, places := range v.places {
			for bit := range v.outs {
				at(v.first + k).keep &^= places << bit
			}
		}
	}
	c.first = *at(0)
	delete(constant, 0)
	for _, p := range constant {
		c.patches = append(c.patches, *p)
	}
	if len(d.vectors)+len(d.some) > 0 {
		c.lanes = &lanes{d.vectors, d.some}
	}
	slices.SortFunc(c.patches, func(p, q patch) int { return p.word - q.word })
}

// move takes the bits of a variable from those of another, together with its neighbours if they move alike.
func (b *builder) move(c *candidate, to, from *symbolic.Variable) {
	if from.Width == 0 {
		return
	}
	if from.Shift+from.Width > 64 {
		panic(symbolic.Unsupported{What: "it copies a number that two words share"})
	}
	o := op{
		kind: moved, word: to.Word, from: from.Word,
		mask:   (^uint64(0) >> (64 - from.Width)) << from.Shift,
		rotate: int(to.Shift) - int(from.Shift),
	}
	for i := range c.ops {
		if p := &c.ops[i]; p.kind == moved && p.word == o.word && p.from == o.from && p.rotate == o.rotate {
			p.mask |= o.mask
			return
		}
	}
	c.ops = append(c.ops, o)
}

// compute is the op that puts the value of a function into a word.
func (b *builder) compute(word int, n node) op {
	support := b.m.Support(n)
	k := b.of[support[0]]
	if k != b.of[support[len(support)-1]] {
		return op{kind: walked, word: word, root: b.auto.add(n)}
	}
	if k >= maxChunks { // a root has no room for its number
		panic(diagram.Exhausted{})
	}
	sp := b.auto.span(n, &b.chunks[k])
	at, ok := b.placed[n]
	if !ok {
		at = len(b.direct)
		b.placed[n] = at
		b.auto.asked[k] = true
		b.direct = append(b.direct, make([]uint64, sp.ones+1)...)
		b.auto.descend(n, &sp, func(code int, n node) {
			v, _ := b.m.IsConst(n)
			b.direct[at+code] = uint64(v)
		})
	}
	return op{kind: tabled, word: word, root: sp.root(k, at)}
}

// properties compiles what is claimed of states.
func (b *builder) properties() {
	var group claims
	all := diagram.False
	finish := func() {
		if len(group.ids) > 0 {
			b.claims = append(b.claims, group)
		}
		group, all = claims{}, diagram.False
	}
	add := func(id int32, n node) {
		put := func() (node, bool) {
			bit := len(group.ids)
			sum := b.m.Apply(diagram.Join, all, b.m.Map(n, func(v int64) int64 { return v << bit }))
			return sum, b.m.Count(sum) <= claimNodes
		}
		sum, small := put()
		if len(group.ids) > 0 && (!small || len(group.ids) == 62) {
			finish()
			sum, _ = put()
		}
		at := b.auto.add(sum)
		all, group.at = sum, at
		group.ids = append(group.ids, id)
	}
	// claim adds a condition under which something is to be looked at: as alarms, or to an automaton.
	claim := func(p model.PropertyID, k int, n node) (why string) {
		if first, count, ok := b.ring(n); ok {
			b.alarms = append(b.alarms, alarm{b.watch(p, k), first, count})
			return ""
		}
		return b.try(claimSteps, func() { add(b.watch(p, k), n) })
	}
	antecedents := func(p model.PropertyID) {
		for k, cond := range ir.AntecedentsOf(&b.code.Props[p]) {
			var met, faults node
			why := b.try(claimSteps, func() {
				met, faults = b.m.Eval(cond)
				met = b.m.Apply(diagram.And, met, b.m.Not(faults))
			})
			if why == "" {
				why = claim(p, k, met)
			}
			if why != "" {
				b.plainA = append(b.plainA, antecedent{p, k})
			}
		}
	}
	for i := range b.info.Properties {
		p, prop := model.PropertyID(i), &b.info.Properties[i]
		var why string
		var v, faults node
		eval := func() { v, faults = b.m.Eval(b.code.Props[p].Expr) }
		switch prop.Kind {
		case model.Invariant, model.Reachable:
			why = b.try(claimSteps, func() {
				eval()
				if prop.Kind == model.Invariant {
					v = b.m.Not(v)
				}
				v = b.m.Apply(diagram.Or, v, faults)
			})
			if why == "" {
				why = claim(p, itself, v)
			}
			if why == "" && faults != diagram.False {
				why = claim(p, itsFaults, faults)
			}
			if why != "" {
				b.plain = append(b.plain, p)
			}
		case model.Bound:
			var x bound
			why = b.try(claimSteps, func() {
				eval()
				if b.m.Leaves(v)[0] == faulting {
					panic(symbolic.Unsupported{What: "its value may be the least integer"})
				}
				x = bound{p: p, at: b.auto.add(b.m.If(faults, b.m.Const(faulting), v))}
			})
			if why != "" {
				b.plain = append(b.plain, p)
				break
			}
			if faults == diagram.False {
				x.levels = b.levels(v, prop.AtLeast)
			}
			b.bounds = append(b.bounds, x)
		}
		if why != "" {
			b.fallbacks = append(b.fallbacks, Fallback{Name: prop.Name, Reason: why})
		}
	}
	for i := range b.info.Properties { // last, since mostly they are met soon
		switch b.info.Properties[i].Kind {
		case model.Invariant, model.Reachable, model.LTL, model.Can:
			antecedents(model.PropertyID(i))
		}
	}
	finish()
}

// mostTruths is how many propositions are looked up together: their values and the one for a fault fit an int64.
const mostTruths = 62

// propositions compiles the propositions about states that formulas over runs consist of: all of them, or none.
func (b *builder) propositions() {
	b.always = make([]uint64, (len(b.code.Runs.Code)+63)/64)
	why := b.try(claimSteps, func() {
		var group truths
		all := diagram.False
		finish := func() {
			if len(group.bits) > 0 {
				group.at = b.auto.add(all)
				b.truths = append(b.truths, group)
			}
			group, all = truths{}, diagram.False
		}
		for i, p := range b.code.Runs.Code {
			if p.Expr == nil {
				continue
			}
			v, faults := b.m.Eval(p.Expr)
			if v == diagram.True && faults == diagram.False {
				b.always[i>>6] |= 1 << (i & 63)
				continue
			}
			put := func() node {
				bit := len(group.bits)
				sum := b.m.Apply(diagram.Join, all, b.m.Map(v, func(x int64) int64 { return x << bit }))
				return b.m.If(faults, b.m.Const(-1), sum)
			}
			sum := put()
			if len(group.bits) == mostTruths || len(group.bits) > 0 && b.m.Count(sum) > claimNodes {
				finish()
				sum = put()
			}
			all = sum
			group.bits = append(group.bits, i)
		}
		finish()
	})
	if b.opaque = why != ""; b.opaque {
		b.truths = nil
		b.fallbacks = append(b.fallbacks, Fallback{Name: "formulas over runs", Reason: why})
	}
}

// guard prepares the guards of an alternative: what they say of each chunk, for the tables, and those that say more than
// that, to be looked up besides.
func (b *builder) guard(c *candidate) {
	for _, g := range c.when {
		sp := b.spread(g)
		c.parts = append(c.parts, sp.parts...)
		if !sp.exact {
			c.loose, c.guards = append(c.loose, g), append(c.guards, b.auto.add(g))
		}
	}
}

// tables makes the tables of all alternatives and, behind them, of all products, 64 to a word. Words about the same chunk stand
// side by side where their groups do, so that a state needs few lines of the cache.
func (b *builder) tables() {
	n := len(b.bits)
	pairs := (n + len(b.products) + 127) / 128
	b.guards, b.all = make([][]guardTable, pairs), make([]uint64, 2*pairs)
	concerns := make([][]bool, len(b.chunks)) // by chunk and two groups, whether a bit there depends on it
	for i := range n + len(b.products) {
		for _, p := range b.parts(i) {
			if concerns[p.chunk] == nil {
				concerns[p.chunk] = make([]bool, pairs)
			}
			concerns[p.chunk][i/128] = true
		}
	}
	in := make([][]guardTable, len(b.chunks)) // by chunk and two groups
	for k, some := range concerns {
		in[k] = make([]guardTable, len(some))
		for g := 0; g < len(some); g++ {
			first := g
			for g < len(some) && some[g] {
				g++
			}
			if g == first {
				continue
			}
			row := 2 * (g - first)
			for i := first; i < g; i++ {
				in[k][i] = guardTable{at: uint32(len(b.table) + 2*(i-first)), row: uint32(row), chunk: uint32(k)}
				b.guards[i] = append(b.guards[i], in[k][i])
			}
			b.auto.asked[k] = true
			b.table = append(b.table, slices.Repeat([]uint64{^uint64(0)}, (int(b.chunks[k].mask)+1)*row)...)
		}
	}
	for i := range n + len(b.products) {
		for _, p := range b.parts(i) {
			c, t := &b.chunks[p.chunk], in[p.chunk][i/128]
			b.auto.descend(p.when, &span{lo: c.lo, hi: c.hi}, func(code int, n node) {
				if n == diagram.False {
					b.table[int(t.at)+code*int(t.row)+i/64%2] &^= 1 << (i % 64)
				}
			})
		}
	}
	for i := range b.bits {
		b.all[i/64] |= 1 << (i % 64)
		b.alternatives = append(b.alternatives, b.bits[i].alternative)
	}
}

// parts gives the conditions on chunks of bit i of the tables: an alternative or, behind these, a product.
func (b *builder) parts(i int) []part {
	if i < len(b.bits) {
		return b.bits[i].parts
	}
	return b.products[i-len(b.bits)]
}
