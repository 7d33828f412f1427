// Package dot draws state graphs and runs in the DOT language of Graphviz.
//
// States gives the picture of a state graph that checker.Explore made, whole or focused on some of it; Run gives that of
// one run. A Picture is plain data, which a program may change before it writes it.
package dot

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/emicklei/dot"
)

// Picture is a drawing of states and the steps between them.
type Picture struct {
	Title string   // above the drawing
	Notes []string // below the title, smaller
	Nodes []Node
	Edges []Edge
}

// Node is a state, or a class of states that look the same.
type Node struct {
	Lines    []string // what is written in it
	Initial  bool     // a run may start here
	Terminal bool     // the system accepts it as an end
	Deadlock bool     // it has no successor, and is not Terminal
	Breaks   []string // names of the properties that are false here
	Focus    bool     // one of the states that were asked for
	Cut      bool     // it has successors that are not in the picture, since the search did not go on from it
	Fault    string   // of a node that stands for no state, but for a step that failed: why
}

// Edge is every step from one node to another. From and To are indices of Nodes.
type Edge struct {
	From, To int
	Labels   []string
	Path     bool // part of the run that the picture shows
	Bad      bool // a step that breaks a property
	Back     bool // it does not lead away from the initial states, and should not push To below From
}

// mostLabels is how many labels an edge shows; the rest is counted.
const mostLabels = 4

// Write writes the picture as DOT.
func (p *Picture) Write(w io.Writer) error {
	g := dot.NewGraph(dot.Directed)
	g.Attr("fontname", font)
	g.Attr("rankdir", "TB")
	g.Attr("nodesep", "0.35")
	g.Attr("ranksep", "0.6")
	if p.Title != "" {
		g.Attr("label", dot.Literal(quoted(append([]string{p.Title}, p.Notes...), `\n`)))
		g.Attr("labelloc", "t")
	}
	nodes := make([]dot.Node, len(p.Nodes))
	for i, n := range p.Nodes {
		// The name sorts as the number does, so that the text keeps the order of the nodes.
		nodes[i] = g.Node(fmt.Sprintf("s%08d", i))
		n.paint(nodes[i])
		if n.Initial {
			start := g.Node(fmt.Sprintf("start%08d", i))
			start.Attr("shape", "point").Attr("width", "0.12").Attr("label", "")
			g.Edge(start, nodes[i])
		}
	}
	for _, e := range p.Edges {
		e.paint(g.Edge(nodes[e.From], nodes[e.To]))
	}
	_, err := io.WriteString(w, g.String())
	return err
}

const font = "Helvetica"

// The colours, by what they mean.
const (
	plainFill    = "#f6f8fa"
	plainLine    = "#57606a"
	badFill      = "#ffd7d5"
	badLine      = "#cf222e"
	terminalFill = "#dafbe1"
	focusFill    = "#fff8c5"
	pathLine     = "#0969da"
)

func (n Node) paint(to dot.Node) {
	fill, line, width := plainFill, plainLine, "1"
	switch {
	case len(n.Breaks) > 0 || n.Deadlock || n.Fault != "":
		fill, line, width = badFill, badLine, "2"
	case n.Focus:
		fill = focusFill
	case n.Terminal:
		fill = terminalFill
	}
	lines := slices.Clone(n.Lines)
	if n.Deadlock {
		lines = append(lines, "deadlock")
	}
	for _, name := range n.Breaks {
		lines = append(lines, "breaks "+name)
	}
	if n.Fault != "" {
		lines = append(lines, "fault: "+n.Fault)
	}
	style := "rounded,filled"
	if n.Cut {
		style += ",dashed"
	}
	to.Attr("shape", "box").Attr("style", style).Attr("fontname", font).Attr("fontsize", "11")
	to.Attr("fillcolor", fill).Attr("color", line).Attr("penwidth", width).Attr("margin", "0.12,0.06")
	to.Attr("label", dot.Literal(quoted(lines, `\l`)))
	if n.Terminal {
		to.Attr("peripheries", "2")
	}
}

func (e Edge) paint(to dot.Edge) {
	line, width := plainLine, "1"
	switch {
	case e.Bad:
		line, width = badLine, "2"
	case e.Path:
		line, width = pathLine, "2"
	}
	labels := e.Labels
	if more := len(labels) - mostLabels; more > 1 {
		labels = append(slices.Clone(labels[:mostLabels]), fmt.Sprintf("and %d more", more))
	}
	to.Attr("color", line).Attr("penwidth", width).Attr("fontname", font).Attr("fontsize", "10").Attr("fontcolor", line)
	if e.Back {
		to.Attr("constraint", "false")
	}
	if len(labels) > 0 {
		// A space keeps the words off the line.
		apart := make([]string, len(labels))
		for i, text := range labels {
			apart[i] = " " + text
		}
		to.Attr("label", dot.Literal(quoted(apart, `\l`)))
	}
}

// quoted makes a DOT string of lines, each ended by the mark that aligns it.
func quoted(lines []string, end string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, line := range lines {
		for _, r := range line {
			switch {
			case r == '"' || r == '\\':
				b.WriteByte('\\')
				b.WriteRune(r)
			case r < ' ':
				b.WriteByte(' ')
			default:
				b.WriteRune(r)
			}
		}
		if end == `\l` || i < len(lines)-1 {
			b.WriteString(end)
		}
	}
	b.WriteByte('"')
	return b.String()
}
