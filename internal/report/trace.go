package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bulkheadlang/bulkhead/model"
)

// WriteTrace writes a run step by step: the initial state, then each action with its arguments and what it changed (with
// style.Full, every variable), and below it what changed of the abstract state that it is mapped to, if it is. The values of the parts of a violated formula in the last state follow, if there are any.
func WriteTrace(w io.Writer, t *model.Trace, why []Part, style Style) {
	writeRun(w, t, 0, nil, why, style)
}

// writeRun writes a run, or what is left of one from a step on, with notes at some steps.
func writeRun(w io.Writer, t *model.Trace, from int, notes map[int]string, why []Part, style Style) {
	b := &strings.Builder{}
	number := len(strconv.Itoa(max(0, from+len(t.Steps)-1)))
	indent := strings.Repeat(" ", number+4)
	var before, abstract []model.Binding
	for i, step := range t.Steps {
		name := step.Step.String()
		if i > 0 && step.Step.Action == "" {
			name = "the run stops: no fair action is enabled"
		}
		if i == 0 && step.Step.Action == "" {
			name = "initial state"
			if from > 0 {
				name = "a state that is reached"
			}
		}
		fmt.Fprintf(b, "  %s  %s", style.paint(faint, padLeft(strconv.Itoa(from+i), number)), style.paint(bold, name))
		if note := notes[i]; note != "" {
			b.WriteString(style.paint(doubt, "  ("+note+")"))
		}
		if t.Loop == i+1 {
			b.WriteString(style.paint(doubt, "  (the loop begins in this state)"))
		}
		b.WriteByte('\n')
		switch {
		case step.State == nil:
			b.WriteString(indent + "no outcome: its evaluation fails\n")
		case i > 0 && step.Step.Action == "":
		case before == nil:
			for _, v := range step.State {
				writeValue(b, indent, v.Name, v.Value, nil, style)
			}
		default:
			writeStep(b, indent, before, step.State, style)
		}
		if step.Abstract != nil {
			writeAbstract(b, indent, abstract, step.Abstract, style)
			abstract = step.Abstract
		}
		if step.State != nil {
			before = step.State
		}
	}
	if t.Loop >= 0 {
		fmt.Fprintf(b, "%sand again from step %d, for ever\n", indent, t.Loop)
	}
	writeWhy(b, why, style)
	io.WriteString(w, b.String())
}

// writeAbstract writes below a state what it is mapped to, or what of that a step changed.
func writeAbstract(b *strings.Builder, indent string, before, after []model.Binding, style Style) {
	indent += "  "
	if before == nil {
		for _, v := range after {
			writeValue(b, indent, v.Name, v.Value, nil, style)
		}
	} else if style.Full || len(model.Diff(before, after)) > 0 {
		writeStep(b, indent, before, after, style)
	}
}

func writeStep(b *strings.Builder, indent string, before, after []model.Binding, style Style) {
	if style.Full {
		for i, v := range after {
			var was *model.Value
			if i < len(before) {
				was = &before[i].Value
			}
			writeValue(b, indent, v.Name, v.Value, was, style)
		}
		return
	}
	changes := model.Diff(before, after)
	if len(changes) == 0 {
		b.WriteString(indent + style.paint(faint, "nothing changes") + "\n")
	}
	for _, c := range changes {
		fmt.Fprintf(b, "%s%s: %s -> %s\n", indent, c.Path, style.paint(faint, c.From.String()), c.To.String())
	}
}

// writeValue writes a variable on one line or, where that is too long, each of its parts on its own. What differs from
// was, if that is given, gets a star.
func writeValue(b *strings.Builder, indent, name string, v model.Value, was *model.Value, style Style) {
	line := name + " = " + v.String()
	composite := v.Shape == model.Map || v.Shape == model.Record
	if !composite || len(v.Elems) < 2 || len(indent)+utf8.RuneCountInString(line) <= style.width() {
		if was != nil && !was.Equal(v) {
			indent = indent[:len(indent)-2] + "* "
		}
		b.WriteString(indent + line + "\n")
		return
	}
	for i, e := range v.Elems {
		part := name + "[" + e.Key + "]"
		if v.Shape == model.Record {
			part = name + "." + e.Key
		}
		var before *model.Value
		if was != nil && was.Shape == v.Shape && i < len(was.Elems) {
			before = &was.Elems[i].Value
		}
		writeValue(b, indent, part, e.Value, before, style)
	}
}

// writeWhy lists the parts of a formula, deeper ones further to the right, with their values in a column.
func writeWhy(b *strings.Builder, why []Part, style Style) {
	if len(why) == 0 {
		return
	}
	b.WriteString("  because\n")
	const widest = 60
	column := 0
	for _, p := range why {
		if n := 2*p.Depth + utf8.RuneCountInString(p.Text); n <= widest {
			column = max(column, n)
		}
	}
	for _, p := range why {
		text := strings.Repeat("  ", p.Depth) + p.Text
		value := p.Value
		switch value {
		case "true":
			value = style.paint(good, value)
		case "false":
			value = style.paint(bad, value)
		}
		if p.Value == "" {
			fmt.Fprintf(b, "    %s\n", text)
			continue
		}
		fmt.Fprintf(b, "    %s  %s\n", pad(text, column), value)
	}
}
