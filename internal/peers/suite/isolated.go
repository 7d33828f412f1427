package suite

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Apart is a model with a claim that domains are isolated from each other. Other tools have no such claims: ours is compared with its
// own search for deadlock in the same states.
type Apart struct {
	Model     string // from the root of the module
	Property  string
	Constants []Constant
	States    int64
	Steps     int64  // successors generated
	Mutant    string // breaks the property
}

// Aparts lists the models, in the order in which they are measured.
func Aparts() []Apart {
	slots := func(queue int, states, steps int64) Apart {
		return Apart{"internal/peers/suite/models/time_slots.bh", "Tenants", set("TENANTS", 4, "QUEUE", queue), states, steps, "Conserving"}
	}
	return []Apart{
		slots(6, 9604, 42_532), slots(12, 114_244, 536_068), slots(22, 1_119_364, 5_402_148),
		{"model/isolation/hybrid.bh", "Tenants", set("CAPACITY", 18, "vm.SIZE", 9, "vm.LIMIT", 3, "vm.BOXES", 3), 1_052_676, 17_339_400, "SharedDisk"},
	}
}

// Name is the name of the model and its constants.
func (a Apart) Name() string {
	out := strings.TrimSuffix(filepath.Base(a.Model), ".bh")
	for _, k := range a.Constants {
		out += " " + k.String()
	}
	return out
}

// The names of the runs of a claim.
const (
	apartSafety = "safety"
	apartClaim  = "isolated"
)

// Prepare makes both runs.
func (a Apart) Prepare(s Setup) []*Run {
	run := func(name string, properties ...string) *Run {
		k := s.check(filepath.Join(s.Root, filepath.FromSlash(a.Model)), a.Constants, properties, "holds", "--no-mutants", "--workers", "1")
		return &Run{Tool: Tool{Name: name}, limit: s.Limit, want: a.States, command: k}
	}
	return []*Run{run(apartSafety, "deadlock"), run(apartClaim, a.Property, "deadlock")}
}

// ApartResult holds the runs of a claim, by their names.
type ApartResult struct {
	Apart Apart
	Runs  map[string][]Measure
}

// ApartMarkdown writes the results as a table.
func ApartMarkdown(results []ApartResult) string {
	var b strings.Builder
	b.WriteString("CPU seconds, user and system; bytes are the peak of resident memory. The safety run looks for deadlock.\n\n")
	b.WriteString("| model | states | transitions | safety | isolated | isolated / safety | µs a transition | bytes a transition |\n")
	b.WriteString("|---|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, r := range results {
		of := Result{Runs: r.Runs}
		safety, known := of.Median(apartSafety)
		claim, decided := of.Median(apartClaim)
		fmt.Fprintf(&b, "| %s | %s | %s |", r.Apart.Name(), Thousands(r.Apart.States), Thousands(r.Apart.Steps))
		if !known || !decided || safety.Over || claim.Over {
			b.WriteString(" – | – | – | – | – |\n")
			continue
		}
		steps := float64(r.Apart.Steps)
		fmt.Fprintf(&b, " %s | %s | %.1f | %.2f | %.1f |\n", seconds(safety.CPU), seconds(claim.CPU),
			float64(claim.CPU)/float64(safety.CPU), 1e6*claim.CPU.Seconds()/steps, float64(claim.Peak)/steps)
	}
	return b.String()
}
