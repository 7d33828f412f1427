package kubelet

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model/kubernetes/scheduler"
)

// Usage is what a pod uses of what a signal watches, and what it requests of it: 0 for inodes and process numbers.
type Usage struct {
	Pod            string
	Priority       int
	Used, Requests int64
	Unknown        bool // there are no statistics of it: it comes first, of its priority where the signal is of process numbers
}

// Critical tells whether the kubelet never evicts the pod: system-cluster-critical and system-node-critical ones.
func (u Usage) Critical() bool { return u.Priority >= SystemCritical }

// SystemCritical is the least priority of critical pods (pkg/kubelet/types, IsCriticalPodBasedOnPriority).
const SystemCritical = 2_000_000_000

func (u Usage) valid() error {
	if u.Used < 0 || u.Used > MaxAmount || u.Requests < 0 || u.Requests > MaxAmount {
		return fmt.Errorf("pod %s: got %d used of %d requested, want 0 to %d", u.Pod, u.Used, u.Requests, int64(MaxAmount))
	}
	return nil
}

// rank orders pods for eviction, whoever goes first first; 0 for those of which any may go. By memory and disk those go first that
// use more than they request; then the lowest priority; then who is most above its request. By inodes the same, with no requests.
// By process numbers priority, then their number. Of two without statistics, priority decides (pkg/kubelet/eviction/helpers.go, rankMemoryPressure, rankDiskPressureFunc,
// rankPIDPressure). The class of a pod is not looked at.
func rank(s Signal, a, b Usage) int {
	unknown, priority := first(a.Unknown, b.Unknown), cmp.Compare(a.Priority, b.Priority)
	switch {
	case s == PIDAvailable && (a.Unknown || b.Unknown):
		return cmp.Or(priority, unknown)
	case s == PIDAvailable:
		return cmp.Or(priority, cmp.Compare(b.Used, a.Used))
	case a.Unknown || b.Unknown:
		return cmp.Or(unknown, priority)
	}
	return cmp.Or(
		first(a.Used > a.Requests, b.Used > b.Requests),
		priority,
		cmp.Compare(b.Used-b.Requests, a.Used-a.Requests),
	)
}

func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// Victims lists the pods of which the kubelet evicts one, because of the signal: those that are first in the order, critical ones
// left out. It is empty where all are critical.
func Victims(s Signal, pods []Usage) ([]string, error) {
	if s < 0 || s >= signals {
		return nil, fmt.Errorf("got %s, want one of the signals", s)
	}
	var may []Usage
	for _, u := range pods {
		if err := u.valid(); err != nil {
			return nil, err
		}
		if !u.Critical() {
			may = append(may, u)
		}
	}
	var out []string
	for _, u := range may {
		if !slices.ContainsFunc(may, func(v Usage) bool { return rank(s, v, u) < 0 }) {
			out = append(out, u.Pod)
		}
	}
	return out, nil
}

// Taint is what the control plane puts on a node that is under the condition; the zero Taint for what is none.
func (c Condition) Taint() scheduler.Taint {
	if c < 0 || c >= conditions {
		return scheduler.Taint{}
	}
	return scheduler.Taint{
		Key:    "node.kubernetes.io/" + [...]string{"memory-pressure", "disk-pressure", "pid-pressure"}[c],
		Effect: scheduler.NoSchedule,
	}
}

// Tolerations are those that the control plane gives a pod: of memory pressure, unless it is best-effort (Taints and Tolerations,
// Taint Nodes by Condition, in the documentation). So that taint keeps no pod away that requests anything.
func Tolerations(p *scheduler.Pod) []scheduler.Toleration {
	if p.QoS() == scheduler.BestEffort {
		return nil
	}
	return []scheduler.Toleration{{Key: MemoryPressure.Taint().Key, Exists: true, Effect: scheduler.NoSchedule}}
}

// Admits tells whether a kubelet under these conditions lets a new pod in: critical ones always; under memory pressure alone all
// that are not best-effort, or that tolerate its taint; else none (eviction_manager.go, Admit).
func Admits(under []Condition, p *scheduler.Pod) bool {
	if len(under) == 0 || p.Priority >= SystemCritical {
		return true
	}
	tolerates := func(t scheduler.Toleration) bool { return t.Tolerates(MemoryPressure.Taint()) }
	return (p.QoS() != scheduler.BestEffort || slices.ContainsFunc(p.Tolerations, tolerates)) && !slices.ContainsFunc(under, func(c Condition) bool { return c != MemoryPressure })
}
