package attack

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
)

// explore gives every power that is reached from a beginning, by taking steps one at a time in every order, with the number of
// steps of a shortest run to each.
func explore(b *Book, facts Set, budget int) map[Power]int {
	start := Begin(facts, budget)
	seen := map[Position]bool{start: true}
	out := map[Power]int{}
	level := []Position{start}
	for depth := 0; len(level) > 0; depth++ {
		var next []Position
		for _, p := range level {
			for _, power := range p.Holds.Powers() {
				if _, ok := out[power]; !ok {
					out[power] = depth
				}
			}
			for _, r := range b.Rules() {
				q := p
				if b.Take(&q, r.Name) == nil && !seen[q] {
					seen[q] = true
					next = append(next, q)
				}
			}
		}
		level = next
	}
	return out
}

// leastOf gives the least sets among those of a universe for which something is true, by trying all.
func leastOf(universe Set, is func(Set) bool) []Set {
	var good, out []Set
	for s := range subsets(universe) {
		if is(s) {
			good = append(good, s)
		}
	}
	for _, s := range good {
		if !slices.ContainsFunc(good, func(t Set) bool { return t != s && t&s == t }) {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

func sorted(sets []Set) []Set { return slices.Sorted(slices.Values(sets)) }

// small are the facts and powers of drawn books.
var (
	smallFacts  = []Fact{AsRoot, Rootful, SocketMounted, CgroupV1}
	smallFlaws  = []Fact{CVE2019_5736, CVE2022_0185}
	smallPowers = []Power{UID0, API, Engine, Kernel, HostRead, HostRoot}
)

// drawBook gives a book of up to eight rules over the small facts and powers.
func drawBook(t *rapid.T) *Book {
	var rules []Rule
	for i := range rapid.IntRange(1, 8).Draw(t, "rules") {
		r := Rule{Name: fmt.Sprint("R", i), By: Principal, Gives: rapid.SampledFrom(smallPowers).Draw(t, "gives")}
		for _, p := range append([]Power{Code}, smallPowers...) {
			if p < r.Gives && rapid.IntRange(0, 3).Draw(t, "needs") == 0 {
				r.Needs |= NewPowers(p)
			}
		}
		if r.Needs == 0 {
			r.Needs = NewPowers(Code)
		}
		for range rapid.IntRange(0, 2).Draw(t, "conditions") {
			r.When = append(r.When, NewSet(rapid.SliceOfN(rapid.SampledFrom(smallFacts), 1, 2).Draw(t, "any")...))
		}
		if rapid.IntRange(0, 2).Draw(t, "flawed") == 0 {
			r.Flaw = rapid.SampledFrom(smallFlaws).Draw(t, "flaw")
		}
		rules = append(rules, r)
	}
	b, err := NewBook(rules)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// On drawn books, for every set of facts and every budget, all that is worked out is what trying everything gives.
func TestAgainstTryingEverything(t *testing.T) {
	universe := NewSet(append(slices.Clone(smallFacts), smallFlaws...)...)
	rapid.Check(t, func(t *rapid.T) {
		b := drawBook(t)
		goal := NewPowers(rapid.SliceOfN(rapid.SampledFrom(smallPowers), 1, 2).Draw(t, "goal")...)
		budget := rapid.IntRange(-1, 3).Draw(t, "budget")
		reached := map[Set]bool{}
		for facts := range subsets(universe) {
			depths := explore(b, facts, budget)
			var holds Powers
			shortest := -1
			for power, depth := range depths {
				holds |= NewPowers(power)
				if goal.Has(power) && (shortest < 0 || depth < shortest) {
					shortest = depth
				}
			}
			reached[facts] = shortest >= 0
			if got := b.Closure(facts, budget); got != holds {
				t.Fatalf("closure of %s with %d: got %s, want %s", facts, budget, got, holds)
			}
			path, ok := b.Path(facts, budget, goal)
			if ok != reached[facts] || ok && len(path) != shortest {
				t.Fatalf("path to %s of %s with %d: got %d steps (%t), want %d", goal, facts, budget, len(path), ok, shortest)
			}
			replay(t, b, facts, budget, path, goal, ok)
		}
		causes := leastOf(universe, func(s Set) bool { return reached[s] })
		if got := sorted(b.Causes(goal, universe, budget)); !slices.Equal(got, causes) {
			t.Fatalf("causes of %s with %d: got %v, want %v", goal, budget, got, causes)
		}
		facts := Set(rapid.Uint64().Draw(t, "facts")) & universe
		keep := Set(rapid.Uint64().Draw(t, "keep")) & universe
		var fixes []Set
		for _, s := range leastOf(facts&^keep, func(s Set) bool { return !reached[facts&^s] }) {
			switch {
			case len(fixes) == 0 || s.Len() < fixes[0].Len():
				fixes = []Set{s}
			case s.Len() == fixes[0].Len():
				fixes = append(fixes, s)
			}
		}
		if got := sorted(b.Fixes(facts, keep, goal, budget)); !slices.Equal(got, sorted(fixes)) {
			t.Fatalf("fixes of %s but %s against %s with %d: got %v, want %v", facts, keep, goal, budget, got, fixes)
		}
	})
}

// replay takes a path step by step.
func replay(t rapid.TB, b *Book, facts Set, budget int, path []Rule, goal Powers, ok bool) {
	p := Begin(facts, budget)
	for _, r := range path {
		if err := b.Take(&p, r.Name); err != nil {
			t.Fatalf("path of %s with %d: %v", facts, budget, err)
		}
	}
	if ok && p.Holds&goal == 0 {
		t.Fatalf("path of %s with %d ends with %s", facts, budget, p.Holds)
	}
}

// Of the default book, more facts never make less reachable, more budget neither, and what can be done is done by a path.
func TestMoreFactsMorePowers(t *testing.T) {
	b := Rules()
	rapid.Check(t, func(t *rapid.T) {
		few := Set(rapid.Uint64().Draw(t, "few")&rapid.Uint64().Draw(t, "fewer")) & All
		many := few | Set(rapid.Uint64().Draw(t, "more"))&All
		budget := rapid.IntRange(0, 2).Draw(t, "budget")
		if got, all := b.Closure(few, budget), b.Closure(many, budget); !got.Within(all) {
			t.Fatalf("%s reaches %s, and with more facts %s", few, got, all)
		}
		if got, all := b.Closure(few, budget), b.Closure(few, budget+1); !got.Within(all) {
			t.Fatalf("%s reaches %s, and with more budget %s", few, got, all)
		}
		path, ok := b.Path(few, budget, Host)
		if ok != (b.Closure(few, budget)&Host != 0) {
			t.Fatalf("path of %s with %d: got %t", few, budget, ok)
		}
		replay(t, b, few, budget, path, Host, ok)
		if cause := slices.ContainsFunc(b.Causes(Host, All, budget), func(c Set) bool { return c.Within(few) }); cause != ok {
			t.Fatalf("%s with %d: a cause is there %t, a path %t", few, budget, cause, ok)
		}
		for _, fix := range b.Fixes(few, 0, Host, budget) {
			if _, still := b.Path(few&^fix, budget, Host); still {
				t.Fatalf("%s with %d: %s mends nothing", few, budget, fix)
			}
			for f := range fix.Facts() {
				if _, gone := b.Path(few&^(fix&^NewSet(f)), budget, Host); !gone {
					t.Fatalf("%s with %d: %s does without %s", few, budget, fix, f)
				}
			}
		}
	})
}

func TestBooksThatAreRefused(t *testing.T) {
	good := Rule{Name: "A", By: Principal, Needs: code, Gives: UID0}
	change := func(f func(*Rule)) []Rule {
		r := good
		f(&r)
		return []Rule{r}
	}
	for name, rules := range map[string][]Rule{
		"no name":                   change(func(r *Rule) { r.Name = "" }),
		"two of one name":           {good, good},
		"no actor":                  change(func(r *Rule) { r.By = 0 }),
		"an unknown actor":          change(func(r *Rule) { r.By = HostItself + 1 }),
		"needs nothing":             change(func(r *Rule) { r.Needs = 0 }),
		"needs what it gives":       change(func(r *Rule) { r.Needs = uid0 }),
		"needs what is later":       change(func(r *Rule) { r.Needs = NewPowers(Kernel) }),
		"needs what there is not":   change(func(r *Rule) { r.Needs = 1 << 63 }),
		"needs the first bit":       change(func(r *Rule) { r.Needs = 1 }),
		"gives nothing":             change(func(r *Rule) { r.Gives = 0 }),
		"gives what there is not":   change(func(r *Rule) { r.Gives = 64 }),
		"gives code":                change(func(r *Rule) { r.Gives = Code }),
		"an empty condition":        change(func(r *Rule) { r.When = []Set{0} }),
		"a condition on a mistake":  change(func(r *Rule) { r.When = []Set{NewSet(CVE2019_5736)} }),
		"a condition on nothing":    change(func(r *Rule) { r.When = []Set{1} }),
		"a setting as a mistake":    change(func(r *Rule) { r.Flaw = AsRoot }),
		"a mistake that is unknown": change(func(r *Rule) { r.Flaw = 200 }),
	} {
		if _, err := NewBook(rules); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	if _, err := NewBook([]Rule{good}); err != nil {
		t.Error(err)
	}
	if _, err := Rules().Only("OpenSocket", "NoSuchRule"); err == nil {
		t.Error("Only of a rule that is not there: got no error")
	}
}

// A book is not changed by those who made it or asked for its rules.
func TestBooksStayAsTheyAre(t *testing.T) {
	rules := []Rule{{Name: "A", By: Principal, Needs: code, When: []Set{NewSet(Rootful)}, Gives: HostRoot}}
	b, err := NewBook(rules)
	if err != nil {
		t.Fatal(err)
	}
	rules[0].When[0] = NewSet(GPU)
	b.Rules()[0].When[0] = NewSet(GPU)
	b.Rules()[0].Gives = HostRead
	if got := b.Closure(NewSet(Rootful), 0); !got.Has(HostRoot) {
		t.Errorf("got %s", got)
	}
}

func TestRefusals(t *testing.T) {
	b := Rules()
	for _, c := range []struct {
		facts   Set
		budget  int
		before  string // the steps taken before
		rule    string
		missing Powers
		any     []Set
		spent   bool
	}{
		{0, 0, "", "OpenSocket", uid0, []Set{NewSet(SocketMounted), NewSet(NotRemapped)}, false},
		{NewSet(AsRoot, SocketMounted), 0, "", "OpenSocket", 0, []Set{NewSet(NotRemapped)}, false},
		{NewSet(CVE2016_5195), 0, "", "RaceCopyOnWrite", 0, nil, true},
		{NewSet(CVE2016_5195, CVE2022_0847), 1, "RaceCopyOnWrite", "SplicePipe", 0, nil, true},
		{NewSet(CVE2016_5195), 1, "RaceCopyOnWrite", "SplicePipe", 0, []Set{NewSet(CVE2022_0847)}, true},
		{NewSet(AsRoot, PrivilegedFlag), 0, "FindNode", "OpenDevice", 0, []Set{hostUsers}, false},
	} {
		p := Begin(c.facts, c.budget)
		for _, name := range strings.Fields(c.before) {
			if err := b.Take(&p, name); err != nil {
				t.Fatal(err)
			}
		}
		was := p
		err := b.Take(&p, c.rule)
		var got *Refusal
		if !errors.As(err, &got) || !errors.Is(err, model.ErrRefused) {
			t.Errorf("%s with %s: got %v, want a refusal", c.rule, c.facts, err)
			continue
		}
		if got.Rule != c.rule || got.Missing != c.missing || !slices.Equal(got.Facts, c.any) || got.Spent != c.spent {
			t.Errorf("%s with %s: got %+v", c.rule, c.facts, *got)
		}
		if p != was {
			t.Errorf("%s with %s: it had an effect, %+v", c.rule, c.facts, p)
		}
		if text := err.Error(); !strings.HasPrefix(text, c.rule+": ") || strings.HasSuffix(text, ": ") {
			t.Errorf("got %q", text)
		}
	}
	p := Begin(0, 0)
	for _, err := range []error{b.Take(&p, "NoSuchRule"), b.Take(nil, "OpenSocket"), (*Book)(nil).Take(&p, "OpenSocket")} {
		if !errors.Is(err, model.ErrRefused) {
			t.Errorf("got %v, want a refusal", err)
		}
	}
	spent := Begin(NewSet(CVE2016_5195), 1)
	if err := errors.Join(b.Take(&spent, "RaceCopyOnWrite"), b.Take(&spent, "RaceCopyOnWrite")); err != nil {
		t.Errorf("the same vulnerability again: %v", err)
	}
}

// Nothing panics on what is no fact, no power and no book.
func TestStrangeValues(t *testing.T) {
	var none *Book
	if got := none.Closure(All, 1); got != NewPowers(Code, UID0) {
		t.Errorf("got %s", got)
	}
	if _, ok := none.Path(All, 1, Host); ok || len(none.Causes(Host, All, 1)) != 0 || len(none.Rules()) != 0 {
		t.Error("an empty book does something")
	}
	if path, ok := Rules().Path(0, 0, NewPowers(Code)); !ok || len(path) != 0 {
		t.Errorf("got %v, %t", path, ok)
	}
	if _, ok := Rules().Path(^Set(0), NoLimit, 0); ok {
		t.Error("no goal is reached")
	}
	if got := Rules().Fixes(^Set(0), ^Set(0), Host, NoLimit); got != nil {
		t.Errorf("got %v", got)
	}
	if got := Rules().Fixes(All, 0, NewPowers(Code), NoLimit); got != nil {
		t.Errorf("code is held always: got %v", got)
	}
	if got := Begin(^Set(0), -1); got.Facts != All || got.Budget != 0 {
		t.Errorf("got %+v", got)
	}
	if NewSet(0, facts, 255) != 0 || NewPowers(0, powers, 255) != 0 || All.Has(0) || All.Has(255) || Powers(^uint64(0)).Has(200) {
		t.Error("what is no fact, or no power, is in a set")
	}
	for _, text := range []string{Fact(255).String(), Power(255).String(), Program(99).String(), Users(99).String(), Fact(0).String()} {
		if !strings.Contains(text, "(") {
			t.Errorf("got %q", text)
		}
	}
	if got, want := (All&^Vulnerabilities).Len()+Vulnerabilities.Len(), int(facts)-1; got != want {
		t.Errorf("got %d facts, want %d", got, want)
	}
}

// Every fact and every power has a name of its own, and all but the powers that a principal begins with are given by a rule.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	given := start(All)
	for _, r := range Rules().Rules() {
		given |= NewPowers(r.Gives)
	}
	for f := range All.Facts() {
		if f.String() == "" || seen[f.String()] {
			t.Errorf("fact %d is named %q", f, f)
		}
		seen[f.String()] = true
		if !Rules().Facts().Has(f) {
			t.Errorf("no rule asks for %s", f)
		}
		if _, ok := FlawOf(f); ok != f.Vulnerability() {
			t.Errorf("%s: what is known of it, %t", f, ok)
		}
	}
	for p := Code; p < powers; p++ {
		if p.String() == "" || seen[p.String()] || !given.Has(p) {
			t.Errorf("power %d is named %q, and given: %t", p, p, given.Has(p))
		}
		seen[p.String()] = true
	}
}
