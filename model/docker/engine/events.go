package engine

import "time"

// What happens to a container by itself, or by the engine's own goroutines.

// Exit says that the process ended by itself, or because of a signal that it acts upon, after it ran for so long. The engine cleans
// up, all but the layer goes, and the policy decides whether the container is started again (Moby daemon/monitor.go,
// handleContainerExit). An exit code that there is not is a plain error, no Refusal.
func (c *Container) Exit(code int, ran time.Duration) error { return c.exit(code, ran, Up) }

func (c *Container) exit(code int, ran time.Duration, phase Phase) error {
	if err := validEnd(code, ran); err != nil {
		return err
	}
	if !c.Executes() {
		return refuse(Conflict, "a container that is %s with signal %s does not exit by itself", c.State(), c.Signal)
	}
	c.processEnded(code, ran, phase)
	return nil
}

// Reap says that SIGKILL ended the process. Unlike Exit it cannot be put off by the process.
func (c *Container) Reap(ran time.Duration) error { return c.reap(ran, Up) }

func (c *Container) reap(ran time.Duration, phase Phase) error {
	if err := validEnd(KilledCode, ran); err != nil {
		return err
	}
	if c.Process != Alive || c.Signal != KillSignal {
		return refuse(Conflict, "no kill is under way")
	}
	c.processEnded(KilledCode, ran, phase)
	return nil
}

func (c *Container) processEnded(code int, ran time.Duration, phase Phase) {
	c.ExitCode = code
	if phase == Down {
		c.Process = Ended
		if c.Signal == KillSignal {
			c.Signal = NoSignal
		}
		return
	}
	_, restart, err := c.manager.ShouldRestart(code, c.ManuallyStopped || phase == Stopping, ran)
	if err != nil || !restart { // cancelled, as a rule
		c.exited()
		return
	}
	c.RestartCount = c.manager.count
	c.Restarting = true
	c.Paused = false
	c.noProcess()
}

// noProcess says that the container has none, and gives back what only a process needs.
func (c *Container) noProcess() {
	c.Process = Gone
	c.Signal = NoSignal
	c.Held &^= Sandbox
}

// stopped is Moby's SetStopped.
func (c *Container) stopped() {
	c.Running = false
	c.Paused = false
	c.Restarting = false
	c.Due = false
	c.noProcess()
}

func (c *Container) exited() {
	c.stopped()
	c.autoRemove()
}

// OutOfMemory says that the kernel killed a process of the container for memory. That is noted and has no effect; if it was the first
// process, Exit follows with code 137 (Moby daemon/monitor.go, ProcessEvent).
func (c *Container) OutOfMemory() error {
	if c.Process != Alive || c.OOMKilled {
		return refuse(Conflict, "a container that is %s cannot run out of memory, or has", c.State())
	}
	c.OOMKilled = true
	return nil
}

// GraceOver says that the time which Stop grants has passed: SIGKILL follows the stop signal (Moby daemon/stop.go; 10 s
// unless configured).
func (c *Container) GraceOver() error { return c.graceOver(true) }

func (c *Container) graceOver(byUser bool) error {
	if c.Signal != StopSignal {
		return refuse(Conflict, "no stop is under way")
	}
	return c.end(KillSignal, byUser)
}

// WaitOver says that the wait of the container's policy is over. From now on nobody asks the restart manager any more, and Retry follows.
func (c *Container) WaitOver() error {
	if !c.Restarting || c.Due {
		return refuse(Conflict, "a container that is %s does not wait", c.State())
	}
	if err := c.manager.WaitOver(); err != nil {
		return err
	}
	c.Due = true
	return nil
}

// GiveUp says that the wait has ended since the restart manager was cancelled.
func (c *Container) GiveUp() error {
	if !c.Restarting || c.Due || !c.manager.canceled {
		return refuse(Conflict, "a container that is %s does not give up", c.State())
	}
	c.exited()
	return nil
}

// Retry is the start by the policy, when its wait is over (Moby daemon/monitor.go). If it fails, or a removal is under way, the
// container is exited, with the exit code that it had, and not tried again.
func (c *Container) Retry(outcome StartOutcome) error {
	if err := outcome.validate(); err != nil {
		return err
	}
	if !c.Restarting || !c.Due {
		return refuse(Conflict, "a container that is %s is not due", c.State())
	}
	if outcome == Started && !c.RemovalInProgress {
		c.started()
	} else {
		c.exited()
	}
	return nil
}

// MarkDead is the second step of a removal, once there is no process any more: nobody is to start the container, even if the daemon
// fails now (Moby daemon/delete.go, cleanupContainer).
func (c *Container) MarkDead() error {
	switch {
	case !c.RemovalInProgress || c.Dead:
		return refuse(Conflict, "no removal is under way, or the container is dead")
	case c.Running:
		return refuse(Conflict, "the process has not ended yet")
	}
	c.Dead = true
	return nil
}

// Delete ends the removal of a container that is marked dead: it deletes the layer and the name. When that fails, the container stays
// dead, and only another Remove helps (Moby daemon/delete.go).
func (c *Container) Delete(failed bool) error {
	if !c.RemovalInProgress || !c.Dead || c.Running {
		return refuse(Conflict, "no removal has come so far")
	}
	c.RemovalInProgress = false
	if !failed {
		*c = Container{}
	}
	return nil
}
