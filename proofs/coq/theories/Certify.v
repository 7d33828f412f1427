(** What is found of a program by computation is true: the number of its states, and for each claim whether it holds.

    The exploration is of a stricter system, in which a state that does not meet a claim has no successors but faults. Where no
    fault is met, it has the states of the program. So each state is left once, and each claim is evaluated once in it. *)

From Coq Require Import List NArith ZArith Bool.
From Bulkhead Require Import TS Explore Trie Value Syntax Meaning Semantics.
Import ListNotations.

(** What is expected of a claim. *)
Inductive expectation := Holds | Fails | Unknown.

(** What that means. *)
Definition stated (p : program) (c : claim) (e : expectation) : Prop :=
  match e, c with
  | Holds, Reachable _ => exists s, reachable p s /\ holds p c s = true
  | Holds, NoFault => ~ In None (initial p) /\ forall s, reachable p s -> holds p c s = true
  | Holds, _ => forall s, reachable p s -> holds p c s = true
  | Fails, Reachable _ => forall s, reachable p s -> fails p c s = true
  | Fails, NoFault => In None (initial p) \/ exists s, reachable p s /\ fails p c s = true
  | Fails, _ => exists s, reachable p s /\ fails p c s = true
  | Unknown, _ => True
  end.

Definition faultless_start (p : program) : bool := forallb (fun o => has_value (option_map (fun _ => true) o)) (initial p).

(** Whether it is expected that there is no fault. *)
Definition total (p : program) (es : list expectation) : bool :=
  existsb (fun ce => match ce with (NoFault, Holds) => true | _ => false end) (combine (claims p) es).

(** Whether the value of a claim in a state is as it is expected to be in all. *)
Definition demand (total : bool) (c : claim) (e : expectation) (v : option bool) : bool :=
  match c, e, v with
  | Reachable _, Fails, Some b => negb b
  | Reachable _, Fails, None => false
  | Reachable _, _, Some _ => true
  | _, Holds, Some b => b
  | Reachable _, Holds, None => negb total
  | _, Holds, None => false
  | _, _, Some _ => true
  | _, _, None => negb total
  end.

Definition meets (p : program) (es : list expectation) : state -> list move -> bool :=
  let t := total p es in
  let judges := map (fun ce => (value_of p (fst ce), demand t (fst ce) (snd ce))) (combine (claims p) es) in
  fun s ms => forallb (fun j => snd j (fst j s ms)) judges.

Definition strict (p : program) (es : list expectation) : system :=
  System state (good (initial p))
    (let next := moves p in
     let ok := meets p es in
     fun s => let ms := next s in if ok s ms then Some (states ms) else None).

(** What is expected to be false in some state. *)
Definition goal (p : program) (c : claim) (e : expectation) : option (state -> bool) :=
  match c, e with
  | Reachable _, Holds => let v := value_of p c in Some (fun s => negb (is_true (v s [])))
  | Reachable _, _ => None
  | NoFault, Fails => if faultless_start p then Some (holds p c) else None
  | _, Fails =>
      let v := refuted p c in
      let next := moves p in
      Some (fun s => negb (v s (next s)))
  | _, _ => None
  end.

Definition goals (p : program) (es : list expectation) : list (option (state -> bool)) :=
  map (fun ce => goal p (fst ce) (snd ce)) (combine (claims p) es).

Definition properties (p : program) (es : list expectation) : list (property (strict p es)) :=
  of_faults (strict p es) ::
  map (fun g : option (state -> bool) => match g with Some g => of_states (strict p es) g | None => fun _ _ => true end) (goals p es).

Definition verdicts (p : program) (es : list expectation) : list bool :=
  true :: map (fun g : option (state -> bool) => match g with Some _ => false | None => true end) (goals p es).

(** The start is as expected, and all claims are spoken of. *)
Definition begins (p : program) (es : list expectation) : bool :=
  Nat.eqb (length es) (length (claims p)) && (negb (total p es) || faultless_start p).

(** ** Keys of states. No theorem depends on them. *)

(** The w lowest bits of a number, before those of a key. *)
Fixpoint push (w : nat) (n : Z) (key : positive) : positive :=
  match w with
  | O => key
  | S w => match n with
    | Zpos (xI r) => push w (Zpos r) (xI key)
    | Zpos (xO r) => push w (Zpos r) (xO key)
    | Zpos xH => push w Z0 (xI key)
    | _ => push w Z0 (xO key)
    end
  end.

Definition width (n : Z) : nat := Z.to_nat (Z.log2_up (n + 1)).

Fixpoint push_value (t : type) : value -> positive -> positive :=
  let sized f n := let w := width (Z.of_nat n) in
    fun v key => fold_left (fun key x => f x key) (elems v) (push w (Z.of_nat (length (elems v))) key) in
  let parts (fs : list (value -> positive -> positive)) vs key :=
    fold_left (fun key fv => fst fv (snd fv) key) (combine fs vs) key in
  match t with
  | TInt lo hi =>
      let w := width (hi - lo) in
      fun v key => match v with VInt n => push w (n - lo) key | _ => key end
  | TTup ts => let fs := map push_value ts in fun v key => parts fs (elems v) key
  | TSum cs =>
      let fs := map (map push_value) cs in
      let w := width (Z.of_nat (length cs) - 1) in
      fun v key => match v with
        | VTag n vs => push w n (parts (nth (Z.to_nat n) fs []) vs key)
        | _ => key
        end
  | TMap _ e => let f := push_value e in fun v key => fold_left (fun key x => f x key) (elems v) key
  | TSet e => sized (push_value e) 8%nat
  | TSeq e n | TBag e n => sized (push_value e) n
  end.

Definition key (p : program) : state -> positive :=
  let fs := map (fun v => push_value (type_of v)) (vars p) in
  fun s => fold_left (fun key fv => fst fv (snd fv) key) (combine fs s) xH.

(** In at most 2^depth expansions. *)
Definition check (p : program) (es : list expectation) (n : N) (depth : nat) : bool :=
  begins p es && trie_check (strict p es) eqb_all (key p) (properties p es) depth n (verdicts p es).

(** ** Why that is enough *)

Lemma nth_combine : forall {A B} (l : list A) (k : list B) i a b,
  nth_error l i = Some a -> nth_error k i = Some b -> nth_error (combine l k) i = Some (a, b).
Proof.
  induction l as [| x l IH]; intros [| y k] [| i] a b P Q; simpl in *; try discriminate.
  - injection P as ->. injection Q as ->. reflexivity.
  - auto.
Qed.

Section Sound.
  Variables (p : program) (es : list expectation) (n : N).
  Hypothesis begun : begins p es = true.
  Hypothesis count : exactly (strict p es) n.
  Hypothesis found : Forall2 (verdict (strict p es)) (properties p es) (verdicts p es).

  Lemma strict_meets : forall s, TS.reachable (strict p es) s -> meets p es s (moves p s) = true.
  Proof.
    intros s R. inversion found as [| ? ? ? ? F _]. subst.
    pose proof (proj1 (no_fault_holds (strict p es)) F s R) as G.
    simpl in G. destruct (meets p es s (moves p s)); [reflexivity | contradiction G; reflexivity].
  Qed.

  Lemma same_states : forall s, reachable p s <-> TS.reachable (strict p es) s.
  Proof.
    intro s. split; intro R.
    - induction R as [s H | s ts t R IH E H]; [constructor; exact H |].
      simpl in E. injection E as <-. apply r1 with (s := s) (ts := states (moves p s)); auto.
      simpl. rewrite strict_meets; auto.
    - induction R as [s H | s ts t R IH E H]; [constructor; exact H |].
      simpl in E. destruct (meets p es s (moves p s)); [| discriminate]. injection E as <-.
      apply r1 with (s := s) (ts := states (moves p s)); auto.
  Qed.

  Lemma demanded : forall i c e s, nth_error (claims p) i = Some c -> nth_error es i = Some e -> reachable p s ->
    demand (total p es) c e (value_of p c s (moves p s)) = true.
  Proof.
    intros i c e s C E R. apply same_states, strict_meets in R. unfold meets in R.
    rewrite forallb_forall in R.
    apply (R (value_of p c, demand (total p es) c e)).
    apply in_map_iff. exists (c, e). split; auto.
    apply nth_error_In with (n := i). apply nth_combine; auto.
  Qed.

  Lemma goal_met : forall i c e g, nth_error (claims p) i = Some c -> nth_error es i = Some e -> goal p c e = Some g ->
    exists s, reachable p s /\ g s = false.
  Proof.
    intros i c e g C E G.
    assert (V : verdict (strict p es) (of_states (strict p es) g) false).
    { apply verdict_at with (ps := properties p es) (vs := verdicts p es) (i := S i); auto; simpl;
        unfold goals; rewrite map_map;
        rewrite (map_nth_error _ i _ (nth_combine _ _ _ _ _ C E)); simpl; rewrite G; reflexivity. }
    destruct V as (s & R & F). exists s. split; [apply same_states |]; auto.
  Qed.

  Lemma all_have_values : total p es = true -> forall s, reachable p s ->
    forallb (fun d => has_value (value_of p d s (moves p s))) (claims p) = true.
  Proof.
    intros T s R. apply forallb_forall. intros d D. apply In_nth_error in D as [i D].
    unfold begins in begun. apply andb_true_iff in begun as [L _]. apply PeanoNat.Nat.eqb_eq in L.
    destruct (nth_error es i) as [e|] eqn:E.
    - pose proof (demanded i d e s D E R) as M. rewrite T in M.
      destruct (value_of p d s (moves p s)); auto. destruct d, e; discriminate M.
    - apply nth_error_None in E. rewrite L in E. apply nth_error_None in E. congruence.
  Qed.

  Lemma is_total : forall i, nth_error (claims p) i = Some NoFault -> nth_error es i = Some Holds -> total p es = true.
  Proof.
    intros i C E. apply existsb_exists. exists (NoFault, Holds). split; auto.
    apply nth_error_In with (n := i), nth_combine; auto.
  Qed.

  Lemma starts_well : faultless_start p = true <-> ~ In None (initial p).
  Proof.
    unfold faultless_start. rewrite forallb_forall. split.
    - intros H I. specialize (H None I). discriminate H.
    - intros H [s|] I; auto.
  Qed.

  Theorem claim_stated : forall i c e, nth_error (claims p) i = Some c -> nth_error es i = Some e -> stated p c e.
  Proof.
    intros i c e C E. pose proof (demanded i c e) as D. pose proof (goal_met i c e) as G.
    destruct e; [| | destruct c; exact I].
    - destruct c; unfold stated;
        try (intros s R; specialize (D s C E R); unfold holds; rewrite andb_true_r;
             destruct (value_of p _ s (moves p s)); [exact D | discriminate D]).
      + destruct (G _ C E eq_refl) as (s & R & F). exists s. split; auto.
        unfold holds. rewrite andb_true_r. apply negb_false_iff. exact F.
      + pose proof (is_total i C E) as T. split.
        * apply starts_well. unfold begins in begun. rewrite T in begun.
          apply andb_true_iff in begun as [_ B]. exact B.
        * intros s R. specialize (D s C E R). unfold holds. rewrite all_have_values; auto. rewrite andb_true_r. exact D.
    - destruct c; unfold stated;
        try (destruct (G _ C E eq_refl) as (s & R & F); exists s; split; auto; apply negb_false_iff; exact F).
      + intros s R. specialize (D s C E R). unfold fails, refuted.
        destruct (value_of p (Reachable e) s (moves p s)); [exact D | discriminate D].
      + destruct (faultless_start p) eqn:F.
        * right. simpl in G. rewrite F in G. destruct (G _ C E eq_refl) as (s & R & H). exists s. split; auto.
          unfold fails. rewrite H. reflexivity.
        * left. rewrite <- not_true_iff_false in F. rewrite starts_well in F.
          assert (Dec : {In None (initial p)} + {~ In None (initial p)}).
          { clear. induction (initial p) as [| [s|] l IH]; [right; intros [] | | left; left; reflexivity].
            destruct IH as [IH | IH]; [left; right; auto | right; intros [? | ?]; [discriminate | auto]]. }
          destruct Dec; tauto.
  Qed.

  Theorem counted : exactly (semantics p) n.
  Proof.
    destruct count as (l & D & L & R). exists l. split; [exact D |]. split; [exact L |].
    intro s. rewrite (R s). symmetry. apply same_states.
  Qed.
End Sound.

(** What a certificate of a program says. *)
Definition certified (p : program) (es : list expectation) (n : N) : Prop :=
  exactly (semantics p) n /\
  forall i c e, nth_error (claims p) i = Some c -> nth_error es i = Some e -> stated p c e.

Theorem check_certifies : forall p es n depth, check p es n depth = true -> certified p es n.
Proof.
  intros p es n depth H. apply andb_true_iff in H as [B H].
  apply trie_check_sound in H as [X F]; [| exact eqb_all_spec].
  split; [apply (counted p es n); auto | apply (claim_stated p es); auto].
Qed.
