package drs

// Level is how much DRS does by itself: DrsBehavior in the vSphere API.
type Level int

// The levels of automation, from the least.
const (
	Manual             Level = iota // DRS recommends placements and migrations
	PartiallyAutomated              // it places machines that are powered on, and recommends migrations
	FullyAutomated                  // it does both
)

var levels = [...]string{"manual", "partiallyAutomated", "fullyAutomated"}

// String names a level as the vSphere API does.
func (l Level) String() string { return levels[l] }

// Places tells whether DRS places a machine that is powered on without asking.
func (l Level) Places() bool { return l >= PartiallyAutomated }

// Migrates tells whether DRS moves machines without asking, be it for balance, for a rule or to empty a host.
func (l Level) Migrates() bool { return l == FullyAutomated }

// Actor is who brought a machine where it is.
type Actor int

// The actors.
const (
	Nobody Actor = iota
	DRS
	Person
)

var actors = [...]string{"nobody", "drs", "person"}

// String names an actor.
func (a Actor) String() string { return actors[a] }

// Advice is what DRS recommends for one machine, and who acts on it. The machine is off at first.
type Advice struct {
	level   Level
	hosts   int
	wanted  bool // it is to be powered on
	at      Host // 0 is off
	best    Host
	advised Host // 0 is nowhere
	by      Actor
}

// NewAdvice makes the advice for a machine of a cluster of so many hosts, which should run on best.
func NewAdvice(level Level, hosts int, best Host) (*Advice, error) {
	if level < Manual || level > FullyAutomated || best < 1 || int(best) > hosts {
		return nil, fault(InvalidState, 0, best, "got level %d and host %d of %d", level, best, hosts)
	}
	return &Advice{level: level, hosts: hosts, best: best}, nil
}

// Level is the level of automation.
func (a *Advice) Level() Level { return a.level }

// At is the host that the machine runs on, and 0 where it is off.
func (a *Advice) At() Host { return a.at }

// Wanted tells whether the machine is off and to be powered on.
func (a *Advice) Wanted() bool { return a.wanted }

// Best is where the machine should run.
func (a *Advice) Best() Host { return a.best }

// Recommended is the host that DRS recommends, and 0 where it recommends nothing.
func (a *Advice) Recommended() Host { return a.advised }

// By is who brought the machine where it is.
func (a *Advice) By() Actor { return a.by }

// Start asks for the machine to be powered on.
func (a *Advice) Start() error {
	if a.at != 0 || a.wanted {
		return fault(InvalidPowerState, 1, a.at, "start: the machine is on, or about to be")
	}
	a.wanted = true
	return nil
}

// Stop powers the machine off.
func (a *Advice) Stop() error {
	if a.at == 0 {
		return fault(InvalidPowerState, 1, 0, "stop: the machine is off")
	}
	a.at, a.advised, a.by = 0, 0, Nobody
	return nil
}

// Shift says that the machine, which is on or to be powered on, should run on h, another host than before. What was recommended is withdrawn.
func (a *Advice) Shift(h Host) error {
	if h < 1 || int(h) > a.hosts || h == a.best || !a.wanted && a.at == 0 {
		return fault(InvalidState, 1, h, "shift: no machine should run on another host %d", h)
	}
	a.best, a.advised = h, 0
	return nil
}

// Advise has DRS recommend where the machine should run, if it does not run there.
func (a *Advice) Advise() error {
	if a.advised != 0 || !a.wanted && (a.at == 0 || a.at == a.best) {
		return fault(InvalidState, 1, a.best, "advise: there is nothing new to recommend")
	}
	a.advised = a.best
	return nil
}

// Act has DRS apply what it recommends, as far as its level goes.
func (a *Advice) Act() error {
	if a.advised == 0 || a.wanted && !a.level.Places() || !a.wanted && !a.level.Migrates() {
		return fault(InvalidState, 1, a.advised, "act: DRS, which is %s, does nothing by itself", a.level)
	}
	a.apply(DRS)
	return nil
}

// Agree is a person applying what DRS recommends.
func (a *Advice) Agree() error {
	if a.advised == 0 {
		return fault(InvalidState, 1, 0, "agree: nothing is recommended")
	}
	a.apply(Person)
	return nil
}

func (a *Advice) apply(by Actor) { a.at, a.advised, a.wanted, a.by = a.advised, 0, false, by }
