package kubelet

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// CrashLoop is the back-off of one container that ends and is restarted, with restartPolicy Always, or OnFailure where it fails. Its
// first restart is at once. The next waits for Initial after it has ended, each further one for twice as long, at most Max. A
// container that has run for longer than twice Max is restarted at once, and begins anew (client-go/util/flowcontrol, Backoff;
// pkg/kubelet/kuberuntime, doBackOff). Make one with NewCrashLoop, of a container that runs.
type CrashLoop struct {
	initial, most int64
	delay         int64 // of the next restart; 0 before the first
	running       bool
	since         int64 // for how long it has run, or waited
}

// The default back-off, in milliseconds: 10 s, 300 s (pkg/kubelet, initialContainerCrashBackOff, MaxCrashLoopBackOff).
const (
	InitialBackoff = 10_000
	MaxBackoff     = 300_000
)

// NewCrashLoop makes the back-off of a container that has just started.
func NewCrashLoop(initial, most int64) (*CrashLoop, error) {
	if initial < 1 || most < initial || most > maxTime {
		return nil, fmt.Errorf("got a back-off of %d to %d ms, want at least 1, no less than the first, and at most %d", initial, most, int64(maxTime))
	}
	return &CrashLoop{initial: initial, most: most, running: true}, nil
}

// Running tells whether the container runs; else it waits, in CrashLoopBackOff.
func (c *CrashLoop) Running() bool { return c.running }

// Left is how long it still waits, in ms.
func (c *CrashLoop) Left() int64 {
	if c.running {
		return 0
	}
	return max(0, c.delay-c.since)
}

// Delay is how long the container would wait if it ended now, in ms.
func (c *CrashLoop) Delay() int64 {
	if c.running && c.since > 2*c.most {
		return 0
	}
	return c.delay
}

// Advance lets so many ms pass.
func (c *CrashLoop) Advance(ms int64) error {
	if ms < 1 || ms > maxTime {
		return model.Refuse("got %d ms, want 1 to %d", ms, int64(maxTime))
	}
	c.since = min(c.since+ms, 2*c.most+1) // longer makes no difference
	return nil
}

// Ends says that the container has ended.
func (c *CrashLoop) Ends() error {
	if !c.running {
		return model.Refuse("the container does not run")
	}
	c.delay = c.Delay()
	c.running, c.since = false, 0
	return nil
}

// Restart starts it again, when its back-off is over.
func (c *CrashLoop) Restart() error {
	if c.running {
		return model.Refuse("the container runs")
	}
	if left := c.Left(); left > 0 {
		return model.Refuse("CrashLoopBackOff: back-off %d ms, %d ms of them left", c.delay, left)
	}
	c.delay = min(max(c.initial, 2*c.delay), c.most)
	c.running, c.since = true, 0
	return nil
}
