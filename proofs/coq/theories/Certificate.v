(** Why certificates (proofs/README.md) are evidence: whatever stands in one, what is checked of each state and of each step alone implies
    what it claims. Names are those of the Go code in proofs. Evidence about domains is BulkheadLemmas.Unwinding's. *)

From Coq Require Import List Arith Lia Bool.
From Bulkhead Require Import TS.
Import ListNotations.

(** * The set of reachable states, and their distances (closure.go, verify.go) *)

Section Closure.
  Variable S : Type.
  Variable initial : S -> Prop.
  Variable next : S -> S -> Prop.

  (** [after n s]: a run of n steps leads from an initial state to s. *)
  Inductive after : nat -> S -> Prop :=
  | after_none : forall s, initial s -> after 0 s
  | after_step : forall n s t, after n s -> next s t -> after (1 + n) t.

  Definition distance (s : S) (d : nat) : Prop := after d s /\ forall n, after n s -> d <= n.

  Variable member : S -> Prop.
  Variable dist : S -> nat.
  Hypothesis initial_states : forall s, initial s -> member s /\ dist s = 0.
  Hypothesis no_step_leads_out : forall s t, member s -> next s t -> member t /\ dist t <= 1 + dist s.
  Hypothesis every_other_is_reached : forall t, member t -> initial t \/ exists s, member s /\ next s t /\ dist t = 1 + dist s.

  Theorem closure_holds : forall n s, after n s -> member s /\ dist s <= n.
  Proof.
    intros n s A. induction A as [s I | n s t _ [M D] N].
    - destruct (initial_states s I). split; [auto | lia].
    - destruct (no_step_leads_out s t M N). split; [auto | lia].
  Qed.

  Lemma member_after : forall d s, member s -> dist s = d -> after d s.
  Proof.
    induction d as [| d IH]; intros s M D; destruct (every_other_is_reached s M) as [I | (r & R & N & E)].
    - constructor; auto.
    - lia.
    - destruct (initial_states s I). lia.
    - apply (after_step d r s); auto. apply IH; auto. lia.
  Qed.

  (** The set is that of the reachable states, *)
  Theorem closure_exact : forall s, member s <-> exists n, after n s.
  Proof.
    intro s. split; [intro M; exists (dist s); apply member_after; auto | intros [n A]; apply (closure_holds n s A)].
  Qed.

  (** and each distance is the length of the shortest run. *)
  Theorem distances_exact : forall s, member s -> distance s (dist s).
  Proof.
    intros s M. split; [apply member_after; auto |]. intros n A. apply (closure_holds n s A).
  Qed.

  (** A property that is true of each member is true of each reachable state, and one that is false of a member is false of one. *)
  Theorem verdict_of_states : forall p : S -> bool,
    (forall s, member s -> p s = true) <-> (forall n s, after n s -> p s = true).
  Proof.
    intro p. split.
    - intros H n s A. apply H, (closure_holds n s A).
    - intros H s M. apply (H (dist s)), member_after; auto.
  Qed.
End Closure.

(** The same of a system: reachability is what theorems about models speak of. *)
Theorem reachable_after : forall M s,
  reachable M s <-> exists n, after (state M) (fun s => In s (init M)) (step M) n s.
Proof.
  intros M s. split.
  - intro R. induction R as [s I | s ts t _ [n A] E I]; [exists 0; constructor; auto |].
    exists (1 + n). apply after_step with (s := s); auto. exists ts; auto.
  - intros [n A]. induction A as [s I | n s t _ R N]; [constructor; auto | apply (reachable_by_step M s); auto].
Qed.

(** * What can be reached (can.go) *)

Section Ranks.
  Variable S : Type.
  Variable next : S -> S -> Prop.
  Variable member : S -> Prop.
  Hypothesis no_step_leads_out : forall s t, member s -> next s t -> member t.

  Inductive leads : S -> S -> Prop :=
  | leads_here : forall s, leads s s
  | leads_on : forall s t u, next s t -> leads t u -> leads s u.

  Variable goal : S -> bool.
  Variable rank : S -> nat.
  Hypothesis unreached : forall s, member s -> rank s = 0 -> goal s = false /\ forall t, next s t -> rank t = 0.
  Hypothesis reached : forall s, member s -> rank s = 1 -> goal s = true.
  Hypothesis nearer : forall s, member s -> 1 < rank s -> exists t, next s t /\ 0 < rank t < rank s.

  Theorem ranks_exact : forall s, member s -> (0 < rank s <-> exists t, leads s t /\ goal t = true).
  Proof.
    intros s M. split.
    - remember (rank s) as r eqn:E. revert s M E. induction r as [r IH] using lt_wf_ind. intros s M E P.
      destruct (Nat.eq_dec r 1) as [->|]; [exists s; split; [constructor | auto] |].
      destruct (nearer s M) as (t & N & L); [lia |].
      destruct (IH (rank t)) with (s := t) as (u & W & G); auto; try lia; [eapply no_step_leads_out; eauto |].
      exists u. split; auto. econstructor; eauto.
    - intros (t & L & G). induction L as [s | s t u N L IH].
      + destruct (Nat.eq_dec (rank s) 0) as [Z|]; [| lia]. apply unreached in Z; auto. destruct Z. congruence.
      + specialize (IH (no_step_leads_out s t M N) G). destruct (Nat.eq_dec (rank s) 0) as [Z|]; [| lia].
        apply unreached in Z; auto. destruct Z as [_ Z]. rewrite (Z t N) in IH. lia.
  Qed.

  (** `always p` is `not can not p`. *)
  Theorem rank_0_exact : forall s, member s -> (rank s = 0 <-> forall t, leads s t -> goal t = false).
  Proof.
    intros s M. pose proof (ranks_exact s M) as R. split.
    - intros Z t L. destruct (goal t) eqn:G; auto. assert (0 < rank s) by (apply R; exists t; auto). lia.
    - intro H. destruct (rank s) eqn:E; auto. destruct R as [R _]. destruct R as (t & L & G); [lia |]. rewrite (H t L) in G. discriminate.
  Qed.
End Ranks.

(** * Runs: a sequence of states and of what leads from each to the next (place.go); one that stops repeats its state *)

Section Runs.
  Variables S E : Type.
  Variable edge : S -> E -> S -> Prop.
  Variable member : S -> Prop.
  Hypothesis no_edge_leads_out : forall s e t, member s -> edge s e t -> member t.

  Record is_run (at_ : nat -> S) (by_ : nat -> E) : Prop := IsRun {
    starts : member (at_ 0);
    goes_on : forall i, edge (at_ i) (by_ i) (at_ (1 + i))
  }.

  Lemma run_in_set : forall at_ by_, is_run at_ by_ -> forall i, member (at_ i).
  Proof. intros at_ by_ [M G] i. induction i as [| i IH]; auto. apply (no_edge_leads_out _ _ _ IH (G i)). Qed.

  (** ** How long waits last (wait.go) *)

  Section Waits.
    Variables begins goes : S -> E -> bool.
    Variable cost : S -> E -> nat.
    Variable limit : nat.

    (** One more than what may be left of a wait that goes on here, or 0 where none does. *)
    Variable left : S -> nat.
    Hypothesis short : forall s e t, member s -> edge s e t -> goes s e = true -> begins s e = true ->
      0 < left t /\ (left t - 1) + cost s e <= limit.
    Hypothesis shorter : forall s e t, member s -> edge s e t -> goes s e = true -> 0 < left s ->
      0 < left t /\ left t + cost s e <= left s.

    (** What counts of the n edges from i on. *)
    Fixpoint lasts (at_ : nat -> S) (by_ : nat -> E) (i n : nat) : nat :=
      match n with 0 => 0 | Datatypes.S n => cost (at_ i) (by_ i) + lasts at_ by_ (1 + i) n end.

    Lemma what_is_left : forall at_ by_, is_run at_ by_ -> forall n i,
      0 < left (at_ i) -> (forall k, i <= k < i + n -> goes (at_ k) (by_ k) = true) ->
      lasts at_ by_ i n <= left (at_ i) - 1.
    Proof.
      intros at_ by_ R. induction n as [| n IH]; intros i L G; simpl; [lia |].
      destruct (shorter (at_ i) (by_ i) (at_ (1 + i))) as [P Q];
        [apply (run_in_set at_ by_ R) | apply (goes_on at_ by_ R) | apply G; lia | auto |].
      specialize (IH (1 + i) P). simpl in IH.
      assert (lasts at_ by_ (Datatypes.S i) n <= left (at_ (Datatypes.S i)) - 1) by (apply IH; intros; apply G; lia).
      simpl in *. lia.
    Qed.

    (** No wait of any run lasts longer than the limit. *)
    Theorem waits_are_short : forall at_ by_, is_run at_ by_ -> forall i n,
      begins (at_ i) (by_ i) = true -> (forall k, i <= k < i + n -> goes (at_ k) (by_ k) = true) ->
      lasts at_ by_ i n <= limit.
    Proof.
      intros at_ by_ R i n B G. destruct n as [| n]; simpl; [lia |].
      destruct (short (at_ i) (by_ i) (at_ (1 + i))) as [P Q];
        [apply (run_in_set at_ by_ R) | apply (goes_on at_ by_ R) | apply G; lia | auto |].
      assert (lasts at_ by_ (1 + i) n <= left (at_ (1 + i)) - 1) by (apply what_is_left; auto; intros; apply G; lia).
      simpl in *. lia.
    Qed.
  End Waits.
End Runs.

(** * Orders with reasons (fair.go)

    An endless chain of nodes: of each, its list of levels; of each edge, which untils it postpones, and which fairness assumptions' steps are
    enabled where it begins, and which it takes. That a run that makes the formula false has such a chain is the tableau's part, and not
    proved here. *)

Inductive reason := none | postponed (duty : nat) | weak (of_ : nat) | strong (of_ : nat).

Record level := Level { order : nat; why : reason }.

Record chain := Chain {
  levels : nat -> list level;
  postpones : nat -> nat -> bool; (* edge, duty *)
  enabled : nat -> nat -> bool;   (* edge, assumption *)
  taken : nat -> nat -> bool
}.

(** What is checked of the edge number i (the Go code's function edge). *)
Fixpoint edge_checked (c : chain) (i : nat) (from to : list level) : Prop :=
  match from, to with
  | [], _ => False
  | _ :: _, [] => True
  | l :: from, m :: to =>
    order m < order l \/
    order m = order l /\ why m = why l /\
    match why l with
    | none => False
    | postponed d => postpones c i d = true
    | weak f => enabled c i f = true /\ taken c i f = false
    | strong f => taken c i f = false /\ (enabled c i f = true \/ edge_checked c i from to)
    end
  end.

Definition for_ever (p : nat -> Prop) : Prop := exists n, forall i, n <= i -> p i.

(** A run is fair to an assumption whose steps are not enabled for ever and never taken; where it is strong, if they are taken no more, they
    are enabled no more, from some time on. *)
Record fair (c : chain) (is_strong : nat -> bool) : Prop := Fair {
  fair_weakly : forall f, ~ for_ever (fun i => enabled c i f = true /\ taken c i f = false);
  fair_strongly : forall f, is_strong f = true ->
    for_ever (fun i => taken c i f = false) -> for_ever (fun i => enabled c i f = false)
}.

(** What never rises is the same from some time on. *)
Lemma settles : forall (o : nat -> nat) n, (forall i, n <= i -> o (1 + i) <= o i) ->
  ~ ~ exists m, n <= m /\ forall i, m <= i -> o i = o m.
Proof.
  intros o n D No.
  assert (All : forall k m, n <= m -> o m = k -> False).
  { induction k as [k IH] using lt_wf_ind. intros m L E. apply No. exists m. split; auto.
    intros i Li. assert (Le : o i <= o m).
    { induction Li as [| i Li IHi]; auto. specialize (D i). simpl in D. lia. }
    destruct (Nat.eq_dec (o i) (o m)); auto. exfalso. apply (IH (o i)) with (m := i); lia. }
  apply (All (o n) n); auto.
Qed.

Section Levels.
  Variable c : chain.
  Variable is_strong : nat -> bool.
  Hypothesis F : fair c is_strong.
  Hypothesis P : forall d, ~ for_ever (fun i => postpones c i d = true).

  Lemma lists_end : forall bound (lists : nat -> list level) n,
    (forall i, n <= i -> length (lists i) <= bound) ->
    (forall i l f, n <= i -> In l (lists i) -> why l = strong f -> is_strong f = true) ->
    (forall i, n <= i -> edge_checked c i (lists i) (lists (1 + i))) -> False.
  Proof.
    induction bound as [| bound IH]; intros lists n B Strong E.
    - specialize (B n (le_n n)). specialize (E n (le_n n)). destruct (lists n); simpl in *; [auto | lia].
    - set (head := fun i => hd (Level 0 none) (lists i)).
      assert (Cons : forall i, n <= i -> lists i = head i :: tl (lists i)).
      { intros i L. specialize (E i L). unfold head. destruct (lists i); simpl in *; [contradiction | auto]. }
      assert (Edge : forall i, n <= i -> edge_checked c i (head i :: tl (lists i)) (head (1 + i) :: tl (lists (1 + i)))).
      { intros i L. rewrite <- (Cons i), <- (Cons (1 + i)) by lia. auto. }
      apply (settles (fun i => order (head i)) n).
      { intros i L. specialize (Edge i L). simpl in *. lia. }
      intros (m & Lm & Same).
      assert (Stay : forall i, m <= i -> why (head (1 + i)) = why (head i) /\
        match why (head i) with
        | none => False
        | postponed d => postpones c i d = true
        | weak f => enabled c i f = true /\ taken c i f = false
        | strong f => taken c i f = false /\ (enabled c i f = true \/ edge_checked c i (tl (lists i)) (tl (lists (1 + i))))
        end).
      { intros i L. pose proof (Edge i) as A. assert (O : order (head (1 + i)) = order (head i)).
        { pose proof (Same i) as U. pose proof (Same (1 + i)) as V. cbv beta in U, V. rewrite U, V; lia. }
        simpl in A, O. destruct A as [A | (_ & A & A')]; [lia | | split; auto]. lia. }
      assert (Why : forall i, m <= i -> why (head i) = why (head m)).
      { intros i L. induction L as [| i L IHi]; auto. destruct (Stay i L) as [A _]. simpl in A. congruence. }
      destruct (why (head m)) as [| d | f | f] eqn:R.
      + destruct (Stay m (le_n m)) as [_ A]. rewrite R in A. exact A.
      + apply (P d). exists m. intros i L. destruct (Stay i L) as [_ A]. rewrite (Why i L) in A. exact A.
      + apply (fair_weakly c is_strong F f). exists m. intros i L. destruct (Stay i L) as [_ A]. rewrite (Why i L) in A. exact A.
      + assert (T : for_ever (fun i => taken c i f = false)).
        { exists m. intros i L. destruct (Stay i L) as [_ A]. rewrite (Why i L) in A. apply A. }
        apply (fair_strongly c is_strong F f) in T; [| apply (Strong m (head m)); auto; rewrite (Cons m Lm); left; auto].
        destruct T as (k & Off).
        apply (IH (fun i => tl (lists i)) (max m k)).
        * intros i L. specialize (B i). rewrite (Cons i) in B by lia. simpl in B. lia.
        * intros i l g L I. apply (Strong i); [lia |]. rewrite (Cons i) by lia. right; auto.
        * intros i L. destruct (Stay i) as [_ A]; [lia |]. rewrite (Why i) in A by lia.
          destruct A as [_ [A | A]]; [rewrite (Off i) in A by lia; discriminate | auto].
  Qed.

  (** No run that is fair and postpones nothing for ever follows edges that are all checked. The lists are of bounded length, since they are finitely many. *)
  Theorem levels_refute : forall bound,
    (forall i, length (levels c i) <= bound) ->
    (forall i l f, In l (levels c i) -> why l = strong f -> is_strong f = true) ->
    ~ (forall i, edge_checked c i (levels c i) (levels c (1 + i))).
  Proof. intros bound B Strong E. apply (lists_end bound (levels c) 0); auto. intros i l f _. apply Strong. Qed.
End Levels.
