package controller

import (
	"cmp"
	"errors"
	"iter"
	"slices"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

var errNo = errors.New("not enabled")

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// shift is a state of workqueue.bh: a Queue, its workers, and what nobody has read.
type shift struct {
	Queue  *Queue
	Has    []int // by worker; 0 is nothing
	Unread []bool
}

// shiftOf are the constants of workqueue.bh.
type shiftOf struct{ keys, workers, most int }

func key(k int) string { return strconv.Itoa(k) }

func (o shiftOf) cap() int {
	n := 1
	for (Limits{1, int64(o.most)}).Delay(n) < int64(o.most) {
		n++
	}
	return n
}

// settle makes queues equal that go on in the same way: only the order of what can be given out matters.
func (o shiftOf) settle(q *Queue) {
	slices.Sort(q.dirty)
	slices.Sort(q.processing)
	slices.SortFunc(q.waiting, func(a, b wait) int { return cmp.Compare(a.key, b.key) })
	for k, n := range q.failures {
		q.failures[k] = min(n, o.cap())
	}
}

func (o shiftOf) worker(name string, step func(*shift, int) error) model.ActionOf[shift] {
	return model.ActionOf[shift]{Name: name, Params: []string{"w"}, Next: modelcheck.Call1(modelcheck.Numbers[int](o.workers), func(s *shift, w int) error {
		err := step(s, w-1)
		o.settle(s.Queue)
		return err
	})}
}

func (s *shift) get(w int) error {
	if s.Has[w] != 0 {
		return errNo
	}
	k, err := s.Queue.Get()
	if err != nil {
		return err
	}
	s.Has[w] = must(strconv.Atoi(k))
	s.Unread[s.Has[w]-1] = false
	return nil
}

// ends gives back what the worker has, by a step of the queue.
func ends(step func(*Queue, string) error) func(*shift, int) error {
	return func(s *shift, w int) error {
		k := s.Has[w]
		s.Has[w] = 0
		return step(s.Queue, key(k))
	}
}

func (o shiftOf) change(s *shift, k int) error {
	s.Unread[k-1] = true
	s.Queue.Add(key(k))
	o.settle(s.Queue)
	return nil
}

func (o shiftOf) tick(s *shift) error {
	if len(s.Queue.waiting) == 0 {
		return errNo
	}
	err := s.Queue.Advance(1)
	o.settle(s.Queue)
	return err
}

// system is the system of workqueue.bh over Queue.
func (o shiftOf) system() model.System {
	keys := modelcheck.Numbers[int](o.keys)
	each := func(name string, show func(k int) model.Value) model.Binding {
		return model.Binding{Name: name, Value: modelcheck.Map(1, o.keys, show)}
	}
	return model.MustDefine(model.Definition[shift]{
		Name: "WorkQueue",
		Init: func(yield func(shift) bool) {
			yield(shift{must(NewQueue(Limits{1, int64(o.most)})), make([]int, o.workers), make([]bool, o.keys)})
		},
		Actions: []model.ActionOf[shift]{
			{Name: "Change", Params: []string{"k"}, Next: modelcheck.Call1(keys, o.change)},
			o.worker("Get", (*shift).get), o.worker("Done", ends((*Queue).Done)), o.worker("Fail", ends((*Queue).Fail)),
			{Name: "Tick", Next: modelcheck.Call(o.tick)},
		},
		Show: func(s shift) []model.Binding {
			var queue, dirty []int
			for _, k := range s.Queue.Keys() {
				queue = append(queue, must(strconv.Atoi(k)))
			}
			for _, k := range keys {
				if s.Queue.Dirty(key(k)) {
					dirty = append(dirty, k)
				}
			}
			return []model.Binding{
				{Name: "queue", Value: modelcheck.Seq(queue)},
				{Name: "dirty", Value: modelcheck.Set(dirty)},
				{Name: "has", Value: modelcheck.Map(1, o.workers, func(w int) model.Value { return modelcheck.Option(s.Has[w-1]) })},
				each("waits", func(k int) model.Value { return modelcheck.Int(s.Queue.Left(key(k))) }),
				each("failures", func(k int) model.Value { return modelcheck.Int(s.Queue.Failures(key(k))) }),
				each("unread", func(k int) model.Value { return model.Bool(s.Unread[k-1]) }),
			}
		},
	})
}

// pair of counts of pods: what is wanted, and what there is.
type counts struct{ wanted, pods int8 }

// house is a state of reconcile.bh.
type house struct {
	is      counts
	up      bool
	seen    counts
	Queue   *Queue // of the only key
	took    bool
	unheard bool
	picture counts
}

const only = "set"

func empty() *Queue { return must(NewQueue(DefaultLimits)) }

func (h *house) want(n int) error {
	if !h.up || int(h.is.wanted) == n {
		return errNo
	}
	h.is.wanted, h.unheard = int8(n), true
	return nil
}

func (h *house) die() error {
	if h.is.pods == 0 {
		return errNo
	}
	h.is.pods--
	h.unheard = h.up
	return nil
}

func (h *house) crash() error {
	if !h.up {
		return errNo
	}
	*h = house{is: h.is, Queue: empty()}
	return nil
}

func (h *house) start() error {
	if h.up {
		return errNo
	}
	h.up, h.seen = true, h.is
	h.Queue.Add(only)
	return nil
}

func (h *house) hear() error {
	if !h.unheard {
		return errNo
	}
	h.seen, h.unheard = h.is, false
	h.Queue.Add(only)
	return nil
}

func (h *house) get() error {
	if h.took {
		return errNo
	}
	if _, err := h.Queue.Get(); err != nil {
		return err
	}
	h.took, h.picture = true, h.seen
	return nil
}

// sync takes the step that a sync of Replicas says, one pod at a time.
func (h *house) sync(most int) error {
	if !h.took {
		return errNo
	}
	var r Replicas
	plan, err := r.Sync(int(h.picture.wanted), int(h.picture.pods), 1)
	if err != nil {
		return err
	}
	before := h.is.pods
	h.is.pods = int8(max(0, min(most, int(before)+plan.Create-plan.Delete)))
	h.unheard = h.unheard || h.is.pods != before
	h.took, h.picture = false, counts{}
	return h.Queue.Done(only)
}

func (c counts) show() model.Value {
	return model.Value{Shape: model.Record, Elems: []model.Elem{
		{Key: "wanted", Value: modelcheck.Int(int(c.wanted))}, {Key: "pods", Value: modelcheck.Int(int(c.pods))},
	}}
}

// houseSystem is the system of reconcile.bh over Queue and Replicas. A key that is added while the worker has it is queued there.
func houseSystem(most int) model.System {
	var amounts []int
	for n := range most + 1 {
		amounts = append(amounts, n)
	}
	step := func(name string, do func(*house) error) model.ActionOf[house] {
		return model.ActionOf[house]{Name: name, Next: modelcheck.Call(do)}
	}
	return model.MustDefine(model.Definition[house]{
		Name: "Reconcile",
		Init: func(yield func(house) bool) {
			for _, wanted := range amounts {
				for _, pods := range amounts {
					if !yield(house{is: counts{int8(wanted), int8(pods)}, Queue: empty()}) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[house]{
			{Name: "Want", Params: []string{"n"}, Next: modelcheck.Call1(amounts, (*house).want)},
			step("Die", (*house).die), step("Crash", (*house).crash), step("Start", (*house).start), step("Hear", (*house).hear),
			step("Get", (*house).get), step("Sync", func(h *house) error { return h.sync(most) }),
		},
		Show: func(h house) []model.Binding {
			return []model.Binding{
				{Name: "wanted", Value: modelcheck.Int(int(h.is.wanted))},
				{Name: "pods", Value: modelcheck.Int(int(h.is.pods))},
				{Name: "up", Value: model.Bool(h.up)},
				{Name: "seen", Value: h.seen.show()},
				{Name: "queued", Value: model.Bool(h.Queue.Dirty(only))},
				{Name: "took", Value: model.Bool(h.took)},
				{Name: "unheard", Value: model.Bool(h.unheard)},
				{Name: "picture", Value: h.picture.show()},
			}
		},
	})
}

// echo is a state of expectations.bh.
type echo struct {
	wanted, highest, pods, cached, born, gone int8
	Replicas                                  Replicas
	losses                                    int8
}

// echoOf are the constants of expectations.bh.
type echoOf struct {
	wanted, room, losses int8
	timeout              bool
}

func (o echoOf) want(e *echo, n int) error {
	if e.wanted == int8(n) {
		return errNo
	}
	e.wanted = int8(n)
	e.highest = max(e.highest, e.wanted)
	return nil
}

// sync asks Replicas, of whose creations at least one succeeds.
func (o echoOf) sync(e echo, yield func(echo) bool) {
	plan := must(e.Replicas.Sync(int(e.wanted), int(e.cached), BurstReplicas))
	if plan.Delete > 0 {
		n := min(int8(plan.Delete), e.pods)
		e.pods -= n
		e.gone += n
		yield(e)
		return
	}
	for ok := 1; ok <= plan.Create; ok++ {
		next := e
		n := min(int8(ok), o.room-e.pods)
		next.pods += n
		next.born += n
		for range plan.Create - ok {
			next.Replicas.SeenCreation()
		}
		if !yield(next) {
			return
		}
	}
}

func (o echoOf) hear(e *echo, born bool) error {
	switch {
	case born && e.born > 0:
		e.born--
		e.cached = min(o.room, e.cached+1)
		e.Replicas.SeenCreation()
	case !born && e.gone > 0:
		e.gone--
		e.cached = max(0, e.cached-1)
		e.Replicas.SeenDeletion()
	default:
		return errNo
	}
	return nil
}

func (o echoOf) lose(e *echo) error {
	if e.born == 0 || e.losses == 0 {
		return errNo
	}
	e.born--
	e.losses--
	e.cached = min(o.room, e.cached+1)
	return nil
}

func (o echoOf) expire(e *echo) error {
	if !o.timeout || e.Replicas.Settled() || e.born > 0 || e.gone > 0 {
		return errNo
	}
	if err := e.Replicas.Advance(ExpectationsTimeout + 1); err != nil {
		return err
	}
	if !e.Replicas.Settled() {
		return errNo
	}
	e.Replicas = Replicas{} // what is expected no more is no different from nothing
	return nil
}

// system is the system of expectations.bh over Replicas.
func (o echoOf) system() model.System {
	var amounts []int
	for n := range int(o.wanted) + 1 {
		amounts = append(amounts, n)
	}
	step := func(name string, do func(*echo) error) model.ActionOf[echo] {
		return model.ActionOf[echo]{Name: name, Next: modelcheck.Call(do)}
	}
	return model.MustDefine(model.Definition[echo]{
		Name: "Expectations",
		Init: func(yield func(echo) bool) {
			for _, n := range amounts {
				if !yield(echo{wanted: int8(n), highest: int8(n), losses: o.losses}) {
					return
				}
			}
		},
		Actions: []model.ActionOf[echo]{
			{Name: "Want", Params: []string{"n"}, Next: modelcheck.Call1(amounts, o.want)},
			{Name: "Sync", Next: func(e echo) iter.Seq2[model.Args, echo] {
				return func(yield func(model.Args, echo) bool) { o.sync(e, func(next echo) bool { return yield(nil, next) }) }
			}},
			step("HearBorn", func(e *echo) error { return o.hear(e, true) }),
			step("HearGone", func(e *echo) error { return o.hear(e, false) }),
			step("Lose", o.lose), step("Expire", o.expire),
		},
		Show: func(e echo) []model.Binding {
			n := func(name string, v int8) model.Binding {
				return model.Binding{Name: name, Value: modelcheck.Int(int(v))}
			}
			return []model.Binding{
				n("wanted", e.wanted), n("highest", e.highest), n("pods", e.pods), n("cached", e.cached), n("born", e.born), n("gone", e.gone),
				n("creates", int8(e.Replicas.Creations)), n("deletes", int8(e.Replicas.Deletions)), n("losses", e.losses),
			}
		},
	})
}
