package cpu

import (
	"fmt"
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// watchedCo is a CoScheduler and what coschedule.bh counts beside it.
type watchedCo struct {
	*CoScheduler
	Credit int
}

// costs are the constants of an instance of coschedule.bh: numbers of vCPUs and processors, and ticks to a poll.
type costs struct{ vcpus, pcpus, poll int }

// options are ESXi's defaults, whose thresholds are three and two polls.
func (k costs) options() CoschedOptions { return DefaultCosched }

func (k costs) tick() int { return DefaultCosched.Poll / k.poll }

func (k costs) constants() constants {
	return constants{
		"VCPUS": digits(k.vcpus), "PCPUS": digits(k.pcpus), "POLL": digits(k.poll),
		"COSTOP": digits(DefaultCosched.Costop / k.tick()), "COSTART": digits(DefaultCosched.Costart / k.tick()),
	}
}

func coPair(k costs) modelcheck.Pair {
	return modelcheck.Pair{
		Name:   fmt.Sprintf("%d vCPUs on %d processors, %d ticks a poll", k.vcpus, k.pcpus, k.poll),
		System: coSystem(k), File: "coschedule.bh", Constants: k.constants(),
	}
}

func (k costs) advance(w watchedCo, run []VCPU) (watchedCo, bool) {
	w.CoScheduler = w.Clone()
	if len(run) > k.pcpus || w.Advance(k.tick(), run...) != nil {
		return w, false
	}
	for i := range w.worlds {
		switch w.worlds[i] {
		case Ready:
			w.Credit += k.vcpus - 1
		case CoStopped:
			w.Credit--
		}
	}
	w.Credit = min(w.Credit, (k.vcpus-1)*DefaultCosched.SkewLimit()/k.tick())
	return w, true
}

func (k costs) bindings(w watchedCo) []model.Binding {
	return []model.Binding{
		{Name: "world", Value: modelcheck.Map(1, k.vcpus, func(i int) model.Value { return modelcheck.Text(w.World(VCPU(i))) })},
		{Name: "skew", Value: modelcheck.Map(1, k.vcpus, func(i int) model.Value { return modelcheck.Int(w.Skew(VCPU(i)) / k.tick()) })},
		{Name: "phase", Value: modelcheck.Int(k.poll - w.UntilPoll()/k.tick())},
		{Name: "credit", Value: modelcheck.Int(w.Credit)},
	}
}

// subsets gives every subset of 1 to n.
func subsets[T ~int](n int) [][]T {
	out := make([][]T, 1<<n)
	for bits := range out {
		for i := range n {
			if bits>>i&1 == 1 {
				out[bits] = append(out[bits], T(i+1))
			}
		}
	}
	return out
}

// coSystem is the system whose states are those of CoScheduler with ESXi's options, in ticks.
func coSystem(k costs) model.System {
	vcpus := modelcheck.Numbers[VCPU](k.vcpus)
	return model.MustDefine(model.Definition[watchedCo]{
		Name: "CoScheduler",
		Init: func(yield func(watchedCo) bool) {
			c, err := NewCoScheduler(k.vcpus, k.options())
			if err != nil {
				panic(err)
			}
			yield(watchedCo{CoScheduler: c})
		},
		Actions: []model.ActionOf[watchedCo]{
			{Name: "Tick", Params: []string{"run"}, Next: func(w watchedCo) iter.Seq2[model.Args, watchedCo] {
				return func(yield func(model.Args, watchedCo) bool) {
					for _, run := range subsets[VCPU](k.vcpus) {
						if next, ok := k.advance(w, run); ok && !yield(model.Args{modelcheck.Set(run)}, next) {
							return
						}
					}
				}
			}},
			{Name: "Poll", Next: modelcheck.Call(func(w *watchedCo) error { _, _, err := w.Poll(); return err })},
			{Name: "Halt", Params: []string{"v"}, Next: modelcheck.Call1(vcpus, func(w *watchedCo, v VCPU) error { return w.Halt(v) })},
			{Name: "Wake", Params: []string{"v"}, Next: modelcheck.Call1(vcpus, func(w *watchedCo, v VCPU) error { return w.Wake(v) })},
		},
		Invariants: []model.Predicate[watchedCo]{
			{Name: "SkewBound", Holds: func(w watchedCo) bool {
				for _, v := range vcpus {
					if w.Skew(v) > DefaultCosched.SkewLimit() {
						return false
					}
				}
				return true
			}},
			{Name: "LossBound", Holds: func(w watchedCo) bool { return w.Credit >= 0 }},
		},
		Show: k.bindings,
	})
}
