package pool

import (
	"errors"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

func drawAllocation(t *rapid.T, most int64) Allocation {
	a := Allocation{Reservation: rapid.Int64Range(0, most).Draw(t, "reservation"), Limit: NoLimit, Expandable: rapid.Bool().Draw(t, "expandable")}
	a.Shares = Shares{Level: Level(rapid.IntRange(int(Normal), int(High)).Draw(t, "level"))}
	if rapid.IntRange(0, 2).Draw(t, "limited") == 0 {
		a.Limit = a.Reservation + rapid.Int64Range(0, most).Draw(t, "room")
	}
	return a
}

func drawConfig(t *rapid.T) Config {
	return Config{CPU: drawAllocation(t, 3), Memory: drawAllocation(t, 3), ScaleDescendantsShares: rapid.IntRange(0, 4).Draw(t, "scale") == 0}
}

func drawMachine(t *rapid.T) Machine {
	m := Machine{
		VCPUs:      rapid.Int64Range(1, 4).Draw(t, "vCPUs"),
		MemoryMB:   rapid.Int64Range(1, 8).Draw(t, "MB"),
		OverheadMB: rapid.Int64Range(0, 1).Draw(t, "overhead"),
		CPU:        drawAllocation(t, 3), Memory: drawAllocation(t, 2),
	}
	m.CPU.Expandable, m.Memory.Expandable = false, false
	return m
}

// takes is what each pool takes of its parent, worked out from the leaves up: of the pools that have been counted, one whose
// children all have is next.
func takes(t *Tree, r Resource) map[ID]int64 {
	used, waits := map[ID]int64{}, map[ID]int{}
	for _, p := range t.Pools() {
		if p != Root {
			waits[t.Parent(p)]++
		}
	}
	for v := VM(1); int(v) <= t.VMs(); v++ {
		if m := t.Machine(v); t.On(v) {
			used[t.In(v)] += m.of(r).Reservation
			if r == Memory {
				used[t.In(v)] += m.OverheadMB
			}
		}
	}
	for left := t.Pools(); len(left) > 0; {
		p := left[0]
		left = left[1:]
		if waits[p] > 0 {
			left = append(left, p)
			continue
		}
		c := t.Config(p)
		if p != Root {
			used[t.Parent(p)] += max(used[p], c.of(r).Reservation)
			waits[t.Parent(p)]--
		}
	}
	return used
}

// feasible tells whether every pool can have in use what it has: within its limit and, if it is fixed, its reservation.
func feasible(t *Tree) bool {
	for _, r := range Resources {
		used := takes(t, r)
		for _, p := range t.Pools() {
			c := t.Config(p)
			a := c.of(r)
			if a.Limit != NoLimit && used[p] > a.Limit || !a.Expandable && used[p] > a.Reservation {
				return false
			}
		}
	}
	return true
}

// forced is a tree in which v is on, or p is there as well, whatever admission control says.
func forced(t *Tree, change func(*Tree)) *Tree {
	c := t.Clone()
	change(c)
	return c
}

// checkTree checks what is so in every state.
func checkTree(t *rapid.T, tree *Tree) {
	if !feasible(tree) {
		t.Fatalf("more is reserved than there is: %+v", tree)
	}
	for _, r := range Resources {
		used := takes(tree, r)
		for _, p := range tree.Pools() {
			c := tree.Config(p)
			a := c.of(r)
			if got := tree.Used(r, p); got != used[p] {
				t.Fatalf("%s of pool %d: got %d used, want %d", r, p, got, used[p])
			}
			unreserved := tree.Unreserved(r, p)
			if got := tree.UnreservedForVM(r, p); got != unreserved {
				t.Fatalf("%s of pool %d: got %d unreserved for a machine, and %d for a pool", r, p, got, unreserved)
			}
			for n := range int64(14) {
				if got := tree.admit(r, p, n) == nil; got != (n <= unreserved) {
					t.Fatalf("%s of pool %d: %d are unreserved, and %d are granted: %t", r, p, unreserved, n, got)
				}
			}
			if a.Limit != NoLimit {
				continue
			}
			if !a.Expandable && a.Reservation != used[p]+unreserved {
				t.Fatalf("%s of fixed pool %d: %d are reserved, %d used and %d unreserved", r, p, a.Reservation, used[p], unreserved)
			}
			if a.Expandable && a.Reservation+tree.Borrowed(r, p)+tree.Unreserved(r, tree.Parent(p)) != used[p]+unreserved {
				t.Fatalf("%s of expandable pool %d: %d are reserved, %d borrowed, %d used and %d unreserved",
					r, p, a.Reservation, tree.Borrowed(r, p), used[p], unreserved)
			}
		}
	}
}

// checkEntitled checks what everybody is entitled to against the laws, at all levels.
func checkEntitled(t *rapid.T, tree *Tree) {
	demand := make([]int64, tree.VMs())
	for i := range demand {
		demand[i] = rapid.Int64Range(0, 8).Draw(t, "demand")
	}
	for _, r := range Resources {
		e, err := tree.Entitled(r, demand)
		if err != nil {
			t.Fatal(err)
		}
		inside := map[ID]*big.Rat{}
		uses := map[VM]int64{}
		for _, p := range tree.Pools() {
			inside[p] = new(big.Rat)
		}
		for v := VM(1); int(v) <= tree.VMs(); v++ {
			m := tree.Machine(v)
			a, over := m.of(r), m.overhead(r)
			given := e.VMs[v-1]
			inside[tree.In(v)].Add(inside[tree.In(v)], given)
			if !tree.On(v) {
				if given.Sign() != 0 {
					t.Fatalf("VM %d is off and entitled to %s", v, given)
				}
				continue
			}
			if given.Cmp(whole(min(a.Reservation, demand[v-1])+over)) < 0 && a.Limit == NoLimit {
				t.Fatalf("VM %d asks for %d, has reserved %d and is given %s", v, demand[v-1], a.Reservation, given)
			}
			if a.Limit != NoLimit && given.Cmp(whole(a.Limit+over)) > 0 || given.Cmp(whole(demand[v-1]+over)) > 0 {
				t.Fatalf("VM %d asks for %d, has a limit of %d and is given %s", v, demand[v-1], a.Limit, given)
			}
			use := demand[v-1]
			if a.Limit != NoLimit {
				use = min(use, a.Limit)
			}
			uses[v] = use + over
		}
		for _, p := range tree.Pools() {
			if p != Root {
				inside[tree.Parent(p)].Add(inside[tree.Parent(p)], e.Pools[p])
				c := tree.Config(p)
				if limit := c.of(r).Limit; limit != NoLimit && e.Pools[p].Cmp(whole(limit)) > 0 {
					t.Fatalf("pool %d has a limit of %d and is given %s", p, limit, e.Pools[p])
				}
			}
		}
		for _, p := range tree.Pools() {
			switch got := inside[p].Cmp(e.Pools[p]); {
			case got > 0, got < 0 && p != Root:
				t.Fatalf("pool %d is given %s, and its children %s", p, e.Pools[p], inside[p])
			}
		}
		if inside[Root].Cmp(e.Pools[Root]) < 0 {
			for v := VM(1); int(v) <= tree.VMs(); v++ {
				if tree.On(v) && e.VMs[v-1].Cmp(whole(uses[v])) < 0 && !atLimit(tree, r, e, tree.In(v)) {
					t.Fatalf("of %s, %s are given, and VM %d could use %d and is given %s", e.Pools[Root], inside[Root], v, uses[v], e.VMs[v-1])
				}
			}
		}
	}
}

// atLimit tells whether p or a pool above it is given as much as its limit.
func atLimit(t *Tree, r Resource, e *Entitlement, p ID) bool {
	for ; p >= 0; p = t.Parent(p) {
		c := t.Config(p)
		if limit := c.of(r).Limit; limit != NoLimit && e.Pools[p].Cmp(whole(limit)) == 0 {
			return true
		}
	}
	return false
}

// On any run: a power-on or a change of a pool is granted exactly when all reservations can still be met; a refused step changes nothing;
// power-off gives back all that power-on took; and the figures fit together.
func TestTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := must(New(rapid.Int64Range(0, 20).Draw(t, "MHz"), rapid.Int64Range(0, 20).Draw(t, "MB")))
		for range rapid.IntRange(0, 150).Draw(t, "steps") {
			v := VM(rapid.IntRange(0, tree.VMs()+1).Draw(t, "VM"))
			p := ID(rapid.IntRange(-1, min(4, len(tree.pools))).Draw(t, "pool"))
			before := tree.Clone()
			var err error
			want := true
			switch rapid.IntRange(0, 11).Draw(t, "step") {
			case 0, 1:
				m := drawMachine(t)
				_, err = tree.AddVM(p, m)
				want = before.Has(p) && m.Memory.Reservation <= m.MemoryMB
			case 2, 3:
				c := drawConfig(t)
				want = before.Has(p) && !(c.ScaleDescendantsShares && before.scales(p)) &&
					feasible(forced(before, func(f *Tree) { f.pools = append(f.pools, node{parent: p, config: c}) }))
				_, err = tree.Create(p, c)
			case 4:
				c := drawConfig(t)
				want = before.Has(p) && p != Root &&
					!(c.ScaleDescendantsShares && !before.Config(p).ScaleDescendantsShares && before.Scalable(p)) &&
					feasible(forced(before, func(f *Tree) { f.pools[p].config = c }))
				err = tree.Update(p, c)
			case 5:
				err = tree.Remove(p)
				want = before.Has(p) && p != Root
			case 10:
				err = tree.Move(v, p)
				want = v > 0 && int(v) <= before.VMs() && before.Has(p) && feasible(forced(before, func(f *Tree) { f.vms[v-1].in = p }))
			case 11:
				m := drawMachine(t)
				err = tree.Reallocate(v, m.CPU, m.Memory)
				want = v > 0 && int(v) <= before.VMs() && m.Memory.Reservation <= before.Machine(v).MemoryMB && feasible(forced(before, func(f *Tree) {
					f.vms[v-1].config.CPU, f.vms[v-1].config.Memory = m.CPU, m.Memory
				}))
			case 6:
				err = tree.PowerOff(v)
				want = v > 0 && int(v) <= before.VMs() && before.On(v)
			default:
				want = v > 0 && int(v) <= before.VMs() && !before.On(v) && feasible(forced(before, func(f *Tree) { f.vms[v-1].on = true }))
				if err = tree.PowerOn(v); err == nil {
					back := tree.Clone()
					if err := back.PowerOff(v); err != nil || !reflect.DeepEqual(back, before) {
						t.Fatalf("power-off of VM %d does not undo its power-on: %v", v, err)
					}
				}
			}
			if (err == nil) != want {
				t.Fatalf("got %v, want success %t in %+v", err, want, before)
			}
			if err != nil && (!errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(tree, before)) {
				t.Fatalf("refused with %v, but %+v became %+v", err, before, tree)
			}
			checkTree(t, tree)
		}
		checkEntitled(t, tree)
	})
}

// Admission control with expandable resource pools, both scenarios of the manual (vSphere Resource Management, Expandable
// Reservations Example 2): RP-MOM reserves 6 GHz, RP-KID in it 2 GHz.
func TestExpandableExample(t *testing.T) {
	for _, test := range []struct {
		name                  string
		others                []int64 // of RP-MOM's own machines, in MHz
		expandable            bool
		unreserved            int64 // of RP-MOM, with RP-KID and its own machines
		borrowed              int64 // by RP-KID in the end
		k2                    bool  // whether VM-K2 powers on
		momUsed, kidUnreserve int64
	}{
		{"power-on succeeds", []int64{1000}, true, 3000, 2000, true, 5000, 1000},
		{"power-on is prevented", []int64{1000, 2000}, true, 1000, 0, false, 5000, 1000},
		{"a fixed pool does not borrow", []int64{1000}, false, 3000, 0, false, 3000, 0},
	} {
		tree := must(New(10_000, 0))
		mom := must(tree.Create(Root, cpuPool(Allocation{Reservation: 6000, Limit: NoLimit})))
		kid := must(tree.Create(mom, cpuPool(Allocation{Reservation: 2000, Limit: NoLimit, Expandable: test.expandable})))
		for _, mhz := range test.others {
			if err := tree.PowerOn(must(tree.AddVM(mom, cpuVM(mhz)))); err != nil {
				t.Fatal(err)
			}
		}
		if got := tree.Unreserved(CPU, mom); got != test.unreserved {
			t.Errorf("%s: got %d MHz unreserved, want %d", test.name, got, test.unreserved)
		}
		k1, k2 := must(tree.AddVM(kid, cpuVM(2000))), must(tree.AddVM(kid, cpuVM(2000)))
		if err := tree.PowerOn(k1); err != nil || tree.Borrowed(CPU, kid) != 0 {
			t.Errorf("%s: VM-K1: got %v, borrowing %d", test.name, err, tree.Borrowed(CPU, kid))
		}
		err := tree.PowerOn(k2)
		if (err == nil) != test.k2 || tree.Borrowed(CPU, kid) != test.borrowed {
			t.Errorf("%s: VM-K2: got %v, borrowing %d, want %t, %d", test.name, err, tree.Borrowed(CPU, kid), test.k2, test.borrowed)
		}
		var fault *Insufficient
		if !test.k2 && (!errors.As(err, &fault) || fault.Fault() != "InsufficientCpuResourcesFault" || fault.Requested != 2000 || fault.Pool != kid) {
			t.Errorf("%s: VM-K2: got %v", test.name, err)
		}
		if got := tree.Used(CPU, mom); got != test.momUsed {
			t.Errorf("%s: got %d MHz of RP-MOM used, want %d", test.name, got, test.momUsed)
		}
		if got := tree.Unreserved(CPU, kid); got != test.kidUnreserve {
			t.Errorf("%s: got %d MHz of RP-KID unreserved, want %d", test.name, got, test.kidUnreserve)
		}
	}
}

// A pool with shares High and six machines, one with Normal and two: 11.1 and 16.7 % each of what there is, and twice as much in
// the high pool where shares are scalable (F. Denneman, vSphere 7 DRS Scalable Shares Deep Dive, 2020).
func TestPie(t *testing.T) {
	for _, test := range []struct {
		scalable     bool
		high, normal *big.Rat // weights
		inHigh, in   *big.Rat // of each machine, as a part of the capacity
	}{
		{false, whole(8000), whole(4000), big.NewRat(1, 9), big.NewRat(1, 6)},
		{true, whole(6 * 2 * 2000), whole(2 * 2000), big.NewRat(1, 7), big.NewRat(1, 14)},
	} {
		tree := must(New(100_000, 0))
		tree.SetScaling(test.scalable)
		var pools [2]ID
		for i, level := range []Level{High, Normal} {
			a := Unlimited()
			a.Shares.Level = level
			pools[i] = must(tree.Create(Root, cpuPool(a)))
			for range []int{6, 2}[i] {
				m := cpuVM(0)
				m.VCPUs = 2
				if err := tree.PowerOn(must(tree.AddVM(pools[i], m))); err != nil {
					t.Fatal(err)
				}
			}
		}
		if high, normal := tree.Weight(CPU, pools[0]), tree.Weight(CPU, pools[1]); high.Cmp(test.high) != 0 || normal.Cmp(test.normal) != 0 {
			t.Errorf("scalable %t: got weights of %s and %s, want %s and %s", test.scalable, high, normal, test.high, test.normal)
		}
		demand := make([]int64, tree.VMs())
		for i := range demand {
			demand[i] = 100_000
		}
		e := must(tree.Entitled(CPU, demand))
		for i, part := range []*big.Rat{test.inHigh, test.in} {
			if got, want := e.VMs[i*6], new(big.Rat).Mul(part, whole(100_000)); got.Cmp(want) != 0 {
				t.Errorf("scalable %t: got %s MHz, want %s", test.scalable, got, want)
			}
		}
	}
}

// Scalable shares are set once on each way up (vSphere API, ResourceConfigSpec.scaleDescendantsShares).
func TestScalableOnce(t *testing.T) {
	tree := treeOf(0)
	scales := Config{CPU: Unlimited(), Memory: Unlimited(), ScaleDescendantsShares: true}
	plain := Config{CPU: Unlimited(), Memory: Unlimited()}
	a := must(tree.Create(Root, scales))
	b := must(tree.Create(a, plain))
	if tree.Scalable(Root) || tree.Scalable(a) || !tree.Scalable(b) {
		t.Error("the shares of what is below are scalable, and no others")
	}
	if err := tree.Update(b, scales); !errors.Is(err, model.ErrRefused) {
		t.Errorf("below: got %v", err)
	}
	if _, err := tree.Create(b, scales); !errors.Is(err, model.ErrRefused) {
		t.Errorf("below, new: got %v", err)
	}
	if err := tree.Update(a, scales); err != nil {
		t.Errorf("again: %v", err)
	}
	if err := tree.Update(a, plain); err != nil {
		t.Error(err)
	}
	if err := tree.Update(b, scales); err != nil || tree.Scalable(b) {
		t.Errorf("no longer below: got %v", err)
	}
	tree.SetScaling(true)
	if err := tree.Update(b, scales); err != nil {
		t.Errorf("what was set before stays so: got %v", err)
	}
	if !tree.Scalable(a) || !tree.Scalable(b) {
		t.Error("the setting of the cluster is that of the root")
	}
}

// What a pool with scalable shares weighs against a machine beside it depends on the base.
func TestScaleBase(t *testing.T) {
	tree := treeOf(0)
	tree.SetScaling(true)
	p := must(tree.Create(Root, cpuPool(Unlimited())))
	for range 3 {
		if err := tree.PowerOn(must(tree.AddVM(p, cpuVM(0)))); err != nil {
			t.Fatal(err)
		}
	}
	for base, want := range map[int64]int64{4000: 3000, 2000: 6000} {
		if err := tree.SetScaleBase(CPU, base); err != nil {
			t.Fatal(err)
		}
		if got := tree.Weight(CPU, p); got.Cmp(whole(want)) != 0 {
			t.Errorf("base %d: got %s, want %d", base, got, want)
		}
	}
	if err := tree.SetScaleBase(CPU, 0); err == nil {
		t.Error("base 0: got no error")
	}
}

// Memory is reserved with the overhead, and both resources are granted or neither.
func TestBothResources(t *testing.T) {
	tree := must(New(1000, 1000))
	m := cpuVM(600)
	m.MemoryMB, m.OverheadMB, m.Memory.Reservation = 950, 60, 950
	v := must(tree.AddVM(Root, m))
	err := tree.PowerOn(v)
	var fault *Insufficient
	if !errors.As(err, &fault) || fault.Fault() != "InsufficientMemoryResourcesFault" || fault.Requested != 1010 || fault.Unreserved != 1000 {
		t.Errorf("got %v", err)
	}
	if tree.Used(CPU, Root) != 0 || tree.On(v) {
		t.Error("a refused power-on has taken CPU")
	}
}

// Capacity is lost: nobody is asked, pools grant what is left of theirs as far as all machines fit, and no entitlement
// is right any more.
func TestLostCapacity(t *testing.T) {
	tree := treeOf(10)
	p := must(tree.Create(Root, cpuPool(Allocation{Reservation: 4, Limit: NoLimit})))
	busy, small, large := must(tree.AddVM(Root, cpuVM(6))), must(tree.AddVM(p, cpuVM(1))), must(tree.AddVM(p, cpuVM(3)))
	if err := tree.PowerOn(busy); err != nil {
		t.Fatal(err)
	}
	if err := tree.SetCapacity(7, 0); err != nil {
		t.Fatal(err)
	}
	if tree.Unreserved(CPU, Root) != 0 || tree.Unreserved(CPU, p) != 4 || tree.UnreservedForVM(CPU, p) != 1 {
		t.Errorf("got %d, %d and %d unreserved", tree.Unreserved(CPU, Root), tree.Unreserved(CPU, p), tree.UnreservedForVM(CPU, p))
	}
	var fault *Insufficient
	if err := tree.PowerOn(large); !errors.As(err, &fault) || fault.At != Root || fault.Unreserved != 1 {
		t.Errorf("large: got %v", err)
	}
	if err := tree.PowerOn(small); err != nil {
		t.Errorf("small: got %v", err)
	}
	if err := tree.SetCapacity(5, 0); err != nil {
		t.Fatal(err)
	}
	less, more := Unlimited(), Unlimited()
	less.Reservation, more.Reservation = 5, 7
	if err := tree.Reallocate(busy, more, Unlimited()); !errors.Is(err, model.ErrRefused) {
		t.Errorf("more for one that runs: got %v", err)
	}
	if err := tree.Move(busy, p); !errors.Is(err, model.ErrRefused) || tree.In(busy) != Root || !tree.On(busy) {
		t.Errorf("move: got %v", err)
	}
	if err := tree.Clone().Reallocate(busy, less, Unlimited()); err != nil {
		t.Errorf("less for one that runs: got %v", err)
	}
	var over *Overcommitted
	if _, err := tree.Entitled(CPU, []int64{9, 9, 9}); !errors.As(err, &over) {
		t.Errorf("got %v", err)
	}
	if err := tree.SetCapacity(-1, 0); err == nil {
		t.Error("a capacity of -1: got no error")
	}
}

// Removing a pool leaves its machines and pools to its parent, and what they have reserved.
func TestRemove(t *testing.T) {
	tree := treeOf(10)
	a := must(tree.Create(Root, cpuPool(Allocation{Reservation: 5, Limit: NoLimit})))
	b := must(tree.Create(a, cpuPool(Allocation{Reservation: 2, Limit: NoLimit})))
	v := must(tree.AddVM(a, cpuVM(1)))
	if err := tree.PowerOn(v); err != nil {
		t.Fatal(err)
	}
	if err := tree.Remove(a); err != nil {
		t.Fatal(err)
	}
	if tree.Has(a) || tree.Parent(b) != Root || tree.In(v) != Root || tree.Used(CPU, Root) != 3 {
		t.Errorf("got parent %d, pool %d and %d MHz used", tree.Parent(b), tree.In(v), tree.Used(CPU, Root))
	}
	if got := must(tree.Create(Root, cpuPool(Unlimited()))); got != a {
		t.Errorf("got pool %d, want the number that is free, %d", got, a)
	}
	for _, p := range []ID{a, b} {
		if err := tree.Remove(p); err != nil {
			t.Fatal(err)
		}
	}
	if len(tree.pools) != 1 || len(tree.Pools()) != 1 {
		t.Errorf("got pools %v of %d, want the root alone", tree.Pools(), len(tree.pools))
	}
}

// A pool of 4 MHz in which 3 are in use gets another configuration; the parent has 2 unreserved.
func TestUpdate(t *testing.T) {
	for _, test := range []struct {
		name string
		is   bool // expandable
		next Allocation
		ok   bool
		left int64 // unreserved of the root then
	}{
		{"more", false, Allocation{Reservation: 6, Limit: NoLimit}, true, 0},
		{"too much", false, Allocation{Reservation: 7, Limit: NoLimit}, false, 2},
		{"less", false, Allocation{Reservation: 3, Limit: NoLimit}, true, 3},
		{"less than is in use", false, Allocation{Reservation: 2, Limit: NoLimit}, false, 2},
		{"less, and the rest is borrowed", false, Allocation{Reservation: 1, Limit: NoLimit, Expandable: true}, true, 3},
		{"less of an expandable pool", true, Allocation{Reservation: 2, Limit: NoLimit, Expandable: true}, true, 3},
		{"no longer expandable", true, Allocation{Reservation: 2, Limit: NoLimit}, false, 2},
		{"a limit", false, Allocation{Reservation: 2, Limit: 3, Expandable: true}, true, 3},
		{"a limit below what is in use", false, Allocation{Reservation: 2, Limit: 2, Expandable: true}, false, 2},
	} {
		tree := treeOf(6)
		p := must(tree.Create(Root, cpuPool(Allocation{Reservation: 4, Limit: NoLimit, Expandable: test.is})))
		if err := tree.PowerOn(must(tree.AddVM(p, cpuVM(3)))); err != nil {
			t.Fatal(err)
		}
		err := tree.Update(p, cpuPool(test.next))
		if (err == nil) != test.ok || tree.Unreserved(CPU, Root) != test.left {
			t.Errorf("%s: got %v and %d MHz unreserved, want success %t and %d", test.name, err, tree.Unreserved(CPU, Root), test.ok, test.left)
		}
	}
}

// A pool that has borrowed and gets as much reserved needs nothing more of its parent.
func TestUpdateOfBorrowed(t *testing.T) {
	tree := treeOf(5)
	p := must(tree.Create(Root, cpuPool(Allocation{Reservation: 2, Limit: NoLimit, Expandable: true})))
	if err := tree.PowerOn(must(tree.AddVM(p, cpuVM(5)))); err != nil {
		t.Fatal(err)
	}
	if err := tree.Update(p, cpuPool(Allocation{Reservation: 5, Limit: NoLimit})); err != nil || tree.Borrowed(CPU, p) != 0 {
		t.Errorf("got %v, and %d borrowed", err, tree.Borrowed(CPU, p))
	}
}

// What a pool has borrowed it is entitled to, and what runs in a pool below counts for its weight.
func TestNested(t *testing.T) {
	tree := treeOf(12)
	tree.SetScaling(true)
	a := must(tree.Create(Root, cpuPool(Allocation{Limit: NoLimit, Expandable: true})))
	b := must(tree.Create(a, cpuPool(Allocation{Limit: NoLimit, Expandable: true})))
	c := must(tree.Create(Root, cpuPool(Unlimited())))
	deep, on, off := must(tree.AddVM(b, cpuVM(7))), must(tree.AddVM(c, cpuVM(0))), must(tree.AddVM(b, cpuVM(0)))
	for _, v := range []VM{deep, on} {
		if err := tree.PowerOn(v); err != nil {
			t.Fatal(err)
		}
	}
	if got := tree.Weight(CPU, a); got.Cmp(whole(1000)) != 0 {
		t.Errorf("got a weight of %s, want that of the machine that is on, 1000", got)
	}
	e := must(tree.Entitled(CPU, []int64{12, 12, 12}))
	for v, want := range map[VM]int64{deep: 7, on: 5, off: 0} {
		if got := e.VMs[v-1]; got.Cmp(whole(want)) != 0 {
			t.Errorf("VM %d: got %s, want %d", v, got, want)
		}
	}
	inner := must(tree.Create(b, cpuPool(Unlimited())))
	if err := tree.Remove(b); err != nil {
		t.Fatal(err)
	}
	if got := tree.Parent(inner); got != a {
		t.Errorf("got parent %d of what was in the pool, want %d", got, a)
	}
}

// Errors carry the names of the API's faults.
func TestFaults(t *testing.T) {
	tree := treeOf(10)
	on := must(tree.AddVM(Root, cpuVM(1)))
	if err := tree.PowerOn(on); err != nil {
		t.Fatal(err)
	}
	tight := must(tree.Create(Root, cpuPool(Allocation{Reservation: 3, Limit: 3})))
	if err := tree.PowerOn(must(tree.AddVM(tight, cpuVM(2)))); err != nil {
		t.Fatal(err)
	}
	bad := cpuPool(Allocation{Reservation: 2, Limit: 1})
	expandable := cpuVM(0)
	expandable.CPU.Expandable = true
	for want, err := range map[string]error{
		"InvalidPowerState: VM 1 is on":                                          tree.PowerOn(on),
		"InvalidPowerState: VM 3 is off":                                         tree.PowerOff(must(tree.AddVM(Root, cpuVM(1)))),
		"ManagedObjectNotFound: VM 9":                                            tree.PowerOn(9),
		"ManagedObjectNotFound: there is no pool 8":                              tree.Move(on, 8),
		"InvalidArgument: memory: got a limit of -2":                             tree.Reallocate(on, Unlimited(), Allocation{Limit: -2}),
		"ManagedObjectNotFound: there is no pool 7":                              second(tree.Create(7, bad)),
		"InvalidArgument: CPU: got a limit of 1":                                 second(tree.Create(Root, bad)),
		"InvalidArgument: CPU: got a limit of 1, want -1":                        tree.Update(tight, bad),
		"InvalidArgument: CPU: the reservation of a virtual machine":             second(tree.AddVM(Root, expandable)),
		"InvalidArgument: got a memory reservation of 2 MB":                      tree.Reallocate(on, Unlimited(), Allocation{Reservation: 2, Limit: NoLimit}),
		"InvalidArgument: got 0 virtual CPUs":                                    second(tree.AddVM(Root, Machine{CPU: Unlimited(), Memory: Unlimited()})),
		"InsufficientResourcesFault: 2 MHz of pool 1 are in use":                 tree.Update(tight, cpuPool(Allocation{Reservation: 1, Limit: 1})),
		"InsufficientCpuResourcesFault: pool 0 has 6 MHz unreserved, want 7 MHz": second(tree.Create(Root, cpuPool(Allocation{Reservation: 7, Limit: NoLimit}))),
	} {
		if !errors.Is(err, model.ErrRefused) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %q, want %q", err, want)
		}
	}
	if err := tree.Remove(Root); !errors.Is(err, model.ErrRefused) {
		t.Errorf("remove the root: got %v", err)
	}
	if _, err := New(-1, 0); err == nil {
		t.Error("a capacity of -1: got no error")
	}
	if _, err := tree.Entitled(CPU, []int64{1}); err == nil {
		t.Error("one demand of three: got no error")
	}
	if _, err := tree.Entitled(CPU, []int64{1, -1, 1}); err == nil {
		t.Error("a negative demand: got no error")
	}
}

func second[T any](_ T, err error) error { return err }

// A question about what is not there is a programmer's error, with a sentence that says so.
func TestUnknownPanics(t *testing.T) {
	tree := treeOf(1)
	for name, call := range map[string]func(){
		"used": func() { tree.Used(CPU, 1) }, "weight": func() { tree.Weight(CPU, -1) }, "unreserved": func() { tree.Unreserved(CPU, 3) },
		"config": func() { tree.Config(1) }, "on": func() { tree.On(0) }, "in": func() { tree.In(1) },
	} {
		func() {
			defer func() {
				if sentence, ok := recover().(string); !ok || !strings.HasPrefix(sentence, "pool: ") {
					t.Errorf("%s: got panic %q, want a sentence of this package", name, sentence)
				}
			}()
			call()
		}()
	}
}
