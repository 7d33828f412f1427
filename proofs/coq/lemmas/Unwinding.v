(* Unwinding implies noninterference: what a partition of the states is evidence of.

   A property about domains (isolated) is noninterference as Rushby has it: for every sequence of inputs from every initial state, a domain sees the
   same at its end as after the sequence without the inputs that may not affect it. Here it is shown that what a certificate holds, a
   partition of the states of which conditions are checked a step at a time, implies that, for any number of states, inputs and domains, for systems
   in which choices are made (a choice is a part of the input), for inputs whose domains depend on the state, and where domains may affect
   another one through others (ipurge). The other way round, where a domain is isolated, there is such a partition. Rushby's ipurge for a policy that
   is one relation, and his conditions for it, are shown to be a case of it.

   Of: model.Isolating, model.IsolatedDomain (model/flow.go), checker/internal/flow, and the conditions that proofs/unwind.go checks.
   Source: J. Rushby, Noninterference, Transitivity, and Channel-Control Security Policies, SRI CSL-92-02, 1992. *)
From Coq Require Import List Bool Arith NArith Lia.
Import ListNotations.

Local Open Scope N_scope.

(* Sets of domains have a bit for each, as in Go. *)
Definition bit (s : N) (d : nat) : bool := N.testbit s (N.of_nat d).
Definition meets (s t : N) : bool := negb (N.land s t =? 0).

(* model.IsolatedDomain: Forbids tells whether an input of some domains may not affect the claim's; Through gives the domains through which it may
   do so all the same. *)
Definition Forbids (By owners : N) : bool := negb (owners =? 0) && (N.ldiff owners By =? 0).
Definition Through (Via : list N) (owners : N) : N :=
  fold_left (fun via d => if bit owners d then N.lor via (nth d Via 0) else via) (seq 0 (length Via)) 0.

Lemma meets_sym s t : meets s t = meets t s.
Proof. unfold meets. now rewrite N.land_comm. Qed.

Lemma meets_lor s t u : meets (N.lor s t) u = meets s u || meets t u.
Proof.
  unfold meets. rewrite N.land_lor_distr_l.
  destruct (N.eqb_spec (N.land s u) 0) as [->|A]; simpl; [reflexivity|].
  destruct (N.eqb_spec (N.lor (N.land s u) (N.land t u)) 0) as [E|]; [|reflexivity].
  apply N.lor_eq_0_iff in E. tauto.
Qed.

Lemma meets_bit s t : meets s t = true <-> exists d, bit s d = true /\ bit t d = true.
Proof.
  unfold meets, bit. rewrite negb_true_iff, N.eqb_neq. split.
  - intros Z. exists (N.to_nat (N.log2 (N.land s t))). rewrite N2Nat.id. apply N.bit_log2 in Z. rewrite N.land_spec in Z.
    now apply andb_prop.
  - intros (d & A & B) Z. assert (N.testbit (N.land s t) (N.of_nat d) = true) as Q by now rewrite N.land_spec, A, B.
    rewrite Z in Q. now rewrite N.bits_0 in Q.
Qed.

Lemma Through_bit Via owners e : bit (Through Via owners) e = existsb (fun d => bit owners d && bit (nth d Via 0) e) (seq 0 (length Via)).
Proof.
  unfold Through. set (l := seq 0 (length Via)). clearbody l.
  enough (forall via, bit (fold_left (fun via d => if bit owners d then N.lor via (nth d Via 0) else via) l via) e
          = bit via e || existsb (fun d => bit owners d && bit (nth d Via 0) e) l) as Q
    by (rewrite Q; unfold bit at 1; now rewrite N.bits_0).
  induction l as [|d l IH]; intros via; simpl; [now rewrite orb_false_r|]. rewrite IH. destruct (bit owners d); simpl; [|reflexivity].
  unfold bit at 1. rewrite N.lor_spec. fold (bit via e). fold (bit (nth d Via 0) e). now rewrite orb_assoc.
Qed.

(* A system, its inputs, and one claim: of what domain t sees. *)
Section System.

Variables State Input View : Type.
Variable initial : State -> Prop.
Variable next : State -> Input -> option State. (* one state at most: an input has in it what is chosen *)

(* Where an input is not enabled it does nothing. *)
Definition step (s : State) (a : Input) : State := match next s a with Some s' => s' | None => s end.
Fixpoint run (s : State) (w : list Input) : State := match w with [] => s | a :: w => run (step s a) w end.

Inductive reachable : State -> Prop :=
| reachable_first s : initial s -> reachable s
| reachable_step s a : reachable s -> reachable (step s a).

Lemma run_app s u w : run s (u ++ w) = run (run s u) w.
Proof. revert s. induction u; simpl; auto. Qed.

Lemma run_reachable w : forall s, reachable s -> reachable (run s w).
Proof. induction w; simpl; intros; auto. apply IHw. now constructor. Qed.

Lemma reachable_run s : reachable s -> exists s0 u, initial s0 /\ run s0 u = s.
Proof.
  induction 1 as [s I|s a R (s0 & u & I & E)]; [exists s, []; auto|].
  exists s0, (u ++ [a]). rewrite run_app, E. auto.
Qed.

(* What t sees, the domains that an input belongs to in a state, and those that may not affect t. *)
Variable sees : State -> View.
Variable owners : State -> Input -> N.
Variable By : N.

Notation Forbids := (Forbids By).

(* What t sees of a state includes which inputs may affect it there. *)
Definition same_sight (s s' : State) : Prop := sees s = sees s' /\ forall a, Forbids (owners s a) = Forbids (owners s' a).

(* The sequence without the inputs that may not affect t, each in the state in which it is met. *)
Fixpoint purge (s : State) (w : list Input) : list Input :=
  match w with
  | [] => []
  | a :: w => if Forbids (owners s a) then purge (step s a) w else a :: purge (step s a) w
  end.

Definition isolated : Prop := forall s w, initial s -> same_sight (run s w) (run s (purge s w)).

(* An equivalence of the reachable states, and what is checked of it on each state and step. The step of an input that is not enabled stays where it
   is, so that the two states of a pair may differ in what is enabled. *)
Record unwinding (R : State -> State -> Prop) : Prop := {
  equal s : R s s;
  symmetric s s' : R s s' -> R s' s;
  transitive s s' s'' : R s s' -> R s' s'' -> R s s'';
  output_consistency s s' : reachable s -> reachable s' -> R s s' -> same_sight s s';
  local_respect s a : reachable s -> Forbids (owners s a) = true -> R s (step s a);
  step_consistency s s' a : reachable s -> reachable s' -> R s s' -> Forbids (owners s a) = false -> R (step s a) (step s' a)
}.

(* A partition is the equivalence of having the same class. *)
Definition partition {Class} (class : State -> Class) : State -> State -> Prop := fun s s' => class s = class s'.

Lemma unwinding_runs R : unwinding R ->
  forall w s s', reachable s -> reachable s' -> R s s' -> same_sight (run s w) (run s' (purge s w)).
Proof.
  intros U. induction w as [|a w IH]; simpl; intros s s' A A' C; [now apply (output_consistency _ U)|].
  destruct (Forbids (owners s a)) eqn:F; simpl; apply IH.
  - now constructor.
  - exact A'.
  - apply (transitive _ U) with s; [apply (symmetric _ U), (local_respect _ U)|]; assumption.
  - now constructor.
  - now constructor.
  - now apply (step_consistency _ U).
Qed.

Theorem unwinding_implies_isolated R : unwinding R -> isolated.
Proof.
  intros U s w I. apply (unwinding_runs R U); try now constructor. apply (equal _ U).
Qed.

(* So what a certificate holds is evidence: the class of each state, of which three things are checked. *)
Corollary partition_implies_isolated {Class} (class : State -> Class) :
  (forall s s', reachable s -> reachable s' -> class s = class s' -> same_sight s s') ->
  (forall s a, reachable s -> Forbids (owners s a) = true -> class s = class (step s a)) ->
  (forall s s' a, reachable s -> reachable s' -> class s = class s' -> Forbids (owners s a) = false ->
     class (step s a) = class (step s' a)) ->
  isolated.
Proof.
  intros O L S. apply (unwinding_implies_isolated (partition class)). constructor; unfold partition; auto. intros; congruence.
Qed.

(* The other way round. Two states are equivalent if t sees the same after all inputs from both, those left out that may not affect it. *)
Fixpoint may_run (s : State) (w : list Input) : State :=
  match w with [] => s | a :: w => may_run (if Forbids (owners s a) then s else step s a) w end.

(* The inputs that are not left out. *)
Fixpoint taken (s : State) (w : list Input) : list Input :=
  match w with [] => [] | a :: w => if Forbids (owners s a) then taken s w else a :: taken (step s a) w end.

Definition alike (s s' : State) : Prop := forall w, same_sight (may_run s w) (may_run s' w).

Lemma run_taken w : forall s, run s (taken s w) = may_run s w.
Proof. induction w as [|a w IH]; simpl; intros s; [reflexivity|]. destruct (Forbids (owners s a)); simpl; apply IH. Qed.

Lemma purge_taken w : forall s, purge s (taken s w) = taken s w.
Proof.
  induction w as [|a w IH]; simpl; intros s; [reflexivity|]. destruct (Forbids (owners s a)) eqn:F; simpl; [apply IH|].
  rewrite F. now f_equal.
Qed.

Lemma taken_snoc w a : forall s, taken s (w ++ [a]) = taken s w ++ (if Forbids (owners (may_run s w) a) then [] else [a]).
Proof.
  induction w as [|b w IH]; simpl; intros s; [destruct (Forbids (owners s a)); reflexivity|].
  destruct (Forbids (owners s b)); simpl; [apply IH|]. f_equal. apply IH.
Qed.

Lemma purge_app u w : forall s, purge s (u ++ w) = purge s u ++ purge (run s u) w.
Proof.
  induction u as [|a u IH]; simpl; intros s; [reflexivity|]. rewrite IH. destruct (Forbids (owners s a)); reflexivity.
Qed.

Lemma same_sight_sym s s' : same_sight s s' -> same_sight s' s.
Proof. intros [A B]. split; [easy|]. intros a. now rewrite B. Qed.

Lemma same_sight_trans s s' s'' : same_sight s s' -> same_sight s' s'' -> same_sight s s''.
Proof. intros [A B] [C D]. split; [congruence|]. intros a. now rewrite B. Qed.

Theorem isolated_has_unwinding : isolated -> unwinding alike.
Proof.
  intros I. constructor.
  - intros s w. now split.
  - intros s s' A w. apply same_sight_sym, A.
  - intros s s' s'' A B w. eapply same_sight_trans; [apply A|apply B].
  - intros s s' _ _ A. exact (A []).
  - intros s a R F. destruct (reachable_run s R) as (s0 & u & B & E).
    enough (forall w, same_sight (may_run s w) (may_run (step s a) w) /\ taken s w = taken (step s a) w) as Q by (intros w; apply Q).
    assert (forall T, purge s T = T -> purge (step s a) T = T -> same_sight (run s T) (run (step s a) T)) as Same.
    { intros T P Q. pose proof (I s0 (u ++ T) B) as X. pose proof (I s0 (u ++ a :: T) B) as Y.
      rewrite purge_app, E in X, Y. simpl in Y. rewrite P in X. rewrite F, Q in Y. rewrite run_app, E in X. rewrite run_app, E in Y. simpl in Y.
      eapply same_sight_trans; [exact X|now apply same_sight_sym]. }
    induction w as [|b w [IH T]] using rev_ind.
    + split; [|reflexivity]. exact (Same [] eq_refl eq_refl).
    + assert (taken s (w ++ [b]) = taken (step s a) (w ++ [b])) as Q.
      { rewrite !taken_snoc, T. destruct IH as [_ IH]. now rewrite IH. }
      split; [|exact Q]. rewrite <- !run_taken, <- Q. apply Same; [apply purge_taken|]. rewrite Q. apply purge_taken.
  - intros s s' a _ _ A F w. pose proof (A (a :: w)) as X. simpl in X. destruct (A []) as [_ G]. simpl in G.
    rewrite F in X. now rewrite <- G, F in X.
Qed.

(* So t is isolated exactly where there is an unwinding. *)
Theorem isolated_iff_unwinding : isolated <-> exists R, unwinding R.
Proof. split; [eauto using isolated_has_unwinding|]. intros [R U]. eauto using unwinding_implies_isolated. Qed.

End System.

(* Where domains may affect t through others, no input's domains depend on the state. *)
Section Through.

Variables State Input View : Type.
Variable initial : State -> Prop.
Variable next : State -> Input -> option State.
Variable sees : State -> View.
Variable owners : Input -> N.
Variable By : N.
Variable Via : list N.

Notation step := (step State Input next).
Notation run := (run State Input next).
Notation reachable := (reachable State Input initial next).
Notation Forbids := (Forbids By).
Notation Through := (Through Via).

(* What is left of a sequence, from its end to its beginning: an input is kept if it may affect t, or through one of the domains of those that are
   kept behind it, which are its sources. *)
Fixpoint sources (w : list Input) : N := match w with [] => 0 | a :: w => N.lor (owners a) (sources w) end.
Definition keeps (a : Input) (kept : list Input) : bool := negb (Forbids (owners a)) || meets (Through (owners a)) (sources kept).
Fixpoint ipurge (w : list Input) : list Input :=
  match w with [] => [] | a :: w => let kept := ipurge w in if keeps a kept then a :: kept else kept end.

Definition isolated_through : Prop := forall s w, initial s -> sees (run s w) = sees (run s (ipurge w)).

(* What an input is to the partition of a set V of domains (proofs/unwind.go, partition.role). Nothing is asked of inputs beside. *)
Inductive role := May | Hidden | Beside.
Definition role_of (V : N) (a : Input) : role :=
  if Forbids (owners a) && (Through (owners a) =? V) then Hidden
  else if meets (owners a) V then Beside
  else May.

Record unwinding_through (V : N) (R : State -> State -> Prop) : Prop := {
  equal_ s : R s s;
  symmetric_ s s' : R s s' -> R s' s;
  transitive_ s s' s'' : R s s' -> R s' s'' -> R s s'';
  output_consistency_ s s' : reachable s -> reachable s' -> R s s' -> sees s = sees s';
  local_respect_ s a : reachable s -> role_of V a = Hidden -> R s (step s a);
  step_consistency_ s s' a : reachable s -> reachable s' -> R s s' -> role_of V a = May -> R (step s a) (step s' a)
}.

(* It has step consistency for the hidden inputs, too, by local respect. *)
Lemma consistent_step V R : unwinding_through V R ->
  forall s s' a, reachable s -> reachable s' -> R s s' -> meets (owners a) V = false -> R (step s a) (step s' a).
Proof.
  intros U s s' a A A' C M. destruct (role_of V a) eqn:E.
  - now apply (step_consistency_ V R U).
  - apply (transitive_ V R U) with s; [apply (symmetric_ V R U); now apply (local_respect_ V R U)|].
    apply (transitive_ V R U) with s'; [exact C|]. now apply (local_respect_ V R U).
  - unfold role_of in E. rewrite M in E. destruct (_ && _) in E; discriminate.
Qed.

Lemma consistent_run V R : unwinding_through V R ->
  forall w s s', reachable s -> reachable s' -> R s s' -> meets (sources w) V = false -> R (run s w) (run s' w).
Proof.
  intros U. induction w as [|a w IH]; simpl; intros s s' A A' C M; [exact C|].
  rewrite meets_lor in M. apply orb_false_elim in M as [M1 M2].
  apply IH; [now constructor|now constructor|now apply (consistent_step V R)|exact M2].
Qed.

(* A partition for each set of domains through which some input may affect t is evidence of isolation. *)
Theorem unwinding_implies_isolated_through :
  (forall a, Forbids (owners a) = true -> exists R, unwinding_through (Through (owners a)) R) -> isolated_through.
Proof.
  intros U. assert (forall w s, reachable s -> sees (run s w) = sees (run s (ipurge w))) as Q; [|intros s w I; apply Q; now constructor].
  induction w as [|a w IH]; simpl; intros s A; [reflexivity|].
  assert (reachable (step s a)) as B by now constructor.
  destruct (keeps a (ipurge w)) eqn:K; simpl; rewrite (IH _ B); [reflexivity|].
  apply orb_false_elim in K as [F M]. apply negb_false_iff in F. destruct (U a F) as [R UR].
  apply (output_consistency_ _ R UR); try now apply run_reachable.
  apply (consistent_run _ R UR); auto; [|now rewrite meets_sym].
  apply (symmetric_ _ R UR). apply (local_respect_ _ R UR); [exact A|]. unfold role_of. now rewrite F, N.eqb_refl.
Qed.

(* The other way round: where t is isolated there is such an equivalence for each of them, that t sees the same of two states after all
   inputs that are not of a domain in V. *)
Definition alike_without (V : N) (s s' : State) : Prop := forall w, meets (sources w) V = false -> sees (run s w) = sees (run s' w).

Lemma sources_app u w : sources (u ++ w) = N.lor (sources u) (sources w).
Proof. induction u; simpl; [reflexivity|]. now rewrite IHu, N.lor_assoc. Qed.

Lemma ipurge_app u w : forall v, ipurge w = ipurge v -> ipurge (u ++ w) = ipurge (u ++ v).
Proof. intros v E. induction u; simpl; [exact E|]. now rewrite IHu. Qed.

Lemma meets_sources_ipurge V w : meets (sources w) V = false -> meets (sources (ipurge w)) V = false.
Proof.
  induction w as [|a w IH]; simpl; intros M; [exact M|]. rewrite meets_lor in M. apply orb_false_elim in M as [M1 M2].
  destruct (keeps a (ipurge w)); simpl; auto. rewrite meets_lor, M1. auto.
Qed.

Theorem isolated_through_has_unwinding V : isolated_through -> unwinding_through V (alike_without V).
Proof.
  intros I. constructor.
  - now intros s w.
  - intros s s' A w M. symmetry. now apply A.
  - intros s s' s'' A B w M. rewrite A; auto.
  - intros s s' _ _ A. now apply (A []).
  - intros s a A H w M. destruct (reachable_run _ _ _ _ s A) as (s0 & u & B & E).
    unfold role_of in H. destruct (Forbids (owners a)) eqn:F; simpl in H; [|destruct (meets _ _); discriminate].
    destruct (N.eqb_spec (Through (owners a)) V) as [T|T]; [|destruct (meets _ _); discriminate].
    assert (ipurge (a :: w) = ipurge w) as P.
    { simpl. unfold keeps. rewrite F, T, meets_sym, meets_sources_ipurge; auto. }
    pose proof (I s0 (u ++ w) B) as X. pose proof (I s0 (u ++ a :: w) B) as Y.
    rewrite (ipurge_app u (a :: w) w P) in Y. rewrite run_app, E in X, Y. simpl in Y. congruence.
  - intros s s' a _ _ A H w M. unfold role_of in H. destruct (_ && _) in H; [discriminate|].
    destruct (meets (owners a) V) eqn:Q; [discriminate|]. apply (A (a :: w)). simpl. now rewrite meets_lor, Q.
Qed.

Theorem isolated_through_iff_unwinding :
  isolated_through <-> forall a, Forbids (owners a) = true -> exists R, unwinding_through (Through (owners a)) R.
Proof. split; [eauto using isolated_through_has_unwinding|apply unwinding_implies_isolated_through]. Qed.

End Through.

(* Rushby's policy is one relation of domains, and each input is of one domain. *)
Section OneRelation.

Variables State Input View : Type.
Variable initial : State -> Prop.
Variable next : State -> Input -> option State.
Variable sees : State -> View.
Variable dom : Input -> nat.
Variable flows : nat -> nat -> bool. (* whether a domain may affect another one by itself *)
Variable t : nat.
Hypothesis flows_self : forall d, flows d d = true.

Notation step := (step State Input next).
Notation run := (run State Input next).
Notation reachable := (reachable State Input initial next).

(* His sources and ipurge. *)
Fixpoint rushby_sources (w : list Input) : list nat :=
  match w with
  | [] => [t]
  | a :: w => let behind := rushby_sources w in if existsb (flows (dom a)) behind then dom a :: behind else behind
  end.
Fixpoint rushby_ipurge (w : list Input) : list Input :=
  match w with
  | [] => []
  | a :: v => if existsb (Nat.eqb (dom a)) (rushby_sources w) then a :: rushby_ipurge v else rushby_ipurge v
  end.

Lemma rushby_kept a w : existsb (Nat.eqb (dom a)) (rushby_sources (a :: w)) = existsb (flows (dom a)) (rushby_sources w).
Proof.
  simpl. destruct (existsb (flows (dom a)) (rushby_sources w)) eqn:E; simpl; [now rewrite Nat.eqb_refl|].
  apply not_true_is_false. intros H. apply existsb_exists in H as (d & I & <-%Nat.eqb_eq).
  enough (existsb (flows (dom a)) (rushby_sources w) = true) by congruence. apply existsb_exists. eauto.
Qed.

(* His conditions of unwinding: an equivalence for each domain, with weak step consistency. *)
Record rushby_unwinding (R : nat -> State -> State -> Prop) : Prop := {
  rushby_equal u s : R u s s;
  rushby_symmetric u s s' : R u s s' -> R u s' s;
  rushby_transitive u s s' s'' : R u s s' -> R u s' s'' -> R u s s'';
  rushby_output s s' : reachable s -> reachable s' -> R t s s' -> sees s = sees s';
  rushby_respect u s a : reachable s -> flows (dom a) u = false -> R u s (step s a);
  rushby_weak_step u s s' a : reachable s -> reachable s' -> R u s s' -> R (dom a) s s' -> R u (step s a) (step s' a)
}.

Theorem rushby_intransitive R : rushby_unwinding R -> forall s w, initial s -> sees (run s w) = sees (run s (rushby_ipurge w)).
Proof.
  intros U. assert (forall w s s', reachable s -> reachable s' -> (forall u, In u (rushby_sources w) -> R u s s') ->
                      sees (run s w) = sees (run s' (rushby_ipurge w))) as Q.
  { induction w as [|a w IH]; intros s s' A A' C.
    - apply (rushby_output R U); auto. apply C. now left.
    - assert (reachable (step s a)) by now constructor. assert (reachable (step s' a)) by now constructor.
      unfold rushby_ipurge; fold rushby_ipurge. rewrite rushby_kept. simpl in C.
      destruct (existsb (flows (dom a)) (rushby_sources w)) eqn:E; simpl; apply IH; auto.
      + intros u I. apply (rushby_weak_step R U); auto; apply C; [now right|now left].
      + intros u I. apply (rushby_transitive R U) with s; [|now apply C]. apply (rushby_symmetric R U), (rushby_respect R U); [exact A|].
        apply not_true_is_false. intros F. enough (existsb (flows (dom a)) (rushby_sources w) = true) by congruence.
        apply existsb_exists. eauto. }
  intros s w I. apply Q; try now constructor. intros. apply (rushby_equal R U).
Qed.

(* The claim that such a policy comes to: By are the domains that may not affect t by themselves, and each may through those that it may affect;
   that it may affect itself need not be said. *)
Variable By : N.
Variable Via : list N.
Hypothesis By_is : forall a, bit By (dom a) = negb (flows (dom a) t).
Hypothesis Via_is : forall a d, dom a <> d -> bit (nth (dom a) Via 0) d = flows (dom a) d.
Hypothesis dom_below : forall a, (dom a < length Via)%nat.

Definition owner (a : Input) : N := 2 ^ N.of_nat (dom a).

Lemma owner_bit a d : bit (owner a) d = Nat.eqb (dom a) d.
Proof.
  unfold owner, bit. destruct (Nat.eqb_spec (dom a) d) as [<-|D]; [apply N.pow2_bits_true|]. apply N.pow2_bits_false. lia.
Qed.

Lemma Forbids_owner a : Forbids By (owner a) = negb (flows (dom a) t).
Proof.
  rewrite <- By_is. unfold Forbids. assert (owner a <> 0) as Z by (apply N.pow_nonzero; discriminate).
  apply N.eqb_neq in Z. rewrite Z. simpl. apply eq_true_iff_eq. rewrite N.eqb_eq. split; intros E.
  - destruct (bit By (dom a)) eqn:B; [reflexivity|].
    assert (N.testbit (N.ldiff (owner a) By) (N.of_nat (dom a)) = true) as Q.
    { rewrite N.ldiff_spec. fold (bit (owner a) (dom a)). fold (bit By (dom a)). now rewrite owner_bit, B, Nat.eqb_refl. }
    rewrite E in Q. now rewrite N.bits_0 in Q.
  - apply N.bits_inj_0. intros n. rewrite N.ldiff_spec. rewrite <- (N2Nat.id n). fold (bit (owner a) (N.to_nat n)).
    fold (bit By (N.to_nat n)). rewrite owner_bit. destruct (Nat.eqb_spec (dom a) (N.to_nat n)) as [<-|]; [now rewrite E|reflexivity].
Qed.

Lemma Through_owner a d : bit (Through Via (owner a)) d = bit (nth (dom a) Via 0) d.
Proof.
  rewrite Through_bit. apply eq_true_iff_eq. rewrite existsb_exists. split.
  - intros (e & _ & [E Q]%andb_prop). rewrite owner_bit in E. apply Nat.eqb_eq in E. now subst.
  - intros Q. exists (dom a). rewrite owner_bit, Nat.eqb_refl, Q. split; [|reflexivity]. apply in_seq. specialize (dom_below a). lia.
Qed.

Notation sources := (sources Input owner).
Notation keeps := (keeps Input owner By Via).
Notation ipurge := (ipurge Input owner By Via).

Lemma sources_bit w d : bit (sources w) d = existsb (fun a => Nat.eqb (dom a) d) w.
Proof.
  induction w as [|a w IH]; simpl; [reflexivity|].
  unfold bit. rewrite N.lor_spec. fold (bit (owner a) d). fold (bit (sources w) d). now rewrite owner_bit, IH.
Qed.

(* Whether an input is kept, in other words; its own domain is no reason by itself. *)
Lemma keeps_is a w : keeps a w = true <->
  flows (dom a) t = true \/ exists d, bit (nth (dom a) Via 0) d = true /\ bit (sources w) d = true.
Proof.
  unfold keeps. rewrite Forbids_owner, negb_involutive, orb_true_iff, meets_bit. split; intros [A|(d & A & B)]; auto; right; exists d.
  - now rewrite Through_owner in A.
  - now rewrite Through_owner.
Qed.

Lemma keeps_of_kept w : forall a, bit (sources (ipurge w)) (dom a) = true -> keeps a (ipurge w) = true.
Proof.
  induction w as [|b w IH]; intros a; [discriminate|].
  simpl. destruct (keeps b (ipurge w)) eqn:K; [|apply IH]. simpl. intros Q.
  assert (forall d, bit (sources (ipurge w)) d = true -> bit (sources (b :: ipurge w)) d = true) as M.
  { intros d. rewrite !sources_bit. simpl. intros ->. apply orb_true_r. }
  assert (keeps a (ipurge w) = true) as W.
  { unfold bit in Q. rewrite N.lor_spec in Q. fold (bit (owner b) (dom a)) in Q. fold (bit (sources (ipurge w)) (dom a)) in Q.
    apply orb_prop in Q as [Q|Q]; [|now apply IH]. rewrite owner_bit in Q. apply Nat.eqb_eq in Q.
    rewrite keeps_is in *. rewrite Q in K. exact K. }
  rewrite keeps_is in *. destruct W as [W|(d & A & B)]; [now left|right]. exists d. auto.
Qed.

Lemma rushby_same w : rushby_ipurge w = ipurge w
  /\ forall d, In d (rushby_sources w) <-> d = t \/ bit (sources (ipurge w)) d = true.
Proof.
  induction w as [|a w [IH IS]].
  - split; [reflexivity|]. intros d. simpl. intuition congruence.
  - assert (existsb (flows (dom a)) (rushby_sources w) = keeps a (ipurge w)) as E.
    { apply eq_true_iff_eq. rewrite existsb_exists, keeps_is. split.
      - intros (d & I & F). apply IS in I as [->|I]; [now left|]. destruct (Nat.eqb_spec (dom a) d) as [<-|D].
        + pose proof (keeps_of_kept w a I) as K. now rewrite keeps_is in K.
        + right. exists d. now rewrite Via_is.
      - intros [F|(d & A & B)]; [exists t; rewrite IS; auto|]. exists d. rewrite IS. split; [now right|].
        destruct (Nat.eqb_spec (dom a) d) as [<-|D]; [apply flows_self|]. now rewrite <- Via_is. }
    unfold rushby_ipurge; fold rushby_ipurge. rewrite rushby_kept, E, IH. split.
    + simpl. destruct (keeps a (ipurge w)); reflexivity.
    + intros d. simpl. rewrite E. destruct (keeps a (ipurge w)); [|apply IS].
      cbn [In]. rewrite IS, !sources_bit. cbn [existsb]. rewrite orb_true_iff, Nat.eqb_eq. tauto.
Qed.

(* So what is decided for such a policy is Rushby's noninterference, and his conditions are sufficient for it. *)
Theorem rushby_is_isolated_through :
  isolated_through State Input View initial next sees owner By Via
  <-> forall s w, initial s -> sees (run s w) = sees (run s (rushby_ipurge w)).
Proof.
  split; intros H s w I; [destruct (rushby_same w) as [-> _]|destruct (rushby_same w) as [<- _]]; auto.
Qed.

Corollary rushby_unwinding_implies_isolated_through R :
  rushby_unwinding R -> isolated_through State Input View initial next sees owner By Via.
Proof. intros U. apply rushby_is_isolated_through. eauto using rushby_intransitive. Qed.

End OneRelation.
