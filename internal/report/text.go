package report

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
)

// WriteText writes the report for people: what was checked, a line for each property, the run and the reasons behind
// each violation, how often each action was taken, warnings, and a closing sentence.
func (r *Report) WriteText(w io.Writer, style Style) error {
	b := &strings.Builder{}
	r.head(b, style)
	r.verdicts(b, style)
	for _, p := range r.Properties {
		if p.Verdict == checker.Violated {
			violation(b, p, style)
		} else if (p.Trace != nil || p.Ending != nil) && p.Kind != model.Mutant {
			witness(b, p, style)
		}
	}
	r.coverage(b, style)
	r.warnings(b, style)
	r.closing(b, style)
	_, err := io.WriteString(w, b.String())
	return err
}

// Heading is the line that names a system, the file that says something of it, its configuration and its constants.
func Heading(info *model.Info, file string) string {
	b := &strings.Builder{}
	heading(b, info.Name, file, info.Config, Object(info.Constants), Style{})
	return b.String()
}

// heading names a model, where it stands, and its constants.
func heading(b *strings.Builder, name, file, config string, list Object, style Style) {
	b.WriteString(style.paint(bold, name))
	var where []string
	if file != "" {
		where = append(where, file)
	}
	if config != "" {
		where = append(where, "config "+config)
	}
	if len(where) > 0 {
		fmt.Fprintf(b, "  (%s)", strings.Join(where, ", "))
	}
	if len(list) > 0 {
		b.WriteString("  " + constants(list))
	}
	b.WriteByte('\n')
}

func (r *Report) head(b *strings.Builder, style Style) {
	heading(b, r.Model, r.File, r.Config, r.Constants, style)
	s := r.States
	upTo := ""
	switch {
	case r.Search.Loose:
		upTo = " up to symmetry, some more than once,"
	case r.Search.Symmetry:
		upTo = " up to symmetry"
	case r.Search.POR:
		upTo = " met by partial-order reduction"
	}
	if n := len(r.Slices); n > 0 {
		upTo += " of " + Count(int64(n), "slice")
	}
	fmt.Fprintf(b, "%s%s (%s initial), %s generated, depth %s",
		Count(s.Distinct, "distinct state"), upTo, Number(s.Initial), Number(s.Generated), Number(int64(s.Depth)))
	if s.Terminal > 0 {
		fmt.Fprintf(b, ", %s terminal", Number(s.Terminal))
	}
	elapsed := time.Duration(r.Search.Seconds * float64(time.Second))
	fmt.Fprintf(b, "\n%s, %s", Elapsed(elapsed), Count(int64(r.Search.Workers), "worker"))
	// A rate over a few milliseconds says nothing about the engine.
	if elapsed >= 100*time.Millisecond {
		fmt.Fprintf(b, ", %s states/s", Number(int64(float64(s.Distinct)/elapsed.Seconds())))
	}
	fmt.Fprintf(b, ", %s at the peak", Bytes(r.Search.PeakBytes))
	if r.Search.DiskBytes > 0 {
		fmt.Fprintf(b, ", %s on disk", Bytes(r.Search.DiskBytes))
	}
	b.WriteByte('\n')
	if n := r.Search.RunStates; n > 0 && !r.Search.Symmetry && (n != s.Distinct || r.Search.DiskBytes > 0) {
		fmt.Fprintf(b, "%s, in memory\n", r.decidedOn(n))
	}
	if !r.Exhaustive {
		b.WriteString(style.paint(doubt, "not exhaustive: "+orUnknown(r.Reason)) + "\n")
	}
	r.slices(b)
}

// decidedOn says on how many states properties of runs were decided.
func (r *Report) decidedOn(states int64) string {
	all := "all "
	if r.Search.POR { // a property says so
		all = ""
	}
	return "properties of runs decided on " + all + Count(states, "state")
}

// slices says what was left out of which search.
func (r *Report) slices(b *strings.Builder) {
	for i, s := range r.Slices {
		if i == 0 {
			b.WriteByte('\n')
		}
		without := "with all variables and actions"
		switch {
		case len(s.LeftOut) > 0 && len(s.Idle) > 0:
			without = "without " + strings.Join(s.LeftOut, ", ") + " and the actions " + strings.Join(s.Idle, ", ")
		case len(s.LeftOut) > 0:
			without = "without " + strings.Join(s.LeftOut, ", ")
		case len(s.Idle) > 0:
			without = "without the actions " + strings.Join(s.Idle, ", ")
		}
		if s.RunStates > 0 && s.RunStates != s.Distinct {
			without += "; " + r.decidedOn(s.RunStates)
		}
		fmt.Fprintf(b, "%s: %s, %s\n", strings.Join(s.Properties, ", "), Count(s.Distinct, "state"), without)
	}
}

func constants(list Object) string {
	var out []string
	for _, c := range list {
		out = append(out, c.Name+" = "+c.Value.String())
	}
	return strings.Join(out, ", ")
}

func orUnknown(reason string) string {
	if reason == "" {
		return "the search ended early"
	}
	return reason
}

func (r *Report) verdicts(b *strings.Builder, style Style) {
	if len(r.Properties) == 0 {
		b.WriteString("\nno property was checked\n")
		return
	}
	names, kinds := 0, 0
	for _, p := range r.Properties {
		names = max(names, utf8.RuneCountInString(p.title()))
		kinds = max(kinds, len(p.kind()))
	}
	b.WriteByte('\n')
	for _, p := range r.Properties {
		word, rest := r.verdict(p)
		fmt.Fprintf(b, "%s  %s  %s%s\n", style.paint(faint, pad(p.kind(), kinds)), pad(p.title(), names),
			style.paint(color(p.Verdict), word), rest)
	}
}

// title is the name by which a line speaks of a property. "deadlock holds" would say the opposite of what it means.
func (p Property) title() string {
	switch p.Kind {
	case model.Deadlock:
		return "no deadlock"
	case model.FaultFree:
		return "no fault"
	default:
		return p.Name
	}
}

func (p Property) kind() string {
	if p.Kind == model.Deadlock || p.Kind == model.FaultFree {
		return ""
	}
	return string(p.Kind)
}

func color(v checker.Verdict) string {
	switch v {
	case checker.Holds:
		return good
	case checker.Violated:
		return bad
	default:
		return doubt
	}
}

// verdict gives the word of a verdict line and what follows it.
func (r *Report) verdict(p Property) (word, rest string) {
	states, all := r.searched(p.Name)
	whole := Count(states, "state")
	if all {
		whole = "exhaustive, " + whole
	}
	switch p.Kind {
	case model.Mutant:
		return p.mutantVerdict()
	case model.Reachable:
		switch p.Verdict {
		case checker.Holds:
			return "holds", " (reached " + in(p.Steps) + ")"
		case checker.Violated:
			return "violated", " (never reached; " + whole + ")"
		}
	case model.Bound:
		if found, ok := p.Bound.found(); ok && p.Verdict != checker.Undecided {
			if p.Verdict == checker.Holds {
				return "holds", fmt.Sprintf(" (%s, %s; %s)", found, p.Bound.limit(), whole)
			}
			return "violated", fmt.Sprintf(" %s (%s, %s)", in(p.Steps), found, p.Bound.limit())
		}
	case model.LTL, model.Can, model.Within, model.Longest:
		if p.Verdict != checker.Undecided {
			if n := r.ofRuns(p.Name); n > 0 && (!r.Search.Symmetry || p.Runs.Unreduced != "") {
				whole = "exhaustive, " + Count(n, "state")
				if r.Search.POR && p.Runs.Unreduced == "" {
					whole += " met"
				}
			}
			return p.runsVerdict(whole)
		}
	case model.Isolated:
		if r.Search.Symmetry || r.Search.POR {
			whole = "exhaustive, decided on all states"
		}
	}
	switch p.Verdict {
	case checker.Holds:
		if p.Vacuous {
			return "holds", " vacuously (" + whole + ")"
		}
		return "holds", " (" + whole + ")"
	case checker.Violated:
		return "violated", " " + in(p.Steps)
	default:
		rest, sep := " ("+orUnknown(p.Reason), "; "
		if !all { // otherwise all states were seen
			rest, sep = rest+"; "+Count(states, "state")+" seen", ", "
		}
		if found, ok := p.Bound.found(); ok {
			rest += sep + found + " so far"
		}
		return "undecided", rest + ")"
	}
}

// violatedAnyway is the end of the reason why a mutant is undecided that breaks what is violated without it.
const violatedAnyway = " is violated without it, too"

func (p Property) mutantVerdict() (word, rest string) {
	states := Count(p.Mutant.Distinct, "state")
	switch p.Verdict {
	case checker.Holds:
		if p.Mutant.BreaksKind == model.Reachable {
			return "killed", " by " + p.Mutant.Breaks + " (never reached; exhaustive, " + states + ")"
		}
		return "killed", " by " + p.Mutant.Breaks + " " + in(p.Steps)
	case checker.Violated:
		return "survives", fmt.Sprintf(" (%s still holds; exhaustive, %s)", p.Mutant.Breaks, states)
	default:
		reason := orUnknown(p.Mutant.Reason)
		if strings.HasSuffix(reason, violatedAnyway) { // how many states that took depends on the workers
			return "undecided", " (" + reason + ")"
		}
		if strings.HasPrefix(reason, evaluationFails) {
			reason = p.Mutant.Breaks + ": " + reason
		}
		return "undecided", " (" + reason + "; " + states + " seen)"
	}
}

func (o *Bound) found() (string, bool) {
	if o == nil || o.Extreme == nil {
		return "", false
	}
	if o.wait {
		return "longest wait " + Number(*o.Extreme), true
	}
	if o.AtLeast {
		return "least value " + Number(*o.Extreme), true
	}
	return "greatest value " + Number(*o.Extreme), true
}

func (o *Bound) limit() string {
	if o.AtLeast {
		return "at least " + Number(o.Limit)
	}
	return "at most " + Number(o.Limit)
}

// in says how far from the start the end of a run is.
func in(steps int) string {
	if steps == 0 {
		return "in an initial state"
	}
	return "in " + Count(int64(steps), "step")
}

// violation tells why a property is violated: its text, the message of a fault, and the run that leads there.
func violation(b *strings.Builder, p Property, style Style) {
	b.WriteByte('\n')
	head := p.Name + " is violated"
	switch p.Kind {
	case model.Mutant:
		head = p.Name + " survives"
	case model.Deadlock:
		head = "a deadlock: no action is enabled, and the model does not accept the state as an end"
	case model.FaultFree:
		head = "a fault"
	}
	b.WriteString(style.paint(bad, head))
	if p.Position != "" {
		b.WriteString(style.paint(faint, "  "+p.Position))
	}
	b.WriteByte('\n')
	if p.Kind == model.Mutant {
		fmt.Fprintf(b, "  a fault in %s that %s does not notice", p.Mutant.Action, p.Mutant.Breaks)
		if p.Mutant.Config != "" {
			b.WriteString(" under config " + p.Mutant.Config)
		}
		b.WriteByte('\n')
		return
	}
	if text := strings.TrimSpace(p.Text); text != "" {
		b.WriteString("  " + strings.ReplaceAll(text, "\n", "\n  ") + "\n")
	}
	if where := p.Runs.where(); where != "" {
		b.WriteString(" " + where + "\n")
	}
	if p.Message != "" && p.Bound == nil { // that of a bound repeats the value in its verdict
		message := p.Message
		if p.FaultPosition != "" {
			message = p.FaultPosition + ": " + message
		}
		b.WriteString("  " + message + "\n")
	}
	if p.Isolated != nil && p.Isolated.Experiment != nil {
		p.Isolated.Experiment.write(b, style)
	} else if p.Trace != nil {
		writeRun(b, (*model.Trace)(p.Trace), 0, p.notes(), p.Why, style)
	}
	p.Runs.writeFairness(b)
	ending(b, p, style)
}

// ending shows what is known of a run that was not found again.
func ending(b *strings.Builder, p Property, style Style) {
	if p.Ending == nil {
		return
	}
	b.WriteString("  the way there was not found again by this lossy search, nor by an exact one within its limits\n")
	writeRun(b, (*model.Trace)(p.Ending), max(0, p.Steps-len(p.Ending.Steps)+1), nil, p.Why, style)
}

// witness shows a run to what a property asks for, or to the extreme value of a bound.
func witness(b *strings.Builder, p Property, style Style) {
	b.WriteByte('\n')
	head := p.Name + " is reached"
	if found, ok := p.Bound.found(); ok {
		head = p.Name + ": " + found + p.Runs.where()
	}
	b.WriteString(style.paint(good, head))
	if p.Position != "" {
		b.WriteString(style.paint(faint, "  "+p.Position))
	}
	b.WriteByte('\n')
	if p.Trace != nil {
		writeRun(b, (*model.Trace)(p.Trace), 0, p.notes(), nil, style)
	}
	ending(b, p, style)
}

func (r *Report) coverage(b *strings.Builder, style Style) {
	if len(r.Actions) == 0 {
		return
	}
	names, fired, fresh := len("action"), len("fired"), len("new")
	for _, a := range r.Actions {
		names = max(names, utf8.RuneCountInString(a.Name))
		fired = max(fired, len(Number(a.Fired)))
		fresh = max(fresh, len(Number(a.New)))
	}
	row := func(name, f, n string) string {
		return pad(name, names) + "  " + padLeft(f, fired) + "  " + padLeft(n, fresh)
	}
	b.WriteString("\n" + style.paint(faint, row("action", "fired", "new")) + "\n")
	for _, a := range r.Actions {
		b.WriteString(row(a.Name, Number(a.Fired), Number(a.New)) + "\n")
	}
}

func (r *Report) warnings(b *strings.Builder, style Style) {
	list := r.Warnings()
	if len(list) > 0 {
		b.WriteByte('\n')
	}
	for _, text := range list {
		b.WriteString(style.paint(doubt, "warning:") + " " + text + "\n")
	}
	if len(r.Assumptions) > 0 {
		b.WriteString("\nthe verdict assumes\n")
		for _, a := range r.Assumptions {
			b.WriteString("  " + a + "\n")
		}
	}
}

// Warnings names what makes a verdict worth less than it looks: actions that are never taken, and properties whose
// condition is never met.
func (r *Report) Warnings() []string {
	var out []string
	so := ""
	if !r.Exhaustive {
		so = " in the states seen"
	}
	if r.States.Distinct > 0 {
		for _, a := range r.Actions {
			switch {
			case a.Fired > 0, r.Search.POR: // then nothing need depend on whether it is taken
			case a.Faulted:
				out = append(out, "action "+a.Name+" never fires"+so+": every attempt faults")
			default:
				out = append(out, "action "+a.Name+" never fires"+so)
			}
		}
	}
	for _, p := range r.Properties {
		for _, text := range p.NeverMet {
			out = append(out, fmt.Sprintf("%s says nothing: its condition `%s` is never true", p.Name, text))
		}
		out = append(out, p.Runs.warnings(p.Name)...)
	}
	return out
}

func (r *Report) closing(b *strings.Builder, style Style) {
	var violated, undecided []string
	for _, p := range r.Properties {
		switch p.Verdict {
		case checker.Violated:
			violated = append(violated, p.Name)
		case checker.Undecided:
			undecided = append(undecided, p.Name)
		}
	}
	b.WriteByte('\n')
	total := int64(len(r.Properties))
	switch r.Verdict {
	case checker.Violated:
		fmt.Fprintf(b, "%s %s of %s: %s\n", style.paint(bad, "violated:"), Number(int64(len(violated))),
			Count(total, "property"), strings.Join(violated, ", "))
	case checker.Undecided:
		fmt.Fprintf(b, "%s %s; this is not a verdict", style.paint(doubt, "undecided:"), orUnknown(r.why()))
		if len(undecided) > 0 {
			fmt.Fprintf(b, " on %s", strings.Join(undecided, ", "))
		}
		b.WriteByte('\n')
	default:
		fmt.Fprintf(b, "%s %s (exhaustive, %s)\n", style.paint(good, "holds:"), Count(total, "property"),
			Count(r.States.Distinct, "state"))
	}
}

// why gives the reason of the first search that ended early, or why a property is undecided all the same.
func (r *Report) why() string {
	if r.Reason != "" {
		return r.Reason
	}
	for _, p := range r.Properties {
		switch {
		case p.Verdict != checker.Undecided:
		case p.Mutant != nil:
			return "mutant " + p.Name + ": " + orUnknown(p.Mutant.Reason)
		default:
			return p.Name + ": " + orUnknown(p.Reason)
		}
	}
	return ""
}
