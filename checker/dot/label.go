package dot

import (
	"unicode/utf8"

	"github.com/bulkheadlang/bulkhead/model"
)

// widest is how many characters a line of a node should keep within.
const widest = 44

// labels gives the lines of each state. Variables that have one value in all of them are left out and given apart: they
// tell no state from another.
func labels(states [][]model.Binding) (lines [][]string, constant []string) {
	lines = make([][]string, len(states))
	if len(states) == 0 {
		return lines, nil
	}
	for v, first := range states[0] {
		same := len(states) > 1
		for _, s := range states[1:] {
			if !s[v].Value.Equal(first.Value) {
				same = false
				break
			}
		}
		if same {
			constant = append(constant, first.Name+" = "+first.Value.String())
			continue
		}
		for i, s := range states {
			lines[i] = append(lines[i], written(s[v].Name, s[v].Value)...)
		}
	}
	return lines, constant
}

// written gives a value on one line or, where that is too long, its parts on as few lines as hold them.
func written(name string, v model.Value) []string {
	whole := name + " = " + v.String()
	if utf8.RuneCountInString(whole) <= widest || len(v.Elems) < 2 {
		return []string{whole}
	}
	open, arrow, end := "{", " -> ", "}"
	switch v.Shape {
	case model.Record:
		arrow = " = "
	case model.Seq:
		open, end = "[", "]"
	case model.Tagged:
		open, arrow, end = v.Text+"(", " = ", ")"
	}
	var out []string
	line := name + " = " + open
	for i, e := range v.Elems {
		part := e.Value.String()
		if e.Key != "" {
			part = e.Key + arrow + part
		}
		if i < len(v.Elems)-1 {
			part += ", "
		} else {
			part += end
		}
		if utf8.RuneCountInString(line)+utf8.RuneCountInString(part) > widest && i > 0 {
			out = append(out, line)
			line = "    "
		}
		line += part
	}
	return append(out, line)
}
