package model_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
)

// mailroom is two tenants' mail, which a clerk passes on.
type mailroom struct{ Out, In [2]int8 }

// mailroomSystem describes the mailroom. Where it is careless, sending to a full tray puts the letter straight into the other tenant's.
func mailroomSystem(careless bool) model.System {
	const clerk = 2
	tenants, letters := []int{0, 1}, []int8{1, 2}
	return model.MustDefine(model.Definition[mailroom]{
		Name: "Mailroom",
		Init: slices.Values([]mailroom{{}}),
		Actions: []model.ActionOf[mailroom]{
			{Name: "Send", Params: []string{"from", "letter"}, Next: model.Over2(tenants, letters, func(m mailroom, t int, letter int8) (mailroom, bool) {
				if careless && m.Out[t] != 0 {
					m.In[1-t] = letter
				}
				m.Out[t] = letter
				return m, true
			})},
			{Name: "Pass", Params: []string{"from"}, Next: model.Over(tenants, func(m mailroom, t int) (mailroom, bool) {
				enabled := m.Out[t] == 1 // the clerk opens letters, and burns those that say 2
				m.In[1-t], m.Out[t] = m.Out[t], 0
				return m, enabled
			})},
		},
		Domains: &model.Domains[mailroom]{
			Names: []string{"tenant(0)", "tenant(1)", "clerk"},
			Sees: func(m mailroom, d int) any {
				if d == clerk {
					return m.Out
				}
				return m.In[d]
			},
			Acts: func(action string, args model.Args) []int {
				if action == "Pass" {
					return []int{clerk}
				}
				return []int{args[0].(int)}
			},
			Isolated: []model.DomainClaim{{
				Name: "ByClerk",
				From: func(t, u int) bool { return t != clerk && u != clerk },
				Via:  func(_, _, d int) bool { return d == clerk },
			}},
		},
	})
}

// That tenants know of each other by what the clerk passes on, and by nothing else; and two runs that show it where they do.
func ExampleDomains() {
	for _, careless := range []bool{false, true} {
		res, err := checker.Check(context.Background(), mailroomSystem(careless), checker.Config{Only: []string{"ByClerk"}})
		if err != nil {
			fmt.Println(err)
			return
		}
		f := res.Properties[0]
		fmt.Println(f.Property.Name, f.Verdict)
		if x := f.Experiment; x != nil {
			fmt.Printf("%s can tell whether %v takes step %d, and not through %v\n", x.Domain, x.By, x.Removed, x.Via)
			for _, row := range x.Rows {
				fmt.Printf("%s: sees %v with it, %v without\n", row.Input, row.With.Sees, row.Without.Sees)
			}
		}
	}
	// Output:
	// ByClerk holds
	// ByClerk violated
	// tenant(0) can tell whether [tenant(1)] takes step 2, and not through [clerk]
	// : sees [{view 0}] with it, [{view 0}] without
	// Send(from=1, letter=1): sees [{view 0}] with it, [{view 0}] without
	// Send(from=1, letter=1): sees [{view 1}] with it, [{view 0}] without
}
