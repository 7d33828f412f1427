/* The bakery by steps, as in bakery_steps.bh, for at most six processes, which count from 0. Places are control states. */
#ifndef N
#define N 2
#endif
#ifndef LAST
#define LAST 4
#endif
byte number[N], seen[N];
bool drawing[N];
byte inside;
#if N == 2
#define ALL(f) (f(0) && f(1))
#define DRAWERS (drawing[0] + drawing[1])
#elif N == 3
#define ALL(f) (f(0) && f(1) && f(2))
#define DRAWERS (drawing[0] + drawing[1] + drawing[2])
#elif N == 4
#define ALL(f) (f(0) && f(1) && f(2) && f(3))
#define DRAWERS (drawing[0] + drawing[1] + drawing[2] + drawing[3])
#elif N == 5
#define ALL(f) (f(0) && f(1) && f(2) && f(3) && f(4))
#define DRAWERS (drawing[0] + drawing[1] + drawing[2] + drawing[3] + drawing[4])
#else
#define ALL(f) (f(0) && f(1) && f(2) && f(3) && f(4) && f(5))
#define DRAWERS (drawing[0] + drawing[1] + drawing[2] + drawing[3] + drawing[4] + drawing[5])
#endif
#define ROOM(q) (number[q] + DRAWERS < LAST && seen[q] + DRAWERS < LAST)
#define YIELDS (!drawing[other] && (number[other] == 0 || number[_pid] < number[other] || \
	(number[_pid] == number[other] && _pid <= other)))
#define LOOK if :: number[other] > seen[_pid] -> seen[_pid] = number[other] :: else fi

active [N] proctype Proc() {
	byte other;
	do
	:: d_step { ALL(ROOM) -> drawing[_pid] = true };
	   do
	   :: d_step { other < N - 1 -> LOOK; other++ }
	   :: d_step { other == N - 1 -> LOOK;
		other = 0; number[_pid] = seen[_pid] + 1; seen[_pid] = 0; drawing[_pid] = false }; break
	   od;
	   do
	   :: d_step { other < N - 1 && YIELDS -> other++ }
	   :: d_step { other == N - 1 && YIELDS -> other = 0; inside++; assert(inside == 1) }; break
	   od;
	   if :: d_step { inside--; number[_pid] = 0 } fi
	od
}
