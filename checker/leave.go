package checker

import "github.com/bulkheadlang/bulkhead/model"

// leaver gives the successors of states, with nothing evaluated.
type leaver struct {
	examiner
	width int           // words of a state; 0 where that varies
	sweep model.Sweeper // or nil
	out   model.Successors
}

// prepare makes ready to use Sweep, if that is wanted and can be done.
func (r *leaver) prepare(sweep bool) {
	if sweep {
		r.calling = callSweep
		r.sweep = ready(r.runner, nothing(r.sys.Info()))
		r.calling = none
	}
}

// leave calls emit for every successor of a state, in the same order each time.
func (r *leaver) leave(words model.State, emit func(t model.State, f *model.Fault)) {
	if r.sweep != nil {
		r.out.Words, r.out.Actions = r.out.Words[:0], r.out.Actions[:0]
		r.calling = callSweep
		notice := r.sweep.Sweep(words, &r.out)
		r.calling = none
		if notice&model.NoticeSteps == 0 {
			width := r.width
			for i := range r.out.Actions {
				emit(r.out.Words[i*width:i*width+width], nil)
			}
			return
		}
	}
	r.calling = callLoad
	r.runner.Load(words)
	r.calling = callNext
	r.runner.Next(func(_ model.Label, t model.State, f *model.Fault) { emit(t, f) })
	r.calling = none
}
