package kubelet

import (
	"fmt"
	"math/big"
)

// Signal is what the kubelet watches of a node.
type Signal int

// The signals, in the order in which the kubelet acts on them: memory first.
const (
	MemoryAvailable Signal = iota // bytes: capacity less the working set
	NodeFSAvailable
	NodeFSInodesFree
	ImageFSAvailable
	ImageFSInodesFree
	PIDAvailable
	signals
)

var signalNames = [...]string{
	"memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree", "pid.available",
}

// String gives the name that a KubeletConfiguration has for it.
func (s Signal) String() string {
	if s >= 0 && s < signals {
		return signalNames[s]
	}
	return fmt.Sprintf("signal(%d)", int(s))
}

// Condition is a condition of a node.
type Condition int

// The conditions that signals lead to.
const (
	MemoryPressure Condition = iota
	DiskPressure
	PIDPressure
	conditions
)

var conditionNames = [...]string{"MemoryPressure", "DiskPressure", "PIDPressure"}

// String gives the name in the status of the node.
func (c Condition) String() string {
	if c >= 0 && c < conditions {
		return conditionNames[c]
	}
	return fmt.Sprintf("condition(%d)", int(c))
}

// Condition is the condition that the signal leads to.
func (s Signal) Condition() Condition {
	switch s {
	case MemoryAvailable:
		return MemoryPressure
	case PIDAvailable:
		return PIDPressure
	}
	return DiskPressure
}

// Quantity is an amount, or hundredths of the capacity where Percent is not 0.
type Quantity struct {
	Amount  int64
	Percent int64
}

// MaxAmount bounds amounts of what a node has.
const MaxAmount = 1 << 48

func (q Quantity) valid() error {
	if q.Amount < 0 || q.Amount > MaxAmount || q.Percent < 0 || q.Percent > 100 || q.Amount > 0 && q.Percent > 0 {
		return fmt.Errorf("got %d and %d %%, want an amount of 0 to %d, or 0 to 100 %%", q.Amount, q.Percent, int64(MaxAmount))
	}
	return nil
}

// of is the amount, of a capacity, in hundredths: exact where the kubelet rounds.
func (q Quantity) of(capacity int64) *big.Int {
	if q.Percent > 0 {
		return new(big.Int).Mul(big.NewInt(q.Percent), big.NewInt(capacity))
	}
	return new(big.Int).Mul(big.NewInt(100), big.NewInt(q.Amount))
}

// Thresholds are amounts below which a signal is met; a quantity of 0 is never met.
type Thresholds [signals]Quantity

// DefaultHard are the hard thresholds of a Linux node whose configuration sets none (Node-pressure Eviction, Hard eviction
// thresholds; pkg/kubelet/eviction/defaults_linux.go).
var DefaultHard = Thresholds{
	MemoryAvailable:  {Amount: 100 << 20},
	NodeFSAvailable:  {Percent: 10},
	NodeFSInodesFree: {Percent: 5},
	ImageFSAvailable: {Percent: 15},
	// imagefs.inodesFree is 5 % since 1.31 or so, pid.available has no threshold.
	ImageFSInodesFree: {Percent: 5},
}

// Hard gives the hard thresholds of a configuration that sets those of evictionHard. nil sets none: the defaults hold. If it sets any,
// the others are 0, so that nothing is done about them, unless merge (mergeDefaultEvictionSettings) is true.
func Hard(evictionHard map[Signal]Quantity, merge bool) (Thresholds, error) {
	var out Thresholds
	if evictionHard == nil || merge {
		out = DefaultHard
	}
	for s, q := range evictionHard {
		if s < 0 || s >= signals {
			return Thresholds{}, fmt.Errorf("got %s, want one of the signals", s)
		}
		if err := q.valid(); err != nil {
			return Thresholds{}, fmt.Errorf("%s: %w", s, err)
		}
		out[s] = q
	}
	return out, nil
}

// Observation is what is left of what a signal watches.
type Observation struct{ Available, Capacity int64 }

func (o Observation) valid() error {
	if o.Available < 0 || o.Available > o.Capacity || o.Capacity > MaxAmount {
		return fmt.Errorf("got %d of %d, want 0 to the capacity, and %d at most", o.Available, o.Capacity, int64(MaxAmount))
	}
	return nil
}

// below tells whether less is available than the threshold and more together.
func (o Observation) below(threshold, more Quantity) bool {
	limit := threshold.of(o.Capacity)
	if limit.Sign() == 0 {
		return false
	}
	limit.Add(limit, more.of(o.Capacity))
	return new(big.Int).Mul(big.NewInt(100), big.NewInt(o.Available)).Cmp(limit) < 0
}
