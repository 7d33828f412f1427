package scheduler

import "fmt"

// QoS is the quality-of-service class of a pod.
type QoS int

// The classes.
const (
	BestEffort QoS = iota
	Burstable
	Guaranteed
)

var classes = [...]string{"BestEffort", "Burstable", "Guaranteed"}

// String gives the spelling of status.qosClass.
func (q QoS) String() string {
	if q >= 0 && int(q) < len(classes) {
		return classes[q]
	}
	return fmt.Sprintf("qos(%d)", int(q))
}

// QoS is the class of the pod: Guaranteed if each of its containers, init containers too, has limits of CPU and memory, and
// requests as much; BestEffort if none has a request or a limit of either; else Burstable
// (pkg/apis/core/v1/helper/qos, ComputePodQOS).
func (p *Pod) QoS() QoS {
	guaranteed, none := true, true
	for _, c := range p.all() {
		c = c.filled()
		for _, r := range []Resource{CPU, Memory} {
			none = none && c.Requests[r] == 0
			guaranteed = guaranteed && c.Limits[r] > 0 && c.Requests[r] == c.Limits[r]
		}
	}
	switch {
	case none:
		return BestEffort
	case guaranteed:
		return Guaranteed
	}
	return Burstable
}

// all lists the containers, init containers first.
func (p *Pod) all() []Container {
	var out []Container
	for _, c := range p.Init {
		out = append(out, c.Container)
	}
	return append(out, p.Containers...)
}

// NodeCritical is the least priority of system-node-critical pods.
const NodeCritical = 2_000_001_000

// The least oom_score_adj of a burstable container, on which the code and its documentation differ.
const (
	OOMFloor           = 3 // 1000 - 997 (pkg/kubelet/qos/policy.go)
	OOMFloorDocumented = 2 // Node-pressure Eviction, Node out of memory behavior
)

// OOMScoreAdj is the oom_score_adj that the kubelet gives the processes of container c of the pod on a node with so many bytes of
// memory: -997 for those of guaranteed and of node-critical pods, 1000 for those of best-effort ones, and for the others the
// thousandths of the memory of the node that the container does not request, no less than floor and no more than 999
// (pkg/kubelet/qos/policy.go, GetContainerOOMScoreAdjust). Sidecars get what containers get, which is a little more than the
// kubelet gives them.
func (p *Pod) OOMScoreAdj(c Container, capacity int64, floor int) (int, error) {
	if err := c.valid(); err != nil {
		return 0, err
	}
	if capacity < 1 || capacity > MaxAmount {
		return 0, fmt.Errorf("the node has %d bytes of memory, want 1 to %d", capacity, int64(MaxAmount))
	}
	switch q := p.QoS(); {
	case p.Priority >= NodeCritical || q == Guaranteed:
		return -997, nil
	case q == BestEffort:
		return 1000, nil
	}
	adj := 1000 - 1000*c.requests()[Memory]/capacity
	return int(min(max(adj, int64(floor)), 999)), nil
}
