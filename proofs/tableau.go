package proofs

import (
	"errors"
	"math/bits"
	"slices"
	"sync"

	"github.com/bulkheadlang/bulkhead/model"
)

// tableau says what runs of which a formula is false have to do, step by step (Gerth, Peled, Vardi and Wolper, Simple on-the-fly automatic
// verification of linear temporal logic, 1995).
//
// The negation of the formula is the first duty. A duty, a formula that is to be true from a place of a run on, is met by what is
// true there and of the step that is taken (the letter), and by duties that are left for the place after: `p until q` by q, or by p and itself;
// `p release q` by q and either p or itself; `next p` by p. A way to meet some duties has a set of duties after it and a set of those untils that it
// postpones. On a run of which all duties are true there is always one whose duties after it are true of the rest and that
// postpones an until only where its q is false; so none is postponed for ever. Hence no run is of which the
// formula is false unless there is an endless chain of ways on it that postpones no until for ever.
type tableau struct {
	forms  []form
	key    map[form]int
	made   map[signed]int
	letter []int // the propositions that matter; bit i of a letter is the value of letter[i]
	duties []int // of forms: what may be left to do; a set of duties has a bit for each
	duty   map[int]int
	ways   sync.Map // by set of duties and letter: what meets gives
}

// form is a formula in negation normal form. a and b are places in forms or, of a literal, the bit of the letter and its value.
type form struct {
	op   formOp
	a, b int
}

type formOp uint8

const (
	constant formOp = iota // a is 1 for true
	literal
	both
	either
	next
	until
	release
)

type signed struct {
	f       *model.Formula
	negated bool
}

// way is a way to meet some duties in a letter.
type way struct {
	after     uint64 // duties
	postponed uint64 // of them, untils
}

type situation struct{ duties, letter uint64 }

// A set or a letter has a word; with more ways than mostWays to meet the duties of a place nothing is certified.
const (
	wordBits = 64
	mostWays = 1 << 8
)

// linear are the operators of formulas that are true of a run or not.
var linear = []model.Op{
	model.NextOp, model.AlwaysOp, model.EventuallyOp, model.UntilOp, model.ReleaseOp, model.WeakUntilOp, model.LeadsToOp,
}

var errComplex = errors.New("the formula is too large for a certificate")

// newTableau makes that of the negation of a formula, which is duty 0.
func newTableau(f *model.Formula, props int) (*tableau, error) {
	if err := wellFormed(f, props, linear...); err != nil {
		return nil, err
	}
	t := &tableau{key: map[form]int{}, made: map[signed]int{}, duty: map[int]int{}}
	root := t.make(f, true)
	t.owe(root)
	for i, f := range t.forms {
		switch f.op {
		case next:
			t.owe(f.a)
		case until, release:
			t.owe(i)
		}
	}
	if len(t.duties) > wordBits || len(t.letter) > wordBits {
		return nil, errComplex
	}
	return t, nil
}

func (t *tableau) owe(form int) {
	if _, ok := t.duty[form]; !ok {
		t.duty[form] = len(t.duties)
		t.duties = append(t.duties, form)
	}
}

func (t *tableau) form(op formOp, a, b int) int {
	f := form{op, a, b}
	n, ok := t.key[f]
	if !ok {
		n = len(t.forms)
		t.key[f] = n
		t.forms = append(t.forms, f)
	}
	return n
}

// make gives the normal form of a formula or of its negation.
func (t *tableau) make(f *model.Formula, negated bool) (n int) {
	if n, ok := t.made[signed{f, negated}]; ok {
		return n
	}
	defer func() { t.made[signed{f, negated}] = n }()
	arg := func(k int, negated bool) int { return t.make(f.Args[k], negated) }
	truth := func(v bool) int { return t.form(constant, map[bool]int{true: 1}[v], 0) }
	// dual gives op or, of a negation, that which its negation is.
	dual := func(op, other formOp, a, b int) int {
		if negated {
			op = other
		}
		return t.form(op, a, b)
	}
	switch f.Op {
	case model.TrueOp, model.FalseOp:
		return truth((f.Op == model.TrueOp) != negated)
	case model.PropositionOp:
		at := slices.Index(t.letter, f.Prop)
		if at < 0 {
			at = len(t.letter)
			t.letter = append(t.letter, f.Prop)
		}
		return t.form(literal, at, map[bool]int{false: 1}[negated])
	case model.NotOp:
		return arg(0, !negated)
	case model.AndOp, model.OrOp:
		out := truth((f.Op == model.AndOp) != negated)
		for k := range f.Args {
			if f.Op == model.AndOp {
				out = dual(both, either, out, arg(k, negated))
			} else {
				out = dual(either, both, out, arg(k, negated))
			}
		}
		return out
	case model.ImpliesOp:
		return dual(either, both, arg(0, !negated), arg(1, negated))
	case model.IffOp:
		return t.form(either, t.form(both, arg(0, false), arg(1, negated)), t.form(both, arg(0, true), arg(1, !negated)))
	case model.NextOp:
		return t.form(next, arg(0, negated), 0)
	case model.AlwaysOp:
		return dual(release, until, truth(negated), arg(0, negated))
	case model.EventuallyOp:
		return dual(until, release, truth(!negated), arg(0, negated))
	case model.UntilOp:
		return dual(until, release, arg(0, negated), arg(1, negated))
	case model.ReleaseOp:
		return dual(release, until, arg(0, negated), arg(1, negated))
	case model.WeakUntilOp: // q release (p or q)
		return dual(release, until, arg(1, negated), dual(either, both, arg(0, negated), arg(1, negated)))
	default: // LeadsToOp: always (not p or eventually q)
		comes := dual(until, release, truth(!negated), arg(1, negated))
		return dual(release, until, truth(negated), dual(either, both, arg(0, !negated), comes))
	}
}

// letterOf gives the letter of a place and of a step that leaves it, or nil for none.
func (t *tableau) letterOf(state, step []uint64) (letter uint64) {
	for i, prop := range t.letter {
		if has(state, prop) || step != nil && has(step, prop) {
			letter |= 1 << i
		}
	}
	return letter
}

// meets gives the ways to meet some duties in a letter.
func (t *tableau) meets(duties, letter uint64) ([]way, error) {
	at := situation{duties, letter}
	if out, ok := t.ways.Load(at); ok {
		return out.([]way), nil
	}
	out := []way{{}}
	for rest := duties; rest != 0; rest &= rest - 1 {
		more, err := t.expand(t.duties[bits.TrailingZeros64(rest)], letter)
		if err == nil {
			out, err = together(out, more)
		}
		if err != nil {
			return nil, err
		}
	}
	t.ways.Store(at, out)
	return out, nil
}

// expand gives the ways to make a formula true in a letter.
func (t *tableau) expand(n int, letter uint64) ([]way, error) {
	f := t.forms[n]
	one := func(ok bool) ([]way, error) {
		if ok {
			return []way{{}}, nil
		}
		return nil, nil
	}
	switch f.op {
	case constant:
		return one(f.a == 1)
	case literal:
		return one(int(letter>>f.a&1) == f.b)
	case next:
		return []way{{after: 1 << t.duty[f.a]}}, nil
	}
	a, err := t.expand(f.a, letter)
	if err != nil {
		return nil, err
	}
	b, err := t.expand(f.b, letter)
	if err != nil {
		return nil, err
	}
	switch f.op {
	case both:
		return together(a, b)
	case either:
		return least(append(slices.Clone(a), b...))
	case until:
		self := uint64(1) << t.duty[n]
		a, err = together(a, []way{{self, self}})
		if err != nil {
			return nil, err
		}
		return least(append(slices.Clone(b), a...))
	default: // release
		self := uint64(1) << t.duty[n]
		return together(b, append(slices.Clone(a), way{after: self}))
	}
}

// together gives the ways to do both of two things.
func together(a, b []way) ([]way, error) {
	var out []way
	for _, v := range a {
		for _, w := range b {
			out = append(out, way{v.after | w.after, v.postponed | w.postponed})
		}
	}
	return least(out)
}

// least leaves out each way that asks for all that another one asks for: whoever can go it can go the other.
func least(ways []way) ([]way, error) {
	var out []way
	for _, w := range ways {
		within := func(v way) bool { return v.after&^w.after == 0 && v.postponed&^w.postponed == 0 }
		if slices.ContainsFunc(out, within) {
			continue
		}
		out = slices.DeleteFunc(out, func(v way) bool { return w.after&^v.after == 0 && w.postponed&^v.postponed == 0 })
		if out = append(out, w); len(out) > mostWays {
			return nil, errComplex
		}
	}
	return out, nil
}

// forever tells whether all of some duties are true where a letter is repeated for ever.
func (t *tableau) forever(duties, letter uint64) bool {
	for rest := duties; rest != 0; rest &= rest - 1 {
		if !t.repeated(t.duties[bits.TrailingZeros64(rest)], letter) {
			return false
		}
	}
	return true
}

func (t *tableau) repeated(n int, letter uint64) bool {
	f := t.forms[n]
	switch f.op {
	case constant:
		return f.a == 1
	case literal:
		return int(letter>>f.a&1) == f.b
	case both:
		return t.repeated(f.a, letter) && t.repeated(f.b, letter)
	case either:
		return t.repeated(f.a, letter) || t.repeated(f.b, letter)
	case next:
		return t.repeated(f.a, letter)
	default: // until, release: p does not matter where q is the same for ever
		return t.repeated(f.b, letter)
	}
}
