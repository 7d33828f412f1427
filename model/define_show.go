package model

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// showState gives the variables of a state: the fields of a struct, or of the struct that a pointer points at, unless it
// has a String method, and otherwise one named state.
func showState(v reflect.Value) []Binding {
	for v.Kind() == reflect.Pointer && v.Type().Elem().Kind() == reflect.Struct && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct || hasOwn(v.Type(), toString) || v.Type() == reflect.TypeFor[Value]() {
		return []Binding{{Name: "state", Value: show(v, 0)}}
	}
	var out []Binding
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; name != "_" {
			out = append(out, Binding{Name: name, Value: show(v.Field(i), 0)})
		}
	}
	return out
}

// show gives v as people see it. An array is a map from its indices, so that a change of one element shows as such; a map
// to struct{} is a set; a pointer is an option.
func show(v reflect.Value, depth int) Value {
	v = readable(v)
	if v.Kind() == reflect.Interface {
		if v.IsNil() {
			return Value{Shape: Tagged, Text: "none"}
		}
		v = readable(v.Elem())
	}
	t := v.Type()
	if depth > maxDepth {
		return Text("…") // a cycle, of a type with an encoding of its own
	}
	depth++
	if t == reflect.TypeFor[Value]() {
		return v.Interface().(Value)
	}
	if hasOwn(t, toString) {
		return Text(v.Addr().Interface().(fmt.Stringer).String())
	}
	switch v.Kind() {
	case reflect.Bool:
		return Bool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return Int(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if v.Uint() > math.MaxInt64 {
			return Text(strconv.FormatUint(v.Uint(), 10))
		}
		return Int(int64(v.Uint()))
	case reflect.Float32, reflect.Float64:
		return Text(strconv.FormatFloat(v.Float(), 'g', -1, t.Bits()))
	case reflect.Complex64, reflect.Complex128:
		return Text(strconv.FormatComplex(v.Complex(), 'g', -1, t.Bits()))
	case reflect.String:
		return Text(quoteIfNeeded(v.String()))
	case reflect.Struct:
		out := Value{Shape: Record}
		for i := range v.NumField() {
			if name := t.Field(i).Name; name != "_" {
				out.Elems = append(out.Elems, Elem{Key: name, Value: show(v.Field(i), depth)})
			}
		}
		return out
	case reflect.Array:
		out := Value{Shape: Map}
		for i := range v.Len() {
			out.Elems = append(out.Elems, Elem{Key: strconv.Itoa(i), Value: show(v.Index(i), depth)})
		}
		return out
	case reflect.Slice:
		out := Value{Shape: Seq}
		for i := range v.Len() {
			out.Elems = append(out.Elems, Elem{Value: show(v.Index(i), depth)})
		}
		return out
	case reflect.Map:
		return showMap(v, depth)
	case reflect.Pointer:
		if v.IsNil() {
			return Value{Shape: Tagged, Text: "none"}
		}
		return Value{Shape: Tagged, Text: "some", Elems: []Elem{{Value: show(v.Elem(), depth)}}}
	default:
		return Text(t.String()) // functions and channels have no value to show
	}
}

// readable gives v, addressable and with the rights of an exported field.
func readable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
	}
	// What is not addressable comes of an exported value here: the content of an argument, or of an interface.
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p.Elem()
}

func showMap(v reflect.Value, depth int) Value {
	keys := v.MapKeys()
	for i, k := range keys {
		keys[i] = readable(k)
	}
	slices.SortFunc(keys, compareKeys)
	if elem := v.Type().Elem(); elem.Kind() == reflect.Struct && elem.NumField() == 0 {
		out := Value{Shape: Set}
		for _, k := range keys {
			out.Elems = append(out.Elems, Elem{Value: show(k, depth)})
		}
		return out
	}
	out := Value{Shape: Map}
	for _, k := range keys {
		out.Elems = append(out.Elems, Elem{Key: show(k, depth).String(), Value: show(v.MapIndex(k), depth)})
	}
	return out
}

// compareKeys orders the keys of a map: numbers and strings as Go does, structs and arrays part by part.
func compareKeys(a, b reflect.Value) int {
	switch a.Kind() {
	case reflect.Bool:
		return strings.Compare(strconv.FormatBool(a.Bool()), strconv.FormatBool(b.Bool()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return cmp.Compare(a.Int(), b.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return cmp.Compare(a.Uint(), b.Uint())
	case reflect.Float32, reflect.Float64:
		return cmp.Compare(a.Float(), b.Float())
	case reflect.Complex64, reflect.Complex128:
		return cmp.Or(cmp.Compare(real(a.Complex()), real(b.Complex())), cmp.Compare(imag(a.Complex()), imag(b.Complex())))
	case reflect.String:
		return strings.Compare(a.String(), b.String())
	case reflect.Struct:
		for i := range a.NumField() {
			if c := compareKeys(a.Field(i), b.Field(i)); c != 0 {
				return c
			}
		}
		return 0
	case reflect.Array:
		for i := range a.Len() {
			if c := compareKeys(a.Index(i), b.Index(i)); c != 0 {
				return c
			}
		}
		return 0
	default:
		return strings.Compare(show(a, 0).String(), show(b, 0).String())
	}
}

// quoteIfNeeded gives s itself where it reads as one name, and its Go literal where it could be taken for more or less.
func quoteIfNeeded(s string) string {
	for _, c := range s {
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("_-./:@", c)
		if !plain {
			return strconv.Quote(s)
		}
	}
	if s == "" {
		return `""`
	}
	return s
}
