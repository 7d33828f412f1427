package inductive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// script is a query as SMT-LIB 2: satisfiable where the obligation does not follow.
type script struct {
	b       strings.Builder
	symbols map[string]int // functions and their arity
	names   map[*Term]string
	uses    map[*Term]int
	order   []string

	lets    bool // what has a name is bound by let, for what is below a binder
	closing int  // parentheses of these
}

// query gives the SMT-LIB 2 text that asks for a state in which the facts are all true; the wanted terms may be asked for
// then. What stands for sums must have been replaced.
func query(title string, facts, wanted []*Term) string {
	s := newScript(facts, wanted)
	var b strings.Builder
	for _, line := range strings.Split(title, "\n") {
		b.WriteString("; " + line + "\n")
	}
	b.WriteString("(set-option :produce-models true)\n(set-logic ALL)\n")
	b.WriteString(s.b.String())
	b.WriteString("(check-sat)\n")
	return b.String()
}

func newScript(facts, wanted []*Term) *script {
	s := &script{symbols: map[string]int{}, names: map[*Term]string{}, uses: map[*Term]int{}}
	s.assert(facts, wanted)
	return s
}

// assert declares what stands in facts, and wanted terms, and states the facts.
func (s *script) assert(facts, wanted []*Term) {
	seen := map[*Term]bool{}
	for _, f := range append(facts[:len(facts):len(facts)], wanted...) {
		s.count(f, seen)
	}
	for _, name := range s.order {
		fmt.Fprintf(&s.b, "(declare-fun %s (%s) Int)\n", symbol(name), strings.TrimSpace(strings.Repeat("Int ", s.symbols[name])))
	}
	for _, f := range facts {
		text := s.text(f) // which defines what it is made of first
		fmt.Fprintf(&s.b, "(assert %s)\n", text)
	}
}

// count finds the symbols, and how often each term stands in another.
func (s *script) count(t *Term, seen map[*Term]bool) {
	s.uses[t]++
	if seen[t] {
		return
	}
	seen[t] = true
	if (t.Op == App || t.Op == Var) && !isBound(t) {
		if _, ok := s.symbols[t.Name]; !ok {
			s.order = append(s.order, t.Name)
		}
		s.symbols[t.Name] = len(t.Args)
	}
	for _, a := range t.Args {
		s.count(a, seen)
	}
}

// isBound tells whether a variable is that of a binder.
func isBound(t *Term) bool { return t.Op == Var && boundName(t.Name) }

func symbol(name string) string { return "|" + name + "|" }

var smtOps = map[Op]string{
	Add: "+", Mul: "*", Ite: "ite", Le: "<=", Eq: "=", Not: "not", And: "and", Or: "or", True: "true", False: "false",
}

// text gives a term; what is used more than once and bound by nothing gets a name.
func (s *script) text(t *Term) string {
	if name, ok := s.names[t]; ok {
		return name
	}
	var out string
	switch t.Op {
	case Num:
		if t.Int < 0 {
			return "(- " + strings.TrimPrefix(strconv.FormatInt(t.Int, 10), "-") + ")"
		}
		return strconv.FormatInt(t.Int, 10)
	case Var:
		return symbol(t.Name)
	case True, False:
		return smtOps[t.Op]
	case App:
		out = "(" + symbol(t.Name) + s.args(t.Args) + ")"
	case Div, Mod: // of SMT-LIB: the remainder is not negative. For a negative divisor, floor is that of both negated.
		x, y := s.text(t.Args[0]), s.text(t.Args[1])
		q := fmt.Sprintf("(ite (> %s 0) (div %s %s) (div (- %s) (- %s)))", y, x, y, x, y)
		if t.Args[1].Op == Num && t.Args[1].Int > 0 {
			q = fmt.Sprintf("(div %s %s)", x, y)
		}
		if out = q; t.Op == Mod {
			out = fmt.Sprintf("(- %s (* %s %s))", x, y, q)
		}
	case Forall:
		out = fmt.Sprintf("(forall ((%s Int)) (=> (and (<= %s %s) (<= %s %s)) %s))",
			symbol(t.Name), s.text(t.Args[0]), symbol(t.Name), symbol(t.Name), s.text(t.Args[1]), s.text(t.Args[2]))
	case Sum:
		panic("inductive: a sum in a query")
	default:
		out = "(" + smtOps[t.Op] + s.args(t.Args) + ")"
	}
	if s.uses[t] > 1 && len(t.Args) > 0 && t.Op != App && !hasBound(t) {
		name := "t!" + strconv.Itoa(len(s.names))
		sort := "Int"
		if t.IsBool() {
			sort = "Bool"
		}
		if s.lets {
			fmt.Fprintf(&s.b, "(let ((%s %s))\n", name, out)
			s.closing++
		} else {
			fmt.Fprintf(&s.b, "(define-fun %s () %s %s)\n", name, sort, out)
		}
		s.names[t] = name
		return name
	}
	return out
}

func (s *script) args(ts []*Term) string {
	var b strings.Builder
	for _, t := range ts {
		b.WriteString(" " + s.text(t))
	}
	return b.String()
}

// hasBound tells whether a variable that is bound elsewhere stands in a term.
func hasBound(t *Term) bool { return len(boundIn(t, nil)) > 0 }

// boundIn lists the variables of binders that stand in a term outside of these.
func boundIn(t *Term, inside []string) []string {
	if !t.bound {
		return nil
	}
	if isBound(t) {
		if slices.Contains(inside, t.Name) {
			return nil
		}
		return []string{t.Name}
	}
	var out []string
	add := func(list []string) {
		for _, n := range list {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	for i, a := range t.Args {
		if i == 2 && (t.Op == Forall || t.Op == Sum) {
			add(boundIn(a, append(inside[:len(inside):len(inside)], t.Name)))
		} else {
			add(boundIn(a, inside))
		}
	}
	return out
}

// Answer is what a solver says.
type Answer uint8

// The answers.
const (
	Unknown Answer = iota
	Unsat
	Sat
)

// Solver is a program that reads SMT-LIB 2.
type Solver struct {
	Name string
	Path string
	Args func(limit time.Duration) []string
}

// Installed lists the solvers that are installed: z3 and cvc5.
func Installed() []Solver {
	var out []Solver
	for _, s := range []Solver{
		{Name: "z3", Args: func(d time.Duration) []string { return []string{"-in", "-T:" + seconds(d)} }},
		{Name: "cvc5", Args: func(d time.Duration) []string {
			return []string{"--lang=smt2", "--incremental", "--tlimit=" + strconv.FormatInt(d.Milliseconds(), 10)}
		}},
	} {
		if path, err := exec.LookPath(s.Name); err == nil {
			s.Path = path
			out = append(out, s)
		}
	}
	return out
}

func seconds(d time.Duration) string {
	return strconv.FormatInt(max(1, int64((d+time.Second-1)/time.Second)), 10)
}

// ask runs a solver on a query, and where it is satisfiable asks for the values of terms.
func (sv Solver) ask(ctx context.Context, limit time.Duration, query string, wanted []string) (Answer, map[string]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, limit+2*time.Second)
	defer cancel()
	if len(wanted) > 0 {
		query += "(get-value (" + strings.Join(wanted, " ") + "))\n"
	}
	cmd := exec.CommandContext(ctx, sv.Path, sv.Args(limit)...)
	cmd.Stdin = strings.NewReader(query)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	runErr := cmd.Run() // which fails where there are no values to get
	text := strings.TrimSpace(out.String())
	first, rest, _ := strings.Cut(text, "\n")
	switch strings.TrimSpace(first) {
	case "unsat":
		return Unsat, nil, nil
	case "sat":
		values, err := parseValues(rest, len(wanted))
		if err != nil {
			return Sat, nil, fmt.Errorf("%s: %w", sv.Name, err)
		}
		got := map[string]int64{}
		for i, w := range wanted {
			got[w] = values[i]
		}
		return Sat, got, nil
	case "unknown", "timeout", "cvc5 interrupted by timeout.", "":
		if first == "" && ctx.Err() == nil && runErr != nil && !strings.Contains(errs.String(), "timeout") {
			return Unknown, nil, fmt.Errorf("%s fails: %w: %s", sv.Name, runErr, strings.TrimSpace(errs.String()))
		}
		return Unknown, nil, nil
	}
	return Unknown, nil, fmt.Errorf("%s does not understand the query: %s", sv.Name, first)
}

// askEach asks a solver about some facts with each of several groups of others.
func (sv Solver) askEach(ctx context.Context, limit time.Duration, facts []*Term, groups [][]*Term) ([]Answer, error) {
	base := newScript(facts, nil)
	text := "(set-logic ALL)\n" + base.b.String()
	for _, group := range groups {
		own := &script{symbols: copied(base.symbols), names: copied(base.names), uses: map[*Term]int{}}
		own.assert(group, nil)
		text += "(push 1)\n" + own.b.String() + "(check-sat)\n(pop 1)\n"
	}
	ctx, cancel := context.WithTimeout(ctx, limit+2*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, sv.Path, sv.Args(limit)...)
	cmd.Stdin = strings.NewReader(text)
	out, _ := cmd.Output() // it fails where it takes too long: what it said until then stands
	answers := make([]Answer, 0, len(groups))
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		switch line = strings.TrimSpace(line); {
		case line == "unsat":
			answers = append(answers, Unsat)
		case line == "sat":
			answers = append(answers, Sat)
		case line == "unknown":
			answers = append(answers, Unknown)
		case line == "" || strings.Contains(line, "timeout"): // no more is known
		default: // nor may answers be taken for those of other questions
			return nil, fmt.Errorf("%s does not understand the query: %s", sv.Name, line)
		}
	}
	for len(answers) < len(groups) {
		answers = append(answers, Unknown)
	}
	return answers[:len(groups)], nil
}

// parseValues reads the answer to get-value: ((term value) …), of integers.
func parseValues(text string, n int) ([]int64, error) {
	if n == 0 {
		return nil, nil
	}
	all, _, err := parseSexp(text)
	if err != nil {
		return nil, err
	}
	if len(all.list) != n {
		return nil, fmt.Errorf("got %d values, want %d", len(all.list), n)
	}
	var out []int64
	for _, pair := range all.list {
		if len(pair.list) != 2 {
			return nil, errors.New("a value stands alone")
		}
		value, sign := pair.list[1], ""
		if len(value.list) == 2 && value.list[0].atom == "-" {
			value, sign = value.list[1], "-"
		}
		v, err := strconv.ParseInt(sign+value.atom, 10, 64)
		switch {
		case errors.Is(err, strconv.ErrRange):
			v = 0 // nothing depends on it: what matters is in a type. An interpreter has the last word.
		case err != nil:
			return nil, fmt.Errorf("got %q as a value, want an integer", sign+value.atom)
		}
		out = append(out, v)
	}
	return out, nil
}

// core gives the numbers of facts that contradict each other alone; an error where it is not found that all do.
func (sv Solver) core(ctx context.Context, limit time.Duration, facts []*Term) ([]int, error) {
	s := &script{symbols: map[string]int{}, names: map[*Term]string{}, uses: map[*Term]int{}}
	s.assert(facts, nil)
	text := s.b.String()
	n := 0
	for {
		at := strings.Index(text, "(assert ")
		if at < 0 {
			break
		}
		end := at + strings.IndexByte(text[at:], '\n')
		text = text[:at] + fmt.Sprintf("(as!ert (! %s :named f!%d))", text[at+len("(assert "):end-1], n) + text[end:]
		n++
	}
	text = strings.ReplaceAll(text, "(as!ert ", "(assert ")
	text = "(set-option :produce-unsat-cores true)\n(set-logic ALL)\n" + text + "(check-sat)\n(get-unsat-core)\n"
	ctx, cancel := context.WithTimeout(ctx, limit+2*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, sv.Path, sv.Args(limit)...)
	cmd.Stdin = strings.NewReader(text)
	out, _ := cmd.Output()
	first, rest, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if strings.TrimSpace(first) != "unsat" {
		return nil, &Unsupported{What: "an obligation that " + sv.Name + " does not decide (" + strings.TrimSpace(first) + "), in Coq"}
	}
	var core []int
	for _, name := range strings.Fields(strings.Trim(strings.TrimSpace(rest), "()")) {
		i, err := strconv.Atoi(strings.TrimPrefix(name, "f!"))
		if err != nil || i >= len(facts) {
			return nil, fmt.Errorf("%s gives a core that is not understood: %s", sv.Name, name)
		}
		core = append(core, i)
	}
	slices.Sort(core)
	return core, nil
}

// sexp is an S-expression: an atom, or a list.
type sexp struct {
	atom string
	list []sexp
}

// parseSexp reads one S-expression, and gives what follows it.
func parseSexp(text string) (sexp, string, error) {
	text = strings.TrimLeft(text, " \t\r\n")
	switch {
	case text == "":
		return sexp{}, "", errors.New("an answer ends too early")
	case text[0] == '(':
		var out sexp
		rest := text[1:]
		for {
			if rest = strings.TrimLeft(rest, " \t\r\n"); strings.HasPrefix(rest, ")") {
				return out, rest[1:], nil
			}
			x, after, err := parseSexp(rest)
			if err != nil {
				return sexp{}, "", err
			}
			out.list, rest = append(out.list, x), after
		}
	}
	if text[0] == '|' { // a symbol in which anything may stand
		end := strings.IndexByte(text[1:], '|')
		if end < 0 {
			return sexp{}, "", errors.New("a symbol does not end")
		}
		return sexp{atom: text[:end+2]}, text[end+2:], nil
	}
	end := strings.IndexAny(text, " \t\r\n()")
	if end < 0 {
		end = len(text)
	}
	if end == 0 {
		return sexp{}, "", errors.New("a parenthesis closes nothing")
	}
	return sexp{atom: text[:end]}, text[end:], nil
}
