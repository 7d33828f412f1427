package engine

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
)

// The waits of a program that fails at once: 100 ms, doubled, 60 s at most (Moby daemon/internal/restartmanager).
func TestGoldenWaits(t *testing.T) {
	m, err := NewRestartManager(RestartPolicy{Name: Always}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []time.Duration{100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 60_000, 60_000} {
		wait, restart, err := m.ShouldRestart(0, false, time.Second)
		if err != nil || !restart || wait != want*time.Millisecond {
			t.Errorf("restart %d: got %s, %t (%v), want %d ms", i+1, wait, restart, err, want)
		}
		if err := m.WaitOver(); err != nil {
			t.Error(err)
		}
	}
	// TestRestartManagerTimeoutReset of Moby: after a run of 10 s it is 100 ms again, and not after one that is a little shorter.
	if wait, _, _ := m.ShouldRestart(0, false, LongRun-1); wait != LimitWait {
		t.Errorf("got %s, want %s", wait, LimitWait)
	}
	_ = m.WaitOver()
	if wait, _, _ := m.ShouldRestart(0, false, LongRun); wait != FirstWait {
		t.Errorf("got %s, want %s", wait, FirstWait)
	}
}

// The wait is 100 ms times a power of two: that of the number of runs since the last one of 10 s, cut at 60 s.
func TestWaitsByCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, err := NewRestartManager(RestartPolicy{Name: Always}, 0)
		if err != nil {
			t.Fatal(err)
		}
		since := 0
		for _, ran := range rapid.SliceOfN(rapid.SampledFrom([]time.Duration{0, time.Second, LongRun - 1, LongRun, time.Hour}), 0, 40).Draw(t, "runs") {
			since++
			if ran >= 10*time.Second {
				since = 1
			}
			want := int64(60_000)
			if since <= 10 {
				want = 100 << (since - 1)
			}
			wait, _, err := m.ShouldRestart(1, false, ran)
			if err != nil || wait.Milliseconds() != want {
				t.Fatalf("%d runs since: got %s (%v), want %d ms", since, wait, err, want)
			}
			if err := m.WaitOver(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// What each policy decides (Moby daemon/internal/restartmanager, ShouldRestart; docs.docker.com, Restart policies).
func TestDecisions(t *testing.T) {
	for _, test := range []struct {
		policy                         RestartPolicy
		count                          int
		clean, failed, stopped, killed bool // ended with 0, with 1, with 0 and stopped by its user, with 137 and stopped by its user
	}{
		{RestartPolicy{Name: No}, 0, false, false, false, false},
		{RestartPolicy{}, 0, false, false, false, false},
		{RestartPolicy{Name: Always}, 0, true, true, true, true},
		{RestartPolicy{Name: Always}, 1_000_000, true, true, true, true},
		{RestartPolicy{Name: UnlessStopped}, 0, true, true, false, false},
		{RestartPolicy{Name: OnFailure}, 1_000_000, false, true, false, true},
		{RestartPolicy{OnFailure, 5}, 4, false, true, false, true},
		{RestartPolicy{OnFailure, 5}, 5, false, false, false, false},
	} {
		for _, end := range []struct {
			code    int
			stopped bool
			want    bool
		}{{0, false, test.clean}, {1, false, test.failed}, {0, true, test.stopped}, {137, true, test.killed}} {
			m, err := NewRestartManager(test.policy, test.count)
			if err != nil {
				t.Fatal(err)
			}
			_, got, err := m.ShouldRestart(end.code, end.stopped, 0)
			if err != nil || got != end.want {
				t.Errorf("%+v after %d restarts, ended with %+v: got %t (%v)", test.policy, test.count, end, got, err)
			}
			m.Cancel()
			if _, restart, err := m.ShouldRestart(1, false, 0); restart || !test.policy.none() && !errors.Is(err, ErrRestartCanceled) {
				t.Errorf("%+v, cancelled: got %t (%v)", test.policy, restart, err)
			}
		}
	}
	m, _ := NewRestartManager(RestartPolicy{Name: Always}, 0)
	_, _, _ = m.ShouldRestart(0, false, 0)
	if _, restart, err := m.ShouldRestart(0, false, 0); restart || !errors.Is(err, model.ErrRefused) {
		t.Errorf("asked while it waits: got %t (%v)", restart, err)
	}
	if err := (&RestartManager{}).WaitOver(); !errors.Is(err, model.ErrRefused) {
		t.Errorf("no wait: got %v", err)
	}
	if _, err := NewRestartManager(RestartPolicy{}, -1); err == nil {
		t.Error("want an error for -1 restarts")
	}
}

// Which policies there are: moby/api v1.56.1, types/container/hostconfig_test.go, TestValidateRestartPolicy; AutoRemove goes with none.
func TestPolicies(t *testing.T) {
	for _, test := range []struct {
		policy RestartPolicy
		ok     bool
	}{
		{RestartPolicy{}, true},
		{RestartPolicy{"", 1}, true}, // as older versions wrote it
		{RestartPolicy{No, 0}, true},
		{RestartPolicy{Always, 0}, true},
		{RestartPolicy{UnlessStopped, 0}, true},
		{RestartPolicy{OnFailure, 0}, true},
		{RestartPolicy{OnFailure, 123}, true},
		{RestartPolicy{No, 1}, false},
		{RestartPolicy{Always, 123}, false},
		{RestartPolicy{UnlessStopped, -123}, false},
		{RestartPolicy{OnFailure, -1}, false},
		{RestartPolicy{"sometimes", 0}, false},
	} {
		var c Container
		err := c.Create(Config{Restart: test.policy})
		var refusal *Refusal
		if test.ok != (err == nil) || err != nil && (!errors.As(err, &refusal) || refusal.Code != BadParameter || c.Exists) {
			t.Errorf("%+v: got %v", test.policy, err)
		}
		var auto Container
		if got := auto.Create(Config{Restart: test.policy, AutoRemove: true}) == nil; got != (test.ok && test.policy.none()) {
			t.Errorf("%+v with AutoRemove: got %t", test.policy, got)
		}
	}
}

// must ends a test where a step is refused.
func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// run makes and starts a container.
func run(t testing.TB, e *Engine, name string, policy RestartPolicy) {
	t.Helper()
	must(t, e.Call(name, func(c *Container) error { return c.Create(Config{Restart: policy}) }), start(e, name))
}

func start(e *Engine, name string) error {
	return e.Call(name, func(c *Container) error { return c.Start(Started) })
}

// settle takes every step that is left to the engine and the kernel, until nothing is.
func settle(e *Engine) {
	for moved := true; moved; {
		moved = false
		for _, name := range append(e.Names(), e.undecided...) {
			for _, step := range []func() error{
				func() error { return e.GraceOver(name) },
				func() error { return e.Reap(name, 0) },
				func() error { return e.Work(name, (*Container).GiveUp) },
				func() error { return e.Work(name, func(c *Container) error { return c.Retry(Started) }) },
				func() error { return e.Work(name, (*Container).MarkDead) },
				func() error { return e.Work(name, func(c *Container) error { return c.Delete(false) }) },
				func() error { return e.Decide(name, Started) },
			} {
				moved = step() == nil || moved
			}
		}
	}
}

// away shuts the daemon down, or lets it crash, and boots it.
func away(t testing.TB, e *Engine, crash bool) {
	t.Helper()
	if crash {
		must(t, e.Crash())
	} else {
		must(t, e.Shutdown())
		settle(e)
		must(t, e.ShutDown())
	}
	must(t, e.Boot())
	settle(e)
	if e.Phase() != Up {
		t.Fatalf("got %s, want %s", e.Phase(), Up)
	}
}

// TestDaemonRestartUnlessStopped of Moby (integration-cli/docker_cli_daemon_test.go, issue 11008), step by step.
func TestUnlessStopped(t *testing.T) {
	e := NewEngine(Moby())
	run(t, e, "top1", RestartPolicy{Name: Always})
	run(t, e, "top2", RestartPolicy{Name: UnlessStopped})
	run(t, e, "exit", RestartPolicy{Name: UnlessStopped})
	must(t, e.Exit("exit", 1, 0))
	running := func(when string, want map[string]bool) {
		t.Helper()
		for name, w := range want {
			if got := e.Container(name).Running; got != w {
				t.Errorf("%s: %s runs: got %t, want %t", when, name, got, w)
			}
		}
	}
	running("at first", map[string]bool{"top1": true, "top2": true, "exit": true})
	for _, name := range e.Names() {
		must(t, e.Call(name, (*Container).Stop))
	}
	settle(e)
	running("stopped", map[string]bool{"top1": false, "top2": false, "exit": false})
	away(t, e, false)
	running("after daemon restart", map[string]bool{"top1": true, "top2": false, "exit": false})
	must(t, start(e, "top2"), start(e, "exit"))
	away(t, e, false)
	running("after second daemon restart", map[string]bool{"top1": true, "top2": true, "exit": true})
}

// TestDaemonRestartKillContainers of Moby (integration/container/restart_test.go): what runs after the daemon was stopped or killed.
func TestAfterDaemonRestart(t *testing.T) {
	for _, test := range []struct {
		name                   string
		policy                 RestartPolicy
		started, running, live bool
	}{
		{"container without restart policy", RestartPolicy{}, true, false, true},
		{"container with restart=always", RestartPolicy{Name: Always}, true, true, true},
		{"container created should not be restarted", RestartPolicy{Name: Always}, false, false, false},
	} {
		for _, live := range []bool{false, true} {
			for _, crash := range []bool{false, true} {
				options := Moby()
				options.LiveRestore = live
				e := NewEngine(options)
				must(t, e.Call(web, func(c *Container) error { return c.Create(Config{Restart: test.policy}) }))
				if test.started {
					must(t, start(e, web))
				}
				away(t, e, crash)
				want := test.running
				if live {
					want = test.live
				}
				if got := e.Container(web); got.Running != want {
					t.Errorf("%s, live-restore %t, killed %t: got %s, want running %t", test.name, live, crash, got.State(), want)
				}
			}
		}
	}
}

// What is told of the policies beside their tests: on-failure is started at boot after docker stop (moby issue 35166); SIGHUP by docker
// kill disables unless-stopped, and always where no stop signal is set (moby pull request 53415; daemon/kill.go); a container that
// was killed by a daemon that came back after a crash counts as stopped by its user (daemon/daemon.go, restore).
func TestWhatDisablesPolicies(t *testing.T) {
	for _, name := range []PolicyName{Always, UnlessStopped, OnFailure} {
		for _, stopSignal := range []string{"", "QUIT"} {
			e := NewEngine(Moby())
			must(t, e.Call(web, func(c *Container) error {
				return c.Create(Config{Restart: RestartPolicy{Name: name}, StopSignal: stopSignal})
			}), start(e, web), e.Call(web, func(c *Container) error { return c.Send("HUP") }), e.Exit(web, 1, 0))
			want := stopSignal != "" && name != UnlessStopped
			if got := e.Container(web).Restarting; got != want {
				t.Errorf("%s with stop signal %q, after HUP and a crash: got restarting %t, want %t", name, stopSignal, got, want)
			}
		}
	}
	for _, option := range []bool{false, true} {
		options := Options{FailedAtBoot: option, MarksStopped: option}
		e := NewEngine(options)
		run(t, e, "failed", RestartPolicy{Name: OnFailure})
		must(t, e.Call("failed", (*Container).Stop))
		settle(e)
		run(t, e, "crashed", RestartPolicy{Name: UnlessStopped})
		away(t, e, true)
		if failed, crashed := e.Container("failed").Running, e.Container("crashed").Running; failed != option || crashed == option {
			t.Errorf("%+v: got running %t and %t", options, failed, crashed)
		}
	}
}

// A removal that the daemon's crash interrupts (Moby daemon/delete.go, daemon.go restore).
func TestInterruptedRemoval(t *testing.T) {
	for _, test := range []struct {
		marked, persists bool
		want             Status
	}{{false, false, Running}, {false, true, Dead}, {true, false, Dead}, {true, true, Dead}} {
		e := NewEngine(Options{PersistsRemoval: test.persists})
		run(t, e, web, RestartPolicy{Name: Always})
		must(t, e.Call(web, func(c *Container) error { return c.Remove(true) }), e.Reap(web, 0))
		if test.marked {
			must(t, e.Work(web, (*Container).MarkDead))
		}
		away(t, e, true)
		if got := e.Container(web).State(); got != test.want {
			t.Errorf("%+v: got %s", test, got)
		}
	}
}

// AutoRemove across a daemon that is away (moby integration/daemon/daemon_test.go, testLiveRestoreAutoRemove).
func TestAutoRemove(t *testing.T) {
	for _, test := range []struct{ live, ends, want bool }{{false, false, false}, {true, false, true}, {true, true, false}, {false, true, false}} {
		e := NewEngine(Options{LiveRestore: test.live})
		must(t, e.Call(web, func(c *Container) error { return c.Create(Config{AutoRemove: true}) }), start(e, web), e.Crash())
		if test.ends {
			must(t, e.Exit(web, 0, time.Hour))
		}
		must(t, e.Boot())
		settle(e)
		if got := e.Container(web).Exists; got != test.want {
			t.Errorf("%+v: got %t", test, got)
		}
	}
}

// A daemon that does not serve answers nobody, and one that is down does nothing; exit codes are those of the engine.
func TestEngineRefuses(t *testing.T) {
	e := NewEngine(Moby())
	run(t, e, web, RestartPolicy{Name: OnFailure})
	for name, err := range map[string]error{
		"unknown":     e.Call("nobody", (*Container).Stop),
		"exit":        e.Exit("nobody", 0, 0),
		"shut down":   e.ShutDown(),
		"boot":        e.Boot(),
		"decide":      e.Decide(web, Started),
		"retry":       e.Work(web, func(c *Container) error { return c.Retry(Started) }),
		"grace":       e.GraceOver(web),
		"mark":        e.Work(web, (*Container).MarkDead),
		"delete":      e.Work(web, func(c *Container) error { return c.Delete(false) }),
		"wait":        e.Work(web, (*Container).WaitOver),
		"give up":     e.Work(web, (*Container).GiveUp),
		"signal":      e.Call(web, func(c *Container) error { return c.Send("BANANA") }),
		"stop signal": e.Call("other", func(c *Container) error { return c.Create(Config{StopSignal: "BANANA"}) }),
		"send nobody": e.Call("nobody", func(c *Container) error { return c.Send("HUP") }),
	} {
		if !errors.Is(err, model.ErrRefused) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	for _, err := range []error{
		e.Exit(web, 256, 0), e.Exit(web, -1, 0), e.Exit(web, 0, -1), e.Reap(web, -1), e.Decide(web, 9),
		e.Work(web, func(c *Container) error { return c.Retry(9) }),
	} {
		if err == nil || errors.Is(err, model.ErrRefused) {
			t.Errorf("got %v, want an error that is no refusal", err)
		}
	}
	if err := e.Call(web, nil); err == nil || errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v, want an error for no operation", err)
	}
	must(t, new(Engine).Call(web, create), new(Engine).Crash())
	must(t, e.Crash())
	for _, err := range []error{start(e, "other"), e.Work(web, (*Container).OutOfMemory), e.Crash(), e.Shutdown()} {
		if !errors.Is(err, model.ErrRefused) {
			t.Errorf("down: got %v, want a refusal", err)
		}
	}
	must(t, e.Boot())
	if got := e.Container(web); got.Signal != StopSignal {
		t.Errorf("got signal %s, want %s", got.Signal, StopSignal)
	}
	settle(e)
	got := e.Container(web)
	if got.State() != Running || got.ExitCode != 0 || got.ManuallyStopped {
		t.Errorf("got %s with code %d, want a container that on-failure started at boot", got.State(), got.ExitCode)
	}
	must(t, e.Call(web, (*Container).Kill), e.Reap(web, 0))
	if code := e.Container(web).ExitCode; code != KilledCode {
		t.Errorf("got %d, want %d", code, KilledCode)
	}
	must(t, e.Call(web, func(c *Container) error { return c.Start(TaskFailed) }))
	if code := e.Container(web).ExitCode; code != CommandNotFound {
		t.Errorf("got %d, want %d", code, CommandNotFound)
	}
	must(t, e.Call("new", create), e.Call("new", func(c *Container) error { return c.Start(NetworkFailed) }))
	if code := e.Container("new").ExitCode; code != UnknownFailure {
		t.Errorf("got %d, want %d", code, UnknownFailure)
	}
	must(t, start(e, "new"), e.Exit("new", 3, 0), e.Call("new", func(c *Container) error { return c.Start(NetworkFailed) }))
	if code := e.Container("new").ExitCode; code != 3 {
		t.Errorf("got %d, want the code of its last end", code)
	}
	run(t, e, "lost", RestartPolicy{Name: Always})
	must(t, e.Exit("lost", 0, 0), e.Crash(), e.Boot())
	if c := e.Container("lost"); c.ExitCode != LostCode || c.Running {
		t.Errorf("got code %d, want %d: it was restarting", c.ExitCode, LostCode)
	}
}

// Containers do not get into each other's way, and what is refused changes nothing, on any run of an engine with three.
func TestAnyRunOfEngine(t *testing.T) {
	names := []string{"a", "b", "c"}
	rapid.Check(t, func(t *rapid.T) {
		e := NewEngine(Options{
			LiveRestore: rapid.Bool().Draw(t, "live"), MarksStopped: rapid.Bool().Draw(t, "marks"),
			FailedAtBoot: rapid.Bool().Draw(t, "failed"), PersistsRemoval: rapid.Bool().Draw(t, "persists"),
		})
		for range rapid.IntRange(0, 80).Draw(t, "steps") {
			name := rapid.SampledFrom(names).Draw(t, "name")
			before := show(e, names)
			var err error
			all := false // steps of the daemon change many containers
			switch n := rapid.IntRange(0, 9).Draw(t, "kind"); {
			case n < 5:
				op := rapid.SampledFrom(operations).Draw(t, "operation")
				err = e.Call(name, op.do)
			case n < 7:
				work := rapid.SampledFrom([]string{"wait over", "give up", "retry", "retry, no task", "delete", "delete fails"}).Draw(t, "work")
				err = e.Work(name, operation(t, work))
			case n == 7:
				err = e.Exit(name, 1, 0)
			case n == 8:
				err = e.Decide(name, Started)
			default:
				all = true
				steps := []func(*Engine) error{(*Engine).Shutdown, (*Engine).ShutDown, (*Engine).Crash, (*Engine).Boot}
				err = rapid.SampledFrom(steps).Draw(t, "daemon")(e)
			}
			after := show(e, names)
			for i, other := range names {
				if before[i] != after[i] && (err != nil || other != name && !all) {
					t.Fatalf("a step of %s (%v) led %s from %+v to %+v", name, err, other, before[i], after[i])
				}
				c := e.Container(other)
				if !c.Running && (c.Paused || c.Restarting || c.Process != Gone) || c.Restarting && (c.Paused || c.Process != Gone) || c.Dead && c.Running {
					t.Fatalf("got %+v", c)
				}
				if c.Signal != NoSignal && e.Phase() != Down && !c.manager.Canceled() {
					t.Fatalf("%s is sent %s, and its policy is not cancelled", other, c.Signal)
				}
			}
		}
		for range 2 { // wherever it is, the daemon can be brought up, and a container got rid of
			settle(e)
			_ = e.ShutDown()
			_ = e.Boot()
		}
		settle(e)
		if e.Phase() != Up || len(e.undecided) > 0 {
			t.Fatalf("got %s", e.Phase())
		}
	})
}

func show(e *Engine, names []string) []Container {
	var out []Container
	for _, n := range names {
		out = append(out, e.Container(n))
	}
	return out
}
