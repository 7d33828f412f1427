(* How long a job waits for its turn under round-robin.

   Of n jobs, with a quantum of q ticks and a switch that costs s, one that is ready gets on within (n - 1)(q + s) + s ticks: one quantum and one switch of
   each other one, and the switch to itself. For any jobs, whatever they ask for and whenever. And what jobs have got is what was done.

   Of: model/sched/rr.go (RoundRobin; NewRoundRobin, turn, Submit, Tick and WaitLimit, line by line) and model/sched/round_robin.bh, which checks
   Waits and Conserved of small instances.
   Source: A. Silberschatz, P. B. Galvin and G. Gagne, Operating System Concepts, 10th ed., 5.3.3. *)

From Coq Require Import ZArith List Bool Lia Arith.
From BulkheadLemmas Require Import Lists.
Import ListNotations.
Open Scope Z_scope.

Definition Most : Z := 2 ^ 20.

(* Jobs are numbered from 1; runs is 0 for an idle processor. *)
Record RoundRobin := {
  quantum : Z;
  cost : Z;
  demand : list Z;
  served : list Z;
  queue : list nat;
  runs : nat;
  left : Z; (* ticks of the quantum, *)
  paying : Z; (* and of the switch before it *)
  work : Z;
  lost : Z
}.

Definition NewRoundRobin (jobs : nat) (quantum cost : Z) : RoundRobin :=
  {| quantum := quantum; cost := cost; demand := repeat 0 jobs; served := repeat 0 jobs; queue := []; runs := 0;
     left := 0; paying := 0; work := 0; lost := 0 |}.

Definition valid (jobs : nat) (quantum cost : Z) : Prop := (1 <= jobs)%nat /\ 1 <= quantum /\ 0 <= cost.

Definition Jobs (r : RoundRobin) : nat := length (demand r).
Definition Done (r : RoundRobin) (j : nat) : bool := (0 <? entry (demand r) j) && (entry (served r) j =? entry (demand r) j).
Definition WaitLimit (r : RoundRobin) : Z := Z.max 0 (Z.of_nat (Jobs r) - 1) * (quantum r + cost r) + cost r.

(* The head of the queue gets the next quantum; without one the processor is idle. *)
Definition turn (r : RoundRobin) : RoundRobin :=
  match queue r with
  | [] => {| quantum := quantum r; cost := cost r; demand := demand r; served := served r; queue := []; runs := 0;
             left := 0; paying := 0; work := work r; lost := lost r |}
  | h :: t => {| quantum := quantum r; cost := cost r; demand := demand r; served := served r; queue := t; runs := h;
                 left := quantum r; paying := if (h =? runs r)%nat then 0 else cost r; work := work r; lost := lost r |}
  end.

Definition enqueue (r : RoundRobin) (j : nat) : RoundRobin :=
  {| quantum := quantum r; cost := cost r; demand := demand r; served := served r; queue := queue r ++ [j]; runs := runs r;
     left := left r; paying := paying r; work := work r; lost := lost r |}.

(* None is a refusal. *)
Definition Submit (r : RoundRobin) (j : nat) (ticks : Z) : option RoundRobin :=
  if negb ((1 <=? j)%nat && (j <=? Jobs r)%nat) || negb ((1 <=? ticks) && (ticks <=? Most)) || (0 <? entry (demand r) j) then None
  else
    let asked := {| quantum := quantum r; cost := cost r; demand := set (demand r) (j - 1) ticks; served := served r;
                    queue := queue r; runs := runs r; left := left r; paying := paying r; work := work r; lost := lost r |} in
    let queued := enqueue asked j in
    Some (if (runs r =? 0)%nat then turn queued else queued).

Definition Tick (r : RoundRobin) : option RoundRobin :=
  if (runs r =? 0)%nat then None
  else if 0 <? paying r then
    Some {| quantum := quantum r; cost := cost r; demand := demand r; served := served r; queue := queue r; runs := runs r;
            left := left r; paying := paying r - 1; work := work r; lost := lost r + 1 |}
  else
    let on := {| quantum := quantum r; cost := cost r; demand := demand r;
                 served := set (served r) (runs r - 1) (entry (served r) (runs r) + 1); queue := queue r; runs := runs r;
                 left := left r - 1; paying := paying r; work := work r + 1; lost := lost r |} in
    Some (if Done on (runs r) then turn on
          else if left on =? 0 then turn (enqueue on (runs r))
          else on).

Inductive reachable (jobs : nat) (q s : Z) : RoundRobin -> Prop :=
| at_first : reachable jobs q s (NewRoundRobin jobs q s)
| submitted : forall r j d u, reachable jobs q s r -> Submit r j d = Some u -> reachable jobs q s u
| ticked : forall r u, reachable jobs q s r -> Tick r = Some u -> reachable jobs q s u.

(* j gets on in the next tick. *)
Definition gets_on (j : nat) (r : RoundRobin) : Prop := runs r = j /\ paying r = 0.

Definition ready (j : nat) (r : RoundRobin) : Prop := j <> O /\ (runs r = j \/ In j (queue r)).

(* So many ticks, in none of which j gets on; meanwhile others may ask. *)
Inductive waiting (j : nat) (r : RoundRobin) : nat -> RoundRobin -> Prop :=
| begins : waiting j r O r
| tick : forall n t u, waiting j r n t -> ~ gets_on j t -> Tick t = Some u -> waiting j r (S n) u
| submit : forall n t u i d, waiting j r n t -> Submit t i d = Some u -> waiting j r n u.

(* What is true of every state. *)

Definition sound (jobs : nat) (q s : Z) (r : RoundRobin) : Prop :=
  quantum r = q /\ cost r = s /\ length (demand r) = jobs /\ length (served r) = jobs /\
  0 <= paying r <= s /\
  (runs r = O -> queue r = []) /\
  (runs r <> O -> 1 <= left r <= q /\ NoDup (runs r :: queue r) /\
    forall j, In j (runs r :: queue r) -> (1 <= j <= jobs)%nat /\ 0 < entry (demand r) j).

(* The turn of a queue without repetition, with no time to spare for whoever ran. *)
Lemma sound_turn : forall jobs q s r, 1 <= q -> 0 <= s -> quantum r = q -> cost r = s -> length (demand r) = jobs -> length (served r) = jobs ->
  NoDup (queue r) -> (forall j, In j (queue r) -> (1 <= j <= jobs)%nat /\ 0 < entry (demand r) j) -> sound jobs q s (turn r).
Proof.
  intros jobs q s r Q S QR SR LD LS N I. unfold turn, sound. destruct (queue r) as [|h t]; cbn [quantum cost demand served queue runs left paying].
  - repeat (split; [solve [auto|lia]|]). congruence.
  - repeat (split; [solve [auto|destruct (h =? runs r)%nat; lia]|]). split.
    + intros E. destruct (I h (or_introl eq_refl)). lia.
    + intros _. split; [lia|]. auto.
Qed.

Lemma sound_submit : forall jobs q s r j d u, 1 <= q -> sound jobs q s r -> Submit r j d = Some u -> sound jobs q s u.
Proof.
  intros jobs q s r j d u Q (QR & SR & LD & LS & P & Z & B) H. unfold Submit in H.
  destruct (negb ((1 <=? j)%nat && (j <=? Jobs r)%nat)) eqn:K; try discriminate.
  destruct (negb ((1 <=? d) && (d <=? Most))) eqn:D; try discriminate.
  destruct (Z.ltb_spec 0 (entry (demand r) j)) as [A|A]; try discriminate. cbn [orb] in H. injection H as <-.
  apply negb_false_iff, andb_true_iff in K. destruct K as [K1 K2]. apply Nat.leb_le in K1, K2. unfold Jobs in K2. rewrite LD in K2.
  apply negb_false_iff, andb_true_iff in D. destruct D as [D1 D2]. apply Z.leb_le in D1.
  assert (E : forall i, 0 < entry (demand r) i -> 0 < entry (set (demand r) (j - 1) d) i).
  { intros i I. destruct (Nat.eq_dec j i) as [<-|N]; [rewrite entry_set_same; lia|rewrite entry_set_other by lia; auto]. }
  assert (EJ : 0 < entry (set (demand r) (j - 1) d) j) by (rewrite entry_set_same; lia).
  destruct (Nat.eqb_spec (runs r) 0) as [R|R].
  - apply sound_turn; cbn; auto; try lia.
    + rewrite length_set. auto.
    + rewrite (Z R). cbn. constructor; [auto|constructor].
    + intros i I. rewrite (Z R) in I. cbn in I. destruct I as [<-|[]]. auto.
  - destruct (B R) as (L & N & I). unfold enqueue, sound. cbn. repeat (split; [solve [auto|rewrite length_set; auto|lia]|]).
    split.
    + change (NoDup ((runs r :: queue r) ++ [j])). apply NoDup_rev in N. rewrite <- (rev_involutive (_ ++ _)). apply NoDup_rev.
      rewrite rev_app_distr. cbn [rev app]. constructor; auto. rewrite in_app_iff, <- in_rev. cbn. intros [X|[X|[]]].
      * destruct (I j (or_intror X)). lia.
      * destruct (I j (or_introl X)). lia.
    + intros i X. change (In i ((runs r :: queue r) ++ [j])) in X. apply in_app_iff in X. destruct X as [X|[<-|[]]]; [|auto].
      destruct (I i X) as [X1 X2]. auto.
Qed.

Lemma sound_tick : forall jobs q s r u, 1 <= q -> sound jobs q s r -> Tick r = Some u -> sound jobs q s u.
Proof.
  intros jobs q s r u Q S H. pose proof S as (QR & SR & LD & LS & P & Z & B). unfold Tick in H.
  destruct (Nat.eqb_spec (runs r) 0) as [R|R]; try discriminate. destruct (B R) as (L & N & I).
  destruct (Z.ltb_spec 0 (paying r)) as [A|A].
  { injection H as <-. unfold sound. cbn. repeat (split; [solve [auto|lia]|]). exact I. }
  injection H as <-. set (on := {| quantum := quantum r |}) in *.
  assert (NQ : NoDup (queue r)) by (inversion N; auto).
  assert (LO : length (served on) = jobs) by (cbn; rewrite length_set; auto).
  destruct (Done on (runs r)) eqn:D.
  - apply sound_turn; cbn; auto; try lia. intros j J. apply I. right. auto.
  - destruct (Z.eqb_spec (left r - 1) 0) as [E|E].
    + apply sound_turn; cbn; auto; try lia.
      * inversion N as [|x l NI ND]; subst x l. apply NoDup_rev in ND. rewrite <- (rev_involutive (_ ++ _)). apply NoDup_rev.
        rewrite rev_app_distr. cbn [rev app]. constructor; auto. rewrite <- in_rev. auto.
      * intros j J. apply in_app_iff in J. destruct J as [J|[J|[]]]; apply I; [right|left]; auto.
    + unfold sound. cbn in *. rewrite length_set. repeat (split; [solve [auto|lia]|]). exact I.
Qed.

Lemma sound_reachable : forall jobs q s r, valid jobs q s -> reachable jobs q s r -> sound jobs q s r.
Proof.
  intros jobs q s r (J & Q & S) R. induction R; eauto using sound_submit, sound_tick.
  unfold sound, NewRoundRobin. cbn. rewrite repeat_length. repeat split; auto; try lia; congruence.
Qed.

(* What is left of a wait at most. *)

(* Who is before j in the queue. *)
Fixpoint before (j : nat) (l : list nat) : Z :=
  match l with
  | [] => 0
  | h :: t => if (h =? j)%nat then 0 else 1 + before j t
  end.

Definition remains (j : nat) (r : RoundRobin) : Z :=
  if (runs r =? j)%nat then paying r
  else paying r + left r + before j (queue r) * (quantum r + cost r) + cost r.

Lemma before_bound : forall j l, In j l -> 0 <= before j l <= Z.of_nat (length l) - 1.
Proof.
  induction l as [|h t IH]; cbn [In before length]; intros I; [destruct I|].
  destruct (Nat.eqb_spec h j) as [E|E]; [lia|]. destruct I as [I|I]; [congruence|]. specialize (IH I). lia.
Qed.

Lemma before_app : forall j l m, In j l -> before j (l ++ m) = before j l.
Proof.
  induction l as [|h t IH]; cbn [In before app]; intros m I; [destruct I|].
  destruct (Nat.eqb_spec h j) as [E|E]; auto. destruct I as [I|I]; [congruence|]. rewrite IH; auto.
Qed.

(* Jobs without repetition are as many as there are at most. *)
Lemma distinct_jobs : forall jobs l, NoDup l -> (forall j, In j l -> (1 <= j <= jobs)%nat) -> (length l <= jobs)%nat.
Proof.
  intros jobs l N I. rewrite <- (seq_length jobs 1). apply NoDup_incl_length; auto.
  intros j J. apply in_seq. specialize (I j J). lia.
Qed.

Lemma remains_bound : forall jobs q s r j, 1 <= q -> sound jobs q s r -> ready j r -> 0 <= remains j r <= WaitLimit r.
Proof.
  intros jobs q s r j Q (QR & SR & LD & LS & P & Z & B) (J & R). unfold remains, WaitLimit, Jobs. rewrite LD, QR, SR.
  assert (RN : runs r <> O). { intros E. destruct R as [R|R]; [congruence|]. rewrite (Z E) in R. destruct R. }
  destruct (B RN) as (L & N & I).
  pose proof (distinct_jobs jobs (runs r :: queue r) N ltac:(intros i X; apply I; auto)) as LQ. cbn [length] in LQ.
  destruct (Nat.eqb_spec (runs r) j) as [E|E].
  - split; [lia|]. assert (0 <= Z.max 0 (Z.of_nat jobs - 1) * (q + s)) by nia. lia.
  - destruct R as [R|R]; [congruence|]. pose proof (before_bound j (queue r) R) as BB.
    split; [nia|]. rewrite Z.max_r by lia.
    assert (before j (queue r) * (q + s) <= (Z.of_nat jobs - 2) * (q + s)) by (apply Z.mul_le_mono_nonneg_r; lia). lia.
Qed.

(* A turn while j is in the queue. *)
Lemma remains_turn : forall j r, In j (queue r) -> j <> O -> 0 <= cost r -> 1 <= quantum r ->
  ready j (turn r) /\ remains j (turn r) <= before j (queue r) * (quantum r + cost r) + cost r.
Proof.
  intros j r I J C Q. unfold turn, remains, ready. destruct (queue r) as [|h t]; [destruct I|]. cbn [In before] in *. cbn [quantum cost demand served queue runs left paying work lost].
  destruct (Nat.eqb_spec h j) as [E|E].
  - split; [auto|]. destruct (h =? runs r)%nat; lia.
  - destruct I as [I|I]; [congruence|]. split; [auto|].
    pose proof (before_bound j t I). destruct (h =? runs r)%nat; nia.
Qed.

Lemma tick_lowers : forall jobs q s r u j, 1 <= q -> sound jobs q s r -> ready j r -> ~ gets_on j r -> Tick r = Some u ->
  ready j u /\ remains j u <= remains j r - 1.
Proof.
  intros jobs q s r u j Q S (J & RD) G H. pose proof S as (QR & SR & LD & LS & P & Z & B). unfold Tick in H.
  destruct (Nat.eqb_spec (runs r) 0) as [R|R]; try discriminate. destruct (B R) as (L & N & I).
  destruct (Z.ltb_spec 0 (paying r)) as [A|A].
  { injection H as <-. unfold ready, remains. cbn [quantum cost demand served queue runs left paying work lost]. split; [auto|]. destruct (runs r =? j)%nat; lia. }
  injection H as <-. set (on := {| quantum := quantum r |}) in *.
  assert (NJ : runs r <> j). { intros E. apply G. split; auto. lia. }
  destruct RD as [RD|RD]; [congruence|].
  assert (RR : remains j r = paying r + left r + before j (queue r) * (quantum r + cost r) + cost r).
  { unfold remains. destruct (Nat.eqb_spec (runs r) j); [congruence|auto]. }
  rewrite RR. destruct (Done on (runs r)) eqn:D.
  - destruct (remains_turn j on RD J) as [T1 T2]; try (cbn; lia). split; auto.
    change (remains j (turn on) <= before j (queue r) * (quantum r + cost r) + cost r) in T2. lia.
  - destruct (Z.eqb_spec (left r - 1) 0) as [E|E].
    + destruct (remains_turn j (enqueue on (runs r))) as [T1 T2]; try (cbn; lia).
      { cbn. apply in_app_iff. auto. }
      split; auto.
      change (remains j (turn (enqueue on (runs r))) <= before j (queue r ++ [runs r]) * (quantum r + cost r) + cost r) in T2. rewrite before_app in T2 by auto. lia.
    + unfold on, ready, remains. cbn [quantum cost demand served queue runs left paying work lost]. destruct (Nat.eqb_spec (runs r) j); [congruence|]. split; [auto|]. lia.
Qed.

Lemma submit_keeps : forall jobs q s r u j i d, sound jobs q s r -> ready j r -> Submit r i d = Some u ->
  ready j u /\ remains j u = remains j r.
Proof.
  intros jobs q s r u j i d (_ & _ & _ & _ & _ & Z & _) (J & RD) H. unfold Submit in H.
  destruct (negb ((1 <=? i)%nat && (i <=? Jobs r)%nat)); try discriminate.
  destruct (negb ((1 <=? d) && (d <=? Most))); try discriminate.
  destruct (0 <? entry (demand r) i); try discriminate. cbn [orb] in H. injection H as <-.
  destruct (Nat.eqb_spec (runs r) 0) as [R|R].
  { exfalso. destruct RD as [RD|RD]; [congruence|]. rewrite (Z R) in RD. destruct RD. }
  unfold ready, remains, enqueue. cbn [quantum cost demand served queue runs left paying work lost]. destruct (Nat.eqb_spec (runs r) j) as [E|E]; [auto|].
  destruct RD as [RD|RD]; [congruence|]. rewrite before_app by auto. split; auto. split; auto. right. apply in_app_iff. auto.
Qed.

Lemma WaitLimit_is : forall jobs q s r, sound jobs q s r -> (1 <= jobs)%nat -> WaitLimit r = (Z.of_nat jobs - 1) * (q + s) + s.
Proof. intros jobs q s r (QR & SR & LD & _) J. unfold WaitLimit, Jobs. rewrite QR, SR, LD. rewrite Z.max_r by lia. auto. Qed.

(* Whoever is ready gets on within one quantum and one switch of each other job, and the switch to itself. *)
Theorem waits_at_most : forall jobs q s r j n t, valid jobs q s -> reachable jobs q s r -> ready j r -> waiting j r n t ->
  Z.of_nat n <= (Z.of_nat jobs - 1) * (q + s) + s.
Proof.
  intros jobs q s r j n t V R RD W. pose proof V as (J & Q & C). pose proof (sound_reachable jobs q s r V R) as S.
  assert (H : sound jobs q s t /\ ready j t /\ Z.of_nat n <= remains j r - remains j t).
  { induction W as [|n t u W IH G H|n t u i d W IH H].
    - split; [auto|]. split; [auto|]. lia.
    - destruct IH as (ST & RT & B). destruct (tick_lowers jobs q s t u j Q ST RT G H). split; [eapply sound_tick; eauto|]. split; auto. lia.
    - destruct IH as (ST & RT & B). destruct (submit_keeps jobs q s t u j i d ST RT H) as [K E]. split; [eapply sound_submit; eauto|]. split; auto. lia. }
  destruct H as (ST & RT & B). pose proof (remains_bound jobs q s t j Q ST RT). pose proof (remains_bound jobs q s r j Q S RD) as K.
  rewrite (WaitLimit_is jobs q s r S J) in K. lia.
Qed.

(* The same limit as the Go code has it. *)
Corollary waits_at_most_the_limit : forall jobs q s r j n t, valid jobs q s -> reachable jobs q s r -> ready j r -> waiting j r n t ->
  Z.of_nat n <= WaitLimit r.
Proof.
  intros jobs q s r j n t V R RD W. rewrite (WaitLimit_is jobs q s r (sound_reachable jobs q s r V R)); [|apply V]. eapply waits_at_most; eauto.
Qed.

(* What jobs have got is what the processor has done for them. *)
Lemma served_turn : forall r, served (turn r) = served r /\ work (turn r) = work r.
Proof. intros r. unfold turn. destruct (queue r); auto. Qed.

Theorem conserved : forall jobs q s r, valid jobs q s -> reachable jobs q s r -> sum (served r) = work r.
Proof.
  intros jobs q s r V R. induction R as [|r j d u R IH H|r u R IH H].
  - unfold NewRoundRobin. cbn. clear. induction jobs; simpl; lia.
  - unfold Submit in H. destruct (_ || _); try discriminate. injection H as <-.
    destruct (runs r =? 0)%nat; [rewrite (proj1 (served_turn _)), (proj2 (served_turn _))|]; auto.
  - pose proof (sound_reachable jobs q s r V R) as (_ & _ & LD & LS & _ & _ & B). unfold Tick in H.
    destruct (Nat.eqb_spec (runs r) 0) as [E|E]; try discriminate. destruct (B E) as (_ & _ & I). destruct (I (runs r) (or_introl eq_refl)) as [K _].
    destruct (0 <? paying r); injection H as <-; [auto|].
    assert (X : sum (set (served r) (runs r - 1) (entry (served r) (runs r) + 1)) = work r + 1).
    { rewrite sum_set by lia. destruct (runs r) as [|i]; [lia|]. cbn [entry]. rewrite Nat.sub_1_r. cbn [Nat.pred]. lia. }
    match goal with |- context [if ?d then _ else _] => destruct d end; [rewrite (proj1 (served_turn _)), (proj2 (served_turn _)); auto|].
    match goal with |- context [if ?d then _ else _] => destruct d end; [rewrite (proj1 (served_turn _)), (proj2 (served_turn _)); auto|auto].
Qed.
