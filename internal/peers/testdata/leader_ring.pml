/* Chang and Roberts in a ring, as in examples/leader_ring.bh. There every arrangement of the names is an initial state
 * and no step changes it, so the states of the whole are the sum over the arrangements: one run of this file each,
 * with the names of seats 0, 1, 2 and 3 in A, B, C and D. */
#ifndef N
#define N 3
#endif
#ifndef A
#define A 1
#define B 2
#define C 3
#endif
#ifndef D
#define D 4
#endif
#define NAME (_pid == 0 -> A : (_pid == 1 -> B : (_pid == 2 -> C : D)))
#define IN link[(_pid + N - 1) % N]
chan link[N] = [N] of { byte };
bool asked[N], master[N];
hidden byte n;           /* not a part of the state */

active [N] proctype Seat() {
	do
	:: d_step { !asked[_pid] -> asked[_pid] = true; link[_pid]!NAME }
	:: d_step {
		nempty(IN) -> IN?n;
		if
		:: n == NAME -> master[_pid] = true
		:: n > NAME -> link[_pid]!n
		:: else
		fi
	}
	od
}
