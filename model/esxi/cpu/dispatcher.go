package cpu

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Unlimited is the limit of a machine that has none, as in the vSphere API.
const Unlimited = -1

// Allocation is what a machine of one vCPU is to get of a processor. Reservation and limit are in ticks of each window; of a
// processor of M MHz and a window of w ticks, r MHz are w*r/M ticks.
type Allocation struct {
	Shares      int // at least 1
	Reservation int // delivered in every window in which the machine is runnable all the time
	Limit       int // never exceeded in any window, at least 1 and the reservation, or Unlimited
}

// DispatchOptions are what the scheduler of a host depends on.
type DispatchOptions struct {
	CPUs     int // processors, at least 1
	Window   int // ticks, at least 1
	Spare    int // ticks of each window, of all processors together, that cannot be reserved
	BoundLag int // Cpu.BoundLagQuanta, in ticks, at least 1
}

// The defaults of ESXi 6.5 to 8.0.3, in milliseconds but for BoundLagQuanta. Manuals of ESX 4 give a quantum of OldQuantum.
const (
	Quantum         = 200  // Cpu.Quantum
	OldQuantum      = 50   // the same in older manuals
	CreditAgePeriod = 3000 // Cpu.CreditAgePeriod
	BoundLagQuanta  = 8    // Cpu.BoundLagQuanta
)

// DefaultDispatch gives the options of a host on which a tick is a quantum of so many milliseconds, 1 to 3,000. The sources say
// neither how long the window is in which a reservation is counted, taken to be CreditAgePeriod here, nor how much of it the
// VMkernel keeps, taken to be one tick.
func DefaultDispatch(cpus, quantum int) DispatchOptions {
	return DispatchOptions{CPUs: cpus, Window: CreditAgePeriod / quantum, Spare: 1, BoundLag: BoundLagQuanta}
}

// InsufficientCPUResourcesFault is the vSphere API's InsufficientCpuResourcesFault: a reservation does not fit. It wraps
// model.ErrRefused. Both numbers are ticks of each window.
type InsufficientCPUResourcesFault struct {
	Unreserved int // what can still be reserved
	Requested  int
}

// Error names the fault and its numbers.
func (f *InsufficientCPUResourcesFault) Error() string {
	return fmt.Sprintf("%s: InsufficientCpuResourcesFault: %d ticks are unreserved, %d requested", model.ErrRefused, f.Unreserved, f.Requested)
}

// Unwrap gives model.ErrRefused.
func (f *InsufficientCPUResourcesFault) Unwrap() error { return model.ErrRefused }

// Dispatcher runs virtual machines of one vCPU on the processors of a host by ESXi's published rule: a machine that has had
// less than its reservation goes first, and of the others the one that has used least per share (F. Denneman, Reservations
// and CPU scheduling, frankdenneman.nl, 8 June 2010); a machine that has had its limit waits (%MLMTD of esxtop), even beside
// an idle processor. Of several machines below their reservations, on which the source is silent, the one that is owed most
// goes first: with one processor any order would do, with several not.
//
// Use per share is a virtual time, as in Stride: Lead is the distance of a machine from that of the host, which is where the
// last machine that was dispatched by its shares was. What a reservation gives out of turn puts a machine ahead, but never
// by more than BoundLag ticks of its own, as Cpu.BoundLagQuanta has it; and whoever waits by its limit does not save up what
// it missed.
//
// What it guarantees, checked in dispatch.bh, with w the shares and c the ticks that a machine had: whoever is runnable for
// a whole window gets its reservation in it, and nobody gets more than its limit; no processor is idle while a machine may
// run. With one processor, over any interval in which i and j are runnable and neither is at its limit or served by its
// reservation, |c_i/w_i - c_j/w_j| <= max(1/w_i, 1/w_j) if their leads were equal at its start, and c_i/w_i - c_j/w_j <=
// BoundLag/w_j + 1/w_i whatever they were. Reservations do break proportional share: a machine whose reservation is more
// than its part by shares gets ahead of the others for ever. With several processors so do shares that are more than one
// processor. With one, and Spare at least 1, nobody starves: a machine that may run waits for a window at most for each tick
// that others can have by their shares before it, w_j/w_i + 1 for each.
//
// The zero Dispatcher has no machine; make one with NewDispatcher.
type Dispatcher struct {
	options  DispatchOptions
	machines []Allocation
	strides  []*big.Int
	worlds   []World
	runs     []VM // by CPU-1; 0 is idle
	tick     int  // of the window
	used     []int
	owed     []int
	leads    []*big.Int // a new one for each value, so that copies may share them
}

// NewDispatcher makes a dispatcher of some machines, all suspended. The error says which number makes no sense.
func NewDispatcher(machines []Allocation, o DispatchOptions) (*Dispatcher, error) {
	if o.CPUs < 1 || o.Window < 1 || o.BoundLag < 1 {
		return nil, fmt.Errorf("got %+v, want processors, a window and a bound of at least 1", o)
	}
	if o.Window > math.MaxInt/o.CPUs || o.Spare < 0 || o.Spare > o.CPUs*o.Window {
		return nil, fmt.Errorf("got %d spare ticks of %d processors and a window of %d, want no more than there are", o.Spare, o.CPUs, o.Window)
	}
	shares := make([]int, len(machines))
	leads := make([]*big.Int, len(machines))
	worlds := make([]World, len(machines))
	for i, m := range machines {
		if m.Reservation < 0 || m.Reservation > o.Window {
			return nil, fmt.Errorf("VM %d: got a reservation of %d, want 0 to %d, the speed of one processor", i+1, m.Reservation, o.Window)
		}
		if m.Limit != Unlimited && (m.Limit < 1 || m.Limit < m.Reservation) {
			return nil, fmt.Errorf("VM %d: got a limit of %d, want at least 1 and the reservation, or %d", i+1, m.Limit, Unlimited)
		}
		shares[i], leads[i], worlds[i] = m.Shares, new(big.Int), Suspended
	}
	strides, err := stridesOf(shares)
	if err != nil {
		return nil, err
	}
	return &Dispatcher{
		options:  o,
		machines: slices.Clone(machines),
		strides:  strides,
		worlds:   worlds,
		runs:     make([]VM, o.CPUs),
		used:     make([]int, len(machines)),
		owed:     make([]int, len(machines)),
		leads:    leads,
	}, nil
}

// Clone returns an independent copy.
func (d *Dispatcher) Clone() *Dispatcher {
	e := *d // options, machines and strides never change
	e.worlds = slices.Clone(d.worlds)
	e.runs = slices.Clone(d.runs)
	e.used = slices.Clone(d.used)
	e.owed = slices.Clone(d.owed)
	e.leads = slices.Clone(d.leads)
	return &e
}

// VMs is the number of virtual machines.
func (d *Dispatcher) VMs() int { return len(d.worlds) }

// World is what v is doing: Ready, Running or Suspended.
func (d *Dispatcher) World(v VM) World {
	mustName("VM", int(v), len(d.worlds))
	return d.worlds[v-1]
}

// Runs is the machine on CPU c, or 0.
func (d *Dispatcher) Runs(c CPU) VM {
	mustName("CPU", int(c), len(d.runs))
	return d.runs[c-1]
}

// Used is the number of ticks that v has had in this window.
func (d *Dispatcher) Used(v VM) int {
	mustName("VM", int(v), len(d.used))
	return d.used[v-1]
}

// Owed is what v has not had yet of its reservation in this window, in ticks.
func (d *Dispatcher) Owed(v VM) int {
	mustName("VM", int(v), len(d.owed))
	return d.owed[v-1]
}

// Lead is how far the virtual time of v is ahead of that of the host, in units of which one tick of v takes Stride(v). The
// caller may keep it.
func (d *Dispatcher) Lead(v VM) *big.Int {
	mustName("VM", int(v), len(d.leads))
	return new(big.Int).Set(d.leads[v-1])
}

// Stride is what one tick adds to the virtual time of v: the least common multiple of all shares, over those of v. The caller
// may keep it.
func (d *Dispatcher) Stride(v VM) *big.Int {
	mustName("VM", int(v), len(d.strides))
	return new(big.Int).Set(d.strides[v-1])
}

// Limited tells whether v waits because it has had its limit.
func (d *Dispatcher) Limited(v VM) bool {
	return d.World(v) == Ready && !d.below(v)
}

// Left is the number of ticks until the window ends.
func (d *Dispatcher) Left() int { return d.options.Window - d.tick }

// Unreserved is what can still be reserved, in ticks of each window.
func (d *Dispatcher) Unreserved() int {
	free := d.options.CPUs*d.options.Window - d.options.Spare
	for i, w := range d.worlds {
		if w != Suspended {
			free -= d.machines[i].Reservation
		}
	}
	return free
}

func (d *Dispatcher) below(v VM) bool {
	limit := d.machines[v-1].Limit
	return limit == Unlimited || d.used[v-1] < limit
}

func (d *Dispatcher) eligible(v VM) bool { return d.World(v) == Ready && d.below(v) }

// before tells whether v goes before u; neither does where both may.
func (d *Dispatcher) before(v, u VM) bool {
	if d.owed[v-1] != d.owed[u-1] {
		return d.owed[v-1] > d.owed[u-1]
	}
	return d.owed[v-1] == 0 && d.leads[v-1].Cmp(d.leads[u-1]) < 0
}

// Next is the decision that the scheduler would take now: of the machines that may go first the lowest number, on the idle
// processor with the lowest number. It is false when nobody may run, no processor is idle, or the window is over.
func (d *Dispatcher) Next() (VM, CPU, bool) {
	idle := slices.Index(d.runs, 0)
	best := VM(0)
	for i := range d.worlds {
		if v := VM(i + 1); d.eligible(v) && (best == 0 || d.before(v, best)) {
			best = v
		}
	}
	if best == 0 || idle < 0 || d.Left() == 0 {
		return 0, 0, false
	}
	return best, CPU(idle + 1), true
}

// Resume makes a suspended machine ready. Where its reservation does not fit beside those of the runnable machines, the
// error is an InsufficientCPUResourcesFault. Its reservation counts from the next window on, since all of this one may be
// promised.
func (d *Dispatcher) Resume(v VM) error {
	if err := d.in("resume", v, Suspended); err != nil {
		return err
	}
	if free, r := d.Unreserved(), d.machines[v-1].Reservation; r > free {
		return &InsufficientCPUResourcesFault{Unreserved: free, Requested: r}
	}
	d.worlds[v-1] = Ready
	return nil
}

// Suspend takes a ready machine out of the competition, and gives back what it was owed in this window.
func (d *Dispatcher) Suspend(v VM) error {
	if err := d.in("suspend", v, Ready); err != nil {
		return err
	}
	d.worlds[v-1] = Suspended
	d.owed[v-1] = 0
	return nil
}

// Dispatch gives the idle processor c to v until the tick ends. No other machine may go before v; which of several goes that
// may is up to the caller, and no guarantee depends on it.
func (d *Dispatcher) Dispatch(v VM, c CPU) error {
	if err := d.in("dispatch", v, Ready); err != nil {
		return err
	}
	if c < 1 || int(c) > len(d.runs) {
		return model.Refuse("dispatch on CPU %d: want 1 to %d", c, len(d.runs))
	}
	if u := d.runs[c-1]; u != 0 {
		return model.Refuse("dispatch VM %d: CPU %d runs VM %d", v, c, u)
	}
	if d.Left() == 0 {
		return model.Refuse("dispatch VM %d: the window is over", v)
	}
	if !d.below(v) {
		return model.Refuse("dispatch VM %d: it has had its limit of %d ticks", v, d.machines[v-1].Limit)
	}
	for i := range d.worlds {
		if u := VM(i + 1); d.eligible(u) && d.before(u, v) {
			return model.Refuse("dispatch VM %d: VM %d goes before it", v, u)
		}
	}
	if d.owed[v-1] == 0 {
		d.advance(d.leads[v-1])
	} else {
		d.owed[v-1]--
	}
	stride := d.strides[v-1]
	lead := new(big.Int).Add(d.leads[v-1], stride)
	if most := new(big.Int).Mul(stride, big.NewInt(int64(d.options.BoundLag))); lead.Cmp(most) > 0 {
		lead = most
	}
	d.leads[v-1] = lead
	d.used[v-1]++
	d.worlds[v-1] = Running
	d.runs[c-1] = v
	return nil
}

// advance lets the virtual time of the host pass.
func (d *Dispatcher) advance(by *big.Int) {
	for i, lead := range d.leads {
		d.leads[i] = new(big.Int) // who is suspended or at its limit may be behind; it goes on from the virtual time
		if lead.Cmp(by) > 0 {
			d.leads[i].Sub(lead, by)
		}
	}
}

// Tick says that a tick is over: what ran is ready. It is refused while a processor is idle and somebody might run on it.
func (d *Dispatcher) Tick() error {
	if d.Left() == 0 {
		return model.Refuse("tick: the window is over")
	}
	if v, c, ok := d.Next(); ok {
		return model.Refuse("tick: CPU %d is idle, and VM %d may run", c, v)
	}
	for i, v := range d.runs {
		if v != 0 {
			d.worlds[v-1] = Ready
			d.runs[i] = 0
		}
	}
	d.tick++
	return nil
}

// NewWindow begins the next window once this one is over: nobody has used anything in it, and the runnable machines are owed
// their reservations.
func (d *Dispatcher) NewWindow() error {
	if left := d.Left(); left > 0 {
		return model.Refuse("new window: %d ticks are left of this one", left)
	}
	d.tick = 0
	clear(d.used)
	for i, w := range d.worlds {
		d.owed[i] = 0
		if w != Suspended {
			d.owed[i] = d.machines[i].Reservation
		}
	}
	return nil
}

func (d *Dispatcher) in(step string, v VM, want World) error {
	if v < 1 || int(v) > len(d.worlds) {
		return model.Refuse("%s VM %d: want 1 to %d", step, v, len(d.worlds))
	}
	if w := d.World(v); w != want {
		return model.Refuse("%s VM %d: got world %s, want %s", step, v, w, want)
	}
	return nil
}
