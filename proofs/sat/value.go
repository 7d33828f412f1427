package sat

import (
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// value is a value of the language as a circuit. How it is built follows from its type:
//
//	scalars    num
//	records    parts, the fields
//	maps       parts, one for each key in increasing order
//	sequences  num, the size, and parts, of which the first num count
//	bags       parts, how often each value of the element type is in it
//	options    num, 0 or 1, and one part
//	unions     num, the constructor, and as parts what all constructors carry, one after another
//	sets       set, a truth value for each value of the element type
type value struct {
	num   word
	parts []value
	set   []lit
}

func scalar(w word) value { return value{num: w} }
func truth(l lit) value   { return value{num: truthWord(l)} }

// lit is a truth value.
func (v value) lit() lit { return v.num.bits[0] }

// Limits of values.
const (
	valuesLimit  = 1 << 12 // of a type that is gone through, is the key of a map or is in a set or a bag
	numbersLimit = 1 << 20 // in all of them, and in one value
	subsetLimit  = 12      // elements of a set whose subsets are gone through
)

// numbers is how many numbers and truth values a value of a type is made of, at most numbersLimit+1.
func numbers(t *types.Type) uint64 {
	n := uint64(1)
	times := func(k uint64, of *types.Type) {
		if each := numbers(of); k > numbersLimit/each {
			n = numbersLimit + 1
		} else {
			n = min(n+k*each, numbersLimit+1)
		}
	}
	switch t.Kind {
	case types.Set, types.Bag:
		n = min(n+t.Elem.Card(), numbersLimit+1)
	case types.Map:
		times(t.Key.Card(), t.Elem)
	case types.Seq:
		times(uint64(t.Max), t.Elem)
	case types.Option:
		times(1, t.Elem)
	}
	for _, f := range t.Fields {
		times(1, f.Type)
	}
	for _, v := range t.Variants {
		for _, f := range v.Fields {
			times(1, f.Type)
		}
	}
	return n
}

// listed is all values of a type, in increasing order.
func (m *machine) listed(t *types.Type) []value {
	if vs, ok := m.lists[t]; ok {
		return vs
	}
	if t.HasInt() || t.Card() > valuesLimit {
		m.refuse("it needs all values of type %s, of which there are more than %d", t, valuesLimit)
	}
	if t.Card()*numbers(t) > numbersLimit {
		m.refuse("it needs all values of type %s, which take more than %d numbers", t, numbersLimit)
	}
	vs := m.list(t)
	m.lists[t] = vs
	return vs
}

func (m *machine) list(t *types.Type) []value {
	var out []value
	integers := func(lo, hi int64) {
		for n := lo; n <= hi; n++ {
			out = append(out, scalar(number(n)))
		}
	}
	switch t.Kind {
	case types.Bool:
		integers(0, 1)
	case types.Range:
		integers(t.Lo, t.Hi)
	case types.Symmetric:
		integers(0, t.Hi-t.Lo)
	case types.Enum:
		integers(0, int64(len(t.Members))-1)
	case types.Record, types.Tuple:
		for _, parts := range m.products(fieldTypes(t.Fields)) {
			out = append(out, value{parts: parts})
		}
	case types.Map:
		for _, parts := range m.products(repeat(t.Elem, len(m.listed(t.Key)))) {
			out = append(out, value{parts: parts})
		}
	case types.Union:
		for i, v := range t.Variants {
			for _, parts := range m.products(fieldTypes(v.Fields)) {
				out = append(out, m.made(t, i, parts))
			}
		}
	case types.Option:
		out = append(out, m.made(t, 0, nil))
		for _, v := range m.listed(t.Elem) {
			out = append(out, m.made(t, 1, []value{v}))
		}
	case types.Set:
		n := len(m.listed(t.Elem))
		for mask := range 1 << n {
			out = append(out, subset(n, mask))
		}
	case types.Seq:
		for n := range int(t.Max) + 1 {
			for _, parts := range m.products(repeat(t.Elem, n)) {
				out = append(out, m.sequence(t, number(int64(n)), parts))
			}
		}
	case types.Bag:
		elems := len(m.listed(t.Elem))
		for n := range int(t.Max) + 1 {
			for _, counts := range multisets(elems, n) {
				var v value
				for _, c := range counts {
					v.parts = append(v.parts, scalar(number(int64(c))))
				}
				out = append(out, v)
			}
		}
	}
	return out
}

// multisets lists the ways to take k of n things, as how often each is taken; the greatest one taken decides, then the next.
func multisets(n, k int) [][]int {
	if n == 0 {
		if k == 0 {
			return [][]int{nil}
		}
		return nil
	}
	var out [][]int
	for c := range k + 1 {
		for _, rest := range multisets(n-1, k-c) {
			out = append(out, append(rest[:n-1:n-1], c))
		}
	}
	return out
}

func subset(n, mask int) value {
	v := value{set: make([]lit, n)}
	for i := range n {
		v.set[i] = lit(mask >> i & 1)
	}
	return v
}

// products is all lists of one value of each type, the first most significant.
func (m *machine) products(ts []*types.Type) [][]value {
	out := [][]value{nil}
	for _, t := range ts {
		var next [][]value
		for _, head := range out {
			for _, v := range m.listed(t) {
				next = append(next, append(head[:len(head):len(head)], v))
			}
		}
		out = next
	}
	return out
}

func fieldTypes(fs []types.Field) []*types.Type {
	var out []*types.Type
	for _, f := range fs {
		out = append(out, f.Type)
	}
	return out
}

func repeat(t *types.Type, n int) []*types.Type {
	out := make([]*types.Type, n)
	for i := range out {
		out[i] = t
	}
	return out
}

// carried is the types of the parts of an option or a union, of all constructors.
func carried(t *types.Type) []*types.Type {
	var out []*types.Type
	for i := range constructors(t) {
		out = append(out, types.Payload(t, i)...)
	}
	return out
}

func constructors(t *types.Type) int {
	if t.Kind == types.Option {
		return 2
	}
	return len(t.Variants)
}

// carries is where the parts of a constructor begin and end.
func carries(t *types.Type, ctor int) (from, to int) {
	for i := range ctor {
		from += len(types.Payload(t, i))
	}
	return from, from + len(types.Payload(t, ctor))
}

// made is a value made by a constructor.
func (m *machine) made(t *types.Type, ctor int, parts []value) value {
	v := value{num: number(int64(ctor))}
	for _, of := range carried(t) {
		v.parts = append(v.parts, m.least(of))
	}
	from, _ := carries(t, ctor)
	copy(v.parts[from:], parts)
	return v
}

// sequence fills a sequence up.
func (m *machine) sequence(t *types.Type, size word, parts []value) value {
	m.spread(t)
	v := value{num: size, parts: parts[:min(len(parts), int(t.Max)):min(len(parts), int(t.Max))]}
	for len(v.parts) < int(t.Max) {
		v.parts = append(v.parts, m.least(t.Elem))
	}
	return v
}

// spread refuses values of a type that are made of too many numbers.
func (m *machine) spread(t *types.Type) {
	if numbers(t) > numbersLimit {
		m.refuse("it needs a value of type %s, which takes more than %d numbers", t, numbersLimit)
	}
}

// least is the first value of a type: of integers the one nearest to 0 instead.
func (m *machine) least(t *types.Type) value {
	switch t.Kind {
	case types.Range, types.Int:
		return scalar(number(max(t.Lo, min(t.Hi, 0))))
	case types.Record, types.Tuple, types.Map:
		v := value{}
		for _, of := range m.partTypes(t) {
			v.parts = append(v.parts, m.least(of))
		}
		return v
	case types.Union, types.Option:
		v := value{num: number(0)}
		for _, of := range carried(t) {
			v.parts = append(v.parts, m.least(of))
		}
		return v
	case types.Set:
		return value{set: make([]lit, len(m.listed(t.Elem)))}
	case types.Seq:
		return m.sequence(t, number(0), nil)
	case types.Bag:
		v := value{}
		for range m.listed(t.Elem) {
			v.parts = append(v.parts, scalar(number(0)))
		}
		return v
	}
	return scalar(number(0))
}

// partTypes is the types of the parts of a value of any type but a bag.
func (m *machine) partTypes(t *types.Type) []*types.Type {
	switch t.Kind {
	case types.Record, types.Tuple:
		return fieldTypes(t.Fields)
	case types.Map:
		m.spread(t)
		return repeat(t.Elem, len(m.listed(t.Key)))
	case types.Union, types.Option:
		return carried(t)
	case types.Seq:
		m.spread(t)
		return repeat(t.Elem, int(t.Max))
	}
	return nil
}

// fresh is a value of inputs, and whether it is one of the type: each value is there once.
func (m *machine) fresh(t *types.Type) (v value, valid lit) {
	g := m.g
	switch t.Kind {
	case types.Int:
		m.refuse("it goes through type int")
	case types.Bool:
		return truth(g.input()), lTrue
	case types.Range:
		v.num, valid = g.freshWord(t.Lo, t.Hi)
		return v, valid
	case types.Symmetric:
		v.num, valid = g.freshWord(0, t.Hi-t.Lo)
		return v, valid
	case types.Enum:
		v.num, valid = g.freshWord(0, int64(len(t.Members))-1)
		return v, valid
	case types.Set:
		for range m.listed(t.Elem) {
			v.set = append(v.set, g.input())
		}
		return v, lTrue
	case types.Bag:
		total := number(0)
		valid = lTrue
		for range m.listed(t.Elem) {
			c, ok := g.freshWord(0, t.Max)
			v.parts = append(v.parts, scalar(c))
			total, _ = g.add(total, c)
			valid = g.and(valid, ok)
		}
		return v, g.and(valid, g.le(total, number(t.Max)))
	case types.Seq:
		v.num, valid = g.freshWord(0, t.Max)
	case types.Union, types.Option:
		v.num, valid = g.freshWord(0, int64(constructors(t))-1)
	default:
		valid = lTrue
	}
	for i, of := range m.partTypes(t) {
		part, ok := m.fresh(of)
		v.parts = append(v.parts, part)
		there := m.there(t, v, i)
		valid = g.all(valid, ok, g.or(there, m.equal(part, m.least(of))))
	}
	return v, valid
}

// there tells whether part i of a value counts.
func (m *machine) there(t *types.Type, v value, i int) lit {
	switch t.Kind {
	case types.Seq:
		return m.g.lt(number(int64(i)), v.num)
	case types.Union, types.Option:
		for ctor := range constructors(t) {
			if from, to := carries(t, ctor); from <= i && i < to {
				return m.g.eq(v.num, number(int64(ctor)))
			}
		}
	}
	return lTrue
}

// same tells whether two values of type t are equal.
func (m *machine) same(t *types.Type, a, b value) lit {
	g := m.g
	if len(a.parts) != len(b.parts) || len(a.set) != len(b.set) {
		m.refuse("it compares values that are laid out differently")
	}
	var out []lit
	switch t.Kind {
	case types.Set, types.Bag, types.Record, types.Tuple, types.Map:
	default:
		out = append(out, g.eq(a.num, b.num))
	}
	for i := range a.set {
		out = append(out, g.iff(a.set[i], b.set[i]))
	}
	if t.Kind == types.Bag {
		for i := range a.parts {
			out = append(out, g.eq(a.parts[i].num, b.parts[i].num))
		}
		return g.all(out...)
	}
	for i, of := range m.partTypes(t) {
		out = append(out, g.implies(m.there(t, a, i), m.same(of, a.parts[i], b.parts[i])))
	}
	return g.all(out...)
}

// equal tells whether two values are the same part by part, whether it counts or not.
func (m *machine) equal(a, b value) lit {
	var out []lit
	if a.num.bits != nil {
		out = append(out, m.g.eq(a.num, b.num))
	}
	for i := range a.set {
		out = append(out, m.g.iff(a.set[i], b.set[i]))
	}
	for i := range a.parts {
		out = append(out, m.equal(a.parts[i], b.parts[i]))
	}
	return m.g.all(out...)
}

// mux is a where c is true, b elsewhere.
func (m *machine) mux(c lit, a, b value) value {
	switch c {
	case lTrue:
		return a
	case lFalse:
		return b
	}
	if len(a.parts) != len(b.parts) || len(a.set) != len(b.set) {
		m.refuse("it chooses between values that are laid out differently")
	}
	var out value
	if a.num.bits != nil {
		out.num = m.g.muxWord(c, a.num, b.num)
	}
	if a.parts != nil {
		out.parts = m.muxAll(c, a.parts, b.parts)
	}
	if a.set != nil {
		out.set = make([]lit, len(a.set))
	}
	for i := range a.set {
		out.set[i] = m.g.mux(c, a.set[i], b.set[i])
	}
	return out
}

func (m *machine) muxAll(c lit, a, b []value) []value {
	switch c {
	case lTrue:
		return a
	case lFalse:
		return b
	}
	out := make([]value, len(a))
	for i := range a {
		out[i] = m.mux(c, a[i], b[i])
	}
	return out
}

// is tells, for each value of type t, whether v is that one. An integer may be none.
func (m *machine) is(t *types.Type, v value) []lit {
	out := make([]lit, len(m.listed(t)))
	for i, x := range m.listed(t) {
		m.burn()
		out[i] = m.same(t, v, x)
	}
	return out
}

// entry is the part of a map at a key, or of any list of parts where at tells which.
func (m *machine) entry(at []lit, parts []value) value {
	out := parts[len(parts)-1]
	for i := len(parts) - 2; i >= 0; i-- {
		out = m.mux(at[i], parts[i], out)
	}
	return out
}

// with is parts with another one where at tells.
func (m *machine) with(at []lit, parts []value, v value) []value {
	out := make([]value, len(parts))
	for i := range parts {
		out[i] = m.mux(at[i], v, parts[i])
	}
	return out
}

// places tells of each index of a sequence whether it is w.
func (m *machine) places(w word, n int) []lit {
	out := make([]lit, n)
	for i := range out {
		out[i] = m.g.eq(w, number(int64(i)))
	}
	return out
}

// literals is a state in assignment k of a simulation.
func (m *machine) literals(state []value, sim []uint64, k uint) []*ir.Expr {
	var out []*ir.Expr
	for i, v := range m.p.Vars {
		out = append(out, m.literal(v.Type, state[i], sim, k))
	}
	return out
}

// literal is the value that a circuit has in assignment k of a simulation, as an expression.
func (m *machine) literal(t *types.Type, v value, sim []uint64, k uint) *ir.Expr {
	e := &ir.Expr{Type: t}
	num := func(w word) (n int64) {
		for i := range 64 {
			if at(sim, w.bit(i), k) {
				n |= 1 << i
			}
		}
		return n
	}
	list := func(op ir.Op, of *types.Type, include func(i int) int64) {
		e.Op = op
		for i, x := range m.listed(of) {
			for range include(i) {
				e.Args = append(e.Args, m.literal(of, x, sim, k))
			}
		}
	}
	switch t.Kind {
	case types.Record, types.Tuple:
		e.Op = ir.RecordLit
		if t.Kind == types.Tuple {
			e.Op = ir.Key
		}
		for i, of := range m.partTypes(t) {
			e.Args = append(e.Args, m.literal(of, v.parts[i], sim, k))
		}
	case types.Union, types.Option:
		e.Op, e.Int = ir.Ctor, num(v.num)
		from, _ := carries(t, int(e.Int))
		for i, of := range types.Payload(t, int(e.Int)) {
			e.Args = append(e.Args, m.literal(of, v.parts[from+i], sim, k))
		}
	case types.Map:
		e.Op = ir.MapLit
		for i, key := range m.listed(t.Key) {
			e.Args = append(e.Args, m.literal(t.Key, key, sim, k), m.literal(t.Elem, v.parts[i], sim, k))
		}
	case types.Set:
		list(ir.SetLit, t.Elem, func(i int) int64 {
			if at(sim, v.set[i], k) {
				return 1
			}
			return 0
		})
	case types.Bag:
		list(ir.BagLit, t.Elem, func(i int) int64 { return num(v.parts[i].num) })
	case types.Seq:
		e.Op = ir.SeqLit
		for i := range num(v.num) {
			e.Args = append(e.Args, m.literal(t.Elem, v.parts[i], sim, k))
		}
	default:
		e.Op, e.Int = ir.Const, num(v.num)
	}
	return e
}
