package engine

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// timed is a container that is stopped, with the Grace that it has, and what grace.bh counts beside it.
type timed struct {
	Container
	Grace
	Daemon          int
	Own             option
	Deaf            bool
	Stopping        bool
	Late            int
	Granted, Passed int // Granted is -1 for none
	Longest, Reap   int
}

// option is an option of a timeout as grace.bh has it; 1 more than the timeout and 1, and 0 for none.
type option int

// String gives the spelling of the model.
func (o option) String() string { return o.value().String() }

func (o option) value() model.Value {
	if o == 0 {
		return modelcheck.None()
	}
	return modelcheck.Some(modelcheck.Int(o - 2))
}

// timeout is nil for none.
func (o option) timeout() *int {
	if o == 0 {
		return nil
	}
	n := int(o) - 2
	return &n
}

func (t *timed) reset() {
	t.Container.ExitCode, t.Container.ManuallyStopped, t.Container.manager = 0, false, RestartManager{}
	if t.Process != Alive {
		t.Grace, t.Stopping, t.Late, t.Granted, t.Passed = Grace{}, false, 0, -1, 0
	}
}

func (t *timed) stop(request option) error {
	if t.Signal == KillSignal {
		return errors.New("killed already")
	}
	if err := t.Container.Stop(); err != nil {
		return err
	}
	timeout := StopTimeout(t.Daemon, t.Own.timeout(), request.timeout())
	t.Grace.Stop(timeout)
	t.Stopping = true
	if timeout >= 0 && t.Granted < 0 {
		t.Granted = timeout
	}
	t.reset()
	return nil
}

func (t *timed) tick() error {
	killed := t.Signal == KillSignal
	if t.Process != Alive || killed && t.Late == t.Reap {
		return errors.New("something is due")
	}
	if err := t.Pass(1); err != nil {
		return err
	}
	if killed {
		t.Late++
	}
	if t.Granted >= 0 {
		t.Passed = min(t.Passed+1, t.Longest+t.Reap+1)
	}
	return nil
}

func (t *timed) kill() error {
	if !t.Over() {
		return errors.New("not over")
	}
	t.Grace = Grace{}
	defer t.reset()
	return t.GraceOver()
}

func (t *timed) ends(end func(*Container) error) error {
	if err := end(&t.Container); err != nil {
		return err
	}
	t.reset()
	return nil
}

func (t timed) bindings() []model.Binding {
	left, granted := modelcheck.None(), modelcheck.None()
	if n, ok := t.Left(); ok {
		left = modelcheck.Some(modelcheck.Int(n))
	}
	if t.Granted >= 0 {
		granted = modelcheck.Some(modelcheck.Int(t.Granted))
	}
	return []model.Binding{
		{Name: "engine", Value: modelcheck.Int(t.Daemon)},
		{Name: "own", Value: t.Own.value()},
		{Name: "deaf", Value: model.Bool(t.Deaf)},
		{Name: "alive", Value: model.Bool(t.Process == Alive)},
		{Name: "stopping", Value: model.Bool(t.Stopping)},
		{Name: "left", Value: left},
		{Name: "killed", Value: model.Bool(t.Signal == KillSignal)},
		{Name: "late", Value: modelcheck.Int(t.Late)},
		{Name: "granted", Value: granted},
		{Name: "passed", Value: modelcheck.Int(t.Passed)},
	}
}

// graceSystem is the system of one container with every configuration of timeouts up to longest.
func graceSystem(longest, late int) model.System {
	var options []option
	for o := range longest + 3 {
		options = append(options, option(o))
	}
	one := func(name string, step func(*timed) error) model.ActionOf[timed] {
		return model.ActionOf[timed]{Name: name, Next: modelcheck.Call(step)}
	}
	return model.MustDefine(model.Definition[timed]{
		Name: "Grace",
		Init: func(yield func(timed) bool) {
			for daemon := -1; daemon <= longest; daemon++ {
				for _, own := range options {
					for _, deaf := range []bool{false, true} {
						t := timed{Daemon: daemon, Own: own, Deaf: deaf, Granted: -1, Longest: longest, Reap: late}
						if err := errors.Join(create(&t.Container), t.Start(Started)); err != nil {
							panic(err)
						}
						t.reset()
						if !yield(t) {
							return
						}
					}
				}
			}
		},
		Actions: []model.ActionOf[timed]{
			{Name: "Stop", Params: []string{"request"}, Next: modelcheck.Call1(options, (*timed).stop)},
			one("Tick", (*timed).tick),
			one("Kill", (*timed).kill),
			one("Reap", func(t *timed) error { return t.ends(reap) }),
			one("Exit", func(t *timed) error {
				if t.Deaf {
					return errors.New("deaf")
				}
				return t.ends(exit)
			}),
			one("Start", func(t *timed) error { return t.ends(func(c *Container) error { return c.Start(Started) }) }),
		},
		Show: timed.bindings,
	})
}

// SIGKILL is due at the earliest of the ends that all stops have set, each counted from its own moment.
func TestEarliestStopCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var g Grace
		now, due := 0, -1
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "stop") {
				timeout := rapid.IntRange(-2, 20).Draw(t, "timeout")
				g.Stop(timeout)
				if timeout >= 0 && (due < 0 || now+timeout < due) {
					due = now + timeout
				}
			} else {
				seconds := rapid.IntRange(-1, 10).Draw(t, "seconds")
				err := g.Pass(seconds)
				if ok := seconds >= 0 && (due < 0 || now+seconds <= due); ok != (err == nil) {
					t.Fatalf("%d seconds at %d, due at %d: got %v", seconds, now, due, err)
				}
				if err == nil {
					now += seconds
				}
			}
			left, granted := g.Left()
			if granted != (due >= 0) || granted && left != due-now || g.Over() != (due == now && granted) {
				t.Fatalf("at %d, due at %d: got %d (%t)", now, due, left, granted)
			}
		}
	})
}

// The seconds that are granted: Moby daemon/stop.go, containerStop, and daemon.go, shutdownTimeout, with the defaults of
// daemon/config/config_linux.go and config.go.
func TestTimeouts(t *testing.T) {
	n := func(i int) *int { return &i }
	for _, test := range []struct {
		own, request *int
		want         int
	}{{nil, nil, 10}, {n(30), nil, 30}, {n(30), n(2), 2}, {n(-1), nil, -1}, {n(-1), n(0), 0}, {nil, n(-1), -1}} {
		if got := StopTimeout(DefaultStopTimeout, test.own, test.request); got != test.want {
			t.Errorf("%+v: got %d", test, got)
		}
	}
	for _, test := range []struct {
		shutdown int
		own      []*int
		want     int
	}{
		{DefaultShutdownTimeout, nil, 15},
		{DefaultShutdownTimeout, []*int{nil}, 15},
		{DefaultShutdownTimeout, []*int{n(10), n(11), nil}, 16},
		{DefaultShutdownTimeout, []*int{n(60), n(1)}, 65},
		{DefaultShutdownTimeout, []*int{n(60), n(-1), n(3)}, -1},
		{-1, []*int{n(60)}, -1},
		{0, []*int{n(0)}, 5},
	} {
		if got := ShutdownTimeout(test.shutdown, DefaultStopTimeout, test.own); got != test.want {
			t.Errorf("%+v: got %d", test, got)
		}
	}
	if got := ShutdownTimeout(0, -1, []*int{nil}); got != -1 {
		t.Errorf("got %d, want -1", got)
	}
	const most = int(^uint(0) >> 1)
	if got := ShutdownTimeout(0, most, []*int{nil}); got != most {
		t.Errorf("got %d, want %d", got, most)
	}
}
