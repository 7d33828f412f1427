/* The lock of examples/starving_lock.bh; see mutex.pml. */
#ifndef N
#define N 3
#endif
#define IDLE 0
#define TRYING 1
#define HOLDING 2
byte at[N];
byte held;

active [N] proctype Host() {
	do
	:: d_step { at[_pid] == IDLE -> at[_pid] = TRYING }
	:: d_step { at[_pid] == TRYING && held == 0 -> at[_pid] = HOLDING; held++ }
	:: d_step { at[_pid] == HOLDING -> at[_pid] = IDLE; held-- }
	od
}
