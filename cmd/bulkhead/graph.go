package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/checker/dot"
	"github.com/bulkheadlang/bulkhead/checker/sequence"
	"github.com/bulkheadlang/bulkhead/internal/render"
	"github.com/bulkheadlang/bulkhead/internal/report"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

// graphCommand draws the state graph of one model, or one run of it, as a graph or as a sequence diagram.
type graphCommand struct {
	Out       string            `short:"o" placeholder:"FILE" help:"Write to this file: DOT, SVG or PNG by its ending; of --sequence Mermaid (.mmd), SVG or PNG. Default: DOT or Mermaid on standard output."`
	Around    string            `placeholder:"EXPR" help:"Draw the states where this is true and their neighbours, up to --depth steps away (1)."`
	Depth     *int              `placeholder:"N" help:"Draw the states at most N steps from the initial ones or, with --around, from those it selects; 0 is those alone."`
	Trace     string            `placeholder:"PROPERTY" help:"Draw only the run that violates this property, reaches it or kills this mutant."`
	Sequence  string            `placeholder:"PROPERTY" help:"Draw that run as a sequence diagram: of a property about domains both runs of its experiment, side by side."`
	Project   []string          `placeholder:"VAR,…" help:"Draw states that agree on these variables as one."`
	MaxNodes  int               `placeholder:"N" default:"2000" help:"Refuse to draw more nodes than this (${default})."`
	MaxEdges  *int              `placeholder:"N" help:"Refuse to draw more edges than this (10000; of SVG and PNG, which are laid out, 1000)."`
	MaxStates int64             `placeholder:"N" default:"500000" help:"Refuse to look for what to draw among more states than this (${default})."`
	Timeout   time.Duration     `placeholder:"D" help:"Give up after this time, such as 90s; 0 is no limit."`
	Define    map[string]string `short:"D" placeholder:"NAME=VALUE" mapsep:"none" help:"Give a constant another value. May stand several times."`
	Config    string            `placeholder:"NAME" help:"Use the constants of a named configuration."`
	File      string            `arg:"" name:"file" help:"A model (.bh); - is standard input."`
}

// Validate refuses options that exclude each other; kong calls it.
func (c *graphCommand) Validate() error {
	if c.Trace != "" && c.Sequence != "" {
		return errors.New("got --trace and --sequence, want one of them: both draw one run")
	}
	if c.about() != "" && (c.Around != "" || c.Depth != nil || len(c.Project) > 0) {
		flag := "--trace"
		if c.Sequence != "" {
			flag = "--sequence"
		}
		return errors.New(flag + " draws one run, and cannot go with --around, --depth or --project")
	}
	if c.Depth != nil && *c.Depth < 0 {
		return fmt.Errorf("got --depth %d, want at least 0", *c.Depth)
	}
	if c.MaxNodes < 1 {
		return fmt.Errorf("got --max-nodes %d, want at least 1", c.MaxNodes)
	}
	if c.MaxEdges != nil && *c.MaxEdges < 1 {
		return fmt.Errorf("got --max-edges %d, want at least 1", *c.MaxEdges)
	}
	if c.MaxStates < 1 {
		return fmt.Errorf("got --max-states %d, want at least 1", c.MaxStates)
	}
	if c.Timeout < 0 {
		return fmt.Errorf("got --timeout %s, want more than 0", c.Timeout)
	}
	_, err := c.format()
	return err
}

// about gives the property or mutant whose run is to be drawn, or "".
func (c *graphCommand) about() string { return cmp.Or(c.Trace, c.Sequence) }

// format gives the kind of picture that the name of the output file asks for.
func (c *graphCommand) format() (string, error) {
	text, endings := "dot", []string{".dot", ".gv"}
	if c.Sequence != "" {
		text, endings = "mmd", []string{".mmd", ".mermaid"}
	}
	ext := strings.ToLower(filepath.Ext(c.Out))
	switch {
	case c.Out == "" || slices.Contains(endings, ext):
		return text, nil
	case ext == ".svg" || ext == ".png":
		return ext[1:], nil
	default:
		return "", fmt.Errorf("got -o %s, want a name that ends in .%s, .svg or .png", c.Out, text)
	}
}

func (c *graphCommand) run(ctx context.Context, t *terminal) (status, error) {
	ctx, cancel := timed(ctx, c.Timeout)
	defer cancel()
	program, err := loadOne(ctx, t, c.File, spec.Options{Config: c.Config, Define: c.Define})
	if err != nil {
		return stopped(t, err)
	}
	draw, short, err := c.picture(ctx, t, program)
	if err != nil {
		return wrong, err
	}
	if draw == nil {
		fmt.Fprintln(t.stderr, "bulkhead: "+short)
		return undecided, nil
	}
	data, err := unlessEnded(ctx, draw)
	if ctx.Err() != nil && err != nil {
		fmt.Fprintln(t.stderr, "bulkhead: "+unfinished(ctx))
		return undecided, nil
	}
	if err == nil {
		err = c.write(t, data)
	}
	if err != nil {
		return wrong, err
	}
	return holds, nil
}

func unfinished(ctx context.Context) string { return ended(ctx) + " before the picture was drawn" }

// picture gives what draws the picture in the format of the output file, or why there is none, where the search ended too early.
func (c *graphCommand) picture(ctx context.Context, t *terminal, program *spec.Program) (draw func() ([]byte, error), short string, err error) {
	var picture *dot.Picture
	if c.about() == "" {
		if picture, short, err = c.drawStates(ctx, t, program); picture == nil {
			return nil, short, err
		}
	} else {
		f, title, short, err := c.find(ctx, t, program)
		if f == nil {
			return nil, short, err
		}
		if c.Sequence != "" {
			return func() ([]byte, error) { return c.drawnSequence(sequence.Of(*f, title)) }, "", nil
		}
		picture = dot.Run(f.Trace, f.Property.Name, f.Verdict == checker.Violated)
		picture.Title = title + ": " + f.Property.Name + " " + string(f.Verdict)
	}
	return func() ([]byte, error) { return c.drawn(ctx, picture) }, "", nil
}

// find finds the run that a check of one property, or of a mutant, comes back with.
func (c *graphCommand) find(ctx context.Context, t *terminal, program *spec.Program) (found *checker.Finding, title, short string, err error) {
	sys, property, title, err := c.subject(program)
	if err != nil {
		return nil, "", "", err
	}
	cfg := checker.Config{Memory: defaultMemory(), Only: []string{property}, FailFast: true}
	res, err := watched(ctx, t, sys, cfg, title)
	if err == nil && overtaken(res, property) {
		cfg.FailFast = false
		res, err = watched(ctx, t, sys, cfg, title)
	}
	if err != nil {
		return nil, "", "", err
	}
	for _, f := range res.Properties {
		switch {
		case f.Property.Name != property:
		case f.Trace != nil:
			return &f, title, "", nil
		case f.Verdict == checker.Undecided:
			return nil, "", fmt.Sprintf("there is no run to draw: %s is undecided, %s", property, cmp.Or(res.Reason, f.Reason)), nil
		case f.Verdict == checker.Violated:
			return nil, "", "", fmt.Errorf("there is no run to draw: %s is never reached", property)
		}
	}
	return nil, "", "", fmt.Errorf("there is no run to draw: %s holds", property)
}

// subject finds what --trace or --sequence names: a property of the model, or a mutant and the property that it must break.
func (c *graphCommand) subject(program *spec.Program) (sys model.System, property, title string, err error) {
	title = program.Info().Name
	var names []string
	for _, p := range program.Info().Properties {
		if p.Name == c.about() {
			return program, p.Name, title, nil
		}
		names = append(names, p.Name)
	}
	for _, m := range program.Mutants() {
		if m.Name == c.about() {
			return m.System(), m.Breaks, title + ", mutant " + m.Name, nil
		}
		names = append(names, m.Name)
	}
	return nil, "", "", unknown("property", c.about(), names)
}

// drawStates draws the state graph. Without an option that focuses, the search ends as soon as there is too much to draw.
func (c *graphCommand) drawStates(ctx context.Context, t *terminal, program *spec.Program) (*dot.Picture, string, error) {
	opt := dot.Options{Project: c.Project, MaxNodes: c.MaxNodes, MaxEdges: c.mostEdges()}
	if c.Depth != nil {
		opt.Depth = *c.Depth
	}
	if err := c.knownVariables(program); err != nil {
		return nil, "", err
	}
	if c.Around != "" {
		around, err := program.Predicate(c.Around)
		if err != nil {
			return nil, "", fmt.Errorf("in --around: %w", err)
		}
		opt.Around = around
	}
	g, short, err := c.explore(ctx, program)
	if g == nil {
		return nil, short, err
	}
	picture, err := unlessEnded(ctx, func() (*dot.Picture, error) {
		if c.Depth != nil && *c.Depth == 0 {
			if err := c.alone(g, opt.Around); err != nil {
				return nil, err
			}
		}
		return dot.States(program, g, opt)
	})
	var large *dot.TooLargeError
	var fault *model.Fault
	switch {
	case errors.As(err, &large):
		return nil, "", fmt.Errorf("the picture would have %s %s, want at most %s; focus with a narrower --around, a smaller --depth or fewer variables in --project, or raise --max-%s",
			report.Number(int64(large.Count)), large.Parts, report.Number(int64(large.Limit)), large.Parts)
	case err != nil && ctx.Err() != nil:
		return nil, unfinished(ctx), nil
	case errors.As(err, &fault):
		return nil, "", fmt.Errorf("in --around: %w", err)
	case err != nil:
		return nil, "", err
	case len(picture.Nodes) == 0:
		return nil, "", errors.New("--around is true in no reachable state")
	}
	return picture, "", nil
}

// mostEdges is how many edges a picture may have. Graphviz takes ten seconds or so to lay a thousand of them out, and several
// times that for twice as many.
func (c *graphCommand) mostEdges() int {
	const laidOut = 1000
	if c.MaxEdges != nil {
		return *c.MaxEdges
	}
	if format, err := c.format(); err == nil && format != "dot" {
		return laidOut
	}
	return dot.DefaultEdges
}

// explore makes the state graph. Where all of it is to be drawn, it goes no further than can be drawn.
func (c *graphCommand) explore(ctx context.Context, program *spec.Program) (g *checker.Graph, short string, err error) {
	whole := c.Around == "" && len(c.Project) == 0
	cfg := checker.Config{MaxStates: c.MaxStates + 1}
	if whole {
		cfg.MaxStates = min(cfg.MaxStates, int64(c.MaxNodes)+1)
	}
	if c.Around == "" && c.Depth != nil {
		cfg.MaxDepth = max(*c.Depth, 1)
	}
	g, err = checker.Explore(ctx, program, cfg)
	switch {
	case err != nil:
		return nil, "", err
	case ctx.Err() != nil:
		return nil, "there is no picture: " + g.Partial, nil
	case whole && len(g.Nodes) > c.MaxNodes:
		return nil, "", fmt.Errorf("there are more than %s states to draw; focus with --around, --depth, --trace or --project, or raise --max-nodes",
			report.Number(int64(c.MaxNodes)))
	case int64(len(g.Nodes)) > c.MaxStates:
		return nil, "", fmt.Errorf("there are more than %s states to search; raise --max-states, or make the model smaller with -D",
			report.Number(c.MaxStates))
	}
	return g, "", nil
}

// alone keeps of a graph the initial states or, with --around, those where it is true, with the edges between them.
func (c *graphCommand) alone(g *checker.Graph, around func(model.State) (bool, *model.Fault)) error {
	number := make([]int, len(g.Nodes)) // the new one of a node, or -1
	kept := &checker.Graph{}
	for i, state := range g.Nodes {
		keep := g.Depth[i] == 0
		if around != nil {
			ok, fault := around(state)
			if fault != nil {
				return fault
			}
			keep = ok
		}
		number[i] = -1
		if keep {
			number[i] = len(kept.Nodes)
			kept.Nodes, kept.Depth = append(kept.Nodes, state), append(kept.Depth, g.Depth[i])
			kept.Edges, kept.Cut = append(kept.Edges, nil), append(kept.Cut, g.Cut[i])
		}
	}
	for i, n := range number {
		if n < 0 {
			continue
		}
		for _, e := range g.Edges[i] {
			switch {
			case e.To >= 0 && number[e.To] < 0:
				kept.Cut[n] = true
				continue
			case e.To >= 0:
				e.To = number[e.To]
			}
			kept.Edges[n] = append(kept.Edges[n], e)
		}
	}
	for _, i := range g.Initial {
		if number[i] >= 0 {
			kept.Initial = append(kept.Initial, number[i])
		}
	}
	if around == nil {
		g.Partial = "depth limit 0 reached"
	}
	g.Nodes, g.Depth, g.Edges, g.Cut, g.Initial = kept.Nodes, kept.Depth, kept.Edges, kept.Cut, kept.Initial
	return nil
}

func (c *graphCommand) knownVariables(program *spec.Program) error {
	for _, name := range c.Project {
		if known := program.Variables(); !slices.Contains(known, name) {
			return unknown("variable", name, known)
		}
	}
	return nil
}

// drawn gives the picture in the format of the output file.
func (c *graphCommand) drawn(ctx context.Context, picture *dot.Picture) ([]byte, error) {
	var text bytes.Buffer
	if err := picture.Write(&text); err != nil {
		return nil, err
	}
	data := text.Bytes()
	format, err := c.format()
	switch {
	case err != nil:
		return nil, err
	case format == "svg":
		data, err = render.SVG(ctx, data)
	case format == "png":
		data, err = render.PNG(ctx, data, pixelsPerPoint)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot draw the graph: %w", err)
	}
	return data, nil
}

const pixelsPerPoint = 2

// drawnSequence gives a sequence diagram in the format of the output file.
func (c *graphCommand) drawnSequence(d *sequence.Diagram) ([]byte, error) {
	format, err := c.format()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if format == "mmd" {
		err = d.WriteMermaid(&text)
	} else {
		err = d.WriteSVG(&text)
	}
	if err != nil || format != "png" {
		return text.Bytes(), err
	}
	return render.Paint(text.Bytes(), pixelsPerPoint)
}

// write writes the output file, or standard output.
func (c *graphCommand) write(t *terminal, data []byte) error {
	if c.Out == "" {
		_, err := t.stdout.Write(data)
		return err
	}
	err := os.WriteFile(c.Out, data, 0o666)
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("cannot write %s: %w", c.Out, path.Err)
	}
	return err
}
