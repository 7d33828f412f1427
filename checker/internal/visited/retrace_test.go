package visited

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/model"
)

// grid is a system of two numbers below a bound, which grow by one at a time.
type grid uint64

func (g grid) Guard(f func()) error {
	f()
	return nil
}

func (g grid) Init(emit func(model.State, *model.Fault)) { emit(model.State{0, 0}, nil) }

func (g grid) Leave(s model.State, emit func(model.State, *model.Fault)) {
	for i := range s {
		if s[i]+1 < uint64(g) {
			t := slices.Clone(s)
			t[i]++
			emit(t, nil)
		}
	}
}

// search fills a set with the states of the grid.
func (g grid) search(t *testing.T, set Set) {
	t.Helper()
	v := set.Visitor(make([]int64, 1))
	b := &Batch{Width: 2}
	hashOf := hash.Of
	if l := set.Packed(); l != nil {
		hashOf = l.Home
	}
	add := func(s model.State, _ *model.Fault) {
		b.Words, b.Hashes, b.Froms = append(b.Words, s...), append(b.Hashes, hashOf(s)), append(b.Froms, 0)
	}
	v.Open(16, true)
	g.Init(add)
	for {
		if err := v.Insert(b); err != nil {
			t.Fatal(err)
		}
		b.Reset()
		sizes := set.Advance([]Visitor{v}, nil)
		if len(sizes) == 0 {
			break
		}
		v.Open(16, true)
		for part, n := range sizes {
			for i := range n {
				s, _ := v.State(part, i)
				g.Leave(s, add)
			}
			v.Seen(part, int(n))
		}
	}
	if n := set.Distinct(); n != int64(g*g) {
		t.Fatalf("got %d states, want %d", n, g*g)
	}
}

// take goes the way of a path to a target, which must be a shortest one.
func (g grid) take(t *testing.T, path []model.State, to Target) {
	t.Helper()
	if len(path) != to.Depth+1 || !slices.Equal(path[0], model.State{0, 0}) || !slices.Equal(path[len(path)-1], to.State) {
		t.Fatalf("got the run %v, want one of %d steps to %v", path, to.Depth, to.State)
	}
	for k, s := range path[1:] {
		taken := false
		g.Leave(path[k], func(n model.State, _ *model.Fault) { taken = taken || slices.Equal(n, s) })
		if !taken {
			t.Fatalf("%v does not lead to %v", path[k], s)
		}
	}
}

// TestRetraceShort finds runs with hardly any memory for the log: it takes several searches, each for what is left.
func TestRetraceShort(t *testing.T) {
	const side = grid(150)
	var targets []Target
	for depth := uint64(0); depth < 2*uint64(side); depth += 59 {
		targets = append(targets, Target{model.State{depth - depth/2, depth / 2}, int(depth)})
	}
	var want [][]model.State
	for _, chunks := range []int{1 << 20, 1, 3, 4} { // at first all that there are
		c, err := newCompact(newLayout(2, 0), 1, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		side.search(t, c)
		if chunks < len(c.pool.all) {
			c.pool.all = c.pool.all[:chunks]
			c.pool.claim = func(int64) error { return ErrMemory }
		}
		got, err := c.Paths(side, targets, false)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		for i, path := range got {
			side.take(t, path, targets[i])
		}
		if want == nil {
			want = got
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%d chunks: (-want +got)\n%s", chunks, d)
		}
	}
}

// TestRetraceLossy finds the runs in a set that knows states by bits, and of those that it has forgotten none that are not there.
func TestRetraceLossy(t *testing.T) {
	const side = grid(40)
	l, err := newLossy(0, 1<<16, 2, 1, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	side.search(t, l)
	targets := []Target{{model.State{0, 1}, 1}, {model.State{20, 20}, 40}, {model.State{39, 39}, 78}}
	got, err := l.Paths(side, targets, false)
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range got {
		side.take(t, path, targets[i])
	}
	l.array.region.Free()
	if l.array, err = newBitArray(1); err != nil {
		t.Fatal(err)
	}
	if got, err = l.Paths(side, targets, false); err != nil {
		t.Fatal(err)
	}
	side.take(t, got[0], targets[0])
	if got[1] != nil || got[2] != nil { // most states look old
		t.Errorf("got runs %v", got[1:])
	}
}
