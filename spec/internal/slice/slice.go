// Package slice leaves out of a program what some of its properties do not depend on: their cone of influence is kept.
//
// A property depends on the variables that it reads. Where a variable is in the cone, so is every action that may write it,
// and with an action all that decides what it does to the cone: what its guard reads; what the domains, the conditions and
// the asserted in its body read; what it assigns to a variable of the cone; and whatever of it may fault (package total). The cone
// is the least set that this leads to (cone.go). The sliced program (cut.go) has the variables of the cone and the actions
// that write one, without the assignments to other variables.
//
// Claim 1: where an instance of an action that is kept has some alternatives in a state s of the program, faults among them,
// it has the same ones in the projection of s to the cone, numbered the same, and they lead to projections of where those
// of s lead. For its guard, domains and conditions read the cone alone; what is cut from the body has a value in every state
// and writes no variable of the cone. (It takes few steps, too, so that an evaluation comes to the limit of steps with or
// without it, unless it is at that limit.)
//
// Claim 2: an action that is left out changes no variable of the cone, by what it writes.
//
// So the projection of a run of the program is a run of the slice, but for repeated states where actions were taken that are
// left out. And a run of the slice is the projection of a run of the program, which takes the same instances and
// no others, from any initial state that projects to the first one; there is one, since the initialisers of variables that
// are left out have values, and the init block is kept like an action. Hence what is said of states has the same truth:
// invariants, reachables and bounds, with the lengths of shortest runs, and the faults of their evaluation. Other claims
// need more:
//
//   - ensures speaks of the steps of one action: that is kept, whatever it writes.
//   - step speaks of all steps. Those that are left out change nothing of the cone, and are stood for by an action that does
//     nothing (Other), which can be taken in every state. What holds in the slice holds in the program; a violation by
//     Other says nothing, since no action left out need be enabled there.
//   - deadlock depends on whether any action is enabled, and fault on whatever may fault: all actions are kept, with all
//     properties that may fault. The program and the slice are bisimilar then, with the same labels.
//   - can speaks of what can be reached. The projection is a stuttering bisimulation, so that EF and AG EF have the same truth.
//     An action of which it asks whether it is enabled is kept.
//   - a formula of linear temporal logic without next and happens cannot tell a run from one with states repeated. All fair
//     actions are kept, so that no fairness is assumed of what is left out. Whether a kept action is enabled, the
//     projection tells; so a fair run of the program projects to a fair run of the slice, which stops where the actions that
//     are left out are taken for ever, as it may, for no fair action waits there.
//   - that the mapped runs are fair is said of which abstract actions are enabled in mapped states again and again, and which steps are
//     mapped to one of them again and again. A step that is left out changes nothing of the mapped state, and is mapped to one only
//     where every step from that state is. So that is a formula of this kind.
//   - all other formulas, and waiting times, count steps: all actions are kept.
//   - refines speaks of all steps, and is true of those that change nothing that its mapping reads, as all do that are left out.
//   - isolated speaks of what domains see and do, which is of any part of the state: nothing is left out.
package slice

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// Other is the name of the action that stands for the steps of those that are left out.
const Other = "some other action"

// Claim is a property of a program.
type Claim struct {
	Kind ClaimKind
	Prop int // of OfProp, the number of a property; of OfEnsures, of an action
}

// ClaimKind tells the kinds of claims.
type ClaimKind uint8

// The kinds of claims.
const (
	OfProp     ClaimKind = iota // one of Program.Props
	OfEnsures                   // what an action ensures
	OfDeadlock                  // every state has a successor or is terminal
	OfFaults                    // nothing faults
)

// Part is a slice of a program and the claims that it decides.
type Part struct {
	Program   *ir.Program
	Claims    []int  // by their place in the list given
	Vars      []bool // the variables that are kept
	Actions   []bool // the actions that are kept
	Whole     bool   // nothing is left out
	Stuttered bool   // the last action of Program is Other
}

// Of gives the slices that decide some claims: one for all claims that depend on the same variables, with the actions that any of
// them needs. The programs have no mutants and no scenarios, and their formulas are not yet written out by package ground.
func Of(p *ir.Program, claims []Claim) []Part {
	var cones []*cone
	for i, claim := range claims {
		c := newCone(p)
		c.claim(claim)
		c.close()
		c.claims = []int{i}
		cones = append(cones, c)
	}
	var out []Part
	for _, c := range joined(cones) {
		part := Part{Program: cut(c), Claims: c.claims, Vars: c.vars, Actions: c.actions, Stuttered: c.stutters()}
		part.Whole = !slices.Contains(c.vars, false) && !slices.Contains(c.actions, false)
		out = append(out, part)
	}
	return out
}

// Keep gives the part of a program that has some of its variables and actions, and no properties: those variables that they read,
// or that they write, have to be among them.
func Keep(p *ir.Program, vars, actions []bool) *ir.Program {
	c := newCone(p)
	copy(c.vars, vars)
	copy(c.actions, actions)
	c.close()
	return cut(c)
}

// joined joins cones until no two are left that can be.
func joined(cones []*cone) []*cone {
	for i := 0; i < len(cones); i++ {
		for k := i + 1; k < len(cones); k++ {
			if cones[i].joins(cones[k]) {
				cones[i].join(cones[k])
				return joined(slices.Delete(cones, k, k+1))
			}
		}
	}
	return cones
}
