package checker

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bulkheadlang/bulkhead/model"
)

// interrupted checks sys in as many searches as it takes, each of which is ended after more calls of Next than the one
// before, and gives the Result of the last. They are made by open.
func interrupted(t *testing.T, name string, sys *toy, cfg Config, rng *rand.Rand, open func(*toy, Config) *search) *Result {
	t.Helper()
	cfg.Checkpoint.Every = -1
	for calls := int64(1); ; calls += 1 + rng.Int64N(1+calls) {
		ctx, cancel := context.WithCancel(context.Background())
		var made atomic.Int64
		watched := *sys
		watched.next = func(s model.State) []move {
			if made.Add(1) == calls {
				cancel()
			}
			return sys.next(s)
		}
		cfg.Workers = 1 + rng.IntN(3)
		r, err := open(&watched, cfg).check(ctx)
		cancel()
		if err != nil || r.Unsaved != nil {
			t.Fatalf("%s: %v, %v", name, err, r.Unsaved)
		}
		if r.Exhaustive {
			return r
		}
		if r.Verdict == Holds {
			t.Fatalf("%s: a search that ended early says holds", name)
		}
		_, err = os.Stat(filepath.Join(cfg.Checkpoint.Dir, checkpointName)) // the end may have come before the beginning
		cfg.Checkpoint.Resume = err == nil
	}
}

// inMemory opens searches that stay there.
func inMemory(t *testing.T) func(*toy, Config) *search {
	return func(sys *toy, cfg Config) *search {
		t.Helper()
		s, err := newSearch(sys, cfg)
		if err != nil {
			t.Fatal(err)
		}
		s.grain = 1
		return s
	}
}

// TestResumedSearches compares searches that were interrupted over and over with the naive search.
func TestResumedSearches(t *testing.T) {
	for seed := range uint64(40) {
		sys := randomToy(seed)
		name := fmt.Sprintf("seed %d", seed)
		cfg := Config{Checkpoint: Checkpoint{Dir: t.TempDir()}, Recheck: -1, CondenseFrom: sometimes(seed), SweepFrom: sometimes(seed / 5)}
		got := interrupted(t, name, sys, cfg, rand.New(rand.NewPCG(seed, 1)), inMemory(t))
		compare(t, name, sys, got, naive(sys))
		if t.Failed() {
			return
		}
	}
}

// TestResumeAfterLimits goes on with searches that limits ended, in sets of every kind and of several segments or chunks.
func TestResumeAfterLimits(t *testing.T) {
	for name, sys := range map[string]*toy{"one word": packed(4, 17), "two words": counter(2, 300), "four words": counter(4, 17), "varying": varying(counter(4, 17))} {
		want, err := Check(context.Background(), sys, Config{})
		if err != nil {
			t.Fatal(err)
		}
		cfg := Config{Checkpoint: Checkpoint{Dir: t.TempDir()}, Memory: 1 << 18, MaxStates: 500}
		for round := 0; ; round++ {
			cfg.Workers = 1 + round%2
			got, err := Check(context.Background(), sys, cfg)
			if err != nil && round > 0 && strings.Contains(err.Error(), "memory") {
				cfg.Memory *= 2
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got.Exhaustive {
				if round < 3 || got.Verdict != want.Verdict || !sameCounts(got, want) {
					t.Errorf("%s, %d rounds: got %+v, want %+v", name, round, got.Stats, want.Stats)
				}
				break
			}
			cfg.Checkpoint.Resume = true
			cfg.MaxStates, cfg.Memory = cfg.MaxStates*3, cfg.Memory*2
		}
	}
}

func sameCounts(a, b *Result) bool {
	x, y := a.Stats, b.Stats
	return x.Distinct == y.Distinct && x.Generated == y.Generated && x.Initial == y.Initial && x.Depth == y.Depth && x.Terminal == y.Terminal &&
		slices.Equal(a.Actions, b.Actions)
}

// packed is counter with its digits in one word.
func packed(n int, b uint64) *toy {
	t := counter(n, b)
	next := t.next
	t.info.StateWords, t.init = 1, []model.State{{0}}
	t.next = func(s model.State) []move {
		digits := make(model.State, n)
		for i := range digits {
			digits[i] = s[0] >> (8 * i) & 0xff
		}
		moves := next(digits)
		for i := range moves {
			word := uint64(0)
			for k, d := range moves[i].to {
				word |= d << (8 * k)
			}
			moves[i].to = model.State{word}
		}
		return moves
	}
	return t
}

// varying is a toy whose states end before their last zeros.
func varying(t *toy) *toy {
	width, next := t.info.StateWords, t.next
	short := func(s model.State) model.State {
		for len(s) > 0 && s[len(s)-1] == 0 {
			s = s[:len(s)-1]
		}
		return s
	}
	t.info.StateWords = 0
	for i := range t.init {
		t.init[i] = short(t.init[i])
	}
	t.next = func(s model.State) []move {
		moves := next(append(slices.Clone(s), make(model.State, width-len(s))...))
		for i := range moves {
			moves[i].to = short(moves[i].to)
		}
		return moves
	}
	return t
}

// violable gives a toy properties of several kinds, one of them violated at a depth in the middle.
func violable(t *toy, at uint64) *toy {
	sum := func(s model.State) (n uint64) {
		for _, w := range s {
			for ; w > 0; w >>= 8 {
				n += w & 0xff
			}
		}
		return n
	}
	t.info.Properties = []model.Property{
		{Name: "Below", Kind: model.Invariant},
		{Name: "Met", Kind: model.Reachable},
		{Name: "Sum", Kind: model.Bound, Limit: 1 << 20},
		{Name: "True", Kind: model.Invariant, Antecedents: []string{"never"}},
	}
	t.holds = func(p model.PropertyID, s model.State) (bool, *model.Fault) {
		return []bool{sum(s) < at, sum(s) == 3, true, true}[p], nil
	}
	t.value = func(_ model.PropertyID, s model.State) (int64, *model.Fault) { return int64(sum(s)), nil }
	return t
}

// saved writes a checkpoint of sys at some depth to dir.
func saved(t *testing.T, sys *toy, dir string, depth int) {
	t.Helper()
	if r, err := Check(context.Background(), sys, Config{MaxDepth: depth, Checkpoint: Checkpoint{Dir: dir, Identity: "a"}}); err != nil || r.Exhaustive {
		t.Fatalf("got %+v, %v", r, err)
	}
}

// TestDamagedCheckpoints changes a byte of a checkpoint, one after another, and cuts it: each time it is refused.
func TestDamagedCheckpoints(t *testing.T) {
	for name, sys := range map[string]*toy{"narrow": violable(packed(3, 9), 7), "wide": violable(counter(3, 9), 7)} {
		dir := t.TempDir()
		saved(t, sys, dir, 12)
		path := filepath.Join(dir, checkpointName)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		cfg := Config{Checkpoint: Checkpoint{Dir: dir, Identity: "a", Resume: true, Every: time.Hour}}
		refused := func(what string, bytes []byte) {
			if err := os.WriteFile(path, bytes, 0o666); err != nil {
				t.Fatal(err)
			}
			r, err := Check(context.Background(), sys, cfg)
			if err == nil || r != nil || !strings.HasPrefix(err.Error(), "cannot go on from "+path) {
				t.Fatalf("%s: %s: got %+v, %v", name, what, r, err)
			}
		}
		rng := rand.New(rand.NewPCG(1, 2))
		for i := 0; i < len(whole); i += 1 + rng.IntN(max(1, i/16)) {
			changed := bytes.Clone(whole)
			changed[i] ^= byte(1 + rng.IntN(255))
			refused(fmt.Sprintf("byte %d changed", i), changed)
			refused(fmt.Sprintf("cut at %d", i), whole[:i])
		}
		refused("one byte more", append(bytes.Clone(whole), 0))
		if err := os.WriteFile(path, whole, 0o666); err != nil {
			t.Fatal(err)
		}
		if r, err := Check(context.Background(), sys, cfg); err != nil || !r.Exhaustive || r.Stats.Distinct != 729 || r.Verdict != Violated {
			t.Errorf("%s: got %+v, %v of what was not damaged", name, r, err)
		}
	}
}

// TestForeignCheckpoints goes on with the checkpoint of another search.
func TestForeignCheckpoints(t *testing.T) {
	dir := t.TempDir()
	saved(t, violable(packed(3, 9), 7), dir, 4)
	for want, change := range map[string]func(*toy, *Config){
		"the model or the program has been changed since":          func(_ *toy, c *Config) { c.Checkpoint.Identity = "b" },
		"it is of model counter, not other":                        func(s *toy, _ *Config) { s.info.Name = "other" },
		"it is of a model with [], not [N = 3]":                    func(s *toy, _ *Config) { s.info.Constants = []model.Binding{{Name: "N", Value: model.Int(3)}} },
		"properties [Below Met Sum True] were checked, not [True]": func(_ *toy, c *Config) { c.Only = []string{"True"} },
		"the model or the program has been changed since ":         func(s *toy, _ *Config) { s.info.Actions[0].Name = "x" },
		"the model or the program has been changed since  ":        func(s *toy, _ *Config) { s.info.StateBits = 24 },
		"the model or the program has been changed since   ":       func(s *toy, _ *Config) { s.info.Properties[2].Limit = 5 },
	} {
		sys := violable(packed(3, 9), 7)
		cfg := Config{Checkpoint: Checkpoint{Dir: dir, Identity: "a", Resume: true}}
		change(sys, &cfg)
		if r, err := Check(context.Background(), sys, cfg); r != nil || err == nil || !strings.HasSuffix(err.Error(), ": "+strings.TrimSpace(want)) {
			t.Errorf("got %+v, %v, want %q", r, err, want)
		}
	}
	sys := violable(packed(3, 9), 7)
	cfg := Config{Checkpoint: Checkpoint{Dir: dir, Identity: "a"}}
	if _, err := Check(context.Background(), sys, cfg); err == nil || !strings.Contains(err.Error(), "holds a checkpoint already") {
		t.Errorf("got %v where a checkpoint would be lost", err)
	}
	cfg.Checkpoint.Resume = true
	k, err := openKeeper(cfg.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Check(context.Background(), sys, cfg); err == nil || !strings.Contains(err.Error(), "another search") {
		t.Errorf("got %v of a directory in use", err)
	}
	k.close()
	cfg.Checkpoint.Dir = filepath.Join(dir, "none")
	if _, err := Check(context.Background(), sys, cfg); err == nil || !strings.Contains(err.Error(), "there is no checkpoint in") {
		t.Errorf("got %v of a directory without a checkpoint", err)
	}
	cfg.Checkpoint = Checkpoint{Dir: filepath.Join(dir, "lock", "below")}
	if _, err := Check(context.Background(), sys, cfg); err == nil || !strings.Contains(err.Error(), "no checkpoints can be written") {
		t.Errorf("got %v of a directory that cannot be made", err)
	}
	cfg.Checkpoint.Dir, cfg.Lossy.Hash = t.TempDir(), 40
	if _, err := Check(context.Background(), sys, cfg); err == nil || err.Error() != "a lossy search cannot be saved" {
		t.Errorf("got %v of a lossy search", err)
	}
}

// TestUnsavedSearch takes the directory away in the middle: the search goes on, and says so.
func TestUnsavedSearch(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "there")
	sys := counter(2, 9)
	next := sys.next
	sys.next = func(s model.State) []move {
		if s[0] == 4 {
			_ = os.RemoveAll(dir)
		}
		return next(s)
	}
	r, err := Check(context.Background(), sys, Config{Workers: 1, Checkpoint: Checkpoint{Dir: dir, Every: -1}})
	if err != nil || !r.Exhaustive || r.Stats.Distinct != 81 || r.Unsaved == nil {
		t.Errorf("got %+v, %v", r, err)
	}
}

// killed is the environment variable that tells a process that it is to be killed.
const killed = "BULKHEAD_TEST_KILLED"

// slow is a search of about a second.
func slow() *toy {
	sys := violable(packed(3, 12), 20)
	next := sys.next
	sys.next = func(s model.State) []move {
		for begun := time.Now(); time.Since(begun) < 100*time.Microsecond; {
		}
		return next(s)
	}
	return sys
}

func outcomeText(r *Result) string {
	text := fmt.Sprint(r.Verdict, r.Exhaustive, r.Stats.Distinct, r.Stats.Generated, r.Stats.Depth, r.Actions)
	for _, f := range r.Properties {
		text += fmt.Sprint(" ", f.Property.Name, f.Verdict, f.Steps, f.Extreme, f.Vacuous, f.Trace != nil && len(f.Trace.Steps) == f.Steps+1)
	}
	return text
}

// TestKilledProcess is the process that TestKill kills.
func TestKilledProcess(t *testing.T) {
	dir := os.Getenv(killed)
	if dir == "" {
		t.Skip("for TestKill")
	}
	cfg := Config{Workers: 2, Checkpoint: Checkpoint{Dir: dir, Every: 10 * time.Millisecond}, Disk: filepath.Join(dir, "files"), Memory: 4 << 20}
	if _, err := os.Stat(filepath.Join(dir, checkpointName)); err == nil {
		cfg.Checkpoint.Resume = true
	}
	s := shortly(t, slow(), cfg, 500, 60)
	r, err := s.check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if !spilled(s) {
		t.Error("the search stayed in memory")
	}
	fmt.Println("outcome:", outcomeText(r))
}

// TestKill kills a process that searches, in memory first and then on disk, at moments by chance, and begins another,
// until one comes to the end.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r, err := Check(context.Background(), slow(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	want := "outcome: " + outcomeText(r)
	dir, rng := t.TempDir(), rand.New(rand.NewPCG(3, 4))
	for kills := 0; ; kills++ {
		var out bytes.Buffer
		child := exec.Command(os.Args[0], "-test.run=^TestKilledProcess$")
		child.Env = append(os.Environ(), killed+"="+dir)
		child.Stdout, child.Stderr = &out, &out
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(time.Duration(20+rng.IntN(60+10*kills))*time.Millisecond, func() { _ = child.Process.Kill() })
		err := child.Wait()
		kill.Stop()
		if err == nil {
			if !strings.Contains(out.String(), want+"\n") || kills < 3 {
				t.Errorf("after %d kills got %s, want %s", kills, out.String(), want)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "files", "bulkhead-*")); len(left) > 1 { // that of the last checkpoint
				t.Errorf("killed searches have left %v", left)
			}
			return
		}
		if child.ProcessState.Exited() {
			t.Fatalf("after %d kills: %s", kills, out.String())
		}
	}
}
