/* Exclusive resources of containers, as in examples/container_security.bh, for five resources at most. */
#ifndef CONTAINERS
#define CONTAINERS 3
#endif
#ifndef RESOURCES
#define RESOURCES 5
#endif
#ifndef LIMIT
#define LIMIT 3
#endif
#define TAKE(r) d_step { r < RESOURCES && !(taken & (1 << r)) && count[_pid] < LIMIT -> \
	taken = taken | (1 << r); holds[_pid] = holds[_pid] | (1 << r); count[_pid] = count[_pid] + 1 }
byte holds[CONTAINERS];  /* a bit set of resources */
byte count[CONTAINERS];  /* a function of holds, as is taken */
byte taken;

active [CONTAINERS] proctype Container() {
	do
	:: TAKE(0)
	:: TAKE(1)
	:: TAKE(2)
	:: TAKE(3)
	:: TAKE(4)
	:: d_step { true -> skip }   /* read */
	:: d_step { true -> skip }   /* write */
	:: d_step { true -> skip }   /* open */
	:: d_step { true -> skip }   /* close */
	od
}
