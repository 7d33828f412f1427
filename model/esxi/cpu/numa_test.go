package cpu

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

// The defaults and ranges of the options, as `esxcli system settings advanced list` of ESXi 6.5 U2 to 8.0.3 and Advanced NUMA
// Attributes show them.
func TestNUMAOptions(t *testing.T) {
	if o := DefaultNUMA(2, 8); o.MigImbalanceThreshold != 10 || o.MigThreshold != 2 || o.MigThrashThreshold != 50 || NUMARebalancePeriod != 2000 {
		t.Errorf("got %+v and %d ms", o, NUMARebalancePeriod)
	}
	for _, test := range []struct {
		name   string
		vcpus  int
		change func(*NUMAOptions)
	}{
		{"no node", 1, func(o *NUMAOptions) { o.Nodes = 0 }},
		{"no core", 1, func(o *NUMAOptions) { o.CoresPerNode = 0 }},
		{"threshold", 1, func(o *NUMAOptions) { o.MigImbalanceThreshold = 201 }},
		{"no threshold", 1, func(o *NUMAOptions) { o.MigImbalanceThreshold = 0 }},
		{"no gain", 1, func(o *NUMAOptions) { o.MigThreshold = 0 }},
		{"thrash", 1, func(o *NUMAOptions) { o.MigThrashThreshold = 101 }},
		{"more vCPUs than cores (Cpu.AllowWideVsmp)", 17, func(*NUMAOptions) {}},
		{"no vCPU", 0, func(*NUMAOptions) {}},
	} {
		o := DefaultNUMA(2, 8)
		test.change(&o)
		if _, err := NewNUMA([]int{test.vcpus}, o); err == nil {
			t.Errorf("%s: got no error", test.name)
		}
	}
}

// The clients of machines on nodes of 8 cores. By enumeration: there are no other sizes, as few and as even, or as full.
func TestNUMAClients(t *testing.T) {
	for _, test := range []struct {
		vcpus, cores int
		split        Split
		want         []int
	}{
		{8, 8, EvenClients, []int{8}},
		{8, 4, EvenClients, []int{4, 4}},
		{10, 8, EvenClients, []int{5, 5}},
		{10, 8, FullClients, []int{8, 2}},
		{17, 8, EvenClients, []int{6, 6, 5}},
		{17, 8, FullClients, []int{8, 8, 1}},
		{1, 8, FullClients, []int{1}},
	} {
		if got := NUMAClients(test.vcpus, test.cores, test.split); !slices.Equal(got, test.want) {
			t.Errorf("%d vCPUs, %d cores: got %v, want %v", test.vcpus, test.cores, got, test.want)
		}
	}
	for cores := 1; cores <= 4; cores++ {
		for vcpus := 1; vcpus <= 12; vcpus++ {
			var even, full []int
			for n := 1; even == nil; n++ { // as few as will do
				for sizes := range modelcheck.Vectors(n, cores) {
					sum := 0
					for _, s := range sizes {
						sum += s
					}
					if sum != vcpus || !slices.IsSortedFunc(sizes, func(a, b int) int { return b - a }) {
						continue
					}
					if sizes[0]-sizes[n-1] <= 1 {
						even = sizes
					}
					if full == nil || slices.Compare(sizes, full) > 0 {
						full = sizes
					}
				}
			}
			if got := NUMAClients(vcpus, cores, EvenClients); !slices.Equal(got, even) {
				t.Errorf("%d vCPUs, %d cores: got %v, want %v", vcpus, cores, got, even)
			}
			if got := NUMAClients(vcpus, cores, FullClients); !slices.Equal(got, full) {
				t.Errorf("%d vCPUs, %d cores, full: got %v, want %v", vcpus, cores, got, full)
			}
		}
	}
}

// The thresholds, each with a case that just meets it and one that just does not, in vCPUs on two nodes of 20 cores, of
// which one is 5 %.
func TestNUMAThresholds(t *testing.T) {
	for _, test := range []struct {
		name        string
		first, last []int // machines on node 1 and on node 2
		due         bool  // the first one moves
	}{
		{"an imbalance of 5 % is below MigImbalanceThreshold", []int{1}, nil, false},
		{"one of 10 % is not", []int{1, 1}, nil, true},
		{"moving it would turn the imbalance round", []int{4}, []int{1}, false},
		{"by a third", []int{4, 2}, nil, true},
		{"by half of what it was", []int{9, 3}, nil, true},
		{"by more than half", []int{10, 3}, nil, false},
		{"by all of it", []int{5}, nil, false},
		{"one of five machines of one vCPU", []int{1, 1, 1, 1, 1}, nil, true},
	} {
		vcpus := slices.Concat(test.first, test.last)
		h, err := NewNUMA(vcpus, DefaultNUMA(2, 20))
		must(t, err)
		for i, n := range vcpus {
			node := Node(1)
			if i >= len(test.first) {
				node = 2
			}
			h.clients[i] = []NUMAClient{{VCPUs: n, Home: node, Memory: node}}
		}
		if err := h.Migrate(1, 1, 2); (err == nil) != test.due {
			t.Errorf("%s: got %v, want due %t", test.name, err, test.due)
		}
	}
}

// Where the loads may be turned round by all of their difference, a machine still does not move for nothing, or it would for
// ever.
func TestNUMANoGain(t *testing.T) {
	o := DefaultNUMA(2, 4)
	o.MigThrashThreshold = 100
	h, err := NewNUMA([]int{2}, o)
	must(t, err)
	must(t, h.PowerOn(1))
	if err := h.Migrate(1, 1, 2); !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v, want a refusal", err)
	}
}

// moved tells whether a step between two states is a migration: the same machines are on, with other homes.
func moved(a, b *NUMA) bool {
	other := false
	for v := VM(1); int(v) <= a.VMs(); v++ {
		if a.On(v) != b.On(v) {
			return false
		}
		for i, c := range a.clients[v-1] {
			other = other || c.Home != b.clients[v-1][i].Home
		}
	}
	return other
}

// On any run: every vCPU of a machine that is on has one home, clients are as they must be, a refused step changes nothing,
// each migration lowers the potential; and migrations come to an end, when nodes differ by less than 4/3 of a node if no
// machine is wide.
func TestNUMARuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := DefaultNUMA(rapid.IntRange(1, 4).Draw(t, "nodes"), rapid.IntRange(1, 12).Draw(t, "cores"))
		o.Placement = Placement(rapid.IntRange(0, 1).Draw(t, "placement"))
		o.Split = Split(rapid.IntRange(0, 1).Draw(t, "split"))
		byDefault := rapid.Bool().Draw(t, "defaults")
		if !byDefault {
			o.MigImbalanceThreshold = rapid.IntRange(1, 200).Draw(t, "imbalance")
			o.MigThreshold = rapid.IntRange(1, 200).Draw(t, "gain")
			o.MigThrashThreshold = rapid.SampledFrom([]int{0, 30, 99, 100}).Draw(t, "thrash")
		}
		most := o.CoresPerNode
		if rapid.Bool().Draw(t, "wide") {
			most *= o.Nodes
		}
		vcpus := rapid.SliceOfN(rapid.IntRange(1, most), 1, 12).Draw(t, "vCPUs")
		h, err := NewNUMA(vcpus, o)
		must(t, err)
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			v := VM(rapid.IntRange(0, len(vcpus)+1).Draw(t, "VM"))
			n, m := Node(rapid.IntRange(0, o.Nodes+1).Draw(t, "node")), Node(rapid.IntRange(0, o.Nodes+1).Draw(t, "other node"))
			before := h.Clone()
			var err error
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0, 1:
				if err = h.PowerOn(v); err == nil && o.Placement == LeastLoaded {
					for _, c := range h.clients[v-1] {
						for n := Node(1); int(n) <= o.Nodes; n++ {
							if at(h.clients[v-1], n) < 0 && before.Load(n) < before.Load(c.Home) {
								t.Fatalf("VM %d is on node %d, but node %d has less load", v, c.Home, n)
							}
						}
					}
				}
			case 2:
				err = h.PowerOff(v)
			case 3:
				err = h.Follow(v, n)
			case 4:
				err = h.Migrate(v, n, m)
			default:
				if v, from, to, ok := h.Next(); ok {
					must(t, h.Migrate(v, from, to))
				}
			}
			if err != nil && (!errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(before, h)) {
				t.Fatalf("refused with %v, but %+v became %+v", err, before, h)
			}
			if moved(before, h) && h.Potential() >= before.Potential() {
				t.Fatalf("the potential was %d and is %d", before.Potential(), h.Potential())
			}
			for i, n := range vcpus {
				sizes := []int{}
				seen := map[Node]bool{}
				for _, c := range h.clients[i] {
					sizes = append(sizes, c.VCPUs)
					if seen[c.Home] || c.Memory < 1 || int(c.Memory) > o.Nodes {
						t.Fatalf("VM %d: %+v", i+1, h.clients[i])
					}
					seen[c.Home] = true
				}
				slices.SortFunc(sizes, func(a, b int) int { return b - a })
				if h.On(VM(i+1)) && !slices.Equal(sizes, NUMAClients(n, o.CoresPerNode, o.Split)) {
					t.Fatalf("VM %d of %d vCPUs has clients %v", i+1, n, sizes)
				}
			}
		}
		for moves := h.Potential(); ; moves-- {
			v, from, to, ok := h.Next()
			if !ok {
				break
			}
			if moves < 0 {
				t.Fatal("migrations do not come to an end")
			}
			must(t, h.Migrate(v, from, to))
		}
		low, high := h.Load(1), h.Load(1)
		for n := Node(1); int(n) <= o.Nodes; n++ {
			low, high = min(low, h.Load(n)), max(high, h.Load(n))
			for m := Node(1); int(m) <= o.Nodes; m++ {
				for v := VM(1); int(v) <= h.VMs(); v++ {
					if h.Clone().Migrate(v, n, m) == nil {
						t.Fatalf("nothing is to move, but VM %d can from node %d to %d", v, n, m)
					}
				}
			}
		}
		if byDefault && most == o.CoresPerNode && 3*(high-low) >= 4*o.CoresPerNode {
			t.Fatalf("loads from %d to %d on nodes of %d cores, and nothing is to move", low, high, o.CoresPerNode)
		}
	})
}
