package spec_test

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/spec/internal/eval"
	"github.com/bulkheadlang/bulkhead/internal/gen"
)

// errEnough is the panic that ends a run that has emitted enough.
var errEnough = errors.New("enough")

// capped runs do with a function that counts emissions and ends it after most of them.
func capped(most int, do func(count func())) {
	defer func() {
		if r := recover(); r != nil && r != error(errEnough) {
			panic(r)
		}
	}()
	do(func() {
		if most--; most < 0 {
			panic(errEnough)
		}
	})
}

// tried is what a short run of a model came to.
type tried struct {
	err    error
	faults []*model.Fault
	states int
}

// try loads a model and takes a few steps: it evaluates all properties of the first state and all steps from it. Fuel
// limits each evaluation; 0 is the usual limit.
func try(fsys fs.FS, name string, fuel int64) tried {
	loaded, err := spec.Load(fsys, name)
	if err != nil {
		return tried{err: err}
	}
	var p model.System = loaded
	if fuel > 0 {
		if p, err = eval.CompileWith(loaded.IR(), eval.Tuning{Ground: 64, Unroll: 16, Fuel: fuel}); err != nil {
			return tried{err: err}
		}
	}
	var out tried
	note := func(f *model.Fault) {
		if f != nil && len(out.faults) < 100 {
			out.faults = append(out.faults, f)
		}
	}
	var first model.State
	capped(100, func(count func()) {
		p.NewRunner().Init(func(s model.State, f *model.Fault) {
			note(f)
			if first == nil && f == nil {
				first = slices.Clone(s)
			}
			out.states++
			count()
		})
	})
	if first == nil {
		return out
	}
	r := p.NewRunner()
	r.Load(first)
	r.Render(first)
	props := p.Info().Properties
	for i, q := range props {
		var f *model.Fault
		switch id := model.PropertyID(i); q.Kind {
		case model.Invariant, model.Reachable, model.Deadlock:
			_, f = r.Holds(id)
		case model.Bound:
			_, f = r.Value(id)
		}
		note(f)
	}
	capped(300, func(count func()) {
		r.Next(func(l model.Label, _ model.State, f *model.Fault) {
			note(f)
			for i, q := range props {
				if q.Kind == model.Step && f == nil {
					_, f := r.HoldsStep(model.PropertyID(i))
					note(f)
				}
			}
			out.states++
			count()
		})
	})
	return out
}

// timed fails where try takes too long or too much memory. The time allowed is a multiple of what the worst file takes,
// for slow machines.
func timed(t *testing.T, fsys fs.FS, name string, fuel int64) tried {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	done := make(chan tried, 1)
	go func() { done <- try(fsys, name, fuel) }()
	select {
	case out := <-done:
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 4<<30 {
			t.Errorf("allocated %d MiB", got>>20)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("took %s", took)
		}
		return out
	case <-time.After(60 * time.Second):
		t.Fatal("takes more than a minute")
		return tried{}
	}
}

// Any bytes are a model, or an error, and soon: no panic, no hang, no allocation without bound.
func FuzzLoad(f *testing.F) {
	seeds, err := filepath.Glob("../examples/*.bh")
	if err != nil || len(seeds) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, name := range seeds {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	for _, h := range hostile {
		if src := h.source(); len(src) < 4096 && !h.slow {
			f.Add([]byte(src))
		}
	}
	for seed := range 20 {
		f.Add([]byte(rapid.Custom(gen.Model).Example(seed)))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		timed(t, fstest.MapFS{"fuzz.bh": {Data: src}}, "fuzz.bh", 1<<14)
	})
}

// The compiled evaluator and the plain interpreter do the same on any model that can be drawn.
func FuzzModel(f *testing.F) {
	for seed := range 8 {
		bits := make([]byte, 1<<14)
		rand.NewChaCha8([32]byte{byte(seed)}).Read(bits)
		f.Add(bits)
	}
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { drawnAgrees(t, gen.Model(t)) }))
}
