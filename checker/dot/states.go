package dot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
)

// DefaultNodes and DefaultEdges are how many nodes and edges a picture may have unless Options says otherwise. Beyond them,
// nobody sees anything.
const (
	DefaultNodes = 2000
	DefaultEdges = 10_000
)

// Options choose what of a state graph is drawn. The zero value draws all of it.
type Options struct {
	// Around keeps the states where it is true and those within Depth steps of them, forwards or backwards.
	Around func(model.State) (bool, *model.Fault)
	// Depth is, with Around, the number of steps, of which 0 means 1; otherwise the number of steps from the initial
	// states, of which 0 means no limit.
	Depth int
	// Project names variables: states that agree on them are drawn as one node, and steps between such states are left
	// out.
	Project []string
	// MaxNodes and MaxEdges are the most nodes and edges that a picture may have, those of faults not counted among the nodes;
	// 0 means DefaultNodes and DefaultEdges.
	MaxNodes, MaxEdges int
}

// TooLargeError says that a picture would have more nodes or edges than allowed.
type TooLargeError struct {
	Parts        string // "nodes" or "edges"
	Count, Limit int
}

// Error gives both numbers.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the picture would have %d %s, want at most %d", e.Count, e.Parts, e.Limit)
}

// States draws the state graph of a system, which checker.Explore made of it. A graph that Explore cut short is drawn as
// far as it goes, with a note and dashed lines around states whose successors are missing. The error is a *TooLargeError, a
// *model.Fault of Options.Around, or tells of a variable that the system does not have.
func States(sys model.System, g *checker.Graph, opt Options) (*Picture, error) {
	d := &drawing{info: sys.Info(), runner: sys.NewRunner(), g: g, opt: opt}
	if err := d.choose(); err != nil {
		return nil, err
	}
	if err := d.classify(); err != nil {
		return nil, err
	}
	d.judge()
	if err := d.connect(); err != nil {
		return nil, err
	}
	d.caption()
	return &d.picture, nil
}

// drawing is a picture being made.
type drawing struct {
	info    *model.Info
	runner  model.Runner
	g       *checker.Graph
	opt     Options
	picture Picture

	chosen []int          // the states to draw, ascending
	near   []int          // by node: the least distance of one of its states from an initial state
	focus  []bool         // by state: Around is true in it; nil without Around
	class  []int          // by state: its node, or -1
	faults map[string]int // the node of each fault
}

// choose finds the states to draw.
func (d *drawing) choose() error {
	if d.opt.Around != nil {
		return d.chooseAround()
	}
	for i := range d.g.Nodes {
		if d.opt.Depth <= 0 || d.g.Depth[i] <= d.opt.Depth {
			d.chosen = append(d.chosen, i)
		}
	}
	return nil
}

// chooseAround takes the states where Around is true, and follows steps from them in both directions.
func (d *drawing) chooseAround() error {
	limit := max(d.opt.Depth, 1)
	far := make([]int, len(d.g.Nodes)) // steps from a state where Around is true; -1 is not reached
	d.focus = make([]bool, len(d.g.Nodes))
	beside := make([][]int, len(d.g.Nodes))
	for i, s := range d.g.Nodes {
		far[i] = -1
		yes, fault := d.opt.Around(s)
		if fault != nil {
			return fault
		}
		if yes {
			d.focus[i], far[i] = true, 0
			d.chosen = append(d.chosen, i)
		}
		for _, e := range d.g.Edges[i] {
			if e.To >= 0 {
				beside[i] = append(beside[i], e.To)
				beside[e.To] = append(beside[e.To], i)
			}
		}
	}
	for head := 0; head < len(d.chosen); head++ {
		i := d.chosen[head]
		if far[i] == limit {
			continue
		}
		for _, j := range beside[i] {
			if far[j] < 0 {
				far[j] = far[i] + 1
				d.chosen = append(d.chosen, j)
			}
		}
	}
	slices.Sort(d.chosen)
	return nil
}

// classify makes a node of each chosen state or, with Project, of the states that agree on some variables.
func (d *drawing) classify() error {
	limit := d.opt.MaxNodes
	if limit <= 0 {
		limit = DefaultNodes
	}
	if len(d.opt.Project) == 0 && len(d.chosen) > limit {
		return &TooLargeError{"nodes", len(d.chosen), limit}
	}
	d.class = make([]int, len(d.g.Nodes))
	for i := range d.class {
		d.class[i] = -1
	}
	var keep []int
	var shown [][]model.Binding
	known := map[string]int{}
	for k, i := range d.chosen {
		values := d.runner.Render(d.g.Nodes[i])
		if k == 0 {
			var err error
			if keep, err = columns(values, d.opt.Project); err != nil {
				return err
			}
		}
		if keep == nil {
			d.class[i] = len(shown)
			shown = append(shown, values)
			continue
		}
		var some []model.Binding
		var key strings.Builder
		for _, c := range keep {
			some = append(some, values[c])
			// Lengths part the values, so that no two lists of them give one key.
			text := values[c].Value.String()
			fmt.Fprintf(&key, "%d:%s", len(text), text)
		}
		node, ok := known[key.String()]
		if !ok {
			node = len(shown)
			known[key.String()] = node
			shown = append(shown, some)
		}
		d.class[i] = node
	}
	if len(shown) > limit {
		return &TooLargeError{"nodes", len(shown), limit}
	}
	d.near = make([]int, len(shown))
	for k := len(d.chosen) - 1; k >= 0; k-- { // distances ascend with the numbers of the states
		i := d.chosen[k]
		d.near[d.class[i]] = d.g.Depth[i]
	}
	lines, constant := labels(shown)
	d.picture.Nodes = make([]Node, len(shown))
	for i := range lines {
		d.picture.Nodes[i].Lines = lines[i]
	}
	if len(constant) > 0 {
		d.picture.Notes = append(d.picture.Notes, "in all of them: "+strings.Join(constant, ", "))
	}
	return nil
}

// columns gives the places of the variables that are projected on; nil for all.
func columns(values []model.Binding, names []string) ([]int, error) {
	var out []int
	for _, name := range names {
		at := slices.IndexFunc(values, func(b model.Binding) bool { return b.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("the system has no variable %q", name)
		}
		if !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	slices.Sort(out)
	return out, nil
}

// judge marks initial states, ends, deadlocks and states whose successors are missing, and the states in which a property is false.
func (d *drawing) judge() {
	for _, i := range d.g.Initial {
		if d.class[i] >= 0 {
			d.picture.Nodes[d.class[i]].Initial = true
		}
	}
	deadlock := slices.IndexFunc(d.info.Properties, func(p model.Property) bool { return p.Kind == model.Deadlock })
	for _, i := range d.chosen {
		n := &d.picture.Nodes[d.class[i]]
		n.Cut = n.Cut || d.g.Cut[i]
		n.Focus = n.Focus || d.focus != nil && d.focus[i]
		d.runner.Load(d.g.Nodes[i])
		for id, p := range d.info.Properties {
			if breaks(d.runner, model.PropertyID(id), p) && !slices.Contains(n.Breaks, p.Name) {
				n.Breaks = append(n.Breaks, p.Name)
			}
		}
		if len(d.g.Edges[i]) > 0 || d.g.Cut[i] {
			continue
		}
		if deadlock >= 0 {
			if end, fault := d.runner.Holds(model.PropertyID(deadlock)); !end && fault == nil {
				n.Deadlock = true
				continue
			}
		}
		n.Terminal = true
	}
}

// breaks tells whether an invariant or a bound is false in the loaded state. A fault is not a verdict.
func breaks(r model.Runner, id model.PropertyID, p model.Property) bool {
	switch p.Kind {
	case model.Invariant:
		ok, fault := r.Holds(id)
		return !ok && fault == nil
	case model.Bound:
		v, fault := r.Value(id)
		return fault == nil && (p.AtLeast && v < p.Limit || !p.AtLeast && v > p.Limit)
	default:
		return false
	}
}

// connect draws the steps between chosen states, and a node for each fault that a step from one of them meets. Steps are
// put into words only when it is known that there are not too many edges.
func (d *drawing) connect() error {
	d.faults = map[string]int{}
	edges := map[[2]int]int{}
	for _, i := range d.chosen {
		for _, e := range d.g.Edges[i] {
			ends, ok := d.ends(i, e)
			if _, known := edges[ends]; known || !ok {
				continue
			}
			edges[ends] = len(d.picture.Edges)
			back := e.Fault == nil && d.near[ends[1]] <= d.near[ends[0]]
			d.picture.Edges = append(d.picture.Edges, Edge{From: ends[0], To: ends[1], Back: back})
		}
	}
	limit := d.opt.MaxEdges
	if limit <= 0 {
		limit = DefaultEdges
	}
	if len(edges) > limit {
		return &TooLargeError{"edges", len(edges), limit}
	}
	labelled := map[edgeLabel]bool{}
	for _, i := range d.chosen {
		bad := d.badSteps(i)
		for _, e := range d.g.Edges[i] {
			ends, ok := d.ends(i, e)
			if !ok {
				continue
			}
			at := edges[ends]
			edge := &d.picture.Edges[at]
			edge.Bad = edge.Bad || bad[e.Label] || e.Fault != nil
			text := d.describe(i, e)
			if key := (edgeLabel{at, text}); !labelled[key] {
				labelled[key] = true
				edge.Labels = append(edge.Labels, text)
			}
		}
	}
	return nil
}

// ends gives the nodes that a step from a state is drawn between; false where it is not drawn.
func (d *drawing) ends(state int, e checker.Edge) (ends [2]int, drawn bool) {
	from, to := d.class[state], -1
	if e.Fault != nil {
		to = d.fault(e.Fault)
	} else {
		to = d.class[e.To]
	}
	return [2]int{from, to}, to >= 0 && (from != to || len(d.opt.Project) == 0)
}

type edgeLabel struct {
	edge int
	text string
}

// fault gives the node of a fault.
func (d *drawing) fault(f *model.Fault) int {
	node, ok := d.faults[f.Error()]
	if !ok {
		node = len(d.picture.Nodes)
		d.faults[f.Error()] = node
		d.picture.Nodes = append(d.picture.Nodes, Node{Fault: f.Error()})
	}
	return node
}

// describe names a step; between classes of states, where the arguments differ from state to state, by its action alone.
func (d *drawing) describe(state int, e checker.Edge) string {
	if len(d.opt.Project) > 0 {
		return d.info.Actions[e.Label.Action].Name
	}
	return d.g.Describe(state, e).String()
}

// badSteps finds the steps from a state that break a property of steps.
func (d *drawing) badSteps(i int) map[model.Label]bool {
	var ids []model.PropertyID
	for id, p := range d.info.Properties {
		if p.Kind.OfSteps() {
			ids = append(ids, model.PropertyID(id))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	bad := map[model.Label]bool{}
	d.runner.Load(d.g.Nodes[i])
	d.runner.Next(func(l model.Label, t model.State, f *model.Fault) {
		if f != nil {
			return
		}
		for _, id := range ids {
			if p := d.info.Properties[id]; p.Kind == model.Ensures && p.Action != l.Action {
				continue
			}
			if ok, fault := d.runner.HoldsStep(id); !ok && fault == nil {
				bad[l] = true
			}
		}
	})
	return bad
}

func (d *drawing) caption() {
	p := &d.picture
	p.Title = d.info.Name
	if d.info.Config != "" {
		p.Title += " (" + d.info.Config + ")"
	}
	for i, c := range d.info.Constants {
		if i == 0 {
			p.Title += ": "
		} else {
			p.Title += ", "
		}
		p.Title += c.Name + " = " + c.Value.String()
	}
	what := fmt.Sprintf("%d of %d states", len(d.chosen), len(d.g.Nodes))
	if len(d.chosen) == len(d.g.Nodes) {
		what = fmt.Sprintf("%d states", len(d.chosen))
	}
	if len(d.opt.Project) > 0 {
		what += ", as seen through " + strings.Join(d.opt.Project, ", ")
	}
	if d.g.Partial != "" {
		what += ", " + d.g.Partial
	}
	p.Notes = append([]string{what}, p.Notes...)
}
