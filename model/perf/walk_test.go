package perf

import (
	"errors"
	"math"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

// References of a walk (Bhargava and others, ASPLOS 2008, for 24; Intel SDM volume 3, sections 4.5 and 28.3, for the numbers
// of levels).
func TestReferences(t *testing.T) {
	for _, c := range []struct {
		name              string
		guest, host, want int
	}{
		{"four on four", 4, 4, 24},
		{"five on five", 5, 5, 35},
		{"five on four", 5, 4, 29},
		{"native, or shadow page tables", 4, 0, 4},
		{"PAE on four", 3, 4, 19},
		{"two levels on three", 2, 3, 11},
	} {
		if got, err := References(c.guest, c.host); err != nil || got != c.want {
			t.Errorf("%s: got %d and %v, want %d", c.name, got, err, c.want)
		}
	}
	for _, c := range [][2]int{{0, 4}, {MaxLevels + 1, 4}, {4, -1}, {4, MaxLevels + 1}} {
		if got, err := References(c[0], c[1]); err == nil {
			t.Errorf("%v: got %d, want an error", c, got)
		}
	}
}

// Of four levels on four one finds in print 8 accesses, 16 and 24 cycles. 8 are the guest's entries and the nested walk for the data, without
// those for the guest's tables; 16 are these alone; together they are 24, and what they take in cycles is another matter.
func TestNeither8Nor16(t *testing.T) {
	w, err := NewWalker(4, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	tables, entries, data := 0, 0, 0
	for w.Phase() != Translated {
		g, h := w.Levels()
		switch {
		case w.Phase() == ReadingGuest:
			err, entries = w.ReadGuest(g == 1), entries+1
		case w.Data():
			err, data = w.ReadNested(h == 1), data+1
		default:
			err, tables = w.ReadNested(h == 1), tables+1
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if entries+data != 8 || tables != 16 || w.References() != 24 {
		t.Errorf("got %d entries of the guest, %d and %d nested ones for its tables and the data, %d in all; want 4, 16 and 4, 24", entries, tables, data, w.References())
	}
}

// The interpreter counts over tables in memory.
func TestWalkCounts(t *testing.T) {
	for _, c := range []struct {
		name                   string
		guest, host            int
		guestLevel, frameLevel int // of the page and of what backs its data
		want                   int
	}{
		{"small pages", 4, 4, 1, 1, 24},
		{"2 MiB in the guest", 4, 4, 2, 1, 19},
		{"2 MiB for the data in the nested tables", 4, 4, 1, 2, 23},
		{"2 MiB in both, but for the guest's tables", 4, 4, 2, 2, 18},
		{"1 GiB in the guest", 4, 4, 3, 1, 14},
		{"native", 4, 0, 1, 0, 4},
		{"native, 2 MiB", 4, 0, 2, 0, 3},
		{"five on five", 5, 5, 1, 1, 35},
	} {
		s, err := NewSpace(c.guest, c.host, 3)
		if err != nil {
			t.Fatal(err)
		}
		const page, frame, data = 64, 128, 192
		if c.host > 0 {
			if err := s.Back(frame, data, c.frameLevel); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Map(page, frame, c.guestLevel); err != nil {
			t.Fatal(err)
		}
		at, n, err := s.Walk(page)
		want := Frame(data)
		if c.host == 0 {
			want = frame
		}
		if err != nil || at != want || n != c.want {
			t.Errorf("%s: got frame %d after %d references and %v, want frame %d after %d", c.name, at, n, err, want, c.want)
		}
	}
}

// A random space translates as two plain maps of it do, in as many references as its tables have entries on the way.
func TestWalkTranslates(t *testing.T) {
	type mapped struct {
		to    uint64
		level int
	}
	rapid.Check(t, func(t *rapid.T) {
		guest, host, bits := rapid.IntRange(1, 4).Draw(t, "guest"), rapid.IntRange(0, 4).Draw(t, "host"), rapid.IntRange(1, 3).Draw(t, "bits")
		if host > 0 && host*bits < 5 {
			host = 5 / bits
			host = min(host+1, MaxLevels)
		}
		s, err := NewSpace(guest, host, bits)
		if err != nil {
			t.Fatal(err)
		}
		large := min(guest, Large)
		if host > 0 {
			large = min(large, host)
		}
		pages, frames := map[uint64]mapped{}, map[uint64]mapped{} // every smallest page
		put := func(m map[uint64]mapped, from, to uint64, level int, err error) {
			size := uint64(1) << ((level - 1) * bits)
			overlap := false
			for i := range size {
				_, taken := m[from+i]
				overlap = overlap || taken
			}
			if overlap && err == nil {
				t.Fatalf("mapped %d twice", from)
			}
			for i := range size {
				if err == nil {
					m[from+i] = mapped{to + i, level}
				}
			}
		}
		draw := func(levels int) (from, to uint64, level int) {
			level = rapid.IntRange(1, large).Draw(t, "level")
			size := uint64(1) << ((level - 1) * bits)
			from = rapid.Uint64Range(0, 1<<(levels*bits)-1).Draw(t, "from") / size * size
			return from, rapid.Uint64Range(0, 1<<(max(guest, host)*bits)-1).Draw(t, "to") / size * size, level
		}
		for range rapid.IntRange(0, 8).Draw(t, "maps") {
			from, to, level := draw(guest)
			put(pages, from, to, level, s.Map(Page(from), Frame(to), level))
			if host > 0 {
				from, to, level = draw(host)
				put(frames, from, to, level, s.Back(Frame(from), Frame(to), level))
			}
		}
		for page := range uint64(1) << (guest * bits) {
			at, n, err := s.Walk(Page(page))
			p, ok := pages[page]
			f, backed := mapped{p.to, host + 1}, true
			if host > 0 {
				f, backed = frames[p.to], true
				if _, ok := frames[p.to]; !ok {
					backed = false
				}
			}
			// The tables of the guest are backed by small pages.
			want := (guest-p.level+1)*(host+1) + host - f.level + 1
			if limit, _ := References(guest, host); n > limit {
				t.Fatalf("page %d: got %d references, want at most %d", page, n, limit)
			}
			var fault *WalkFault
			switch {
			case ok && backed && (err != nil || uint64(at) != f.to || n != want):
				t.Fatalf("page %d: got frame %d after %d references and %v, want frame %d after %d", page, at, n, err, f.to, want)
			case !ok && (!errors.As(err, &fault) || fault.Nested), ok && !backed && (!errors.As(err, &fault) || !fault.Nested):
				t.Fatalf("page %d: got %v", page, err)
			}
		}
	})
}

func TestSpaceRefuses(t *testing.T) {
	s, err := NewSpace(2, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Map(8, 8, 2); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		err     error
		refused bool
	}{
		"mapped":             {s.Map(8, 16, 2), true},
		"in a large page":    {s.Map(9, 16, 1), true},
		"not aligned":        {s.Map(1, 16, 2), false},
		"no such level":      {s.Map(0, 0, 3), false},
		"level 0":            {s.Map(0, 0, 0), false},
		"no such page":       {s.Map(64, 0, 1), false},
		"frame of a table":   {s.Map(0, 63, 1), false},
		"frame out of range": {s.Map(0, 1000, 1), false},
		"last frame of all":  {s.Map(0, math.MaxUint64, 1), false},
		"host's table":       {s.Back(0, tables, 1), false},
		"backed table":       {s.Back(63, 0, 1), false},
		"reaches a table":    {s.Back(56, 0, 2), false},
	} {
		if c.err == nil || errors.Is(c.err, model.ErrRefused) != c.refused {
			t.Errorf("%s: got %v, want an error, refused %t", name, c.err, c.refused)
		}
	}
	_, n, err := s.Walk(10)
	var fault *WalkFault
	if !errors.As(err, &fault) || !fault.Nested || fault.Address != 10 || fault.References != n && n != 0 {
		t.Errorf("got %d and %v, want a violation at 10", n, err)
	}
	if !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v, want it to wrap model.ErrRefused", err)
	}
	if _, _, err := s.Walk(64); err == nil {
		t.Error("walked to a page that there is not")
	}
	plain, err := NewSpace(2, 0, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []Frame{tables, math.MaxUint64} {
		if err := plain.Map(0, to, 1); err == nil {
			t.Errorf("mapped a page to frame %#x, where tables are", uint64(to))
		}
	}
	for _, c := range [][3]int{{0, 1, 3}, {1, 7, 3}, {2, 2, 0}, {2, 2, MaxBits + 1}} {
		if _, err := NewSpace(c[0], c[1], c[2]); err == nil {
			t.Errorf("made a space of %v", c)
		}
	}
	for _, c := range [][3]int{{4, 4, 0}, {4, 4, 5}, {4, 2, 3}} {
		if _, err := NewWalker(c[0], c[1], c[2]); err == nil {
			t.Errorf("made a walker of %v", c)
		}
	}
}
