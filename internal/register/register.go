// Package register says what became of the statements that this library set out from, and of the recommendations that people
// hold their hosts against: which model, test or failure decides each, or why none can. The tables are written to
// proofs/CLAIMS.md and model/STANDARDS.md; the tests of this package resolve every reference and compare the files.
package register

import "strings"

// Evidence is what decides a statement.
type Evidence struct {
	kind   kind
	Place  string   // a model below model/ without its ending, such as "esxi/cpu/stride", an example as "examples/name"; or a package
	Mutant string   // of the model
	Names  []string // of properties, of a test, of a failure, of a lemma
}

type kind int

const (
	holding kind = iota // properties that hold on all states
	witness             // states or runs that there are: the statement they contradict, or the sharpness of a bound
	broken              // a mutant that has the property found false
	tested              // a test of Go code
	failing             // a row of model/failures
	general             // a lemma proved by hand, of instances of any size
)

// holds names properties of a model that are pinned to hold.
func holds(place string, names ...string) Evidence {
	return Evidence{kind: holding, Place: place, Names: names}
}

// shows names properties of a model for which the checker has a run: of what can be reached, or of what is violated.
func shows(place string, names ...string) Evidence {
	return Evidence{kind: witness, Place: place, Names: names}
}

// breaks names a mutant, which is the statement as it was made or the mistake in it, and the property that then is false.
func breaks(place, mutant, name string) Evidence {
	return Evidence{kind: broken, Place: place, Mutant: mutant, Names: []string{name}}
}

// tests names tests of a package.
func tests(pkg string, names ...string) Evidence {
	return Evidence{kind: tested, Place: pkg, Names: names}
}

// fails names rows of the table of failures.
func fails(ids ...string) Evidence { return Evidence{kind: failing, Names: ids} }

// lemmas names lemmas of proofs/coq by their short names.
func lemmas(names ...string) Evidence { return Evidence{kind: general, Names: names} }

// file is where the model is, from the root.
func (e Evidence) file() string {
	if strings.HasPrefix(e.Place, "examples/") {
		return e.Place + ".bh"
	}
	return "model/" + e.Place + ".bh"
}

// Verdict is what became of a statement.
type Verdict string

// The verdicts.
const (
	Proved       Verdict = "proved"       // as it was said, on every instance that is tried, or in general by the lemma or test named
	Refuted      Verdict = "refuted"      // false as it was said: there is a run, a state or a number against it
	Reformulated Verdict = "reformulated" // it said nothing that could be true or false; what it was meant to say is decided
)

// Claim is a statement of the material that this library set out from.
type Claim struct {
	ID      string // "M4"
	Subject string
	Said    string // the statement
	Verdict Verdict
	Why     string // in one sentence
	Now     string // the statement that is made here instead
	By      []Evidence
}

// Item is a recommendation of a standard.
type Item struct {
	Standard string
	Number   string // within the standard
	Title    string
	Property string     // what must be true, of a configuration or in every state that can be reached
	By       []Evidence // that it is so, or what happens where it is not
	Why      string     // it cannot be derived, if By is empty
}
