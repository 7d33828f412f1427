package sequence

import (
	"fmt"
	"io"
	"strings"
)

// WriteMermaid writes the diagram in the language of Mermaid (mermaid.js.org/syntax/sequenceDiagram.html). What is marked in it has
// a star, since notes there have one colour.
func (d *Diagram) WriteMermaid(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "sequenceDiagram\n  title %s\n  participant step\n", quote(d.Title))
	for i, l := range d.Lanes {
		fmt.Fprintf(&b, "  participant lane%d as %s\n", i, quote(l))
	}
	for _, n := range d.Notes {
		fmt.Fprintf(&b, "  Note over step,%s: %s\n", lanes(len(d.Lanes)-1), folded(n))
	}
	for i, r := range d.Rows {
		if i == d.Loop {
			b.WriteString("  loop for ever\n")
		}
		d.mermaid(&b, r, i)
		if d.Loop >= 0 && i == d.Steps-1 {
			b.WriteString("  end\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func lanes(i int) string { return fmt.Sprintf("lane%d", i) }

// mermaid writes row i.
func (d *Diagram) mermaid(b *strings.Builder, r Row, i int) {
	all := "lane0"
	if n := len(d.Lanes); n > 1 {
		all += "," + lanes(n-1)
	}
	text := r.Head
	if r.Note != "" {
		text += " (" + r.Note + ")"
	}
	if i == 0 || i >= d.Steps {
		fmt.Fprintf(b, "  Note over step: %s\n", folded(text))
	}
	for k := range d.Lanes {
		c := r.Cells[min(k, len(r.Cells)-1)]
		switch {
		case i == 0 || i >= d.Steps:
		case c.Taken:
			fmt.Fprintf(b, "  step->>%s: %s\n", lanes(k), folded(text))
		case c.Idle != "":
			fmt.Fprintf(b, "  step--x%s: %s\n", lanes(k), quote(c.Idle))
		}
	}
	for k, c := range r.Cells {
		over := lanes(k)
		if len(r.Cells) == 1 {
			over = all
		}
		var lines []string
		for _, l := range c.Lines {
			line := folded(l.Text)
			if l.Marked {
				line = "* " + line
			}
			lines = append(lines, line)
		}
		if len(lines) > 0 {
			fmt.Fprintf(b, "  Note over %s: %s\n", over, strings.Join(lines, "<br/>"))
		}
	}
}

// folded is quoted text on lines of moderate length.
func folded(text string) string {
	lines := wrap(text, widest)
	for i, l := range lines {
		lines[i] = quote(l)
	}
	return strings.Join(lines, "<br/>")
}

// quote writes text so that Mermaid takes none of it for its own: as its entities, which have a number or a name between # and ;.
func quote(text string) string {
	text = clean(text)
	var b strings.Builder
	for i, r := range text {
		switch {
		case strings.ContainsRune(`#;<>&"%$\`+"`", r), i == 0 && strings.ContainsRune("nw", r) && strings.Contains(text, "wrap:"):
			fmt.Fprintf(&b, "#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
