/* A hybrid host, as in hybrid_host.bh: processes 0..VMS-1 are machines, at most four, the others containers, at most seven. */
#ifndef VMS
#define VMS 2
#endif
#ifndef CONTAINERS
#define CONTAINERS 2
#endif
#ifndef HOST
#define HOST 4
#endif
#ifndef GRANT
#define GRANT 3
#endif
#ifndef PAGES
#define PAGES 2
#endif
#define NOWHERE 0
#define BARE 1      /* else the machine plus two */
byte grant[VMS], used[VMS], place[CONTAINERS], taken;
byte on;            /* bit set of machines */
#define ON(v) (on & (1 << (v)))
#define OUT(q) (q >= CONTAINERS || place[q % CONTAINERS] != _pid + 2)
#define EMPTY (OUT(0) && OUT(1) && OUT(2) && OUT(3) && OUT(4) && OUT(5) && OUT(6))
#define MY place[_pid - VMS]
#define AT (MY - 2)

active [VMS] proctype VM() {
	do
	:: d_step { !ON(_pid) && taken < HOST -> on = on | (1 << _pid); grant[_pid] = 1; taken++ }
	:: d_step { ON(_pid) && grant[_pid] < GRANT && taken < HOST -> grant[_pid]++; taken++ }
	:: d_step { ON(_pid) && grant[_pid] > 1 && grant[_pid] > used[_pid] -> grant[_pid]--; taken-- }
	:: d_step { ON(_pid) && EMPTY ->
		assert(used[_pid] == 0); on = on & ~(1 << _pid); taken = taken - grant[_pid]; grant[_pid] = 0 }
	od
}

#define RUN(v) d_step { v < VMS && MY == NOWHERE && ON(v) && used[v % VMS] < grant[v % VMS] -> \
	MY = v + 2; pages = 1; used[v % VMS]++ }
#define MOVE(v) d_step { v < VMS && MY > BARE && AT != v && ON(v) && used[v % VMS] + pages <= grant[v % VMS] -> \
	used[AT] = used[AT] - pages; used[v % VMS] = used[v % VMS] + pages; MY = v + 2 }

active [CONTAINERS] proctype Container() {
	byte pages;
	do
	:: RUN(0)
	:: RUN(1)
	:: RUN(2)
	:: RUN(3)
	:: d_step { MY == NOWHERE && taken < HOST -> MY = BARE; pages = 1; taken++ }
	:: d_step { MY == BARE && pages < PAGES && taken < HOST -> pages++; taken++ }
	:: d_step { MY > BARE && pages < PAGES && used[AT] < grant[AT] -> pages++; used[AT]++ }
	:: d_step { MY == BARE -> taken = taken - pages; MY = NOWHERE; pages = 0 }
	:: d_step { MY > BARE -> assert(used[AT] >= pages && used[AT] <= grant[AT]);
		used[AT] = used[AT] - pages; MY = NOWHERE; pages = 0 }
	:: MOVE(0)
	:: MOVE(1)
	:: MOVE(2)
	:: MOVE(3)
	od
}
