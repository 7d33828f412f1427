/* Chang and Roberts in a ring of at most eight hosts that boot in any order, as in election.bh. */
#ifndef N
#define N 3
#endif
chan link[N] = [N] of { byte };
byte taken, master;      /* bit sets: names, seats */
#ifndef TWOCORES
hidden          /* not a part of the state; SPIN has no such thing on two cores, where it is always 0 between steps */
#endif
byte n;
#define IN link[(_pid + N - 1) % N]
#define BOOT(k) d_step { k <= N && !(taken & (1 << (k - 1))) -> taken = taken | (1 << (k - 1)); name = k; link[_pid]!name }

active [N] proctype Seat() {
	byte name;
	if
	:: BOOT(1)
	:: BOOT(2)
	:: BOOT(3)
	:: BOOT(4)
	:: BOOT(5)
	:: BOOT(6)
	:: BOOT(7)
	:: BOOT(8)
	fi;
	do
	:: d_step {
		nempty(IN) -> IN?n;
		if
		:: n == name -> assert(n == N && master == 0); master = master | (1 << _pid)
		:: n > name -> link[_pid]!n
		:: else
		fi;
		n = 0
	}
	od
}
