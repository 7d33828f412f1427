package render

import (
	"bytes"
	"strings"
	"testing"

	reference "github.com/goccy/go-graphviz"
)

// TestAgainstModule compares a drawing with that of the module whose Graphviz this package runs in its own way. Only
// tests import it: see the package comment.
func TestAgainstModule(t *testing.T) {
	theirs, err := reference.New(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	// The module gives a node with an empty label its name, which this package does not.
	text := []byte(strings.Replace(sample, `label=""`, `label="c"`, 1))
	graph, err := reference.ParseBytes(text)
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := theirs.Render(t.Context(), graph, reference.SVG, &want); err != nil {
		t.Fatal(err)
	}
	got, err := SVG(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("got\n%s\nwant\n%s", got, want.Bytes())
	}
}
