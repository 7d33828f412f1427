/* The repaired philosophers of examples/philosophers.bh. Places are control states. */
#ifndef N
#define N 4
#endif
#define RIGHT ((_pid + 1) % N)
#define FIRST (_pid == N - 1 -> RIGHT : _pid)
#define SECOND (_pid == N - 1 -> _pid : RIGHT)
byte holder[N];     /* 0: nobody, else the seat plus one */

active [N] proctype Philosopher() {
	do
	:: d_step { holder[FIRST] == 0 -> holder[FIRST] = _pid + 1 };
	   d_step { holder[SECOND] == 0 -> holder[SECOND] = _pid + 1 };
	   d_step { assert(holder[_pid] == _pid + 1 && holder[RIGHT] == _pid + 1); holder[_pid] = 0; holder[RIGHT] = 0 }
	od
}
