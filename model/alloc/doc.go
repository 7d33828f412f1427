// Package alloc models how scarce things are given out, as allocators one could call and as .bh models of them; the
// tests hold the two together.
//
//   - Banker, banker.bh and safe.bh: resources of several kinds, lent so that everybody can get through; and the test
//     for that, against all orders.
//   - Nodes and fit.bh: first fit and best fit, which are never wrong and not optimal.
//   - Bucket and bucket.bh: a token bucket, which lets pass exactly what its law allows.
//   - Cache, inclusion.bh and paging.bh: eviction of the least recently used, why more room never harms it, how much
//     worse than any other cache it can be; FIFO, of which the first is not true, and FewestMisses, the best that could
//     be done.
//
// An allocator is a plain value: no clock, no randomness, no floating point. A step that the present state does not
// allow returns an error that wraps model.ErrRefused, and changes nothing. What is asked about something that is not
// there is zero. Constructors refuse numbers above Most, which keeps all sums and products within an int64.
package alloc

// Most is the greatest number that constructors take: of clients, units, sizes, tokens.
const Most = 1 << 20
