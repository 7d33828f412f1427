// Package suite holds ten models, each written in the language of Bulkhead, in Promela and in Murphi, and measures how
// long the checkers of the three take to explore the same states.
//
// Properties of whole runs are measured beside SPIN's acceptance cycles, on models of examples (live.go).
//
// A comparison is fair when nobody is handicapped, so each model is written in the habits of its language: the Promela
// has a process for each thing that acts, small types, control states or one loop of d_step options, bit sets where they
// make the state smaller, and assertions where an invariant could break; the Murphi has rulesets and invariants that are
// checked in every state, as ours are. All three store the same distinct states. A test compares the numbers of a small
// configuration where the tools are installed; the large one is what is measured.
package suite

import (
	"fmt"
	"path/filepath"
	"slices"
)

// Constant is a constant of a model and its value.
type Constant struct {
	Name  string
	Value int
}

func (c Constant) String() string { return fmt.Sprintf("%s=%d", c.Name, c.Value) }

// Size is a configuration of a model.
type Size struct {
	Constants []Constant
	States    int64 // distinct, as all tools agree
	Depth     int   // at least how deep SPIN's depth-first search goes, which is what its stack needs; 0: a million
	Vector    int   // bytes of SPIN's state vector where they are more than 96: its work queues need to know
}

// Case is one model of the suite.
type Case struct {
	Name  string   // of the files in models/ without their endings
	About string   // one line
	BH    string   // the model in our language, from this package's folder, where it is not models/Name.bh
	Only  []string // the properties that ours checks, of a model with some of whole runs, which the others do not
	Small Size     // for tests: at most some hundred thousand states
	Large Size     // for measurements: 10^6 to 3*10^7 states
}

// Source is the model in our language, from this package's folder.
func (c Case) Source() string {
	if c.BH != "" {
		return c.BH
	}
	return filepath.Join("models", c.Name+".bh")
}

// Cases lists the models.
func Cases() []Case { return slices.Clone(cases) }

func set(pairs ...any) []Constant {
	var out []Constant
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, Constant{pairs[i].(string), pairs[i+1].(int)})
	}
	return out
}
