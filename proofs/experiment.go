package proofs

import (
	"encoding/binary"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Experiment shows that a domain is not isolated: two sequences of inputs from one initial state, one of which lacks a single input of
// the other. Nothing is left in either but what may affect the domain, and that is the same of both; yet the domain sees different things at
// their ends. So at the end of one of them it sees something else than at the end of what is left in.
type Experiment struct {
	Domain  string   `json:"domain"`
	Start   []Given  `json:"start"`
	Inputs  []string `json:"inputs"`  // as calls
	Removed int      `json:"removed"` // the place of the input that the other sequence lacks, from 1
}

// experiment checks that of a claim.
func (v *verifier) experiment(claim *Claim, id model.PropertyID) error {
	x := claim.Experiment
	u, err := newUnwinding(v.sys, id)
	if err != nil {
		return refused("%s: %v", claim.Property, err)
	}
	at := slices.IndexFunc(u.claims, func(c model.IsolatedDomain) bool { return u.iso.Domains[c.Of] == x.Domain })
	if at < 0 || x.Removed < 1 || x.Removed > len(x.Inputs) {
		return refused("the experiment for %s is about no domain that it protects, or lacks no input", claim.Property)
	}
	r := v.sys.NewRunner()
	vis, err := newVisit(u, r)
	if err != nil {
		return refused("%s: %v", claim.Property, err)
	}
	start := v.first(r, Taken{State: x.Start})
	if start == nil {
		return refused("the experiment for %s does not begin in an initial state", claim.Property)
	}
	with, without := &lane{v: vis, r: r, at: start}, &lane{v: vis, r: r, at: start}
	for i, text := range x.Inputs {
		in := with.named(text)
		if in == nil {
			in = without.named(text)
		}
		if in == nil {
			return refused("input %d of the experiment for %s, %s, is none of the model there", i+1, claim.Property, text)
		}
		if err := with.give(in); err != nil {
			return refused("%s: %v", claim.Property, err)
		}
		if i+1 == x.Removed {
			continue
		}
		if err := without.give(in); err != nil {
			return refused("%s: %v", claim.Property, err)
		}
	}
	// A property may have several claims about a domain, by different others.
	for k := range u.claims {
		c := &u.claims[k]
		if u.iso.Domains[c.Of] != x.Domain || !slices.EqualFunc(with.left(c), without.left(c), slices.Equal[[]byte]) {
			continue
		}
		a, err := with.sight(c)
		if err != nil {
			return refused("%s: %v", claim.Property, err)
		}
		b, err := without.sight(c)
		if err != nil {
			return refused("%s: %v", claim.Property, err)
		}
		if !slices.Equal(a, b) {
			return nil
		}
	}
	return refused("the experiment for %s shows nothing that %s is not to find out", claim.Property, x.Domain)
}

// lane is a sequence of inputs and where it leads.
type lane struct {
	v      *visit
	r      model.Runner
	at     model.State
	inputs [][]byte
	owners []uint64 // in the states in which they are met
}

// each goes through the steps from where the lane is.
func (l *lane) each(do func(label model.Label, to model.State, key []byte)) {
	l.r.Load(l.at)
	l.r.Next(func(label model.Label, to model.State, f *model.Fault) {
		if f != nil {
			return
		}
		key := binary.BigEndian.AppendUint32(nil, uint32(label.Action))
		key = binary.BigEndian.AppendUint32(key, label.Args)
		do(label, to, l.v.on.Chosen(label, key))
	})
}

// named finds an input by what it is called, or gives nil where it is not enabled.
func (l *lane) named(text string) (found []byte) {
	type one struct {
		label model.Label
		key   []byte
	}
	var all []one
	l.each(func(label model.Label, _ model.State, key []byte) { all = append(all, one{label, key}) })
	for _, o := range all {
		if found == nil && l.r.Describe(l.at, o.label).String() == text {
			found = o.key
		}
	}
	return found
}

// give gives an input, which does nothing where it is not enabled.
func (l *lane) give(in []byte) error {
	l.r.Load(l.at)
	if err := l.v.begin(); err != nil {
		return err
	}
	owners, err := l.v.u.ownersOf(l.v.on, l.v.owners, in)
	if err != nil {
		return err
	}
	l.inputs, l.owners = append(l.inputs, in), append(l.owners, owners)
	next := l.at
	l.each(func(_ model.Label, to model.State, key []byte) {
		if slices.Equal(key, in) {
			next = slices.Clone(to)
		}
	})
	l.at = next
	return nil
}

// left is the inputs without those that may not affect the domain of a claim; see model.Isolating.
func (l *lane) left(c *model.IsolatedDomain) (out [][]byte) {
	after := uint64(0)
	for i, in := range slices.Backward(l.inputs) {
		if o := l.owners[i]; !c.Forbids(o) || c.Through(o)&after != 0 {
			out, after = append(out, in), after|o
		}
	}
	return out
}

// sight is what a claim's domain sees at the end.
func (l *lane) sight(c *model.IsolatedDomain) ([]byte, error) {
	l.r.Load(l.at)
	if err := l.v.begin(); err != nil {
		return nil, err
	}
	return l.v.sight(c, nil), nil
}
