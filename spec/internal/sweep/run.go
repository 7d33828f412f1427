package sweep

import (
	"math"
	"math/bits"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Compiled is the compiled code that a Runner falls back on.
type Compiled interface {
	model.Runner
	model.Observer
	// Take emits the successors of one instance of an action from the current state.
	Take(action int, args uint32, emit func(model.Label, model.State, *model.Fault))
}

// Runner expands states by tables, for one goroutine.
type Runner struct {
	p      *Program
	code   Compiled
	values []uint16           // of the chunks of the state at hand
	few    *[maxChunks]uint16 // the first of them

	enabled []uint64     // a bit for each alternative, and behind them for each product of alarms, for an even number of words
	all     []uint64     // those that are asked for
	simple  []uint64     // by group of 64 alternatives: steps of which nothing is looked at one by one
	onState []uint64     // of them, those of alarms about states
	onStep  []uint64     // and about steps
	ringing model.Notice // alarms that ring in the state at hand
	state   uint64       // its number
	works   []work       // of the vectors
	wide    []uint64     // the state among zeros, for vectors
	widened uint64       // the number of the state that it is

	watched []bool // by the number of what can be watched
	masks   []uint64
	bounds  []model.Best
	plain   []plain
	plainA  []antecedent
	steps   []watchedStep // step properties that compiled code is asked about, for its own instances
	stepsA  []antecedent
	labels  bool // arguments are wanted

	past  past     // of the state at hand
	tells bool     // what is known of the successors is wanted
	idle  []uint64 // a bit for each alternative that is asleep and could be taken, in the state at hand
	tally tally    // of them

	// While compiled code runs an instance.
	loaded  bool
	out     *model.Successors
	trouble bool
	emit    func(model.Label, model.State, *model.Fault)
}

// NewRunner makes a Runner with the compiled code to fall back on, which it shares with nobody else.
func (p *Program) NewRunner(code Compiled) *Runner {
	r := &Runner{
		p: p, code: code, values: make([]uint16, max(len(p.chunks), maxChunks)), watched: alone[bool](p.watchN),
		enabled: alone[uint64](len(p.all)), all: make([]uint64, len(p.all)), simple: alone[uint64]((len(p.alternatives) + 63) / 64),
		onState: make([]uint64, len(p.all)), onStep: make([]uint64, len(p.all)), masks: alone[uint64](len(p.claims)), bounds: make([]model.Best, len(p.bounds)),
		past: past{sleep: alone[uint64](p.sleeping.Load().words)}, idle: alone[uint64]((len(p.alternatives) + 63) / 64), tally: newTally(p),
	}
	r.few = (*[maxChunks]uint16)(r.values)
	r.emit = r.emitted
	for i := range p.vectors {
		r.works = append(r.works, newWork(&p.vectors[i]))
	}
	r.wide = alone[uint64](3 * p.words)
	r.arm()
	return r
}

// alone makes a slice that shares no line of the cache with anything else: each goroutine has one, and writes to it all the time.
func alone[T any](n int) []T {
	const line = 128 // elements: bytes or more; lines are fetched in pairs
	return make([]T, n+2*line)[line:][:n]
}

// plain is a property that compiled code is asked about in every state; best is of a bound.
type plain struct {
	p    model.PropertyID
	best model.Best
	only bool // its faults matter, nothing else
}

// watchedStep is a property of steps that compiled code is asked about.
type watchedStep struct {
	p    model.PropertyID
	only bool
}

// Watch says what to look out for.
func (r *Runner) Watch(w *model.Watch) {
	p := r.p
	r.past.of = p.sleeping.Load()
	for key, id := range p.number {
		switch key.k {
		case itself:
			r.watched[id] = w.Properties[key.p]
		case itsFaults:
			r.watched[id] = w.Faults[key.p]
		default:
			r.watched[id] = w.Antecedents[key.p][key.k]
		}
	}
	for i, c := range p.claims {
		r.masks[i] = 0
		for bit, id := range c.ids {
			if r.watched[id] {
				r.masks[i] |= 1 << bit
			}
		}
	}
	for i, b := range p.bounds {
		r.bounds[i] = w.Bounds[b.p]
		if w.Faults[b.p] { // no value is better than this one
			r.bounds[i] = model.Best{Watched: true, Known: true, Value: math.MaxInt64}
			if p.info.Properties[b.p].AtLeast {
				r.bounds[i].Value = math.MinInt64
			}
		}
	}
	r.arm()
	r.simplify()
	r.plain, r.plainA, r.steps, r.stepsA = r.plain[:0], r.plainA[:0], r.steps[:0], r.stepsA[:0]
	for _, id := range p.plain {
		if w.Properties[id] || w.Faults[id] || w.Bounds[id].Watched {
			r.plain = append(r.plain, plain{id, w.Bounds[id], w.Faults[id]})
		}
	}
	for _, a := range p.plainA {
		if w.Antecedents[a.p][a.k] {
			r.plainA = append(r.plainA, a)
		}
	}
	for i := range p.info.Properties {
		prop, id := &p.info.Properties[i], model.PropertyID(i)
		if prop.Kind != model.Step && prop.Kind != model.Ensures {
			continue
		}
		if w.Properties[i] || w.Faults[i] {
			r.steps = append(r.steps, watchedStep{id, w.Faults[i]})
		}
		for k := range prop.Antecedents {
			if w.Antecedents[i][k] {
				r.stepsA = append(r.stepsA, antecedent{id, k})
			}
		}
	}
}

// simplify finds out which alternatives are simple, by what is watched.
func (r *Runner) simplify() {
	clear(r.simple)
	for k := range r.p.alternatives {
		a := &r.p.alternatives[k]
		simple := a.kind == step && len(a.guards) == 0 && (a.lanes == nil || len(a.lanes.some) == 0)
		if simple && !slices.ContainsFunc(a.checks, func(c check) bool { return r.watched[c.id] }) {
			r.simple[k>>6] |= 1 << (k & 63)
		}
	}
}

// Sweep appends the successors of s to out and tells what there is to look at.
func (r *Runner) Sweep(s model.State, out *model.Successors) model.Notice {
	r.tells = false
	return r.expand(s, out)
}

// Sleeps tells whether SweepAfter ever leaves out a step.
func (r *Runner) Sleeps() bool { return r.past.of.n > 0 }

// SweepAfter is Sweep without the steps that are asleep after what number past stands for. Sleeps must hold.
func (r *Runner) SweepAfter(past uint32, s model.State, out *model.Successors) model.Notice {
	r.tells = true
	r.past.set(past)
	return r.expand(s, out)
}

// Left adds to fired, by action, the steps that SweepAfter has left out since it was called last.
func (r *Runner) Left(fired []int64) { r.tally.into(fired) }

// expand is Sweep or, where it tells of the successors what is known of them, SweepAfter. Then alternatives are taken from the
// last to the first, so that of the ways to a state the one that comes first mostly ends by the least alternative: that leaves
// the most asleep.
func (r *Runner) expand(s model.State, out *model.Successors) model.Notice {
	r.read(s)
	r.enable()
	notice := r.ringing
	if notice&model.NoticeState == 0 && r.claims(s) {
		notice |= model.NoticeState
	}
	if notice&model.NoticeSteps != 0 {
		return notice
	}
	words, actions, pasts := len(out.Words), len(out.Actions), len(out.Pasts)
	down := r.tells
	for g := range r.simple {
		if down {
			g = len(r.simple) - 1 - g
		}
		first, enabled, simple := g*64, r.enabled[g], r.simple[g]
		var asleep uint64
		if down {
			asleep = r.past.sleep[g]
			r.idle[g] = enabled & asleep & simple
			enabled &^= r.idle[g]
		}
		for enabled != 0 {
			k := bits.TrailingZeros64(enabled)
			if down {
				k = 63 - bits.LeadingZeros64(enabled)
			}
			enabled &^= 1 << k
			if simple>>k&1 != 0 {
				r.change(s, first+k, out)
			} else if !r.try(s, first+k, asleep>>k&1 != 0, out) {
				out.Words, out.Actions, out.Pasts = out.Words[:words], out.Actions[:actions], out.Pasts[:pasts]
				return notice | model.NoticeSteps
			}
		}
	}
	if down {
		out.Known += r.tally.add(r.idle)
	}
	return notice
}

// read makes s the state at hand: what was computed from the one before is of no use any more.
func (r *Runner) read(s model.State) {
	r.loaded = false
	r.state++
	for _, c := range r.p.asked {
		r.values[c.number] = uint16(s[c.word]>>(c.shift&63)) & c.mask
	}
}

// enable looks up which alternatives the chunks do not rule out, and whether an alarm rings.
func (r *Runner) enable() {
	table, values := r.p.table, r.values
	for i, guards := range r.p.guards {
		first, second := r.all[2*i], r.all[2*i+1]
		for _, t := range guards {
			at := int(t.at) + int(t.row)*int(values[t.chunk])
			words := table[at : at+2]
			first &= words[0]
			second &= words[1]
		}
		r.enabled[2*i], r.enabled[2*i+1] = first, second
	}
	r.addUp()
	r.ringing = r.hush()
}

// Survey is Sweep with the arguments of labels and, unless bits is nil, the propositions about s.
func (r *Runner) Survey(s model.State, out *model.Successors, bits []uint64) model.Notice {
	args := len(out.Args)
	r.labels = true
	notice := r.Sweep(s, out)
	r.labels = false
	if notice&model.NoticeSteps != 0 {
		out.Args = out.Args[:args]
		return notice
	}
	if bits == nil {
		return notice
	}
	return notice | r.observe(s, bits)
}

// observe evaluates the propositions about s, whose chunks are in values.
func (r *Runner) observe(s model.State, set []uint64) model.Notice {
	if r.p.opaque {
		r.load(s)
		if r.code.Observe(set) != nil {
			return model.NoticeState
		}
		return 0
	}
	copy(set, r.p.always)
	for i := range r.p.truths {
		t := &r.p.truths[i]
		v := r.p.auto.eval(t.at, r.few)
		if v < 0 {
			return model.NoticeState
		}
		for ; v != 0; v &= v - 1 {
			bit := t.bits[bits.TrailingZeros64(uint64(v))]
			set[bit>>6] |= 1 << (bit & 63)
		}
	}
	return 0
}

// try takes an alternative that may not be enabled, or of which there is something to be looked at; false if there is. One
// that is asleep it does not take, but tells.
func (r *Runner) try(s model.State, k int, asleep bool, out *model.Successors) bool {
	p := r.p
	a := &p.alternatives[k]
	if !r.enables(s, a) {
		return true
	}
	switch a.kind {
	case fault:
		return false
	case slow:
		return r.take(s, a, out)
	}
	for _, c := range a.checks {
		if r.watched[c.id] && p.auto.eval(c.at, r.few) != 0 {
			return false
		}
	}
	if asleep {
		r.idle[k>>6] |= 1 << (k & 63)
	} else {
		r.change(s, k, out)
	}
	return true
}

// enables looks at the conditions of an alternative that the chunks do not rule out one by one.
func (r *Runner) enables(s model.State, a *alternative) bool {
	for _, guard := range a.guards {
		if r.p.auto.eval(guard, r.few) == 0 {
			return false
		}
	}
	return a.lanes == nil || r.hold(s, a.lanes.some)
}

// claims tells whether there is anything to look at of what is claimed of s, but for alarms.
func (r *Runner) claims(s model.State) bool {
	p := r.p
	for i, mask := range r.masks {
		if mask != 0 && uint64(p.auto.eval(p.claims[i].at, r.few))&mask != 0 {
			return true
		}
	}
	for i := range r.bounds {
		best := &r.bounds[i]
		if !best.Watched {
			continue
		}
		b := &p.bounds[i]
		v := p.auto.eval(b.at, r.few)
		if v == faulting || p.better(b.p, v, best) {
			return true
		}
	}
	if len(r.plain)+len(r.plainA) > 0 {
		r.load(s)
		for i := range r.plain {
			if r.interesting(&r.plain[i]) {
				return true
			}
		}
		for _, a := range r.plainA {
			if r.code.Antecedent(a.p, a.k) {
				return true
			}
		}
	}
	return false
}

// better tells whether v is farther out than the best value of bound id so far.
func (p *Program) better(id model.PropertyID, v int64, best *model.Best) bool {
	return !best.Known || v != best.Value && (v < best.Value) == p.info.Properties[id].AtLeast
}

// interesting asks compiled code about a property of the loaded state.
func (r *Runner) interesting(c *plain) bool {
	kind := r.p.info.Properties[c.p].Kind
	if kind == model.Bound {
		v, f := r.code.Value(c.p)
		return f != nil || !c.only && r.p.better(c.p, v, &c.best)
	}
	ok, f := r.code.Holds(c.p)
	return f != nil || !c.only && ok == (kind == model.Reachable)
}

func (r *Runner) load(s model.State) {
	if !r.loaded {
		r.code.Load(s)
		r.loaded = true
	}
}

// change appends the state after an alternative.
func (r *Runner) change(s model.State, k int, out *model.Successors) {
	a := &r.p.alternatives[k]
	out.Actions = append(out.Actions, a.action)
	if r.tells {
		out.Pasts = append(out.Pasts, r.past.after(k))
	}
	if r.labels {
		out.Args = append(out.Args, a.args)
	}
	if len(s) == 1 && a.lanes == nil {
		t := s[0]&a.first.keep | a.first.set
		if len(a.ops) > 0 {
			t |= r.computed(s, a.ops)
		}
		out.Words = append(out.Words, t)
		return
	}
	at := len(out.Words)
	out.Words = append(out.Words, s...)
	t := out.Words[at:]
	t[0] = t[0]&a.first.keep | a.first.set
	for i := range a.patches {
		c := &a.patches[i]
		t[c.word] = t[c.word]&c.keep | c.set
	}
	for i := range a.ops {
		o := &a.ops[i]
		t[o.word] |= r.computed(s, a.ops[i:i+1])
	}
	if a.lanes != nil {
		for _, id := range a.lanes.vectors {
			r.put(id, s, t)
		}
	}
}

// computed is the bits that ops on one word put in.
func (r *Runner) computed(s model.State, ops []op) (t uint64) {
	p := r.p
	for i := range ops {
		o := &ops[i]
		switch o.kind {
		case tabled:
			t |= p.direct[o.root.entry(r.few)]
		case walked:
			t |= uint64(p.auto.eval(o.root, r.few))
		default:
			t |= bits.RotateLeft64(s[o.from]&o.mask, o.rotate)
		}
	}
	return t
}

// take runs instances of an action as compiled code; false where there is something to be looked at.
func (r *Runner) take(s model.State, a *alternative, out *model.Successors) bool {
	r.load(s)
	r.out, r.trouble = out, false
	for i := range a.count {
		r.code.Take(int(a.action), a.args+i, r.emit)
	}
	r.out = nil
	return !r.trouble
}

// emitted takes a step that compiled code emits.
func (r *Runner) emitted(l model.Label, t model.State, f *model.Fault) {
	if f != nil {
		r.trouble = true
	}
	if r.trouble {
		return
	}
	for _, c := range r.steps {
		prop := &r.p.info.Properties[c.p]
		if prop.Kind == model.Ensures && prop.Action != l.Action {
			continue
		}
		if ok, f := r.code.HoldsStep(c.p); f != nil || !c.only && !ok {
			r.trouble = true
			return
		}
	}
	for _, a := range r.stepsA {
		prop := &r.p.info.Properties[a.p]
		if (prop.Kind == model.Step || prop.Action == l.Action) && r.code.Antecedent(a.p, a.k) {
			r.trouble = true
			return
		}
	}
	r.out.Words = append(r.out.Words, t...)
	r.out.Actions = append(r.out.Actions, l.Action)
	if r.tells {
		r.out.Pasts = append(r.out.Pasts, 0)
	}
	if r.labels {
		r.out.Args = append(r.out.Args, l.Args)
	}
}
