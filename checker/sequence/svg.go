package sequence

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
)

// The measures of a drawing, in pixels; of text in columns of a font of fixed width, whose letters are three fifths as wide as high.
const (
	size       = 13.0           // of letters
	column     = size * 3 / 5   //
	line       = 19.0           // from one line to the next
	margin     = 24.0           // around all
	gap        = 28.0           // between lanes
	inside     = 10.0           // between the frame of a box and its text
	between    = 18.0           // between rows
	widest     = 46             // columns of a line, at most
	arrow      = 7.0            // the length of an arrow's head
	widestHead = 34             // of the head of a row
	least      = 18             // columns of a lane, at least
	rise       = line*0.5 + 4.5 // from the middle of a line to below its text
)

// ink is a colour on light and on dark ground.
type ink struct{ class, light, dark string }

var (
	ground   = ink{"ground", "#ffffff", "#0d1117"}
	plain    = ink{"plain", "#1f2328", "#e6edf3"}
	faint    = ink{"faint", "#656d76", "#8d96a0"}
	rule     = ink{"rule", "#8c959f", "#6e7681"}
	box      = ink{"box", "#f6f8fa", "#161b22"}
	frame    = ink{"frame", "#d0d7de", "#30363d"}
	header   = ink{"header", "#ddf4ff", "#12304e"}
	edge     = ink{"edge", "#54aeff", "#316dca"}
	marking  = ink{"marking", "#ffebe9", "#4a1a1e"}
	marked   = ink{"marked", "#a40e26", "#ffaba8"}
	remark   = ink{"remark", "#7d4e00", "#e3b341"}
	noInk    = ink{"none", "none", "none"}
	allInks  = []ink{ground, plain, faint, rule, box, frame, header, edge, marking, marked, remark}
	fontName = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
)

// canvas collects what is drawn, from the ground up.
type canvas struct{ strings.Builder }

func (c *canvas) rect(x, y, w, h float64, fill, stroke ink, dashed bool) {
	dashes := ""
	if dashed {
		dashes = ` stroke-dasharray="4,3"`
	}
	fmt.Fprintf(c, `<rect class="f-%s s-%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="4" fill="%s" stroke="%s"%s/>`+"\n",
		fill.class, stroke.class, x, y, w, h, fill.light, stroke.light, dashes)
}

// path draws lines between points.
func (c *canvas) path(stroke ink, dashed bool, points ...float64) {
	dashes := ""
	if dashed {
		dashes = ` stroke-dasharray="4,3"`
	}
	fmt.Fprintf(c, `<polyline class="s-%s" fill="none" stroke="%s" stroke-width="1.2"%s points="`, stroke.class, stroke.light, dashes)
	for i := 0; i < len(points); i += 2 {
		if i > 0 {
			c.WriteByte(' ')
		}
		fmt.Fprintf(c, "%.1f,%.1f", points[i], points[i+1])
	}
	c.WriteString(`"/>` + "\n")
}

// head draws the head of an arrow that ends at x, y and comes from the left, or from the right.
func (c *canvas) head(x, y float64, left bool) {
	back := x - arrow
	if !left {
		back = x + arrow
	}
	fmt.Fprintf(c, `<polygon class="f-%s" fill="%s" stroke="none" points="%.1f,%.1f %.1f,%.1f %.1f,%.1f"/>`+"\n",
		plain.class, plain.light, x, y, back, y-arrow/2, back, y+arrow/2)
}

// write writes text whose line has its middle at y. Spaces in front move it.
func (c *canvas) write(x, y float64, anchor string, color ink, bold bool, text string) {
	if anchor == "start" {
		rest := strings.TrimLeft(text, " ")
		x += column * float64(len(text)-len(rest))
		text = rest
	}
	weight := ""
	if bold {
		weight = ` font-weight="bold"`
	}
	fmt.Fprintf(c, `<text class="f-%s" x="%.1f" y="%.1f" text-anchor="%s" fill="%s" font-size="%.0f"%s>`, color.class, x, y+size*0.35, anchor, color.light, size, weight)
	xml.EscapeText(c, []byte(text))
	c.WriteString("</text>\n")
}

// layout is where the parts of a diagram are.
type layout struct {
	*Diagram
	canvas
	heads float64   // the right end of the heads of rows
	left  []float64 // of each lane
	wide  []float64
	loop  float64 // what the arrow of a loop takes on the right
	y     float64 // down to where it is drawn
	tops  []float64
}

// WriteSVG writes the diagram as a picture. It has colours for light and for dark ground, between which the viewer's preference chooses.
func (d *Diagram) WriteSVG(w io.Writer) error {
	l := &layout{Diagram: d, y: margin}
	l.measure()
	l.title()
	lifelines := l.y + line/2 + inside
	l.lanes()
	for i, r := range d.Rows {
		l.tops = append(l.tops, l.y)
		l.row(i, r)
	}
	l.again()
	width, height := math.Ceil(l.right()+l.loop+margin), math.Ceil(l.y+margin-between)
	var out canvas
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" font-family="%s" role="img">`+"\n",
		width, height, width, height, fontName)
	out.WriteString("<title>")
	xml.EscapeText(&out, []byte(clean(d.Title)))
	out.WriteString("</title>\n<style>@media (prefers-color-scheme: dark) {\n")
	for _, k := range allInks {
		fmt.Fprintf(&out, ".f-%s { fill: %s } .s-%s { stroke: %s }\n", k.class, k.dark, k.class, k.dark)
	}
	out.WriteString("}</style>\n")
	out.rect(0, 0, width, height, ground, noInk, false)
	for i := range l.left {
		out.path(rule, true, l.middle(i), lifelines, l.middle(i), l.y-between)
	}
	out.WriteString(l.String() + "</svg>\n")
	_, err := io.WriteString(w, out.String())
	return err
}

func (l *layout) middle(i int) float64 { return l.left[i] + l.wide[i]/2 }

func (l *layout) right() float64 { return l.left[len(l.left)-1] + l.wide[len(l.wide)-1] }

// measure finds out how wide the lanes are.
func (l *layout) measure() {
	longest := func(text string, most int) (n int) {
		for _, s := range wrap(text, most) {
			n = max(n, columns(s))
		}
		return n
	}
	heads := 0
	wide := make([]int, len(l.Lanes))
	for i, name := range l.Lanes {
		wide[i] = max(least, longest(name, widest))
	}
	across := 0
	for _, r := range l.Rows {
		heads = max(heads, longest(r.Head, widestHead), longest(r.Note, widestHead))
		for k, c := range r.Cells {
			n := 2*columns(c.Idle) + 4 // which stands to the right of the middle
			for _, s := range c.Lines {
				n = max(n, longest(s.Text, widest))
			}
			if len(r.Cells) == 1 {
				across = max(across, n)
			} else {
				wide[k] = max(wide[k], n)
			}
		}
	}
	l.heads = margin + column*float64(heads)
	x := l.heads + gap
	for _, n := range wide {
		l.left, l.wide = append(l.left, x), append(l.wide, column*float64(n)+2*inside)
		x += column*float64(n) + 2*inside + gap
	}
	need := column*float64(across) + 2*inside
	for _, n := range l.Notes { // and the title, which are written from one side to the other
		need = max(need, column*float64(min(columns(n), 2*widest))-(l.left[0]-margin))
	}
	need = max(need, column*float64(min(columns(l.Title), 2*widest))-(l.left[0]-margin))
	if more := need - (l.right() - l.left[0]); more > 0 {
		for i := range l.left {
			l.left[i] += more * float64(i) / float64(len(l.left))
			l.wide[i] += more / float64(len(l.left))
		}
	}
	if l.Loop >= 0 {
		l.loop = gap + column*float64(columns(forEver))
	}
}

const forEver = "for ever"

// page is how many columns there are from the left to the right.
func (l *layout) page() int { return int((l.right() - margin) / column) }

func (l *layout) title() {
	for _, s := range wrap(l.Title, l.page()) {
		l.write(margin, l.y+line/2, "start", plain, true, s)
		l.y += line
	}
	for _, n := range l.Notes {
		for _, s := range wrap(n, l.page()) {
			l.write(margin, l.y+line/2, "start", faint, false, s)
			l.y += line
		}
	}
	l.y += between
}

// lanes writes the names of the lanes.
func (l *layout) lanes() {
	high := 1
	for _, name := range l.Lanes {
		high = max(high, len(wrap(name, widest)))
	}
	h := line*float64(high) + inside
	for i, name := range l.Lanes {
		l.rect(l.left[i], l.y, l.wide[i], h, header, edge, false)
		for k, s := range wrap(name, widest) {
			l.write(l.middle(i), l.y+inside/2+line*(float64(k)+0.5), "middle", plain, true, s)
		}
	}
	l.y += h + between
}

// row draws a row: its head at an arrow to the lanes that take the step, and a box in each lane below it.
func (l *layout) row(i int, r Row) {
	y := l.y + line/2
	text := y
	for k, s := range wrap(r.Head, widestHead) {
		if k > 0 {
			text += line
		}
		l.write(margin, text, "start", plain, true, s)
	}
	if r.Note != "" {
		for _, s := range wrap(r.Note, widestHead) {
			text += line
			l.write(margin, text, "start", remark, false, s)
		}
	}
	if i > 0 && i < l.Steps {
		l.arrows(r, y)
	}
	top := l.y
	if i > 0 && i < l.Steps {
		top += rise + 2
	}
	bottom := text + line/2
	if len(r.Cells) == 1 {
		bottom = max(bottom, l.cell(r.Cells[0], l.left[0], l.right()-l.left[0], top))
	} else {
		for k, c := range r.Cells {
			bottom = max(bottom, l.cell(c, l.left[k], l.wide[k], top))
		}
	}
	l.y = bottom + between
}

// arrows draws the arrow of a step, with a head at each lane that takes it and a cross where it says why not.
func (l *layout) arrows(r Row, y float64) {
	from := margin + column*float64(columns(wrap(r.Head, widestHead)[0])+1)
	for k := range l.Lanes {
		c := r.Cells[min(k, len(r.Cells)-1)]
		x := l.middle(k)
		switch {
		case c.Taken:
			l.path(plain, false, from, y, x-1, y)
			l.canvas.head(x-1, y, true)
			from = x
		case c.Idle != "":
			l.path(rule, true, from, y, x-arrow, y)
			l.path(remark, false, x-arrow/2, y-arrow/2, x+arrow/2, y+arrow/2)
			l.path(remark, false, x-arrow/2, y+arrow/2, x+arrow/2, y-arrow/2)
			l.write(x+arrow, y, "start", remark, false, c.Idle)
			from = x + column*float64(columns(c.Idle)+2)
		}
	}
}

// cell draws a box from top on, and gives where it ends.
func (l *layout) cell(c Cell, x, w, top float64) float64 {
	lines := 0
	most := min(widest, int((w-2*inside)/column+0.01))
	if x == l.left[0] && w > l.wide[0] { // over all lanes
		most = int((w-2*inside)/column + 0.01)
	}
	for _, s := range c.Lines {
		lines += len(wrap(s.Text, most))
	}
	if lines == 0 {
		return top
	}
	h := line*float64(lines) + inside
	l.rect(x, top, w, h, box, frame, !c.Taken && c.Idle != "")
	y := top + inside/2 + line/2
	for _, s := range c.Lines {
		color := plain
		parts := wrap(s.Text, most)
		switch {
		case s.Marked:
			color = marked
			l.rect(x+inside/2, y-line/2+1, w-inside, line*float64(len(parts))-2, marking, noInk, false)
		case s.Faint:
			color = faint
		}
		for _, p := range parts {
			l.write(x+inside, y, "start", color, false, p)
			y += line
		}
	}
	return top + h
}

// again draws the way back from the last step to the one that follows it.
func (l *layout) again() {
	if l.Loop < 0 || l.Loop >= len(l.tops) {
		return
	}
	x := l.right()
	from, to := l.y-between-inside, l.tops[l.Loop]+line/2
	if l.Steps < len(l.tops) {
		from = l.tops[l.Steps] - between - inside
	}
	l.path(plain, false, x+2, from, x+gap/2, from, x+gap/2, to, x+2, to)
	l.canvas.head(x+2, to, false)
	l.write(x+gap/2+8, (from+to)/2, "start", plain, true, forEver)
}
