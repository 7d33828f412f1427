package alloc

import (
	"iter"
	"slices"
	"time"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// made is a value that a constructor gives for arguments known to be right.
func made[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// table shows a number for each client and kind. Kinds are numbered from lo.
func table(clients, kinds, lo int, of func(c, k int) int) model.Value {
	out := model.Value{Shape: model.Map}
	for c := range clients {
		for k := range kinds {
			key := modelcheck.Int(c+1).String() + ", " + modelcheck.Int(k+lo).String()
			out.Elems = append(out.Elems, model.Elem{Key: key, Value: modelcheck.Int(of(c, k))})
		}
	}
	return out
}

// claimsOf is what the clients of banker.bh declare.
func claimsOf(clients, kinds, most int) [][]int {
	var out [][]int
	for c := 1; c <= clients; c++ {
		claim := slices.Repeat([]int{most}, kinds)
		for k := range claim {
			if (c+k)%3 == 1 && most > 1 {
				claim[k] = 1
			}
		}
		out = append(out, claim)
	}
	return out
}

// bankerSystem is the system whose states are those of Banker, asked for one unit at a time.
func bankerSystem(clients, most int, total ...int) model.System {
	kinds := make([]int, len(total))
	for k := range kinds {
		kinds[k] = k
	}
	all := modelcheck.Numbers[Client](clients)
	return model.MustDefine(model.Definition[Banker]{
		Name: "BankerOfMany",
		Init: func(yield func(Banker) bool) { yield(made(NewBanker(total, claimsOf(clients, len(total), most)))) },
		Actions: []model.ActionOf[Banker]{
			{Name: "Ask", Params: []string{"c", "k"}, Next: modelcheck.Call2(all, kinds, func(b *Banker, c Client, k int) error {
				units := make([]int, len(total))
				units[k] = 1
				return b.Ask(c, units...)
			})},
			{Name: "Finish", Params: []string{"c"}, Next: modelcheck.Call1(all, func(b *Banker, c Client) error {
				if !b.Complete(c) {
					return model.ErrRefused
				}
				return b.GiveBack(c)
			})},
		},
		Invariants: []model.Predicate[Banker]{
			{Name: "Safe", Holds: func(b Banker) bool {
				_, ok := b.Order()
				return ok
			}},
		},
		Show: func(b Banker) []model.Binding {
			return []model.Binding{{Name: "has", Value: table(clients, len(total), 0, func(c, k int) int { return b.has[c][k] })}}
		},
	})
}

// situation is what safe.bh computes of one, and the answer is that of Order.
type situation struct {
	Free         []int
	Holds, Needs [][]int
	Finished     []Client
	Work         []int
	Answer       int // 0: none, 1: no, 2: yes
}

func (s situation) waits(c Client) bool {
	return s.Answer == 0 && !slices.Contains(s.Finished, c) && within(s.Needs[c-1], s.Work)
}

// rows gives all tables of numbers 0 to most.
func rows(n, width, most int) iter.Seq[[][]int] {
	return func(yield func([][]int) bool) {
		for v := range modelcheck.Vectors(n*width, most+1) {
			var out [][]int
			for i := range n {
				row := v[i*width : (i+1)*width]
				for k := range row {
					row[k]--
				}
				out = append(out, row)
			}
			if !yield(out) {
				return
			}
		}
	}
}

// safeSystem is the system of safe.bh: clients served in any order come to the answer that Order gives.
func safeSystem(clients, kinds, most int) model.System {
	all := modelcheck.Numbers[Client](clients)
	return model.MustDefine(model.Definition[situation]{
		Name: "SafeStates",
		Init: func(yield func(situation) bool) {
			for free := range rows(1, kinds, most) {
				for holds := range rows(clients, kinds, most) {
					for needs := range rows(clients, kinds, most) {
						if !yield(situation{Free: free[0], Holds: holds, Needs: needs, Work: free[0]}) {
							return
						}
					}
				}
			}
		},
		Actions: []model.ActionOf[situation]{
			{Name: "Serve", Params: []string{"c"}, Next: modelcheck.Call1(all, func(s *situation, c Client) error {
				if !s.waits(c) {
					return model.ErrRefused
				}
				s.Finished = append(s.Finished, c)
				slices.Sort(s.Finished)
				for k, n := range s.Holds[c-1] {
					s.Work[k] += n
				}
				return nil
			})},
			{Name: "Answer", Next: modelcheck.Call(func(s *situation) error {
				if s.Answer != 0 || slices.ContainsFunc(all, s.waits) {
					return model.ErrRefused
				}
				s.Answer = 1
				if _, ok := Order(s.Free, s.Holds, s.Needs); ok {
					s.Answer = 2
				}
				return nil
			})},
		},
		Terminal: func(s situation) bool { return s.Answer != 0 },
		Show: func(s situation) []model.Binding {
			one := func(of []int) model.Value {
				return modelcheck.Map(1, kinds, func(i int) model.Value { return modelcheck.Int(of[i-1]) })
			}
			answer := modelcheck.None()
			if s.Answer != 0 {
				answer = modelcheck.Some(model.Bool(s.Answer == 2))
			}
			return []model.Binding{
				{Name: "free", Value: one(s.Free)},
				{Name: "holds", Value: table(clients, kinds, 1, func(c, k int) int { return s.Holds[c][k] })},
				{Name: "needs", Value: table(clients, kinds, 1, func(c, k int) int { return s.Needs[c][k] })},
				{Name: "work", Value: one(s.Work)},
				{Name: "finished", Value: modelcheck.Set(s.Finished)},
				{Name: "answer", Value: answer},
			}
		},
	})
}

// placing is a Nodes, and the things that come, in turn.
type placing struct {
	Nodes
	Needs    []int
	At       []int // by thing: node + 1, or 0
	Now      int
	Rejected []int
}

func fitSystem(policy Policy, things, largest int, capacity ...int) model.System {
	nodes := make([]int, len(capacity))
	for i := range nodes {
		nodes[i] = i
	}
	return model.MustDefine(model.Definition[placing]{
		Name: "Fit",
		Init: func(yield func(placing) bool) {
			for needs := range modelcheck.Vectors(things, largest) {
				if !yield(placing{Nodes: made(NewNodes(policy, capacity)), Needs: needs, At: make([]int, things)}) {
					return
				}
			}
		},
		Actions: []model.ActionOf[placing]{
			{Name: "Place", Params: []string{"n"}, Next: modelcheck.Call1(nodes, func(p *placing, n int) error {
				if p.Now == things {
					return model.ErrRefused
				}
				node, err := p.Place(p.Needs[p.Now])
				if err != nil || node != n {
					return model.ErrRefused
				}
				p.At[p.Now] = n + 1
				p.Now++
				return nil
			})},
			{Name: "Reject", Next: modelcheck.Call(func(p *placing) error {
				if p.Now == things {
					return model.ErrRefused
				}
				if _, err := p.Next(p.Needs[p.Now]); err == nil {
					return model.ErrRefused
				}
				p.Rejected = append(p.Rejected, p.Now)
				p.Now++
				return nil
			})},
		},
		Terminal: func(p placing) bool { return p.Now == things },
		Show: func(p placing) []model.Binding {
			return []model.Binding{
				{Name: "needs", Value: modelcheck.Map(0, things-1, func(i int) model.Value { return modelcheck.Int(p.Needs[i]) })},
				{Name: "at", Value: modelcheck.Map(0, things-1, func(i int) model.Value {
					if p.At[i] == 0 {
						return modelcheck.None()
					}
					return modelcheck.Some(modelcheck.Int(p.At[i] - 1))
				})},
				{Name: "now", Value: modelcheck.Int(p.Now)},
				{Name: "rejected", Value: modelcheck.Set(p.Rejected)},
			}
		},
	})
}

// asking is a Bucket with an interval of 1 ns, which is a tick, and what bucket.bh measures. Times are as from when
// tokens were last counted.
type asking struct {
	Bucket
	Since  time.Duration
	Passed bool
	Excess int
}

func bucketSystem(size, per int) model.System {
	gaps := make([]int, size+1)
	for i := range gaps {
		gaps[i] = i
	}
	return model.MustDefine(model.Definition[asking]{
		Name: "TokenBucket",
		Init: func(yield func(asking) bool) { yield(asking{Bucket: made(NewBucket(size, per, 1))}) },
		Actions: []model.ActionOf[asking]{
			{Name: "Ask", Params: []string{"gap", "n"}, Next: modelcheck.Call2(gaps, modelcheck.Numbers[int](size), func(a *asking, gap, n int) error {
				a.Since += time.Duration(gap)
				a.Excess = max(0, a.Excess-per*gap)
				a.Passed = a.Take(a.Since, n) == nil
				if a.Passed {
					a.Since, a.last = 0, 0
					a.Excess += n
				}
				a.Since = min(a.Since, time.Duration(size))
				return nil
			})},
		},
		Invariants: []model.Predicate[asking]{
			{Name: "Exact", Holds: func(a asking) bool { return a.Excess+a.Tokens(a.Since) == size }},
		},
		Show: func(a asking) []model.Binding {
			return []model.Binding{
				{Name: "tokens", Value: modelcheck.Int(a.Tokens(0))},
				{Name: "since", Value: modelcheck.Int(a.Since)},
				{Name: "passed", Value: model.Bool(a.Passed)},
				{Name: "excess", Value: modelcheck.Int(a.Excess)},
			}
		},
	})
}

// twoCaches is a Cache and one with room for one page more.
type twoCaches struct {
	Small, Large           Cache
	MissesSmall, MissLarge bool
}

func inclusionSystem(pages, room int) model.System {
	return model.MustDefine(model.Definition[twoCaches]{
		Name: "Inclusion",
		Init: func(yield func(twoCaches) bool) {
			yield(twoCaches{Small: made(NewCache(room)), Large: made(NewCache(room + 1))})
		},
		Actions: []model.ActionOf[twoCaches]{
			{Name: "Request", Params: []string{"p"}, Next: modelcheck.Call1(modelcheck.Numbers[int](pages), func(c *twoCaches, p int) error {
				c.MissesSmall, c.MissLarge = !c.Small.Get(p), !c.Large.Get(p)
				return nil
			})},
		},
		Show: func(c twoCaches) []model.Binding {
			return []model.Binding{
				{Name: "small", Value: modelcheck.Seq(c.Small.Pages())},
				{Name: "large", Value: modelcheck.Seq(c.Large.Pages())},
				{Name: "misses", Value: model.Value{Shape: model.Record, Elems: []model.Elem{
					{Key: "small", Value: model.Bool(c.MissesSmall)}, {Key: "large", Value: model.Bool(c.MissLarge)},
				}}},
			}
		},
	})
}

// rivals is a Cache, and another that evicts what it likes.
type rivals struct {
	LRU    Cache
	Other  []int
	Excess int
}

func pagingSystem(pages, k, h int) model.System {
	return model.MustDefine(model.Definition[rivals]{
		Name: "Paging",
		Init: func(yield func(rivals) bool) { yield(rivals{LRU: made(NewCache(k))}) },
		Actions: []model.ActionOf[rivals]{
			{Name: "Request", Params: []string{"p"}, Next: func(s rivals) iter.Seq2[model.Args, rivals] {
				return func(yield func(model.Args, rivals) bool) {
					for _, p := range modelcheck.Numbers[int](pages) {
						next := rivals{LRU: s.LRU.Clone(), Excess: s.Excess}
						if !next.LRU.Get(p) {
							next.Excess += k - h + 1
						}
						evicts := []int{0} // nothing
						if slices.Contains(s.Other, p) {
							next.Other = s.Other
						} else {
							next.Excess -= k
							if len(s.Other) == h {
								evicts = s.Other
							}
						}
						next.Excess = max(0, next.Excess)
						for _, q := range evicts {
							n := next
							if n.Other == nil {
								n.Other = append(slices.DeleteFunc(slices.Clone(s.Other), func(o int) bool { return o == q }), p)
								slices.Sort(n.Other)
							}
							if !yield(model.Args{p}, n) {
								return
							}
						}
					}
				}
			}},
		},
		Invariants: []model.Predicate[rivals]{
			{Name: "Competitive", Holds: func(s rivals) bool { return s.Excess <= (h-1)*(k-h+1) }},
		},
		Show: func(s rivals) []model.Binding {
			return []model.Binding{
				{Name: "lru", Value: modelcheck.Seq(s.LRU.Pages())},
				{Name: "other", Value: modelcheck.Set(s.Other)},
				{Name: "excess", Value: modelcheck.Int(s.Excess)},
			}
		},
	})
}
