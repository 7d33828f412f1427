// Package types gives every expression of a syntax tree its type and every name its meaning.
//
// Check resolves constants (with the values that a configuration or the command line puts in their place), the types
// that depend on them, and then all expressions. It reports every independent error of a file in one go. All types are
// finite but int, which no state variable may have; the integers of an expression carry an interval that contains every
// value they can take, so that later stages know which range checks and overflow checks can never fail.
package types

import (
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

// Kind is the outermost constructor of a type.
type Kind uint8

// The kinds of types.
const (
	Bad       Kind = iota // the type of an expression that had an error
	Bool                  //
	Int                   // any int64; only of parameters, results, lets and constants
	Range                 // Lo..Hi
	Enum                  // Members
	Symmetric             // Lo..Hi, without order or arithmetic
	Record                // Fields
	Union                 // Variants
	Option                // Elem or none
	Map                   // a value of Elem for every value of Key
	Set                   // of Elem
	Seq                   // of at most Max Elem
	Bag                   // a multiset of at most Max Elem
	Tuple                 // the key of a map with several: Fields without names
)

// Type is a type. Enum, Symmetric and Union types are the same only when they are one declaration; others when they are
// built alike.
type Type struct {
	Kind     Kind
	Name     string // as declared, or ""
	Lo, Hi   int64  // of Int, Range and Symmetric
	Members  []string
	Fields   []Field
	Variants []Variant
	Key      *Type
	Elem     *Type
	Max      int64 // of Seq and Bag

	// What the bounds were computed from; nil where nobody wrote them. Proofs for all values of a constant go back to these.
	LoOf, HiOf, MaxOf syntax.Expr

	parts int // types that it is made of, itself included, as often as they occur; 0 where nobody counted
}

// Field is a named part of a record or of a union's variant.
type Field struct {
	Name string
	Type *Type
}

// Variant is one constructor of a union and what it carries.
type Variant struct {
	Name   string
	Fields []Field
}

var (
	bad     = &Type{Kind: Bad}
	boolean = &Type{Kind: Bool}
	integer = &Type{Kind: Int, Lo: math.MinInt64, Hi: math.MaxInt64}
)

// BoolType is the type bool.
func BoolType() *Type { return boolean }

// IntRange is the anonymous type lo..hi.
func IntRange(lo, hi int64) *Type {
	if lo == math.MinInt64 && hi == math.MaxInt64 {
		return integer
	}
	return &Type{Kind: Range, Lo: lo, Hi: hi}
}

// SetOf is the type set[elem].
func SetOf(elem *Type) *Type { return &Type{Kind: Set, Elem: elem} }

// IsInt tells whether values of the type are integers with order and arithmetic.
func (t *Type) IsInt() bool { return t.Kind == Range || t.Kind == Int }

// MaxCard is where Card saturates: such a type has at least that many values.
const MaxCard = uint64(1) << 62

// Card is the number of values of the type, or MaxCard where there are that many or more.
func (t *Type) Card() uint64 {
	switch t.Kind {
	case Bool:
		return 2
	case Range, Symmetric:
		n := uint64(t.Hi) - uint64(t.Lo)
		if n >= MaxCard-1 {
			return MaxCard
		}
		return n + 1
	case Enum:
		return uint64(len(t.Members))
	case Record, Tuple:
		return cardOfFields(t.Fields)
	case Union:
		n := uint64(0)
		for _, v := range t.Variants {
			n = satAdd(n, cardOfFields(v.Fields))
		}
		return n
	case Option:
		return satAdd(t.Elem.Card(), 1)
	case Map:
		return satPow(t.Elem.Card(), t.Key.Card())
	case Set:
		return satPow(2, t.Elem.Card())
	case Seq:
		e, n, p := t.Elem.Card(), uint64(1), uint64(1)
		for range t.Max {
			p = satMul(p, e)
			n = satAdd(n, p)
			if n == MaxCard {
				break
			}
		}
		return n
	case Bag:
		return Multisets(t.Elem.Card(), uint64(t.Max))
	default:
		return MaxCard
	}
}

// Multisets is the number of multisets of at most k elements over n values, C(n+k, k), saturating at MaxCard.
func Multisets(n, k uint64) uint64 {
	if n >= MaxCard {
		if k == 0 {
			return 1
		}
		return MaxCard
	}
	c := uint64(1)
	for i := uint64(1); i <= k; i++ {
		hi, lo := bits.Mul64(c, n+i)
		if hi >= i {
			return MaxCard
		}
		c, _ = bits.Div64(hi, lo, i)
		if c >= MaxCard {
			return MaxCard
		}
	}
	return c
}

func cardOfFields(fs []Field) uint64 {
	n := uint64(1)
	for _, f := range fs {
		n = satMul(n, f.Type.Card())
	}
	return n
}

func satAdd(a, b uint64) uint64 {
	if s := a + b; s < MaxCard && s >= a {
		return s
	}
	return MaxCard
}

func satMul(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	if hi != 0 || lo >= MaxCard {
		return MaxCard
	}
	return lo
}

func satPow(base, exp uint64) uint64 {
	if base <= 1 || exp == 0 {
		if exp == 0 {
			return 1
		}
		return base
	}
	n := uint64(1)
	for range min(exp, 64) {
		n = satMul(n, base)
	}
	return n
}

// Identical tells whether two types have the same values.
func Identical(a, b *Type) bool {
	if a == b {
		return true
	}
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case Bool, Int:
		return true
	case Range:
		return a.Lo == b.Lo && a.Hi == b.Hi
	case Record, Tuple:
		return identicalFields(a.Fields, b.Fields)
	case Option, Set:
		return Identical(a.Elem, b.Elem)
	case Map:
		return Identical(a.Key, b.Key) && Identical(a.Elem, b.Elem)
	case Seq, Bag:
		return a.Max == b.Max && Identical(a.Elem, b.Elem)
	default: // Enum, Symmetric, Union: by declaration
		return false
	}
}

func identicalFields(a, b []Field) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || !Identical(a[i].Type, b[i].Type) {
			return false
		}
	}
	return true
}

// HasSymmetric tells whether a value of the type contains an identity of a symmetric type.
func (t *Type) HasSymmetric() bool { return t.contains(Symmetric) }

// HasInt tells whether the type contains int, so that it is not finite.
func (t *Type) HasInt() bool { return t.contains(Int) }

func (t *Type) contains(k Kind) bool {
	if t.Kind == k {
		return true
	}
	for _, f := range t.Fields {
		if f.Type.contains(k) {
			return true
		}
	}
	for _, v := range t.Variants {
		for _, f := range v.Fields {
			if f.Type.contains(k) {
				return true
			}
		}
	}
	return t.Key != nil && t.Key.contains(k) || t.Elem != nil && t.Elem.contains(k)
}

// String is the declared name of the type, or how it is built.
func (t *Type) String() string {
	if t.Name != "" {
		return t.Name
	}
	switch t.Kind {
	case Bad:
		return "unknown"
	case Bool:
		return "bool"
	case Int:
		return "int"
	case Range:
		return rangeText(t)
	case Symmetric:
		return "symmetric " + rangeText(t)
	case Enum:
		return "enum {" + strings.Join(t.Members, ", ") + "}"
	case Record:
		return "record {" + fieldsText(t.Fields) + "}"
	case Tuple:
		var parts []string
		for _, f := range t.Fields {
			parts = append(parts, f.Type.String())
		}
		return strings.Join(parts, ", ")
	case Union:
		var parts []string
		for _, v := range t.Variants {
			text := v.Name
			if len(v.Fields) > 0 {
				text += "(" + fieldsText(v.Fields) + ")"
			}
			parts = append(parts, text)
		}
		return "union {" + strings.Join(parts, " | ") + "}"
	case Option:
		return "option[" + t.Elem.String() + "]"
	case Map:
		return "map[" + t.Key.String() + "]" + t.Elem.String()
	case Set:
		return "set[" + t.Elem.String() + "]"
	case Seq:
		return "seq[" + t.Elem.String() + ", " + strconv.FormatInt(t.Max, 10) + "]"
	default:
		return "bag[" + t.Elem.String() + ", " + strconv.FormatInt(t.Max, 10) + "]"
	}
}

func rangeText(t *Type) string {
	if t.Lo == t.Hi {
		return strconv.FormatInt(t.Lo, 10)
	}
	return strconv.FormatInt(t.Lo, 10) + ".." + strconv.FormatInt(t.Hi, 10)
}

func fieldsText(fs []Field) string {
	var parts []string
	for _, f := range fs {
		parts = append(parts, f.Name+": "+f.Type.String())
	}
	return strings.Join(parts, ", ")
}
