------------------------- MODULE PetersonFilter -------------------------
\* The filter lock in its finest grain, as in peterson_filter.bh.
EXTENDS Naturals
CONSTANT N
VARIABLES at, aim, level, last, other
vars == <<at, aim, level, last, other>>
Proc == 1..N

Init ==
  /\ at = [p \in Proc |-> "idle"]
  /\ aim = [p \in Proc |-> 0]
  /\ level = [p \in Proc |-> 0]
  /\ last = [l \in 1..(N - 1) |-> 0]
  /\ other = [p \in Proc |-> 1]

Ask(p) == at[p] = "idle" /\ aim' = [aim EXCEPT ![p] = 1] /\ at' = [at EXCEPT ![p] = "climbing"] /\ UNCHANGED <<level, last, other>>
Climb(p) ==
  /\ at[p] = "climbing"
  /\ level' = [level EXCEPT ![p] = aim[p]]
  /\ at' = [at EXCEPT ![p] = "arriving"]
  /\ UNCHANGED <<aim, last, other>>
Arrive(p) ==
  /\ at[p] = "arriving"
  /\ last' = [last EXCEPT ![aim[p]] = p]
  /\ at' = [at EXCEPT ![p] = "looking"]
  /\ UNCHANGED <<aim, level, other>>
Look(p) ==
  /\ at[p] = "looking"
  /\ IF other[p] = p THEN TRUE ELSE IF level[other[p]] < aim[p] THEN TRUE ELSE last[aim[p]] # p
  /\ IF other[p] < N
     THEN other' = [other EXCEPT ![p] = @ + 1] /\ UNCHANGED <<at, aim>>
     ELSE /\ other' = [other EXCEPT ![p] = 1]
          /\ IF aim[p] = N - 1
             THEN at' = [at EXCEPT ![p] = "inside"] /\ UNCHANGED aim
             ELSE at' = [at EXCEPT ![p] = "climbing"] /\ aim' = [aim EXCEPT ![p] = @ + 1]
  /\ UNCHANGED <<level, last>>
Leave(p) ==
  /\ at[p] = "inside"
  /\ aim' = [aim EXCEPT ![p] = 0]
  /\ level' = [level EXCEPT ![p] = 0]
  /\ at' = [at EXCEPT ![p] = "idle"]
  /\ UNCHANGED <<last, other>>

Next == \E p \in Proc : Ask(p) \/ Climb(p) \/ Arrive(p) \/ Look(p) \/ Leave(p)
Spec == Init /\ [][Next]_vars

Inv == \A p, q \in Proc : p = q \/ at[p] # "inside" \/ at[q] # "inside"
==========================================================================
