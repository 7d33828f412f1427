package access

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Hash is a link of a chain.
type Hash [sha256.Size]byte

// Entry is an entry of an audit log, with the hash of it and of the entry before.
type Entry struct {
	Record string
	Hash   Hash
}

// link is the hash of a record behind a hash, which has one length, so that no two pairs make the same text.
func link(before Hash, record string) Hash { return sha256.Sum256(append(before[:], record...)) }

// Log is an audit log that only grows: a hash chain (Schneier and Kelsey, "Secure Audit Logs to Support Computer Forensics", ACM
// TISSEC 2(2), 1999, without the keys that move on). Its last hash, kept where nobody who can write the log can write, is the
// seal. The zero Log is empty.
type Log struct{ entries []Entry }

// Append writes an entry and gives the seal.
func (l *Log) Append(record string) Hash {
	h := link(l.Seal(), record)
	l.entries = append(l.entries, Entry{record, h})
	return h
}

// Seal is the last hash, the zero Hash of an empty log.
func (l *Log) Seal() Hash {
	if len(l.entries) == 0 {
		return Hash{}
	}
	return l.entries[len(l.entries)-1].Hash
}

// Entries is a copy of the log.
func (l *Log) Entries() []Entry { return slices.Clone(l.entries) }

// Clone is an independent copy.
func (l *Log) Clone() *Log { return &Log{slices.Clone(l.entries)} }

// Verify tells whether entries are a chain that ends with a seal. The error says where the chain breaks, by the number of the entry
// from 0; where only the seal does not fit, entries were left out at the end, or all were made anew.
func Verify(entries []Entry, seal Hash) error {
	var before Hash
	for i, e := range entries {
		if before = link(before, e.Record); before != e.Hash {
			return fmt.Errorf("entry %d does not fit what is before it", i)
		}
	}
	if before != seal {
		return fmt.Errorf("%d entries end with %x, the seal is %x", len(entries), before[:4], seal[:4])
	}
	return nil
}

// Stage is how far a Mediator is with what was asked for.
type Stage string

// The stages, in their order.
const (
	Idle    Stage = "idle"
	Asked   Stage = "asked"
	Checked Stage = "checked"
	Logged  Stage = "logged"  // in memory
	Durable Stage = "durable" // on disk
)

// Mediator does what it is asked for, one thing at a time, after it was checked and the log of it is durable. It may crash
// between any two steps, which loses what is in memory; see audit.bh. The zero Mediator is not to be used; make one with
// NewMediator.
type Mediator struct {
	allowed func(string) bool
	stage   Stage
	deed    string
	disk    Log
	seal    Hash
	did     []string
}

// NewMediator makes a mediator that does what allowed allows; nil allows nothing.
func NewMediator(allowed func(deed string) bool) *Mediator {
	if allowed == nil {
		allowed = func(string) bool { return false }
	}
	return &Mediator{allowed: allowed, stage: Idle}
}

// Clone is an independent copy.
func (m *Mediator) Clone() *Mediator {
	c := *m
	c.disk, c.did = *m.disk.Clone(), slices.Clone(m.did)
	return &c
}

// at refuses a step that is not the next one.
func (m *Mediator) at(want Stage) error {
	if m.stage != want {
		return model.Refuse("the mediator is %s, want %s", m.stage, want)
	}
	return nil
}

// Ask asks for something.
func (m *Mediator) Ask(deed string) error {
	if err := m.at(Idle); err != nil {
		return err
	}
	m.stage, m.deed = Asked, deed
	return nil
}

// Check goes on with what is allowed, and forgets what is not.
func (m *Mediator) Check() error {
	if err := m.at(Asked); err != nil {
		return err
	}
	m.stage = Checked
	if !m.allowed(m.deed) {
		m.stage, m.deed = Idle, ""
	}
	return nil
}

// Log writes the entry into memory.
func (m *Mediator) Log() error {
	if err := m.at(Checked); err != nil {
		return err
	}
	m.stage = Logged
	return nil
}

// Sync makes it durable, with the seal.
func (m *Mediator) Sync() error {
	if err := m.at(Logged); err != nil {
		return err
	}
	m.seal = m.disk.Append(m.deed)
	m.stage = Durable
	return nil
}

// Do does it.
func (m *Mediator) Do() error {
	if err := m.at(Durable); err != nil {
		return err
	}
	m.did = append(m.did, m.deed)
	m.stage, m.deed = Idle, ""
	return nil
}

// Crash loses what is in memory, and begins again.
func (m *Mediator) Crash() error {
	if m.stage == Idle {
		return model.Refuse("there is nothing to lose")
	}
	m.stage, m.deed = Idle, ""
	return nil
}

// Run takes all steps for one deed. It refuses what is not allowed.
func (m *Mediator) Run(deed string) error {
	if err := m.Ask(deed); err != nil {
		return err
	}
	if err := m.Check(); err != nil {
		return err
	}
	if m.stage == Idle {
		return model.Refuse("%q is not allowed", deed)
	}
	return firstOf(m.Log(), m.Sync(), m.Do())
}

// Stage is how far the mediator is.
func (m *Mediator) Stage() Stage { return m.stage }

// Did is what was done, in order.
func (m *Mediator) Did() []string { return slices.Clone(m.did) }

// Audit is the durable log, and its seal.
func (m *Mediator) Audit() ([]Entry, Hash) { return m.disk.Entries(), m.seal }
