package checker

import (
	"bytes"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/checker/internal/flow"
	"github.com/bulkheadlang/bulkhead/model"
)

// Experiment shows that a domain is not isolated: two runs from one initial state, side by side, that differ in one step, which the
// domain may not be affected by, and at the end of which the domain sees something else for the first time. There is none
// of fewer rows.
type Experiment struct {
	Domain  string
	By      []string // the domains that the step belongs to
	Via     []string // through which alone they may affect it; after the step none of them acts
	Rows    []Row    // the first is the initial state
	Removed int      // the row of the step that only the run With takes
	// Acts has the instances of actions that may affect the domain at the end of one of the runs only, where that is what it
	// can tell.
	Acts []string
	// Channel is the parts of the state by which the difference came to the domain: what differs in some row before the last and can
	// matter to what it sees at the end; where the step itself changes that, what it changes.
	Channel []string
}

// Direct tells whether the step itself changes what the domain sees. Otherwise it leaves a difference that the domain does not see
// until an input that may affect it leads from two states in which it sees the same to two in which it does not.
func (x *Experiment) Direct() bool { return x.Removed == len(x.Rows)-1 }

// Row is an input to both runs, but for the one removed, and what each comes to.
type Row struct {
	Input         model.StepText // of the first row: nothing
	With, Without Lane
	Differ        []model.Change // the parts of the state that are not the same, From with the step and To without it
}

// Lane is one run in one row.
type Lane struct {
	Taken bool // the input was enabled and given; otherwise the state is that of the row before
	State []model.Binding
	Sees  []model.Binding // by the domain
}

// experimenter does experiments by the methods of a Runner alone, so that what the graph says is not taken for granted.
type experimenter struct {
	claims *model.Isolation
	asked  question
	sys    model.System
	r      model.Runner
	on     model.Onlooker
}

// perform does the experiment from an initial state, with the given inputs, of which one is removed, and sees that it shows what it is to show.
func (x *experimenter) perform(start model.State, inputs []word, removed int) (*Experiment, *model.Trace, error) {
	x.r = x.sys.NewRunner()
	x.on = x.r.(model.Onlooker)
	if !x.initial(start) {
		return nil, nil, x.amiss("it does not begin in an initial state")
	}
	out := &Experiment{Domain: x.claims.Domains[x.asked.Of], Removed: removed + 1, Via: (&isolation{claims: x.claims}).names(x.asked.via)}
	tr := &model.Trace{Loop: -1}
	with, without := slices.Clone(start), slices.Clone(start)
	for i := -1; i < len(inputs); i++ {
		var row Row
		if i >= 0 {
			row.Input = inputs[i].text
			if i == removed {
				owners, err := x.owners(with, inputs[i])
				if err != nil || x.asked.part(owners) != flow.Hidden {
					return nil, nil, x.amiss("the step that is left out may affect the domain")
				}
				out.By = (&isolation{claims: x.claims}).names(owners)
			} else if i > removed && !(x.left(with, inputs[i]) && x.left(without, inputs[i])) {
				return nil, nil, x.amiss("a step that may not affect the domain, or through which another one may, is left in")
			}
			if with, row.With.Taken = x.take(with, inputs[i]); i <= removed && !row.With.Taken {
				return nil, nil, x.amiss("a step is not enabled")
			}
			if i != removed {
				without, row.Without.Taken = x.take(without, inputs[i])
			}
		}
		x.describe(&row.With, with)
		x.describe(&row.Without, without)
		row.Differ = model.Diff(row.With.State, row.Without.State)
		if same := x.same(with, without); same != (i < len(inputs)-1) {
			return nil, nil, x.amiss("the runs do not differ at their end, and first there")
		}
		out.Rows = append(out.Rows, row)
		if i < 0 || row.With.Taken {
			tr.Steps = append(tr.Steps, model.TraceStep{Step: row.Input, State: row.With.State})
		}
	}
	if err := x.purged(start, inputs, removed); err != nil {
		return nil, nil, err
	}
	out.Acts = x.acts(with, without)
	out.Channel = x.channel(out.Rows[out.Removed:], inputs[removed:])
	return out, tr, nil
}

func (x *experimenter) amiss(what string) error {
	return &NondeterminismError{What: "an experiment that shows what a domain can find out cannot be done again: " + what}
}

// initial tells whether a state is an initial one.
func (x *experimenter) initial(s model.State) (yes bool) {
	x.r.Init(func(t model.State, f *model.Fault) { yes = yes || f == nil && slices.Equal(s, t) })
	return yes
}

// purged sees that one of the runs ends in what the domain tells from the end of its purge.
func (x *experimenter) purged(start model.State, inputs []word, removed int) error {
	for _, list := range [][]word{inputs, slices.Concat(inputs[:removed], inputs[removed+1:])} {
		s, p := slices.Clone(start), slices.Clone(start)
		var all []uint64
		for _, in := range list {
			owners, err := x.owners(s, in)
			if err != nil {
				return err
			}
			all = append(all, owners)
			s, _ = x.take(s, in)
		}
		for i, kept := range x.asked.purge(all) {
			if kept {
				p, _ = x.take(p, list[i])
			}
		}
		if !x.same(s, p) {
			return nil
		}
	}
	return x.amiss("both runs are as their purges are")
}

// take gives the state to which an input leads, which is s where it is not enabled.
func (x *experimenter) take(s model.State, in word) (to model.State, taken bool) {
	type next struct {
		label model.Label
		to    model.State
	}
	var all []next
	x.r.Load(s)
	x.r.Next(func(l model.Label, t model.State, f *model.Fault) {
		if f == nil && l.Action == in.label.Action && l.Args == in.label.Args && bytes.Equal(x.on.Chosen(l, nil), in.chosen) {
			all = append(all, next{l, slices.Clone(t)})
		}
	})
	for _, n := range all {
		if x.r.Describe(s, n.label).String() == in.text.String() {
			return n.to, true
		}
	}
	return s, false
}

// owners gives the domains of an input in a state.
func (x *experimenter) owners(s model.State, in word) (uint64, error) {
	x.r.Load(s)
	set, f := x.on.Acts(in.label.Action, in.label.Args)
	if f != nil {
		return 0, f
	}
	return set, nil
}

// left tells whether an input is left in, behind the step, in a state.
func (x *experimenter) left(s model.State, in word) bool {
	owners, err := x.owners(s, in)
	return err == nil && x.asked.part(owners) == flow.May
}

// describe fills in what a lane shows of a state.
func (x *experimenter) describe(l *Lane, s model.State) {
	x.r.Load(s)
	l.Sees = x.on.View(x.asked.Of)
	l.State = render(x.r, s)
}

// same tells whether the domain sees the same in two states, and the same may affect it.
func (x *experimenter) same(s, t model.State) bool {
	a, _ := x.sees(s)
	b, _ := x.sees(t)
	return bytes.Equal(a, b) && len(x.acts(s, t)) == 0
}

func (x *experimenter) sees(s model.State) ([]byte, *model.Fault) {
	x.r.Load(s)
	return x.on.Sees(x.asked.Of, nil)
}

// acts lists the instances that may affect the domain in one of two states only.
func (x *experimenter) acts(s, t model.State) (out []string) {
	for _, v := range x.claims.Varying {
		in := word{label: model.Label{Action: v.Action, Args: v.Args}}
		if x.left(s, in) != x.left(t, in) {
			out = append(out, v.Text)
		}
	}
	return out
}

// channel finds the parts of the state by which a difference came to the end, from the row of the step on: going back from the
// variables that what the domain sees depends on, those that actions read that write what is wanted behind them.
func (x *experimenter) channel(rows []Row, inputs []word) (out []string) {
	all := x.claims.Shown == nil || x.claims.Reads == nil || len(x.claims.Varying) > 0
	var wanted []string
	if !all {
		wanted = x.claims.Shown[x.asked.Of]
	}
	last := len(rows) - 1
	found := make([][]string, len(rows))
	for i := last; i >= 0; i-- {
		for _, c := range rows[i].Differ {
			if all || touches([]string{c.Path}, wanted) {
				found[i] = append(found[i], c.Path)
			}
		}
		if a := inputs[i].label.Action; !all && touches(x.claims.Writes[a], wanted) {
			wanted = append(slices.Clip(wanted), x.claims.Reads[a]...)
		}
	}
	if last > 0 {
		found = found[:last]
	}
	for _, list := range found {
		for _, path := range list {
			if !slices.Contains(out, path) {
				out = append(out, path)
			}
		}
	}
	return out
}

// touches tells whether some of the parts of a state are in some others, or contain them.
func touches(parts, others []string) bool {
	within := func(p, q string) bool {
		rest, ok := strings.CutPrefix(p, q)
		return ok && (rest == "" || rest[0] == '[' || rest[0] == '.')
	}
	return slices.ContainsFunc(parts, func(p string) bool {
		return slices.ContainsFunc(others, func(q string) bool { return within(p, q) || within(q, p) })
	})
}
