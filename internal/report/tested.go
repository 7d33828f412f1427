package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
)

// TestSchema names the shape of the JSON object of a Tested.
const TestSchema = "bulkhead.test/1"

// Tested is the outcome of running the scenarios and the mutants of one model.
type Tested struct {
	Schema    string          `json:"schema"`
	Model     string          `json:"model"`
	File      string          `json:"file"`
	Config    string          `json:"config"`
	Constants Object          `json:"constants"`
	Verdict   checker.Verdict `json:"verdict"`
	Scenarios []Scenario      `json:"scenarios"`
	Mutants   []Property      `json:"mutants"` // as in Report
}

// Scenario is the outcome of one scenario: it holds when it passed. It is undecided when it was not run.
type Scenario struct {
	Name            string          `json:"name"`
	Config          string          `json:"config"`
	Verdict         checker.Verdict `json:"verdict"`
	Position        string          `json:"position"`
	Message         string          `json:"message,omitempty"`
	FailurePosition string          `json:"failure_position,omitempty"`
	Trace           *Trace          `json:"trace"` // the run so far, when it failed
}

// NewTested makes an empty outcome for a model.
func NewTested(info *model.Info) *Tested {
	return &Tested{
		Schema:    TestSchema,
		Model:     info.Name,
		File:      info.File,
		Config:    info.Config,
		Constants: Object(info.Constants),
		Verdict:   checker.Holds,
		Scenarios: []Scenario{},
		Mutants:   []Property{},
	}
}

// AddScenario adds the outcome of a scenario.
func (t *Tested) AddScenario(s Scenario) {
	t.Scenarios = append(t.Scenarios, s)
	t.judge(s.Verdict)
}

// AddMutant adds the outcome of searching a mutant, as Report.AddMutant does.
func (t *Tested) AddMutant(m Seeded) {
	p := seeded(m)
	t.Mutants = append(t.Mutants, p)
	t.judge(p.Verdict)
}

func (t *Tested) judge(v checker.Verdict) {
	if v == checker.Violated || v == checker.Undecided && t.Verdict == checker.Holds {
		t.Verdict = v
	}
}

// WriteText writes a line for each scenario and mutant, the runs of failed scenarios, and a closing sentence.
func (t *Tested) WriteText(w io.Writer, style Style) error {
	b := &strings.Builder{}
	heading(b, t.Model, t.File, t.Config, t.Constants, style)
	names := 0
	for _, s := range t.Scenarios {
		names = max(names, utf8.RuneCountInString(s.Name))
	}
	for _, m := range t.Mutants {
		names = max(names, utf8.RuneCountInString(m.Name))
	}
	row := func(kind, name string, v checker.Verdict, word, rest string) {
		fmt.Fprintf(b, "%s  %s  %s%s\n", style.paint(faint, pad(kind, len("scenario"))), pad(name, names), style.paint(color(v), word), rest)
	}
	for _, s := range t.Scenarios {
		row("scenario", s.Name, s.Verdict, scenarioWords[s.Verdict], inConfig(s.Config))
	}
	for _, m := range t.Mutants {
		word, rest := m.mutantVerdict()
		row("mutant", m.Name, m.Verdict, word, rest)
	}
	for _, s := range t.Scenarios {
		if s.Verdict == checker.Holds {
			continue
		}
		fmt.Fprintf(b, "\n%s\n", style.paint(bad, s.Name+" "+scenarioWords[s.Verdict]))
		message := s.Message
		if s.FailurePosition != "" {
			message = s.FailurePosition + ": " + message
		}
		b.WriteString("  " + message + "\n")
		if s.Trace != nil {
			WriteTrace(b, (*model.Trace)(s.Trace), nil, style)
		}
	}
	t.closing(b, style)
	_, err := io.WriteString(w, b.String())
	return err
}

var scenarioWords = map[checker.Verdict]string{
	checker.Holds: "passed", checker.Violated: "failed", checker.Undecided: "not run",
}

func inConfig(name string) string {
	if name == "" {
		return ""
	}
	return " (config " + name + ")"
}

func (t *Tested) closing(b *strings.Builder, style Style) {
	if len(t.Scenarios)+len(t.Mutants) == 0 {
		b.WriteString("\nthere is no scenario and no mutant\n")
		return
	}
	passed, killed := 0, 0
	for _, s := range t.Scenarios {
		if s.Verdict == checker.Holds {
			passed++
		}
	}
	for _, m := range t.Mutants {
		if m.Verdict == checker.Holds {
			killed++
		}
	}
	var parts []string
	if n := len(t.Scenarios); n > 0 {
		parts = append(parts, fmt.Sprintf("%s of %s passed", Number(int64(passed)), Count(int64(n), "scenario")))
	}
	if n := len(t.Mutants); n > 0 {
		parts = append(parts, fmt.Sprintf("%s of %s killed", Number(int64(killed)), Count(int64(n), "mutant")))
	}
	fmt.Fprintf(b, "\n%s\n", style.paint(color(t.Verdict), strings.Join(parts, ", ")))
}
