package vmfs

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

// seconds is a volume of two hosts with the times of ESXi, mounted, the machine on host 1, whose lock host 2 watches.
func seconds(t testing.TB, c Config) *Volume {
	t.Helper()
	c.Hosts, c.Slots, c.Period, c.Lease = 2, 2, HeartbeatSeconds, LeaseSeconds
	v := must(NewVolume(c))
	if err := errors.Join(v.Mount(1, 1), v.Mount(2, 2), v.Open(1), v.Watch(2)); err != nil {
		t.Fatal(err)
	}
	return v
}

// pass lets time pass, with heartbeats of all hosts that reach their slots and nothing else.
func pass(t testing.TB, v *Volume, ticks int) {
	t.Helper()
	for range ticks {
		for h := Host(1); int(h) <= v.Hosts(); h++ {
			_ = v.Beat(h) // refused where it does not arrive, and where it is not needed
		}
		if err := v.Tick(); err != nil {
			t.Fatalf("at %d: %v", v.Now(), err)
		}
	}
}

// VMware knowledge base, 330024: the slot of a host that has not changed for up to 16 s may be cleared, and the lock that is
// wanted broken; a host whose slot was not cleared starts to send heartbeats normally again.
func TestSixteenSeconds(t *testing.T) {
	for _, test := range []struct {
		name   string
		fail   func(v *Volume) error
		before int // ticks for which breaking is refused
	}{
		{"a crash", func(v *Volume) error { return v.Crash(1) }, 15},
		{"a stall", func(v *Volume) error { return v.Stall(1, Stalled) }, 15},
	} {
		v := seconds(t, Config{})
		if err := test.fail(v); err != nil {
			t.Fatal(err)
		}
		for i := range test.before + 1 {
			if err := v.Break(2); !errors.Is(err, model.ErrRefused) {
				t.Fatalf("%s: after %d s: got %v", test.name, i, err)
			}
			pass(t, v, 1)
		}
		_ = v.Beat(2)
		if err := v.Tick(); err == nil {
			t.Errorf("%s: 16 s have passed and so does time", test.name)
		}
		if err := errors.Join(v.Break(2), v.Open(2)); err != nil || v.Owner() != 2 {
			t.Errorf("%s: after 16 s: got %v, owner %d", test.name, err, v.Owner())
		}
	}

	v := seconds(t, Config{})
	if err := v.Stall(1, Stalled); err != nil {
		t.Fatal(err)
	}
	pass(t, v, 15)
	if err := errors.Join(v.Heal(1), v.Beat(1)); err != nil || v.Owner() != 1 || !v.Live(1) {
		t.Errorf("a stall of 15 s: got %v, owner %d, live %t", err, v.Owner(), v.Live(1))
	}
	pass(t, v, 15)
	if err := v.Break(2); !errors.Is(err, model.ErrRefused) {
		t.Errorf("a lock of a host that is alive: got %v", err)
	}
}

// The isolation response of vSphere HA takes about 30 s, and the lease 16 s: a host that loses network and storage at once still
// has the machine alive when another one may start it. A response within the lease is in time.
func TestIsolationResponse(t *testing.T) {
	for _, test := range []struct {
		response  int
		alive     bool // on host 1 when host 2 breaks the lock
		respondAt int
	}{
		{0, true, 0}, {IsolationSeconds, true, 0}, {LeaseSeconds - 1, false, 15}, {12, false, 12},
	} {
		v := seconds(t, Config{Response: test.response})
		if err := v.Stall(1, Cut); err != nil {
			t.Fatal(err)
		}
		if test.respondAt > 0 {
			pass(t, v, test.respondAt)
			if err := v.PowerOff(1); err != nil {
				t.Fatalf("%d: %v", test.response, err)
			}
		}
		pass(t, v, LeaseSeconds-test.respondAt)
		_ = v.Beat(2)
		if err := v.Break(2); err != nil || v.Live(1) != test.alive {
			t.Errorf("response after %d s: got %v, alive %t, want %t", test.response, err, v.Live(1), test.alive)
		}
	}
}

// event is what happened to a host, for the oracle.
type event struct {
	at   int
	host Host
	what string
}

// last is when something last happened to a host; -1 for never.
func last(log []event, h Host, what ...string) int {
	for _, e := range slices.Backward(log) {
		if e.host == h && slices.Contains(what, e.what) {
			return e.at
		}
	}
	return -1
}

// On any run, judged by a log of what happened: a write arrives only from the last host that opened the disk, and not after its
// lock was broken; a lock is broken only if its owner sent no heartbeat for a lease or mounted the volume anew; a refused step
// changes nothing.
func TestVolumeInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		period := rapid.IntRange(1, 3).Draw(t, "period")
		lease := period + rapid.IntRange(1, 4).Draw(t, "more")
		response := rapid.IntRange(0, lease+2).Draw(t, "response")
		hosts := rapid.IntRange(2, 3).Draw(t, "hosts")
		v := must(NewVolume(Config{Hosts: hosts, Slots: hosts + rapid.IntRange(0, 1).Draw(t, "spare"), Period: period, Lease: lease, Response: response}))
		var log []event
		var opened Host // who opened the disk last, 0 once it is closed or its lock broken
		for range rapid.IntRange(0, 120).Draw(t, "steps") {
			h := Host(rapid.IntRange(1, hosts).Draw(t, "host"))
			before := v.Clone()
			var err error
			var what string
			switch rapid.IntRange(0, 20).Draw(t, "step") {
			case 0, 1:
				what, err = "mount", v.Mount(h, Slot(rapid.IntRange(0, len(v.slots)+1).Draw(t, "slot")))
			case 2:
				what, err = "lose", v.Lose(h)
			case 3, 4:
				what, err = "open", v.Open(h)
			case 5:
				what, err = "close", v.Close(h)
			case 6, 7:
				what, err = "send", v.Send(h)
			case 8:
				what, err = "arrive", v.Arrive(h)
			case 9, 10:
				what, err = "watch", v.Watch(h)
			case 11, 12:
				what, err = "break", v.Break(h)
			case 13:
				what, err = "stall", v.Stall(h, Path(rapid.IntRange(1, 2).Draw(t, "how")))
			case 14:
				what, err = "heal", v.Heal(h)
			case 15:
				what, err = "power off", v.PowerOff(h)
			case 16:
				if rapid.Bool().Draw(t, "really") {
					what, err = "crash", v.Crash(h)
				}
			case 17:
				what, err = "boot", v.Boot(h)
			default:
				for g := Host(1); int(g) <= hosts; g++ { // what is due, most of the time
					if v.Beat(g) == nil {
						log = append(log, event{v.now, g, "beat"})
					}
				}
				before = v.Clone()
				what, err = "tick", v.Tick()
			}
			if err != nil {
				if !errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(v, before) {
					t.Fatalf("%s: %v, and %+v became %+v", what, err, before, v)
				}
				continue
			}
			switch what {
			case "open":
				if opened != 0 {
					t.Fatalf("host %d opens what host %d has", h, opened)
				}
				opened = h
			case "close":
				opened = 0
			case "arrive":
				if opened != h {
					t.Fatalf("a write of host %d arrives, and host %d has the disk", h, opened)
				}
			case "break":
				seen, took := last(log, opened, "beat", "mount"), last(log, opened, "open")
				anew := last(log, opened, "mount") > -1 && slices.ContainsFunc(log[slices.IndexFunc(log, func(e event) bool { return e.at >= took }):],
					func(e event) bool { return e.host == opened && e.what == "mount" })
				if v.now-seen < lease && !anew {
					t.Fatalf("the lock of host %d is broken at %d, its last heartbeat arrived at %d", opened, v.now, seen)
				}
				if v.now-last(log, h, "watch") < lease && !anew {
					t.Fatalf("host %d breaks a lock at %d that it has watched since %d", h, v.now, last(log, h, "watch"))
				}
				opened = 0
			}
			log = append(log, event{v.now, h, what})
			if v.Owner() != opened {
				t.Fatalf("%s: the lock is that of host %d, want %d", what, v.Owner(), opened)
			}
			writers := 0
			for g := Host(1); int(g) <= hosts; g++ {
				if v.Live(g) && v.Trusts(g) {
					writers++
				}
			}
			if writers > 1 {
				t.Fatalf("%s: %d hosts may write", what, writers)
			}
		}
	})
}

// Without the fence, or without the check, two hosts write; each is needed by itself.
func TestSplitBrain(t *testing.T) {
	for _, test := range []struct {
		name     string
		config   Config
		sendLate bool // the guest writes after the lease has run out, not before the stall
		arrives  bool
	}{
		{"fenced and checked, sent before", Config{}, false, false},
		{"fenced and checked, sent after", Config{}, true, false},
		{"unfenced, sent before", Config{Unfenced: true}, false, true},
		{"unfenced, sent after", Config{Unfenced: true}, true, false},
		{"unchecked, sent before", Config{Unchecked: true}, false, false},
		{"unchecked, sent after", Config{Unchecked: true}, true, true},
	} {
		v := seconds(t, test.config)
		if !test.sendLate {
			if err := v.Send(1); err != nil {
				t.Fatal(err)
			}
		}
		if err := v.Stall(1, Stalled); err != nil {
			t.Fatal(err)
		}
		pass(t, v, LeaseSeconds)
		_ = v.Beat(2)
		if err := errors.Join(v.Break(2), v.Open(2), v.Heal(1)); err != nil {
			t.Fatal(err)
		}
		if test.sendLate {
			_ = v.Send(1)
		}
		if got := v.Arrive(1) == nil; got != test.arrives {
			t.Errorf("%s: a write arrives behind the back of the owner: got %t, want %t", test.name, got, test.arrives)
		}
	}
}

// The modes that vmkfstools -D shows, and who can join whom.
func TestModes(t *testing.T) {
	for want, open := range map[Mode][4]bool{ // by what is held
		Exclusive: {true, false, false, false},
		Reading:   {true, false, true, false},
		Writing:   {true, false, false, true},
	} {
		for held := Free; held <= Writing; held++ {
			s := must(NewSector(2))
			if held != Free {
				if err := s.Read(1); err != nil {
					t.Fatal(err)
				}
				if done, err := s.Set(1, held); !done || err != nil {
					t.Fatalf("%s: got %t, %v", held, done, err)
				}
			}
			if err := s.Read(2); err != nil {
				t.Fatal(err)
			}
			done, err := s.Set(2, want)
			var locked *FileLocked
			if done != open[held] || done != (err == nil) || !done && (!errors.As(err, &locked) || !errors.Is(err, model.ErrRefused)) {
				t.Errorf("%s of what is %s: got %t, %v", want, held, done, err)
			}
		}
	}
}

// On any run of some hosts, a list of who has taken and given back the lock says the same as the sector.
func TestSectorAgainstList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "hosts")
		s := must(NewSector(n))
		holds := map[Host]Mode{}
		changes, readAt := 0, map[Host]int{}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			h := Host(rapid.IntRange(0, n+1).Draw(t, "host"))
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0, 1:
				if s.Read(h) == nil {
					readAt[h] = changes
				}
			case 2, 3:
				want := Mode(rapid.IntRange(1, 3).Draw(t, "mode"))
				done, err := s.Set(h, want)
				if err == nil && !done && readAt[h] == changes {
					t.Fatalf("host %d: a miscompare, and nothing has changed", h)
				}
				if done {
					for g, mode := range holds {
						if mode != want || mode == Exclusive {
							t.Fatalf("host %d takes the lock as %s, and host %d has it as %s", h, want, g, mode)
						}
					}
					holds[h] = want
					changes++
				}
			case 4:
				if s.Release(h) == nil {
					delete(holds, h)
					changes++
				}
			}
			if len(s.Image().Holders) != len(holds) {
				t.Fatalf("got holders %v, want %v", s.Image().Holders, holds)
			}
			for g, mode := range holds {
				if s.Holds(g) != mode || s.Image().Mode != mode || !slices.Contains(s.Image().Holders, g) {
					t.Fatalf("host %d: got %s in %v, want %s", g, s.Holds(g), s.Image(), mode)
				}
			}
		}
	})
}

func TestConstructorsRefuse(t *testing.T) {
	good := Config{Hosts: 1, Slots: 1, Period: 1, Lease: 2}
	for what, change := range map[string]func(*Config){
		"no host": func(c *Config) { c.Hosts = 0 }, "few slots": func(c *Config) { c.Hosts = 2 }, "no period": func(c *Config) { c.Period = 0 },
		"short lease": func(c *Config) { c.Lease = 1 }, "negative response": func(c *Config) { c.Response = -1 },
	} {
		c := good
		change(&c)
		if _, err := NewVolume(c); err == nil {
			t.Errorf("%s: got no error", what)
		}
	}
	v := must(NewVolume(good))
	if _, err := NewSector(0); err == nil {
		t.Errorf("a sector of no host: got no error")
	}
	if err := v.Stall(1, Whole); err == nil || errors.Is(err, model.ErrRefused) {
		t.Errorf("a stall that is none: got %v", err)
	}
	if _, err := must(NewSector(1)).Set(1, Free); err == nil || errors.Is(err, model.ErrRefused) {
		t.Errorf("a mode that is none: got %v", err)
	}
}

// A question about what there is not is a programmer's error, with a sentence that says so.
func TestUnknownPanics(t *testing.T) {
	v, s := must(NewVolume(small)), must(NewSector(1))
	for _, h := range []Host{-1, 0, 3} {
		for name, call := range map[string]func(){
			"live": func() { v.Live(h) }, "sent": func() { v.Sent(h) }, "trusts": func() { v.Trusts(h) }, "holds": func() { s.Holds(h) },
		} {
			func() {
				defer func() {
					if sentence, ok := recover().(string); !ok || !strings.HasPrefix(sentence, "vmfs: ") {
						t.Errorf("%s of %d: got %q, want a sentence of this package", name, h, sentence)
					}
				}()
				call()
			}()
		}
		if err := v.Crash(h); !errors.Is(err, model.ErrRefused) {
			t.Errorf("a crash of %d: got %v", h, err)
		}
	}
}
