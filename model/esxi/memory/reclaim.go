package memory

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Guest is a virtual machine as the host's memory scheduler knows it. All numbers are pages.
type Guest struct {
	Size        int
	Reservation int
	Limit       int  // NoLimit is none
	Target      int  // what shares, reservation and activity entitle it to now; see Targets
	Tools       bool // a balloon driver runs in it
	Twins       int  // pages that another page of the machine equals
}

// NoLimit is the limit of a machine that has none, as in the API (ResourceAllocationInfo.limit).
const NoLimit = -1

// Caps are what single means may take of a machine, in percent of its size.
type Caps struct {
	Balloon int // Mem.CtlMaxPercent
	Zip     int // Mem.MemZipMaxPct, for the cache of compressed pages
}

// DefaultCaps are the defaults of ESXi 8.
func DefaultCaps() Caps { return Caps{Balloon: 65, Zip: 10} }

// Usage is where the pages of a machine are. They add up to its size; Shared are among those held.
type Usage struct {
	Fresh     int // never touched: no memory stands behind them
	Held      int // the guest has them at hand
	Shared    int // of these, the ones that lie in the frame of another
	Ballooned int // taken from the guest by its balloon driver
	Zipped    int // compressed, two in a frame
	Swapped   int // in the swap file
}

// Taken is how many pages the host has taken from the guest.
func (u Usage) Taken() int { return u.Ballooned + u.Zipped + u.Swapped }

// Frames is how many frames of the host the machine takes.
func (u Usage) Frames() int { return u.Held - u.Shared + zipFrames(u.Zipped) }

func zipFrames(pages int) int { return (pages + 1) / 2 }

// Host is the memory of a host that its machines share, and how it takes pages back when it runs short.
//
// What it guarantees, checked in reclaim.bh: pages and frames are conserved; the host takes only what a machine holds above its
// target or limit, and so nothing that it has reserved; it takes nothing in the high state but for limits; it balloons before it
// compresses and swaps, and blocks machines above their targets last; it gets out of the low state whatever the guests do, if all
// machines fit at their targets and a page more each, with caches full, below the mark at which it leaves low.
//
// The zero Host has no memory; make one with NewHost.
type Host struct {
	guests  []Guest
	caps    Caps
	usage   []Usage // by VM-1
	free    int
	monitor *Monitor
}

// NewHost makes a host of so many free pages. monitor, which counts free memory in pages, is the host's from then on. An error
// says which machine has a number that makes no sense: negative, a reservation above the target, or a target above the size or
// the limit.
func NewHost(pages int, monitor *Monitor, caps Caps, guests []Guest) (*Host, error) {
	if pages < 0 {
		return nil, fmt.Errorf("got %d pages, want 0 or more", pages)
	}
	if caps.Balloon < 0 || caps.Balloon > 100 || caps.Zip < 0 || caps.Zip > 100 {
		return nil, fmt.Errorf("got caps %+v, want 0 to 100 %%", caps)
	}
	h := &Host{guests: slices.Clone(guests), caps: caps, free: pages, monitor: monitor}
	for i, g := range guests {
		if g.Reservation < 0 || g.Reservation > g.Target || g.Target > g.Size || g.Twins < 0 || g.Size > 1<<40 {
			return nil, fmt.Errorf("VM %d: got %+v, want 0 <= reservation <= target <= size", i+1, g)
		}
		if g.Limit != NoLimit && g.Limit < g.Target {
			return nil, fmt.Errorf("VM %d: got limit %d, want at least the target %d, or %d", i+1, g.Limit, g.Target, NoLimit)
		}
		h.usage = append(h.usage, Usage{Fresh: g.Size})
	}
	monitor.Observe(int64(pages))
	return h, nil
}

// Clone returns an independent copy.
func (h *Host) Clone() *Host {
	c := *h
	c.guests, c.usage, c.monitor = slices.Clone(h.guests), slices.Clone(h.usage), h.monitor.Clone()
	return &c
}

// VMs is the number of machines.
func (h *Host) VMs() int { return len(h.guests) }

// Free is how many frames nobody has.
func (h *Host) Free() int { return h.free }

// State is how short of memory the host is.
func (h *Host) State() State { return h.monitor.State() }

// Usage is where the pages of v are.
func (h *Host) Usage(v VM) Usage {
	mustName("VM", int(v), len(h.usage))
	return h.usage[v-1]
}

// SwapFile is how large the swap file of v is: what it has not reserved (vSphere Resource Management, "Swap files").
func (h *Host) SwapFile(v VM) int {
	mustName("VM", int(v), len(h.guests))
	return h.guests[v-1].Size - h.guests[v-1].Reservation
}

// BalloonCap is how many pages the balloon driver of v takes at most.
func (h *Host) BalloonCap(v VM) int {
	mustName("VM", int(v), len(h.guests))
	if !h.guests[v-1].Tools {
		return 0
	}
	return h.caps.Balloon * h.guests[v-1].Size / 100
}

// ZipCap is how many compressed pages of v the host keeps at most: two in each frame of the cache.
func (h *Host) ZipCap(v VM) int {
	mustName("VM", int(v), len(h.guests))
	return 2 * (h.caps.Zip * h.guests[v-1].Size / 100)
}

// Blocked tells whether v waits when it wants memory: the host is in Low and v above its target.
func (h *Host) Blocked(v VM) bool {
	held := h.Usage(v).Held
	return h.State().Means().Block && held > h.guests[v-1].Target
}

// OverLimit tells whether v holds more than its limit, so that the host takes pages from it in any state.
func (h *Host) OverLimit(v VM) bool {
	held := h.Usage(v).Held
	return h.guests[v-1].Limit != NoLimit && held > h.guests[v-1].Limit
}

// aboveTarget tells whether the host takes pages from v when it runs short.
func (h *Host) aboveTarget(v VM) bool { return h.usage[v-1].Held > h.guests[v-1].Target }

// inflates tells whether the balloon of v grows now.
func (h *Host) inflates(v VM) bool {
	return h.usage[v-1].Ballooned < h.BalloonCap(v) &&
		(h.OverLimit(v) || h.State().Means().Balloon && h.aboveTarget(v))
}

// evicts tells whether the host takes a page of v now without asking the guest.
func (h *Host) evicts(v VM) bool {
	return h.OverLimit(v) && !h.inflates(v) || h.State().Means().Swap && h.aboveTarget(v)
}

// grow gives v a frame for a page that the guest wants.
func (h *Host) grow(step string, v VM) error {
	switch {
	case h.free == 0:
		return model.Refuse("%s of VM %d: no frame is free", step, v)
	case h.Blocked(v):
		return model.Refuse("%s of VM %d: it is blocked, above its target on a host in %s", step, v, h.State())
	case h.OverLimit(v):
		return model.Refuse("%s of VM %d: it is over its limit", step, v)
	}
	h.usage[v-1].Held++
	h.move(-1)
	return nil
}

// move changes the number of free frames.
func (h *Host) move(frames int) {
	h.free += frames
	h.monitor.Observe(int64(h.free))
}

// take takes a page of v from the guest, one that is not shared as long as there is one, and says how many frames that frees.
func (h *Host) take(v VM) int {
	u := &h.usage[v-1]
	u.Held--
	if u.Shared > 0 && u.Shared >= u.Held {
		u.Shared--
		return 0
	}
	return 1
}

// Touch says that the guest of v touches a page for the first time.
func (h *Host) Touch(v VM) error {
	if err := known("touch", v, len(h.guests)); err != nil {
		return err
	}
	if h.usage[v-1].Fresh == 0 {
		return model.Refuse("touch of VM %d: it has touched all its pages", v)
	}
	if err := h.grow("touch", v); err != nil {
		return err
	}
	h.usage[v-1].Fresh--
	return nil
}

// SwapIn says that the guest of v touches a page that is in the swap file.
func (h *Host) SwapIn(v VM) error {
	if err := known("swap in", v, len(h.guests)); err != nil {
		return err
	}
	if h.usage[v-1].Swapped == 0 {
		return model.Refuse("swap in of VM %d: nothing of it is swapped", v)
	}
	if err := h.grow("swap in", v); err != nil {
		return err
	}
	h.usage[v-1].Swapped--
	return nil
}

// Unzip says that the guest of v touches a compressed page.
func (h *Host) Unzip(v VM) error {
	if err := known("unzip", v, len(h.guests)); err != nil {
		return err
	}
	zipped := h.usage[v-1].Zipped
	if zipped == 0 {
		return model.Refuse("unzip of VM %d: nothing of it is compressed", v)
	}
	if h.free == 0 || h.Blocked(v) || h.OverLimit(v) {
		return h.grow("unzip", v)
	}
	h.usage[v-1].Held++
	h.usage[v-1].Zipped--
	h.move(zipFrames(zipped) - zipFrames(zipped-1) - 1)
	return nil
}

// Share keeps two pages of v with equal content in one frame.
func (h *Host) Share(v VM) error {
	if err := known("share", v, len(h.guests)); err != nil {
		return err
	}
	u := &h.usage[v-1]
	if h.State() == High || u.Shared >= min(h.guests[v-1].Twins, u.Held-1) {
		return model.Refuse("share of VM %d: there is nothing to share, in state %s", v, h.State())
	}
	u.Shared++
	h.move(1)
	return nil
}

// Write says that the guest of v writes to a page that shares a frame: it gets one of its own.
func (h *Host) Write(v VM) error {
	if err := known("write", v, len(h.guests)); err != nil {
		return err
	}
	u := &h.usage[v-1]
	if u.Shared == 0 || h.free == 0 || h.Blocked(v) {
		return model.Refuse("write of VM %d: got %d pages shared and %d frames free", v, u.Shared, h.free)
	}
	u.Shared--
	h.move(-1)
	return nil
}

// Balloon makes the balloon driver of v take a page from its guest.
func (h *Host) Balloon(v VM) error {
	if err := known("balloon", v, len(h.guests)); err != nil {
		return err
	}
	if !h.inflates(v) {
		return model.Refuse("balloon of VM %d: in state %s it holds %d pages, %d ballooned of at most %d",
			v, h.State(), h.usage[v-1].Held, h.usage[v-1].Ballooned, h.BalloonCap(v))
	}
	freed := h.take(v)
	h.usage[v-1].Ballooned++
	h.move(freed)
	return nil
}

// Deflate makes the balloon driver of v give a page back to its guest, which the host does when it is not short of memory.
func (h *Host) Deflate(v VM) error {
	if err := known("deflate", v, len(h.guests)); err != nil {
		return err
	}
	u := &h.usage[v-1]
	if u.Ballooned == 0 || h.State() > Clear {
		return model.Refuse("deflate of VM %d: got %d pages ballooned in state %s", v, u.Ballooned, h.State())
	}
	u.Ballooned--
	u.Fresh++
	return nil
}

// Evict takes a page of v without asking the guest. If it fits into half a frame and the cache has room it is compressed, else
// it goes to the swap file; so does one whose frame another page shares, where the cache would need a frame and none is free.
func (h *Host) Evict(v VM, fits bool) error {
	if err := known("evict", v, len(h.guests)); err != nil {
		return err
	}
	if !h.evicts(v) {
		return model.Refuse("evict of VM %d: in state %s it holds %d pages of a target of %d",
			v, h.State(), h.usage[v-1].Held, h.guests[v-1].Target)
	}
	freed := h.take(v)
	u := &h.usage[v-1]
	cost := zipFrames(u.Zipped+1) - zipFrames(u.Zipped)
	if fits && u.Zipped < h.ZipCap(v) && h.free+freed >= cost {
		u.Zipped++
		freed -= cost
	} else {
		u.Swapped++
	}
	h.move(freed)
	return nil
}

// Restart says that v is powered off and on: it has touched nothing.
func (h *Host) Restart(v VM) error {
	if err := known("restart", v, len(h.guests)); err != nil {
		return err
	}
	u := &h.usage[v-1]
	if u.Fresh == h.guests[v-1].Size {
		return model.Refuse("restart of VM %d: it has not touched anything", v)
	}
	frames := u.Frames()
	*u = Usage{Fresh: h.guests[v-1].Size}
	h.move(frames)
	return nil
}
