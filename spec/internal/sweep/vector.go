package sweep

import (
	"math/bits"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/symbolic"
)

// vector computes a function at many places of a state at once, bit by bit: a register has a word for each word of the state
// that there are places in, and in it one bit for each place, at the place. The values of a variable for all places come
// into registers, a bit of it into each, by shifting the state; then they are combined as the diagram of the function
// says (L. Lamport, Multiple byte processing with full-word instructions, CACM 18(8), 1975).
type vector struct {
	first, words int
	places       []uint64 // of the words: a bit at each place
	from         int      // the first word of the state that bits are loaded from
	reads        []uint64 // from there on: the bits that are loaded
	code         []instruction
	outs         []int32 // registers: the bits of what becomes of the variables, the lowest first
	other        int32   // register: where that is not what was there; none where nobody asks
}

// size is the words of all registers.
func (v *vector) size() int { return (len(v.code) + int(registers)) * v.words }

// Registers none and all have no bit and one at every place; instruction i writes register i+2.
const (
	none int32 = iota
	all
	registers
)

// instruction combines registers, or loads the bits of the state that lie so many bits after the places.
type instruction struct {
	op      operation
	a, b, c int32
	offset  int
}

type operation uint8

const (
	load    operation = iota
	both              // a and b
	either            // a or b
	without           // a and not b
	mux               // b where a is, c elsewhere
)

// coder makes the instructions of a vector from the functions of one of its lanes, that of variable i.
type coder struct {
	m    *symbolic.Machine
	i    int
	code []instruction
	seen map[instruction]int32
	bits map[codedBit]int32
}

type codedBit struct {
	n   node
	bit uint
}

// vectorOf makes the vector of lanes, with asked for whether any lane changes.
func (b *builder) vectorOf(d *draft, group []lane, asked bool) vector {
	first := b.m.Vars[d.changed[group[0].k]].Word
	v := vector{first: first, words: b.m.Vars[d.changed[group[len(group)-1].k]].Word - first + 1, other: none}
	v.places = make([]uint64, v.words)
	for _, l := range group {
		at := &b.m.Vars[d.changed[l.k]]
		v.places[at.Word-first] |= 1 << at.Shift
	}
	l := group[0]
	i := d.changed[l.k]
	c := &coder{m: b.m, i: i, seen: map[instruction]int32{}, bits: map[codedBit]int32{}}
	for bit := range b.m.Vars[i].Width {
		v.outs = append(v.outs, c.bit(d.next[l.k], bit))
	}
	if asked {
		v.other = c.bit(b.moves(d, l), 0)
	}
	v.code = c.code
	v.from, v.reads = v.loads(b.words)
	return v
}

// loads gives the bits of a state of so many words that are loaded, from the first word on that has any.
func (v *vector) loads(words int) (first int, reads []uint64) {
	reads = make([]uint64, words)
	for _, in := range v.code {
		if in.op != load {
			continue
		}
		for i, x := range v.places {
			for ; x != 0; x &= x - 1 {
				at := 64*(v.first+i) + bits.TrailingZeros64(x) + in.offset
				reads[at>>6] |= 1 << (at & 63)
			}
		}
	}
	for ; len(reads) > 0 && reads[0] == 0; first++ {
		reads = reads[1:]
	}
	for len(reads) > 0 && reads[len(reads)-1] == 0 {
		reads = reads[:len(reads)-1]
	}
	return first, reads
}

func (c *coder) add(in instruction) int32 {
	if r, ok := c.seen[in]; ok {
		return r
	}
	r := int32(len(c.code)) + registers
	c.code = append(c.code, in)
	c.seen[in] = r
	return r
}

// choose is a where x is, b elsewhere.
func (c *coder) choose(x, a, b int32) int32 {
	switch {
	case a == b:
		return a
	case a == all && b == none:
		return x
	case a == none:
		return c.add(instruction{op: without, a: b, b: x})
	case b == none:
		return c.add(instruction{op: both, a: x, b: a})
	case a == all:
		return c.add(instruction{op: either, a: x, b: b})
	}
	return c.add(instruction{op: mux, a: x, b: a, c: b})
}

// bit is the register of a bit of a function.
func (c *coder) bit(n node, bit uint) int32 {
	if v, ok := c.m.IsConst(n); ok {
		if v>>bit&1 == 1 {
			return all
		}
		return none
	}
	key := codedBit{n, bit}
	if r, ok := c.bits[key]; ok {
		return r
	}
	i := c.m.Variable(n)
	var kids []int32
	for v := range c.m.Size(i) {
		kids = append(kids, c.bit(c.m.Child(n, v), bit))
	}
	own, v := &c.m.Vars[c.i], &c.m.Vars[i]
	offset := (v.Word-own.Word)*64 + int(v.Shift) - int(own.Shift)
	for ; len(kids) > 1; offset++ { // by the lowest bit of the variable, then by the next
		var half []int32
		for k := 0; k < len(kids); k += 2 {
			if k+1 == len(kids) { // no value has that bit there
				half = append(half, kids[k])
			} else if kids[k] == kids[k+1] {
				half = append(half, kids[k])
			} else {
				half = append(half, c.choose(c.add(instruction{op: load, offset: offset}), kids[k+1], kids[k]))
			}
		}
		kids = half
	}
	c.bits[key] = kids[0]
	return kids[0]
}

// work is what a Runner has for a vector. States that come one after another mostly have the same bits there.
type work struct {
	state     uint64   // the number of the state that it is for
	loaded    []uint64 // the bits that are loaded of that state
	registers []uint64
	some      bool // some lane changes
}

func newWork(v *vector) work {
	w := work{registers: make([]uint64, v.size()), loaded: make([]uint64, len(v.reads))}
	copy(w.registers[int(all)*v.words:], v.places)
	return w
}

// load takes the bits that are loaded from the state, and tells whether one is another than in the state before.
func (w *work) load(v *vector, s model.State) (other bool) {
	differ := uint64(0)
	for i, m := range v.reads {
		x := s[v.from+i] & m
		differ |= x ^ w.loaded[i]
		w.loaded[i] = x
	}
	return differ != 0
}

// vector has the registers of vector id computed for the state at hand.
func (r *Runner) vector(id int32, s model.State) *work {
	w := &r.works[id]
	if w.state == r.state {
		return w
	}
	v := &r.p.vectors[id]
	if other := w.load(v, s); w.state != 0 && !other {
		w.state = r.state
		return w
	}
	w.state = r.state
	n := v.words
	if r.widened != r.state { // the state with as many words before it and behind it, which no place is in
		copy(r.wide[len(s):], s)
		r.widened = r.state
	}
	register := func(k int32) []uint64 { return w.registers[int(k)*n:][:n] }
	to := w.registers[int(registers)*n:]
	for i := range v.code {
		in := &v.code[i]
		out := to[i*n:][:n]
		switch in.op {
		case load:
			loaded(out, r.wide[len(s)+v.first+in.offset>>6:], v.places, uint(in.offset))
		case both:
			intersected(out, register(in.a), register(in.b))
		case either:
			united(out, register(in.a), register(in.b))
		case without:
			differing(out, register(in.a), register(in.b))
		default:
			chosen(out, register(in.a), register(in.b), register(in.c))
		}
	}
	w.some = slices.ContainsFunc(register(v.other), func(x uint64) bool { return x != 0 })
	return w
}

// The operations are functions of their own: so all they use is in registers of the processor.

//go:noinline
func loaded(out, from, places []uint64, offset uint) {
	shift := offset & 63 // and so below, for the compiler
	places, low, high := places[:len(out)], from[:len(out)], from[1:][:len(out)]
	for k := range out {
		out[k] = (low[k]>>(shift&63) | high[k]<<1<<(63-shift&63)) & places[k]
	}
}

//go:noinline
func intersected(out, a, b []uint64) {
	a, b = a[:len(out)], b[:len(out)]
	for k := range out {
		out[k] = a[k] & b[k]
	}
}

//go:noinline
func united(out, a, b []uint64) {
	a, b = a[:len(out)], b[:len(out)]
	for k := range out {
		out[k] = a[k] | b[k]
	}
}

//go:noinline
func differing(out, a, b []uint64) {
	a, b = a[:len(out)], b[:len(out)]
	for k := range out {
		out[k] = a[k] &^ b[k]
	}
}

//go:noinline
func chosen(out, a, b, c []uint64) {
	a, b, c = a[:len(out)], b[:len(out)], c[:len(out)]
	for k := range out {
		out[k] = c[k] ^ a[k]&(b[k]^c[k])
	}
}

// hold tells whether conditions on lanes hold in the state at hand.
func (r *Runner) hold(s model.State, conditions []some) bool {
	for _, c := range conditions {
		if r.vector(c.vector, s).some != c.want {
			return false
		}
	}
	return true
}

// put puts what a vector computes into a state from which the bits there have been taken.
func (r *Runner) put(id int32, s, t model.State) {
	w, v := r.vector(id, s), &r.p.vectors[id]
	t = t[v.first:][:v.words]
	for bit, k := range v.outs {
		out := w.registers[int(k)*v.words:][:v.words]
		for i := range t {
			t[i] |= out[i] << (bit & 63)
		}
	}
}
