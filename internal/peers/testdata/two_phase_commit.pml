/* Two-phase commit as in examples/two_phase_commit.bh. Process 0 is the transaction manager, 1..RMS the others. */
#ifndef RMS
#define RMS 3
#endif
#define WORKING 0
#define PREPARED 1
#define COMMITTED 2
#define ABORTED 3
#define ALL ((1 << RMS) - 1)
byte rm[RMS];
bool decided, commit, abort;
byte heard, said;   /* bit sets of resource managers */

active proctype TM() {
	do
	:: d_step { !decided && heard == ALL -> decided = true; commit = true }
	:: d_step { !decided -> decided = true; abort = true }
	od
}

active [RMS] proctype RM() {
	do
	:: d_step { !decided && (said & (1 << (_pid - 1))) -> heard = heard | (1 << (_pid - 1)) }
	:: d_step { rm[_pid - 1] == WORKING -> rm[_pid - 1] = PREPARED; said = said | (1 << (_pid - 1)) }
	:: d_step { rm[_pid - 1] == WORKING -> rm[_pid - 1] = ABORTED }
	:: d_step { commit -> rm[_pid - 1] = COMMITTED }
	:: d_step { abort -> rm[_pid - 1] = ABORTED }
	od
}
