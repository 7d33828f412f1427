package proofs

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Schema is the first word of every certificate. It changes when the format does.
//
// A certificate is a line with the schema, a line with a Header as one JSON object, the states of a Closure (see there) if
// the header gives a number of them, and then the evidence about each claim of whole runs that holds, about each of kind Can, and about
// each of domains that holds, in the order of the claims (see proof and unwinding), and the SHA-256 of all that.
const Schema = "bulkhead.certificate/1"

// Header is what a certificate says in words.
type Header struct {
	Subject
	Define      map[string]string `json:"define,omitempty"` // how constants were given to it; Constants has all of them
	States      int64             `json:"states"`           // in the closed set, or 0 when there is none
	Initial     int64             `json:"initial"`          // of them
	Depth       int               `json:"depth"`            // the greatest distance from an initial state
	Claims      []Claim           `json:"claims"`
	Uncertified []Claim           `json:"uncertified,omitempty"` // verdicts that it is no evidence of; Why says why
}

// Subject is what a certificate is about. Two subjects are one when all of this is the same.
type Subject struct {
	Model       string   `json:"model"`
	Digest      string   `json:"digest"` // of the text of the model and of all that it imports; "" of a system without text
	Config      string   `json:"config,omitempty"`
	Constants   []Given  `json:"constants,omitempty"`
	Assumptions []string `json:"assumptions,omitempty"`
	StateBits   int      `json:"stateBits"`
}

// Given is a name and a value as reports show it.
type Given struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// SubjectOf is the subject of a system whose text has a digest.
func SubjectOf(info *model.Info, digest string) Subject {
	return Subject{
		Model: info.Name, Digest: digest, Config: info.Config,
		Constants: GivenOf(info.Constants), Assumptions: info.Assumptions, StateBits: info.StateBits,
	}
}

// differs says in which respect two subjects are not one, or gives "".
func (s Subject) differs(o Subject) string {
	switch {
	case s.Model != o.Model:
		return fmt.Sprintf("it is of a model named %s, and this one is %s", s.Model, o.Model)
	case s.Config != o.Config:
		return fmt.Sprintf("it is of configuration %q, and this is %q", s.Config, o.Config)
	case !slices.Equal(s.Constants, o.Constants):
		return "it is of other constants"
	case s.Digest != o.Digest:
		return "the text of the model is not the one that it is of"
	case !slices.Equal(s.Assumptions, o.Assumptions), s.StateBits != o.StateBits:
		return "the model has other assumptions or other variables"
	}
	return ""
}

// Claim is a verdict on a property.
type Claim struct {
	Property string     `json:"property"`
	Kind     model.Kind `json:"kind"`
	Holds    bool       `json:"holds"`
	Extreme  *int64     `json:"extreme,omitempty"` // of a bound: the greatest (or least) value in any state; of waits: the longest
	Run      *Run       `json:"run,omitempty"`     // to a violation, to what a reachable property asks for, or with the longest wait
	Why      string     `json:"why,omitempty"`     // it is not certified

	Experiment *Experiment `json:"experiment,omitempty"` // of a property about domains that is violated

	evidence []byte // that Prove found
}

// Run is a run of a system from an initial state: what each step is and the state that it leads to.
type Run struct {
	Steps []Taken `json:"steps"`
	Loop  int     `json:"loop,omitempty"` // the step, from 1, that follows the last one again, and so for ever; 0 for none
}

// Taken is one step of a run, the first of which has no Step, and neither has one that repeats a state in which the run has
// stopped. A step that faults has no State.
type Taken struct {
	Step  string  `json:"step,omitempty"` // as a call, such as "Dispatch(v=1, c=2)"
	State []Given `json:"state,omitempty"`
}

// RunOf is a run as a certificate holds it.
func RunOf(t *model.Trace) *Run {
	out := &Run{Loop: max(t.Loop, 0)}
	for _, s := range t.Steps {
		out.Steps = append(out.Steps, Taken{Step: s.Step.String(), State: GivenOf(s.State)})
	}
	return out
}

// GivenOf is the variables of a state as certificates hold them.
func GivenOf(bs []model.Binding) []Given {
	var out []Given
	for _, b := range bs {
		out = append(out, Given{b.Name, b.Value.String()})
	}
	return out
}

// Write writes a certificate. The states are those of a search that was exhaustive, or nil for runs alone; Write takes
// them in order and fills in their numbers. Claims of whole runs have been given to Prove.
func Write(w io.Writer, h Header, states *Closure) error {
	sum := sha256.New()
	out := bufio.NewWriter(io.MultiWriter(w, sum))
	h.States, h.Initial, h.Depth = 0, 0, 0
	if states != nil {
		if err := states.sort(); err != nil {
			return err
		}
		h.States, h.Initial, h.Depth = states.numbers()
	}
	text, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("cannot write a certificate: %w", err)
	}
	fmt.Fprintf(out, "%s\n%s\n", Schema, text)
	if states != nil {
		states.write(out)
		if err := writeEvidence(out, h.Claims); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err = w.Write(sum.Sum(nil))
	return err
}

// Certificate is one that is being read.
type Certificate struct {
	Header Header
	in     *bufio.Reader
	sum    hash.Hash
}

// mostHeader is the greatest length of a header in bytes: runs are in it.
const mostHeader = 1 << 28

// Open reads the header of a certificate; Verify reads the rest.
func Open(r io.Reader) (*Certificate, error) {
	sum := sha256.New()
	c := &Certificate{in: bufio.NewReader(r), sum: sum}
	schema, err := c.line(len(Schema) + 1)
	if err != nil || schema != Schema {
		return nil, fmt.Errorf("this is no certificate: it does not begin with %s", Schema)
	}
	text, err := c.line(mostHeader)
	if err != nil {
		return nil, damaged("its header has no end")
	}
	if err := json.Unmarshal([]byte(text), &c.Header); err != nil {
		return nil, damaged("its header is no JSON object: %v", err)
	}
	return c, nil
}

// line reads up to the next line break.
func (c *Certificate) line(most int) (string, error) {
	var out []byte
	for {
		b, err := c.ReadByte()
		if err != nil {
			return "", err
		}
		if b == '\n' {
			return string(out), nil
		}
		if out = append(out, b); len(out) > most {
			return "", errors.New("too long")
		}
	}
}

// ReadByte reads a byte that belongs to what is summed.
func (c *Certificate) ReadByte() (byte, error) {
	b, err := c.in.ReadByte()
	if err == nil {
		c.sum.Write([]byte{b})
	}
	return b, err
}

// Read reads bytes that belong to what is summed.
func (c *Certificate) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.sum.Write(p[:n])
	return n, err
}

// finish reads the sum at the end, after which there is nothing.
func (c *Certificate) finish() error {
	want := c.sum.Sum(nil)
	got, err := io.ReadAll(io.LimitReader(c.in, int64(len(want)+1)))
	if err != nil {
		return err
	}
	if !slices.Equal(got, want) {
		return damaged("its sum is not that of what it holds")
	}
	return nil
}

// DamagedError says that a certificate is not what Write has written.
type DamagedError struct{ What string }

func (e *DamagedError) Error() string { return "the certificate is damaged: " + e.What }

func damaged(format string, args ...any) error { return &DamagedError{fmt.Sprintf(format, args...)} }

// RefusedError says that a certificate is no evidence of what it claims.
type RefusedError struct{ Why string }

func (e *RefusedError) Error() string { return "the certificate is refused: " + e.Why }

func refused(format string, args ...any) error { return &RefusedError{fmt.Sprintf(format, args...)} }
