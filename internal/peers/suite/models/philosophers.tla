-------------------------- MODULE Philosophers --------------------------
\* The repaired philosophers of examples/philosophers.bh.
EXTENDS Naturals
CONSTANT N
VARIABLES at, holder
vars == <<at, holder>>
Seat == 0..(N - 1)
Right(p) == (p + 1) % N
First(p) == IF p = N - 1 THEN Right(p) ELSE p
Second(p) == IF p = N - 1 THEN p ELSE Right(p)

Init == at = [p \in Seat |-> "thinking"] /\ holder = [f \in Seat |-> N]

TakeFirst(p) ==
  /\ at[p] = "thinking" /\ holder[First(p)] = N
  /\ holder' = [holder EXCEPT ![First(p)] = p]
  /\ at' = [at EXCEPT ![p] = "hungry"]
TakeSecond(p) ==
  /\ at[p] = "hungry" /\ holder[Second(p)] = N
  /\ holder' = [holder EXCEPT ![Second(p)] = p]
  /\ at' = [at EXCEPT ![p] = "eating"]
PutDown(p) ==
  /\ at[p] = "eating"
  /\ holder' = [holder EXCEPT ![p] = N, ![Right(p)] = N]
  /\ at' = [at EXCEPT ![p] = "thinking"]

Next == \E p \in Seat : TakeFirst(p) \/ TakeSecond(p) \/ PutDown(p)
Spec == Init /\ [][Next]_vars

Inv == \A p \in Seat : at[p] = "eating" => holder[p] = p /\ holder[Right(p)] = p /\ at[Right(p)] # "eating"
==========================================================================
