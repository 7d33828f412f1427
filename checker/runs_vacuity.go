package checker

import (
	"cmp"
	"errors"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker/internal/buchi"
	"github.com/bulkheadlang/bulkhead/checker/internal/runs"
	"github.com/bulkheadlang/bulkhead/model"
)

// A property that holds says less than it seems to where a part of it does not matter: it would hold, too, with the part
// replaced, wherever it stands, by what makes the property strongest. That is false where the part makes it weaker, and
// true where the part is a condition (Beer, Ben-David, Eisner and Rodeh, Efficient detection of vacuity in ACTL formulas,
// CAV 1997; Kupferman and Vardi, Vacuity detection in temporal model checking, CHARME 1999). If the part is the conclusion
// of an implication, then its condition is never true where it matters.
//
// Parts are tried from the outside to the inside. In one that does not matter none does. What is below iff works both ways
// and is not tried.

// part is a part of a property. It may stand in several places, one for each choice of values around it.
type part struct {
	id                 int
	op                 model.Op
	parent             *part // nil of an outermost part
	kids               []*part
	positive, negative bool // it makes the property weaker, stronger somewhere
	constant           bool // it is true or false in all places
	bare               bool // it is a conjunction or disjunction of nothing somewhere
}

// partsOfRuns gives the outermost parts of a property, with all others in them.
func partsOfRuns(p *model.RunProperty) (roots []*part) {
	seen := map[int]*part{}
	var walk func(f *model.Formula, parent *part, positive, negative bool)
	walk = func(f *model.Formula, parent *part, positive, negative bool) {
		if f.Part == 0 {
			return
		}
		q := seen[f.Part]
		if q == nil {
			q = &part{id: f.Part, op: f.Op, parent: parent, constant: true}
			seen[f.Part] = q
			if parent == nil {
				roots = append(roots, q)
			} else {
				parent.kids = append(parent.kids, q)
			}
		}
		q.positive, q.negative = q.positive || positive, q.negative || negative
		q.constant = q.constant && (f.Op == model.TrueOp || f.Op == model.FalseOp)
		q.bare = q.bare || len(f.Args) == 0
		for k, g := range f.Args {
			switch {
			case f.Op == model.NotOp, (f.Op == model.ImpliesOp || f.Op == model.LeadsToOp) && k == 0:
				walk(g, q, negative, positive)
			case f.Op == model.IffOp:
				walk(g, q, true, true)
			default:
				walk(g, q, positive, negative)
			}
		}
	}
	for i := range p.Instances {
		in := &p.Instances[i]
		if in.Formula != nil {
			walk(in.Formula, nil, true, false)
			continue
		}
		if roots == nil {
			roots = []*part{{op: model.UntilOp, positive: true, bare: true}}
		}
		walk(in.Wait.From, roots[0], false, true) // a longer wait breaks a limit sooner; what ends it may only say so again
	}
	return roots
}

// both tells whether a part is below iff.
func (q *part) both() bool { return q.positive && q.negative }

// size is the number of parts in q, itself one of them, that can be tried.
func (q *part) size() (n int) {
	if q.constant || q.both() {
		return 0
	}
	n = 1
	for _, k := range q.kids {
		n += k.size()
	}
	return n
}

// rank is less for a part that has a condition, which is tried first.
func rank(q *part) int {
	if q.condition() != nil {
		return 0
	}
	return 1
}

// condition gives the condition of which q is the conclusion, of p implies q, p ~> q, not p or q, if nothing is claimed
// where it is not true.
func (q *part) condition() *part {
	c := q.premise()
	if c == nil {
		return nil
	}
	for p := q.parent; p.parent != nil; p = p.parent {
		switch p.parent.op {
		case model.AndOp, model.AlwaysOp:
		case model.ImpliesOp, model.OrOp:
			if p.premise() == nil {
				return nil
			}
		default:
			return nil
		}
	}
	return c
}

// premise gives the other side of an implication of which q is the conclusion, or nil.
func (q *part) premise() *part {
	if q.parent == nil || len(q.parent.kids) != 2 {
		return nil
	}
	first, second := q.parent.kids[0], q.parent.kids[1]
	switch q.parent.op {
	case model.ImpliesOp, model.LeadsToOp:
		if q == second {
			return first
		}
	case model.OrOp:
		if (first.op == model.NotOp) == (second.op == model.NotOp) {
			return nil
		}
		if q == second && first.op == model.NotOp {
			return first.kids[0]
		}
		if q == first && second.op == model.NotOp {
			return second.kids[0]
		}
	}
	return nil
}

// replaced gives f with a part replaced, in all places, by true or false; f itself where the part is not in it.
func replaced(f *model.Formula, part int, by model.Op) *model.Formula {
	if f.Part == part {
		return &model.Formula{Op: by}
	}
	out := f
	for k, g := range f.Args {
		if h := replaced(g, part, by); h != g {
			if out == f {
				out = &model.Formula{Op: f.Op, Prop: f.Prop, Part: f.Part, Args: slices.Clone(f.Args)}
			}
			out.Args[k] = h
		}
	}
	return out
}

// trials is how often a property is decided anew, at most, beside four times for each instance.
const trials = 32

// trial is the work of finding the parts that do not matter.
type trial struct {
	*decision
	branching            *runs.Branching // of a Can property
	left                 int             // times that an instance may be decided yet, of those that have to be, one after another
	vacuous, weak, asked []int           // parts, by what is to be said of them
}

// vacuity finds what does not matter of a property that holds. What cannot be told within the limits is counted: it does
// not change the verdict.
func (d *decision) vacuity() error {
	if len(d.g.Initial) == 0 || len(d.f.Vacuous) > 0 {
		return nil
	}
	t := &trial{decision: d, left: trials + 4*len(d.p.Instances)}
	if err := t.prepare(); err != nil {
		if _, err := t.why(err); err != nil {
			return err
		}
		t.left = 0
	}
	defer t.close()
	for _, root := range partsOfRuns(d.p) {
		// Some run is fair, and some state initial: so a formula matters as a whole.
		if err := t.inside(root); err != nil {
			return err
		}
	}
	d.f.Vacuous = append(d.f.Vacuous, t.texts(t.vacuous...)...)
	if !d.f.Tautology { // of which nothing else is to be said
		d.f.Unneeded, d.f.Idle = t.texts(t.weak...), t.texts(t.asked...)
	}
	return nil
}

// prepare makes what all trials share.
func (t *trial) prepare() (err error) {
	switch t.f.Property.Kind {
	case model.Can:
		t.branching, err = t.g.Branching(t.ctx, &t.meter)
	case model.LTL, model.Within:
		t.g, err = t.stopping()
	}
	return err
}

func (t *trial) close() {
	if t.branching != nil {
		t.branching.Close()
	}
}

// texts gives the texts of parts, each once, in the order in which they are written.
func (d *decision) texts(parts ...int) (out []string) {
	slices.Sort(parts)
	for _, id := range slices.Compact(parts) {
		out = append(out, d.p.Parts[id-1])
	}
	return out
}

// inside tries the parts in one that matters.
func (t *trial) inside(q *part) error {
	kids := slices.Clone(q.kids)
	slices.SortStableFunc(kids, func(a, b *part) int { return cmp.Compare(rank(a), rank(b)) })
	for _, k := range kids {
		if len(kids) == 1 && !q.bare { // with it, q is false or true
			return t.inside(k)
		}
		idle, err := t.try(k)
		if err != nil || idle && k.condition() != nil { // of the condition that is enough
			return err
		}
	}
	return nil
}

// try finds out whether a part matters, and what in it does if it does.
func (t *trial) try(q *part) (idle bool, err error) {
	if q.constant || q.both() {
		return false, nil
	}
	idle, err = t.idle(q)
	switch {
	case err != nil:
		if !errors.Is(err, errTrials) {
			if _, err := t.why(err); err != nil {
				return false, err
			}
		}
		t.f.Untried += q.size()
		return false, nil
	case !idle:
		return false, t.inside(q)
	case q.condition() != nil:
		t.vacuous = append(t.vacuous, q.condition().id)
	case q.positive:
		t.weak = append(t.weak, q.id)
	default:
		t.asked = append(t.asked, q.id)
	}
	return true, nil
}

// idle tells whether the property holds without a part.
func (t *trial) idle(q *part) (bool, error) {
	if t.left <= 0 {
		return false, errTrials
	}
	by := model.FalseOp
	if q.negative {
		by = model.TrueOp
	}
	without := func(f *model.Formula) *model.Formula { return replaced(f, q.id, by) }
	var changed []*model.RunInstance
	for i := range t.p.Instances {
		in, out := &t.p.Instances[i], t.p.Instances[i]
		if in.Formula != nil {
			out.Formula = without(in.Formula)
		}
		same := in.Formula == out.Formula
		if w := in.Wait; w != nil {
			out.Wait = &model.Wait{From: without(w.From), To: without(w.To), While: w.While, Unit: w.Unit}
			same = same && w.From == out.Wait.From && w.To == out.Wait.To
		}
		if !same {
			changed = append(changed, &out)
		}
	}
	decide := func(i int) (bool, error) {
		holds, err := t.holds(changed[i])
		return !holds, err
	}
	at, err := 0, error(nil)
	if t.branching == nil {
		at, err = t.concurrently(len(changed), decide)
	}
	for enough := false; t.branching != nil && at < len(changed); at++ { // whose sets are of one formula at a time
		if enough, err = decide(at); enough || err != nil {
			break
		}
	}
	t.left -= min(at+1, len(changed))
	return err == nil && at == len(changed), err
}

// errTrials says that nothing more is to be decided.
var errTrials = errors.New("too many parts of a property were tried")

// holds tells whether an instance holds.
func (t *trial) holds(in *model.RunInstance) (holds bool, err error) {
	if t.branching != nil {
		e, err := t.branching.Can(in.Formula)
		return e == nil, err
	}
	if in.Formula != nil {
		if holds, err := t.ofAllRuns(in.Formula); err != nil || !holds {
			return false, err
		}
	}
	if in.Wait == nil {
		return true, nil
	}
	w, err := t.whole.g.Wait(t.ctx, in.Wait, &t.meter)
	if err != nil {
		return false, err
	}
	defer w.Close()
	return w.Longest <= t.f.Property.Limit, nil
}

// ofAllRuns tells whether a formula is true of every fair run.
func (t *trial) ofAllRuns(f *model.Formula) (bool, error) {
	a, err := buchi.Translate(t.ctx, f, true)
	if err != nil || a.Empty() {
		return err == nil, err
	}
	if a.Everything() || t.f.Tautology { // of a formula that is always true, what is, too, is of interest
		return false, nil
	}
	violated, err := t.broken(a)
	return err == nil && !violated, err
}
