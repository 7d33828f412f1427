(* Resource pools that borrow: what is reserved fits at every level.

   In a tree of resource pools of any shape, a pool takes from its parent what it reserves or what it uses, whichever is more. A power-on is
   granted where each pool on the way up has the rest unreserved, or is expandable and can borrow it, and none comes above its limit. Whatever is
   powered on and off, and however pools are configured, no pool uses more than its limit, no pool that is not expandable more than its
   reservation, and the root no more than the capacity.

   Of: pool.Tree (model/esxi/pool/tree.go), of one resource, whose names these are, and model/esxi/pool/admission.bh. Left out: that the
   capacity changes (SetCapacity; UnreservedForVM matters after that alone), and that machines and pools change their places.
   Source: vSphere Resource Management, Admission Control for Resource Pools. *)
From Coq Require Import ZArith Lia List Bool Arith.
From BulkheadLemmas Require Import Forest.
Import ListNotations.
Local Open Scope Z_scope.
Local Arguments Z.add : simpl never.
Local Arguments Z.sub : simpl never.
Local Arguments Z.mul : simpl never.
Local Arguments Z.max : simpl never.
Local Arguments Z.min : simpl never.

(* The configuration of a pool. The root's reservation is the capacity. *)
Record Config := { Reservation : Z; PoolLimit : option Z; Expandable : bool }.

Section Pools.

Variable Pools : nat.
Variable Parent : nat -> option nat.
Hypothesis parent_below : forall n p, Parent n = Some p -> (p < n)%nat.

Variable VMs : nat.
Variable In_ : nat -> nat. (* the pool of a machine *)
Variable reserves : nat -> Z. (* what its power-on takes *)
Hypothesis reserves_positive : forall v, 0 <= reserves v.

Definition child (c n : nat) : bool := match Parent c with Some p => Nat.eqb p n | None => false end.

Record Tree := { config : nat -> Config; on : nat -> bool }.

Definition of_machines (on : nat -> bool) (n : nat) : Z := sum (fun v => if on v && Nat.eqb (In_ v) n then reserves v else 0) VMs.

(* Used is what is taken of a pool's reservation, and beyond it: by machines in it, and by each child what it reserves or uses. *)
Definition taken (cf : nat -> Config) (used : nat -> Z) (n : nat) : Z :=
  sum (fun c => if child c n then Z.max (Reservation (cf c)) (used c) else 0) Pools.
Fixpoint used_in (fuel : nat) (cf : nat -> Config) (own : nat -> Z) (n : nat) : Z :=
  own n + match fuel with O => 0 | S fuel => taken cf (used_in fuel cf own) n end.
Definition Used (t : Tree) : nat -> Z := used_in Pools (config t) (of_machines (on t)).

(* admits tells whether a pool grants so much, by what pools use (Tree.admit). No way up is longer than the number of its first pool. *)
Fixpoint admit_up (fuel : nat) (cf : nat -> Config) (used : nat -> Z) (n : nat) (rest : Z) : bool :=
  if rest <=? 0 then true
  else match fuel with
  | O => false
  | S fuel =>
      let over := match PoolLimit (cf n) with Some l => l - used n <? rest | None => false end in
      let after := rest - Z.min rest (Z.max 0 (Reservation (cf n) - used n)) in
      if over || (0 <? after) && negb (Expandable (cf n)) then false
      else match Parent n with Some p => admit_up fuel cf used p after | None => after <=? 0 end
  end.
Definition admits (t : Tree) (n : nat) (amount : Z) : bool := admit_up (S n) (config t) (Used t) n amount.

Inductive Op := PowerOn (v : nat) | PowerOff (v : nat) | Update (n : nat) (c : Config).

(* What Update asks of the pool itself (Tree.mayUpdate). *)
Definition may_update (t : Tree) (n : nat) (c : Config) : bool :=
  (Expandable c || (Used t n <=? Reservation c)) && match PoolLimit c with Some l => Used t n <=? l | None => true end.

(* A step, or None where it is refused and changes nothing. *)
Definition step (t : Tree) (op : Op) : option Tree :=
  match op with
  | PowerOn v =>
      if (v <? VMs)%nat && negb (on t v) && admits t (In_ v) (reserves v) then Some {| config := config t; on := upd (on t) v true |} else None
  | PowerOff v => if (v <? VMs)%nat && on t v then Some {| config := config t; on := upd (on t) v false |} else None
  | Update n c =>
      match Parent n with
      | Some p =>
          if (n <? Pools)%nat && may_update t n c && admits t p (Z.max (Reservation c) (Used t n) - Z.max (Reservation (config t n)) (Used t n))
          then Some {| config := upd (config t) n c; on := on t |}
          else None
      | None => None
      end
  end.

Lemma child_above c n : child c n = true -> (n < c)%nat.
Proof. unfold child. destruct (Parent c) as [p|] eqn:E; [|discriminate]. intros <-%Nat.eqb_eq. eauto. Qed.

Definition Solves cf own (used : nat -> Z) := forall n, (n < Pools)%nat -> used n = own n + taken cf used n.

Lemma taken_ext cf u w n : (forall c, (c < Pools)%nat -> child c n = true -> u c = w c) -> taken cf u n = taken cf w n.
Proof. intros E. apply sum_ext. intros c C. destruct (child c n) eqn:K; [|reflexivity]. now rewrite E. Qed.

Lemma used_in_fuel cf own : forall f n, (n < Pools)%nat -> (Pools <= n + f)%nat -> used_in f cf own n = used_in (S f) cf own n.
Proof.
  induction f as [|f IH]; intros n L F; [lia|]. cbn [used_in]. f_equal. apply taken_ext. intros c C K. apply child_above in K.
  apply IH; lia.
Qed.

Lemma used_in_solves cf own : Solves cf own (used_in Pools cf own).
Proof.
  intros n L. destruct Pools as [|k] eqn:P; [lia|]. rewrite <- P in *. rewrite P at 1. cbn [used_in]. f_equal. apply taken_ext.
  intros c C K. apply child_above in K. rewrite P. apply used_in_fuel; lia.
Qed.

(* It is the only solution. *)
Lemma solves_unique cf own u w : Solves cf own u -> Solves cf own w -> forall n, (n < Pools)%nat -> u n = w n.
Proof.
  intros U W. assert (forall k n, (n < Pools)%nat -> (Pools <= n + k)%nat -> u n = w n) as Q.
  { induction k as [|k IH]; intros n L F; [lia|]. rewrite (U n L), (W n L). f_equal. apply taken_ext. intros c C K.
    apply child_above in K. apply IH; lia. }
  intros n L. apply (Q Pools); lia.
Qed.

Definition Fits cf (used : nat -> Z) := forall n, (n < Pools)%nat ->
  match PoolLimit (cf n) with Some l => used n <= l | None => True end /\ (Expandable (cf n) = false -> used n <= Reservation (cf n)).

Lemma admit_ext cf u w : forall f n rest, (forall q, (q <= n)%nat -> u q = w q) -> admit_up f cf u n rest = admit_up f cf w n rest.
Proof.
  induction f as [|f IH]; intros n rest E; cbn [admit_up]; [reflexivity|]. rewrite (E n) by lia.
  destruct (rest <=? 0); [reflexivity|]. destruct (_ || _); [reflexivity|]. destruct (Parent n) as [p|] eqn:P; [|reflexivity].
  apply IH. intros q Q. apply E. apply parent_below in P. lia.
Qed.

(* Where all but one pool are counted, and that one lacks [rest], which is granted, all can be counted and fit. *)
Lemma lend cf own : forall f n rest used, (n < Pools)%nat -> 0 <= rest ->
  (forall q, (q < Pools)%nat -> used q + (if Nat.eqb q n then rest else 0) = own q + taken cf used q) ->
  Fits cf used -> admit_up f cf used n rest = true -> exists used', Solves cf own used' /\ Fits cf used'.
Proof.
  induction f as [|f IH]; intros n rest used L R E F A; cbn [admit_up] in A.
  - destruct (Z.leb_spec rest 0); [|discriminate]. exists used. split; [|exact F]. intros q Q. rewrite <- E by exact Q.
    destruct (Nat.eqb q n); lia.
  - destruct (Z.leb_spec rest 0).
    { exists used. split; [|exact F]. intros q Q. rewrite <- E by exact Q. destruct (Nat.eqb q n); lia. }
    set (left := Z.max 0 (Reservation (cf n) - used n)) in *. set (after := rest - Z.min rest left) in *.
    destruct (match PoolLimit (cf n) with Some l => l - used n <? rest | None => false end) eqn:O; [discriminate|]. cbn [orb] in A.
    destruct ((0 <? after) && negb (Expandable (cf n))) eqn:X; [discriminate|].
    set (used1 := upd used n (used n + rest)).
    assert (Fits cf used1) as F1.
    { intros q Q. unfold used1, upd. destruct (Nat.eqb_spec q n) as [->|]; [|now apply F]. destruct (F n L) as [F2 F3]. split.
      - destruct (PoolLimit (cf n)); [apply Z.ltb_ge in O; lia|exact I].
      - intros N. specialize (F3 N). rewrite N in X. cbn [negb] in X. rewrite andb_true_r in X. apply Z.ltb_ge in X. unfold after, left in *. lia. }
    assert (forall q, taken cf used1 q = taken cf used q
              + if child n q then Z.max (Reservation (cf n)) (used n + rest) - Z.max (Reservation (cf n)) (used n) else 0) as T.
    { intros q. unfold taken.
      transitivity (sum (fun c => (if child c q then Z.max (Reservation (cf c)) (used c) else 0)
                                  + b2z (Nat.eqb c n) * (if child n q then Z.max (Reservation (cf n)) (used n + rest) - Z.max (Reservation (cf n)) (used n) else 0)) Pools).
      - apply sum_ext. intros c C. unfold used1, upd. destruct (Nat.eqb_spec c n) as [->|]; unfold b2z; destruct (child n q); try lia;
          destruct (child c q); lia.
      - rewrite sum_plus. f_equal. apply (sum_at (fun _ => if child n q then _ else 0)). exact L. }
    assert (Z.max (Reservation (cf n)) (used n + rest) - Z.max (Reservation (cf n)) (used n) = after) as D by (unfold after, left; lia).
    rewrite D in T.
    assert (child n n = false) as NN by (destruct (child n n) eqn:K; [apply child_above in K; lia|reflexivity]).
    destruct (Parent n) as [p|] eqn:P.
    + pose proof (parent_below _ _ P). apply (IH p after used1); [lia|unfold after, left; lia| |exact F1|].
      * intros q Q. rewrite T. unfold used1, upd. specialize (E q Q). unfold child. rewrite P. rewrite (Nat.eqb_sym p q).
        destruct (Nat.eqb_spec q n); destruct (Nat.eqb_spec q p); try lia; subst q; lia.
      * rewrite <- A. apply admit_ext. intros q Q. unfold used1, upd. destruct (Nat.eqb_spec q n); [lia|reflexivity].
    + exists used1. split; [|exact F1]. intros q Q. rewrite T. unfold child. rewrite P. specialize (E q Q). unfold used1, upd.
      destruct (Nat.eqb_spec q n); [subst q|]; lia.
Qed.

(* Less of each is less of all. *)
Lemma less cf cf' own own' u w : Solves cf own u -> Solves cf' own' w ->
  (forall n, own' n <= own n) -> (forall n, Reservation (cf' n) <= Reservation (cf n)) -> forall n, (n < Pools)%nat -> w n <= u n.
Proof.
  intros U W O R. assert (forall k n, (n < Pools)%nat -> (Pools <= n + k)%nat -> w n <= u n) as Q.
  { induction k as [|k IH]; intros n L F; [lia|]. rewrite (U n L), (W n L). specialize (O n).
    enough (taken cf' w n <= taken cf u n) by lia. apply sum_le. intros c C. destruct (child c n) eqn:K; [|lia].
    apply child_above in K. specialize (IH c C ltac:(lia)). specialize (R c). lia. }
  intros n L. apply (Q Pools); lia.
Qed.

Lemma Fits_ext cf u w : (forall n, (n < Pools)%nat -> u n = w n) -> Fits cf u -> Fits cf w.
Proof. intros E F n L. rewrite <- (E n L). auto. Qed.

Lemma of_machines_upd on v b n : (v < VMs)%nat -> on v = negb b ->
  of_machines (upd on v b) n = of_machines on n + if Nat.eqb (In_ v) n then if b then reserves v else - reserves v else 0.
Proof.
  intros L E. unfold of_machines.
  transitivity (sum (fun w => (if on w && Nat.eqb (In_ w) n then reserves w else 0)
                              + b2z (Nat.eqb w v) * (if Nat.eqb (In_ v) n then if b then reserves v else - reserves v else 0)) VMs).
  - apply sum_ext. intros w _. unfold upd. destruct (Nat.eqb_spec w v) as [->|]; unfold b2z; [|lia].
    rewrite E. destruct b, (Nat.eqb (In_ v) n); simpl; lia.
  - rewrite sum_plus. f_equal. apply (sum_at (fun _ => if Nat.eqb (In_ v) n then if b then reserves v else - reserves v else 0)). exact L.
Qed.

Hypothesis In_known : forall v, (v < VMs)%nat -> (In_ v < Pools)%nat.

Lemma Fits_step t op t' : Fits (config t) (Used t) -> step t op = Some t' -> Fits (config t') (Used t').
Proof.
  intros F E. pose proof (used_in_solves (config t) (of_machines (on t))) as S. fold (Used t) in S. destruct op as [v|v|n c]; simpl in E.
  - destruct (Nat.ltb_spec v VMs) as [L|]; [|discriminate]. destruct (on t v) eqn:O; [discriminate|]. destruct (admits _ _ _) eqn:A; [|discriminate].
    inversion E; subst; clear E. simpl.
    destruct (lend (config t) (of_machines (upd (on t) v true)) (Datatypes.S (In_ v)) (In_ v) (reserves v) (Used t)) as (w & W1 & W2); auto.
    + intros q Q. rewrite of_machines_upd, (Nat.eqb_sym q) by auto. specialize (S q Q). destruct (Nat.eqb (In_ v) q); lia.
    + eapply Fits_ext; [|exact W2]. apply (solves_unique _ _ _ _ W1 (used_in_solves _ _)).
  - destruct (Nat.ltb_spec v VMs) as [L|]; [|discriminate]. destruct (on t v) eqn:O; [|discriminate]. inversion E; subst; clear E. simpl.
    assert (forall n, (n < Pools)%nat -> Used {| config := config t; on := upd (on t) v false |} n <= Used t n) as M.
    { apply (less _ _ _ _ _ _ S (used_in_solves (config t) (of_machines (upd (on t) v false)))); [|intros; lia].
      intros n. rewrite of_machines_upd by auto. specialize (reserves_positive v). destruct (Nat.eqb (In_ v) n); cbn iota; lia. }
    intros n Q. specialize (M n Q). destruct (F n Q) as [F1 F2]. split; [destruct (PoolLimit (config t n)); lia|]. intros X. specialize (F2 X). lia.
  - destruct (Parent n) as [p|] eqn:P; [|discriminate]. pose proof (parent_below _ _ P).
    destruct (Nat.ltb_spec n Pools) as [L|]; [|discriminate]. destruct (may_update t n c) eqn:M; [|discriminate]. destruct (admits _ _ _) eqn:A; [|discriminate].
    inversion E; subst; clear E. simpl.
    set (more := Z.max (Reservation c) (Used t n) - Z.max (Reservation (config t n)) (Used t n)) in *. set (cf := upd (config t) n c).
    apply andb_prop in M as [M1 M2].
    assert (Fits cf (Used t)) as F'.
    { intros q Q. unfold cf, upd. destruct (Nat.eqb_spec q n) as [->|]; [|now apply F]. split.
      - destruct (PoolLimit c); [now apply Z.leb_le|exact I].
      - intros X. rewrite X in M1. now apply Z.leb_le. }
    destruct (Z.lt_ge_cases more 0) as [D|D].
    + assert (forall q, (q < Pools)%nat -> Used {| config := cf; on := on t |} q <= Used t q) as Less.
      { apply (less _ _ _ _ _ _ S (used_in_solves cf (of_machines (on t)))); [intros; lia|].
        intros q. unfold cf, upd. destruct (Nat.eqb_spec q n) as [->|]; unfold more in D; lia. }
      intros q Q. specialize (Less q Q). destruct (F' q Q) as [F1 F2]. split; [destruct (PoolLimit (cf q)); lia|]. intros X. specialize (F2 X). lia.
    + destruct (lend cf (of_machines (on t)) (Datatypes.S p) p more (Used t)) as (w & W1 & W2); auto; [lia| | |].
      * intros q Q. rewrite (S q Q), <- Z.add_assoc. f_equal. unfold taken.
        transitivity (sum (fun k => (if child k q then Z.max (Reservation (config t k)) (Used t k) else 0)
                                    + b2z (Nat.eqb k n) * (if child n q then more else 0)) Pools).
        -- rewrite sum_plus, (sum_at (fun _ => if child n q then more else 0)) by exact L. f_equal. unfold child. rewrite P, (Nat.eqb_sym q).
           reflexivity.
        -- apply sum_ext. intros k _. unfold cf, upd. destruct (Nat.eqb_spec k n) as [->|]; unfold b2z; [|lia].
           unfold more. destruct (child n q); lia.
      * rewrite <- A. unfold admits. clear -parent_below H. assert (forall f q rest, (q < n)%nat -> admit_up f cf (Used t) q rest = admit_up f (config t) (Used t) q rest) as X.
        { induction f as [|f IH]; intros q rest Q; cbn [admit_up]; [reflexivity|]. assert (cf q = config t q) as ->.
          { unfold cf, upd. destruct (Nat.eqb_spec q n); [lia|reflexivity]. }
          destruct (rest <=? 0); [reflexivity|]. destruct (_ || _); [reflexivity|]. destruct (Parent q) as [r|] eqn:R; [|reflexivity].
          apply IH. apply parent_below in R. lia. }
        apply X. assumption.
      * eapply Fits_ext; [|exact W2]. apply (solves_unique _ _ _ _ W1 (used_in_solves _ _)).
Qed.

Inductive reachable (first : Tree) : Tree -> Prop :=
| reachable_first : reachable first first
| reachable_step t op t' : reachable first t -> step t op = Some t' -> reachable first t'.

(* From any tree that fits, such as one of empty pools that reserve nothing, every tree fits (admission.bh: Fits, Reserved, FixedPools,
   ExpandablePools); the root is not expandable, so that it uses no more than the capacity. *)
Theorem reserved_fits first t : Fits (config first) (Used first) -> reachable first t -> Fits (config t) (Used t).
Proof. intros F. induction 1; eauto using Fits_step. Qed.

Lemma Used_nothing t : (forall v, (v < VMs)%nat -> on t v = false) -> (forall n, (n < Pools)%nat -> Reservation (config t n) = 0 \/ Parent n = None) ->
  forall n, (n < Pools)%nat -> Used t n = 0.
Proof.
  intros O R. apply (solves_unique (config t) (of_machines (on t))); [apply used_in_solves|]. intros n L.
  assert (of_machines (on t) n = 0) as ->.
  { unfold of_machines. transitivity (sum (fun _ => 0) VMs); [apply sum_ext; intros v V; now rewrite O|]. clear. induction VMs; simpl; lia. }
  unfold taken. transitivity (0 + sum (fun _ => 0) Pools); [clear; induction Pools; simpl; lia|]. f_equal. apply sum_ext. intros c J.
  unfold child. destruct (R c J) as [-> |Q]; [destruct (Parent c); [destruct (Nat.eqb _ n)|]; lia|now rewrite Q].
Qed.

(* At first all machines are off and pools reserve nothing: each later use of the capacity was granted. *)
Theorem capacity_is_kept first t : (0 < Pools)%nat -> Parent 0%nat = None -> Expandable (config first 0%nat) = false ->
  (forall v, (v < VMs)%nat -> on first v = false) -> (forall n, (n < Pools)%nat -> n <> 0%nat -> Reservation (config first n) = 0) ->
  (forall n, (n < Pools)%nat -> 0 <= Reservation (config first n) /\ match PoolLimit (config first n) with Some l => 0 <= l | None => True end) ->
  reachable first t -> config t 0%nat = config first 0%nat /\ Used t 0%nat <= Reservation (config first 0%nat).
Proof.
  intros L P X O R B T.
  assert (config t 0%nat = config first 0%nat) as C.
  { induction T as [|t op t' T IH E]; [reflexivity|]. rewrite <- IH. destruct op as [v|v|n c]; simpl in E.
    - destruct (_ && _) in E; [now inversion E|discriminate].
    - destruct (_ && _) in E; [now inversion E|discriminate].
    - destruct (Parent n) as [p|] eqn:Q; [|discriminate]. destruct (_ && _) in E; [|discriminate]. inversion E; subst. simpl. unfold upd.
      destruct n; [congruence|reflexivity]. }
  split; [exact C|]. assert (Fits (config first) (Used first)) as F.
  { intros n N. rewrite Used_nothing; auto.
    - split; [now apply B|]. intros _. now apply B.
    - intros k K. destruct (Nat.eq_dec k 0) as [->|Z]; [now right|left; auto]. }
  destruct (reserved_fits first t F T 0%nat L) as [_ Q]. rewrite C in Q. auto.
Qed.

End Pools.

(* A host of 8 lends what a pool that reserves nothing needs, and no more than it has. *)
Definition root_of (n : nat) : option nat := match n with O => None | _ => Some 0%nat end.
Definition lending_host := {|
  config := fun n => match n with O => {| Reservation := 8; PoolLimit := None; Expandable := false |}
                     | _ => {| Reservation := 0; PoolLimit := None; Expandable := true |} end;
  on := fun _ => false
|}.

Theorem host_lends_what_it_has : let reserves (v : nat) := match v with O => 5 | _ => 4 end in
  (forall t, reachable 2 root_of 2 (fun _ => 1%nat) reserves lending_host t -> Used 2 root_of 2 (fun _ => 1%nat) reserves t 0%nat <= 8)
  /\ exists t, step 2 root_of 2 (fun _ => 1%nat) reserves lending_host (PowerOn 0) = Some t
       /\ Used 2 root_of 2 (fun _ => 1%nat) reserves t 0%nat = 5 /\ step 2 root_of 2 (fun _ => 1%nat) reserves t (PowerOn 1) = None.
Proof.
  intros reserves. split.
  - intros t R. apply (capacity_is_kept 2 root_of) with (first := lending_host) in R as [_ U]; auto; try lia.
    + intros n p. destruct n; [discriminate|]. intros [= <-]. lia.
    + intros [|v]; simpl; lia.
    + intros [|n]; [congruence|reflexivity].
    + intros [|n]; simpl; lia.
  - eexists. split; [reflexivity|]. split; reflexivity.
Qed.
