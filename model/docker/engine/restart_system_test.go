package engine

import (
	"errors"
	"slices"
	"time"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

const web = "web" // the name of the only container

// policyName is a restart policy as restart.bh names it.
type policyName string

// policies are the policies of restart.bh, the last of which has a limit.
var policies = []policyName{"no", "always_", "unlessStopped", "onFailure", "onFailureMax"}

func (p policyName) policy(limit int) RestartPolicy {
	switch p {
	case "always_":
		return RestartPolicy{Name: Always}
	case "unlessStopped":
		return RestartPolicy{Name: UnlessStopped}
	case "onFailure":
		return RestartPolicy{Name: OnFailure}
	case "onFailureMax":
		return RestartPolicy{Name: OnFailure, MaximumRetryCount: limit}
	}
	return RestartPolicy{Name: No}
}

// site is an Engine with one container, and what restart.bh counts beside it.
type site struct {
	*Engine
	Policy          int // an index of policies
	Limit           int
	Unset           bool
	AutoRemove      bool
	Crashes         int
	Wanted, Refused bool
}

// rules are the constants of restart.bh.
type rules struct {
	policies       []policyName // POLICIES
	unset          []bool       // UNSET
	limit, crashes int
	hup            bool // the signal comes from docker kill
	options        Options
}

func (s *site) config() Config {
	c := Config{Restart: policies[s.Policy].policy(s.Limit), AutoRemove: s.AutoRemove, StopSignal: "TERM"}
	if s.Unset {
		c.StopSignal = ""
	}
	return c
}

// step does something and forgets what the model does not tell apart: exit codes but for 0, waits, and counts without a limit.
func (s *site) step(do func() error) error {
	if err := do(); err != nil {
		return err
	}
	if c, ok := s.containers[web]; ok {
		c.ExitCode = min(c.ExitCode, 1)
		c.manager.wait = 0
		if c.Config.Restart.MaximumRetryCount == 0 {
			c.RestartCount, c.manager.count = 0, 0
		}
		if !c.Restarting {
			c.manager.count, c.manager.active = c.RestartCount, false
		}
	} else {
		s.Wanted, s.Refused = false, false
	}
	return nil
}

func (s *site) start(o StartOutcome) error {
	if err := s.Call(web, func(c *Container) error { return c.Start(o) }); err != nil {
		return err
	}
	s.Wanted, s.Refused = true, o != Started
	return nil
}

// unwanted is a call by which the user says that the container is not to run.
func unwanted(call func(*Container) error) func(*site) error {
	return func(s *site) error {
		err := s.Call(web, call)
		s.Wanted = s.Wanted && err != nil
		return err
	}
}

func called(call func(*Container) error) func(*site) error {
	return func(s *site) error { return s.Call(web, call) }
}

func worked(step func(*Container) error) func(*site) error {
	return func(s *site) error { return s.Work(web, step) }
}

func (s *site) end(code int) error {
	return s.Exit(web, code, 0)
}

func (s *site) retry(o StartOutcome) error {
	err := s.Work(web, func(c *Container) error { return c.Retry(o) })
	if err == nil {
		s.Refused = s.Container(web).Process != Alive
	}
	return err
}

func (s *site) decide(o StartOutcome) error {
	before := s.Container(web)
	if err := s.Decide(web, o); err != nil {
		return err
	}
	after := s.Container(web)
	switch {
	case after.Process == Alive && before.Process != Alive:
		s.Refused = false
	case o != Started && after.ExitCode != 0 && s.asked(before):
		s.Refused = true
	}
	return nil
}

// asked tells whether boot tries to start a container, as the policies are documented.
func (s *site) asked(c Container) bool {
	left := c.Config.Restart.MaximumRetryCount == 0 || c.RestartCount < c.Config.Restart.MaximumRetryCount
	by := map[policyName]bool{
		"always_": true, "unlessStopped": !c.ManuallyStopped,
		"onFailure": c.ExitCode != 0 && s.options.FailedAtBoot, "onFailureMax": c.ExitCode != 0 && left && s.options.FailedAtBoot,
	}
	return !c.Running && c.Ran && !c.Dead && !c.RemovalInProgress && by[policies[s.Policy]]
}

// away is a step of the daemon that is counted.
func (r rules) away(step func(*site) error) func(*site) error {
	return func(s *site) error {
		if s.Crashes == r.crashes {
			return errors.New("no more crashes")
		}
		s.Crashes++
		return step(s)
	}
}

// hangUp is the signal that tells the program to read its files again.
func (r rules) hangUp(s *site) error {
	if r.hup {
		return s.Call(web, func(c *Container) error { return c.Send("HUP") })
	}
	if c := s.Container(web); c.Process != Alive || c.Paused {
		return errors.New("nobody is there to send it")
	}
	return nil
}

func (s site) bindings() []model.Binding {
	c := s.Container(web)
	attempts := 0
	if s.Limit > 0 && policies[s.Policy] == "onFailureMax" {
		attempts = c.RestartCount
	}
	named := func(text string, odd ...string) model.Value {
		for i := 0; i < len(odd); i += 2 {
			if text == odd[i] {
				return model.Text(odd[i+1])
			}
		}
		return model.Text(text)
	}
	return []model.Binding{
		{Name: "policy", Value: model.Text(string(policies[s.Policy]))},
		{Name: "unset", Value: model.Bool(s.Unset)},
		{Name: "autoRemove", Value: model.Bool(s.AutoRemove)},
		{Name: "made", Value: model.Bool(c.Exists)},
		{Name: "running", Value: model.Bool(c.Running)},
		{Name: "paused", Value: model.Bool(c.Paused)},
		{Name: "restarting", Value: model.Bool(c.Restarting)},
		{Name: "removing", Value: model.Bool(c.RemovalInProgress)},
		{Name: "dead", Value: model.Bool(c.Dead)},
		{Name: "killed", Value: model.Bool(c.OOMKilled)},
		{Name: "ran", Value: model.Bool(c.Ran)},
		{Name: "failed", Value: model.Bool(c.ExitCode != 0)},
		{Name: "marked", Value: model.Bool(c.ManuallyStopped)},
		{Name: "process", Value: modelcheck.Text(c.Process)},
		{Name: "signal", Value: named(c.Signal.String(), "no", "no_")},
		{Name: "cancelled", Value: model.Bool(c.manager.Canceled())},
		{Name: "due", Value: model.Bool(c.Due)},
		{Name: "attempts", Value: modelcheck.Int(attempts)},
		{Name: "daemon", Value: modelcheck.Text(s.Phase())},
		{Name: "crashes", Value: modelcheck.Int(s.Crashes)},
		{Name: "wanted", Value: model.Bool(s.Wanted)},
		{Name: "refused", Value: model.Bool(s.Refused)},
	}
}

// begins are the sites in which one begins, a container with each policy.
func (r rules) begins(yield func(site) bool) {
	for _, policy := range r.policies {
		for _, unset := range r.unset {
			for _, auto := range []bool{false, true} {
				if auto && policy != "no" {
					continue
				}
				if !yield(site{Engine: NewEngine(r.options), Policy: slices.Index(policies, policy), Limit: r.limit, Unset: unset, AutoRemove: auto}) {
					return
				}
			}
		}
	}
}

// system is the system of one container under an Engine.
func (r rules) system() model.System {
	outcomes := []StartOutcome{Started, NetworkFailed, TaskFailed}
	bools := []bool{false, true}
	one := func(name string, step func(*site) error) model.ActionOf[site] {
		return model.ActionOf[site]{Name: name, Next: modelcheck.Call(func(s *site) error { return s.step(func() error { return step(s) }) })}
	}
	begun := func(name string, step func(*site, StartOutcome) error) model.ActionOf[site] {
		return model.ActionOf[site]{Name: name, Params: []string{"outcome"}, Next: modelcheck.Call1(outcomes, func(s *site, o StartOutcome) error {
			return s.step(func() error { return step(s, o) })
		})}
	}
	two := func(name, param string, step func(*site, bool) error) model.ActionOf[site] {
		return model.ActionOf[site]{Name: name, Params: []string{param}, Next: modelcheck.Call1(bools, func(s *site, b bool) error {
			return s.step(func() error { return step(s, b) })
		})}
	}
	return model.MustDefine(model.Definition[site]{
		Name: "Restart",
		Init: r.begins,
		Actions: []model.ActionOf[site]{
			one("Create", func(s *site) error { return s.Call(web, func(c *Container) error { return c.Create(s.config()) }) }),
			begun("Start", (*site).start),
			{Name: "Exit", Params: []string{"end"}, Next: modelcheck.Call1([]kindOfEnd{"clean", "failing"}, func(s *site, e kindOfEnd) error {
				return s.step(func() error { return s.end(map[kindOfEnd]int{"clean": 0, "failing": 1}[e]) })
			})},
			one("Oom", worked((*Container).OutOfMemory)),
			one("Reap", func(s *site) error { return s.Reap(web, time.Hour) }),
			one("WaitOver", worked((*Container).WaitOver)),
			one("GiveUp", worked((*Container).GiveUp)),
			begun("Retry", (*site).retry),
			one("Pause", called((*Container).Pause)),
			one("Unpause", called((*Container).Unpause)),
			one("Stop", unwanted((*Container).Stop)),
			one("GraceOver", func(s *site) error { return s.GraceOver(web) }),
			one("Kill", unwanted((*Container).Kill)),
			one("Hup", r.hangUp),
			two("Remove", "force", func(s *site, force bool) error {
				return unwanted(func(c *Container) error { return c.Remove(force) })(s)
			}),
			one("Mark", worked((*Container).MarkDead)),
			two("Delete", "fails", func(s *site, fails bool) error {
				return s.Work(web, func(c *Container) error { return c.Delete(fails) })
			}),
			one("Shutdown", r.away(func(s *site) error { return s.Shutdown() })),
			one("ShutDown", func(s *site) error { return s.ShutDown() }),
			one("Crash", r.away(func(s *site) error { return s.Crash() })),
			one("Boot", func(s *site) error { return s.Boot() }),
			begun("Decide", (*site).decide),
		},
		Show: site.bindings,
	})
}

// kindOfEnd is how a process ends, as restart.bh names it.
type kindOfEnd string

// restarting is a RestartManager and the container of backoff.bh.
type restarting struct {
	manager        RestartManager
	Running, Waits bool
	Quick          int
}

const many = 12

func (r *restarting) fail(run length) error {
	if !r.Running {
		return errors.New("not running")
	}
	ran := map[length]time.Duration{"short": LongRun - 1, "long": LongRun}[run]
	_, restart, err := r.manager.ShouldRestart(1, false, ran)
	r.Running, r.Waits = false, restart
	r.Quick = min(r.Quick+1, many)
	if run == "long" {
		r.Quick = 1
	}
	if r.manager.policy.Name == Always {
		r.manager.count = 0
	}
	return err
}

func (r *restarting) again() error {
	if err := r.manager.WaitOver(); err != nil {
		return err
	}
	r.Running, r.Waits = true, false
	return nil
}

func (r restarting) bindings() []model.Binding {
	return []model.Binding{
		{Name: "running", Value: model.Bool(r.Running)},
		{Name: "waiting", Value: model.Bool(r.Waits)},
		{Name: "wait", Value: model.Int(r.manager.wait.Milliseconds())},
		{Name: "attempts", Value: modelcheck.Int(r.manager.count)},
		{Name: "quick", Value: modelcheck.Int(r.Quick)},
	}
}

// length is how long a run is, as backoff.bh names it.
type length string

// backoffSystem is the system of one RestartManager.
func backoffSystem(policy RestartPolicy) model.System {
	return model.MustDefine(model.Definition[restarting]{
		Name: "Backoff",
		Init: func(yield func(restarting) bool) {
			m, err := NewRestartManager(policy, 0)
			if err != nil {
				panic(err)
			}
			yield(restarting{manager: m, Running: true})
		},
		Actions: []model.ActionOf[restarting]{
			{Name: "Fail", Params: []string{"run"}, Next: modelcheck.Call1([]length{"short", "long"}, (*restarting).fail)},
			{Name: "Again", Next: modelcheck.Call((*restarting).again)},
		},
		Terminal: func(r restarting) bool { return !r.Running && !r.Waits },
		Show:     restarting.bindings,
	})
}
