-------------------------- MODULE BakerySteps ---------------------------
\* The bakery by steps, as in bakery_steps.bh.
EXTENDS Naturals, FiniteSets
CONSTANTS N, LAST
VARIABLES at, number, seen, other
vars == <<at, number, seen, other>>
Proc == 1..N
Drawers == Cardinality({p \in Proc : at[p] = "drawing"})

Init ==
  /\ at = [p \in Proc |-> "idle"]
  /\ number = [p \in Proc |-> 0]
  /\ seen = [p \in Proc |-> 0]
  /\ other = [p \in Proc |-> 1]

Open(p) ==
  /\ at[p] = "idle"
  /\ \A q \in Proc : number[q] + Drawers < LAST /\ seen[q] + Drawers < LAST
  /\ at' = [at EXCEPT ![p] = "drawing"]
  /\ UNCHANGED <<number, seen, other>>
Look(p) ==
  /\ at[p] = "drawing"
  /\ LET met == IF number[other[p]] > seen[p] THEN number[other[p]] ELSE seen[p] IN
     IF other[p] < N
     THEN /\ other' = [other EXCEPT ![p] = @ + 1]
          /\ seen' = [seen EXCEPT ![p] = met]
          /\ UNCHANGED <<at, number>>
     ELSE /\ other' = [other EXCEPT ![p] = 1]
          /\ number' = [number EXCEPT ![p] = met + 1]
          /\ seen' = [seen EXCEPT ![p] = 0]
          /\ at' = [at EXCEPT ![p] = "queued"]
Yields(q, p) ==
  /\ at[q] # "drawing"
  /\ IF number[q] = 0 THEN TRUE ELSE IF number[p] < number[q] THEN TRUE ELSE number[p] = number[q] /\ p <= q
Wait(p) ==
  /\ at[p] = "queued" /\ Yields(other[p], p)
  /\ IF other[p] < N
     THEN other' = [other EXCEPT ![p] = @ + 1] /\ UNCHANGED at
     ELSE other' = [other EXCEPT ![p] = 1] /\ at' = [at EXCEPT ![p] = "inside"]
  /\ UNCHANGED <<number, seen>>
Leave(p) == at[p] = "inside" /\ number' = [number EXCEPT ![p] = 0] /\ at' = [at EXCEPT ![p] = "idle"] /\ UNCHANGED <<seen, other>>

Next == \E p \in Proc : Open(p) \/ Look(p) \/ Wait(p) \/ Leave(p)
Spec == Init /\ [][Next]_vars

Inv ==
  /\ \A p, q \in Proc : p = q \/ at[p] # "inside" \/ at[q] # "inside"
  /\ \A p \in Proc : number[p] <= LAST
==========================================================================
