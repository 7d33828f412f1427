package pool

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// nested is a Tree as in nested.bh, root, left and right, with all machines on, and what they are entitled to.
type nested struct {
	*Tree
	Demand  []int64 // by VM-1
	Given   []int64 // by VM-1, in parts of a unit
	Divided bool
}

// nestedOf are the constants of nested.bh.
type nestedOf struct {
	capacity, amount int64
	weight           [2]int64 // of left and right
	unit             int64
}

var sideNames = []string{"left", "right"}

var sides = []ID{1, 2}

// tree makes what is asked for, or is refused.
func (z nestedOf) tree(capacity int64, reserved, limited [2]bool, of [3]bool) (*Tree, error) {
	t := treeOf(capacity)
	number := map[bool]int64{true: 1}
	for i := range sides {
		a := Allocation{Reservation: number[reserved[i]], Limit: z.capacity, Expandable: true, Shares: Shares{Level: Custom, Custom: z.weight[i]}}
		if limited[i] {
			a.Limit = 1
		}
		if _, err := t.Create(Root, cpuPool(a)); err != nil {
			return nil, err
		}
	}
	for i, r := range of {
		if err := t.PowerOn(must(t.AddVM(sides[i/2], cpuVM(number[r])))); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (z nestedOf) init(yield func(nested) bool) {
	for capacity := range z.capacity + 1 {
		for bits := range 1 << 7 {
			bit := func(i int) bool { return bits>>i&1 == 1 }
			t, err := z.tree(capacity, [2]bool{bit(0), bit(1)}, [2]bool{bit(2), bit(3)}, [3]bool{bit(4), bit(5), bit(6)})
			if err != nil {
				continue
			}
			for demand := range from0(3, int(z.amount)) {
				n := nested{Tree: t, Given: make([]int64, 3)}
				for _, d := range demand {
					n.Demand = append(n.Demand, int64(d))
				}
				if !yield(n) {
					return
				}
			}
		}
	}
}

func (z nestedOf) divide(n *nested) error {
	e, err := n.Entitled(CPU, n.Demand)
	if err != nil {
		return err
	}
	for i, g := range e.VMs {
		parts := new(big.Rat).Mul(g, whole(z.unit))
		if !parts.IsInt() {
			panic(fmt.Sprintf("%s is no whole number of parts of %d", g, z.unit))
		}
		n.Given[i] = parts.Num().Int64()
	}
	n.Divided = true
	return nil
}

// system is the system whose states are those of nested.bh.
func (z nestedOf) system() model.System {
	var amounts []int64
	for d := range z.amount + 1 {
		amounts = append(amounts, d)
	}
	cpu := func(n nested, p ID) Allocation { return n.Config(p).CPU }
	by := func(ns []int64) model.Value {
		return modelcheck.Map(1, len(ns), func(i int) model.Value { return model.Int(ns[i-1]) })
	}
	return model.MustDefine(model.Definition[nested]{
		Name: "Nested",
		Init: z.init,
		Actions: []model.ActionOf[nested]{
			{Name: "Divide", Next: modelcheck.Call(func(n *nested) error {
				if n.Divided {
					return errNo
				}
				return z.divide(n)
			})},
			{Name: "Ask", Params: []string{"v", "d"}, Next: modelcheck.Call2(modelcheck.Numbers[VM](3), amounts, func(n *nested, v VM, d int64) error {
				if !n.Divided {
					return errNo
				}
				n.Demand = slices.Clone(n.Demand)
				n.Demand[v-1] = d
				return z.divide(n)
			})},
		},
		Show: func(n nested) []model.Binding {
			return []model.Binding{
				{Name: "capacity", Value: model.Int(cpu(n, Root).Reservation)},
				{Name: "pool", Value: mapOf(sideNames, sides, func(p ID) model.Value { return model.Int(cpu(n, p).Reservation) })},
				{Name: "limit", Value: mapOf(sideNames, sides, func(p ID) model.Value { return model.Int(cpu(n, p).Limit) })},
				{Name: "reserved", Value: modelcheck.Map(1, 3, func(i int) model.Value { return model.Int(n.Machine(VM(i)).CPU.Reservation) })},
				{Name: "demand", Value: by(n.Demand)},
				{Name: "given", Value: by(n.Given)},
				{Name: "divided", Value: model.Bool(n.Divided)},
			}
		},
	})
}
