(** Sums over an interval of integers, of any length. What is proved here of sums is what the obligations of package inductive rest on. *)
From Coq Require Import ZArith Lia ZifyBool Bool.
Open Scope Z_scope.

Fixpoint sumn (n : nat) (lo : Z) (f : Z -> Z) : Z :=
  match n with
  | O => 0
  | S m => f lo + sumn m (lo + 1) f
  end.

(** The sum of [f x] for [x] from [lo] to [hi]; 0 where there is none. *)
Definition sum (lo hi : Z) (f : Z -> Z) : Z := sumn (Z.to_nat (hi - lo + 1)) lo f.

Lemma sumn_le : forall n lo f g,
  (forall x, lo <= x < lo + Z.of_nat n -> f x <= g x) -> sumn n lo f <= sumn n lo g.
Proof.
  induction n as [|n IH]; intros lo f g H; simpl; [lia|].
  assert (f lo <= g lo) by (apply H; lia).
  assert (sumn n (lo + 1) f <= sumn n (lo + 1) g) by (apply IH; intros; apply H; lia).
  lia.
Qed.

(** What is no greater for each has no greater sum. *)
Lemma sum_le : forall lo hi f g,
  (forall x, lo <= x <= hi -> f x <= g x) -> sum lo hi f <= sum lo hi g.
Proof. intros lo hi f g H. apply sumn_le. intros x Hx. apply H. lia. Qed.

Lemma sum_ext : forall lo hi f g,
  (forall x, lo <= x <= hi -> f x = g x) -> sum lo hi f = sum lo hi g.
Proof.
  intros lo hi f g H.
  assert (sum lo hi f <= sum lo hi g) by (apply sum_le; intros x Hx; rewrite (H x Hx); lia).
  assert (sum lo hi g <= sum lo hi f) by (apply sum_le; intros x Hx; rewrite (H x Hx); lia).
  lia.
Qed.

Lemma sumn_const : forall n lo c, sumn n lo (fun _ => c) = c * Z.of_nat n.
Proof. induction n as [|n IH]; intros lo c; simpl sumn; [lia|rewrite IH; lia]. Qed.

Lemma sum_const : forall lo hi c, 0 <= hi - lo + 1 -> sum lo hi (fun _ => c) = c * (hi - lo + 1).
Proof. intros lo hi c H. unfold sum. rewrite sumn_const, Z2Nat.id; lia. Qed.

Lemma sum_zero : forall lo hi, sum lo hi (fun _ => 0) = 0.
Proof. intros lo hi. unfold sum. rewrite sumn_const. lia. Qed.

Lemma sum_le_const : forall lo hi f c,
  (forall x, lo <= x <= hi -> f x <= c) -> 0 <= hi - lo + 1 -> sum lo hi f <= c * (hi - lo + 1).
Proof.
  intros lo hi f c H Hn. rewrite <- (sum_const lo hi c Hn). apply sum_le. exact H.
Qed.

Lemma sum_nonneg : forall lo hi f,
  (forall x, lo <= x <= hi -> 0 <= f x) -> 0 <= sum lo hi f.
Proof.
  intros lo hi f H. rewrite <- (sum_zero lo hi). apply sum_le. exact H.
Qed.

Lemma sumn_single : forall n lo k c,
  sumn n lo (fun x => if x =? k then c else 0) = if (lo <=? k) && (k <? lo + Z.of_nat n) then c else 0.
Proof.
  induction n as [|n IH]; intros lo k c; simpl sumn.
  - destruct (lo <=? k) eqn:A; destruct (k <? lo + Z.of_nat 0) eqn:B; simpl; try lia.
  - rewrite IH.
    destruct (lo =? k) eqn:E; destruct (lo <=? k) eqn:A; destruct (k <? lo + Z.of_nat (S n)) eqn:B;
      destruct (lo + 1 <=? k) eqn:C; destruct (k <? lo + 1 + Z.of_nat n) eqn:D; simpl; try lia.
Qed.

Lemma sumn_add : forall n lo f g, sumn n lo (fun x => f x + g x) = sumn n lo f + sumn n lo g.
Proof. induction n as [|n IH]; intros lo f g; simpl; [lia|rewrite IH; lia]. Qed.

(** Two sums differ by what differs at [k], where nothing else does. *)
Lemma sum_delta1 : forall lo hi f g k,
  (forall x, lo <= x <= hi -> x <> k -> f x = g x) ->
  sum lo hi f = sum lo hi g + (if (lo <=? k) && (k <=? hi) then f k - g k else 0).
Proof.
  intros lo hi f g k H.
  rewrite (sum_ext lo hi f (fun x => g x + (if x =? k then f k - g k else 0))).
  - unfold sum. rewrite sumn_add, sumn_single.
    destruct (lo <=? k) eqn:A; destruct (k <=? hi) eqn:B; destruct (k <? lo + Z.of_nat (Z.to_nat (hi - lo + 1))) eqn:C;
      simpl; lia.
  - intros x Hx. destruct (x =? k) eqn:E.
    + apply Z.eqb_eq in E. subst. lia.
    + apply Z.eqb_neq in E. rewrite (H x Hx E). lia.
Qed.

(** The same for two keys, which may be one. *)
Lemma sum_delta2 : forall lo hi f g k l,
  (forall x, lo <= x <= hi -> x <> k -> x <> l -> f x = g x) ->
  sum lo hi f = sum lo hi g + (if (lo <=? k) && (k <=? hi) then f k - g k else 0)
    + (if (lo <=? l) && (l <=? hi) && negb (l =? k) then f l - g l else 0).
Proof.
  intros lo hi f g k l H.
  rewrite (sum_delta1 lo hi f (fun x => if x =? k then g x else f x) k).
  2: { intros x Hx Hk. destruct (x =? k) eqn:E; [apply Z.eqb_eq in E; contradiction|reflexivity]. }
  rewrite (sum_delta1 lo hi (fun x => if x =? k then g x else f x) g l).
  2: { intros x Hx Hl. destruct (x =? k) eqn:E; [reflexivity|]. apply Z.eqb_neq in E. apply H; assumption. }
  rewrite Z.eqb_refl. destruct (l =? k) eqn:E; destruct (lo <=? l) eqn:A; destruct (l <=? hi) eqn:B; simpl; lia.
Qed.

(** A term is no greater than the sum where none is negative. *)
Lemma sum_ge_one : forall lo hi f k,
  (forall x, lo <= x <= hi -> 0 <= f x) -> lo <= k <= hi -> f k <= sum lo hi f.
Proof.
  intros lo hi f k H Hk.
  assert (D := sum_delta1 lo hi f (fun x => if x =? k then 0 else f x) k).
  rewrite D.
  2: { intros x Hx N. destruct (x =? k) eqn:E; [apply Z.eqb_eq in E; contradiction|reflexivity]. }
  assert (0 <= sum lo hi (fun x => if x =? k then 0 else f x)).
  { apply sum_nonneg. intros x Hx. destruct (x =? k); [lia|apply H; assumption]. }
  rewrite Z.eqb_refl. destruct (lo <=? k) eqn:A; destruct (k <=? hi) eqn:B; simpl; lia.
Qed.
