package engine

import (
	"fmt"
	"strings"

	"github.com/bulkheadlang/bulkhead/model"
)

// Status is the state of a container as `docker ps -a` words it (Moby daemon/container/state.go), and Absent.
type Status uint8

// The states. Moby's restarting is left out: no restart policy is modelled. Its removing is Container.Removing here,
// because a container that is being removed by force still runs.
const (
	Absent Status = iota
	Created
	Running
	Paused
	Exited
	Dead // a removal failed half-way
)

var statusNames = [...]string{"absent", "created", "running", "paused", "exited", "dead"}

// String gives the spelling of Moby and of the models.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return fmt.Sprintf("status(%d)", uint8(s))
}

// Live tells whether the container has a process: Running or Paused.
func (s Status) Live() bool { return s == Running || s == Paused }

// Resources is a set of things of the host that a container holds.
type Resources uint8

// The resources, in the order in which the engine takes them.
const (
	HeldLayer      Resources = 1 << iota // the writable layer and the name; from create to rm
	HeldNetwork                          // the endpoint with its address; while there is a process
	HeldNamespaces                       // the namespaces of its own; while there is a process
	HeldCgroup                           // the control group; while there is a process
)

// Sandbox is what exists exactly while a container has a process.
const Sandbox = HeldNetwork | HeldNamespaces | HeldCgroup

var resourceNames = [...]string{"layer", "network", "namespaces", "cgroup"}

// Names lists the members in the order of declaration, in the spelling of the models.
func (r Resources) Names() []string {
	var out []string
	for i, name := range resourceNames {
		if r&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// String gives the members in braces.
func (r Resources) String() string { return "{" + strings.Join(r.Names(), ", ") + "}" }

// Signal is a signal that was sent and has not ended the container yet.
type Signal uint8

// The signals.
const (
	NoSignal   Signal = iota
	StopSignal        // the stop signal, SIGTERM unless configured; the process may take its time or ignore it
	KillSignal        // SIGKILL
)

var signalNames = [...]string{"no", "stop", "kill"}

// String gives the spelling of the models.
func (s Signal) String() string {
	if int(s) < len(signalNames) {
		return signalNames[s]
	}
	return fmt.Sprintf("signal(%d)", uint8(s))
}

// Container is the life of one container, without what it runs. The zero Container is absent and holds nothing.
//
// Each operation is one step, because Moby holds the container's lock through it; stop and forced removal are several
// steps, because it does not hold the lock while it waits for the process to end. No restart policy and no --rm.
type Container struct {
	Status   Status
	Held     Resources
	Signal   Signal
	Removing bool // a removal is under way (Moby RemovalInProgress)
	Ran      bool // it has had a process: Moby's StartedAt is set, which only SetRunning does
}

// Refusal is the answer of the engine to an operation that the container's state does not allow. It had no effect.
type Refusal struct {
	Code   int // of the HTTP API: 304 not modified, 404 not found, 409 conflict, 500 an error without a class
	Reason string
}

// Error gives the code and the reason.
func (r *Refusal) Error() string { return fmt.Sprintf("%d: %s", r.Code, r.Reason) }

// Unwrap is model.ErrRefused.
func (r *Refusal) Unwrap() error { return model.ErrRefused }

// The codes of Refusal.
const (
	NotModified = 304
	NotFound    = 404
	Conflict    = 409
	ServerError = 500 // what Moby answers for an error that it gives no class
)

func refuse(code int, format string, args ...any) error {
	return &Refusal{Code: code, Reason: fmt.Sprintf(format, args...)}
}

// StartOutcome is how a start ends.
type StartOutcome uint8

// The outcomes.
const (
	Started       StartOutcome = iota
	NetworkFailed              // before the runtime was asked
	TaskFailed                 // the runtime could not create or start the process, as for a program that is not there
)

var outcomeNames = [...]string{"started", "networkFailed", "taskFailed"}

// String gives the spelling of the models.
func (o StartOutcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("outcome(%d)", uint8(o))
}

// Create makes the container with its writable layer; no process and no namespaces yet (Moby daemon/create.go). The name
// must be free (runtime-spec, Create).
func (c *Container) Create() error {
	if c.Status != Absent {
		return refuse(Conflict, "the name is in use by a container that is %s", c.Status)
	}
	*c = Container{Status: Created, Held: HeldLayer}
	return nil
}

// Start takes the sandbox and runs the process; the outcome says how that went: 304 when running already, 409 when
// paused, dead or being removed (Moby daemon/start.go). A failure gives back whatever it had taken. It leaves a container
// that never ran created, and one that ran before exited, since Moby words a container without a process by whether
// StartedAt is set (container/state.go, State); of `docker run alpine nosuch`, `docker ps -a` says Created. The exit code
// that a failure leaves, such as 127, is not modelled. An outcome other than the three is a plain error, no Refusal.
func (c *Container) Start(outcome StartOutcome) error {
	if int(outcome) >= len(outcomeNames) {
		return fmt.Errorf("got %s, want one of %s", outcome, strings.Join(outcomeNames[:], ", "))
	}
	switch {
	case c.Status == Absent:
		return refuse(NotFound, "no such container")
	case c.Status == Paused:
		return refuse(Conflict, "cannot start a paused container, try unpause instead")
	case c.Status == Running:
		return refuse(NotModified, "already running")
	case c.Removing || c.Status == Dead:
		return refuse(Conflict, "cannot start a container that is being removed or dead")
	}
	switch {
	case outcome == Started:
		c.Held |= Sandbox
		c.Status = Running
		c.Ran = true
	case c.Ran:
		c.Status = Exited
	default:
		c.Status = Created
	}
	return nil
}

// Executes tells whether the processes of the container can take a step: the freezer holds those of a paused container,
// and a process with a SIGKILL pending does not return to user mode.
func (c *Container) Executes() bool { return c.Status == Running && c.Signal != KillSignal }

// Exit says that the process ended by itself, or because of the stop signal. The engine cleans up: all but the layer goes
// (Moby daemon/monitor.go, daemon/start.go Cleanup).
func (c *Container) Exit() error {
	if !c.Executes() {
		return refuse(Conflict, "a container that is %s with signal %s does not exit by itself", c.Status, c.Signal)
	}
	c.ended()
	return nil
}

func (c *Container) ended() {
	c.Status = Exited
	c.Signal = NoSignal
	c.Held &^= Sandbox
}

// Pause freezes the processes. It needs a running container (Moby daemon/pause.go). One with a SIGKILL pending is as good
// as gone and is refused.
func (c *Container) Pause() error {
	switch {
	case c.Status == Absent:
		return refuse(NotFound, "no such container")
	case c.Status == Paused:
		return refuse(Conflict, "already paused")
	case c.Status != Running:
		return refuse(Conflict, "cannot pause a container that is %s", c.Status)
	case c.Signal == KillSignal:
		return refuse(Conflict, "cannot pause a container that is being killed")
	}
	c.Status = Paused
	return nil
}

// Unpause lets the processes go on. For a container that is not paused Moby returns an error without a class, so its API
// answers 500 and not 409 (Moby daemon/unpause.go).
func (c *Container) Unpause() error {
	switch {
	case c.Status == Absent:
		return refuse(NotFound, "no such container")
	case c.Status != Paused:
		return refuse(ServerError, "not paused")
	}
	c.Status = Running
	return nil
}

// Stop sends the stop signal, and thaws a paused container so that it can act on it (Moby daemon/stop.go, kill.go). What
// follows is Exit, or GraceOver and Reap.
func (c *Container) Stop() error { return c.send(StopSignal, NotModified) }

// Kill sends SIGKILL, and thaws a paused container (Moby daemon/kill.go). Reap follows.
func (c *Container) Kill() error { return c.send(KillSignal, Conflict) }

func (c *Container) send(s Signal, whenNotLive int) error {
	switch {
	case c.Status == Absent:
		return refuse(NotFound, "no such container")
	case !c.Status.Live():
		return refuse(whenNotLive, "the container is %s, not running", c.Status)
	}
	c.Status = Running
	c.Signal = max(c.Signal, s)
	return nil
}

// GraceOver says that the time which Stop grants has passed: SIGKILL follows the stop signal (Moby daemon/stop.go; 10 s
// unless configured).
func (c *Container) GraceOver() error {
	if c.Signal != StopSignal {
		return refuse(Conflict, "no stop is under way")
	}
	return c.Kill()
}

// Reap says that SIGKILL ended the process. Unlike Exit it cannot be put off by the process.
func (c *Container) Reap() error {
	if c.Signal != KillSignal {
		return refuse(Conflict, "no kill is under way")
	}
	c.ended()
	return nil
}

// Remove begins a removal; with force, of a live container too, which it kills (Moby daemon/delete.go).
func (c *Container) Remove(force bool) error {
	switch {
	case c.Status == Absent:
		return refuse(NotFound, "no such container")
	case c.Removing:
		return refuse(Conflict, "removal is already in progress")
	case c.Status.Live() && !force:
		return refuse(Conflict, "the container is %s: stop it first or use force", c.Status)
	}
	if c.Status.Live() {
		if err := c.Kill(); err != nil {
			return err
		}
	}
	c.Removing = true
	return nil
}

// Delete ends a removal, once there is no process any more: it deletes the layer and the name. When that fails, the
// container is dead, and only another Remove helps (Moby daemon/delete.go).
func (c *Container) Delete(failed bool) error {
	switch {
	case !c.Removing:
		return refuse(Conflict, "no removal is under way")
	case c.Status.Live():
		return refuse(Conflict, "the process has not ended yet")
	}
	c.Removing = false
	if failed {
		c.Status = Dead
		return nil
	}
	*c = Container{}
	return nil
}
