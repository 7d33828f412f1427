package scheduler

import (
	"fmt"
	"math/big"
	"slices"
)

// MaxNodeScore is the most that a plugin gives a node.
const MaxNodeScore = 100

// Weights are those of the scores in their sum, each 0 to MaxWeight.
type Weights struct {
	LeastAllocated, BalancedAllocation, TaintToleration, NodeAffinity, PodTopologySpread, InterPodAffinity int64
}

// MaxWeight bounds a weight.
const MaxWeight = 1 << 20

// DefaultWeights are those of the default configuration (pkg/scheduler/apis/config/v1/default_plugins.go). ImageLocality, of weight
// 1, is left out, since images are.
var DefaultWeights = Weights{
	LeastAllocated: 1, BalancedAllocation: 1, TaintToleration: 3, NodeAffinity: 2, PodTopologySpread: 2, InterPodAffinity: 2,
}

// Options are what a scheduler is configured with, and what its versions differ in.
type Options struct {
	Weights Weights
	// HardAffinityWeight is what a required affinity of a pod that runs counts for one that it matches (hardPodAffinityWeight).
	HardAffinityWeight int64
	// BalanceGain gives BalancedAllocation by how much the pod makes a node more balanced, from 0 to 100, 75 where it changes
	// nothing, as Kubernetes has it since 1.34 or so, instead of how balanced the node is with it.
	BalanceGain bool
}

// DefaultOptions has the weights and values of the default configuration.
var DefaultOptions = Options{Weights: DefaultWeights, HardAffinityWeight: 1}

func (o Options) valid() error {
	w := o.Weights
	for _, n := range []int64{
		w.LeastAllocated, w.BalancedAllocation, w.TaintToleration, w.NodeAffinity, w.PodTopologySpread, w.InterPodAffinity,
		o.HardAffinityWeight,
	} {
		if n < 0 || n > MaxWeight {
			return fmt.Errorf("got a weight of %d, want 0 to %d", n, MaxWeight)
		}
	}
	return nil
}

// Score is what the plugins give a node, each from 0 to 100, and their weighted sum.
type Score struct {
	Node                                                                                                   string
	LeastAllocated, BalancedAllocation, TaintToleration, NodeAffinity, PodTopologySpread, InterPodAffinity int64
	Total                                                                                                  int64
}

// Schedule is one cycle: the feasible nodes with the greatest score, of which the scheduler takes one at random, in the order of
// nodes. Where no node is feasible, the error is a *FitError. (A scheduler of a large cluster does not look at all nodes, but at
// as many as percentageOfNodesToScore says, which is left out.)
func (c *Cluster) Schedule(p *Pod, o Options) ([]string, error) {
	scores, err := c.Scores(p, o)
	if err != nil {
		return nil, err
	}
	var best []string
	most := int64(0) // no score is negative
	for _, s := range scores {
		if s.Total > most {
			best, most = nil, s.Total
		}
		if s.Total == most {
			best = append(best, s.Node)
		}
	}
	return best, nil
}

// ScheduleNominated is Schedule of a pod that was nominated to a node: if that is feasible, it is the one
// (schedule_one.go, evaluateNominatedNode). A node that is not there, or "", is not.
func (c *Cluster) ScheduleNominated(p *Pod, o Options, nominated string) ([]string, error) {
	best, err := c.Schedule(p, o)
	if err != nil {
		return nil, err
	}
	if i, err := c.node(nominated); err == nil && c.verdict(p, i).Code == Feasible {
		return []string{nominated}, nil
	}
	return best, nil
}

// Scores is the scores of the feasible nodes, in their order. Where there is none, the error is a *FitError.
func (c *Cluster) Scores(p *Pod, o Options) ([]Score, error) {
	if err := o.valid(); err != nil {
		return nil, err
	}
	verdicts, err := c.Filter(p)
	if err != nil {
		return nil, err
	}
	var at []int
	for i, v := range verdicts {
		if v.Code == Feasible {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return nil, &FitError{Pod: p.Name, Verdicts: verdicts}
	}
	taints, affinity := make([]int64, len(at)), make([]int64, len(at))
	pods := make([]int64, len(at))
	for k, i := range at {
		taints[k], affinity[k], pods[k] = c.disliked(p, i), c.preferred(p, i), c.near(p, i, o.HardAffinityWeight)
	}
	taints, affinity, pods = Normalize(taints, true), Normalize(affinity, false), stretch(pods)
	spread := c.spreads(p, at)
	out := make([]Score, len(at))
	for k, i := range at {
		s := Score{
			Node: c.nodes[i].Name, LeastAllocated: c.least(p, i), BalancedAllocation: c.balanced(p, i, o.BalanceGain),
			TaintToleration: taints[k], NodeAffinity: affinity[k], PodTopologySpread: spread[k], InterPodAffinity: pods[k],
		}
		w := o.Weights
		s.Total = w.LeastAllocated*s.LeastAllocated + w.BalancedAllocation*s.BalancedAllocation + w.TaintToleration*s.TaintToleration +
			w.NodeAffinity*s.NodeAffinity + w.PodTopologySpread*s.PodTopologySpread + w.InterPodAffinity*s.InterPodAffinity
		out[k] = s
	}
	return out, nil
}

// Normalize scales scores, none of which is negative, so that the greatest is 100, rounding down; with reverse, a score of 0
// becomes 100 and the greatest 0. Where all are 0 they stay so, or are 100 with reverse
// (pkg/scheduler/framework/plugins/helper/normalize_score.go, DefaultNormalizeScore).
func Normalize(scores []int64, reverse bool) []int64 {
	out := make([]int64, len(scores))
	most := int64(0)
	for _, s := range scores {
		most = max(most, s)
	}
	for i, s := range scores {
		if most > 0 {
			out[i] = scale(s, most)
		}
		if reverse {
			out[i] = MaxNodeScore - out[i]
		}
	}
	return out
}

// scale is 100 n / of, rounded down, for 0 <= n <= of and of > 0, whatever their size.
func scale(n, of int64) int64 {
	x := new(big.Int).Mul(big.NewInt(MaxNodeScore), big.NewInt(n))
	return x.Quo(x, big.NewInt(of)).Int64()
}

// stretch scales scores, of any sign, so that the least is 0 and the greatest 100; all are 0 where they are equal
// (plugins/interpodaffinity/scoring.go, NormalizeScore).
func stretch(scores []int64) []int64 {
	out := make([]int64, len(scores))
	least, most := slices.Min(scores), slices.Max(scores)
	for i, s := range scores {
		if most > least {
			out[i] = scale(s-least, most-least)
		}
	}
	return out
}

// disliked counts the taints of node i that ask pods to stay away and that the pod does not tolerate.
func (c *Cluster) disliked(p *Pod, i int) int64 {
	n := int64(0)
	for _, t := range c.nodes[i].Taints {
		if t.Effect == PreferNoSchedule && !tolerated(p.Tolerations, t) {
			n++
		}
	}
	return n
}

// preferred is the weights of the preferences that node i meets. One without requirements is none
// (component-helpers/scheduling/corev1/nodeaffinity, NewPreferredSchedulingTerms).
func (c *Cluster) preferred(p *Pod, i int) int64 {
	n := int64(0)
	for _, s := range p.PreferredNodes {
		if len(s.Nodes) > 0 && s.Nodes.Matches(c.nodes[i].Labels) {
			n += int64(s.Weight)
		}
	}
	return n
}

// least is LeastAllocated: the hundredths of CPU and memory, as requested and with the defaults, that would be left, their mean
// rounded down after each was (plugins/noderesources/least_allocated.go). What the node has none of is left out.
func (c *Cluster) least(p *Pod, i int) int64 {
	want := p.NonZeroRequests()
	for _, q := range c.pods[i] {
		want = want.plus(q.NonZeroRequests())
	}
	sum, n := int64(0), int64(0)
	for _, r := range []Resource{CPU, Memory} {
		if have := c.nodes[i].Allocatable[r]; have > 0 {
			sum += scale(max(0, have-want[r]), have)
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / n
}

// balanced is BalancedAllocation: 100 less half of the hundredths by which the requested parts of CPU and memory differ
// (plugins/noderesources/balanced_allocation.go). The product works with float64 and cuts off, so that it may say one less
// where the result is a whole number.
func (c *Cluster) balanced(p *Pod, i int, gain bool) int64 {
	before := requested(c.pods[i])
	with := Balance(before.plus(p.Requests()), c.nodes[i].Allocatable)
	if !gain {
		return with
	}
	return MaxNodeScore/2 + (MaxNodeScore/2+with-Balance(before, c.nodes[i].Allocatable))/2
}

// Balance is how balanced the requested CPU and memory are, from 0 to 100: with fractions f and g of what there is, each at most
// 1, it is 100 (1 - |f-g| / 2), rounded down; 100 where a node has none of one of them.
func Balance(requested, allocatable Resources) int64 {
	if allocatable[CPU] <= 0 || allocatable[Memory] <= 0 {
		return MaxNodeScore
	}
	part := func(r Resource) *big.Rat {
		return big.NewRat(min(max(0, requested[r]), allocatable[r]), allocatable[r])
	}
	half := new(big.Rat).Sub(part(CPU), part(Memory))
	half.Abs(half).Mul(half, big.NewRat(MaxNodeScore, 2))
	half.Sub(big.NewRat(MaxNodeScore, 1), half)
	return new(big.Int).Quo(half.Num(), half.Denom()).Int64()
}

// near is the weights of affinity and anti-affinity for node i: preferences of the pod for those that run, preferences of those
// that run for the pod, and hard for each of their required affinities that it matches.
func (c *Cluster) near(p *Pod, i int, hard int64) int64 {
	n := int64(0)
	for j, pods := range c.pods {
		for _, q := range pods {
			count := func(t Term, labels map[string]string, weight int64) {
				if t.Selector.Matches(labels) && c.sameDomain(t.TopologyKey, i, j) {
					n += weight
				}
			}
			for _, t := range p.PreferredAffinity {
				count(t.Term, q.Labels, int64(t.Weight))
			}
			for _, t := range p.PreferredAntiAffinity {
				count(t.Term, q.Labels, -int64(t.Weight))
			}
			for _, t := range q.Affinity {
				count(t, p.Labels, hard)
			}
			for _, t := range q.PreferredAffinity {
				count(t.Term, p.Labels, int64(t.Weight))
			}
			for _, t := range q.PreferredAntiAffinity {
				count(t.Term, p.Labels, -int64(t.Weight))
			}
		}
	}
	return n
}

// spreads is PodTopologySpread's score of the feasible nodes at: with s the rounded sum, over soft constraints, of the matching
// pods in the node's domain times the logarithm of the number of domains and 2, and of maxSkew - 1, a node gets
// 100 (greatest + least - s) / greatest. A node without one of the labels gets 0
// (plugins/podtopologyspread/scoring.go). Domains of the label kubernetes.io/hostname are the nodes that are feasible.
func (c *Cluster) spreads(p *Pod, at []int) []int64 {
	out := make([]int64, len(at))
	var soft []Spread
	for _, s := range p.Spread {
		if s.Soft {
			soft = append(soft, s)
		}
	}
	if len(soft) == 0 {
		return out
	}
	var sums []int64
	var counted []int // indices of at
	for k, i := range at {
		if c.hasAll(soft, i) {
			counted = append(counted, k)
		}
	}
	for _, k := range counted {
		sums = append(sums, c.spreadSum(p, soft, at, at[k]))
	}
	for k, s := range sums {
		if most := slices.Max(sums); most == 0 {
			out[counted[k]] = MaxNodeScore
		} else {
			out[counted[k]] = MaxNodeScore * (most + slices.Min(sums) - s) / most
		}
	}
	return out
}

func (c *Cluster) hasAll(all []Spread, i int) bool {
	return !slices.ContainsFunc(all, func(s Spread) bool { _, has := c.nodes[i].Labels[s.TopologyKey]; return !has })
}

// hostname is the label whose domains are nodes.
const hostname = "kubernetes.io/hostname"

func (c *Cluster) spreadSum(p *Pod, soft []Spread, at []int, i int) int64 {
	whole := int64(0)
	var logs []power
	for _, s := range soft {
		domains := map[string]bool{}
		for _, j := range at {
			if c.hasAll(soft, j) {
				domains[c.nodes[j].Labels[s.TopologyKey]] = true
			}
		}
		n := c.matching(s.Selector, i)
		if s.TopologyKey != hostname {
			n = 0
			for j := range c.nodes {
				if c.hasAll(soft, j) && c.selects(p, j) && c.sameDomain(s.TopologyKey, i, j) {
					n += c.matching(s.Selector, j)
				}
			}
		}
		whole += int64(s.MaxSkew) - 1
		logs = append(logs, power{int64(len(domains)) + 2, int64(n)})
	}
	return whole + roundLog(logs)
}
