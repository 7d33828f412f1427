package interp

import (
	"strconv"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// Isolation is what the system claims of its domains; see model.Isolating.
func (sys *system) Isolation() *model.Isolation {
	if sys.m.Program.Flow == nil {
		return &model.Isolation{}
	}
	return &sys.m.Program.Flow.Isolation
}

// Sees gives what a domain sees as text; see model.Onlooker.
func (r *runner) Sees(d int, out []byte) (_ []byte, first *model.Fault) {
	for _, x := range r.m.Program.Flow.Views[d] {
		v, f := r.m.Eval(x, Scope{Vars: r.vars})
		if f != nil {
			if first == nil {
				first = f
			}
			continue
		}
		out = append(strconv.AppendQuote(out, Render(x.Type, v).String()), ',')
	}
	return out, first
}

// View gives what a domain sees in words.
func (r *runner) View(d int) (out []model.Binding) {
	for i, x := range r.m.Program.Flow.Views[d] {
		b := model.Binding{Name: r.m.Program.Flow.Texts[d][i], Value: model.Text("?")}
		if v, f := r.m.Eval(x, Scope{Vars: r.vars}); f == nil {
			b.Value = Render(x.Type, v)
		}
		out = append(out, b)
	}
	return out
}

// Acts tells to which domains an instance belongs.
func (r *runner) Acts(a model.ActionID, args uint32) (set uint64, first *model.Fault) {
	flow := r.m.Program.Flow
	if fixed := flow.Fixed[a]; fixed != nil {
		return fixed[args], nil
	}
	for i, v := range flow.Varying {
		if v.Action != a || v.Args != args {
			continue
		}
		for d, x := range flow.Acts[i] {
			ok, f := r.m.Holds(x, Scope{Vars: r.vars})
			if f != nil && first == nil {
				first = f
			}
			if ok && f == nil {
				set |= 1 << d
			}
		}
	}
	return set, first
}

// Chosen gives what was chosen inside the step that Next is emitting as text.
func (r *runner) Chosen(l model.Label, out []byte) []byte {
	return ir.ChoiceKey(r.chosen, out)
}
