// Package sequence draws the runs that a check comes back with as sequence diagrams, from top to bottom: in SVG, or in Mermaid for
// documents that draw it themselves.
//
// A run has a lane for the variables of the model and one for those of each part that it is built of; one that violates a
// refinement has a lane for the abstract model. An experiment has a lane for each of its two runs.
package sequence

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
)

// Diagram is what is drawn.
type Diagram struct {
	Title string
	Notes []string // below the title
	Lanes []string
	Rows  []Row
	Loop  int // the row that follows the last step once more, and so for ever, or -1
	Steps int // the rows that show steps, the first being the initial state; what follows them is about the last one
}

// Row is a step, and what it does in each lane.
type Row struct {
	Head  string
	Note  string // below the head
	Cells []Cell // one for each lane, or a single one that is true of all of them
}

// Cell is what a step does in a lane.
type Cell struct {
	Taken bool   // the step is one of this lane
	Idle  string // what there is to say where it is not
	Lines []Line
}

// Line is a line of a cell.
type Line struct {
	Text   string
	Marked bool // it differs from the other lane, or is what the run is about
	Faint  bool // it did not change
}

// Of draws the run that a finding comes with; nil where it has none. Title says of which model it is.
func Of(f checker.Finding, title string) *Diagram {
	title += ": " + f.Property.Name + " " + string(f.Verdict)
	switch {
	case f.Experiment != nil:
		return experiment(f.Experiment, title)
	case f.Trace != nil && len(f.Trace.Steps) > 0:
		return run(f, title)
	default:
		return nil
	}
}

// run draws a run.
func run(f checker.Finding, title string) *Diagram {
	t := f.Trace
	d := &Diagram{Title: title, Loop: t.Loop, Steps: len(t.Steps)}
	if len(f.Values) > 0 {
		var parts []string
		for _, v := range f.Values {
			parts = append(parts, v.Name+" = "+v.Value.String())
		}
		d.Notes = append(d.Notes, "for "+strings.Join(parts, ", "))
	}
	if f.Message != "" {
		d.Notes = append(d.Notes, f.Message)
	}
	parts, mapped := partsOf(t)
	for _, p := range parts {
		d.Lanes = append(d.Lanes, lane(p))
	}
	if mapped {
		d.Lanes = append(d.Lanes, "what it is mapped to")
	}
	var before, abstract []model.Binding
	for i, s := range t.Steps {
		row := Row{Head: head(i, s.Step)}
		switch {
		case s.State == nil:
			row.Cells = []Cell{{Taken: true, Lines: []Line{{Text: "no outcome: its evaluation fails", Marked: true}}}}
		case i > 0 && s.Step.Action == "":
			row.Head = fmt.Sprintf("%d the run stops", i)
			row.Cells = []Cell{{Taken: true, Lines: []Line{{Text: "no fair action is enabled"}}}}
		default:
			for _, p := range parts {
				row.Cells = append(row.Cells, changed(i == 0, of(before, p), of(s.State, p)))
			}
			if mapped {
				row.Cells = append(row.Cells, changed(abstract == nil, abstract, s.Abstract))
				abstract = s.Abstract
			}
			before = s.State
			nowhere(&row)
		}
		d.Rows = append(d.Rows, row)
	}
	if len(f.Parts) > 0 && f.Verdict == checker.Violated {
		d.Rows = append(d.Rows, because(f.Parts))
	}
	return d
}

// because is a row with the values of the parts of a violated formula.
func because(parts []model.Part) Row {
	var c Cell
	for _, p := range parts {
		text := strings.Repeat("  ", p.Depth) + p.Text
		if p.Value != "" {
			text += " is " + p.Value
		}
		c.Lines = append(c.Lines, Line{Text: text, Marked: p.Depth == 0})
	}
	return Row{Head: "because", Cells: []Cell{c}}
}

// partsOf lists the parts that the variables of a run belong to, in the order of their variables, and tells whether its states are mapped
// to some of an abstract model. The name of a variable begins with that of its part, and a dot.
func partsOf(t *model.Trace) (parts []string, mapped bool) {
	for _, s := range t.Steps {
		mapped = mapped || s.Abstract != nil
		for _, v := range s.State {
			if p := part(v.Name); !slices.Contains(parts, p) {
				parts = append(parts, p)
			}
		}
	}
	if len(parts) == 0 {
		parts = []string{""}
	}
	slices.SortStableFunc(parts, func(a, b string) int { return strings.Count(a+".", ".") - strings.Count(b+".", ".") })
	return parts, mapped
}

func part(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[:i]
	}
	return ""
}

func lane(part string) string {
	if part == "" {
		return "model"
	}
	return part
}

// of gives the variables of a part.
func of(state []model.Binding, p string) (out []model.Binding) {
	for _, v := range state {
		if part(v.Name) == p {
			out = append(out, v)
		}
	}
	return out
}

// changed gives what a step does to some variables, or all of them at the start.
func changed(start bool, before, after []model.Binding) Cell {
	c := Cell{Taken: true}
	if start {
		for _, v := range after {
			c.Lines = append(c.Lines, Line{Text: v.Name + " = " + v.Value.String()})
		}
		return c
	}
	for _, x := range model.Diff(before, after) {
		c.Lines = append(c.Lines, Line{Text: change(x)})
	}
	c.Taken = len(c.Lines) > 0
	return c
}

func change(c model.Change) string { return c.Path + ": " + c.From.String() + " → " + c.To.String() }

// nowhere sees that a step that changes nothing is one of the first lane.
func nowhere(r *Row) {
	for _, c := range r.Cells {
		if c.Taken {
			return
		}
	}
	r.Cells[0] = Cell{Taken: true, Lines: []Line{{Text: nothing, Faint: true}}}
}

const nothing = "nothing changes"

func head(i int, s model.StepText) string {
	if i == 0 {
		return "initial state"
	}
	return fmt.Sprintf("%d %s", i, s)
}

// experiment draws two runs side by side.
func experiment(x *checker.Experiment, title string) *Diagram {
	by := strings.Join(x.By, " and ")
	note := fmt.Sprintf("%s can tell whether %s takes step %d", x.Domain, by, x.Removed)
	if len(x.Channel) > 0 {
		note += ", by " + strings.Join(x.Channel, ", ")
	}
	d := &Diagram{
		Title: title, Notes: []string{note}, Loop: -1, Steps: len(x.Rows),
		Lanes: []string{fmt.Sprintf("with step %d", x.Removed), fmt.Sprintf("without step %d", x.Removed)},
	}
	for i, r := range x.Rows {
		row := Row{Head: head(i, r.Input)}
		switch {
		case i == 0:
			row.Cells = []Cell{changed(true, nil, r.With.State)}
		case i < x.Removed:
			row.Cells = []Cell{changed(false, x.Rows[i-1].With.State, r.With.State)}
			nowhere(&row)
		default:
			if i == x.Removed {
				row.Note = "by " + by + ", in one run only"
			}
			row.Cells = sideBySide(x.Rows[i-1], r)
			if i == x.Removed {
				row.Cells[1].Idle = "left out"
			}
		}
		d.Rows = append(d.Rows, row)
	}
	d.Rows = append(d.Rows, seen(x))
	return d
}

// sideBySide gives what an input does in both runs: line by line the parts of the state that it changes in one of them.
func sideBySide(before, after checker.Row) []Cell {
	changes := [2][]model.Change{
		model.Diff(before.With.State, after.With.State),
		model.Diff(before.Without.State, after.Without.State),
	}
	var paths []string
	for _, list := range changes {
		for _, c := range list {
			if !slices.Contains(paths, c.Path) {
				paths = append(paths, c.Path)
			}
		}
	}
	cells := make([]Cell, 2)
	for i, l := range []checker.Lane{after.With, after.Without} {
		c := &cells[i]
		if c.Taken = l.Taken; !l.Taken {
			c.Idle = "not enabled"
		}
		for _, path := range paths {
			line := Line{Faint: true, Marked: slices.ContainsFunc(after.Differ, func(d model.Change) bool { return d.Path == path })}
			if k := slices.IndexFunc(changes[i], func(c model.Change) bool { return c.Path == path }); k >= 0 {
				line.Text, line.Faint = change(changes[i][k]), false
			} else if v, ok := value(l.State, path); ok {
				line.Text = path + " = " + v.String()
			} else {
				continue
			}
			c.Lines = append(c.Lines, line)
		}
		if len(c.Lines) == 0 && c.Taken {
			c.Lines = []Line{{Text: nothing, Faint: true}}
		}
	}
	return cells
}

// value finds the part of a state that a change speaks of.
func value(state []model.Binding, path string) (v model.Value, ok bool) {
	for _, b := range state {
		if v, ok := within(b.Value, b.Name, path); ok {
			return v, true
		}
	}
	return v, false
}

func within(v model.Value, name, path string) (model.Value, bool) {
	if name == path {
		return v, true
	}
	if !strings.HasPrefix(path, name) {
		return v, false
	}
	for _, e := range v.Elems {
		next := name + "[" + e.Key + "]"
		if v.Shape == model.Record {
			next = name + "." + e.Key
		}
		if w, ok := within(e.Value, next, path); ok {
			return w, true
		}
	}
	return v, false
}

// seen is the last row: what the domain sees at the end of both runs.
func seen(x *checker.Experiment) Row {
	end := x.Rows[len(x.Rows)-1]
	row := Row{Head: "what " + x.Domain + " sees then", Cells: make([]Cell, 2)}
	for i, v := range end.With.Sees {
		other := end.Without.Sees[i]
		differs := !v.Value.Equal(other.Value)
		for k, b := range []model.Binding{v, other} {
			row.Cells[k].Lines = append(row.Cells[k].Lines, Line{Text: b.Name + " = " + b.Value.String(), Marked: differs})
		}
	}
	if len(x.Acts) > 0 {
		row.Note = "in one of them only, these may affect it: " + strings.Join(x.Acts, ", ")
	}
	return row
}
