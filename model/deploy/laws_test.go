package deploy

import (
	"errors"
	"math/big"
	"reflect"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

// The first six are the examples in the comment of ResolveFenceposts (Kubernetes, deployment_util.go), the others of
// the documentation of the API (RollingUpdateDeployment: 30% of 10) and the defaults.
func TestFenceposts(t *testing.T) {
	for _, test := range []struct {
		replicas           int
		surge, unavailable Amount
		want               [2]int
	}{
		{2, Percent(0), Percent(1), [2]int{0, 1}},
		{1, Percent(0), Percent(1), [2]int{0, 1}},
		{2, Percent(1), Percent(25), [2]int{1, 0}},
		{1, Percent(1), Percent(25), [2]int{1, 0}},
		{2, Percent(1), Percent(0), [2]int{1, 0}},
		{1, Percent(1), Percent(0), [2]int{1, 0}},
		{10, Percent(30), Percent(30), [2]int{3, 3}},
		{1, Percent(25), Percent(25), [2]int{1, 0}},
		{4, Percent(25), Percent(25), [2]int{1, 1}},
		{5, Percent(25), Percent(25), [2]int{2, 1}},
		{3, Percent(150), Pods(0), [2]int{5, 0}},
		{2, Pods(3), Pods(5), [2]int{3, 2}},
		{0, Percent(25), Percent(25), [2]int{0, 0}},
	} {
		surge, unavailable, err := Fenceposts(test.replicas, test.surge, test.unavailable)
		if err != nil || [2]int{surge, unavailable} != test.want {
			t.Errorf("%d replicas, %s and %s: got %d and %d (%v), want %v", test.replicas, test.surge, test.unavailable, surge, unavailable, err, test.want)
		}
	}
	for _, bad := range []struct {
		replicas           int
		surge, unavailable Amount
	}{
		{1, Pods(0), Pods(0)},
		{1, Percent(0), Pods(0)},
		{1, Pods(-1), Pods(1)},
		{1, Pods(1), Percent(101)},
		{-1, Pods(1), Pods(1)},
		{1, Pods(Most + 1), Pods(1)},
	} {
		if _, _, err := Fenceposts(bad.replicas, bad.surge, bad.unavailable); err == nil {
			t.Errorf("%+v: got no error", bad)
		}
	}
}

// Rounding by whole numbers is rounding of exact fractions.
func TestFencepostsRound(t *testing.T) {
	ceil := func(r *big.Rat) int {
		n := int(new(big.Int).Quo(r.Num(), r.Denom()).Int64())
		if !r.IsInt() {
			n++
		}
		return n
	}
	rapid.Check(t, func(t *rapid.T) {
		replicas := rapid.IntRange(0, Most).Draw(t, "replicas")
		s, u := rapid.IntRange(1, 300).Draw(t, "surge"), rapid.IntRange(0, 100).Draw(t, "unavailable")
		surge, unavailable, err := Fenceposts(replicas, Percent(s), Percent(u))
		part := func(p int) *big.Rat { return big.NewRat(int64(p)*int64(replicas), 100) }
		down := new(big.Int).Quo(part(u).Num(), part(u).Denom())
		want := int(down.Int64())
		if err != nil || surge != ceil(part(s)) || unavailable != want {
			t.Fatalf("got %d and %d (%v), want %d and %d", surge, unavailable, err, ceil(part(s)), want)
		}
	})
}

// inState is a deployment of ten replicas with an old and a new replica set.
func inState(surge, unavailable, old, ready, fresh, freshReady int) Deployment {
	d := Deployment{
		replicas: 10, surge: surge, unavailable: unavailable, deadline: 1, target: 2,
		pods: []int{old, fresh}, up: []int{ready, freshReady},
	}
	return d
}

// The cases of Kubernetes, pkg/controller/deployment/rolling_test.go, TestDeploymentController_reconcileNewReplicaSet and
// _reconcileOldReplicaSets, but the one that scales the deployment down.
func TestKubernetesCases(t *testing.T) {
	for _, test := range []struct{ surge, old, fresh, want int }{
		{0, 10, 0, 0}, {2, 10, 0, 2}, {2, 5, 0, 7}, {2, 10, 2, 2},
	} {
		d := inState(test.surge, 0, test.old, test.old, test.fresh, test.fresh)
		if got := test.fresh + d.raise(); got != test.want {
			t.Errorf("%+v: got %d", test, got)
		}
	}
	for _, test := range []struct{ unavailable, old, fresh, ready, freshReady, want int }{
		{1, 10, 0, 10, 0, 9}, // theirs says 0, which with a surge of 0 is taken as 1
		{2, 10, 0, 10, 0, 8},
		{2, 10, 0, 8, 0, 8}, // those that are not available go
		{2, 10, 0, 9, 0, 8}, // one that is not available, and one that is
		{2, 8, 2, 8, 0, 8},  // new ones that are not available are no reason to go on
	} {
		d := inState(0, test.unavailable, test.old, test.ready, test.fresh, test.freshReady)
		before := d.Clone()
		lowered := d.lower()
		if got, _ := d.Pods(1); got != test.want || lowered != test.old-test.want {
			t.Errorf("%+v: got %d, lowered %d", test, got, lowered)
		}
		_, least := d.Limits()
		if _, available := d.Total(); available < min(least, test.ready+test.freshReady) {
			t.Errorf("%+v: %d are available", before, available)
		}
	}
}

// The two stories told in the controller's source: a crash-looping revision of a deployment of ten (surge 3,
// unavailable 2) with a pod lost beside it, and the rollback of it; and another revision on top of it instead.
func TestCrashLoop(t *testing.T) {
	d := made(NewDeployment(10, 3, 2, 3, 9))
	sync := func(want ...int) {
		t.Helper()
		if err := d.Sync(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(d.pods, want) {
			t.Fatalf("got pods %v, want %v", d.pods, want)
		}
	}
	check := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	check(d.Update(2))
	sync(10, 3, 0)
	sync(8, 3, 0)
	sync(8, 5, 0)
	check(d.Fail(1))
	if err := d.Sync(); !errors.Is(err, model.ErrRefused) {
		t.Fatalf("13 - 8 - 5 = 0: got %v", err)
	}
	over := d.Clone() // what if another revision is pushed instead
	check(d.Update(1))
	sync(8, 1, 0) // 13 - 8 - 1 = 4
	sync(10, 1, 0)
	check(d.Ready(1))
	sync(10, 0, 0)
	check(d.Ready(1), d.Ready(1))
	if !d.Complete() {
		t.Errorf("not complete: %+v", d)
	}
	d = over
	check(d.Update(3))
	sync(7, 1, 0) // 13 - 8 - 0 = 5: the lost one first, of the oldest set, then 4 that crash
	sync(7, 1, 5)
}

// Random runs: never more than the surge, and the controller never takes away an available pod that is needed.
func TestRollingBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		replicas := rapid.IntRange(1, 12).Draw(t, "replicas")
		s, u := rapid.IntRange(0, 100).Draw(t, "surge"), rapid.IntRange(1, 100).Draw(t, "unavailable")
		surge, unavailable, err := Fenceposts(replicas, Percent(s), Percent(u))
		if err != nil {
			t.Fatal(err)
		}
		d := made(NewDeployment(replicas, surge, unavailable, 3, 5))
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			r := Revision(rapid.IntRange(1, 3).Draw(t, "revision"))
			_, before := d.Total()
			switch rapid.SampledFrom([]string{"sync", "sync", "ready", "ready", "fail", "update"}).Draw(t, "step") {
			case "sync":
				_ = d.Sync()
				if _, after := d.Total(); after < min(before, replicas-unavailable) {
					t.Fatalf("%d of %d were available, now %d", before, replicas, after)
				}
			case "ready":
				_ = d.Ready(r)
			case "fail":
				_ = d.Fail(r)
			case "update":
				_ = d.Update(r)
			}
			if total, _ := d.Total(); total > replicas+surge {
				t.Fatalf("%d pods of %d and %d", total, replicas, surge)
			}
		}
		for steps := 0; !d.Complete(); steps++ { // nobody interferes
			if steps > 100*replicas {
				t.Fatalf("the update is not completed: %+v", d)
			}
			if d.Sync() != nil {
				for r := Revision(1); r <= 3; r++ {
					_ = d.Ready(r)
				}
			}
		}
	})
}

// Random runs of users on resources that need others: a run begins only on what its plan saw, is never stuck, and
// leaves nothing without what it needs.
func TestWorkspaceRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const resources, users = 4, 3
		var needs [][]int
		for r := range resources {
			var of []int
			for n := range r {
				if rapid.Bool().Draw(t, "needs") {
					of = append(of, n)
				}
			}
			needs = append(needs, of)
		}
		w := made(NewWorkspace(needs, users))
		isSound := func(v []int) bool {
			for r := range v {
				for _, n := range needs[r] {
					if v[r] > 0 && v[n] == 0 {
						return false
					}
				}
			}
			return true
		}
		since := map[User][]int{} // what there was when each planned
		for range rapid.IntRange(0, 80).Draw(t, "steps") {
			u := User(rapid.IntRange(1, users).Draw(t, "user"))
			lock, running := w.Lock()
			before := w.Actual()
			switch rapid.SampledFrom([]string{"plan", "begin", "begin", "change", "change", "change", "end", "kill", "fail", "unlock"}).Draw(t, "step") {
			case "plan":
				wants := rapid.SliceOfN(rapid.IntRange(0, 2), resources, resources).Draw(t, "wants")
				err := w.Plan(u, wants...)
				if err == nil {
					since[u] = before
				}
				if err == nil && !isSound(wants) || errors.Is(err, ErrLocked) && lock == 0 {
					t.Fatalf("plan %v: got %v", wants, err)
				}
			case "begin":
				err := w.Begin(u)
				if err == nil && (lock != 0 || !slices.Equal(since[u], before)) {
					t.Fatalf("user %d begins on %v, planned on %v, locked by %d", u, before, since[u], lock)
				}
				if errors.Is(err, ErrLocked) != (err != nil && lock != 0 && since[u] != nil) {
					t.Fatalf("locked by %d: got %v", lock, err)
				}
			case "change":
				if next := w.Next(u); len(next) > 0 {
					if err := w.Change(u, rapid.SampledFrom(next).Draw(t, "resource")); err != nil {
						t.Fatal(err)
					}
					if lock != u || !running {
						t.Fatalf("user %d changes while user %d holds the lock (%t)", u, lock, running)
					}
				} else if lock == u && running && !slices.Equal(w.Actual(), w.plans[u-1].wants) {
					t.Fatalf("a run is stuck: %v, wants %v", w.Actual(), w.plans[u-1].wants)
				}
			case "end":
				if w.End(u) == nil {
					since[u] = nil
				}
			case "kill":
				_ = w.Kill()
			case "fail":
				if next := w.Next(u); len(next) > 0 && w.Fail(u, next[0]) == nil {
					since[u] = nil
				}
			case "unlock":
				if w.ForceUnlock() == nil {
					since[lock] = nil
				}
			}
			if !isSound(w.Actual()) {
				t.Fatalf("%v: something is without what it needs (%v)", w.Actual(), needs)
			}
		}
	})
}

// Two plans of the same state: the second is stale once the first has changed anything, and not before.
func TestStalePlans(t *testing.T) {
	w := made(NewWorkspace([][]int{nil, {0}}, 2))
	check := func(want error, got error) {
		t.Helper()
		if !errors.Is(got, want) || want == nil && got != nil {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	check(nil, w.Plan(1, 1, 1))
	check(nil, w.Plan(2, 2, 0))
	check(nil, w.Begin(1))
	check(ErrLocked, w.Begin(2))
	check(model.ErrRefused, w.Change(1, 1)) // not before what it needs
	check(nil, w.Change(1, 0))
	check(nil, w.Change(1, 1))
	check(nil, w.End(1))
	check(ErrStale, w.Begin(2))
	check(nil, w.Discard(2))
	check(nil, w.Plan(2, 2, 0))
	check(nil, w.Begin(2))
	check(ErrLocked, w.Plan(1, 0, 0))
	check(model.ErrRefused, w.Discard(2))
	check(model.ErrRefused, w.ForceUnlock()) // alive
	if made, stale := w.Planned(2); !made || stale {
		t.Error("user 2 has a plan that is not stale")
	}
}

func TestConstructorsRefuse(t *testing.T) {
	for name, err := range map[string]error{
		"no replica":       second(NewDeployment(0, 1, 0, 1, 1)),
		"no revision":      second(NewDeployment(1, 1, 0, 0, 1)),
		"no deadline":      second(NewDeployment(1, 1, 0, 1, 0)),
		"no way":           second(NewDeployment(1, 0, 0, 1, 1)),
		"more than all":    second(NewDeployment(1, 0, 2, 1, 1)),
		"negative":         second(NewDeployment(1, -1, 2, 1, 1)),
		"too many":         second(NewDeployment(Most+1, 1, 0, 1, 1)),
		"needs itself":     second(NewWorkspace([][]int{{0}}, 1)),
		"needs a negative": second(NewWorkspace([][]int{nil, {-1}}, 1)),
		"nobody":           second(NewWorkspace(nil, 0)),
	} {
		if err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// The deadline is that of a rollout. Once it has been completed, a pod that fails is no lack of progress, until the next one (Kubernetes,
// progress.go, and DeploymentTimedOut, for the reason NewReplicaSetAvailable).
func TestDeadlineOfRollouts(t *testing.T) {
	d := made(NewDeployment(2, 1, 0, 2, 1))
	ticks := func(want bool) {
		t.Helper()
		if err := d.Tick(); (err == nil) != want || d.Exceeded() != want {
			t.Errorf("a tick: got %v, exceeded %t, want %t", err, d.Exceeded(), want)
		}
	}
	for _, step := range []func() error{
		func() error { return d.Fail(1) },
		func() error { ticks(false); return d.Update(2) },
		func() error { ticks(true); return d.Update(1) },
		func() error { ticks(true); return d.Ready(1) },
		func() error { ticks(false); return d.Fail(1) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	ticks(false)
}

// Whatever is refused wraps model.ErrRefused and changes nothing.
func TestRefusedStepsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, w := made(NewDeployment(2, 1, 0, 2, 2)), made(NewWorkspace([][]int{nil, {0}}, 2))
		for range 12 {
			n, m := rapid.IntRange(-1, 3).Draw(t, "n"), rapid.IntRange(-1, 3).Draw(t, "m")
			for name, step := range modelcheck.InOrder(map[string]func() error{
				"update": func() error { return d.Update(Revision(n)) }, "sync": d.Sync, "tick": d.Tick,
				"ready": func() error { return d.Ready(Revision(n)) }, "fail": func() error { return d.Fail(Revision(m)) },
				"plan": func() error { return w.Plan(User(n), m, max(0, m-1)) }, "begin": func() error { return w.Begin(User(n)) },
				"change": func() error { return w.Change(User(n), m) }, "discard": func() error { return w.Discard(User(m)) },
				"end": func() error { return w.End(User(n)) }, "kill": w.Kill, "unlock": w.ForceUnlock,
				"fail to change": func() error { return w.Fail(User(n), m) }, "plan too little": func() error { return w.Plan(1, 1) },
			}) {
				before := []any{d.Clone(), w.Clone()}
				if err := step(); err != nil && (!errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(before, []any{d.Clone(), w.Clone()})) {
					t.Fatalf("%s: got %v, want a refusal that changes nothing", name, err)
				}
			}
		}
	})
}

// What is asked of nothing is nothing.
func TestZero(t *testing.T) {
	var (
		d Deployment
		w Workspace
	)
	if pods, up := d.Pods(1); pods+up != 0 || d.Exceeded() || d.Sync() == nil || d.Tick() == nil || d.Update(1) == nil || d.Ready(0) == nil {
		t.Error("got something of nothing")
	}
	if w.Begin(1) == nil || w.Plan(1) == nil || w.Kill() == nil || w.Next(0) != nil || w.End(0) == nil || w.ForceUnlock() == nil {
		t.Error("a workspace without users does something")
	}
}
