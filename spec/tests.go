package spec

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/eval"
	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Mutant is a seeded fault: the model with one action changed, of which a named property must become false.
type Mutant struct {
	Name     string
	Action   string // the action that is changed
	Breaks   string // the name of the property: one of the model, deadlock, fault, or ACTION.ensures
	Config   string // the configuration it runs under, or "" for the default constants
	Position string
	code     *ir.Program
	original *Program
}

// Original is the model without the fault, under the same constants.
func (m *Mutant) Original() *Program { return m.original }

// System compiles the mutated model.
func (m *Mutant) System() model.System {
	s, err := eval.Compile(m.code)
	if err != nil { // it has the state, the parameters and the locals of the model, which was compiled
		panic("spec: mutant " + m.Name + ": " + err.Error())
	}
	return newSystem(s)
}

// IR is the mutated model without names, as Program.IR is the model.
func (m *Mutant) IR() *ir.Program { return m.code }

// Plain is the mutated model run by the plain interpreter, as Program.Plain is the model.
func (m *Mutant) Plain() (model.System, error) { return interp.New(m.code).System() }

// Mutants lists the mutants of the model, in order.
func (p *Program) Mutants() []*Mutant {
	var out []*Mutant
	for i, d := range p.system.Program().Mutants {
		m := &Mutant{
			Name: d.Name, Action: p.system.Program().Actions[d.Action].Name, Breaks: d.Breaks, Config: d.Config,
			Position: types.Pos(d.Pos), original: p.under(d.Config),
		}
		code := *m.original.code
		code.Actions = slices.Clone(code.Actions)
		code.Actions[d.Action] = *code.Mutants[i].Replaced
		code.Name += " with mutant " + d.Name
		code.Flow = code.Flow.Replacing(&code, d.Action)
		m.code = &code
		out = append(out, m)
	}
	return out
}

// under is the model under the constants of a mutant or a scenario.
func (p *Program) under(config string) *Program {
	if config == "" {
		return p.base
	}
	return p.others[config]
}

// Scenario is a unit test of the model.
type Scenario struct {
	Name     string
	Config   string // the configuration it runs under, or "" for the default constants
	Position string
	program  *Program
	code     ir.Scenario
}

// Scenarios lists the scenarios of the model, in order.
func (p *Program) Scenarios() []*Scenario {
	var out []*Scenario
	for i, d := range p.system.Program().Scenarios {
		q := p.under(d.Config)
		out = append(out, &Scenario{
			Name: d.Name, Config: d.Config, Position: types.Pos(d.Pos), program: q, code: q.code.Scenarios[i],
		})
	}
	return out
}

// ScenarioFailure is the step at which a scenario failed, and a run up to there.
type ScenarioFailure struct {
	Position string
	Message  string
	Trace    *model.Trace
}

// Error gives the position and the message.
func (f *ScenarioFailure) Error() string { return f.Position + ": " + f.Message }

// visit is a state that a scenario can be in, and how it came there.
type visit struct {
	state model.State
	step  model.StepText
	prev  *visit
}

// maxStates is the number of states that a scenario may be in at once.
const maxStates = 1 << 16

// Run takes the scenario from every initial state that it selects. Where a step chooses, every choice must lead to
// success. It returns nil when the scenario succeeds.
func (s *Scenario) Run() *ScenarioFailure {
	sys := s.program.system
	r := sys.NewRunner().(taker)
	fail := func(pos, message string, at *visit) *ScenarioFailure {
		f := &ScenarioFailure{Position: pos, Message: message}
		if at != nil {
			f.Trace = trace(r, at)
		}
		return f
	}
	here, failure := s.start(r)
	if failure != nil {
		return failure
	}
	for _, st := range s.code.Steps {
		pos := types.Pos(st.Pos)
		if st.Op == ir.Expect {
			holds := sys.Predicate(sys.Program(), st.Cond)
			for _, at := range here {
				switch ok, fault := holds(at.state); {
				case fault != nil:
					return fail(pos, "the expectation has no value: "+fault.Error(), at)
				case !ok:
					return fail(pos, "expected "+sys.Program().Text(st.Cond), at)
				}
			}
			continue
		}
		args, call, fault := s.instance(st)
		if fault != nil {
			return fail(pos, fault.Error(), nil)
		}
		var next []*visit
		seen := map[string]bool{}
		for _, at := range here {
			taken := 0
			var bad *ScenarioFailure
			r.Load(at.state)
			r.Take(st.Action, args, func(l model.Label, t model.State, f *model.Fault) {
				taken++
				if f != nil {
					if bad == nil {
						bad = fail(pos, call+" fails: "+f.Error(), at)
					}
					return
				}
				to := slices.Clone(t)
				if k := key(to); !seen[k] {
					seen[k] = true
					next = append(next, &visit{state: to, step: r.Describe(at.state, l), prev: at})
				}
			})
			switch {
			case st.Op == ir.Refuse && taken > 0:
				return fail(pos, call+" is enabled, the scenario refuses it", at)
			case bad != nil:
				return bad
			case st.Op == ir.Do && taken == 0:
				return fail(pos, call+" is not enabled", at)
			case len(next) > maxStates:
				return fail(pos, "the scenario may be in more than 65,536 states here", at)
			}
		}
		if st.Op == ir.Do {
			here = next
		}
	}
	return nil
}

// taker is what a scenario needs of a compiled runner.
type taker interface {
	model.Runner
	Take(action int, args uint32, emit func(model.Label, model.State, *model.Fault))
}

// start gives the initial states that the scenario selects.
func (s *Scenario) start(r model.Runner) (here []*visit, failure *ScenarioFailure) {
	sys := s.program.system
	var all []model.State
	seen := map[string]bool{}
	r.Init(func(st model.State, f *model.Fault) {
		if f != nil {
			failure = &ScenarioFailure{Position: s.Position, Message: "an initial state fails: " + f.Error()}
			return
		}
		if k := key(st); !seen[k] && len(all) <= maxStates {
			seen[k] = true
			all = append(all, slices.Clone(st))
		}
	})
	if failure != nil {
		return nil, failure
	}
	var selects func(model.State) (bool, *model.Fault)
	if s.code.From != nil {
		selects = sys.Predicate(sys.Program(), s.code.From)
	}
	for _, st := range all {
		if selects != nil {
			ok, fault := selects(st)
			if fault != nil {
				return nil, &ScenarioFailure{Position: s.Position, Message: "from has no value: " + fault.Error()}
			}
			if !ok {
				continue
			}
		}
		here = append(here, &visit{state: st})
	}
	switch {
	case len(here) == 0 && len(all) == 0:
		return nil, &ScenarioFailure{Position: s.Position, Message: "the model has no initial state"}
	case len(here) == 0:
		return nil, &ScenarioFailure{Position: s.Position, Message: "from selects no initial state"}
	case len(here) > maxStates:
		return nil, &ScenarioFailure{Position: s.Position, Message: "the scenario starts from more than 65,536 states; narrow it with from"}
	}
	return here, nil
}

// instance works out the arguments of a step.
func (s *Scenario) instance(st ir.ScenarioStep) (args uint32, call string, fault *model.Fault) {
	sys := s.program.system
	code := sys.Program()
	call = code.Actions[st.Action].Name
	var ranks []uint64
	for i, a := range st.Args {
		r, f := sys.Rank(a, code.Locals[code.Actions[st.Action].Params[i]].Type)
		if f != nil {
			return 0, call, f
		}
		ranks = append(ranks, r)
		if i == 0 {
			call += "("
		} else {
			call += ", "
		}
		call += sys.Program().Text(a)
	}
	if len(ranks) > 0 {
		call += ")"
	}
	return sys.Instance(st.Action, ranks), call, nil
}

func key(s model.State) string {
	b := make([]byte, 0, 8*len(s))
	for _, w := range s {
		for i := range 8 {
			b = append(b, byte(w>>(8*i)))
		}
	}
	return string(b)
}

func trace(r model.Runner, at *visit) *model.Trace {
	t := &model.Trace{Loop: -1}
	for ; at != nil; at = at.prev {
		t.Steps = append(t.Steps, model.TraceStep{Step: at.step, State: r.Render(at.state)})
	}
	slices.Reverse(t.Steps)
	return t
}
