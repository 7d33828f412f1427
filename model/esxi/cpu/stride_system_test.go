package cpu

import (
	"math/big"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"

	"github.com/bulkheadlang/bulkhead/model"
)

// watchedStride is a Stride and what stride.bh measures beside it about two machines.
type watchedStride struct {
	*Stride
	A, B     VM
	Lag, Gap int
	Level    bool
}

// both tells whether the interval that Lag measures goes on.
func (w *watchedStride) both() bool { return w.Runnable(w.A) && w.Runnable(w.B) }

func (w *watchedStride) open() {
	w.Lag, w.Level = 0, w.both() && w.leads[w.A-1].Cmp(w.leads[w.B-1]) == 0
}

// charge counts ticks that v used.
func (w *watchedStride) charge(v VM, used int) {
	if w.World(w.A) == Ready && v != w.A {
		w.Gap += used
	}
	switch v {
	case w.A:
		w.Lag += used * w.Weight(w.B)
	case w.B:
		w.Lag -= used * w.Weight(w.A)
	}
	if !w.both() {
		w.Lag = 0
	}
}

func (w *watchedStride) dispatch(v VM) error {
	if err := w.Dispatch(v); err != nil {
		return err
	}
	if v == w.A {
		w.Gap = 0
	}
	return nil
}

func (w *watchedStride) stop(used int) error {
	v := w.Runs()
	if err := w.Stop(used); err != nil {
		return err
	}
	w.charge(v, used)
	return nil
}

func (w *watchedStride) block(used int) error {
	v := w.Runs()
	if err := w.Block(used); err != nil {
		return err
	}
	w.charge(v, used)
	if !w.both() {
		w.Level = false
	}
	return nil
}

func (w *watchedStride) suspend(v VM) error {
	if err := w.Suspend(v); err != nil {
		return err
	}
	if v == w.A {
		w.Gap = 0
	}
	if v == w.A || v == w.B {
		w.Lag, w.Level = 0, false
	}
	return nil
}

func (w *watchedStride) resume(v VM) error {
	if err := w.Resume(v); err != nil {
		return err
	}
	if v == w.A || v == w.B {
		w.open()
	}
	return nil
}

func (w watchedStride) bindings() []model.Binding {
	number := func(f func(VM) int) model.Value {
		return modelcheck.Map(1, w.VMs(), func(i int) model.Value { return model.Int(int64(f(VM(i)))) })
	}
	return []model.Binding{
		{Name: "weight", Value: number(w.Weight)},
		{Name: "world", Value: modelcheck.Map(1, w.VMs(), func(i int) model.Value { return model.Text(w.World(VM(i)).String()) })},
		{Name: "runs", Value: modelcheck.Option(w.Runs())},
		{Name: "lead", Value: number(func(v VM) int { return int(w.Lead(v).Int64()) })},
		{Name: "a", Value: model.Int(int64(w.A))},
		{Name: "b", Value: model.Int(int64(w.B))},
		{Name: "lag", Value: model.Int(int64(w.Lag))},
		{Name: "level", Value: model.Bool(w.Level)},
		{Name: "gap", Value: model.Int(int64(w.Gap))},
	}
}

// strideSystem is the system whose states are those of Stride, for every choice of weights up to limit.
func strideSystem(vms, limit, quantum int) model.System {
	used := modelcheck.Numbers[int](quantum)
	return model.MustDefine(model.Definition[watchedStride]{
		Name: "StrideScheduler",
		Init: func(yield func(watchedStride) bool) {
			unit := 1 // of the largest weights: the model's passes have one unit for all weights
			for w := range limit {
				unit = unit / gcd(unit, w+1) * (w + 1)
			}
			for weights := range modelcheck.Vectors(vms, limit) {
				for _, a := range modelcheck.Numbers[VM](vms) {
					for _, b := range modelcheck.Numbers[VM](vms) {
						s, err := NewStride(weights, quantum)
						if err != nil {
							panic(err)
						}
						for i, w := range weights {
							s.strides[i] = big.NewInt(int64(unit / w))
						}
						if a != b && !yield(watchedStride{Stride: s, A: a, B: b}) {
							return
						}
					}
				}
			}
		},
		Actions: []model.ActionOf[watchedStride]{
			{Name: "Dispatch", Params: []string{"v"}, Next: modelcheck.Call1(modelcheck.Numbers[VM](vms), (*watchedStride).dispatch)},
			{Name: "Stop", Params: []string{"used"}, Next: modelcheck.Call1(used, (*watchedStride).stop)},
			{Name: "Block", Params: []string{"used"}, Next: modelcheck.Call1(used, (*watchedStride).block)},
			{Name: "Suspend", Params: []string{"v"}, Next: modelcheck.Call1(modelcheck.Numbers[VM](vms), (*watchedStride).suspend)},
			{Name: "Resume", Params: []string{"v"}, Next: modelcheck.Call1(modelcheck.Numbers[VM](vms), (*watchedStride).resume)},
			{Name: "Watch", Next: model.Guarded(
				func(w watchedStride) bool { return w.Runs() == 0 && w.both() },
				func(w watchedStride) watchedStride { w.open(); return w })},
		},
		Invariants: []model.Predicate[watchedStride]{
			{Name: "LevelLag", When: func(w watchedStride) bool { return w.Level }, Holds: func(w watchedStride) bool {
				return max(w.Lag, -w.Lag) <= quantum*max(w.Weight(w.A), w.Weight(w.B))
			}},
			{Name: "AnyLag", Holds: func(w watchedStride) bool {
				return max(w.Lag, -w.Lag) <= quantum*(w.Weight(w.A)+w.Weight(w.B))
			}},
			{Name: "BoundedWait", Holds: func(w watchedStride) bool {
				sum := 0
				for _, x := range w.weights {
					sum += x
				}
				return w.Gap*w.Weight(w.A) <= quantum*(sum+(vms-2)*w.Weight(w.A))
			}},
		},
		Reachable: []model.Predicate[watchedStride]{
			{Name: "ParityBeyondLevel", Holds: func(w watchedStride) bool {
				return max(w.Lag, -w.Lag) > quantum*max(w.Weight(w.A), w.Weight(w.B))
			}},
			{Name: "WholeAnyLag", Holds: func(w watchedStride) bool {
				return w.Lag == quantum*(w.Weight(w.A)+w.Weight(w.B))
			}},
			{Name: "WholeWait", Holds: func(w watchedStride) bool {
				sum := 0
				for _, x := range w.weights {
					sum += x
				}
				return w.Gap*w.Weight(w.A) == quantum*(sum+(vms-2)*w.Weight(w.A))
			}},
		},
		Show: watchedStride.bindings,
	})
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
