package pool

import (
	"fmt"
	"math"
)

// Resource is what a pool divides.
type Resource int

// The resources.
const (
	CPU    Resource = iota // in MHz
	Memory                 // in MB
)

// Resources lists them.
var Resources = [...]Resource{CPU, Memory}

var (
	resourceNames = [...]string{CPU: "CPU", Memory: "memory"}
	units         = [...]string{CPU: "MHz", Memory: "MB"}
)

// String names a resource for people.
func (r Resource) String() string { return resourceNames[r] }

// Level is a level of shares (vSphere API, SharesLevel).
type Level int

// The levels.
const (
	Normal Level = iota
	Low
	High
	Custom
)

var levelNames = [...]string{Normal: "normal", Low: "low", High: "high", Custom: "custom"}

// String names a level as the API does.
func (l Level) String() string { return levelNames[l] }

// perUnit is the shares for each virtual CPU and for each configured MB of memory (vSphere API, SharesLevel).
var perUnit = [...][3]int64{
	CPU:    {Low: 500, Normal: 1000, High: 2000},
	Memory: {Low: 5, Normal: 10, High: 20},
}

// PoolSize is the size at which the levels of a resource pool count, in virtual CPUs and in MB: those of a virtual machine
// with four virtual CPUs and 16 GB (vSphere Resource Management, Resource Allocation Shares).
var PoolSize = [...]int64{CPU: 4, Memory: 16 << 10}

// MaxShares is the greatest custom value: SharesInfo of the API has 32 bits for it.
const MaxShares = math.MaxInt32

// Shares are the shares of a virtual machine or pool (vSphere API, SharesInfo). They are compared among the children of
// one pool only. The zero Shares are Normal.
type Shares struct {
	Level  Level
	Custom int64 // of the level Custom, from 1 to MaxShares; otherwise 0
}

// Of is the number of shares of what has this size, in virtual CPUs or in MB; PoolSize for a pool.
func (s Shares) Of(r Resource, size int64) int64 {
	if s.Level == Custom {
		return s.Custom
	}
	return perUnit[r][s.Level] * size
}

// OfPool is the number of shares of a pool.
func (s Shares) OfPool(r Resource) int64 { return s.Of(r, PoolSize[r]) }

func (s Shares) validate() error {
	switch {
	case s.Level < Normal || s.Level > Custom:
		return fmt.Errorf("there is no level %d of shares", int(s.Level))
	case s.Level == Custom && (s.Custom < 1 || s.Custom > MaxShares):
		return fmt.Errorf("got %d custom shares, want 1 to %d", s.Custom, MaxShares)
	case s.Level != Custom && s.Custom != 0:
		return fmt.Errorf("got %d custom shares and the level %s", s.Custom, s.Level)
	}
	return nil
}

// NoLimit is the limit of what has none (vSphere API, ResourceAllocationInfo).
const NoLimit int64 = -1

// MaxAmount is the greatest reservation, limit, demand or capacity, in MHz or MB. It keeps sums exact.
const MaxAmount = 1 << 40

// Allocation is how much of a resource is reserved for a virtual machine or pool, how much it may use at most, and how
// it competes for what is in between (vSphere API, ResourceAllocationInfo). Units are MHz and MB. The zero Allocation has
// a limit of 0; Unlimited is the default of the client.
type Allocation struct {
	Reservation int64
	Limit       int64 // at least the reservation, or NoLimit
	// Expandable pools take from their parent what their own reservation does not cover. It is false for virtual machines.
	Expandable bool
	Shares     Shares
}

// Unlimited is the allocation that reserves nothing, has no limit and normal shares.
func Unlimited() Allocation { return Allocation{Limit: NoLimit} }

// validate checks what can be told of an allocation alone.
func (a Allocation) validate() error {
	switch {
	case a.Reservation < 0 || a.Reservation > MaxAmount:
		return fmt.Errorf("got a reservation of %d, want 0 to %d", a.Reservation, int64(MaxAmount))
	case a.Limit != NoLimit && (a.Limit < a.Reservation || a.Limit > MaxAmount):
		return fmt.Errorf("got a limit of %d, want %d for none, or the reservation, %d, to %d", a.Limit, NoLimit, a.Reservation, int64(MaxAmount))
	}
	return a.Shares.validate()
}
