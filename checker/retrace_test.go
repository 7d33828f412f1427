package checker

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkheadlang/bulkhead/model"
)

// pathsBy runs a search of sys and finds the runs to what it met.
func pathsBy(t *testing.T, sys model.System, cfg Config) map[model.PropertyID][]model.State {
	t.Helper()
	s, err := newSearch(sys, cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.grain = 1
	defer s.set.Close()
	if err := s.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := s.retrace(); err != nil {
		t.Fatal(err)
	}
	out := map[model.PropertyID][]model.State{}
	for p, e := range s.found {
		if s.broken[p] != nil {
			e = s.broken[p]
		}
		if e != nil {
			out[model.PropertyID(p)] = e.path
		}
	}
	return out
}

// TestRetraceRandom finds runs in random systems by exploring once more, whatever the number of workers the same ones,
// and by parents, which gives runs of the same lengths.
func TestRetraceRandom(t *testing.T) {
	runs := 0
	for seed := range uint64(300) {
		sys := randomToy(seed)
		if sys.info.StateWords == 0 {
			continue
		}
		again := pathsBy(t, sys, Config{Workers: 1})
		shared := pathsBy(t, sys, Config{Workers: 3, CondenseFrom: sometimes(seed)})
		if d := cmp.Diff(again, shared); d != "" {
			t.Fatalf("seed %d: runs with one worker (-) and with three (+) differ:\n%s", seed, d)
		}
		sys.info.StateWords = 0
		parents := pathsBy(t, sys, Config{Workers: 1})
		for p, path := range parents {
			if len(path) != len(again[p]) {
				t.Fatalf("seed %d: got a run of %d states, want %d", seed, len(again[p]), len(path))
			}
			runs++
		}
	}
	if runs < 200 {
		t.Errorf("only %d runs were looked at", runs)
	}
}

// TestTraceWhenShort ends searches by limits after they found something: it is reported with its trace.
func TestTraceWhenShort(t *testing.T) {
	sys := endless()
	sys.info.Properties[0].Kind = model.Invariant
	sys.holds = func(p model.PropertyID, s model.State) (bool, *model.Fault) {
		return p == 0 && s[0]+s[1] < 90, nil
	}
	for name, cfg := range map[string]Config{
		"memory": {Workers: 2, Memory: 400 << 10},
		"states": {Workers: 2, MaxStates: 20000},
		"depth":  {Workers: 2, MaxDepth: 100},
	} {
		r, err := Check(context.Background(), sys, cfg)
		if err != nil {
			t.Fatal(err)
		}
		f := r.Properties[0]
		if r.Exhaustive || f.Verdict != Violated || f.Trace == nil || len(f.Trace.Steps) != 91 {
			t.Errorf("%s: got %+v, want a violation in 90 steps", name, f)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	holds := sys.holds
	sys.holds = func(p model.PropertyID, s model.State) (bool, *model.Fault) {
		if s[0] == 100 {
			cancel()
		}
		return holds(p, s)
	}
	r, err := Check(ctx, sys, Config{Workers: 1})
	if err != nil || r.Reason != "interrupted" || r.Properties[0].Trace == nil || len(r.Properties[0].Trace.Steps) != 91 {
		t.Errorf("interrupted: got %+v, %v", r, err)
	}
}

// TestRetraceLost has the system change its mind between the search and the exploration after it.
func TestRetraceLost(t *testing.T) {
	sys := counter(1, 40)
	next, turned := sys.next, false
	sys.next = func(s model.State) []move {
		if s[0] == 10 && turned {
			return nil
		}
		turned = turned || s[0] == 30
		return next(s)
	}
	sys.info.Properties = []model.Property{{Name: "P", Kind: model.Invariant}}
	sys.holds = func(_ model.PropertyID, s model.State) (bool, *model.Fault) { return s[0] < 35, nil }
	for _, workers := range []int{1, 2} {
		turned = false
		_, err := Check(context.Background(), sys, Config{Workers: workers, Recheck: -1})
		if e := new(*NondeterminismError); !errors.As(err, e) {
			t.Errorf("%d workers: got %v", workers, err)
		}
	}
}

// TestBeyondBits has a system use bits that it said it had not.
func TestBeyondBits(t *testing.T) {
	for i, bits := range []int{3, 3, 64, 64, 66, 66} {
		sys := counter((bits+63)/64, 20)
		sys.info.StateBits = bits
		next := sys.next
		sys.next = func(s model.State) []move {
			m := next(s)
			if s[0] == 5 && bits > 64 {
				m[0].to[1] = 4
			}
			return m
		}
		want := map[int]string{3: "the system emitted a state with bits beyond the 3 that it has", 66: "the system emitted a state with bits beyond the 66 that it has"}[bits]
		_, err := Check(context.Background(), sys, Config{CondenseFrom: int64(i % 2)})
		if got := ""; err != nil {
			got = err.Error()
			if got != want {
				t.Errorf("%d bits: got error %q, want %q", bits, got, want)
			}
		} else if want != "" {
			t.Errorf("%d bits: got no error, want %q", bits, want)
		}
	}
}
