package deploy

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Amount is a number of pods, or a percentage of the replicas, as Kubernetes' IntOrString is.
type Amount struct {
	N       int
	Percent bool
}

// Pods is a number of pods.
func Pods(n int) Amount { return Amount{N: n} }

// Percent is a percentage of the replicas.
func Percent(n int) Amount { return Amount{N: n, Percent: true} }

// String is how a manifest has it.
func (a Amount) String() string {
	if a.Percent {
		return fmt.Sprintf("%d%%", a.N)
	}
	return fmt.Sprint(a.N)
}

// of is the amount for so many replicas, with a fraction of a pod rounded up or down.
func (a Amount) of(replicas int, up bool) int {
	switch {
	case !a.Percent:
		return a.N
	case up:
		return (a.N*replicas + 99) / 100
	}
	return a.N * replicas / 100
}

// Fenceposts is how many pods may be there above the replicas, and how many of them may be missing, during a rolling
// update. Percentages are rounded up for the first and down for the second; where both come to 0 the second is 1, and
// it is never more than the replicas (Kubernetes, pkg/controller/deployment/util/deployment_util.go, ResolveFenceposts
// and MaxUnavailable). The defaults are 25% and 25%.
//
// Replicas, amounts and percentages are 0 to Most, a percentage of missing ones 100 at most; both 0 is refused
// (pkg/apis/apps/validation).
func Fenceposts(replicas int, maxSurge, maxUnavailable Amount) (surge, unavailable int, err error) {
	for _, n := range []int{replicas, maxSurge.N, maxUnavailable.N} {
		if n < 0 || n > Most {
			return 0, 0, fmt.Errorf("got %d replicas, maxSurge %s and maxUnavailable %s, want 0 to %d", replicas, maxSurge, maxUnavailable, Most)
		}
	}
	if maxUnavailable.Percent && maxUnavailable.N > 100 {
		return 0, 0, fmt.Errorf("got maxUnavailable %s, want at most 100%%", maxUnavailable)
	}
	if maxSurge.N == 0 && maxUnavailable.N == 0 {
		return 0, 0, errors.New("maxUnavailable may not be 0 when maxSurge is 0")
	}
	surge, unavailable = maxSurge.of(replicas, true), maxUnavailable.of(replicas, false)
	if surge == 0 && unavailable == 0 {
		unavailable = 1
	}
	return surge, min(unavailable, replicas), nil
}

// Revision numbers a revision of a Deployment, from 1, in the order of their creation.
type Revision int

// Deployment is a Deployment with the strategy RollingUpdate and its controller (Kubernetes,
// pkg/controller/deployment/rolling.go). It has a replica set for each revision. Sync is one look of the controller: it
// raises the set of the target revision if the surge allows, and otherwise lowers others if enough pods stay available,
// first pods that are not.
//
// What it guarantees, checked in rolling.bh: there are never more pods than replicas and surge; the controller never
// takes an available pod away that is needed, whatever has failed; and an update to a revision whose pods become
// available is completed, if nobody interferes.
//
// Pods that are being terminated do not count, as in Kubernetes. The zero Deployment has no revision; make one with
// NewDeployment.
type Deployment struct {
	replicas, surge, unavailable int
	deadline                     int // ticks
	pods, up                     []int
	target                       Revision
	quiet                        int  // ticks without progress
	done                         bool // the latest rollout was completed
}

// NewDeployment makes a deployment of so many replicas of revision 1, all available, of a number of revisions of which
// the others have no pods yet. Surge and unavailable are numbers of pods as Fenceposts gives them; both 0 is refused.
// The deadline for progress is in ticks, 1 at least.
func NewDeployment(replicas, surge, unavailable, revisions, deadline int) (Deployment, error) {
	for _, n := range []int{replicas, surge, unavailable, revisions, deadline} {
		if n < 0 || n > Most {
			return Deployment{}, fmt.Errorf("got %d, want 0 to %d", n, Most)
		}
	}
	if replicas == 0 || revisions == 0 || deadline == 0 {
		return Deployment{}, fmt.Errorf("got %d replicas, %d revisions and a deadline of %d ticks, want 1 at least", replicas, revisions, deadline)
	}
	if surge+unavailable == 0 || unavailable > replicas {
		return Deployment{}, fmt.Errorf("got surge %d and unavailable %d of %d, want more than 0 in all, and no more than there are", surge, unavailable, replicas)
	}
	d := Deployment{
		replicas: replicas, surge: surge, unavailable: unavailable, deadline: deadline,
		pods: make([]int, revisions), up: make([]int, revisions), target: 1, done: true,
	}
	d.pods[0], d.up[0] = replicas, replicas
	return d, nil
}

// Clone returns an independent copy.
func (d *Deployment) Clone() Deployment {
	c := *d
	c.pods, c.up = slices.Clone(d.pods), slices.Clone(d.up)
	return c
}

func (d *Deployment) known(r Revision) error {
	if r < 1 || int(r) > len(d.pods) {
		return model.Refuse("got revision %d, want 1 to %d", r, len(d.pods))
	}
	return nil
}

// Target is the revision that is wanted.
func (d *Deployment) Target() Revision { return d.target }

// Pods is how many pods of a revision there are, and how many of them are available.
func (d *Deployment) Pods(r Revision) (pods, available int) {
	if d.known(r) != nil {
		return 0, 0
	}
	return d.pods[r-1], d.up[r-1]
}

// Total is how many pods there are in all, and how many of them are available.
func (d *Deployment) Total() (pods, available int) {
	for i := range d.pods {
		pods, available = pods+d.pods[i], available+d.up[i]
	}
	return pods, available
}

// Limits is how many pods there may be at most, and how many are to be available at least.
func (d *Deployment) Limits() (most, least int) {
	return d.replicas + d.surge, d.replicas - d.unavailable
}

// Complete tells whether all pods are available and of the target revision.
func (d *Deployment) Complete() bool {
	total, _ := d.Total()
	pods, available := d.Pods(d.target)
	return pods == d.replicas && available == d.replicas && total == d.replicas
}

// Exceeded tells whether the deadline has passed without progress: the condition Progressing is false, its reason
// ProgressDeadlineExceeded. The controller does no more than say so, and goes on. Once a rollout has been completed, what
// fails is no lack of progress, until the next one.
func (d *Deployment) Exceeded() bool { return d.quiet == d.deadline && !d.Complete() }

// Update changes the target, to a later revision or an earlier one (kubectl rollout undo), which counts as progress. It
// is refused if that is the target already.
func (d *Deployment) Update(r Revision) error {
	if err := d.known(r); err != nil {
		return err
	}
	if r == d.target {
		return model.Refuse("update to revision %d: it is the target", r)
	}
	d.target, d.quiet = r, 0
	d.done = d.Complete()
	return nil
}

// raise is how many pods of the target revision can be added (NewRSNewReplicas).
func (d *Deployment) raise() int {
	total, _ := d.Total()
	pods, _ := d.Pods(d.target)
	most, _ := d.Limits()
	return max(0, min(most-total, d.replicas-pods))
}

// Sync is one look of the controller. It is refused where there is nothing to do.
func (d *Deployment) Sync() error {
	if n := d.raise(); n > 0 {
		d.pods[d.target-1] += n
		d.quiet = 0
		return nil
	}
	if d.lower() == 0 {
		return model.Refuse("sync: nothing to do")
	}
	d.progress()
	return nil
}

// lower takes pods of other revisions away, the oldest revisions first (reconcileOldReplicaSets), and gives their number.
func (d *Deployment) lower() int {
	if d.known(d.target) != nil {
		return 0
	}
	total, available := d.Total()
	_, least := d.Limits()
	pods, up := d.Pods(d.target)
	spare, excess := total-least-(pods-up), available-least
	if spare <= 0 {
		return 0
	}
	cleaned, lowered := 0, 0
	for i := range d.pods { // cleanupUnhealthyReplicas
		if Revision(i+1) != d.target {
			n := max(0, min(d.pods[i]-d.up[i], spare-cleaned))
			d.pods[i] -= n
			cleaned += n
		}
	}
	for i := range d.pods { // scaleDownOldReplicaSetsForRollingUpdate
		if Revision(i+1) != d.target {
			n := max(0, min(d.pods[i], excess-lowered))
			d.pods[i] -= n
			d.up[i] = min(d.up[i], d.pods[i])
			lowered += n
		}
	}
	return cleaned + lowered
}

// Ready makes a pod of a revision available. It is refused if all are.
func (d *Deployment) Ready(r Revision) error {
	if err := d.known(r); err != nil {
		return err
	}
	if d.up[r-1] == d.pods[r-1] {
		return model.Refuse("a pod of revision %d becomes available: all %d are", r, d.up[r-1])
	}
	d.up[r-1]++
	d.progress()
	return nil
}

func (d *Deployment) progress() { d.quiet, d.done = 0, d.done || d.Complete() }

// Fail makes a pod of a revision unavailable. It is refused if none is available.
func (d *Deployment) Fail(r Revision) error {
	if err := d.known(r); err != nil {
		return err
	}
	if d.up[r-1] == 0 {
		return model.Refuse("a pod of revision %d fails: none is available", r)
	}
	d.up[r-1]--
	return nil
}

// Tick lets a tick pass without progress. It is refused once the update has been completed, and when the deadline has passed.
func (d *Deployment) Tick() error {
	if d.done || d.quiet == d.deadline {
		return model.Refuse("tick: the clock stands still (completed %t)", d.done)
	}
	d.quiet++
	return nil
}
