package checker

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// spinner is a toy that can leave out steps: two counters, of which the first goes round and round and the second goes up. No
// step of one depends on the other. A property speaks of the second.
type spinner struct {
	toy
	refuse string
}

const spins, height = 3, 4 // steps of each

func newSpinner(width int) *spinner {
	s := &spinner{}
	s.info = model.Info{
		Name: "Spinner", StateWords: width, Actions: []model.Action{{Name: "Spin"}, {Name: "Up"}},
		Properties: []model.Property{{Name: "Top", Kind: model.Reachable, Total: true}},
	}
	state := func(round, up uint64) model.State {
		t := make(model.State, max(width, 2))
		if width == 1 {
			t = t[:1]
		}
		t[0] |= round
		t[len(t)-1] |= up << 32
		return t
	}
	s.init = []model.State{state(0, 0)}
	s.next = func(t model.State) []move {
		round, up := t[0]&0xff, t[len(t)-1]>>32
		out := []move{{label: model.Label{Action: 0}, to: state((round+1)%spins, up)}}
		if up < height {
			out = append(out, move{label: model.Label{Action: 1}, to: state(round, up+1)})
		}
		return out
	}
	s.holds = func(_ model.PropertyID, t model.State) (bool, *model.Fault) { return t[len(t)-1]>>32 == height, nil }
	return s
}

func (s *spinner) Irreducible() string { return s.refuse }

func (s *spinner) NewRunner() model.Runner {
	return &spinnerRunner{toyRunner: toyRunner{t: &s.toy}}
}

type spinnerRunner struct {
	toyRunner
	on bool // the property is undecided
}

func (r *spinnerRunner) Preserve(properties []bool) { r.on = properties[0] }

func (r *spinnerRunner) emit(action model.ActionID, emit func(model.Label, model.State, *model.Fault)) {
	for _, m := range r.t.next(r.s) {
		if m.label.Action == action {
			emit(m.label, m.to, nil)
		}
	}
}

func (r *spinnerRunner) NextSome(emit func(model.Label, model.State, *model.Fault)) bool {
	r.emit(0, emit)
	return r.on
}

func (r *spinnerRunner) NextMore(emit func(model.Label, model.State, *model.Fault)) bool {
	r.emit(1, emit)
	return false
}

func (r *spinnerRunner) Silent(t model.State) bool { return t[len(t)-1]>>32 == r.s[len(r.s)-1]>>32 }

// undated is a visitor that takes every state for one not met before, as if there were no proviso.
type undated struct{ visited.Visitor }

func (undated) Earlier([]uint64, uint64) bool { return false }

// TestProviso searches a system in which a step that leads nowhere is always enough but for the proviso, with all kinds of
// visited sets. Without the proviso the other steps are never taken.
func TestProviso(t *testing.T) {
	for _, width := range []int{0, 1, -1, 2, -2, 5} {
		condense := int64(-1)
		if width < 0 {
			width, condense = -width, 1
		}
		for _, workers := range []int{1, 3} {
			t.Run(fmt.Sprintf("%d words, condensed from %d on, %d workers", width, condense, workers), func(t *testing.T) {
				cfg := Config{Workers: workers, PartialOrder: true, CondenseFrom: condense}
				r, err := Check(context.Background(), newSpinner(width), cfg)
				if err != nil || r.Properties[0].Verdict != Holds || !r.Exhaustive || !r.Stats.PartialOrder {
					t.Fatalf("got %+v, %v", r, err)
				}
				if n := len(r.Properties[0].Trace.Steps); n < height+1 || n != r.Properties[0].Steps+1 {
					t.Errorf("got a trace of %d states, %d steps", n, r.Properties[0].Steps)
				}
				if most := int64(1 + spins*(height+1) + spins*height); r.Stats.Generated >= most {
					t.Errorf("got %d steps, want fewer than the %d that there are", r.Stats.Generated, most)
				}
				cfg.CondenseFrom = -1 // which would replace the visitors
				s, err := newSearch(newSpinner(width), cfg)
				if err != nil {
					t.Fatal(err)
				}
				for i, w := range s.workers {
					w.ins = undated{w.ins}
					s.visitors[i] = w.ins.(undated).Visitor
				}
				if r, err = s.check(context.Background()); err != nil || r.Properties[0].Verdict != Violated || r.Stats.Distinct != spins {
					t.Errorf("without the proviso: got %+v, %v", r, err)
				}
			})
		}
	}
}

// TestPartialOrderRefused asks for what cannot be had.
func TestPartialOrderRefused(t *testing.T) {
	refusing := newSpinner(1)
	refusing.refuse = "it is too large"
	for want, ask := range map[string]func() error{
		"does not say which ones": func() error {
			_, err := Check(context.Background(), &newSpinner(1).toy, Config{PartialOrder: true})
			return err
		},
		"it is too large": func() error {
			_, err := Check(context.Background(), refusing, Config{PartialOrder: true})
			return err
		},
		"array of bits": func() error {
			_, err := Check(context.Background(), newSpinner(1), Config{PartialOrder: true, Lossy: Lossy{Bits: 1 << 20}})
			return err
		},
		"on disk": func() error {
			_, err := Check(context.Background(), newSpinner(1), Config{PartialOrder: true, Disk: t.TempDir()})
			return err
		},
	} {
		if err := ask(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
