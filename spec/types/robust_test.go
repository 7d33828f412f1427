package types_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// sources are the examples and the models of the golden tests, the wrong ones too.
func sources(t *testing.T) map[string]string {
	out := map[string]string{}
	paths, err := filepath.Glob("../../examples/*.bh")
	if err != nil {
		t.Fatal(err)
	}
	archives, err := filepath.Glob("../testdata/golden/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range append(paths, archives...) {
		src, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(p, ".bh") {
			out[p] = string(src)
			continue
		}
		for i, part := range regexp.MustCompile(`(?m)^-- .* --\n`).Split(string(src), -1) {
			if strings.HasPrefix(part, "model ") {
				out[fmt.Sprintf("%s, part %d", p, i)] = part
			}
		}
	}
	if len(out) < 50 {
		t.Fatalf("found %d models, want many", len(out))
	}
	return out
}

var word = regexp.MustCompile(`[A-Za-z_0-9]+|[-+*/%<>=!]+`)

// Models in which words have changed places are accepted or refused, never a reason to panic; what is accepted can be
// lowered, and what is refused is told without repetitions.
func TestCheckNeverPanics(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	accepted, refused := 0, 0
	models := sources(t)
	for _, name := range slices.Sorted(maps.Keys(models)) {
		src := models[name]
		at := word.FindAllStringIndex(src, -1)
		for range 20 {
			text := src
			for range 1 + random.IntN(2) {
				a, b := at[random.IntN(len(at))], at[random.IntN(len(at))]
				if a[0] < len(text) && a[1] <= len(text) {
					text = text[:a[0]] + src[b[0]:b[1]] + text[a[1]:]
				}
			}
			f, err := syntax.Parse("m.bh", []byte(text))
			if err != nil {
				continue
			}
			func() {
				defer func() {
					if r := recover(); r != nil {
						t.Fatalf("%s: %v\n%s", name, r, text)
					}
				}()
				info, err := types.Check([]*syntax.File{f}, types.Options{})
				if err != nil {
					refused++
					seen := map[string]bool{}
					for _, line := range strings.Split(err.Error(), "\n") {
						if seen[line] {
							t.Errorf("%s: %s is told twice\n%s", name, line, text)
						}
						seen[line] = true
					}
					return
				}
				accepted++
				ir.Build(info)
			}()
		}
	}
	if accepted < 100 || refused < 100 {
		t.Errorf("%d accepted and %d refused, too few of one kind", accepted, refused)
	}
}
