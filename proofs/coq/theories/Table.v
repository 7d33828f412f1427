(** Exploration with the machine's integers and arrays: the states seen are in a hash table of lists. Its theorems assume what Coq's own
    library says of these integers and arrays, and nothing of the hash: states that share one cost time. *)

From Coq Require Import List NArith ZArith Bool Lia Uint63 PArray.
From Bulkhead Require Import TS Explore Trie.
Import ListNotations.

Section Table.
  Variable A : Type.
  Variable eqb : A -> A -> bool.
  Variable hash : A -> int.

  Definition table : Type := array (list A).

  (** At most PArray.max_length lists, which is 4,194,303; of states there may be more. *)
  Definition empty (size : int) : table := make (if (0 <? size)%uint63 then size else 1%uint63) [].

  Definition insert (a : A) (t : table) : option table :=
    let i := (hash a mod length t)%uint63 in
    let b := t.[i] in
    if existsb (eqb a) b then None else Some t.[i <- a :: b].

  Definition index (t : table) (a : A) : int := (hash a mod length t)%uint63.

  Definition holds (t : table) (l : list A) : Prop :=
    (0 <? length t)%uint63 = true /\ forall a, In a l <-> In a t.[index t a].

  Hypothesis eqb_eq : forall a b, eqb a b = true <-> a = b.

  Lemma index_in_range : forall t a, (0 <? length t)%uint63 = true -> (index t a <? length t)%uint63 = true.
  Proof.
    intros t a P. apply ltb_spec in P. apply ltb_spec. unfold index. rewrite mod_spec.
    change (to_Z 0) with 0%Z in P. apply Z.mod_pos_bound. exact P.
  Qed.

  Lemma insert_holds : forall t l a, holds t l ->
    match insert a t with None => In a l | Some u => ~ In a l /\ holds u (a :: l) end.
  Proof.
    intros t l a [P H]. unfold insert. fold (index t a). destruct (existsb (eqb a) t.[index t a]) eqn:E.
    - apply existsb_exists in E. destruct E as (b & B & Q). apply eqb_eq in Q. subst b. apply H; auto.
    - split.
      + intro I. apply H in I. rewrite <- not_true_iff_false in E. apply E, existsb_exists.
        exists a. split; [auto | apply eqb_eq; auto].
      + split; [rewrite length_set; auto |].
        intro b.
        replace (index _ b) with (index t b) by (unfold index; rewrite length_set; reflexivity). simpl. rewrite (H b).
        destruct (index t a =? index t b)%uint63 eqn:Q.
        * apply eqb_correct in Q. rewrite <- Q, get_set_same by (apply index_in_range; auto). simpl. tauto.
        * apply eqb_false_spec in Q. rewrite get_set_other by auto.
          split; [| auto]. intros [<- | I]; [congruence | auto].
  Qed.

  Lemma empty_holds : forall size, holds (empty size) [].
  Proof.
    intro size. unfold empty. split.
    - rewrite length_make. destruct (0 <? size)%uint63 eqn:P; [| reflexivity].
      destruct (size <=? max_length)%uint63; [auto | reflexivity].
    - intro a. rewrite get_make. simpl. tauto.
  Qed.
End Table.

Section Check.
  Variable M : system.
  Variable eqb : state M -> state M -> bool.
  Variable hash : state M -> int.
  Variable props : list (property M).

  (** The number of reachable states, and for each property whether it is true in all. *)
  Definition table_explore (size : int) (d : nat) : option (N * list bool) :=
    explore M props (table (state M)) (insert _ eqb hash) (empty _ size) d.

  Definition table_check (size : int) (d : nat) (n : N) (vs : list bool) : bool :=
    check M props (table (state M)) (insert _ eqb hash) (empty _ size) d n vs.

  Hypothesis eqb_eq : forall s t, eqb s t = true <-> s = t.

  Theorem table_explore_sound : forall size d n vs, table_explore size d = Some (n, vs) ->
    exactly M n /\ Forall2 (verdict M) props vs.
  Proof.
    intros size d n vs. apply explore_sound with (holds := holds _ hash);
      [apply insert_holds; auto | apply empty_holds].
  Qed.

  Theorem table_check_sound : forall size d n vs, table_check size d n vs = true ->
    exactly M n /\ Forall2 (verdict M) props vs.
  Proof.
    intros size d n vs. apply check_sound with (holds := holds _ hash);
      [apply insert_holds; auto | apply empty_holds].
  Qed.
End Check.

(** Neither the size of the table nor the hash matters to what is found, *)
Theorem tables_agree : forall M eqb props hash1 size1 d1 found1 hash2 size2 d2 found2,
  (forall s t, eqb s t = true <-> s = t) ->
  table_explore M eqb hash1 props size1 d1 = Some found1 ->
  table_explore M eqb hash2 props size2 d2 = Some found2 -> found1 = found2.
Proof.
  intros M eqb props hash1 size1 d1 found1 hash2 size2 d2 found2 E.
  apply (explorations_agree M props _ _ (holds _ hash1) _ _ _ _ _ (holds _ hash2));
    [apply insert_holds | apply insert_holds | apply empty_holds | apply empty_holds]; auto.
Qed.

(** nor whether it is a table or a trie. *)
Theorem table_and_trie_agree : forall M eqb props hash size d1 found1 key d2 found2,
  (forall s t, eqb s t = true <-> s = t) ->
  table_explore M eqb hash props size d1 = Some found1 ->
  trie_explore M eqb key props d2 = Some found2 -> found1 = found2.
Proof.
  intros M eqb props hash size d1 found1 key d2 found2 E.
  apply (explorations_agree M props _ _ (holds _ hash) _ _ _ _ _ (Trie.holds _ key));
    [apply insert_holds | apply Trie.insert_holds | apply empty_holds | apply Trie.empty_holds]; auto.
Qed.

(** A hash of a list of integers by a multiplier without structure: one that serves. *)
Definition mix (h x : int) : int :=
  let y := ((h lxor x) * 3935559000370003845)%uint63 in (y lxor (y >> 31))%uint63.
