package controller

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Limits are those of the rate limiter of a queue, in milliseconds.
type Limits struct{ First, Most int64 }

// DefaultLimits are those of client-go: 5 ms after the first failure, twice as long after each further one, 1000 s at most
// (util/workqueue, DefaultTypedControllerRateLimiter). Its other limit, ten keys a second of all, is left out.
var DefaultLimits = Limits{First: 5, Most: 1_000_000}

const maxTime = 1 << 52

// Delay is how long a key waits that has failed so many times in a row, in ms.
func (l Limits) Delay(failures int) int64 {
	if failures < 1 {
		return 0
	}
	d := l.First
	for range min(failures-1, 64) { // more doublings make no difference
		if d >= l.Most-d {
			return l.Most
		}
		d += d
	}
	return min(d, l.Most)
}

// Queue is the work queue of a controller. It holds keys, not events: a key is in it once, however often it was added, and is given to
// one worker at a time; one that is added while a worker has it is given out again when the worker is done
// (k8s.io/client-go/util/workqueue, Type). Make one with NewQueue.
type Queue struct {
	limits     Limits
	queue      []string
	dirty      []string // to be worked on, in any order
	processing []string
	waiting    []wait
	failures   map[string]int
}

// wait is a key that is added when so many ms have passed.
type wait struct {
	key  string
	left int64
}

// NewQueue makes an empty queue.
func NewQueue(l Limits) (*Queue, error) {
	if l.First < 1 || l.Most < l.First || l.Most > maxTime {
		return nil, fmt.Errorf("got delays of %d to %d ms, want at least 1, no less than the first, and at most %d", l.First, l.Most, int64(maxTime))
	}
	return &Queue{limits: l, failures: map[string]int{}}, nil
}

// Len is the number of keys that can be given out.
func (q *Queue) Len() int { return len(q.queue) }

// Keys lists the keys that can be given out, in their order.
func (q *Queue) Keys() []string { return slices.Clone(q.queue) }

// Dirty tells whether something is to be done about the key, now or when the worker that has it is done.
func (q *Queue) Dirty(key string) bool { return slices.Contains(q.dirty, key) }

// Left is how long the key still waits to be added again after a failure, in ms; 0 if it does not.
func (q *Queue) Left(key string) int64 {
	for _, w := range q.waiting {
		if w.key == key {
			return w.left
		}
	}
	return 0
}

// Failures is how often the key has failed in a row (NumRequeues).
func (q *Queue) Failures(key string) int { return q.failures[key] }

// Add says that something is to be done about the key.
func (q *Queue) Add(key string) {
	if q.Dirty(key) {
		return
	}
	q.dirty = append(q.dirty, key)
	if !slices.Contains(q.processing, key) {
		q.queue = append(q.queue, key)
	}
}

// Get gives the first key to a worker. It is of what is known now that the worker has to make its picture.
func (q *Queue) Get() (string, error) {
	if len(q.queue) == 0 {
		return "", model.Refuse("the queue is empty")
	}
	key := q.queue[0]
	q.queue = slices.Delete(q.queue, 0, 1)
	q.dirty = without(q.dirty, key)
	q.processing = append(q.processing, key)
	return key, nil
}

// Done says that the worker has done all for the key: it was right (Forget), and a later failure is the first again.
func (q *Queue) Done(key string) error {
	if err := q.release(key); err != nil {
		return err
	}
	delete(q.failures, key)
	return nil
}

// Fail says that the worker is done and something went wrong: the key is added again after a delay (AddRateLimited). One that waits
// already waits for the shorter time.
func (q *Queue) Fail(key string) error {
	if err := q.release(key); err != nil {
		return err
	}
	q.failures[key]++
	delay := q.limits.Delay(q.failures[key])
	for i := range q.waiting {
		if q.waiting[i].key == key {
			q.waiting[i].left = min(q.waiting[i].left, delay)
			return nil
		}
	}
	q.waiting = append(q.waiting, wait{key, delay})
	return nil
}

func (q *Queue) release(key string) error {
	if !slices.Contains(q.processing, key) {
		return model.Refuse("no worker has key %q", key)
	}
	q.processing = without(q.processing, key)
	if q.Dirty(key) {
		q.queue = append(q.queue, key)
	}
	return nil
}

// Advance lets so many ms pass, and adds what has waited for long enough, who waited longest for it first.
func (q *Queue) Advance(ms int64) error {
	if ms < 1 || ms > maxTime {
		return model.Refuse("got %d ms, want 1 to %d", ms, int64(maxTime))
	}
	slices.SortStableFunc(q.waiting, func(a, b wait) int { return int(min(max(a.left-b.left, -1), 1)) })
	for len(q.waiting) > 0 && q.waiting[0].left <= ms {
		q.Add(q.waiting[0].key)
		q.waiting = slices.Delete(q.waiting, 0, 1)
	}
	for i := range q.waiting {
		q.waiting[i].left -= ms
	}
	return nil
}

func without(keys []string, key string) []string {
	return slices.DeleteFunc(keys, func(k string) bool { return k == key })
}
