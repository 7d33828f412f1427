package render

import (
	"bytes"
	"context"
	"encoding/xml"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const sample = `digraph {
	node [shape=box, style="rounded,filled", fillcolor="#ddf4ff", fontname="Helvetica"]
	a [label="world[1] = off\lqueue = []\l"]
	a -> b [label="PowerOn(v=1) <&>", color="#cf222e", penwidth=2]
	b -> a [style=dashed]
	b -> b
	c [shape=ellipse, fillcolor="#00ff00", style=filled, label=""]
	a -> c
}`

// TestSameGraphviz checks that the file that stands here is the one of the pinned module.
func TestSameGraphviz(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/goccy/go-graphviz").Output()
	dir := strings.TrimSpace(string(out))
	if err != nil || dir == "" {
		t.Skipf("the module is not at hand: %v", err)
	}
	want, err := os.ReadFile(filepath.Join(dir, "internal", "wasm", "graphviz.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, graphvizWasm) {
		t.Error("graphviz.wasm differs from that of github.com/goccy/go-graphviz; run go generate")
	}
}

func TestSVG(t *testing.T) {
	got, err := SVG(t.Context(), []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(got, new(struct{})); err != nil {
		t.Errorf("the drawing is not XML: %v", err)
	}
	for _, want := range []string{"world[1] = off", "PowerOn(v=1) &lt;&amp;&gt;", "#cf222e", "stroke-dasharray"} {
		if !bytes.Contains(got, []byte(want)) {
			t.Errorf("want %q in the drawing\n%s", want, got)
		}
	}
	again, err := SVG(t.Context(), []byte(sample))
	if err != nil || !bytes.Equal(got, again) {
		t.Errorf("the same graph is drawn in two ways (%v)", err)
	}
}

// TestPNG looks for the colours at the places where the parsed drawing has its shapes.
func TestPNG(t *testing.T) {
	text, err := SVG(t.Context(), []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	p, err := parseSVG(text)
	if err != nil {
		t.Fatal(err)
	}
	data, err := PNG(t.Context(), []byte(sample), 2)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got := img.Bounds().Dx(); float64(got) < 2*p.width || float64(got) > 2*p.width+1 {
		t.Errorf("got a width of %d pixels, want twice %g points", got, p.width)
	}
	at := func(q point) color.NRGBA {
		return color.NRGBAModel.Convert(img.At(int(q.x*2), int(q.y*2))).(color.NRGBA)
	}
	ellipses, lines := 0, 0
	for _, s := range p.shapes {
		switch {
		case s.rx > 0:
			ellipses++
			if got := at(s.center); got != (color.NRGBA{0, 255, 0, 255}) {
				t.Errorf("the middle of the ellipse is %v, want green", got)
			}
		case s.curved && s.fill == nil && s.lineWidth == 2:
			lines++
			if got := at(s.points[0]); got.R < 150 || got.G > 180 {
				t.Errorf("the red edge starts in %v, want red", got)
			}
		}
	}
	if ellipses != 1 || lines != 1 {
		t.Errorf("got %d ellipses and %d thick lines, want 1 of each", ellipses, lines)
	}
	if got := at(point{1, 1}); got != (color.NRGBA{255, 255, 255, 255}) {
		t.Errorf("the corner is %v, want white", got)
	}
	dark := 0
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r, g, b, _ := img.At(x, y).RGBA(); r+g+b < 3*0x4000 {
				dark++
			}
		}
	}
	if dark < 500 {
		t.Errorf("got %d dark pixels, want lines and letters", dark)
	}
}

func TestErrors(t *testing.T) {
	for _, text := range []string{"", "digraph {", "digraph { a -> ", "no graph", "digraph { a [label=<<b>] }\x00"} {
		if got, err := SVG(t.Context(), []byte(text)); err == nil && !bytes.Contains(got, []byte("<svg")) {
			t.Errorf("%q: got neither an error nor a drawing", text)
		}
	}
	if _, err := SVG(t.Context(), []byte("digraph {")); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want an error of one line", err)
	}
	if _, err := PNG(t.Context(), []byte(sample), 1000); err == nil || !strings.Contains(err.Error(), "pixels") {
		t.Errorf("got %v, want the picture to be refused for its size", err)
	}
	if _, err := PNG(t.Context(), []byte(sample), 0); err == nil {
		t.Error("a picture without pixels was drawn")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := SVG(ctx, []byte(sample)); err == nil {
		t.Error("a cancelled drawing was drawn")
	}
}

func TestParallel(t *testing.T) {
	want, err := SVG(t.Context(), []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if got, err := SVG(t.Context(), []byte(sample)); err != nil || !bytes.Equal(got, want) {
				t.Errorf("drawing side by side gives another picture (%v)", err)
			}
		})
	}
	group.Wait()
}

func FuzzParseSVG(f *testing.F) {
	text, err := SVG(f.Context(), []byte(sample))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`<svg viewBox="0 0 9 9"><path d="M0,0C1,1 2,2 3,3" stroke="black"/><ellipse rx="3" ry="2" fill="red"/></svg>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parseSVG(text)
		if err != nil || !(p.width < 500 && p.height < 500) {
			return
		}
		for _, s := range p.shapes {
			for _, q := range append(s.points, s.center) {
				if !(q.x > -1e4 && q.x < 1e4 && q.y > -1e4 && q.y < 1e4) {
					return
				}
			}
			if !(s.size < 100 && s.rx < 1e4 && s.ry < 1e4 && s.lineWidth < 100) || len(s.dashes) > 0 {
				return
			}
		}
		p.png(1)
	})
}
