package report

import (
	"fmt"
	"strings"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
)

// Runs is what there is to say of a property of whole runs beside its verdict and its trace.
type Runs struct {
	Values    Object     `json:"values"`              // of the quantified variables, where the property is violated or a wait is longest
	Shows     string     `json:"shows,omitempty"`     // of a violated can: unreachable or reached, what the trace shows of its last state
	Promise   *int       `json:"promise,omitempty"`   // the step of the trace in whose state the promise is made, or the wait begins
	Fairness  []Fairness `json:"fairness,omitempty"`  // that the loop of the trace meets
	Rescue    []string   `json:"rescue,omitempty"`    // assumptions that were not made and under which the property would hold
	Endless   bool       `json:"endless,omitempty"`   // a wait may last for ever, or there is no longest one
	Unreduced string     `json:"unreduced,omitempty"` // why it was decided on all states in spite of symmetry or partial order
	Tautology bool       `json:"tautology,omitempty"` // it is true of every run of any system
	Unneeded  []string   `json:"unneeded,omitempty"`  // parts that might be false everywhere and it would hold all the same
	Idle      []string   `json:"idle,omitempty"`      // conditions that might be true everywhere and it would hold all the same
	Untried   int        `json:"untried,omitempty"`   // parts of which it was not found out whether they matter
}

// Fairness says how the loop of a trace meets an assumption: by a step that is taken, or in that no step that it asks for
// is enabled in the state after a step; with Strong, in none of the loop.
type Fairness struct {
	Text   string `json:"text"`
	Strong bool   `json:"strong"`
	Taken  bool   `json:"taken"`
	Step   int    `json:"step"`
}

// runs gives what there is to say of a finding, nil where it is about states and steps.
func runs(f checker.Finding) *Runs {
	switch f.Property.Kind {
	case model.LTL, model.Can, model.Within, model.Longest:
	default:
		return nil
	}
	r := &Runs{Values: Object(f.Values), Rescue: f.Rescue, Endless: f.Endless, Unreduced: f.Unreduced, Tautology: f.Tautology, Unneeded: f.Unneeded, Idle: f.Idle, Untried: f.Untried}
	switch f.Shows {
	case checker.Unreachable:
		r.Shows = "unreachable"
	case checker.Reached:
		r.Shows = "reached"
	}
	if f.Trace != nil {
		r.Promise = &f.Promise
	}
	for _, k := range f.Kept {
		r.Fairness = append(r.Fairness, Fairness(k))
	}
	return r
}

// waits tells whether the value of a bound is a waiting time.
func waits(k model.Kind) bool { return k == model.Within || k == model.Longest }

// where says of which instance of a property a verdict speaks.
func (r *Runs) where() string {
	if r == nil || len(r.Values) == 0 {
		return ""
	}
	var out []string
	for _, v := range r.Values {
		out = append(out, v.Name+"="+v.Value.String())
	}
	return " for " + strings.Join(out, ", ")
}

// endless says that there is no longest wait.
func (r *Runs) endless(k model.Kind) string {
	if k == model.Within { // every fair run ends each of them
		return "there is no longest wait"
	}
	return "a wait may last for ever"
}

// runsVerdict gives the word of a verdict on whole runs and what follows it; whole says what it rests on.
func (p Property) runsVerdict(whole string) (word, rest string) {
	found, known := p.Bound.found()
	if known {
		found += ", " + p.Bound.limit()
	}
	unreduced := ""
	if p.Runs.Unreduced != "" {
		unreduced = "decided on all states, since " + p.Runs.Unreduced
		whole += ", " + unreduced
	}
	switch {
	case p.Verdict == checker.Holds && p.Vacuous:
		return "holds", " vacuously (" + whole + ")"
	case p.Verdict == checker.Holds && known:
		return "holds", " (" + found + "; " + whole + ")"
	case p.Verdict == checker.Holds:
		return "holds", " (" + whole + ")"
	case p.Trace != nil && p.Trace.Loop > 0:
		rest = " " + lasso(p.Trace)
	default:
		rest = " " + in(p.Steps)
	}
	rest += p.Runs.where()
	switch {
	case known:
		rest += " (" + found + ")"
	case p.Runs.Endless:
		rest += " (" + p.Runs.endless(p.Kind) + ")"
	}
	if unreduced != "" {
		rest += " (" + unreduced + ")"
	}
	return "violated", rest
}

// lasso says how long a run without end is. One that has stopped may be shown to stand still for a while before its loop.
func lasso(t *Trace) string {
	stem, loop := t.Loop-1, len(t.Steps)-t.Loop
	stops := t.Steps[t.Loop].Step.Action == ""
	for stops && stem > 0 && t.Steps[stem].Step.Action == "" {
		stem--
	}
	switch {
	case stops && stem == 0:
		return "by staying in an initial state"
	case stops:
		return "by stopping after " + Count(int64(stem), "step")
	case stem == 0:
		return "by a loop of " + Count(int64(loop), "step")
	default:
		return fmt.Sprintf("by %s and a loop of %s", Count(int64(stem), "step"), Number(int64(loop)))
	}
}

// notes gives what is to be remarked at single steps of the trace of a property.
func (p Property) notes() map[int]string {
	if p.Runs == nil || p.Runs.Promise == nil {
		return nil
	}
	at := *p.Runs.Promise
	switch {
	case p.Kind == model.Can:
		switch p.Runs.Shows {
		case "unreachable":
			return map[int]string{at: "from here it cannot be reached"}
		case "reached":
			return map[int]string{at: "it is reached"}
		}
	case waits(p.Kind):
		return map[int]string{at: "the wait begins"}
	case p.Verdict == checker.Violated && at > 0:
		return map[int]string{at: "from here on it is not kept"}
	}
	return nil
}

// writeFairness says why a run counts although fairness is assumed, and what would rule it out.
func (r *Runs) writeFairness(b *strings.Builder) {
	if r == nil {
		return
	}
	if len(r.Fairness) > 0 {
		b.WriteString("  the loop is fair\n")
	}
	for _, f := range r.Fairness {
		how := fmt.Sprintf("taken in step %d", f.Step)
		switch {
		case f.Taken:
		case f.Strong:
			how = "never enabled in the loop"
		default:
			how = fmt.Sprintf("not enabled after step %d", f.Step)
		}
		fmt.Fprintf(b, "    %s: %s\n", f.Text, how)
	}
	if len(r.Rescue) > 0 {
		fmt.Fprintf(b, "  it would hold with %s\n", strings.Join(r.Rescue, " and "))
	}
}

// warnings says in what way the property says less than it seems to.
func (r *Runs) warnings(name string) (out []string) {
	if r == nil {
		return nil
	}
	if r.Tautology {
		out = append(out, name+" says nothing: it is true of every run of any system")
	}
	for _, text := range r.Unneeded {
		out = append(out, fmt.Sprintf("%s would hold even if `%s` were never true", name, text))
	}
	for _, text := range r.Idle {
		out = append(out, fmt.Sprintf("%s would hold even if `%s` were always true", name, text))
	}
	if r.Untried > 0 {
		out = append(out, fmt.Sprintf("whether %s of %s matter was not found out", Count(int64(r.Untried), "part"), name))
	}
	return out
}
