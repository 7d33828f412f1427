package access

import (
	"iter"
	"slices"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

var (
	deeds  = []string{"read", "erase", "format"}
	stages = []Stage{Idle, Asked, Checked, Logged, Durable}
)

// list is up to three deeds by their places, from 1; 0 is none.
type list [3]uint8

func listOf(names []string) list {
	var out list
	for i, n := range names {
		out[i] = 1 + uint8(slices.Index(deeds, n))
	}
	return out
}

func (l list) names() []string {
	out := []string{}
	for _, d := range l {
		if d > 0 {
			out = append(out, deeds[d-1])
		}
	}
	return out
}

func (l list) show() model.Value {
	out := modelcheck.Names(l.names())
	out.Shape = model.Seq
	return out
}

// chained is a log with good hashes.
func chained(names []string) *Log {
	var l Log
	for _, n := range names {
		l.Append(n)
	}
	return &l
}

// mediation is a state of audit.bh.
type mediation struct {
	Stage, Deed uint8
	Disk, Did   list
	Intruded    bool
	Intruder    list
}

func harmless(deed string) bool { return deed != "format" }

func (m mediation) mediator() *Mediator {
	out := NewMediator(harmless)
	out.stage, out.did = stages[m.Stage], m.Did.names()
	if m.Stage > 0 {
		out.deed = deeds[m.Deed]
	}
	out.disk = *chained(m.Disk.names())
	out.seal = out.disk.Seal()
	return out
}

// step takes a step of Mediator; its log must be a chain that ends with the seal.
func (m *mediation) step(do func(*Mediator) error) error {
	of := m.mediator()
	if err := do(of); err != nil {
		return err
	}
	entries, seal := of.Audit()
	if err := Verify(entries, seal); err != nil {
		panic(err)
	}
	m.Stage, m.Deed = uint8(slices.Index(stages, of.Stage())), uint8(max(0, slices.Index(deeds, of.deed)))
	var records []string
	for _, e := range entries {
		records = append(records, e.Record)
	}
	m.Disk, m.Did = listOf(records), listOf(of.Did())
	return nil
}

// number is what audit.bh has for the hash of a log.
func (l list) number() int64 {
	var out int64
	for _, d := range l {
		if d > 0 {
			out = 4*out + int64(d)
		}
	}
	return out
}

// auditSystem is the system of audit.bh over Mediator.
func auditSystem() model.System {
	plain := func(do func(*Mediator) error) func(mediation) iter.Seq2[model.Args, mediation] {
		return modelcheck.Call(func(m *mediation) error { return m.step(do) })
	}
	return model.MustDefine(model.Definition[mediation]{
		Name: "Audit",
		Init: func(yield func(mediation) bool) { yield(mediation{}) },
		Actions: []model.ActionOf[mediation]{
			{Name: "Ask", Params: []string{"d"}, Next: modelcheck.Call1(deeds, func(m *mediation, d string) error {
				if m.Intruded || m.Disk[2] > 0 {
					return errNot
				}
				return m.step(func(of *Mediator) error { return of.Ask(d) })
			})},
			{Name: "Check", Next: plain((*Mediator).Check)},
			{Name: "Log", Next: plain((*Mediator).Log)},
			{Name: "Sync", Next: plain((*Mediator).Sync)},
			{Name: "Do", Next: plain((*Mediator).Do)},
			{Name: "Crash", Next: plain((*Mediator).Crash)},
			{Name: "Tamper", Params: []string{"n", "a", "b", "c"}, Next: func(m mediation) iter.Seq2[model.Args, mediation] {
				return func(yield func(model.Args, mediation) bool) {
					if m.Stage != 0 || m.Intruded || m.Disk[0] == 0 {
						return
					}
					for n, logs := range forged {
						for _, l := range logs {
							next := m
							next.Intruded, next.Intruder = true, l
							args := model.Args{n}
							for _, d := range l {
								args = append(args, deeds[max(d, 1)-1])
							}
							if !yield(args, next) {
								return
							}
						}
					}
				}
			}},
		},
		Invariants: []model.Predicate[mediation]{{Name: "Evident", Holds: func(m mediation) bool {
			_, seal := m.mediator().Audit()
			return !m.Intruded || (Verify(chained(m.Intruder.names()).Entries(), seal) == nil) == (m.Intruder == m.Disk)
		}}},
		Terminal: func(m mediation) bool { return m.Stage == 0 && (m.Disk[2] > 0 || m.Intruded) },
		Show: func(m mediation) []model.Binding {
			buffer, intruder := modelcheck.None(), modelcheck.None()
			if stages[m.Stage] == Logged {
				buffer = modelcheck.Some(model.Text(deeds[m.Deed]))
			}
			if m.Intruded {
				intruder = modelcheck.Some(m.Intruder.show())
			}
			return []model.Binding{
				{Name: "stage", Value: model.Text(string(stages[m.Stage]))},
				{Name: "deed", Value: model.Text(deeds[m.Deed])},
				{Name: "disk", Value: m.Disk.show()},
				{Name: "buffer", Value: buffer},
				{Name: "did", Value: m.Did.show()},
				{Name: "seal", Value: model.Int(m.Disk.number())},
				{Name: "intruder", Value: intruder},
			}
		},
	})
}

// forged are all logs of up to three entries, by their length, in the order of audit.bh.
var forged = func() [4][]list {
	var out [4][]list
	out[0] = []list{{}}
	for n := 1; n <= 3; n++ {
		for _, l := range out[n-1] {
			for d := range uint8(3) {
				l[n-1] = d + 1
				out[n] = append(out[n], l)
			}
		}
	}
	return out
}()
