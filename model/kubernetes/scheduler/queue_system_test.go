package scheduler

import (
	"math"
	"slices"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// line is a state of queue.bh: a Queue and what the cluster has for the pods.
type line struct {
	Queue    *Queue
	Priority []int
	Room     []bool
	Placed   []bool
	Seen     bool
}

// lineOf are the constants of queue.bh.
type lineOf struct{ pods, most int }

// cap is the number of attempts from which on the back-off is the longest.
func (o lineOf) cap() int {
	n := 1
	for must(NewQueue(o.times())).options.Backoff(n) < int64(o.most) {
		n++
	}
	return n
}

func (o lineOf) times() QueueOptions {
	return QueueOptions{InitialBackoff: 1, MaxBackoff: int64(o.most)}
}

func pod(p int) string { return strconv.Itoa(p) }

// settle makes queues equal that go on in the same way: times count from the present, and are told apart only as far as they decide
// the order and what is left of a back-off; so are attempts.
func (o lineOf) settle(q *Queue) {
	slices.SortFunc(q.entries, older)
	earliest := int64(math.MinInt64) / 2
	for i := range q.entries {
		e := &q.entries[i]
		left := q.Left(e.pod)
		e.attempts = min(e.attempts, o.cap())
		if left > 0 {
			e.since = left - q.options.Backoff(e.attempts)
			earliest = e.since
		} else {
			e.since = earliest
		}
		e.serial = i
	}
	q.serial = len(q.entries)
	q.now = 0
}

// on makes the step of a line, and settles it.
func on[P any](o lineOf, step func(*line, P) error) func(*line, P) error {
	return func(l *line, p P) error {
		if err := step(l, p); err != nil {
			return err
		}
		o.settle(l.Queue)
		return nil
	}
}

func (l *line) create(p int) error {
	if l.Placed[p-1] {
		return errNo
	}
	return l.Queue.Add(pod(p), l.Priority[p-1])
}

func (l *line) pop(p int) error {
	got, err := l.Queue.Pop()
	if err != nil {
		return err
	}
	if got != pod(p) {
		return errNo
	}
	l.Seen = l.Room[p-1]
	return nil
}

func (l *line) bind(p int) error {
	if l.Queue.Stage(pod(p)) != Scheduling || !l.Seen {
		return errNo
	}
	l.Seen, l.Placed[p-1] = false, true
	return l.Queue.Drop(pod(p))
}

func (l *line) park(p int) error {
	if l.Seen {
		return errNo
	}
	return l.Queue.Park(pod(p))
}

func (l *line) event(p int) error {
	if l.Room[p-1] {
		return errNo
	}
	l.Room[p-1] = true
	l.Queue.Event()
	return nil
}

func (l *line) fill(p int) error {
	if !l.Room[p-1] || l.Queue.Stage(pod(p)) == Unknown {
		return errNo
	}
	l.Room[p-1] = false
	return nil
}

func (o lineOf) tick(l *line) error {
	waits := false
	for p := range o.pods {
		if s := l.Queue.Stage(pod(p + 1)); s == Active || s == Scheduling {
			return errNo
		}
		waits = waits || l.Queue.Left(pod(p+1)) > 0
	}
	if !waits {
		return errNo
	}
	if err := l.Queue.Advance(1); err != nil {
		return err
	}
	o.settle(l.Queue)
	return nil
}

func (o lineOf) bindings(l line) []model.Binding {
	each := func(name string, show func(p int) model.Value) model.Binding {
		return model.Binding{Name: name, Value: modelcheck.Map(1, o.pods, show)}
	}
	var order []int
	moved := false
	for _, name := range l.Queue.Order() {
		order = append(order, must(strconv.Atoi(name)))
		moved = moved || l.Queue.entry(name).moved && l.Queue.Stage(name) == Scheduling
	}
	return []model.Binding{
		each("priority", func(p int) model.Value { return modelcheck.Int(l.Priority[p-1]) }),
		each("stage", func(p int) model.Value { return modelcheck.Text(l.Queue.Stage(pod(p))) }),
		{Name: "order", Value: modelcheck.Seq(order)},
		each("attempts", func(p int) model.Value { return modelcheck.Int(l.Queue.Attempts(pod(p))) }),
		each("left", func(p int) model.Value { return modelcheck.Int(l.Queue.Left(pod(p))) }),
		{Name: "moved", Value: model.Bool(moved)},
		each("room", func(p int) model.Value { return model.Bool(l.Room[p-1]) }),
		{Name: "seen", Value: model.Bool(l.Seen)},
		each("placed", func(p int) model.Value { return model.Bool(l.Placed[p-1]) }),
	}
}

// system is the system of queue.bh over Queue. A queue remembers of a pod that is not being tried whether an event came when it last
// was; that is forgotten.
func (o lineOf) system() model.System {
	pods := modelcheck.Numbers[int](o.pods)
	step := func(name string, do func(*line, int) error) model.ActionOf[line] {
		forgetful := func(l *line, p int) error {
			err := do(l, p)
			for i := range l.Queue.entries {
				if e := &l.Queue.entries[i]; e.stage != Scheduling {
					e.moved = false
				}
			}
			return err
		}
		return model.ActionOf[line]{Name: name, Params: []string{"p"}, Next: modelcheck.Call1(pods, on(o, forgetful))}
	}
	return model.MustDefine(model.Definition[line]{
		Name: "SchedulingQueue",
		Init: func(yield func(line) bool) {
			for ps := range modelcheck.Vectors(o.pods, 2) {
				for i := range ps {
					ps[i]--
				}
				l := line{must(NewQueue(o.times())), ps, make([]bool, o.pods), make([]bool, o.pods), false}
				if !yield(l) {
					return
				}
			}
		},
		Actions: []model.ActionOf[line]{
			step("Create", (*line).create), step("Pop", (*line).pop), step("Bind", (*line).bind), step("Park", (*line).park),
			step("Event", (*line).event), step("Fill", (*line).fill),
			{Name: "Tick", Next: modelcheck.Call(o.tick)},
		},
		Terminal: func(l line) bool { return !slices.Contains(l.Placed, false) },
		Show:     o.bindings,
	})
}
