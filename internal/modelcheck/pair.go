package modelcheck

import (
	"io/fs"
	"os"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/modeltest"
	"github.com/bulkheadlang/bulkhead/spec"
)

// Pair is a Go system and the model of the same thing.
type Pair struct {
	Name      string
	System    model.System
	File      string
	Constants map[string]string // of the model; the others stand as in the file
}

// withoutChoices sees a step without what it chose inside, which Go systems do not name.
var withoutChoices = modeltest.View{Label: func(s model.StepText) string {
	s.Choices = nil
	return s.String()
}}

// Same checks that the system and the model of each pair have one state graph.
func Same(t *testing.T, models fs.FS, pairs []Pair) {
	for _, p := range pairs {
		t.Run(p.Name, func(t *testing.T) {
			modeltest.Same(t, p.System, p.load(t, models), modeltest.SameOptions{A: withoutChoices, B: withoutChoices})
		})
	}
}

// soak says whether there is time.
func soak() bool { return os.Getenv("BULKHEAD_SOAK") != "" }

// Drive checks that random runs through the system and the model of each pair agree, for pairs too large for Same.
func Drive(t *testing.T, models fs.FS, pairs []Pair) {
	runs := 15
	if soak() {
		runs = 300
	}
	for _, p := range pairs {
		t.Run(p.Name, func(t *testing.T) {
			modeltest.Drive(t, p.System, p.load(t, models), modeltest.DriveOptions{A: withoutChoices, B: withoutChoices, Runs: runs})
		})
	}
}

// Systems checks that the system of each pair keeps the contract of systems.
func Systems(t *testing.T, pairs []Pair) {
	states := 50
	if soak() {
		states = 1000
	}
	for _, p := range pairs {
		t.Run(p.Name, func(t *testing.T) { modeltest.Run(t, p.System, modeltest.RunOptions{MaxStates: states}) })
	}
}

func (p Pair) load(t testing.TB, models fs.FS) *spec.Program {
	t.Helper()
	return Load(t, models, p.File, spec.Options{Define: p.Constants})
}
