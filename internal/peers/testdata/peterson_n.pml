/* Peterson's filter lock, as in examples/peterson_n.bh, for at most four processes, numbered from 0 here. */
#ifndef N
#define N 3
#endif
#define IDLE 0
#define CLIMBING 1
#define WAITING 2
#define INSIDE 3
#define BELOW(q) (q >= N || q == _pid || level[q % N] < level[_pid])
byte at[N];
byte level[N];
byte last[N];       /* last[0] is not used */

active [N] proctype Proc() {
	do
	:: d_step { at[_pid] == IDLE -> level[_pid] = 1; at[_pid] = CLIMBING }
	:: d_step { at[_pid] == CLIMBING -> last[level[_pid]] = _pid; at[_pid] = WAITING }
	:: d_step {
		at[_pid] == WAITING && (last[level[_pid]] != _pid || (BELOW(0) && BELOW(1) && BELOW(2) && BELOW(3))) ->
		if
		:: level[_pid] == N - 1 -> at[_pid] = INSIDE
		:: else -> level[_pid] = level[_pid] + 1; at[_pid] = CLIMBING
		fi
	}
	:: d_step { at[_pid] == INSIDE -> level[_pid] = 0; at[_pid] = IDLE }
	od
}
