(* Induction over k steps: what `prove --inductive --k` and `prove --sat --k` conclude follows from what they ask.

   Claims hold in every state that can be reached if they hold in the first k states of every run, and wherever they hold in k states, each a successor of
   the one before, they hold in each successor of the last. The k states may be asked to differ. So it is with claims about steps. A fault is a step
   to a state of its own, in which a claim is false.

   Of: proofs/inductive (system.obligations) and proofs/sat (prover.level and prover.induction). What is assumed here of the k states is all that was
   claimed of them and of the steps between; who assumes less proves more.
   Source: M. Sheeran, S. Singh, G. Stalmarck, Checking Safety Properties Using Induction and a SAT-Solver, FMCAD 2000. *)
From Coq Require Import List Arith Lia ListDec.
Import ListNotations.

Section System.

Variable State : Type.
Variable init : State -> Prop.
Variable step : State -> State -> Prop.

Inductive reachable : State -> Prop :=
| reachable_first s : init s -> reachable s
| reachable_step s t : reachable s -> step s t -> reachable t.

(* States in a row, the last one first; a run is such a row from an initial state. *)
Inductive row : list State -> Prop :=
| row_one s : row [s]
| row_more s t l : row (s :: l) -> step s t -> row (t :: s :: l).

Inductive run : list State -> Prop :=
| run_first s : init s -> run [s]
| run_more s t l : run (s :: l) -> step s t -> run (t :: s :: l).

Variable Good : State -> Prop. (* all claims about states *)
Variable GoodStep : State -> State -> Prop. (* and about steps *)
Variable k : nat.

(* The last state of a row, and the step that led to it, are as claimed; and all of a row are. *)
Definition fine_at (t : State) (l : list State) : Prop := Good t /\ match l with s :: _ => GoodStep s t | [] => True end.
Fixpoint fine (l : list State) : Prop := match l with t :: l => fine_at t l /\ fine l | [] => True end.

(* What is asked: of the first k states of a run, and of k states and a successor. *)
Definition base : Prop := forall t l, run (t :: l) -> length l < k -> fine l -> fine_at t l.
Definition next : Prop := forall t l, row (t :: l) -> length l = k -> fine l -> fine_at t l.
Definition next_of_distinct : Prop := forall t l, row (t :: l) -> length l = k -> NoDup l -> fine l -> fine_at t l.

Lemma run_row l : run l -> row l.
Proof. induction 1; constructor; auto. Qed.

Lemma row_firstn n : forall t l, row (t :: l) -> row (t :: firstn n l).
Proof.
  induction n as [|n IH]; intros t l R; [constructor|]. destruct l as [|s l]; [constructor|].
  inversion R; subst. simpl. constructor; auto.
Qed.

Lemma fine_firstn n : forall l, fine l -> fine (firstn n l).
Proof.
  induction n as [|n IH]; intros [|t l] F; simpl; auto. destruct F as [[G S] F]. split; [|auto]. split; [exact G|]. destruct n, l; simpl; auto.
Qed.

Lemma fine_at_firstn t n l : 0 < n -> fine_at t (firstn n l) -> fine_at t l.
Proof. intros N. destruct n; [lia|]. now destruct l. Qed.

Lemma reachable_run t : reachable t -> exists l, run (t :: l).
Proof.
  induction 1 as [s I|s t _ [l R] S]; [exists []; now constructor|]. exists (s :: l). now constructor.
Qed.

Lemma run_reachable l : run l -> Forall reachable l.
Proof.
  induction 1 as [s I|s t l _ F S]; [repeat constructor; auto|]. constructor; [|exact F]. inversion F; subst. eauto using reachable_step.
Qed.

Lemma run_end l1 : forall a l2, run (l1 ++ a :: l2) -> run (a :: l2).
Proof.
  induction l1 as [|x l1 IH]; intros a l2 R; [exact R|]. apply IH. inversion R; subst; [now destruct l1|congruence].
Qed.

(* A run that comes to a state by another way goes on as before. *)
Lemma run_cut l1 : forall a l2 l3, run (l1 ++ a :: l2) -> run (a :: l3) -> run (l1 ++ a :: l3).
Proof.
  induction l1 as [|x l1 IH]; intros a l2 l3 R Q; [exact Q|].
  destruct l1 as [|y l1]; inversion R; subst; simpl; constructor; auto.
  apply (IH a l2 l3); auto.
Qed.

Lemma twice {A} (dec : forall x y : A, {x = y} + {x <> y}) (l : list A) : ~ NoDup l -> exists a l1 l2 l3, l = l1 ++ a :: l2 ++ a :: l3.
Proof.
  induction l as [|x l IH]; intros D; [destruct D; constructor|]. destruct (in_dec dec x l) as [I|I].
  - apply in_split in I as (l2 & l3 & ->). now exists x, [], l2, l3.
  - destruct IH as (a & l1 & l2 & l3 & ->); [intros N; apply D; now constructor|]. now exists a, (x :: l1), l2, l3.
Qed.

Lemma runs_are_fine : (forall t l, run (t :: l) -> fine_at t l) -> forall l, run l -> fine l.
Proof. intros H l R. induction R; simpl; split; auto; apply H; now constructor. Qed.

(* With distinct states less is asked, and as much proved: a shortest way to what is not as claimed meets no state twice. *)
Theorem k_induction_of_distinct : (forall s t : State, {s = t} + {s <> t}) -> 0 < k -> base -> next_of_distinct ->
  (forall s, reachable s -> Good s) /\ (forall s t, reachable s -> step s t -> GoodStep s t).
Proof.
  intros dec K B N.
  assert (forall n t l, length l = n -> run (t :: l) -> fine_at t l) as H.
  { induction n as [n IH] using lt_wf_ind. intros t l L R.
    assert (forall m, run m -> length m <= n -> fine m) as Shorter.
    { induction 1 as [s I|s u m Q F S]; simpl; intros M; (split; [|auto]).
      - apply (IH 0); [lia|auto|now constructor].
      - apply (IH (length (s :: m))); [simpl; lia|auto|now constructor].
      - apply F. simpl. lia. }
    assert (fine l) as F.
    { inversion R; subst; [exact I|]. now apply Shorter. }
    destruct (le_lt_dec k (length l)) as [G|G]; [|now apply (B t l)].
    destruct (NoDup_dec dec (firstn k l)) as [D|D].
    - apply fine_at_firstn with k; [exact K|]. apply N; auto using fine_firstn, row_firstn, run_row. now apply firstn_length_le.
    - apply (twice dec) in D as (a & l1 & l2 & l3 & E).
      pose proof (firstn_skipn k l) as S. rewrite E in S. repeat (rewrite <- app_assoc in S; simpl in S).
      set (r := l3 ++ skipn k l) in *. clearbody r. subst l.
      assert (fine_at t (l1 ++ a :: r)) as Q.
      { apply (IH (length (l1 ++ a :: r))); auto.
        - rewrite !app_length in *. simpl in *. rewrite app_length in *. simpl in *. lia.
        - apply (run_cut (t :: l1)) with (l2 := l2 ++ a :: r); [exact R|].
          apply (run_end ((t :: l1) ++ a :: l2)). rewrite <- app_assoc. exact R. }
      now destruct l1. }
  split.
  - intros s R. apply reachable_run in R as [l R]. now apply (H _ s l eq_refl).
  - intros s t R S. apply reachable_run in R as [l R]. now apply (H _ t (s :: l) eq_refl); constructor.
Qed.

Theorem k_induction : 0 < k -> base -> next ->
  (forall s, reachable s -> Good s) /\ (forall s t, reachable s -> step s t -> GoodStep s t).
Proof.
  intros K B N. assert (forall l, run l -> fine l) as H.
  { induction 1 as [s I|s t l R F S]; simpl.
    - split; [|exact Logic.I]. apply B; simpl; auto. now constructor.
    - split; [|exact F]. destruct (le_lt_dec k (length (s :: l))) as [G|G].
      + apply fine_at_firstn with k; [exact K|]. apply N; auto using fine_firstn.
        * apply row_firstn. constructor; auto using run_row.
        * now apply firstn_length_le.
      + apply B; auto. now constructor. }
  split.
  - intros s R. apply reachable_run in R as [l R]. apply (H _ R).
  - intros s t R S. apply reachable_run in R as [l R]. apply (H (t :: s :: l)). now constructor.
Qed.

End System.

Definition any (s t : nat) : Prop := True.

(* More steps prove more: 2 leads to 3, where the claim fails, but nothing leads to 2. *)
Theorem two_steps_prove_more :
  let init s := s = 0 in let step s t := s = 0 /\ t = 1 \/ s = 2 /\ t = 3 in let Good s := s <> 3 in
  ~ next nat step Good any 1 /\ base nat init step Good any 2 /\ next nat step Good any 2.
Proof.
  simpl. split; [|split].
  - intros N. destruct (N 3 [2]); simpl; auto; [|unfold fine_at; auto]. apply row_more; [constructor|auto].
  - intros t l R L F. split; [|now destruct l]. inversion R as [s I|s u m Q S]; subst; [discriminate|].
    destruct S as [[-> ->]|[-> ->]]; [discriminate|]. inversion Q as [? I|? ? ? ? S]; subst; [discriminate|]. simpl in L. lia.
  - intros t l R L F. split; [|now destruct l]. destruct l as [|s [|u [|]]]; try discriminate.
    inversion R as [|? ? ? Q S]; subst. inversion Q as [|? ? ? _ P]; subst. lia.
Qed.

(* All of the first k states must be looked at: with the initial one alone this would be proved, and it is false of what can be reached. *)
Theorem whole_base_is_needed :
  let init s := s = 0 in let step s t := s = 0 /\ t = 1 in let Good s := s <> 1 in
  base nat init step Good any 1 /\ next nat step Good any 2 /\ reachable nat init step 1.
Proof.
  simpl. split; [|split].
  - intros t l R L F. split; [|now destruct l]. destruct l; [|simpl in L; lia]. inversion R; subst. discriminate.
  - intros t l R L F. split; [|now destruct l]. destruct l as [|s [|u [|]]]; try discriminate.
    inversion R as [|? ? ? Q S]; subst. inversion Q as [|? ? ? _ P]; subst. lia.
  - apply reachable_step with 0; [now constructor|auto].
Qed.

Lemma row_of_twos (step : nat -> nat -> Prop) n : step 2 2 -> row nat step (2 :: repeat 2 n).
Proof. intros S. induction n; simpl; constructor; auto. Qed.

(* What stays where it is, where nothing comes to, no number of steps tells; with distinct states two do. *)
Theorem distinct_states_prove_more :
  let init s := s = 0 in let step s t := s = 2 /\ (t = 2 \/ t = 3) in let Good s := s <> 3 in
  (forall k, ~ next nat step Good any k) /\ base nat init step Good any 2 /\ next_of_distinct nat step Good any 2.
Proof.
  simpl. split; [|split].
  - intros k N. destruct (N 3 (repeat 2 k)); auto.
    + destruct k as [|k]; simpl; constructor; auto. apply row_of_twos. auto.
    + apply repeat_length.
    + clear. induction k as [|k IH]; simpl; auto. split; [|exact IH]. split; [discriminate|]. now destruct k.
  - intros t l R L F. split; [|now destruct l]. inversion R as [s I|s u m Q S]; subst; [discriminate|].
    inversion Q as [? I|? ? ? ? P]; subst; [lia|]. simpl in L. lia.
  - intros t l R L D F. split; [|now destruct l]. destruct l as [|s [|u [|]]]; try discriminate.
    inversion R as [|? ? ? Q S]; subst. inversion Q as [|? ? ? _ P]; subst. inversion D as [|? ? A _]; subst. simpl in A. lia.
Qed.
