package checker

import (
	"fmt"
	"iter"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/model"
)

// seen is what a domain sees of a defined system; all values of one kind show alike.
type seen struct{ n int8 }

func (seen) String() string { return "something" }

// defined gives the same system as a toy, as a definition.
func (t *flowToy) defined() (model.System, error) {
	var initial []int8
	for _, s := range t.init {
		initial = append(initial, int8(s[0]))
	}
	d := model.Definition[int8]{
		Name: "Toy", Init: slices.Values(initial), AllowDeadlock: true,
		Domains: &model.Domains[int8]{
			Names: t.claims.Domains,
			Sees:  func(s int8, d int) any { return seen{int8(t.view[d][s])} },
			Acts: func(action string, args model.Args) (out []int) {
				for d := range t.claims.Domains {
					if t.owners[0][t.numbered(action, args)]>>d&1 == 1 {
						out = append(out, d)
					}
				}
				return out
			},
		},
	}
	for _, name := range []string{"A", "B"} {
		d.Actions = append(d.Actions, model.ActionOf[int8]{Name: name, Params: []string{"a", "c"}, Next: t.successors(name)})
	}
	for i, p := range t.info.Properties {
		has := func(of int) *model.IsolatedDomain {
			for k := range t.claims.Properties {
				if c := &t.claims.Properties[k]; c.Of == of && int(c.Property) == i {
					return c
				}
			}
			return &model.IsolatedDomain{}
		}
		d.Domains.Isolated = append(d.Domains.Isolated, model.DomainClaim{
			Name: p.Name,
			From: func(of, u int) bool { return has(of).By>>u&1 == 1 },
			Via:  func(of, u, d int) bool { return d == of || d == u || has(of).Via[u]>>d&1 == 1 },
		})
	}
	return model.Define(d)
}

// numbered gives the number of an input that has a second argument in the place of a choice.
func (t *flowToy) numbered(action string, args model.Args) int {
	in := 4*args[0].(int) + int(args[1].(seen).n)
	if action == "B" {
		in += 2
	}
	return in
}

func (t *flowToy) successors(action string) func(int8) iter.Seq2[model.Args, int8] {
	return func(s int8) iter.Seq2[model.Args, int8] {
		return func(yield func(model.Args, int8) bool) {
			for in, to := range t.next[s] {
				if args := (model.Args{in / 4, seen{int8(in & 1)}}); to >= 0 && t.numbered(action, args) == in && !yield(args, int8(to)) {
					return
				}
			}
		}
	}
}

// A definition says of its domains what the system says that it is made after.
func TestIsolatedDefined(t *testing.T) {
	leaks, holds := 0, 0
	redraw.Until(t, func() bool { return leaks > 0 && holds > 0 }, func(t *rapid.T) {
		_, toy, loose := drawRelay(t)
		if rapid.Bool().Draw(t, "loose") {
			toy = loose
		}
		for i := range toy.claims.Properties { // a definition is not asked of either end
			c := &toy.claims.Properties[i]
			for u := range c.Via {
				c.Via[u] &^= 1<<u | 1<<c.Of
			}
		}
		sys, err := toy.defined()
		if err != nil {
			t.Fatal(err)
		}
		want, got := summaries(t, toy), summaries(t, sys)
		if want != got {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
		for _, c := range toy.claims.Properties {
			if toy.shortestIpurgeLeak(&c) >= 0 {
				leaks++
			} else {
				holds++
			}
		}
	})
	if leaks == 0 || holds == 0 {
		t.Errorf("drew %d leaks and %d claims that hold, want some of both", leaks, holds)
	}
}

// summaries says what was found out about the domains of a system.
func summaries(t *rapid.T, sys model.System) (out string) {
	r, err := Check(t.Context(), sys, Config{Workers: rapid.IntRange(1, 2).Draw(t, "workers")})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Properties {
		if f.Property.Kind == model.Isolated {
			for i := range f.Unwound { // how many steps were gone through before a leak depends on the order of the states
				if u := &f.Unwound[i]; !u.Holds {
					u.Steps = 0
				}
			}
			out += fmt.Sprintln(f.Property.Name, f.Verdict, f.Steps, f.Reason, f.Vacuous, f.Unwound)
		}
	}
	return out
}
