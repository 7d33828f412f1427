package model

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func elems(vs ...Value) []Elem {
	var out []Elem
	for _, v := range vs {
		out = append(out, Elem{Value: v})
	}
	return out
}

func TestValueText(t *testing.T) {
	for _, c := range []struct {
		value      Value
		text, json string
	}{
		{Text("ready"), "ready", `"ready"`},
		{Text(`a "b"`), `a "b"`, `"a \"b\""`},
		{Int(-7), "-7", "-7"},
		{Bool(true), "true", "true"},
		{Bool(false), "false", "false"},
		{Value{Shape: Record}, "{}", "{}"},
		{
			Value{Shape: Record, Elems: []Elem{{"b", Int(1)}, {"a", Bool(true)}}},
			"{b = 1, a = true}", `{"b":1,"a":true}`,
		},
		{
			Value{Shape: Map, Elems: []Elem{{"1", Text("off")}, {"2", Value{Shape: Seq, Elems: elems(Int(3), Int(3))}}}},
			"{1 -> off, 2 -> [3, 3]}", `{"1":"off","2":[3,3]}`,
		},
		{Value{Shape: Seq}, "[]", "[]"},
		{Value{Shape: Set, Elems: elems(Text("a"), Text("b"))}, "{a, b}", `["a","b"]`},
		{Value{Shape: Tagged, Text: "none"}, "none", `"none"`},
		{Value{Shape: Tagged, Text: "some", Elems: elems(Int(2))}, "some(2)", `{"some":[2]}`},
		{
			Value{Shape: Tagged, Text: "Prepared", Elems: []Elem{{"rm", Int(2)}}},
			"Prepared(rm = 2)", `{"Prepared":{"rm":2}}`,
		},
	} {
		if got := c.value.String(); got != c.text {
			t.Errorf("got %s, want %s", got, c.text)
		}
		got, err := json.Marshal(c.value)
		if err != nil || string(got) != c.json {
			t.Errorf("got %s, %v, want %s", got, err, c.json)
		}
	}
}

// drawValue draws a value of few, so that equal ones are frequent.
func drawValue(t *rapid.T, depth int) Value {
	shape := Shape(rapid.IntRange(int(Atom), int(Tagged)).Draw(t, "shape"))
	if depth == 0 {
		shape %= Record
	}
	switch shape {
	case Atom:
		return Text(rapid.SampledFrom([]string{"", "a", "b \"", "\x00"}).Draw(t, "text"))
	case Number:
		return Int(rapid.Int64Range(-1, 1).Draw(t, "number"))
	case Truth:
		return Bool(rapid.Bool().Draw(t, "truth"))
	}
	v := Value{Shape: shape}
	if shape == Tagged {
		v.Text = rapid.SampledFrom([]string{"some", "none"}).Draw(t, "tag")
	}
	keys := rapid.Permutation([]string{"a", "b", "c", "d"}).Draw(t, "keys")
	for i := range rapid.IntRange(0, 3).Draw(t, "size") {
		e := Elem{Value: drawValue(t, depth-1)}
		if shape == Record || shape == Map {
			e.Key = keys[i]
		}
		v.Elems = append(v.Elems, e)
	}
	return v
}

// Equal values print the same, and what is printed as JSON is JSON in which atoms and numbers can be told apart.
func TestValueLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, w := drawValue(t, 2), drawValue(t, 2)
		if !v.Equal(v) || v.Equal(w) != w.Equal(v) {
			t.Fatalf("Equal is not reflexive and symmetric on %s and %s", v, w)
		}
		if v.Equal(w) && v.String() != w.String() {
			t.Fatalf("equal values print as %s and %s", v, w)
		}
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&back); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !agrees(v, back) {
			t.Fatalf("%s came back as %v", v, back)
		}
		from, to := []Binding{{"x", v}}, []Binding{{"x", w}}
		if changes := Diff(from, to); (len(changes) == 0) != v.Equal(w) {
			t.Fatalf("%s and %s differ in %v", v, w, changes)
		}
		for _, c := range Diff(from, to) {
			if c.From.Equal(c.To) || !strings.HasPrefix(c.Path, "x") {
				t.Fatalf("%v is no change of x", c)
			}
		}
	})
}

// agrees tells whether a decoded JSON value has the parts of v.
func agrees(v Value, j any) bool {
	list := func(j any, keyed bool) bool {
		switch j := j.(type) {
		case []any:
			if keyed && len(v.Elems) > 0 || len(j) != len(v.Elems) {
				return false
			}
			for i, e := range v.Elems {
				if !agrees(e.Value, j[i]) {
					return false
				}
			}
			return true
		case map[string]any:
			if !keyed || len(j) != len(v.Elems) {
				return false
			}
			for _, e := range v.Elems {
				if !agrees(e.Value, j[e.Key]) {
					return false
				}
			}
			return true
		}
		return false
	}
	switch v.Shape {
	case Atom:
		return j == v.Text
	case Number:
		n, ok := j.(json.Number)
		return ok && n.String() == v.String()
	case Truth:
		return j == (v.Int != 0)
	case Record, Map:
		return list(j, true)
	case Seq, Set:
		return list(j, false)
	default:
		if len(v.Elems) == 0 {
			return j == v.Text
		}
		o, ok := j.(map[string]any)
		return ok && len(o) == 1 && list(o[v.Text], false)
	}
}
