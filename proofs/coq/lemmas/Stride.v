(* How fair stride scheduling is between any two machines, and how long anybody waits.

   Over any interval in which machines a and b stay runnable, the ticks c that they use differ by their weights: |c_a/w_a - c_b/w_b| is at most
   q (1/w_a + 1/w_b), and at most q max(1/w_a, 1/w_b) where their passes were equal at its start; q is the quantum. A machine that is ready waits
   for at most q (W/w + n - 2) ticks of the n - 1 others, where W is the sum of all weights. For any number of machines, any weights and any quantum, whoever wins
   ties, whatever the machines do: early yields, suspension and resumption of the others. In whole numbers: fractions are multiplied out.

   Of: model/esxi/cpu/stride.go (Stride; NewStride, Dispatch, Stop, Block, Suspend, Resume, step by step) and model/esxi/cpu/stride.bh, which checks
   LeadBound, LevelLag, AnyLag and BoundedWait of small instances. The argument: the leads of two machines that are ready change by the same at each dispatch,
   so their difference says what each has used, and it is bounded since each lead is.
   Sources: C. A. Waldspurger and W. E. Weihl, Stride Scheduling, MIT/LCS/TM-528, 1995; P. Goyal, H. M. Vin and H. Cheng, Start-time Fair Queuing, SIGCOMM 1996. *)

From Coq Require Import ZArith List Bool Lia Arith.
From BulkheadLemmas Require Import Lists.
Import ListNotations.
Open Scope Z_scope.

Inductive World := Ready | Running | Suspended.

Definition ready (w : World) : bool := match w with Ready => true | _ => false end.

(* VMs are numbered from 1; runs is 0 for an idle CPU. *)
Record Stride := {
  quantum : Z;
  weights : list Z;
  strides : list Z; (* lcm of the weights over each weight *)
  worlds : list World;
  leads : list Z; (* pass less virtual time *)
  runs : nat
}.

Fixpoint unit (weights : list Z) : Z :=
  match weights with
  | [] => 1
  | w :: r => Z.lcm w (unit r)
  end.

Definition stridesOf (weights : list Z) : list Z := map (fun w => unit weights / w) weights.

(* Weights and the quantum are 1 at least. *)
Definition NewStride (weights : list Z) (quantum : Z) : Stride :=
  {| quantum := quantum; weights := weights; strides := stridesOf weights;
     worlds := map (fun _ => Suspended) weights; leads := zeros weights; runs := 0 |}.

Definition valid (weights : list Z) (quantum : Z) : Prop :=
  1 <= quantum /\ forall v, (1 <= v <= length weights)%nat -> 1 <= entry weights v.

Definition WorldOf (s : Stride) (v : nat) : World :=
  match v with O => Suspended | S i => nth i (worlds s) Suspended end.
Definition Lead (s : Stride) (v : nat) : Z := entry (leads s) v.
Definition StrideOf (s : Stride) (v : nat) : Z := entry (strides s) v.
Definition Weight (s : Stride) (v : nat) : Z := entry (weights s) v.

Definition Runnable (s : Stride) (v : nat) : bool := match WorldOf s v with Suspended => false | _ => true end.

(* Whether v, from 1, is a machine. *)
Definition known (s : Stride) (v : nat) : bool := (1 <=? v)%nat && (v <=? length (worlds s))%nat.

(* Whether no machine that is ready has a smaller pass than this. *)
Fixpoint least (ws : list World) (ls : list Z) (advance : Z) : bool :=
  match ws, ls with
  | w :: r, l :: q => negb (ready w && (l <? advance)) && least r q advance
  | _, _ => true
  end.

(* What can happen. None is a refusal. *)
Inductive op := Dispatch (v : nat) | Stop (used : Z) | Block (used : Z) | Suspend (v : nat) | Resume (v : nat).

Definition put (s : Stride) (v : nat) (w : World) : list World := set (worlds s) (v - 1) w.

Definition stop (s : Stride) (used : Z) (to : World) : option Stride :=
  let v := runs s in
  if (v =? 0)%nat || (used <? 1) || (quantum s <? used) then None
  else Some {| quantum := quantum s; weights := weights s; strides := strides s;
               worlds := put s v to; leads := set (leads s) (v - 1) (Lead s v + used * StrideOf s v); runs := 0 |}.

Definition isReady (s : Stride) (v : nat) : bool := known s v && ready (WorldOf s v).
Definition isSuspended (s : Stride) (v : nat) : bool := known s v && negb (Runnable s v).

Definition step (s : Stride) (o : op) : option Stride :=
  match o with
  | Dispatch v =>
      let advance := Lead s v in
      if isReady s v && (runs s =? 0)%nat && least (worlds s) (leads s) advance
      then Some {| quantum := quantum s; weights := weights s; strides := strides s;
                   worlds := put s v Running; leads := map (fun lead => Z.max (lead - advance) 0) (leads s); runs := v |}
      else None
  | Stop used => stop s used Ready
  | Block used => stop s used Suspended
  | Suspend v =>
      if isReady s v
      then Some {| quantum := quantum s; weights := weights s; strides := strides s;
                   worlds := put s v Suspended; leads := leads s; runs := runs s |}
      else None
  | Resume v =>
      if isSuspended s v
      then Some {| quantum := quantum s; weights := weights s; strides := strides s;
                   worlds := put s v Ready; leads := leads s; runs := runs s |}
      else None
  end.

Inductive reachable (ws : list Z) (q : Z) : Stride -> Prop :=
| at_first : reachable ws q (NewStride ws q)
| after : forall s o t, reachable ws q s -> step s o = Some t -> reachable ws q t.

(* The ticks that v uses in a step. *)
Definition used (s : Stride) (o : op) (v : nat) : Z :=
  match o with
  | Stop n | Block n => if (runs s =? v)%nat then n else 0
  | _ => 0
  end.

(* An interval: from one state to another, in all of which p holds, with what each machine uses. *)
Inductive interval (p : Stride -> Prop) (s : Stride) : (nat -> Z) -> Stride -> Prop :=
| empty : p s -> interval p s (fun _ => 0) s
| longer : forall c t o u, interval p s c t -> step t o = Some u -> p u -> interval p s (fun v => c v + used t o v) u.

Definition both_runnable (a b : nat) (s : Stride) : Prop := Runnable s a = true /\ Runnable s b = true.

(* Strides. *)

Lemma unit_positive : forall ws, (forall v, (1 <= v <= length ws)%nat -> 1 <= entry ws v) -> 0 < unit ws.
Proof.
  induction ws as [|w r IH]; cbn [unit]; intros V; try lia.
  pose proof (V 1%nat ltac:(simpl; lia)) as F. simpl in F.
  assert (0 < unit r). { apply IH. intros [|i] I; try lia. apply (V (S (S i))). simpl. lia. }
  pose proof (Z.lcm_nonneg w (unit r)). destruct (Z.eq_dec (Z.lcm w (unit r)) 0) as [E|]; try lia.
  apply Z.lcm_eq_0 in E. lia.
Qed.

Lemma unit_multiple : forall ws v, (1 <= v <= length ws)%nat -> (entry ws v | unit ws).
Proof.
  induction ws as [|w r IH]; cbn [unit length]; intros [|[|i]] H; try lia.
  - apply Z.divide_lcm_l.
  - eapply Z.divide_trans; [apply (IH (S i)); lia|apply Z.divide_lcm_r].
Qed.

Lemma entry_map : forall f l v, (1 <= v <= length l)%nat -> entry (map f l) v = f (entry l v).
Proof. intros f l [|i] H; try lia. simpl. rewrite nth_indep with (d' := f 0) by (rewrite map_length; lia). apply map_nth. Qed.

(* A stride times the weight is the unit: every weight makes a whole stride. *)
Lemma stride_exact : forall ws v, (forall v, (1 <= v <= length ws)%nat -> 1 <= entry ws v) -> (1 <= v <= length ws)%nat ->
  entry (stridesOf ws) v * entry ws v = unit ws /\ 0 < entry (stridesOf ws) v.
Proof.
  intros ws v V H. unfold stridesOf. rewrite entry_map by auto.
  destruct (unit_multiple ws v H) as [k K]. pose proof (unit_positive ws V). pose proof (V v H).
  rewrite K at 1. rewrite Z.div_mul by lia. split; [lia|]. rewrite K. rewrite Z.div_mul by lia. nia.
Qed.

(* What is true of every state. *)

Definition sound (ws : list Z) (q : Z) (s : Stride) : Prop :=
  quantum s = q /\ weights s = ws /\ strides s = stridesOf ws /\
  length (worlds s) = length ws /\ length (leads s) = length ws /\
  (forall v, (1 <= v <= length ws)%nat -> 0 <= Lead s v <= q * StrideOf s v) /\
  (runs s = O \/ (1 <= runs s <= length ws)%nat /\ Lead s (runs s) = 0) /\
  (forall v, WorldOf s v = Running <-> runs s = v /\ v <> O).

Lemma WorldOf_put : forall s v w u, (1 <= v <= length (worlds s))%nat ->
  match u with O => Suspended | S i => nth i (put s v w) Suspended end = if Nat.eq_dec v u then w else WorldOf s u.
Proof.
  intros s [|i] w [|j] H; try lia; unfold put, WorldOf; auto. cbn [Nat.sub]. rewrite Nat.sub_0_r.
  destruct (Nat.eq_dec (S i) (S j)) as [E|N].
  - injection E as ->. apply nth_set_same. lia.
  - apply nth_set_other. lia.
Qed.

Lemma known_range : forall s v, known s v = true <-> (1 <= v <= length (worlds s))%nat.
Proof. intros. unfold known. rewrite andb_true_iff, !Nat.leb_le. lia. Qed.

Lemma isReady_world : forall s v, isReady s v = true <-> (1 <= v <= length (worlds s))%nat /\ WorldOf s v = Ready.
Proof.
  intros. unfold isReady. rewrite andb_true_iff, known_range. destruct (WorldOf s v); simpl; intuition congruence.
Qed.

Lemma isSuspended_world : forall s v, isSuspended s v = true <-> (1 <= v <= length (worlds s))%nat /\ WorldOf s v = Suspended.
Proof.
  intros. unfold isSuspended, Runnable. rewrite andb_true_iff, known_range. destruct (WorldOf s v); simpl; intuition congruence.
Qed.

Lemma least_all : forall ws ls a, length ws = length ls -> least ws ls a = true ->
  forall i, (i < length ws)%nat -> nth i ws Suspended = Ready -> a <= nth i ls 0.
Proof.
  induction ws as [|w r IH]; destruct ls as [|l q]; simpl; intros a L H i I R; try lia.
  apply andb_true_iff in H. destruct H as [H1 H2]. destruct i as [|i].
  - subst w. simpl in H1. apply negb_true_iff, Z.ltb_ge in H1. auto.
  - apply (IH q a ltac:(lia) H2 i); auto. lia.
Qed.

(* The three kinds of step. *)
Lemma step_cases : forall ws q s o t, sound ws q s -> step s o = Some t ->
  quantum t = q /\ weights t = ws /\ strides t = stridesOf ws /\ length (worlds t) = length ws /\ length (leads t) = length ws /\
  ((exists v, o = Dispatch v /\ (1 <= v <= length ws)%nat /\ WorldOf s v = Ready /\ runs s = O /\ runs t = v /\
      (forall u, (1 <= u <= length ws)%nat -> WorldOf s u = Ready -> Lead s v <= Lead s u) /\
      (forall u, (1 <= u <= length ws)%nat -> Lead t u = Z.max (Lead s u - Lead s v) 0) /\
      (forall u, WorldOf t u = if Nat.eq_dec v u then Running else WorldOf s u)) \/
   (exists n w, (o = Stop n \/ o = Block n) /\ w <> Running /\ 1 <= n <= q /\ (1 <= runs s <= length ws)%nat /\ runs t = O /\
      (forall u, (1 <= u <= length ws)%nat -> Lead t u = Lead s u + (if Nat.eq_dec (runs s) u then n * StrideOf s u else 0)) /\
      (forall u, WorldOf t u = if Nat.eq_dec (runs s) u then w else WorldOf s u)) \/
   (exists v w, (o = Suspend v \/ o = Resume v) /\ w <> Running /\ (1 <= v <= length ws)%nat /\ WorldOf s v <> Running /\ runs t = runs s /\
      (forall u, Lead t u = Lead s u) /\
      (forall u, WorldOf t u = if Nat.eq_dec v u then w else WorldOf s u))).
Proof.
  intros ws q s o t (Q & W & ST & LW & LL & B & R & X) H.
  assert (SETW : forall v w, length (put s v w) = length ws) by (intros; unfold put; rewrite length_set; auto).
  destruct o as [v|n|n|v|v]; cbn [step] in H; unfold stop in H.
  - destruct (isReady s v) eqn:A; try discriminate. apply isReady_world in A. destruct A as [A1 A2]. rewrite LW in A1.
    destruct (Nat.eqb_spec (runs s) 0) as [E|]; try discriminate.
    destruct (least (worlds s) (leads s) (Lead s v)) eqn:G; try discriminate. injection H as <-. cbn.
    repeat split; auto. { rewrite map_length. auto. }
    left. exists v. repeat split; auto; try lia.
    + intros [|i] U RU; try lia. apply (least_all _ _ _ (eq_trans LW (eq_sym LL)) G i); auto. lia.
    + intros u U. unfold Lead. cbn [leads]. rewrite entry_map by lia. auto.
    + intros u. unfold WorldOf at 1. cbn [worlds]. rewrite WorldOf_put by lia. auto.
  - destruct (Nat.eqb_spec (runs s) 0) as [E|E]; try discriminate.
    destruct (Z.ltb_spec n 1); try discriminate. destruct (Z.ltb_spec (quantum s) n); try discriminate. injection H as <-. cbn.
    destruct R as [R|[R R0]]; try congruence.
    repeat split; auto. { rewrite length_set. auto. }
    right. left. exists n, Ready. repeat split; auto; try lia; try discriminate.
    + intros u U. unfold Lead at 1. cbn [leads]. destruct (Nat.eq_dec (runs s) u) as [<-|N].
      * rewrite entry_set_same by lia. auto.
      * rewrite entry_set_other by lia. unfold Lead. lia.
    + intros u. unfold WorldOf at 1. cbn [worlds]. rewrite WorldOf_put by lia. auto.
  - destruct (Nat.eqb_spec (runs s) 0) as [E|E]; try discriminate.
    destruct (Z.ltb_spec n 1); try discriminate. destruct (Z.ltb_spec (quantum s) n); try discriminate. injection H as <-. cbn.
    destruct R as [R|[R R0]]; try congruence.
    repeat split; auto. { rewrite length_set. auto. }
    right. left. exists n, Suspended. repeat split; auto; try lia; try discriminate.
    + intros u U. unfold Lead at 1. cbn [leads]. destruct (Nat.eq_dec (runs s) u) as [<-|N].
      * rewrite entry_set_same by lia. auto.
      * rewrite entry_set_other by lia. unfold Lead. lia.
    + intros u. unfold WorldOf at 1. cbn [worlds]. rewrite WorldOf_put by lia. auto.
  - destruct (isReady s v) eqn:A; try discriminate. apply isReady_world in A. destruct A as [A1 A2]. rewrite LW in A1.
    injection H as <-. cbn. repeat split; auto.
    right. right. exists v, Suspended. repeat split; auto; try lia; try congruence.
    intros u. unfold WorldOf at 1. cbn [worlds]. rewrite WorldOf_put by lia. auto.
  - destruct (isSuspended s v) eqn:A; try discriminate. apply isSuspended_world in A. destruct A as [A1 A2]. rewrite LW in A1.
    injection H as <-. cbn. repeat split; auto.
    right. right. exists v, Ready. repeat split; auto; try lia; try congruence.
    intros u. unfold WorldOf at 1. cbn [worlds]. rewrite WorldOf_put by lia. auto.
Qed.

Lemma StrideOf_same : forall ws q s v, sound ws q s -> StrideOf s v = entry (stridesOf ws) v.
Proof. intros ws q s v (_ & _ & ST & _). unfold StrideOf. congruence. Qed.

Lemma sound_step : forall ws q s o t, valid ws q -> sound ws q s -> step s o = Some t -> sound ws q t.
Proof.
  intros ws q s o t [VQ V] S H. destruct (step_cases ws q s o t S H) as (Q' & W' & ST' & LW' & LL' & C).
  pose proof S as (Q & W & ST & LW & LL & B & R & X).
  assert (SS : forall v, StrideOf t v = StrideOf s v) by (intros; unfold StrideOf; congruence).
  unfold sound. repeat (split; [solve [auto]|]).
  destruct C as [(v & -> & I & RD & R0 & RT & G & L & WT)|[(n & w & _ & NW & N & I & RT & L & WT)|(v & w & _ & NW & I & NR & RT & L & WT)]].
  - repeat split.
    + rewrite L by auto. lia.
    + rewrite L, SS by auto. pose proof (B v0 H0). pose proof (B v I). lia.
    + right. rewrite RT. split; auto. rewrite L by auto. lia.
    + rewrite RT. rewrite WT in H0. destruct (Nat.eq_dec v v0); auto. apply X in H0. lia.
    + rewrite WT in H0. destruct (Nat.eq_dec v v0); [lia|]. apply X in H0. lia.
    + intros [<- _]. rewrite RT, WT. destruct (Nat.eq_dec v v); congruence.
  - destruct R as [R|[_ R]]; [lia|]. repeat split.
    + rewrite L by auto. pose proof (B v H0). destruct (Nat.eq_dec (runs s) v); try lia.
      rewrite (StrideOf_same ws q s v S). destruct (stride_exact ws v V H0) as [_ P]. nia.
    + rewrite L, SS by auto. pose proof (B v H0). destruct (Nat.eq_dec (runs s) v) as [<-|]; try lia.
      rewrite R. rewrite (StrideOf_same ws q s _ S). destruct (stride_exact ws _ V H0) as [_ P]. nia.
    + auto.
    + rewrite RT. rewrite WT in H0. destruct (Nat.eq_dec (runs s) v); [congruence|]. apply X in H0. lia.
    + rewrite WT in H0. destruct (Nat.eq_dec (runs s) v); [congruence|]. apply X in H0. lia.
    + rewrite RT. lia.
  - repeat split.
    + rewrite L. apply B; auto.
    + rewrite L, SS. apply B; auto.
    + rewrite RT, L. auto.
    + rewrite RT. rewrite WT in H0. destruct (Nat.eq_dec v v0); [congruence|]. apply X in H0. lia.
    + rewrite WT in H0. destruct (Nat.eq_dec v v0); [congruence|]. apply X in H0. lia.
    + rewrite RT, WT. intros H0. apply X in H0. destruct (Nat.eq_dec v v0); congruence.
Qed.

Lemma nth_suspended : forall (ws : list Z) i, nth i (map (fun _ => Suspended) ws) Suspended = Suspended.
Proof. induction ws; destruct i; simpl; auto. Qed.

Lemma sound_at_first : forall ws q, valid ws q -> sound ws q (NewStride ws q).
Proof.
  intros ws q [VQ V]. unfold sound, NewStride, Lead, StrideOf. cbn. repeat split; auto.
  - apply map_length.
  - apply length_zeros.
  - destruct v; simpl; [|rewrite nth_zeros]; lia.
  - destruct (stride_exact ws v V H) as [_ P]. destruct v; simpl in *; [|rewrite nth_zeros]; nia.
  - unfold WorldOf in H. cbn in H. destruct v; try discriminate. rewrite nth_suspended in H. discriminate.
  - unfold WorldOf in H. cbn in H. destruct v; try discriminate. 
  - intros [A N]. congruence.
Qed.

Lemma sound_reachable : forall ws q s, valid ws q -> reachable ws q s -> sound ws q s.
Proof. intros ws q s V R. induction R; eauto using sound_at_first, sound_step. Qed.

(* Nobody is further ahead of the virtual time than one quantum's worth of pass. *)
Theorem lead_bound : forall ws q s v, valid ws q -> reachable ws q s -> (1 <= v <= length ws)%nat ->
  0 <= Lead s v <= q * StrideOf s v.
Proof. intros ws q s v V R. apply (sound_reachable ws q s V R). Qed.

(* The CPU runs one machine. *)
Theorem exclusive : forall ws q s v, valid ws q -> reachable ws q s -> (WorldOf s v = Running <-> runs s = v /\ v <> O).
Proof. intros ws q s v V R. apply (sound_reachable ws q s V R). Qed.

(* The difference of two leads. *)

Lemma runnable_idle : forall ws q s v, sound ws q s -> Runnable s v = true -> runs s = O -> WorldOf s v = Ready.
Proof.
  intros ws q s v (_ & _ & _ & _ & _ & _ & _ & X) R Z. unfold Runnable in R. destruct (WorldOf s v) eqn:E; auto; try discriminate.
  apply X in E. lia.
Qed.

Lemma difference : forall ws q s c t a b, valid ws q -> sound ws q s -> (1 <= a <= length ws)%nat -> (1 <= b <= length ws)%nat -> a <> b ->
  interval (both_runnable a b) s c t ->
  sound ws q t /\ both_runnable a b t /\
  Lead t a - Lead t b = Lead s a - Lead s b + c a * entry (stridesOf ws) a - c b * entry (stridesOf ws) b.
Proof.
  intros ws q s c t a b V S A B N I. induction I as [P|c t o u I IH H P].
  - split; auto. split; auto. lia.
  - destruct IH as (ST & [PA PB] & E). split; [|split; auto]. { eapply sound_step; eauto. }
    destruct (step_cases ws q t o u ST H) as (_ & _ & _ & _ & _ & C).
    destruct C as [(v & -> & J & RD & R0 & RT & G & L & WT)|[(n & w & O & NW & M & J & RT & L & WT)|(v & w & O & NW & J & NR & RT & L & WT)]].
    + cbn [used]. rewrite !L by auto.
      pose proof (G a A (runnable_idle ws q t a ST PA R0)). pose proof (G b B (runnable_idle ws q t b ST PB R0)). lia.
    + rewrite !L by auto. rewrite !(StrideOf_same ws q t _ ST).
      assert (U : forall v, used t o v = if Nat.eq_dec (runs t) v then n else 0).
      { intros v. destruct O as [-> | ->]; cbn [used]; destruct (Nat.eqb_spec (runs t) v); destruct (Nat.eq_dec (runs t) v); congruence. }
      rewrite !U. destruct (Nat.eq_dec (runs t) a); destruct (Nat.eq_dec (runs t) b); try congruence; lia.
    + assert (U : forall v, used t o v = 0) by (intros; destruct O as [-> | ->]; auto).
      rewrite !L, !U. lia.
Qed.

(* Times w_a w_b / u, where s_a w_a = s_b w_b = u. *)
Lemma scale : forall u sa sb wa wb x y, sa * wa = u -> sb * wb = u -> u * (x * wb - y * wa) = wa * wb * (x * sa - y * sb).
Proof. intros. transitivity (sa * wa * (x * wb) - sb * wb * (y * wa)); [rewrite H, H0|]; ring. Qed.

(* Over any interval whatever, |c_a/w_a - c_b/w_b| <= q (1/w_a + 1/w_b). *)
Theorem any_lag : forall ws q s c t a b, valid ws q -> reachable ws q s -> (1 <= a <= length ws)%nat -> (1 <= b <= length ws)%nat -> a <> b ->
  interval (both_runnable a b) s c t ->
  Z.abs (c a * entry ws b - c b * entry ws a) <= q * (entry ws a + entry ws b).
Proof.
  intros ws q s c t a b V R A B N I. pose proof (sound_reachable ws q s V R) as S.
  destruct (difference ws q s c t a b V S A B N I) as (T & _ & D).
  destruct S as (_ & _ & ST1 & _ & _ & B1 & _). destruct T as (_ & _ & ST2 & _ & _ & B2 & _).
  pose proof (B1 a A). pose proof (B1 b B). pose proof (B2 a A). pose proof (B2 b B).
  unfold StrideOf in *. rewrite ST1, ST2 in *. destruct V as [VQ V].
  destruct (stride_exact ws a V A) as [EA PA]. destruct (stride_exact ws b V B) as [EB PB].
  pose proof (V a A). pose proof (V b B).
  set (wa := entry ws a) in *. set (wb := entry ws b) in *. set (sa := entry (stridesOf ws) a) in *. set (sb := entry (stridesOf ws) b) in *.
  set (u := unit ws) in *. clearbody wa wb sa sb u.
  assert (K : Z.abs (c a * sa - c b * sb) <= q * (sa + sb)) by lia.
  pose proof (scale u sa sb wa wb (c a) (c b) EA EB) as E.
  pose proof (scale u sa sb wa wb q (- q) EA EB) as F.
  replace (q * wb - - q * wa) with (q * (wa + wb)) in F by ring. replace (q * sa - - q * sb) with (q * (sa + sb)) in F by ring.
  assert (0 < u) by nia. assert (0 < wa * wb) by nia.
  apply (Z.mul_le_mono_pos_l _ _ u); auto. rewrite F.
  rewrite <- (Z.abs_eq u) at 1 by lia. rewrite <- Z.abs_mul, E, Z.abs_mul, (Z.abs_eq (wa * wb)) by lia. nia.
Qed.

(* Proportional share: from equal passes, |c_a/w_a - c_b/w_b| <= q max(1/w_a, 1/w_b). *)
Theorem pairwise_lag : forall ws q s c t a b, valid ws q -> reachable ws q s -> (1 <= a <= length ws)%nat -> (1 <= b <= length ws)%nat -> a <> b ->
  Lead s a = Lead s b -> interval (both_runnable a b) s c t ->
  Z.abs (c a * entry ws b - c b * entry ws a) <= q * Z.max (entry ws a) (entry ws b).
Proof.
  intros ws q s c t a b V R A B N L I. pose proof (sound_reachable ws q s V R) as S.
  destruct (difference ws q s c t a b V S A B N I) as (T & _ & D).
  destruct T as (_ & _ & ST2 & _ & _ & B2 & _).
  pose proof (B2 a A). pose proof (B2 b B).
  unfold StrideOf in *. rewrite ST2 in *. destruct V as [VQ V].
  destruct (stride_exact ws a V A) as [EA PA]. destruct (stride_exact ws b V B) as [EB PB].
  pose proof (V a A). pose proof (V b B).
  set (wa := entry ws a) in *. set (wb := entry ws b) in *. set (sa := entry (stridesOf ws) a) in *. set (sb := entry (stridesOf ws) b) in *.
  set (u := unit ws) in *. clearbody wa wb sa sb u.
  pose proof (scale u sa sb wa wb (c a) (c b) EA EB) as E.
  assert (0 < u) by nia. assert (0 < wa * wb) by nia.
  assert (K1 : c a * sa - c b * sb <= q * sa) by lia.
  assert (K2 : - (q * sb) <= c a * sa - c b * sb) by lia.
  assert (M1 : u * (c a * wb - c b * wa) <= u * (q * wb)).
  { rewrite E. replace (u * (q * wb)) with (wa * wb * (q * sa)) by (rewrite <- EA; ring). apply Z.mul_le_mono_nonneg_l; lia. }
  assert (M2 : u * - (q * wa) <= u * (c a * wb - c b * wa)).
  { rewrite E. replace (u * - (q * wa)) with (wa * wb * - (q * sb)) by (rewrite <- EB; ring). apply Z.mul_le_mono_nonneg_l; lia. }
  apply Z.mul_le_mono_pos_l in M1; auto. apply Z.mul_le_mono_pos_l in M2; auto. nia.
Qed.

(* With a quantum of one tick, for machines that are always runnable: the lag at every step is at most that of one tick of the lighter one. *)
Corollary pairwise_lag_of_ticks : forall ws s c t a b, valid ws 1 -> reachable ws 1 s -> (1 <= a <= length ws)%nat -> (1 <= b <= length ws)%nat -> a <> b ->
  Lead s a = Lead s b -> interval (both_runnable a b) s c t ->
  Z.abs (c a * entry ws b - c b * entry ws a) <= Z.max (entry ws a) (entry ws b).
Proof. intros. rewrite <- (Z.mul_1_l (Z.max _ _)). eapply pairwise_lag; eauto. Qed.

(* Waiting. *)

Definition waits (a : nat) (s : Stride) : Prop := WorldOf s a = Ready.

(* While a is ready, what b uses is paid from a's lead, and its own last quantum. *)
Lemma while_waiting : forall ws q s c t a, valid ws q -> sound ws q s -> (1 <= a <= length ws)%nat -> interval (waits a) s c t ->
  sound ws q t /\ waits a t /\ c a = 0 /\ Lead t a <= Lead s a /\
  forall b, (1 <= b <= length ws)%nat -> 0 <= c b /\
    c b * entry (stridesOf ws) b <= Lead s a - Lead t a + Lead t b /\
    c b * entry (stridesOf ws) b <= Lead s a + q * entry (stridesOf ws) b.
Proof.
  intros ws q s c t a V S A I. induction I as [P|c t o u I IH H P].
  - split; auto. split; auto. split; auto. split; [lia|]. intros b K.
    pose proof S as (_ & _ & ST & _ & _ & B & _). pose proof (B a A). pose proof (B b K). unfold StrideOf in *. rewrite ST in *. lia.
  - destruct IH as (ST & W & CA & LA & IH). split. { eapply sound_step; eauto. } split; auto.
    pose proof ST as (_ & _ & _ & _ & _ & B & RR & X).
    destruct (step_cases ws q t o u ST H) as (_ & _ & _ & _ & _ & C).
    destruct C as [(v & -> & J & RD & R0 & RT & G & L & WT)|[(n & w & O & NW & M & J & RT & L & WT)|(v & w & O & NW & J & NR & RT & L & WT)]].
    + cbn [used]. pose proof (G a A W). pose proof (B v J). rewrite L by auto.
      split; [lia|]. split; [lia|]. intros b K. destruct (IH b K) as (I1 & I2 & I3). rewrite L by auto. lia.
    + assert (U : forall v, used t o v = if Nat.eq_dec (runs t) v then n else 0).
      { intros v. destruct O as [-> | ->]; cbn [used]; destruct (Nat.eqb_spec (runs t) v); destruct (Nat.eq_dec (runs t) v); congruence. }
      assert (NA : runs t <> a).
      { intros E. assert (Y : WorldOf t a = Running) by (apply X; lia). unfold waits in W. congruence. }
      assert (UA : used t o a = 0). { rewrite U. destruct (Nat.eq_dec (runs t) a); congruence. }
      rewrite UA. rewrite (L a A). destruct (Nat.eq_dec (runs t) a) as [|_]; [congruence|].
      split; [lia|]. split; [lia|]. intros b K. destruct (IH b K) as (I1 & I2 & I3).
      rewrite U, L by auto. rewrite (StrideOf_same ws q t _ ST). destruct V as [VQ V].
      destruct (stride_exact ws b V K) as [_ PB]. pose proof (B a A).
      destruct (Nat.eq_dec (runs t) b) as [E|E].
      * rewrite <- E in *. destruct RR as [RR|[_ RR]]; [lia|]. rewrite RR in *. repeat split; nia.
      * repeat split; try lia.
    + assert (U : forall v, used t o v = 0) by (intros; destruct O as [-> | ->]; auto).
      rewrite U. rewrite L. split; [lia|]. split; [lia|]. intros b K. destruct (IH b K) as (I1 & I2 & I3). rewrite U, L. lia.
Qed.

(* While a waits, another machine b uses at most q (w_b/w_a + 1) ticks. *)
Theorem overtaken : forall ws q s c t a b, valid ws q -> reachable ws q s -> (1 <= a <= length ws)%nat -> (1 <= b <= length ws)%nat ->
  interval (waits a) s c t -> c b * entry ws a <= q * (entry ws b + entry ws a).
Proof.
  intros ws q s c t a b V R A B I. pose proof (sound_reachable ws q s V R) as S.
  destruct (while_waiting ws q s c t a V S A I) as (T & _ & _ & _ & W). destruct (W b B) as (C & _ & K).
  destruct S as (_ & _ & ST & _ & _ & BB & _). pose proof (BB a A) as BA. unfold StrideOf in BA. rewrite ST in BA.
  destruct V as [VQ V]. destruct (stride_exact ws a V A) as [EA PA]. destruct (stride_exact ws b V B) as [EB PB].
  pose proof (V a A). pose proof (V b B).
  set (wa := entry ws a) in *. set (wb := entry ws b) in *. set (sa := entry (stridesOf ws) a) in *. set (sb := entry (stridesOf ws) b) in *.
  set (u := unit ws) in *. clearbody wa wb sa sb u.
  assert (K' : c b * sb <= q * (sa + sb)) by lia.
  assert (0 < u) by nia. assert (E : u * (c b * wa) = wa * wb * (c b * sb)) by (rewrite <- EB; ring).
  pose proof (scale u sa sb wa wb q (- q) EA EB) as F.
  replace (q * wb - - q * wa) with (q * (wb + wa)) in F by ring. replace (q * sa - - q * sb) with (q * (sa + sb)) in F by ring.
  apply (Z.mul_le_mono_pos_l _ _ u); auto. rewrite E, F. apply Z.mul_le_mono_nonneg_l; nia.
Qed.

(* The ticks of machines 1 to n, without a. *)
Fixpoint others (a : nat) (c : nat -> Z) (n : nat) : Z :=
  match n with
  | O => 0
  | S i => (if Nat.eq_dec (S i) a then 0 else c (S i)) + others a c i
  end.

Lemma others_bound : forall a (c w : nat -> Z) q x n, (forall b, (1 <= b <= n)%nat -> c b * x <= q * (w b + x)) ->
  others a c n * x <= q * (others a w n + (Z.of_nat n - (if (a <=? n)%nat && (1 <=? a)%nat then 1 else 0)) * x).
Proof.
  intros a c w q x. induction n as [|n IH]; intros H.
  - simpl. destruct a; simpl; lia.
  - specialize (IH ltac:(intros b B; apply H; lia)). cbn [others].
    pose proof (H (S n) ltac:(lia)) as F.
    destruct (Nat.eq_dec (S n) a) as [<-|N].
    + rewrite Nat.leb_refl. cbn [andb]. destruct (Nat.leb_spec (S n) n); try lia. cbn [andb] in IH. cbn [Nat.leb]. nia.
    + assert (E : (a <=? S n)%nat = (a <=? n)%nat).
      { destruct (Nat.leb_spec a (S n)); destruct (Nat.leb_spec a n); auto; lia. }
      rewrite E. destruct ((a <=? n)%nat && (1 <=? a)%nat); nia.
Qed.

Lemma others_snoc : forall l x a n, (n <= length l)%nat -> others a (entry (l ++ [x])) n = others a (entry l) n.
Proof.
  intros l x a. induction n as [|n IH]; intros H; auto. cbn [others]. rewrite IH by lia.
  replace (entry (l ++ [x]) (S n)) with (entry l (S n)); auto. simpl. rewrite app_nth1 by lia. auto.
Qed.

(* Of the first machines; those that are not among these take nothing away. *)
Lemma others_none : forall l a n, ~ (1 <= a <= n)%nat -> (n <= length l)%nat -> others a (entry l) n = others 0 (entry l) n.
Proof.
  intros l a. induction n as [|n IH]; intros A H; auto. cbn [others]. rewrite IH by lia.
  destruct (Nat.eq_dec (S n) a); destruct (Nat.eq_dec (S n) 0); lia.
Qed.

Lemma others_all : forall l, others 0 (entry l) (length l) = sum l.
Proof.
  induction l as [|x l IH] using rev_ind; auto. rewrite app_length. simpl length. rewrite Nat.add_1_r. cbn [others].
  destruct (Nat.eq_dec (S (length l)) 0); try lia. rewrite entry_snoc, sum_snoc, others_snoc, IH by lia. lia.
Qed.

Lemma others_sum : forall l a, (1 <= a <= length l)%nat -> others a (entry l) (length l) = sum l - entry l a.
Proof.
  induction l as [|x l IH] using rev_ind; intros a A; [simpl in A; lia|].
  rewrite app_length in *. simpl length in *. rewrite Nat.add_1_r in *. cbn [others].
  rewrite sum_snoc, others_snoc, entry_snoc by lia. destruct (Nat.eq_dec (S (length l)) a) as [<-|N].
  - rewrite others_none, others_all, entry_snoc by lia. lia.
  - rewrite IH by lia. replace (entry (l ++ [x]) a) with (entry l a); [lia|]. destruct a; auto. simpl. rewrite app_nth1 by lia. auto.
Qed.

(* Nobody starves: a ready machine waits for at most q (W/w + n - 2) ticks of the others. *)
Theorem bounded_wait : forall ws q s c t a, valid ws q -> reachable ws q s -> (1 <= a <= length ws)%nat ->
  interval (waits a) s c t ->
  others a c (length ws) * entry ws a <= q * (sum ws + (Z.of_nat (length ws) - 2) * entry ws a).
Proof.
  intros ws q s c t a V R A I.
  pose proof (others_bound a c (entry ws) q (entry ws a) (length ws)
    (fun b B => overtaken ws q s c t a b V R A B I)) as H.
  rewrite others_sum in H by auto.
  destruct (Nat.leb_spec a (length ws)); try lia. destruct (Nat.leb_spec 1 a); try lia. cbn [andb] in H.
  eapply Z.le_trans; [exact H|]. apply Z.eq_le_incl. f_equal. ring.
Qed.

(* That lag is between two machines. What one has of all that was used can be off its share by more than a tick: with weights 1, 1 and 3, when the two light
   machines have won the first ties, the heavy one has nothing of 2 ticks, where 6/5 are its share. *)
Definition all_runnable (n : nat) (s : Stride) : Prop := forallb (Runnable s) (seq 1 n) = true.

Definition all_ready : Stride :=
  {| quantum := 1; weights := [1; 1; 3]; strides := [3; 3; 1]; worlds := [Ready; Ready; Ready]; leads := [0; 0; 0]; runs := 0 |}.

Theorem share_can_be_off_by_more_than_a_tick : exists s c t, let ws := [1; 1; 3] in
  reachable ws 1 s /\ interval (all_runnable 3) s c t /\ sum ws < Z.abs (c 3%nat * sum ws - (c 1%nat + c 2%nat + c 3%nat) * entry ws 3).
Proof.
  exists all_ready. eexists. eexists. cbv zeta. split; [|split].
  - exact (after _ _ _ (Resume 3) _ (after _ _ _ (Resume 2) _ (after _ _ _ (Resume 1) _ (at_first [1; 1; 3] 1) eq_refl) eq_refl) eq_refl).
  - exact (longer _ _ _ _ (Stop 1) _ (longer _ _ _ _ (Dispatch 2) _ (longer _ _ _ _ (Stop 1) _ (longer _ _ _ _ (Dispatch 1) _
      (empty _ all_ready eq_refl) eq_refl eq_refl) eq_refl eq_refl) eq_refl eq_refl) eq_refl eq_refl).
  - reflexivity.
Qed.
