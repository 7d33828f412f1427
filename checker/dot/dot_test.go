package dot

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/render"
	"github.com/bulkheadlang/bulkhead/model"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// door is two people at a door that should let in one at a time.
type door struct {
	In    [2]bool
	Asked int8
	Sign  int8
}

func doors(t testing.TB) model.System {
	t.Helper()
	people := []int{0, 1}
	sys, err := model.Define(model.Definition[door]{
		Name: "Door", Constants: []model.Binding{{Name: "PEOPLE", Value: model.Int(2)}},
		Init: slices.Values([]door{{}}),
		Actions: []model.ActionOf[door]{
			{Name: "Enter", Params: []string{"p"}, Next: model.Over(people, func(s door, p int) (door, bool) {
				enabled := !s.In[p]
				s.In[p] = true
				s.Asked = min(s.Asked+1, 3)
				return s, enabled
			})},
			{Name: "Leave", Params: []string{"p"}, Next: model.Over(people, func(s door, p int) (door, bool) {
				enabled := s.In[p] && s.Asked < 3
				s.In[p] = false
				return s, enabled
			})},
			{Name: "Knock", Next: model.Guarded(func(s door) bool { return s.Asked < 1 }, func(s door) door { return s })},
		},
		Invariants: []model.Predicate[door]{{Name: "Single", Holds: func(s door) bool { return s.In != [2]bool{true, true} }}},
		Steps: []model.Relation[door]{{Name: "NoReturn", Holds: func(before, after door) bool {
			return before.Asked != 2 || after.Asked != 3
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return sys
}

func explore(t testing.TB, sys model.System, cfg checker.Config) *checker.Graph {
	t.Helper()
	g, err := checker.Explore(t.Context(), sys, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func draw(t testing.TB, sys model.System, g *checker.Graph, opt Options) *Picture {
	t.Helper()
	p, err := States(sys, g, opt)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func golden(t *testing.T, name string, p *Picture) {
	t.Helper()
	var b strings.Builder
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
	if _, err := render.SVG(t.Context(), []byte(b.String())); err != nil {
		t.Errorf("%s: Graphviz does not take it: %v", name, err)
	}
}

// TestWhole compares the picture with the graph, state by state and step by step.
func TestWhole(t *testing.T) {
	sys := doors(t)
	g := explore(t, sys, checker.Config{})
	p := draw(t, sys, g, Options{})
	golden(t, "whole.dot", p)
	if len(p.Nodes) != len(g.Nodes) {
		t.Fatalf("got %d nodes, want one for each of %d states", len(p.Nodes), len(g.Nodes))
	}
	labels := 0
	for _, e := range p.Edges {
		labels += len(e.Labels)
	}
	steps := 0
	for i, edges := range g.Edges {
		steps += len(edges)
		s := g.Render(i)
		text := strings.Join(p.Nodes[i].Lines, "\n")
		if want := "In = " + s[0].Value.String(); !strings.Contains(text, want) {
			t.Errorf("node %d says %q, want %q in it", i, text, want)
		}
		both := s[0].Value.String() == "{0 -> true, 1 -> true}"
		if got := slices.Contains(p.Nodes[i].Breaks, "Single"); got != both {
			t.Errorf("node %d, %q: got breaks %v, want %v", i, text, got, both)
		}
		if got := p.Nodes[i].Deadlock; got != (len(edges) == 0) {
			t.Errorf("node %d: got deadlock %v with %d successors", i, got, len(edges))
		}
		if got := p.Nodes[i].Initial; got != (i == 0) {
			t.Errorf("node %d: got initial %v", i, got)
		}
	}
	if labels != steps {
		t.Errorf("the edges have %d labels, want one for each of %d steps", labels, steps)
	}
	bad := 0
	for _, e := range p.Edges {
		if e.Bad {
			bad++
			if from, to := g.Render(e.From)[1].Value.Int, g.Render(e.To)[1].Value.Int; from != 2 || to != 3 {
				t.Errorf("a step from Asked = %d to %d is marked as bad", from, to)
			}
		}
	}
	if bad == 0 {
		t.Error("no step is marked as bad")
	}
	if want := "in all of them: Sign = 0"; !slices.Contains(p.Notes, want) {
		t.Errorf("got notes %q, want %q among them", p.Notes, want)
	}
}

// TestAround compares the chosen states with distances found by a plain search of the undirected graph.
func TestAround(t *testing.T) {
	sys := doors(t)
	g := explore(t, sys, checker.Config{})
	full := func(n int) bool { return g.Render(n)[0].Value.String() == "{0 -> true, 1 -> true}" }
	around := func(s model.State) (bool, *model.Fault) {
		return full(slices.IndexFunc(g.Nodes, func(o model.State) bool { return slices.Equal(o, s) })), nil
	}
	for depth := range 5 {
		within := map[int]bool{}
		focus := 0
		for n := range g.Nodes {
			if full(n) {
				within[n] = true
				focus++
			}
		}
		for range max(1, depth) {
			next := map[int]bool{}
			for n, edges := range g.Edges {
				for _, e := range edges {
					next[n], next[e.To] = next[n] || within[e.To], next[e.To] || within[n]
				}
			}
			for n, yes := range next {
				within[n] = within[n] || yes
			}
		}
		want := 0
		for _, yes := range within {
			if yes {
				want++
			}
		}
		p := draw(t, sys, g, Options{Around: around, Depth: depth})
		got := 0
		for _, n := range p.Nodes {
			if n.Focus {
				got++
			}
		}
		if len(p.Nodes) != want || got != focus {
			t.Errorf("depth %d: got %d nodes, of which %d in focus, want %d and %d", depth, len(p.Nodes), got, want, focus)
		}
	}
	fault := &model.Fault{Message: "division by zero"}
	_, err := States(sys, g, Options{Around: func(model.State) (bool, *model.Fault) { return false, fault }})
	if !errors.Is(err, error(fault)) {
		t.Errorf("got %v, want the fault", err)
	}
}

// TestProject checks that the quotient has a step between two classes exactly when some of their states have one.
func TestProject(t *testing.T) {
	sys := doors(t)
	g := explore(t, sys, checker.Config{})
	p := draw(t, sys, g, Options{Project: []string{"Asked"}})
	golden(t, "project.dot", p)
	steps := func(text func(from, to int) string) map[string]bool {
		out := map[string]bool{}
		for n, edges := range g.Edges {
			for _, e := range edges {
				if s := text(n, e.To); s != "" {
					out[s] = true
				}
			}
		}
		return out
	}
	want := steps(func(from, to int) string {
		a, b := g.Render(from)[1].Value, g.Render(to)[1].Value
		if a.Equal(b) {
			return ""
		}
		return fmt.Sprintf("Asked = %s -> Asked = %s", a, b)
	})
	got := map[string]bool{}
	for _, e := range p.Edges {
		got[p.Nodes[e.From].Lines[0]+" -> "+p.Nodes[e.To].Lines[0]] = true
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("steps between classes (-want +got):\n%s", d)
	}
	if _, err := States(sys, g, Options{Project: []string{"Nothing"}}); err == nil || !strings.Contains(err.Error(), "Nothing") {
		t.Errorf("got %v, want the unknown variable to be named", err)
	}
}

func TestDepth(t *testing.T) {
	sys := doors(t)
	cut := explore(t, sys, checker.Config{MaxDepth: 2})
	p := draw(t, sys, cut, Options{})
	golden(t, "depth.dot", p)
	for i, n := range p.Nodes {
		if n.Cut != cut.Cut[i] {
			t.Errorf("node %d: got cut %v, want %v", i, n.Cut, cut.Cut[i])
		}
		if n.Cut && (n.Deadlock || n.Terminal) {
			t.Errorf("node %d, whose successors are missing, is taken for an end", i)
		}
	}
	whole := explore(t, sys, checker.Config{})
	if got := draw(t, sys, whole, Options{Depth: 2}); len(got.Nodes) != len(cut.Nodes) {
		t.Errorf("got %d nodes of the whole graph, want the %d that the depth limit leaves", len(got.Nodes), len(cut.Nodes))
	}
}

func TestTooLarge(t *testing.T) {
	sys := doors(t)
	g := explore(t, sys, checker.Config{})
	whole := draw(t, sys, g, Options{})
	seen := draw(t, sys, g, Options{Project: []string{"Asked"}})
	for _, c := range []struct {
		opt   Options
		parts string
		count int
	}{
		{Options{MaxNodes: 2}, "nodes", len(whole.Nodes)},
		{Options{MaxNodes: 2, Project: []string{"Asked"}}, "nodes", len(seen.Nodes)},
		{Options{MaxEdges: 2}, "edges", len(whole.Edges)},
		{Options{MaxEdges: 2, Project: []string{"Asked"}}, "edges", len(seen.Edges)},
	} {
		var large *TooLargeError
		if _, err := States(sys, g, c.opt); !errors.As(err, &large) || *large != (TooLargeError{c.parts, c.count, 2}) {
			t.Errorf("%+v: got %v, want a refusal of %d %s", c.opt, err, c.count, c.parts)
		}
	}
	if _, err := States(sys, g, Options{MaxNodes: len(whole.Nodes), MaxEdges: len(whole.Edges)}); err != nil {
		t.Errorf("a picture of exactly the size allowed is refused: %v", err)
	}
}

func TestRun(t *testing.T) {
	sys := doors(t)
	res, err := checker.Check(t.Context(), sys, checker.Config{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range res.Properties {
		if f.Property.Name != "Single" {
			continue
		}
		p := Run(f.Trace, "Single", true)
		golden(t, "run.dot", p)
		if len(p.Nodes) != len(f.Trace.Steps) || len(p.Edges) != len(f.Trace.Steps)-1 {
			t.Errorf("got %d nodes and %d edges of a run of %d states", len(p.Nodes), len(p.Edges), len(f.Trace.Steps))
		}
		return
	}
	t.Error("Single has no finding")
}

// TestRunShapes draws a run that comes back to a state, one that loops, and one that ends in a fault.
func TestRunShapes(t *testing.T) {
	at := func(action string, n int64) model.TraceStep {
		return model.TraceStep{Step: model.StepText{Action: action}, State: []model.Binding{{Name: "n", Value: model.Int(n)}}}
	}
	start := at("", 0)
	back := Run(&model.Trace{Loop: -1, Steps: []model.TraceStep{start, at("Up", 1), at("Down", 0), at("Jump", 1)}}, "P", false)
	if len(back.Nodes) != 2 || len(back.Edges) != 2 || !slices.Equal(back.Edges[0].Labels, []string{"Up", "Jump"}) {
		t.Errorf("a run that comes back: got %+v", back)
	}
	loop := Run(&model.Trace{Loop: 1, Steps: []model.TraceStep{start, at("Up", 1), at("Up", 2)}}, "P", true)
	if len(loop.Edges) != 3 || loop.Edges[2].From != 2 || loop.Edges[2].To != 1 || !loop.Edges[2].Bad {
		t.Errorf("a run that loops: got %+v", loop.Edges)
	}
	faulty := Run(&model.Trace{Loop: -1, Steps: []model.TraceStep{start, {Step: model.StepText{Action: "Div"}}}}, "fault", true)
	if len(faulty.Nodes) != 2 || faulty.Nodes[1].Fault == "" {
		t.Errorf("a run that ends in a fault: got %+v", faulty.Nodes)
	}
	if p := Run(&model.Trace{Loop: -1}, "P", true); len(p.Nodes) != 0 {
		t.Errorf("an empty run: got %+v", p)
	}
}

func TestHostileText(t *testing.T) {
	p := &Picture{
		Title: "a \"quoted\" \\ title\nwith a line", Notes: []string{`\l \N \`},
		Nodes: []Node{{Lines: []string{`"];evil`, "<b>", "ünïcode", `end\`}}, {Fault: `"`}},
		Edges: []Edge{{From: 0, To: 1, Labels: []string{`\`, `"`, "{a|b}", "x", "y", "z"}}},
	}
	golden(t, "hostile.dot", p)
}

func TestLongValues(t *testing.T) {
	v := model.Value{Shape: model.Map}
	for i := range 20 {
		v.Elems = append(v.Elems, model.Elem{Key: fmt.Sprint(i), Value: model.Text("running")})
	}
	lines := written("world", v)
	if len(lines) < 3 {
		t.Errorf("got %d lines, want a long map to be parted", len(lines))
	}
	whole := ""
	for i, l := range lines {
		if len(l) > widest {
			t.Errorf("line %q has %d characters, want at most %d", l, len(l), widest)
		}
		if i > 0 {
			l = strings.TrimLeft(l, " ")
		}
		whole += l
	}
	if want := "world = " + v.String(); whole != want {
		t.Errorf("the lines make %q, want %q", whole, want)
	}
}
