package model

import "slices"

// Trace is a run of a system from an initial state, as people and reports see it. Where it loops, the last state is that
// before step Loop once more, so that Loop is at least 1.
type Trace struct {
	Steps []TraceStep
	Loop  int // the step that follows the last one again, and so for ever, or -1 when the run is finite
}

// TraceStep is a state and the step that led to it. The first has no Action, and neither has a stuttering one, which repeats
// a state that has no successors. A step that faulted has no State. Where the run violates a Refines property, Abstract is what the
// mapping makes of State, as far as it has a value.
type TraceStep struct {
	Step     StepText
	State    []Binding
	Abstract []Binding
}

// Change is one part of a state that a step changed, such as world[1] from off to ready.
type Change struct {
	Path     string
	From, To Value
}

// Diff lists what differs between two renderings of states of one system, descending into records and maps.
func Diff(from, to []Binding) []Change {
	var out []Change
	for i := range min(len(from), len(to)) {
		out = diff(out, to[i].Name, from[i].Value, to[i].Value)
	}
	return out
}

func diff(out []Change, path string, a, b Value) []Change {
	if a.Equal(b) {
		return out
	}
	if a.Shape == b.Shape && (a.Shape == Map || a.Shape == Record) && sameKeys(a.Elems, b.Elems) {
		for i := range a.Elems {
			next := path + "[" + b.Elems[i].Key + "]"
			if b.Shape == Record {
				next = path + "." + b.Elems[i].Key
			}
			out = diff(out, next, a.Elems[i].Value, b.Elems[i].Value)
		}
		return out
	}
	return append(out, Change{Path: path, From: a, To: b})
}

// sameKeys tells whether two composite values have the same parts; a map without all keys may not.
func sameKeys(a, b []Elem) bool {
	return slices.EqualFunc(a, b, func(x, y Elem) bool { return x.Key == y.Key })
}
