package spec_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/spec"
)

// tally counts models on which a reduction was compared with the plain search.
type tally struct {
	models, smaller int
}

// add counts one, by the numbers of its states and of those that the reduction left; without any, nothing could be compared.
func (c *tally) add(states, left int64) {
	if states > 0 {
		c.models++
	}
	if left > 0 && left < states {
		c.smaller++
	}
}

func (c *tally) String() string {
	return fmt.Sprintf("%d models compared, %d made smaller", c.models, c.smaller)
}

// ofDrawn calls test for each of some generators of models, with what compares many models that it draws.
func ofDrawn(t *testing.T, generators map[string]func(*rapid.T) string, test func(t *testing.T, all func(compare func(t failer, p *spec.Program)))) {
	for name, draw := range generators {
		t.Run(name, func(t *testing.T) {
			test(t, func(compare func(t failer, p *spec.Program)) {
				rapid.Check(t, func(t *rapid.T) {
					src := draw(t)
					t.Log(src)
					fitting(t, src)
					compare(t, mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte(src)}}, "m.bh"))
				})
			})
		})
	}
}

// ofShipped compares the models that can be loaded by themselves of those in the repository.
func ofShipped(t *testing.T, compare func(t *testing.T, p *spec.Program)) {
	for _, glob := range []string{"../examples/*.bh", "../model/*/*.bh", "../internal/peers/suite/models/*.bh"} {
		files, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				p, err := spec.Load(os.DirFS(filepath.Dir(file)), filepath.Base(file))
				if err != nil {
					t.Skip(err)
				}
				compare(t, p)
			})
		}
	}
}

// shipped compares them by their states, as tally.add takes them, of which there must be some.
func shipped(t *testing.T, left string, compare func(t failer, p *spec.Program) (states, left int64)) {
	sum := &tally{}
	ofShipped(t, func(t *testing.T, p *spec.Program) {
		states, n := compare(t, p)
		if sum.add(states, n); states > 0 {
			t.Logf("%d states, %d %s", states, n, left)
		}
	})
	if sum.models < 10 {
		t.Errorf("%d models compared, want 10", sum.models)
	}
}
