package ir

import "strings"

// FormulaText is a formula over runs in the syntax of the language, with a value in the place of each local for which
// value, which may be nil, gives one.
func (p *Program) FormulaText(f *Formula, value func(LocalID) (string, bool)) string {
	return (&printer{p: p, value: value}).formula(f, loosest, true)
}

// DomainText says that the quantifier f goes through some value.
func (p *Program) DomainText(f *Formula) string {
	pr := &printer{p: p}
	return "exists " + pr.binders(f.Binders) + pr.where(f.Where)
}

// EventText is an event as it stands behind happens, enabled or a limit.
func (p *Program) EventText(e *Event, value func(LocalID) (string, bool)) string {
	return (&printer{p: p, value: value}).event(e)
}

// formulaWords are the operators that stand before or between formulas, with their levels of precedence.
var formulaWords = map[FormulaOp]struct {
	word  string
	level int
}{
	NotFormula: {"not", notLevel}, NextFormula: {"next", notLevel}, AlwaysFormula: {"always", notLevel},
	EventuallyFormula: {"eventually", notLevel}, CanFormula: {"can", notLevel},
	UntilFormula: {"until", untilLevel}, ReleaseFormula: {"release", untilLevel}, WeakUntilFormula: {"weak until", untilLevel},
	AndFormula: {"and", andLevel}, OrFormula: {"or", orLevel}, LeadsToFormula: {"~>", leadsToLevel},
	ImpliesFormula: {"implies", impliesLevel}, IffFormula: {"iff", iffLevel},
	ForallFormula: {"forall", quantLevel}, ExistsFormula: {"exists", quantLevel},
}

// formula is f where something of level want may stand; see text.
func (pr *printer) formula(f *Formula, want int, last bool) string {
	switch f.Op {
	case StateFormula:
		return pr.text(f.Expr, want, last)
	case HappensFormula:
		return "happens " + pr.event(f.Event)
	case EnabledFormula:
		return "enabled " + pr.event(f.Event)
	}
	w := formulaWords[f.Op]
	if w.level < want && !(w.level == quantLevel && last) {
		return "(" + pr.formula(f, loosest, true) + ")"
	}
	switch f.Op {
	case ForallFormula, ExistsFormula:
		return w.word + " " + pr.binders(f.Binders) + pr.where(f.Where) + ": " + pr.formula(f.Args[0], loosest, last)
	case NotFormula, NextFormula, AlwaysFormula, EventuallyFormula, CanFormula:
		return w.word + " " + pr.formula(f.Args[0], notLevel, last)
	}
	left, right := w.level, w.level+1
	switch f.Op {
	case ImpliesFormula, UntilFormula, ReleaseFormula, WeakUntilFormula:
		left, right = w.level+1, w.level
	case LeadsToFormula: // does not chain
		left = w.level + 1
	case AndFormula, OrFormula:
		right = w.level
	}
	return pr.formula(f.Args[0], left, false) + " " + w.word + " " + pr.formula(f.Args[1], right, last)
}

func (pr *printer) event(e *Event) string {
	name := pr.p.Actions[e.Action].Name
	if len(e.Args) == 0 {
		return name
	}
	var args []string
	for _, a := range e.Args {
		if a == nil {
			args = append(args, "_")
		} else {
			args = append(args, pr.text(a, loosest, true))
		}
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}
