package alloc

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Client numbers a client of a Banker, from 1.
type Client int

// The reasons for which a Banker refuses a request; both wrap model.ErrRefused.
var (
	// ErrClaim: the client would hold more than it declared.
	ErrClaim = fmt.Errorf("%w: more than was declared", model.ErrRefused)
	// ErrWait: so much is not free, or to lend it would not be safe. It may be granted later.
	ErrWait = fmt.Errorf("%w: it has to wait", model.ErrRefused)
)

// Banker lends units of several kinds of resources so that it never comes to a deadlock (A. N. Habermann, Prevention of
// system deadlocks, CACM 12(7), 1969, after E. W. Dijkstra, EWD108): each client declares the most that it will ever
// hold of each kind, and a request is granted only if there is still an order in which all can get what they declared,
// each after those before it have given back.
//
// What it guarantees, checked in banker.bh, if clients give all back once they hold what they declared: everybody can
// get through at any time. That the test says yes exactly where there is an order is checked in safe.bh.
//
// The zero Banker has no client; make one with NewBanker.
type Banker struct {
	total []int   // by kind
	claim [][]int // by Client-1 and kind
	has   [][]int
}

// NewBanker makes a banker of so many units of each kind, and clients who declare so many of each kind, the outer index
// the client, at most what there is.
func NewBanker(total []int, claims [][]int) (Banker, error) {
	if len(total) > Most || len(claims) > Most {
		return Banker{}, fmt.Errorf("got %d kinds and %d clients, want at most %d", len(total), len(claims), Most)
	}
	for k, n := range total {
		if n < 0 || n > Most {
			return Banker{}, fmt.Errorf("kind %d: got %d units, want 0 to %d", k, n, Most)
		}
	}
	b := Banker{total: slices.Clone(total)}
	for c, claim := range claims {
		if len(claim) != len(total) {
			return Banker{}, fmt.Errorf("client %d: got a claim of %d kinds, want %d", c+1, len(claim), len(total))
		}
		for k, n := range claim {
			if n < 0 || n > total[k] {
				return Banker{}, fmt.Errorf("client %d: got a claim of %d of kind %d, want 0 to %d", c+1, n, k, total[k])
			}
		}
		b.claim = append(b.claim, slices.Clone(claim))
		b.has = append(b.has, make([]int, len(total)))
	}
	return b, nil
}

// Clone returns an independent copy.
func (b *Banker) Clone() Banker {
	return Banker{total: slices.Clone(b.total), claim: cloned(b.claim), has: cloned(b.has)}
}

func cloned(rows [][]int) [][]int {
	var out [][]int
	for _, row := range rows {
		out = append(out, slices.Clone(row))
	}
	return out
}

// Has is what a client holds, by kind. The caller may keep it.
func (b *Banker) Has(c Client) []int {
	if c < 1 || int(c) > len(b.has) {
		return nil
	}
	return slices.Clone(b.has[c-1])
}

// Free is what is not lent, by kind. The caller may keep it.
func (b *Banker) Free() []int {
	free := slices.Clone(b.total)
	for _, has := range b.has {
		for k, n := range has {
			free[k] -= n
		}
	}
	return free
}

// Order is an order in which all clients can get what they declared, and true; or, where there is none, as many as can,
// and false.
func (b *Banker) Order() ([]Client, bool) {
	needs := cloned(b.claim)
	for i, has := range b.has {
		for k, n := range has {
			needs[i][k] -= n
		}
	}
	return Order(b.Free(), b.has, needs)
}

// Order is an order in which clients can get what they need, from what is free and what those before have given back,
// and whether all can. Rows are clients, columns kinds. Clients that need or hold more kinds than are free cannot be
// served.
func Order(free []int, holds, needs [][]int) ([]Client, bool) {
	work := slices.Clone(free)
	var order []Client
	finished := make([]bool, len(holds))
	for again := true; again; {
		again = false
		for i := range holds {
			if finished[i] || i >= len(needs) || len(holds[i]) > len(work) || !within(needs[i], work) {
				continue
			}
			for k, n := range holds[i] {
				work[k] += n
			}
			finished[i], again = true, true
			order = append(order, Client(i+1))
		}
	}
	return order, len(order) == len(holds)
}

// within tells whether each need is at most what there is.
func within(needs, work []int) bool {
	if len(needs) > len(work) {
		return false
	}
	for k, n := range needs {
		if n > work[k] {
			return false
		}
	}
	return true
}

// Ask lends a client so many units of each kind. It is refused with ErrClaim if it would hold more than it declared,
// with ErrWait if so much is not free or the rest would not be safe.
func (b *Banker) Ask(c Client, units ...int) error {
	if c < 1 || int(c) > len(b.has) || len(units) != len(b.total) {
		return model.Refuse("client %d asks for %d kinds: there are %d clients and %d kinds", c, len(units), len(b.has), len(b.total))
	}
	free, has := b.Free(), b.has[c-1]
	for k, n := range units {
		if n < 0 {
			return model.Refuse("client %d asks for %d of kind %d", c, n, k)
		}
		if n > b.claim[c-1][k]-has[k] {
			return fmt.Errorf("%w: client %d holds %d of kind %d and asks for %d, of %d", ErrClaim, c, has[k], k, n, b.claim[c-1][k])
		}
	}
	for k, n := range units {
		if n > free[k] {
			return fmt.Errorf("%w: client %d asks for %d of kind %d, and %d are free", ErrWait, c, n, k, free[k])
		}
	}
	granted := b.Clone()
	for k, n := range units {
		granted.has[c-1][k] += n
	}
	if order, ok := granted.Order(); !ok {
		return fmt.Errorf("%w: with what client %d asks for, only %v could finish", ErrWait, c, order)
	}
	*b = granted
	return nil
}

// GiveBack takes all back from a client. It is refused if there is no such client.
func (b *Banker) GiveBack(c Client) error {
	if c < 1 || int(c) > len(b.has) {
		return model.Refuse("got client %d, want 1 to %d", c, len(b.has))
	}
	clear(b.has[c-1])
	return nil
}

// Complete tells whether a client holds all that it declared.
func (b *Banker) Complete(c Client) bool {
	return c >= 1 && int(c) <= len(b.has) && slices.Equal(b.has[c-1], b.claim[c-1])
}

// Waits tells whether an error says that the request may be granted later.
func Waits(err error) bool { return errors.Is(err, ErrWait) }
