package inductive

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

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
	var computed, variables strings.Builder // what is computed of variables first, while these are there
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
				out, use := &computed, "rewrite E in *"
				x, y := a, b
				if y.Op == Var {
					x, y = b, a
				}
				if x.Op == Var {
					out, use = &variables, "subst "+d.coq.term(x)
				}
				fmt.Fprintf(out, "try (let E := fresh \"E\" in destruct (Z.eq_dec %s %s) as [E|E]; [%s|]); ", d.coq.term(x), d.coq.term(y), use)
			}
		}
	}
	return computed.String() + variables.String()
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
