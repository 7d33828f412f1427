package ops

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/redraw"
)

// A loop that begins with "best score -1" loses a node whose score is that low; Choose finds it. It gives one of the
// fit nodes of greatest score, or none exactly if no node is fit.
func TestBestScoreMinusOneLosesNodes(t *testing.T) {
	minusOne := func(fit []bool, scores []int64) (int, bool) {
		best, node := int64(-1), -1
		for n := range scores {
			if fit[n] && scores[n] > best {
				best, node = scores[n], n
			}
		}
		return node, node >= 0
	}
	if _, ok := minusOne([]bool{true}, []int64{-1}); ok {
		t.Error("the loop found a node of score -1")
	}
	if n, ok := choose([]bool{false, true, true}, []int64{5, math.MinInt64, -3}); !ok || n != 2 {
		t.Errorf("got node %d, %t, want 2", n, ok)
	}
	lost := 0
	redraw.Until(t, func() bool { return lost > 0 }, func(t *rapid.T) {
		n := rapid.IntRange(0, 5).Draw(t, "nodes")
		fit := rapid.SliceOfN(rapid.Bool(), n, n).Draw(t, "fit")
		scores := rapid.SliceOfN(rapid.Int64Range(-3, 3), n, n).Draw(t, "scores")
		got, ok := choose(fit, scores)
		if ok != slices.Contains(fit, true) {
			t.Fatalf("got %t", ok)
		}
		if ok && !fit[got] {
			t.Fatalf("node %d is not fit", got)
		}
		for m := range n {
			if ok && fit[m] && (scores[m] > scores[got] || scores[m] == scores[got] && m < got) {
				t.Fatalf("got node %d, and node %d is better", got, m)
			}
		}
		if other, found := minusOne(fit, scores); found != ok {
			lost++
		} else if ok && other != got {
			t.Fatalf("the loop found node %d, want %d", other, got)
		}
	})
	if lost == 0 {
		t.Error("the loop lost no node")
	}
	if _, ok := Choose(-1, nil, nil); ok {
		t.Error("chosen among fewer than none")
	}
}

func choose(fit []bool, scores []int64) (int, bool) {
	return Choose(len(fit), func(n int) bool { return fit[n] }, func(n int) int64 { return scores[n] })
}

// adding is a scheduler that adds to what is used and keeps no record of what it has placed.
type adding struct{ capacity, used []int }

func (a *adding) schedule(needs int) (int, bool) {
	for n := range a.used {
		if a.used[n]+needs <= a.capacity[n] {
			a.used[n] += needs
			return n, true
		}
	}
	return 0, false
}

// A scheduler that only adds to what is used places the same container again and again until all is full, and can give
// nothing back. A Cluster refuses the second time, and a release restores what there was.
func TestSchedulerNeedsARecord(t *testing.T) {
	source := &adding{capacity: []int{4, 4}, used: []int{0, 0}}
	placed := 0
	for range 5 {
		if _, ok := source.schedule(2); ok {
			placed++
		}
	}
	if placed != 4 {
		t.Errorf("the same container was placed %d times, want 4: until all is full", placed)
	}
	c := made(NewCluster([]int{4, 4}))
	if err := c.Submit("web", 2); err != nil {
		t.Fatal(err)
	}
	before := c.Clone()
	if err := c.Bind("web", 1); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1} {
		if err := c.Bind("web", n); !errors.Is(err, ErrConflict) {
			t.Errorf("placed again: got %v, want %v", err, ErrConflict)
		}
	}
	if _, err := c.Choose("web"); !errors.Is(err, ErrUnschedulable) {
		t.Errorf("chosen again: got %v, want %v", err, ErrUnschedulable)
	}
	if err := c.Release("web"); err != nil {
		t.Fatal(err)
	}
	if err := c.Submit("web", 2); err != nil || !reflect.DeepEqual(c.Clone(), before) {
		t.Errorf("released and submitted again: got %v, %+v, want what was before", err, c)
	}
}

// Schedulers that read at any time and bind later: what is used is what is placed, and nothing is over.
func TestClusterAccounts(t *testing.T) {
	conflicts := 0
	redraw.Until(t, func() bool { return conflicts > 0 }, func(t *rapid.T) {
		capacity := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 3).Draw(t, "capacity")
		c := made(NewCluster(capacity))
		needs, at := map[string]int{}, map[string]int{}
		type choice struct {
			name string
			node int
		}
		var choices []choice
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			name := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "name")
			switch rapid.SampledFrom([]string{"submit", "choose", "choose", "bind", "bind", "release"}).Draw(t, "step") {
			case "submit":
				if n := rapid.IntRange(1, 3).Draw(t, "needs"); c.Submit(name, n) == nil {
					needs[name] = n
				}
			case "choose":
				node, err := c.Choose(name)
				room := -1
				for n := range capacity {
					if _, placed := at[name]; needs[name] > 0 && !placed && capacity[n]-c.Used(n) >= needs[name] {
						room = max(room, capacity[n]-c.Used(n))
					}
				}
				if (err == nil) != (room >= 0) || err == nil && capacity[node]-c.Used(node) != room {
					t.Fatalf("choose %q: got node %d (%v), the most room is %d", name, node, err, room)
				}
				if err == nil {
					choices = append(choices, choice{name, node})
				}
			case "bind":
				if len(choices) == 0 {
					continue
				}
				i := rapid.IntRange(0, len(choices)-1).Draw(t, "choice")
				chosen := choices[i]
				choices = slices.Delete(choices, i, i+1)
				err := c.Bind(chosen.name, chosen.node)
				if errors.Is(err, ErrConflict) {
					conflicts++
				} else if err != nil {
					t.Fatal(err)
				} else {
					at[chosen.name] = chosen.node
				}
			case "release":
				if c.Release(name) == nil {
					delete(needs, name)
					delete(at, name)
				}
			}
			used := make([]int, len(capacity))
			for name, node := range at {
				used[node] += needs[name]
				if n, ok := c.Node(name); !ok || n != node {
					t.Fatalf("%q is on node %d (%t), want %d", name, n, ok, node)
				}
			}
			for n := range capacity {
				if c.Used(n) != used[n] || used[n] > capacity[n] {
					t.Fatalf("node %d: got %d used of %d, want %d", n, c.Used(n), capacity[n], used[n])
				}
			}
			if got := len(c.Pending()); got != len(needs)-len(at) {
				t.Fatalf("got %d pending, want %d", got, len(needs)-len(at))
			}
		}
	})
	if conflicts == 0 {
		t.Error("there was no conflict")
	}
}

// events is what samples lead to.
func events(a Alert, samples ...int64) string {
	out := ""
	for _, v := range samples {
		out += string(a.Sample(v).String()[0])
	}
	return out
}

// A value that trembles around the upper threshold sends one notification; a monitor that looks at the threshold alone
// sends one for each sample above it.
func TestOneNotification(t *testing.T) {
	a := made(NewAlert(Thresholds{High: 80, Low: 60, For: 1, Clear: 2, Escalate: Most}))
	trembling := []int64{81, 79, 82, 78, 85, 90, 79, 81}
	if got := events(a, trembling...); got != "rnnnnnnn" {
		t.Errorf("got %s", got)
	}
	naive := 0
	for _, v := range trembling {
		if v > 80 {
			naive++
		}
	}
	if naive != 5 {
		t.Errorf("got %d notifications of a threshold alone", naive)
	}
	slow := made(NewAlert(Thresholds{High: 80, Low: 60, For: 3, Clear: 2, Escalate: 2}))
	if got := events(slow, 80, 80, 79, 80, 80, 80, 70, 70, 70, 60, 61, 60, 60, 0, 100); got != "nnnnnrnennnncnn" {
		t.Errorf("got %s", got)
	}
}

// Any samples: raised and cleared are those of a plain reading of the whole history.
func TestAlertAgainstHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		th := Thresholds{
			High: 3, Low: rapid.Int64Range(0, 2).Draw(t, "low"), For: rapid.IntRange(1, 3).Draw(t, "for"),
			Clear: rapid.IntRange(1, 3).Draw(t, "clear"), Escalate: rapid.IntRange(1, 4).Draw(t, "escalate"),
		}
		a := made(NewAlert(th))
		var history []int64
		firing, acked, raisedAt := false, false, 0
		last := func(n int, holds func(int64) bool) bool {
			return len(history) >= n && !slices.ContainsFunc(history[len(history)-n:], func(v int64) bool { return !holds(v) })
		}
		for range rapid.IntRange(0, 40).Draw(t, "samples") {
			if rapid.IntRange(0, 5).Draw(t, "ack") == 0 {
				if err := a.Ack(); (err == nil) != (firing && !acked) {
					t.Fatalf("ack: got %v, firing %t, acknowledged %t", err, firing, acked)
				}
				acked = firing
			}
			v := rapid.Int64Range(0, 5).Draw(t, "value")
			history = append(history, v)
			want := Nothing
			switch {
			case !firing && last(th.For, func(v int64) bool { return v >= th.High }):
				want, firing, acked, raisedAt = Raised, true, false, len(history)
			case firing && last(th.Clear, func(v int64) bool { return v <= th.Low }):
				want, firing, acked = Cleared, false, false
			case firing && !acked && len(history)-raisedAt == th.Escalate:
				want = Escalated
			}
			if got := a.Sample(v); got != want || a.Firing() != firing {
				t.Fatalf("%v: got %s, firing %t, want %s, %t", history, got, a.Firing(), want, firing)
			}
		}
	})
}

func TestConstructorsRefuse(t *testing.T) {
	for name, err := range map[string]error{
		"thresholds":        second(NewAlert(Thresholds{High: 1, Low: 1, For: 1, Clear: 1, Escalate: 1})),
		"no for":            second(NewAlert(Thresholds{High: 1, Clear: 1, Escalate: 1})),
		"no clear":          second(NewAlert(Thresholds{High: 1, For: 1, Escalate: 1})),
		"no escalation":     second(NewAlert(Thresholds{High: 1, For: 1, Clear: 1})),
		"too long":          second(NewAlert(Thresholds{High: 1, For: Most + 1, Clear: 1, Escalate: 1})),
		"negative capacity": second(NewCluster([]int{-1})),
		"great capacity":    second(NewCluster([]int{Most + 1})),
	} {
		if err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Whatever is refused wraps model.ErrRefused and changes nothing.
func TestRefusedStepsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, a := made(NewCluster([]int{2, 1})), made(NewAlert(Thresholds{High: 1, For: 1, Clear: 1, Escalate: 1}))
		for range 20 {
			name, n := fmt.Sprint(rapid.IntRange(1, 3).Draw(t, "name")), rapid.IntRange(-1, 3).Draw(t, "n")
			for what, step := range modelcheck.InOrder(map[string]func() error{
				"submit": func() error { return c.Submit(name, n) }, "bind": func() error { return c.Bind(name, n) },
				"release": func() error { return c.Release(name) }, "ack": a.Ack,
			}) {
				before := []any{c.Clone(), a}
				if err := step(); err != nil && (!errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(before, []any{c.Clone(), a})) {
					t.Fatalf("%s: got %v, want a refusal that changes nothing", what, err)
				}
			}
			a.Sample(int64(n))
		}
	})
}

// What is asked of nothing is nothing.
func TestZero(t *testing.T) {
	var (
		a Alert
		c Cluster
	)
	if a.Sample(math.MaxInt64) != Nothing || a.Ack() == nil || c.Submit("a", 1) == nil || c.Bind("a", 0) == nil || c.Release("a") == nil ||
		c.Used(-1) != 0 || c.Nodes() != 0 || c.Pending() != nil {
		t.Error("got something of nothing")
	}
	c = made(NewCluster([]int{1}))
	for _, needs := range []int{-1, 0, Most + 1} {
		if err := c.Submit("a", needs); !errors.Is(err, model.ErrRefused) {
			t.Errorf("needs %d: got %v, want a refusal", needs, err)
		}
	}
	if got := Event(9).String(); got != "Event(9)" {
		t.Errorf("got %s", got)
	}
}
