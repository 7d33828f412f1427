/* The repaired store, whose writes are numbered by counter and node, as in examples/replicated_store_fixed.bh with one
 * key, at most 2 values, 3 writes and 3 nodes. */
#ifndef NODES
#define NODES 2
#endif
#ifndef VALUES
#define VALUES 2
#endif
#ifndef WRITES
#define WRITES 2
#endif
#define BIT(v, c, w) (1 << (((v) - 1) * 9 + ((c) - 1) * 3 + (w) - 1))
byte store[NODES];      /* 0: none */
byte counter[NODES];    /* of the stamp of what is stored */
byte writer[NODES];
int pending[NODES];     /* bit sets of updates */
byte writes;
hidden byte m;

inline write(v) {
	writes++;
	store[_pid] = v;
	counter[_pid]++;
	writer[_pid] = _pid + 1;
	m = 0;
	do
	:: m < NODES && m != _pid -> pending[m] = pending[m] | BIT(v, counter[_pid], _pid + 1); m++
	:: m == _pid -> m++
	:: else -> break
	od
}
inline sync(v, c, w) {
	pending[_pid] = pending[_pid] & ~BIT(v, c, w);
	if
	:: c > counter[_pid] || (c == counter[_pid] && w > writer[_pid]) ->
		store[_pid] = v;
		counter[_pid] = c;
		writer[_pid] = w
	:: else
	fi
}
#define HAS(v, c, w) (pending[_pid] & BIT(v, c, w))
#define EACH(v, c) \
	:: d_step { HAS(v, c, 1) -> sync(v, c, 1) } \
	:: d_step { HAS(v, c, 2) -> sync(v, c, 2) } \
	:: d_step { HAS(v, c, 3) -> sync(v, c, 3) }

active [NODES] proctype Replica() {
	do
	:: d_step { writes < WRITES -> write(1); m = 0 }
	:: d_step { writes < WRITES && VALUES > 1 -> write(2); m = 0 }
	EACH(1, 1)
	EACH(1, 2)
	EACH(1, 3)
	EACH(2, 1)
	EACH(2, 2)
	EACH(2, 3)
	od
}
