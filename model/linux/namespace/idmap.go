package namespace

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/model/linux/errno"
)

// ID of a user or a group is a uint32; NoID, which chown(2) and setuid(2) take for "leave it", is none.
const NoID = math.MaxUint32

// Extent is one line of a uid_map: Count users from Inside on are those from Outside on in the parent namespace
// (user_namespaces(7), User and group ID mappings).
type Extent struct{ Inside, Outside, Count uint32 }

// String gives the line.
func (e Extent) String() string { return fmt.Sprintf("%d %d %d", e.Inside, e.Outside, e.Count) }

func (e Extent) hasInside(id uint32) bool  { return id >= e.Inside && id-e.Inside < e.Count }
func (e Extent) hasOutside(id uint32) bool { return id >= e.Outside && id-e.Outside < e.Count }

// MaxExtents is the number of lines that a map may have, since Linux 4.15; 5 before (user_namespaces(7)).
const MaxExtents = 340

// IDMap is the uid_map or the gid_map of a user namespace: a finite set of ranges that overlap on neither side, and so a
// partial injection of the users inside into those of the parent namespace. The zero IDMap is empty, as the kernel begins:
// nobody inside is anybody outside.
type IDMap struct{ extents []Extent }

// NewIDMap makes a map of its lines. EINVAL: no lines or too many, an empty one, one that goes beyond the numbers, or two that
// overlap on either side (kernel/user_namespace.c, map_write).
func NewIDMap(lines ...Extent) (IDMap, error) {
	if len(lines) == 0 || len(lines) > MaxExtents {
		return IDMap{}, errno.Refuse(errno.EINVAL, "got %d lines, want 1 to %d", len(lines), MaxExtents)
	}
	for i, e := range lines {
		if e.Count == 0 || e.Inside > NoID-e.Count || e.Outside > NoID-e.Count {
			return IDMap{}, errno.Refuse(errno.EINVAL, "line %q is empty or goes beyond %d", e, uint32(NoID-1))
		}
		for _, f := range lines[:i] {
			if e.hasInside(f.Inside) || f.hasInside(e.Inside) || e.hasOutside(f.Outside) || f.hasOutside(e.Outside) {
				return IDMap{}, errno.Refuse(errno.EINVAL, "lines %q and %q overlap", f, e)
			}
		}
	}
	return IDMap{slices.Clone(lines)}, nil
}

// InitialMap is the map of the initial user namespace: everybody is himself.
func InitialMap() IDMap { return IDMap{[]Extent{{0, 0, NoID}}} }

// Extents lists the lines.
func (m IDMap) Extents() []Extent { return slices.Clone(m.extents) }

// Empty tells whether the map has not been written.
func (m IDMap) Empty() bool { return len(m.extents) == 0 }

// Out gives who id is outside, and whether he is anybody there.
func (m IDMap) Out(id uint32) (uint32, bool) {
	for _, e := range m.extents {
		if e.hasInside(id) {
			return e.Outside + (id - e.Inside), true
		}
	}
	return 0, false
}

// In gives who is id inside, and whether anybody is.
func (m IDMap) In(id uint32) (uint32, bool) {
	for _, e := range m.extents {
		if e.hasOutside(id) {
			return e.Inside + (id - e.Outside), true
		}
	}
	return 0, false
}

// RootSafe tells whether nobody inside is root outside. That is all that there is to it: what root inside is mapped to does not
// tell, since somebody else may be mapped to 0.
func (m IDMap) RootSafe() bool {
	_, root := m.In(0)
	return !root
}

// Under gives the map of a namespace whose parent namespace has map parent, to the users of the parent's parent. EPERM: a line
// is not within one line of the parent's, as the kernel wants it (map_id_range_down): who is nobody in the parent may not be
// mapped, nor a range that is torn apart there.
func (m IDMap) Under(parent IDMap) (IDMap, error) {
	out := make([]Extent, 0, len(m.extents))
	for _, e := range m.extents {
		i := slices.IndexFunc(parent.extents, func(p Extent) bool {
			return p.hasInside(e.Outside) && p.hasInside(e.Outside+(e.Count-1))
		})
		if i < 0 {
			return IDMap{}, errno.Refuse(errno.EPERM, "line %q is not within a line of the parent namespace", e)
		}
		p := parent.extents[i]
		out = append(out, Extent{e.Inside, p.Outside + (e.Outside - p.Inside), e.Count})
	}
	return IDMap{out}, nil
}

// String gives the lines, with commas between.
func (m IDMap) String() string {
	lines := make([]string, len(m.extents))
	for i, e := range m.extents {
		lines[i] = e.String()
	}
	return strings.Join(lines, ", ")
}
