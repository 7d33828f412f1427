package interp

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/eval"
	"github.com/bulkheadlang/bulkhead/spec/internal/gen"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

func TestZZDiff(t *testing.T) {
	states, faults := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		src := gen.Model(t)
		f, err := syntax.Parse("d.bh", []byte(src))
		if err != nil {
			t.Skip(err)
		}
		info, err := types.Check([]*syntax.File{f}, types.Options{})
		if err != nil {
			t.Skip(err)
		}
		p := ir.Build(info)
		info2, _ := types.Check([]*syntax.File{f}, types.Options{})
		p2 := ir.Build(info2)
		fast, err := eval.Compile(p)
		if err != nil {
			t.Skip(err)
		}
		m := New(p2)
		m.Steps = 3_000_000
		slow, err := m.System()
		if err != nil {
			t.Fatal(err)
		}
		a, b := fast.Info(), slow.Info()
		if d := cmp.Diff(a, b, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("%s\n%s", d, src)
		}
		ra, rb := fast.NewRunner(), slow.NewRunner()
		trace := func(r model.Runner, do func(model.Runner, func(string))) []string {
			var out []string
			do(r, func(s string) { out = append(out, s) })
			return out
		}
		same := func(what string, do func(model.Runner, func(string))) {
			x, y := trace(ra, do), trace(rb, do)
			if d := cmp.Diff(x, y); d != "" {
				t.Fatalf("%s: eval - interp +\n%s\n%s", what, d, src)
			}
		}
		var queue []model.State
		seen := map[string]bool{}
		add := func(s model.State) {
			if k := fmt.Sprint(s); s != nil && !seen[k] && len(queue) < 60 {
				seen[k] = true
				queue = append(queue, slices.Clone(s))
			}
		}
		same("init", func(r model.Runner, out func(string)) {
			n := 0
			r.Init(func(s model.State, f *model.Fault) { if n++; n < 100000 { out(fmt.Sprint(s, f)); add(s) } })
		})
		for i := 0; i < len(queue); i++ {
			s := queue[i]
			states++
			same(fmt.Sprintf("state %v", s), func(r model.Runner, out func(string)) {
				r.Load(s)
				for k, q := range a.Properties {
					id := model.PropertyID(k)
					switch q.Kind {
					case model.Invariant, model.Reachable, model.Deadlock:
						ok, f := r.Holds(id)
						if f != nil { ok = false }
						out(fmt.Sprint(q.Name, ok, f))
					case model.Bound:
						v, f := r.Value(id)
						if f != nil { v = 0 }
						out(fmt.Sprint(q.Name, v, f))
					}
					if q.Kind == model.Invariant {
						for j := range q.Antecedents {
							out(fmt.Sprint(q.Name, j, r.Antecedent(id, j)))
						}
					}
				}
				var ls []model.Label
				r.Next(func(l model.Label, n model.State, f *model.Fault) {
					out(fmt.Sprint(l, n, f))
					ls = append(ls, l)
					if f != nil {
						faults++
						return
					}
					add(n)
					for k, q := range a.Properties {
						if q.Kind == model.Step || q.Kind == model.Ensures && q.Action == l.Action {
							ok, f := r.HoldsStep(model.PropertyID(k))
							if f != nil { ok = false }
							out(fmt.Sprint(q.Name, ok, f))
							for j := range q.Antecedents {
								out(fmt.Sprint(q.Name, j, r.Antecedent(model.PropertyID(k), j)))
							}
						}
					}
				})
				for _, l := range ls {
					out(fmt.Sprint(r.Describe(s, l)))
				}
				out(fmt.Sprint(r.Render(s)))
			})
		}
	})
	t.Log(states, faults)
}
