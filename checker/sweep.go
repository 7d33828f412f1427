package checker

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// sweepFrom is the number of states from which on making what Sweep needs pays.
const sweepFrom = 1 << 14

// Finding out of more steps that may be left out pays from ponderFrom states on; it is told some of them.
const (
	ponderFrom   = 1 << 19
	ponderSample = 1 << 11
)

// ponderFrom is the same, or what tests want.
func (s *search) ponderFrom() int64 {
	if s.cfg.SweepFrom > 0 {
		return s.cfg.SweepFrom
	}
	return ponderFrom
}

// sweeping is a worker's use of model.Sweeper: the same work as by Load, Holds and Next, for many states at a time. Where
// Sweep gives notice of something, these methods are called after all, so that whatever is found is found by them.
type sweeping struct {
	tried bool
	on    bool
	by    model.Sweeper
	after model.Sleeper // by, where steps may be left out, and it pays; or nil
	leave model.Sleeper // by, once steps may have been left out that it has counted
	begun int           // the depth at which steps may first have been left out
	steps int64         // since warmUp depths after that
	left  int64         // of them, left out
	watch *model.Watch
	words []uint64         // successors of one state, where the batch takes keys
	pasts []uint32         // of them
	out   model.Successors // of one state; here, so that it is not allocated for each
}

// To leave steps out costs a little for each successor, and pays where at least one step in leastLeft is.
const (
	leastLeft = 4
	warmUp    = 2       // depths until states have come about by steps of which something is known
	tiresFrom = 1 << 16 // steps that are looked at
)

// tires tells whether too few steps have been left out.
func (sw *sweeping) tires() bool { return sw.steps >= tiresFrom && sw.left < sw.steps/leastLeft }

// sweeps tells whether states are worth sweeping, and may be.
func (s *search) sweeps() bool {
	from := s.cfg.SweepFrom
	if from == 0 {
		from = sweepFrom
	}
	return s.info.StateWords > 0 && s.every == 0 && from > 0 && s.set.Distinct() >= from
}

// ready gives the runner as a Sweeper, if it is one and can do it.
func ready(runner model.Runner, w *model.Watch) model.Sweeper {
	if by, ok := runner.(model.Sweeper); ok && by.Watch(w) {
		return by
	}
	return nil
}

// nothing watches for nothing.
func nothing(info *model.Info) *model.Watch {
	n := len(info.Properties)
	w := &model.Watch{Properties: make([]bool, n), Faults: make([]bool, n), Antecedents: make([][]bool, n), Bounds: make([]model.Best, n)}
	for i := range info.Properties {
		w.Antecedents[i] = make([]bool, len(info.Properties[i].Antecedents))
	}
	return w
}

// watch makes ready to sweep the states of a depth, if the system can do that and there are many states already.
func (w *worker) watch() {
	sw := &w.sweep
	if !sw.tried {
		if !w.s.sweeps() {
			return
		}
		sw.tried = true
		var ok bool
		if sw.by, ok = w.runner.(model.Sweeper); !ok {
			return
		}
	}
	if sw.by != nil {
		w.rewatch()
	}
}

// rewatch says what is undecided.
func (w *worker) rewatch() {
	sw, pl := &w.sweep, w.plan
	sw.watch = nothing(pl.info)
	lists := append([][]model.PropertyID{pl.invariants, pl.reachables, pl.steps}, pl.ensures...)
	for _, list := range lists {
		for _, p := range list {
			sw.watch.Properties[p] = true
		}
	}
	for _, list := range [2][]model.PropertyID{pl.risky, pl.riskySteps} {
		for _, p := range list {
			sw.watch.Faults[p] = true
		}
	}
	for _, p := range pl.bounds {
		best := model.Best{Watched: true}
		if e := w.settled[p]; e != nil {
			best.Known, best.Value = true, e.value
		}
		sw.watch.Bounds[p] = best
	}
	for _, list := range [2][]antecedent{pl.ofStates, pl.ofSteps} {
		for _, a := range list {
			if !w.met[a.slot] {
				sw.watch.Antecedents[a.p][a.k] = true
			}
		}
	}
	w.calling = callSweep
	sw.on = sw.by.Watch(sw.watch)
	sw.after = nil
	if w.notes != nil && sw.on && !sw.tires() {
		if after, ok := sw.by.(model.Sleeper); ok && after.Sleeps() {
			sw.after, sw.leave = after, after
			if sw.begun == 0 {
				sw.begun = w.depth
			}
		}
	}
	w.calling = none
	if !sw.on {
		sw.by = nil
	}
}

// leavings takes over the counts of the steps left out.
func (w *worker) leavings() {
	if w.sweep.leave != nil {
		w.calling = callSweep
		w.sweep.leave.Left(w.fired)
		w.calling = none
	}
}

// swept expands a state by Sweep.
func (w *worker) swept(words model.State) {
	b := &w.batch
	out := &w.sweep.out
	out.Words, out.Actions, out.Pasts, out.Known = b.Words, out.Actions[:0], nil, 0
	if w.fold != nil {
		out.Words = w.sweep.words[:0]
	}
	w.calling = callSweep
	var notice model.Notice
	if w.sweep.after != nil {
		out.Pasts = w.sweep.pasts[:0]
		notice = w.sweep.after.SweepAfter(w.past, words, out)
		w.sweep.pasts = out.Pasts
	} else {
		notice = w.sweep.by.Sweep(words, out)
	}
	w.calling = none
	if notice&model.NoticeSteps != 0 {
		unmet := w.unmet()
		w.plainly(words)
		w.rewatchIfMet(unmet)
		return
	}
	if notice&model.NoticeState != 0 {
		unmet := w.unmet()
		w.load(words)
		w.claims()
		w.rewatchIfMet(unmet)
	}
	steps := int64(len(out.Actions) + out.Known)
	if steps == 0 {
		w.load(words)
		if w.accepts() {
			w.terminal++
		}
		return
	}
	if sw := &w.sweep; w.depth >= sw.begun+warmUp {
		sw.steps += steps
		sw.left += int64(out.Known)
	}
	w.generated += steps
	for _, a := range out.Actions {
		w.fired[a]++
	}
	if w.fold != nil {
		w.sweep.words = out.Words
		var err error
		if out.Words, err = w.keys(b.Words, out.Words, out); err != nil {
			w.end(err)
			return
		}
	}
	w.admit(out.Words, out)
	if len(b.Froms) >= visited.BatchStates || len(b.Words) >= batchWords {
		w.flush()
	}
}

// keys appends the keys of the successors in out to a batch's words, but for states that were there not long ago, and keeps
// in out what belongs to those that are left.
func (w *worker) keys(to, states []uint64, out *model.Successors) ([]uint64, error) {
	kept := 0
	for i, a := range out.Actions {
		t := states[:w.width]
		states = states[w.width:]
		if w.unfolded != nil && w.unfolded.Met(t, hash.Of(t), uint32(a)) {
			continue
		}
		key, err := w.fold.Key(t)
		if err != nil {
			return to, err
		}
		to, out.Actions[kept] = append(to, key), a
		if out.Pasts != nil {
			out.Pasts[kept] = out.Pasts[i]
		}
		kept++
	}
	out.Actions = out.Actions[:kept]
	if out.Pasts != nil {
		out.Pasts = out.Pasts[:kept]
	}
	return to, nil
}

// admit puts the successors in out, whose states stand behind those of the batch in words, into the batch, but for those that
// were there not long ago.
func (w *worker) admit(words []uint64, out *model.Successors) {
	b, at := &w.batch, len(w.batch.Words)
	if l := w.layout; l != nil && !l.Fits(union(words[at:], b.Width)) {
		w.fail(fmt.Errorf("the system emitted a state with bits beyond the %d that it has", l.Declared))
		return
	}
	b.Words = words
	switch {
	case !w.hashes():
		for i, a := range out.Actions {
			b.Froms = append(b.Froms, w.origin(i)|uint64(a))
		}
	case w.layout != nil && b.Width == 1:
		w.recent.Sift(w.layout, b, at, w.from, out.Actions, out.Pasts)
	default:
		w.admitSome(at)
	}
}

// union gives the bits that are set in any of some states of one word or two.
func union(states []uint64, width int) []uint64 {
	var all [2]uint64
	for i := 0; i < len(states); i += width {
		all[0] |= states[i]
		if width == 2 {
			all[1] |= states[i+1]
		}
	}
	return all[:]
}

// origin is where successor i in sweep.out comes from, beside room for that of an action.
func (w *worker) origin(i int) uint64 {
	if pasts := w.sweep.out.Pasts; pasts != nil {
		return uint64(pasts[i]) << 32
	}
	return w.from
}

// admitSome is admit one by one. It moves those that stay together.
func (w *worker) admitSome(at int) {
	b, width := &w.batch, w.batch.Width
	end := at
	for i, a := range w.sweep.out.Actions {
		t := b.Words[at : at+width]
		at += width
		var h uint64
		if w.layout == nil {
			h = hash.Of(t)
		} else {
			h = w.layout.Home(t)
		}
		if w.recent != nil && w.recent.Met(t, h, uint32(a)) {
			continue
		}
		copy(b.Words[end:end+width], t)
		end += width
		b.Froms, b.Hashes = append(b.Froms, w.origin(i)|uint64(a)), append(b.Hashes, h)
	}
	b.Words = b.Words[:end]
}

// unmet counts the antecedents that are not met.
func (w *worker) unmet() int {
	n := 0
	for _, m := range w.met {
		if !m {
			n++
		}
	}
	return n
}

// rewatchIfMet stops watching for antecedents that have been met.
func (w *worker) rewatchIfMet(before int) {
	if w.unmet() != before {
		w.rewatch()
	}
}
