package ha

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/bulkheadlang/bulkhead/model/vim"
)

// Host names a host, from 1; 0 is none.
type Host int

// VM names a virtual machine, from 1.
type VM int

// Resources are an amount of CPU, in MHz, and of memory, in MB.
type Resources struct{ CPU, Memory int64 }

func (r Resources) plus(s Resources) Resources {
	return Resources{CPU: r.CPU + s.CPU, Memory: r.Memory + s.Memory}
}

func (r Resources) within(s Resources) bool { return r.CPU <= s.CPU && r.Memory <= s.Memory }

// greatest is so little that sums and percentages of millions do not overflow.
const greatest = math.MaxInt64 / 1_000_000_000

// valid tells whether no amount is negative or more than greatest.
func (r Resources) valid() error {
	if r.CPU < 0 || r.Memory < 0 || r.CPU > greatest || r.Memory > greatest {
		return fmt.Errorf("got %d MHz and %d MB, want 0 to %d each", r.CPU, r.Memory, int64(greatest))
	}
	return nil
}

// Condition is what makes a host count.
type Condition int

// The conditions of a host.
const (
	Good        Condition = iota // connected, not in maintenance, without an error of HA
	Failed                       // or disconnected, or with an error of HA
	Maintenance                  // in maintenance or standby mode
)

func (c Condition) String() string { return [...]string{"good", "failed", "maintenance"}[c] }

// View is what a policy looks at. Root holds the root resource pool of each host, which is what virtual machines can have
// of it, not the whole hardware. Needs holds the reservations of the machines that count, those that are on and those
// that are to be restarted; of memory with the overhead. At holds the host of each machine, 0 where it waits for a
// restart; only Packing reads it.
type View struct {
	Root      []Resources
	Condition []Condition
	Needs     []Resources
	At        []Host
}

// Policy decides whether machines may be on together.
type Policy interface {
	// Check gives nil, or a Fault named vim.InsufficientFailoverResources.
	Check(View) error
	// Validate gives an error for values that mean nothing on so many hosts.
	Validate(hosts int) error
}

// Disabled is no admission control: everything may be on.
type Disabled struct{}

// Check gives nil.
func (Disabled) Check(View) error { return nil }

// Validate gives nil.
func (Disabled) Validate(int) error { return nil }

// Slots is the policy of host failures to tolerate (ClusterFailoverLevelAdmissionControlPolicy). DefaultSlots has the
// usual values.
type Slots struct {
	Level int // configured failover level: hosts that may fail

	// MinCPU (das.vmcpuminmhz) and MinMemory (das.vmmemoryminmb) are what a machine without a reservation counts with: 32
	// MHz and 0 MB since vSphere 5 (guide vSphere Availability 6.7, "Slot Size Calculation"); 256 MHz before (VMware KB
	// 1010594). MinCPU is 1 at least.
	MinCPU, MinMemory int64
	// Floor makes the minimum one of the slot, as in the API reference ("the maximum CPU reservation of any powered on
	// virtual machine in the cluster, or any otherwise defined minimum, whichever is larger"). Without it a machine that
	// reserves something counts with that, however little, as the guide has it.
	Floor bool
	// CapCPU (das.slotcpuinmhz) and CapMemory (das.slotmeminmb) limit the size of a slot; 0 for none.
	CapCPU, CapMemory int64
	// Fixed is the size of a slot under a ClusterFixedSizeSlotPolicy, whatever machines reserve; the zero Resources for none.
	Fixed Resources
}

// DefaultSlots tolerates the failure of level hosts, with the defaults of vSphere 5 and later: 32 MHz, 0 MB, no cap.
func DefaultSlots(level int) Slots { return Slots{Level: level, MinCPU: 32} }

// Validate gives an error for a level that is negative or not less than the hosts, and for amounts that mean nothing.
func (p Slots) Validate(hosts int) error {
	var errs []error
	if p.Level < 0 || p.Level >= hosts {
		errs = append(errs, fmt.Errorf("got failover level %d, want 0 to %d", p.Level, hosts-1))
	}
	if p.MinCPU < 1 || (Resources{p.MinCPU, p.MinMemory}).valid() != nil {
		errs = append(errs, fmt.Errorf("got minimum %d MHz and %d MB, want at least 1 and 0, and %d at most", p.MinCPU, p.MinMemory, int64(greatest)))
	}
	if p.CapCPU < 0 || p.CapMemory < 0 {
		errs = append(errs, fmt.Errorf("got caps of %d MHz and %d MB, want at least 0", p.CapCPU, p.CapMemory))
	}
	if p.Fixed != (Resources{}) && p.Fixed.CPU < 1 || p.Fixed.valid() != nil {
		errs = append(errs, fmt.Errorf("got a fixed slot of %d MHz and %d MB, want at least 1 and 0", p.Fixed.CPU, p.Fixed.Memory))
	}
	return errors.Join(errs...)
}

// Size is the size of a slot: of each resource the largest reservation, no larger than the cap. Without any machine it is
// the minimum. A slot without memory limits nothing by memory.
func (p Slots) Size(needs []Resources) Resources {
	if p.Fixed != (Resources{}) {
		return p.Fixed
	}
	most := Resources{}
	for _, n := range needs {
		most.CPU = max(most.CPU, orMinimum(n.CPU, p.MinCPU))
		most.Memory = max(most.Memory, orMinimum(n.Memory, p.MinMemory))
	}
	if p.Floor || len(needs) == 0 {
		most.CPU, most.Memory = max(most.CPU, p.MinCPU), max(most.Memory, p.MinMemory)
	}
	return Resources{CPU: capped(most.CPU, p.CapCPU), Memory: capped(most.Memory, p.CapMemory)}
}

func orMinimum(n, minimum int64) int64 {
	if n == 0 {
		return minimum
	}
	return n
}

func capped(n, limit int64) int64 {
	if limit > 0 {
		return min(n, limit)
	}
	return n
}

// SlotInfo is what vCenter shows of a cluster with this policy (ClusterDasFailoverLevelAdvancedRuntimeInfo).
type SlotInfo struct {
	Size       Resources // of a slot
	Hosts      []int64   // slots of each host, 0 unless it is good
	VMs        []int64   // slots that each machine requires
	Total      int64
	Used       int64
	Failover   int   // current failover capacity: hosts, from the largest, that may fail and leave slots enough
	Unreserved int64 // slots neither used nor kept for failover
}

// Info works out the slots. Where the slots are fewer than those used, the current failover capacity is 0, as it is where
// no host may fail.
func (p Slots) Info(v View) SlotInfo {
	info := SlotInfo{Size: p.Size(v.Needs)}
	good := 0
	for i, root := range v.Root {
		var n int64
		if v.Condition[i] == Good {
			good++
			n = quotient(root, info.Size)
		}
		info.Hosts = append(info.Hosts, n)
		info.Total += n
	}
	for _, n := range v.Needs {
		slots := max(1, ceiling(n.CPU, info.Size.CPU), ceiling(n.Memory, info.Size.Memory))
		info.VMs = append(info.VMs, slots)
		info.Used += slots
	}

	largest := slices.Clone(info.Hosts)
	slices.SortFunc(largest, func(a, b int64) int { return cmp.Compare(b, a) })
	left := info.Total
	for k, n := range largest {
		if k == p.Level {
			info.Unreserved = max(0, left-info.Used)
		}
		if left -= n; k < good && left >= info.Used {
			info.Failover = k + 1
		}
	}
	return info
}

// quotient is how often b fits into a, by CPU and memory. No memory fits always.
func quotient(a, b Resources) int64 {
	if b.Memory == 0 {
		return a.CPU / b.CPU
	}
	return min(a.CPU/b.CPU, a.Memory/b.Memory)
}

// ceiling is a/b rounded up; 0 for b = 0, of which nothing is required.
func ceiling(a, b int64) int64 {
	if b == 0 {
		return 0
	}
	return (a + b - 1) / b
}

// Check compares the current failover capacity with the configured level.
func (p Slots) Check(v View) error {
	if got := p.Info(v).Failover; got < p.Level {
		return vim.Refuse(vim.InsufficientFailoverResources, "current failover capacity %d, want at least %d", got, p.Level)
	}
	return nil
}

// Percentage is the policy of reserved percentages (ClusterFailoverResourcesAdmissionControlPolicy). DefaultPercentage
// has the usual values.
type Percentage struct {
	CPU, Memory int // percent of the cluster kept for failover, 0 to 100
	// MinCPU and MinMemory are what a machine without a reservation counts with: 32 MHz in the product guides since vSphere
	// 5, 256 MHz in the API reference; 0 MB in both.
	MinCPU, MinMemory int64
}

// DefaultPercentage keeps the share of level of so many equal hosts, counted with 32 MHz for a machine without a
// reservation.
func DefaultPercentage(level, hosts int) Percentage {
	percent := AutoPercentage(level, hosts)
	return Percentage{CPU: percent, Memory: percent, MinCPU: 32}
}

// AutoPercentage is the percentage that vCenter works out for the failover level, level of so many hosts, rounded down,
// as the vSphere Client shows it: 33 for one of three. Hosts are those in the cluster and not in maintenance: a failed
// host still counts (elasticsky.de, December 2019). The API says "failoverLevel hosts' resources"; for hosts of different
// sizes see LargestPercentage.
func AutoPercentage(level, hosts int) int {
	if hosts <= 0 {
		return 0
	}
	return min(100, max(0, 100*level/hosts))
}

// LargestPercentage is the percentage of level hosts, 0 at least, the largest ones of each resource, rounded up, which is what any
// level hosts may take with them. vCenter does not say that it works it out like this.
func LargestPercentage(v View, level int) Percentage {
	share := func(of func(Resources) int64) int {
		var all, most int64
		var each []int64
		for i, r := range v.Root {
			if v.Condition[i] != Maintenance {
				each = append(each, of(r))
				all += of(r)
			}
		}
		slices.Sort(each)
		for _, n := range each[len(each)-min(max(0, level), len(each)):] {
			most += n
		}
		if all == 0 {
			return 0
		}
		return int((100*most + all - 1) / all)
	}
	return Percentage{
		CPU:    share(func(r Resources) int64 { return r.CPU }),
		Memory: share(func(r Resources) int64 { return r.Memory }),
		MinCPU: 32,
	}
}

// Validate gives an error for percentages outside 0 to 100, and for minima that are negative or so large that sums would overflow.
func (p Percentage) Validate(int) error {
	if p.CPU < 0 || p.CPU > 100 || p.Memory < 0 || p.Memory > 100 || (Resources{p.MinCPU, p.MinMemory}).valid() != nil {
		return fmt.Errorf("got %d %% and %d %%, %d MHz and %d MB, want 0 to 100 and 0 to %d", p.CPU, p.Memory, p.MinCPU, p.MinMemory, int64(greatest))
	}
	return nil
}

// Capacity is the current CPU and memory failover capacity in percent, rounded down: what the machines do not require of
// what the hosts have. Hosts in maintenance are left out; failed ones count. It is not below 0.
func (p Percentage) Capacity(v View) (cpu, memory int) {
	var all, need Resources
	for i, r := range v.Root {
		if v.Condition[i] != Maintenance {
			all = all.plus(r)
		}
	}
	for _, n := range v.Needs {
		need = need.plus(Resources{CPU: orMinimum(n.CPU, p.MinCPU), Memory: orMinimum(n.Memory, p.MinMemory)})
	}
	return free(all.CPU, need.CPU), free(all.Memory, need.Memory)
}

func free(all, need int64) int {
	if all == 0 {
		return 0
	}
	return int(max(0, all-need) * 100 / all)
}

// Check compares the capacity with the percentages that are to be kept.
func (p Percentage) Check(v View) error {
	if cpu, memory := p.Capacity(v); cpu < p.CPU || memory < p.Memory {
		return vim.Refuse(vim.InsufficientFailoverResources, "failover capacity %d %% of CPU and %d %% of memory, want at least %d %% and %d %%",
			cpu, memory, p.CPU, p.Memory)
	}
	return nil
}

// Packing is the check that neither policy of vSphere makes: whichever Level hosts fail, all machines that they ran, and
// those that wait already, find places on the others, beside what runs there. It takes time exponential in these machines
// at worst.
type Packing struct {
	Level int
	// Allows tells whether a machine, counted from 0 as in View.Needs, may run on a host; nil allows all.
	Allows func(vm int, h Host) bool
}

// Validate gives an error for a level that is negative or not less than the hosts.
func (p Packing) Validate(hosts int) error {
	if p.Level < 0 || p.Level >= hosts {
		return fmt.Errorf("got failover level %d, want 0 to %d", p.Level, hosts-1)
	}
	return nil
}

// Check tries all sets of Level good hosts.
func (p Packing) Check(v View) error {
	var good []Host
	for i, c := range v.Condition {
		if c == Good {
			good = append(good, Host(i+1))
		}
	}
	if len(good) < p.Level {
		return vim.Refuse(vim.InsufficientFailoverResources, "there are %d good hosts, want at least %d", len(good), p.Level)
	}
	for gone := range subsets(good, p.Level) {
		if !p.survives(v, gone) {
			return vim.Refuse(vim.InsufficientFailoverResources, "after the failure of hosts %v there is no place for all machines", gone)
		}
	}
	return nil
}

// Places tells whether all machines that wait find places now.
func (p Packing) Places(v View) bool { return p.survives(v, nil) }

// subsets gives the sets of k of hs; none where there are fewer.
func subsets(hs []Host, k int) func(yield func([]Host) bool) {
	return func(yield func([]Host) bool) {
		var choose func(from int, chosen []Host) bool
		choose = func(from int, chosen []Host) bool {
			if len(chosen) == k {
				return yield(slices.Clone(chosen))
			}
			for i := from; i < len(hs); i++ {
				if !choose(i+1, append(chosen, hs[i])) {
					return false
				}
			}
			return true
		}
		choose(0, nil)
	}
}

// survives tells whether all machines that wait, or are on the hosts gone, find places.
func (p Packing) survives(v View, gone []Host) bool {
	free := slices.Clone(v.Root)
	var lost []int
	for i, h := range v.At {
		if h == 0 || slices.Contains(gone, h) {
			lost = append(lost, i)
			continue
		}
		free[h-1].CPU -= v.Needs[i].CPU
		free[h-1].Memory -= v.Needs[i].Memory
	}
	// The largest first: where there is no place for one, that is found early.
	slices.SortStableFunc(lost, func(a, b int) int { return cmp.Compare(v.Needs[b].Memory, v.Needs[a].Memory) })
	var place func(rest []int) bool
	place = func(rest []int) bool {
		if len(rest) == 0 {
			return true
		}
		vm, need := rest[0], v.Needs[rest[0]]
		for i := range free {
			h := Host(i + 1)
			if v.Condition[i] != Good || slices.Contains(gone, h) || !need.within(free[i]) || p.Allows != nil && !p.Allows(vm, h) {
				continue
			}
			before := free[i]
			free[i] = Resources{CPU: before.CPU - need.CPU, Memory: before.Memory - need.Memory}
			if place(rest[1:]) {
				return true
			}
			free[i] = before
		}
		return false
	}
	return place(lost)
}
