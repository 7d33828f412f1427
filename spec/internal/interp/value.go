// Package interp is the plain interpreter of the intermediate representation: a walk over the tree, on boxed values, as
// slow and as obvious as can be. It is the reference for what a model means: the compiled evaluator is tested against it,
// and it shares no code with the evaluator but the layout of packed states.
//
// A Machine evaluates expressions (Eval), runs actions into the set of their outcomes (Outcomes) and lists initial states
// (Initial). Its System is a model.System over the same packed states as the compiled one, and Explain says why a formula
// is false.
//
// # Order and faults
//
// Arguments are evaluated left to right; and, or and implies stop as soon as the value is known. Binders go through their
// domains in increasing order of rank, the first outermost; the condition of a binder is tested as soon as the binder has
// a value, that of the quantifier after the last binder. A fault ends the evaluation and carries the position of the
// node that has no value. A sum faults when a partial sum, in that order, leaves int64.
package interp

import (
	"cmp"
	"slices"
)

// Form is how a Value is built.
type Form uint8

// The forms of values.
const (
	Scalar   Form = iota // Int
	Product              // Elems: the fields of a record, or several keys
	Tagged               // Int is the constructor of a union, 0 or 1 of an option (none, some); Elems is what it carries
	Mapping              // Elems, one for each of Keys, which increase
	Sequence             // Elems
	Set                  // Elems, which increase
	Multiset             // Elems, which do not decrease
)

// Value is a value of the language. Scalars hold what package ir says: a bool 0 or 1, an enum member its number, an
// identity of a symmetric type its distance from the least, an integer itself. A Value does not know its type, so that an
// integer is the same value whatever its range. Values are never changed once made; they may share parts.
type Value struct {
	Form  Form
	Int   int64
	Keys  []Value
	Elems []Value
}

// Int makes a Scalar.
func Int(n int64) Value { return Value{Int: n} }

// Bool makes the Scalar of a truth value.
func Bool(b bool) Value {
	if b {
		return Int(1)
	}
	return Int(0)
}

// Truth is the truth value that v holds.
func (v Value) Truth() bool { return v.Int != 0 }

// Equal tells whether two values of one type are the same.
func Equal(a, b Value) bool { return Compare(a, b) == 0 }

// Compare orders the values of one type by rank: -1, 0 or 1 as a comes before, is, or comes after b.
//
// Records, maps and unions compare part by part, the first most significant. Sequences and bags of fewer elements come
// first. A set is the number whose bits its elements are, so that the greatest element in only one of two sets decides;
// bags of one size are decided by their greatest elements likewise.
func Compare(a, b Value) int {
	switch a.Form {
	case Scalar:
		return cmp.Compare(a.Int, b.Int)
	case Product, Mapping:
		return compareElems(a.Elems, b.Elems)
	case Tagged:
		return cmp.Or(cmp.Compare(a.Int, b.Int), compareElems(a.Elems, b.Elems))
	case Sequence:
		return cmp.Or(cmp.Compare(len(a.Elems), len(b.Elems)), compareElems(a.Elems, b.Elems))
	case Multiset:
		if c := cmp.Compare(len(a.Elems), len(b.Elems)); c != 0 {
			return c
		}
	}
	x, y := a.Elems, b.Elems
	for len(x) > 0 && len(y) > 0 {
		if c := Compare(x[len(x)-1], y[len(y)-1]); c != 0 {
			return c
		}
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	return cmp.Compare(len(x), len(y))
}

func compareElems(a, b []Value) int { return slices.CompareFunc(a, b, Compare) }

// find is where x stands, or would stand, among increasing values.
func find(vs []Value, x Value) (int, bool) { return slices.BinarySearchFunc(vs, x, Compare) }

// setOf makes a Set of values in any order, repeated or not.
func setOf(vs []Value) Value {
	vs = slices.Clone(vs)
	slices.SortFunc(vs, Compare)
	return Value{Form: Set, Elems: slices.CompactFunc(vs, Equal)}
}

// bagOf makes a Multiset of values in any order.
func bagOf(vs []Value) Value {
	vs = slices.Clone(vs)
	slices.SortFunc(vs, Compare)
	return Value{Form: Multiset, Elems: vs}
}

// with is a copy of vs with x at i.
func with(vs []Value, i int, x Value) []Value {
	vs = slices.Clone(vs)
	vs[i] = x
	return vs
}

// count is how often x stands in increasing values.
func count(vs []Value, x Value) int {
	n := 0
	for i, _ := find(vs, x); i < len(vs) && Equal(vs[i], x); i++ {
		n++
	}
	return n
}

// contains tells whether x is an element of a set, a sequence or a bag.
func contains(in, x Value) bool {
	if in.Form == Sequence {
		return slices.ContainsFunc(in.Elems, func(y Value) bool { return Equal(x, y) })
	}
	_, found := find(in.Elems, x)
	return found
}

// merge combines two sets or bags, element by element: keep says how often an element stands in the result that stands
// m times in the one and n times in the other.
func merge(a, b Value, keep func(m, n int) int) []Value {
	var out []Value
	for _, x := range setOf(append(slices.Clone(a.Elems), b.Elems...)).Elems {
		for range keep(count(a.Elems, x), count(b.Elems, x)) {
			out = append(out, x)
		}
	}
	return out
}

// subset tells whether every element of a stands in b at least as often.
func subset(a, b Value) bool {
	return len(merge(a, b, func(m, n int) int { return max(0, m-n) })) == 0
}
