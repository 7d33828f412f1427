package cpu

import (
	"errors"
	"math/big"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

// history reckons lags from what happened, without what EEVDF keeps: what each was due while it was awake, tick by tick.
type history struct {
	due, had []*big.Rat
}

// While nobody sleeps the lags are what the history says; they always add up to 0; somebody is always next, and he is
// eligible; nobody is ahead by a tick, nor behind by his slice or, where a slice is not taken back, by the longest of all; a
// slice is had by its deadline, or later by less than a tick or that longest slice.
func TestEEVDF(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks := make([]FairTask, rapid.IntRange(1, 5).Draw(t, "tasks"))
		for i := range tasks {
			tasks[i] = FairTask{Weight: rapid.IntRange(1, 20).Draw(t, "weight"), Slice: rapid.IntRange(1, 5).Draw(t, "slice")}
		}
		parity, quantum := rapid.Bool().Draw(t, "parity"), 1
		if parity {
			quantum = slices.MaxFunc(tasks, func(a, b FairTask) int { return a.Slice - b.Slice }).Slice
		}
		s, err := NewEEVDF(tasks, parity)
		if err != nil {
			t.Fatal(err)
		}
		h := history{make([]*big.Rat, len(tasks)), make([]*big.Rat, len(tasks))}
		for i := range tasks {
			h.due[i], h.had[i] = new(big.Rat), new(big.Rat)
			if err := s.Wake(Task(i + 1)); err != nil {
				t.Fatal(err)
			}
		}
		sum := 0
		for _, v := range tasks {
			sum += v.Weight
		}
		for range rapid.IntRange(0, 60).Draw(t, "ticks") {
			next := s.Next()
			v := rapid.SampledFrom(next).Draw(t, "of those that are next")
			last := s.Left(v) == 1
			if err := s.Tick(v); err != nil {
				t.Fatal(err)
			}
			if late := s.Lag(v); last && late.Mul(late, big.NewRat(int64(sum), int64(tasks[v-1].Weight))).Cmp(big.NewRat(int64(quantum), 1)) >= 0 {
				t.Fatalf("the slice of task %d is %s ticks late", v, late)
			}
			h.had[v-1].Add(h.had[v-1], big.NewRat(1, 1))
			all := new(big.Rat)
			for i, task := range tasks {
				h.due[i].Add(h.due[i], big.NewRat(int64(task.Weight), int64(sum)))
				lag := s.Lag(Task(i + 1))
				if want := new(big.Rat).Sub(h.due[i], h.had[i]); lag.Cmp(want) != 0 {
					t.Fatalf("task %d: got a lag of %s, want %s", i+1, lag, want)
				}
				if lag.Cmp(big.NewRat(-1, 1)) <= 0 || lag.Cmp(big.NewRat(int64(max(task.Slice, quantum)), 1)) >= 0 {
					t.Fatalf("task %d with a slice of %d has a lag of %s, with a quantum of %d", i+1, task.Slice, lag, quantum)
				}
				all.Add(all, lag)
			}
			if all.Sign() != 0 {
				t.Fatalf("the lags add up to %s", all)
			}
		}
	})
}

// Whoever sleeps and wakes when, the lags of those awake add up to 0 and somebody is next while anybody is awake; a lag is
// the same after sleep as before, unless one wakes alone.
func TestSleepers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks := make([]FairTask, rapid.IntRange(1, 4).Draw(t, "tasks"))
		for i := range tasks {
			tasks[i] = FairTask{Weight: rapid.IntRange(1, 5).Draw(t, "weight"), Slice: rapid.IntRange(1, 3).Draw(t, "slice")}
		}
		s, err := NewEEVDF(tasks, rapid.Bool().Draw(t, "parity"))
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			v := Task(rapid.IntRange(1, len(tasks)).Draw(t, "task"))
			before := s.Clone()
			alone := true
			for u := range tasks {
				alone = alone && !before.Awake(Task(u+1))
			}
			switch rapid.IntRange(0, 2).Draw(t, "step") {
			case 0:
				if got := s.Sleep(v) == nil; got != before.Awake(v) {
					t.Fatalf("sleep %d: got %t", v, got)
				}
			case 1:
				if got := s.Wake(v) == nil; got == before.Awake(v) {
					t.Fatalf("wake %d: got %t", v, got)
				}
				if !alone && s.Lag(v).Cmp(before.Lag(v)) != 0 {
					t.Fatalf("task %d slept with a lag of %s and woke with %s", v, before.Lag(v), s.Lag(v))
				}
			default:
				if got := s.Tick(v) == nil; got != slices.Contains(before.Next(), v) {
					t.Fatalf("tick %d: got %t", v, got)
				}
			}
			all, awake := new(big.Rat), false
			for u := range tasks {
				if s.Awake(Task(u + 1)) {
					all.Add(all, s.Lag(Task(u+1)))
					awake = true
				}
			}
			if all.Sign() != 0 || awake != (len(s.Next()) > 0) {
				t.Fatalf("the lags add up to %s, and next are %v", all, s.Next())
			}
		}
	})
}

// A task that asked for one tick at a time waits for a heavy one, which goes on with its slice of four ticks and is not
// ahead: it is behind by more than it asked for. Where each tick is decided anew it is not.
func TestBehindAQuantum(t *testing.T) {
	for parity, want := range map[bool]bool{true: true, false: false} {
		s, err := NewEEVDF([]FairTask{{1, 1}, {8, 1}, {4, 4}}, parity)
		if err != nil {
			t.Fatal(err)
		}
		for v := range Task(3) {
			if err := s.Wake(v + 1); err != nil {
				t.Fatal(err)
			}
		}
		behind := false
		for i, v := range []Task{2, 1, 2, 3, 3} {
			next := s.Next()
			if !slices.Contains(next, v) {
				if parity || i < 4 {
					t.Fatalf("tick %d: next are %v", i+1, next)
				}
				v = next[0]
			}
			if err := s.Tick(v); err != nil {
				t.Fatal(err)
			}
			behind = behind || s.Lag(2).Cmp(big.NewRat(1, 1)) >= 0
		}
		if behind != want {
			t.Errorf("parity %t: behind by its slice: got %t", parity, behind)
		}
	}
}

// The example of a task with a short slice: it waits less than one with a long slice and the same weight, and has as much.
func TestShortSlice(t *testing.T) {
	s, err := NewEEVDF([]FairTask{{1024, 1}, {1024, 8}, {1024, 8}}, true)
	if err != nil {
		t.Fatal(err)
	}
	waits, wait, had := make([]int, 3), make([]int, 3), make([]int, 3)
	for v := range 3 {
		if err := s.Wake(Task(v + 1)); err != nil {
			t.Fatal(err)
		}
	}
	for range 240 {
		v := s.Next()[0]
		if err := s.Tick(v); err != nil {
			t.Fatal(err)
		}
		for u := range 3 {
			wait[u]++
			waits[u] = max(waits[u], wait[u])
		}
		wait[v-1] = 0
		had[v-1]++
	}
	if waits[0] >= waits[1] || waits[0] >= waits[2] || slices.Max(had)-slices.Min(had) > 2 {
		t.Errorf("got waits of %v and ticks %v, want the first to wait least, and all to have as much", waits, had)
	}
}

func TestEEVDFRefuses(t *testing.T) {
	for _, tasks := range [][]FairTask{{{0, 1}}, {{1, 0}}, {{-1, 1}}} {
		if _, err := NewEEVDF(tasks, true); err == nil {
			t.Errorf("%v: got no error", tasks)
		}
	}
	s, err := NewEEVDF([]FairTask{{1, 1}}, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []Task{-1, 0, 2} {
		for name, err := range map[string]error{"wake": s.Wake(v), "sleep": s.Sleep(v), "tick": s.Tick(v)} {
			if !errors.Is(err, model.ErrRefused) {
				t.Errorf("%s %d: got %v", name, v, err)
			}
		}
		mustPanic(t, func() { s.Lag(v) })
		mustPanic(t, func() { s.Left(v) })
		if s.Awake(v) || s.Eligible(v) {
			t.Errorf("task %d is awake", v)
		}
	}
}
