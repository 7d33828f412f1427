/* Distance-vector routing, as in routing.bh, a process a router. */
#ifndef ROUTERS
#define ROUTERS 3
#endif
#ifndef SITES
#define SITES 3
#endif
#ifndef NETWORKS
#define NETWORKS 3
#endif
byte metric[ROUTERS * NETWORKS] = ROUTERS;
byte table[ROUTERS * 2 * NETWORKS];     /* side 0 is to the router before, 1 to the one after */
short stale, sent;                      /* bit sets of router and side */
#ifndef TWOCORES
hidden          /* not a part of the state; SPIN has no such thing on two cores, where it is always 0 between steps */
#endif
byte n, t;
#define M(r, n) metric[(r) * NETWORKS + n]
#define T(r, s, n) table[((r) * 2 + s) * NETWORKS + n]
#define BIT(r, s) (1 << ((r) * 2 + s))
#define BOTH (3 << (_pid * 2))
#define BESIDE(s) ((_pid + ROUTERS - 1 + 2 * s) % ROUTERS)
#define ATTACH(a) d_step { a < SITES && a % ROUTERS == _pid && M(_pid, a % NETWORKS) != 0 && \
	(a < ROUTERS || M(_pid, (a + SITES - ROUTERS) % SITES) == 0) -> \
	for (n : 0 .. NETWORKS - 1) { \
		if \
		:: n % SITES == a -> M(_pid, n) = 0 \
		:: else \
		fi \
	}; \
	stale = stale | BOTH; n = 0 }
#define SEND(s) d_step { (stale & BIT(_pid, s)) && !(sent & BIT(_pid, s)) -> \
	for (n : 0 .. NETWORKS - 1) { T(_pid, s, n) = M(_pid, n) }; \
	sent = sent | BIT(_pid, s); stale = stale & ~BIT(_pid, s); n = 0 }
#define RECEIVE(s) d_step { (sent & BIT(BESIDE(s), 1 - s)) -> \
	for (n : 0 .. NETWORKS - 1) { \
		t = T(BESIDE(s), 1 - s, n) + 1; \
		if \
		:: t < M(_pid, n) -> M(_pid, n) = t; stale = stale | BOTH \
		:: else \
		fi; \
		T(BESIDE(s), 1 - s, n) = 0 \
	}; \
	sent = sent & ~BIT(BESIDE(s), 1 - s); n = 0; t = 0 }

active [ROUTERS] proctype Router() {
	do
	:: ATTACH(0)
	:: ATTACH(1)
	:: ATTACH(2)
	:: ATTACH(3)
	:: ATTACH(4)
	:: ATTACH(5)
	:: SEND(0)
	:: SEND(1)
	:: RECEIVE(0)
	:: RECEIVE(1)
	od
}
