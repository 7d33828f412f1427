package perf

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// Bounds of page tables: levels of a walk, and bits of an address that pick an entry of a table.
const (
	MaxLevels = 6
	MaxBits   = 9
)

// Large is the highest level at which an entry may map a page: 1 is 4 KiB, 2 is 2 MiB and 3 is 1 GiB on x86-64.
const Large = 3

// References is the greatest number of references to memory of a walk through so many levels of a guest's tables, each of
// whose addresses is translated by so many levels of nested tables: (guest + 1) * (host + 1) - 1. It is also the exact
// number where all pages are small (R. Bhargava and others, Accelerating Two-Dimensional Page Walks for Virtualized Systems,
// ASPLOS 2008). No nested tables, or shadow page tables, are 0 levels of them.
func References(guest, host int) (int, error) {
	if guest < 1 || guest > MaxLevels || host < 0 || host > MaxLevels {
		return 0, fmt.Errorf("got %d levels on %d, want 1 to %d on 0 to %d", guest, host, MaxLevels, MaxLevels)
	}
	return (guest+1)*(host+1) - 1, nil
}

// WalkPhase is what a walk reads next.
type WalkPhase int

// The phases of a walk.
const (
	ReadingNested WalkPhase = iota
	ReadingGuest
	Translated
	Faulted
)

// String gives the name of the phase in the models.
func (p WalkPhase) String() string { return [...]string{"nested", "guest", "done", "faulted"}[p] }

// Walker counts the references of one walk with no TLB and no page-walk cache. It is told what each entry is that the walk
// reads.
type Walker struct {
	guest, host int
	large       int // the highest level of a page
	phase       WalkPhase
	g, h        int // levels that are left, of the guest's tables and of the nested ones
	data        bool
	small       bool
	references  int
}

// NewWalker begins a walk through so many levels of a guest's tables on so many nested ones, where pages are mapped at level
// 1 to large.
func NewWalker(guest, host, large int) (*Walker, error) {
	if _, err := References(guest, host); err != nil {
		return nil, err
	}
	if large < 1 || large > guest || host > 0 && large > host {
		return nil, fmt.Errorf("got pages up to level %d, want a level of both tables", large)
	}
	w := &Walker{guest: guest, host: host, large: large, g: guest, h: host, small: true}
	if host == 0 {
		w.phase = ReadingGuest
	}
	return w, nil
}

// Phase is what the walk reads next.
func (w *Walker) Phase() WalkPhase { return w.phase }

// References is the number of references so far.
func (w *Walker) References() int { return w.references }

// Small tells whether no page so far was a large one.
func (w *Walker) Small() bool { return w.small }

// Levels are those that are left, of the guest's tables and of the nested ones for the address at hand.
func (w *Walker) Levels() (guest, nested int) { return w.g, w.h }

// Data tells whether the address at hand is that of the data and no table's.
func (w *Walker) Data() bool { return w.data }

// allows checks that a walk reads such an entry now.
func (w *Walker) allows(phase WalkPhase, level int, leaf bool) error {
	switch {
	case w.phase != phase:
		return model.Refuse("the walk is %v, want %v", w.phase, phase)
	case leaf && level > w.large:
		return model.Refuse("got a page at level %d, want at most level %d", level, w.large)
	case !leaf && level == 1:
		return model.Refuse("got a table below level 1")
	}
	return nil
}

// ReadNested reads an entry of a nested table, which maps a page (leaf) or points to the next table.
func (w *Walker) ReadNested(leaf bool) error {
	if err := w.allows(ReadingNested, w.h, leaf); err != nil {
		return err
	}
	w.references++
	if !leaf {
		w.h--
		return nil
	}
	w.small = w.small && w.h == 1
	w.h = 0
	w.phase = ReadingGuest
	if w.data {
		w.phase = Translated
	}
	return nil
}

// ReadGuest reads an entry of a guest's table. Where it points is translated next, if there are nested tables.
func (w *Walker) ReadGuest(leaf bool) error {
	if err := w.allows(ReadingGuest, w.g, leaf); err != nil {
		return err
	}
	w.references++
	if leaf {
		w.small = w.small && w.g == 1
		w.data, w.g = true, 0
	} else {
		w.g--
	}
	w.h = w.host
	switch {
	case w.host > 0:
		w.phase = ReadingNested
	case w.data:
		w.phase = Translated
	}
	return nil
}

// Fault reads an entry that is not present, which ends the walk.
func (w *Walker) Fault() error {
	if w.phase != ReadingNested && w.phase != ReadingGuest {
		return model.Refuse("the walk is %v, want one that is on its way", w.phase)
	}
	w.references++
	w.phase = Faulted
	return nil
}

// Frame is the number of a page of memory of the smallest size, and Page that of a guest's virtual one.
type (
	Frame uint64
	Page  uint64
)

// tables is where the frames of the host begin that hold tables; data lies below.
const tables Frame = 1 << 62

type entry struct {
	frame Frame
	leaf  bool
}

// Space is an address space of a guest: page tables in memory, which walks read entry by entry. Where there are nested
// tables, the guest's tables lie in frames of its own, the highest ones, which the host backs as they come.
type Space struct {
	guest, host, bits int
	memory            map[Frame]map[uint64]entry // tables by frame of the host, entries by index
	root, nested      Frame                      // of the guest's tables, a frame of the guest, and of the nested ones
	top               Frame                      // frames of the guest from here up hold its tables
	data              Frame                      // frames of the guest below are or were asked for as data
	next              Frame                      // the next frame of the host for a table
}

// NewSpace makes an empty address space of tables with 2^bits entries: so many levels of the guest's tables, on so many
// nested ones.
func NewSpace(guest, host, bits int) (*Space, error) {
	if _, err := References(guest, host); err != nil {
		return nil, err
	}
	if bits < 1 || bits > MaxBits {
		return nil, fmt.Errorf("got tables of 2^%d entries, want 2^1 to 2^%d", bits, MaxBits)
	}
	s := &Space{guest: guest, host: host, bits: bits, memory: map[Frame]map[uint64]entry{}, next: tables}
	if host > 0 {
		s.nested = s.table()
		s.top = 1 << (host * bits)
	}
	root, err := s.guestTable()
	s.root = root
	return s, err
}

// table allocates a table in the host's memory.
func (s *Space) table() Frame {
	f := s.next
	s.next++
	s.memory[f] = map[uint64]entry{}
	return f
}

// guestTable allocates a table in the guest's memory and gives its frame there.
func (s *Space) guestTable() (Frame, error) {
	if s.host == 0 {
		return s.table(), nil
	}
	if s.top <= s.data {
		return 0, model.Refuse("the guest has no frame left for a table: %#x is data", uint64(s.data-1))
	}
	if err := s.enter(s.nested, s.host, uint64(s.top-1), 1, s.table()); err != nil {
		return 0, err
	}
	s.top--
	return s.top, nil
}

// index is the part of an address that picks an entry at a level.
func (s *Space) index(address uint64, level int) uint64 {
	return address >> ((level - 1) * s.bits) & (1<<s.bits - 1)
}

// enter maps an address at a level in nested tables, or in those of a guest that are in the host's memory.
func (s *Space) enter(table Frame, levels int, address uint64, level int, to Frame) error {
	for l := levels; l > level; l-- {
		e, ok := s.memory[table][s.index(address, l)]
		if !ok {
			e = entry{frame: s.table()}
			s.memory[table][s.index(address, l)] = e
		}
		if e.leaf {
			return model.Refuse("%#x lies in a page of level %d", address, l)
		}
		table = e.frame
	}
	return s.put(table, address, level, to)
}

// put makes an entry that maps a page.
func (s *Space) put(table Frame, address uint64, level int, to Frame) error {
	if _, taken := s.memory[table][s.index(address, level)]; taken {
		return model.Refuse("%#x is mapped", address)
	}
	s.memory[table][s.index(address, level)] = entry{to, true}
	return nil
}

// checkPage checks that a page of a level may lie at both addresses.
func (s *Space) checkPage(address, to uint64, level, levels int) error {
	if level < 1 || level > s.large() {
		return fmt.Errorf("got a page of level %d, want 1 to %d", level, s.large())
	}
	if size := uint64(1) << ((level - 1) * s.bits); address%size != 0 || to%size != 0 {
		return fmt.Errorf("got a page of %d frames at %#x and %#x, want multiples", size, address, to)
	}
	if address>>(levels*s.bits) != 0 {
		return fmt.Errorf("got address %#x, want less than 2^%d", address, levels*s.bits)
	}
	return nil
}

// claim keeps tables out of a page of the guest's memory.
func (s *Space) claim(frame Frame, level int) error {
	end := frame + 1<<((level-1)*s.bits) // 0 where frame is in the last page that there can be
	if s.host > 0 && end > s.top || end > tables || end < frame {
		return fmt.Errorf("got frames %#x to %#x, want some without a table", uint64(frame), uint64(end-1))
	}
	s.data = max(s.data, end)
	return nil
}

// Back gives a page of the guest's memory, of a level, a place in the host's, below 2^62. It is refused where there is one,
// and in a space without nested tables.
func (s *Space) Back(guest, host Frame, level int) error {
	if s.host == 0 {
		return model.Refuse("there are no nested tables")
	}
	if err := s.checkPage(uint64(guest), uint64(host), level, s.host); err != nil {
		return err
	}
	if host >= tables {
		return fmt.Errorf("got frame %#x, want less than 2^62", uint64(host))
	}
	if err := s.claim(guest, level); err != nil {
		return err
	}
	return s.enter(s.nested, s.host, uint64(guest), level, host)
}

// Map maps a page of the guest's virtual addresses, of a level, to its memory. It is refused where one is mapped, or where
// the guest has no memory left for the tables that this takes; those that were added stay, empty.
func (s *Space) Map(page Page, to Frame, level int) error {
	if err := s.checkPage(uint64(page), uint64(to), level, s.guest); err != nil {
		return err
	}
	if err := s.claim(to, level); err != nil {
		return err
	}
	table := s.root
	for l := s.guest; l > level; l-- {
		at, err := s.translate(table, nil)
		if err != nil {
			return err
		}
		e, ok := s.memory[at][s.index(uint64(page), l)]
		if !ok {
			fresh, err := s.guestTable()
			if err != nil {
				return err
			}
			e = entry{frame: fresh}
			s.memory[at][s.index(uint64(page), l)] = e
		}
		if e.leaf {
			return model.Refuse("%#x lies in a page of level %d", uint64(page), l)
		}
		table = e.frame
	}
	at, err := s.translate(table, nil)
	if err != nil {
		return err
	}
	return s.put(at, uint64(page), level, to)
}

// WalkFault is a walk that met an entry that is not present.
type WalkFault struct {
	Nested     bool // a violation of the nested tables, which exits to the hypervisor; else a page fault of the guest
	Address    uint64
	References int
}

// Error names the fault as the manuals do.
func (f *WalkFault) Error() string {
	name := "#PF"
	if f.Nested {
		name = "EPT violation"
	}
	return fmt.Sprintf("refused: %s at %#x after %d references", name, f.Address, f.References)
}

// Unwrap gives model.ErrRefused.
func (f *WalkFault) Unwrap() error { return model.ErrRefused }

// Walk translates a page to a frame of the host with nothing cached, and counts the references to memory. What is not mapped
// is a *WalkFault.
func (s *Space) Walk(page Page) (Frame, int, error) {
	if uint64(page)>>(s.guest*s.bits) != 0 {
		return 0, 0, fmt.Errorf("got page %#x, want less than 2^%d", uint64(page), s.guest*s.bits)
	}
	w, err := NewWalker(s.guest, s.host, s.large())
	if err != nil {
		return 0, 0, err
	}
	table := s.root
	for {
		at, err := s.translate(table, w)
		if err != nil || w.Phase() == Translated {
			return at, w.References(), err
		}
		level := w.g
		e, ok := s.memory[at][s.index(uint64(page), level)]
		if !ok {
			return 0, w.References() + 1, s.fault(w, false, uint64(page))
		}
		if err := w.ReadGuest(e.leaf); err != nil {
			return 0, w.References(), err
		}
		table = e.frame
		if e.leaf {
			table += Frame(uint64(page) & (1<<((level-1)*s.bits) - 1))
		}
	}
}

// large is the highest level of a page: Large, or fewer where either table has no such level.
func (s *Space) large() int {
	if s.host == 0 {
		return min(Large, s.guest)
	}
	return min(Large, s.guest, s.host)
}

// translate gives the host's frame of a guest's one by the nested tables. The walker, if there is one, counts.
func (s *Space) translate(guest Frame, w *Walker) (Frame, error) {
	if s.host == 0 {
		return guest, nil
	}
	table := s.nested
	for l := s.host; ; l-- {
		e, ok := s.memory[table][s.index(uint64(guest), l)]
		if !ok {
			return 0, s.fault(w, true, uint64(guest))
		}
		if w != nil {
			if err := w.ReadNested(e.leaf); err != nil {
				return 0, err
			}
		}
		if e.leaf {
			return e.frame + Frame(uint64(guest)&(1<<((l-1)*s.bits)-1)), nil
		}
		table = e.frame
	}
}

func (s *Space) fault(w *Walker, nested bool, address uint64) error {
	f := &WalkFault{Nested: nested, Address: address}
	if w != nil {
		if err := w.Fault(); err != nil {
			return err
		}
		f.References = w.References()
	}
	return f
}
