// Package balance models the ways in which load balancers choose a server, as balancers one could call and as .bh
// models of them; the tests hold the two together.
//
//   - Smooth, smooth.bh and failing.bh: nginx's smooth weighted round-robin, whose current weights say exactly how far
//     each server is off its share.
//   - Least and least.bh: least connections by weight, and how many one server can have at once. What counts is open
//     connections, not all that it has ever handled.
//   - Two and two.bh: the better of two drawn servers: the most that one can have, whatever is drawn; and ExpectedMax,
//     the exact mean for small cases.
//   - Ring and ring.bh: consistent hashing with several points for each node: which keys move when nodes come and go.
//     How even it is depends on the points; Share says it exactly.
//
// A balancer is a plain value: no clock, no floating point; whoever owns it draws the random numbers. A step that the
// present state does not allow returns an error that wraps model.ErrRefused, and changes nothing. What is asked about a
// server that is not there is zero. Constructors refuse numbers above Most, which keeps all sums and products within an
// int64.
package balance
