package gen

import (
	"fmt"
	"strings"
)

type kind uint8

const (
	boolKind kind = iota
	intKind
	rangeKind
	enumKind
	symmetricKind
	recordKind
	unionKind
	optionKind
	mapKind
	setKind
	seqKind
	bagKind
)

// typ is a type as the models here write it. Two are the same when their texts are: enums, unions, records and identities
// are always named, other types always written out unless they were declared.
type typ struct {
	kind     kind
	text     string
	lo, hi   int64
	members  []string
	fields   []binding
	variants []variant
	keys     []*typ
	elem     *typ
	max      int
	card     int // number of values, up to manyValues
}

type variant struct {
	name   string
	fields []binding
}

// manyValues is where card saturates.
const manyValues = 1 << 20

var (
	boolType = &typ{kind: boolKind, text: "bool", card: 2}
	intType  = &typ{kind: intKind, text: "int", card: manyValues}
)

func times(a, b int) int { return min(a*b, manyValues) }

func power(a, n int) int {
	out := 1
	for range min(n, 24) {
		out = times(out, a)
	}
	return out
}

func rangeType(lo, hi int64) *typ {
	card := uint64(hi) - uint64(lo)
	return &typ{kind: rangeKind, text: fmt.Sprintf("%d..%d", lo, hi), lo: lo, hi: hi, card: int(min(card, manyValues-1)) + 1}
}

func (t *typ) isInt() bool { return t.kind == rangeKind || t.kind == intKind }

// iterable tells whether the name of the type can stand for the set of its values, and there are few.
func (t *typ) iterable(most int) bool {
	return t.card <= most && !strings.ContainsAny(t.text, "[.") && t.kind != intKind
}

// constructible tells whether a value can be written down where identities of symmetric types are known or not.
func (t *typ) constructible(identities bool) bool {
	all := func(fs []binding) bool {
		for _, f := range fs {
			if !f.typ.constructible(identities) {
				return false
			}
		}
		return true
	}
	switch t.kind {
	case symmetricKind:
		return identities
	case recordKind:
		return all(t.fields)
	case unionKind:
		for _, v := range t.variants {
			if all(v.fields) {
				return true
			}
		}
		return false
	case mapKind: // of several keys there is no literal
		return len(t.keys) == 1 && t.elem.constructible(identities)
	}
	return true
}

func (t *typ) hasIdentities() bool {
	if t.kind == symmetricKind || t.elem != nil && t.elem.hasIdentities() {
		return true
	}
	for _, k := range t.keys {
		if k.hasIdentities() {
			return true
		}
	}
	for _, f := range t.fields {
		if f.typ.hasIdentities() {
			return true
		}
	}
	for _, v := range t.variants {
		for _, f := range v.fields {
			if f.typ.hasIdentities() {
				return true
			}
		}
	}
	return false
}

func (w *world) declare(prefix, definition string, t *typ) *typ {
	t.text = w.name(prefix)
	w.types = append(w.types, "type "+t.text+" = "+definition)
	w.named = append(w.named, t)
	return t
}

// declareTypes declares one or two types of each kind that needs a name, and some of the others.
func (w *world) declareTypes() {
	for range w.between(1, 2) {
		r := rangeType(0, int64(w.upTo(3)))
		if shift := int64(w.upTo(4)); w.oneIn(2) {
			r = rangeType(r.lo-shift, r.hi-shift)
		}
		w.declare("N", r.text, r)
	}
	if w.oneIn(4) {
		r := rangeType(-9223372036854775807, 9223372036854775807)
		if w.oneIn(2) {
			r = rangeType(int64(w.upTo(3)), 99)
		}
		w.declare("Z", r.text, r)
	}
	if w.oneIn(3) { // a set of these takes more than a word
		a, b := binding{w.name("x"), rangeType(0, int64(w.between(5, 9)))}, binding{w.name("x"), rangeType(-6, 6)}
		r := &typ{kind: recordKind, fields: []binding{a, b}, card: a.typ.card * b.typ.card}
		w.declare("W", fmt.Sprintf("record {%s: %s, %s: %s}", a.name, a.typ.text, b.name, b.typ.text), r)
		w.drawn = append(w.drawn, setOf(r), setOf(r), setOf(r))
	}
	enum := &typ{kind: enumKind}
	for range w.between(1, 3) {
		enum.members = append(enum.members, w.name("m"))
	}
	enum.card = len(enum.members)
	w.declare("E", "enum {"+strings.Join(enum.members, ", ")+"}", enum)
	if w.oneIn(2) {
		s := rangeType(1, int64(w.between(1, 3)))
		w.declare("S", "symmetric "+s.text, &typ{kind: symmetricKind, lo: s.lo, hi: s.hi, card: s.card})
	}
	for range w.upTo(2) {
		w.declareRecord()
	}
	if w.oneIn(2) {
		w.declareUnion()
	}
	if w.oneIn(2) {
		t := w.typ(1)
		if strings.Contains(t.text, "[") {
			copied := *t
			w.declare("T", t.text, &copied)
		}
	}
}

// fieldsOf draws the fields of a record or a constructor.
func (w *world) fieldsOf(n int, identities bool) (fs []binding, text string, card int) {
	card = 1
	var parts []string
	for range n {
		t := w.typ(w.upTo(1))
		if t.card > 300 || !identities && !t.constructible(false) {
			t = boolType
		}
		f := binding{w.name("x"), t}
		fs = append(fs, f)
		parts = append(parts, f.name+": "+t.text)
		card = times(card, t.card)
	}
	return fs, strings.Join(parts, ", "), card
}

func (w *world) declareRecord() {
	r := &typ{kind: recordKind}
	var text string
	r.fields, text, r.card = w.fieldsOf(w.between(1, 3), false)
	w.declare("R", "record {"+text+"}", r)
}

func (w *world) declareUnion() {
	u := &typ{kind: unionKind}
	var parts []string
	for i := range w.between(1, 3) {
		v := variant{name: w.name("C")}
		fs, text, card := w.fieldsOf(w.upTo(2), i > 0)
		if len(fs) > 0 {
			text = "(" + text + ")"
		}
		v.fields = fs
		parts = append(parts, v.name+text)
		u.variants = append(u.variants, v)
		u.card = min(u.card+card, manyValues)
	}
	w.declare("U", "union { "+strings.Join(parts, " | ")+" }", u)
}

func (w *world) declared(kinds ...kind) *typ {
	var found []*typ
	for _, t := range w.named {
		for _, k := range kinds {
			if t.kind == k {
				found = append(found, t)
			}
		}
	}
	if len(found) == 0 {
		return boolType
	}
	return pick(w, found)
}

func (w *world) scalar() *typ {
	if w.oneIn(6) {
		return optionOf(w.declared(rangeKind, enumKind, symmetricKind))
	}
	switch w.upTo(5) {
	case 0:
		return boolType
	case 1:
		return rangeType(int64(-w.upTo(2)), int64(w.upTo(3)))
	}
	return w.declared(rangeKind, enumKind, symmetricKind)
}

func optionOf(t *typ) *typ {
	return &typ{kind: optionKind, text: "option[" + t.text + "]", elem: t, card: min(t.card+1, manyValues)}
}

func mapOf(value *typ, keys ...*typ) *typ {
	t := &typ{kind: mapKind, keys: keys, elem: value}
	text, card := "", 1
	for i, k := range keys {
		if i > 0 {
			text += ", "
		}
		text += k.text
		card *= k.card
	}
	t.text = "map[" + text + "]" + value.text
	t.card = power(value.card, card)
	return t
}

func setOf(elem *typ) *typ {
	return &typ{kind: setKind, text: "set[" + elem.text + "]", elem: elem, card: power(2, elem.card)}
}

// typ draws a type whose parts are nested at most depth deep. Many are types drawn before, so that values fit together.
func (w *world) typ(depth int) *typ {
	if depth > 0 && len(w.drawn) > 0 && w.oneIn(3) {
		return pick(w, w.drawn)
	}
	t := w.newType(depth)
	if t.kind >= recordKind {
		w.drawn = append(w.drawn, t)
	}
	return t
}

func (w *world) newType(depth int) *typ {
	if depth == 0 || w.oneIn(4) {
		return w.scalar()
	}
	elem := func(most int) *typ {
		t := w.typ(depth - 1)
		if t.card > most {
			t = w.scalar()
		}
		if t.card > most {
			t = boolType
		}
		return t
	}
	switch w.upTo(9) {
	case 0:
		return w.declared(recordKind, unionKind)
	case 1:
		return optionOf(elem(manyValues))
	case 2, 3:
		key, value := elem(6), elem(manyValues)
		if !key.iterable(6) {
			copied := *key
			key = w.declare("K", key.text, &copied)
		}
		if !value.constructible(false) {
			value = optionOf(value)
		}
		return mapOf(value, key)
	case 4, 5:
		return setOf(elem(260))
	case 6, 7:
		e := elem(manyValues)
		t := &typ{kind: seqKind, elem: e, max: w.between(1, 3)}
		t.text = fmt.Sprintf("seq[%s, %d]", e.text, t.max)
		for n := range t.max + 1 {
			t.card = min(t.card+power(e.card, n), manyValues)
		}
		return t
	default:
		e := elem(1000)
		t := &typ{kind: bagKind, elem: e, max: w.between(1, 3)}
		t.text = fmt.Sprintf("bag[%s, %d]", e.text, t.max)
		t.card = 1 // of n elements there are n+max over max bags
		for i := 1; i <= t.max; i++ {
			t.card = t.card * (e.card + i) / i
		}
		t.card = min(t.card, manyValues)
		return t
	}
}
