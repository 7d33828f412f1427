package engine

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// operations are the operations of a container, by name; those of the kernel and the process among them.
var operations = []struct {
	name string
	do   func(*Container) error
}{
	{"create", create},
	{"create --rm", func(c *Container) error { return c.Create(Config{AutoRemove: true}) }},
	{"create always", func(c *Container) error { return c.Create(Config{Restart: RestartPolicy{Name: Always}}) }},
	{"wait over", (*Container).WaitOver},
	{"give up", (*Container).GiveUp},
	{"retry", func(c *Container) error { return c.Retry(Started) }},
	{"retry, no task", func(c *Container) error { return c.Retry(TaskFailed) }},
	{"HUP", func(c *Container) error { return c.Send("HUP") }},
	{"start", func(c *Container) error { return c.Start(Started) }},
	{"start, no network", func(c *Container) error { return c.Start(NetworkFailed) }},
	{"start, no task", func(c *Container) error { return c.Start(TaskFailed) }},
	{"pause", (*Container).Pause},
	{"unpause", (*Container).Unpause},
	{"stop", (*Container).Stop},
	{"kill", (*Container).Kill},
	{"rm", func(c *Container) error { return c.Remove(false) }},
	{"rm -f", func(c *Container) error { return c.Remove(true) }},
	{"exit", exit},
	{"grace over", (*Container).GraceOver},
	{"reap", reap},
	{"delete", remove(false)},
	{"delete fails", remove(true)},
}

func operation(t interface{ Fatalf(string, ...any) }, name string) func(*Container) error {
	for _, op := range operations {
		if op.name == name {
			return op.do
		}
	}
	t.Fatalf("no operation %q", name)
	return nil
}

// The answers of the engine to what users ask, after what was done before: 0 is success. From Moby's daemon, as cited in
// container.go.
func TestAnswers(t *testing.T) {
	for _, test := range []struct {
		before []string
		op     string
		code   int
		want   Status
	}{
		{nil, "start", NotFound, Absent},
		{nil, "rm -f", NotFound, Absent},
		{nil, "create", 0, Created},
		{[]string{"create"}, "create", Conflict, Created},
		{[]string{"create"}, "pause", Conflict, Created},
		{[]string{"create"}, "stop", NotModified, Created},
		{[]string{"create"}, "kill", Conflict, Created},
		{[]string{"create"}, "start, no network", 0, Created},
		{[]string{"create"}, "start, no task", 0, Created}, // docker run alpine nosuch
		{[]string{"create", "start, no task"}, "start", 0, Running},
		{[]string{"create", "start", "exit"}, "start, no task", 0, Exited},
		{[]string{"create", "start", "exit"}, "start, no network", 0, Exited},
		{[]string{"create", "start", "exit", "rm", "delete", "create"}, "start, no task", 0, Created},
		{[]string{"create"}, "start", 0, Running},
		{[]string{"create", "start"}, "start", NotModified, Running},
		{[]string{"create"}, "unpause", ServerError, Created},
		{[]string{"create", "start"}, "unpause", ServerError, Running},
		{[]string{"create", "start"}, "rm", Conflict, Running},
		{[]string{"create", "start"}, "exit", 0, Exited},
		{[]string{"create", "start", "pause"}, "start", Conflict, Paused},
		{[]string{"create", "start", "pause"}, "pause", Conflict, Paused},
		{[]string{"create", "start", "pause"}, "rm", Conflict, Paused},
		{[]string{"create", "start", "pause"}, "exit", Conflict, Paused},
		{[]string{"create", "start", "pause"}, "stop", 0, Running},
		{[]string{"create", "start", "pause"}, "rm -f", 0, Running},
		{[]string{"create", "start", "pause", "stop"}, "grace over", 0, Running},
		{[]string{"create", "start", "kill"}, "pause", Conflict, Running},
		{[]string{"create", "start", "kill"}, "exit", Conflict, Running},
		{[]string{"create", "start", "kill", "stop"}, "exit", Conflict, Running}, // a stop does not take a kill back
		{[]string{"create", "start", "kill"}, "reap", 0, Exited},
		{[]string{"create", "start", "rm -f"}, "delete", Conflict, Running},
		{[]string{"create", "start", "rm -f"}, "rm -f", Conflict, Running},
		{[]string{"create", "start", "rm -f", "reap"}, "start", Conflict, Removing},
		{[]string{"create", "start", "rm -f", "reap"}, "delete", 0, Absent},
		{[]string{"create", "start", "exit"}, "start", 0, Running},
		{[]string{"create", "rm"}, "delete fails", 0, Dead},
		{[]string{"create", "rm", "delete fails"}, "start", Conflict, Dead},
		{[]string{"create", "rm", "delete fails", "rm"}, "delete", 0, Absent},
		{[]string{"create", "rm"}, "rm", Conflict, Removing},
		{[]string{"create always", "start", "exit"}, "start", NotModified, Restarting},
		{[]string{"create always", "start", "exit"}, "pause", Conflict, Restarting},
		{[]string{"create always", "start", "exit"}, "unpause", ServerError, Restarting},
		{[]string{"create always", "start", "exit"}, "rm", Conflict, Restarting},
		{[]string{"create always", "start", "exit"}, "wait over", 0, Restarting},
		{[]string{"create always", "start", "exit", "wait over"}, "retry", 0, Running},
		{[]string{"create always", "start", "exit", "wait over"}, "retry, no task", 0, Exited}, // and not again
		{[]string{"create always", "start", "exit", "stop"}, "give up", 0, Exited},
		{[]string{"create always", "start", "exit", "wait over", "stop"}, "give up", Conflict, Restarting}, // too late
		{[]string{"create always", "start", "exit", "rm -f", "give up"}, "delete", 0, Absent},
		{[]string{"create always", "start", "exit", "wait over", "rm -f"}, "retry", 0, Removing},
		{[]string{"create always", "start", "pause"}, "HUP", 0, Running}, // no stop signal is set: it thaws
		{[]string{"create always", "start", "HUP"}, "exit", 0, Exited},
		{[]string{"create"}, "HUP", Conflict, Created},
		{[]string{"create --rm", "start"}, "exit", 0, Removing},
		{[]string{"create --rm"}, "start, no network", 0, Removing},
	} {
		var c Container
		for _, op := range test.before {
			if err := operation(t, op)(&c); err != nil {
				t.Fatalf("%q: %s: %v", test.before, op, err)
			}
		}
		got := 0
		if err := operation(t, test.op)(&c); err != nil {
			var refusal *Refusal
			if !errors.As(err, &refusal) {
				t.Fatalf("%q, then %s: got %v, want a refusal", test.before, test.op, err)
			}
			got = refusal.Code
		}
		if got != test.code || c.State() != test.want {
			t.Errorf("%q, then %s: got %d and %s, want %d and %s", test.before, test.op, got, c.State(), test.code, test.want)
		}
	}
}

// What the flags say together, and what is held by them, on any run; a refused operation changes nothing.
func TestFlagsOnAnyRun(t *testing.T) {
	held := map[Status]Resources{
		Created: HeldLayer, Exited: HeldLayer, Dead: HeldLayer, Removing: HeldLayer, Restarting: HeldLayer,
		Running: HeldLayer | Sandbox, Paused: HeldLayer | Sandbox,
	}
	rapid.Check(t, func(t *rapid.T) {
		var c Container
		ran := false
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			op := rapid.SampledFrom(operations).Draw(t, "operation")
			before := c
			if err := op.do(&c); err != nil && c != before {
				t.Fatalf("%s was refused (%v) but led from %+v to %+v", op.name, err, before, c)
			}
			s := c.State()
			if c.Held != held[s] {
				t.Fatalf("after %s: %s holds %s, want %s", op.name, s, c.Held, held[s])
			}
			if c.Signal != NoSignal && !(c.Running && c.manager.Canceled()) {
				t.Fatalf("after %s: signal %s for a container that is %s", op.name, c.Signal, s)
			}
			if (c.Process == Alive) != (s == Running || s == Paused) {
				t.Fatalf("after %s: %s with its process %s", op.name, s, c.Process)
			}
			ran = (ran || s == Running) && s != Absent
			if c.Ran != ran || s == Created && ran || s == Exited && !ran {
				t.Fatalf("after %s: %+v, with a process so far: %t", op.name, c, ran)
			}
			if s == Absent && c != (Container{}) {
				t.Fatalf("after %s: an absent container leaves %+v behind", op.name, c)
			}
		}
	})
}

// From wherever a container is, rm -f and the engine's own steps get rid of it.
func TestForcedRemovalEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c Container
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			_ = rapid.SampledFrom(operations).Draw(t, "operation").do(&c) // a refusal is as good as a step here
		}
		_ = c.Retry(Started) // refused unless that is due
		_ = c.Remove(true)   // refused when absent, or when a removal is under way
		_ = c.Kill()         // a removal that began without a process lets none begin
		_ = reap(&c)
		_ = c.GiveUp()
		_ = remove(false)(&c)
		if c != (Container{}) {
			t.Fatalf("got %+v, want nothing left", c)
		}
	})
}

// An outcome that there is not is an error in any state, and no answer of the engine.
func TestUnknownOutcome(t *testing.T) {
	var created Container
	if err := created.Create(Config{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []Container{{}, created} {
		before := c
		var refusal *Refusal
		if err := c.Start(9); err == nil || errors.As(err, &refusal) || c != before {
			t.Errorf("got %v and %+v, want an error that is no refusal and %+v", err, c, before)
		}
	}
}

// A signal is the same by its name, with SIG before it, as Dockerfiles write it, and by its number; none is SIGKILL.
func TestSendBySpelling(t *testing.T) {
	for _, text := range []string{"KILL", "SIGKILL", "sigkill", "9", ""} {
		var c Container
		err := errors.Join(c.Create(Config{StopSignal: "TERM"}), c.Start(Started), c.Send(text), c.Reap(0))
		if err != nil || c.State() != Exited || c.ExitCode != KilledCode {
			t.Errorf("%q: got %v and a container that is %s with code %d", text, err, c.State(), c.ExitCode)
		}
	}
	for stop, cancels := range map[string]bool{"SIGQUIT": true, "quit": true, "3": true, "SIGTERM": false, "": true} {
		var c Container
		err := errors.Join(c.Create(Config{Restart: RestartPolicy{Name: Always}, StopSignal: stop}), c.Start(Started), c.Send("QUIT"))
		if err != nil || c.manager.Canceled() != cancels {
			t.Errorf("stop signal %q: got %v, cancelled %t, want %t", stop, err, c.manager.Canceled(), cancels)
		}
	}
}
