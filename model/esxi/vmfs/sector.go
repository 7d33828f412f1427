package vmfs

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Host numbers a host that uses a volume, from 1. The zero Host is none.
type Host int

// Mode is how a lock is held. The values are those that vmkfstools -D shows.
type Mode uint8

// The modes.
const (
	Free      Mode = iota
	Exclusive      // by one host, which reads and writes
	Reading        // by any number of hosts, such as the base disk of a machine with snapshots
	Writing        // by several hosts that look after each other: multi-writer disks
)

var modeNames = [...]string{"free", "exclusive", "reading", "writing"}

// String gives the spelling of the models.
func (m Mode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return fmt.Sprintf("mode(%d)", uint8(m))
}

// Image is what the sector of a lock says.
type Image struct {
	Mode    Mode
	Holders []Host // in their order
}

// Equal tells whether two images are the same, which is what COMPARE AND WRITE compares.
func (i Image) Equal(j Image) bool { return i.Mode == j.Mode && slices.Equal(i.Holders, j.Holders) }

// Open tells whether one more host can hold the lock in a mode.
func (i Image) Open(want Mode) bool {
	return want > Free && want <= Writing && (i.Mode == Free || i.Mode == want && want != Exclusive)
}

func (i Image) joined(h Host, want Mode) Image {
	holders := append(slices.Clone(i.Holders), h)
	slices.Sort(holders)
	return Image{Mode: want, Holders: holders}
}

func (i Image) left(h Host) Image {
	out := Image{Mode: i.Mode, Holders: slices.DeleteFunc(slices.Clone(i.Holders), func(g Host) bool { return g == h })}
	if len(out.Holders) == 0 {
		return Image{}
	}
	return out
}

// FileLocked is the answer to who wants a file that others hold, by the name that the vSphere API has for it. It wraps
// model.ErrRefused.
type FileLocked struct{ Image Image }

// Error says who holds the lock.
func (f *FileLocked) Error() string {
	return fmt.Sprintf("FileLocked: %s by %v", f.Image.Mode, f.Image.Holders)
}

// Unwrap is model.ErrRefused.
func (f *FileLocked) Unwrap() error { return model.ErrRefused }

// Sector is a lock on a disk that hosts share, and what each of them has read of it; ats.bh is the model of it. The zero Sector has
// no hosts; make one with NewSector.
type Sector struct {
	image  Image
	read   []*Image // by Host-1; nil for nothing
	holds  []Mode   // by Host-1
	failed bool
}

// NewSector makes a free lock for some hosts, at least one.
func NewSector(hosts int) (*Sector, error) {
	if hosts < 1 {
		return nil, fmt.Errorf("got %d hosts, want at least 1", hosts)
	}
	return &Sector{read: make([]*Image, hosts), holds: make([]Mode, hosts)}, nil
}

// Image is what the sector says. The caller may keep it.
func (s *Sector) Image() Image {
	return Image{Mode: s.image.Mode, Holders: slices.Clone(s.image.Holders)}
}

// Holds is the mode in which h holds the lock, as it believes. It panics when there is no such host.
func (s *Sector) Holds(h Host) Mode {
	mustName(h, len(s.holds))
	return s.holds[h-1]
}

// Failed tells whether the last step was a miscompare.
func (s *Sector) Failed() bool { return s.failed }

func mustName(h Host, hosts int) {
	if h < 1 || int(h) > hosts {
		panic(fmt.Sprintf("vmfs: host %d: want 1 to %d", h, hosts))
	}
}

func known(h Host, hosts int) error {
	if h < 1 || int(h) > hosts {
		return model.Refuse("host %d: want 1 to %d", h, hosts)
	}
	return nil
}

// Read says that h, which does not hold the lock, reads the sector.
func (s *Sector) Read(h Host) error {
	if err := known(h, len(s.holds)); err != nil {
		return err
	}
	if s.holds[h-1] != Free || s.read[h-1] != nil {
		return model.Refuse("host %d holds the lock, or has read it", h)
	}
	image := s.Image()
	s.read[h-1] = &image
	s.failed = false
	return nil
}

// Set tries to take the lock for h in a mode, on the strength of what h has read; done is false where the sector has changed
// since (ATS miscompare), and h must read again. The error is a FileLocked where what h has read excludes the mode.
func (s *Sector) Set(h Host, want Mode) (done bool, err error) {
	if err := known(h, len(s.holds)); err != nil {
		return false, err
	}
	read := s.read[h-1]
	switch {
	case want == Free || want > Writing:
		return false, fmt.Errorf("got mode %s, want exclusive, reading or writing", want)
	case read == nil:
		return false, model.Refuse("host %d has not read the lock", h)
	case !read.Open(want):
		return false, &FileLocked{*read}
	}
	s.read[h-1] = nil
	s.failed = !s.image.Equal(*read)
	if s.failed {
		return false, nil
	}
	s.image = s.image.joined(h, want)
	s.holds[h-1] = want
	return true, nil
}

// GiveUp says that h does not want the lock any more.
func (s *Sector) GiveUp(h Host) error {
	if err := known(h, len(s.holds)); err != nil {
		return err
	}
	if s.read[h-1] == nil {
		return model.Refuse("host %d has not read the lock", h)
	}
	s.read[h-1] = nil
	s.failed = false
	return nil
}

// Release gives the lock back. (It is a read and a set too, which the host repeats until it gets through.)
func (s *Sector) Release(h Host) error {
	if err := known(h, len(s.holds)); err != nil {
		return err
	}
	if s.holds[h-1] == Free {
		return model.Refuse("host %d does not hold the lock", h)
	}
	s.image = s.image.left(h)
	s.holds[h-1] = Free
	s.failed = false
	return nil
}
