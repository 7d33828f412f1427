//lint:file-ignore U1000 the fields of the types below are read and written by the codec

package model

import (
	"bytes"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// The laws of the encoding, over types of every form: values are equal exactly when their words are, and come back.
// Whether two values are equal is go-cmp's judgement.
var equality = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.Exporter(func(reflect.Type) bool { return true }),
}

type colour uint8

const (
	red colour = iota
	green
	blue
)

func (c colour) String() string { return [...]string{"red", "green", "blue"}[c%3] }

type padded struct {
	flag  bool
	Wide  int64
	small int8
	_     int32
	Unit  struct{}
	pair  [2]uint16
}

type chain struct {
	value int8
	next  *chain
}

type tree map[string]tree

type ring [2]*ring

type named []*bool

// flipped keeps its value in a form of its own, so that only its methods can read it.
type flipped struct {
	value    uint8
	negative bool
}

func (f flipped) MarshalBinary() ([]byte, error) {
	if f.negative {
		return []byte{-f.value}, nil
	}
	return []byte{f.value}, nil
}

func (f *flipped) UnmarshalBinary(b []byte) error { f.value = b[0]; return nil }

func (f flipped) Equal(g flipped) bool {
	a, _ := f.MarshalBinary()
	b, _ := g.MarshalBinary()
	return bytes.Equal(a, b)
}

type embedding struct {
	flipped // its methods are promoted, and say nothing of count
	count   int8
}

func (e embedding) Equal(f embedding) bool { return e.flipped.Equal(f.flipped) && e.count == f.count }

type everything struct {
	numbers  []int16
	byName   map[string][]bool
	byPlace  map[[2]int8]colour
	seen     map[colour]struct{}
	chain    *chain
	text     string
	ratio    float32
	turn     complex128
	maybe    **int8
	own      flipped
	nested   padded
	nothing  [0]int
	byNumber map[float64]padded
}

func TestEncodingLaws(t *testing.T) {
	law[bool](t)
	law[int](t)
	law[int8](t)
	law[uint64](t)
	law[uintptr](t)
	law[float32](t)
	law[float64](t)
	law[complex64](t)
	law[complex128](t)
	law[colour](t)
	law[string](t)
	law[struct{}](t)
	law[[0]string](t)
	law[[70]bool](t)
	law[[3]struct {
		a bool
		b uint32
	}](t)
	law[padded](t)
	law[[]padded](t)
	law[[]struct{}](t)
	law[*chain](t)
	law[tree](t)
	law[ring](t)
	law[named](t)
	law[flipped](t)
	law[[]flipped](t)
	law[embedding](t)
	law[map[string]int](t)
	law[map[colour]struct{}](t)
	law[map[[2]bool]map[int8]*string](t)
	law[everything](t)
}

func law[T any](t *testing.T) {
	t.Run(reflect.TypeFor[T]().String(), func(t *testing.T) {
		c, err := newCodec(reflect.TypeFor[T]())
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			a, b := generate[T](t, "a"), generate[T](t, "b")
			wa, wb := words(c, &a), words(c, &b)
			if same := cmp.Equal(a, b, equality); slices.Equal(wa, wb) != same {
				t.Fatalf("equal: %v; words %x and %x", same, wa, wb)
			}
			if c.words != 0 && (len(wa) != c.words || c.bits > 64*c.words || c.bits <= 64*(c.words-1) && c.bits > 0) {
				t.Fatalf("got %d words, want %d for %d bits", len(wa), c.words, c.bits)
			}
			back := b // decoding must not depend on what was there
			c.decode(wa, unsafe.Pointer(&back))
			if diff := cmp.Diff(a, back, equality); diff != "" {
				t.Fatalf("came back different:\n%s", diff)
			}
			if again := words(c, &back); !slices.Equal(wa, again) {
				t.Fatalf("got words %x the second time, want %x", again, wa)
			}
		})
	})
}

func words[T any](c *codec, v *T) []uint64 {
	var w bitWriter
	c.encode(&w, unsafe.Pointer(v))
	return w.words
}

// generate draws a value from few, so that equal ones are frequent, over memory that was not zero.
func generate[T any](t *rapid.T, label string) T {
	p := (*T)(nil)
	if !shares(reflect.TypeFor[T](), map[reflect.Type]bool{}) && !strings.Contains(reflect.TypeFor[T]().String(), "string") {
		p = dirty[T]()
	} else {
		p = new(T)
	}
	fill(t, label, reflect.ValueOf(p).Elem(), 0)
	return *p
}

// dirty gives memory for a T whose padding is not zero. T holds no pointers.
func dirty[T any]() *T {
	p := new(T)
	for i := range unsafe.Sizeof(*p) {
		*(*byte)(unsafe.Add(unsafe.Pointer(p), i)) = 0xff
	}
	return p
}

func fill(t *rapid.T, label string, v reflect.Value, depth int) {
	v = reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
	upTo := func(n int) int { return rapid.IntRange(0, n).Draw(t, label) }
	float := func() float64 {
		return rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, -2.5, math.Inf(1)}).Draw(t, label)
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(upTo(1) == 1)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(rapid.SampledFrom([]int64{0, 1, -1, math.MinInt64 >> (64 - v.Type().Bits())}).Draw(t, label))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(rapid.SampledFrom([]uint64{0, 1, 2, math.MaxUint64 >> (64 - v.Type().Bits())}).Draw(t, label))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float())
	case reflect.Complex64, reflect.Complex128:
		v.SetComplex(complex(float(), float()))
	case reflect.String:
		v.SetString(rapid.SampledFrom([]string{"", "a", "ab", "\x00", "a longer text, of more than a word"}).Draw(t, label))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, label, v.Field(i), depth)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(t, label, v.Index(i), depth+1)
		}
	case reflect.Slice:
		n := upTo(max(0, 3-depth))
		v.Set(reflect.MakeSlice(v.Type(), n, n+upTo(1)))
		for i := range n {
			fill(t, label, v.Index(i), depth+1)
		}
		if n == 0 && upTo(1) == 0 {
			v.SetZero()
		}
	case reflect.Map:
		n := upTo(max(0, 3-depth))
		if n == 0 && upTo(1) == 0 {
			v.SetZero()
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		for range n {
			key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(t, label, key, depth+1)
			fill(t, label, elem, depth+1)
			v.SetMapIndex(key, elem)
		}
	case reflect.Pointer:
		if depth > 3 || upTo(2) == 0 {
			v.SetZero()
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, label, v.Elem(), depth+1)
	default:
		t.Fatalf("no values of %s", v.Type())
	}
}

func TestWidths(t *testing.T) {
	for _, c := range []struct {
		value       any
		words, bits int
	}{
		{false, 1, 1},
		{struct{}{}, 1, 0},
		{[64]bool{}, 1, 64},
		{[65]bool{}, 2, 65},
		{padded{}, 2, 1 + 64 + 8 + 32},
		{struct {
			on   [8]bool
			left [7]int8
		}{}, 1, 64},
		{"", 0, 0},
		{[0]string{}, 1, 0},
		{[2]string{}, 0, 0},
		{everything{}, 0, 0},
	} {
		got, err := newCodec(reflect.TypeOf(c.value))
		if err != nil {
			t.Errorf("%T: %v", c.value, err)
		} else if got.words != c.words || got.bits != c.bits {
			t.Errorf("%T: got %d words, %d bits, want %d and %d", c.value, got.words, got.bits, c.words, c.bits)
		}
	}
}

func TestMethodsOfMarshalersAreUsed(t *testing.T) {
	c, err := newCodec(reflect.TypeFor[flipped]())
	if err != nil {
		t.Fatal(err)
	}
	a, b := flipped{value: 3}, flipped{value: 253, negative: true}
	if !slices.Equal(words(c, &a), words(c, &b)) {
		t.Errorf("values with the same bytes have different words")
	}
	when, err := newCodec(reflect.TypeFor[time.Time]())
	if err != nil {
		t.Fatal(err)
	}
	at, back := time.Unix(1700000000, 5).UTC(), time.Time{}
	when.decode(words(when, &at), unsafe.Pointer(&back))
	if !at.Equal(back) {
		t.Errorf("got %v, want %v", back, at)
	}
}

func TestTypesThatCannotBeEncoded(t *testing.T) {
	type holder struct {
		ok   int
		deep map[string][]struct{ then func() }
	}
	for _, c := range []struct {
		value any
		want  string
	}{
		{holder{}, "holder.deep[][].then of type func() cannot be part of a state: it has no value to write down"},
		{make(chan int), "state of type chan int cannot"},
		{[]any{}, "an interface does not say which type to read"},
		{struct{ err error }{}, "state.err of type error cannot"},
		{map[*int]bool{}, "two pointers to equal values would be one key"},
		{map[[2]struct{ p *int }]bool{}, "state's key[].p of type *int cannot"},
		{unsafe.Pointer(nil), "unsafe.Pointer cannot"},
	} {
		_, err := newCodec(reflect.TypeOf(c.value))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%T: got error %v, want %q", c.value, err, c.want)
		}
	}
}

// collapsing has one encoding for all its values.
type collapsing struct{ n int8 }

func (collapsing) MarshalBinary() ([]byte, error)  { return nil, nil }
func (*collapsing) UnmarshalBinary(_ []byte) error { return nil }

func TestValuesThatCannotBeEncoded(t *testing.T) {
	loop := &chain{}
	loop.next = loop
	refused(t, "holds a cycle", &loop)
	type bag []bag
	cyclic := bag{nil}
	cyclic[0] = cyclic
	refused(t, "holds a cycle", &cyclic)
	refused(t, "not a number", &[]float64{math.NaN()})
	refused(t, "not a number", &[]complex64{complex(0, float32(math.NaN()))})
	refused(t, "two keys of a map[model.collapsing]int the same bytes", &map[collapsing]int{{1}: 1, {2}: 2})
}

func refused[T any](t *testing.T, want string, v *T) {
	t.Helper()
	c, err := newCodec(reflect.TypeFor[T]())
	if err != nil {
		t.Fatal(err)
	}
	panics(t, want, func() { words(c, v) })
}

// panics checks that f panics with a text that contains want.
func panics(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if text, _ := recover().(string); !strings.Contains(text, want) {
			t.Errorf("got panic %q, want %q", text, want)
		}
	}()
	f()
}

func TestWordsOfAnotherSystemAreRefused(t *testing.T) {
	c, err := newCodec(reflect.TypeFor[[]string]())
	if err != nil {
		t.Fatal(err)
	}
	var s []string
	panics(t, "are no state of this system", func() { c.decode(nil, unsafe.Pointer(&s)) })
	panics(t, "are no state of this system", func() { c.decode([]uint64{^uint64(0) >> 5}, unsafe.Pointer(&s)) })
}

// The bits of numbers of any width come back, wherever in a word they stand.
func TestBits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type item struct {
			v uint64
			n uint
		}
		items := rapid.SliceOf(rapid.Custom(func(t *rapid.T) item {
			n := rapid.UintRange(0, 64).Draw(t, "n")
			return item{rapid.Uint64().Draw(t, "v"), n}
		})).Draw(t, "items")
		var w, copied bitWriter
		copied.put(1, 3)
		for _, it := range items {
			w.put(it.v, it.n)
			w.putLength(int(it.v >> 1))
		}
		copied.putBits(&w)
		for _, o := range []*bitWriter{&w, &copied} {
			r := bitReader{words: o.words}
			if o == &copied && r.get(3) != 1 {
				t.Fatalf("the first bits changed")
			}
			for _, it := range items {
				if want := it.v & (1<<it.n - 1); r.get(it.n) != want {
					t.Fatalf("%d bits did not come back", it.n)
				}
				if got := r.getLength(); got != int(it.v>>1) {
					t.Fatalf("got length %d, want %d", got, it.v>>1)
				}
			}
			if uint(len(o.words)) != (o.bits+63)/64 {
				t.Fatalf("got %d words for %d bits", len(o.words), o.bits)
			}
		}
	})
}

func BenchmarkEncodeStruct(b *testing.B) {
	type state struct {
		world [6]colour
		left  [6]int8
		done  [6]bool
	}
	c, err := newCodec(reflect.TypeFor[state]())
	if err != nil {
		b.Fatal(err)
	}
	var w bitWriter
	s := state{world: [6]colour{1, 2}}
	for b.Loop() {
		c.encode(&w, unsafe.Pointer(&s))
		c.decode(w.words, unsafe.Pointer(&s))
	}
}
