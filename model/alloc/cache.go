package alloc

import (
	"fmt"
	"slices"
)

// Cache keeps the pages that were asked for last, as many as it has room for: it evicts the least recently used.
//
// What it guarantees, checked in inclusion.bh and paging.bh: a larger one holds at any time what a smaller one would
// hold, so that it never misses what the smaller one hits (R. L. Mattson, J. Gecsei, D. R. Slutz and I. L. Traiger, IBM
// Systems Journal 9(2), 1970); and compared with any other cache, of h <= k pages, which may know what comes, its
// misses are at most MissLimit (D. D. Sleator and R. E. Tarjan, Amortized efficiency of list update and paging rules,
// CACM 28(2), 1985).
//
// The zero Cache has no room and keeps nothing; make one with NewCache.
type Cache struct {
	room  int
	pages []int // the least recently used first
}

// NewCache makes an empty cache with room for 1 to Most pages.
func NewCache(room int) (Cache, error) {
	if room < 1 || room > Most {
		return Cache{}, fmt.Errorf("got room for %d pages, want 1 to %d", room, Most)
	}
	return Cache{room: room}, nil
}

// Clone returns an independent copy.
func (c *Cache) Clone() Cache { return Cache{room: c.room, pages: slices.Clone(c.pages)} }

// Pages is what it keeps, the least recently used first. The caller may keep it.
func (c *Cache) Pages() []int { return slices.Clone(c.pages) }

// Get asks for a page, and tells whether it was there. Afterwards it is.
func (c *Cache) Get(page int) bool {
	i := slices.Index(c.pages, page)
	switch {
	case i >= 0:
		c.pages = slices.Delete(c.pages, i, i+1)
	case c.room == 0:
		return false
	case len(c.pages) == c.room:
		c.pages = slices.Delete(c.pages, 0, 1)
	}
	c.pages = append(c.pages, page)
	return i >= 0
}

// MissLimit is how often a Cache of k pages misses at most where another one, of h, misses so often, whatever is asked
// for, if both were empty or had been asked for the same page last: k/(k-h+1) times as often, and h-1. It is rounded
// down; the error is that not 1 <= h <= k <= Most, or misses are not 0 to Most.
func MissLimit(k, h, misses int) (int, error) {
	if h < 1 || k < h || k > Most || misses < 0 || misses > Most {
		return 0, fmt.Errorf("got %d pages, %d of the other, and %d misses, want 1 <= %d <= %d <= %d and 0 to %d", k, h, misses, h, k, Most, Most)
	}
	return k*misses/(k-h+1) + h - 1, nil
}

// Misses counts the misses of a Cache that is empty at first.
func Misses(room int, requests []int) (int, error) {
	c, err := NewCache(room)
	if err != nil {
		return 0, err
	}
	misses := 0
	for _, p := range requests {
		if !c.Get(p) {
			misses++
		}
	}
	return misses, nil
}

// FIFOMisses counts those of a cache that evicts the page that came first. A larger one may miss more (L. A. Belady, R.
// A. Nelson and G. S. Shedler, An anomaly in space-time characteristics of certain programs running in a paging
// machine, CACM 12(6), 1969).
func FIFOMisses(room int, requests []int) (int, error) {
	if _, err := NewCache(room); err != nil {
		return 0, err
	}
	var pages []int
	misses := 0
	for _, p := range requests {
		if slices.Contains(pages, p) {
			continue
		}
		misses++
		if len(pages) == room {
			pages = pages[1:]
		}
		pages = append(pages, p)
	}
	return misses, nil
}

// FewestMisses counts the misses of the best that could be done by one who knows all requests: to evict the page that
// is asked for last, or never again (L. A. Belady, A study of replacement algorithms for a virtual-storage computer,
// IBM Systems Journal 5(2), 1966).
func FewestMisses(room int, requests []int) (int, error) {
	if _, err := NewCache(room); err != nil {
		return 0, err
	}
	var pages []int
	misses := 0
	for i, p := range requests {
		if slices.Contains(pages, p) {
			continue
		}
		misses++
		if len(pages) == room {
			latest, at := 0, -1
			for k, q := range pages {
				next := slices.Index(requests[i:], q)
				if next < 0 {
					next = len(requests)
				}
				if next > at {
					latest, at = k, next
				}
			}
			pages = slices.Delete(pages, latest, latest+1)
		}
		pages = append(pages, p)
	}
	return misses, nil
}
