package coq_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
)

// table is a small system with a claim about domain 0 of three. Its states are numbers. Input i is action i/2 with i%2 chosen inside it.
type table struct {
	info    model.Info
	iso     model.Isolation
	initial []int
	next    [][]int // by state and input: where it leads, or -1
	sees    []int   // by state: what domain 0 sees
	owners  [][]int // by state and action: whose it is, a bit for each domain
}

const (
	tableActions = 2
	tableInputs  = 2 * tableActions
)

func drawTable(d *rand.Rand) *table {
	pick := func(list ...int) int { return list[d.IntN(len(list))] }
	s := &table{
		info: model.Info{Name: "table", StateWords: 1, StateBits: 8, Properties: []model.Property{{Name: "Apart", Kind: model.Isolated}}},
		iso:  model.Isolation{Domains: []string{"zero", "one", "two"}},
	}
	claim := model.IsolatedDomain{Of: 0, By: uint64(pick(2, 4, 6, 6))}
	varies := d.IntN(3) == 0
	if !varies && d.IntN(3) > 0 {
		claim.Via = make([]uint64, 3)
		for u := range claim.Via {
			if claim.By>>u&1 == 1 {
				claim.Via[u] = uint64(pick(0, 2, 4) &^ (1 << u))
			}
		}
	}
	s.iso.Properties = []model.IsolatedDomain{claim}
	var fixed []int
	for a := range tableActions {
		s.info.Actions = append(s.info.Actions, model.Action{Name: fmt.Sprint("a", a)})
		fixed = append(fixed, pick(0, 1, 2, 4, 2, 4, 3, 6, 6, 6))
	}
	if varies {
		s.iso.Varying = []model.Instance{{Action: tableActions - 1, Text: "a1"}}
	}
	n := 2 + d.IntN(4)
	for i := range n {
		s.sees = append(s.sees, d.IntN(2))
		owners := append([]int(nil), fixed...)
		if varies {
			owners[tableActions-1] = pick(0, 1, 2, 4)
		}
		s.owners = append(s.owners, owners)
		var next []int
		for range tableInputs {
			next = append(next, pick(-1, i, d.IntN(n), d.IntN(n)))
		}
		s.next = append(s.next, next)
	}
	s.initial = []int{0}
	if d.IntN(3) == 0 {
		s.initial = append(s.initial, 1)
	}
	return s
}

func (s *table) Info() *model.Info           { return &s.info }
func (s *table) Isolation() *model.Isolation { return &s.iso }
func (s *table) NewRunner() model.Runner     { return &tableRunner{s: s} }

type tableRunner struct {
	s  *table
	at int
}

func (r *tableRunner) Init(emit func(model.State, *model.Fault)) {
	for _, s := range r.s.initial {
		emit(model.State{uint64(s)}, nil)
	}
}

func (r *tableRunner) Load(s model.State) { r.at = int(s[0]) }

func (r *tableRunner) Next(emit func(model.Label, model.State, *model.Fault)) {
	for in, to := range r.s.next[r.at] {
		if to >= 0 {
			emit(model.Label{Action: model.ActionID(in / 2), Choice: uint32(in % 2)}, model.State{uint64(to)}, nil)
		}
	}
}

func (r *tableRunner) Holds(model.PropertyID) (bool, *model.Fault)     { return true, nil }
func (r *tableRunner) HoldsStep(model.PropertyID) (bool, *model.Fault) { return true, nil }
func (r *tableRunner) Value(model.PropertyID) (int64, *model.Fault)    { return 0, nil }
func (r *tableRunner) Antecedent(model.PropertyID, int) bool           { return true }

func (r *tableRunner) Describe(_ model.State, l model.Label) model.StepText {
	return model.StepText{Action: r.s.info.Actions[l.Action].Name, Args: []model.Binding{{Name: "c", Value: model.Int(int64(l.Choice))}}}
}

func (r *tableRunner) Render(s model.State) []model.Binding {
	return []model.Binding{{Name: "s", Value: model.Int(int64(s[0]))}}
}

func (r *tableRunner) Sees(_ int, out []byte) ([]byte, *model.Fault) {
	return append(out, byte(r.s.sees[r.at])), nil
}
func (r *tableRunner) View(int) []model.Binding { return nil }
func (r *tableRunner) Acts(a model.ActionID, _ uint32) (uint64, *model.Fault) {
	return uint64(r.s.owners[r.at][a]), nil
}

func (r *tableRunner) Chosen(l model.Label, out []byte) []byte { return append(out, byte(l.Choice)) }

// The shortest sequence of inputs, at most as long as Coq looks, whose end the domain tells from that of its purge, in the definitions of the lemmas.
const unwindingPrelude = `
Open Scope nat_scope.
Section Search.
Variables (table : list (list (option nat))) (views : list nat) (owned : list (list N)) (By : N) (Via : list N) (initial : list nat).
Variable inputs : nat.
Definition next s a := nth a (nth s table []) None.
Definition owners s a := nth a (nth s owned []) 0%N.
Definition end_ s w := run nat nat next s w.
Definition sight s := (nth s views 0, map (fun a => Forbids By (owners s a)) (seq 0 inputs)).
Definition told s w := negb (Nat.eqb (fst (sight (end_ s w))) (fst (sight (end_ s (purge nat nat next owners By s w))))
  && forallb (fun p => Bool.eqb (fst p) (snd p)) (combine (snd (sight (end_ s w))) (snd (sight (end_ s (purge nat nat next owners By s w)))))).
Definition told_through s w := negb (Nat.eqb (nth (end_ s w) views 0) (nth (end_ s (ipurge nat (owners 0) By Via w)) views 0)).
Fixpoint words k := match k with O => [[]] | S k => flat_map (fun w => map (fun a => a :: w) (seq 0 inputs)) (words k) end.
Fixpoint shortest (tells : nat -> list nat -> bool) fuel k :=
  match fuel with
  | O => None
  | S fuel => if existsb (fun s => existsb (tells s) (words k)) initial then Some k else shortest tells fuel (S k)
  end.
End Search.
`

// decided draws a system and has the checker decide it; met counts what it was.
func decided(t *rapid.T, d *rand.Rand, longest int, met map[string]int) tie {
	s := drawTable(d)
	res, err := checker.Check(t.Context(), s, checker.Config{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	claim, f := s.iso.Properties[0], res.Properties[0]
	shortest := "None"
	switch {
	case f.Verdict == checker.Violated && len(f.Experiment.Rows)-1 <= longest:
		shortest = term("Some %d", len(f.Experiment.Rows)-1)
	case f.Verdict != checker.Violated && f.Verdict != checker.Holds:
		t.Fatalf("got %v of %+v", f.Verdict, s)
	}
	met[fmt.Sprintf("%v via %t varying %t", f.Verdict, claim.Via != nil, len(s.iso.Varying) > 0)]++
	owners := func(of []int) string {
		return list(numbers(0, tableInputs), func(in int) string { return fmt.Sprintf("%d%%N", of[in/2]) })
	}
	next := list(s.next, func(of []int) string {
		return list(of, func(to int) string { return option(to >= 0, fmt.Sprint(to)) })
	})
	told := term("told %s %s %s %d%%N %d", next, list(s.sees, plain), list(s.owners, owners), claim.By, tableInputs)
	if claim.Via != nil {
		told = term("told_through %s %s %s %d%%N %s", next, list(s.sees, plain), list(s.owners, owners), claim.By,
			list(claim.Via, func(v uint64) string { return fmt.Sprintf("%d%%N", v) }))
	}
	return tie{term("shortest %s %d %s %d 0", list(s.initial, plain), tableInputs, told, longest+1), shortest}
}

// TestUnwindingIsTheLemmas ties the noninterference of Unwinding.v to what the checker decides: that a domain is isolated, and what it needs where it is not.
func TestUnwindingIsTheLemmas(t *testing.T) {
	const longest = 5 // a search of all 4^5 sequences
	met := map[string]int{}
	same(t, "Unwinding", unwindingPrelude, four(func(t *rapid.T, d *rand.Rand) []tie {
		ties := []tie{decided(t, d, longest, met)}
		claim := model.IsolatedDomain{By: d.Uint64N(16), Via: []uint64{d.Uint64N(16), d.Uint64N(16), d.Uint64N(16), d.Uint64N(16)}}
		via := list(claim.Via, func(v uint64) string { return fmt.Sprintf("%d%%N", v) })
		for owners := range uint64(16) {
			ties = append(ties,
				tie{term("Forbids %d%%N %d%%N", claim.By, owners), fmt.Sprint(claim.Forbids(owners))},
				tie{term("Through %s %d%%N", via, owners), fmt.Sprintf("%d%%N", claim.Through(owners))})
		}
		return ties
	}))
	for _, verdict := range []checker.Verdict{checker.Holds, checker.Violated} {
		for _, kind := range []string{"via false varying false", "via true varying false", "via false varying true"} {
			if what := fmt.Sprintf("%v %s", verdict, kind); met[what] == 0 {
				t.Errorf("too few systems show: %s", what)
			}
		}
	}
}
