package balance

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Server numbers a server of a balancer, from 1.
type Server int

// Most is the greatest number that constructors take: of servers, weights, and connections.
const Most = 1 << 20

func validWeights(weights []int) error {
	if len(weights) == 0 || len(weights) > Most {
		return fmt.Errorf("got %d servers, want 1 to %d", len(weights), Most)
	}
	for i, w := range weights {
		if w < 1 || w > Most {
			return fmt.Errorf("server %d: got weight %d, want 1 to %d", i+1, w, Most)
		}
	}
	return nil
}

func known(s Server, servers int) error {
	if s < 1 || int(s) > servers {
		return model.Refuse("got server %d, want 1 to %d", s, servers)
	}
	return nil
}

// at is the entry of a server, and 0 for one that is not there.
func at(of []int, s Server) int {
	if s < 1 || int(s) > len(of) {
		return 0
	}
	return of[s-1]
}

func sum(of []int) int {
	total := 0
	for _, n := range of {
		total += n
	}
	return total
}

// Smooth spreads requests over servers in proportion to weights, each server's evenly over time, as nginx does
// (src/http/ngx_http_upstream_round_robin.c, ngx_http_upstream_get_peer): for each request every current weight rises by the
// weight, the greatest wins, and the sum of all weights, W, is taken from it.
//
// What it guarantees, checked in smooth.bh: after t requests, of which a server of weight w had n, its current weight
// is exactly t*w - W*n; these sum to 0 and are above -W; so after each W requests every server has had exactly as many
// as its weight, and all are 0. No server is a whole request off its share where a few have small weights; but with
// weights of 6, 6, 1, 1 and 1 one can be, and with 3, 3, 3, 3, 1, 1, 1 and 1 by more. A server whose request fails has
// a lower weight for a while; then the sum is still 0, and none is further from 0 than all weights but the least are
// together, for small weights: checked in failing.bh.
//
// The zero Smooth has no server; make one with NewSmooth.
type Smooth struct {
	weights   []int // by Server-1
	effective []int // what failures have left of them
	current   []int
}

// NewSmooth makes a balancer of len(weights) servers. Weights are 1 to Most.
func NewSmooth(weights []int) (Smooth, error) {
	if err := validWeights(weights); err != nil {
		return Smooth{}, err
	}
	return Smooth{weights: slices.Clone(weights), effective: slices.Clone(weights), current: make([]int, len(weights))}, nil
}

// Clone returns an independent copy.
func (b *Smooth) Clone() Smooth {
	return Smooth{weights: slices.Clone(b.weights), effective: slices.Clone(b.effective), current: slices.Clone(b.current)}
}

// Weight is that of a server.
func (b *Smooth) Weight(s Server) int { return at(b.weights, s) }

// Effective is what failures have left of the weight of a server.
func (b *Smooth) Effective(s Server) int { return at(b.effective, s) }

// Current is how far a server is behind its share, in parts of a request of which Period make one; below 0, how far
// ahead. So it is if nothing fails.
func (b *Smooth) Current(s Server) int { return at(b.current, s) }

// Period is the number of requests after which all is as before: the sum of the weights.
func (b *Smooth) Period() int { return sum(b.weights) }

// Next is the server for the next request: of equals the first, as in nginx. It is 0 without servers.
func (b *Smooth) Next() Server {
	var best Server
	for i := range b.weights {
		if s := Server(i + 1); best == 0 || b.Current(s)+b.Effective(s) > b.Current(best)+b.Effective(best) {
			best = s
		}
	}
	return best
}

// Pick gives a request to a server, which may be any that has the greatest current weight. Others are refused. Weights
// that failures have lowered rise by 1.
func (b *Smooth) Pick(s Server) error {
	if err := known(s, len(b.weights)); err != nil {
		return err
	}
	if best := b.Next(); b.Current(best)+b.Effective(best) > b.Current(s)+b.Effective(s) {
		return model.Refuse("pick server %d: server %d is further behind", s, best)
	}
	b.current[s-1] -= sum(b.effective)
	for i, w := range b.weights {
		b.current[i] += b.effective[i]
		b.effective[i] = min(w, b.effective[i]+1)
	}
	return nil
}

// Fail lets a request fail that a server was given, which takes its weight over maxFails, rounded down, from what is left
// of its weight (ngx_http_upstream_free_round_robin_peer). That nginx leaves a server out for some time after maxFails
// failures is left to the caller. It is refused if there is no such server, or maxFails is less than 1.
func (b *Smooth) Fail(s Server, maxFails int) error {
	if err := known(s, len(b.weights)); err != nil {
		return err
	}
	if maxFails < 1 {
		return model.Refuse("a request to server %d fails: got max_fails %d, want 1 at least", s, maxFails)
	}
	b.effective[s-1] = max(0, b.effective[s-1]-b.weights[s-1]/maxFails)
	return nil
}

// Least gives each new connection to the server that has fewest open ones for its weight, as nginx's least_conn does
// (src/http/modules/ngx_http_upstream_least_conn_module.c). It counts connections that are open: to count all that a
// server has ever handled is round-robin.
//
// What it guarantees, checked in least.bh, for a limit of open connections in all: a server of weight w of W in all
// never has more than Share open, which is (limit-1)*w/W rounded down, and one.
//
// The zero Least has no server; make one with NewLeast.
type Least struct {
	weights []int
	open    []int // by Server-1
	limit   int
}

// NewLeast makes a balancer of len(weights) servers without connections, of which there may be so many at once, 1 to Most.
func NewLeast(weights []int, limit int) (Least, error) {
	if err := validWeights(weights); err != nil {
		return Least{}, err
	}
	if limit < 1 || limit > Most {
		return Least{}, fmt.Errorf("got a limit of %d connections, want 1 to %d", limit, Most)
	}
	return Least{weights: slices.Clone(weights), open: make([]int, len(weights)), limit: limit}, nil
}

// Clone returns an independent copy.
func (b *Least) Clone() Least {
	return Least{weights: slices.Clone(b.weights), open: slices.Clone(b.open), limit: b.limit}
}

// Servers is the number of servers.
func (b *Least) Servers() int { return len(b.weights) }

// OpenOf is the number of open connections of a server.
func (b *Least) OpenOf(s Server) int { return at(b.open, s) }

// Share is how many connections a server can have at once, whatever clients do.
func (b *Least) Share(s Server) int {
	if known(s, len(b.weights)) != nil {
		return 0
	}
	return (b.limit-1)*b.weights[s-1]/sum(b.weights) + 1
}

// less tells whether s has fewer connections for its weight than u.
func (b *Least) less(s, u Server) bool {
	return at(b.open, s)*at(b.weights, u) < at(b.open, u)*at(b.weights, s)
}

// Next is the server for the next connection: of equals the first (nginx takes turns among these, as Smooth does). It is
// 0 without servers, and at the limit.
func (b *Least) Next() Server {
	if sum(b.open) >= b.limit {
		return 0
	}
	best := Server(1)
	for i := range b.weights {
		if s := Server(i + 1); b.less(s, best) {
			best = s
		}
	}
	return best
}

// Open gives a new connection to a server, which may be any that has fewest for its weight. Others are refused, and all
// at the limit.
func (b *Least) Open(s Server) error {
	if err := known(s, len(b.weights)); err != nil {
		return err
	}
	switch best := b.Next(); {
	case best == 0:
		return model.Refuse("open: there are %d connections", b.limit)
	case b.less(best, s):
		return model.Refuse("open on server %d: server %d has fewer", s, best)
	}
	b.open[s-1]++
	return nil
}

// Close ends a connection of a server. It is refused if there is none.
func (b *Least) Close(s Server) error { return closeOn(b.open, s) }

func closeOn(open []int, s Server) error {
	if err := known(s, len(open)); err != nil {
		return err
	}
	if open[s-1] == 0 {
		return model.Refuse("close on server %d: it has no connection", s)
	}
	open[s-1]--
	return nil
}
