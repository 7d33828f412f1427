(** The values of the language, their order and what is done with sets, bags and maps of them.

    A value is canonical: two values of one type are the same exactly when they are equal here. The elements of a set
    increase, those of a bag do not decrease; a map has a value for each key of its type, in order of the keys. A bool is
    0 or 1, an enum member its number, an identity of a symmetric type lo..hi its distance from lo. *)

From Coq Require Import List ZArith Bool.
Import ListNotations.
Open Scope Z_scope.

Inductive value :=
| VInt (n : Z)
| VTup (parts : list value)             (** a record, several keys, or a map *)
| VTag (ctor : Z) (parts : list value)  (** of a union; of an option, where 0 is none and 1 is some *)
| VSeq (elems : list value)
| VSet (elems : list value)
| VBag (elems : list value).

Definition of_bool (b : bool) : value := VInt (if b then 1 else 0).

Definition truth (v : value) : bool := match v with VInt Z0 => false | _ => true end.

Definition elems (v : value) : list value :=
  match v with VInt _ => [] | VTup l | VTag _ l | VSeq l | VSet l | VBag l => l end.

(** ** Equality *)

Fixpoint eqb (a b : value) {struct a} : bool :=
  let all := fix all (x y : list value) {struct x} :=
    match x, y with
    | [], [] => true
    | a :: x, b :: y => if eqb a b then all x y else false
    | _, _ => false
    end in
  match a, b with
  | VInt m, VInt n => Z.eqb m n
  | VTup x, VTup y | VSeq x, VSeq y | VSet x, VSet y | VBag x, VBag y => all x y
  | VTag m x, VTag n y => if Z.eqb m n then all x y else false
  | _, _ => false
  end.

Fixpoint eqb_all (x y : list value) {struct x} : bool :=
  match x, y with
  | [], [] => true
  | a :: x, b :: y => if eqb a b then eqb_all x y else false
  | _, _ => false
  end.

(** Induction over values and the values in them. *)
Fixpoint value_induction (P : value -> Prop)
  (int : forall n, P (VInt n))
  (tup : forall l, Forall P l -> P (VTup l)) (tag : forall n l, Forall P l -> P (VTag n l))
  (seq : forall l, Forall P l -> P (VSeq l)) (set : forall l, Forall P l -> P (VSet l))
  (bag : forall l, Forall P l -> P (VBag l)) (v : value) {struct v} : P v :=
  let all := fix all (l : list value) : Forall P l :=
    match l with
    | [] => Forall_nil P
    | v :: l => Forall_cons v (value_induction P int tup tag seq set bag v) (all l)
    end in
  match v with
  | VInt n => int n
  | VTup l => tup l (all l)
  | VTag n l => tag n l (all l)
  | VSeq l => seq l (all l)
  | VSet l => set l (all l)
  | VBag l => bag l (all l)
  end.

Lemma eqb_all_eq : forall x,
  Forall (fun a => forall b, eqb a b = true <-> a = b) x -> forall y, eqb_all x y = true <-> x = y.
Proof.
  induction 1 as [| a x A X IH]; intros [| b y]; simpl; split; intro H; try discriminate; auto.
  - destruct (eqb a b) eqn:E; try discriminate. f_equal; [apply A; auto | apply IH; auto].
  - injection H as -> ->. rewrite (proj2 (A b) eq_refl). apply IH. reflexivity.
Qed.

Theorem eqb_eq : forall a b, eqb a b = true <-> a = b.
Proof.
  intro a. induction a using value_induction; intros [m | y | m y | y | y | y];
    try (split; intro D; discriminate D); simpl;
    try (change (eqb_all l y = true <-> VTup l = VTup y) || change (eqb_all l y = true <-> VSeq l = VSeq y)
      || change (eqb_all l y = true <-> VSet l = VSet y) || change (eqb_all l y = true <-> VBag l = VBag y);
      rewrite (eqb_all_eq l H y); split; [intros -> | intros [= ->]]; reflexivity).
  - rewrite Z.eqb_eq. split; [intros -> | intros [= ->]]; reflexivity.
  - change ((if Z.eqb n m then eqb_all l y else false) = true <-> VTag n l = VTag m y).
    destruct (Z.eqb n m) eqn:E.
    + apply Z.eqb_eq in E as ->. rewrite (eqb_all_eq l H y). split; [intros -> | intros [= ->]]; reflexivity.
    + split; [discriminate |]. intros [= -> ->]. rewrite Z.eqb_refl in E. discriminate.
Qed.

Theorem eqb_all_spec : forall x y, eqb_all x y = true <-> x = y.
Proof. intro x. apply eqb_all_eq. induction x; constructor; auto. intro b. apply eqb_eq. Qed.

(** ** Order

    Values of one type are ordered by rank: part by part, the first most significant. Sequences and bags of fewer
    elements come first. A set is the number whose bits its elements are, so that the greatest element in only one of two
    sets decides; bags of one size are decided likewise. *)

Fixpoint compare (a b : value) {struct a} : comparison :=
  let parts := fix parts (x y : list value) {struct x} :=
    match x, y with
    | [], [] => Eq
    | [], _ => Lt
    | _, [] => Gt
    | a :: x, b :: y => match compare a b with Eq => parts x y | c => c end
    end in
  let bits := fix bits (last : comparison) (x : list value) {struct x} :=
    fix bits_y (last : comparison) (y : list value) {struct y} :=
    match x, y with
    | [], [] => last
    | [], _ :: _ => Lt
    | _ :: _, [] => Gt
    | a :: x', b :: y' =>
        match compare a b with
        | Eq => bits last x' last y'
        | Lt => bits Gt x' Gt y
        | Gt => bits_y Lt y'
        end
    end in
  let sized := fun sofar x y => match Nat.compare (length x) (length y) with Eq => sofar | c => c end in
  match a, b with
  | VInt m, VInt n => Z.compare m n
  | VTup x, VTup y => parts x y
  | VTag m x, VTag n y => match Z.compare m n with Eq => parts x y | c => c end
  | VSeq x, VSeq y => sized (parts x y) x y
  | VSet x, VSet y => bits Eq x Eq y
  | VBag x, VBag y => sized (bits Eq x Eq y) x y
  | _, _ => Eq
  end.

(** ** Sets and bags, as increasing lists *)

Fixpoint insert (v : value) (l : list value) : list value :=
  match l with
  | [] => [v]
  | x :: rest => match compare v x with Lt | Eq => v :: l | Gt => x :: insert v rest end
  end.

Fixpoint insert_new (v : value) (l : list value) : list value :=
  match l with
  | [] => [v]
  | x :: rest => match compare v x with Lt => v :: l | Eq => l | Gt => x :: insert_new v rest end
  end.

Definition set_of (l : list value) : list value := fold_right insert_new [] l.
Definition bag_of (l : list value) : list value := fold_right insert [] l.

Definition mem (v : value) (l : list value) : bool := existsb (eqb v) l.

Fixpoint count (v : value) (l : list value) : Z :=
  match l with
  | [] => 0
  | x :: rest => if eqb v x then 1 + count v rest else count v rest
  end.

Fixpoint remove_one (v : value) (l : list value) : option (list value) :=
  match l with
  | [] => None
  | x :: rest => if eqb v x then Some rest else option_map (cons x) (remove_one v rest)
  end.

(** [remaining x y] has each element of x as often as it stands more often in x than in y; [common] as often as in both. *)
Fixpoint remaining (x y : list value) : list value :=
  match x with
  | [] => []
  | v :: x => match remove_one v y with Some y => remaining x y | None => v :: remaining x y end
  end.

Fixpoint common (x y : list value) : list value :=
  match x with
  | [] => []
  | v :: x => match remove_one v y with Some y => v :: common x y | None => common x y end
  end.

(** The subsets of increasing values, in order: the greatest element decides. *)
Fixpoint subsets (l : list value) : list (list value) :=
  match l with
  | [] => [[]]
  | v :: l => flat_map (fun s => [s; v :: s]) (subsets l)
  end.

(** ** Lists *)

Fixpoint update {A} (l : list A) (i : nat) (x : A) : list A :=
  match l, i with
  | [], _ => []
  | _ :: l, O => x :: l
  | y :: l, S i => y :: update l i x
  end.

Definition nth_at {A} (l : list A) (i : Z) : option A := if i <? 0 then None else nth_error l (Z.to_nat i).

(** The integers lo..hi. *)
Definition integers (lo hi : Z) : list value :=
  if hi <? lo then [] else
  snd (Z.iter (hi - lo + 1) (fun p => let '(n, l) := p in (n - 1, VInt n :: l)) (hi, [])).

(** The lists of one value of each list, the first most significant. *)
Fixpoint products {A} (ls : list (list A)) : list (list A) :=
  match ls with
  | [] => [[]]
  | l :: ls => let rest := products ls in flat_map (fun x => map (cons x) rest) l
  end.
