package checker

import "github.com/bulkheadlang/bulkhead/model"

// leaver gives the initial states and the successors of states, with nothing evaluated, to find runs.
type leaver struct {
	examiner
	swift bool          // by Sweep, if it can
	width int           // words of a state; 0 where that varies
	sweep model.Sweeper // or nil
	out   model.Successors
	emit  func(model.State, *model.Fault) // takes what the system emits
	next  func(model.Label, model.State, *model.Fault)
}

// leaver makes one for the system as the search sees it.
func (s *search) leaver(sweep bool) *leaver {
	r := &leaver{examiner: examiner{sys: s.sys}, swift: sweep, width: s.info.StateWords}
	r.next = func(_ model.Label, t model.State, f *model.Fault) { r.emitted(t, f) }
	return r
}

// Guard runs f, which calls the system, and gives a panic of that as an error.
func (r *leaver) Guard(f func()) (err error) {
	r.failed = func(e error) { err = e }
	r.examiner.guard(func() {
		if r.swift {
			r.calling = callSweep
			r.sweep = ready(r.runner, nothing(r.sys.Info()))
			r.calling = none
		}
		f()
	})
	return err
}

func (r *leaver) emitted(t model.State, f *model.Fault) {
	called := r.calling
	r.calling = none
	r.emit(t, f)
	r.calling = called
}

// Init calls emit for every initial state.
func (r *leaver) Init(emit func(model.State, *model.Fault)) {
	r.emit = emit
	r.calling = callInit
	r.runner.Init(r.emitted)
	r.calling = none
}

// Leave calls emit for every successor of a state, in the same order each time.
func (r *leaver) Leave(words model.State, emit func(model.State, *model.Fault)) {
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
	r.emit = emit
	r.calling = callLoad
	r.runner.Load(words)
	r.calling = callNext
	r.runner.Next(r.next)
	r.calling = none
}
