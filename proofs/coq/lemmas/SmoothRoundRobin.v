(* Smooth weighted round-robin has an exact period.

   After as many requests as all weights sum to, every server has had exactly as many as its weight, and every current weight is back at
   0: for any number of servers, any positive weights, and whoever wins ties. With the ties of the Go code any stretch of that length will do,
   wherever it begins. In between, a current weight is exactly how far its server is off its share; it is above minus the sum of the weights, and
   can be more than that sum above 0. Where requests fail, current weights still sum to 0, and of n servers none is further below 0 than (n - 1)/n of the sum.

   Of: model/balance/balance.go (Smooth; Next, Pick and Fail, definition by definition) and model/balance/smooth.bh and failing.bh, which check
   these laws of small instances. The argument: the current weights sum to 0, so who has the greatest after the increment has more than 0, and
   stays above -W when W is taken; after W requests each is a multiple of W above -W, and they sum to 0.
   Source of the algorithm: nginx, src/http/ngx_http_upstream_round_robin.c. *)

From Coq Require Import ZArith List Bool Lia Arith.
From BulkheadLemmas Require Import Lists.
Import ListNotations.
Open Scope Z_scope.

Record Smooth := { weights : list Z; effective : list Z; current : list Z }.

(* NewSmooth takes weights of 1 at least, of one server at least. *)
Definition valid (ws : list Z) : Prop := ws <> [] /\ forall s, (1 <= s <= length ws)%nat -> 1 <= entry ws s.

Definition NewSmooth (ws : list Z) : Smooth := {| weights := ws; effective := ws; current := zeros ws |}.

Definition Weight (b : Smooth) (s : nat) : Z := entry (weights b) s.
Definition Effective (b : Smooth) (s : nat) : Z := entry (effective b) s.
Definition Current (b : Smooth) (s : nat) : Z := entry (current b) s.
Definition Period (b : Smooth) : Z := sum (weights b).
Definition score (b : Smooth) (s : nat) : Z := Current b s + Effective b s.

(* The loop of Next, after so many servers: 0 is none. *)
Fixpoint best (b : Smooth) (servers : nat) : nat :=
  match servers with
  | O => O
  | S i => let best := best b i in
      if (best =? 0)%nat || (score b best <? score b (S i)) then S i else best
  end.

Definition Next (b : Smooth) : nat := best b (length (weights b)).

Definition known (s : nat) (servers : nat) : bool := (1 <=? s)%nat && (s <=? servers)%nat.

(* min(w, effective + 1), server by server. *)
Fixpoint recover (ws es : list Z) : list Z :=
  match ws, es with
  | w :: r, e :: q => Z.min w (e + 1) :: recover r q
  | _, _ => []
  end.

(* None is a refusal. *)
Definition Pick (b : Smooth) (s : nat) : option Smooth :=
  if negb (known s (length (weights b))) then None
  else if score b s <? score b (Next b) then None
  else Some {| weights := weights b;
               effective := recover (weights b) (effective b);
               current := plus (set (current b) (s - 1) (Current b s - sum (effective b))) (effective b) |}.

Definition Fail (b : Smooth) (s : nat) (maxFails : Z) : option Smooth :=
  if negb (known s (length (weights b))) || (maxFails <? 1) then None
  else Some {| weights := weights b;
               effective := set (effective b) (s - 1) (Z.max 0 (Effective b s - Weight b s / maxFails));
               current := current b |}.

(* Requests to these servers, one after the other, none of which is refused and none fails. *)
Fixpoint run (b : Smooth) (l : list nat) : option Smooth :=
  match l with
  | [] => Some b
  | s :: r => match Pick b s with Some c => run c r | None => None end
  end.

(* Requests as Next has them: so many, the servers and what comes of it. *)
Fixpoint turns (b : Smooth) (n : nat) : list nat * Smooth :=
  match n with
  | O => ([], b)
  | S m => match Pick b (Next b) with
           | Some c => let (l, d) := turns c m in (Next b :: l, d)
           | None => ([], b)
           end
  end.

(* What is reached with failures at any moment. *)
Inductive reached (ws : list Z) : Smooth -> Prop :=
| at_first : reached ws (NewSmooth ws)
| picked : forall b s c, reached ws b -> Pick b s = Some c -> reached ws c
| failed : forall b s n c, reached ws b -> Fail b s n = Some c -> reached ws c.

(* Choosing. *)

Lemma best_is_greatest : forall b n, (1 <= n)%nat ->
  (1 <= best b n <= n)%nat /\
  (forall s, (1 <= s <= n)%nat -> score b s <= score b (best b n)) /\
  (forall s, (1 <= s < best b n)%nat -> score b s < score b (best b n)).
Proof.
  induction n as [|n IH]; intros P; try lia.
  cbn [best]. destruct n as [|n].
  - simpl. repeat split; try lia. intros s S. replace s with 1%nat by lia. lia.
  - specialize (IH ltac:(lia)). destruct IH as (I & G & F).
    set (k := best b (S n)) in *. destruct (Nat.eqb_spec k 0) as [Z|_]; try lia. cbn [orb].
    destruct (Z.ltb_spec (score b k) (score b (S (S n)))) as [L|L]; repeat split; try lia; intros s H.
    + destruct (Nat.eq_dec s (S (S n))); [subst; lia|]. specialize (G s ltac:(lia)). lia.
    + specialize (G s ltac:(lia)). lia.
    + destruct (Nat.eq_dec s (S (S n))); [subst; lia|]. apply G. lia.
    + apply F. lia.
Qed.

(* Of equals the first, as nginx has it. *)
Theorem next_is_first_of_greatest : forall b, weights b <> [] ->
  known (Next b) (length (weights b)) = true /\
  (forall s, (1 <= s <= length (weights b))%nat -> score b s <= score b (Next b)) /\
  (forall s, (1 <= s < Next b)%nat -> score b s < score b (Next b)).
Proof.
  intros b N. unfold Next. destruct (best_is_greatest b (length (weights b))) as (I & G & F).
  - destruct (weights b); simpl; [congruence|lia].
  - repeat split; auto. unfold known. apply andb_true_intro. split; apply Nat.leb_le; lia.
Qed.

Lemma known_range : forall s n, known s n = true <-> (1 <= s <= n)%nat.
Proof. intros. unfold known. rewrite Bool.andb_true_iff, !Nat.leb_le. lia. Qed.

(* What a choice does, whoever wins ties. *)
Lemma pick_inv : forall b s c, Pick b s = Some c ->
  (1 <= s <= length (weights b))%nat /\
  (forall u, (1 <= u <= length (weights b))%nat -> score b u <= score b s) /\
  weights c = weights b /\ effective c = recover (weights b) (effective b) /\
  current c = plus (set (current b) (s - 1) (Current b s - sum (effective b))) (effective b).
Proof.
  unfold Pick. intros b s c P.
  destruct (known s (length (weights b))) eqn:K; try discriminate. cbn [negb] in P.
  apply known_range in K.
  destruct (Z.ltb_spec (score b s) (score b (Next b))) as [L|L]; try discriminate.
  injection P as <-. cbn. repeat split; auto; try lia.
  intros u U. destruct (next_is_first_of_greatest b) as (_ & G & _).
  { intros E. rewrite E in U. simpl in U. lia. }
  specialize (G u U). lia.
Qed.

(* Next is never refused. *)
Lemma pick_next : forall b, weights b <> [] -> exists c, Pick b (Next b) = Some c.
Proof.
  intros b N. unfold Pick. destruct (next_is_first_of_greatest b N) as (K & _ & _).
  rewrite K. cbn [negb]. rewrite Z.ltb_irrefl. eauto.
Qed.

Lemma length_recover : forall ws es, length ws = length es -> length (recover ws es) = length ws.
Proof. induction ws; destruct es; simpl; intros; try lia. rewrite IHws; lia. Qed.

Lemma recover_same : forall ws, recover ws ws = ws.
Proof. induction ws; simpl; auto. rewrite IHws. f_equal. lia. Qed.

(* With failures. *)

Definition sound (ws : list Z) (b : Smooth) : Prop :=
  weights b = ws /\ length (effective b) = length ws /\ length (current b) = length ws /\
  (forall s, (1 <= s <= length ws)%nat -> 0 <= Effective b s <= entry ws s) /\
  sum (current b) = 0 /\
  (forall s, (1 <= s <= length ws)%nat -> - (Z.of_nat (length ws) - 1) * sum ws <= Z.of_nat (length ws) * Current b s).

Lemma sum_at_most_other : forall l m, length l = length m ->
  (forall s, (1 <= s <= length l)%nat -> entry l s <= entry m s) -> sum l <= sum m.
Proof.
  induction l as [|x r IH]; destruct m as [|y q]; simpl; intros L H; try lia.
  pose proof (H 1%nat ltac:(lia)) as F. simpl in F.
  enough (sum r <= sum q) by lia. apply IH; try lia.
  intros [|i] I; try lia. apply (H (S (S i))). lia.
Qed.

Lemma entry_recover : forall ws es s, length ws = length es -> (1 <= s <= length ws)%nat ->
  entry (recover ws es) s = Z.min (entry ws s) (entry es s + 1).
Proof.
  induction ws as [|w r IH]; destruct es as [|e q]; simpl; intros s L H; try lia.
  destruct s as [|[|i]]; simpl; auto; try lia.
  apply (IH q (S i)); lia.
Qed.

Lemma valid_positive : forall ws, valid ws -> Z.of_nat (length ws) <= sum ws.
Proof.
  intros ws [_ V]. induction ws as [|w r IH]; cbn [length sum]; try lia.
  pose proof (V 1%nat ltac:(simpl; lia)) as F. simpl in F.
  enough (Z.of_nat (length r) <= sum r) by lia. apply IH.
  intros [|i] I; try lia. apply (V (S (S i))). simpl. lia.
Qed.

Lemma valid_sum : forall ws, valid ws -> 0 < sum ws.
Proof.
  intros ws V. pose proof (valid_positive ws V). destruct V as [N _].
  destruct ws; [congruence|]. simpl length in *. lia.
Qed.

Lemma current_after : forall b s c, Pick b s = Some c -> length (current b) = length (weights b) ->
  length (effective b) = length (weights b) -> forall u,
  Current c u = Current b u + Effective b u - (if Nat.eq_dec s u then sum (effective b) else 0).
Proof.
  intros b s c P LC LE u. apply pick_inv in P. destruct P as (K & _ & _ & _ & C).
  unfold Current at 1. rewrite C, entry_plus by (rewrite length_set; lia).
  destruct (Nat.eq_dec s u) as [<-|N].
  - rewrite entry_set_same by lia. unfold Effective. lia.
  - rewrite entry_set_other by lia. unfold Current, Effective. lia.
Qed.

Lemma sum_after : forall b s c, Pick b s = Some c -> length (current b) = length (weights b) ->
  length (effective b) = length (weights b) -> sum (current c) = sum (current b).
Proof.
  intros b s c P LC LE. apply pick_inv in P. destruct P as (K & _ & _ & _ & C).
  rewrite C, sum_plus by (rewrite length_set; lia). rewrite sum_set by lia.
  unfold Current. destruct s as [|i]; try lia. simpl. rewrite Nat.sub_0_r. lia.
Qed.

Lemma scores_sum : forall b s, length (current b) = length (effective b) -> sum (current b) = 0 ->
  (forall u, (1 <= u <= length (current b))%nat -> score b u <= score b s) ->
  sum (effective b) <= Z.of_nat (length (current b)) * score b s.
Proof.
  intros b s L Z G. rewrite <- (Z.add_0_l (sum (effective b))), <- Z, <- sum_plus by auto.
  rewrite <- (length_plus (current b) (effective b)) by auto.
  apply sum_at_most. rewrite length_plus by auto. intros u U. rewrite entry_plus by auto. apply (G u U).
Qed.

Lemma sound_at_first : forall ws, valid ws -> sound ws (NewSmooth ws).
Proof.
  intros ws V. pose proof (valid_sum ws V). destruct V as [_ V].
  unfold sound, NewSmooth, Effective, Current. cbn. repeat split; auto.
  - apply length_zeros.
  - specialize (V s H0). lia.
  - lia.
  - apply sum_zeros.
  - intros s S. replace (entry (zeros ws) s) with 0 by (destruct s; simpl; [|rewrite nth_zeros]; auto). nia.
Qed.

Lemma effective_sum : forall ws b, sound ws b -> 0 <= sum (effective b) <= sum ws.
Proof.
  intros ws b (W & LE & LC & E & _). split.
  - apply sum_nonneg. intros s S. apply E. lia.
  - apply sum_at_most_other; auto. intros s S. apply E. lia.
Qed.

Lemma sound_pick : forall ws b s c, sound ws b -> Pick b s = Some c -> sound ws c.
Proof.
  intros ws b s c B P. pose proof (effective_sum ws b B) as ES. destruct B as (W & LE & LC & E & Z & M).
  pose proof (current_after b s c P ltac:(congruence) ltac:(congruence)) as CA.
  pose proof (sum_after b s c P ltac:(congruence) ltac:(congruence)) as SA.
  pose proof (pick_inv b s c P) as (K & G & WC & EC & CC).
  pose proof (scores_sum b s ltac:(congruence) Z) as Q. rewrite LC in Q. rewrite W in G, K. specialize (Q G).
  unfold sound. rewrite WC, SA. repeat split; auto.
  - rewrite EC, length_recover; congruence.
  - rewrite CC, length_plus; rewrite length_set; congruence.
  - unfold Effective. rewrite EC, W, entry_recover by (auto; lia).
    pose proof (E s0 H). unfold Effective in *. lia.
  - unfold Effective. rewrite EC, W, entry_recover by (auto; lia). lia.
  - intros u U. rewrite CA. pose proof (M u U). pose proof (E u U).
    unfold score in Q. destruct (Nat.eq_dec s u) as [<-|N]; nia.
Qed.

Lemma sound_fail : forall ws b s n c, valid ws -> sound ws b -> Fail b s n = Some c -> sound ws c.
Proof.
  unfold Fail. intros ws b s n c V (W & LE & LC & E & Z & M) F.
  destruct (known s (length (weights b))) eqn:K; try discriminate. cbn [negb orb] in F.
  destruct (Z.ltb_spec n 1) as [L|L]; try discriminate. injection F as <-.
  apply known_range in K. rewrite W in K.
  unfold sound, Effective, Current in *. cbn. repeat split; auto.
  - rewrite length_set; auto.
  - destruct (Nat.eq_dec s s0) as [<-|N].
    + rewrite entry_set_same; lia.
    + rewrite entry_set_other by lia. apply E; auto.
  - destruct (Nat.eq_dec s s0) as [<-|N].
    + rewrite entry_set_same by lia. specialize (E s H).
      assert (0 <= Weight b s / n).
      { apply Z.div_pos; try lia. unfold Weight. rewrite W. lia. }
      lia.
    + rewrite entry_set_other by lia. apply E; auto.
Qed.

Lemma sound_reached : forall ws b, valid ws -> reached ws b -> sound ws b.
Proof. intros ws b V R. induction R; eauto using sound_at_first, sound_pick, sound_fail. Qed.

(* Whatever fails, and whoever wins ties: the current weights sum to 0, *)
Theorem sum_is_zero_whatever_fails : forall ws b, valid ws -> reached ws b -> sum (current b) = 0.
Proof. intros ws b V R. apply (sound_reached ws b V R). Qed.

(* and of n servers none is further below 0 than (n - 1)/n of all weights together, which is no more than all weights but the least. *)
Theorem ahead_by_less_than_a_request : forall ws b s, valid ws -> reached ws b -> (1 <= s <= length ws)%nat ->
  - (Z.of_nat (length ws) - 1) * sum ws <= Z.of_nat (length ws) * Current b s.
Proof. intros ws b s V R. apply (sound_reached ws b V R). Qed.

(* Equal weights get there. *)
Theorem ahead_by_two_thirds : exists b, run (NewSmooth [1; 1; 1]) [1%nat] = Some b /\ 3 * Current b 1 = - (3 - 1) * Period b.
Proof. eexists. split; vm_compute; reflexivity. Qed.

Corollary above_all_weights_but_one : forall ws b s u, valid ws -> reached ws b -> (1 <= s <= length ws)%nat ->
  (forall v, (1 <= v <= length ws)%nat -> entry ws u <= entry ws v) -> (1 <= u <= length ws)%nat ->
  - (sum ws - entry ws u) <= Current b s.
Proof.
  intros ws b s u V R S L U. pose proof (ahead_by_less_than_a_request ws b s V R S).
  pose proof (entry_at_most ws (entry ws u) L u U). nia.
Qed.

Lemma current_bounds : forall ws b s, valid ws -> reached ws b -> (1 <= s <= length ws)%nat ->
  - sum ws < Current b s <= (Z.of_nat (length ws) - 1) * sum ws.
Proof.
  intros ws b s V R S. pose proof (valid_sum ws V) as P.
  assert (M : forall s, (1 <= s <= length ws)%nat -> - sum ws < Current b s).
  { intros u U. pose proof (ahead_by_less_than_a_request ws b u V R U). nia. }
  split; auto. destruct (sound_reached ws b V R) as (_ & _ & LC & _ & Z & _).
  pose proof (entry_at_most (current b) (- sum ws)) as H. rewrite LC, Z in H.
  specialize (H ltac:(intros u U; specialize (M u U); unfold Current in M; lia) s S). unfold Current. lia.
Qed.

(* Without failures. *)

Definition lagging (ws : list Z) (t : Z) (had : nat -> Z) (b : Smooth) : Prop :=
  weights b = ws /\ effective b = ws /\ length (current b) = length ws /\
  forall s, Current b s = t * entry ws s - sum ws * had s.

Lemma lagging_pick : forall ws t had b s c, lagging ws t had b -> Pick b s = Some c ->
  lagging ws (t + 1) (fun u => had u + if Nat.eq_dec s u then 1 else 0) c.
Proof.
  intros ws t had b s c (W & E & LC & L) P.
  pose proof (current_after b s c P ltac:(congruence) ltac:(congruence)) as CA.
  pose proof (pick_inv b s c P) as (K & G & WC & EC & CC).
  unfold lagging. repeat split; try congruence.
  - rewrite EC, W, E. apply recover_same.
  - rewrite CC, length_plus; rewrite length_set; congruence.
  - intros u. rewrite CA, L. unfold Effective. rewrite E.
    destruct (Nat.eq_dec s u); lia.
Qed.

Lemma lagging_run : forall ws l t had b c, lagging ws t had b -> run b l = Some c ->
  lagging ws (t + Z.of_nat (length l)) (fun u => had u + count u l) c.
Proof.
  induction l as [|s r IH]; cbn [run length]; intros t had b c L R.
  - injection R as <-. destruct L as (W & E & LC & L). repeat split; auto.
    intros u. rewrite L. unfold count. simpl. lia.
  - destruct (Pick b s) as [d|] eqn:P; try discriminate.
    pose proof (IH _ _ _ _ (lagging_pick _ _ _ _ _ _ L P) R) as (W & E & LC & Q). repeat split; auto.
    intros u. rewrite Q. unfold count. simpl.
    destruct (Nat.eq_dec s u); lia.
Qed.

Lemma lagging_at_first : forall ws, lagging ws 0 (fun _ => 0) (NewSmooth ws).
Proof.
  intros ws. repeat split; auto; unfold NewSmooth, Current; cbn.
  - apply length_zeros.
  - intros [|i]; simpl; [|rewrite nth_zeros]; lia.
Qed.

(* A current weight is exactly how far its server is off its share: t * w - W * n after t requests of which it had n. *)
Theorem current_is_the_lag : forall ws l b, run (NewSmooth ws) l = Some b ->
  forall s, Current b s = Z.of_nat (length l) * entry ws s - sum ws * count s l.
Proof.
  intros ws l b R. destruct (lagging_run ws l 0 _ _ _ (lagging_at_first ws) R) as (_ & _ & _ & L).
  intros s. rewrite L. lia.
Qed.

Lemma run_reached : forall ws l b c, reached ws b -> run b l = Some c -> reached ws c.
Proof.
  induction l as [|s r IH]; cbn [run]; intros b c B R.
  - congruence.
  - destruct (Pick b s) as [d|] eqn:P; try discriminate. eapply IH; [|exact R]. eapply picked; eauto.
Qed.

(* All are above minus the sum of the weights, which is where the period comes from. *)
Theorem current_is_above_minus_total : forall ws l b, valid ws -> run (NewSmooth ws) l = Some b ->
  forall s, (1 <= s <= length ws)%nat -> - sum ws < Current b s.
Proof. intros ws l b V R s S. eapply current_bounds; eauto. eapply run_reached; [apply at_first|exact R]. Qed.

Theorem sum_is_zero : forall ws l b, valid ws -> run (NewSmooth ws) l = Some b -> sum (current b) = 0.
Proof.
  intros ws l b V R. apply (sum_is_zero_whatever_fails ws b V). eapply run_reached; [apply at_first|exact R].
Qed.

(* All is as at first exactly where each server's share is a whole number of requests, and then it had just these. *)
Theorem back_exactly_at_whole_shares : forall ws l b, valid ws -> run (NewSmooth ws) l = Some b ->
  (b = NewSmooth ws <-> forall s, (sum ws | Z.of_nat (length l) * entry ws s)).
Proof.
  intros ws l b V R. pose proof (valid_sum ws V) as WP.
  pose proof (current_is_the_lag ws l b R) as L.
  destruct (lagging_run ws l 0 _ _ _ (lagging_at_first ws) R) as (W & E & LC & _).
  split.
  - intros -> s. specialize (L s). unfold NewSmooth, Current in L. cbn in L.
    replace (entry (zeros ws) s) with 0 in L by (destruct s; simpl; [|rewrite nth_zeros]; auto).
    exists (count s l). lia.
  - intros D. assert (Z : forall s, Current b s = 0).
    { apply sum_zero_all_zero.
      - intros s S. rewrite LC in S. pose proof (current_is_above_minus_total ws l b V R s S) as M.
        unfold Current in *. rewrite L in *. destruct (D s) as [k K]. rewrite K in *.
        assert (0 <= k - count s l) by nia. nia.
      - apply (sum_is_zero ws l); auto. }
    destruct b as [bw be bc]. cbn in *. unfold NewSmooth. f_equal; try congruence.
    apply same_entries.
    + rewrite length_zeros. auto.
    + intros s S. specialize (Z s). unfold Current in Z. cbn in Z. rewrite Z.
      destruct s; simpl; [|rewrite nth_zeros]; auto.
Qed.

(* The exact period. *)
Theorem exact_period : forall ws l b, valid ws -> run (NewSmooth ws) l = Some b -> Z.of_nat (length l) = sum ws ->
  b = NewSmooth ws /\ forall s, (1 <= s <= length ws)%nat -> count s l = entry ws s.
Proof.
  intros ws l b V R P. pose proof (valid_sum ws V) as WP.
  assert (B : b = NewSmooth ws).
  { apply (back_exactly_at_whole_shares ws l b V R). intros s. rewrite P. exists (entry ws s). lia. }
  split; auto. intros s S. pose proof (current_is_the_lag ws l b R s) as L.
  rewrite B, P in L. unfold NewSmooth, Current in L. cbn in L.
  replace (entry (zeros ws) s) with 0 in L by (destruct s; simpl; [|rewrite nth_zeros]; auto).
  nia.
Qed.

(* The least period: the sum of the weights through what divides all of them. *)
Fixpoint gcd_all (l : list Z) : Z :=
  match l with
  | [] => 0
  | x :: r => Z.gcd x (gcd_all r)
  end.

Lemma divide_gcd_all : forall d t l, (forall s, (d | t * entry l s)) -> (d | t * gcd_all l).
Proof.
  induction l as [|x r IH]; intros H; cbn [gcd_all].
  - rewrite Z.mul_0_r. apply Z.divide_0_r.
  - assert (A : (d | t * x)) by apply (H 1%nat).
    assert (B : (d | t * gcd_all r)).
    { apply IH. intros [|i]; simpl; [rewrite Z.mul_0_r; apply Z.divide_0_r|apply (H (S (S i)))]. }
    destruct (Z.gcd_bezout x (gcd_all r) _ eq_refl) as (u & v & <-).
    replace (t * (u * x + v * gcd_all r)) with (u * (t * x) + v * (t * gcd_all r)) by ring.
    apply Z.divide_add_r; apply Z.divide_mul_r; auto.
Qed.

Lemma gcd_all_divides : forall l s, (gcd_all l | entry l s).
Proof.
  induction l as [|x r IH]; intros [|[|i]]; cbn [gcd_all]; try apply Z.divide_0_r.
  - apply Z.gcd_divide_l.
  - eapply Z.divide_trans; [apply Z.gcd_divide_r|apply (IH (S i))].
Qed.

Lemma gcd_all_divides_sum : forall l, (gcd_all l | sum l).
Proof.
  induction l as [|x r IH]; cbn [gcd_all sum]; [apply Z.divide_0_r|].
  apply Z.divide_add_r; [apply Z.gcd_divide_l|]. eapply Z.divide_trans; [apply Z.gcd_divide_r|auto].
Qed.

Theorem least_period : forall ws l b, valid ws -> run (NewSmooth ws) l = Some b ->
  (b = NewSmooth ws <-> (sum ws / gcd_all ws | Z.of_nat (length l))).
Proof.
  intros ws l b V R. rewrite (back_exactly_at_whole_shares ws l b V R).
  pose proof (valid_sum ws V) as WP. destruct (gcd_all_divides_sum ws) as [q Q].
  assert (G : gcd_all ws <> 0) by (intros G; rewrite G in Q; lia).
  assert (D : sum ws / gcd_all ws = q) by (rewrite Q; apply Z.div_mul; auto).
  rewrite D. split.
  - intros H. apply divide_gcd_all in H. rewrite Q in H. apply Z.mul_divide_cancel_r in H; auto.
  - intros [k K] s. destruct (gcd_all_divides ws s) as [m M]. rewrite K, M, Q. exists (k * m). ring.
Qed.

(* As the Go code has it: Next. *)

Lemma turns_run : forall n b, weights b <> [] -> run b (fst (turns b n)) = Some (snd (turns b n)) /\ length (fst (turns b n)) = n.
Proof.
  induction n as [|n IH]; cbn [turns]; intros b N; auto.
  destruct (pick_next b N) as [c P]. rewrite P.
  assert (NC : weights c <> []) by (apply pick_inv in P; destruct P as (_ & _ & -> & _); auto).
  specialize (IH c NC). destruct (turns c n) as [l d]. cbn [fst snd run length] in *. rewrite P. intuition.
Qed.

Lemma turns_add : forall m n b, weights b <> [] -> turns b (m + n) =
  (fst (turns b m) ++ fst (turns (snd (turns b m)) n), snd (turns (snd (turns b m)) n)).
Proof.
  induction m as [|m IH]; cbn [turns Nat.add]; intros n b N.
  - cbn [fst snd app]. destruct (turns b n); auto.
  - destruct (pick_next b N) as [c P]. rewrite P.
    assert (NC : weights c <> []) by (apply pick_inv in P; destruct P as (_ & _ & -> & _); auto).
    rewrite IH by auto. destruct (turns c m) as [l d]. cbn [fst snd app]. destruct (turns d n); auto.
Qed.

(* All that follows W requests is what followed the first of them. *)
Theorem next_repeats : forall ws n, valid ws ->
  snd (turns (NewSmooth ws) (Z.to_nat (sum ws) + n)) = snd (turns (NewSmooth ws) n).
Proof.
  intros ws n V. assert (N : weights (NewSmooth ws) <> []) by apply V.
  pose proof (valid_sum ws V). rewrite turns_add by auto. cbn [snd].
  destruct (turns_run (Z.to_nat (sum ws)) (NewSmooth ws) N) as [R L].
  destruct (exact_period ws _ _ V R) as [-> _]; auto. rewrite L. lia.
Qed.

(* In any W requests on end, wherever they begin, each server has exactly as many as its weight. *)
Theorem any_window_of_a_period : forall ws n s, valid ws -> (1 <= s <= length ws)%nat ->
  count s (fst (turns (snd (turns (NewSmooth ws) n)) (Z.to_nat (sum ws)))) = entry ws s.
Proof.
  intros ws n s V S. assert (N : weights (NewSmooth ws) <> []) by apply V.
  pose proof (valid_sum ws V) as WP. set (W := Z.to_nat (sum ws)).
  destruct (turns_run n _ N) as [R0 L0]. destruct (turns_run (W + n) _ N) as [R1 L1].
  pose proof (current_is_the_lag ws _ _ R0 s) as C0. pose proof (current_is_the_lag ws _ _ R1 s) as C1.
  unfold W in R1, L1, C1. rewrite next_repeats in C1 by auto. rewrite L0 in C0. rewrite L1 in C1.
  rewrite Nat.add_comm in C1. rewrite turns_add in C1 by auto. cbn [fst] in C1. rewrite count_app in C1.
  fold W in C1. rewrite C0 in C1. unfold W in *. rewrite Nat2Z.inj_add, Z2Nat.id in C1 by lia. nia.
Qed.

(* Nobody waits for ever: in any W requests on end each server has one at least. *)
Theorem everybody_has_a_turn : forall ws n s, valid ws -> (1 <= s <= length ws)%nat ->
  In s (fst (turns (snd (turns (NewSmooth ws) n)) (Z.to_nat (sum ws)))).
Proof.
  intros ws n s V S. pose proof (any_window_of_a_period ws n s V S) as C.
  destruct V as [_ V]. specialize (V s S). unfold count in C. apply (count_occ_In Nat.eq_dec). lia.
Qed.

(* A server can be more than a whole request off its share: with Next, of six servers one is behind by 19 parts of a request of 18. *)
Theorem lag_can_pass_a_request : exists n s, let ws := [1; 1; 1; 5; 5; 5] in
  sum ws < Current (snd (turns (NewSmooth ws) n)) s.
Proof. exists 11%nat, 6%nat. vm_compute. reflexivity. Qed.

(* So it is with the weights that the Go code names, for one way to break ties: a whole request with the first, more with the second. *)
Theorem lag_can_pass_a_request_by_ties :
  (exists l b s, let ws := [6; 6; 1; 1; 1] in run (NewSmooth ws) l = Some b /\ Current b s = sum ws) /\
  (exists l b s, let ws := [3; 3; 3; 3; 1; 1; 1; 1] in run (NewSmooth ws) l = Some b /\ sum ws < Current b s).
Proof.
  split; [exists [1; 2; 1; 2; 3; 1; 2; 4; 5; 1]%nat | exists [1; 2; 3; 4; 5; 6; 7; 8; 1; 2; 3]%nat]; eexists.
  - exists 2%nat. split; vm_compute; reflexivity.
  - exists 4%nat. split; vm_compute; reflexivity.
Qed.

(* No sum of the Go code is outside 64 bits: with at most Most servers of weight Most at most, what Next compares and Pick stores is below 2^61. *)
Definition Most : Z := 2 ^ 20.

Theorem fits_int64 : forall ws b s, valid ws -> Z.of_nat (length ws) <= Most -> (forall s, entry ws s <= Most) ->
  reached ws b -> (1 <= s <= length ws)%nat -> Z.abs (Current b s) + sum ws + entry ws s < 2 ^ 61.
Proof.
  intros ws b s V N M R S. pose proof (current_bounds ws b s V R S).
  pose proof (valid_sum ws V). pose proof (M s).
  assert (sum ws <= Z.of_nat (length ws) * Most) by exact (sum_at_most ws Most (fun s _ => M s)).
  unfold Most in *. nia.
Qed.
