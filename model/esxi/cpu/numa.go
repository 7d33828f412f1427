package cpu

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Node numbers a NUMA node of a host, from 1.
type Node int

// Placement is how a host chooses the home node of a machine that is powered on.
type Placement uint8

// The placements (vSphere Resource Management, Home Nodes and Initial Placement: loads are to stay balanced).
const (
	LeastLoaded Placement = iota
	InTurn                // each node in turn, round robin
)

// Split is how the vCPUs of a wide machine are divided among its NUMA clients. The sources do not say.
type Split uint8

// The splits.
const (
	EvenClients Split = iota // of one size, but for one vCPU
	FullClients              // as large as a node, and a rest; virtual nodes are so with numa.autosize
)

// NUMAOptions are what a host is made of, and its advanced options of that name, in percent.
type NUMAOptions struct {
	Nodes        int // at least 1
	CoresPerNode int // at least 1, which is numa.vcpu.maxPerMachineNode too
	Placement    Placement
	Split        Split

	MigImbalanceThreshold int // 1 to 200: the least imbalance between nodes at which a client moves
	MigThreshold          int // 1 to 200: the least by which the imbalance must get better
	MigThrashThreshold    int // 0 to 100: the most imbalance the other way round afterwards, of what there was
}

// DefaultNUMA is a host with the options as ESXi 6.5 to 8.0.3 has them. NUMARebalancePeriod, Numa.RebalancePeriod in
// milliseconds, is how often such a host looks whether something is to move.
func DefaultNUMA(nodes, coresPerNode int) NUMAOptions {
	return NUMAOptions{Nodes: nodes, CoresPerNode: coresPerNode, MigImbalanceThreshold: 10, MigThreshold: 2, MigThrashThreshold: 50}
}

// NUMARebalancePeriod is the default of Numa.RebalancePeriod, in milliseconds.
const NUMARebalancePeriod = 2000

// NUMAClients gives the sizes, in vCPUs, of the NUMA clients of a machine, as few as nodes of so many cores allow, the
// largest first. All numbers are at least 1.
func NUMAClients(vcpus, coresPerNode int, split Split) []int {
	out := make([]int, (vcpus+coresPerNode-1)/coresPerNode)
	for i := range out {
		switch split {
		case FullClients:
			out[i] = min(coresPerNode, vcpus-i*coresPerNode)
		default:
			out[i] = vcpus / len(out)
			if i < vcpus%len(out) {
				out[i]++
			}
		}
	}
	return out
}

// NUMAClient is a part of a machine that has a home node: some of its vCPUs, and memory, which is local where Memory is Home.
type NUMAClient struct {
	VCPUs        int
	Home, Memory Node
}

// NUMA gives virtual machines home nodes, as ESXi's NUMA scheduler does (vSphere Resource Management, Using NUMA Systems
// with ESXi). A machine runs on its home node only; one with more vCPUs than a node has cores is split into clients, each
// with a home node of its own. A client moves where two nodes' loads differ enough, and its memory follows.
//
// The load of a node is its number of vCPUs, all of which are taken to want a core, and an imbalance is a difference of
// loads in percent of the cores of a node. (ESXi counts what machines are entitled to and what they use.) MigThrashThreshold
// is taken to limit the imbalance the other way round that a move makes; read as limiting what is left, it would forbid to
// move one of five machines of one vCPU.
//
// What it guarantees, checked in numa.bh: each vCPU of a machine that is on has one home node; a client fits the cores of
// its node, and a machine has no more clients than it must; each move lowers the sum of the squares of the loads, so that
// moves come to an end; and then, with the default options and no wide machine, two nodes differ by less than 4/3 of a node.
// That memory is local is no guarantee.
//
// The zero NUMA has no machine; make one with NewNUMA.
type NUMA struct {
	options NUMAOptions
	vcpus   []int
	clients [][]NUMAClient // by VM-1, in the order of their homes; none where the machine is off
	turn    Node           // whose turn it is
}

// NewNUMA makes a host with machines of so many vCPUs, all off. No machine may have more than the host has cores
// (Cpu.AllowWideVsmp = 0).
func NewNUMA(vcpus []int, o NUMAOptions) (*NUMA, error) {
	for _, x := range []struct {
		name            string
		got, least, top int
	}{
		{"nodes", o.Nodes, 1, 1 << 20},
		{"cores per node", o.CoresPerNode, 1, 1 << 20},
		{"MigImbalanceThreshold", o.MigImbalanceThreshold, 1, 200},
		{"MigThreshold", o.MigThreshold, 1, 200},
		{"MigThrashThreshold", o.MigThrashThreshold, 0, 100},
	} {
		if x.got < x.least || x.got > x.top {
			return nil, fmt.Errorf("%s: got %d, want %d to %d", x.name, x.got, x.least, x.top)
		}
	}
	for i, n := range vcpus {
		if n < 1 || n > o.Nodes*o.CoresPerNode {
			return nil, fmt.Errorf("VM %d: got %d vCPUs, want 1 to %d, the cores of the host", i+1, n, o.Nodes*o.CoresPerNode)
		}
	}
	return &NUMA{options: o, vcpus: slices.Clone(vcpus), clients: make([][]NUMAClient, len(vcpus)), turn: 1}, nil
}

// Clone returns an independent copy.
func (h *NUMA) Clone() *NUMA {
	g := *h // options and vcpus never change
	g.clients = make([][]NUMAClient, len(h.clients))
	for i, c := range h.clients {
		g.clients[i] = slices.Clone(c)
	}
	return &g
}

// VMs is the number of virtual machines.
func (h *NUMA) VMs() int { return len(h.vcpus) }

// On tells whether v is powered on.
func (h *NUMA) On(v VM) bool {
	mustName("VM", int(v), len(h.clients))
	return len(h.clients[v-1]) > 0
}

// Clients are the NUMA clients of v, in the order of their home nodes; none where it is off. The caller may keep them.
func (h *NUMA) Clients(v VM) []NUMAClient {
	mustName("VM", int(v), len(h.clients))
	return slices.Clone(h.clients[v-1])
}

// Load is the number of vCPUs whose home is node n, which may be more than its cores.
func (h *NUMA) Load(n Node) int {
	mustName("node", int(n), h.options.Nodes)
	sum := 0
	for _, clients := range h.clients {
		for _, c := range clients {
			if c.Home == n {
				sum += c.VCPUs
			}
		}
	}
	return sum
}

// Potential is the sum of the squares of the loads, which each migration lowers.
func (h *NUMA) Potential() int {
	sum := 0
	for n := Node(1); int(n) <= h.options.Nodes; n++ {
		load := h.Load(n)
		sum += load * load
	}
	return sum
}

// PowerOn gives the clients of v, the largest first, a home node each, and local memory. Of nodes with the same load the
// lowest number is taken.
func (h *NUMA) PowerOn(v VM) error {
	if err := h.known("power on", v); err != nil {
		return err
	}
	if h.On(v) {
		return model.Refuse("power on VM %d: it is on", v)
	}
	var placed []NUMAClient
	for _, size := range NUMAClients(h.vcpus[v-1], h.options.CoresPerNode, h.options.Split) {
		n := h.choose(placed)
		placed = append(placed, NUMAClient{VCPUs: size, Home: n, Memory: n})
	}
	h.clients[v-1] = sorted(placed)
	return nil
}

// choose gives the home of one more client of a machine.
func (h *NUMA) choose(placed []NUMAClient) Node {
	if h.options.Placement == InTurn {
		n := h.turn
		h.turn = n%Node(h.options.Nodes) + 1
		return n
	}
	best := Node(0)
	for n := Node(1); int(n) <= h.options.Nodes; n++ {
		if at(placed, n) < 0 && (best == 0 || h.Load(n) < h.Load(best)) {
			best = n
		}
	}
	return best
}

// PowerOff takes the home nodes of v away.
func (h *NUMA) PowerOff(v VM) error {
	if err := h.known("power off", v); err != nil {
		return err
	}
	if !h.On(v) {
		return model.Refuse("power off VM %d: it is off", v)
	}
	h.clients[v-1] = nil
	return nil
}

// Next is the migration that makes the loads most equal of all that are due: of several the first machine, and the lowest
// numbers. It is false where none is due.
func (h *NUMA) Next() (v VM, from, to Node, ok bool) {
	best := 0
	for i, clients := range h.clients {
		for _, c := range clients {
			for n := Node(1); int(n) <= h.options.Nodes; n++ {
				// The potential falls by 2s(d - s) where a client of size s moves between nodes that differ by d.
				falls := 2 * c.VCPUs * (h.Load(c.Home) - h.Load(n) - c.VCPUs)
				if falls > best && h.due(VM(i+1), c.Home, n) == nil {
					v, from, to, ok, best = VM(i+1), c.Home, n, true, falls
				}
			}
		}
	}
	return v, from, to, ok
}

// Migrate moves the client of v that is on a node to another one, on which v has none. It is refused unless the loads of the
// two call for it.
func (h *NUMA) Migrate(v VM, from, to Node) error {
	if err := h.known("migrate", v); err != nil {
		return err
	}
	if err := h.due(v, from, to); err != nil {
		return err
	}
	clients := h.clients[v-1]
	clients[at(clients, from)].Home = to
	h.clients[v-1] = sorted(clients)
	return nil
}

// due tells why a client may not move.
func (h *NUMA) due(v VM, from, to Node) error {
	if from < 1 || int(from) > h.options.Nodes || to < 1 || int(to) > h.options.Nodes {
		return model.Refuse("migrate from node %d to %d: want 1 to %d", from, to, h.options.Nodes)
	}
	clients := h.clients[v-1]
	i := at(clients, from)
	if i < 0 || at(clients, to) >= 0 {
		return model.Refuse("migrate VM %d from node %d to %d: its clients are %v", v, from, to, clients)
	}
	cores, before := h.options.CoresPerNode, h.Load(from)-h.Load(to)
	after := before - 2*clients[i].VCPUs
	switch {
	case 100*before < h.options.MigImbalanceThreshold*cores:
		return model.Refuse("migrate VM %d: the loads differ by %d of %d cores, less than %d %%", v, before, cores, h.options.MigImbalanceThreshold)
	case 100*(before-max(after, -after)) < h.options.MigThreshold*cores:
		return model.Refuse("migrate VM %d: the loads would differ by %d instead of %d", v, after, before)
	case -100*after > h.options.MigThrashThreshold*before:
		return model.Refuse("migrate VM %d: the loads would differ by %d the other way round, after %d", v, -after, before)
	}
	return nil
}

// Follow says that the memory of the client of v that is on node n has moved there.
func (h *NUMA) Follow(v VM, n Node) error {
	if err := h.known("move the memory of", v); err != nil {
		return err
	}
	i := at(h.clients[v-1], n)
	if i < 0 || h.clients[v-1][i].Memory == n {
		return model.Refuse("move the memory of VM %d to node %d: its clients are %v", v, n, h.clients[v-1])
	}
	h.clients[v-1][i].Memory = n
	return nil
}

// at is the place of the client on node n, or -1.
func at(clients []NUMAClient, n Node) int {
	return slices.IndexFunc(clients, func(c NUMAClient) bool { return c.Home == n })
}

func sorted(clients []NUMAClient) []NUMAClient {
	slices.SortFunc(clients, func(a, b NUMAClient) int { return int(a.Home - b.Home) })
	return clients
}

func (h *NUMA) known(step string, v VM) error {
	if v < 1 || int(v) > len(h.vcpus) {
		return model.Refuse("%s VM %d: want 1 to %d", step, v, len(h.vcpus))
	}
	return nil
}
