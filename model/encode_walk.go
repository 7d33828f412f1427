package model

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"slices"
	"unsafe"
)

// The walk over a value goes by addresses, because reflection does not set unexported fields. Every address is that of a
// field or an element inside the object that the caller holds, and is read and written by its own type.

// maxDepth bounds how deep pointers, slices and maps nest, so that a cycle ends in a sentence and not in an exhausted
// stack.
const maxDepth = 10_000

// encode writes the value at p.
func (n *node) encode(w *bitWriter, p unsafe.Pointer) {
	switch n.form {
	case boolForm:
		var bit uint64
		if *(*bool)(p) {
			bit = 1
		}
		w.put(bit, 1)
	case intForm, uintForm:
		w.put(loadInt(p, n.bits), n.bits) // put drops the copies of the sign
	case float32Form:
		w.put(uint64(math.Float32bits(float32(n.number(float64(*(*float32)(p)))))), 32)
	case float64Form:
		w.put(math.Float64bits(n.number(*(*float64)(p))), 64)
	case complex64Form:
		c := *(*complex64)(p)
		w.put(uint64(math.Float32bits(float32(n.number(float64(real(c)))))), 32)
		w.put(uint64(math.Float32bits(float32(n.number(float64(imag(c)))))), 32)
	case complex128Form:
		c := *(*complex128)(p)
		w.put(math.Float64bits(n.number(real(c))), 64)
		w.put(math.Float64bits(n.number(imag(c))), 64)
	case structForm:
		for _, f := range n.fields {
			f.encode(w, unsafe.Add(p, f.offset))
		}
	case arrayForm:
		for i := range n.len {
			n.elem.encode(w, unsafe.Add(p, uintptr(i)*n.stride))
		}
	case stringForm:
		w.putString(*(*string)(p))
	default:
		w.depth++
		if w.depth > maxDepth {
			panic(fmt.Sprintf("model: a state holds a cycle through type %s, or a chain longer than %d", n.typ, maxDepth))
		}
		n.encodeReference(w, p)
		w.depth--
	}
}

func (n *node) encodeReference(w *bitWriter, p unsafe.Pointer) {
	v := reflect.NewAt(n.typ, p)
	switch n.form {
	case pointerForm:
		to := v.Elem().UnsafePointer()
		if to == nil {
			w.put(0, 1)
			return
		}
		w.put(1, 1)
		n.elem.encode(w, to)
	case sliceForm:
		v = v.Elem()
		w.putLength(v.Len())
		first := v.UnsafePointer()
		for i := range v.Len() {
			n.elem.encode(w, unsafe.Add(first, uintptr(i)*n.stride))
		}
	case mapForm:
		n.encodeMap(w, v.Elem())
	case binaryForm:
		b, err := v.Interface().(encoding.BinaryMarshaler).MarshalBinary()
		if err != nil {
			panic(fmt.Sprintf("model: MarshalBinary of %s: %v", n.typ, err))
		}
		w.putString(string(b))
	}
}

// encodeMap writes the entries in the order of their encoded keys, since a map has no order of its own.
func (n *node) encodeMap(w *bitWriter, m reflect.Value) {
	type entry struct {
		key   bitWriter
		value reflect.Value
	}
	entries := make([]entry, 0, m.Len())
	key := reflect.New(n.typ.Key())
	for it := m.MapRange(); it.Next(); {
		key.Elem().Set(it.Key())
		e := entry{value: reflect.New(n.typ.Elem())}
		e.value.Elem().Set(it.Value())
		n.key.encode(&e.key, key.UnsafePointer())
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b entry) int { return slices.Compare(a.key.words, b.key.words) })
	w.putLength(len(entries))
	for i := range entries {
		if i > 0 && slices.Equal(entries[i].key.words, entries[i-1].key.words) {
			panic(fmt.Sprintf("model: MarshalBinary gives two keys of a %s the same bytes", n.typ))
		}
		w.putBits(&entries[i].key)
		n.elem.encode(w, entries[i].value.UnsafePointer())
	}
}

// number gives x in the form in which it is written.
func (n *node) number(x float64) float64 {
	if x != x {
		panic(fmt.Sprintf("model: a state holds a %s that is not a number, so it is not equal to itself", n.typ))
	}
	if x == 0 {
		return 0 // not -0, which is equal to it
	}
	return x
}

// decode reads a value into p, whose memory holds any value of the type.
func (n *node) decode(r *bitReader, p unsafe.Pointer) {
	switch n.form {
	case boolForm:
		*(*bool)(p) = r.get(1) != 0
	case intForm, uintForm:
		storeInt(p, n.bits, r.get(n.bits))
	case float32Form:
		*(*float32)(p) = math.Float32frombits(uint32(r.get(32)))
	case float64Form:
		*(*float64)(p) = math.Float64frombits(r.get(64))
	case complex64Form:
		re, im := math.Float32frombits(uint32(r.get(32))), math.Float32frombits(uint32(r.get(32)))
		*(*complex64)(p) = complex(re, im)
	case complex128Form:
		re, im := math.Float64frombits(r.get(64)), math.Float64frombits(r.get(64))
		*(*complex128)(p) = complex(re, im)
	case structForm:
		for _, f := range n.fields {
			f.decode(r, unsafe.Add(p, f.offset))
		}
	case arrayForm:
		for i := range n.len {
			n.elem.decode(r, unsafe.Add(p, uintptr(i)*n.stride))
		}
	case stringForm:
		*(*string)(p) = r.getString()
	default:
		n.decodeReference(r, p)
	}
}

func (n *node) decodeReference(r *bitReader, p unsafe.Pointer) {
	v := reflect.NewAt(n.typ, p)
	switch n.form {
	case pointerForm:
		if r.get(1) == 0 {
			v.Elem().SetZero()
			return
		}
		to := reflect.New(n.typ.Elem())
		n.elem.decode(r, to.UnsafePointer())
		v.Elem().Set(to.Convert(n.typ)) // the type of the pointer may have a name
	case sliceForm:
		size := r.getCount(n.elem.least())
		if size == 0 {
			v.Elem().SetZero()
			return
		}
		// No spare capacity: an append to a copy must not write where another copy reads.
		s := reflect.MakeSlice(n.typ, size, size)
		for i, first := 0, s.UnsafePointer(); i < size; i++ {
			n.elem.decode(r, unsafe.Add(first, uintptr(i)*n.stride))
		}
		v.Elem().Set(s)
	case mapForm:
		size := r.getCount(n.key.least())
		m := reflect.MakeMapWithSize(n.typ, size)
		for range size {
			key, value := reflect.New(n.typ.Key()), reflect.New(n.typ.Elem())
			n.key.decode(r, key.UnsafePointer())
			n.elem.decode(r, value.UnsafePointer())
			m.SetMapIndex(key.Elem(), value.Elem())
		}
		v.Elem().Set(m)
	case binaryForm:
		v.Elem().SetZero()
		if err := v.Interface().(encoding.BinaryUnmarshaler).UnmarshalBinary([]byte(r.getString())); err != nil {
			panic(fmt.Sprintf("model: UnmarshalBinary of %s: %v", n.typ, err))
		}
	}
}

// least gives the fewest bits that a value takes.
func (n *node) least() uint {
	if n.fixed {
		return n.bits
	}
	return 1
}

func loadInt(p unsafe.Pointer, bits uint) uint64 {
	switch bits {
	case 8:
		return uint64(*(*uint8)(p))
	case 16:
		return uint64(*(*uint16)(p))
	case 32:
		return uint64(*(*uint32)(p))
	default:
		return *(*uint64)(p)
	}
}

func storeInt(p unsafe.Pointer, bits uint, v uint64) {
	switch bits {
	case 8:
		*(*uint8)(p) = uint8(v)
	case 16:
		*(*uint16)(p) = uint16(v)
	case 32:
		*(*uint32)(p) = uint32(v)
	default:
		*(*uint64)(p) = v
	}
}

// encode replaces what w holds by the words of the value at p, which is of the type of the codec.
func (c *codec) encode(w *bitWriter, p unsafe.Pointer) {
	w.reset()
	c.root.encode(w, p)
	if len(w.words) == 0 {
		w.words = append(w.words, 0) // a type without information still has a state
	}
}

// decode reads a value of the type of the codec into p.
func (c *codec) decode(words []uint64, p unsafe.Pointer) {
	r := bitReader{words: words}
	c.root.decode(&r, p)
}
