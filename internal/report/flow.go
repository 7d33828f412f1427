package report

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
)

// Isolated is what there is to say of a property about domains beside its verdict.
type Isolated struct {
	Domains    []Domain    `json:"domains"`
	Experiment *Experiment `json:"experiment,omitempty"` // that shows a violation
}

// Domain is what was found out about one domain, with the three conditions of the unwinding theorem. Where it is isolated they
// are those of an equivalence of Classes classes; where it is not, those of the relation of states in which it sees the same.
type Domain struct {
	Domain            string          `json:"domain"`
	By                []string        `json:"by"`            // the domains that may not affect it, but through
	Via               []string        `json:"via,omitempty"` // these others
	Verdict           checker.Verdict `json:"verdict"`
	Views             int             `json:"views"`   // how many different things it sees
	Classes           int             `json:"classes"` // of states that nothing it does can tell apart, or 0
	Steps             int64           `json:"steps"`   // of those domains that change the state, as far as they were gone through
	OutputConsistency bool            `json:"output_consistency"`
	StepConsistency   bool            `json:"step_consistency"`
	LocalRespect      bool            `json:"local_respect"`
}

// Experiment is two runs side by side that differ in one step; see checker.Experiment.
type Experiment checker.Experiment

// isolated gives what there is to say of a finding, nil where it is not about domains.
func isolated(f checker.Finding) *Isolated {
	if len(f.Unwound) == 0 {
		return nil
	}
	out := &Isolated{Experiment: (*Experiment)(f.Experiment)}
	for _, u := range f.Unwound {
		d := Domain{
			Domain: u.Domain, By: u.By, Via: u.Via, Verdict: checker.Holds, Views: u.Views, Classes: u.Classes, Steps: u.Steps,
			OutputConsistency: true, StepConsistency: !u.Holds && u.Direct || u.Holds, LocalRespect: u.Holds || !u.Direct,
		}
		if !u.Holds {
			d.Verdict, d.Classes = checker.Violated, 0
		}
		out.Domains = append(out.Domains, d)
	}
	return out
}

type jsonLane struct {
	Taken bool   `json:"taken"`
	State Object `json:"state"`
	Sees  Object `json:"sees"`
}

type jsonRow struct {
	Action   string   `json:"action"` // "" in the first row, which is the initial state
	Args     Object   `json:"args"`
	Choices  Object   `json:"choices,omitempty"`
	Position string   `json:"position,omitempty"`
	With     jsonLane `json:"with"`
	Without  jsonLane `json:"without"`
}

// MarshalJSON gives {"domain": …, "by": […], "removed": n, "channel": […], "acts": […], "rows": […]}.
func (x *Experiment) MarshalJSON() ([]byte, error) {
	out := struct {
		Domain  string    `json:"domain"`
		By      []string  `json:"by"` // whose step is left out
		Via     []string  `json:"via,omitempty"`
		Removed int       `json:"removed"` // the row of that step
		Channel []string  `json:"channel"`
		Acts    []string  `json:"acts,omitempty"`
		Rows    []jsonRow `json:"rows"`
	}{x.Domain, x.By, x.Via, x.Removed, append([]string{}, x.Channel...), x.Acts, nil}
	lane := func(l checker.Lane) jsonLane { return jsonLane{l.Taken, Object(l.State), Object(l.Sees)} }
	for _, r := range x.Rows {
		out.Rows = append(out.Rows, jsonRow{
			r.Input.Action, Object(r.Input.Args), Object(r.Input.Choices), r.Input.Position, lane(r.With), lane(r.Without),
		})
	}
	return json.Marshal(out)
}

// write writes both runs, row by row, and what the domain sees at their end.
func (x *Experiment) write(b *strings.Builder, style Style) {
	by := strings.Join(x.By, " and ")
	fmt.Fprintf(b, "  %s can tell whether %s takes step %d", x.Domain, by, x.Removed)
	if len(x.Channel) > 0 {
		b.WriteString(", by " + strings.Join(x.Channel, ", "))
	}
	if len(x.Via) > 0 {
		b.WriteString(", and not through " + strings.Join(x.Via, " or "))
	}
	b.WriteString(": two runs, with it and without\n")
	number := len(strconv.Itoa(len(x.Rows) - 1))
	indent := strings.Repeat(" ", number+4)
	for i, r := range x.Rows {
		name := r.Input.String()
		if i == 0 {
			name = "initial state"
		}
		fmt.Fprintf(b, "  %s  %s", style.paint(faint, padLeft(strconv.Itoa(i), number)), style.paint(bold, name))
		if i == x.Removed {
			b.WriteString(style.paint(doubt, "  (by "+by+", in one run only)"))
		}
		b.WriteByte('\n')
		switch {
		case i == 0:
			for _, v := range r.With.State {
				writeValue(b, indent, v.Name, v.Value, nil, style)
			}
		case i <= x.Removed:
			writeStep(b, indent, x.Rows[i-1].With.State, r.With.State, style)
		default:
			writeLane(b, indent, "with it", x.Rows[i-1].With.State, r.With, style)
			writeLane(b, indent, "without", x.Rows[i-1].Without.State, r.Without, style)
		}
	}
	x.writeEnd(b, style)
}

// writeLane writes what a step changes in one of the runs.
func writeLane(b *strings.Builder, indent, head string, before []model.Binding, l checker.Lane, style Style) {
	text := "not enabled"
	if l.Taken {
		var parts []string
		for _, c := range model.Diff(before, l.State) {
			parts = append(parts, fmt.Sprintf("%s: %s -> %s", c.Path, style.paint(faint, c.From.String()), c.To))
		}
		if text = strings.Join(parts, ", "); text == "" {
			text = "nothing changes"
		}
	}
	fmt.Fprintf(b, "%s%s  %s\n", indent, head, text)
}

// writeEnd writes what the domain sees at the end of both runs.
func (x *Experiment) writeEnd(b *strings.Builder, style Style) {
	end := x.Rows[len(x.Rows)-1]
	fmt.Fprintf(b, "  what %s sees then, with it and without\n", x.Domain)
	names, values := 0, 0
	for i, v := range end.With.Sees {
		names = max(names, utf8.RuneCountInString(v.Name))
		values = max(values, utf8.RuneCountInString(end.With.Sees[i].Value.String()))
	}
	for i, v := range end.With.Sees {
		other := end.Without.Sees[i].Value
		mark := "  "
		if !v.Value.Equal(other) {
			mark = "* "
		}
		fmt.Fprintf(b, "  %s%s  %s  %s\n", mark, pad(v.Name, names), pad(v.Value.String(), values), other)
	}
	if len(x.Acts) > 0 {
		fmt.Fprintf(b, "  in one of them only, these may affect it: %s\n", strings.Join(x.Acts, ", "))
	}
	if (*checker.Experiment)(x).Direct() {
		b.WriteString(style.paint(faint, "  local respect fails: the step itself changes what it sees") + "\n")
	} else {
		b.WriteString(style.paint(faint, "  step consistency fails: the last step leads from states in which it sees the same to states in which it does not") + "\n")
	}
}
