(* The law of the token bucket.

   In any stretch of time no more passes than the size of the bucket and what the rate gives in that time; and what is refused would have broken
   that. For any size, rate and interval that NewBucket takes, any requests at any times, in the integers of the Go code: every operation on 64 bits
   is written down as one, and proved to lose nothing.

   Of: model/alloc/bucket.go (NewBucket, levelAt, Take and Limit, operation by operation) and model/alloc/bucket.bh, which checks Law and Exact
   of small instances with a tick as the interval.
   Source: J. Turner, New directions in communications, IEEE Communications 24(10), 1986. *)

From Coq Require Import ZArith List Bool Lia.
Import ListNotations.
Open Scope Z_scope.

(* Numbers of 64 bits, with a sign and without. *)
Definition int64 (x : Z) : Z := (x + 2 ^ 63) mod 2 ^ 64 - 2 ^ 63.
Definition uint64 (x : Z) : Z := x mod 2 ^ 64.

Definition Most : Z := 2 ^ 20.
Definition Hour : Z := 3600000000000. (* nanoseconds *)

Record Bucket := {
  size : Z; (* tokens *)
  per : Z; (* tokens for each interval *)
  interval : Z; (* nanoseconds *)
  level : Z; (* tokens times interval, as of last *)
  last : Z (* of the last that passed *)
}.

Definition within (low x high : Z) : bool := (low <=? x) && (x <=? high).

Definition NewBucket (size per interval : Z) : option Bucket :=
  if within 1 size Most && within 1 per Most && within 1 interval Hour
  then Some {| size := size; per := per; interval := interval; level := int64 (size * interval); last := - 2 ^ 63 |}
  else None.

Definition levelAt (b : Bucket) (now : Z) : Z :=
  let full := int64 (size b * interval b) in
  if (now <=? last b) || (per b =? 0) then level b
  else
    let passed := uint64 (uint64 now - uint64 (last b)) in
    let missing := int64 (full - level b) in
    if uint64 (Z.quot (int64 (int64 (missing + per b) - 1)) (per b)) <=? passed then full
    else int64 (level b + int64 (int64 passed * per b)).

(* None is a refusal, which changes nothing. *)
Definition Take (b : Bucket) (now tokens : Z) : option Bucket :=
  if (tokens <? 1) || (Most <? tokens) then None
  else
    let level := levelAt b now in
    if (interval b =? 0) || (level <? int64 (tokens * interval b)) then None
    else Some {| size := size b; per := per b; interval := interval b;
                 level := int64 (level - int64 (tokens * interval b)); last := Z.max (last b) now |}.

Definition Limit (b : Bucket) (stretch : Z) : Z :=
  if (stretch <? 0) || (Hour <? stretch) || (interval b =? 0) then 0
  else
    let whole := Z.quot stretch (interval b) in
    let rest := Z.rem stretch (interval b) in
    int64 (int64 (size b + int64 (whole * per b)) + Z.quot (int64 (rest * per b)) (interval b)).

(* A request is a time and tokens. What becomes of one, and of several, and how much passes. *)
Definition request : Type := Z * Z.

Definition ask (b : Bucket) (r : request) : Bucket :=
  match Take b (fst r) (snd r) with Some c => c | None => b end.

Definition pass (b : Bucket) (r : request) : Z :=
  match Take b (fst r) (snd r) with Some _ => snd r | None => 0 end.

Fixpoint after (b : Bucket) (l : list request) : Bucket :=
  match l with
  | [] => b
  | r :: q => after (ask b r) q
  end.

Fixpoint passed (b : Bucket) (l : list request) : Z :=
  match l with
  | [] => 0
  | r :: q => pass b r + passed (ask b r) q
  end.

(* What passes of those requests that come from s to t. *)
Fixpoint passedWithin (s t : Z) (b : Bucket) (l : list request) : Z :=
  match l with
  | [] => 0
  | r :: q => (if within s (fst r) t then pass b r else 0) + passedWithin s t (ask b r) q
  end.

Definition time (x : Z) : Prop := - 2 ^ 63 <= x < 2 ^ 63.
Definition times (l : list request) : Prop := Forall (fun r => time (fst r)) l.

(* Time does not go back. *)
Fixpoint ordered (since : Z) (l : list request) : Prop :=
  match l with
  | [] => True
  | r :: q => since <= fst r /\ ordered (fst r) q
  end.

(* Nothing is lost in 64 bits. *)

Lemma int64_same : forall x, time x -> int64 x = x.
Proof. unfold time, int64. intros. rewrite Z.mod_small; lia. Qed.

Lemma uint64_same : forall x, 0 <= x < 2 ^ 64 -> uint64 x = x.
Proof. intros. apply Z.mod_small. auto. Qed.

Lemma uint64_difference : forall x y, time x -> time y -> y < x -> uint64 (uint64 x - uint64 y) = x - y.
Proof.
  unfold time, uint64. intros x y X Y L. rewrite <- Zminus_mod. apply Z.mod_small. lia.
Qed.

Definition full (b : Bucket) : Z := size b * interval b.

Definition sound (b : Bucket) : Prop :=
  1 <= size b <= Most /\ 1 <= per b <= Most /\ 1 <= interval b <= Hour /\ 0 <= level b <= full b /\ time (last b).

Lemma full_bound : forall b, sound b -> 1 <= full b <= Most * Hour.
Proof. unfold sound, full. intros b (S & P & I & _). nia. Qed.

(* What levelAt is meant to be. *)
Definition levelThen (b : Bucket) (now : Z) : Z := Z.min (full b) (level b + per b * Z.max 0 (now - last b)).

Theorem levelAt_is_exact : forall b now, sound b -> time now -> levelAt b now = levelThen b now.
Proof.
  intros b now B N. pose proof (full_bound b B) as F. destruct B as (S & P & I & L & T).
  unfold levelAt, levelThen. fold (full b).
  rewrite (int64_same (full b)) by (unfold time, Most, Hour in *; lia).
  destruct (Z.leb_spec now (last b)) as [E|E]; cbn [orb].
  { rewrite Z.max_l by lia. lia. }
  destruct (Z.eqb_spec (per b) 0) as [Z0|_]; try lia. cbn [orb].
  rewrite uint64_difference by auto.
  rewrite (int64_same (full b - level b)) by (unfold time, Most, Hour in *; lia).
  rewrite (int64_same (full b - level b + per b)) by (unfold time, Most, Hour in *; lia).
  rewrite (int64_same (full b - level b + per b - 1)) by (unfold time, Most, Hour in *; lia).
  remember (full b - level b) as m eqn:M. rewrite Z.quot_div_nonneg by lia.
  set (n := (m + per b - 1) / per b).
  assert (D : per b * n <= m + per b - 1 < per b * n + per b).
  { unfold n. pose proof (Z.div_mod (m + per b - 1) (per b) ltac:(lia)).
    pose proof (Z.mod_pos_bound (m + per b - 1) (per b) ltac:(lia)). lia. }
  assert (NB : 0 <= n <= m) by nia.
  rewrite uint64_same by (unfold Most, Hour in *; lia).
  rewrite Z.max_r by lia.
  destruct (Z.leb_spec n (now - last b)) as [G|G].
  - rewrite Z.min_l; auto. nia.
  - assert (0 <= per b * (now - last b) < m) by nia.
    assert (now - last b <= m) by nia.
    rewrite (int64_same (now - last b)) by (unfold time, Most, Hour in *; lia).
    rewrite (int64_same ((now - last b) * per b)) by (unfold time, Most, Hour in *; lia).
    rewrite int64_same by (unfold time, Most, Hour in *; lia).
    rewrite Z.min_r; lia.
Qed.

(* A request passes exactly if there are as many tokens, and takes them. *)
Lemma Take_exact : forall b now n, sound b -> time now -> Take b now n =
  if within 1 n Most && (n * interval b <=? levelThen b now)
  then Some {| size := size b; per := per b; interval := interval b;
               level := levelThen b now - n * interval b; last := Z.max (last b) now |}
  else None.
Proof.
  intros b now n B N. unfold Take, within. rewrite levelAt_is_exact by auto.
  pose proof (full_bound b B) as F. destruct B as (S & P & I & L & T).
  assert (LT : 0 <= levelThen b now <= full b) by (unfold levelThen; nia).
  destruct (Z.ltb_spec n 1) as [A|A].
  { destruct (Z.leb_spec 1 n); try lia. reflexivity. }
  destruct (Z.ltb_spec Most n) as [A'|A']; cbn [orb].
  { destruct (Z.leb_spec n Most); try lia. rewrite andb_false_r. reflexivity. }
  destruct (Z.leb_spec 1 n); try lia. destruct (Z.leb_spec n Most); try lia. cbn [andb].
  destruct (Z.eqb_spec (interval b) 0); try lia. cbn [orb].
  assert (0 <= n * interval b <= Most * Hour) by nia.
  rewrite (int64_same (n * interval b)) by (unfold time, Most, Hour in *; lia).
  destruct (Z.ltb_spec (levelThen b now) (n * interval b)); destruct (Z.leb_spec (n * interval b) (levelThen b now)); try lia; auto.
  rewrite int64_same by (unfold time, Most, Hour in *; lia). auto.
Qed.

Lemma NewBucket_sound : forall s p i b, NewBucket s p i = Some b -> sound b /\ level b = full b.
Proof.
  unfold NewBucket, within. intros s p i b N.
  destruct (Z.leb_spec 1 s); try discriminate. destruct (Z.leb_spec s Most); try discriminate.
  destruct (Z.leb_spec 1 p); try discriminate. destruct (Z.leb_spec p Most); try discriminate.
  destruct (Z.leb_spec 1 i); try discriminate. destruct (Z.leb_spec i Hour); try discriminate.
  cbn in N. injection N as <-. unfold sound, full. cbn [size per interval level last].
  rewrite int64_same by (unfold time, Most, Hour in *; nia).
  repeat split; try lia; unfold time; nia.
Qed.

Lemma NewBucket_fields : forall s p i b, NewBucket s p i = Some b -> size b = s /\ per b = p /\ interval b = i /\ last b = - 2 ^ 63.
Proof.
  unfold NewBucket. intros s p i b N. destruct (within 1 s Most && within 1 p Most && within 1 i Hour); try discriminate.
  injection N as <-. auto.
Qed.

Lemma ask_same : forall b r, size (ask b r) = size b /\ per (ask b r) = per b /\ interval (ask b r) = interval b.
Proof.
  intros b r. unfold ask, Take.
  destruct ((snd r <? 1) || (Most <? snd r)); auto.
  destruct ((interval b =? 0) || (levelAt b (fst r) <? int64 (snd r * interval b))); auto.
Qed.

(* The two ways of a request. *)
Lemma ask_cases : forall b r, sound b -> time (fst r) ->
  (ask b r = b /\ pass b r = 0) \/
  (1 <= snd r /\ pass b r = snd r /\ snd r * interval b <= levelThen b (fst r) /\
   level (ask b r) = levelThen b (fst r) - snd r * interval b /\ last (ask b r) = Z.max (last b) (fst r)).
Proof.
  intros b r B T. unfold ask, pass. rewrite Take_exact by auto. unfold within.
  destruct (Z.leb_spec 1 (snd r)); cbn [andb]; auto.
  destruct (Z.leb_spec (snd r) Most); cbn [andb]; auto.
  destruct (Z.leb_spec (snd r * interval b) (levelThen b (fst r))); auto.
  right. cbn. auto.
Qed.

Lemma ask_sound : forall b r, sound b -> time (fst r) -> sound (ask b r).
Proof.
  intros b r B T. destruct (ask_cases b r B T) as [[-> _]|(G & P & E & L & W)]; auto.
  destruct (ask_same b r) as (A1 & A2 & A3). unfold sound, full, time in *. rewrite A1, A2, A3, L, W.
  unfold levelThen, full in *. destruct B as (S & Q & I & V & U). repeat split; try lia; nia.
Qed.

Lemma after_sound : forall l b, sound b -> times l -> sound (after b l).
Proof. induction l as [|r q IH]; cbn [after]; intros b B T; auto. inversion T; subst. apply IH; auto using ask_sound. Qed.

Lemma after_same : forall l b, size (after b l) = size b /\ per (after b l) = per b /\ interval (after b l) = interval b.
Proof.
  induction l as [|r q IH]; cbn [after]; intros b; auto.
  destruct (IH (ask b r)) as (-> & -> & ->). apply ask_same.
Qed.

(* The law. *)

(* What may still pass until t, from s on: what there is then, and what the rate gives. *)
Definition may (s t : Z) (b : Bucket) : Z :=
  levelThen b (Z.max s (last b)) + per b * Z.max 0 (t - Z.max s (last b)).

Lemma may_nonneg : forall s t b, sound b -> 0 <= may s t b.
Proof. intros s t b (S & P & I & L & _). unfold may, levelThen. nia. Qed.

Lemma may_at_most : forall s t b, sound b -> s <= t -> may s t b <= full b + per b * (t - s).
Proof. intros s t b (S & P & I & L & _) H. unfold may, levelThen. nia. Qed.

Lemma may_ask : forall s t b r, sound b -> time (fst r) -> s <= fst r <= t ->
  pass b r * interval b + may s t (ask b r) <= may s t b.
Proof.
  intros s t b r B T R. destruct (ask_cases b r B T) as [[-> ->]|(G & P & E & L & W)]; [lia|].
  destruct (ask_same b r) as (A1 & A2 & A3).
  unfold may, levelThen, full in *. rewrite A1, A2, A3, W, L, P.
  destruct B as (S & Q & I & V & _). unfold full in *.
  destruct (Z.leb_spec (fst r) (last b)) as [C|C].
  - rewrite (Z.max_l (last b) (fst r)) by lia. rewrite (Z.max_r s (last b)) by lia.
    rewrite Z.sub_diag. rewrite (Z.max_l 0 (fst r - last b)) by lia. cbn [Z.max Z.compare]. lia.
  - rewrite (Z.max_r (last b) (fst r)) by lia. rewrite (Z.max_r s (fst r)) by lia.
    rewrite Z.sub_diag. cbn [Z.max Z.compare].
    rewrite (Z.max_r 0 (fst r - last b)) by lia. rewrite (Z.max_r 0 (t - fst r)) by lia.
    rewrite (Z.max_r 0 (Z.max s (last b) - last b)) by lia. rewrite (Z.max_r 0 (t - Z.max s (last b))) by lia.
    assert (s <= Z.max s (last b) <= fst r) by lia. set (m := Z.max s (last b)) in *.
    assert (per b * (fst r - m) >= 0) by nia.
    replace (per b * (fst r - last b)) with (per b * (m - last b) + per b * (fst r - m)) by ring.
    replace (per b * (t - m)) with (per b * (t - fst r) + per b * (fst r - m)) by ring. lia.
Qed.

Lemma passed_may : forall s t l b, sound b -> times l -> Forall (fun r => s <= fst r <= t) l ->
  passed b l * interval b <= may s t b.
Proof.
  induction l as [|r q IH]; cbn [passed]; intros b B T R.
  - pose proof (may_nonneg s t b B). lia.
  - inversion T as [|? ? T1 T2]; inversion R as [|? ? R1 R2]; subst.
    specialize (IH (ask b r) (ask_sound b r B T1) T2 R2).
    destruct (ask_same b r) as (_ & _ & A). rewrite A in IH.
    pose proof (may_ask s t b r B T1 R1). lia.
Qed.

Lemma passedWithin_may : forall s t l b since, sound b -> times l -> ordered since l -> s <= since ->
  passedWithin s t b l * interval b <= may s t b.
Proof.
  induction l as [|r q IH]; cbn [passedWithin ordered]; intros b since B T O H.
  - pose proof (may_nonneg s t b B). lia.
  - inversion T as [|? ? T1 T2]; subst. destruct O as [O1 O2].
    specialize (IH (ask b r) (fst r) (ask_sound b r B T1) T2 O2 ltac:(lia)).
    destruct (ask_same b r) as (_ & _ & A). rewrite A in IH. unfold within.
    destruct (Z.leb_spec s (fst r)); try lia. destruct (Z.leb_spec (fst r) t); cbn [andb].
    + pose proof (may_ask s t b r B T1 ltac:(lia)). lia.
    + enough (Q : forall q c since, t < since -> ordered since q -> passedWithin s t c q = 0).
      { rewrite (Q q _ (fst r)); auto. pose proof (may_nonneg s t b B). lia. }
      clear. induction q as [|r q IH]; cbn [passedWithin ordered]; intros c since H O; auto.
      destruct O as [O1 O2]. unfold within. destruct (Z.leb_spec (fst r) t); try lia.
      rewrite andb_false_r. rewrite (IH _ (fst r)); auto.
Qed.

Lemma Limit_exact : forall b stretch, sound b -> 0 <= stretch <= Hour -> Limit b stretch = size b + stretch * per b / interval b.
Proof.
  intros b d (S & P & I & L & T) D. unfold Limit.
  destruct (Z.ltb_spec d 0); try lia. destruct (Z.ltb_spec Hour d); try lia. destruct (Z.eqb_spec (interval b) 0); try lia. cbn [orb].
  rewrite Z.quot_div_nonneg, Z.rem_mod_nonneg by lia.
  pose proof (Z.div_mod d (interval b) ltac:(lia)) as E. pose proof (Z.mod_pos_bound d (interval b) ltac:(lia)) as R.
  set (w := d / interval b) in *. set (r := d mod interval b) in *.
  assert (0 <= w <= Hour) by nia.
  assert (W : 0 <= w * per b <= Hour * Most) by nia.
  assert (R' : 0 <= r * per b <= Hour * Most) by nia.
  rewrite (int64_same (w * per b)) by (unfold time, Most, Hour in *; lia).
  rewrite (int64_same (r * per b)) by (unfold time, Most, Hour in *; lia).
  rewrite (int64_same (size b + w * per b)) by (unfold time, Most, Hour in *; lia).
  rewrite Z.quot_div_nonneg by lia.
  assert (Q : 0 <= r * per b / interval b <= r * per b).
  { split; [apply Z.div_pos; lia|]. apply Z.div_le_upper_bound; nia. }
  rewrite int64_same by (unfold time, Most, Hour in *; lia).
  rewrite E. replace ((interval b * w + r) * per b) with (r * per b + w * per b * interval b) by ring.
  rewrite Z.div_add by lia. lia.
Qed.

Lemma at_most_limit : forall b d p, sound b -> 0 <= d -> p * interval b <= full b + per b * d -> p <= size b + d * per b / interval b.
Proof.
  intros b d p (S & P & I & _) D H. unfold full in H.
  rewrite <- (Z.div_add_l (size b) (interval b)) by lia. apply Z.div_le_lower_bound; lia.
Qed.

(* Of a bucket that NewBucket made, after whatever requests: of requests on end, all of which come from s to t, no more passes than the size and what
   the rate gives from s to t, rounded down. Time may go back among them. *)
Theorem law_of_requests_on_end : forall new_size new_per new_interval new before l s t,
  NewBucket new_size new_per new_interval = Some new -> times before -> times l ->
  Forall (fun r => s <= fst r <= t) l -> s <= t ->
  passed (after new before) l <= new_size + (t - s) * new_per / new_interval.
Proof.
  intros sz p i new before l s t N T1 T2 R H.
  destruct (NewBucket_sound _ _ _ _ N) as [B _]. pose proof (after_sound before new B T1) as C.
  destruct (after_same before new) as (A1 & A2 & A3).
  destruct (NewBucket_fields _ _ _ _ N) as (E1 & E2 & E3 & _). rewrite <- E1, <- E2, <- E3, <- A1, <- A2, <- A3.
  apply at_most_limit; auto; try lia.
  pose proof (passed_may s t l _ C T2 R). pose proof (may_at_most s t _ C H). lia.
Qed.

(* Of requests in the order of time: in any stretch from s to t, its ends included, no more passes than the size and what the rate gives, *)
Theorem law_of_the_token_bucket : forall new_size new_per new_interval new since l s t,
  NewBucket new_size new_per new_interval = Some new -> times l -> ordered since l -> s <= t ->
  passedWithin s t new l <= new_size + (t - s) * new_per / new_interval.
Proof.
  intros sz p i new since l s t N T O H.
  destruct (NewBucket_sound _ _ _ _ N) as [B _].
  destruct (NewBucket_fields _ _ _ _ N) as (<- & <- & <- & _). clear N. apply at_most_limit; auto; try lia. revert since new T O B.
  induction l as [|r q IH]; cbn [passedWithin ordered]; intros since new T O B.
  - pose proof (may_nonneg s t new B). pose proof (may_at_most s t new B H). lia.
  - inversion T as [|? ? T1 T2]; subst. destruct O as [O1 O2].
    destruct (Z.leb_spec s (fst r)) as [C|C].
    + pose proof (passedWithin_may s t (r :: q) new (fst r) B T) as P. cbn [ordered] in P.
      specialize (P ltac:(split; auto; lia) C). pose proof (may_at_most s t new B H). cbn [passedWithin] in P. lia.
    + unfold within. destruct (Z.leb_spec s (fst r)); try lia. cbn [andb].
      specialize (IH (fst r) (ask new r) T2 O2 (ask_sound new r B T1)).
      destruct (ask_same new r) as (A1 & A2 & A3). unfold full in *. rewrite A1, A2, A3 in IH. lia.
Qed.

(* which is Limit, of stretches that it takes. *)
Corollary limit_is_the_law : forall new_size new_per new_interval new since l s t,
  NewBucket new_size new_per new_interval = Some new -> times l -> ordered since l -> s <= t -> t - s <= Hour ->
  passedWithin s t new l <= Limit new (t - s).
Proof.
  intros sz p i new since l s t N T O H D. destruct (NewBucket_sound _ _ _ _ N) as [B _].
  rewrite Limit_exact by (auto; lia).
  destruct (NewBucket_fields _ _ _ _ N) as (-> & -> & -> & _). eapply law_of_the_token_bucket; eauto.
Qed.

(* Nothing is refused but what would break the law. *)

Lemma after_app : forall l m b, after b (l ++ m) = after (after b l) m.
Proof. induction l; simpl; auto. Qed.

Lemma passed_app : forall l m b, passed b (l ++ m) = passed b l + passed (after b l) m.
Proof. induction l as [|r q IH]; cbn [passed after app]; intros; try lia. rewrite IH. lia. Qed.

Lemma ordered_snoc : forall l since r, ordered since (l ++ [r]) ->
  ordered since l /\ since <= fst r /\ Forall (fun x => fst x <= fst r) l.
Proof.
  induction l as [|x q IH]; cbn [app ordered]; intros since r O.
  - repeat split; auto; lia.
  - destruct O as [O1 O2]. destruct (IH _ _ O2) as (I1 & I2 & I3). repeat split; auto. lia.
Qed.

Lemma last_after : forall l b u, sound b -> times l -> Forall (fun r => fst r <= u) l -> last b <= u -> last (after b l) <= u.
Proof.
  induction l as [|r q IH]; cbn [after]; intros b u B T A L; auto.
  inversion T as [|? ? T1 T2]; inversion A as [|? ? A1 A2]; subst.
  apply IH; auto using ask_sound.
  destruct (ask_cases b r B T1) as [[-> _]|(_ & _ & _ & _ & ->)]; lia.
Qed.

(* There is a moment s at which the bucket was full, and what has passed since is why there is what there is. *)
Definition explained (new : Bucket) (l : list request) : Prop :=
  let b := after new l in
  exists l1 l2 s, l = l1 ++ l2 /\ s <= last b /\ Forall (fun r => s <= fst r) l2 /\
  level b = full b + per b * (last b - s) - passed (after new l1) l2 * interval b.

(* The same of the level at a later moment. *)
Lemma explained_then : forall new l u, explained new l -> Forall (fun r => fst r <= u) l -> last (after new l) <= u ->
  let b := after new l in
  exists l1 l2 s, l = l1 ++ l2 /\ s <= u /\ Forall (fun r => s <= fst r <= u) l2 /\
  levelThen b u = full b + per b * (u - s) - passed (after new l1) l2 * interval b.
Proof.
  intros new l u (l1 & l2 & s & A & S & F & V) U W b. fold b in S, V, W. unfold levelThen.
  rewrite Z.max_r by lia.
  destruct (Z.leb_spec (full b) (level b + per b * (u - last b))) as [C|C].
  - exists l, [], u. rewrite app_nil_r. rewrite Z.min_l by lia. repeat split; auto; try lia. cbn [passed]. lia.
  - exists l1, l2, s. rewrite Z.min_r by lia. repeat split; auto; try lia.
    rewrite A in U. apply Forall_app in U. destruct U as [_ U].
    rewrite Forall_forall in *. intros x X. split; auto.
Qed.

Lemma all_explained : forall new l, sound new -> level new = full new -> times l -> ordered (last new) l -> explained new l.
Proof.
  intros new l B F. induction l as [|r q IH] using rev_ind; intros T O.
  - exists [], [], (last new). cbn [after passed]. repeat split; auto; lia.
  - apply Forall_app in T. destruct T as [T1 T2]. inversion T2 as [|? ? T3 _]; subst.
    destruct (ordered_snoc _ _ _ O) as (O1 & O2 & O3). specialize (IH T1 O1).
    pose proof (after_sound q new B T1) as C.
    pose proof (last_after q new (fst r) B T1 O3 O2) as LA.
    destruct (ask_same (after new q) r) as (S1 & S2 & S3).
    unfold explained. rewrite after_app. cbn [after]. cbv zeta. unfold full. rewrite S1, S2, S3.
    destruct (ask_cases (after new q) r C T3) as [[E Z]|(G & P & E & L & W)].
    + destruct IH as (l1 & l2 & s & A & S & R & V). rewrite E. exists l1, (l2 ++ [r]), s.
      rewrite passed_app, <- after_app, <- A. cbn [passed]. rewrite Z. unfold full in V.
      repeat split; auto; try lia.
      * rewrite A, app_assoc. auto.
      * apply Forall_app. split; auto. constructor; auto. lia.
    + destruct (explained_then new q (fst r) IH O3 LA) as (l1 & l2 & s & A & S & R & V).
      rewrite L, W, Z.max_r by lia. exists l1, (l2 ++ [r]), s.
      rewrite passed_app, <- after_app, <- A. cbn [passed]. rewrite P, V. unfold full.
      repeat split; auto; try lia.
      * rewrite A, app_assoc. auto.
      * apply Forall_app. split; auto. eapply Forall_impl; [|exact R]. cbn. lia.
Qed.

(* A request for n tokens that comes last and is refused: there is a stretch that ends with it, in which what has passed and n are more than the size and what
   the rate gives. *)
Theorem refused_breaks_the_law : forall new_size new_per new_interval new l now n,
  NewBucket new_size new_per new_interval = Some new -> times l -> time now -> ordered (- 2 ^ 63) (l ++ [(now, n)]) ->
  1 <= n <= Most -> Take (after new l) now n = None ->
  exists l1 l2 s, l = l1 ++ l2 /\ s <= now /\ Forall (fun r => s <= fst r <= now) l2 /\
  new_size + (now - s) * new_per / new_interval < passed (after new l1) l2 + n.
Proof.
  intros sz p i new l now n N T TN O M K.
  destruct (NewBucket_sound _ _ _ _ N) as [B F]. pose proof (after_sound l new B T) as C.
  destruct (NewBucket_fields _ _ _ _ N) as (E1 & E2 & E3 & E4). rewrite <- E4 in O.
  destruct (ordered_snoc _ _ _ O) as (O1 & O2 & O3). cbn [fst] in O2, O3.
  pose proof (last_after l new now B T O3 O2) as LA.
  destruct (explained_then new l now (all_explained new l B F T O1) O3 LA) as (l1 & l2 & s & A & S & R & V).
  exists l1, l2, s. repeat split; auto.
  rewrite Take_exact in K by auto. unfold within in K.
  destruct (Z.leb_spec 1 n); try lia. destruct (Z.leb_spec n Most); try lia. cbn [andb] in K.
  destruct (Z.leb_spec (n * interval (after new l)) (levelThen (after new l) now)) as [D|D]; try discriminate.
  destruct (after_same l new) as (A1 & A2 & A3). unfold full in V. rewrite A1, A2, A3, E1, E2, E3 in V. rewrite A3, E3 in D.
  destruct B as (S1 & S2 & S3 & _). rewrite <- (Z.div_add_l sz i) by lia. apply Z.div_lt_upper_bound; lia.
Qed.

(* A bucket that works out how many tokens there are, grants, and forgets to store what is left: 1000 whole bursts pass at once. *)
Definition NeverWritesBack (b : Bucket) (r : request) : Z :=
  match Take b (fst r) (snd r) with Some _ => snd r | None => 0 end.

Theorem never_writing_back_breaks_the_law : forall s p i b, NewBucket s p i = Some b ->
  fold_right Z.add 0 (repeat (NeverWritesBack b (0, s)) 1000) = 1000 * s /\ Limit b 0 = s.
Proof.
  intros s p i b N. destruct (NewBucket_sound _ _ _ _ N) as [B F]. pose proof B as (S & P & I & L & T).
  destruct (NewBucket_fields _ _ _ _ N) as (E1 & _ & _ & E2). split.
  - assert (V : NeverWritesBack b (0, s) = s).
    { unfold NeverWritesBack. cbn [fst snd]. rewrite Take_exact by (auto; unfold time; lia).
      unfold within, levelThen. rewrite E2. destruct (Z.leb_spec 1 s); try lia. destruct (Z.leb_spec s Most); try lia. cbn [andb].
      rewrite Z.min_l by (rewrite F; nia).
      destruct (Z.leb_spec (s * interval b) (full b)); auto. unfold full in *. rewrite E1 in *. lia. }
    rewrite V. assert (R : forall n, fold_right Z.add 0 (repeat s n) = Z.of_nat n * s).
    { induction n; cbn [repeat fold_right]; lia. }
    apply R.
  - rewrite Limit_exact by (auto; unfold Hour; lia). rewrite Z.mul_0_l, Z.div_0_l by lia. lia.
Qed.
