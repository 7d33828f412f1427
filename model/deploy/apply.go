package deploy

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// User numbers somebody who plans and applies, from 1.
type User int

// The reasons for which a Workspace does not begin a run, as Terraform words them; both wrap model.ErrRefused.
var (
	// ErrLocked: somebody holds the lock.
	ErrLocked = fmt.Errorf("%w: Error acquiring the state lock", model.ErrRefused)
	// ErrStale: something has changed since the plan was made.
	ErrStale = fmt.Errorf("%w: Saved plan is stale", model.ErrRefused)
)

// Workspace is infrastructure that several users change by planning and applying (HashiCorp, Terraform: state locking,
// force-unlock, saved plans). Resources have versions, 0 is absent, and may need others, which are created before them
// and destroyed after them.
//
// What it guarantees, checked in apply.bh: one run at a time; a run changes only what is as its plan saw it; what is
// recorded is what there is, also when a run fails or is killed half-way; no resource is there without what it needs;
// and planning again always helps.
//
// The zero Workspace has no resource; make one with NewWorkspace.
type Workspace struct {
	needs   [][]int // by resource, from 0
	actual  []int
	plans   []plan // by User-1
	lock    User   // 0: none
	running bool
}

type plan struct {
	made, stale bool
	saw, wants  []int
}

// NewWorkspace makes a workspace of absent resources, of which each needs others of smaller numbers, from 0, and so
// many users.
func NewWorkspace(needs [][]int, users int) (Workspace, error) {
	if users < 1 || users > Most || len(needs) > Most {
		return Workspace{}, fmt.Errorf("got %d users and %d resources, want 1 and 0 to %d", users, len(needs), Most)
	}
	w := Workspace{actual: make([]int, len(needs)), plans: make([]plan, users)}
	for r, of := range needs {
		for _, n := range of {
			if n < 0 || n >= r {
				return Workspace{}, fmt.Errorf("resource %d needs resource %d: want one of smaller number", r, n)
			}
		}
		w.needs = append(w.needs, slices.Clone(of))
	}
	return w, nil
}

// Clone returns an independent copy.
func (w *Workspace) Clone() Workspace {
	c := *w
	c.needs, c.actual, c.plans = slices.Clone(w.needs), slices.Clone(w.actual), slices.Clone(w.plans)
	return c // what a plan saw and wants, and what is needed, is never changed
}

// Actual is the versions that there are. The caller may keep it.
func (w *Workspace) Actual() []int { return slices.Clone(w.actual) }

// Lock is who holds the lock, 0 for nobody, and whether his run is alive.
func (w *Workspace) Lock() (User, bool) { return w.lock, w.running }

// Planned tells whether a user has a plan, and whether it is stale.
func (w *Workspace) Planned(u User) (made, stale bool) {
	if w.known(u) != nil {
		return false, false
	}
	return w.plans[u-1].made, w.plans[u-1].stale
}

func (w *Workspace) known(u User) error {
	if u < 1 || int(u) > len(w.plans) {
		return model.Refuse("got user %d, want 1 to %d", u, len(w.plans))
	}
	return nil
}

// sound tells whether each resource has what it needs.
func (w *Workspace) sound(versions []int) bool {
	for r, of := range w.needs {
		if versions[r] > 0 && slices.ContainsFunc(of, func(n int) bool { return versions[n] == 0 }) {
			return false
		}
	}
	return true
}

// Plan plans to bring all resources to these versions. It is refused if the user has a plan, with ErrLocked if a run
// goes on, and if a resource would be without what it needs.
func (w *Workspace) Plan(u User, wants ...int) error {
	if err := w.known(u); err != nil {
		return err
	}
	switch {
	case len(wants) != len(w.actual) || slices.ContainsFunc(wants, func(v int) bool { return v < 0 || v > Most }):
		return model.Refuse("user %d plans %v: want versions 0 to %d of %d resources", u, wants, Most, len(w.actual))
	case !w.sound(wants):
		return model.Refuse("user %d plans %v: something would be without what it needs", u, wants)
	case w.plans[u-1].made:
		return model.Refuse("user %d plans: there is a plan", u)
	case w.lock != 0:
		return fmt.Errorf("%w: it is held by user %d", ErrLocked, w.lock)
	}
	w.plans[u-1] = plan{made: true, saw: slices.Clone(w.actual), wants: slices.Clone(wants)}
	return nil
}

// Discard throws a plan away. It is refused if there is none, and while its user holds the lock.
func (w *Workspace) Discard(u User) error {
	if made, _ := w.Planned(u); !made || w.lock == u {
		return model.Refuse("user %d discards: planned %t, lock held by user %d", u, made, w.lock)
	}
	w.plans[u-1] = plan{}
	return nil
}

// Begin begins a run. It is refused without a plan, with ErrLocked if somebody holds the lock, and with ErrStale if
// anything has changed since the plan was made.
func (w *Workspace) Begin(u User) error {
	switch made, stale := w.Planned(u); {
	case !made:
		return model.Refuse("user %d begins: there is no plan", u)
	case w.lock != 0:
		return fmt.Errorf("%w: it is held by user %d", ErrLocked, w.lock)
	case stale:
		return fmt.Errorf("%w: plan of user %d", ErrStale, u)
	}
	w.lock, w.running = u, true
	return nil
}

func (w *Workspace) holds(u User) bool { return w.known(u) == nil && w.lock == u && w.running }

// Next is the resources that the run of a user may change now.
func (w *Workspace) Next(u User) []int {
	if !w.holds(u) {
		return nil
	}
	wants := w.plans[u-1].wants
	var next []int
	for r := range w.actual {
		blocked := w.actual[r] == wants[r]
		if wants[r] > 0 {
			blocked = blocked || slices.ContainsFunc(w.needs[r], func(n int) bool { return w.actual[n] == 0 })
		} else {
			for d, of := range w.needs {
				blocked = blocked || w.actual[d] > 0 && slices.Contains(of, r)
			}
		}
		if !blocked {
			next = append(next, r)
		}
	}
	return next
}

// Change changes one resource and writes it down. Plans of others are stale from then on. It is refused if it is not
// the turn of this one; see Next.
func (w *Workspace) Change(u User, resource int) error {
	if !slices.Contains(w.Next(u), resource) {
		return model.Refuse("user %d changes resource %d: it may not now", u, resource)
	}
	w.actual[resource] = w.plans[u-1].wants[resource]
	for i := range w.plans {
		if User(i+1) != u && w.plans[i].made {
			w.plans[i].stale = true
		}
	}
	return nil
}

// Fail lets a change fail, which ends the run with what has been done so far. It is refused where Change would be.
func (w *Workspace) Fail(u User, resource int) error {
	if !slices.Contains(w.Next(u), resource) {
		return model.Refuse("user %d changes resource %d: it may not now", u, resource)
	}
	w.end()
	return nil
}

// End ends a run that has brought about all that was planned. Others are refused.
func (w *Workspace) End(u User) error {
	if !w.holds(u) || !slices.Equal(w.actual, w.plans[u-1].wants) {
		return model.Refuse("user %d ends: there is no run, or more to do", u)
	}
	w.end()
	return nil
}

// Kill kills the run, and leaves the lock. It is refused if there is none.
func (w *Workspace) Kill() error {
	if !w.running {
		return model.Refuse("kill: there is no run")
	}
	w.running = false
	return nil
}

// ForceUnlock opens the lock of a run that was killed, whose plan is gone. It is refused if nobody holds the lock, or
// the run is alive: what Terraform leaves to whoever calls it.
func (w *Workspace) ForceUnlock() error {
	if w.lock == 0 || w.running {
		return model.Refuse("force-unlock: held by user %d, alive %t", w.lock, w.running)
	}
	w.end()
	return nil
}

func (w *Workspace) end() {
	w.plans[w.lock-1] = plan{}
	w.lock, w.running = 0, false
}
