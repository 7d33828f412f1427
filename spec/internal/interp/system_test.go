package interp

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

// TwoPhase of Lamport's "Consensus on Transaction Commit" has 288 states with three resource managers, as TLC counts.
const twoPhase = `model TwoPhase
const N = 3
type RM = symmetric 1..N
type Msg = union { Prepared(r: RM) | Commit | Abort }
state {
  rm: map[RM]enum {working, prepared, committed, aborted} = working
  tm: enum {undecided, done, stopped} = undecided
  ready: set[RM] = {}
  msgs: set[Msg] = {}
}
action RcvPrepared(r: RM) when tm == undecided and Prepared(r) in msgs { ready = ready union {r} }
action TMCommit when tm == undecided and (forall r in RM: r in ready) { tm = done; msgs = msgs union {Commit} }
action TMAbort when tm == undecided { tm = stopped; msgs = msgs union {Abort} }
action Prepare(r: RM) when rm[r] == working { rm[r] = prepared; msgs = msgs union {Prepared(r)} }
action ChooseAbort(r: RM) when rm[r] == working { rm[r] = aborted }
action RcvCommit(r: RM) when Commit in msgs { rm[r] = committed }
action RcvAbort(r: RM) when Abort in msgs { rm[r] = aborted }
invariant Consistent { forall r, q in RM: not (rm[r] == aborted and rm[q] == committed) }
`

// explore gives the distinct states of a system in breadth-first order and the number of transitions.
func explore(t testing.TB, sys model.System) (states []model.State, transitions int) {
	t.Helper()
	r := sys.NewRunner()
	seen := map[string]bool{}
	visit := func(s model.State, f *model.Fault) {
		if f != nil {
			t.Fatal(f)
		}
		if key := fmt.Sprint(s); !seen[key] {
			seen[key] = true
			states = append(states, slices.Clone(s))
		}
	}
	r.Init(visit)
	for i := 0; i < len(states); i++ {
		r.Load(states[i])
		r.Next(func(_ model.Label, s model.State, f *model.Fault) {
			transitions++
			visit(s, f)
		})
	}
	return states, transitions
}

func systemOf(t testing.TB, src string) model.System {
	t.Helper()
	sys, err := New(load(t, src)).System()
	if err != nil {
		t.Fatal(err)
	}
	return sys
}

func TestTwoPhaseCount(t *testing.T) {
	sys := systemOf(t, twoPhase)
	states, _ := explore(t, sys)
	if len(states) != 288 {
		t.Errorf("got %d states, want 288", len(states))
	}
	r := sys.NewRunner()
	for _, s := range states {
		r.Load(s)
		if ok, f := r.Holds(0); !ok || f != nil {
			t.Fatalf("Consistent is %v in %v, fault %v", ok, r.Render(s), f)
		}
	}
}

const small = `model Small
type Id = symmetric 1..2
state { x: 0..3 = 0; who: option[Id] = none; q: seq[Id, 2] = [] }
fair action Inc(i: Id) when x < 3 { x += 1; who = some(i); choose j in Id where j != i { q = [j] } } ensures x == old(x) + 1 and who == some(i)
action Both { either { x = 3 } or { assert x < 2; x = 2 } }
invariant Low { x < 3 implies (x == 2 implies who != none) }
step Up { x >= old(x) }
reachable Top { x == 3 }
bound Most { max(x) <= 3 }
bound Least { min(x) >= 0 }
terminal { x == 3 }
`

func TestSystemInfo(t *testing.T) {
	info := systemOf(t, small).Info()
	var got []string
	for _, p := range info.Properties {
		got = append(got, fmt.Sprintf("%s %s %d %v %q", p.Name, p.Kind, p.Limit, p.AtLeast, p.Antecedents))
	}
	want := []string{
		`Low invariant 0 false ["x < 3" "x < 3 and x == 2"]`, `Up step 0 false []`, `Top reachable 0 false []`,
		`Most bound 3 false []`, `Least bound 0 true []`, `Inc.ensures ensures 0 false ["Inc is taken"]`, `deadlock deadlock 0 false []`,
		`fault fault 0 false []`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !info.Deterministic || info.StateWords != 1 || info.StateBits != 2+2+2+1+1 {
		t.Errorf("got %+v", info)
	}
	if len(info.Actions) != 2 || !slices.Equal(info.Actions[0].Params, []string{"i"}) || !slices.Equal(info.Assumptions, []string{"weak fairness of Inc (no property of this model depends on it)"}) {
		t.Errorf("got %+v, %q", info.Actions, info.Assumptions)
	}
}

func TestRunner(t *testing.T) {
	sys := systemOf(t, small)
	r := sys.NewRunner()
	var s model.State
	r.Init(func(init model.State, f *model.Fault) { s = slices.Clone(init) })
	r.Load(s)
	type step struct {
		label model.Label
		text  string
	}
	var got []step
	look := func() {
		got = nil
		r.Next(func(l model.Label, next model.State, f *model.Fault) {
			text := r.Describe(s, l).String()
			if f != nil {
				got = append(got, step{l, text + " !" + f.Message})
				return
			}
			got = append(got, step{l, text + " " + shown(r.Render(next))})
			for p, q := range sys.Info().Properties {
				if q.Kind != model.Step && q.Kind != model.Ensures {
					continue
				}
				if ok, f := r.HoldsStep(model.PropertyID(p)); !ok || f != nil {
					t.Errorf("%s is %v, fault %v on %s", q.Name, ok, f, text)
				}
			}
		})
	}
	look()
	want := []step{
		{model.Label{Action: 0, Args: 0}, "Inc(i=1) choosing j=2 x=1 who=some(1) q=[2]"},
		{model.Label{Action: 0, Args: 1}, "Inc(i=2) choosing j=1 x=1 who=some(2) q=[1]"},
		{model.Label{Action: 1, Choice: 0}, "Both choosing either=branch 1 x=3 who=none q=[]"},
		{model.Label{Action: 1, Choice: 1}, "Both choosing either=branch 2 x=2 who=none q=[]"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}

	s = stateThat(t, sys, "x=2 who=none q=[]")
	r.Load(s)
	for name, want := range map[string]bool{"Low": false, "Top": false, "deadlock": false, "fault": true} {
		if ok, f := r.Holds(property(sys, name)); ok != want || f != nil {
			t.Errorf("%s is %v, fault %v, want %v", name, ok, f, want)
		}
	}
	if v, f := r.Value(property(sys, "Most")); v != 2 || f != nil {
		t.Errorf("Most is %d, fault %v", v, f)
	}
	if !r.Antecedent(0, 0) || !r.Antecedent(0, 1) {
		t.Error("the antecedents of Low are not met")
	}
	look()
	if last := got[len(got)-1]; last.text != "Both choosing either=branch 2 !assertion failed" || last.label.Choice != 1 {
		t.Errorf("got %v", last)
	}
	parts := r.(model.Explainer).Explain(property(sys, "Low"), s, model.Label{}, nil)
	checkParts(t, parts, "x < 3: true", " x: 2", "x == 2: true", "who != none: false", " who: none")

	s = stateThat(t, sys, "x=3 who=none q=[]")
	r.Load(s)
	if ok, _ := r.Holds(property(sys, "deadlock")); !ok {
		t.Error("a terminal state is a deadlock")
	}
	parts = r.(model.Explainer).Explain(property(sys, "Most"), s, model.Label{}, nil)
	checkParts(t, parts, "x: 3")
}

func property(sys model.System, name string) model.PropertyID {
	for i, p := range sys.Info().Properties {
		if p.Name == name {
			return model.PropertyID(i)
		}
	}
	panic("no property " + name)
}

func shown(bs []model.Binding) string {
	var parts []string
	for _, b := range bs {
		parts = append(parts, b.Name+"="+b.Value.String())
	}
	return strings.Join(parts, " ")
}

// stateThat is the reachable state, faults aside, that shows as text.
func stateThat(t *testing.T, sys model.System, text string) model.State {
	t.Helper()
	r := sys.NewRunner()
	var all []model.State
	keep := func(s model.State) {
		if s != nil && !slices.ContainsFunc(all, func(o model.State) bool { return slices.Equal(o, s) }) {
			all = append(all, slices.Clone(s))
		}
	}
	r.Init(func(s model.State, _ *model.Fault) { keep(s) })
	for i := 0; i < len(all); i++ {
		if shown(r.Render(all[i])) == text {
			return all[i]
		}
		r.Load(all[i])
		r.Next(func(_ model.Label, s model.State, _ *model.Fault) { keep(s) })
	}
	t.Fatalf("no state %s", text)
	return nil
}

// checkParts compares parts written as text: value, indented by their depth.
func checkParts(t *testing.T, parts []model.Part, want ...string) {
	t.Helper()
	var got []string
	for _, p := range parts {
		got = append(got, strings.Repeat(" ", p.Depth)+p.Text+": "+p.Value)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}
