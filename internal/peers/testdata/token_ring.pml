/* The token ring of examples/token_ring.bh. */
#ifndef N
#define N 4
#endif
#define IDLE 0
#define WAITING 1
#define SENDING 2
byte at[N];
byte token;

active [N] proctype Station() {
	do
	:: d_step { at[_pid] == IDLE -> at[_pid] = WAITING }
	:: d_step { at[_pid] == WAITING && token == _pid -> at[_pid] = SENDING }
	:: d_step { at[_pid] == SENDING -> at[_pid] = IDLE }
	:: d_step { token == _pid && at[_pid] != SENDING -> token = (token + 1) % N }
	od
}
