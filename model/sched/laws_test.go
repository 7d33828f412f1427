package sched

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

// offShare is the greatest distance from the exact share over all ways to break ties, in quanta, found by going through
// all of them.
func offShare(weights []int) *big.Rat {
	total := 0
	for _, w := range weights {
		total += w
	}
	worst := new(big.Rat)
	seen := map[string]bool{}
	var visit func(had []int, t int)
	visit = func(had []int, t int) {
		key := fmt.Sprint(had)
		if seen[key] || t == total {
			return
		}
		seen[key] = true
		for i, w := range weights {
			if off := big.NewRat(int64(max(had[i]*total-t*w, t*w-had[i]*total)), int64(total)); off.Cmp(worst) > 0 {
				worst = off
			}
			if least(had, weights, i) {
				next := slices.Clone(had)
				next[i]++
				visit(next, t+1)
			}
		}
	}
	visit(make([]int, len(weights)), 0)
	return worst
}

func least(had, weights []int, i int) bool {
	for k := range weights {
		if had[i]*weights[k] > had[k]*weights[i] {
			return false
		}
	}
	return true
}

// That stride scheduling keeps everybody within one quantum of his share is false for three jobs and more: with weights
// up to 6 the error is 6/7, 3/2 and 2 quanta for two, three and four. It is exactly what WorstError says, for each
// choice of weights.
func TestStrideErrorIsNotBoundedByOne(t *testing.T) {
	for n, want := range map[int]*big.Rat{2: big.NewRat(6, 7), 3: big.NewRat(3, 2), 4: big.NewRat(2, 1)} {
		worst := new(big.Rat)
		for weights := range modelcheck.Vectors(n, 6) {
			if !slices.IsSorted(weights) {
				continue
			}
			got := offShare(weights)
			if says, err := WorstError(weights); err != nil || says.Cmp(got) != 0 {
				t.Errorf("weights %v: got %s (%v), want %s", weights, says, err, got)
			}
			if got.Cmp(worst) > 0 {
				worst = got
			}
		}
		if worst.Cmp(want) != 0 {
			t.Errorf("%d jobs: got %s quanta, want %s", n, worst, want)
		}
	}
}

// A batch of jobs that all ask at once gets exactly what it asks for, in the order that a plain list of slices gives.
func TestRoundRobinTotals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		demands := rapid.SliceOfN(rapid.IntRange(1, 9), 1, 6).Draw(t, "demands")
		quantum, cost := rapid.IntRange(1, 4).Draw(t, "quantum"), rapid.IntRange(0, 2).Draw(t, "cost")
		r := made(NewRoundRobin(len(demands), quantum, cost))
		for i, d := range demands {
			if err := r.Submit(Job(i+1), d); err != nil {
				t.Fatal(err)
			}
		}
		var got, want []Job
		for r.Runs() != 0 {
			j := r.Runs()
			if _, paying := r.Left(); paying == 0 {
				got = append(got, j)
			}
			if err := r.Tick(); err != nil {
				t.Fatal(err)
			}
		}
		left, sum, switches := slices.Clone(demands), 0, 0
		for round := true; round; {
			round = false
			for i := range left {
				for k := 0; k < quantum && left[i] > 0; k++ {
					round = true
					left[i]--
					sum++
					want = append(want, Job(i+1))
				}
			}
		}
		for i := range want {
			if i == 0 || want[i] != want[i-1] {
				switches++
			}
		}
		if work, lost := r.Work(); !slices.Equal(got, want) || work != sum || lost != switches*cost {
			t.Errorf("got %v, %d and %d ticks, want %v, %d and %d", got, work, lost, want, sum, switches*cost)
		}
	})
}

// With a free switch the longest wait is the textbook's (n-1)q; what switching costs comes on top.
func TestRoundRobinWaitLimit(t *testing.T) {
	for _, test := range []struct{ jobs, quantum, cost, wait, ticks, done int }{
		{3, 2, 0, 4, 3, 11}, // twice (n-1)q, and 3
		{4, 10, 0, 30, 10, 40},
		{4, 10, 1, 34, 10, 44},
		{1, 5, 1, 1, 12, 15},
	} {
		r := made(NewRoundRobin(test.jobs, test.quantum, test.cost))
		if got, done := r.WaitLimit(), r.DoneLimit(test.ticks); got != test.wait || done != test.done {
			t.Errorf("%+v: got %d and %d", test, got, done)
		}
	}
}

// longestWait goes through all that can happen to jobs of priorities, of which the first is the least.
func longestWait(jobs, levels, age int) int {
	base := slices.Repeat([]int{levels - 1}, jobs)
	base[0] = 0
	worst, seen, todo := 0, map[string]bool{}, []Ageing{made(NewAgeing(base, levels, age))}
	for len(todo) > 0 {
		a := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		key := fmt.Sprint(a.ready, a.waited, a.last)
		if seen[key] {
			continue
		}
		seen[key] = true
		worst = max(worst, slices.Max(a.waited))
		for _, j := range modelcheck.Numbers[Job](jobs) {
			for _, step := range []func(*Ageing, Job) error{(*Ageing).Wake, (*Ageing).Run, (*Ageing).Block} {
				if next := a.Clone(); step(&next, j) == nil {
					todo = append(todo, next)
				}
			}
		}
	}
	return worst
}

func TestAgeingWaitLimitIsExact(t *testing.T) {
	for shape := range modelcheck.Vectors(3, 3) {
		jobs, levels, age := shape[0], shape[1], shape[2]
		if jobs == 3 && levels*age > 6 {
			continue // large, and no different
		}
		a := made(NewAgeing(make([]int, jobs), levels, age))
		if got := longestWait(jobs, levels, age); got != a.WaitLimit() {
			t.Errorf("%d jobs, %d levels, age %d: got %d ticks, want %d", jobs, levels, age, got, a.WaitLimit())
		}
	}
}

// Priorities that do not rise starve the least one; that a list is sorted says nothing of that.
func TestStrictPriorityStarves(t *testing.T) {
	for age, want := range map[int]int{Most: 5000, 10: 20} {
		a := made(NewAgeing([]int{0, 1}, 2, age))
		for j := Job(1); j <= 2; j++ {
			if err := a.Wake(j); err != nil {
				t.Fatal(err)
			}
		}
		longest := 0
		for range 5000 {
			j, _ := a.Next()
			if err := a.Run(j); err != nil {
				t.Fatal(err)
			}
			longest = max(longest, a.Waited(1))
		}
		if longest > want || longest < want/2 || longest > a.WaitLimit() {
			t.Errorf("a level for %d ticks: job 1 waited for %d, want about %d", age, longest, want)
		}
	}
}

// canMeet tries every schedule.
func canMeet(jobs []Request, got []int, now int) bool {
	left := false
	for i, r := range jobs {
		if got[i] < r.Need {
			left = true
			if now >= r.Deadline {
				return false
			}
		}
	}
	if !left {
		return true
	}
	for i, r := range jobs {
		if got[i] < r.Need && r.Release <= now {
			got[i]++
			ok := canMeet(jobs, got, now+1)
			got[i]--
			if ok {
				return true
			}
		}
	}
	return canMeet(jobs, got, now+1)
}

// Earliest deadline first meets all deadlines exactly if some schedule does, and if there is no overload.
func TestEarliestDeadlineFirstIsOptimal(t *testing.T) {
	met := 0
	for set := range requests(3, 4, 2) {
		d := made(NewDeadlines(set))
		for !d.Over() {
			var err error
			if j, ok := d.Next(); ok {
				err = d.Run(j)
			} else {
				err = d.Idle()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		meets, want := len(d.Missed()) == 0, canMeet(set, make([]int, len(set)), 0)
		over, overloaded := Overload(set)
		if meets != want || overloaded == want {
			t.Fatalf("%+v: met %t, overload %t, want met %t", set, meets, overloaded, want)
		}
		if overloaded {
			demand := 0
			for _, r := range set {
				if over.From <= r.Release && r.Deadline <= over.To {
					demand += r.Need
				}
			}
			if demand != over.Demand || demand <= over.To-over.From {
				t.Fatalf("%+v: got overload %+v, which needs %d", set, over, demand)
			}
		}
		if meets {
			met++
		}
	}
	if met == 0 {
		t.Error("no set of jobs can be done")
	}
}

// simulate runs tasks that all ask at 0 and then as soon as they may, the first by an order, until all have asked anew
// at once. It gives how long each took at most.
func simulate(tasks []Task, before func(due []int, i, k int) bool) (longest []int, ok bool) {
	n := len(tasks)
	left, due, asked := make([]int, n), make([]int, n), make([]int, n)
	longest = make([]int, n)
	period := 1
	for _, t := range tasks {
		for m := period; period%t.Period != 0; period += m {
		}
	}
	for now := range period {
		for i, t := range tasks {
			if left[i] > 0 && now >= due[i] {
				return longest, false
			}
			if now%t.Period == 0 {
				left[i], due[i], asked[i] = t.Cost, now+t.Deadline, now
			}
		}
		run := -1
		for i := range tasks {
			if left[i] > 0 && (run < 0 || before(due, i, run)) {
				run = i
			}
		}
		if run >= 0 {
			left[run]--
			if left[run] == 0 {
				longest[run] = max(longest[run], now+1-asked[run])
			}
		}
	}
	for i := range tasks {
		ok = left[i] == 0
		if !ok {
			break
		}
	}
	return longest, ok
}

// taskSets gives all sets of up to three tasks of short periods.
func taskSets(yield func([]Task) bool) {
	var single []Task
	for p := 1; p <= 6; p++ {
		for d := 1; d <= p; d++ {
			for c := 1; c <= d; c++ {
				if p != 5 && (p != 6 || c < 4) { // fewer, of short common periods
					single = append(single, Task{c, p, d})
				}
			}
		}
	}
	for n := 1; n <= 3; n++ {
		for pick := range modelcheck.Vectors(n, len(single)) {
			if n == 3 && (pick[0]+pick[1]+pick[2])%5 != 0 {
				continue
			}
			set := make([]Task, n)
			for i, p := range pick {
				set[i] = single[p-1]
			}
			if !yield(set) {
				return
			}
		}
	}
}

// The tests before the run say what the run shows: asking all at once and as soon as they may is the worst that tasks can do.
func TestTaskSetsAgainstSimulation(t *testing.T) {
	counts := map[bool]int{}
	for set := range taskSets {
		got, err := FeasibleEDF(set)
		_, want := simulate(set, func(due []int, i, k int) bool { return due[i] < due[k] })
		if err != nil || got != want {
			t.Fatalf("%+v: got feasible %t (%v), want %t", set, got, err, want)
		}
		counts[got]++
		times, ok, err := ResponseTimes(set)
		longest, want := simulate(set, func(_ []int, i, k int) bool { return i < k })
		if err != nil || ok != want || ok && !slices.Equal(times, longest) {
			t.Fatalf("%+v: got response times %v, %t (%v), want %v, %t", set, times, ok, err, longest, want)
		}
	}
	if counts[true] < 100 || counts[false] < 100 {
		t.Errorf("got %v", counts)
	}
}

// Each test says yes to fewer task sets than the next: Liu and Layland's bound, the hyperbolic one, response times,
// earliest deadline first.
func TestTestsOfTaskSetsAreOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Task {
			period := rapid.IntRange(1, 60).Draw(t, "period")
			return Implicit(rapid.IntRange(1, max(1, period/2)).Draw(t, "cost"), period)
		}), 1, 4).Draw(t, "tasks")
		slices.SortFunc(set, func(a, b Task) int { return a.Period - b.Period })
		liuLayland, e1 := LiuLayland(set)
		hyperbolic, e2 := Hyperbolic(set)
		_, fixed, e3 := ResponseTimes(set)
		edf, e4 := FeasibleEDF(set)
		if err := errors.Join(e1, e2, e3, e4); err != nil {
			t.Fatal(err)
		}
		before := true
		for _, says := range []bool{edf, fixed, hyperbolic, liuLayland} {
			if says && !before {
				t.Fatalf("%+v: got %t, %t, %t, %t, want each to follow from the one before", set, liuLayland, hyperbolic, fixed, edf)
			}
			before = says
		}
	})
}

func TestTaskSets(t *testing.T) {
	for name, test := range map[string]struct {
		tasks                         []Task
		load                          *big.Rat
		liuLayland, hyperbolic, fixed bool
		edf                           bool
	}{
		"full load":                    {[]Task{Implicit(2, 4), Implicit(3, 6)}, big.NewRat(1, 1), false, false, false, true},
		"2(sqrt 2 - 1) is .8284: .82":  {[]Task{Implicit(41, 100), Implicit(41, 100)}, big.NewRat(82, 100), true, true, true, true},
		".83":                          {[]Task{Implicit(415, 1000), Implicit(415, 1000)}, big.NewRat(83, 100), false, false, true, true},
		"1/2 and 1/3, by Bini et al.":  {[]Task{Implicit(1, 2), Implicit(1, 3)}, big.NewRat(5, 6), false, true, true, true},
		"harmonic periods":             {[]Task{Implicit(1, 2), Implicit(1, 4), Implicit(2, 8)}, big.NewRat(1, 1), false, false, true, true},
		"above 1":                      {[]Task{Implicit(2, 3), Implicit(2, 4)}, big.NewRat(7, 6), false, false, false, false},
		"early deadlines":              {[]Task{{2, 8, 3}, {2, 8, 3}}, big.NewRat(1, 2), true, true, false, false},
		"one task, all of it":          {[]Task{Implicit(3, 3)}, big.NewRat(1, 1), true, true, true, true},
		"none":                         {nil, new(big.Rat), true, true, true, true},
		"long periods, hardly in step": {[]Task{{1, 999_983, 999_983}, {999_979 / 2, 999_979, 999_978}}, nil, true, true, true, true},
	} {
		liuLayland, e1 := LiuLayland(test.tasks)
		hyperbolic, e2 := Hyperbolic(test.tasks)
		_, fixed, e3 := ResponseTimes(test.tasks)
		edf, e4 := FeasibleEDF(test.tasks)
		load, e5 := Load(test.tasks)
		if err := errors.Join(e1, e2, e3, e4, e5); err != nil {
			t.Fatal(err)
		}
		if liuLayland != test.liuLayland || hyperbolic != test.hyperbolic || fixed != test.fixed || edf != test.edf ||
			test.load != nil && load.Cmp(test.load) != 0 {
			t.Errorf("%s: got %t, %t, %t, %t, load %s", name, liuLayland, hyperbolic, fixed, edf, load)
		}
	}
}

// A busy period that does not end soon is said to be too long; nothing is guessed.
func TestTooLong(t *testing.T) {
	tasks := []Task{{500_000, 1_000_003, 1_000_003}, {500_000, 1_000_033, 1_000_032}}
	if _, err := FeasibleEDF(tasks); err != nil {
		t.Error(err) // half a load each, and no more
	}
	tight := []Task{{1, 2, 2}, {349_525, 1_048_575, 1_048_574}, {174_761, 1_048_573, 1_048_573}}
	if _, err := FeasibleEDF(tight); err != nil && !errors.Is(err, ErrTooLong) {
		t.Error(err)
	}
}

func TestConstructorsRefuse(t *testing.T) {
	for name, err := range map[string]error{
		"no jobs":             second(NewRoundRobin(0, 1, 1)),
		"no quantum":          second(NewRoundRobin(1, 0, 1)),
		"negative switch":     second(NewRoundRobin(1, 1, -1)),
		"too many ticks":      second(NewRoundRobin(1, Most+1, 1)),
		"no priorities":       second(NewAgeing(nil, 1, 1)),
		"no levels":           second(NewAgeing([]int{0}, 0, 1)),
		"no age":              second(NewAgeing([]int{0}, 1, 0)),
		"priority too great":  second(NewAgeing([]int{1}, 1, 1)),
		"negative priority":   second(NewAgeing([]int{-1}, 1, 1)),
		"no time":             second(NewDeadlines([]Request{{1, 1, 1}})),
		"negative release":    second(NewDeadlines([]Request{{-1, 1, 1}})),
		"late deadline":       second(NewDeadlines([]Request{{0, Most + 1, 1}})),
		"nothing to do":       second(NewDeadlines([]Request{{0, 1, 0}})),
		"cost over deadline":  second(NewRecurring([]Task{{3, 4, 2}})),
		"deadline over":       second(NewRecurring([]Task{{1, 2, 3}})),
		"no cost":             second(FeasibleEDF([]Task{{0, 2, 2}})),
		"no cost, hyperbolic": second(Hyperbolic([]Task{{0, 2, 2}})),
		"no cost, bound":      second(LiuLayland([]Task{{0, 2, 2}})),
		"period too long":     second(Load([]Task{Implicit(1, Most+1)})),
		"no weights":          second(WorstError(nil)),
		"no weight":           second(WorstError([]int{1, 0})),
	} {
		if err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Random steps, many of them wrong: whatever is refused wraps model.ErrRefused and changes nothing.
func TestRefusedStepsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rr, ageing := made(NewRoundRobin(3, 2, 1)), made(NewAgeing([]int{0, 1, 1}, 2, 2))
		deadlines := made(NewDeadlines([]Request{{0, 3, 2}, {1, 2, 1}, {2, 6, 2}}))
		tasks := made(NewRecurring([]Task{Implicit(1, 2), {1, 4, 3}}))
		for range 20 {
			j, n := Job(rapid.IntRange(-1, 4).Draw(t, "job")), rapid.SampledFrom([]int{-1, 0, 1, 3, Most + 1}).Draw(t, "ticks")
			for name, step := range modelcheck.InOrder(map[string]func() error{
				"submit": func() error { return rr.Submit(j, n) }, "tick": rr.Tick,
				"wake": func() error { return ageing.Wake(j) }, "run": func() error { return ageing.Run(j) },
				"block": func() error { return ageing.Block(j) },
				"run d": func() error { return deadlines.Run(j) }, "idle d": deadlines.Idle,
				"ask": func() error { return tasks.Ask(j) }, "run t": func() error { return tasks.Run(j) }, "idle t": tasks.Idle,
			}) {
				before := []any{rr.Clone(), ageing.Clone(), deadlines.Clone(), tasks.Clone()}
				err := step()
				if err == nil {
					continue
				}
				after := []any{rr.Clone(), ageing.Clone(), deadlines.Clone(), tasks.Clone()}
				if !errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(before, after) {
					t.Fatalf("%s: got %v, want a refusal that changes nothing:\n%+v\n%+v", name, err, before, after)
				}
			}
			if tasks.Late() {
				t.Fatal("late")
			}
		}
	})
}

// What is asked of nothing, and of jobs that are not there, is zero.
func TestZero(t *testing.T) {
	var (
		rr        RoundRobin
		ageing    Ageing
		deadlines Deadlines
		tasks     Recurring
	)
	if rr.Demand(1)+rr.Served(-1)+rr.WaitLimit()+rr.DoneLimit(1)+ageing.Waited(1)+ageing.Priority(1)+ageing.WaitLimit()+
		deadlines.Got(0)+tasks.Left(1)+tasks.Wait(2) != 0 || ageing.Ready(1) || deadlines.Request(1) != (Request{}) {
		t.Error("got something of nothing")
	}
	if _, ok := tasks.Next(); ok {
		t.Error("got a task of none")
	}
}

// The test of Liu and Layland is exact, at loads next to its limit too, and takes no longer for that.
func TestLiuLaylandExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "tasks")
		tasks := make([]Task, n)
		limit := float64(n) * (math.Pow(2, 1/float64(n)) - 1)
		for i := range tasks {
			period := rapid.IntRange(1, 1<<16).Draw(t, "period")
			near := int(limit/float64(n)*float64(period)) + rapid.IntRange(-1, 1).Draw(t, "near")
			tasks[i] = Implicit(min(max(1, near), period), period)
		}
		got, err := LiuLayland(tasks)
		if err != nil {
			t.Fatal(err)
		}
		factor, _ := Load(tasks)
		factor.Quo(factor, big.NewRat(int64(n), 1)).Add(factor, big.NewRat(1, 1))
		product := big.NewRat(1, 1)
		for range n {
			product.Mul(product, factor)
		}
		if want := product.Cmp(big.NewRat(2, 1)) <= 0; got != want {
			t.Fatalf("%v: got %t, want %t", tasks, got, want)
		}
	})
	many := make([]Task, 300) // exactly, the power has half a million digits
	for i := range many {
		many[i] = Implicit(1, 1000-i)
	}
	if ok, err := LiuLayland(many); !ok || err != nil {
		t.Errorf("at a load of 0.36: got %t, %v", ok, err)
	}
}
