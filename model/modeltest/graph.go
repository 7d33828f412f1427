package modeltest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/model"
)

// graph is the reachable part of one or two systems: what one sees of each state, and labelled transitions.
//
// It is explored here, plainly, and not by package checker, so that the engine has a judge that does not rest on it.
type graph struct {
	seen    []string    // by state; equal where one sees the same
	shown   [][]binding // by state; nil for a fault
	edges   [][]edge    // by state
	initial [2][]int32  // of the first and of the second system
	labels  []string    // by the label of an edge
	label   map[string]int32
}

type binding = model.Binding

type edge struct {
	label, to int32
}

// add explores sys as the side-th system. Its states get the numbers that follow.
func (g *graph) add(side int, sys model.System, v View, limit int) error {
	if g.label == nil {
		g.label = map[string]int32{}
	}
	e := &exploration{graph: g, view: v, runner: sys.NewRunner(), numbers: map[string]int32{}, first: int32(len(g.edges))}
	info := sys.Info()
	e.runner.Init(func(s model.State, f *model.Fault) {
		if n := e.number(s, f); !slices.Contains(g.initial[side], n) {
			g.initial[side] = append(g.initial[side], n)
		}
	})
	for i := 0; i < len(e.states); i++ {
		if len(e.states) > limit {
			return fmt.Errorf("system %s has more than %d states", info.Name, limit)
		}
		s := e.states[i]
		if s == nil {
			continue // a fault has no successors
		}
		type found struct {
			model.Label
			to int32
		}
		var next []found
		e.runner.Load(s)
		e.runner.Next(func(l model.Label, t model.State, f *model.Fault) {
			next = append(next, found{l, e.number(t, f)})
		})
		if !info.Deterministic && (i < checkedFirst || i%checkedOneIn == 0) {
			if e.second == nil {
				e.second = sys.NewRunner()
			}
			if what := e.again(s, func(k int) (model.ActionID, int32) { return next[k].Action, next[k].to }, len(next)); what != "" {
				return fmt.Errorf("system %s is not deterministic: %s", info.Name, what)
			}
		}
		from := e.first + int32(i)
		for _, n := range next {
			text := v.label(e.runner.Describe(s, n.Label))
			l, ok := g.label[text]
			if !ok {
				l = int32(len(g.labels))
				g.label[text] = l
				g.labels = append(g.labels, text)
			}
			g.edges[from] = append(g.edges[from], edge{l, n.to})
		}
	}
	return nil
}

// Of the states these are expanded twice, on two runners: each of the first, and of all the others one in so many.
const (
	checkedFirst = 64
	checkedOneIn = 256
)

// again expands s once more and says what comes of it other than the n successors that came of it before, or "".
func (e *exploration) again(s model.State, before func(k int) (model.ActionID, int32), n int) string {
	count, same := 0, true
	e.second.Load(s)
	e.second.Next(func(l model.Label, t model.State, f *model.Fault) {
		if count < n {
			action, to := before(count)
			known, ok := e.numbers[keyOf(t, f)]
			same = same && ok && action == l.Action && known == to
		}
		count++
	})
	switch {
	case count != n:
		return fmt.Sprintf("Next gave %d successors of a state, then %d", n, count)
	case !same:
		return "the order of successors differs, or they do: Next must yield the same in the same order every time " +
			"(do not range over a map)"
	default:
		return ""
	}
}

type exploration struct {
	*graph
	view    View
	runner  model.Runner
	second  model.Runner     // for what is expanded twice
	numbers map[string]int32 // of states, by their words, and of faults, by their text
	states  []model.State    // by number less first; nil for a fault
	first   int32
}

// keyOf makes a state or a fault comparable.
func keyOf(s model.State, f *model.Fault) string {
	if s == nil {
		return "f" + faultText(f)
	}
	return "s" + key(s)
}

// number gives the number of a state or of a fault.
func (e *exploration) number(s model.State, f *model.Fault) int32 {
	k := keyOf(s, f)
	if n, ok := e.numbers[k]; ok {
		return n
	}
	n := e.first + int32(len(e.states))
	e.numbers[k] = n
	e.edges = append(e.edges, nil)
	if s == nil {
		// Two systems say the same of a fault in different words.
		e.states, e.shown, e.seen = append(e.states, nil), append(e.shown, nil), append(e.seen, "a fault")
		return n
	}
	s = append(model.State{}, s...)
	shown := e.view.observe(e.runner.Render(s))
	e.states, e.shown, e.seen = append(e.states, s), append(e.shown, shown), append(e.seen, "")
	return n
}

// see fills in what one sees of the states of both systems: the variables that names has, or all.
func (g *graph) see(names map[string]bool) {
	for i, shown := range g.shown {
		if shown == nil && g.seen[i] != "" {
			continue
		}
		g.seen[i] = look(pick(shown, names))
	}
}

// pick gives the variables that names has, or all for nil, by name. It is never nil.
func pick(shown []binding, names map[string]bool) []binding {
	out := []binding{}
	for _, v := range sorted(shown) {
		if names == nil || names[v.Name] {
			out = append(out, v)
		}
	}
	return out
}

// look is what one sees of variables: a line for each.
func look(vars []binding) string {
	var b strings.Builder
	for _, v := range vars {
		b.WriteString(v.Name + " = " + v.Value.String() + "\n")
	}
	return b.String()
}

func sorted(vars []binding) []binding {
	vars = slices.Clone(vars)
	slices.SortStableFunc(vars, func(a, b binding) int { return strings.Compare(a.Name, b.Name) })
	return vars
}

// variables gives the names that the states of a range show.
func (g *graph) variables(from, to int) map[string]bool { return names(g.shown[from:to]) }

func names(shown [][]binding) map[string]bool {
	out := map[string]bool{}
	for _, vars := range shown {
		for _, v := range vars {
			out[v.Name] = true
		}
	}
	return out
}
