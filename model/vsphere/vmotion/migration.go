package vmotion

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Side is one of the two hosts of a migration.
type Side int

// The sides.
const (
	Source Side = iota
	Target
)

func (s Side) String() string { return [...]string{"source", "target"}[s] }

// Phase is how far a migration is.
type Phase int

// The phases of a migration.
const (
	Idle      Phase = iota // the machine runs at the source
	Copying                // pre-copy: it runs at the source and its memory is sent
	Stunned                // it stands still while the rest is sent
	Committed              // the target owns it and has not resumed it yet
	Done                   // it runs at the target
	Lost                   // the host that owned it has failed
)

func (p Phase) String() string {
	return [...]string{"idle", "precopy", "stunned", "committed", "done", "lost"}[p]
}

// Migration is the live migration of one machine, page by page. The host that has the lock on its files owns it; Switch
// hands the lock over, and is the only point of no return.
//
// What it guarantees, checked in migrate.bh: the machine runs on the host that owns it and on no other; the memory of
// both is the same at the switchover; a failure of the other host does it no harm; and where the guest writes fewer pages
// than are sent, pre-copy comes to an end.
type Migration struct {
	stun    int // pages that may be left when the guest is stunned
	reasons []Reason
	phase   Phase
	down    [2]bool
	owner   Side
	runs    [2]bool
	memory  []int64 // of the guest, by page
	copied  []int64 // at the target
	dirty   []bool
}

// NewMigration makes a machine that runs at the source with this memory, a content for each page, and has not begun to
// migrate, for these reasons or none; see Check. The guest is stunned when no more than stun pages are left, at least 1.
func NewMigration(memory []int64, stun int, reasons []Reason) (*Migration, error) {
	if len(memory) == 0 || stun < 1 {
		return nil, fmt.Errorf("got %d pages and %d to be left, want at least 1 each", len(memory), stun)
	}
	return &Migration{
		stun: stun, reasons: slices.Clone(reasons), runs: [2]bool{true, false},
		memory: slices.Clone(memory), copied: make([]int64, len(memory)), dirty: make([]bool, len(memory)),
	}, nil
}

// Phase is that of the migration.
func (m *Migration) Phase() Phase { return m.phase }

// Up tells whether the host on this side is up.
func (m *Migration) Up(s Side) bool { return !m.down[s] }

// Owner is the side that owns the machine.
func (m *Migration) Owner() Side { return m.owner }

// Runs tells whether the machine runs on this side.
func (m *Migration) Runs(s Side) bool { return m.runs[s] }

// Memory is the content of a page, counted from 1, at the source and at the target.
func (m *Migration) Memory(page int) (source, target int64) {
	return m.memory[page-1], m.copied[page-1]
}

// Dirty is the pages that are to be sent, in order.
func (m *Migration) Dirty() []int {
	var out []int
	for i, d := range m.dirty {
		if d {
			out = append(out, i+1)
		}
	}
	return out
}

func (m *Migration) want(step string, phases ...Phase) error {
	if !slices.Contains(phases, m.phase) {
		return model.Refuse("%s: the migration is %s", step, m.phase)
	}
	return nil
}

func (m *Migration) bothUp(step string) error {
	for s, down := range m.down {
		if down {
			return model.Refuse("%s: the %s has failed", step, Side(s))
		}
	}
	return nil
}

// Start begins to copy the whole memory. The check must have been passed: a Refusal has its reasons.
func (m *Migration) Start() error {
	if err := m.want("start", Idle); err != nil {
		return err
	}
	if err := refusal(m.reasons); err != nil {
		return err
	}
	if err := m.bothUp("start"); err != nil {
		return err
	}
	m.phase = Copying
	for i := range m.dirty {
		m.dirty[i] = true
	}
	return nil
}

// Write says that the guest has written into a page, counted from 1, while its memory is copied.
func (m *Migration) Write(page int, content int64) error {
	if err := known("page", page, len(m.memory)); err != nil {
		return err
	}
	if err := m.want("write", Copying); err != nil {
		return err
	}
	m.memory[page-1] = content
	m.dirty[page-1] = true
	return nil
}

// Copy says that a dirty page was sent as it is now.
func (m *Migration) Copy(page int) error {
	if err := known("page", page, len(m.memory)); err != nil {
		return err
	}
	if err := m.want("copy", Copying, Stunned); err != nil {
		return err
	}
	if err := m.bothUp("copy"); err != nil {
		return err
	}
	if !m.dirty[page-1] {
		return model.Refuse("copy: page %d is not dirty", page)
	}
	m.copied[page-1] = m.memory[page-1]
	m.dirty[page-1] = false
	return nil
}

// Stun makes the guest stand still, since few pages are left.
func (m *Migration) Stun() error {
	if err := m.want("stun", Copying); err != nil {
		return err
	}
	if err := m.bothUp("stun"); err != nil {
		return err
	}
	if left := len(m.Dirty()); left > m.stun {
		return model.Refuse("stun: %d pages are left, want at most %d", left, m.stun)
	}
	m.phase = Stunned
	m.runs[Source] = false
	return nil
}

// Switch hands the machine over to the target, once all is sent.
func (m *Migration) Switch() error {
	if err := m.want("switch", Stunned); err != nil {
		return err
	}
	if err := m.bothUp("switch"); err != nil {
		return err
	}
	if dirty := m.Dirty(); len(dirty) > 0 {
		return model.Refuse("switch: pages %v are not sent", dirty)
	}
	m.phase, m.owner = Committed, Target
	return nil
}

// Resume makes the machine go on at the target.
func (m *Migration) Resume() error {
	if err := m.want("resume", Committed); err != nil {
		return err
	}
	if m.down[Target] {
		return model.Refuse("resume: the target has failed")
	}
	m.phase = Done
	m.runs[Target] = true
	return nil
}

// Cancel makes the machine go on at the source, before the switchover: by somebody's will, after a time-out, or since the
// target has failed.
func (m *Migration) Cancel() error {
	if err := m.want("cancel", Copying, Stunned); err != nil {
		return err
	}
	if m.down[Source] {
		return model.Refuse("cancel: the source has failed")
	}
	m.phase = Idle
	m.runs[Source] = true
	clear(m.dirty)
	return nil
}

// Crash says that the host on this side has failed. If it owned the machine, that is lost, until HA restarts it.
func (m *Migration) Crash(s Side) error {
	if s != Source && s != Target || m.down[s] {
		return model.Refuse("crash: there is no such host that is up")
	}
	m.down[s] = true
	m.runs[s] = false
	if m.owner == s {
		m.phase = Lost
		clear(m.dirty)
	}
	return nil
}
