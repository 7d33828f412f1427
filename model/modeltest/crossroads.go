package modeltest

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/model"
)

// driver knows two systems as far as runs were taken through them.
type driver struct {
	runners [2]model.Runner
	views   [2]View
	names   map[string]bool // of the variables that are looked at; nil for all
	showing bool            // whether any initial state shows a variable
	start   *crossroads
	known   map[string]*crossroads // by the states of both systems
}

// remembered bounds the memory of a driver, which only saves time.
const remembered = 20_000

// crossroads is where two systems are after one run: how each may go on.
type crossroads struct {
	offers [2][]offer // ordered by step and look, each once
	apart  bool       // whether the two differ
	ways   []int      // the offers that lead to a state, where they do not differ
}

// offer is a step, as one sees it, to what one sees of a state. An initial state is an offer without a step.
type offer struct {
	step, seen string
	states     []model.State // all that it may be, which look alike; nil for a fault
}

func (o offer) like(p offer) bool { return o.step == p.step && o.seen == p.seen }

// beyond gives the lines of what one sees that p does not have.
func (o offer) beyond(p offer) []string {
	others := strings.Split(p.seen, "\n")
	out := slices.DeleteFunc(strings.Split(o.seen, "\n"), func(line string) bool {
		return line == "" || slices.Contains(others, line)
	})
	if len(out) == 0 {
		return []string{"nothing"}
	}
	return out
}

// outcomes gives the offers of one system that have this step.
func (c *crossroads) outcomes(side int, step string) []offer {
	var out []offer
	for _, o := range c.offers[side] {
		if o.step == step {
			out = append(out, o)
		}
	}
	return out
}

func newDriver(a, b model.System, viewA, viewB View) *driver {
	d := &driver{
		runners: [2]model.Runner{a.NewRunner(), b.NewRunner()},
		views:   [2]View{viewA, viewB},
		known:   map[string]*crossroads{},
	}
	var states [2][]model.State // nil for a fault
	var shown [2][][]binding
	for side, r := range d.runners {
		r.Init(func(s model.State, _ *model.Fault) {
			if s != nil {
				s = append(model.State{}, s...)
				shown[side] = append(shown[side], d.views[side].observe(r.Render(s)))
			}
			states[side] = append(states[side], s)
		})
	}
	if viewA.Observe == nil && viewB.Observe == nil {
		d.names = map[string]bool{}
		others := names(slices.Values(shown[1]))
		d.showing = len(others) > 0
		for name := range names(slices.Values(shown[0])) {
			d.showing = true
			if others[name] {
				d.names[name] = true
			}
		}
	}
	var offers [2][]offer
	for side := range offers {
		for _, s := range states[side] {
			offers[side] = append(offers[side], d.offer(side, "", s))
		}
	}
	d.start = meet(offers)
	return d
}

// offer gives what one sees of a step to s, which is kept, or to a fault, where s is nil.
func (d *driver) offer(side int, step string, s model.State) offer {
	if s == nil {
		return offer{step: step, seen: "a fault"}
	}
	return offer{step: step, seen: look(d.shown(side, s)), states: []model.State{s}}
}

func (d *driver) shown(side int, s model.State) []binding {
	return pick(d.views[side].observe(d.runners[side].Render(s)), d.names)
}

// follow takes both systems one way on.
func (d *driver) follow(at *crossroads, way int) *crossroads {
	from := [2][]model.State{at.offers[0][way].states, at.offers[1][way].states}
	k := keyOfBoth(from)
	if to, ok := d.known[k]; ok {
		return to
	}
	var offers [2][]offer
	for side := range offers {
		for _, s := range from[side] {
			offers[side] = append(offers[side], d.next(side, s)...)
		}
	}
	to := meet(offers)
	if len(d.known) >= remembered {
		clear(d.known)
	}
	d.known[k] = to
	return to
}

func (d *driver) next(side int, s model.State) []offer {
	r := d.runners[side]
	var labels []model.Label
	var states []model.State
	r.Load(s)
	r.Next(func(l model.Label, to model.State, _ *model.Fault) {
		if to != nil {
			to = append(model.State{}, to...)
		}
		labels, states = append(labels, l), append(states, to)
	})
	out := make([]offer, len(labels))
	for i, l := range labels {
		out[i] = d.offer(side, d.views[side].label(r.Describe(s, l)), states[i])
	}
	return out
}

// meet compares what two systems offer.
func meet(offers [2][]offer) *crossroads {
	c := &crossroads{}
	for side := range offers {
		c.offers[side] = merge(offers[side])
	}
	c.apart = !slices.EqualFunc(c.offers[0], c.offers[1], offer.like)
	for i, o := range c.offers[0] {
		if !c.apart && o.states != nil {
			c.ways = append(c.ways, i)
		}
	}
	return c
}

// merge orders offers, and makes one of those that are alike.
func merge(offers []offer) []offer {
	slices.SortStableFunc(offers, func(x, y offer) int {
		return cmp.Or(cmp.Compare(x.step, y.step), cmp.Compare(x.seen, y.seen))
	})
	var out []offer
	for _, o := range offers {
		if n := len(out) - 1; n >= 0 && out[n].like(o) {
			out[n].states = append(out[n].states, o.states...)
		} else {
			out = append(out, o)
		}
	}
	for i, o := range out {
		slices.SortFunc(o.states, slices.Compare)
		out[i].states = slices.CompactFunc(o.states, slices.Equal)
	}
	return out
}

// keyOfBoth makes the words of the states of two systems comparable.
func keyOfBoth(states [2][]model.State) string {
	var b []byte
	for _, side := range states {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(side)))
		for _, s := range side {
			b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
			b = append(b, key(s)...)
		}
	}
	return string(b)
}
