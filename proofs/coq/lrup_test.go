package coq_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/coqtest"
	"github.com/bulkheadlang/bulkhead/proofs/coq"
)

// refuter makes LRUP proofs by trying both values of a variable after the other.
type refuter struct {
	clauses [][]int
	vars    int
	steps   []coq.LRUPStep
}

// refute adds the clause that not all decisions are true, or finds that they may be.
func (r *refuter) refute(decisions []int) bool {
	hints, open := propagate(r.clauses, decisions)
	if open != 0 && (!r.refute(append(slices.Clone(decisions), open)) || !r.refute(append(slices.Clone(decisions), -open))) {
		return false
	}
	if open != 0 {
		hints, open = propagate(r.clauses, decisions)
	}
	if open != 0 || hints == nil {
		return false
	}
	var c []int
	for _, d := range decisions {
		c = append(c, -d)
	}
	r.clauses = append(r.clauses, c)
	r.steps = append(r.steps, coq.LRUPStep{ID: len(r.clauses), Clause: c, Hints: hints})
	return true
}

// propagate takes the decisions to be true, and gives the clauses that lead to a contradiction, or else a literal that is open; neither where
// all clauses are true.
func propagate(clauses [][]int, decisions []int) (hints []int, open int) {
	known := map[int]bool{}
	for _, d := range decisions {
		known[d] = true
	}
	for again := true; again; {
		again = false
		for i, c := range clauses {
			left, satisfied := 0, false
			n := 0
			for _, l := range c {
				satisfied = satisfied || known[l]
				if !known[-l] && l != left {
					left = l
					n++
				}
			}
			switch {
			case satisfied || n > 1:
				continue
			case n == 0:
				return append(hints, i+1), 0
			}
			known[left], again = true, true
			hints = append(hints, i+1)
		}
	}
	for _, c := range clauses {
		if slices.ContainsFunc(c, func(l int) bool { return known[l] }) {
			continue
		}
		for _, l := range c {
			if !known[-l] {
				return nil, l
			}
		}
	}
	return nil, 0
}

// accepts checks a proof as LRUP is defined, without anything that makes it fast.
func accepts(formula [][]int, proof []coq.LRUPStep) bool {
	db := map[int][]int{}
	for i, c := range formula {
		db[i+1] = c
	}
	for _, s := range proof {
		for _, id := range s.Forget {
			delete(db, id)
		}
		if s.Forget != nil {
			continue
		}
		value := map[int]bool{}
		for _, l := range s.Clause {
			value[l], value[-l] = false, true
		}
		conflict := false
		for _, h := range s.Hints {
			c, ok := db[h]
			if !ok {
				return false
			}
			var left []int
			for _, l := range c {
				if v, ok := value[l]; (!ok || v) && !slices.Contains(left, l) {
					left = append(left, l)
				}
			}
			if len(left) > 1 {
				return false
			}
			if len(left) == 0 {
				conflict = true
				break
			}
			value[left[0]], value[-left[0]] = true, false
		}
		if !conflict {
			return false
		}
		if len(s.Clause) == 0 {
			return true
		}
		db[s.ID] = s.Clause
	}
	return false
}

func satisfiable(vars int, formula [][]int) bool {
	for m := range 1 << vars {
		if !slices.ContainsFunc(formula, func(c []int) bool {
			return !slices.ContainsFunc(c, func(l int) bool { return (m>>(max(l, -l)-1)&1 == 1) == (l > 0) })
		}) {
			return true
		}
	}
	return false
}

// drawFormula draws short clauses, or enough of three literals that few formulas have a model and proofs are long.
func drawFormula(r *rand.Rand, vars int) [][]int {
	long := vars > 4
	formula := make([][]int, vars*4+r.IntN(vars*3))
	if long {
		formula = make([][]int, vars*7)
	}
	for i := range formula {
		n := 3
		if !long {
			n = 1 + r.IntN(3) + r.IntN(2)
		}
		for range n {
			l := 1 + r.IntN(vars)
			if r.IntN(2) == 0 {
				l = -l
			}
			formula[i] = append(formula[i], l)
		}
	}
	return formula
}

// pigeons says that n+1 pigeons have holes of their own among n.
func pigeons(n int) [][]int {
	at := func(p, h int) int { return p*n + h + 1 }
	var formula [][]int
	for p := range n + 1 {
		var c []int
		for h := range n {
			c = append(c, at(p, h))
		}
		formula = append(formula, c)
		for q := range p {
			for h := range n {
				formula = append(formula, []int{-at(p, h), -at(q, h)})
			}
		}
	}
	return formula
}

// spoil changes a proof in one place.
func spoil(r *rand.Rand, proof []coq.LRUPStep) []coq.LRUPStep {
	proof = slices.Clone(proof)
	i := r.IntN(len(proof))
	s := &proof[i]
	switch r.IntN(6) {
	case 0:
		return slices.Delete(proof, i, i+1)
	case 1:
		s.Hints = slices.Clone(s.Hints)
		if len(s.Hints) > 0 {
			s.Hints[r.IntN(len(s.Hints))] = 1 + r.IntN(max(1, s.ID-1))
		}
	case 2:
		if len(s.Clause) > 0 {
			s.Clause = slices.Clone(s.Clause)
			s.Clause[r.IntN(len(s.Clause))] *= -1
		}
	case 3:
		if len(s.Clause) > 0 {
			s.Clause = s.Clause[1:]
		}
	case 4:
		if len(s.Hints) > 0 {
			s.Hints = s.Hints[:len(s.Hints)-1]
		}
	case 5:
		if s.Forget == nil {
			return slices.Insert(proof, i, coq.LRUPStep{Forget: []int{1 + r.IntN(s.ID-1)}})
		}
	}
	return proof
}

// TestLRUPOfCoq compares what Coq's checker says of proofs, right and spoilt, with the definition.
func TestLRUPOfCoq(t *testing.T) {
	coqtest.Need(t)
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var file strings.Builder
	file.WriteString("From Coq Require Import List ZArith.\nFrom Bulkhead Require Import Lrup.\nImport ListNotations.\n")
	var want []bool
	refuted, spoilt, hints := 0, 0, 0
	for range 60 {
		vars := 2 + r.IntN(11)
		formula := drawFormula(r, vars)
		made := &refuter{clauses: slices.Clone(formula), vars: vars}
		if made.refute(nil) == satisfiable(vars, formula) {
			t.Fatalf("the test's own proofs are wrong: %v", formula)
		}
		if len(made.steps) == 0 {
			continue
		}
		for _, s := range made.steps {
			hints += len(s.Hints)
		}
		proofs := [][]coq.LRUPStep{made.steps}
		for range 8 {
			proofs = append(proofs, spoil(r, made.steps))
		}
		for _, p := range proofs {
			ok := accepts(formula, p)
			if ok && satisfiable(vars, formula) {
				t.Fatalf("the test's own checker is wrong: %v %v", formula, p)
			}
			lines, err := coq.PackLRUP(len(formula), p)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, ok)
			if ok {
				refuted++
			} else {
				spoilt++
			}
			fmt.Fprintf(&file, "Eval vm_compute in check_text %s%%Z [%s]%%proof.\n", coqClauses(formula), quoted(lines))
		}
	}
	if refuted < 50 || spoilt < 100 || hints < 500 {
		t.Fatalf("%d proofs are right, %d are not, with %d hints: too few to compare", refuted, spoilt, hints)
	}
	out, err := coqtest.Run(t, coqtest.File{Name: "Many.v", Text: file.String()})
	if err != nil {
		t.Fatal(err)
	}
	var got []bool
	for line := range strings.Lines(out[0]) {
		if word, ok := strings.CutPrefix(strings.TrimSpace(line), "= "); ok {
			got = append(got, word == "true")
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("Coq says\n%v, want\n%v", got, want)
	}
}

func coqClauses(formula [][]int) string {
	return strings.ReplaceAll(fmt.Sprint(formula), " ", "; ")
}

func quoted(lines []string) string {
	var q []string
	for _, l := range lines {
		q = append(q, `"`+l+`"`)
	}
	return strings.Join(q, "; ")
}

func proofOfPigeons(t *testing.T, n int) ([][]int, []coq.LRUPStep) {
	t.Helper()
	r := &refuter{clauses: pigeons(n), vars: n * (n + 1)}
	if !r.refute(nil) {
		t.Fatal("pigeons share no hole")
	}
	return pigeons(n), r.steps
}

func written(t *testing.T, formula [][]int, proof []coq.LRUPStep) string {
	t.Helper()
	var b strings.Builder
	if err := coq.WriteLRUP(&b, formula, proof); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A file compiles where the proof is right, and its theorem assumes nothing; a proof without one of its steps, or of another formula, does not
// compile.
func TestWriteLRUP(t *testing.T) {
	coqtest.Need(t)
	formula, proof := proofOfPigeons(t, 4)
	short := slices.Delete(slices.Clone(proof), 1, 2)
	if accepts(formula, short) {
		t.Fatal("a step of the proof is not needed")
	}
	if got := coqtest.Assumptions(t, []string{"Test.Pigeons.unsatisfiable"}, coqtest.File{Name: "Pigeons.v", Text: written(t, formula, proof)}); len(got["Test.Pigeons.unsatisfiable"]) != 0 {
		t.Errorf("it assumes %q", got)
	}
	for name, text := range map[string]string{
		"a step left out":   written(t, formula, short),
		"a clause left out": written(t, append(slices.Clone(formula[:5]), formula[6:]...), proof),
	} {
		if out, err := coqtest.Run(t, coqtest.File{Name: "Wrong.v", Text: text}); err == nil {
			t.Errorf("%s: Coq accepts it: %s", name, out)
		}
	}
}

func TestWriteLRUPRefuses(t *testing.T) {
	for want, proof := range map[string][]coq.LRUPStep{
		"step 1: got number 2 after 2":                    {{ID: 2, Hints: []int{1, 2}}},
		"step 2: got number 3 after 3":                    {{ID: 3, Clause: []int{1}, Hints: []int{1}}, {ID: 3, Hints: []int{1, 2}}},
		"step 1: got clause 3, want one from 1 to 2":      {{ID: 3, Hints: []int{1, 3}}},
		"step 1: got clause -1, want one from 1 to 2":     {{ID: 3, Hints: []int{-1}}},
		"step 1: a literal is 0":                          {{ID: 3, Clause: []int{0}, Hints: []int{1, 2}}},
		"step 1: it forgets clauses, and has other parts": {{ID: 3, Hints: []int{1, 2}, Forget: []int{1}}},
		"step 2: got clause 4, want one from 1 to 3":      {{ID: 3, Clause: []int{1}, Hints: []int{1}}, {Forget: []int{3, 4}}},
	} {
		if err := coq.WriteLRUP(&strings.Builder{}, [][]int{{1}, {-1}}, proof); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := coq.WriteLRUP(&strings.Builder{}, [][]int{{1}, {0}}, nil); err == nil || err.Error() != "clause 2: a literal is 0" {
		t.Errorf("got %v", err)
	}
}

func TestWriteLRUPText(t *testing.T) {
	got := written(t, [][]int{{1, -20}, {}}, []coq.LRUPStep{{ID: 3, Clause: []int{-20, 1}, Hints: []int{1}}, {Forget: []int{1, 3}}, {ID: 4, Hints: []int{2}}})
	want := `From Coq Require Import List ZArith.
From Bulkhead Require Import Lrup.
Import ListNotations.

Definition formula : list (list Z) := [
  [1; -20];
  []
]%Z.

Definition proof : list text := [
  "AiAB@B@@BA@A@C@"
]%proof.

Theorem unsatisfiable : unsat formula.
Proof. apply (check_text_sound formula proof). vm_cast_no_check (eq_refl true). Qed.
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
