package checker

import (
	"fmt"
	"hash/maphash"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
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
		return hash.Mix(name ^ hash.C ^ maphash.String(seed, f.Message))
	}
	return hash.Mix(name ^ hash.D ^ hash.Of(t)*hash.A)
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

// A fixed order is part of the contract too: traces by one worker, and walks by their seed, are the same every time only
// with it. The sum does not see the order, so the second Runner runs twice, and its two orders are compared.
const (
	orderOfNext = "the order of successors differs: Next must yield them in the same order every time (do not range over a map)"
	orderOfInit = "the order of initial states differs: Init must yield them in the same order every time (do not range over a map)"
	fewInitial  = 1 << 12 // initial states up to which their order is compared
)

// listing is what Next or Init emitted, by digests.
type listing struct {
	count   int // without faults
	faulted bool
	set     uint64 // of the multiset
	order   uint64 // of the sequence
}

func (l *listing) add(name uint64, t model.State, f *model.Fault) {
	d := digestOf(name, t, f)
	l.set += d
	l.order = hash.Mix(l.order*hash.A + d)
	if f != nil {
		l.faulted = true
	} else {
		l.count++
	}
}

// listNext lists the successors of a state. It leaves in the middle, by the panic that guard expects, once halted says so.
func (x *examiner) listNext(r model.Runner, words, names []uint64, halted func() bool) listing {
	var out listing
	x.calling = callLoad
	r.Load(words)
	x.calling = callNext
	r.Next(func(l model.Label, t model.State, f *model.Fault) {
		if halted() {
			panic(enough{})
		}
		if uint(l.Action) < uint(len(names)) {
			out.add(names[l.Action], t, f)
		}
	})
	x.calling = none
	return out
}

// listInit lists the initial states as listNext lists successors.
func (x *examiner) listInit(r model.Runner, halted func() bool) listing {
	var out listing
	x.calling = callInit
	r.Init(func(t model.State, f *model.Fault) {
		if halted() {
			panic(enough{})
		}
		out.add(0, t, f)
	})
	x.calling = none
	return out
}

// differs says what the second of two listings by Next has other than the first, or "".
func (l listing) differs(again listing) string {
	switch {
	case l.count != again.count:
		return fmt.Sprintf("Next gave %d successors of a state, then %d", l.count, again.count)
	case l.set != again.set || l.faulted != again.faulted:
		return fmt.Sprintf("Next gave %d successors of a state, then other ones", l.count)
	case l.order != again.order:
		return orderOfNext
	default:
		return ""
	}
}

// initDiffers says what Init gave the second time other than the first, or "".
func (l listing) initDiffers(again listing) string {
	switch {
	case l.set != again.set || l.count != again.count || l.faulted != again.faulted:
		return fmt.Sprintf("Init gave %d states, then %d or other ones", l.count, again.count)
	case l.order != again.order:
		return orderOfInit
	default:
		return ""
	}
}

// recheck expands the state whose words are given once more and compares what comes of it.
func (w *worker) recheck(words []uint64) {
	w.sampled = false
	r := w.other()
	again := w.listNext(r, words, w.s.names, w.s.halted)
	first := listing{count: w.emitted, faulted: w.faulted, set: w.digest, order: again.order}
	what := first.differs(again)
	if what == "" && again.count > 1 {
		what = again.differs(w.listNext(r, words, w.s.names, w.s.halted))
	}
	if what != "" {
		w.fail(&NondeterminismError{What: what})
	}
}

// recheckInit asks for the initial states once more. digest and count, of states and faults, are what the first time gave.
func (w *worker) recheckInit(digest uint64, count int) {
	r := w.other()
	again := w.listInit(r, w.s.halted)
	what := ""
	switch {
	case again.set != digest:
		what = fmt.Sprintf("Init gave %d states, then %d or other ones", count, again.count)
	case count > 1 && count <= fewInitial:
		what = again.initDiffers(w.listInit(r, w.s.halted))
	}
	if what != "" {
		w.fail(&NondeterminismError{What: what})
	}
}
