package proofs

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/model"
)

// tenants is a small system of three domains with claims of domain 0 and perhaps of domain 1: its states are numbers, its inputs are
// actions 0 to 3, each with one or two choices, and each state says what these domains see and, of the last action, whose it is.
type tenants struct {
	info    model.Info
	iso     model.Isolation
	initial []uint64
	moves   [][]tenantMove // by state
	sees    [][2]byte      // by state, of domains 0 and 1
	owners  []uint64       // by action
	last    []uint64       // by state, of the last action where it varies
}

type tenantMove struct {
	action, choice uint32
	to             uint64
}

func pick[T any](d *rand.Rand, list ...T) T { return list[d.IntN(len(list))] }

func drawTenants(d *rand.Rand) *tenants {
	const actions = 4
	n := 2 + d.IntN(5)
	s := &tenants{info: model.Info{Name: "tenants", StateWords: 1, StateBits: 8, Properties: []model.Property{{Name: "Apart", Kind: model.Isolated}}}}
	for a := range actions {
		s.info.Actions = append(s.info.Actions, model.Action{Name: fmt.Sprint("a", a)})
		s.owners = append(s.owners, pick[uint64](d, 0, 1, 2, 4, 2, 4, 3, 6))
	}
	claim := model.IsolatedDomain{Of: 0, By: pick[uint64](d, 2, 4, 6, 6)}
	varies := d.IntN(4) == 0
	if !varies && d.IntN(3) > 0 {
		claim.Via = make([]uint64, 3)
		for u := range claim.Via {
			if claim.By>>u&1 == 1 {
				claim.Via[u] = pick[uint64](d, 0, 2, 4) &^ (1 << u)
			}
		}
	}
	s.iso = model.Isolation{Domains: []string{"zero", "one", "two"}, Properties: []model.IsolatedDomain{claim}}
	if d.IntN(3) == 0 {
		s.iso.Properties = append(s.iso.Properties, model.IsolatedDomain{Of: 1, By: pick[uint64](d, 1, 4, 5)})
	}
	if varies {
		s.iso.Varying = []model.Instance{{Action: actions - 1, Text: "a3"}}
	}
	for i := range n {
		s.sees = append(s.sees, [2]byte{byte(d.IntN(2)), byte(d.IntN(2))})
		s.last = append(s.last, pick[uint64](d, 0, 1, 2, 4))
		var moves []tenantMove
		for a := range uint32(actions) {
			for c := range 1 + a%2 {
				switch {
				case d.IntN(2) == 0:
				case d.IntN(3) == 0: // leads somewhere near, so that classes are worth having
					moves = append(moves, tenantMove{a, c, uint64(i)})
				default:
					moves = append(moves, tenantMove{a, c, uint64(d.IntN(n))})
				}
			}
		}
		s.moves = append(s.moves, moves)
	}
	s.initial = []uint64{0}
	if d.IntN(3) == 0 {
		s.initial = append(s.initial, 1)
	}
	return s
}

func (s *tenants) Info() *model.Info           { return &s.info }
func (s *tenants) Isolation() *model.Isolation { return &s.iso }
func (s *tenants) NewRunner() model.Runner     { return &tenantRunner{s: s} }

type tenantRunner struct {
	s      *tenants
	at     uint64
	choice uint32
}

func (r *tenantRunner) Init(emit func(model.State, *model.Fault)) {
	for _, s := range r.s.initial {
		emit(model.State{s}, nil)
	}
}
func (r *tenantRunner) Load(s model.State) { r.at = s[0] }
func (r *tenantRunner) Next(emit func(model.Label, model.State, *model.Fault)) {
	for _, m := range r.s.moves[r.at] {
		r.choice = m.choice
		emit(model.Label{Action: model.ActionID(m.action), Choice: m.choice}, model.State{m.to}, nil)
	}
}
func (r *tenantRunner) Holds(model.PropertyID) (bool, *model.Fault)     { return true, nil }
func (r *tenantRunner) HoldsStep(model.PropertyID) (bool, *model.Fault) { return true, nil }
func (r *tenantRunner) Value(model.PropertyID) (int64, *model.Fault)    { return 0, nil }
func (r *tenantRunner) Antecedent(model.PropertyID, int) bool           { return true }
func (r *tenantRunner) Describe(_ model.State, l model.Label) model.StepText {
	return model.StepText{Action: r.s.info.Actions[l.Action].Name, Args: []model.Binding{{Name: "c", Value: model.Int(int64(l.Choice))}}}
}

func (r *tenantRunner) Render(s model.State) []model.Binding {
	return []model.Binding{{Name: "s", Value: model.Int(int64(s[0]))}}
}

func (r *tenantRunner) Sees(d int, out []byte) ([]byte, *model.Fault) {
	return append(out, r.s.sees[r.at][d]), nil
}
func (r *tenantRunner) View(int) []model.Binding { return nil }
func (r *tenantRunner) Acts(a model.ActionID, _ uint32) (uint64, *model.Fault) {
	if len(r.s.iso.Varying) > 0 && r.s.iso.Varying[0].Action == a {
		return r.s.last[r.at], nil
	}
	return r.s.owners[a], nil
}

func (r *tenantRunner) Chosen(_ model.Label, out []byte) []byte { return append(out, byte(r.choice)) }

// closure is its reachable states.
func (s *tenants) closure(t *rapid.T) *Closure {
	c, err := NewClosure(&s.info, 1)
	if err != nil {
		t.Fatal(err)
	}
	depth := map[uint64]int{}
	front := s.initial
	for d := 0; len(front) > 0; d++ {
		var next []uint64
		for _, i := range front {
			if _, ok := depth[i]; ok {
				continue
			}
			depth[i] = d
			c.Visit(0, d, model.State{i})
			for _, m := range s.moves[i] {
				next = append(next, m.to)
			}
		}
		front = next
	}
	if err := c.sort(); err != nil {
		t.Fatal(err)
	}
	return c
}

// verify checks a certificate of a claim.
func (s *tenants) verify(t *rapid.T, claim Claim) error {
	claim.Property, claim.Kind = "Apart", model.Isolated
	var b bytes.Buffer
	subject := SubjectOf(&s.info, "")
	if err := Write(&b, Header{Subject: subject, Claims: []Claim{claim}}, s.closure(t)); err != nil {
		t.Fatal(err)
	}
	c, err := Open(&b)
	if err != nil {
		return err
	}
	return c.Verify(t.Context(), s, subject)
}

// What the engine says of drawn systems is certified, and the opposite is refused, whatever the evidence.
func TestDrawnTenants(t *testing.T) {
	met := map[string]int{}
	missing := func() (out []string) {
		for _, holds := range []bool{false, true} {
			for _, kind := range []string{"via false varying false", "via true varying false", "via false varying true"} {
				if what := fmt.Sprintf("holds %t %s", holds, kind); met[what] == 0 {
					out = append(out, what)
				}
			}
		}
		return out
	}
	redraw.Until(t, func() bool { return len(missing()) == 0 }, func(t *rapid.T) {
		d := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		for range 20 {
			s := drawTenants(d)
			res, err := checker.Check(t.Context(), s, checker.Config{Workers: 1})
			if err != nil {
				t.Fatal(err)
			}
			f := res.Properties[0]
			holds := f.Verdict == checker.Holds
			met[fmt.Sprintf("holds %t via %t varying %t", holds, s.iso.Properties[0].Via != nil, len(s.iso.Varying) > 0)]++
			right := Claim{Kind: model.Isolated, Holds: holds, Property: "Apart"}
			if holds {
				if right.evidence, err = unwind(t.Context(), s, s.closure(t), &right); err != nil {
					t.Fatalf("%v: %+v", err, s)
				}
				forgeExperiments(t, d, s)
			} else {
				right.Experiment = &Experiment{Domain: f.Experiment.Domain, Start: GivenOf(f.Experiment.Rows[0].With.State), Removed: f.Experiment.Removed}
				for _, row := range f.Experiment.Rows[1:] {
					right.Experiment.Inputs = append(right.Experiment.Inputs, row.Input.String())
				}
				forgePartitions(t, d, s)
			}
			if err := s.verify(t, right); err != nil {
				t.Fatalf("%v: %+v", err, s)
			}
		}
	})
	if what := missing(); len(what) > 0 {
		t.Errorf("no system shows: %v", what)
	}
}

// forgeExperiments claims of what holds that it does not, by inputs that may be anything.
func forgeExperiments(t *rapid.T, d *rand.Rand, s *tenants) {
	for range 30 {
		x := &Experiment{Domain: pick(d, "zero", "zero", "one"), Start: []Given{{Name: "s", Value: fmt.Sprint(pick(d, s.initial...))}}}
		for range 1 + d.IntN(6) {
			a := d.IntN(4)
			x.Inputs = append(x.Inputs, fmt.Sprintf("a%d(c=%d)", a, d.IntN(1+a%2)))
		}
		x.Removed = 1 + d.IntN(len(x.Inputs))
		if s.verify(t, Claim{Experiment: x}) == nil {
			t.Fatalf("%+v is no experiment on %+v", x, s)
		}
	}
}

// forgePartitions claims of what does not hold that it does, by partitions that lack something: the propagation along some inputs, hidden steps,
// what the domain sees, a question, or everything.
func forgePartitions(t *rapid.T, d *rand.Rand, s *tenants) {
	id := model.PropertyID(0)
	for way := range 8 {
		u, err := newUnwinding(s, id)
		if err != nil {
			t.Fatal(err)
		}
		states := s.closure(t)
		g, err := u.graph(t.Context(), s, states)
		if err != nil {
			t.Fatal(err)
		}
		n := len(g.first) - 1
		for at := range u.claims {
			c := &u.claims[at]
			vias := map[uint64]bool{}
			for _, owners := range g.owners {
				if c.Forbids(owners) {
					vias[c.Through(owners)] = true
				}
			}
			list := slices.Sorted(maps.Keys(vias))
			if way == 0 && at == d.IntN(len(u.claims)) && len(list) > 0 { // a question is left out
				k := d.IntN(len(list))
				list = slices.Delete(list, k, k+1)
			}
			for _, via := range list {
				p := &partition{claim: c, via: via}
				class := make([]uint32, n)
				switch way {
				case 1: // everything is alike
				case 2: // nothing is
					for i := range class {
						class[i] = uint32(i)
					}
				case 3: // what looks alike is
					for i := range class {
						class[i] = uint32(s.sees[states.parts[0].state(1, i)[0]][c.Of])
					}
				case 4: // anything is
					for i := range class {
						class[i] = uint32(d.IntN(n))
					}
				default: // as it ought to be, on a graph that lacks something
					less := &flows{first: []uint32{0}}
					for i := range n {
						for e := g.first[i]; e < g.first[i+1]; e++ {
							role := p.role(g.owners[e])
							if way == 5 && role == may || way == 6 && d.IntN(3) == 0 || way == 7 && d.IntN(n) == i {
								continue
							}
							less.inputs, less.to, less.owners = append(less.inputs, g.inputs[e]), append(less.to, g.to[e]), append(less.owners, g.owners[e])
						}
						less.first = append(less.first, uint32(len(less.to)))
					}
					class = less.classes(p)
				}
				u.add(at, via, class)
			}
		}
		if s.verify(t, Claim{Holds: true, evidence: u.write([]byte{})}) == nil {
			t.Fatalf("way %d: what is false of %+v is certified by %v", way, s, u.partitions)
		}
	}
}

// Two steps of one input lead to two states: what domains see of each other is not asked of that.
func TestManyOutcomes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &tenants{
			info:    model.Info{Name: "tenants", StateWords: 1, Properties: []model.Property{{Name: "Apart", Kind: model.Isolated}}, Actions: []model.Action{{Name: "a0"}}},
			iso:     model.Isolation{Domains: []string{"zero", "one"}, Properties: []model.IsolatedDomain{{Of: 0, By: 2}}},
			initial: []uint64{0}, owners: []uint64{2}, sees: make([][2]byte, 2), last: make([]uint64, 2),
			moves: [][]tenantMove{{{0, 0, 0}, {0, 0, 1}}, {{0, 0, 1}}},
		}
		u, err := newUnwinding(s, 0)
		if err != nil {
			t.Fatal(err)
		}
		u.add(0, 0, []uint32{0, 0})
		err = s.verify(t, Claim{Holds: true, evidence: u.write([]byte{})})
		s.moves[0] = s.moves[0][1:]
		if other := s.verify(t, Claim{Holds: true, evidence: u.write([]byte{})}); err == nil || other != nil {
			t.Fatalf("got %v of a step with two outcomes, and %v without", err, other)
		}
	})
}

// Classes that are none of a state's are no evidence in form.
func TestClassesInForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawTenants(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2)))
		n := len(s.closure(t).parts[0].depths)
		for _, class := range []uint32{uint32(n), 1<<32 - 1} {
			b := appendNumbers(appendNumber(appendNumber(appendNumber(nil, 1), 0), 0), append(make([]uint32, n-1), class))
			var damaged *DamagedError
			if err := s.verify(t, Claim{Holds: true, evidence: b}); !errors.As(err, &damaged) {
				t.Fatalf("class %d of %d states: got %v", class, n, err)
			}
		}
	})
}

// A claim that lets something pass through others, of a system whose inputs change hands, is none that can be decided.
func TestThroughOthersThatVary(t *testing.T) {
	s := &tenants{info: model.Info{Name: "tenants"}, iso: model.Isolation{
		Domains:    []string{"zero", "one", "two"},
		Properties: []model.IsolatedDomain{{Of: 0, By: 2, Via: []uint64{0, 4, 0}}},
	}}
	if _, err := newUnwinding(s, 0); err != nil {
		t.Fatal(err)
	}
	s.iso.Varying = []model.Instance{{Text: "a0"}}
	if _, err := newUnwinding(s, 0); err == nil {
		t.Error("inputs that vary are not refused")
	}
	s.iso.Varying, s.iso.Properties[0].Via = nil, []uint64{0, 4}
	if _, err := newUnwinding(s, 0); err == nil {
		t.Error("a claim that speaks of two of three domains is not refused")
	}
}
