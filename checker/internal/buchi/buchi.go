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
	"math/bits"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Automaton is a generalised Büchi automaton. It accepts a word when some run of it from state Start, a path whose labels
// fit the letters, takes transitions of every acceptance set again and again.
type Automaton struct {
	Props  []int          // the numbers of the propositions that labels speak of, ascending; bit i of a label is Props[i]
	Start  int            // a state; it means nothing when there are none, which is when no word is accepted
	States [][]Transition // the transitions that leave each state
	Sets   int            // acceptance sets, at most 63
	Goals  [][]Label      // of each acceptance set; see Transition.Given
}

// Label stands for the letters in which all propositions of True are true and all of False are false.
type Label struct{ True, False uint64 }

// Transition is taken by the letters of its label.
type Transition struct {
	To int
	Label
	Accept uint64 // the acceptance sets that it is in
	Given  uint64 // other sets that it is in when taken by a letter of one of their Goals
}

// Marks gives the acceptance sets that t is in when it is taken by a letter.
func (a *Automaton) Marks(t *Transition, letter uint64) uint64 {
	marks := t.Accept
	for left := t.Given; left != 0; left &= left - 1 {
		for _, l := range a.Goals[bits.TrailingZeros64(left)] {
			if l.Has(letter) {
				marks |= left & -left
				break
			}
		}
	}
	return marks
}

// Has tells whether a letter is one of the label's.
func (l Label) Has(letter uint64) bool { return l.True&^letter == 0 && l.False&letter == 0 }

// within tells whether all letters of l are letters of m.
func (l Label) within(m Label) bool { return m.True&^l.True == 0 && m.False&^l.False == 0 }

// and gives the letters that are in both labels, if there are any.
func (l Label) and(m Label) (both Label, ok bool) {
	both = Label{l.True | m.True, l.False | m.False}
	return both, both.True&both.False == 0
}

// All has a bit for every acceptance set.
func (a *Automaton) All() uint64 { return 1<<a.Sets - 1 }

// Empty tells whether the automaton accepts no word at all: the formula is a contradiction.
func (a *Automaton) Empty() bool { return len(a.States) == 0 }

// Everything tells whether it can be seen at once that the automaton accepts every word: the formula is always true.
func (a *Automaton) Everything() bool {
	return !a.Empty() && slices.Contains(a.States[a.Start], Transition{To: a.Start, Accept: a.All()})
}

// What makes an automaton too large.
const (
	mostProps       = 64
	mostSets        = 63
	mostStates      = 1 << 12
	mostTransitions = 1 << 16
	mostCovers      = 1 << 12 // ways to make one formula true
	mostLabels      = 1 << 6  // of the goal of an acceptance set
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
