(* Lists of integers, as the other files of this folder use them: sums, entries, and one entry changed. *)

From Coq Require Import ZArith List Lia.
Import ListNotations.
Open Scope Z_scope.

Fixpoint sum (l : list Z) : Z :=
  match l with
  | [] => 0
  | x :: r => x + sum r
  end.

(* Things are numbered from 1, as in the Go code. What is not there is 0. *)
Definition entry (l : list Z) (s : nat) : Z :=
  match s with
  | O => 0
  | S i => nth i l 0
  end.

(* set l i x is l with x at i, from 0. *)
Fixpoint set {A} (l : list A) (i : nat) (x : A) : list A :=
  match l, i with
  | [], _ => []
  | _ :: r, O => x :: r
  | y :: r, S j => y :: set r j x
  end.

Fixpoint plus (l m : list Z) : list Z :=
  match l, m with
  | x :: r, y :: q => x + y :: plus r q
  | _, _ => []
  end.

Definition zeros (l : list Z) : list Z := map (fun _ => 0) l.

(* How often s stands in l. *)
Definition count (s : nat) (l : list nat) : Z := Z.of_nat (count_occ Nat.eq_dec l s).

Lemma length_set : forall A (l : list A) i x, length (set l i x) = length l.
Proof. induction l as [|y r IH]; destruct i; simpl; intros; try rewrite IH; auto. Qed.

Lemma nth_set_same : forall A (l : list A) i x d, (i < length l)%nat -> nth i (set l i x) d = x.
Proof. induction l as [|y r IH]; destruct i; simpl; intros; try lia; auto. apply IH. lia. Qed.

Lemma nth_set_other : forall A (l : list A) i j x d, i <> j -> nth j (set l i x) d = nth j l d.
Proof. induction l as [|y r IH]; destruct i, j; simpl; intros; try lia; auto. Qed.

Lemma sum_set : forall l i x, (i < length l)%nat -> sum (set l i x) = sum l - nth i l 0 + x.
Proof. induction l as [|y r IH]; destruct i; simpl; intros; try lia. rewrite IH by lia. lia. Qed.

Lemma length_plus : forall l m, length l = length m -> length (plus l m) = length l.
Proof. induction l as [|x r IH]; destruct m; simpl; intros; try lia. rewrite IH; lia. Qed.

Lemma nth_plus : forall l m i, length l = length m -> nth i (plus l m) 0 = nth i l 0 + nth i m 0.
Proof. induction l as [|x r IH]; destruct m, i; simpl; intros; try lia; auto. Qed.

Lemma sum_plus : forall l m, length l = length m -> sum (plus l m) = sum l + sum m.
Proof. induction l as [|x r IH]; destruct m; simpl; intros; try lia. rewrite IH; lia. Qed.

Lemma length_zeros : forall l, length (zeros l) = length l.
Proof. intros. apply map_length. Qed.

Lemma nth_zeros : forall l i, nth i (zeros l) 0 = 0.
Proof. induction l; destruct i; simpl; auto. Qed.

Lemma sum_zeros : forall l, sum (zeros l) = 0.
Proof. induction l; simpl; auto. Qed.

Lemma entry_outside : forall l s, (length l < s)%nat -> entry l s = 0.
Proof. destruct s; simpl; intros; auto. apply nth_overflow. lia. Qed.

Lemma entry_set_same : forall l s x, (1 <= s <= length l)%nat -> entry (set l (s - 1) x) s = x.
Proof. intros l [|i] x H; try lia. simpl. rewrite Nat.sub_0_r. apply nth_set_same. lia. Qed.

Lemma entry_set_other : forall l s u x, (1 <= s)%nat -> s <> u -> entry (set l (s - 1) x) u = entry l u.
Proof. intros l [|i] [|j] x H N; try lia; simpl; auto. rewrite Nat.sub_0_r. apply nth_set_other. lia. Qed.

Lemma entry_plus : forall l m s, length l = length m -> entry (plus l m) s = entry l s + entry m s.
Proof. intros l m [|i] L; simpl; auto. apply nth_plus; auto. Qed.

Lemma entry_snoc : forall l x, entry (l ++ [x]) (S (length l)) = x.
Proof. intros. simpl. rewrite app_nth2 by lia. rewrite Nat.sub_diag. auto. Qed.

Lemma sum_snoc : forall l x, sum (l ++ [x]) = sum l + x.
Proof. induction l; intros; simpl; [|rewrite IHl]; lia. Qed.

(* Two lists are one where their entries are. *)
Lemma same_entries : forall l m, length l = length m -> (forall s, (1 <= s <= length l)%nat -> entry l s = entry m s) -> l = m.
Proof.
  intros l m L E. apply nth_ext with (d := 0) (d' := 0); auto.
  intros i I. apply (E (S i)). lia.
Qed.

Lemma sum_nonneg : forall l, (forall s, (1 <= s <= length l)%nat -> 0 <= entry l s) -> 0 <= sum l.
Proof.
  induction l as [|x r IH]; simpl; intros H; try lia.
  pose proof (H 1%nat ltac:(lia)) as F. simpl in F.
  enough (0 <= sum r) by lia. apply IH. intros [|i] I; try lia. apply (H (S (S i))). lia.
Qed.

(* What is nowhere below 0 and sums to 0 is 0 throughout. *)
Lemma sum_zero_all_zero : forall l, (forall s, (1 <= s <= length l)%nat -> 0 <= entry l s) -> sum l = 0 -> forall s, entry l s = 0.
Proof.
  induction l as [|x r IH]; simpl; intros H E s.
  - destruct s as [|[|s]]; auto.
  - assert (R : forall s, (1 <= s <= length r)%nat -> 0 <= entry r s).
    { intros [|i] I; try lia. apply (H (S (S i))). lia. }
    pose proof (H 1%nat ltac:(lia)) as F. simpl in F.
    pose proof (sum_nonneg r R).
    destruct s as [|[|i]]; simpl; auto; try lia.
    apply (IH R ltac:(lia) (S i)).
Qed.

(* Some entry is at least the mean: where all are at most m, the sum is at most m times their number. *)
Lemma sum_at_most : forall l m, (forall s, (1 <= s <= length l)%nat -> entry l s <= m) -> sum l <= Z.of_nat (length l) * m.
Proof.
  induction l as [|x r IH]; intros m H; cbn [sum length]; try lia.
  pose proof (H 1%nat ltac:(simpl; lia)) as F. simpl in F.
  enough (sum r <= Z.of_nat (length r) * m) by lia.
  apply IH. intros [|i] I; try lia. apply (H (S (S i))). simpl. lia.
Qed.

(* One entry, where all others are at least m. *)
Lemma entry_at_most : forall l m, (forall s, (1 <= s <= length l)%nat -> m <= entry l s) ->
  forall s, (1 <= s <= length l)%nat -> entry l s + (Z.of_nat (length l) - 1) * m <= sum l.
Proof.
  induction l as [|x r IH]; intros m H s S; cbn [sum length] in *; try lia.
  pose proof (H 1%nat ltac:(lia)) as F. simpl in F.
  assert (R : forall s, (1 <= s <= length r)%nat -> m <= entry r s).
  { intros [|i] I; try lia. apply (H (Datatypes.S (Datatypes.S i))). lia. }
  destruct s as [|[|i]]; try lia.
  - cbn [entry nth]. enough (Z.of_nat (length r) * m <= sum r) by lia. clear - R.
    induction r as [|y q IH]; cbn [sum length]; try lia.
    pose proof (R 1%nat ltac:(simpl; lia)) as F. simpl in F.
    enough (Z.of_nat (length q) * m <= sum q) by lia.
    apply IH. intros [|i] I; try lia. apply (R (Datatypes.S (Datatypes.S i))). simpl. lia.
  - specialize (IH m R (Datatypes.S i) ltac:(lia)). cbn [entry nth] in *. lia.
Qed.

Lemma count_app : forall s l m, count s (l ++ m) = count s l + count s m.
Proof. intros. unfold count. rewrite count_occ_app. lia. Qed.

Lemma count_one : forall s u, count s [u] = if Nat.eq_dec u s then 1 else 0.
Proof. intros. unfold count. simpl. destruct (Nat.eq_dec u s); auto. Qed.
