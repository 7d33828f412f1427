/* The ticket lock of examples/ticket_lock.bh. */
#ifndef N
#define N 3
#endif
#define IDLE 0
#define WAITING 1
#define HOLDING 2
byte at[N];
byte ticket[N];
byte drawn, called;

active [N] proctype Host() {
	do
	:: d_step { at[_pid] == IDLE -> at[_pid] = WAITING; ticket[_pid] = drawn; drawn = (drawn + 1) % N }
	:: d_step { at[_pid] == WAITING && ticket[_pid] == called -> at[_pid] = HOLDING }
	:: d_step { at[_pid] == HOLDING -> at[_pid] = IDLE; ticket[_pid] = 0; called = (called + 1) % N }
	od
}
