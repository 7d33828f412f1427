package interp

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/layout"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// System is the program as a model.System, interpreted. Its states are packed as package layout says, so that they are
// the states of the compiled system. The error says that a state would be too large.
//
// The properties are those of the program in order, then the ensures of each action that has one, then deadlock, then
// fault.
func (m *Machine) System() (model.System, error) {
	sys := &system{m: m}
	var ts []*types.Type
	for _, v := range m.Program.Vars {
		ts = append(ts, v.Type)
	}
	packing, err := layout.NewPacking(&layout.Table{}, ts)
	if err != nil {
		return nil, err
	}
	sys.packing = packing
	for _, r := range m.Program.Refined {
		abstract, err := (&Machine{Program: r.Model, Steps: m.Steps}).System()
		if err != nil {
			return nil, err
		}
		sys.refined = append(sys.refined, abstract)
	}
	sys.describe()
	return sys, nil
}

// StateOf is the state in which each variable, in the order of declaration, has the value of an expression without names. The error is
// a fault.
func (sys *system) StateOf(values []*ir.Expr) (model.State, error) {
	var vars []Value
	for _, e := range values {
		v, f := sys.m.Eval(e, Scope{})
		if f != nil {
			return nil, f
		}
		vars = append(vars, v)
	}
	return sys.NewRunner().(*runner).encode(vars), nil
}

type system struct {
	m       *Machine
	packing *layout.Packing
	info    model.Info
	claims  []claim
	refined []model.System // the abstract models
}

// claim is what a property evaluates: a formula, or for Deadlock none. The parameters of action are in scope.
type claim struct {
	prop        *ir.Prop // or nil, of what actions ensure and what is built in
	expr        *ir.Expr
	antecedents []*ir.Expr
	action      *ir.Action // of Ensures
}

func (sys *system) Info() *model.Info { return &sys.info }

func (sys *system) describe() {
	p := sys.m.Program
	sys.info = model.Info{
		Name: p.Name, File: p.File, Config: p.Config,
		StateWords: sys.packing.Words, StateBits: sys.packing.Used, Deterministic: true,
	}
	for _, k := range p.Consts {
		if v, f := sys.m.Eval(k.Value, Scope{}); f == nil {
			sys.info.Constants = append(sys.info.Constants, model.Binding{Name: k.Name, Value: Render(k.Value.Type, v)})
		}
	}
	for i := range p.Actions {
		a := &p.Actions[i]
		shown := model.Action{Name: a.Name, Position: types.Pos(a.Pos)}
		for _, id := range a.Params {
			shown.Params = append(shown.Params, p.Locals[id].Name)
		}
		sys.info.Actions = append(sys.info.Actions, shown)
		if text := p.Assumption(a); text != "" {
			sys.info.Assumptions = append(sys.info.Assumptions, text)
		}
	}
	kinds := map[ir.PropKind]model.Kind{
		ir.Invariant: model.Invariant, ir.Step: model.Step, ir.Reachable: model.Reachable,
		ir.MaxBound: model.Bound, ir.MinBound: model.Bound,
		ir.Linear: model.LTL, ir.Possible: model.Can, ir.Within: model.Within, ir.Longest: model.Longest,
		ir.Isolated: model.Isolated, ir.Refines: model.Refines, ir.Fair: model.LTL,
	}
	for i := range p.Props {
		q := &p.Props[i]
		sys.claim(model.Property{
			Name: q.Name, Kind: kinds[q.Kind], Position: types.Pos(q.Pos), Text: q.Text,
			AtLeast: q.Kind == ir.MinBound, Limit: q.Limit,
		}, claim{prop: q, expr: q.Expr, antecedents: ir.AntecedentsOf(q)})
	}
	for i := range p.Actions {
		if a := &p.Actions[i]; a.Ensures != nil {
			sys.claim(model.Property{
				Name: ir.Ensured(a.Name), Kind: model.Ensures, Position: types.Pos(a.Ensures.Pos),
				Action: model.ActionID(i),
			}, claim{expr: a.Ensures, action: a})
		}
	}
	sys.claim(model.Property{Name: string(model.Deadlock), Kind: model.Deadlock}, claim{})
	sys.claim(model.Property{Name: string(model.FaultFree), Kind: model.FaultFree}, claim{})
}

func (sys *system) claim(q model.Property, c claim) {
	for _, a := range c.antecedents {
		q.Antecedents = append(q.Antecedents, ir.AntecedentTextOf(sys.m.Program, c.prop, a))
	}
	if q.Kind == model.Ensures {
		c.antecedents = ir.Ensuring(c.action)
		for k := range c.antecedents {
			q.Antecedents = append(q.Antecedents, ir.EnsuringText(sys.m.Program, c.action, k))
		}
	}
	sys.info.Properties = append(sys.info.Properties, q)
	sys.claims = append(sys.claims, c)
}

func (sys *system) NewRunner() model.Runner {
	return &runner{
		system: sys,
		table:  &layout.Table{},
		cells:  make([]int64, sys.packing.Cells),
		out:    make(model.State, sys.packing.Words),
	}
}

// runner interprets a system for one goroutine.
type runner struct {
	*system
	table  *layout.Table
	cells  []int64
	out    model.State
	vars   []Value // the current state
	step   Scope   // the transition being emitted, with the parameters of its action
	taken  model.ActionID
	chosen []model.Binding // inside it
}

func (r *runner) decode(s model.State) []Value {
	r.packing.Unpack(r.cells, s)
	var vars []Value
	for i, v := range r.m.Program.Vars {
		vars = append(vars, Decode(r.table, v.Type, r.cells[r.packing.Offsets[i]:]))
	}
	return vars
}

// encode packs into r.out.
func (r *runner) encode(vars []Value) model.State {
	for i, v := range r.m.Program.Vars {
		Encode(r.table, v.Type, vars[i], r.cells[r.packing.Offsets[i]:])
	}
	r.packing.Pack(r.out, r.cells)
	return r.out
}

func (r *runner) Init(emit func(model.State, *model.Fault)) {
	for vars, f := range r.m.Initial() {
		if f != nil {
			emit(nil, f)
			continue
		}
		emit(r.encode(vars), nil)
	}
}

func (r *runner) Load(s model.State) { r.vars = r.decode(s) }

func (r *runner) Next(emit func(model.Label, model.State, *model.Fault)) {
	for i := range r.m.Program.Actions {
		a := &r.m.Program.Actions[i]
		label := model.Label{Action: model.ActionID(i)}
		for args := range r.m.Instances(a) {
			for k, o := range r.m.Outcomes(a, args, r.vars) {
				label.Choice = uint32(k)
				if o.Fault != nil {
					emit(label, nil, o.Fault)
					continue
				}
				r.step = Scope{Vars: o.Vars, Old: r.vars, Locals: params(a, args)}
				r.taken, r.chosen = label.Action, o.Choices
				emit(label, r.encode(o.Vars), nil)
			}
			label.Args++
		}
	}
}

func params(a *ir.Action, args []Value) map[ir.LocalID]Value {
	out := map[ir.LocalID]Value{}
	for i, id := range a.Params {
		out[id] = args[i]
	}
	return out
}

func (r *runner) Holds(p model.PropertyID) (bool, *model.Fault) {
	switch r.info.Properties[p].Kind {
	case model.FaultFree:
		return true, nil
	case model.Refines:
		return r.begins(p, r.vars)
	case model.Deadlock:
		for _, e := range r.m.Program.Terminal {
			if ok, f := r.m.Holds(e, Scope{Vars: r.vars}); ok || f != nil {
				return ok, f
			}
		}
		return false, nil
	}
	return r.m.Holds(r.claims[p].expr, Scope{Vars: r.vars})
}

func (r *runner) HoldsStep(p model.PropertyID) (bool, *model.Fault) {
	if q := &r.info.Properties[p]; q.Kind == model.Ensures && q.Action != r.taken {
		return true, nil
	} else if q.Kind == model.Refines {
		return r.simulated(p, r.step.Old, r.step.Vars)
	}
	return r.m.Holds(r.claims[p].expr, r.step)
}

func (r *runner) Value(p model.PropertyID) (int64, *model.Fault) {
	v, f := r.m.Eval(r.claims[p].expr, Scope{Vars: r.vars})
	return v.Int, f
}

func (r *runner) Antecedent(p model.PropertyID, k int) bool {
	s := Scope{Vars: r.vars}
	switch q := &r.info.Properties[p]; {
	case q.Kind == model.Ensures && q.Action != r.taken:
		return false
	case q.Kind == model.Ensures, q.Kind == model.Step, q.Kind == model.Refines:
		s = r.step
	}
	ok, f := r.m.Holds(r.claims[p].antecedents[k], s)
	return ok && f == nil
}

// instance is the action of a label and its arguments.
func (r *runner) instance(l model.Label) (*ir.Action, []Value) {
	a := &r.m.Program.Actions[l.Action]
	n := uint32(0)
	for args := range r.m.Instances(a) {
		if n == l.Args {
			return a, args
		}
		n++
	}
	panic(fmt.Sprintf("interp: action %s has no instance %d", a.Name, l.Args))
}

func (r *runner) Describe(s model.State, l model.Label) model.StepText {
	a, args := r.instance(l)
	text := model.StepText{Action: a.Name, Position: types.Pos(a.Pos)}
	for i, id := range a.Params {
		local := r.m.Program.Locals[id]
		text.Args = append(text.Args, model.Binding{Name: local.Name, Value: Render(local.Type, args[i])})
	}
	outcomes := r.m.Outcomes(a, args, r.decode(s))
	if int(l.Choice) >= len(outcomes) {
		panic(fmt.Sprintf("interp: %s has no outcome %d in this state", text, l.Choice))
	}
	text.Choices = outcomes[l.Choice].Choices
	return text
}

func (r *runner) Render(s model.State) []model.Binding {
	var out []model.Binding
	vars := r.decode(s)
	for i, v := range r.m.Program.Vars {
		out = append(out, model.Binding{Name: v.Name, Value: Render(v.Type, vars[i])})
	}
	return out
}

// Explain says why a property is false; see model.Explainer. Of a Bound it gives the parts of the expression, of Deadlock
// why no terminal accepts the state. A Reachable property and the absence of faults have no parts.
func (r *runner) Explain(p model.PropertyID, s model.State, l model.Label, t model.State) []model.Part {
	scope := Scope{Vars: r.decode(s)}
	c := &r.claims[p]
	switch r.info.Properties[p].Kind {
	case model.Refines:
		if t == nil {
			return r.notInitial(p, scope.Vars)
		}
		return r.unmatched(p, scope.Vars, r.decode(t))
	case model.Step, model.Ensures:
		scope.Old = scope.Vars
		scope.Vars = r.decode(t)
		if c.action != nil {
			a, args := r.instance(l)
			scope.Locals = params(a, args)
		}
		return r.m.Explain(c.expr, scope)
	case model.Invariant, model.Bound:
		return r.m.Explain(c.expr, scope)
	case model.Deadlock:
		var out []model.Part
		for _, e := range r.m.Program.Terminal {
			out = append(out, r.m.Explain(e, scope)...)
		}
		return out[:min(len(out), maxParts)]
	}
	return nil
}
