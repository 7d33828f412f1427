package sat_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/proofs/sat"
	"github.com/bulkheadlang/bulkhead/spec"
)

// shown are models of which everything is proved that induction speaks of, with the lemmas that this takes.
var shown = []struct {
	file   string
	lemmas []string
	slow   bool
}{
	{"model/vsphere/permission/evaluate.bh", nil, false},
	{"model/linux/cgroup/cgroup.bh", []string{"limit[host] == some(HOST)"}, true},
	{"model/kubernetes/rbac/closure.bh", []string{
		"full(user) implies raises(mine)",
		"full(account) implies raises(its) and as_account in held",
		"its subset {bind, rewrite}",
	}, false},
	{"model/esxi/pool/admission.bh", []string{
		"pool[root] == some(Config(reservation = CAPACITY, limit = CAPACITY, expandable = false))",
		"(made(kid) implies made(mom)) and (forall v in VM: phase[v] != off implies made(HOME[v]))",
		`forall p in Pool: let c = pool[p]: if c == none then used[p] == 0 else used[p] in 0..c.value.limit
			and c.value.reservation <= c.value.limit and (c.value.expandable or used[p] <= c.value.reservation)`,
	}, true},
}

// long tells whether tests may take minutes.
func long() bool { return os.Getenv("BULKHEAD_SOAK") != "" || os.Getenv("BULKHEAD_PEERS") != "" }

// withLemmas is a model of the library with more invariants.
func withLemmas(t *testing.T, file string, lemmas []string) *spec.Program {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", file))
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range lemmas {
		text = append(text, fmt.Sprintf("\ninvariant Lemma%d { %s }", i+1, l)...)
	}
	p, err := spec.Load(fstest.MapFS{"m.bh": {Data: text}}, "m.bh")
	if err != nil {
		t.Fatal(spec.Detail(err))
	}
	return p
}

// Everything of some models is proved, and of none of their mutants that what it breaks holds.
func TestShownModels(t *testing.T) {
	broken := 0
	for _, c := range shown {
		if c.slow && !long() {
			continue
		}
		p := withLemmas(t, c.file, c.lemmas)
		r, err := prove(t, p, sat.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Findings {
			if f.Verdict != sat.Holds && f.Verdict != sat.Unspoken {
				t.Errorf("%s: %s is %s: %s", c.file, f.Property.Name, f.Verdict, f.Why)
			}
		}
		for _, m := range p.Mutants() {
			if m.Config != "" {
				continue
			}
			plain, err := m.Plain()
			if err != nil {
				t.Fatal(err)
			}
			r, err := sat.Prove(context.Background(), m.IR(), plain.(sat.Plain), sat.Options{})
			if err != nil {
				t.Fatalf("%s, mutant %s: %v", c.file, m.Name, err)
			}
			for _, f := range r.Findings {
				if f.Property.Name != m.Breaks {
					continue
				}
				if f.Verdict == sat.Holds {
					t.Errorf("%s, mutant %s: %s is proved", c.file, m.Name, f.Property.Name)
				}
				if f.Verdict != sat.Unspoken {
					broken++
				}
			}
		}
	}
	if broken < 15 || long() && broken < 30 {
		t.Errorf("%d mutants break something that is spoken of: the test sees too little", broken)
	}
}

// Where obligations do not hold for one state, they may for more; and runs of the length that the limit allows are found.
func TestInductionOverMoreStates(t *testing.T) {
	const text = `model Ring
state { at: 0..9 = 0 }
action Go when at < 2 { at += 1 }
action Back when at == 2 { at = 0 }
action Far when at in 4..8 { at += 1 }
invariant Low { at != 9 }
reachable Two { at == 2 }
`
	for k := 1; k <= sat.MaxK; k++ {
		r, err := prove(t, load(t, text), sat.Options{K: k, Depth: 2})
		if err != nil {
			t.Fatal(err)
		}
		low, two := r.Findings[0], r.Findings[1]
		if two.Verdict != sat.Holds || len(two.Counter.Trace.Steps) != 3 {
			t.Errorf("k = %d: Two is %s", k, two.Verdict)
		}
		// From 4, five steps lead to 9; one more state before that does not exist.
		if low.Verdict != sat.Open {
			t.Errorf("k = %d: Low is %s", k, low.Verdict)
		}
	}
	shorter := strings.Replace(text, "4..8", "6..8", 1)
	for k := 1; k <= sat.MaxK; k++ {
		r, err := prove(t, load(t, shorter), sat.Options{K: k})
		if err != nil {
			t.Fatal(err)
		}
		want := sat.Open
		if k >= 4 { // 6, 7, 8, and then 9
			want = sat.Holds
		}
		if low := r.Findings[0]; low.Verdict != want || want == sat.Holds && low.K != 4 {
			t.Errorf("k = %d: Low is %s by %d states, want %s", k, low.Verdict, low.K, want)
		}
	}
}

// A loop of states that cannot be reached keeps induction from its end, unless states must differ.
func TestDistinctStates(t *testing.T) {
	p := load(t, `model Loop
state { at: 0..4 = 0 }
action Stay when at == 0 { skip }
action Turn when at in 2..3 { at = 5 - at }
action Leave when at == 3 { at = 4 }
invariant Low { at != 4 }
`)
	for _, c := range []struct {
		opt  sat.Options
		want sat.Verdict
	}{
		{sat.Options{K: 5}, sat.Open},
		{sat.Options{K: 2, Distinct: true}, sat.Open},
		{sat.Options{K: 3, Distinct: true}, sat.Holds},
	} {
		r, err := prove(t, p, c.opt)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Findings[0].Verdict; got != c.want {
			t.Errorf("%+v: got %s, want %s", c.opt, got, c.want)
		}
	}
}

// What is too large, or takes too long, is refused or undecided, with the place.
func TestLimits(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"model M\nstate { x: 0..1 = 0 }\naction A { x = if exists y in 1..9999: y == x then 1 else 0 }\ninvariant I { true }\n", "m.bh:3:31: it goes through 1..9999"},
		{"model M\nstate { s: set[0..9999] = {} }\naction A { s = {} }\ninvariant I { true }\n", "m.bh:2:27: it needs all values of type 0..9999"},
		{"model M\nstate { s: seq[0..0, 4000] = []; m: map[0..1]set[seq[0..0, 4000]] = {} }\naction A { skip }\ninvariant I { true }\n", "which take more than 1048576 numbers"},
		{"model M\nstate { x: 0..1 = 0 }\ninit { when x == 1 }\naction A { skip }\ninvariant I { true }\n", "it has no initial state"},
	} {
		_, err := prove(t, load(t, c.text), sat.Options{})
		if refused := (*sat.RefusedError)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	r, err := prove(t, load(t, "model M\nstate { s: set[0..19] = {} }\naction A { choose t in powerset(s) { s = t } }\n"+
		"invariant I { forall t in powerset(s): size(t) < 20 }\ninvariant J { size(s) <= 20 }\n"), sat.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if i, j := r.Findings[0], r.Findings[1]; i.Verdict != sat.Open || !strings.HasPrefix(i.Why, "m.bh:4:36: it goes through the subsets of a set of up to 20 elements") || j.Verdict != sat.Holds {
		t.Errorf("got %+v and %+v", i, j)
	}
	p := withLemmas(t, "examples/admission.bh", nil)
	if _, err := prove(t, p, sat.Options{Nodes: 100}); err == nil || !strings.Contains(err.Error(), "its circuits have more than 100 nodes") {
		t.Errorf("got %v", err)
	}
	r, err = prove(t, p, sat.Options{Conflicts: 1})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(r.Obligations, func(o *sat.Obligation) bool { return !o.Holds && o.Why != "" }) {
		t.Error("no obligation is given up after one clause")
	}
	for _, f := range r.Findings {
		if f.Property.Name == "Placed" && f.Verdict != sat.Open {
			t.Errorf("%s is %s", f.Property.Name, f.Verdict)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	plain, err := p.Plain()
	if err != nil {
		t.Fatal(err)
	}
	if r, err := sat.Prove(ctx, p.IR(), plain.(sat.Plain), sat.Options{}); err != nil || r.Ended == nil {
		t.Errorf("a context that has ended: got %+v, %v", r, err)
	}
}

// Verdicts on shipped models agree with the checker's: those of the library take a while.
func TestModelsAgree(t *testing.T) {
	roots := []string{"examples"}
	if os.Getenv("BULKHEAD_SOAK") != "" {
		roots = append(roots, "model")
	}
	seen := map[string]int{}
	root := os.DirFS(filepath.Join("..", ".."))
	for _, dir := range roots {
		err := fs.WalkDir(root, dir, func(file string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(file, ".bh") {
				return err
			}
			p, err := spec.Load(root, file)
			if err != nil {
				return nil // a part of others
			}
			res, err := checker.Check(context.Background(), p, checker.Config{Workers: 1, MaxStates: 50_000, NoWitnesses: true, Only: stateful(p)})
			if err != nil || !res.Exhaustive {
				seen["not compared"]++
				return nil
			}
			opt := sat.Options{Depth: 1, Conflicts: 3000, Nodes: 1 << 20}
			r, err := prove(t, p, opt)
			if errors.As(err, new(*sat.RefusedError)) {
				t.Logf("%s: %v", file, err)
				seen["refused"]++
				return nil
			}
			if err != nil {
				t.Errorf("%s: %v", file, err)
				return nil
			}
			r.Findings = slices.DeleteFunc(r.Findings, func(f sat.Finding) bool {
				return !slices.Contains(stateful(p), f.Property.Name)
			})
			agree(t, file, r, res, opt.Depth, seen)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for what, n := range seen {
		t.Logf("%5d %s", n, what)
	}
}

// stateful lists the properties about states and steps.
func stateful(p *spec.Program) []string {
	var out []string
	for _, q := range p.Info().Properties {
		switch q.Kind {
		case model.Invariant, model.Bound, model.Step, model.Ensures, model.Reachable, model.Deadlock, model.FaultFree:
			out = append(out, q.Name)
		}
	}
	return out
}

// A claim that is kept only by steps from states that have another one falls with that one, whichever comes first.
func TestClaimsFallTogether(t *testing.T) {
	r, err := prove(t, load(t, `model Chain
state { x: 0..9 = 0; y: 0..9 = 0; z: 0..9 = 0 }
action Grow when y < 9 { y += 1 }
action Far when y == 9 { x = 9 }
action Next when x == 9 { z = 9 }
invariant C { z <= 5 }
invariant A { x <= 5 }
invariant B { y <= 3 }
invariant D { x == 9 implies y == 9 }
`), sat.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []sat.Verdict{sat.Open, sat.Open, sat.Open, sat.Holds} {
		if f := r.Findings[i]; f.Verdict != want {
			t.Errorf("%s is %s, want %s", f.Property.Name, f.Verdict, want)
		}
	}
}

// What is kept by every step is not proved where the solver gave up on the initial states.
func TestInductionNeedsItsBeginning(t *testing.T) {
	p := load(t, `model Hard
state { a: 2..40 = any; b: 2..40 = any }
action Stay { skip }
invariant Prime { a * b != 899 }
`)
	r, err := prove(t, p, sat.Options{Conflicts: 1})
	if err != nil {
		t.Fatal(err)
	}
	if f := r.Findings[0]; f.Verdict != sat.Open || !strings.Contains(f.Why, "Prime after 0 steps: the solver has learned as many clauses as it may") {
		t.Errorf("got %+v", f)
	}
	if r, err = prove(t, p, sat.Options{}); err != nil {
		t.Fatal(err)
	}
	if f := r.Findings[0]; f.Verdict != sat.Refuted {
		t.Errorf("got %+v, want a violation", f)
	}
}
