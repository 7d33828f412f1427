package kubelet

import (
	"errors"
	"iter"
	"slices"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/kubernetes/scheduler"
)

var errNo = errors.New("not enabled")

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// watch is a state of manager.bh: a Manager and what it looks at.
type watch struct {
	Manager   *Manager
	Available int64
	Looked    bool
	Evicts    int8 // of evictions
	Streak    int
}

var evictions = []string{"nobody", "softly", "hard"}

// watchOf are the constants of manager.bh.
type watchOf struct{ most, soft, hard, reclaim, grace, transition int64 }

func (o watchOf) config() Config {
	var c Config
	c.Soft[MemoryAvailable].Amount = o.soft
	c.Hard[MemoryAvailable].Amount = o.hard
	c.MinReclaim[MemoryAvailable].Amount = o.reclaim
	c.Grace[MemoryAvailable] = o.grace * Interval
	c.Transition = o.transition * Interval
	return c
}

// settle makes managers equal that go on in the same way: times count from the present, and only as far as they matter.
func (o watchOf) settle(m *Manager) {
	const s, c = MemoryAvailable, MemoryPressure
	m.since[0][s] = 0
	m.since[1][s] = -o.lasts(m) * Interval
	hold := o.hold(m)
	m.now = 0
	m.seen[c] = hold > 0
	m.last[c] = 0
	if m.seen[c] {
		m.last[c] = (hold - o.transition) * Interval
	}
}

// lasts is for how many looks the soft threshold has been met.
func (o watchOf) lasts(m *Manager) int64 {
	if !m.met[1][MemoryAvailable] {
		return 0
	}
	return min(o.grace, (m.now-m.since[1][MemoryAvailable])/Interval)
}

// hold is for how many looks the condition still shows.
func (o watchOf) hold(m *Manager) int64 {
	if !m.seen[MemoryPressure] {
		return 0
	}
	return max(0, o.transition-(m.now-m.last[MemoryPressure])/Interval)
}

func (o watchOf) look(w *watch) error {
	var seen [signals]Observation
	seen[MemoryAvailable] = Observation{w.Available, o.most}
	d, err := w.Manager.Look(Interval, seen)
	if err != nil {
		return err
	}
	w.Evicts = 0
	if d.Evict {
		w.Evicts = 1
		if d.Hard {
			w.Evicts = 2
		}
	}
	limit := o.soft
	if w.Streak > int(o.grace) {
		limit += o.reclaim
	}
	w.Streak = min(w.Streak+1, int(o.grace)+1)
	if w.Available >= limit {
		w.Streak = 0
	}
	w.Looked = true
	o.settle(w.Manager)
	return nil
}

func (o watchOf) change(w *watch, to int64) error {
	if !w.Looked || to == w.Available {
		return errNo
	}
	w.Available, w.Looked = to, false
	return nil
}

// system is the system of manager.bh over Manager.
func (o watchOf) system() model.System {
	var amounts []int64
	for n := range o.most + 1 {
		amounts = append(amounts, n)
	}
	return model.MustDefine(model.Definition[watch]{
		Name: "EvictionManager",
		Init: func(yield func(watch) bool) {
			yield(watch{Manager: must(NewManager(o.config())), Available: o.most, Looked: true})
		},
		Actions: []model.ActionOf[watch]{
			{Name: "Change", Params: []string{"to"}, Next: modelcheck.Call1(amounts, o.change)},
			{Name: "Look", Next: modelcheck.Call(o.look)},
		},
		Invariants: []model.Predicate[watch]{{Name: "Shown", Holds: func(w watch) bool { return w.Evicts == 0 || w.Manager.Under(MemoryPressure) }}},
		Show: func(w watch) []model.Binding {
			return []model.Binding{
				{Name: "available", Value: modelcheck.Int(w.Available)},
				{Name: "looked", Value: model.Bool(w.Looked)},
				{Name: "soft", Value: model.Bool(w.Manager.met[1][MemoryAvailable])},
				{Name: "hard_met", Value: model.Bool(w.Manager.met[0][MemoryAvailable])},
				{Name: "lasts", Value: modelcheck.Int(o.lasts(w.Manager))},
				{Name: "hold", Value: modelcheck.Int(o.hold(w.Manager))},
				{Name: "evicts", Value: model.Text(evictions[w.Evicts])},
				{Name: "streak", Value: modelcheck.Int(w.Streak)},
			}
		},
	})
}

func (o watchOf) pair(name string) modelcheck.Pair {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	return modelcheck.Pair{Name: name, System: o.system(), File: "manager.bh", Constants: constants{
		"MOST": n(o.most), "SOFT": n(o.soft), "HARD": n(o.hard), "RECLAIM": n(o.reclaim), "GRACE": n(o.grace), "TRANSITION": n(o.transition),
	}}
}

// crowd is a state of rank.bh: up to 3 pods.
type crowd struct {
	uses, requests, priority [3]int8
	evicted                  [3]bool
}

// crowdOf are the constants of rank.bh, with priorities 0 and 1.
type crowdOf struct{ pods, most, enough, requests int }

func (o crowdOf) short(s *crowd) bool {
	sum := 0
	for p := range o.pods {
		if !s.evicted[p] {
			sum += int(s.uses[p])
		}
	}
	return sum > o.enough
}

func (o crowdOf) promised(s *crowd) int {
	sum := 0
	for p := range o.pods {
		sum += int(s.requests[p])
	}
	return sum
}

func (o crowdOf) still(s *crowd) bool { return s.evicted == [3]bool{} && !o.short(s) }

func (o crowdOf) grow(s *crowd, p, to int) error {
	if !o.still(s) || int(s.uses[p-1]) >= to {
		return errNo
	}
	s.uses[p-1] = int8(to)
	return nil
}

func (o crowdOf) resize(s *crowd, p, r int) error {
	before := *s
	s.requests[p-1] = int8(r)
	if !o.still(s) || *s == before || o.promised(s) > o.requests {
		return errNo
	}
	return nil
}

func (o crowdOf) evict(s *crowd, p int) error {
	if !o.short(s) {
		return errNo
	}
	var pods []Usage
	for i := range o.pods {
		if !s.evicted[i] {
			pods = append(pods, Usage{
				Pod: strconv.Itoa(i + 1), Priority: int(s.priority[i]), Used: int64(s.uses[i]), Requests: int64(s.requests[i]),
			})
		}
	}
	if !slices.Contains(must(Victims(MemoryAvailable, pods)), strconv.Itoa(p)) {
		return errNo
	}
	s.evicted[p-1] = true
	return nil
}

// system is the system of rank.bh over Victims.
func (o crowdOf) system() model.System {
	pods := modelcheck.Numbers[int](o.pods)
	var amounts []int
	for n := range o.most + 1 {
		amounts = append(amounts, n)
	}
	each := func(name string, of func(s *crowd) [3]int8) func(crowd) model.Binding {
		return func(s crowd) model.Binding {
			return model.Binding{Name: name, Value: modelcheck.Map(1, o.pods, func(i int) model.Value { return modelcheck.Int(int(of(&s)[i-1])) })}
		}
	}
	uses := each("uses", func(s *crowd) [3]int8 { return s.uses })
	requests := each("requests", func(s *crowd) [3]int8 { return s.requests })
	priority := each("priority", func(s *crowd) [3]int8 { return s.priority })
	return model.MustDefine(model.Definition[crowd]{
		Name: "EvictionRank",
		Init: func(yield func(crowd) bool) {
			for requests := range modelcheck.Vectors(o.pods, o.most+1) {
				for priority := range modelcheck.Vectors(o.pods, 2) {
					var s crowd
					for p := range o.pods {
						s.requests[p], s.priority[p] = int8(requests[p]-1), int8(priority[p]-1)
					}
					if o.promised(&s) <= o.requests && !yield(s) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[crowd]{
			{Name: "Grow", Params: []string{"p", "to"}, Next: modelcheck.Call2(pods, amounts, o.grow)},
			{Name: "Resize", Params: []string{"p", "r"}, Next: modelcheck.Call2(pods, amounts, o.resize)},
			{Name: "Evict", Params: []string{"p"}, Next: modelcheck.Call1(pods, o.evict)},
		},
		Terminal: func(s crowd) bool { return !o.short(&s) },
		Show: func(s crowd) []model.Binding {
			evicted := slices.DeleteFunc(slices.Clone(pods), func(p int) bool { return !s.evicted[p-1] })
			return []model.Binding{uses(s), requests(s), priority(s), {Name: "evicted", Value: modelcheck.Set(evicted)}}
		},
	})
}

// crashing is a state of crashloop.bh: a CrashLoop and how often it was restarted in a row.
type crashing struct {
	Loop     *CrashLoop
	Restarts int
}

func crashSystem(most int64) model.System {
	return model.MustDefine(model.Definition[crashing]{
		Name: "CrashLoopBackOff",
		Init: func(yield func(crashing) bool) { yield(crashing{Loop: must(NewCrashLoop(1, most))}) },
		Actions: []model.ActionOf[crashing]{
			{Name: "Tick", Next: modelcheck.Call(func(c *crashing) error {
				if !c.Loop.Running() && c.Loop.Left() == 0 {
					return errNo
				}
				return c.Loop.Advance(1)
			})},
			{Name: "End", Next: modelcheck.Call(func(c *crashing) error {
				fresh := c.Loop.Delay() == 0
				if err := c.Loop.Ends(); err != nil {
					return err
				}
				if fresh {
					c.Restarts = 0
				}
				return nil
			})},
			{Name: "Restart", Next: modelcheck.Call(func(c *crashing) error {
				c.Restarts = min(c.Restarts+1, 4)
				return c.Loop.Restart()
			})},
		},
		Show: func(c crashing) []model.Binding {
			return []model.Binding{
				{Name: "running", Value: model.Bool(c.Loop.Running())},
				{Name: "age", Value: modelcheck.Int(c.Loop.since)},
				{Name: "delay", Value: modelcheck.Int(c.Loop.delay)},
				{Name: "restarts", Value: modelcheck.Int(c.Restarts)},
			}
		},
	})
}

// node is a state of oom.bh.
type node struct {
	grown, daemons int8
	fate           [2]int8 // of the steady pod and the other one: of fates
}

var (
	fates = []string{"fine", "evicted", "killed"}
	who   = []string{"steady", "other"}
)

// nodeOf are the constants of oom.bh, with one process each.
type nodeOf struct{ size, reserved, threshold, steady, request, burst, daemons int64 }

func (o nodeOf) other() int64 { return o.size - o.reserved - o.threshold - o.request }

func (o nodeOf) uses(s *node, w int) int64 {
	if w == 0 {
		return o.steady
	}
	return int64(s.grown)
}

// pod is the steady pod, or the other one: one that may use no more than it requests is Guaranteed.
func (o nodeOf) pod(w int) *scheduler.Pod {
	request, limit := o.request, o.steady
	if w == 1 {
		request, limit = o.other(), o.other()+o.burst
	}
	c := scheduler.Container{Requests: scheduler.Resources{scheduler.Memory: request}}
	if request > 0 {
		c.Requests[scheduler.CPU] = 1
		c.Limits = scheduler.Resources{scheduler.CPU: 1, scheduler.Memory: limit}
	}
	return &scheduler.Pod{Name: who[w], Containers: []scheduler.Container{c}}
}

func (o nodeOf) used(s *node) int64 {
	sum := int64(s.daemons)
	for w := range who {
		if s.fate[w] == 0 {
			sum += o.uses(s, w)
		}
	}
	return sum
}

func (o nodeOf) mayGrow(s *node) bool { return s.fate[1] == 0 && int64(s.grown) < o.other()+o.burst }

func (o nodeOf) grow(s *node) error {
	if !o.mayGrow(s) || o.used(s) >= o.size {
		return errNo
	}
	s.grown++
	return nil
}

func (o nodeOf) daemon(s *node) error {
	if int64(s.daemons) >= o.daemons || o.used(s) >= o.size {
		return errNo
	}
	s.daemons++
	return nil
}

// pages is how many pages of memory a unit is, so that adj, which the kernel counts in thousandths of all pages, is exact.
const pages = 1000

func (o nodeOf) kill(s *node, w int) error {
	if o.used(s) < o.size || !o.mayGrow(s) && int64(s.daemons) >= o.daemons {
		return errNo
	}
	var processes []Process
	var of []int
	for v := range who {
		if s.fate[v] == 0 {
			p := o.pod(v)
			adj := must(p.OOMScoreAdj(p.Containers[0], o.size, scheduler.OOMFloor))
			processes, of = append(processes, Process{o.uses(s, v) * pages, adj}), append(of, v)
		}
	}
	for _, i := range must(OOMVictims(o.size*pages, processes)) {
		if of[i] == w {
			s.fate[w] = 2
			return nil
		}
	}
	return errNo
}

func (o nodeOf) short(s *node) bool {
	return Observation{max(0, o.size-o.used(s)), o.size}.below(Quantity{Amount: o.threshold}, Quantity{})
}

func (o nodeOf) evict(s *node, w int) error {
	if !o.short(s) {
		return errNo
	}
	var all []Usage
	for v := range who {
		if s.fate[v] == 0 {
			all = append(all, Usage{Pod: who[v], Used: o.uses(s, v), Requests: o.pod(v).Requests()[scheduler.Memory]})
		}
	}
	if !slices.Contains(must(Victims(MemoryAvailable, all)), who[w]) {
		return errNo
	}
	s.fate[w] = 1
	return nil
}

// system is the system of oom.bh over OOMVictims, Victims, and the classes of package scheduler.
func (o nodeOf) system() model.System {
	by := func(name string, do func(*node, int) error) model.ActionOf[node] {
		next := modelcheck.Call1([]int{0, 1}, do)
		return model.ActionOf[node]{Name: name, Params: []string{"w"}, Next: func(s node) iter.Seq2[model.Args, node] {
			return func(yield func(model.Args, node) bool) {
				for args, after := range next(s) {
					if !yield(model.Args{who[args[0].(int)]}, after) {
						return
					}
				}
			}
		}}
	}
	return model.MustDefine(model.Definition[node]{
		Name: "NodeOutOfMemory",
		Init: func(yield func(node) bool) { yield(node{}) },
		Actions: []model.ActionOf[node]{
			{Name: "Grow", Next: modelcheck.Call(o.grow)},
			{Name: "Daemon", Next: modelcheck.Call(o.daemon)},
			by("Kill", o.kill), by("Evict", o.evict),
			{Name: "Look", Next: modelcheck.Call(func(s *node) error {
				if o.short(s) {
					return errNo
				}
				return nil
			})},
		},
		Show: func(s node) []model.Binding {
			fate := model.Value{Shape: model.Map}
			for w, name := range who {
				fate.Elems = append(fate.Elems, model.Elem{Key: name, Value: model.Text(fates[s.fate[w]])})
			}
			return []model.Binding{
				{Name: "grown", Value: modelcheck.Int(int(s.grown))},
				{Name: "daemons", Value: modelcheck.Int(int(s.daemons))},
				{Name: "fate", Value: fate},
			}
		},
	})
}

func (o nodeOf) pair(name string) modelcheck.Pair {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	return modelcheck.Pair{Name: name, System: o.system(), File: "oom.bh", Constants: constants{
		"NODE": n(o.size), "RESERVED": n(o.reserved), "THRESHOLD": n(o.threshold), "STEADY": n(o.steady), "REQUEST": n(o.request),
		"BURST": n(o.burst), "DAEMONS": n(o.daemons),
	}}
}
