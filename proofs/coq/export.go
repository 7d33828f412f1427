package coq

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// Verdict is what a search found of a property.
type Verdict uint8

// The verdicts.
const (
	Unknown  Verdict = iota // there will be no theorem
	Holds                   // of all reachable states and their steps; of a reachable property, that there is such a state
	Violated                // the contrary
)

// Found is what a search found of a program. Nothing of it is trusted.
type Found struct {
	States   int64              // distinct reachable ones
	Verdicts map[string]Verdict // by the name of the property in model.Info
}

// Options say how a development is proved.
type Options struct {
	// Fast lets the kernel compute with the machine's integers and arrays, of which Coq's library has axioms. Otherwise nothing is
	// assumed.
	Fast bool
}

// MaxStates is how many states a development may have. Beyond, a proof would take hours.
func (o Options) MaxStates() int64 {
	if o.Fast {
		return 3_000_000
	}
	return 300_000
}

// Claim is a property that a development speaks of.
type Claim struct {
	Property string // its name in model.Info; "" of a part of one that no theorem is about
	Theorem  string // about it; "" where the verdict is unknown
	Verdict  Verdict

	name string // of the claim in Model.v
	term term
	text string // as written
}

// Development is a proof, to be compiled.
type Development struct {
	Files  []File // the library first, each file after those that it needs
	Claims []Claim
	Left   []string // the names of the properties that it says nothing of, since their kinds are beyond states and steps

	fast bool
}

// Export makes the development of a program. The error is a *RefusedError where the program is beyond it, and an error of another kind
// where what was found is not of the program.
func Export(p *ir.Program, found Found, o Options) (*Development, error) {
	if found.States < 1 {
		return nil, &RefusedError{Message: "there is no initial state: nothing would be proved"}
	}
	if limit := o.MaxStates(); found.States > limit {
		return nil, &RefusedError{Message: fmt.Sprintf("%d states are reachable: a proof of this kind goes through at most %d", found.States, limit)}
	}
	t := newTranslator(p)
	d := &Development{Files: library(needed...), fast: o.Fast}
	if o.Fast {
		d.Files = library(neededFast...)
	}
	d.claims(t, found)
	if t.refusal != nil {
		return nil, t.refusal
	}
	for name := range found.Verdicts {
		if !d.speaksOf(name) {
			return nil, fmt.Errorf("got a verdict on %s, which is no property of %s", name, p.Name)
		}
	}
	text := d.model(t)
	if t.refusal != nil {
		return nil, t.refusal
	}
	d.Files = append(d.Files,
		File{"model/Model.v", text},
		File{"model/Proof.v", d.proof(found, o)},
		File{"model/Assumptions.v", d.assumptions()})
	project, makefile := d.project(), d.makefile()
	d.Files = append(d.Files, File{"_CoqProject", project}, File{"Makefile", makefile}, File{"README.md", d.readme(p.Name, found, o)})
	return d, nil
}

// parts adds what properties of whole runs, of domains and of other models evaluate in every state: there is no theorem about them, but
// that they have a value is part of there being no fault.
func (d *Development) parts(t *translator, own names) {
	var exprs []*ir.Expr
	for _, c := range t.p.Runs.Code {
		exprs = append(exprs, c.Expr)
	}
	if f := t.p.Flow; f != nil && len(f.Properties) > 0 {
		for _, c := range f.Properties { // what another domain sees is never asked
			exprs = append(exprs, f.Views[c.Of]...)
		}
		exprs = append(exprs, slices.Concat(f.Acts...)...)
	}
	for _, r := range t.p.Refined {
		exprs = append(exprs, r.Map...)
	}
	seen := map[string]bool{}
	for _, e := range exprs {
		if e == nil || e.Op == ir.Const {
			continue
		}
		x := call("Defined", t.expr(e))
		if text := x.flat(false); !seen[text] {
			seen[text] = true
			d.Claims = append(d.Claims, Claim{name: own.name(fmt.Sprintf("part_%d", len(seen))), term: x, text: t.p.Text(e)})
		}
	}
}

// Claims lists the names of the properties of a program that a development can speak of.
func Claims(p *ir.Program) []string {
	var d Development
	d.claims(newTranslator(p), Found{})
	var out []string
	for _, c := range d.Claims {
		if c.Property != "" {
			out = append(out, c.Property)
		}
	}
	return out
}

// Write writes the files to a folder, which is made if there is none. One with other things in it is left alone.
func (d *Development) Write(dir string) error {
	if in, err := os.ReadDir(dir); err == nil && len(in) > 0 {
		if _, err := os.Stat(filepath.Join(dir, "model", "Model.v")); err != nil {
			return fmt.Errorf("cannot write to %s: it is not empty, and holds no development", dir)
		}
	}
	for _, f := range d.Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(f.Text), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// file is the text of a file.
func (d *Development) file(name string) string {
	i := slices.IndexFunc(d.Files, func(f File) bool { return f.Name == name })
	return d.Files[i].Text
}

func (d *Development) speaksOf(name string) bool {
	return slices.Contains(d.Left, name) || slices.ContainsFunc(d.Claims, func(c Claim) bool { return c.Property == name })
}

// claims lists the properties, in the order of model.Info.
func (d *Development) claims(t *translator, found Found) {
	own, theorems := newNames(inModel()), newNames(inProof())
	add := func(property, ident, text string, x term) {
		c := Claim{Property: property, Verdict: found.Verdicts[property], name: own.name(ident), text: text, term: x}
		switch c.Verdict {
		case Holds:
			c.Theorem = theorems.name(ident)
		case Violated:
			c.Theorem = theorems.name(ident + "_fails")
		}
		d.Claims = append(d.Claims, c)
	}
	for i := range t.p.Props {
		q := &t.p.Props[i]
		switch q.Kind {
		case ir.Invariant:
			add(q.Name, q.Name, q.Text, call("Invariant", t.expr(q.Expr)))
		case ir.Step:
			add(q.Name, q.Name, q.Text, call("Step", t.expr(q.Expr)))
		case ir.Reachable:
			add(q.Name, q.Name, q.Text, call("Reachable", t.expr(q.Expr)))
		case ir.MaxBound:
			add(q.Name, q.Name, q.Text, call("AtMost", t.expr(q.Expr), integer(q.Limit)))
		case ir.MinBound:
			add(q.Name, q.Name, q.Text, call("AtLeast", t.expr(q.Expr), integer(q.Limit)))
		default:
			d.Left = append(d.Left, q.Name)
		}
	}
	for i := range t.p.Actions {
		if a := &t.p.Actions[i]; a.Ensures != nil {
			name := ir.Ensured(a.Name)
			add(name, name, t.p.Text(a.Ensures), call("Ensures", natural(int64(i)).noted(a.Name)))
		}
	}
	d.parts(t, own)
	add(string(model.Deadlock), "deadlock_free", "every state without a step is accepted by a terminal", call("NoDeadlock"))
	add(string(model.FaultFree), "fault_free", "no step lacks a value, nor does a property here", call("NoFault"))
}
