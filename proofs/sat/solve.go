package sat

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// bounds limit what one formula may take, and so memory: with those that Prove sets, a proof and its checking take some 3 GB at most, as reckoned and not measured.
type bounds struct {
	nodes     int // that it depends on, each of three clauses
	conflicts int // clauses that the solver may learn
	literals  int // of all these
	hints     int // of the proof, before it is trimmed
}

// givenUpError says why a formula has neither a model nor a proof.
type givenUpError struct{ why string }

func (e *givenUpError) Error() string { return e.why }

// decide looks for a model of a formula. That there is none is said only where the checker has accepted a proof.
func decide(ctx context.Context, f *CNF, most bounds) (*answer, error) {
	model, rup, err := search(ctx, f, most)
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
	a.proof, err = lrup.Trim(f.Vars, f.Clauses, rup, most.hints)
	switch {
	case errors.Is(err, lrup.ErrHints):
		return nil, &givenUpError{fmt.Sprintf("its proof takes more than %d hints", most.hints)}
	case err != nil:
		return nil, fmt.Errorf("the solver's proof is wrong: %w", err)
	}
	cnf, proof := written(f.Write), written(a.proof.Write)
	defer cnf.Close()
	defer proof.Close()
	if err := lrup.Check(cnf, proof); err != nil {
		return nil, fmt.Errorf("the checker refuses the proof: %w", err)
	}
	return a, nil
}

// written gives what is written to be read meanwhile, since it may be long. Closing it ends the writing.
func written(write func(io.Writer) error) *io.PipeReader {
	r, w := io.Pipe()
	go func() { w.CloseWithError(write(w)) }()
	return r
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
func search(ctx context.Context, f *CNF, most bounds) (model []bool, rup [][]int, err error) {
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
	literals := 0
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
			rup = append(rup, c)
			literals += len(c)
			switch {
			case wrong != nil:
				stop(wrong)
			case len(rup) > most.conflicts:
				stop(&givenUpError{"the solver has learned as many clauses as it may"})
			case literals > most.literals:
				stop(&givenUpError{fmt.Sprintf("the clauses that the solver has learned have more than %d literals", most.literals)})
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
