package balance

import (
	"slices"
	"strconv"

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

func byServer(servers int, of func(Server) int) model.Value {
	return modelcheck.Map(1, servers, func(i int) model.Value { return modelcheck.Int(of(Server(i))) })
}

// period is a Smooth and the requests of the period that each server had.
type period struct {
	Smooth
	Had []int
}

func smoothSystem(servers, weight int) model.System {
	all := modelcheck.Numbers[Server](servers)
	return model.MustDefine(model.Definition[period]{
		Name: "SmoothRoundRobin",
		Init: func(yield func(period) bool) {
			for weights := range modelcheck.Vectors(servers, weight) {
				if !yield(period{made(NewSmooth(weights)), make([]int, servers)}) {
					return
				}
			}
		},
		Actions: []model.ActionOf[period]{
			{Name: "Pick", Params: []string{"s"}, Next: modelcheck.Call1(all, func(p *period, s Server) error {
				if sum(p.Had) == p.Period() {
					return model.ErrRefused
				}
				p.Had[s-1]++
				return p.Pick(s)
			})},
			{Name: "Again", Next: modelcheck.Call(func(p *period) error {
				if sum(p.Had) < p.Period() {
					return model.ErrRefused
				}
				clear(p.Had)
				return nil
			})},
		},
		Invariants: []model.Predicate[period]{
			{Name: "IsTheLag", Holds: func(p period) bool {
				return !slices.ContainsFunc(all, func(s Server) bool {
					return p.Current(s) != sum(p.Had)*p.Weight(s)-p.Period()*p.Had[s-1]
				})
			}},
		},
		Show: func(p period) []model.Binding {
			return []model.Binding{
				{Name: "weight", Value: byServer(servers, p.Weight)},
				{Name: "current", Value: byServer(servers, p.Current)},
				{Name: "had", Value: byServer(servers, func(s Server) int { return p.Had[s-1] })},
			}
		},
	})
}

// failing is a Smooth, and the server whose request is under way.
type failing struct {
	Smooth
	Last Server
}

func failingSystem(servers, weight, maxFails int) model.System {
	all := modelcheck.Numbers[Server](servers)
	return model.MustDefine(model.Definition[failing]{
		Name: "SmoothWithFailures",
		Init: func(yield func(failing) bool) {
			for weights := range modelcheck.Vectors(servers, weight) {
				if !yield(failing{Smooth: made(NewSmooth(weights))}) {
					return
				}
			}
		},
		Actions: []model.ActionOf[failing]{
			{Name: "Pick", Params: []string{"s"}, Next: modelcheck.Call1(all, func(f *failing, s Server) error {
				f.Last = s
				return f.Pick(s)
			})},
			{Name: "Fail", Params: []string{"s"}, Next: modelcheck.Call1(all, func(f *failing, s Server) error {
				if f.Last != s {
					return model.ErrRefused
				}
				f.Last = 0
				return f.Fail(s, maxFails)
			})},
		},
		Invariants: []model.Predicate[failing]{
			{Name: "SumIsZero", Holds: func(f failing) bool { return sum(f.current) == 0 }},
		},
		Show: func(f failing) []model.Binding {
			return []model.Binding{
				{Name: "weight", Value: byServer(servers, f.Weight)},
				{Name: "effective", Value: byServer(servers, f.Effective)},
				{Name: "current", Value: byServer(servers, f.Current)},
				{Name: "last", Value: modelcheck.Option(f.Last)},
			}
		},
	})
}

// handling is a Least and what least.bh counts of all connections ever handled.
type handling struct {
	Least
	Handled []int
}

func leastSystem(servers, weight, limit int) model.System {
	all := modelcheck.Numbers[Server](servers)
	return model.MustDefine(model.Definition[handling]{
		Name: "LeastConnections",
		Init: func(yield func(handling) bool) {
			for weights := range modelcheck.Vectors(servers, weight) {
				if !yield(handling{made(NewLeast(weights, limit)), make([]int, servers)}) {
					return
				}
			}
		},
		Actions: []model.ActionOf[handling]{
			{Name: "Open", Params: []string{"s"}, Next: modelcheck.Call1(all, func(h *handling, s Server) error {
				h.Handled[s-1] = 1
				if !slices.Contains(h.Handled, 0) {
					clear(h.Handled)
				}
				return h.Open(s)
			})},
			{Name: "Close", Params: []string{"s"}, Next: modelcheck.Call1(all, func(h *handling, s Server) error { return h.Close(s) })},
		},
		Invariants: []model.Predicate[handling]{
			{Name: "Share", Holds: func(h handling) bool {
				return !slices.ContainsFunc(all, func(s Server) bool { return h.OpenOf(s) > h.Share(s) })
			}},
		},
		Show: func(h handling) []model.Binding {
			return []model.Binding{
				{Name: "weight", Value: byServer(servers, func(s Server) int { return at(h.weights, s) })},
				{Name: "open", Value: byServer(servers, h.OpenOf)},
				{Name: "handled", Value: byServer(servers, func(s Server) int { return h.Handled[s-1] })},
			}
		},
	})
}

func twoSystem(servers, limit int) model.System {
	all := modelcheck.Numbers[Server](servers)
	return model.MustDefine(model.Definition[Two]{
		Name: "BetterOfTwo",
		Init: func(yield func(Two) bool) { yield(made(NewTwo(servers, limit))) },
		Actions: []model.ActionOf[Two]{
			{Name: "Open", Params: []string{"a", "b"}, Next: modelcheck.Call2(all, all, (*Two).Open)},
			{Name: "Close", Params: []string{"s"}, Next: modelcheck.Call1(all, (*Two).Close)},
		},
		Show: func(b Two) []model.Binding {
			return []model.Binding{{Name: "open", Value: byServer(servers, b.OpenOf)}}
		},
	})
}

// rings is a Ring, and the places of all nodes that may come.
type rings struct {
	Ring
	Places [][]int // by node-1
}

func name(node int) string { return strconv.Itoa(node) }

func (r rings) places(node int) []uint64 {
	var at []uint64
	for _, p := range r.Places[node-1] {
		at = append(at, uint64(p))
	}
	return at
}

// subsets gives the sets of so many of the numbers below n.
func subsets(n, size int) [][]int {
	var out [][]int
	for bits := range 1 << n {
		var set []int
		for i := range n {
			if bits>>i&1 == 1 {
				set = append(set, i)
			}
		}
		if len(set) == size {
			out = append(out, set)
		}
	}
	return out
}

func ringSystem(nodes, places, points int) model.System {
	all, sets := modelcheck.Numbers[int](nodes), subsets(places, points)
	return model.MustDefine(model.Definition[rings]{
		Name: "Ring",
		Init: func(yield func(rings) bool) {
			for pick := range modelcheck.Vectors(nodes, len(sets)) {
				r := rings{}
				for _, p := range pick {
					r.Places = append(r.Places, sets[p-1])
				}
				if !yield(r) {
					return
				}
			}
		},
		Actions: []model.ActionOf[rings]{
			{Name: "Add", Params: []string{"n"}, Next: modelcheck.Call1(all, func(r *rings, n int) error { return r.Add(name(n), r.places(n)) })},
			{Name: "Remove", Params: []string{"n"}, Next: modelcheck.Call1(all, func(r *rings, n int) error { return r.Remove(name(n)) })},
		},
		Show: func(r rings) []model.Binding {
			var up []int
			for _, n := range all {
				if r.has(name(n)) {
					up = append(up, n)
				}
			}
			return []model.Binding{
				{Name: "points", Value: modelcheck.Map(1, nodes, func(i int) model.Value { return modelcheck.Set(r.Places[i-1]) })},
				{Name: "up", Value: modelcheck.Set(up)},
				{Name: "owner", Value: modelcheck.Map(0, places-1, func(i int) model.Value {
					node, ok := r.Owner(uint64(i))
					if !ok {
						return modelcheck.None()
					}
					n, _ := strconv.Atoi(node)
					return modelcheck.Some(modelcheck.Int(n))
				})},
			}
		},
	})
}
