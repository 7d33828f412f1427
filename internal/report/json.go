package report

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/bulkheadlang/bulkhead/model"
)

// Object is a list of named values that becomes one JSON object, in the order of the list.
type Object []model.Binding

// MarshalJSON gives the object; {} when there are no values.
func (o Object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, b := range o {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := json.Marshal(b.Name)
		if err != nil {
			return nil, err
		}
		value, err := b.Value.MarshalJSON()
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}

// Trace is a model.Trace in the shape of the report.
type Trace model.Trace

type jsonStep struct {
	Action   string  `json:"action"` // "" in the first step, which is the initial state
	Args     Object  `json:"args"`
	Choices  Object  `json:"choices,omitempty"`
	Position string  `json:"position,omitempty"`
	State    *Object `json:"state"`              // null after a step that has no outcome
	Abstract *Object `json:"abstract,omitempty"` // what the state is mapped to, of a violated refinement
}

// MarshalJSON gives {"steps": […], "loop": n}.
func (t *Trace) MarshalJSON() ([]byte, error) {
	out := struct {
		Steps []jsonStep `json:"steps"`
		Loop  int        `json:"loop"`
	}{Steps: []jsonStep{}, Loop: t.Loop}
	for _, s := range t.Steps {
		step := jsonStep{
			Action:   s.Step.Action,
			Args:     Object(s.Step.Args),
			Choices:  Object(s.Step.Choices),
			Position: s.Step.Position,
		}
		if s.State != nil {
			state := Object(s.State)
			step.State = &state
		}
		if s.Abstract != nil {
			abstract := Object(s.Abstract)
			step.Abstract = &abstract
		}
		out.Steps = append(out.Steps, step)
	}
	return json.Marshal(out)
}

// WriteJSON writes the report as one line.
func (r *Report) WriteJSON(w io.Writer) error { return WriteJSON(w, r) }

// WriteJSON writes any object of this package as one line, with < and > as they are.
func WriteJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}
