/* The pod scheduler of examples/pod_scheduler.bh, one process a pod, for two nodes. */
#ifndef PODS
#define PODS 3
#endif
#define MAXCPU 8
#define MAXMEMORY 16
#define PENDING 0
#define RUNNING 1
#define FAILED 2
#define NEEDCPU (_pid == 0 -> 2 : (_pid == 1 -> 1 : (_pid == 2 -> 4 : (_pid == 3 -> 3 : 5))))
#define NEEDMEMORY (_pid == 0 -> 4 : (_pid == 1 -> 2 : (_pid == 2 -> 8 : (_pid == 3 -> 6 : 10))))
#define FITS(n) (cpu[n] + NEEDCPU <= MAXCPU && memory[n] + NEEDMEMORY <= MAXMEMORY)
#define GIVE(n) phase[_pid] = RUNNING; place[_pid] = n + 1; cpu[n] = cpu[n] + NEEDCPU; memory[n] = memory[n] + NEEDMEMORY
byte phase[PODS];
byte place[PODS];        /* 0: nowhere */
byte cpu[2], memory[2];

active [PODS] proctype Pod() {
	do
	:: d_step { phase[_pid] == PENDING && FITS(0) -> GIVE(0) }
	:: d_step { phase[_pid] == PENDING && FITS(1) -> GIVE(1) }
	:: d_step { phase[_pid] == PENDING && !FITS(0) && !FITS(1) -> phase[_pid] = FAILED }
	od
}
