package cpu

import (
	"math/big"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// fair is an instance of EEVDF with the names of the constants of eevdf.bh.
type fair struct {
	tasks, weight, slice, unit int
	parity                     bool
}

// parts is the lag of v in so many parts of a tick.
func parts(s *EEVDF, v Task, unit int) int {
	n := s.Lag(v)
	n.Mul(n, big.NewRat(int64(unit), 1))
	if !n.IsInt() {
		panic("the parts are too coarse for a lag of " + s.Lag(v).String())
	}
	return int(n.Num().Int64())
}

func (f fair) pair() modelcheck.Pair {
	tasks := modelcheck.Numbers[Task](f.tasks)
	sys := model.MustDefine(model.Definition[*EEVDF]{
		Name: "EEVDF",
		Init: func(yield func(*EEVDF) bool) {
			for weights := range modelcheck.Vectors(f.tasks, f.weight) {
				for slices := range modelcheck.Vectors(f.tasks, f.slice) {
					all := make([]FairTask, f.tasks)
					for i := range all {
						all[i] = FairTask{Weight: weights[i], Slice: slices[i]}
					}
					s, err := NewEEVDF(all, f.parity)
					if err != nil {
						panic(err)
					}
					if !yield(s) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[*EEVDF]{
			{Name: "Tick", Params: []string{"v"}, Next: modelcheck.Call1(tasks, func(s **EEVDF, v Task) error { return (*s).Tick(v) })},
			{Name: "Sleep", Params: []string{"v"}, Next: modelcheck.Call1(tasks, func(s **EEVDF, v Task) error {
				if f.tasks > 2 && (*s).Awake(v) && (*s).Lag(v).Sign() != 0 {
					return model.Refuse("the fractions would get finer")
				}
				return (*s).Sleep(v)
			})},
			{Name: "Wake", Params: []string{"v"}, Next: modelcheck.Call1(tasks, func(s **EEVDF, v Task) error { return (*s).Wake(v) })},
		},
		Show: func(s *EEVDF) []model.Binding {
			number := func(of func(Task) int) model.Value {
				return modelcheck.Map(1, f.tasks, func(i int) model.Value { return modelcheck.Int(of(Task(i))) })
			}
			var awake []Task
			for _, v := range tasks {
				if s.Awake(v) {
					awake = append(awake, v)
				}
			}
			return []model.Binding{
				{Name: "weight", Value: number(func(v Task) int { return s.tasks[v-1].Weight })},
				{Name: "slice", Value: number(func(v Task) int { return s.tasks[v-1].Slice })},
				{Name: "awake", Value: modelcheck.Set(awake)},
				{Name: "lag", Value: number(func(v Task) int { return parts(s, v, f.unit) })},
				{Name: "left", Value: number(s.Left)},
				{Name: "runs", Value: modelcheck.Option(s.runs)},
			}
		},
	})
	return modelcheck.Pair{Name: "eevdf", System: sys, File: "eevdf.bh", Constants: constants{
		"TASKS": strconv.Itoa(f.tasks), "WEIGHT": strconv.Itoa(f.weight), "SLICE": strconv.Itoa(f.slice), "UNIT": strconv.Itoa(f.unit),
		"PARITY": strconv.FormatBool(f.parity),
	}}
}
