package vmotion

import (
	"fmt"
	"math/big"
)

// Precopy is a live migration in rounds of copying: the first sends the whole memory, each later one what was written
// during the one before it, never more than all, and the last one is sent while the guest stands still (M. Nelson, B.-H.
// Lim and G. Hutchins, Fast Transparent Migration for Virtual Machines, USENIX ATC 2005). The writing rate is that of
// pages that are clean; which pages are written again in a round is left out, so that real migrations are no slower.
// Amounts are of any unit, and so are times: GB and GB/s give seconds.
type Precopy struct {
	memory, bandwidth, rate *big.Rat
}

// NewPrecopy makes a migration of so much memory at this bandwidth, both greater than 0, against this dirty rate, at
// least 0.
func NewPrecopy(memory, bandwidth, rate *big.Rat) (*Precopy, error) {
	if memory.Sign() <= 0 || bandwidth.Sign() <= 0 || rate.Sign() < 0 {
		return nil, fmt.Errorf("got memory %v, bandwidth %v and dirty rate %v, want more than 0, more than 0 and at least 0",
			memory.RatString(), bandwidth.RatString(), rate.RatString())
	}
	return &Precopy{memory: new(big.Rat).Set(memory), bandwidth: new(big.Rat).Set(bandwidth), rate: new(big.Rat).Set(rate)}, nil
}

// Converges tells whether the volume of the rounds falls: the guest writes more slowly than is sent.
func (p *Precopy) Converges() bool { return p.rate.Cmp(p.bandwidth) < 0 }

// ratio is d/b, and 1 where that is greater.
func (p *Precopy) ratio() *big.Rat {
	if !p.Converges() {
		return big.NewRat(1, 1)
	}
	return new(big.Rat).Quo(p.rate, p.bandwidth)
}

// Volume is what the round with this number, from 0, sends: M (d/b)^round, and M for d >= b.
func (p *Precopy) Volume(round int) *big.Rat {
	out := new(big.Rat).Set(p.memory)
	for range round {
		out.Mul(out, p.ratio())
	}
	return out
}

// Downtime is how long the guest stands still after so many rounds: (M/b)(d/b)^rounds, and M/b for d >= b.
func (p *Precopy) Downtime(rounds int) *big.Rat {
	return new(big.Rat).Quo(p.Volume(rounds), p.bandwidth)
}

// Total is how long the migration takes with so many rounds of pre-copy and the last one: (M - M (d/b)^(rounds+1)) / (b -
// d), and (rounds + 1) M/b for d >= b.
func (p *Precopy) Total(rounds int) *big.Rat {
	if !p.Converges() {
		return new(big.Rat).Mul(big.NewRat(int64(rounds)+1, 1), p.Downtime(0))
	}
	sent := new(big.Rat).Sub(p.memory, p.Volume(rounds+1))
	return sent.Quo(sent, new(big.Rat).Sub(p.bandwidth, p.rate))
}

// Bound is the time M / (b - d), which no number of rounds takes longer than. It is false for d >= b, where there is none.
func (p *Precopy) Bound() (*big.Rat, bool) {
	if !p.Converges() {
		return nil, false
	}
	return new(big.Rat).Quo(p.memory, new(big.Rat).Sub(p.bandwidth, p.rate)), true
}

// Rounds is the least number of rounds after which the guest stands still for no longer than limit. It is false where no
// number is enough: for d >= b, unless the whole memory takes no longer, and for limit 0 unless nothing is written.
func (p *Precopy) Rounds(limit *big.Rat) (int, bool) {
	left := p.Downtime(0)
	if left.Cmp(limit) <= 0 {
		return 0, true
	}
	if !p.Converges() || limit.Sign() < 0 || limit.Sign() == 0 && p.rate.Sign() > 0 {
		return 0, false
	}
	rounds := 0
	for ratio := p.ratio(); left.Cmp(limit) > 0; rounds++ {
		left.Mul(left, ratio)
	}
	return rounds, true
}
