package modeltest_test

import (
	"iter"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/modeltest"
)

// counter counts to a limit, up and down, with a property of each kind.
type counter struct {
	N    int8
	Trip []int8 // every value since the last turn
}

func counting(limit int8) model.Definition[counter] {
	step := func(d int8) func(counter) iter.Seq2[model.Args, counter] {
		return model.Guarded(
			func(c counter) bool { return c.N+d >= 0 && c.N+d <= limit },
			func(c counter) counter {
				c.N += d
				if len(c.Trip) == 2 {
					c.Trip = nil
				}
				c.Trip = append(c.Trip, c.N)
				return c
			})
	}
	return model.Definition[counter]{
		Name: "Counting",
		Init: slices.Values([]counter{{}, {N: 1}}),
		Actions: []model.ActionOf[counter]{
			{Name: "Up", Next: step(+1)},
			{Name: "Down", Next: step(-1)},
			{Name: "Jump", Params: []string{"by"}, Next: model.Over([]int8{2, 3}, func(c counter, by int8) (counter, bool) {
				return counter{N: c.N + by}, c.N+by <= limit
			})},
		},
		Invariants: []model.Predicate[counter]{
			{Name: "Within", Holds: func(c counter) bool { return c.N <= limit }},
			{Name: "LowAtFirst", When: func(c counter) bool { return len(c.Trip) == 0 }, Holds: func(c counter) bool { return c.N >= 0 }},
		},
		Steps: []model.Relation[counter]{
			{Name: "Near", Holds: func(before, after counter) bool { return after.N-before.N < 4 }},
			{Name: "Upwards", Action: "Jump", Holds: func(before, after counter) bool { return after.N > before.N }},
		},
		Reachable: []model.Predicate[counter]{{Name: "Top", Holds: func(c counter) bool { return c.N == limit }}},
		Bounds:    []model.Measure[counter]{{Name: "Length", Value: func(c counter) int { return len(c.Trip) }, Limit: 2}},
	}
}

func TestRunAcceptsADefinedSystem(t *testing.T) {
	modeltest.Run(t, model.MustDefine(counting(5)))
}

// broken is a system whose runners break the contract in one way.
type broken struct {
	model.System
	info   func(model.Info) model.Info
	runner func(model.Runner) model.Runner
}

func (b broken) Info() *model.Info {
	i := *b.System.Info()
	if b.info != nil {
		i = b.info(i)
	}
	return &i
}

func (b broken) NewRunner() model.Runner {
	if b.runner == nil {
		return b.System.NewRunner()
	}
	return b.runner(b.System.NewRunner())
}

// forgetful emits the last state that was loaded in place of a successor, every second time.
type forgetful struct {
	model.Runner
	calls int
}

func (f *forgetful) Next(emit func(model.Label, model.State, *model.Fault)) {
	f.calls++
	f.Runner.Next(func(l model.Label, s model.State, _ *model.Fault) {
		if f.calls%2 == 0 {
			s[0]++
		}
		emit(l, s, nil)
	})
}

// keeping keeps the state it was given, and emits it for itself.
type keeping struct {
	model.Runner
	kept model.State
}

func (k *keeping) Load(s model.State) { k.kept = s; k.Runner.Load(s) }

func (k *keeping) Next(emit func(model.Label, model.State, *model.Fault)) {
	k.Runner.Load(k.kept)
	k.Runner.Next(emit)
}

// aliasing emits words of its own that it does not write again.
type aliasing struct {
	model.Runner
	init []model.State
}

func (a *aliasing) Init(emit func(model.State, *model.Fault)) {
	if a.init == nil {
		a.Runner.Init(func(s model.State, _ *model.Fault) { a.init = append(a.init, slices.Clone(s)) })
	}
	for _, s := range a.init {
		emit(s, nil)
	}
}

// late evaluates properties of steps on the last transition of Next.
type late struct {
	model.Runner
	n int
}

func (l *late) HoldsStep(p model.PropertyID) (bool, *model.Fault) {
	l.n++
	return l.n%3 == 0, nil
}

type misnaming struct{ model.Runner }

func (m misnaming) Describe(s model.State, l model.Label) model.StepText {
	text := m.Runner.Describe(s, l)
	text.Args = nil
	return text
}

type repeating struct{ model.Runner }

func (r repeating) Next(emit func(model.Label, model.State, *model.Fault)) {
	var first *model.Label
	r.Runner.Next(func(l model.Label, s model.State, f *model.Fault) {
		if first == nil {
			first = &l
		}
		emit(*first, s, f)
	})
}

type silent struct{ model.Runner }

func (silent) Init(emit func(model.State, *model.Fault)) { emit(nil, nil) }

type shared struct {
	model.Runner
	flips *int
}

func (s shared) Holds(p model.PropertyID) (bool, *model.Fault) {
	*s.flips++
	return *s.flips%7 != 0, nil
}

type varying struct{ model.Runner }

func (v varying) Render(s model.State) []model.Binding {
	vars := v.Runner.Render(s)
	if vars[0].Value.Int == 2 {
		return vars[:1]
	}
	return vars
}

// claiming has one property of runs.
type claiming struct {
	model.System
	runs model.Runs
}

func (c claiming) Info() *model.Info {
	i := *c.System.Info()
	i.Properties = append(slices.Clone(i.Properties), model.Property{Name: "Comes", Kind: model.LTL})
	return &i
}

func (c claiming) Runs() *model.Runs { return &c.runs }

func (c claiming) NewRunner() model.Runner { return observing{c.System.NewRunner()} }

// observing sees nothing.
type observing struct{ model.Runner }

func (observing) Observe(bits []uint64) *model.Fault { clear(bits); return nil }

func (observing) ObserveStep(_ model.Label, bits []uint64) { clear(bits) }

func TestRunOfPropertiesOfRuns(t *testing.T) {
	good := model.MustDefine(counting(5))
	last := model.PropertyID(len(good.Info().Properties))
	claim := func(p model.PropertyID, f *model.Formula) model.Runs {
		return model.Runs{
			Propositions: []model.Proposition{{Text: "n > 0"}},
			Properties:   []model.RunProperty{{Property: p, Instances: []model.RunInstance{{Formula: f}}}},
		}
	}
	of := func(op model.Op, args ...*model.Formula) *model.Formula { return &model.Formula{Op: op, Args: args} }
	modeltest.Run(t, claiming{good, claim(last, of(model.AlwaysOp, of(model.PropositionOp)))})
	for _, c := range []struct {
		want string
		runs model.Runs
	}{
		{"does not list property Comes", model.Runs{}},
		{"which is none of runs", claim(0, of(model.TrueOp))},
		{"claims nothing", claim(last, nil)},
		{"joins 1 formulas, want 2", claim(last, of(model.UntilOp, of(model.TrueOp)))},
		{"speaks of proposition 1, of 1", claim(last, &model.Formula{Op: model.PropositionOp, Prop: 1})},
		{"proposition 0 as one of steps", model.Runs{
			Propositions: []model.Proposition{{Text: "n > 0"}}, Fairness: []model.Fairness{{Text: "fairness", Step: 0}},
		}},
	} {
		fails(t, c.want, func(t testing.TB) { modeltest.Run(t, claiming{good, c.runs}) })
	}
	fails(t, "are no Observers", func(t testing.TB) {
		modeltest.Run(t, unobserved{claiming{good, claim(last, of(model.TrueOp))}})
	})
}

type unobserved struct{ claiming }

func (u unobserved) NewRunner() model.Runner { return u.System.NewRunner() }

func TestRunRefusesBrokenSystems(t *testing.T) {
	good := model.MustDefine(counting(5))
	with := func(wrap func(model.Runner) model.Runner) model.System { return broken{System: good, runner: wrap} }
	about := func(change func(*model.Info)) model.System {
		return broken{System: good, info: func(i model.Info) model.Info { change(&i); return i }}
	}
	flips := 0
	for _, c := range []struct {
		want string
		sys  model.System
	}{
		{"the second time", with(func(r model.Runner) model.Runner { return &forgetful{Runner: r} })},
		{"are no state", with(func(r model.Runner) model.Runner { return &keeping{Runner: r} })},
		{"Init gives another state 0", with(func(r model.Runner) model.Runner { return &aliasing{Runner: r} })},
		{"property Near", with(func(r model.Runner) model.Runner { return &late{Runner: r} })},
		{"want a step of action Jump with parameters [by]", with(func(r model.Runner) model.Runner { return misnaming{r} })},
		{"have the label", with(func(r model.Runner) model.Runner { return repeating{r} })},
		{"neither a state nor a fault", with(func(r model.Runner) model.Runner { return silent{r} })},
		{"property Within", with(func(r model.Runner) model.Runner { return shared{r, &flips} })},
		{"gives the variables [N], want [N Trip]", with(func(r model.Runner) model.Runner { return varying{r} })},
		{"no name", about(func(i *model.Info) { i.Name = "" })},
		{"want 3", about(func(i *model.Info) { i.StateWords = 3 })},
		{"bits in", about(func(i *model.Info) { i.StateWords, i.StateBits = 1, 65 })},
		{"no name of its own", about(func(i *model.Info) { i.Properties = append(i.Properties, i.Properties[0]) })},
		{"which no system has", about(func(i *model.Info) { i.Properties = []model.Property{{Name: "M", Kind: model.Mutant}} })},
		{"speaks of action 9", about(func(i *model.Info) {
			i.Properties = []model.Property{{Name: "E", Kind: model.Ensures, Action: 9}}
		})},
		{"of kind deadlock", about(func(i *model.Info) {
			i.Properties = []model.Property{{Name: "D", Kind: model.Deadlock}, {Name: "E", Kind: model.Deadlock}}
		})},
		{"of action 2, of 2", about(func(i *model.Info) { i.Actions = i.Actions[:2]; i.Properties = nil })},
	} {
		t.Run(c.want, func(t *testing.T) {
			defer func() {
				// A runner that reads words which are no state may panic: that is a failure too.
				if v := recover(); v != nil && v != any("model: 1 words "+c.want+" of this system") {
					t.Errorf("panic: %v", v)
				}
			}()
			fails(t, c.want, func(t testing.TB) { modeltest.Run(t, c.sys) })
		})
	}
}

func TestRunRefusesMisuse(t *testing.T) {
	d := counting(5)
	d.Actions = append(d.Actions, model.ActionOf[counter]{Name: "Spoil", Next: func(c counter) iter.Seq2[model.Args, counter] {
		return func(yield func(model.Args, counter) bool) {
			for i := range c.Trip {
				if c.Trip[i]++; c.Trip[i] < 2 && !yield(nil, c) {
					return
				}
			}
		}
	}})
	fails(t, "the system panicked: model: action Spoil changed the state it was given", func(t testing.TB) {
		modeltest.Run(t, model.MustDefine(d))
	})
	fails(t, "the system panicked: model: Encode and Decode are not inverse", func(t testing.TB) {
		modeltest.Run(t, model.MustDefine(model.Definition[int8]{
			Name: "Lossy", AllowDeadlock: true, Init: slices.Values([]int8{3}),
			Encode: func(n int8) []byte { return []byte{byte(n)} }, Decode: func(b []byte) int8 { return int8(b[0] / 2) },
		}))
	})
}

func TestRunLogsStatesThatLookAlike(t *testing.T) {
	d := counting(3)
	d.Show = func(c counter) []model.Binding { return []model.Binding{{Name: "n", Value: model.Int(int64(c.N))}} }
	text, failed := record(func(t testing.TB) { modeltest.Run(t, model.MustDefine(d)) })
	if failed || text == "" {
		t.Errorf("failed: %v, with %q, want only a log", failed, text)
	}
}
