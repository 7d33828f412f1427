(** Exploration, proved: where it ends, it has seen exactly the reachable states, has counted them, and has judged every property
    in each. What holds the states seen is a parameter (Trie.v: without axioms; Table.v: primitive arrays), and nothing depends on it:
    [explorations_agree]. *)

From Coq Require Import List NArith Bool Permutation.
From Bulkhead Require Import TS.
Import ListNotations.

(** A property is judged in a state, with what [succ] says of the state: its successors, or that a step from it faults. *)
Definition property (M : system) : Type := state M -> option (list (state M)) -> bool.

(** What is said of a property: that it is true in each reachable state, or that it is false in one. *)
Definition verdict (M : system) (p : property M) (v : bool) : Prop :=
  if v then forall s, reachable M s -> p s (succ M s) = true
  else exists s, reachable M s /\ p s (succ M s) = false.

Section Explore.
  Variable M : system.
  Variable props : list (property M).

  (** [insert s seen] is None where s is in the set. *)
  Variable set : Type.
  Variable insert : state M -> set -> option set.

  Record search := Search {
    seen : set;
    todo : list (state M); (* seen, but not their successors *)
    count : N;             (* of the states seen *)
    live : list bool       (* for each property, whether it was true up to now *)
  }.

  Fixpoint insert_all (ts : list (state M)) (x : set) (todo : list (state M)) (n : N) : set * list (state M) * N :=
    match ts with
    | [] => (x, todo, n)
    | t :: ts =>
      match insert t x with
      | None => insert_all ts x todo n
      | Some y => insert_all ts y (t :: todo) (N.succ n)
      end
    end.

  Fixpoint judge (ps : list (property M)) (vs : list bool) (s : state M) (next : option (list (state M))) : list bool :=
    match ps, vs with
    | p :: ps, v :: vs => (if v then p s next else false) :: judge ps vs s next
    | _, _ => []
    end.

  Inductive progress := Ended (w : search) | Going (w : search).

  Definition expand (w : search) : progress :=
    match todo w with
    | [] => Ended w
    | s :: rest =>
      let next := succ M s in
      let vs := judge props (live w) s next in
      match next with
      | None => Going (Search (seen w) rest (count w) vs)
      | Some ts => let '(x, rest, n) := insert_all ts (seen w) rest (count w) in Going (Search x rest n vs)
      end
    end.

  (** At most 2^d expansions. *)
  Fixpoint expansions (d : nat) (w : search) : progress :=
    match d with
    | O => expand w
    | S d => match expansions d w with Ended w => Ended w | Going w => expansions d w end
    end.

  Definition start (empty : set) : search :=
    let '(x, todo, n) := insert_all (init M) empty [] 0%N in Search x todo n (map (fun _ => true) props).

  (** The number of reachable states, and whether each property is true in all of them; None where 2^d expansions are too few. *)
  Definition explore (empty : set) (d : nat) : option (N * list bool) :=
    match expansions d (start empty) with Ended w => Some (count w, live w) | Going _ => None end.

  (** [holds x l]: the set x has the elements of l. *)
  Variable holds : set -> list (state M) -> Prop.
  Hypothesis insert_holds : forall x l s, holds x l ->
    match insert s x with None => In s l | Some y => ~ In s l /\ holds y (s :: l) end.

  Lemma insert_all_holds : forall ts x todo n l, holds x l -> NoDup l -> N.of_nat (length l) = n ->
    let '(y, todo', n') := insert_all ts x todo n in
    exists new, holds y (new ++ l) /\ NoDup (new ++ l) /\ N.of_nat (length (new ++ l)) = n' /\
      todo' = new ++ todo /\ incl new ts /\ incl ts (new ++ l).
  Proof.
    induction ts as [| t ts IH]; intros x todo n l H D N; simpl.
    - exists []. repeat split; auto; intros a [].
    - pose proof (insert_holds x l t H) as I. destruct (insert t x) as [y|].
      + destruct I as [F I].
        specialize (IH y (t :: todo) (N.succ n) (t :: l) I (NoDup_cons t F D)).
        destruct (insert_all ts y (t :: todo) (N.succ n)) as [[z todo'] n'].
        destruct IH as (new & A & B & C & E & G & K); [simpl length; rewrite Nnat.Nat2N.inj_succ; congruence |].
        exists (new ++ [t]). repeat rewrite <- app_assoc. simpl. repeat split; auto.
        * intros a Ha. apply in_app_or in Ha. destruct Ha as [Ha | [<- | []]]; [right; auto | left; auto].
        * intros a [<- | Ha]; [apply in_or_app; right; left; auto | auto].
      + specialize (IH x todo n l H D N). destruct (insert_all ts x todo n) as [[z todo'] n'].
        destruct IH as (new & A & B & C & E & G & K). exists new. repeat split; auto.
        * intros a Ha. right. auto.
        * intros a [<- | Ha]; [apply in_or_app; auto | auto].
  Qed.

  (** A property so far: true of what was expanded, or false of a reachable state. *)
  Definition so_far (l todo : list (state M)) (p : property M) (v : bool) : Prop :=
    if v then forall s, In s l -> In s todo \/ p s (succ M s) = true
    else exists s, reachable M s /\ p s (succ M s) = false.

  Record sound (w : search) (l : list (state M)) : Prop := Sound {
    sound_seen : holds (seen w) l;
    sound_distinct : NoDup l;
    sound_count : N.of_nat (length l) = count w;
    sound_todo : incl (todo w) l;
    sound_reachable : forall s, In s l -> reachable M s;
    sound_init : forall s, In s (init M) -> In s l;
    sound_next : forall s t, In s l -> step M s t -> In s (todo w) \/ In t l;
    sound_live : Forall2 (so_far l (todo w)) props (live w)
  }.

  Lemma judge_so_far : forall l l' s rest rest' ps vs,
    reachable M s ->
    (forall a, In a l' -> In a l \/ In a rest') -> incl rest rest' ->
    Forall2 (so_far l (s :: rest)) ps vs ->
    Forall2 (so_far l' rest') ps (judge ps vs s (succ M s)).
  Proof.
    intros l l' s rest rest' ps vs R L I H. induction H as [| p v ps vs H _ IH]; simpl; constructor; auto.
    destruct v; [| exact H]. unfold so_far in *. destruct (p s (succ M s)) eqn:E; [| exists s; auto].
    intros a A. destruct (L a A) as [A' | A']; [| auto].
    destruct (H a A') as [[<- | B] | B]; auto.
  Qed.

  Lemma expand_sound : forall w l, sound w l ->
    match expand w with
    | Ended w' => w' = w /\ todo w = []
    | Going w' => exists l', sound w' l'
    end.
  Proof.
    intros [x td n vs] l [H D N T R I X V]; simpl in *. unfold expand; simpl.
    destruct td as [| s rest]; [auto |].
    assert (Rs : reachable M s) by (apply R, T; left; auto).
    destruct (succ M s) as [ts|] eqn:E.
    - pose proof (insert_all_holds ts x rest n l H D N) as P.
      destruct (insert_all ts x rest n) as [[y rest'] n'].
      destruct P as (new & Hy & Dy & Ny & -> & Nts & Tsl).
      exists (new ++ l). constructor; simpl; auto.
      + intros a A. apply in_or_app. apply in_app_or in A. destruct A; [auto | right; apply T; right; auto].
      + intros a A. apply in_app_or in A. destruct A as [A | A]; auto.
        apply (r1 M s ts a); auto.
      + intros a A. apply in_or_app; auto.
      + intros a b A S. apply in_app_or in A. destruct A as [A | A]; [left; apply in_or_app; auto |].
        destruct (X a b A S) as [[<- | B] | B].
        * right. destruct S as (ts' & E' & B). rewrite E in E'. injection E' as <-. auto.
        * left. apply in_or_app; auto.
        * right. apply in_or_app; auto.
      + rewrite <- E. apply judge_so_far with (l := l) (rest := rest); auto.
        * intros a A. apply in_app_or in A. destruct A; [right; apply in_or_app |]; auto.
        * intros a A. apply in_or_app; auto.
    - exists l. constructor; simpl; auto.
      + intros a A. apply T. right; auto.
      + intros a b A S. destruct (X a b A S) as [[<- | B] | B]; auto.
        destruct S as (ts' & E' & _). congruence.
      + rewrite <- E. apply judge_so_far with (l := l) (rest := rest); auto. intros a A; auto.
  Qed.

  Lemma expansions_sound : forall d w l, sound w l ->
    match expansions d w with
    | Ended w' => (exists l', sound w' l') /\ todo w' = []
    | Going w' => exists l', sound w' l'
    end.
  Proof.
    induction d as [| d IH]; intros w l H; simpl.
    - pose proof (expand_sound w l H) as E. destruct (expand w) as [w'|w']; [| exact E].
      destruct E as [-> E]. eauto.
    - pose proof (IH w l H) as A. destruct (expansions d w) as [w'|w']; [exact A |].
      destruct A as [l' A]. exact (IH w' l' A).
  Qed.

  Variable empty : set.
  Hypothesis empty_holds : holds empty [].

  Lemma start_sound : exists l, sound (start empty) l.
  Proof.
    unfold start. pose proof (insert_all_holds (init M) empty [] 0%N [] empty_holds (NoDup_nil _) eq_refl) as P.
    destruct (insert_all (init M) empty [] 0%N) as [[x td] n].
    destruct P as (l & H & D & N & E & I & J). rewrite app_nil_r in *. subst td.
    exists l. constructor; simpl; auto.
    - intros a A; auto.
    - intros a A. constructor; auto.
    - clear. induction props as [| p ps IH]; simpl; constructor; auto. simpl. auto.
  Qed.

  (** Whoever finds the same states finds the same number and verdicts: this says which they are. *)
  Theorem explore_sound : forall d n vs, explore empty d = Some (n, vs) ->
    exactly M n /\ Forall2 (verdict M) props vs.
  Proof.
    intros d n vs. unfold explore. destruct start_sound as [l0 S0].
    pose proof (expansions_sound d _ l0 S0) as P. destruct (expansions d (start empty)) as [w|]; [| discriminate].
    destruct P as [[l [H D N T R I X V]] E]. rewrite E in *. intro Q. injection Q as <- <-.
    assert (All : forall s, In s l <-> reachable M s).
    { intro s. split; [apply R |]. apply (by_induction M (fun s => In s l)); [exact I |]. intros a b A S. destruct (X a b A S) as [[] | B]; auto. }
    split; [exists l; auto |].
    clear - V All. induction V as [| p v ps vs F _ IH]; constructor; auto.
    destruct v; [| exact F]. intros s A. destruct (F s (proj2 (All s) A)) as [[] | B]; auto.
  Qed.

  (** What the proof of a model computes. *)
  Definition check (d : nat) (n : N) (vs : list bool) : bool :=
    match explore empty d with
    | Some (m, us) => N.eqb m n && if list_eq_dec bool_dec us vs then true else false
    | None => false
    end.

  Theorem check_sound : forall d n vs, check d n vs = true -> exactly M n /\ Forall2 (verdict M) props vs.
  Proof.
    intros d n vs. unfold check. destruct (explore empty d) as [[m us]|] eqn:E; [| discriminate].
    destruct (list_eq_dec bool_dec us vs) as [<- |]; [| rewrite andb_false_r; discriminate].
    rewrite andb_true_r. intro H. apply N.eqb_eq in H. subst m. exact (explore_sound d n us E).
  Qed.
End Explore.

(** A system has one number of reachable states, *)
Theorem exactly_unique : forall M m n, exactly M m -> exactly M n -> m = n.
Proof.
  intros M m n (l & D & <- & L) (k & E & <- & K). f_equal.
  apply Permutation_length, NoDup_Permutation; auto. intro s. rewrite L, K. tauto.
Qed.

(** and a property has one verdict. *)
Theorem verdict_unique : forall M p u v, verdict M p u -> verdict M p v -> u = v.
Proof.
  intros M p [|] [|] U V; auto; exfalso; simpl in *.
  - destruct V as (s & R & F). rewrite U in F; auto; discriminate.
  - destruct U as (s & R & F). rewrite V in F; auto; discriminate.
Qed.

Theorem verdicts_unique : forall M ps us vs,
  Forall2 (verdict M) ps us -> Forall2 (verdict M) ps vs -> us = vs.
Proof.
  intros M ps us vs U. revert vs. induction U as [| p u ps us P _ IH]; intros vs V; inversion V; subst; auto.
  f_equal; [apply (verdict_unique M p); auto | auto].
Qed.

(** Two explorations agree, whatever they keep the states in: the sizes of tables and how states are hashed do not matter. *)
Theorem explorations_agree : forall M props set1 insert1 (holds1 : set1 -> list (state M) -> Prop) empty1 d1 found1
    set2 insert2 (holds2 : set2 -> list (state M) -> Prop) empty2 d2 found2,
  (forall x l s, holds1 x l -> match insert1 s x with None => In s l | Some y => ~ In s l /\ holds1 y (s :: l) end) ->
  (forall x l s, holds2 x l -> match insert2 s x with None => In s l | Some y => ~ In s l /\ holds2 y (s :: l) end) ->
  holds1 empty1 [] -> holds2 empty2 [] ->
  explore M props set1 insert1 empty1 d1 = Some found1 -> explore M props set2 insert2 empty2 d2 = Some found2 ->
  found1 = found2.
Proof.
  intros M props set1 insert1 holds1 empty1 d1 [n1 v1] set2 insert2 holds2 empty2 d2 [n2 v2] I1 I2 E1 E2 X1 X2.
  destruct (explore_sound _ _ _ _ holds1 I1 empty1 E1 _ _ _ X1) as [A1 B1].
  destruct (explore_sound _ _ _ _ holds2 I2 empty2 E2 _ _ _ X2) as [A2 B2].
  f_equal; [apply (exactly_unique M); auto | apply (verdicts_unique M props); auto].
Qed.

(** The usual properties, and what their verdicts say. *)
Section Properties.
  Variable M : system.

  Definition of_states (inv : state M -> bool) : property M := fun s _ => inv s.
  Definition of_steps (inv : state M -> state M -> bool) : property M :=
    fun s next => match next with Some ts => forallb (inv s) ts | None => true end.
  Definition of_faults : property M := fun _ next => if next then true else false.
  Definition of_deadlocks (terminal : state M -> bool) : property M :=
    fun s next => match next with Some [] => terminal s | _ => true end.
  Definition of_goals (goal : state M -> bool) : property M := fun s _ => negb (goal s).

  Theorem invariant_holds : forall inv, verdict M (of_states inv) true <-> invariant M inv.
  Proof. intro inv. split; intros H s; apply H. Qed.

  Theorem step_invariant_holds : forall inv, verdict M (of_steps inv) true <-> step_invariant M inv.
  Proof.
    intro inv. split.
    - intros H s t R (ts & E & T). specialize (H s R). unfold of_steps in H. rewrite E, forallb_forall in H. auto.
    - intros H s R. unfold of_steps. destruct (succ M s) as [ts|] eqn:E; auto. apply forallb_forall.
      intros t T. apply H; auto. exists ts; auto.
  Qed.

  Theorem no_fault_holds : verdict M of_faults true <-> no_fault M.
  Proof.
    split; intros H s R; specialize (H s R).
    - unfold of_faults in H. destruct (succ M s); [discriminate | discriminate H].
    - unfold of_faults. destruct (succ M s); auto.
  Qed.

  Theorem no_deadlock_holds : forall terminal, verdict M (of_deadlocks terminal) true <-> no_deadlock M terminal.
  Proof.
    intro terminal. split.
    - intros H s R E. specialize (H s R). unfold of_deadlocks in H. rewrite E in H. auto.
    - intros H s R. unfold of_deadlocks. destruct (succ M s) as [[|]|] eqn:E; auto.
  Qed.

  (** A goal is reached where its negation is no invariant, and cannot be where it is one. *)
  Theorem can_reach_holds : forall goal, verdict M (of_goals goal) false <-> can_reach M goal.
  Proof.
    intro goal. split; intros (s & R & H); exists s; split; auto; unfold of_goals in *; destruct (goal s); auto.
  Qed.

  Theorem safe_holds : forall inv,
    verdict M (of_states inv) true -> verdict M of_faults true -> safe M inv.
  Proof. intros inv I F. apply safe_parts. split; [apply invariant_holds | apply no_fault_holds]; auto. Qed.

  Theorem verdict_at : forall ps vs i p v, Forall2 (verdict M) ps vs ->
    nth_error ps i = Some p -> nth_error vs i = Some v -> verdict M p v.
  Proof.
    intros ps vs i p v F. revert i. induction F; intros [|i] P V; simpl in *; try discriminate; eauto.
    injection P as <-. injection V as <-. auto.
  Qed.
End Properties.
