package replica

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/redraw"
)

// versioned is a replica that numbers the writes of a key, and takes an update only if its number is greater.
type versioned struct {
	value   map[string]string
	version map[string]int
}

func newVersioned() versioned { return versioned{map[string]string{}, map[string]int{}} }

func (v versioned) put(key, value string) (string, int) {
	v.version[key]++
	v.value[key] = value
	return value, v.version[key]
}

func (v versioned) apply(key, value string, version int) {
	if version > v.version[key] {
		v.value[key], v.version[key] = value, version
	}
}

// Numbers of writes do not make replicas converge: two write at the same time, each gives number 1, and each refuses
// the other's, however often it comes. Stamps do.
func TestVersionsPerKeyDiverge(t *testing.T) {
	a, b := newVersioned(), newVersioned()
	va, na := a.put("x", "1")
	vb, nb := b.put("x", "2")
	for range 10 {
		a.apply("x", vb, nb)
		b.apply("x", va, na)
	}
	if a.value["x"] == b.value["x"] {
		t.Error("numbers of writes converge")
	}

	s, r := made(NewStore(1)), made(NewStore(2))
	us, ur := made(s.Put("x", "1")), made(r.Put("x", "2"))
	if later, err := s.Apply(ur); err != nil || !later {
		t.Errorf("got %t (%v), want the greater node to win", later, err)
	}
	if later, err := r.Apply(us); err != nil || later {
		t.Errorf("got %t (%v), want the lesser node to lose", later, err)
	}
	if got, _ := s.Get("x"); !s.Equal(&r) || got != "2" {
		t.Errorf("got %q, and equal %t", got, s.Equal(&r))
	}
}

// Replicas that have the same updates are equal, in whatever order and however often they came, and have the latest of
// each key.
func TestStrongEventualConsistency(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const replicas = 3
		var stores []Store
		for n := range Node(replicas) {
			stores = append(stores, made(NewStore(n+1)))
		}
		var sent []Update
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			s := &stores[rapid.IntRange(0, replicas-1).Draw(t, "replica")]
			if len(sent) > 0 && rapid.Bool().Draw(t, "deliver") {
				if _, err := s.Apply(rapid.SampledFrom(sent).Draw(t, "update")); err != nil {
					t.Fatal(err)
				}
				continue
			}
			k := rapid.SampledFrom([]string{"x", "y"}).Draw(t, "key")
			u, err := s.Put(k, rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "value"))
			if err != nil {
				t.Fatal(err)
			}
			sent = append(sent, u)
		}
		for _, u := range sent {
			for _, w := range sent {
				if u != w && u.Key == w.Key && u.Stamp == w.Stamp {
					t.Fatalf("%+v and %+v have one stamp", u, w)
				}
			}
		}
		for i := range stores {
			order := rapid.Permutation(append(slices.Clone(sent), sent...)).Draw(t, "order")
			for _, u := range order {
				if _, err := stores[i].Apply(u); err != nil {
					t.Fatal(err)
				}
			}
		}
		latest := map[string]Update{}
		for _, u := range sent { // by counters and nodes, written out
			l, ok := latest[u.Key]
			if !ok || u.Stamp.Counter > l.Stamp.Counter || u.Stamp.Counter == l.Stamp.Counter && u.Stamp.Node > l.Stamp.Node {
				latest[u.Key] = u
			}
		}
		for i := range stores {
			if !stores[i].Equal(&stores[0]) {
				t.Fatalf("replica %d differs", i+1)
			}
			for _, k := range []string{"x", "y"} {
				if stores[i].Entry(k) != latest[k] {
					t.Fatalf("replica %d has %+v, want %+v", i+1, stores[i].Entry(k), latest[k])
				}
			}
		}
	})
}

// Joining rows is idempotent, commutative and associative, and counts what happened: nothing twice, whatever is sent again.
func TestCounterLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const replicas = 3
		var counters []Counter
		for n := range Node(replicas) {
			counters = append(counters, made(NewCounter(n+1, replicas)))
		}
		rows, raised := [][]int{make([]int, replicas)}, 0
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			c := &counters[rapid.IntRange(0, replicas-1).Draw(t, "replica")]
			switch rapid.SampledFrom([]string{"raise", "send", "join"}).Draw(t, "step") {
			case "raise":
				n := rapid.IntRange(0, 3).Draw(t, "n")
				if err := c.Raise(n); err != nil {
					t.Fatal(err)
				}
				raised += n
			case "send":
				rows = append(rows, c.Row())
			case "join":
				before := c.Value()
				if err := c.Join(rapid.SampledFrom(rows).Draw(t, "row")); err != nil {
					t.Fatal(err)
				}
				if c.Value() < before || c.Value() > raised {
					t.Fatalf("got %d, after %d of %d", c.Value(), before, raised)
				}
			}
		}
		join := func(c Counter, rows ...[]int) []int {
			c = c.Clone()
			for _, r := range rows {
				if err := c.Join(r); err != nil {
					t.Fatal(err)
				}
			}
			return c.Row()
		}
		a, b, c := counters[0], counters[1], counters[2]
		ab := made(NewCounter(1, replicas))
		ab.row = join(a, b.Row())
		if !slices.Equal(join(a, b.Row()), join(b, a.Row())) || !slices.Equal(join(a, a.Row()), a.Row()) ||
			!slices.Equal(join(ab, c.Row()), join(a, join(b, c.Row()))) {
			t.Fatal("joining is not idempotent, commutative and associative")
		}
		all := join(a, b.Row(), c.Row(), b.Row(), a.Row())
		sum := 0
		for _, n := range all {
			sum += n
		}
		if sum != raised {
			t.Fatalf("got %d in all, want %d", sum, raised)
		}
	})
}

// run takes steps, all of which must be possible.
func run(t *testing.T, steps ...error) {
	t.Helper()
	if err := errors.Join(steps...); err != nil {
		t.Fatal(err)
	}
}

// Two-phase commit blocks: all have voted yes, the coordinator is gone, and nobody can do anything but wait, though all
// participants are up. When it comes back they learn the outcome.
func TestTwoPhaseCommitBlocks(t *testing.T) {
	c := made(NewCommit(2))
	run(t, c.Vote(1), c.Vote(2), c.Hear(1), c.Hear(2), c.CrashCoordinator())
	if !c.Blocked() {
		t.Error("not blocked")
	}
	for name, step := range map[string]func() error{
		"ask": func() error { return c.Ask(1, 2) }, "ask back": func() error { return c.Ask(2, 1) },
		"receive": func() error { return c.Receive(1) }, "refuse": func() error { return c.Refuse(1) },
		"vote": func() error { return c.Vote(1) }, "commit": c.DecideCommit, "abort": c.DecideAbort,
		"hear": func() error { return c.Hear(1) },
	} {
		if err := step(); !errors.Is(err, model.ErrRefused) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	run(t, c.Recover(), c.Receive(1), c.Ask(2, 1))
	if c.Phase(1) != Aborted || c.Phase(2) != Aborted || c.Blocked() {
		t.Errorf("got %s and %s", c.Phase(1), c.Phase(2))
	}
}

// It does not block where somebody knows, or has not voted yet.
func TestCooperativeTermination(t *testing.T) {
	c := made(NewCommit(3))
	run(t, c.Vote(1), c.Vote(2), c.Vote(3), c.Hear(1), c.Hear(2), c.Hear(3), c.DecideCommit(), c.Receive(3), c.CrashCoordinator())
	run(t, c.Ask(1, 3), c.Ask(2, 1))
	if c.Phase(1) != Committed || c.Phase(2) != Committed || c.Decision() != Committed {
		t.Errorf("got %s and %s", c.Phase(1), c.Phase(2))
	}
	c = made(NewCommit(2))
	run(t, c.Vote(1), c.CrashCoordinator())
	if c.Blocked() {
		t.Error("blocked, and participant 2 has not voted")
	}
	run(t, c.Crash(2))
	if !c.Blocked() {
		t.Error("not blocked, and whom participant 1 could ask is down")
	}
	run(t, c.Restart(2), c.Ask(1, 2))
	if c.Phase(1) != Aborted || c.Phase(2) != Aborted {
		t.Errorf("got %s and %s", c.Phase(1), c.Phase(2))
	}
	run(t, c.Recover()) // it presumes that the transaction has been aborted
	if c.Decision() != Aborted {
		t.Errorf("got %s", c.Decision())
	}
}

// Random runs of up to five participants: one outcome, which stays; and when all are up, there is a way to it.
func TestCommitRuns(t *testing.T) {
	outcomes, blocked := map[Phase]int{}, 0
	redraw.Until(t, func() bool { return outcomes[Committed] > 0 && outcomes[Aborted] > 0 && blocked > 0 }, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "participants")
		c := made(NewCommit(n))
		rare := func() bool { return rapid.IntRange(0, 7).Draw(t, "rare") == 0 }
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			p, q := Node(rapid.IntRange(1, n).Draw(t, "p")), Node(rapid.IntRange(1, n).Draw(t, "q"))
			before := c.Clone()
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0, 1:
				_ = c.Vote(p)
			case 2, 3, 4:
				_ = c.Hear(p)
			case 5:
				_ = c.DecideCommit()
			case 6:
				_ = c.Receive(p)
			case 7:
				_ = c.Ask(p, q)
			case 8:
				_ = c.Restart(p)
				if rare() {
					_ = c.Refuse(p)
				}
				if rare() {
					_ = c.DecideAbort()
				}
			case 9:
				if rare() {
					_ = c.Crash(p)
				}
				if rare() {
					_ = c.CrashCoordinator()
				} else if rare() {
					_ = c.Recover()
				}
			}
			for i, phase := range before.phase {
				if (phase == Committed || phase == Aborted) && c.phase[i] != phase {
					t.Fatalf("participant %d was %s and is %s", i+1, phase, c.phase[i])
				}
			}
			if slices.Contains(c.phase, Committed) && (slices.Contains(c.phase, Aborted) || c.Decision() != Committed) {
				t.Fatalf("got %v, decision %s", c.phase, c.Decision())
			}
			if slices.Contains(c.phase, Committed) && slices.Contains(c.voted, false) {
				t.Fatalf("committed, and voted %v", c.voted)
			}
			waits, learns := false, false
			for p := range Node(n) {
				up, _ := c.Up(p + 1)
				waits = waits || up && c.Phase(p+1) == Prepared
				one := c.Clone()
				learns = learns || one.Receive(p+1) == nil
				for q := range Node(n) {
					one = c.Clone()
					learns = learns || one.Ask(p+1, q+1) == nil
				}
			}
			if _, up := c.Up(1); c.Blocked() != (!up && waits && !learns) {
				t.Fatalf("blocked %t: coordinator up %t, somebody waits %t, and can learn %t", c.Blocked(), up, waits, learns)
			}
			if c.Blocked() {
				blocked++
			}
		}
		for p := range Node(n) { // whoever can goes on to commit
			_ = c.Restart(p + 1)
			_ = c.Vote(p + 1)
			_ = c.Hear(p + 1)
		}
		_ = c.DecideCommit()
		_ = c.Recover()
		_ = c.DecideAbort()
		for p := range Node(n) {
			_ = c.Receive(p + 1)
			outcomes[c.Phase(p+1)]++
			if got := c.Phase(p + 1); got != Committed && got != Aborted {
				t.Fatalf("participant %d is %s", p+1, got)
			}
		}
	})
	if outcomes[Committed] == 0 || outcomes[Aborted] == 0 || blocked == 0 {
		t.Errorf("got %v, blocked %d times", outcomes, blocked)
	}
}

func TestConstructorsRefuse(t *testing.T) {
	for name, err := range map[string]error{
		"node 0":           second(NewStore(0)),
		"great node":       second(NewStore(Most + 1)),
		"node of none":     second(NewCounter(1, 0)),
		"node of fewer":    second(NewCounter(3, 2)),
		"negative node":    second(NewCounter(-1, 2)),
		"no participant":   second(NewCommit(0)),
		"too many of them": second(NewCommit(Most + 1)),
	} {
		if err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Updates that no replica can have written, and sums that no node can have raised, are refused.
func TestHostileInput(t *testing.T) {
	s, c := made(NewStore(1)), made(NewCounter(1, 2))
	for _, stamp := range []Stamp{{0, 2}, {-1, 2}, {Most + 1, 2}, {1, 0}, {1, -1}, {1, Most + 1}} {
		if _, err := s.Apply(Update{"x", "y", stamp}); !errors.Is(err, model.ErrRefused) {
			t.Errorf("%+v: got %v, want a refusal", stamp, err)
		}
	}
	if _, err := s.Apply(Update{"x", "y", Stamp{Most, 2}}); err != nil {
		t.Error(err)
	}
	if _, err := s.Put("x", "z"); !errors.Is(err, model.ErrRefused) {
		t.Errorf("one write more than there can be: got %v, want a refusal", err)
	}
	for _, row := range [][]int{nil, {1}, {1, 1, 1}, {-1, 0}, {0, Most + 1}} {
		if err := c.Join(row); !errors.Is(err, model.ErrRefused) {
			t.Errorf("%v: got %v, want a refusal", row, err)
		}
	}
	if err := errors.Join(c.Raise(Most), c.Join([]int{0, Most})); err != nil || c.Value() != 2*Most {
		t.Errorf("got %d (%v)", c.Value(), err)
	}
	for _, n := range []int{1, -1} {
		if err := c.Raise(n); !errors.Is(err, model.ErrRefused) {
			t.Errorf("raised by %d: got %v, want a refusal", n, err)
		}
	}
}

// Whatever is refused wraps model.ErrRefused and changes nothing.
func TestRefusedStepsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, n, c := made(NewStore(1)), made(NewCounter(1, 2)), made(NewCommit(2))
		for range 8 {
			p, q, k := Node(rapid.IntRange(-1, 3).Draw(t, "p")), Node(rapid.IntRange(-1, 3).Draw(t, "q")), rapid.IntRange(-1, 3).Draw(t, "k")
			for name, step := range modelcheck.InOrder(map[string]func() error{
				"put":   func() error { return second(s.Put("x", fmt.Sprint(k))) },
				"apply": func() error { return second(s.Apply(Update{"x", "y", Stamp{k, p}})) },
				"raise": func() error { return n.Raise(k) }, "join": func() error { return n.Join([]int{k, 1}) },
				"join less": func() error { return n.Join([]int{k}) }, "raise much": func() error { return n.Raise(Most + 1) },
				"vote": func() error { return c.Vote(p) }, "refuse": func() error { return c.Refuse(q) }, "hear": func() error { return c.Hear(p) },
				"commit": c.DecideCommit, "receive": func() error { return c.Receive(p) }, "ask": func() error { return c.Ask(p, q) },
				"crash": func() error { return c.Crash(q) }, "restart": func() error { return c.Restart(p) },
				"crash all": c.CrashCoordinator, "recover": c.Recover,
			}) {
				state := func() []any { return []any{s.Clone(), n.Clone(), c.Clone()} }
				before := state()
				if err := step(); err != nil && (!errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(before, state())) {
					t.Fatalf("%s: got %v, want a refusal that changes nothing", name, err)
				}
			}
		}
	})
}

// What is asked of nothing is nothing.
func TestZero(t *testing.T) {
	var (
		s Store
		n Counter
		c Commit
	)
	if _, ok := s.Get("x"); ok || second(s.Put("x", "y")) == nil || second(s.Apply(Update{"x", "y", Stamp{1, 1}})) == nil ||
		n.Value() != 0 || n.Raise(1) == nil || n.Join(nil) != nil || c.Vote(1) == nil || c.DecideCommit() == nil || c.Phase(1) != Working || c.Blocked() {
		t.Error("got something of nothing")
	}
	if up, alive := c.Up(1); up || !alive {
		t.Error("a participant of none is up")
	}
	if got := Phase(7).String(); got != "Phase(7)" {
		t.Errorf("got %s", got)
	}
}
