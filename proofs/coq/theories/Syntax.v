(** The language as abstract syntax: what a generated Model.v is written in.

    Names are gone. A state variable is a number, in order of declaration. A local is the number of locals that were bound
    after it and are still in scope (de Bruijn): 0 is the innermost. Functions are numbered so that each calls only those
    before it, or itself. *)

From Coq Require Import List ZArith.
From Bulkhead Require Import Value.
Import ListNotations.
Open Scope Z_scope.

Inductive type :=
| TInt (lo hi : Z)                   (** integers; a bool is 0..1, an enum or a symmetric type 0..n-1 *)
| TTup (parts : list type)           (** a record, or several keys *)
| TSum (ctors : list (list type))    (** a union; an option of t is [[]; [t]] *)
| TMap (key elem : type)
| TSet (elem : type)
| TSeq (elem : type) (max : nat)
| TBag (elem : type) (max : nat).

Definition TBool := TInt 0 1.
Definition TOption t := TSum [[]; [t]].

(** What takes one value. A value that an operation does not have is a fault. *)
Inductive unary :=
| Not | Neg | Abs
| Narrow (lo hi : Z)                 (** a fault outside lo..hi *)
| Clip (lo hi : Z)                   (** the nearest of lo..hi *)
| IsCtor (ctor : Z)
| Field (i : nat)
| ValueOf                            (** of an option; a fault for none *)
| Size | Head | Tail | Elems | Powerset.

(** What takes two. Results that do not fit 64 bits are faults. *)
Inductive binary :=
| Add | Sub | Mul
| Div | Mod                          (** floor; a fault for 0 *)
| Equal | Less | LessEq
| Min | Max
| ElemOf                              (** the first in the set, sequence or bag that is the second *)
| Subset
| SetUnion | BagUnion (max : Z)
| Common | Minus                     (** of two sets or two bags *)
| Index (key : type)                 (** a map at a key *)
| SeqIndex
| WithField (i : nat)
| Append (max : Z) | BagAdd (max : Z)
| BagRemove | Multiplicity.

Inductive quantifier := ForAll | ForSome | Count | Sum | Least | Greatest | Collect.

Inductive expr :=
| EInt (n : Z)
| EVar (i : nat)
| ELocal (i : nat)
| EOld (e : expr)                    (** in the state before the step *)
| EUn (op : unary) (x : expr)
| EBin (op : binary) (x y : expr)
| EAnd (x y : expr) | EOr (x y : expr) | EImplies (x y : expr)
| EIf (c x y : expr)
| ELet (x body : expr)               (** binds one local *)
| EMatch (x : expr) (arms : list arm)
| EOver (q : quantifier) (bs : list binder) (filter : option expr) (body : expr)
| EPick (b : binder) (filter : option expr)
| EMapOver (key : type) (bs : list binder) (filter : option expr) (k v : expr)
| ESetAll (elem : type)
| ETup (parts : list expr)
| ECtor (ctor : Z) (parts : list expr)
| ESet (elems : list expr)
| ESeq (max : Z) (elems : list expr)
| EBag (max : Z) (elems : list expr)
| EMapFill (key : type) (x : expr)   (** x for every key *)
| EMapLit (key : type) (entries : list expr)  (** keys and values in turn *)
| EWithKey (key : type) (m k v : expr)
| ECall (f : nat) (args : list expr)
with arm := Arm (ctor : option Z) (binds : nat) (body : expr)  (** binds the first parts, in order; None fits all *)
with domain :=
| All (t : type)
| Interval (lo hi : expr)
| Members (set : expr)
| Subsets (set : expr)
with binder := Bind (d : domain) (filter : option expr).        (** binds one local *)

(** A step into a value, on the way to what is assigned. *)
Inductive step := ToField (i : nat) | ToKey (key : type) (k : expr) | ToIndex (i : expr).

Inductive stmt :=
| SAssign (var : nat) (path : list step) (x : expr)
| SIf (c : expr) (yes no : list stmt)
| SFor (bs : list binder) (filter : option expr) (body : list stmt)
| SChoose (bs : list binder) (filter : option expr) (body : list stmt)
| SEither (branches : list (list stmt))
| SLet (x : expr) (rest : list stmt) (** binds one local in what follows *)
| SAssert (c : expr)
| SWhen (c : expr)
| SMatch (x : expr) (arms : list sarm)
with sarm := SArm (ctor : option Z) (binds : nat) (body : list stmt).

(** The parameters are the locals of the body, the last the innermost. The measure of a recursive function falls with
    every call of itself inside one and is never negative. *)
Record func := Func { measure : option expr; result : expr }.

(** A variable without an initial value starts with any of its type. *)
Record var := Var { type_of : type; start : option expr }.

Record action := Action {
  params : list type;
  guard : option expr;
  body : list stmt;
  ensures : option expr
}.

Inductive claim :=
| Invariant (e : expr)
| Step (e : expr)
| AtMost (e : expr) (limit : Z)
| AtLeast (e : expr) (limit : Z)
| Ensures (action : nat)
| Reachable (e : expr)
| Defined (e : expr)                 (** e, a part of what is claimed of whole runs or of domains, has a value *)
| NoDeadlock
| NoFault.

Record program := Program {
  vars : list var;
  funcs : list func;
  inits : list stmt;
  actions : list action;
  terminal : list expr;
  claims : list claim
}.
