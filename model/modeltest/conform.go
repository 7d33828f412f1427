package modeltest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

// maxComplaints ends a run that would only repeat itself.
const maxComplaints = 10

type conformance struct {
	t          testing.TB
	sys        model.System
	info       *model.Info
	limit      int
	complaints int

	states []model.State // in breadth-first order
	first  []sight       // what the first look at each saw
}

func (c *conformance) complain(format string, args ...any) {
	c.t.Helper()
	c.t.Errorf(format, args...)
	if c.complaints++; c.complaints >= maxComplaints {
		c.t.Fatalf("%d complaints are enough", c.complaints)
	}
}

func (c *conformance) checkInfo() {
	c.t.Helper()
	i := c.info
	if i.Name == "" {
		c.complain("the system has no name")
	}
	if i.StateWords < 0 || i.StateBits < 0 || i.StateWords > 0 && i.StateBits > 64*i.StateWords {
		c.complain("got %d bits in %d words", i.StateBits, i.StateWords)
	}
	names := map[string]bool{}
	for _, a := range i.Actions {
		if a.Name == "" || names[a.Name] {
			c.complain("action %q has no name of its own", a.Name)
		}
		names[a.Name] = true
	}
	clear(names)
	once := map[model.Kind]int{}
	for _, p := range i.Properties {
		if p.Name == "" || names[p.Name] {
			c.complain("property %q has no name of its own", p.Name)
		}
		names[p.Name] = true
		once[p.Kind]++
		switch p.Kind {
		case model.Invariant, model.Step, model.Reachable, model.Bound, model.LTL, model.Can, model.Within, model.Longest, model.Isolated, model.Refines:
		case model.Ensures:
			if p.Action < 0 || int(p.Action) >= len(i.Actions) {
				c.complain("property %s speaks of action %d, of %d", p.Name, p.Action, len(i.Actions))
			}
		case model.Deadlock, model.FaultFree:
			if once[p.Kind] > 1 {
				c.complain("%d properties are of kind %s", once[p.Kind], p.Kind)
			}
		default:
			c.complain("property %s is of kind %q, which no system has", p.Name, p.Kind)
		}
	}
	c.checkRuns()
	c.checkDomains()
	c.checkRefiners()
	if again := fmt.Sprint(*c.sys.Info()); again != fmt.Sprint(*i) {
		c.complain("Info changed:\n%v\n%s", *i, again)
	}
	if c.complaints > 0 {
		c.t.Fatalf("nothing else is looked at before Info is right")
	}
}

// checkInit looks at the initial states four times, and keeps those without a fault.
func (c *conformance) checkInit() {
	c.t.Helper()
	r := c.sys.NewRunner()
	want := c.initial(r, false)
	c.compareInit("a second time", want, c.initial(r, false))
	c.compareInit("when the words it gives are overwritten", want, c.initial(r, true))
	for _, s := range want {
		if s.words != nil {
			r.Load(s.words)
			r.Next(func(model.Label, model.State, *model.Fault) {})
			break
		}
	}
	c.compareInit("after Load and Next", want, c.initial(r, false))
	c.compareInit("on another runner", want, c.initial(c.sys.NewRunner(), false))
	if len(want) == 0 {
		c.complain("the system has no initial states")
	}
	known := map[string]bool{}
	for _, s := range want {
		if key := key(s.words); s.words != nil && !known[key] {
			known[key] = true
			c.states = append(c.states, s.words)
		}
	}
}

func (c *conformance) initial(r model.Runner, scribble bool) []successor {
	c.t.Helper()
	var out []successor
	r.Init(func(s model.State, f *model.Fault) {
		c.t.Helper()
		out = append(out, c.received("Init", s, f, scribble))
	})
	return out
}

func (c *conformance) compareInit(when string, want, got []successor) {
	c.t.Helper()
	if len(got) != len(want) {
		c.complain("Init gives %d states %s, and %d the first time", len(got), when, len(want))
		return
	}
	for i := range want {
		if !want[i].equal(got[i]) {
			c.complain("Init gives another state %d %s: %s, and the first time %s", i, when, got[i], want[i])
		}
	}
}

// received copies what was given to emit, and checks it.
func (c *conformance) received(by string, s model.State, f *model.Fault, scribble bool) successor {
	c.t.Helper()
	out := successor{fault: faultText(f)}
	switch {
	case s == nil && f == nil:
		c.complain("%s gives neither a state nor a fault", by)
	case s != nil && f != nil:
		c.complain("%s gives a state together with the fault %q", by, f.Error())
	case s != nil:
		if w := c.info.StateWords; w > 0 && len(s) != w {
			c.complain("%s gives a state of %d words, want %d", by, len(s), w)
		}
		out.words = append(model.State{}, s...)
	}
	if scribble {
		for i := range s {
			s[i] = ^s[i]
		}
	}
	return out
}

// checkStates explores, and looks at every state in several ways that must not differ.
func (c *conformance) checkStates() {
	c.t.Helper()
	r, other := c.sys.NewRunner(), c.sys.NewRunner()
	known := map[string]bool{}
	for _, s := range c.states {
		known[key(s)] = true
	}
	for i := 0; i < len(c.states) && i < c.limit; i++ {
		s := c.states[i]
		want := c.look(r, s, glance{})
		c.first = append(c.first, want)
		c.compare("the second time", s, want, c.look(r, s, glance{backwards: true}))
		c.compare("when the words it gives are overwritten", s, want, c.look(r, s, glance{scribble: true}))
		r.Load(c.states[0])
		r.Next(func(model.Label, model.State, *model.Fault) {})
		c.compare("when the runner describes and shows states inside emit", s, want, c.look(r, s, glance{busy: true}))
		c.compare("on another runner", s, want, c.look(other, s, glance{backwards: true}))
		c.checkTexts(s, want)
		for _, t := range want.next {
			if t.words != nil && !known[key(t.words)] {
				known[key(t.words)] = true
				c.states = append(c.states, t.words)
			}
		}
	}
	c.states = c.states[:len(c.first)]
}

// checkTexts checks the labels of a state and what Describe makes of them.
func (c *conformance) checkTexts(s model.State, seen sight) {
	c.t.Helper()
	labels := map[model.Label]bool{}
	for _, n := range seen.next {
		if labels[n.label] {
			c.complain("two successors of state %x have the label %+v", s, n.label)
		}
		labels[n.label] = true
		a := c.info.Actions[n.label.Action]
		var names []string
		for _, arg := range n.text.Args {
			names = append(names, arg.Name)
		}
		if n.text.Action != a.Name || !slices.Equal(names, a.Params) {
			c.complain("Describe gives %s, want a step of action %s with parameters %v", n.text, a.Name, a.Params)
		}
	}
}

// checkConcurrent looks at all states again in several goroutines, each with its own runner.
func (c *conformance) checkConcurrent() {
	c.t.Helper()
	const goroutines = 2
	differ := make([]string, goroutines)
	var wait sync.WaitGroup
	for g := range goroutines {
		wait.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					differ[g] = fmt.Sprintf("and panicked: %s", misuse(v))
				}
			}()
			r := c.sys.NewRunner()
			quiet := &conformance{t: c.t, sys: c.sys, info: c.info}
			for k := range c.states {
				i := k
				if g%2 == 1 {
					i = len(c.states) - 1 - k
				}
				if diff := c.first[i].differs(quiet.look(r, c.states[i], glance{}), c.info); diff != "" {
					differ[g] = fmt.Sprintf("in state %x: %s", c.states[i], diff)
					return
				}
			}
		})
	}
	wait.Wait()
	for _, d := range differ {
		if d != "" {
			c.complain("the system gives something else in another goroutine %s", d)
		}
	}
}

// checkRenderings checks that all states show the same variables, and logs two that look alike.
func (c *conformance) checkRenderings() {
	c.t.Helper()
	looks := map[string]int{}
	for i, seen := range c.first {
		if want := c.first[0].variables; !slices.Equal(seen.variables, want) {
			c.complain("Render of state %x gives the variables %v, want %v", c.states[i], seen.variables, want)
		}
		if before, ok := looks[seen.shown]; ok {
			c.t.Logf("states %x and %x look alike: %s", c.states[before], c.states[i], seen.shown)
		}
		looks[seen.shown] = i
	}
}
