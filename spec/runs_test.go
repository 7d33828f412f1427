package spec_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/modeltest"
	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
)

const counters = `model Counters

type Id = symmetric 1..2
type Move = record { by: 0..1; twice: bool }

state { n: 0..2 = 0; owner: option[Id] = none }

fair for m action Up(i: Id, m: Move) when owner != some(i) and n + m.by < 2 {
  n += m.by
  choose k in {1, 2} { when k == 1; owner = some(i) }
}
strong fair action Free when owner != none { owner = none }

property Values { forall i in Id, by in 0..1: always (owner == some(i) implies not happens Up(_, Move(by = by, twice = true))) }
property Enabled { exists i in Id: eventually (enabled Up(i, _) and not enabled Free) }
property Divides { 2 / n > 1 ~> (forall i in Id: owner != some(i)) }
bound Held { longest(owner != none until n == 2) <= 3 Free }

terminal { n == 2 }

mutant Keeps of Free breaks Divides { skip }
`

// truths lists the texts of the propositions whose bits are set.
func truths(runs *model.Runs, bits []uint64) []string {
	var out []string
	for i, p := range runs.Propositions {
		if bits[i/64]>>(i%64)&1 != 0 {
			out = append(out, p.Text)
		}
	}
	return out
}

// What is observed in the initial state of a model, and of the steps from it, worked out by hand. Both runners say so.
func TestObserve(t *testing.T) {
	p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte(counters)}}, "m.bh")
	plain, err := interp.New(p.IR()).System()
	if err != nil {
		t.Fatal(err)
	}
	for name, sys := range map[string]model.System{"compiled": p, "interpreted": plain} {
		t.Run(name, func(t *testing.T) {
			runs := sys.(model.Temporal).Runs()
			r := sys.NewRunner()
			o := r.(model.Observer)
			bits := make([]uint64, (len(runs.Propositions)+63)/64)
			expect := func(what string, want ...string) {
				t.Helper()
				if got := truths(runs, bits); !slices.Equal(got, want) {
					t.Errorf("%s: got %s, want %s", what, strings.Join(got, "; "), strings.Join(want, "; "))
				}
			}
			var first, second model.State
			r.Init(func(s model.State, _ *model.Fault) { first = slices.Clone(s) })
			r.Load(first)
			if f := o.Observe(bits); f == nil || f.Message != "division by zero" || f.Position != "m.bh:16:22" {
				t.Errorf("got the fault %v, want a division by zero at m.bh:16:22", f)
			}
			expect("n = 0, owner = none", "forall i in Id: owner != some(i)")
			steps := 0
			r.Next(func(l model.Label, s model.State, _ *model.Fault) {
				o.ObserveStep(l, bits)
				switch step := r.Describe(first, l).String(); step {
				case "Up(i=1, m={by = 0, twice = false}) choosing k=1":
					expect(step, "happens Up(1, _)", "happens Up(_, Move(by = 0, twice = false))")
				case "Up(i=2, m={by = 0, twice = true}) choosing k=1":
					expect(step, "happens Up(_, Move(by = 0, twice = true))", "happens Up(2, _)")
				case "Up(i=2, m={by = 1, twice = true}) choosing k=1":
					expect(step, "happens Up(_, Move(by = 1, twice = true))", "happens Up(2, _)")
				case "Up(i=1, m={by = 1, twice = false}) choosing k=1":
					expect(step, "happens Up(1, _)", "happens Up(_, Move(by = 1, twice = false))")
				default:
					return
				}
				steps++
			})
			if steps != 4 {
				t.Errorf("got %d of 4 steps", steps)
			}
			if f := o.Observe(bits); f == nil {
				t.Error("got no fault after the steps, want the one before them")
			}
			expect("the state after Next", "forall i in Id: owner != some(i)")
			r.Next(func(l model.Label, s model.State, _ *model.Fault) {
				if r.Describe(first, l).Args[1].Value.String() == "{by = 1, twice = false}" {
					second = slices.Clone(s)
				}
			})
			r.Load(second)
			if f := o.Observe(bits); f != nil {
				t.Errorf("got the fault %v for n = 1", f)
			}
			expect("n = 1, owner = some(2)", "owner == some(2)", "2 / n > 1", "owner != none")
		})
	}
}

// What a model claims of its runs is well-formed.
func TestRunsConform(t *testing.T) {
	modeltest.Run(t, mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte(counters)}}, "m.bh"))
}

// A mutant claims the same of its runs, with the fairness of the action that it replaces; and a model without such
// properties claims nothing.
func TestRunsOfMutants(t *testing.T) {
	p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte(counters)}}, "m.bh")
	mutated := p.Mutants()[0].System().(model.Temporal).Runs()
	if d := cmp.Diff(p.Runs(), mutated); d != "" {
		t.Errorf("the claims of the model (-) and its mutant (+) differ:\n%s", d)
	}
	var fair []string
	for _, f := range mutated.Fairness {
		fair = append(fair, fmt.Sprint(f.Text, ": ", mutated.Propositions[f.Step].Text))
	}
	want := []string{
		"weak fairness of Up(m={by = 0, twice = false}): happens Up(_, Move(by = 0, twice = false))",
		"weak fairness of Up(m={by = 0, twice = true}): happens Up(_, Move(by = 0, twice = true))",
		"weak fairness of Up(m={by = 1, twice = false}): happens Up(_, Move(by = 1, twice = false))",
		"weak fairness of Up(m={by = 1, twice = true}): happens Up(_, Move(by = 1, twice = true))",
		"strong fairness of Free: happens Free",
	}
	if d := cmp.Diff(want, fair); d != "" {
		t.Errorf("the assumptions differ:\n%s", d)
	}
	none := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte("model M\nstate { x: bool = false }\nfair action A { x = true }")}}, "m.bh").Runs()
	if len(none.Properties)+len(none.Fairness)+len(none.Propositions) != 0 {
		t.Errorf("got %+v of a model without properties of runs", none)
	}
}
