package memory

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

// Whose pages Mem.ShareForceSalting lets into one frame (KB 2097593).
func TestSaltGolden(t *testing.T) {
	for _, test := range []struct {
		name    string
		salting Salting
		a, b    string
		want    bool
	}{
		{"0: all share", NoSalting, "", "", true},
		{"0: salts do not count", NoSalting, "7", "8", true},
		{"1: without salts all share", ByVMX, "", "", true},
		{"1: the same salt", ByVMX, "7", "7", true},
		{"1: different salts", ByVMX, "7", "8", false},
		{"1: one without a salt", ByVMX, "7", "", false},
		{"2: without salts nobody shares", ByInstance, "", "", false},
		{"2: the same salt", ByInstance, "7", "7", true},
		{"2: different salts", ByInstance, "7", "8", false},
		{"2: one without a salt", ByInstance, "7", "", false},
	} {
		f := newFrames(4, test.salting, [vms]string{test.a, test.b}, false)
		if got := f.Salt(1) == f.Salt(2); got != test.want {
			t.Errorf("%s: got %t, want %t", test.name, got, test.want)
		}
	}
}

// Against a host that keeps every page apart: whatever is shared, copied, mapped and written by devices, guests read what
// they would read there, a refused step changes nothing, and the tables keep to what they promise.
func TestFramesReadAsIfApart(t *testing.T) {
	type place struct {
		v VM
		p Page
	}
	rapid.Check(t, func(t *rapid.T) {
		const machines, each, devices = 3, 2, 2
		var list []Machine
		for i := range machines {
			salt := rapid.SampledFrom([]string{"", "a", "a", "b"}).Draw(t, "salt")
			list = append(list, Machine{Pages: each, Salt: salt, UUID: string(rune('x' + i)), Large: rapid.IntRange(0, 3).Draw(t, "large") == 0})
		}
		frames := rapid.IntRange(3, 6).Draw(t, "frames")
		f := must(NewFrames(frames, Salting(rapid.IntRange(0, 2).Draw(t, "salting")), list, devices))
		apart := map[place]uint64{}
		for range rapid.IntRange(0, 80).Draw(t, "steps") {
			v, w := VM(rapid.IntRange(0, machines).Draw(t, "v")), VM(rapid.IntRange(1, machines).Draw(t, "w"))
			p, q := Page(rapid.IntRange(0, each).Draw(t, "p")), Page(rapid.IntRange(1, each).Draw(t, "q"))
			d := Device(rapid.IntRange(0, devices).Draw(t, "d"))
			x := rapid.Uint64Range(0, 1).Draw(t, "x")
			before := f.Clone()
			var err error
			switch rapid.IntRange(0, 11).Draw(t, "step") {
			case 0, 1, 10:
				if err = f.Map(v, p); err == nil {
					apart[place{v, p}] = 0
				}
			case 2:
				if err = f.Unmap(v, p); err == nil {
					delete(apart, place{v, p})
				}
			case 3, 4:
				var slow bool
				if slow, err = f.Write(v, p, x); err == nil {
					apart[place{v, p}] = x
					if _, writable, _ := before.Mapped(v, p); slow == writable {
						t.Fatalf("a write to page %d of VM %d, writable %t: got slow %t", p, v, writable, slow)
					}
				}
			case 5, 6, 7:
				err = f.Share(v, p, w, q)
			case 8:
				err = f.BreakLarge(v)
			case 9:
				err = f.Attach(d, w)
			default:
				if rapid.Bool().Draw(t, "detach") {
					err = f.Detach(d)
				} else if err = f.DMA(d, q, x); err == nil {
					apart[place{f.Owner(d), q}] = x
				}
			}
			if err != nil && (!errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(before, f)) {
				t.Fatalf("refused with %v, but %+v became %+v", err, before, f)
			}
			if f.data[0] != 0 {
				t.Fatal("the hypervisor's frame was written")
			}
			in := map[Frame][]place{}
			for v := VM(1); v <= machines; v++ {
				for p := Page(1); p <= each; p++ {
					got, ok := f.Read(v, p)
					want, mapped := apart[place{v, p}]
					if ok != mapped || ok && got != want {
						t.Fatalf("page %d of VM %d: got %d (%t), want %d (%t)", p, v, got, ok, want, mapped)
					}
					if frame, _, ok := f.Mapped(v, p); ok {
						in[frame] = append(in[frame], place{v, p})
					}
				}
			}
			for frame, places := range in {
				for _, at := range places {
					_, writable, _ := f.Mapped(at.v, at.p)
					if len(places) > 1 && (writable || f.Salt(at.v) != f.Salt(places[0].v) || f.Large(at.v) || f.pinned(at.v)) {
						t.Fatalf("frame %d holds pages %v, page %d of VM %d writable %t", frame, places, at.p, at.v, writable)
					}
				}
			}
			for d := Device(1); d <= devices; d++ {
				for p := Page(1); p <= each; p++ {
					frame, ok := f.Reaches(d, p)
					if ok != (f.Owner(d) != 0) {
						t.Fatalf("device %d of VM %d reaches page %d: %t", d, f.Owner(d), p, ok)
					}
					if ok && (len(in[frame]) != 1 || in[frame][0] != place{f.Owner(d), p}) {
						t.Fatalf("device %d reaches frame %d, where %v lie", d, frame, in[frame])
					}
				}
			}
		}
	})
}

func TestNewFramesRefuses(t *testing.T) {
	for name, err := range map[string]error{
		"no frames":  second(NewFrames(0, NoSalting, nil, 0)),
		"salting 3":  second(NewFrames(1, 3, nil, 0)),
		"salting -1": second(NewFrames(1, -1, nil, 0)),
		"devices":    second(NewFrames(1, 0, nil, -1)),
		"no pages":   second(NewFrames(1, 0, []Machine{{}}, 0)),
		"no UUID":    second(NewFrames(1, ByInstance, []Machine{{Pages: 1}}, 0)),
		"one UUID":   second(NewFrames(1, ByInstance, []Machine{{Pages: 1, UUID: "a"}, {Pages: 1, UUID: "a"}}, 0)),
	} {
		if err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// A question about what there is not is a programmer's error, with a sentence that says so.
func TestUnknownPanics(t *testing.T) {
	h := reclaimHost(8, 17, guests)
	f := newFrames(4, NoSalting, [vms]string{}, false)
	a := must(NewAdmission(1, 1, 0, []int{1}))
	p := must(NewPool(1, 75, []Demand{{1, 1, 0}}))
	for name, call := range map[string]func(){
		"usage": func() { h.Usage(3) }, "swap file": func() { h.SwapFile(0) }, "balloon": func() { h.BalloonCap(3) },
		"cache": func() { h.ZipCap(-1) }, "blocked": func() { h.Blocked(3) }, "limit": func() { h.OverLimit(0) },
		"salt": func() { f.Salt(3) }, "page": func() { f.Read(1, 3) }, "mapped": func() { f.Mapped(3, 1) },
		"device": func() { f.Owner(2) }, "reaches": func() { f.Reaches(0, 1) }, "large": func() { f.Large(0) },
		"on": func() { a.On(2) }, "client": func() { p.Client(2) },
		"negative": func() { must(NewMonitor(1, DefaultMarks(), Below)).Observe(-1) },
		"tax":      func() { Rho(Client{Shares: 1, Pages: 1}, 100) },
	} {
		func() {
			defer func() {
				if sentence, ok := recover().(string); !ok || !strings.HasPrefix(sentence, "memory: ") {
					t.Errorf("%s: got panic %q, want a sentence of this package", name, sentence)
				}
			}()
			call()
		}()
	}
}
