------------------------- MODULE TwoPhaseCommit -------------------------
\* Two-phase commit as in examples/two_phase_commit.bh.
EXTENDS Naturals
CONSTANT RMS
VARIABLES rm, decided, heard, said, commit, abort
vars == <<rm, decided, heard, said, commit, abort>>
RM == 1..RMS

Init ==
  /\ rm = [r \in RM |-> "working"]
  /\ decided = FALSE /\ commit = FALSE /\ abort = FALSE
  /\ heard = {} /\ said = {}

Receive(r) == ~decided /\ r \in said /\ heard' = heard \union {r} /\ UNCHANGED <<rm, decided, said, commit, abort>>
Prepare(r) ==
  /\ rm[r] = "working"
  /\ rm' = [rm EXCEPT ![r] = "prepared"]
  /\ said' = said \union {r}
  /\ UNCHANGED <<decided, heard, commit, abort>>
GiveUp(r) == rm[r] = "working" /\ rm' = [rm EXCEPT ![r] = "aborted"] /\ UNCHANGED <<decided, heard, said, commit, abort>>
ReceiveCommit(r) == commit /\ rm' = [rm EXCEPT ![r] = "committed"] /\ UNCHANGED <<decided, heard, said, commit, abort>>
ReceiveAbort(r) == abort /\ rm' = [rm EXCEPT ![r] = "aborted"] /\ UNCHANGED <<decided, heard, said, commit, abort>>
Commit == ~decided /\ heard = RM /\ decided' = TRUE /\ commit' = TRUE /\ UNCHANGED <<rm, heard, said, abort>>
Abort == ~decided /\ decided' = TRUE /\ abort' = TRUE /\ UNCHANGED <<rm, heard, said, commit>>

Next ==
  \/ Commit
  \/ Abort
  \/ \E r \in RM : Receive(r) \/ Prepare(r) \/ GiveUp(r) \/ ReceiveCommit(r) \/ ReceiveAbort(r)
Spec == Init /\ [][Next]_vars

Inv == (\A r, s \in RM : ~(rm[r] = "committed" /\ rm[s] = "aborted")) /\ ~(commit /\ abort)
==========================================================================
