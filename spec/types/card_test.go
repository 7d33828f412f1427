package types

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// valuesOf lists the values of a small type as texts, one for each, made by no formula.
func valuesOf(t *Type) []string {
	switch t.Kind {
	case Bool:
		return []string{"false", "true"}
	case Range, Symmetric:
		var out []string
		for v := t.Lo; v <= t.Hi; v++ {
			out = append(out, fmt.Sprint(v))
		}
		return out
	case Enum:
		return t.Members
	case Record, Tuple:
		return product(t.Fields)
	case Union:
		var out []string
		for _, v := range t.Variants {
			for _, p := range product(v.Fields) {
				out = append(out, v.Name+p)
			}
		}
		return out
	case Option:
		out := []string{"none"}
		for _, v := range valuesOf(t.Elem) {
			out = append(out, "some "+v)
		}
		return out
	case Map:
		var fields []Field
		for range valuesOf(t.Key) {
			fields = append(fields, Field{Type: t.Elem})
		}
		return product(fields)
	case Set:
		out := []string{""}
		for _, v := range valuesOf(t.Elem) {
			for _, s := range out {
				out = append(out, s+" "+v)
			}
		}
		return out
	case Seq:
		all, last := []string{""}, []string{""}
		for range t.Max {
			var next []string
			for _, s := range last {
				for _, v := range valuesOf(t.Elem) {
					next = append(next, s+" "+v)
				}
			}
			all, last = append(all, next...), next
		}
		return all
	default: // Bag: sequences whose elements do not fall
		elems := valuesOf(t.Elem)
		var out []string
		var grow func(from int, s string, left int64)
		grow = func(from int, s string, left int64) {
			out = append(out, s)
			if left > 0 {
				for i := from; i < len(elems); i++ {
					grow(i, s+" "+elems[i], left-1)
				}
			}
		}
		grow(0, "", t.Max)
		return out
	}
}

func product(fs []Field) []string {
	out := []string{""}
	for _, f := range fs {
		var next []string
		for _, s := range out {
			for _, v := range valuesOf(f.Type) {
				next = append(next, s+"("+v+")")
			}
		}
		out = next
	}
	return out
}

// smallType draws a type of few values.
func smallType(t *rapid.T, depth int) *Type {
	kinds := []Kind{Bool, Range, Enum, Symmetric}
	if depth > 0 {
		kinds = append(kinds, Record, Union, Option, Map, Set, Seq, Bag)
	}
	inner := func() *Type { return smallType(t, depth-1) }
	n := rapid.Int64Range(0, 2)
	switch k := rapid.SampledFrom(kinds).Draw(t, "kind"); k {
	case Bool:
		return BoolType()
	case Range, Symmetric:
		lo := rapid.Int64Range(-3, 3).Draw(t, "lo")
		return &Type{Kind: k, Lo: lo, Hi: lo + n.Draw(t, "width")}
	case Enum:
		return &Type{Kind: Enum, Members: strings.Split("abc", "")[:1+n.Draw(t, "members")]}
	case Record:
		return &Type{Kind: Record, Fields: []Field{{"f", inner()}, {"g", inner()}}}
	case Union:
		return &Type{Kind: Union, Variants: []Variant{{"A", []Field{{"x", inner()}}}, {"B", nil}, {"C", []Field{{"y", inner()}}}}}
	case Option:
		return &Type{Kind: Option, Elem: inner()}
	case Map:
		return &Type{Kind: Map, Key: smallType(t, 0), Elem: inner()}
	case Set:
		return SetOf(inner())
	default:
		return &Type{Kind: k, Elem: inner(), Max: n.Draw(t, "greatest size")}
	}
}

// Card counts what an enumeration gives, without repetitions.
func TestCardAgainstEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := smallType(t, 2)
		if typ.Card() > 5000 {
			t.Skip("too many values to list")
		}
		seen := map[string]bool{}
		for _, v := range valuesOf(typ) {
			seen[v] = true
		}
		if uint64(len(seen)) != typ.Card() {
			t.Fatalf("%v has %d values, Card says %d", typ, len(seen), typ.Card())
		}
	})
}

// Card saturates instead of wrapping.
func TestCardSaturates(t *testing.T) {
	whole := IntRange(math.MinInt64, math.MaxInt64-1)
	wide := IntRange(0, 1<<61)
	for _, typ := range []*Type{
		whole, integer, IntRange(0, math.MaxInt64), SetOf(IntRange(0, 61)), SetOf(wide),
		{Kind: Record, Fields: []Field{{"f", wide}, {"g", wide}}},
		{Kind: Union, Variants: []Variant{{"A", []Field{{"x", wide}}}, {"B", []Field{{"x", wide}}}}},
		{Kind: Map, Key: IntRange(0, 61), Elem: BoolType()},
		{Kind: Map, Key: wide, Elem: BoolType()},
		{Kind: Seq, Elem: BoolType(), Max: 1 << 16},
		{Kind: Seq, Elem: wide, Max: 2},
		{Kind: Bag, Elem: wide, Max: 2},
		{Kind: Option, Elem: whole},
	} {
		if got := typ.Card(); got != MaxCard {
			t.Errorf("%v: got %d, want MaxCard", typ, got)
		}
	}
	for typ, want := range map[*Type]uint64{
		SetOf(IntRange(0, 60)):                          1 << 61,
		{Kind: Map, Key: wide, Elem: IntRange(3, 3)}:    1,
		{Kind: Seq, Elem: IntRange(3, 3), Max: 1 << 16}: 1<<16 + 1,
		{Kind: Bag, Elem: wide, Max: 0}:                 1,
		wide:                                            1<<61 + 1,
	} {
		if got := typ.Card(); got != want {
			t.Errorf("%v: got %d, want %d", typ, got, want)
		}
	}
}

// Multisets is a binomial coefficient: C(n+k, k).
func TestMultisets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.Uint64Range(0, 70), rapid.Uint64Range(0, MaxCard)).Draw(t, "n")
		k := rapid.Uint64Range(0, 80).Draw(t, "k")
		exact := big.NewInt(1)
		for i := uint64(1); i <= k; i++ {
			exact.Mul(exact, new(big.Int).SetUint64(n+i))
			exact.Div(exact, new(big.Int).SetUint64(i))
		}
		want := MaxCard
		if exact.IsUint64() && exact.Uint64() < MaxCard {
			want = exact.Uint64()
		}
		if n >= MaxCard && k > 0 {
			want = MaxCard
		}
		if got := Multisets(n, k); got != want {
			t.Fatalf("Multisets(%d, %d): got %d, want %s", n, k, got, exact)
		}
	})
}

// Types are the same by what they are made of, but for those of their own.
func TestIdentical(t *testing.T) {
	enum := func() *Type { return &Type{Kind: Enum, Members: []string{"a", "b"}} }
	record := func(name string) *Type {
		return &Type{Kind: Record, Name: name, Fields: []Field{{"f", IntRange(0, 3)}}}
	}
	same := [][2]*Type{
		{IntRange(0, 3), {Kind: Range, Name: "Load", Lo: 0, Hi: 3}},
		{record("Pod"), record("")},
		{SetOf(BoolType()), SetOf(BoolType())},
		{&Type{Kind: Seq, Elem: BoolType(), Max: 2}, &Type{Kind: Seq, Elem: BoolType(), Max: 2}},
	}
	for _, p := range same {
		if !Identical(p[0], p[1]) {
			t.Errorf("%v and %v are the same type", p[0], p[1])
		}
	}
	other := [][2]*Type{
		{enum(), enum()},
		{&Type{Kind: Symmetric, Lo: 1, Hi: 2}, &Type{Kind: Symmetric, Lo: 1, Hi: 2}},
		{&Type{Kind: Union, Variants: []Variant{{"A", nil}}}, &Type{Kind: Union, Variants: []Variant{{"A", nil}}}},
		{IntRange(0, 3), IntRange(0, 4)},
		{SetOf(IntRange(0, 3)), SetOf(IntRange(0, 4))},
		{&Type{Kind: Seq, Elem: BoolType(), Max: 2}, &Type{Kind: Seq, Elem: BoolType(), Max: 3}},
		{&Type{Kind: Seq, Elem: BoolType(), Max: 2}, &Type{Kind: Bag, Elem: BoolType(), Max: 2}},
		{record(""), {Kind: Record, Fields: []Field{{"g", IntRange(0, 3)}}}},
	}
	for _, p := range other {
		if Identical(p[0], p[1]) {
			t.Errorf("%v and %v are two types", p[0], p[1])
		}
	}
}

func TestString(t *testing.T) {
	load := &Type{Kind: Range, Name: "Load", Lo: 0, Hi: 9}
	for _, c := range []struct {
		t    *Type
		want string
	}{
		{load, "Load"},
		{IntRange(-2, 3), "-2..3"},
		{IntRange(3, 3), "3"},
		{integer, "int"},
		{&Type{Kind: Symmetric, Lo: 1, Hi: 3}, "symmetric 1..3"},
		{&Type{Kind: Enum, Members: []string{"a", "b"}}, "enum {a, b}"},
		{&Type{Kind: Record, Fields: []Field{{"f", load}, {"g", BoolType()}}}, "record {f: Load, g: bool}"},
		{&Type{Kind: Union, Variants: []Variant{{"A", []Field{{"x", load}}}, {"B", nil}}}, "union {A(x: Load) | B}"},
		{&Type{Kind: Map, Key: &Type{Kind: Tuple, Fields: []Field{{"", load}, {"", BoolType()}}}, Elem: load}, "map[Load, bool]Load"},
		{&Type{Kind: Seq, Elem: &Type{Kind: Option, Elem: load}, Max: 4}, "seq[option[Load], 4]"},
		{&Type{Kind: Bag, Elem: SetOf(load), Max: 4}, "bag[set[Load], 4]"},
	} {
		if got := c.t.String(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
