package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/report"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

// hunt searches mutants for the violations that must show them.
type hunt struct {
	t       *terminal
	mutants []*spec.Mutant
	cfg     checker.Config
	search  searching
	known   map[*spec.Program]map[string]bool // the properties that a model without a fault violates
}

func newHunt(t *terminal, mutants []*spec.Mutant, cfg checker.Config, search searching) *hunt {
	return &hunt{t: t, mutants: mutants, cfg: cfg, search: search, known: map[*spec.Program]map[string]bool{}}
}

// know takes down what a search of a model without a fault found. What it left undecided another one would, too.
func (h *hunt) know(program *spec.Program, res *checker.Result) {
	h.known[program] = violations(res)
}

func violations(res *checker.Result) map[string]bool {
	out := map[string]bool{}
	for _, f := range res.Properties {
		out[f.Property.Name] = f.Verdict == checker.Violated
	}
	return out
}

// already tells whether a model violates the property that a mutant of it must break: then it says nothing that the mutant does.
// All such properties of a model are checked together, when it is first asked for.
func (h *hunt) already(ctx context.Context, m *spec.Mutant) (bool, error) {
	original := m.Original()
	if h.known[original] == nil {
		cfg := suited(h.cfg, original)
		cfg.NoWitnesses = true
		for _, other := range h.mutants {
			if other.Original() == original && !slices.Contains(cfg.Only, other.Breaks) {
				cfg.Only = append(cfg.Only, other.Breaks)
			}
		}
		res, _, err := h.search(ctx, h.t, original, original, cfg, original.Info().Name)
		if err != nil {
			return false, err
		}
		h.known[original] = violations(res)
	}
	return h.known[original][m.Breaks], nil
}

// add searches a mutant for a violation of the property that it must break, and adds what came of it.
func (h *hunt) add(ctx context.Context, r mutantReport, m *spec.Mutant) error {
	sys := m.System()
	cfg := suited(h.cfg, sys)
	cfg.Only, cfg.NoWitnesses = []string{m.Breaks}, true
	cfg.FailFast = true
	res, _, err := h.search(ctx, h.t, sys, m, cfg, "mutant "+m.Name)
	if err == nil && overtaken(res, m.Breaks) {
		cfg.FailFast = false
		res, _, err = h.search(ctx, h.t, sys, m, cfg, "mutant "+m.Name)
	}
	already := false
	if err == nil && violations(res)[m.Breaks] {
		already, err = h.already(ctx, m)
	}
	if err != nil {
		return fmt.Errorf("mutant %s: %w", m.Name, err)
	}
	r.AddMutant(report.Seeded{Name: m.Name, Action: m.Action, Breaks: m.Breaks, Position: m.Position, Result: res, Already: already})
	return nil
}

// suited gives cfg without the reductions that a system does not allow, such as a mutant of another config than the model's.
func suited(cfg checker.Config, sys model.System) checker.Config {
	if sym, ok := sys.(model.Symmetric); !ok || len(sym.Symmetries().Kinds) == 0 {
		cfg.Symmetry = false
	}
	if some, ok := sys.(model.Reducible); !ok || some.Irreducible() != "" {
		cfg.PartialOrder = false
	}
	return cfg
}

// overtaken tells whether a fault, which is always looked for, ended the search of a mutant before the property that it
// must break was decided.
func overtaken(res *checker.Result, property string) bool {
	return slices.ContainsFunc(res.Properties, func(f checker.Finding) bool {
		return f.Property.Name != property && f.Verdict == checker.Violated
	}) && slices.ContainsFunc(res.Properties, func(f checker.Finding) bool {
		return f.Property.Name == property && f.Verdict == checker.Undecided
	})
}

// mutantReport is a report that takes mutants.
type mutantReport interface{ AddMutant(report.Seeded) }
