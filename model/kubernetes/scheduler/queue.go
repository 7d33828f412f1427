package scheduler

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// QueueOptions are the times of a scheduling queue, in milliseconds.
type QueueOptions struct {
	InitialBackoff int64 // podInitialBackoffSeconds
	MaxBackoff     int64 // podMaxBackoffSeconds
	Flush          int64 // after which an unschedulable pod is tried again without an event; 0 for never
}

// DefaultQueue has the values of the default configuration: 1 s, 10 s, and 5 min (pkg/scheduler/backend/queue).
var DefaultQueue = QueueOptions{InitialBackoff: 1_000, MaxBackoff: 10_000, Flush: 300_000}

// maxTime bounds times, in milliseconds.
const maxTime = 1 << 52

func (o QueueOptions) valid() error {
	if o.InitialBackoff < 1 || o.MaxBackoff < o.InitialBackoff || o.MaxBackoff > maxTime || o.Flush < 0 || o.Flush > maxTime {
		return fmt.Errorf("got a back-off of %d to %d ms and a flush after %d ms, want 1 <= initial <= max, and no negative flush",
			o.InitialBackoff, o.MaxBackoff, o.Flush)
	}
	return nil
}

// Backoff is how long, in ms, a pod waits that has been tried so many times: InitialBackoff after the first, twice as long
// after each further one, MaxBackoff at most (calculateBackoffDuration). 0 attempts wait for nothing.
func (o QueueOptions) Backoff(attempts int) int64 {
	if attempts < 1 {
		return 0
	}
	d := o.InitialBackoff
	for range min(attempts-1, 64) { // more doublings make no difference
		if d > o.MaxBackoff-d {
			return o.MaxBackoff
		}
		d += d
	}
	return d
}

// Stage is where in a queue a pod is.
type Stage int

// The stages.
const (
	Unknown    Stage = iota // it is not in the queue: it was never added, is bound, or is gone
	Active                  // it is to be tried: activeQ
	BackingOff              // it is tried again when its back-off is over: backoffQ
	Parked                  // it waits for an event: unschedulablePods
	Scheduling              // a cycle is under way for it
)

var stages = [...]string{"unknown", "active", "backingOff", "parked", "scheduling"}

// String gives the spelling of the models.
func (s Stage) String() string {
	if s >= 0 && int(s) < len(stages) {
		return stages[s]
	}
	return fmt.Sprintf("stage(%d)", int(s))
}

// Queue is the scheduling queue of one scheduler. Of the active pods the one with the highest priority is tried first, of equals
// the one whose last attempt, or creation, is longest ago. A pod for which no node fits is parked until an event, anything that may
// make a pod schedulable, or a flush; then it is active again, or backs off first if its back-off is not over. An event that
// comes while its cycle is under way is not lost: it backs off instead of being parked
// (pkg/scheduler/backend/queue/scheduling_queue.go). Queueing hints, by which a plugin says that an event does not matter to a pod,
// are left out. Make one with NewQueue.
type Queue struct {
	options QueueOptions
	now     int64
	serial  int // of the last entry that got a new time, to order those of one millisecond
	entries []entry
}

type entry struct {
	pod      string
	priority int
	attempts int
	since    int64 // of its last attempt, or creation
	serial   int
	stage    Stage
	moved    bool // an event came while its cycle was under way
}

// NewQueue makes an empty queue at time 0.
func NewQueue(o QueueOptions) (*Queue, error) {
	if err := o.valid(); err != nil {
		return nil, err
	}
	return &Queue{options: o}, nil
}

// Clone returns an independent copy.
func (q *Queue) Clone() *Queue {
	out := *q
	out.entries = slices.Clone(q.entries)
	return &out
}

func (q *Queue) entry(pod string) *entry {
	i := slices.IndexFunc(q.entries, func(e entry) bool { return e.pod == pod })
	if i < 0 {
		return nil
	}
	return &q.entries[i]
}

// Stage is where the pod is.
func (q *Queue) Stage(pod string) Stage {
	if e := q.entry(pod); e != nil {
		return e.stage
	}
	return Unknown
}

// Attempts is how often the pod has been tried, the cycle under way counted.
func (q *Queue) Attempts(pod string) int {
	if e := q.entry(pod); e != nil {
		return e.attempts
	}
	return 0
}

// Left is what is left of the pod's back-off, in ms.
func (q *Queue) Left(pod string) int64 {
	if e := q.entry(pod); e != nil && (e.stage == BackingOff || e.stage == Parked) {
		return max(0, e.since+q.options.Backoff(e.attempts)-q.now)
	}
	return 0
}

// Order lists the pods by the time of their last attempt, or creation.
func (q *Queue) Order() []string {
	sorted := slices.SortedFunc(slices.Values(q.entries), older)
	var out []string
	for _, e := range sorted {
		out = append(out, e.pod)
	}
	return out
}

func older(a, b entry) int {
	return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.serial, b.serial))
}

// before tells whether a is tried before b.
func before(a, b entry) bool { return cmp.Or(cmp.Compare(b.priority, a.priority), older(a, b)) < 0 }

// Add puts a new pod in.
func (q *Queue) Add(pod string, priority int) error {
	if q.entry(pod) != nil {
		return model.Refuse("pod %q is in the queue", pod)
	}
	if pod == "" || priority > MaxPriority || priority < -MaxPriority {
		return model.Refuse("got pod %q of priority %d, want a name and -%d to %d", pod, priority, MaxPriority, MaxPriority)
	}
	q.entries = append(q.entries, entry{pod: pod, priority: priority, stage: Active})
	q.stamp(&q.entries[len(q.entries)-1])
	return nil
}

func (q *Queue) stamp(e *entry) {
	q.serial++
	e.since, e.serial = q.now, q.serial
}

// Pop begins a cycle for the pod whose turn it is. There is one cycle at a time.
func (q *Queue) Pop() (string, error) {
	var best *entry
	for i := range q.entries {
		e := &q.entries[i]
		if e.stage == Scheduling {
			return "", model.Refuse("the cycle of pod %q is under way", e.pod)
		}
		if e.stage == Active && (best == nil || before(*e, *best)) {
			best = e
		}
	}
	if best == nil {
		return "", model.Refuse("no pod is active")
	}
	best.stage, best.moved = Scheduling, false
	best.attempts++
	return best.pod, nil
}

// Park ends the cycle of the pod, for which no node was found.
func (q *Queue) Park(pod string) error {
	e := q.entry(pod)
	if e == nil || e.stage != Scheduling {
		return model.Refuse("no cycle of pod %q is under way", pod)
	}
	q.stamp(e)
	e.stage = Parked
	if e.moved {
		e.stage = BackingOff
	}
	return nil
}

// Drop takes the pod out, which is bound or gone.
func (q *Queue) Drop(pod string) error {
	i := slices.IndexFunc(q.entries, func(e entry) bool { return e.pod == pod })
	if i < 0 {
		return model.Refuse("pod %q is not in the queue", pod)
	}
	q.entries = slices.Delete(q.entries, i, i+1)
	return nil
}

// Event says that something has happened that may make pods schedulable.
func (q *Queue) Event() {
	for i := range q.entries {
		q.move(&q.entries[i])
	}
}

func (q *Queue) move(e *entry) {
	switch e.stage {
	case Scheduling:
		e.moved = true
	case Parked:
		e.stage = BackingOff
		if q.Left(e.pod) == 0 {
			e.stage = Active
		}
	}
}

// Advance lets so many milliseconds pass. Pods whose back-off ends become active; those that have been parked for Flush are moved.
func (q *Queue) Advance(ms int64) error {
	if ms < 1 || ms > maxTime-q.now {
		return model.Refuse("got %d ms, want 1 to %d", ms, maxTime-q.now)
	}
	q.now += ms
	for i := range q.entries {
		e := &q.entries[i]
		if e.stage == Parked && q.options.Flush > 0 && q.now-e.since > q.options.Flush {
			q.move(e)
		}
		if e.stage == BackingOff && q.Left(e.pod) == 0 {
			e.stage = Active
		}
	}
	return nil
}
