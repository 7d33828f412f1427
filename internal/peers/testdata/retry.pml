/* The backup jobs of examples/retry.bh; with -DLIVELOCK those of retry_livelock.bh. */
#define STARTING 0
#define LOCKED 1
#define COPYING 2
#define DONE 3
#ifdef LIVELOCK
#define LETSGO true
#else
#define LETSGO (_pid == 1)
#endif
byte at[2];
byte holder[2];     /* 0: nobody, else the job plus one */

active [2] proctype Job() {
	do
	:: d_step { at[_pid] == STARTING && holder[_pid] == 0 -> holder[_pid] = _pid + 1; at[_pid] = LOCKED }
	:: d_step { at[_pid] == LOCKED && holder[1 - _pid] == 0 -> holder[1 - _pid] = _pid + 1; at[_pid] = COPYING }
	:: d_step { at[_pid] == LOCKED && holder[1 - _pid] != 0 && LETSGO -> holder[_pid] = 0; at[_pid] = STARTING }
	:: d_step { at[_pid] == COPYING -> holder[0] = 0; holder[1] = 0; at[_pid] = DONE }
	od
}
