package checker

import (
	"math/bits"
	"time"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

const (
	sampleWalk  = 64          // steps of one walk
	sampleEmits = 1 << 13     // states that the system emits in all, at most
	sampleTime  = time.Second // that the walks take, and what was begun by then
)

// sampler takes random walks before a search, to see which bits of a state change together.
type sampler struct {
	*visited.Changes
	words   int
	emitted int
	rng     uint64
}

// sample walks through a system with states of so many words.
func sample(sys model.System, words int) *visited.Changes {
	o := &sampler{Changes: visited.NewChanges(words), words: words}
	_ = shield("Next", func() { o.walk(sys.NewRunner()) }) // a panic is met again in the search
	return o.Changes
}

// pick takes one state of those that emit is called for, each with the same probability.
func (o *sampler) pick(from func(emit func(model.State, *model.Fault))) (out model.State) {
	n := uint64(0)
	from(func(t model.State, f *model.Fault) {
		if o.emitted++; o.emitted > sampleEmits {
			panic(enough{})
		}
		if f != nil || len(t) != o.words {
			return
		}
		n++
		o.rng++
		if hi, _ := bits.Mul64(hash.Mix(o.rng), n); hi == 0 {
			out = append(out[:0], t...)
		}
	})
	return out
}

func (o *sampler) walk(r model.Runner) {
	for begun := time.Now(); !o.Full() && time.Since(begun) < sampleTime; {
		s := o.pick(r.Init)
		if s == nil {
			return
		}
		for k := 0; k < sampleWalk && !o.Full() && time.Since(begun) < sampleTime; k++ {
			r.Load(s)
			t := o.pick(func(emit func(model.State, *model.Fault)) {
				r.Next(func(_ model.Label, t model.State, f *model.Fault) { emit(t, f) })
			})
			if t == nil {
				break
			}
			o.Note(s, t)
			s = t
		}
	}
}
