package render

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/color"
	"io"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"
)

// picture is what Graphviz drew: shapes in the order of painting, in points, on a page that starts at (0, 0).
type picture struct {
	width, height float64
	shapes        []shape
}

type point struct{ x, y float64 }

// shape is an outline or a line of text.
type shape struct {
	fill, stroke color.Color // nil for none
	lineWidth    float64
	dashes       []float64

	points []point // the corners of an outline or, with curved, a start and then three points for each Bézier curve
	curved bool
	closed bool

	center point // of an ellipse
	rx, ry float64

	text   string
	anchor string // where the text's point is: "start", "middle" or "end"
	size   float64
	bold   bool
}

// parseSVG reads the part of SVG that Graphviz writes: polygons, polylines, ellipses, paths of cubic curves, and text, in
// groups of which the outermost is moved; and rectangles, whose corners it does not round.
func parseSVG(text []byte) (*picture, error) {
	p := &picture{}
	var origin point
	dec := xml.NewDecoder(bytes.NewReader(text))
	dec.Entity = xml.HTMLEntity
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil {
			return nil, err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		a := attributes(start)
		switch start.Name.Local {
		case "svg":
			box := numbers(a["viewBox"])
			if len(box) != 4 {
				return nil, fmt.Errorf("got viewBox %q, want four numbers", a["viewBox"])
			}
			p.width, p.height = box[2], box[3]
		case "g":
			if _, move, found := strings.Cut(a["transform"], "translate("); found {
				by := numbers(strings.TrimSuffix(move, ")"))
				if len(by) == 2 {
					origin = point{by[0], by[1]}
				}
			}
		case "polygon", "polyline", "path", "ellipse", "rect":
			s, err := outline(start.Name.Local, a, origin)
			if err != nil {
				return nil, err
			}
			p.shapes = append(p.shapes, s)
		case "text":
			var content string
			if err := dec.DecodeElement(&content, &start); err != nil {
				return nil, err
			}
			s := paint(a)
			if a["fill"] == "" {
				s.fill = color.Black
			}
			s.text, s.anchor, s.bold = content, a["text-anchor"], a["font-weight"] == "bold"
			s.size = number(a["font-size"], 14)
			s.center = point{number(a["x"], 0) + origin.x, number(a["y"], 0) + origin.y}
			p.shapes = append(p.shapes, s)
		}
	}
}

func attributes(e xml.StartElement) map[string]string {
	out := map[string]string{}
	for _, a := range e.Attr {
		out[a.Name.Local] = a.Value
	}
	return out
}

func outline(kind string, a map[string]string, origin point) (shape, error) {
	s := paint(a)
	var coords []float64
	switch kind {
	case "ellipse":
		s.center = point{number(a["cx"], 0) + origin.x, number(a["cy"], 0) + origin.y}
		s.rx, s.ry = number(a["rx"], 0), number(a["ry"], 0)
		return s, nil
	case "rect":
		x, y, w, h := number(a["x"], 0), number(a["y"], 0), number(a["width"], 0), number(a["height"], 0)
		coords, s.closed = []float64{x, y, x + w, y, x + w, y + h, x, y + h}, true
	case "path":
		s.curved = true
		d := a["d"]
		if strings.Trim(d, "MC0123456789.,-+e \n") != "" {
			return s, fmt.Errorf("got path %q, want only M and C", d)
		}
		coords = numbers(strings.NewReplacer("M", " ", "C", " ").Replace(d))
		if len(coords)%6 != 2 {
			return s, fmt.Errorf("got %d numbers in path %q, want 2 and then sixes", len(coords), d)
		}
		s.closed = s.fill != nil
	default:
		coords = numbers(a["points"])
		s.closed = kind == "polygon"
	}
	for i := 0; i+1 < len(coords); i += 2 {
		s.points = append(s.points, point{coords[i] + origin.x, coords[i+1] + origin.y})
	}
	return s, nil
}

func paint(a map[string]string) shape {
	return shape{
		fill:      paintColor(a["fill"], a["fill-opacity"]),
		stroke:    paintColor(a["stroke"], a["stroke-opacity"]),
		lineWidth: number(a["stroke-width"], 1),
		dashes:    numbers(a["stroke-dasharray"]),
	}
}

// paintColor reads #rrggbb or a name; nil for none, transparent and anything unknown.
func paintColor(name, opacity string) color.Color {
	var c color.RGBA
	if hex, found := strings.CutPrefix(name, "#"); found && len(hex) == 6 {
		n, err := strconv.ParseUint(hex, 16, 32)
		if err != nil {
			return nil
		}
		c = color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 255}
	} else if known, ok := colornames.Map[name]; ok {
		c = known
	} else {
		return nil
	}
	return color.NRGBA{c.R, c.G, c.B, uint8(255*number(opacity, 1) + 0.5)}
}

func number(text string, otherwise float64) float64 {
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "pt"), 64)
	if err != nil {
		return otherwise
	}
	return n
}

// numbers reads numbers parted by commas and spaces, up to the first word that is none.
func numbers(text string) []float64 {
	var out []float64
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' }) {
		n, err := strconv.ParseFloat(word, 64)
		if err != nil {
			break
		}
		out = append(out, n)
	}
	return out
}
