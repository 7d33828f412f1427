package proofs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/model"
)

// Verify checks that a certificate is evidence of what it claims of a system, whose subject is the one given. It reads the
// certificate to its end and takes up to four times the memory that it takes. The error is a RefusedError where the claims do not follow,
// a DamagedError where it is not in form, that of the context, or that of the reader.
//
// It is called once.
func (c *Certificate) Verify(ctx context.Context, sys model.System, subject Subject) error {
	if why := c.Header.differs(subject); why != "" {
		return refused("%s", why)
	}
	if c.Header.States < 0 {
		return damaged("its numbers of states are none")
	}
	if len(c.Header.Claims) == 0 {
		return refused("it claims nothing")
	}
	v := &verifier{header: &c.Header, sys: sys, info: sys.Info()}
	if err := v.claims(); err != nil {
		return err
	}
	if c.Header.States > 0 {
		if v.info.StateWords == 0 {
			return refused("the states of the model have different lengths")
		}
		var err error
		if v.set, err = c.read(v.info.StateWords); err != nil {
			return err
		}
		if err := v.readEvidence(c); err != nil {
			return err
		}
	}
	if err := c.finish(); err != nil {
		return err
	}
	if v.set != nil {
		if err := v.closed(ctx); err != nil {
			return err
		}
	}
	return v.conclude()
}

// verifier is one verification.
type verifier struct {
	header *Header
	sys    model.System
	info   *model.Info
	set    *set
	by     []*Claim // by property, or nil
	runs   *model.Runs
	proofs [][]proof // by property

	unwound []*unwinding // by property, of those about domains that are claimed to hold

	mu   sync.Mutex
	seen []seen // by property, what the states and steps say of it
}

// seen is what some states and steps say of a property.
type seen struct {
	violated string // where it is false, or ""
	without  string // where it has no value, or ""
	met      bool   // of a reachable property: somewhere
	extreme  int64  // of a bound
	known    bool   // extreme is of some state
}

// Certifiable says which kinds of properties certificates may claim something of: those of states, of steps, of whole runs, of
// domains and of two models.
func Certifiable(k model.Kind) bool {
	switch k {
	case model.Invariant, model.Step, model.Ensures, model.Reachable, model.Bound, model.Deadlock, model.FaultFree, model.Isolated, model.Refines:
		return true
	}
	return ofRuns(k)
}

// claims finds the property that each claim is about.
func (v *verifier) claims() error {
	v.by = make([]*Claim, len(v.info.Properties))
	v.seen = make([]seen, len(v.info.Properties))
	for i := range v.header.Claims {
		claim := &v.header.Claims[i]
		at := slices.IndexFunc(v.info.Properties, func(p model.Property) bool { return p.Name == claim.Property })
		switch {
		case at < 0 || v.info.Properties[at].Kind != claim.Kind:
			return refused("the model has no %s named %s", claim.Kind, claim.Property)
		case v.by[at] != nil:
			return refused("it claims two things of %s", claim.Property)
		case !Certifiable(claim.Kind):
			return refused("a certificate decides nothing about %s, which is of kind %s", claim.Property, claim.Kind)
		case (claim.Experiment != nil) != (claim.Kind == model.Isolated && !claim.Holds):
			return refused("an experiment shows that a property about domains is false, and nothing else: not what is claimed of %s", claim.Property)
		case claim.Experiment == nil && v.header.States == 0 && (claim.Run == nil || claim.rests()):
			return refused("there is no state and no run that shows anything about %s", claim.Property)
		}
		v.by[at] = claim
		if ofRuns(claim.Kind) && v.runs == nil {
			var err error
			if v.runs, err = runsOf(v.sys); err != nil {
				return refused("%v", err)
			}
		}
	}
	return nil
}

// closed checks that the set is exactly the reachable one, and looks at all properties on the way.
func (v *verifier) closed(ctx context.Context) error {
	if err := v.initial(); err != nil {
		return err
	}
	var next atomic.Int64
	workers := min(runtime.GOMAXPROCS(0), len(v.set.blocks))
	errs := make([]error, workers)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			var l *looker
			if l, errs[w] = v.newLooker(); errs[w] != nil {
				return
			}
			for errs[w] == nil {
				block := int(next.Add(1)) - 1
				if block >= len(v.set.blocks) {
					break
				}
				if errs[w] = ctx.Err(); errs[w] == nil {
					errs[w] = l.block(block)
				}
				if errs[w] != nil {
					next.Store(int64(len(v.set.blocks)))
				}
			}
			l.join()
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	for i := range v.set.states {
		if !v.set.isReached(i) {
			return refused("state %d of its set is not reached in as many steps as it says", i+1)
		}
	}
	return nil
}

// initial checks that the initial states have distance 0. That no others have it, closed checks: they are not reached.
func (v *verifier) initial() error {
	c := &cursor{s: v.set, state: make([]uint64, v.set.width)}
	var err error
	v.sys.NewRunner().Init(func(s model.State, f *model.Fault) {
		switch {
		case err != nil:
		case f != nil:
			v.fault("an initial state faults: " + f.Error())
		default:
			i, depth, ok := c.find(s)
			if !ok || depth != 0 {
				err = refused("an initial state is not in its set, with distance 0")
				return
			}
			v.set.reached(i)
		}
	})
	return err
}

// fault notes that the model faults.
func (v *verifier) fault(where string) {
	for id, p := range v.info.Properties {
		if p.Kind == model.FaultFree {
			v.mu.Lock()
			v.seen[id].violated = where
			v.mu.Unlock()
		}
	}
}

// looker looks at the states of some blocks.
type looker struct {
	*verifier
	runner model.Runner
	walk   cursor // through a block
	look   cursor // for a successor
	seen   []seen
	runs   *onlooker // where claims of whole runs rest on proofs
	visits []*visit  // by property, of those about domains
	spoken *spoken   // where it is claimed that nothing faults, or that something does
}

func (v *verifier) newLooker() (*looker, error) {
	l := &looker{
		verifier: v, runner: v.sys.NewRunner(), seen: make([]seen, len(v.seen)),
		walk: cursor{s: v.set, state: make([]uint64, v.set.width)},
		look: cursor{s: v.set, state: make([]uint64, v.set.width)},
	}
	var err error
	l.visits = make([]*visit, len(v.unwound))
	for id, u := range v.unwound {
		if u == nil {
			continue
		}
		if l.visits[id], err = newVisit(u, l.runner); err != nil {
			return nil, refused("%v", err)
		}
	}
	if slices.ContainsFunc(v.header.Claims, Claim.restsOnRuns) {
		if l.runs, err = newOnlooker(v.runs, l.runner); err != nil {
			return nil, refused("%v", err)
		}
	}
	if slices.ContainsFunc(v.header.Claims, func(c Claim) bool { return c.Kind == model.FaultFree }) {
		if l.spoken, err = v.newSpoken(l.runner); err != nil {
			return nil, refused("%v", err)
		}
	}
	return l, nil
}

// block looks at all states of a block and all steps that leave them. What is no state of the system may have it panic.
func (l *looker) block(block int) (err error) {
	defer func() {
		if what := recover(); what != nil {
			err = refused("the model panics in what is a state of its set, and may be none: %v", what)
		}
	}()
	l.walk.open(block)
	for k := range l.set.in(block) {
		l.walk.next()
		if err := l.state(int64(block*blockStates + k)); err != nil {
			return err
		}
	}
	return nil
}

// state looks at the state of walk, whose number is given.
func (l *looker) state(number int64) error {
	at := l.walk.state
	l.runner.Load(at)
	if l.runs != nil {
		if err := l.runs.begin(l.walk.depth == 0); err != nil {
			return refused("%v", err)
		}
	}
	if err := l.visited(func(v *visit) error { return v.begin() }); err != nil {
		return err
	}
	if l.spoken != nil {
		if err := l.spoken.evaluate(); err != nil {
			l.fault(err.Error())
		}
	}
	for id, p := range l.info.Properties {
		switch p.Kind {
		case model.Invariant, model.Reachable:
			l.holds(model.PropertyID(id), p.Kind)
		case model.Bound:
			l.bound(model.PropertyID(id))
		case model.Refines: // of initial states, that they are mapped to initial ones
			if l.walk.depth == 0 {
				l.judge(id, func() (bool, *model.Fault) { return l.runner.Holds(model.PropertyID(id)) })
			}
		}
	}
	var err error
	steps, faulted := 0, false
	l.runner.Next(func(label model.Label, t model.State, f *model.Fault) {
		if err != nil {
			return
		}
		if f != nil {
			faulted = true
			l.fault(f.Error())
			return
		}
		steps++
		i, depth, ok := l.look.find(t)
		switch {
		case !ok:
			err = refused("%s leads out of its set, from the state %v", l.runner.Describe(at, label), l.runner.Render(at))
		case depth > l.walk.depth+1:
			err = refused("%s leads farther than its set says, from the state %v", l.runner.Describe(at, label), l.runner.Render(at))
		case depth == l.walk.depth+1:
			l.set.reached(i)
		}
		if err != nil {
			return
		}
		if l.runs != nil {
			l.runs.step(label, i)
		}
		for _, vis := range l.visits {
			if vis != nil {
				vis.step(label, i)
			}
		}
		for id, p := range l.info.Properties {
			if p.Kind == model.Step || p.Kind == model.Refines || p.Kind == model.Ensures && p.Action == label.Action {
				l.judge(id, func() (bool, *model.Fault) { return l.runner.HoldsStep(model.PropertyID(id)) })
			}
		}
	})
	if err == nil && l.runs != nil {
		l.runs.end()
		err = l.proved(number)
	}
	if err == nil {
		err = l.visited(func(v *visit) error {
			if err := v.end(); err != nil {
				return err
			}
			return v.u.check(number, v)
		})
	}
	if err != nil || steps > 0 || faulted {
		return err
	}
	for id, p := range l.info.Properties {
		if p.Kind == model.Deadlock {
			l.judge(id, func() (bool, *model.Fault) { return l.runner.Holds(model.PropertyID(id)) })
		}
	}
	return nil
}

// proved checks what proofs say of the state that has been looked at.
func (l *looker) proved(number int64) error {
	for id, all := range l.proofs {
		for _, p := range all {
			if err := p.check(number, &l.runs.place); err != nil {
				return fmt.Errorf("%s: %w", l.info.Properties[id].Name, err)
			}
		}
	}
	return nil
}

// visited does something with what is known of domains in the state at hand.
func (l *looker) visited(do func(v *visit) error) error {
	for id, v := range l.visits {
		if v == nil {
			continue
		}
		err := do(v)
		var no *RefusedError
		if err != nil && !errors.As(err, &no) {
			err = refused("%v", err)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", l.info.Properties[id].Name, err)
		}
	}
	return nil
}

// judge notes where a property is false, and where it has no value. Then something faults.
func (l *looker) judge(id int, holds func() (bool, *model.Fault)) {
	if ok, f := holds(); f != nil {
		l.seen[id].without = f.Error()
		l.fault(f.Error())
	} else if !ok {
		l.seen[id].violated = "it is false in some state"
	}
}

func (l *looker) holds(id model.PropertyID, kind model.Kind) {
	if kind == model.Invariant {
		l.judge(int(id), func() (bool, *model.Fault) { return l.runner.Holds(id) })
		return
	}
	if ok, f := l.runner.Holds(id); f != nil {
		l.seen[id].without = f.Error()
		l.fault(f.Error())
	} else if ok {
		l.seen[id].met = true
	}
}

func (l *looker) bound(id model.PropertyID) {
	x, f := l.runner.Value(id)
	if f != nil {
		l.seen[id].without = f.Error()
		l.fault(f.Error())
		return
	}
	l.seen[id].take(x, l.info.Properties[id])
}

// take notes a value of a bound.
func (s *seen) take(x int64, p model.Property) {
	if !s.known || p.AtLeast && x < s.extreme || !p.AtLeast && x > s.extreme {
		s.extreme, s.known = x, true
	}
	if beyond(x, p) {
		s.violated = fmt.Sprintf("it has the value %d", x)
	}
}

func beyond(x int64, p model.Property) bool {
	return p.AtLeast && x < p.Limit || !p.AtLeast && x > p.Limit
}

// join tells the verifier what was seen.
func (l *looker) join() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, s := range l.seen {
		all := &l.verifier.seen[id]
		all.violated, all.without = cmp.Or(all.violated, s.violated), cmp.Or(all.without, s.without)
		all.met = all.met || s.met
		if s.known {
			all.take(s.extreme, l.info.Properties[id])
		}
	}
}

// conclude compares what was seen with what is claimed.
func (v *verifier) conclude() error {
	for id, claim := range v.by {
		if claim == nil {
			continue
		}
		p, s := v.info.Properties[id], v.seen[id]
		if claim.Kind == model.Isolated {
			if claim.Run != nil || claim.Extreme != nil {
				return refused("neither a run nor a number says anything of %s", claim.Property)
			}
			if claim.Experiment != nil {
				if err := v.experiment(claim, model.PropertyID(id)); err != nil {
					return err
				}
			}
			continue
		}
		if ofRuns(claim.Kind) {
			if err := v.whole(claim, model.PropertyID(id)); err != nil {
				return err
			}
			continue
		}
		if claim.Run != nil {
			if err := v.run(claim, model.PropertyID(id)); err != nil {
				return err
			}
		}
		if v.set == nil {
			if claim.Holds != (p.Kind == model.Reachable) {
				return refused("a run shows that a property is false, or that something can be reached: not what is claimed of %s", claim.Property)
			}
			if claim.Extreme != nil {
				return refused("no run shows that the extreme value of %s is %d", claim.Property, *claim.Extreme)
			}
			continue
		}
		if err := s.bears(claim); err != nil {
			return err
		}
		if claim.Extreme != nil && (!s.known || s.extreme != *claim.Extreme) {
			return refused("the extreme value of %s is not %d", claim.Property, *claim.Extreme)
		}
	}
	return nil
}

// bears tells whether what all states and steps say of a property is what is claimed. One that has no value somewhere is not true, and need not be
// false.
func (s *seen) bears(c *Claim) error {
	reachable := c.Kind == model.Reachable
	switch {
	case reachable && c.Holds && !s.met:
		return refused("%s is true nowhere", c.Property)
	case reachable && !c.Holds && s.met, !reachable && !c.Holds && s.violated == "" && s.without == "":
		return refused("%s holds, and it claims that it does not", c.Property)
	case !reachable && c.Holds && s.violated+s.without != "":
		return refused("%s does not hold: %s", c.Property, cmp.Or(s.violated, s.without))
	case !c.Holds && s.violated == "" && s.without != "":
		return refused("%s is not known to be false: %s", c.Property, s.without)
	}
	return nil
}

// whole concludes about a claim of whole runs, of which all states have said what they can.
func (v *verifier) whole(claim *Claim, id model.PropertyID) error {
	waiting := claim.Kind == model.Within || claim.Kind == model.Longest
	if claim.Extreme != nil && (!waiting || !claim.Holds || *claim.Extreme < 0) {
		return refused("the extreme value of %s is not %d", claim.Property, *claim.Extreme)
	}
	if claim.Run != nil || !claim.rests() {
		if err := v.wholeRun(claim, id); err != nil {
			return err
		}
	}
	if claim.Kind == model.Can {
		if err := initially(v.proofs[id], claim.Holds); err != nil {
			return refused("%s: %v", claim.Property, err)
		}
	}
	if claim.Extreme == nil || claim.Run != nil {
		return nil
	}
	begins := false
	for _, p := range v.proofs[id] {
		if w, ok := p.(*waits); ok {
			begins = begins || w.begins.Load()
		}
	}
	if *claim.Extreme != 0 || !begins {
		return refused("nothing shows that a wait of %s is as long as %d", claim.Property, *claim.Extreme)
	}
	return nil
}
