package kubelet

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// Config is the configuration of evictions. Times are in milliseconds.
type Config struct {
	Hard       Thresholds
	Soft       Thresholds
	Grace      [signals]int64 // for how long a soft threshold must be met; of each that is set
	MinReclaim Thresholds     // by how much a threshold by which pods were evicted must be passed before it is no longer met
	Transition int64          // evictionPressureTransitionPeriod: for how long a condition shows from when it was last seen; the API takes 0 for the default
}

// The times of the kubelet, in milliseconds.
const (
	Interval          = 10_000  // between two looks (the housekeeping interval)
	DefaultTransition = 300_000 // evictionPressureTransitionPeriod
)

// DefaultConfig is the configuration of a kubelet that sets nothing: no soft thresholds.
var DefaultConfig = Config{Hard: DefaultHard, Transition: DefaultTransition}

const maxTime = 1 << 52

func (c Config) valid() error {
	if c.Transition < 0 || c.Transition > maxTime {
		return fmt.Errorf("got a transition period of %d ms, want 0 to %d", c.Transition, int64(maxTime))
	}
	for s := range signals {
		for _, q := range []Quantity{c.Hard[s], c.Soft[s], c.MinReclaim[s]} {
			if err := q.valid(); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		if soft := c.Soft[s] != (Quantity{}); c.Grace[s] < 0 || c.Grace[s] > maxTime || soft != (c.Grace[s] > 0) {
			return fmt.Errorf("%s: got a grace period of %d ms, want one for each soft threshold, and for no other", s, c.Grace[s])
		}
	}
	return nil
}

// Manager decides when a kubelet evicts pods: it looks at the signals at intervals, and remembers which thresholds it has seen met,
// and since when (pkg/kubelet/eviction/eviction_manager.go, synchronize). Whom it evicts, Rank says. Make one with NewManager.
type Manager struct {
	config Config
	now    int64
	met    [2][signals]bool  // hard and soft: at the last look
	since  [2][signals]int64 // the look at which it began to be met
	seen   [conditions]bool  // a condition was seen
	last   [conditions]int64 // the last look at which it was
}

// NewManager makes a manager at time 0.
func NewManager(c Config) (*Manager, error) {
	if err := c.valid(); err != nil {
		return nil, err
	}
	return &Manager{config: c}, nil
}

// Clone returns an independent copy.
func (m *Manager) Clone() *Manager {
	out := *m
	return &out
}

// Decision is what a look leads to.
type Decision struct {
	Evict  bool   // one pod is to be evicted, by the order of Signal
	Signal Signal // the first that is to be reclaimed
	Hard   bool   // at once, without a grace period for the pod
}

// Look is one turn, so many ms after the last: observations of signals that are not watched may be zero. A threshold is met while
// less is available than it says; one by which the last look evicted, or would have, whose grace period was over then, is met until
// MinReclaim more is available. A condition shows at once, also by a soft threshold whose grace period is not over.
func (m *Manager) Look(ms int64, observed [signals]Observation) (Decision, error) {
	if ms < 1 || ms > maxTime-m.now {
		return Decision{}, model.Refuse("got %d ms, want 1 to %d", ms, maxTime-m.now)
	}
	for s, o := range observed {
		if err := o.valid(); err != nil {
			return Decision{}, model.Refuse("%s: %w", Signal(s), err)
		}
	}
	last := m.now
	m.now += ms
	out := Decision{}
	for s := range signals {
		for kind, thresholds := range []Thresholds{m.config.Hard, m.config.Soft} {
			hard := kind == 0
			ripe := func(now int64) bool { return hard || now-m.since[kind][s] >= m.config.Grace[s] }
			more := Quantity{}
			if m.met[kind][s] && ripe(last) {
				more = m.config.MinReclaim[s]
			}
			met := observed[s].below(thresholds[s], more)
			if met && !m.met[kind][s] {
				m.since[kind][s] = m.now
			}
			m.met[kind][s] = met
			if !met {
				continue
			}
			c := s.Condition()
			m.seen[c], m.last[c] = true, m.now
			if ripe(m.now) && (!out.Evict || out.Signal == s && hard) {
				out = Decision{Evict: true, Signal: s, Hard: hard}
			}
		}
	}
	return out, nil
}

// Under tells whether the node is under the condition: it was last seen less than the transition period ago
// (nodeConditionsObservedSince). With a period of 0 no condition ever shows.
func (m *Manager) Under(c Condition) bool {
	return c >= 0 && c < conditions && m.seen[c] && m.now-m.last[c] < m.config.Transition
}
