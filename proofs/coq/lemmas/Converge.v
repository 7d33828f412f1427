(* What makes a control loop reach its goal, and how fast.

   A loop each of whose rounds closes a share a of the gap between what is and what is wanted leaves at most (1 - a)^n of the gap after n rounds: less than
   anything, in the end. Where the gap is a whole number it is 0 after as many rounds as Closed counts, and some loop needs all of these. That steps go on in
   the right direction and get smaller is not enough: such a loop can stay away from its goal for ever.

   Of: model/perf/converge.go (Loop; Gap, Rounds and Closed) and model/perf/converge.bh, which checks Contracts, InTime, Slowest, Falls and Reaches of small gaps. *)

From Coq Require Import QArith Qround ZArith List Lia Lqa.
Import ListNotations.

(* Gaps that are fractions. *)

Section Fractions.
Open Scope Q_scope.

Fixpoint power (b : Q) (n : nat) : Q :=
  match n with
  | O => 1
  | S m => b * power b m
  end.

Definition Gap (rate gap : Q) (rounds : nat) : Q := power (1 - rate) rounds * gap.

(* Each round closes a share of at least rate: how much more is open. *)
Definition closes (rate : Q) (gap : nat -> Q) : Prop := forall n, 0 <= gap n /\ gap (S n) <= (1 - rate) * gap n.

Theorem gap_is_at_most : forall rate gap, rate <= 1 -> closes rate gap -> forall n, gap n <= Gap rate (gap O) n.
Proof.
  intros rate gap R C. unfold Gap. induction n as [|n IH]; cbn [power]; [lra|].
  destruct (C n) as [_ H]. nra.
Qed.

(* No less would do: a loop that closes just this share. *)
Theorem gap_is_reached : forall rate gap, rate <= 1 -> 0 <= gap -> closes rate (Gap rate gap) /\ Gap rate gap O == gap.
Proof.
  intros rate gap R G. unfold Gap. split; [|cbn; ring].
  assert (P : forall n, 0 <= power (1 - rate) n). { induction n; cbn [power]; nra. }
  intros n. specialize (P n). split; [nra|]. cbn [power]. nra.
Qed.

(* The same for what rises to a goal: if each step makes up for a share of what is missing. *)
Corollary what_rises_to_a_goal : forall rate goal at_round, rate <= 1 ->
  (forall n, at_round n <= goal) -> (forall n, rate * (goal - at_round n) <= at_round (S n) - at_round n) ->
  forall n, goal - at_round n <= Gap rate (goal - at_round O) n.
Proof.
  intros rate goal p R B S n. apply (gap_is_at_most rate (fun n => goal - p n) R).
  intros m. specialize (B m). specialize (S m). lra.
Qed.

Lemma bernoulli : forall a n, 0 <= a <= 1 -> power (1 - a) n * (1 + inject_Z (Z.of_nat n) * a) <= 1 /\ 0 <= power (1 - a) n.
Proof.
  intros a n A. induction n as [|n IH]; [change (inject_Z (Z.of_nat 0)) with 0; cbn [power]; split; lra|].
  cbn [power]. rewrite Nat2Z.inj_succ. unfold Z.succ. rewrite inject_Z_plus. change (inject_Z 1) with 1.
  assert (N : 0 <= inject_Z (Z.of_nat n)) by (rewrite <- (Zle_Qle 0); lia).
  set (k := inject_Z (Z.of_nat n)) in *. set (p := power (1 - a) n) in *. clearbody k p. destruct IH as [I1 I2]. split; [|nra].
  assert (E : (1 - a) * p * (1 + (k + 1) * a) == p * (1 + k * a) - p * ((k + 1) * a * a)) by ring.
  rewrite E. assert (0 <= p * ((k + 1) * a * a)); [|lra].
  apply Qmult_le_0_compat; auto. apply Qmult_le_0_compat; [|lra]. apply Qmult_le_0_compat; lra.
Qed.

(* Below anything in the end, and so it stays. *)
Theorem gap_vanishes : forall rate gap, 0 < rate -> rate <= 1 -> closes rate gap ->
  forall eps, 0 < eps -> exists rounds, forall n, (rounds <= n)%nat -> gap n <= eps.
Proof.
  intros rate gap R0 R1 C eps E.
  (* (1 - rate)^n gap <= gap / (1 + n rate) *)
  destruct (C O) as [G _]. set (g := gap O) in *.
  destruct (Qlt_le_dec 0 g) as [GP|GZ].
  - set (x := g / (eps * rate)).
    exists (Z.to_nat (Qceiling x)). intros n H.
    pose proof (gap_is_at_most rate gap R1 C n) as B. fold g in B. unfold Gap in B.
    destruct (bernoulli rate n) as [K1 K2]; [lra|].
    assert (X : x <= inject_Z (Z.of_nat n)).
    { eapply Qle_trans; [apply Qle_ceiling|]. rewrite <- Zle_Qle. lia. }
    assert (Y : g <= eps * (rate * inject_Z (Z.of_nat n))).
    { assert (XE : x * (eps * rate) == g).
      { unfold x. rewrite Qmult_comm. apply Qmult_div_r. nra. }
      assert (KE : eps * (rate * inject_Z (Z.of_nat n)) == inject_Z (Z.of_nat n) * (eps * rate)) by ring.
      rewrite KE, <- XE. apply Qmult_le_compat_r; [auto|nra]. }
    set (k := inject_Z (Z.of_nat n)) in *. set (p := power (1 - rate) n) in *. clearbody k p x.
    assert (Z : p * g <= p * (eps * (rate * k))) by nra.
    assert (W : p * (eps * (rate * k)) <= eps).
    { assert (p * (rate * k) <= 1) by lra.
      assert (EQ : p * (eps * (rate * k)) == eps * (p * (rate * k))) by ring. rewrite EQ. nra. }
    lra.
  - exists O. intros n _. pose proof (gap_is_at_most rate gap R1 C n) as B. fold g in B. unfold Gap in B.
    destruct (bernoulli rate n) as [_ K2]; [lra|]. nra.
Qed.

(* Steps in the right direction, each half of the last one: the gap falls for ever and is never below a half. *)
Definition VanishingSteps (n : nat) : Q := (1 # 2) + (1 # 2) * power (1 # 2) n.

Theorem vanishing_steps_need_not_arrive :
  VanishingSteps O == 1 /\
  (forall n, VanishingSteps (S n) < VanishingSteps n) /\
  (forall n, VanishingSteps (S n) - VanishingSteps (S (S n)) == (1 # 2) * (VanishingSteps n - VanishingSteps (S n))) /\
  (forall n, 1 # 2 < VanishingSteps n).
Proof.
  assert (P : forall n, 0 < power (1 # 2) n). { induction n; cbn [power]; lra. }
  unfold VanishingSteps. repeat split; intros; cbn [power]; try (specialize (P n)); try lra.
Qed.

End Fractions.

(* How many rounds: whole numbers are compared, a p^n and b q^n, where p/q is what a round leaves and a/b the gap through the limit. *)

Section WholeNumbers.
Open Scope Z_scope.

(* The loop of Rounds, for at most so many more rounds; None is a refusal. *)
Fixpoint roundsFrom (fuel : nat) (a b p q : Z) : option nat :=
  if a <=? b then Some O
  else match fuel with
       | O => None
       | S f => option_map S (roundsFrom f (a * p) (b * q) p q)
       end.

(* The rate is (q - p) / q, the gap gn / gd, the limit ln / ld. *)
Definition Rounds (fuel : nat) (p q gn gd ln ld : Z) : option nat := roundsFrom fuel (gn * ld) (ln * gd) p q.

Lemma roundsFrom_least : forall p q fuel a b n, roundsFrom fuel a b p q = Some n ->
  a * p ^ Z.of_nat n <= b * q ^ Z.of_nat n /\
  forall m, (m < n)%nat -> b * q ^ Z.of_nat m < a * p ^ Z.of_nat m.
Proof.
  intros p q. induction fuel as [|f IH]; cbn [roundsFrom]; intros a b n H; destruct (Z.leb_spec a b) as [L|L].
  - injection H as <-. split; [simpl; lia|]. intros. lia.
  - discriminate.
  - injection H as <-. split; [simpl; lia|]. intros. lia.
  - destruct (roundsFrom f (a * p) (b * q) p q) as [k|] eqn:E; try discriminate. injection H as <-.
    destruct (IH _ _ _ E) as [I1 I2]. split.
    + rewrite Nat2Z.inj_succ, !Z.pow_succ_r, !Z.mul_assoc by lia. auto.
    + intros [|m] M; [simpl; lia|]. specialize (I2 m ltac:(lia)).
      rewrite Nat2Z.inj_succ, !Z.pow_succ_r, !Z.mul_assoc by lia. auto.
Qed.

(* After that many rounds the gap is surely within the limit: (1 - rate)^n gap <= limit, multiplied out; after fewer it need not be. *)
Theorem rounds_are_enough_and_needed : forall fuel p q gn gd ln ld n,
  Rounds fuel p q gn gd ln ld = Some n ->
  p ^ Z.of_nat n * gn * ld <= ln * gd * q ^ Z.of_nat n /\
  forall m, (m < n)%nat -> ln * gd * q ^ Z.of_nat m < p ^ Z.of_nat m * gn * ld.
Proof.
  unfold Rounds. intros fuel p q gn gd ln ld n H. destruct (roundsFrom_least _ _ _ _ _ _ H) as [A B]. split; [lia|].
  intros m M. specialize (B m M). lia.
Qed.

(* Gaps that are whole numbers, as in converge.bh: a round leaves at most this. *)
Definition leaves (num den x : Z) : Z := x * (den - num) / den.

(* The loop of Closed, for at most so many rounds. *)
Fixpoint Closed (num den : Z) (fuel : nat) (left : Z) : option nat :=
  if left =? 0 then Some O
  else match fuel with
       | O => None
       | S f => option_map S (Closed num den f (leaves num den left))
       end.

(* So many rounds from one gap to another. *)
Inductive runs (num den : Z) : nat -> Z -> Z -> Prop :=
| none : forall x, runs num den O x x
| Round : forall n x gap left, runs num den n x gap -> 0 < gap -> 0 <= left <= leaves num den gap -> runs num den (S n) x left.

Variables num den : Z.
Hypothesis rate : 0 < num < den.

Lemma leaves_bound : forall x, 0 <= x -> 0 <= leaves num den x /\ den * leaves num den x <= x * (den - num) /\ (0 < x -> leaves num den x < x).
Proof.
  intros x X. unfold leaves. assert (0 <= x * (den - num)) by nia.
  pose proof (Z.mul_div_le (x * (den - num)) den ltac:(lia)). repeat split; auto.
  - apply Z.div_pos; lia.
  - intros. apply Z.div_lt_upper_bound; nia.
Qed.

Lemma leaves_monotone : forall x y, x <= y -> leaves num den x <= leaves num den y.
Proof. intros. apply Z.div_le_mono; nia. Qed.

Lemma runs_nonneg : forall n x y, runs num den n x y -> 0 <= x -> 0 <= y.
Proof. intros n x y R. induction R; intros; auto. lia. Qed.

(* gap <= GAP * ((den - num) / den)^n. *)
Theorem contracts : forall n x y, 0 <= x -> runs num den n x y -> y * den ^ Z.of_nat n <= x * (den - num) ^ Z.of_nat n.
Proof.
  intros n x y X R. induction R as [x|n x g y R IH G L]; [simpl; lia|].
  specialize (IH X). destruct (leaves_bound g ltac:(lia)) as (_ & B & _).
  rewrite Nat2Z.inj_succ, !Z.pow_succ_r by lia.
  assert (P : 0 < den ^ Z.of_nat n) by (apply Z.pow_pos_nonneg; lia).
  assert (y * den <= g * (den - num)) by nia.
  apply Z.le_trans with (g * (den - num) * den ^ Z.of_nat n); [nia|].
  replace (g * (den - num) * den ^ Z.of_nat n) with ((den - num) * (g * den ^ Z.of_nat n)) by ring.
  replace (x * ((den - num) * (den - num) ^ Z.of_nat n)) with ((den - num) * (x * (den - num) ^ Z.of_nat n)) by ring.
  apply Z.mul_le_mono_nonneg_l; lia.
Qed.

Theorem falls : forall gap left, 0 < gap -> 0 <= left <= leaves num den gap -> left < gap.
Proof. intros g y G L. destruct (leaves_bound g ltac:(lia)) as (_ & _ & B). lia. Qed.

Lemma runs_front : forall n x y, runs num den (S n) x y -> exists g, 0 < x /\ 0 <= g <= leaves num den x /\ runs num den n g y.
Proof.
  induction n as [|n IH]; intros x y R; inversion R as [|m ? g ? R1 G L]; subst.
  - inversion R1; subst. exists y. repeat split; auto; try lia. constructor.
  - destruct (IH _ _ R1) as (h & H1 & H2 & H3). exists h. repeat split; auto; try lia. econstructor; eauto.
Qed.

Lemma closed_bounds : forall fuel N x, Closed num den fuel x = Some N ->
  forall n y z, 0 <= y <= x -> runs num den n y z -> (n <= N)%nat.
Proof.
  induction fuel as [|f IH]; cbn [Closed]; intros N x C n y z Y R; destruct (Z.eqb_spec x 0) as [X|X]; try discriminate.
  - destruct n as [|n]; [lia|]. apply runs_front in R. destruct R as (g & G & _). lia.
  - destruct n as [|n]; [lia|]. apply runs_front in R. destruct R as (g & G & _). lia.
  - destruct (Closed num den f (leaves num den x)) as [k|] eqn:E; try discriminate. injection C as <-.
    destruct n as [|n]; [lia|]. apply runs_front in R. destruct R as (g & G & L & R).
    pose proof (leaves_monotone y x ltac:(lia)).
    specialize (IH k _ E n g z ltac:(lia) R). lia.
Qed.

(* No loop takes more rounds than Closed counts, *)
Theorem in_time : forall fuel N x, Closed num den fuel x = Some N -> forall n y, 0 <= x -> runs num den n x y -> (n <= N)%nat.
Proof. intros. eapply closed_bounds; eauto. lia. Qed.

(* one takes as many, and arrives, *)
Theorem slowest : forall fuel N x, 0 <= x -> Closed num den fuel x = Some N -> runs num den N x 0.
Proof.
  assert (F : forall n x g y, 0 < x -> 0 <= g <= leaves num den x -> runs num den n g y -> runs num den (S n) x y).
  { intros n x g y X G R. induction R as [g|n g h y R IH H L]; [econstructor; eauto; constructor|].
    econstructor; [apply IH; auto|auto|auto]. }
  induction fuel as [|f IH]; cbn [Closed]; intros N x X C; destruct (Z.eqb_spec x 0) as [->|X0]; try discriminate.
  - injection C as <-. constructor.
  - injection C as <-. constructor.
  - destruct (Closed num den f (leaves num den x)) as [k|] eqn:E; try discriminate. injection C as <-.
    destruct (leaves_bound x X) as (L & _ & _).
    apply F with (g := leaves num den x); try lia. apply IH; auto.
Qed.

(* and there is such a number for every gap: the gap itself is enough fuel. *)
Theorem closed_is_defined : forall x, 0 <= x -> exists N, Closed num den (Z.to_nat x) x = Some N.
Proof.
  assert (H : forall fuel x, 0 <= x <= Z.of_nat fuel -> exists N, Closed num den fuel x = Some N).
  { induction fuel as [|f IH]; cbn [Closed]; intros x X; destruct (Z.eqb_spec x 0) as [E|E]; eauto; [lia|].
    destruct (leaves_bound x ltac:(lia)) as (L & _ & B). specialize (B ltac:(lia)).
    destruct (IH (leaves num den x)) as [N ->]; [lia|]. cbn. eauto. }
  intros x X. apply H. lia.
Qed.

(* So every loop reaches its goal, and only there is no further round. *)
Theorem reaches : forall x, 0 <= x -> exists N, forall n y, runs num den n x y ->
  (n <= N)%nat /\ ((forall z, ~ runs num den (S n) x z) -> y = 0).
Proof.
  intros x X. destruct (closed_is_defined x X) as [N C]. exists N. intros n y R. split.
  - eapply in_time; eauto.
  - intros S. pose proof (runs_nonneg n x y R X). destruct (Z.eq_dec y 0); auto. exfalso.
    destruct (leaves_bound y ltac:(lia)) as (L & _ & _).
    apply (S (leaves num den y)). econstructor; [exact R|lia|lia].
Qed.

End WholeNumbers.
