package cpu

import (
	"iter"
	"math/big"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// shared is what weights.bh has for a state: the weights, limits (halves of a processor; 0 for none) and threads of red, blue,
// web and db, and what each has, in parts of a processor.
type shared struct {
	Weight, Limit, Threads [4]int
	Has                    [4]int64
}

var (
	sharedNames   = [4]string{"red", "blue", "web", "db"}
	sharedParents = [4]Group{0, 0, 1, 1} // red, the first of them, is group 1
)

func (s shared) tree() *Weights {
	groups := []WeightedGroup{{}}
	for i := range sharedNames {
		g := WeightedGroup{Parent: sharedParents[i], Weight: s.Weight[i], Threads: s.Threads[i]}
		if s.Limit[i] > 0 {
			g.Limit = big.NewRat(int64(s.Limit[i]), 2)
		}
		groups = append(groups, g)
	}
	w, err := NewWeights(groups)
	if err != nil {
		panic(err)
	}
	return w
}

func (s *shared) divide(cpus, scale int64) {
	has, err := s.tree().Divide(big.NewRat(cpus, 1))
	if err != nil {
		panic(err)
	}
	for i := range sharedNames {
		n := new(big.Rat).Mul(has[i+1], big.NewRat(scale, 1))
		if !n.IsInt() {
			panic("the parts are too coarse for " + has[i+1].String())
		}
		s.Has[i] = n.Num().Int64()
	}
}

func byName(show func(i int) model.Value) model.Value {
	out := model.Value{Shape: model.Map}
	for i, name := range sharedNames {
		out.Elems = append(out.Elems, model.Elem{Key: name, Value: show(i)})
	}
	return out
}

// weightPair has the names of the constants of weights.bh.
func weightPair(cpus int64, weight, threads, unit int) modelcheck.Pair {
	scale := int64(2 * unit * unit)
	sys := model.MustDefine(model.Definition[shared]{
		Name: "Weights",
		Init: func(yield func(shared) bool) {
			for w := range modelcheck.Vectors(4, weight) {
				for _, red := range []int{0, 1} {
					for _, web := range []int{0, 1} {
						if !yield(shared{Weight: [4]int(w), Limit: [4]int{red, 0, web, 0}}) {
							return
						}
					}
				}
			}
		},
		Actions: []model.ActionOf[shared]{{Name: "Want", Params: []string{"g", "n"}, Next: func(s shared) iter.Seq2[model.Args, shared] {
			return func(yield func(model.Args, shared) bool) {
				for i := 1; i < len(sharedNames); i++ {
					for n := range threads + 1 {
						if n == s.Threads[i] {
							continue
						}
						next := s
						next.Threads[i] = n
						next.divide(cpus, scale)
						if !yield(model.Args{sharedNames[i], n}, next) {
							return
						}
					}
				}
			}
		}}},
		Show: func(s shared) []model.Binding {
			return []model.Binding{
				{Name: "weight", Value: byName(func(i int) model.Value { return modelcheck.Int(s.Weight[i]) })},
				{Name: "limit", Value: byName(func(i int) model.Value { return modelcheck.Option(s.Limit[i]) })},
				{Name: "threads", Value: byName(func(i int) model.Value { return modelcheck.Int(s.Threads[i]) })},
				{Name: "has", Value: byName(func(i int) model.Value { return modelcheck.Int(s.Has[i]) })},
			}
		},
	})
	return modelcheck.Pair{Name: "weights", System: sys, File: "weights.bh", Constants: constants{
		"CPUS": decimal(cpus), "WEIGHT": strconv.Itoa(weight), "THREADS": strconv.Itoa(threads), "UNIT": strconv.Itoa(unit),
	}}
}
