package sweep

import (
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
	return v
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

// work is what a Runner has for a vector.
type work struct {
	registers []uint64
	state     uint64 // the number of the state that they are for
	some      bool   // some lane changes
}

func newWork(v *vector) work {
	w := work{registers: make([]uint64, v.size())}
	copy(w.registers[int(all)*v.words:], v.places)
	return w
}

// vector has the registers of vector id computed for the state at hand.
func (r *Runner) vector(id int32, s model.State) *work {
	w := &r.works[id]
	if w.state == r.state {
		return w
	}
	w.state = r.state
	v := &r.p.vectors[id]
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
			shift := uint(in.offset & 63)
			from := r.wide[len(s)+v.first+in.offset>>6:]
			low, high, places := from[:n], from[1:][:n], v.places[:n]
			for k := range out {
				out[k] = (low[k]>>shift | high[k]<<(64-shift)) & places[k]
			}
		case both:
			a, b := register(in.a), register(in.b)
			for k := range out {
				out[k] = a[k] & b[k]
			}
		case either:
			a, b := register(in.a), register(in.b)
			for k := range out {
				out[k] = a[k] | b[k]
			}
		case without:
			a, b := register(in.a), register(in.b)
			for k := range out {
				out[k] = a[k] &^ b[k]
			}
		default:
			a, b, c := register(in.a), register(in.b), register(in.c)
			for k := range out {
				out[k] = c[k] ^ a[k]&(b[k]^c[k])
			}
		}
	}
	w.some = slices.ContainsFunc(register(v.other), func(x uint64) bool { return x != 0 })
	return w
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
