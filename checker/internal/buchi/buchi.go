// Package buchi translates formulas of linear temporal logic into automata on infinite words.
//
// The automata are generalised Büchi automata whose acceptance stands on transitions, which makes them small (Couvreur,
// On-the-fly verification of linear temporal logic, FM 1999; Gastin and Oddoux, Fast LTL to Büchi automata translation,
// CAV 2001). A letter of a word is what is true at one position of a run: of the state, and of the step that leaves it.
//
// The way there: a formula is brought into negation normal form and simplified by rewriting (formula.go, implies.go); a
// state of the automaton is a set of formulas that are to be true from now on, and its transitions are the ways to make
// them so (translate.go); then states and transitions that others make superfluous are removed (reduce.go).
package buchi

import (
	"context"
	"errors"

	"github.com/bulkheadlang/bulkhead/model"
)

// Automaton is a generalised Büchi automaton. It accepts a word when some run of it from state Start, a path whose labels
// fit the letters, takes transitions of every acceptance set again and again.
type Automaton struct {
	Props  []int          // the numbers of the propositions that labels speak of, ascending; bit i of a label is Props[i]
	Start  int            // a state; it means nothing when there are none, which is when no word is accepted
	States [][]Transition // the transitions that leave each state
	Sets   int            // acceptance sets, at most 64
}

// Transition is taken by the letters in which all propositions of True are true and all of False are false.
type Transition struct {
	To          int
	True, False uint64
	Accept      uint64 // the acceptance sets that it is in
}

// All has a bit for every acceptance set.
func (a *Automaton) All() uint64 { return 1<<a.Sets - 1 }

// Empty tells whether the automaton accepts no word at all: the formula is a contradiction.
func (a *Automaton) Empty() bool { return len(a.States) == 0 }

// What makes an automaton too large.
const (
	mostProps       = 64
	mostSets        = 63
	mostStates      = 1 << 12
	mostTransitions = 1 << 16
	mostCovers      = 1 << 12 // ways to make one formula true
)

// ErrTooLarge says that a formula is beyond what can be translated: it has too many propositions, or its automaton too
// many states.
var ErrTooLarge = errors.New("the formula is too large")

// Translate gives an automaton that accepts the words of which f, or with negate its negation, is true. The error is
// ErrTooLarge, that of ctx, or says that f is no formula of linear temporal logic. The time can grow exponentially with f.
func Translate(ctx context.Context, f *model.Formula, negate bool) (*Automaton, error) {
	t := newTable()
	b := builder{table: t, seen: map[signed]id{}}
	if err := b.collect(f); err != nil {
		return nil, err
	}
	root, err := b.build(f, negate)
	if err != nil {
		return nil, err
	}
	a, err := translate(ctx, t, root)
	if err != nil {
		return nil, err
	}
	a.Props = b.props
	if err := a.reduce(ctx); err != nil {
		return nil, err
	}
	return a, nil
}
