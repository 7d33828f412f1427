package checker

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker/internal/runs"
	"github.com/bulkheadlang/bulkhead/model"
)

func TestViewsAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, want := newViews(), map[string]uint32{}
		var m runs.Meter
		key := rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 0, 10), rapid.SliceOfN(rapid.ByteRange(0, 2), 0, 9),
			rapid.Map(rapid.Byte(), func(b byte) []byte { return []byte{0, 0, 0, 0, 0, 0, b} }))
		for _, k := range rapid.SliceOfN(key, 0, 300).Draw(t, "keys") {
			n, ok := v.find(k)
			if m, known := want[string(k)]; ok != known || ok && m != n {
				t.Fatalf("%x: got %d, %v, want %d, %v", k, n, ok, m, known)
			}
			if !ok {
				want[string(k)] = uint32(v.len())
				if err := v.add(&m, k, uint32(v.len())); err != nil {
					t.Fatal(err)
				}
			}
		}
		if v.len() != len(want) || m.Used != v.cost || v.cost < int64(12*len(v.words)-12*64) {
			t.Errorf("got %d of %d bytes, %d of which are counted, want %d", v.len(), v.cost, m.Used, len(want))
		}
	})
}

func TestColumnAgainstSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c column
		var m runs.Meter
		var want []uint32
		number := rapid.OneOf(rapid.Uint32Range(0, 255), rapid.Uint32Range(0, 256), rapid.Uint32Range(0, 1<<16), rapid.Uint32())
		most := uint32(0)
		for _, list := range rapid.SliceOf(rapid.SliceOfN(number, 0, 20)).Draw(t, "numbers") {
			for _, n := range list {
				most = max(most, n)
			}
			if err := c.room(&m, len(list), most); err != nil {
				t.Fatal(err)
			}
			for _, n := range list {
				c.push(n)
				want = append(want, n)
			}
			if m.Used != int64(cap(c.bytes)) {
				t.Fatalf("%d bytes are counted, of %d", m.Used, cap(c.bytes))
			}
		}
		if c.len() != len(want) {
			t.Fatalf("got %d numbers, want %d", c.len(), len(want))
		}
		for s, n := range want {
			if c.at(s) != n {
				t.Fatalf("state %d: got %d, want %d", s, c.at(s), n)
			}
		}
		if least := len(want); most < 1<<8 && len(c.bytes) != least || most < 1<<16 && len(c.bytes) > 2*least {
			t.Errorf("%d numbers up to %d take %d bytes", len(want), most, len(c.bytes))
		}
	})
}

// manyViews is a line of states, of which a domain sees each as something else of many bytes.
type manyViews struct {
	flowToy
	wide string
}

func (t *manyViews) NewRunner() model.Runner {
	return &manyViewsRunner{flowToyRunner{toyRunner{t: &t.toy}, &t.flowToy}, t.wide}
}

type manyViewsRunner struct {
	flowToyRunner
	wide string
}

func (r *manyViewsRunner) Sees(_ int, out []byte) ([]byte, *model.Fault) {
	return fmt.Appendf(out, "%s%d", r.wide, r.s[0]), nil
}

// What domains see is counted, so that a limit of memory ends the work; a worker remembers some of it only.
func TestManyViewsAreCounted(t *testing.T) {
	const states, wide = 3 * mostKnown, 500
	sys := &manyViews{flowToy{broken: -1, view: [][]int{make([]int, states), make([]int, states)}}, strings.Repeat("x", wide)}
	for s := range states {
		next := []int{s + 1, off, off, off}
		if s == states-1 {
			next[0] = off
		}
		sys.next, sys.owners = append(sys.next, next), append(sys.owners, []uint64{1, 1, 2, 2})
	}
	sys.claims = model.Isolation{Domains: []string{"low", "high"}, Properties: []model.IsolatedDomain{{Of: 0, By: 2}}}
	sys.info.Properties = []model.Property{{Name: "Isolated", Kind: model.Isolated}}
	sys.set(0)
	r := checkFlow(t, sys, Config{Workers: 2})
	if f := r.Properties[0]; f.Verdict != Holds || f.Unwound[0].Views != states {
		t.Fatalf("got %+v", f)
	}
	if r.Stats.PeakBytes < states*wide {
		t.Errorf("%d bytes were counted, and what is seen alone takes %d", r.Stats.PeakBytes, states*wide)
	}
	undecided := 0
	for limit := int64(1 << 16); limit < 2*r.Stats.PeakBytes; limit += limit / 2 {
		some := checkFlow(t, sys, Config{Workers: 2, Memory: limit})
		switch f := some.Properties[0]; {
		case some.Stats.PeakBytes > limit:
			t.Errorf("%d bytes were taken, of %d", some.Stats.PeakBytes, limit)
		case f.Verdict == Undecided && strings.Contains(some.Reason+f.Reason, "memory"):
			undecided++
		case f.Verdict != Holds || limit < states*wide:
			t.Errorf("with %d bytes: got %s (%s)", limit, f.Verdict, f.Reason)
		}
	}
	if undecided == 0 {
		t.Error("no limit ended the work")
	}
}
