(** Exploration without axioms: the states seen are in a binary trie, by a key. States may share a key, so that keys cost time at worst;
    a key is best when states that differ differ in its first bits. *)

From Coq Require Import List NArith PArith Bool.
From Bulkhead Require Import TS Explore.
Import ListNotations.

Section Trie.
  Variable A : Type.

  (** The low bits of a key are the way; what is left of it stands where no other key goes on. *)
  Inductive trie :=
  | Empty
  | One (rest : positive) (bucket : list A)
  | Node (zero : trie) (bucket : list A) (one : trie).

  Fixpoint bucket (k : positive) (t : trie) {struct t} : list A :=
    match t with
    | Empty => []
    | One j b => if Pos.eqb k j then b else []
    | Node l b r => match k with xH => b | xO k => bucket k l | xI k => bucket k r end
    end.

  Fixpoint put (k : positive) (a : A) (t : trie) : trie :=
    let below l b r :=
      match k with
      | xH => Node l (a :: b) r
      | xO k => Node (put k a l) b r
      | xI k => Node l b (put k a r)
      end in
    match t with
    | Empty => One k [a]
    | One j b =>
      if Pos.eqb k j then One k (a :: b)
      else match j with
      | xH => below Empty b Empty
      | xO j => below (One j b) [] Empty
      | xI j => below Empty [] (One j b)
      end
    | Node l b r => below l b r
    end.

  Lemma bucket_put : forall k j a t,
    bucket j (put k a t) = if Pos.eqb j k then a :: bucket j t else bucket j t.
  Proof.
    assert (one_neq : forall p, Pos.eqb p p = true) by (intro; apply Pos.eqb_refl).
    induction k as [k IH | k IH |]; intros j a t; destruct t as [| i b | l b r]; simpl.
    all: try (destruct (Pos.eqb j _) eqn:E; reflexivity).
    all: try (destruct i as [i | i |]; simpl).
    all: try (destruct (Pos.eqb k i) eqn:Q; [apply Pos.eqb_eq in Q; subst i |]).
    all: destruct j as [j | j |]; simpl; rewrite ?IH; simpl; auto.
    all: try (destruct (Pos.eqb j k) eqn:E; auto; apply Pos.eqb_eq in E; subst j; rewrite ?one_neq, ?Q; reflexivity).
  Qed.

  Variable eqb : A -> A -> bool.
  Variable key : A -> positive.

  Definition insert (a : A) (t : trie) : option trie :=
    let k := key a in
    if existsb (eqb a) (bucket k t) then None else Some (put k a t).

  Definition holds (t : trie) (l : list A) : Prop := forall a, In a l <-> In a (bucket (key a) t).

  Hypothesis eqb_eq : forall a b, eqb a b = true <-> a = b.

  Lemma insert_holds : forall t l a, holds t l ->
    match insert a t with None => In a l | Some u => ~ In a l /\ holds u (a :: l) end.
  Proof.
    intros t l a H. unfold insert. destruct (existsb (eqb a) (bucket (key a) t)) eqn:E.
    - apply existsb_exists in E. destruct E as (b & B & Q). apply eqb_eq in Q. subst b. apply H; auto.
    - split.
      + intro I. apply H in I. rewrite <- not_true_iff_false in E. apply E, existsb_exists.
        exists a. split; [auto | apply eqb_eq; auto].
      + intro b. rewrite bucket_put. simpl. rewrite (H b). destruct (Pos.eqb (key b) (key a)) eqn:Q; simpl; [tauto |].
        split; [| auto]. intros [<- | I]; auto. rewrite Pos.eqb_refl in Q. discriminate.
  Qed.

  Lemma empty_holds : holds Empty [].
  Proof. intro a. simpl. tauto. Qed.
End Trie.

Arguments Empty {A}.

Section Check.
  Variable M : system.
  Variable eqb : state M -> state M -> bool.
  Variable key : state M -> positive.
  Variable props : list (property M).

  (** The number of reachable states, and for each property whether it is true in all. *)
  Definition trie_explore (d : nat) : option (N * list bool) :=
    explore M props (trie (state M)) (insert _ eqb key) Empty d.

  Definition trie_check (d : nat) (n : N) (vs : list bool) : bool :=
    check M props (trie (state M)) (insert _ eqb key) Empty d n vs.

  Hypothesis eqb_eq : forall s t, eqb s t = true <-> s = t.

  Theorem trie_explore_sound : forall d n vs, trie_explore d = Some (n, vs) ->
    exactly M n /\ Forall2 (verdict M) props vs.
  Proof.
    intros d n vs. apply explore_sound with (holds := holds _ key);
      [apply insert_holds; auto | apply empty_holds].
  Qed.

  Theorem trie_check_sound : forall d n vs, trie_check d n vs = true ->
    exactly M n /\ Forall2 (verdict M) props vs.
  Proof.
    intros d n vs. apply check_sound with (holds := holds _ key);
      [apply insert_holds; auto | apply empty_holds].
  Qed.
End Check.
