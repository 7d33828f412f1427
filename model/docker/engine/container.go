package engine

import (
	"fmt"
	"strings"
	"time"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/linux/signal"
)

// Status is the state of a container as `docker ps -a` words it (Moby daemon/container/state.go, State), and Absent.
type Status uint8

// The states.
const (
	Absent Status = iota
	Created
	Running
	Paused
	Restarting // its policy waits to start it again
	Removing
	Exited
	Dead // a removal failed half-way
)

var statusNames = [...]string{"absent", "created", "running", "paused", "restarting", "removing", "exited", "dead"}

// String gives the spelling of Moby.
func (s Status) String() string { return name("status", statusNames[:], s) }

// Resources is a set of things of the host that a container holds.
type Resources uint8

// The resources, in the order in which the engine takes them.
const (
	HeldLayer      Resources = 1 << iota // the writable layer and the name; from create to rm
	HeldNetwork                          // the endpoint with its address; while there is a process
	HeldNamespaces                       // the namespaces of its own; while there is a process
	HeldCgroup                           // the control group; while there is a process
)

// Sandbox is what exists exactly while a container has a process, or had one when the daemon looked last.
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

// Signal is what the engine has sent and waits for.
type Signal uint8

// The signals.
const (
	NoSignal   Signal = iota
	StopSignal        // the stop signal, SIGTERM unless configured; the process may take its time or ignore it
	KillSignal        // SIGKILL
)

var signalNames = [...]string{"no", "stop", "kill"}

// String gives the spelling of the models.
func (s Signal) String() string { return name("signal", signalNames[:], s) }

// Process is what there is of a container's process.
type Process uint8

// The processes.
const (
	Gone  Process = iota
	Alive         // it may be frozen
	Ended         // while the daemon was down, so that the engine does not know yet
)

var processNames = [...]string{"gone", "alive", "ended"}

// String gives the spelling of the models.
func (p Process) String() string { return name("process", processNames[:], p) }

func name[T ~uint8](kind string, names []string, v T) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("%s(%d)", kind, uint8(v))
}

// Config is what is said of a container when it is created.
type Config struct {
	Restart    RestartPolicy
	AutoRemove bool   // docker run --rm
	StopSignal string // such as "TERM", "SIGTERM" or "15"; "" where neither the image nor the configuration sets it
}

// Exit codes that the engine gives.
const (
	CommandNotFound = 127 // the program could not be started (Moby daemon/errors.go)
	UnknownFailure  = 128
	KilledCode      = 137 // 128 and SIGKILL
	LostCode        = 255 // of a process that was gone when the daemon came back
)

// Container is the life of one container, without what it runs. The zero Container is absent and holds nothing.
//
// The flags are Moby's (daemon/container/state.go): Running is also true while the container is paused or restarting, and State says
// what they mean together. What Moby does under the container's lock is one step; stop and forced removal are several, because it
// does not hold the lock while it waits for the process to end. The daemon serves; an Engine is a daemon that may be shut down or
// crash. `docker restart` and `docker update` are not modelled, nor health checks.
type Container struct {
	Config            Config // zero where the container is absent
	Exists            bool
	Running           bool
	Paused            bool
	Restarting        bool
	RemovalInProgress bool
	Dead              bool
	OOMKilled         bool // a process of it was killed for memory in this run
	Ran               bool // Moby's StartedAt is set, which only a start that succeeds does
	ExitCode          int  // 0 before it has ended
	ManuallyStopped   bool // HasBeenManuallyStopped
	RestartCount      int  // starts by its policy since somebody started it
	Process           Process
	Signal            Signal
	Held              Resources
	Due               bool // the wait of its policy is over, and the start comes

	manager RestartManager
}

// State is what the flags say, the first that is true (Moby daemon/container/state.go, State).
func (c Container) State() Status {
	switch {
	case !c.Exists:
		return Absent
	case c.Running && c.Paused:
		return Paused
	case c.Running && c.Restarting:
		return Restarting
	case c.Running:
		return Running
	case c.RemovalInProgress:
		return Removing
	case c.Dead:
		return Dead
	case !c.Ran:
		return Created
	}
	return Exited
}

// Refusal is the answer of the engine to an operation that the container's state does not allow. It had no effect.
type Refusal struct {
	Code   int // of the HTTP API: 304 not modified, 400, 404 not found, 409 conflict, 500 an error without a class; 0 of what is no call
	Reason string
}

// Error gives the code and the reason.
func (r *Refusal) Error() string { return fmt.Sprintf("%d: %s", r.Code, r.Reason) }

// Unwrap is model.ErrRefused.
func (r *Refusal) Unwrap() error { return model.ErrRefused }

// The codes of Refusal.
const (
	NotModified  = 304
	BadParameter = 400
	NotFound     = 404
	Conflict     = 409
	ServerError  = 500 // what Moby answers for an error that it gives no class
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
func (o StartOutcome) String() string { return name("outcome", outcomeNames[:], o) }

func (o StartOutcome) validate() error {
	if int(o) >= len(outcomeNames) {
		return fmt.Errorf("got %s, want one of %s", o, strings.Join(outcomeNames[:], ", "))
	}
	return nil
}

// Create makes the container with its writable layer; no process and no namespaces yet (Moby daemon/create.go). The name
// must be free. A container that is removed by itself has no restart policy (daemon/container.go).
func (c *Container) Create(config Config) error {
	if c.Exists {
		return refuse(Conflict, "the name is in use by a container that is %s", c.State())
	}
	if err := config.Restart.Validate(); err != nil {
		return err
	}
	if _, ok := signal.Parse(config.StopSignal); !ok && config.StopSignal != "" {
		return refuse(BadParameter, "invalid signal: %s", config.StopSignal)
	}
	if config.AutoRemove && !config.Restart.none() {
		return refuse(BadParameter, "can't create 'AutoRemove' container with restart policy")
	}
	*c = Container{Config: config, Exists: true, Held: HeldLayer}
	c.manager = c.newManager()
	return nil
}

func (c *Container) newManager() RestartManager {
	return RestartManager{policy: c.Config.Restart, count: c.RestartCount}
}

// Start takes the sandbox and runs the process; the outcome says how that went: 304 when running already or about to be, 409 when
// paused, dead or being removed (Moby daemon/start.go). A failure gives back whatever it had taken and leaves an exit code. It leaves
// a container that never ran created, and one that ran before exited, since Moby words a container without a process by whether
// StartedAt is set (container/state.go, State); of `docker run alpine nosuch`, `docker ps -a` says Created. With AutoRemove its
// removal begins. An outcome other than the three is a plain error, no Refusal.
func (c *Container) Start(outcome StartOutcome) error {
	if err := outcome.validate(); err != nil {
		return err
	}
	switch {
	case !c.Exists:
		return refuse(NotFound, "no such container")
	case c.Paused:
		return refuse(Conflict, "cannot start a paused container, try unpause instead")
	case c.Running:
		return refuse(NotModified, "container is already running")
	case c.RemovalInProgress || c.Dead:
		return refuse(Conflict, "container is marked for removal and cannot be started")
	}
	c.begin(outcome)
	return nil
}

// begin is a start by somebody or by the daemon at boot: if it gets as far as the runtime, there is a new restart manager, and who
// stopped the container is forgotten.
func (c *Container) begin(outcome StartOutcome) {
	if outcome != NetworkFailed {
		c.RestartCount = 0
		c.manager = c.newManager()
		c.ManuallyStopped = false
	}
	if outcome == Started {
		c.started()
		return
	}
	if outcome == TaskFailed {
		c.ExitCode = CommandNotFound
	} else if c.ExitCode == 0 {
		c.ExitCode = UnknownFailure
	}
	c.autoRemove()
}

func (c *Container) started() {
	c.Running = true
	c.Restarting = false
	c.Due = false
	c.Ran = true
	c.ExitCode = 0
	c.OOMKilled = false
	c.Process = Alive
	c.Held |= Sandbox
}

// autoRemove begins a removal where the configuration wants it.
func (c *Container) autoRemove() {
	if c.Config.AutoRemove {
		c.RemovalInProgress = true
	}
}

// Executes tells whether the processes of the container can take a step: the freezer holds those of a paused container,
// and a process with a SIGKILL pending does not return to user mode.
func (c *Container) Executes() bool {
	return c.Process == Alive && !c.Paused && c.Signal != KillSignal
}

// Pause freezes the processes. It needs a running container that is not restarting (Moby daemon/pause.go). One with a SIGKILL pending
// is as good as gone and is refused.
func (c *Container) Pause() error {
	switch {
	case !c.Exists:
		return refuse(NotFound, "no such container")
	case !c.Running:
		return refuse(Conflict, "container is not running")
	case c.Paused:
		return refuse(Conflict, "container is already paused")
	case c.Restarting:
		return refuse(Conflict, "container is restarting, wait until the container is running")
	case c.Signal == KillSignal:
		return refuse(Conflict, "cannot pause a container that is being killed")
	}
	c.Paused = true
	return nil
}

// Unpause lets the processes go on. For a container that is not paused Moby returns an error without a class, so its API
// answers 500 and not 409 (Moby daemon/unpause.go).
func (c *Container) Unpause() error {
	switch {
	case !c.Exists:
		return refuse(NotFound, "no such container")
	case !c.Paused:
		return refuse(ServerError, "container is not paused")
	}
	c.Paused = false
	return nil
}

// Stop sends the stop signal, and thaws a paused container so that it can act on it (Moby daemon/stop.go, kill.go): 304 when not
// running. What follows is Exit, or GraceOver and Reap. A container that is restarting is sent nothing, and gives up.
func (c *Container) Stop() error {
	if c.Exists && !c.Running {
		return refuse(NotModified, "container is already stopped")
	}
	return c.end(StopSignal, true)
}

// Kill sends SIGKILL, and thaws a paused container (Moby daemon/kill.go): 409 when not running. Reap follows.
func (c *Container) Kill() error { return c.end(KillSignal, true) }

// end takes the container out of the hands of its policy and sends a signal that is to end it; a user's doing is noted.
func (c *Container) end(s Signal, byUser bool) error {
	switch {
	case !c.Exists:
		return refuse(NotFound, "no such container")
	case !c.Running:
		return refuse(Conflict, "container is not running")
	}
	c.manager.Cancel()
	c.Paused = false
	c.ManuallyStopped = c.ManuallyStopped || byUser
	c.Signal = max(c.Signal, s)
	return nil
}

// Send is `docker kill -s`, with a signal such as "HUP", "SIGHUP" or "1"; "" is SIGKILL (Moby daemon/kill.go, ContainerKill and
// killWithSignal). Every one notes that the container was stopped by its user. Its policy is cancelled, and it is thawed, if the signal is
// KILL or its stop signal, or if no stop signal is set: then any signal counts as one. Whether the process ends of it is its own affair:
// Exit.
func (c *Container) Send(text string) error {
	sent, ok := signal.Parse(text)
	switch {
	case text == "" || sent == signal.Kill && ok:
		return c.Kill()
	case !ok:
		return refuse(BadParameter, "invalid signal: %s", text)
	case !c.Exists:
		return refuse(NotFound, "no such container")
	case !c.Running:
		return refuse(Conflict, "container is not running")
	}
	if stop, set := signal.Parse(c.Config.StopSignal); !set || stop == sent { // Create lets no other text pass than ""
		c.manager.Cancel()
		c.Paused = false
	}
	c.ManuallyStopped = true
	return nil
}

// Remove begins a removal; with force, of a running container too, which it kills (Moby daemon/delete.go): 409 if one is under way, or
// without force while it is running, paused or restarting.
func (c *Container) Remove(force bool) error {
	switch {
	case !c.Exists:
		return refuse(NotFound, "no such container")
	case c.RemovalInProgress:
		return refuse(Conflict, "removal is already in progress")
	case c.Running && !force:
		return refuse(Conflict, "container is %s: stop the container before removing or force remove", c.State())
	}
	if c.Running {
		if err := c.Kill(); err != nil {
			return err
		}
	}
	c.RemovalInProgress = true
	return nil
}

// validEnd tells why an end that is reported cannot be: an exit code is 0 to 255, and no run takes less than no time.
func validEnd(code int, ran time.Duration) error {
	if code < 0 || code > 255 || ran < 0 {
		return fmt.Errorf("got exit code %d after %s, want 0 to 255 and no less than 0", code, ran)
	}
	return nil
}
