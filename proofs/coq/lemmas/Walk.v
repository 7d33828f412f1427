(* The references of a two-dimensional page walk.

   A guest's page tables have [guest] levels and lie in guest-physical memory, so that each of their addresses, and that of the data in the
   end, is translated by [host] levels of nested tables. A walk that comes to its end without a large page takes exactly
   (guest + 1) * (host + 1) - 1 references to memory; none takes more, and none fewer than where all pages are as large as may be. That is
   so for any number of levels, while model/perf/walk.bh is checked for up to five on five.

   Of: perf.Walker and perf.References (model/perf/walk.go), model/perf/walk.bh. The names are those of Walker.
   Source: R. Bhargava, B. Serebrin, F. Spadini and S. Manne, Accelerating Two-Dimensional Page Walks for Virtualized Systems, ASPLOS 2008. *)
From Coq Require Import ZArith Lia List Bool.
Import ListNotations.
Local Open Scope Z_scope.
Local Arguments Z.add : simpl never.
Local Arguments Z.sub : simpl never.
Local Arguments Z.mul : simpl never.
Local Arguments Z.max : simpl never.

Inductive WalkPhase := ReadingNested | ReadingGuest | Translated | Faulted.

Definition phase_eqb p q : bool :=
  match p, q with
  | ReadingNested, ReadingNested | ReadingGuest, ReadingGuest | Translated, Translated | Faulted, Faulted => true
  | _, _ => false
  end.

Record Walker := {
  phase : WalkPhase;
  g : Z; (* levels that are left, of the guest's tables *)
  h : Z; (* and of the nested ones, for the address at hand *)
  data : bool; (* the address at hand is that of the data *)
  small : bool; (* no large page was met *)
  references : Z
}.

(* What a walk reads: an entry of a nested table or of one of the guest's, which maps a page ([leaf]) or points to the next table; or
   one that is not present. *)
Inductive Read := ReadNested (leaf : bool) | ReadGuest (leaf : bool) | Fault.

Section Levels.

Variables guest host large : Z.

(* What perf.NewWalker asks for. *)
Definition Proper := 1 <= guest /\ 0 <= host /\ 1 <= large <= guest /\ (0 < host -> large <= host).

Definition References := (guest + 1) * (host + 1) - 1.

Definition NewWalker := {|
  phase := if host =? 0 then ReadingGuest else ReadingNested;
  g := guest; h := host; data := false; small := true; references := 0
|}.

Definition allows (w : Walker) (p : WalkPhase) (level : Z) (leaf : bool) : bool :=
  phase_eqb (phase w) p && negb (leaf && (large <? level)) && negb (negb leaf && (level =? 1)).

(* A step, or None where it is refused. *)
Definition step (w : Walker) (r : Read) : option Walker :=
  match r with
  | ReadNested leaf =>
      if negb (allows w ReadingNested (h w) leaf) then None
      else Some
        (if leaf then {|
           phase := if data w then Translated else ReadingGuest;
           g := g w; h := 0; data := data w; small := small w && (h w =? 1); references := references w + 1
         |} else {|
           phase := phase w; g := g w; h := h w - 1; data := data w; small := small w; references := references w + 1
         |})
  | ReadGuest leaf =>
      if negb (allows w ReadingGuest (g w) leaf) then None
      else
        let data' := data w || leaf in
        Some {|
          phase := if 0 <? host then ReadingNested else if data' then Translated else ReadingGuest;
          g := if leaf then 0 else g w - 1; h := host; data := data';
          small := if leaf then small w && (g w =? 1) else small w; references := references w + 1
        |}
  | Fault =>
      if phase_eqb (phase w) ReadingNested || phase_eqb (phase w) ReadingGuest then
        Some {| phase := Faulted; g := g w; h := h w; data := data w; small := small w; references := references w + 1 |}
      else None
  end.

Fixpoint steps (w : Walker) (rs : list Read) : option Walker :=
  match rs with
  | [] => Some w
  | r :: rs => match step w r with Some w => steps w rs | None => None end
  end.

(* The least number of references of a walk that comes to its end. *)
Definition Shortest := (guest - large + 2) * (if host =? 0 then 1 else host - large + 2) - 1.

(* The least and the greatest number of references that are left, and what is kept all along. *)
Definition least_nested := if host =? 0 then 0 else host - large + 1.
Definition least_left (w : Walker) :=
  (if phase_eqb (phase w) ReadingNested then Z.max 1 (h w - large + 1) else 0)
  + (if data w then 0 else Z.max 1 (g w - large + 1)) * (1 + least_nested).
Definition most_left (w : Walker) :=
  (if phase_eqb (phase w) ReadingNested then h w else 0) + (if data w then 0 else g w) * (1 + host).

Definition Shape (w : Walker) : Prop :=
  0 <= g w <= guest /\ (data w = false -> 1 <= g w) /\ (data w = true -> g w = 0)
  /\ match phase w with
     | ReadingNested => 1 <= h w <= host
     | ReadingGuest => data w = false
     | Translated => data w = true
     | Faulted => True
     end.

Definition Kept (w : Walker) : Prop :=
  Shape w
  /\ references w <= References
  /\ (phase w <> Faulted -> references w + most_left w <= References
      /\ (small w = true -> references w + most_left w = References)
      /\ Shortest <= references w + least_left w).

(* Products of what is left are taken apart by hand, maxima by cases. *)
Ltac maxima := repeat match goal with |- context [Z.max ?a ?b] => destruct (Z.max_spec a b) as [[? ->]|[? ->]]
                                    | X : context [Z.max ?a ?b] |- _ => destruct (Z.max_spec a b) as [[? ?E]|[? ?E]]; rewrite ?E in X; clear E end.
Ltac left := maxima; rewrite ?Z.mul_add_distr_r, ?Z.mul_sub_distr_r in *; first [lia | nia].

Lemma Kept_first : Proper -> Kept NewWalker.
Proof.
  intros (G & H & L & LH). unfold Kept, Shape, NewWalker, most_left, least_left, least_nested, References, Shortest; simpl.
  destruct (Z.eqb_spec host 0) as [->|N]; simpl.
  - repeat split; intros; try discriminate; lia.
  - assert (large <= host) by lia. repeat split; intros; try discriminate; left.
Qed.

Lemma Kept_step w r w' : Proper -> Kept w -> step w r = Some w' -> Kept w'.
Proof.
  intros (G & H & L & LH) (S & B & N) E.
  destruct r as [leaf|leaf|]; unfold step, allows in E.
  - destruct (phase w) eqn:P; try discriminate. simpl in E.
    destruct S as (S1 & S2 & S3 & S4). rewrite P in *.
    destruct N as (N1 & N2 & N3); [discriminate|].
    unfold Kept, Shape, most_left, least_left, least_nested, References, Shortest in *. rewrite P in *.
    destruct leaf; simpl in *.
    + destruct (Z.ltb_spec large (h w)); [discriminate|]. inversion E; subst w'; clear E; simpl.
      destruct (data w) eqn:D; simpl in *;
        (split; [repeat split; intros; auto; try discriminate; lia|]);
        destruct (Z.eqb_spec host 0); try lia;
        (split; [left|]); intros _; (split; [left|]);
        (split; [intros [Q1 Q2%Z.eqb_eq]%andb_prop; specialize (N2 Q1); left|left]).
    + destruct (Z.eqb_spec (h w) 1); [discriminate|]. inversion E; subst w'; clear E; simpl.
      destruct (data w) eqn:D; simpl in *;
        (split; [repeat split; intros; auto; try discriminate; lia|]);
        destruct (Z.eqb_spec host 0); try lia;
        (split; [left|]); intros _; (split; [left|]);
        (split; [intros Q1; specialize (N2 Q1); left|left]).
  - destruct (phase w) eqn:P; try discriminate. simpl in E.
    destruct S as (S1 & S2 & S3 & S4). rewrite P in *.
    destruct N as (N1 & N2 & N3); [discriminate|].
    unfold Kept, Shape, most_left, least_left, least_nested, References, Shortest in *. rewrite P in *.
    rewrite S4 in *; simpl in *.
    destruct leaf; simpl in *.
    + destruct (Z.ltb_spec large (g w)); [discriminate|]. inversion E; subst w'; clear E; simpl.
      destruct (Z.ltb_spec 0 host); destruct (Z.eqb_spec host 0); try lia; simpl;
        (split; [repeat split; intros; auto; try discriminate; lia|]);
        (split; [left|]); intros _; (split; [left|]);
        (split; [intros [Q1 Q2%Z.eqb_eq]%andb_prop; specialize (N2 Q1); left|left]).
    + destruct (Z.eqb_spec (g w) 1); [discriminate|]. inversion E; subst w'; clear E; simpl.
      destruct (Z.ltb_spec 0 host); destruct (Z.eqb_spec host 0); try lia; simpl;
        (split; [repeat split; intros; auto; try discriminate; lia|]);
        (split; [left|]); intros _; (split; [left|]);
        (split; [intros Q1; specialize (N2 Q1); left|left]).
  - destruct S as (S1 & S2 & S3 & S4).
    destruct (phase w) eqn:P; try discriminate; simpl in E; inversion E; subst w'; clear E;
      (destruct N as (N1 & _ & _); [discriminate|]);
      unfold Kept, Shape, most_left in *; rewrite P in *; simpl in *;
      (split; [auto|]); (split; [|congruence]);
      destruct (data w) eqn:D; simpl in *; try discriminate; left.
Qed.

Lemma Kept_steps rs : Proper -> forall w w', Kept w -> steps w rs = Some w' -> Kept w'.
Proof.
  intros A. induction rs as [|r rs IH]; intros w w' K E; simpl in E.
  - now inversion E; subst.
  - destruct (step w r) as [w1|] eqn:E1; [|discriminate]. eauto using Kept_step.
Qed.

(* No walk takes more references, whether it comes to its end or not (walk.bh: References, OnTheWay). *)
Theorem walk_at_most rs w : Proper -> steps NewWalker rs = Some w -> references w <= References.
Proof. intros A E. now destruct (Kept_steps rs A _ _ (Kept_first A) E) as (_ & B & _). Qed.

(* With small pages only there is no other number (walk.bh: ExactlySmall). *)
Theorem walk_exactly rs w :
  Proper -> steps NewWalker rs = Some w -> phase w = Translated -> small w = true -> references w = References.
Proof.
  intros A E P Q. destruct (Kept_steps rs A _ _ (Kept_first A) E) as ((_ & _ & S3 & S4) & _ & N).
  rewrite P in *. destruct N as (_ & N & _); [discriminate|]. specialize (N Q). unfold most_left in N. rewrite P, S4 in N.
  simpl in N. lia.
Qed.

(* Large pages save no more than that (walk.bh: AtLeast). *)
Theorem walk_at_least rs w : Proper -> steps NewWalker rs = Some w -> phase w = Translated -> Shortest <= references w.
Proof.
  intros A E P. destruct (Kept_steps rs A _ _ (Kept_first A) E) as ((_ & _ & _ & S4) & _ & N).
  rewrite P in *. destruct N as (_ & _ & N); [discriminate|]. unfold least_left in N. rewrite P, S4 in N. simpl in N. lia.
Qed.

(* Each step is one reference: so no walk has more steps than References, and every walk ends (walk.bh: Ends). *)
Lemma references_steps rs : forall w w', steps w rs = Some w' -> references w' = references w + Z.of_nat (length rs).
Proof.
  induction rs as [|r rs IH]; intros w w' E; cbn [steps length] in *.
  - inversion E; subst. lia.
  - destruct (step w r) as [w1|] eqn:E1; [|discriminate]. rewrite (IH _ _ E).
    enough (references w1 = references w + 1) by lia.
    destruct r as [leaf|leaf|]; unfold step in E1;
      destruct (allows _ _ _ _) in E1 || destruct (phase_eqb _ _ || phase_eqb _ _) in E1; try discriminate;
      try destruct leaf; simpl in E1; inversion E1; subst; reflexivity.
Qed.

Theorem walk_ends rs w : Proper -> steps NewWalker rs = Some w -> Z.of_nat (length rs) <= References.
Proof.
  intros A E. pose proof (references_steps _ _ _ E) as R. pose proof (walk_at_most _ _ A E). simpl in R. lia.
Qed.

(* A walk that is on its way can go on: where it stops, it is Translated or Faulted (walk.bh: no deadlock). *)
Theorem walk_goes_on rs w :
  Proper -> steps NewWalker rs = Some w -> phase w = Translated \/ phase w = Faulted \/ exists r w', r <> Fault /\ step w r = Some w'.
Proof.
  intros A E. destruct (Kept_steps rs A _ _ (Kept_first A) E) as ((S1 & S2 & S3 & S4) & _).
  destruct (phase w) eqn:P; auto; right; right.
  - exists (ReadNested (h w =? 1)). unfold step, allows. rewrite P; simpl. destruct A as (_ & _ & L & _).
    destruct (Z.eqb_spec (h w) 1) as [->|Q]; simpl.
    + destruct (Z.ltb_spec large 1); [lia|]; simpl. eexists; split; [discriminate|reflexivity].
    + eexists; split; [discriminate|reflexivity].
  - exists (ReadGuest (g w =? 1)). unfold step, allows. rewrite P; simpl. destruct A as (_ & _ & L & _).
    destruct (Z.eqb_spec (g w) 1) as [->|Q]; simpl.
    + destruct (Z.ltb_spec large 1); [lia|]; simpl. eexists; split; [discriminate|reflexivity].
    + eexists; split; [discriminate|reflexivity].
Qed.

(* The read of a table's entry, where pages are mapped at level [at_] and not above. *)
Definition read (at_ : Z) (w : Walker) : Read :=
  if phase_eqb (phase w) ReadingNested then ReadNested (h w <=? at_) else ReadGuest (g w <=? at_).

Lemma read_steps at_ w :
  Proper -> Kept w -> 1 <= at_ <= large -> phase w = ReadingNested \/ phase w = ReadingGuest ->
  exists w', step w (read at_ w) = Some w'
    /\ (phase w' = ReadingNested \/ phase w' = ReadingGuest \/ phase w' = Translated)
    /\ (at_ = 1 -> small w' = small w)
    /\ (at_ = large -> references w' + least_left w' = references w + least_left w).
Proof.
  intros (G & H & L & LH) ((S1 & S2 & S3 & S4) & _) A P.
  unfold read, step, allows, least_left, least_nested.
  destruct P as [P|P]; rewrite P in *; simpl.
  - destruct (Z.leb_spec (h w) at_); simpl.
    + destruct (Z.ltb_spec large (h w)); [lia|]; simpl. eexists; split; [reflexivity|]; simpl.
      split; [destruct (data w); auto|]. split; intros ->.
      * destruct (Z.eqb_spec (h w) 1); [now rewrite andb_true_r|lia].
      * destruct (data w) eqn:D; simpl; left.
    + destruct (Z.eqb_spec (h w) 1); [lia|]; simpl. eexists; split; [reflexivity|]; simpl.
      split; [auto|]. split; [auto|]. intros ->. destruct (data w) eqn:D; simpl; left.
  - rewrite S4 in *; simpl. destruct (Z.leb_spec (g w) at_); simpl.
    + destruct (Z.ltb_spec large (g w)); [lia|]; simpl. eexists; split; [reflexivity|]; simpl.
      split; [destruct (0 <? host); auto|]. split; intros ->.
      * destruct (Z.eqb_spec (g w) 1); [now rewrite andb_true_r|lia].
      * destruct (Z.ltb_spec 0 host); destruct (Z.eqb_spec host 0); try lia; simpl; left.
    + destruct (Z.eqb_spec (g w) 1); [lia|]; simpl. eexists; split; [reflexivity|]; simpl.
      split; [destruct (0 <? host); auto|]. split; [auto|]. intros ->.
      destruct (Z.ltb_spec 0 host); destruct (Z.eqb_spec host 0); try lia; simpl; left.
Qed.

Lemma reads_end at_ : Proper -> 1 <= at_ <= large -> forall n w,
  Kept w -> phase w <> Faulted -> References - references w <= Z.of_nat n ->
  exists rs w', steps w rs = Some w' /\ phase w' = Translated
    /\ (at_ = 1 -> small w' = small w)
    /\ (at_ = large -> references w' = references w + least_left w).
Proof.
  intros A AL. induction n as [|n IH]; intros w K NF LE.
  all: assert (phase w = Translated \/ phase w = ReadingNested \/ phase w = ReadingGuest) as [P|P]
    by (destruct (phase w); auto; congruence).
  1, 3: exists [], w; repeat split; auto; intros _; destruct K as ((_ & _ & _ & S4) & _); unfold least_left; rewrite P in *;
    rewrite S4; simpl; lia.
  - destruct (read_steps at_ w A K AL P) as (w' & E & _). pose proof (Kept_step _ _ _ A K E) as (_ & B & _).
    pose proof (references_steps [read at_ w] w w') as R. simpl in R. rewrite E in R. specialize (R eq_refl). lia.
  - destruct (read_steps at_ w A K AL P) as (w1 & E & Q & SM & LL).
    pose proof (references_steps [read at_ w] w w1) as R. simpl in R. rewrite E in R. specialize (R eq_refl).
    destruct (IH w1) as (rs & w' & E' & T & SM' & LL').
    + eauto using Kept_step.
    + intros F; rewrite F in Q. destruct Q as [Q|[Q|Q]]; discriminate.
    + lia.
    + exists (read at_ w :: rs), w'. simpl. rewrite E. repeat split; auto.
      * intros X. now rewrite SM', SM.
      * intros X. rewrite LL', LL; auto.
Qed.

(* Both numbers are taken: by a walk of small pages alone, and by one of the largest there are (walk.bh: WithAllLarge). *)
Theorem walk_tight : Proper ->
  (exists rs w, steps NewWalker rs = Some w /\ phase w = Translated /\ small w = true /\ references w = References)
  /\ (exists rs w, steps NewWalker rs = Some w /\ phase w = Translated /\ references w = Shortest).
Proof.
  intros A. pose proof A as (G & H & L & LH).
  assert (phase NewWalker <> Faulted) as NF by (simpl; now destruct (host =? 0)).
  pose proof (Kept_first A) as K.
  split.
  - destruct (reads_end 1 A ltac:(lia) (Z.to_nat References) NewWalker K NF) as (rs & w & E & T & SM & _).
    + unfold References; simpl. nia.
    + exists rs, w. repeat split; auto. eapply walk_exactly; eauto.
  - destruct (reads_end large A ltac:(lia) (Z.to_nat References) NewWalker K NF) as (rs & w & E & T & _ & LL).
    + unfold References; simpl. nia.
    + exists rs, w. repeat split; auto. rewrite LL by auto. unfold least_left, least_nested, Shortest; simpl.
      destruct (Z.eqb_spec host 0) as [->|N]; simpl; [|specialize (LH ltac:(lia))]; left.
Qed.

End Levels.

(* Four levels on four are 24; five on five, 35; without nested tables, as many as there are levels. *)
Theorem walk_24 : References 4 4 = 24 /\ References 5 5 = 35 /\ forall guest, References guest 0 = guest.
Proof. repeat split; intros; unfold References; lia. Qed.

(* It is not the sum of the levels, nor their product: 8 and 16 were said of four on four. *)
Theorem walk_not_sum : References 4 4 <> 4 + 4 /\ References 4 4 <> 4 * 4.
Proof. now split. Qed.
