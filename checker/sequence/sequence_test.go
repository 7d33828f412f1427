package sequence

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/render"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const sharing = `model Sharing
type Tenant = 1..2
state {
  content: map[Tenant]0..1 = 0
  shared:  bool            = false
  slow:    map[Tenant]bool = false
}
action Write(t: Tenant, v: 0..1) { slow[t] = shared; shared = false; content[t] = v }
action Scan when content[1] == content[2] { shared = true }
observe tenant(t: Tenant) { content[t], slow[t] }
acts tenant(t) = { Write(t, _) }
isolated Tenants { t, u in Tenant where t != u }
`

const turns = `model Turns
type Seat = 1..2
state { at: map[Seat]0..1 = 0; open: bool = false }
fair action Open when not open { open = true }
fair action Sit(s: Seat) when open and at[s] == 0 { at[s] = 1 }
fair action Rise(s: Seat) when at[s] == 1 { at[s] = 0 }
property Everyone { forall s in Seat: always eventually at[s] == 1 }
`

const host = `model Host
use "vm.bh" as vm[v: VM]
type VM = 1..2
state { load: 0..2 = 0 }
action Start(v: VM) { vm[v].On(); load = load + 1 }
action Look when load == 0 { }
refines "count.bh" as Count { Count.n = load }
reachable Full { load == 2 }
invariant Some { load < 2 }
`

const vm = `model VM
state { on: bool = false }
action On when not on { on = true }
`

const count = `model Count
state { n: 0..2 = 0 }
action Up when n == 0 { n = 1 }
`

// finding checks one property of a model.
func finding(t testing.TB, name, property string) checker.Finding {
	t.Helper()
	fs := fstest.MapFS{}
	for file, text := range map[string]string{"sharing": sharing, "turns": turns, "host": host, "vm": vm, "count": count} {
		fs[file+".bh"] = &fstest.MapFile{Data: []byte(text)}
	}
	p, err := spec.Load(fs, name+".bh")
	if err != nil {
		t.Fatal(err)
	}
	res, err := checker.Check(t.Context(), p, checker.Config{Only: []string{property}, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range res.Properties {
		if f.Property.Name == property {
			return f
		}
	}
	t.Fatalf("no finding of %s", property)
	return checker.Finding{}
}

// hostile is a run whose names try to be more than text.
func hostile() checker.Finding {
	v := func(names ...string) (out []model.Binding) {
		for _, n := range names {
			out = append(out, model.Binding{Name: n, Value: model.Text(n)})
		}
		return out
	}
	bad := []string{
		"wrap:x", "nowrap: y", "<script>alert(1)</script>", "]]>&amp;<!--", "a;b#35;%%{init: {}}%%", `"quoted" $$x$$ \n`, "end", "two\nlines\tand \x00\x1b[31m\u202e",
		"\xff\xfe", strings.Repeat("long", 40), "wide 一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十",
	}
	changed := v(bad...)
	for i := range changed {
		changed[i].Value = model.Text("end\nloop <b>" + bad[i])
	}
	return checker.Finding{
		Property: model.Property{Name: "P<&>\"'", Kind: model.Invariant}, Verdict: checker.Violated, Message: "participant x; end",
		Trace: &model.Trace{Loop: -1, Steps: []model.TraceStep{
			{State: v(bad...)},
			{Step: model.StepText{Action: "A</text>;#", Args: v("x: y")}, State: changed},
			{Step: model.StepText{Action: "Fails"}},
		}},
		Parts: []model.Part{{Text: "x < y && <b>", Value: "false"}, {Text: "y", Value: "1", Depth: 1}},
	}
}

func diagrams(t testing.TB) map[string]*Diagram {
	return map[string]*Diagram{
		"experiment": Of(finding(t, "sharing", "Tenants"), "Sharing"),
		"lasso":      Of(finding(t, "turns", "Everyone"), "Turns"),
		"parts":      Of(finding(t, "host", "Full"), "Host"),
		"refinement": Of(finding(t, "host", "Count"), "Host"),
		"because":    Of(finding(t, "host", "Some"), "Host"),
		"hostile":    Of(hostile(), "Hostile <model>"),
	}
}

func svg(t testing.TB, d *Diagram) string {
	var b strings.Builder
	if err := d.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func mermaid(t testing.TB, d *Diagram) string {
	var b strings.Builder
	if err := d.WriteMermaid(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for name, d := range diagrams(t) {
		for file, got := range map[string]string{name + ".svg": svg(t, d), name + ".mmd": mermaid(t, d)} {
			file = filepath.Join("testdata", file)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		}
		if _, err := render.Paint([]byte(svg(t, d)), 1); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestExperiment compares the diagram of an experiment with it, row by row.
func TestExperiment(t *testing.T) {
	f := finding(t, "sharing", "Tenants")
	x := f.Experiment
	d := Of(f, "Sharing")
	if len(d.Rows) != len(x.Rows)+1 || len(d.Lanes) != 2 {
		t.Fatalf("got %d rows in %d lanes, want %d and one for what is seen, in 2", len(d.Rows), len(d.Lanes), len(x.Rows))
	}
	marks := 0
	for i, r := range x.Rows {
		row := d.Rows[i]
		if want := r.Input.String(); i > 0 && !strings.HasSuffix(row.Head, " "+want) {
			t.Errorf("row %d is %q, want %q", i, row.Head, want)
		}
		if shared := len(row.Cells) == 1; shared != (i < x.Removed) {
			t.Errorf("row %d is of both runs: %v; the step removed is %d", i, shared, x.Removed)
		}
		if i < x.Removed {
			continue
		}
		if (row.Note != "") != (i == x.Removed) {
			t.Errorf("row %d has the note %q; the step removed is %d", i, row.Note, x.Removed)
		}
		for k, lane := range []checker.Lane{r.With, r.Without} {
			c := row.Cells[k]
			if c.Taken != lane.Taken || (c.Idle == "") != lane.Taken {
				t.Errorf("row %d, lane %d: got taken %v, idle %q, want taken %v", i, k, c.Taken, c.Idle, lane.Taken)
			}
			for _, l := range c.Lines {
				differs := slices.ContainsFunc(r.Differ, func(c model.Change) bool {
					return strings.HasPrefix(l.Text, c.Path+":") || strings.HasPrefix(l.Text, c.Path+" =")
				})
				if l.Marked != differs {
					t.Errorf("row %d, lane %d: %q is marked: %v, and differs: %v", i, k, l.Text, l.Marked, differs)
				}
				if l.Marked {
					marks++
				}
			}
		}
		if len(row.Cells[0].Lines) != len(row.Cells[1].Lines) {
			t.Errorf("row %d: the lines of the lanes do not stand side by side: %v", i, row.Cells)
		}
	}
	end := d.Rows[len(d.Rows)-1]
	different := 0
	for i := range end.Cells[0].Lines {
		a, b := end.Cells[0].Lines[i], end.Cells[1].Lines[i]
		if a.Marked != (a.Text != b.Text) || a.Marked != b.Marked {
			t.Errorf("what is seen: %v and %v", a, b)
		}
		if a.Marked {
			different++
		}
	}
	if marks == 0 || different == 0 {
		t.Errorf("%d lines are marked on the way and %d at the end, want some", marks, different)
	}
}

// TestNothing says which findings have no picture.
func TestNothing(t *testing.T) {
	for _, f := range []checker.Finding{{}, {Trace: &model.Trace{Loop: -1}}} {
		if d := Of(f, "M"); d != nil {
			t.Errorf("got %v", d)
		}
	}
}

// element is what a picture has of one element.
type element struct {
	name string
	a    map[string]string
	text string
}

func (e element) n(key string) float64 {
	x, err := strconv.ParseFloat(e.a[key], 64)
	if err != nil {
		return math.NaN()
	}
	return x
}

// elements reads a picture as any reader of XML does.
func elements(t interface{ Fatalf(string, ...any) }, text string) (out []element) {
	dec := xml.NewDecoder(strings.NewReader(text))
	open := -1
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		switch x := token.(type) {
		case xml.StartElement:
			e := element{name: x.Name.Local, a: map[string]string{}}
			for _, a := range x.Attr {
				e.a[a.Name.Local] = a.Value
			}
			out = append(out, e)
			open = len(out) - 1
		case xml.EndElement:
			open = -1
		case xml.CharData:
			if open >= 0 {
				out[open].text += string(x)
			}
		}
	}
}

// inPlace sees that all is on the page, that boxes do not lie over each other but for marks, and that text stays in its box.
func inPlace(t interface {
	Fatalf(string, ...any)
	Errorf(string, ...any)
}, d *Diagram, text string,
) {
	all := elements(t, text)
	width, height := all[0].n("width"), all[0].n("height")
	type area struct{ x, y, w, h float64 }
	var boxes []area
	said := ""
	for _, e := range all[1:] {
		switch e.name {
		case "rect":
			r := area{e.n("x"), e.n("y"), e.n("width"), e.n("height")}
			if !(r.x >= 0 && r.y >= 0 && r.x+r.w <= width+0.1 && r.y+r.h <= height+0.1 && r.w > 0 && r.h > 0) {
				t.Errorf("a box is not on the page of %v by %v: %v", width, height, r)
			}
			if strings.Contains(e.a["class"], "f-box") || strings.Contains(e.a["class"], "f-header") {
				for _, o := range boxes {
					if r.x < o.x+o.w && o.x < r.x+r.w && r.y < o.y+o.h && o.y < r.y+r.h {
						t.Errorf("boxes lie over each other: %v and %v", r, o)
					}
				}
				boxes = append(boxes, r)
			}
		case "text":
			said += e.text
			x, y, w := e.n("x"), e.n("y"), column*float64(columns(e.text))
			if e.a["text-anchor"] == "middle" {
				x -= w / 2
			}
			if !(x >= 0 && x+w <= width && y >= 0 && y <= height) {
				t.Errorf("%q is not on the page of %v by %v: from %v to %v at %v", e.text, width, height, x, x+w, y)
			}
			for _, b := range boxes {
				if y > b.y && y < b.y+b.h && x >= b.x && x < b.x+b.w && x+w > b.x+b.w+0.1 {
					t.Errorf("%q does not fit its box", e.text)
				}
			}
		case "svg", "title", "style", "polyline", "polygon":
		default:
			t.Errorf("an element %s", e.name)
		}
	}
	squeeze := func(s string) string { return strings.Join(strings.Fields(clean(s)), "") }
	said = squeeze(said)
	for _, s := range words(d) {
		if !strings.Contains(said, strings.ToValidUTF8(squeeze(s), "\ufffd")) {
			t.Errorf("the picture does not say %q", s)
		}
	}
}

// words lists all that a diagram says.
func words(d *Diagram) (out []string) {
	out = append(append(append(out, d.Title), d.Notes...), d.Lanes...)
	for _, r := range d.Rows {
		out = append(out, r.Head, r.Note)
		for _, c := range r.Cells {
			out = append(out, c.Idle)
			for _, l := range c.Lines {
				out = append(out, l.Text)
			}
		}
	}
	return out
}

func TestInPlace(t *testing.T) {
	for name, d := range diagrams(t) {
		t.Run(name, func(t *testing.T) { inPlace(t, d, svg(t, d)) })
	}
}

// drawn gives diagrams of any kind.
func drawn() *rapid.Generator[*Diagram] {
	text := rapid.OneOf(rapid.StringN(0, 60, 200), rapid.StringMatching(`[a-z]{1,9}(\[[0-9]\])?: [a-z, ]{1,70}`), rapid.Just(strings.Repeat("x", 150)))
	return rapid.Custom(func(t *rapid.T) *Diagram {
		d := &Diagram{Title: text.Draw(t, "title"), Notes: rapid.SliceOfN(text, 0, 2).Draw(t, "notes"), Lanes: rapid.SliceOfN(text, 1, 4).Draw(t, "lanes"), Loop: -1}
		cell := rapid.Custom(func(t *rapid.T) Cell {
			c := Cell{Taken: rapid.Bool().Draw(t, "taken")}
			if !c.Taken && rapid.Bool().Draw(t, "said") {
				c.Idle = "not enabled"
			}
			for _, s := range rapid.SliceOfN(text, 0, 3).Draw(t, "lines") {
				c.Lines = append(c.Lines, Line{s, rapid.Bool().Draw(t, "marked"), rapid.Bool().Draw(t, "faint")})
			}
			return c
		})
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			n := len(d.Lanes)
			if rapid.Bool().Draw(t, "across") {
				n = 1
			}
			d.Rows = append(d.Rows, Row{text.Draw(t, "head"), text.Draw(t, "note"), rapid.SliceOfN(cell, n, n).Draw(t, "cells")})
		}
		d.Steps = rapid.IntRange(1, len(d.Rows)).Draw(t, "steps")
		for i, r := range d.Rows { // only steps are not taken
			for k := range r.Cells {
				if i == 0 || i >= d.Steps {
					r.Cells[k].Idle = ""
				}
			}
		}
		if d.Steps > 1 && rapid.Bool().Draw(t, "loops") {
			d.Loop = rapid.IntRange(1, d.Steps-1).Draw(t, "loop")
		}
		return d
	})
}

func TestLawInPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawn().Draw(t, "diagram")
		var b strings.Builder
		if err := d.WriteSVG(&b); err != nil {
			t.Fatal(err)
		}
		inPlace(t, d, b.String())
	})
}

// statement is what a line of Mermaid may be; text has no sign that Mermaid takes for its own but in entities.
var statement = regexp.MustCompile(`^(sequenceDiagram|` +
	`  title TEXT|  participant step|  participant lane\d as TEXT|  Note over (step|lane\d)(,lane\d)?: LINES|  step(->>|--x)lane\d: LINES|  loop for ever|  end)$`)

func TestLawMermaid(t *testing.T) {
	const text = `(?:[^#;<>&"%$\x60\\\n]|#\d+;)*`
	pattern := strings.ReplaceAll(strings.ReplaceAll(statement.String(), "LINES", text+`(?:<br/>`+text+`)*`), "TEXT", text)
	allowed := regexp.MustCompile(pattern)
	check := func(t interface{ Errorf(string, ...any) }, d *Diagram, out string) {
		depth := 0
		for _, l := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
			if !allowed.MatchString(l) {
				t.Errorf("got the line %q", l)
			}
			if _, said, ok := strings.Cut(l, ": "); ok && (strings.HasPrefix(said, "wrap:") || strings.HasPrefix(said, "nowrap:")) {
				t.Errorf("the line %q asks to be wrapped", l)
			}
			switch l {
			case "  loop for ever":
				depth++
			case "  end":
				depth--
			}
		}
		if loops := strings.Count(out, "\n  loop for ever\n"); depth != 0 || (loops == 1) != (d.Loop >= 0) {
			t.Errorf("%d loops, of which %d do not end, in\n%s", loops, depth, out)
		}
	}
	for _, d := range diagrams(t) {
		check(t, d, mermaid(t, d))
	}
	rapid.Check(t, func(t *rapid.T) {
		d := drawn().Draw(t, "diagram")
		var b strings.Builder
		if err := d.WriteMermaid(&b); err != nil {
			t.Fatal(err)
		}
		check(t, d, b.String())
	})
}

// TestLawWrap compares lines with the text that they are made of.
func TestLawWrap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, most := rapid.String().Draw(t, "text"), rapid.IntRange(8, 60).Draw(t, "most")
		lines := wrap(text, most)
		for _, l := range lines {
			if columns(l) > most {
				t.Errorf("%q has %d columns, want %d at most", l, columns(l), most)
			}
		}
		squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got, want := squeeze(strings.Join(lines, "")), squeeze(clean(text)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
