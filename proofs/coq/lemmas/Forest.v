(* Accounting in a forest: a charge counts in all that a node is in, or nowhere.

   Hosts, machines, containers and processes, or control groups, are nodes of a forest of any shape and depth. A charge is granted where
   each node on the way up has room for it, and then counts in each of them. Whatever is started, charged, freed and crashed, in
   whatever order, what a node uses is its own and that of all inside it, and is within every limit above it. The limits of the levels by
   themselves are not enough for that: [levels_are_not_enough].

   Of: hybrid.Forest (model/hybrid/forest.go, forest.bh), whose names these are, and cgroup.Memory (model/linux/cgroup/cgroup.go,
   cgroup.bh), in the second part. Go counts in 64 bits; as what is used is within a limit, nothing overflows there, and these are integers.
   Sources: Linux Documentation/admin-guide/cgroup-v2.rst, memory.max; mm/page_counter.c, page_counter_try_charge. *)
From Coq Require Import ZArith Lia List Bool Arith.
Import ListNotations.
Local Open Scope Z_scope.
Local Arguments Z.add : simpl never.
Local Arguments Z.sub : simpl never.
Local Arguments Z.mul : simpl never.

Definition upd {A} (f : nat -> A) (n : nat) (x : A) : nat -> A := fun m => if Nat.eqb m n then x else f m.

Definition b2z (b : bool) : Z := if b then 1 else 0.

(* The sum of f over the numbers below n. *)
Fixpoint sum (f : nat -> Z) (n : nat) : Z := match n with O => 0 | S m => sum f m + f m end.

Lemma sum_ext f g n : (forall m, (m < n)%nat -> f m = g m) -> sum f n = sum g n.
Proof. induction n; simpl; intros E; [reflexivity|]. rewrite IHn, (E n); auto. Qed.

Lemma sum_plus f g n : sum (fun m => f m + g m) n = sum f n + sum g n.
Proof. induction n; simpl; lia. Qed.

Lemma sum_times k f n : sum (fun m => k * f m) n = k * sum f n.
Proof. induction n; simpl; lia. Qed.

Lemma sum_le f g n : (forall m, (m < n)%nat -> f m <= g m) -> sum f n <= sum g n.
Proof. induction n; simpl; intros L; [lia|]. specialize (IHn ltac:(auto)). specialize (L n ltac:(lia)). lia. Qed.

Lemma sum_at f k n : (k < n)%nat -> sum (fun m => b2z (Nat.eqb m k) * f m) n = f k.
Proof.
  assert (forall n, (n <= k)%nat -> sum (fun m => b2z (Nat.eqb m k) * f m) n = 0) as Z.
  { induction n0; simpl; intros; [reflexivity|]. rewrite IHn0 by lia. destruct (Nat.eqb_spec n0 k); [lia|]. reflexivity. }
  induction n; simpl; intros L; [lia|]. destruct (Nat.eqb_spec n k).
  - subst. rewrite Z by lia. unfold b2z. lia.
  - rewrite IHn by lia. unfold b2z. lia.
Qed.

Lemma sum_swap (f : nat -> nat -> Z) n k : sum (fun i => sum (f i) k) n = sum (fun j => sum (fun i => f i j) n) k.
Proof.
  induction n; simpl.
  - induction k; simpl; lia.
  - rewrite IHn. now rewrite sum_plus.
Qed.

(* A node as it is made: what it is in, and amounts of one resource. *)
Record Member := { Parent : option nat; Limit : Z; Base : Z }.

Section Shape.

Variable members : list Member.

Definition Nodes := length members.
Definition member (n : nat) := nth n members {| Parent := None; Limit := 0; Base := 0 |}.
Definition has (n : nat) : bool := (n <? Nodes)%nat.

(* What hybrid.NewForest asks for. *)
Definition Proper := forall n, (n < Nodes)%nat ->
  match Parent (member n) with Some p => (p < n)%nat | None => True end /\ 0 <= Base (member n) <= Limit (member n).

(* A node and all that it is in, upwards. No way up is longer than the number of its first node. *)
Fixpoint path_up (fuel n : nat) : list nat :=
  match fuel with
  | O => []
  | S fuel => n :: match Parent (member n) with Some p => path_up fuel p | None => [] end
  end.
Definition path (n : nat) := path_up (S n) n.

(* Whether m is n or inside it. *)
Definition inside (m n : nat) : bool := existsb (Nat.eqb n) (path m).

(* Whether c is a child of n. *)
Definition child (c n : nat) : bool := match Parent (member c) with Some p => Nat.eqb p n | None => false end.

(* charge is the loop of Forest.add and of cgroup.Memory.charge: d more in n and all that it is in. *)
Definition charge (used : nat -> Z) (n : nat) (d : Z) : nat -> Z := fold_left (fun u a => upd u a (u a + d)) (path n) used.

(* full is the first node on the way up that has no room for so much more (cgroup.Memory.Blocker; At of hybrid.FullError). *)
Definition full (used : nat -> Z) (n : nat) (amount : Z) : option nat :=
  find (fun a => Limit (member a) - used a <? amount) (path n).

(* Effective is the least limit on the way up. *)
Definition Effective (n : nat) : Z := fold_left (fun least a => Z.min least (Limit (member a))) (path n) (Limit (member n)).

(* Room is what a node could use more of. *)
Definition Room (used : nat -> Z) (n : nat) : Z :=
  fold_left (fun least a => Z.min least (Limit (member a) - used a)) (path n) (Limit (member n) - used n).

Hypothesis proper : Proper.

Lemma parent_below n p : Parent (member n) = Some p -> (p < n)%nat.
Proof.
  intros E. destruct (Nat.ltb_spec n Nodes) as [L|G].
  - destruct (proper n L) as [Q _]. now rewrite E in Q.
  - unfold member in E. rewrite nth_overflow in E by exact G. discriminate.
Qed.

Lemma path_up_fuel : forall n f, (n < f)%nat -> path_up f n = path n.
Proof.
  unfold path. induction n as [n IH] using lt_wf_ind. intros f F. destruct f as [|f]; [lia|]. simpl. f_equal.
  destruct (Parent (member n)) as [p|] eqn:E; [|reflexivity]. pose proof (parent_below _ _ E).
  rewrite (IH p) by lia. destruct n; [lia|]. rewrite <- (IH p) with (f := S n) by lia. reflexivity.
Qed.

Lemma path_unfold n : path n = n :: match Parent (member n) with Some p => path p | None => [] end.
Proof.
  unfold path at 1. simpl. f_equal. destruct (Parent (member n)) as [p|] eqn:E; [|reflexivity].
  apply path_up_fuel. eauto using parent_below.
Qed.

Lemma path_le n : forall a, In a (path n) -> (a <= n)%nat.
Proof.
  induction n as [n IH] using lt_wf_ind. intros a. rewrite path_unfold. intros [->|I]; [lia|].
  destruct (Parent (member n)) as [p|] eqn:E; [|destruct I]. apply parent_below in E. apply IH in I; lia.
Qed.

Lemma path_self n : In n (path n).
Proof. rewrite path_unfold. now left. Qed.

Lemma path_trans n : forall a b, In b (path n) -> In a (path b) -> In a (path n).
Proof.
  induction n as [n IH] using lt_wf_ind. intros a b. rewrite (path_unfold n). intros [->|I] J.
  - now rewrite <- path_unfold.
  - destruct (Parent (member n)) as [p|] eqn:E; [|destruct I]. right. apply parent_below in E. eauto.
Qed.

Lemma inside_in m n : inside m n = true <-> In n (path m).
Proof.
  unfold inside. rewrite existsb_exists. split.
  - intros (x & I & ->%Nat.eqb_eq). exact I.
  - intros I. exists n. now rewrite Nat.eqb_refl.
Qed.

Lemma inside_unfold m n :
  inside m n = Nat.eqb m n || match Parent (member m) with Some p => inside p n | None => false end.
Proof.
  unfold inside. rewrite path_unfold. simpl. rewrite (Nat.eqb_sym n m).
  destruct (Parent (member m)); reflexivity.
Qed.

(* A node is on a way up as its first node, or above exactly one of its own children. *)
Lemma inside_children m : (m < Nodes)%nat -> forall n,
  b2z (inside m n) = b2z (Nat.eqb m n) + sum (fun c => b2z (child c n) * b2z (inside m c)) Nodes.
Proof.
  induction m as [m IH] using lt_wf_ind. intros L n. rewrite inside_unfold.
  transitivity (b2z (Nat.eqb m n) + b2z (child m n)
                + match Parent (member m) with Some p => sum (fun c => b2z (child c n) * b2z (inside p c)) Nodes | None => 0 end).
  - unfold child at 1. destruct (Parent (member m)) as [p|] eqn:E.
    + pose proof (parent_below _ _ E). pose proof (IH p ltac:(lia) ltac:(lia) n) as Q.
      destruct (Nat.eqb_spec m n) as [->|N]; simpl.
      * assert (inside p n = false) as F.
        { destruct (inside p n) eqn:F; [|reflexivity]. apply inside_in, path_le in F. lia. }
        rewrite F in Q. change (b2z true) with 1. change (b2z false) with 0 in Q.
        destruct (Nat.eqb_spec p n); [lia|]. change (b2z false) with 0 in *. lia.
      * lia.
    + destruct (Nat.eqb m n); reflexivity.
  - rewrite <- Z.add_assoc. f_equal.
    transitivity (sum (fun c => b2z (Nat.eqb c m) * b2z (child c n)
                                + match Parent (member m) with Some p => b2z (child c n) * b2z (inside p c) | None => 0 end) Nodes).
    + rewrite sum_plus, (sum_at (fun c => b2z (child c n))) by exact L. f_equal.
      destruct (Parent (member m)); [reflexivity|]. clear. induction Nodes; simpl; lia.
    + apply sum_ext. intros c C. rewrite (inside_unfold m c), (Nat.eqb_sym c m).
      destruct (Parent (member m)) as [p|] eqn:E.
      * destruct (Nat.eqb_spec m c) as [->|N]; simpl; [|destruct (child c n); reflexivity].
        assert (inside p c = false) as F.
        { destruct (inside p c) eqn:F; [|reflexivity]. apply inside_in, path_le in F. apply parent_below in E. lia. }
        rewrite F. unfold b2z. destruct (child c n); reflexivity.
      * destruct (Nat.eqb m c); simpl; destruct (child c n); reflexivity.
Qed.

Lemma charge_at used n d a : charge used n d a = used a + b2z (inside n a) * d.
Proof.
  unfold charge. revert used. induction n as [n IH] using lt_wf_ind. intros used. rewrite path_unfold, inside_unfold. simpl.
  destruct (Parent (member n)) as [p|] eqn:E.
  - pose proof (parent_below _ _ E). rewrite (IH p) by assumption. unfold upd. rewrite (Nat.eqb_sym a n).
    destruct (Nat.eqb_spec n a) as [->|N]; simpl; [|lia].
    destruct (inside p a) eqn:F; [apply inside_in, path_le in F; lia|]. unfold b2z. lia.
  - simpl. unfold upd. rewrite (Nat.eqb_sym a n), orb_false_r. destruct (Nat.eqb_spec n a); unfold b2z; subst; lia.
Qed.

(* What each node uses is what all inside it have of their own; or, which comes to the same, its own and that of its children. *)
Definition Sums (own used : nat -> Z) := forall n, used n = sum (fun m => b2z (inside m n) * own m) Nodes.
Definition Adds (own used : nat -> Z) := forall n, (n < Nodes)%nat -> used n = own n + sum (fun c => b2z (child c n) * used c) Nodes.

Lemma Sums_Adds own used : Sums own used -> Adds own used.
Proof.
  intros S n L. rewrite S.
  transitivity (sum (fun m => b2z (Nat.eqb m n) * own m + sum (fun c => b2z (child c n) * b2z (inside m c) * own m) Nodes) Nodes).
  - apply sum_ext. intros m M. rewrite (inside_children m M n), Z.mul_add_distr_r. f_equal.
    rewrite Z.mul_comm, <- sum_times. apply sum_ext. intros. lia.
  - rewrite sum_plus, (sum_at own) by exact L. f_equal. rewrite sum_swap. apply sum_ext. intros c C. rewrite S, <- sum_times.
    apply sum_ext. intros. lia.
Qed.

(* The lemma: a charge, of any sign, keeps the accounts. *)
Theorem charge_keeps_sums own used n d :
  (n < Nodes)%nat -> Sums own used -> Sums (upd own n (own n + d)) (charge used n d).
Proof.
  intros L S a. rewrite charge_at, S.
  transitivity (sum (fun m => b2z (inside m a) * own m + b2z (Nat.eqb m n) * (b2z (inside m a) * d)) Nodes).
  - rewrite sum_plus, (sum_at (fun m => b2z (inside m a) * d)) by exact L. reflexivity.
  - apply sum_ext. intros m M. unfold upd. destruct (Nat.eqb_spec m n) as [->|N]; unfold b2z; destruct (inside _ a); lia.
Qed.

Lemma full_none used n amount :
  full used n amount = None <-> forall a, In a (path n) -> used a + amount <= Limit (member a).
Proof.
  unfold full. split.
  - intros E a I. pose proof (find_none _ _ E a I) as F. apply Z.ltb_ge in F. lia.
  - intros A. destruct (find _ _) as [a|] eqn:E; [|reflexivity]. apply find_some in E as [I F%Z.ltb_lt]. specialize (A a I). lia.
Qed.

Definition Bounded (used : nat -> Z) := forall n, (n < Nodes)%nat -> used n <= Limit (member n).

Theorem charge_keeps_limits used n amount : full used n amount = None -> Bounded used -> Bounded (charge used n amount).
Proof.
  intros F B a L. rewrite charge_at. destruct (inside n a) eqn:I; [|unfold b2z; specialize (B a L); lia].
  apply inside_in in I. rewrite full_none in F. specialize (F a I). unfold b2z. lia.
Qed.

Lemma fold_min (f : nat -> Z) l : forall least, fold_left (fun least a => Z.min least (f a)) l least <= least
  /\ (forall a, In a l -> fold_left (fun least a => Z.min least (f a)) l least <= f a)
  /\ (forall x, x <= least -> (forall a, In a l -> x <= f a) -> x <= fold_left (fun least a => Z.min least (f a)) l least).
Proof.
  induction l as [|b l IH]; simpl; intros least; [repeat split; intros; try lia; destruct H|].
  destruct (IH (Z.min least (f b))) as (P & Q & R). repeat split.
  - lia.
  - intros a [->|I]; [lia|auto].
  - intros x X A. apply R; [|auto]. specialize (A b (or_introl eq_refl)). lia.
Qed.

(* A charge is granted exactly where it is within Room. *)
Theorem room_is_room used n amount : full used n amount = None <-> amount <= Room used n.
Proof.
  rewrite full_none. unfold Room.
  destruct (fold_min (fun a => Limit (member a) - used a) (path n) (Limit (member n) - used n)) as (P & Q & R). split.
  - intros A. apply R; [specialize (A n (path_self n)); lia|]. intros a I. specialize (A a I). lia.
  - intros L a I. specialize (Q a I). lia.
Qed.

(* What a node uses is no more than what any node uses that it is in. *)
Lemma used_up own used : (forall m, 0 <= own m) -> Sums own used -> forall n a, In a (path n) -> used n <= used a.
Proof.
  intros P S n a I. rewrite (S n), (S a). apply sum_le. intros m M. destruct (inside m n) eqn:E.
  - apply inside_in in E. assert (inside m a = true) as -> by (apply inside_in; eauto using path_trans). lia.
  - specialize (P m). unfold b2z. destruct (inside m a); lia.
Qed.

Lemma within_effective own used : (forall m, 0 <= own m) -> Sums own used -> Bounded used ->
  forall n, (n < Nodes)%nat -> used n <= Effective n.
Proof.
  intros P S B n L. unfold Effective. destruct (fold_min (fun a => Limit (member a)) (path n) (Limit (member n))) as (_ & _ & R).
  apply R; [auto|]. intros a I. pose proof (path_le _ _ I). pose proof (used_up _ _ P S n a I). specialize (B a ltac:(lia)). lia.
Qed.

(* Part one: hybrid.Forest. *)

Record Forest := { up : nat -> bool; own : nat -> Z; used : nat -> Z }.

Definition NewForest := {| up := fun _ => false; own := fun _ => 0; used := fun _ => 0 |}.

Inductive Op := Start (n : nat) | Charge (n : nat) (amount : Z) | Free (n : nat) (amount : Z) | Crash (n : nat).

Definition add (s : Forest) (n : nat) (amount : Z) : Forest :=
  {| up := up s; own := upd (own s) n (own s n + amount); used := charge (used s) n amount |}.

Definition fits (s : Forest) (n : nat) (amount : Z) : bool := match full (used s) n amount with None => true | Some _ => false end.
Definition Up (s : Forest) (n : nat) : bool := has n && up s n.
Definition parentUp (s : Forest) (n : nat) : bool := match Parent (member n) with Some p => up s p | None => true end.

(* Radius is what a crash of n would stop. *)
Definition Radius (s : Forest) (n : nat) : list nat :=
  if Up s n then filter (fun m => up s m && inside m n) (seq 0 Nodes) else [].

Definition stop (s : Forest) (m : nat) : Forest :=
  let s := add s m (- own s m) in {| up := upd (up s) m false; own := own s; used := used s |}.

(* A step, or None where it is refused and changes nothing. *)
Definition step (s : Forest) (op : Op) : option Forest :=
  match op with
  | Start n =>
      if has n && negb (up s n) && parentUp s n && fits s n (Base (member n)) then
        Some (add {| up := upd (up s) n true; own := own s; used := used s |} n (Base (member n)))
      else None
  | Charge n amount => if Up s n && (1 <=? amount) && fits s n amount then Some (add s n amount) else None
  | Free n amount =>
      if Up s n && (1 <=? amount) && (amount <=? own s n - Base (member n)) then Some (add s n (- amount)) else None
  | Crash n => if Up s n then Some (fold_left stop (Radius s n) s) else None
  end.

Inductive reachable : Forest -> Prop :=
| reachable_first : reachable NewForest
| reachable_step s op s' : reachable s -> step s op = Some s' -> reachable s'.

(* forest.bh: Inside, and what is of its own. *)
Definition Inside (s : Forest) := forall n,
  (up s n = true -> has n = true /\ parentUp s n = true /\ Base (member n) <= own s n) /\ (up s n = false -> own s n = 0).

Definition Kept (s : Forest) := Sums (own s) (used s) /\ Bounded (used s) /\ Inside s.

Lemma own_positive s : Inside s -> forall m, 0 <= own s m.
Proof.
  intros I m. destruct (up s m) eqn:E.
  - destruct (proj1 (I m) E) as (L%Nat.ltb_lt & _ & B). destruct (proper m L). lia.
  - rewrite (proj2 (I m) E). lia.
Qed.

Lemma stop_fold l : NoDup l -> (forall m, In m l -> (m < Nodes)%nat) -> forall s,
  (Sums (own s) (used s) -> Sums (own (fold_left stop l s)) (used (fold_left stop l s)))
  /\ forall m, up (fold_left stop l s) m = (if existsb (Nat.eqb m) l then false else up s m)
               /\ own (fold_left stop l s) m = (if existsb (Nat.eqb m) l then 0 else own s m).
Proof.
  induction l as [|k l IH]; simpl; intros D L s; [auto|]. inversion D; subst.
  destruct (IH ltac:(assumption) ltac:(auto) (stop s k)) as [A B]. split.
  - intros S. apply A. unfold stop; simpl. apply charge_keeps_sums; auto.
  - intros m. destruct (B m) as [-> ->]. unfold stop; simpl; unfold upd. destruct (Nat.eqb_spec m k) as [->|N]; simpl.
    + destruct (existsb _ l); split; auto; lia.
    + destruct (existsb _ l); auto.
Qed.

Lemma Radius_in s n m : Inside s -> up s n = true -> existsb (Nat.eqb m) (Radius s n) = up s m && inside m n.
Proof.
  intros I U. unfold Radius, Up. destruct (proj1 (I n) U) as (-> & _). rewrite U. simpl.
  apply eq_true_iff_eq. rewrite existsb_exists. split.
  - intros (x & J & ->%Nat.eqb_eq). apply filter_In in J. tauto.
  - intros J. exists m. rewrite Nat.eqb_refl. split; [|reflexivity]. apply filter_In. split; [|exact J].
    apply andb_prop in J as [J _]. destruct (proj1 (I m) J) as (H%Nat.ltb_lt & _). apply in_seq. lia.
Qed.

Lemma crash_result s n s' : Inside s -> step s (Crash n) = Some s' ->
  (Sums (own s) (used s) -> Sums (own s') (used s'))
  /\ forall m, up s' m = up s m && negb (inside m n) /\ own s' m = if inside m n then 0 else own s m.
Proof.
  intros I E. simpl in E. destruct (Up s n) eqn:U; [|discriminate]. apply andb_prop in U as [H U]. inversion E; subst s'; clear E.
  assert (NoDup (Radius s n)) as D.
  { unfold Radius. destruct (Up s n); [|constructor]. apply NoDup_filter, seq_NoDup. }
  assert (forall m, In m (Radius s n) -> (m < Nodes)%nat) as L.
  { intros m. unfold Radius. destruct (Up s n); [|intros []]. intros J%filter_In. destruct J as [J%in_seq _]. lia. }
  destruct (stop_fold _ D L s) as [A B]. split; [exact A|]. intros m. destruct (B m) as [-> ->]. rewrite Radius_in by assumption.
  destruct (up s m) eqn:V; simpl; [destruct (inside m n); auto|].
  rewrite (proj2 (I m) V). destruct (inside m n); auto.
Qed.

Lemma Kept_step s op s' : Kept s -> step s op = Some s' -> Kept s'.
Proof.
  intros (S & B & I) E. destruct op as [n|n amount|n amount|n]; simpl in E.
  - destruct (has n) eqn:H; [|discriminate]. destruct (up s n) eqn:U; [discriminate|].
    destruct (parentUp s n) eqn:P; [|discriminate]. unfold fits in E. destruct (full _ _ _) eqn:F; [discriminate|].
    inversion E; subst s'; clear E. pose proof H as L. apply Nat.ltb_lt in L. split; [|split]; simpl.
    + now apply charge_keeps_sums.
    + now apply charge_keeps_limits.
    + intros m. unfold parentUp; simpl; unfold upd. destruct (Nat.eqb_spec m n) as [->|N].
      * split; [|discriminate]. intros _. split; [exact H|]. split.
        -- destruct (Parent (member n)) as [p|] eqn:Q; [|reflexivity]. destruct (Nat.eqb p n); [reflexivity|].
           unfold parentUp in P. now rewrite Q in P.
        -- rewrite (proj2 (I n) U). lia.
      * split; [|apply I]. intros V. destruct (proj1 (I m) V) as (V1 & V2 & V3). repeat split; auto.
        unfold parentUp in V2. destruct (Parent (member m)) as [p|]; [|reflexivity]. destruct (Nat.eqb p n); auto.
  - unfold Up in E. destruct (has n) eqn:H; [|discriminate]. destruct (up s n) eqn:U; [|discriminate].
    destruct (Z.leb_spec 1 amount); [|discriminate]. unfold fits in E. destruct (full _ _ _) eqn:F; [discriminate|].
    inversion E; subst s'; clear E. pose proof H as L. apply Nat.ltb_lt in L. split; [|split]; simpl.
    + now apply charge_keeps_sums.
    + now apply charge_keeps_limits.
    + intros m. simpl; unfold upd. destruct (Nat.eqb_spec m n) as [->|N]; [|apply I].
      split; [|congruence]. intros _. destruct (proj1 (I n) U) as (V1 & V2 & V3). repeat split; auto. lia.
  - unfold Up in E. destruct (has n) eqn:H; [|discriminate]. destruct (up s n) eqn:U; [|discriminate].
    destruct (Z.leb_spec 1 amount); [|discriminate]. destruct (Z.leb_spec amount (own s n - Base (member n))); [|discriminate].
    inversion E; subst s'; clear E. pose proof H as L. apply Nat.ltb_lt in L. split; [|split]; simpl.
    + now apply charge_keeps_sums.
    + intros a A. rewrite charge_at. specialize (B a A). unfold b2z. destruct (inside n a); lia.
    + intros m. simpl; unfold upd. destruct (Nat.eqb_spec m n) as [->|N]; [|apply I].
      split; [|congruence]. intros _. destruct (proj1 (I n) U) as (V1 & V2 & V3). repeat split; auto. lia.
  - destruct (crash_result s n s' I E) as [A C]. specialize (A S). split; [exact A|]. split.
    + intros a L. rewrite A. transitivity (sum (fun m => b2z (inside m a) * own s m) Nodes); [|rewrite <- S; auto].
      apply sum_le. intros m _. destruct (C m) as [_ ->]. pose proof (own_positive s I m).
      unfold b2z. destruct (inside m a), (inside m n); lia.
    + intros m. destruct (C m) as [-> ->]. destruct (inside m n) eqn:J; simpl.
      * rewrite andb_false_r. split; [discriminate|reflexivity].
      * rewrite andb_true_r. split; [|apply I]. intros V. destruct (proj1 (I m) V) as (V1 & V2 & V3). repeat split; auto.
        unfold parentUp in *. destruct (Parent (member m)) as [p|] eqn:P; [|reflexivity]. rewrite (proj1 (C p)), V2. simpl.
        rewrite inside_unfold, P in J. apply orb_false_elim in J as [_ J]. now rewrite J.
Qed.

Lemma Kept_reachable s : reachable s -> Kept s.
Proof.
  induction 1 as [|s op s' _ K E]; [|eauto using Kept_step]. split; [|split].
  - intros n. simpl. clear. induction Nodes; simpl; lia.
  - intros n L. simpl. destruct (proper n L). lia.
  - intros n. simpl. split; [discriminate|reflexivity].
Qed.

(* Whatever is done, the accounts add up, and nothing uses more than any limit above it; what is not up uses nothing, and what is
   up is in what is up (forest.bh: Adds, Within, Inside). *)
Theorem forest_accounts s : reachable s ->
  Adds (own s) (used s) /\ (forall n, (n < Nodes)%nat -> used s n <= Effective n) /\ Inside s.
Proof.
  intros R. destruct (Kept_reachable s R) as (S & B & I). split; [now apply Sums_Adds|]. split; [|exact I].
  apply (within_effective (own s)); auto using own_positive.
Qed.

(* A charge counts in the node and all that it is in, and in nothing else; it is granted exactly where all of these have room. *)
Theorem charge_is_atomic s n amount : reachable s -> Up s n = true -> 1 <= amount ->
  match step s (Charge n amount) with
  | Some s' => amount <= Room (used s) n /\ forall a, used s' a = used s a + (if inside n a then amount else 0)
  | None => Room (used s) n < amount
  end.
Proof.
  intros R U A. simpl. rewrite U. destruct (Z.leb_spec 1 amount); [|lia]. unfold fits; simpl.
  destruct (full (used s) n amount) as [a|] eqn:F.
  - destruct (Z.lt_ge_cases (Room (used s) n) amount) as [L|L]; [exact L|]. apply room_is_room in L. congruence.
  - split; [now apply room_is_room|]. intros a. simpl. rewrite charge_at. unfold b2z. destruct (inside n a); lia.
Qed.

(* A crash stops what is inside, all of it and nothing else, and all above get back what it used (forest.bh: Crash.ensures). *)
Theorem crash_radius s n s' : reachable s -> step s (Crash n) = Some s' ->
  (forall m, if inside m n then up s' m = false /\ own s' m = 0 else up s' m = up s m /\ own s' m = own s m)
  /\ (forall a, used s' a = if inside a n then 0 else used s a - if inside n a then used s n else 0).
Proof.
  intros R E. destruct (Kept_reachable s R) as (S & B & I). destruct (crash_result s n s' I E) as [A C]. specialize (A S). split.
  - intros m. destruct (C m) as [-> ->]. destruct (inside m n); simpl; rewrite ?andb_false_r, ?andb_true_r; auto.
  - intros a. rewrite A. destruct (inside a n) eqn:J.
    + transitivity (sum (fun _ => 0) Nodes); [|clear; induction Nodes; simpl; lia].
      apply sum_ext. intros m _. destruct (C m) as [_ ->]. destruct (inside m a) eqn:K; [|reflexivity].
      assert (inside m n = true) as -> by (apply inside_in; apply inside_in in J, K; eauto using path_trans). reflexivity.
    + rewrite (S a). destruct (inside n a) eqn:K.
      * rewrite (S n). enough (sum (fun m => b2z (inside m a) * own s' m) Nodes + sum (fun m => b2z (inside m n) * own s m) Nodes
                               = sum (fun m => b2z (inside m a) * own s m) Nodes) by lia.
        rewrite <- sum_plus. apply sum_ext. intros m _. destruct (C m) as [_ ->]. destruct (inside m n) eqn:M.
        -- assert (inside m a = true) as -> by (apply inside_in; apply inside_in in M, K; eauto using path_trans). unfold b2z; lia.
        -- unfold b2z; lia.
      * rewrite Z.sub_0_r. apply sum_ext. intros m _. destruct (C m) as [_ ->]. destruct (inside m a) eqn:M; [|reflexivity].
        destruct (inside m n) eqn:N; [|reflexivity]. exfalso.
        (* m is inside both, so that one of the two is inside the other. *)
        apply inside_in in M, N. enough (inside a n = true \/ inside n a = true) by (destruct H; congruence).
        rewrite !inside_in. clear -proper M N. induction m as [m IH] using lt_wf_ind.
        rewrite path_unfold in M, N. destruct M as [<-|M].
        -- left. now rewrite path_unfold.
        -- destruct N as [<-|N]; [right; rewrite path_unfold; now right|].
           destruct (Parent (member m)) as [p|] eqn:P; [|destruct M]. eauto using parent_below.
Qed.

(* Part two: cgroup.Memory, the pages of a tree of control groups. Process p here is process p + 1 there, of so many; a control group's own pages
   are its cache and those of the processes in it. *)

Variable processes : nat.

Record Memory := { usage : nat -> Z; cache : nat -> Z; procs : nat -> option (nat * Z) (* where it is, and its pages *) }.

Definition NewMemory := {| usage := fun _ => 0; cache := fun _ => 0; procs := fun _ => None |}.

Definition pages_in (g : nat) (p : option (nat * Z)) : Z := match p with Some (h, pages) => b2z (Nat.eqb h g) * pages | None => 0 end.
Definition own_pages (m : Memory) (g : nat) : Z := cache m g + sum (fun p => pages_in g (procs m p)) processes.

Definition inner (g : nat) : bool := existsb (fun c => child c g) (seq 0 Nodes).

Inductive MemoryOp := Spawn (p g : nat) | Touch (p : nat) (pages : Z) | ReadFile (p : nat) (pages : Z) | Reclaim (g : nat) (pages : Z) | Exit (p : nat).

Definition In_ (m : Memory) (p : nat) : option (nat * Z) := if (p <? processes)%nat then procs m p else None.
Definition Blocker (m : Memory) (g : nat) (pages : Z) := full (usage m) g pages.

Definition memory_step (m : Memory) (op : MemoryOp) : option Memory :=
  match op with
  | Spawn p g =>
      if (p <? processes)%nat && has g && negb (inner g) then
        match procs m p with Some _ => None | None => Some {| usage := usage m; cache := cache m; procs := upd (procs m) p (Some (g, 0)) |} end
      else None
  | Touch p pages =>
      match In_ m p with
      | Some (g, touched) =>
          if 1 <=? pages then
            match Blocker m g pages with
            | Some _ => None
            | None => Some {| usage := charge (usage m) g pages; cache := cache m; procs := upd (procs m) p (Some (g, touched + pages)) |}
            end
          else None
      | None => None
      end
  | ReadFile p pages =>
      match In_ m p with
      | Some (g, _) =>
          if 1 <=? pages then
            match Blocker m g pages with
            | Some _ => None
            | None => Some {| usage := charge (usage m) g pages; cache := upd (cache m) g (cache m g + pages); procs := procs m |}
            end
          else None
      | None => None
      end
  | Reclaim g pages =>
      if has g && (1 <=? pages) && (pages <=? cache m g) then
        Some {| usage := charge (usage m) g (- pages); cache := upd (cache m) g (cache m g - pages); procs := procs m |}
      else None
  | Exit p =>
      match In_ m p with
      | Some (g, touched) => Some {| usage := charge (usage m) g (- touched); cache := cache m; procs := upd (procs m) p None |}
      | None => None
      end
  end.

Inductive memory_reachable : Memory -> Prop :=
| memory_first : memory_reachable NewMemory
| memory_next m op m' : memory_reachable m -> memory_step m op = Some m' -> memory_reachable m'.

Definition Memory_kept (m : Memory) :=
  Sums (own_pages m) (usage m) /\ Bounded (usage m) /\ (forall g, 0 <= cache m g)
  /\ forall p, match procs m p with Some (g, pages) => (g < Nodes)%nat /\ 0 <= pages | None => True end.

Lemma Sums_ext own own' used : (forall m, (m < Nodes)%nat -> own m = own' m) -> Sums own used -> Sums own' used.
Proof. intros E S n. rewrite S. apply sum_ext. intros m L. now rewrite E. Qed.

Lemma own_pages_upd m p q g : (p < processes)%nat ->
  sum (fun r => pages_in g (upd (procs m) p q r)) processes
  = sum (fun r => pages_in g (procs m r)) processes + pages_in g q - pages_in g (procs m p).
Proof.
  intros L.
  transitivity (sum (fun r => pages_in g (procs m r) + b2z (Nat.eqb r p) * (pages_in g q - pages_in g (procs m p))) processes).
  - apply sum_ext. intros r _. unfold upd. destruct (Nat.eqb_spec r p) as [->|]; unfold b2z; lia.
  - rewrite sum_plus, (sum_at (fun _ => pages_in g q - pages_in g (procs m p))) by exact L. lia.
Qed.

Lemma Memory_kept_step m op m' : Memory_kept m -> memory_step m op = Some m' -> Memory_kept m'.
Proof.
  intros (S & B & C & P) E. destruct op as [p g|p pages|p pages|g pages|p]; simpl in E.
  - destruct (Nat.ltb_spec p processes) as [L|]; [|discriminate]. destruct (has g) eqn:H; [|discriminate].
    destruct (inner g); [discriminate|]. destruct (procs m p) eqn:Q; [discriminate|]. inversion E; subst m'; clear E.
    repeat split; simpl; auto.
    + eapply Sums_ext; [|exact S]. intros k _. unfold own_pages; simpl. rewrite own_pages_upd, Q by exact L. simpl. lia.
    + intros r. unfold upd. destruct (Nat.eqb r p); [|apply P]. apply Nat.ltb_lt in H. split; [exact H|lia].
  - unfold In_ in E. destruct (Nat.ltb_spec p processes) as [L|]; [|discriminate].
    destruct (procs m p) as [[g touched]|] eqn:Q; [|discriminate]. destruct (Z.leb_spec 1 pages); [|discriminate].
    destruct (Blocker m g pages) eqn:F; [discriminate|]. inversion E; subst m'; clear E. pose proof (P p) as V. rewrite Q in V.
    repeat split; simpl; auto.
    + eapply Sums_ext; [|apply charge_keeps_sums; [apply V|exact S]]. intros k _. unfold own_pages; simpl.
      rewrite own_pages_upd, Q by exact L. unfold upd, own_pages. simpl. rewrite (Nat.eqb_sym g k).
      destruct (Nat.eqb_spec k g) as [->|]; unfold b2z; lia.
    + now apply charge_keeps_limits.
    + intros r. unfold upd. destruct (Nat.eqb r p); [|apply P]. lia.
  - unfold In_ in E. destruct (Nat.ltb_spec p processes) as [L|]; [|discriminate].
    destruct (procs m p) as [[g touched]|] eqn:Q; [|discriminate]. destruct (Z.leb_spec 1 pages); [|discriminate].
    destruct (Blocker m g pages) eqn:F; [discriminate|]. inversion E; subst m'; clear E. pose proof (P p) as V. rewrite Q in V.
    repeat split; simpl; auto.
    + eapply Sums_ext; [|apply charge_keeps_sums; [apply V|exact S]]. intros k _. unfold own_pages, upd; simpl.
      destruct (Nat.eqb_spec k g) as [->|]; lia.
    + now apply charge_keeps_limits.
    + intros k. unfold upd. specialize (C k) as Ck. specialize (C g). destruct (Nat.eqb k g); lia.
  - destruct (has g) eqn:H; [|discriminate]. destruct (Z.leb_spec 1 pages); [|discriminate].
    destruct (Z.leb_spec pages (cache m g)); [|discriminate]. inversion E; subst m'; clear E. apply Nat.ltb_lt in H.
    repeat split; simpl; auto.
    + eapply Sums_ext; [|apply charge_keeps_sums; [exact H|exact S]]. intros k _. unfold own_pages, upd; simpl.
      destruct (Nat.eqb_spec k g) as [->|]; lia.
    + intros a A. rewrite charge_at. specialize (B a A). unfold b2z. destruct (inside g a); lia.
    + intros k. unfold upd. specialize (C k). destruct (Nat.eqb k g); lia.
  - unfold In_ in E. destruct (Nat.ltb_spec p processes) as [L|]; [|discriminate].
    destruct (procs m p) as [[g touched]|] eqn:Q; [|discriminate]. inversion E; subst m'; clear E. pose proof (P p) as V. rewrite Q in V.
    repeat split; simpl; auto.
    + eapply Sums_ext; [|apply charge_keeps_sums; [apply V|exact S]]. intros k _. unfold own_pages; simpl.
      rewrite own_pages_upd, Q by exact L. unfold upd, own_pages. simpl. rewrite (Nat.eqb_sym g k).
      destruct (Nat.eqb_spec k g) as [->|]; unfold b2z; lia.
    + intros a A. rewrite charge_at. specialize (B a A). unfold b2z. destruct (inside g a); lia.
    + intros r. unfold upd. destruct (Nat.eqb r p); [exact I|apply P].
Qed.

Lemma own_pages_positive m : Memory_kept m -> forall g, 0 <= own_pages m g.
Proof.
  intros (_ & _ & C & P) g. unfold own_pages.
  enough (sum (fun _ => 0) processes <= sum (fun p => pages_in g (procs m p)) processes) as Q.
  { replace (sum (fun _ => 0) processes) with 0 in Q by (clear; induction processes; simpl; lia). specialize (C g). lia. }
  apply sum_le. intros p _. specialize (P p). destruct (procs m p) as [[h pages]|]; simpl; [|lia].
  unfold b2z. destruct (Nat.eqb h g); lia.
Qed.

(* Whatever processes do and are given back, memory.current of a control group is its own pages and those of all below it, and within the
   least memory.max on the way up (cgroup.bh: Accounting, WithinLimits, WithinEffective). *)
Theorem cgroup_accounts m : memory_reachable m ->
  Adds (own_pages m) (usage m) /\ (forall g, (g < Nodes)%nat -> 0 <= usage m g <= Effective g).
Proof.
  intros R. assert (Memory_kept m) as K.
  { induction R as [|m op m' R K E]; [|eauto using Memory_kept_step]. repeat split; simpl; auto; try lia.
    - intros n. simpl. transitivity (sum (fun _ => 0) Nodes).
      + clear. induction Nodes; simpl; lia.
      + apply sum_ext. intros k _. unfold own_pages. simpl.
        replace (sum (fun _ => 0) processes) with 0 by (clear; induction processes; simpl; lia). lia.
    - intros n L. simpl. destruct (proper n L). lia. }
  pose proof K as (S & B & _). pose proof (own_pages_positive m K) as O. split; [now apply Sums_Adds|]. intros g L. split.
  - rewrite S. transitivity (sum (fun _ => 0) Nodes); [clear; induction Nodes; simpl; lia|]. apply sum_le. intros k _.
    specialize (O k). unfold b2z. destruct (inside k g); lia.
  - now apply (within_effective (own_pages m)).
Qed.

End Shape.

(* That each level keeps to its own limit is not enough: of two machines with a limit of 6 each on a host of 8, each keeps to 6, and the host
   is asked for 12 (forest.bh: mutant Independent). With the way up looked at, the second is refused. *)
Definition host_of_8 := [ {| Parent := None; Limit := 8; Base := 0 |};
                          {| Parent := Some 0%nat; Limit := 6; Base := 0 |};
                          {| Parent := Some 0%nat; Limit := 6; Base := 0 |} ].

Fixpoint steps (members : list Member) (s : Forest) (ops : list Op) : option Forest :=
  match ops with
  | [] => Some s
  | op :: ops => match step members s op with Some s => steps members s ops | None => None end
  end.

Theorem levels_are_not_enough :
  Proper host_of_8
  /\ (let used := charge host_of_8 (charge host_of_8 (fun _ => 0) 1%nat 6) 2%nat 6 in
      used 1%nat <= 6 /\ used 2%nat <= 6 /\ used 0%nat = 12)
  /\ (exists s, steps host_of_8 NewForest [Start 0; Start 1; Start 2; Charge 1 6] = Some s
                /\ step host_of_8 s (Charge 2 6) = None /\ full host_of_8 (used s) 2 6 = Some 0%nat).
Proof.
  split; [|split].
  - intros n L. simpl in L. destruct n as [|[|[|n]]]; cbn; lia.
  - vm_compute. repeat split; discriminate.
  - eexists. split; [reflexivity|]. split; reflexivity.
Qed.
