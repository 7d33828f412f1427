package attack

import "slices"

// Closure gives every power that a principal can come to hold, in some run, where these facts are and it may use so many
// vulnerabilities. It is the least fixpoint of the rules, for each choice of vulnerabilities.
func (b *Book) Closure(facts Set, budget int) Powers {
	mistakes := facts & b.Facts() & Vulnerabilities
	if budget >= mistakes.Len() {
		return b.closed(facts)
	}
	var out Powers
	for used := range choices(mistakes, max(0, budget)) {
		out |= b.closed(facts&^Vulnerabilities | used)
	}
	return out
}

// closed is the least fixpoint of all that the facts allow.
func (b *Book) closed(facts Set) Powers {
	holds := start(facts)
	for more := true; more; {
		more = false
		for _, r := range b.all() {
			if !holds.Has(r.Gives) && r.Needs.Within(holds) && r.allows(facts) {
				holds |= NewPowers(r.Gives)
				more = true
			}
		}
	}
	return holds
}

// choices gives the subsets of s with n elements.
func choices(s Set, n int) func(func(Set) bool) {
	all := slices.Collect(s.Facts())
	return func(yield func(Set) bool) {
		var choose func(from int, chosen Set, left int) bool
		choose = func(from int, chosen Set, left int) bool {
			if left == 0 {
				return yield(chosen)
			}
			for i := from; i+left <= len(all); i++ {
				if !choose(i+1, chosen|NewSet(all[i]), left-1) {
					return false
				}
			}
			return true
		}
		choose(0, 0, n)
	}
}

// Path gives a shortest run to one of the powers of goal, as the rules that are taken, in their order; false where there is
// none. Of several it is always the same.
//
// It goes back from the goal: of the powers still to be won it takes the last, and tries each rule that gives it. What a rule
// needs is earlier, so that each power is won once.
func (b *Book) Path(facts Set, budget int, goal Powers) ([]Rule, bool) {
	s := search{book: b, facts: facts, budget: max(0, budget), begin: start(facts), known: map[subgoal]found{}}
	var best found
	for _, p := range goal.Powers() {
		if f := s.win(subgoal{open: NewPowers(p) &^ s.begin}); f.ok && (!best.ok || len(f.path) < len(best.path)) {
			best = f
		}
	}
	path := slices.Clone(best.path)
	slices.Reverse(path)
	return path, best.ok
}

// subgoal is what is still to be won, and the vulnerabilities used for what was won already.
type subgoal struct {
	open Powers
	used Set
}

// found is a shortest run to a subgoal, its last rule first.
type found struct {
	path []Rule
	ok   bool
}

type search struct {
	book   *Book
	facts  Set
	budget int
	begin  Powers
	known  map[subgoal]found
}

func (s *search) win(g subgoal) found {
	if g.open == 0 {
		return found{ok: true}
	}
	if f, ok := s.known[g]; ok {
		return f
	}
	var best found
	target := g.open.highest()
	for _, r := range s.book.all() {
		used := g.used | r.flaw()
		if r.Gives != target || !r.allows(s.facts) || used.Len() > s.budget {
			continue
		}
		rest := s.win(subgoal{open: g.open&^NewPowers(target) | r.Needs&^s.begin, used: used})
		if rest.ok && (!best.ok || len(rest.path)+1 < len(best.path)) {
			best = found{path: append([]Rule{r}, rest.path...), ok: true}
		}
	}
	s.known[g] = best
	return best
}

// Causes gives the least sets of facts among those of within that suffice to come to one of the powers of goal with so many
// vulnerabilities: it can be done exactly where all facts of one of them are, and none of them has another inside.
func (b *Book) Causes(goal Powers, within Set, budget int) []Set {
	var by [powers][]Set // what suffices for each power; in the order of powers, since rules need earlier ones
	by[Code] = []Set{0}
	if within.Has(AsRoot) {
		by[UID0] = []Set{NewSet(AsRoot)}
	}
	for p := Power(1); p < powers; p++ {
		for _, r := range b.all() {
			if r.Gives == p {
				by[p] = append(by[p], r.causes(&by, within, budget)...)
			}
		}
		by[p] = least(by[p])
	}
	var out []Set
	for _, p := range goal.Powers() {
		out = append(out, by[p]...)
	}
	return least(out)
}

// causes gives what suffices for the rule, from what suffices for what it needs.
func (r Rule) causes(by *[powers][]Set, within Set, budget int) []Set {
	out := []Set{0}
	and := func(alternatives []Set) {
		var both []Set
		for _, s := range out {
			for _, t := range alternatives {
				if ((s | t) & Vulnerabilities).Len() <= max(0, budget) {
					both = append(both, s|t)
				}
			}
		}
		out = least(both)
	}
	for _, p := range r.Needs.Powers() {
		and(by[p])
	}
	for _, any := range r.When {
		var each []Set
		for f := range (any & within).Facts() {
			each = append(each, NewSet(f))
		}
		and(each)
	}
	switch {
	case r.Flaw != 0 && !within.Has(r.Flaw):
		return nil
	case r.Flaw != 0:
		and([]Set{r.flaw()})
	}
	return out
}

// least leaves the sets that have no other inside, each once, the small ones first and those of one size in the order of
// their facts.
func least(sets []Set) []Set {
	sets = slices.Clone(sets)
	slices.SortFunc(sets, func(s, t Set) int {
		if d := s.Len() - t.Len(); d != 0 {
			return d
		}
		return compare(s, t)
	})
	var out []Set
	for _, s := range sets {
		if !slices.ContainsFunc(out, func(t Set) bool { return t.Within(s) }) {
			out = append(out, s)
		}
	}
	return out
}

// compare orders sets by their first difference, the earlier fact first.
func compare(s, t Set) int {
	first := (s ^ t) & -(s ^ t)
	switch {
	case first == 0:
		return 0
	case s&first != 0:
		return -1
	}
	return 1
}

// Fixes gives the smallest sets of facts whose absence keeps a principal from all powers of goal, where the others of facts stay
// as they are and those of keep cannot be changed: each is a way to mend a configuration, and none is with fewer changes. There
// are none where what cannot be changed suffices for the goal, and one, empty, where the goal is out of reach already.
func (b *Book) Fixes(facts, keep Set, goal Powers, budget int) []Set {
	causes := b.Causes(goal, facts, budget)
	for _, cause := range causes {
		if cause.Within(keep) {
			return nil
		}
	}
	for size := 0; ; size++ {
		if out := hitting(causes, 0, keep, size); len(out) > 0 {
			return least(out)
		}
	}
}

// hitting gives the sets of up to left facts, none of them in barred, which together with chosen have a fact of every cause.
func hitting(causes []Set, chosen, barred Set, left int) []Set {
	var tightest, apart Set // of the causes without a fact of chosen: the one with the fewest ways, and some without common ways
	disjoint := 0
	for _, cause := range causes {
		if cause&chosen != 0 {
			continue
		}
		ways := cause &^ barred
		if ways == 0 {
			return nil
		}
		if tightest == 0 || ways.Len() < tightest.Len() {
			tightest = ways
		}
		if ways&apart == 0 {
			apart |= ways
			disjoint++
		}
	}
	switch {
	case tightest == 0:
		return []Set{chosen}
	case disjoint > left:
		return nil
	}
	var out []Set
	for f := range tightest.Facts() {
		out = append(out, hitting(causes, chosen|NewSet(f), barred, left-1)...)
		barred |= NewSet(f)
	}
	return out
}
