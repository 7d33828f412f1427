package cpu

import (
	"fmt"
	"iter"
	"slices"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// spiedCores are Cores and what machines have read, as sidechannel.bh has it.
type spiedCores struct {
	*Cores
	Read [][]Domain // by VM-1, in order
}

// sca is an instance of sidechannel.bh: numbers of cores, machines, vCPUs of each and worlds of the VMkernel.
type sca struct {
	cores, vms, vcpus, kernel int
	pairs, noFlush            bool
}

var bools = []bool{false, true}

func (k sca) pair() modelcheck.Pair {
	return modelcheck.Pair{
		Name: fmt.Sprintf("side channels %+v", k), System: k.system(), File: "sidechannel.bh",
		Constants: constants{
			"CORES": digits(k.cores), "VMS": digits(k.vms), "VCPUS": digits(k.vcpus), "KERNEL": digits(k.kernel),
			"KERNEL_PAIRS": fmt.Sprint(k.pairs), "FLUSH": fmt.Sprint(!k.noFlush), "MITIGATION": "{false, true}",
		},
	}
}

// worlds are all there are.
func (k sca) worlds() []Context {
	var out []Context
	for v := Domain(1); int(v) <= k.vms; v++ {
		for n := 1; n <= k.vcpus; n++ {
			out = append(out, Context{v, n})
		}
	}
	for n := 1; n <= k.kernel; n++ {
		out = append(out, Context{VMkernel, n})
	}
	return out
}

// value shows a world.
func (c Context) value() model.Value {
	v := model.Value{Shape: model.Tagged, Text: "VMkernel", Elems: []model.Elem{{Key: "n", Value: modelcheck.Int(c.Number)}}}
	if c.Domain != VMkernel {
		v.Text, v.Elems = "VCPU", append([]model.Elem{{Key: "vm", Value: modelcheck.Int(c.Domain)}}, v.Elems...)
	}
	return v
}

func (k sca) init(yield func(spiedCores) bool) {
	for _, ht := range bools {
		for _, l1tf := range bools {
			for _, mitigation := range bools {
				for _, intra := range bools {
					for _, force := range bools {
						c, err := NewCores(CoreConfig{
							Cores: k.cores, Processor: Processor{ht, l1tf},
							Options: BootOptions{mitigation, intra, force}, KernelPairs: k.pairs, NoFlush: k.noFlush,
						})
						if err != nil {
							panic(err)
						}
						if !yield(spiedCores{Cores: c, Read: make([][]Domain, k.vms)}) {
							return
						}
					}
				}
			}
		}
	}
}

func (k sca) bindings(c spiedCores) []model.Binding {
	runs := model.Value{Shape: model.Map}
	for core := 1; core <= k.cores; core++ {
		for thread := 1; thread <= 2; thread++ {
			shown := modelcheck.None()
			if w, busy := c.Runs(core, thread); busy {
				shown = modelcheck.Some(w.value())
			}
			runs.Elems = append(runs.Elems, model.Elem{Key: fmt.Sprintf("%d, %d", core, thread), Value: shown})
		}
	}
	o := c.config.Options
	return []model.Binding{
		{Name: "ht", Value: model.Bool(c.config.Processor.Hyperthreading)},
		{Name: "l1tf", Value: model.Bool(c.config.Processor.L1TF)},
		{Name: "mitigation", Value: model.Bool(o.HyperthreadingMitigation)},
		{Name: "intra", Value: model.Bool(o.HyperthreadingMitigationIntraVM)},
		{Name: "force", Value: model.Bool(o.ForceHyperthreadingMitigation)},
		{Name: "policy", Value: modelcheck.Text(c.Policy())},
		{Name: "runs", Value: runs},
		{Name: "cached", Value: modelcheck.Map(1, k.cores, func(i int) model.Value { return modelcheck.Set(c.cached[i-1]) })},
		{Name: "read", Value: modelcheck.Map(1, k.vms, func(i int) model.Value { return modelcheck.Set(c.Read[i-1]) })},
	}
}

// dispatches gives what can be dispatched next.
func (k sca) dispatches(c spiedCores) iter.Seq2[model.Args, spiedCores] {
	return func(yield func(model.Args, spiedCores) bool) {
		for _, w := range k.worlds() {
			for core := 1; core <= k.cores; core++ {
				for thread := 1; thread <= 2; thread++ {
					next := spiedCores{Cores: c.Clone(), Read: c.Read}
					if next.Dispatch(w, core, thread) == nil && !yield(model.Args{w.value(), core, thread}, next) {
						return
					}
				}
			}
		}
	}
}

func (k sca) system() model.System {
	cores := modelcheck.Numbers[int](k.cores)
	return model.MustDefine(model.Definition[spiedCores]{
		Name: "SideChannel",
		Init: k.init,
		Actions: []model.ActionOf[spiedCores]{
			{Name: "Dispatch", Params: []string{"w", "c", "t"}, Next: k.dispatches},
			{Name: "Preempt", Params: []string{"c", "t"}, Next: modelcheck.Call2(cores, []int{1, 2},
				func(c *spiedCores, core, thread int) error { return c.Preempt(core, thread) })},
			{Name: "Read", Params: []string{"v", "c"}, Next: modelcheck.Call2(modelcheck.Numbers[Domain](k.vms), cores,
				func(c *spiedCores, v Domain, core int) error {
					if !c.config.Processor.L1TF || !slices.Contains(c.Domains(core), v) {
						return model.Refuse("read")
					}
					c.Read[v-1] = append(c.Read[v-1], c.Exposed(v, core)...)
					slices.Sort(c.Read[v-1])
					c.Read[v-1] = slices.Compact(c.Read[v-1])
					return nil
				})},
		},
		Invariants: []model.Predicate[spiedCores]{
			{Name: "OneDomain", When: func(c spiedCores) bool { return c.Policy() != SystemDefault }, Holds: func(c spiedCores) bool {
				for _, core := range cores {
					if len(c.Domains(core)) > 1 {
						return false
					}
				}
				return true
			}},
		},
		Show: k.bindings,
	})
}
