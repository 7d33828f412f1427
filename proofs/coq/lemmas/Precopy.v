(* How long a live migration takes, whatever the memory, the bandwidth and the rate at which the guest writes.

   With memory M, bandwidth b and dirty rate d < b, the guest stands still for exactly (M/b)(d/b)^n after n rounds of pre-copy, and all rounds take exactly
   (M - M (d/b)^(n+1)) / (b - d): always less than M / (b - d), and as near to it as one likes. With d >= b no round makes the standstill shorter, and
   no time is a bound. In fractions, as in the Go code.

   Of: model/vsphere/vmotion/precopy.go (Volume, Downtime, Total and Bound) and model/vsphere/vmotion/precopy.bh, which counts the rounds one by
   one, and checks Downtime, Total, Bounded and NoBound of small numbers. *)

From Coq Require Import QArith Qminmax Qround ZArith Lia Lqa.
From BulkheadLemmas Require Import Converge.
Open Scope Q_scope.

Record Precopy := { memory : Q; bandwidth : Q; rate : Q }.

(* NewPrecopy takes memory and bandwidth of more than 0, and a rate of 0 at least. *)
Definition valid (p : Precopy) : Prop := 0 < memory p /\ 0 < bandwidth p /\ 0 <= rate p.

(* The rounds one by one, as in precopy.bh: what round n sends, from 0, is what was written during the one before it, never more than all; *)
Fixpoint volume (p : Precopy) (n : nat) : Q :=
  match n with
  | O => memory p
  | S m => Qmin (memory p) (volume p m * rate p / bandwidth p)
  end.

(* and what the rounds before it sent. *)
Fixpoint sent (p : Precopy) (n : nat) : Q :=
  match n with
  | O => 0
  | S m => sent p m + volume p m
  end.

(* The closed forms of the Go code. *)
Definition Converges (p : Precopy) : bool := if Qlt_le_dec (rate p) (bandwidth p) then true else false.

Definition ratio (p : Precopy) : Q := if Converges p then rate p / bandwidth p else 1.

Definition Volume (p : Precopy) (round : nat) : Q := memory p * power (ratio p) round.

Definition Downtime (p : Precopy) (rounds : nat) : Q := Volume p rounds / bandwidth p.

Definition Total (p : Precopy) (rounds : nat) : Q :=
  if Converges p then (memory p - Volume p (S rounds)) / (bandwidth p - rate p)
  else inject_Z (Z.of_nat rounds + 1) * Downtime p 0.

Definition Bound (p : Precopy) : Q := memory p / (bandwidth p - rate p).

Lemma ratio_range : forall p, valid p -> 0 <= ratio p <= 1 /\ (rate p < bandwidth p -> ratio p < 1).
Proof.
  intros p (M & B & D). unfold ratio, Converges. destruct (Qlt_le_dec (rate p) (bandwidth p)) as [L|L].
  - assert (R : rate p / bandwidth p * bandwidth p == rate p) by (field; lra).
    set (r := rate p / bandwidth p) in *. clearbody r.
    assert (0 <= r) by (destruct (Qlt_le_dec r 0); [exfalso; nra|auto]).
    assert (r < 1) by (destruct (Qlt_le_dec r 1); [auto|exfalso; nra]).
    split; [split|]; intros; lra.
  - split; [split|]; intros; lra.
Qed.

Lemma power_range : forall r n, 0 <= r <= 1 -> 0 <= power r n <= 1.
Proof. intros r n R. induction n; cbn [power]; [lra|]. nra. Qed.

(* Round by round the volume is what the closed form says. *)
Theorem volume_is_closed : forall p n, valid p -> volume p n == Volume p n.
Proof.
  intros p n V. pose proof (ratio_range p V) as [R _]. pose proof V as (M & B & D). unfold Volume.
  induction n as [|n IH]; cbn [volume power]; [ring|].
  pose proof (power_range (ratio p) n R) as P.
  assert (E : memory p * power (ratio p) n * rate p / bandwidth p == memory p * power (ratio p) n * (rate p / bandwidth p)) by (field; lra).
  rewrite IH, E. unfold ratio, Converges in *. destruct (Qlt_le_dec (rate p) (bandwidth p)) as [L|L].
  - rewrite Q.min_r; [ring|]. set (r := rate p / bandwidth p) in *. set (w := power r n) in *. clearbody r w.
    assert (0 <= w * r <= 1) by nra. nra.
  - assert (W : power 1 n == 1). { clear. induction n; cbn [power]; [reflexivity|rewrite IHn; ring]. }
    rewrite W in *. rewrite Q.min_l; [ring|].
    assert (Q1 : 1 <= rate p / bandwidth p). { apply Qle_shift_div_l; lra. }
    nra.
Qed.

(* The standstill after n rounds takes (M/b)(d/b)^n where d < b, and M/b for ever where it is not. *)
Theorem downtime : forall p n, valid p -> volume p n / bandwidth p == Downtime p n.
Proof. intros p n V. unfold Downtime. rewrite volume_is_closed by auto. reflexivity. Qed.

Theorem downtime_is_geometric : forall p n, valid p -> rate p < bandwidth p ->
  Downtime p n == memory p / bandwidth p * power (rate p / bandwidth p) n.
Proof.
  intros p n (M & B & D) L. unfold Downtime, Volume, ratio, Converges. destruct (Qlt_le_dec (rate p) (bandwidth p)); [field; lra|lra].
Qed.

Lemma sent_closed : forall p n, valid p -> rate p < bandwidth p -> sent p n * (bandwidth p - rate p) == (memory p - Volume p n) * bandwidth p.
Proof.
  intros p n V L. pose proof V as (M & B & D). induction n as [|n IH]; cbn [sent].
  - unfold Volume. cbn [power]. ring.
  - rewrite volume_is_closed by auto.
    assert (R : Volume p (S n) * bandwidth p == Volume p n * rate p).
    { unfold Volume, ratio, Converges. cbn [power]. destruct (Qlt_le_dec (rate p) (bandwidth p)); [field; lra|lra]. }
    assert (E : (sent p n + Volume p n) * (bandwidth p - rate p) == sent p n * (bandwidth p - rate p) + Volume p n * (bandwidth p - rate p)) by ring.
    rewrite E, IH.
    assert (F : (memory p - Volume p (S n)) * bandwidth p == memory p * bandwidth p - Volume p (S n) * bandwidth p) by ring.
    rewrite F, R. ring.
Qed.

Lemma sent_all : forall p n, valid p -> bandwidth p <= rate p -> sent p n == inject_Z (Z.of_nat n) * memory p.
Proof.
  intros p n V L. induction n as [|n IH]; [cbn; ring|]. cbn [sent].
  rewrite IH, volume_is_closed by auto. unfold Volume, ratio, Converges. destruct (Qlt_le_dec (rate p) (bandwidth p)); [lra|].
  assert (W : power 1 n == 1). { clear. induction n; cbn [power]; [reflexivity|rewrite IHn; ring]. }
  rewrite W, Nat2Z.inj_succ. unfold Z.succ. rewrite inject_Z_plus. change (inject_Z 1) with 1. ring.
Qed.

(* All rounds, the last one too, take what Total says. *)
Theorem total : forall p n, valid p -> sent p (S n) / bandwidth p == Total p n.
Proof.
  intros p n V. pose proof V as (M & B & D). unfold Total. unfold Converges at 1. destruct (Qlt_le_dec (rate p) (bandwidth p)) as [L|L].
  - pose proof (sent_closed p (S n) V L) as E.
    assert (F : sent p (S n) / bandwidth p == sent p (S n) * (bandwidth p - rate p) / (bandwidth p * (bandwidth p - rate p))) by (field; lra).
    rewrite F, E. field. lra.
  - rewrite sent_all by auto. unfold Downtime, Volume. cbn [power].
    rewrite Nat2Z.inj_succ. unfold Z.succ. field. lra.
Qed.

(* That is less than M / (b - d) if the guest writes, and never more, *)
Theorem bounded : forall p n, valid p -> rate p < bandwidth p -> Total p n <= Bound p.
Proof.
  intros p n V L. pose proof (ratio_range p V) as [R _]. pose proof V as (M & B & D).
  pose proof (power_range (ratio p) (S n) R). unfold Total, Bound, Converges. destruct (Qlt_le_dec (rate p) (bandwidth p)); [|lra].
  apply Qmult_le_compat_r; [|apply Qinv_le_0_compat; lra]. unfold Volume. nra.
Qed.

(* and there is no lesser bound. *)
Theorem bound_is_least : forall p eps, valid p -> rate p < bandwidth p -> 0 < eps -> exists n, Bound p - eps <= Total p n.
Proof.
  intros p eps V L E. pose proof (ratio_range p V) as [R R1]. specialize (R1 L). pose proof V as (M & B & D).
  (* What is missing, M (d/b)^(n+1) / (b - d), is closed at a rate of 1 - d/b. *)
  set (gap := fun n => Volume p n / (bandwidth p - rate p)).
  assert (C : closes (1 - ratio p) gap).
  { intros n. unfold gap, Volume. cbn [power]. pose proof (power_range (ratio p) n R).
    assert (0 < / (bandwidth p - rate p)) by (apply Qinv_lt_0_compat; lra).
    assert (0 <= memory p * power (ratio p) n) by nra. unfold Qdiv. split; [nra|].
    assert (X : (1 - (1 - ratio p)) * (memory p * power (ratio p) n * / (bandwidth p - rate p)) ==
      memory p * (ratio p * power (ratio p) n) * / (bandwidth p - rate p)) by ring.
    rewrite X. apply Qle_refl. }
  destruct (gap_vanishes (1 - ratio p) gap ltac:(lra) ltac:(lra) C eps E) as [N H].
  exists N. specialize (H (S N) ltac:(lia)). unfold gap in H. unfold Total, Bound, Converges. destruct (Qlt_le_dec (rate p) (bandwidth p)); [|lra].
  assert (X : (memory p - Volume p (S N)) / (bandwidth p - rate p) == memory p / (bandwidth p - rate p) - Volume p (S N) / (bandwidth p - rate p)) by (field; lra).
  rewrite X. lra.
Qed.

(* Where the guest writes as fast as is sent, the standstill is that of copying all, after any number of rounds, and no time bounds all rounds. *)
Theorem no_bound : forall p, valid p -> bandwidth p <= rate p ->
  (forall n, Downtime p n == memory p / bandwidth p) /\ forall time, exists n, time < Total p n.
Proof.
  intros p (M & B & D) L. assert (DT : forall n, Downtime p n == memory p / bandwidth p).
  { intros n. unfold Downtime, Volume, ratio, Converges. destruct (Qlt_le_dec (rate p) (bandwidth p)); [lra|].
    assert (W : power 1 n == 1). { clear. induction n; cbn [power]; [reflexivity|rewrite IHn; ring]. }
    rewrite W. field. lra. }
  split; auto. intros time. set (x := memory p / bandwidth p).
  assert (X : 0 < x) by (apply Qlt_shift_div_l; lra).
  exists (Z.to_nat (Qceiling (time / x))). unfold Total, Converges. destruct (Qlt_le_dec (rate p) (bandwidth p)); [lra|].
  rewrite (DT O). fold x.
  assert (C : time / x <= inject_Z (Z.of_nat (Z.to_nat (Qceiling (time / x))))).
  { eapply Qle_trans; [apply Qle_ceiling|]. rewrite <- Zle_Qle. lia. }
  assert (T : time / x * x == time) by (field; lra).
  rewrite inject_Z_plus. change (inject_Z 1) with 1. set (k := inject_Z (Z.of_nat _)) in *. set (y := time / x) in *. clearbody k y x. nra.
Qed.
