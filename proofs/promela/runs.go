package promela

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Properties of runs are formulas of SPIN, which has no next unless it is compiled with it. They are about runs that begin with the
// state before the initial ones, where happened is -1, and are to be true one step later: (happened == -1) U (happened != -1 && f).
// With -DRUNS a run may stop at any state, for ever, as it may in the language; happened is the number of the instance whose step led to a
// state, from 1, and 0 where none did; and turn goes through the assumptions of weak fairness: it waits for each to be met
// before it turns to the next, so that they are all met again and again exactly if turn is 0 again and again (Choueka 1974).
type runs struct {
	base []int64  // of the actions: what is added to the number of an instance
	fair []string // conditions that a position meets an assumption
	ltl  []string
}

const (
	maxFormula  = 10 // parts of one formula
	maxFairness = 1 << 14
)

// temporal writes the properties of runs; those that it cannot say it leaves out by name.
func (g *exporter) temporal(now env) {
	g.runs = &runs{}
	n := int64(0)
	for i := range g.p.Actions {
		g.runs.base = append(g.runs.base, n)
		n += g.instances(i)
	}
	first := slices.IndexFunc(g.p.Props, func(p ir.Prop) bool { return p.Kind == ir.Linear })
	why := ""
	if first < 0 {
		g.runs = nil
		return
	}
	for i := range g.p.Actions {
		for _, id := range g.p.Actions[i].Params {
			if _, ok := g.rank(g.zero(g.p.Locals[id].Type)); !ok {
				why = "since an action has a parameter of type " + g.p.Locals[id].Type.String()
			}
		}
	}
	if why == "" {
		why = g.fairness(now)
	}
	said := false
	for i := range g.p.Props {
		p := &g.p.Props[i]
		if p.Kind != ir.Linear {
			continue
		}
		reason := why
		if reason == "" {
			g.pos = p.Pos
			reason = g.instancesOf(p.Name, p.Formula, now)
		}
		if reason == "" {
			said = true
		} else {
			g.model.Left = append(g.model.Left, Left{p.Name, reason})
		}
	}
	if !said {
		g.runs = nil
	}
}

// instances is the number of instances of an action.
func (g *exporter) instances(action int) int64 {
	n := int64(1)
	for _, id := range g.p.Actions[action].Params {
		n *= int64(card(g.pos, g.p.Locals[id].Type))
	}
	return n
}

// attempt runs do, and gives what it refused.
func attempt(do func()) (why string) {
	defer func() {
		if r := recover(); r != nil {
			refused, ok := r.(*Refused)
			if !ok {
				panic(r)
			}
			why = refused.Msg
		}
	}()
	do()
	return ""
}

// fairness writes the assumptions.
func (g *exporter) fairness(now env) string {
	return attempt(func() {
		size := 0
		for i := range g.p.Actions {
			a := &g.p.Actions[i]
			if a.Fairness == "" {
				continue
			}
			g.pos = a.Pos
			if a.Strong {
				refuse(a.Pos, "under strong fairness, of which SPIN makes no automaton in reasonable time")
			}
			ts := []*types.Type{}
			for _, k := range a.PerValue {
				ts = append(ts, g.p.Locals[a.Params[k]].Type)
			}
			for _, values := range g.products(ts) {
				given := make([]*value, len(a.Params))
				for j, k := range a.PerValue {
					given[k] = &values[j]
				}
				enabled, happened := g.event(i, given, now)
				size += len(enabled.s)
				if size > maxFairness {
					refuse(a.Pos, "assumptions of fairness that are too long once they are written out")
				}
				g.runs.fair = append(g.runs.fair, or(not(enabled), happened).s)
			}
		}
		if len(g.runs.fair) > 250 {
			refuse(g.pos, "more than 250 assumptions of fairness")
		}
	})
}

// event tells of some instances of an action, those with the arguments given, that a step of one can be taken, and that the step
// which led here was of one.
func (g *exporter) event(action int, given []*value, now env) (enabled, happened ex) {
	a := &g.p.Actions[action]
	ts := []*types.Type{}
	for _, id := range a.Params {
		ts = append(ts, g.p.Locals[id].Type)
	}
	enabled, happened = truth(false), truth(false)
	id := ex{s: "happened", prec: atomPrec, lo: 0, hi: maxInteger}
	g.concrete = true
	defer func() { g.concrete = false }()
	from, to := int64(-1), int64(-1) // a stretch of numbers
	close := func() {
		switch {
		case from < 0:
		case from == to:
			happened = or(happened, eq(id, num(from)))
		default:
			happened = or(happened, within(id, from, to))
		}
		from = -1
	}
	for k, args := range g.products(ts) {
		fits := true
		for i := range given {
			fits = fits && (given[i] == nil || g.same(*given[i], args[i]).yes())
		}
		if !fits {
			close()
			continue
		}
		number := g.runs.base[action] + int64(k) + 1
		if from < 0 {
			from = number
		}
		to = number
		w := way{guard: truth(true), names: map[string]bool{}, nat: now, sym: now}
		for i, p := range a.Params {
			w.nat, w.sym = w.nat.bind(p, args[i]), w.sym.bind(p, args[i])
		}
		x, ok := g.truthOf(a.Guard, w.sym)
		for _, w := range g.ways(a.Body, w.under(x, ok), false) {
			enabled = checked(g.pos, or(enabled, w.guard))
		}
	}
	close()
	return enabled, happened
}

// instancesOf writes a formula of SPIN for each value of the quantifiers that stand outermost.
func (g *exporter) instancesOf(name string, f *ir.Formula, now env) string {
	return attempt(func() {
		var texts []string
		var each func(f *ir.Formula, n env)
		each = func(f *ir.Formula, n env) {
			if f.Op == ir.ForallFormula {
				for _, r := range g.rounds(f.Binders, f.Where, n) {
					if r.when.yes() {
						each(f.Args[0], r.env)
					}
				}
				return
			}
			size := 0
			text := g.formula(f, n, &size)
			if size > maxFormula {
				refuse(f.Pos, fmt.Sprintf("a formula of more than %d operators, of which SPIN makes no automaton in reasonable time", maxFormula))
			}
			texts = append(texts, text)
		}
		each(f, now)
		if len(texts) > 64 {
			refuse(f.Pos, "a property of more than 64 instances")
		}
		for i, text := range texts {
			base := name
			if len(texts) > 1 {
				base = fmt.Sprintf("%s_%d", name, i+1)
			}
			base = g.fresh(base)
			if len(g.runs.fair) > 0 {
				text = "[]<>(turn == 0) -> " + text
			}
			g.runs.ltl = append(g.runs.ltl, "ltl "+base+" { (happened == -1) U ((happened != -1) && ("+text+")) } /* "+types.Pos(g.pos)+" */")
			g.model.Runs = append(g.model.Runs, Run{name, base})
		}
	})
}

var operators = map[ir.FormulaOp]string{
	ir.AndFormula: "&&", ir.OrFormula: "||", ir.ImpliesFormula: "->", ir.IffFormula: "<->",
	ir.UntilFormula: "U", ir.ReleaseFormula: "V", ir.NotFormula: "!", ir.AlwaysFormula: "[]", ir.EventuallyFormula: "<>",
}

// formula writes a formula of SPIN, in parentheses.
func (g *exporter) formula(f *ir.Formula, n env, size *int) string {
	*size++
	switch f.Op {
	case ir.StateFormula:
		x, ok := g.truthOf(f.Expr, n)
		if !ok.yes() {
			refuse(f.Expr.Pos, "a condition that may have no value, in a property of runs")
		}
		return g.condition(x, f)
	case ir.HappensFormula:
		refuse(f.Pos, "which asks for the next step (happens): SPIN has no next")
	case ir.NextFormula:
		refuse(f.Pos, "which asks for the next step (next): SPIN has no next")
	case ir.EnabledFormula:
		given := make([]*value, len(g.p.Actions[f.Event.Action].Params))
		for i, a := range f.Event.Args {
			if a != nil {
				v, _ := g.eval(a, n)
				given[i] = &v
			}
		}
		enabled, _ := g.event(f.Event.Action, given, n)
		return g.condition(enabled, f)
	case ir.ForallFormula, ir.ExistsFormula:
		op, out := " && ", []string{}
		if f.Op == ir.ExistsFormula {
			op = " || "
		}
		for _, r := range g.rounds(f.Binders, f.Where, n) {
			if r.when.yes() {
				out = append(out, g.formula(f.Args[0], r.env, size))
			}
		}
		if len(out) == 0 {
			return fmt.Sprint(f.Op == ir.ForallFormula)
		}
		return "(" + strings.Join(out, op) + ")"
	case ir.CanFormula:
		refuse(f.Pos, "which speaks of what can be reached (can)")
	case ir.LeadsToFormula:
		return "([] (" + g.formula(f.Args[0], n, size) + " -> <> " + g.formula(f.Args[1], n, size) + "))"
	case ir.WeakUntilFormula:
		a, b := g.formula(f.Args[0], n, size), g.formula(f.Args[1], n, size)
		return "((" + a + " U " + b + ") || [] " + a + ")"
	}
	op := operators[f.Op]
	if len(f.Args) == 1 {
		return "(" + op + " " + g.formula(f.Args[0], n, size) + ")"
	}
	return "(" + g.formula(f.Args[0], n, size) + " " + op + " " + g.formula(f.Args[1], n, size) + ")"
}

// condition is a name for a condition of one state.
func (g *exporter) condition(x ex, f *ir.Formula) string {
	if x.known() {
		return fmt.Sprint(x.yes())
	}
	if strings.Contains(x.s, "->") {
		refuse(f.Pos, "a condition with a choice between values (if) in it, which formulas of SPIN have not")
	}
	return "(" + x.s + ")"
}

// running is what stands at the end of every step of an action.
func (g *exporter) running(action int, args []value) []string {
	if g.runs == nil {
		return nil
	}
	number := num(0)
	for _, a := range args {
		r, _ := g.rank(a)
		number = add(mul(number, num(int64(card(g.pos, a.t)))), r)
	}
	return []string{"#ifdef RUNS", "happened = " + add(number, num(g.runs.base[action]+1)).s + ";", "Turn();", "#endif"}
}

// turning declares what properties of runs need.
func (g *exporter) turning() []string {
	if g.runs == nil {
		return nil
	}
	out := []string{"#ifdef RUNS", "int happened = -1; /* the number of the instance whose step led here, or 0 */"}
	if len(g.runs.fair) > 0 {
		out = append(out, "byte turn; /* of the assumptions of weak fairness, from 1; 0 when all were met once more */")
	}
	out = append(out, "inline Turn() {")
	if k := len(g.runs.fair); k > 0 {
		out = append(out, "  if :: turn == 0 -> turn = 1 :: else fi;")
		for i, f := range g.runs.fair {
			out = append(out, fmt.Sprintf("  if :: turn == %d && (%s) -> turn = %d :: else fi;", i+1, f, (i+2)%(k+1)))
		}
	} else {
		out = append(out, "  skip")
	}
	out = append(out, "}")
	out = append(out, g.runs.ltl...)
	return append(out, "#endif")
}
