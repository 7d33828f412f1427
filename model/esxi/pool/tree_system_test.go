package pool

import (
	"errors"
	"iter"
	"math/big"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

var errNo = errors.New("not enabled")

// cpuPool is a pool of which only the CPU matters.
func cpuPool(a Allocation) Config { return Config{CPU: a, Memory: Unlimited()} }

// cpuVM is a machine of one virtual CPU that reserves so many MHz, and no memory.
func cpuVM(mhz int64) Machine {
	m := Machine{VCPUs: 1, MemoryMB: 1, CPU: Unlimited(), Memory: Unlimited()}
	m.CPU.Reservation = mhz
	return m
}

// must is for trees that are made right.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// treeOf makes a tree with so much CPU, and no memory.
func treeOf(mhz int64) *Tree { return must(New(mhz, 0)) }

// mapOf shows a map from names.
func mapOf[K any](names []string, keys []K, show func(K) model.Value) model.Value {
	out := model.Value{Shape: model.Map}
	for i, k := range keys {
		out.Elems = append(out.Elems, model.Elem{Key: names[i], Value: show(k)})
	}
	return out
}

// named replaces the first argument of the steps of next by its name.
func named[S any](names []string, next func(S) iter.Seq2[model.Args, S]) func(S) iter.Seq2[model.Args, S] {
	return func(s S) iter.Seq2[model.Args, S] {
		return func(yield func(model.Args, S) bool) {
			for args, after := range next(s) {
				if !yield(append(model.Args{names[args[0].(ID)]}, args[1:]...), after) {
					return
				}
			}
		}
	}
}

// chain is a Tree as in admission.bh, root, mom and kid, and the tasks of power-ons.
type chain struct {
	*Tree
	Starting []bool // by VM-1
}

// chainOf are the constants of admission.bh.
type chainOf struct {
	capacity, size, reserved int64
	home                     []ID // by VM-1
}

const mom, kid ID = 1, 2

var (
	chainNames = []string{"root", "mom", "kid"}
	chainPools = []ID{Root, mom, kid}
)

func (z chainOf) init(yield func(chain) bool) {
	for need := range modelcheck.Vectors(len(z.home), int(z.size)) {
		c := chain{Tree: treeOf(z.capacity), Starting: make([]bool, len(z.home))}
		must(c.Create(Root, cpuPool(Unlimited())))
		must(c.Create(mom, cpuPool(Unlimited())))
		for i, n := range need {
			must(c.AddVM(z.home[i], cpuVM(int64(n))))
		}
		// The machines know their pools, which are not there yet.
		c.pools = c.pools[:1]
		if !yield(c) {
			return
		}
	}
}

func (c *chain) start(v VM) error {
	if c.On(v) || c.Starting[v-1] || !c.Has(c.In(v)) || c.machine(v).config.reserves(CPU) > c.UnreservedForVM(CPU, c.In(v)) {
		return errNo
	}
	c.Starting[v-1] = true
	return nil
}

func (c *chain) commit(v VM) error {
	if !c.Starting[v-1] {
		return errNo
	}
	c.Starting[v-1] = false
	if err := c.PowerOn(v); !errors.Is(err, model.ErrRefused) {
		return err
	}
	return nil
}

func (c *chain) create(p ID, a Allocation) error {
	if c.Has(p) || p == kid && !c.Has(mom) {
		return errNo
	}
	_, err := c.Create(p-1, cpuPool(a))
	return err
}

func (c *chain) resize(p ID, reservation int64) error {
	if !c.Has(p) {
		return errNo
	}
	config := c.Config(p)
	config.CPU.Reservation = reservation
	return c.Update(p, config)
}

func (c *chain) remove(p ID) error {
	if p == mom && c.Has(kid) {
		return errNo
	}
	for v := VM(1); int(v) <= c.VMs(); v++ {
		if c.In(v) == p && (c.On(v) || c.Starting[v-1]) {
			return errNo
		}
	}
	return c.Tree.removeAlone(p)
}

// removeAlone is Remove for a pool of which the machines stay behind and wait for its return.
func (t *Tree) removeAlone(p ID) error {
	vms := t.Clone().vms
	err := t.Remove(p)
	t.vms = vms
	return err
}

func (z chainOf) bindings(c chain) []model.Binding {
	phase := func(v int) model.Value {
		switch {
		case c.Starting[v-1]:
			return model.Text("starting")
		case c.On(VM(v)):
			return model.Text("on")
		}
		return model.Text("off")
	}
	return []model.Binding{
		{Name: "pool", Value: mapOf(chainNames, chainPools, func(p ID) model.Value {
			if !c.Has(p) {
				return modelcheck.None()
			}
			a := c.Config(p).CPU
			if a.Limit == NoLimit {
				a.Limit = z.capacity
			}
			return modelcheck.Some(model.Value{Shape: model.Record, Elems: []model.Elem{
				{Key: "reservation", Value: model.Int(a.Reservation)},
				{Key: "limit", Value: model.Int(a.Limit)},
				{Key: "expandable", Value: model.Bool(a.Expandable)},
			}})
		})},
		{Name: "need", Value: modelcheck.Map(1, c.VMs(), func(v int) model.Value { return model.Int(c.Machine(VM(v)).CPU.Reservation) })},
		{Name: "phase", Value: modelcheck.Map(1, c.VMs(), phase)},
		{Name: "used", Value: mapOf(chainNames, chainPools, func(p ID) model.Value {
			if !c.Has(p) {
				return model.Int(0)
			}
			return model.Int(c.Used(CPU, p))
		})},
	}
}

// creations gives the arguments of Create.
func (z chainOf) create(c chain) iter.Seq2[model.Args, chain] {
	return func(yield func(model.Args, chain) bool) {
		for _, p := range []ID{mom, kid} {
			for r := range z.reserved + 1 {
				for _, limit := range []int64{2, z.capacity} {
					for _, expandable := range []bool{false, true} {
						next := chain{Tree: c.Clone(), Starting: c.Starting}
						if next.create(p, Allocation{Reservation: r, Limit: limit, Expandable: expandable}) == nil &&
							!yield(model.Args{chainNames[p], r, limit, expandable}, next) {
							return
						}
					}
				}
			}
		}
	}
}

// system is the system whose states are those of admission.bh.
func (z chainOf) system() model.System {
	vms := modelcheck.Numbers[VM](len(z.home))
	var amounts []int64
	for r := range z.reserved + 1 {
		amounts = append(amounts, r)
	}
	return model.MustDefine(model.Definition[chain]{
		Name: "Admission",
		Init: z.init,
		Actions: []model.ActionOf[chain]{
			{Name: "Start", Params: []string{"v"}, Next: modelcheck.Call1(vms, (*chain).start)},
			{Name: "Commit", Params: []string{"v"}, Next: modelcheck.Call1(vms, (*chain).commit)},
			{Name: "PowerOff", Params: []string{"v"}, Next: modelcheck.Call1(vms, func(c *chain, v VM) error { return c.PowerOff(v) })},
			{Name: "Create", Params: []string{"p", "r", "l", "e"}, Next: z.create},
			{Name: "Resize", Params: []string{"p", "r"}, Next: named(chainNames, modelcheck.Call2([]ID{mom, kid}, amounts, (*chain).resize))},
			{Name: "Remove", Params: []string{"p"}, Next: named(chainNames, modelcheck.Call1([]ID{mom, kid}, (*chain).remove))},
		},
		Invariants: []model.Predicate[chain]{
			{Name: "Reserved", Holds: func(c chain) bool { return c.Used(CPU, Root) <= z.capacity }},
		},
		Show: z.bindings,
	})
}

// teams is a Tree as in siblings.bh.
type teams struct {
	*Tree
	Reply  []string // by team-1
	Robbed []bool
}

// teamsOf are the constants of siblings.bh.
type teamsOf struct {
	teams, each              int
	reserved, capacity, size int64
	expandable               bool
}

func (z teamsOf) init(yield func(teams) bool) {
	for need := range modelcheck.Vectors(z.teams*z.each, int(z.size)) {
		t := teams{Tree: treeOf(z.capacity), Robbed: make([]bool, z.teams)}
		for range z.teams {
			must(t.Create(Root, cpuPool(Allocation{Reservation: z.reserved, Limit: NoLimit, Expandable: z.expandable})))
			t.Reply = append(t.Reply, "none_yet")
		}
		for i, n := range need {
			must(t.AddVM(ID(i/z.each+1), cpuVM(int64(n))))
		}
		if !yield(t) {
			return
		}
	}
}

func (t *teams) powerOn(v VM) error {
	if t.On(v) {
		return errNo
	}
	team := t.In(v) - 1
	t.Reply[team], t.Robbed[team] = "granted", false
	if t.PowerOn(v) != nil {
		t.Reply[team] = "refused"
		alone := t.Clone()
		for u := VM(1); int(u) <= t.VMs(); u++ {
			if t.On(u) && t.In(u) != t.In(v) && alone.PowerOff(u) != nil {
				return errNo
			}
		}
		t.Robbed[team] = alone.PowerOn(v) == nil
	}
	return nil
}

// system is the system whose states are those of siblings.bh.
func (z teamsOf) system() model.System {
	vms := modelcheck.Numbers[VM](z.teams * z.each)
	return model.MustDefine(model.Definition[teams]{
		Name: "Siblings",
		Init: z.init,
		Actions: []model.ActionOf[teams]{
			{Name: "PowerOn", Params: []string{"v"}, Next: modelcheck.Call1(vms, (*teams).powerOn)},
			{Name: "PowerOff", Params: []string{"v"}, Next: modelcheck.Call1(vms, func(t *teams, v VM) error { return t.PowerOff(v) })},
		},
		Show: func(t teams) []model.Binding {
			return []model.Binding{
				{Name: "need", Value: modelcheck.Map(1, t.VMs(), func(v int) model.Value { return model.Int(t.Machine(VM(v)).CPU.Reservation) })},
				{Name: "on", Value: modelcheck.Map(1, t.VMs(), func(v int) model.Value { return model.Bool(t.On(VM(v))) })},
				{Name: "borrowed", Value: modelcheck.Map(1, z.teams, func(i int) model.Value { return model.Int(t.Borrowed(CPU, ID(i))) })},
				{Name: "reply", Value: modelcheck.Map(1, z.teams, func(i int) model.Value { return model.Text(t.Reply[i-1]) })},
				{Name: "robbed", Value: modelcheck.Map(1, z.teams, func(i int) model.Value { return model.Bool(t.Robbed[i-1]) })},
			}
		},
	})
}

// priorities is a Tree as in shares.bh: root, high, night below it, and normal.
type priorities struct{ *Tree }

// prioritiesOf are the constants of shares.bh: the machines by place, and whether shares scale.
type prioritiesOf struct {
	high, night, normal, beside int
	scalable                    bool
}

var (
	placeNames = []string{"high", "night", "normal", "beside"}
	places     = []ID{1, 2, 3, Root}
)

// enough is the capacity, so that a thousandth is 1 MHz, and what each machine could use.
const enough = 1000

func (z prioritiesOf) init(yield func(priorities) bool) {
	for _, level := range []Level{Low, Normal, High} {
		p := priorities{treeOf(enough)}
		p.SetScaling(z.scalable)
		for _, pool := range []struct {
			below ID
			level Level
		}{{Root, High}, {1, level}, {Root, Normal}} {
			a := Unlimited()
			a.Shares.Level = pool.level
			must(p.Create(pool.below, cpuPool(a)))
		}
		for i, n := range []int{z.high, z.night, z.normal, z.beside} {
			for range n {
				must(p.AddVM(places[i], cpuVM(0)))
			}
		}
		if !yield(p) {
			return
		}
	}
}

// last is the last machine of a place that is on, and the first that is not, each 0 where there is none.
func (p priorities) last(place ID) (on, off VM) {
	for v := VM(p.VMs()); v > 0; v-- {
		switch {
		case p.In(v) != place:
		case !p.On(v):
			off = v
		case on == 0:
			on = v
		}
	}
	return on, off
}

func (p priorities) count(place ID) int64 {
	n := int64(0)
	for v := VM(1); int(v) <= p.VMs(); v++ {
		if p.In(v) == place && p.On(v) {
			n++
		}
	}
	return n
}

// each is what a machine of each place is given.
func (p priorities) each() model.Value {
	demand := make([]int64, p.VMs())
	for i := range demand {
		demand[i] = enough
	}
	e := must(p.Entitled(CPU, demand))
	return mapOf(placeNames, places, func(place ID) model.Value {
		on, _ := p.last(place)
		if on == 0 {
			return model.Int(0)
		}
		given := e.VMs[on-1]
		return model.Int(new(big.Int).Quo(given.Num(), given.Denom()).Int64())
	})
}

func (p priorities) weight(place ID) model.Value {
	if place == Root {
		return model.Int(1000 * p.count(Root))
	}
	return model.Int(p.Weight(CPU, place).Num().Int64())
}

// system is the system whose states are those of shares.bh.
func (z prioritiesOf) system() model.System {
	step := func(take func(p *priorities, on, off VM) error) func(priorities) iter.Seq2[model.Args, priorities] {
		next := modelcheck.Call1(places, func(p *priorities, place ID) error {
			on, off := p.last(place)
			return take(p, on, off)
		})
		return named([]string{"beside", "high", "night", "normal"}, next)
	}
	return model.MustDefine(model.Definition[priorities]{
		Name: "Shares",
		Init: z.init,
		Actions: []model.ActionOf[priorities]{
			{Name: "PowerOn", Params: []string{"p"}, Next: step(func(p *priorities, _, off VM) error { return p.PowerOn(off) })},
			{Name: "PowerOff", Params: []string{"p"}, Next: step(func(p *priorities, on, _ VM) error { return p.PowerOff(on) })},
		},
		Show: func(p priorities) []model.Binding {
			return []model.Binding{
				{Name: "level", Value: model.Text(p.Config(2).CPU.Shares.Level.String() + "_")},
				{Name: "on", Value: mapOf(placeNames, places, func(q ID) model.Value { return model.Int(p.count(q)) })},
				{Name: "weight", Value: mapOf(placeNames, places, p.weight)},
				{Name: "each", Value: p.each()},
			}
		},
	})
}
