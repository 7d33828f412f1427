package spec_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/modeltest"
	"github.com/bulkheadlang/bulkhead/spec"
)

// packet is what is on its way in firewall.
type packet uint8

const (
	empty packet = iota
	plain
	marked
)

func (p packet) String() string { return [...]string{"empty", "plain", "marked"}[p] }

// firewall is the state of model/isolation/firewall.bh, of which it is a translation.
type firewall struct {
	Up              bool
	Leaves, Arrives [2]packet
	Folder, Read    [2]int8
}

func firewallSystem(oneQueue bool) model.System {
	tenants := []int{0, 1}
	of := func(next func(f *firewall, t int) bool) func(f firewall, t int) (firewall, bool) {
		return func(f firewall, t int) (firewall, bool) {
			enabled := f.Up && next(&f, t)
			return f, enabled
		}
	}
	return model.MustDefine(model.Definition[firewall]{
		Name: "Firewall",
		Init: slices.Values([]firewall{{}}),
		Actions: []model.ActionOf[firewall]{
			{Name: "Start", Next: model.Guarded(func(f firewall) bool { return !f.Up }, func(f firewall) firewall { f.Up = true; return f })},
			{Name: "Send", Params: []string{"t", "p"}, Next: model.Over2(tenants, []packet{plain, marked}, func(f firewall, t int, p packet) (firewall, bool) {
				enabled := f.Up && f.Leaves[t] == empty && (!oneQueue || f.Leaves[1-t] == empty)
				f.Leaves[t] = p
				return f, enabled
			})},
			{Name: "Receive", Params: []string{"t"}, Next: model.Over(tenants, of(func(f *firewall, t int) bool {
				had := f.Arrives[t] != empty
				f.Arrives[t] = empty
				return had
			}))},
			{Name: "Save", Params: []string{"t", "x"}, Next: model.Over2(tenants, []int8{0, 1}, func(f firewall, t int, x int8) (firewall, bool) {
				f.Folder[t] = x
				return f, f.Up
			})},
			{Name: "Open", Params: []string{"t"}, Next: model.Over(tenants, of(func(f *firewall, t int) bool {
				f.Read[t] = f.Folder[t]
				return true
			}))},
			{Name: "Forward", Params: []string{"t"}, Next: model.Over(tenants, of(func(f *firewall, t int) bool {
				can := f.Leaves[t] == plain && f.Arrives[1-t] == empty
				f.Arrives[1-t], f.Leaves[t] = f.Leaves[t], empty
				return can
			}))},
			{Name: "Drop", Params: []string{"t"}, Next: model.Over(tenants, of(func(f *firewall, t int) bool {
				can := f.Leaves[t] == marked
				f.Leaves[t] = empty
				return can
			}))},
		},
		Domains: &model.Domains[firewall]{
			Names: []string{"domain(0)", "domain(1)", "domain(2)"},
			Sees: func(f firewall, d int) any {
				if d == 0 {
					return nil
				}
				return struct {
					Leaves, Arrives packet
					Read            int8
				}{f.Leaves[d-1], f.Arrives[d-1], f.Read[d-1]}
			},
			Acts: func(action string, args model.Args) []int {
				switch action {
				case "Start":
					return nil
				case "Forward", "Drop":
					return []int{0}
				}
				return []int{args[0].(int) + 1}
			},
			Isolated: []model.DomainClaim{{
				Name: "ByFirewall",
				From: func(t, u int) bool { return t != 0 && u != 0 },
				Via:  func(_, _, d int) bool { return d == 0 },
			}},
		},
	})
}

// A Go model of a firewall and the shipped one in the language are as isolated as each other, without a fault and with.
func TestDefinedDomainsAgainstTheLanguage(t *testing.T) {
	p, err := spec.Load(os.DirFS("../model/isolation"), "firewall.bh")
	if err != nil {
		t.Fatal(err)
	}
	mutant := p.Mutants()[slices.IndexFunc(p.Mutants(), func(m *spec.Mutant) bool { return m.Name == "OneQueue" })].System()
	for oneQueue, want := range map[bool]model.System{false: p, true: mutant} {
		got := firewallSystem(oneQueue)
		modeltest.Run(t, got)
		summary := func(sys model.System) string {
			r, err := checker.Check(t.Context(), sys, checker.Config{Only: []string{"ByFirewall"}})
			if err != nil {
				t.Fatal(err)
			}
			f := r.Properties[0]
			return fmt.Sprintln(f.Verdict, f.Steps, r.Stats.Distinct, f.Vacuous, f.Unwound)
		}
		if got, want := summary(got), summary(want); got != want {
			t.Errorf("one queue %t: got\n%s\nwant\n%s", oneQueue, got, want)
		}
	}
}
