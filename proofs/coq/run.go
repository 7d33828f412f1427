package coq

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
)

// CompileError says that Coq does not accept a file.
type CompileError struct {
	File string
	Text string // what Coq says
}

// Error names the file, and gives what Coq says.
func (e *CompileError) Error() string { return e.File + ": " + e.Text }

// Compile has coqc compile the development, which stands in a folder, and gives the axioms that its theorems assume. The error is a
// *CompileError where Coq does not accept a file or a theorem assumes what it should not.
func (d *Development) Compile(ctx context.Context, dir string) (axioms []string, err error) {
	if _, err := exec.LookPath("coqc"); err != nil {
		return nil, errors.New("coqc is not installed: it is what compiles the development (Debian: apt-get install coq)")
	}
	var last string
	for _, f := range d.Files {
		if !strings.HasSuffix(f.Name, ".v") {
			continue
		}
		if last, err = compile(ctx, dir, f.Name); err != nil {
			return nil, err
		}
	}
	axioms, ok := assumed(last)
	if !ok || len(axioms) > 0 && !d.fast {
		return nil, &CompileError{"model/Assumptions.v", "the theorems assume more than they should:\n" + last}
	}
	return axioms, nil
}

func compile(ctx context.Context, dir, file string) (string, error) {
	c := exec.CommandContext(ctx, "coqc", "-Q", "theories", "Bulkhead", "-Q", "model", "Model", file)
	c.Dir = dir
	var out, complaint bytes.Buffer
	c.Stdout, c.Stderr = &out, &complaint
	err := c.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return "", &CompileError{file, complaint.String()}
	case err != nil:
		return "", fmt.Errorf("cannot run coqc: %w", err)
	}
	return out.String(), nil
}

// axiom is the first line of what Coq prints of one, primitive the names of those about the machine's integers and arrays, which are
// modules of Coq's library.
var (
	axiom     = regexp.MustCompile(`^([\pL_][\pL\pN_'.]*)( :|$)`)
	primitive = regexp.MustCompile(`^(PrimInt63|Uint63|PArray)\.\w+$`)
)

// assumed reads what Coq prints of Print Assumptions. It is false where anything is assumed but axioms about the machine's integers
// and arrays.
func assumed(out string) (axioms []string, ok bool) {
	if strings.TrimSpace(out) == "Closed under the global context" {
		return nil, true
	}
	rest, ok := strings.CutPrefix(out, "Axioms:\n")
	if !ok {
		return nil, false
	}
	for line := range strings.Lines(rest) {
		line = strings.TrimRight(line, "\n")
		switch m := axiom.FindStringSubmatch(line); {
		case strings.HasPrefix(line, " ") || line == "":
		case m != nil && primitive.MatchString(m[1]):
			axioms = append(axioms, m[1])
		default:
			return nil, false
		}
	}
	return axioms, len(axioms) > 0
}
