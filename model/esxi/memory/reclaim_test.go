package memory

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

func drawHost(t *rapid.T) *Host {
	var guests []Guest
	for range rapid.IntRange(1, 4).Draw(t, "VMs") {
		size := rapid.IntRange(1, 40).Draw(t, "size")
		target := rapid.IntRange(0, size).Draw(t, "target")
		limit := NoLimit
		if rapid.Bool().Draw(t, "limited") {
			limit = rapid.IntRange(target, size).Draw(t, "limit")
		}
		guests = append(guests, Guest{
			Size: size, Reservation: rapid.IntRange(0, target).Draw(t, "reservation"), Target: target, Limit: limit,
			Tools: rapid.Bool().Draw(t, "tools"), Twins: rapid.IntRange(0, size).Draw(t, "twins"),
		})
	}
	marks := Marks{High: 400, Clear: 200, Soft: 150, Hard: 100, Low: 50, Margin: rapid.IntRange(0, 50).Draw(t, "margin")}
	monitor := must(NewMonitor(int64(rapid.IntRange(1, 10).Draw(t, "minFree")), marks, Rule(rapid.IntRange(0, 1).Draw(t, "rule"))))
	return must(NewHost(rapid.IntRange(0, 80).Draw(t, "pages"), monitor, DefaultCaps(), guests))
}

var hostSteps = []func(h *Host, v VM, fits bool) error{
	func(h *Host, v VM, _ bool) error { return h.Touch(v) },
	func(h *Host, v VM, _ bool) error { return h.Touch(v) },
	func(h *Host, v VM, _ bool) error { return h.Touch(v) },
	func(h *Host, v VM, _ bool) error { return h.SwapIn(v) },
	func(h *Host, v VM, _ bool) error { return h.Unzip(v) },
	func(h *Host, v VM, _ bool) error { return h.Share(v) },
	func(h *Host, v VM, _ bool) error { return h.Write(v) },
	func(h *Host, v VM, _ bool) error { return h.Balloon(v) },
	func(h *Host, v VM, _ bool) error { return h.Deflate(v) },
	func(h *Host, v VM, fits bool) error { return h.Evict(v, fits) },
	func(h *Host, v VM, fits bool) error { return h.Evict(v, fits) },
	func(h *Host, v VM, _ bool) error { return h.Restart(v) },
}

// On any run: pages and frames are conserved, caps and reservations kept, a refused step changes nothing, and on a host in
// high only limits take anything.
func TestHostInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHost(t)
		all := h.Free()
		for range rapid.IntRange(0, 120).Draw(t, "steps") {
			v := VM(rapid.IntRange(0, h.VMs()+1).Draw(t, "VM"))
			step := rapid.IntRange(0, len(hostSteps)-1).Draw(t, "step")
			before := h.Clone()
			err := hostSteps[step](h, v, rapid.Bool().Draw(t, "fits"))
			if err != nil {
				if !errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(before, h) {
					t.Fatalf("refused with %v, but %+v became %+v", err, before, h)
				}
				continue
			}
			frames := 0
			for i, g := range h.guests {
				u, old := h.usage[i], before.usage[i]
				frames += u.Frames()
				if u.Fresh+u.Held+u.Taken() != g.Size || u.Fresh < 0 || u.Held < 0 || u.Shared < 0 || u.Shared > 0 && u.Shared >= u.Held {
					t.Fatalf("VM %d of %d pages: got %+v", i+1, g.Size, u)
				}
				// 65 % for the balloon; 10 % for the cache, of frames with two pages each.
				if u.Ballooned*100 > 65*g.Size || (u.Zipped+1)/2*100 > 10*g.Size || u.Swapped > g.Size-g.Reservation {
					t.Fatalf("VM %d, %+v: got %+v", i+1, g, u)
				}
				if u.Ballooned > 0 && !g.Tools {
					t.Fatalf("VM %d has no driver and %d pages ballooned", i+1, u.Ballooned)
				}
				if u.Taken() <= old.Taken() {
					continue
				}
				if u.Held < g.Reservation {
					t.Fatalf("VM %d: got %d pages held of %d reserved", i+1, u.Held, g.Reservation)
				}
				overLimit := g.Limit != NoLimit && old.Held > g.Limit
				if !overLimit && (old.Held <= g.Target || before.State() < Soft) {
					t.Fatalf("VM %d, %+v, in state %s: %+v became %+v", i+1, g, before.State(), old, u)
				}
				if !overLimit && u.Ballooned == old.Ballooned && before.State() < Hard {
					t.Fatalf("VM %d was evicted from in state %s", i+1, before.State())
				}
				if g.Limit != NoLimit && u.Held > g.Limit {
					t.Fatalf("VM %d: got %d pages of a limit of %d", i+1, u.Held, g.Limit)
				}
			}
			if h.Free() < 0 || h.Free()+frames != all {
				t.Fatalf("got %d free and %d used of %d", h.Free(), frames, all)
			}
		}
	})
}

// Whatever has happened, a host that takes all that it can leaves low, if all fit at their targets with full caches.
func TestHostLeavesLow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHost(t)
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			v := VM(rapid.IntRange(1, h.VMs()).Draw(t, "VM"))
			_ = hostSteps[rapid.IntRange(0, len(hostSteps)-1).Draw(t, "step")](h, v, false)
		}
		most := 0
		all := h.Free()
		for i, g := range h.guests {
			most += g.Target + h.ZipCap(VM(i+1))/2
			all += h.usage[i].Frames()
		}
		if h.monitor.depth(int64(all-most), h.monitor.margin) == Low {
			t.Skip("not enough can be taken")
		}
		for range 1000 {
			if h.State() != Low {
				return
			}
			for v := range h.VMs() {
				_ = h.Evict(VM(v+1), rapid.Bool().Draw(t, "fits"))
			}
		}
		t.Fatalf("still low: %+v", h)
	})
}

// A machine with a limit below its size gives pages back on an empty host, first to the balloon (E. Sloof, ntpro.nl 2537).
func TestLimitGolden(t *testing.T) {
	monitor := must(NewMonitor(10, DefaultMarks(), Reached))
	h := must(NewHost(1000, monitor, DefaultCaps(), []Guest{{Size: 8, Target: 2, Limit: 3, Tools: true}}))
	for range 4 {
		if err := h.Touch(1); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Touch(1); !errors.Is(err, model.ErrRefused) {
		t.Errorf("a fifth page over the limit: got %v, want it refused", err)
	}
	if err := h.Evict(1, true); !errors.Is(err, model.ErrRefused) {
		t.Errorf("eviction with a balloon at hand: got %v, want it refused", err)
	}
	if err := h.Balloon(1); err != nil || h.State() != High {
		t.Errorf("got %v in state %s, want a balloon in high", err, h.State())
	}
	if got, want := h.Usage(1), (Usage{Fresh: 4, Held: 3, Ballooned: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A page whose frame another one shares is not compressed on a full host: that would take a frame, and free none.
func TestNoFrameForTheCache(t *testing.T) {
	h := must(NewHost(3, must(NewMonitor(10, DefaultMarks(), Reached)), DefaultCaps(), []Guest{
		{Size: 10, Target: 2, Limit: NoLimit, Twins: 2}, {Size: 10, Target: 2, Limit: NoLimit},
	}))
	for _, err := range []error{
		h.Touch(1), h.Touch(1), h.Touch(1), h.Share(1), h.Share(1), h.Touch(2), h.Touch(2), h.Evict(1, true),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got, want := h.Usage(1), (Usage{Fresh: 7, Held: 2, Shared: 1, Swapped: 1}); got != want || h.Free() != 0 {
		t.Errorf("got %+v and %d free, want %+v and none", got, h.Free(), want)
	}
}

// The caps of ESXi 8.0.3: Mem.CtlMaxPercent 65, Mem.MemZipMaxPct 10; a swap file is configured size minus reservation.
func TestCapsGolden(t *testing.T) {
	monitor := must(NewMonitor(10, DefaultMarks(), Reached))
	h := must(NewHost(10, monitor, DefaultCaps(), []Guest{
		{Size: 1000, Reservation: 300, Target: 300, Limit: NoLimit, Tools: true}, {Size: 1000, Limit: NoLimit},
	}))
	if got := []int{h.BalloonCap(1), h.BalloonCap(2), h.ZipCap(1), h.SwapFile(1), h.SwapFile(2)}; !slices.Equal(got, []int{650, 0, 200, 700, 1000}) {
		t.Errorf("got %v", got)
	}
}

func TestNewHostRefuses(t *testing.T) {
	monitor := must(NewMonitor(10, DefaultMarks(), Reached))
	for _, g := range []Guest{
		{Size: -1, Limit: NoLimit},
		{Size: 2, Target: 3, Limit: NoLimit},
		{Size: 2, Reservation: 2, Target: 1, Limit: NoLimit},
		{Size: 2, Reservation: -1, Limit: NoLimit},
		{Size: 2, Target: 2, Limit: 1},
		{Size: 2, Twins: -1, Limit: NoLimit},
	} {
		if _, err := NewHost(10, monitor, DefaultCaps(), []Guest{g}); err == nil {
			t.Errorf("%+v: got no error", g)
		}
	}
	if _, err := NewHost(-1, monitor, DefaultCaps(), nil); err == nil {
		t.Error("-1 pages: got no error")
	}
	if _, err := NewHost(1, monitor, Caps{Balloon: 101}, nil); err == nil {
		t.Error("a cap of 101 %: got no error")
	}
}
