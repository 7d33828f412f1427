package access

import (
	"errors"
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// point is a label of monitor.bh, by its place there: low, high, crypto, top.
type point uint8

var (
	pointNames = []string{"low", "high", "crypto", "top"}
	points     = []point{0, 1, 2, 3}
	objects    = []string{"report", "ledger"}
	modes      = []Mode{Observe, Alter}
	modeNames  = []string{"observes", "alters"}
)

func (p point) label() Label { return Label{uint8(p & 1), uint64(p >> 1)} }

func pointOf(l Label) point { return point(l.Level) | point(l.Categories)<<1 }

func (p point) String() string { return pointNames[p] }

// session is a state of monitor.bh.
type session struct {
	Clearance, At, Knows point
	Phase                uint8 // before, during, after
	Label, Holds         [2]point
	May, Opened          [2]uint8 // modes by their places
}

const subject = "s"

func config(s session, dual bool) MonitorConfig {
	c := MonitorConfig{Subjects: []Subject{{Name: subject, Clearance: s.Clearance.label(), Current: s.At.label()}}, Integrity: dual}
	for i, name := range objects {
		c.Objects = append(c.Objects, Object{name, s.Label[i].label()})
	}
	return c
}

func (s session) monitor(dual bool) *Monitor {
	m, err := NewMonitor(config(s, dual))
	if err != nil {
		panic(err)
	}
	for i, o := range objects {
		for j, mode := range modes {
			a := Access{subject, o, mode}
			if s.May[i]&(1<<j) != 0 {
				m.rights[a] = true
			}
			if s.Opened[i]&(1<<j) != 0 {
				m.open[a] = true
			}
		}
	}
	return m
}

// take takes over what a monitor says.
func (s *session) take(m *Monitor) {
	s.At = pointOf(m.Current(subject))
	for i, o := range objects {
		s.Label[i] = pointOf(m.Label(o))
		s.May[i], s.Opened[i] = 0, 0
		for j, mode := range modes {
			a := Access{subject, o, mode}
			if m.May(a) {
				s.May[i] |= 1 << j
			}
			if m.Has(a) {
				s.Opened[i] |= 1 << j
			}
		}
	}
}

var errNot = errors.New("not enabled")

// monitorSystem is the system of monitor.bh over Monitor and Label.
func monitorSystem(dual bool, reports, ledgers []point) model.System {
	join := Label.Join
	lowest := point(0)
	if dual {
		join, lowest = Label.Meet, 3
	}
	during := func(s *session, do func(*Monitor) error) error {
		if s.Phase != 1 {
			return errNot
		}
		m := s.monitor(dual)
		if err := do(m); err != nil {
			return err
		}
		s.take(m)
		return nil
	}
	access := func(do func(*Monitor, Access) error) func(*session, string, int) error {
		return func(s *session, o string, mode int) error {
			return during(s, func(m *Monitor) error { return do(m, Access{subject, o, modes[mode]}) })
		}
	}
	// flows moves what is known or held.
	flows := func(mode Mode, to func(s *session, o int) *point) func(*session, int) error {
		return func(s *session, o int) error {
			both := pointOf(join(s.Knows.label(), s.Holds[o].label()))
			if !s.monitor(dual).Has(Access{subject, objects[o], mode}) || *to(s, o) == both {
				return errNot
			}
			*to(s, o) = both
			return nil
		}
	}
	return model.MustDefine(model.Definition[session]{
		Name: "Monitor",
		Init: func(yield func(session) bool) {
			clearances := []point{1, 3}
			if dual {
				clearances = []point{0, 1}
			}
			for _, c := range clearances {
				for _, report := range reports {
					for _, ledger := range ledgers {
						if !yield(session{Clearance: c, At: lowest, Knows: lowest, Label: [2]point{report, ledger}, Holds: [2]point{report, ledger}}) {
							return
						}
					}
				}
			}
		},
		Actions: []model.ActionOf[session]{
			{Name: "Login", Params: []string{"l"}, Next: modelcheck.Call1(points, func(s *session, l point) error {
				at := *s
				at.At = l
				if _, err := NewMonitor(config(at, dual)); err != nil || s.Phase != 0 {
					return errNot
				}
				s.Phase, s.At = 1, l
				return nil
			})},
			{Name: "Logout", Next: modelcheck.Call(func(s *session) error {
				if s.Phase != 1 || s.Opened != [2]uint8{} {
					return errNot
				}
				s.Phase, s.At, s.Knows, s.May = 2, lowest, lowest, [2]uint8{}
				return nil
			})},
			{Name: "Give", Params: []string{"o", "m"}, Next: named(access((*Monitor).Give))},
			{Name: "Rescind", Params: []string{"o", "m"}, Next: named(access((*Monitor).Rescind))},
			{Name: "Open", Params: []string{"o", "m"}, Next: named(access((*Monitor).Open))},
			{Name: "Close", Params: []string{"o", "m"}, Next: named(access((*Monitor).Close))},
			{Name: "Move", Params: []string{"l"}, Next: modelcheck.Call1(points, func(s *session, l point) error {
				err := during(s, func(m *Monitor) error { return m.Move(subject, l.label()) })
				if err == nil && join(s.Knows.label(), l.label()) != l.label() {
					s.Knows = lowest
				}
				return err
			})},
			{Name: "Relabel", Params: []string{"o", "l"}, Next: modelcheck.Call2(objects, points, func(s *session, o string, l point) error {
				return during(s, func(m *Monitor) error { return m.Relabel(o, l.label()) })
			})},
			{Name: "Read", Params: []string{"o"}, Next: byName(flows(Observe, func(s *session, _ int) *point { return &s.Knows }))},
			{Name: "Write", Params: []string{"o"}, Next: byName(flows(Alter, func(s *session, o int) *point { return &s.Holds[o] }))},
		},
		Terminal: func(s session) bool { return s.Phase == 2 },
		Show: func(s session) []model.Binding {
			labels := func(of [2]point) model.Value {
				return model.Value{Shape: model.Map, Elems: []model.Elem{{Key: objects[0], Value: modelcheck.Text(of[0])}, {Key: objects[1], Value: modelcheck.Text(of[1])}}}
			}
			sets := func(of [2]uint8) model.Value {
				return model.Value{Shape: model.Map, Elems: []model.Elem{
					{Key: objects[0], Value: modelcheck.Names(members(modeNames, of[0]))}, {Key: objects[1], Value: modelcheck.Names(members(modeNames, of[1]))},
				}}
			}
			return []model.Binding{
				{Name: "clearance", Value: modelcheck.Text(s.Clearance)},
				{Name: "phase", Value: model.Text([]string{"before", "during", "after"}[s.Phase])},
				{Name: "at", Value: modelcheck.Text(s.At)},
				{Name: "label", Value: labels(s.Label)},
				{Name: "may", Value: sets(s.May)},
				{Name: "opened", Value: sets(s.Opened)},
				{Name: "knows", Value: modelcheck.Text(s.Knows)},
				{Name: "holds", Value: labels(s.Holds)},
			}
		},
	})
}

// named is the Next of an action on an object in a mode, by the names of both.
func named(step func(*session, string, int) error) func(session) iter.Seq2[model.Args, session] {
	next := modelcheck.Call2(objects, []int{0, 1}, step)
	return func(s session) iter.Seq2[model.Args, session] {
		return func(yield func(model.Args, session) bool) {
			for args, to := range next(s) {
				if !yield(model.Args{args[0], modeNames[args[1].(int)]}, to) {
					return
				}
			}
		}
	}
}

// byName is the Next of an action on an object.
func byName(step func(*session, int) error) func(session) iter.Seq2[model.Args, session] {
	next := modelcheck.Call1([]int{0, 1}, step)
	return func(s session) iter.Seq2[model.Args, session] {
		return func(yield func(model.Args, session) bool) {
			for args, to := range next(s) {
				if !yield(model.Args{objects[args[0].(int)]}, to) {
					return
				}
			}
		}
	}
}
