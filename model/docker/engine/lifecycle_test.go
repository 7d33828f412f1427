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
	{"create", (*Container).Create},
	{"start", func(c *Container) error { return c.Start(Started) }},
	{"start, no network", func(c *Container) error { return c.Start(NetworkFailed) }},
	{"start, no task", func(c *Container) error { return c.Start(TaskFailed) }},
	{"pause", (*Container).Pause},
	{"unpause", (*Container).Unpause},
	{"stop", (*Container).Stop},
	{"kill", (*Container).Kill},
	{"rm", func(c *Container) error { return c.Remove(false) }},
	{"rm -f", func(c *Container) error { return c.Remove(true) }},
	{"exit", (*Container).Exit},
	{"grace over", (*Container).GraceOver},
	{"reap", (*Container).Reap},
	{"delete", func(c *Container) error { return c.Delete(false) }},
	{"delete fails", func(c *Container) error { return c.Delete(true) }},
}

func operation(t testing.TB, name string) func(*Container) error {
	t.Helper()
	for _, op := range operations {
		if op.name == name {
			return op.do
		}
	}
	t.Fatalf("no operation %q", name)
	return nil
}

// The answers of the engine to what users ask, after what was done before: 0 is success. From Moby's daemon, as cited in
// lifecycle.go.
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
		{[]string{"create", "start", "rm -f", "reap"}, "start", Conflict, Exited},
		{[]string{"create", "start", "rm -f", "reap"}, "delete", 0, Absent},
		{[]string{"create", "start", "exit"}, "start", 0, Running},
		{[]string{"create", "rm"}, "delete fails", 0, Dead},
		{[]string{"create", "rm", "delete fails"}, "start", Conflict, Dead},
		{[]string{"create", "rm", "delete fails", "rm"}, "delete", 0, Absent},
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
		if got != test.code || c.Status != test.want {
			t.Errorf("%q, then %s: got %d and %s, want %d and %s", test.before, test.op, got, c.Status, test.code, test.want)
		}
	}
}

// What is held follows from the status, on any run; a refused operation changes nothing.
func TestHeldFollowsStatus(t *testing.T) {
	held := map[Status]Resources{
		Created: HeldLayer, Exited: HeldLayer, Dead: HeldLayer,
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
			if c.Held != held[c.Status] {
				t.Fatalf("after %s: %s holds %s, want %s", op.name, c.Status, c.Held, held[c.Status])
			}
			if c.Signal != NoSignal && !c.Status.Live() {
				t.Fatalf("after %s: signal %s for a container that is %s", op.name, c.Signal, c.Status)
			}
			ran = (ran || c.Status == Running) && c.Status != Absent
			if c.Ran != ran || c.Status == Created && ran || c.Status == Exited && !ran {
				t.Fatalf("after %s: %+v, with a process so far: %t", op.name, c, ran)
			}
			if c.Status == Absent && c != (Container{}) {
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
		_ = c.Remove(true) // refused when absent, or when a removal is under way
		_ = c.Kill()       // a removal that began without a process lets none begin
		_ = c.Reap()
		_ = c.Delete(false)
		if c != (Container{}) {
			t.Fatalf("got %+v, want nothing left", c)
		}
	})
}

// An outcome that there is not is an error in any state, and no answer of the engine.
func TestUnknownOutcome(t *testing.T) {
	for _, c := range []Container{{}, {Status: Created, Held: HeldLayer}} {
		before := c
		var refusal *Refusal
		if err := c.Start(9); err == nil || errors.As(err, &refusal) || c != before {
			t.Errorf("got %v and %+v, want an error that is no refusal and %+v", err, c, before)
		}
	}
}
