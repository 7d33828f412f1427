package checker

import (
	"context"
	"fmt"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

// lanes is a system of digits packed into words of a state, 4 bits each, that step up to a top value and back to 0: as
// little work per transition as a System can do, so that what is measured is the engine.
type lanes struct {
	info   model.Info
	digits int
	top    uint64
}

func newLanes(words, digits int, top uint64) *lanes {
	return &lanes{
		info:   model.Info{Name: "lanes", StateWords: words, Deterministic: true, Actions: []model.Action{{Name: "up"}, {Name: "wrap"}}},
		digits: digits, top: top,
	}
}

func (l *lanes) Info() *model.Info { return &l.info }
func (l *lanes) NewRunner() model.Runner {
	return &laneRunner{l: l, s: make(model.State, l.info.StateWords), t: make(model.State, l.info.StateWords)}
}

type laneRunner struct {
	l    *lanes
	s, t model.State
}

func (r *laneRunner) Init(emit func(model.State, *model.Fault)) {
	emit(make(model.State, r.l.info.StateWords), nil)
}
func (r *laneRunner) Load(s model.State) { copy(r.s, s) }
func (r *laneRunner) Next(emit func(model.Label, model.State, *model.Fault)) {
	words := len(r.s)
	for i := range r.l.digits {
		w, shift := i%words, i/words*4
		copy(r.t, r.s)
		label := model.Label{Args: uint32(i)}
		if d := r.s[w] >> shift & 15; d < r.l.top {
			r.t[w] += 1 << shift
		} else {
			r.t[w] -= d << shift
			label.Action = 1
		}
		emit(label, r.t, nil)
	}
}
func (r *laneRunner) Holds(model.PropertyID) (bool, *model.Fault)      { return true, nil }
func (r *laneRunner) HoldsStep(model.PropertyID) (bool, *model.Fault)  { return true, nil }
func (r *laneRunner) Value(model.PropertyID) (int64, *model.Fault)     { return 0, nil }
func (r *laneRunner) Antecedent(model.PropertyID, int) bool            { return true }
func (r *laneRunner) Describe(model.State, model.Label) model.StepText { return model.StepText{} }
func (r *laneRunner) Render(model.State) []model.Binding               { return nil }

// BenchmarkCheck measures the engine on 4^11 = 4.2 million states, 46 million transitions.
func BenchmarkCheck(b *testing.B) {
	for _, words := range []int{1, 2, 4} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("words=%d/workers=%d", words, workers), func(b *testing.B) {
				sys := newLanes(words, 11, 3)
				var last *Result
				for b.Loop() {
					r, err := Check(context.Background(), sys, Config{Workers: workers})
					if err != nil || r.Verdict != Holds || r.Stats.Distinct != 1<<22 {
						b.Fatal(err, r)
					}
					last = r
				}
				seconds := b.Elapsed().Seconds() / float64(b.N)
				b.ReportMetric(float64(last.Stats.Distinct)/seconds, "states/s")
				b.ReportMetric(float64(last.Stats.Generated)/seconds, "transitions/s")
				b.ReportMetric(float64(last.Stats.PeakBytes)/float64(last.Stats.Distinct), "bytes/state")
			})
		}
	}
}

// BenchmarkSmall measures what a run costs beside its states.
func BenchmarkSmall(b *testing.B) {
	sys := newLanes(1, 3, 3)
	for b.Loop() {
		if _, err := Check(context.Background(), sys, Config{}); err != nil {
			b.Fatal(err)
		}
	}
}
