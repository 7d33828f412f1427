package memory

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Client is a machine that pays for its pages with its shares.
type Client struct {
	Shares int64 // at least 1
	Pages  int64 // 0 to 1<<40
	Active int   // percent of the pages that are in use, as sampled
}

func (c Client) check(i int) error {
	if c.Shares < 1 || c.Pages < 0 || c.Pages > maxMB || c.Active < 0 || c.Active > 100 {
		return fmt.Errorf("client %d: got %+v, want 1 share or more, 0 to %d pages, and 0 to 100 %% active", i, c, int64(maxMB))
	}
	return nil
}

// DefaultIdleTax is Mem.IdleTax as it comes, in percent.
const DefaultIdleTax = 75

// Rho is what c pays for a page: S / (P(f + k(1-f))) with k = 1/(1-tax), where S are its shares, P its pages, and f the part of
// them that is in use (C. A. Waldspurger, "Memory resource management in VMware ESX Server", OSDI 2002, 5.2). tax is Mem.IdleTax,
// 0 to 99 percent. ok is false for a client without pages, which pays nothing that could be compared. The progressive tax of newer
// builds (Mem.IdleTaxType = 1) has no published formula.
func Rho(c Client, tax int) (rho *big.Rat, ok bool) {
	if tax < 0 || tax > 99 || c.check(1) != nil {
		panic(fmt.Sprintf("memory: got a tax of %d %% for %+v", tax, c))
	}
	if c.Pages == 0 {
		return nil, false
	}
	f := big.NewRat(int64(c.Active), 100)
	one := big.NewRat(1, 1)
	k := new(big.Rat).Quo(one, new(big.Rat).Sub(one, big.NewRat(int64(tax), 100)))
	cost := new(big.Rat).Sub(one, f)
	cost.Mul(cost, k).Add(cost, f).Mul(cost, new(big.Rat).SetInt64(c.Pages))
	return new(big.Rat).Quo(new(big.Rat).SetInt64(c.Shares), cost), true
}

// Victim is the index of the client that gives up the next page: of those that have more pages than they have reserved, the one that pays
// least for a page, the first of several. It is -1 if nobody has any to give.
func Victim(clients []Client, reserved []int64, tax int) int {
	victim, least := -1, (*big.Rat)(nil)
	for i, c := range clients {
		if c.Pages <= reserved[i] {
			continue
		}
		if rho, ok := Rho(c, tax); ok && (victim < 0 || rho.Cmp(least) < 0) {
			victim, least = i, rho
		}
	}
	return victim
}

// Targets divides so many pages among clients that want the pages they have: while they want more than there are, the one
// that Victim names gives one up. An error names a client with numbers that make no sense, or says that the reservations do not fit.
func Targets(pages int64, clients []Client, reserved []int64, tax int) ([]int64, error) {
	if len(reserved) != len(clients) || tax < 0 || tax > 99 || pages < 0 {
		return nil, fmt.Errorf("got %d pages, %d reservations for %d clients and a tax of %d %%", pages, len(reserved), len(clients), tax)
	}
	now := slices.Clone(clients)
	over := -pages
	for i, c := range now {
		if err := c.check(i); err != nil {
			return nil, err
		}
		if reserved[i] < 0 || reserved[i] > c.Pages {
			return nil, fmt.Errorf("client %d: got a reservation of %d of %d pages", i, reserved[i], c.Pages)
		}
		over += c.Pages
	}
	for ; over > 0; over-- {
		v := Victim(now, reserved, tax)
		if v < 0 {
			return nil, fmt.Errorf("got %d pages, %d less than the reservations", pages, over)
		}
		now[v].Pages--
	}
	out := make([]int64, len(now))
	for i, c := range now {
		out[i] = c.Pages
	}
	return out, nil
}

// Demand is a machine of a Pool.
type Demand struct {
	Shares            int64
	Size, Reservation int64 // pages
}

// Pool is the memory of a full host between machines that take it from one another by min-funding revocation. What it
// guarantees is checked in tax.bh. The zero Pool is empty; make one with NewPool.
type Pool struct {
	demands []Demand
	tax     int
	clients []Client
	free    int64
	taken   VM // from whom the last page came; 0 if it was free
}

// NewPool makes a pool of free pages, for machines that are wholly active. tax is Mem.IdleTax, 0 to 99 percent.
func NewPool(pages int64, tax int, demands []Demand) (*Pool, error) {
	if pages < 0 || tax < 0 || tax > 99 {
		return nil, fmt.Errorf("got %d pages and a tax of %d %%, want 0 or more, and 0 to 99", pages, tax)
	}
	p := &Pool{demands: slices.Clone(demands), tax: tax, free: pages}
	left := pages
	for i, d := range demands {
		if d.Shares < 1 || d.Reservation < 0 || d.Reservation > d.Size || d.Reservation > left {
			return nil, fmt.Errorf("VM %d: got %+v with %d pages left, want shares and a reservation that fits", i+1, d, left)
		}
		left -= d.Reservation
		p.clients = append(p.clients, Client{Shares: d.Shares, Active: 100})
	}
	return p, nil
}

// Clone returns an independent copy.
func (p *Pool) Clone() *Pool {
	c := *p
	c.demands, c.clients = slices.Clone(p.demands), slices.Clone(p.clients)
	return &c
}

// Free is how many pages nobody has.
func (p *Pool) Free() int64 { return p.free }

// Client is what v has and does.
func (p *Pool) Client(v VM) Client {
	mustName("VM", int(v), len(p.clients))
	return p.clients[v-1]
}

// Taken is from whom the last page that was fetched came, 0 if from nobody.
func (p *Pool) Taken() VM { return p.taken }

// Fetch says that v brings in a page that it has not got. On a full host one goes for it, which may be its own.
func (p *Pool) Fetch(v VM) error {
	if err := known("fetch", v, len(p.clients)); err != nil {
		return err
	}
	c := &p.clients[v-1]
	if c.Active == 0 || c.Pages >= p.demands[v-1].Size {
		return model.Refuse("fetch of VM %d: it is idle or has all of its %d pages", v, p.demands[v-1].Size)
	}
	if p.free > 0 {
		p.free--
		p.taken = 0
		c.Pages++
		return nil
	}
	reserved := make([]int64, len(p.demands))
	for i, d := range p.demands {
		reserved[i] = d.Reservation
	}
	victim := Victim(p.clients, reserved, p.tax)
	if victim < 0 {
		return model.Refuse("fetch of VM %d: all pages are reserved", v)
	}
	p.clients[victim].Pages--
	p.taken = VM(victim + 1)
	c.Pages++
	return nil
}

// SetActive says what percentage of its pages v uses now.
func (p *Pool) SetActive(v VM, percent int) error {
	if err := known("set active", v, len(p.clients)); err != nil {
		return err
	}
	if percent < 0 || percent > 100 || percent == p.clients[v-1].Active {
		return model.Refuse("set active of VM %d: got %d %%, want another one of 0 to 100", v, percent)
	}
	p.clients[v-1].Active = percent
	p.taken = 0
	return nil
}
