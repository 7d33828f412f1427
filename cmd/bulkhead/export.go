package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/bulkheadlang/bulkhead/proofs/promela"
	"github.com/bulkheadlang/bulkhead/proofs/tla"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// exportCommand writes a model in the language of another checker.
type exportCommand struct {
	To     string            `required:"" enum:"promela,tla" placeholder:"LANGUAGE" help:"promela, for SPIN, or tla, for TLC."`
	Out    string            `short:"o" placeholder:"FILE" help:"Where to write; standard output otherwise. A module of TLA+ is called as its file, and its configuration goes beside it, with the ending .cfg."`
	Define map[string]string `short:"D" placeholder:"NAME=VALUE" mapsep:"none" help:"Give a constant another value. May stand several times."`
	Config string            `placeholder:"NAME" help:"Use the constants of a named configuration."`
	Mutant string            `placeholder:"NAME" help:"Write the model with this mutant."`
	File   string            `arg:"" help:"A model (.bh); - is standard input."`
}

func (c *exportCommand) run(ctx context.Context, t *terminal) (status, error) {
	module := ""
	if c.To == "tla" && c.Out != "" {
		module = strings.TrimSuffix(filepath.Base(c.Out), ".tla")
		if module == filepath.Base(c.Out) || !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`).MatchString(module) {
			return wrong, fmt.Errorf("got -o %s, want a name that ends in .tla and is that of a module", c.Out)
		}
	}
	program, err := loadOne(ctx, t, c.File, spec.Options{Config: c.Config, Define: c.Define})
	if err != nil {
		return stopped(t, err)
	}
	code, err := c.code(program)
	if err != nil {
		return wrong, err
	}
	return c.export(t, code, module)
}

// code is the model that is written: with its mutant, if one is named.
func (c *exportCommand) code(program *spec.Program) (*ir.Program, error) {
	if c.Mutant == "" {
		return program.IR(), nil
	}
	var names []string
	for _, m := range program.Mutants() {
		if m.Name == c.Mutant && m.Config != c.Config {
			return nil, fmt.Errorf("mutant %s belongs to other constants: %s", m.Name, configText(m.Config))
		}
		names = append(names, m.Name)
	}
	if code := program.IR().Mutated(c.Mutant); code != nil {
		return code, nil
	}
	if len(c.Define) > 0 {
		return nil, errors.New("got --mutant and -D: a mutant belongs to the constants of the file, or of a configuration")
	}
	return nil, unknown("mutant", c.Mutant, names)
}

func configText(config string) string {
	if config == "" {
		return "those of the file, without --config"
	}
	return "--config " + config
}

// export writes the text, and says which properties are not in it.
func (c *exportCommand) export(t *terminal, code *ir.Program, module string) (status, error) {
	var text, config string
	var left [][2]string
	switch c.To {
	case "promela":
		m, err := promela.Export(code)
		var refused *promela.Refused
		if errors.As(err, &refused) {
			return c.refused(t, "Promela", refused)
		}
		text = m.Text
		for _, l := range m.Left {
			left = append(left, [2]string{l.Property, l.Why})
		}
	default:
		m, err := tla.Export(code, module)
		var refused *tla.Refused
		if errors.As(err, &refused) {
			return c.refused(t, "TLA+", refused)
		}
		if module != "" && m.Name != module {
			return wrong, fmt.Errorf("got -o %s, want the name of no word or module of TLA+, such as %s.tla", c.Out, m.Name)
		}
		text, config = m.Text, m.Config
		for _, l := range m.Left {
			left = append(left, [2]string{l.Property, l.Why})
		}
	}
	for _, l := range left {
		fmt.Fprintf(t.stderr, "bulkhead: %s is not exported: %s\n", l[0], l[1])
	}
	return holds, c.write(t, text, config)
}

// refused says which construct the language has no words for.
func (c *exportCommand) refused(t *terminal, language string, err error) (status, error) {
	fmt.Fprintf(t.stderr, "%v (not written in %s)\n", err, language)
	return undecided, nil
}

func (c *exportCommand) write(t *terminal, text, config string) error {
	if c.Out == "" {
		if config != "" { // what stands behind a module is no part of it
			text += "\nThe configuration for TLC:\n\n" + config
		}
		_, err := t.stdout.WriteString(text)
		return err
	}
	err := os.WriteFile(c.Out, []byte(text), 0o666)
	if err == nil && config != "" {
		err = os.WriteFile(strings.TrimSuffix(c.Out, ".tla")+".cfg", []byte(config), 0o666)
	}
	var path *os.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("cannot write %s: %w", path.Path, path.Err)
	}
	return err
}
