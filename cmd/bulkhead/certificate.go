package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/report"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/proofs"
	"github.com/bulkheadlang/bulkhead/spec"
)

// certificateFlags say where a certificate goes.
type certificateFlags struct {
	Certificate string `placeholder:"FILE" help:"Write evidence of the verdicts to this file, which bulkhead verify checks without the engine. One model at a time."`
}

func (c *checkCommand) certifiable() error {
	switch {
	case c.Certificate == "":
		return nil
	case len(c.Files) > 1:
		return fmt.Errorf("got --certificate and %d models, want one", len(c.Files))
	case c.Symmetry, c.Por, c.Slice, c.Lossy.mode(c.Memory) != (checker.Lossy{}):
		return errors.New("got --certificate and a search that leaves states out (--symmetry, --por, --slice or --lossy): a certificate needs all of them")
	case c.Resume != "":
		return errors.New("got --certificate and --resume: the states before are not known")
	}
	return nil
}

// begin makes the file of the certificate, so that a search is not in vain where that cannot be. end removes it, unless the
// certificate has come to be written.
func (c *checkCommand) begin() (file *os.File, end func(), err error) {
	if c.Certificate == "" {
		return nil, func() {}, nil
	}
	if file, err = os.Create(c.Certificate); err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, nil, fmt.Errorf("cannot write %s: %w", c.Certificate, err)
	}
	return file, func() {
		if file.Close() == nil { // certify has not
			_ = os.Remove(c.Certificate)
		}
	}, nil
}

// states is what a certificate keeps of a search, or nil.
func (c *checkCommand) states(program *spec.Program, cfg *checker.Config) (*proofs.Closure, error) {
	if c.Certificate == "" {
		return nil, nil
	}
	if cfg.Workers == 0 {
		cfg.Workers = runtime.GOMAXPROCS(0)
	}
	states, err := proofs.NewClosure(program.Info(), cfg.Workers)
	if err == nil {
		cfg.Visit = states.Visit
	}
	return states, err
}

// certify writes the certificate of a search to a file.
func (c *checkCommand) certify(ctx context.Context, t *terminal, m loaded, res *checker.Result, states *proofs.Closure, out *os.File) error {
	if states == nil {
		return nil
	}
	meaning, _, err := m.text.digests()
	if err != nil {
		return err
	}
	h := proofs.Header{Subject: proofs.SubjectOf(m.program.Info(), meaning), Define: c.Define}
	missing := ""
	switch {
	case !res.Exhaustive:
		missing = "the search was not exhaustive"
	case res.Stats.Distinct == 0:
		missing = "there is no state"
	}
	if missing != "" {
		states = nil
	}
	for _, f := range res.Properties {
		claim, why := claimOf(f, missing)
		if why != "" {
			claim.Why = why
			h.Uncertified = append(h.Uncertified, claim)
		} else {
			h.Claims = append(h.Claims, claim)
		}
	}
	if err := proofs.Prove(ctx, m.program, &h, states); err != nil {
		// The verdicts are known all the same.
		fmt.Fprintf(t.stderr, "bulkhead: no certificate is written: %s while evidence was looked for\n", ended(ctx))
		return nil
	}
	if len(h.Claims) == 0 {
		fmt.Fprintf(t.stderr, "bulkhead: no certificate is written: %s\n", none(h))
		return nil
	}
	if err := errors.Join(proofs.Write(out, h, states), out.Close()); err != nil {
		_ = os.Remove(c.Certificate)
		return fmt.Errorf("cannot write the certificate: %w", err)
	}
	for _, u := range h.Uncertified {
		fmt.Fprintf(t.stderr, "bulkhead: the certificate says nothing of %s: %s\n", u.Property, u.Why)
	}
	return nil
}

func none(h proofs.Header) string {
	if len(h.Uncertified) == 0 {
		return "nothing was asked"
	}
	return h.Uncertified[0].Property + ": " + h.Uncertified[0].Why
}

// claimOf is what a certificate claims of a finding, or why it claims nothing. It has all states unless something is said to be missing.
func claimOf(f checker.Finding, missing string) (claim proofs.Claim, why string) {
	claim = proofs.Claim{Property: f.Property.Name, Kind: f.Property.Kind, Holds: f.Verdict == checker.Holds}
	switch {
	case f.Verdict == checker.Undecided:
		return claim, "it is undecided"
	case !proofs.Certifiable(f.Property.Kind):
		return claim, "certificates say nothing of its kind"
	}
	if x := f.Experiment; x != nil && f.Verdict == checker.Violated {
		claim.Experiment = experimentOf(x)
		return claim, ""
	}
	waits := f.Property.Kind == model.Within || f.Property.Kind == model.Longest
	if f.Property.Kind == model.Can { // all states tell
		return claim, missing
	}
	if f.Trace != nil && (!claim.Holds || f.Property.Kind == model.Reachable) {
		claim.Run = proofs.RunOf(f.Trace)
	}
	if f.Property.Kind == model.Bound && f.Known && missing == "" {
		claim.Extreme = &f.Extreme
	}
	if waits && claim.Holds && f.Known && (f.Trace != nil || f.Extreme == 0) {
		claim.Extreme = &f.Extreme
		if f.Extreme > 0 {
			claim.Run = proofs.RunOf(f.Trace)
		}
	}
	if missing != "" && claim.Run == nil {
		return claim, missing + ", and no run shows it"
	}
	return claim, ""
}

func experimentOf(x *checker.Experiment) *proofs.Experiment {
	out := &proofs.Experiment{Domain: x.Domain, Start: proofs.GivenOf(x.Rows[0].With.State), Removed: x.Removed}
	for _, row := range x.Rows[1:] {
		out.Inputs = append(out.Inputs, row.Input.String())
	}
	return out
}

// verifyCommand checks a certificate.
type verifyCommand struct {
	Certificate string `arg:"" help:"A certificate that check --certificate wrote."`
	File        string `arg:"" help:"The model (.bh) that it is of."`
}

func (c *verifyCommand) run(ctx context.Context, t *terminal) (status, error) {
	in, err := os.Open(c.Certificate)
	if err != nil {
		return wrong, readable(c.Certificate, err)
	}
	defer in.Close()
	cert, err := proofs.Open(in)
	if err != nil {
		return c.refused(t, err)
	}
	host, name, err := open(t, c.File)
	if err != nil {
		return wrong, err
	}
	text := &texts{FS: host}
	program, err := spec.LoadWith(text, name, spec.Options{Config: cert.Header.Config, Define: cert.Header.Define})
	if err != nil {
		return wrong, readable(name, err)
	}
	plain, err := program.Plain()
	if err != nil {
		return wrong, err
	}
	meaning, _, err := text.digests()
	if err != nil {
		return wrong, err
	}
	err = cert.Verify(ctx, plain, proofs.SubjectOf(program.Info(), meaning))
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(t.stderr, "bulkhead: "+context.Cause(ctx).Error())
		return undecided, nil
	case err != nil:
		return c.refused(t, err)
	}
	return holds, c.print(t.stdout, program.Info(), cert.Header)
}

// refused says that the certificate is no evidence.
func (c *verifyCommand) refused(t *terminal, err error) (status, error) {
	var damaged *proofs.DamagedError
	var refused *proofs.RefusedError
	if !errors.As(err, &damaged) && !errors.As(err, &refused) {
		return wrong, fmt.Errorf("%s: %w", c.Certificate, err)
	}
	fmt.Fprintf(t.stderr, "%s: %v\n", c.Certificate, err)
	return violated, nil
}

// print says what the certificate is evidence of, the constants included, since it is what gives them, and what it is not.
func (c *verifyCommand) print(w io.Writer, info *model.Info, h proofs.Header) error {
	_, err := io.WriteString(w, report.Heading(info, c.Certificate))
	if h.States > 0 && err == nil {
		_, err = fmt.Fprintf(w, "%s distinct states (%s initial), depth %d: exactly those that can be reached\n", report.Number(h.States), report.Number(h.Initial), h.Depth)
	}
	width := 0
	for _, p := range info.Properties {
		width = max(width, len(p.Name))
	}
	for _, claim := range h.Claims {
		verdict := "holds"
		if !claim.Holds {
			verdict = "violated"
		}
		if claim.Extreme != nil {
			what := "extreme value"
			if claim.Kind != model.Bound {
				what = "longest wait"
			}
			verdict += fmt.Sprintf(" (%s %d)", what, *claim.Extreme)
		}
		if err == nil {
			_, err = fmt.Fprintf(w, "%-9s  %-*s  %s\n", claim.Kind, width, claim.Property, verdict)
		}
	}
	for _, p := range info.Properties {
		claimed := slices.ContainsFunc(h.Claims, func(c proofs.Claim) bool { return c.Property == p.Name })
		if !claimed && err == nil {
			_, err = fmt.Fprintf(w, "%-9s  %-*s  not certified\n", p.Kind, width, p.Name)
		}
	}
	if err == nil {
		_, err = fmt.Fprintf(w, "verified: %s\n", report.Count(int64(len(h.Claims)), "verdict"))
	}
	return err
}
