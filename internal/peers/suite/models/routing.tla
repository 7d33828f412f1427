---------------------------- MODULE Routing -----------------------------
\* Distance-vector routing, as in routing.bh.
\* CONSTANT ROUTERS = 3
EXTENDS Naturals
CONSTANTS ROUTERS, SITES, NETWORKS
VARIABLES metric, stale, full, table
vars == <<metric, stale, full, table>>
Router == 0..(ROUTERS - 1)
Site == 0..(SITES - 1)
Network == 0..(NETWORKS - 1)
Side == {0, 1}
Neighbour(r, s) == (r + ROUTERS - 1 + 2 * s) % ROUTERS
Home(n) == (n % SITES) % ROUTERS
Nothing == [n \in Network |-> 0]

Init ==
  /\ metric = [r \in Router |-> [n \in Network |-> ROUTERS]]
  /\ stale = {} /\ full = {}
  /\ table = [l \in Router \X Side |-> Nothing]

Both(r) == {<<r, 0>>, <<r, 1>>}
Attach(a) ==
  /\ metric[Home(a)][a] # 0
  /\ IF a < ROUTERS THEN TRUE ELSE metric[Home(a)][a - ROUTERS] = 0
  /\ metric' = [metric EXCEPT ![Home(a)] = [n \in Network |-> IF n % SITES = a THEN 0 ELSE metric[Home(a)][n]]]
  /\ stale' = stale \union Both(Home(a))
  /\ UNCHANGED <<full, table>>
Send(r, s) ==
  /\ <<r, s>> \in stale /\ <<r, s>> \notin full
  /\ table' = [table EXCEPT ![<<r, s>>] = metric[r]]
  /\ full' = full \union {<<r, s>>}
  /\ stale' = stale \ {<<r, s>>}
  /\ UNCHANGED metric
Receive(r, s) ==
  LET from == <<Neighbour(r, s), 1 - s>>
      best == [n \in Network |-> IF table[from][n] + 1 < metric[r][n] THEN table[from][n] + 1 ELSE metric[r][n]]
  IN /\ from \in full
     /\ metric' = [metric EXCEPT ![r] = best]
     /\ stale' = IF best = metric[r] THEN stale ELSE stale \union Both(r)
     /\ table' = [table EXCEPT ![from] = Nothing]
     /\ full' = full \ {from}

Next ==
  \/ \E a \in Site : Attach(a)
  \/ \E r \in Router, s \in Side : Send(r, s) \/ Receive(r, s)
Spec == Init /\ [][Next]_vars

Distance(r, n) ==
  LET d == IF r > Home(n) THEN r - Home(n) ELSE Home(n) - r IN IF ROUTERS - d < d THEN ROUTERS - d ELSE d
Inv == \A r \in Router, a \in Site : metric[r][a] >= Distance(r, a)
==========================================================================
