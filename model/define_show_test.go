//lint:file-ignore U1000 the fields of the types below are read and written by the codec

package model

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"
)

type name struct{ first, last string }

func (n *name) String() string { return n.first + " " + n.last }

type badge struct {
	name   // its String is promoted, and says nothing of number
	number int
}

// medal has its own String beside that of name, which calls it.
type medal struct {
	name
	rank int
}

func (m medal) String() string { return m.name.String() + strings.Repeat("*", m.rank) }

type medalByPointer struct {
	name
	rank int
}

func (m *medalByPointer) String() string { return m.name.String() }

type ofKind[T any] struct {
	colour // by value: small enough that its String is inlined
	kind   T
}

type ofOwnKind[T any] struct {
	colour
	kind T
}

func (k ofOwnKind[T]) String() string { return k.colour.String() }

type byInterface struct {
	fmt.Stringer
	n int
}

type byTwo struct {
	colour
	name
}

func (byTwo) String() string { return "two" }

type deeper struct {
	medal // promotes its own
}

// sealed has its own methods of encoding beside those of flipped.
type sealed struct {
	flipped
	count int8
}

func (s sealed) MarshalBinary() ([]byte, error)  { return []byte{s.value, byte(s.count)}, nil }
func (s *sealed) UnmarshalBinary(b []byte) error { s.value, s.count = b[0], int8(b[1]); return nil }

func TestOwnMethods(t *testing.T) {
	for _, c := range []struct {
		value any
		a     *ability
		want  bool
	}{
		{red, toString, true},
		{name{}, toString, true},
		{badge{}, toString, false},
		{medal{}, toString, true},
		{medalByPointer{}, toString, true},
		{ofKind[int]{}, toString, false},
		{ofOwnKind[int]{}, toString, true},
		{ofOwnKind[string]{}, toString, true},
		{byInterface{}, toString, false},
		{byTwo{}, toString, true},
		{deeper{}, toString, false},
		{struct{ colour }{}, toString, false},
		{struct{ *medal }{}, toString, false},
		{time.Time{}, toString, true},
		{struct{ time.Time }{}, toString, false},
		{big.Int{}, toString, true},
		{flipped{}, marshalBinary, true},
		{embedding{}, marshalBinary, false},
		{embedding{}, unmarshalBinary, false},
		{sealed{}, marshalBinary, true},
		{sealed{}, unmarshalBinary, true},
	} {
		if got := findOwn(reflect.TypeOf(c.value), c.a); got != c.want {
			t.Errorf("%T of its own: got %s %v, want %v", c.value, c.a.of, got, c.want)
		}
	}
	s := sealed{flipped{value: 1}, 5}
	c, err := newCodec(reflect.TypeFor[sealed]())
	if err != nil || c.root.form != binaryForm {
		t.Fatalf("got error %v, want the form of its own methods", err)
	}
	var back sealed
	if c.decode(words(c, &s), unsafe.Pointer(&back)); back != s {
		t.Errorf("got %v, want %v", back, s)
	}
}

func TestShowOfAStateWithAString(t *testing.T) {
	at, number := time.Unix(0, 0).UTC(), big.NewInt(42)
	for _, c := range []struct {
		state reflect.Value
		want  string
	}{
		{reflect.ValueOf(&at).Elem(), "[{state 1970-01-01 00:00:00 +0000 UTC}]"},
		{reflect.ValueOf(&number).Elem(), "[{state 42}]"},
		{reflect.ValueOf(&medal{name{"A", "B"}, 2}).Elem(), "[{state A B**}]"},
		{reflect.ValueOf(&badge{}).Elem(), "[{name  } {number 0}]"},
	} {
		if got := fmt.Sprint(showState(c.state)); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestShow(t *testing.T) {
	seven := int8(7)
	type state struct {
		World   [2]colour
		left    map[colour]int8
		free    map[int]struct{}
		queue   []string
		Owner   *int8
		nobody  *int8
		next    *chain
		who     name
		badge   badge
		large   uint64
		ratio   float32
		turn    complex128
		_       int
		wait    time.Duration
		pairs   map[[2]int8]bool
		points  map[struct{ x, y int }]struct{}
		any     any
		ready   func()
		literal Value
		on      bool
	}
	s := state{
		World: [2]colour{green, red}, left: map[colour]int8{blue: 1, red: 0}, free: map[int]struct{}{10: {}, 9: {}, -1: {}},
		queue: []string{"vm1", "two words", "", "a,b"}, Owner: &seven, next: &chain{1, &chain{2, nil}},
		who: name{"Ada", "L"}, badge: badge{name{"A", "B"}, 3}, large: math.MaxUint64, ratio: 0.5, turn: 1i, wait: time.Second,
		pairs:  map[[2]int8]bool{{2, 1}: true, {1, 9}: false},
		points: map[struct{ x, y int }]struct{}{{2, 1}: {}, {1, 5}: {}}, any: green,
		literal: Value{Shape: Tagged, Text: "some", Elems: elems(Int(1))}, on: true,
	}
	want := []string{
		"World = {0 -> green, 1 -> red}",
		"left = {red -> 0, blue -> 1}",
		"free = {-1, 9, 10}",
		`queue = [vm1, "two words", "", "a,b"]`,
		"Owner = some(7)",
		"nobody = none",
		"next = some({value = 1, next = some({value = 2, next = none})})",
		"who = Ada L",
		"badge = {name = A B, number = 3}",
		"large = 18446744073709551615",
		"ratio = 0.5",
		"turn = (0+1i)",
		"wait = 1s",
		"pairs = {{0 -> 1, 1 -> 9} -> false, {0 -> 2, 1 -> 1} -> true}",
		"points = {{x = 1, y = 5}, {x = 2, y = 1}}",
		"any = green",
		"ready = func()",
		"literal = some(1)",
		"on = true",
	}
	check := func(got []Binding, want []string) {
		t.Helper()
		for i, b := range got {
			if text := b.Name + " = " + b.Value.String(); i >= len(want) || text != want[i] {
				t.Errorf("got %s, want %s", text, append(want, "nothing")[min(i, len(want))])
			}
		}
		if len(got) < len(want) {
			t.Errorf("got %d variables, want %d", len(got), len(want))
		}
	}
	check(showState(reflect.ValueOf(&s).Elem()), want)
	p := &s
	check(showState(reflect.ValueOf(&p).Elem()), want)
	p = nil
	check(showState(reflect.ValueOf(&p).Elem()), []string{"state = none"})
	c := blue
	check(showState(reflect.ValueOf(&c).Elem()), []string{"state = blue"})
}

// A cycle, which only a type with an encoding of its own can hold, has an end.
func TestShowOfACycle(t *testing.T) {
	c := &chain{value: 1}
	c.next = c
	if v := show(reflect.ValueOf(c), 0); v.Shape != Tagged {
		t.Errorf("got shape %d", v.Shape)
	}
}

func TestShowArguments(t *testing.T) {
	for _, c := range []struct {
		arg  any
		want string
	}{
		{3, "3"},
		{green, "green"},
		{"vm1", "vm1"},
		{nil, "none"},
		{(*int)(nil), "none"},
		{name{"A", "B"}, "A B"},
		{badge{}, "{name =  , number = 0}"},
		{Text("as it is"), "as it is"},
		{[]any{1, nil, red}, "[1, none, red]"},
	} {
		if got := fmt.Sprint(showArg(c.arg)); got != c.want {
			t.Errorf("%#v: got %s, want %s", c.arg, got, c.want)
		}
	}
}
