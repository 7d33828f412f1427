package alloc

import (
	"fmt"
	"math"
	"time"

	"github.com/bulkheadlang/bulkhead/model"
)

// ErrLimited says that there are not enough tokens, as HTTP does by 429, Too Many Requests. It wraps model.ErrRefused.
var ErrLimited = fmt.Errorf("%w: Too Many Requests", model.ErrRefused)

// Bucket limits what passes by tokens: it holds some at most, is full at first, and gets some for each interval, evenly
// over it (J. Turner, New directions in communications, IEEE Communications 24(10), 1986).
//
// What it guarantees, checked in bucket.bh: in any stretch of time no more passes than its size and what the rate gives
// in that time; and what it refuses would break that. Exactly so, to the nanosecond: parts of a token are kept, in
// units of which one interval makes a token.
//
// Time is what the owner says, since whatever moment it likes; it should not go back, and where it does, it is taken to
// stand still.
//
// The zero Bucket lets nothing pass; make one with NewBucket.
type Bucket struct {
	size     int64         // tokens
	per      int64         // tokens for each interval
	interval int64         // nanoseconds
	level    int64         // tokens times interval, as of last
	last     time.Duration // of the last that passed
}

// NewBucket makes a full bucket of so many tokens, which gets so many for each interval. Both are 1 to Most, the
// interval 1 ns to an hour.
func NewBucket(size, per int, interval time.Duration) (Bucket, error) {
	if size < 1 || size > Most || per < 1 || per > Most {
		return Bucket{}, fmt.Errorf("got %d tokens and %d for each interval, want 1 to %d", size, per, Most)
	}
	if interval < 1 || interval > time.Hour {
		return Bucket{}, fmt.Errorf("got an interval of %s, want 1ns to 1h", interval)
	}
	b := Bucket{size: int64(size), per: int64(per), interval: int64(interval), last: math.MinInt64}
	b.level = b.size * b.interval // at most 2^20 * 3.6e12
	return b, nil
}

// levelAt is the level at a time.
func (b *Bucket) levelAt(now time.Duration) int64 {
	full := b.size * b.interval
	if now <= b.last || b.per == 0 {
		return b.level
	}
	// The difference of two durations may not fit an int64, but then it fits a uint64. Nothing is multiplied that the
	// bucket has no room for.
	passed := uint64(now) - uint64(b.last)
	if missing := full - b.level; passed >= uint64((missing+b.per-1)/b.per) {
		return full
	}
	return b.level + int64(passed)*b.per
}

// Tokens is the number of whole tokens at a time.
func (b *Bucket) Tokens(now time.Duration) int {
	if b.interval == 0 {
		return 0
	}
	return int(b.levelAt(now) / b.interval)
}

// Take lets so many tokens' worth pass, 1 at least. With ErrLimited it is refused if there are fewer, and for ever if
// the bucket holds fewer.
func (b *Bucket) Take(now time.Duration, tokens int) error {
	if tokens < 1 || tokens > Most {
		return model.Refuse("take %d tokens: want 1 to %d", tokens, Most)
	}
	level := b.levelAt(now)
	if b.interval == 0 || int64(tokens)*b.interval > level {
		return fmt.Errorf("%w: %d tokens of %d", ErrLimited, b.Tokens(now), tokens)
	}
	b.level, b.last = level-int64(tokens)*b.interval, max(b.last, now)
	return nil
}

// Wait is how long it takes from a time until so many tokens are there if nothing else passes, and false if that is
// never.
func (b *Bucket) Wait(now time.Duration, tokens int) (time.Duration, bool) {
	if tokens > int(b.size) || b.per == 0 {
		return 0, false
	}
	missing := int64(max(tokens, 0))*b.interval - b.levelAt(now)
	if missing <= 0 {
		return 0, true
	}
	wait := time.Duration((missing + b.per - 1) / b.per)
	if still := uint64(b.last) - uint64(now); now < b.last { // until then it stands still
		wait += time.Duration(min(still, uint64(math.MaxInt64-wait)))
	}
	return wait, true
}

// Limit is how many tokens' worth can pass in a stretch of time, its ends included: the size, and what the rate gives
// in that time, rounded down. The stretch is 0 to an hour; it is 0 for others.
func (b *Bucket) Limit(stretch time.Duration) int {
	if stretch < 0 || stretch > time.Hour || b.interval == 0 {
		return 0
	}
	whole, rest := int64(stretch)/b.interval, int64(stretch)%b.interval
	return int(b.size + whole*b.per + rest*b.per/b.interval)
}
