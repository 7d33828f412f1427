package inductive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// coqNames prints terms as Coq reads them: integers are of type Z, the parts of a state are fields of a record.
type coqNames struct {
	names  map[string]string // of what stands for itself
	used   map[string]bool
	fields map[string]bool // the parts of a state
}

func newCoqNames() *coqNames {
	c := &coqNames{names: map[string]string{}, used: map[string]bool{}, fields: map[string]bool{}}
	for _, w := range strings.Fields(`as at cofix else end exists exists2 fix for forall fun if IF in let match mod return Prop Set SProp Type then using
		where with s s' state State Inv init reachable sum sumn typed Z O S eq conj True False true false and or not negb andb orb nat bool
		Lemma Theorem Definition Section End by invariant no_fault`) {
		c.used[w] = true
	}
	return c
}

// name is what a name is called in Coq, another one for each.
func (c *coqNames) name(of string) string {
	if n, ok := c.names[of]; ok {
		return n
	}
	n := strings.Map(plainLetter, strings.TrimPrefix(of, chosenMark))
	if n == "" || n[0] >= '0' && n[0] <= '9' {
		n = "n" + n
	}
	for c.used[n] || shadows(n) {
		n += "_"
	}
	c.used[n] = true
	c.names[of] = n
	return n
}

// shadows tells whether a name is like those that proofs use: a capital or b with a number.
func shadows(n string) bool {
	_, err := strconv.Atoi(n[1:])
	return err == nil
}

func plainLetter(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return '_'
}

const primed = "'"

// symbol is a part of a state, s or s', or another name.
func (c *coqNames) symbol(name string) string {
	if base, ok := strings.CutSuffix(name, primed); ok && c.fields[base] {
		return c.name(base) + " s'"
	}
	if c.fields[name] {
		return c.name(name) + " s"
	}
	return c.name(name)
}

// term prints an integer.
func (c *coqNames) term(t *Term) string {
	list := func(op string) string {
		var parts []string
		for _, a := range t.Args {
			parts = append(parts, c.term(a))
		}
		return "(" + strings.Join(parts, op) + ")"
	}
	switch t.Op {
	case Num:
		if t.Int < 0 {
			return "(" + strconv.FormatInt(t.Int, 10) + ")"
		}
		return strconv.FormatInt(t.Int, 10)
	case Var, App:
		if isBound(t) {
			return "b" + strings.TrimPrefix(t.Name, binderMark)
		}
		out := c.symbol(t.Name)
		for _, a := range t.Args {
			out += " " + c.term(a)
		}
		if strings.Contains(out, " ") {
			return "(" + out + ")"
		}
		return out
	case Add:
		return list(" + ")
	case Mul:
		return list(" * ")
	case Div:
		return list(" / ")
	case Mod:
		return list(" mod ")
	case Ite:
		return "(if " + c.boolean(t.Args[0]) + " then " + c.term(t.Args[1]) + " else " + c.term(t.Args[2]) + ")"
	case Sum:
		return "(sum " + c.term(t.Args[0]) + " " + c.term(t.Args[1]) + " " + c.function(t) + ")"
	}
	panic(&Unsupported{What: "a truth value as an integer, in Coq"})
}

// function prints the summand of a sum.
func (c *coqNames) function(t *Term) string {
	return "(fun b" + strings.TrimPrefix(t.Name, binderMark) + " => " + c.term(t.Args[2]) + ")"
}

// boolean prints a truth value that is computed.
func (c *coqNames) boolean(t *Term) string {
	list := func(op string) string {
		var parts []string
		for _, a := range t.Args {
			parts = append(parts, c.boolean(a))
		}
		return "(" + strings.Join(parts, op) + ")"
	}
	switch t.Op {
	case True:
		return "true"
	case False:
		return "false"
	case Le:
		return "(" + c.term(t.Args[0]) + " <=? " + c.term(t.Args[1]) + ")"
	case Eq:
		return "(" + c.term(t.Args[0]) + " =? " + c.term(t.Args[1]) + ")"
	case Not:
		return "(negb " + c.boolean(t.Args[0]) + ")"
	case And:
		return list(" && ")
	case Or:
		return list(" || ")
	}
	panic(&Unsupported{What: "a quantifier in the condition of a choice, in Coq"})
}

// prop prints a truth value that is claimed. Binders that follow each other come before what is said of each.
func (c *coqNames) prop(t *Term) string {
	list := func(op string) string {
		var parts []string
		for _, a := range t.Args {
			parts = append(parts, c.prop(a))
		}
		return "(" + strings.Join(parts, op) + ")"
	}
	switch t.Op {
	case True:
		return "True"
	case False:
		return "False"
	case Le:
		return "(" + c.term(t.Args[0]) + " <= " + c.term(t.Args[1]) + ")"
	case Eq:
		return "(" + c.term(t.Args[0]) + " = " + c.term(t.Args[1]) + ")"
	case Not:
		return "(~ " + c.prop(t.Args[0]) + ")"
	case And:
		return list(" /\\ ")
	case Or:
		return list(" \\/ ")
	}
	var names, ranges []string
	for ; t.Op == Forall; t = t.Args[2] {
		b := "b" + strings.TrimPrefix(t.Name, binderMark)
		names = append(names, b)
		ranges = append(ranges, c.term(t.Args[0])+" <= "+b+" <= "+c.term(t.Args[1]))
	}
	return "(forall " + strings.Join(names, " ") + ", " + strings.Join(ranges, " -> ") + " -> " + c.prop(t) + ")"
}

// leaf is a part of a state: a function of keys, each of a scalar type.
type leaf struct {
	name string
	keys []*types.Type
	get  func(v value, keys []*Term) *Term
}

// leavesOf are the parts of a variable.
func (s *system) leavesOf(t *types.Type, name string, keys []*types.Type, of func(v value, keys []*Term) value) []leaf {
	p := s.pool
	one := func(suffix string, get func(value) *Term) leaf {
		return leaf{name + suffix, keys, func(v value, ks []*Term) *Term { return get(of(v, ks)) }}
	}
	switch t.Kind {
	case types.Bool:
		return []leaf{one("", func(v value) *Term { return p.ite(v.T, p.num(1), p.num(0)) })}
	case types.Range, types.Enum, types.Symmetric:
		return []leaf{one("", func(v value) *Term { return v.T })}
	case types.Record, types.Tuple:
		var out []leaf
		for i, f := range t.Fields {
			out = append(out, s.leavesOf(f.Type, name+"."+f.Name, keys, func(v value, ks []*Term) value { return of(v, ks).Parts[i] })...)
		}
		return out
	case types.Option, types.Union:
		out := []leaf{one(".tag", func(v value) *Term { return v.Tag })}
		for i, ts := range alternatives(t) {
			for j, u := range ts {
				out = append(out, s.leavesOf(u, name+altName(t, i, j), keys, func(v value, ks []*Term) value { return of(v, ks).Alts[i][j] })...)
			}
		}
		return out
	case types.Map:
		more := scalarsOf(t.Key)
		n := len(keys)
		return s.leavesOf(t.Elem, name, append(keys[:n:n], more...), func(v value, ks []*Term) value {
			return of(v, ks[:n]).At(keyOf(t.Key, ks[n:n+len(more)]))
		})
	case types.Set:
		more := scalarsOf(t.Elem)
		n := len(keys)
		return []leaf{{name, append(keys[:n:n], more...), func(v value, ks []*Term) *Term {
			return p.ite(of(v, ks[:n]).Has(keyOf(t.Elem, ks[n:])), p.num(1), p.num(0))
		}}}
	}
	panic(&Unsupported{What: t.String() + " in Coq"})
}

// scalarsOf are the types of the integers of a key.
func scalarsOf(t *types.Type) []*types.Type {
	switch t.Kind {
	case types.Range, types.Enum, types.Symmetric:
		return []*types.Type{t}
	case types.Record, types.Tuple:
		var out []*types.Type
		for _, f := range t.Fields {
			out = append(out, scalarsOf(f.Type)...)
		}
		return out
	}
	panic(&Unsupported{What: t.String() + " as a key, in Coq"})
}

func keyOf(t *types.Type, ks []*Term) value {
	if t.Kind != types.Record && t.Kind != types.Tuple {
		return scalar(ks[0])
	}
	var v value
	for _, f := range t.Fields {
		n := len(scalarsOf(f.Type))
		v.Parts = append(v.Parts, keyOf(f.Type, ks[:n]))
		ks = ks[n:]
	}
	return v
}

// prime is a term about the state after a step, as it stands.
func (s *system) prime(t *Term) *Term {
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
		if (t.Op == Var || t.Op == App) && s.coq.fields[name] {
			name += primed
		}
		u := s.pool.make(t.Op, t.Int, name, args...)
		memo[t] = u
		return u
	}
	return walk(t)
}

// conjuncts takes a term apart.
func conjuncts(t *Term) []*Term {
	switch t.Op {
	case True:
		return nil
	case And:
		return t.Args
	}
	return []*Term{t}
}

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

// lemmasFor proves each of some goals of a transition, or of the state before it alone, and gives the names of the lemmas.
func (d *development) lemmasFor(t *transition, name string, goals []*Term, step bool) ([]string, error) {
	var out []string
	for i, g := range goals {
		own := fmt.Sprintf("%s_%d", name, i+1)
		if err := d.lemma(t, own, g, step); err != nil {
			return nil, fmt.Errorf("%s: %w", own, err)
		}
		out = append(out, own)
	}
	return out, nil
}

// lemma proves a goal: from what is known alone, else with lemmas about sums, else with what was shown of the same step, too.
func (d *development) lemma(t *transition, name string, goal *Term, step bool) error {
	var last error
	for effort := range 3 {
		if effort == 2 && (len(d.shown) == 0 || !step) {
			break
		}
		text, err := d.proof(t, name, goal, step, effort)
		if err == nil {
			d.b.WriteString(text)
			if step {
				d.shown = append(d.shown, fact{goal, name})
			}
			return nil
		}
		if last = err; !errors.As(err, new(*Unsupported)) {
			return err
		}
	}
	return last
}

func (d *development) proof(t *transition, name string, goal *Term, step bool, effort int) (string, error) {
	pr := d.problem(nil)
	pr.origins = map[*Term]origin{}
	pr.related = map[string][]*Term{}
	for i, f := range d.premises {
		pr.addFrom(f, origin{proof: fmt.Sprintf("P%d", i+1)})
	}
	var head, script strings.Builder
	write := func(format string, args ...any) { fmt.Fprintf(&script, format, args...) }
	intro := join("intros", append(slices.Clone(t.args), "s"))
	statement, binders := "", strings.Join(t.vars, " ")+" (s : state)"
	var unfold []string
	if t.action >= 0 {
		statement = "Inv s -> "
		unfold = append(unfold, "pose proof HI as HI0.")
		unfold = append(unfold, d.unfoldInv(pr)...)
	}
	if step {
		binders += " (s' : state)"
		statement += join(t.name, t.args) + " s s' -> "
		intro += " s'"
		if t.action >= 0 {
			intro += " HI"
		}
		intro += " HS"
		unfold = append(unfold, "pose proof HS as HS0.", "unfold "+t.name+" in HS.")
		var own []string
		for i, f := range t.parts {
			h := fmt.Sprintf("L%d", i+1)
			own = append(own, h)
			pr.addFrom(f, origin{proof: h})
			d.relate(pr, f)
		}
		unfold = append(unfold, destruct("HS", own))
	} else {
		statement += d.arrows(t.known)
		if t.action >= 0 {
			intro += " HI"
		}
		for i, f := range t.known {
			h := fmt.Sprintf("L%d", i+1)
			intro += " " + h
			pr.addFrom(f, origin{proof: h})
		}
	}
	if effort == 2 {
		args := append(slices.Clone(t.args), "s", "s'")
		if t.action >= 0 {
			args = append(args, "HI0")
		}
		for _, f := range d.shown {
			pr.addFrom(f.t, origin{proof: "(" + join(f.lemma, append(args, "HS0")) + ")"})
		}
	}
	fmt.Fprintf(&head, "Lemma %s : forall %s, %s%s.\nProof.\n  %s.\n", name, binders, statement, d.coq.prop(goal), intro)
	for _, line := range unfold {
		head.WriteString("  " + line + "\n")
	}
	var xs, rs []string
	for goal.Op == Forall {
		x := pr.name("some")
		xs = append(xs, d.coq.term(x))
		r := fmt.Sprintf("R%d", len(xs))
		rs = append(rs, r)
		pr.addFrom(d.pool.within(goal.Args[0], x, goal.Args[1]), origin{proof: r})
		goal = d.pool.body(goal, x)
	}
	if len(xs) > 0 {
		fmt.Fprintf(&head, "  intros %s %s.\n", strings.Join(xs, " "), strings.Join(rs, " "))
	}
	pr.addFrom(d.pool.not(goal), origin{})
	pr.apply(3)
	if effort > 0 {
		if err := pr.use(d.ctx, d.opt.Solvers[0], d.opt.Limit); err != nil {
			return "", err
		}
		pr.apply(2)
	}
	keep, err := d.justify(pr, write, 0)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s%s  clear - %s.\n  %scrush.\nQed.\n\n", head.String(), script.String(), strings.Join(keep, " "), d.splits), nil
}

// unfoldInv takes what Inv says of s apart, and adds it.
func (d *development) unfoldInv(pr *problem) []string {
	var patterns, defs []string
	n := 0
	for _, c := range d.claims_ {
		var own []string
		for _, f := range c.parts {
			n++
			h := fmt.Sprintf("H%d", n)
			own = append(own, h)
			pr.addFrom(f, origin{proof: h})
		}
		defs = append(defs, c.name)
		patterns = append(patterns, pattern(own))
	}
	return []string{"unfold Inv, " + strings.Join(defs, ", ") + " in HI.", destruct("HI", patterns)}
}

func pattern(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return "(" + strings.Join(names, " & ") + ")"
}

func destruct(h string, names []string) string {
	if len(names) == 1 && !strings.HasPrefix(names[0], "(") {
		return "rename " + h + " into " + names[0] + "."
	}
	return "destruct " + h + " as " + pattern(names) + "."
}

// relate notes what the argument of a part of the state is compared with where the part is defined.
func (d *development) relate(pr *problem, f *Term) {
	for t := f; t.Op == Forall; t = t.Args[2] {
		for _, name := range functionsOf(t) {
			if !strings.HasSuffix(name, primed) {
				continue
			}
			for _, k := range pr.keys(t) {
				if !slices.Contains(pr.related[name], k) {
					pr.related[name] = append(pr.related[name], k)
				}
			}
		}
	}
}

// justify writes how the facts that contradict each other come about, and gives the hypotheses that they are.
func (d *development) justify(pr *problem, write func(string, ...any), level int) ([]string, error) {
	core, err := d.opt.Solvers[0].core(d.ctx, d.opt.Limit, pr.facts)
	if err != nil {
		return nil, err
	}
	var keep []string
	hold := func(h string) {
		if !slices.Contains(keep, h) {
			keep = append(keep, h)
		}
	}
	indent := strings.Repeat("  ", level+1)
	for _, i := range core {
		f := pr.facts[i]
		if mentionsAtom(f) {
			return nil, &Unsupported{What: "a quantifier inside a formula, in Coq"}
		}
		from := pr.origins[f]
		switch {
		case from.lemma != nil:
			h, err := d.lemmaUse(pr, from.lemma, write, level)
			if err != nil {
				return nil, err
			}
			hold(h)
		case strings.HasPrefix(from.proof, "("):
			d.lemmas++
			h := fmt.Sprintf("F%d", d.lemmas)
			write("%spose proof %s as %s.\n", indent, from.proof, h)
			hold(h)
		case from.proof != "":
			hold(from.proof)
		}
	}
	if len(keep) == 0 {
		keep = []string{"s"}
	}
	var facts []*Term
	for _, i := range core {
		facts = append(facts, pr.facts[i])
	}
	d.splits = d.congruence(facts)
	return keep, nil
}

// congruence parts the cases in which two arguments of a function are the same: lia takes what a function gives for an unknown.
func (d *development) congruence(facts []*Term) string {
	pr := d.problem(nil)
	for _, f := range facts {
		pr.index(f)
	}
	var out strings.Builder
	done := map[[2]*Term]bool{}
	var places []place
	for at := range pr.places {
		places = append(places, at)
	}
	slices.SortFunc(places, func(a, b place) int { return strings.Compare(a.name, b.name)*10 + a.arg - b.arg })
	for _, at := range places {
		ts := pr.places[at]
		for i, a := range ts {
			for _, b := range ts[:i] {
				if a.Op == Num && b.Op == Num || done[[2]*Term{a, b}] || done[[2]*Term{b, a}] {
					continue
				}
				done[[2]*Term{a, b}] = true
				use := "rewrite E in *"
				x, y := a, b
				if y.Op == Var {
					x, y = b, a
				}
				if x.Op == Var {
					use = "subst " + d.coq.term(x)
				}
				fmt.Fprintf(&out, "try (let E := fresh \"E\" in destruct (Z.eq_dec %s %s) as [E|E]; [%s|]); ", d.coq.term(x), d.coq.term(y), use)
			}
		}
	}
	return out.String()
}

// mentionsAtom tells whether what stands for a quantifier stands in a fact.
func mentionsAtom(t *Term) bool {
	if t.Op == Var {
		return strings.HasPrefix(t.Name, "all!")
	}
	return slices.ContainsFunc(t.Args, mentionsAtom)
}

// lemmaUse writes the use of a lemma about sums, with the proof of its premise.
func (d *development) lemmaUse(pr *problem, l *lemma, write func(string, ...any), level int) (string, error) {
	d.lemmas++
	h := fmt.Sprintf("F%d", d.lemmas)
	a := l.sums[0]
	args := []string{d.coq.term(a.Args[0]), d.coq.term(a.Args[1]), d.coq.function(a)}
	name := l.name
	other := "(fun _ => 0)"
	if len(l.sums) > 1 && l.sums[1] != nil {
		other = d.coq.function(l.sums[1])
	}
	switch l.name {
	case "sum_le":
		args = append(args, other)
	case "sum_ge_one", "sum_le_const":
		args = append(args, d.coq.term(l.keys[0]))
	case "sum_delta":
		args = append(args, other)
		switch len(l.keys) {
		case 0:
			name = "sum_ext"
		case 1, 2:
			name += strconv.Itoa(len(l.keys))
			for _, k := range l.keys {
				args = append(args, d.coq.term(k))
			}
		default:
			return "", &Unsupported{What: fmt.Sprintf("sums that differ at %d keys, in Coq", len(l.keys))}
		}
	}
	indent := strings.Repeat("  ", level+1)
	write("%sassert (%s := %s %s).\n", indent, h, name, strings.Join(args, " "))
	write("%slazymatch type of %s with ?P -> _ => assert (%sp : P) end.\n%s{\n", indent, h, h, indent)
	sub := pr.clone()
	sub.origins = copied(pr.origins)
	sub.facts = pr.known() // no lemmas, nor what is to be shown
	x := sub.name("some")
	sub.addFrom(d.pool.within(a.Args[0], x, a.Args[1]), origin{proof: h + "r"})
	names := h + "r"
	body := d.pool.body(l.premise, x)
	if l.name == "sum_delta" {
		for i, k := range l.keys {
			n := fmt.Sprintf("%sn%d", h, i+1)
			names += " " + n
			sub.addFrom(d.pool.not(d.pool.eq(x, k)), origin{proof: n})
		}
	}
	sub.addFrom(d.pool.not(body), origin{})
	sub.apply(2)
	write("%s  intros %s %s. cbv beta.\n", indent, d.coq.term(x), names)
	keep, err := d.justify(sub, write, level+1)
	if err != nil {
		return "", err
	}
	write("%s  clear - %s.\n%s  %scrush.\n%s}\n", indent, strings.Join(keep, " "), indent, d.splits, indent)
	write("%sspecialize (%s %sp). cbv beta in %s. clear %sp.\n", indent, h, h, h, h)
	if other == "(fun _ => 0)" && l.name == "sum_delta" {
		write("%srewrite sum_zero in %s.\n", indent, h)
	}
	return h, nil
}
