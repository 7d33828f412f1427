package cpu

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// CoschedOptions are ESXi's advanced options of co-scheduling, in microseconds.
type CoschedOptions struct {
	Poll    int // Cpu.CoschedPollUsec, 1,000 to 5,000: the time between two looks at the skew
	Costop  int // Cpu.CoschedCostopThreshold, 0 to 100,000: whose skew is greater is stopped; 0 turns co-scheduling off
	Costart int // Cpu.CoschedCostartThreshold, 0 to 100,000: a stopped vCPU whose skew is less is started
}

// DefaultCosched are the options as ESXi 6.5 to 8.0.3 have them.
var DefaultCosched = CoschedOptions{Poll: 1000, Costop: 3000, Costart: 2000}

// valid tells what is wrong with o.
func (o CoschedOptions) valid() error {
	for _, x := range []struct {
		name       string
		got        int
		least, top int
	}{
		{"CoschedPollUsec", o.Poll, 1000, 5000},
		{"CoschedCostopThreshold", o.Costop, 0, 100_000},
		{"CoschedCostartThreshold", o.Costart, 0, 100_000},
	} {
		if x.got < x.least || x.got > x.top {
			return fmt.Errorf("%s: got %d, want %d to %d", x.name, x.got, x.least, x.top)
		}
	}
	if o.Costop > 0 && (o.Costart == 0 || o.Costart >= o.Costop) {
		return fmt.Errorf("CoschedCostartThreshold: got %d, want 1 to %d, less than CoschedCostopThreshold", o.Costart, o.Costop-1)
	}
	return nil
}

// SkewLimit is the greatest skew that any vCPU can have, the costop threshold and what one poll may miss; -1 where
// co-scheduling is off and there is none.
func (o CoschedOptions) SkewLimit() int {
	if o.Costop == 0 {
		return -1
	}
	return o.Costop + o.Poll
}

// CoScheduler keeps the vCPUs of one virtual machine together by relaxed co-scheduling. It does not decide who gets a
// processor: whoever owns it says how long which vCPUs ran, and it says who must not.
//
// The progress of a vCPU is the time for which it executed guest code or was idle, not that in which it was ready, stopped
// or in the hypervisor; its skew is its progress less the least progress of its siblings. At every poll a vCPU that is not
// idle and whose skew is above the costop threshold is stopped, it alone, and a stopped one whose skew is below the costart
// threshold is started (descriptions of the advanced options of ESXi 8.0.3; The CPU Scheduler in VMware vSphere 5.1, a white
// paper of 2013). An idle vCPU is treated as if it ran, and accrues no skew (VMware's performance blog, June 2008): it keeps
// up with the slowest, and its skew does not grow. The sources do not say what becomes of a vCPU that goes idle between
// crossing the threshold and the next poll; here it is stopped when it wakes, since otherwise it could evade every poll.
//
// What it guarantees, checked in coschedule.bh for polls no longer than the costart threshold: no skew exceeds SkewLimit; the
// vCPUs are never all stopped; a stopped one is started again unless a sibling waits for a processor for ever; and n vCPUs lose
// no more than n-1 microseconds to co-stop for each microsecond that one of them was ready. With longer polls the first still
// holds, but a stopped vCPU may itself become the slowest before it is started, and hold back the others; and with polls longer
// than both thresholds together all may be stopped until the next one, as one that wakes is stopped by its skew above the
// slowest, whatever that does.
//
// The zero CoScheduler has no vCPU; make one with NewCoScheduler.
type CoScheduler struct {
	options CoschedOptions
	worlds  []World // by VCPU-1
	skews   []int   // by VCPU-1, microseconds
	since   int     // microseconds since the last poll
}

// NewCoScheduler makes a co-scheduler of a number of vCPUs, at least 1, all ready and level. The error names the option that
// is outside what ESXi accepts. A costart threshold of 0, with co-scheduling on, is refused as well: no skew is less, so
// that nobody would ever be started.
func NewCoScheduler(vcpus int, o CoschedOptions) (*CoScheduler, error) {
	if vcpus < 1 {
		return nil, fmt.Errorf("got %d vCPUs, want at least 1", vcpus)
	}
	if err := o.valid(); err != nil {
		return nil, err
	}
	c := &CoScheduler{options: o, worlds: make([]World, vcpus), skews: make([]int, vcpus)}
	for i := range c.worlds {
		c.worlds[i] = Ready
	}
	return c, nil
}

// Clone returns an independent copy.
func (c *CoScheduler) Clone() *CoScheduler {
	d := *c
	d.worlds = slices.Clone(c.worlds)
	d.skews = slices.Clone(c.skews)
	return &d
}

// VCPUs is the number of vCPUs.
func (c *CoScheduler) VCPUs() int { return len(c.worlds) }

// World is what v is doing: Ready, Running, CoStopped or Waiting, which is idle. Running means that it ran last.
func (c *CoScheduler) World(v VCPU) World {
	mustName("vCPU", int(v), len(c.worlds))
	return c.worlds[v-1]
}

// Skew is how far the progress of v is ahead of the least progress of its siblings, in microseconds.
func (c *CoScheduler) Skew(v VCPU) int {
	mustName("vCPU", int(v), len(c.skews))
	return c.skews[v-1]
}

// UntilPoll is the time until a poll is due, in microseconds.
func (c *CoScheduler) UntilPoll() int { return c.options.Poll - c.since }

// Advance says that some time passed, in microseconds, in which the vCPUs that are given ran, each named once, and those
// that were ready or running before and are not given waited for a processor. The time ends with the next poll at the
// latest. A vCPU that is stopped or idle cannot run.
func (c *CoScheduler) Advance(usec int, run ...VCPU) error {
	if usec < 1 || usec > c.UntilPoll() {
		return model.Refuse("advance: got %d µs, want at least 1, and a poll is due in %d", usec, c.UntilPoll())
	}
	for i, v := range run {
		if err := c.in("run", v, Ready, Running); err != nil {
			return err
		}
		if slices.Contains(run[:i], v) {
			return model.Refuse("run vCPU %d: it is named twice", v)
		}
	}
	progress := slices.Clone(c.skews)
	for i, w := range c.worlds {
		if w == Waiting || slices.Contains(run, VCPU(i+1)) {
			progress[i] += usec
		}
	}
	least := slices.Min(progress)
	for i, w := range c.worlds {
		switch {
		case w == Waiting:
			c.skews[i] = min(c.skews[i], progress[i]-least)
			continue
		case w == CoStopped:
		case slices.Contains(run, VCPU(i+1)):
			c.worlds[i] = Running
		default:
			c.worlds[i] = Ready
		}
		c.skews[i] = progress[i] - least
	}
	c.since += usec
	return nil
}

// Poll looks at the skews, which is refused before a poll is due. It gives those that it stopped and those that it started.
func (c *CoScheduler) Poll() (stopped, started []VCPU, err error) {
	if left := c.UntilPoll(); left > 0 {
		return nil, nil, model.Refuse("poll: it is due in %d µs", left)
	}
	c.since = 0
	for i, w := range c.worlds {
		switch {
		case (w == Ready || w == Running) && c.ahead(i):
			c.worlds[i] = CoStopped
			stopped = append(stopped, VCPU(i+1))
		case w == CoStopped && c.skews[i] < c.options.Costart:
			c.worlds[i] = Ready
			started = append(started, VCPU(i+1))
		}
	}
	return stopped, started, nil
}

// Halt says that the guest has nothing to do on v, which ran.
func (c *CoScheduler) Halt(v VCPU) error {
	if err := c.in("halt", v, Running); err != nil {
		return err
	}
	c.worlds[v-1] = Waiting
	return nil
}

// Wake says that there is something to do on v again. It is ready, or stopped if it went idle too far ahead.
func (c *CoScheduler) Wake(v VCPU) error {
	if err := c.in("wake", v, Waiting); err != nil {
		return err
	}
	c.worlds[v-1] = Ready
	if c.ahead(int(v - 1)) {
		c.worlds[v-1] = CoStopped
	}
	return nil
}

// ahead tells whether a vCPU is to be stopped.
func (c *CoScheduler) ahead(i int) bool { return c.options.Costop > 0 && c.skews[i] > c.options.Costop }

func (c *CoScheduler) in(step string, v VCPU, want ...World) error {
	if v < 1 || int(v) > len(c.worlds) {
		return model.Refuse("%s vCPU %d: want 1 to %d", step, v, len(c.worlds))
	}
	if w := c.World(v); !slices.Contains(want, w) {
		return model.Refuse("%s vCPU %d: got world %s, want one of %s", step, v, w, want)
	}
	return nil
}
