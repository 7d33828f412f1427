package modeltest

import (
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/model"
)

// graph is the reachable part of one or two systems: what one sees of each state, and labelled transitions.
//
// It is explored here, plainly, and not by package checker, so that the engine has a judge that does not rest on it. Of a
// state it keeps the words alone, and shows it anew where its variables are asked for.
type graph struct {
	sides   [2]*exploration
	middle  int // the number of the first state of the second system
	edges   []edge
	ends    []int   // by state, where its edges end; they begin where those of the state before end
	seen    []int32 // by state; equal where one sees the same
	initial [2][]int32
	labels  []string // by the label of an edge
	label   map[string]int32
	common  map[string]bool // the variables that are compared, or nil for all
}

type binding = model.Binding

type edge struct {
	label, to int32
}

// size is the number of states.
func (g *graph) size() int { return len(g.ends) }

// from gives the edges that leave a state.
func (g *graph) from(s int32) []edge {
	begin := 0
	if s > 0 {
		begin = g.ends[s-1]
	}
	return g.edges[begin:g.ends[s]]
}

// add explores sys as the side-th system. Its states get the numbers that follow.
func (g *graph) add(side int, sys model.System, v View, limit int) error {
	if g.label == nil {
		g.label = map[string]int32{}
	}
	e := &exploration{view: v, runner: sys.NewRunner(), numbers: map[string]int32{}, first: int32(g.size())}
	g.sides[side], g.middle = e, g.size()
	info := sys.Info()
	e.runner.Init(func(s model.State, f *model.Fault) {
		if n := e.number(s, f); !slices.Contains(g.initial[side], n) {
			g.initial[side] = append(g.initial[side], n)
		}
	})
	type found struct {
		model.Label
		to int32
	}
	var next []found
	for i := 0; i < len(e.keys); i++ {
		if len(e.keys) > limit {
			return fmt.Errorf("system %s has more than %d states", info.Name, limit)
		}
		s := e.state(i)
		if s == nil { // a fault has no successors
			g.ends = append(g.ends, len(g.edges))
			continue
		}
		next = next[:0]
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
		for _, n := range next {
			text := v.label(e.runner.Describe(s, n.Label))
			l, ok := g.label[text]
			if !ok {
				l = int32(len(g.labels))
				g.label[text] = l
				g.labels = append(g.labels, text)
			}
			g.edges = append(g.edges, edge{l, n.to})
		}
		g.ends = append(g.ends, len(g.edges))
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
	view    View
	runner  model.Runner
	second  model.Runner     // for what is expanded twice
	numbers map[string]int32 // of states, by their words, and of faults, by their text
	keys    []string         // the other way round, by number less first
	first   int32
}

// keyOf makes a state or a fault comparable.
func keyOf(s model.State, f *model.Fault) string {
	if s == nil {
		return "f" + faultText(f)
	}
	return "s" + key(s)
}

// state gives the i-th state of the system, or nil for a fault.
func (e *exploration) state(i int) model.State {
	k := e.keys[i]
	if k[0] == 'f' {
		return nil
	}
	s := make(model.State, 0, len(k)/8)
	for k = k[1:]; k != ""; k = k[8:] {
		s = append(s, binary.LittleEndian.Uint64([]byte(k[:8])))
	}
	return s
}

// number gives the number of a state or of a fault.
func (e *exploration) number(s model.State, f *model.Fault) int32 {
	k := keyOf(s, f)
	n, ok := e.numbers[k]
	if !ok {
		n = e.first + int32(len(e.keys))
		e.numbers[k] = n
		e.keys = append(e.keys, k)
	}
	return n
}

// shown gives what one sees of a state, and false for a fault.
func (g *graph) shown(s int32) ([]binding, bool) {
	e := g.sides[0]
	if int(s) >= g.middle {
		e = g.sides[1]
	}
	words := e.state(int(s - e.first))
	if words == nil {
		return nil, false
	}
	return e.view.observe(e.runner.Render(words)), true
}

// see finds the states of which one sees the same.
func (g *graph) see() {
	g.seen = make([]int32, g.size())
	known := map[string]int32{}
	for s := range g.seen {
		look := g.look(int32(s))
		n, ok := known[look]
		if !ok {
			n = int32(len(known))
			known[look] = n
		}
		g.seen[s] = n
	}
}

// look is what one sees of a state. Two systems say the same of a fault in different words.
func (g *graph) look(s int32) string {
	if vars, ok := g.shown(s); ok {
		return look(pick(vars, g.common))
	}
	return "a fault"
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

// variables gives the names that the states of a system show.
func (g *graph) variables(side int) map[string]bool {
	lo, hi := 0, g.middle
	if side == 1 {
		lo, hi = g.middle, g.size()
	}
	return names(func(yield func([]binding) bool) {
		for s := lo; s < hi; s++ {
			if vars, ok := g.shown(int32(s)); ok && !yield(vars) {
				return
			}
		}
	})
}

func names(shown iter.Seq[[]binding]) map[string]bool {
	out := map[string]bool{}
	for vars := range shown {
		for _, v := range vars {
			out[v.Name] = true
		}
	}
	return out
}
