package lifecycle

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bulkheadlang/bulkhead/model/vim"
)

// Memory is what a machine has in memory. The zero Memory is that of a machine that is off.
type Memory struct {
	Cache []Data // what the guest has of the disk, by block
	Work  Data   // something else that it works on
}

// Clone returns an independent copy.
func (m Memory) Clone() Memory { return Memory{Cache: slices.Clone(m.Cache), Work: m.Work} }

// Held is what a snapshot holds beside the disk.
type Held struct {
	Power  Power  // to which reverting leads; Off where it holds no memory
	Memory Memory // where it does
}

// Snapshots is a virtual machine with snapshots of its disk, memory and power state; snapshots.bh is the model of it.
//
// A snapshot of a running machine holds its memory where that is asked for; one of a suspended machine holds its image.
// Reverting leads to a machine that runs or is suspended as it was, or is off where the snapshot holds no memory (vSphere
// Virtual Machine Administration, Restoring Snapshots). Whether the guest is quiesced changes what it has flushed to
// disk when the snapshot is taken, and nothing here. Reverting with suppressPowerOn is not modelled.
//
// The zero Snapshots has no disk; make one with NewSnapshots.
type Snapshots struct {
	disk   *Disk
	power  Power
	memory Memory
	held   map[Snap]Held
}

// NewSnapshots makes a machine that is off, with the disk, which is its own from then on and has no snapshots.
func NewSnapshots(disk *Disk) (*Snapshots, error) {
	if disk == nil || len(disk.nodes) > 0 {
		return nil, fmt.Errorf("got no disk or one with snapshots, want one without")
	}
	return &Snapshots{disk: disk, held: map[Snap]Held{}}, nil
}

// Clone returns an independent copy.
func (m *Snapshots) Clone() *Snapshots {
	out := &Snapshots{disk: m.disk.Clone(), power: m.power, memory: m.memory.Clone(), held: maps.Clone(m.held)}
	for s, h := range out.held {
		out.held[s] = Held{h.Power, h.Memory.Clone()}
	}
	return out
}

// Disk is a copy of the disk.
func (m *Snapshots) Disk() *Disk { return m.disk.Clone() }

// Power is the power state.
func (m *Snapshots) Power() Power { return m.power }

// Memory is what the machine has in memory. The caller may keep it.
func (m *Snapshots) Memory() Memory { return m.memory.Clone() }

// Held is what snapshot s holds; of one that there is not, nothing. The caller may keep it.
func (m *Snapshots) Held(s Snap) Held {
	h := m.held[s]
	return Held{h.Power, h.Memory.Clone()}
}

func (m *Snapshots) want(p Power) error {
	if m.power != p {
		return vim.Refuse(vim.InvalidPowerState, "the machine is %s, want %s", m.power, p)
	}
	return nil
}

// PowerOn boots the machine, which must be off: the guest reads the disk.
func (m *Snapshots) PowerOn() error {
	if err := m.want(Off); err != nil {
		return err
	}
	m.power, m.memory = On, Memory{Cache: make([]Data, m.disk.Blocks())}
	for b := range m.memory.Cache {
		m.memory.Cache[b] = m.disk.Read(b)
	}
	return nil
}

// Resume goes on with a suspended machine.
func (m *Snapshots) Resume() error { return m.turn(Suspended, On) }

// Suspend suspends a running machine.
func (m *Snapshots) Suspend() error { return m.turn(On, Suspended) }

func (m *Snapshots) turn(from, to Power) error {
	if err := m.want(from); err != nil {
		return err
	}
	m.power = to
	return nil
}

// PowerOff stops the machine or discards its image.
func (m *Snapshots) PowerOff() error {
	if m.power == Off {
		return vim.Refuse(vim.InvalidPowerState, "the machine is off")
	}
	m.power, m.memory = Off, Memory{}
	return nil
}

// Write says that the guest writes block b of its disk.
func (m *Snapshots) Write(b int, v Data) error {
	if err := m.want(On); err != nil {
		return err
	}
	if err := m.disk.Write(b, v); err != nil {
		return err
	}
	m.memory.Cache[b] = v
	return nil
}

// Work says that the guest changes something else in its memory.
func (m *Snapshots) Work(v Data) error {
	if err := m.want(On); err != nil {
		return err
	}
	m.memory.Work = v
	return nil
}

// Take takes a snapshot, see Disk.Take. Of a machine that is off it holds no memory, whatever is asked for.
func (m *Snapshots) Take(s Snap, memory bool) error {
	if err := m.disk.Take(s); err != nil {
		return err
	}
	m.held[s] = Held{}
	if m.power == Suspended || m.power == On && memory {
		m.held[s] = Held{m.power, m.memory.Clone()}
	}
	return nil
}

// Revert makes the machine what it was when s was taken; see Snapshots.
func (m *Snapshots) Revert(s Snap) error {
	if err := m.disk.Revert(s); err != nil {
		return err
	}
	h := m.Held(s)
	m.power, m.memory = h.Power, h.Memory
	return nil
}

// Remove removes s, see Disk.Remove.
func (m *Snapshots) Remove(s Snap) error { return m.remove(m.disk.Remove(s)) }

// RemoveTree removes s and all that is below it.
func (m *Snapshots) RemoveTree(s Snap) error { return m.remove(m.disk.RemoveTree(s)) }

// RemoveAll removes all snapshots. It is refused where there is none.
func (m *Snapshots) RemoveAll() error { return m.remove(m.disk.RemoveAll()) }

// remove forgets what snapshots hold that are not there any more, unless removing them was refused.
func (m *Snapshots) remove(err error) error {
	if err == nil {
		maps.DeleteFunc(m.held, func(s Snap, _ Held) bool { return m.disk.has(s) != nil })
	}
	return err
}
