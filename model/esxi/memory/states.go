package memory

import "fmt"

// State tells how short of memory a host is, from High, which is not at all, to Low (D. Epping, "Memory states", for ESXi 6
// and later).
type State int

// The states.
const (
	High State = iota
	Clear
	Soft
	Hard
	Low
)

var stateNames = [...]string{"high", "clear", "soft", "hard", "low"}

// String is the name that esxtop shows.
func (s State) String() string { return stateNames[s] }

// Means is what a host does about a lack of memory.
type Means struct {
	BreakLarge bool // large pages are broken, so that their parts can be shared
	Share      bool // pages of equal content are looked for at once
	Balloon    bool // the balloon drivers inflate
	Compress   bool // pages are compressed
	Swap       bool // pages go to the swap files
	Block      bool // machines above their targets wait when they want memory
}

var means = [...]Means{
	High:  {},
	Clear: {BreakLarge: true, Share: true},
	Soft:  {BreakLarge: true, Share: true, Balloon: true},
	Hard:  {BreakLarge: true, Share: true, Compress: true, Swap: true},
	Low:   {BreakLarge: true, Compress: true, Swap: true, Block: true},
}

// Means is what a host in this state does by itself. That a guest's balloon does not grow on in Hard is how the table is read
// here: sharing, compression and swapping are what it lists.
func (s State) Means() Means { return means[s] }

// Rule is what the marks of the states mean, on which sources disagree.
type Rule int

// The rules.
const (
	// Reached: the host is in the first state whose mark its free memory reaches, and in Low below all of them. It is the
	// only one that explains an esxtop that shows the clear state with 255 % of minFree free (sysinfo.io).
	Reached Rule = iota
	// Below: a state is entered when free memory falls below its own mark.
	Below
)

// Marks are the marks of the states in percent of minFree, and by how much free memory must rise above the mark at which a state
// was entered before the host leaves it, in percent of minFree, too.
type Marks struct{ High, Clear, Soft, Hard, Low, Margin int }

// DefaultMarks are those of ESXi 6 and later. Some sources say 300 for High. That there is a margin is known, but not how
// much it is: 4 is a choice of this package.
func DefaultMarks() Marks {
	return Marks{High: 400, Clear: 100, Soft: 64, Hard: 32, Low: 16, Margin: 4}
}

// Monitor follows the free memory of a host. The zero Monitor is not usable; make one with NewMonitor.
type Monitor struct {
	minFree int64
	entry   [Low]int64 // by state-1: below this percentage of minFree the state is entered
	high    int64      // percent
	margin  int64
	state   State
}

// NewMonitor makes a monitor of a host in the high state. minFree is in any unit, the same as what Observe gets.
func NewMonitor(minFree int64, marks Marks, rule Rule) (*Monitor, error) {
	if minFree < 1 || minFree > maxMB*100 {
		return nil, fmt.Errorf("got minFree %d, want 1 to %d", minFree, int64(maxMB*100))
	}
	list := [...]int{marks.High, marks.Clear, marks.Soft, marks.Hard, marks.Low}
	for i, m := range list {
		if m < 1 || m > 10_000 || i > 0 && m >= list[i-1] {
			return nil, fmt.Errorf("got marks %v, want falling ones from 1 to 10000", list)
		}
	}
	if marks.Margin < 0 || marks.Margin > 10_000 {
		return nil, fmt.Errorf("got margin %d, want 0 to 10000", marks.Margin)
	}
	m := &Monitor{minFree: minFree, high: int64(marks.High), margin: int64(marks.Margin)}
	for i := range m.entry {
		if rule == Reached {
			m.entry[i] = int64(list[i])
		} else {
			m.entry[i] = int64(list[i+1])
		}
	}
	return m, nil
}

// Clone returns an independent copy.
func (m *Monitor) Clone() *Monitor {
	c := *m
	return &c
}

// State is the state of the host as it was last observed.
func (m *Monitor) State() State { return m.state }

// LargeBroken tells whether the host breaks large pages with so much free memory: as soon as it is below the mark of High,
// which by rule Below is before it leaves the high state.
func (m *Monitor) LargeBroken(free int64) bool { return m.below(free, m.high) }

// below tells whether free is less than so many percent of minFree.
func (m *Monitor) below(free, percent int64) bool {
	// The quotient and the rest apart, so that nothing overflows.
	whole := free / m.minFree
	return whole < percent/100+1 && (whole*100-percent)*m.minFree+free%m.minFree*100 < 0
}

// depth is the state that a host comes to from above with so much free memory, for a margin of 0, or from below.
func (m *Monitor) depth(free, margin int64) State {
	s := High
	for _, e := range m.entry {
		if m.below(free, e+margin) {
			s++
		}
	}
	return s
}

// Observe says how much memory is free now, 0 or more, and gives the state that the host goes to. It gets worse as soon as free memory is below
// a mark, and better only above the mark and the margin.
func (m *Monitor) Observe(free int64) State {
	if free < 0 {
		panic(fmt.Sprintf("memory: %d is free, want 0 or more", free))
	}
	m.state = max(m.depth(free, 0), min(m.depth(free, m.margin), m.state))
	return m.state
}
