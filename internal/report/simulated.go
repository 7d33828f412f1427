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

// SimulationSchema names the shape of the JSON object of a Simulated.
const SimulationSchema = "bulkhead.simulation/1"

// Simulated is the outcome of random walks. It says violated or undecided: walks prove nothing.
type Simulated struct {
	Schema      string          `json:"schema"`
	Model       string          `json:"model"`
	File        string          `json:"file"`
	Config      string          `json:"config"`
	Constants   Object          `json:"constants"`
	Verdict     checker.Verdict `json:"verdict"`
	Reason      string          `json:"reason"`
	Walks       Walks           `json:"walks"`
	Properties  []Found         `json:"properties"`
	Actions     []Taken         `json:"actions"`
	Assumptions []string        `json:"assumptions"`
	Samples     []*Trace        `json:"samples"` // the first walks, where nothing is violated
}

// Walks counts what the walks met.
type Walks struct {
	Count    int     `json:"count"` // of finished ones
	Limit    int     `json:"limit"` // steps of a walk, at most
	Seed     uint64  `json:"seed"`
	Steps    int64   `json:"steps"` // of all walks
	Shortest int     `json:"shortest"`
	Longest  int     `json:"longest"`
	Ended    int     `json:"ended"` // walks that came to a state without successors
	Workers  int     `json:"workers"`
	Seconds  float64 `json:"seconds"`
}

// Found is what the walks say of one property.
type Found struct {
	Property
	Walk int `json:"walk"` // the first that shows it, from 0; -1 where none does
}

// Taken is how often an action was taken on the walks.
type Taken struct {
	Name  string `json:"name"`
	Fired int64  `json:"fired"`
}

// NewSimulated makes the outcome of a simulation with walks of at most limit steps.
func NewSimulated(res *checker.SimResult, limit int) *Simulated {
	info, st := res.Info, res.Stats
	s := &Simulated{
		Schema:    SimulationSchema,
		Model:     info.Name,
		File:      info.File,
		Config:    info.Config,
		Constants: Object(info.Constants),
		Verdict:   res.Verdict,
		Reason:    res.Reason,
		Walks: Walks{
			Count: st.Walks, Limit: limit, Seed: st.Seed, Steps: st.Steps, Shortest: st.Shortest, Longest: st.Longest,
			Ended: st.Ended, Workers: st.Workers, Seconds: st.Elapsed.Seconds(),
		},
		Properties:  []Found{},
		Actions:     []Taken{},
		Assumptions: append([]string{}, info.Assumptions...),
		Samples:     []*Trace{},
	}
	for _, f := range res.Properties {
		s.Properties = append(s.Properties, Found{property(f.Finding, false), f.Walk})
	}
	for _, a := range res.Actions {
		s.Actions = append(s.Actions, Taken{a.Name, a.Fired})
	}
	for _, t := range res.Samples {
		s.Samples = append(s.Samples, (*Trace)(t))
	}
	return s
}

// WriteText writes what the walks found and, where they found nothing, one of them.
func (s *Simulated) WriteText(w io.Writer, style Style) error {
	b := &strings.Builder{}
	heading(b, s.Model, s.File, s.Config, s.Constants, style)
	walks := s.walks()
	mean := 0.0
	if s.Walks.Count > 0 {
		mean = float64(s.Walks.Steps) / float64(s.Walks.Count)
	}
	fmt.Fprintf(b, "%s, %.1f steps on average", walks, mean)
	if s.Walks.Ended > 0 {
		fmt.Fprintf(b, ", %s ended early for want of a step", Number(int64(s.Walks.Ended)))
	}
	fmt.Fprintf(b, ", %s\n", Elapsed(time.Duration(s.Walks.Seconds*float64(time.Second))))

	names, kinds := 0, 0
	for _, p := range s.Properties {
		names = max(names, utf8.RuneCountInString(p.title()))
		kinds = max(kinds, len(p.kind()))
	}
	b.WriteByte('\n')
	for _, p := range s.Properties {
		word, rest := p.walked(walks)
		fmt.Fprintf(b, "%s  %s  %s%s\n", style.paint(faint, pad(p.kind(), kinds)), pad(p.title(), names),
			style.paint(color(p.Verdict), word), rest)
	}
	for _, p := range s.Properties {
		if p.Verdict == checker.Violated {
			violation(b, p.Property, style)
		}
	}
	if len(s.Samples) > 0 {
		b.WriteString("\na sample walk\n")
		WriteTrace(b, (*model.Trace)(s.Samples[0]), nil, style)
	}
	s.coverage(b, style)
	s.closing(b, style)
	_, err := io.WriteString(w, b.String())
	return err
}

func (s *Simulated) walks() string {
	return fmt.Sprintf("%s of up to %s (seed %d)", Count(int64(s.Walks.Count), "walk"),
		Count(int64(s.Walks.Limit), "step"), s.Walks.Seed)
}

func (p Found) walked(walks string) (word, rest string) {
	value := ""
	if found, ok := p.Bound.found(); ok {
		value = found + " met, " + p.Bound.limit()
	}
	switch p.Verdict {
	case checker.Violated:
		rest = " " + in(p.Steps)
		if value != "" {
			rest += " (" + value + ")"
		}
		return "violated", rest
	case checker.Holds:
		return "reached", " " + in(p.Steps)
	default:
		if value != "" {
			return "not found", " in " + walks + "; " + value
		}
		if p.Message != "" && !strings.HasPrefix(p.Message, "not found") {
			return "undecided", " (" + p.Message + ")" // it is not what walks look for
		}
		return "not found", " in " + walks
	}
}

func (s *Simulated) coverage(b *strings.Builder, style Style) {
	names, fired := len("action"), len("fired")
	for _, a := range s.Actions {
		names = max(names, utf8.RuneCountInString(a.Name))
		fired = max(fired, len(Number(a.Fired)))
	}
	if len(s.Actions) == 0 {
		return
	}
	b.WriteString("\n" + style.paint(faint, pad("action", names)+"  "+padLeft("fired", fired)) + "\n")
	for _, a := range s.Actions {
		b.WriteString(pad(a.Name, names) + "  " + padLeft(Number(a.Fired), fired) + "\n")
	}
}

func (s *Simulated) closing(b *strings.Builder, style Style) {
	var violated []string
	for _, p := range s.Properties {
		if p.Verdict == checker.Violated {
			violated = append(violated, p.Name)
		}
	}
	if s.Verdict == checker.Violated {
		fmt.Fprintf(b, "\n%s %s\n", style.paint(bad, "violated:"), strings.Join(violated, ", "))
		return
	}
	fmt.Fprintf(b, "\n%s no violation in %s, which proves nothing", style.paint(doubt, "undecided:"), s.walks())
	if s.Reason != "" && !strings.HasPrefix(s.Reason, "not found") {
		b.WriteString("; " + s.Reason)
	}
	b.WriteByte('\n')
}
