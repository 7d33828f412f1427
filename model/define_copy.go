package model

import (
	"encoding"
	"fmt"
	"reflect"
	"unsafe"
)

// copier gives copies of values of one type that share no memory which can be written.
//
// A copy by the nodes of the encoding, and not by encoding and decoding: it keeps what an encoding does not write, such as
// -0 and the difference between a nil slice and an empty one, and takes a NaN or a cycle, which only a definition with an
// Encode of its own can hold.
type copier[S any] struct {
	root *node // nil where Go's assignment is all that can be done
}

// newCopier compiles S. Where S has parts that reflection cannot copy, an interface or a function, copies share their
// memory; the definition then has an Encode of its own, and the runner refuses a change of what an action was given.
func newCopier[S any]() copier[S] {
	t := reflect.TypeFor[S]()
	if !shares(t, map[reflect.Type]bool{}) {
		return copier[S]{}
	}
	c, err := newCodec(t)
	if err != nil {
		return copier[S]{}
	}
	return copier[S]{root: c.root}
}

func (c copier[S]) copy(s S) S {
	if c.root == nil {
		return s
	}
	out := new(S)
	k := copying{}
	k.copy(c.root, unsafe.Pointer(out), unsafe.Pointer(&s))
	return *out
}

// copying is one copy being made.
type copying struct {
	pointers map[target]reflect.Value // the copies of what pointers point at, so that a cycle has an end
	depth    int
}

type target struct {
	to  unsafe.Pointer
	typ reflect.Type
}

// copy makes the value at to, which is zero, a copy of the one at from.
func (k *copying) copy(n *node, to, from unsafe.Pointer) {
	switch n.form {
	case structForm:
		for _, f := range n.fields {
			k.copy(f.node, unsafe.Add(to, f.offset), unsafe.Add(from, f.offset))
		}
	case arrayForm:
		for i := range n.len {
			k.copy(n.elem, unsafe.Add(to, uintptr(i)*n.stride), unsafe.Add(from, uintptr(i)*n.stride))
		}
	case sliceForm, mapForm, pointerForm, binaryForm:
		k.depth++
		if k.depth > maxDepth {
			panic(fmt.Sprintf("model: a state holds a cycle through type %s, or a chain longer than %d", n.typ, maxDepth))
		}
		k.copyReference(n, reflect.NewAt(n.typ, to), reflect.NewAt(n.typ, from))
		k.depth--
	default:
		reflect.NewAt(n.typ, to).Elem().Set(reflect.NewAt(n.typ, from).Elem())
	}
}

// copyReference copies where pointer from points to where pointer to does.
func (k *copying) copyReference(n *node, to, from reflect.Value) {
	v := from.Elem()
	switch n.form {
	case binaryForm:
		b, err := from.Interface().(encoding.BinaryMarshaler).MarshalBinary()
		if err != nil {
			panic(fmt.Sprintf("model: MarshalBinary of %s: %v", n.typ, err))
		}
		if err := to.Interface().(encoding.BinaryUnmarshaler).UnmarshalBinary(b); err != nil {
			panic(fmt.Sprintf("model: UnmarshalBinary of %s: %v", n.typ, err))
		}
	case pointerForm:
		if v.IsNil() {
			return
		}
		t := target{v.UnsafePointer(), n.typ}
		if known, ok := k.pointers[t]; ok {
			to.Elem().Set(known)
			return
		}
		made := reflect.New(n.typ.Elem())
		to.Elem().Set(made.Convert(n.typ))
		if k.pointers == nil {
			k.pointers = map[target]reflect.Value{}
		}
		k.pointers[t] = to.Elem()
		k.copy(n.elem, made.UnsafePointer(), t.to)
	case sliceForm:
		if v.IsNil() {
			return
		}
		s := reflect.MakeSlice(n.typ, v.Len(), v.Len())
		for i, at, first := 0, s.UnsafePointer(), v.UnsafePointer(); i < v.Len(); i++ {
			k.copy(n.elem, unsafe.Add(at, uintptr(i)*n.stride), unsafe.Add(first, uintptr(i)*n.stride))
		}
		to.Elem().Set(s)
	case mapForm:
		if v.IsNil() {
			return
		}
		m := reflect.MakeMapWithSize(n.typ, v.Len())
		for it := v.MapRange(); it.Next(); {
			// A key holds nothing that can be written, or is what its methods make of it.
			elem, made := reflect.New(n.typ.Elem()), reflect.New(n.typ.Elem())
			elem.Elem().Set(it.Value())
			k.copy(n.elem, made.UnsafePointer(), elem.UnsafePointer())
			m.SetMapIndex(it.Key(), made.Elem())
		}
		to.Elem().Set(m)
	}
}
