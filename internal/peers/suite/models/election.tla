---------------------------- MODULE Election ----------------------------
\* Chang and Roberts in a ring of hosts that boot in any order, as in election.bh.
EXTENDS Naturals, Sequences
CONSTANT N
VARIABLES name, master, link
vars == <<name, master, link>>
Seat == 0..(N - 1)
Before(s) == (s + N - 1) % N

Init == name = [s \in Seat |-> 0] /\ master = {} /\ link = [s \in Seat |-> <<>>]

Boot(s, n) ==
  /\ name[s] = 0
  /\ \A t \in Seat : name[t] # n
  /\ name' = [name EXCEPT ![s] = n]
  /\ link' = [link EXCEPT ![s] = Append(@, n)]
  /\ UNCHANGED master
Receive(s) ==
  /\ name[s] # 0 /\ link[Before(s)] # <<>>
  /\ LET n == Head(link[Before(s)]) IN
     /\ link' = IF n > name[s]
                THEN [link EXCEPT ![Before(s)] = Tail(@), ![s] = Append(@, n)]
                ELSE [link EXCEPT ![Before(s)] = Tail(@)]
     /\ master' = IF n = name[s] THEN master \union {s} ELSE master
  /\ UNCHANGED name

Next == \E s \in Seat : Receive(s) \/ \E n \in 1..N : Boot(s, n)
Spec == Init /\ [][Next]_vars

Inv == \A s \in master : name[s] = N /\ master = {s}
==========================================================================
