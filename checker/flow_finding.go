package checker

import (
	"encoding/binary"
	"maps"
	"math/bits"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker/internal/flow"
	"github.com/bulkheadlang/bulkhead/model"
)

// Unwound is what was found out about one domain: that it is isolated by three conditions on an equivalence of states (Rushby's
// unwinding theorem, see package flow). In equivalent states the domain sees the same (output consistency); what may affect it leads
// from them to equivalent ones (step consistency); what may not affect it leads to an equivalent one (local respect).
type Unwound struct {
	Domain  string
	By      []string // the domains that may not affect it, but through
	Via     []string // these others
	Holds   bool
	Direct  bool  // where it does not: the shortest experiment is one in which the step itself changes what it sees
	Views   int   // how many different things it sees
	Classes int   // of equivalent states, where it is isolated
	Steps   int64 // that may not affect it and lead to another state; where it is not isolated, those gone through
}

// finding decides a property.
func (is *isolation) finding(id model.PropertyID) (Finding, error) {
	f := Finding{Property: is.s.info.Properties[id], Verdict: Holds}
	var shortest *leak
	steps, views, claimed := int64(0), 0, false
	for _, c := range is.claims.Properties {
		if c.Property != id || c.By == 0 {
			continue
		}
		claimed = true
		for _, q := range is.questions(c) {
			out, n, err := is.answer(q)
			if err != nil {
				return f, err
			}
			f.Unwound = append(f.Unwound, Unwound{
				Domain: is.claims.Domains[c.Of], By: is.names(q.by), Via: is.names(q.via), Holds: out.Leak == nil, Direct: len(out.Leak) == 1,
				Views: n, Classes: out.Classes, Steps: out.Steps,
			})
			steps, views = steps+out.Steps, max(views, n)
			if out.Leak == nil {
				continue
			}
			l := &leak{asked: q, moments: out.Leak, path: is.g.Path(out.Leak[0].Without)}
			if shortest == nil || l.length() < shortest.length() {
				shortest = l
			}
		}
	}
	if shortest != nil {
		f.Verdict = Violated
		return f, is.show(&f, shortest)
	}
	if !claimed {
		f.Vacuous = append(f.Vacuous, "a domain that another one may not affect")
		return f, nil
	}
	if steps == 0 {
		f.Vacuous = append(f.Vacuous, "a step of a domain that may not affect another one and changes the state")
	}
	if views <= 1 {
		f.Vacuous = append(f.Vacuous, "what a domain sees changes")
	}
	if len(f.Vacuous) == 0 {
		needless, err := is.needless(id)
		if err != nil {
			return f, err
		}
		if needless {
			f.Vacuous = append(f.Vacuous, "a step that affects a domain through others")
		}
	}
	return f, nil
}

// answer decides a question, and tells how many different things the domain sees.
func (is *isolation) answer(q question) (*flow.Outcome, int, error) {
	v, views := is.view(q)
	out, err := is.decider.Decide(is.ctx, v)
	return out, views, err
}

// needless tells whether a property that holds lets domains affect others through some, and none does.
func (is *isolation) needless(id model.PropertyID) (bool, error) {
	lets := false
	for _, c := range is.claims.Properties {
		if c.Property != id || c.Through(c.By) == 0 {
			continue
		}
		lets = true
		c.Via = nil
		if out, _, err := is.answer(question{c, 0, c.By}); err != nil || out.Leak != nil {
			return false, err
		}
	}
	return lets, nil
}

// question is what of a claim is decided at a time: whether inputs that may not affect the domain, but through the domains via, do so
// when none of those acts after them. See package flow.
type question struct {
	model.IsolatedDomain
	via uint64
	by  uint64 // the domains of the inputs it is about
}

// questions splits up a claim by what inputs may affect the domain through.
func (is *isolation) questions(c model.IsolatedDomain) (out []question) {
	if c.Via == nil {
		return []question{{c, 0, c.By}}
	}
	by := map[uint64]uint64{}
	for set := c.By; set != 0; set &= set - 1 {
		one := set & -set
		by[c.Through(one)] |= one
	}
	for i := range is.inputs {
		if owners := is.inputs[i].owners; c.Forbids(owners) {
			by[c.Through(owners)] |= owners
		}
	}
	for _, via := range slices.Sorted(maps.Keys(by)) {
		out = append(out, question{c, via, by[via]})
	}
	return out
}

// part tells what an input of some domains is to the domain.
func (q *question) part(owners uint64) flow.Part {
	switch {
	case q.Forbids(owners) && q.Through(owners) == q.via:
		return flow.Hidden
	case owners&q.via != 0:
		return flow.Out
	}
	return flow.May
}

// purge tells which of some inputs, of the domains given of each, are left in.
func (q *question) purge(owners []uint64) []bool {
	kept, after := make([]bool, len(owners)), uint64(0)
	for i, o := range slices.Backward(owners) {
		if kept[i] = !q.Forbids(o) || q.Through(o)&after != 0; kept[i] {
			after |= o
		}
	}
	return kept
}

// view gives how the domain of a question meets the graph, and how many different things it sees.
func (is *isolation) view(q question) (*flow.View, int) {
	seer := 0
	for is.seers[seer] != q.Of {
		seer++
	}
	// What may affect the domain is the same in all states of some classes, and where nothing varies there is one class.
	profile, profiles := make([]uint32, len(is.gr.g.StateBits)), map[string]uint32{}
	for class, owners := range is.gr.g.StateBits {
		key := make([]byte, 0, len(owners)/8+1)
		for i, o := range owners {
			if i%8 == 0 {
				key = append(key, 0)
			}
			if q.Forbids(o) {
				key[i/8] |= 1 << (i % 8)
			}
		}
		if _, ok := profiles[string(key)]; !ok {
			profiles[string(key)] = uint32(len(profiles))
		}
		profile[class] = profiles[string(key)]
	}
	v := &flow.View{Sees: is.seen}
	both := map[uint64]uint32{}
	for s := range v.Sees {
		if v.Sees[s] = is.sees[seer].at(s); len(profiles) > 1 {
			key := uint64(v.Sees[s])<<32 | uint64(profile[is.gr.g.States[s]])
			if _, ok := both[key]; !ok {
				both[key] = uint32(len(both))
			}
			v.Sees[s] = both[key]
		}
	}
	v.Parts = make([]flow.Part, len(is.inputs))
	for i, in := range is.inputs {
		if v.Parts[i] = q.part(in.owners); in.varying >= 0 {
			v.Parts[i] = flow.Varies
		}
	}
	v.Part = func(s, e uint32) flow.Part { return q.part(is.owners(s, is.g.Inputs[e])) }
	return v, is.known[seer].len()
}

// names lists domains.
func (is *isolation) names(set uint64) (out []string) {
	for ; set != 0; set &= set - 1 {
		out = append(out, is.claims.Domains[bits.TrailingZeros64(set)])
	}
	return out
}

// leak is what shows that a domain is not isolated, as numbers of the graph: the steps of a run, and what happens at its end in two ways.
type leak struct {
	asked   question
	path    []uint32
	moments []flow.Moment
}

func (l *leak) length() int { return len(l.path) + len(l.moments) }

// show makes a finding an experiment that was done once more by a Runner of its own.
func (is *isolation) show(f *Finding, l *leak) error {
	var err error
	failed := shield("Load, Next or Describe", func() {
		var words []word
		if words, err = is.words(l); err == nil {
			x := &experimenter{claims: is.claims, asked: l.asked, sys: is.s.own}
			f.Experiment, f.Trace, err = x.perform(slices.Clone(is.gr.state(is.start(l))), words, len(l.path))
		}
	})
	if failed != nil {
		return failed
	}
	f.Steps = l.length()
	return err
}

// word is an input in words.
type word struct {
	label  model.Label
	chosen []byte // inside
	text   model.StepText
}

// words puts the inputs of a leak into words.
func (is *isolation) words(l *leak) (out []word, err error) {
	r := is.s.own.NewRunner()
	on := r.(model.Onlooker)
	say := func(from, in uint32) {
		w, ok := is.word(r, on, is.gr.state(from), is.inputs[in].key)
		if !ok && err == nil {
			err = &NondeterminismError{What: "a step of an experiment cannot be taken again"}
		}
		out = append(out, w)
	}
	at := is.start(l)
	for _, e := range l.path {
		say(at, is.g.Inputs[e])
		at = is.g.Targets[e]
	}
	with, without := l.moments[0].Without, l.moments[0].Without
	for _, m := range l.moments {
		if m.Edges[0] != flow.None {
			say(with, m.Input)
		} else {
			say(without, m.Input)
		}
		with, without = m.With, m.Without
	}
	return out, err
}

// start gives the initial state of a leak.
func (is *isolation) start(l *leak) uint32 {
	if len(l.path) == 0 {
		return l.moments[0].Without
	}
	s := uint32(0)
	for is.g.Offsets[s+1] <= l.path[0] {
		s++
	}
	return s
}

// word finds the step by which an input leaves a state.
func (is *isolation) word(r model.Runner, on model.Onlooker, s model.State, key string) (w word, ok bool) {
	r.Load(s)
	r.Next(func(l model.Label, _ model.State, f *model.Fault) {
		if f != nil || ok || binary.BigEndian.Uint32([]byte(key)) != uint32(l.Action) {
			return
		}
		if o := (&onlooker{r: on}); string(o.input(nil, l)) == key {
			w.label, w.chosen, ok = l, []byte(key[8:]), true
		}
	})
	if ok {
		w.text = r.Describe(s, w.label)
	}
	return w, ok
}
