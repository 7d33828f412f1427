(* Frames: what map, share and copy-on-write keep apart.

   Each page of a machine is mapped to a frame of the host; pages of equal content may come to lie in one frame, which is then write-protected, and
   a write to it gets a frame of its own first. Devices that are passed through write by a table of their own. For any number of machines,
   pages, frames and devices, whatever is done in whatever order: a frame that two pages lie in is written through neither; no table has a frame of the
   hypervisor; a device reaches what its machine has mapped for itself alone; and everybody reads what they would read if every page had
   a frame of its own.

   Of: memory.Frames (model/esxi/memory/frames.go), whose names these are, and model/esxi/memory/frames.bh, which is the case of one device and
   machines that share with each other. As there, frame 0 is the hypervisor's, and machines, pages and devices are numbered from 1.
   Sources: C. A. Waldspurger, Memory Resource Management in VMware ESX Server, OSDI 2002, section 4; Intel SDM vol. 3C, chapter 28; Intel VT-d
   specification, 3. *)
From Coq Require Import ZArith Lia List Bool Arith FinFun.
Import ListNotations.
Local Arguments Nat.leb : simpl never.
Local Arguments Nat.ltb : simpl never.

(* A page of a machine. *)
Definition place := (nat * nat)%type.
Definition place_eqb (a b : place) : bool := Nat.eqb (fst a) (fst b) && Nat.eqb (snd a) (snd b).

Lemma place_eqb_spec a b : reflect (a = b) (place_eqb a b).
Proof.
  destruct a as [v p], b as [w q]. unfold place_eqb. simpl.
  destruct (Nat.eqb_spec v w), (Nat.eqb_spec p q); simpl; constructor; congruence.
Qed.

Definition set {A} (f : place -> A) (a : place) (x : A) : place -> A := fun b => if place_eqb b a then x else f b.
Local Arguments set : simpl never.
Definition upd {A} (f : nat -> A) (n : nat) (x : A) : nat -> A := fun m => if Nat.eqb m n then x else f m.

Definition is (o : option nat) (n : nat) : bool := match o with Some m => Nat.eqb m n | None => false end.

Lemma is_spec o n : is o n = true <-> o = Some n.
Proof.
  destruct o as [m|]; simpl; [|split; discriminate]. rewrite Nat.eqb_eq. split; [now intros ->|now intros [= ->]].
Qed.

(* Of a list without repetitions, more than one satisfies P exactly if two that differ do. *)
Lemma more_than_one {A} (P : A -> bool) l a : NoDup l -> In a l -> P a = true ->
  ((1 <? length (filter P l))%nat = true <-> exists b, In b l /\ b <> a /\ P b = true).
Proof.
  intros D I H. rewrite Nat.ltb_lt. split.
  - intros L. pose proof (NoDup_filter P D) as F. destruct (filter P l) as [|x [|y r]] eqn:E; simpl in L; try lia.
    assert (forall z, In z (x :: y :: r) -> In z l /\ P z = true) as Q by (intros z; rewrite <- E; apply filter_In).
    destruct (Q x) as [Qx Px]; [now left|]. destruct (Q y) as [Qy Py]; [right; now left|].
    assert (x <> y) as N by (inversion F; subst; intros ->; apply H2; now left).
    assert (In a (x :: y :: r)) as J by (rewrite <- E; now apply filter_In).
    destruct J as [->|J]; [exists y; auto|]. exists x. repeat split; auto. intros ->. inversion F; subst. auto.
  - intros (b & J & N & Q). destruct (filter P l) as [|x [|y r]] eqn:E; simpl; try lia; exfalso.
    + assert (In a []) as [] by (rewrite <- E; now apply filter_In).
    + assert (In a [x]) as [<-|[]] by (rewrite <- E; now apply filter_In).
      assert (In b [x]) as [<-|[]] by (rewrite <- E; now apply filter_In). congruence.
Qed.

Lemma NoDup_both {A} (l r : list A) : NoDup l -> NoDup r -> (forall a, In a l -> ~ In a r) -> NoDup (l ++ r).
Proof.
  induction l as [|x l IH]; simpl; intros L R N; [exact R|]. inversion L; subst. constructor; [|auto].
  rewrite in_app_iff. intros [I|I]; [auto|]. exact (N x (or_introl eq_refl) I).
Qed.

Section Host.

Variable VMS : nat.
Variable Pages : nat -> nat. (* of each machine *)
Variable FRAMES : nat. (* for guests *)
Variable DEVICES : nat.
Variable Salt : nat -> nat. (* of each machine: what is compared beside the content *)
Variable Large0 : nat -> bool. (* backed by large pages at first *)

Record Frames := {
  ept : place -> option nat;
  writable : place -> bool;
  data : nat -> Z;
  owner : nat -> option nat; (* the machine of a device *)
  iommu : nat -> nat -> option nat; (* by device and page *)
  Large : nat -> bool
}.

Definition NewFrames := {|
  ept := fun _ => None; writable := fun _ => false; data := fun _ => 0%Z;
  owner := fun _ => None; iommu := fun _ _ => None; Large := Large0
|}.

Definition vm (v : nat) : bool := (1 <=? v) && (v <=? VMS).
Definition device (d : nat) : bool := (1 <=? d) && (d <=? DEVICES).
Definition known (a : place) : bool := vm (fst a) && (1 <=? snd a) && (snd a <=? Pages (fst a)).
Definition pages (v : nat) : list nat := seq 1 (Pages v).
Definition places : list place := flat_map (fun v => map (pair v) (pages v)) (seq 1 VMS).

Definition reads (s : Frames) (a : place) : option Z := match ept s a with Some f => Some (data s f) | None => None end.
Definition mapped (s : Frames) (f : nat) : nat := length (filter (fun a => is (ept s a) f) places).
Definition unused (s : Frames) : option nat := find (fun f => mapped s f =? 0) (seq 1 FRAMES).
Definition shared (s : Frames) (a : place) : bool := match ept s a with Some f => 1 <? mapped s f | None => false end.
Definition pinned (s : Frames) (v : nat) : bool := existsb (fun d => is (owner s d) v) (seq 1 DEVICES).

Inductive Op :=
| Map (v p : nat) | Unmap (v p : nat) | Write (v p : nat) (x : Z) | Share (v p w q : nat) | BreakLarge (v : nat)
| Attach (d v : nat) | Detach (d : nat) | DMA (d p : nat) (x : Z).

Definition with_page (s : Frames) (a : place) (f : option nat) (w : bool) (content : nat -> Z) : Frames :=
  {| ept := set (ept s) a f; writable := set (writable s) a w; data := content; owner := owner s; iommu := iommu s; Large := Large s |}.

(* A step, or None where it is refused and changes nothing. *)
Definition step (s : Frames) (op : Op) : option Frames :=
  match op with
  | Map v p =>
      if known (v, p) then
        match ept s (v, p), unused s with
        | None, Some f => Some (with_page s (v, p) (Some f) true (upd (data s) f 0%Z))
        | _, _ => None
        end
      else None
  | Unmap v p =>
      if known (v, p) then
        match ept s (v, p) with
        | Some _ => if pinned s v then None else Some (with_page s (v, p) None false (data s))
        | None => None
        end
      else None
  | Write v p x =>
      if known (v, p) then
        match ept s (v, p) with
        | Some f =>
            match (if shared s (v, p) then unused s else Some f) with
            | Some f => Some (with_page s (v, p) (Some f) true (upd (data s) f x))
            | None => None
            end
        | None => None
        end
      else None
  | Share v p w q =>
      if known (v, p) && known (w, q) then
        match ept s (v, p), ept s (w, q) with
        | Some f, Some g =>
            if negb (f =? g) && (data s f =? data s g)%Z && (Salt v =? Salt w) && negb (Large s v || Large s w) && negb (pinned s v || pinned s w)
            then Some {|
              ept := set (ept s) (w, q) (Some f);
              writable := set (set (writable s) (v, p) false) (w, q) false;
              data := data s; owner := owner s; iommu := iommu s; Large := Large s
            |}
            else None
        | _, _ => None
        end
      else None
  | BreakLarge v =>
      if vm v && Large s v then
        Some {| ept := ept s; writable := writable s; data := data s; owner := owner s; iommu := iommu s; Large := upd (Large s) v false |}
      else None
  | Attach d v =>
      if device d && vm v then
        match owner s d with
        | Some _ => None
        | None =>
            if forallb (fun p => match ept s (v, p) with Some _ => negb (shared s (v, p)) | None => false end) (pages v) then
              Some {|
                ept := ept s;
                writable := fun a => if (fst a =? v) && known a then true else writable s a;
                data := data s;
                owner := upd (owner s) d (Some v);
                iommu := upd (iommu s) d (fun p => if known (v, p) then ept s (v, p) else None);
                Large := Large s
              |}
            else None
        end
      else None
  | Detach d =>
      if device d then
        match owner s d with
        | Some _ => Some {|
            ept := ept s; writable := writable s; data := data s;
            owner := upd (owner s) d None; iommu := upd (iommu s) d (fun _ => None); Large := Large s
          |}
        | None => None
        end
      else None
  | DMA d p x =>
      if device d then
        match iommu s d p with
        | Some f => Some {|
            ept := ept s; writable := writable s; data := upd (data s) f x; owner := owner s; iommu := iommu s; Large := Large s
          |}
        | None => None
        end
      else None
  end.

Inductive reachable : Frames -> Prop :=
| reachable_first : reachable NewFrames
| reachable_step s op s' : reachable s -> step s op = Some s' -> reachable s'.

Lemma known_places a : known a = true <-> In a places.
Proof.
  destruct a as [v p]. unfold known, vm, places, pages. simpl. rewrite !andb_true_iff, !Nat.leb_le, in_flat_map. split.
  - intros (((A & B) & C) & D). exists v. rewrite in_seq. split; [lia|]. apply in_map. apply in_seq. lia.
  - intros (w & A & B). apply in_map_iff in B as (q & E & B). inversion E; subst. apply in_seq in A, B. lia.
Qed.

Lemma places_once : NoDup places.
Proof.
  unfold places, pages. generalize (seq_NoDup VMS 1). generalize (seq 1 VMS). induction l as [|v l IH]; simpl; intros D; [constructor|].
  inversion D; subst. apply NoDup_both.
  - apply Injective_map_NoDup; [intros p q [= ->]; reflexivity|apply seq_NoDup].
  - auto.
  - intros a A B. apply in_map_iff in A as (p & <- & _). apply in_flat_map in B as (w & W & B).
    apply in_map_iff in B as (q & [= -> ->] & _). auto.
Qed.

(* What is kept all along. *)
Definition Ranges (s : Frames) := forall a f, ept s a = Some f -> known a = true /\ 1 <= f <= FRAMES.
Definition Apart (s : Frames) := forall a b f, a <> b -> ept s a = Some f -> ept s b = Some f ->
  writable s a = false /\ Salt (fst a) = Salt (fst b) /\ Large s (fst a) = false.
Definition Devices (s : Frames) := forall d,
  match owner s d with
  | Some v => device d = true /\ forall p,
      if known (v, p) then
        exists f, ept s (v, p) = Some f /\ iommu s d p = Some f /\ writable s (v, p) = true /\ forall b, ept s b = Some f -> b = (v, p)
      else iommu s d p = None
  | None => forall p, iommu s d p = None
  end.
Definition Kept (s : Frames) := Ranges s /\ Apart s /\ Devices s.

Lemma shared_spec s a f : Ranges s -> ept s a = Some f -> (shared s a = true <-> exists b, b <> a /\ ept s b = Some f).
Proof.
  intros R E. unfold shared, mapped. rewrite E.
  rewrite (more_than_one (fun b => is (ept s b) f) places a places_once).
  - split; [intros (b & _ & N & Q)|intros (b & N & Q)]; exists b; rewrite is_spec in *; repeat split; auto.
    apply known_places. now apply (R b f).
  - apply known_places. now apply (R a f).
  - now apply is_spec.
Qed.

Lemma unused_spec s f : Ranges s -> unused s = Some f -> 1 <= f <= FRAMES /\ forall a, ept s a <> Some f.
Proof.
  intros R E. apply find_some in E as [I Z%Nat.eqb_eq]. apply in_seq in I. split; [lia|]. intros a A.
  assert (In a (filter (fun b => is (ept s b) f) places)) as J.
  { apply filter_In. split; [apply known_places; now apply (R a f)|now apply is_spec]. }
  unfold mapped in Z. destruct (filter _ _); [destruct J|discriminate].
Qed.

Lemma pinned_spec s v : Devices s -> pinned s v = false -> forall d, owner s d <> Some v.
Proof.
  intros D P d O. specialize (D d). rewrite O in D. destruct D as [K _]. unfold device in K. apply andb_prop in K as [A%Nat.leb_le B%Nat.leb_le].
  enough (pinned s v = true) by congruence. apply existsb_exists. exists d. rewrite in_seq. split; [lia|now apply is_spec].
Qed.

Lemma set_spec {A} (f : place -> A) a x b : (b = a /\ set f a x b = x) \/ (b <> a /\ set f a x b = f b).
Proof. unfold set. destruct (place_eqb_spec b a); auto. Qed.

Ltac at_place b := match goal with |- context [set ?f ?a ?x b] => destruct (set_spec f a x b) as [[? ->]|[? ->]] end.
Ltac at_place_in b H := match type of H with context [set ?f ?a ?x b] =>
  let E := fresh in destruct (set_spec f a x b) as [[? E]|[? E]]; rewrite E in H; clear E end.

(* A page gets a frame, one that nobody has or its own, which nobody shares; what the frame holds does not matter. *)
Lemma Kept_alone s a f content : Kept s -> known a = true -> 1 <= f <= FRAMES -> (forall b, b <> a -> ept s b <> Some f) ->
  (forall d, owner s d = Some (fst a) -> ept s a = Some f) -> Kept (with_page s a (Some f) true content).
Proof.
  intros (R & P & D) K F N O. unfold with_page. repeat split; simpl in *.
  - at_place_in a0 H; [now subst|]. now apply (R a0 f0).
  - at_place_in a0 H; [inversion H; subst; lia|]. now apply (R a0 f0).
  - at_place_in a0 H; [inversion H; subst; lia|]. now apply (R a0 f0).
  - at_place_in a0 H0; at_place_in b H1; subst; try congruence.
    + exfalso. inversion H0; subst. now apply (N b).
    + exfalso. inversion H1; subst. now apply (N a0).
    + at_place a0; [congruence|]. now apply (P a0 b f0).
  - at_place_in a0 H0; at_place_in b H1; subst; try congruence.
    + exfalso. inversion H0; subst. now apply (N b).
    + exfalso. inversion H1; subst. now apply (N a0).
    + now apply (P a0 b f0).
  - at_place_in a0 H0; at_place_in b H1; subst; try congruence.
    + exfalso. inversion H0; subst. now apply (N b).
    + exfalso. inversion H1; subst. now apply (N a0).
    + now apply (P a0 b f0).
  - intros d. simpl. specialize (D d). specialize (O d). destruct (owner s d) as [v|]; [|exact D]. destruct D as [D1 D2]. split; [exact D1|].
    intros p. specialize (D2 p). destruct (known (v, p)); [|exact D2]. destruct D2 as (g & E1 & E2 & E3 & E4).
    destruct (place_eqb_spec (v, p) a) as [<-|Q].
    + specialize (O eq_refl). assert (g = f) by congruence. subst g. exists f. repeat split; auto.
      * at_place (v, p); congruence.
      * at_place (v, p); congruence.
      * intros b B. at_place_in b B; auto.
    + exists g. repeat split; auto.
      * at_place (v, p); congruence.
      * at_place (v, p); congruence.
      * intros b B. at_place_in b B; auto. inversion B; subst. exfalso. now apply (N (v, p)).
Qed.

Lemma Kept_step s op s' : Kept s -> step s op = Some s' -> Kept s'.
Proof.
  intros K E. pose proof K as (R & P & D). destruct op; simpl in E.
  - destruct (known (v, p)) eqn:Q; [|discriminate]. destruct (ept s (v, p)) eqn:A; [discriminate|].
    destruct (unused s) as [f|] eqn:U; [|discriminate]. inversion E; subst; clear E. apply unused_spec in U as [U1 U2]; [|exact R].
    apply Kept_alone; auto. simpl. intros d O. specialize (D d). rewrite O in D. destruct D as [_ D]. specialize (D p). rewrite Q in D.
    destruct D as (g & D & _). congruence.
  - destruct (known (v, p)) eqn:Q; [|discriminate]. destruct (ept s (v, p)) as [f|] eqn:A; [|discriminate].
    destruct (pinned s v) eqn:N; [discriminate|]. inversion E; subst; clear E. unfold with_page. repeat split; simpl in *.
    + at_place_in a H; [discriminate|]. now apply (R a f0).
    + at_place_in a H; [discriminate|]. now apply (R a f0).
    + at_place_in a H; [discriminate|]. now apply (R a f0).
    + at_place_in a H0; [discriminate|]. at_place_in b H1; [discriminate|]. at_place a; [reflexivity|]. now apply (P a b f0).
    + at_place_in a H0; [discriminate|]. at_place_in b H1; [discriminate|]. now apply (P a b f0).
    + at_place_in a H0; [discriminate|]. at_place_in b H1; [discriminate|]. now apply (P a b f0).
    + intros d. simpl. pose proof (pinned_spec s v D N d) as O. specialize (D d). destruct (owner s d) as [w|]; [|exact D].
      destruct D as [D1 D2]. split; [exact D1|]. intros q. specialize (D2 q). destruct (known (w, q)); [|exact D2].
      destruct D2 as (g & E1 & E2 & E3 & E4). exists g. repeat split; auto.
      * at_place (w, q); [congruence|exact E1].
      * at_place (w, q); [congruence|exact E3].
      * intros b B. at_place_in b B; [discriminate|]. auto.
  - destruct (known (v, p)) eqn:Q; [|discriminate]. destruct (ept s (v, p)) as [f|] eqn:A; [|discriminate].
    destruct (shared s (v, p)) eqn:S.
    + destruct (unused s) as [g|] eqn:U; [|discriminate]. inversion E; subst; clear E. apply unused_spec in U as [U1 U2]; [|exact R].
      apply Kept_alone; auto. simpl. intros d O. exfalso. specialize (D d). rewrite O in D. destruct D as [_ D]. specialize (D p).
      rewrite Q in D. destruct D as (h & D & _ & _ & D'). assert (h = f) by congruence. subst h.
      apply (shared_spec s (v, p) f R A) in S as (b & N & B). auto.
    + inversion E; subst; clear E. apply Kept_alone; auto.
      * now apply (R (v, p)).
      * intros b N B. enough (shared s (v, p) = true) by congruence. apply (shared_spec s (v, p) f R A). eauto.
  - destruct (known (v, p)) eqn:Q; [|discriminate]. destruct (known (w, q)) eqn:Q'; [|discriminate].
    simpl in E. destruct (ept s (v, p)) as [f|] eqn:A; [|discriminate]. destruct (ept s (w, q)) as [g|] eqn:B; [|discriminate].
    destruct (Nat.eqb_spec f g) as [|N]; [discriminate|]. destruct (data s f =? data s g)%Z; [|discriminate].
    destruct (Nat.eqb_spec (Salt v) (Salt w)) as [SV|]; [|discriminate].
    destruct (Large s v) eqn:LV; [discriminate|]. destruct (Large s w) eqn:LW; [discriminate|].
    destruct (pinned s v) eqn:PV; [discriminate|]. destruct (pinned s w) eqn:PW; [discriminate|].
    simpl in E. inversion E; subst; clear E.
    assert (forall b, ept s b = Some f -> writable s b = false \/ b = (v, p)) as W.
    { intros b EB. destruct (place_eqb_spec b (v, p)); [now right|left]. now apply (P b (v, p) f). }
    assert (forall b, ept s b = Some f -> Salt (fst b) = Salt v /\ Large s (fst b) = false) as W'.
    { intros b EB. destruct (place_eqb_spec b (v, p)) as [->|]; [now simpl|]. apply (P b (v, p) f) in A as (_ & X & Y); auto. }
    repeat split; simpl in *.
    + at_place_in a H; [congruence|]. now apply (R a f0).
    + at_place_in a H; [inversion H; subst|]; [now apply (R (v, p))|now apply (R a f0)].
    + at_place_in a H; [inversion H; subst|]; [now apply (R (v, p))|now apply (R a f0)].
    + at_place a; [reflexivity|]. at_place a; [reflexivity|].
      at_place_in a H0; [congruence|]. at_place_in b H1.
      * inversion H1; subst. destruct (W a H0); congruence.
      * now apply (P a b f0).
    + at_place_in a H0; at_place_in b H1; subst; simpl; try congruence.
      * inversion H0; subst. destruct (W' b H1). congruence.
      * inversion H1; subst. destruct (W' a H0). congruence.
      * now apply (P a b f0).
    + at_place_in a H0; at_place_in b H1; subst; simpl; try congruence.
      * inversion H1; subst. now destruct (W' a H0).
      * now apply (P a b f0).
    + intros d. simpl. pose proof (pinned_spec s v D PV d) as OV. pose proof (pinned_spec s w D PW d) as OW.
      specialize (D d). destruct (owner s d) as [u|]; [|exact D].
      destruct D as [D1 D2]. split; [exact D1|]. intros r. specialize (D2 r). destruct (known (u, r)); [|exact D2].
      destruct D2 as (h & E1 & E2 & E3 & E4). exists h. repeat split; auto.
      * at_place (u, r); [congruence|exact E1].
      * at_place (u, r); [congruence|]. at_place (u, r); [congruence|exact E3].
      * intros b X. at_place_in b X; auto. inversion X; subst. specialize (E4 (v, p) A). congruence.
  - destruct (vm v); [|discriminate]. destruct (Large s v) eqn:L; [|discriminate]. inversion E; subst; clear E.
    split; [exact R|]. split; [|exact D]. intros a b f N A B. simpl in *. destruct (P a b f N A B) as (X & Y & Z). repeat split; auto.
    unfold upd. destruct (fst a =? v); auto.
  - destruct (device d) eqn:DV; [|discriminate]. destruct (vm v) eqn:V; [|discriminate]. simpl in E.
    destruct (owner s d) eqn:O; [discriminate|]. destruct (forallb _ _) eqn:F; [|discriminate]. inversion E; subst; clear E.
    assert (forall p, known (v, p) = true -> exists f, ept s (v, p) = Some f /\ forall b, ept s b = Some f -> b = (v, p)) as Own.
    { intros p Q. rewrite forallb_forall in F. assert (In p (pages v)) as I.
      { unfold known in Q. simpl in Q. rewrite !andb_true_iff, !Nat.leb_le in Q. apply in_seq. lia. }
      specialize (F p I). destruct (ept s (v, p)) as [f|] eqn:A; [|discriminate]. exists f. split; [reflexivity|]. intros b B.
      destruct (place_eqb_spec b (v, p)); [assumption|]. apply negb_true_iff in F.
      enough (shared s (v, p) = true) by congruence. apply (shared_spec s (v, p) f R A). eauto. }
    split; [exact R|]. split.
    + intros a b f N A B. simpl in *. destruct (P a b f N A B) as (X & Y & Z). repeat split; auto.
      destruct (Nat.eqb_spec (fst a) v) as [<-|]; [|exact X]. destruct (known a) eqn:Q; [|exact X]. exfalso.
      destruct a as [u r]. simpl in *. destruct (Own r Q) as (g & G1 & G2). assert (g = f) by congruence. subst g.
      specialize (G2 b B). congruence.
    + intros e. simpl. unfold upd. destruct (Nat.eqb_spec e d) as [->|].
      * split; [exact DV|]. intros p. destruct (known (v, p)) eqn:Q; [|reflexivity]. destruct (Own p Q) as (f & G1 & G2).
        exists f. repeat split; auto. simpl. now rewrite Nat.eqb_refl.
      * specialize (D e). destruct (owner s e) as [u|]; [|exact D]. destruct D as [D1 D2]. split; [exact D1|]. intros p. specialize (D2 p).
        destruct (known (u, p)) eqn:Q; [|exact D2]. destruct D2 as (f & E1 & E2 & E3 & E4). exists f. repeat split; auto.
        simpl. rewrite E3. now destruct ((u =? v) && true).
  - destruct (device d); [|discriminate]. destruct (owner s d) eqn:O; [|discriminate]. inversion E; subst; clear E.
    split; [exact R|]. split; [exact P|]. intros e. simpl. unfold upd. destruct (Nat.eqb_spec e d); [reflexivity|apply D].
  - destruct (device d); [|discriminate]. destruct (iommu s d p); [|discriminate]. inversion E; subst; clear E.
    split; [exact R|]. split; [exact P|exact D].
Qed.

Lemma Kept_reachable s : reachable s -> Kept s.
Proof.
  induction 1 as [|s op s' _ K E]; [|eauto using Kept_step]. split; [|split].
  - intros a f A. discriminate.
  - intros a b f _ A. discriminate.
  - now intros d p.
Qed.

(* A frame that two pages lie in is written through neither, and their machines have the same salt and small pages (frames.bh:
   Protected); no table has a frame of the hypervisor (HostsOwn); what a device reaches is mapped, writable and nobody else's (DmaWithin). *)
Theorem frames_isolated s : reachable s ->
  (forall a, shared s a = true -> writable s a = false)
  /\ (forall a b f, a <> b -> ept s a = Some f -> ept s b = Some f ->
        writable s a = false /\ writable s b = false /\ Salt (fst a) = Salt (fst b) /\ Large s (fst a) = false)
  /\ (forall a, ept s a <> Some 0) /\ (forall d p, iommu s d p <> Some 0)
  /\ (forall d p f, iommu s d p = Some f ->
        exists v, owner s d = Some v /\ ept s (v, p) = Some f /\ writable s (v, p) = true /\ shared s (v, p) = false).
Proof.
  intros H. destruct (Kept_reachable s H) as (R & P & D).
  assert (forall d p f, iommu s d p = Some f ->
    exists v, owner s d = Some v /\ ept s (v, p) = Some f /\ writable s (v, p) = true /\ shared s (v, p) = false) as W.
  { intros d p f I. specialize (D d). destruct (owner s d) as [v|]; [|specialize (D p); congruence]. destruct D as [_ D]. specialize (D p).
    destruct (known (v, p)); [|congruence]. destruct D as (g & E1 & E2 & E3 & E4). assert (g = f) by congruence. subst g.
    exists v. repeat split; auto. apply not_true_is_false. intros S. apply (shared_spec s (v, p) f R E1) in S as (b & N & B). auto. }
  repeat split.
  - intros a S. unfold shared in S. destruct (ept s a) as [f|] eqn:E; [|discriminate].
    assert (shared s a = true) as T by (unfold shared; now rewrite E). apply (shared_spec s a f R E) in T as (b & N & B). apply (P a b f); congruence.
  - now apply (P a b f).
  - apply (P b a f); congruence.
  - now apply (P a b f).
  - now apply (P a b f).
  - intros a A. apply R in A. lia.
  - intros d p I. destruct (W d p 0 I) as (v & _ & A & _). apply R in A. lia.
  - exact W.
Qed.

(* What everybody would read if every page had a frame of its own. *)
Definition apart (s : Frames) (op : Op) (was : place -> option Z) : place -> option Z :=
  match op with
  | Map v p => set was (v, p) (Some 0%Z)
  | Unmap v p => set was (v, p) None
  | Write v p x => set was (v, p) (Some x)
  | DMA d p x => match owner s d with Some v => set was (v, p) (Some x) | None => was end
  | Share _ _ _ _ | BreakLarge _ | Attach _ _ | Detach _ => was
  end.

(* Sharing shows nothing: whatever lies where, each step changes what is read as if pages were apart. A write of a machine or its device
   changes what that page reads and no other one; a page that is mapped is empty, whoever had its frame before (frames.bh: Write.ensures,
   Map.ensures, Dma.ensures). *)
Theorem reads_as_if_apart s op s' : reachable s -> step s op = Some s' -> forall a, reads s' a = apart s op (reads s) a.
Proof.
  intros H E a. destruct (Kept_reachable s H) as (R & P & D).
  assert (forall b f w x, (forall c, c <> b -> ept s c <> Some f) ->
    reads (with_page s b (Some f) w (upd (data s) f x)) a = set (reads s) b (Some x) a) as Alone.
  { intros b f w x N. unfold reads, with_page; simpl. at_place a; at_place a; subst; try congruence.
    - unfold upd. now rewrite Nat.eqb_refl.
    - destruct (ept s a) as [g|] eqn:A; [|reflexivity]. unfold upd. destruct (Nat.eqb_spec g f) as [->|]; [|reflexivity].
      exfalso. now apply (N a). }
  destruct op; simpl in E; simpl.
  - destruct (known _); [|discriminate]. destruct (ept s (v, p)) eqn:A; [discriminate|]. destruct (unused s) as [f|] eqn:U; [|discriminate].
    inversion E; subst; clear E. apply Alone. intros c _. now apply unused_spec.
  - destruct (known _); [|discriminate]. destruct (ept s (v, p)) eqn:A; [|discriminate]. destruct (pinned s v); [discriminate|].
    inversion E; subst; clear E. unfold reads, with_page; simpl. at_place a; at_place a; congruence.
  - destruct (known _); [|discriminate]. destruct (ept s (v, p)) as [f|] eqn:A; [|discriminate]. destruct (shared s (v, p)) eqn:S.
    + destruct (unused s) as [g|] eqn:U; [|discriminate]. inversion E; subst; clear E. apply Alone. intros c _. now apply unused_spec.
    + inversion E; subst; clear E. apply Alone. intros c N B. enough (shared s (v, p) = true) by congruence.
      apply (shared_spec s (v, p) f R A). eauto.
  - destruct (known _ && known _); [|discriminate]. destruct (ept s (v, p)) as [f|] eqn:A; [|discriminate].
    destruct (ept s (w, q)) as [g|] eqn:B; [|discriminate]. match type of E with (if ?c then _ else _) = _ => destruct c eqn:C; [|discriminate] end. inversion E; subst; clear E.
    unfold reads; simpl. at_place a; [|reflexivity]. subst. rewrite B. rewrite !andb_true_iff in C.
    destruct C as ((((_ & C%Z.eqb_eq) & _) & _) & _). now rewrite C.
  - destruct (vm v && _); [|discriminate]. now inversion E; subst.
  - destruct (device d && _); [|discriminate]. destruct (owner s d); [discriminate|]. destruct (forallb _ _); [|discriminate].
    now inversion E; subst.
  - destruct (device d); [|discriminate]. destruct (owner s d); [|discriminate]. now inversion E; subst.
  - destruct (device d); [|discriminate]. destruct (iommu s d p) as [f|] eqn:I; [|discriminate]. inversion E; subst; clear E.
    specialize (D d). destruct (owner s d) as [v|]; [|specialize (D p); congruence]. destruct D as [_ D]. specialize (D p).
    destruct (known (v, p)); [|congruence]. destruct D as (g & E1 & E2 & E3 & E4). assert (g = f) by congruence. subst g.
    unfold reads; simpl. at_place a; subst.
    + rewrite E1. unfold upd. now rewrite Nat.eqb_refl.
    + destruct (ept s a) as [g|] eqn:A; [|reflexivity]. unfold upd. destruct (Nat.eqb_spec g f) as [->|]; [|reflexivity].
      specialize (E4 a A). congruence.
Qed.

(* What the hypervisor's frame holds never changes (frames.bh: HostData). *)
Theorem host_untouched s op s' : reachable s -> step s op = Some s' -> data s' 0 = data s 0.
Proof.
  intros H E. destruct (Kept_reachable s H) as (R & _ & _). destruct (frames_isolated s H) as (_ & _ & Host & Dev & _).
  assert (forall f x, f <> 0 -> upd (data s) f x 0 = data s 0) as Up by (intros f x N; unfold upd; destruct (Nat.eqb_spec 0 f); congruence).
  destruct op; simpl in E;
    repeat match type of E with context [if ?c then _ else _] => destruct c eqn:?; try discriminate
                              | context [match ?c with Some _ => _ | None => _ end] => destruct c eqn:?; try discriminate end;
    inversion E; subst; clear E; simpl; try reflexivity; apply Up; intros ->;
    match goal with
    | U : unused s = Some 0 |- _ => apply unused_spec in U; [lia|exact R]
    | A : ept s ?a = Some 0 |- _ => now apply (Host a)
    | I : iommu s ?d ?p = Some 0 |- _ => now apply (Dev d p)
    end.
Qed.

End Host.

(* All of it is needed: a machine that could write a shared page without a copy would write another one's (frames.bh: mutant NoCopy). *)
Definition two_machines := [Map 1 1; Map 2 1; Share 1 1 2 1].
Fixpoint steps (s : Frames) (ops : list Op) : option Frames :=
  match ops with
  | [] => Some s
  | op :: ops => match step 2 (fun _ => 1) 2 0 (fun _ => 0) s op with Some s => steps s ops | None => None end
  end.

(* Write without what gives a shared page a frame of its own. *)
Definition NoCopy (s : Frames) (v p : nat) (x : Z) : Frames :=
  match ept s (v, p) with Some f => with_page s (v, p) (Some f) true (upd (data s) f x) | None => s end.

Theorem copy_is_needed : exists s, steps (NewFrames (fun _ => false)) two_machines = Some s
  /\ reads s (1, 1) = Some 0%Z /\ ept s (1, 1) = ept s (2, 1)
  /\ reads (NoCopy s 2 1 7) (1, 1) = Some 7%Z
  /\ match step 2 (fun _ => 1) 2 0 (fun _ => 0) s (Write 2 1 7) with
     | Some s' => reads s' (1, 1) = Some 0%Z /\ reads s' (2, 1) = Some 7%Z | None => False end.
Proof. eexists. split; [reflexivity|]. repeat split. Qed.
