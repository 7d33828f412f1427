package engine

import (
	"errors"
	"maps"
	"slices"
	"time"
)

// Phase is what the daemon does.
type Phase uint8

// The phases.
const (
	Up        Phase = iota
	Stopping        // it was told to shut down, and stops containers
	Down            // shut down or crashed
	Restoring       // it is back, and does not serve yet
)

var phaseNames = [...]string{"up", "stopping", "down", "restoring"}

// String gives the spelling of the models.
func (p Phase) String() string { return name("phase", phaseNames[:], p) }

// Options are of a daemon, where configurations, versions or sources differ.
type Options struct {
	LiveRestore bool // live-restore of daemon.json: containers run on while the daemon is away
	// MarksStopped: without live-restore, a daemon that crashed stops what it finds running, and counts that as its user's stop, so that
	// unless-stopped does not start it. So says Moby's code (daemon.go, restore calls shutdownContainer while it is not shutting
	// down; kill.go, killWithSignal); no documentation does.
	MarksStopped bool
	// FailedAtBoot: on-failure starts at boot what has an exit code other than 0, if it has attempts left. So says Moby's code
	// (daemon.go, restore; moby issue 35166); docs.docker.com, "Start containers automatically", says that it does not.
	FailedAtBoot bool
	// PersistsRemoval: that a removal is under way is kept on disk, and makes the container dead at boot. Moby did so before its pull
	// request 49968; since then, only what was marked dead is dead at boot.
	PersistsRemoval bool
}

// Moby is the daemon that Moby's code of version 2.0.0-beta.24 describes, as it is configured by default.
func Moby() Options { return Options{MarksStopped: true, FailedAtBoot: true} }

// Engine is a daemon and its containers, by name. It may be shut down or crash, and comes back.
//
// The zero Engine is one whose daemon is up, without containers and options.
type Engine struct {
	options    Options
	phase      Phase
	containers map[string]*Container
	undecided  []string // names, in order: that the daemon has still to look at since it is back
}

// NewEngine makes a daemon with some options that is up, without containers.
func NewEngine(options Options) *Engine {
	return &Engine{options: options}
}

// Phase is what the daemon does now.
func (e *Engine) Phase() Phase { return e.phase }

// Container is a copy of the container of a name; a zero one where there is none.
func (e *Engine) Container(name string) Container {
	if c, ok := e.containers[name]; ok {
		return *c
	}
	return Container{}
}

// Names are those of the containers that exist, in order.
func (e *Engine) Names() []string { return slices.Sorted(maps.Keys(e.containers)) }

// Call is a call of the API: an operation of a container, such as func(c *Container) error { return c.Start(Started) }. Only a daemon that
// is up answers. Create is a call like any other.
func (e *Engine) Call(name string, operation func(*Container) error) error {
	if e.phase != Up {
		return refuse(0, "cannot connect to the Docker daemon, which is %s", e.phase)
	}
	return e.change(name, operation)
}

// Work is a step of the engine's own, such as WaitOver, GiveUp, Retry, MarkDead or Delete. A daemon that is down takes none.
func (e *Engine) Work(name string, step func(*Container) error) error {
	if e.phase == Down {
		return refuse(0, "the daemon is down")
	}
	return e.change(name, step)
}

// change does something to a container, which comes into being or goes by it, or leaves all as it is where that is an error.
func (e *Engine) change(name string, step func(*Container) error) error {
	if step == nil {
		return errors.New("got no step")
	}
	c := e.Container(name)
	if err := step(&c); err != nil {
		return err
	}
	if c.Exists {
		if e.containers == nil {
			e.containers = map[string]*Container{}
		}
		e.containers[name] = &c
	} else {
		delete(e.containers, name)
	}
	return nil
}

// Exit is Container.Exit, whatever the daemon does: if it is down, it finds out at boot.
func (e *Engine) Exit(name string, code int, ran time.Duration) error {
	return e.change(name, func(c *Container) error { return c.exit(code, ran, e.phase) })
}

// Reap is Container.Reap, whatever the daemon does.
func (e *Engine) Reap(name string, ran time.Duration) error {
	return e.change(name, func(c *Container) error { return c.reap(ran, e.phase) })
}

// GraceOver is Container.GraceOver. What a daemon does while it shuts down is not its user's doing, nor at boot but with MarksStopped.
func (e *Engine) GraceOver(name string) error {
	byUser := e.phase == Up || e.phase == Restoring && e.options.MarksStopped
	return e.Work(name, func(c *Container) error { return c.graceOver(byUser) })
}

// Shutdown tells the daemon to shut down: it stops what runs, unless with live-restore, and is down by ShutDown when nothing does.
func (e *Engine) Shutdown() error {
	if e.phase != Up {
		return refuse(0, "the daemon is %s", e.phase)
	}
	e.phase = Stopping
	for _, c := range e.containers {
		if c.Running && !e.options.LiveRestore {
			_ = c.end(StopSignal, false) // it is running
		}
	}
	return nil
}

// ShutDown says that the daemon is down. It waits for its containers, unless with live-restore.
func (e *Engine) ShutDown() error {
	if e.phase != Stopping {
		return refuse(0, "the daemon is %s", e.phase)
	}
	for _, name := range e.Names() {
		if e.containers[name].Running && !e.options.LiveRestore {
			return refuse(0, "%s is running", name)
		}
	}
	e.down()
	return nil
}

// Crash says that the daemon ended without warning. What it kept in memory alone is lost: waits, restart managers, that it was stopping
// or removing something. A SIGKILL that it had sent arrives.
func (e *Engine) Crash() error {
	if e.phase == Down {
		return refuse(0, "the daemon is down")
	}
	e.down()
	return nil
}

func (e *Engine) down() {
	e.phase = Down
	e.undecided = nil
	for _, c := range e.containers {
		c.manager = c.newManager()
		c.Due = false
		c.RemovalInProgress = c.RemovalInProgress && e.options.PersistsRemoval
		if c.Signal == StopSignal || c.Process != Alive {
			c.Signal = NoSignal
		}
	}
}

// Boot says that the daemon is back (Moby daemon/daemon.go, restore). It sees what became of its containers, and stops what runs, unless
// with live-restore; Decide follows for each. A SIGKILL that was sent has arrived by then: Reap comes first.
func (e *Engine) Boot() error {
	if e.phase != Down {
		return refuse(0, "the daemon is %s", e.phase)
	}
	for _, name := range e.Names() {
		if c := e.containers[name]; c.Process == Alive && c.Signal == KillSignal {
			return refuse(0, "a SIGKILL is on its way to %s", name)
		}
	}
	e.phase = Restoring
	e.undecided = e.Names()
	for _, c := range e.containers {
		c.restore(e.options)
	}
	e.served()
	return nil
}

func (c *Container) restore(o Options) {
	if c.RemovalInProgress {
		c.RemovalInProgress = false
		c.Dead = true
	}
	switch {
	case !c.Running:
	case c.Process != Alive:
		if c.Process != Ended {
			c.ExitCode = LostCode
		}
		c.stopped()
	case !o.LiveRestore:
		_ = c.end(StopSignal, o.MarksStopped) // it is running
	}
}

// Decide starts a container after boot if its policy says so, and the outcome says how that goes; or removes one with AutoRemove that
// has ended. What the daemon is stopping has to end first. A container that never ran is not started, nor one that is dead. When
// all are decided, the daemon is up.
func (e *Engine) Decide(name string, outcome StartOutcome) error {
	if err := outcome.validate(); err != nil {
		return err
	}
	i := slices.Index(e.undecided, name)
	if i < 0 {
		return refuse(0, "%s is not to be decided", name)
	}
	c, ok := e.containers[name]
	if ok && c.Running && !e.options.LiveRestore {
		return refuse(0, "%s is running", name)
	}
	if ok {
		c.decide(outcome, e.options)
	}
	e.undecided = slices.Delete(e.undecided, i, i+1)
	e.served()
	return nil
}

// served says that the daemon is up when nothing is left to decide.
func (e *Engine) served() {
	if len(e.undecided) == 0 {
		e.phase = Up
	}
}

func (c *Container) decide(outcome StartOutcome, o Options) {
	if c.Running {
		if !c.Restarting {
			c.manager = c.newManager()
		}
		return
	}
	c.manager = c.newManager()
	asked := c.newManager()
	_, restart, err := asked.ShouldRestart(c.ExitCode, c.ManuallyStopped, 0)
	failed := c.Config.Restart.Name == OnFailure && !o.FailedAtBoot
	if err == nil && restart && !failed && c.Ran && !c.Dead && !c.RemovalInProgress {
		c.begin(outcome)
	} else {
		c.autoRemove()
	}
}
