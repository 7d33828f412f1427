package scheduler

import (
	"errors"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

var errNo = errors.New("not enabled")

// life is the life of a pod with up to 4 init containers, for which so much was reserved as Pod.Requests says.
type life struct {
	steps    int8
	asks     [4]int8
	sidecar  [4]bool
	main     int8
	overhead int8
	phase    int8 // of phases
	at       int8 // from 0
	runs     [4]bool
	peak     int64
	reserved int64
}

var phases = []string{"starting", "running", "over"}

// pod is the pod, whose main containers are two.
func (l *life) pod() *Pod {
	p := &Pod{Name: "p", Overhead: Resources{CPU: int64(l.overhead)}}
	for _, n := range []int8{l.main / 2, l.main - l.main/2} {
		p.Containers = append(p.Containers, Container{Requests: Resources{CPU: int64(n)}})
	}
	for i := range l.steps {
		p.Init = append(p.Init, InitContainer{Container{Requests: Resources{CPU: int64(l.asks[i])}}, l.sidecar[i]})
	}
	return p
}

func (l *life) inUse() int64 {
	sum, any := int64(0), false
	for i, runs := range l.runs {
		if runs {
			sum += int64(l.asks[i])
			any = true
		}
	}
	if l.phase == 1 {
		sum += int64(l.main)
	}
	if any || l.phase == 1 {
		sum += int64(l.overhead)
	}
	return sum
}

func (l *life) busy() bool {
	for i, runs := range l.runs {
		if runs && !l.sidecar[i] {
			return true
		}
	}
	return false
}

// start starts the init container whose turn it is, which is a sidecar or not.
func start(sidecar bool) func(*life) error {
	return func(l *life) error {
		if l.phase != 0 || l.at >= l.steps || l.busy() || l.sidecar[l.at] != sidecar {
			return errNo
		}
		l.runs[l.at] = true
		l.at++
		l.peak = max(l.peak, l.inUse())
		return nil
	}
}

func (l *life) endInit(s int) error {
	if !l.runs[s-1] || l.sidecar[s-1] {
		return errNo
	}
	l.runs[s-1] = false
	return nil
}

func (l *life) startAll() error {
	if l.phase != 0 || l.at != l.steps || l.busy() {
		return errNo
	}
	l.phase = 1
	l.peak = max(l.peak, l.inUse())
	return nil
}

func (l *life) end() error {
	if l.phase != 1 {
		return errNo
	}
	l.phase = 2
	l.runs = [4]bool{}
	return nil
}

func (l life) bindings() []model.Binding {
	steps := int(l.steps)
	var runs []int
	for i, r := range l.runs {
		if r {
			runs = append(runs, i+1)
		}
	}
	return []model.Binding{
		{Name: "asks", Value: modelcheck.Map(1, steps, func(i int) model.Value { return modelcheck.Int(int(l.asks[i-1])) })},
		{Name: "sidecar", Value: modelcheck.Map(1, steps, func(i int) model.Value { return model.Bool(l.sidecar[i-1]) })},
		{Name: "main", Value: modelcheck.Int(int(l.main))},
		{Name: "overhead", Value: modelcheck.Int(int(l.overhead))},
		{Name: "phase", Value: model.Text(phases[l.phase])},
		{Name: "at", Value: modelcheck.Int(int(l.at) + 1)},
		{Name: "runs", Value: modelcheck.Set(runs)},
		{Name: "peak", Value: modelcheck.Int(l.peak)},
		{Name: "reserved", Value: modelcheck.Int(l.reserved)},
	}
}

// lifeSystem is the system of request.bh over Pod.Requests.
func lifeSystem(steps, most int) model.System {
	return model.MustDefine(model.Definition[life]{
		Name: "PodRequest",
		Init: func(yield func(life) bool) {
			for asks := range modelcheck.Vectors(steps, most+1) {
				for kinds := range modelcheck.Vectors(steps, 2) {
					for rest := range 2 * (2*most + 1) {
						l := life{steps: int8(steps), main: int8(rest / 2), overhead: int8(rest % 2)}
						for i := range steps {
							l.asks[i], l.sidecar[i] = int8(asks[i]-1), kinds[i] == 2
						}
						l.reserved = l.pod().Requests()[CPU]
						if !yield(l) {
							return
						}
					}
				}
			}
		},
		Actions: []model.ActionOf[life]{
			{Name: "StartInit", Next: modelcheck.Call(start(false))},
			{Name: "EndInit", Params: []string{"s"}, Next: modelcheck.Call1(modelcheck.Numbers[int](steps), (*life).endInit)},
			{Name: "StartSidecar", Next: modelcheck.Call(start(true))},
			{Name: "StartAll", Next: modelcheck.Call((*life).startAll)},
			{Name: "End", Next: modelcheck.Call((*life).end)},
		},
		Invariants: []model.Predicate[life]{{Name: "Covered", Holds: func(l life) bool { return l.inUse() <= l.reserved }}},
		Terminal:   func(l life) bool { return l.phase == 2 },
		Show:       life.bindings,
	})
}
