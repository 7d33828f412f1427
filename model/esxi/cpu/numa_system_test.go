package cpu

import (
	"fmt"
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// nodes are the constants of an instance of numa.bh.
type nodes struct {
	vms, nodes, cores int
	placement         Placement
	split             Split
	thrash            int
}

func (k nodes) options() NUMAOptions {
	o := DefaultNUMA(k.nodes, k.cores)
	o.Placement, o.Split, o.MigThrashThreshold = k.placement, k.split, k.thrash
	return o
}

func (k nodes) pair() modelcheck.Pair {
	return modelcheck.Pair{
		Name: fmt.Sprintf("NUMA %+v", k), System: k.system(), File: "numa.bh",
		Constants: constants{
			"VMS": digits(k.vms), "NODES": digits(k.nodes), "CORES": digits(k.cores),
			"PLACEMENT": []string{"leastLoaded", "roundRobin"}[k.placement], "SPLIT": []string{"even", "full"}[k.split],
			"THRASH": digits(k.thrash),
		},
	}
}

func (k nodes) init(yield func(NUMA) bool) {
	for vcpus := range modelcheck.Vectors(k.vms, k.nodes*k.cores) {
		h, err := NewNUMA(vcpus, k.options())
		if err != nil {
			panic(err)
		}
		if !yield(*h) {
			return
		}
	}
}

func (h NUMA) bindings() []model.Binding {
	each := func(show func(VM, Node) model.Value) model.Value {
		out := model.Value{Shape: model.Map}
		for v := VM(1); int(v) <= h.VMs(); v++ {
			for n := Node(1); int(n) <= h.options.Nodes; n++ {
				out.Elems = append(out.Elems, model.Elem{Key: fmt.Sprintf("%d, %d", v, n), Value: show(v, n)})
			}
		}
		return out
	}
	client := func(v VM, n Node) NUMAClient {
		if i := at(h.clients[v-1], n); i >= 0 {
			return h.clients[v-1][i]
		}
		return NUMAClient{}
	}
	var on []VM
	for v := VM(1); int(v) <= h.VMs(); v++ {
		if h.On(v) {
			on = append(on, v)
		}
	}
	return []model.Binding{
		{Name: "vcpus", Value: modelcheck.Map(1, h.VMs(), func(i int) model.Value { return modelcheck.Int(h.vcpus[i-1]) })},
		{Name: "on", Value: modelcheck.Set(on)},
		{Name: "homes", Value: each(func(v VM, n Node) model.Value { return modelcheck.Int(client(v, n).VCPUs) })},
		{Name: "memory", Value: each(func(v VM, n Node) model.Value { return modelcheck.Option(client(v, n).Memory) })},
		{Name: "turn", Value: modelcheck.Int(h.turn)},
	}
}

func (k nodes) system() model.System {
	vms, at := modelcheck.Numbers[VM](k.vms), modelcheck.Numbers[Node](k.nodes)
	return model.MustDefine(model.Definition[NUMA]{
		Name: "NUMA",
		Init: k.init,
		Actions: []model.ActionOf[NUMA]{
			{Name: "PowerOn", Params: []string{"v"}, Next: modelcheck.Call1(vms, (*NUMA).PowerOn)},
			{Name: "PowerOff", Params: []string{"v"}, Next: modelcheck.Call1(vms, (*NUMA).PowerOff)},
			{Name: "Migrate", Params: []string{"v", "n", "m"}, Next: func(h NUMA) iter.Seq2[model.Args, NUMA] {
				return func(yield func(model.Args, NUMA) bool) {
					for _, v := range vms {
						for _, from := range at {
							for _, to := range at {
								next := h.Clone()
								if next.Migrate(v, from, to) == nil && !yield(model.Args{int(v), int(from), int(to)}, *next) {
									return
								}
							}
						}
					}
				}
			}},
			{Name: "Follow", Params: []string{"v", "n"}, Next: modelcheck.Call2(vms, at, (*NUMA).Follow)},
		},
		Steps: []model.Relation[NUMA]{
			{Name: "Migrate.ensures", Action: "Migrate", Holds: func(a, b NUMA) bool { return b.Potential() < a.Potential() }},
		},
		Show: NUMA.bindings,
	})
}
