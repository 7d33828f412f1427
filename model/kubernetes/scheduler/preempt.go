package scheduler

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Budget is a PodDisruptionBudget: of the pods that its selector matches, so many more may be disrupted now.
type Budget struct {
	Selector Selector
	Allowed  int // disruptionsAllowed, at least 0
}

// Candidate is a node on which a pod would fit, if others were removed.
type Candidate struct {
	Node       string
	Victims    []string // whom to remove, the most important first
	Violations int      // how many of them a budget does not allow
	pods       []*Pod
}

// NotEligible says why a pod may not preempt others now, although it is unschedulable.
type NotEligible struct{ Pod, Reason string }

// Error gives the reason.
func (e *NotEligible) Error() string {
	return fmt.Sprintf("pod %s is not eligible for preemption: %s", e.Pod, e.Reason)
}

// Unwrap is model.ErrRefused.
func (e *NotEligible) Unwrap() error { return model.ErrRefused }

// Eligible tells whether the pod may preempt others. It may not if its policy is Never, nor while a pod of lower priority is
// terminating on the node that it was nominated to, "" for none, unless that node can no longer be made to fit: it waits for
// the one that it has chosen, however long that takes (plugins/defaultpreemption, PodEligibleToPreemptOthers; since 1.27 or so only
// pods count that end because of a preemption). The error is a *NotEligible.
func (c *Cluster) Eligible(p *Pod, nominated string) error {
	if p == nil {
		return errors.New("there is no pod")
	}
	if err := p.Valid(); err != nil {
		return err
	}
	if p.NeverPreempts {
		return &NotEligible{p.Name, "preemptionPolicy is Never"}
	}
	i, err := c.node(nominated)
	if err != nil || c.verdict(p, i).Code == Unresolvable {
		return nil //nolint:nilerr // a node that is gone is none to wait for
	}
	for _, q := range c.pods[i] {
		if q.Terminating && q.Priority < p.Priority {
			return &NotEligible{p.Name, "a victim is terminating on the nominated node"}
		}
	}
	return nil
}

// Candidates lists the nodes on which the pod would fit if pods of lower priority were removed, each with the victims. Of these
// all are taken away first; then those for whom a budget would be violated, and then the others, are given back one by one, the
// most important first, if the pod still fits. Equal priority is never preempted, and nothing is looked at beyond the node
// (plugins/defaultpreemption, SelectVictimsOnNode). The error is a *NotEligible, or that the pod is not valid.
func (c *Cluster) Candidates(p *Pod, nominated string, budgets []Budget) ([]Candidate, error) {
	if err := c.Eligible(p, nominated); err != nil {
		return nil, err
	}
	for i, b := range budgets {
		if err := b.Selector.valid(false); err != nil {
			return nil, fmt.Errorf("budget %d: %w", i+1, err)
		}
		if b.Allowed < 0 {
			return nil, fmt.Errorf("budget %d allows %d disruptions, want at least 0", i+1, b.Allowed)
		}
	}
	var out []Candidate
	for i := range c.nodes {
		if c.verdict(p, i).Code != Unschedulable {
			continue
		}
		if victims, ok := c.victims(p, i, budgets); ok {
			out = append(out, victims)
		}
	}
	return out, nil
}

// important orders pods: of higher priority first, then those that started earlier, then by name.
func important(a, b *Pod) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Start, b.Start), cmp.Compare(a.Name, b.Name))
}

func (c *Cluster) victims(p *Pod, i int, budgets []Budget) (Candidate, bool) {
	trial := c.Clone()
	var lower []*Pod
	trial.pods[i] = slices.DeleteFunc(trial.pods[i], func(q *Pod) bool {
		if q.Priority < p.Priority {
			lower = append(lower, q)
			return true
		}
		return false
	})
	if len(lower) == 0 || trial.verdict(p, i).Code != Feasible {
		return Candidate{}, false
	}
	slices.SortFunc(lower, important)
	violating, others := split(lower, budgets)
	out := Candidate{Node: c.nodes[i].Name}
	for k, q := range slices.Concat(violating, others) {
		trial.pods[i] = append(trial.pods[i], q)
		if trial.verdict(p, i).Code == Feasible {
			continue
		}
		trial.pods[i] = trial.pods[i][:len(trial.pods[i])-1]
		out.pods = append(out.pods, q)
		if k < len(violating) {
			out.Violations++
		}
	}
	slices.SortFunc(out.pods, important)
	for _, q := range out.pods {
		out.Victims = append(out.Victims, q.Name)
	}
	return out, true
}

// split parts pods into those whose removal, one after the other, a budget would not allow, and the others.
func split(pods []*Pod, budgets []Budget) (violating, others []*Pod) {
	left := make([]int, len(budgets))
	for i, b := range budgets {
		left[i] = b.Allowed
	}
	for _, q := range pods {
		violates := false
		for i, b := range budgets {
			// An empty selector of a budget selects no pod here, and none selects a pod without labels.
			if len(b.Selector) == 0 || len(q.Labels) == 0 || !b.Selector.Matches(q.Labels) {
				continue
			}
			left[i]--
			violates = violates || left[i] < 0
		}
		if violates {
			violating = append(violating, q)
		} else {
			others = append(others, q)
		}
	}
	return violating, others
}

// Pick gives the best candidates, of which the scheduler takes any: those with the fewest violated budgets; of these, those
// whose most important victim has the lowest priority; then those with the least sum of the victims' priorities, 2^31 added to
// each; then with the fewest victims; then whose victims of highest priority started latest, by the first of them
// (pkg/scheduler/framework/preemption, pickOneNodeForPreemption).
func Pick(candidates []Candidate) []Candidate {
	if len(candidates) == 0 {
		return nil
	}
	best := slices.MinFunc(candidates, preferable)
	var out []Candidate
	for _, c := range candidates {
		if preferable(c, best) == 0 {
			out = append(out, c)
		}
	}
	return out
}

func preferable(a, b Candidate) int {
	return cmp.Or(
		cmp.Compare(a.Violations, b.Violations),
		cmp.Compare(a.highest(), b.highest()),
		cmp.Compare(a.sum(), b.sum()),
		cmp.Compare(len(a.pods), len(b.pods)),
		cmp.Compare(b.started(), a.started()),
	)
}

// highest is the priority of the most important victim; less than any where there is none.
func (c Candidate) highest() int {
	if len(c.pods) == 0 {
		return -MaxPriority - 1
	}
	return c.pods[0].Priority
}

func (c Candidate) sum() int64 {
	sum := int64(0)
	for _, q := range c.pods {
		sum += int64(q.Priority) + 1<<31
	}
	return sum
}

// started is when the first of the victims of highest priority started.
func (c Candidate) started() int64 {
	if len(c.pods) == 0 {
		return 0
	}
	return c.pods[0].Start // they are in the order of importance
}
