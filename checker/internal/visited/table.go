package visited

import (
	"sync"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
)

// The table of the visited set: open addressing over 64-bit slots, probed linearly, written by compare-and-swap and
// read without a lock. A slot is 0 while it is free, else
//
//	tag (32-a bits) | action (a bits) | state number + 1 (32 bits)
//
// where a is the number of bits that action numbers need. The tag is the low end of the hash, so that hardly ever a
// state is fetched in vain; the action is the one to which the discovery of the state is credited (see Inserter.add).
// The home of a hash is given by its top bits. A table that doubles is then filled nearly in the order of its memory,
// and the old one can be given back piece by piece meanwhile, so that growing does not need room for both.
type table struct {
	slots  []uint64
	shift  uint // 64 - log2(len(slots))
	region offheap.Region
}

const (
	firstSlots  = 1 << 12 // slots of a new table: one for a small model costs 32 KiB
	steepSlots  = 1 << 20 // below it tables grow fourfold, to rehash less often; above it they double
	pieceSlots  = 1 << 18 // slots that are moved between two discards: 2 MiB, one huge page
	movedAtOnce = 1 << 16 // slots below which one goroutine moves them all
)

// newTable makes an empty table of 1<<log slots.
func newTable(log uint) (table, error) {
	r, err := offheap.New(1<<log, true)
	return table{r.Words, 64 - log, r}, err
}

// bytes of a table with n slots.
func tableBytes(n int) int64 { return int64(n) * 8 }

// usualRoom is the number of states that a table of n slots takes before it grows: at 3/4 a search for a state that is
// not there looks at 8.5 slots (Knuth, The Art of Computer Programming 3, section 6.4), nearly all in one cache line.
func usualRoom(n int) int64 { return int64(n) / 4 * 3 }

// tightRoom is the number of states that it takes when there is no memory for a larger one.
func tightRoom(n int) int64 { return int64(n) / 10 * 9 }

// move fills t, which is larger, with the slots of old, by several goroutines, and gives the memory of old back. hashOf
// gives the hash of the state with a number.
func (t *table) move(old *table, workers int, hashOf func(StateID) uint64) {
	slots := old.slots
	if len(slots) < movedAtOnce {
		t.take(slots, hashOf)
	} else {
		piece := min(pieceSlots, len(slots)/16)
		var next atomic.Int64
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for {
					lo := int(next.Add(1)-1) * piece
					if lo >= len(slots) {
						return
					}
					t.take(slots[lo:lo+piece], hashOf)
					if piece == pieceSlots {
						offheap.Discard(slots[lo : lo+piece])
					}
				}
			})
		}
		wg.Wait()
	}
	old.slots = nil
	old.region.Free()
}

// take puts the states of some slots of another table into t. Nothing else is put in meanwhile but by other calls of take.
func (t *table) take(from []uint64, hashOf func(StateID) uint64) {
	mask := uint64(len(t.slots) - 1)
	for _, slot := range from {
		if slot == 0 {
			continue
		}
		i := hashOf(StateID(uint32(slot))-1) >> t.shift
		for !atomic.CompareAndSwapUint64(&t.slots[i], 0, slot) {
			i = (i + 1) & mask
		}
	}
}

// inFlight is how much of a table of n slots is still there while its successor fills, at most.
func inFlight(n, workers int) int64 {
	if offheap.Discards && n >= 2*pieceSlots {
		return min(tableBytes(n), int64(workers)*tableBytes(pieceSlots))
	}
	return tableBytes(n)
}
