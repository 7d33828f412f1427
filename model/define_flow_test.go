package model

import (
	"slices"
	"testing"
)

// What a value is told from others by: what is equal is the same, and what is of another type, or looks alike only, is not.
func TestIdentify(t *testing.T) {
	type local struct{ n int8 }
	other := func() any {
		type local struct{ n int8 }
		return local{1}
	}
	one, two := 1, 1
	groups := [][]any{
		{nil},
		{1, one},
		{int8(1)},
		{"1"},
		{"1\x00"},
		{&one, &two},
		{local{1}},
		{other()},
		{[]int8(nil), []int8{}},
		{[]int8{0}},
		{[2]int8{}},
		{map[string]int{"a": 1, "b": 2}, map[string]int{"b": 2, "a": 1}},
		{0.0},
		{Value{}, Text("")},
		{Text("1")},
		{Int(1)},
		{Bool(true)},
		{Value{Shape: Seq, Elems: []Elem{{Value: Int(1)}}}},
		{Value{Shape: Seq, Elems: []Elem{{Value: Value{Shape: Seq}}, {Value: Int(1)}}}},
		{Value{Shape: Seq, Elems: []Elem{{Value: Value{Shape: Seq, Elems: []Elem{{Value: Int(1)}}}}}}},
	}
	for i, a := range groups {
		for j, b := range groups {
			for _, v := range a {
				for _, w := range b {
					if got := slices.Equal(identify(nil, v), identify(nil, w)); got != (i == j) {
						t.Errorf("%#v and %#v are the same: %t", v, w, got)
					}
				}
			}
		}
	}
	// No value's bytes begin those of another one, so that those of several are of them alone.
	var all [][]byte
	for _, g := range groups {
		all = append(all, identify(nil, g[0]))
	}
	for i, a := range all {
		for j, b := range all {
			if i != j && len(a) <= len(b) && slices.Equal(a, b[:len(a)]) {
				t.Errorf("%#v begins %#v", groups[i][0], groups[j][0])
			}
		}
	}
	panics(t, "must have an encoding", func() { identify(nil, func() {}) })
}

func TestDomainsBeyondTheLast(t *testing.T) {
	d := Definition[int8]{
		Init:    slices.Values([]int8{0}),
		Actions: []ActionOf[int8]{{Name: "Up", Next: Guarded(nil, func(n int8) int8 { return n + 1 })}},
		Domains: &Domains[int8]{Names: []string{"a"}, Sees: func(n int8, _ int) any { return n }, Acts: func(string, Args) []int { return []int{1} }},
	}
	r, _ := load(t, d)
	panics(t, "model: action Up belongs to domain 1, want one of 0..0", func() { successors(r) })
}
