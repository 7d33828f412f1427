package model

import "math/bits"

// Isolating is an ability of a System: it has properties of kind Isolated, which are about what security domains, such as the
// tenants of a host, can find out about each other. Its Runners are Onlookers.
//
// An Isolated property is noninterference (Goguen and Meseguer 1982) as Rushby has it (Noninterference, Transitivity, and
// Channel-Control Security Policies, SRI CSL-92-02, 1992). An input is an action, the values of its parameters and what is chosen
// inside; in a state it leads to one state at most, and where it is not enabled, or faults, it does nothing. It belongs to some
// domains, which may depend on the state, or to none: then it is of the environment, which may affect everybody. It may affect
// domain t unless it belongs to some domain and each one it belongs to is forbidden to affect t. The property holds if, for every
// sequence of inputs from every initial state, t sees the same at its end as after the sequence without the inputs that may not
// affect t. What t sees of a state includes which inputs may affect it there, so that t knows what is left out.
//
// Where domains may affect t through others, as through a guard that lets out what it has looked at, it is intransitive noninterference
// (Haigh and Young 1987, and Rushby), and no input's domains may depend on the state. Of a sequence, from its end to its beginning, an input that may
// not affect t is kept all the same if one of the inputs kept behind it belongs to a domain through which one of its own may affect t.
type Isolating interface {
	System
	Isolation() *Isolation
}

// MaxDomains is how many domains a system may have.
const MaxDomains = 64

// Isolation is what a system claims of its domains.
type Isolation struct {
	Domains    []string         // their names, such as "tenant(1)"; at most MaxDomains
	Varying    []Instance       // the instances of actions whose domains depend on the state
	Properties []IsolatedDomain // of every Isolated property

	// Chooses tells of each action whether anything is ever chosen inside its steps; where not, an instance leads from a state to one other
	// at most. Without it, any action may. It saves asking Chosen of every step.
	Chooses []bool

	// What tells through which variables a domain finds out about another one: those, or the parts of them, such as "world[1]", that
	// what it sees depends on, by domain, and those that each action reads and writes. There is none where that is not known.
	Shown, Reads, Writes [][]string
}

// Instance is an action with values of its parameters.
type Instance struct {
	Action ActionID
	Args   uint32
	Text   string // such as "PowerOn(v=1)"
}

// IsolatedDomain says that nothing that the domains By do, and no others, changes what domain Of sees. By has a bit for each. A
// property has several of them, and holds when all do.
type IsolatedDomain struct {
	Property PropertyID
	Of       int
	By       uint64
	Via      []uint64 // by domain, for those in By: through which it may affect Of all the same; or nil
}

// Forbids tells whether an input of some domains may not affect domain Of, but through others.
func (c *IsolatedDomain) Forbids(owners uint64) bool { return owners != 0 && owners&^c.By == 0 }

// Through gives the domains through which an input of some domains that it forbids may affect domain Of.
func (c *IsolatedDomain) Through(owners uint64) (via uint64) {
	for ; owners != 0 && c.Via != nil; owners &= owners - 1 {
		via |= c.Via[bits.TrailingZeros64(owners)]
	}
	return via
}

// Onlooker is an ability of a Runner: to say what domains see and do.
type Onlooker interface {
	// Sees appends what domain d sees of the current state to out: the same bytes exactly where it sees the same.
	Sees(d int, out []byte) ([]byte, *Fault)

	// View gives what domain d sees of the current state in words.
	View(d int) []Binding

	// Acts tells to which domains an instance belongs in the current state, whether or not it is enabled: a bit for each.
	Acts(a ActionID, args uint32) (uint64, *Fault)

	// Chosen appends what was chosen inside the step that Next is emitting to out: the same bytes, among the steps of an instance
	// from whatever state, exactly where the same was chosen.
	Chosen(l Label, out []byte) []byte
}
