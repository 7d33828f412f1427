package replica

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Phase is where a participant of a Commit is, as its disk says. A coordinator is Working until it has decided.
type Phase int

const (
	// Working has not voted.
	Working Phase = iota
	// Prepared has voted yes, and waits.
	Prepared
	// Committed and Aborted know the outcome.
	Committed
	// Aborted knows that the transaction has not taken place.
	Aborted
)

// String is the name of the phase.
func (p Phase) String() string {
	names := []string{"working", "prepared", "committed", "aborted"}
	if p < 0 || int(p) >= len(names) {
		return fmt.Sprintf("Phase(%d)", int(p))
	}
	return names[p]
}

// Commit is one transaction under two-phase commit with presumed abort and cooperative termination (J. Gray, Notes on
// data base operating systems, 1978; P. A. Bernstein, V. Hadzilacos and N. Goodman, Concurrency control and recovery in
// database systems, 1987, ch. 7): its coordinator, its participants, and the messages sent so far, any of which may
// arrive at any time, again, or never.
//
// What it guarantees, checked in two_phase.bh, whatever crashes: nobody commits where another aborts, and outcomes
// stay. What it does not: that participants come to an outcome while the coordinator is down; see Blocked.
//
// The zero Commit has no participant; make one with NewCommit.
type Commit struct {
	phase    []Phase // by Node-1, on disk
	down     []bool
	voted    []bool // Yes was sent
	heard    []bool // by the coordinator, in its memory
	decision Phase  // of the coordinator, on disk, and sent
	gone     bool   // the coordinator is down
}

// NewCommit makes a transaction of so many participants, all of them working.
func NewCommit(participants int) (Commit, error) {
	if err := nodes(participants); err != nil {
		return Commit{}, err
	}
	n := participants
	return Commit{phase: make([]Phase, n), down: make([]bool, n), voted: make([]bool, n), heard: make([]bool, n)}, nil
}

// Clone returns an independent copy.
func (c *Commit) Clone() Commit {
	k := *c
	k.phase, k.down, k.voted, k.heard = slices.Clone(c.phase), slices.Clone(c.down), slices.Clone(c.voted), slices.Clone(c.heard)
	return k
}

// Phase is that of a participant; Working for one that is not there.
func (c *Commit) Phase(p Node) Phase {
	if known(p, len(c.phase)) != nil {
		return Working
	}
	return c.phase[p-1]
}

// Decision is that of the coordinator: Working, Committed or Aborted.
func (c *Commit) Decision() Phase { return c.decision }

// Up tells whether a participant is up, and whether the coordinator is.
func (c *Commit) Up(p Node) (participant, coordinator bool) {
	return known(p, len(c.phase)) == nil && !c.down[p-1], !c.gone
}

// Blocked tells whether nobody that is up can learn the outcome until somebody comes back: the coordinator is down and has sent no
// decision, and each participant that is up has voted yes and waits. (Where it has sent one, to wait may be enough; nobody
// can tell.)
func (c *Commit) Blocked() bool {
	waiting := false
	for i, p := range c.phase {
		if !c.down[i] && p != Prepared {
			return false
		}
		waiting = waiting || !c.down[i]
	}
	return c.gone && c.decision == Working && waiting
}

// participant refuses one that is not there, is down, or is in none of the phases.
func (c *Commit) participant(step string, p Node, in ...Phase) error {
	if err := known(p, len(c.phase)); err != nil {
		return err
	}
	if c.down[p-1] || !slices.Contains(in, c.phase[p-1]) {
		return model.Refuse("participant %d %s: it is %s (down %t)", p, step, c.phase[p-1], c.down[p-1])
	}
	return nil
}

// Vote lets a participant vote yes: it writes that down, and sends it. From then on others decide.
func (c *Commit) Vote(p Node) error {
	if err := c.participant("votes", p, Working); err != nil {
		return err
	}
	c.phase[p-1], c.voted[p-1] = Prepared, true
	return nil
}

// Refuse lets a participant vote no, and so abort.
func (c *Commit) Refuse(p Node) error {
	if err := c.participant("refuses", p, Working); err != nil {
		return err
	}
	c.phase[p-1] = Aborted
	return nil
}

// coordinator refuses a step of one that is down or has decided.
func (c *Commit) coordinator(step string) error {
	if c.gone || c.decision != Working {
		return model.Refuse("the coordinator %s: it is %s (down %t)", step, c.decision, c.gone)
	}
	return nil
}

// Hear lets the coordinator receive the yes of a participant, which may have been sent long ago.
func (c *Commit) Hear(p Node) error {
	if err := c.coordinator("hears"); err != nil {
		return err
	}
	if known(p, len(c.phase)) != nil || !c.voted[p-1] {
		return model.Refuse("the coordinator hears participant %d: it has not voted yes", p)
	}
	c.heard[p-1] = true
	return nil
}

// DecideCommit lets the coordinator decide to commit. It is refused before it has heard all participants.
func (c *Commit) DecideCommit() error {
	if err := c.coordinator("commits"); err != nil {
		return err
	}
	if len(c.heard) == 0 || slices.Contains(c.heard, false) {
		return model.Refuse("the coordinator commits: it has heard %v", c.heard)
	}
	c.decision = Committed
	return nil
}

// DecideAbort lets the coordinator decide to abort, since it has waited for long enough, or likes to.
func (c *Commit) DecideAbort() error {
	if err := c.coordinator("aborts"); err != nil {
		return err
	}
	c.decision = Aborted
	return nil
}

// Receive lets a participant that knows no outcome receive the decision, which may have been sent long ago.
func (c *Commit) Receive(p Node) error {
	if err := c.participant("receives", p, Working, Prepared); err != nil {
		return err
	}
	if c.decision == Working {
		return model.Refuse("participant %d receives: nothing is decided", p)
	}
	c.phase[p-1] = c.decision
	return nil
}

// Ask lets a participant that waits ask another one: it learns the outcome; one that has not voted aborts, and one that
// waits itself knows nothing, which is refused.
func (c *Commit) Ask(p, q Node) error {
	if err := c.participant("asks", p, Prepared); err != nil {
		return err
	}
	if err := c.participant("is asked", q, Working, Committed, Aborted); err != nil {
		return err
	}
	if c.phase[q-1] == Working {
		c.phase[q-1] = Aborted
	}
	c.phase[p-1] = c.phase[q-1]
	return nil
}

// Crash crashes a participant. What it has written down stays.
func (c *Commit) Crash(p Node) error {
	if err := known(p, len(c.phase)); err != nil {
		return err
	}
	if c.down[p-1] {
		return model.Refuse("participant %d crashes: it is down", p)
	}
	c.down[p-1] = true
	return nil
}

// Restart brings a participant back.
func (c *Commit) Restart(p Node) error {
	if err := known(p, len(c.phase)); err != nil {
		return err
	}
	if !c.down[p-1] {
		return model.Refuse("participant %d restarts: it is up", p)
	}
	c.down[p-1] = false
	return nil
}

// CrashCoordinator crashes the coordinator, which forgets whom it has heard.
func (c *Commit) CrashCoordinator() error {
	if c.gone {
		return model.Refuse("the coordinator crashes: it is down")
	}
	c.gone = true
	clear(c.heard)
	return nil
}

// Recover brings the coordinator back. If it has written no decision down, it decides to abort.
func (c *Commit) Recover() error {
	if !c.gone {
		return model.Refuse("the coordinator recovers: it is up")
	}
	c.gone = false
	if c.decision == Working {
		c.decision = Aborted
	}
	return nil
}
