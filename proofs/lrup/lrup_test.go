package lrup_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/proofs/lrup"
)

func dimacs(vars int, formula [][]int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "p cnf %d %d\n", vars, len(formula))
	for _, c := range formula {
		for _, l := range c {
			fmt.Fprintf(&b, "%d ", l)
		}
		b.WriteString("0\n")
	}
	return b.String()
}

func text(p *lrup.Proof) string {
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		panic(err)
	}
	return b.String()
}

func check(vars int, formula [][]int, p *lrup.Proof) error {
	return lrup.Check(strings.NewReader(dimacs(vars, formula)), strings.NewReader(text(p)))
}

// satisfiable tries all assignments.
func satisfiable(vars int, formula [][]int) bool {
	for m := range 1 << vars {
		if !slices.ContainsFunc(formula, func(c []int) bool {
			return !slices.ContainsFunc(c, func(l int) bool { return m>>(max(l, -l)-1)&1 == 1 == (l > 0) })
		}) {
			return true
		}
	}
	return false
}

// drawn is a formula near the point where half of all have a model; some clauses repeat literals.
func drawn(r *rand.Rand) (int, [][]int) {
	vars := 4 + r.IntN(6)
	var formula [][]int
	for range vars*4 + r.IntN(3*vars) {
		var c []int
		for range 2 + r.IntN(2) + r.IntN(2) {
			l := 1 + r.IntN(vars)
			if r.IntN(2) == 0 {
				l = -l
			}
			c = append(c, l)
		}
		formula = append(formula, c)
	}
	return vars, formula
}

// resolvents is a proof by brute force: every clause over the variables from the longest to the empty one that follows. Each follows from the
// two that are longer by one variable, by unit propagation.
func resolvents(vars int, formula [][]int) [][]int {
	var out [][]int
	for n := vars; n >= 0; n-- {
		for m := range 1 << n {
			var c []int
			for v := range n {
				if m>>v&1 == 1 {
					c = append(c, -(v + 1))
				} else {
					c = append(c, v+1)
				}
			}
			out = append(out, c)
		}
	}
	return out
}

// Formulas without a model have a proof that is accepted, those with one have none.
func TestDrawnFormulas(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[bool]int{}
	for range 400 {
		vars, formula := drawn(r)
		sat := satisfiable(vars, formula)
		seen[sat]++
		p, err := lrup.Trim(vars, formula, resolvents(vars, formula), 1<<20)
		if sat != (err != nil) {
			t.Fatalf("%s\nhas a model: %v, and Trim says %v", dimacs(vars, formula), sat, err)
		}
		if err == nil {
			if err := check(vars, formula, p); err != nil {
				t.Fatalf("%s\n%s\n%v", dimacs(vars, formula), text(p), err)
			}
		}
	}
	if seen[true] < 50 || seen[false] < 50 {
		t.Errorf("%v with and without a model: the test sees too little", seen)
	}
}

// A proof that is altered anyhow is refused, or is one of a formula without a model all the same.
func TestAlteredProofs(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	refused := map[string]int{}
	for range 300 {
		vars, formula := drawn(r)
		p, err := lrup.Trim(vars, formula, resolvents(vars, formula), 1<<20)
		if err != nil {
			continue
		}
		alter := func(what string, f func(q *lrup.Proof, cnf [][]int) bool) {
			q := &lrup.Proof{}
			for _, s := range p.Steps {
				q.Steps = append(q.Steps, lrup.Step{ID: s.ID, Clause: slices.Clone(s.Clause), Hints: slices.Clone(s.Hints)})
			}
			var cnf [][]int
			for _, c := range formula {
				cnf = append(cnf, slices.Clone(c))
			}
			if !f(q, cnf) {
				return
			}
			if check(vars, cnf, q) != nil {
				refused[what]++
			} else if satisfiable(vars, cnf) {
				t.Fatalf("%s: accepted, and there is a model:\n%s\n%s", what, dimacs(vars, cnf), text(q))
			}
		}
		any := func(q *lrup.Proof) *lrup.Step { return &q.Steps[r.IntN(len(q.Steps))] }
		alter("a step dropped", func(q *lrup.Proof, _ [][]int) bool {
			i := r.IntN(len(q.Steps))
			q.Steps = slices.Delete(q.Steps, i, i+1)
			return true
		})
		alter("the last step dropped", func(q *lrup.Proof, _ [][]int) bool {
			q.Steps = q.Steps[:len(q.Steps)-1]
			return true
		})
		alter("hints swapped", func(q *lrup.Proof, _ [][]int) bool {
			s := any(q)
			if len(s.Hints) < 2 {
				return false
			}
			i, j := r.IntN(len(s.Hints)), len(s.Hints)-1
			s.Hints[i], s.Hints[j] = s.Hints[j], s.Hints[i]
			return true
		})
		alter("a hint changed", func(q *lrup.Proof, _ [][]int) bool {
			s := any(q)
			s.Hints[r.IntN(len(s.Hints))] = 1 + r.IntN(s.ID)
			return true
		})
		alter("a hint dropped", func(q *lrup.Proof, _ [][]int) bool {
			s := any(q)
			i := r.IntN(len(s.Hints))
			s.Hints = slices.Delete(s.Hints, i, i+1)
			return true
		})
		alter("a literal negated", func(q *lrup.Proof, _ [][]int) bool {
			s := any(q)
			if len(s.Clause) == 0 {
				return false
			}
			s.Clause[r.IntN(len(s.Clause))] *= -1
			return true
		})
		alter("a literal dropped", func(q *lrup.Proof, _ [][]int) bool {
			s := any(q)
			if len(s.Clause) == 0 {
				return false
			}
			s.Clause = s.Clause[1:]
			return true
		})
		alter("a literal of the formula negated", func(_ *lrup.Proof, cnf [][]int) bool {
			c := cnf[r.IntN(len(cnf))]
			c[r.IntN(len(c))] *= -1
			return true
		})
		alter("a clause of the formula dropped", func(_ *lrup.Proof, cnf [][]int) bool {
			i := r.IntN(len(cnf))
			cnf[i] = cnf[(i+1)%len(cnf)]
			return true
		})
	}
	t.Log(refused)
	for _, what := range []string{
		"a step dropped", "the last step dropped", "hints swapped", "a hint changed", "a hint dropped", "a literal negated", "a literal dropped",
		"a literal of the formula negated", "a clause of the formula dropped",
	} {
		if refused[what] < 5 {
			t.Errorf("%s: refused %d times only", what, refused[what])
		}
	}
}

// Solvers' proofs that are wrong are refused already when they are trimmed.
func TestTrimRefuses(t *testing.T) {
	for _, c := range []struct {
		vars    int
		formula [][]int
		rup     [][]int
		hints   int
		want    string
	}{
		{2, [][]int{{1, 2}}, [][]int{{1}}, 100, "lemma 1 does not follow"},
		{2, [][]int{{1, 2}, {1, -2}}, [][]int{{1}}, 100, "do not lead to the empty clause"},
		{2, [][]int{{1, 2}, {1, -2}}, [][]int{{1}, {}}, 100, "lemma 2 does not follow"},
		{1, [][]int{{2}}, nil, 100, "clause 1: got literal 2"},
		{2, [][]int{{1, 2}, {1, -2}}, [][]int{{1}}, 1, "the proof takes more hints than it may"},
		{1, [][]int{{1}}, [][]int{{0}}, 100, "lemma 1: got literal 0"},
	} {
		if _, err := lrup.Trim(c.vars, c.formula, c.rup, c.hints); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, %v: got %v, want %q", c.formula, c.rup, err, c.want)
		}
	}
}

// What is not a formula or not a proof is refused with a reason.
func TestCheckRefuses(t *testing.T) {
	const cnf = "c a comment\np cnf 2 4\n1 2 0 1 -2 0\n-1 2 0 -1 -2 0\n"
	const proof = "5 1 0 1 2 0\n6 0 5 3 4 0\n"
	for _, c := range []struct{ cnf, proof, want string }{
		{cnf, proof, ""},
		{cnf, "5 1 0 1 2 0\n5 d 1 0\n6 0 5 3 4 0\n", ""},
		{cnf, "5 1 0 1 2 0\n5 d 5 0\n6 0 5 3 4 0\n", "there is no clause 5"},
		{cnf, "5 1 0 1 2 0\n", "ends without the empty clause"},
		{cnf, "4 1 0 1 2 0\n", "got number 4 after 4"},
		{cnf, "5 0 1 2 0\n", "clause 1 has two literals"},
		{cnf, "5 1 0 -1 2 0\n", "there is no clause -1"},
		{cnf, "5 1 0 1 2 3 0\n", "there is a hint after clause 2"},
		{cnf, "5 1 0 1 0\n", "no hint names a clause that is false"},
		{cnf, "5 1 -1 0 1 2 0\n", "it has both -1 and 1"},
		{cnf, "5 3 0 1 2 0\n", "got literal 3"},
		{cnf, "5 1 0 1 2", "unexpected EOF"},
		{cnf, "5 one 0 1 2 0\n", `got "one"`},
		{"p cnf 2 5\n1 2 0", proof, "unexpected EOF"},
		{"p cnf 2 1\n1 2 0 1 0", proof, `got "1" after`},
		{"p cnf 1 1\n1 2 0", proof, "got literal 2"},
		{"1 2 0", proof, "no line p cnf"},
		{"", proof, "no line p cnf"},
		{"p cnf -1 1\n", proof, "got -1 variables"},
		{"p cnf 1000000000 1\n", proof, "at most 268435456 variables"},
	} {
		err := lrup.Check(strings.NewReader(c.cnf), strings.NewReader(c.proof))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q, %q: got %v, want %q", c.cnf, c.proof, err, c.want)
		}
	}
}
