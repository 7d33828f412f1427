/* Peterson's lock for two, as in examples/peterson.bh. */
#define IDLE 0
#define RAISED 1
#define WAITING 2
#define INSIDE 3
byte at[2];
bool flag[2];
byte turn;

active [2] proctype Proc() {
	do
	:: d_step { at[_pid] == IDLE -> flag[_pid] = true; at[_pid] = RAISED }
	:: d_step { at[_pid] == RAISED -> turn = 1 - _pid; at[_pid] = WAITING }
	:: d_step { at[_pid] == WAITING && (!flag[1 - _pid] || turn == _pid) -> at[_pid] = INSIDE }
	:: d_step { at[_pid] == INSIDE -> flag[_pid] = false; at[_pid] = IDLE }
	od
}
