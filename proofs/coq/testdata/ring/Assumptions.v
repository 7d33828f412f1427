(** Compiled, this prints what the theorems assume, all together. *)

From Model Require Import Proof.

Definition theorems :=
  (States,
   Busy,
   OneAtATime,
   Full,
   Least_,
   All_,
   Quiet_fails,
   Never_fails,
   Move_ensures,
   deadlock_free,
   fault_free).

Print Assumptions theorems.
