package render

import (
	"bytes"
	"fmt"
	"math"

	"github.com/fogleman/gg"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
)

// maxPixels bounds a picture's memory to about 400 MB.
const maxPixels = 100_000_000

// fontScale makes the Go fonts as wide as the Helvetica whose measures Graphviz knows.
const fontScale = 0.94

// png draws the picture with scale pixels a point.
func (p *picture) png(scale float64) ([]byte, error) {
	width, height := math.Ceil(p.width*scale), math.Ceil(p.height*scale)
	if !(width >= 1 && height >= 1) {
		return nil, fmt.Errorf("got a picture of %g by %g pixels, want at least one", width, height)
	}
	if width*height > maxPixels {
		return nil, fmt.Errorf("the picture would have %.0f by %.0f pixels; SVG has no such limit", width, height)
	}
	c := gg.NewContext(int(width), int(height))
	c.SetRGB(1, 1, 1)
	c.Clear()
	faces := faces{}
	for _, s := range p.shapes {
		if s.text != "" {
			if err := s.write(c, scale, faces); err != nil {
				return nil, err
			}
			continue
		}
		s.draw(c, scale)
	}
	var out bytes.Buffer
	if err := c.EncodePNG(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (s shape) draw(c *gg.Context, scale float64) {
	c.ClearPath()
	switch {
	case s.rx > 0:
		c.DrawEllipse(s.center.x*scale, s.center.y*scale, s.rx*scale, s.ry*scale)
	case len(s.points) == 0:
		return
	default:
		at := func(i int) (x, y float64) { return s.points[i].x * scale, s.points[i].y * scale }
		c.MoveTo(at(0))
		for i := 1; i < len(s.points); i++ {
			if !s.curved {
				c.LineTo(at(i))
				continue
			}
			x1, y1 := at(i)
			x2, y2 := at(i + 1)
			x3, y3 := at(i + 2)
			c.CubicTo(x1, y1, x2, y2, x3, y3)
			i += 2
		}
		if s.closed {
			c.ClosePath()
		}
	}
	if s.fill != nil {
		c.SetColor(s.fill)
		c.FillPreserve()
	}
	if s.stroke != nil {
		dashes := make([]float64, len(s.dashes))
		for i, d := range s.dashes {
			dashes[i] = d * scale
		}
		c.SetDash(dashes...)
		c.SetLineWidth(s.lineWidth * scale)
		c.SetColor(s.stroke)
		c.StrokePreserve()
	}
	c.ClearPath()
}

func (s shape) write(c *gg.Context, scale float64, faces faces) error {
	face, err := faces.get(s.size*scale*fontScale, s.bold)
	if err != nil {
		return err
	}
	c.SetFontFace(face)
	if s.fill != nil {
		c.SetColor(s.fill)
	}
	ahead := map[string]float64{"start": 0, "middle": 0.5, "end": 1}[s.anchor]
	c.DrawStringAnchored(s.text, s.center.x*scale, s.center.y*scale, ahead, 0)
	return nil
}

// faces keeps the fonts of one drawing, by size; they are no larger than the few sizes that a graph uses.
type faces map[fontKey]font.Face

type fontKey struct {
	size float64
	bold bool
}

func (f faces) get(size float64, bold bool) (font.Face, error) {
	key := fontKey{size, bold}
	if face, ok := f[key]; ok {
		return face, nil
	}
	data := goregular.TTF
	if bold {
		data = gobold.TTF
	}
	parsed, err := opentype.Parse(data)
	if err != nil {
		return nil, err
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72})
	if err != nil {
		return nil, err
	}
	f[key] = face
	return face, nil
}
