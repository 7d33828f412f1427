package cpu

import (
	"errors"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"

	"pgregory.net/rapid"
)

func must(t interface {
	Helper()
	Fatal(...any)
}, err error,
) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// window lets a whole window pass, after which a new one begins, and gives the ticks that each machine had in it.
func window(t *testing.T, d *Dispatcher) []int {
	t.Helper()
	for d.Left() > 0 {
		for v, c, ok := d.Next(); ok; v, c, ok = d.Next() {
			must(t, d.Dispatch(v, c))
		}
		must(t, d.Tick())
	}
	used := slices.Clone(d.used)
	must(t, d.NewWindow())
	return used
}

// allRunnable resumes every machine, and lets the first window pass.
func allRunnable(t *testing.T, machines []Allocation, o DispatchOptions) *Dispatcher {
	t.Helper()
	d, err := NewDispatcher(machines, o)
	must(t, err)
	for i := range machines {
		must(t, d.Resume(VM(i+1)))
	}
	window(t, d)
	return d
}

// delivers tells whether reservations are met in a window by an order of who goes first: before(v, u) by what is owed and used.
func delivers(reservations []int, cpus, ticks int, before func(owed, used []int, v, u int) bool) bool {
	owed, used := slices.Clone(reservations), make([]int, len(reservations))
	for range ticks {
		var order []int
		for i := range reservations {
			if owed[i] > 0 {
				order = append(order, i)
			}
		}
		slices.SortStableFunc(order, func(v, u int) int {
			switch {
			case before(owed, used, v, u):
				return -1
			case before(owed, used, u, v):
				return 1
			default:
				return 0
			}
		})
		for _, v := range order[:min(cpus, len(order))] {
			owed[v]--
			used[v]++
		}
	}
	return slices.Max(owed) == 0
}

// Every choice of up to 4 reservations that add up to what the processors have, windows of up to 4 ticks, 1 to 3 processors
// and some shares: all are delivered, in every window. Were the least use first among those below their reservations, as
// among the others, some would not be with several processors.
func TestReservationsBruteForce(t *testing.T) {
	missed := map[int]bool{} // numbers of processors with which the other order fails
	for cpus := 1; cpus <= 3; cpus++ {
		for ticks := 1; ticks <= 4; ticks++ {
			for n := 1; n <= 4; n++ {
				for v := range modelcheck.Vectors(n, ticks+1) {
					machines, reservations, sum := make([]Allocation, n), make([]int, n), 0
					for i := range v {
						reservations[i] = v[i] - 1
						sum += v[i] - 1
						machines[i] = Allocation{Shares: 1 + i*i, Reservation: v[i] - 1, Limit: Unlimited}
					}
					if sum > cpus*ticks {
						continue
					}
					d := allRunnable(t, machines, DispatchOptions{CPUs: cpus, Window: ticks, BoundLag: BoundLagQuanta})
					for range 3 {
						for i, used := range window(t, d) {
							if used < reservations[i] {
								t.Fatalf("%d CPUs, %d ticks, reservations %v: VM %d had %d", cpus, ticks, reservations, i+1, used)
							}
						}
					}
					if !delivers(reservations, cpus, ticks, func(_, used []int, v, u int) bool { return used[v] < used[u] }) {
						missed[cpus] = true
					}
				}
			}
		}
	}
	if missed[1] || !missed[2] || !missed[3] {
		t.Errorf("least use first misses reservations with %v processors, want 2 and 3", missed)
	}
}

// The golden numbers of the shares: low, normal and high are 500, 1000 and 2000 for each vCPU (SharesLevel of the vSphere
// API), so that machines with them get a processor 1 : 2 : 4, unless a reservation or a limit says otherwise.
func TestDispatcherShares(t *testing.T) {
	for _, test := range []struct {
		name     string
		machines []Allocation
		want     []int // of 70 ticks, within one
	}{
		{"shares", []Allocation{{500, 0, Unlimited}, {1000, 0, Unlimited}, {2000, 0, Unlimited}}, []int{10, 20, 40}},
		{"a reservation", []Allocation{{500, 35, Unlimited}, {1000, 0, Unlimited}, {2000, 0, Unlimited}}, []int{35, 12, 23}},
		{"a reservation that changes nothing", []Allocation{{500, 0, Unlimited}, {1000, 0, Unlimited}, {2000, 40, Unlimited}}, []int{10, 20, 40}},
		{"a limit", []Allocation{{500, 0, Unlimited}, {1000, 0, Unlimited}, {2000, 0, 10}}, []int{20, 40, 10}},
		{"a limit beside an idle processor", []Allocation{{2000, 0, 10}}, []int{10}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := allRunnable(t, test.machines, DispatchOptions{CPUs: 1, Window: 70, BoundLag: 70})
			total := make([]int, len(test.machines))
			const windows = 12
			for range windows {
				for i, used := range window(t, d) {
					total[i] += used
				}
			}
			for i, want := range test.want {
				if got := total[i]; abs(got-windows*want) > windows {
					t.Errorf("VM %d: got %d ticks in %d windows, want %d in each", i+1, got, windows, want)
				}
			}
		})
	}
}

// A reservation that is more than a machine's part by shares breaks proportional share: the use per share of the others
// falls behind without end.
func TestReservationBeatsShares(t *testing.T) {
	d := allRunnable(t, []Allocation{{1, 2, Unlimited}, {3, 0, Unlimited}}, DispatchOptions{CPUs: 1, Window: 3, BoundLag: BoundLagQuanta})
	lag := 0 // c_1/w_1 - c_2/w_2, times 3
	for n := 1; n <= 100; n++ {
		used := window(t, d)
		lag += 3*used[0] - used[1]
		if lag < 5*n {
			t.Fatalf("after %d windows the lag is %d thirds, want at least 5 for each", n, lag)
		}
	}
}

// What is reserved altogether must leave something over: else whoever has no reservation starves, as the checker shows.
func TestStarvesWithoutSpare(t *testing.T) {
	for spare, want := range map[string]checker.Verdict{"0": checker.Violated, "1": checker.Holds} {
		p := modelcheck.Load(t, Models, "dispatch.bh", spec.Options{Config: "tight", Define: constants{"SPARE": spare}})
		res, err := checker.Check(t.Context(), p, checker.Config{Only: []string{"NoStarvation"}})
		must(t, err)
		if got := res.Properties[0].Verdict; got != want {
			t.Errorf("SPARE = %s: got %s, want %s", spare, got, want)
		}
	}
}

// book is the rule with exact virtual times that grow for ever.
type book struct {
	pass []*big.Rat
	now  *big.Rat
	owed []int
	used []int
}

func (b *book) mayRun(d *Dispatcher, i int) bool {
	limit := d.machines[i].Limit
	return d.worlds[i] == Ready && (limit < 0 || b.used[i] < limit)
}

// first tells whether machine i is one of those that may go first.
func (b *book) first(d *Dispatcher, i int) bool {
	if !b.mayRun(d, i) {
		return false
	}
	mostOwed, least := 0, b.at(i)
	for j := range b.pass {
		if b.mayRun(d, j) {
			mostOwed = max(mostOwed, b.owed[j])
			if b.at(j).Cmp(least) < 0 {
				least = b.at(j)
			}
		}
	}
	if mostOwed > 0 {
		return b.owed[i] == mostOwed
	}
	return b.at(i).Cmp(least) == 0
}

// at is where machine i goes on from.
func (b *book) at(i int) *big.Rat {
	if b.pass[i].Cmp(b.now) < 0 {
		return b.now
	}
	return b.pass[i]
}

func (b *book) dispatch(d *Dispatcher, i int) {
	pass, pace := new(big.Rat).Set(b.at(i)), big.NewRat(1, int64(d.machines[i].Shares))
	if b.owed[i] == 0 {
		b.now.Set(pass)
	} else {
		b.owed[i]--
	}
	b.used[i]++
	pass.Add(pass, pace)
	most := new(big.Rat).Mul(pace, big.NewRat(int64(d.options.BoundLag), 1))
	if most.Add(most, b.now); pass.Cmp(most) > 0 {
		pass = most
	}
	b.pass[i] = pass
}

// drawDispatcher draws some machines, 4 at most, processors and a window.
func drawDispatcher(t *rapid.T, least, mostCPUs int) *Dispatcher {
	o := DispatchOptions{
		CPUs: rapid.IntRange(1, mostCPUs).Draw(t, "CPUs"), Window: rapid.IntRange(1, 6).Draw(t, "window"),
		BoundLag: rapid.IntRange(1, 9).Draw(t, "bound"),
	}
	o.Spare = rapid.IntRange(0, min(2, o.Window)).Draw(t, "spare")
	machines := make([]Allocation, rapid.IntRange(least, 4).Draw(t, "VMs"))
	for i := range machines {
		r := rapid.IntRange(0, o.Window).Draw(t, "reservation")
		limit := rapid.SampledFrom([]int{Unlimited, max(1, r), o.Window}).Draw(t, "limit")
		machines[i] = Allocation{rapid.IntRange(1, 6).Draw(t, "shares"), r, limit}
	}
	d, err := NewDispatcher(machines, o)
	must(t, err)
	return d
}

// On any run: a machine can be dispatched exactly where the book has it; leads are its virtual times; a refused step changes
// nothing; no more is reserved than there is, nobody runs twice, no limit is passed, and who is runnable for a whole window
// gets its reservation.
func TestDispatcherIsTheBook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDispatcher(t, 1, 3)
		n := d.VMs()
		b := &book{now: new(big.Rat), owed: make([]int, n), used: make([]int, n)}
		for range n {
			b.pass = append(b.pass, new(big.Rat))
		}
		steady := make([]bool, n)
		for range rapid.IntRange(0, 120).Draw(t, "steps") {
			v := VM(rapid.IntRange(0, n+1).Draw(t, "VM"))
			before := d.Clone()
			var err error
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0, 1:
				err = d.Resume(v)
				var fault *InsufficientCPUResourcesFault
				if errors.As(err, &fault) && fault.Requested <= fault.Unreserved {
					t.Fatalf("resume VM %d: %v", v, err)
				}
			case 2:
				if err = d.Suspend(v); err == nil {
					b.owed[v-1], steady[v-1] = 0, false
				}
			case 3:
				c := CPU(rapid.IntRange(0, len(d.runs)+1).Draw(t, "CPU"))
				err = d.Dispatch(v, c)
				want := v >= 1 && int(v) <= n && c >= 1 && int(c) <= len(d.runs) && before.runs[c-1] == 0 && before.Left() > 0 && b.first(before, int(v)-1)
				if want != (err == nil) {
					t.Fatalf("dispatch VM %d on CPU %d: got %v, want success %t", v, c, err, want)
				}
				if err == nil {
					b.dispatch(d, int(v)-1)
				}
			case 4:
				if err = d.NewWindow(); err == nil {
					for i := range steady {
						if steady[i] && b.used[i] < d.machines[i].Reservation {
							t.Fatalf("VM %d had %d ticks of a reservation of %d", i+1, b.used[i], d.machines[i].Reservation)
						}
						steady[i], b.used[i], b.owed[i] = d.worlds[i] != Suspended, 0, 0
						if steady[i] {
							b.owed[i] = d.machines[i].Reservation
						}
					}
				}
			case 5:
				err = d.Tick()
			default:
				for next, c, ok := d.Next(); ok; next, c, ok = d.Next() {
					must(t, d.Dispatch(next, c))
					b.dispatch(d, int(next)-1)
				}
				if d.Left() > 0 {
					must(t, d.Tick())
				}
			}
			if err != nil && (!errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(before, d)) {
				t.Fatalf("refused with %v, but %+v became %+v", err, before, d)
			}
			if d.Unreserved() < 0 {
				t.Fatalf("%d ticks too many are reserved", -d.Unreserved())
			}
			for i := range n {
				v := VM(i + 1)
				running := 0
				for _, u := range d.runs {
					if u == v {
						running++
					}
				}
				if running > 1 || (running == 1) != (d.World(v) == Running) {
					t.Fatalf("VM %d is %s, with all CPUs running %v", v, d.World(v), d.runs)
				}
				if limit := d.machines[i].Limit; d.Used(v) != b.used[i] || limit != Unlimited && d.Used(v) > limit {
					t.Fatalf("VM %d has used %d ticks, want %d, and at most %d", v, d.Used(v), b.used[i], limit)
				}
				unit := d.Stride(v)
				unit.Mul(unit, big.NewInt(int64(d.machines[i].Shares)))
				want := new(big.Rat).Sub(b.at(i), b.now)
				if want.Mul(want, new(big.Rat).SetInt(unit)); want.Cmp(new(big.Rat).SetInt(d.Lead(v))) != 0 {
					t.Fatalf("VM %d: got lead %d, want %s", v, d.Lead(v), want)
				}
			}
		}
	})
}

// With one processor, any shares and any reservations: the lag of two machines while nothing else concerns them, and the
// wait of a machine that may run, are within their bounds.
func TestDispatcherBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDispatcher(t, 2, 1)
		n := d.VMs()
		w := watchedDispatcher{Dispatcher: d, A: 1, B: VM(n)}
		waits := make([]int, n)
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			v := VM(rapid.IntRange(1, n).Draw(t, "VM"))
			switch rapid.IntRange(0, 11).Draw(t, "step") {
			case 0:
				_ = w.suspend(v)
			case 1, 2:
				_ = w.Resume(v)
			case 3:
				_ = w.watch()
			default:
				if next, c, ok := w.Next(); ok {
					must(t, w.dispatch(next, c))
				}
				for i := range waits {
					if !w.eligible(VM(i + 1)) {
						waits[i] = 0
					} else if w.Left() > 0 {
						waits[i]++
					}
				}
				if w.Left() > 0 {
					must(t, w.Tick())
				} else {
					must(t, w.newWindow())
				}
			}
			for i := range waits {
				if !w.eligible(VM(i + 1)) {
					waits[i] = 0
				}
				limit := 0
				for j, m := range w.machines {
					if j != i {
						limit += m.Shares/w.machines[i].Shares + 1
					}
				}
				if w.options.Spare > 0 && waits[i] > limit*w.options.Window {
					t.Fatalf("VM %d of %v waited for %d ticks, want at most %d windows of %d", i+1, w.machines, waits[i], limit, w.options.Window)
				}
			}
			wa, wb, bound := w.shares(w.A), w.shares(w.B), w.options.BoundLag
			if w.Level && abs(w.Lag) > max(wa, wb) || w.Free && (w.Lag > bound*wa+wb || -w.Lag > bound*wb+wa) {
				t.Fatalf("lag %d (level %t) of shares %d and %d, bound %d", w.Lag, w.Level, wa, wb, bound)
			}
		}
	})
}

// Cpu.Quantum, Cpu.CreditAgePeriod and Cpu.BoundLagQuanta as `esxcli system settings advanced list` of ESXi 8.0.3 shows them,
// and the quantum of older manuals.
func TestDefaultDispatch(t *testing.T) {
	for quantum, window := range map[int]int{Quantum: 15, OldQuantum: 60} {
		if got, want := DefaultDispatch(2, quantum), (DispatchOptions{CPUs: 2, Window: window, Spare: 1, BoundLag: 8}); got != want {
			t.Errorf("%d ms: got %+v, want %+v", quantum, got, want)
		}
	}
}

func TestNewDispatcherRefuses(t *testing.T) {
	good := DispatchOptions{CPUs: 1, Window: 10, BoundLag: BoundLagQuanta}
	for _, test := range []struct {
		name    string
		machine Allocation
		options DispatchOptions
	}{
		{"no shares", Allocation{0, 0, Unlimited}, good},
		{"a reservation of more than a processor (Cpu.VMAdmitCheckPerVcpuMin)", Allocation{1, 11, Unlimited}, good},
		{"a negative reservation", Allocation{1, -1, Unlimited}, good},
		{"a limit below the reservation", Allocation{1, 5, 4}, good},
		{"a limit of nothing", Allocation{1, 0, 0}, good},
		{"a limit of -2", Allocation{1, 0, -2}, good},
		{"no CPU", Allocation{1, 0, Unlimited}, DispatchOptions{Window: 1, BoundLag: 1}},
		{"no window", Allocation{1, 0, Unlimited}, DispatchOptions{CPUs: 1, BoundLag: 1}},
		{"no bound", Allocation{1, 0, Unlimited}, DispatchOptions{CPUs: 1, Window: 1}},
		{"more spare than there is", Allocation{1, 0, Unlimited}, DispatchOptions{CPUs: 1, Window: 1, BoundLag: 1, Spare: 2}},
		{"less than nothing spare", Allocation{1, 0, Unlimited}, DispatchOptions{CPUs: 1, Window: 1, BoundLag: 1, Spare: -1}},
	} {
		if _, err := NewDispatcher([]Allocation{test.machine}, test.options); err == nil {
			t.Errorf("%s: got no error", test.name)
		}
	}
}

// A machine whose reservation does not fit is refused by the name of the API's fault.
func TestInsufficientCPUResources(t *testing.T) {
	d, err := NewDispatcher([]Allocation{{1, 6, Unlimited}, {1, 5, Unlimited}}, DispatchOptions{CPUs: 1, Window: 10, BoundLag: BoundLagQuanta})
	must(t, err)
	must(t, d.Resume(1))
	err = d.Resume(2)
	var fault *InsufficientCPUResourcesFault
	if !errors.As(err, &fault) || *fault != (InsufficientCPUResourcesFault{Unreserved: 4, Requested: 5}) ||
		!errors.Is(err, model.ErrRefused) || !strings.Contains(err.Error(), "InsufficientCpuResourcesFault") {
		t.Errorf("got %v, want an InsufficientCpuResourcesFault of 5 with 4 unreserved", err)
	}
}
