// Package symbolic runs a model on all states at once: what an expression gives, whether its evaluation faults, which
// alternatives an action has and what each of them changes are functions of the state, as decision diagrams (package
// diagram).
//
// It means what package interp means, and is the third way of running a model beside that interpreter and the compiled
// code of package eval; package sweep makes tables of its results. It does not do everything: what it does not do, or
// what needs larger diagrams than the budget allows, panics with Unsupported or diagram.Exhausted, which Try recovers,
// and the other ways take over. It knows that an evaluation faults, not how.
package symbolic

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/internal/diagram"
	"github.com/bulkheadlang/bulkhead/spec/internal/layout"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

type node = diagram.Node

// opaque is a number that no diagram stands for, because it has too many values: opaque-i is the flat part i of the
// state. It can be copied and nothing else.
const opaque node = -2

// value is the numbers of a value: of a scalar, the one that package ir speaks of; of a composite, its parts as they are
// stored, a set as a truth value for every possible element.
type value []node

// Machine works on one program.
type Machine struct {
	*diagram.Store
	Vars []Variable // of diagrams, in order
	Flat []int      // of each of them, its place in a flat state

	p      *ir.Program
	tb     *layout.Table
	pk     *layout.Packing
	flats  map[*types.Type][]part
	starts []int              // of each state variable, its place in a flat state
	varOf  []int              // the inverse of Flat
	now    value              // the state
	consts map[*ir.Expr]value // constants of the model, once they were used
	work   int                // expressions and rounds left
	calls  []call
	keys   map[int]int // variables that keys of maps and places in sequences depend on, and in how many accesses
}

// call is of a function under way; a recursive one has a measure, which falls.
type call struct {
	f       ir.FuncID
	measure int64
}

// Unsupported is the panic of what this package does not do.
type Unsupported struct{ What string }

func unsupported(format string, args ...any) {
	panic(Unsupported{fmt.Sprintf(format, args...)})
}

// New makes a Machine for a program and its packing, or nil where its state is too large.
func New(p *ir.Program, pk *layout.Packing) (m *Machine) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(tooWide); !ok {
				panic(r)
			}
			m = nil
		}
	}()
	m = &Machine{p: p, tb: &layout.Table{}, pk: pk, flats: map[*types.Type][]part{}}
	m.layOut()
	m.consts = map[*ir.Expr]value{}
	for _, k := range p.Consts {
		if k.Value.Op != ir.Const {
			m.consts[k.Value] = nil
		}
	}
	sizes := make([]int, len(m.Vars))
	for i, v := range m.Vars {
		if sizes[i] = v.Size; v.Size > domainLimit {
			sizes[i] = 1 // never asked for
		}
	}
	m.Store = diagram.New(sizes, 1<<30)
	for flat, i := range m.varOf {
		if m.Vars[i].Size > domainLimit {
			m.now = append(m.now, opaque-node(flat))
		} else {
			m.now = append(m.now, m.Var(i, 0))
		}
	}
	return m
}

// Try runs f within a budget of steps of diagrams. It reports why f could not do its work, or "".
func (m *Machine) Try(steps int, f func()) (why string) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case diagram.Exhausted:
			why = "its diagrams are too large"
		case Unsupported:
			why = r.What
		case tooWide:
			why = "its values are too large"
		default:
			panic(r)
		}
		m.calls = m.calls[:0]
	}()
	m.Allow(steps)
	m.work = workLimit
	f()
	return ""
}

// workLimit is how many expressions, in every round of every loop, are evaluated for one Try. It is far below the steps
// that an evaluation may take before it faults, so that nothing done here would have faulted for want of them.
const workLimit = 1 << 18

// Now is the part of the present state that variable i stands for.
func (m *Machine) Now(i int) node { return m.now[m.Flat[i]] }

// Opaque tells whether n is part of the state as it is, too large for diagrams, and which variable.
func (m *Machine) Opaque(n node) (i int, ok bool) {
	if n > opaque {
		return 0, false
	}
	return m.varOf[opaque-n], true
}

// known panics unless all of ns are diagrams.
func known(ns ...node) {
	for _, n := range ns {
		if n < 0 {
			unsupported("it computes with a number of more than %d values", domainLimit)
		}
	}
}

func (m *Machine) apply(op diagram.Op, a, b node) node {
	if a == b && op == diagram.Eq {
		return diagram.True
	}
	known(a, b)
	return m.Apply(op, a, b)
}

func (m *Machine) and(a, b node) node { return m.apply(diagram.And, a, b) }
func (m *Machine) or(a, b node) node  { return m.apply(diagram.Or, a, b) }
func (m *Machine) not(a node) node    { known(a); return m.Not(a) }
func (m *Machine) equal(a, b node) node {
	return m.apply(diagram.Eq, a, b)
}

// is tells where n has value v.
func (m *Machine) is(n node, v int64) node { return m.equal(n, m.Const(v)) }

func (m *Machine) choose(cond, a, b node) node {
	switch {
	case a == b:
		return a
	case cond == diagram.True:
		return a
	case cond == diagram.False:
		return b
	}
	known(cond, a, b)
	return m.If(cond, a, b)
}

// chooseAll is a where cond is true, b elsewhere.
func (m *Machine) chooseAll(cond node, a, b value) value {
	switch cond {
	case diagram.True:
		return a
	case diagram.False:
		return b
	}
	out := make(value, len(a))
	for i := range a {
		out[i] = m.choose(cond, a[i], b[i])
	}
	return out
}

// shift adds a constant.
func (m *Machine) shift(n node, by int64) node {
	if by == 0 {
		return n
	}
	known(n)
	return m.Apply(diagram.Add, n, m.Const(by))
}

// offset is what to add to a stored scalar to get the number that package ir speaks of.
func offset(t *types.Type) int64 {
	if t.Kind == types.Range || t.Kind == types.Int {
		return t.Lo
	}
	return 0
}

// loaded is a value of type t made of stored parts.
func (m *Machine) loaded(t *types.Type, parts value) value {
	if layout.IsScalar(t) {
		return value{m.shift(parts[0], offset(t))}
	}
	return parts
}

// stored is the parts of a value of type t.
func (m *Machine) stored(t *types.Type, v value) value {
	if layout.IsScalar(t) {
		return value{m.shift(v[0], -offset(t))}
	}
	return v
}

// burn counts work.
func (m *Machine) burn() {
	m.work--
	if m.work < 0 {
		unsupported("it goes through too many values")
	}
}

// constant is the value of a rank.
func (m *Machine) constant(t *types.Type, rank uint64) value {
	if layout.IsScalar(t) {
		return value{m.Const(int64(rank) + offset(t))}
	}
	cells := make([]int64, m.tb.Must(t))
	m.tb.Unrank(t, rank, cells)
	var out value
	for _, p := range m.parts(t) {
		if p.bit < 0 && p.limit == ^uint64(0) {
			unsupported("it makes a number of more than %d values", domainLimit)
		}
		v := cells[p.cell]
		if p.bit >= 0 {
			v = v >> p.bit & 1
		}
		out = append(out, m.Const(v))
	}
	return out
}

// zero is the parts of a value that is not there.
func (m *Machine) zero(t *types.Type) value {
	return slices.Repeat(value{diagram.False}, m.width(t))
}

// rank is the place of a value of the language among those of type t, as a function of the state.
func (m *Machine) rank(t *types.Type, v value) node {
	if layout.IsScalar(t) {
		return m.shift(v[0], -offset(t))
	}
	if t.Card() > widthLimit {
		unsupported("it computes the place of a value in a large type")
	}
	switch t.Kind {
	case types.Record, types.Tuple:
		return m.radix(t.Fields, v)
	case types.Union:
		m.open(t)
		out, base := m.Const(0), int64(0)
		for i, variant := range t.Variants {
			r := m.shift(m.radix(variant.Fields, v[1:]), base)
			out = m.choose(m.is(v[0], int64(i)), r, out)
			n := int64(1)
			for _, f := range variant.Fields {
				n *= int64(f.Type.Card())
			}
			base += n
		}
		return out
	case types.Option:
		return m.choose(m.is(v[0], 0), m.Const(0), m.shift(m.rank(t.Elem, m.loaded(t.Elem, v[1:])), 1))
	case types.Set:
		out := m.Const(0)
		for i, bit := range v {
			known(bit)
			out = m.apply(diagram.Add, out, m.apply(diagram.Mul, bit, m.Const(1<<i)))
		}
		return out
	}
	unsupported("it computes the place of a %s", t)
	return 0
}

// radix is the rank of stored fields, the first most significant.
func (m *Machine) radix(fs []types.Field, parts value) node {
	out, at := m.Const(0), 0
	for _, f := range fs {
		n := m.width(f.Type)
		r := m.rank(f.Type, m.loaded(f.Type, parts[at:at+n]))
		out = m.apply(diagram.Add, m.apply(diagram.Mul, out, m.Const(int64(f.Type.Card()))), r)
		at += n
	}
	return out
}

// entry is the stored parts of item r of n-part items.
func (m *Machine) entry(parts value, r node, n int) value {
	known(r)
	if v, ok := m.IsConst(r); ok {
		return parts[int(v)*n : int(v)*n+n]
	}
	for _, i := range m.Support(r) {
		m.keys[i]++
	}
	var out value
	for _, v := range m.Leaves(r) {
		if v < 0 || int(v)*n+n > len(parts) {
			continue // it faults there
		}
		m.burn()
		item := parts[int(v)*n : int(v)*n+n]
		if out == nil {
			out = item
		} else {
			out = m.chooseAll(m.is(r, v), item, out)
		}
	}
	if out == nil {
		out = slices.Repeat(value{diagram.False}, n)
	}
	return out
}

// with is parts with item r replaced.
func (m *Machine) with(parts value, r node, item value) value {
	known(r)
	n := len(item)
	out := slices.Clone(parts)
	for _, v := range m.Leaves(r) {
		if v < 0 || int(v)*n+n > len(parts) {
			continue
		}
		m.burn()
		copy(out[int(v)*n:], m.chooseAll(m.is(r, v), item, parts[int(v)*n:int(v)*n+n]))
	}
	return out
}
