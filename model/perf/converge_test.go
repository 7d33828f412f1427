package perf

import (
	"errors"
	"fmt"
	"math/big"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/vsphere/drs"
	"github.com/bulkheadlang/bulkhead/model/vsphere/vmotion"
	"github.com/bulkheadlang/bulkhead/spec"

	"pgregory.net/rapid"
)

// Closed is the number of rounds of converge.bh: that ROUNDS is so many is an assumption of the model, without which it does
// not load, and the checker finds it to be the greatest.
func TestClosedIsTheModels(t *testing.T) {
	for _, rate := range [][2]int64{{1, 2}, {1, 3}, {2, 3}, {1, 10}} {
		l, err := NewLoop(rat(rate[0], rate[1]))
		if err != nil {
			t.Fatal(err)
		}
		for _, gap := range []int64{1, 2, 7, 30} {
			rounds, err := l.Closed(gap)
			if err != nil {
				t.Fatal(err)
			}
			p := modelcheck.Load(t, Models, "converge.bh", spec.Options{Define: constants{
				"GAP": fmt.Sprint(gap), "NUM": fmt.Sprint(rate[0]), "DEN": fmt.Sprint(rate[1]), "ROUNDS": fmt.Sprint(rounds),
			}})
			if rate[1] == 10 {
				continue // powers of 10 leave no room
			}
			res, err := checker.Check(t.Context(), p, checker.Config{})
			if err != nil || res.Verdict != checker.Holds {
				t.Errorf("rate %v, gap %d: got %s and %v, want %s", rate, gap, res.Verdict, err, checker.Holds)
			}
		}
	}
}

func TestLoop(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		den := rapid.Int64Range(1, 12).Draw(t, "den")
		l, err := NewLoop(rat(rapid.Int64Range(1, den).Draw(t, "num"), den))
		if err != nil {
			t.Fatal(err)
		}
		gap, limit := rat(rapid.Int64Range(0, 50).Draw(t, "gap"), 1), rat(rapid.Int64Range(1, 50).Draw(t, "limit"), 10)
		n, err := l.Rounds(gap, limit)
		if err != nil {
			t.Fatal(err)
		}
		after, err := l.Gap(gap, n)
		if err != nil || after.Cmp(limit) > 0 {
			t.Fatalf("got %v after %d rounds and %v, want at most %v", after, n, err, limit)
		}
		if n > 0 {
			if before, _ := l.Gap(gap, n-1); before.Cmp(limit) <= 0 {
				t.Fatalf("got %d rounds, one less will do", n)
			}
		}
		// A loop that does at least what its rate says is never behind.
		at, m := new(big.Rat).Set(gap), rapid.IntRange(0, 8).Draw(t, "rounds")
		for range m {
			more := rat(rapid.Int64Range(0, 4).Draw(t, "more"), 4) // of what the rate leaves
			left := new(big.Rat).Mul(at, serial(l.rate))
			at = left.Sub(left, new(big.Rat).Mul(left, more))
		}
		if bound, _ := l.Gap(gap, m); at.Cmp(bound) > 0 {
			t.Fatalf("got %v, want at most %v", at, bound)
		}
	})
}

func TestLoopRefuses(t *testing.T) {
	for _, rate := range []*big.Rat{nil, rat(0, 1), rat(-1, 2), rat(3, 2)} {
		if _, err := NewLoop(rate); err == nil {
			t.Errorf("made a loop of rate %v", rate)
		}
	}
	half, _ := NewLoop(rat(1, 2))
	slow, _ := NewLoop(rat(1, 1_000_000))
	whole, _ := NewLoop(rat(1, 1))
	for name, err := range map[string]error{
		"never closed": second(half.Rounds(rat(1, 1), new(big.Rat))), "too long": second(slow.Rounds(rat(100, 1), rat(1, 1))), "too long in whole numbers": second(slow.Closed(1 << 40)),
	} {
		if !errors.Is(err, model.ErrRefused) {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
	}
	if n, err := half.Rounds(new(big.Rat), new(big.Rat)); err != nil || n != 0 {
		t.Errorf("got %d and %v for no gap, want 0", n, err)
	}
	if n, err := whole.Rounds(rat(1, 1), new(big.Rat)); err != nil || n != 1 {
		t.Errorf("got %d and %v, want 1", n, err)
	}
	for name, err := range map[string]error{
		"no gap": second(half.Gap(nil, 1)), "gap below 0": second(half.Gap(rat(-1, 1), 1)), "rounds below 0": second(half.Gap(rat(1, 1), -1)),
		"too many rounds": second(half.Gap(rat(1, 1), MaxRounds+1)), "no limit": second(half.Rounds(rat(1, 1), nil)),
		"limit below 0": second(half.Rounds(rat(1, 1), rat(-1, 1))), "closing a gap below 0": second(half.Closed(-1)), "no gap to close": second(half.Rounds(nil, rat(1, 1))),
	} {
		if err == nil || errors.Is(err, model.ErrRefused) {
			t.Errorf("%s: got %v, want an error", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Pre-copy is a loop: it closes 1 - d/b of what is left to send. What a formula says that leaves out d, memory / bandwidth /
// rounds, is less.
func TestPrecopyIsALoop(t *testing.T) {
	memory, bandwidth, dirty := rat(64, 1), rat(10, 1), rat(4, 1) // GB, GB/s
	p, err := vmotion.NewPrecopy(memory, bandwidth, dirty)
	if err != nil {
		t.Fatal(err)
	}
	l, err := NewLoop(new(big.Rat).Sub(rat(1, 1), new(big.Rat).Quo(dirty, bandwidth)))
	if err != nil {
		t.Fatal(err)
	}
	for rounds := range 12 {
		if left, err := l.Gap(memory, rounds); err != nil || left.Cmp(p.Volume(rounds)) != 0 {
			t.Errorf("round %d: got %v and %v, want %v", rounds, left, err, p.Volume(rounds))
		}
	}
	limit := rat(1, 10) // a tenth of a second
	rounds, ok := p.Rounds(limit)
	if want, err := l.Rounds(p.Downtime(0), limit); err != nil || !ok || rounds != want {
		t.Errorf("got %d rounds, %t and %v, want %d", want, ok, err, rounds)
	}
	if p, err := vmotion.NewPrecopy(memory, bandwidth, rat(10, 1)); err != nil || p.Converges() {
		t.Errorf("got %v: a guest that writes as fast as is sent has no rate", err)
	} else if _, ok := p.Bound(); ok {
		t.Error("got a bound for it")
	}
}

// Each move of a machine with load x from a host with load a to one with load b lowers the sum of squares by 2x(a - b - x),
// so that balancing ends whatever the order of moves. It ends where no move helps, which need not be the best there is.
func TestBalancingEnds(t *testing.T) {
	asks := []int64{3, 3, 2, 2, 2}
	cfg := drs.Config{Hosts: []drs.Resources{{CPU: 1, Memory: 1}, {CPU: 1, Memory: 1}}}
	for _, x := range asks {
		cfg.VMs = append(cfg.VMs, drs.Machine{Demand: drs.Resources{CPU: x}})
	}
	begin := func(at ...drs.Host) *drs.Cluster {
		c, err := drs.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range at {
			if err := c.PowerOn(drs.VM(i+1), h); err != nil {
				t.Fatal(err)
			}
		}
		return c
	}
	rapid.Check(t, func(t *rapid.T) {
		c := begin(1, 1, 1, 1, 1)
		moves, first := int64(0), c.Disorder()
		for ms := c.Moves(); len(ms) > 0; ms = c.Moves() {
			m := rapid.SampledFrom(ms).Draw(t, "move")
			from, before := c.At(m.VM), c.Disorder()
			x, a, b := asks[m.VM-1], c.Load(from).CPU, c.Load(m.To).CPU
			if err := c.Balance(m.VM, m.To); err != nil {
				t.Fatal(err)
			}
			moves++
			if fall := before.Sub(before, c.Disorder()); fall.Cmp(rat(2*x*(a-b-x), 1)) != 0 || fall.Cmp(rat(2, 1)) < 0 {
				t.Fatalf("moving %d from %d to %d: got %v less, want %d", x, a, b, fall, 2*x*(a-b-x))
			}
		}
		if rat(2*moves, 1).Cmp(first) > 0 {
			t.Fatalf("got %d moves from disorder %v", moves, first)
		}
	})
	stuck, best := begin(1, 2, 1, 1, 2), begin(1, 1, 2, 2, 2)
	if ms := stuck.Moves(); len(ms) > 0 || stuck.Disorder().Cmp(rat(74, 1)) != 0 || best.Disorder().Cmp(rat(72, 1)) != 0 {
		t.Errorf("got moves %v from %v where %v is best, want none from 74 where 72 is", ms, stuck.Disorder(), best.Disorder())
	}
}
