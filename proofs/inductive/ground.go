package inductive

import (
	"context"
	"slices"
	"strconv"
	"time"
)

// problem is an obligation without binders: that facts contradict each other. For each quantifier there is a truth value, for
// each sum an integer, and what is known of these: a quantifier is true of the terms that stand where it binds, and where it is false it is
// so for a term of its own; sums are tied to each other by lemmas (see lemma). All that is added follows from what a problem began
// with, so that a contradiction proves the obligation. Where there is none, nothing is known.
type problem struct {
	s       *system
	facts   []*Term
	atoms   map[*Term]*Term // what stands for a quantifier or a sum
	all     []universal
	sums    []*Term
	done    map[[3]*Term]bool // what was added already
	memo    map[signed]*Term
	fresh   int
	places  map[place][]*Term // the terms at each place of a function, and
	indices []*Term           // at any
	seen    map[*Term]bool
	applied int
	origins map[*Term]origin   // where facts are from, in Coq; nil where nobody asks
	related map[string][]*Term // by function: the terms that what is known of it compares its argument with
}

// origin is where a fact is from: a term of Coq that proves it, or a lemma about sums.
type origin struct {
	proof string
	lemma *lemma
}

// universal is a quantifier that is true where a truth value is. Binders that follow each other are applied at once.
type universal struct {
	t, when *Term
	origin  string // of the fact, in Coq, where it is wanted
}

type signed struct {
	t    *Term
	sign int
}

// place is an argument of a function.
type place struct {
	name string
	arg  int
}

func (s *system) problem(facts []*Term) *problem {
	pr := &problem{
		s: s, atoms: map[*Term]*Term{}, done: map[[3]*Term]bool{}, memo: map[signed]*Term{}, places: map[place][]*Term{}, seen: map[*Term]bool{},
	}
	for _, f := range facts {
		pr.add(f)
	}
	return pr
}

// clone is a problem that begins with all that is known in another one.
func (pr *problem) clone() *problem {
	out := *pr
	out.facts, out.all, out.sums, out.indices = slices.Clone(pr.facts), slices.Clone(pr.all), slices.Clone(pr.sums), slices.Clone(pr.indices)
	out.atoms, out.done, out.memo, out.seen = copied(pr.atoms), copied(pr.done), copied(pr.memo), copied(pr.seen)
	out.places = copied(pr.places)
	return &out
}

func copied[K comparable, V any](m map[K]V) map[K]V {
	out := make(map[K]V, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

func (pr *problem) name(what string) *Term {
	pr.fresh++
	return pr.s.pool.variable(what + "!" + strconv.Itoa(pr.fresh))
}

// add adds what is true.
func (pr *problem) add(t *Term) { pr.addFrom(t, origin{}) }

func (pr *problem) addFrom(t *Term, from origin) {
	p := pr.s.pool
	switch {
	case t.Op == True:
	case t.Op == And:
		for _, a := range t.Args {
			pr.addFrom(a, from)
		}
	case t.Op == Forall:
		pr.all = append(pr.all, universal{t, p.truth(true), from.proof})
	case t.Op == Not && t.Args[0].Op == Forall:
		pr.addFrom(pr.witness(t.Args[0]), from)
	case t.Op == Not && t.Args[0].Op == Or:
		for _, a := range t.Args[0].Args {
			pr.addFrom(p.not(a), from)
		}
	default:
		f := pr.flat(t, 1)
		if !slices.Contains(pr.facts, f) {
			pr.facts = append(pr.facts, f)
			if pr.origins != nil {
				pr.origins[f] = from
			}
		}
	}
}

// witness is that a quantifier is false for a term of its own.
func (pr *problem) witness(t *Term) *Term {
	p := pr.s.pool
	x := pr.name("some")
	return p.and(p.within(t.Args[0], x, t.Args[1]), p.not(p.body(t, x)))
}

// flat puts what stands for them in the place of quantifiers and sums. The sign says whether t is claimed to be true, 1, or false, -1;
// 0 is both.
func (pr *problem) flat(t *Term, sign int) *Term {
	if t.height == 0 {
		return t
	}
	if u, ok := pr.memo[signed{t, sign}]; ok {
		return u
	}
	p := pr.s.pool
	var u *Term
	switch t.Op {
	case Forall:
		a, ok := pr.atoms[t]
		if !ok {
			a = p.eq(pr.name("all"), p.num(1))
			pr.atoms[t] = a
		}
		u = a
		pr.memo[signed{t, sign}] = u
		if sign >= 0 {
			pr.all = append(pr.all, universal{t, a, ""})
		}
		if sign <= 0 {
			pr.add(p.or(a, pr.witness(t)))
		}
	case Sum:
		a, ok := pr.atoms[t]
		if !ok {
			a = pr.name("sum")
			pr.atoms[t] = a
			pr.sums = append(pr.sums, t)
		}
		u = a
	case Not:
		u = p.not(pr.flat(t.Args[0], -sign))
	case And, Or:
		var args []*Term
		for _, a := range t.Args {
			args = append(args, pr.flat(a, sign))
		}
		u = p.rebuild(t, args)
	default:
		var args []*Term
		for _, a := range t.Args {
			args = append(args, pr.flat(a, 0))
		}
		u = p.rebuild(t, args)
	}
	pr.memo[signed{t, sign}] = u
	return u
}

// index notes the terms that stand where a function takes an argument.
func (pr *problem) index(t *Term) {
	if pr.seen[t] {
		return
	}
	pr.seen[t] = true
	for i, a := range t.Args {
		pr.index(a)
		if t.Op == App {
			at := place{t.Name, i}
			if !slices.Contains(pr.places[at], a) {
				pr.places[at] = append(pr.places[at][:len(pr.places[at]):len(pr.places[at])], a)
			}
			if !slices.Contains(pr.indices, a) {
				pr.indices = append(pr.indices, a)
			}
		}
	}
}

// maxApplied bounds how often quantifiers are applied in one problem.
const maxApplied = 4000

// apply applies each quantifier to the terms that stand where it binds.
func (pr *problem) apply(rounds int) {
	for range rounds {
		for _, f := range pr.facts {
			pr.index(f)
		}
		before := pr.applied
		for i := 0; i < len(pr.all); i++ {
			u := pr.all[i]
			pr.instances(u, u.t, nil, nil)
		}
		if pr.applied == before {
			return
		}
	}
}

// instances applies a quantifier, and those that follow it at once, to terms.
func (pr *problem) instances(u universal, t *Term, at, within []*Term) {
	p := pr.s.pool
	if t.Op != Forall {
		key := [3]*Term{u.t, u.when, p.make(App, 0, "at!", at...)}
		if pr.done[key] || pr.applied >= maxApplied {
			return
		}
		pr.done[key] = true
		pr.applied++
		from := origin{}
		if u.origin != "" {
			from.proof = "(" + u.origin
			for _, x := range at {
				from.proof += " " + pr.s.coq.term(x)
			}
			from.proof += ")"
		}
		pr.addFrom(p.implies(p.and(append(within, u.when)...), t), from)
		return
	}
	for _, x := range pr.candidates(t) {
		in := append(within[:len(within):len(within)], p.within(t.Args[0], x, t.Args[1]))
		pr.instances(u, p.body(t, x), append(at[:len(at):len(at)], x), in)
	}
}

// candidates are the terms at the places at which a quantifier's variable stands, or all where it stands at none.
func (pr *problem) candidates(t *Term) []*Term {
	var out []*Term
	found := false
	seen := map[*Term]bool{}
	var walk func(u *Term)
	walk = func(u *Term) {
		if seen[u] || !u.bound {
			return
		}
		seen[u] = true
		for i, a := range u.Args {
			if u.Op == App && a.Op == Var && a.Name == t.Name {
				found = true
				for _, x := range pr.places[place{u.Name, i}] {
					if !slices.Contains(out, x) {
						out = append(out, x)
					}
				}
			}
			walk(a)
		}
	}
	walk(t.Args[2])
	if !found {
		return pr.indices
	}
	return out
}

// keys are the terms that a sum's variable is compared with.
func (pr *problem) keys(t *Term) []*Term {
	var out []*Term
	seen := map[*Term]bool{}
	var walk func(u *Term)
	walk = func(u *Term) {
		if seen[u] || !u.bound {
			return
		}
		seen[u] = true
		if u.Op == Eq {
			for i, a := range u.Args {
				if b := u.Args[1-i]; a.Op == Var && a.Name == t.Name && !b.bound && !slices.Contains(out, b) {
					out = append(out, b)
				}
			}
		}
		for _, a := range u.Args {
			walk(a)
		}
	}
	walk(t.Args[2])
	for _, name := range functionsOf(t) {
		for _, k := range pr.related[name] {
			if !slices.Contains(out, k) {
				out = append(out, k)
			}
		}
	}
	return out
}

// functionsOf lists the functions of which a binder's variable is an argument.
func functionsOf(t *Term) []string {
	var out []string
	seen := map[*Term]bool{}
	var walk func(u *Term)
	walk = func(u *Term) {
		if seen[u] || !u.bound {
			return
		}
		seen[u] = true
		for _, a := range u.Args {
			if u.Op == App && a.Op == Var && a.Name == t.Name && !slices.Contains(out, u.Name) {
				out = append(out, u.Name)
			}
			walk(a)
		}
	}
	walk(t.Args[2])
	return out
}

// lemma is what is known of sums, of any finite number of elements; each is proved in proofs/coq/theories/Sums.v.
type lemma struct {
	premise *Term // for all elements
	then    *Term
	name    string  // in Sums.v
	sums    []*Term // that it is about, nil being that of zeros
	keys    []*Term
}

// lemmas are the instances that may help.
func (pr *problem) lemmas() []lemma {
	p := pr.s.pool
	var out []lemma
	for i, a := range pr.sums {
		lo, hi := a.Args[0], a.Args[1]
		n := p.add(p.sub(hi, lo), p.num(1))
		each := func(f func(x *Term) *Term) *Term { return p.forall(lo, hi, f) }
		zero := each(func(x *Term) *Term { return p.le(p.num(0), p.body(a, x)) })
		out = append(out, lemma{zero, p.le(p.num(0), a), "sum_nonneg", []*Term{a}, nil})
		ones := pr.keysOfAll(a)
		for _, k := range pr.candidates(a) {
			if !slices.Contains(ones, k) && len(ones) < maxOnes && k.Op == Var {
				ones = append(ones, k)
			}
		}
		for _, k := range ones {
			out = append(out, lemma{zero, p.implies(p.within(lo, k, hi), p.le(p.body(a, k), a)), "sum_ge_one", []*Term{a}, []*Term{k}})
		}
		out = append(out, pr.delta(a, nil))
		for _, most := range []int64{1, manySum} {
			c := p.num(most)
			out = append(out, lemma{
				each(func(x *Term) *Term { return p.le(p.body(a, x), c) }),
				p.implies(p.le(p.num(0), n), p.le(a, p.scale(most, n))), "sum_le_const",
				[]*Term{a},
				[]*Term{c},
			})
		}
		for _, b := range pr.sums[:i] {
			if b.Args[0] != lo || b.Args[1] != hi {
				continue
			}
			out = append(out, pr.delta(a, b))
			for _, pair := range [][2]*Term{{a, b}, {b, a}} {
				out = append(out, lemma{
					each(func(x *Term) *Term { return p.le(p.body(pair[0], x), p.body(pair[1], x)) }),
					p.le(pair[0], pair[1]), "sum_le",
					[]*Term{pair[0], pair[1]},
					nil,
				})
			}
		}
	}
	return out
}

// maxOnes bounds the elements of a sum of which it is looked whether they are below it.
const maxOnes = 6

// keysOfAll are the keys of all sums of the same elements.
func (pr *problem) keysOfAll(a *Term) []*Term {
	var out []*Term
	for _, b := range pr.sums {
		if b.Args[0] == a.Args[0] && b.Args[1] == a.Args[1] {
			for _, k := range pr.keys(b) {
				if !slices.Contains(out, k) {
					out = append(out, k)
				}
			}
		}
	}
	return out
}

// delta is that two sums differ by what differs at some keys, if nothing else does. Where b is nil, it is the sum of zeros.
func (pr *problem) delta(a, b *Term) lemma {
	p := pr.s.pool
	keys := slices.Clone(pr.keys(a))
	rest := p.num(0)
	other := func(*Term) *Term { return p.num(0) }
	if b != nil {
		rest = b
		other = func(x *Term) *Term { return p.body(b, x) }
		for _, k := range pr.keys(b) {
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	lo, hi := a.Args[0], a.Args[1]
	premise := p.forall(lo, hi, func(x *Term) *Term {
		parts := []*Term{p.eq(p.body(a, x), other(x))}
		for _, k := range keys {
			parts = append(parts, p.eq(x, k))
		}
		return p.or(parts...)
	})
	difference := []*Term{rest}
	for i, k := range keys {
		first := []*Term{p.within(lo, k, hi)}
		for _, l := range keys[:i] {
			first = append(first, p.not(p.eq(k, l)))
		}
		difference = append(difference, p.ite(p.and(first...), p.sub(p.body(a, k), other(k)), p.num(0)))
	}
	return lemma{premise, p.eq(a, p.add(difference...)), "sum_delta", []*Term{a, b}, keys}
}

// use adds the lemmas of which the premise follows, decided by a solver. The questions are made within the limit, too.
func (pr *problem) use(ctx context.Context, sv Solver, limit time.Duration) error {
	known := map[*Term]bool{}
	until := time.Now().Add(limit)
	for range 2 { // what is added may bring other sums
		lemmas := pr.lemmas()
		if err := pr.premises(ctx, sv, limit, until, lemmas, known); err != nil {
			return err
		}
		added := false
		for _, l := range lemmas {
			if key := [3]*Term{l.premise, l.then}; known[l.premise] && !pr.done[key] {
				pr.done[key] = true
				pr.addFrom(l.then, origin{lemma: &l})
				added = true
			}
		}
		if !added {
			break
		}
		pr.apply(1)
	}
	return nil
}

// premises finds out which premises follow, with one run of a solver.
func (pr *problem) premises(ctx context.Context, sv Solver, limit time.Duration, until time.Time, lemmas []lemma, known map[*Term]bool) error {
	var asked []*Term
	var groups [][]*Term
	base := pr.known()
	for _, l := range lemmas {
		if _, ok := known[l.premise]; ok {
			continue
		}
		known[l.premise] = l.premise.Op == True
		if known[l.premise] {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Now().After(until) {
			continue
		}
		sub := pr.clone()
		sub.facts = slices.Clone(base)
		sub.add(pr.s.pool.not(l.premise))
		sub.apply(2)
		if len(sub.sums) > len(pr.sums) {
			sub.congruent()
		}
		asked = append(asked, l.premise)
		groups = append(groups, sub.facts[len(base):])
	}
	if len(groups) == 0 {
		return nil
	}
	answers, err := sv.askEach(ctx, limit, base, groups)
	for i, a := range answers {
		known[asked[i]] = a == Unsat
	}
	return err
}

// known are the facts that a premise may rest on: all, or those that Coq has a proof of.
func (pr *problem) known() []*Term {
	if pr.origins == nil {
		return pr.facts
	}
	return slices.DeleteFunc(slices.Clone(pr.facts), func(f *Term) bool { return pr.origins[f].proof == "" })
}

// congruent adds that sums are equal where their summands are, to be refuted by a term of each pair's own.
func (pr *problem) congruent() {
	p := pr.s.pool
	for i, a := range pr.sums {
		for _, b := range pr.sums[:i] {
			if a.Args[0] == b.Args[0] && a.Args[1] == b.Args[1] && !pr.done[[3]*Term{a, b}] {
				pr.done[[3]*Term{a, b}] = true
				same := p.forall(a.Args[0], a.Args[1], func(x *Term) *Term { return p.eq(p.body(a, x), p.body(b, x)) })
				pr.add(p.implies(same, p.eq(a, b)))
			}
		}
	}
	pr.apply(2)
}
