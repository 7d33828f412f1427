package network

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// VLAN is the number of a VLAN, 1 to 4094, or Untagged.
type VLAN int

// The ends of the numbers, and the one that stands for all of them on a standard switch.
const (
	Untagged     VLAN = 0    // frames without a tag: External Switch Tagging
	MaxVLAN      VLAN = 4094 // of IEEE 802.1Q
	GuestTagging VLAN = 4095 // on the port group of a standard switch: all VLANs, the guest gives the tags
)

// Range is the VLANs from Low to High, both included.
type Range struct{ Low, High VLAN }

// VLANs is a set of VLANs. The zero VLANs is empty.
type VLANs struct{ ranges []Range } // ascending, apart, none adjacent

// NewVLANs makes the union of ranges, which may overlap. Each must lie in 0 to 4094 and not be empty.
func NewVLANs(ranges ...Range) (VLANs, error) {
	for _, r := range ranges {
		if r.Low < Untagged || r.High > MaxVLAN || r.Low > r.High {
			return VLANs{}, fmt.Errorf("got VLANs %d to %d, want a range in %d to %d", r.Low, r.High, Untagged, MaxVLAN)
		}
	}
	return union(ranges), nil
}

func union(ranges []Range) VLANs {
	sorted := slices.SortedFunc(slices.Values(ranges), func(a, b Range) int { return cmp.Compare(a.Low, b.Low) })
	var out []Range
	for _, r := range sorted {
		if n := len(out); n > 0 && r.Low <= out[n-1].High+1 {
			out[n-1].High = max(out[n-1].High, r.High)
		} else {
			out = append(out, r)
		}
	}
	return VLANs{out}
}

func only(ids ...VLAN) VLANs {
	ranges := make([]Range, len(ids))
	for i, id := range ids {
		ranges[i] = Range{id, id}
	}
	return union(ranges)
}

// Ranges is the set as the fewest ranges, in ascending order. The caller may keep it.
func (v VLANs) Ranges() []Range { return slices.Clone(v.ranges) }

// Empty tells whether there is none.
func (v VLANs) Empty() bool { return len(v.ranges) == 0 }

// Has tells whether id is one of them.
func (v VLANs) Has(id VLAN) bool {
	_, found := slices.BinarySearchFunc(v.ranges, id, func(r Range, id VLAN) int {
		switch {
		case r.High < id:
			return -1
		case r.Low > id:
			return 1
		}
		return 0
	})
	return found
}

// Intersect is the VLANs in both.
func (v VLANs) Intersect(w VLANs) VLANs {
	var out []Range
	for i, j := 0, 0; i < len(v.ranges) && j < len(w.ranges); {
		a, b := v.ranges[i], w.ranges[j]
		if low, high := max(a.Low, b.Low), min(a.High, b.High); low <= high {
			out = append(out, Range{low, high})
		}
		if a.High < b.High {
			i++
		} else {
			j++
		}
	}
	return VLANs{out}
}

// String writes the set as an administrator does: 0-4, 10.
func (v VLANs) String() string {
	parts := make([]string, len(v.ranges))
	for i, r := range v.ranges {
		parts[i] = fmt.Sprint(int(r.Low))
		if r.High > r.Low {
			parts[i] += fmt.Sprintf("-%d", r.High)
		}
	}
	return strings.Join(parts, ", ")
}

// Policy says which VLANs a port group is in. Make one with Access, Trunk or Private; the zero Policy is that of new port
// groups, Access(Untagged).
type Policy struct {
	mode mode
	id   VLAN  // of Access, and the secondary VLAN of Private
	ids  VLANs // of Trunk
}

type mode int

const (
	access mode = iota
	trunk
	private
)

// Access puts a port group in one VLAN: the switch gives a tag to what guests send and takes it from what they get
// (Virtual Switch Tagging), or, for Untagged, has nothing to do with tags. Frames that guests tag themselves are
// dropped. ("vSphere Networking" 6.7, "VLAN Configuration"; "vSphere Security" 6.7, "Virtual Switch Protection and
// VLANs", on double encapsulation.) GuestTagging is a trunk of all VLANs.
func Access(id VLAN) Policy {
	if id == GuestTagging {
		return Trunk(union([]Range{{Untagged, MaxVLAN}}))
	}
	return Policy{mode: access, id: id}
}

// Trunk passes the frames of some VLANs with the tags that guests give them (Virtual Guest Tagging). A distributed switch
// takes any; a standard one none but all of them.
func Trunk(ids VLANs) Policy { return Policy{mode: trunk, ids: ids} }

// Private puts a port group in a private VLAN, by the number of its secondary VLAN. Which kind that is, the table of
// private VLANs says. (pvlanId of VmwareDistributedVirtualSwitchPvlanSpec in the vSphere API.)
func Private(secondary VLAN) Policy { return Policy{mode: private, id: secondary} }

// String says what the policy is.
func (p Policy) String() string {
	switch p.mode {
	case trunk:
		return "trunk " + p.ids.String()
	case private:
		return fmt.Sprintf("private %d", p.id)
	}
	return fmt.Sprintf("VLAN %d", p.id)
}

// PrivateKind is the kind of a secondary VLAN.
type PrivateKind int

// The kinds, named as the vSphere API names them in VMwareDVSPvlanMapEntry.
const (
	Promiscuous PrivateKind = iota // reaches all and is reached by all of the primary VLAN
	Isolated                       // reaches promiscuous ports only
	Community                      // reaches its own members and promiscuous ports
)

// String is the name in the vSphere API.
func (k PrivateKind) String() string { return [...]string{"promiscuous", "isolated", "community"}[k] }

// PrivateVLAN is an entry of the table of private VLANs of a distributed switch.
type PrivateVLAN struct {
	Primary, Secondary VLAN
	Kind               PrivateKind
}

// checkPrivate checks a table: each secondary VLAN is there once, and is no primary one; the entry of promiscuous ports
// has the number of the primary VLAN, and is there for each primary VLAN; and a primary VLAN has one isolated VLAN at
// most ("vSphere Networking" 6.7, "Create a Private VLAN").
func checkPrivate(table []PrivateVLAN) error {
	seen := map[VLAN]bool{}
	promiscuous, isolated := map[VLAN]bool{}, map[VLAN]bool{}
	for _, e := range table {
		if e.Primary < 1 || e.Primary > MaxVLAN || e.Secondary < 1 || e.Secondary > MaxVLAN {
			return fmt.Errorf("private VLAN %d of %d: want numbers of 1 to %d", e.Secondary, e.Primary, MaxVLAN)
		}
		if seen[e.Secondary] {
			return fmt.Errorf("private VLAN %d is there twice", e.Secondary)
		}
		seen[e.Secondary] = true
		if (e.Kind == Promiscuous) != (e.Primary == e.Secondary) {
			return fmt.Errorf("private VLAN %d of %d is %s: want the number of the primary VLAN for promiscuous ports, and for them only", e.Secondary, e.Primary, e.Kind)
		}
		switch e.Kind {
		case Promiscuous:
			promiscuous[e.Primary] = true
		case Isolated:
			if isolated[e.Primary] {
				return fmt.Errorf("primary VLAN %d has two isolated VLANs", e.Primary)
			}
			isolated[e.Primary] = true
		case Community:
		default:
			return fmt.Errorf("private VLAN %d has no kind", e.Secondary)
		}
	}
	for _, e := range table {
		if !promiscuous[e.Primary] {
			return fmt.Errorf("primary VLAN %d has no entry of its own", e.Primary)
		}
	}
	return nil
}
