package engine

import (
	"fmt"
	"math"
	"time"

	"github.com/bulkheadlang/bulkhead/model"
)

// PolicyName is the name of a restart policy.
type PolicyName string

// The policies. The empty name counts as no, as in Moby.
const (
	No            PolicyName = "no"
	Always        PolicyName = "always"
	UnlessStopped PolicyName = "unless-stopped"
	OnFailure     PolicyName = "on-failure"
)

// RestartPolicy says whether the engine starts a container again that has ended, such as on-failure:5.
type RestartPolicy struct {
	Name              PolicyName
	MaximumRetryCount int // of on-failure; 0 is no limit
}

// Validate gives the error of the API for a policy that there is not: an unknown name, a limit of another policy than on-failure, a
// negative one (moby/api v1.56.1, types/container/hostconfig.go, ValidateRestartPolicy). Without a name, which older versions wrote,
// any limit passes.
func (p RestartPolicy) Validate() error {
	switch p.Name {
	case "":
		return nil
	case No, Always, UnlessStopped:
		if p.MaximumRetryCount != 0 {
			return refuse(BadParameter, "invalid restart policy: maximum retry count can only be used with 'on-failure'")
		}
		return nil
	case OnFailure:
		if p.MaximumRetryCount < 0 {
			return refuse(BadParameter, "invalid restart policy: maximum retry count cannot be negative")
		}
		return nil
	}
	return refuse(BadParameter, "invalid restart policy: unknown policy '%s'", p.Name)
}

// none tells whether nothing is ever restarted.
func (p RestartPolicy) none() bool { return p.Name == "" || p.Name == No }

// The waits of RestartManager (Moby daemon/internal/restartmanager).
const (
	FirstWait = 100 * time.Millisecond
	LimitWait = time.Minute
	LongRun   = 10 * time.Second // after a run of so long the waits begin anew
)

// ErrRestartCanceled is the answer of a RestartManager that was cancelled. It wraps model.ErrRefused.
var ErrRestartCanceled = model.Refuse("restart canceled")

// RestartManager decides whether a container that ended is started again, and after which wait (Moby
// daemon/internal/restartmanager/restartmanager.go). It keeps no time: whoever owns it waits, and says so by WaitOver.
//
// Make one with NewRestartManager; the zero RestartManager restarts nothing.
type RestartManager struct {
	policy   RestartPolicy
	count    int
	wait     time.Duration // the last one; 0 before the first
	canceled bool
	active   bool // it waits
}

// NewRestartManager makes a manager of a container that its policy has started count times since its user did.
func NewRestartManager(policy RestartPolicy, count int) (RestartManager, error) {
	if err := policy.Validate(); err != nil {
		return RestartManager{}, err
	}
	if count < 0 {
		return RestartManager{}, fmt.Errorf("got %d restarts, want at least 0", count)
	}
	return RestartManager{policy: policy, count: count}, nil
}

// ShouldRestart is asked when the container has ended: with this exit code, stopped by its user or not, after it ran for so long. If it
// is to be started again, the manager waits for the time given. It is an error if the manager was cancelled or waits already.
func (m *RestartManager) ShouldRestart(exitCode int, manuallyStopped bool, ran time.Duration) (wait time.Duration, restart bool, err error) {
	switch {
	case m.policy.none():
		return 0, false, nil
	case m.canceled:
		return 0, false, ErrRestartCanceled
	case m.active:
		return 0, false, model.Refuse("invalid call on an active restart manager")
	}
	m.wait = nextWait(m.wait, ran)
	if !m.decides(exitCode, manuallyStopped) {
		return 0, false, nil
	}
	if m.count < math.MaxInt {
		m.count++
	}
	m.active = true
	return m.wait, true, nil
}

// nextWait is the wait after another one, 0 before the first, and a run.
func nextWait(wait, ran time.Duration) time.Duration {
	if ran >= LongRun || wait == 0 {
		return FirstWait
	}
	return min(2*wait, LimitWait)
}

func (m *RestartManager) decides(exitCode int, manuallyStopped bool) bool {
	switch m.policy.Name {
	case Always:
		return true
	case UnlessStopped:
		return !manuallyStopped
	case OnFailure:
		limit := m.policy.MaximumRetryCount
		return exitCode != 0 && (limit == 0 || m.count < limit)
	}
	return false
}

// WaitOver says that the wait is over. It is an error if there is none, or it was cancelled.
func (m *RestartManager) WaitOver() error {
	switch {
	case !m.active:
		return model.Refuse("the restart manager does not wait")
	case m.canceled:
		return ErrRestartCanceled
	}
	m.active = false
	return nil
}

// Cancel makes the manager restart nothing any more.
func (m *RestartManager) Cancel() { m.canceled = true }

// Canceled tells whether Cancel was called.
func (m *RestartManager) Canceled() bool { return m.canceled }
