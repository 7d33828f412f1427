package lrup

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// Step is a clause that follows from those that its hints name.
type Step struct {
	ID     int
	Clause []int
	Hints  []int
}

// Proof is a proof that a formula has no model: the last clause is empty. Clauses of the formula have the numbers from 1.
type Proof struct {
	Steps   []Step
	Dropped int // steps of the solver's proof that nothing needed
	Hints   int
}

// Write writes the text that Check reads.
func (p *Proof) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	var buf []byte
	for _, s := range p.Steps {
		buf = strconv.AppendInt(buf[:0], int64(s.ID), 10)
		for _, list := range [2][]int{s.Clause, s.Hints} {
			for _, n := range list {
				buf = strconv.AppendInt(append(buf, ' '), int64(n), 10)
			}
			buf = append(buf, " 0"...)
		}
		if _, err := out.Write(append(buf, '\n')); err != nil {
			return err
		}
	}
	return out.Flush()
}

// ErrHints is the error of a proof that takes more hints than it may.
var ErrHints = errors.New("the proof takes more hints than it may")

// Trim turns a proof by reverse unit propagation (RUP), as SAT solvers write it, into one with hints, and leaves out what nothing
// needs. The error is ErrHints where all steps, those that are left out among them, have more than so many hints; or it says which clause does not
// follow by unit propagation, or that they do not lead to the empty clause.
func Trim(vars int, formula, rup [][]int, most int) (*Proof, error) {
	t := &trimmer{
		value:   make([]int8, 2*vars+2),
		watches: make([][]int32, 2*vars+2),
		reason:  make([]int32, vars+1),
		unit:    make([]int32, vars+1),
		mark:    make([]uint8, vars+1),
		formula: len(formula),
	}
	for i, c := range formula {
		if err := t.known(c); err != nil {
			return nil, fmt.Errorf("clause %d: %w", i+1, err)
		}
		t.add(c, i+1)
		if t.propagate(); t.done {
			return t.proof(), nil
		}
	}
	for i, c := range rup {
		if err := t.known(c); err != nil {
			return nil, fmt.Errorf("lemma %d: %w", i+1, err)
		}
		if !t.lemma(c) {
			return nil, fmt.Errorf("lemma %d does not follow by unit propagation", i+1)
		}
		if t.done {
			return t.proof(), nil
		}
		if t.hints > most {
			return nil, ErrHints
		}
	}
	return nil, fmt.Errorf("the %d lemmas do not lead to the empty clause", len(rup))
}

// trimmer propagates units with two watched literals a clause. What follows from the clauses alone stays on the trail, and has a
// step of its own, so that hints of later steps are short.
type trimmer struct {
	formula int
	clauses []clause
	watches [][]int32 // by literal: the clauses that watch it
	value   []int8    // by literal: 1 true, -1 false
	trail   []int32
	head    int
	reason  []int32 // by variable: the clause that made it so, -1 where it is assumed
	unit    []int32 // by variable: the number of the step that is its literal, 0 where there is none
	mark    []uint8
	steps   []Step
	hints   int // of all steps
	done    bool
}

type clause struct {
	lits []int32
	id   int
}

// Marks of variables.
const (
	needed uint8 = 1 + iota
	own          // of the lemma at hand
)

// literal 2v is variable v, 2v+1 its negation.
func literal(n int) int32 {
	if n < 0 {
		return int32(-2*n + 1)
	}
	return int32(2 * n)
}

func number(l int32) int {
	if l&1 != 0 {
		return -int(l >> 1)
	}
	return int(l >> 1)
}

func (t *trimmer) known(c []int) error {
	for _, n := range c {
		if n == 0 || max(n, -n) >= len(t.unit) {
			return fmt.Errorf("got literal %d, want one of variables 1 to %d", n, len(t.unit)-1)
		}
	}
	return nil
}

// add takes in a clause that follows, of a number.
func (t *trimmer) add(c []int, id int) {
	var lits []int32
	for _, n := range c {
		if l := literal(n); !slices.Contains(lits, l) {
			lits = append(lits, l)
		}
	}
	for _, l := range lits {
		if slices.Contains(lits, l^1) {
			return // it says nothing
		}
	}
	slices.SortStableFunc(lits, func(a, b int32) int { return int(t.value[b]) - int(t.value[a]) }) // the false ones last
	at := int32(len(t.clauses))
	t.clauses = append(t.clauses, clause{lits, id})
	if len(lits) > 1 {
		t.watches[lits[0]] = append(t.watches[lits[0]], at)
		t.watches[lits[1]] = append(t.watches[lits[1]], at)
	}
	switch {
	case len(lits) == 0 || t.value[lits[0]] < 0:
		t.conflict(at)
	case t.value[lits[0]] == 0 && (len(lits) == 1 || t.value[lits[1]] < 0):
		t.fixed(lits[0], at)
	}
}

// fixed puts a literal that follows from a clause and the trail on it for good.
func (t *trimmer) fixed(l, from int32) {
	c := &t.clauses[from]
	id := c.id
	if len(c.lits) > 1 {
		id = t.step([]int{number(l)}, append(t.units(c.lits, l), c.id))
	}
	t.unit[l>>1] = int32(id)
	t.assign(l, from)
}

// units are the numbers of the steps that make the literals of a clause false, but for one.
func (t *trimmer) units(lits []int32, but int32) []int {
	var out []int
	for _, l := range lits {
		if l != but {
			out = append(out, int(t.unit[l>>1]))
		}
	}
	return out
}

func (t *trimmer) step(c, hints []int) int {
	id := t.formula + len(t.steps) + 1
	t.steps = append(t.steps, Step{id, c, hints})
	t.hints += len(hints)
	return id
}

// conflict ends the proof: all literals of a clause are false for good.
func (t *trimmer) conflict(at int32) {
	if !t.done {
		c := &t.clauses[at]
		t.step([]int{}, append(t.units(c.lits, -1), c.id))
		t.done = true
	}
}

func (t *trimmer) assign(l, from int32) {
	t.value[l], t.value[l^1] = 1, -1
	t.reason[l>>1] = from
	t.trail = append(t.trail, l)
}

// propagate does what follows from the clauses alone.
func (t *trimmer) propagate() {
	if at := t.spread(true); at >= 0 {
		t.conflict(at)
	}
}

// spread goes through the trail and gives a clause that is false, or -1.
func (t *trimmer) spread(good bool) int32 {
	for ; t.head < len(t.trail) && !t.done; t.head++ {
		gone := t.trail[t.head] ^ 1
		list := t.watches[gone]
		kept := list[:0]
		for i, at := range list {
			lits := t.clauses[at].lits
			if lits[0] == gone {
				lits[0], lits[1] = lits[1], gone
			}
			if t.value[lits[0]] > 0 {
				kept = append(kept, at)
				continue
			}
			if k := slices.IndexFunc(lits[2:], func(l int32) bool { return t.value[l] >= 0 }); k >= 0 {
				lits[1], lits[2+k] = lits[2+k], gone
				t.watches[lits[1]] = append(t.watches[lits[1]], at)
				continue
			}
			kept = append(kept, at)
			if t.value[lits[0]] < 0 {
				t.watches[gone] = append(kept, list[i+1:]...)
				return at
			}
			if good {
				t.fixed(lits[0], at)
			} else {
				t.assign(lits[0], at)
			}
		}
		t.watches[gone] = kept
	}
	return -1
}

// lemma checks a clause and takes it in.
func (t *trimmer) lemma(c []int) bool {
	start := len(t.trail)
	for _, n := range c {
		if t.value[literal(n)] > 0 {
			return true // a unit says as much
		}
	}
	for _, n := range c {
		l := literal(n)
		t.mark[l>>1] = own
		if t.value[l] > 0 { // it says nothing
			t.undo(start, c)
			return true
		}
		if t.value[l] == 0 {
			t.assign(l^1, -1)
		}
	}
	at := t.spread(false)
	if at < 0 {
		t.undo(start, c)
		return false
	}
	hints := t.explain(at, start)
	t.undo(start, c)
	t.add(c, t.step(slices.Clone(c), hints))
	t.propagate()
	return true
}

func (t *trimmer) undo(start int, c []int) {
	for _, l := range t.trail[start:] {
		t.value[l], t.value[l^1] = 0, 0
	}
	t.trail = t.trail[:start]
	t.head = start
	for _, n := range c {
		t.mark[max(n, -n)] = 0
	}
}

// explain lists what led to a false clause: units, then the clauses that propagated, in order.
func (t *trimmer) explain(at int32, start int) []int {
	var units, rest []int
	var marked []int32
	need := func(c *clause, but int32) {
		rest = append(rest, c.id)
		for _, l := range c.lits {
			v := l >> 1
			if l == but || t.mark[v] != 0 {
				continue
			}
			t.mark[v] = needed
			marked = append(marked, v)
			if t.unit[v] != 0 {
				units = append(units, int(t.unit[v]))
			}
		}
	}
	need(&t.clauses[at], -1)
	for _, l := range slices.Backward(t.trail[start:]) {
		if v := l >> 1; t.mark[v] == needed {
			need(&t.clauses[t.reason[v]], l)
		}
	}
	for _, v := range marked {
		t.mark[v] = 0
	}
	slices.Reverse(rest)
	return append(units, rest...)
}

// proof is what the last step needs, with new numbers.
func (t *trimmer) proof() *Proof {
	keep := make([]bool, len(t.steps))
	keep[len(t.steps)-1] = true
	for i, s := range slices.Backward(t.steps) {
		if !keep[i] {
			continue
		}
		for _, h := range s.Hints {
			if h > t.formula {
				keep[h-t.formula-1] = true
			}
		}
	}
	out := &Proof{}
	renamed := make([]int, len(t.steps))
	for i, s := range t.steps {
		if !keep[i] {
			out.Dropped++
			continue
		}
		s.ID = t.formula + len(out.Steps) + 1
		renamed[i] = s.ID
		hints := slices.Clone(s.Hints)
		for k, h := range hints {
			if h > t.formula {
				hints[k] = renamed[h-t.formula-1]
			}
		}
		s.Hints = hints
		out.Hints += len(hints)
		out.Steps = append(out.Steps, s)
	}
	return out
}
