package spec_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/redraw"
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

// drawnModels compares many models that are drawn, and more of them until there were enough; nil: the first are.
type drawnModels func(enough func() bool, compare func(t failer, p *spec.Program))

// ofDrawn calls test for each of some generators of models, of each of which it draws few.
func ofDrawn(t *testing.T, generators map[string]func(*rapid.T) string, test func(t *testing.T, all drawnModels)) {
	redraw.Fewer(t, "30")
	for name, draw := range generators {
		t.Run(name, func(t *testing.T) {
			test(t, func(enough func() bool, compare func(t failer, p *spec.Program)) {
				if enough == nil {
					enough = func() bool { return true }
				}
				redraw.Until(t, enough, func(t *rapid.T) {
					src := draw(t)
					t.Log(src)
					fitting(t, src)
					compare(t, mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte(src)}}, "m.bh"))
				})
			})
		})
	}
}

// eachShipped calls test for each model in the repository, or for all but four of five of the library's, which are many.
func eachShipped(t *testing.T, test func(t *testing.T, dir fs.FS, file string)) {
	number := 0
	for _, dir := range []string{"../examples", "../model", "../internal/peers/suite/models"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".bh" {
				return err
			}
			if number++; dir == "../model" && number%5 > 0 && !redraw.Thorough() {
				return nil
			}
			t.Run(strings.TrimPrefix(path, "../"), func(t *testing.T) { test(t, os.DirFS(filepath.Dir(path)), filepath.Base(path)) })
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// ofShipped compares those that can be loaded by themselves.
func ofShipped(t *testing.T, compare func(t *testing.T, p *spec.Program)) {
	eachShipped(t, func(t *testing.T, dir fs.FS, file string) {
		p, err := spec.Load(dir, file)
		if err != nil {
			t.Skip(err)
		}
		compare(t, p)
	})
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
