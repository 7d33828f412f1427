package perf

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/bulkheadlang/bulkhead/model"
)

// MaxCustomers bounds the servers of a queue, its room and the jobs of a closed network.
const MaxCustomers = 1000

// ErrUnstable says that the queue of a station without a limit grows for ever: work comes at least as fast as it can be
// done. It wraps model.ErrRefused.
var ErrUnstable = model.Refuse("the queue grows without limit")

// Queue is an M/M/c queue, or M/M/c/K where it has a limit: customers arrive at random, independently of each other, and take
// exponentially distributed times. Rates are per unit of time.
type Queue struct {
	Arrival *big.Rat // of customers, at least 0
	Service *big.Rat // of one server that is busy, more than 0
	Servers int      // c, at least 1
	Room    int      // K, those being served included; 0 is no limit
}

// Report is the long-run behaviour of a queue. Times are means over the customers who are let in.
type Report struct {
	Busy       *big.Rat // the mean number of busy servers
	Loss       *big.Rat // the share of customers who are turned away
	Throughput *big.Rat // customers who are let in per unit of time
	Waiting    *big.Rat // Lq, the mean number of those who wait
	Inside     *big.Rat // L, the mean number of those who are there
	Wait       *big.Rat // Wq, the mean time before service
	Stay       *big.Rat // W, the mean time from arrival to departure
}

func (q Queue) check() error {
	switch {
	case q.Arrival == nil || q.Service == nil || q.Arrival.Sign() < 0 || q.Service.Sign() <= 0:
		return errors.New("a queue needs an arrival rate of at least 0 and a service rate of more than 0")
	case q.Servers < 1 || q.Servers > MaxCustomers || q.Room < 0 || q.Room > MaxCustomers:
		return fmt.Errorf("got %d servers and room for %d, want 1 to %d and 0 to %d", q.Servers, q.Room, MaxCustomers, MaxCustomers)
	case q.Room != 0 && q.Room < q.Servers:
		return fmt.Errorf("got room for %d, want at least the %d servers", q.Room, q.Servers)
	}
	return nil
}

// offered is the traffic in Erlang: arrival divided by service rate.
func (q Queue) offered() *big.Rat { return new(big.Rat).Quo(q.Arrival, q.Service) }

// Report gives the long-run behaviour, exactly (L. Kleinrock, Queueing Systems, volume 1, Wiley 1975, chapter 3). A queue
// without a limit to which at least as much work comes as its servers do is ErrUnstable.
func (q Queue) Report() (Report, error) {
	if err := q.check(); err != nil {
		return Report{}, err
	}
	if q.Room == 0 {
		return q.unlimited()
	}
	// The probability of n customers is proportional to the product of arrival rate over departure rate, up to n. These and their sums
	// are kept as whole numbers over a common denominator, since to reduce fractions takes long.
	offered := q.offered()
	weight, total, inside, waiting := big.NewInt(1), big.NewInt(1), new(big.Int), new(big.Int)
	for n := 1; n <= q.Room; n++ {
		departures := new(big.Int).Mul(offered.Denom(), big.NewInt(int64(min(n, q.Servers))))
		weight.Mul(weight, offered.Num())
		for _, sum := range []struct {
			of    *big.Int
			count int
		}{{total, 1}, {inside, n}, {waiting, max(0, n-q.Servers)}} {
			sum.of.Mul(sum.of, departures)
			sum.of.Add(sum.of, new(big.Int).Mul(weight, big.NewInt(int64(sum.count))))
		}
	}
	share := func(n *big.Int) *big.Rat { return new(big.Rat).SetFrac(n, total) }
	return q.report(share(weight), share(waiting), share(inside)), nil
}

// unlimited is the report of an M/M/c queue: who has to wait finds, on average, rho / (1 - rho) others waiting.
func (q Queue) unlimited() (Report, error) {
	offered, servers := q.offered(), whole(q.Servers)
	if offered.Cmp(servers) >= 0 {
		return Report{}, fmt.Errorf("%w: got %s Erlang for %d servers", ErrUnstable, offered.RatString(), q.Servers)
	}
	waits, err := ErlangC(q.Servers, offered)
	if err != nil {
		return Report{}, err
	}
	waiting := new(big.Rat).Quo(offered, new(big.Rat).Sub(servers, offered))
	waiting.Mul(waiting, waits)
	return q.report(new(big.Rat), waiting, new(big.Rat).Add(waiting, offered)), nil
}

// report derives the rest by Little's law. Of a queue to which nobody comes, times are those of a first customer.
func (q Queue) report(loss, waiting, inside *big.Rat) Report {
	through := new(big.Rat).Sub(big.NewRat(1, 1), loss)
	through.Mul(through, q.Arrival)
	r := Report{Loss: loss, Throughput: through, Waiting: waiting, Inside: inside, Busy: new(big.Rat).Sub(inside, waiting), Wait: new(big.Rat)}
	if through.Sign() > 0 {
		r.Wait.Quo(waiting, through)
	}
	r.Stay = new(big.Rat).Add(r.Wait, new(big.Rat).Inv(q.Service))
	return r
}

// ErlangB is the share of calls that find all of so many lines busy, where the traffic offered is so many Erlang (A. Erlang,
// 1917): a^c/c! divided by the sum of a^n/n! up to c. It works by the recursion B(c) = a B(c-1) / (c + a B(c-1)) from B(0) = 1.
func ErlangB(lines int, offered *big.Rat) (*big.Rat, error) {
	if lines < 0 || lines > MaxCustomers || offered == nil || offered.Sign() < 0 {
		return nil, fmt.Errorf("got %d lines, want 0 to %d and traffic of at least 0", lines, MaxCustomers)
	}
	blocked := big.NewRat(1, 1)
	for c := 1; c <= lines; c++ {
		blocked.Mul(blocked, offered)
		blocked.Quo(blocked, new(big.Rat).Add(whole(c), blocked))
	}
	return blocked, nil
}

// ErlangC is the share of customers who have to wait for one of so many servers: c B / (c - a (1 - B)) with B of ErlangB.
// Traffic of c Erlang or more is ErrUnstable.
func ErlangC(servers int, offered *big.Rat) (*big.Rat, error) {
	blocked, err := ErlangB(servers, offered)
	if err != nil {
		return nil, err
	}
	c := whole(servers)
	if offered.Cmp(c) >= 0 {
		return nil, ErrUnstable
	}
	carried := new(big.Rat).Sub(big.NewRat(1, 1), blocked)
	carried.Mul(carried, offered)
	return blocked.Quo(new(big.Rat).Mul(c, blocked), c.Sub(c, carried)), nil
}

// Network is a closed network of queues in which jobs go round: each station has one server and exponential times, or any times
// where it shares itself out evenly among its jobs, and jobs go from one to the next at random.
type Network struct {
	Demands []*big.Rat // of each station, the time it works on a job in one round: visits times service time, at least 0
	Think   *big.Rat   // time between rounds that is spent waiting for nobody, at least 0
}

// Load is the behaviour of a network with so many jobs.
type Load struct {
	Throughput *big.Rat   // rounds per unit of time
	Round      *big.Rat   // the mean time of a round but for the thinking
	Jobs       []*big.Rat // the mean number at each station
}

// Loads is the behaviour with each number of jobs from 0 to jobs, exactly, by mean value analysis: who arrives finds what a
// network with one job less has on average (M. Reiser and S. Lavenberg, JACM 27, 1980).
func (n Network) Loads(jobs int) ([]Load, error) {
	if err := n.check(jobs); err != nil {
		return nil, err
	}
	at := make([]*big.Rat, len(n.Demands))
	for k := range at {
		at[k] = new(big.Rat)
	}
	out := []Load{{Throughput: new(big.Rat), Round: new(big.Rat), Jobs: at}}
	for count := 1; count <= jobs; count++ {
		stay, round := make([]*big.Rat, len(at)), new(big.Rat)
		for k, d := range n.Demands {
			stay[k] = new(big.Rat).Add(big.NewRat(1, 1), at[k])
			stay[k].Mul(stay[k], d)
			round.Add(round, stay[k])
		}
		through := new(big.Rat).Quo(whole(count), new(big.Rat).Add(n.Think, round))
		at = make([]*big.Rat, len(stay))
		for k := range stay {
			at[k] = new(big.Rat).Mul(through, stay[k])
		}
		out = append(out, Load{Throughput: through, Round: round, Jobs: at})
	}
	return out, nil
}

func (n Network) check(jobs int) error {
	if jobs < 0 || jobs > MaxCustomers {
		return fmt.Errorf("got %d jobs, want 0 to %d", jobs, MaxCustomers)
	}
	if n.Think == nil || n.Think.Sign() < 0 {
		return errors.New("a network needs a time to think of at least 0")
	}
	round := new(big.Rat).Set(n.Think)
	for k, d := range n.Demands {
		if d == nil || d.Sign() < 0 {
			return fmt.Errorf("station %d needs a demand of at least 0", k)
		}
		round.Add(round, d)
	}
	if round.Sign() == 0 {
		return errors.New("a round that takes no time has no throughput")
	}
	return nil
}

func whole(n int) *big.Rat { return new(big.Rat).SetInt64(int64(n)) }
