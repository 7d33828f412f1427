/* The filter lock in its finest grain, as in peterson_filter.bh. Places are control states; processes count from 0. */
#ifndef N
#define N 3
#endif
byte level[N], last[N];     /* last: 0 is nobody yet, else the process plus one */
byte inside;
#define CLEAR (other == _pid || level[other] < aim || last[aim] != _pid + 1)

active [N] proctype Proc() {
	byte aim, other;
	do
	:: d_step { aim = 1 };
climbing:
	   level[_pid] = aim;
	   d_step { last[aim] = _pid + 1 };
	   do
	   :: d_step { other < N - 1 && CLEAR -> other++ }
	   :: d_step { other == N - 1 && aim < N - 1 && CLEAR -> other = 0; aim++ }; goto climbing
	   :: d_step { other == N - 1 && aim == N - 1 && CLEAR -> other = 0; inside++; assert(inside == 1) }; break
	   od;
	   if :: d_step { inside--; level[_pid] = 0; aim = 0 } fi
	od
}
