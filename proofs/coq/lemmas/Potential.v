(* What lowers a potential with each move comes to rest: a load balancer does.

   A system each of whose moves lowers a natural number by g at least takes at most as many moves as g goes into what it is at the start, whichever are
   chosen. The balancer of a DRS cluster has such a number, its disorder, the sum of load squared through capacity over the hosts: moving a demand of x
   from a host with load a to one with load b lowers it by 2x(a - b - x) where capacities are 1, by 2 at least wherever that is more than 0. At rest
   the most loaded of m equal hosts has at most 2m/(m + 1) of what it would have in the best placement of all. For any number of machines and hosts, any
   demands and capacities.

   Of: model/vsphere/drs/balance.go (Disorder, Gain and Balance) and model/vsphere/drs/balance.bh (load, disorder, gain, helps and Move, by these names), which
   checks Move.ensures, Falls, Paid, Ends and Near of small clusters.
   Source of the last: G. Finn and E. Horowitz, A linear time approximation algorithm for multiprocessor scheduling, BIT 19, 1979. *)

From Coq Require Import ZArith List Lia Arith.
From BulkheadLemmas Require Import Lists.
Import ListNotations.
Open Scope Z_scope.

(* Systems with a potential. *)

Section Systems.

Variable state : Type.
Variable move : state -> state -> Prop.

Inductive moves : nat -> state -> state -> Prop :=
| still : forall s, moves O s s
| further : forall n s t u, moves n s t -> move t u -> moves (S n) s u.

Definition at_rest (s : state) : Prop := forall t, ~ move s t.

Variable potential : state -> Z.
Variable gain : Z.
Hypothesis natural : forall s, 0 <= potential s.
Hypothesis worth : 0 < gain.
Hypothesis lowers : forall s t, move s t -> potential t <= potential s - gain.

(* There are no more moves than the potential pays for, *)
Theorem moves_are_paid : forall n s t, moves n s t -> Z.of_nat n * gain <= potential s - potential t.
Proof. intros n s t M. induction M as [s|n s t u M IH T]; [simpl; lia|]. apply lowers in T. lia. Qed.

(* at most as many as the gain of a move goes into it, *)
Theorem moves_are_at_most : forall n s t, moves n s t -> Z.of_nat n <= potential s / gain.
Proof.
  intros n s t M. apply moves_are_paid in M. pose proof (natural t). apply Z.div_le_lower_bound; lia.
Qed.

(* none that go on for ever, *)
Theorem no_run_is_infinite : well_founded (fun t s => move s t).
Proof.
  assert (H : forall n s, potential s <= Z.of_nat n -> Acc (fun t s => move s t) s).
  { induction n as [|n IH]; intros s P; constructor; intros t T; pose proof (lowers s t T); pose proof (natural t).
    - lia.
    - apply IH. lia. }
  intros s. apply (H (Z.to_nat (potential s))). pose proof (natural s). lia.
Qed.

(* and where it is known whether there is one, some lead to rest. *)
Theorem comes_to_rest : (forall s, (exists t, move s t) \/ at_rest s) -> forall s, exists n t, moves n s t /\ at_rest t.
Proof.
  intros D. assert (F : forall n s t u, move s t -> moves n t u -> moves (S n) s u).
  { intros n s t u M R. induction R as [t|n t v u R IH T]; [eapply further; [constructor|exact M]|]. eapply further; eauto. }
  intros s. induction s as [s IH] using (well_founded_ind no_run_is_infinite).
  destruct (D s) as [[t T]|R].
  - destruct (IH t T) as (n & u & M & R). exists (S n), u. eauto.
  - exists O, s. split; auto. constructor.
Qed.

End Systems.

(* The cluster. Machines and hosts are numbered from 1; a place of 0 is off. *)

(* What the machines on h ask for: x is the demand of each, place the host. *)
Fixpoint load (x : list Z) (place : list nat) (h : nat) : Z :=
  match x, place with
  | y :: q, g :: r => (if (g =? h)%nat then y else 0) + load q r h
  | _, _ => 0
  end.

Definition over (hosts : nat) (f : nat -> Z) : Z := sum (map f (seq 1 hosts)).

(* Times SCALE, a multiple of all capacities, to be an integer. *)
Definition disorder (SCALE : Z) (CAPS : list Z) (x : list Z) (place : list nat) : Z :=
  over (length CAPS) (fun h => load x place h * load x place h * (SCALE / entry CAPS h)).

Definition at_ (place : list nat) (v : nat) : nat := match v with O => O | S i => nth i place O end.

(* What moving v to h lowers the disorder by. *)
Definition gain (SCALE : Z) (CAPS : list Z) (x : list Z) (place : list nat) (v h : nat) : Z :=
  let from := at_ place v in
  entry x v * ((2 * load x place from - entry x v) * (SCALE / entry CAPS from) - (2 * load x place h + entry x v) * (SCALE / entry CAPS h)).

Definition put (place : list nat) (v h : nat) : list nat := set place (v - 1) h.

(* Sums over hosts. *)

Lemma over_add : forall m f g, over m (fun h => f h + g h) = over m f + over m g.
Proof. unfold over. intros m f g. induction (seq 1 m); simpl; lia. Qed.

Lemma over_same : forall m f g, (forall h, (1 <= h <= m)%nat -> f h = g h) -> over m f = over m g.
Proof.
  unfold over. intros m f g H. f_equal. apply map_ext_in. intros h I. apply in_seq in I. apply H. lia.
Qed.

Lemma over_succ : forall m f, over (S m) f = over m f + f (S m).
Proof.
  intros m f. unfold over. rewrite seq_S, map_app. change (1 + m)%nat with (S m). cbn [map]. clear. induction (map f (seq 1 m)); simpl; lia.
Qed.

Lemma over_zero : forall m, over m (fun _ => 0) = 0.
Proof. induction m; auto. rewrite over_succ. lia. Qed.

(* A sum of which one host makes all. *)
Lemma over_one : forall m a d, (1 <= a <= m)%nat -> over m (fun h => if (a =? h)%nat then d else 0) = d.
Proof.
  induction m as [|m IH]; intros a d A; [lia|]. rewrite over_succ. destruct (Nat.eqb_spec a (S m)) as [->|N].
  - rewrite (over_same m _ (fun _ => 0)); [rewrite over_zero; lia|]. intros h H. destruct (Nat.eqb_spec (S m) h); lia.
  - rewrite IH by lia. lia.
Qed.

Lemma over_monotone : forall m f g, (forall h, (1 <= h <= m)%nat -> f h <= g h) -> over m f <= over m g.
Proof.
  induction m as [|m IH]; intros f g H; [unfold over; simpl; lia|]. rewrite !over_succ.
  pose proof (IH f g ltac:(intros; apply H; lia)). pose proof (H (S m) ltac:(lia)). lia.
Qed.

Lemma over_const : forall m c, over m (fun _ => c) = Z.of_nat m * c.
Proof. induction m; intros; [reflexivity|]. rewrite over_succ, IHm. lia. Qed.

(* A move. *)

Lemma load_put : forall x place v h g, length x = length place -> (1 <= v <= length place)%nat ->
  load x (put place v h) g = load x place g - (if (at_ place v =? g)%nat then entry x v else 0) + (if (h =? g)%nat then entry x v else 0).
Proof.
  induction x as [|y q IH]; destruct place as [|p r]; intros v h g L V; simpl in L, V; try lia.
  destruct v as [|[|i]]; try lia; unfold put, at_, entry; cbn [Nat.sub set nth load].
  - destruct (p =? g)%nat; destruct (h =? g)%nat; lia.
  - specialize (IH r (S i) h g ltac:(lia) ltac:(lia)). unfold put, at_, entry in IH. cbn [Nat.sub] in IH. rewrite Nat.sub_0_r in IH.
    rewrite IH. lia.
Qed.

(* Each move lowers the disorder by just what moving x from the one load to the other takes away. *)
Theorem move_lowers_by_gain : forall SCALE CAPS x place v h,
  length x = length place -> (1 <= v <= length place)%nat -> (1 <= at_ place v <= length CAPS)%nat -> (1 <= h <= length CAPS)%nat -> at_ place v <> h ->
  disorder SCALE CAPS x place - disorder SCALE CAPS x (put place v h) = gain SCALE CAPS x place v h.
Proof.
  intros SCALE CAPS x place v h L V A H N. set (m := length CAPS) in *. set (a := at_ place v) in *.
  set (k := fun g => SCALE / entry CAPS g).
  set (da := entry x v * (2 * load x place a - entry x v) * k a). set (dh := - (entry x v * (2 * load x place h + entry x v) * k h)).
  assert (E : disorder SCALE CAPS x place = disorder SCALE CAPS x (put place v h) + (da + dh)).
  { unfold disorder. fold m. rewrite <- (over_one m a da A) at 1. rewrite <- (over_one m h dh H) at 1. rewrite <- !over_add.
    apply over_same. intros g G. rewrite load_put by auto. fold a. fold (k g).
    destruct (Nat.eqb_spec a g) as [EA|NA]; destruct (Nat.eqb_spec h g) as [EH|NH]; try congruence.
    - rewrite <- EA. unfold da. ring.
    - rewrite <- EH. unfold dh. ring.
    - ring. }
  rewrite E. unfold gain. fold a. fold (k a) (k h). unfold da, dh. ring.
Qed.

(* Where all hosts have the same capacity, moving x from a load of a to one of b is worth 2x(a - b - x). *)
Theorem gain_on_equal_hosts : forall CAPS x place v h, (forall g, (1 <= g <= length CAPS)%nat -> entry CAPS g = 1) ->
  (1 <= at_ place v <= length CAPS)%nat -> (1 <= h <= length CAPS)%nat ->
  gain 1 CAPS x place v h = 2 * entry x v * (load x place (at_ place v) - load x place h - entry x v).
Proof. intros CAPS x place v h C A H. unfold gain. rewrite !C by auto. change (1 / 1) with 1. ring. Qed.

(* The balancer of balance.bh: any move that helps may be the next one. *)

Section Balancer.

Variables (SCALE GAIN : Z) (CAPS x : list Z).
Hypothesis capacities : forall h, (1 <= h <= length CAPS)%nat -> 0 < entry CAPS h.
Hypothesis scale : 0 < SCALE.
Hypothesis worth : 0 < GAIN.

Definition helps (place : list nat) (v h : nat) : Prop :=
  (1 <= v <= length place)%nat /\ (1 <= at_ place v <= length CAPS)%nat /\ (1 <= h <= length CAPS)%nat /\
  at_ place v <> h /\ GAIN <= gain SCALE CAPS x place v h.

Definition Move (place after : list nat) : Prop :=
  length place = length x /\ exists v h, helps place v h /\ after = put place v h.

Lemma disorder_natural : forall place, 0 <= disorder SCALE CAPS x place.
Proof.
  intros place. unfold disorder. rewrite <- (over_zero (length CAPS)). apply over_monotone. intros h H.
  pose proof (capacities h H). assert (0 <= SCALE / entry CAPS h) by (apply Z.div_pos; lia). nia.
Qed.

Lemma Move_falls : forall p q, Move p q -> disorder SCALE CAPS x q <= disorder SCALE CAPS x p - GAIN.
Proof.
  intros p q (L & v & h & (V & A & H & N & G) & ->).
  pose proof (move_lowers_by_gain SCALE CAPS x p v h (eq_sym L) V A H N). lia.
Qed.

(* The balancer ends, after no more moves than the disorder pays for. *)
Theorem balancing_is_paid : forall n first place, moves _ Move n first place ->
  Z.of_nat n * GAIN <= disorder SCALE CAPS x first - disorder SCALE CAPS x place.
Proof. apply moves_are_paid. exact Move_falls. Qed.

Theorem balancing_ends : forall n first place, moves _ Move n first place -> Z.of_nat n <= disorder SCALE CAPS x first / GAIN.
Proof. apply moves_are_at_most; auto using disorder_natural, Move_falls. Qed.

Theorem balancing_never_goes_on : well_founded (fun q p => Move p q).
Proof. apply (no_run_is_infinite _ _ (disorder SCALE CAPS x) GAIN); auto using disorder_natural, Move_falls. Qed.

(* As the Go code has it: whatever is moved, units of several machines too, and whatever else a move must keep. It has a Gain of more than 0, and of MinGain
   at least. *)
Variable MinGain : Z.

Definition Balance (place after : list nat) : Prop :=
  let Gain := disorder SCALE CAPS x place - disorder SCALE CAPS x after in 0 < Gain /\ SCALE * MinGain <= Gain.

Theorem balance_of_units_ends : forall n first place, moves _ Balance n first place ->
  Z.of_nat n * Z.max 1 (SCALE * MinGain) <= disorder SCALE CAPS x first.
Proof.
  intros n f p M. pose proof (moves_are_paid _ Balance (disorder SCALE CAPS x) (Z.max 1 (SCALE * MinGain))) as H.
  specialize (H ltac:(unfold Balance; intros; lia) n f p M). pose proof (disorder_natural p). lia.
Qed.

End Balancer.

(* Equal hosts. *)

Section Equal.

Variables (CAPS x : list Z).
Hypothesis equal : forall h, (1 <= h <= length CAPS)%nat -> entry CAPS h = 1.
Hypothesis asks : Forall (fun d => 1 <= d) x.
Let m := length CAPS.

Definition placed (place : list nat) : Prop := length place = length x /\ Forall (fun h => (1 <= h <= m)%nat) place.

Lemma asks_entry : forall v, (1 <= v <= length x)%nat -> 1 <= entry x v.
Proof. intros [|i] H; try lia. rewrite Forall_forall in asks. apply asks. simpl. apply nth_In. lia. Qed.

Lemma placed_at : forall place v, placed place -> (1 <= v <= length x)%nat -> (1 <= at_ place v <= m)%nat.
Proof. intros place [|i] [L P] H; try lia. rewrite Forall_forall in P. apply P. simpl. apply nth_In. lia. Qed.

(* Every move that lowers the disorder lowers it by 2: those where a - b > x. *)
Theorem helps_on_equal_hosts : forall GAIN place v h, 0 < GAIN <= 2 -> placed place -> (1 <= v <= length x)%nat -> (1 <= h <= m)%nat ->
  at_ place v <> h -> (helps 1 GAIN CAPS x place v h <-> entry x v < load x place (at_ place v) - load x place h).
Proof.
  intros GAIN place v h G P V H N. pose proof (asks_entry v V). pose proof (placed_at place v P V) as A.
  unfold helps. rewrite gain_on_equal_hosts by auto. destruct P as [L _]. rewrite L. split.
  - intros (_ & _ & _ & _ & Q). nia.
  - intros Q. repeat split; try lia; auto. nia.
Qed.

(* So there are at most half as many moves as the disorder is, and what is at rest is a local optimum. *)
Theorem at_most_half_the_disorder : forall n first place, moves _ (Move 1 2 CAPS x) n first place ->
  2 * Z.of_nat n <= disorder 1 CAPS x first.
Proof.
  intros n f p M. apply balancing_is_paid in M. pose proof (disorder_natural 1 CAPS x) as N.
  specialize (N ltac:(intros; rewrite equal by auto; lia) ltac:(lia) p). lia.
Qed.

Theorem rest_is_a_local_optimum : forall GAIN place, 0 < GAIN <= 2 -> placed place -> at_rest _ (Move 1 GAIN CAPS x) place ->
  forall v h, (1 <= v <= length x)%nat -> (1 <= h <= m)%nat -> at_ place v <> h ->
  load x place (at_ place v) - load x place h <= entry x v.
Proof.
  intros GAIN place G P R v h V H N. destruct (Z.le_gt_cases (load x place (at_ place v) - load x place h) (entry x v)) as [|C]; auto.
  exfalso. apply (R (put place v h)). split; [apply P|]. exists v, h. split; auto. apply helps_on_equal_hosts; auto.
Qed.

(* All loads together. *)
Lemma loads_sum : forall y place, length place = length y -> Forall (fun h => (1 <= h <= m)%nat) place -> over m (load y place) = sum y.
Proof.
  induction y as [|d q IH]; destruct place as [|g r]; simpl; intros L P; try lia.
  - apply over_zero.
  - inversion P; subst. change (over m (fun h => (if (g =? h)%nat then d else 0) + load q r h) = d + sum q).
    rewrite over_add, over_one by auto. change (over m (fun h => load q r h)) with (over m (load q r)). rewrite IH by (auto; lia). lia.
Qed.

Lemma load_nonneg : forall y place h, Forall (fun d => 1 <= d) y -> 0 <= load y place h.
Proof.
  induction y as [|d q IH]; destruct place as [|g r]; simpl; intros h F; try lia.
  inversion F; subst. specialize (IH r h H2). destruct (g =? h)%nat; lia.
Qed.

Lemma demand_at_most_load : forall y place v, Forall (fun d => 1 <= d) y -> length place = length y -> (1 <= v <= length y)%nat ->
  entry y v <= load y place (at_ place v).
Proof.
  induction y as [|d q IH]; destruct place as [|g r]; simpl; intros v F L V; try lia.
  inversion F; subst. destruct v as [|[|i]]; try lia; simpl.
  - rewrite Nat.eqb_refl. pose proof (load_nonneg q r g H2). lia.
  - specialize (IH r (S i) H2 ltac:(lia) ltac:(lia)). simpl in IH. destruct (g =? nth i r O)%nat; lia.
Qed.

(* On a host that is not empty there is a machine that makes all its load, or at most half of it. *)
Lemma small_one : forall y place h, Forall (fun d => 1 <= d) y -> length place = length y -> 0 < load y place h ->
  exists v, (1 <= v <= length y)%nat /\ at_ place v = h /\ (entry y v = load y place h \/ 2 * entry y v <= load y place h).
Proof.
  induction y as [|d q IH]; destruct place as [|g r]; cbn [length load]; intros h F L P; try lia.
  inversion F; subst. pose proof (load_nonneg q r h H2) as NN.
  destruct (Nat.eqb_spec g h) as [->|N].
  - destruct (Z.eq_dec (load q r h) 0) as [Z|NZ].
    + exists 1%nat. cbn [entry nth at_]. repeat split; try lia.
    + destruct (IH r h H2 ltac:(lia) ltac:(lia)) as (v & V & A & C).
      destruct (Z.le_gt_cases (2 * d) (d + load q r h)).
      * exists 1%nat. cbn [entry nth at_]. repeat split; try lia.
      * exists (S v). destruct v as [|i]; try lia. cbn [entry nth at_] in *. repeat split; auto; lia.
  - destruct (IH r h H2 ltac:(lia) ltac:(lia)) as (v & V & A & C).
    exists (S v). destruct v as [|i]; try lia. cbn [entry nth at_] in *. repeat split; auto; lia.
Qed.

(* At rest no host has more than 2m/(m + 1) of what the most loaded host of any other placement has. *)
Theorem near_the_best : forall GAIN place other peak, 0 < GAIN <= 2 -> placed place -> at_rest _ (Move 1 GAIN CAPS x) place ->
  placed other -> (forall h, (1 <= h <= m)%nat -> load x other h <= peak) ->
  forall h, (1 <= h <= m)%nat -> (Z.of_nat m + 1) * load x place h <= 2 * Z.of_nat m * peak.
Proof.
  intros GAIN place other peak G P R O K h H. pose proof (load_nonneg x place h asks) as NN.
  assert (PK : 0 <= peak). { pose proof (K h H). pose proof (load_nonneg x other h asks). lia. }
  destruct (Z.eq_dec (load x place h) 0) as [E|E]; [rewrite E; nia|].
  destruct (small_one x place h asks (proj1 P) ltac:(lia)) as (v & V & A & [C|C]).
  - (* It has one machine alone, which is somewhere in the other placement as well. *)
    pose proof (demand_at_most_load x other v asks (proj1 O) V). pose proof (K _ (placed_at other v O V)). nia.
  - (* All others have half of its load at least. *)
    assert (B : over m (fun g => load x place h + (if (h =? g)%nat then load x place h else 0)) <= over m (fun g => 2 * load x place g)).
    { apply over_monotone. intros g I. destruct (Nat.eqb_spec h g) as [<-|N]; [lia|].
      pose proof (rest_is_a_local_optimum GAIN place G P R v g V I ltac:(congruence)) as D. rewrite A in D. lia. }
    rewrite over_add, over_const, over_one in B by auto.
    assert (T : over m (fun g => 2 * load x place g) = over m (load x place) + over m (load x place)).
    { rewrite <- over_add. apply over_same. intros. lia. }
    rewrite T in B. rewrite (loads_sum x place (proj1 P) (proj2 P)) in B.
    assert (S : sum x <= Z.of_nat m * peak).
    { rewrite <- (loads_sum x other (proj1 O) (proj2 O)), <- over_const. apply over_monotone. auto. }
    nia.
Qed.

End Equal.

(* It can be as bad as that on two hosts: of the loads 2 2 1 1, 4 2 is at rest, and 3 3 is best. *)
Definition CAPS2 : list Z := [1; 1].
Definition stuck : list nat := [1; 1; 2; 2]%nat.

Theorem rest_need_not_be_best : at_rest _ (Move 1 1 CAPS2 [2; 2; 1; 1]) stuck /\
  load [2; 2; 1; 1] stuck 1 = 4 /\ load [2; 2; 1; 1] [1; 2; 1; 2]%nat 1 = 3 /\ load [2; 2; 1; 1] [1; 2; 1; 2]%nat 2 = 3.
Proof.
  split; [|vm_compute; auto]. intros t (_ & v & h & (V & A & H & N & G) & _).
  unfold stuck in V. simpl in V. unfold CAPS2 in H. simpl in H.
  assert (v = 1 \/ v = 2 \/ v = 3 \/ v = 4)%nat as [-> | [-> | [-> | ->]]] by lia;
    assert (h = 1 \/ h = 2)%nat as [-> | ->] by lia; vm_compute in N, G; congruence.
Qed.

(* Any host that is loaded less will do: two hosts hand a machine back and forth, for ever. *)
Definition PingPong (place after : list nat) : Prop :=
  exists v h, (1 <= v <= length place)%nat /\ (1 <= h <= 2)%nat /\ load [2] place h < load [2] place (at_ place v) /\ after = put place v h.

Theorem ping_pong_never_ends : forall n, exists place, moves _ PingPong n [1%nat] place.
Proof.
  assert (H : forall n, moves _ PingPong n [1%nat] (if Nat.even n then [1%nat] else [2%nat])).
  { induction n as [|n IH]; [constructor|]. eapply further; [exact IH|].
    rewrite Nat.even_succ, <- Nat.negb_even. destruct (Nat.even n); cbn [negb].
    - exists 1%nat, 2%nat. repeat split; auto; simpl; lia.
    - exists 1%nat, 1%nat. repeat split; auto; simpl; lia. }
  eauto.
Qed.
