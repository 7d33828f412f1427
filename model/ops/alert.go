package ops

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// Thresholds say when an Alert is raised and cleared.
type Thresholds struct {
	High, Low int64 // raised at High and above, cleared at Low and below; Low < High
	For       int   // samples in a row that raise it (as Prometheus' for)
	Clear     int   // samples in a row that clear it (as Prometheus' keep_firing_for)
	Escalate  int   // samples without acknowledgement until it is escalated
}

// Event is what a sample leads to.
type Event int

const (
	// Nothing is to be done.
	Nothing Event = iota
	// Raised: a notification is sent.
	Raised
	// Escalated: nobody has acknowledged; somebody else is notified.
	Escalated
	// Cleared: it is over.
	Cleared
)

// String is the name of the event.
func (e Event) String() string {
	names := []string{"nothing", "raised", "escalated", "cleared"}
	if e < 0 || int(e) >= len(names) {
		return fmt.Sprintf("Event(%d)", int(e))
	}
	return names[e]
}

// Alert is an alert on a value that is sampled (Prometheus, alerting rules; IEC 62682, alarm states with a deadband and
// delays).
//
// What it guarantees, checked in alert.bh: it is raised after For samples in a row at High or above, and not otherwise,
// cleared after Clear in a row at Low or below; one notification is sent each time, so that a value that trembles sends
// one; an alert that nobody acknowledges is escalated once, within Escalate samples.
//
// The zero Alert is never raised; make one with NewAlert.
type Alert struct {
	t         Thresholds
	firing    bool
	acked     bool
	escalated bool
	row       int // samples in a row that speak for a change
	waits     int // samples since it was raised
}

// NewAlert makes an alert that is clear. Numbers of samples are 1 to Most.
func NewAlert(t Thresholds) (Alert, error) {
	if t.Low >= t.High {
		return Alert{}, fmt.Errorf("got thresholds %d and %d, want the lower one below the upper", t.Low, t.High)
	}
	for _, n := range []int{t.For, t.Clear, t.Escalate} {
		if n < 1 || n > Most {
			return Alert{}, fmt.Errorf("got %d samples, want 1 to %d", n, Most)
		}
	}
	return Alert{t: t}, nil
}

// Firing tells whether it is raised.
func (a *Alert) Firing() bool { return a.firing }

// Acked tells whether somebody has acknowledged it.
func (a *Alert) Acked() bool { return a.acked }

// Escalated tells whether it has been escalated.
func (a *Alert) Escalated() bool { return a.escalated }

// Sample takes the next value. A sample that clears an alert does not escalate it.
func (a *Alert) Sample(value int64) Event {
	if a.t.For == 0 {
		return Nothing
	}
	event := Nothing
	if a.firing && !a.acked && a.waits < a.t.Escalate {
		a.waits++
		if a.waits == a.t.Escalate {
			a.escalated, event = true, Escalated
		}
	}
	speaks, enough := value >= a.t.High, a.t.For
	if a.firing {
		speaks, enough = value <= a.t.Low, a.t.Clear
	}
	if !speaks {
		a.row = 0
		return event
	}
	a.row++
	if a.row < enough {
		return event
	}
	*a = Alert{t: a.t, firing: !a.firing}
	if a.firing {
		return Raised
	}
	return Cleared
}

// Ack acknowledges the alert, which stays until it is cleared. It is refused if it is not raised, or acknowledged before.
func (a *Alert) Ack() error {
	if !a.firing || a.acked {
		return model.Refuse("acknowledge: raised %t, acknowledged %t", a.firing, a.acked)
	}
	a.acked, a.waits = true, 0
	return nil
}
