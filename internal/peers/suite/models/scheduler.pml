/* A CPU scheduler with credits, as in scheduler.bh, for two physical CPUs and at most six virtual ones, each a process. */
#ifndef VCPUS
#define VCPUS 3
#endif
#ifndef FULL
#define FULL 3
#endif
#ifndef OLD
#define OLD 3
#endif
#define BLOCKED 0
#define READY 1
#define RUNNING 2
byte world[VCPUS], credit[VCPUS] = FULL, age[VCPUS];
byte runs[2];       /* 0: nobody, else the virtual CPU plus one */
#ifndef TWOCORES
hidden          /* not a part of the state; SPIN has no such thing on two cores, where it is always 0 between steps */
#endif
byte u;
#define ALL(f) (f(0) && f(1) && f(2) && f(3) && f(4) && f(5))
#define WAITS(q) (world[q] == READY && credit[q] > 0)
#define YOUNGER(q) (q >= VCPUS || !WAITS(q % VCPUS) || age[q % VCPUS] <= age[_pid])
#define SPENT(q) (q >= VCPUS || world[q % VCPUS] == BLOCKED || credit[q % VCPUS] == 0)
#define ASLEEP(q) (q >= VCPUS || world[q % VCPUS] == BLOCKED)
#define MINE (runs[0] == _pid + 1 -> 0 : 1)
#define DISPATCH(p) d_step { runs[p] == 0 && WAITS(_pid) && ALL(YOUNGER) -> \
		assert(runs[1 - p] != _pid + 1); \
		runs[p] = _pid + 1; world[_pid] = RUNNING; age[_pid] = 0; \
		for (u : 0 .. VCPUS - 1) { \
			if \
			:: world[u] == READY && age[u] < OLD -> age[u]++ \
			:: else \
			fi \
		}; \
		u = 0 }
#define PREEMPT(p) d_step { runs[p] != 0 && WAITS(_pid) && age[_pid] == OLD && credit[runs[p] - 1] < credit[_pid] -> \
		world[runs[p] - 1] = READY; world[_pid] = RUNNING; age[_pid] = 0; runs[p] = _pid + 1 }

active [VCPUS] proctype VCPU() {
	do
	:: d_step { world[_pid] == BLOCKED -> world[_pid] = READY }
	:: DISPATCH(0)
	:: DISPATCH(1)
	:: PREEMPT(0)
	:: PREEMPT(1)
	:: d_step { world[_pid] == RUNNING && credit[_pid] > 0 -> credit[_pid]-- }
	:: d_step { world[_pid] == RUNNING && credit[_pid] == 0 -> world[_pid] = READY; runs[MINE] = 0 }
	:: d_step { world[_pid] == RUNNING -> world[_pid] = BLOCKED; runs[MINE] = 0 }
	od
}

active proctype Refill() {
	do
	:: d_step { ALL(SPENT) && !ALL(ASLEEP) ->
		for (u : 0 .. VCPUS - 1) {
			if
			:: world[u] != BLOCKED -> credit[u] = FULL
			:: world[u] == BLOCKED && credit[u] < FULL -> credit[u]++
			:: else
			fi
		};
		u = 0 }
	od
}
