package modeltest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/model"
)

// glance is a way to look at a state. None must make a difference.
type glance struct {
	backwards bool // evaluate properties from the last to the first
	scribble  bool // write over every state after it was copied
	busy      bool // describe, show and evaluate inside emit
}

// sight is all that a runner says of a state.
type sight struct {
	next      []successor
	holds     []verdict // by property, of states
	variables []string
	shown     string
}

type successor struct {
	label model.Label
	words model.State // nil for a fault
	fault string
	text  model.StepText
	holds []verdict // by property, of steps
}

// verdict is the value of a property and of its antecedents.
type verdict struct {
	asked bool
	holds bool
	value int64
	fault string
	met   string // + or - for each antecedent
}

// look loads s and asks everything there is to ask.
func (c *conformance) look(r model.Runner, s model.State, g glance) sight {
	c.t.Helper()
	loaded := append(model.State{}, s...)
	r.Load(loaded)
	for i := range loaded {
		loaded[i] = ^loaded[i] // the runner does not keep it
	}
	var out sight
	if g.backwards {
		out.holds = c.ofState(r, g)
	}
	r.Next(func(l model.Label, t model.State, f *model.Fault) {
		c.t.Helper()
		if l.Action < 0 || int(l.Action) >= len(c.info.Actions) {
			c.t.Fatalf("Next gives a label of action %d, of %d", l.Action, len(c.info.Actions))
		}
		if g.busy {
			r.Describe(s, l)
			if t != nil {
				r.Render(t)
			}
			c.ofState(r, g)
		}
		var holds []verdict
		if t != nil {
			holds = c.ofStep(r, l, g)
		}
		n := c.received("Next", t, f, g.scribble)
		n.label, n.holds = l, holds
		out.next = append(out.next, n)
	})
	if !g.backwards {
		out.holds = c.ofState(r, g)
	}
	for i := range out.next {
		out.next[i].text = r.Describe(s, out.next[i].label)
	}
	for _, b := range r.Render(s) {
		out.variables = append(out.variables, b.Name)
		out.shown += b.Name + " = " + b.Value.String() + "; "
	}
	return out
}

func (c *conformance) ofState(r model.Runner, g glance) []verdict {
	return c.evaluate(r, g, func(p model.Property) bool {
		return p.Kind == model.Invariant || p.Kind == model.Reachable || p.Kind == model.Deadlock || p.Kind == model.Bound || p.Kind == model.Refines
	}, r.Holds)
}

func (c *conformance) ofStep(r model.Runner, l model.Label, g glance) []verdict {
	return c.evaluate(r, g, func(p model.Property) bool {
		return p.Kind.OfSteps() && (p.Kind != model.Ensures || p.Action == l.Action)
	}, r.HoldsStep)
}

func (c *conformance) evaluate(
	r model.Runner, g glance, concerns func(model.Property) bool, holds func(model.PropertyID) (bool, *model.Fault),
) []verdict {
	out := make([]verdict, len(c.info.Properties))
	for k := range out {
		if g.backwards {
			k = len(out) - 1 - k
		}
		p, id := c.info.Properties[k], model.PropertyID(k)
		if !concerns(p) {
			continue
		}
		v := verdict{asked: true}
		var f *model.Fault
		if p.Kind == model.Bound {
			v.value, f = r.Value(id)
		} else {
			v.holds, f = holds(id)
		}
		v.fault = faultText(f)
		for a := range p.Antecedents {
			if r.Antecedent(id, a) {
				v.met += "+"
			} else {
				v.met += "-"
			}
		}
		out[k] = v
	}
	return out
}

// compare complains of a difference between two sights of one state.
func (c *conformance) compare(when string, s model.State, want, got sight) {
	c.t.Helper()
	if diff := want.differs(got, c.info); diff != "" {
		c.complain("%s, in state %x: %s", when, s, diff)
	}
}

// differs says what the sight got has other than want, or "".
func (want sight) differs(got sight, info *model.Info) string {
	if len(got.next) != len(want.next) {
		return fmt.Sprintf("got %d successors, want %d", len(got.next), len(want.next))
	}
	for i, w := range want.next {
		if n := got.next[i]; !n.equal(w) {
			return fmt.Sprintf("got successor %d %s, want %s", i, n, w)
		} else if n.text.String() != w.text.String() {
			return fmt.Sprintf("Describe of successor %d gives %s, want %s", i, n.text, w.text)
		} else if p := differing(w.holds, n.holds, info); p != "" {
			return fmt.Sprintf("%s on successor %d", p, i)
		}
	}
	if got.shown != want.shown {
		return fmt.Sprintf("Render gives %s want %s", got.shown, want.shown)
	}
	return differing(want.holds, got.holds, info)
}

func differing(want, got []verdict, info *model.Info) string {
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			return fmt.Sprintf("property %s: got %s, want %s", info.Properties[i].Name, got[i], want[i])
		}
	}
	return ""
}

func (n successor) equal(m successor) bool {
	return n.label == m.label && n.fault == m.fault && (n.words == nil) == (m.words == nil) && slices.Equal(n.words, m.words)
}

func (n successor) String() string {
	if n.words == nil {
		return fmt.Sprintf("fault %q by label %+v", n.fault, n.label)
	}
	return fmt.Sprintf("state %x by label %+v", n.words, n.label)
}

func (v verdict) String() string {
	var parts []string
	if v.fault != "" {
		parts = append(parts, "fault "+v.fault)
	}
	return strings.Join(append(parts, fmt.Sprintf("%v, value %d, antecedents [%s]", v.holds, v.value, v.met)), ", ")
}

func faultText(f *model.Fault) string {
	if f == nil {
		return ""
	}
	return f.Error()
}

// key makes the words of a state comparable.
func key(s model.State) string {
	b := make([]byte, 0, 8*len(s))
	for _, w := range s {
		b = append(b, byte(w), byte(w>>8), byte(w>>16), byte(w>>24), byte(w>>32), byte(w>>40), byte(w>>48), byte(w>>56))
	}
	return string(b)
}
