(** Proofs that clauses cannot all be true, by reverse unit propagation with hints (LRUP: LRAT without resolution on asymmetric
    tautologies), and a checker of them, proved sound. Nothing is assumed. *)

From Coq Require Import List ZArith NArith Bool Init.Byte.
Import ListNotations.

(** A literal is a number, not 0: of a variable, or its negative. A clause is true where one of its literals is. *)
Definition literal_true (v : positive -> bool) (l : Z) : bool :=
  match l with Zpos p => v p | Zneg p => negb (v p) | Z0 => false end.

Definition clause_true (v : positive -> bool) (c : list Z) : Prop := exists l, In l c /\ literal_true v l = true.

Definition unsat (cnf : list (list Z)) : Prop :=
  forall v, ~ forall c, In c cnf -> clause_true v c.

(** Maps from positive numbers. *)
Section Map.
  Variable A : Type.

  Inductive map := Leaf | Node (zero : map) (here : option A) (one : map).

  Fixpoint get (k : positive) (m : map) : option A :=
    match m with
    | Leaf => None
    | Node l o r => match k with xH => o | xO k => get k l | xI k => get k r end
    end.

  Fixpoint set (k : positive) (o : option A) (m : map) : map :=
    let '(l, here, r) := match m with Leaf => (Leaf, None, Leaf) | Node l h r => (l, h, r) end in
    match k with
    | xH => Node l o r
    | xO k => Node (set k o l) here r
    | xI k => Node l here (set k o r)
    end.

  Lemma get_leaf : forall k, get k Leaf = None.
  Proof. intros [| |]; reflexivity. Qed.

  Lemma get_set : forall k j o m, get j (set k o m) = if Pos.eqb j k then o else get j m.
  Proof.
    induction k as [k IH | k IH |]; intros j o [| l h r]; destruct j as [j | j |]; simpl; rewrite ?IH, ?get_leaf; auto.
  Qed.
End Map.

Arguments Leaf {A}.
Arguments get {A}.
Arguments set {A}.

(** A step adds a clause that the hints, taken in their order, refute the negation of: each leaves one of its literals, and the last none.
    Or clauses are forgotten, which only frees memory. Clauses have numbers; the given ones count from 1. *)
Inductive proof_step :=
| Learn (id : positive) (clause : list Z) (hints : list positive)
| Forget (ids : list positive).

(** What is known of variables. *)
Definition value (known : map bool) (l : Z) : option bool :=
  match l with Zpos p => get p known | Zneg p => option_map negb (get p known) | Z0 => Some false end.

Definition assign (l : Z) (b : bool) (known : map bool) : map bool :=
  match l with Zpos p => set p (Some b) known | Zneg p => set p (Some (negb b)) known | Z0 => known end.

(** What is left of a clause: nothing, one literal, or more. *)
Inductive rest := Conflict | Unit (l : Z) | Open.

Fixpoint rest_of (known : map bool) (c : list Z) (found : option Z) : rest :=
  match c with
  | [] => match found with None => Conflict | Some l => Unit l end
  | l :: c =>
    match value known l with
    | Some false => rest_of known c found
    | _ => match found with None => rest_of known c (Some l) | Some _ => Open end
    end
  end.

Fixpoint refuted (db : map (list Z)) (hints : list positive) (known : map bool) : bool :=
  match hints with
  | [] => false
  | h :: hints =>
    match get h db with
    | None => false
    | Some c =>
      match rest_of known c None with
      | Conflict => true
      | Unit l => refuted db hints (assign l true known)
      | Open => false
      end
    end
  end.

Definition negation (c : list Z) : map bool := fold_left (fun known l => assign l false known) c Leaf.

Fixpoint load (cnf : list (list Z)) (id : positive) (db : map (list Z)) : map (list Z) :=
  match cnf with [] => db | c :: cnf => load cnf (Pos.succ id) (set id (Some c) db) end.

Fixpoint replay (db : map (list Z)) (steps : list proof_step) : bool :=
  match steps with
  | [] => false
  | Learn id c hints :: steps =>
    if refuted db hints (negation c)
    then match c with [] => true | _ => replay (set id (Some c) db) steps end
    else false
  | Forget ids :: steps => replay (fold_left (fun db id => set id None db) ids db) steps
  end.

Definition check (cnf : list (list Z)) (steps : list proof_step) : bool := replay (load cnf 1 Leaf) steps.

(** * Soundness *)

Definition agrees (v : positive -> bool) (known : map bool) : Prop := forall p b, get p known = Some b -> v p = b.

Definition satisfied (v : positive -> bool) (db : map (list Z)) : Prop := forall id c, get id db = Some c -> clause_true v c.

Lemma agrees_assign : forall v l b known, agrees v known -> literal_true v l = b -> agrees v (assign l b known).
Proof.
  intros v l b known A T p q G. destruct l as [| x | x]; simpl in *; auto; rewrite get_set in G; destruct (Pos.eqb p x) eqn:E; auto;
    apply Pos.eqb_eq in E; subst p; injection G as <-; auto. rewrite <- T, negb_involutive. auto.
Qed.

Lemma agrees_value : forall v known l b, agrees v known -> value known l = Some b -> literal_true v l = b.
Proof.
  intros v known l b A E. destruct l as [| p | p]; simpl in *; auto; [injection E; auto |].
  destruct (get p known) eqn:G; [| discriminate]. injection E as <-. rewrite (A p b0); auto.
Qed.

Lemma rest_of_true : forall v known c found, agrees v known ->
  clause_true v c \/ (exists l, found = Some l /\ literal_true v l = true) ->
  match rest_of known c found with Conflict => False | Unit l => literal_true v l = true | Open => True end.
Proof.
  intros v known c. induction c as [| l c IH]; intros found A T; simpl.
  - destruct T as [(x & [] & _) | (x & -> & T)]. auto.
  - assert (Next : value known l = Some false -> clause_true v c \/ (exists x, found = Some x /\ literal_true v x = true)).
    { intro E. apply (agrees_value v) in E; auto. destruct T as [(x & [<- | I] & T) | T]; [congruence | left; exists x; auto | auto]. }
    destruct (value known l) as [[|]|] eqn:E; [ | apply IH; auto | ];
      (destruct found as [x|]; [exact I |]; apply IH; auto;
       destruct T as [(y & [<- | J] & T) | (y & Q & _)]; [right; exists l; auto | left; exists y; auto | discriminate]).
Qed.

Lemma refuted_false : forall v db hints known, satisfied v db -> agrees v known -> refuted db hints known = false.
Proof.
  intros v db hints. induction hints as [| h hints IH]; intros known S A; simpl; auto.
  destruct (get h db) as [c|] eqn:G; auto.
  pose proof (rest_of_true v known c None A (or_introl (S h c G))) as R.
  destruct (rest_of known c None); [contradiction | | reflexivity].
  apply IH; auto. apply agrees_assign; auto.
Qed.

Lemma negation_agrees : forall v c, (forall l, In l c -> literal_true v l = false) -> agrees v (negation c).
Proof.
  intros v c. unfold negation. assert (L : agrees v Leaf) by (intros p b G; rewrite get_leaf in G; discriminate). revert L.
  generalize (@Leaf bool) as known. induction c as [| l c IH]; intros known A F; simpl; auto.
  apply IH; [apply agrees_assign |]; simpl in F; auto.
Qed.

Lemma refuted_implied : forall v db c hints, satisfied v db -> refuted db hints (negation c) = true -> clause_true v c.
Proof.
  intros v db c hints S R. unfold clause_true.
  destruct (existsb (literal_true v) c) eqn:E; [apply existsb_exists; auto | exfalso].
  rewrite (refuted_false v) in R; auto; [discriminate |]. apply negation_agrees. intros l I.
  destruct (literal_true v l) eqn:T; auto. rewrite <- not_true_iff_false in E. exfalso. apply E, existsb_exists. exists l; auto.
Qed.

Lemma satisfied_set : forall v db id c, satisfied v db -> clause_true v c -> satisfied v (set id (Some c) db).
Proof.
  intros v db id c S T j d G. rewrite get_set in G. destruct (Pos.eqb j id); [injection G as <-; auto | apply (S j); auto].
Qed.

Lemma satisfied_forget : forall v ids db, satisfied v db -> satisfied v (fold_left (fun db id => set id None db) ids db).
Proof.
  intros v ids. induction ids as [| id ids IH]; intros db S; simpl; auto. apply IH. intros j d G. rewrite get_set in G.
  destruct (Pos.eqb j id); [discriminate | apply (S j); auto].
Qed.

Lemma load_satisfied : forall v cnf id db, satisfied v db -> (forall c, In c cnf -> clause_true v c) -> satisfied v (load cnf id db).
Proof.
  intros v cnf. induction cnf as [| c cnf IH]; intros id db S T; simpl; auto.
  apply IH; simpl in T; auto. apply satisfied_set; auto.
Qed.

Lemma replay_false : forall v steps db, satisfied v db -> replay db steps = false.
Proof.
  intros v steps. induction steps as [| [id c hints | ids] steps IH]; intros db S; simpl; auto.
  - destruct (refuted db hints (negation c)) eqn:R; auto. pose proof (refuted_implied v db c hints S R) as T.
    destruct c as [| l c]; [destruct T as (x & [] & _) | apply IH, satisfied_set; auto].
  - apply IH, satisfied_forget; auto.
Qed.

Theorem check_sound : forall cnf steps, check cnf steps = true -> unsat cnf.
Proof.
  intros cnf steps C v T. unfold check in C. rewrite (replay_false v) in C; [discriminate |].
  apply load_satisfied; auto. intros id c G. rewrite get_leaf in G. discriminate.
Qed.

(** * Proofs as text

    Coq reads long terms slowly, and text best. Nothing below matters to what is proved. *)

Inductive text := End | Char (b : byte) (more : text).

Fixpoint text_of (l : list byte) : text := match l with [] => End | b :: l => Char b (text_of l) end.
Fixpoint bytes_of (t : text) : list byte := match t with End => [] | Char b t => b :: bytes_of t end.

Declare Scope proof_scope.
Delimit Scope proof_scope with proof.
String Notation text text_of bytes_of : proof_scope.

(** A character's lowest six bits count. Five of them are digits of a number, the lowest first, and the sixth says that there are more. *)
Fixpoint numbers (t : text) (digits : list byte) : list N :=
  let bit (b : bool) (n : N) := match b with true => N.succ_double n | false => N.double n end in
  let digit (n : N) (b : byte) :=
    let '(b0, (b1, (b2, (b3, (b4, _))))) := to_bits b in bit b0 (bit b1 (bit b2 (bit b3 (bit b4 n)))) in
  match t with
  | End => []
  | Char b t =>
    let '(_, (_, (_, (_, (_, (more, _)))))) := to_bits b in
    match more with
    | true => numbers t (b :: digits)
    | false => fold_left digit (b :: digits) 0%N :: numbers t []
    end
  end.

(** A step is how far its number is after the last, its literals (twice the variable, and one more where it is negated), 0, its hints, 0;
    what is forgotten, 0, the clauses, 0. A clause is twice its number, or twice how far it is before the last possible one, and one more. *)
Inductive reading := Between | Literals (c : list Z) | Hints (c : list Z) (hints : list positive) | Gone (ids : list positive).

Definition number (n : N) : positive := match n with Npos p => p | N0 => 1%positive end.
Definition named (last : N) (n : N) : positive :=
  match n with Npos (xO p) => p | _ => number (last - N.div2 n)%N end.

Fixpoint steps_of (ns : list N) (last : N) (at_ : reading) : list proof_step :=
  match ns with
  | [] => []
  | n :: ns =>
    match at_, n with
    | Between, N0 => steps_of ns last (Gone [])
    | Between, _ => steps_of ns (last + n)%N (Literals [])
    | Literals c, N0 => steps_of ns last (Hints c [])
    | Literals c, Npos (xO p) => steps_of ns last (Literals (Zpos p :: c))
    | Literals c, Npos (xI p) => steps_of ns last (Literals (Zneg p :: c))
    | Literals c, Npos xH => steps_of ns last (Literals c)
    | Hints c hs, N0 => Learn (number last) c (rev' hs) :: steps_of ns last Between
    | Hints c hs, _ => steps_of ns last (Hints c (named (N.pred last) n :: hs))
    | Gone ids, N0 => Forget ids :: steps_of ns last Between
    | Gone ids, _ => steps_of ns last (Gone (named last n :: ids))
    end
  end.

Fixpoint concat_numbers (ts : list text) : list N := match ts with [] => [] | t :: ts => numbers t [] ++ concat_numbers ts end.

(** No number is split between two texts. *)
Definition decode (cnf : list (list Z)) (proof : list text) : list proof_step :=
  steps_of (concat_numbers proof) (N.of_nat (length cnf)) Between.

Definition check_text (cnf : list (list Z)) (proof : list text) : bool := check cnf (decode cnf proof).

Theorem check_text_sound : forall cnf proof, check_text cnf proof = true -> unsat cnf.
Proof. intros cnf proof. apply check_sound. Qed.
