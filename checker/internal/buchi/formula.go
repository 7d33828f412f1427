package buchi

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// id numbers a formula of a table. Equal formulas have equal numbers.
type id int32

type op uint8

const (
	opTrue op = iota
	opFalse
	opLiteral // a proposition or its negation
	opAnd
	opOr
	opNext
	opUntil   // eventually b is true until b
	opRelease // always b is false release b
)

// node is a formula in negation normal form.
type node struct {
	op   op
	prop int  // of a literal
	not  bool // of a literal
	kids []id // of and and or: ascending, at least two
	// Two properties that allow much simplification (Etessami and Holzmann, Optimizing Büchi automata, CONCUR 2000). An
	// eventuality is true of a word as soon as it is true of a suffix; a universal formula, true of a word, is true of
	// all suffixes.
	eventual, universal bool
}

// table holds formulas, each once.
type table struct {
	nodes []node
	index map[string]id
	weak  map[[2]id]bool // what implies has found
}

const (
	idTrue  id = 0
	idFalse id = 1
)

func newTable() *table {
	t := &table{index: map[string]id{}, weak: map[[2]id]bool{}}
	t.intern(node{op: opTrue, eventual: true, universal: true})
	t.intern(node{op: opFalse, eventual: true, universal: true})
	return t
}

func (t *table) intern(n node) id {
	key := []byte{byte(n.op), 0}
	if n.not {
		key[1] = 1
	}
	key = binary.AppendVarint(key, int64(n.prop))
	for _, k := range n.kids {
		key = binary.AppendUvarint(key, uint64(k))
	}
	if i, ok := t.index[string(key)]; ok {
		return i
	}
	i := id(len(t.nodes))
	t.nodes = append(t.nodes, n)
	t.index[string(key)] = i
	return i
}

func (t *table) is(f id, o op) bool { return t.nodes[f].op == o }

func (t *table) literal(prop int, not bool) id {
	return t.intern(node{op: opLiteral, prop: prop, not: not})
}

// and gives the conjunction.
func (t *table) and(kids ...id) id { return t.join(opAnd, kids) }

// or gives the disjunction.
func (t *table) or(kids ...id) id { return t.join(opOr, kids) }

// join gives the conjunction or disjunction of formulas.
func (t *table) join(o op, kids []id) id {
	unit, zero := idTrue, idFalse
	if o == opOr {
		unit, zero = idFalse, idTrue
	}
	var list []id
	for _, k := range kids {
		switch {
		case k == zero:
			return zero
		case k == unit:
		case t.is(k, o):
			list = append(list, t.nodes[k].kids...)
		default:
			list = append(list, k)
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	for _, k := range list {
		if n := t.nodes[k]; n.op == opLiteral && !n.not {
			if _, both := slices.BinarySearch(list, t.literal(n.prop, true)); both {
				return zero
			}
		}
	}
	if merged, ok := t.merge(o, list); ok {
		return t.join(o, merged)
	}
	list = t.absorb(o, list)
	switch len(list) {
	case 0:
		return unit
	case 1:
		return list[0]
	}
	n := node{op: o, kids: list, eventual: true, universal: true}
	for _, k := range list {
		n.eventual = n.eventual && t.nodes[k].eventual
		n.universal = n.universal && t.nodes[k].universal
	}
	return t.intern(n)
}

// merge makes one of several parts of a conjunction or disjunction where that can be said with one temporal operator:
// two of next; always a and always b; eventually a or eventually b; and, the other way round, eventually a and eventually
// b where a and b are universal, always a or always b where they are eventualities.
func (t *table) merge(o op, list []id) ([]id, bool) {
	var rest []id
	var parts [3][]id
	for _, k := range list {
		n := &t.nodes[k]
		switch {
		case n.op == opNext:
			parts[0] = append(parts[0], n.kids[0])
		case n.op == opRelease && n.kids[0] == idFalse && (o == opAnd || t.nodes[n.kids[1]].eventual):
			parts[1] = append(parts[1], n.kids[1])
		case n.op == opUntil && n.kids[0] == idTrue && (o == opOr || t.nodes[n.kids[1]].universal):
			parts[2] = append(parts[2], n.kids[1])
		default:
			rest = append(rest, k)
		}
	}
	if len(parts[0]) < 2 && len(parts[1]) < 2 && len(parts[2]) < 2 {
		return nil, false
	}
	if len(parts[0]) > 0 {
		rest = append(rest, t.next(t.join(o, parts[0])))
	}
	if len(parts[1]) > 0 {
		rest = append(rest, t.release(idFalse, t.join(o, parts[1])))
	}
	if len(parts[2]) > 0 {
		rest = append(rest, t.until(idTrue, t.join(o, parts[2])))
	}
	return rest, true
}

// absorb leaves out what other parts imply or, in a disjunction, what implies another.
func (t *table) absorb(o op, list []id) []id {
	gone := make([]bool, len(list))
	for i, a := range list {
		for j, b := range list {
			if i == j || gone[i] || gone[j] {
				continue
			}
			if o == opAnd && t.implies(b, a) || o == opOr && t.implies(a, b) {
				gone[i] = true
			}
		}
	}
	out := list[:0:0]
	for i, a := range list {
		if !gone[i] {
			out = append(out, a)
		}
	}
	return out
}

func (t *table) next(a id) id {
	n := t.nodes[a]
	if a == idTrue || a == idFalse || n.eventual && n.universal {
		return a
	}
	if out, ok := t.draw(a, t.next); ok {
		return out
	}
	return t.intern(node{op: opNext, kids: []id{a}, eventual: n.eventual, universal: n.universal})
}

// until gives a until b.
func (t *table) until(a, b id) id {
	x, y := t.nodes[a], t.nodes[b]
	switch {
	case a == idFalse, y.eventual, t.implies(a, b): // y.eventual holds of true and false
		return b
	case y.op == opUntil && (a == idTrue || t.implies(a, y.kids[0])):
		if a == idTrue {
			return t.until(idTrue, y.kids[1])
		}
		return b
	case y.op == opNext && a == idTrue:
		return t.next(t.until(idTrue, y.kids[0]))
	case y.op == opNext && x.op == opNext:
		return t.next(t.until(x.kids[0], y.kids[0]))
	}
	if out, ok := t.draw(b, func(g id) id { return t.until(a, g) }); ok {
		return out
	}
	return t.intern(node{
		op: opUntil, kids: []id{a, b}, eventual: a == idTrue, universal: x.universal && y.universal,
	})
}

// release gives a release b.
func (t *table) release(a, b id) id {
	x, y := t.nodes[a], t.nodes[b]
	switch {
	case a == idTrue, y.universal, t.implies(b, a):
		return b
	case y.op == opRelease && (a == idFalse || t.implies(y.kids[0], a)):
		if a == idFalse {
			return t.release(idFalse, y.kids[1])
		}
		return b
	case y.op == opNext && a == idFalse:
		return t.next(t.release(idFalse, y.kids[0]))
	case y.op == opNext && x.op == opNext:
		return t.next(t.release(x.kids[0], y.kids[0]))
	}
	if out, ok := t.draw(b, func(g id) id { return t.release(a, g) }); ok {
		return out
	}
	return t.intern(node{
		op: opRelease, kids: []id{a, b}, eventual: x.eventual && y.eventual, universal: a == idFalse,
	})
}

// draw takes out of a conjunction or disjunction f what is true at all positions of a word or at none, and puts the rest
// under a temporal operator: eventually (p and always eventually q) is (eventually p) and always eventually q (Babiak,
// Křetínský, Řehák and Strejček, LTL to Büchi automata translation: fast and more deterministic, TACAS 2012).
func (t *table) draw(f id, under func(id) id) (out id, ok bool) {
	n := t.nodes[f]
	if n.op != opAnd && n.op != opOr {
		return 0, false
	}
	var steady, rest []id
	for _, k := range n.kids {
		if t.nodes[k].eventual && t.nodes[k].universal {
			steady = append(steady, k)
		} else {
			rest = append(rest, k)
		}
	}
	if len(steady) == 0 || len(rest) == 0 {
		return 0, false
	}
	return t.join(n.op, append(steady, under(t.join(n.op, rest)))), true
}

// builder brings formulas into a table.
type builder struct {
	*table
	props []int
	seen  map[signed]id
}

// signed is a formula or, with not, its negation.
type signed struct {
	f   *model.Formula
	not bool
}

// collect notes the propositions of a formula.
func (b *builder) collect(f *model.Formula) error {
	seen := map[*model.Formula]bool{}
	found := map[int]bool{}
	var walk func(f *model.Formula)
	walk = func(f *model.Formula) {
		if seen[f] {
			return
		}
		seen[f] = true
		if f.Op == model.PropositionOp && !found[f.Prop] {
			found[f.Prop] = true
			b.props = append(b.props, f.Prop)
		}
		for _, g := range f.Args {
			walk(g)
		}
	}
	walk(f)
	slices.Sort(b.props)
	if len(b.props) > mostProps {
		return fmt.Errorf("%w: %d propositions, at most %d can be told apart", ErrTooLarge, len(b.props), mostProps)
	}
	return nil
}

// build gives f or, with not, its negation, in negation normal form.
func (b *builder) build(f *model.Formula, not bool) (id, error) {
	if i, ok := b.seen[signed{f, not}]; ok {
		return i, nil
	}
	i, err := b.make(f, not)
	b.seen[signed{f, not}] = i
	return i, err
}

// arity is the number of arguments of the operators that have a fixed one.
var arity = map[model.Op]int{
	model.NotOp: 1, model.ImpliesOp: 2, model.IffOp: 2, model.NextOp: 1, model.AlwaysOp: 1, model.EventuallyOp: 1,
	model.UntilOp: 2, model.ReleaseOp: 2, model.WeakUntilOp: 2, model.LeadsToOp: 2,
}

func (b *builder) make(f *model.Formula, not bool) (id, error) {
	if n, fixed := arity[f.Op]; fixed && len(f.Args) != n {
		return 0, fmt.Errorf("an operator of a formula has %d arguments, want %d", len(f.Args), n)
	}
	// Of every argument, itself and its negation; with not they are the other way round.
	var same, other []id
	for _, g := range f.Args {
		p, err := b.build(g, false)
		if err != nil {
			return 0, err
		}
		n, err := b.build(g, true)
		if err != nil {
			return 0, err
		}
		if not {
			p, n = n, p
		}
		same, other = append(same, p), append(other, n)
	}
	truth := map[bool]id{true: idTrue, false: idFalse}
	switch f.Op {
	case model.TrueOp:
		return truth[!not], nil
	case model.FalseOp:
		return truth[not], nil
	case model.PropositionOp:
		p, _ := slices.BinarySearch(b.props, f.Prop)
		return b.literal(p, not), nil
	case model.NotOp:
		return other[0], nil
	case model.AndOp, model.OrOp:
		if (f.Op == model.AndOp) != not {
			return b.and(same...), nil
		}
		return b.or(same...), nil
	case model.ImpliesOp:
		if not {
			return b.and(other[0], same[1]), nil
		}
		return b.or(other[0], same[1]), nil
	case model.IffOp: // same and other say the same of it if both sides are swapped
		if not {
			return b.or(b.and(same[0], other[1]), b.and(other[0], same[1])), nil
		}
		return b.or(b.and(same[0], same[1]), b.and(other[0], other[1])), nil
	case model.NextOp:
		return b.next(same[0]), nil
	case model.AlwaysOp, model.EventuallyOp:
		if (f.Op == model.AlwaysOp) != not {
			return b.release(idFalse, same[0]), nil
		}
		return b.until(idTrue, same[0]), nil
	case model.UntilOp, model.ReleaseOp:
		if (f.Op == model.ReleaseOp) != not {
			return b.release(same[0], same[1]), nil
		}
		return b.until(same[0], same[1]), nil
	case model.WeakUntilOp: // p weak until q: q release (p or q)
		if not {
			return b.until(same[1], b.and(same[0], same[1])), nil
		}
		return b.release(same[1], b.or(same[0], same[1])), nil
	case model.LeadsToOp:
		if not {
			return b.until(idTrue, b.and(other[0], b.release(idFalse, same[1]))), nil
		}
		return b.release(idFalse, b.or(other[0], b.until(idTrue, same[1]))), nil
	default:
		return 0, fmt.Errorf("a formula about all runs has operator %d, which is none of linear temporal logic", f.Op)
	}
}
