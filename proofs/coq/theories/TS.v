(** Transition systems: what a theorem about a model says. Everything here is to be read by whoever doubts a proof;
    how the theorems are proved (Explore.v) is not. *)

From Coq Require Import List NArith.
Import ListNotations.

(** The successors of a state are None where a step from it faults. *)
Record system := System {
  state : Type;
  init : list state;
  succ : state -> option (list state)
}.

Arguments init : clear implicits.
Arguments succ : clear implicits.

Inductive reachable (M : system) : state M -> Prop :=
| r0 : forall s, In s (init M) -> reachable M s
| r1 : forall s ts t, reachable M s -> succ M s = Some ts -> In t ts -> reachable M t.

(** [step M s t]: t is a successor of s. *)
Definition step (M : system) (s t : state M) : Prop := exists ts, succ M s = Some ts /\ In t ts.

Definition invariant (M : system) (inv : state M -> bool) : Prop :=
  forall s, reachable M s -> inv s = true.

Definition no_fault (M : system) : Prop :=
  forall s, reachable M s -> succ M s <> None.

Definition safe (M : system) (inv : state M -> bool) : Prop :=
  forall s, reachable M s -> inv s = true /\ succ M s <> None.

Definition step_invariant (M : system) (inv : state M -> state M -> bool) : Prop :=
  forall s t, reachable M s -> step M s t -> inv s t = true.

(** A state with neither successor nor fault is one in which it is right to end. *)
Definition no_deadlock (M : system) (terminal : state M -> bool) : Prop :=
  forall s, reachable M s -> succ M s = Some [] -> terminal s = true.

Definition can_reach (M : system) (p : state M -> bool) : Prop :=
  exists s, reachable M s /\ p s = true.

(** [exactly M n]: M has n distinct reachable states. *)
Definition exactly (M : system) (n : N) : Prop :=
  exists l, NoDup l /\ N.of_nat (length l) = n /\ forall s, In s l <-> reachable M s.

(** A set that holds the initial states and that no step leaves holds all reachable states. *)
Theorem by_induction : forall (M : system) (I : state M -> Prop),
  (forall s, In s (init M) -> I s) ->
  (forall s t, I s -> step M s t -> I t) ->
  forall s, reachable M s -> I s.
Proof.
  intros M I base next s R. induction R as [s H | s ts t R IH E H]; auto.
  apply (next s); auto. exists ts. auto.
Qed.

Theorem reachable_by_step : forall M s t, reachable M s -> step M s t -> reachable M t.
Proof. intros M s t R (ts & E & H). exact (r1 M s ts t R E H). Qed.

(** A run: each state is a successor of the one before. *)
Inductive run (M : system) : state M -> list (state M) -> state M -> Prop :=
| run_end : forall s, run M s [] s
| run_step : forall s t path u, step M s t -> run M t path u -> run M s (t :: path) u.

Theorem reachable_by_run : forall M s path t, reachable M s -> run M s path t -> reachable M t.
Proof.
  intros M s path t R H. induction H as [s | s t path u S _ IH]; auto.
  apply IH, (reachable_by_step M s); auto.
Qed.

Theorem reachable_has_run : forall M t,
  reachable M t <-> exists s path, In s (init M) /\ run M s path t.
Proof.
  intros M t. split.
  - intro R. induction R as [s H | s ts t R (s0 & path & H0 & P) E H].
    + exists s, []. split; [auto | constructor].
    + exists s0, (path ++ [t]). split; auto.
      assert (S : step M s t) by (exists ts; auto). clear - P S.
      induction P; simpl.
      * econstructor; [eassumption | constructor].
      * econstructor; [eassumption | auto].
  - intros (s & path & H & P). apply (reachable_by_run M s path); auto. constructor; auto.
Qed.

Theorem safe_parts : forall M inv, safe M inv <-> invariant M inv /\ no_fault M.
Proof.
  intros M inv. split.
  - intro S. split; intros s R; apply S; auto.
  - intros (I & F) s R. auto.
Qed.
