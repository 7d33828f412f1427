--------------------------- MODULE Scheduler ----------------------------
\* A CPU scheduler with credits, as in scheduler.bh.
\* CONSTANT PCPUS = 2
\* CONSTANT FULL = 3
\* CONSTANT OLD = 3
EXTENDS Naturals
CONSTANTS VCPUS, PCPUS, FULL, OLD
VARIABLES world, credit, age, runs
vars == <<world, credit, age, runs>>
VCPU == 1..VCPUS
PCPU == 1..PCPUS
Waits(v) == world[v] = "ready" /\ credit[v] > 0

Init ==
  /\ world = [v \in VCPU |-> "blocked"]
  /\ credit = [v \in VCPU |-> FULL]
  /\ age = [v \in VCPU |-> 0]
  /\ runs = [p \in PCPU |-> 0]

Wake(v) == world[v] = "blocked" /\ world' = [world EXCEPT ![v] = "ready"] /\ UNCHANGED <<credit, age, runs>>
Dispatch(p, v) ==
  /\ runs[p] = 0 /\ Waits(v)
  /\ \A u \in VCPU : Waits(u) => age[u] <= age[v]
  /\ runs' = [runs EXCEPT ![p] = v]
  /\ world' = [world EXCEPT ![v] = "running"]
  /\ age' = [u \in VCPU |-> IF u = v THEN 0 ELSE IF world[u] = "ready" /\ age[u] < OLD THEN age[u] + 1 ELSE age[u]]
  /\ UNCHANGED credit
Preempt(p, v) ==
  /\ runs[p] # 0 /\ Waits(v) /\ age[v] = OLD
  /\ credit[runs[p]] < credit[v]
  /\ world' = [world EXCEPT ![runs[p]] = "ready", ![v] = "running"]
  /\ age' = [age EXCEPT ![v] = 0]
  /\ runs' = [runs EXCEPT ![p] = v]
  /\ UNCHANGED credit
Tick(p) ==
  /\ runs[p] # 0
  /\ credit[runs[p]] > 0
  /\ credit' = [credit EXCEPT ![runs[p]] = @ - 1]
  /\ UNCHANGED <<world, age, runs>>
Expire(p) ==
  /\ runs[p] # 0
  /\ credit[runs[p]] = 0
  /\ world' = [world EXCEPT ![runs[p]] = "ready"]
  /\ runs' = [runs EXCEPT ![p] = 0]
  /\ UNCHANGED <<credit, age>>
Block(p) ==
  /\ runs[p] # 0
  /\ world' = [world EXCEPT ![runs[p]] = "blocked"]
  /\ runs' = [runs EXCEPT ![p] = 0]
  /\ UNCHANGED <<credit, age>>
Refill ==
  /\ \A v \in VCPU : world[v] = "blocked" \/ credit[v] = 0
  /\ \E v \in VCPU : world[v] # "blocked"
  /\ credit' = [v \in VCPU |-> IF world[v] # "blocked" THEN FULL ELSE IF credit[v] < FULL THEN credit[v] + 1 ELSE FULL]
  /\ UNCHANGED <<world, age, runs>>

Next ==
  \/ Refill
  \/ \E v \in VCPU : Wake(v)
  \/ \E p \in PCPU : Tick(p) \/ Expire(p) \/ Block(p) \/ \E v \in VCPU : Dispatch(p, v) \/ Preempt(p, v)
Spec == Init /\ [][Next]_vars

Inv ==
  /\ \A p, q \in PCPU : p = q \/ runs[p] = 0 \/ runs[p] # runs[q]
  /\ \A p \in PCPU : runs[p] # 0 => world[runs[p]] = "running"
  /\ \A v \in VCPU : world[v] = "running" => age[v] = 0
==========================================================================
