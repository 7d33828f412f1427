/* Votes on transactions, as in examples/transactions.bh, one process a transaction, for three participants at most. */
#ifndef TX
#define TX 2
#endif
#ifndef PARTS
#define PARTS 2
#endif
#define BEGUN 0
#define PREPARING 1
#define COMMITTED 2
#define ABORTED 3
#define ALL ((1 << PARTS) - 1)
#define VOTE(p) \
	:: d_step { p < PARTS && phase[_pid] == PREPARING && !((yes[_pid] | no[_pid]) & (1 << p)) -> yes[_pid] = yes[_pid] | (1 << p) } \
	:: d_step { p < PARTS && phase[_pid] == PREPARING && !((yes[_pid] | no[_pid]) & (1 << p)) -> no[_pid] = no[_pid] | (1 << p) }
byte phase[TX], decision[TX];
byte yes[TX], no[TX];    /* bit sets of participants */

active [TX] proctype Tx() {
	do
	:: d_step { phase[_pid] == BEGUN -> phase[_pid] = PREPARING }
	VOTE(0)
	VOTE(1)
	VOTE(2)
	:: d_step { phase[_pid] == PREPARING && yes[_pid] == ALL -> phase[_pid] = COMMITTED; decision[_pid] = 1 }
	:: d_step { phase[_pid] == PREPARING && no[_pid] != 0 -> phase[_pid] = ABORTED; decision[_pid] = 2 }
	od
}
