package inductive

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// development is a Coq file being written.
type development struct {
	*system
	b       strings.Builder
	leaves  []leaf
	ofVar   []int    // the variable of each leaf
	claims_ []*Claim // of Inv
	opt     *Options
	ctx     context.Context
	lemmas  int
	splits  string // tactics for what is about to be proved
	shown   []fact // of the transition at hand
}

// fact is what a lemma says.
type fact struct {
	t     *Term
	lemma string
}

// Claim is a part of what is proved of all states.
type Claim struct {
	name  string
	parts []*Term
}

// Coq writes a development in which what the solvers found is proved anew, for all values of the open constants: an invariant of all
// states that can be reached, and that nothing faults in them. It rests on Bulkhead.Sums. The error is an *Unsupported where the model has
// what is not written in Coq. A solver is asked which facts each proof needs; Coq trusts none of it.
func Coq(ctx context.Context, prog *ir.Program, open []string, opt Options) (text string, err error) {
	defer caught(&err)
	if opt.Limit == 0 {
		opt.Limit = 10 * time.Second
	}
	if len(opt.Solvers) == 0 {
		return "", &Unsupported{What: "proofs in Coq without a solver to say which facts they need"}
	}
	d := &development{system: newSystem(prog, open, nil), opt: &opt, ctx: ctx}
	d.coq = newCoqNames()
	for i, v := range prog.Vars {
		for _, l := range d.leavesOf(v.Type, v.Name, nil, func(v value, _ []*Term) value { return v }) {
			d.coq.fields[l.name] = true
			d.leaves = append(d.leaves, l)
			d.ofVar = append(d.ofVar, i)
		}
	}
	if err := d.write(); err != nil {
		return "", err
	}
	return d.b.String(), nil
}

func (d *development) printf(format string, args ...any) { fmt.Fprintf(&d.b, format, args...) }

const coqPreamble = `From Coq Require Import ZArith Lia ZifyBool Bool.
From Bulkhead Require Import Sums.
Open Scope Z_scope.

Ltac hide_sums :=
  repeat match goal with
  | |- context [sum ?a ?b ?f] => let S := fresh "S" in set (S := sum a b f) in *; clearbody S
  | H : context [sum ?a ?b ?f] |- _ => let S := fresh "S" in set (S := sum a b f) in *; clearbody S
  end.
Ltac split_ifs :=
  repeat match goal with
  | |- context [if ?c then _ else _] => destruct c eqn:?
  | H : context [if ?c then _ else _] |- _ => destruct c eqn:?
  end.
Ltac crush := hide_sums; split_ifs; lia.

`

func (d *development) write() error {
	d.printf("(* %s: what holds in every state that can be reached, whatever the constants are. Written by bulkhead prove --inductive --coq. *)\n%s", d.prog.Name, coqPreamble)
	d.printf("Section Model.\n")
	for _, name := range d.open {
		d.printf("Variable %s : Z.\n", d.coq.name(name))
	}
	for i, t := range d.premises {
		d.printf("Hypothesis P%d : %s.\n", i+1, d.coq.prop(t))
	}
	d.printf("\nRecord state := State {\n")
	for i, l := range d.leaves {
		end := ";"
		if i == len(d.leaves)-1 {
			end = ""
		}
		d.printf("  %s : %sZ%s\n", d.coq.name(l.name), strings.Repeat("Z -> ", len(l.keys)), end)
	}
	d.printf("}.\n\n")
	for i, v := range d.prog.Vars {
		d.define("typed_"+v.Name, conjuncts(d.typing[i]))
	}
	for i, c := range d.claims {
		d.define(c.name, conjuncts(d.held[i]))
	}
	var all []string
	for _, c := range d.claims_ {
		all = append(all, c.name+" s")
	}
	if len(all) == 0 {
		return &Unsupported{What: "a model without invariants or ranges, in Coq"}
	}
	d.printf("Definition Inv (s : state) : Prop :=\n  %s.\n\n", strings.Join(all, " /\\\n  "))
	return d.steps()
}

func (d *development) define(name string, parts []*Term) {
	if len(parts) == 0 {
		return
	}
	name = d.coq.name("claim " + name)
	name = strings.TrimPrefix(name, "claim_")
	d.claims_ = append(d.claims_, &Claim{"C_" + name, parts})
	d.printf("Definition C_%s (s : state) : Prop :=\n  %s.\n", name, d.conjunction(parts))
}

func (d *development) conjunction(parts []*Term) string {
	var out []string
	for _, t := range parts {
		out = append(out, d.coq.prop(t))
	}
	if len(out) == 0 {
		return "True"
	}
	return strings.Join(out, " /\\\n  ")
}

// transition is one way of an action, or of the initial states, as a relation.
type transition struct {
	name   string
	action int
	vars   []string // what it is for some values of: name and type
	args   []string
	known  []*Term // of the parameters
	needs  []*Term
	parts  []*Term // what it says of s and s'
	live   *Term
	after  []value
	params []value
}

// definitions say what each part of the state after a step is.
func (d *development) definitions(after []value) []*Term {
	var out []*Term
	for i, l := range d.leaves {
		v := after[d.ofVar[i]]
		var over func(n int, keys []*Term) *Term
		over = func(n int, keys []*Term) *Term {
			if n == len(l.keys) {
				return d.pool.make(Eq, 0, "", d.pool.app(l.name+primed, keys), l.get(v, keys))
			}
			lo, hi := d.bounds(l.keys[n])
			return d.pool.forall(lo, hi, func(k *Term) *Term { return over(n+1, append(keys[:len(keys):len(keys)], k)) })
		}
		out = append(out, over(0, nil))
	}
	return out
}

// chosenIn lists what stands for parameters and choices in some terms.
func (d *development) chosenIn(ts []*Term) (vars, args []string) {
	seen := map[*Term]bool{}
	names := map[string]int{}
	var walk func(t *Term)
	walk = func(t *Term) {
		if seen[t] {
			return
		}
		seen[t] = true
		if (t.Op == Var || t.Op == App) && strings.HasPrefix(t.Name, chosenMark) {
			names[t.Name] = len(t.Args)
		}
		for _, a := range t.Args {
			walk(a)
		}
	}
	for _, t := range ts {
		walk(t)
	}
	var list []string
	for n := range names {
		list = append(list, n)
	}
	slices.Sort(list)
	for _, n := range list {
		vars = append(vars, fmt.Sprintf("(%s : %sZ)", d.coq.name(n), strings.Repeat("Z -> ", names[n])))
		args = append(args, d.coq.name(n))
	}
	return vars, args
}

func (d *development) transitions() []*transition {
	var out []*transition
	init := d.initial()[0]
	for i, w := range init.ways {
		t := &transition{name: "init", action: -1, live: w.live, after: w.in.vars, needs: conjuncts(init.Goal)}
		if len(init.ways) > 1 {
			t.name += strconv.Itoa(i + 1)
		}
		for k, v := range d.prog.Vars {
			if v.Init == nil {
				t.known = append(t.known, conjuncts(d.typing[k])...)
			}
		}
		out = append(out, t)
	}
	for i := range d.prog.Actions {
		d.choices = map[string]int{}
		known, needs, ways, params := d.step(i, d.vars)
		for k, w := range ways {
			t := &transition{name: d.prog.Actions[i].Name, action: i, live: w.live, after: w.in.vars, params: params, needs: conjuncts(needs)}
			if len(ways) > 1 {
				t.name += "_" + strconv.Itoa(k+1)
			}
			for _, c := range known {
				t.known = append(t.known, conjuncts(c)...)
			}
			out = append(out, t)
		}
	}
	for _, t := range out {
		t.name = d.coq.name("step " + t.name)
		t.parts = append(append(slices.Clone(t.known), conjuncts(t.live)...), d.definitions(t.after)...)
		t.vars, t.args = d.chosenIn(append(slices.Clone(t.parts), t.needs...))
	}
	return out
}

func (d *development) steps() error {
	list := d.transitions()
	for _, t := range list {
		d.printf("Definition %s %s (s s' : state) : Prop :=\n  %s.\n\n", t.name, strings.Join(t.vars, " "), d.conjunction(t.parts))
	}
	d.printf("Inductive reachable : state -> Prop :=\n")
	for _, t := range list {
		before := "reachable s -> "
		if t.action < 0 {
			before = ""
		}
		d.printf("| reach_%s : forall %s s s', %s%s s s' -> reachable s'\n", t.name, strings.Join(t.vars, " "), before, join(t.name, t.args))
	}
	d.printf(".\n\n")
	var sound []string
	for _, t := range list {
		if err := d.preserved(t); err != nil {
			return err
		}
	}
	d.printf("Theorem invariant : forall s, reachable s -> Inv s.\nProof.\n  intros s H. induction H.\n")
	for _, t := range list {
		d.printf("  - eapply %s_keeps; eassumption.\n", t.name)
	}
	d.printf("Qed.\n\n")
	seen := map[int]bool{}
	for _, t := range list {
		if seen[t.action] || len(t.needs) == 0 {
			continue
		}
		seen[t.action] = true
		name := t.name + "_sound"
		proofs, err := d.lemmasFor(t, name, t.needs, false)
		if err != nil {
			return err
		}
		before, use := "reachable s -> ", "(invariant s R)"
		if t.action < 0 {
			before, use = "", ""
		}
		d.printf("(* Nothing faults. *)\nTheorem %s : forall %s (s : state), %s%s%s.\nProof.\n", name, strings.Join(t.vars, " "), before, d.arrows(t.known), "("+d.conjunction(t.needs)+")")
		intro := "intros " + strings.Join(t.args, " ") + " s"
		if t.action >= 0 {
			intro += " R"
		}
		var ks []string
		for k := range t.known {
			ks = append(ks, fmt.Sprintf("K%d", k+1))
		}
		d.printf("  %s %s.\n  exact %s.\nQed.\n\n", intro, strings.Join(ks, " "), nest(proofs, func(l string) string {
			return "(" + join(l, append(append(slices.Clone(t.args), "s", use), ks...)) + ")"
		}))
		sound = append(sound, name)
	}
	if err := d.stepClaims(list, &sound); err != nil {
		return err
	}
	d.printf("End Model.\n\nPrint Assumptions invariant.\n")
	for _, name := range sound {
		d.printf("Print Assumptions %s.\n", name)
	}
	return nil
}

func join(head string, args []string) string {
	for _, a := range args {
		if a != "" {
			head += " " + a
		}
	}
	return head
}

// nest is a proof of a conjunction of those of its parts.
func nest(lemmas []string, proof func(string) string) string {
	if len(lemmas) == 1 {
		return proof(lemmas[0])
	}
	return "(conj " + proof(lemmas[0]) + " " + nest(lemmas[1:], proof) + ")"
}

func (d *development) arrows(ts []*Term) string {
	out := ""
	for _, t := range ts {
		out += d.coq.prop(t) + " -> "
	}
	return out
}

// preserved proves that a transition leads to where Inv is true.
func (d *development) preserved(t *transition) error {
	var claims [][]string
	d.shown = nil
	for _, c := range d.claims_ {
		var goals []*Term
		for _, g := range c.parts {
			goals = append(goals, d.prime(g))
		}
		lemmas, err := d.lemmasFor(t, t.name+"_"+c.name, goals, true)
		if err != nil {
			return err
		}
		claims = append(claims, lemmas)
	}
	before, arg := "Inv s -> ", "HI"
	if t.action < 0 {
		before, arg = "", ""
	}
	d.printf("Lemma %s_keeps : forall %s s s', %s%s s s' -> Inv s'.\nProof.\n  intros %s s s' %s HS.\n  exact ", t.name,
		strings.Join(t.vars, " "), before, join(t.name, t.args), strings.Join(t.args, " "), arg)
	var whole []string
	for _, lemmas := range claims {
		whole = append(whole, nest(lemmas, func(l string) string {
			return "(" + join(l, append(slices.Clone(t.args), "s", "s'", arg, "HS")) + ")"
		}))
	}
	d.printf("%s.\nQed.\n\n", nest(whole, func(s string) string { return s }))
	return nil
}

// stepClaims proves what is claimed of steps.
func (d *development) stepClaims(list []*transition, names *[]string) error {
	var after []value
	for _, v := range d.prog.Vars {
		after = append(after, d.state(v.Type, v.Name+primed, nil))
	}
	// the parts of a primed variable are called as those of the variable, with the prime at the end
	fix := func(t *Term) *Term { return d.primeEnds(t) }
	for _, t := range list {
		if t.action < 0 {
			continue
		}
		a := &d.prog.Actions[t.action]
		prove := func(name string, e *ir.Expr) error {
			in := env{vars: after, old: d.vars}
			for i, id := range a.Params {
				in = in.bind(id, t.params[i])
			}
			var c *Term
			sure := d.sound(func() { c = d.truth(e, in) })
			goals := conjuncts(fix(d.pool.and(sure, c)))
			if len(goals) == 0 {
				return nil
			}
			lemmas, err := d.lemmasFor(t, t.name+"_"+d.coq.name("step claim "+name), goals, true)
			*names = append(*names, lemmas...)
			return err
		}
		for _, q := range d.prog.Props {
			if q.Kind == ir.Step {
				if err := prove(q.Name, q.Expr); err != nil {
					return err
				}
			}
		}
		if a.Ensures != nil {
			if err := prove("ensures", a.Ensures); err != nil {
				return err
			}
		}
	}
	return nil
}

// primeEnds renames x'.tag to x.tag'.
func (d *development) primeEnds(t *Term) *Term {
	memo := map[*Term]*Term{}
	var walk func(t *Term) *Term
	walk = func(t *Term) *Term {
		if u, ok := memo[t]; ok {
			return u
		}
		var args []*Term
		for _, a := range t.Args {
			args = append(args, walk(a))
		}
		name := t.Name
		if before, after, ok := strings.Cut(name, primed); ok {
			name = before + after + primed
		}
		u := d.pool.make(t.Op, t.Int, name, args...)
		memo[t] = u
		return u
	}
	return walk(t)
}
