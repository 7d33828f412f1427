/* Readers and writers of one disk, as in examples/readers_writers.bh. The counters follow from the rest of the state. */
#ifndef READERS
#define READERS 2
#endif
#ifndef WRITERS
#define WRITERS 2
#endif
#define IDLE 0
#define WAITING 1
#define WRITING 2
#define ME (_pid - READERS)
bool reading[READERS];
byte writer[WRITERS];
byte readers;   /* that read */
byte busy;      /* writers that are not idle */
byte writes;    /* writers that write */

active [READERS] proctype Reader() {
	do
	:: d_step { !reading[_pid] && busy == 0 -> reading[_pid] = true; readers++ }
	:: d_step { reading[_pid] -> reading[_pid] = false; readers-- }
	od
}

active [WRITERS] proctype Writer() {
	do
	:: d_step { writer[ME] == IDLE -> writer[ME] = WAITING; busy++ }
	:: d_step { writer[ME] == WAITING && writes == 0 && readers == 0 -> writer[ME] = WRITING; writes++ }
	:: d_step { writer[ME] == WRITING -> writer[ME] = IDLE; busy--; writes-- }
	od
}
