--------------------------- MODULE HybridHost ---------------------------
\* A hybrid host, as in hybrid_host.bh. A place is -1 (nowhere), 0 (beside the machines) or a machine.
\* CONSTANT GRANT = 3
\* CONSTANT PAGES = 2
EXTENDS Integers
CONSTANTS VMS, CONTAINERS, HOST, GRANT, PAGES
VARIABLES on, grant, used, place, pages, taken
vars == <<on, grant, used, place, pages, taken>>
VM == 1..VMS
Container == 1..CONTAINERS

Init ==
  /\ on = {}
  /\ grant = [v \in VM |-> 0]
  /\ used = [v \in VM |-> 0]
  /\ place = [c \in Container |-> -1]
  /\ pages = [c \in Container |-> 0]
  /\ taken = 0

Boot(v) ==
  /\ v \notin on /\ taken < HOST
  /\ on' = on \union {v} /\ grant' = [grant EXCEPT ![v] = 1] /\ taken' = taken + 1
  /\ UNCHANGED <<used, place, pages>>
Inflate(v) ==
  /\ v \in on /\ grant[v] < GRANT /\ taken < HOST
  /\ grant' = [grant EXCEPT ![v] = @ + 1] /\ taken' = taken + 1
  /\ UNCHANGED <<on, used, place, pages>>
Deflate(v) ==
  /\ v \in on /\ grant[v] > 1 /\ grant[v] > used[v]
  /\ grant' = [grant EXCEPT ![v] = @ - 1] /\ taken' = taken - 1
  /\ UNCHANGED <<on, used, place, pages>>
Halt(v) ==
  /\ v \in on
  /\ \A c \in Container : place[c] # v
  /\ on' = on \ {v} /\ taken' = taken - grant[v] /\ grant' = [grant EXCEPT ![v] = 0]
  /\ UNCHANGED <<used, place, pages>>
RunInside(c, v) ==
  /\ place[c] = -1 /\ v \in on /\ used[v] < grant[v]
  /\ place' = [place EXCEPT ![c] = v] /\ pages' = [pages EXCEPT ![c] = 1] /\ used' = [used EXCEPT ![v] = @ + 1]
  /\ UNCHANGED <<on, grant, taken>>
RunBare(c) ==
  /\ place[c] = -1 /\ taken < HOST
  /\ place' = [place EXCEPT ![c] = 0] /\ pages' = [pages EXCEPT ![c] = 1] /\ taken' = taken + 1
  /\ UNCHANGED <<on, grant, used>>
TouchInside(c) ==
  /\ place[c] > 0 /\ pages[c] < PAGES
  /\ used[place[c]] < grant[place[c]]
  /\ pages' = [pages EXCEPT ![c] = @ + 1] /\ used' = [used EXCEPT ![place[c]] = @ + 1]
  /\ UNCHANGED <<on, grant, place, taken>>
TouchBare(c) ==
  /\ place[c] = 0 /\ pages[c] < PAGES /\ taken < HOST
  /\ pages' = [pages EXCEPT ![c] = @ + 1] /\ taken' = taken + 1
  /\ UNCHANGED <<on, grant, used, place>>
Exit(c) ==
  /\ place[c] # -1
  /\ IF place[c] = 0
     THEN taken' = taken - pages[c] /\ UNCHANGED used
     ELSE used' = [used EXCEPT ![place[c]] = @ - pages[c]] /\ UNCHANGED taken
  /\ place' = [place EXCEPT ![c] = -1] /\ pages' = [pages EXCEPT ![c] = 0]
  /\ UNCHANGED <<on, grant>>
Move(c, v) ==
  /\ place[c] > 0 /\ place[c] # v /\ v \in on
  /\ used[v] + pages[c] <= grant[v]
  /\ used' = [used EXCEPT ![place[c]] = @ - pages[c], ![v] = @ + pages[c]]
  /\ place' = [place EXCEPT ![c] = v]
  /\ UNCHANGED <<on, grant, pages, taken>>

Next ==
  \/ \E v \in VM : Boot(v) \/ Inflate(v) \/ Deflate(v) \/ Halt(v)
  \/ \E c \in Container :
       \/ RunBare(c)
       \/ TouchInside(c)
       \/ TouchBare(c)
       \/ Exit(c)
       \/ \E v \in VM : RunInside(c, v) \/ Move(c, v)
Spec == Init /\ [][Next]_vars

RECURSIVE In(_, _)
In(p, c) == IF c = 0 THEN 0 ELSE (IF place[c] = p THEN pages[c] ELSE 0) + In(p, c - 1)
RECURSIVE Granted(_)
Granted(v) == IF v = 0 THEN 0 ELSE grant[v] + Granted(v - 1)
Inv ==
  /\ taken = In(0, CONTAINERS) + Granted(VMS)
  /\ \A v \in VM : used[v] = In(v, CONTAINERS) /\ used[v] <= grant[v] /\ (v \in on \/ (grant[v] = 0 /\ used[v] = 0))
==========================================================================
