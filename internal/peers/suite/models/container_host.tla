------------------------- MODULE ContainerHost --------------------------
\* A container host, as in container_host.bh.
\* CONSTANT LIMIT = 3
\* CONSTANT RETRIES = 2
EXTENDS Naturals
CONSTANTS CONTAINERS, LIMIT, HOST, RETRIES
VARIABLES status, pages, retry, used
vars == <<status, pages, retry, used>>
Container == 1..CONTAINERS

Init ==
  /\ status = [c \in Container |-> "absent"]
  /\ pages = [c \in Container |-> 0]
  /\ retry = [c \in Container |-> 0]
  /\ used = 0

Change(c, from, to) == status[c] = from /\ status' = [status EXCEPT ![c] = to] /\ UNCHANGED <<pages, retry, used>>
Restart(c) ==
  /\ status[c] \in {"created", "exited"}
  /\ status' = [status EXCEPT ![c] = "running"]
  /\ retry' = [retry EXCEPT ![c] = 0]
  /\ UNCHANGED <<pages, used>>
Touch(c) ==
  /\ status[c] = "running" /\ pages[c] < LIMIT /\ used < HOST
  /\ pages' = [pages EXCEPT ![c] = @ + 1] /\ used' = used + 1
  /\ UNCHANGED <<status, retry>>
Free(c) ==
  /\ status[c] = "running" /\ pages[c] > 0
  /\ pages' = [pages EXCEPT ![c] = @ - 1] /\ used' = used - 1
  /\ UNCHANGED <<status, retry>>
Kill(c) ==
  /\ used = HOST /\ pages[c] > 0
  /\ \E d \in Container : status[d] = "running" /\ pages[d] < LIMIT
  /\ \A d \in Container : pages[d] <= pages[c]
  /\ used' = used - pages[c]
  /\ pages' = [pages EXCEPT ![c] = 0]
  /\ IF retry[c] < RETRIES
     THEN retry' = [retry EXCEPT ![c] = @ + 1] /\ status' = [status EXCEPT ![c] = "running"]
     ELSE status' = [status EXCEPT ![c] = "exited"] /\ UNCHANGED retry
Stop(c) ==
  /\ status[c] = "running"
  /\ used' = used - pages[c]
  /\ pages' = [pages EXCEPT ![c] = 0]
  /\ status' = [status EXCEPT ![c] = "exited"]
  /\ UNCHANGED retry
Remove(c) ==
  /\ status[c] \in {"created", "exited"}
  /\ status' = [status EXCEPT ![c] = "absent"]
  /\ retry' = [retry EXCEPT ![c] = 0]
  /\ UNCHANGED <<pages, used>>

Next == \E c \in Container :
  \/ Change(c, "absent", "created")
  \/ Change(c, "running", "paused")
  \/ Change(c, "paused", "running")
  \/ Restart(c)
  \/ Touch(c)
  \/ Free(c)
  \/ Kill(c)
  \/ Stop(c)
  \/ Remove(c)
Spec == Init /\ [][Next]_vars

RECURSIVE Sum(_)
Sum(c) == IF c = 0 THEN 0 ELSE pages[c] + Sum(c - 1)
Inv == used = Sum(CONTAINERS) /\ \A c \in Container : status[c] \in {"running", "paused"} \/ pages[c] = 0
==========================================================================
