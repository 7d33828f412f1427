package inductive

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// ErrNoProposal says that nobody found an invariant that makes the claims inductive.
var ErrNoProposal = errors.New("z3 proposes no invariant")

// maxParts bounds the numbers that a state is made of where an invariant is asked for.
const maxParts = 200

// Propose asks z3's solver of constrained Horn clauses, Spacer (A. Komuravelli, A. Gurfinkel, S. Chaki, SMT-based model checking for
// recursive programs, CAV 2014), for an invariant that makes all claims inductive, and gives it as an expression of the language. Nothing
// rests on it: it is for a model to state, and then one more claim to prove. The error is ErrNoProposal, or wraps it, where there is none,
// and an *Unsupported where the model has what this does not, or what a proposal could not speak of.
func Propose(ctx context.Context, prog *ir.Program, limit time.Duration) (text string, err error) {
	defer caught(&err)
	path, err := exec.LookPath("z3")
	if err != nil {
		return "", fmt.Errorf("%w: it is not installed", ErrNoProposal)
	}
	h := newHorn(newSystem(prog, nil, nil))
	query := h.clauses()
	ctx, cancel := context.WithTimeout(ctx, limit+2*time.Second)
	defer cancel()
	// Of what is inlined z3 4.8 forgets to say that it is true.
	cmd := exec.CommandContext(ctx, path, "-in", "-T:"+seconds(limit), "fp.xform.inline_eager=false", "fp.xform.inline_linear=false")
	cmd.Stdin = strings.NewReader(query)
	out, _ := cmd.Output() // it fails where there is no model to show
	first, rest, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	switch strings.TrimSpace(first) {
	case "sat":
		return h.read(rest)
	case "unsat":
		return "", fmt.Errorf("%w: there is none, since a run breaks a claim, which check shows", ErrNoProposal)
	case "unknown", "timeout", "":
		return "", fmt.Errorf("%w within %v", ErrNoProposal, limit)
	}
	return "", fmt.Errorf("z3 does not understand the clauses: %s", first)
}

// horn makes Horn clauses of a system: Inv is true of the numbers that a state is made of.
type horn struct {
	s     *system
	parts []part
	of    map[*Term]*Term   // what stands for a part of the state before
	named map[string][]part // the parts that are a function's values
	memo  map[*Term]*Term
}

// part is a number of which a state is made: a scalar, or whether a truth value is true.
type part struct {
	num  *Term
	leaf *Term // of the state before: the function's value that it is
	text string
	t    *types.Type
}

func newHorn(s *system) *horn {
	h := &horn{s: s, of: map[*Term]*Term{}, named: map[string][]part{}, memo: map[*Term]*Term{}}
	for i, v := range s.prog.Vars {
		h.parts = s.numbers(v.Type, s.vars[i], v.Name, h.parts)
	}
	if len(h.parts) > maxParts {
		panic(&Unsupported{What: fmt.Sprintf("a proposal about %d numbers (at most %d)", len(h.parts), maxParts)})
	}
	for i := range h.parts {
		x := &h.parts[i]
		if x.leaf == nil {
			x.leaf = x.num
		}
		if x.leaf.Op == Ite { // if f(k) = 1 then 1 else 0
			eq := x.leaf.Args[0]
			if x.leaf = eq.Args[0]; x.leaf.Op == Num {
				x.leaf = eq.Args[1]
			}
		}
		h.of[x.leaf] = s.pool.variable(fmt.Sprintf("part!%d", i))
		h.named[x.leaf.Name] = append(h.named[x.leaf.Name], *x)
	}
	return h
}

// numbers lists the parts of a value, with how the language writes them.
func (s *system) numbers(t *types.Type, v value, text string, out []part) []part {
	p := s.pool
	switch t.Kind {
	case types.Bool:
		return append(out, part{num: p.ite(v.T, p.num(1), p.num(0)), text: text, t: t})
	case types.Int, types.Range, types.Enum:
		return append(out, part{num: v.T, text: text, t: t})
	case types.Record:
		for i, f := range t.Fields {
			out = s.numbers(f.Type, v.Parts[i], text+"."+f.Name, out)
		}
		return out
	case types.Map:
		for _, k := range s.enumerate(t.Key) {
			out = s.numbers(t.Elem, v.At(k), text+"["+s.key(t.Key, k)+"]", out)
		}
		return out
	case types.Set:
		for _, x := range s.enumerate(t.Elem) {
			out = append(out, part{num: p.ite(v.Has(x), p.num(1), p.num(0)), text: s.key(t.Elem, x) + " in " + text, t: types.BoolType()})
		}
		return out
	}
	if t.Kind == types.Option { // what is not there counts as the first value
		some := p.eq(v.Tag, p.num(1))
		out = append(out, part{num: p.ite(some, p.num(1), p.num(0)), text: text + " != none", t: types.BoolType()})
		if first := s.first(t.Elem); first != "" {
			text = "(match " + text + " { none -> " + first + " | some(value) -> value })"
			for _, x := range s.numbers(t.Elem, v.Alts[1][0], text, nil) {
				x.leaf, x.num = x.num, p.ite(some, x.num, p.num(0))
				out = append(out, x)
			}
			return out
		}
	}
	panic(&Unsupported{What: "a proposal about a value of type " + t.String()})
}

// first is what stands for number 0 among the values of a type, or "" where that is none.
func (s *system) first(t *types.Type) string {
	switch {
	case t.Kind == types.Bool:
		return "false"
	case t.Kind == types.Enum:
		return t.Members[0]
	case t.Kind == types.Int || t.Kind == types.Range && t.Lo <= 0 && t.Hi >= 0:
		return "0"
	}
	return ""
}

// key is a value as the language writes it.
func (s *system) key(t *types.Type, v value) string {
	switch t.Kind {
	case types.Bool:
		return fmt.Sprint(v.T.Op == True)
	case types.Int, types.Range:
		return fmt.Sprint(v.T.Int)
	case types.Enum:
		return t.Members[v.T.Int]
	case types.Tuple:
		var parts []string
		for i, f := range t.Fields {
			parts = append(parts, s.key(f.Type, v.Parts[i]))
		}
		return strings.Join(parts, ", ")
	}
	panic(&Unsupported{What: "a proposal about a key or an element of type " + t.String()})
}

// clauses is what is known of Inv as SMT-LIB 2: true of the initial states, kept by every step, and enough for every obligation.
func (h *horn) clauses() string {
	s, p := h.s, h.s.pool
	var b strings.Builder
	b.WriteString("(set-logic HORN)\n(declare-fun Inv (" + strings.TrimSpace(strings.Repeat("Int ", len(h.parts))) + ") Bool)\n")
	for _, o := range s.obligations(1) {
		before := o.Action >= 0
		if o.Goal.Op != True {
			h.clause(&b, before, append(o.Assume[:len(o.Assume):len(o.Assume)], p.not(o.Goal)), nil)
		}
		if o.Kind != Typed { // once for each action: by then it is known that the step does not fault
			continue
		}
		for _, w := range o.ways {
			var after []part
			for i, v := range s.prog.Vars {
				after = s.numbers(v.Type, w.in.vars[i], v.Name, after)
			}
			h.clause(&b, before, append(o.Assume[:len(o.Assume):len(o.Assume)], w.live), after)
		}
	}
	b.WriteString("(check-sat)\n(get-model)\n")
	return b.String()
}

// clause writes that facts, and Inv before, imply Inv of the parts after; or, where there are none, that they contradict each other.
func (h *horn) clause(b *strings.Builder, before bool, facts []*Term, after []part) {
	sc := &script{symbols: map[string]int{}, names: map[*Term]string{}, uses: map[*Term]int{}, lets: true}
	seen := map[*Term]bool{}
	var terms []*Term
	for _, f := range facts {
		if t := h.scalars(f); t.Op != True {
			terms = append(terms, t)
		}
	}
	n := len(terms)
	for _, x := range after {
		terms = append(terms, h.scalars(x.num))
	}
	for i := range h.parts {
		sc.count(h.of[h.parts[i].leaf], seen)
	}
	for _, t := range terms {
		sc.count(t, seen)
	}
	var vars []string
	for _, name := range sc.order {
		vars = append(vars, "("+symbol(name)+" Int)")
	}
	var texts []string
	for _, t := range terms {
		texts = append(texts, sc.text(t))
	}
	inv := ""
	if before {
		var args []string
		for i := range h.parts {
			args = append(args, symbol(h.of[h.parts[i].leaf].Name))
		}
		inv = "(Inv " + strings.Join(args, " ") + ")"
	}
	head := "false"
	if len(after) > 0 {
		head = "(Inv " + strings.Join(texts[n:], " ") + ")"
	}
	fmt.Fprintf(b, "(assert (forall (%s)\n%s(=> (and true %s %s)\n  %s)%s))\n",
		strings.Join(vars, " "), sc.b.String(), inv, strings.Join(texts[:n], " "), head, strings.Repeat(")", sc.closing))
}

// scalars is a term without binders and functions: parts of the state stand for themselves, and what has a value at a key that is computed
// is one of the parts.
func (h *horn) scalars(t *Term) *Term {
	if u, ok := h.memo[t]; ok {
		return u
	}
	p := h.s.pool
	u := t
	if v, ok := h.of[t]; ok {
		u = v
	} else if t.Op == Forall || t.Op == Sum {
		lo, hi := h.scalars(t.Args[0]), h.scalars(t.Args[1])
		if lo.Op != Num || hi.Op != Num || hi.Int-lo.Int > maxParts {
			panic(&Unsupported{What: "a proposal where it is computed how many there are of something"})
		}
		var all []*Term
		for i := lo.Int; i <= hi.Int; i++ {
			all = append(all, h.scalars(p.body(t, p.num(i))))
		}
		if t.Op == Sum {
			u = p.add(all...)
		} else {
			u = p.and(all...)
		}
	} else if len(t.Args) > 0 {
		var args []*Term
		for _, a := range t.Args {
			args = append(args, h.scalars(a))
		}
		if u = p.rebuild(t, args); t.Op == App {
			u = h.value(u)
		}
	}
	h.memo[t] = u
	return u
}

// value is a function's value.
func (h *horn) value(t *Term) *Term {
	p := h.s.pool
	if v, ok := h.of[t]; ok {
		return v
	}
	parts := h.named[t.Name]
	if len(parts) == 0 {
		panic(&Unsupported{What: "a proposal where a map or a set is chosen"})
	}
	u := p.num(0) // where there is no such key, which faults before
	for i := len(parts) - 1; i >= 0; i-- {
		leaf := parts[i].leaf
		var same []*Term
		for k, a := range leaf.Args {
			same = append(same, p.eq(a, t.Args[k]))
		}
		u = p.ite(p.and(same...), h.of[leaf], u)
	}
	return u
}
