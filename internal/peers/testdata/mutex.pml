/* The datastore lock of examples/mutex.bh. One process a host, each with a single control state. */
#ifndef N
#define N 4
#endif
#define IDLE 0
#define WAITING 1
#define HOLDING 2
byte at[N];
byte held;          /* how many hosts hold the lock: a function of at, so no new states */

active [N] proctype Host() {
	do
	:: d_step { at[_pid] == IDLE -> at[_pid] = WAITING }
	:: d_step { at[_pid] == WAITING && held == 0 -> at[_pid] = HOLDING; held++ }
	:: d_step { at[_pid] == HOLDING -> at[_pid] = IDLE; held-- }
	od
}
