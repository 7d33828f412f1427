package vmm

import (
	"errors"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
	"pgregory.net/rapid"
)

// All six are sensitive, three of them in user mode, whatever the size of the guest: the sets of trap.bh.
func TestSensitive(t *testing.T) {
	for words := 1; words <= 4; words++ {
		all, userOnly, err := Sensitive(words)
		if err != nil {
			t.Fatal(err)
		}
		if all != All || userOnly != Set(SetRelocation, GetRelocation, GetMask) {
			t.Errorf("%d words: got %v and %v", words, all.Members(), userOnly.Members())
		}
	}
}

// The two theorems, on larger machines than the model has: the guest cannot tell, and the first word is the monitor's.
func TestTheorems(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.IntRange(1, 6).Draw(t, "words")
		hybrid := rapid.Bool().Draw(t, "hybrid")
		traps := All
		if hybrid {
			traps = Set(SetRelocation, GetRelocation, GetMask) | Instrs(rapid.Uint16Range(0, uint16(All)).Draw(t, "traps"))
		}
		s := pair(traps, words, hybrid)
		s.Monitor.Hardware.Memory[0] = 7
		for _, op := range rapid.SliceOfN(rapid.SampledFrom(ops(words)), 1, 60).Draw(t, "run") {
			if err := s.step(op); err != nil {
				t.Fatal(err)
			}
			if !Same(&s.Bare, &s.Monitor) || s.Bare.Base != s.Monitor.Guest.Base || s.Bare.Bound != s.Monitor.Guest.Bound {
				t.Fatalf("after %v the machine is %+v and the guest %+v", op, s.Bare, s.Monitor)
			}
			if h := s.Monitor.Hardware; h.Memory[0] != 7 || h.Supervisor || h.Masked || h.Base < 1 || h.Base+h.Bound > words+1 {
				t.Fatalf("after %v the hardware is %+v", op, h)
			}
		}
	})
}

// Where one of the sensitive instructions does not trap, a short run tells.
func TestNeeded(t *testing.T) {
	for i := SetRelocation; i <= GetMask; i++ {
		if steps := apart(pair(All&^Set(i), 2, false)); steps < 1 || steps > 3 {
			t.Errorf("without a trap of %v: apart after %d steps", i, steps)
		}
	}
	if steps := apart(pair(All, 1, false)); steps != 0 {
		t.Errorf("apart after %d steps, though all trap", steps)
	}
}

// apart is after how many steps the two come apart at the soonest, at most 5; 0 for never.
func apart(from beside) int {
	front := []beside{from}
	for steps := 1; steps <= 5; steps++ {
		var next []beside
		for _, s := range front {
			for _, op := range ops(len(s.Bare.Memory)) {
				n := s.clone()
				if n.step(op) != nil {
					continue
				}
				if !Same(&n.Bare, &n.Monitor) {
					return steps
				}
				if !slices.ContainsFunc(next, func(o beside) bool { return equal(o, n) }) {
					next = append(next, n)
				}
			}
		}
		front = next
	}
	return 0
}

func equal(a, b beside) bool {
	return a.Bare.Registers == b.Bare.Registers && a.Monitor.Guest == b.Monitor.Guest && slices.Equal(a.Bare.Memory, b.Bare.Memory) &&
		a.Monitor.Hardware.Registers == b.Monitor.Hardware.Registers && slices.Equal(a.Monitor.Hardware.Memory, b.Monitor.Hardware.Memory)
}

func TestRefusals(t *testing.T) {
	for _, words := range []int{-2, 0, 17} {
		if _, _, err := Sensitive(words); err == nil {
			t.Errorf("sensitive instructions of a guest of %d words", words)
		}
	}
	for _, words := range []int{-1, 0, 1<<20 + 1} {
		if _, err := NewMachine(0, words); err == nil {
			t.Errorf("a machine of %d words", words)
		}
		if _, err := NewMonitor(0, words, false); err == nil {
			t.Errorf("a guest of %d words", words)
		}
	}
	if _, err := NewMachine(Set(Call), 1); err == nil {
		t.Error("a machine on which a call does not always trap")
	}
	s := pair(All, 2, false)
	for _, op := range []Op{{Instr: Store + 1}, {Instr: Load, First: 2}, {Instr: Load, First: -1}, {Instr: SetRelocation, Length: 3}, {Instr: SetRelocation, Length: -1}, {Instr: Leave, First: 1}, {Instr: Call, Length: 1}, {Instr: Load, Value: 1}} {
		before := s.clone()
		if err := s.step(op); !errors.Is(err, model.ErrRefused) || !equal(s, before) {
			t.Errorf("%+v: got %v", op, err)
		}
	}
	if Store.String() != "store" || (Store+1).String() != "instr(9)" {
		t.Errorf("got %v and %v", Store, Store+1)
	}
}
