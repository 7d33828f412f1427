package sat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/crillab/gophersat/solver"

	"github.com/bulkheadlang/bulkhead/proofs/lrup"
)

// answer is what a solver found out of a formula: a model, or a proof that there is none, which has been checked.
type answer struct {
	model   []bool // by variable, from 1; nil where there is none
	proof   *lrup.Proof
	learned int // clauses
}

// errConflicts is the error of a search that took too long.
var errConflicts = errors.New("the solver has learned as many clauses as it may")

// decide looks for a model of a formula. That there is none is said only where the checker has accepted a proof.
func decide(ctx context.Context, f *CNF, conflicts int) (*answer, error) {
	model, rup, err := search(ctx, f, conflicts)
	if err != nil {
		return nil, err
	}
	a := &answer{model: model, learned: len(rup)}
	if model != nil {
		if c := f.falsified(model); c >= 0 {
			return nil, fmt.Errorf("the solver's model makes clause %d false", c+1)
		}
		return a, nil
	}
	if a.proof, err = lrup.Trim(f.Vars, f.Clauses, rup); err != nil {
		return nil, fmt.Errorf("the solver's proof is wrong: %w", err)
	}
	var cnf, proof bytes.Buffer
	if err := errors.Join(f.Write(&cnf), a.proof.Write(&proof)); err != nil {
		return nil, err
	}
	if err := lrup.Check(&cnf, &proof); err != nil {
		return nil, fmt.Errorf("the checker refuses the proof: %w", err)
	}
	return a, nil
}

// falsified is the first clause that a model makes false, or -1.
func (f *CNF) falsified(model []bool) int {
	for i, c := range f.Clauses {
		holds := false
		for _, l := range c {
			holds = holds || model[max(l, -l)] == (l > 0)
		}
		if !holds {
			return i
		}
	}
	return -1
}

// gophersat keeps a buffer that all its solvers share.
var one sync.Mutex

// search runs gophersat: a model, or the clauses that it learned on its way to the empty one.
func search(ctx context.Context, f *CNF, conflicts int) (model []bool, rup [][]int, err error) {
	one.Lock()
	defer one.Unlock()
	s := solver.New(solver.ParseSliceNb(f.copied(), f.Vars))
	s.Certified, s.CertChan = true, make(chan string)
	status := make(chan solver.Status, 1)
	var crash any
	go func() {
		defer close(status)
		defer func() { crash = recover() }()
		status <- s.Solve()
	}()
	lines, done := s.CertChan, ctx.Done()
	// The solver cannot be told to stop: it panics when it next learns a clause, since the channel is closed.
	stop := func(why error) {
		err = why
		close(s.CertChan)
		lines, done = nil, nil
	}
	for {
		select {
		case line := <-lines:
			c, wrong := lemma(line)
			if rup = append(rup, c); wrong != nil {
				stop(wrong)
			} else if len(rup) > conflicts {
				stop(errConflicts)
			}
		case <-done:
			stop(context.Cause(ctx))
		case st := <-status:
			switch {
			case err != nil:
				return nil, nil, err
			case st == solver.Indet:
				return nil, nil, fmt.Errorf("the solver ended without an answer: %v", crash)
			case st == solver.Unsat:
				return nil, rup, nil
			}
			model = make([]bool, f.Vars+1)
			copy(model[1:], s.Model())
			return model, rup, nil
		}
	}
}

// copied is the clauses, which the solver may change.
func (f *CNF) copied() [][]int {
	out := make([][]int, len(f.Clauses))
	for i, c := range f.Clauses {
		out[i] = append([]int{}, c...)
	}
	return out
}

// lemma reads a clause of the solver's proof.
func lemma(line string) ([]int, error) {
	out := []int{}
	for _, w := range strings.Fields(line) {
		n, err := strconv.Atoi(w)
		if err != nil {
			return nil, fmt.Errorf("the solver's proof has %q", line)
		}
		if n != 0 {
			out = append(out, n)
		}
	}
	return out, nil
}
