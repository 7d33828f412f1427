package symbolic

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/internal/diagram"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// collection evaluates what is asked of a set, a sequence or a bag.
func (m *Machine) collection(s scope, x *ir.Expr, args []value) value {
	t := x.Type
	one := func(n node) value { return value{n} }
	switch x.Op {
	case ir.SetAll:
		return slices.Repeat(value{diagram.True}, m.width(t))
	case ir.SetLit:
		out := m.zero(t)
		for _, a := range args {
			out = m.with(out, m.rank(t.Elem, a), value{diagram.True})
		}
		return out
	case ir.In:
		return one(m.member(args[0], args[1], x.Args[1].Type))
	case ir.Subset:
		if x.Args[0].Type.Kind != types.Set {
			unsupported("it compares bags")
		}
		out := diagram.True
		for i := range args[0] {
			out = m.and(out, m.or(m.not(args[0][i]), args[1][i]))
		}
		return one(out)
	case ir.Union, ir.Intersect, ir.Minus:
		if t.Kind != types.Set {
			unsupported("it combines bags")
		}
		out := make(value, len(args[0]))
		for i, a := range args[0] {
			b := args[1][i]
			switch x.Op {
			case ir.Union:
				out[i] = m.or(a, b)
			case ir.Intersect:
				out[i] = m.and(a, b)
			default:
				out[i] = m.and(a, m.not(b))
			}
		}
		return out
	case ir.Size:
		if x.Args[0].Type.Kind != types.Set {
			return one(args[0][0])
		}
		sum := m.Const(0)
		for _, bit := range args[0] {
			sum = m.apply(diagram.Add, sum, bit)
		}
		return one(sum)
	case ir.SeqLit:
		if int64(len(args)) > t.Max {
			unsupported("a literal longer than its type")
		}
		out := value{m.Const(int64(len(args)))}
		for _, a := range args {
			out = append(out, m.stored(t.Elem, a)...)
		}
		for len(out) < m.width(t) {
			out = append(out, diagram.False)
		}
		return out
	case ir.BagLit:
		if len(args) == 0 {
			return m.zero(t)
		}
	case ir.Elems:
		st := x.Args[0].Type
		out := m.zero(t)
		m.items(st, args[0], func(present node, elem value) {
			out = m.chooseAll(present, m.with(out, m.rank(t.Elem, elem), value{diagram.True}), out)
		})
		return out
	case ir.Multiplicity:
		sum := m.Const(0)
		m.items(x.Args[0].Type, args[0], func(present node, elem value) {
			sum = m.apply(diagram.Add, sum, m.and(present, m.same(elem, args[1])))
		})
		return one(sum)
	case ir.SeqIndex:
		st := x.Args[0].Type
		i, size := args[1][0], args[0][0]
		known(i, size)
		m.faults(s, m.or(m.apply(diagram.Lt, i, m.Const(0)), m.apply(diagram.Le, size, i)))
		if st.Max == 0 {
			return m.anything(t)
		}
		i = m.within(i, types.IntRange(0, st.Max-1))
		return m.loaded(st.Elem, m.entry(args[0][1:], i, m.width(st.Elem)))
	case ir.Head:
		st := x.Args[0].Type
		m.faults(s, m.is(args[0][0], 0))
		if st.Max == 0 {
			return m.anything(t)
		}
		return m.loaded(st.Elem, args[0][1:1+m.width(st.Elem)])
	case ir.Tail:
		empty := m.is(args[0][0], 0)
		m.faults(s, empty)
		if t.Max == 0 {
			return args[0]
		}
		n := m.width(t.Elem)
		out := value{m.choose(empty, m.Const(0), m.shift(args[0][0], -1))}
		out = append(out, args[0][1+n:]...)
		return append(out, m.zero(t.Elem)...)
	case ir.Append:
		size := args[0][0]
		full := m.is(size, t.Max)
		m.faults(s, full)
		if t.Max == 0 {
			return args[0]
		}
		out := value{m.choose(full, size, m.shift(size, 1))}
		n, elem := m.width(t.Elem), m.stored(t.Elem, args[1])
		for i := range int(t.Max) {
			out = append(out, m.chooseAll(m.is(size, int64(i)), elem, args[0][1+i*n:1+i*n+n])...)
		}
		return out
	}
	unsupported("it uses %s", opNames[x.Op])
	return nil
}

var opNames = map[ir.Op]string{
	ir.Powerset: "powerset", ir.BagLit: "a bag literal", ir.BagAdd: "add to a bag", ir.BagRemove: "remove from a bag",
}

// items goes through the places of a sequence or bag: in which states an element is there, and the element.
func (m *Machine) items(t *types.Type, v value, visit func(present node, elem value)) {
	known(v[0])
	n := 1
	if t.Kind == types.Seq {
		n = m.width(t.Elem)
	}
	for i := range int(t.Max) {
		present := m.apply(diagram.Lt, m.Const(int64(i)), v[0])
		elem := v[1+i*n : 1+i*n+n]
		if t.Kind == types.Bag { // it holds ranks
			known(elem[0])
			visit(present, m.fromRank(t.Elem, elem[0]))
		} else {
			visit(present, m.loaded(t.Elem, elem))
		}
	}
}

// fromRank is the value of type t with a rank.
func (m *Machine) fromRank(t *types.Type, r node) value {
	var out value
	for _, v := range m.Leaves(r) {
		if v < 0 || uint64(v) >= t.Card() {
			continue
		}
		m.burn()
		item := m.constant(t, uint64(v))
		if out == nil {
			out = item
		} else {
			out = m.chooseAll(m.is(r, v), item, out)
		}
	}
	return out
}

// member tells where x is in a set, sequence or bag.
func (m *Machine) member(x, c value, t *types.Type) node {
	if t.Kind == types.Set {
		// An integer need not be a possible element.
		r, out := m.rank(t.Elem, x), diagram.False
		known(r)
		for _, v := range m.Leaves(r) {
			if v >= 0 && v < int64(len(c)) {
				m.burn()
				out = m.or(out, m.and(m.is(r, v), c[v]))
			}
		}
		return out
	}
	out := diagram.False
	m.items(t, c, func(present node, elem value) {
		out = m.or(out, m.and(present, m.same(elem, x)))
	})
	return out
}
