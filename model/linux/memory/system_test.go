package memory

import (
	"iter"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// protection is an instance of protect.bh, with the names of its constants.
type protection struct {
	pages, host, low int64
	recursive        bool
	min              [4]int64 // of red, blue, web and db
}

var (
	groupNames   = []string{"red", "blue", "web", "db"} // groups 1 to 4
	groupParents = []Group{0, 0, 1, 1}
	leaves       = []Group{2, 3, 4}
)

func (c protection) pair() modelcheck.Pair {
	overGroups := func(step func(*Protection, Group) error) func(*Protection) iter.Seq2[model.Args, *Protection] {
		next := modelcheck.Call1(leaves, func(p **Protection, g Group) error { return step(*p, g) })
		return func(p *Protection) iter.Seq2[model.Args, *Protection] {
			return func(yield func(model.Args, *Protection) bool) {
				for args, after := range next(p) {
					if !yield(model.Args{groupNames[args[0].(Group)-1]}, after) {
						return
					}
				}
			}
		}
	}
	sys := model.MustDefine(model.Definition[*Protection]{
		Name: "Protect",
		Init: func(yield func(*Protection) bool) {
			for low := range modelcheck.Vectors(4, int(c.low)+1) {
				groups := []ProtectedGroup{{}}
				for i := range groupNames {
					groups = append(groups, ProtectedGroup{Parent: groupParents[i], Min: c.min[i], Low: int64(low[i]) - 1})
				}
				p, err := NewProtection(groups, c.host, c.recursive)
				if err != nil {
					panic(err)
				}
				if !yield(p) {
					return
				}
			}
		},
		Actions: []model.ActionOf[*Protection]{
			{Name: "Touch", Params: []string{"g"}, Next: overGroups(func(p *Protection, g Group) error {
				if p.Pages(g) == c.pages {
					return model.Refuse("it wants no more")
				}
				return p.Touch(g)
			})},
			{Name: "Free", Params: []string{"g"}, Next: overGroups((*Protection).Free)},
			{Name: "Take", Params: []string{"g"}, Next: overGroups((*Protection).Take)},
			{Name: "Kill", Params: []string{"g"}, Next: overGroups((*Protection).Kill)},
		},
		Show: func(p *Protection) []model.Binding {
			show := func(of func(Group) int64) model.Value {
				out := model.Value{Shape: model.Map}
				for i, name := range groupNames {
					out.Elems = append(out.Elems, model.Elem{Key: name, Value: model.Int(of(Group(i + 1)))})
				}
				return out
			}
			return []model.Binding{
				{Name: "low", Value: show(func(g Group) int64 { return p.groups[g].Low })},
				{Name: "pages", Value: show(p.Pages)},
				{Name: "elow", Value: show(p.EffectiveLow)},
				{Name: "emin", Value: show(p.EffectiveMin)},
			}
		},
	})
	minimum := "{"
	for i, name := range groupNames {
		if i > 0 {
			minimum += ", "
		}
		minimum += name + " -> " + decimal(c.min[i])
	}
	return modelcheck.Pair{Name: "protect", System: sys, File: "protect.bh", Constants: constants{
		"PAGES": decimal(c.pages), "HOST": decimal(c.host), "LOW": decimal(c.low), "RECURSIVE": strconv.FormatBool(c.recursive), "MIN": minimum + "}",
	}}
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// watched is a Throttle and the rest of high.bh: work, and a monitor.
type watched struct {
	*Throttle
	Done, Ended bool
}

// runs tells whether the process does something by itself.
func (w watched) runs() bool { return !w.Done && !w.Ended && !w.Killed() && !w.Above() }

// throttled is an instance of high.bh, with the names of its constants; most is the only one of MAXES.
type throttled struct {
	heap, code, high, most int64
	monitor                bool
}

func (c throttled) start() watched {
	t, err := NewThrottle(c.high, c.most)
	if err != nil {
		panic(err)
	}
	return watched{Throttle: t}
}

func (c throttled) pair() modelcheck.Pair {
	when := func(guard func(watched) bool, step func(*watched) error) func(watched) iter.Seq2[model.Args, watched] {
		return modelcheck.Call(func(w *watched) error {
			if !guard(*w) {
				return model.Refuse("not now")
			}
			return step(w)
		})
	}
	sys := model.MustDefine(model.Definition[watched]{
		Name: "High",
		Init: func(yield func(watched) bool) { yield(c.start()) },
		Actions: []model.ActionOf[watched]{
			{Name: "Allocate", Next: when(func(w watched) bool { return w.runs() && w.Kept() < c.heap }, func(w *watched) error { return w.Touch() })},
			{Name: "Fault", Next: when(func(w watched) bool { return w.runs() && w.Cached() < c.code }, func(w *watched) error { return w.Read() })},
			{Name: "Reclaim", Next: when(func(w watched) bool { return !w.Ended }, func(w *watched) error { return w.Reclaim() })},
			{Name: "Return", Next: when(func(w watched) bool { return !w.Ended }, func(w *watched) error { return w.Return() })},
			{Name: "Work", Next: when(func(w watched) bool { return w.runs() && w.Kept() == c.heap && w.Cached() == c.code }, func(w *watched) error {
				w.Done = true
				return nil
			})},
			{Name: "Next", Next: when(func(w watched) bool { return w.Done }, func(w *watched) error {
				w.Done = false
				return w.Free()
			})},
			{Name: "Watch", Next: func(w watched) iter.Seq2[model.Args, watched] {
				return func(yield func(model.Args, watched) bool) {
					if !c.monitor || !w.Above() || w.Ended {
						return
					}
					if w.High() < c.heap+c.code {
						next := watched{Throttle: w.Clone()}
						if err := next.SetHigh(w.High() + 1); err != nil {
							panic(err)
						}
						if !yield(nil, next) {
							return
						}
					}
					yield(nil, watched{Throttle: w.Clone(), Ended: true})
				}
			}},
			{Name: "Restart", Next: when(func(w watched) bool { return w.Ended || w.Killed() }, func(w *watched) error {
				*w = c.start()
				return nil
			})},
		},
		Show: func(w watched) []model.Binding {
			phase := "running"
			switch {
			case w.Ended:
				phase = "ended"
			case w.Killed():
				phase = "killed"
			case w.Done:
				phase = "done"
			case w.Above():
				phase = "above"
			}
			return []model.Binding{
				{Name: "heap", Value: model.Int(w.Kept())},
				{Name: "code", Value: model.Int(w.Cached())},
				{Name: "phase", Value: model.Text(phase)},
				{Name: "high", Value: model.Int(w.High())},
				{Name: "most", Value: model.Int(c.most)},
			}
		},
	})
	return modelcheck.Pair{Name: "high", System: sys, File: "high.bh", Constants: constants{
		"HEAP": decimal(c.heap), "CODE": decimal(c.code), "HIGH": decimal(c.high), "MAXES": "{" + decimal(c.most) + "}", "MONITOR": strconv.FormatBool(c.monitor),
	}}
}
