package checker

import (
	"fmt"
	"hash/maphash"

	"github.com/bulkheadlang/bulkhead/model"
)

const (
	recheckEvery  = 256 // one state in so many is expanded twice, by default
	alwaysSampled = 64  // the first states of each worker are expanded twice in any case, so that small models are too
)

var seed = maphash.MakeSeed()

// digestOf hashes one thing that Next or Init emitted. The sum of the digests stands for the multiset: unlike sums prove
// unlike multisets, and like sums miss a difference once in 2^64.
func digestOf(name uint64, t model.State, f *model.Fault) uint64 {
	if f != nil {
		return mix(name ^ mixC ^ maphash.String(seed, f.Message))
	}
	return mix(name ^ mixD ^ hash(t)*mixA)
}

// nameDigests hashes the names of actions: labels may be numbered differently in a second run, names may not.
func nameDigests(info *model.Info) []uint64 {
	out := make([]uint64, len(info.Actions))
	for i, a := range info.Actions {
		out[i] = maphash.String(seed, a.Name)
	}
	return out
}

// other gives a second Runner, so that what the first one remembers of other states shows.
func (w *worker) other() model.Runner {
	if w.second == nil {
		w.calling = callNewRunner
		w.second = w.s.sys.NewRunner()
	}
	return w.second
}

// recheck expands the state whose words are given once more and compares what comes of it.
func (w *worker) recheck(words []uint64) {
	w.sampled = false
	var digest uint64
	count, faulted := 0, false
	r := w.other()
	w.calling = callLoad
	r.Load(words)
	w.calling = callNext
	r.Next(func(l model.Label, t model.State, f *model.Fault) {
		if f != nil {
			faulted = true
		} else {
			count++
		}
		if uint(l.Action) < uint(len(w.s.names)) {
			digest += digestOf(w.s.names[l.Action], t, f)
		}
	})
	w.calling = none
	if digest == w.digest && count == w.emitted && faulted == w.faulted {
		return
	}
	what := fmt.Sprintf("Next gave %d successors of a state, then other ones", w.emitted)
	if count != w.emitted {
		what = fmt.Sprintf("Next gave %d successors of a state, then %d", w.emitted, count)
	}
	w.fail(&NondeterminismError{What: what})
}

// recheckInit asks for the initial states once more. digest and count are what the first time gave.
func (w *worker) recheckInit(digest uint64, count int) {
	var again uint64
	n := 0
	r := w.other()
	w.calling = callInit
	r.Init(func(t model.State, f *model.Fault) {
		n++
		again += digestOf(0, t, f)
	})
	w.calling = none
	if again != digest || n != count {
		w.fail(&NondeterminismError{What: fmt.Sprintf("Init gave %d states, then %d or other ones", count, n)})
	}
}
