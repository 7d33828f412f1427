/* A store that numbers its writes, as in examples/replicated_store.bh with one key, at most 2 values and 3 writes. */
#ifndef NODES
#define NODES 2
#endif
#ifndef VALUES
#define VALUES 2
#endif
#ifndef WRITES
#define WRITES 2
#endif
#define BIT(v, c) (1 << ((v) * 3 + (c) - 4))
byte store[NODES];      /* 0: none */
byte version[NODES];
byte pending[NODES];    /* bit sets of updates */
byte writes;
hidden byte m;

inline write(v) {
	writes++;
	version[_pid]++;
	store[_pid] = v;
	m = 0;
	do
	:: m < NODES && m != _pid -> pending[m] = pending[m] | BIT(v, version[_pid]); m++
	:: m == _pid -> m++
	:: else -> break
	od
}
#define NEWER(v, c) (version[_pid] < c && (pending[_pid] & BIT(v, c)))
#define SYNC(v, c) store[_pid] = v; version[_pid] = c; pending[_pid] = pending[_pid] & ~BIT(v, c)

active [NODES] proctype Replica() {
	do
	:: d_step { writes < WRITES -> write(1); m = 0 }
	:: d_step { writes < WRITES && VALUES > 1 -> write(2); m = 0 }
	:: d_step { NEWER(1, 1) -> SYNC(1, 1) }
	:: d_step { NEWER(1, 2) -> SYNC(1, 2) }
	:: d_step { NEWER(1, 3) -> SYNC(1, 3) }
	:: d_step { NEWER(2, 1) -> SYNC(2, 1) }
	:: d_step { NEWER(2, 2) -> SYNC(2, 2) }
	:: d_step { NEWER(2, 3) -> SYNC(2, 3) }
	od
}
