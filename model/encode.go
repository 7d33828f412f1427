package model

import (
	"fmt"
	"reflect"
)

// How a Go value becomes a State.
//
// The type is compiled once into a tree of nodes; a value is then written bit by bit in the order of its fields, and
// padding, which Go leaves undefined, is never looked at. Booleans take one bit and a number the bits of its type, so a
// type of booleans, numbers, arrays and structs has a fixed length. Strings, slices and maps write their length first,
// and pointers a bit that says whether they are nil; a type with one of these has states of different lengths. Every code
// is prefix-free, so that the zero bits which fill the last word make no two values alike.
//
// Two values have the same words exactly when they are equal: by == where Go defines it, and otherwise part by part,
// with these readings. A nil slice or map is the same as an empty one (it comes back as a nil slice, an empty map).
// Pointers stand for what they point at. Blank fields are left out, as == leaves them out. -0 is the same as 0, and a
// NaN, which is not equal to itself, is refused when it is met. A type with MarshalBinary and UnmarshalBinary of its own
// (not those of an embedded field, which say nothing of the other fields) is what its methods make of it: they must give
// equal values equal bytes.

type form uint8

const (
	boolForm form = iota
	intForm
	uintForm
	float32Form
	float64Form
	complex64Form
	complex128Form
	structForm
	arrayForm
	stringForm
	sliceForm
	mapForm
	pointerForm
	binaryForm
)

// node says how the values of one type are written.
type node struct {
	form   form
	typ    reflect.Type
	bits   uint    // of a value, or 0 when values differ in length
	fixed  bool    // every value has the same length
	fields []field // of a struct, without blank ones
	key    *node   // of a map
	elem   *node   // of an array, slice, map or pointer
	len    int     // of an array
	stride uintptr // from one element of an array or slice to the next
}

type field struct {
	offset uintptr
	*node
}

// codec writes and reads the values of one type.
type codec struct {
	root  *node
	typ   reflect.Type
	words int // of every state, or 0 when states differ in length
	bits  int // of every state that carry information, or 0
	// fresh says that every use of a value wants its own decoding: copies may share memory that can be written, or what is
	// decoded may differ, if only as -0 does from 0, from what was encoded.
	fresh   bool
	methods bool // some part is what the MarshalBinary of its type makes of it
}

// newCodec compiles type t, or says what part of it cannot be written.
func newCodec(t reflect.Type) (*codec, error) {
	c := compiler{nodes: map[reflect.Type]*node{}}
	root, err := c.compile(t, typeName(t), false)
	if err != nil {
		return nil, err
	}
	out := &codec{root: root, typ: t, methods: c.methods}
	out.fresh = c.readings || shares(t, map[reflect.Type]bool{})
	if root.fixed {
		out.bits = int(root.bits)
		out.words = max(1, (out.bits+63)/64)
	}
	return out, nil
}

func typeName(t reflect.Type) string {
	if t.Name() != "" {
		return t.Name()
	}
	return "state"
}

type compiler struct {
	nodes    map[reflect.Type]*node
	readings bool // some values that are written alike are not identical
	methods  bool // some type is written by its methods
}

// compile gives the node of t; path is where the type stands, for errors, and isKey says that it is in the key of a map.
func (c *compiler) compile(t reflect.Type, path string, isKey bool) (*node, error) {
	if n := c.nodes[t]; n != nil && !isKey {
		return n, nil
	}
	n := &node{typ: t, fixed: true}
	if !isKey {
		c.nodes[t] = n // before the parts: a type may contain itself
	}
	if hasOwn(t, marshalBinary) && hasOwn(t, unmarshalBinary) {
		n.form, n.fixed, c.readings, c.methods = binaryForm, false, true, true
		return n, nil
	}
	scalar := func(f form, bits uint) (*node, error) {
		n.form, n.bits = f, bits
		return n, nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return scalar(boolForm, 1)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return scalar(intForm, uint(t.Bits()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return scalar(uintForm, uint(t.Bits()))
	case reflect.Float32:
		c.readings = true
		return scalar(float32Form, 32)
	case reflect.Float64:
		c.readings = true
		return scalar(float64Form, 64)
	case reflect.Complex64:
		c.readings = true
		return scalar(complex64Form, 64)
	case reflect.Complex128:
		c.readings = true
		return scalar(complex128Form, 128)
	case reflect.String:
		n.form, n.fixed = stringForm, false
		return n, nil
	case reflect.Struct:
		return n, c.fields(n, path, isKey)
	case reflect.Array:
		n.form, n.len, n.stride = arrayForm, t.Len(), t.Elem().Size()
		var err error
		if n.elem, err = c.compile(t.Elem(), path+"[]", isKey); err != nil {
			return nil, err
		}
		n.fixed = n.elem.fixed || n.len == 0
		if n.fixed {
			n.bits = uint(n.len) * n.elem.bits
		}
		return n, nil
	case reflect.Slice:
		n.form, n.fixed, n.stride = sliceForm, false, t.Elem().Size()
		var err error
		n.elem, err = c.compile(t.Elem(), path+"[]", false)
		return n, err
	case reflect.Map:
		n.form, n.fixed = mapForm, false
		var err error
		if n.key, err = c.compile(t.Key(), path+"'s key", true); err != nil {
			return nil, err
		}
		n.elem, err = c.compile(t.Elem(), path+"[]", false)
		return n, err
	case reflect.Pointer:
		if isKey {
			return nil, refusal(path, t, "two pointers to equal values would be one key")
		}
		n.form, n.fixed = pointerForm, false
		var err error
		n.elem, err = c.compile(t.Elem(), path, false)
		return n, err
	case reflect.Interface:
		return nil, refusal(path, t, "an interface does not say which type to read")
	default:
		return nil, refusal(path, t, "it has no value to write down")
	}
}

func (c *compiler) fields(n *node, path string, isKey bool) error {
	n.form = structForm
	for i := range n.typ.NumField() {
		f := n.typ.Field(i)
		if f.Name == "_" {
			continue
		}
		part, err := c.compile(f.Type, path+"."+f.Name, isKey)
		if err != nil {
			return err
		}
		n.fields = append(n.fields, field{f.Offset, part})
		n.fixed = n.fixed && part.fixed
		n.bits += part.bits
	}
	if !n.fixed {
		n.bits = 0
	}
	return nil
}

func refusal(path string, t reflect.Type, why string) error {
	return fmt.Errorf("%s of type %s cannot be part of a state: %s; give Encode and Decode", path, t, why)
}

// shares tells whether copies of a value of type t can share memory that can be written.
func shares(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Array:
		return shares(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if shares(t.Field(i).Type, seen) {
				return true
			}
		}
		return false
	case reflect.Slice, reflect.Map, reflect.Pointer, reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return true
	default:
		return false
	}
}
