package checker

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

// refToy is a toy with one word of state that refines a graph: number w is mapped to image[w], or to nothing where that is negative.
type refToy struct {
	toy
	edges [][]int
	image []int
	begin map[int]bool    // the initial states of the graph
	steps map[[2]int]bool // its steps
}

func (t *refToy) NewRunner() model.Runner { return &refToyRunner{toyRunner{t: &t.toy}, t} }

type refToyRunner struct {
	toyRunner
	of *refToy
}

func (r *refToyRunner) Abstract(_ model.PropertyID, s model.State) ([]model.Binding, *model.Fault) {
	a, f := r.of.mapped(s)
	return []model.Binding{{Name: "a", Value: model.Int(int64(a))}}, f
}

func (t *refToy) mapped(s model.State) (int, *model.Fault) {
	if a := t.image[s[0]]; a >= 0 {
		return a, nil
	}
	return 0, &model.Fault{Message: "it is mapped to nothing"}
}

func randomRefToy(rng *rand.Rand) *refToy {
	n, m := 1+rng.IntN(12), 1+rng.IntN(4)
	t := &refToy{begin: map[int]bool{}, steps: map[[2]int]bool{}, edges: make([][]int, n)}
	for i := range n {
		for range rng.IntN(4) {
			t.edges[i] = append(t.edges[i], rng.IntN(n))
		}
		t.image = append(t.image, rng.IntN(m))
		if rng.IntN(40) == 0 {
			t.image[i] = -1
		}
	}
	for a := range m {
		t.begin[a] = rng.IntN(3) > 0
		for b := range m {
			t.steps[[2]int{a, b}] = rng.IntN(4) > 0
		}
	}
	t.info = model.Info{
		Name: "refining", StateWords: 1, Actions: []model.Action{{Name: "A"}},
		Properties: []model.Property{{Name: "R", Kind: model.Refines, Antecedents: []string{"a step"}}, {Name: "fault", Kind: model.FaultFree}},
	}
	for range 1 + rng.IntN(2) {
		t.init = append(t.init, model.State{uint64(rng.IntN(n))})
	}
	t.next = func(s model.State) (out []move) {
		for i, to := range t.edges[s[0]] {
			out = append(out, move{label: model.Label{Args: uint32(i)}, to: model.State{uint64(to)}})
		}
		return out
	}
	t.holds = func(_ model.PropertyID, s model.State) (bool, *model.Fault) {
		a, f := t.mapped(s)
		return f == nil && t.begin[a], f
	}
	t.toy.steps = func(_ model.PropertyID, s model.State, m move) (bool, *model.Fault) {
		a, f := t.mapped(s)
		if f != nil {
			return false, f
		}
		b, f := t.mapped(m.to)
		return f == nil && (a == b || t.steps[[2]int{a, b}]), f
	}
	t.met = func(_ model.PropertyID, _ int, s model.State, m *move) bool { return t.image[s[0]] != t.image[m.to[0]] }
	return t
}

// decide finds by plain enumeration the fewest steps to a violation, or -1, and whether there is a fault.
func (t *refToy) decide() (violated int, faults, moves bool) {
	violated = -1
	note := func(steps int) {
		if violated < 0 {
			violated = steps
		}
	}
	depth := map[int]int{}
	var queue []int
	for _, s := range t.init {
		w := int(s[0])
		depth[w] = 0
		queue = append(queue, w)
		switch a := t.image[w]; {
		case a < 0:
			faults = true
		case !t.begin[a]:
			note(0)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		w := queue[0]
		for _, to := range t.edges[w] {
			a, b := t.image[w], t.image[to]
			moves = moves || a != b
			switch {
			case a < 0 || b < 0:
				faults = true
			case a != b && !t.steps[[2]int{a, b}]:
				note(depth[w] + 1)
			}
			if _, ok := depth[to]; !ok {
				depth[to] = depth[w] + 1
				queue = append(queue, to)
			}
		}
	}
	return violated, faults, moves
}

func TestRefines(t *testing.T) {
	t.Parallel()
	counts := map[Verdict]int{}
	for seed := range uint64(600) {
		toy := randomRefToy(rand.New(rand.NewPCG(seed, 0)))
		violated, faults, moves := toy.decide()
		want := Holds
		switch {
		case violated >= 0:
			want = Violated
		case faults:
			want = Undecided
		}
		counts[want]++
		for _, cfg := range []Config{{Workers: 1}, {Workers: 3}, {Only: []string{"R"}}, {Only: []string{"fault"}}} {
			name := fmt.Sprintf("seed %d, %+v", seed, cfg)
			r, err := Check(context.Background(), toy, cfg)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			fault := slices.ContainsFunc(r.Properties, func(f Finding) bool { return f.Property.Kind == model.FaultFree && f.Verdict == Violated })
			if fault != faults {
				t.Fatalf("%s: got a fault: %t, want %t", name, fault, faults)
			}
			f := r.Properties[0]
			if f.Property.Kind != model.Refines {
				continue
			}
			if f.Verdict != want || want == Violated && f.Steps != violated {
				t.Fatalf("%s: %s in %d steps, want %s in %d", name, f.Verdict, f.Steps, want, violated)
			}
			if (len(f.Vacuous) == 0) != moves {
				t.Fatalf("%s: never met: %q, want a step: %t", name, f.Vacuous, moves)
			}
			if want != Violated {
				continue
			}
			for _, s := range f.Trace.Steps {
				if a := toy.image[s.State[0].Value.Int]; a >= 0 && (len(s.Abstract) != 1 || s.Abstract[0].Value.Int != int64(a)) {
					t.Fatalf("%s: the trace has %v in the place of %d", name, s.Abstract, a)
				}
			}
		}
		s, err := Simulate(context.Background(), toy, SimConfig{Walks: 3, Steps: 20})
		if err != nil {
			t.Fatal(err)
		}
		if f := s.Properties[0]; f.Verdict == Violated && (violated < 0 || f.Trace.Steps[0].Abstract == nil && toy.image[f.Trace.Steps[0].State[0].Value.Int] >= 0) {
			t.Fatalf("seed %d: a walk finds a violation where there is none, or tells nothing of the abstract state: %+v", seed, f)
		}
	}
	for _, v := range []Verdict{Holds, Violated, Undecided} {
		if counts[v] < 10 {
			t.Errorf("only %d of the systems are of verdict %s", counts[v], v)
		}
	}
}
