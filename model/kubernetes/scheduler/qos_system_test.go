package scheduler

import (
	"iter"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// quality is a state of qos.bh: up to 2 containers.
type quality struct {
	cpu, memory [2]amount
	class       QoS
	started     [2]bool
	adj         [2]int16
}

type amount struct{ request, limit int8 }

func (a amount) legal() bool { return a.limit == 0 || a.request <= a.limit && a.request > 0 }

func (a amount) show() model.Value {
	return model.Value{Shape: model.Record, Elems: []model.Elem{
		{Key: "request", Value: modelcheck.Int(int(a.request))}, {Key: "limit", Value: modelcheck.Int(int(a.limit))},
	}}
}

// qualityOf are the constants of qos.bh.
type qualityOf struct{ containers, node, floor int }

func (o qualityOf) pod(s *quality) *Pod {
	p := &Pod{Name: "p"}
	for i := range o.containers {
		p.Containers = append(p.Containers, Container{
			Requests: Resources{CPU: int64(s.cpu[i].request), Memory: int64(s.memory[i].request)},
			Limits:   Resources{CPU: int64(s.cpu[i].limit), Memory: int64(s.memory[i].limit)},
		})
	}
	return p
}

func (o qualityOf) amounts(most int) []amount {
	var out []amount
	for r := range most + 1 {
		for l := range most + 1 {
			if a := (amount{int8(r), int8(l)}); a.legal() {
				out = append(out, a)
			}
		}
	}
	return out
}

func (o qualityOf) start(s *quality, c int) error {
	if s.started[c-1] {
		return errNo
	}
	p := o.pod(s)
	adj, err := p.OOMScoreAdj(p.Containers[c-1], int64(o.node), o.floor)
	s.started[c-1], s.adj[c-1] = true, int16(adj)
	return err
}

func (o qualityOf) crash(s *quality, c int) error {
	if !s.started[c-1] {
		return errNo
	}
	s.started[c-1], s.adj[c-1] = false, 0
	return nil
}

func (o qualityOf) resize(s *quality, c int, to amount) error {
	if s.memory[c-1] == to {
		return errNo
	}
	s.memory[c-1] = to
	if o.pod(s).QoS() != s.class {
		return errNo
	}
	return nil
}

// system is the system of qos.bh over Pod.QoS and OOMScoreAdj.
func (o qualityOf) system() model.System {
	containers := modelcheck.Numbers[int](o.containers)
	each := func(name string, show func(i int) model.Value) model.Binding {
		return model.Binding{Name: name, Value: modelcheck.Map(1, o.containers, show)}
	}
	cpus, memories := o.amounts(1), o.amounts(o.node)
	resize := modelcheck.Call2(containers, memories, o.resize)
	return model.MustDefine(model.Definition[quality]{
		Name: "QualityOfService",
		Init: func(yield func(quality) bool) {
			for cpu := range modelcheck.Vectors(o.containers, len(cpus)) {
				for memory := range modelcheck.Vectors(o.containers, len(memories)) {
					var s quality
					for i := range o.containers {
						s.cpu[i], s.memory[i] = cpus[cpu[i]-1], memories[memory[i]-1]
					}
					s.class = o.pod(&s).QoS()
					if !yield(s) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[quality]{
			{Name: "Start", Params: []string{"c"}, Next: modelcheck.Call1(containers, o.start)},
			{Name: "Crash", Params: []string{"c"}, Next: modelcheck.Call1(containers, o.crash)},
			{Name: "Resize", Params: []string{"c", "to"}, Next: func(s quality) iter.Seq2[model.Args, quality] {
				return func(yield func(model.Args, quality) bool) {
					for args, after := range resize(s) {
						if !yield(model.Args{args[0], args[1].(amount).show()}, after) {
							return
						}
					}
				}
			}},
		},
		Show: func(s quality) []model.Binding {
			return []model.Binding{
				each("cpu", func(i int) model.Value { return s.cpu[i-1].show() }),
				each("memory", func(i int) model.Value { return s.memory[i-1].show() }),
				{Name: "class", Value: modelcheck.Text(s.class)},
				each("started", func(i int) model.Value {
					if !s.started[i-1] {
						return modelcheck.None()
					}
					return modelcheck.Some(modelcheck.Int(int(s.adj[i-1])))
				}),
			}
		},
	})
}

func (o qualityOf) pair(name string) modelcheck.Pair {
	return modelcheck.Pair{Name: name, System: o.system(), File: "qos.bh", Constants: constants{
		"CONTAINERS": strconv.Itoa(o.containers), "NODE": strconv.Itoa(o.node), "FLOOR": strconv.Itoa(o.floor),
	}}
}
