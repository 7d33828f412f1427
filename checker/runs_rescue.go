package checker

import (
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/checker/internal/buchi"
	"github.com/bulkheadlang/bulkhead/checker/internal/runs"
)

// remedy is a fairness assumption that was not declared.
type remedy struct {
	text string
	runs.Condition
}

// remedies gives the assumptions to try, weak ones of an action first, then strong ones: of an action, or of the steps that
// a weak assumption was declared for.
func (d *decision) remedies() (weak, strong []remedy) {
	taken := map[int32]bool{}
	for _, a := range d.g.Actions {
		taken[a] = true
	}
	for i, a := range d.s.info.Actions {
		if !taken[int32(i)] {
			continue
		}
		of := func(class int) bool { return d.g.Actions[class] == int32(i) }
		weak = append(weak, remedy{"weak fairness of " + a.Name, runs.Condition{Taken: of}})
		strong = append(strong, remedy{"strong fairness of " + a.Name, runs.Condition{Strong: true, Taken: of}})
	}
	for i, f := range d.runs.Fairness {
		if rest, ok := strings.CutPrefix(f.Text, "weak "); ok && !f.Strong {
			strong = append(strong, remedy{"strong " + rest, runs.Condition{Strong: true, Taken: d.fair[i].Taken}})
		}
	}
	return weak, strong
}

// rescue looks for assumptions under which the property would hold, of which none can be left out. instance is the first
// that is violated, and sets of its product hold every run that shows it.
func (d *decision) rescue(instance int, p *runs.Product, sets [][]uint32) error {
	weak, strong := d.remedies()
	chosen, err := d.choose(p, sets, nil, weak, strong)
	for i := instance + 1; i < len(d.p.Instances) && len(chosen) > 0 && err == nil; i++ {
		chosen, err = d.extend(i, chosen, weak, strong)
	}
	if err != nil {
		return err
	}
	for _, r := range chosen {
		d.f.Rescue = append(d.f.Rescue, r.text)
	}
	return nil
}

// extend adds to chosen what another instance needs; it gives nothing where none of the remedies suffice.
func (d *decision) extend(instance int, chosen, weak, strong []remedy) ([]remedy, error) {
	a, err := buchi.Translate(d.ctx, d.p.Instances[instance].Formula, true)
	if err != nil || a.Empty() {
		return chosen, err
	}
	p, err := d.product(a)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	sets, err := p.Fair(d.ctx, d.with(chosen), false)
	if err != nil || len(sets) == 0 {
		return chosen, err
	}
	more, err := d.choose(p, sets, chosen, weak, strong)
	if err != nil || len(more) == 0 {
		return nil, err
	}
	return append(chosen, more...), nil
}

// with gives the assumptions declared and some more.
func (d *decision) with(more ...[]remedy) *runs.Fairness {
	list := slices.Clone(d.fair)
	for _, rs := range more {
		for _, r := range rs {
			list = append(list, r.Condition)
		}
	}
	return runs.NewFairness(d.g, list)
}

// choose gives remedies beside given that leave no fair run in sets: one where that suffices, and otherwise some of which
// none can be left out.
func (d *decision) choose(p *runs.Product, sets [][]uint32, given, weak, strong []remedy) ([]remedy, error) {
	suffice := func(rs []remedy) (bool, error) {
		left, err := p.FairIn(d.ctx, d.with(given, rs), sets, true)
		return len(left) == 0, err
	}
	for _, r := range slices.Concat(weak, strong) {
		if ok, err := suffice([]remedy{r}); ok || err != nil {
			return []remedy{r}, err
		}
	}
	list := weak
	ok, err := suffice(list)
	if !ok && err == nil { // strong ones before weak ones, so that they are left out where weak ones do
		list = slices.Concat(strong, weak)
		ok, err = suffice(list)
	}
	if !ok || err != nil {
		return nil, err
	}
	for i := 0; i < len(list); {
		fewer := slices.Concat(list[:i], list[i+1:])
		ok, err := suffice(fewer)
		if err != nil {
			return nil, err
		}
		if ok {
			list = fewer
		} else {
			i++
		}
	}
	return list, nil
}
