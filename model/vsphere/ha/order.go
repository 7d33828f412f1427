package ha

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Priority is a restart priority (ClusterDasVmSettingsRestartPriority); greater ones go first.
type Priority int

// The restart priorities. Medium is that of a machine without one.
const (
	RestartDisabled Priority = iota // HA leaves the machine alone
	Lowest
	Low
	Medium
	High
	Highest
)

// Ready is the condition that machines of a tier have to meet before the next tier begins
// (ClusterVmReadinessReadyCondition).
type Ready string

// The ready conditions, by the names of the vSphere API. NoCondition is that of a cluster without one: those above are
// placed first, no more.
const (
	NoCondition Ready = "none"
	PoweredOn   Ready = "poweredOn"
	GuestGreen  Ready = "guestHbStatusGreen"
	AppGreen    Ready = "appHbStatusGreen"
)

// Phase is how far the restart of a machine is.
type Phase int

// The phases of a restart.
const (
	ToBePlaced Phase = iota
	Placed           // a host has it
	Running          // it is powered on
	Healthy          // guest or application, as the condition has it, give heartbeats
)

func (p Phase) String() string { return [...]string{"waiting", "placed", "on", "ready"}[p] }

// Order restarts machines by tiers of priority. A lower tier begins when all machines of those above meet the ready
// condition, or when its timeout has passed since all machines of the tier were placed
// (ClusterDasVmSettings.restartPriorityTimeout: "a maximum time the lower priority VMs should wait"; from when it counts
// the reference does not say). Without a condition there is no timeout.
//
// What it guarantees, checked in restart.bh: nobody is started while somebody above is still waited for, and everybody
// whose priority is not RestartDisabled is started after no more ticks than the timeouts of the tiers above.
type Order struct {
	priorities []Priority
	ready      Ready
	timeout    int // ticks
	phases     []Phase
	tier       Priority // the lowest that has begun
	clock      int      // ticks since its machines were placed
	expired    []Priority
}

// NewOrder begins the restart of machines with these priorities, from 0 to tiers, which is Highest in vSphere. The
// timeout is counted in ticks, at least 1.
func NewOrder(tiers Priority, priorities []Priority, ready Ready, timeout int) (*Order, error) {
	for i, p := range priorities {
		if p < RestartDisabled || p > tiers {
			return nil, fmt.Errorf("VM %d: got priority %d, want 0 to %d", i+1, p, tiers)
		}
	}
	if !slices.Contains([]Ready{NoCondition, PoweredOn, GuestGreen, AppGreen}, ready) {
		return nil, fmt.Errorf("got ready condition %q, want %q, %q, %q or %q", ready, NoCondition, PoweredOn, GuestGreen, AppGreen)
	}
	if tiers < 1 || timeout < 1 {
		return nil, fmt.Errorf("got %d tiers and a timeout of %d ticks, want at least 1 each", tiers, timeout)
	}
	return &Order{
		priorities: slices.Clone(priorities), ready: ready, timeout: timeout,
		phases: make([]Phase, len(priorities)), tier: tiers,
	}, nil
}

// Phase is that of v.
func (o *Order) Phase(v VM) Phase { return o.phases[v-1] }

// Tier is the lowest priority whose restart has begun.
func (o *Order) Tier() Priority { return o.tier }

// Expired is the tiers that were not waited for any longer, in order of priority.
func (o *Order) Expired() []Priority { return slices.Clone(o.expired) }

// passed tells whether the machine with this index is waited for no more.
func (o *Order) passed(i int) bool {
	switch o.ready {
	case NoCondition:
		return o.phases[i] != ToBePlaced
	case PoweredOn:
		return o.phases[i] >= Running
	}
	return o.phases[i] == Healthy
}

func (o *Order) done() bool {
	for i, p := range o.priorities {
		if p >= o.tier && !o.passed(i) && !slices.Contains(o.expired, p) {
			return false
		}
	}
	return true
}

// Place finds v, whose turn it is, a host.
func (o *Order) Place(v VM) error {
	if err := o.step("place", v, ToBePlaced); err != nil {
		return err
	}
	if p := o.priorities[v-1]; p < o.tier || p == RestartDisabled {
		return model.Refuse("place VM %d: it has priority %d, and tier %d is restarted", v, p, o.tier)
	}
	o.phases[v-1] = Placed
	return nil
}

// PowerOn says that v is on.
func (o *Order) PowerOn(v VM) error {
	if err := o.step("power on", v, Placed); err != nil {
		return err
	}
	o.phases[v-1] = Running
	return nil
}

// Heartbeat says that v gives heartbeats.
func (o *Order) Heartbeat(v VM) error {
	if err := o.step("heartbeat", v, Running); err != nil {
		return err
	}
	o.phases[v-1] = Healthy
	return nil
}

func (o *Order) step(step string, v VM, from Phase) error {
	if err := known(step+" VM", v, len(o.phases)); err != nil {
		return err
	}
	if p := o.phases[v-1]; p != from {
		return model.Refuse("%s VM %d: it is %s, want %s", step, v, p, from)
	}
	return nil
}

// Tick says that time has passed. Nothing is counted, and the step refused, where nobody waits for the tier: it is the
// last one, it is done, its machines are not all placed, or its time is over.
func (o *Order) Tick() error {
	for i, p := range o.priorities {
		if p >= o.tier && o.phases[i] == ToBePlaced {
			return model.Refuse("tick: VM %d is to be placed first", i+1)
		}
	}
	if o.tier == 1 || o.done() || o.clock == o.timeout {
		return model.Refuse("tick: nobody waits for tier %d", o.tier)
	}
	o.clock++
	return nil
}

// Next begins the next tier: all above meet the ready condition.
func (o *Order) Next() error {
	if o.tier == 1 || !o.done() {
		return model.Refuse("next: tier %d is the last one, or not ready", o.tier)
	}
	o.tier--
	o.clock = 0
	return nil
}

// Expire begins the next tier after the timeout, whoever above is not ready.
func (o *Order) Expire() error {
	if o.tier == 1 || o.done() || o.clock < o.timeout {
		return model.Refuse("expire: tier %d has waited %d ticks of %d", o.tier, o.clock, o.timeout)
	}
	o.expired = append(o.expired, o.tier)
	slices.Sort(o.expired)
	o.tier--
	o.clock = 0
	return nil
}
