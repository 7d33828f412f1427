package attack

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/model"
)

// Actor is who takes a step.
type Actor uint8

// The actors.
const (
	Principal  Actor = iota + 1 // the container, by itself
	Operator                    // somebody who runs an image, docker exec or docker cp, or the next container
	HostItself                  // the kernel, the engine, the runtime or the kubelet, as they are made
)

// Rule is a step: who takes it, what must be so, what the principal must hold, and what it holds then.
type Rule struct {
	Name  string // "OpenSocket"
	Row   string // of the table of failures, "CT-1"; "" where none
	By    Actor
	Needs Powers
	When  []Set // of each set at least one fact, none of them a vulnerability
	Flaw  Fact  // the vulnerability that is used; 0 for none
	Gives Power
	Text  string // for people: what happens
}

// allows tells whether the facts allow the rule, whatever is held.
func (r Rule) allows(facts Set) bool {
	if r.Flaw != 0 && !facts.Has(r.Flaw) {
		return false
	}
	return !slices.ContainsFunc(r.When, func(any Set) bool { return facts&any == 0 })
}

// flaw is the vulnerability of the rule as a set.
func (r Rule) flaw() Set { return NewSet(r.Flaw) }

// Book is a list of rules. A nil Book has none.
type Book struct{ rules []Rule }

// NewBook makes a book. Rules need names of their own; each gives a power that is later than all it needs, so that no chain of
// steps is a ring; and vulnerabilities stand in Flaw alone.
func NewBook(rules []Rule) (*Book, error) {
	var errs []error
	names := map[string]bool{}
	for i, r := range rules {
		complain := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("rule %d %.40q: "+format, append([]any{i, r.Name}, args...)...))
		}
		if r.Name == "" || names[r.Name] {
			complain("want a name of its own")
		}
		names[r.Name] = true
		if r.By < Principal || r.By > HostItself {
			complain("got actor %d, want one from %d to %d", r.By, Principal, HostItself)
		}
		if !r.Gives.Valid() {
			complain("gives %s", r.Gives)
		} else if r.Needs == 0 || !r.Needs.Within(before(r.Gives)) {
			complain("got needs %s, want some, all before %s", r.Needs, r.Gives)
		}
		for _, any := range r.When {
			if any == 0 || !any.Within(All&^Vulnerabilities) {
				complain("got %s as a condition, want facts that are no vulnerabilities", any)
			}
		}
		if r.Flaw != 0 && !r.Flaw.Vulnerability() {
			complain("got %s, want a vulnerability", r.Flaw)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	out := &Book{rules: slices.Clone(rules)}
	for i := range out.rules {
		out.rules[i].When = slices.Clone(out.rules[i].When)
	}
	return out, nil
}

// Rules lists the rules.
func (b *Book) Rules() []Rule {
	out := slices.Clone(b.all())
	for i := range out {
		out[i].When = slices.Clone(out[i].When)
	}
	return out
}

// Only is the book of the rules with these names. An unknown name is an error.
func (b *Book) Only(names ...string) (*Book, error) {
	out := &Book{}
	for _, name := range names {
		r, ok := b.find(name)
		if !ok {
			return nil, fmt.Errorf("no rule is named %.40q", name)
		}
		out.rules = append(out.rules, r)
	}
	return NewBook(out.rules)
}

// all are the rules, not to be changed.
func (b *Book) all() []Rule {
	if b == nil {
		return nil
	}
	return b.rules
}

func (b *Book) find(name string) (Rule, bool) {
	for _, r := range b.all() {
		if r.Name == name {
			return r, true
		}
	}
	return Rule{}, false
}

// Facts gives all facts that the rules ask for, and AsRoot, which decides how a principal begins.
func (b *Book) Facts() Set {
	out := NewSet(AsRoot)
	for _, r := range b.all() {
		out |= r.flaw()
		for _, any := range r.When {
			out |= any
		}
	}
	return out
}

// Position is a principal on its way: the facts, which stay, and what it holds and has used so far.
type Position struct {
	Facts  Set
	Budget int // vulnerabilities that it may use; each counts once, however often it is used
	Holds  Powers
	Used   Set // vulnerabilities
}

// NoLimit is a budget for all vulnerabilities.
const NoLimit = int(facts)

// Begin gives the position in which a principal begins: with code in the container, as uid 0 of it if the process is. A
// negative budget is 0.
func Begin(facts Set, budget int) Position {
	return Position{Facts: facts & All, Budget: max(0, budget), Holds: start(facts)}
}

func start(facts Set) Powers {
	if facts.Has(AsRoot) {
		return NewPowers(Code, UID0)
	}
	return NewPowers(Code)
}

// Refusal is the error of a step that the facts, what is held or the budget do not allow. It had no effect.
type Refusal struct {
	Rule    string
	Missing Powers // what would have to be held
	Facts   []Set  // of each at least one fact would have to be
	Spent   bool   // the budget is spent
}

// Error says what is missing.
func (r *Refusal) Error() string {
	var why []string
	if r.Missing != 0 {
		why = append(why, "holds nothing of "+r.Missing.String())
	}
	for _, any := range r.Facts {
		why = append(why, "no fact of "+any.String())
	}
	if r.Spent {
		why = append(why, "no vulnerability is left to use")
	}
	return r.Rule + ": " + strings.Join(why, "; ")
}

// Unwrap is model.ErrRefused.
func (r *Refusal) Unwrap() error { return model.ErrRefused }

// Take takes a step. One that gives what is held already changes nothing. A step that is not allowed is a Refusal.
func (b *Book) Take(p *Position, name string) error {
	r, ok := b.find(name)
	if !ok || p == nil {
		return model.Refuse("no rule is named %.40q, or nobody takes it", name)
	}
	refusal := &Refusal{Rule: name, Missing: r.Needs &^ p.Holds}
	for _, any := range append(slices.Clone(r.When), r.flaw()) {
		if any != 0 && any&p.Facts == 0 {
			refusal.Facts = append(refusal.Facts, any)
		}
	}
	used := p.Used | r.flaw()
	refusal.Spent = used != p.Used && used.Len() > p.Budget
	if refusal.Missing != 0 || len(refusal.Facts) > 0 || refusal.Spent {
		return refusal
	}
	p.Holds |= NewPowers(r.Gives)
	p.Used = used
	return nil
}
