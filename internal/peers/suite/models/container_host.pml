/* A container host, as in container_host.bh, for at most six containers, each a process. */
#ifndef CONTAINERS
#define CONTAINERS 2
#endif
#ifndef LIMIT
#define LIMIT 3
#endif
#ifndef HOST
#define HOST 4
#endif
#ifndef RETRIES
#define RETRIES 2
#endif
#define ABSENT 0
#define CREATED 1
#define RUNNING 2
#define PAUSED 3
#define EXITED 4
byte status[CONTAINERS], pages[CONTAINERS], used;
#define ME status[_pid]
#define SOME(f) (f(0) || f(1) || f(2) || f(3) || f(4) || f(5))
#define ALL(f) (f(0) && f(1) && f(2) && f(3) && f(4) && f(5))
#define HUNGRY(q) (q < CONTAINERS && status[q % CONTAINERS] == RUNNING && pages[q % CONTAINERS] < LIMIT)
#define NOMORE(q) (q >= CONTAINERS || pages[q % CONTAINERS] <= pages[_pid])

active [CONTAINERS] proctype Container() {
	byte retry;
	do
	:: d_step { ME == ABSENT -> ME = CREATED }
	:: d_step { ME == CREATED || ME == EXITED -> ME = RUNNING; retry = 0 }
	:: d_step { ME == RUNNING -> ME = PAUSED }
	:: d_step { ME == PAUSED -> ME = RUNNING }
	:: d_step { ME == RUNNING && pages[_pid] < LIMIT && used < HOST -> pages[_pid]++; used++ }
	:: d_step { ME == RUNNING && pages[_pid] > 0 -> pages[_pid]--; used-- }
	:: d_step { used == HOST && pages[_pid] > 0 && SOME(HUNGRY) && ALL(NOMORE) ->
		assert(ME == RUNNING || ME == PAUSED);
		used = used - pages[_pid]; pages[_pid] = 0;
		if
		:: retry < RETRIES -> retry++; ME = RUNNING
		:: else -> ME = EXITED
		fi }
	:: d_step { ME == RUNNING -> used = used - pages[_pid]; pages[_pid] = 0; ME = EXITED }
	:: d_step { ME == CREATED || ME == EXITED -> assert(pages[_pid] == 0); ME = ABSENT; retry = 0 }
	od
}
