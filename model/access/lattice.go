package access

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Label is a point of the lattice of levels and sets of categories (Denning, "A Lattice Model of Secure Information Flow",
// Communications of the ACM 19(5), 1976). The zero Label is the lowest.
type Label struct {
	Level      uint8
	Categories uint64 // a bit for each
}

// String is the level with the numbers of the categories.
func (l Label) String() string {
	out := fmt.Sprint(l.Level)
	for c := l.Categories; c != 0; c &= c - 1 {
		out += fmt.Sprintf("+%d", bits.TrailingZeros64(c))
	}
	return out
}

// Dominates tells whether l is at least m: its level, and all its categories.
func (l Label) Dominates(m Label) bool { return l.Level >= m.Level && m.Categories&^l.Categories == 0 }

// Join is the least label that dominates both.
func (l Label) Join(m Label) Label {
	return Label{max(l.Level, m.Level), l.Categories | m.Categories}
}

// Meet is the greatest label that both dominate.
func (l Label) Meet(m Label) Label {
	return Label{min(l.Level, m.Level), l.Categories & m.Categories}
}

// Mode is a mode of access: to observe, to alter, or both.
type Mode uint8

// The modes (Bell and LaPadula's read, append and write).
const (
	Observe Mode = 1 << iota
	Alter
)

// Access is an element of the current access set b: a subject has an object open in a mode.
type Access struct {
	Subject, Object string
	Mode            Mode // Observe or Alter; a write is both
}

// Subject is a subject of a Monitor.
type Subject struct {
	Name      string
	Clearance Label // the most that its current label may be
	Current   Label
	// Trusted subjects are held to the discretionary rules and to the clearance alone.
	Trusted bool
}

// Object is an object of a Monitor.
type Object struct {
	Name  string
	Label Label
}

// MonitorConfig describes a reference monitor.
type MonitorConfig struct {
	Subjects []Subject
	Objects  []Object
	// Integrity turns the lattice over, which makes it Biba's strict integrity: no reading down, no writing up. Labels are of
	// integrity then, and Clearance is the least that the current label may be.
	Integrity bool
	// Strong is strong tranquility: no label of an object changes, ever. Without it one may change while nobody has the object
	// open, upward only.
	Strong bool
}

// Monitor is the reference monitor of Bell and LaPadula ("Secure Computer System: Unified Exposition and Multics
// Interpretation", MTR-2997, 1976) or, turned over, that of Biba ("Integrity Considerations for Secure Computer Systems",
// MTR-3153, 1977), over a lattice of levels and categories: what is open, what may be opened, and who gave whom the right to.
//
// Every state has the simple property (what a subject observes its clearance dominates), the star property (its current label
// dominates what it observes, and what it alters dominates that) and the discretionary one (it has the right to it). What a
// subject remembers of what it has closed is no part of a state: for nothing to flow down, a subject that lowers its label must
// forget; see monitor.bh.
type Monitor struct {
	config MonitorConfig
	labels []Label // of objects
	now    []Label // of subjects
	rights map[Access]bool
	open   map[Access]bool
}

// NewMonitor makes a monitor in which nothing is open and nobody has a right.
func NewMonitor(c MonitorConfig) (*Monitor, error) {
	m := &Monitor{config: c, rights: map[Access]bool{}, open: map[Access]bool{}}
	m.config.Subjects, m.config.Objects = slices.Clone(c.Subjects), slices.Clone(c.Objects)
	for i, s := range c.Subjects {
		if s.Name == "" || m.subject(s.Name) != i || !m.above(s.Clearance, s.Current) {
			return nil, fmt.Errorf("subject %q has no name or another one's, or is not cleared for its label", s.Name)
		}
		m.now = append(m.now, s.Current)
	}
	for i, o := range c.Objects {
		if o.Name == "" || m.object(o.Name) != i {
			return nil, fmt.Errorf("object %q has no name or another one's", o.Name)
		}
		m.labels = append(m.labels, o.Label)
	}
	return m, nil
}

// Clone is an independent copy.
func (m *Monitor) Clone() *Monitor {
	c := *m
	c.labels, c.now = slices.Clone(m.labels), slices.Clone(m.now)
	c.rights, c.open = cloneSet(m.rights), cloneSet(m.open)
	return &c
}

func cloneSet(s map[Access]bool) map[Access]bool {
	out := make(map[Access]bool, len(s))
	for k := range s {
		out[k] = true
	}
	return out
}

func (m *Monitor) subject(name string) int {
	return slices.IndexFunc(m.config.Subjects, func(s Subject) bool { return s.Name == name })
}

func (m *Monitor) object(name string) int {
	return slices.IndexFunc(m.config.Objects, func(o Object) bool { return o.Name == name })
}

// above tells whether information may flow from b to a.
func (m *Monitor) above(a, b Label) bool {
	if m.config.Integrity {
		return b.Dominates(a)
	}
	return a.Dominates(b)
}

// find gives the places of a subject and an object.
func (m *Monitor) find(a Access) (s, o int, err error) {
	s, o = m.subject(a.Subject), m.object(a.Object)
	if s < 0 || o < 0 || a.Mode != Observe && a.Mode != Alter {
		return 0, 0, model.Refuse("there is no subject %q, no object %q or no mode %d", a.Subject, a.Object, a.Mode)
	}
	return s, o, nil
}

// secure refuses what is not in keeping with the simple and the star property, for a subject with some current label.
func (m *Monitor) secure(s int, current Label, o int, mode Mode) error {
	subject, label := m.config.Subjects[s], m.labels[o]
	if mode == Observe && !m.above(subject.Clearance, label) {
		return model.Refuse("simple security: %s is cleared for %s, %s is %s", subject.Name, subject.Clearance, m.config.Objects[o].Name, label)
	}
	if subject.Trusted {
		return nil
	}
	if mode == Observe && !m.above(current, label) || mode == Alter && !m.above(label, current) {
		return model.Refuse("star property: %s is at %s, %s is %s", subject.Name, current, m.config.Objects[o].Name, label)
	}
	return nil
}

// Open adds an access to those that are current.
func (m *Monitor) Open(a Access) error {
	s, o, err := m.find(a)
	if err != nil {
		return err
	}
	if m.open[a] {
		return model.Refuse("%s has %s open", a.Subject, a.Object)
	}
	if !m.rights[a] {
		return model.Refuse("discretionary security: %s has no right to %s", a.Subject, a.Object)
	}
	if err := m.secure(s, m.now[s], o, a.Mode); err != nil {
		return err
	}
	m.open[a] = true
	return nil
}

// Close ends an access.
func (m *Monitor) Close(a Access) error {
	if !m.open[a] {
		return model.Refuse("%s has not got %s open", a.Subject, a.Object)
	}
	delete(m.open, a)
	return nil
}

// Give gives a right. Who may is not a matter of this model.
func (m *Monitor) Give(a Access) error {
	if _, _, err := m.find(a); err != nil {
		return err
	}
	if m.rights[a] {
		return model.Refuse("%s has that right to %s", a.Subject, a.Object)
	}
	m.rights[a] = true
	return nil
}

// Rescind takes a right, and ends the access that rests on it.
func (m *Monitor) Rescind(a Access) error {
	if !m.rights[a] {
		return model.Refuse("%s has no such right to %s", a.Subject, a.Object)
	}
	delete(m.rights, a)
	delete(m.open, a)
	return nil
}

// Move changes the current label of a subject, within its clearance, if what it has open stays in keeping.
func (m *Monitor) Move(subject string, to Label) error {
	s := m.subject(subject)
	if s < 0 {
		return model.Refuse("there is no subject %q", subject)
	}
	if m.now[s] == to || !m.above(m.config.Subjects[s].Clearance, to) {
		return model.Refuse("%s is at %s, or not cleared for it", subject, to)
	}
	for a := range m.open {
		if a.Subject == subject {
			if err := m.secure(s, to, m.object(a.Object), a.Mode); err != nil {
				return err
			}
		}
	}
	m.now[s] = to
	return nil
}

// Relabel changes the label of an object that nobody has open, to one to which what is in it may flow.
func (m *Monitor) Relabel(object string, to Label) error {
	o := m.object(object)
	if o < 0 {
		return model.Refuse("there is no object %q", object)
	}
	if m.config.Strong {
		return model.Refuse("strong tranquility: labels do not change")
	}
	if m.labels[o] == to || !m.above(to, m.labels[o]) {
		return model.Refuse("%s is %s, from which nothing flows to %s", object, m.labels[o], to)
	}
	for a := range m.open {
		if a.Object == object {
			return model.Refuse("tranquility: %s has %s open", a.Subject, object)
		}
	}
	m.labels[o] = to
	return nil
}

// Label is the label of an object; the zero Label for what is none.
func (m *Monitor) Label(object string) Label {
	if o := m.object(object); o >= 0 {
		return m.labels[o]
	}
	return Label{}
}

// Current is the current label of a subject; the zero Label for what is none.
func (m *Monitor) Current(subject string) Label {
	if s := m.subject(subject); s >= 0 {
		return m.now[s]
	}
	return Label{}
}

// Has tells whether an access is current.
func (m *Monitor) Has(a Access) bool { return m.open[a] }

// May tells whether a subject has the right to an access, whatever the labels.
func (m *Monitor) May(a Access) bool { return m.rights[a] }
