package visited

import (
	"errors"
	"io"
	"os"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/model"
)

// TestNew makes a set for each width: exact ones can be saved, and moved to disk; lossy ones, which store less than the state, not.
func TestNew(t *testing.T) {
	order := func() *Order { return NewChanges(3).Order() }
	for name, test := range map[string]struct {
		spec  Spec
		kind  string // "" for what cannot be saved
		drain bool
	}{
		"one word":  {Spec{Width: 1}, "compact", true},
		"two words": {Spec{Width: 2}, "compact", true},
		"wide":      {Spec{Width: 3, Order: order}, "tree", true},
		"varying":   {Spec{}, "store", true},
		"hashes":    {Spec{Width: 3, Hash: 40}, "", false},
		"bits":      {Spec{Width: 1, Array: 1 << 10}, "", false},
	} {
		test.spec.Workers = 1
		set, err := New(test.spec)
		if err != nil {
			t.Fatal(err)
		}
		saver, saves := set.(Saver)
		if saves != (test.kind != "") || saves && saver.Kind() != test.kind {
			t.Errorf("%s: got a %T, which can be saved: %v", name, set, saves)
		}
		if _, drains := set.(Drainer); drains != test.drain {
			t.Errorf("%s: got a %T, which can be moved: %v", name, set, drains)
		}
		set.Close()
		test.spec.Memory = 1
		if set, err := New(test.spec); err != ErrMemory || set != nil {
			t.Errorf("%s: got %v, %v in one byte", name, set, err)
		}
	}
}

// TestNoWords moves the states of a set to disk, the second time with success, and reads the frontier there. One has no words.
func TestNoWords(t *testing.T) {
	from, err := NewStore(0, 1, 1, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	states := []model.State{{}, {7}, {7, 8}}
	b := &Batch{}
	for _, s := range states {
		b.Words = append(b.Words, s...)
		b.Ends, b.Hashes, b.Froms = append(b.Ends, len(b.Words)), append(b.Hashes, hash.Of(s)), append(b.Froms, InitialState)
	}
	v := from.Visitor(make([]int64, 1))
	v.Open(1, true)
	if err := v.Insert(b); err != nil {
		t.Fatal(err)
	}
	sizes := from.Advance([]Visitor{v}, nil)
	d := NewDisk(0, 0, DiskConfig{
		Actions: 1, Workers: 1, Halted: func() bool { return false }, Fail: func(err error) { t.Error(err) },
		Create: func(path string) (io.WriteCloser, error) { return os.Create(path) },
	})
	create := d.Create
	d.Create = func(path string) (io.WriteCloser, error) { // that cannot be written to
		f, err := os.Create(path)
		return f, errors.Join(err, f.Close())
	}
	if err := d.Fill(t.TempDir(), from, nil, 0); !errors.As(err, new(DiskError)) {
		t.Fatalf("got %v of a full disk", err)
	}
	for _, s := range states { // the set is as it was
		if got, err := from.Paths(nil, []Target{{State: s}}, false); err != nil || len(got[0]) != 1 || !slices.Equal(got[0][0], s) {
			t.Errorf("got the run %v, %v to %v", got, err, s)
		}
	}
	d.Create = create
	if err := d.Fill(t.TempDir(), from, sizes, 0); err != nil {
		t.Fatal(err)
	}
	from.Close()
	defer d.Close()
	if sizes, err = d.Ready(nil); err != nil || !slices.Equal(sizes, []int64{3}) || d.Distinct() != 3 {
		t.Fatalf("got sizes %v, %v of %d states", sizes, err, d.Distinct())
	}
	in := d.Visitor(nil)
	for i, want := range states {
		if got, _ := in.State(0, int64(i)); got == nil || !slices.Equal(got, want) {
			t.Errorf("state %d: got %v, want %v", i, got, want)
		}
	}
	d.DiskConfig.Fail = func(e error) { err = e }
	if f := d.file.Close(); f != nil {
		t.Fatal(f)
	}
	if got, _ := d.Visitor(nil).State(0, 0); got != nil || !errors.As(err, new(DiskError)) {
		t.Errorf("got %v, %v of a file that is closed", got, err)
	}
}

// What another worker has asked for in the store of candidates and does not use is no want of memory: an empty store is not
// full for long.
func TestEmptyStoreIsNotFull(t *testing.T) {
	from, err := NewStore(1, 1, 2, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	batch := func(word uint64) *Batch {
		s := model.State{word}
		return &Batch{Width: 1, Words: s, Hashes: []uint64{hash.Of(s)}, Froms: []uint64{InitialState}}
	}
	v := from.Visitor(make([]int64, 1))
	v.Open(1, true)
	if err := v.Insert(batch(1)); err != nil {
		t.Fatal(err)
	}
	sizes := from.Advance([]Visitor{v}, nil)
	others := int64(0) // what they have asked for and are about to give back
	var d *Disk
	d = NewDisk(1, 0, DiskConfig{
		Actions: 1, Workers: 2, Few: 1, Fail: func(err error) { t.Error(err) },
		Create: func(path string) (io.WriteCloser, error) { return os.Create(path) },
		Halted: func() bool { // asked between the refusal and what is done about it
			if others > 0 {
				d.set.promised.Add(-others)
				others = 0
			}
			return false
		},
	})
	if err := d.Fill(t.TempDir(), from, sizes, 0); err != nil {
		t.Fatal(err)
	}
	from.Close()
	defer d.Close()
	if _, err := d.Ready(nil); err != nil {
		t.Fatal(err)
	}
	others = 1
	d.set.promised.Add(others)
	if err := d.Visitor(nil).Insert(batch(2)); err != nil || others != 0 {
		t.Fatalf("got %v, %d others", err, others)
	}
	if n := d.set.Distinct(); n != 1 || len(d.pending) != 0 {
		t.Errorf("got %d candidates and %d runs, want 1 and none", n, len(d.pending))
	}
}
