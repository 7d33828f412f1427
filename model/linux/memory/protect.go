package memory

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Group numbers a control group, from 0, the root, which stands for the host.
type Group int

// Root is the group of the host. It has no settings.
const Root Group = 0

// ProtectedGroup is a control group with its protections, in pages.
type ProtectedGroup struct {
	Parent   Group // less than its own number; not looked at for the root
	Min, Low int64 // memory.min and memory.low
}

// Protection is the memory of a tree of control groups with protections (Documentation/admin-guide/cgroup-v2.rst, memory.min
// and memory.low; mm/page_counter.c, effective_protection). Memory is that of groups without children.
type Protection struct {
	groups    []ProtectedGroup
	inner     []bool
	recursive bool
	host      int64
	pages     []int64 // of the group and all below it
}

// NewProtection makes a tree without memory in use on a host of so many pages. With recursive, as the mount option
// memory_recursiveprot has it, which systemd sets, protection that children do not claim is shared by what they use beyond
// their claims.
func NewProtection(groups []ProtectedGroup, host int64, recursive bool) (*Protection, error) {
	if len(groups) == 0 {
		return nil, fmt.Errorf("got no group")
	}
	if host < 1 || host > maxPages {
		return nil, fmt.Errorf("got a host of %d pages, want 1 to %d", host, maxPages)
	}
	p := &Protection{
		groups: slices.Clone(groups), inner: make([]bool, len(groups)), recursive: recursive, host: host, pages: make([]int64, len(groups)),
	}
	for g, v := range p.groups {
		if g > 0 {
			if v.Parent < 0 || int(v.Parent) >= g {
				return nil, fmt.Errorf("group %d: got parent %d, want 0 to %d", g, v.Parent, g-1)
			}
			p.inner[v.Parent] = true
		}
		if v.Min < 0 || v.Min > maxPages || v.Low < 0 || v.Low > maxPages {
			return nil, fmt.Errorf("group %d: got protections of %d and %d pages, want 0 to %d", g, v.Min, v.Low, maxPages)
		}
	}
	return p, nil
}

// Clone returns an independent copy.
func (p *Protection) Clone() *Protection {
	c := *p // the tree and its settings never change
	c.pages = slices.Clone(p.pages)
	return &c
}

func (p *Protection) has(g Group) bool { return g >= 0 && int(g) < len(p.groups) }

func (p *Protection) mustKnow(g Group) {
	if !p.has(g) {
		panic(fmt.Sprintf("memory: group %d: want 0 to %d", g, len(p.groups)-1))
	}
}

// Pages is memory.current of g.
func (p *Protection) Pages(g Group) int64 {
	p.mustKnow(g)
	return p.pages[g]
}

// EffectiveMin is what of memory.min is worth something for g, in pages: below it nothing is ever taken of g.
func (p *Protection) EffectiveMin(g Group) int64 {
	return p.effective(g, func(v ProtectedGroup) int64 { return v.Min })
}

// EffectiveLow is what of memory.low is worth something for g, in pages: below it something is taken of g only when nobody has
// anything above his.
func (p *Protection) EffectiveLow(g Group) int64 {
	return p.effective(g, func(v ProtectedGroup) int64 { return v.Low })
}

// effective goes down from the children of the root, whose settings are worth what they say.
func (p *Protection) effective(g Group, setting func(ProtectedGroup) int64) int64 {
	p.mustKnow(g)
	if g == Root {
		return 0
	}
	own, parent := setting(p.groups[g]), p.groups[g].Parent
	if parent == Root {
		return own
	}
	above := p.effective(parent, setting)
	claim := min(p.pages[g], own)
	all := int64(0) // claims of all children, each at most what is in use: no overflow
	for c, v := range p.groups {
		if c > 0 && v.Parent == parent {
			all += min(p.pages[c], setting(v))
		}
	}
	if all > above {
		return share(claim, above, all)
	}
	// What is claimed is granted. What is left goes to who uses more than he claims, by how much more: then all together do.
	if beyond := p.pages[g] - claim; p.recursive && beyond > 0 {
		return claim + share(above-all, beyond, p.pages[parent]-all)
	}
	return claim
}

// share is a*b/c, rounded down, for a or b at most c.
func share(a, b, c int64) int64 {
	high, low := bits.Mul64(uint64(a), uint64(b))
	quotient, _ := bits.Div64(high, low, uint64(c))
	return int64(quotient)
}

// Reclaimable lists the groups of which the host takes a page when it is full, in the order of their numbers: those with
// memory that is not protected, or if there is none, those with memory that is not guaranteed.
func (p *Protection) Reclaimable() []Group {
	var open, low []Group
	for i := range p.groups {
		g := Group(i)
		switch floor := p.EffectiveMin(g); {
		case p.inner[g] || p.pages[g] <= floor:
		case p.pages[g] > p.EffectiveLow(g):
			open = append(open, g)
		default:
			low = append(low, g)
		}
	}
	if len(open) > 0 {
		return open
	}
	return low
}

// Full tells whether the host has no page left.
func (p *Protection) Full() bool { return p.pages[Root] >= p.host }

// Touch charges a page to g, which must have no children; the host must not be full.
func (p *Protection) Touch(g Group) error {
	if !p.has(g) || p.inner[g] {
		return model.Refuse("no group %d without children", g)
	}
	if p.Full() {
		return model.Refuse("the host is full")
	}
	p.add(g, 1)
	return nil
}

// Free gives back a page of g.
func (p *Protection) Free(g Group) error {
	if !p.has(g) || p.inner[g] || p.pages[g] == 0 {
		return model.Refuse("no page of a group %d", g)
	}
	p.add(g, -1)
	return nil
}

// Take takes a page of g, which must be one of Reclaimable; the host must be full.
func (p *Protection) Take(g Group) error {
	if !p.Full() || !slices.Contains(p.Reclaimable(), g) {
		return model.Refuse("nothing is taken of group %d", g)
	}
	p.add(g, -1)
	return nil
}

// Kill ends what runs in g, on a full host where nothing can be taken of anybody.
func (p *Protection) Kill(g Group) error {
	if !p.Full() || len(p.Reclaimable()) > 0 || !p.has(g) || p.inner[g] || p.pages[g] == 0 {
		return model.Refuse("nobody is killed in group %d", g)
	}
	p.add(g, -p.pages[g])
	return nil
}

func (p *Protection) add(g Group, pages int64) {
	for ; ; g = p.groups[g].Parent {
		p.pages[g] += pages
		if g == Root {
			return
		}
	}
}
