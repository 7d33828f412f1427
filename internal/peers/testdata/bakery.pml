/* Lamport's bakery with bounded tickets, as in examples/bakery.bh, for at most three processes, numbered from 0 here. */
#ifndef N
#define N 2
#endif
#ifndef LAST
#define LAST 4
#endif
#define IDLE 0
#define LOOKING 1
#define DRAWING 2
#define QUEUED 3
#define INSIDE 4
#define CHOOSING(q) (at[q] == LOOKING || at[q] == DRAWING)
#define MAX2(a, b) (a > b -> a : b)
#if N == 2
#define HIGHEST MAX2(number[0], number[1])
#define SEEN MAX2(seen[0], seen[1])
#define CHOOSERS (CHOOSING(0) + CHOOSING(1))
#else
#define HIGHEST MAX2(MAX2(number[0], number[1]), number[2])
#define SEEN MAX2(MAX2(seen[0], seen[1]), seen[2])
#define CHOOSERS (CHOOSING(0) + CHOOSING(1) + CHOOSING(2))
#endif
#define YIELDS(q) (q >= N || q == _pid || (!CHOOSING(q % N) && (number[q % N] == 0 || \
	number[_pid] < number[q % N] || (number[_pid] == number[q % N] && _pid < q))))
byte at[N];
byte seen[N];
byte number[N];

active [N] proctype Proc() {
	do
	:: d_step { at[_pid] == IDLE && MAX2(HIGHEST, SEEN) + CHOOSERS < LAST -> at[_pid] = LOOKING }
	:: d_step { at[_pid] == LOOKING -> seen[_pid] = HIGHEST; at[_pid] = DRAWING }
	:: d_step { at[_pid] == DRAWING -> number[_pid] = seen[_pid] + 1; seen[_pid] = 0; at[_pid] = QUEUED }
	:: d_step { at[_pid] == QUEUED && YIELDS(0) && YIELDS(1) && YIELDS(2) -> at[_pid] = INSIDE }
	:: d_step { at[_pid] == INSIDE -> number[_pid] = 0; at[_pid] = IDLE }
	od
}
