package drs

import (
	"errors"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/internal/redraw"
)

// drawLoads draws machines on equal hosts that have demands and nothing else.
func drawLoads(t *rapid.T) (*Cluster, []int) {
	x := rapid.SliceOfN(rapid.IntRange(1, 9), 1, 6).Draw(t, "demands")
	hosts := rapid.IntRange(1, 4).Draw(t, "hosts")
	cfg := Config{Hosts: slices.Repeat([]Resources{{1, 1}}, hosts)}
	for _, d := range x {
		cfg.VMs = append(cfg.VMs, Machine{Demand: Resources{CPU: int64(d)}})
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for v := range x {
		if err := c.PowerOn(VM(v+1), Host(rapid.IntRange(1, hosts).Draw(t, "host"))); err != nil {
			t.Fatal(err)
		}
	}
	return c, x
}

// The balancer ends within half as many moves as the disorder is, each of which lowers it by 2x(a - b - x), and at rest the most loaded of
// m equal hosts has at most 2m / (m + 1) of the best.
func TestBalanceEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, x := drawLoads(t)
		limit := new(big.Rat).Quo(c.Disorder(), big.NewRat(2, 1))
		moves := int64(0)
		for ; ; moves++ {
			for _, v := range vms(c) {
				for _, h := range c.all() {
					a, b, d := c.Load(c.At(v)).CPU, c.Load(h).CPU, int64(x[v-1])
					helps := h != c.At(v) && a-b > d
					if listed := slices.Contains(c.Moves(), Move{v, h}); listed != helps {
						t.Fatalf("moving VM %d with demand %d from load %d to %d: listed %t, want %t", v, d, a, b, listed, helps)
					}
					if want := big.NewRat(2*d*(a-b-d), 1); h != c.At(v) && c.Gain(v, h).Cmp(want) != 0 {
						t.Fatalf("moving VM %d with demand %d from load %d to %d gains %v, want %v", v, d, a, b, c.Gain(v, h), want)
					}
				}
			}
			ms := c.Moves()
			if len(ms) == 0 {
				break
			}
			if big.NewRat(moves, 1).Cmp(limit) >= 0 {
				t.Fatalf("there are moves after %d, want at most %v", moves, limit)
			}
			m := rapid.SampledFrom(ms).Draw(t, "move")
			before, gain := c.Disorder(), c.Gain(m.VM, m.To)
			if err := c.Balance(m.VM, m.To); err != nil {
				t.Fatal(err)
			}
			if got := new(big.Rat).Sub(before, c.Disorder()); got.Cmp(gain) != 0 || gain.Cmp(big.NewRat(2, 1)) < 0 {
				t.Fatalf("the disorder fell by %v, want %v and 2 at least", got, gain)
			}
		}
		peak := 0
		for _, h := range c.all() {
			peak = max(peak, int(c.Load(h).CPU))
		}
		ones := slices.Repeat([]int{1}, c.Hosts())
		if m, best := c.Hosts(), bestPeak(x, ones, 1); peak*(m+1) > 2*m*best {
			t.Fatalf("at rest with a load of %d, the best is %d on %d hosts", peak, best, m)
		}
	})
}

// Whatever DRS does by itself with a demand that is stable, for balance or for rules, no placement comes again: it comes to rest.
func TestMovesEnd(t *testing.T) {
	mends := 0
	redraw.Until(t, func() bool { return mends > 0 }, func(t *rapid.T) {
		cfg := drawConfig(t)
		var at []Host
		for range cfg.VMs {
			at = append(at, Host(rapid.IntRange(0, len(cfg.Hosts)).Draw(t, "at")))
		}
		c, err := Observe(cfg, at, make([]Mode, len(cfg.Hosts)))
		if err != nil {
			t.Fatal(err)
		}
		done := map[string]bool{} // false on the way to the placement that is looked at
		var visit func(c *Cluster)
		visit = func(c *Cluster) {
			done[string(hostBytes(c))] = false
			for _, v := range vms(c) {
				for _, h := range c.all() {
					for i, take := range []func(*Cluster, VM, Host) error{(*Cluster).Balance, (*Cluster).Correct} {
						next := c.Clone()
						if take(next, v, h) != nil {
							continue
						}
						mends += i
						over, seen := done[string(hostBytes(next))]
						if seen && !over {
							t.Fatalf("%+v comes again after %+v", next, c)
						}
						if !seen {
							visit(next)
						}
					}
				}
			}
			done[string(hostBytes(c))] = true
		}
		visit(c)
	})
	if mends == 0 {
		t.Error("got no move for a rule, want some")
	}
}

// Machines that must stay together gain what they gain together, and are one move.
func TestGainOfUnit(t *testing.T) {
	together := []Rule{{Kind: Affinity, VMs: []VM{1, 2}, Mandatory: true}}
	for _, test := range []struct {
		demands []int64
		rules   []Rule
		gain    int64 // of moving machine 2 away from the only host that is loaded
		moves   []Move
	}{
		{[]int64{3, 1}, nil, 6, []Move{{1, 2}, {2, 2}}},
		{[]int64{3, 1}, together, 0, nil},
		{[]int64{1, 1, 3}, together, 12, []Move{{1, 2}, {3, 2}}},
	} {
		cfg := Config{Hosts: []Resources{{1, 1}, {1, 1}}, Rules: test.rules}
		for _, d := range test.demands {
			cfg.VMs = append(cfg.VMs, Machine{Demand: Resources{CPU: d}})
		}
		c := start(cfg)
		for _, v := range vms(c) {
			if err := c.PowerOn(v, 1); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.Gain(2, 2); got.Cmp(big.NewRat(test.gain, 1)) != 0 || !slices.Equal(c.Moves(), test.moves) {
			t.Errorf("demands %v: got a gain of %v and moves %v, want %d and %v", test.demands, got, c.Moves(), test.gain, test.moves)
		}
	}
}

// A machine on equal hosts is better off elsewhere, by what it gets, exactly if its host is asked for too much and its move lowers the disorder. At a cost
// there are fewer such hosts.
func TestBetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, x := drawLoads(t)
		free := new(big.Rat)
		for _, v := range vms(c) {
			a := c.Load(c.At(v)).CPU
			if got := c.Goodness(v, c.At(v)); got.Cmp(big.NewRat(1, a)) != 0 {
				t.Fatalf("on a host of 1 MHz that is asked for %d: got a goodness of %v", a, got)
			}
			var want, dear []Host
			for _, h := range c.all() {
				there := c.Load(h).CPU + int64(x[v-1])
				if h != c.At(v) && a > 1 && c.Gain(v, h).Sign() > 0 {
					want = append(want, h)
				}
				if h != c.At(v) && 10*(a-there) > a*there { // 1/there > 1/a + 1/10
					dear = append(dear, h)
				}
			}
			if got := c.Better(v, free); !slices.Equal(got, want) {
				t.Fatalf("VM %d in %+v is better off on %v, want %v", v, c, got, want)
			}
			if got := c.Better(v, big.NewRat(1, 10)); !slices.Equal(got, dear) {
				t.Fatalf("VM %d in %+v is better off by a tenth on %v, want %v", v, c, got, dear)
			}
		}
	})
}

// What a machine gets is the lesser of its shares, and all where nothing is scarce.
func TestGoodness(t *testing.T) {
	c := start(Config{Hosts: []Resources{{6, 8}, {100, 100}}, VMs: []Machine{{Demand: Resources{3, 10}}, {Demand: Resources{6, 2}}}})
	if err := errors.Join(c.PowerOn(1, 1), c.PowerOn(2, 1)); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		v    VM
		h    Host
		want *big.Rat
	}{{1, 1, big.NewRat(2, 3)}, {2, 1, big.NewRat(2, 3)}, {1, 2, big.NewRat(1, 1)}} {
		if got := c.Goodness(test.v, test.h); got.Cmp(test.want) != 0 {
			t.Errorf("VM %d on host %d: got %v, want %v", test.v, test.h, got, test.want)
		}
	}
	if err := c.Migrate(1, 2); err != nil {
		t.Fatal(err)
	}
	if got := c.Goodness(2, 1); got.Cmp(big.NewRat(1, 1)) != 0 {
		t.Errorf("alone: got %v, want 1", got)
	}
}

// longestWay is the most moves that the balancer can take from a placement, by trying all.
func longestWay(c *Cluster, known map[string]int) int {
	key := string(hostBytes(c))
	if n, ok := known[key]; ok {
		return n
	}
	most := 0
	for _, m := range c.Moves() {
		next := c.Clone()
		if err := next.Balance(m.VM, m.To); err != nil {
			panic(err)
		}
		most = max(most, 1+longestWay(next, known))
	}
	known[key] = most
	return most
}

func hostBytes(c *Cluster) []byte {
	out := make([]byte, len(c.at))
	for i, h := range c.at {
		out[i] = byte(h)
	}
	return out
}

// The most moves that there can be are the MOVES that balance.bh claims and shows to be exact.
func TestLongestBalance(t *testing.T) {
	for _, test := range []struct {
		caps    []int64
		minGain int64
		want    int
	}{{[]int64{1, 1}, 0, 4}, {[]int64{1, 1}, 6, 3}, {[]int64{1, 2}, 0, 5}} {
		most := 0
		for x := range modelcheck.Vectors(4, 3) {
			known := map[string]int{}
			cfg := Config{MinGain: test.minGain}
			for _, c := range test.caps {
				cfg.Hosts = append(cfg.Hosts, Resources{c, 1})
			}
			for _, d := range x {
				cfg.VMs = append(cfg.VMs, Machine{Demand: Resources{CPU: int64(d)}})
			}
			for at := range modelcheck.Vectors(4, len(test.caps)) {
				c := start(cfg)
				for v, h := range at {
					c.at[v] = Host(h)
				}
				most = max(most, longestWay(c, known))
			}
		}
		if most != test.want {
			t.Errorf("hosts %v, gain %d: got %d moves, want %d", test.caps, test.minGain, most, test.want)
		}
	}
}
