package vmm

import (
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// beside is a machine, and a guest of a monitor beside it.
type beside struct {
	Bare    Machine
	Monitor Monitor
}

func (s *beside) step(op Op) error {
	if !Same(&s.Bare, &s.Monitor) {
		return model.Refuse("they have come apart")
	}
	if err := s.Bare.Step(op); err != nil {
		return err
	}
	return s.Monitor.Step(op)
}

func (s beside) bindings() []model.Binding {
	record := func(r Registers) model.Value {
		mode := "user"
		if r.Supervisor {
			mode = "supervisor"
		}
		return model.Value{Shape: model.Record, Elems: []model.Elem{
			{Key: "mode", Value: model.Text(mode)},
			{Key: "base", Value: model.Int(int64(r.Base))},
			{Key: "length", Value: model.Int(int64(r.Bound))},
			{Key: "masked", Value: model.Bool(r.Masked)},
			{Key: "acc", Value: model.Int(int64(r.Acc))},
		}}
	}
	memory := func(m []int8) model.Value {
		return modelcheck.Map(0, len(m)-1, func(a int) model.Value { return model.Int(int64(m[a])) })
	}
	var traps []string
	for _, i := range s.Bare.Traps.Members() {
		traps = append(traps, i.String())
	}
	return []model.Binding{
		{Name: "traps", Value: modelcheck.Names(traps)},
		{Name: "hybrid", Value: model.Bool(s.Monitor.Hybrid)},
		{Name: "bare", Value: record(s.Bare.Registers)},
		{Name: "memory", Value: memory(s.Bare.Memory)},
		{Name: "guest", Value: record(s.Monitor.Guest)},
		{Name: "base", Value: model.Int(int64(s.Monitor.Hardware.Base))},
		{Name: "length", Value: model.Int(int64(s.Monitor.Hardware.Bound))},
		{Name: "real", Value: memory(s.Monitor.Hardware.Memory)},
	}
}

// besideSystem takes any instructions with any operands, on each architecture.
func besideSystem(words int) model.System {
	execute := func(s beside) iter.Seq2[model.Args, beside] {
		return func(yield func(model.Args, beside) bool) {
			for _, op := range ops(words) {
				next := s.clone()
				if next.step(op) == nil && !yield(model.Args{op.Instr, op.First, op.Length, op.Value}, next) {
					return
				}
			}
		}
	}
	return model.MustDefine(model.Definition[beside]{
		Name: "TrapAndEmulate",
		Init: func(yield func(beside) bool) {
			for traps := range All + 1 {
				for _, hybrid := range []bool{false, true} {
					if !yield(pair(traps, words, hybrid)) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[beside]{
			{Name: "Execute", Params: []string{"i", "b", "n", "x"}, Next: execute},
		},
		Terminal: func(s beside) bool { return !Same(&s.Bare, &s.Monitor) },
		Show:     beside.bindings,
	})
}

func (s beside) clone() beside {
	s.Bare.Memory = append([]int8(nil), s.Bare.Memory...)
	s.Monitor.Hardware.Memory = append([]int8(nil), s.Monitor.Hardware.Memory...)
	return s
}

func pair(traps Instrs, words int, hybrid bool) beside {
	bare, err := NewMachine(traps, words)
	if err != nil {
		panic(err)
	}
	m, err := NewMonitor(traps, words, hybrid)
	if err != nil {
		panic(err)
	}
	return beside{*bare, *m}
}

// ops are all instructions with all operands, of words that hold 0 or 1.
func ops(words int) (out []Op) {
	for i := SetRelocation; i <= Store; i++ {
		for first := range words {
			for length := range words + 1 {
				for value := range int8(2) {
					if op := (Op{i, first, length, value}); op.check(words) == nil {
						out = append(out, op)
					}
				}
			}
		}
	}
	return out
}
