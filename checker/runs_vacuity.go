package checker

import (
	"github.com/bulkheadlang/bulkhead/checker/internal/buchi"
	"github.com/bulkheadlang/bulkhead/checker/internal/runs"
	"github.com/bulkheadlang/bulkhead/model"
)

// A property that holds says less than it seems to where it would hold, too, if a part of it were false (Beer, Ben-David,
// Eisner and Rodeh, Efficient detection of vacuity in ACTL formulas, CAV 1997): the condition before an implication is
// then never true where it matters, or it makes no difference whether a proposition is.

// weakness is a way in which a formula can be made stronger: one part replaced by false.
type weakness struct {
	text       string
	antecedent bool // text is the condition of an implication whose other side was replaced
	stronger   *model.Formula
	never      *model.Formula // it holds if and only if this is never true, where it is that simple
}

var falsehood = &model.Formula{Op: model.FalseOp}

// weaknesses lists what there is to try.
func weaknesses(root *model.Formula) (out []weakness) {
	// rebuild gives the whole formula with a part replaced.
	var walk func(f *model.Formula, positive bool, rebuild func(*model.Formula) *model.Formula)
	walk = func(f *model.Formula, positive bool, rebuild func(*model.Formula) *model.Formula) {
		replace := func(k int) func(*model.Formula) *model.Formula {
			return func(g *model.Formula) *model.Formula {
				h := *f
				h.Args = append([]*model.Formula(nil), f.Args...)
				h.Args[k] = g
				return rebuild(&h)
			}
		}
		switch f.Op {
		case model.PropositionOp:
			if positive {
				out = append(out, weakness{text: f.Text, stronger: rebuild(falsehood)})
			}
		case model.NotOp:
			walk(f.Args[0], !positive, replace(0))
		case model.ImpliesOp, model.LeadsToOp:
			walk(f.Args[0], !positive, replace(0))
			if positive {
				w := weakness{text: f.Args[0].Text, antecedent: true, stronger: replace(1)(falsehood)}
				if f == root || root.Op == model.AlwaysOp && f == root.Args[0] {
					w.never = condition(root) // every reachable state is on a fair run
				}
				out = append(out, w)
			}
			if !positive || !runs.Plain(f.Args[1]) {
				walk(f.Args[1], positive, replace(1))
			}
		case model.IffOp: // what stands there is of both polarities
		default:
			for k, g := range f.Args {
				walk(g, positive, replace(k))
			}
		}
	}
	walk(root, true, func(f *model.Formula) *model.Formula { return f })
	return out
}

// condition gives p of always (p implies …) and of p ~> …, where it is without temporal operators.
func condition(f *model.Formula) *model.Formula {
	if f.Op == model.AlwaysOp && f.Args[0].Op == model.ImpliesOp {
		f = f.Args[0]
	} else if f.Op != model.LeadsToOp {
		return nil
	}
	if !runs.Plain(f.Args[0]) {
		return nil
	}
	return f.Args[0]
}

// neverMeant tells whether a formula has such a condition and it is never true.
func (d *decision) neverMeant(f *model.Formula) (bool, error) {
	a := condition(f)
	if a == nil {
		return false, nil
	}
	ever, err := d.g.Ever(d.ctx, a)
	return !ever, err
}

// vacuity looks for weaknesses of a property that holds. What matters in one of its instances matters.
func (d *decision) vacuity() error {
	if d.f.Tautology || len(d.p.Instances) == 0 {
		return nil
	}
	var common []weakness
	for i := range d.p.Instances {
		list := weaknesses(d.p.Instances[i].Formula)
		if i == 0 {
			common = list
		}
		if len(list) != len(common) { // instances that are not alike cannot be compared
			return nil
		}
		idle := make([]bool, len(list))
		if _, err := d.concurrently(len(list), func(k int) (_ bool, err error) {
			if common[k].stronger != nil { // otherwise it matters
				idle[k], err = d.idle(&list[k])
			}
			return false, err
		}); err != nil {
			return err
		}
		for k := range list {
			if !idle[k] {
				list[k] = weakness{}
			}
		}
		common = list
	}
	for _, v := range common {
		switch {
		case v.stronger == nil || v.text == "":
		case v.antecedent:
			d.f.Vacuous = append(d.f.Vacuous, v.text)
		default:
			d.f.Unneeded = append(d.f.Unneeded, v.text)
		}
	}
	return nil
}

// idle tells whether a stronger formula holds as well.
func (d *decision) idle(v *weakness) (bool, error) {
	if v.never != nil {
		ever, err := d.g.Ever(d.ctx, v.never)
		return !ever, err
	}
	a, err := buchi.Translate(d.ctx, v.stronger, true)
	if err != nil || a.Empty() {
		return err == nil, err
	}
	violated, err := d.broken(a)
	return err == nil && !violated, err
}
