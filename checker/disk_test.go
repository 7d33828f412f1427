package checker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker/internal/durable"
	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// shortly is a search that goes to disk early: after so many states in memory, and then with so many candidates there.
func shortly(t interface{ Fatal(...any) }, sys model.System, cfg Config, narrow, few int64) *search {
	s, err := newSearch(sys, cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.grain, s.few = 1, few
	if set, ok := s.set.(visited.Drainer); ok {
		set.Limit(narrow)
	}
	return s
}

// spilled tells whether a search went to disk.
func spilled(s *search) bool {
	_, ok := s.set.(*visited.Disk)
	return ok
}

func empty(t interface{ Errorf(string, ...any) }, dir string) {
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("files are left: %v, %v", left, err)
	}
}

// TestRandomSystemsOnDisk compares searches on disk with the naive search, for many ways of being short of memory.
func TestRandomSystemsOnDisk(t *testing.T) {
	moved := 0
	for seed := range uint64(80) {
		sys := randomToy(seed)
		want := naive(sys)
		rng := rand.New(rand.NewPCG(seed, 5))
		for _, workers := range []int{1, 2} {
			dir := t.TempDir()
			few := int64(1 + rng.IntN(9))
			s := shortly(t, sys, Config{Workers: workers, Disk: dir, Memory: 4 << 20, CondenseFrom: sometimes(seed), SweepFrom: sometimes(seed / 5), Recheck: -int(seed / 2 % 2)}, int64(rng.IntN(12)), few)
			if seed%2 == 0 {
				s.sift = 0
			}
			name := fmt.Sprintf("seed %d, %d workers, %d candidates", seed, workers, few)
			got, err := s.check(context.Background())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			compare(t, name, sys, got, want)
			if spilled(s) {
				moved++
				if got.Stats.DiskBytes == 0 {
					t.Errorf("%s: nothing is on disk", name)
				}
			}
			empty(t, dir)
			if t.Failed() {
				return
			}
		}
	}
	if moved < 40 {
		t.Errorf("only %d searches went to disk", moved)
	}
}

// TestDrawnSystemsOnDisk does so with larger systems, drawn at random, against the search in memory.
func TestDrawnSystemsOnDisk(t *testing.T) { rapid.Check(t, drawnOnDisk) }

// FuzzDrawnSystemsOnDisk is the same, driven by the fuzzer.
func FuzzDrawnSystemsOnDisk(f *testing.F) { f.Fuzz(rapid.MakeFuzz(drawnOnDisk)) }

func drawnOnDisk(t *rapid.T) {
	sys := scattered(rapid.Uint64Range(2, 1000).Draw(t, "states"), rapid.IntRange(1, 5).Draw(t, "actions"), rapid.Uint64().Draw(t, "seed"),
		rapid.SampledFrom([]int{0, 1, 2, 3}).Draw(t, "width"), rapid.Uint64Range(1, 20).Draw(t, "reach"))
	cfg := Config{FailFast: rapid.Bool().Draw(t, "fail fast"), SweepFrom: -1, Recheck: rapid.IntRange(-1, 0).Draw(t, "recheck")}
	cfg.Workers = 1
	want, err := Check(context.Background(), sys, cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Workers = rapid.IntRange(1, 3).Draw(t, "workers")
	dir, err := os.MkdirTemp("", "disk")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	cfg.Disk, cfg.Memory, cfg.CondenseFrom = dir, 4<<20, rapid.Int64Range(-1, 200).Draw(t, "condensed from")
	cfg.SweepFrom = rapid.Int64Range(-1, 200).Draw(t, "swept, and so turned round, from")
	s := shortly(t, sys, cfg, rapid.Int64Range(0, 300).Draw(t, "in memory"), rapid.Int64Range(1, 300).Draw(t, "candidates"))
	got, err := s.check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	same(t, sys, got, want)
	empty(t, dir)
}

// same compares two results but for what may differ.
func same(t interface {
	Errorf(string, ...any)
	Fatalf(string, ...any)
}, sys *toy, got, want *Result,
) {
	if !sameCounts(got, want) || got.Verdict != want.Verdict || got.Exhaustive != want.Exhaustive || got.Reason != want.Reason {
		t.Fatalf("got %s, %q, %+v, %v\nwant %s, %q, %+v, %v", got.Verdict, got.Reason, got.Stats, got.Actions, want.Verdict, want.Reason, want.Stats, want.Actions)
	}
	for i, f := range got.Properties {
		w := want.Properties[i]
		if f.Verdict != w.Verdict || f.Steps != w.Steps || f.Extreme != w.Extreme || (f.Trace == nil) != (w.Trace == nil) {
			t.Errorf("%s: got %+v, want %+v", f.Property.Name, f, w)
		}
		if f.Trace != nil {
			if len(f.Trace.Steps) != len(w.Trace.Steps) {
				t.Errorf("%s: got a run of %d, want %d", f.Property.Name, len(f.Trace.Steps), len(w.Trace.Steps))
			}
			if msg := replay(sys, f, model.PropertyID(i)); msg != "" {
				t.Errorf("%s: %s", f.Property.Name, msg)
			}
		}
	}
}

// scattered is a system of so many states, numbered and mixed, each of which leads to some that are not far away by number.
// States of width 0 are of one to three words.
func scattered(n uint64, actions int, seed uint64, width int, reach uint64) *toy {
	t := &toy{info: model.Info{Name: "scattered", StateWords: width}}
	for a := range actions {
		t.info.Actions = append(t.info.Actions, model.Action{Name: fmt.Sprint("a", a)})
	}
	const odd = 0x9e3779b97f4a7c15
	inverse := uint64(0xf1de83e19937733d)
	state := func(i uint64) model.State {
		words := width
		if width == 0 {
			words = 1 + int(i%3)
		}
		s := make(model.State, words)
		for k := range s {
			s[k] = i * uint64(k)
		}
		s[0] = i * odd
		return s
	}
	number := func(s model.State) uint64 { return s[0] * inverse }
	t.init = []model.State{state(0), state(1)}
	t.next = func(s model.State) []move {
		i := number(s)
		var out []move
		for a := range actions {
			for k := range 2 {
				to := hash.Mix(i*31+uint64(a)*7+uint64(k)+seed)%reach + i/2*uint64(k) + uint64(a)%2*i
				if to < n {
					out = append(out, move{label: model.Label{Action: model.ActionID(a), Choice: uint32(k)}, to: state(to)})
				}
			}
		}
		return out
	}
	t.info.Properties = []model.Property{
		{Name: "Below", Kind: model.Invariant},
		{Name: "Met", Kind: model.Reachable},
		{Name: "Most", Kind: model.Bound, Limit: int64(n)},
		{Name: "Steps", Kind: model.Step},
		{Name: "deadlock", Kind: model.Deadlock},
	}
	t.holds = func(p model.PropertyID, s model.State) (bool, *model.Fault) {
		i := number(s)
		return []bool{i%97 != 96, i%61 == 60, true, true, i%2 == 0}[p], nil
	}
	t.steps = func(_ model.PropertyID, s model.State, m move) (bool, *model.Fault) {
		return (number(s)+number(m.to))%127 != 126, nil
	}
	t.value = func(_ model.PropertyID, s model.State) (int64, *model.Fault) { return int64(number(s)), nil }
	return t
}

// TestMemoryOnDisk gives searches so little memory that they go to disk by themselves, and looks at what they take.
func TestMemoryOnDisk(t *testing.T) {
	for name, sys := range map[string]*toy{
		"one word": violable(packed(3, 38), 60), "two words": violable(counter(2, 130), 100), "four words": violable(counter(4, 15), 40), "varying": violable(varying(counter(4, 15)), 40),
	} {
		want, err := Check(context.Background(), sys, Config{})
		if err != nil {
			t.Fatal(err)
		}
		for _, memory := range []int64{400 << 10, visited.LeastOnDisk(2)} {
			dir := t.TempDir()
			s, err := newSearch(sys, Config{Workers: 2, Memory: memory, Disk: dir})
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.check(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if !spilled(s) {
				t.Errorf("%s: nothing went to disk", name)
			}
			if outcomeText(got) != outcomeText(want) {
				t.Errorf("%s: got %s, %s, want %s", name, outcomeText(got), got.Reason, outcomeText(want))
			}
			if own := s.set.PeakBytes(); own > memory {
				t.Errorf("%s: a peak of %d bytes, want at most %d", name, own, memory)
			}
			empty(t, dir)
		}
	}
	_, err := newSearch(counter(2, 4), Config{Workers: 2, Memory: visited.LeastOnDisk(2) - 1, Disk: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "a search on disk by 2 workers wants a memory limit of at least 272 KiB") {
		t.Errorf("got %v, want less than the least memory to be refused", err)
	}
}

// TestResumedInLessMemory goes on with a search that was saved in memory under a limit that is too small, and says which is
// large enough for it to go on on disk.
func TestResumedInLessMemory(t *testing.T) {
	for name, sys := range map[string]*toy{"one word": packed(3, 50), "three words": counter(3, 60), "four words": counter(4, 14), "varying": varying(counter(4, 14))} {
		cfg := Config{Workers: 2, MaxDepth: 40, Checkpoint: Checkpoint{Dir: t.TempDir()}}
		if name == "three words" { // which take few bytes
			cfg.MaxDepth = 80
		}
		if _, err := Check(t.Context(), sys, cfg); err != nil {
			t.Fatal(err)
		}
		want, err := Check(t.Context(), sys, Config{})
		if err != nil {
			t.Fatal(err)
		}
		cfg.MaxDepth, cfg.Disk, cfg.Memory, cfg.Checkpoint.Resume = 0, t.TempDir(), visited.LeastOnDisk(2), true
		s, err := newSearch(sys, Config{Workers: 2, Disk: cfg.Disk, Memory: cfg.Memory})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = Check(t.Context(), sys, cfg); err == nil || !strings.Contains(err.Error(), "take more memory than the 272 KiB that are allowed: want ") {
			t.Fatalf("%s: got %v, want a refusal that says how much is needed", name, err)
		}
		peak, err := savedPeak(cfg.Checkpoint.Dir)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Memory = s.toHold(peak)
		got, err := Check(t.Context(), sys, cfg)
		if err != nil {
			t.Fatalf("%s: under the limit that was asked for: %v", name, err)
		}
		same(t, sys, got, want)
	}
}

// savedPeak reads from a checkpoint how much memory the states took.
func savedPeak(dir string) (int64, error) {
	data, err := os.ReadFile(filepath.Join(dir, checkpointName))
	if err != nil {
		return 0, err
	}
	r := durable.NewReader(bytes.NewReader(data[len(checkpointLine):]))
	var sys savedSystem
	var p savedProgress
	err = errors.Join(r.JSON(&sys), r.JSON(&p))
	return p.PeakBytes, err
}

// TestResumedSearchesOnDisk interrupts searches on disk over and over.
func TestResumedSearchesOnDisk(t *testing.T) {
	for seed := range uint64(25) {
		sys := randomToy(seed)
		rng := rand.New(rand.NewPCG(seed, 6))
		name := fmt.Sprintf("seed %d", seed)
		cfg := Config{Checkpoint: Checkpoint{Dir: t.TempDir()}, Disk: t.TempDir(), Memory: 4 << 20}
		got := interrupted(t, name, sys, cfg, rng, func(sys *toy, cfg Config) *search {
			return shortly(t, sys, cfg, rng.Int64N(20), 1+rng.Int64N(5))
		})
		compare(t, name, sys, got, naive(sys))
		if t.Failed() {
			return
		}
		// When the checkpoint has been deleted, so is what it named, by the next search.
		if err := os.RemoveAll(cfg.Checkpoint.Dir); err != nil {
			t.Fatal(err)
		}
		if _, err := shortly(t, sys, Config{Disk: cfg.Disk, Memory: 4 << 20}, 0, 5).check(context.Background()); err != nil {
			t.Fatal(err)
		}
		empty(t, cfg.Disk)
	}
}

// failing is a file that takes so many more bytes.
type failing struct {
	io.WriteCloser
	left *atomic.Int64
}

var errFull = errors.New("no space left on device")

func (f failing) Write(p []byte) (int, error) {
	if f.left.Add(int64(-len(p))) < 0 {
		return 0, errFull
	}
	return f.WriteCloser.Write(p)
}

// TestFullDisk has the disk full after more and more bytes: the search ends undecided, with what was found before.
func TestFullDisk(t *testing.T) {
	reasons := map[string]int{}
	for name, sys := range map[string]*toy{"narrow": violable(packed(3, 9), 7), "wide": violable(counter(3, 9), 7), "varying": violable(varying(counter(3, 9)), 7)} {
		want, err := Check(context.Background(), sys, Config{})
		if err != nil {
			t.Fatal(err)
		}
		for room, whole := int64(0), false; !whole; room += 4300 {
			dir := t.TempDir()
			s := shortly(t, sys, Config{Workers: 2, Disk: dir, Memory: 4 << 20}, 50+room%300, 20)
			var left atomic.Int64
			left.Store(room)
			create := s.create
			s.create = func(path string) (io.WriteCloser, error) {
				f, err := create(path)
				return failing{f, &left}, err
			}
			got, err := s.check(context.Background())
			if err != nil {
				t.Fatalf("%s, %d bytes: %v", name, room, err)
			}
			if whole = got.Exhaustive; whole {
				if outcomeText(got) != outcomeText(want) {
					t.Errorf("%s: got %s, want %s", name, outcomeText(got), outcomeText(want))
				}
			} else if got.Verdict == Holds || !strings.HasPrefix(got.Reason, "disk error: ") || !strings.Contains(got.Reason, errFull.Error()) {
				t.Errorf("%s, %d bytes: got %s, %q", name, room, got.Verdict, got.Reason)
			}
			if f := got.Properties[0]; f.Verdict == Violated && (f.Trace == nil || len(f.Trace.Steps) != 8) {
				t.Errorf("%s, %d bytes: got %+v", name, room, f)
			}
			reasons[string(got.Verdict)]++
			empty(t, dir)
		}
	}
	if reasons["undecided"] == 0 || reasons["violated"] == 0 {
		t.Errorf("the disk was full at too few moments: %v", reasons)
	}
}

// TestDamagedRuns changes runs while they are used, and those of a checkpoint.
func TestDamagedRuns(t *testing.T) {
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 7))
		sys := violable(packed(3, 9), 100)
		if seed%2 == 0 {
			sys = violable(varying(counter(3, 9)), 100)
		}
		dir := t.TempDir()
		next, calls, at := sys.next, 0, 60+rng.IntN(600)
		sys.next = func(s model.State) []move {
			if calls++; calls == at {
				if files, _ := filepath.Glob(filepath.Join(dir, "*", "*.run")); len(files) > 0 {
					flip(t, files[rng.IntN(len(files))], rng)
				}
			}
			return next(s)
		}
		got, err := shortly(t, sys, Config{Workers: 1, Disk: dir, Memory: 4 << 20, Recheck: -1}, 40, 7).check(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		// What is not read again does no harm; what is read shows.
		if got.Exhaustive && (got.Stats.Distinct != 729 || got.Verdict != Holds) || !got.Exhaustive && !strings.Contains(got.Reason, durable.ErrDamaged.Error()) {
			t.Errorf("seed %d: got %s, %q, %+v", seed, got.Verdict, got.Reason, got.Stats)
		}
	}
	sys, cfg := violable(packed(3, 9), 100), Config{Checkpoint: Checkpoint{Dir: t.TempDir(), Every: -1}, Disk: t.TempDir(), Memory: 4 << 20, MaxDepth: 12}
	if r, err := shortly(t, sys, cfg, 40, 7).check(context.Background()); err != nil || r.Exhaustive {
		t.Fatalf("got %+v, %v", r, err)
	}
	cfg.Checkpoint.Resume, cfg.MaxDepth = true, 0
	files, err := filepath.Glob(filepath.Join(cfg.Disk, "*", "*.run"))
	if err != nil || len(files) < 3 {
		t.Fatalf("got files %v, %v", files, err)
	}
	rng := rand.New(rand.NewPCG(8, 9))
	for _, file := range files {
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			flip(t, file, rng)
			if r, err := Check(context.Background(), sys, cfg); err == nil || r != nil || !errors.Is(err, durable.ErrDamaged) {
				t.Fatalf("%s changed: got %+v, %v", file, r, err)
			}
			for _, part := range [][]byte{whole[:rng.IntN(len(whole))], append(bytes.Clone(whole), 1)} {
				if err := os.WriteFile(file, part, 0o666); err != nil {
					t.Fatal(err)
				}
				if r, err := Check(context.Background(), sys, cfg); err == nil || r != nil || !errors.Is(err, durable.ErrDamaged) {
					t.Fatalf("%s cut: got %+v, %v", file, r, err)
				}
			}
			if err := os.WriteFile(file, whole, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	if r, err := Check(context.Background(), sys, cfg); err != nil || !r.Exhaustive || r.Stats.Distinct != 729 {
		t.Errorf("got %+v, %v of what was not damaged", r, err)
	}
}

// TestLostFrontier cuts the files in the middle of a depth: that its states cannot be read ends the search, and is nobody else's fault.
func TestLostFrontier(t *testing.T) {
	sys := violable(counter(3, 25), 1000)
	dir := t.TempDir()
	next, calls := sys.next, 0
	sys.next = func(s model.State) []move {
		if len(s) != 3 {
			t.Errorf("the system is given the state %v", s)
		}
		if calls++; calls == 9000 {
			files, _ := filepath.Glob(filepath.Join(dir, "*", "*.run"))
			for _, file := range files {
				if err := os.Truncate(file, 0); err != nil {
					t.Error(err)
				}
			}
		}
		return next(s)
	}
	s := shortly(t, sys, Config{Workers: 1, Disk: dir, Memory: 4 << 20, Recheck: -1}, 40, 10000)
	r, err := s.check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if want := "disk error: cannot read "; r.Verdict != Undecided || !strings.HasPrefix(r.Reason, want) {
		t.Errorf("got %s, %q, want %q", r.Verdict, r.Reason, want)
	}
}

// flip changes a byte of a file.
func flip(t *testing.T, path string, rng *rand.Rand) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil || len(text) == 0 {
		return
	}
	text[rng.IntN(len(text))] ^= byte(1 + rng.IntN(255))
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
}
