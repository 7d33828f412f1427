package model

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Binding is a named value.
type Binding struct {
	Name  string
	Value Value
}

// Shape is how a Value is built.
type Shape uint8

// The shapes of values.
const (
	Atom   Shape = iota // a name or any other text
	Number              // an integer
	Truth               // true or false
	Record              // named fields, in Elems
	Map                 // keys and values, in Elems
	Seq                 // a sequence, in Elems without keys
	Set                 // a set or, with repetitions, a multiset, in Elems without keys
	Tagged              // Text is a constructor, Elems what it carries
)

// Value is a value as people and reports see it: a tree of names and numbers, free of any encoding.
type Value struct {
	Shape Shape
	Text  string // of Atom and Tagged
	Int   int64  // of Number; of Truth 0 or 1
	Elems []Elem
}

// Elem is a part of a composite Value; Key is its field name or the text of its map key, or "".
type Elem struct {
	Key   string
	Value Value
}

// Text makes an Atom.
func Text(s string) Value { return Value{Shape: Atom, Text: s} }

// Int makes a Number.
func Int(n int64) Value { return Value{Shape: Number, Int: n} }

// Bool makes a Truth.
func Bool(b bool) Value {
	if b {
		return Value{Shape: Truth, Int: 1}
	}
	return Value{Shape: Truth}
}

// String gives the value as the language writes it.
func (v Value) String() string {
	var b strings.Builder
	v.write(&b)
	return b.String()
}

func (v Value) write(b *strings.Builder) {
	list := func(open, sep, end string) {
		b.WriteString(open)
		for i, e := range v.Elems {
			if i > 0 {
				b.WriteString(", ")
			}
			if e.Key != "" {
				key := e.Key
				if strings.Contains(key, ", ") && !strings.ContainsAny(key[:1], "{[") { // several keys
					key = "[" + key + "]"
				}
				b.WriteString(key)
				b.WriteString(sep)
			}
			e.Value.write(b)
		}
		b.WriteString(end)
	}
	switch v.Shape {
	case Atom:
		b.WriteString(v.Text)
	case Number:
		b.WriteString(strconv.FormatInt(v.Int, 10))
	case Truth:
		b.WriteString(strconv.FormatBool(v.Int != 0))
	case Record:
		list("{", " = ", "}")
	case Map:
		list("{", " -> ", "}")
	case Seq:
		list("[", "", "]")
	case Set:
		list("{", "", "}")
	case Tagged:
		b.WriteString(v.Text)
		if len(v.Elems) > 0 {
			list("(", " = ", ")")
		}
	}
}

// Equal tells whether two values are the same tree.
func (v Value) Equal(w Value) bool {
	if v.Shape != w.Shape || v.Text != w.Text || v.Int != w.Int || len(v.Elems) != len(w.Elems) {
		return false
	}
	for i := range v.Elems {
		if v.Elems[i].Key != w.Elems[i].Key || !v.Elems[i].Value.Equal(w.Elems[i].Value) {
			return false
		}
	}
	return true
}

// MarshalJSON gives numbers, booleans and strings for atoms, arrays for sequences and sets, and objects, in the order of
// the keys, for records and maps. A constructor without content is a string, one with content an object with one key.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.Shape {
	case Number:
		return strconv.AppendInt(nil, v.Int, 10), nil
	case Truth:
		return strconv.AppendBool(nil, v.Int != 0), nil
	case Record, Map:
		return v.object()
	case Seq, Set:
		return v.array()
	case Tagged:
		if len(v.Elems) == 0 {
			return json.Marshal(v.Text)
		}
		content := v.object
		if v.Elems[0].Key == "" {
			content = v.array
		}
		body, err := content()
		if err != nil {
			return nil, err
		}
		name, err := json.Marshal(v.Text)
		if err != nil {
			return nil, err
		}
		return append(append(append(append([]byte{'{'}, name...), ':'), body...), '}'), nil
	default:
		return json.Marshal(v.Text)
	}
}

func (v Value) object() ([]byte, error) {
	out := []byte{'{'}
	for i, e := range v.Elems {
		if i > 0 {
			out = append(out, ',')
		}
		key, err := json.Marshal(e.Key)
		if err != nil {
			return nil, err
		}
		val, err := e.Value.MarshalJSON()
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, key...), ':'), val...)
	}
	return append(out, '}'), nil
}

func (v Value) array() ([]byte, error) {
	out := []byte{'['}
	for i, e := range v.Elems {
		if i > 0 {
			out = append(out, ',')
		}
		val, err := e.Value.MarshalJSON()
		if err != nil {
			return nil, err
		}
		out = append(out, val...)
	}
	return append(out, ']'), nil
}
