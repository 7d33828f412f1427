package scheduler

import (
	"fmt"
	"iter"
	"slices"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// waitingRoom is a state of nominate.bh, of up to 3 nodes.
type waitingRoom struct {
	on        [3]int8 // of inRoom
	nominated int8    // 0 for none
	hopeless  [3]bool
	rival     bool
	waiting   int8
	down      [3]bool
}

var inRoom = []string{"free", "low", "ending", "preemptor", "other"}

const (
	isFree = iota
	isLow
	isEnding
	isPreemptor
	isOther
)

// waitingOf are the constants of nominate.bh.
type waitingOf struct {
	nodes, fails int
	limit        bool
}

var (
	lowPod       = requesting("low", 0, 1)
	preemptorPod = requesting("preemptor", 1, 1)
	rivalPod     = requesting("rival", 2, 1)
)

// cluster has nodes with room for one pod each.
func (o waitingOf) cluster(s *waitingRoom) *Cluster {
	var nodes []Node
	for n := range o.nodes {
		nodes = append(nodes, Node{Name: pod(n + 1), MaxPods: 100, Allocatable: Resources{CPU: 1}})
	}
	c := must(NewCluster(nodes...))
	for n := range o.nodes {
		p := *lowPod
		switch s.on[n] {
		case isFree:
			continue
		case isEnding:
			p.Terminating = true
		case isPreemptor:
			p = *preemptorPod
		case isOther:
			p = *rivalPod
		}
		p.Name = fmt.Sprintf("%s on %d", p.Name, n+1)
		if err := c.Bind(&p, pod(n+1)); err != nil {
			panic(err)
		}
	}
	return c
}

func (s *waitingRoom) node() string {
	if s.nominated == 0 {
		return ""
	}
	return pod(int(s.nominated))
}

func (s *waitingRoom) placed() bool { return slices.Contains(s.on[:], isPreemptor) }

// preempt is by Candidates, which are those nodes that are not hopeless, after a cycle that found none feasible.
func (o waitingOf) preempt(s *waitingRoom, n int) error {
	c := o.cluster(s)
	if _, err := c.Schedule(preemptorPod, DefaultOptions); err == nil || s.placed() {
		return errNo
	}
	candidates, err := c.Candidates(preemptorPod, s.node(), nil)
	if err != nil {
		return err
	}
	if s.hopeless[n-1] || s.on[n-1] != isLow || !slices.ContainsFunc(candidates, func(c Candidate) bool { return c.Node == pod(n) }) {
		return errNo
	}
	s.on[n-1], s.nominated = isEnding, int8(n)
	return nil
}

func (o waitingOf) ends(s *waitingRoom, n int) error {
	if s.on[n-1] != isEnding || s.down[n-1] {
		return errNo
	}
	s.on[n-1], s.hopeless[n-1] = isFree, false
	s.waiting++
	return nil
}

// put places a pod on node n if it fits there beside what is nominated.
func (o waitingOf) put(s *waitingRoom, p *Pod, n int, as int8) error {
	var nominations []Nomination
	if s.nominated != 0 {
		nominations = append(nominations, Nomination{preemptorPod, s.node()})
	}
	c := o.cluster(s)
	if s.placed() { // it still counts where it was nominated to: nominate.bh does not clear that
		nominations = nil
		if s.nominated == int8(n) && p.Priority < preemptorPod.Priority {
			return errNo
		}
	}
	if must(c.FilterBeside(p, nominations))[n-1].Code != Feasible {
		return errNo
	}
	s.on[n-1] = as
	return nil
}

func (o waitingOf) place(s *waitingRoom, n int) error {
	best, err := o.cluster(s).ScheduleNominated(preemptorPod, DefaultOptions, s.node())
	if err != nil || s.placed() || !slices.Contains(best, pod(n)) {
		return errNo
	}
	return o.put(s, preemptorPod, n, isPreemptor)
}

func (o waitingOf) placeLow(s *waitingRoom, n int) error {
	if s.waiting == 0 {
		return errNo
	}
	if err := o.put(s, lowPod, n, isLow); err != nil {
		return err
	}
	s.waiting--
	return nil
}

func (o waitingOf) comes(s *waitingRoom, n int) error {
	if !s.rival {
		return errNo
	}
	if err := o.put(s, rivalPod, n, isOther); err != nil {
		return err
	}
	s.rival = false
	return nil
}

func (o waitingOf) rivalEnds(s *waitingRoom, n int) error {
	if s.on[n-1] != isOther || s.down[n-1] {
		return errNo
	}
	s.on[n-1], s.rival = isFree, true
	return nil
}

func (o waitingOf) goesDown(s *waitingRoom, n int) error {
	count := 0
	for _, is := range s.down {
		if is {
			count++
		}
	}
	if s.down[n-1] || count >= o.fails {
		return errNo
	}
	s.down[n-1] = true
	return nil
}

func (o waitingOf) givesUp(s *waitingRoom) error {
	if n := s.nominated; !o.limit || n == 0 || s.on[n-1] != isEnding {
		return errNo
	}
	s.hopeless[s.nominated-1] = true
	s.nominated = 0
	return nil
}

// system is the system of nominate.bh over Cluster: Candidates, Eligible and FilterBeside.
func (o waitingOf) system() model.System {
	nodes := modelcheck.Numbers[int](o.nodes)
	set := func(of [3]bool) model.Value {
		return modelcheck.Set(slices.DeleteFunc(slices.Clone(nodes), func(n int) bool { return !of[n-1] }))
	}
	step := func(name string, do func(*waitingRoom, int) error) model.ActionOf[waitingRoom] {
		return model.ActionOf[waitingRoom]{Name: name, Params: []string{"n"}, Next: modelcheck.Call1(nodes, do)}
	}
	return model.MustDefine(model.Definition[waitingRoom]{
		Name: "Nomination",
		Init: func(yield func(waitingRoom) bool) {
			s := waitingRoom{rival: true}
			for n := range o.nodes {
				s.on[n] = isLow
			}
			yield(s)
		},
		Actions: []model.ActionOf[waitingRoom]{
			step("Preempt", o.preempt), step("Ends", o.ends), step("Place", o.place), step("PlaceLow", o.placeLow),
			step("Rival", o.comes), step("RivalEnds", o.rivalEnds), step("Down", o.goesDown),
			{Name: "GivesUp", Next: modelcheck.Call(o.givesUp)},
		},
		Terminal: func(s waitingRoom) bool { return s.placed() },
		Show: func(s waitingRoom) []model.Binding {
			return []model.Binding{
				{Name: "on", Value: modelcheck.Map(1, o.nodes, func(n int) model.Value { return model.Text(inRoom[s.on[n-1]]) })},
				{Name: "nominated", Value: modelcheck.Option(int(s.nominated))},
				{Name: "hopeless", Value: set(s.hopeless)},
				{Name: "rival", Value: model.Bool(s.rival)},
				{Name: "waiting", Value: modelcheck.Int(int(s.waiting))},
				{Name: "down", Value: set(s.down)},
			}
		},
	})
}

// named is modelcheck.Call1 for a parameter that shows by its name.
func named[S any](names []string, step func(*S, int) error) func(S) iter.Seq2[model.Args, S] {
	next := modelcheck.Call1(indices(names), step)
	return func(s S) iter.Seq2[model.Args, S] {
		return func(yield func(model.Args, S) bool) {
			for args, after := range next(s) {
				if !yield(model.Args{names[args[0].(int)]}, after) {
					return
				}
			}
		}
	}
}

func indices(names []string) []int {
	out := make([]int, len(names))
	for i := range out {
		out[i] = i
	}
	return out
}

// chain is a state of cascade.bh: where a, b and c are.
type chain [3]int8

var (
	chainNames = []string{"a", "b", "c"}
	chainAt    = []string{"absent", "pending", "running"}
)

func (s *chain) cluster() *Cluster {
	c := must(NewCluster(Node{Name: "node", MaxPods: 100, Allocatable: Resources{CPU: 2}}))
	for p, at := range s {
		if at == 2 {
			if err := c.Bind(chainPod(p), "node"); err != nil {
				panic(err)
			}
		}
	}
	return c
}

func chainPod(p int) *Pod {
	out := requesting(chainNames[p], []int{10, 1, 20}[p], 1)
	if p == 1 {
		out.Labels = guard
	}
	return out
}

// place is a cycle for the pending pod of the highest priority.
func (s *chain) place(p int) error {
	q := must(NewQueue(DefaultQueue))
	for i, at := range s {
		if at == 1 {
			if err := q.Add(chainNames[i], chainPod(i).Priority); err != nil {
				return err
			}
		}
	}
	if next, err := q.Pop(); err != nil || next != chainNames[p] {
		return errNo
	}
	if _, err := s.cluster().Schedule(chainPod(p), DefaultOptions); err != nil {
		return err
	}
	s[p] = 2
	return nil
}

func (s *chain) preempt(p int, never bool) error {
	if s[p] != 1 {
		return errNo
	}
	pod := chainPod(p)
	pod.NeverPreempts = never
	candidates, err := s.cluster().Candidates(pod, "", []Budget{{Selector: Labelled(guard)}})
	if err != nil {
		return err
	}
	best := Pick(candidates)
	if len(best) == 0 {
		return errNo
	}
	for _, v := range best[0].Victims {
		s[slices.Index(chainNames, v)] = 1
	}
	return nil
}

// chainSystem is the system of cascade.bh over Cluster; a may preempt or not.
func chainSystem(aNever bool) model.System {
	by := func(name string, do func(*chain, int) error) model.ActionOf[chain] {
		return model.ActionOf[chain]{Name: name, Params: []string{"p"}, Next: named(chainNames, do)}
	}
	stuck := func(s chain) bool {
		for p := range s {
			next := s
			if s[p] == 0 || next.place(p) == nil || next.preempt(p, aNever && p == 0) == nil {
				return false
			}
		}
		return s[2] == 2
	}
	return model.MustDefine(model.Definition[chain]{
		Name: "PreemptionCascade",
		Init: func(yield func(chain) bool) { yield(chain{2, 2, 0}) },
		Actions: []model.ActionOf[chain]{
			{Name: "Create", Next: modelcheck.Call(func(s *chain) error {
				if s[2] != 0 {
					return errNo
				}
				s[2] = 1
				return nil
			})},
			by("Place", (*chain).place),
			by("Preempt", func(s *chain, p int) error { return s.preempt(p, aNever && p == 0) }),
		},
		Terminal: stuck,
		Show: func(s chain) []model.Binding {
			out := model.Value{Shape: model.Map}
			for p, name := range chainNames {
				out.Elems = append(out.Elems, model.Elem{Key: name, Value: model.Text(chainAt[s[p]])})
			}
			return []model.Binding{{Name: "at", Value: out}}
		},
	})
}
