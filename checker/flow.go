package checker

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"sync"

	"github.com/bulkheadlang/bulkhead/checker/internal/flow"
	"github.com/bulkheadlang/bulkhead/checker/internal/runs"
	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// isolation decides what is claimed of domains, once the search has been exhaustive, on the graph of all states and steps
// (runs_graph.go), with Symmetry and PartialOrder too: domains are not interchangeable in a claim about two of them. A step
// that faults counts as one that is not enabled. Package flow says how it is decided.
type isolation struct {
	s       *search
	ctx     context.Context
	claims  *model.Isolation
	meter   runs.Meter
	gr      *grapher
	g       *flow.Graph
	inputs  []input
	seers   []int // the domains of which something is claimed
	varying map[[2]uint32]int
	decider *flow.Decider
	seen    []uint32 // of each state, what the domain of the claim at hand sees

	mu    sync.Mutex
	known []views  // what each of the seers sees somewhere
	sees  []column // of each of them, in every state

	reason string // why nothing can be decided, or ""
	missed string // why what is evaluated for it was not evaluated in every state, or to a fault of that no run is known, or ""
	found  map[model.PropertyID]Finding
}

// input is an action with its arguments and choices.
type input struct {
	key     string
	action  model.ActionID
	args    uint32
	varying int    // the number of the instance among those whose domains depend on the state, or -1
	owners  uint64 // the domains, otherwise
}

// isolating gives what the system says of its domains, where a property that was selected asks for it.
func (s *search) isolating() (*isolation, error) {
	if len(s.plan.isolated) == 0 {
		return nil, nil
	}
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("property %q: %w", s.info.Properties[s.plan.isolated[0]].Name, fmt.Errorf(format, args...))
	}
	sys, ok := s.own.(model.Isolating)
	if !ok {
		return nil, wrong("it is of kind %q, and the system says nothing of its domains", model.Isolated)
	}
	is := &isolation{s: s, varying: map[[2]uint32]int{}, found: map[model.PropertyID]Finding{}}
	if err := shield("Isolation", func() { is.claims = sys.Isolation() }); err != nil {
		return nil, err
	}
	n := len(is.claims.Domains)
	if n > model.MaxDomains {
		return nil, wrong("the system has %d domains, want at most %d", n, model.MaxDomains)
	}
	for _, c := range is.claims.Properties {
		if c.Of < 0 || c.Of >= n || bits.Len64(c.By) > n {
			return nil, wrong("it speaks of domain %d, want one of 0..%d", max(c.Of, bits.Len64(c.By)-1), n-1)
		}
		if c.Via != nil && len(c.Via) != n {
			return nil, wrong("it says of %d domains through which others they may affect %s, want %d", len(c.Via), is.claims.Domains[c.Of], n)
		}
		if c.Via != nil && len(is.claims.Varying) > 0 && slices.Contains(s.plan.isolated, c.Property) {
			return nil, wrong("whose %s is depends on the state, and what domains may do through others is asked only where that is never so", is.claims.Varying[0].Text)
		}
		if slices.Contains(s.plan.isolated, c.Property) && !slices.Contains(is.seers, c.Of) {
			is.seers = append(is.seers, c.Of)
		}
	}
	for i, v := range is.claims.Varying {
		is.varying[[2]uint32{uint32(v.Action), v.Args}] = i
	}
	is.known, is.sees = make([]views, len(is.seers)), make([]column, len(is.seers))
	for i := range is.known {
		is.known[i] = newViews()
	}
	return is, nil
}

// onlooker notes what domains see and do, for one worker.
type onlooker struct {
	is    *isolation
	r     model.Onlooker
	acts  []uint64 // of the loaded state: the domains of each instance for which they depend on the state
	key   []byte
	known []views // what is known of those of the isolation
}

func (is *isolation) onlooker(r model.Runner) (*onlooker, error) {
	on, ok := r.(model.Onlooker)
	if !ok {
		return nil, errors.New("the system has properties about domains, and its Runner is no Onlooker")
	}
	o := &onlooker{is: is, r: on, acts: make([]uint64, len(is.claims.Varying)), known: make([]views, len(is.seers))}
	for i := range o.known {
		o.known[i] = newViews()
	}
	return o, nil
}

// look appends what each of the seers sees of the loaded state to views, and notes whose the instances are. The error is one of memory.
func (o *onlooker) look(views []uint32) (_ []uint32, first *model.Fault, err error) {
	note := func(f *model.Fault) {
		if first == nil {
			first = f
		}
	}
	for i, d := range o.is.seers {
		var f *model.Fault
		o.key, f = o.r.Sees(d, o.key[:0])
		note(f)
		n, ok := o.known[i].find(o.key)
		if !ok {
			if n, err = o.is.number(i, o.key); err != nil {
				return views, first, err
			}
			if err = o.known[i].remember(&o.is.meter, o.key, n); err != nil {
				return views, first, err
			}
		}
		views = append(views, n)
	}
	for i, v := range o.is.claims.Varying {
		var f *model.Fault
		o.acts[i], f = o.r.Acts(v.Action, v.Args)
		note(f)
	}
	return views, first, nil
}

// number gives the number of what a domain sees.
func (is *isolation) number(seer int, key []byte) (uint32, error) {
	is.mu.Lock()
	defer is.mu.Unlock()
	known := &is.known[seer]
	n, ok := known.find(key)
	if ok {
		return n, nil
	}
	n = uint32(known.len())
	return n, known.add(&is.meter, key, n)
}

// plain tells whether nothing is ever chosen inside a step, so that its action and its arguments are the input.
func (is *isolation) plain() bool {
	return len(is.claims.Chooses) == len(is.s.info.Actions) && !slices.Contains(is.claims.Chooses, true)
}

// input appends to key what tells the input of the step being emitted from all others.
func (o *onlooker) input(key []byte, l model.Label) []byte {
	key = binary.BigEndian.AppendUint32(key, uint32(l.Action))
	key = binary.BigEndian.AppendUint32(key, l.Args)
	return o.r.Chosen(l, key)
}

// room makes room for what the seers see of so many states.
func (is *isolation) room(states int) error {
	for i := range is.sees {
		if err := is.sees[i].room(&is.meter, states, 0); err != nil {
			return err
		}
	}
	return nil
}

// see notes what the seers see of the next states: each of them of the first, then of the second, and so on.
func (is *isolation) see(views []uint32) error {
	n := len(is.seers)
	for i := range n {
		if err := is.sees[i].room(&is.meter, len(views)/n, uint32(is.known[i].len())); err != nil {
			return err
		}
		for k := i; k < len(views); k += n {
			is.sees[i].push(views[k])
		}
	}
	return nil
}

// decide decides all claims about domains. The error is one of the system.
func (is *isolation) decide(ctx context.Context) error {
	is.ctx = ctx
	is.meter.Limit = is.s.cfg.Memory
	if _, numbered := is.s.set.(*visited.Store); !numbered || is.s.reducing() {
		is.s.set.Close() // the runs to what the search found are known by now
	}
	is.gr = is.s.grapher(ctx, &is.meter)
	is.gr.flow, is.gr.words = is, 0
	err := is.gr.explore()
	defer func() {
		if is.gr.st != nil {
			is.gr.close()
		}
	}()
	if err == nil && is.gr.own {
		err = is.meter.Take(is.gr.st.Bytes())
	}
	if err != nil {
		is.reason, err = is.s.whyNot(ctx, err)
		is.missed = is.reason
		return err
	}
	if is.gr.fault != nil {
		is.reason, err = is.s.recordFault(ctx, is.gr, &is.meter)
		is.missed = is.reason
		return err
	}
	if err = is.arrange(); err == nil {
		err = is.ready()
	}
	for _, id := range is.s.plan.isolated {
		if err != nil {
			break
		}
		if !slices.Contains(is.s.plan.selected, id) { // of which only a fault matters
			continue
		}
		is.found[id], err = is.finding(id)
	}
	if err != nil {
		is.reason, err = is.s.whyNot(ctx, err)
		clear(is.found)
	}
	return err
}

// ready takes the memory in which claims are decided.
func (is *isolation) ready() error {
	n := is.g.Len()
	if err := is.meter.Take(flow.Bytes(n) + 4*int64(n)); err != nil {
		return err
	}
	is.decider, is.seen = flow.NewDecider(is.g), make([]uint32, n)
	return nil
}

// unseen says why what is evaluated for the claims, and may fault, was not evaluated in every state, or why no run to a fault of it is
// known, or gives "".
func (is *isolation) unseen() string {
	if is.s.mayFault(is.s.plan.isolated) {
		return is.missed
	}
	return ""
}

// given gives the verdict on a property that was decided.
func (is *isolation) given(id model.PropertyID) Finding {
	if f, ok := is.found[id]; ok {
		return f
	}
	f := Finding{Property: is.s.info.Properties[id], Verdict: Undecided, Reason: is.reason}
	if is.gr != nil {
		f.Fault = is.gr.fault
	}
	return f
}

// errManyOutcomes ends the work on a system whose inputs are not what the claims are about.
type errManyOutcomes struct{ step string }

func (e errManyOutcomes) Error() string {
	return fmt.Sprintf("%s leads from one state to several with the same choices, and what domains see of each other is asked of deterministic steps only", e.step)
}

// arrange makes the graph what package flow asks for: inputs are numbered in an order that does not depend on who came first, and
// the steps of each state ordered by them, in place.
func (is *isolation) arrange() error {
	g := is.gr.g
	inputs := make([]input, len(is.gr.stepClass))
	for key, class := range is.gr.stepClass {
		inputs[class] = input{key: key}
	}
	order := make([]uint32, len(inputs))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(inputs[a].key, inputs[b].key) })
	number := make([]uint32, len(inputs))
	for n, class := range order {
		number[class] = uint32(n)
		is.inputs = append(is.inputs, inputs[class])
	}
	if err := is.attribute(); err != nil {
		return err
	}
	var list []uint64
	at, lo := uint32(0), uint32(0)
	for s := range uint32(g.Len()) {
		list = list[:0]
		for e := lo; e < g.Offsets[s+1]; e++ {
			list = append(list, uint64(number[g.Steps[e]])<<32|uint64(g.Targets[e]))
		}
		slices.Sort(list)
		lo = g.Offsets[s+1]
		for i, x := range list {
			in, to := uint32(x>>32), uint32(x)
			if i > 0 && in == uint32(list[i-1]>>32) && x != list[i-1] {
				return errManyOutcomes{is.s.info.Actions[is.inputs[in].action].Name}
			}
			if to == s || i > 0 && x == list[i-1] {
				continue
			}
			g.Steps[at], g.Targets[at] = in, to
			at++
		}
		g.Offsets[s+1] = at
	}
	is.g = &flow.Graph{Offsets: g.Offsets, Targets: g.Targets[:at], Inputs: g.Steps[:at], Initial: len(g.Initial)}
	return nil
}

// attribute finds out whose the inputs are.
func (is *isolation) attribute() (err error) {
	failed := shield("Load or Acts", func() {
		r := is.s.own.NewRunner()
		on, ok := r.(model.Onlooker)
		if !ok {
			err = errors.New("the Runner of the system is no Onlooker")
			return
		}
		if is.gr.g.Len() > 0 {
			r.Load(is.gr.state(0))
		}
		for i := range is.inputs {
			in := &is.inputs[i]
			if len(in.key) < 8 { // no step at all
				in.varying = -1
				continue
			}
			in.action = model.ActionID(binary.BigEndian.Uint32([]byte(in.key)))
			in.args = binary.BigEndian.Uint32([]byte(in.key[4:]))
			if n, ok := is.varying[[2]uint32{uint32(in.action), in.args}]; ok {
				in.varying = n
				continue
			}
			var f *model.Fault
			if in.varying = -1; err == nil {
				if in.owners, f = on.Acts(in.action, in.args); f != nil {
					err = f
				}
			}
		}
	})
	return cmp.Or(failed, err)
}

// owners gives the domains that an input belongs to in a state.
func (is *isolation) owners(state, in uint32) uint64 {
	if n := is.inputs[in].varying; n >= 0 {
		return is.gr.g.StateBits[is.gr.g.States[state]][n]
	}
	return is.inputs[in].owners
}
