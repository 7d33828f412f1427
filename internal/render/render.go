// Package render turns Graphviz DOT text into pictures, in process: no Graphviz need be installed.
//
// The layout is done by Graphviz itself, in the WebAssembly build that github.com/goccy/go-graphviz carries. That module
// compiles its WebAssembly when it is imported, which would cost every start of a program from 70 to 700 ms, and it keeps
// the machine code in a folder of a fixed name in the temporary directory, from where any user of the machine could have
// it replaced. So the same file stands here (a test compares the two), and is compiled when the first picture is asked for.
//
// Graphviz draws SVG. PNG is drawn from that SVG by this package, with the Go fonts.
package render

import (
	"context"
	"fmt"
)

// SVG lays out a DOT graph and draws it.
func SVG(ctx context.Context, dot []byte) ([]byte, error) {
	g, err := newGraphviz(ctx)
	if err != nil {
		return nil, fmt.Errorf("graphviz does not start: %w", err)
	}
	defer g.close(ctx)
	return g.render(ctx, dot, "svg")
}

// PNG lays out a DOT graph and draws it with the given number of pixels a point; 2 is legible on most screens. A picture
// of more than 100 million pixels is refused.
func PNG(ctx context.Context, dot []byte, scale float64) ([]byte, error) {
	text, err := SVG(ctx, dot)
	if err != nil {
		return nil, err
	}
	return Paint(text, scale)
}

// Paint draws SVG as PNG, as far as Graphviz and package sequence write it; style sheets have no effect.
func Paint(text []byte, scale float64) ([]byte, error) {
	picture, err := parseSVG(text)
	if err != nil {
		return nil, fmt.Errorf("reading the drawing: %w", err)
	}
	return picture.png(scale)
}
