package cpu

import (
	"fmt"
	"math/big"
	"slices"
)

// cpu.weight (Documentation/admin-guide/cgroup-v2.rst; kernel/sched/core.c, cpu_weight_write_u64).
const (
	MinWeight     = 1
	MaxWeight     = 10_000
	DefaultWeight = 100
)

// WeightedGroup is a control group whose processor time is given out by weight.
type WeightedGroup struct {
	Parent Group // less than its own number; not looked at for group 0, the root
	Weight int   // cpu.weight, 1 to 10,000; not looked at for the root
	// Limit is what cpu.max limits the group to, in processors; nil is no limit.
	Limit *big.Rat
	// Threads is how many threads of the group itself want to run; one has at most one processor. A group with children
	// has none (the no-internal-process rule; threads of the root are left out).
	Threads int
}

// Weights is a tree of control groups that share processors by weight.
type Weights struct {
	groups   []WeightedGroup
	children [][]Group
}

// NewWeights makes the tree. There is a root at least.
func NewWeights(groups []WeightedGroup) (*Weights, error) {
	if len(groups) == 0 {
		return nil, fmt.Errorf("got no group")
	}
	w := &Weights{groups: slices.Clone(groups), children: make([][]Group, len(groups))}
	for g := range w.groups {
		v := &w.groups[g]
		if g > 0 {
			if v.Parent < 0 || int(v.Parent) >= g {
				return nil, fmt.Errorf("group %d: got parent %d, want 0 to %d", g, v.Parent, g-1)
			}
			if v.Weight < MinWeight || v.Weight > MaxWeight {
				return nil, fmt.Errorf("group %d: got weight %d, want %d to %d", g, v.Weight, MinWeight, MaxWeight)
			}
			w.children[v.Parent] = append(w.children[v.Parent], Group(g))
		}
		if v.Threads < 0 {
			return nil, fmt.Errorf("group %d: got %d threads, want at least 0", g, v.Threads)
		}
		if v.Limit != nil {
			if v.Limit.Sign() <= 0 {
				return nil, fmt.Errorf("group %d: got a limit of %s processors, want more than 0", g, v.Limit)
			}
			v.Limit = new(big.Rat).Set(v.Limit)
		}
	}
	for g, v := range w.groups {
		if len(w.children[g]) > 0 && v.Threads > 0 {
			return nil, fmt.Errorf("group %d: got %d threads and children, want only one of both", g, v.Threads)
		}
	}
	return w, nil
}

// Wants is the most that g could use, in processors: a processor for each of its threads, or what its children want, and no
// more than its limit.
func (w *Weights) Wants(g Group) *big.Rat {
	mustHave(g, len(w.groups))
	wants := new(big.Rat).SetInt64(int64(w.groups[g].Threads))
	for _, c := range w.children[g] {
		wants.Add(wants, w.Wants(c))
	}
	if limit := w.groups[g].Limit; limit != nil && limit.Cmp(wants) < 0 {
		wants.Set(limit)
	}
	return wants
}

// Active tells whether a thread of g or below wants to run. Only active groups count for the shares of their siblings.
func (w *Weights) Active(g Group) bool { return w.Wants(g).Sign() > 0 }

// Share is the part of the whole that g is sure of while it is active, by weight: along the way up to the root, the product
// of its weight over those of its active siblings and its own. Limits are not looked at: where they keep siblings from
// what is theirs, g has more, and where they keep g or a group above from it, less.
func (w *Weights) Share(g Group) *big.Rat {
	mustHave(g, len(w.groups))
	share := big.NewRat(1, 1)
	if !w.Active(g) {
		return new(big.Rat)
	}
	for ; g > 0; g = w.groups[g].Parent {
		sum := 0
		for _, c := range w.children[w.groups[g].Parent] {
			if w.Active(c) {
				sum += w.groups[c].Weight // at most 10,000 each: no overflow
			}
		}
		share.Mul(share, big.NewRat(int64(w.groups[g].Weight), int64(sum)))
	}
	return share
}

// Divide says what each group has of so many processors when all of them are given out as long as somebody wants more: the
// exact fluid limit of the schedulers, which come close to it (see EEVDF). Of siblings, each has what it wants or as much
// for each unit of weight as any other has; what one does not want goes to the others, by weight. processors is at least 0.
//
// One machine of many processors comes close to it where threads can move among them and no group has so few threads that
// its weight asks for more than a processor for each; that each thread has at most one processor is in Wants.
func (w *Weights) Divide(processors *big.Rat) ([]*big.Rat, error) {
	if processors == nil || processors.Sign() < 0 {
		return nil, fmt.Errorf("got %v processors, want at least 0", processors)
	}
	has := make([]*big.Rat, len(w.groups))
	has[0] = least(processors, w.Wants(0))
	for g := range w.groups { // parents come first
		w.divide(Group(g), has)
	}
	return has, nil
}

// divide gives what g has to its children.
func (w *Weights) divide(g Group, has []*big.Rat) {
	left := new(big.Rat).Set(has[g])
	open := slices.Clone(w.children[g]) // those that have not what they want
	for len(open) > 0 {
		sum := new(big.Rat)
		for _, c := range open {
			sum.Add(sum, w.weight(c))
		}
		level := new(big.Rat).Quo(left, sum) // for each unit of weight
		var rest []Group
		for _, c := range open {
			wants := w.Wants(c)
			if wants.Cmp(new(big.Rat).Mul(level, w.weight(c))) > 0 {
				rest = append(rest, c)
				continue
			}
			has[c] = wants
			left.Sub(left, wants)
		}
		if len(rest) == len(open) {
			for _, c := range open {
				has[c] = new(big.Rat).Mul(level, w.weight(c))
			}
			return
		}
		open = rest
	}
}

func (w *Weights) weight(g Group) *big.Rat { return new(big.Rat).SetInt64(int64(w.groups[g].Weight)) }

func least(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return new(big.Rat).Set(a)
	}
	return new(big.Rat).Set(b)
}
