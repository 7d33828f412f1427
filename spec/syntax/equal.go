package syntax

import "reflect"

// Equal tells whether two trees are the same but for positions, comments and source text.
func Equal(a, b *File) bool {
	return same(reflect.ValueOf(a), reflect.ValueOf(b))
}

var posType = reflect.TypeFor[Pos]()

func same(a, b reflect.Value) bool {
	if a.IsValid() != b.IsValid() {
		return false
	}
	if !a.IsValid() {
		return true
	}
	if a.Type() != b.Type() {
		return false
	}
	if a.Type() == posType {
		return true
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return same(a.Elem(), b.Elem())
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !same(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		for i := range a.NumField() {
			if f := a.Type().Field(i); f.Name == "Comments" || f.Name == "Source" {
				continue
			}
			if !same(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	}
	return a.Equal(b)
}

// Uses lists the names that an expression uses, of values and of what it calls, as often as it uses them.
func Uses(x Expr) []string {
	var out []string
	uses(reflect.ValueOf(x), &out)
	return out
}

func uses(v reflect.Value, out *[]string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return
		}
		switch x := v.Interface().(type) {
		case *Name:
			*out = append(*out, x.Name)
		case *Call:
			*out = append(*out, x.Fun.Name)
		}
		uses(v.Elem(), out)
	case reflect.Slice:
		for i := range v.Len() {
			uses(v.Index(i), out)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				uses(v.Field(i), out)
			}
		}
	}
}

// Members lists the names of the members and constructors of the enums and unions that are written in a type, or in types
// given in slices.
func Members(types any) []*Ident {
	var out []*Ident
	members(reflect.ValueOf(types), &out)
	return out
}

func members(v reflect.Value, out *[]*Ident) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return
		}
		switch t := v.Interface().(type) {
		case Expr:
			return
		case *EnumType:
			*out = append(*out, t.Members...)
			return
		case *Variant:
			*out = append(*out, t.Name)
		}
		members(v.Elem(), out)
	case reflect.Slice:
		for i := range v.Len() {
			members(v.Index(i), out)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				members(v.Field(i), out)
			}
		}
	}
}

// Readers lists the functions among declarations that use one of certain names, themselves or through others, in the order
// in which they are found. Resolve, where it is not nil, gives the expression in which the names are looked for.
func Readers(decls []Decl, named func(name string) bool, resolve func(Expr) Expr) []*FuncDecl {
	var out []*FuncDecl
	callers := map[string][]*FuncDecl{} // of a function, the functions that use it
	found := map[*FuncDecl]bool{}
	add := func(d *FuncDecl) {
		if !found[d] {
			found[d] = true
			out = append(out, d)
		}
	}
	for _, d := range decls {
		d, ok := d.(*FuncDecl)
		if !ok {
			continue
		}
		body, measure := d.Body, d.Decreases
		if resolve != nil {
			body, measure = resolve(body), resolve(measure)
		}
		for _, name := range append(Uses(body), Uses(measure)...) {
			callers[name] = append(callers[name], d)
			if named(name) {
				add(d)
			}
		}
	}
	for i := 0; i < len(out); i++ {
		for _, d := range callers[out[i].Name.Name] {
			add(d)
		}
	}
	return out
}
