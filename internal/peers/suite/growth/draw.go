package main

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	width  = 20 * vg.Centimeter
	height = 9 * vg.Centimeter
)

var (
	ink   = color.RGBA{R: 0x1f, G: 0x5f, B: 0xa8, A: 0xff}
	faint = color.RGBA{R: 0xdd, G: 0xdd, B: 0xdd, A: 0xff}
	guide = color.RGBA{R: 0xc8, G: 0x5a, B: 0x1e, A: 0xff}
)

// picture draws time on the left and memory on the right, both against states on logarithmic axes, where growth in
// proportion is a line of slope one.
func picture(points []point, file string) error {
	seconds, err := panel(points, "time, seconds of CPU", point.seconds)
	if err != nil {
		return err
	}
	mib, err := panel(points, "memory, MiB at the peak", point.mib)
	if err != nil {
		return err
	}
	canvas, err := draw.NewFormattedCanvas(width, height, strings.TrimPrefix(filepath.Ext(file), "."))
	if err != nil {
		return err
	}
	c := draw.New(canvas)
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	tiles := draw.Tiles{Rows: 1, Cols: 2, PadX: vg.Points(18), PadTop: vg.Points(10), PadBottom: vg.Points(6), PadLeft: vg.Points(6), PadRight: vg.Points(10)}
	plots := [][]*plot.Plot{{seconds, mib}}
	for i, tile := range plot.Align(plots, tiles, c)[0] {
		plots[0][i].Draw(tile)
	}
	var out bytes.Buffer
	if _, err := canvas.WriteTo(&out); err != nil {
		return err
	}
	// Whoever looks at an SVG need not have the font.
	text := bytes.ReplaceAll(out.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,sans-serif;"))
	return os.WriteFile(file, text, 0o644)
}

func panel(points []point, unit string, figure func(point) float64) (*plot.Plot, error) {
	p := plot.New()
	for _, style := range []*draw.TextStyle{&p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.Legend.TextStyle} {
		style.Font.Variant, style.Font.Size = "Sans", vg.Points(10)
	}
	for _, style := range []*draw.TextStyle{&p.X.Tick.Label, &p.Y.Tick.Label} {
		style.Font.Variant, style.Font.Size = "Sans", vg.Points(9)
	}
	p.X.Label.Padding, p.Y.Label.Padding = vg.Points(4), vg.Points(4)
	p.X.Label.Text = "distinct states"
	p.Y.Label.Text = unit
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = decades{}, decades{}
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = faint, faint
	p.Add(grid)

	var measured plotter.XYs
	for _, q := range points {
		measured = append(measured, plotter.XY{X: q.states(), Y: figure(q)})
	}
	// The guide is a straight line from the first point to the last; on logarithmic axes it is bent by what start-up takes.
	first, last := measured[0], measured[len(measured)-1]
	low, high := math.Inf(1), 0.0
	for _, m := range measured {
		low, high = min(low, m.Y), max(high, m.Y)
	}
	var straight plotter.XYs
	for i := range 101 {
		x := first.X * math.Pow(last.X/first.X, float64(i)/100)
		straight = append(straight, plotter.XY{X: x, Y: first.Y + (last.Y-first.Y)*(x-first.X)/(last.X-first.X)})
	}
	linear, err := plotter.NewLine(straight)
	if err != nil {
		return nil, err
	}
	linear.Color, linear.Width, linear.Dashes = guide, vg.Points(1.2), []vg.Length{vg.Points(5), vg.Points(3)}
	line, dots, err := plotter.NewLinePoints(measured)
	if err != nil {
		return nil, err
	}
	line.Color, line.Width = ink, vg.Points(1.2)
	dots.Shape, dots.Color, dots.Radius = draw.CircleGlyph{}, ink, vg.Points(2.5)
	p.Add(line, dots, linear)
	p.Legend.Add("measured", line, dots)
	p.Legend.Add("linear", linear)
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.XOffs, p.Legend.YOffs = vg.Points(8), -vg.Points(8)

	p.X.Min, p.X.Max = floor(first.X), ceiling(last.X)
	p.Y.Min, p.Y.Max = floor(low), ceiling(high)
	return p, nil
}

func floor(x float64) float64   { return math.Pow(10, math.Floor(math.Log10(x))) }
func ceiling(x float64) float64 { return math.Pow(10, math.Ceil(math.Log10(x))) }

// decades marks the powers of ten with their names and what lies between without.
type decades struct{}

func (decades) Ticks(low, high float64) []plot.Tick {
	var out []plot.Tick
	for v := floor(low); v <= high*1.0001; v *= 10 {
		out = append(out, plot.Tick{Value: v, Label: power(v)})
		for k := 2.0; k < 10 && v*k <= high; k++ {
			out = append(out, plot.Tick{Value: v * k})
		}
	}
	return out
}

// power writes a power of ten: those that are short as they are, the others as 10⁶.
func power(v float64) string {
	e := int(math.Round(math.Log10(v)))
	if e >= -3 && e <= 3 {
		return fmt.Sprintf("%g", math.Pow(10, float64(e)))
	}
	raised := strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹", "-", "⁻")
	return "10" + raised.Replace(fmt.Sprint(e))
}
