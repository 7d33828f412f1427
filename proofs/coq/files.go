package coq

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/types"
)

// safe is text that neither begins nor ends a comment of Coq, nor a string in one.
func safe(text string) string {
	text = strings.NewReplacer("(*", "( *", `"`, "''", "\n", " ").Replace(text)
	return strings.ReplaceAll(text, "*)", "* )") // by itself: a star may stand between both
}

// section is a module of Model.v, and the definitions in it.
type section struct {
	name, of string // of is the type of each
	in       []definition
}

func (s section) write(b *strings.Builder) {
	if len(s.in) == 0 {
		return
	}
	fmt.Fprintf(b, "Module %s.\n\n", s.name)
	for _, d := range s.in {
		d.write(b, s.of)
	}
	fmt.Fprintf(b, "End %s.\n\n", s.name)
}

func (d definition) write(b *strings.Builder, of string) {
	if d.note != "" {
		b.WriteString("(** " + safe(d.note) + " *)\n")
	}
	fmt.Fprintf(b, "Definition %s : %s :=\n  ", d.name, of)
	d.term.write(b, 2, false, ".")
	b.WriteString("\n\n")
}

// names are the definitions as they are called from outside.
func (s section) names() term {
	var out []term
	for _, d := range s.in {
		out = append(out, call(s.name+"."+d.name))
	}
	return list(out)
}

// model is the text of Model.v.
func (d *Development) model(t *translator) string {
	p := t.p
	functions, actions, claims := section{"Functions", "func", nil}, section{"Actions", "action", nil}, section{"Claims", "claim", nil}
	ofFunctions, ofActions := newNames(inModel()), newNames(inModel())
	for _, id := range order(p) {
		f := &p.Funcs[id]
		functions.in = append(functions.in, definition{ofFunctions.name(f.Name), t.function(f), f.Name + ", " + types.Pos(f.Pos)})
	}
	for i := range p.Actions {
		a := &p.Actions[i]
		actions.in = append(actions.in, definition{ofActions.name(a.Name), t.action(a), a.Name + ", " + types.Pos(a.Pos)})
	}
	for _, c := range d.Claims {
		note := c.text
		if c.Property != "" {
			note = c.Property + ": " + note
		}
		claims.in = append(claims.in, definition{c.name, c.term, note})
	}
	var vars []term
	for i := range p.Vars {
		vars = append(vars, t.variable(&p.Vars[i]))
	}
	whole := call("Program", list(vars), functions.names(), t.block(p.Init), actions.names(), list(t.exprs(p.Terminal).args), claims.names())

	var b strings.Builder
	fmt.Fprintf(&b, "(** The model %s, from %s%s.\n\n", p.Name, safe(p.File), under(p.Config))
	b.WriteString("    This is what the theorems speak of: that it is the model is to be seen by reading, or believed of the exporter. What it\n")
	b.WriteString("    means is defined in theories: Value.v, Syntax.v, Meaning.v, Semantics.v. *)\n\n")
	b.WriteString("From Coq Require Import List ZArith.\nFrom Bulkhead Require Import Value Syntax.\nImport ListNotations.\nOpen Scope Z_scope.\n\n")
	if len(p.Consts) > 0 {
		b.WriteString("(** With the constants\n")
		for _, k := range p.Consts {
			fmt.Fprintf(&b, "    %s = %s\n", k.Name, safe(p.Text(k.Value)))
		}
		b.WriteString(" *)\n\n")
	}
	for _, s := range []section{{"Types", "type", t.types}, functions, actions, claims} {
		s.write(&b)
	}
	definition{name: "model", term: whole}.write(&b, "program")
	return b.String()
}

func under(config string) string {
	if config == "" {
		return ""
	}
	return ", configuration " + config
}

// proof is the text of Proof.v.
func (d *Development) proof(found Found, o Options) string {
	var b strings.Builder
	b.WriteString("(** What is true of the model, decided by Coq's kernel: at Qed it explores the model and compares what it finds. *)\n\n")
	b.WriteString("From Coq Require Import List NArith.\nFrom Bulkhead Require Import TS Value Syntax Meaning Semantics Certify.\n")
	if o.Fast {
		b.WriteString("From Coq Require Import Uint63.\nFrom Bulkhead Require Import CertifyFast.\n")
	}
	b.WriteString("From Model Require Import Model.\nImport ListNotations.\n\n")
	if silent := d.Silent(); silent != "" {
		b.WriteString("(** Left out: " + silent + ". *)\n\n")
	}
	d.expected().write(&b, "list expectation")
	fmt.Fprintf(&b, "Theorem certificate : certified model expected %d.\nProof.\n", found.States)
	if o.Fast {
		fmt.Fprintf(&b, "  apply check_fast_certifies with (depth := %d) (size := %d%%uint63).\n", depth(found.States), tableSize(found.States))
	} else {
		fmt.Fprintf(&b, "  apply check_certifies with (depth := %d).\n", depth(found.States))
	}
	b.WriteString("  vm_cast_no_check (eq_refl true).\nQed.\n\n")
	b.WriteString("(** The number of states that can be reached. *)\n")
	fmt.Fprintf(&b, "Theorem %s : exactly (semantics model) %d.\nProof. exact (proj1 certificate). Qed.\n\n", countTheorem, found.States)
	for i, c := range d.Claims {
		if c.Theorem == "" {
			continue
		}
		fmt.Fprintf(&b, "(** %s: %s *)\nTheorem %s :\n  %s.\n", safe(c.Property), safe(c.text), c.Theorem, c.statement())
		fmt.Fprintf(&b, "Proof. exact (proj2 certificate %d _ _ eq_refl eq_refl). Qed.\n\n", i)
	}
	return b.String()
}

// expected lists what was found of the claims.
func (d *Development) expected() definition {
	word := map[Verdict]string{Holds: "Holds", Violated: "Fails", Unknown: "Unknown"}
	var out []term
	for _, c := range d.Claims {
		out = append(out, call(word[c.Verdict]).noted(c.name))
	}
	return definition{name: "expected", term: list(out)}
}

// statement is what the theorem of a claim says, as stated of Certify.v does.
func (c *Claim) statement() string {
	claim := "Claims." + c.name
	some := func(what string) string {
		return fmt.Sprintf("exists s, reachable model s /\\ %s model %s s = true", what, claim)
	}
	all := func(what string) string {
		return fmt.Sprintf("forall s, reachable model s -> %s model %s s = true", what, claim)
	}
	switch holds := c.Verdict == Holds; {
	case c.term.head == "Reachable" && holds:
		return some("holds")
	case c.term.head == "Reachable":
		return all("fails")
	case c.term.head == "NoFault" && holds:
		return "~ In None (initial model) /\\ " + all("holds")
	case c.term.head == "NoFault":
		return "In None (initial model) \\/ " + some("fails")
	case holds:
		return all("holds")
	default:
		return some("fails")
	}
}

// Silent says in a sentence or two what there are no theorems about, or is "".
func (d *Development) Silent() string {
	var out []string
	if len(d.Left) > 0 {
		out = append(out, "nothing is said of "+strings.Join(d.Left, ", ")+" (claims about whole runs, domains or other models)")
	}
	var unknown []string
	for _, c := range d.Claims {
		if c.Verdict == Unknown && c.Property != "" {
			unknown = append(unknown, c.Property)
		}
	}
	if len(unknown) > 0 {
		out = append(out, "nothing is said of "+strings.Join(unknown, ", ")+": no verdict was found")
	}
	return strings.Join(out, "; ")
}

// depth is such that 2^depth expansions are enough, the one that finds none to do included.
func depth(states int64) int { return bits.Len64(uint64(states)) }

// tableSize is at most what an array may have.
func tableSize(states int64) int64 { return min(states*3/2|1, 1<<22-1) }

// assumptions is the text of Assumptions.v.
func (d *Development) assumptions() string {
	var b strings.Builder
	b.WriteString("(** Compiled, this prints what the theorems assume, all together. *)\n\nFrom Model Require Import Proof.\n\n")
	fmt.Fprintf(&b, "Definition theorems :=\n  (%s).\n\nPrint Assumptions theorems.\n", strings.Join(d.Theorems(), ",\n   "))
	return b.String()
}

// Theorems lists the names of the theorems.
func (d *Development) Theorems() []string {
	out := []string{countTheorem}
	for _, c := range d.Claims {
		if c.Theorem != "" {
			out = append(out, c.Theorem)
		}
	}
	return out
}

// project is the text of _CoqProject.
func (d *Development) project() string {
	var b strings.Builder
	b.WriteString("-Q theories Bulkhead\n-Q model Model\n")
	for _, f := range d.Files {
		b.WriteString(f.Name + "\n")
	}
	return b.String()
}

// makefile compiles the files in their order.
func (d *Development) makefile() string {
	var b strings.Builder
	b.WriteString("# Checks the proof: make. With the independent checker of Coq, which takes much longer: make validate.\n")
	b.WriteString("COQC ?= coqc\nCOQCHK ?= coqchk\nFLAGS = -Q theories Bulkhead -Q model Model\n\nall:\n")
	for _, f := range d.Files {
		fmt.Fprintf(&b, "\t$(COQC) $(FLAGS) %s\n", f.Name)
	}
	b.WriteString("\nvalidate: all\n\t$(COQCHK) -silent -o $(FLAGS) -norec Model.Proof\n\n.PHONY: all validate\n")
	return b.String()
}

// readme is the text of README.md.
func (d *Development) readme(name string, found Found, o Options) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# What is proved of %s\n\n", name)
	fmt.Fprintf(&b, "It has %d reachable states (`%s`).\n\n", found.States, countTheorem)
	b.WriteString("| property | theorem in `model/Proof.v` | says that it |\n|---|---|---|\n")
	says := map[Verdict]string{Holds: "holds", Violated: "is violated"}
	for _, c := range d.Claims {
		if c.Theorem != "" {
			fmt.Fprintf(&b, "| %s | `%s` | %s |\n", c.Property, c.Theorem, says[c.Verdict])
		}
	}
	b.WriteString("\n")
	if silent := d.Silent(); silent != "" {
		b.WriteString("Left out: " + silent + ".\n\n")
	}
	b.WriteString("`make` compiles all with Coq 8.16 or later; the last file prints what the theorems assume: ")
	if o.Fast {
		b.WriteString("what Coq's own library says of the\nmachine's integers and arrays (`Uint63`, `PArray`).\n\n")
	} else {
		b.WriteString("nothing (`Closed under the\nglobal context`).\n\n")
	}
	b.WriteString("To believe them is to believe Coq's kernel with its virtual machine, that `theories/Value.v`, `Syntax.v`, `Meaning.v`, `Semantics.v`\n")
	b.WriteString("and `TS.v` say what the language means, and that `model/Model.v` is the model. Nothing else is trusted: not the search that found the\n")
	b.WriteString("verdicts, not the tactics, and not `Certify.v`, `Explore.v` and the rest of `theories`, which are proved.\n")
	return b.String()
}
