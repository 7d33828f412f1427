package checker

import (
	"reflect"
	"testing"
	"time"

	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// TestSample samples a system with many steps and some that have nothing to show: no initial state, no step, a panic, states of
// a wrong length.
func TestSample(t *testing.T) {
	if c := sample(counter(3, 400), 3); !c.Full() {
		t.Error("too few steps were noted")
	}
	empty, still, wrong, broken := counter(3, 4), counter(3, 1), counter(3, 4), counter(3, 4)
	empty.init = nil
	wrong.init = []model.State{{1}}
	broken.next = func(model.State) []move { panic("no steps") }
	for i, sys := range []*toy{empty, still, wrong, broken} {
		begun := time.Now()
		if c := sample(sys, 3); !reflect.DeepEqual(c, visited.NewChanges(3)) || time.Since(begun) > sampleTime/2 {
			t.Errorf("system %d: something was noted, after %s", i, time.Since(begun))
		}
	}
}
