package perf

import (
	"errors"
	"fmt"
	"math/big"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

// stationRate gives station.bh its rates. Nobody is followed.
func stationRate(arrival, service *big.Rat) Rate {
	return func(_ []model.Binding, step model.StepText) *big.Rat {
		switch {
		case step.Action == "Serve":
			return service
		case step.Action == "Arrive" && step.Args[0].Value.Int == 1:
			return new(big.Rat)
		default:
			return arrival
		}
	}
}

func busyServers(state []model.Binding) int64 {
	n := int64(0)
	for _, b := range state {
		if b.Name == "busy" {
			for _, e := range b.Value.Elems {
				n += e.Value.Int
			}
		}
	}
	return n
}

// The formulas are the long-run behaviour of the model.
func TestQueueIsTheStations(t *testing.T) {
	for servers := 1; servers <= 3; servers++ {
		for room := servers; room <= 5; room++ {
			for _, arrival := range []*big.Rat{rat(1, 2), rat(2, 1), rat(3, 1)} { // 2 is as much as one server does
				service := rat(2, 1)
				p := modelcheck.Load(t, Models, "station.bh", spec.Options{Define: constants{"SERVERS": fmt.Sprint(servers), "ROOM": fmt.Sprint(room)}})
				c, err := NewChain(p, stationRate(arrival, service), nil, 1000)
				if err != nil {
					t.Fatal(err)
				}
				checkStation(t, c, Queue{arrival, service, servers, room})
			}
		}
	}
}

func checkStation(t *testing.T, c *Chain, q Queue) {
	t.Helper()
	shares, err := c.Steady()
	if err != nil {
		t.Fatal(err)
	}
	r, err := q.Report()
	if err != nil {
		t.Fatal(err)
	}
	mean := func(quantity func([]model.Binding) int64) *big.Rat {
		m, err := c.Mean(shares, func(s []model.Binding) *big.Rat { return rat(quantity(s), 1) })
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	often := func(action string) *big.Rat {
		f, err := c.Frequency(shares, func(s Transition) bool { return s.Step.Action == action })
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	waiting := mean(func(s []model.Binding) int64 { return number(s, "waiting") })
	busy := mean(busyServers)
	inside := new(big.Rat).Add(waiting, busy)
	for name, pair := range map[string][2]*big.Rat{
		"waiting":      {r.Waiting, waiting},
		"busy":         {r.Busy, busy},
		"inside":       {r.Inside, inside},
		"throughput":   {r.Throughput, often("Serve")},
		"let in":       {r.Throughput, often("Arrive")},
		"loss":         {r.Loss, new(big.Rat).Quo(often("TurnAway"), q.Arrival)},
		"Little":       {inside, new(big.Rat).Mul(r.Throughput, r.Stay)},
		"Little, wait": {waiting, new(big.Rat).Mul(r.Throughput, r.Wait)},
	} {
		if pair[0].Cmp(pair[1]) != 0 {
			t.Errorf("%v servers, room %v, %v arrivals: %s: got %v, want %v", q.Servers, q.Room, q.Arrival, name, pair[0], pair[1])
		}
	}
	approx, err := c.SteadyNumeric()
	if err != nil {
		t.Fatal(err)
	}
	checkError(t, approx, shares, 1e-12)
}

// The formulas as textbooks print them (L. Kleinrock, Queueing Systems, volume 1, section 3.2; M/M/1/K: section 3.6).
func TestQueueFormulas(t *testing.T) {
	for _, c := range [][2]int64{{1, 2}, {3, 4}, {9, 10}} {
		l, m := rat(c[0], 1), rat(c[1], 1)
		rest := new(big.Rat).Sub(m, l)
		r, err := Queue{Arrival: l, Service: m, Servers: 1}.Report()
		if err != nil {
			t.Fatal(err)
		}
		wait := new(big.Rat).Quo(l, new(big.Rat).Mul(m, rest)) // Wq = l / (m (m - l))
		for name, pair := range map[string][2]*big.Rat{
			"Wq": {r.Wait, wait}, "Lq": {r.Waiting, new(big.Rat).Mul(l, wait)}, "W": {r.Stay, new(big.Rat).Inv(rest)}, "L": {r.Inside, new(big.Rat).Quo(l, rest)},
			"busy": {r.Busy, new(big.Rat).Quo(l, m)},
		} {
			if pair[0].Cmp(pair[1]) != 0 {
				t.Errorf("M/M/1 %v: %s: got %v, want %v", c, name, pair[0], pair[1])
			}
		}
		// With a limit: 1 - rho over 1 - rho^(K+1), times rho^K.
		const room = 4
		rho, power := new(big.Rat).Quo(l, m), rat(1, 1)
		for range room {
			power.Mul(power, rho)
		}
		loss := new(big.Rat).Mul(new(big.Rat).Sub(rat(1, 1), rho), power)
		loss.Quo(loss, new(big.Rat).Sub(rat(1, 1), new(big.Rat).Mul(power, rho)))
		limited, err := Queue{l, m, 1, room}.Report()
		if err != nil || limited.Loss.Cmp(loss) != 0 {
			t.Errorf("M/M/1/K %v: got loss %v and %v, want %v", c, limited.Loss, err, loss)
		}
	}
	// As much work as the server does: each number of customers is as likely as any other.
	r, err := Queue{rat(5, 1), rat(5, 1), 1, 4}.Report()
	if err != nil || r.Loss.Cmp(rat(1, 5)) != 0 || r.Inside.Cmp(rat(2, 1)) != 0 {
		t.Errorf("got loss %v, %v inside and %v, want 1/5 and 2", r.Loss, r.Inside, err)
	}
	// Nobody comes.
	r, err = Queue{rat(0, 1), rat(4, 1), 2, 0}.Report()
	if err != nil || r.Stay.Cmp(rat(1, 4)) != 0 || r.Inside.Sign() != 0 {
		t.Errorf("got a stay of %v and %v, want 1/4", r.Stay, err)
	}
}

// Tables of Erlang's formulas, such as W. Hopp and M. Spearman, Factory Physics, and by hand.
func TestErlang(t *testing.T) {
	for _, c := range []struct {
		servers       int
		offered, b, w *big.Rat
	}{
		{1, rat(1, 2), rat(1, 3), rat(1, 2)},
		{2, rat(1, 1), rat(1, 5), rat(1, 3)},
		{5, rat(3, 1), rat(81, 736), rat(81, 343)},                    // 0.1101 and 0.2362
		{10, rat(5, 1), rat(390625, 21247437), rat(390625, 10819031)}, // 0.0184 and 0.0361
	} {
		b, err := ErlangB(c.servers, c.offered)
		if err != nil || b.Cmp(c.b) != 0 {
			t.Errorf("B of %d, %v: got %v and %v, want %v", c.servers, c.offered, b, err, c.b)
		}
		w, err := ErlangC(c.servers, c.offered)
		if err != nil || w.Cmp(c.w) != 0 {
			t.Errorf("C of %d, %v: got %v and %v, want %v", c.servers, c.offered, w, err, c.w)
		}
		// Without room to wait, a station loses what Erlang's first formula says.
		r, err := Queue{c.offered, rat(1, 1), c.servers, c.servers}.Report()
		if err != nil || r.Loss.Cmp(c.b) != 0 {
			t.Errorf("got loss %v and %v, want %v", r.Loss, err, c.b)
		}
	}
	if b, err := ErlangB(0, rat(3, 1)); err != nil || b.Cmp(rat(1, 1)) != 0 {
		t.Errorf("got %v and %v for no lines, want 1", b, err)
	}
}

// A limit that is far away is no limit: the report of the unlimited queue is that of the limited ones from below.
func TestUnlimitedIsTheLimit(t *testing.T) {
	for servers := 1; servers <= 4; servers++ {
		q := Queue{Arrival: rat(int64(servers), 2), Service: rat(1, 1), Servers: servers}
		free, err := q.Report()
		if err != nil {
			t.Fatal(err)
		}
		before := new(big.Rat)
		for _, room := range []int{10, 40, 80} {
			q.Room = room
			r, err := q.Report()
			if err != nil || r.Inside.Cmp(before) <= 0 || r.Inside.Cmp(free.Inside) >= 0 {
				t.Fatalf("%d servers, room %d: got %v inside and %v, want more than %v and less than %v", servers, room, r.Inside, err, before, free.Inside)
			}
			before = r.Inside
		}
		if off := new(big.Rat).Sub(free.Inside, before); off.Cmp(rat(1, 1_000_000_000_000)) > 0 {
			t.Errorf("%d servers: got %v less than %v", servers, off, free.Inside)
		}
	}
}

// Mean value analysis is the long-run behaviour of closed.bh.
func TestNetworkIsTheClosedModel(t *testing.T) {
	// The CPU does 5 jobs per unit of time, of which 3 of 5 go to disk 1, which does 2, and the others to disk 2, which does 1.
	rate := func(_ []model.Binding, step model.StepText) *big.Rat {
		disk := step.Args[0].Value.Int
		if step.Action == "Compute" {
			return map[int64]*big.Rat{1: rat(3, 1), 2: rat(2, 1)}[disk]
		}
		return map[int64]*big.Rat{1: rat(2, 1), 2: rat(1, 1)}[disk]
	}
	loads, err := Network{Demands: []*big.Rat{rat(1, 5), rat(3, 10), rat(2, 5)}, Think: new(big.Rat)}.Loads(5)
	if err != nil {
		t.Fatal(err)
	}
	for jobs := 1; jobs <= 5; jobs++ {
		p := modelcheck.Load(t, Models, "closed.bh", spec.Options{Define: constants{"JOBS": fmt.Sprint(jobs)}})
		at := func(s []model.Binding, name string, station int) int64 {
			for _, b := range s {
				if b.Name == name {
					return b.Value.Elems[station].Value.Int
				}
			}
			panic(name)
		}
		c, err := NewChain(p, rate, func(s []model.Binding) bool { return at(s, "target", 0) == int64(jobs) }, 1000)
		if err != nil {
			t.Fatal(err)
		}
		shares, err := c.Steady()
		if err != nil {
			t.Fatal(err)
		}
		through, err := c.Frequency(shares, func(s Transition) bool { return s.Step.Action == "Compute" })
		if err != nil || through.Cmp(loads[jobs].Throughput) != 0 {
			t.Errorf("%d jobs: got throughput %v, want %v (%v)", jobs, loads[jobs].Throughput, through, err)
		}
		total := new(big.Rat)
		for k := range 3 {
			mean, err := c.Mean(shares, func(s []model.Binding) *big.Rat { return rat(at(s, "jobs", k), 1) })
			if err != nil || mean.Cmp(loads[jobs].Jobs[k]) != 0 {
				t.Errorf("%d jobs: got %v at station %d, want %v (%v)", jobs, loads[jobs].Jobs[k], k, mean, err)
			}
			total.Add(total, loads[jobs].Jobs[k])
		}
		if total.Cmp(rat(int64(jobs), 1)) != 0 {
			t.Errorf("%d jobs: got %v of them", jobs, total)
		}
	}
	// No faster than its slowest station, nor than without queues.
	for jobs, l := range loads {
		if bound := rat(5, 2); l.Throughput.Cmp(bound) >= 0 || l.Throughput.Cmp(rat(int64(jobs)*10, 9)) > 0 {
			t.Errorf("%d jobs: got throughput %v", jobs, l.Throughput)
		}
	}
}

// With time to think: one client of a server that takes 1, who thinks for 3, asks every 4; two clients meet there now and
// then. The second number is that of a machine repairman: rates 1/3 and 1.
func TestNetworkThinks(t *testing.T) {
	loads, err := Network{Demands: []*big.Rat{rat(1, 1)}, Think: rat(3, 1)}.Loads(2)
	if err != nil {
		t.Fatal(err)
	}
	// Two clients, thinking rate 1/3 each: the server is idle with weight 1, has one with 2/3 and two with 2/9.
	idle := rat(9, 17)
	for jobs, want := range []*big.Rat{rat(0, 1), rat(1, 4), new(big.Rat).Sub(rat(1, 1), idle)} {
		if got := loads[jobs].Throughput; got.Cmp(want) != 0 {
			t.Errorf("%d clients: got %v, want %v", jobs, got, want)
		}
	}
}

func TestQueueRefuses(t *testing.T) {
	one := rat(1, 1)
	for _, q := range []Queue{
		{nil, one, 1, 0},
		{one, nil, 1, 0},
		{rat(-1, 1), one, 1, 0},
		{one, rat(0, 1), 1, 0},
		{one, one, 0, 0},
		{one, one, MaxCustomers + 1, 0},
		{one, one, 2, 1},
		{one, one, 1, MaxCustomers + 1},
		{one, one, 1, -1},
	} {
		if _, err := q.Report(); err == nil || errors.Is(err, ErrUnstable) {
			t.Errorf("%v: got %v, want an error", q, err)
		}
	}
	for _, q := range []Queue{{one, one, 1, 0}, {rat(5, 1), rat(2, 1), 2, 0}} {
		if _, err := q.Report(); !errors.Is(err, ErrUnstable) || !errors.Is(err, model.ErrRefused) {
			t.Errorf("%v: got %v, want %v", q, err, ErrUnstable)
		}
	}
	for _, c := range []struct {
		lines   int
		offered *big.Rat
	}{{-1, one}, {MaxCustomers + 1, one}, {1, nil}, {1, rat(-1, 1)}} {
		if _, err := ErlangB(c.lines, c.offered); err == nil {
			t.Errorf("B: %v: want an error", c)
		}
		if _, err := ErlangC(c.lines, c.offered); err == nil {
			t.Errorf("C: %v: want an error", c)
		}
	}
	if _, err := ErlangC(2, rat(2, 1)); !errors.Is(err, ErrUnstable) {
		t.Errorf("got %v, want %v", err, ErrUnstable)
	}
	for name, n := range map[string]Network{
		"no time to think": {[]*big.Rat{one}, nil}, "negative": {[]*big.Rat{one}, rat(-1, 1)}, "no demand": {[]*big.Rat{nil}, one},
		"negative demand": {[]*big.Rat{rat(-1, 1)}, rat(2, 1)}, "no time": {[]*big.Rat{rat(0, 1)}, rat(0, 1)},
	} {
		if _, err := n.Loads(1); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
	for _, jobs := range []int{-1, MaxCustomers + 1} {
		if _, err := (Network{[]*big.Rat{one}, one}).Loads(jobs); err == nil {
			t.Errorf("%d jobs: want an error", jobs)
		}
	}
}
