/* The repaired philosophers of examples/philosophers.bh; with -DSAMEHAND those of philosophers_deadlock.bh. */
#ifndef N
#define N 4
#endif
#define THINKING 0
#define HUNGRY 1
#define EATING 2
#define RIGHT ((_pid + 1) % N)
#ifdef SAMEHAND
#define FIRST (_pid)
#else
#define FIRST (_pid == N - 1 -> RIGHT : _pid)
#endif
#define OTHER (holder[_pid] == _pid + 1 -> RIGHT : _pid)
byte at[N];
byte holder[N];     /* 0: nobody, else the seat plus one */

active [N] proctype Philosopher() {
	do
	:: d_step { at[_pid] == THINKING && holder[FIRST] == 0 -> holder[FIRST] = _pid + 1; at[_pid] = HUNGRY }
	:: d_step { at[_pid] == HUNGRY && holder[OTHER] == 0 -> holder[OTHER] = _pid + 1; at[_pid] = EATING }
	:: d_step { at[_pid] == EATING -> holder[_pid] = 0; holder[RIGHT] = 0; at[_pid] = THINKING }
	od
}
