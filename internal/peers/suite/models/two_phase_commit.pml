/* Two-phase commit as in examples/two_phase_commit.bh. Process 0 is the transaction manager, 1..RMS the others. */
#ifndef RMS
#define RMS 3
#endif
#define WORKING 0
#define PREPARED 1
#define COMMITTED 2
#define ABORTED 3
#define ALL ((1 << RMS) - 1)
#define ME (1 << (_pid - 1))
bool decided, commit, abort;
byte heard, said;   /* bit sets of resource managers */

active proctype TM() {
	do
	:: d_step { !decided && heard == ALL -> decided = true; commit = true }
	:: d_step { !decided -> decided = true; abort = true }
	od
}

active [RMS] proctype RM() {
	byte rm;
	do
	:: d_step { !decided && (said & ME) -> heard = heard | ME }
	:: d_step { rm == WORKING -> rm = PREPARED; said = said | ME }
	:: d_step { rm == WORKING -> rm = ABORTED }
	:: d_step { commit -> assert(rm != ABORTED); rm = COMMITTED }
	:: d_step { abort -> assert(rm != COMMITTED); rm = ABORTED }
	od
}
