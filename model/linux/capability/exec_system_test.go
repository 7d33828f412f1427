package capability

import (
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// process is the process of exec.bh.
type process struct {
	Runs bool
	Cred Cred
}

// instance is one of exec.bh under its constants.
type instance struct {
	has   Set
	bits  Securebits
	rules Rules
}

// show gives the set as exec.bh writes it, whose capabilities are setuid and setpcap.
func show(s Set) model.Value {
	var names []string
	if s.Has(SetUID) {
		names = append(names, "setuid")
	}
	if s.Has(SetPCap) {
		names = append(names, "setpcap")
	}
	return modelcheck.Names(names)
}

func showCap(c Cap) string { return map[Cap]string{SetUID: "setuid", SetPCap: "setpcap"}[c] }

func (p process) bindings() []model.Binding {
	c := p.Cred
	return []model.Binding{
		{Name: "runs", Value: model.Bool(p.Runs)},
		{Name: "uid", Value: model.Int(int64(c.UID))},
		{Name: "euid", Value: model.Int(int64(c.EUID))},
		{Name: "suid", Value: model.Int(int64(c.SUID))},
		{Name: "nnp", Value: model.Bool(c.NoNewPrivs)},
		{Name: "permitted", Value: show(c.Permitted)},
		{Name: "effective", Value: show(c.Effective)},
		{Name: "inheritable", Value: show(c.Inheritable)},
		{Name: "bounding", Value: show(c.Bounding)},
		{Name: "ambient", Value: show(c.Ambient)},
	}
}

var (
	bothCaps = []Cap{SetUID, SetPCap}
	subsets  = []Set{0, Of(SetUID), Of(SetPCap), Of(SetUID, SetPCap)}
	bools    = []bool{false, true}
	users    = []ID{0, 1}
)

// program is a file of exec.bh and who traces its execution.
type program struct {
	file   File
	traced bool
	args   model.Args
}

// programs lists all.
func programs() []program {
	var out []program
	add := func(f File, owner model.Value, caps *FileCaps) {
		shown := FileCaps{}
		if caps != nil {
			shown = *caps
		}
		f.Caps = caps
		for _, traced := range bools {
			out = append(out, program{f, traced, model.Args{
				owner, caps != nil, show(shown.Permitted), show(shown.Inheritable), shown.Effective, traced,
			}})
		}
	}
	owners := []struct {
		f     File
		shown model.Value
	}{
		{File{}, modelcheck.None()},
		{File{SetUID: true, Owner: 0}, modelcheck.Some(model.Int(0))},
		{File{SetUID: true, Owner: 1}, modelcheck.Some(model.Int(1))},
	}
	for _, o := range owners {
		add(o.f, o.shown, nil)
		for _, fp := range subsets {
			for _, fi := range subsets {
				if fp&fi == 0 {
					for _, fe := range bools {
						add(o.f, o.shown, &FileCaps{Permitted: fp, Inheritable: fi, Effective: fe})
					}
				}
			}
		}
	}
	return out
}

// step makes the Next of an action that changes the cred of a process that runs.
func step[P any](ps []P, show func(P) model.Args, do func(Cred, P) (Cred, error)) func(process) iter.Seq2[model.Args, process] {
	return func(p process) iter.Seq2[model.Args, process] {
		return func(yield func(model.Args, process) bool) {
			for _, param := range ps {
				if !p.Runs {
					return
				}
				next, err := do(p.Cred, param)
				if err == nil && !yield(show(param), process{true, next}) {
					return
				}
			}
		}
	}
}

// processSystem is the system whose states are those of Cred.
func processSystem(in instance) model.System {
	type sets struct{ e, p, i Set }
	type ids struct {
		r, e, s ID
		keep    bool
	}
	var capsets []sets
	var changes []ids
	for _, e := range subsets {
		for _, p := range subsets {
			for _, i := range subsets {
				capsets = append(capsets, sets{e, p, i})
			}
		}
	}
	for _, r := range users {
		for _, e := range users {
			for _, s := range users {
				changes = append(changes, ids{r, e, s, false}, ids{r, e, s, true})
			}
		}
	}
	one := func(c Cap) model.Args { return model.Args{showCap(c)} }
	return model.MustDefine(model.Definition[process]{
		Name: "Exec",
		Init: func(yield func(process) bool) {
			yield(process{Cred: Cred{UID: 1, EUID: 1, SUID: 1, Bounding: in.has, Bits: in.bits}})
		},
		Actions: []model.ActionOf[process]{
			{Name: "Start", Params: []string{"u"}, Next: model.Over(users, func(p process, u ID) (process, bool) {
				cred := Root(in.has)
				cred.UID, cred.EUID, cred.SUID, cred.Bits = u, u, u, in.bits
				cred, err := cred.Exec(File{}, false, in.rules)
				return process{true, cred}, err == nil && !p.Runs
			})},
			{
				Name: "Exec", Params: []string{"owner", "attribute", "fp", "fi", "fe", "traced"},
				Next: step(programs(), func(p program) model.Args { return p.args },
					func(c Cred, p program) (Cred, error) { return c.Exec(p.file, p.traced, in.rules) }),
			},
			{
				Name: "Capset", Params: []string{"e", "p", "i"},
				Next: step(capsets, func(s sets) model.Args { return model.Args{show(s.e), show(s.p), show(s.i)} },
					func(c Cred, s sets) (Cred, error) { return c.Capset(s.e, s.p, s.i) }),
			},
			{Name: "DropBounding", Params: []string{"c"}, Next: step(bothCaps, one, Cred.DropBounding)},
			{Name: "RaiseAmbient", Params: []string{"c"}, Next: step(bothCaps, one, Cred.RaiseAmbient)},
			{Name: "LowerAmbient", Params: []string{"c"}, Next: step(bothCaps, one, Cred.LowerAmbient)},
			{Name: "SetNoNewPrivs", Next: step([]int{0}, func(int) model.Args { return nil },
				func(c Cred, _ int) (Cred, error) { return c.SetNoNewPrivs(), nil })},
			{
				Name: "Setresuid", Params: []string{"r", "e", "s", "keep"},
				Next: step(changes, func(i ids) model.Args { return model.Args{int(i.r), int(i.e), int(i.s), i.keep} },
					func(c Cred, i ids) (Cred, error) {
						next, err := c.SetKeepCaps(i.keep).Setresuid(i.r, i.e, i.s)
						return next.SetKeepCaps(false), err
					}),
			},
		},
		Steps: []model.Relation[process]{{Name: "NoNewPrivs", Holds: func(before, after process) bool {
			return !before.Cred.NoNewPrivs || after.Cred.NoNewPrivs && after.Cred.Permitted.In(before.Cred.Permitted)
		}}},
		Invariants: []model.Predicate[process]{{Name: "Sound", Holds: func(p process) bool { return p.Cred.Valid() }}},
		Show:       process.bindings,
	})
}
